/* alarms_model.c - what the Alarms view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * DescribeAlarms gives the alarms, their rules and states; what each measures now is asked with its
 * own metrics at its own period, because a sum over five minutes says nothing about a limit on a
 * sum over one. Alarms on a single metric share a question for each period; an alarm on metric math
 * has one of its own, since its ids mean something in its own expression only. Of what came back,
 * the newest whole period counts, as it does for CloudWatch. Read-only: nothing here sets a state.
 */
#include "config.h"

#include "domain/alarm_rule.h"
#include "tui/views/alarm_query.h"
#include "tui/views/deploys.h"
#include "tui/views/known_alarms.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_FREE 200
#define VALUES_PAID 40 /* a metric each, at least */
#define SOURCE      "CloudWatch DescribeAlarms"
#define DATA_SOURCE "CloudWatch GetMetricData"

static int64_t
looks_back_ms(const struct alarm *alarm)
{
    return ((int64_t)alarm_evaluation_range(&alarm->rule) + 1) * alarm_query_period_s(alarm) * 1000;
}

/* --- asking --- */

static const char *
now_key(struct arena *arena, const struct alarm *alarm)
{
    if (alarm_query_is_single(alarm))
        return arena_printf(arena, "alarms.now.%d", (int)alarm_query_period_s(alarm));
    return arena_printf(arena, "alarms.math.%s", alarm->name);
}

static const char *
now_id(const struct alarm *alarm)
{
    return alarm_query_is_single(alarm) ? alarm->name : ALARM_VALUE;
}

static size_t
values_wanted(const struct view_query *q, const struct answer *alarms)
{
    size_t most = q->snapshot->is_emulator ? VALUES_FREE : VALUES_PAID;

    return alarms->alarm_count < most ? alarms->alarm_count : most;
}

/* The alarms on one metric with the period of `first`, whose turn is theirs all. */
static void
ask_period(struct ask_list *asks, struct arena *arena, const struct answer *alarms, size_t wanted,
           const struct alarm *first)
{
    struct query_list queries = { .arena = arena };
    int64_t span_ms = 0;

    for (size_t i = 0; i < wanted; i++) {
        const struct alarm *alarm = &alarms->alarms[i];

        if (!alarm_query_is_single(alarm) ||
            alarm_query_period_s(alarm) != alarm_query_period_s(first))
            continue;
        alarm_query_add(&queries, alarm, alarm->name);
        if (looks_back_ms(alarm) > span_ms)
            span_ms = looks_back_ms(alarm);
    }
    ask_list_add(asks, &(struct ask){ .key = now_key(arena, first),
                                      .kind = ASK_METRICS,
                                      .range = { .span_ms = span_ms },
                                      .queries = queries.items,
                                      .query_count = queries.count });
}

static void
ask_math(struct ask_list *asks, struct arena *arena, const struct alarm *alarm)
{
    struct query_list queries = { .arena = arena };

    alarm_query_add(&queries, alarm, ALARM_VALUE);
    ask_list_add(asks, &(struct ask){ .key = now_key(arena, alarm),
                                      .kind = ASK_METRICS,
                                      .range = { .span_ms = looks_back_ms(alarm) },
                                      .queries = queries.items,
                                      .query_count = queries.count });
}

static bool
is_asked(const struct ask_list *asks, const char *key)
{
    for (size_t i = 0; i < asks->count; i++) {
        if (strcmp(asks->items[i].key, key) == 0)
            return true;
    }
    return false;
}

static void
ask_values(struct ask_list *asks, struct arena *arena, const struct view_query *q,
           const struct answer *alarms)
{
    size_t wanted = values_wanted(q, alarms);

    for (size_t i = 0; i < wanted; i++) {
        const struct alarm *alarm = &alarms->alarms[i];

        if (alarm->metric_count == 0 || is_asked(asks, now_key(arena, alarm)))
            continue;
        if (alarm_query_is_single(alarm))
            ask_period(asks, arena, alarms, wanted, alarm);
        else
            ask_math(asks, arena, alarm);
    }
}

static const char *
own_key(struct arena *arena, const char *what, const char *alarm)
{
    return arena_printf(arena, "alarms.%s.%s", what, alarm);
}

