/* umami_identity.c - SHA-512, UUIDs of version 5, and a JWT.
 * SPDX-License-Identifier: MIT
 *
 *   H(a, b, ...)  hex of SHA-512 over the texts one behind the other
 *   secret        H(APP_SECRET)
 *   U(a, b, ...)  UUID version 5 in the DNS namespace, of the name H(a, b, ..., secret)
 *   session       U(website, id), or U(website, ip, user agent, H(start of the month))
 *   visit         U(session, H(start of the hour))
 *
 * where a start is printed as in an HTTP date. Both starts are those of the server's own time zone,
 * printed in GMT. */
#include "config.h"

#include "domain/umami_identity.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "base/json.h"

#define DATE_MAX_S INT64_C(8640000000000) /* the last moment JavaScript can name */
#define SHA256_LEN 32
#define TOKEN_HEAD "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" /* {"alg":"HS256","typ":"JWT"} */
#define CLAIMS_MAX 320

/* --- hashes ----------------------------------------------------------------------------------- */

/* The texts end with a NULL. */
static void
hash(char text[UMAMI_HASH_TEXT], const char *const *texts)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];

    EVP_DigestInit_ex(ctx, EVP_sha512(), NULL);
    for (; *texts != NULL; texts++)
        EVP_DigestUpdate(ctx, *texts, strlen(*texts));
    EVP_DigestFinal_ex(ctx, digest, NULL);
    EVP_MD_CTX_free(ctx);
    hex_format(text, digest, 64);
}

static void
make_uuid(char id[UUID_TEXT], const char *const *texts)
{
    static const unsigned char dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                           0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
    unsigned char name[sizeof dns + UMAMI_HASH_TEXT], digest[EVP_MAX_MD_SIZE];

    memcpy(name, dns, sizeof dns);
    hash((char *)name + sizeof dns, texts);
    EVP_Digest(name, sizeof name - 1, digest, NULL, EVP_sha1(), NULL);
    digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x50);
    digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
    uuid_format(digest, id);
}

void
umami_secret_make(struct umami_secret *out, const char *app_secret)
{
    hash(out->key, (const char *const[]){ app_secret, NULL });
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
             months[tm.tm_mon], year < 0 ? "-" : "", year < 0 ? -year : year, tm.tm_hour,
             tm.tm_min, tm.tm_sec);
}

static int64_t
start_of(struct tm tm)
{
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm);
}

static void
make_salt(char salt[UMAMI_HASH_TEXT], int64_t from_s)
{
    char date[64];

    print_date(date, sizeof date, from_s);
    hash(salt, (const char *const[]){ date, NULL });
}

static void
enter_month(struct umami_salts *salts, struct tm tm)
{
    tm.tm_mday = 1;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    salts->month_from_s = start_of(tm);
    tm.tm_mon++;
    salts->month_to_s = start_of(tm);
    make_salt(salts->month, salts->month_from_s);
}

bool
umami_salts_for(struct umami_salts *salts, int64_t time_s)
{
    time_t t = (time_t)time_s;
    struct tm tm;

    if (time_s > DATE_MAX_S || time_s < -DATE_MAX_S)
        return false;
    if (time_s < salts->month_from_s || time_s >= salts->month_to_s) {
        if (localtime_r(&t, &tm) == NULL)
            return false;
        enter_month(salts, tm);
    }
    if (time_s < salts->hour_from_s || time_s >= salts->hour_to_s) {
        if (localtime_r(&t, &tm) == NULL)
            return false;
        salts->hour_from_s = time_s - tm.tm_min * 60 - tm.tm_sec;
        salts->hour_to_s = salts->hour_from_s + 3600;
        make_salt(salts->hour, salts->hour_from_s);
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
umami_session_id(char id[UUID_TEXT], const struct umami_secret *secret,
                 const struct umami_salts *salts, const struct umami_sender *sender)
{
    if (*text_or_empty(sender->distinct_id) != '\0')
        make_uuid(id, (const char *const[]){ sender->target, sender->distinct_id, secret->key,
                                             NULL });
    else
        make_uuid(id, (const char *const[]){ sender->target, text_or_empty(sender->ip),
                                             text_or_empty(sender->user_agent), salts->month,
                                             secret->key, NULL });
}

void
umami_visit_id(char id[UUID_TEXT], const struct umami_secret *secret,
               const struct umami_salts *salts, const char *session_id)
{
    make_uuid(id, (const char *const[]){ session_id, salts->hour, secret->key, NULL });
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
sign(unsigned char digest[SHA256_LEN], const struct umami_secret *secret, const char *text,
     size_t len)
{
    HMAC(EVP_sha256(), secret->key, UMAMI_HASH_TEXT - 1, (const unsigned char *)text, len, digest,
         NULL);
}

char *
umami_token_print(char text[UMAMI_TOKEN_TEXT], const struct umami_secret *secret,
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
    sign(digest, secret, text, len);
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
is_signed(const struct umami_secret *secret, const char *text, const char *signature)
{
    unsigned char digest[SHA256_LEN];
    char expected[64];
    size_t len;

    sign(digest, secret, text, (size_t)(signature - text - 1));
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
umami_token_read(struct umami_token *out, const struct umami_secret *secret, const char *text)
{
    const char *claims_at = strchr(text, '.');
    const char *signature = claims_at == NULL ? NULL : strchr(claims_at + 1, '.');
    char claims[1024];
    cJSON *json = NULL;
    struct err err;
    size_t len;

    if (signature == NULL || strchr(signature + 1, '.') != NULL)
        return false;
    if (!uses_hs256(text, (size_t)(claims_at - text)) || !is_signed(secret, text, signature + 1))
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
