/* pii_kinds.c - what no expression says well: check digits, tokens, and values known by their name.
 * SPDX-License-Identifier: MIT
 *
 * Cards: 13 to 19 digits, in groups with one blank or dash or in a row, that begin with the digit
 * of a network (3 American Express and Diners, 4 Visa, 5 and 2221 to 2720 Mastercard, 6 Discover,
 * Maestro, UnionPay; ISO/IEC 7812) and end in Luhn's check digit. They stand alone: a letter beside
 * them means a hash or an IBAN, a point between digits a fraction.
 *
 * Tokens: a JWT's header is JSON, which in base64url begins with "eyJ" (RFC 7519); an AWS access
 * key id is AKIA or ASIA and 16 characters of base32 (IAM user guide, "Unique identifiers").
 *
 * Secrets are known by the name before them: `token=abc123` in a URL, `"password":"..."` in JSON.
 * Names are compared without case, dashes and underscores. Stars, blanks, {placeholders} and words
 * such as null are not secrets. */
#include "config.h"

#include "domain/pii_own.h"

#include <string.h>
#include <strings.h>

#define CARD_LEAST     13
#define CARD_MOST      19
#define GROUPS_MAX     16 /* of digits that are looked at together */
#define NAME_MOST      40
#define SECRET_MOST    4096
#define BEARER_LEAST   6
#define AWS_ID_LENGTH  20
#define JWT_PART_LEAST 4

enum rank { RANK_SECRET = 10, RANK_BEARER = 20, RANK_CARD = 200, RANK_TOKEN = 201 };

static void
add(struct pii_finds *finds, size_t start, size_t end, enum pii_kind kind, enum rank rank)
{
    enum pii_severity severity;

    if (pii_rules_kind(finds->rules, kind, &severity))
        pii_finds_add(finds, start, end, pii_kind_name(kind), severity, rank);
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_base64url(char c)
{
    return is_digit(c) || is_letter(c) || c == '-' || c == '_';
}

/* --- cards ------------------------------------------------------------------------------------ */

struct group {
    size_t start, end;
};

static bool
is_luhn(const char *digits, size_t count)
{
    unsigned sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0');

        if (i % 2 == 1)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return sum % 10 == 0;
}

static bool
is_network(const char *digits, size_t count)
{
    if (*digits == '2')
        return count == 16 && memcmp(digits, "2221", 4) >= 0 && memcmp(digits, "2720", 4) <= 0;
    return *digits >= '3' && *digits <= '6';
}

static bool
is_card(const char *text, size_t start, size_t end)
{
    char digits[CARD_MOST], separator = '\0';
    size_t count = 0;
    bool is_one_digit = true;

    for (size_t i = start; i < end; i++) {
        if (!is_digit(text[i])) {
            if (separator != '\0' && separator != text[i])
                return false;
            separator = text[i];
            continue;
        }
        if (count == CARD_MOST)
            return false;
        is_one_digit = is_one_digit && (count == 0 || digits[0] == text[i]);
        digits[count++] = text[i];
    }
    return count >= CARD_LEAST && !is_one_digit && is_network(digits, count) &&
           is_luhn(digits, count);
}

/* The groups from `first` on, as many as make a card; 0: none do. */
static size_t
card_groups(const char *text, const struct group *groups, size_t count)
{
    for (size_t n = count < 7 ? count : 7; n > 0; n--) {
        if (is_card(text, groups[0].start, groups[n - 1].end))
            return n;
    }
    return 0;
}

static void
scan_groups(struct pii_finds *finds, const char *text, const struct group *groups, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t used = card_groups(text, &groups[i], count - i);

        if (used > 0)
            add(finds, groups[i].start, groups[i + used - 1].end, PII_CARD, RANK_CARD);
        i += used > 0 ? used : 1;
    }
}

/* A run is groups of digits with one blank or dash between them; what is beside it decides whether
 * its digits mean anything. */
static bool
stands_alone(const char *text, size_t length, size_t start, size_t end)
{
    char before = start > 0 ? text[start - 1] : ' ';
    char after = end < length ? text[end] : ' ';

    if (is_letter(before) || is_letter(after) || before == '_' || after == '_')
        return false;
    if (before == '.' && start > 1 && is_digit(text[start - 2]))
        return false;
    return after != '.' || end + 1 >= length || !is_digit(text[end + 1]);
}

void
pii_kinds_scan_cards(struct pii_finds *finds, const struct pii_digits *cluster, const char *text,
                     size_t length)
{
    struct group groups[GROUPS_MAX];
    size_t count = 0, at = cluster->start;

    while (at < cluster->end) {
        size_t start = at;

        while (at < cluster->end && is_digit(text[at]))
            at++;
        groups[count++] = (struct group){ start, at };
        if (at + 1 < cluster->end && (text[at] == ' ' || text[at] == '-') &&
            is_digit(text[at + 1]) && count < GROUPS_MAX) {
            at++;
            continue;
        }
        if (stands_alone(text, length, groups[0].start, groups[count - 1].end))
            scan_groups(finds, text, groups, count);
        count = 0;
        while (at < cluster->end && !is_digit(text[at]))
            at++;
    }
}

