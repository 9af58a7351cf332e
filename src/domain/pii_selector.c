/* pii_selector.c - selectors are read once into steps, and matched from right to left.
 * SPDX-License-Identifier: MIT
 *
 * A complex selector is compounds with a combinator before each but the first. To match, the last
 * compound must hold for the element, then the ones before it for its ancestors. Descendants may
 * need to go back: `a > b c` finds a `c` whose nearest `b` has no parent `a`, while one further up
 * has. The number of elements looked at is bounded, since parents come from a recording. Names of
 * elements and attributes are compared without case, as in HTML; values, ids and classes with it
 * (Selectors Level 4, 6 and 13). */
#include "config.h"

#include "domain/pii_selector.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARTS_MAX     64 /* of one selector, all compounds together */
#define TEXT_MAX      1024
#define LOOKED_AT_MAX 4096

enum part_kind {
    PART_ANY,
    PART_TAG,
    PART_HAS,
    PART_EQUALS,
    PART_WORD,
    PART_DASH,
    PART_PREFIX,
    PART_SUFFIX,
    PART_WITHIN
};

/* #id and .class are attributes, too. */
struct part {
    enum part_kind kind;
    const char *name;
    const char *value;
    bool ignores_case;
};

struct compound {
    const struct part *parts;
    size_t count;
    bool is_child; /* of what the compound before describes; else it is further below */
    bool is_first; /* a complex selector begins: nothing is asked of ancestors */
};

struct pii_selector {
    const char *text;
    struct compound *compounds; /* of all complex selectors, one behind the other */
    size_t count;
};

struct reading {
    struct arena *arena;
    const char *text, *at;
    struct part *parts;
    size_t part_count;
    struct pii_selector *selector;
    struct err *err;
};

static enum status
refuse(const struct reading *r, const char *what)
{
    return err_set(r->err, E_INVALID, "at byte %zu of the selector: %s", (size_t)(r->at - r->text),
                   what);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
skip_blanks(struct reading *r)
{
    while (is_blank(*r->at))
        r->at++;
}

static bool
is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || (unsigned char)c >= 0x80 || c == '\\';
}

/* An escape stands for the character behind it; code points in hexadecimal are not read. */
static enum status
read_name(struct reading *r, const char **out, const char *expected)
{
    char *name = arena_alloc(r->arena, strlen(r->at) + 1);
    size_t length = 0;

    while (is_name(*r->at)) {
        if (*r->at == '\\' && (r->at[1] == '\0' || strchr("0123456789abcdefABCDEF\n", r->at[1])))
            return refuse(r, "expected a character behind the backslash that is no hexadecimal "
                             "digit");
        r->at += *r->at == '\\';
        name[length++] = *r->at++;
    }
    if (length == 0)
        return refuse(r, expected);
    *out = name;
    return OK;
}

static enum status
read_string(struct reading *r, const char **out)
{
    char *value = arena_alloc(r->arena, strlen(r->at) + 1);
    char quote = *r->at++;
    size_t length = 0;

    while (*r->at != quote) {
        r->at += *r->at == '\\';
        if (*r->at == '\0')
            return refuse(r, "expected the quote that ends the value");
        value[length++] = *r->at++;
    }
    r->at++;
    *out = value;
    return OK;
}

static const struct {
    char sign;
    enum part_kind kind;
} operators[] = {
    { '~', PART_WORD },   { '|', PART_DASH },   { '^', PART_PREFIX },
    { '$', PART_SUFFIX }, { '*', PART_WITHIN },
};

static enum status
read_operator(struct reading *r, enum part_kind *kind)
{
    *kind = PART_EQUALS;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (*r->at == operators[i].sign && r->at[1] == '=')
            *kind = operators[i].kind;
    }
    r->at += *kind != PART_EQUALS;
    if (*r->at != '=')
        return refuse(r, "expected ], =, ~=, |=, ^=, $= or *=");
    r->at++;
    return OK;
}

static enum status
read_attribute(struct reading *r, struct part *part)
{
    enum status st;

    r->at++;
    skip_blanks(r);
    st = read_name(r, &part->name, "expected the name of an attribute");
    if (st != OK)
        return st;
    skip_blanks(r);
    part->kind = PART_HAS;
    if (*r->at != ']') {
        st = read_operator(r, &part->kind);
        if (st != OK)
            return st;
        skip_blanks(r);
        st = *r->at == '"' || *r->at == '\''
                 ? read_string(r, &part->value)
                 : read_name(r, &part->value, "expected a value, in quotes if need be");
        if (st != OK)
            return st;
        skip_blanks(r);
        part->ignores_case = *r->at == 'i' || *r->at == 'I';
        r->at += part->ignores_case || *r->at == 's';
        skip_blanks(r);
    }
    if (*r->at != ']')
        return refuse(r, "expected ]");
    r->at++;
    return OK;
}

static enum status
read_part(struct reading *r, struct part *part)
{
    char c = *r->at;

    if (c == '[')
        return read_attribute(r, part);
    if (c == '*' || c == '#' || c == '.')
        r->at++;
    switch (c) {
    case '*':
        part->kind = PART_ANY;
        return OK;
    case '#':
        *part = (struct part){ .kind = PART_EQUALS, .name = "id" };
        return read_name(r, &part->value, "expected an id behind #");
    case '.':
        *part = (struct part){ .kind = PART_WORD, .name = "class" };
        return read_name(r, &part->value, "expected a class behind the dot");
    default:
        part->kind = PART_TAG;
        return read_name(r, &part->name,
                         "expected an element, *, #id, .class or [attribute]; pseudo-classes and "
                         "siblings are not supported");
    }
}

