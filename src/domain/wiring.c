/* wiring.c - the diagram as two tables, and the judgement over them.
 * SPDX-License-Identifier: MIT
 *
 * The diagram is the document's "Component Interaction Diagram", nodes A to S and the arrows in the
 * order they stand there. Most arrows inside the browser leave no trace of their own, but what
 * comes out at their end came through them: a web vital at its endpoint proves that the app started
 * the orchestrator and that this started the reporter. Such a proof is marked as implied.
 *
 * What reads CloudWatch cannot be told apart by what it publishes (AWS/Usage counts the calls of an
 * account, not who made them), and what searches OpenSearch neither, so Grafana's three arrows have
 * no proof. Platform lines (START, REPORT) count as log events too, which is why a function's log
 * group proves its logger only as far as that it runs and may write. */
#include "config.h"

#include "domain/wiring.h"

#include <math.h>
#include <stddef.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)

#define BY(wire) (1u << (wire))

const struct wiring_node_info wiring_nodes[WIRING_NODES] = {
    [WIRING_APP] = { "React App", "React App" },
    [WIRING_ORCHESTRATOR] = { "Tracking Orchestrator", "Orchestrator" },
    [WIRING_REPLAY_SDK] = { "OpenReplay SDK", "OpenReplay SDK" },
    [WIRING_ANALYTICS_SDK] = { "Umami SDK", "Umami SDK" },
    [WIRING_VITALS_REPORTER] = { "Web Vitals Reporter", "Vitals Reporter" },
    [WIRING_ERROR_REPORTER] = { "Error Reporter", "Error Reporter" },
    [WIRING_FUNCTIONS] = { "Lambda Functions", "Functions" },
    [WIRING_VITALS_ENDPOINT] = { "Web Vitals Endpoint", "Vitals Endpoint" },
    [WIRING_ERRORS_ENDPOINT] = { "Error Endpoint", "Error Endpoint" },
    [WIRING_EMF] = { "CloudWatch EMF", "EMF" },
    [WIRING_LOGGER] = { "Structured Logger", "Logger" },
    [WIRING_ANALYTICS] = { "Umami Analytics", "Umami" },
    [WIRING_REPLAY] = { "OpenReplay Backend", "OpenReplay" },
    [WIRING_DATABASE] = { "Aurora PostgreSQL", "Aurora" },
    [WIRING_RECORDINGS] = { "S3 Session Recordings", "S3 Recordings" },
    [WIRING_METRICS] = { "CloudWatch Metrics", "Metrics" },
    [WIRING_LOGS] = { "CloudWatch Logs", "Logs" },
    [WIRING_SEARCH] = { "OpenSearch", "OpenSearch" },
    [WIRING_DASHBOARDS] = { "Amazon Managed Grafana", "Grafana" },
};

#define VITALS_IN    (BY(WIRE_VITALS_CALLS) | BY(WIRE_VITALS_METRICS))
#define ERRORS_IN    (BY(WIRE_ERRORS_CALLS) | BY(WIRE_ERRORS_LOG))
#define ANALYTICS_IN (BY(WIRE_ANALYTICS_LOAD) | BY(WIRE_HITS))
#define READERS      "the calls of an account are counted, not who makes them"

