/* umami_api_reports.c - web vitals and campaigns.
 * SPDX-License-Identifier: MIT
 *
 * A report's question is a body with its own range. Percentiles lie between ranks, linearly, as
 * PostgreSQL's percentile_cont has them. */
#include "config.h"

#include "emulator/umami_api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/table.h"
#include "emulator/umami_print.h"

#define LIST_MAX 100
#define UTM_MAX  50
#define DATE_MAX 8.64e15 /* JavaScript's last moment */

static const char *const vital_names[UMAMI_VITALS] = {
    [UMAMI_LCP] = "lcp", [UMAMI_INP] = "inp",   [UMAMI_CLS] = "cls",
    [UMAMI_FCP] = "fcp", [UMAMI_TTFB] = "ttfb",
};

/* --- the body --------------------------------------------------------------------------------- */

bool
umami_read_date(const cJSON *value, int64_t *out)
{
    if (cJSON_IsNumber(value) && value->valuedouble > -DATE_MAX && value->valuedouble < DATE_MAX) {
        *out = (int64_t)value->valuedouble;
        return true;
    }
    return cJSON_IsString(value) && iso8601_parse(out, value->valuestring);
}

/* v3 has them in `parameters`, v2 in `dateRange`. */
static void
read_dates(struct umami_call *c, const char *member)
{
    const cJSON *in = json_get(c->body, member);

    if (in == NULL)
        umami_is_wrong(c, member, "Required", "Invalid input: expected object, received undefined");
    else if (!umami_read_date(json_get(in, "startDate"), &c->scope.start_ms))
        umami_is_wrong(c, member, "startDate: Invalid date",
                       "startDate: Invalid input: expected date, received Date");
    else if (!umami_read_date(json_get(in, "endDate"), &c->scope.end_ms))
        umami_is_wrong(c, member, "endDate: Invalid date",
                       "endDate: Invalid input: expected date, received Date");
}

static void
read_report_type(struct umami_call *c)
{
    const char *wanted = strrchr(c->endpoint->path, '/') + 1;
    const char *type = json_get_string(c->body, "type", NULL);

    if (type == NULL || strcmp(type, wanted) != 0)
        umami_is_wrong(c, "type", NULL,
                       arena_printf(c->arena, "Invalid input: expected \"%s\"", wanted));
}

bool
umami_read_report(struct umami_call *c, const cJSON **parameters)
{
    const char *website = umami_body_text(c, "websiteId", true, UUID_TEXT);

    if (website != NULL && !uuid_parse(c->website, website))
        umami_is_wrong(c, "websiteId", "Invalid uuid", "Invalid UUID");
    if (c->is_v3)
        read_report_type(c);
    read_dates(c, c->is_v3 ? "parameters" : "dateRange");
    *parameters = c->is_v3 ? json_get(c->body, "parameters") : c->body;
    if (umami_faulty(c))
        return false;
    memcpy(c->scope.website, c->website, 16);
    if (c->is_v3 && !umami_read_body_filters(c, json_get(c->body, "filters")))
        return false;
    if (umami_may_see(c))
        return true;
    umami_refuse(c, 401);
    return false;
}

/* --- percentiles ------------------------------------------------------------------------------ */

struct group {
    const char *name;
    double *values;
    size_t count, room, rows;
};

static void
group_add(struct group *g, double value)
{
    g->rows++;
    if (isnan(value))
        return;
    if (g->count == g->room) {
        g->room = g->room == 0 ? 16 : g->room * 2;
        g->values = xreallocarray(g->values, g->room, sizeof *g->values);
    }
    g->values[g->count++] = value;
}

static int
compare_values(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double
percentile(const struct group *g, double p)
{
    const double at = p * (double)(g->count - 1);
    const size_t low = (size_t)at, high = low + 1 < g->count ? low + 1 : low;

    return g->values[low] + (at - (double)low) * (g->values[high] - g->values[low]);
}

/* `empty`: what stands for no value, NAN for null. */
static void
put_percentiles(struct buf *b, struct group *g, double empty)
{
    static const struct {
        const char *name;
        double p;
    } wanted[] = { { "p50", 0.5 }, { "p75", 0.75 }, { "p95", 0.95 } };

    if (g->count > 0)
        qsort(g->values, g->count, sizeof *g->values, compare_values);
    for (size_t i = 0; i < 3; i++)
        put_number(b, wanted[i].name, g->count == 0 ? empty : percentile(g, wanted[i].p));
}

/* Groups by name, or by the start of a bucket. */
struct groups {
    struct table by_name;
    struct group **list;
    size_t count, room;
};

static void
groups_init(struct groups *g)
{
    *g = (struct groups){ 0 };
    table_init(&g->by_name, sizeof(struct group));
}

static void
groups_fini(struct groups *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->list[i]->values);
    free(g->list);
    table_fini(&g->by_name);
}

