/* api.c - health, intake, wake-ups and reset.
 * SPDX-License-Identifier: MIT
 *
 * None of these requests appears in the intake itself: a screen that watches the intake would fill
 * it with its own questions. */
#include "config.h"

#include "emulator/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "emulator/alarm_default.h"
#include "emulator/changes.h"
#include "emulator/changes_stream.h"
#include "emulator/exchange_own.h"
#include "emulator/faults.h"
#include "emulator/intake.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"
#include "emulator/rate_limit.h"
#include "emulator/recorder.h"
#include "emulator/service_metrics.h"
#include "emulator/tally.h"
#include "emulator/umami.h"
#include "wire/http.h"
#include "wire/inflate.h"

#define EVENTS_DEFAULT 200
#define EVENTS_MAX     INTAKE_ITEMS
#define ANSWER_MAX     ((size_t)16 << 20)
#define ANSWER_STOP    ((size_t)8 << 20) /* no further event is begun */

/* JSON is UTF-8; bytes that are not become U+FFFD. */
static void
print_bytes(struct buf *b, const char *text, size_t len)
{
    struct buf valid;

    if (text_utf8_end(text, len) == len) {
        json_print_string(b, text, len);
        return;
    }
    buf_init(&valid, 3 * INTAKE_BODY_MAX);
    while (len > 0) {
        size_t good = text_utf8_end(text, len);

        buf_add(&valid, text, good);
        if (good < len) {
            buf_adds(&valid, "\xef\xbf\xbd");
            good++;
        }
        text += good;
        len -= good;
    }
    json_print_string(b, valid.data, valid.len);
    buf_fini(&valid);
}

static void
print_text(struct buf *b, const char *lead, const char *text)
{
    buf_adds(b, lead);
    if (text == NULL)
        buf_adds(b, "null");
    else
        print_bytes(b, text, strlen(text));
}

static void
reply_json(struct exchange *x, struct buf *b)
{
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b->data, b->len);
}

/* --- health ---------------------------------------------------------------------------------- */

static void
print_store(struct buf *b, struct emulator *em)
{
    struct store_stats s;

    store_stats(emulator_store(em), &s);
    buf_addf(b,
             ",\"store\":{\"bytes\":%" PRId64 ",\"maxBytes\":%" PRId64 ",\"vitals\":%" PRIu64
             ",\"errors\":%" PRIu64 ",\"data\":%" PRIu64 ",\"logLines\":%" PRIu64
             ",\"commits\":%" PRIu64 ",\"queue\":%" PRIu64 ",\"diskFull\":%s}",
             s.bytes, s.max_bytes, s.vitals, s.errors, s.data, s.log_lines, s.commits,
             s.queue_length, s.disk_full ? "true" : "false");
}

static void
print_intake(struct buf *b, struct emulator *em)
{
    struct intake_stats s;

    intake_stats(emulator_intake(em), &s);
    buf_addf(
        b, ",\"intake\":{\"next\":%" PRIu64 ",\"oldest\":%" PRIu64 ",\"items\":%zu,\"bytes\":%zu}",
        s.next_id, s.oldest_id, s.items, s.bytes);
}

void
api_health(struct exchange *x)
{
    struct emulator *em = exchange_emulator(x);
    const struct emulator_options *o = emulator_options(em);
    struct buf b;

    x->is_unseen = true;
    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"name\":\"obsview\",\"version\":\"" PACKAGE_VERSION "\"");
    print_text(&b, ",\"url\":", emulator_url(em));
    print_text(&b, ",\"emfAddress\":", emulator_emf_address(em));
    print_text(&b, ",\"db\":", o->db);
    print_text(&b, ",\"environment\":", o->environment);
    print_text(&b, ",\"region\":", o->region);
    buf_addf(&b,
             ",\"now\":%" PRId64 ",\"virtualClock\":%s,\"uptimeMs\":%" PRIu64
             ",\"rateLimit\":%" PRId64 ",\"connections\":%u,\"otherClients\":%u,",
             clock_now_ms(emulator_clock(em)),
             clock_is_virtual(emulator_clock(em)) ? "true" : "false",
             (mono_ns() - emulator_started_ns(em)) / 1000000, o->rate_limit,
             emulator_connections(em), emulator_other_clients(em));
    tally_print(&b, emulator_tally(em));
    print_store(&b, em);
    print_intake(&b, em);
    privacy_print(&b, emulator_privacy(em));
    if (o->recorder != NULL)
        recorder_print(&b, o->recorder);
    buf_adds(&b, ",\"faults\":");
    faults_print(&b, emulator_faults(em));
    buf_addc(&b, '}');
    reply_json(x, &b);
    buf_fini(&b);
}

