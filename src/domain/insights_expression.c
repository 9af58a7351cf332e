/* insights_expression.c - reads conditions and calculations of a query.
 * SPDX-License-Identifier: MIT
 *
 * Recursive descent, loosest first: or, and, not, comparison, + -, * / %, unary minus, ^. Nesting,
 * nodes are bounded: a query is at most 10,000 characters, but each may be a parenthesis. */
#include "config.h"

#include "domain/insights_parser.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/insights_aggregate.h"
#include "domain/insights_functions.h"

struct insights_node *
parser_node(struct insights_parser *p, enum node_kind kind, size_t start)
{
    struct insights_node *n = arena_alloc(p->plan->arena, sizeof *n);

    if (++p->node_count > INSIGHTS_NODES_MAX)
        lexer_refuse_at(&p->lx, start, p->lx.now.end, "a query of more than %d parts",
                        INSIGHTS_NODES_MAX);
    n->kind = kind;
    n->start = start;
    n->end = p->lx.now.end;
    return n;
}

void
parser_add_arg(struct insights_parser *p, struct insights_node *n, struct insights_node *arg)
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

/* --- values ----------------------------------------------------------------------------------- */

static enum status
read_word(struct insights_parser *p, struct insights_node **out)
{
    struct insights_token name = p->lx.now;
    bool is_true = lexer_at_word(&p->lx, "true");

    lexer_next(&p->lx);
    if (name.kind == TOKEN_NAME && lexer_at_sign(&p->lx, "("))
        return parser_call(p, &name, out);
    if (name.kind == TOKEN_NAME &&
        (is_true || strcasecmp(name.text, "false") == 0 || strcasecmp(name.text, "null") == 0)) {
        *out = parser_node(p, NODE_LITERAL, name.start);
        if (strcasecmp(name.text, "null") != 0)
            (*out)->value = value_truth(is_true);
        (*out)->end = name.end;
        return OK;
    }
    *out = parser_node(p, NODE_SLOT, name.start);
    (*out)->end = name.end;
    return parser_slot(p, &name, &(*out)->slot);
}

