/* lambda.h - asking Lambda: which functions there are, and when they were last changed.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. */
#ifndef OV_AWS_LAMBDA_H
#define OV_AWS_LAMBDA_H

#include "aws/listing.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAMBDA_FUNCTIONS_MAX 1000

struct lambda_info {
    const char *name;
    const char *runtime; /* "" when not told: functions from container images have none */
    int64_t memory_mb;
    int64_t timeout_s;
    int64_t modified_ms; /* 0: not told */
};

/* In the arena. `err` NULL: all is well. `partial`: there are more. */
typedef void lambda_done(void *arg, const struct lambda_info *functions, size_t count, bool partial,
                         const struct err *err);
struct listing *lambda_list(struct aws_client *client, struct arena *arena, lambda_done *done,
                            void *arg);

#endif
