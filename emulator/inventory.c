/* inventory.c - walking, finding and paging what a stack has.
 * SPDX-License-Identifier: MIT
 *
 * A stack is immutable and has at most STACK_RESOURCES_MAX resources, so a walk over all of them
 * costs less than a millisecond, and the place of a resource in the stack is what a token goes on
 * from. */
#include "config.h"

#include "emulator/inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define TEXT_MAX  2048 /* of an ARN or a name */
#define TOKEN_MAX 4096

const struct stack_resource *
inventory_next(const struct aws_call *call, enum stack_type type,
               const struct stack_resource *after)
{
    const struct stack *stack = emulator_stack(call->em);

    for (size_t i = after == NULL ? 0 : after->number + 1;
         stack != NULL && i < stack->resource_count; i++) {
        const struct stack_resource *r = &stack->resources[i];

        if (r->type == type && r->created_ms <= call->now_ms)
            return r;
    }
    return NULL;
}

bool
inventory_is_named(const struct stack_resource *resource, const char *name, bool ignores_case)
{
    int (*compare)(const char *, const char *) = ignores_case ? strcasecmp : strcmp;

    return compare(resource->name, name) == 0 || compare(resource->arn, name) == 0;
}

const struct stack_resource *
inventory_find(const struct aws_call *call, enum stack_type type, const char *name,
               bool ignores_case)
{
    const struct stack_resource *r = NULL;

    do
        r = inventory_next(call, type, r);
    while (r != NULL && !inventory_is_named(r, name, ignores_case));
    return r;
}

const struct stack_resource *
inventory_of(const struct aws_call *call, enum stack_type type, const struct stack_resource *whose)
{
    const struct stack_resource *r = NULL;

    do
        r = inventory_next(call, type, r);
    while (r != NULL && r->parent != whose && r->peer != whose);
    return r;
}

/* --- pages --- */

enum status
inventory_page_read(struct aws_call *call, uint64_t scope, const char *key,
                    struct inventory_page *page)
{
    const char *token = NULL, *state;
    char *end;
    enum status st = awsvalue_string(&call->in, key, AWS_OPTIONAL, 0, TOKEN_MAX, &token);

    *page = (struct inventory_page){ .scope = scope, .key = key, .from = 1, .more = "" };
    if (st != OK || token == NULL || *token == '\0')
        return st;
    state = aws_token_read(call->arena, scope, token);
    if (state == NULL)
        return awsvalue_invalid(&call->in, key, "was not made for this request");
    page->from = strtoull(state, &end, 10);
    page->more = *end == '\0' ? "" : end + 1;
    return OK;
}

bool
inventory_page_takes(struct inventory_page *page, uint64_t place)
{
    if (place < page->from || page->next != 0)
        return false;
    if (page->count == page->limit) {
        page->next = place;
        return false;
    }
    page->count++;
    return true;
}

bool
inventory_page_is_over(const struct inventory_page *page)
{
    return page->next != 0;
}

const char *
inventory_page_token(struct aws_call *call, const struct inventory_page *page, const char *more)
{
    if (page->next == 0)
        return NULL;
    return aws_token_make(call->arena, page->scope,
                          arena_printf(call->arena, "%" PRIu64 ":%s", page->next, more));
}

/* --- texts --- */

enum status
inventory_texts(struct aws_call *call, const char *key, size_t max, const char *const **out,
                size_t *count)
{
    struct awslist list = { 0 };
    enum status st = awsvalue_list(&call->in, key, AWS_OPTIONAL, 0, max, &list);
    const char **texts;

    if (st != OK)
        return st;
    texts = arena_alloc(call->arena, (list.count + 1) * sizeof *texts);
    for (size_t i = 0; st == OK && awslist_next(&list); i++)
        st = awslist_string(&list, 1, TEXT_MAX, &texts[i]);
    *out = texts;
    *count = list.count;
    return st;
}

const char *
inventory_digits(struct aws_call *call, const char *text, size_t count)
{
    char *digits = arena_alloc(call->arena, count + 1);
    uint64_t hash = TEXT_HASH_SEED;

    for (size_t i = 0; i < count; i++) {
        if (i % 8 == 0)
            hash = text_hash(text, strlen(text), hash + i);
        snprintf(digits + i, 2, "%x", (unsigned)(hash >> (i % 8) * 8 & 15));
    }
    return digits;
}
