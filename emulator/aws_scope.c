/* aws_scope.c - reading Authorization headers and presigned queries.
 * SPDX-License-Identifier: MIT
 *
 * Form: "Signature Version 4", AWS General Reference. Errors are called as AWS calls them. */
#include "config.h"

#include "emulator/aws_scope.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "emulator/exchange.h"

#define ALGORITHM        "AWS4-HMAC-SHA256"
#define SIGNATURE_DIGITS 64

/* The five things a signed request says. */
struct signing {
    const char *credential;
    const char *signed_headers;
    const char *signature;
    const char *date; /* "20261124T010203Z" */
};

static enum status
incomplete(struct wire_error *error, const char *what)
{
    return wire_error_set(error, 400, "IncompleteSignatureException", "%s", what);
}

/* The value behind "name=" in "name=value, name=value"; NULL when it is not there. */
static const char *
header_part(struct arena *arena, const char *text, const char *name)
{
    const size_t len = strlen(name);

    while (*text != '\0') {
        text += strspn(text, " ,");
        if (strncmp(text, name, len) == 0 && text[len] == '=')
            return arena_strndup(arena, text + len + 1, strcspn(text + len + 1, ", "));
        text += strcspn(text, ", ");
    }
    return NULL;
}

static void
from_header(struct signing *out, struct exchange *x, const char *authorization)
{
    struct arena *arena = exchange_arena(x);
    const char *parts = authorization + strlen(ALGORITHM);

    out->credential = header_part(arena, parts, "Credential");
    out->signed_headers = header_part(arena, parts, "SignedHeaders");
    out->signature = header_part(arena, parts, "Signature");
    out->date = exchange_header(x, "X-Amz-Date");
}

static void
from_query(struct signing *out, struct exchange *x)
{
    out->credential = exchange_query(x, "X-Amz-Credential");
    out->signed_headers = exchange_query(x, "X-Amz-SignedHeaders");
    out->signature = exchange_query(x, "X-Amz-Signature");
    out->date = exchange_query(x, "X-Amz-Date");
}

/* "20261124T010203Z" */
static bool
is_date(const char *text)
{
    return strlen(text) == 16 && strspn(text, "0123456789") == 8 && text[8] == 'T' &&
           strspn(text + 9, "0123456789") == 6 && text[15] == 'Z';
}

static enum status
check_rest(const struct signing *s, const struct aws_scope *scope, struct wire_error *error)
{
    if (s->date == NULL || !is_date(s->date))
        return incomplete(error, "expected the time of signing as X-Amz-Date: YYYYMMDDTHHMMSSZ");
    if (strncmp(s->date, scope->date, 8) != 0)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                              "version of date from HTTP: '%.16s' != '%.8s'.",
                              scope->date, s->date);
    if (strstr(s->signed_headers, "host") == NULL)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    if (strlen(s->signature) != SIGNATURE_DIGITS ||
        strspn(s->signature, "0123456789abcdef") != SIGNATURE_DIGITS)
        return incomplete(error, "expected a Signature of 64 hexadecimal digits");
    return OK;
}

/* "AKIDEXAMPLE/20261124/us-east-1/monitoring/aws4_request" */
static enum status
read_credential(struct aws_scope *out, struct arena *arena, const char *credential,
                struct wire_error *error)
{
    const char **const fields[] = { &out->access_key, &out->date, &out->region, &out->service };
    const char *at = credential;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        size_t len = strcspn(at, "/");

        if (len == 0 || at[len] == '\0')
            return wire_error_set(error, 400, "IncompleteSignatureException",
                                  "Credential must have exactly 5 slash-delimited elements, e.g. "
                                  "keyid/date/region/service/term, got '%.80s'",
                                  credential);
        *fields[i] = arena_strndup(arena, at, len);
        at += len + 1;
    }
    if (strcmp(at, "aws4_request") != 0)
        return wire_error_set(error, 403, "InvalidSignatureException",
                              "Credential should be scoped with a valid terminator: "
                              "'aws4_request', not '%.40s'.",
                              at);
    return OK;
}

enum status
aws_scope_read(struct aws_scope *out, struct exchange *x, struct wire_error *error)
{
    const char *authorization = exchange_header(x, "Authorization");
    struct signing s = { 0 };
    struct aws_scope scope = { 0 };
    enum status st;

    if (authorization != NULL && strncasecmp(authorization, ALGORITHM, strlen(ALGORITHM)) == 0)
        from_header(&s, x, authorization);
    else
        from_query(&s, x);
    if (s.credential == NULL)
        return incomplete(error, "Authorization header requires 'Credential' parameter.");
    if (s.signed_headers == NULL)
        return incomplete(error, "Authorization header requires 'SignedHeaders' parameter.");
    if (s.signature == NULL)
        return incomplete(error, "Authorization header requires 'Signature' parameter.");
    st = read_credential(&scope, exchange_arena(x), s.credential, error);
    if (st == OK)
        st = check_rest(&s, &scope, error);
    if (st == OK)
        *out = scope;
    return st;
}
