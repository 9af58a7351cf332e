/* edges_model.c - what the wires of the component diagram are asked, and what they say.
 * SPDX-License-Identifier: MIT
 *
 * Names first, numbers then: ListMetrics tells which series there are, and those that a wire is
 * known by (a namespace, a function, a log group, a load balancer with a word in its name) are
 * counted over the range. Of one metric the series with the fewest dimensions is the whole, the
 * others are its parts. What was quiet all the range long is asked once more, by the hour, as far
 * back as ListMetrics remembers a series (two weeks): a wire that is silent there was never seen.
 *
 * The numbers of an account are asked every five minutes and the past every hour, and nothing of it
 * while another view is open. The bucket of recordings is told once a day by S3, so what proves
 * anything is that the number of its objects grew from one day to the next. */
#include "config.h"

#include "tui/views/edges.h"

#include "domain/web_vitals.h"
#include "tui/views/parts.h"
#include "tui/views/vital_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS    INT64_C(60000)
#define HOUR_MS      (60 * MINUTE_MS)
#define DAY_MS       (24 * HOUR_MS)
#define PAST_MS      (14 * DAY_MS)
#define NAMES_MS     (5 * MINUTE_MS)
#define NOW_PACE_MS  (5 * MINUTE_MS)
#define PAST_PACE_MS HOUR_MS
#define DAY_PACE_MS  (6 * HOUR_MS)
#define SERIES_MOST  12 /* of a wire */
#define SOURCE       "CloudWatch ListMetrics, GetMetricData"

#define LAMBDA_GROUPS "/aws/lambda/"

/* --- which series tell of a wire --- */

typedef bool series_test(const struct view_query *q, const struct series_key *key);

static const char *
function_of(const struct view_query *q, const struct series_key *key)
{
    const char *name = dimension_value(&key->dims, "FunctionName");

    return key->dims.count == 1 && name != NULL && function_is_wanted(q, name) ? name : NULL;
}

static bool
calls_vitals(const struct view_query *q, const struct series_key *key)
{
    const char *name = function_of(q, key);

    return name != NULL && has_word(name, "vital");
}

static bool
calls_errors(const struct view_query *q, const struct series_key *key)
{
    const char *name = function_of(q, key);

    return name != NULL && has_word(name, "error");
}

static bool
is_vital(const struct view_query *q, const struct series_key *key)
{
    (void)q;
    return strcmp(key->namespace_name, WEB_VITALS_NAMESPACE) == 0;
}

/* Of an emulator all namespaces are known, of an account the one that was asked for. */
static bool
is_own_metric(const struct view_query *q, const struct series_key *key)
{
    return strncmp(key->namespace_name, "AWS/", 4) != 0 && !is_vital(q, key) &&
           strcmp(key->namespace_name, "UserMetrics/Database") != 0 &&
           strcmp(key->namespace_name, "ECS/ContainerInsights") != 0;
}

static const char *
group_of(const struct view_query *q, const struct series_key *key)
{
    const char *name = dimension_value(&key->dims, "LogGroupName");
    bool is_wanted = name != NULL && strncmp(name, LAMBDA_GROUPS, strlen(LAMBDA_GROUPS)) == 0 &&
                     (q->names == NULL || name_is_wanted(q->names->log_groups, name));

    return key->dims.count == 1 && is_wanted ? name : NULL;
}

static bool
logs_errors(const struct view_query *q, const struct series_key *key)
{
    const char *name = group_of(q, key);

    return name != NULL && has_word(name, "error");
}

static bool
logs_others(const struct view_query *q, const struct series_key *key)
{
    const char *name = group_of(q, key);

    return name != NULL && !has_word(name, "error") && !has_word(name, "vital");
}

static bool
has_dimension_with(const struct series_key *key, const char *word)
{
    for (size_t i = 0; i < key->dims.count; i++) {
        if (has_word(key->dims.dims[i].value, word))
            return true;
    }
    return false;
}

static bool
is_umami(const struct view_query *q, const struct series_key *key)
{
    (void)q;
    return has_dimension_with(key, "umami");
}

static bool
is_replay(const struct view_query *q, const struct series_key *key)
{
    (void)q;
    return has_dimension_with(key, "replay");
}

bool
edges_are_recordings(const struct series_key *key)
{
    return has_dimension_with(key, "replay") || has_dimension_with(key, "recording") ||
           has_dimension_with(key, "session");
}

static bool
is_recordings(const struct view_query *q, const struct series_key *key)
{
    (void)q;
    return edges_are_recordings(key);
}

