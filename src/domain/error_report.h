/* error_report.h - the body of POST /errors/report, its fingerprint, and the log line the Lambda
 * would write. SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_ERROR_REPORT_H
#define OV_DOMAIN_ERROR_REPORT_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/field_error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct error_report {
    int64_t received_ms;
    uint32_t duration_us;
    uint8_t request_id[16];
    uint8_t error_id[16];
    const char *environment;
    const char *message;
    const char *stack; /* "" when absent, as are all below */
    const char *type;
    const char *url;
    const char *route;
    const char *user_agent;
    const char *session_id;
    const char *component_stack;
    int64_t page_time_ms; /* 0 when absent */
};

/* Reads {error:{message,stack,type}, context:{url,userAgent,timestamp,sessionId,componentStack}};
 * as web_vitals_read(). Required: error.message (it may be empty when there is a stack or a type),
 * context.sessionId. Cut when longer: message (8 KiB), both stacks (32 KiB each), type (128 bytes).
 * Fills everything but received_ms, duration_us, the two ids and environment. */
bool error_report_read(struct error_report *out, struct arena *arena, const cJSON *body,
                       struct field_errors *errors);

/* One structured ERROR line: timestamp, level, message, functionName, requestId, context, error
 * (the document's schema), with errorId and environment in context. */
void error_report_print_log(struct buf *b, const struct error_report *report);

#define ERROR_REPORT_FUNCTION "obsview-dev-error-reporter"

/* Which errors are the same error: type, message with numbers, ids and quoted values normalised,
 * and the first frame that is the app's own (not node_modules, not a bundler's runtime; columns and
 * hashes in file names do not count). Rebuilds must not split a group. */
struct fingerprint {
    uint64_t id;
    char text[17];                  /* the id in hex; screens show the first four */
    const char *normalised_message; /* in the arena */
    const char *frame;              /* "CartTotal src/cart/CartTotal.tsx", or "" */
};
void fingerprint_make(struct fingerprint *out, struct arena *arena, const char *type,
                      const char *message, const char *stack);

#endif
