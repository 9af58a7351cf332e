/* rehearsal.c - alarms played over the past: `obsview alarms rehearse`.
 * SPDX-License-Identifier: MIT
 *
 * A view that has no tab: each alarm's own metric is asked at its own period over the range, and
 * domain/alarm_rehearsal.h says when the alarm would have fired, how often it would have flapped
 * and how long it would have been blind. Alarms on metric math are asked with their expressions. A
 * composite alarm measures nothing and is told to be one, and the band of anomaly detection is
 * known to AWS alone. The newest period is left out: it is not over. */
#include "config.h"

#include "domain/alarm_rehearsal.h"
#include "tui/format.h"
#include "tui/views/alarm_query.h"
#include "tui/views/known_alarms.h"
#include "tui/views/parts.h"
#include "tui/views/rows.h"
#include "tui/window.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE    "CloudWatch GetMetricData"
#define TURNS_MAX 1000 /* printed; more say nothing more */

static const char *
data_key(struct arena *arena, const struct alarm *alarm)
{
    return arena_printf(arena, "rehearsal.%s", alarm->name);
}

/* "p99" as 99, for statistics that few samples make meaningless; negative: none of them. */
static double
percentile_of(const struct alarm *alarm)
{
    const struct alarm_metric *m = alarm_query_returned(alarm);
    char *end;
    double p;

    if (m == NULL || m->stat == NULL || m->stat[0] != 'p')
        return -1;
    p = strtod(m->stat + 1, &end);
    return end != m->stat + 1 && *end == '\0' ? p : -1;
}

static bool
needs_samples(const struct alarm *alarm)
{
    return alarm->rule.ignores_low_samples && alarm_query_is_single(alarm) &&
           percentile_of(alarm) >= 0;
}

/* Why it cannot be played; NULL: it can. */
static const char *
obstacle(const struct alarm *alarm)
{
    if (alarm->is_composite)
        return "composite: not played";
    if (alarm->rule.band != ALARM_NO_BAND)
        return "its band is AWS's: not played";
    return isnan(alarm->rule.threshold) ? "no threshold: not played" : NULL;
}

static void
ask(struct ask_list *asks, const struct view_query *q)
{
    const struct answer *alarms = known_alarms_answer(q);
    struct view_query quiet = *q;
    struct arena *arena = arena_new();

    quiet.is_behind = true; /* not what happened to them */
    known_alarms_ask(asks, &quiet);
    for (size_t i = 0; alarms != NULL && i < alarms->alarm_count; i++) {
        const struct alarm *alarm = &alarms->alarms[i];
        struct query_list queries = { .arena = arena };

        if (obstacle(alarm) != NULL)
            continue;
        alarm_query_add(&queries, alarm, ALARM_VALUE);
        if (needs_samples(alarm))
            query_add(&queries, "samples", &alarm->metrics[0].series, "SampleCount",
                      alarm_query_period_s(alarm));
        if (queries.count > 0)
            ask_list_add(asks, &(struct ask){ .key = data_key(arena, alarm),
                                              .kind = ASK_METRICS,
                                              .range = q->range,
                                              .queries = queries.items,
                                              .query_count = queries.count });
    }
    arena_free(arena);
}

/* --- playing --- */

struct played {
    const struct alarm *alarm;
    bool is_known; /* its data came */
    struct alarm_rehearsal result;
};

/* Whole periods of the range; NaN where nothing came. */
static double *
values_of(struct arena *arena, const struct answer *answer, const char *id, int64_t from_ms,
          int64_t period_ms, size_t count)
{
    const struct metric_points *points = answer_points(answer, id);
    double *values = arena_alloc(arena, (count + 1) * sizeof *values);

    for (size_t i = 0; i < count; i++)
        values[i] = (double)NAN;
    for (size_t i = 0; points != NULL && i < points->count; i++) {
        int64_t at = (points->times_ms[i] - from_ms) / period_ms;

        if (points->times_ms[i] >= from_ms && at < (int64_t)count)
            values[at] = points->values[i];
    }
    return values;
}

