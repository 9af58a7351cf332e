/* stack_read.c - a stack file becomes a stack, or a list of all that is wrong with it.
 * SPDX-License-Identifier: MIT
 *
 * The format is that of obsview-stack(5). A file may extend the built-in one: then its things stand
 * in the place of those of the same name and take from them what they do not say themselves, and
 * everything else is as it was. Both trees live in the stack's arena, so most texts of a stack are
 * the file's own bytes, and freeing it is one call. */
#include "config.h"

#include "domain/stack_file.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/stack_bill.h"
#include "domain/stack_series.h"

#define FORMAT_VERSION 1
#define SEED_MAX       9007199254740991.0 /* whole numbers that JSON carries exactly */
#define LOAD_MAX       1000.0
#define NOISE_MAX      0.5
#define SINCE_DEFAULT  INT64_C(1704067200000) /* 2024-01-01 */
#define PRICE_TEXT     64
#define TEXT_MAX       16384 /* of a text of an alarm */

enum {
    FORMAT,
    NAME,
    EXTENDS,
    SEED,
    SINCE,
    LOAD,
    RESOURCES,
    BUDGETS,
    COST_TAGS,
    PRICES_LIST,
    ALARMS,
    INCIDENTS,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    "obsview-stack", "name",    "extends",  "seed",   "since",  "load",
    "resources",     "budgets", "costTags", "prices", "alarms", "incidents",
};

extern const char stack_text[]; /* fixtures/stacks/document.json */

const char *
stack_builtin_text(void)
{
    return stack_text;
}

/* --- load --- */

/* An array of factors, brought to a mean of 1. */
static void
read_factors(struct stack_reader *r, const struct stack_place *load, const char *key,
             const cJSON *value, double *out, int count)
{
    const struct stack_place place = { .up = load, .key = key };
    const cJSON *element;
    double sum = 0;
    int i = 0;

    for (int k = 0; k < count; k++)
        out[k] = 1;
    if (!stack_is_array(r, load, key, value))
        return;
    if (cJSON_GetArraySize(value) != count) {
        stack_fault(r, &place, "expected %d numbers, got %d", count, cJSON_GetArraySize(value));
        return;
    }
    cJSON_ArrayForEach(element, value)
    {
        const struct stack_place at = { .up = &place, .index = (size_t)i };

        if (cJSON_IsNumber(element) && element->valuedouble >= 0 &&
            element->valuedouble <= LOAD_MAX)
            out[i] = element->valuedouble;
        else
            stack_fault(r, &at, "expected a number from 0 to %g", LOAD_MAX);
        sum += out[i++];
    }
    if (!(sum > 0))
        stack_fault(r, &place, "expected at least one number above 0");
    for (int k = 0; k < count && sum > 0; k++)
        out[k] *= count / sum;
}

static void
read_load(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const char *const load_names[] = { "hours", "weekdays", "noise" };
    const struct stack_item item = { .own = own,
                                     .under = under,
                                     .place = { .up = NULL, .key = "load" } };
    struct stack_curve *curve = &r->stack->curve;
    const cJSON *found[3];

    if (own != NULL && !stack_is_object(r, NULL, "load", own))
        return;
    stack_members(r, &item, load_names, 3, found);
    read_factors(r, &item.place, "hours", found[0], curve->hours, 24);
    read_factors(r, &item.place, "weekdays", found[1], curve->weekdays, 7);
    stack_take_number(r, &item.place, "noise", found[2], 0, NOISE_MAX, &curve->noise);
}

/* --- prices --- */

static void
read_price(struct stack_reader *r, const struct stack_place *place, const cJSON *price,
           const cJSON *member)
{
    struct err err = { 0 };
    struct buf text;

    buf_init(&text, PRICE_TEXT);
    if (cJSON_IsNumber(member))
        json_print_number(&text, member->valuedouble);
    else if (cJSON_IsString(member))
        buf_adds(&text, member->valuestring);
    if (!cJSON_IsNumber(member) && !cJSON_IsString(member))
        stack_fault_at(r, place, member->string, "expected a number, got %s", stack_kind(member));
    else if (price_list_set(&r->stack->prices, price->string, member->string, text.data, &err) !=
             OK)
        stack_fault_at(r, place, member->string, "%s", err.text);
    buf_fini(&text);
}

static void
read_prices(struct stack_reader *r, const cJSON *prices)
{
    static const struct stack_place place = { .up = NULL, .key = "prices" };
    const cJSON *price, *member;

    if (!stack_is_object(r, NULL, "prices", prices))
        return;
    cJSON_ArrayForEach(price, prices)
    {
        const struct stack_place at = { .up = &place, .key = price->string };

        if (strcmp(price->string, "as-of") == 0 && cJSON_IsString(price)) {
            snprintf(r->stack->prices.as_of, sizeof r->stack->prices.as_of, "%.15s",
                     price->valuestring);
            continue;
        }
        if (!stack_is_object(r, &place, price->string, price))
            continue;
        cJSON_ArrayForEach(member, price)
        {
            read_price(r, &at, price, member);
        }
    }
}

