/* aws_ce_tags.c - Cost Explorer ListCostAllocationTags: which tag keys costs are grouped by.
 * SPDX-License-Identifier: MIT
 *
 * From the stack's cost tags, all of them UserDefined. LastUsedDate is the first of this month when
 * a resource carries the key; a key that was always active has no LastUpdatedDate. */
#include "config.h"

#include <string.h>

#include "base/day.h"
#include "base/iso8601.h"
#include "emulator/aws_ce.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define KEYS_MAX      100
#define LIMIT_DEFAULT 100

enum { ACTIVE, INACTIVE };
static const char *const statuses[] = { "Active", "Inactive", NULL };
static const char *const types[] = { "AWSGenerated", "UserDefined", NULL };
static const char *const token_keys[] = { "Status", "TagKeys", "Type", NULL };

struct tag_request {
    int status, type; /* -1: any */
    const char **keys;
    size_t key_count;
    int64_t limit;
    uint64_t place;
};

static enum status
read_keys(struct tag_request *q, struct aws_call *call)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&call->in, "TagKeys", AWS_OPTIONAL, KEYS_MAX, &list);

    if (st != OK)
        return st;
    q->keys = arena_alloc(call->arena, (list.count + 1) * sizeof *q->keys);
    q->key_count = list.count;
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 0, CE_TEXT_MAX, &q->keys[list.number - 1]);
    return st;
}

static enum status
read_request(struct tag_request *q, struct aws_call *call)
{
    static const char *const known[] = { "Status",    "TagKeys",    "Type",
                                         "NextToken", "MaxResults", NULL };
    enum status st = aws_only(&call->in, known);

    q->limit = LIMIT_DEFAULT;
    if (st == OK)
        st = awsvalue_enum(&call->in, "Status", AWS_OPTIONAL, statuses, &q->status);
    if (st == OK)
        st = awsvalue_enum(&call->in, "Type", AWS_OPTIONAL, types, &q->type);
    if (st == OK)
        st = read_keys(q, call);
    if (st == OK)
        st = awsvalue_int(&call->in, "MaxResults", AWS_OPTIONAL, 1, CE_PAGE, &q->limit);
    if (st == OK)
        st = ce_place_read(&q->place, call, "ListCostAllocationTags", "NextToken", token_keys);
    return st;
}

/* What the file activates later is inactive until then. */
static bool
is_active(const struct stack_cost_tag *tag, int64_t now_ms)
{
    return tag->is_active && tag->changed_ms <= now_ms;
}

static bool
is_wanted(const struct tag_request *q, const struct stack_cost_tag *tag, int64_t now_ms)
{
    if (q->type == 0 || (q->status >= 0 && (q->status == ACTIVE) != is_active(tag, now_ms)))
        return false;
    for (size_t i = 0; i < q->key_count; i++) {
        if (strcmp(q->keys[i], tag->key) == 0)
            return true;
    }
    return q->key_count == 0;
}

static bool
is_used(const struct stack *stack, const char *key, int64_t now_ms)
{
    for (size_t i = 0; i < stack->resource_count; i++) {
        if (stack->resources[i].created_ms <= now_ms &&
            stack_resource_tag(&stack->resources[i], key) != NULL)
            return true;
    }
    return false;
}

static void
put_date(cJSON *to, const char *name, int64_t epoch_ms)
{
    char text[ISO8601_TEXT];

    iso8601_format_s(epoch_ms, text);
    cJSON_AddStringToObject(to, name, text);
}

static void
put_tag(cJSON *list, const struct stack *stack, const struct stack_cost_tag *tag, int64_t now_ms)
{
    cJSON *out = cJSON_CreateObject();

    cJSON_AddItemToArray(list, out);
    cJSON_AddStringToObject(out, "TagKey", tag->key);
    cJSON_AddStringToObject(out, "Type", "UserDefined");
    cJSON_AddStringToObject(out, "Status", statuses[is_active(tag, now_ms) ? ACTIVE : INACTIVE]);
    if (tag->changed_ms > 0 && tag->changed_ms <= now_ms)
        put_date(out, "LastUpdatedDate", tag->changed_ms);
    if (is_used(stack, tag->key, now_ms))
        put_date(out, "LastUsedDate", day_month(day_of_ms(now_ms), 0) * DAY_MS);
}

enum status
aws_list_cost_allocation_tags(struct aws_call *call)
{
    const struct stack *stack = emulator_stack(call->em);
    struct tag_request q = { .status = -1, .type = -1 };
    uint64_t number = 0, told = 0;
    cJSON *list;
    enum status st = read_request(&q, call);

    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "CostAllocationTags");
    for (size_t i = 0; stack != NULL && i < stack->cost_tag_count; i++) {
        if (!is_wanted(&q, &stack->cost_tags[i], call->now_ms) || number++ < q.place)
            continue;
        if (told == (uint64_t)q.limit) {
            ce_place_put(call, "ListCostAllocationTags", "NextToken", token_keys, number - 1);
            break;
        }
        put_tag(list, stack, &stack->cost_tags[i], call->now_ms);
        told++;
    }
    return OK;
}
