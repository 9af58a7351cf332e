/* things.c - lines that grow in an arena, and their table.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/things.h"

#include "tui/views/parts.h"

#include <string.h>

enum { THING, STATE, SINCE, WHAT, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [THING] = { .name = "thing", .kind = CELL_TEXT, .min_width = 12, .max_width = 32, .is_in_summary = true },
    [STATE] = { .name = "state", .kind = CELL_TEXT, .is_in_summary = true },
    [SINCE] = { .name = "since", .kind = CELL_TIME, .priority = 1 },
    [WHAT] =  { .name = "what", .kind = CELL_TEXT, .min_width = 32, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

/* "bad" is a word too, for screens and people without colour. */
static const char *
state_word(enum level level)
{
    return level == LEVEL_UNKNOWN ? "no data" : level_name(level);
}

struct row *
things_add(struct things *all, const char *name, enum level level, int64_t since_ms,
           const char *what)
{
    struct cell *cells = arena_alloc(all->arena, COLUMNS * sizeof *cells);
    struct row *row;

    all->rows = arena_grow(all->arena, all->rows, all->count, &all->cap, 32, sizeof *all->rows);
    row = &all->rows[all->count++];
    cells[THING] = cell_text(name, LEVEL_NONE);
    cells[STATE] = cell_text(state_word(level), level);
    if (since_ms != 0)
        cells[SINCE] = cell_time(since_ms);
    cells[WHAT] = cell_text(what, LEVEL_NONE);
    *row = (struct row){ .key = name,
                         .cells = cells,
                         .level = level >= LEVEL_WARN ? level : LEVEL_NONE };
    all->by_level[level]++;
    return row;
}

const char *
things_origin(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator ? ", simulated" : "";
}

/* An insertion sort, which leaves equals in their order. */
static void
sort_rows(struct row *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct row row = rows[i];
        size_t at = i;

        for (; at > 0 && rows[at - 1].cells[STATE].level < row.cells[STATE].level; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

void
things_build(struct panel *panel, const struct things *all)
{
    struct grid *grid = arena_alloc(all->arena, sizeof *grid);

    sort_rows(all->rows, all->count);
    *grid = (struct grid){ .name = "things",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = all->rows,
                           .row_count = all->count,
                           .sort_column = -1,
                           .empty = "nothing has answered yet" };
    panel->name = "things";
    panel->title = "things";
    panel->note = arena_printf(all->arena, "%zu bad, %zu to look at, %zu ok, %zu without data",
                               all->by_level[LEVEL_BAD], all->by_level[LEVEL_WARN],
                               all->by_level[LEVEL_OK], all->by_level[LEVEL_UNKNOWN]);
    panel->grid = grid;
}
