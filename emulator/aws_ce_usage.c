/* aws_ce_usage.c - Cost Explorer GetCostAndUsage.
 * SPDX-License-Identifier: MIT
 *
 * Supported are all members but BillingViewArn; groups are dimensions and tags, cost categories are
 * refused. A stack has no reservations, discounts or second account, so all metrics of cost are the
 * same number. A group without usage in a period is absent from it, a period without any group has
 * an empty list; with GroupBy, Total is empty, as the service has it. The days of a month are
 * Estimated while the month is open.
 *
 * Groups are paged by PAGE_GROUPS; a period whose groups do not fit goes on in the next page under
 * the same TimePeriod. A place in the answer is the number of its period and of the group in it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "emulator/aws_ce.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define PAGE_GROUPS  5000
#define METRICS_MAX  16
#define DAY_HOURS    24
#define HOURLY_DAYS  14
#define PLACE_GROUPS UINT64_C(1000000) /* more than lines a stack can have */

enum granularity { DAILY, MONTHLY, HOURLY };

/* Which number of a sum a metric is. */
static const struct metric {
    const char *name;
    enum { MONEY, USAGE, NORMAL } what;
} metrics[] = {
    { "AmortizedCost", MONEY },          { "BlendedCost", MONEY },   { "NetAmortizedCost", MONEY },
    { "NetUnblendedCost", MONEY },       { "UnblendedCost", MONEY }, { "UsageQuantity", USAGE },
    { "NormalizedUsageAmount", NORMAL },
};
#define METRIC_COUNT (sizeof metrics / sizeof metrics[0])

struct usage_request {
    struct ce_period period;
    int granularity;
    const struct metric *metrics[METRICS_MAX];
    size_t metric_count;
    const struct cost_filter *filter;
    struct cost_key keys[COST_KEYS_MAX];
    const char *key_names[COST_KEYS_MAX];
    size_t key_count;
    uint64_t place;
};

static const char *const token_keys[] = { "TimePeriod", "Granularity", "Metrics",
                                          "GroupBy",    "Filter",      NULL };

/* --- the request ----------------------------------------------------------------------------- */

static enum status
read_metrics(struct usage_request *q, struct aws_call *call)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&call->in, "Metrics", AWS_REQUIRED, METRICS_MAX, &list);

    while (st == OK && awslist_next(&list)) {
        const char *name = NULL;
        size_t i = 0;

        st = awslist_string(&list, 1, CE_TEXT_MAX, &name);
        while (st == OK && i < METRIC_COUNT && strcmp(metrics[i].name, name) != 0)
            i++;
        if (st == OK && i == METRIC_COUNT)
            return awsvalue_invalid(&call->in, "Metrics", "has a metric that does not exist: %.60s",
                                    name);
        if (st == OK)
            q->metrics[q->metric_count++] = &metrics[i];
    }
    return st;
}

static enum status
read_group(struct usage_request *q, const struct awsvalue *in)
{
    static const char *const known[] = { "Type", "Key", NULL };
    static const char *const types[] = { "DIMENSION", "TAG", "COST_CATEGORY", NULL };
    struct cost_key *key = &q->keys[q->key_count];
    const char *name = NULL;
    int type = 0;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_enum(in, "Type", AWS_REQUIRED, types, &type);
    if (st == OK)
        st = awsvalue_string(in, "Key", AWS_REQUIRED, 1, CE_TEXT_MAX, &name);
    if (st != OK)
        return st;
    if (type == 2)
        return awsvalue_invalid(in, "Type",
                                "COST_CATEGORY is not supported by obsview: a stack "
                                "has no cost categories");
    *key = (struct cost_key){ .tag = type == 1 ? name : NULL };
    if (type == 0) {
        key->dimension = cost_dimension_find(name);
        if (key->dimension == NULL || !key->dimension->can_group)
            return awsvalue_invalid(in, "Key", "%.60s is not a dimension to group by", name);
    }
    q->key_names[q->key_count++] = name;
    return OK;
}

static enum status
read_groups(struct usage_request *q, struct aws_call *call)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&call->in, "GroupBy", AWS_OPTIONAL, COST_KEYS_MAX, &list);

    while (st == OK && awslist_next(&list)) {
        struct awsvalue group;

        st = awslist_struct(&list, &group);
        if (st == OK)
            st = read_group(q, &group);
    }
    return st;
}