static struct group *
groups_find(struct groups *g, const char *name)
{
    struct group *found = table_find(&g->by_name, name, strlen(name));

    if (found != NULL)
        return found;
    found = table_add(&g->by_name, name, strlen(name));
    found->name = arena_strdup(g->by_name.arena, name);
    if (g->count == g->room) {
        g->room = g->room == 0 ? 16 : g->room * 2;
        g->list = xreallocarray(g->list, g->room, sizeof(struct group *));
    }
    g->list[g->count++] = found;
    return found;
}

/* --- the report ------------------------------------------------------------------------------- */

enum { BY_PAGE, BY_TITLE, BY_DEVICE, BY_BROWSER, LISTS };
static const char *const list_names[LISTS] = { "pages", "pageTitles", "devices", "browsers" };

struct vitals_report {
    struct umami_call *c;
    enum umami_vital metric;
    struct group all[UMAMI_VITALS];
    struct groups chart, lists[LISTS];
    int64_t rows;
};

static bool
take_vitals(void *arg, const struct umami_vitals_row *row)
{
    struct vitals_report *r = arg;
    const char *const names[LISTS] = { row->path, row->title, row->device, row->browser };
    const double value = row->value[r->metric];
    char text[ISO8601_TEXT];

    r->rows++;
    for (int i = 0; i < UMAMI_VITALS; i++)
        group_add(&r->all[i], row->value[i]);
    for (int i = 0; i < LISTS; i++) {
        if (names[i] != NULL && *names[i] != '\0')
            group_add(groups_find(&r->lists[i], names[i]), value);
    }
    iso8601_format_s(umami_bucket_start(r->c->zone, r->c->unit, row->time_ms), text);
    group_add(groups_find(&r->chart, text), value);
    return true;
}

static int
by_time(const void *a, const void *b)
{
    return strcmp((*(struct group *const *)a)->name, (*(struct group *const *)b)->name);
}

/* The worst first; a group without a value before all. */
static int
by_p75(const void *a, const void *b)
{
    struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

    if (x->count == 0 || y->count == 0)
        return (x->count != 0) - (y->count != 0);
    qsort(x->values, x->count, sizeof *x->values, compare_values);
    qsort(y->values, y->count, sizeof *y->values, compare_values);
    if (percentile(x, 0.75) == percentile(y, 0.75))
        return strcmp(x->name, y->name);
    return percentile(x, 0.75) > percentile(y, 0.75) ? -1 : 1;
}

