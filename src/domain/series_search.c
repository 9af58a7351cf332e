/* series_search.c - reads a search and holds metrics against it.
 * SPDX-License-Identifier: MIT
 *
 * The terms are a tree of AND, OR and NOT over words. Names are cut into tokens as the user guide
 * shows: at characters that are neither letter nor digit, where digits begin or end, and at the
 * humps of camel case (SDBFailure: SDB, Failure). A word of one token matches in any case. A word
 * that is itself several tokens must find them one behind the other; the case then matters where it
 * alone made the cut, so Count1 finds CustomCount1 and count1 does not, while network/errors finds
 * NetworkErrors2. */
#include "config.h"

#include "domain/series_search.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX  32
#define TOKENS_MAX 128 /* of one name; what comes behind is not searched */

enum term_kind { TERM_WORD, TERM_AND, TERM_OR, TERM_NOT };

struct term {
    enum term_kind kind;
    const char *property; /* NULL: anywhere */
    const char *word;
    bool is_exact;
    struct term *left, *right;
};

struct series_search {
    const char *namespace_name;
    const char **dims;
    size_t dim_count;
    struct term *root; /* NULL: the schema says it all */
};

/* --- reading --- */

struct reader {
    struct arena *arena;
    struct err *err;
    const char *text, *c;
    int depth;
};

static enum status read_any(struct reader *r, struct term **out);

static enum status
fault(const struct reader *r, const char *what)
{
    return err_set(r->err, E_INVALID, "SEARCH, character %zu: %s", (size_t)(r->c - r->text) + 1,
                   what);
}

static void
skip_blanks(struct reader *r)
{
    while (isspace((unsigned char)*r->c))
        r->c++;
}

static bool
is_bare(char c)
{
    return c != '\0' && !isspace((unsigned char)c) && strchr("(){}\"=,", c) == NULL;
}

/* A bare or quoted word; backslashes in quotes are taken off. */
static enum status
read_word(struct reader *r, const char **out, bool *quoted)
{
    const char *from = r->c;
    char *copy;
    size_t len = 0;

    *quoted = *from == '"';
    if (!*quoted) {
        while (is_bare(*r->c))
            r->c++;
        if (r->c == from)
            return fault(r, *from == '\0' ? "something is missing at the end"
                                          : "a word is expected here");
        *out = arena_strndup(r->arena, from, (size_t)(r->c - from));
        return OK;
    }
    copy = arena_alloc(r->arena, strlen(from) + 1);
    for (r->c++; *r->c != '"'; r->c++) {
        if (r->c[0] == '\\' && r->c[1] != '\0')
            r->c++;
        if (*r->c == '\0')
            return fault(r, "a quoted word has no closing \"");
        copy[len++] = *r->c;
    }
    r->c++;
    *out = copy;
    return len > 0 ? OK : fault(r, "a word is empty");
}

/* "{Namespace,Dimension,...}" and a comma that some write behind it. */
static enum status
read_schema(struct reader *r, struct series_search *search)
{
    const char **names = arena_alloc(r->arena, (METRIC_DIMENSIONS_MAX + 1) * sizeof(const char *));
    size_t count = 0;

    for (;;) {
        bool quoted;
        enum status st;

        r->c++; /* '{' or ',' */
        skip_blanks(r);
        if (count > METRIC_DIMENSIONS_MAX)
            return fault(r, "a metric has at most 30 dimensions");
        st = read_word(r, &names[count++], &quoted);
        if (st != OK)
            return st;
        skip_blanks(r);
        if (*r->c == '}')
            break;
        if (*r->c != ',')
            return fault(r, "expected ',' or '}'");
    }
    r->c++;
    skip_blanks(r);
    if (*r->c == ',')
        r->c++;
    search->namespace_name = names[0];
    search->dims = names + 1;
    search->dim_count = count - 1;
    return OK;
}

static struct term *
new_term(struct reader *r, enum term_kind kind, struct term *left, struct term *right)
{
    struct term *term = arena_alloc(r->arena, sizeof *term);

    term->kind = kind;
    term->left = left;
    term->right = right;
    return term;
}

