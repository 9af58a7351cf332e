/* alarm_rule.c - a recursive descent over the rule of a composite alarm.
 * SPDX-License-Identifier: MIT
 *
 * The language is that of PutCompositeAlarm's AlarmRule. The reference does not say how AND and OR
 * bind; here AND binds tighter, as everywhere else. An ARN stands for the name behind its
 * ":alarm:". Unquoted names end at a blank or a parenthesis. */
#include "config.h"

#include "domain/alarm_rule.h"

#include <ctype.h>
#include <string.h>

enum kind { EXPR_CONSTANT, EXPR_STATE, EXPR_NOT, EXPR_AND, EXPR_OR };

struct alarm_expr {
    enum kind kind;
    bool constant;
    enum alarm_state state; /* EXPR_STATE: holds while `name` is in it */
    const char *name;
    const struct alarm_expr *left, *right; /* NOT: left only */
};

struct reader {
    const char *text, *at;
    struct arena *arena;
    struct err *err;
    size_t depth, elements, children;
};

static enum status parse_or(struct reader *r, const struct alarm_expr **out);

/* --- words ------------------------------------------------------------------------------------ */

static enum status
wrong(const struct reader *r, const char *at, const char *what)
{
    return err_set(r->err, E_INVALID, "%s at character %zu of the alarm rule", what,
                   (size_t)(at - r->text) + 1);
}

