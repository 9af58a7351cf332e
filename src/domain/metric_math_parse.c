/* metric_math_parse.c - the text of an expression, as a tree.
 * SPDX-License-Identifier: MIT
 *
 * A hand-made scanner and precedence climbing. Names in capitals are functions or words, names that
 * begin with a small letter are ids of other queries: that is CloudWatch's own rule, and it leaves
 * no name in doubt. Recursion is bounded by DEPTH_MAX, everything else by the length of the text.
 */
#include "config.h"

#include "domain/metric_math_own.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DEPTH_MAX 64

struct parser {
    struct arena *arena;
    struct err *err;
    const char *text;
    const char *c; /* what comes next */
    int depth;
};

static enum status parse_expression(struct parser *p, int strength, struct math_node **out);

static enum status __attribute__((format(printf, 3, 4)))
fault(const struct parser *p, const char *at, const char *fmt, ...)
{
    struct err why;
    va_list ap;

    va_start(ap, fmt);
    err_setv(&why, E_INVALID, fmt, ap);
    va_end(ap);
    return err_set(p->err, E_INVALID, "at character %zu: %s", (size_t)(at - p->text) + 1, why.text);
}

static void
skip_blanks(struct parser *p)
{
    while (isspace((unsigned char)*p->c))
        p->c++;
}

static bool
is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static struct math_node *
new_node(struct parser *p, enum math_node_kind kind, const char *at)
{
    struct math_node *node = arena_alloc(p->arena, sizeof *node);

    node->kind = kind;
    node->at = (size_t)(at - p->text) + 1;
    return node;
}

/* What stands there instead of what should. */
static enum status
expected(const struct parser *p, const char *what)
{
    size_t len = 1;

    if (*p->c == '\0')
        return fault(p, p->c, "expected %s, but the expression ends", what);
    while (is_name_char(*p->c) && is_name_char(p->c[len]))
        len++;
    return fault(p, p->c, "expected %s, not %.*s", what, (int)(len < 40 ? len : 40), p->c);
}

/* --- operands --- */

static enum status
parse_number(struct parser *p, struct math_node **out)
{
    const char *from = p->c;
    char copy[64];
    size_t len;

    p->c += strspn(p->c, "0123456789.");
    if ((*p->c == 'e' || *p->c == 'E') &&
        isdigit((unsigned char)p->c[1 + (p->c[1] == '-' || p->c[1] == '+')])) {
        p->c += 2;
        p->c += strspn(p->c, "0123456789");
    }
    len = (size_t)(p->c - from);
    *out = new_node(p, NODE_NUMBER, from);
    if (len < sizeof copy && !is_name_char(*p->c)) {
        memcpy(copy, from, len);
        copy[len] = '\0';
        if (text_parse_double(&(*out)->number, copy))
            return OK;
    }
    while (is_name_char(*p->c))
        p->c++;
    len = (size_t)(p->c - from);
    return fault(p, from, "%.*s is not a number", (int)(len < 40 ? len : 40), from);
}

/* Between quotes; a backslash keeps the character behind it from ending the text, and both stay. */
static enum status
parse_text(struct parser *p, struct math_node **out)
{
    const char *from = p->c, quote = *p->c;

    for (p->c++; *p->c != quote; p->c++) {
        if (p->c[0] == '\\' && p->c[1] != '\0')
            p->c++;
        if (*p->c == '\0')
            return fault(p, from, "the text that begins here has no closing %c", quote);
    }
    *out = new_node(p, NODE_TEXT, from);
    (*out)->text = arena_strndup(p->arena, from + 1, (size_t)(p->c - from) - 1);
    p->c++;
    return OK;
}

/* "a, b, c" up to `close`, which is eaten. */
static enum status
parse_list(struct parser *p, char close, struct math_node *into)
{
    size_t room = 0;
    enum status st;

    skip_blanks(p);
    if (*p->c == close) {
        p->c++;
        return OK;
    }
    for (;;) {
        struct math_node *item;
        char wanted[] = "',' or ' '";

        st = parse_expression(p, 0, &item);
        if (st != OK)
            return st;
        if (into->count == room) {
            struct math_node **grown;

            room = room == 0 ? MATH_ARGS_MAX : room * 2;
            grown = arena_alloc(p->arena, room * sizeof(struct math_node *));
            if (into->count > 0)
                memcpy(grown, into->args, into->count * sizeof(struct math_node *));
            into->args = grown;
        }
        into->args[into->count++] = item;
        skip_blanks(p);
        if (*p->c == close) {
            p->c++;
            return OK;
        }
        wanted[8] = close;
        if (*p->c != ',')
            return expected(p, wanted);
        p->c++;
    }
}

static enum status
check_call(struct parser *p, const struct math_node *node, const char *at)
{
    const struct math_function *f = node->function;

    if (f->compute == NULL)
        return err_set(p->err, E_UNSUPPORTED,
                       "at character %zu: obsview does not compute %s (see: obsview help aws)",
                       node->at, f->name);
    if (node->count < f->min || node->count > f->max)
        return f->min == f->max
                   ? fault(p, at, "%s takes %zu arguments, not %zu", f->name, f->min, node->count)
                   : fault(p, at, "%s takes %zu to %zu arguments, not %zu", f->name, f->min, f->max,
                           node->count);
    return OK;
}