/* clang-format off */
const struct wiring_edge wiring_edges[WIRING_EDGES] = {
    { WIRING_APP, WIRING_ORCHESTRATOR, "initializes",
      VITALS_IN | ERRORS_IN | ANALYTICS_IN | BY(WIRE_REPLAY_LOAD), NULL,
      "the app does not start its tracking, or nobody opens it", true, false },
    { WIRING_ORCHESTRATOR, WIRING_REPLAY_SDK, "loads", BY(WIRE_REPLAY_LOAD), NULL,
      "OpenReplay is not loaded: consent, sampling or an ad blocker", true, false },
    { WIRING_ORCHESTRATOR, WIRING_ANALYTICS_SDK, "loads", ANALYTICS_IN, NULL,
      "Umami's script is not loaded: its address or an ad blocker", true, false },
    { WIRING_ORCHESTRATOR, WIRING_VITALS_REPORTER, "initializes", VITALS_IN, NULL,
      "the reporter of web vitals is not started", true, false },
    { WIRING_ORCHESTRATOR, WIRING_ERROR_REPORTER, "initializes", ERRORS_IN, NULL,
      "no error was ever reported: provoke one to be sure", true, true },
    { WIRING_REPLAY_SDK, WIRING_REPLAY, "session data", BY(WIRE_REPLAY_LOAD), NULL,
      "no session reaches OpenReplay: its ingest point or CORS", false, false },
    { WIRING_ANALYTICS_SDK, WIRING_ANALYTICS, "analytics events", ANALYTICS_IN, NULL,
      "no page view reaches Umami: website id or CORS", false, false },
    { WIRING_VITALS_REPORTER, WIRING_VITALS_ENDPOINT, "metrics", VITALS_IN, NULL,
      "no web vital reaches its endpoint: its address, CORS or an ad blocker", false, false },
    { WIRING_ERROR_REPORTER, WIRING_ERRORS_ENDPOINT, "errors", ERRORS_IN, NULL,
      "no error was ever reported: provoke one to be sure", false, true },
    { WIRING_FUNCTIONS, WIRING_EMF, "uses", BY(WIRE_OTHER_METRICS), NULL,
      "no function publishes a metric of its own", false, false },
    { WIRING_FUNCTIONS, WIRING_LOGGER, "uses", BY(WIRE_OTHER_LOGS), NULL,
      "no other function writes to its log", false, false },
    { WIRING_VITALS_ENDPOINT, WIRING_EMF, "uses", BY(WIRE_VITALS_METRICS), NULL,
      "no web vital becomes a metric: see EMFValidationErrors", false, false },
    { WIRING_ERRORS_ENDPOINT, WIRING_LOGGER, "uses", BY(WIRE_ERRORS_LOG), NULL,
      "no error was ever logged by its endpoint", false, true },
    { WIRING_EMF, WIRING_METRICS, "publishes", BY(WIRE_VITALS_METRICS) | BY(WIRE_OTHER_METRICS),
      NULL, "no EMF document becomes a metric", false, false },
    { WIRING_LOGGER, WIRING_LOGS, "streams", BY(WIRE_ERRORS_LOG) | BY(WIRE_OTHER_LOGS), NULL,
      "no line arrives: the functions' roles may not write logs", false, false },
    { WIRING_ANALYTICS, WIRING_DATABASE, "stores", BY(WIRE_DATABASE_USERS), NULL,
      "Umami holds no connection to the database", false, false },
    { WIRING_REPLAY, WIRING_RECORDINGS, "stores", BY(WIRE_BUCKET), NULL,
      "the bucket of recordings does not grow", false, false },
    { WIRING_LOGS, WIRING_SEARCH, "subscription filter", BY(WIRE_FORWARDED), NULL,
      "no subscription filter forwards anything", false, true },
    { WIRING_DASHBOARDS, WIRING_METRICS, "queries", 0, READERS, NULL, false, false },
    { WIRING_DASHBOARDS, WIRING_LOGS, "queries", 0, READERS, NULL, false, false },
    { WIRING_DASHBOARDS, WIRING_SEARCH, "queries", 0,
      "OpenSearch counts searches, not who makes them", NULL, false, false },
};

#define MADE_UP "made up by the emulator's stack: no browser and no task was behind it"

/* A wire that is found by a name may go by another one, and then nothing is known. */
static const struct {
    int64_t late_ms;       /* a pause longer than this is one; 0: any is fine */
    bool is_made_up;       /* by an emulator, which has neither load balancers nor buckets */
    const char *local;     /* why an emulator has none; NULL: it has */
    const char *elsewhere; /* why there may be none though all is well; NULL: nothing ever came */
} wires[WIRES] = {
    [WIRE_VITALS_CALLS] = { 15 * MINUTE_MS, false, NULL, NULL },
    [WIRE_ERRORS_CALLS] = { 0, false, NULL, NULL },
    [WIRE_VITALS_METRICS] = { 15 * MINUTE_MS, false, NULL, NULL },
    [WIRE_OTHER_METRICS] = { 15 * MINUTE_MS, false, NULL, NULL },
    [WIRE_ERRORS_LOG] = { 0, false, NULL, NULL },
    [WIRE_OTHER_LOGS] = { 15 * MINUTE_MS, false, NULL, NULL },
    [WIRE_ANALYTICS_LOAD] = { 15 * MINUTE_MS, true, "no load balancer of Umami publishes here",
                              "no load balancer or target group has umami in its name" },
    [WIRE_REPLAY_LOAD] = { 15 * MINUTE_MS, true, "no load balancer of OpenReplay publishes here",
                           "no load balancer or target group has replay in its name" },
    [WIRE_DATABASE_USERS] = { 15 * MINUTE_MS, false,
                              "nobody publishes UserMetrics/Database by user",
                              "nobody publishes UserMetrics/Database by user" },
    [WIRE_BUCKET] = { 72 * HOUR_MS, true, "no bucket of recordings publishes here",
                      "no bucket has replay, recording or session in its name" },
    [WIRE_FORWARDED] = { HOUR_MS, false,
                         "the emulator keeps subscription filters and forwards nothing", NULL },
    [WIRE_HITS] = { 15 * MINUTE_MS, false, "Umami has no website yet", "Umami has no website yet" },
};
/* clang-format on */