/* --- events ---------------------------------------------------------------------------------- */

struct events_question {
    uint64_t id; /* the first one, or the only one */
    bool has_since;
    bool with_body;
    bool with_details;
    bool is_masked;
    bool is_one; /* asked for by its id */
    struct intake_filter filter;
    size_t limit;
};

#define DETAIL_PREFIX "Umami-" /* what a surface of ours says of a request, behind its headers */
#define DETAILS_MAX   16
#define DETAIL_MAX    2048

/* "Name: value\n" lines as [["Name","value"],...] */
static void
print_headers(struct buf *b, const char *text, size_t len)
{
    const char *end = text + len, *comma = "";

    buf_adds(b, ",\"headers\":[");
    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *colon = memchr(text, ':', (size_t)(end - text));

        if (line_end == NULL || colon == NULL || colon > line_end)
            break;
        buf_addf(b, "%s[", comma);
        print_bytes(b, text, (size_t)(colon - text));
        buf_addc(b, ',');
        print_bytes(b, colon + 2, (size_t)(line_end - colon - 2));
        buf_addc(b, ']');
        comma = ",";
        text = line_end + 1;
    }
    buf_addc(b, ']');
}

/* Where the lines begin that are no sender's. */
static size_t
details_at(const char *text, size_t len)
{
    size_t at = len;

    for (int i = 0; i < DETAILS_MAX && at > 0; i++) {
        size_t line = at - 1;

        while (line > 0 && text[line - 1] != '\n')
            line--;
        if (at - line > DETAIL_MAX ||
            strncmp(text + line, DETAIL_PREFIX, strlen(DETAIL_PREFIX)) != 0)
            break;
        at = line;
    }
    return at;
}

static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* Texts of an item without the personal data in them. false: there were none. */
static bool
mask_event(struct exchange *x, struct intake_item *item)
{
    const struct intake_item was = *item;
    bool is_other;
    struct privacy *p = emulator_privacy(exchange_emulator(x));
    struct arena *arena = exchange_arena(x);
    const struct privacy_text path = { .text = item->path, .reading = PII_URL };
    const struct privacy_text verdict = { .text = item->verdict, .reading = PII_PLAIN };

    item->path = privacy_scrub(p, arena, &path);
    item->verdict = privacy_scrub(p, arena, &verdict);
    is_other = strcmp(item->path, was.path) != 0 || strcmp(item->verdict, was.verdict) != 0;
    if (item->headers == NULL)
        return is_other; /* nobody asked for them, nor for the body */
    item->headers = privacy_scrub_bytes(p, arena, PII_URL, item->headers, item->headers_len,
                                        &item->headers_len);
    is_other |= !is_same(item->headers, item->headers_len, was.headers, was.headers_len);
    if (item->body == NULL)
        return is_other;
    item->body =
        privacy_scrub_bytes(p, arena, PII_JSON, item->body, item->body_len, &item->body_len);
    return is_other || !is_same(item->body, item->body_len, was.body, was.body_len);
}

/* Bytes that no text of JSON holds. */
static bool
is_binary(const struct intake_item *item)
{
    return item->body_len > 0 && (text_utf8_end(item->body, item->body_len) < item->body_len ||
                                  memchr(item->body, '\0', item->body_len) != NULL);
}

