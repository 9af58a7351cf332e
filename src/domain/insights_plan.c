/* insights_plan.c - reads the commands of a query into a plan.
 * SPDX-License-Identifier: MIT
 *
 * One function per command, one row per function. What AWS has and obsview has not is a row too, so
 * that it is refused by its name and place. The rules between commands are those of the user guide:
 * behind dedup stands limit alone, at most two stats, sort and limit not before the last stats. */
#include "config.h"

#include "domain/insights_reading.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* --- sections --------------------------------------------------------------------------------- */

void
reading_open_section(struct insights_reading *r)
{
    struct insights_plan *plan = r->p.plan;

    plan->sections =
        parser_grow(&r->p, plan->sections, plan->section_count, sizeof *plan->sections);
    r->section = &plan->sections[plan->section_count++];
    r->section->limit = INSIGHTS_ROWS_MAX;
    r->is_limited = false;
}

void
reading_begin_work(struct insights_reading *r)
{
    if (r->is_limited)
        reading_open_section(r);
}

struct insights_step *
reading_add_step(struct insights_reading *r, enum step_kind kind)
{
    struct insights_section *s;
    struct insights_step *step;

    reading_begin_work(r);
    s = r->section;
    if (s->step_count == INSIGHTS_STEPS_MAX)
        lexer_refuse_at(&r->p.lx, r->p.lx.now.start, r->p.lx.now.end, "more than %d steps",
                        INSIGHTS_STEPS_MAX);
    s->steps = parser_grow(&r->p, s->steps, s->step_count, sizeof *s->steps);
    step = &s->steps[s->step_count++];
    step->kind = kind;
    return step;
}

/* --- columns of the answer -------------------------------------------------------------------- */

void
reading_show(struct insights_reading *r, const char *name, unsigned slot)
{
    struct insights_plan *plan = r->p.plan;

    if (strcmp(name, "@ptr") == 0)
        return;
    for (unsigned i = 0; i < plan->column_count; i++) {
        if (strcmp(plan->columns[i].name, name) == 0) {
            plan->columns[i].slot = slot;
            return;
        }
    }
    plan->columns = parser_grow(&r->p, plan->columns, plan->column_count, sizeof *plan->columns);
    plan->columns[plan->column_count++] = (struct insights_column){ .name = name, .slot = slot };
}

enum status
reading_show_defaults(struct insights_reading *r)
{
    static const char *const names[] = { "@timestamp", "@message" };
    enum status st = OK;

    for (size_t i = 0; st == OK && i < 2; i++) {
        const struct insights_token t = { .kind = TOKEN_NAME,
                                          .text = names[i],
                                          .len = strlen(names[i]) };
        unsigned slot;

        st = parser_slot(&r->p, &t, &slot);
        if (st == OK)
            reading_show(r, names[i], slot);
    }
    return st;
}

/* The text between two places of the query, as the name of what it computes. */
static struct insights_token
text_between(struct insights_reading *r, size_t start, size_t end)
{
    struct insights_token t = { .kind = TOKEN_NAME, .start = start, .end = end };

    t.text = arena_strndup(r->p.plan->arena, r->p.plan->query + start, end - start);
    t.len = strlen(t.text);
    return t;
}

enum status
reading_named(struct insights_reading *r, struct insights_node **node, struct insights_token *name,
              bool *has_alias)
{
    struct insights_lexer *lx = &r->p.lx;
    size_t start = lx->now.start;
    struct insights_token first = lx->now;
    enum status st = parser_expression(&r->p, node);

    if (st != OK)
        return st;
    *has_alias = lexer_accept_word(lx, "as");
    if (*has_alias)
        return parser_name(&r->p, "a name behind as", name);
    *name = (*node)->kind == NODE_SLOT && first.kind != TOKEN_SIGN && first.end == lx->before
                ? first
                : text_between(r, start, lx->before);
    return OK;
}

/* One column of fields or display. */
static enum status
read_column(struct insights_reading *r)
{
    struct insights_node *node = NULL;
    struct insights_token name;
    struct insights_step *step;
    bool has_alias = false;
    unsigned slot;
    enum status st = reading_named(r, &node, &name, &has_alias);

    if (st != OK)
        return st;
    if (node->kind == NODE_SLOT && !has_alias) {
        reading_show(r, name.text, node->slot);
        return OK;
    }
    st = parser_define(&r->p, &name, &slot);
    if (st != OK)
        return st;
    step = reading_add_step(r, STEP_DEFINE);
    step->node = node;
    step->slot = slot;
    reading_show(r, name.text, slot);
    return OK;
}

static enum status
read_columns(struct insights_reading *r)
{
    enum status st;

    reading_begin_work(r);
    do
        st = read_column(r);
    while (st == OK && lexer_accept_sign(&r->p.lx, ","));
    return st;
}

