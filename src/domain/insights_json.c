/* insights_json.c - one pass over a JSON object, stepping over what nobody asked for.
 * SPDX-License-Identifier: MIT
 *
 * A query reads every line of its range, and most of a line is of no interest: building a tree of
 * it costs ten times what the query itself does. So keys are compared where they stand, values are
 * stepped over by looking for quotes and brackets alone, and only what is wanted is decoded.
 *
 * At each depth a bit set says which paths can still be met below, and where in each of them the
 * next key begins. A text that turns out to be no JSON has no fields. */
#include "config.h"

#include "domain/insights_json.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

struct scan {
    const struct insights_json *wanted;
    const char *at, *end;
    struct value *values;
    struct arena *arena;
    uint64_t left; /* not found yet */
};

/* Which paths go on here, and how much of each is behind us. */
struct trail {
    uint64_t alive;
    uint16_t passed[INSIGHTS_JSON_MAX];
};

struct word {
    const char *text;
    size_t len;
};

static void
skip_blanks(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool
accept(struct scan *s, char c)
{
    skip_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static bool
read_string(struct scan *s, struct word *out)
{
    const char *from = s->at, *quote = from;

    while (quote < s->end) {
        const char *back;

        quote = memchr(quote, '"', (size_t)(s->end - quote));
        if (quote == NULL)
            return false;
        for (back = quote; back > from && back[-1] == '\\';)
            back--;
        quote++;
        if ((quote - 1 - back) % 2 == 0) {
            *out = (struct word){ from, (size_t)(quote - 1 - from) };
            s->at = quote;
            return true;
        }
    }
    return false;
}

/* An object or array, from its bracket on; which bracket closes which is not checked. */
static bool
skip_container(struct scan *s)
{
    struct word ignored;
    size_t depth = 0;

    while (s->at < s->end) {
        char c = *s->at++;

        if (c == '"') {
            if (!read_string(s, &ignored))
                return false;
        } else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static bool
ends_plain(char c)
{
    return c == ',' || c == '}' || c == ']' || c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
read_plain(struct scan *s, struct word *out)
{
    const char *from = s->at;

    while (s->at < s->end && !ends_plain(*s->at))
        s->at++;
    *out = (struct word){ from, (size_t)(s->at - from) };
    return out->len > 0;
}

static bool
skip_value(struct scan *s)
{
    struct word ignored;

    skip_blanks(s);
    if (s->at == s->end)
        return false;
    if (*s->at == '"') {
        s->at++;
        return read_string(s, &ignored);
    }
    return *s->at == '{' || *s->at == '[' ? skip_container(s) : read_plain(s, &ignored);
}

/* --- what is wanted --------------------------------------------------------------------------- */

/* Strings with escapes are rare: the parser of the house decodes them. */
static struct value
decode_string(struct scan *s, struct word raw)
{
    const cJSON *parsed = NULL;

    if (raw.len == 0 || memchr(raw.text, '\\', raw.len) == NULL)
        return value_quoted(raw.text, raw.len);
    if (json_parse_in(&parsed, s->arena, raw.text - 1, raw.len + 2, NULL) != OK ||
        parsed->valuestring == NULL)
        return value_quoted(raw.text, raw.len);
    return value_quoted(parsed->valuestring, strlen(parsed->valuestring));
}

static bool
is_word(struct word w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.text, text, w.len) == 0;
}

static bool
decode_plain(struct word w, struct value *out)
{
    if (is_word(w, "true") || is_word(w, "false"))
        *out = value_truth(w.len == 4);
    else if (is_word(w, "null"))
        *out = (struct value){ .type = VALUE_NULL };
    else if ((*w.text >= '0' && *w.text <= '9') || *w.text == '-')
        *out = value_text(w.text, w.len);
    else
        return false;
    return true;
}

/* Narrows `from` to the paths that go on with this key. Those that end with it are returned. */
static uint64_t
follow(const struct scan *s, const struct trail *from, struct word key, struct trail *to)
{
    uint64_t ending = 0, bits = from->alive & s->left;

    to->alive = 0;
    for (; bits != 0; bits &= bits - 1) {
        unsigned i = (unsigned)__builtin_ctzll(bits);
        size_t passed = from->passed[i], len = s->wanted->paths[i].len;
        const char *rest = s->wanted->paths[i].name + passed;

        if (len - passed < key.len || memcmp(rest, key.text, key.len) != 0)
            continue;
        if (len - passed == key.len)
            ending |= (uint64_t)1 << i;
        else if (rest[key.len] == '.') {
            to->alive |= (uint64_t)1 << i;
            to->passed[i] = (uint16_t)(passed + key.len + 1);
        }
    }
    return ending;
}

static void
give(struct scan *s, uint64_t ending, struct value v)
{
    s->left &= ~ending;
    for (; ending != 0; ending &= ending - 1)
        s->values[__builtin_ctzll(ending)] = v;
}

static bool read_object(struct scan *s, const struct trail *trail);
static bool read_array(struct scan *s, const struct trail *trail);

static bool
read_value(struct scan *s, const struct trail *below, uint64_t ending)
{
    struct value v = { .type = VALUE_NULL };
    struct word w;

    skip_blanks(s);
    if (s->at == s->end)
        return false;
    if (*s->at == '{' || *s->at == '[') {
        give(s, ending, v);
        if (below->alive == 0)
            return skip_container(s);
        return *s->at++ == '{' ? read_object(s, below) : read_array(s, below);
    }
    if (*s->at == '"') {
        s->at++;
        if (!read_string(s, &w))
            return false;
        give(s, ending, ending == 0 ? v : decode_string(s, w));
        return true;
    }
    if (!read_plain(s, &w) || !decode_plain(w, &v))
        return false;
    give(s, ending, v);
    return true;
}

static bool
read_member(struct scan *s, const struct trail *trail)
{
    struct trail below;
    struct word key;
    uint64_t ending;

    if (!accept(s, '"') || !read_string(s, &key) || !accept(s, ':'))
        return false;
    if (memchr(key.text, '\\', key.len) != NULL) {
        struct value v = decode_string(s, key);

        key = (struct word){ v.text, v.len };
    }
    ending = follow(s, trail, key, &below);
    if (ending == 0 && below.alive == 0)
        return skip_value(s);
    return read_value(s, &below, ending);
}

/* Both return true early once everything is found. */
static bool
read_object(struct scan *s, const struct trail *trail)
{
    if (accept(s, '}'))
        return true;
    do {
        if (!read_member(s, trail))
            return false;
        if (s->left == 0)
            return true;
    } while (accept(s, ','));
    return accept(s, '}');
}

static bool
read_array(struct scan *s, const struct trail *trail)
{
    size_t index = 0;

    if (accept(s, ']'))
        return true;
    do {
        struct trail below;
        char number[24];
        uint64_t ending;
        int len = snprintf(number, sizeof number, "%zu", index++);

        ending = follow(s, trail, (struct word){ number, (size_t)len }, &below);
        if (!read_value(s, &below, ending))
            return false;
        if (s->left == 0)
            return true;
    } while (accept(s, ','));
    return accept(s, ']');
}

void
insights_json_read(const struct insights_json *wanted, const char *text, size_t len,
                   struct value *values, struct arena *arena)
{
    struct scan s = {
        .wanted = wanted, .at = text + 1, .end = text + len, .values = values, .arena = arena
    };
    struct trail trail = { 0 };

    if (wanted->count == 0)
        return;
    trail.alive = s.left = UINT64_MAX >> (64 - wanted->count);
    memset(values, 0, wanted->count * sizeof *values);
    if (!read_object(&s, &trail))
        memset(values, 0, wanted->count * sizeof *values);
}