static enum status
check_hours(const struct usage_request *q, struct aws_call *call)
{
    int64_t today = day_of_ms(call->now_ms);

    if (q->granularity == HOURLY && !q->period.has_hours)
        return ce_refuse(call, "ValidationException",
                         "Time period is invalid. Valid format is yyyy-MM-ddThh:mm:ssZ.");
    if (q->granularity != HOURLY && q->period.has_hours)
        return ce_refuse(call, "ValidationException",
                         "Time period is invalid. Valid format is yyyy-MM-dd.");
    if (q->granularity == HOURLY && q->period.from < (today - HOURLY_DAYS) * DAY_HOURS)
        return ce_refuse(call, "ValidationException",
                         "Start date is more than %d days ago for hourly granularity. Please "
                         "adjust start date as we support only %d days of data at hourly "
                         "granularity.",
                         HOURLY_DAYS, HOURLY_DAYS);
    return OK;
}

static enum status
read_request(struct usage_request *q, struct aws_call *call)
{
    static const char *const known[] = { "TimePeriod", "Granularity",   "Filter", "Metrics",
                                         "GroupBy",    "NextPageToken", NULL };
    static const char *const granularities[] = { "DAILY", "MONTHLY", "HOURLY", NULL };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_enum(&call->in, "Granularity", AWS_REQUIRED, granularities, &q->granularity);
    if (st == OK)
        st = ce_period_read(&q->period, call);
    if (st == OK)
        st = check_hours(q, call);
    if (st == OK)
        st = ce_period_check_past(&q->period, call);
    if (st == OK)
        st = read_metrics(q, call);
    if (st == OK)
        st = read_groups(q, call);
    if (st == OK)
        st = cost_filter_read(&q->filter, call);
    if (st == OK)
        st = ce_place_read(&q->place, call, "GetCostAndUsage", "NextPageToken", token_keys);
    return st;
}

/* --- the answer ------------------------------------------------------------------------------ */

/* The end of the period that begins at `from`. */
static int64_t
period_end(const struct usage_request *q, int64_t from)
{
    int64_t to = from + 1;

    if (q->granularity == DAILY)
        to = from + DAY_HOURS;
    else if (q->granularity == MONTHLY)
        to = day_month(from / DAY_HOURS, 1) * DAY_HOURS;
    return to < q->period.to ? to : q->period.to;
}

static void
add_period(struct cost_view *view, const struct usage_request *q, int64_t from, int64_t to)
{
    cost_view_clear(view);
    if (q->granularity == HOURLY) {
        cost_view_add_hour(view, from / DAY_HOURS, (unsigned)(from % DAY_HOURS));
        return;
    }
    for (int64_t day = from / DAY_HOURS; day < to / DAY_HOURS; day++)
        cost_view_add_day(view, day);
}

static void
put_metrics(cJSON *to, const struct usage_request *q, const struct cost_sum *sum)
{
    for (size_t i = 0; i < q->metric_count; i++) {
        const struct metric *m = q->metrics[i];
        cJSON *value = cJSON_AddObjectToObject(to, m->name);
        char amount[CE_AMOUNT];

        ce_amount(amount, m->what == MONEY   ? sum->microusd
                          : m->what == USAGE ? sum->micro_units
                                             : sum->micro_normal);
        cJSON_AddStringToObject(value, "Amount", amount);
        cJSON_AddStringToObject(value, "Unit",
                                m->what == MONEY                        ? "USD"
                                : m->what == USAGE && sum->unit != NULL ? sum->unit
                                                                        : "N/A");
    }
}

static void
put_group(cJSON *groups, const struct usage_request *q, const struct cost_group *group,
          struct arena *arena)
{
    cJSON *out = cJSON_CreateObject(), *keys;

    cJSON_AddItemToArray(groups, out);
    keys = cJSON_AddArrayToObject(out, "Keys");
    for (size_t i = 0; i < q->key_count; i++) {
        const char *text = group->values[i];

        if (q->keys[i].tag != NULL)
            text = arena_printf(arena, "%s$%s", q->keys[i].tag, group->values[i]);
        cJSON_AddItemToArray(keys, cJSON_CreateString(text));
    }
    put_metrics(cJSON_AddObjectToObject(out, "Metrics"), q, &group->sum);
}

/* Groups of the period from number `from` on, as long as there is room; false: not all did fit, and
 * *next is the first that did not. */