static enum status
read_compound(struct reading *r, struct compound *compound)
{
    compound->parts = &r->parts[r->part_count];
    do {
        struct part part = { .kind = PART_ANY };
        enum status st;

        if (r->part_count == PARTS_MAX)
            return refuse(r, "a selector of more than 64 parts");
        st = read_part(r, &part);
        if (st != OK)
            return st;
        if (part.kind == PART_TAG && compound->count > 0)
            return refuse(r, "expected a blank before an element");
        r->parts[r->part_count++] = part;
        compound->count++;
    } while (*r->at != '\0' && !is_blank(*r->at) && *r->at != '>' && *r->at != ',');
    return OK;
}

/* What stands between compounds; a comma begins another complex selector. */
static enum status
read_combinator(struct reading *r, struct compound *next)
{
    skip_blanks(r);
    next->is_first = *r->at == ',';
    next->is_child = *r->at == '>';
    r->at += next->is_first || next->is_child;
    skip_blanks(r);
    return *r->at == '\0' ? refuse(r, "expected another element") : OK;
}

enum status
pii_selector_parse(struct pii_selector **out, struct arena *arena, const char *text,
                   struct err *err)
{
    struct pii_selector *selector = arena_alloc(arena, sizeof *selector);
    struct reading r = {
        .arena = arena, .text = text, .at = text, .selector = selector, .err = err
    };
    struct compound next = { .is_first = true };

    if (strlen(text) > TEXT_MAX)
        return refuse(&r, "a selector of more than 1024 bytes");
    selector->text = arena_strdup(arena, text);
    selector->compounds = arena_alloc(arena, PARTS_MAX * sizeof *selector->compounds);
    r.parts = arena_alloc(arena, PARTS_MAX * sizeof *r.parts);
    skip_blanks(&r);
    for (;;) {
        enum status st = read_compound(&r, &next);

        if (st != OK)
            return st;
        selector->compounds[selector->count++] = next;
        skip_blanks(&r);
        if (*r.at == '\0')
            break;
        next = (struct compound){ .parts = NULL };
        st = read_combinator(&r, &next);
        if (st != OK)
            return st;
    }
    *out = selector;
    return OK;
}

const char *
pii_selector_text(const struct pii_selector *selector)
{
    return selector->text;
}

/* --- matching --- */

struct matching {
    const struct pii_element_reader *reader;
    unsigned looked_at;
};

static bool
is_equal(const struct part *part, const char *text, size_t length)
{
    return strlen(part->value) == length &&
           (part->ignores_case ? strncasecmp : strncmp)(text, part->value, length) == 0;
}

static bool
has_word(const struct part *part, const char *text)
{
    for (; *text != '\0'; text++) {
        size_t length = strcspn(text, " \t\n\r\f");

        if (length > 0 && is_equal(part, text, length))
            return true;
        text += length;
        if (*text == '\0')
            return false;
    }
    return false;
}

static bool
holds_value(const struct part *part, const char *text)
{
    size_t length = strlen(text), wanted = strlen(part->value);

    switch (part->kind) {
    case PART_EQUALS:
        return is_equal(part, text, length);
    case PART_WORD:
        return has_word(part, text);
    case PART_DASH:
        return length >= wanted && is_equal(part, text, wanted) &&
               (text[wanted] == '\0' || text[wanted] == '-');
    case PART_PREFIX:
        return wanted > 0 && length >= wanted && is_equal(part, text, wanted);
    case PART_SUFFIX:
        return wanted > 0 && length >= wanted && is_equal(part, text + length - wanted, wanted);
    case PART_WITHIN:
        return wanted > 0 && (part->ignores_case ? strcasestr : strstr)(text, part->value) != NULL;
    default:
        return true;
    }
}

static bool
holds_part(const struct matching *m, const struct part *part, uint64_t element)
{
    const char *text;

    if (part->kind == PART_ANY)
        return true;
    if (part->kind == PART_TAG) {
        text = m->reader->tag(m->reader->arg, element);
        return text != NULL && ((*text ^ *part->name) & ~0x20) == 0 &&
               strcasecmp(text, part->name) == 0;
    }
    text = m->reader->attribute(m->reader->arg, element, part->name);
    return text != NULL && (part->kind == PART_HAS || holds_value(part, text));
}

static bool
holds_compound(struct matching *m, const struct compound *compound, uint64_t element)
{
    m->looked_at++;
    if (m->reader->tag(m->reader->arg, element) == NULL)
        return false;
    for (size_t i = 0; i < compound->count; i++) {
        if (!holds_part(m, &compound->parts[i], element))
            return false;
    }
    return true;
}

/* Whether the selector that ends in this compound describes the element. Recursion goes no deeper
 * than a selector has compounds. */
static bool
holds(struct matching *m, const struct compound *last, uint64_t element)
{
    uint64_t above = element;

    if (!holds_compound(m, last, element))
        return false;
    if (last->is_first)
        return true;
    while (m->looked_at < LOOKED_AT_MAX && m->reader->parent(m->reader->arg, above, &above)) {
        if (holds(m, last - 1, above))
            return true;
        if (last->is_child)
            return false;
    }
    return false;
}

bool
pii_selector_matches(const struct pii_selector *selector, const struct pii_element_reader *reader,
                     uint64_t element)
{
    struct matching m = { .reader = reader };

    for (size_t i = 0; i < selector->count; i++) {
        bool is_last = i + 1 == selector->count || selector->compounds[i + 1].is_first;

        if (is_last && holds(&m, &selector->compounds[i], element))
            return true;
    }
    return false;
}