/* Of an item's header lines; NULL: there is none. */
static const char *
header_of(struct arena *arena, const struct intake_item *item, const char *name)
{
    char *rest = arena_strndup(arena, item->headers, item->headers_len);
    struct http_header header;

    while (http_header_next(&header, &rest)) {
        if (strcasecmp(header.name, name) == 0)
            return header.value;
    }
    return NULL;
}

/* Whether what was compressed has no personal data. What cannot be unfolded is not known to. */
static bool
is_harmless(struct exchange *x, const struct intake_item *item)
{
    struct arena *arena = exchange_arena(x);
    const char *encoding = header_of(arena, item, "Content-Encoding"), *masked;
    struct buf plain;
    bool is_known;
    size_t length;

    if (!inflate_is_needed(encoding))
        return true;
    buf_init(&plain, ANSWER_MAX);
    is_known = inflate_body(&plain, encoding, item->body, item->body_len, NULL) == OK;
    if (is_known && plain.len > 0) {
        masked = privacy_scrub_bytes(emulator_privacy(exchange_emulator(x)), arena, PII_JSON,
                                     plain.data, plain.len, &length);
        is_known = is_same(plain.data, plain.len, masked, length);
    }
    buf_fini(&plain);
    return is_known;
}

/* How it is told. */
struct telling {
    bool is_cut;
    bool is_other;      /* there was personal data */
    const char *packed; /* the body as it came, where that is no text; NULL */
    size_t packed_len;
};

static void
print_event(struct buf *b, const struct intake_item *item, const struct events_question *q,
            const struct telling *t)
{
    char time[ISO8601_TEXT];

    iso8601_format_ms(item->time_ms, time);
    buf_addf(b, "{\"id\":%" PRIu64 ",\"time\":\"%s\",\"timeMs\":%" PRId64 ",\"kind\":\"%s\"",
             item->id, time, item->time_ms, intake_kind_name(item->kind));
    print_text(b, ",\"method\":", item->method);
    print_text(b, ",\"path\":", item->path);
    print_text(b, ",\"verdict\":", item->verdict);
    print_text(b, ",\"reason\":", item->reason);
    print_text(b, ",\"peer\":", item->peer);
    buf_addf(b, ",\"status\":%u,\"fault\":%s,\"size\":%zu,\"durationUs\":%" PRIu32, item->status,
             item->has_fault ? "true" : "false", item->size, item->duration_us);
    if (q->with_details) {
        size_t at = details_at(item->headers, item->headers_len);

        print_headers(b, item->headers + at, item->headers_len - at);
    } else if (q->with_body) {
        print_headers(b, item->headers, item->headers_len);
        buf_adds(b, ",\"body\":");
        print_bytes(b, item->body, item->body_len);
        if (t->packed != NULL) {
            buf_adds(b, ",\"bodyBase64\":\"");
            base64_print(b, t->packed, t->packed_len, 0);
            buf_addc(b, '"');
        }
        buf_addf(b, ",\"bodyCut\":%s", t->is_cut ? "true" : "false");
    }
    if (t->is_other)
        buf_adds(b, ",\"masked\":true");
    buf_addc(b, '}');
}

static void
show_event(struct exchange *x, struct buf *b, struct intake_item *item,
           const struct events_question *q)
{
    const struct intake_item was = *item;
    struct telling t = { .is_cut = item->body_len < item->size };

    t.is_other = q->is_masked && mask_event(x, item);
    if (q->is_one && is_binary(&was)) {
        t.is_other |= q->is_masked && !is_harmless(x, &was);
        t.packed = t.is_other ? NULL : was.body;
        t.packed_len = was.body_len;
    }
    print_event(b, item, q, &t);
}

static bool
read_kinds(struct exchange *x, unsigned *kinds)
{
    const char *text = exchange_query(x, "kind");
    char name[16];

    *kinds = (1U << INTAKE_KINDS) - 1;
    if (text == NULL || *text == '\0')
        return true;
    *kinds = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        enum intake_kind kind;

        if (len >= sizeof name)
            return false;
        memcpy(name, text, len);
        name[len] = '\0';
        if (!intake_kind_parse(&kind, name))
            return false;
        *kinds |= 1U << kind;
        text += len + (text[len] == ',');
    }
    return true;
}

