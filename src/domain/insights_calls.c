/* insights_calls.c - reads functions and aggregates of a query with their arguments.
 * SPDX-License-Identifier: MIT
 *
 * Which there are, and how many arguments they take, is in their tables (insights_functions.c,
 * insights_aggregate.c). Behind stats a call that reads like one of its columns is that column:
 * sort count(*) desc. */
#include "config.h"

#include "domain/insights_parser.h"

#include <string.h>

#include "base/text.h"
#include "domain/insights_aggregate.h"
#include "domain/insights_functions.h"

static enum status
read_period(struct insights_parser *p, struct insights_node *call)
{
    struct insights_token t = p->lx.now;
    struct err err = { 0 };

    if (t.kind != TOKEN_PERIOD)
        return lexer_expected(&p->lx, "a period such as 5m, 1h or 1d");
    if (period_read(&call->period, t.text, &err) != OK)
        return lexer_refuse_at(&p->lx, t.start, t.end, "%s", err.text);
    lexer_next(&p->lx);
    return OK;
}

static enum status
refuse_count(struct insights_parser *p, const struct insights_node *call,
             const struct insights_function *f)
{
    return lexer_refuse_at(&p->lx, call->start, p->lx.before, "%s() takes %s%u argument%s", f->name,
                           f->least == f->most            ? ""
                           : f->most == FUNCTION_ARGS_MAX ? "at least "
                           : call->arg_count > f->most    ? "at most "
                                                          : "at least ",
                           call->arg_count > f->most ? f->most : f->least,
                           (call->arg_count > f->most ? f->most : f->least) == 1 ? "" : "s");
}

/* bin(5m) is the beginning of the period that @timestamp is in. */
static enum status
complete_bin(struct insights_parser *p, struct insights_node *call)
{
    static const char name[] = "@timestamp";
    const struct insights_token t = { .kind = TOKEN_NAME,
                                      .text = name,
                                      .len = sizeof name - 1,
                                      .start = call->start,
                                      .end = p->lx.before };
    struct insights_node *time = parser_node(p, NODE_SLOT, call->start);

    parser_add_arg(p, call, time);
    return parser_slot(p, &t, &time->slot);
}

static enum status
read_args(struct insights_parser *p, struct insights_node *call, const struct insights_function *f)
{
    enum status st = OK;

    while (st == OK && !lexer_at_sign(&p->lx, ")")) {
        struct insights_node *arg = NULL;

        if (f->wants_period && call->arg_count + 1 == f->most) {
            st = read_period(p, call);
            break;
        }
        st = parser_operand(p, &arg);
        if (st != OK)
            return st;
        parser_add_arg(p, call, arg);
        if (!lexer_accept_sign(&p->lx, ","))
            break;
        if (lexer_at_sign(&p->lx, ")"))
            return lexer_expected(&p->lx, "an argument");
    }
    return st;
}

static enum status
read_function(struct insights_parser *p, const struct insights_token *name,
              const struct insights_function *f, struct insights_node **out)
{
    struct insights_node *call = parser_node(p, NODE_CALL, name->start);
    unsigned count;
    enum status st = read_args(p, call, f);

    call->function = f;
    if (st == OK && !lexer_accept_sign(&p->lx, ")"))
        st = lexer_expected(&p->lx, ") behind the arguments");
    if (st != OK)
        return st;
    call->end = p->lx.before;
    count = call->arg_count + (call->period.length_ms + call->period.months > 0);
    if (count < f->least || count > f->most || (f->wants_period && count == call->arg_count))
        return refuse_count(p, call, f);
    *out = call;
    return strcmp(f->name, "bin") == 0 ? complete_bin(p, call) : OK;
}

static enum status
read_percent(struct insights_parser *p, double *percent)
{
    struct insights_token t;

    if (!lexer_accept_sign(&p->lx, ","))
        return lexer_expected(&p->lx, ", and a percentage");
    t = p->lx.now;
    if (t.kind != TOKEN_NUMBER || !text_parse_double(percent, t.text))
        return lexer_expected(&p->lx, "a percentage");
    if (*percent < 0 || *percent > 100)
        return lexer_refuse_at(&p->lx, t.start, t.end, "a percentage is between 0 and 100");
    lexer_next(&p->lx);
    return OK;
}

