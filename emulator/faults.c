/* faults.c - a short list under a lock.
 * SPDX-License-Identifier: MIT
 *
 * Each rule has a die of its own, seeded with what it is about: another rule, or other traffic,
 * does not change what this one does to the requests that it is meant for. */
#include "config.h"

#include "emulator/faults.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#define OWN_PATHS "/_obsview/" /* these never fail on purpose: they switch faults off again */

struct rule {
    struct fault fault;
    uint64_t die;
};

struct faults {
    pthread_mutex_t lock;
    uint64_t seed;
    struct rule rules[FAULTS_MAX], first[FAULTS_MAX]; /* now, and from the start */
    size_t count, first_count;
    atomic_bool any;
};

static const char *const kind_names[FAULT_KINDS] = {
    [FAULT_NONE] = "",           [FAULT_STATUS] = "",   [FAULT_SLOW] = "slow",
    [FAULT_HALF] = "half",       [FAULT_HANG] = "hang", [FAULT_RESET] = "reset",
    [FAULT_GARBAGE] = "garbage",
};

/* --- rules as text ---------------------------------------------------------------------------- */

bool
fault_is_method(const char *text)
{
    static const char *const methods[] = { "GET",    "HEAD",  "POST",   "PUT",
                                           "DELETE", "PATCH", "OPTIONS" };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(text, methods[i]) == 0)
            return true;
    }
    return false;
}

enum status
fault_parse_path(struct fault *out, const char *path, struct err *err)
{
    const char *star = strchr(path, '*');

    if (path[0] != '/' || strlen(path) > FAULT_PATH_MAX || strpbrk(path, "?#") != NULL ||
        (star != NULL && star[1] != '\0'))
        return err_set(err, E_USAGE,
                       "path: expected the path of a request, without its query; it may end in *");
    if (strncmp(path, OWN_PATHS, strlen(OWN_PATHS)) == 0)
        return err_set(err, E_USAGE, "path: what is below %s does not fail on purpose", OWN_PATHS);
    snprintf(out->path, sizeof out->path, "%s", path);
    return OK;
}

static bool
read_kind(struct fault *out, const char *word)
{
    int64_t number;

    if (text_parse_int(&number, word) && number >= 400 && number <= 599) {
        out->kind = FAULT_STATUS;
        out->status = (unsigned)number;
        return true;
    }
    if (strncmp(word, "slow:", 5) == 0 && text_parse_int(&number, word + 5) && number > 0 &&
        number <= FAULT_MS_MAX) {
        out->kind = FAULT_SLOW;
        out->ms = (unsigned)number;
        return true;
    }
    for (enum fault_kind k = FAULT_HALF; k < FAULT_KINDS; k++) {
        if (strcmp(word, kind_names[k]) == 0)
            out->kind = k;
    }
    if (strcmp(word, "off") == 0)
        out->count = 0;
    return out->kind != FAULT_NONE || out->count == 0;
}

enum status
fault_parse_what(struct fault *out, const char *text, struct err *err)
{
    const char *at = strchr(text, '@');
    size_t len = at == NULL ? strlen(text) : (size_t)(at - text);
    char word[16] = "";

    if (len < sizeof word)
        memcpy(word, text, len);
    if (!read_kind(out, word))
        return err_set(err, E_USAGE,
                       "%.40s: expected a status from 400 to 599, hang, reset, half, garbage, "
                       "slow:MS (up to %d) or off",
                       text, FAULT_MS_MAX);
    if (at == NULL)
        return OK;
    if (!text_parse_double(&out->probability, at + 1) || !(out->probability > 0) ||
        out->probability > 1)
        return err_set(err, E_USAGE, "%.40s: expected a probability above 0 and at most 1 after @",
                       text);
    return OK;
}

enum status
fault_parse(struct fault *out, const char *text, struct err *err)
{
    struct fault fault = { .probability = 1, .count = FAULT_FOREVER };
    const char *equals = strrchr(text, '='), *path = text;
    char left[FAULT_PATH_MAX + 16];
    size_t method;
    enum status st;

    if (equals == NULL || (size_t)(equals - text) >= sizeof left)
        return err_set(
            err, E_USAGE,
            "%.60s: expected PATH=WHAT, such as /api/send=500 or POST /api/send=hang@0.5", text);
    snprintf(left, sizeof left, "%.*s", (int)(equals - text), text);
    path = left;
    method = strcspn(left, " ");
    if (left[method] == ' ') {
        left[method] = '\0';
        if (!fault_is_method(left))
            return err_set(err, E_USAGE, "method: expected GET, POST or another method");
        memcpy(fault.method, left, method + 1); /* methods are short, and this is one */
        path = left + method + 1;
    }
    st = fault_parse_path(&fault, path, err);
    if (st == OK)
        st = fault_parse_what(&fault, equals + 1, err);
    if (st == OK)
        *out = fault;
    return st;
}

static void
print_what(char text[static 32], const struct fault *fault)
{
    if (fault->kind == FAULT_STATUS)
        snprintf(text, 32, "%u", fault->status);
    else if (fault->kind == FAULT_SLOW)
        snprintf(text, 32, "slow:%u", fault->ms);
    else
        snprintf(text, 32, "%s", kind_names[fault->kind]);
}

void
fault_print(char text[static FAULT_TEXT], const struct fault *fault)
{
    char what[32], chance[32] = "";

    print_what(what, fault);
    if (fault->probability < 1)
        snprintf(chance, sizeof chance, "@%.6g", fault->probability);
    snprintf(text, FAULT_TEXT, "%s%s%s=%s%s", fault->method, fault->method[0] == '\0' ? "" : " ",
             fault->path, what, chance);
}

/* --- the list --------------------------------------------------------------------------------- */

