/* log_drop.h - log lines out, a batch at a time.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_LOG_DROP_H
#define OV_STORE_LOG_DROP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct writer;

#define LOG_DROP_NAME 520 /* a group's or stream's name, and its NUL */

/* Which lines: those of a group, or of one of its streams, that are older than a time. Lines that
 * lie in one chunk (at most a minute of a stream) go together. */
struct log_drop {
    int64_t group;
    const char *name; /* the group's: our own functions' lines are typed rows */
    int64_t before_ms;
    int64_t stream;          /* 0: all */
    const char *stream_name; /* of `stream` */
    bool dropped_lines, dropped_posts;
};
/* *more: something was dropped, and there may be more. */
MUST_CHECK enum status log_drop_batch(struct writer *w, struct log_drop *drop, bool *more,
                                      struct err *err);

/* The oldest posts with low < id < high; the oldest lines of all. */
MUST_CHECK enum status log_drop_vitals(struct writer *w, int64_t low, int64_t high, bool *more,
                                       struct err *err);
MUST_CHECK enum status log_drop_errors(struct writer *w, int64_t low, int64_t high, bool *more,
                                       struct err *err);
MUST_CHECK enum status log_drop_oldest(struct writer *w, struct err *err);

#endif
