/* aws_pi.c - Performance Insights: GetResourceMetrics and DescribeDimensionKeys.
 * SPDX-License-Identifier: MIT
 *
 * Totals and counters are the series of AWS/RDS, read where CloudWatch reads them, so both services
 * tell the same numbers; parts of the load follow from the stack (pi_load.h). What a database would
 * have to tell (statements, hosts, plans) is refused by its name. Shapes: Performance Insights API
 * reference, 2018-02-27. A point carries the end of its period unless PeriodAlignment says
 * START_TIME; a period without data has no point. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/stack_series.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"
#include "emulator/pi_load.h"

#define QUERIES_MAX    15
#define LIMIT_MAX      25
#define LIMIT_DEFAULT  10
#define NAME_MAX_LEN   256
#define TOKEN_CHARS    4096
#define POINTS_ABOUT   200 /* when no period is given: "roughly 100-200 data points" */
#define POINTS_MAX     11000
#define SECOND_MS      INT64_C(1000)
#define MINUTE_MS      INT64_C(60000)
#define RETENTION_MS   (7 * INT64_C(86400000)) /* without long-term retention */
#define RETENTION_DAYS 7

/* --- what is asked ---------------------------------------------------------------------------- */

/* A counter, and the metric of AWS/RDS it is. */
static const struct {
    const char *counter, *metric;
    double factor;
} counters[] = {
    { "db.Concurrency.deadlocks", "Deadlocks", 1 },
    { "db.Transactions.xact_commit", "CommitThroughput", 1 },
    { "db.User.numbackends", "DatabaseConnections", 1 },
    { "db.load", "DBLoad", 1 },
    { "db.sampledload", "DBLoad", 1 },
    { "os.cpuUtilization.total", "CPUUtilization", 1 },
    { "os.diskIO.auroraStorage.readIOsPS", "ReadIOPS", 1 },
    { "os.diskIO.auroraStorage.writeIOsPS", "WriteIOPS", 1 },
    { "os.memory.free", "FreeableMemory", 1.0 / 1024 }, /* in kilobytes */
    { "os.swap.used", "SwapUsage", 1.0 / 1024 },
};
#define COUNTERS (sizeof counters / sizeof counters[0])

enum aggregate { AVERAGE, MINIMUM, MAXIMUM, SUM };
static const char *const aggregates[] = { ".avg", ".min", ".max", ".sum" };

struct metric {
    const char *name; /* "db.load.avg" */
    size_t counter;
    enum aggregate aggregate;
};

struct grouping {
    const struct pi_group *group; /* NULL: none */
    bool is_wanted[PI_DIMENSIONS_MAX];
    size_t limit;
};

struct question {
    struct aws_call *call;
    const struct stack *stack;
    const struct stack_resource *instance;
    struct pi_range range;
    bool at_start; /* points carry the start of their period */
    size_t max_results;
    uint64_t scope;
    size_t skip; /* entries told by earlier pages */
};

static bool
find_metric(const char *name, struct metric *out)
{
    const size_t len = strlen(name);

    for (size_t i = 0; i < COUNTERS; i++) {
        for (size_t a = 0; a < sizeof aggregates / sizeof aggregates[0]; a++) {
            const size_t stem = strlen(counters[i].counter);

            if (len == stem + strlen(aggregates[a]) &&
                memcmp(name, counters[i].counter, stem) == 0 &&
                strcmp(name + stem, aggregates[a]) == 0) {
                *out = (struct metric){ name, i, (enum aggregate)a };
                return true;
            }
        }
    }
    return false;
}

static enum status
read_metric(const struct awsvalue *in, struct metric *out)
{
    const char *name;
    enum status st = awsvalue_string(in, "Metric", AWS_REQUIRED, 1, NAME_MAX_LEN, &name);

    if (st == OK && !find_metric(name, out))
        return awsvalue_invalid(in, "Metric",
                                "is not known here: %s (db.load.avg, db.sampledload.avg, "
                                "os.cpuUtilization.total.avg and a few counters are)",
                                name);
    return st;
}

static bool
is_load(const struct metric *metric)
{
    return strcmp(counters[metric->counter].metric, "DBLoad") == 0 && metric->aggregate == AVERAGE;
}