/* --- tokens ----------------------------------------------------------------------------------- */

static size_t
base64url_end(const char *text, size_t length, size_t at)
{
    while (at < length && is_base64url(text[at]))
        at++;
    return at;
}

/* header.payload.signature; the payload is JSON, too, unless it is encrypted. */
static size_t
jwt_end(const char *text, size_t length, size_t start)
{
    size_t end = start;
    unsigned parts = 0;

    for (;;) {
        size_t next = base64url_end(text, length, end);

        if (next - end < JWT_PART_LEAST)
            break;
        parts++;
        end = next;
        if (parts == 5 || end + 1 >= length || text[end] != '.')
            break;
        end++;
    }
    return parts >= 3 ? end : parts == 2 ? end - (text[end - 1] == '.') : 0;
}

static void
scan_jwts(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        const char *found = memmem(text + at, length - at, "eyJ", 3);
        size_t start, end;

        if (found == NULL)
            return;
        start = (size_t)(found - text);
        end = start > 0 && is_base64url(text[start - 1]) ? 0 : jwt_end(text, length, start);
        if (end > 0)
            add(finds, start, end, PII_JWT, RANK_TOKEN);
        at = end > 0 ? end : base64url_end(text, length, start);
    }
}

static bool
is_aws_id(const char *text, size_t length, size_t start)
{
    if (length - start < AWS_ID_LENGTH ||
        (text[start] != 'A' || (text[start + 1] != 'K' && text[start + 1] != 'S')))
        return false;
    if ((start > 0 && is_base64url(text[start - 1])) ||
        (start + AWS_ID_LENGTH < length && is_base64url(text[start + AWS_ID_LENGTH])))
        return false;
    for (size_t i = start + 4; i < start + AWS_ID_LENGTH; i++) {
        if (!((text[i] >= 'A' && text[i] <= 'Z') || is_digit(text[i])))
            return false;
    }
    return true;
}

/* AKIA and ASIA share their end. */
static void
scan_aws_ids(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 2;

    while (at < length) {
        const char *found = memmem(text + at, length - at, "IA", 2);
        size_t start;

        if (found == NULL)
            return;
        start = (size_t)(found - text) - 2;
        if (is_aws_id(text, length, start))
            add(finds, start, start + AWS_ID_LENGTH, PII_AWS_KEY, RANK_TOKEN);
        at = start + 4;
    }
}

