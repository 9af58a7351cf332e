/* filter_regex.c - a checked subset of regular expressions, handed to PCRE2.
 * SPDX-License-Identifier: MIT
 *
 * Allowed are letters, digits, blanks, the symbols : _ # = @ / ; , - and the operators
 * ^ $ ? [ ] { } | \ * + . and nothing else: no groups, hence no back-references (CloudWatch Logs
 * user guide, "Supported regular expressions"). Behind a backslash stands an operator or symbol
 * taken literally, one of d D s S w W t n r, or x and two hexadecimal digits. What passes this
 * check means the same in PCRE2, but for {,n}, which is written {0,n} there.
 *
 * Bytes are matched, not characters: the guide allows no multi-byte characters in a pattern, and
 * log lines need not be UTF-8. A dot matches any byte. A dollar matches the end, also before a last
 * newline: what a Lambda prints ends in one. Steps are limited, so that no pattern can hold a
 * reader for long. */
#include "config.h"

#include "domain/filter_regex.h"

#include "base/buf.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_MAX      1000
#define MATCH_STEPS_MAX 200000
#define PCRE_TEXT_MAX   4096

static const char symbols[] = " :_#=@/;,-";
static const char operators[] = "^$?[]{}|\\*+.";

struct filter_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    size_t gave_up;
};

/* One pass over the source, writing what PCRE2 gets. */
struct scan {
    const char *text;
    size_t len;
    size_t at;
    size_t position;
    bool in_class;
    struct buf out;
    struct err *err;
};