/* Whether an operator stands here as a word of its own. */
static bool
is_operator(const struct reader *r, const char *name)
{
    size_t len = strlen(name);

    return strncmp(r->c, name, len) == 0 && !is_bare(r->c[len]) && r->c[len] != '=';
}

/* word, "word", property=word */
static enum status
read_leaf(struct reader *r, struct term **out)
{
    struct term *term = new_term(r, TERM_WORD, NULL, NULL);
    const char *before;
    enum status st = read_word(r, &term->word, &term->is_exact);

    *out = term;
    if (st != OK)
        return st;
    before = r->c;
    skip_blanks(r);
    if (*r->c != '=') {
        r->c = before;
        return OK;
    }
    r->c++;
    skip_blanks(r);
    term->property = term->word;
    return read_word(r, &term->word, &term->is_exact);
}

static enum status
read_one(struct reader *r, struct term **out)
{
    struct term *inner;
    enum status st;

    skip_blanks(r);
    if (is_operator(r, "NOT")) {
        r->c += 3;
        st = read_one(r, &inner);
        *out = new_term(r, TERM_NOT, inner, NULL);
        return st;
    }
    if (is_operator(r, "AND") || is_operator(r, "OR"))
        return fault(r, "AND and OR stand between words");
    if (*r->c != '(')
        return read_leaf(r, out);
    r->c++;
    st = read_any(r, out);
    if (st != OK)
        return st;
    skip_blanks(r);
    if (*r->c != ')')
        return fault(r, "expected ')'");
    r->c++;
    return OK;
}

/* Terms side by side, with or without AND. */
static enum status
read_all(struct reader *r, struct term **out)
{
    struct term *next;
    enum status st = read_one(r, out);

    while (st == OK) {
        skip_blanks(r);
        if (*r->c == '\0' || *r->c == ')' || is_operator(r, "OR"))
            break;
        if (is_operator(r, "AND"))
            r->c += 3;
        st = read_one(r, &next);
        if (st == OK)
            *out = new_term(r, TERM_AND, *out, next);
    }
    return st;
}

static enum status
read_any(struct reader *r, struct term **out)
{
    struct term *next;
    enum status st;

    if (r->depth >= DEPTH_MAX)
        return fault(r, "nested too deep");
    r->depth++;
    st = read_all(r, out);
    while (st == OK && is_operator(r, "OR")) {
        r->c += 2;
        st = read_all(r, &next);
        if (st == OK)
            *out = new_term(r, TERM_OR, *out, next);
    }
    r->depth--;
    return st;
}

enum status
series_search_parse(struct series_search **out, struct arena *arena, const char *text,
                    struct err *err)
{
    struct series_search *search = arena_alloc(arena, sizeof *search);
    struct reader r = { .arena = arena, .err = err, .text = text, .c = text };
    enum status st = OK;

    if (strlen(text) > SERIES_SEARCH_CHARS_MAX)
        return err_set(err, E_LIMIT, "a search has at most %d characters", SERIES_SEARCH_CHARS_MAX);
    skip_blanks(&r);
    if (*r.c == '{')
        st = read_schema(&r, search);
    skip_blanks(&r);
    if (st == OK && (*r.c != '\0' || search->namespace_name == NULL))
        st = read_any(&r, &search->root);
    if (st == OK && *r.c != '\0')
        st = fault(&r, "this does not belong here");
    if (st == OK)
        *out = search;
    return st;
}

const char *
series_search_namespace(const struct series_search *search)
{
    return search->namespace_name;
}

/* --- tokens --- */

struct token {
    const char *at;
    size_t len;
    bool is_cut; /* begins where only case or a digit makes a border */
};

/* The end of the token that begins here: digits, or capitals, or letters of one hump. */
static const char *
token_end(const char *c)
{
    const char *from = c;

    if (isdigit((unsigned char)*c)) {
        while (isdigit((unsigned char)*c))
            c++;
        return c;
    }
    while (isupper((unsigned char)*c))
        c++;
    if (c - from > 1 && islower((unsigned char)*c))
        return c - 1; /* the last capital begins the next hump */
    while (islower((unsigned char)*c))
        c++;
    return c;
}

