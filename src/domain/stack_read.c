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
read_price_row(struct stack_reader *r, const struct stack_place *prices, const cJSON *price)
{
    const struct stack_place place = { .up = prices, .key = price->string };
    const cJSON *member;
    struct err err = { 0 };
    enum price known;

    if (price_find(&known, price->string, &err) != OK) {
        stack_fault(r, &place, "%s", err.text);
        return;
    }
    if (!stack_is_object(r, prices, price->string, price))
        return;
    cJSON_ArrayForEach(member, price)
    {
        if (strcmp(member->string, "about") != 0)
            read_price(r, &place, price, member);
    }
}

static void
read_prices(struct stack_reader *r, const cJSON *prices)
{
    static const struct stack_place place = { .up = NULL, .key = "prices" };
    const char *as_of = "";
    const cJSON *price;

    if (!stack_is_object(r, NULL, "prices", prices))
        return;
    cJSON_ArrayForEach(price, prices)
    {
        if (strcmp(price->string, "as-of") != 0 && strcmp(price->string, "about") != 0)
            read_price_row(r, &place, price);
        else if (stack_take_text(r, &place, price->string, price, STACK_TEXT_MAX, &as_of) &&
                 strcmp(price->string, "as-of") == 0)
            snprintf(r->stack->prices.as_of, sizeof r->stack->prices.as_of, "%.15s", as_of);
    }
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