/* The alarm that was entered, or the one under the cursor. */
static void
ask_selected(struct ask_list *asks, struct arena *arena, const struct view_query *q)
{
    const struct alarm *alarm = known_alarms_find(q, *q->key != '\0' ? q->key : q->cursor);
    struct query_list queries = { .arena = arena };

    if (alarm == NULL)
        return;
    ask_list_add(asks, &(struct ask){ .key = own_key(arena, "history", alarm->name),
                                      .kind = ASK_ALARM_EVENTS,
                                      .range = q->range,
                                      .pace_ms = 60000,
                                      .alarm = alarm->name });
    alarm_query_add(&queries, alarm, ALARM_VALUE);
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = own_key(arena, "chart", alarm->name),
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
}

void
alarms_ask(struct ask_list *asks, const struct view_query *q)
{
    const struct answer *alarms = known_alarms_answer(q);
    struct arena *arena;

    known_alarms_ask(asks, q);
    if (q->is_behind)
        return;
    arena = arena_new();
    deploys_ask(asks);
    if (alarms != NULL)
        ask_values(asks, arena, q, alarms);
    ask_selected(asks, arena, q);
    arena_free(arena);
}

/* --- the alarms --- */

enum { STATE, SINCE, NAME, RULE, NOW, ROOM, COLUMNS };

/* clang-format off */
static const struct column all_columns[COLUMNS] = {
    [STATE] = { .name = "state", .kind = CELL_TEXT, .is_in_summary = true },
    [SINCE] = { .name = "since", .kind = CELL_TIME, .priority = 2 },
    [NAME] =  { .name = "alarm", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [RULE] =  { .name = "rule", .kind = CELL_TEXT, .priority = 1, .min_width = 16, .is_flexible = true },
    [NOW] =   { .name = "now", .kind = CELL_NUMBER, .priority = 1, .is_in_summary = true },
    [ROOM] =  { .name = "to limit", .kind = CELL_DELTA, .priority = 3 },
};
/* clang-format on */

/* Of the newest whole period. */
static double
value_now(struct arena *arena, const struct view_query *q, const struct alarm *alarm)
{
    const struct answer *answer = snapshot_answer(q->snapshot, now_key(arena, alarm));
    const struct metric_points *points = answer_points(answer, now_id(alarm));

    for (size_t i = points == NULL ? 0 : points->count; i > 0; i--) {
        if (points->times_ms[i - 1] + (int64_t)alarm_query_period_s(alarm) * 1000 <= q->now_ms)
            return points->values[i - 1];
    }
    return (double)NAN;
}

static bool
is_upper(const struct alarm_rule *rule)
{
    return rule->comparison == ALARM_GREATER || rule->comparison == ALARM_GREATER_OR_EQUAL;
}

/* How far the value may still go; negative when it went too far. */
static double
room_left(const struct alarm_rule *rule, double value)
{
    return is_upper(rule) ? rule->threshold - value : value - rule->threshold;
}

static void
fill_alarm(struct row *row, struct arena *arena, const struct view_query *q,
           const struct alarm *alarm)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double value = value_now(arena, q, alarm);
    enum quantity quantity = alarm_query_quantity(alarm);
    bool breaches =
        !isnan(value) && alarm_breaches(alarm->rule.comparison, value, alarm->rule.threshold);

    cells[STATE] = cell_text(alarm_state_word(alarm->state), alarm_state_level(alarm->state));
    cells[SINCE] = cell_time(alarm_since_ms(alarm));
    cells[NAME] = cell_text(alarm->name, LEVEL_NONE);
    cells[RULE] = cell_text(alarm_query_rule(arena, alarm), LEVEL_NONE);
    if (!alarm->is_composite) {
        cells[NOW] = cell_number(value, quantity, breaches ? LEVEL_BAD : LEVEL_NONE);
        if (!isnan(value) && !isnan(alarm->rule.threshold))
            cells[ROOM] = cell_delta(room_left(&alarm->rule, value), quantity);
    }
    *row = (struct row){ .key = alarm->name,
                         .cells = cells,
                         .level = alarm->state == ALARM_STATE_ALARM ? LEVEL_BAD : LEVEL_NONE,
                         .is_new = alarm_since_ms(alarm) >= view_query_from_ms(q),
                         .open_key = alarm->name };
}

static int
urgency(enum level level)
{
    return level == LEVEL_BAD ? 0 : level == LEVEL_UNKNOWN ? 1 : 2;
}

