/* health_model.c - what the Health view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * One line a thing, the worst first: each function by its share of errors against the line of the
 * document's alarm (5 %), the alarms by state, API Gateway and CloudFront by 5xx, the intake of
 * logs, then obsview itself: the emulator's store and queue, and this screen's own source, cost and
 * answers. "since" is when the verdict of the newest step of time began to hold inside the range; a
 * verdict that is older than the range has none. A thing no wire tells of has no line. */
#include "config.h"

#include "base/json.h"
#include "tui/format.h"
#include "tui/views/buckets.h"
#include "tui/views/edge.h"
#include "tui/views/edges.h"
#include "tui/views/health_account.h"
#include "tui/views/known_alarms.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"
#include "tui/views/services.h"
#include "tui/views/things.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS         86400000
#define FUNCTIONS_FREE 80
#define FUNCTIONS_PAID 40
#define GROUPS_MOST    20
#define ALARMS_NAMED   5
#define LINE_SHARE     5.0 /* percent of calls that fail: the document's alarm */
#define STORE_WARN     0.8 /* of what it may grow to */
#define QUEUE_WARN     1000
#define SLACK_MS       1500 /* beyond two paces, before an answer counts as late */
#define SOURCE         "CloudWatch GetMetricData"

/* --- functions --- */

static const struct answer *
function_names(const struct view_query *q)
{
    return snapshot_answer(q->snapshot, "lambda.names");
}

/* Each function once: by its Errors. */
static bool
is_function(const struct view_query *q, const struct series_key *key)
{
    return strcmp(key->namespace_name, "AWS/Lambda") == 0 && strcmp(key->metric, "Errors") == 0 &&
           key->dims.count == 1 && strcmp(key->dims.dims[0].name, "FunctionName") == 0 &&
           function_is_wanted(q, key->dims.dims[0].value);
}

static const char *
name_of(const struct series_key *function)
{
    return function->dims.dims[0].value;
}

static const char *
id_of(struct arena *arena, const char *metric, const char *name)
{
    return arena_printf(arena, "%s.%s", metric, name);
}

