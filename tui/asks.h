/* asks.h - what the visible view wants to know, as wire calls not yet made.
 * SPDX-License-Identifier: MIT
 *
 * A view adds asks; the collector makes the calls at the pace their source allows and answers each
 * under its key. Two asks with the same key must be the same question. Times are not in the
 * question: a live ask means "the last span_ms", and the collector aligns it when it calls. */
#ifndef OV_TUI_ASKS_H
#define OV_TUI_ASKS_H

#include "base/mem.h"
#include "domain/metric.h"
#include "umami/question.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ask_kind {
    ASK_METRICS,      /* CloudWatch GetMetricData */
    ASK_METRIC_NAMES, /* CloudWatch ListMetrics */
    ASK_LOG_GROUPS,   /* CloudWatch Logs DescribeLogGroups */
    ASK_LOG_EVENTS,   /* CloudWatch Logs FilterLogEvents, newest kept */
    ASK_EMULATOR,     /* GET /_obsview/...: only an emulator answers */
    ASK_ALARMS,       /* CloudWatch DescribeAlarms, metric and composite ones */
    ASK_ALARM_EVENTS, /* CloudWatch DescribeAlarmHistory, of one alarm or of all */
    ASK_FUNCTIONS,    /* Lambda ListFunctions */
    ASK_TAGS,         /* Resource Groups Tagging GetResources: all that have, or had, tags */
    ASK_SERVICES,     /* ECS DescribeServices, and of the short of tasks DescribeTasks */
    ASK_TARGETS,      /* Elastic Load Balancing DescribeTargetGroups, DescribeTargetHealth */
    ASK_DB_CLUSTERS,  /* RDS DescribeDBClusters */
    ASK_DB_INSTANCES, /* RDS DescribeDBInstances */
    ASK_DB_EVENTS,    /* RDS DescribeEvents */
    ASK_DB_PARAMETER, /* RDS DescribeDBClusterParameters: max_connections of a parameter group */
    ASK_DB_LOAD,      /* Performance Insights GetResourceMetrics: sessions by user */
    ASK_INSIGHTS,     /* CloudWatch Logs StartQuery, GetQueryResults: once, never by pace */
    ASK_COSTS,        /* Cost Explorer GetCostAndUsage: a cent, once a day */
    ASK_COST_TAGS,    /* Cost Explorer ListCostAllocationTags: likewise */
    ASK_BUDGETS,      /* Budgets DescribeBudgets and their notifications */
    ASK_UMAMI,        /* Umami's read API: a topic of umami/question.h */
    ASK_SESSIONS,     /* S3 ListObjectsV2 of the recordings; beside an emulator also their bodies */
    ASK_RECORDING,    /* S3 GetObject: one recorded session */
    ASK_SEND,         /* a request of the intake, to an emulator: once, never by pace */
    ASK_KINDS
};

/* The window the screen shows. */
struct range {
    int64_t span_ms;
    int64_t to_ms; /* its end; 0: now, and moving with it */
};

struct metric_ask {
    const char *id; /* the answer's series are found by it; anything unique in its ask */
    struct series_key series;
    const char *stat; /* "p75", "Average", "PR(:2500)" */
    int32_t period_s; /* 0: one point for the whole range, which may begin a little earlier */
    /* Metric math instead of series and stat, over the math_ids of its ask; NULL: a metric. */
    const char *expression;
    const char *math_id; /* what expressions call it: "m1"; NULL: nobody does */
    bool is_hidden;      /* only expressions use it: no points come back */
};

/* Sent as it came, and signed anew when it is AWS's. */
struct ask_request {
    const char *id;            /* in the intake, of which it is had first */
    const char *method, *path; /* as they are shown: without personal data */
};

struct ask {
    const char *key; /* "vitals.p75" */
    enum ask_kind kind;
    struct range range;
    bool is_background; /* nobody looks at it now: asked for more seldom */
    int64_t pace_ms; /* where asking costs money: not more often than this; 0: as the source has it
                      */

    const struct metric_ask *queries; /* ASK_METRICS */
    size_t query_count;
    const char *namespace_name; /* ASK_METRIC_NAMES; NULL: all */
    const char *prefix;         /* ASK_LOG_GROUPS; NULL: all */
    const char *group;          /* ASK_LOG_EVENTS */
    const char *pattern;        /* ASK_LOG_EVENTS; NULL: every line */
    bool wants_live_tail;       /* ASK_LOG_EVENTS: at a price, see aws/live_tail.h */
    size_t limit;               /* ASK_LOG_EVENTS, ASK_LOG_GROUPS: newest so many */
    const char *path;           /* ASK_EMULATOR: "/_obsview/events?limit=200" */
    const char *alarm;          /* ASK_ALARM_EVENTS; NULL: of all */
    const char *database;       /* ASK_DB_PARAMETER: the parameter group; ASK_DB_LOAD: the instance
                                   as Performance Insights knows it */
    const char *query;          /* ASK_INSIGHTS */
    const char *const *groups;  /* ASK_INSIGHTS: log groups, 1 to 50 */
    size_t group_count;
    const char *cost_tags[2]; /* ASK_COSTS: the keys its rows are grouped by */
    const char *project;      /* ASK_COSTS: only what is tagged Project=this; NULL: everything */
    /* ASK_COSTS: the days [from, to); to 0: from the first of last month up to today. */
    int64_t cost_from_day, cost_to_day;
    enum umami_topic umami;   /* ASK_UMAMI */
    const char *website;      /* ASK_UMAMI: its id; NULL: of none */
    const char *umami_metric; /* ASK_UMAMI: UMAMI_METRICS' type */
    const char *session;      /* ASK_RECORDING: its number */
    unsigned run; /* ASK_INSIGHTS, ASK_SEND: another number is another run of the same */
    const struct ask_request *request; /* ASK_SEND */
    /* Where it is asked, when not in the target's own region: CloudFront publishes in us-east-1
     * alone. NULL: the target's. */
    const char *region;
};

/* Everything an ask points to is copied into the list's arena. */
struct ask_list {
    struct arena *arena;
    struct ask *items;
    size_t count;
    size_t cap;
};

struct ask_list *ask_list_new(void);
void ask_list_free(struct ask_list *list); /* NULL is fine */
/* An ask whose key is there already is dropped. */
void ask_list_add(struct ask_list *list, const struct ask *ask);

/* Two asks that would be answered alike. */
bool ask_equal(const struct ask *a, const struct ask *b);
/* What was answered to `a` may be shown until `b` is answered: it is about the same thing. */
bool ask_is_same_thing(const struct ask *a, const struct ask *b);

#endif
