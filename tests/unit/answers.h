/* answers.h - snapshots written down by hand, for the tests of views.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_ANSWERS_H
#define OV_TESTS_ANSWERS_H

#include "tui/view.h"
#include <stdbool.h>

#define ANSWERS_NOW INT64_C(1795490423000) /* 2026-11-24T03:20:23Z */

/* A view at the top, an hour, at ANSWERS_NOW. */
struct stage {
    struct view_query q;
    struct answer *list[96];
    size_t count;
    struct arena *arena;
    struct model model;
    struct ask_list *asks;
    bool is_account;    /* not an emulator */
    bool has_own_umami; /* not the emulator's */
    bool lacks_umami;   /* none is configured */
    const char *unkept; /* why the month's sum is not kept */
};

void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* Text in JSON, as a server would have said it:
 * names:  [["LCP","environment","dev","route","/a"], ...] in the namespace
 * points: {"p75.LCP":[[ms before now, value], ...], "n.LCP":12}; a bare number is one point
 * groups: ["/aws/lambda/x", ...]
 * events: [["id", ms before now, "line"], ...]
 * alarms: [{"name":"Errors", "state":"ALARM", "ago":60000, "reason":"...",
 *           "metric":["AWS/Lambda","Errors","FunctionName","f"], "stat":"Sum", "op":">",
 *           "threshold":1, "period":60, "n":3, "m":2, "missing":"notBreaching",
 *           "description":"..."}, ...];
 *         all but the name may be left out; a "rule" instead of a metric makes it a composite one
 * alarm events, newest first: [["alarm", "StateUpdate", ms before now, "summary", "OK", "ALARM"],
 *         ...]; the two states for a StateUpdate alone
 * functions: [["name", "nodejs24.x", memory in MB, timeout in s, ms before now it was changed],
 * ...]
 * costs: [[days before today, "Umami", "Analytics", "0.62"], ...]: a row of a bill that was asked
 *         two months back to today; dollars as text
 * budgets: [{"name":"b", "limit":"150", "project":"UserMetrics", "marks":["120.00"], ...}, ...]
 * insights: {"state":"complete", "columns":["a","b"], "rows":[["1",null], ...], "matched":1,
 *         "scanned":2, "bytes":3}; the state may be running, complete, cancelled, failed */
/* databases: clusters  [{"id":"shop", "members":[["shop-1",true],["shop-2",false]],
 *                        "group":"pg", "engine":"aurora-postgresql", "acu":[0.5,8],
 *                        "days":7}, ...], of which all but the id may be left out
 *            instances [{"id":"shop-1", "class":"db.t4g.medium", "resource":"db-A",
 *                        "insights":true}, ...], likewise
 *            events    [["shop-1", ms before now, "category", "message"], ...], newest first
 *            parameter a text, NULL when the group does not have it
 *            load      as points, by user; "" is all of them */
void stage_db_clusters(struct stage *stage, const char *key, const char *json);
void stage_db_instances(struct stage *stage, const char *key, const char *json);
void stage_db_events(struct stage *stage, const char *key, const char *json);
void stage_db_parameter(struct stage *stage, const char *key, const char *value);
void stage_names(struct stage *stage, const char *key, const char *namespace_name,
                 const char *json);
void stage_points(struct stage *stage, const char *key, const char *json);
void stage_groups(struct stage *stage, const char *key, const char *json);
void stage_events(struct stage *stage, const char *key, const char *group, const char *json);
void stage_alarms(struct stage *stage, const char *key, const char *json);
void stage_alarm_events(struct stage *stage, const char *key, const char *json);
void stage_functions(struct stage *stage, const char *key, const char *json);
/* tagged: [["arn", "Key=Value", ...], ...], which the schema judges
 * cost tags: [["Project", active?, ms before now it changed or 0], ...] */
void stage_tagged(struct stage *stage, const char *key, const char *json);
void stage_cost_tags(struct stage *stage, const char *key, const char *json);
/* services: [{"cluster":"obs", "name":"umami", "desired":2, "running":1, "pending":0, "failed":0,
 *         "rollout":"COMPLETED", "stopped":"...", "ago":60000}, ...]
 * targets: [{"name":"umami", "balancer":"app/x/1", "check":"/", "targets":2, "healthy":1,
 *         "starting":0, "leaving":0, "state":"unhealthy", "description":"..."}, ...] */
void stage_services(struct stage *stage, const char *key, const char *json);
void stage_targets(struct stage *stage, const char *key, const char *json);
void stage_insights(struct stage *stage, const char *key, const char *json);
void stage_costs(struct stage *stage, const char *key, const char *json);
void stage_budgets(struct stage *stage, const char *key, const char *json);
/* As a Umami server of version 3 answers it; `type` of UMAMI_METRICS, else NULL. "$now-5000" in it
 * is that many milliseconds before now, as a time. */
void stage_umami(struct stage *stage, const char *key, enum umami_topic topic, const char *type,
                 const char *json);
/* The list of sessions, newest first: [["4117...", ms before now it began, ms before now of its
 * last batch, pages, errors, "Chrome, Linux"], ...]; without the last three, one that was not read.
 */
void stage_sessions(struct stage *stage, const char *key, const char *json);
/* A session as it was read; copies its bytes. */
struct recording_read;
void stage_recording(struct stage *stage, const char *key, const struct recording_read *read);
void stage_json(struct stage *stage, const char *key, const char *json);
void stage_failure(struct stage *stage, const char *key, enum ask_kind kind, const char *sentence);

/* Everything said so far becomes the snapshot; asks and builds. */
void stage_show(struct stage *stage, void (*ask)(struct ask_list *asks, const struct view_query *q),
                void (*build)(struct model *out, struct arena *arena, const struct view_query *q));

const struct ask *stage_ask(const struct stage *stage, const char *key); /* or NULL */
const struct panel *stage_panel(const struct stage *stage, const char *name);
/* The cell of a panel's table by row key and column name; fails the test when there is none. */
const struct cell *stage_cell(const struct stage *stage, const char *panel, const char *row,
                              const char *column);

#endif
