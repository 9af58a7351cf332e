/* privacy_texts.c - searches the texts and lines that wait in the queue.
 * SPDX-License-Identifier: MIT
 *
 * Log lines can come ten times as fast as they are searched beside everything else, and this thread
 * would take from the others what they need to keep up: its low priority decides only between
 * threads that could run, and two processors may be the halves of one. While lines flood in it
 * therefore works a tenth of the time. A burst finds room in memory and is searched to its end; of
 * a flood that lasts some lines are, and how many were not is told. */
#include "config.h"

#include "emulator/privacy_own.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/pack.h"
#include "store/store.h"

#define REST_TIMES 9 /* as long as the work before it */
#define TELL_NS    UINT64_C(10000000000)

/* --- texts of requests ------------------------------------------------------------------------ */

struct text_search {
    struct privacy_lines *lines;
    struct pii_finding finding; /* but for what a hit says */
    size_t hits;
};

static const char *
take_text(struct unpack *u, struct arena *arena)
{
    size_t len;
    const char *text = unpack_blob(u, &len);

    return len == 0 ? "" : arena_strndup(arena, text, len);
}

static void
on_hit(void *arg, const struct pii_hit *hit)
{
    struct text_search *s = arg;
    struct pii_finding f = s->finding;

    s->hits++;
    if (privacy_was_told(s->lines->p, &f, hit->hash))
        return;
    f.kind = hit->kind;
    f.severity = hit->severity;
    f.shape = hit->shape;
    memcpy(f.hash, hit->hash, sizeof f.hash);
    f.count = 1;
    privacy_lines_tell(s->lines, &f);
}

/* Names of pages, sessions and fields are texts from outside as well. */
static const char *
scrubbed(struct privacy *p, struct arena *arena, const char *text, size_t len)
{
    struct buf b;
    const char *out;

    buf_init(&b, PRIVACY_LINE_MAX);
    if (len > 0)
        (void)pii_scrub(p->scanner, PII_URL, text, len, &b);
    out = buf_failed(&b) ? "" : arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return out;
}

static uint64_t
search_texts(struct privacy *p, struct arena *arena, struct unpack *u, struct text_search *s)
{
    uint64_t unjudged = 0;

    while (u->at < u->end && !u->bad) {
        enum pii_reading reading = (enum pii_reading)unpack_u8(u);
        const char *field, *text;
        size_t field_len, len;

        s->finding.way = (enum pii_way)unpack_u8(u);
        field = unpack_blob(u, &field_len);
        s->finding.field = scrubbed(p, arena, field, field_len);
        text = unpack_blob(u, &len);
        if (s->finding.way == PII_WAY_URL)
            s->finding.advice = "keep it out of the address, or out of what is sent of it";
        else
            s->finding.advice = "leave it out where the application puts this together";
        s->hits = 0;
        if (u->bad)
            break;
        if (!pii_scan(p->scanner, reading, text, len, on_hit, s))
            unjudged++;
        else if (s->hits == 0)
            scrubber_note_clean(p->scrubber, reading, text, len);
    }
    return unjudged;
}

/* Commits what is to be told of one item. */
static void
finish_item(struct privacy *p, struct privacy_lines *lines, uint64_t unjudged)
{
    if (unjudged > 0)
        privacy_lines_tell_unsearched(lines, "none", unjudged, "texts that met a limit");
    atomic_fetch_add(&p->items, 1);
    atomic_fetch_add(&p->unjudged, unjudged);
    if (store_write_is_empty(lines->write))
        store_write_free(lines->write);
    else if (!privacy_lines_commit(lines, true))
        atomic_fetch_add(&p->missed, 1);
}

static void
search_item(struct privacy *p, struct privacy_load *item)
{
    struct unpack u = unpack_over(item->bytes.data, item->bytes.len);
    struct arena *arena = arena_new();
    struct text_search s = { .finding = { .source = take_text(&u, arena) } };
    const char *session, *page;
    struct privacy_lines lines;

    s.finding.message = take_text(&u, arena);
    session = take_text(&u, arena);
    page = take_text(&u, arena);
    s.finding.session = scrubbed(p, arena, session, strlen(session));
    s.finding.page = scrubbed(p, arena, page, strcspn(page, "?#"));
    s.finding.time_ms = unpack_signed(&u);
    s.finding.is_scrubbed = unpack_u8(&u) != 0;
    lines = privacy_lines_begin(p, s.finding.source);
    s.lines = &lines;
    finish_item(p, &lines, search_texts(p, arena, &u, &s) + buf_failed(&item->bytes));
    arena_free(arena);
}

