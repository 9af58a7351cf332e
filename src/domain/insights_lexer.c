/* insights_lexer.c - words, numbers, strings, regular expressions and signs of a query.
 * SPDX-License-Identifier: MIT
 *
 * Bare field names are letters, digits, underscores, dots and at signs (CloudWatch Logs user guide,
 * "Fields that contain special characters"); anything else goes between back-quotes, as a whole or
 * as one step of a path: a.`b-c`.d. A list's items may be written a[0] for a.0. A slash is a sign
 * until the parser, who knows what may stand there, has it read as a regular expression. */
#include "config.h"

#include "domain/insights_lexer.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define NAME_MAX_BYTES 1024

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' || c == '`' ||
           (unsigned char)c >= 0x80;
}

static bool
is_name_char(char c)
{
    return (is_name_start(c) && c != '`') || is_digit(c);
}

static char
peek(const struct insights_lexer *lx, size_t at)
{
    return at < lx->len ? lx->query[at] : '\0';
}

enum status
lexer_refuse_at(struct insights_lexer *lx, size_t start, size_t end, const char *fmt, ...)
{
    va_list ap;

    if (!lx->failed) {
        va_start(ap, fmt);
        err_setv(lx->err, E_INVALID, fmt, ap);
        va_end(ap);
        lx->failed = true;
        lx->error_start = start;
        lx->error_end = end > start ? end : start;
    }
    lx->now.kind = TOKEN_END;
    return E_INVALID;
}

static void
skip_blanks(struct insights_lexer *lx, size_t *at)
{
    while (*at < lx->len) {
        if (lx->query[*at] == '#')
            *at += strcspn(lx->query + *at, "\n");
        else if (strchr(" \t\r\n", lx->query[*at]) != NULL)
            (*at)++;
        else
            return;
    }
}

static void
finish(struct insights_lexer *lx, enum token_kind kind, size_t end, const char *text, size_t len)
{
    lx->now.kind = kind;
    lx->now.text = arena_strndup(lx->arena, text, len);
    lx->now.len = len;
    lx->now.end = end;
}

/* --- strings and regular expressions ---------------------------------------------------------- */

/* Behind a backslash: the quote, the backslash, n and t mean what they do elsewhere; anything else
 * keeps its backslash, for globs. */
static void
add_escaped(struct buf *text, char c)
{
    if (c == 'n' || c == 't') {
        buf_addc(text, c == 'n' ? '\n' : '\t');
        return;
    }
    if (c != '"' && c != '\'' && c != '\\')
        buf_addc(text, '\\');
    buf_addc(text, c);
}

static void
read_string(struct insights_lexer *lx)
{
    size_t start = lx->now.start, at = start + 1;
    char quote = lx->query[start];
    struct buf text;

    buf_init(&text, lx->len + 1);
    while (at < lx->len && lx->query[at] != quote) {
        if (lx->query[at] == '\\' && at + 1 < lx->len) {
            add_escaped(&text, lx->query[at + 1]);
            at += 2;
        } else
            buf_addc(&text, lx->query[at++]);
    }
    if (at >= lx->len)
        lexer_refuse_at(lx, start, lx->len, "the string that begins here has no end");
    else
        finish(lx, TOKEN_STRING, at + 1, text.data, text.len);
    buf_fini(&text);
}

/* A slash behind a backslash does not end it. */
void
lexer_reread_regex(struct insights_lexer *lx)
{
    size_t start = lx->now.start, at = start + 1;

    while (at < lx->len && lx->query[at] != '/')
        at += lx->query[at] == '\\' && at + 1 < lx->len ? 2 : 1;
    if (at >= lx->len)
        lexer_refuse_at(lx, start, lx->len, "the regular expression that begins here has no end");
    else if (at == start + 1)
        lexer_refuse_at(lx, start, at + 1, "an empty regular expression");
    else
        finish(lx, TOKEN_REGEX, at + 1, lx->query + start + 1, at - start - 1);
}

/* --- names ------------------------------------------------------------------------------------ */

/* One step of a path; false: refused. */
static bool
read_step(struct insights_lexer *lx, size_t *at, struct buf *name, bool *is_field)
{
    size_t from = *at;

    if (peek(lx, from) != '`') {
        while (is_name_char(peek(lx, *at)))
            (*at)++;
        buf_add(name, lx->query + from, *at - from);
        return true;
    }
    *is_field = true;
    for (*at = ++from; *at < lx->len && lx->query[*at] != '`'; (*at)++)
        ;
    if (*at >= lx->len || *at == from) {
        lexer_refuse_at(lx, from - 1, *at >= lx->len ? lx->len : *at + 1,
                        *at >= lx->len ? "the name that begins with this back-quote has no end"
                                       : "an empty name");
        return false;
    }
    buf_add(name, lx->query + from, *at - from);
    (*at)++;
    return true;
}

