/* filter_json.c - conditions on the fields of a JSON message.
 * SPDX-License-Identifier: MIT
 *
 * Grammar (CloudWatch Logs user guide, "Matching terms in JSON log events"):
 *   or    = and { "||" and }          and = test { "&&" test }       test = "(" or ")" | condition
 *   condition = selector ( op value | IS NULL | IS TRUE | IS FALSE | NOT EXISTS )
 *   selector  = "$" { .name | ['name'] | [number] | .* | [*] }
 * At most one wildcard in a selector and three in a pattern; a condition on a wildcard holds when
 * it does for any of what it selects.
 *
 * Rulings where the guide is silent or says little: a comparison holds for strings and numbers
 * only, so neither = nor != holds for a field that is absent, null, a boolean, a list or an object.
 * A string that looks like a number compares with one as a number. IS NOT and EXISTS "currently
 * aren't supported" (guide), and are refused.
 *
 * Most messages never reach the parser: reading the pattern also collects words (names of fields,
 * compared strings) without which it cannot hold, and messages that lack one are refused by looking
 * at their bytes. JSON can hide such a word only behind a \u escape. */
#include "config.h"

#include "domain/filter_json.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define NESTING_MAX   32 /* parentheses */
#define STEPS_MAX     32 /* of one selector */
#define WILDCARDS_MAX 3  /* of one pattern (user guide) */
#define WORDS_MAX     4  /* looked for before parsing */
#define WORD_MIN      3  /* shorter ones are everywhere */

struct step {
    const char *name; /* else an index */
    int index;
    bool is_any;
};

enum condition { COMPARE, IS_NULL, IS_TRUE, IS_FALSE, NOT_EXISTS };

enum kind { TEST, AND, OR };

struct node {
    enum kind kind;
    struct node *left, *right; /* of AND and OR */
    const char *selector;      /* as written */
    struct step *steps;
    size_t step_count;
    enum condition condition;
    enum filter_op op;
    struct filter_value value;
};

struct words {
    const char *text[WORDS_MAX];
    size_t len[WORDS_MAX];
    size_t count;
};

struct filter_json {
    struct node *root;
    struct words words;
};

struct reader {
    struct filter_cursor *c;
    int nesting;
    int wildcards;
};

/* --- reading selectors --- */

static enum status
add_wildcard(struct reader *r, struct node *node)
{
    for (size_t i = 0; i < node->step_count; i++) {
        if (node->steps[i].is_any)
            return cursor_expected(r->c, "no second wildcard in a selector");
    }
    if (++r->wildcards > WILDCARDS_MAX)
        return cursor_expected(r->c, "no more than three wildcards in all selectors");
    node->steps[node->step_count++].is_any = true;
    return OK;
}

static enum status
read_bare_name(struct reader *r, struct node *node)
{
    struct filter_cursor *c = r->c;
    size_t n = 0;

    if (c->text[c->at] == '*') {
        c->at++;
        return add_wildcard(r, node);
    }
    while (cursor_is_word_char(c->text[c->at + n]) || c->text[c->at + n] == '-')
        n++;
    if (n == 0)
        return cursor_expected(c,
                               "the name of a field (put one with other characters than letters, "
                               "digits, - and _ as ['name'])");
    node->steps[node->step_count++].name = arena_strndup(c->arena, c->text + c->at, n);
    c->at += n;
    return OK;
}

static enum status
read_quoted_name(struct reader *r, struct node *node)
{
    struct filter_cursor *c = r->c;
    char quote = c->text[c->at];
    const char *from = c->text + c->at + 1;
    const char *end = strchr(from, quote);

    if (end == NULL || end == from || end[1] != ']')
        return cursor_expected(c, "a name in quotes and ]");
    node->steps[node->step_count++].name = arena_strndup(c->arena, from, (size_t)(end - from));
    c->at = (size_t)(end - c->text) + 2;
    return OK;
}

/* Behind the opening bracket. */
static enum status
read_bracket(struct reader *r, struct node *node)
{
    struct filter_cursor *c = r->c;
    size_t digits = strspn(c->text + c->at, "0123456789");

    if (c->text[c->at] == '\'' || c->text[c->at] == '"')
        return read_quoted_name(r, node);
    if (c->text[c->at] == '*' && c->text[c->at + 1] == ']') {
        c->at += 2;
        return add_wildcard(r, node);
    }
    if (digits == 0 || digits > 6 || c->text[c->at + digits] != ']')
        return cursor_expected(c, "an index, * or a name in quotes, and ]");
    node->steps[node->step_count++].index = (int)strtol(c->text + c->at, NULL, 10);
    c->at += digits + 1;
    return OK;
}

