/* topic.h - one question being kept answered: what the collector does for an ask of each kind.
 * SPDX-License-Identifier: MIT
 *
 * For the collector's own files. A topic is asked again and again at its pace; how a kind of ask is
 * put to the wire is one row. All of it runs on the collector's thread. */
#ifndef OV_TUI_TOPIC_H
#define OV_TUI_TOPIC_H

#include "aws/client.h"
#include "tui/asks.h"
#include "tui/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

struct gather;
struct topic;
struct umami_client;

struct topic_kind {
    /* Makes the call; ends in exactly one of topic_answer() and topic_fail(), now or later. */
    void (*start)(struct topic *topic);
    void (*cancel)(struct topic *topic);  /* drops the call under way */
    bool (*is_paid)(struct topic *topic); /* asking now would cost something; NULL: it never does */
    void (*fini)(struct topic *topic);    /* frees topic->state; may be NULL */
    void (*forget)(struct topic *topic); /* nobody wants it any more: ends what costs; NULL: nothing
                                          */
    /* Asked when it is first wanted and when its run changes, never again by itself. */
    bool is_once;
};

/* How often Cost Explorer is asked: its bills change about once a day. */
#define TOPIC_BILL_PACE_MS INT64_C(86400000)

extern const struct topic_kind topic_metrics;
extern const struct topic_kind topic_names;
extern const struct topic_kind topic_groups;
extern const struct topic_kind topic_events;
extern const struct topic_kind topic_emulator;
extern const struct topic_kind topic_alarms;
extern const struct topic_kind topic_alarm_events;
extern const struct topic_kind topic_functions;
extern const struct topic_kind topic_services;
extern const struct topic_kind topic_targets;
extern const struct topic_kind topic_db_clusters;
extern const struct topic_kind topic_db_instances;
extern const struct topic_kind topic_db_events;
extern const struct topic_kind topic_db_parameter;
extern const struct topic_kind topic_db_load;
extern const struct topic_kind topic_insights;
extern const struct topic_kind topic_tags;
extern const struct topic_kind topic_costs;
extern const struct topic_kind topic_cost_tags;
extern const struct topic_kind topic_budgets;
extern const struct topic_kind topic_umami;
extern const struct topic_kind topic_sessions;
extern const struct topic_kind topic_recording;
extern const struct topic_kind topic_send;

struct topic {
    struct gather *gather;
    struct aws_client *client;
    const struct topic_kind *kind;
    struct ask_list *owner; /* holds the ask */
    const struct ask *ask;
    void *state;            /* the kind's own */
    struct answer *filling; /* between topic_begin() and topic_end() */

    struct answer *good;   /* the last one that worked, or NULL */
    struct answer *answer; /* what snapshots show: good, or good with a failure on it */
    bool is_wanted;
    bool is_background;
    bool is_busy;
    bool is_open;        /* the ask as it is now has neither been answered nor failed yet */
    bool is_fresh_start; /* asked by hand, or for the first time: look at everything again */
    bool is_overtaken;   /* something changed while it was being asked */
    unsigned failures;   /* in a row */
    bool is_cut_off;     /* the last of them was the source's: out of reach, or refusing us */
    uint64_t started_ns;
    int64_t started_ms; /* product time */
    uint64_t due_ns;
    uint64_t earliest_ns;  /* not asked before, whoever asks: it was paid for */
    uint64_t parked_ns;    /* when it stopped being wanted */
    int64_t cost_microusd; /* so far */
    int64_t last_microusd; /* of the last time */
    struct topic *next;
};

/* A kind that fills one answer by one call needs these alone: its state is the call, and is freed
 * with it. Begins the answer, with the window of the ask. */
struct answer *topic_begin(struct topic *topic);
/* The call is over: what was begun, to be filled and given to topic_answer(); NULL when it has
 * failed, which is told. */
struct answer *topic_end(struct topic *topic, bool partial, const struct err *err);
/* The call was cancelled. */
void topic_drop(struct topic *topic);
/* `cancel` of a kind whose call is a listing (aws/listing.h). */
void topic_cancel_listing(struct topic *topic);

bool topic_is_local(const struct topic *topic);  /* an emulator is asked: nothing costs anything */
bool topic_is_played(const struct topic *topic); /* a recording of AWS is */
bool topic_is_near(const struct topic *topic);   /* one of the two */
struct umami_client *topic_umami_client(const struct topic *topic);
const char *topic_bucket(const struct topic *topic); /* of the session recordings */
const struct price_list *topic_prices(const struct topic *topic);
/* Not asked again before so much time is over, whoever asks. */
void topic_not_before(struct topic *topic, uint64_t ns);
/* Whether so many requests of the kind that is free by the million are left of this month's share.
 */
bool topic_has_free_calls(const struct topic *topic, size_t calls);
/* Product time. */
int64_t topic_now_ms(const struct topic *topic);
/* The end of its window: now when it is live. */
int64_t topic_to_ms(const struct topic *topic);
/* Takes the answer, whose window and data are filled in. */
void topic_answer(struct topic *topic, struct answer *answer, int64_t cost_microusd);
void topic_fail(struct topic *topic, const struct err *err, int64_t cost_microusd);
/* Takes an answer that was paid for earlier, then, and so much: nothing is counted. */
void topic_answer_kept(struct topic *topic, struct answer *answer, int64_t got_ms,
                       int64_t cost_microusd);
/* Shows an answer of earlier, until the one that is being asked for comes, and if it does not. */
void topic_recall(struct topic *topic, struct answer *answer, int64_t got_ms);
/* Fails it because the month's sum is spent. */
void topic_refuse_to_pay(struct topic *topic);
/* Where paid answers are kept; NULL: nowhere. */
const char *topic_cache_dir(const struct topic *topic);
/* What costs money may go on. */
bool topic_may_pay(const struct topic *topic);
/* Counts what was spent beside topic_answer() and topic_fail(). */
void topic_spend(struct topic *topic, int64_t cost_microusd);
/* Shows what has come so far; more will, and topic_answer() or topic_fail() in the end. The cost is
 * shown, and counted only when it has ended. */
void topic_progress(struct topic *topic, struct answer *answer, int64_t cost_microusd);

#endif
