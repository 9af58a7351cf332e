/* filter_fields.c - messages as rows of fields.
 * SPDX-License-Identifier: MIT
 *
 * A message is cut at blanks; what stands in [brackets] or "quotes" is one field. The fields of the
 * pattern are matched in order; "..." stands for any number of them, and so for none. Where there
 * is none, a last field without a condition stands for one field and all behind it: the user
 * guide's [w1=ERROR, w2] finds "ERROR 09/25/2014 12:00:02 Failed to process request". Where there
 * is one, the last field is the last: [..., size] finds the size (API reference, TestMetricFilter).
 *
 * With several ellipses the row is matched like a wildcard: on a mismatch, the last ellipsis takes
 * one field more. No step is ever undone twice, so the cost is at most fields times words. */
#include "config.h"

#include "domain/filter_fields.h"

#include <stdint.h>
#include <string.h>

#define FIELDS_MAX 128
#define WORDS_MAX  2048 /* what is left of a longer message is its last field */

struct test {
    struct test *next;
    bool starts_or; /* an || stands before it, else an && or nothing */
    enum filter_op op;
    struct filter_value value;
};

struct field {
    const char *name; /* "" for none */
    bool is_ellipsis;
    size_t word; /* that it took of the last message that matched */
    struct test *tests;
};

struct word {
    const char *text;
    size_t len;
};

struct filter_fields {
    struct field fields[FIELDS_MAX];
    size_t count;
    struct word words[WORDS_MAX];
    size_t word_count;
};

/* --- reading the pattern --- */

static size_t
name_length(const char *text)
{
    size_t n = 0;

    while (cursor_is_word_char(text[n]) || text[n] == '-')
        n++;
    return n;
}

static enum status
read_test(struct filter_cursor *c, struct test *test)
{
    enum status st = cursor_op(c, &test->op);

    return st == OK ? cursor_value(c, test->op, &test->value) : st;
}

/* Behind && and || stands the same name again. */
static enum status
read_same_name(struct filter_cursor *c, const char *name, size_t len)
{
    cursor_skip_blanks(c);
    if (name_length(c->text + c->at) != len || strncmp(c->text + c->at, name, len) != 0)
        return cursor_expected(c, "the name of this field again (each field has its own place)");
    c->at += len;
    return OK;
}

static enum status
read_tests(struct filter_cursor *c, struct field *field, const char *name, size_t len)
{
    struct test **last = &field->tests;
    bool starts_or = false;

    for (;;) {
        struct test *test = arena_alloc(c->arena, sizeof *test);
        enum status st = read_test(c, test);

        if (st != OK)
            return st;
        test->starts_or = starts_or;
        *last = test;
        last = &test->next;
        starts_or = cursor_accept(c, "||");
        if (!starts_or && !cursor_accept(c, "&&"))
            return OK;
        st = read_same_name(c, name, len);
        if (st != OK)
            return st;
    }
}

static enum status
read_field(struct filter_cursor *c, struct field *field)
{
    const char *name;
    size_t len;

    field->name = "";
    if (cursor_accept(c, "...")) {
        field->is_ellipsis = true;
        return OK;
    }
    cursor_skip_blanks(c);
    name = c->text + c->at;
    len = name_length(name);
    field->name = arena_strndup(c->arena, name, len);
    c->at += len;
    cursor_skip_blanks(c);
    if (len == 0 || c->text[c->at] == ',' || c->text[c->at] == ']')
        return OK;
    return read_tests(c, field, name, len);
}

static bool
has_ellipsis(const struct filter_fields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->fields[i].is_ellipsis)
            return true;
    }
    return false;
}

enum status
filter_fields_read(struct filter_fields **out, struct filter_cursor *c)
{
    struct filter_fields *f = arena_alloc(c->arena, sizeof *f);

    c->at++;
    do {
        enum status st;

        if (f->count + 1 == FIELDS_MAX) /* one is kept for the row's open end */
            return err_set(c->err, E_LIMIT, "more than %d fields in the filter pattern",
                           FIELDS_MAX - 1);
        st = read_field(c, &f->fields[f->count++]);
        if (st != OK)
            return st;
    } while (cursor_accept(c, ","));
    if (!cursor_accept(c, "]"))
        return cursor_expected(c, "a comma, a condition or ]");
    cursor_skip_blanks(c);
    if (c->text[c->at] != '\0')
        return cursor_expected(c, "nothing behind ]");
    if (!has_ellipsis(f) && f->fields[f->count - 1].tests == NULL)
        f->fields[f->count++] = (struct field){ .name = "", .is_ellipsis = true };
    *out = f;
    return OK;
}

