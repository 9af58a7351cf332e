/* pii_secrets.c - values that look like nothing, known by the name beside them.
 * SPDX-License-Identifier: MIT
 *
 * `token=abc123` in a URL, `"password":"..."` in JSON, `<password>...</password>`, `--password
 * ...`, `name="password"` of a form in parts, `Cookie: a=b` of a request, and what people and
 * programs write: `password: ...`, `her passwd is ...`. The names are in pii_names.c. What is
 * none, though it stands beside a name, is in pii_remarks.c.
 *
 * In prose nothing says where a value is one: there it has a digit or a sign within, or is all that
 * is left of the text and none of the words that are said of passwords.
 *
 * What is found does not depend on what else is in the text: what pii.c asks of a text before it is
 * searched, each find has in itself. */
#include "config.h"

#include <strings.h>

#include "domain/pii_remarks.h"
#include "domain/pii_steps.h"

#define PROSE_MOST     128
#define WORD_LEAST     6
#define LONG_LEAST     20 /* what is so long has a digit by accident at least */
#define RANGE_MOST     5
#define NUMBERED_MOST  13 /* milliseconds since 1970 */
#define COOKIE_MOST    8192
#define ATTRIBUTE_MOST 16 /* longer than the name of any */
#define TABLE_MOST     64 /* signs between a key of a table and the name of its value */
#define SCHEME_MOST    24
#define CREDENTIAL     6
#define OPAQUE_LEAST   24 /* behind a scheme no word is so long */

/* --- values ----------------------------------------------------------------------------------- */

/* "12", "3.4": of a name that means other things as well. */
static bool
is_amount(const char *value, size_t length)
{
    for (size_t i = 0; i < length && value[i] != '+'; i++) { /* a form's blank */
        if (!pii_is_digit(value[i]) && value[i] != '.' && value[i] != ',')
            return false;
    }
    return true;
}

/* What the traits of a name, and that it is only the end of one, ask of a value. */
static bool
fits(const struct pii_name *name, bool is_end, const char *value, size_t length)
{
    if ((name->traits & PII_TRAIT_COOKIE) != 0 && !pii_holds(value, length, '='))
        return false;
    if ((name->traits & PII_TRAIT_WORD) != 0 &&
        (pii_holds(value, length, ' ') || is_amount(value, length)))
        return false;
    if ((name->traits & PII_TRAIT_SCHEME) != 0 ||
        (is_end && (pii_holds(value, length, ' ') || pii_is_constant(value, length))))
        return false; /* its scheme is found by itself; "forgotPassword":"Forgot it?" */
    return (name->traits & PII_TRAIT_PATH) == 0 || (*value != '/' && *value != '~');
}

void
pii_steps_add(const struct pii_steps *s, const struct pii_named *known, size_t start, size_t end)
{
    if (pii_is_secret(s->text + start, end - start) &&
        fits(known->name, known->is_end, s->text + start, end - start))
        pii_kinds_add(s->finds, start, end, known->name->kind, PII_RANK_SECRET);
}

/* --- prose ------------------------------------------------------------------------------------ */

static bool
is_code(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (pii_is_among("(){}[]<>`|\\", value[i]))
            return true;
    }
    return false;
}

/* A sign that no word and no name of a program's has within. */
static bool
has_sign(const char *value, size_t length)
{
    for (size_t i = 1; i + 1 < length; i++) {
        if (pii_is_among("!@#$%^&*~?+=", value[i]))
            return true;
    }
    return false;
}

/* "8-64" characters. */
static bool
is_range(const char *value, size_t length)
{
    return length <= RANGE_MOST && pii_holds(value, length, '-') &&
           pii_count_digits(value, length) + 1 == length;
}

/* 1795392821, "AADSTS70043": a number, or the code of an error. */
static bool
is_numbered(const char *value, size_t length)
{
    size_t at = 0;

    while (at < length && pii_is_capital(value[at]))
        at++;
    return length <= NUMBERED_MOST && pii_count_digits(value + at, length - at) == length - at;
}

/* A password has a digit; other words are often followed by a number. */
static bool
is_made_up(const struct pii_name *name, const char *value, size_t length)
{
    const bool is_pass = (name->traits & PII_TRAIT_PASS) != 0;

    return !is_code(value, length) && !is_range(value, length) &&
           (is_pass || !is_numbered(value, length)) &&
           (pii_count_digits(value, length) >= (is_pass ? 1 : PII_SECRET_DIGITS) ||
            pii_is_random(value, length));
}