static void
play(struct played *out, struct arena *arena, const struct view_query *q, const struct alarm *alarm)
{
    const struct answer *answer = snapshot_answer(q->snapshot, data_key(arena, alarm));
    int64_t period_ms = (int64_t)alarm_query_period_s(alarm) * 1000;
    int64_t from_ms = window_ceil(view_query_from_ms(q), period_ms);
    int64_t to_ms = window_floor(view_query_to_ms(q), period_ms);
    size_t count = to_ms > from_ms ? (size_t)((to_ms - from_ms) / period_ms) : 0;
    const double *samples = NULL;

    *out = (struct played){ .alarm = alarm, .is_known = answer != NULL && answer->got_ms != 0 };
    if (!out->is_known)
        return;
    if (needs_samples(alarm))
        samples = values_of(arena, answer, "samples", from_ms, period_ms, count);
    alarm_rehearse(&alarm->rule, values_of(arena, answer, ALARM_VALUE, from_ms, period_ms, count),
                   samples, count, from_ms, samples != NULL ? percentile_of(alarm) : -1, arena,
                   &out->result);
}

/* --- what it says --- */

enum { NAME, FIRED, FLAPS, FIRST, LAST, IN_ALARM, BLIND, STATE, RULE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [NAME] =     { .name = "alarm", .kind = CELL_TEXT, .is_in_summary = true },
    [FIRED] =    { .name = "fired", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [FLAPS] =    { .name = "flapped", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [FIRST] =    { .name = "first", .kind = CELL_TIME },
    [LAST] =     { .name = "last", .kind = CELL_TIME },
    [IN_ALARM] = { .name = "in alarm", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS },
    [BLIND] =    { .name = "blind", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .is_in_summary = true },
    [STATE] =    { .name = "ends", .kind = CELL_TEXT },
    [RULE] =     { .name = "rule", .kind = CELL_TEXT, .is_flexible = true },
};
/* clang-format on */

static void
fill_times(struct cell *cells, const struct alarm_rehearsal *result)
{
    for (size_t i = 0; i < result->turn_count; i++) {
        if (result->turns[i].to != ALARM_STATE_ALARM)
            continue;
        if (cells[FIRST].kind == CELL_EMPTY)
            cells[FIRST] = cell_time(result->turns[i].time_ms);
        cells[LAST] = cell_time(result->turns[i].time_ms);
    }
}

static void
fill_row(struct row *row, struct arena *arena, const struct played *played)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    const struct alarm_rehearsal *r = &played->result;
    const char *why = obstacle(played->alarm);
    bool is_flapping = r->flaps > 0, is_blind = r->blind_ms > 0;

    cells[NAME] = cell_text(played->alarm->name, LEVEL_NONE);
    cells[RULE] = cell_text(alarm_query_rule(arena, played->alarm), LEVEL_NONE);
    *row = (struct row){ .key = played->alarm->name, .cells = cells };
    if (why != NULL || !played->is_known) {
        cells[STATE] = cell_text(why != NULL ? why : "no answer", LEVEL_UNKNOWN);
        return;
    }
    cells[FIRED] = cell_number((double)r->fired, QUANTITY_COUNT, LEVEL_NONE);
    cells[FLAPS] =
        cell_number((double)r->flaps, QUANTITY_COUNT, is_flapping ? LEVEL_WARN : LEVEL_NONE);
    fill_times(cells, r);
    cells[IN_ALARM] =
        cell_number((double)r->state_ms[ALARM_STATE_ALARM], QUANTITY_MILLISECONDS, LEVEL_NONE);
    cells[BLIND] =
        cell_number((double)r->blind_ms, QUANTITY_MILLISECONDS, is_blind ? LEVEL_WARN : LEVEL_NONE);
    cells[STATE] = cell_text(alarm_state_word(r->last), alarm_state_level(r->last));
    row->level = is_flapping || is_blind ? LEVEL_WARN : LEVEL_NONE;
}

static const char *
note_of(struct arena *arena, const struct view_query *q, size_t count)
{
    char span[FORMAT_TEXT];

    format_span(span, q->range.span_ms);
    return arena_printf(arena, "%s over %s; asking cost $%.4f",
                        counted(arena, (double)count, "alarm"), span,
                        q->snapshot == NULL ? 0 : (double)q->snapshot->cost_microusd / 1e6);
}

static void
build_alarms(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct played *played, size_t count)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], arena, &played[i]);
    *grid = (struct grid){ .name = "alarms",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "there is no alarm to play" };
    panel->name = "alarms";
    panel->title = "alarms";
    panel->note = note_of(arena, q, count);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, known_alarms_answer(q));
    for (size_t i = 0; i < count; i++)
        panel_source(panel, SOURCE, q,
                     snapshot_answer(q->snapshot, data_key(arena, played[i].alarm)));
}

