/* api_sightings.c - GET /_obsview/events?type=vital&where=name=LCP: what arrived, thing by thing.
 * SPDX-License-Identifier: MIT
 *
 * A test that waits asks again and again with `since`, so an answer always says where to go on.
 * An intake full of packed data takes seconds to read: `reads` says after how many things an answer
 * ends, between two bodies. Besides what matched there are the last few things of the type that did
 * not: they are what a person wants to see when the wait is over for nothing. */
#include "config.h"

#include "emulator/api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/sighting.h"
#include "emulator/exchange_own.h"
#include "emulator/intake.h"
#include "emulator/kept_metrics.h"
#include "emulator/parts.h"

#define ANSWER_MAX  ((size_t)16 << 20)
#define ANSWER_STOP ((size_t)8 << 20)
#define LIMIT_MAX   10000
#define OTHERS_MAX  10

struct question {
    enum sighting_type type;
    struct sighting_conditions conditions;
    uint64_t since;
    size_t limit; /* of what matches */
    size_t reads; /* of what is looked at */
};

struct answer {
    struct buf matching;
    struct buf others[OTHERS_MAX]; /* a ring */
    size_t matched, missed;
    bool has_more; /* behind what was looked at */
    size_t cut;    /* bodies that were not kept whole, and so not read */
};

static void
print_sighting(struct buf *b, const struct intake_item *item, const struct sighting *s)
{
    char time[ISO8601_TEXT];

    iso8601_format_ms(item->time_ms, time);
    buf_addf(b, "{\"id\":%" PRIu64 ",\"time\":\"%s\",\"fields\":", item->id, time);
    sighting_print(b, s);
    buf_addc(b, '}');
}

static bool
is_emf(enum intake_kind kind)
{
    return kind == INTAKE_EMF_TCP || kind == INTAKE_EMF_UDP || kind == INTAKE_EMF_STDIN ||
           kind == INTAKE_EMF_LOGS;
}

/* Whether things of the type may have stood in what was not kept of the body. */
static bool
is_cut(const struct intake_item *item, enum sighting_type type)
{
    if (item->body_len == 0 || item->body_len == item->size || item->status >= 400)
        return false;
    if (type == SIGHTING_METRIC)
        return is_emf(item->kind) || kept_metrics_is(item);
    /* vitals and errors are limited to less than the intake keeps */
    return type == SIGHTING_HIT && strncmp(item->path, "/api/batch", 10) == 0;
}

/* What one body holds may be a hundred times its size: each metric of it in each of its sets of
 * dimensions. */
static bool
has_room(const struct answer *a, const struct question *q)
{
    return a->matched < q->limit && a->matching.len < ANSWER_STOP;
}

static bool
goes_on(const struct answer *a, const struct question *q)
{
    return has_room(a, q) && a->matched + a->missed < q->reads;
}

static void
look_at(struct answer *a, const struct question *q, struct arena *arena,
        const struct intake_item *item, const struct kept_metrics *kept)
{
    const struct sighting_source source = { .kind = intake_kind_name(item->kind),
                                            .method = item->method,
                                            .path = item->path,
                                            .verdict = item->verdict,
                                            .reason = item->reason,
                                            .peer = item->peer,
                                            .status = item->status,
                                            .has_fault = item->has_fault,
                                            .size = item->size,
                                            .time_ms = item->time_ms,
                                            .body = item->body,
                                            .body_length = item->body_len,
                                            .data = kept->data,
                                            .data_count = kept->count };
    const struct sighting *list;
    size_t count = sightings_of(&list, arena, q->type, &source);

    a->cut += count == 0 && is_cut(item, q->type);
    for (size_t i = 0; i < count && has_room(a, q); i++) {
        struct buf *other = &a->others[a->missed % OTHERS_MAX];

        if (sighting_matches(&list[i], &q->conditions)) {
            buf_adds(&a->matching, a->matched++ == 0 ? "" : ",");
            print_sighting(&a->matching, item, &list[i]);
            continue;
        }
        a->missed++;
        buf_clear(other);
        print_sighting(other, item, &list[i]);
    }
}