static enum status
read_fields(struct insights_reading *r, const struct insights_token *name)
{
    (void)name;
    if (r->output == OUTPUT_DISPLAY) { /* display has the last word */
        unsigned count = r->p.plan->column_count;
        enum status st = read_columns(r);

        r->p.plan->column_count = count;
        return st;
    }
    if (r->output == OUTPUT_DEFAULT && r->p.plan->column_count >= 2) {
        struct insights_plan *plan = r->p.plan; /* parse had put the defaults in front */

        plan->column_count -= 2;
        memmove(plan->columns, plan->columns + 2, plan->column_count * sizeof *plan->columns);
    }
    r->output = OUTPUT_FIELDS;
    return read_columns(r);
}

static enum status
read_display(struct insights_reading *r, const struct insights_token *name)
{
    (void)name;
    r->output = OUTPUT_DISPLAY;
    r->p.plan->column_count = 0;
    return read_columns(r);
}

/* --- filter ----------------------------------------------------------------------------------- */

static enum status
read_filter(struct insights_reading *r, const struct insights_token *name)
{
    struct insights_node *node = NULL;
    enum status st = parser_expression(&r->p, &node);

    (void)name;
    if (st == OK)
        reading_add_step(r, STEP_FILTER)->node = node;
    return st;
}

/* --- sort, limit, dedup ----------------------------------------------------------------------- */

static enum status
read_sort(struct insights_reading *r, const struct insights_token *name)
{
    struct insights_lexer *lx = &r->p.lx;
    struct insights_section *s;
    enum status st;

    reading_begin_work(r);
    s = r->section;
    r->sort = *name;
    s->order_count = 0;
    do {
        struct insights_sort_key key = { 0 };

        st = parser_expression(&r->p, &key.node);
        key.descending = lexer_accept_word(lx, "desc");
        if (!key.descending)
            lexer_accept_word(lx, "asc");
        s->order = parser_grow(&r->p, s->order, s->order_count, sizeof *s->order);
        s->order[s->order_count++] = key;
    } while (st == OK && lexer_accept_sign(lx, ","));
    return st;
}

static enum status
read_limit(struct insights_reading *r, const struct insights_token *name)
{
    struct insights_lexer *lx = &r->p.lx;
    struct insights_token t = lx->now;
    int64_t limit;

    if (t.kind != TOKEN_NUMBER || !text_parse_int(&limit, t.text))
        return lexer_expected(lx, "a whole number behind limit");
    if (limit < 1 || limit > INSIGHTS_ROWS_MAX)
        return lexer_refuse_at(lx, t.start, t.end, "limit is between 1 and %d", INSIGHTS_ROWS_MAX);
    lexer_next(lx);
    r->limit = *name;
    if (!r->is_limited || (size_t)limit < r->section->limit)
        r->section->limit = (size_t)limit;
    r->is_limited = true;
    return OK;
}

static enum status
read_dedup(struct insights_reading *r, const struct insights_token *name)
{
    struct insights_section *s;
    enum status st;

    reading_begin_work(r);
    s = r->section;
    r->dedup = *name;
    do {
        struct insights_token field;
        unsigned slot = 0;

        st = parser_name(&r->p, "a field behind dedup", &field);
        if (st == OK)
            st = parser_slot(&r->p, &field, &slot);
        s->dedup = parser_grow(&r->p, s->dedup, s->dedup_count, sizeof *s->dedup);
        s->dedup[s->dedup_count++] = slot;
    } while (st == OK && lexer_accept_sign(&r->p.lx, ","));
    return st;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct command {
    const char *name;
    command_reader *read; /* NULL: AWS has it, obsview has not */
    const char *hint;
} commands[] = {
    { "dedup", read_dedup, NULL },
    { "display", read_display, NULL },
    { "fields", read_fields, NULL },
    { "filter", read_filter, NULL },
    { "limit", read_limit, NULL },
    { "parse", reading_parse, NULL },
    { "sort", read_sort, NULL },
    { "stats", reading_stats, NULL },
    { "where", read_filter, NULL }, /* another name of filter */
    { "anomaly", NULL, "" },
    { "diff", NULL, "" },
    { "estimate", NULL, "" },
    { "filterIndex", NULL, "; write filter: there are no field indexes" },
    { "head", NULL, "; write limit" },
    { "join", NULL, "" },
    { "lookup", NULL, "" },
    { "pattern", NULL, "" },
    { "source", NULL, "; name the log groups beside the query" },
    { "tail", NULL, "; write sort and limit" },
    { "unmask", NULL, "; nothing is masked here" },
    { "unnest", NULL, "" },
};

static enum status
refuse_command(struct insights_reading *r, const struct insights_token *t)
{
    const char *names[sizeof commands / sizeof commands[0] + 1];
    const char *near;
    size_t n = 0;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].read != NULL)
            names[n++] = commands[i].name;
    }
    names[n] = NULL;
    near = text_nearest(t->text, names);
    return lexer_refuse_at(&r->p.lx, t->start, t->end, "unknown command %.60s%s%s", t->text,
                           near == NULL ? "" : ", perhaps ", near == NULL ? "" : near);
}