static enum status
read_literal(struct insights_parser *p, struct insights_node **out)
{
    struct insights_token t = p->lx.now;

    *out = parser_node(p, NODE_LITERAL, t.start);
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
read_primary(struct insights_parser *p, struct insights_node **out)
{
    enum status st;

    if (p->lx.now.kind == TOKEN_NAME || p->lx.now.kind == TOKEN_FIELD)
        return read_word(p, out);
    if (p->lx.now.kind == TOKEN_STRING || p->lx.now.kind == TOKEN_NUMBER)
        return read_literal(p, out);
    if (!lexer_accept_sign(&p->lx, "("))
        return lexer_expected(&p->lx, "a field, a value or a function");
    st = parser_operand(p, out);
    if (st == OK && !lexer_accept_sign(&p->lx, ")"))
        st = lexer_expected(&p->lx, ")");
    return st;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

static struct insights_node *
operation(struct insights_parser *p, const char *sign, struct insights_node *left,
          struct insights_node *right)
{
    struct insights_node *n = parser_node(p, NODE_CALL, left->start);

    n->function = function_of_operator(sign);
    parser_add_arg(p, n, left);
    if (right != NULL)
        parser_add_arg(p, n, right);
    return n;
}

static enum status read_sign(struct insights_parser *p, struct insights_node **out);

static enum status
read_power(struct insights_parser *p, struct insights_node **out)
{
    struct insights_node *right = NULL;
    enum status st = read_primary(p, out);

    if (st != OK || !lexer_accept_sign(&p->lx, "^"))
        return st;
    st = read_sign(p, &right);
    if (st == OK)
        *out = operation(p, "^", *out, right);
    return st;
}

static enum status
enter(struct insights_parser *p)
{
    if (++p->nesting <= INSIGHTS_NESTING_MAX)
        return OK;
    return lexer_refuse_at(&p->lx, p->lx.now.start, p->lx.now.end, "nested deeper than %d levels",
                           INSIGHTS_NESTING_MAX);
}

static enum status
read_sign(struct insights_parser *p, struct insights_node **out)
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
read_chain(struct insights_parser *p, const char *signs,
           enum status (*below)(struct insights_parser *, struct insights_node **),
           struct insights_node **out)
{
    enum status st = below(p, out);

    while (st == OK && p->lx.now.kind == TOKEN_SIGN && p->lx.now.len == 1 &&
           strchr(signs, p->lx.now.text[0]) != NULL) {
        const char *sign = p->lx.now.text;
        struct insights_node *right = NULL;

        lexer_next(&p->lx);
        st = below(p, &right);
        if (st == OK)
            *out = operation(p, sign, *out, right);
    }
    return st;
}

static enum status
read_product(struct insights_parser *p, struct insights_node **out)
{
    return read_chain(p, "*/%", read_sign, out);
}

static enum status
read_sum(struct insights_parser *p, struct insights_node **out)
{
    return read_chain(p, "+-", read_product, out);
}

/* --- conditions ------------------------------------------------------------------------------- */

enum status
parser_regex(struct insights_parser *p, struct insights_regex **out)
{
    struct insights_plan *plan = p->plan;
    struct err err = { 0 };
    struct insights_token t;
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
read_like(struct insights_parser *p, struct insights_node *left, bool negated,
          struct insights_node **out)
{
    struct insights_node *n = parser_node(p, NODE_LIKE, left->start);
    struct insights_token t = p->lx.now;

    parser_add_arg(p, n, left);
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
read_in(struct insights_parser *p, struct insights_node *left, bool negated,
        struct insights_node **out)
{
    struct insights_node *n = parser_node(p, NODE_IN, left->start);
    enum status st = OK;

    parser_add_arg(p, n, left);
    n->is_negated = negated;
    *out = n;
    if (!lexer_accept_sign(&p->lx, "["))
        return lexer_expected(&p->lx, "a list in brackets behind in");
    do {
        struct insights_node *item = NULL;

        st = read_sum(p, &item);
        if (st == OK)
            parser_add_arg(p, n, item);
    } while (st == OK && lexer_accept_sign(&p->lx, ","));
    if (st == OK && !lexer_accept_sign(&p->lx, "]"))
        return lexer_expected(&p->lx, ", or ] in the list");
    return st;
}

/* "is null", "is not null" */
static enum status
read_is(struct insights_parser *p, struct insights_node *left, struct insights_node **out)
{
    bool negated = lexer_accept_word(&p->lx, "not");

    if (!lexer_accept_word(&p->lx, "null"))
        return lexer_expected(&p->lx, "null behind is");
    *out = parser_node(p, NODE_CALL, left->start);
    (*out)->function = function_find(negated ? "ispresent" : "isnull");
    parser_add_arg(p, *out, left);
    return OK;
}

static bool
accept_compare(struct insights_parser *p, enum compare_op *op)
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
read_comparison(struct insights_parser *p, struct insights_node **out)
{
    struct insights_node *left = NULL, *right = NULL;
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
        *out = parser_node(p, NODE_COMPARE, left->start);
        (*out)->op = op;
        parser_add_arg(p, *out, left);
        parser_add_arg(p, *out, right);
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
read_not(struct insights_parser *p, struct insights_node **out)
{
    struct insights_node *inner = NULL;
    size_t start = p->lx.now.start;
    enum status st = enter(p);

    if (st == OK && lexer_accept_word(&p->lx, "not")) {
        st = read_not(p, &inner);
        *out = parser_node(p, NODE_NOT, start);
        parser_add_arg(p, *out, inner);
    } else if (st == OK)
        st = read_comparison(p, out);
    p->nesting--;
    return st;
}

static enum status
read_and(struct insights_parser *p, struct insights_node **out)
{
    enum status st = read_not(p, out);

    while (st == OK && lexer_accept_word(&p->lx, "and")) {
        struct insights_node *right = NULL, *n = parser_node(p, NODE_AND, (*out)->start);

        st = read_not(p, &right);
        parser_add_arg(p, n, *out);
        parser_add_arg(p, n, right);
        *out = n;
    }
    return st;
}

enum status
parser_operand(struct insights_parser *p, struct insights_node **out)
{
    enum status st = read_and(p, out);

    while (st == OK && lexer_accept_word(&p->lx, "or")) {
        struct insights_node *right = NULL, *n = parser_node(p, NODE_OR, (*out)->start);

        st = read_and(p, &right);
        parser_add_arg(p, n, *out);
        parser_add_arg(p, n, right);
        *out = n;
    }
    return st;
}

enum status
parser_expression(struct insights_parser *p, struct insights_node **out)
{
    struct insights_node *n = NULL;
    enum status st = parser_operand(p, &n);

    if (st != OK || p->lx.failed)
        return E_INVALID;
    *out = n;
    return OK;
}