/* --- budgets --- */

static void
read_threshold(struct stack_reader *r, const struct stack_item *item, struct stack_threshold *out)
{
    static const char *const alert_names[] = { "percent", "forecast" };
    const cJSON *found[2];

    stack_members(r, item, alert_names, 2, found);
    if (found[0] == NULL)
        stack_fault(r, &item->place, "has no \"percent\"");
    stack_take_number(r, &item->place, "percent", found[0], 0.1, 1000, &out->percent);
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
    if (cJSON_GetArraySize(value) > 10) { /* AWS allows five; ten are room enough */
        stack_fault(r, &place, "more than 10 alerts");
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
    if (stack_take_number(r, &item.place, "after", found[2], -5270400, 5270400, &after))
        out->changed_ms = r->world->start_ms + (int64_t)(after * 60000);
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

/* --- alarms --- */

/* "${umami-tg}" in a text stands for the id of that resource. */
static const char *
with_ids(struct stack_reader *r, const struct stack_place *place, const char *text)
{
    const char *at, *end;
    struct buf b;

    if (strstr(text, "${") == NULL)
        return text;
    buf_init(&b, TEXT_MAX);
    while ((at = strstr(text, "${")) != NULL && (end = strchr(at, '}')) != NULL) {
        const char *name = arena_strndup(r->arena, at + 2, (size_t)(end - at - 2));
        const struct stack_resource *resource = stack_find(r->stack, name);

        if (resource == NULL)
            stack_fault(r, place, "there is no resource \"%.80s\"", name);
        if (++r->fills > STACK_FILLS_MAX)
            break;
        buf_add(&b, text, (size_t)(at - text));
        buf_adds(&b, resource == NULL ? "" : resource->id);
        text = end + 1;
    }
    buf_adds(&b, text);
    if (buf_failed(&b))
        stack_fault(r, place, "longer than %d bytes", TEXT_MAX);
    text = arena_strdup(r->arena, b.data);
    buf_fini(&b);
    return text;
}

/* A copy in the arena, since trees that were parsed are not changed. */
static cJSON *
copy_filled(struct stack_reader *r, const struct stack_place *place, const cJSON *from)
{
    cJSON *copy = arena_alloc(r->arena, sizeof *copy), *last = NULL;
    const cJSON *child;
    size_t index = 0;

    *copy = *from;
    copy->next = copy->prev = copy->child = NULL;
    if (cJSON_IsString(from)) {
        const char *text = with_ids(r, place, from->valuestring);

        if (text != from->valuestring)
            copy->valuestring = arena_strdup(r->arena, text);
    }
    cJSON_ArrayForEach(child, from)
    {
        const struct stack_place at = { .up = place, .key = child->string, .index = index++ };
        cJSON *made = copy_filled(r, &at, child);

        made->prev = last;
        if (last == NULL)
            copy->child = made;
        else
            last->next = made;
        last = made;
    }
    if (copy->child != NULL)
        copy->child->prev = last; /* as cJSON has it */
    return copy;
}

void
stack_read_alarms(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "alarms" };
    struct stack_items items = stack_merge(r, &place, own, under, "AlarmName", STACK_THINGS_MAX);
    cJSON *list, *last = NULL;

    if (items.count == 0)
        return;
    list = arena_alloc(r->arena, sizeof *list);
    list->type = cJSON_Array;
    for (size_t i = 0; i < items.count; i++) {
        const struct stack_item *item = &items.list[i];
        cJSON *made = copy_filled(r, &item->place, item->own != NULL ? item->own : item->under);
        struct err err = { 0 };

        if (r->world->alarm_is_good != NULL && !r->world->alarm_is_good(made, &err))
            stack_fault(r, &item->place, "%s", err.text);
        made->prev = last;
        if (last == NULL)
            list->child = made;
        else
            last->next = made;
        last = made;
    }
    list->child->prev = last;
    if (r->fills > STACK_FILLS_MAX)
        stack_fault(r, &place, "more than %d times \"${...}\"", STACK_FILLS_MAX);
    r->stack->alarms = list;
}

/* --- the whole --- */

static void
read_head(struct stack_reader *r, const cJSON **own, const cJSON **under)
{
    double number = 0;

    if (own[FORMAT] == NULL)
        stack_fault(r, NULL, "has no \"obsview-stack\": the version of the format, %d",
                    FORMAT_VERSION);
    if (stack_take_number(r, NULL, "obsview-stack", own[FORMAT], 0, 1e9, &number) &&
        (int)number != FORMAT_VERSION)
        stack_fault_at(r, NULL, "obsview-stack", "expected %d, got %.15g", FORMAT_VERSION, number);
    r->stack->name = "stack";
    stack_take_text(r, NULL, "name", own[NAME] != NULL ? own[NAME] : under[NAME], STACK_NAME_MAX,
                    &r->stack->name);
    number = 1;
    stack_take_number(r, NULL, "seed", own[SEED] != NULL ? own[SEED] : under[SEED], 0, SEED_MAX,
                      &number);
    r->stack->seed = (uint64_t)number;
    r->stack->since_ms = SINCE_DEFAULT;
    stack_take_time(r, NULL, "since", own[SINCE] != NULL ? own[SINCE] : under[SINCE],
                    &r->stack->since_ms);
}

static void
read_parts(struct stack_reader *r, const cJSON **own, const cJSON **under)
{
    read_head(r, own, under);
    read_load(r, own[LOAD], under[LOAD]);
    price_list_builtin(&r->stack->prices);
    read_prices(r, under[PRICES_LIST]);
    read_prices(r, own[PRICES_LIST]);
    stack_read_resources(r, own[RESOURCES], under[RESOURCES]);
    stack_read_budgets(r, own[BUDGETS], under[BUDGETS]);
    stack_read_cost_tags(r, own[COST_TAGS], under[COST_TAGS]);
    stack_read_alarms(r, own[ALARMS], under[ALARMS]);
    stack_read_incidents(r, own[INCIDENTS], under[INCIDENTS]);
}

/* The members of the file that is extended; all NULL when there is none. */
static void
find_base(struct stack_reader *r, const cJSON *extends, const cJSON **under)
{
    struct stack_item item = { .place = { .up = NULL, .key = "extends" } };
    const char *name = "";
    struct err err = { 0 };
    enum status st;

    if (!stack_take_text(r, NULL, "extends", extends, STACK_NAME_MAX, &name))
        return;
    if (strcmp(name, "document") != 0) {
        stack_fault(r, &item.place, "expected \"document\", the built-in stack, got \"%.60s\"",
                    name);
        return;
    }
    st = json_parse_in(&item.under, r->arena, stack_text, strlen(stack_text), &err);
    assert(st == OK);
    (void)st;
    stack_members(r, &item, names, MEMBERS, under);
}

static void
read_text(struct stack_reader *r, const char *text, size_t len)
{
    struct stack_item item = { .place = { .is_root = true } };
    const cJSON *own[MEMBERS], *under[MEMBERS] = { NULL };
    struct err err = { 0 };

    if (len > STACK_BYTES_MAX) {
        stack_fault(r, NULL, "larger than %zu MiB", STACK_BYTES_MAX >> 20);
        return;
    }
    if (text_utf8_end(text, len) != len) {
        stack_fault(r, NULL, "not UTF-8 at byte %zu", text_utf8_end(text, len));
        return;
    }
    if (json_parse_in(&item.own, r->arena, text, len, &err) != OK) {
        stack_fault(r, NULL, "%s", err.text);
        return;
    }
    if (!cJSON_IsObject(item.own)) {
        stack_fault(r, NULL, "expected an object, got %s", stack_kind(item.own));
        return;
    }
    stack_members(r, &item, names, MEMBERS, own);
    find_base(r, own[EXTENDS], under);
    read_parts(r, own, under);
}

static struct stack_whole *
whole_new(const struct stack_world *world)
{
    struct stack_whole *whole = xcalloc(1, sizeof *whole);

    whole->arena = arena_new();
    table_init(&whole->by_name, sizeof(const struct stack_resource *));
    whole->stack.account = arena_strdup(whole->arena, world->account);
    whole->stack.region = arena_strdup(whole->arena, world->region);
    whole->stack.environment = arena_strdup(whole->arena, world->environment);
    return whole;
}

enum status
stack_read(struct stack **out, const char *text, size_t len, const struct stack_world *world,
           struct stack_faults *faults)
{
    struct stack_whole *whole = whole_new(world);
    struct stack_reader r = { .whole = whole,
                              .stack = &whole->stack,
                              .arena = whole->arena,
                              .world = world,
                              .faults = faults };

    faults->count = 0;
    read_text(&r, text, len);
    if (faults->count > 0) {
        stack_free(&whole->stack);
        return E_INVALID;
    }
    whole->stack.bill = stack_bill_index_new(&whole->stack);
    whole->stack.series = stack_series_index_new(&whole->stack); /* AWS/Billing asks the bill */
    *out = &whole->stack;
    return OK;
}

void
stack_free(struct stack *stack)
{
    struct stack_whole *whole = (struct stack_whole *)stack;

    if (whole == NULL)
        return;
    stack_series_index_free(stack->series);
    stack_bill_index_free(stack->bill);
    table_fini(&whole->by_name);
    arena_free(whole->arena);
    free(whole);
}

const struct stack_resource *
stack_find(const struct stack *stack, const char *name)
{
    const struct stack_whole *whole = (const struct stack_whole *)stack;
    const struct stack_resource *const *found = table_find(&whole->by_name, name, strlen(name));

    return found == NULL ? NULL : *found;
}

const char *
stack_resource_tag(const struct stack_resource *resource, const char *key)
{
    size_t from = 0, to = resource->tag_count;

    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = strcmp(resource->tags[middle].key, key);

        if (order == 0)
            return resource->tags[middle].value;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
