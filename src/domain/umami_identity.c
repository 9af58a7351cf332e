/* umami_identity.c - SHA-512, UUIDs of version 5, and a JWT.
 * SPDX-License-Identifier: MIT
 *
 *   H(a, b, ...)  hex of SHA-512 over the texts one behind the other
 *   secret        H(APP_SECRET)
 *   U(a, b, ...)  UUID version 5 in the DNS namespace, of the name H(a, b, ..., secret)
 *   session       U(website, id), or U(website, ip, user agent, H(start of the month, week, day))
 *   visit         U(session, H(start of the hour))
 *
 * where a start is printed as in an HTTP date. Both starts are those of the server's own time zone,
 * printed in GMT. */
#include "config.h"

#include "domain/umami_identity.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"

#define DATE_MAX_S INT64_C(8640000000000) /* the last moment JavaScript can name */
#define SHA256_LEN 32
#define TOKEN_HEAD "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" /* {"alg":"HS256","typ":"JWT"} */
#define CLAIMS_MAX 320

/* Contexts are kept: to make one costs more than to hash with it. */
struct umami_signer {
    EVP_MD_CTX *sha512, *sha1;
    EVP_MAC_CTX *hmac; /* with the key */
    char key[UMAMI_HASH_TEXT];
    enum umami_salt rotation;
    int64_t period_from_s, period_to_s; /* in which a visitor stays the same */
    int64_t hour_from_s, hour_to_s;
    char period[UMAMI_HASH_TEXT], hour[UMAMI_HASH_TEXT]; /* the salts */
};

/* --- hashes ----------------------------------------------------------------------------------- */

/* The texts end with a NULL. */
static void
hash(struct umami_signer *s, char text[UMAMI_HASH_TEXT], const char *const *texts)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_DigestInit_ex(s->sha512, NULL, NULL);
    for (; *texts != NULL; texts++)
        EVP_DigestUpdate(s->sha512, *texts, strlen(*texts));
    EVP_DigestFinal_ex(s->sha512, digest, NULL);
    hex_format(text, digest, 64);
}

static void
make_uuid(struct umami_signer *s, char id[UUID_TEXT], const char *const *texts)
{
    static const unsigned char dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                           0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    unsigned char name[sizeof dns + UMAMI_HASH_TEXT], digest[EVP_MAX_MD_SIZE];

    memcpy(name, dns, sizeof dns);
    hash(s, (char *)name + sizeof dns, texts);
    EVP_DigestInit_ex(s->sha1, NULL, NULL);
    EVP_DigestUpdate(s->sha1, name, sizeof name - 1);
    EVP_DigestFinal_ex(s->sha1, digest, NULL);
    digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x50);
    digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
    uuid_format(digest, id);
}

static EVP_MAC_CTX *
new_hmac(const char *key)
{
    char name[] = "SHA256";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                            OSSL_PARAM_construct_end() };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac); /* the context holds it */
    EVP_MAC_init(ctx, (const unsigned char *)key, UMAMI_HASH_TEXT - 1, params);
    return ctx;
}

static EVP_MD_CTX *
new_digest(const EVP_MD *md)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    EVP_DigestInit_ex(ctx, md, NULL);
    return ctx;
}

struct umami_signer *
umami_signer_new(const char *app_secret, enum umami_salt rotation)
{
    struct umami_signer *s = xcalloc(1, sizeof *s);

    s->rotation = rotation;
    s->sha512 = new_digest(EVP_sha512());
    s->sha1 = new_digest(EVP_sha1());
    hash(s, s->key, (const char *const[]){ app_secret, NULL });
    s->hmac = new_hmac(s->key);
    return s;
}

void
umami_signer_free(struct umami_signer *s)
{
    if (s == NULL)
        return;
    EVP_MD_CTX_free(s->sha512);
    EVP_MD_CTX_free(s->sha1);
    EVP_MAC_CTX_free(s->hmac);
    free(s);
}

const char *
umami_signer_key(const struct umami_signer *s)
{
    return s->key;
}

