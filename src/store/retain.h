/* retain.h - what goes when: CloudWatch's tiers, a day of raw values, and the size cap.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_RETAIN_H
#define OV_STORE_RETAIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct writer;

struct retention {
    int64_t max_bytes;
    int64_t now_ms;
    bool more; /* set when there is more to do than one transaction should hold */
};

/* A write_job: one bounded step. `arg` is a struct retention. */
MUST_CHECK enum status retain_job(struct writer *w, void *arg, struct err *err);

#endif
