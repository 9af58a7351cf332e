/* umami_api_numbers.c - how many: totals, series, metrics.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/umami_api.h"

#include <string.h>
#include <time.h>

#include "base/day.h"
#include "base/iso8601.h"
#include "base/text.h"
#include "emulator/umami_print.h"

#define MINUTE_MS     INT64_C(60000)
#define ACTIVE_MS     (5 * MINUTE_MS)
#define VALUES_MAX    10
#define COUNTRIES_MAX 1000 /* there are about 250 */

/* --- comparing -------------------------------------------------------------------------------- */

/* One year back; 29 February becomes 28 February. */
static int64_t
year_before(int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm = { 0 };
    int month;

    gmtime_r(&t, &tm);
    month = tm.tm_mon;
    tm.tm_year--;
    t = timegm(&tm);
    gmtime_r(&t, &tm);
    if (tm.tm_mon != month)
        t -= 86400;
    return (int64_t)t * 1000 + ms % 1000;
}

struct umami_scope
umami_scope_before(const struct umami_call *c)
{
    struct umami_scope before = c->scope;
    int64_t length = (before.end_ms - before.start_ms) / MINUTE_MS * MINUTE_MS;

    before.start_ms = c->by_year ? year_before(before.start_ms) : before.start_ms - length;
    before.end_ms = c->by_year ? year_before(before.end_ms) : before.end_ms - length;
    return before;
}

/* Both totals; false: answered. */
static bool
count_twice(struct umami_call *c, struct umami_totals *now, struct umami_totals *before)
{
    const struct umami_scope earlier = umami_scope_before(c);
    struct err err = { 0 };
    enum status st = store_umami_totals(c->reader, c->arena, &c->scope, now, &err);

    if (st == OK)
        st = store_umami_totals(c->reader, c->arena, &earlier, before, &err);
    if (st != OK)
        umami_fail(c, st, &err);
    return st == OK;
}

static void
put_totals(struct umami_call *c, const struct umami_totals *t)
{
    put_int(&c->out, "pageviews", t->rows);
    put_int(&c->out, "visitors", t->visitors);
    put_int(&c->out, "visits", t->visits);
    put_int(&c->out, "bounces", t->bounces);
    put_int(&c->out, "totaltime", t->totaltime_s);
}

static void
put_pair(struct umami_call *c, const char *key, int64_t value, int64_t before)
{
    put_key(&c->out, key);
    buf_addc(&c->out, '{');
    put_int(&c->out, "value", value);
    put_int(&c->out, "prev", before);
    buf_addc(&c->out, '}');
}

void
umami_stats(struct umami_call *c)
{
    struct umami_totals now = { 0 }, before = { 0 };

    if (!count_twice(c, &now, &before))
        return;
    if (c->scope.bounce_types != 0)
        now.bounces = before.bounces = 0; /* though filters may leave one row of a visit */
    buf_addc(&c->out, '{');
    if (c->is_v3) {
        put_totals(c, &now);
        put_key(&c->out, "comparison");
        buf_addc(&c->out, '{');
        put_totals(c, &before);
        buf_addc(&c->out, '}');
    } else {
        put_pair(c, "pageviews", now.rows, before.rows);
        put_pair(c, "visitors", now.visitors, before.visitors);
        put_pair(c, "visits", now.visits, before.visits);
        put_pair(c, "bounces", now.bounces, before.bounces);
        put_pair(c, "totaltime", now.totaltime_s, before.totaltime_s);
    }
    buf_addc(&c->out, '}');
    umami_answer(c);
}

static void
put_event_totals(struct umami_call *c, const struct umami_totals *t)
{
    put_int(&c->out, "events", t->rows);
    put_int(&c->out, "visitors", t->visitors);
    put_int(&c->out, "visits", t->visits);
    put_int(&c->out, "uniqueEvents", t->names);
}