/* Reads behind the opening parenthesis. Within an aggregate there is no other. */
static enum status
read_aggregate(struct insights_parser *p, const struct insights_token *name,
               const struct insights_aggregate *a, struct insights_node **out)
{
    struct insights_section *stats = p->stats;
    struct insights_node *n = parser_node(p, NODE_AGGREGATE, name->start);
    struct insights_call call = { .aggregate = a };
    bool may_be_bare = strcmp(a->name, "count") == 0;
    enum status st = OK;

    if (stats == NULL)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "%s() is an aggregate: it stands in stats alone, and not within "
                               "another",
                               a->name);
    if (a->wants_time && p->behind_stats)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "%s() needs @timestamp, which the first stats did away with",
                               a->name);
    p->stats = NULL;
    if (may_be_bare && (lexer_accept_sign(&p->lx, "*") || lexer_at_sign(&p->lx, ")")))
        call.node = NULL;
    else
        st = parser_operand(p, &call.node);
    if (st == OK && a->wants_percent)
        st = read_percent(p, &call.percent);
    p->stats = stats;
    if (st == OK && !lexer_accept_sign(&p->lx, ")"))
        st = lexer_expected(&p->lx, ") behind the arguments");
    if (st != OK)
        return st;
    n->end = p->lx.before;
    n->slot = stats->call_count;
    stats->calls = parser_grow(p, stats->calls, stats->call_count, sizeof *stats->calls);
    stats->calls[stats->call_count++] = call;
    *out = n;
    return OK;
}

static enum status
refuse_function(struct insights_parser *p, const struct insights_token *name)
{
    const char *names[80];
    const char *near;
    size_t n = 0;

    for (size_t i = 0; insights_functions_refused[i] != NULL; i++) {
        if (strcasecmp(insights_functions_refused[i], name->text) == 0)
            return lexer_refuse_at(&p->lx, name->start, name->end,
                                   "obsview does not support the function %s()", name->text);
    }
    for (const struct insights_function *f = insights_functions; f->name != NULL && n < 60; f++)
        names[n++] = f->name;
    for (const struct insights_aggregate *a = insights_aggregates; a->name != NULL && n < 79; a++)
        names[n++] = a->name;
    names[n] = NULL;
    near = text_nearest(name->text, names);
    return lexer_refuse_at(&p->lx, name->start, name->end, "unknown function %.60s()%s%s%s",
                           name->text, near == NULL ? "" : ", perhaps ", near == NULL ? "" : near,
                           near == NULL ? "" : "()");
}

/* The end of what is in these parentheses, without understanding it. */
static size_t
closing(const struct insights_lexer *lx, size_t at)
{
    int depth = 0;

    for (; at < lx->len; at++) {
        if (lx->query[at] == '(')
            depth++;
        else if (lx->query[at] == ')' && --depth == 0)
            return at + 1;
    }
    return lx->len;
}

/* A column of the stats before that was not given a name: its own text is its name. What a stats
 * computes is meant anew. */
static bool
reads_like_column(struct insights_parser *p, const struct insights_token *name,
                  struct insights_node **out)
{
    size_t end = closing(&p->lx, p->lx.now.start);
    unsigned slot;

    if (!p->is_closed || p->stats != NULL ||
        !parser_find_name(p, p->lx.query + name->start, end - name->start, &slot))
        return false;
    *out = parser_node(p, NODE_SLOT, name->start);
    (*out)->slot = slot;
    (*out)->end = end;
    p->lx.now.end = end;
    lexer_next(&p->lx);
    return true;
}

enum status
parser_call(struct insights_parser *p, const struct insights_token *name,
            struct insights_node **out)
{
    const struct insights_aggregate *a = aggregate_find(name->text);
    const struct insights_function *f = function_find(name->text);

    if (reads_like_column(p, name, out))
        return OK;
    lexer_next(&p->lx);
    if (a != NULL)
        return read_aggregate(p, name, a, out);
    if (f != NULL)
        return read_function(p, name, f, out);
    return refuse_function(p, name);
}
