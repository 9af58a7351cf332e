/* refusal.c - error codes by what they ask of us, and their sentences.
 * SPDX-License-Identifier: MIT
 *
 * Codes come in AWS JSON's spelling and in the query protocol's. Which of them mean throttling is
 * botocore's list (retries/standard.py). */
#include "config.h"

#include "aws/refusal.h"

#include "base/json.h"
#include "wire/awsjson.h"
#include "wire/query_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SKEW_MS 120000 /* beyond this a refused signature is put down to the clock */

/* clang-format off */
static const struct {
    const char *code;
    enum refusal_kind kind;
} codes[] = {
    { "Throttling",                             REFUSED_TOO_OFTEN },
    { "ThrottlingException",                    REFUSED_TOO_OFTEN },
    { "ThrottledException",                     REFUSED_TOO_OFTEN },
    { "RequestThrottledException",              REFUSED_TOO_OFTEN },
    { "RequestThrottled",                       REFUSED_TOO_OFTEN },
    { "TooManyRequestsException",               REFUSED_TOO_OFTEN },
    { "ProvisionedThroughputExceededException", REFUSED_TOO_OFTEN },
    { "TransactionInProgressException",         REFUSED_TOO_OFTEN },
    { "RequestLimitExceeded",                   REFUSED_TOO_OFTEN },
    { "BandwidthLimitExceeded",                 REFUSED_TOO_OFTEN },
    { "LimitExceededException",                 REFUSED_TOO_OFTEN },
    { "SlowDown",                               REFUSED_TOO_OFTEN },
    { "PriorRequestNotComplete",                REFUSED_TOO_OFTEN },
    { "EC2ThrottledException",                  REFUSED_TOO_OFTEN },
    { "RequestTimeout",                         REFUSED_TOO_OFTEN },
    { "RequestTimeoutException",                REFUSED_TOO_OFTEN },
    { "SignatureDoesNotMatch",                  REFUSED_FOR_CLOCK },
    { "InvalidSignatureException",              REFUSED_FOR_CLOCK },
    { "RequestExpired",                         REFUSED_FOR_CLOCK },
    { "RequestInTheFuture",                     REFUSED_FOR_CLOCK },
    { "RequestTimeTooSkewed",                   REFUSED_FOR_CLOCK },
    { "AccessDenied",                           REFUSED_NOT_ALLOWED },
    { "AccessDeniedException",                  REFUSED_NOT_ALLOWED },
    { "UnauthorizedOperation",                  REFUSED_NOT_ALLOWED },
    { "NotAuthorizedException",                 REFUSED_NOT_ALLOWED },
    { "OptInRequired",                          REFUSED_NOT_ALLOWED },
    { "SubscriptionRequiredException",          REFUSED_NOT_ALLOWED },
    { "ExpiredToken",                           REFUSED_EXPIRED },
    { "ExpiredTokenException",                  REFUSED_EXPIRED },
    { "InvalidClientTokenId",                   REFUSED_KEYS },
    { "UnrecognizedClientException",            REFUSED_KEYS },
    { "InvalidAccessKeyId",                     REFUSED_KEYS },
    { "InvalidToken",                           REFUSED_KEYS },
    { "IncompleteSignature",                    REFUSED_KEYS },
    { "IncompleteSignatureException",           REFUSED_KEYS },
    { "MissingAuthenticationToken",             REFUSED_KEYS },
    { "MissingAuthenticationTokenException",    REFUSED_KEYS },
    { "NoSuchBucket",                           REFUSED_NO_SUCH },
    { "NoSuchKey",                              REFUSED_NO_SUCH },
    { "NoSuchLifecycleConfiguration",           REFUSED_NO_SUCH },
    { "ServerSideEncryptionConfigurationNotFoundError", REFUSED_NO_SUCH },
    { "UnknownOperation",                       REFUSED_NO_PROTOCOL },
    { "UnknownOperationException",              REFUSED_NO_PROTOCOL },
    { "InvalidAction",                          REFUSED_NO_PROTOCOL },
    { "MissingAction",                          REFUSED_NO_PROTOCOL },
};
/* clang-format on */

static enum refusal_kind
kind_of(const char *code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].kind;
    }
    return strncmp(code, "ResourceNotFound", 16) == 0 ? REFUSED_NO_SUCH : REFUSED_OTHERWISE;
}

bool
refusal_is_page(const struct buf *body)
{
    return body->data[strspn(body->data, " \t\r\n")] == '<';
}

