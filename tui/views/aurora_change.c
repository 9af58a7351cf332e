/* aurora_change.c - a moment, and whether the database does worse since.
 * SPDX-License-Identifier: MIT
 *
 * The moment is marked by hand, or is a deployment; it splits the range, and db_compare() says what
 * of the difference is more than chance. */
#include "config.h"

#include "tui/views/aurora_parts.h"

#include "tui/format.h"
#include "tui/views/deploys.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

enum { WHAT, BEFORE, AFTER, CHANGE, VERDICT, CHANGE_COLUMNS };

/* clang-format off */
static const struct column change_columns[CHANGE_COLUMNS] = {
    [WHAT] =    { .name = "measure", .kind = CELL_TEXT, .min_width = 10, .is_flexible = true, .is_in_summary = true },
    [BEFORE] =  { .name = "before", .kind = CELL_NUMBER },
    [AFTER] =   { .name = "after", .kind = CELL_NUMBER },
    [CHANGE] =  { .name = "change", .kind = CELL_DELTA, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [VERDICT] = { .name = "verdict", .kind = CELL_TEXT, .min_width = 10 },
};
/* clang-format on */

struct moment
aurora_moment_find(struct arena *arena, const struct view_query *q)
{
    struct moment moment = { q->mark_ms, "marked" };
    size_t count;
    const struct chart_mark *deploys = deploys_marks(arena, q, NULL, &count);

    if (moment.time_ms != 0)
        return moment;
    for (size_t i = 0; i < count; i++) {
        if (deploys[i].time_ms > moment.time_ms)
            moment = (struct moment){ deploys[i].time_ms,
                                      arena_printf(arena, "function %s", deploys[i].label) };
    }
    return moment;
}

static struct cell
verdict_cell(const struct db_change *change)
{
    static const struct {
        const char *text;
        enum level level;
    } verdicts[] = {
        [DB_CHANGE_UNKNOWN] = { "too few samples", LEVEL_UNKNOWN },
        [DB_CHANGE_NONE] = { "as before", LEVEL_OK },
        [DB_CHANGE_WORSE] = { "grew", LEVEL_WARN },
        [DB_CHANGE_OVER] = { "passed its line", LEVEL_BAD },
    };

    return cell_text(verdicts[change->verdict].text, verdicts[change->verdict].level);
}

/* Both sides are as long as the shorter one; the step that the moment is in is of neither. */
static struct db_change
compare_measure(struct arena *arena, const struct view_query *q, const struct measure *m,
                int64_t mark_ms)
{
    int64_t before = mark_ms - view_query_from_ms(q), after = view_query_to_ms(q) - mark_ms;
    int64_t *times = arena_alloc(arena, (m->series->count + 1) * sizeof *times);
    double *values = arena_alloc(arena, (m->series->count + 1) * sizeof *values);

    for (size_t i = 0; i < m->series->count; i++) {
        times[i] = m->series->from_ms + (int64_t)i * m->series->step_ms;
        values[i] = times[i] < mark_ms && times[i] + m->series->step_ms > mark_ms
                        ? (double)NAN
                        : m->series->values[i];
    }
    return db_compare(times, values, m->series->count, mark_ms, before < after ? before : after,
                      m->line);
}

/* Load and pressure are better when they are less; of the others more is no decline. */
static bool
is_compared(const struct measure *m)
{
    static const char *const not [] = { "credits", "acu", "deadlocks", "storage" };

    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++) {
        if (strcmp(m->key, not [i]) == 0)
            return false;
    }
    return m->series != NULL;
}

bool
aurora_change_of(struct db_change *out, struct arena *arena, const struct view_query *q,
                 const struct measure *m)
{
    if (!is_compared(m))
        return false;
    *out = compare_measure(arena, q, m, q->mark_ms);
    return true;
}

static void
fill_change(struct row *row, struct arena *arena, const struct measure *m,
            const struct db_change *change)
{
    struct cell *cells = arena_alloc(arena, CHANGE_COLUMNS * sizeof *cells);

    cells[WHAT] = cell_text(m->name, LEVEL_NONE);
    cells[BEFORE] = cell_number(change->before, m->series->quantity, LEVEL_NONE);
    cells[AFTER] = cell_number(change->after, m->series->quantity, LEVEL_NONE);
    cells[CHANGE] = cell_delta(change->percent, QUANTITY_PERCENT);
    cells[VERDICT] = verdict_cell(change);
    *row = (struct row){ .key = m->key,
                         .cells = cells,
                         .level = cells[VERDICT].level >= LEVEL_WARN ? cells[VERDICT].level
                                                                     : LEVEL_NONE };
}

void
aurora_change_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                    const struct measures *all, const struct moment *moment)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (all->count + 1) * sizeof *rows);
    bool is_inside =
        moment->time_ms > view_query_from_ms(q) && moment->time_ms < view_query_to_ms(q);
    char text[FORMAT_TEXT];

    *grid = (struct grid){ .name = "change",
                           .columns = change_columns,
                           .column_count = CHANGE_COLUMNS,
                           .rows = rows,
                           .sort_column = -1,
                           .empty = is_inside ? "nothing to compare yet"
                                              : "the marked time is outside the range; ] and { "
                                                "change it" };
    for (size_t i = 0; is_inside && i < all->count; i++) {
        struct db_change change;

        if (!is_compared(&all->list[i]))
            continue;
        change = compare_measure(arena, q, &all->list[i], moment->time_ms);
        fill_change(&rows[grid->row_count++], arena, &all->list[i], &change);
    }
    format_time(text, moment->time_ms, q->now_ms);
    panel->name = "change";
    panel->title = arena_printf(arena, "before and after %s", text);
    panel->note = moment->label;
    panel->grid = grid;
    panel_source(panel, AURORA_METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
}
