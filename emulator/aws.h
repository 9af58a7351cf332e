/* aws.h - the AWS services the emulator answers for: what it can do, and the way in.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_H
#define OV_EMULATOR_AWS_H

#include "base/err.h"
#include "emulator/exchange.h"

#include <stdbool.h>

struct aws_call;

/* Answers by setting call->out (and call->write), or fails with the error set in call->error. */
typedef enum status aws_handler(struct aws_call *call);

struct aws_operation {
    const char *service; /* as requests are signed: "monitoring" */
    const char *name;    /* "GetMetricData" */
    bool writes;         /* changes what is kept, and so is part of a recording */
    aws_handler *handle;
    const char *doc; /* what it does here, one line */
};

/* By service, then name; ends with a row without a name. Everything said about what is supported
 * (obsview help aws, the refusals, the tests) is made from these rows. */
extern const struct aws_operation aws_operations[];

/* NULL when there is no such row. */
const struct aws_operation *aws_operation_find(const char *service, const char *name);

/* Whether a request for it need not be signed: what it carries speaks for it. */
bool aws_operation_is_open(const struct aws_operation *op);

/* What FIXTURE_SIGNED says of the request. From anybody but a fixture it means nothing: NULL. */
const char *aws_vouched(const struct exchange *x);

/* Of a body that came compressed: PutMetricData at all its limits, in the query protocol. */
#define AWS_OPENED_MAX ((size_t)8 << 20)

/* A request that carries a SigV4 scope, in its header or in its query. */
void aws_handle(struct exchange *x);
/* Ends it with this error, in the protocol it came in. */
void aws_refuse(struct exchange *x, unsigned status, const char *code, const char *message);

#endif