static enum status
read_dimensions(const struct awsvalue *in, struct grouping *out)
{
    struct awslist list = { 0 };
    enum status st = aws_list(in, "Dimensions", AWS_OPTIONAL, 10, &list);

    for (size_t i = 0; i < PI_DIMENSIONS_MAX; i++)
        out->is_wanted[i] = list.count == 0 && out->group->dimensions[i] != NULL;
    while (st == OK && awslist_next(&list)) {
        const char *name;
        bool is_known = false;

        st = awslist_string(&list, 1, NAME_MAX_LEN, &name);
        for (size_t i = 0; st == OK && i < PI_DIMENSIONS_MAX; i++) {
            if (out->group->dimensions[i] == NULL || strcmp(out->group->dimensions[i], name) != 0)
                continue;
            is_known = out->is_wanted[i] = true;
        }
        if (st == OK && !is_known)
            return awsvalue_invalid(in, "Dimensions", "has none that is known of %s here: %s",
                                    out->group->name, name);
    }
    return st;
}

static enum status
read_grouping(const struct awsvalue *parent, enum awsvalue_need need, const struct metric *metric,
              struct grouping *out)
{
    static const char *const known[] = { "Group", "Dimensions", "Limit", NULL };
    int64_t limit = LIMIT_DEFAULT;
    const char *name;
    struct awsvalue in;
    enum status st;

    *out = (struct grouping){ 0 };
    if (need == AWS_OPTIONAL && !awsvalue_has(parent, "GroupBy"))
        return OK;
    st = awsvalue_struct(parent, "GroupBy", need, &in);
    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = awsvalue_string(&in, "Group", AWS_REQUIRED, 1, NAME_MAX_LEN, &name);
    if (st == OK)
        st = awsvalue_int(&in, "Limit", AWS_OPTIONAL, 1, LIMIT_MAX, &limit);
    if (st != OK)
        return st;
    out->group = pi_group_find(name);
    out->limit = (size_t)limit;
    if (out->group == NULL)
        return awsvalue_invalid(&in, "Group",
                                "is not known here: %s (db.user, db.wait_event and "
                                "db.wait_event_type are)",
                                name);
    if (!is_load(metric))
        return awsvalue_invalid(parent, "GroupBy",
                                "is for db.load.avg and db.sampledload.avg, not "
                                "for %s",
                                metric->name);
    return read_dimensions(&in, out);
}

static enum status
read_instance(struct question *qn)
{
    static const char *const types[] = { "RDS", NULL };
    const struct awsvalue *in = &qn->call->in;
    const char *id;
    int type;
    enum status st = awsvalue_enum(in, "ServiceType", AWS_REQUIRED, types, &type);

    if (st == OK)
        st = awsvalue_string(in, "Identifier", AWS_REQUIRED, 0, NAME_MAX_LEN, &id);
    if (st != OK)
        return st;
    qn->stack = emulator_stack(qn->call->em);
    for (size_t i = 0; qn->stack != NULL && i < qn->stack->resource_count; i++) {
        const struct stack_resource *r = &qn->stack->resources[i];

        if (r->type == STACK_DB_INSTANCE && strcmp(r->id, id) == 0) {
            qn->instance = r;
            return OK;
        }
    }
    return awsvalue_invalid(in, "Identifier",
                            "is the DbiResourceId of no instance of this account: %s", id);
}

/* The shortest period that gives about as many points as the service aims at. */
static int64_t
choose_period(int64_t range_ms)
{
    static const int64_t periods[] = { 60, 300, 3600 };

    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        if (range_ms / (periods[i] * SECOND_MS) <= POINTS_ABOUT)
            return periods[i];
    }
    return 86400;
}

static enum status
read_range(struct question *qn)
{
    const struct awsvalue *in = &qn->call->in;
    struct pi_range *range = &qn->range;
    int64_t start_ms, end_ms, period = 0;
    enum status st = awsvalue_time(in, "StartTime", AWS_REQUIRED, &start_ms);

    if (st == OK)
        st = awsvalue_time(in, "EndTime", AWS_REQUIRED, &end_ms);
    if (st == OK)
        st = awsvalue_int(in, "PeriodInSeconds", AWS_OPTIONAL, 1, 86400, &period);
    if (st != OK)
        return st;
    if (start_ms >= end_ms)
        return awsvalue_invalid(in, "StartTime", "must be earlier than EndTime");
    if (start_ms < qn->call->now_ms - RETENTION_MS - MINUTE_MS)
        return awsvalue_invalid(in, "StartTime", "is more than %d days ago, the retention here",
                                RETENTION_DAYS);
    if (period == 0)
        period = choose_period(end_ms - start_ms);
    if (period != 60 && period != 300 && period != 3600 && period != 86400)
        return awsvalue_invalid(in, "PeriodInSeconds",
                                "must be 60, 300, 3600 or 86400: load is known by the minute here");
    range->period_ms = period * SECOND_MS;
    range->start_ms = start_ms - start_ms % range->period_ms;
    range->end_ms = end_ms + (range->period_ms - end_ms % range->period_ms) % range->period_ms;
    range->known_ms = qn->call->now_ms - qn->call->now_ms % MINUTE_MS;
    if ((range->end_ms - range->start_ms) / range->period_ms > POINTS_MAX)
        return awsvalue_invalid(in, "EndTime", "makes more than %d points", POINTS_MAX);
    return OK;
}

