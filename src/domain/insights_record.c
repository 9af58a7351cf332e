/* insights_record.c - values of a line's fields, of expressions, and the steps of a section.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is read out of a line before something asks for it, and then once: the JSON document's
 * wanted values together, what the Lambda runtime wrote together.
 *
 * Conditions know a third answer. A comparison with a field that is not there does not hold, nor
 * does its opposite (!=, not like, not in); not itself turns false into true. A regular expression
 * that gave up makes a condition unknown, unless the rest decides it anyway. */
#include "config.h"

#include "domain/insights_record.h"

#include <math.h>
#include <string.h>

#include "domain/insights_functions.h"

static const struct value nothing = { .type = VALUE_NULL };
static const struct value unknown = { .type = VALUE_UNKNOWN };

void
record_init(struct insights_record *r, const struct insights_plan *plan)
{
    *r = (struct insights_record){ .plan = plan, .arena = arena_new() };
}

void
record_fini(struct insights_record *r)
{
    arena_free(r->arena);
    r->arena = NULL;
}

void
record_begin(struct insights_record *r, const struct insights_line *line)
{
    r->line = line;
    r->is_line = line != NULL;
    r->group = line == NULL ? 0 : line->group;
    r->row_id = NULL;
    r->time_ms = line == NULL ? 0 : line->time_ms;
    r->stamp++;
    r->gave_up = false;
    if (arena_used(r->arena) > 0)
        arena_clear(r->arena);
}

void
record_set(struct insights_record *r, unsigned slot, struct value v)
{
    r->slots[slot] = v;
    r->stamps[slot] = r->stamp;
}

/* --- fields of a line ------------------------------------------------------------------------- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* In a function's log the first brace counts wherever it stands (user guide, "Supported logs and
 * discovered fields"); elsewhere the whole line is a document or it is none. */
const char *
record_find_json(const struct insights_line *line)
{
    const char *at = line->message, *end = at + line->len;

    if (line->len == 0)
        return NULL;
    if (line->is_lambda)
        return memchr(at, '{', line->len);
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return end - at >= 2 && *at == '{' && end[-1] == '}' ? at : NULL;
}

static struct value
json_field(struct insights_record *r, unsigned path)
{
    if (r->json_stamp != r->stamp) {
        const char *document = record_find_json(r->line);

        r->json_stamp = r->stamp;
        if (document == NULL)
            memset(r->json, 0, r->plan->json.count * sizeof *r->json);
        else
            insights_json_read(&r->plan->json, document,
                               (size_t)(r->line->message + r->line->len - document), r->json,
                               r->arena);
    }
    return r->json[path];
}

static struct value
c_text(const char *text)
{
    return text == NULL || *text == '\0' ? nothing : value_quoted(text, strlen(text));
}

/* Memory is in bytes there: the guide's own sample divides @memorySize by 1000 * 1000. */
struct value
record_lambda_field(const struct lambda_line *lambda, enum lambda_field field)
{
    static const char *const types[] = { [LAMBDA_LINE_OTHER] = "",
                                         [LAMBDA_LINE_INIT] = "INIT",
                                         [LAMBDA_LINE_START] = "START",
                                         [LAMBDA_LINE_END] = "END",
                                         [LAMBDA_LINE_REPORT] = "REPORT" };

    switch (field) {
    case LAMBDA_TYPE:
        return c_text(types[lambda->kind]);
    case LAMBDA_REQUEST:
        return c_text(lambda->request_id);
    case LAMBDA_DURATION:
        return value_number(lambda->duration_ms);
    case LAMBDA_BILLED:
        return value_number(lambda->billed_ms);
    case LAMBDA_USED:
        return value_number(lambda->used_mb * 1e6);
    case LAMBDA_SIZE:
        return value_number(lambda->memory_mb * 1e6);
    case LAMBDA_INIT:
        return value_number(lambda->init_ms);
    }
    return nothing;
}

static struct value
lambda_field(struct insights_record *r, unsigned field)
{
    if (!r->line->is_lambda)
        return nothing;
    if (r->lambda_stamp != r->stamp) {
        r->lambda_stamp = r->stamp;
        lambda_line_read(&r->lambda, r->line->message, r->line->len);
    }
    return record_lambda_field(&r->lambda, (enum lambda_field)field);
}

