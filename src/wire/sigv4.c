/* sigv4.c - the canonical form of a request, and its signature.
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

#include "wire/sigv4.h"

#include "base/mem.h"
#include "wire/percent.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ALGORITHM     "AWS4-HMAC-SHA256"
#define UNSIGNED      "UNSIGNED-PAYLOAD"
#define SHA256_BYTES  32
#define CANONICAL_MAX (256u * 1024)
#define PAIRS_MAX     512 /* parameters of a query string */
#define HEADERS_MAX   100
#define SKEW_MS       (5 * 60000LL)
#define SKEW_S3_MS    (15 * 60000LL)
#define SECONDS_TEXT  24

static void
to_hex(const unsigned char *bytes, size_t len, char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * len] = '\0';
}

void
sigv4_sha256(const void *bytes, size_t len, char hex[SIGV4_HEX_TEXT])
{
    unsigned char digest[SHA256_BYTES] = { 0 };

    /* fails only for want of memory; the zero digest then matches nothing */
    (void)EVP_Digest(len == 0 ? "" : bytes, len, digest, NULL, EVP_sha256(), NULL);
    to_hex(digest, sizeof digest, hex);
}

static bool
is_s3(const char *service)
{
    return strcmp(service, "s3") == 0;
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
    if (is_s3(service))
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
    to_hex(key, sizeof key, hex);
    OPENSSL_cleanse(next, sizeof next);
}

/* Everything a signature hangs on, beside the request. */
struct terms {
    const char *secret;
    const char *time;
    const char *date;
    const char *region;
    const char *service;
    const char *names;
    const char *payload;
};

static enum status
make_signature(char hex[SIGV4_HEX_TEXT], const struct http_request *rq, const struct terms *t,
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
        to_sign = xasprintf(ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n%s", t->time, t->date,
                            t->region, t->service, digest);
        signature_of(hex, to_sign, t->secret, t->date, t->region, t->service);
        free(to_sign);
    }
    buf_fini(&text);
    return st;
}

/* --- signing --- */

static void
format_time(int64_t now_ms, char text[SIGV4_TIME_TEXT])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, SIGV4_TIME_TEXT, "%Y%m%dT%H%M%SZ", &tm) == 0)
        text[0] = '\0';
}

static int
compare_names(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcmp(*a, *b);
}

