/* models.h - the ask and build functions of the views, and the parts they share.
 * SPDX-License-Identifier: MIT
 *
 * Each pair lives in views/<name>_model.c. Panels by name, because layouts know them by it:
 *   vitals    metrics, spread, routes
 *   errors    groups; group, stack, sessions, components follow the cursor; with a key, that group
 *   analytics summary, active, pages, referrers, events, countries, devices, websites (of several),
 *             hits
 *   sessions  sessions; events, timeline, message (of the one entered; where looking is free, under
 *             the cursor), of which the message follows the cursor of the events
 *   lambda    functions, function (follows the cursor), api, cdn
 *   aurora    clusters (when there are several and none is entered), measures, cluster, cpu,
 *             connections, users, change (when a time is marked or something was deployed), events
 *   alarms    alarms; alarm, children (of a composite one), history follow the cursor; with a key,
 *             that alarm
 *   tags      resources, types, rules, activation; resource (follows the cursor; with a key, that
 *             one)
 *   logs      lines, levels (with a key: that log group, else all); groups; line (follows the
 *             cursor); insights (while a query is typed, and when it was run)
 *   health    things, edges
 *   privacy   leaks; leak, places (follow the cursor; with a key, that leak); review
 *   intake    requests, request (follows the cursor; with a key, that request with headers, body)
 *   overview  vitals, errors, analytics, lambda, alarms, events, intake */
#ifndef OV_TUI_VIEWS_MODELS_H
#define OV_TUI_VIEWS_MODELS_H

#include "tui/view.h"

void overview_ask(struct ask_list *asks, const struct view_query *q);
void overview_build(struct model *out, struct arena *arena, const struct view_query *q);
void vitals_ask(struct ask_list *asks, const struct view_query *q);
void vitals_build(struct model *out, struct arena *arena, const struct view_query *q);
void errors_ask(struct ask_list *asks, const struct view_query *q);
/* The reports alone, for views beside it. */
void errors_ask_reports(struct ask_list *asks, const struct view_query *q);
void errors_build(struct model *out, struct arena *arena, const struct view_query *q);
void analytics_ask(struct ask_list *asks, const struct view_query *q);
void analytics_build(struct model *out, struct arena *arena, const struct view_query *q);
void sessions_ask(struct ask_list *asks, const struct view_query *q);
void sessions_build(struct model *out, struct arena *arena, const struct view_query *q);
void lambda_ask(struct ask_list *asks, const struct view_query *q);
void lambda_build(struct model *out, struct arena *arena, const struct view_query *q);
void aurora_ask(struct ask_list *asks, const struct view_query *q);
void aurora_build(struct model *out, struct arena *arena, const struct view_query *q);
void alarms_ask(struct ask_list *asks, const struct view_query *q);
void alarms_build(struct model *out, struct arena *arena, const struct view_query *q);
void costs_ask(struct ask_list *asks, const struct view_query *q);
void costs_build(struct model *out, struct arena *arena, const struct view_query *q);
void logs_ask(struct ask_list *asks, const struct view_query *q);
void logs_build(struct model *out, struct arena *arena, const struct view_query *q);
void health_ask(struct ask_list *asks, const struct view_query *q);
void health_build(struct model *out, struct arena *arena, const struct view_query *q);
void tags_ask(struct ask_list *asks, const struct view_query *q);
void tags_build(struct model *out, struct arena *arena, const struct view_query *q);
void privacy_ask(struct ask_list *asks, const struct view_query *q);
void privacy_build(struct model *out, struct arena *arena, const struct view_query *q);
void intake_ask(struct ask_list *asks, const struct view_query *q);
void intake_build(struct model *out, struct arena *arena, const struct view_query *q);

#endif
