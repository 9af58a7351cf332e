/* insights_parse.c - reads the command parse: a glob or a regular expression, and names.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/insights_reading.h"

#include <string.h>

static void
add_literal(struct insights_reading *r, struct insights_step *step, struct buf *text)
{
    struct arena *arena = r->p.plan->arena;
    char *copy = arena_alloc(arena, text->len + 1);

    memcpy(copy, text->data, text->len);
    step->literals = parser_grow(&r->p, step->literals, step->count, sizeof *step->literals);
    step->literal_lens =
        parser_grow(&r->p, step->literal_lens, step->count, sizeof *step->literal_lens);
    step->literals[step->count] = copy;
    step->literal_lens[step->count++] = text->len;
    buf_clear(text);
}

/* "user=*, ms=*" into what stands between the asterisks; \* is one itself. */
static void
cut_glob(struct insights_reading *r, struct insights_step *step, const struct insights_token *glob)
{
    struct buf text;

    buf_init(&text, glob->len + 1);
    for (size_t i = 0; i < glob->len; i++) {
        if (glob->text[i] == '*') {
            add_literal(r, step, &text);
        } else {
            i += glob->text[i] == '\\' && i + 1 < glob->len && glob->text[i + 1] == '*';
            buf_addc(&text, glob->text[i]);
        }
    }
    add_literal(r, step, &text);
    step->count--;
    buf_fini(&text);
}

/* A name that parse gives to what it found. */
static enum status
define_parsed(struct insights_reading *r, struct insights_step *step, unsigned at,
              const struct insights_token *name)
{
    enum status st = parser_define(&r->p, name, &step->slots[at]);

    if (st == OK && r->output == OUTPUT_DEFAULT && r->p.plan->column_count == 0)
        st = reading_show_defaults(r);
    if (st == OK && r->output != OUTPUT_DISPLAY)
        reading_show(r, name->text, step->slots[at]);
    return st;
}

/* as a, b, c */
static enum status
read_parsed_names(struct insights_reading *r, struct insights_step *step, unsigned first,
                  const struct insights_token *pattern)
{
    unsigned count = 0;
    enum status st = OK;

    do {
        struct insights_token name;

        st = parser_name(&r->p, "a name behind as", &name);
        if (st == OK && count < step->count)
            st = define_parsed(r, step, first + count, &name);
        count++;
    } while (st == OK && lexer_accept_sign(&r->p.lx, ","));
    if (st == OK && count != step->count)
        return lexer_refuse_at(&r->p.lx, pattern->start, pattern->end,
                               "the pattern catches %u part%s, behind as stand %u name%s",
                               step->count, step->count == 1 ? "" : "s", count,
                               count == 1 ? "" : "s");
    return st;
}

static enum status
read_glob(struct insights_reading *r, struct insights_step *step)
{
    struct insights_token glob = r->p.lx.now;

    if (glob.kind != TOKEN_STRING)
        return lexer_expected(&r->p.lx, "a pattern, \"text * text\" or /a regular expression/");
    cut_glob(r, step, &glob);
    if (step->count == 0)
        return lexer_refuse_at(&r->p.lx, glob.start, glob.end,
                               "the pattern has no * that would catch something");
    lexer_next(&r->p.lx);
    if (!lexer_accept_word(&r->p.lx, "as"))
        return lexer_expected(&r->p.lx, "as and a name for each * of the pattern");
    step->slots = arena_alloc(r->p.plan->arena, step->count * sizeof *step->slots);
    return read_parsed_names(r, step, 0, &glob);
}

/* Names come from (?<name>...), or, when no group has one, from as. */
static enum status
read_regex(struct insights_reading *r, struct insights_step *step)
{
    struct insights_token pattern = r->p.lx.now;
    unsigned groups;
    bool any = false;
    enum status st = parser_regex(&r->p, &step->regex);

    if (st != OK)
        return st;
    pattern.end = r->p.lx.before;
    groups = insights_regex_groups(step->regex);
    step->kind = STEP_REGEX;
    step->count = groups;
    step->slots = arena_alloc(r->p.plan->arena, (groups + 1) * sizeof *step->slots);
    for (unsigned i = 1; i <= groups; i++) {
        const char *text = insights_regex_group_name(step->regex, i);
        const struct insights_token name = { .kind = TOKEN_NAME,
                                             .text = text,
                                             .len = strlen(text),
                                             .start = pattern.start,
                                             .end = pattern.end };

        step->slots[i] = UINT32_MAX;
        if (*text == '\0')
            continue;
        any = true;
        st = define_parsed(r, step, i, &name);
        if (st != OK)
            return st;
    }
    if (!any && groups > 0 && lexer_accept_word(&r->p.lx, "as"))
        return read_parsed_names(r, step, 1, &pattern);
    if (!any)
        return lexer_refuse_at(&r->p.lx, pattern.start, pattern.end,
                               "the regular expression has no group (?<name>...) that would catch "
                               "something");
    return OK;
}

enum status
reading_parse(struct insights_reading *r, const struct insights_token *name)
{
    static const struct insights_token message = { .kind = TOKEN_NAME,
                                                   .text = "@message",
                                                   .len = 8 };
    struct insights_lexer *lx = &r->p.lx;
    struct insights_node *node = arena_alloc(r->p.plan->arena, sizeof *node);
    struct insights_step *step = reading_add_step(r, STEP_GLOB);
    enum status st;

    (void)name;
    node->kind = NODE_SLOT;
    if (lx->now.kind == TOKEN_STRING || lexer_at_sign(lx, "/"))
        st = parser_slot(&r->p, &message, &node->slot);
    else {
        struct insights_token field;

        st = parser_name(&r->p, "a field or a pattern", &field);
        if (st == OK)
            st = parser_slot(&r->p, &field, &node->slot);
    }
    step->node = node;
    if (st != OK)
        return st;
    return lexer_at_sign(lx, "/") ? read_regex(r, step) : read_glob(r, step);
}
