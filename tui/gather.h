/* gather.h - keeping a list of asks answered, on one thread, without ever blocking.
 * SPDX-License-Identifier: MIT
 *
 * The heart of the collector, and all there is to a report that asks once. An emulator is asked
 * when it says that something changed (four times a second at most), when a minute begins, and each
 * second while it cannot say so. A Umami of somebody's own is asked twice a minute. AWS is asked
 * once a minute for what is looked at and every five for the rest, just after a period has ended;
 * five times slower when nobody touches a key; and what costs money as much slower as a month's sum
 * demands (budget.h). Where GetMetricStatistics can tell the same inside its free tier, it is asked
 * instead of GetMetricData. Failures are tried again after a growing pause, and everybody at once
 * when somebody succeeds. */
#ifndef OV_TUI_GATHER_H
#define OV_TUI_GATHER_H

#include "aws/hearing.h"
#include "aws/target.h"
#include "base/clock.h"
#include "tui/asks.h"
#include "tui/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

struct gather;
struct umami_target;

/* How often a person may ask for what costs money. */
#define GATHER_HURRY_PAID_MS 10000

struct gather_options {
    const struct aws_target *target;  /* borrowed, as is the clock */
    const struct umami_target *umami; /* borrowed; NULL: none is known */
    const struct clock *clock;
    const char *environment; /* "dev" */
    bool listens;            /* to an emulator's changes; a single look need not */
    struct clock *followed;  /* `clock`, when it is kept beside an emulator's; else NULL */
    int64_t pace_ms;       /* how often an emulator is asked that does not tell its changes; 0: each
                              second */
    int64_t background_ms; /* how often an emulator is asked for what nobody looks at; 0: four times
                              a minute */
    const struct aws_ear *ear; /* hears what AWS answers (aws/hearing.h); NULL: nobody */
    /* A recording that is asked in the place of AWS; nothing of it is kept on disk. NULL: none. */
    const struct aws_stand_in *stand_in;
    const char *recordings_bucket; /* of S3; NULL: nobody asks for sessions */
    int64_t max_spend_microusd;    /* a month; below 0: no limit */
    const char *ledger_path;       /* where the month's sum is kept; NULL: nowhere */
    const char *cache_dir;         /* where paid answers are kept; NULL: nowhere */
    uint64_t (*mono_ns)(void);     /* the time that paces count in; NULL: the real one */
};

struct gather *gather_new(const struct gather_options *options);
void gather_free(struct gather *gather); /* NULL is fine */

/* Replaces what is asked for; copies. Answers to asks that are gone stay for a while. */
void gather_want(struct gather *gather, const struct ask_list *asks);
/* Asks everything wanted now. The milliseconds until the slowest source allows it, 0: being asked.
 */
int64_t gather_hurry(struct gather *gather);
/* Nobody has touched a key for a while, or somebody has again. */
void gather_set_idle(struct gather *gather, bool is_idle);
/* Milliseconds until something is due, or until `most`. */
int gather_next_ms(const struct gather *gather, int most);

/* The code of the MFA device that snapshots ask for. */
void gather_give_code(struct gather *gather, const char *code);

/* Works for up to `wait_ms`, shorter when something happened. */
void gather_run(struct gather *gather, int wait_ms);
/* Ends the wait; from any thread. */
void gather_wake(struct gather *gather);

/* What is known now; the caller's. */
struct snapshot *gather_snapshot(struct gather *gather);
/* The same if it changed since the last time, else NULL. */
struct snapshot *gather_take(struct gather *gather);
/* Everything wanted has been answered, or has failed, at least once. */
bool gather_is_settled(const struct gather *gather);

#endif