/* --- matching a message --- */

static bool
is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* The word that starts at `at`; returns where it ends. */
static size_t
cut_word(struct word *word, const char *message, size_t at, size_t len)
{
    char close = message[at] == '[' ? ']' : '"';
    size_t end = at;

    if (message[at] == '[' || message[at] == '"') {
        const char *stop = memchr(message + at + 1, close, len - at - 1);

        if (stop != NULL) {
            *word = (struct word){ message + at + 1, (size_t)(stop - message) - at - 1 };
            return (size_t)(stop - message) + 1;
        }
    }
    while (end < len && !is_blank(message[end]))
        end++;
    *word = (struct word){ message + at, end - at };
    return end;
}

static size_t
cut_words(struct filter_fields *f, const char *message, size_t len)
{
    size_t n = 0;

    for (size_t at = 0; at < len;) {
        if (is_blank(message[at])) {
            at++;
            continue;
        }
        if (n == WORDS_MAX - 1) {
            f->words[n++] = (struct word){ message + at, len - at };
            break;
        }
        at = cut_word(&f->words[n++], message, at, len);
    }
    return n;
}

static bool
field_fits(const struct field *field, const struct word *word)
{
    bool all = true;

    for (const struct test *t = field->tests; t != NULL; t = t->next) {
        if (t->starts_or) {
            if (all)
                return true;
            all = true;
        }
        all = all && filter_value_text(&t->value, t->op, word->text, word->len);
    }
    return all;
}

bool
filter_fields_match(struct filter_fields *f, const char *message, size_t len)
{
    size_t words = f->word_count = cut_words(f, message, len);
    size_t w = 0, i = 0;
    size_t ellipsis = SIZE_MAX, taken = 0; /* the last ellipsis, and the word behind what it took */

    while (w < words) {
        if (i < f->count && f->fields[i].is_ellipsis) {
            ellipsis = i++;
            taken = w;
        } else if (i < f->count && field_fits(&f->fields[i], &f->words[w])) {
            f->fields[i++].word = w++;
        } else if (ellipsis != SIZE_MAX) {
            i = ellipsis + 1;
            w = ++taken;
        } else
            return false;
    }
    while (i < f->count && f->fields[i].is_ellipsis)
        i++;
    return i == f->count;
}

/* --- values ------------------------------------------------------------------------------------
 */

/* The name of the field that took the word, or "". */
static const char *
name_of_word(const struct filter_fields *f, size_t w)
{
    for (size_t i = 0; i < f->count; i++) {
        if (!f->fields[i].is_ellipsis && f->fields[i].word == w)
            return f->fields[i].name;
    }
    return "";
}

size_t
filter_fields_list(struct filter_fields *f, struct arena *arena, const char *message, size_t len,
                   struct filter_found **out)
{
    *out = NULL;
    if (!filter_fields_match(f, message, len))
        return 0;
    *out = arena_alloc(arena, f->word_count * sizeof **out);
    for (size_t w = 0; w < f->word_count; w++) {
        const char *name = name_of_word(f, w);

        (*out)[w].name =
            *name != '\0' ? arena_printf(arena, "$%s", name) : arena_printf(arena, "$%zu", w + 1);
        (*out)[w].text = arena_strndup(arena, f->words[w].text, f->words[w].len);
    }
    return f->word_count;
}

enum status
filter_fields_named(const struct filter_fields *f, const char *text, size_t *out, struct err *err)
{
    for (size_t i = 0; text[0] == '$' && text[1] != '\0' && i < f->count; i++) {
        if (strcmp(f->fields[i].name, text + 1) == 0) {
            *out = i;
            return OK;
        }
    }
    return err_set(err, E_INVALID, "the filter pattern has no field of the name %.60s", text);
}

const char *
filter_fields_text(const struct filter_fields *f, struct arena *arena, size_t field)
{
    const struct word *word = &f->words[f->fields[field].word];

    return arena_strndup(arena, word->text, word->len);
}
