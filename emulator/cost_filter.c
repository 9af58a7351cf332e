/* cost_filter.c - reading expressions, and asking them.
 * SPDX-License-Identifier: MIT
 *
 * An expression has exactly one member. And and Or take two or more, Not takes one; a leaf names a
 * dimension or a tag. GetCostAndUsage's own documentation gives EQUALS and CASE_SENSITIVE for
 * dimensions, ABSENT besides for tags, and no other match options; so it is here. A tag without
 * values is absent, a leaf of Tags without key and values is whatever has no tag. */
#include "config.h"

#include "emulator/cost_filter.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX  8
#define PARTS_MAX  100  /* operands of one And or Or */
#define NODES_MAX  1000 /* of one filter */
#define VALUES_MAX 1000 /* of one leaf */
#define TEXT_MAX   1024 /* API model */

struct reading {
    struct arena *arena;
    size_t nodes;
    unsigned depth;
};

static enum status read_expression(struct reading *r, const struct awsvalue *in,
                                   const struct cost_filter **out);

static enum status
read_parts(struct reading *r, const struct awsvalue *in, const char *key,
           enum cost_filter_kind kind, struct cost_filter *out)
{
    struct awslist list = { 0 };
    const struct cost_filter **parts;
    enum status st = aws_list(in, key, AWS_REQUIRED, PARTS_MAX, &list);

    if (st != OK)
        return st;
    if (list.count < 2)
        return awsvalue_invalid(in, key, "needs at least two expressions");
    parts = arena_alloc(r->arena, list.count * sizeof *parts);
    while (st == OK && awslist_next(&list)) {
        struct awsvalue part;

        st = awslist_struct(&list, &part);
        if (st == OK)
            st = read_expression(r, &part, &parts[list.number - 1]);
    }
    out->kind = kind;
    out->parts = parts;
    out->part_count = list.count;
    return st;
}

static enum status
read_not(struct reading *r, const struct awsvalue *in, struct cost_filter *out)
{
    const struct cost_filter **part = arena_alloc(r->arena, sizeof *part);
    struct awsvalue inner;
    enum status st = awsvalue_struct(in, "Not", AWS_REQUIRED, &inner);

    if (st == OK)
        st = read_expression(r, &inner, part);
    out->kind = COST_NOT;
    out->parts = part;
    out->part_count = 1;
    return st;
}

/* *is_absent: ABSENT is among them. */
static enum status
read_options(const struct awsvalue *in, bool is_tag, bool *is_absent)
{
    static const char *const known[] = { "EQUALS", "CASE_SENSITIVE", "ABSENT", NULL };
    struct awslist list = { 0 };
    enum status st = aws_list(in, "MatchOptions", AWS_OPTIONAL, 8, &list);

    while (st == OK && awslist_next(&list)) {
        const char *option = NULL;
        size_t i = 0;

        st = awslist_string(&list, 1, TEXT_MAX, &option);
        while (st == OK && known[i] != NULL && strcmp(known[i], option) != 0)
            i++;
        if (st == OK && (known[i] == NULL || (i == 2 && !is_tag)))
            return awsvalue_invalid(in, "MatchOptions",
                                    "are EQUALS and CASE_SENSITIVE for dimensions, and ABSENT too "
                                    "for tags");
        *is_absent |= st == OK && i == 2;
    }
    return st;
}

static enum status
read_values(struct reading *r, const struct awsvalue *in, struct cost_filter *out)
{
    struct awslist list = { 0 };
    const char **values;
    enum status st = aws_list(in, "Values", AWS_OPTIONAL, VALUES_MAX, &list);

    if (st != OK)
        return st;
    values = arena_alloc(r->arena, (list.count + 1) * sizeof *values);
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 0, TEXT_MAX, &values[list.number - 1]);
    out->values = values;
    out->value_count = list.count;
    return st;
}

static enum status
read_leaf(struct reading *r, const struct awsvalue *in, bool is_tag, struct cost_filter *out)
{
    static const char *const known[] = { "Key", "Values", "MatchOptions", NULL };
    const char *key = NULL;
    bool is_absent = false;
    struct awsvalue leaf;
    enum status st = awsvalue_struct(in, is_tag ? "Tags" : "Dimensions", AWS_REQUIRED, &leaf);

    if (st == OK)
        st = aws_only(&leaf, known);
    if (st == OK)
        st = awsvalue_string(&leaf, "Key", is_tag ? AWS_OPTIONAL : AWS_REQUIRED, 1, TEXT_MAX, &key);
    if (st == OK)
        st = read_values(r, &leaf, out);
    if (st == OK)
        st = read_options(&leaf, is_tag, &is_absent);
    if (st != OK)
        return st;
    out->kind = is_tag && (is_absent || out->value_count == 0) ? COST_ABSENT : COST_IN;
    if (out->kind == COST_ABSENT && out->value_count > 0)
        return awsvalue_invalid(&leaf, "Values", "go without the match option ABSENT");
    if (is_tag) {
        out->key.tag = key;
        return key == NULL && out->value_count > 0 ? awsvalue_missing(&leaf, "Key") : OK;
    }
    out->key.dimension = cost_dimension_find(key);
    if (out->key.dimension == NULL)
        return awsvalue_invalid(&leaf, "Key",
                                "is not a dimension that obsview knows the values of");
    return out->value_count == 0 ? awsvalue_missing(&leaf, "Values") : OK;
}