static size_t
tokenize(const char *text, struct token tokens[TOKENS_MAX])
{
    const char *c = text, *end = NULL;
    size_t count = 0;

    while (*c != '\0' && count < TOKENS_MAX) {
        if (!isalnum((unsigned char)*c)) {
            c++;
            continue;
        }
        tokens[count] = (struct token){ c, 0, c == end };
        end = token_end(c);
        tokens[count++].len = (size_t)(end - c);
        c = end;
    }
    return count;
}

/* Letters and digits alone, in any case. */
static bool
same_letters(const char *a, const char *b)
{
    for (;;) {
        while (*a != '\0' && !isalnum((unsigned char)*a))
            a++;
        while (*b != '\0' && !isalnum((unsigned char)*b))
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

/* Whether the tokens of a word stand at `at` in those of a name. */
static bool
stands_at(const struct token *word, size_t count, const struct token *at)
{
    for (size_t i = 0; i < count; i++) {
        bool cased = word[i].is_cut || (i + 1 < count && word[i + 1].is_cut);

        if (word[i].len != at[i].len)
            return false;
        if (cased ? strncmp(word[i].at, at[i].at, at[i].len) != 0
                  : strncasecmp(word[i].at, at[i].at, at[i].len) != 0)
            return false;
    }
    return true;
}

static bool
has_tokens(const char *name, const char *word)
{
    struct token of_name[TOKENS_MAX], of_word[TOKENS_MAX];
    size_t names = tokenize(name, of_name), words = tokenize(word, of_word);

    if (words == 0)
        return false;
    if (same_letters(name, word))
        return true;
    for (size_t i = 0; i + words <= names; i++) {
        if (stands_at(of_word, words, &of_name[i]))
            return true;
    }
    return false;
}

/* --- matching --- */

static bool
fits(const struct term *term, const char *name)
{
    return term->is_exact ? strcmp(name, term->word) == 0 : has_tokens(name, term->word);
}

static bool
word_matches(const struct term *term, const struct series_key *key, const char *account)
{
    const bool anywhere = term->property == NULL;

    if (!anywhere && strcmp(term->property, ":aws.AccountId") == 0)
        return strcmp(term->word, account) == 0 || strcmp(term->word, "LOCAL") == 0 ||
               strcmp(term->word, "'LOCAL'") == 0;
    if (anywhere || strcmp(term->property, "MetricName") == 0) {
        if (fits(term, key->metric))
            return true;
    }
    if (anywhere || strcmp(term->property, "Namespace") == 0) {
        if (fits(term, key->namespace_name))
            return true;
    }
    for (size_t i = 0; i < key->dims.count; i++) {
        const struct dimension *dim = &key->dims.dims[i];

        if (anywhere ? fits(term, dim->name) || fits(term, dim->value)
                     : strcmp(term->property, dim->name) == 0 && fits(term, dim->value))
            return true;
    }
    return false;
}

static bool
term_matches(const struct term *term, const struct series_key *key, const char *account)
{
    switch (term->kind) {
    case TERM_WORD:
        return word_matches(term, key, account);
    case TERM_AND:
        return term_matches(term->left, key, account) && term_matches(term->right, key, account);
    case TERM_OR:
        return term_matches(term->left, key, account) || term_matches(term->right, key, account);
    case TERM_NOT:
        return !term_matches(term->left, key, account);
    }
    return false;
}

static bool
has_dimension(const struct series_key *key, const char *name)
{
    for (size_t i = 0; i < key->dims.count; i++) {
        if (strcmp(key->dims.dims[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool
schema_matches(const struct series_search *search, const struct series_key *key)
{
    if (search->namespace_name == NULL)
        return true;
    if (strcmp(search->namespace_name, key->namespace_name) != 0)
        return false;
    if (search->dim_count == 0)
        return true;
    if (search->dim_count != key->dims.count)
        return false;
    for (size_t i = 0; i < search->dim_count; i++) {
        if (!has_dimension(key, search->dims[i]))
            return false;
    }
    return true;
}

bool
series_search_matches(const struct series_search *search, const struct series_key *key,
                      const char *account)
{
    return schema_matches(search, key) &&
           (search->root == NULL || term_matches(search->root, key, account));
}
