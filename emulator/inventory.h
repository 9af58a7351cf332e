/* inventory.h - the stack's resources, as the AWS operations that read them walk and page them.
 * SPDX-License-Identifier: MIT
 *
 * Without a stack there are none, and every walk is over at once. What a stack has is told in
 * whatever region it is asked for, as everything here is: one emulator is one place. */
#ifndef OV_EMULATOR_INVENTORY_H
#define OV_EMULATOR_INVENTORY_H

#include "domain/stack.h"
#include "emulator/aws_call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Resources of a type in the stack's order, those that were made later left out:
 *     const struct stack_resource *r = NULL;
 *     while ((r = inventory_next(call, STACK_DB_CLUSTER, r)) != NULL) */
const struct stack_resource *inventory_next(const struct aws_call *call, enum stack_type type,
                                            const struct stack_resource *after);
/* By name (or ARN), NULL when there is none of the type. */
const struct stack_resource *inventory_find(const struct aws_call *call, enum stack_type type,
                                            const char *name, bool ignores_case);
bool inventory_is_named(const struct stack_resource *resource, const char *name, bool ignores_case);
/* The first resource of a type whose peer or parent is this one; NULL: none. */
const struct stack_resource *inventory_of(const struct aws_call *call, enum stack_type type,
                                          const struct stack_resource *whose);

/* A page of a list that is walked in an order that does not change. */
struct inventory_page {
    uint64_t scope;
    const char *key;  /* of the token in requests */
    uint64_t from;    /* the first place that may be on it */
    const char *more; /* what the token carried besides; "" */
    size_t limit, count;
    uint64_t next; /* the place the next page goes on from; 0: there is none */
};

/* Reads the token called `key`; `scope` as for aws_token_scope(). The limit is the caller's. */
MUST_CHECK enum status inventory_page_read(struct aws_call *call, uint64_t scope, const char *key,
                                           struct inventory_page *page);
/* Whether what stands at this place is on the page. Places begin at 1 and rise. */
bool inventory_page_takes(struct inventory_page *page, uint64_t place);
/* The page has all it can have, and the walk may end. */
bool inventory_page_is_over(const struct inventory_page *page);
/* The token of the next page, NULL: there is none. */
const char *inventory_page_token(struct aws_call *call, const struct inventory_page *page,
                                 const char *more);

/* A list of texts, e.g. of names, of at most `max`. */
MUST_CHECK enum status inventory_texts(struct aws_call *call, const char *key, size_t max,
                                       const char *const **out, size_t *count);

/* So many hexadecimal digits that follow from a text, for ids of what the stack does not name. */
const char *inventory_digits(struct aws_call *call, const char *text, size_t count);

#endif