static enum status
read_member(struct reading *r, const struct awsvalue *in, struct cost_filter *out)
{
    if (awsvalue_has(in, "And"))
        return read_parts(r, in, "And", COST_AND, out);
    if (awsvalue_has(in, "Or"))
        return read_parts(r, in, "Or", COST_OR, out);
    if (awsvalue_has(in, "Not"))
        return read_not(r, in, out);
    return read_leaf(r, in, awsvalue_has(in, "Tags"), out);
}

static enum status
read_expression(struct reading *r, const struct awsvalue *in, const struct cost_filter **out)
{
    static const char *const known[] = { "And", "Or", "Not", "Dimensions", "Tags", NULL };
    struct cost_filter *filter = arena_alloc(r->arena, sizeof *filter);
    size_t members = 0;
    enum status st = aws_only(in, known);

    if (st != OK)
        return st;
    for (size_t i = 0; known[i] != NULL; i++)
        members += awsvalue_has(in, known[i]);
    if (members != 1)
        return awsvalue_invalid(in, NULL,
                                "expected exactly one of And, Or, Not, Dimensions and "
                                "Tags");
    if (r->depth == DEPTH_MAX || ++r->nodes > NODES_MAX)
        return awsvalue_invalid(in, NULL, "expected at most %d levels and %d expressions",
                                DEPTH_MAX, NODES_MAX);
    r->depth++;
    st = read_member(r, in, filter);
    r->depth--;
    *out = filter;
    return st;
}

enum status
cost_filter_read(const struct cost_filter **out, struct aws_call *call)
{
    struct reading r = { .arena = call->arena };
    struct awsvalue in;
    enum status st;

    *out = NULL;
    if (!awsvalue_has(&call->in, "Filter"))
        return OK;
    st = awsvalue_struct(&call->in, "Filter", AWS_REQUIRED, &in);
    return st == OK ? read_expression(&r, &in, out) : st;
}

const struct cost_filter *
cost_filter_of_tags(struct arena *arena, const struct stack_tag *tags, size_t count)
{
    struct cost_filter *all = arena_alloc(arena, sizeof *all);
    const struct cost_filter **parts = arena_alloc(arena, (count + 1) * sizeof *parts);

    for (size_t i = 0; i < count; i++) {
        struct cost_filter *part = arena_alloc(arena, sizeof *part);

        *part = (struct cost_filter){ .kind = COST_IN,
                                      .key = { .tag = tags[i].key },
                                      .values = &tags[i].value,
                                      .value_count = 1 };
        parts[i] = part;
    }
    *all = (struct cost_filter){ .kind = COST_AND, .parts = parts, .part_count = count };
    return all;
}

/* --- asking ---------------------------------------------------------------------------------- */

static bool
has_no_tag(const struct stack *stack, const struct stack_resource *resource, int64_t day)
{
    for (size_t i = 0; i < resource->tag_count; i++) {
        if (cost_tag_is_active(stack, resource->tags[i].key, day))
            return false;
    }
    return true;
}

static bool
takes_leaf(const struct cost_filter *f, const struct stack *stack,
           const struct stack_bill_line *line, int64_t day)
{
    const char *value;

    if (f->kind == COST_ABSENT && f->key.tag == NULL)
        return has_no_tag(stack, line->resource, day);
    value = cost_key_value(&f->key, stack, line, day);
    if (f->kind == COST_ABSENT)
        return *value == '\0';
    for (size_t i = 0; i < f->value_count; i++) {
        if (strcmp(f->values[i], value) == 0)
            return true;
    }
    return false;
}

bool
cost_filter_takes(const struct cost_filter *f, const struct stack *stack,
                  const struct stack_bill_line *line, int64_t day)
{
    if (f == NULL)
        return true;
    if (f->kind == COST_NOT)
        return !cost_filter_takes(f->parts[0], stack, line, day);
    if (f->kind != COST_AND && f->kind != COST_OR)
        return takes_leaf(f, stack, line, day);
    for (size_t i = 0; i < f->part_count; i++) {
        if (cost_filter_takes(f->parts[i], stack, line, day) == (f->kind == COST_OR))
            return f->kind == COST_OR;
    }
    return f->kind == COST_AND;
}
