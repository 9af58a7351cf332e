/* sigv4.h - AWS Signature Version 4: signing requests and judging signed ones.
 * SPDX-License-Identifier: MIT
 *
 * Both directions share one canonical form, so what this program signs it also verifies. */
#ifndef OV_WIRE_SIGV4_H
#define OV_WIRE_SIGV4_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/codec.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGV4_HEX_TEXT    65 /* SHA-256 in hexadecimal, and the NUL */
#define SIGV4_TIME_TEXT   17 /* "20261124T010203Z" and the NUL */
#define SIGV4_NAMES_MAX   1024
#define SIGV4_TOKEN_MAX   4096   /* STS promises no length; its tokens are below 2 KiB so far */
#define SIGV4_EXPIRES_MAX 604800 /* seconds a presigned URL may live: a week */

void sigv4_sha256(const void *bytes, size_t len, char hex[SIGV4_HEX_TEXT]);

/* --- signing --- */

struct sigv4_key {
    const char *access_key;
    const char *secret;
    const char *token; /* session token, or NULL */
    const char *region;
    const char *service;
};

/* What goes into the request's headers beside those it has. */
struct sigv4_signed {
    char date[SIGV4_TIME_TEXT];          /* X-Amz-Date */
    char content_sha256[SIGV4_HEX_TEXT]; /* X-Amz-Content-Sha256: must be sent to s3, elsewhere must
                                            not */
    char authorization[SIGV4_NAMES_MAX + 512]; /* Authorization */
};

/* Signs all headers of `rq`, which must hold Host (as it will be sent) and must not hold what is
 * added: the above, and X-Amz-Security-Token when the key has a token. Leave out headers that
 * somebody on the way may change. Path and query are taken as they will be sent. */
MUST_CHECK enum status sigv4_sign(struct sigv4_signed *out, const struct http_request *rq,
                                  const struct sigv4_key *key, int64_t now_ms, struct err *err);

/* Appends the whole query string of a presigned URL (without '?'): that of `rq` and the signature.
 * Signs Host alone; the body is not signed for s3, and is empty elsewhere. */
MUST_CHECK enum status sigv4_presign(struct buf *query, const struct http_request *rq,
                                     const struct sigv4_key *key, int64_t now_ms, int64_t expires_s,
                                     struct err *err);

/* --- judging --- */

/* What a signed request says about itself. */
struct sigv4_claim {
    bool is_presigned;
    char access_key[132];
    char date[9]; /* of the scope: "20261124" */
    char region[64];
    char service[64];
    char signed_headers[SIGV4_NAMES_MAX]; /* "content-type;host;x-amz-date" */
    char signature[SIGV4_HEX_TEXT];
    char time[SIGV4_TIME_TEXT];
    int64_t time_ms;
    int64_t expires_s;           /* presigned only */
    char token[SIGV4_TOKEN_MAX]; /* session token as sent, or "" */
};

/* Whether it claims to be signed at all, in headers or query: such requests are meant for AWS. */
bool sigv4_is_signed(const struct http_request *rq);

/* Fails with MissingAuthenticationTokenException or IncompleteSignatureException, naming what is
 * missing or malformed. Nothing is verified yet. */
MUST_CHECK enum status sigv4_read(struct sigv4_claim *out, const struct http_request *rq,
                                  struct wire_error *error);

/* Whether the signature was made of this very request with this secret. The body must be as sent,
 * still compressed. Fails with InvalidSignatureException. */
MUST_CHECK enum status sigv4_verify(const struct sigv4_claim *claim, const struct http_request *rq,
                                    const char *secret, struct wire_error *error);

/* Whether the signature is still, and already, good at `now_ms`: within five minutes (s3: fifteen)
 * of its time, or within the life of a presigned URL. Fails with InvalidSignatureException, for s3
 * with RequestTimeTooSkewed. */
MUST_CHECK enum status sigv4_check_time(const struct sigv4_claim *claim, int64_t now_ms,
                                        struct wire_error *error);

#endif