static enum status
read_page(struct question *qn, const char *operation)
{
    static const char *const keys[] = { "Identifier", "MetricQueries", "Metric", "GroupBy",
                                        "StartTime",  "EndTime",       NULL };
    const struct awsvalue *in = &qn->call->in;
    const char *token = NULL, *state;
    int64_t max = 0, skip;
    enum status st = awsvalue_int(in, "MaxResults", AWS_OPTIONAL, 0, LIMIT_MAX, &max);

    if (st == OK)
        st = awsvalue_string(in, "NextToken", AWS_OPTIONAL, 1, TOKEN_CHARS, &token);
    if (st != OK)
        return st;
    qn->max_results = max == 0 ? SIZE_MAX : (size_t)max;
    qn->scope = aws_token_scope(operation, in, keys);
    if (token == NULL)
        return OK;
    state = aws_token_read(qn->call->arena, qn->scope, token);
    if (state == NULL || !text_parse_int(&skip, state) || skip < 0)
        return awsvalue_invalid(in, "NextToken", "is not one that was given for this request");
    qn->skip = (size_t)skip;
    return OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* A page of a list, filled as if there were none. */
struct page {
    const struct question *qn;
    cJSON *list;
    size_t seen, put;
};

/* Adds the entry, or forgets it when it is not of this page. */
static void
put_entry(struct page *page, cJSON *entry)
{
    if (page->seen++ >= page->qn->skip && page->put < page->qn->max_results) {
        cJSON_AddItemToArray(page->list, entry);
        page->put++;
    } else {
        cJSON_Delete(entry);
    }
}

static void
end_page(const struct page *page)
{
    struct aws_call *call = page->qn->call;
    char state[24];

    cJSON_AddItemToObject(call->out, "AlignedStartTime", json_time(page->qn->range.start_ms));
    cJSON_AddItemToObject(call->out, "AlignedEndTime", json_time(page->qn->range.end_ms));
    if (page->qn->skip + page->put >= page->seen)
        return;
    snprintf(state, sizeof state, "%zu", page->qn->skip + page->put);
    cJSON_AddStringToObject(call->out, "NextToken",
                            aws_token_make(call->arena, page->qn->scope, state));
}

static void
put_point(const struct question *qn, cJSON *points, int64_t start_ms, double value)
{
    cJSON *point;

    if (!isfinite(value))
        return;
    point = cJSON_CreateObject();
    cJSON_AddItemToArray(points, point);
    cJSON_AddItemToObject(point, "Timestamp",
                          json_time(qn->at_start ? start_ms : start_ms + qn->range.period_ms));
    cJSON_AddNumberToObject(point, "Value", value);
}

static void
put_dimensions(cJSON *into, const struct grouping *by, const struct pi_key *key)
{
    cJSON *map = json_map();

    cJSON_AddItemToObject(into, "Dimensions", map);
    for (size_t i = 0; i < PI_DIMENSIONS_MAX; i++) {
        if (by->is_wanted[i])
            cJSON_AddStringToObject(map, by->group->dimensions[i], key->values[i]);
    }
}

/* A list of points under its key. */
static cJSON *
series_new(const struct metric *metric, const struct grouping *by, const struct pi_key *of,
           cJSON **points)
{
    cJSON *entry = cJSON_CreateObject(), *key = cJSON_AddObjectToObject(entry, "Key");

    cJSON_AddStringToObject(key, "Metric", metric->name);
    if (of != NULL)
        put_dimensions(key, by, of);
    *points = cJSON_AddArrayToObject(entry, "DataPoints");
    return entry;
}

static double
aggregate_of(const struct metric *metric, const struct statistic_set *set)
{
    const double factor = counters[metric->counter].factor;

    switch (metric->aggregate) {
    case MINIMUM:
        return set->min * factor;
    case MAXIMUM:
        return set->max * factor;
    case SUM:
        return set->sum * factor;
    case AVERAGE:
        break;
    }
    return set->sum / set->count * factor;
}

static enum status
put_total(struct page *page, const struct metric *metric)
{
    const struct question *qn = page->qn;
    const struct metric_source source = aws_metric_source(qn->call);
    const struct dimension dim = { "DBInstanceIdentifier", qn->instance->name };
    const struct metric_query ask = {
        .key = { "AWS/RDS", counters[metric->counter].metric, { &dim, 1 } },
        .start_ms = qn->range.start_ms,
        .end_ms = qn->range.end_ms,
        .period_ms = qn->range.period_ms,
        .unit = -1,
    };
    struct metric_buckets buckets = { 0 };
    struct err err = { 0 };
    cJSON *entry, *points;

    if (metric_source_read(&source, qn->call->arena, &ask, &buckets, NULL, &err) != OK)
        return aws_store_failed(qn->call, &err);
    entry = series_new(metric, NULL, NULL, &points);
    for (size_t i = 0; i < buckets.count; i++)
        put_point(qn, points, buckets.buckets[i].start_ms,
                  aggregate_of(metric, &buckets.buckets[i].set));
    put_entry(page, entry);
    return OK;
}

static void
put_parts(struct page *page, const struct metric *metric, const struct grouping *by)
{
    const struct question *qn = page->qn;
    const size_t periods = (size_t)((qn->range.end_ms - qn->range.start_ms) / qn->range.period_ms);
    const struct pi_keys keys =
        pi_load_by(by->group, qn->stack, qn->instance, &qn->range, by->limit, qn->call->arena);

    for (size_t i = 0; i < keys.count; i++) {
        cJSON *points, *entry = series_new(metric, by, &keys.keys[i], &points);

        for (size_t k = 0; k < periods; k++)
            put_point(qn, points, qn->range.start_ms + (int64_t)k * qn->range.period_ms,
                      keys.keys[i].loads[k]);
        put_entry(page, entry);
    }
}

static enum status
answer_query(struct page *page, const struct awslist *list)
{
    static const char *const known[] = { "Metric", "GroupBy", NULL };
    struct metric metric;
    struct grouping by;
    struct awsvalue in;
    enum status st = awslist_struct(list, &in);

    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = read_metric(&in, &metric);
    if (st == OK)
        st = read_grouping(&in, AWS_OPTIONAL, &metric, &by);
    if (st == OK)
        st = put_total(page, &metric);
    if (st == OK && by.group != NULL)
        put_parts(page, &metric, &by);
    return st;
}

enum status
aws_get_resource_metrics(struct aws_call *call)
{
    static const char *const known[] = {
        "ServiceType",     "Identifier",      "MetricQueries", "StartTime", "EndTime",
        "PeriodInSeconds", "PeriodAlignment", "MaxResults",    "NextToken", NULL
    };
    static const char *const alignments[] = { "END_TIME", "START_TIME", NULL };
    struct question qn = { .call = call };
    struct page page = { .qn = &qn };
    struct awslist list = { 0 };
    int alignment = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_instance(&qn);
    if (st == OK)
        st = read_range(&qn);
    if (st == OK)
        st = awsvalue_enum(&call->in, "PeriodAlignment", AWS_OPTIONAL, alignments, &alignment);
    if (st == OK)
        st = read_page(&qn, "GetResourceMetrics");
    if (st == OK)
        st = aws_list(&call->in, "MetricQueries", AWS_REQUIRED, QUERIES_MAX, &list);
    if (st != OK)
        return st;
    qn.at_start = alignment == 1;
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "Identifier", qn.instance->id);
    page.list = cJSON_AddArrayToObject(call->out, "MetricList");
    while (st == OK && awslist_next(&list))
        st = answer_query(&page, &list);
    if (st == OK)
        end_page(&page);
    snprintf(call->note, sizeof call->note, "%.60s", qn.instance->name);
    return st;
}

