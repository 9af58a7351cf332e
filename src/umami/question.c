/* question.c - paths, queries and readers, one row a topic.
 * SPDX-License-Identifier: MIT
 *
 * Read off servers 2.20 and 3.1. Sums come as decimal texts in places, and some older ones say the
 * difference ("change") where newer ones say the value before ("prev"); both are taken. Buckets are
 * asked for in UTC, so their names are times without a guess. A unit that is too fine for its range
 * is replaced by the server without a word, so only what it grants is asked for: minutes up to one
 * hour, hours up to 48 (version 3: 30 days), days beyond. */
#include "config.h"

#include "umami/question.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/percent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS   INT64_C(60000)
#define HOUR_MS     (60 * MINUTE_MS)
#define DAY_MS      (24 * HOUR_MS)
#define METRICS_MAX 50 /* rows asked for */
#define NUMBER_MAX  1e15

typedef enum status reader(struct umami_answer *out, struct arena *arena, const cJSON *json,
                           struct err *err);
typedef void query(struct buf *b, const struct umami_question *question,
                   enum umami_dialect dialect);

const char *
umami_dialect_name(enum umami_dialect dialect)
{
    return dialect == UMAMI_V2 ? "v2" : dialect == UMAMI_V3 ? "v3" : "";
}

/* --- asking --- */

static int64_t
floor_to(int64_t ms, int64_t step_ms)
{
    return ms - (ms % step_ms + step_ms) % step_ms;
}

int64_t
umami_step_ms(const struct umami_question *question, enum umami_dialect dialect)
{
    int64_t span_ms = question->to_ms - question->from_ms;
    int64_t hours = dialect == UMAMI_V3 ? 29 * 24 : 47; /* some room: the first step is a whole one
                                                         */

    if (span_ms <= HOUR_MS)
        return MINUTE_MS;
    return span_ms <= hours * HOUR_MS ? HOUR_MS : DAY_MS;
}

static void
print_window(struct buf *b, int64_t from_ms, int64_t to_ms)
{
    buf_addf(b, "?startAt=%lld&endAt=%lld", (long long)from_ms, (long long)to_ms);
}

static void
ask_websites(struct buf *b, const struct umami_question *question, enum umami_dialect dialect)
{
    (void)question;
    buf_addf(b, "?pageSize=%d%s", UMAMI_LISTED_MAX,
             dialect == UMAMI_V3 ? "&includeTeams=true" : "");
}

static void
ask_stats(struct buf *b, const struct umami_question *question, enum umami_dialect dialect)
{
    (void)dialect;
    print_window(b, question->from_ms, question->to_ms);
}

static void
ask_pageviews(struct buf *b, const struct umami_question *question, enum umami_dialect dialect)
{
    int64_t step_ms = umami_step_ms(question, dialect);

    print_window(b, floor_to(question->from_ms, step_ms), question->to_ms);
    buf_addf(b, "&unit=%s&timezone=UTC",
             step_ms == MINUTE_MS ? "minute" : (step_ms == HOUR_MS ? "hour" : "day"));
}

static void
ask_metrics(struct buf *b, const struct umami_question *question, enum umami_dialect dialect)
{
    const char *type = question->type;

    print_window(b, question->from_ms, question->to_ms);
    if (dialect != UMAMI_V3 && strcmp(type, "path") == 0)
        type = "url";
    buf_addf(b, "&type=%s&limit=%d", type, METRICS_MAX);
}

static void
ask_realtime(struct buf *b, const struct umami_question *question, enum umami_dialect dialect)
{
    (void)question;
    (void)dialect;
    buf_adds(b, "?timezone=UTC");
}

/* --- reading --- */

static const char *
take_text(struct arena *arena, const cJSON *obj, const char *key)
{
    return arena_strndup(arena, json_get_string(obj, key, ""), UMAMI_TEXT_MAX);
}

/* A count, as a number or as a text of digits. */
static double
take_number(const cJSON *value)
{
    double n = (double)NAN;

    if (cJSON_IsNumber(value))
        n = value->valuedouble;
    else if (cJSON_IsString(value) && !text_parse_double(&n, value->valuestring))
        return (double)NAN;
    return n >= 0 && n <= NUMBER_MAX ? n : (double)NAN;
}

/* Like take_number(), but of what may have fallen as well. */
static double
take_difference(const cJSON *value)
{
    double n = cJSON_IsNumber(value) ? value->valuedouble : (double)NAN;

    return fabs(n) <= NUMBER_MAX ? n : (double)NAN;
}

