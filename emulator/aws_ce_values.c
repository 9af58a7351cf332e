/* aws_ce_values.c - Cost Explorer GetTags and GetDimensionValues: what costs can be grouped by.
 * SPDX-License-Identifier: MIT
 *
 * Values are those with usage in the period, after the filter. GetTags without a key lists the keys
 * of active cost allocation tags that a line with usage carries; with one its values, the empty
 * text for what has no such tag. SortBy is refused. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "emulator/aws_ce.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define DAY_HOURS 24

struct value_request {
    struct ce_period period;
    const struct cost_filter *filter;
    struct cost_key key; /* neither: the tags' keys */
    const char *search;
    int64_t limit;
    uint64_t place;
};

struct values {
    const char **list;
    size_t count;
};

static enum status
read_request(struct value_request *q, struct aws_call *call, const char *operation,
             const char *const *keys)
{
    enum status st = ce_period_read(&q->period, call);

    q->limit = CE_PAGE;
    if (st == OK)
        st = ce_period_check_past(&q->period, call);
    if (st == OK)
        st = cost_filter_read(&q->filter, call);
    if (st == OK)
        st = awsvalue_string(&call->in, "SearchString", AWS_OPTIONAL, 0, CE_TEXT_MAX, &q->search);
    if (st == OK)
        st = awsvalue_int(&call->in, "MaxResults", AWS_OPTIONAL, 1, CE_PAGE, &q->limit);
    if (st == OK)
        st = ce_place_read(&q->place, call, operation, "NextPageToken", keys);
    return st;
}

/* The sums of each value, or over all without a key, in the period. */
static void
add_days(struct cost_view *view, const struct value_request *q)
{
    cost_view_clear(view);
    for (int64_t day = q->period.from / DAY_HOURS; day < (q->period.to + DAY_HOURS - 1) / DAY_HOURS;
         day++)
        cost_view_add_day(view, day);
}

static bool
is_wanted(const struct value_request *q, const char *value)
{
    return q->search == NULL || strcasestr(value, q->search) != NULL;
}

static struct values
values_of_key(struct cost_view *view, const struct value_request *q)
{
    struct values found = { .count = 0 };
    const size_t *order;

    view->keys[0] = q->key;
    add_days(view, q);
    order = cost_view_order(view);
    found.list = arena_alloc(view->arena, (view->group_count + 1) * sizeof *found.list);
    for (size_t i = 0; i < view->group_count; i++) {
        const struct cost_group *group = &view->groups[order[i]];

        if (group->sum.has_usage && is_wanted(q, group->values[0]))
            found.list[found.count++] = group->values[0];
    }
    return found;
}

/* The last day on which each line had usage that counts; INT64_MIN: none. */
static int64_t *
last_days(struct cost_view *view, const struct value_request *q)
{
    size_t lines = view->book->line_count;
    int64_t *last = arena_alloc(view->arena, (lines + 1) * sizeof *last);

    for (size_t i = 0; i < lines; i++)
        last[i] = INT64_MIN;
    for (int64_t day = q->period.from / DAY_HOURS; day < (q->period.to + DAY_HOURS - 1) / DAY_HOURS;
         day++) {
        cost_view_add_day(view, day);
        for (size_t i = 0; i < lines; i++) {
            if (view->group_of[i] != SIZE_MAX && view->charges[i].micro_units > 0)
                last[i] = day;
        }
    }
    return last;
}

