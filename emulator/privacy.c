/* privacy.c - one thread, a bounded queue of texts, and the bodies of the store behind a mark.
 * SPDX-License-Identifier: MIT
 *
 * Bodies are not queued: the store has them, and the mark up to which they were searched moves in
 * the transaction that keeps what was found. So nothing is told twice or never after a kill. A
 * search that goes on in the middle of a session (after a restart, or when many sessions are under
 * way) goes over the bodies before that in silence, because nodes are named by what came earlier.
 *
 * Texts wait in memory (privacy_queue.h) and are lost when the process is killed. Log lines can
 * come ten times as fast as they are searched beside everything else, and this thread would take
 * from the others what they need to keep up: its low priority decides only between threads that
 * could run, and two processors may be the halves of one. While lines flood in it therefore works a
 * tenth of the time. A burst finds room in memory and is searched to its end; of a flood that lasts
 * some lines are, and how many were not is told. */
#include "config.h"

#include "emulator/privacy.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/pack.h"
#include "base/table.h"
#include "domain/openreplay_scan.h"
#include "domain/pii_texts.h"
#include "domain/route.h"
#include "emulator/changes.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/privacy_queue.h"
#include "emulator/scrubber.h"
#include "emulator/service_metrics.h"
#include "emulator/thread.h"
#include "store/recording.h"

#define ITEM_BYTES  ((size_t)256 << 10) /* of one item; the rest of it is not searched */
#define LINES_BYTES ((size_t)128 << 10) /* of lines in one item, and the one that goes beyond */
#define LINES_ITEM  ((size_t)2 << 20)
#define REST_TIMES  9 /* as long as the work before it */
#define TELL_NS     UINT64_C(10000000000)
#define JSON_TEXTS  256
#define JSON_PATH   200
#define TOLD_MAX    65536 /* values that are remembered so as not to be told again */
#define SCANS       32    /* sessions whose nodes are remembered */
#define PART_BYTES  ((size_t)4 << 20)
#define LINE_MAX    ((size_t)64 << 10)
#define RETRY_MS    200
#define KEEP_DAYS   30 /* as long as recordings */
#define NICE        10

struct scan {
    uint64_t session;
    uint64_t used; /* when, in batches; 0: free */
    struct openreplay_scan *scan;
};

struct privacy {
    struct emulator *em;
    struct pii_rules *rules;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    /* under the lock */
    struct privacy_queue queue;
    bool wants_bodies, forgets, is_busy, stopping;
    bool is_held;      /* nothing is searched but for privacy_settle() */
    unsigned settling; /* those who wait in it */
    /* the thread's own */
    struct store_reader *reader;
    struct pii_scanner *scanner;
    struct recording_search search;
    struct scan scans[SCANS];
    uint64_t turn;
    uint64_t told_ns; /* when it was told how much was not searched */
    struct table told;
    struct scrubber *scrubber; /* anybody's */
    /* counted by the thread, read by anyone */
    atomic_uint_least64_t items, batches, findings, unjudged, missed;
};

/* --- handing in ------------------------------------------------------------------------------- */