struct faults *
faults_new(uint64_t seed)
{
    struct faults *f = xcalloc(1, sizeof *f);

    pthread_mutex_init(&f->lock, NULL);
    f->seed = seed;
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

static bool
is_same(const struct fault *a, const struct fault *wanted)
{
    return strcmp(a->method, wanted->method) == 0 && strcmp(a->path, wanted->path) == 0 &&
           (wanted->kind == FAULT_NONE || a->kind == wanted->kind);
}

static uint64_t
seed_of(const struct faults *f, const struct fault *fault)
{
    uint64_t seed = text_hash(fault->path, strlen(fault->path), f->seed);

    return text_hash(fault->method, strlen(fault->method), seed + (uint64_t)fault->kind);
}

/* Under the lock: rules are asked in their order, so that one in the place of another is asked
 * when that was. */
static void
put(struct faults *f, size_t place, const struct fault *fault)
{
    memmove(&f->rules[place + 1], &f->rules[place], (f->count - place) * sizeof f->rules[0]);
    f->rules[place] = (struct rule){ .fault = *fault, .die = seed_of(f, fault) };
    f->count++;
}

enum status
faults_set(struct faults *f, const struct fault *fault, struct err *err)
{
    enum status st = OK;
    size_t place;

    pthread_mutex_lock(&f->lock);
    place = f->count;
    for (size_t at = f->count; at > 0; at--) {
        if (is_same(&f->rules[at - 1].fault, fault)) {
            drop(f, at - 1);
            place = at - 1;
        }
    }
    if (fault->count > 0 && f->count == FAULTS_MAX)
        st = err_set(err, E_LIMIT, "there are %d faults already", FAULTS_MAX);
    else if (fault->count > 0)
        put(f, place, fault);
    atomic_store(&f->any, f->count > 0);
    pthread_mutex_unlock(&f->lock);
    return st;
}

enum status
faults_begin(struct faults *f, const char *const *rules, struct err *err)
{
    enum status st = OK;

    for (size_t i = 0; st == OK && rules != NULL && rules[i] != NULL; i++) {
        struct fault fault;

        st = fault_parse(&fault, rules[i], err);
        if (st == OK)
            st = faults_set(f, &fault, err);
        if (st != OK)
            return err_context(err, "--fault");
    }
    memcpy(f->first, f->rules, sizeof f->first);
    f->first_count = f->count;
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

void
faults_reset(struct faults *f)
{
    pthread_mutex_lock(&f->lock);
    memcpy(f->rules, f->first, sizeof f->rules);
    f->count = f->first_count;
    atomic_store(&f->any, f->count > 0);
    pthread_mutex_unlock(&f->lock);
}

/* A preflight fails only for who asks for OPTIONS by name: it comes before every request. */
static bool
is_meant(const struct fault *rule, const char *method, const char *path)
{
    size_t len = strlen(rule->path);

    if (rule->path[len - 1] == '*' ? strncmp(rule->path, path, len - 1) != 0
                                   : strcmp(rule->path, path) != 0)
        return false;
    return rule->method[0] == '\0' ? strcmp(method, "OPTIONS") != 0
                                   : strcmp(rule->method, method) == 0;
}

/* splitmix64 (Steele, Lea, Flood 2014): every request that a rule is meant for throws once. */
static bool
throw_die(struct rule *rule)
{
    uint64_t z = rule->die += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53 < rule->fault.probability;
}

/* Under the lock. */
static bool
take(struct faults *f, size_t i, struct fault *out)
{
    struct rule *rule = &f->rules[i];

    if (!throw_die(rule))
        return false;
    rule->fault.taken++;
    *out = rule->fault;
    if (rule->fault.count != FAULT_FOREVER && --rule->fault.count == 0)
        drop(f, i);
    return true;
}

bool
faults_take(struct faults *f, const char *method, const char *path, struct fault *out)
{
    bool found = false;

    if (!atomic_load_explicit(&f->any, memory_order_relaxed) ||
        strncmp(path, OWN_PATHS, strlen(OWN_PATHS)) == 0)
        return false;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count && !found; i++)
        found = is_meant(&f->rules[i].fault, method, path) && take(f, i, out);
    atomic_store(&f->any, f->count > 0);
    pthread_mutex_unlock(&f->lock);
    return found;
}

static void
print_one(struct buf *b, const struct fault *fault)
{
    char what[32], rule[FAULT_TEXT];

    print_what(what, fault);
    fault_print(rule, fault);
    buf_adds(b, "{\"method\":");
    if (fault->method[0] == '\0')
        buf_adds(b, "null");
    else
        json_print_string(b, fault->method, strlen(fault->method));
    buf_adds(b, ",\"path\":");
    json_print_string(b, fault->path, strlen(fault->path));
    buf_addf(b, ",\"fault\":\"%s\",\"status\":", what);
    if (fault->kind == FAULT_STATUS)
        buf_addf(b, "%u", fault->status);
    else
        buf_adds(b, "null");
    buf_adds(b, ",\"count\":");
    if (fault->count == FAULT_FOREVER)
        buf_adds(b, "null");
    else
        buf_addf(b, "%" PRIu64, fault->count);
    buf_addf(b, ",\"probability\":%.6g,\"taken\":%" PRIu64 ",\"rule\":", fault->probability,
             fault->taken);
    json_print_string(b, rule, strlen(rule));
    buf_addc(b, '}');
}

void
faults_print(struct buf *b, struct faults *f)
{
    buf_addc(b, '[');
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count; i++) {
        if (i > 0)
            buf_addc(b, ',');
        print_one(b, &f->rules[i].fault);
    }
    pthread_mutex_unlock(&f->lock);
    buf_addc(b, ']');
}