/* --- lines of logs ---------------------------------------------------------------------------- */

static void
on_line_finding(void *arg, const struct pii_finding *finding)
{
    struct privacy_lines *lines = arg;

    if (!privacy_was_told(lines->p, finding, finding->hash))
        privacy_lines_tell(lines, finding);
}

static void
count_hit(void *arg, const struct pii_hit *hit)
{
    size_t *hits = arg;

    (void)hit;
    ++*hits;
}

/* Mostly there is nothing, which a look at the whole line says; its members are told apart only
 * when there is. */
static uint64_t
search_line(struct privacy *p, struct privacy_lines *lines, const struct pii_origin *origin,
            const char *line, size_t len)
{
    size_t hits = 0;

    if (pii_scan(p->scanner, PII_JSON, line, len, count_hit, &hits) && hits == 0)
        return 0;
    return pii_texts_scan_line(p->scanner, origin, line, len, on_line_finding, lines);
}

static void
search_lines(struct privacy *p, struct privacy_load *item)
{
    struct unpack u = unpack_over(item->bytes.data, item->bytes.len);
    struct arena *arena = arena_new();
    struct pii_origin origin = { .source = "log", .message = take_text(&u, arena) };
    struct privacy_lines lines = privacy_lines_begin(p, origin.source);
    uint64_t unjudged = buf_failed(&item->bytes);

    while (u.at < u.end && !u.bad) {
        const char *line;
        size_t len;

        origin.time_ms = unpack_signed(&u);
        line = unpack_blob(&u, &len);
        if (!u.bad)
            unjudged += search_line(p, &lines, &origin, line, len);
    }
    finish_item(p, &lines, unjudged);
    arena_free(arena);
}

/* --- the queue -------------------------------------------------------------------------------- */

static struct privacy_load *
pop(struct privacy *p)
{
    struct privacy_load *item;

    pthread_mutex_lock(&p->lock);
    item = privacy_queue_pop(&p->queue);
    pthread_mutex_unlock(&p->lock);
    return item;
}

/* Those that found the queue full. */
static void
tell_missed(struct privacy *p)
{
    struct privacy_lines lines;
    uint64_t requests, log_lines;

    pthread_mutex_lock(&p->lock);
    requests = p->queue.requests_missed;
    log_lines = p->queue.lines_missed;
    p->queue.requests_missed = p->queue.lines_missed = 0;
    pthread_mutex_unlock(&p->lock);
    p->told_ns = mono_ns();
    if (requests + log_lines == 0)
        return;
    atomic_fetch_add(&p->missed, requests + log_lines);
    lines = privacy_lines_begin(p, "limits");
    if (requests > 0)
        privacy_lines_tell_unsearched(&lines, "none", requests,
                                      "requests that came faster than they can be searched");
    if (log_lines > 0)
        privacy_lines_tell_unsearched(&lines, "none", log_lines,
                                      "log lines that came faster than they can be searched");
    (void)privacy_lines_commit(&lines, true); /* the count stands in the health answer, too */
}

static bool
is_flooded(struct privacy *p)
{
    bool is;

    pthread_mutex_lock(&p->lock);
    is = privacy_queue_is_flooded(&p->queue) && p->settling == 0 && !p->stopping;
    pthread_mutex_unlock(&p->lock);
    return is;
}

static void
rest_after(uint64_t began_ns)
{
    const uint64_t ns = (mono_ns() - began_ns) * REST_TIMES;
    const struct timespec pause = { .tv_sec = (time_t)(ns / 1000000000),
                                    .tv_nsec = (long)(ns % 1000000000) };

    nanosleep(&pause, NULL);
}

void
privacy_search_queue(struct privacy *p)
{
    struct privacy_load *item;

    while ((item = pop(p)) != NULL) {
        const uint64_t began_ns = mono_ns();

        if (item->lines > 0)
            search_lines(p, item);
        else
            search_item(p, item);
        privacy_load_free(item);
        if (is_flooded(p))
            rest_after(began_ns);
        if (mono_ns() - p->told_ns > TELL_NS)
            tell_missed(p);
    }
    tell_missed(p);
}