static const char *
lower(struct arena *arena, const char *name)
{
    char *copy = arena_strdup(arena, name);

    for (char *p = copy; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

/* The names of all headers: lower case, in order, each once, joined by semicolons. */
static enum status
signed_names(char out[SIGV4_NAMES_MAX], const struct http_request *rq, struct err *err)
{
    struct arena *arena = arena_new();
    const char *names[HEADERS_MAX];
    struct buf joined;
    enum status st = OK;

    buf_init(&joined, SIGV4_NAMES_MAX - 1);
    for (size_t i = 0; i < rq->header_count; i++)
        names[i] = lower(arena, rq->headers[i].name);
    qsort(names, rq->header_count, sizeof names[0], compare_names);
    for (size_t i = 0; i < rq->header_count; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            buf_addf(&joined, "%s%s", i == 0 ? "" : ";", names[i]);
    }
    if (buf_failed(&joined))
        st = err_set(err, E_LIMIT, "the names of the headers to sign are too long");
    else
        memcpy(out, joined.data, joined.len + 1);
    buf_fini(&joined);
    arena_free(arena);
    return st;
}

enum status
sigv4_sign(struct sigv4_signed *out, const struct http_request *rq, const struct sigv4_key *key,
           int64_t now_ms, struct err *err)
{
    struct http_header headers[HEADERS_MAX];
    struct http_request full = *rq;
    char names[SIGV4_NAMES_MAX], date[9], hex[SIGV4_HEX_TEXT];
    struct terms terms = { .secret = key->secret,
                           .time = out->date,
                           .date = date,
                           .region = key->region,
                           .service = key->service,
                           .names = names,
                           .payload = out->content_sha256 };
    enum status st;

    if (http_header_get(rq, "host") == NULL)
        return err_set(err, E_INVALID, "cannot sign a request without a Host header");
    if (rq->header_count > HEADERS_MAX - 3)
        return err_set(err, E_LIMIT, "more than %d headers to sign", HEADERS_MAX - 3);
    if (strlen(key->access_key) > 128 || strlen(key->region) > 63 || strlen(key->service) > 63)
        return err_set(err, E_LIMIT, "the access key, region or service is too long to sign with");
    format_time(now_ms, out->date);
    snprintf(date, sizeof date, "%.8s", out->date);
    sigv4_sha256(rq->body, rq->body_len, out->content_sha256);

    if (rq->header_count > 0)
        memcpy(headers, rq->headers, rq->header_count * sizeof headers[0]);
    full.headers = headers;
    headers[full.header_count++] = (struct http_header){ "X-Amz-Date", out->date };
    if (key->token != NULL)
        headers[full.header_count++] = (struct http_header){ "X-Amz-Security-Token", key->token };
    if (is_s3(key->service))
        headers[full.header_count++] =
            (struct http_header){ "X-Amz-Content-Sha256", out->content_sha256 };
    st = signed_names(names, &full, err);
    if (st == OK)
        st = make_signature(hex, &full, &terms, err);
    if (st != OK)
        return st;
    snprintf(out->authorization, sizeof out->authorization,
             ALGORITHM " Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=%s, "
                       "Signature=%s",
             key->access_key, date, key->region, key->service, names, hex);
    return OK;
}

static void
add_parameter(struct buf *query, const char *name, const char *value)
{
    if (query->len > 0)
        buf_addc(query, '&');
    buf_addf(query, "%s=", name);
    percent_encode(query, value, strlen(value), false);
}

enum status
sigv4_presign(struct buf *query, const struct http_request *rq, const struct sigv4_key *key,
              int64_t now_ms, int64_t expires_s, struct err *err)
{
    char time[SIGV4_TIME_TEXT], date[9], empty[SIGV4_HEX_TEXT], hex[SIGV4_HEX_TEXT];
    char seconds[SECONDS_TEXT];
    struct terms terms = { .secret = key->secret,
                           .time = time,
                           .date = date,
                           .region = key->region,
                           .service = key->service,
                           .names = "host",
                           .payload = is_s3(key->service) ? UNSIGNED : empty };
    struct http_request full = *rq;
    char *credential;
    struct buf all;
    enum status st;

    if (expires_s < 1 || expires_s > SIGV4_EXPIRES_MAX)
        return err_set(err, E_INVALID, "a presigned URL lives 1 to %d seconds, not %lld",
                       SIGV4_EXPIRES_MAX, (long long)expires_s);
    format_time(now_ms, time);
    snprintf(date, sizeof date, "%.8s", time);
    snprintf(seconds, sizeof seconds, "%lld", (long long)expires_s);
    sigv4_sha256("", 0, empty);
    credential =
        xasprintf("%s/%s/%s/%s/aws4_request", key->access_key, date, key->region, key->service);

    buf_init(&all, CANONICAL_MAX);
    buf_adds(&all, rq->query);
    add_parameter(&all, "X-Amz-Algorithm", ALGORITHM);
    add_parameter(&all, "X-Amz-Credential", credential);
    add_parameter(&all, "X-Amz-Date", time);
    add_parameter(&all, "X-Amz-Expires", seconds);
    add_parameter(&all, "X-Amz-SignedHeaders", "host");
    if (key->token != NULL)
        add_parameter(&all, "X-Amz-Security-Token", key->token);
    free(credential);
    full.query = all.data;
    st = make_signature(hex, &full, &terms, err);
    if (st == OK) {
        add_parameter(&all, "X-Amz-Signature", hex);
        buf_add(query, all.data, all.len);
        if (buf_failed(query))
            st = err_set(err, E_LIMIT, "no room for the presigned query string");
    }
    buf_fini(&all);
    return st;
}

/* --- reading what a request claims --- */

/* The decoded value of a query parameter; false when there is none or it does not fit. */
static bool
query_value(const char *query, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);

    while (*query != '\0') {
        size_t len = strcspn(query, "&");

        if (len > name_len && strncmp(query, name, name_len) == 0 && query[name_len] == '=') {
            struct buf value;
            bool fits;

            buf_init(&value, size - 1);
            percent_decode(&value, query + name_len + 1, len - name_len - 1, false);
            fits = !buf_failed(&value);
            if (fits)
                memcpy(out, value.data, value.len + 1);
            buf_fini(&value);
            return fits;
        }
        query += query[len] == '&' ? len + 1 : len;
    }
    return false;
}

static bool
has_algorithm(const char *authorization)
{
    return authorization != NULL && strncmp(authorization, "AWS4-", 5) == 0;
}

bool
sigv4_is_signed(const struct http_request *rq)
{
    char algorithm[32];

    return has_algorithm(http_header_get(rq, "authorization")) ||
           query_value(rq->query, "X-Amz-Algorithm", algorithm, sizeof algorithm);
}

static enum status
incomplete(struct wire_error *error, const char *what)
{
    return wire_error_set(error, 400, "IncompleteSignatureException", "%s", what);
}

/* "Name=value" within a comma-separated Authorization header. */
static bool
authorization_value(const char *header, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);

    while (*header != '\0') {
        size_t len;

        header += strspn(header, ", \t");
        len = strcspn(header, ", \t");
        if (len > name_len && strncmp(header, name, name_len) == 0 && header[name_len] == '=') {
            len -= name_len + 1;
            if (len == 0 || len >= size)
                return false;
            memcpy(out, header + name_len + 1, len);
            out[len] = '\0';
            return true;
        }
        header += len;
    }
    return false;
}