/* --- salts ------------------------------------------------------------------------------------ */

/* "Sun, 01 Nov 2026 00:00:00 GMT", as toUTCString() prints years of any length. */
static void
print_date(char *text, size_t size, int64_t time_s)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t t = (time_t)time_s;
    struct tm tm;
    int year;

    gmtime_r(&t, &tm);
    year = tm.tm_year + 1900;
    snprintf(text, size, "%s, %02d %s %s%04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], year < 0 ? "-" : "", year < 0 ? -year : year, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
}

static int64_t
start_of(struct tm tm)
{
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm);
}

static void
make_salt(struct umami_signer *s, char salt[UMAMI_HASH_TEXT], int64_t from_s)
{
    char date[64];

    print_date(date, sizeof date, from_s);
    hash(s, salt, (const char *const[]){ date, NULL });
}

static void
enter_period(struct umami_signer *s, struct tm tm)
{
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    if (s->rotation == UMAMI_SALT_MONTH)
        tm.tm_mday = 1;
    else if (s->rotation == UMAMI_SALT_WEEK)
        tm.tm_mday -= tm.tm_wday;
    s->period_from_s = start_of(tm);
    if (s->rotation == UMAMI_SALT_MONTH)
        tm.tm_mon++;
    else
        tm.tm_mday += s->rotation == UMAMI_SALT_WEEK ? 7 : 1;
    s->period_to_s = start_of(tm);
    make_salt(s, s->period, s->period_from_s);
}

int64_t
umami_signer_hour_end(const struct umami_signer *s)
{
    return s->hour_to_s;
}

bool
umami_signer_enter(struct umami_signer *s, int64_t time_s)
{
    time_t t = (time_t)time_s;
    struct tm tm;

    if (time_s > DATE_MAX_S || time_s < -DATE_MAX_S)
        return false;
    if (time_s < s->period_from_s || time_s >= s->period_to_s) {
        if (localtime_r(&t, &tm) == NULL)
            return false;
        enter_period(s, tm);
    }
    if (time_s < s->hour_from_s || time_s >= s->hour_to_s) {
        if (localtime_r(&t, &tm) == NULL)
            return false;
        s->hour_from_s = time_s - tm.tm_min * 60 - tm.tm_sec;
        s->hour_to_s = s->hour_from_s + 3600;
        make_salt(s, s->hour, s->hour_from_s);
    }
    return true;
}

/* --- ids -------------------------------------------------------------------------------------- */

static const char *
text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

void
umami_session_id(char id[UUID_TEXT], struct umami_signer *s, const struct umami_sender *sender)
{
    if (*text_or_empty(sender->distinct_id) != '\0')
        make_uuid(s, id,
                  (const char *const[]){ sender->target, sender->distinct_id, s->key, NULL });
    else
        make_uuid(s, id,
                  (const char *const[]){ sender->target, text_or_empty(sender->ip),
                                         text_or_empty(sender->user_agent), s->period, s->key,
                                         NULL });
}

void
umami_visit_id(char id[UUID_TEXT], struct umami_signer *s, const char *session_id)
{
    make_uuid(s, id, (const char *const[]){ session_id, s->hour, s->key, NULL });
}

/* --- tokens ----------------------------------------------------------------------------------- */

/* Without padding, with '-' and '_'; at most 480 bytes in. */
static size_t
print_base64url(char *text, const void *bytes, size_t len)
{
    size_t n = (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);

    while (n > 0 && text[n - 1] == '=')
        n--;
    text[n] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '+')
            text[i] = '-';
        else if (text[i] == '/')
            text[i] = '_';
    }
    return n;
}

static void
sign(unsigned char digest[SHA256_LEN], struct umami_signer *s, const char *text, size_t len)
{
    size_t out;

    EVP_MAC_init(s->hmac, NULL, 0, NULL); /* again, with the same key */
    EVP_MAC_update(s->hmac, (const unsigned char *)text, len);
    EVP_MAC_final(s->hmac, digest, &out, SHA256_LEN);
}