static void
ask_functions(struct ask_list *asks, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = function_names(q);
    size_t left = q->snapshot != NULL && q->snapshot->is_emulator ? FUNCTIONS_FREE : FUNCTIONS_PAID;
    struct query_list queries = { .arena = arena };

    ask_list_add(asks, &(struct ask){ .key = "lambda.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .namespace_name = "AWS/Lambda" });
    for (size_t i = 0; names != NULL && i < names->name_count && left > 0; i++) {
        struct series_key key = names->names[i];

        if (!is_function(q, &key))
            continue;
        left--;
        query_add(&queries, id_of(arena, "Errors", name_of(&key)), &key, "Sum", view_step_s(q));
        key.metric = "Invocations";
        query_add(&queries, id_of(arena, "Invocations", name_of(&key)), &key, "Sum",
                  view_step_s(q));
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "health.functions",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
}

struct verdict {
    enum level level;
    int64_t since_ms; /* 0: before the range, or unknown */
    double share, calls;
};

static enum level
share_level(double share)
{
    return share > LINE_SHARE ? LEVEL_BAD : LEVEL_OK;
}

static double
errors_at(const struct series *errors, size_t i)
{
    return errors == NULL || i >= errors->count || isnan(errors->values[i]) ? 0 : errors->values[i];
}

/* Of the newest step with a call, and back as long as steps with calls say the same. */
static struct verdict
judge(const struct series *calls, const struct series *errors)
{
    struct verdict v = { .level = LEVEL_UNKNOWN };

    for (size_t i = calls == NULL ? 0 : calls->count; i > 0; i--) {
        double n = calls->values[i - 1];
        double share = n > 0 ? 100 * errors_at(errors, i - 1) / n : 0;

        if (!(n > 0))
            continue;
        if (v.level == LEVEL_UNKNOWN)
            v = (struct verdict){ .level = share_level(share), .share = share, .calls = n };
        if (share_level(share) != v.level)
            return v;
        v.since_ms = calls->from_ms + (int64_t)(i - 1) * calls->step_ms;
    }
    v.since_ms = 0; /* it held all the range long */
    return v;
}

static void
add_function(struct things *all, const struct view_query *q, const struct answer *answer,
             const char *name)
{
    struct arena *arena = all->arena;
    int32_t step = view_step_s(q);
    struct verdict v = judge(answer_series(arena, q, answer, id_of(arena, "Invocations", name),
                                           "calls", step, QUANTITY_COUNT),
                             answer_series(arena, q, answer, id_of(arena, "Errors", name), "errors",
                                           step, QUANTITY_COUNT));
    const char *what = "no calls in this range";
    struct row *row;

    if (v.level != LEVEL_UNKNOWN)
        what = arena_printf(arena, "%.1f %% of %s fail, line %.0f %%", v.share,
                            counted(arena, v.calls, "call"), LINE_SHARE);
    row = things_add(all, name, v.level, v.since_ms, what);
    row->open_view = "logs";
    row->open_key = arena_printf(arena, "/aws/lambda/%s", name);
}

static void
add_functions(struct things *all, const struct view_query *q)
{
    const struct answer *names = function_names(q);
    const struct answer *answer = snapshot_answer(q->snapshot, "health.functions");
    size_t left = q->snapshot != NULL && q->snapshot->is_emulator ? FUNCTIONS_FREE : FUNCTIONS_PAID;

    for (size_t i = 0; answer != NULL && names != NULL && i < names->name_count && left > 0; i++) {
        if (!is_function(q, &names->names[i]))
            continue;
        left--;
        add_function(all, q, answer, name_of(&names->names[i]));
    }
}

/* --- alarms, API, CDN --- */

/* "aurora-cpu, openreplay-tasks and 3 more": those in ALARM, of which the first are named. */
static const char *
ringing(struct arena *arena, const struct answer *answer)
{
    const char *text = "";
    size_t count = 0;

    for (size_t i = 0; i < answer->alarm_count; i++) {
        if (answer->alarms[i].state != ALARM_STATE_ALARM)
            continue;
        if (count++ < ALARMS_NAMED)
            text =
                arena_printf(arena, "%s%s%s", text, count > 1 ? ", " : "", answer->alarms[i].name);
    }
    return count <= ALARMS_NAMED
               ? text
               : arena_printf(arena, "%s and %zu more", text, count - ALARMS_NAMED);
}

static void
add_alarms(struct things *all, const struct view_query *q)
{
    const struct answer *answer = known_alarms_answer(q);
    size_t counts[ALARM_STATES];
    const struct alarm *worst;
    enum level level;
    const char *what;

    if (answer == NULL || answer->alarm_count == 0)
        return;
    known_alarms_count(q, counts, &worst);
    level = worst != NULL ? LEVEL_BAD : counts[ALARM_STATE_OK] == 0 ? LEVEL_UNKNOWN : LEVEL_OK;
    what = arena_printf(all->arena, "%zu ALARM, %zu OK, %zu no data", counts[ALARM_STATE_ALARM],
                        counts[ALARM_STATE_OK], counts[ALARM_STATE_NO_DATA]);
    if (worst != NULL)
        what = arena_printf(all->arena, "%s: %s", what, ringing(all->arena, answer));
    things_add(all, "alarms", level, worst != NULL ? alarm_since_ms(worst) : 0, what)->open_view =
        "alarms";
}

static void
add_edge(struct things *all, const struct view_query *q)
{
    struct arena *arena = all->arena;
    struct panel unused = { 0 };
    struct gateway_total apis;
    struct cdn_total cdn;

    gateway_build(&unused, arena, q, &apis);
    if (unused.grid->row_count > 0) {
        const char *what = "no requests in this range";

        if (apis.requests > 0)
            what = arena_printf(arena, "%.2f %% of %s are 5xx", apis.server_share,
                                counted(arena, apis.requests, "request"));
        things_add(all, "API Gateway",
                   apis.requests > 0 ? gateway_level(apis.server_share) : LEVEL_UNKNOWN, 0, what)
            ->open_view = "lambda";
    }
    if (cdn_build(&unused, arena, q, &cdn) && cdn.requests > 0)
        things_add(all, "CDN", gateway_level(cdn.server_share), 0,
                   arena_printf(arena, "%.2f %% of %s are 5xx%s", cdn.server_share,
                                counted(arena, cdn.requests, "request"), things_origin(q)))
            ->open_view = "lambda";
}

/* --- the intake of logs --- */

static bool
is_intake(const struct series_key *key)
{
    return strcmp(key->namespace_name, "AWS/Logs") == 0 &&
           strcmp(key->metric, "IncomingLogEvents") == 0 &&
           (key->dims.count == 0 ||
            (key->dims.count == 1 && dimension_value(&key->dims, "LogGroupName") != NULL));
}

/* The account's own sum where it is published, else that of its groups. */
static void
ask_intake(struct ask_list *asks, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, "logs.names");
    struct query_list queries = { .arena = arena };
    bool has_whole = false;

    ask_list_add(asks, &(struct ask){ .key = "logs.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .namespace_name = "AWS/Logs" });
    for (size_t i = 0; names != NULL && i < names->name_count; i++)
        has_whole |= is_intake(&names->names[i]) && names->names[i].dims.count == 0;
    for (size_t i = 0; names != NULL && i < names->name_count && queries.count < GROUPS_MOST; i++) {
        const struct series_key *key = &names->names[i];

        if (is_intake(key) && (key->dims.count == 0) == has_whole)
            query_add(&queries, arena_printf(arena, "%zu", queries.count), key, "Sum",
                      view_step_s(q));
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "health.logs",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
}

/* Whole steps without a line after one with lines are worth a look. */
static void
add_intake(struct things *all, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "health.logs");
    int64_t step_ms = (int64_t)view_step_s(q) * 1000, last_ms = 0, quiet_ms;
    double lines = 0;
    char age[FORMAT_TEXT];

    if (answer == NULL)
        return;
    for (size_t i = 0; i < answer->point_count; i++) {
        const struct metric_points *p = &answer->points[i];

        for (size_t k = 0; k < p->count; k++) {
            lines += p->values[k];
            if (p->values[k] > 0 && p->times_ms[k] > last_ms)
                last_ms = p->times_ms[k];
        }
    }
    quiet_ms = last_ms == 0 ? 0 : view_query_to_ms(q) - last_ms - step_ms;
    format_age(age, quiet_ms);
    if (last_ms == 0)
        things_add(all, "log intake", LEVEL_UNKNOWN, 0, "no line in this range");
    else if (quiet_ms > 2 * step_ms)
        things_add(all, "log intake", LEVEL_WARN, last_ms + step_ms,
                   arena_printf(all->arena, "no line for %s, after %s", age,
                                counted(all->arena, lines, "line")));
    else
        things_add(all, "log intake", LEVEL_OK, 0, counted(all->arena, lines, "line"));
    all->rows[all->count - 1].open_view = "logs";
}

/* --- obsview itself --- */

static void
add_emulator(struct things *all, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "health.obsview");
    const cJSON *store = answer == NULL ? NULL : json_get(answer->json, "store");
    double bytes = json_get_number(store, "bytes", 0), most = json_get_number(store, "maxBytes", 0);
    double queue = json_get_number(store, "queue", 0);
    bool is_full = cJSON_IsTrue(json_get(store, "diskFull"));
    char have[FORMAT_TEXT], may[FORMAT_TEXT];
    const char *what;

    if (store == NULL)
        return;
    format_quantity(have, bytes, QUANTITY_BYTES);
    format_quantity(may, most, QUANTITY_BYTES);
    what =
        most > 0 ? arena_printf(all->arena, "%s of %s", have, may) : arena_strdup(all->arena, have);
    if (is_full)
        what = arena_printf(all->arena, "the disk is full: nothing is kept (%s)", what);
    things_add(all, "obsview store",
               is_full                                 ? LEVEL_BAD
               : most > 0 && bytes > STORE_WARN * most ? LEVEL_WARN
                                                       : LEVEL_OK,
               0, what)
        ->open_view = "intake";
    things_add(all, "obsview queue", queue > QUEUE_WARN ? LEVEL_WARN : LEVEL_OK, 0,
               arena_printf(all->arena, "%s waiting", counted(all->arena, queue, "write")))
        ->open_view = "intake";
}

/* What fails because somebody wished it to is no surprise, but it must not be forgotten. */
static void
add_faults(struct things *all, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "health.obsview");
    const cJSON *list = answer == NULL ? NULL : json_get(answer->json, "faults"), *fault;

    cJSON_ArrayForEach(fault, list)
    {
        const char *rule = arena_strdup(all->arena, json_get_string(fault, "rule", "?"));

        things_add(all, "fault", LEVEL_WARN, 0,
                   arena_printf(all->arena, "%s, on purpose: %s so far", rule,
                                counted(all->arena, json_get_number(fault, "taken", 0), "time")))
            ->open_view = "intake";
    }
}

static void
add_source(struct things *all, const struct snapshot *snapshot)
{
    if (snapshot->state == SOURCE_FAILING)
        things_add(all, "source", LEVEL_BAD, 0,
                   snapshot->failure != NULL ? snapshot->failure : snapshot->source);
    else
        things_add(all, "source", snapshot->state == SOURCE_LIVE ? LEVEL_OK : LEVEL_UNKNOWN, 0,
                   snapshot->source);
}

static void
add_cost(struct things *all, const struct snapshot *snapshot)
{
    char session[FORMAT_TEXT], month[FORMAT_TEXT], limit[FORMAT_TEXT];
    bool has_limit = snapshot->limit_microusd > 0;
    const char *what;

    format_quantity(session, (double)snapshot->cost_microusd, QUANTITY_MICROUSD);
    format_quantity(month, (double)snapshot->cost_month_microusd, QUANTITY_MICROUSD);
    format_quantity(limit, (double)snapshot->limit_microusd, QUANTITY_MICROUSD);
    what = arena_printf(all->arena, "%s this session, %s a month at this pace%s%s", session, month,
                        has_limit ? ", limit " : "", has_limit ? limit : "");
    if (snapshot->is_spent && snapshot->limit_microusd == 0) /* as it was wished */
        things_add(all, "own cost", LEVEL_WARN, 0,
                   arena_printf(all->arena, "what costs is not asked: --max-spend 0 (%s)", what));
    else if (has_limit && snapshot->is_spent)
        things_add(
            all, "own cost", LEVEL_BAD, 0,
            arena_printf(all->arena, "the limit is spent: what costs is not asked (%s)", what));
    else if (snapshot->unkept != NULL)
        things_add(all, "own cost", LEVEL_WARN, 0,
                   arena_printf(all->arena, "the month's sum is not kept: %s (%s)",
                                snapshot->unkept, what));
    else
        things_add(all, "own cost", has_limit && snapshot->slowness > 1 ? LEVEL_WARN : LEVEL_OK, 0,
                   what);
}

/* How old the oldest of what is on screen is, and what cannot be had. */
static void
add_answers(struct things *all, const struct view_query *q)
{
    const struct snapshot *snapshot = q->snapshot;
    const struct answer *oldest = NULL, *failed = NULL;
    int64_t oldest_ms = 0;
    size_t failures = 0;
    char age[FORMAT_TEXT];
    bool is_late;

    for (size_t i = 0; i < snapshot->answer_count; i++) {
        const struct answer *a = snapshot->answers[i];
        int64_t known_ms = snapshot_known_ms(snapshot, a);

        if (a->failure != NULL && !(a->kind == ASK_FUNCTIONS && snapshot->is_emulator) &&
            !(a->kind == ASK_UMAMI && snapshot->lacks_umami)) {
            failures++;
            failed = failed == NULL ? a : failed;
        }
        if (a->got_ms != 0 && (oldest == NULL || known_ms < oldest_ms)) {
            oldest = a;
            oldest_ms = known_ms;
        }
    }
    if (failed != NULL) {
        things_add(all, "answers", oldest == NULL ? LEVEL_BAD : LEVEL_WARN, 0,
                   arena_printf(all->arena, "%zu of %zu fail: %s", failures, snapshot->answer_count,
                                failed->failure));
        return;
    }
    if (oldest == NULL)
        return;
    is_late = q->now_ms - oldest_ms > 2 * oldest->pace_ms + SLACK_MS;
    format_age(age, q->now_ms - oldest_ms);
    things_add(all, "answers", is_late ? LEVEL_WARN : LEVEL_OK, is_late ? oldest_ms : 0,
               arena_printf(all->arena, "the oldest of %zu is %s old (%s)", snapshot->answer_count,
                            age, oldest->key));
}

/* --- all of it --- */

void
health_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct view_query quiet = *q;

    quiet.is_behind = true; /* of the alarms, their states alone */
    ask_functions(asks, arena, q);
    known_alarms_ask(asks, &quiet);
    gateway_ask(asks, q);
    cdn_ask(asks, q);
    ask_intake(asks, arena, q);
    services_ask(asks, q);
    health_ask_account(asks, q);
    if (edges_are_asked(q)) {
        edges_ask(asks, q);
        buckets_ask(asks, q);
    }
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_list_add(asks, &(struct ask){ .key = "health.obsview",
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = DAY_MS },
                                          .path = "/_obsview/health" });
    arena_free(arena);
}