static bool
is_any(const struct view_query *q, const struct series_key *key)
{
    (void)q;
    (void)key;
    return true;
}

struct rule {
    const char *names;  /* the key of the answer with its names */
    const char *metric; /* NULL: any */
    const char *stat;
    series_test *is_it;
    const char *view; /* that shows it; NULL: none */
};

#define CUSTOM   "edges.custom"
#define DATABASE "edges.database"
#define BALANCER "edges.balancers"

/* clang-format off */
static const struct rule rules[WIRES] = {
    [WIRE_VITALS_CALLS] =   { "lambda.names", "Invocations", "Sum", calls_vitals, "lambda" },
    [WIRE_ERRORS_CALLS] =   { "lambda.names", "Invocations", "Sum", calls_errors, "lambda" },
    [WIRE_VITALS_METRICS] = { "vitals.names", NULL, "SampleCount", is_vital, "vitals" },
    [WIRE_OTHER_METRICS] =  { CUSTOM, NULL, "SampleCount", is_own_metric, "lambda" },
    [WIRE_ERRORS_LOG] =     { "logs.names", "IncomingLogEvents", "Sum", logs_errors, "errors" },
    [WIRE_OTHER_LOGS] =     { "logs.names", "IncomingLogEvents", "Sum", logs_others, "logs" },
    [WIRE_ANALYTICS_LOAD] = { BALANCER, "RequestCount", "Sum", is_umami, NULL },
    [WIRE_REPLAY_LOAD] =    { BALANCER, "RequestCount", "Sum", is_replay, NULL },
    [WIRE_DATABASE_USERS] = { DATABASE, NULL, "Maximum", is_umami, "aurora" },
    [WIRE_BUCKET] =         { EDGES_BUCKETS, "NumberOfObjects", "Average", is_recordings, NULL },
    [WIRE_FORWARDED] =      { "logs.names", "ForwardedLogEvents", "Sum", is_any, "logs" },
    [WIRE_HITS] =           { .view = "analytics" }, /* not of CloudWatch */
};
/* clang-format on */

struct found {
    const struct series_key *keys[SERIES_MOST];
    size_t count;
    size_t left_out;
};

static void
find_series(struct found *out, enum wiring_wire wire, const struct view_query *q)
{
    const struct rule *rule = &rules[wire];
    const struct answer *names = snapshot_answer(q->snapshot, rule->names);
    size_t fewest = SIZE_MAX;

    *out = (struct found){ .count = 0 };
    for (size_t i = 0; names != NULL && i < names->name_count; i++) {
        const struct series_key *key = &names->names[i];

        if ((rule->metric != NULL && strcmp(key->metric, rule->metric) != 0) ||
            !rule->is_it(q, key) || key->dims.count > fewest)
            continue;
        if (key->dims.count < fewest)
            *out = (struct found){ .count = 0 };
        fewest = key->dims.count;
        if (out->count == SERIES_MOST)
            out->left_out++;
        else
            out->keys[out->count++] = key;
    }
}

/* --- asking --- */

static const char *
id_of(struct arena *arena, enum wiring_wire wire, const struct series_key *key)
{
    const char *id = arena_printf(arena, "%d %s %s", (int)wire, key->namespace_name, key->metric);

    for (size_t i = 0; i < key->dims.count; i++)
        id = arena_printf(arena, "%s %s=%s", id, key->dims.dims[i].name, key->dims.dims[i].value);
    return id;
}

static bool
is_emulator(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator;
}

bool
edges_are_asked(const struct view_query *q)
{
    return !q->is_behind || is_emulator(q);
}

static void
ask_names(struct ask_list *asks, const char *key, const char *namespace_name)
{
    ask_list_add(asks, &(struct ask){ .key = key,
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = NAMES_MS,
                                      .namespace_name = namespace_name });
}

static void
add_wire(struct query_list *list, enum wiring_wire wire, const struct found *found,
         int32_t period_s)
{
    for (size_t i = 0; i < found->count; i++)
        query_add(list, id_of(list->arena, wire, found->keys[i]), found->keys[i], rules[wire].stat,
                  period_s);
}

static void
ask_queries(struct ask_list *asks, const char *key, const struct query_list *list,
            struct range range, int64_t pace_ms)
{
    if (list->count > 0)
        ask_list_add(asks, &(struct ask){ .key = key,
                                          .kind = ASK_METRICS,
                                          .range = range,
                                          .pace_ms = pace_ms,
                                          .queries = list->items,
                                          .query_count = list->count });
}

