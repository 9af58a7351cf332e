/* stack_budgets.c - the budgets of a stack file, and the tags that its bills know.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/stack_file.h"

#include <string.h>

#include "base/json.h"

#define ALERTS_MAX  10      /* AWS allows five */
#define AFTER_MAX   5270400 /* minutes: ten years */
#define MINUTE_MS   60000
#define PERCENT_MAX 1000

/* --- budgets --- */

static void
read_threshold(struct stack_reader *r, const struct stack_item *item, struct stack_threshold *out)
{
    static const char *const alert_names[] = { "percent", "forecast" };
    const cJSON *found[2];

    stack_members(r, item, alert_names, 2, found);
    if (found[0] == NULL)
        stack_fault(r, &item->place, "has no \"percent\"");
    stack_take_number(r, &item->place, "percent", found[0], 0.1, PERCENT_MAX, &out->percent);
    stack_take_bool(r, &item->place, "forecast", found[1], &out->is_forecast);
}

static void
read_thresholds(struct stack_reader *r, const struct stack_place *budget, const cJSON *value,
                struct stack_budget *out)
{
    const struct stack_place place = { .up = budget, .key = "alerts" };
    struct stack_threshold *list;
    const cJSON *element;
    size_t index = 0, count = 0;

    if (!stack_is_array(r, budget, "alerts", value))
        return;
    if (cJSON_GetArraySize(value) > ALERTS_MAX) {
        stack_fault(r, &place, "more than %d alerts", ALERTS_MAX);
        return;
    }
    list = arena_alloc(r->arena, (size_t)(cJSON_GetArraySize(value) + 1) * sizeof *list);
    cJSON_ArrayForEach(element, value)
    {
        const struct stack_item item = { .own = element,
                                         .place = { .up = &place, .index = index++ } };

        if (cJSON_IsObject(element))
            read_threshold(r, &item, &list[count++]);
        else
            stack_fault(r, &item.place, "expected an object, got %s", stack_kind(element));
    }
    out->thresholds = list;
    out->threshold_count = count;
}

static void
read_budget(struct stack_reader *r, const struct stack_item *item, struct stack_budget *out)
{
    static const char *const budget_names[] = { "name", "limitUsd", "filter", "alerts" };
    const cJSON *found[4];

    stack_members(r, item, budget_names, 4, found);
    out->name = "";
    stack_take_text(r, &item->place, "name", found[0], STACK_NAME_MAX, &out->name);
    if (found[1] == NULL)
        stack_fault(r, &item->place, "has no \"limitUsd\"");
    stack_take_money(r, &item->place, "limitUsd", found[1], &out->limit_microusd);
    out->filter = stack_take_tags(r, &item->place, "filter", found[2], &out->filter_count);
    read_thresholds(r, &item->place, found[3], out);
}

void
stack_read_budgets(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "budgets" };
    struct stack_items items = stack_merge(r, &place, own, under, "name", STACK_THINGS_MAX);
    struct stack_budget *list = arena_alloc(r->arena, (items.count + 1) * sizeof *list);

    for (size_t i = 0; i < items.count; i++)
        read_budget(r, &items.list[i], &list[i]);
    r->stack->budgets = list;
    r->stack->budget_count = items.count;
}

/* --- cost tags --- */

static void
read_cost_tag(struct stack_reader *r, const struct stack_place *tags, const cJSON *value,
              struct stack_cost_tag *out)
{
    static const char *const tag_names[] = { "active", "changed", "after" };
    const struct stack_item item = { .own = value, .place = { .up = tags, .key = value->string } };
    const cJSON *found[3];
    double after = 0;

    out->key = value->string;
    if (!cJSON_IsObject(value)) {
        stack_take_bool(r, tags, value->string, value, &out->is_active);
        return;
    }
    stack_members(r, &item, tag_names, 3, found);
    if (found[0] == NULL)
        stack_fault(r, &item.place, "has no \"active\"");
    stack_take_bool(r, &item.place, "active", found[0], &out->is_active);
    if (found[1] != NULL && found[2] != NULL)
        stack_fault(r, &item.place,
                    "expected \"changed\" (a time) or \"after\" (minutes from the "
                    "start), not both");
    stack_take_time(r, &item.place, "changed", found[1], &out->changed_ms);
    if (stack_take_number(r, &item.place, "after", found[2], -AFTER_MAX, AFTER_MAX, &after))
        out->changed_ms = r->world->start_ms + (int64_t)(after * MINUTE_MS);
}

static bool
has_cost_tag(const struct stack_cost_tag *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].key, key) == 0)
            return true;
    }
    return false;
}

void
stack_read_cost_tags(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "costTags" };
    const cJSON *const sources[] = { own, under };
    size_t count = 0;
    struct stack_cost_tag *list;
    const cJSON *member;

    if (own != NULL && !stack_is_object(r, NULL, "costTags", own))
        return;
    if (cJSON_GetArraySize(own) > STACK_THINGS_MAX) {
        stack_fault(r, &place, "more than %d keys", STACK_THINGS_MAX);
        return;
    }
    list = arena_alloc(r->arena, (size_t)(cJSON_GetArraySize(own) + cJSON_GetArraySize(under) + 1) *
                                     sizeof *list);
    for (size_t s = 0; s < 2; s++) {
        cJSON_ArrayForEach(member, sources[s])
        {
            if (!has_cost_tag(list, count, member->string))
                read_cost_tag(r, &place, member, &list[count++]);
            else if (member->string != NULL && sources[s] == own)
                stack_fault_at(r, &place, member->string, "is there twice");
        }
    }
    r->stack->cost_tags = list;
    r->stack->cost_tag_count = count;
}
