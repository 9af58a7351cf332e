/* pii_kinds.c - what no expression says well: check digits, tokens, and values known by their name.
 * SPDX-License-Identifier: MIT
 *
 * Cards: 13 to 19 digits, in groups with one blank or dash or in a row, that begin with the digit
 * of a network (3 American Express and Diners, 4 Visa, 5 and 2221 to 2720 Mastercard, 6 Discover,
 * Maestro, UnionPay; ISO/IEC 7812) and end in Luhn's check digit. They stand alone: a letter beside
 * them means a hash or an IBAN, a point between digits a fraction.
 *
 * Tokens: a JWT's header is JSON, which in base64url begins with "eyJ" (RFC 7519); an AWS access
 * key id is AKIA or ASIA and 16 characters of base32 (IAM user guide, "Unique identifiers"). Those
 * of other services are in pii_tokens.c, account numbers of banks in pii_iban.c, and what its name
 * gives away in pii_secrets.c. */
#include "config.h"

#include "domain/pii_own.h"

#include <string.h>

#include "base/base64.h"

#define CARD_LEAST     13
#define CARD_MOST      19
#define GROUPS_MAX     16 /* of digits that are looked at together */
#define BEARER_LEAST   6
#define BASIC_LEAST    8
#define AWS_ID_LENGTH  20
#define JWT_PART_LEAST 4

void
pii_kinds_add(struct pii_finds *finds, size_t start, size_t end, enum pii_kind kind,
              enum pii_rank rank)
{
    enum pii_severity severity;

    if (pii_rules_kind(finds->rules, kind, &severity))
        pii_finds_add(finds, start, end, pii_kind_name(kind), severity, rank);
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
        if (!pii_is_digit(text[i])) {
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
scan_groups(struct pii_finds *finds, const char *text, size_t length, const struct group *groups,
            size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t used = card_groups(text, &groups[i], count - i);

        if (used > 0 && !pii_is_of_uuid(text, length, groups[i].start, groups[i + used - 1].end))
            pii_kinds_add(finds, groups[i].start, groups[i + used - 1].end, PII_CARD,
                          PII_RANK_CARD);
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

    if (pii_is_letter(before) || pii_is_letter(after) || before == '_' || after == '_')
        return false;
    if (before == '.' && start > 1 && pii_is_digit(text[start - 2]))
        return false;
    return after != '.' || end + 1 >= length || !pii_is_digit(text[end + 1]);
}

void
pii_kinds_scan_cards(struct pii_finds *finds, const struct pii_digits *cluster, const char *text,
                     size_t length)
{
    struct group groups[GROUPS_MAX];
    size_t count = 0, at = cluster->start;

    while (at < cluster->end) {
        size_t start = at;

        while (at < cluster->end && pii_is_digit(text[at]))
            at++;
        groups[count++] = (struct group){ start, at };
        if (at + 1 < cluster->end && (text[at] == ' ' || text[at] == '-') &&
            pii_is_digit(text[at + 1]) && count < GROUPS_MAX) {
            at++;
            continue;
        }
        if (stands_alone(text, length, groups[0].start, groups[count - 1].end))
            scan_groups(finds, text, length, groups, count);
        count = 0;
        while (at < cluster->end && !pii_is_digit(text[at]))
            at++;
    }
}

/* --- tokens ----------------------------------------------------------------------------------- */

static size_t
base64url_end(const char *text, size_t length, size_t at)
{
    while (at < length && pii_is_base64url(text[at]))
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
        end = start > 0 && pii_is_base64url(text[start - 1]) ? 0 : jwt_end(text, length, start);
        if (end > 0)
            pii_kinds_add(finds, start, end, PII_JWT, PII_RANK_TOKEN);
        at = end > 0 ? end : base64url_end(text, length, start);
    }
}

static bool
is_aws_id(const char *text, size_t length, size_t start)
{
    if (length - start < AWS_ID_LENGTH ||
        (text[start] != 'A' || (text[start + 1] != 'K' && text[start + 1] != 'S')))
        return false;
    if ((start > 0 && pii_is_base64url(text[start - 1])) ||
        (start + AWS_ID_LENGTH < length && pii_is_base64url(text[start + AWS_ID_LENGTH])))
        return false;
    for (size_t i = start + 4; i < start + AWS_ID_LENGTH; i++) {
        if (!((text[i] >= 'A' && text[i] <= 'Z') || pii_is_digit(text[i])))
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
            pii_kinds_add(finds, start, start + AWS_ID_LENGTH, PII_AWS_KEY, PII_RANK_TOKEN);
        at = start + 4;
    }
}

static bool
is_credential(char c)
{
    return pii_is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
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
            has_digit = has_digit || pii_is_digit(text[end]);
        if ((found[-1] == 'B' || found[-1] == 'b') && end - start >= BEARER_LEAST &&
            (has_digit || pii_is_random(text + start, end - start)))
            pii_kinds_add(finds, start, end, PII_BEARER, PII_RANK_BEARER);
        at = end;
    }
}

/* "Basic YWRhOmxvdmVsYWNl": what it reads has a colon, and nothing but characters. */
static bool
is_basic(const char *value, size_t length)
{
    unsigned bits = 0, count = 0;
    bool has_colon = false;

    for (size_t i = 0; i < length; i++) {
        const int digit = base64_digit(value[i]);
        unsigned char c;

        if (digit < 0)
            break;
        bits = bits << 6 | (unsigned)digit;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        c = (unsigned char)(bits >> count);
        if (c < ' ' || c == 0x7f)
            return false;
        has_colon = has_colon || c == ':';
    }
    return has_colon;
}

static void
scan_basics(struct pii_finds *finds, const char *text, size_t length)
{
    size_t at = 1;

    while (at < length) {
        const char *found = memmem(text + at, length - at, "asic ", 5);
        size_t start, end;

        if (found == NULL)
            return;
        start = end = (size_t)(found - text) + 5;
        while (end < length && is_credential(text[end]))
            end++;
        if ((found[-1] == 'B' || found[-1] == 'b') && end - start >= BASIC_LEAST &&
            is_basic(text + start, end - start))
            pii_kinds_add(finds, start, end, PII_SECRET, PII_RANK_BEARER);
        at = end;
    }
}

#define BEARING (PII_HAS_B | PII_HAS_BLANK)

void
pii_kinds_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length)
{
    if ((classes & PII_HAS_J) != 0)
        scan_jwts(finds, text, length);
    if ((classes & PII_HAS_I) != 0)
        scan_aws_ids(finds, text, length);
    if ((classes & BEARING) == BEARING) {
        scan_bearers(finds, text, length);
        scan_basics(finds, text, length);
    }
    pii_tokens_scan(finds, classes, text, length);
    pii_secrets_scan(finds, classes, text, length);
}