/* Letters and dashes alone. */
static bool
is_word(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!pii_is_letter(value[i]) && !pii_is_among("-_", value[i]))
            return false;
    }
    return length >= WORD_LEAST;
}

/* "change password: ...": the name of a deed. */
static bool
is_topic(const struct pii_steps *s, size_t start)
{
    static const char *const deeds[] = { "reset", "change", "forgot", "forgotten",
                                         "set",   "update", "choose", "enter",
                                         "store", "hash",   "check",  "rotate" };
    size_t end = start, from;

    while (end > 0 && s->text[end - 1] == ' ')
        end--;
    for (from = end; from > 0 && pii_is_letter(s->text[from - 1]);)
        from--;
    return PII_IS_WORD_OF(deeds, s->text + from, end - from);
}

/* "swordfish at login": a word that is none of a sentence about passwords, and one of a report of
 * what happened to it behind it. */
static bool
is_reported(const struct pii_steps *s, const struct pii_named *known, size_t start, size_t end)
{
    static const char *const reports[] = {
        "at",        "for",      "from",       "by",      "via",    "in",         "on",
        "to",        "with",     "was",        "is",      "did",    "does",       "used",
        "given",     "rejected", "failed",     "refused", "denied", "wrong",      "invalid",
        "incorrect", "accepted", "mismatched", "and",     "user",   "beim",       "bei",
        "von",       "pour",     "dans",       "para",    "por",    "incorrecta",
    };
    size_t next = end, behind;

    while (next < s->length && s->text[next] == ' ')
        next++;
    for (behind = next; behind < s->length && pii_is_letter(s->text[behind]);)
        behind++;
    return next == end + 1 && is_word(s->text + start, end - start) &&
           PII_IS_WORD_OF(reports, s->text + next, behind - next) && !is_topic(s, known->start) &&
           !pii_is_prose(s->text + start, end - start);
}

/* Nothing is behind it, and it is no remark. */
static bool
is_last_word(const struct pii_steps *s, size_t start, size_t end)
{
    return is_word(s->text + start, end - start) &&
           (end == s->length || pii_is_among("\"'\n\r", s->text[end])) &&
           !pii_is_declared(s->text + start, end - start);
}

/* Names that are more than passwords have longer values: "token: 5 of 10". */
static size_t
least_of(const struct pii_name *name)
{
    return (name->traits & PII_TRAIT_PASS) != 0 ? PII_PROSE_LEAST : 2 * PII_PROSE_LEAST;
}

/* What follows a name without quotes. `may_be_word`: a password need not have a digit. */
static void
look_prose(const struct pii_steps *s, const struct pii_named *known, size_t start, size_t least,
           bool may_be_word)
{
    size_t end = pii_skip_to(s, start, " \t\r\n\"'<>");
    bool is_other;

    if ((known->name->traits & PII_TRAIT_PROSE) == 0 || end - start > PROSE_MOST)
        return;
    may_be_word = may_be_word && (known->name->traits & PII_TRAIT_PASS) != 0;
    is_other = may_be_word && (is_last_word(s, start, end) || is_reported(s, known, start, end));
    while (end > start && pii_is_among(".,;:)]}!", s->text[end - 1]))
        end--;
    if (end - start < least || pii_is_declared(s->text + start, end - start))
        return;
    is_other = is_other || (may_be_word && has_sign(s->text + start, end - start) &&
                            !is_code(s->text + start, end - start));
    if (is_other || is_made_up(known->name, s->text + start, end - start))
        pii_steps_add(s, known, start, end);
}

/* "her passwd is hunter2" */
static void
scan_prose(const struct pii_steps *s)
{
    static const char *const words[] = { " is ", " was " };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t at = 0, name;

        while ((name = pii_next(s, at, words[i])) < s->length) {
            const size_t start = name + strlen(words[i]);
            struct pii_named known;

            at = start;
            if (!pii_name_before(&known, s->text, name) || known.is_end ||
                (known.name->traits & PII_TRAIT_PASS) == 0 || !pii_has_w(known.name) ||
                start == s->length)
                continue;
            if (pii_is_among("\"'", s->text[start]) && pii_quoted_end(s, start + 1) > 0)
                pii_steps_add(s, &known, start + 1, pii_quoted_end(s, start + 1));
            else
                look_prose(s, &known, start, 2 * PII_PROSE_LEAST - 2, false);
        }
    }
}