static bool
is_credential(char c)
{
    return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

/* A word with a digit in it: "bearer of bad news" is none. */
static void
scan_bearers(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 1;

    while (at < length) {
        const char *found = memmem(text + at, length - at, "earer ", 6);
        size_t start, end;
        bool has_digit = false;

        if (found == NULL)
            return;
        start = end = (size_t)(found - text) + 6;
        for (; end < length && is_credential(text[end]); end++)
            has_digit = has_digit || is_digit(text[end]);
        if ((found[-1] == 'B' || found[-1] == 'b') && has_digit && end - start >= BEARER_LEAST)
            add(finds, start, end, PII_BEARER, RANK_BEARER);
        at = end;
    }
}

/* --- secrets ---------------------------------------------------------------------------------- */

/* Letters and digits of the names alone. */
#define NAME(text, kind)                   \
    {                                      \
        text, sizeof(text) - 1, kind, NULL \
    }
#define NAME_HOLDING(text, kind, holds)     \
    {                                       \
        text, sizeof(text) - 1, kind, holds \
    }
static const struct name {
    const char *name;
    size_t length;
    enum pii_kind kind;
    const char *holds; /* what a value has that is meant; NULL: all are */
} names[] = {
    NAME("token", PII_SECRET),
    NAME("jwt", PII_SECRET),
    NAME("password", PII_SECRET),
    NAME("passwd", PII_SECRET),
    NAME("pwd", PII_SECRET),
    NAME("passphrase", PII_SECRET),
    NAME("newpassword", PII_SECRET),
    NAME("oldpassword", PII_SECRET),
    NAME("currentpassword", PII_SECRET),
    NAME("confirmpassword", PII_SECRET),
    NAME("passwordconfirmation", PII_SECRET),
    NAME("resetpassword", PII_SECRET),
    NAME("resettoken", PII_SECRET),
    NAME("invitation", PII_SECRET),
    NAME("secret", PII_SECRET),
    NAME("secretkey", PII_SECRET),
    NAME("clientsecret", PII_SECRET),
    NAME("accesstoken", PII_SECRET),
    NAME("refreshtoken", PII_SECRET),
    NAME("idtoken", PII_SECRET),
    NAME("authtoken", PII_SECRET),
    NAME("sessiontoken", PII_SECRET),
    NAME("apikey", PII_SECRET),
    NAME("xapikey", PII_SECRET),
    NAME("apisecret", PII_SECRET),
    NAME("privatekey", PII_SECRET),
    NAME("secretaccesskey", PII_AWS_KEY),
    NAME("awssecretaccesskey", PII_AWS_KEY),
    NAME_HOLDING("cookie", PII_SECRET, "="), /* "cookie":"accepted" opens no door */
    NAME_HOLDING("setcookie", PII_SECRET, "="),
    NAME_HOLDING("authorization", PII_SECRET, "Basic "),
};
#define NAME_ENDS "ntdey" /* a name ends with one of these, in either case */

static const char *const no_secrets[] = { "null",  "undefined", "none",     "true",
                                          "false", "redacted",  "filtered", "masked" };

/* The name that ends at `end`; NULL: not one of ours. *start becomes where it begins. */
static const struct name *
name_before(const char *text, size_t end, size_t *start)
{
    char name[NAME_MOST];
    size_t at = end, length = 0;

    if (end == 0 || memchr(NAME_ENDS, text[end - 1] | 0x20, sizeof NAME_ENDS - 1) == NULL)
        return NULL;
    while (at > 0 && is_base64url(text[at - 1])) {
        char c = text[--at];

        if (c == '-' || c == '_')
            continue;
        if (length == sizeof name)
            return NULL;
        name[length++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
    }
    *start = at;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = 0;

        if (names[i].length != length || *names[i].name != name[length - 1])
            continue;
        while (n < length && names[i].name[n] == name[length - 1 - n])
            n++;
        if (n == length)
            return &names[i];
    }
    return NULL;
}

bool
pii_names_secret(const char *name, enum pii_kind *kind)
{
    size_t start;
    const struct name *known = name_before(name, strlen(name), &start);

    if (known == NULL || start != 0 || known->holds != NULL)
        return false;
    *kind = known->kind;
    return true;
}

/* {token}, [redacted], ${TOKEN} */
static bool
is_placeholder(const char *value, size_t length)
{
    char last = value[length - 1];

    return (*value == '{' && last == '}') || (*value == '[' && last == ']') ||
           (*value == '<' && last == '>') || (length > 2 && memcmp(value, "${", 2) == 0);
}

static bool
is_secret(const char *value, size_t length)
{
    if (length == 0 || length > SECRET_MOST || pii_is_masked(value, length) ||
        is_placeholder(value, length))
        return false;
    for (size_t i = 0; i < sizeof no_secrets / sizeof no_secrets[0]; i++) {
        if (strlen(no_secrets[i]) == length && strncasecmp(no_secrets[i], value, length) == 0)
            return false;
    }
    return true;
}

static void
add_secret(struct pii_finds *finds, const struct name *name, const char *text, size_t start,
           size_t end)
{
    if (is_secret(text + start, end - start) &&
        (name->holds == NULL ||
         memmem(text + start, end - start, name->holds, strlen(name->holds)) != NULL))
        add(finds, start, end, name->kind, RANK_SECRET);
}

static bool
is_among(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static void
scan_parameters(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        const char *found = memchr(text + at, '=', length - at);
        const struct name *known;
        size_t name, start, end;

        if (found == NULL)
            return;
        start = end = (size_t)(found - text) + 1;
        at = start;
        known = name_before(text, start - 1, &name);
        if (known == NULL || (name > 0 && !is_among("?&;#\"'( \t\n", text[name - 1])))
            continue;
        while (end < length && !is_among("&#;\"'<>\\) \t\r\n", text[end]))
            end++;
        add_secret(finds, known, text, start, end);
        at = end;
    }
}

static size_t
skip(const char *text, size_t length, size_t at, const char *set)
{
    while (at < length && is_among(set, text[at]))
        at++;
    return at;
}

/* Only values in quotes: `password: none of your business` is prose. */
static void
scan_members(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        const char *found = memchr(text + at, ':', length - at);
        const struct name *known;
        size_t name, start, end;

        if (found == NULL)
            return;
        at = end = (size_t)(found - text);
        at++;
        while (end > 0 && is_among(" \"'\\", text[end - 1]))
            end--;
        known = name_before(text, end, &name);
        if (known == NULL)
            continue;
        start = skip(text, length, at, " \\");
        if (start == length || (text[start] != '"' && text[start] != '\''))
            continue;
        end = ++start;
        while (end < length && text[end] != text[start - 1] && text[end] != '\\')
            end++;
        add_secret(finds, known, text, start, end);
        at = end;
    }
}

void
pii_kinds_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length)
{
    if ((classes & PII_HAS_J) != 0)
        scan_jwts(finds, text, length);
    if ((classes & PII_HAS_I) != 0)
        scan_aws_ids(finds, text, length);
    if ((classes & (PII_HAS_B | PII_HAS_DIGIT)) == (PII_HAS_B | PII_HAS_DIGIT))
        scan_bearers(finds, text, length);
    if ((classes & PII_HAS_EQUALS) != 0)
        scan_parameters(finds, text, length);
    if ((classes & PII_HAS_COLON) != 0 && (classes & PII_HAS_QUOTE) != 0)
        scan_members(finds, text, length);
}