static bool
read_number(struct exchange *x, const char *name, int64_t low, int64_t *out)
{
    const char *text = exchange_query(x, name);

    return text == NULL || (text_parse_int(out, text) && *out >= low);
}

static bool
read_question(struct exchange *x, struct events_question *q)
{
    int64_t since = 0, limit = EVENTS_DEFAULT, id = 0, body = 0, details = 0, mask = 0;
    const char *wrong = NULL;

    if (!read_number(x, "since", 0, &since))
        wrong = "since";
    else if (!read_number(x, "limit", 1, &limit))
        wrong = "limit";
    else if (!read_number(x, "id", 1, &id))
        wrong = "id";
    else if (!read_number(x, "body", 0, &body))
        wrong = "body";
    else if (!read_number(x, "details", 0, &details))
        wrong = "details";
    else if (!read_number(x, "mask", 0, &mask))
        wrong = "mask";
    else if (!read_kinds(x, &q->filter.kinds))
        wrong = "kind";
    if (wrong != NULL) {
        exchange_refuse(
            x, REFUSAL_ANSWERED, 400,
            "since, limit, id, body, details and mask are numbers; kind is a list of http, aws, "
            "emf-tcp, emf-udp, emf-stdin, emf-logs, fixture, replay",
            "the value of %s is not understood", wrong);
        return false;
    }
    q->has_since = exchange_query(x, "since") != NULL || id > 0;
    q->id = (uint64_t)(id > 0 ? id : since);
    q->limit = id > 0 ? 1 : (size_t)(limit < EVENTS_MAX ? limit : EVENTS_MAX);
    q->with_body = body != 0;
    q->with_details = details != 0;
    q->is_masked = mask != 0;
    q->filter.path = exchange_query(x, "path");
    return true;
}

/* Of these kinds, since the intake was emptied. */
static uint64_t
forgotten(const struct intake_stats *stats, unsigned kinds)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < INTAKE_KINDS; i++)
        sum += (kinds & (1U << i)) != 0 ? stats->forgotten[i] : 0;
    return sum;
}

/* On a reader thread, because a full ring is megabytes. */
static void
list_events(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct events_question *q = arg;
    struct intake *in = emulator_intake(exchange_emulator(x));
    struct intake_stats stats;
    struct intake_item item;
    uint64_t id = q->has_since ? q->id : intake_newest(in, &q->filter, q->limit);
    enum intake_detail detail = q->with_details ? INTAKE_HEADERS
                                : q->with_body  ? INTAKE_ALL
                                                : INTAKE_LINE;
    const char *comma = "";
    size_t count = 0;
    struct buf b;

    (void)reader;
    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"events\":[");
    intake_stats(in, &stats);
    while (count < q->limit && b.len < ANSWER_STOP) {
        if (!intake_next(in, exchange_arena(x), &id, &q->filter, detail, &item)) {
            id = id > stats.next_id ? id : stats.next_id;
            break;
        }
        id++;
        count++;
        buf_adds(&b, comma);
        show_event(x, &b, &item, q);
        comma = ",";
    }
    buf_addf(&b, "],\"next\":%" PRIu64 ",\"oldest\":%" PRIu64 ",\"forgotten\":%" PRIu64 "}", id,
             stats.oldest_id, forgotten(&stats, q->filter.kinds));
    reply_json(x, &b);
    buf_fini(&b);
}

/* A list of names, each between blanks, has this one. */
static bool
is_among(const char *names, const char *name, size_t length)
{
    char wanted[32];
    int printed = snprintf(wanted, sizeof wanted, " %.*s ", (int)length, name);

    return length > 0 && (size_t)printed < sizeof wanted && strstr(names, wanted) != NULL;
}

/* A test that misspells a condition, or gives two of which one counts, must not pass by what it did
 * not ask for. */