/* --- headers ---------------------------------------------------------------------------------- */

/* Where "a=b; c=d" ends: at a blank that is behind no semicolon, which is not at `start`. */
static size_t
cookie_end(const struct pii_steps *s, size_t start)
{
    size_t end = start;

    if (start <= *s->cookie_end)
        return *s->cookie_end;
    while (end < s->length && !pii_is_among("\"'\r\n", s->text[end]) &&
           (s->text[end] != ' ' || s->text[end - 1] == ';'))
        end++;
    *s->cookie_end = end;
    return end;
}

static void
look_cookie(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    static const char *const attributes[] = { "samesite", "path", "domain", "max-age", "expires" };
    size_t name = start;

    while (name < s->length && name - start < ATTRIBUTE_MOST && !pii_is_among("= ", s->text[name]))
        name++;
    if (s->text[start] == '+' || /* a form's blank */
        PII_IS_WORD_OF(attributes, s->text + start, name - start))
        return;
    if (cookie_end(s, start) - start <= COOKIE_MOST)
        pii_steps_add(s, known, start, cookie_end(s, start));
}

/* "Token 9f8e7d6c5b4a": Bearer and Basic are found wherever they are. */
static void
look_scheme(const struct pii_steps *s, size_t start)
{
    static const char *const schemes[] = { "token", "apikey", "api-key", "key",   "negotiate",
                                           "ntlm",  "dpop",   "hawk",    "bearer" };
    size_t word = start, value, end;

    while (word < s->length && word - start <= SCHEME_MOST &&
           !pii_is_among(" \"'\r\n", s->text[word]))
        word++;
    value = end = pii_skip(s, word, " ");
    if (word == s->length || word - start > SCHEME_MOST ||
        !PII_IS_WORD_OF(schemes, s->text + start, word - start))
        return;
    while (end < s->length &&
           (pii_is_base64url(s->text[end]) || pii_is_among("+/=.~", s->text[end])))
        end++;
    if ((end - value >= CREDENTIAL &&
         pii_count_digits(s->text + value, end - value) >= PII_SECRET_DIGITS) ||
        pii_is_random(s->text + value, end - value) || end - value >= OPAQUE_LEAST)
        pii_kinds_add(s->finds, value, end, PII_SECRET, PII_RANK_BEARER);
}

/* --- with an equals sign ---------------------------------------------------------------------- */

/* `key = value` of a file of settings: both sides have a blank. */
static void
look_setting(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    size_t end;

    if (start < s->length && pii_is_among("\"'", s->text[start])) {
        end = pii_quoted_end(s, start + 1);

        if (end >= start + 1 + PII_PROSE_LEAST ||
            (end > start + 2 && pii_holds(s->text + start + 1, end - start - 1, ' ')))
            pii_steps_add(s, known, start + 1, end);
        return;
    }
    end = pii_skip_to(s, start, " \t\r\n\"'<>");
    if (end - start >= LONG_LEAST && end - start <= PROSE_MOST &&
        !is_code(s->text + start, end - start) &&
        (pii_count_digits(s->text + start, end - start) > 0 ||
         pii_is_random(s->text + start, end - start)))
        pii_steps_add(s, known, start, end);
    else
        look_prose(s, known, start, least_of(known->name), false);
}

/* "password='hunter2'": quotes of one kind within those of the other. */
static bool
is_quoted_within(const struct pii_steps *s, char outer, size_t quote)
{
    const size_t end = pii_quoted_end(s, quote + 1);

    return pii_is_among("\"'", outer) && outer != s->text[quote] && end > 0 &&
           !pii_holds(s->text + quote, end - quote, outer);
}

/* `password='hunter2'` stands alone; in code a quote behind an equals sign often ends a text. */
static bool
is_quoted(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    return start + 1 < s->length && pii_is_among("\"'", s->text[start]) &&
           !pii_is_among(" +.,)", s->text[start + 1]) &&
           (known->start == 0 || pii_is_among(" ,\t\r\n", s->text[known->start - 1]) ||
            is_quoted_within(s, s->text[known->start - 1], start));
}