static void
look_into(struct answer *a, const struct question *q, struct arena *arena,
          const struct intake_item *item)
{
    struct kept_metrics kept = { .count = 0 };

    if (q->type == SIGHTING_METRIC && kept_metrics_is(item))
        kept_metrics_read(&kept, arena, item);
    look_at(a, q, arena, item, &kept);
    kept_metrics_fini(&kept);
}

static void
reply(struct exchange *x, const struct answer *a, uint64_t next)
{
    size_t kept = a->missed < OTHERS_MAX ? a->missed : OTHERS_MAX;
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"events\":[");
    buf_add(&b, a->matching.data, a->matching.len);
    buf_addf(&b, "],\"next\":%" PRIu64 ",\"more\":%s,\"others\":%zu,\"cut\":%zu,\"newestOthers\":[",
             next, a->has_more ? "true" : "false", a->missed, a->cut);
    for (size_t i = 0; i < kept; i++) {
        const struct buf *other = &a->others[(a->missed - kept + i) % OTHERS_MAX];

        buf_adds(&b, i == 0 ? "" : ",");
        buf_add(&b, other->data, other->len);
    }
    buf_adds(&b, "]}");
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

static void
answer_question(struct exchange *x, const struct question *q)
{
    struct intake *in = emulator_intake(exchange_emulator(x));
    const struct intake_filter everything = { .kinds = UINT32_MAX };
    struct answer a = { .matched = 0 };
    struct arena *arena = arena_new();
    struct intake_stats stats;
    struct intake_item item;
    uint64_t id = q->since;

    buf_init(&a.matching, ANSWER_MAX);
    for (size_t i = 0; i < OTHERS_MAX; i++)
        buf_init(&a.others[i], ANSWER_STOP / OTHERS_MAX);
    intake_stats(in, &stats);
    while (goes_on(&a, q) && intake_next(in, arena, &id, &everything, INTAKE_ALL, &item)) {
        id++;
        look_into(&a, q, arena, &item);
        arena_clear(arena);
    }
    a.has_more = !goes_on(&a, q) && id < stats.next_id;
    reply(x, &a, a.has_more || id > stats.next_id ? id : stats.next_id);
    buf_fini(&a.matching);
    for (size_t i = 0; i < OTHERS_MAX; i++)
        buf_fini(&a.others[i]);
    arena_free(arena);
}

/* One condition a line. */
static enum status
read_conditions(struct question *q, struct arena *arena, const char *text, struct err *err)
{
    enum status st = OK;

    while (st == OK && text != NULL && *text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 0)
            st = sighting_conditions_add(&q->conditions, arena_strndup(arena, text, length), err);
        text += length + (text[length] == '\n');
    }
    return st == OK ? sighting_conditions_check(&q->conditions, q->type, err) : st;
}

static enum status
read_question(struct exchange *x, struct question *q, struct err *err)
{
    const char *since = exchange_query(x, "since"), *limit = exchange_query(x, "limit");
    const char *looks = exchange_query(x, "reads");
    int64_t from = 0, most = LIMIT_MAX, reads = INT64_MAX;

    if (!sighting_type_parse(&q->type, exchange_query(x, "type")))
        return err_set(err, E_INVALID, "type: expected vital, error, hit, metric or request");
    if ((since != NULL && (!text_parse_int(&from, since) || from < 0)) ||
        (limit != NULL && (!text_parse_int(&most, limit) || most < 1)) ||
        (looks != NULL && (!text_parse_int(&reads, looks) || reads < 1)))
        return err_set(err, E_INVALID, "since, limit and reads: expected numbers");
    q->since = (uint64_t)from;
    q->reads = (size_t)reads;
    q->limit = most < LIMIT_MAX ? (size_t)most : LIMIT_MAX;
    return read_conditions(q, exchange_arena(x), exchange_query(x, "where"), err);
}

/* On a reader thread, because a full ring is megabytes. */
static void
list_sightings(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct question q = { .since = 0 };
    struct err err = { 0 };

    (void)reader;
    (void)arg;
    if (read_question(x, &q, &err) == OK)
        answer_question(x, &q);
    else
        exchange_refuse(x, REFUSAL_ANSWERED, 400, "see obsview-await(1)", "%s", err.text);
    sighting_conditions_fini(&q.conditions);
}

void
api_sightings(struct exchange *x)
{
    exchange_defer(x, list_sightings, NULL);
}