static enum status
read_command(struct insights_reading *r)
{
    struct insights_token t = r->p.lx.now;

    if (t.kind != TOKEN_NAME)
        return lexer_expected(&r->p.lx, "a command");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcasecmp(commands[i].name, t.text) != 0)
            continue;
        if (commands[i].read == NULL)
            return lexer_refuse_at(&r->p.lx, t.start, t.end,
                                   "obsview does not support the command %s%s", commands[i].name,
                                   commands[i].hint);
        if (r->dedup.kind != TOKEN_END && commands[i].read != read_limit)
            return lexer_refuse_at(&r->p.lx, t.start, t.end, "only limit may stand behind dedup");
        lexer_next(&r->p.lx);
        return commands[i].read(r, &t);
    }
    return refuse_command(r, &t);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void
mark(const struct insights_node *n, bool *is_needed)
{
    if (n == NULL)
        return;
    if (n->kind == NODE_SLOT)
        is_needed[n->slot] = true;
    for (unsigned i = 0; i < n->arg_count; i++)
        mark(n->args[i], is_needed);
}

static void
mark_section(const struct insights_section *s, bool *is_needed)
{
    for (unsigned i = 0; i < s->step_count; i++)
        mark(s->steps[i].node, is_needed);
    for (unsigned i = 0; i < s->key_count; i++)
        mark(s->keys[i].node, is_needed);
    for (unsigned i = 0; i < s->call_count; i++)
        mark(s->calls[i].node, is_needed);
    for (unsigned i = 0; i < s->order_count; i++)
        mark(s->order[i].node, is_needed);
    for (unsigned i = 0; i < s->dedup_count; i++)
        is_needed[s->dedup[i]] = true;
}

/* What each section must keep of its records for those behind it. */
static void
find_kept(struct insights_plan *plan)
{
    bool is_needed[INSIGHTS_SLOTS_MAX] = { false };

    for (unsigned i = 0; i < plan->column_count; i++)
        is_needed[plan->columns[i].slot] = true;
    for (unsigned i = plan->section_count; i > 0; i--) {
        struct insights_section *s = &plan->sections[i - 1];

        s->kept = arena_alloc(plan->arena, plan->slot_count * sizeof *s->kept + 1);
        for (unsigned k = 0; k < plan->slot_count; k++) {
            if (is_needed[k])
                s->kept[s->kept_count++] = k;
        }
        mark_section(s, is_needed);
    }
}

static enum status
finish_plan(struct insights_reading *r, size_t limit)
{
    struct insights_plan *plan = r->p.plan;
    enum status st = OK;

    if (plan->column_count == 0)
        st = reading_show_defaults(r);
    if (r->section->limit > limit)
        r->section->limit = limit;
    find_kept(plan);
    return st;
}

static size_t
count_characters(const char *text, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes && text[i] != '\0'; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

static enum status
read_commands(struct insights_reading *r)
{
    enum status st;

    lexer_accept_sign(&r->p.lx, "|");
    do
        st = read_command(r);
    while (st == OK && lexer_accept_sign(&r->p.lx, "|"));
    if (st == OK && r->p.lx.now.kind != TOKEN_END)
        st = lexer_expected(&r->p.lx, "| and a command, or the end");
    return r->p.lx.failed ? E_INVALID : st;
}

enum status
plan_read(struct insights_plan **out, const char *query, size_t limit, int64_t now_ms,
          struct insights_error *error)
{
    struct insights_reading *r = xcalloc(1, sizeof *r);
    struct insights_plan *plan = xcalloc(1, sizeof *plan);
    enum status st;

    *error = (struct insights_error){ 0 };
    plan->arena = arena_new();
    plan->query = arena_strdup(plan->arena, query);
    plan->now_ms = now_ms;
    r->p.plan = plan;
    r->dedup.kind = r->sort.kind = r->limit.kind = TOKEN_END;
    lexer_init(&r->p.lx, plan->query, plan->arena, &error->err);
    reading_open_section(r);
    st = read_commands(r);
    if (st == OK)
        st = finish_plan(r, limit);
    if (st == OK && !r->p.lx.failed) {
        *out = plan;
        free(r);
        return OK;
    }
    error->start = count_characters(query, r->p.lx.error_start);
    error->end = count_characters(query, r->p.lx.error_end);
    free(r);
    plan_free(plan);
    return E_INVALID;
}

void
plan_free(struct insights_plan *plan)
{
    if (plan == NULL)
        return;
    for (unsigned i = 0; i < plan->regex_count; i++)
        insights_regex_free(plan->regexes[i]);
    arena_free(plan->arena);
    free(plan);
}