/* ALARM first, then those that know nothing; the latest change first. */
static int
urgent_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int u = urgency(x->cells[STATE].level), v = urgency(y->cells[STATE].level);

    if (u != v)
        return u - v;
    if (x->cells[SINCE].time_ms != y->cells[SINCE].time_ms)
        return x->cells[SINCE].time_ms > y->cells[SINCE].time_ms ? -1 : 1;
    return strcmp(x->key, y->key);
}

static const char *
states_note(struct arena *arena, const struct view_query *q)
{
    size_t counts[ALARM_STATES];
    const struct alarm *worst;

    known_alarms_count(q, counts, &worst);
    return arena_printf(arena, "%zu ALARM   %zu OK   %zu no data", counts[ALARM_STATE_ALARM],
                        counts[ALARM_STATE_OK], counts[ALARM_STATE_NO_DATA]);
}

static void
add_value_sources(struct panel *panel, struct arena *arena, const struct view_query *q,
                  const struct answer *alarms)
{
    for (size_t i = 0; i < values_wanted(q, alarms); i++) {
        if (alarms->alarms[i].metric_count > 0)
            panel_source(panel, SOURCE, q,
                         snapshot_answer(q->snapshot, now_key(arena, &alarms->alarms[i])));
    }
}

/* A page that is built behind another, or for the Overview, asked for none. */
static bool
has_values(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].cells[NOW].kind == CELL_NUMBER)
            return true;
    }
    return false;
}

static void
build_alarms(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = known_alarms_answer(q);
    size_t count = answer == NULL ? 0 : answer->alarm_count;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (size_t i = 0; i < count; i++)
        fill_alarm(&rows[i], arena, q, &answer->alarms[i]);
    if (count > 1)
        qsort(rows, count, sizeof *rows, urgent_first);
    *grid =
        (struct grid){ .name = "alarms",
                       .columns = all_columns,
                       .column_count = COLUMNS,
                       .rows = rows,
                       .row_count = count,
                       .sort_column = -1,
                       .empty = "there is no alarm; aws cloudwatch put-metric-alarm makes one" };
    if (q->is_behind || !has_values(rows, count)) {
        grid_drop_column(grid, arena, rows, ROOM);
        grid_drop_column(grid, arena, rows, NOW);
    }
    panel->name = "alarms";
    panel->title = "alarms";
    panel->note = count > 0 ? states_note(arena, q) : NULL;
    panel->grid = grid;
    panel_source(panel, SOURCE, q, answer);
    if (answer != NULL)
        add_value_sources(panel, arena, q, answer);
}

/* --- the one that was chosen --- */

static void
add_fact(struct fact *facts, struct panel *panel, const char *name, struct cell value)
{
    if (value.kind != CELL_TEXT || *value.text != '\0')
        facts[panel->fact_count++] = (struct fact){ .name = name, .value = value };
}

static const char *
actions_text(struct arena *arena, const struct alarm *alarm)
{
    if (alarm->action_count == 0)
        return "nobody is told";
    return arena_printf(arena, "%s%s", counted(arena, (double)alarm->action_count, "action"),
                        alarm->actions_enabled ? "" : ", switched off");
}

static void
add_facts(struct panel *panel, struct arena *arena, const struct alarm *alarm)
{
    struct fact *facts = arena_alloc(arena, 8 * sizeof *facts);

    add_fact(facts, panel, "state",
             cell_text(alarm_state_word(alarm->state), alarm_state_level(alarm->state)));
    add_fact(facts, panel, "since", cell_time(alarm_since_ms(alarm)));
    add_fact(facts, panel, "rule", cell_text(alarm_query_rule(arena, alarm), LEVEL_NONE));
    add_fact(facts, panel, "reason", cell_text(alarm->reason, LEVEL_NONE));
    if (!alarm->is_composite)
        add_fact(facts, panel, "missing data",
                 cell_text(alarm_missing_name(alarm->rule.missing), LEVEL_NONE));
    add_fact(
        facts, panel, "actions",
        cell_text(actions_text(arena, alarm),
                  alarm->action_count > 0 && !alarm->actions_enabled ? LEVEL_WARN : LEVEL_NONE));
    add_fact(facts, panel, "description", cell_text(alarm->description, LEVEL_NONE));
    panel->facts = facts;
}

