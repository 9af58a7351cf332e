/* sigv4_claim.c - what a signed request says about itself, and whether it is true.
 * SPDX-License-Identifier: MIT
 *
 * Reading is strict and names the part that is missing, in the words of the services where they
 * have some. The list of signed headers is the client's: SDKs sign three or thirteen, so none is
 * assumed but Host. */
#include "config.h"

#include "wire/sigv4.h"

#include "wire/percent.h"
#include "wire/sigv4_canonical.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SKEW_MS      (5 * 60000LL)
#define SKEW_S3_MS   (15 * 60000LL)
#define SECONDS_TEXT 24

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
    const char *token = http_header_get(rq, "x-amz-security-token");
    const char *rest = authorization + strcspn(authorization, " ");
    char credential[400];

    if (strncmp(authorization, SIGV4_ALGORITHM " ", sizeof SIGV4_ALGORITHM) != 0)
        return wire_error_set(error, 400, "IncompleteSignatureException",
                              "expected Authorization: " SIGV4_ALGORITHM
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
    if (token != NULL && strlen(token) >= sizeof out->token)
        return incomplete(error, "X-Amz-Security-Token is longer than any token");
    snprintf(out->token, sizeof out->token, "%s", token == NULL ? "" : token);
    return check_claim(out, credential, error);
}

static enum status
read_query_form(struct sigv4_claim *out, const struct http_request *rq, struct wire_error *error)
{
    char credential[400], algorithm[32], expires[SECONDS_TEXT];
    char *end;

    out->is_presigned = true;
    if (!query_value(rq->query, "X-Amz-Algorithm", algorithm, sizeof algorithm) ||
        strcmp(algorithm, SIGV4_ALGORITHM) != 0)
        return incomplete(error, "X-Amz-Algorithm must be " SIGV4_ALGORITHM);
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
    if (!query_value(rq->query, "X-Amz-Security-Token", out->token, sizeof out->token))
        out->token[0] = '\0';
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
    if (sigv4_is_s3(service) &&
        (strcmp(said, SIGV4_UNSIGNED) == 0 || strncmp(said, "STREAMING-", 10) == 0))
        return true;
    return strcmp(said, real) == 0;
}

enum status
sigv4_verify(const struct sigv4_claim *claim, const struct http_request *rq, const char *secret,
             struct wire_error *error)
{
    const char *said = http_header_get(rq, "x-amz-content-sha256");
    char real[SIGV4_HEX_TEXT], expected[SIGV4_HEX_TEXT];
    struct sigv4_terms terms = { .secret = secret,
                                 .time = claim->time,
                                 .date = claim->date,
                                 .region = claim->region,
                                 .service = claim->service,
                                 .names = claim->signed_headers,
                                 .payload = real };
    struct err err = { 0 };

    sigv4_sha256(rq->body, rq->body_len, real);
    if (claim->is_presigned && sigv4_is_s3(claim->service))
        terms.payload = SIGV4_UNSIGNED;
    else if (said != NULL) {
        if (!payload_is_honest(claim->service, said, real))
            return wire_error_set(error, 403, "InvalidSignatureException",
                                  "X-Amz-Content-Sha256 is not the hash of the body as received");
        terms.payload = said;
    }
    if (sigv4_make(expected, rq, &terms, &err) != OK)
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
    bool is_s3 = sigv4_is_s3(claim->service);
    const char *code = is_s3 ? "RequestTimeTooSkewed" : "InvalidSignatureException";
    int64_t skew = is_s3 ? SKEW_S3_MS : SKEW_MS;
    int64_t end = claim->time_ms + (claim->is_presigned ? claim->expires_s * 1000 : skew);
    char now[SIGV4_TIME_TEXT];

    sigv4_format_time(now_ms, now);
    if (now_ms > end)
        return wire_error_set(error, 403, code,
                              "Signature expired: it was made at %s and it is now %s", claim->time,
                              now);
    if (now_ms < claim->time_ms - skew)
        return wire_error_set(error, 403, code,
                              "Signature not yet current: it was made at %s and it is now %s",
                              claim->time, now);
    return OK;
}
