/* insights_text.c - the functions of Logs Insights that work on text.
 * SPDX-License-Identifier: MIT
 *
 * Text is UTF-8 where it can be: lengths and places count code points, a byte that is no UTF-8
 * counts as one. Upper and lower case are those of ASCII. */
#include "config.h"

#include "domain/insights_functions.h"

#include <string.h>

#define RESULT_MAX ((size_t)4 << 20) /* of one value */

static const struct value nothing = { .type = VALUE_NULL };

struct span {
    const char *text;
    size_t len;
};

/* The text of an argument; printed ones live in the record's arena. */
static struct span
text_of(const struct function_call *call, unsigned i)
{
    char room[VALUE_ROOM];
    struct span s;

    s.text = value_as_text(&call->args[i], room, &s.len);
    if (s.text == room)
        s.text = arena_strndup(call->arena, room, s.len);
    return s;
}

static struct value
quoted_copy(const struct function_call *call, const struct buf *b)
{
    char *copy;

    if (buf_failed(b))
        return nothing;
    copy = arena_alloc(call->arena, b->len + 1);
    memcpy(copy, b->data, b->len);
    return value_quoted(copy, b->len);
}

/* --- code points ------------------------------------------------------------------------------ */

static bool
is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the character at the start. */
static size_t
character(struct span s)
{
    size_t n = 1;

    if ((unsigned char)s.text[0] < 0xc0)
        return 1;
    while (n < s.len && n < 4 && is_tail(s.text[n]))
        n++;
    return n;
}

static size_t
count_characters(struct span s)
{
    size_t n = 0;

    while (s.len > 0) {
        size_t step = character(s);

        s = (struct span){ s.text + step, s.len - step };
        n++;
    }
    return n;
}

static struct span
skip_characters(struct span s, double count)
{
    for (; count >= 1 && s.len > 0; count--) {
        size_t step = character(s);

        s = (struct span){ s.text + step, s.len - step };
    }
    return s;
}

struct value
function_strlen(const struct function_call *call)
{
    if (value_is_null(&call->args[0]))
        return nothing;
    return value_number((double)count_characters(text_of(call, 0)));
}

/* Places count from 0. */
struct value
function_substr(const struct function_call *call)
{
    double from, length = 0;
    struct span s, rest;

    if (value_is_null(&call->args[0]) || !value_as_number(&call->args[1], &from) ||
        (call->count > 2 && !value_as_number(&call->args[2], &length)))
        return nothing;
    s = skip_characters(text_of(call, 0), from);
    if (call->count < 3)
        return value_quoted(s.text, s.len);
    rest = skip_characters(s, length);
    return value_quoted(s.text, (size_t)(rest.text - s.text));
}

/* --- case ------------------------------------------------------------------------------------- */

static struct value
map_case(const struct function_call *call, char low, char high)
{
    struct span s;
    char *copy;

    if (value_is_null(&call->args[0]))
        return nothing;
    s = text_of(call, 0);
    copy = arena_alloc(call->arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        copy[i] = s.text[i] >= low && s.text[i] <= high ? (char)(s.text[i] ^ 0x20) : s.text[i];
    return value_quoted(copy, s.len);
}

struct value
function_toupper(const struct function_call *call)
{
    return map_case(call, 'a', 'z');
}

struct value
function_tolower(const struct function_call *call)
{
    return map_case(call, 'A', 'Z');
}

/* --- trimming --------------------------------------------------------------------------------- */

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
has_byte(struct span set, char c)
{
    return set.text == NULL ? is_blank(c) : set.len > 0 && memchr(set.text, c, set.len) != NULL;
}

static struct value
trim(const struct function_call *call, bool left, bool right)
{
    struct span s, set = { NULL, 0 };

    if (value_is_null(&call->args[0]))
        return nothing;
    s = text_of(call, 0);
    if (call->count > 1)
        set = text_of(call, 1);
    while (left && s.len > 0 && has_byte(set, s.text[0]))
        s = (struct span){ s.text + 1, s.len - 1 };
    while (right && s.len > 0 && has_byte(set, s.text[s.len - 1]))
        s.len--;
    return value_quoted(s.text, s.len);
}

struct value
function_trim(const struct function_call *call)
{
    return trim(call, true, true);
}

struct value
function_ltrim(const struct function_call *call)
{
    return trim(call, true, false);
}

struct value
function_rtrim(const struct function_call *call)
{
    return trim(call, false, true);
}

struct value
function_isempty(const struct function_call *call)
{
    return value_truth(value_is_null(&call->args[0]) || text_of(call, 0).len == 0);
}

struct value
function_isblank(const struct function_call *call)
{
    struct value v = trim(call, true, true);

    return value_truth(value_is_null(&v) || v.len == 0);
}

/* --- parts ------------------------------------------------------------------------------------ */

/* A missing part adds nothing. */
struct value
function_concat(const struct function_call *call)
{
    struct buf b;
    struct value v;

    buf_init(&b, RESULT_MAX);
    for (unsigned i = 0; i < call->count; i++) {
        struct span s = text_of(call, i);

        buf_add(&b, s.text, s.len);
    }
    v = quoted_copy(call, &b);
    buf_fini(&b);
    return v;
}

static const char *
find(struct span in, struct span what)
{
    return what.len == 0 ? in.text
           : in.len == 0 ? NULL
                         : memmem(in.text, in.len, what.text, what.len);
}

struct value
function_strcontains(const struct function_call *call)
{
    if (value_is_null(&call->args[0]) || value_is_null(&call->args[1]))
        return value_number(0);
    return value_number(find(text_of(call, 0), text_of(call, 1)) != NULL);
}

struct value
function_replace(const struct function_call *call)
{
    struct span in, what, with;
    struct value v;
    struct buf b;

    for (unsigned i = 0; i < 3; i++) {
        if (value_is_null(&call->args[i]))
            return nothing;
    }
    in = text_of(call, 0);
    what = text_of(call, 1);
    with = text_of(call, 2);
    buf_init(&b, RESULT_MAX);
    while (what.len > 0 && !buf_failed(&b)) {
        const char *at = find(in, what);

        if (at == NULL)
            break;
        buf_add(&b, in.text, (size_t)(at - in.text));
        buf_add(&b, with.text, with.len);
        in = (struct span){ at + what.len, in.len - (size_t)(at - in.text) - what.len };
    }
    buf_add(&b, in.text, in.len);
    v = quoted_copy(call, &b);
    buf_fini(&b);
    return v;
}