static void
push(struct privacy *p, struct privacy_load *load)
{
    if (load == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    privacy_queue_push(&p->queue, load);
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* What is gathered of a request: nothing at all of most of them. */
struct taking {
    const struct privacy *p;
    const struct privacy_item *from;
    struct privacy_load *item; /* NULL until a text is worth a search */
};

static struct privacy_load *
begin_item(const struct privacy_item *from)
{
    struct privacy_load *item = xcalloc(1, sizeof *item);
    struct buf *b = &item->bytes;

    buf_init(b, ITEM_BYTES);
    pack_text(b, from->source);
    pack_text(b, from->message);
    pack_text(b, from->session == NULL ? "" : from->session);
    pack_text(b, from->page == NULL ? "" : from->page);
    pack_signed(b, from->time_ms);
    pack_u8(b, from->is_scrubbed);
    return item;
}

/* Most texts have not even a digit too many, or came before: that spares them the way. */
static bool
is_worth(const struct privacy *p, const struct privacy_text *text)
{
    size_t len = text->text == NULL ? 0 : strlen(text->text);

    return !scrubber_knows_clean(p->scrubber, text->reading, text->text, len);
}

static void
add_text(struct taking *t, const struct privacy_text *text)
{
    struct buf *b;

    if (t->item == NULL)
        t->item = begin_item(t->from);
    b = &t->item->bytes;
    pack_u8(b, (uint8_t)text->reading);
    pack_u8(b, (uint8_t)text->way);
    pack_text(b, text->field);
    pack_text(b, text->text);
}

bool
privacy_take(struct privacy *p, const struct privacy_item *from)
{
    struct taking taking = { .p = p, .from = from };

    for (size_t i = 0; i < from->count; i++) {
        if (is_worth(p, &from->texts[i]))
            add_text(&taking, &from->texts[i]);
    }
    push(p, taking.item);
    return taking.item != NULL;
}

/* A member below others, named only when something is to be told of it. */
struct path {
    const struct path *above; /* NULL: the first one */
    const char *name;         /* NULL: an item of an array */
};

static void
print_path(struct buf *b, const struct path *path)
{
    if (path->above != NULL)
        print_path(b, path->above);
    if (path->name == NULL)
        buf_adds(b, "[]");
    else
        buf_addf(b, "%s%s", path->above == NULL ? "" : ".", path->name);
}

static bool
is_address(const struct path *path)
{
    return path->name != NULL &&
           (strcmp(path->name, "url") == 0 || strcmp(path->name, "referrer") == 0);
}

static void
add_string(struct taking *t, const struct path *path, const char *string)
{
    struct privacy_text text = { .text = string,
                                 .reading = is_address(path) ? PII_URL : PII_JSON,
                                 .way = is_address(path) ? PII_WAY_URL : PII_WAY_PAYLOAD };
    struct buf name;

    if (!is_worth(t->p, &text))
        return;
    buf_init(&name, LINE_MAX);
    print_path(&name, path);
    if (name.len > JSON_PATH)
        name.data[JSON_PATH] = '\0';
    text.field = buf_failed(&name) ? "a member with a long name" : name.data;
    add_text(t, &text);
    buf_fini(&name);
}

/* Depth is bounded by the parser. */
static void
add_json(struct taking *t, const struct path *path, const cJSON *value, size_t *left)
{
    const cJSON *child;

    if (cJSON_IsString(value) && *left > 0) {
        (*left)--;
        add_string(t, path, value->valuestring);
    }
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return;
    cJSON_ArrayForEach(child, value)
    {
        add_json(t, &(struct path){ path, cJSON_IsArray(value) ? NULL : child->string }, child,
                 left);
    }
}

void
privacy_take_json(struct privacy *p, const struct privacy_item *from, const char *field,
                  const cJSON *value)
{
    struct taking taking = { .p = p, .from = from };
    size_t left = JSON_TEXTS;

    add_json(&taking, &(struct path){ NULL, field }, value, &left);
    push(p, taking.item);
}

static struct privacy_load *
begin_lines_item(const char *group)
{
    struct privacy_load *item = xcalloc(1, sizeof *item);

    buf_init(&item->bytes, LINES_ITEM);
    pack_text(&item->bytes, group);
    return item;
}

/* Without room for lines they are not even looked at. */
static bool
have_lines_room(struct privacy *p, size_t count)
{
    bool has;

    pthread_mutex_lock(&p->lock);
    has = privacy_queue_takes_lines(&p->queue, count);
    pthread_mutex_unlock(&p->lock);
    return has;
}

void
privacy_take_lines(struct privacy *p, const char *group, const struct log_event *events,
                   size_t count)
{
    struct privacy_load *item = NULL;

    if (!have_lines_room(p, count))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!pii_is_suspect(p->scanner, events[i].message, events[i].message_len))
            continue;
        if (item == NULL)
            item = begin_lines_item(group);
        item->lines++;
        pack_signed(&item->bytes, events[i].time_ms);
        pack_blob(&item->bytes, events[i].message, events[i].message_len);
        if (item->bytes.len < LINES_BYTES)
            continue;
        push(p, item);
        item = NULL;
    }
    push(p, item);
}

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

/* --- telling ---------------------------------------------------------------------------------- */

/* Lines of one write. */
struct lines {
    struct privacy *p;
    struct store_write *write;
    const char *stream;
    int64_t now_ms;
    uint64_t findings;
    bool is_silent;
};

static struct lines
begin_lines(struct privacy *p, const char *stream)
{
    return (struct lines){ .p = p,
                           .write = store_write_new(emulator_store(p->em)),
                           .stream = stream,
                           .now_ms = clock_now_ms(emulator_clock(p->em)) };
}

static void
add_line(struct lines *lines, const struct buf *text)
{
    const struct log_event event = { .time_ms = lines->now_ms,
                                     .message = text->data,
                                     .message_len = text->len };
    struct emulator *em = lines->p->em;

    if (buf_failed(text))
        return;
    store_write_logs(lines->write, PII_LOG_GROUP, lines->stream, &event, 1, lines->now_ms);
    if (metric_filters_apply(emulator_metric_filters(em), lines->write, PII_LOG_GROUP, &event, 1))
        service_metrics_wake(emulator_service_metrics(em));
}

static void
tell_finding(struct lines *lines, const struct pii_finding *finding)
{
    struct buf text;

    buf_init(&text, LINE_MAX);
    pii_finding_print(&text, finding);
    add_line(lines, &text);
    buf_fini(&text);
    lines->findings++;
}