/* The newest moment with a value above 0, 0: there is none. */
static int64_t
newest_ms(const struct metric_points *points, int64_t period_ms, int64_t to_ms)
{
    for (size_t i = points == NULL ? 0 : points->count; i > 0; i--) {
        if (points->values[i - 1] > 0) {
            int64_t end_ms = points->times_ms[i - 1] + period_ms;

            return end_ms < to_ms ? end_ms : to_ms;
        }
    }
    return 0;
}

static bool
was_quiet(struct arena *arena, const struct view_query *q, enum wiring_wire wire,
          const struct found *found)
{
    const struct answer *now = snapshot_answer(q->snapshot, "edges.now");

    if (now == NULL || now->got_ms == 0)
        return false;
    for (size_t i = 0; i < found->count; i++) {
        const struct metric_points *points = answer_points(now, id_of(arena, wire, found->keys[i]));

        if (points == NULL || newest_ms(points, 0, INT64_MAX) != 0)
            return false;
    }
    return found->count > 0;
}

/* How long ago something came is wanted to the minute where that is not too many of them. */
static int64_t
now_step_ms(const struct view_query *q)
{
    return q->range.span_ms <= 3 * HOUR_MS ? MINUTE_MS : (int64_t)view_step_s(q) * 1000;
}

/* An emulator answers to every change, and its two weeks need not be read for each: a window that
 * stands still is asked once a minute. */
static struct range
past_range(const struct view_query *q)
{
    struct range past = { .span_ms = PAST_MS, .to_ms = q->range.to_ms };

    if (is_emulator(q) && past.to_ms == 0)
        past.to_ms = q->now_ms - q->now_ms % HOUR_MS + HOUR_MS;
    return past;
}

void
edges_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct query_list now = { .arena = arena }, past = { .arena = arena },
                      days = { .arena = arena };
    struct found found;

    vital_sets_ask(asks);
    ask_names(asks, "lambda.names", "AWS/Lambda");
    ask_names(asks, "logs.names", "AWS/Logs");
    ask_names(asks, CUSTOM, is_emulator(q) ? NULL : "UserMetrics/Lambda");
    ask_names(asks, DATABASE, "UserMetrics/Database");
    ask_names(asks, BALANCER, "AWS/ApplicationELB");
    ask_names(asks, EDGES_BUCKETS, "AWS/S3");
    edges_ask_hits(asks, q);
    for (enum wiring_wire w = 0; w < WIRES; w++) {
        if (w == WIRE_HITS)
            continue;
        find_series(&found, w, q);
        if (w == WIRE_BUCKET) {
            add_wire(&days, w, &found, (int32_t)(DAY_MS / 1000));
            continue;
        }
        add_wire(&now, w, &found, (int32_t)(now_step_ms(q) / 1000));
        if (was_quiet(arena, q, w, &found))
            add_wire(&past, w, &found, (int32_t)(HOUR_MS / 1000));
    }
    ask_queries(asks, "edges.now", &now, q->range, NOW_PACE_MS);
    ask_queries(asks, "edges.past", &past, past_range(q), PAST_PACE_MS);
    ask_queries(asks, "edges.days", &days, (struct range){ .span_ms = PAST_MS }, DAY_PACE_MS);
    arena_free(arena);
}

/* --- what was answered --- */

static void
take_failure(struct wiring_evidence *out, const struct answer *answer)
{
    if (answer != NULL && answer->got_ms == 0 && out->failure == NULL)
        out->failure = answer->failure;
}

/* "AWS/Lambda Invocations of obsview-dev-web-vitals" */
static const char *
source_of(struct arena *arena, enum wiring_wire wire, const struct found *found)
{
    const struct series_key *key = found->keys[0];
    const char *metric = rules[wire].metric != NULL ? key->metric : "";
    const char *of = key->dims.count == 0 ? "" : key->dims.dims[key->dims.count - 1].value;
    size_t others = found->count + found->left_out - 1;
    bool names_one = rules[wire].metric != NULL && *of != '\0';
    const char *text =
        arena_printf(arena, "%s%s%s", key->namespace_name, *metric == '\0' ? "" : " ", metric);

    if (names_one)
        text = arena_printf(arena, "%s of %s", text, of);
    if (names_one && others > 0)
        text = arena_printf(arena, "%s and %zu more", text, others);
    return text;
}