static void
put_chart(struct vitals_report *r)
{
    struct buf *b = &r->c->out;

    put_key(b, "chart");
    buf_addc(b, '[');
    if (r->chart.count > 0)
        qsort(r->chart.list, r->chart.count, sizeof(struct group *), by_time);
    for (size_t i = 0; i < r->chart.count; i++) {
        int64_t wall = 0;

        put_item(b);
        buf_addc(b, '{');
        if (iso8601_parse(&wall, r->chart.list[i]->name))
            umami_put_wall(r->c, "t", wall);
        put_percentiles(b, r->chart.list[i], (double)NAN);
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

static void
put_summary(struct vitals_report *r)
{
    struct buf *b = &r->c->out;

    put_key(b, "summary");
    buf_addc(b, '{');
    for (int i = 0; i < UMAMI_VITALS; i++) {
        put_key(b, vital_names[i]);
        buf_addc(b, '{');
        put_percentiles(b, &r->all[i], 0);
        buf_addc(b, '}');
    }
    put_int(b, "count", r->rows);
    buf_addc(b, '}');
}

static void
put_list(struct vitals_report *r, int which)
{
    struct groups *g = &r->lists[which];
    struct buf *b = &r->c->out;

    put_key(b, list_names[which]);
    buf_addc(b, '[');
    if (g->count > 0)
        qsort(g->list, g->count, sizeof(struct group *), by_p75);
    for (size_t i = 0; i < g->count && i < LIST_MAX; i++) {
        put_item(b);
        buf_addc(b, '{');
        put_text(b, "name", g->list[i]->name);
        put_percentiles(b, g->list[i], (double)NAN);
        put_int(b, "count", (int64_t)g->list[i]->rows);
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

static void
put_report(struct vitals_report *r)
{
    buf_addc(&r->c->out, '{');
    put_chart(r);
    put_summary(r);
    for (int i = 0; i < LISTS; i++)
        put_list(r, i);
    buf_addc(&r->c->out, '}');
}

static bool
read_metric(struct umami_call *c, const cJSON *parameters, enum umami_vital *out)
{
    const char *name = json_get_string(parameters, "metric", "lcp");
    const char *zone = json_get_string(parameters, "timezone", "utc");
    const char *unit = json_get_string(parameters, "unit", NULL);

    for (int i = 0; i < UMAMI_VITALS; i++) {
        if (strcmp(vital_names[i], name) == 0) {
            *out = (enum umami_vital)i;
            return umami_set_unit(c, unit, zone);
        }
    }
    umami_is_wrong(c, "metric", "",
                   "Invalid option: expected one of \"lcp\"|\"inp\"|\"cls\"|\"fcp\"|\"ttfb\"");
    return !umami_faulty(c);
}

void
umami_report_performance(struct umami_call *c)
{
    struct vitals_report r = { .c = c };
    const cJSON *parameters;
    struct err err = { 0 };
    enum status st;

    if (!umami_read_report(c, &parameters) || !read_metric(c, parameters, &r.metric))
        return;
    groups_init(&r.chart);
    for (int i = 0; i < LISTS; i++)
        groups_init(&r.lists[i]);
    c->scope.types = UMAMI_BIT(UMAMI_ROW_PERFORMANCE);
    st = store_umami_vitals(c->reader, c->arena, &c->scope, take_vitals, &r, &err);
    if (st == OK)
        put_report(&r);
    groups_fini(&r.chart);
    for (int i = 0; i < LISTS; i++)
        groups_fini(&r.lists[i]);
    for (int i = 0; i < UMAMI_VITALS; i++)
        free(r.all[i].values);
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

/* --- campaigns -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum umami_column column;
} utm[] = {
    { "utm_source", UMAMI_BY_UTM_SOURCE },     { "utm_medium", UMAMI_BY_UTM_MEDIUM },
    { "utm_campaign", UMAMI_BY_UTM_CAMPAIGN }, { "utm_term", UMAMI_BY_UTM_TERM },
    { "utm_content", UMAMI_BY_UTM_CONTENT },
};

/* [{ <name>: value, <count>: rows }], the most frequent first. */
static enum status
put_counts(struct umami_call *c, enum umami_column column, size_t limit, const char *name,
           const char *count, struct err *err)
{
    const struct umami_metric_query query = { .kind = UMAMI_METRIC_COLUMN,
                                              .column = column,
                                              .limit = limit,
                                              .by_rows = true,
                                              .only_visitors = true };
    struct umami_metric_list list = { 0 };
    enum status st = store_umami_metric(c->reader, c->arena, &c->scope, &query, &list, err);

    buf_addc(&c->out, '[');
    for (size_t k = 0; st == OK && k < list.count; k++) {
        put_item(&c->out);
        buf_addc(&c->out, '{');
        put_text(&c->out, name, list.rows[k].name);
        put_int(&c->out, count, list.rows[k].totals.rows);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    return st;
}

/* v2 answers whole queries, and its page takes them apart. */
void
umami_report_utm(struct umami_call *c)
{
    const cJSON *parameters;
    struct err err = { 0 };
    enum status st = OK;

    if (!umami_read_report(c, &parameters))
        return;
    c->scope.types = UMAMI_BIT(UMAMI_ROW_VIEW);
    if (!c->is_v3)
        st = put_counts(c, UMAMI_BY_QUERY, SIZE_MAX, "url_query", "num", &err);
    else {
        c->scope.only_types = 0; /* its own type stands for that of the filter */
        buf_addc(&c->out, '{');
        for (size_t i = 0; st == OK && i < sizeof utm / sizeof utm[0]; i++) {
            put_key(&c->out, utm[i].name);
            st = put_counts(c, utm[i].column, UTM_MAX, "utm", "views", &err);
        }
        buf_addc(&c->out, '}');
    }
    if (st == OK)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}