/* A key is in use when a line had usage under it. */
static bool
is_in_use(const struct cost_book *book, const int64_t *last, const struct stack_cost_tag *tag)
{
    int64_t from = day_of_ms(tag->changed_ms);

    for (size_t i = 0; i < book->line_count; i++) {
        if (last[i] >= from && stack_resource_tag(book->lines[i].resource, tag->key) != NULL)
            return true;
    }
    return false;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct values
keys_in_use(struct cost_view *view, const struct value_request *q)
{
    const struct stack *stack = view->book->stack;
    const int64_t *last = last_days(view, q);
    struct values found = { .count = 0 };

    found.list = arena_alloc(view->arena, (stack->cost_tag_count + 1) * sizeof *found.list);
    for (size_t i = 0; i < stack->cost_tag_count; i++) {
        const struct stack_cost_tag *tag = &stack->cost_tags[i];

        if (tag->is_active && is_wanted(q, tag->key) && is_in_use(view->book, last, tag))
            found.list[found.count++] = tag->key;
    }
    if (found.count > 0)
        qsort(found.list, found.count, sizeof *found.list, by_text);
    return found;
}

static enum status
find_values(struct values *out, struct aws_call *call, const struct value_request *q)
{
    bool has_key = q->key.dimension != NULL || q->key.tag != NULL;
    struct cost_view view = { .key_count = has_key };
    struct cost_book book;
    struct err err = { 0 };

    if (cost_book_open(&book, call->em, call->reader, call->arena, q->period.from / DAY_HOURS,
                       (q->period.to + DAY_HOURS - 1) / DAY_HOURS, call->now_ms, &err) != OK)
        return ce_failed(call, &err);
    view.keys[0] = q->key;
    cost_view_init(&view, call->arena, &book, q->filter);
    *out = has_key ? values_of_key(&view, q) : keys_in_use(&view, q);
    cost_view_fini(&view);
    return OK;
}

/* The page's part of the values; counts and token besides. */
static struct values
put_page(struct aws_call *call, const struct value_request *q, const struct values *all,
         const char *operation, const char *const *keys)
{
    size_t from = q->place < all->count ? (size_t)q->place : all->count;
    size_t count = all->count - from;

    if (count > (size_t)q->limit) {
        count = (size_t)q->limit;
        ce_place_put(call, operation, "NextPageToken", keys, from + count);
    }
    cJSON_AddNumberToObject(call->out, "ReturnSize", (double)count);
    cJSON_AddNumberToObject(call->out, "TotalSize", (double)all->count);
    return (struct values){ .list = all->list + from, .count = count };
}

enum status
aws_get_tags(struct aws_call *call)
{
    static const char *const known[] = { "SearchString", "TimePeriod",    "TagKey", "Filter",
                                         "MaxResults",   "NextPageToken", NULL };
    static const char *const keys[] = { "SearchString", "TimePeriod", "TagKey", "Filter", NULL };
    struct value_request q = { .search = NULL };
    struct values all, page;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "TagKey", AWS_OPTIONAL, 0, CE_TEXT_MAX, &q.key.tag);
    if (st == OK)
        st = read_request(&q, call, "GetTags", keys);
    if (st == OK)
        st = find_values(&all, call, &q);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "Tags");
    page = put_page(call, &q, &all, "GetTags", keys);
    for (size_t i = 0; i < page.count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(page.list[i]));
    return OK;
}

static void
put_value(cJSON *list, const struct value_request *q, const char *text, const struct stack *stack)
{
    cJSON *value;

    if (strcmp(q->key.dimension->name, "LINKED_ACCOUNT") == 0) {
        ce_put_account(list, stack);
        return;
    }
    value = cJSON_CreateObject();
    cJSON_AddItemToArray(list, value);
    cJSON_AddStringToObject(value, "Value", text);
    cJSON_AddObjectToObject(value, "Attributes");
}

enum status
aws_get_dimension_values(struct aws_call *call)
{
    static const char *const known[] = { "SearchString", "TimePeriod",    "Dimension",  "Context",
                                         "Filter",       "NextPageToken", "MaxResults", NULL };
    static const char *const keys[] = { "SearchString", "TimePeriod", "Dimension", "Filter", NULL };
    static const char *const contexts[] = { "COST_AND_USAGE", NULL };
    struct value_request q = { .search = NULL };
    struct values all, page;
    const char *name = NULL;
    int context = 0;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "Dimension", AWS_REQUIRED, 1, CE_TEXT_MAX, &name);
    if (st == OK)
        st = awsvalue_enum(&call->in, "Context", AWS_OPTIONAL, contexts, &context);
    if (st != OK)
        return st;
    q.key.dimension = cost_dimension_find(name);
    if (q.key.dimension == NULL)
        return awsvalue_invalid(&call->in, "Dimension",
                                "%.60s is not a dimension that obsview knows the values of", name);
    st = read_request(&q, call, "GetDimensionValues", keys);
    if (st == OK)
        st = find_values(&all, call, &q);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "DimensionValues");
    page = put_page(call, &q, &all, "GetDimensionValues", keys);
    for (size_t i = 0; i < page.count; i++)
        put_value(list, &q, page.list[i], emulator_stack(call->em));
    return OK;
}