/* "[12]" at `at`, as ".12". */
static bool
read_index(struct insights_lexer *lx, size_t *at, struct buf *name)
{
    size_t digits = *at + 1, end = digits;

    while (is_digit(peek(lx, end)))
        end++;
    if (peek(lx, *at) != '[' || end == digits || peek(lx, end) != ']')
        return false;
    buf_addc(name, '.');
    buf_add(name, lx->query + digits, end - digits);
    *at = end + 1;
    return true;
}

static void
read_name(struct insights_lexer *lx)
{
    size_t at = lx->now.start;
    bool is_field = false, good;
    struct buf name;

    buf_init(&name, NAME_MAX_BYTES);
    good = read_step(lx, &at, &name, &is_field);
    while (good) {
        if (read_index(lx, &at, &name)) {
            is_field = true;
        } else if (peek(lx, at) == '.' &&
                   (is_name_char(peek(lx, at + 1)) || peek(lx, at + 1) == '`')) {
            buf_addc(&name, '.');
            at++;
            good = read_step(lx, &at, &name, &is_field);
        } else
            break;
    }
    if (good && buf_failed(&name))
        lexer_refuse_at(lx, lx->now.start, at, "a name of more than %d bytes", NAME_MAX_BYTES);
    else if (good)
        finish(lx, is_field ? TOKEN_FIELD : TOKEN_NAME, at, name.data, name.len);
    buf_fini(&name);
}

/* --- numbers and signs ------------------------------------------------------------------------ */

static void
read_number(struct insights_lexer *lx)
{
    size_t start = lx->now.start, at = start, sign;
    bool is_period = false;

    while (is_digit(peek(lx, at)))
        at++;
    if (peek(lx, at) == '.' && is_digit(peek(lx, at + 1))) {
        for (at++; is_digit(peek(lx, at));)
            at++;
    }
    sign = peek(lx, at + 1) == '-' || peek(lx, at + 1) == '+';
    if ((peek(lx, at) | 0x20) == 'e' && is_digit(peek(lx, at + 1 + sign))) {
        for (at += 1 + sign; is_digit(peek(lx, at));)
            at++;
    }
    while (is_name_char(peek(lx, at))) {
        is_period = true;
        at++;
    }
    finish(lx, is_period ? TOKEN_PERIOD : TOKEN_NUMBER, at, lx->query + start, at - start);
}

static void
read_sign(struct insights_lexer *lx)
{
    static const char *const signs[] = { "!=", "<=", ">=", "=~", "==", "&&", "||", "<",
                                         ">",  "=",  "+",  "-",  "*",  "/",  "^",  "%",
                                         "(",  ")",  "[",  "]",  ",",  "|",  "!" };
    const char *at = lx->query + lx->now.start;

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strncmp(at, signs[i], strlen(signs[i])) == 0) {
            finish(lx, TOKEN_SIGN, lx->now.start + strlen(signs[i]), signs[i], strlen(signs[i]));
            return;
        }
    }
    lexer_refuse_at(lx, lx->now.start, lx->now.start + 1, "no query has this character here");
}

void
lexer_init(struct insights_lexer *lx, const char *query, struct arena *arena, struct err *err)
{
    *lx =
        (struct insights_lexer){ .query = query, .len = strlen(query), .arena = arena, .err = err };
    lexer_next(lx);
}

void
lexer_next(struct insights_lexer *lx)
{
    size_t at = lx->now.end;
    char c;

    if (lx->failed)
        return;
    lx->before = at;
    skip_blanks(lx, &at);
    lx->now = (struct insights_token){ .kind = TOKEN_END, .text = "", .start = at, .end = at };
    if (at >= lx->len)
        return;
    c = lx->query[at];
    if (is_name_start(c))
        read_name(lx);
    else if (is_digit(c))
        read_number(lx);
    else if (c == '"' || c == '\'')
        read_string(lx);
    else
        read_sign(lx);
}

/* --- looking ---------------------------------------------------------------------------------- */

bool
lexer_at_word(const struct insights_lexer *lx, const char *word)
{
    return lx->now.kind == TOKEN_NAME && strcasecmp(lx->now.text, word) == 0;
}

bool
lexer_at_sign(const struct insights_lexer *lx, const char *sign)
{
    return lx->now.kind == TOKEN_SIGN && strcmp(lx->now.text, sign) == 0;
}

bool
lexer_accept_word(struct insights_lexer *lx, const char *word)
{
    if (!lexer_at_word(lx, word))
        return false;
    lexer_next(lx);
    return true;
}

bool
lexer_accept_sign(struct insights_lexer *lx, const char *sign)
{
    if (!lexer_at_sign(lx, sign))
        return false;
    lexer_next(lx);
    return true;
}

enum status
lexer_expected(struct insights_lexer *lx, const char *what)
{
    const struct insights_token *t = &lx->now;

    if (t->kind == TOKEN_END)
        return lexer_refuse_at(lx, t->start, t->end, "expected %s, got the end of the query", what);
    return lexer_refuse_at(lx, t->start, t->end, "expected %s, got %.*s", what,
                           (int)(t->end - t->start > 60 ? 60 : t->end - t->start),
                           lx->query + t->start);
}