static bool
put_groups(cJSON *groups, const struct usage_request *q, struct cost_view *view, size_t from,
           size_t *room, size_t *next)
{
    const size_t *order = cost_view_order(view);
    size_t number = 0;

    for (size_t i = 0; i < view->group_count; i++) {
        const struct cost_group *group = &view->groups[order[i]];

        if (!group->sum.has_usage || number++ < from)
            continue;
        if (*room == 0) {
            *next = number - 1;
            return false;
        }
        put_group(groups, q, group, view->arena);
        (*room)--;
    }
    return true;
}

/* false: the page is full, and *next the place to go on at. */
static bool
put_period(cJSON *results, const struct usage_request *q, struct cost_view *view,
           const struct ce_period *period, size_t from, size_t *room, size_t *next)
{
    cJSON *out, *total, *groups;
    struct cost_sum sum;
    bool fits = true;

    if (*room == 0) {
        *next = from;
        return false;
    }
    add_period(view, q, period->from, period->to);
    out = cJSON_CreateObject();
    cJSON_AddItemToArray(results, out);
    ce_put_period(out, period);
    total = cJSON_AddObjectToObject(out, "Total");
    groups = cJSON_AddArrayToObject(out, "Groups");
    if (q->key_count > 0) {
        fits = put_groups(groups, q, view, from, room, next);
    } else {
        sum = cost_view_total(view);
        put_metrics(total, q, &sum);
        (*room)--;
    }
    cJSON_AddBoolToObject(out, "Estimated",
                          period->to / DAY_HOURS > day_month(day_of_ms(view->book->now_ms), 0));
    return fits;
}

static void
put_results(struct aws_call *call, const struct usage_request *q, struct cost_view *view)
{
    cJSON *results = cJSON_AddArrayToObject(call->out, "ResultsByTime");
    uint64_t first = q->place / PLACE_GROUPS, number = 0;
    size_t room = PAGE_GROUPS, next = 0;

    for (int64_t from = q->period.from, to; from < q->period.to; from = to, number++) {
        struct ce_period period = { .from = from, .has_hours = q->period.has_hours };

        to = period_end(q, from);
        period.to = to;
        if (number < first)
            continue;
        if (!put_period(results, q, view, &period,
                        number == first ? (size_t)(q->place % PLACE_GROUPS) : 0, &room, &next)) {
            ce_place_put(call, "GetCostAndUsage", "NextPageToken", token_keys,
                         number * PLACE_GROUPS + next);
            return;
        }
    }
}

static void
put_definitions(struct aws_call *call, const struct usage_request *q)
{
    cJSON *definitions, *attributes;
    bool by_account = false;

    if (q->key_count > 0) {
        definitions = cJSON_AddArrayToObject(call->out, "GroupDefinitions");
        for (size_t i = 0; i < q->key_count; i++) {
            cJSON *definition = cJSON_CreateObject();

            cJSON_AddItemToArray(definitions, definition);
            cJSON_AddStringToObject(definition, "Type",
                                    q->keys[i].tag != NULL ? "TAG" : "DIMENSION");
            cJSON_AddStringToObject(definition, "Key", q->key_names[i]);
            by_account |= strcmp(q->key_names[i], "LINKED_ACCOUNT") == 0 && q->keys[i].tag == NULL;
        }
    }
    attributes = cJSON_AddArrayToObject(call->out, "DimensionValueAttributes");
    if (by_account)
        ce_put_account(attributes, emulator_stack(call->em));
}

enum status
aws_get_cost_and_usage(struct aws_call *call)
{
    struct usage_request q = { .granularity = 0 };
    struct cost_view view;
    struct cost_book book;
    struct err err = { 0 };
    enum status st = read_request(&q, call);

    if (st != OK)
        return st;
    if (cost_book_open(&book, call->em, call->reader, call->arena, q.period.from / DAY_HOURS,
                       (q.period.to + DAY_HOURS - 1) / DAY_HOURS, call->now_ms, &err) != OK)
        return ce_failed(call, &err);
    memcpy(view.keys, q.keys, sizeof view.keys);
    view.key_count = q.key_count;
    cost_view_init(&view, call->arena, &book, q.filter);
    call->out = cJSON_CreateObject();
    put_definitions(call, &q);
    put_results(call, &q, &view);
    snprintf(call->note, sizeof call->note, "%zu groups of %zu lines", view.group_count,
             book.line_count);
    cost_view_fini(&view);
    return OK;
}