static bool
takes_parameters(struct exchange *x, const char *names)
{
    const char *seen = " ";

    for (const char *at = exchange_query_text(x); *at != '\0';) {
        size_t length = strcspn(at, "&"), name = strcspn(at, "=&");
        bool is_twice = is_among(seen, at, name);

        if (length > 0 && (is_twice || !is_among(names, at, name))) {
            exchange_refuse(x, REFUSAL_ANSWERED, 400,
                            is_twice ? "of where, put newlines (%0A) between the conditions"
                                     : names + 1,
                            is_twice ? "%.*s is given twice" : "there is no parameter %.*s",
                            (int)(name < 32 ? name : 32), at);
            return false;
        }
        seen = arena_printf(exchange_arena(x), "%s%.*s ", seen, (int)name, at);
        at += length + (at[length] == '&');
    }
    return true;
}

void
api_events(struct exchange *x)
{
    struct events_question *q = arena_alloc(exchange_arena(x), sizeof *q);
    bool is_typed = exchange_query(x, "type") != NULL;

    x->is_unseen = true;
    if (!takes_parameters(x, is_typed ? " type since limit where reads "
                                      : " since limit id body details mask kind path "))
        return;
    if (is_typed)
        api_sightings(x);
    else if (read_question(x, q))
        exchange_defer(x, list_events, q);
}

/* On a reader thread: a body may be long. */
static void
find_event(struct exchange *x, struct store_reader *reader, void *arg)
{
    static const struct intake_filter any = { .kinds = UINT32_MAX };
    struct events_question *q = arg;
    struct intake *in = emulator_intake(exchange_emulator(x));
    struct intake_item item;
    uint64_t id = q->id;
    struct buf b;

    (void)reader;
    if (id == 0 || !intake_next(in, exchange_arena(x), &id, &any, INTAKE_ALL, &item) ||
        id != q->id) {
        exchange_refuse(x, REFUSAL_ANSWERED, 404, "the intake keeps only the newest",
                        "event %.20s is not in the intake",
                        exchange_path(x) + strlen("/_obsview/events/"));
        return;
    }
    buf_init(&b, ANSWER_MAX);
    show_event(x, &b, &item, q);
    reply_json(x, &b);
    buf_fini(&b);
}

void
api_event(struct exchange *x)
{
    struct events_question *q = arena_alloc(exchange_arena(x), sizeof *q);
    const char *mask = exchange_query(x, "mask");
    int64_t id;

    x->is_unseen = true;
    if (text_parse_int(&id, exchange_path(x) + strlen("/_obsview/events/")) && id > 0)
        q->id = (uint64_t)id;
    q->with_body = q->is_one = true;
    q->is_masked = mask != NULL && strcmp(mask, "0") != 0;
    exchange_defer(x, find_event, q);
}

/* --- changes and reset ------------------------------------------------------------------------ */

void
api_changes(struct exchange *x)
{
    x->is_unseen = true;
    exchange_set_header(x, "Cache-Control", "no-store");
    changes_stream(x);
}

static void
reset(struct exchange *x, struct store_reader *reader, void *arg)
{
    static const char answer[] = "{\"success\":true}";
    struct emulator *em = exchange_emulator(x);
    struct err err = { 0 };

    (void)arg;
    if (store_reset(emulator_store(em), &err) != OK ||
        metric_filters_load(emulator_metric_filters(em), reader, &err) != OK ||
        umami_load(emulator_umami(em), reader, &err) != OK || alarm_default_make(em, &err) != OK ||
        privacy_forget(emulator_privacy(em), &err) != OK) {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        return;
    }
    service_metrics_clear(emulator_service_metrics(em));
    intake_clear(emulator_intake(em));
    rate_limit_clear(emulator_rate_limit(em));
    faults_reset(emulator_faults(em));
    changes_poke(emulator_changes(em));
    exchange_reply(x, 200, "application/json", answer, sizeof answer - 1);
}

void
api_reset(struct exchange *x)
{
    x->is_unseen = true;
    exchange_defer(x, reset, NULL);
}
