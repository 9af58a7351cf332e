/* fuzz_cost_filter.c - a filter of Cost Explorer: refused in words, or read as a second, plain
 * evaluation of the same JSON understands it, on every line of the default stack's bill.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/stack.h"
#include "emulator/cost_filter.h"
#include "emulator/stack_file.h"
#include "wire/codec.h"
#include "wire/service.h"

#define INPUT_MAX 65536
#define START_MS  INT64_C(1795435200000)
#define LEVELS    8 /* what cost_filter.c promises to allow at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stack *stack;
static struct arena *arena;

static void
begin(void)
{
    const struct stack_world world = { .account = "000000000000",
                                       .region = "us-east-1",
                                       .environment = "dev",
                                       .start_ms = START_MS,
                                       .alarm_is_good = stack_file_alarm_is_good };
    const char *text = stack_builtin_text();
    struct stack_faults faults;

    if (stack_read(&stack, text, strlen(text), &world, &faults) != OK)
        abort();
    arena = arena_new();
}

/* --- the plain evaluation --- */

struct place {
    const struct stack_bill_line *line;
    int64_t day;
};

static bool means(const cJSON *expression, const struct place *at);

static bool
has_value(const cJSON *values, const char *value)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, values)
    {
        assert(cJSON_IsString(item));
        if (strcmp(item->valuestring, value) == 0)
            return true;
    }
    return false;
}

static bool
has_tag(const char *key, const struct place *at)
{
    bool has = false;

    for (size_t i = 0; i < at->line->resource->tag_count; i++) {
        const struct stack_tag *tag = &at->line->resource->tags[i];

        if (cost_tag_is_active(stack, tag->key, at->day))
            has |= key == NULL || strcmp(key, tag->key) == 0;
    }
    return has;
}

static bool
means_tag(const cJSON *leaf, const struct place *at)
{
    const char *key = json_get_string(leaf, "Key", NULL);
    struct cost_key tag = { .tag = key };

    if (cJSON_GetArraySize(json_get(leaf, "Values")) == 0)
        return !has_tag(key, at) ||
               (key != NULL && *cost_key_value(&tag, stack, at->line, at->day) == '\0');
    assert(key != NULL && !has_value(json_get(leaf, "MatchOptions"), "ABSENT"));
    return has_value(json_get(leaf, "Values"), cost_key_value(&tag, stack, at->line, at->day));
}

static bool
means_dimension(const cJSON *leaf, const struct place *at)
{
    const struct cost_key key = { .dimension =
                                      cost_dimension_find(json_get_string(leaf, "Key", "")) };

    assert(key.dimension != NULL);
    return has_value(json_get(leaf, "Values"), cost_key_value(&key, stack, at->line, at->day));
}

static bool
means(const cJSON *expression, const struct place *at)
{
    static const char *const joints[] = { "And", "Or" };

    for (size_t i = 0; i < 2; i++) {
        const cJSON *parts = json_get(expression, joints[i]), *part;
        size_t all = 0, true_ones = 0;

        cJSON_ArrayForEach(part, parts)
        {
            all++;
            true_ones += means(part, at);
        }
        if (all > 0)
            return i == 0 ? true_ones == all : true_ones > 0;
    }
    if (cJSON_IsObject(json_get(expression, "Not")))
        return !means(json_get(expression, "Not"), at);
    if (cJSON_IsObject(json_get(expression, "Tags")))
        return means_tag(json_get(expression, "Tags"), at);
    return means_dimension(json_get(expression, "Dimensions"), at);
}

/* --- what was read --- */

static void
look_at(const struct cost_filter *f, unsigned level)
{
    assert(f != NULL && level <= LEVELS);
    assert((f->part_count > 0) == (f->kind <= COST_NOT));
    assert(f->kind != COST_NOT || f->part_count == 1);
    assert(f->kind > COST_OR || f->part_count >= 2);
    assert(f->kind != COST_IN || f->value_count > 0);
    for (size_t i = 0; i < f->part_count; i++)
        look_at(f->parts[i], level + 1);
}

static void
compare(const struct cost_filter *filter, const cJSON *json)
{
    const int64_t days[] = { day_of_ms(START_MS) - 400, day_of_ms(START_MS) };
    size_t count;
    const struct stack_bill_line *lines = stack_bill_lines(stack, &count);

    for (size_t i = 0; i < 2 * count; i++) {
        const struct place at = { &lines[i / 2], days[i % 2] };

        assert(cost_filter_takes(filter, stack, at.line, at.day) == means(json, &at));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_error error = { .status = 0 };
    struct aws_call call = { .error = &error };
    const struct cost_filter *filter = NULL;
    cJSON *json = NULL, *input;

    if (stack == NULL)
        begin();
    if (size > INPUT_MAX || json_parse(&json, (const char *)data, size, NULL) != OK)
        return 0;
    input = cJSON_CreateObject();
    cJSON_AddItemToObject(input, "Filter", json);
    call.arena = arena;
    call.in =
        (struct awsvalue){ .object = input, .service = service_by_name("ce"), .error = &error };
    if (cost_filter_read(&filter, &call) != OK) {
        assert(error.status == 400 && error.code[0] != '\0' && error.message[0] != '\0');
        assert(text_utf8_end(error.message, strlen(error.message)) == strlen(error.message));
    } else if (filter != NULL) {
        look_at(filter, 1);
        compare(filter, json);
    }
    cJSON_Delete(input);
    arena_clear(arena);
    return 0;
}