static enum status
read_selector(struct reader *r, struct node *node)
{
    struct filter_cursor *c = r->c;
    size_t start;

    cursor_skip_blanks(c);
    start = c->at;
    if (!cursor_accept(c, "$"))
        return cursor_expected(c, "a selector such as $.level, or (");
    node->steps = arena_alloc(c->arena, STEPS_MAX * sizeof node->steps[0]);
    for (;;) {
        char ch = c->text[c->at];
        enum status st;

        if (ch != '.' && ch != '[')
            break;
        if (node->step_count == STEPS_MAX)
            return err_set(c->err, E_LIMIT, "more than %d steps in a selector at position %zu",
                           STEPS_MAX, c->at + 1);
        c->at++;
        if (ch == '.' && c->text[c->at] == '[') { /* the guide's $.['name'] */
            c->at++;
            ch = '[';
        }
        st = ch == '[' ? read_bracket(r, node) : read_bare_name(r, node);
        if (st != OK)
            return st;
    }
    if (node->step_count == 0)
        return cursor_expected(c, "a field behind $, such as $.level");
    node->selector = arena_strndup(c->arena, c->text + start, c->at - start);
    return OK;
}

/* --- reading conditions --- */

static bool
accept_keyword(struct filter_cursor *c, const char *word)
{
    size_t start;

    cursor_skip_blanks(c);
    start = c->at;
    if (cursor_accept(c, word) && !cursor_is_word_char(c->text[c->at]))
        return true;
    c->at = start;
    return false;
}

static enum status
read_condition(struct reader *r, struct node *node)
{
    static const struct {
        const char *word;
        enum condition condition;
    } states[] = { { "NULL", IS_NULL }, { "TRUE", IS_TRUE }, { "FALSE", IS_FALSE } };
    struct filter_cursor *c = r->c;
    enum status st;

    if (accept_keyword(c, "EXISTS"))
        return err_set(c->err, E_INVALID,
                       "EXISTS at position %zu: CloudWatch Logs has only NOT EXISTS; write %s = "
                       "\"*\" for a string or number that is there",
                       c->at - strlen("EXISTS") + 1, node->selector);
    if (accept_keyword(c, "NOT")) {
        node->condition = NOT_EXISTS;
        return accept_keyword(c, "EXISTS") ? OK : cursor_expected(c, "EXISTS");
    }
    if (accept_keyword(c, "IS")) {
        if (accept_keyword(c, "NOT"))
            return err_set(c->err, E_INVALID,
                           "IS NOT at position %zu: CloudWatch Logs has only IS NULL, IS TRUE and "
                           "IS FALSE",
                           c->at - strlen("NOT") + 1);
        for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
            if (accept_keyword(c, states[i].word)) {
                node->condition = states[i].condition;
                return OK;
            }
        }
        return cursor_expected(c, "NULL, TRUE or FALSE");
    }
    cursor_skip_blanks(c);
    if (c->text[c->at] == '\0' || strchr("=!<>", c->text[c->at]) == NULL)
        return cursor_expected(c, "one of = != < > <= >=, IS or NOT EXISTS");
    st = cursor_op(c, &node->op);
    return st == OK ? cursor_value(c, node->op, &node->value) : st;
}

static enum status read_or(struct reader *r, struct node **out);

static enum status
read_test(struct reader *r, struct node **out)
{
    struct node *node;
    enum status st;

    if (!cursor_accept(r->c, "(")) {
        node = arena_alloc(r->c->arena, sizeof *node);
        st = read_selector(r, node);
        if (st == OK)
            st = read_condition(r, node);
        if (st == OK)
            *out = node;
        return st;
    }
    if (++r->nesting > NESTING_MAX)
        return err_set(r->c->err, E_LIMIT, "parentheses nest deeper than %d at position %zu",
                       NESTING_MAX, r->c->at);
    st = read_or(r, out);
    r->nesting--;
    if (st == OK && !cursor_accept(r->c, ")"))
        st = cursor_expected(r->c, "&&, || or )");
    return st;
}

static struct node *
join(struct reader *r, enum kind kind, struct node *left, struct node *right)
{
    struct node *node = arena_alloc(r->c->arena, sizeof *node);

    *node = (struct node){ .kind = kind, .left = left, .right = right };
    return node;
}

