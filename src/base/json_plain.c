/* json_plain.c - reads JSON as programs write it, quickly, into an arena.
 * SPDX-License-Identifier: MIT
 *
 * Nearly everything that arrives is JSON in its strict form (RFC 8259), printed by JSON.stringify()
 * or its like. For that a reader needs no guesses: one pass, an explicit stack, all texts in one
 * piece of the arena (together they are shorter than the JSON), all nodes in a few. Whatever is
 * unusual (an error, which wants a sentence; escapes by number; what cJSON is lenient about; values
 * nested too deeply) ends the attempt, and cJSON reads the text from its start: so both always give
 * the same tree, which tests/fuzz/fuzz_json.c holds.
 *
 * A decimal number whose digits fit a double exactly, times a power of ten that does, is rounded
 * once and thus right (Clinger, "How to Read Floating Point Numbers Accurately", 1990). The others
 * are strtod()'s. */
#include "config.h"

#include "base/json.h"
#include "base/json_own.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX  60 /* bytes; cJSON cuts longer ones */
#define EXACT_MAX   (UINT64_C(1) << 53)
#define DIGITS_MAX  18 /* that surely fit 64 bits */
#define POWER_MAX   22 /* of ten, that is a double exactly */
#define NODE_BYTES  16 /* of text to a node, as a guess */
#define NODES_LEAST 8

struct plain {
    struct arena *arena;
    const char *at, *end;
    char *texts;       /* where the next one goes */
    cJSON *nodes;      /* the next one that is free */
    size_t node_count; /* that are left */
    size_t node_block; /* how many come at once */
};

static cJSON *
new_node(struct plain *p)
{
    if (p->node_count == 0) {
        p->nodes = arena_alloc(p->arena, p->node_block * sizeof *p->nodes);
        p->node_count = p->node_block;
    }
    p->node_count--;
    return p->nodes++;
}

static void
skip_blanks(struct plain *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
        p->at++;
}

/* --- texts ------------------------------------------------------------------------------------ */

/* What a backslash and this stand for; 0: left to cJSON. */
static char
unescaped(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    default:
        return 0;
    }
}

