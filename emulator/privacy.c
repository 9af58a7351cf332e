/* privacy.c - the thread that searches for personal data: woken, waited for, begun and ended.
 * SPDX-License-Identifier: MIT
 *
 * Texts that were taken in (privacy_take.c) wait in memory (privacy_queue.h), are searched
 * (privacy_texts.c), and are lost when the process is killed. Recorded batches lie in the store
 * behind a mark (privacy_batches.c). What is found of either becomes lines (privacy_lines.c). */
#include "config.h"

#include "emulator/privacy_own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/thread.h"
#include "domain/route.h"
#include "emulator/parts.h"
#include "store/store.h"

#define RETRY_MS  200
#define KEEP_DAYS 30 /* as long as recordings */
#define NICE      10

/* --- scrubbing -------------------------------------------------------------------------------- */

const char *
privacy_scrub_bytes(struct privacy *p, struct arena *arena, enum pii_reading reading,
                    const char *bytes, size_t len, size_t *out_len)
{
    return scrubber_scrub(p->scrubber, arena, reading, bytes, len, out_len);
}

const char *
privacy_scrub(struct privacy *p, struct arena *arena, const struct privacy_text *text)
{
    size_t len;

    return privacy_scrub_bytes(p, arena, text->reading, text->text,
                               text->text == NULL ? 0 : strlen(text->text), &len);
}

const char *
privacy_scrub_route(struct privacy *p, struct arena *arena, const char *route)
{
    const char *kept = privacy_scrub(
        p, arena, &(struct privacy_text){ .text = route, .reading = PII_URL, .way = PII_WAY_URL });
    char folded[ROUTE_TEXT];

    if (kept == route)
        return route;
    route_fold(folded, kept);
    return arena_strdup(arena, folded);
}

/* --- waking and waiting ----------------------------------------------------------------------- */