static enum status
read_and(struct reader *r, struct node **out)
{
    struct node *right;
    enum status st = read_test(r, out);

    while (st == OK && cursor_accept(r->c, "&&")) {
        st = read_test(r, &right);
        if (st == OK)
            *out = join(r, AND, *out, right);
    }
    return st;
}

static enum status
read_or(struct reader *r, struct node **out)
{
    struct node *right;
    enum status st = read_and(r, out);

    while (st == OK && cursor_accept(r->c, "||")) {
        st = read_and(r, &right);
        if (st == OK)
            *out = join(r, OR, *out, right);
    }
    return st;
}

/* --- words a message must hold --- */

static bool
same_word(const struct words *w, size_t i, const char *text, size_t len)
{
    return w->len[i] == len && memcmp(w->text[i], text, len) == 0;
}

/* Only words that JSON writes as they are, save for \u escapes. */
static void
add_word(struct words *w, const char *text, size_t len)
{
    if (len < WORD_MIN || w->count == WORDS_MAX)
        return;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || strchr("\"\\/", text[i]) != NULL)
            return;
    }
    for (size_t i = 0; i < w->count; i++) {
        if (same_word(w, i, text, len))
            return;
    }
    w->text[w->count] = text;
    w->len[w->count++] = len;
}

/* 1500 may stand in a message as 1.5e3. */
static bool
is_numeric(const char *text, size_t len)
{
    return strspn(text, "0123456789+-.eE") >= len;
}

static void
words_of_test(struct words *w, const struct node *node)
{
    const struct step *last = &node->steps[node->step_count - 1];

    if (node->condition == NOT_EXISTS)
        return;
    if (node->condition == COMPARE && node->op == FILTER_EQ && node->value.regex == NULL &&
        !is_numeric(node->value.text, node->value.len))
        add_word(w, node->value.text, node->value.len);
    if (last->name != NULL)
        add_word(w, last->name, strlen(last->name));
}

static void
collect_words(struct words *w, const struct node *node)
{
    struct words left = { .count = 0 }, right = { .count = 0 };

    if (node->kind == TEST) {
        words_of_test(w, node);
        return;
    }
    collect_words(&left, node->left);
    collect_words(&right, node->right);
    for (size_t i = 0; i < left.count; i++) {
        bool shared = false;

        for (size_t k = 0; k < right.count; k++)
            shared = shared || same_word(&right, k, left.text[i], left.len[i]);
        if (node->kind == AND || shared)
            add_word(w, left.text[i], left.len[i]);
    }
    for (size_t k = 0; node->kind == AND && k < right.count; k++)
        add_word(w, right.text[k], right.len[k]);
}

enum status
filter_json_read(struct filter_json **out, struct filter_cursor *c)
{
    struct reader r = { .c = c };
    struct filter_json *fj = arena_alloc(c->arena, sizeof *fj);
    enum status st;

    c->at++;
    st = read_or(&r, &fj->root);
    if (st != OK)
        return st;
    if (!cursor_accept(c, "}"))
        return cursor_expected(c, "&&, || or }");
    cursor_skip_blanks(c);
    if (c->text[c->at] != '\0')
        return cursor_expected(c, "nothing behind }");
    collect_words(&fj->words, fj->root);
    *out = fj;
    return OK;
}

/* --- matching --- */

static bool
holds(const struct node *node, const cJSON *value)
{
    switch (node->condition) {
    case IS_NULL:
        return cJSON_IsNull(value);
    case IS_TRUE:
        return cJSON_IsTrue(value);
    case IS_FALSE:
        return cJSON_IsFalse(value);
    case NOT_EXISTS:
        return true;
    case COMPARE:
        break;
    }
    if (cJSON_IsString(value))
        return filter_value_text(&node->value, node->op, value->valuestring,
                                 strlen(value->valuestring));
    return cJSON_IsNumber(value) && filter_value_number(&node->value, node->op, value->valuedouble);
}

/* Whether the condition holds for anything the steps from `i` on select under `value`. */
static bool
any_holds(const struct node *node, size_t i, const cJSON *value)
{
    for (; i < node->step_count && value != NULL; i++) {
        const struct step *step = &node->steps[i];
        const cJSON *child;

        if (step->is_any) {
            if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
                return false;
            cJSON_ArrayForEach(child, value)
            {
                if (any_holds(node, i + 1, child))
                    return true;
            }
            return false;
        }
        if (step->name != NULL)
            value = json_get(value, step->name);
        else
            value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, step->index) : NULL;
    }
    return value != NULL && holds(node, value);
}