char *
umami_token_print(char text[UMAMI_TOKEN_TEXT], struct umami_signer *s,
                  const struct umami_token *token)
{
    unsigned char digest[SHA256_LEN];
    char claims[CLAIMS_MAX];
    size_t len;
    int n = 0;

    if (token->website_id[0] != '\0')
        n = snprintf(claims, sizeof claims, "{\"websiteId\":\"%s\",", token->website_id);
    else
        n = snprintf(claims, sizeof claims, "{");
    n += snprintf(claims + n, sizeof claims - (size_t)n,
                  "\"sessionId\":\"%s\",\"visitId\":\"%s\",\"iat\":%lld}", token->session_id,
                  token->visit_id, (long long)token->iat_s);
    len = sizeof TOKEN_HEAD - 1;
    memcpy(text, TOKEN_HEAD ".", len + 1);
    len += 1 + print_base64url(text + len + 1, claims, (size_t)n);
    sign(digest, s, text, len);
    text[len] = '.';
    print_base64url(text + len + 1, digest, sizeof digest);
    return text;
}

/* true: `len` characters of base64url, at most 4/3 of `max` bytes. */
static bool
read_base64url(char *bytes, size_t max, size_t *out_len, const char *text, size_t len)
{
    char padded[1400];
    int n;

    if (len == 0 || len % 4 == 1 || len + 4 > sizeof padded || len / 4 * 3 + 3 > max)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '=' || text[i] == '+' || text[i] == '/')
            return false;
        padded[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    }
    *out_len = len / 4 * 3 + (len % 4 == 0 ? 0 : len % 4 - 1);
    while (len % 4 != 0)
        padded[len++] = '=';
    n = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)padded, (int)len);
    return n >= 0;
}

static bool
is_signed(struct umami_signer *s, const char *text, const char *signature)
{
    unsigned char digest[SHA256_LEN];
    char expected[64];
    size_t len;

    sign(digest, s, text, (size_t)(signature - text - 1));
    len = print_base64url(expected, digest, sizeof digest);
    return strlen(signature) == len && CRYPTO_memcmp(signature, expected, len) == 0;
}

static bool
uses_hs256(const char *head, size_t len)
{
    char text[256];
    struct err err;
    cJSON *json = NULL;
    size_t n;
    bool is_good;

    if (len == sizeof TOKEN_HEAD - 1 && memcmp(head, TOKEN_HEAD, len) == 0)
        return true;
    if (!read_base64url(text, sizeof text, &n, head, len) || json_parse(&json, text, n, &err) != OK)
        return false;
    is_good = strcmp(json_get_string(json, "alg", ""), "HS256") == 0;
    cJSON_Delete(json);
    return is_good;
}

/* An id that is none is as good as absent. */
static void
take_id(char id[UUID_TEXT], const cJSON *claims, const char *name)
{
    const char *text = json_get_string(claims, name, "");
    uint8_t bytes[16];

    if (uuid_parse(bytes, text))
        uuid_format(bytes, id);
}

bool
umami_token_read(struct umami_token *out, struct umami_signer *s, const char *text)
{
    const char *claims_at = strchr(text, '.');
    const char *signature = claims_at == NULL ? NULL : strchr(claims_at + 1, '.');
    char claims[1024];
    cJSON *json = NULL;
    struct err err;
    size_t len;

    if (signature == NULL || strchr(signature + 1, '.') != NULL)
        return false;
    if (!uses_hs256(text, (size_t)(claims_at - text)) || !is_signed(s, text, signature + 1))
        return false;
    if (!read_base64url(claims, sizeof claims, &len, claims_at + 1,
                        (size_t)(signature - claims_at - 1)) ||
        json_parse(&json, claims, len, &err) != OK)
        return false;
    *out = (struct umami_token){ 0 };
    take_id(out->website_id, json, "websiteId");
    take_id(out->session_id, json, "sessionId");
    take_id(out->visit_id, json, "visitId");
    out->iat_s = json_get_int(json, "iat", 0);
    cJSON_Delete(json);
    return true;
}