static enum status
parse_name(struct parser *p, struct math_node **out)
{
    const char *from = p->c;
    struct math_node *node;
    const char *name;
    enum status st;

    while (is_name_char(*p->c))
        p->c++;
    name = arena_strndup(p->arena, from, (size_t)(p->c - from));
    skip_blanks(p);
    if (*p->c != '(') {
        *out = new_node(p, islower((unsigned char)*from) ? NODE_ID : NODE_WORD, from);
        (*out)->text = name;
        return OK;
    }
    node = new_node(p, NODE_CALL, from);
    node->function = math_function_find(name);
    if (node->function == NULL)
        return fault(p, from, "there is no function %.40s (functions are written in capitals)",
                     name);
    p->c++;
    st = parse_list(p, ')', node);
    if (st == OK)
        st = check_call(p, node, from);
    *out = node;
    return st;
}

static enum status
parse_brackets(struct parser *p, struct math_node **out)
{
    enum status st;

    if (*p->c == '[') {
        *out = new_node(p, NODE_LIST, p->c++);
        return parse_list(p, ']', *out);
    }
    p->c++;
    st = parse_expression(p, 0, out);
    if (st != OK)
        return st;
    skip_blanks(p);
    if (*p->c != ')')
        return expected(p, "')'");
    p->c++;
    return OK;
}

static enum status
parse_operand(struct parser *p, struct math_node **out)
{
    if (isdigit((unsigned char)*p->c) || (*p->c == '.' && isdigit((unsigned char)p->c[1])))
        return parse_number(p, out);
    if (isalpha((unsigned char)*p->c))
        return parse_name(p, out);
    if (*p->c == '\'' || *p->c == '"')
        return parse_text(p, out);
    if (*p->c == '(' || *p->c == '[')
        return parse_brackets(p, out);
    return expected(p, "a number, an id or a function");
}

/* --- operators --- */

/* The operator that stands here, or NULL; *len is how long it is. */
static const struct math_operator *
operator_here(const struct parser *p, size_t *len)
{
    const struct math_operator *op;

    if (isalpha((unsigned char)*p->c)) {
        for (*len = 0; is_name_char(p->c[*len]);)
            (*len)++;
        return math_operator_find(p->c, *len);
    }
    *len = 2; /* "<=" before "<" */
    op = *p->c == '\0' ? NULL : math_operator_find(p->c, 2);
    if (op == NULL && *p->c != '\0') {
        *len = 1;
        op = math_operator_find(p->c, 1);
    }
    return op;
}

#define STRENGTH_MINUS 6 /* a minus in front: tighter than * and looser than ^ */

static enum status
parse_minus(struct parser *p, struct math_node **out)
{
    const char *from = p->c;
    struct math_node *operand;
    enum status st;

    if (*p->c != '-')
        return parse_operand(p, out);
    p->c++;
    st = parse_expression(p, STRENGTH_MINUS, &operand);
    if (st != OK)
        return st;
    *out = new_node(p, NODE_MINUS, from);
    (*out)->args = arena_alloc(p->arena, sizeof(struct math_node *));
    (*out)->args[0] = operand;
    (*out)->count = 1;
    return OK;
}

static struct math_node *
new_binary(struct parser *p, const struct math_operator *op, const char *at, struct math_node *a,
           struct math_node *b)
{
    struct math_node *node = new_node(p, NODE_BINARY, at);

    node->op = op;
    node->args = arena_alloc(p->arena, 2 * sizeof(struct math_node *));
    node->args[0] = a;
    node->args[1] = b;
    node->count = 2;
    return node;
}

/* An operand and all operators behind it that bind at least this strongly. */
static enum status
parse_operators(struct parser *p, int strength, struct math_node **out)
{
    struct math_node *left = NULL, *right = NULL;
    enum status st;

    skip_blanks(p);
    st = parse_minus(p, &left);
    while (st == OK) {
        const struct math_operator *op;
        const char *at;
        size_t len;

        skip_blanks(p);
        op = operator_here(p, &len);
        if (op == NULL || op->strength < strength)
            break;
        at = p->c;
        p->c += len;
        st = parse_expression(p, op->from_right ? op->strength : op->strength + 1, &right);
        if (st == OK)
            left = new_binary(p, op, at, left, right);
    }
    *out = left;
    return st;
}

static enum status
parse_expression(struct parser *p, int strength, struct math_node **out)
{
    enum status st;

    if (p->depth >= DEPTH_MAX)
        return err_set(p->err, E_LIMIT, "at character %zu: nested deeper than %d levels",
                       (size_t)(p->c - p->text) + 1, DEPTH_MAX);
    p->depth++;
    st = parse_operators(p, strength, out);
    p->depth--;
    return st;
}

enum status
metric_math_parse(struct metric_math **out, struct arena *arena, const char *text, struct err *err)
{
    struct parser p = { .arena = arena, .err = err, .text = text, .c = text };
    struct metric_math *math = arena_alloc(arena, sizeof *math);
    enum status st;

    if (strlen(text) > METRIC_MATH_CHARS_MAX)
        return err_set(err, E_LIMIT, "an expression has at most %d characters",
                       METRIC_MATH_CHARS_MAX);
    skip_blanks(&p);
    if (strncasecmp(p.c, "SELECT", 6) == 0 && isspace((unsigned char)p.c[6]))
        return err_set(
            err, E_UNSUPPORTED,
            "Metrics Insights queries (SELECT ...) are not computed by obsview: name the "
            "metrics, or find them with SEARCH()");
    math->arena = arena;
    st = parse_expression(&p, 0, &math->root);
    if (st != OK)
        return st;
    skip_blanks(&p);
    if (*p.c != '\0')
        return expected(&p, "an operator");
    *out = math;
    return OK;
}
