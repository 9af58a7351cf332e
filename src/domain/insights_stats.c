/* insights_stats.c - reads the command stats: aggregates, and what they are taken over.
 * SPDX-License-Identifier: MIT
 *
 * What stats defines is all there is behind it, so its own names come into force when it is read to
 * its end (CloudWatch Logs user guide, "stats"). */
#include "config.h"

#include "domain/insights_reading.h"

#include <string.h>

/* What is not under an aggregate must be a number or text that was written there. */
static enum status
check_result(struct insights_reading *r, const struct insights_node *n)
{
    enum status st = OK;

    if (n->kind == NODE_SLOT)
        return lexer_refuse_at(&r->p.lx, n->start, n->end,
                               "in stats a field stands within an aggregate or behind by");
    for (unsigned i = 0; st == OK && i < n->arg_count; i++)
        st = check_result(r, n->args[i]);
    return st;
}

static enum status
read_result(struct insights_reading *r, struct insights_column *column, struct insights_token *name)
{
    bool has_alias;
    enum status st;

    r->p.stats = r->section;
    st = reading_named(r, &column->node, name, &has_alias);
    r->p.stats = NULL;
    column->name = name->text;
    return st == OK ? check_result(r, column->node) : st;
}

static enum status
read_key(struct insights_reading *r, struct insights_column *column, struct insights_token *name)
{
    bool has_alias;
    enum status st = reading_named(r, &column->node, name, &has_alias);

    column->name = name->text;
    return st;
}

/* Behind stats there is nothing but what it made; defined last, so that all was read before. */
static enum status
close_names(struct insights_reading *r, const struct insights_token *key_names,
            const struct insights_token *result_names)
{
    struct insights_section *s = r->section;
    enum status st = OK;

    r->p.name_count = 0;
    r->p.is_closed = true;
    r->p.plan->column_count = 0;
    for (unsigned i = 0; st == OK && i < s->key_count; i++) {
        st = parser_define(&r->p, &key_names[i], &s->keys[i].slot);
        if (st == OK)
            reading_show(r, s->keys[i].name, s->keys[i].slot);
    }
    for (unsigned i = 0; st == OK && i < s->result_count; i++) {
        st = parser_define(&r->p, &result_names[i], &s->results[i].slot);
        if (st == OK)
            reading_show(r, s->results[i].name, s->results[i].slot);
    }
    return st;
}

static enum status
check_stats(struct insights_reading *r, const struct insights_token *name)
{
    if (r->stats_count == INSIGHTS_STATS_MAX)
        return lexer_refuse_at(&r->p.lx, name->start, name->end, "more than %d stats in a query",
                               INSIGHTS_STATS_MAX);
    if (r->stats_count > 0 && r->sort.kind != TOKEN_END)
        return lexer_refuse_at(&r->p.lx, r->sort.start, r->sort.end,
                               "sort must stand behind the last stats");
    if (r->stats_count > 0 && r->limit.kind != TOKEN_END)
        return lexer_refuse_at(&r->p.lx, r->limit.start, r->limit.end,
                               "limit must stand behind the last stats");
    return OK;
}

enum status
reading_stats(struct insights_reading *r, const struct insights_token *name)
{
    struct insights_token *key_names = NULL, *result_names = NULL;
    struct insights_lexer *lx = &r->p.lx;
    struct insights_section *s;
    enum status st = check_stats(r, name);

    if (st != OK)
        return st;
    reading_begin_work(r);
    s = r->section;
    s->is_stats = true;
    s->order_count = 0;
    do {
        s->results = parser_grow(&r->p, s->results, s->result_count, sizeof *s->results);
        result_names = parser_grow(&r->p, result_names, s->result_count, sizeof *result_names);
        s->result_count++;
        st = read_result(r, &s->results[s->result_count - 1], &result_names[s->result_count - 1]);
    } while (st == OK && lexer_accept_sign(lx, ","));
    if (st == OK && lexer_accept_word(lx, "by")) {
        do {
            s->keys = parser_grow(&r->p, s->keys, s->key_count, sizeof *s->keys);
            key_names = parser_grow(&r->p, key_names, s->key_count, sizeof *key_names);
            s->key_count++;
            st = read_key(r, &s->keys[s->key_count - 1], &key_names[s->key_count - 1]);
        } while (st == OK && lexer_accept_sign(lx, ","));
    }
    if (st == OK)
        st = close_names(r, key_names, result_names);
    r->p.behind_stats = r->p.plan->has_stats = true;
    r->output = OUTPUT_FIELDS;
    r->stats_count++;
    r->sort.kind = r->limit.kind = TOKEN_END;
    reading_open_section(r);
    return st;
}
