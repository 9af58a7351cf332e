/* filter_cursor.c - the tokens of filter patterns, and comparing with what they say.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/filter_cursor.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define NUMBER_TEXT_MAX 64

void
cursor_skip_blanks(struct filter_cursor *c)
{
    c->at += strspn(c->text + c->at, " \t\r\n");
}

bool
cursor_accept(struct filter_cursor *c, const char *token)
{
    size_t len = strlen(token);

    cursor_skip_blanks(c);
    if (strncmp(c->text + c->at, token, len) != 0)
        return false;
    c->at += len;
    return true;
}

enum status
cursor_expected(struct filter_cursor *c, const char *what)
{
    const char *here = c->text + c->at;

    if (*here == '\0')
        return err_set(c->err, E_INVALID,
                       "expected %s at position %zu of the filter pattern, where it ends", what,
                       c->at + 1);
    return err_set(c->err, E_INVALID,
                   "expected %s at position %zu of the filter pattern, got %.12s", what, c->at + 1,
                   here);
}

bool
cursor_is_word_char(char ch)
{
    return (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
           ch == '_';
}

enum status
cursor_quoted(struct filter_cursor *c, const char **text, size_t *len)
{
    size_t start = c->at;
    char *copy = arena_alloc(c->arena, strlen(c->text + c->at) + 1);
    size_t n = 0;

    for (c->at++; c->text[c->at] != '"'; c->at++) {
        if (c->text[c->at] == '\\' && (c->text[c->at + 1] == '"' || c->text[c->at + 1] == '\\'))
            c->at++;
        if (c->text[c->at] == '\0') {
            c->at = start;
            return err_set(c->err, E_INVALID,
                           "the quote at position %zu of the filter pattern is not closed",
                           start + 1);
        }
        copy[n++] = c->text[c->at];
    }
    c->at++;
    *text = copy;
    *len = n;
    return OK;
}

enum status
cursor_regex(struct filter_cursor *c, struct filter_regex **re)
{
    size_t start = c->at + 1;
    const char *end = strchr(c->text + start, '%');
    enum status st;

    if (end == NULL)
        return err_set(c->err, E_INVALID,
                       "the %% at position %zu of the filter pattern opens a regular expression "
                       "that is not closed",
                       start);
    if (c->regex_count == FILTER_REGEX_MAX)
        return err_set(c->err, E_INVALID,
                       "a third regular expression at position %zu: a filter pattern may hold %d",
                       start, FILTER_REGEX_MAX);
    st = filter_regex_new(re, c->text + start, (size_t)(end - c->text) - start, start + 1, c->err);
    if (st != OK)
        return st;
    c->regexes[c->regex_count++] = *re;
    c->at = (size_t)(end - c->text) + 1;
    return OK;
}

enum status
cursor_op(struct filter_cursor *c, enum filter_op *op)
{
    static const struct {
        const char *text;
        enum filter_op op;
    } ops[] = {
        { "!=", FILTER_NE }, { "<=", FILTER_LE }, { ">=", FILTER_GE },
        { "=", FILTER_EQ },  { "<", FILTER_LT },  { ">", FILTER_GT },
    };

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (cursor_accept(c, ops[i].text)) {
            *op = ops[i].op;
            return OK;
        }
    }
    return cursor_expected(c, "one of = != < > <= >=");
}

/* Takes the wildcards off both ends. */
static void
open_ends(struct filter_value *value)
{
    while (value->len > 0 && value->text[0] == '*') {
        value->open_start = true;
        value->text++;
        value->len--;
    }
    while (value->len > 0 && value->text[value->len - 1] == '*') {
        value->open_end = true;
        value->len--;
    }
}

static bool
parse_number(double *out, const char *text, size_t len)
{
    char copy[NUMBER_TEXT_MAX];

    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return text_parse_double(out, copy);
}

/* Without quotes: letters, digits and what numbers, addresses and paths are made of. */
static size_t
bare_length(const char *text)
{
    size_t n = 0;

    while (cursor_is_word_char(text[n]) || (text[n] != '\0' && strchr(".*+-/:@", text[n]) != NULL))
        n++;
    return n;
}

enum status
cursor_value(struct filter_cursor *c, enum filter_op op, struct filter_value *value)
{
    bool is_order = op != FILTER_EQ && op != FILTER_NE;
    enum status st = OK;

    *value = (struct filter_value){ 0 };
    cursor_skip_blanks(c);
    if (c->text[c->at] == '%' && !is_order)
        return cursor_regex(c, &value->regex);
    if (c->text[c->at] == '"' && !is_order) {
        st = cursor_quoted(c, &value->text, &value->len);
        if (st == OK)
            open_ends(value);
        return st;
    }
    value->text = c->text + c->at;
    value->len = bare_length(value->text);
    value->is_number = parse_number(&value->number, value->text, value->len);
    if (is_order && !value->is_number)
        return cursor_expected(c, "a number");
    if (value->len == 0)
        return cursor_expected(c, "a value (put other than letters, digits and _ into quotes)");
    c->at += value->len;
    value->text = arena_strndup(c->arena, value->text, value->len);
    if (!value->is_number)
        open_ends(value);
    return OK;
}

static bool
fits(const struct filter_value *value, const char *text, size_t len)
{
    if (len < value->len)
        return false;
    if (value->open_start && value->open_end)
        return value->len == 0 || memmem(text, len, value->text, value->len) != NULL;
    if (value->open_end)
        return memcmp(text, value->text, value->len) == 0;
    if (value->open_start)
        return memcmp(text + len - value->len, value->text, value->len) == 0;
    return len == value->len && memcmp(text, value->text, len) == 0;
}

static bool
compare(double a, enum filter_op op, double b)
{
    switch (op) {
    case FILTER_EQ:
        return a == b;
    case FILTER_NE:
        return a != b;
    case FILTER_LT:
        return a < b;
    case FILTER_GT:
        return a > b;
    case FILTER_LE:
        return a <= b;
    case FILTER_GE:
        return a >= b;
    }
    return false;
}

bool
filter_value_text(const struct filter_value *value, enum filter_op op, const char *text, size_t len)
{
    double number;

    if (value->regex != NULL)
        return filter_regex_match(value->regex, text, len) == (op == FILTER_EQ);
    if (value->is_number && parse_number(&number, text, len))
        return compare(number, op, value->number);
    if (op != FILTER_EQ && op != FILTER_NE)
        return false;
    return fits(value, text, len) == (op == FILTER_EQ);
}

bool
filter_value_number(const struct filter_value *value, enum filter_op op, double number)
{
    struct buf text;
    bool holds;

    if (value->is_number)
        return compare(number, op, value->number);
    buf_init(&text, NUMBER_TEXT_MAX);
    json_print_number(&text, number);
    holds = filter_value_text(value, op, text.data, text.len);
    buf_fini(&text);
    return holds;
}
