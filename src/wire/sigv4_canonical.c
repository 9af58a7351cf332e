/* sigv4_canonical.c - the canonical form of a request, and its signature.
 * SPDX-License-Identifier: MIT
 *
 * The canonical request (AWS General Reference, "Create a signed AWS API request"):
 *
 *   METHOD \n path \n query \n name:value \n ... \n \n signed;names \n hex(sha256(body))
 *
 * - path: "." and ".." and empty segments resolved, then encoded once more than it was sent; for s3
 *   encoded once and not resolved.
 * - query: names and values decoded and encoded anew, sorted by encoded name, then value.
 * - headers: lower-case names in order, values trimmed, inner runs of blanks made one, values of a
 *   repeated name joined by commas in order of arrival.
 *
 * libcurl can sign too, but the releases in use get several of these wrong (query order, encoded
 * paths, names that begin alike), and cannot verify. Hashes and HMAC are OpenSSL's. */
#include "config.h"

#include "wire/sigv4_canonical.h"

#include "base/buf.h"
#include "base/hex.h"
#include "base/mem.h"
#include "wire/percent.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SHA256_BYTES  32
#define CANONICAL_MAX (256u * 1024)
#define PAIRS_MAX     512 /* parameters of a query string */

void
sigv4_sha256(const void *bytes, size_t len, char hex[SIGV4_HEX_TEXT])
{
    unsigned char digest[SHA256_BYTES] = { 0 };

    /* fails only for want of memory; the zero digest then matches nothing */
    (void)EVP_Digest(len == 0 ? "" : bytes, len, digest, NULL, EVP_sha256(), NULL);
    hex_format(hex, digest, sizeof digest);
}

bool
sigv4_is_s3(const char *service)
{
    return strcmp(service, "s3") == 0;
}

void
sigv4_format_time(int64_t now_ms, char text[SIGV4_TIME_TEXT])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, SIGV4_TIME_TEXT, "%Y%m%dT%H%M%SZ", &tm) == 0)
        text[0] = '\0';
}

/* --- the canonical request --- */

/* Drops the last segment: "/a/b/" becomes "/a/". */
static void
drop_segment(struct buf *path)
{
    size_t n = path->len;

    if (n > 1)
        n--;
    while (n > 1 && path->data[n - 1] != '/')
        n--;
    path->len = n;
}

static void
resolve_path(struct buf *out, const char *path)
{
    buf_addc(out, '/');
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        bool is_last = path[len] == '\0';

        if (len == 2 && strncmp(path, "..", 2) == 0)
            drop_segment(out);
        else if (len > 0 && !(len == 1 && *path == '.')) {
            buf_add(out, path, len);
            if (!is_last)
                buf_addc(out, '/');
        }
        path += is_last ? len : len + 1;
    }
}

static void
put_path(struct buf *b, const char *path, const char *service)
{
    struct buf plain;

    buf_init(&plain, CANONICAL_MAX);
    if (sigv4_is_s3(service))
        percent_decode(&plain, path, strlen(path), false);
    else
        resolve_path(&plain, path);
    if (plain.len == 0)
        buf_addc(&plain, '/');
    percent_encode(b, plain.data, plain.len, true);
    buf_fini(&plain);
}

struct pair {
    const char *name; /* both encoded */
    const char *value;
};

static int
compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    int order = strcmp(a->name, b->name);

    return order != 0 ? order : strcmp(a->value, b->value);
}

/* Decodes and encodes anew. */
static const char *
encoded(struct arena *arena, const char *text, size_t len)
{
    struct buf plain, code;
    const char *out;

    buf_init(&plain, len + 1);
    buf_init(&code, 3 * len + 1);
    percent_decode(&plain, text, len, false);
    percent_encode(&code, plain.data, plain.len, false);
    out = arena_strndup(arena, code.data, code.len);
    buf_fini(&plain);
    buf_fini(&code);
    return out;
}

/* -1 when there are too many. The signature itself is never part of what is signed. */
static int
split_query(struct pair pairs[PAIRS_MAX], struct arena *arena, const char *query)
{
    int count = 0;

    while (*query != '\0') {
        size_t len = strcspn(query, "&");
        size_t name = strcspn(query, "&=");

        if (len > 0) {
            if (count == PAIRS_MAX)
                return -1;
            pairs[count].name = encoded(arena, query, name);
            pairs[count].value =
                name == len ? "" : encoded(arena, query + name + 1, len - name - 1);
            if (strcmp(pairs[count].name, "X-Amz-Signature") != 0)
                count++;
        }
        query += query[len] == '&' ? len + 1 : len;
    }
    return count;
}