static void
skip_blanks(struct reader *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static size_t
word_length(const char *at)
{
    size_t len = 0;

    while (isupper((unsigned char)at[len]) || at[len] == '_')
        len++;
    return len;
}

/* Takes the word if it comes next. */
static bool
take_word(struct reader *r, const char *word)
{
    const size_t len = strlen(word);

    skip_blanks(r);
    if (word_length(r->at) != len || strncmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

static bool
take_char(struct reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static enum status
count_element(struct reader *r)
{
    if (++r->elements > ALARM_RULE_ELEMENTS)
        return err_set(r->err, E_LIMIT, "an alarm rule has at most %d elements",
                       ALARM_RULE_ELEMENTS);
    return OK;
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *
without_arn(const char *name)
{
    const char *alarm = strncmp(name, "arn:", 4) == 0 ? strstr(name, ":alarm:") : NULL;

    return alarm == NULL ? name : alarm + strlen(":alarm:");
}

static enum status
read_quoted(struct reader *r, const char **out)
{
    const char *begin = r->at++;
    char *name = arena_alloc(r->arena, strlen(r->at) + 1), *to = name;

    while (*r->at != '\0' && *r->at != '"') {
        if (*r->at == '\\' && (r->at[1] == '"' || r->at[1] == '\\'))
            r->at++;
        *to++ = *r->at++;
    }
    if (*r->at == '\0')
        return wrong(r, begin, "a quote is not closed");
    r->at++;
    *out = name;
    return OK;
}

static enum status
read_name(struct reader *r, const char **out)
{
    enum status st = OK;
    const char *begin;

    skip_blanks(r);
    begin = r->at;
    if (*r->at == '"') {
        st = read_quoted(r, out);
    } else {
        r->at += strcspn(r->at, " \t\r\n()\"");
        *out = arena_strndup(r->arena, begin, (size_t)(r->at - begin));
    }
    if (st != OK)
        return st;
    *out = without_arn(*out);
    return **out == '\0' ? wrong(r, begin, "the name of an alarm is missing") : OK;
}

/* --- expressions ------------------------------------------------------------------------------ */

static struct alarm_expr *
new_expr(struct reader *r, enum kind kind)
{
    struct alarm_expr *expr = arena_alloc(r->arena, sizeof *expr);

    expr->kind = kind;
    return expr;
}

static enum status
parse_constant(struct reader *r, bool value, const struct alarm_expr **out)
{
    struct alarm_expr *expr = new_expr(r, EXPR_CONSTANT);

    expr->constant = value;
    *out = expr;
    return count_element(r);
}

static enum status
parse_state(struct reader *r, enum alarm_state state, const struct alarm_expr **out)
{
    struct alarm_expr *expr = new_expr(r, EXPR_STATE);
    enum status st;

    if (!take_char(r, '('))
        return wrong(r, r->at, "expected ( and the name of an alarm");
    st = read_name(r, &expr->name);
    if (st != OK)
        return st;
    if (!take_char(r, ')'))
        return wrong(r, r->at, "expected ) behind the name of the alarm");
    expr->state = state;
    *out = expr;
    return count_element(r);
}

static enum status
enter(struct reader *r)
{
    if (++r->depth > ALARM_RULE_DEPTH)
        return err_set(r->err, E_LIMIT, "the alarm rule nests deeper than %d levels",
                       ALARM_RULE_DEPTH);
    return OK;
}

static enum status
parse_group(struct reader *r, const struct alarm_expr **out)
{
    const char *begin = r->at - 1;
    enum status st = enter(r);

    if (st == OK)
        st = count_element(r);
    if (st == OK)
        st = parse_or(r, out);
    if (st == OK && !take_char(r, ')'))
        return wrong(r, begin, "a parenthesis is not closed");
    r->depth--;
    return st;
}

static enum status
parse_term(struct reader *r, const struct alarm_expr **out)
{
    const char *begin;
    size_t len;

    if (take_char(r, '('))
        return parse_group(r, out);
    if (take_word(r, "TRUE"))
        return parse_constant(r, true, out);
    if (take_word(r, "FALSE"))
        return parse_constant(r, false, out);
    for (int i = 0; i < ALARM_STATES; i++) {
        if (take_word(r, alarm_state_name((enum alarm_state)i)))
            return parse_state(r, (enum alarm_state)i, out);
    }
    begin = r->at;
    len = word_length(begin);
    if (len == strlen("AT_LEAST") && strncmp(begin, "AT_LEAST", len) == 0)
        return err_set(r->err, E_UNSUPPORTED, "AT_LEAST in alarm rules is not supported");
    return wrong(r, begin,
                 *begin == '\0'
                     ? "the rule ends where an alarm was expected"
                     : "expected ALARM(, OK(, INSUFFICIENT_DATA(, TRUE, FALSE, NOT or (");
}

static enum status
parse_not(struct reader *r, const struct alarm_expr **out)
{
    struct alarm_expr *expr;
    enum status st;

    if (!take_word(r, "NOT"))
        return parse_term(r, out);
    expr = new_expr(r, EXPR_NOT);
    st = enter(r);
    if (st == OK)
        st = parse_not(r, &expr->left);
    r->depth--;
    *out = expr;
    return st;
}

/* left OP right OP right ... with operands of the next tighter kind */
static enum status
parse_chain(struct reader *r, enum kind kind, const char *word,
            enum status (*operand)(struct reader *, const struct alarm_expr **),
            const struct alarm_expr **out)
{
    enum status st = operand(r, out);

    while (st == OK && take_word(r, word)) {
        struct alarm_expr *expr = new_expr(r, kind);

        expr->left = *out;
        st = operand(r, &expr->right);
        *out = expr;
    }
    return st;
}

static enum status
parse_and(struct reader *r, const struct alarm_expr **out)
{
    return parse_chain(r, EXPR_AND, "AND", parse_not, out);
}

static enum status
parse_or(struct reader *r, const struct alarm_expr **out)
{
    return parse_chain(r, EXPR_OR, "OR", parse_and, out);
}

enum status
alarm_rule_parse(const struct alarm_expr **out, struct arena *arena, const char *text,
                 struct err *err)
{
    struct reader r = { .text = text, .at = text, .arena = arena, .err = err };
    const struct alarm_expr *expr = NULL;
    const char *const *names;
    enum status st;
    size_t count;

    if (strnlen(text, ALARM_RULE_CHARS + 1) > ALARM_RULE_CHARS)
        return err_set(err, E_LIMIT, "an alarm rule has at most %d characters", ALARM_RULE_CHARS);
    st = parse_or(&r, &expr);
    if (st != OK)
        return st;
    skip_blanks(&r);
    if (*r.at != '\0')
        return wrong(&r, r.at, "expected AND, OR or the end");
    alarm_rule_children(expr, arena, &names, &count);
    if (count > ALARM_RULE_CHILDREN)
        return err_set(err, E_LIMIT, "an alarm rule looks at no more than %d alarms",
                       ALARM_RULE_CHILDREN);
    *out = expr;
    return OK;
}

/* --- use -------------------------------------------------------------------------------------- */

struct children {
    const char **names;
    size_t count;
};

/* Chains lean left and may be long: walk down them without recursion. */
static void
collect(const struct alarm_expr *expr, struct children *to)
{
    for (; expr != NULL; expr = expr->left) {
        bool is_known = expr->kind != EXPR_STATE;

        for (size_t i = 0; i < to->count && !is_known; i++)
            is_known = strcmp(to->names[i], expr->name) == 0;
        if (!is_known)
            to->names[to->count++] = expr->name;
        if (expr->right != NULL)
            collect(expr->right, to);
    }
}

void
alarm_rule_children(const struct alarm_expr *expr, struct arena *arena, const char *const **names,
                    size_t *count)
{
    struct children all = { .names = arena_alloc(arena, ALARM_RULE_ELEMENTS * sizeof *all.names) };

    collect(expr, &all);
    *names = all.names;
    *count = all.count;
}

bool
alarm_rule_looks_at(const struct alarm_expr *expr, const char *name)
{
    for (; expr != NULL; expr = expr->left) {
        if (expr->kind == EXPR_STATE && strcmp(expr->name, name) == 0)
            return true;
        if (expr->right != NULL && alarm_rule_looks_at(expr->right, name))
            return true;
    }
    return false;
}

bool
alarm_rule_holds(const struct alarm_expr *expr, alarm_rule_look *look, void *arg)
{
    enum alarm_state state;

    switch (expr->kind) {
    case EXPR_CONSTANT:
        return expr->constant;
    case EXPR_STATE:
        return look(arg, expr->name, &state) && state == expr->state;
    case EXPR_NOT:
        return !alarm_rule_holds(expr->left, look, arg);
    case EXPR_AND:
        return alarm_rule_holds(expr->left, look, arg) && alarm_rule_holds(expr->right, look, arg);
    case EXPR_OR:
        break;
    }
    return alarm_rule_holds(expr->left, look, arg) || alarm_rule_holds(expr->right, look, arg);
}