/* Adds what the points of a series tell; false: they are not there yet. */
static bool
take_points(struct wiring_evidence *out, const struct answer *answer, const char *id,
            int64_t period_ms, int64_t to_ms)
{
    const struct metric_points *points = answer == NULL ? NULL : answer_points(answer, id);
    int64_t at_ms = newest_ms(points, period_ms, to_ms);

    if (points == NULL || answer->got_ms == 0)
        return false;
    if (at_ms > out->last_ms)
        out->last_ms = at_ms;
    return true;
}

static double
sum_of(const struct metric_points *points)
{
    double sum = 0;

    for (size_t i = 0; points != NULL && i < points->count; i++)
        sum += points->values[i];
    return sum;
}

/* The last day on which there were more objects than the day before. */
static void
take_growth(struct wiring_evidence *out, const struct answer *answer, const char *id, int64_t to_ms)
{
    const struct metric_points *points = answer == NULL ? NULL : answer_points(answer, id);

    out->is_answered = points != NULL && answer->got_ms != 0;
    out->count = (double)NAN;
    for (size_t i = 1; points != NULL && i < points->count; i++) {
        int64_t end_ms = points->times_ms[i] + DAY_MS;

        if (points->values[i] > points->values[i - 1])
            out->last_ms = end_ms < to_ms ? end_ms : to_ms;
    }
}

static void
take_counts(struct wiring_evidence *out, struct arena *arena, const struct view_query *q,
            enum wiring_wire wire, const struct found *found)
{
    const struct answer *now = snapshot_answer(q->snapshot, "edges.now");
    const struct answer *past = snapshot_answer(q->snapshot, "edges.past");
    int64_t to_ms = view_query_to_ms(q);
    bool is_quiet;

    out->is_answered = true;
    for (size_t i = 0; i < found->count; i++) {
        const char *id = id_of(arena, wire, found->keys[i]);

        out->is_answered &= take_points(out, now, id, now_step_ms(q), to_ms);
        out->count += sum_of(now == NULL ? NULL : answer_points(now, id));
    }
    is_quiet = out->is_answered && out->last_ms == 0;
    for (size_t i = 0; is_quiet && i < found->count; i++)
        out->is_answered &=
            take_points(out, past, id_of(arena, wire, found->keys[i]), HOUR_MS, to_ms);
    take_failure(out, now);
    if (is_quiet)
        take_failure(out, past);
    if (wire == WIRE_DATABASE_USERS)
        out->count = (double)NAN; /* connections are not events */
}

static void
find_evidence(struct wiring_evidence *out, struct arena *arena, const struct view_query *q,
              enum wiring_wire wire)
{
    const struct answer *names = snapshot_answer(q->snapshot, rules[wire].names);
    struct found found;

    *out = (struct wiring_evidence){ .count = 0 };
    find_series(&found, wire, q);
    out->exists = found.count > 0;
    if (!out->exists) {
        out->is_answered = names != NULL && names->got_ms != 0;
        take_failure(out, names);
        return;
    }
    out->source = source_of(arena, wire, &found);
    if (wire == WIRE_BUCKET) {
        const struct answer *days = snapshot_answer(q->snapshot, "edges.days");

        take_growth(out, days, id_of(arena, wire, found.keys[0]), view_query_to_ms(q));
        take_failure(out, days);
    } else
        take_counts(out, arena, q, wire, &found);
}

void
edges_find(struct edges *out, struct arena *arena, const struct view_query *q)
{
    *out = (struct edges){ .broken = NULL };
    for (enum wiring_wire w = 0; w < WIRES; w++) {
        if (w != WIRE_HITS)
            find_evidence(&out->evidence[w], arena, q, w);
    }
    edges_take_hits(&out->evidence[WIRE_HITS], arena, q);
    wiring_judge(out->states, out->evidence, view_query_to_ms(q), is_emulator(q));
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        const struct wiring_state *state = &out->states[i];

        out->by_verdict[state->verdict]++;
        if (!state->is_broken)
            continue;
        out->broken_count++;
        if (out->broken == NULL)
            out->broken = &wiring_edges[i];
    }
}

/* --- on screen --- */

enum { FROM, TO, STATE, LAST, RATE, WHY, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [FROM] =  { .name = "from", .kind = CELL_TEXT, .max_width = 22, .is_in_summary = true },
    [TO] =    { .name = "to", .kind = CELL_TEXT, .max_width = 22, .is_in_summary = true },
    [STATE] = { .name = "state", .kind = CELL_TEXT, .is_in_summary = true },
    [LAST] =  { .name = "last", .kind = CELL_TIME, .priority = 1 },
    [RATE] =  { .name = "a minute", .kind = CELL_NUMBER, .quantity = QUANTITY_PLAIN, .priority = 3 },
    [WHY] =   { .name = "evidence", .kind = CELL_TEXT, .min_width = 16, .priority = 2, .is_flexible = true },
};