/* Behind another equals sign, too: "?note=password=...". */
static bool
may_begin(const struct pii_steps *s, size_t start)
{
    return start == 0 || pii_is_among("=?&;#\"'(, \t\r\n", s->text[start - 1]) ||
           (start > 1 && memcmp(s->text + start - 2, "/:", 2) == 0); /* as .npmrc has it */
}

static void
look_parameter(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    const size_t end = pii_parameter_end(s, start);

    if (end - start > PII_SECRET_MOST || (start < s->length && s->text[start] == '='))
        return; /* a comparison, or base64 that ends with "Pw==" */
    if (known->start == 0 || s->text[known->start - 1] != '=' ||
        is_made_up(known->name, s->text + start, end - start) ||
        ((known->name->traits & PII_TRAIT_PASS) != 0 && is_word(s->text + start, end - start) &&
         !pii_is_prose(s->text + start, end - start)))
        pii_steps_add(s, known, start, end);
}

/* `document.cookie="a=b"`; one that is put together, or taken away, has nothing behind its equals
 * sign. */
static void
look_written_cookie(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    const size_t quote = pii_skip(s, start, " \t");
    size_t end, equals;

    if (quote == s->length || !pii_is_among("\"'`", s->text[quote]))
        return;
    end = pii_skip_to(s, quote + 1, "\"'`\r\n");
    equals = pii_skip_to(s, quote + 1, "=\"'`\r\n");
    if (end < s->length && s->text[quote] == s->text[end] && equals + 1 < end &&
        !pii_is_among("; $", s->text[equals + 1]) && end - quote <= COOKIE_MOST)
        pii_steps_add(s, known, quote + 1, end);
}

static void
scan_parameters(const struct pii_steps *s)
{
    size_t at = 0;

    while (at < s->length) {
        const char *found = memchr(s->text + at, '=', s->length - at);
        struct pii_named known;
        size_t end;

        if (found == NULL)
            return;
        end = (size_t)(found - s->text);
        at = end + 1;
        pii_grants_look_parameter(s, end, at);
        if (pii_is_other_word(s, end))
            continue;
        while (end > 0 && (s->text[end - 1] == ' ' || s->text[end - 1] == '\t'))
            end--;
        if (!pii_name_before(&known, s->text, end))
            continue;
        if (known.start > 0 && s->text[known.start - 1] == '.' &&
            (known.name->traits & PII_TRAIT_COOKIE) != 0)
            look_written_cookie(s, &known, at);
        if (!may_begin(s, known.start))
            continue;
        if (end + 1 < at || is_quoted(s, &known, at))
            look_setting(s, &known, pii_skip(s, at, " \t"));
        else
            look_parameter(s, &known, at);
    }
}

/* --- with a colon ----------------------------------------------------------------------------- */

/* `password:` and a blank, or with nothing that looks like code around it. */
static void
look_written(const struct pii_steps *s, const struct pii_named *known, size_t end, size_t start)
{
    const char before = known->start == 0 ? ' ' : s->text[known->start - 1];

    if (start >= s->length)
        return;
    if ((known->name->traits & PII_TRAIT_COOKIE) != 0)
        look_cookie(s, known, start);
    else if ((known->name->traits & PII_TRAIT_SCHEME) != 0)
        look_scheme(s, start);
    else if (before == '/')
        return; /* "POST /oauth/token: status=401" */
    else if (start > end + 1)
        look_prose(s, known, start, least_of(known->name), true);
    else if (pii_is_among(" \t\r\n", before) && !pii_holds(s->text + start, 1, ':'))
        look_prose(s, known, start, 2 * PII_PROSE_LEAST - 2, false);
}

/* `"clave":"idioma","valor":"es"`: the key of a value. */
static bool
is_of_a_table(const struct pii_steps *s, const struct pii_named *known, size_t end)
{
    static const char value[] = "valor";
    const size_t length = sizeof value - 1;
    size_t next = end;

    if ((known->name->traits & PII_TRAIT_KEY) == 0)
        return false;
    while (next < s->length && next - end < TABLE_MOST && pii_is_among(" \n\\\",", s->text[next]))
        next++;
    return s->length - next > length && memcmp(s->text + next, value, length) == 0;
}