static bool
is_invented(enum wiring_wire wire, bool is_emulator)
{
    return is_emulator && wires[wire].is_made_up;
}

/* What a stack file makes up proves itself, and nothing of what should have come before it. */
static bool
may_prove(const struct wiring_edge *edge, enum wiring_wire wire, bool is_emulator)
{
    return (edge->proofs & BY(wire)) != 0 && !(is_invented(wire, is_emulator) && edge->is_implied);
}

/* The wire that saw data last, of those that saw real data if there are any; WIRES: none did. */
static enum wiring_wire
newest_proof(const struct wiring_edge *edge, const struct wiring_evidence *evidence,
             bool is_emulator)
{
    enum wiring_wire newest = WIRES;

    for (enum wiring_wire w = 0; w < WIRES; w++) {
        if (!may_prove(edge, w, is_emulator) || evidence[w].last_ms == 0)
            continue;
        if (newest == WIRES || (is_invented(newest, is_emulator) && !is_invented(w, is_emulator)) ||
            (is_invented(newest, is_emulator) == is_invented(w, is_emulator) &&
             evidence[w].last_ms > evidence[newest].last_ms))
            newest = w;
    }
    return newest;
}

static struct wiring_state
judge_lit(const struct wiring_edge *edge, const struct wiring_evidence *evidence,
          enum wiring_wire wire, int64_t now_ms)
{
    int64_t quiet_ms = now_ms - evidence[wire].last_ms, most_ms = wires[wire].late_ms;
    bool is_late = most_ms > 0 && quiet_ms > most_ms && !edge->is_sporadic;

    return (struct wiring_state){ .verdict = is_late ? WIRING_LATE : WIRING_SEEN,
                                  .last_ms = evidence[wire].last_ms,
                                  .count = edge->is_implied ? (double)NAN : evidence[wire].count,
                                  .wire = wire,
                                  .why =
                                      evidence[wire].source != NULL ? evidence[wire].source : "" };
}

/* Why nothing can be concluded from a wire that told nothing; NULL: something can. */
static const char *
excuse_of(enum wiring_wire wire, const struct wiring_evidence *evidence, bool is_emulator)
{
    if (evidence[wire].failure != NULL)
        return evidence[wire].failure;
    if (evidence[wire].exists)
        return is_invented(wire, is_emulator) ? MADE_UP : NULL;
    return is_emulator ? wires[wire].local : wires[wire].elsewhere;
}

/* Nothing was seen. That may be because nothing can be, because nobody has answered, or because
 * nothing came: one wire that could have told is enough for the last. */
static struct wiring_state
judge_dark(const struct wiring_edge *edge, const struct wiring_evidence *evidence, bool is_emulator)
{
    struct wiring_state state = {
        .verdict = WIRING_UNSEEN, .count = (double)NAN, .wire = WIRES, .why = edge->unseen
    };

    for (enum wiring_wire w = 0; w < WIRES; w++) {
        const char *excuse = excuse_of(w, evidence, is_emulator);

        if ((edge->proofs & BY(w)) == 0)
            continue;
        if (!evidence[w].is_answered && evidence[w].failure == NULL)
            return (struct wiring_state){ .count = (double)NAN, .wire = WIRES, .why = "" };
        if (excuse == NULL) {
            state.verdict = WIRING_NEVER;
            state.wire = w;
        } else if (state.why == NULL)
            state.why = excuse;
    }
    if (state.verdict == WIRING_NEVER)
        state.why = edge->dark;
    return state;
}

static bool
is_fed(const struct wiring_state *states, enum wiring_node node)
{
    for (int i = 0; i < WIRING_EDGES; i++) {
        if (wiring_edges[i].to == node && states[i].verdict == WIRING_SEEN && !states[i].is_made_up)
            return true;
    }
    return false;
}

void
wiring_judge(struct wiring_state out[WIRING_EDGES], const struct wiring_evidence evidence[WIRES],
             int64_t now_ms, bool is_emulator)
{
    for (int i = 0; i < WIRING_EDGES; i++) {
        const struct wiring_edge *edge = &wiring_edges[i];
        enum wiring_wire wire = newest_proof(edge, evidence, is_emulator);

        out[i] = wire == WIRES ? judge_dark(edge, evidence, is_emulator)
                               : judge_lit(edge, evidence, wire, now_ms);
        out[i].is_made_up = wire != WIRES && is_invented(wire, is_emulator);
    }
    for (int i = 0; i < WIRING_EDGES; i++) {
        bool is_dark = out[i].verdict == WIRING_NEVER || out[i].verdict == WIRING_LATE;

        out[i].is_broken =
            is_dark && !wiring_edges[i].is_sporadic && is_fed(out, wiring_edges[i].from);
    }
}
