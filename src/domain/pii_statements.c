/* pii_statements.c - passwords in statements of databases, and behind the word alone.
 * SPDX-License-Identifier: MIT
 *
 * `ALTER USER shop PASSWORD '...'`, `CREATE USER shop IDENTIFIED BY '...'` of MySQL, MariaDB and
 * Oracle, `SET PASSWORD FOR shop = '...'`, `passwd ...`. */
#include "config.h"

#include <strings.h>

#include "domain/pii_remarks.h"
#include "domain/pii_steps.h"

#define BARE_LEAST 8
#define BARE_MOST  128

/* --- behind the word alone -------------------------------------------------------------------- */

/* "passwd Tr0ub4dor&3": nothing else that stands behind the word has a digit and such a sign. */
static void
look_bare(const struct pii_steps *s, size_t start)
{
    size_t end = pii_skip_to(s, start, " \t\r\n\"'<>"), signs = 0, letters = 0;
    bool is_code = false;

    while (end > start && pii_is_among(".,;:)]}!", s->text[end - 1]))
        end--;
    for (size_t i = start; i < end; i++) {
        letters += pii_is_letter(s->text[i]);
        signs += i > start && i + 1 < end && pii_is_among("!$%^&*~", s->text[i]);
        is_code |= pii_is_among("(){}[]`|\\/=", s->text[i]);
    }
    if (end - start >= BARE_LEAST && end - start <= BARE_MOST && letters > 0 && signs > 0 &&
        !is_code && pii_count_digits(s->text + start, end - start) > 0 &&
        pii_is_secret(s->text + start, end - start))
        pii_kinds_add(s->finds, start, end, PII_SECRET, PII_RANK_SECRET);
}

static void
scan_bare(const struct pii_steps *s)
{
    static const char *const words[] = { "assword ", "asswd " };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t at = 0;

        while ((at = pii_next(s, at, words[i])) < s->length) {
            const size_t end = at + strlen(words[i]);
            struct pii_named known;

            at = end;
            if (pii_name_before(&known, s->text, end - 1) && !known.is_end)
                look_bare(s, end);
        }
    }
}

/* --- statements ------------------------------------------------------------------------------- */

static bool
begins(const struct pii_steps *s, size_t at, const char *word)
{
    const size_t length = strlen(word);

    return s->length - at >= length && strncasecmp(s->text + at, word, length) == 0;
}

/* "CREATE USER ... IDENTIFIED", not "a user identified by 'id'". */
static bool
is_statement(const struct pii_steps *s, size_t end)
{
    static const char *const beginnings[] = { "create user", "alter user", "create role",
                                              "alter role",  "grant ",     "connect to " };

    for (size_t at = end > PII_COMMAND_BACK ? end - PII_COMMAND_BACK : 0; at < end; at++) {
        for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
            if (begins(s, at, beginnings[i]))
                return true;
        }
    }
    return false;
}

/* Nothing is before it in its line. */
static bool
begins_line(const struct pii_steps *s, size_t at)
{
    while (at > 0 && pii_is_among(" \t", s->text[at - 1]))
        at--;
    return at == 0 || pii_is_among("\r\n\"=:", s->text[at - 1]);
}

/* `IDENTIFIED BY 'hunter2'`, `IDENTIFIED WITH sha256_password BY 'hunter2'`, and Oracle's, which
 * may do without quotes. `at` is behind the first word. */
static void
look_identified(const struct pii_steps *s, size_t at, bool needs_quote)
{
    static const char *const others[] = { "password", "values", "random", "externally" };
    size_t start, end;

    at = pii_skip(s, at, " \t\r\n");
    if (begins(s, at, "with "))
        at = pii_skip(s, pii_skip_to(s, pii_skip(s, at + 5, " "), " "), " ");
    if (!begins(s, at, "by "))
        return;
    start = end = pii_skip(s, at + 3, " \t\r\n");
    if (start < s->length && pii_is_among("\"'", s->text[start]))
        end = pii_quoted_end(s, ++start);
    else if (!needs_quote)
        end = pii_skip_to(s, start, " \t\r\n;,)\"'");
    if (end > start && !PII_IS_WORD_OF(others, s->text + start, end - start) &&
        pii_is_secret(s->text + start, end - start))
        pii_kinds_add(s->finds, start, end, PII_SECRET, PII_RANK_SECRET);
}

/* In small letters it is one with quotes alone. */
static void
scan_identified(const struct pii_steps *s, unsigned classes)
{
    static const struct {
        const char *word;
        unsigned class;
    } words[] = { { "IDENTIFIED ", PII_HAS_I }, { "identified ", PII_HAS_QUOTE } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t at = (classes & words[i].class) != 0 ? 0 : s->length;

        while ((at = pii_next(s, at, words[i].word)) < s->length) {
            const size_t behind = at + strlen(words[i].word);
            const bool is_small = words[i].class == PII_HAS_QUOTE, is_whole = is_statement(s, at);

            if (is_whole || (!is_small && begins_line(s, at)))
                look_identified(s, behind, is_small || !is_whole);
            at = behind;
        }
    }
}

/* `SET PASSWORD FOR 'app'@'%' = 'hunter2'`, ` PASSWORD('hunter2')` */
static void
scan_set(const struct pii_steps *s)
{
    static const char *const words[] = { "SET PASSWORD FOR ", "set password for " };
    static const char function[] = " PASSWORD('";
    size_t at = 0, end;

    while ((at = pii_next(s, at, function)) < s->length) {
        at += sizeof function - 1;
        end = pii_quoted_end(s, at);
        if (end > at && pii_is_secret(s->text + at, end - at))
            pii_kinds_add(s->finds, at, end, PII_SECRET, PII_RANK_SECRET);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (at = 0; (at = pii_next(s, at, words[i])) < s->length;) {
            at = pii_skip_to(s, at, "=;\r\n");
            if (at == s->length || s->text[at] != '=')
                continue;
            at = pii_skip(s, at + 1, " ");
            if (at == s->length || s->text[at] != '\'')
                continue;
            end = pii_quoted_end(s, ++at);
            if (end > at && pii_is_secret(s->text + at, end - at))
                pii_kinds_add(s->finds, at, end, PII_SECRET, PII_RANK_SECRET);
        }
    }
}

/* `ALTER USER shop PASSWORD 'hunter2'` */
static void
scan_statements(const struct pii_steps *s)
{
    size_t at = 0;

    while ((at = pii_next(s, at, " '")) < s->length) {
        struct pii_named known;
        const size_t end = at;

        at += 2;
        if (!pii_is_other_word(s, end) && pii_name_before(&known, s->text, end) && !known.is_end &&
            (known.name->traits & PII_TRAIT_PASS) != 0 && pii_has_w(known.name) &&
            pii_quoted_end(s, at) >= at + PII_PROSE_LEAST &&
            !pii_is_declared(s->text + at, pii_quoted_end(s, at) - at))
            pii_steps_add(s, &known, at, pii_quoted_end(s, at));
    }
}

#define WORDS (PII_HAS_W | PII_HAS_BLANK)
#define BY    (PII_HAS_B | PII_HAS_BLANK)

void
pii_statements_scan(const struct pii_steps *s, unsigned classes)
{
    if ((classes & WORDS) == WORDS && (classes & PII_HAS_DIGIT) != 0)
        scan_bare(s);
    if ((classes & WORDS) == WORDS && (classes & PII_HAS_QUOTE) != 0) {
        scan_statements(s);
        scan_set(s);
    }
    if ((classes & BY) == BY)
        scan_identified(s, classes);
}