void
refusal_read(struct refusal *out, const struct net_answer *answer)
{
    unsigned status = (unsigned)answer->status;
    const struct buf *body = answer->body;

    *out = (struct refusal){ .kind = REFUSED_OTHERWISE };
    if (refusal_is_page(body) &&
        query_client_read_error(&out->error, status, body->data, body->len)) {
        out->kind = kind_of(out->error.code);
        return;
    }
    awsjson_read_error(&out->error, status, answer->error_type, body->data, body->len);
    out->kind = kind_of(out->error.code);
    /* no code and no sentence: not AWS's own words */
    if (strncmp(out->error.code, "HTTP", 4) == 0 &&
        (status == 404 || status == 405 || status == 500))
        out->kind = REFUSED_NO_PROTOCOL;
    if (status >= 300 && status < 400)
        snprintf(out->error.message, sizeof out->error.message,
                 "points to %.200s, which is not followed",
                 answer->location == NULL ? "another place" : answer->location);
}

/* Logs Insights tells where in the query it stumbled; people count from 1. */
static enum status
explain_query(const struct buf *body, const struct wire_error *refusal, struct err *err)
{
    cJSON *doc = NULL;
    const cJSON *wrong, *location;
    const char *message;
    int64_t from, to;

    if (json_parse(&doc, body->data, body->len, NULL) != OK)
        return err_set(err, E_INVALID, "the query is wrong: %s", refusal->message);
    wrong = json_get(doc, "queryCompileError");
    location = json_get(wrong, "location");
    message = json_get_string(wrong, "message", refusal->message);
    from = json_get_int(location, "startCharOffset", -1);
    to = json_get_int(location, "endCharOffset", from);
    if (from < 0 || from > 1000000)
        err_set(err, E_INVALID, "the query is wrong: %s", message);
    else if (to <= from + 1)
        err_set(err, E_INVALID, "the query is wrong at character %" PRId64 ": %s", from + 1,
                message);
    else
        err_set(err, E_INVALID, "the query is wrong at characters %" PRId64 " to %" PRId64 ": %s",
                from + 1, to, message);
    cJSON_Delete(doc);
    return E_INVALID;
}

/* Emulators say so what they cannot do, and web servers everything. */
static enum status
explain_page(const struct refused_call *call, const struct net_answer *answer, struct err *err)
{
    enum status code = answer->status == 500 ? E_UNSUPPORTED : E_INVALID;

    if (answer->status > 500)
        return err_set(err, E_IO, "%s %s: %s answers with status %d and a web page", call->service,
                       call->operation, call->host, answer->status);
    return err_set(err, code,
                   "%s %s: %s answers with status %d and a web page: it does not know this "
                   "operation, breaks on it, or is no AWS endpoint",
                   call->service, call->operation, call->host, answer->status);
}

enum status
refusal_explain(const struct refusal *refusal, const struct net_answer *answer,
                const struct refused_call *call, struct err *err)
{
    const struct wire_error *error = &refusal->error;

    switch (refusal->kind) {
    case REFUSED_NOT_ALLOWED:
        return err_set(err, E_AUTH, "access denied: %s %s (%s)", call->service, call->operation,
                       error->message);
    case REFUSED_EXPIRED:
        return err_set(err, E_AUTH, "the AWS credentials (%s) have expired: sign in again",
                       call->keys);
    case REFUSED_KEYS:
    case REFUSED_FOR_CLOCK:
        return err_set(err, E_AUTH, "the AWS credentials (%s) are refused: %s: %s", call->keys,
                       error->code, error->message);
    case REFUSED_TOO_OFTEN:
        return err_set(err, E_BUSY, "%s %s: asked too often (%s)", call->service, call->operation,
                       error->code);
    case REFUSED_NO_SUCH:
        return err_set(err, E_NOTFOUND, "%s", error->message);
    case REFUSED_OTHERWISE:
    case REFUSED_NO_PROTOCOL:
        break;
    }
    if (strcmp(error->code, "MalformedQueryException") == 0)
        return explain_query(answer->body, error, err);
    if (!call->is_query && refusal_is_page(answer->body))
        return explain_page(call, answer, err);
    return err_set(err, answer->status >= 500 ? E_IO : E_INVALID, "%s %s: %s%s%s", call->service,
                   call->operation, error->code, *error->message == '\0' ? "" : ": ",
                   error->message);
}

int64_t
refusal_wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool
refusal_learn_clock(struct net *net, const char *url, const struct net_answer *answer)
{
    int64_t off = answer->date_ms - refusal_wall_ms();
    int64_t change = off - net_clock_off_ms(net, url);

    if (answer->date_ms == 0 || (change > -SKEW_MS && change < SKEW_MS))
        return false;
    net_learn_clock(net, url, off);
    return true;
}
