/* retain.h - what goes when: CloudWatch's tiers, a day of raw values, days of lines and of
 * recordings, the size cap.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_RETAIN_H
#define OV_STORE_RETAIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct writer;

enum retain_phase {
    RETAIN_SAMPLES,
    RETAIN_GROUPS,
    RETAIN_SIZE,
    RETAIN_TIERS,
    RETAIN_EVENTS,
    RETAIN_RECORDINGS,
    RETAIN_UMAMI,
    RETAIN_LINKS,
    RETAIN_DONE
};

struct retention {
    int64_t max_bytes;
    int64_t now_ms;
    bool tiers; /* look through every series, too */
    /* where the next step goes on */
    enum retain_phase phase;
    int64_t after_series, after_group;
    char after_website[41];
    bool over; /* the cap was passed: go on until well below it */
    bool dropped_series, dropped_posts, dropped_lines;
    bool shrank; /* the newest rows of website_event went: their numbers will be used again */
};

/* A write_job: one step of a few milliseconds. `arg` is a struct retention, zeroed but for its
 * first three members; the work is over when its phase is RETAIN_DONE. */
MUST_CHECK enum status retain_job(struct writer *w, void *arg, struct err *err);

#endif
