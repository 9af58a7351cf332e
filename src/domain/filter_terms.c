/* filter_terms.c - terms that must, must not, or may stand in a message.
 * SPDX-License-Identifier: MIT
 *
 * All plain terms must occur and no excluded one may. Terms with a question mark count only when
 * there are no others: then one of them must occur. In company they are ignored (CloudWatch Logs
 * user guide, "Match optional terms"). A phrase of blanks alone matches everything. */
#include "config.h"

#include "domain/filter_terms.h"

#include <string.h>

enum kind { REQUIRED, EXCLUDED, OPTIONAL, KINDS };

struct term {
    struct term *next;
    struct filter_regex *regex; /* else the text */
    const char *text;
    size_t len;
};

struct filter_terms {
    struct term *of[KINDS];
};

static enum status
read_word(struct filter_cursor *c, struct term *term)
{
    size_t n = 0;
    char after;

    while (cursor_is_word_char(c->text[c->at + n]))
        n++;
    after = c->text[c->at + n];
    if (n == 0 || (after != '\0' && strchr(" \t\r\n", after) == NULL)) {
        c->at += n;
        return cursor_expected(c, "letters, digits or _ (put a term with others into quotes)");
    }
    term->text = arena_strndup(c->arena, c->text + c->at, n);
    term->len = n;
    c->at += n;
    return OK;
}

static enum status
read_term(struct filter_cursor *c, struct term *term)
{
    enum status st;

    cursor_skip_blanks(c);
    if (c->text[c->at] == '%')
        return cursor_regex(c, &term->regex);
    if (c->text[c->at] != '"')
        return read_word(c, term);
    st = cursor_quoted(c, &term->text, &term->len);
    if (st == OK && strspn(term->text, " ") == term->len)
        term->len = 0;
    return st;
}

enum status
filter_terms_read(struct filter_terms **out, struct filter_cursor *c)
{
    struct filter_terms *terms = arena_alloc(c->arena, sizeof *terms);

    for (cursor_skip_blanks(c); c->text[c->at] != '\0'; cursor_skip_blanks(c)) {
        struct term *term = arena_alloc(c->arena, sizeof *term);
        enum kind kind = REQUIRED;
        enum status st;

        if (cursor_accept(c, "?"))
            kind = OPTIONAL;
        else if (cursor_accept(c, "-"))
            kind = EXCLUDED;
        st = read_term(c, term);
        if (st != OK)
            return st;
        term->next = terms->of[kind];
        terms->of[kind] = term;
    }
    *out = terms;
    return OK;
}

static bool
occurs(const struct term *term, const char *message, size_t len)
{
    if (term->regex != NULL)
        return filter_regex_match(term->regex, message, len);
    return term->len == 0 || memmem(message, len, term->text, term->len) != NULL;
}

bool
filter_terms_match(const struct filter_terms *terms, const char *message, size_t len)
{
    const struct term *t;

    for (t = terms->of[REQUIRED]; t != NULL; t = t->next) {
        if (!occurs(t, message, len))
            return false;
    }
    for (t = terms->of[EXCLUDED]; t != NULL; t = t->next) {
        if (occurs(t, message, len))
            return false;
    }
    if (terms->of[REQUIRED] != NULL || terms->of[EXCLUDED] != NULL || terms->of[OPTIONAL] == NULL)
        return true;
    for (t = terms->of[OPTIONAL]; t != NULL; t = t->next) {
        if (occurs(t, message, len))
            return true;
    }
    return false;
}