static void
add_sources(struct panel *panel, const struct view_query *q)
{
    static const char *const keys[] = {
        "lambda.names", "health.functions", "health.services", "health.targets", "alarms",
        "api.names",    "api.now",          "cdn.names",       "cdn.now",        "logs.names",
        "health.logs",  "health.obsview",   "health.buckets",
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, keys[i]));
}

/* One line for all wires: where the data stops. The others are in their own panel. */
static void
add_broken(struct things *all, const struct edges *edges)
{
    const struct wiring_edge *first = edges->broken;
    const char *others = edges->broken_count > 1
                             ? arena_printf(all->arena, ", %zu more", edges->broken_count - 1)
                             : "";

    if (first == NULL)
        return;
    things_add(all, "edges", LEVEL_BAD, 0,
               arena_printf(all->arena, "nothing goes from %s to %s%s: %s",
                            wiring_nodes[first->from].name, wiring_nodes[first->to].name, others,
                            first->dark));
}

static void
add_all(struct things *all, const struct view_query *q, const struct edges *edges)
{
    add_functions(all, q);
    services_add(all, q, edges);
    buckets_add(all, q);
    health_add_account(all, q);
    add_alarms(all, q);
    add_edge(all, q);
    add_intake(all, q);
    if (edges_are_asked(q))
        add_broken(all, edges);
    add_emulator(all, q);
    add_faults(all, q);
    if (q->snapshot == NULL)
        return;
    add_source(all, q->snapshot);
    add_cost(all, q->snapshot);
    add_answers(all, q);
}

void
health_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct things all = { .arena = arena };
    struct panel *panels = arena_alloc(arena, 2 * sizeof *panels);
    struct edges edges;

    model_begin(out, q);
    edges_find(&edges, arena, q);
    add_all(&all, q, &edges);
    things_build(&panels[0], &all);
    add_sources(&panels[0], q);
    edges_build(&panels[1], arena, q, &edges);
    out->panels = panels;
    out->panel_count = 2;
    out->attention = (unsigned)all.by_level[LEVEL_BAD];
    out->attention_level = out->attention > 0 ? LEVEL_BAD : LEVEL_NONE;
}