static void
look_member(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    size_t end = start;

    if ((known->name->traits & PII_TRAIT_SCHEME) != 0)
        look_scheme(s, start);
    while (end < s->length && s->text[end] != s->text[start - 1] && s->text[end] != '\\')
        end++;
    if ((known->name->traits & PII_TRAIT_SCHEME) == 0 && !is_of_a_table(s, known, end))
        pii_steps_add(s, known, start, end);
    else if ((known->name->traits & PII_TRAIT_SCHEME) != 0 &&
             pii_is_random(s->text + start, end - start) &&
             !pii_holds(s->text + start, end - start, ' ') &&
             !pii_holds(s->text + start, end - start, '+'))
        pii_kinds_add(s->finds, start, end, known->name->kind, PII_RANK_SECRET);
}

/* The quote ends a text that is itself a value of JSON: nothing but brackets and quotes follow. */
static bool
closes_text(const struct pii_steps *s, size_t quote)
{
    const size_t behind = pii_skip(s, quote + 1, "}]\"'");

    return behind > quote + 1 && (behind == s->length || pii_is_among(",\n", s->text[behind]));
}

/* `if not token:` and `-> "PrivateKey":` end with a quote where they are texts of JSON or of code:
 * no value is behind it. */
static bool
ends_text(const struct pii_steps *s, size_t name, size_t colon, size_t quote)
{
    if (quote + 1 >= s->length || !pii_is_among("\"'", s->text[quote]))
        return false;
    return closes_text(s, quote) ||
           (name == colon &&
            pii_is_among(quote == colon + 1 ? "}],: +.)" : "}],", s->text[quote + 1]));
}

/* `"cookies":["a=b; Path=/","c=d"]` of a gateway: each of them. */
static void
look_members(const struct pii_steps *s, const struct pii_named *known, size_t start)
{
    size_t at = pii_skip(s, start, " \n\\");

    if (at < s->length && closes_text(s, at))
        return; /* "'token': [" */
    while (at < s->length && s->text[at] == '"') {
        const size_t end = pii_skip_to(s, at + 1, "\"");

        look_member(s, known, at + 1);
        at = pii_skip(s, end + 1, " \n\\,");
    }
}

/* `{"name":"DB_PASSWORD","value":"..."}`: settings of a container, headers of an edge, forms of a
 * browser's log. `colon` is the second one. */
static void
look_pair(const struct pii_steps *s, size_t colon)
{
    static const char *const firsts[] = { "name", "key", "parameterkey", "parametername" };
    const size_t start = pii_skip(s, colon + 1, " \n\\");
    struct pii_named known;
    size_t at = colon, end;

    while (at > 0 && pii_is_among(" \"\\", s->text[at - 1]))
        at--;
    while (at > 0 && pii_is_letter(s->text[at - 1]))
        at--;
    while (at > 0 && pii_is_among(" \n,\"\\", s->text[at - 1]))
        at--;
    if (start >= s->length || s->text[start] != '"' || !pii_name_before(&known, s->text, at))
        return;
    for (at = known.start; at > 0 && pii_is_among(" \"\\", s->text[at - 1]);)
        at--;
    if (at == 0 || at == known.start || s->text[at - 1] != ':')
        return;
    for (end = --at; end > 0 && pii_is_among(" \"\\", s->text[end - 1]);)
        end--;
    for (at = end; at > 0 && pii_is_letter(s->text[at - 1]);)
        at--;
    if (PII_IS_WORD_OF(firsts, s->text + at, end - at))
        look_member(s, &known, start + 1);
}

/* "value" ends before the quote before the colon; in either case. */
static bool
ends_value(const struct pii_steps *s, size_t end)
{
    while (end > 0 && pii_is_among("\"\\", s->text[end - 1]))
        end--;
    return end >= 5 && strncasecmp(s->text + end - 5, "value", 5) == 0;
}

static void
scan_members(const struct pii_steps *s)
{
    size_t at = 0;

    while (at < s->length) {
        const char *found = memchr(s->text + at, ':', s->length - at);
        struct pii_named known;
        size_t colon, end, start;

        if (found == NULL)
            return;
        colon = end = (size_t)(found - s->text);
        at = colon + 1;
        if (end > 0 && s->text[end - 1] == '"' && ends_value(s, end))
            look_pair(s, end);
        if (end > 1 && s->text[end - 1] == '"')
            pii_grants_look_member(s, end - 1, at);
        if (pii_is_other_word(s, end))
            continue;
        while (end > 0 && pii_is_among(" \n\"'\\", s->text[end - 1]))
            end--;
        if (!pii_name_before(&known, s->text, end))
            continue;
        start = pii_skip(s, at, end == colon ? " \\" : " \n\\");
        if (ends_text(s, end, colon, start))
            continue;
        if (start < s->length && pii_is_among("\"'", s->text[start]))
            look_member(s, &known, start + 1);
        else if (start < s->length && s->text[start] == '[' && end < colon)
            look_members(s, &known, start + 1);
        else if (end == colon)
            look_written(s, &known, colon, start);
    }
}