static bool
is_alnum(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_hex(char c)
{
    return is_one_of("0123456789abcdefABCDEF", c);
}

static enum status
refuse(struct scan *s, const char *what)
{
    return err_set(s->err, E_INVALID, "%s at position %zu of the filter pattern", what,
                   s->position + s->at);
}

static enum status
scan_escape(struct scan *s)
{
    char c = s->at + 1 < s->len ? s->text[s->at + 1] : '\0';

    if (c == 'x') {
        if (s->len - s->at < 4 || !is_hex(s->text[s->at + 2]) || !is_hex(s->text[s->at + 3]))
            return refuse(s, "expected two hexadecimal digits behind \\x in a regular expression");
        buf_add(&s->out, s->text + s->at, 4);
        s->at += 4;
        return OK;
    }
    if (!is_one_of(operators, c) && !is_one_of(symbols, c) && !is_one_of("dDsSwWtnr", c))
        return refuse(s, "a backslash in a regular expression must stand before an operator, a "
                         "symbol, one of d D s S w W t n r, or x and two digits");
    buf_add(&s->out, s->text + s->at, 2);
    s->at += 2;
    return OK;
}

/* A number of a {m,n}; -1 when there is none. */
static int
scan_count(struct scan *s)
{
    int n = -1;

    while (s->at < s->len && s->text[s->at] == ' ')
        s->at++;
    for (; s->at < s->len && s->text[s->at] >= '0' && s->text[s->at] <= '9'; s->at++) {
        n = (n < 0 ? 0 : n) * 10 + (s->text[s->at] - '0');
        if (n > REPEAT_MAX)
            n = REPEAT_MAX + 1;
    }
    while (s->at < s->len && s->text[s->at] == ' ')
        s->at++;
    return n;
}

static enum status
scan_repeat(struct scan *s)
{
    size_t start = s->at++;
    int least = scan_count(s);
    int most = least;
    bool is_range = s->at < s->len && s->text[s->at] == ',';

    if (is_range) {
        s->at++;
        most = scan_count(s);
    }
    if (s->at >= s->len || s->text[s->at] != '}' || (least < 0 && most < 0)) {
        s->at = start;
        return refuse(s, "expected {m}, {m,}, {,n} or {m,n} in a regular expression");
    }
    if (least > REPEAT_MAX || most > REPEAT_MAX) {
        s->at = start;
        return refuse(s, "a repetition of more than 1000 in a regular expression");
    }
    s->at++;
    if (!is_range)
        buf_addf(&s->out, "{%d}", least);
    else if (most < 0)
        buf_addf(&s->out, "{%d,}", least);
    else
        buf_addf(&s->out, "{%d,%d}", least < 0 ? 0 : least, most);
    return OK;
}

static enum status
scan_one(struct scan *s)
{
    char c = s->text[s->at];

    if (c == '\\')
        return scan_escape(s);
    if (c == '{' && !s->in_class)
        return scan_repeat(s);
    if (c == '(' || c == ')')
        return refuse(s, "parentheses are not supported in a regular expression (\\x28 and \\x29 "
                         "match them)");
    if (!is_alnum(c) && !is_one_of(symbols, c) && !is_one_of(operators, c))
        return refuse(s, "a character that a regular expression may not hold");
    if (c == '[' && !s->in_class) {
        s->in_class = true;
        buf_addc(&s->out, c);
        s->at++;
        if (s->at < s->len && s->text[s->at] == '^')
            buf_addc(&s->out, s->text[s->at++]);
        if (s->at < s->len && s->text[s->at] == ']') /* first in a class: itself */
            buf_addc(&s->out, s->text[s->at++]);
        return OK;
    }
    if (c == ']' && s->in_class)
        s->in_class = false;
    if (c == '[') /* a class within a class is none in PCRE2 */
        buf_addc(&s->out, '\\');
    buf_addc(&s->out, c);
    s->at++;
    return OK;
}

static enum status
compile(struct filter_regex *re, const struct scan *s)
{
    PCRE2_SIZE offset = 0;
    int code = 0;
    PCRE2_UCHAR why[120];

    re->code = pcre2_compile((PCRE2_SPTR)s->out.data, s->out.len, PCRE2_DOTALL | PCRE2_NEVER_UTF,
                             &code, &offset, NULL);
    if (re->code == NULL) {
        pcre2_get_error_message(code, why, sizeof why);
        return err_set(s->err, E_INVALID,
                       "%s, in the regular expression at position %zu of the filter pattern",
                       (const char *)why, s->position);
    }
    re->data = pcre2_match_data_create(1, NULL);
    re->context = pcre2_match_context_create(NULL);
    if (re->data == NULL || re->context == NULL)
        return err_set(s->err, E_LIMIT, "out of memory for a regular expression");
    pcre2_set_match_limit(re->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(re->context, MATCH_STEPS_MAX);
    /* Without executable memory the interpreter does it; the limits hold for both. */
    (void)pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
    return OK;
}

enum status
filter_regex_new(struct filter_regex **out, const char *text, size_t len, size_t position,
                 struct err *err)
{
    struct scan s = { .text = text, .len = len, .position = position, .err = err };
    struct filter_regex *re = xcalloc(1, sizeof *re);
    enum status st = OK;

    buf_init(&s.out, PCRE_TEXT_MAX);
    if (len == 0)
        st = refuse(&s, "an empty regular expression");
    while (st == OK && s.at < len)
        st = scan_one(&s);
    if (st == OK && buf_failed(&s.out))
        st = err_set(err, E_LIMIT, "a regular expression of more than %d bytes", PCRE_TEXT_MAX);
    if (st == OK)
        st = compile(re, &s);
    buf_fini(&s.out);
    if (st != OK) {
        filter_regex_free(re);
        return st;
    }
    *out = re;
    return OK;
}

void
filter_regex_free(struct filter_regex *re)
{
    if (re == NULL)
        return;
    pcre2_match_context_free(re->context);
    pcre2_match_data_free(re->data);
    pcre2_code_free(re->code);
    free(re);
}

bool
filter_regex_match(struct filter_regex *re, const char *text, size_t len)
{
    int found = pcre2_match(re->code, (PCRE2_SPTR)text, len, 0, 0, re->data, re->context);

    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        re->gave_up++;
    return found >= 0;
}

size_t
filter_regex_gave_up(const struct filter_regex *re)
{
    return re->gave_up;
}