static struct value
line_field(struct insights_record *r, const struct insights_slot *slot)
{
    const struct insights_line *line = r->line;

    switch (slot->source) {
    case SLOT_TIMESTAMP:
        return value_time(line->time_ms);
    case SLOT_INGESTION:
        return value_time(line->ingested_ms);
    case SLOT_MESSAGE:
        return value_quoted(line->message, line->len);
    case SLOT_STREAM:
        return c_text(line->stream);
    case SLOT_LOG:
        return c_text(line->log);
    case SLOT_POINTER:
        line->id(line, r->id);
        return c_text(r->id);
    case SLOT_LAMBDA:
        return lambda_field(r, slot->detail);
    case SLOT_JSON:
        return json_field(r, slot->detail);
    case SLOT_DEFINED:
    case SLOT_MISSING:
        break;
    }
    return nothing;
}

const struct value *
record_get(struct insights_record *r, unsigned slot)
{
    if (r->stamps[slot] != r->stamp)
        record_set(r, slot, r->line == NULL ? nothing : line_field(r, &r->plan->slots[slot]));
    return &r->slots[slot];
}

/* --- expressions ------------------------------------------------------------------------------ */

struct evaluation {
    struct insights_record *record;
    const struct value *aggregates; /* NULL: there are none */
};

static struct value eval(struct evaluation *e, const struct insights_node *n);

#define FEW 3 /* arguments: nearly all calls, without memory of their own */

static struct value
eval_call(struct evaluation *e, const struct insights_node *n)
{
    struct value few[FEW];
    struct value *args = few;
    struct function_call call = {
        .count = n->arg_count,
        .node = n,
        .arena = e->record->arena,
        .now_ms = e->record->plan->now_ms,
    };

    if (n->arg_count > FEW)
        args = arena_alloc(call.arena, n->arg_count * sizeof *args);
    for (unsigned i = 0; i < n->arg_count; i++)
        args[i] = eval(e, n->args[i]);
    call.args = args;
    return n->function->body(&call);
}

static bool
order_holds(enum compare_op op, int side)
{
    switch (op) {
    case COMPARE_LT:
        return side < 0;
    case COMPARE_LE:
        return side <= 0;
    case COMPARE_GT:
        return side > 0;
    case COMPARE_GE:
        return side >= 0;
    case COMPARE_EQ:
    case COMPARE_NE:
        break;
    }
    return false;
}

static struct value
eval_compare(struct evaluation *e, const struct insights_node *n)
{
    struct value a = eval(e, n->args[0]), b = eval(e, n->args[1]);

    if (a.type == VALUE_UNKNOWN || b.type == VALUE_UNKNOWN)
        return unknown;
    if (a.type == VALUE_NULL || b.type == VALUE_NULL)
        return value_truth(false);
    if (n->op == COMPARE_EQ || n->op == COMPARE_NE)
        return value_truth(value_equal(&a, &b) == (n->op == COMPARE_EQ));
    return value_truth(order_holds(n->op, value_compare(&a, &b)));
}

static struct value
eval_like(struct evaluation *e, const struct insights_node *n)
{
    struct value v = eval(e, n->args[0]);
    char room[VALUE_ROOM];
    enum regex_verdict verdict;
    const char *text;
    size_t len;
    bool found;

    if (value_is_null(&v))
        return v.type == VALUE_UNKNOWN ? v : value_truth(false);
    text = value_as_text(&v, room, &len);
    if (n->kind == NODE_LIKE) {
        found = n->value.len == 0 ||
                (len > 0 && memmem(text, len, n->value.text, n->value.len) != NULL);
        return value_truth(found != n->is_negated);
    }
    verdict = insights_regex_match(n->regex, text, len);
    if (verdict == REGEX_GAVE_UP) {
        e->record->gave_up = true;
        return unknown;
    }
    return value_truth((verdict == REGEX_MATCHES) != n->is_negated);
}

static struct value
eval_in(struct evaluation *e, const struct insights_node *n)
{
    struct value v = eval(e, n->args[0]);
    bool found = false;

    if (value_is_null(&v))
        return v.type == VALUE_UNKNOWN ? v : value_truth(false);
    for (unsigned i = 1; i < n->arg_count && !found; i++) {
        struct value item = eval(e, n->args[i]);

        found = !value_is_null(&item) && value_equal(&v, &item);
    }
    return value_truth(found != n->is_negated);
}

/* And ends at what does not hold, or at what does. */
static struct value
eval_both(struct evaluation *e, const struct insights_node *n)
{
    bool decides = n->kind == NODE_OR;
    struct value a = eval(e, n->args[0]), b;

    if (a.type != VALUE_UNKNOWN && value_holds(&a) == decides)
        return value_truth(decides);
    b = eval(e, n->args[1]);
    if (b.type != VALUE_UNKNOWN && value_holds(&b) == decides)
        return value_truth(decides);
    if (a.type == VALUE_UNKNOWN || b.type == VALUE_UNKNOWN)
        return unknown;
    return value_truth(!decides);
}