static bool
put_query(struct buf *b, struct arena *arena, const char *query)
{
    struct pair *pairs = arena_alloc(arena, PAIRS_MAX * sizeof *pairs);
    int count = split_query(pairs, arena, query);

    if (count < 0)
        return false;
    qsort(pairs, (size_t)count, sizeof *pairs, compare_pairs);
    for (int i = 0; i < count; i++)
        buf_addf(b, "%s%s=%s", i == 0 ? "" : "&", pairs[i].name, pairs[i].value);
    return true;
}

/* Trimmed, and inner runs of blanks (also those of folded lines) made one. */
static void
put_header_value(struct buf *b, const char *value)
{
    bool pending = false, any = false;

    for (; *value != '\0'; value++) {
        if (isspace((unsigned char)*value)) {
            pending = any;
            continue;
        }
        if (pending)
            buf_addc(b, ' ');
        pending = false;
        any = true;
        buf_addc(b, *value);
    }
}

/* False when the request has no header of that name. */
static bool
put_header(struct buf *b, const struct http_request *rq, const char *name, size_t len)
{
    bool found = false;

    buf_add(b, name, len);
    buf_addc(b, ':');
    for (size_t i = 0; i < rq->header_count; i++) {
        const struct http_header *h = &rq->headers[i];

        if (strlen(h->name) != len || strncasecmp(h->name, name, len) != 0)
            continue;
        if (found)
            buf_addc(b, ',');
        put_header_value(b, h->value);
        found = true;
    }
    buf_addc(b, '\n');
    return found;
}

/* E_INVALID names the signed header that the request lacks. */
static enum status
put_headers(struct buf *b, const struct http_request *rq, const char *names, struct err *err)
{
    while (*names != '\0') {
        size_t len = strcspn(names, ";");

        if (!put_header(b, rq, names, len))
            return err_set(err, E_INVALID, "the signed header %.*s is not in the request", (int)len,
                           names);
        names += names[len] == ';' ? len + 1 : len;
    }
    return OK;
}

static enum status
canonical_request(struct buf *b, const struct http_request *rq, const char *service,
                  const char *names, const char *payload, struct err *err)
{
    struct arena *arena = arena_new();
    enum status st = OK;

    buf_addf(b, "%s\n", rq->method);
    put_path(b, rq->path, service);
    buf_addc(b, '\n');
    if (!put_query(b, arena, rq->query))
        st = err_set(err, E_LIMIT, "more than %d parameters in the query string", PAIRS_MAX);
    arena_free(arena);
    buf_addc(b, '\n');
    if (st == OK)
        st = put_headers(b, rq, names, err);
    buf_addf(b, "\n%s\n%s", names, payload);
    if (st == OK && buf_failed(b))
        st = err_set(err, E_LIMIT, "the request is too long to sign");
    return st;
}

/* --- the signature of it --- */

static void
hmac(unsigned char out[SHA256_BYTES], const void *key, size_t key_len, const char *text)
{
    unsigned int len = SHA256_BYTES;

    memset(out, 0, SHA256_BYTES);
    (void)HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), out,
               &len);
}

/* `date` is yyyymmdd. */
static void
signature_of(char hex[SIGV4_HEX_TEXT], const char *text, const char *secret, const char *date,
             const char *region, const char *service)
{
    unsigned char key[SHA256_BYTES], next[SHA256_BYTES];
    char *start = xasprintf("AWS4%s", secret);

    hmac(key, start, strlen(start), date);
    OPENSSL_cleanse(start, strlen(start));
    free(start);
    hmac(next, key, sizeof key, region);
    hmac(key, next, sizeof next, service);
    hmac(next, key, sizeof key, "aws4_request");
    hmac(key, next, sizeof next, text);
    hex_format(hex, key, sizeof key);
    OPENSSL_cleanse(next, sizeof next);
}

enum status
sigv4_make(char hex[SIGV4_HEX_TEXT], const struct http_request *rq, const struct sigv4_terms *t,
           struct err *err)
{
    char digest[SIGV4_HEX_TEXT];
    struct buf text;
    char *to_sign;
    enum status st;

    buf_init(&text, CANONICAL_MAX);
    st = canonical_request(&text, rq, t->service, t->names, t->payload, err);
    if (st == OK) {
        sigv4_sha256(text.data, text.len, digest);
        to_sign = xasprintf(SIGV4_ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n%s", t->time, t->date,
                            t->region, t->service, digest);
        signature_of(hex, to_sign, t->secret, t->date, t->region, t->service);
        free(to_sign);
    }
    buf_fini(&text);
    return st;
}
