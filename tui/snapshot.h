/* snapshot.h - what the collector knows at one moment: answers, their age, their failures.
 * SPDX-License-Identifier: MIT
 *
 * Answers and snapshots are immutable once published and counted, so the collector's thread and the
 * screen's share them without a lock: an answer that did not change is the same object in the next
 * snapshot. Each is made in its own arena and goes with its last reference. */
#ifndef OV_TUI_SNAPSHOT_H
#define OV_TUI_SNAPSHOT_H

#include "base/mem.h"
#include "domain/alarm.h"
#include "domain/bill.h"
#include "domain/database.h"
#include "domain/metric.h"
#include "domain/tag_rule.h"
#include "tui/asks.h"

#include <cjson/cJSON.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metric_points {
    const char *id;          /* of the metric_ask; of ASK_DB_LOAD: the user, "" for all */
    const int64_t *times_ms; /* starts of periods, ascending */
    const double *values;
    size_t count;
};

struct described_group {
    const char *name;
    int64_t created_ms;
    int64_t stored_bytes;
};

struct log_digest;

struct log_entry {
    const char *id;
    const char *group;
    const char *stream;
    const char *message;
    size_t message_len;
    int64_t time_ms;
    int64_t ingested_ms;
    const struct log_digest *digest; /* what the line says; NULL: not read yet (log_digest.h) */
    bool is_gap; /* no line of the log: some may be missing here, and `message` says why */
};

/* An item of an alarm's history, as DescribeAlarmHistory tells it. */
struct alarm_history_item {
    const char *alarm;
    const char *kind; /* "StateUpdate", "ConfigurationUpdate", "Action" */
    const char *summary;
    enum alarm_state from, to; /* StateUpdate only, else ALARM_STATES */
    int64_t time_ms;
};

struct lambda_function {
    const char *name;
    const char *runtime; /* "" when not told */
    int64_t memory_mb;
    int64_t timeout_s;
    int64_t modified_ms; /* the newest deployment */
};

enum insights_state {
    INSIGHTS_RUNNING, /* what is here so far is shown */
    INSIGHTS_COMPLETE,
    INSIGHTS_CANCELLED,
    INSIGHTS_FAILED /* failed or timed out at the server */
};

struct insights_result {
    enum insights_state state;
    const char *const *columns;
    size_t column_count;
    const char *const *cells; /* row by row; NULL where a row has no such field */
    size_t row_count;
    double records_matched, records_scanned, bytes_scanned;
};

struct ecs_service;    /* aws/ecs.h */
struct elb_group;      /* aws/elb.h */
struct recording_list; /* tui/recording.h */
struct recording_told;

struct answer {
    atomic_uint references;
    struct arena *arena; /* holds everything below, and the answer */

    const char *key; /* the ask's */
    enum ask_kind kind;
    int64_t got_ms;  /* product time of the last success; 0: never yet */
    int64_t from_ms; /* the window that was asked for */
    int64_t to_ms;
    int64_t pace_ms;       /* how often it is asked */
    const char *failure;   /* why the last try failed; NULL: it did not. The data stays the last
                              good one. */
    int64_t retry_ms;      /* when it is tried again after a failure */
    int64_t cost_microusd; /* what all calls for this ask cost so far */
    const char *caveat;    /* what a good answer lacks, and why; NULL: nothing */
    bool is_partial;       /* more exists than was fetched */
    bool is_apart; /* of another server than the snapshot's, whose stream does not vouch for it */