static enum status
read_websites(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    const cJSON *list = cJSON_IsArray(json) ? json : json_get(json, "data"), *item;
    struct umami_website *sites = arena_alloc(arena, UMAMI_LISTED_MAX * sizeof *sites);
    double all = take_number(json_get(json, "count"));

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "websites: an answer without data");
    cJSON_ArrayForEach(item, list)
    {
        const char *id = take_text(arena, item, "id");

        if (*id == '\0' || strlen(id) >= UMAMI_TEXT_MAX)
            return err_set(err, E_INVALID, "websites: one without an id");
        if (out->website_count == UMAMI_LISTED_MAX)
            break;
        sites[out->website_count++] =
            (struct umami_website){ .id = id,
                                    .name = take_text(arena, item, "name"),
                                    .domain = take_text(arena, item, "domain") };
    }
    out->websites = sites;
    out->is_partial = item != NULL || all > (double)out->website_count;
    /* only version 2 says what the list is ordered by */
    out->dialect = json_get(json, "orderBy") != NULL ? UMAMI_V2 : UMAMI_V3;
    return OK;
}

/* {"visitors":n}; earlier {"x":n}, and that in a list. */
static enum status
read_active(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    const cJSON *obj = cJSON_IsArray(json) ? json->child : json, *value = json_get(obj, "visitors");

    (void)arena;
    out->active = take_number(value != NULL ? value : json_get(obj, "x"));
    if (isnan(out->active))
        return err_set(err, E_INVALID, "active: an answer without visitors");
    return OK;
}

static enum status
read_stats(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    static const char *const names[UMAMI_FIGURES] = {
        [UMAMI_VIEWS] = "pageviews", [UMAMI_VISITORS] = "visitors", [UMAMI_VISITS] = "visits",
        [UMAMI_BOUNCES] = "bounces", [UMAMI_SECONDS] = "totaltime",
    };
    const cJSON *comparison = json_get(json, "comparison");

    (void)arena;
    for (int i = 0; i < UMAMI_FIGURES; i++) {
        const cJSON *figure = json_get(json, names[i]);

        if (cJSON_IsObject(figure)) {
            out->dialect = UMAMI_V2;
            out->now[i] = take_number(json_get(figure, "value"));
            out->before[i] = take_number(json_get(figure, "prev"));
            if (json_get(figure, "change") != NULL)
                out->before[i] = out->now[i] - take_difference(json_get(figure, "change"));
        } else {
            out->now[i] = take_number(figure);
            out->before[i] = take_number(json_get(comparison, names[i]));
        }
        if (isnan(out->now[i]))
            return err_set(err, E_INVALID, "stats: %s is no number", names[i]);
    }
    if (comparison != NULL)
        out->dialect = UMAMI_V3;
    return OK;
}

static int
by_time(const void *a, const void *b)
{
    const struct umami_bucket *x = a, *y = b;

    return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

/* The points of one of the two lists, as buckets that hold only it. */
static enum status
add_points(struct umami_bucket *buckets, size_t *count, const cJSON *list, bool is_sessions,
           struct err *err)
{
    size_t added = 0;
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "pageviews: an answer without pageviews and sessions");
    cJSON_ArrayForEach(item, list)
    {
        const char *at = json_get_string(item, "x", "");
        double n = take_number(json_get(item, "y"));
        struct umami_bucket *bucket = &buckets[*count];

        if (++added > UMAMI_ROWS_MAX * 2)
            break;
        if (!iso8601_parse(&bucket->at_ms, at) || isnan(n))
            return err_set(err, E_INVALID, "pageviews: a point that is no time and number");
        *(is_sessions ? &bucket->sessions : &bucket->views) = n;
        (*count)++;
    }
    return OK;
}

static enum status
read_pageviews(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    struct umami_bucket *all = arena_alloc(arena, UMAMI_ROWS_MAX * 4 * sizeof *all);
    size_t count = 0, kept = 0;

    if (add_points(all, &count, json_get(json, "pageviews"), false, err) != OK ||
        add_points(all, &count, json_get(json, "sessions"), true, err) != OK)
        return err->code;
    if (count > 1)
        qsort(all, count, sizeof *all, by_time);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && all[kept - 1].at_ms == all[i].at_ms) {
            all[kept - 1].views += all[i].views;
            all[kept - 1].sessions += all[i].sessions;
        } else
            all[kept++] = all[i];
    }
    out->buckets = all;
    out->bucket_count = kept;
    return OK;
}

static int
by_count(const void *a, const void *b)
{
    const struct umami_value *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->name == NULL || y->name == NULL)
        return x->name == NULL ? y->name != NULL : -1;
    return strcmp(x->name, y->name);
}

/* Names twice would be two rows of one key: version 2 splits a language by its region, say. */
static size_t
merge_rows(struct umami_value *rows, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < kept && !((rows[at].name == NULL && rows[i].name == NULL) ||
                              (rows[at].name != NULL && rows[i].name != NULL &&
                               strcmp(rows[at].name, rows[i].name) == 0)))
            at++;
        if (at < kept)
            rows[at].count += rows[i].count;
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