static bool
evaluate(const struct node *node, const cJSON *message)
{
    if (node->kind == AND)
        return evaluate(node->left, message) && evaluate(node->right, message);
    if (node->kind == OR)
        return evaluate(node->left, message) || evaluate(node->right, message);
    return any_holds(node, 0, message) != (node->condition == NOT_EXISTS);
}

static bool
looks_like_json(const char *message, size_t len)
{
    size_t i = 0;

    while (i < len && strchr(" \t\r\n", message[i]) != NULL && message[i] != '\0')
        i++;
    return i < len && (message[i] == '{' || message[i] == '[');
}

static bool
may_match(const struct words *w, const char *message, size_t len)
{
    for (size_t i = 0; i < w->count; i++) {
        if (memmem(message, len, w->text[i], w->len[i]) == NULL)
            return memmem(message, len, "\\u", 2) != NULL;
    }
    return true;
}

bool
filter_json_match(const struct filter_json *fj, const char *message, size_t len)
{
    cJSON *value = NULL;
    bool matches;

    if (!looks_like_json(message, len) || !may_match(&fj->words, message, len))
        return false;
    if (json_parse(&value, message, len, NULL) != OK)
        return false;
    matches = evaluate(fj->root, value);
    cJSON_Delete(value);
    return matches;
}

/* --- values ------------------------------------------------------------------------------------
 */

struct filter_path {
    struct node node;
};

enum status
filter_json_path(const struct filter_path **out, struct filter_cursor *c)
{
    struct reader r = { .c = c };
    struct filter_path *path = arena_alloc(c->arena, sizeof *path);
    enum status st = read_selector(&r, &path->node);

    if (st != OK)
        return st;
    if (c->text[c->at] != '\0')
        return cursor_expected(c, "nothing behind the selector");
    if (r.wildcards > 0)
        return err_set(c->err, E_INVALID, "a wildcard in %.60s, which must select one value",
                       c->text);
    *out = path;
    return OK;
}

static const char *
text_of(const cJSON *value, struct arena *arena)
{
    const char *text = NULL;
    struct buf number;

    if (cJSON_IsString(value))
        return arena_strdup(arena, value->valuestring);
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    if (!cJSON_IsNumber(value))
        return NULL;
    buf_init(&number, 64);
    json_print_number(&number, value->valuedouble);
    text = arena_strdup(arena, number.data);
    buf_fini(&number);
    return text;
}

/* The first text that the steps from `i` on select under `value`. */
static const char *
first_text(const struct node *node, size_t i, const cJSON *value, struct arena *arena)
{
    for (; i < node->step_count && value != NULL; i++) {
        const struct step *step = &node->steps[i];
        const char *text = NULL;
        const cJSON *child;

        if (step->is_any) {
            cJSON_ArrayForEach(child, value)
            {
                text = first_text(node, i + 1, child, arena);
                if (text != NULL)
                    break;
            }
            return text;
        }
        if (step->name != NULL)
            value = json_get(value, step->name);
        else
            value = cJSON_IsArray(value) ? cJSON_GetArrayItem(value, step->index) : NULL;
    }
    return text_of(value, arena);
}

const char *
filter_path_text(const struct filter_path *path, struct arena *arena, const cJSON *message)
{
    return first_text(&path->node, 0, message, arena);
}

static size_t
count_tests(const struct node *node)
{
    return node->kind == TEST ? 1 : count_tests(node->left) + count_tests(node->right);
}

static void
list_tests(const struct node *node, struct arena *arena, const cJSON *message,
           struct filter_found *found, size_t *count)
{
    const char *text;

    if (node->kind != TEST) {
        list_tests(node->left, arena, message, found, count);
        list_tests(node->right, arena, message, found, count);
        return;
    }
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(found[i].name, node->selector) == 0)
            return;
    }
    text = first_text(node, 0, message, arena);
    if (text != NULL)
        found[(*count)++] = (struct filter_found){ node->selector, text };
}

size_t
filter_json_list(const struct filter_json *fj, struct arena *arena, const char *message, size_t len,
                 struct filter_found **out)
{
    const cJSON *value = NULL;
    size_t count = 0;

    *out = arena_alloc(arena, count_tests(fj->root) * sizeof **out);
    if (json_parse_in(&value, arena, message, len, NULL) == OK)
        list_tests(fj->root, arena, value, *out, &count);
    return count;
}