static void
set_flag(struct privacy *p, bool *flag)
{
    pthread_mutex_lock(&p->lock);
    *flag = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void
privacy_wake(struct privacy *p)
{
    set_flag(p, &p->wants_bodies);
}

/* Under the lock. */
static bool
has_work(const struct privacy *p)
{
    return !privacy_queue_is_settled(&p->queue) || p->wants_bodies || p->forgets;
}

bool
privacy_settle(struct privacy *p, int64_t wait_ms)
{
    struct timespec until = mono_deadline(wait_ms);
    bool is_done;

    pthread_mutex_lock(&p->lock);
    p->settling++;
    pthread_cond_signal(&p->wake);
    while ((p->is_busy || has_work(p)) &&
           pthread_cond_timedwait(&p->idle, &p->lock, &until) != ETIMEDOUT)
        continue;
    is_done = !p->is_busy && !has_work(p);
    p->settling--;
    pthread_mutex_unlock(&p->lock);
    return is_done;
}

/* Recordings are kept for 30 days, and so is what is told of them. */
static enum status
keep_as_long(struct privacy *p, struct err *err)
{
    return store_set_log_retention(emulator_store(p->em), PII_LOG_GROUP, KEEP_DAYS, err);
}

enum status
privacy_forget(struct privacy *p, struct err *err)
{
    enum status st;

    set_flag(p, &p->forgets);
    st = store_create_log_group(emulator_store(p->em), PII_LOG_GROUP, err);
    return st == OK || st == E_EXISTS ? keep_as_long(p, err) : st;
}

/* --- the thread ------------------------------------------------------------------------------- */

bool
privacy_is_stopping(struct privacy *p)
{
    bool stopping;

    pthread_mutex_lock(&p->lock);
    stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return stopping;
}

static void
forget(struct privacy *p)
{
    privacy_forget_batches(p);
    table_clear(&p->told);
}

/* Under the lock. */
static void
await_work(struct privacy *p, bool retry)
{
    struct timespec until = mono_deadline(RETRY_MS);

    p->is_busy = retry;
    pthread_cond_broadcast(&p->idle);
    if (retry)
        pthread_cond_timedwait(&p->wake, &p->lock, &until);
    while (!retry && !p->stopping && ((p->is_held && p->settling == 0) || !has_work(p)))
        pthread_cond_wait(&p->wake, &p->lock);
    p->is_busy = true;
}

static void *
search_for_ever(void *arg)
{
    struct privacy *p = arg;
    bool good = true, stopping = false, bodies, forgets;

    setpriority(PRIO_PROCESS, 0, NICE); /* of this thread alone, on Linux */
    while (!stopping) {
        pthread_mutex_lock(&p->lock);
        await_work(p, !good);
        bodies = p->wants_bodies || !good;
        forgets = p->forgets;
        stopping = p->stopping;
        p->wants_bodies = p->forgets = false;
        pthread_mutex_unlock(&p->lock);
        if (forgets)
            forget(p);
        privacy_search_queue(p);
        good = !bodies || privacy_search_batches(p);
    }
    return NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

static enum status
read_rules(struct privacy *p, const char *path, struct err *err)
{
    struct buf text;
    struct err why = { 0 };
    enum status st;

    if (path == NULL) {
        p->rules = pii_rules_default();
        return OK;
    }
    buf_init(&text, PII_RULES_MAX);
    st = buf_read_file(&text, path, &why);
    if (st == OK)
        st = pii_rules_parse(&p->rules, text.data, text.len, &why);
    buf_fini(&text);
    return st == OK ? OK : err_set(err, E_USAGE, "--pii-rules: %s", why.text);
}

static void
privacy_free(struct privacy *p)
{
    struct privacy_load *load;

    while ((load = privacy_queue_pop(&p->queue)) != NULL)
        privacy_load_free(load);
    forget(p);
    table_fini(&p->told);
    pii_scanner_free(p->scanner);
    scrubber_free(p->scrubber);
    pii_rules_free(p->rules);
    store_reader_close(p->reader);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->idle);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* One that somebody made before keeps what they said. */
static enum status
make_group(struct privacy *p, struct err *err)
{
    enum status st = store_create_log_group(emulator_store(p->em), PII_LOG_GROUP, err);

    if (st == E_EXISTS)
        return OK;
    return st == OK ? keep_as_long(p, err) : st;
}

enum status
privacy_start(struct privacy **out, struct emulator *em, struct err *err)
{
    struct privacy *p = xcalloc(1, sizeof *p);
    enum status st;

    p->em = em;
    privacy_queue_init(&p->queue);
    p->is_held = emulator_options(em)->is_stepped;
    p->wants_bodies = true; /* a process before may have left some */
    table_init(&p->told, 1);
    pthread_mutex_init(&p->lock, NULL);
    mono_cond_init(&p->wake);
    mono_cond_init(&p->idle);
    st = read_rules(p, emulator_options(em)->pii_rules, err);
    if (st == OK)
        st = store_reader_open(&p->reader, emulator_store(em), err);
    if (st == OK)
        st = store_read_recording_search(p->reader, &p->search, err);
    if (st == OK)
        st = make_group(p, err);
    if (st == OK) {
        p->scrubber = scrubber_new(p->rules, p->search.key);
        p->scanner = pii_scanner_new(p->rules, p->search.key);
        st = thread_start(&p->thread, "obsview-privacy", search_for_ever, p, err);
    }
    if (st == OK)
        *out = p;
    else
        privacy_free(p);
    return st;
}

void
privacy_stop(struct privacy *p)
{
    if (p == NULL)
        return;
    set_flag(p, &p->stopping);
    pthread_join(p->thread, NULL);
    privacy_free(p);
}

void
privacy_print(struct buf *b, struct privacy *p)
{
    bool is_searching;
    size_t queued;

    pthread_mutex_lock(&p->lock);
    queued = p->queue.count;
    is_searching = p->is_busy || has_work(p);
    pthread_mutex_unlock(&p->lock);
    buf_addf(b,
             ",\"privacy\":{\"rules\":\"%s\",\"isSearching\":%s,\"queue\":%zu,\"texts\":%" PRIu64
             ",\"batches\":%" PRIu64 ",\"findings\":%" PRIu64 ",\"unjudged\":%" PRIu64
             ",\"missed\":%" PRIu64 "}",
             pii_rules_hash(p->rules), is_searching ? "true" : "false", queued,
             (uint64_t)atomic_load(&p->items), (uint64_t)atomic_load(&p->batches),
             (uint64_t)atomic_load(&p->findings), (uint64_t)atomic_load(&p->unjudged),
             (uint64_t)atomic_load(&p->missed));
}