    /* By kind, in wire order made ascending by time. */
    const struct metric_points *points;
    size_t point_count;
    const struct series_key *names;
    size_t name_count;
    const struct described_group *groups;
    size_t group_count;
    const struct log_entry *events;
    size_t event_count;
    const struct alarm *alarms;
    size_t alarm_count;
    const struct alarm_history_item *alarm_events; /* newest first */
    size_t alarm_event_count;
    const struct lambda_function *functions;
    size_t function_count;
    const struct tagged_resource *tagged;   /* by ARN, each once */
    const struct tag_verdict *tag_verdicts; /* what the schema says of each */
    size_t tagged_count;
    const struct ecs_service *services;
    size_t service_count;
    const struct elb_group *targets;
    size_t target_count;
    const struct db_cluster *db_clusters;
    size_t db_cluster_count;
    const struct db_instance *db_instances;
    size_t db_instance_count;
    const struct db_event *db_events; /* newest first */
    size_t db_event_count;
    const char *db_parameter; /* as the group has it; NULL: it does not have it */
    const struct insights_result *insights;
    const struct bill_row *costs;
    size_t cost_count;
    int64_t cost_from_day, cost_to_day; /* [from, to) of what was asked */
    const struct bill_tag *cost_tags;
    size_t cost_tag_count;
    const struct bill_budget *budgets;
    size_t budget_count;
    const struct umami_answer *umami;
    const struct recording_list *recordings;
    const struct recording_told *recording;
    cJSON *json; /* owned: deleted with the answer, unless json_is_borrowed */
    bool json_is_borrowed;
    /* Further answers whose arenas the data lies in; released with this one. */
    struct answer **parts;
    size_t part_count;
};

enum source_state { SOURCE_CONNECTING, SOURCE_LIVE, SOURCE_FAILING };

struct snapshot {
    atomic_uint references;
    struct arena *arena;

    enum source_state state;
    const char *source;          /* "local 127.0.0.1:6270", "123456789012 eu-west-1" */
    const char *failure;         /* SOURCE_FAILING: the sentence */
    const char *wants_code;      /* the MFA device whose code is needed to go on; NULL: none */
    const char *environment;     /* "dev" */
    bool is_emulator;            /* ASK_EMULATOR works */
    bool is_recording;           /* of answers of an account: asking costs nothing */
    bool umami_is_local;         /* ASK_UMAMI asks that emulator */
    bool lacks_umami;            /* ASK_UMAMI fails because none is configured: no fault */
    bool has_open;               /* a question of the visible view waits for its first answer */
    int64_t cost_microusd;       /* of all calls so far */
    int64_t cost_month_microusd; /* of 176 hours at this pace */
    int64_t spent_microusd;      /* this month, by every obsview of this person in this account */
    const char *unkept;          /* why that sum is not kept for others; NULL: it is */
    int64_t limit_microusd;      /* --max-spend; below 0: none */
    unsigned slowness;           /* what costs is asked so many times slower; up to 1: not slower */
    bool is_spent;               /* the limit is reached: what costs is not asked at all */
    bool is_idle;                /* everything is asked more seldom: nobody touched a key */
    int64_t pace_ms;             /* of the quickest ask */
    /* A stream of changes vouches for all answers up to here; 0: there is none. */
    int64_t vouched_ms;
    struct answer **answers;
    size_t answer_count;
};

/* A new answer with one reference, in an arena of its own; fill it, then never touch it again. */
struct answer *answer_new(const char *key, enum ask_kind kind);
struct answer *answer_ref(struct answer *answer);
void answer_unref(struct answer *answer); /* NULL is fine */
const struct metric_points *answer_points(const struct answer *answer,
                                          const char *id); /* or NULL */
/* Room for references to the answers whose data this one shows; call once, then fill with
 * answer_ref(). */
void answer_has_parts(struct answer *answer, size_t count);
/* Makes a new answer show all that another one shows, whose data it keeps. */
void answer_show(struct answer *answer, struct answer *of);
/* When the answer was last known to be right: got_ms, or later when the source vouches for it. */
int64_t snapshot_known_ms(const struct snapshot *snapshot, const struct answer *answer);

/* As above. `source` and `environment` are copied; the snapshot takes references of its own. */
struct snapshot *snapshot_new(const char *source, const char *environment,
                              struct answer *const *answers, size_t count);
void snapshot_fail(struct snapshot *snapshot, const char *failure); /* before publishing only */
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot); /* NULL is fine */

/* NULL: not asked yet, or `snapshot` is NULL. */
const struct answer *snapshot_answer(const struct snapshot *snapshot, const char *key);

#endif