enum { TIME, TURN_NAME, TURN, WHY, TURN_COLUMNS };

/* clang-format off */
static const struct column turn_columns[TURN_COLUMNS] = {
    [TIME] =      { .name = "time", .kind = CELL_TIME, .is_in_summary = true },
    [TURN_NAME] = { .name = "alarm", .kind = CELL_TEXT, .is_in_summary = true },
    [TURN] =      { .name = "turn", .kind = CELL_TEXT, .is_in_summary = true },
    [WHY] =       { .name = "reason", .kind = CELL_TEXT, .is_flexible = true },
};
/* clang-format on */

static void
fill_turn(struct row *row, struct arena *arena, const struct alarm *alarm,
          const struct alarm_turn *turn)
{
    struct cell *cells = arena_alloc(arena, TURN_COLUMNS * sizeof *cells);

    cells[TIME] = cell_time(turn->time_ms);
    cells[TURN_NAME] = cell_text(alarm->name, LEVEL_NONE);
    cells[TURN] =
        cell_text(arena_printf(arena, "%s to %s%s", alarm_state_word(turn->from),
                               alarm_state_word(turn->to), turn->is_flap ? ", flapping" : ""),
                  turn->is_flap ? LEVEL_WARN : alarm_state_level(turn->to));
    cells[WHY] = cell_text(turn->reason != NULL ? turn->reason : "", LEVEL_NONE);
    *row =
        (struct row){ .key = arena_printf(arena, "%s %lld", alarm->name, (long long)turn->time_ms),
                      .cells = cells,
                      .level = cells[TURN].level >= LEVEL_WARN ? cells[TURN].level : LEVEL_NONE };
}

static int
by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->cells[TIME].time_ms != y->cells[TIME].time_ms)
        return x->cells[TIME].time_ms < y->cells[TIME].time_ms ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void
build_turns(struct panel *panel, struct arena *arena, const struct played *played, size_t count)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    size_t all = 0, n = 0;
    struct row *rows;

    for (size_t i = 0; i < count; i++)
        all += played[i].result.turn_count;
    rows = arena_alloc(arena, (all + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < played[i].result.turn_count; k++)
            fill_turn(&rows[n++], arena, played[i].alarm, &played[i].result.turns[k]);
    }
    if (all > 1)
        qsort(rows, all, sizeof *rows, by_time);
    *grid = (struct grid){ .name = "turns",
                           .columns = turn_columns,
                           .column_count = TURN_COLUMNS,
                           .rows = rows,
                           .row_count = all < TURNS_MAX ? all : TURNS_MAX,
                           .sort_column = TIME,
                           .empty = "no alarm would have changed its state" };
    panel->name = "turns";
    panel->title = "what would have happened";
    panel->note =
        all > TURNS_MAX ? arena_printf(arena, "the first %d of %zu", TURNS_MAX, all) : NULL;
    panel->grid = grid;
}

static void
build(struct model *out, struct arena *arena, const struct view_query *q)
{
    const struct answer *alarms = known_alarms_answer(q);
    size_t count = alarms == NULL ? 0 : alarms->alarm_count;
    struct played *played = arena_alloc(arena, (count + 1) * sizeof *played);
    struct panel *panels = arena_alloc(arena, 2 * sizeof *panels);

    model_begin(out, q);
    for (size_t i = 0; i < count; i++)
        play(&played[i], arena, q, &alarms->alarms[i]);
    build_alarms(&panels[0], arena, q, played, count);
    build_turns(&panels[1], arena, played, count);
    panels[1].source = SOURCE;
    panels[1].got_ms = panels[0].got_ms;
    out->panels = panels;
    out->panel_count = 2;
}

const struct view view_rehearsal = {
    .name = "rehearsal",
    .title = "Rehearsal",
    .short_title = "Reh",
    .help = "when alarms would have fired, flapped or been blind",
    .ask = ask,
    .build = build,
};