static struct value
eval_not(struct evaluation *e, const struct insights_node *n)
{
    struct value v = eval(e, n->args[0]);

    return v.type == VALUE_UNKNOWN ? v : value_truth(!value_holds(&v));
}

static struct value
eval(struct evaluation *e, const struct insights_node *n)
{
    switch (n->kind) {
    case NODE_LITERAL:
        return n->value;
    case NODE_SLOT:
        return *record_get(e->record, n->slot);
    case NODE_AGGREGATE:
        return e->aggregates == NULL ? nothing : e->aggregates[n->slot];
    case NODE_CALL:
        return eval_call(e, n);
    case NODE_COMPARE:
        return eval_compare(e, n);
    case NODE_LIKE:
    case NODE_MATCH:
        return eval_like(e, n);
    case NODE_IN:
        return eval_in(e, n);
    case NODE_AND:
    case NODE_OR:
        return eval_both(e, n);
    case NODE_NOT:
        return eval_not(e, n);
    }
    return nothing;
}

struct value
record_eval(struct insights_record *r, const struct insights_node *node)
{
    struct evaluation e = { r, NULL };

    return eval(&e, node);
}

struct value
record_eval_over(struct insights_record *r, const struct insights_node *node,
                 const struct value *aggregates)
{
    struct evaluation e = { r, aggregates };

    return eval(&e, node);
}

/* --- steps ------------------------------------------------------------------------------------ */

static void
clear_parsed(struct insights_record *r, const struct insights_step *step)
{
    unsigned first = step->kind == STEP_REGEX;

    for (unsigned i = first; i < step->count + first; i++) {
        if (step->slots[i] != UINT32_MAX)
            record_set(r, step->slots[i], nothing);
    }
}

/* The first place where the pattern fits is as good as any: what fits behind a later one fits
 * behind the first. The last asterisk of a pattern that ends in it takes the rest. */
static void
pass_glob(struct insights_record *r, const struct insights_step *step, const char *text, size_t len)
{
    const char *at = text, *end = text + len, *found;

    for (unsigned i = 0; i <= step->count; i++) {
        size_t want = step->literal_lens[i];

        if (want == 0)
            found = i > 0 && i == step->count ? end : at;
        else
            found = at == end ? NULL : memmem(at, (size_t)(end - at), step->literals[i], want);
        if (found == NULL) {
            clear_parsed(r, step);
            return;
        }
        if (i > 0)
            record_set(r, step->slots[i - 1], value_text(at, (size_t)(found - at)));
        at = found + want;
    }
}

static void
pass_regex(struct insights_record *r, const struct insights_step *step, const char *text,
           size_t len)
{
    enum regex_verdict verdict = insights_regex_match(step->regex, text, len);

    clear_parsed(r, step);
    r->gave_up |= verdict == REGEX_GAVE_UP;
    if (verdict != REGEX_MATCHES)
        return;
    for (unsigned i = 1; i <= step->count; i++) {
        size_t start, stop;

        if (step->slots[i] != UINT32_MAX && insights_regex_group(step->regex, i, &start, &stop))
            record_set(r, step->slots[i], value_text(text + start, stop - start));
    }
}

static void
pass_parse(struct insights_record *r, const struct insights_step *step)
{
    struct value v = record_eval(r, step->node);
    char room[VALUE_ROOM];
    const char *text;
    size_t len;

    if (value_is_null(&v)) {
        clear_parsed(r, step);
        return;
    }
    text = value_as_text(&v, room, &len);
    if (text == room)
        text = arena_strndup(r->arena, room, len);
    if (step->kind == STEP_GLOB)
        pass_glob(r, step, text, len);
    else
        pass_regex(r, step, text, len);
}

bool
record_pass(struct insights_record *r, const struct insights_section *section)
{
    for (unsigned i = 0; i < section->step_count; i++) {
        const struct insights_step *step = &section->steps[i];
        struct value v;

        if (step->kind == STEP_GLOB || step->kind == STEP_REGEX) {
            pass_parse(r, step);
            continue;
        }
        v = record_eval(r, step->node);
        if (step->kind == STEP_DEFINE)
            record_set(r, step->slot, v);
        else if (v.type == VALUE_UNKNOWN || !value_holds(&v))
            return false;
    }
    return true;
}