/* --- in angle brackets, options, parts of forms ----------------------------------------------- */

/* `<password>hunter2</password>` */
static void
scan_elements(const struct pii_steps *s)
{
    size_t at = 0;

    while (at < s->length) {
        const char *found = memchr(s->text + at, '<', s->length - at);
        struct pii_named known;
        size_t end, name, start;

        if (found == NULL)
            return;
        end = start = (size_t)(found - s->text);
        at = end + 1;
        if (at == s->length || s->text[at] != '/')
            continue;
        name = at = pii_skip_to(s, end + 2, "> \"");
        if (name == s->length || s->text[name] != '>' || !pii_name_before(&known, s->text, name) ||
            (known.start != end + 2 && s->text[known.start - 1] != ':'))
            continue;
        while (start > 0 && end - start < PII_QUOTED_MOST && s->text[start - 1] != '>')
            start--;
        if (start > 0 && s->text[start - 1] == '>' &&
            ((known.name->traits & PII_TRAIT_PASS) != 0 ||
             pii_count_digits(s->text + start, end - start) >= PII_SECRET_DIGITS ||
             pii_is_random(s->text + start, end - start)))
            pii_steps_add(s, &known, start, end);
    }
}

/* `--password hunter2` */
static void
look_option(const struct pii_steps *s, size_t start)
{
    const size_t end = pii_skip_to(s, start, " =\t\r\n\"'"), value = pii_skip(s, end, " ");
    struct pii_named known;

    if (end == start || value == end || value == s->length || s->text[value] == '-' ||
        !pii_name_before(&known, s->text, end))
        return;
    if ((known.name->traits & PII_TRAIT_PASS) != 0 && pii_is_among("\"'", s->text[value]) &&
        pii_quoted_end(s, value + 1) > 0)
        pii_steps_add(s, &known, value + 1, pii_quoted_end(s, value + 1));
    else
        look_prose(s, &known, value, PII_PROSE_LEAST, false);
}

static bool
has_letter(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (pii_is_letter(value[i]))
            return true;
    }
    return false;
}

/* What follows a quote that was the last one: "echo 'mysql -p'; echo 'done'". */
static bool
is_blank_or_end(const struct pii_steps *s, size_t at)
{
    return at == s->length || pii_is_among(" \t\r\n;|&),.", s->text[at]);
}

/* The password of a command that has a short option for it. `at` is the blank before the dash. */
static void
look_flag(const struct pii_steps *s, size_t at)
{
    static const struct {
        const char *command, *flag;
    } flags[] = { { "mysql", " -p" },
                  { "mariadb", " -p" },
                  { "sshpass", " -p " },
                  { "redis-cli", " -a " },
                  { "docker login", " -p " } };
    const size_t back = at > PII_COMMAND_BACK ? at - PII_COMMAND_BACK : 0;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const size_t length = strlen(flags[i].flag), start = pii_skip(s, at + length, "\"'");
        size_t end;

        if (s->length - at <= length || memcmp(s->text + at, flags[i].flag, length) != 0 ||
            memmem(s->text + back, at - back, flags[i].command, strlen(flags[i].command)) == NULL)
            continue;
        end = start == at + length + 1 && !is_blank_or_end(s, start) ? pii_quoted_end(s, start) : 0;
        if (end == 0)
            end = pii_skip_to(s, start, " \t\r\n\"'=");
        if (end - start >= PII_PROSE_LEAST && s->text[start] != '-' &&
            (end == s->length || s->text[end] != '=') &&
            pii_is_secret(s->text + start, end - start))
            pii_kinds_add(s->finds, start, end, PII_SECRET, PII_RANK_SECRET);
        return;
    }
}

