/* pii_uuid.c - digits of a UUID are no card, and its letters and digits no account number.
 * SPDX-License-Identifier: MIT
 *
 * Of random UUIDs one in 20,000 has groups with the check digits of a card or an IBAN. They are in
 * every line and request, so that a recording of some hundred of these would be refused now and
 * then, for nothing. */
#include "config.h"

#include "base/hex.h"
#include "domain/pii_own.h"

#define UUID_LENGTH 36

static const uint8_t group_starts[] = { 0, 9, 14, 19, 24 };

/* Whether the character at `at` would make what is beside it longer. */
static bool
goes_on(const char *text, size_t length, size_t at)
{
    return at < length && (pii_is_digit(text[at]) || pii_is_letter(text[at]));
}

static bool
is_uuid(const char *text, size_t length, size_t start)
{
    if (length - start < UUID_LENGTH || (start > 0 && goes_on(text, length, start - 1)) ||
        goes_on(text, length, start + UUID_LENGTH))
        return false;
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[start + i] != '-' : hex_digit(text[start + i]) < 0)
            return false;
    }
    return true;
}

bool
pii_is_of_uuid(const char *text, size_t length, size_t start, size_t end)
{
    for (size_t i = 0; i < sizeof group_starts; i++) {
        if (group_starts[i] <= start && end - start <= UUID_LENGTH - (size_t)group_starts[i] &&
            is_uuid(text, length, start - group_starts[i]))
            return true;
    }
    return false;
}