/* Takes the last part of "a/b/c" off; false when there is none or it does not fit. */
static bool
take_part(char *scope, char *out, size_t size)
{
    char *slash = strrchr(scope, '/');

    if (slash == NULL || slash[1] == '\0' || strlen(slash + 1) >= size)
        return false;
    snprintf(out, size, "%s", slash + 1);
    *slash = '\0';
    return true;
}

/* AKID/date/region/service/aws4_request; the key itself may hold slashes. */
static enum status
read_credential(struct sigv4_claim *claim, char *credential, struct wire_error *error)
{
    char terminator[16];

    if (!take_part(credential, terminator, sizeof terminator) ||
        strcmp(terminator, "aws4_request") != 0 ||
        !take_part(credential, claim->service, sizeof claim->service) ||
        !take_part(credential, claim->region, sizeof claim->region) ||
        !take_part(credential, claim->date, sizeof claim->date) ||
        strspn(claim->date, "0123456789") != 8 || credential[0] == '\0' ||
        strlen(credential) >= sizeof claim->access_key)
        return incomplete(error, "Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request");
    snprintf(claim->access_key, sizeof claim->access_key, "%s", credential);
    return OK;
}

static int
two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

/* "20261124T010203Z" */
static bool
parse_time(int64_t *ms, const char *text)
{
    int century, year, month, day, hour, minute, second;
    struct tm tm = { 0 };

    if (strlen(text) != SIGV4_TIME_TEXT - 1 || strspn(text, "0123456789") != 8 || text[8] != 'T' ||
        strspn(text + 9, "0123456789") != 6 || text[15] != 'Z')
        return false;
    century = two_digits(text);
    year = two_digits(text + 2);
    month = two_digits(text + 4);
    day = two_digits(text + 6);
    hour = two_digits(text + 9);
    minute = two_digits(text + 11);
    second = two_digits(text + 13);
    if (century < 19 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    tm.tm_year = century * 100 + year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = second;
    *ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

static bool
names_header(const char *names, const char *name)
{
    size_t want = strlen(name);

    while (*names != '\0') {
        size_t len = strcspn(names, ";");

        if (len == want && strncmp(names, name, len) == 0)
            return true;
        names += names[len] == ';' ? len + 1 : len;
    }
    return false;
}

/* What both forms must say, once it was cut out. */
static enum status
check_claim(struct sigv4_claim *claim, char *credential, struct wire_error *error)
{
    enum status st = read_credential(claim, credential, error);

    if (st != OK)
        return st;
    if (!parse_time(&claim->time_ms, claim->time))
        return incomplete(error, "X-Amz-Date must be a time like 20261124T010203Z");
    if (strlen(claim->signature) != SIGV4_HEX_TEXT - 1 ||
        strspn(claim->signature, "0123456789abcdef") != SIGV4_HEX_TEXT - 1)
        return incomplete(error, "Signature must be 64 lower-case hexadecimal digits");
    if (!names_header(claim->signed_headers, "host"))
        return incomplete(error, "SignedHeaders must name host");
    if (strncmp(claim->time, claim->date, 8) != 0)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "Date in Credential scope (%s) does not match X-Amz-Date (%s)",
                              claim->date, claim->time);
    return OK;
}

static enum status
read_header_form(struct sigv4_claim *out, const struct http_request *rq, const char *authorization,
                 struct wire_error *error)
{
    const char *date = http_header_get(rq, "x-amz-date");
    const char *rest = authorization + strcspn(authorization, " ");
    char credential[400];

    if (strncmp(authorization, ALGORITHM " ", sizeof ALGORITHM) != 0)
        return wire_error_set(error, 400, "IncompleteSignatureException",
                              "expected Authorization: " ALGORITHM
                              " ..., the algorithm %.*s is not supported",
                              (int)strcspn(authorization, " "), authorization);
    if (!authorization_value(rest, "Credential", credential, sizeof credential))
        return incomplete(error, "Authorization header requires 'Credential' parameter");
    if (!authorization_value(rest, "SignedHeaders", out->signed_headers,
                             sizeof out->signed_headers))
        return incomplete(error, "Authorization header requires 'SignedHeaders' parameter");
    if (!authorization_value(rest, "Signature", out->signature, sizeof out->signature))
        return incomplete(error, "Authorization header requires 'Signature' parameter");
    if (date == NULL)
        date = http_header_get(rq, "date");
    if (date == NULL)
        return incomplete(error, "Authorization header requires existence of either a 'X-Amz-Date' "
                                 "or a 'Date' header");
    snprintf(out->time, sizeof out->time, "%s", date);
    if (strlen(date) >= sizeof out->time)
        out->time[0] = '\0';
    return check_claim(out, credential, error);
}

static enum status
read_query_form(struct sigv4_claim *out, const struct http_request *rq, struct wire_error *error)
{
    char credential[400], algorithm[32], expires[SECONDS_TEXT];
    char *end;

    out->is_presigned = true;
    if (!query_value(rq->query, "X-Amz-Algorithm", algorithm, sizeof algorithm) ||
        strcmp(algorithm, ALGORITHM) != 0)
        return incomplete(error, "X-Amz-Algorithm must be " ALGORITHM);
    if (!query_value(rq->query, "X-Amz-Credential", credential, sizeof credential))
        return incomplete(error, "the query string requires X-Amz-Credential");
    if (!query_value(rq->query, "X-Amz-SignedHeaders", out->signed_headers,
                     sizeof out->signed_headers))
        return incomplete(error, "the query string requires X-Amz-SignedHeaders");
    if (!query_value(rq->query, "X-Amz-Signature", out->signature, sizeof out->signature))
        return incomplete(error, "the query string requires X-Amz-Signature");
    if (!query_value(rq->query, "X-Amz-Date", out->time, sizeof out->time))
        return incomplete(error, "the query string requires X-Amz-Date");
    if (!query_value(rq->query, "X-Amz-Expires", expires, sizeof expires))
        return incomplete(error, "the query string requires X-Amz-Expires");
    out->expires_s = strtoll(expires, &end, 10);
    if (*end != '\0' || out->expires_s < 1 || out->expires_s > SIGV4_EXPIRES_MAX)
        return incomplete(error, "X-Amz-Expires must be within 1 and 604800 seconds");
    return check_claim(out, credential, error);
}

enum status
sigv4_read(struct sigv4_claim *out, const struct http_request *rq, struct wire_error *error)
{
    const char *authorization = http_header_get(rq, "authorization");

    *out = (struct sigv4_claim){ 0 };
    if (authorization != NULL)
        return read_header_form(out, rq, authorization, error);
    if (sigv4_is_signed(rq))
        return read_query_form(out, rq, error);
    return wire_error_set(error, 403, "MissingAuthenticationTokenException",
                          "Request is missing Authentication Token");
}

/* --- judging it --- */

/* The hash a client says its body has may be "unsigned" or "streaming" for s3 alone. */
static bool
payload_is_honest(const char *service, const char *said, const char *real)
{
    if (is_s3(service) && (strcmp(said, UNSIGNED) == 0 || strncmp(said, "STREAMING-", 10) == 0))
        return true;
    return strcmp(said, real) == 0;
}

enum status
sigv4_verify(const struct sigv4_claim *claim, const struct http_request *rq, const char *secret,
             struct wire_error *error)
{
    const char *said = http_header_get(rq, "x-amz-content-sha256");
    char real[SIGV4_HEX_TEXT], expected[SIGV4_HEX_TEXT];
    struct terms terms = { .secret = secret,
                           .time = claim->time,
                           .date = claim->date,
                           .region = claim->region,
                           .service = claim->service,
                           .names = claim->signed_headers,
                           .payload = real };
    struct err err = { 0 };

    sigv4_sha256(rq->body, rq->body_len, real);
    if (claim->is_presigned && is_s3(claim->service))
        terms.payload = UNSIGNED;
    else if (said != NULL) {
        if (!payload_is_honest(claim->service, said, real))
            return wire_error_set(error, 403, "InvalidSignatureException",
                                  "X-Amz-Content-Sha256 is not the hash of the body as received");
        terms.payload = said;
    }
    if (make_signature(expected, rq, &terms, &err) != OK)
        return wire_error_set(error, 403, "InvalidSignatureException", "%s", err.text);
    if (CRYPTO_memcmp(expected, claim->signature, SIGV4_HEX_TEXT - 1) != 0)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "The request signature we calculated does not match the signature "
                              "you provided. Check your AWS Secret Access Key and signing method");
    return OK;
}

enum status
sigv4_check_time(const struct sigv4_claim *claim, int64_t now_ms, struct wire_error *error)
{
    int64_t skew = is_s3(claim->service) ? SKEW_S3_MS : SKEW_MS;
    int64_t end = claim->time_ms + (claim->is_presigned ? claim->expires_s * 1000 : skew);
    char now[SIGV4_TIME_TEXT];

    format_time(now_ms, now);
    if (now_ms > end)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "Signature expired: it was made at %s and it is now %s", claim->time,
                              now);
    if (now_ms < claim->time_ms - skew)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "Signature not yet current: it was made at %s and it is now %s",
                              claim->time, now);
    return OK;
}
