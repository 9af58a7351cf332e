/* awsjson.h - the AWS JSON 1.0 and 1.1 protocols, both ends.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_AWSJSON_H
#define OV_WIRE_AWSJSON_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/codec.h"
#include "wire/service.h"

#include <cjson/cJSON.h>
#include <stddef.h>

extern const struct wire_codec codec_awsjson;

/* --- the asking end --- */

struct awsjson_request {
    char target[128]; /* the X-Amz-Target header */
    char type[40];    /* the Content-Type header */
    struct buf body;
};

/* `input` NULL asks without parameters. */
void awsjson_request_init(struct awsjson_request *rq, const struct wire_service *service,
                          const char *operation, const cJSON *input);
void awsjson_request_fini(struct awsjson_request *rq);

/* Makes an error of an answer that is not 2xx: the code without its namespace, from
 * `error_type` (the x-amzn-errortype header, or NULL) or the body, and the sentence the service
 * sent. A body that is not the protocol's leaves a code made of the status. */
void awsjson_read_error(struct wire_error *out, unsigned status, const char *error_type,
                        const char *body, size_t len);

#endif
