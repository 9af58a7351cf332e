/* insights_expression.c - reads conditions and calculations of a query.
 * SPDX-License-Identifier: MIT
 *
 * Recursive descent, loosest first: or, and, not, comparison, + -, * / %, unary minus, ^. Nesting,
 * nodes and names are bounded: a query is at most 10,000 characters, but each may be a parenthesis.
 * Behind stats a call that reads like one of its columns is that column: sort count(*) desc. */
#include "config.h"

#include "domain/insights_parser.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/insights_aggregate.h"
#include "domain/insights_functions.h"

static enum status read_or(struct parser *p, struct node **out);

void *
parser_grow(struct parser *p, void *items, unsigned count, size_t size)
{
    void *grown;

    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    grown = arena_alloc(p->plan->arena, (count == 0 ? 1 : 2 * (size_t)count) * size);
    if (count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

static struct node *
new_node(struct parser *p, enum node_kind kind, size_t start)
{
    struct node *n = arena_alloc(p->plan->arena, sizeof *n);

    if (++p->node_count > INSIGHTS_NODES_MAX)
        lexer_refuse_at(&p->lx, start, p->lx.now.end, "a query of more than %d parts",
                        INSIGHTS_NODES_MAX);
    n->kind = kind;
    n->start = start;
    n->end = p->lx.now.end;
    return n;
}

static void
add_arg(struct parser *p, struct node *n, struct node *arg)
{
    n->args = parser_grow(p, n->args, n->arg_count, sizeof *n->args);
    n->args[n->arg_count++] = arg;
    if (arg == NULL)
        return;
    n->end = arg->end > n->end ? arg->end : n->end;
    n->depth = arg->depth >= n->depth ? arg->depth + 1 : n->depth;
    if (n->depth > INSIGHTS_DEPTH_MAX)
        lexer_refuse_at(&p->lx, n->start, n->end, "more than %d operators in a row",
                        INSIGHTS_DEPTH_MAX);
}

/* --- names ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum slot_source source;
    unsigned detail;
} known_fields[] = {
    { "@timestamp", SLOT_TIMESTAMP, 0 },
    { "@ingestionTime", SLOT_INGESTION, 0 },
    { "@message", SLOT_MESSAGE, 0 },
    { "@logStream", SLOT_STREAM, 0 },
    { "@log", SLOT_LOG, 0 },
    { "@ptr", SLOT_POINTER, 0 },
    { "@type", SLOT_LAMBDA, LAMBDA_TYPE },
    { "@requestId", SLOT_LAMBDA, LAMBDA_REQUEST },
    { "@duration", SLOT_LAMBDA, LAMBDA_DURATION },
    { "@billedDuration", SLOT_LAMBDA, LAMBDA_BILLED },
    { "@maxMemoryUsed", SLOT_LAMBDA, LAMBDA_USED },
    { "@memorySize", SLOT_LAMBDA, LAMBDA_SIZE },
    { "@initDuration", SLOT_LAMBDA, LAMBDA_INIT },
};

static enum status
add_slot(struct parser *p, const struct token *name, enum slot_source source, unsigned detail,
         unsigned *slot)
{
    struct plan *plan = p->plan;

    if (plan->slot_count == INSIGHTS_SLOTS_MAX || p->name_count == INSIGHTS_SLOTS_MAX)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "a query that speaks of more than %d fields", INSIGHTS_SLOTS_MAX);
    *slot = plan->slot_count++;
    plan->slots[*slot] = (struct slot){ name->text, source, detail };
    p->names[p->name_count++] = (struct name){ name->text, *slot };
    return OK;
}

/* A key of the JSON document; one that begins with @ is shown with another in front. */
static enum status
add_json_slot(struct parser *p, const struct token *name, unsigned *slot)
{
    struct insights_json *json = &p->plan->json;
    const char *path = name->text + (name->text[0] == '@');

    if (json->count == INSIGHTS_JSON_MAX)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "a query that looks for more than %d fields in the lines",
                               INSIGHTS_JSON_MAX);
    json->paths[json->count].name = path;
    json->paths[json->count].len = strlen(path);
    return add_slot(p, name, SLOT_JSON, json->count++, slot);
}

static enum status
discover(struct parser *p, const struct token *name, unsigned *slot)
{
    for (size_t i = 0; i < sizeof known_fields / sizeof known_fields[0]; i++) {
        if (strcmp(known_fields[i].name, name->text) == 0)
            return add_slot(p, name, known_fields[i].source, known_fields[i].detail, slot);
    }
    if (name->text[0] == '@' && name->text[1] != '@')
        return add_slot(p, name, SLOT_MISSING, 0, slot);
    return add_json_slot(p, name, slot);
}

static bool
find_name(const struct parser *p, const char *text, size_t len, unsigned *slot)
{
    for (unsigned i = p->name_count; i > 0; i--) {
        const struct name *name = &p->names[i - 1];

        if (strlen(name->text) == len && memcmp(name->text, text, len) == 0) {
            *slot = name->slot;
            return true;
        }
    }
    return false;
}

enum status
parser_slot(struct parser *p, const struct token *name, unsigned *slot)
{
    if (find_name(p, name->text, name->len, slot))
        return OK;
    if (p->is_closed)
        return lexer_refuse_at(
            &p->lx, name->start, name->end,
            "%.100s is not known behind stats, which leaves only the fields that "
            "it defines",
            name->text);
    return discover(p, name, slot);
}

enum status
parser_define(struct parser *p, const struct token *name, unsigned *slot)
{
    return add_slot(p, name, SLOT_DEFINED, 0, slot);
}

enum status
parser_name(struct parser *p, const char *what, struct token *out)
{
    if (p->lx.now.kind != TOKEN_NAME && p->lx.now.kind != TOKEN_FIELD)
        return lexer_expected(&p->lx, what);
    *out = p->lx.now;
    lexer_next(&p->lx);
    return OK;
}

/* --- calls ------------------------------------------------------------------------------------ */

static enum status
read_period(struct parser *p, struct node *call)
{
    struct token t = p->lx.now;
    struct err err = { 0 };

    if (t.kind != TOKEN_PERIOD)
        return lexer_expected(&p->lx, "a period such as 5m, 1h or 1d");
    if (period_read(&call->period, t.text, &err) != OK)
        return lexer_refuse_at(&p->lx, t.start, t.end, "%s", err.text);
    lexer_next(&p->lx);
    return OK;
}

static enum status
refuse_count(struct parser *p, const struct node *call, const struct insights_function *f)
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
complete_bin(struct parser *p, struct node *call)
{
    static const char name[] = "@timestamp";
    const struct token t = { .kind = TOKEN_NAME,
                             .text = name,
                             .len = sizeof name - 1,
                             .start = call->start,
                             .end = p->lx.before };
    struct node *time = new_node(p, NODE_SLOT, call->start);

    add_arg(p, call, time);
    return parser_slot(p, &t, &time->slot);
}

static enum status
read_args(struct parser *p, struct node *call, const struct insights_function *f)
{
    enum status st = OK;

    while (st == OK && !lexer_at_sign(&p->lx, ")")) {
        struct node *arg = NULL;

        if (f->wants_period && call->arg_count + 1 == f->most) {
            st = read_period(p, call);
            break;
        }
        st = read_or(p, &arg);
        if (st != OK)
            return st;
        add_arg(p, call, arg);
        if (!lexer_accept_sign(&p->lx, ","))
            break;
        if (lexer_at_sign(&p->lx, ")"))
            return lexer_expected(&p->lx, "an argument");
    }
    return st;
}

static enum status
read_function(struct parser *p, const struct token *name, const struct insights_function *f,
              struct node **out)
{
    struct node *call = new_node(p, NODE_CALL, name->start);
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
read_percent(struct parser *p, double *percent)
{
    struct token t;

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
read_aggregate(struct parser *p, const struct token *name, const struct insights_aggregate *a,
               struct node **out)
{
    struct section *stats = p->stats;
    struct node *n = new_node(p, NODE_AGGREGATE, name->start);
    struct call call = { .aggregate = a };
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
        st = read_or(p, &call.node);
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
refuse_function(struct parser *p, const struct token *name)
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
closing(const struct lexer *lx, size_t at)
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
reads_like_column(struct parser *p, const struct token *name, struct node **out)
{
    size_t end = closing(&p->lx, p->lx.now.start);
    unsigned slot;

    if (!p->is_closed || p->stats != NULL ||
        !find_name(p, p->lx.query + name->start, end - name->start, &slot))
        return false;
    *out = new_node(p, NODE_SLOT, name->start);
    (*out)->slot = slot;
    (*out)->end = end;
    p->lx.now.end = end;
    lexer_next(&p->lx);
    return true;
}

static enum status
read_call(struct parser *p, const struct token *name, struct node **out)
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

/* --- values ----------------------------------------------------------------------------------- */

static enum status
read_word(struct parser *p, struct node **out)
{
    struct token name = p->lx.now;
    bool is_true = lexer_at_word(&p->lx, "true");

    lexer_next(&p->lx);
    if (name.kind == TOKEN_NAME && lexer_at_sign(&p->lx, "("))
        return read_call(p, &name, out);
    if (name.kind == TOKEN_NAME &&
        (is_true || strcasecmp(name.text, "false") == 0 || strcasecmp(name.text, "null") == 0)) {
        *out = new_node(p, NODE_LITERAL, name.start);
        if (strcasecmp(name.text, "null") != 0)
            (*out)->value = value_truth(is_true);
        (*out)->end = name.end;
        return OK;
    }
    *out = new_node(p, NODE_SLOT, name.start);
    (*out)->end = name.end;
    return parser_slot(p, &name, &(*out)->slot);
}

static enum status
read_literal(struct parser *p, struct node **out)
{
    struct token t = p->lx.now;

    *out = new_node(p, NODE_LITERAL, t.start);
    (*out)->value =
        t.kind == TOKEN_STRING ? value_quoted(t.text, t.len) : value_text(t.text, t.len);
    if (t.kind == TOKEN_NUMBER) {
        double number;

        if (!text_parse_double(&number, t.text))
            return lexer_refuse_at(&p->lx, t.start, t.end, "a number out of range");
        (*out)->value = value_number(number);
    }
    lexer_next(&p->lx);
    return OK;
}

static enum status
read_primary(struct parser *p, struct node **out)
{
    enum status st;

    if (p->lx.now.kind == TOKEN_NAME || p->lx.now.kind == TOKEN_FIELD)
        return read_word(p, out);
    if (p->lx.now.kind == TOKEN_STRING || p->lx.now.kind == TOKEN_NUMBER)
        return read_literal(p, out);
    if (!lexer_accept_sign(&p->lx, "("))
        return lexer_expected(&p->lx, "a field, a value or a function");
    st = read_or(p, out);
    if (st == OK && !lexer_accept_sign(&p->lx, ")"))
        st = lexer_expected(&p->lx, ")");
    return st;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

static struct node *
operation(struct parser *p, const char *sign, struct node *left, struct node *right)
{
    struct node *n = new_node(p, NODE_CALL, left->start);

    n->function = function_of_operator(sign);
    add_arg(p, n, left);
    if (right != NULL)
        add_arg(p, n, right);
    return n;
}

static enum status read_sign(struct parser *p, struct node **out);

static enum status
read_power(struct parser *p, struct node **out)
{
    struct node *right = NULL;
    enum status st = read_primary(p, out);

    if (st != OK || !lexer_accept_sign(&p->lx, "^"))
        return st;
    st = read_sign(p, &right);
    if (st == OK)
        *out = operation(p, "^", *out, right);
    return st;
}

static enum status
enter(struct parser *p)
{
    if (++p->nesting <= INSIGHTS_NESTING_MAX)
        return OK;
    return lexer_refuse_at(&p->lx, p->lx.now.start, p->lx.now.end, "nested deeper than %d levels",
                           INSIGHTS_NESTING_MAX);
}

static enum status
read_sign(struct parser *p, struct node **out)
{
    enum status st = enter(p);

    if (st == OK && lexer_accept_sign(&p->lx, "-")) {
        st = read_sign(p, out);
        if (st == OK)
            *out = operation(p, "negate", *out, NULL);
    } else if (st == OK)
        st = read_power(p, out);
    p->nesting--;
    return st;
}

/* A chain of operators of one rank, from left to right. */
static enum status
read_chain(struct parser *p, const char *signs,
           enum status (*below)(struct parser *, struct node **), struct node **out)
{
    enum status st = below(p, out);

    while (st == OK && p->lx.now.kind == TOKEN_SIGN && p->lx.now.len == 1 &&
           strchr(signs, p->lx.now.text[0]) != NULL) {
        const char *sign = p->lx.now.text;
        struct node *right = NULL;

        lexer_next(&p->lx);
        st = below(p, &right);
        if (st == OK)
            *out = operation(p, sign, *out, right);
    }
    return st;
}

static enum status
read_product(struct parser *p, struct node **out)
{
    return read_chain(p, "*/%", read_sign, out);
}

static enum status
read_sum(struct parser *p, struct node **out)
{
    return read_chain(p, "+-", read_product, out);
}

/* --- conditions ------------------------------------------------------------------------------- */

enum status
parser_regex(struct parser *p, struct insights_regex **out)
{
    struct plan *plan = p->plan;
    struct err err = { 0 };
    struct token t;
    size_t offset = 0;

    lexer_reread_regex(&p->lx);
    t = p->lx.now;
    if (p->lx.failed)
        return E_INVALID;
    if (plan->regex_count == INSIGHTS_REGEX_MAX)
        return lexer_refuse_at(&p->lx, t.start, t.end, "more than %d regular expressions",
                               INSIGHTS_REGEX_MAX);
    if (insights_regex_new(out, t.text, t.len, &offset, &err) != OK)
        return lexer_refuse_at(&p->lx, t.start + 1 + offset, t.end, "in the regular expression: %s",
                               err.text);
    plan->regexes[plan->regex_count++] = *out;
    lexer_next(&p->lx);
    return OK;
}

static enum status
read_like(struct parser *p, struct node *left, bool negated, struct node **out)
{
    struct node *n = new_node(p, NODE_LIKE, left->start);
    struct token t = p->lx.now;

    add_arg(p, n, left);
    n->is_negated = negated;
    *out = n;
    if (lexer_at_sign(&p->lx, "/")) {
        n->kind = NODE_MATCH;
        return parser_regex(p, &n->regex);
    }
    if (t.kind != TOKEN_STRING)
        return lexer_expected(&p->lx, "\"text\" or /a regular expression/ behind like");
    n->value = value_quoted(t.text, t.len);
    n->end = t.end;
    lexer_next(&p->lx);
    return OK;
}

static enum status
read_in(struct parser *p, struct node *left, bool negated, struct node **out)
{
    struct node *n = new_node(p, NODE_IN, left->start);
    enum status st = OK;

    add_arg(p, n, left);
    n->is_negated = negated;
    *out = n;
    if (!lexer_accept_sign(&p->lx, "["))
        return lexer_expected(&p->lx, "a list in brackets behind in");
    do {
        struct node *item = NULL;

        st = read_sum(p, &item);
        if (st == OK)
            add_arg(p, n, item);
    } while (st == OK && lexer_accept_sign(&p->lx, ","));
    if (st == OK && !lexer_accept_sign(&p->lx, "]"))
        return lexer_expected(&p->lx, ", or ] in the list");
    return st;
}

/* "is null", "is not null" */
static enum status
read_is(struct parser *p, struct node *left, struct node **out)
{
    bool negated = lexer_accept_word(&p->lx, "not");

    if (!lexer_accept_word(&p->lx, "null"))
        return lexer_expected(&p->lx, "null behind is");
    *out = new_node(p, NODE_CALL, left->start);
    (*out)->function = function_find(negated ? "ispresent" : "isnull");
    add_arg(p, *out, left);
    return OK;
}

static bool
accept_compare(struct parser *p, enum compare_op *op)
{
    static const struct {
        const char *sign;
        enum compare_op op;
    } signs[] = {
        { "=", COMPARE_EQ },  { "==", COMPARE_EQ }, { "!=", COMPARE_NE }, { "<", COMPARE_LT },
        { "<=", COMPARE_LE }, { ">", COMPARE_GT },  { ">=", COMPARE_GE },
    };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (lexer_accept_sign(&p->lx, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    }
    return false;
}

static enum status
read_comparison(struct parser *p, struct node **out)
{
    struct node *left = NULL, *right = NULL;
    enum compare_op op;
    enum status st = read_sum(p, &left);
    bool negated;

    *out = left;
    if (st != OK)
        return st;
    if (accept_compare(p, &op)) {
        st = read_sum(p, &right);
        if (st != OK)
            return st;
        *out = new_node(p, NODE_COMPARE, left->start);
        (*out)->op = op;
        add_arg(p, *out, left);
        add_arg(p, *out, right);
        return OK;
    }
    if (lexer_accept_word(&p->lx, "is"))
        return read_is(p, left, out);
    negated = lexer_accept_word(&p->lx, "not");
    if (lexer_accept_word(&p->lx, "like") || (!negated && lexer_accept_sign(&p->lx, "=~")))
        return read_like(p, left, negated, out);
    if (lexer_accept_word(&p->lx, "in"))
        return read_in(p, left, negated, out);
    return negated ? lexer_expected(&p->lx, "like or in behind not") : OK;
}

static enum status
read_not(struct parser *p, struct node **out)
{
    struct node *inner = NULL;
    size_t start = p->lx.now.start;
    enum status st = enter(p);

    if (st == OK && lexer_accept_word(&p->lx, "not")) {
        st = read_not(p, &inner);
        *out = new_node(p, NODE_NOT, start);
        add_arg(p, *out, inner);
    } else if (st == OK)
        st = read_comparison(p, out);
    p->nesting--;
    return st;
}

static enum status
read_and(struct parser *p, struct node **out)
{
    enum status st = read_not(p, out);

    while (st == OK && lexer_accept_word(&p->lx, "and")) {
        struct node *right = NULL, *n = new_node(p, NODE_AND, (*out)->start);

        st = read_not(p, &right);
        add_arg(p, n, *out);
        add_arg(p, n, right);
        *out = n;
    }
    return st;
}

static enum status
read_or(struct parser *p, struct node **out)
{
    enum status st = read_and(p, out);

    while (st == OK && lexer_accept_word(&p->lx, "or")) {
        struct node *right = NULL, *n = new_node(p, NODE_OR, (*out)->start);

        st = read_and(p, &right);
        add_arg(p, n, *out);
        add_arg(p, n, right);
        *out = n;
    }
    return st;
}

enum status
parser_expression(struct parser *p, struct node **out)
{
    struct node *n = NULL;
    enum status st = read_or(p, &n);

    if (st != OK || p->lx.failed)
        return E_INVALID;
    *out = n;
    return OK;
}
