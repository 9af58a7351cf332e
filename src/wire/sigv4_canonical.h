/* sigv4_canonical.h - the signature of a request: what signing and judging share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_SIGV4_CANONICAL_H
#define OV_WIRE_SIGV4_CANONICAL_H

#include "base/err.h"
#include "wire/http.h"
#include "wire/sigv4.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_UNSIGNED  "UNSIGNED-PAYLOAD" /* s3: the body is not part of the signature */

/* Everything a signature hangs on, beside the request. */
struct sigv4_terms {
    const char *secret;
    const char *time; /* "20261124T010203Z" */
    const char *date; /* "20261124" */
    const char *region;
    const char *service;
    const char *names;   /* the signed headers: "host;x-amz-date" */
    const char *payload; /* hash of the body, or what stands for it */
};

bool sigv4_is_s3(const char *service);
/* "20261124T010203Z"; "" when the time cannot be written so. */
void sigv4_format_time(int64_t now_ms, char text[SIGV4_TIME_TEXT]);

/* E_INVALID names the signed header that the request lacks; E_LIMIT when it is too long. */
MUST_CHECK enum status sigv4_make(char hex[SIGV4_HEX_TEXT], const struct http_request *rq,
                                  const struct sigv4_terms *terms, struct err *err);

#endif