void
umami_event_stats(struct umami_call *c)
{
    struct umami_totals now = { 0 }, before = { 0 };

    c->scope.bounce_types = 0;
    c->scope.types = UMAMI_BIT(UMAMI_ROW_EVENT);
    if (!count_twice(c, &now, &before))
        return;
    buf_adds(&c->out, "{\"data\":{");
    put_event_totals(c, &now);
    put_key(&c->out, "comparison");
    buf_addc(&c->out, '{');
    put_event_totals(c, &before);
    buf_adds(&c->out, "}}}");
    umami_answer(c);
}

/* --- series ----------------------------------------------------------------------------------- */

void
umami_put_wall(struct umami_call *c, const char *key, int64_t wall_ms)
{
    char text[ISO8601_TEXT];

    iso8601_format_s(wall_ms, text);
    if (c->has_zone) {
        text[10] = ' ';
        text[19] = '\0';
    }
    put_text(&c->out, key, text);
}

int64_t
umami_put_points(struct umami_call *c, const char *key, const struct umami_points *points,
                 bool sessions)
{
    int64_t sum = 0;

    put_key(&c->out, key);
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < points->count; i++) {
        const struct umami_point *p = &points->points[i];

        put_item(&c->out);
        buf_addc(&c->out, '{');
        umami_put_wall(c, "x", p->wall_ms);
        put_int(&c->out, "y", sessions ? p->sessions : p->rows);
        buf_addc(&c->out, '}');
        sum += sessions ? p->sessions : p->rows;
    }
    buf_addc(&c->out, ']');
    return sum;
}

static enum status
put_series(struct umami_call *c, const struct umami_scope *scope, struct err *err)
{
    struct umami_points points = { 0 };
    enum status st =
        store_umami_series(c->reader, c->arena, scope, c->unit, c->zone, false, 0, &points, err);

    if (st != OK)
        return st;
    (void)umami_put_points(c, "pageviews", &points, false);
    (void)umami_put_points(c, "sessions", &points, true);
    return OK;
}

static enum status
put_compared_series(struct umami_call *c, struct err *err)
{
    const struct umami_scope before = umami_scope_before(c);
    enum status st;

    put_time(&c->out, "startDate", c->scope.start_ms);
    put_time(&c->out, "endDate", c->scope.end_ms);
    put_key(&c->out, "compare");
    buf_addc(&c->out, '{');
    st = put_series(c, &before, err);
    put_time(&c->out, "startDate", before.start_ms);
    put_time(&c->out, "endDate", before.end_ms);
    buf_addc(&c->out, '}');
    return st;
}