static enum status
read_metrics(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    struct umami_value *rows = arena_alloc(arena, UMAMI_ROWS_MAX * sizeof *rows);
    const cJSON *item;
    size_t count = 0;

    if (!cJSON_IsArray(json))
        return err_set(err, E_INVALID, "metrics: the answer is no list");
    cJSON_ArrayForEach(item, json)
    {
        const cJSON *name = json_get(item, "x");
        double n = take_number(json_get(item, "y"));

        if (isnan(n) || (!cJSON_IsString(name) && !cJSON_IsNull(name)))
            return err_set(err, E_INVALID, "metrics: a row that is no name and number");
        if (count == UMAMI_ROWS_MAX)
            break;
        rows[count++] = (struct umami_value){ .count = n };
        if (cJSON_IsString(name) && *name->valuestring != '\0')
            rows[count - 1].name = arena_strndup(arena, name->valuestring, UMAMI_TEXT_MAX);
    }
    out->is_partial = count >= METRICS_MAX;
    out->rows = rows;
    out->row_count = merge_rows(rows, count);
    if (out->row_count > 1)
        qsort(rows, out->row_count, sizeof *rows, by_count);
    return OK;
}

static int
newest_first(const void *a, const void *b)
{
    const struct umami_live_hit *x = a, *y = b;

    return x->time_ms > y->time_ms ? -1 : x->time_ms < y->time_ms;
}

static enum status
read_realtime(struct umami_answer *out, struct arena *arena, const cJSON *json, struct err *err)
{
    const cJSON *list = json_get(json, "events"), *item;
    struct umami_live_hit *hits = arena_alloc(arena, UMAMI_ROWS_MAX * sizeof *hits);

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "realtime: an answer without events");
    cJSON_ArrayForEach(item, list)
    {
        struct umami_live_hit *hit = &hits[out->hit_count];

        if (out->hit_count == UMAMI_ROWS_MAX)
            break;
        /* a session's entry says again what its first hit said */
        if (!cJSON_IsObject(item) || strcmp(json_get_string(item, "__type", ""), "session") == 0)
            continue;
        *hit = (struct umami_live_hit){ .kind = take_text(arena, item, "__type"),
                                        .session = take_text(arena, item, "sessionId"),
                                        .name = take_text(arena, item, "eventName"),
                                        .path = take_text(arena, item, "urlPath"),
                                        .referrer = take_text(arena, item, "referrerDomain"),
                                        .country = take_text(arena, item, "country"),
                                        .device = take_text(arena, item, "device") };
        if (!iso8601_parse(&hit->time_ms, json_get_string(item, "createdAt", "")))
            return err_set(err, E_INVALID, "realtime: createdAt is no time");
        out->hit_count++;
    }
    if (out->hit_count > 1)
        qsort(hits, out->hit_count, sizeof *hits, newest_first);
    out->hits = hits;
    return OK;
}

/* --- the topics --- */

/* clang-format off */
static const struct {
    const char *before, *behind; /* the website's id in the path */
    query *query;
    reader *read;
} topics[UMAMI_TOPICS] = {
    [UMAMI_WEBSITES] =  { "/websites",  NULL,         ask_websites,  read_websites },
    [UMAMI_ACTIVE] =    { "/websites/", "/active",    NULL,          read_active },
    [UMAMI_STATS] =     { "/websites/", "/stats",     ask_stats,     read_stats },
    [UMAMI_PAGEVIEWS] = { "/websites/", "/pageviews", ask_pageviews, read_pageviews },
    [UMAMI_METRICS] =   { "/websites/", "/metrics",   ask_metrics,   read_metrics },
    [UMAMI_REALTIME] =  { "/realtime/", "",           ask_realtime,  read_realtime },
};
/* clang-format on */

bool
umami_question_is_common(const struct umami_question *question)
{
    return question->topic != UMAMI_METRICS || strcmp(question->type, "path") != 0;
}

void
umami_question_print(struct buf *b, const struct umami_question *question,
                     enum umami_dialect dialect, bool is_cloud)
{
    if (!is_cloud)
        buf_adds(b, "/api");
    buf_adds(b, topics[question->topic].before);
    if (topics[question->topic].behind != NULL) {
        percent_encode(b, question->website, strlen(question->website), false);
        buf_adds(b, topics[question->topic].behind);
    }
    if (topics[question->topic].query != NULL)
        topics[question->topic].query(b, question, dialect);
}

enum status
umami_answer_read(struct umami_answer *out, struct arena *arena,
                  const struct umami_question *question, enum umami_dialect dialect,
                  const cJSON *json, struct err *err)
{
    struct umami_answer answer = { .topic = question->topic,
                                   .dialect = dialect,
                                   .step_ms = umami_step_ms(question, dialect) };

    if (topics[question->topic].read(&answer, arena, json, err) != OK)
        return err->code;
    *out = answer;
    return OK;
}
