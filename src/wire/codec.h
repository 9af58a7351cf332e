/* codec.h - how an operation's request and answer look on the wire, one row per protocol.
 * SPDX-License-Identifier: MIT
 *
 * An operation handler sees a cJSON object and gives back one, or an error; which protocol carried
 * it is this table's business alone. In an answer, json_time() marks numbers that are times and
 * json_map() marks objects whose keys are data (see base/json.h): protocols differ in how they
 * write both. */
#ifndef OV_WIRE_CODEC_H
#define OV_WIRE_CODEC_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/http.h"
#include "wire/service.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define WIRE_CODE_MAX      80
#define WIRE_MESSAGE_MAX   512
#define WIRE_MEMBERS_MAX   1024
#define WIRE_OPERATION_MAX 64
#define WIRE_REPLY_MAX     (64u * 1024 * 1024)
#define WIRE_HEADERS_MAX   3

/* An AWS error. Codes are spelled as JSON shapes ("InvalidParameterValueException"); the query
 * protocol writes its own spelling of the same code. */
struct wire_error {
    unsigned status; /* of HTTP */
    char code[WIRE_CODE_MAX];
    char message[WIRE_MESSAGE_MAX];
    char members[WIRE_MEMBERS_MAX]; /* JSON of what else its shape has: "\"a\":1"; mostly "" */
};

/* Fills the error and returns E_INVALID below 500, E_INTERNAL from there on. */
enum status wire_error_set(struct wire_error *error, unsigned status, const char *code,
                           const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The query protocol's spelling of a JSON error code, e.g. "InvalidParameterValue"; the code itself
 * when both are the same. */
const char *wire_error_query_code(const char *code);

/* One operation that was asked for. */
struct wire_call {
    const struct wire_service *service; /* NULL when the request does not say */
    char operation[WIRE_OPERATION_MAX]; /* "" when the request does not say */
    cJSON *input;                       /* an object; NULL until decoded */
    const char *content_type;           /* the answer's */
    bool wants_query_error;             /* x-amzn-query-mode was asked for */
};

void wire_call_fini(struct wire_call *call);

struct wire_reply {
    unsigned status;
    const char *content_type;
    struct {
        const char *name;
        char value[WIRE_CODE_MAX + 32];
    } headers[WIRE_HEADERS_MAX];
    size_t header_count;
    struct buf body;
};

void wire_reply_init(struct wire_reply *reply);
void wire_reply_fini(struct wire_reply *reply);
/* Status, the call's type and the request's id: what an answer of every protocol begins with. */
void wire_reply_start(struct wire_reply *reply, const struct wire_call *call, unsigned status,
                      const char *request_id);
/* x-amzn-query-error, for whom asked for it. */
void wire_reply_query_error(struct wire_reply *reply, const struct wire_call *call,
                            const struct wire_error *error);
void wire_reply_header(struct wire_reply *reply, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

struct wire_codec {
    const char *name;
    bool (*recognise)(const struct http_request *rq);
    /* The body must be plain (not compressed) by now. On failure `call` still says as much as could
     * be read, so that the error can be written; wire_call_fini() it in any case. */
    enum status (*decode)(struct wire_call *call, const struct http_request *rq,
                          struct wire_error *error);
    /* `result` NULL is an operation without output. */
    void (*encode)(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
                   const char *request_id);
    void (*encode_error)(struct wire_reply *reply, const struct wire_call *call,
                         const struct wire_error *error, const char *request_id);
};

/* The protocol a request is in, or NULL. */
const struct wire_codec *codec_find(const struct http_request *rq);
/* encode(), but an answer beyond WIRE_REPLY_MAX becomes an InternalServiceFault. */
void codec_encode(const struct wire_codec *codec, struct wire_reply *reply,
                  const struct wire_call *call, const cJSON *result, const char *request_id);

#endif