void
umami_pageviews(struct umami_call *c)
{
    struct err err = { 0 };
    enum status st;

    buf_addc(&c->out, '{');
    st = put_series(c, &c->scope, &err);
    if (st == OK && c->wants_compare)
        st = put_compared_series(c, &err);
    buf_addc(&c->out, '}');
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

void
umami_event_series(struct umami_call *c)
{
    const char *limit_text = exchange_query(c->x, "limit");
    struct umami_points points = { 0 };
    struct err err = { 0 };
    int64_t limit = 0;
    enum status st;

    if (limit_text != NULL && c->is_v3 && (!text_parse_int(&limit, limit_text) || limit < 1)) {
        umami_is_wrong(c, "limit", NULL, "Invalid input: expected number, received NaN");
        (void)umami_faulty(c);
        return;
    }
    c->scope.bounce_types = 0;
    c->scope.types = UMAMI_BIT(UMAMI_ROW_EVENT);
    st = store_umami_series(c->reader, c->arena, &c->scope, c->unit, c->zone, true, (size_t)limit,
                            &points, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < points.count; i++) {
        put_item(&c->out);
        buf_addc(&c->out, '{');
        put_text(&c->out, "x", points.points[i].name);
        umami_put_wall(c, "t", points.points[i].wall_ms);
        put_int(&c->out, "y", points.points[i].rows);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    umami_answer(c);
}

void
umami_week(struct umami_call *c)
{
    int64_t hours[7][24];
    struct err err = { 0 };
    enum status st;

    if (!c->is_v3)
        c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_week(c->reader, c->arena, &c->scope, c->zone, hours, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '[');
    for (int day = 0; day < 7; day++) {
        put_item(&c->out);
        buf_addc(&c->out, '[');
        for (int hour = 0; hour < 24; hour++)
            put_int(&c->out, NULL, hours[day][hour]);
        buf_addc(&c->out, ']');
    }
    buf_addc(&c->out, ']');
    umami_answer(c);
}

/* --- metrics ---------------------------------------------------------------------------------- */

struct metric_type {
    const char *name;
    unsigned dialects;
    enum umami_metric_kind kind;
    enum umami_column column;
};

/* clang-format off */
static const struct metric_type types[] = {
    { "url",        IN_V2,   UMAMI_METRIC_COLUMN,       UMAMI_BY_PATH },
    { "path",       IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_PATH },
    { "entry",      IN_BOTH, UMAMI_METRIC_ENTRY,        UMAMI_BY_PATH },
    { "exit",       IN_BOTH, UMAMI_METRIC_EXIT,         UMAMI_BY_PATH },
    { "referrer",   IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_REFERRER },
    { "domain",     IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_REFERRER },
    { "title",      IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_TITLE },
    { "query",      IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_QUERY },
    { "event",      IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_EVENT },
    { "tag",        IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_TAG },
    { "host",       IN_V2,   UMAMI_METRIC_COLUMN,       UMAMI_BY_HOSTNAME },
    { "hostname",   IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_HOSTNAME },
    { "utmSource",  IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_UTM_SOURCE },
    { "utmMedium",  IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_UTM_MEDIUM },
    { "utmCampaign", IN_V3,  UMAMI_METRIC_COLUMN,       UMAMI_BY_UTM_CAMPAIGN },
    { "utmContent", IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_UTM_CONTENT },
    { "utmTerm",    IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_UTM_TERM },
    { "browser",    IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_BROWSER },
    { "os",         IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_OS },
    { "device",     IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_DEVICE },
    { "screen",     IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_SCREEN },
    { "language",   IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_LANGUAGE },
    { "country",    IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_COUNTRY },
    { "region",     IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_REGION },
    { "city",       IN_BOTH, UMAMI_METRIC_COLUMN,       UMAMI_BY_CITY },
    { "distinctId", IN_V3,   UMAMI_METRIC_COLUMN,       UMAMI_BY_DISTINCT_ID },
    { "channel",    IN_V3,   UMAMI_METRIC_CHANNEL,      UMAMI_BY_REFERRER },
    { "channel",    IN_V2,   UMAMI_METRIC_CHANNEL_SUMS, UMAMI_BY_REFERRER },
};
/* clang-format on */

/* NULL: answered with 400. */
static const struct metric_type *
find_type(struct umami_call *c)
{
    const unsigned dialect = c->is_v3 ? IN_V3 : IN_V2;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if ((types[i].dialects & dialect) != 0 && strcmp(types[i].name, c->type) == 0)
            return &types[i];
    }
    umami_refuse(c, 400);
    return NULL;
}

static bool
is_place(const struct metric_type *type)
{
    return type->column == UMAMI_BY_REGION || type->column == UMAMI_BY_CITY;
}

static struct umami_metric_query
metric_query(const struct umami_call *c, const struct metric_type *type)
{
    const bool is_event = type->column == UMAMI_BY_EVENT;
    const bool is_channel =
        type->kind == UMAMI_METRIC_CHANNEL || type->kind == UMAMI_METRIC_CHANNEL_SUMS;
    struct umami_metric_query query = {
        .kind = type->kind,
        .column = type->column,
        .by_country = is_place(type),
        .keep_null = !c->is_v3 && !is_event,
        .only_edges = !c->is_v3,
        .limit = is_channel ? SIZE_MAX : (size_t)c->limit,
        .offset = is_channel ? 0 : (size_t)c->offset,
        .by_rows = is_event,
    };

    if (type->column == UMAMI_BY_LANGUAGE)
        query.fold = c->is_v3 ? UMAMI_FOLD_LETTERS : UMAMI_FOLD_LANGUAGE;
    return query;
}

/* A search is a filter on the column, in the place of any other; where filters have no name for
 * the column, it finds everything. */
static void
add_search(struct umami_call *c, const struct metric_type *type)
{
    const char **value = arena_alloc(c->arena, sizeof *value);
    size_t kept = 0;

    if (c->search == NULL || type->column == UMAMI_BY_SCREEN ||
        type->kind == UMAMI_METRIC_CHANNEL || type->kind == UMAMI_METRIC_CHANNEL_SUMS)
        return;
    for (size_t i = 0; i < c->scope.filter_count; i++) {
        if (c->filters[i].column != type->column)
            c->filters[kept++] = c->filters[i];
    }
    *value = c->search;
    c->filters[kept++] = (struct umami_filter){ type->column, UMAMI_CONTAINS, value, 1 };
    c->scope.filters = c->filters;
    c->scope.filter_count = kept;
}

/* Custom events are no page views, and channels of v2 look at all rows. */
static void
set_scope(struct umami_call *c, const struct metric_type *type)
{
    if (type->column == UMAMI_BY_EVENT) {
        c->scope.types = UMAMI_BIT(UMAMI_ROW_EVENT);
        c->scope.bounce_types = 0;
    } else if (type->kind == UMAMI_METRIC_CHANNEL_SUMS)
        c->scope.types = UMAMI_ALL_TYPES;
    add_search(c, type);
}

typedef void put_row(struct umami_call *c, const struct metric_type *type,
                     const struct umami_metric_query *query, const struct umami_metric_row *row);

/* Answers with a list of what is counted, an object each. `type` NULL: of no type of metrics. */
static void
answer_metric(struct umami_call *c, const struct metric_type *type,
              const struct umami_metric_query *query, put_row *put)
{
    struct umami_metric_list list = { 0 };
    struct err err = { 0 };
    enum status st = store_umami_metric(c->reader, c->arena, &c->scope, query, &list, &err);

    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < list.count; i++) {
        put_item(&c->out);
        buf_addc(&c->out, '{');
        put(c, type, query, &list.rows[i]);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    umami_answer(c);
}

static void
put_metric_row(struct umami_call *c, const struct metric_type *type,
               const struct umami_metric_query *query, const struct umami_metric_row *row)
{
    /* v2 makes a string of a missing language. */
    put_text(&c->out, "x", row->name == NULL && query->fold != UMAMI_FOLD_NOT ? "null" : row->name);
    put_int(&c->out, "y", query->by_rows ? row->totals.rows : row->totals.visitors);
    if (is_place(type))
        put_text(&c->out, "country", row->country);
}

void
umami_metrics(struct umami_call *c)
{
    const struct metric_type *type = find_type(c);
    struct umami_metric_query query;

    if (type == NULL)
        return;
    set_scope(c, type);
    query = metric_query(c, type);
    query.only_visitors = true;
    answer_metric(c, type, &query, put_metric_row);
}

static void
put_expanded_row(struct umami_call *c, const struct metric_type *type,
                 const struct umami_metric_query *query, const struct umami_metric_row *row)
{
    (void)query;
    put_text(&c->out, "name", row->name);
    if (is_place(type))
        put_text(&c->out, "country", row->country);
    put_digits(&c->out, "pageviews", row->totals.rows);
    put_int(&c->out, "visitors", row->totals.visitors);
    put_int(&c->out, "visits", row->totals.visits);
    put_int(&c->out, "bounces", row->totals.bounces);
    put_digits(&c->out, "totaltime", row->totals.totaltime_s);
    if (type->kind == UMAMI_METRIC_CHANNEL)
        put_null(&c->out, "y"); /* as there */
}

void
umami_expanded(struct umami_call *c)
{
    const struct metric_type *type = find_type(c);
    struct umami_metric_query query;

    if (type == NULL)
        return;
    set_scope(c, type);
    query = metric_query(c, type);
    query.by_rows = false;
    query.only_edges = true;
    if (strcmp(type->name, "domain") == 0)
        query.fold = UMAMI_FOLD_SITE;
    answer_metric(c, type, &query, put_expanded_row);
}

static const char values_fault[] =
    "Invalid option: expected one of "
    "\"path\"|\"referrer\"|\"title\"|\"query\"|\"os\"|\"browser\"|\"device\"|\"country\"|\"region\""
    "|\"city\"|\"tag\"|\"hostname\"|\"distinctId\"|\"language\"|\"event\"|\"utmSource\"|"
    "\"utmMedium\"|\"utmCampaign\"|\"utmContent\"|\"utmTerm\"";

/* v2 says so before it asks who it is; both ask for the type first. */
static bool
read_values_type(struct umami_call *c, enum umami_column *column)
{
    const char *type = exchange_query(c->x, "type");

    if (type != NULL && umami_column_of(column, type, c->is_v3))
        return true;
    if (c->is_v3) {
        umami_is_wrong(c, "type", NULL, values_fault);
        return !umami_faulty(c);
    }
    umami_refuse_with(c, 400, NULL, "Invalid type.");
    return false;
}

static void
put_value_row(struct umami_call *c, const struct metric_type *type,
              const struct umami_metric_query *query, const struct umami_metric_row *row)
{
    (void)type;
    (void)query;
    put_text(&c->out, "value", row->name);
    put_int(&c->out, "count", row->totals.rows);
}

void
umami_values(struct umami_call *c)
{
    const char *search = exchange_query(c->x, "search");
    struct umami_metric_query query = { .kind = UMAMI_METRIC_COLUMN,
                                        .keep_null = true,
                                        .limit = VALUES_MAX,
                                        .by_rows = true,
                                        .only_visitors = true };

    if (!read_values_type(c, &query.column))
        return;
    query.search = search == NULL || *search == '\0' ? NULL : search;
    c->scope.types = UMAMI_ALL_TYPES;
    c->scope.with_session = true;
    c->scope.own_referrer_with_www = !c->is_v3;
    answer_metric(c, NULL, &query, put_value_row);
}

/* --- small ones ------------------------------------------------------------------------------- */

void
umami_session_stats(struct umami_call *c)
{
    struct umami_metric_query by_country = { .kind = UMAMI_METRIC_COLUMN,
                                             .column = UMAMI_BY_COUNTRY,
                                             .limit = COUNTRIES_MAX,
                                             .only_visitors = true };
    struct umami_totals all = { 0 }, events = { 0 };
    struct umami_metric_list countries = { 0 };
    struct err err = { 0 };
    enum status st;

    c->scope.with_session = true;
    c->scope.bounce_types = 0;
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_totals(c->reader, c->arena, &c->scope, &all, &err);
    if (st == OK)
        st = store_umami_metric(c->reader, c->arena, &c->scope, &by_country, &countries, &err);
    c->scope.types = UMAMI_BIT(UMAMI_ROW_EVENT);
    if (st == OK)
        st = store_umami_totals(c->reader, c->arena, &c->scope, &events, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addf(&c->out,
             "{\"pageviews\":{\"value\":%lld},\"visitors\":{\"value\":%lld},"
             "\"visits\":{\"value\":%lld},\"countries\":{\"value\":%zu},"
             "\"events\":{\"value\":%lld}}",
             (long long)all.rows, (long long)all.visitors, (long long)all.visits, countries.count,
             (long long)events.rows);
    umami_answer(c);
}

void
umami_active(struct umami_call *c)
{
    struct umami_totals totals = { 0 };
    struct err err = { 0 };
    enum status st;

    c->scope.types = UMAMI_ALL_TYPES;
    c->scope.end_ms = INT64_MAX - 1;
    c->scope.start_ms = umami_now_ms(c) - ACTIVE_MS;
    st = store_umami_totals(c->reader, c->arena, &c->scope, &totals, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '{');
    put_int(&c->out, "visitors", totals.visitors);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

void
umami_daterange(struct umami_call *c)
{
    const char *first = c->is_v3 ? "startDate" : "mindate";
    const char *last = c->is_v3 ? "endDate" : "maxdate";
    struct umami_span span = { 0 };
    struct err err = { 0 };
    enum status st = store_umami_span(c->reader, c->website, &span, &err);

    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '{');
    if (span.first_ms == 0 && span.last_ms == 0) {
        put_null(&c->out, first);
        put_null(&c->out, last);
    } else {
        put_time(&c->out, first, span.first_ms);
        put_time(&c->out, last, span.last_ms);
    }
    buf_addc(&c->out, '}');
    umami_answer(c);
}
