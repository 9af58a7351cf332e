/* fuzz_stack.c - a stack file: either all that is wrong with it is told, or it is whole.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/day.h"
#include "base/text.h"
#include "domain/stack.h"
#include "domain/stack_load.h"
#include "emulator/stack_file.h"

#define START_MS INT64_C(1795435200000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_at_faults(const struct stack_faults *faults)
{
    assert(faults->count > 0);
    for (size_t i = 0; i < faults->count && i < STACK_FAULTS_MAX; i++) {
        const struct stack_fault *fault = &faults->items[i];
        size_t len = strlen(fault->pointer);

        assert(len == 0 || fault->pointer[0] == '/');
        assert(text_utf8_end(fault->pointer, len) == len);
        assert(fault->text[0] != '\0');
        assert(text_utf8_end(fault->text, strlen(fault->text)) == strlen(fault->text));
    }
}

static void
look_at_resource(const struct stack *stack, const struct stack_resource *resource)
{
    assert(stack_find(stack, resource->name) == resource);
    assert(resource->id != NULL && resource->arn != NULL);
    assert(resource->tag_count <= STACK_TAGS_MAX);
    for (size_t i = 0; i < resource->tag_count; i++)
        assert(stack_resource_tag(resource, resource->tags[i].key) == resource->tags[i].value);
    for (enum stack_size s = 0; s < STACK_SIZES; s++)
        assert(isfinite(resource->sizes[s]));
    for (enum stack_word w = 0; w < STACK_WORDS; w++)
        assert(resource->words[w] != NULL);
    for (enum stack_effect_kind k = 0; k < STACK_EFFECTS; k++)
        (void)stack_effect_at(stack, resource, k, START_MS);
}

static void
look_at_stack(const struct stack *stack)
{
    double share = stack_load_share(stack, DAY_MS / 3);

    assert(isfinite(stack_load(stack, START_MS)) && share >= 0 && share <= 1.000001);
    for (size_t i = 0; i < stack->resource_count; i++)
        look_at_resource(stack, &stack->resources[i]);
    for (size_t i = 0; i < stack->incident_count; i++) {
        const struct stack_incident *incident = &stack->incidents[i];

        assert(incident->to_ms > incident->from_ms);
        assert(i == 0 || stack->incidents[i - 1].from_ms <= incident->from_ms);
        for (size_t e = 0; e < incident->effect_count; e++)
            assert(stack_effect_at(stack, incident->effects[e].resource, incident->effects[e].kind,
                                   incident->from_ms) != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct stack_world world = { .account = "000000000000",
                                       .region = "us-east-1",
                                       .environment = "dev",
                                       .start_ms = START_MS,
                                       .alarm_is_good = stack_file_alarm_is_good };
    static struct stack_faults faults;
    struct stack *stack = NULL;

    if (stack_read(&stack, (const char *)data, size, &world, &faults) == OK)
        look_at_stack(stack);
    else
        look_at_faults(&faults);
    stack_free(stack);
    return 0;
}
