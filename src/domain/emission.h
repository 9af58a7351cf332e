/* emission.h - what a program that measures itself would send: documents and bodies, made and
 * judged. SPDX-License-Identifier: MIT
 *
 * Each is read by the reader of its own door before it is handed out, so nothing is ever written
 * that the door would refuse or drop. Pure. */
#ifndef OV_DOMAIN_EMISSION_H
#define OV_DOMAIN_EMISSION_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/metric.h"

#include <stddef.h>
#include <stdint.h>

/* A value is JSON when it reads as a number, true, false, null, an object or an array; else text.
 */
struct emission_field {
    const char *name, *value;
};
struct emission_fields {
    const struct emission_field *items;
    size_t count;
};

struct emission_metric {
    const char *name;
    double value;
    const char *unit; /* as CloudWatch spells it; NULL: none */
};
/* One document in Embedded Metric Format without a newline: all metrics under one set of
 * dimensions, `fields` beside them. E_INVALID: what CloudWatch would drop, with the mend. */
MUST_CHECK enum status emission_metrics(struct buf *b, int64_t now_ms, const char *namespace_name,
                                        const struct emission_metric *metrics, size_t count,
                                        const struct emission_fields *dimensions,
                                        const struct emission_fields *fields, struct err *err);

struct emission_log {
    const char *level, *message;
    const char *function_name, *request_id;
    const char *error; /* of level ERROR: what went wrong; NULL: the message */
    struct emission_fields context;
};
/* A structured log line without a newline, as log_schema.h asks for it. */
MUST_CHECK enum status emission_log(struct buf *b, int64_t now_ms, const struct emission_log *log,
                                    struct err *err);

/* Where something happened in a browser, or what stands for one. */
struct emission_page {
    const char *url, *session_id, *user_agent;
};
/* The body of POST /metrics/web-vitals. */
MUST_CHECK enum status emission_vital(struct buf *b, int64_t now_ms, const char *name, double value,
                                      const struct emission_page *page, struct err *err);
/* The body of POST /errors/report. `type` and `stack` may be NULL. */
MUST_CHECK enum status emission_error(struct buf *b, int64_t now_ms, const char *message,
                                      const char *type, const char *stack,
                                      const struct emission_page *page, struct err *err);
/* The body of POST /api/send: an event of an Umami website, or a page view when `name` is NULL. */
MUST_CHECK enum status emission_event(struct buf *b, const char *name, const char *website,
                                      const struct emission_page *page,
                                      const struct emission_fields *data, struct err *err);

#endif
