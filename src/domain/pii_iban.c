/* pii_iban.c - account numbers of banks: a country, two check digits, and what that country makes
 * of the rest (ISO 13616).
 * SPDX-License-Identifier: MIT
 *
 * Countries, lengths and where letters may be are those of SWIFT's registry, release 99. The check
 * digits are right when the number, its first four characters put behind the others and letters
 * read as 10 to 35, leaves 1 when it is divided by 97. */
#include "config.h"

#include "domain/pii_own.h"

#define IBAN_MOST    34
#define CHECK_START  2
#define BANK_START   4
#define DIGITS_LEAST 8

static const struct country {
    char code[3];
    uint8_t length;
    uint8_t letters; /* with which the part behind the check digits begins */
    bool is_mixed;   /* behind them letters may be, too */
} countries[] = {
    { "AD", 24, 0, true },  { "AE", 23, 0, false }, { "AL", 28, 0, true },  { "AT", 20, 0, false },
    { "AZ", 28, 4, true },  { "BA", 20, 0, false }, { "BE", 16, 0, false }, { "BG", 22, 4, true },
    { "BH", 22, 4, true },  { "BI", 27, 0, false }, { "BR", 29, 0, true },  { "BY", 28, 0, true },
    { "CH", 21, 0, true },  { "CR", 22, 0, false }, { "CY", 28, 0, true },  { "CZ", 24, 0, false },
    { "DE", 22, 0, false }, { "DJ", 27, 0, false }, { "DK", 18, 0, false }, { "DO", 28, 0, true },
    { "EE", 20, 0, false }, { "EG", 29, 0, false }, { "ES", 24, 0, false }, { "FI", 18, 0, false },
    { "FK", 18, 2, false }, { "FO", 18, 0, false }, { "FR", 27, 0, true },  { "GB", 22, 4, false },
    { "GE", 22, 2, false }, { "GI", 23, 4, true },  { "GL", 18, 0, false }, { "GR", 27, 0, true },
    { "GT", 28, 0, true },  { "HN", 28, 4, false }, { "HR", 21, 0, false }, { "HU", 28, 0, false },
    { "IE", 22, 4, false }, { "IL", 23, 0, false }, { "IQ", 23, 4, false }, { "IS", 26, 0, false },
    { "IT", 27, 1, true },  { "JO", 30, 4, true },  { "KW", 30, 4, true },  { "KZ", 20, 0, true },
    { "LB", 28, 0, true },  { "LC", 32, 4, true },  { "LI", 21, 0, true },  { "LT", 20, 0, false },
    { "LU", 20, 0, true },  { "LV", 21, 4, true },  { "LY", 25, 0, false }, { "MC", 27, 0, true },
    { "MD", 24, 0, true },  { "ME", 22, 0, false }, { "MK", 19, 0, true },  { "MN", 20, 0, false },
    { "MR", 27, 0, false }, { "MT", 31, 4, true },  { "MU", 30, 4, true },  { "NI", 28, 4, false },
    { "NL", 18, 4, false }, { "NO", 15, 0, false }, { "OM", 23, 0, true },  { "PK", 24, 4, true },
    { "PL", 28, 0, false }, { "PS", 29, 4, true },  { "PT", 25, 0, false }, { "QA", 29, 4, true },
    { "RO", 24, 4, true },  { "RS", 22, 0, false }, { "RU", 33, 0, true },  { "SA", 24, 0, true },
    { "SC", 31, 4, true },  { "SD", 18, 0, false }, { "SE", 24, 0, false }, { "SI", 19, 0, false },
    { "SK", 24, 0, false }, { "SM", 27, 1, true },  { "SO", 23, 0, false }, { "ST", 25, 0, false },
    { "SV", 28, 4, false }, { "TL", 23, 0, false }, { "TN", 24, 0, false }, { "TR", 26, 0, true },
    { "UA", 29, 0, true },  { "VA", 22, 0, false }, { "VG", 24, 4, false }, { "XK", 20, 0, false },
    { "YE", 30, 4, true },
};

static char
upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c + 'A' - 'a') : c;
}

static const struct country *
country_of(const char *text)
{
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        if (countries[i].code[0] == upper(text[0]) && countries[i].code[1] == upper(text[1]))
            return &countries[i];
    }
    return NULL;
}

unsigned
pii_iban_rest(const char *iban, size_t length)
{
    unsigned rest = 0;

    for (size_t i = 0; i < length; i++) {
        const char c = iban[(i + BANK_START) % length];

        rest = pii_is_digit(c) ? rest * 10 + (unsigned)(c - '0')
                               : rest * 100 + (unsigned)(c - 'A' + 10);
        rest %= 97;
    }
    return rest;
}

/* Whether letters are where that country has them, and digits enough to be looked for by. */
static bool
is_laid_out(const struct country *country, const char *iban)
{
    unsigned digits = 2;

    if (!pii_is_digit(iban[CHECK_START]) || !pii_is_digit(iban[CHECK_START + 1]))
        return false;
    for (size_t i = BANK_START; i < country->length; i++) {
        const bool is_letter = i < BANK_START + (size_t)country->letters;

        digits += pii_is_digit(iban[i]);
        if (is_letter == pii_is_digit(iban[i]) && (is_letter || !country->is_mixed))
            return false;
    }
    return digits >= DIGITS_LEAST;
}

/* One that begins at `start`, with single blanks or dashes between groups; where it ends. 0: there
 * is none. */
static size_t
iban_end(const char *text, size_t length, size_t start)
{
    const struct country *country = country_of(text + start);
    const bool is_big = pii_is_capital(text[start]);
    char iban[IBAN_MOST];
    size_t count = 0, at = start;

    if (country == NULL)
        return 0;
    for (; at < length && count < country->length; at++) {
        const char c = text[at];

        if ((c == ' ' || c == '-') && count > BANK_START - 1 && text[at - 1] != c)
            continue;
        if (!pii_is_digit(c) && (!pii_is_letter(c) || pii_is_capital(c) != is_big))
            return 0;
        iban[count++] = upper(c);
    }
    if (count < country->length || (at < length && (pii_is_base64url(text[at]) && text[at] != '-')))
        return 0;
    return is_laid_out(country, iban) && pii_iban_rest(iban, count) == 1 ? at : 0;
}

/* Digits begin with the check digits of one. */
void
pii_iban_scan(struct pii_finds *finds, const struct pii_digits *digits, const char *text,
              size_t length)
{
    const size_t start = digits->start - CHECK_START;
    size_t end;

    if (digits->start < CHECK_START || !pii_is_letter(text[start]) ||
        !pii_is_letter(text[start + 1]) ||
        (start > 0 && pii_is_base64url(text[start - 1]) && text[start - 1] != '-'))
        return;
    end = iban_end(text, length, start);
    if (end > 0 && !pii_is_of_uuid(text, length, start, end))
        pii_kinds_add(finds, start, end, PII_IBAN, PII_RANK_TOKEN);
}
