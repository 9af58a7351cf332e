/* sigv4.c - signing requests, in their headers or in their URL.
 * SPDX-License-Identifier: MIT
 *
 * In headers, all that are given are signed. A presigned URL carries the same facts as parameters;
 * the signature comes last and is not part of what is signed. */
#include "config.h"

#include "wire/sigv4.h"

#include "base/mem.h"
#include "wire/percent.h"
#include "wire/sigv4_canonical.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_MAX    (256u * 1024)
#define HEADERS_MAX  100
#define SECONDS_TEXT 24

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
    struct sigv4_terms terms = { .secret = key->secret,
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
    sigv4_format_time(now_ms, out->date);
    snprintf(date, sizeof date, "%.8s", out->date);
    sigv4_sha256(rq->body, rq->body_len, out->content_sha256);

    if (rq->header_count > 0)
        memcpy(headers, rq->headers, rq->header_count * sizeof headers[0]);
    full.headers = headers;
    headers[full.header_count++] = (struct http_header){ "X-Amz-Date", out->date };
    if (key->token != NULL)
        headers[full.header_count++] = (struct http_header){ "X-Amz-Security-Token", key->token };
    if (sigv4_is_s3(key->service))
        headers[full.header_count++] =
            (struct http_header){ "X-Amz-Content-Sha256", out->content_sha256 };
    st = signed_names(names, &full, err);
    if (st == OK)
        st = sigv4_make(hex, &full, &terms, err);
    if (st != OK)
        return st;
    snprintf(out->authorization, sizeof out->authorization,
             SIGV4_ALGORITHM " Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=%s, "
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
    struct sigv4_terms terms = { .secret = key->secret,
                                 .time = time,
                                 .date = date,
                                 .region = key->region,
                                 .service = key->service,
                                 .names = "host",
                                 .payload = sigv4_is_s3(key->service) ? SIGV4_UNSIGNED : empty };
    struct http_request full = *rq;
    char *credential;
    struct buf all;
    enum status st;

    if (expires_s < 1 || expires_s > SIGV4_EXPIRES_MAX)
        return err_set(err, E_INVALID, "a presigned URL lives 1 to %d seconds, not %lld",
                       SIGV4_EXPIRES_MAX, (long long)expires_s);
    sigv4_format_time(now_ms, time);
    snprintf(date, sizeof date, "%.8s", time);
    snprintf(seconds, sizeof seconds, "%lld", (long long)expires_s);
    sigv4_sha256("", 0, empty);
    credential =
        xasprintf("%s/%s/%s/%s/aws4_request", key->access_key, date, key->region, key->service);

    buf_init(&all, QUERY_MAX);
    buf_adds(&all, rq->query);
    add_parameter(&all, "X-Amz-Algorithm", SIGV4_ALGORITHM);
    add_parameter(&all, "X-Amz-Credential", credential);
    add_parameter(&all, "X-Amz-Date", time);
    add_parameter(&all, "X-Amz-Expires", seconds);
    add_parameter(&all, "X-Amz-SignedHeaders", "host");
    if (key->token != NULL)
        add_parameter(&all, "X-Amz-Security-Token", key->token);
    free(credential);
    full.query = all.data;
    st = sigv4_make(hex, &full, &terms, err);
    if (st == OK) {
        add_parameter(&all, "X-Amz-Signature", hex);
        buf_add(query, all.data, all.len);
        if (buf_failed(query))
            st = err_set(err, E_LIMIT, "no room for the presigned query string");
    }
    buf_fini(&all);
    return st;
}