/* Each state is a word and a mark too, for screens and people without colour. */
static const struct {
    const char *word;
    enum level level, row;
} words[WIRING_UNSEEN + 1] = {
    [WIRING_WAITING] = { "not asked yet", LEVEL_NONE, LEVEL_NONE },
    [WIRING_SEEN] =    { "seen", LEVEL_OK, LEVEL_NONE },
    [WIRING_LATE] =    { "late", LEVEL_WARN, LEVEL_WARN },
    [WIRING_NEVER] =   { "never seen", LEVEL_BAD, LEVEL_BAD },
    [WIRING_UNSEEN] =  { "cannot be seen", LEVEL_UNKNOWN, LEVEL_NONE },
};
/* clang-format on */

/* The first wire that could prove it, where none did. */
static enum wiring_wire
wire_of(const struct wiring_edge *edge, const struct wiring_state *state)
{
    enum wiring_wire w = state->wire;

    if (w != WIRES)
        return w;
    for (w = 0; w < WIRES && (edge->proofs & 1u << w) == 0;)
        w++;
    return w;
}

static const char *
why_text(struct arena *arena, const struct wiring_edge *edge, const struct wiring_state *state)
{
    if (state->is_broken)
        return arena_printf(arena, "here it stops: %s", edge->dark);
    if (state->is_made_up)
        return arena_printf(arena, "%s, simulated", state->why);
    if (state->verdict == WIRING_LATE)
        return arena_printf(arena, "quiet: %s", state->why);
    if (state->verdict == WIRING_SEEN && edge->is_implied)
        return arena_printf(arena, "implied by %s", state->why);
    return state->why;
}

static void
fill_row(struct row *row, struct arena *arena, const struct view_query *q, size_t at,
         const struct wiring_state *state)
{
    const struct wiring_edge *edge = &wiring_edges[at];
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    enum wiring_wire wire = wire_of(edge, state);
    const char *view = wire == WIRES ? NULL : rules[wire].view;
    double rate = state->count * (double)MINUTE_MS / (double)q->range.span_ms;

    cells[FROM] = cell_text(wiring_nodes[edge->from].short_name, LEVEL_NONE);
    cells[TO] = cell_text(wiring_nodes[edge->to].short_name, LEVEL_NONE);
    cells[STATE] = cell_text(words[state->verdict].word, words[state->verdict].level);
    cells[LAST] = cell_age(state->last_ms);
    if (!isnan(rate))
        cells[RATE] = cell_number(rate, QUANTITY_PLAIN, LEVEL_NONE);
    cells[WHY] = cell_text(why_text(arena, edge, state), LEVEL_NONE);
    *row = (struct row){ .key = arena_printf(arena, "%s > %s", wiring_nodes[edge->from].short_name,
                                             wiring_nodes[edge->to].short_name),
                         .cells = cells,
                         .level = words[state->verdict].row,
                         .open_view = view != NULL && view_find(view) != NULL ? view : NULL };
}

static void
add_sources(struct panel *panel, const struct view_query *q)
{
    static const char *const keys[] = { "lambda.names", "logs.names", "vitals.names", CUSTOM,
                                        DATABASE,       BALANCER,     EDGES_BUCKETS };
    const struct answer *now = snapshot_answer(q->snapshot, "edges.now");

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, keys[i]));
    if (now != NULL)
        panel_source(panel, SOURCE, q, now);
}

void
edges_build(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct edges *edges)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, WIRING_EDGES * sizeof *rows);
    bool has_any =
        edges->by_verdict[WIRING_WAITING] + edges->by_verdict[WIRING_UNSEEN] < WIRING_EDGES;

    for (size_t i = 0; i < WIRING_EDGES; i++)
        fill_row(&rows[i], arena, q, i, &edges->states[i]);
    *grid = (struct grid){ .name = "edges",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = has_any ? WIRING_EDGES : 0,
                           .sort_column = -1,
                           .empty = "no wire has been asked yet" };
    panel->name = "edges";
    panel->title = "edges";
    panel->note = arena_printf(arena, "%zu seen, %zu late, %zu never seen, %zu cannot be seen",
                               edges->by_verdict[WIRING_SEEN], edges->by_verdict[WIRING_LATE],
                               edges->by_verdict[WIRING_NEVER], edges->by_verdict[WIRING_UNSEEN]);
    panel->grid = grid;
    add_sources(panel, q);
}
