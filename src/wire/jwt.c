/* jwt.c - three pieces of base64url, the last a signature over the others.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/jwt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define SUM 32

static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
encode(struct buf *b, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i += 3) {
        const size_t have = len - i < 3 ? len - i : 3;
        const unsigned n = (unsigned)at[i] << 16 | (have > 1 ? (unsigned)at[i + 1] << 8 : 0) |
                           (have > 2 ? (unsigned)at[i + 2] : 0);

        for (size_t k = 0; k <= have; k++)
            buf_addc(b, digits[n >> (18 - 6 * k) & 63]);
    }
}

/* false: not base64url, or bits beyond the last byte. */
static bool
decode(struct buf *b, const char *text, size_t len)
{
    unsigned bits = 0, held = 0;

    for (size_t i = 0; i < len; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);

        if (digit == NULL)
            return false;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            buf_addc(b, (char)(bits >> held & 0xff));
        }
    }
    return held < 6 && !buf_failed(b);
}

static void
sign(const char *key, const char *text, size_t len, unsigned char sum[SUM])
{
    (void)HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)text, len, sum, NULL);
}

void
jwt_sign(struct buf *b, const char *key, const char *claims, size_t len)
{
    const size_t start = b->len;
    unsigned char sum[SUM];

    encode(b, header, sizeof header - 1);
    buf_addc(b, '.');
    encode(b, claims, len);
    sign(key, b->data + start, b->len - start, sum);
    buf_addc(b, '.');
    encode(b, sum, sizeof sum);
}

static enum status
read_piece(const cJSON **out, struct arena *arena, const char *text, size_t len)
{
    struct buf bytes;
    enum status st = E_AUTH;

    buf_init(&bytes, JWT_MAX);
    if (decode(&bytes, text, len))
        st =
            json_parse_in(out, arena, arena_strndup(arena, bytes.data, bytes.len), bytes.len, NULL);
    buf_fini(&bytes);
    return st == OK && cJSON_IsObject(*out) ? OK : E_AUTH;
}

static bool
is_signed(const char *key, const char *token, size_t signed_len)
{
    const char *tail = token + signed_len + 1;
    unsigned char sum[SUM];
    struct buf given;
    bool good;

    sign(key, token, signed_len, sum);
    buf_init(&given, SUM);
    good = decode(&given, tail, strlen(tail)) && given.len == SUM &&
           CRYPTO_memcmp(given.data, sum, SUM) == 0;
    buf_fini(&given);
    return good;
}

enum status
jwt_verify(const cJSON **claims, struct arena *arena, const char *key, const char *token,
           struct err *err)
{
    const char *middle = strchr(token, '.'), *last = strrchr(token, '.');
    const cJSON *head = NULL;

    if (strlen(token) > JWT_MAX || middle == NULL || middle == last)
        return err_set(err, E_AUTH, "that is not a JSON web token");
    if (!is_signed(key, token, (size_t)(last - token)))
        return err_set(err, E_AUTH, "the token is signed with another secret");
    if (read_piece(&head, arena, token, (size_t)(middle - token)) != OK ||
        strcmp(json_get_string(head, "alg", ""), "HS256") != 0)
        return err_set(err, E_AUTH, "the token is not signed by HS256");
    if (read_piece(claims, arena, middle + 1, (size_t)(last - middle - 1)) != OK)
        return err_set(err, E_AUTH, "the token has no claims");
    return OK;
}