/* The text whose opening quote is at `at`; moves behind its closing one. */
static char *
read_text(struct plain *p)
{
    char *text = p->texts, *to = text;

    p->at++;
    for (;;) {
        size_t n = json_plain_bytes(p->at, (size_t)(p->end - p->at));

        memcpy(to, p->at, n);
        to += n;
        p->at += n;
        if (p->at == p->end)
            return NULL;
        if (*p->at == '"')
            break;
        if ((unsigned char)*p->at >= 0x7f) {
            *to++ = *p->at++;
            continue;
        }
        if (*p->at != '\\' || p->at + 1 == p->end)
            return NULL;
        *to = unescaped(p->at[1]);
        if (*to++ == 0)
            return NULL;
        p->at += 2;
    }
    p->at++;
    *to = '\0';
    p->texts = to + 1;
    return text;
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* The digits at `at`, into *digits; how many there are. */
static size_t
read_digits(struct plain *p, uint64_t *digits)
{
    const char *from = p->at;

    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        *digits = *digits * 10 + (uint64_t)(*p->at++ - '0');
    return (size_t)(p->at - from);
}

/* The exponent, if there is one. */
static bool
read_exponent(struct plain *p, int *exponent)
{
    uint64_t digits = 0;
    bool is_below = false;
    size_t n;

    if (p->at == p->end || (*p->at != 'e' && *p->at != 'E'))
        return true;
    p->at++;
    if (p->at < p->end && (*p->at == '-' || *p->at == '+'))
        is_below = *p->at++ == '-';
    n = read_digits(p, &digits);
    if (n == 0 || n > 4)
        return false;
    *exponent += is_below ? -(int)digits : (int)digits;
    return true;
}

static bool
by_library(double *out, const char *from, const char *end)
{
    char text[NUMBER_MAX + 1];
    size_t length = (size_t)(end - from);

    if (length > NUMBER_MAX)
        return false;
    memcpy(text, from, length);
    text[length] = '\0';
    *out = strtod(text, NULL);
    return true;
}

static bool
read_number(struct plain *p, double *out)
{
    static const double powers[POWER_MAX + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    const char *from = p->at;
    bool is_negative = *from == '-';
    uint64_t digits = 0;
    size_t whole, fraction = 0;
    int exponent = 0;

    p->at += is_negative;
    whole = read_digits(p, &digits);
    if (whole == 0 || (whole > 1 && p->at[-(ptrdiff_t)whole] == '0'))
        return false;
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        fraction = read_digits(p, &digits);
        if (fraction == 0)
            return false;
        exponent = -(int)(fraction < NUMBER_MAX ? fraction : NUMBER_MAX);
    }
    if (!read_exponent(p, &exponent))
        return false;
    if (whole + fraction > DIGITS_MAX || digits > EXACT_MAX || exponent < -POWER_MAX ||
        exponent > POWER_MAX)
        return by_library(out, from, p->at);
    *out = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    *out = is_negative ? -*out : *out;
    return true;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool
read_word(struct plain *p, cJSON *node, const char *word, size_t length, int type)
{
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0)
        return false;
    p->at += length;
    node->type = type;
    node->valueint = type == cJSON_True;
    return true;
}

/* One that holds no others. */
static bool
read_scalar(struct plain *p, cJSON *node)
{
    switch (*p->at) {
    case '"':
        node->type = cJSON_String;
        node->valuestring = read_text(p);
        return node->valuestring != NULL;
    case 't':
        return read_word(p, node, "true", 4, cJSON_True);
    case 'f':
        return read_word(p, node, "false", 5, cJSON_False);
    case 'n':
        return read_word(p, node, "null", 4, cJSON_NULL);
    default:
        break;
    }
    if (*p->at != '-' && (*p->at < '0' || *p->at > '9'))
        return false;
    node->type = cJSON_Number;
    if (!read_number(p, &node->valuedouble))
        return false;
    node->valueint = node->valuedouble >= INT_MAX   ? INT_MAX
                     : node->valuedouble <= INT_MIN ? INT_MIN
                                                    : (int)node->valuedouble;
    return true;
}

/* As cJSON links them: each to its neighbours, and the first one back to the last. */
static void
append(cJSON *parent, cJSON *node)
{
    if (parent->child == NULL) {
        parent->child = node->prev = node;
        return;
    }
    node->prev = parent->child->prev;
    node->prev->next = node;
    parent->child->prev = node;
}

/* `"key" :`, behind which a value begins. */
static bool
read_key(struct plain *p, cJSON *node)
{
    if (p->at == p->end || *p->at != '"')
        return false;
    node->string = read_text(p);
    if (node->string == NULL)
        return false;
    skip_blanks(p);
    if (p->at == p->end || *p->at != ':')
        return false;
    p->at++;
    skip_blanks(p);
    return true;
}

static bool
closes(const struct plain *p, const cJSON *container)
{
    return p->at < p->end && *p->at == (container->type == cJSON_Object ? '}' : ']');
}

/* Behind a value: closes what ends here, up to the comma before the next one. false: something else
 * stands there. */
static bool
read_end(struct plain *p, cJSON *const *stack, size_t *depth)
{
    for (;;) {
        skip_blanks(p);
        if (*depth == 0)
            return p->at == p->end;
        if (!closes(p, stack[*depth - 1]))
            break;
        p->at++;
        --*depth;
    }
    if (p->at == p->end || *p->at != ',')
        return false;
    p->at++;
    skip_blanks(p);
    return true;
}

/* A value, and the containers that it opens. false: left to cJSON. */
static bool
read_value(struct plain *p, cJSON *node, cJSON **stack, size_t *depth)
{
    if (*p->at != '{' && *p->at != '[')
        return read_scalar(p, node);
    if (*depth == JSON_DEPTH_MAX)
        return false;
    node->type = *p->at == '{' ? cJSON_Object : cJSON_Array;
    p->at++;
    skip_blanks(p);
    stack[(*depth)++] = node;
    return true;
}

static cJSON *
read_tree(struct plain *p)
{
    cJSON *stack[JSON_DEPTH_MAX], *root = new_node(p), *node = root;
    size_t depth = 0;

    skip_blanks(p);
    for (;;) {
        bool opens = p->at < p->end && (*p->at == '{' || *p->at == '[');

        if (p->at == p->end || !read_value(p, node, stack, &depth))
            return NULL;
        if ((!opens || closes(p, node)) && !read_end(p, stack, &depth))
            return NULL;
        if (depth == 0)
            return root;
        node = new_node(p);
        append(stack[depth - 1], node);
        if (stack[depth - 1]->type == cJSON_Object && !read_key(p, node))
            return NULL;
    }
}

const cJSON *
json_read_plain(struct arena *arena, const char *text, size_t len)
{
    struct plain p = { .arena = arena, .at = text, .end = text + len };

    p.texts = arena_room(arena, len + 1);
    p.node_block = len / NODE_BYTES + NODES_LEAST;
    return read_tree(&p);
}