enum status
aws_describe_dimension_keys(struct aws_call *call)
{
    static const char *const known[] = { "ServiceType", "Identifier", "StartTime",
                                         "EndTime",     "Metric",     "PeriodInSeconds",
                                         "GroupBy",     "MaxResults", "NextToken",
                                         NULL };
    struct question qn = { .call = call };
    struct page page = { .qn = &qn };
    struct metric metric;
    struct grouping by;
    struct pi_keys keys;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_instance(&qn);
    if (st == OK)
        st = read_range(&qn);
    if (st == OK)
        st = read_metric(&call->in, &metric);
    if (st == OK)
        st = read_grouping(&call->in, AWS_REQUIRED, &metric, &by);
    if (st == OK)
        st = read_page(&qn, "DescribeDimensionKeys");
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    page.list = cJSON_AddArrayToObject(call->out, "Keys");
    keys = pi_load_by(by.group, qn.stack, qn.instance, &qn.range, by.limit, call->arena);
    for (size_t i = 0; i < keys.count; i++) {
        cJSON *key = cJSON_CreateObject();

        put_dimensions(key, &by, &keys.keys[i]);
        cJSON_AddNumberToObject(key, "Total", keys.keys[i].average);
        put_entry(&page, key);
    }
    end_page(&page);
    snprintf(call->note, sizeof call->note, "%.60s", qn.instance->name);
    return OK;
}