/* Its changes of state, and deployments. */
static const struct chart_mark *
marks_of(struct arena *arena, const struct view_query *q, const struct answer *history,
         size_t *count)
{
    size_t deploys, events = history == NULL ? 0 : history->alarm_event_count;
    const struct chart_mark *deployed = deploys_marks(arena, q, NULL, &deploys);
    struct chart_mark *marks = arena_alloc(arena, (deploys + events + 1) * sizeof *marks);

    if (deploys > 0)
        memcpy(marks, deployed, deploys * sizeof *marks);
    *count = deploys;
    for (size_t i = 0; i < events; i++) {
        const struct alarm_history_item *event = &history->alarm_events[i];

        if (event->to != ALARM_STATES)
            marks[(*count)++] = (struct chart_mark){ .time_ms = event->time_ms,
                                                     .label = alarm_event_word(arena, event) };
    }
    return marks;
}

/* The limit of an alarm that waits for too little is broken by lows. */
static const struct series *
series_of(struct arena *arena, const struct view_query *q, const struct answer *answer,
          const struct alarm *alarm)
{
    const struct series *made =
        answer_series(arena, q, answer, ALARM_VALUE, "value", alarm_query_period_s(alarm),
                      alarm_query_quantity(alarm));
    struct series *series;

    if (made == NULL)
        return NULL;
    series = arena_alloc(arena, sizeof *series);
    *series = *made;
    series->keeps_lows = !is_upper(&alarm->rule);
    return series;
}

static void
add_chart(struct panel *panel, struct arena *arena, const struct view_query *q,
          const struct alarm *alarm, const struct answer *history)
{
    const struct answer *answer =
        snapshot_answer(q->snapshot, own_key(arena, "chart", alarm->name));
    const struct series *series = series_of(arena, q, answer, alarm);
    struct chart_limit *limit;
    struct chart *chart;

    panel_source(panel, DATA_SOURCE, q, answer);
    if (series == NULL)
        return;
    limit = arena_alloc(arena, sizeof *limit);
    chart = arena_alloc(arena, sizeof *chart);
    *limit = (struct chart_limit){ alarm->rule.threshold, "threshold", LEVEL_BAD };
    *chart = (struct chart){ .name = "value",
                             .series = series,
                             .series_count = 1,
                             .limits = limit,
                             .limit_count = isnan(alarm->rule.threshold) ? 0 : 1,
                             .quantity = series->quantity };
    chart->marks = marks_of(arena, q, history, &chart->mark_count);
    panel->charts = chart;
    panel->chart_count = 1;
}

static void
build_alarm(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct alarm *alarm)
{
    const struct answer *history =
        snapshot_answer(q->snapshot, own_key(arena, "history", alarm->name));

    panel->name = "alarm";
    panel->title = alarm->name;
    panel->source = SOURCE;
    add_facts(panel, arena, alarm);
    panel_source(panel, SOURCE, q, known_alarms_answer(q));
    if (!alarm->is_composite)
        add_chart(panel, arena, q, alarm, history);
}

/* --- the children of a composite one --- */

enum { CHILD_STATE, CHILD_SINCE, CHILD_NAME, CHILD_COLUMNS };

