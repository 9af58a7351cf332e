/* live_tails.h - sessions of CloudWatch Logs' StartLiveTail: new lines as they come.
 * SPDX-License-Identifier: MIT
 *
 * One thread reads for all sessions, once a second; each session's frames wait in a bounded buffer
 * until its connection takes them. A line is new when it arrived after the session began; one that
 * is stamped more than LIVE_TAIL_LATE_MS before the newest line seen is not looked for. */
#ifndef OV_EMULATOR_LIVE_TAILS_H
#define OV_EMULATOR_LIVE_TAILS_H

#include "base/err.h"
#include "emulator/exchange.h"

#include <stddef.h>
#include <stdint.h>

#define LIVE_TAIL_SESSIONS   15    /* of an account (quotas of CloudWatch Logs) */
#define LIVE_TAIL_GROUPS     10    /* of a session, as are the next two (API model) */
#define LIVE_TAIL_LINES      500   /* in one update; more are sampled */
#define LIVE_TAIL_LIFE_S     10800 /* three hours */
#define LIVE_TAIL_LATE_MS    10000
#define LIVE_TAIL_STREAM_MAX 100

struct clock;
struct filter_pattern;
struct live_tails;
struct live_session;
struct store;

struct live_tails_options {
    int64_t tick_ms;           /* between two updates */
    int64_t life_ms;           /* of a session */
    size_t sessions;           /* at a time */
    const struct clock *clock; /* product time; borrowed */
};

/* What is asked for. All is copied. */
struct live_tails_ask {
    const char *request_id, *session_id; /* told in sessionStart */
    struct {
        const char *name;
        const char *identifier; /* as it was asked for */
    } groups[LIVE_TAIL_GROUPS]; /* log groups */
    size_t group_count;
    const char *const *streams; /* names; of one group only, as are the prefixes */
    size_t stream_count;
    const char *const *prefixes;
    size_t prefix_count;
    const char *pattern;           /* a filter pattern as text; NULL: all lines */
    struct filter_pattern *filter; /* the same compiled; taken on success */
    int64_t now_ms;                /* product time: what arrives from now on is new */
};

/* The thread starts with the first session. `store` is borrowed. */
struct live_tails *live_tails_new(struct store *store, const struct live_tails_options *options);
/* Ends every session, for good; from any thread. */
void live_tails_end(struct live_tails *tail);
/* Stops the thread. Every session must have been closed. NULL is fine. */
void live_tails_free(struct live_tails *tail);

/* The session is the caller's, to be given to exchange_stream() with live_session_stream. E_LIMIT:
 * there are as many as there may be. */
MUST_CHECK enum status live_tails_open(struct live_tails *tail, const struct live_tails_ask *ask,
                                       struct live_session **out, struct err *err);

extern const struct exchange_stream live_session_stream;

#endif
