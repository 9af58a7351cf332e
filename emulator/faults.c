/* faults.c - a short list under a lock.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/faults.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

struct faults {
    pthread_mutex_t lock;
    struct fault rules[FAULTS_MAX];
    size_t count;
    atomic_bool any;
};

struct faults *
faults_new(void)
{
    struct faults *f = xcalloc(1, sizeof *f);

    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void
faults_free(struct faults *f)
{
    if (f == NULL)
        return;
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* Under the lock. */
static void
drop(struct faults *f, size_t i)
{
    memmove(&f->rules[i], &f->rules[i + 1], (f->count - i - 1) * sizeof f->rules[0]);
    f->count--;
}

static void
drop_same(struct faults *f, const struct fault *fault)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->rules[i].method, fault->method) == 0 &&
            strcmp(f->rules[i].path, fault->path) == 0) {
            drop(f, i);
            return;
        }
    }
}

enum status
faults_set(struct faults *f, const struct fault *fault, struct err *err)
{
    enum status st = OK;

    pthread_mutex_lock(&f->lock);
    drop_same(f, fault);
    if (fault->count > 0 && f->count == FAULTS_MAX)
        st = err_set(err, E_LIMIT, "there are %d faults already", FAULTS_MAX);
    else if (fault->count > 0)
        f->rules[f->count++] = *fault;
    atomic_store(&f->any, f->count > 0);
    pthread_mutex_unlock(&f->lock);
    return st;
}

void
faults_clear(struct faults *f)
{
    pthread_mutex_lock(&f->lock);
    f->count = 0;
    atomic_store(&f->any, false);
    pthread_mutex_unlock(&f->lock);
}

/* A preflight fails only for who asks for OPTIONS by name: it comes before every request. */
static bool
is_meant(const struct fault *rule, const char *method, const char *path)
{
    if (strcmp(rule->path, path) != 0)
        return false;
    return rule->method[0] == '\0' ? strcmp(method, "OPTIONS") != 0
                                   : strcmp(rule->method, method) == 0;
}

unsigned
faults_take(struct faults *f, const char *method, const char *path)
{
    unsigned status = 0;

    if (!atomic_load_explicit(&f->any, memory_order_relaxed))
        return 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count && status == 0; i++) {
        if (!is_meant(&f->rules[i], method, path))
            continue;
        status = f->rules[i].status;
        if (--f->rules[i].count == 0)
            drop(f, i);
    }
    atomic_store(&f->any, f->count > 0);
    pthread_mutex_unlock(&f->lock);
    return status;
}

static void
print_one(struct buf *b, const struct fault *rule)
{
    buf_adds(b, "{\"method\":");
    if (rule->method[0] == '\0')
        buf_adds(b, "null");
    else
        json_print_string(b, rule->method, strlen(rule->method));
    buf_adds(b, ",\"path\":");
    json_print_string(b, rule->path, strlen(rule->path));
    buf_addf(b, ",\"status\":%u,\"count\":%" PRIu64 "}", rule->status, rule->count);
}

void
faults_print(struct buf *b, struct faults *f)
{
    buf_addc(b, '[');
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count; i++) {
        if (i > 0)
            buf_addc(b, ',');
        print_one(b, &f->rules[i]);
    }
    pthread_mutex_unlock(&f->lock);
    buf_addc(b, ']');
}
