/* aws_ask.h - asks an emulator's AWS operations without a socket: hand-made exchanges.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_AWS_ASK_H
#define OV_TESTS_AWS_ASK_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "emulator/emulator.h"

#define ASK_NOW 1795392000000LL /* 2026-11-23T00:00:00Z */

/* An emulator on ":memory:" without an account, under a virtual clock that stands at ASK_NOW. */
struct ask {
    struct emulator *em;
    struct clock *clock;
};
void ask_start(struct ask *a);
/* The same with the account of this stack, a whole file as text. */
void ask_start_with(struct ask *a, const char *stack);
void ask_stop(struct ask *a);

struct ask_header {
    const char *name;
    const char *value;
};

/* What to send. Unset members are those of a well-formed AWS JSON request. */
struct ask_request {
    const char *service;   /* of the scope; default: from `target` */
    const char *operation; /* "PutMetricData"; NULL: no X-Amz-Target */
    const char *body;
    size_t body_len; /* 0: strlen */
    const char *method, *path, *query;
    const char *type;               /* Content-Type; "": none */
    const char *authorization;      /* "": none */
    const struct ask_header *extra; /* ends with a NULL name */
};

struct answer {
    unsigned status;
    char *type;
    char *body;
    char *headers; /* "name: value\n" lines */
    cJSON *json;   /* NULL when it is none */
};

void ask_send(struct ask *a, const struct ask_request *rq, struct answer *out);
void answer_fini(struct answer *out);

/* Asks in AWS JSON; single quotes in the text stand for double ones. The answer must have `status`;
 * of an operation without output it is an empty object. */
cJSON *ask_json(struct ask *a, const char *service, const char *operation, unsigned status,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Asks what must be refused with this code and this message. */
void ask_refused(struct ask *a, const char *service, const char *operation, const char *code,
                 const char *message, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