/* clang-format off */
static const struct column child_columns[CHILD_COLUMNS] = {
    [CHILD_STATE] = { .name = "state", .kind = CELL_TEXT, .is_in_summary = true },
    [CHILD_SINCE] = { .name = "since", .kind = CELL_TIME, .priority = 1 },
    [CHILD_NAME] =  { .name = "alarm", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

/* Children are told by name or by ARN. */
static const char *
name_of_child(const char *child)
{
    const char *in_arn = strstr(child, ":alarm:");

    return strncmp(child, "arn:", 4) == 0 && in_arn != NULL ? in_arn + strlen(":alarm:") : child;
}

static void
fill_child(struct row *row, struct arena *arena, const struct view_query *q, const char *name)
{
    const struct alarm *alarm = known_alarms_find(q, name);
    struct cell *cells = arena_alloc(arena, CHILD_COLUMNS * sizeof *cells);

    cells[CHILD_NAME] = cell_text(name, LEVEL_NONE);
    cells[CHILD_STATE] =
        alarm == NULL ? cell_text("there is none", LEVEL_WARN)
                      : cell_text(alarm_state_word(alarm->state), alarm_state_level(alarm->state));
    if (alarm != NULL)
        cells[CHILD_SINCE] = cell_time(alarm_since_ms(alarm));
    *row = (struct row){ .key = name,
                         .cells = cells,
                         .level = cells[CHILD_STATE].level >= LEVEL_WARN ? cells[CHILD_STATE].level
                                                                         : LEVEL_NONE,
                         .open_key = alarm != NULL ? name : NULL };
}

static void
build_children(struct panel *panel, struct arena *arena, const struct view_query *q,
               const struct alarm *alarm)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    const struct alarm_expr *expr = NULL;
    const char *const *names = NULL;
    size_t count = 0;
    struct err err = { 0 };
    struct row *rows;

    panel->name = "children";
    panel->title = "its children";
    if (alarm_rule_parse(&expr, arena, alarm->composite_rule, &err) == OK)
        alarm_rule_children(expr, arena, &names, &count);
    rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++)
        fill_child(&rows[i], arena, q, name_of_child(names[i]));
    *grid = (struct grid){ .name = "children",
                           .columns = child_columns,
                           .column_count = CHILD_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = expr == NULL ? arena_strdup(arena, err.text)
                                                 : "the rule looks at no alarm" };
    panel->grid = grid;
    panel_source(panel, SOURCE, q, known_alarms_answer(q));
}

/* --- history --- */

enum { TIME, WHAT, TEXT, HISTORY_COLUMNS };

/* clang-format off */
static const struct column history_columns[HISTORY_COLUMNS] = {
    [TIME] = { .name = "time", .kind = CELL_TIME },
    [WHAT] = { .name = "what", .kind = CELL_TEXT, .is_in_summary = true },
    [TEXT] = { .name = "summary", .kind = CELL_TEXT, .min_width = 16, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

static void
build_history(struct panel *panel, struct arena *arena, const struct view_query *q,
              const struct alarm *alarm)
{
    const struct answer *answer =
        snapshot_answer(q->snapshot, own_key(arena, "history", alarm->name));
    size_t count = answer == NULL ? 0 : answer->alarm_event_count;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (size_t i = 0; i < count; i++) {
        const struct alarm_history_item *event = &answer->alarm_events[i];
        struct cell *cells = arena_alloc(arena, HISTORY_COLUMNS * sizeof *cells);

        cells[TIME] = cell_time(event->time_ms);
        cells[WHAT] = cell_text(alarm_event_word(arena, event), alarm_event_level(event));
        cells[TEXT] = cell_text(event->summary, LEVEL_NONE);
        rows[i] = (struct row){ .key = arena_printf(arena, "%lld %zu", (long long)event->time_ms,
                                                    count - i),
                                .cells = cells,
                                .level = event->to == ALARM_STATE_ALARM ? LEVEL_BAD : LEVEL_NONE };
    }
    *grid = (struct grid){ .name = "history",
                           .columns = history_columns,
                           .column_count = HISTORY_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = TIME,
                           .sort_descending = true,
                           .empty = "nothing happened to it in this range" };
    panel->name = "history";
    panel->title = "history";
    panel->grid = grid;
    panel_source(panel, "CloudWatch DescribeAlarmHistory", q, answer);
}

void
alarms_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 4 * sizeof *panels);
    size_t counts[ALARM_STATES];
    const struct alarm *alarm, *worst;

    model_begin(out, q);
    build_alarms(&panels[0], arena, q);
    out->panels = panels;
    out->panel_count = 1;
    known_alarms_count(q, counts, &worst);
    out->attention = (unsigned)counts[ALARM_STATE_ALARM];
    out->attention_level = out->attention > 0 ? LEVEL_BAD : LEVEL_NONE;
    alarm = known_alarms_find(q, *q->key != '\0' ? q->key : q->cursor);
    if (alarm == NULL && panels[0].grid->row_count > 0)
        alarm = known_alarms_find(q, panels[0].grid->rows[0].key);
    if (alarm == NULL)
        return;
    build_alarm(&panels[out->panel_count++], arena, q, alarm);
    if (alarm->is_composite)
        build_children(&panels[out->panel_count++], arena, q, alarm);
    build_history(&panels[out->panel_count++], arena, q, alarm);
}
