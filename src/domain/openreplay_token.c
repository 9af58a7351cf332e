/* openreplay_token.c - base 36, base 58, and HMAC-SHA256 over the first three parts.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/openreplay_token.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define EPOCH_MS    1550000000000 /* 12 February 2019 */
#define TIME_SHIFT  24
#define DIGEST      32
#define BASE36_TEXT 14 /* 64 bits, and the NUL */
#define BASE58_TEXT 45 /* 32 bytes, and the NUL */
#define SIGNED_TEXT (3 * BASE36_TEXT)

int64_t
openreplay_session_ms(uint64_t session)
{
    return (int64_t)(session >> TIME_SHIFT) + EPOCH_MS;
}

uint64_t
openreplay_session_first(int64_t time_ms)
{
    return time_ms <= EPOCH_MS ? 0 : (uint64_t)(time_ms - EPOCH_MS) << TIME_SHIFT;
}

/* --- base 36 ---------------------------------------------------------------------------------- */

static void
format36(char text[BASE36_TEXT], uint64_t n)
{
    char digits[BASE36_TEXT], *at = digits + BASE36_TEXT - 1;

    *at = '\0';
    do {
        *--at = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
        n /= 36;
    } while (n > 0);
    memcpy(text, at, (size_t)(digits + BASE36_TEXT - at));
}

static int
digit36(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
}

/* Up to a dot, which is stepped over. */
static bool
parse36(uint64_t *out, const char **text)
{
    const char *at = *text;
    uint64_t n = 0;

    for (; digit36(*at) >= 0; at++) {
        if (__builtin_mul_overflow(n, 36, &n) ||
            __builtin_add_overflow(n, (uint64_t)digit36(*at), &n))
            return false;
    }
    if (at == *text || *at != '.')
        return false;
    *text = at + 1;
    *out = n;
    return true;
}

/* --- base 58 ---------------------------------------------------------------------------------- */

/* As Bitcoin writes it: a zero byte at the front is a '1'. */
static void
format58(char text[BASE58_TEXT], const uint8_t bytes[DIGEST])
{
    uint8_t digits[BASE58_TEXT] = { 0 }; /* the lowest first */
    size_t count = 0, zeros = 0, at = 0;

    for (; zeros < DIGEST && bytes[zeros] == 0; zeros++)
        text[at++] = '1';
    for (size_t i = zeros; i < DIGEST; i++) {
        unsigned carry = bytes[i];

        for (size_t k = 0; k < count || carry > 0; k++) {
            assert(k < BASE58_TEXT - 1);
            carry += (unsigned)digits[k] << 8;
            digits[k] = (uint8_t)(carry % 58);
            carry /= 58;
            if (k == count)
                count++;
        }
    }
    while (count > 0)
        text[at++] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digits[--count]];
    text[at] = '\0';
}

/* --- tokens ----------------------------------------------------------------------------------- */

static void
sign(char text[BASE58_TEXT], const char *what, size_t length,
     const struct openreplay_secret *secret)
{
    uint8_t digest[DIGEST] = { 0 };

    HMAC(EVP_sha256(), secret->bytes, (int)secret->length, (const uint8_t *)what, length, digest,
         NULL);
    format58(text, digest);
}

void
openreplay_token_format(char text[OPENREPLAY_TOKEN_TEXT], const struct openreplay_token *token,
                        const struct openreplay_secret *secret)
{
    const uint64_t parts[] = { token->session, token->delay_ms, token->expiry_ms };
    size_t at = 0, length;

    for (int i = 0; i < 3; i++) {
        format36(text + at, parts[i]);
        at += strlen(text + at);
        text[at++] = '.';
    }
    length = at - 1;
    sign(text + at, text, length, secret);
}
_Static_assert(SIGNED_TEXT + BASE58_TEXT <= OPENREPLAY_TOKEN_TEXT, "a token has room");

bool
openreplay_token_parse(struct openreplay_token *out, const char *text,
                       const struct openreplay_secret *secret)
{
    struct openreplay_token token;
    char signature[BASE58_TEXT];
    const char *at = text;

    if (!parse36(&token.session, &at) || !parse36(&token.delay_ms, &at) ||
        !parse36(&token.expiry_ms, &at))
        return false;
    sign(signature, text, (size_t)(at - 1 - text), secret);
    if (strlen(at) != strlen(signature) || CRYPTO_memcmp(at, signature, strlen(signature)) != 0)
        return false;
    *out = token;
    return true;
}