/* What was not searched is not clean. */
static void
tell_unsearched(struct lines *lines, const char *session, uint64_t count, const char *what)
{
    char time[ISO8601_TEXT];
    struct buf text;

    buf_init(&text, LINE_MAX);
    iso8601_format_ms(lines->now_ms, time);
    buf_addf(&text,
             "{\"timestamp\":\"%s\",\"level\":\"WARN\",\"message\":\"not searched for personal "
             "data: %" PRIu64 " %s\",\"functionName\":\"" PII_FUNCTION "\",\"requestId\":\"%s\","
             "\"unsearched\":%" PRIu64 "}",
             time, count, what, session, count);
    add_line(lines, &text);
    buf_fini(&text);
}

/* Waits until the lines are kept. false: they are not, and the thread is to end. */
static bool
commit(struct lines *lines, bool has_lines)
{
    struct privacy *p = lines->p;
    struct err err = { 0 };

    if (store_submit_wait(emulator_store(p->em), lines->write, &err) != OK)
        return false;
    atomic_fetch_add(&p->findings, lines->findings);
    if (has_lines)
        changes_poke(emulator_changes(p->em));
    return true;
}

/* --- texts ------------------------------------------------------------------------------------ */

struct text_search {
    struct lines *lines;
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

/* true when it was told already; it counts as told from now on. */
static bool
was_told(struct privacy *p, const struct pii_finding *f, const uint8_t hash[16])
{
    struct buf key;
    bool was;

    buf_init(&key, LINE_MAX);
    buf_add(&key, hash, 16);
    buf_addf(&key, "%s\n%s\n%s\n%s", f->source, f->message, f->field, f->session);
    was = table_find(&p->told, key.data, key.len) != NULL;
    if (!was && p->told.count >= TOLD_MAX)
        table_clear(&p->told);
    if (!was)
        table_add(&p->told, key.data, key.len);
    buf_fini(&key);
    return was;
}

static void
on_hit(void *arg, const struct pii_hit *hit)
{
    struct text_search *s = arg;
    struct pii_finding f = s->finding;

    s->hits++;
    if (was_told(s->lines->p, &f, hit->hash))
        return;
    f.kind = hit->kind;
    f.severity = hit->severity;
    f.shape = hit->shape;
    memcpy(f.hash, hit->hash, sizeof f.hash);
    f.count = 1;
    tell_finding(s->lines, &f);
}

/* Names of pages, sessions and fields are texts from outside as well. */
static const char *
scrubbed(struct privacy *p, struct arena *arena, const char *text, size_t len)
{
    struct buf b;
    const char *out;

    buf_init(&b, LINE_MAX);
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
finish_item(struct privacy *p, struct lines *lines, uint64_t unjudged)
{
    if (unjudged > 0)
        tell_unsearched(lines, "none", unjudged, "texts that met a limit");
    atomic_fetch_add(&p->items, 1);
    atomic_fetch_add(&p->unjudged, unjudged);
    if (store_write_is_empty(lines->write))
        store_write_free(lines->write);
    else if (!commit(lines, true))
        atomic_fetch_add(&p->missed, 1);
}

static void
search_item(struct privacy *p, struct privacy_load *item)
{
    struct unpack u = unpack_over(item->bytes.data, item->bytes.len);
    struct arena *arena = arena_new();
    struct text_search s = { .finding = { .source = take_text(&u, arena) } };
    const char *session, *page;
    struct lines lines;

    s.finding.message = take_text(&u, arena);
    session = take_text(&u, arena);
    page = take_text(&u, arena);
    s.finding.session = scrubbed(p, arena, session, strlen(session));
    s.finding.page = scrubbed(p, arena, page, strcspn(page, "?#"));
    s.finding.time_ms = unpack_signed(&u);
    s.finding.is_scrubbed = unpack_u8(&u) != 0;
    lines = begin_lines(p, s.finding.source);
    s.lines = &lines;
    finish_item(p, &lines, search_texts(p, arena, &u, &s) + buf_failed(&item->bytes));
    arena_free(arena);
}

/* --- lines of logs ---------------------------------------------------------------------------- */

static void
on_line_finding(void *arg, const struct pii_finding *finding)
{
    struct lines *lines = arg;

    if (!was_told(lines->p, finding, finding->hash))
        tell_finding(lines, finding);
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
search_line(struct privacy *p, struct lines *lines, const struct pii_origin *origin,
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
    struct lines lines = begin_lines(p, origin.source);
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
    struct lines lines;
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
    lines = begin_lines(p, "limits");
    if (requests > 0)
        tell_unsearched(&lines, "none", requests,
                        "requests that came faster than they can be searched");
    if (log_lines > 0)
        tell_unsearched(&lines, "none", log_lines,
                        "log lines that came faster than they can be searched");
    (void)commit(&lines, true); /* the count stands in the health answer, too */
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

static void
search_queue(struct privacy *p)
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

/* --- recorded batches ------------------------------------------------------------------------- */

static void
on_finding(void *arg, const struct pii_finding *finding)
{
    struct lines *lines = arg;

    if (!lines->is_silent)
        tell_finding(lines, finding);
}

/* What came before the body at hand, so that its nodes have names. */
static enum status
catch_up(struct privacy *p, struct openreplay_scan *scan, const struct recording_part *until,
         struct err *err)
{
    struct lines silent = { .p = p, .is_silent = true };
    struct openreplay_scanned ignored;
    uint64_t from = 0;
    enum status st = OK;

    do {
        struct arena *arena = arena_new();
        struct recording_part *parts;
        size_t count = 0;

        st = store_read_recording(p->reader, arena, until->body.session, from, PART_BYTES, &parts,
                                  &count, &from, err);
        for (size_t i = 0; st == OK && i < count; i++) {
            if (parts[i].number < until->number)
                openreplay_scan_take(scan, parts[i].body.bytes, parts[i].body.length, false,
                                     on_finding, &silent, &ignored);
        }
        arena_free(arena);
    } while (st == OK && from != 0 && from < until->number);
    return st;
}

static struct scan *
scan_of(struct privacy *p, const struct recording_part *part, struct err *err)
{
    struct scan *oldest = &p->scans[0];
    char name[24];

    for (size_t i = 0; i < SCANS; i++) {
        struct scan *s = &p->scans[i];

        if (s->used != 0 && s->session == part->body.session)
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    openreplay_scan_free(oldest->scan);
    snprintf(name, sizeof name, "%" PRIu64, part->body.session);
    *oldest = (struct scan){ .session = part->body.session,
                             .scan = openreplay_scan_new(p->rules, p->search.key, name) };
    return catch_up(p, oldest->scan, part, err) == OK ? oldest : NULL;
}

static void
tell_scanned(struct lines *lines, const struct recording_part *part,
             const struct openreplay_scanned *scanned)
{
    char name[24];

    snprintf(name, sizeof name, "%" PRIu64, part->body.session);
    if (part->body.fault.kind != OPENREPLAY_NO_FAULT)
        tell_unsearched(lines, name, 1, "batch, behind what cannot be decoded");
    if (scanned->unjudged > 0)
        tell_unsearched(lines, name, scanned->unjudged, "texts that met a limit");
    atomic_fetch_add(&lines->p->unjudged,
                     scanned->unjudged + (part->body.fault.kind != OPENREPLAY_NO_FAULT));
}

/* false: not now. */
static bool
search_body(struct privacy *p, const struct recording_part *part)
{
    struct openreplay_scanned scanned;
    struct lines lines;
    struct err err = { 0 };
    struct scan *scan = scan_of(p, part, &err);
    bool has_lines;

    if (scan == NULL)
        return false;
    scan->used = ++p->turn;
    lines = begin_lines(p, "openreplay");
    openreplay_scan_take(scan->scan, part->body.bytes, part->body.length, false, on_finding, &lines,
                         &scanned);
    tell_scanned(&lines, part, &scanned);
    has_lines = !store_write_is_empty(lines.write);
    store_write_recording_searched(lines.write, part->number);
    if (!commit(&lines, has_lines)) {
        openreplay_scan_free(scan->scan); /* what it told is not kept: tell it again */
        *scan = (struct scan){ .used = 0 };
        return false;
    }
    p->search.number = part->number;
    atomic_fetch_add(&p->batches, 1);
    return true;
}

static bool
is_stopping(struct privacy *p)
{
    bool stopping;

    pthread_mutex_lock(&p->lock);
    stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return stopping;
}

/* false: try again in a while. */
static bool
search_bodies(struct privacy *p)
{
    bool more = true, good = true;

    while (good && more && !is_stopping(p)) {
        struct arena *arena = arena_new();
        struct recording_part part;
        struct err err = { 0 };

        good = store_next_recording(p->reader, arena, p->search.number, &part, &more, &err) == OK &&
               (!more || search_body(p, &part));
        arena_free(arena);
        search_queue(p);
    }
    return good;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void
forget(struct privacy *p)
{
    for (size_t i = 0; i < SCANS; i++)
        openreplay_scan_free(p->scans[i].scan);
    memset(p->scans, 0, sizeof p->scans);
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
        search_queue(p);
        good = !bodies || search_bodies(p);
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
    struct privacy_load *item;

    while ((item = pop(p)) != NULL)
        privacy_load_free(item);
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