/* `curl -u ada:hunter2` */
static void
look_user(const struct pii_steps *s, size_t start)
{
    const size_t back = start > PII_COMMAND_BACK ? start - PII_COMMAND_BACK : 0;
    const size_t value = pii_skip(s, start, " \"'"), end = pii_skip_to(s, value, " \"'\t\r\n");
    const char *colon = memchr(s->text + value, ':', end - value);

    if (colon != NULL && colon + 1 < s->text + end &&
        memmem(s->text + back, start - back, "curl", 4) != NULL &&
        pii_count_digits(s->text + value, end - value) > 0 &&
        has_letter(s->text + value, end - value) && pii_is_secret(s->text + value, end - value))
        pii_kinds_add(s->finds, value, end, PII_SECRET, PII_RANK_SECRET);
}

static void
scan_options(const struct pii_steps *s)
{
    size_t at = 0;

    while ((at = pii_next(s, at, " -")) < s->length) {
        const size_t left = s->length - at;

        if (left > 8 && memcmp(s->text + at, " --user ", 8) == 0)
            look_user(s, at + 8);
        else if (left > 3 && s->text[at + 2] == '-')
            look_option(s, at + 3);
        else if (left > 4 && memcmp(s->text + at, " -u ", 4) == 0)
            look_user(s, at + 4);
        else if (left > 3 && pii_is_among("pa", s->text[at + 2]))
            look_flag(s, at);
        at += 2;
    }
}

/* `name="password"`, an empty line, and the value. */
static void
scan_parts(const struct pii_steps *s)
{
    size_t at = 0;

    while ((at = pii_next(s, at, "name=\"")) < s->length) {
        struct pii_named known;
        size_t end, start;

        at += 6;
        end = pii_skip_to(s, at, "\"\r\n");
        if (end + 2 >= s->length || s->text[end] != '"' || !pii_name_before(&known, s->text, end))
            continue;
        start = pii_skip(s, end + 1, " \r\n");
        if (start - end >= 3)
            pii_steps_add(s, &known, start, pii_skip_to(s, start, " \r\n"));
    }
}

#define PROSE   (PII_HAS_W | PII_HAS_BLANK)
#define OPTIONS (PII_HAS_JOINT | PII_HAS_BLANK)
#define HOOKS   (PII_HAS_K | PII_HAS_DIGIT)
#define PARTS   (PII_HAS_EQUALS | PII_HAS_QUOTE)

/* " --", " -u", " -p", " -a" */
static bool
has_option(const char *text, size_t length)
{
    const char *at = text, *end = text + length;

    while ((at = memchr(at, '-', (size_t)(end - at))) != NULL && end - at > 1) {
        if (at > text && at[-1] == ' ' && pii_is_among("-upa", at[1]))
            return true;
        at++;
    }
    return false;
}

/* The end of a name before a colon or in an element, or a name with a w. */
static bool
has_name(const char *text, size_t length)
{
    for (size_t i = 1; i < length; i++) {
        const char c = text[i], before = text[i - 1];

        if (c == ':' || c == '>') {
            if ((i > 1 && pii_name_may_end(text[i - 2], before)) || (c == ':' && before == ' '))
                return true;
        } else if ((c | 0x20) == 'w' && ((before | 0x20) == 's' || (before | 0x20) == 'p')) {
            return true;
        }
    }
    return false;
}

bool
pii_secrets_may(unsigned classes, const char *text, size_t length)
{
    static const unsigned named = PII_HAS_COLON | PII_HAS_ANGLE | PII_HAS_W;

    return ((classes & OPTIONS) == OPTIONS && has_option(text, length)) ||
           ((classes & named) != 0 && has_name(text, length)) ||
           ((classes & HOOKS) == HOOKS && memmem(text, length, "hooks", 5) != NULL);
}

void
pii_secrets_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length)
{
    size_t parameter_end = 0, cookie_end = 0;
    const struct pii_steps s = { finds, text, length, &parameter_end, &cookie_end };

    if ((classes & PII_HAS_EQUALS) != 0)
        scan_parameters(&s);
    if ((classes & PII_HAS_COLON) != 0)
        scan_members(&s);
    if ((classes & PROSE) == PROSE)
        scan_prose(&s);
    pii_statements_scan(&s, classes);
    if ((classes & OPTIONS) == OPTIONS)
        scan_options(&s);
    if ((classes & PARTS) == PARTS)
        scan_parts(&s);
    if ((classes & PII_HAS_ANGLE) != 0)
        scan_elements(&s);
}
