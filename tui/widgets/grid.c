/* grid.c - measuring columns, dropping the least important, drawing the rest.
 * SPDX-License-Identifier: MIT
 *
 * Widths come from the rows themselves (the first few hundred, so that a long table costs no more
 * than a short one). When the sum is too wide, columns leave by priority; '→' pushes columns out at
 * the left so that those at the right come in. */
#include "config.h"

#include "tui/widgets/grid.h"

#include "base/mem.h"
#include "base/pack.h"
#include "base/text.h"
#include "tui/lines.h"
#include "tui/widgets/lane.h"

#include <stdlib.h>
#include <string.h>

#define GAP          2
#define MEASURED_MAX 300 /* rows looked at for widths */
#define FLEXIBLE_MIN 8
#define GUTTER       1 /* the cursor's column */

void
grid_state_init(struct grid_state *state)
{
    memset(state, 0, sizeof(*state));
    ordering_init(&state->ordering);
    state->sorting.column = -1;
    state->is_following = true;
}

void
grid_state_fini(struct grid_state *state)
{
    ordering_fini(&state->ordering);
    free(state->cursor_key);
    state->cursor_key = NULL;
}

static void
set_cursor(struct grid_state *state, const struct grid *grid, size_t place)
{
    size_t count = state->ordering.count;

    state->cursor = count == 0 ? 0 : place < count ? place : count - 1;
    if (count == 0)
        return;
    free(state->cursor_key);
    state->cursor_key = xstrdup(grid->rows[state->ordering.rows[state->cursor]].key);
}

/* Rows of another thing than before. */
static void
begin_subject(struct grid_state *state, const struct grid *grid)
{
    uint64_t subject = grid->subject == NULL ? 0 : pack_hash(grid->subject, strlen(grid->subject));

    if (subject == state->subject)
        return;
    state->subject = subject;
    state->cursor = state->top = 0;
    free(state->cursor_key);
    state->cursor_key = NULL;
}

void
grid_update(struct grid_state *state, const struct pen *pen, const struct grid *grid,
            const char *filter)
{
    size_t count;

    begin_subject(state, grid);
    ordering_make(&state->ordering, pen, grid, filter, &state->sorting);
    count = state->ordering.count;
    if (count == 0) {
        state->cursor = state->top = 0;
        return; /* the key is kept: the row may come back */
    }
    if (grid->is_tail && state->is_following) {
        set_cursor(state, grid, count - 1);
        return;
    }
    if (state->cursor_key != NULL)
        state->cursor = ordering_find(&state->ordering, grid, state->cursor_key, state->cursor);
    if (state->cursor >= count)
        state->cursor = count - 1;
}

void
grid_move(struct grid_state *state, const struct grid *grid, long delta)
{
    size_t last = state->ordering.count > 0 ? state->ordering.count - 1 : 0;
    size_t place = state->cursor;

    if (delta < 0)
        place = (size_t)-delta > place ? 0 : place - (size_t)-delta;
    else
        place = (size_t)delta > last - place ? last : place + (size_t)delta;
    set_cursor(state, grid, place);
    if (grid->is_tail)
        state->is_following = place == last;
}

void
grid_go(struct grid_state *state, const struct grid *grid, const char *key)
{
    for (size_t place = 0; place < state->ordering.count; place++) {
        if (strcmp(grid->rows[state->ordering.rows[place]].key, key) != 0)
            continue;
        set_cursor(state, grid, place);
        if (grid->is_tail)
            state->is_following = place == state->ordering.count - 1;
        return;
    }
}

bool
grid_next(struct grid_state *state, const struct grid *grid, int direction)
{
    size_t count = state->ordering.count;

    for (size_t i = 1; i <= count; i++) {
        size_t place = (state->cursor + count + (direction > 0 ? i : count - i)) % count;
        const struct row *row = &grid->rows[state->ordering.rows[place]];

        if (row->is_new || row->level == LEVEL_WARN || row->level == LEVEL_BAD) {
            set_cursor(state, grid, place);
            if (grid->is_tail)
                state->is_following = false;
            return true;
        }
    }
    return false;
}

const struct row *
grid_cursor_row(const struct grid_state *state, const struct grid *grid)
{
    if (state->cursor >= state->ordering.count)
        return NULL;
    return &grid->rows[state->ordering.rows[state->cursor]];
}

const char *
grid_cut_text(const struct grid_state *state, const struct pen *pen, const struct grid *grid)
{
    const struct row *row = grid_cursor_row(state, grid);
    const char *longest = NULL;
    int most = 0;

    for (int i = 0; row != NULL && i < state->place_count; i++) {
        const struct column_place *place = &state->places[i];
        bool is_known = place->column < (int)grid->column_count;
        const struct cell *cell = is_known ? &row->cells[place->column] : &(struct cell){ 0 };
        int wants = cell->kind == CELL_TEXT ? pen_cell_columns(pen, cell) : 0;

        if (wants > place->columns && wants > most) {
            most = wants;
            longest = cell->text;
        }
    }
    return longest;
}

/* --- columns ----------------------------------------------------------------------------- */

static bool
has_marks(const struct grid *grid, const struct ordering *ordering, size_t column)
{
    enum cell_kind kind = grid->columns[column].kind;

    if (kind == CELL_TEXT || kind == CELL_TREND || kind == CELL_SHARES || kind == CELL_GAUGE ||
        kind == CELL_LANE)
        return false;
    for (size_t i = 0; i < ordering->count && i < MEASURED_MAX; i++) {
        if (grid->rows[ordering->rows[i]].cells[column].level != LEVEL_NONE)
            return true;
    }
    return false;
}

static int
natural_width(const struct pen *pen, const struct grid *grid, const struct ordering *ordering,
              size_t column)
{
    const struct column *c = &grid->columns[column];
    int widest = text_columns(c->name) + (grid->sort_column == (int)column ? 1 : 0);
    bool marks = has_marks(grid, ordering, column);

    /* From the end of a tail, where one is looking. */
    for (size_t n = 0; n < ordering->count && n < MEASURED_MAX; n++) {
        size_t place = grid->is_tail ? ordering->count - 1 - n : n;
        const struct cell *cell = &grid->rows[ordering->rows[place]].cells[column];
        int w = pen_cell_columns(pen, cell);

        if (marks && cell->level == LEVEL_NONE) /* keeps the room of the others' marks */
            w += 2;
        if (w > widest)
            widest = w;
    }
    if (c->max_width > 0 && widest > c->max_width)
        widest = c->max_width;
    return widest < c->min_width ? c->min_width : widest;
}

static int
least_width(const struct column *column, int natural)
{
    int least = column->min_width;

    if (!column->is_flexible)
        return natural;
    if (least == 0)
        least = FLEXIBLE_MIN;
    return least < natural ? least : natural;
}

struct plan {
    int natural[GRID_COLUMNS_MAX];
    int width[GRID_COLUMNS_MAX];
    bool is_in[GRID_COLUMNS_MAX];
    size_t count;
};

static int
plan_total(const struct plan *plan)
{
    int total = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (plan->is_in[i])
            total += plan->width[i] + (total > 0 ? GAP : 0);
    }
    return total;
}

/* Takes the least important column out; false when only those of priority 0 are left. */
static bool
plan_drop(struct plan *plan, const struct grid *grid)
{
    size_t worst = plan->count;

    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->is_in[i] || grid->columns[i].priority == 0)
            continue;
        if (worst == plan->count || grid->columns[i].priority >= grid->columns[worst].priority)
            worst = i;
    }
    if (worst == plan->count)
        return false;
    plan->is_in[worst] = false;
    return true;
}

/* One column more for each flexible column of this kind that would like it; false: none would. */
static bool
plan_widen(struct plan *plan, const struct grid *grid, bool is_text, int *left)
{
    bool grew = false;

    for (size_t i = 0; i<plan->count && * left> 0; i++) {
        const struct column *c = &grid->columns[i];

        if (plan->is_in[i] && c->is_flexible && (c->kind == CELL_TEXT) == is_text &&
            plan->width[i] < plan->natural[i]) {
            plan->width[i]++;
            (*left)--;
            grew = true;
        }
    }
    return grew;
}

/* Gives what is left to the flexible columns: to texts first, for a cut name is worse than a short
 * trend, then to the rest, each up to what it would like. The last one takes what nobody wants. */
static void
plan_stretch(struct plan *plan, const struct grid *grid, int columns)
{
    int left = columns - plan_total(plan);

    while (plan_widen(plan, grid, true, &left))
        continue;
    while (plan_widen(plan, grid, false, &left))
        continue;
    for (size_t i = plan->count; i > 0 && left > 0; i--) {
        const struct column *c = &grid->columns[i - 1];

        if (plan->is_in[i - 1] && c->is_flexible && (c->max_width == 0 || c->takes_rest)) {
            plan->width[i - 1] += left;
            left = 0;
        }
    }
}

static void
plan_measure(struct plan *plan, const struct pen *pen, const struct grid *grid,
             const struct ordering *ordering)
{
    plan->count = grid->column_count < GRID_COLUMNS_MAX ? grid->column_count : GRID_COLUMNS_MAX;
    for (size_t i = 0; i < plan->count; i++) {
        const struct column *c = &grid->columns[i];
        int heading = text_columns(c->name) + (has_marks(grid, ordering, i) ? 2 : 0);

        plan->natural[i] = natural_width(pen, grid, ordering, i);
        if (plan->natural[i] < heading && c->max_width == 0)
            plan->natural[i] = heading;
    }
}

int
grid_wants(const struct pen *pen, const struct grid *grid, const struct ordering *ordering)
{
    struct plan plan;
    int total = GUTTER;

    plan_measure(&plan, pen, grid, ordering);
    for (size_t i = 0; i < plan.count; i++)
        total += plan.natural[i] + (i > 0 ? GAP : 0);
    return total;
}

int
grid_plan(const struct pen *pen, const struct grid *grid, const struct ordering *ordering,
          int columns, int shift, struct column_place places[GRID_COLUMNS_MAX])
{
    struct plan plan;
    int x = 0, n = 0;

    plan_measure(&plan, pen, grid, ordering);
    for (size_t i = 0; i < plan.count; i++) {
        plan.width[i] = least_width(&grid->columns[i], plan.natural[i]);
        plan.is_in[i] = i == 0 || (int)i > shift;
    }
    while (plan_total(&plan) > columns && plan_drop(&plan, grid))
        continue;
    plan_stretch(&plan, grid, columns);
    for (size_t i = 0; i < plan.count; i++) {
        int width = plan.width[i];

        if (!plan.is_in[i] || x >= columns)
            continue;
        if (width > columns - x)
            width = columns - x;
        places[n++] = (struct column_place){ (int)i, x, width, has_marks(grid, ordering, i) };
        x += width + GAP;
    }
    return n;
}

/* --- drawing ----------------------------------------------------------------------------- */

static bool
is_right_aligned(enum cell_kind kind)
{
    return kind == CELL_NUMBER || kind == CELL_DELTA || kind == CELL_TIME;
}

static void
draw_heading(const struct grid_state *state, const struct pen *pen, struct area area,
             const struct grid *grid, const struct column_place *places, int count)
{
    int sorted = state->sorting.column >= 0 ? state->sorting.column : grid->sort_column;
    bool descending = state->sorting.column >= 0
                          ? state->sorting.is_reversed
                          : grid->sort_descending != state->sorting.is_reversed;

    for (int i = 0; i < count; i++) {
        const struct column *c = &grid->columns[places[i].column];
        struct ink ink = { .role = ROLE_HEAD };
        int x = area.x + places[i].x, columns = places[i].columns;
        int name = text_columns(c->name);
        bool is_sorted = places[i].column == sorted;

        if (c->kind == CELL_LANE && grid->row_count > 0) {
            lane_draw_axis(pen, x, area.y, columns, grid->rows[0].cells[places[i].column].lane);
            continue;
        }
        if (places[i].has_marks)
            columns -= 2;
        if (is_right_aligned(c->kind) && name < columns)
            x += columns - name;
        if (is_sorted && columns == name && !places[i].has_marks)
            columns--;
        name = pen_text(pen, x, area.y, columns, c->name, ink);
        if (is_sorted)
            pen_glyph(pen, x + name, area.y,
                      descending ? pen->glyphs->sorted_down : pen->glyphs->sorted_up, ink);
    }
}

static void
draw_row(const struct pen *pen, struct area area, const struct row *row,
         const struct column_place *places, int count, bool is_cursor, bool has_focus)
{
    struct ink ink = { .role = ROLE_TEXT,
                       .is_selected = is_cursor && has_focus,
                       .is_bold = row->is_new };

    if (ink.is_selected)
        canvas_fill(pen->canvas, area, ' ', ink);
    if (is_cursor)
        pen_glyph(pen, area.x, area.y, pen->glyphs->cursor,
                  (struct ink){ .role = has_focus ? ROLE_ACCENT : ROLE_DIM,
                                .is_selected = ink.is_selected });
    else if (row->is_new)
        pen_glyph(pen, area.x, area.y, pen->glyphs->fresh, (struct ink){ .role = ROLE_WARN });
    for (int i = 0; i < count; i++) {
        int c = places[i].column;

        pen_cell(pen, area.x + GUTTER + places[i].x, area.y, places[i].columns, &row->cells[c],
                 places[i].has_marks, ink);
    }
}

void
grid_draw_sentence(const struct pen *pen, struct area area, const char *sentence)
{
    struct lines lines;

    lines_init(&lines);
    if (area.columns > 0)
        lines_add(&lines, sentence, strlen(sentence), area.columns, LINES_WRAP);
    for (size_t i = 0; i < lines.count && (int)i < area.rows; i++) {
        size_t len;
        const char *text = lines_text(&lines, i, &len);

        canvas_bytes(pen->canvas, area.x, area.y + (int)i, area.columns, text, len,
                     (struct ink){ .role = ROLE_DIM });
    }
    lines_fini(&lines);
}

void
grid_draw_empty(const struct pen *pen, struct area area, const struct grid *grid)
{
    const char *sentence = grid->row_count > 0 ? "no row matches the filter" : grid->empty;

    if (sentence != NULL)
        grid_draw_sentence(pen, area, sentence);
}

static void
keep_cursor_visible(struct grid_state *state)
{
    size_t count = state->ordering.count;

    if (state->cursor < state->top)
        state->top = state->cursor;
    if (state->page > 0 && state->cursor >= state->top + state->page)
        state->top = state->cursor - state->page + 1;
    if (state->page >= count)
        state->top = 0;
    else if (state->top > count - state->page)
        state->top = count - state->page;
}

void
grid_draw(struct grid_state *state, const struct pen *pen, struct area area,
          const struct grid *grid, bool has_focus)
{
    struct column_place *places = state->places;
    struct area inner = { area.x + GUTTER, area.y, area.columns - GUTTER, 1 };
    int count;

    state->page = area.rows > 1 ? (size_t)(area.rows - 1) : 0;
    state->drawn = area;
    state->place_count = 0;
    if (area.rows < 1 || inner.columns < 1)
        return;
    keep_cursor_visible(state);
    count = grid_plan(pen, grid, &state->ordering, inner.columns, state->shift, places);
    state->hidden = (int)grid->column_count - count;
    state->place_count = count;
    draw_heading(state, pen, inner, grid, places, count);
    for (size_t i = 0; i < state->page && state->top + i < state->ordering.count; i++) {
        size_t place = state->top + i;
        struct area line = { area.x, area.y + 1 + (int)i, area.columns, 1 };

        draw_row(pen, line, &grid->rows[state->ordering.rows[place]], places, count,
                 place == state->cursor && !state->has_no_cursor, has_focus);
    }
    if (state->ordering.count == 0)
        grid_draw_empty(pen, (struct area){ inner.x, area.y + 1, inner.columns, area.rows - 1 },
                        grid);
}

size_t
grid_at(const struct grid_state *state, int y)
{
    int line = y - state->drawn.y - 1;
    size_t place;

    if (line < 0 || (size_t)line >= state->page)
        return SIZE_MAX;
    place = state->top + (size_t)line;
    return place < state->ordering.count ? place : SIZE_MAX;
}

int
grid_heading_at(const struct grid_state *state, int x, int y)
{
    if (y != state->drawn.y)
        return -1;
    for (int i = 0; i < state->place_count; i++) {
        int from = state->drawn.x + GUTTER + state->places[i].x;

        if (x >= from && x < from + state->places[i].columns)
            return state->places[i].column;
    }
    return -1;
}

/* --- summaries --------------------------------------------------------------------------- */

/* A table that names no summary columns is summed up by those it never drops. */
static bool
is_in_summary(const struct grid *grid, size_t column)
{
    for (size_t i = 0; i < grid->column_count; i++) {
        if (grid->columns[i].is_in_summary)
            return grid->columns[column].is_in_summary;
    }
    return grid->columns[column].priority == 0;
}

static bool
is_summed_up(const struct grid *grid, const struct row *row, size_t column)
{
    const struct cell *cell = &row->cells[column];

    return is_in_summary(grid, column) && (cell->kind != CELL_EMPTY || cell->level != LEVEL_NONE);
}

static int
cell_columns(const struct pen *pen, const struct cell *cell)
{
    return cell->kind == CELL_EMPTY ? 1 : pen_cell_columns(pen, cell);
}

static int
summary_columns(const struct pen *pen, const struct grid *grid, const struct row *row)
{
    int total = 0;

    for (size_t i = 0; i < grid->column_count; i++) {
        if (is_summed_up(grid, row, i))
            total += cell_columns(pen, &row->cells[i]) + (total > 0 ? 1 : 0);
    }
    return total;
}

static void
draw_summary_row(const struct pen *pen, int x, int y, int columns, const struct grid *grid,
                 const struct row *row)
{
    int at = 0;

    for (size_t i = 0; i < grid->column_count && at < columns; i++) {
        const struct cell *cell = &row->cells[i];
        int wanted;

        if (!is_summed_up(grid, row, i))
            continue;
        wanted = cell_columns(pen, cell);
        if (wanted > columns - at)
            wanted = columns - at;
        pen_cell(pen, x + at, y, wanted, cell, cell->level != LEVEL_NONE && cell->kind != CELL_TEXT,
                 (struct ink){ .role = i == 0 ? ROLE_HEAD : ROLE_TEXT });
        at += wanted + 1;
    }
}

int
grid_draw_summary(const struct pen *pen, struct area area, const struct grid *grid,
                  const struct grid_state *state, bool one_a_line)
{
    size_t first = 0, rows = area.rows > 0 ? (size_t)area.rows : 0;
    int x = 0, y = 0;

    if (one_a_line && state->cursor >= rows) /* the cursor's line is the last one then */
        first = state->cursor - rows + 1;
    for (size_t i = first; i < state->ordering.count && y < area.rows; i++) {
        const struct row *row = &grid->rows[state->ordering.rows[i]];
        int wanted = summary_columns(pen, grid, row);

        if (x > 0 && (one_a_line || x + wanted > area.columns)) {
            x = 0;
            y++;
        }
        if (y >= area.rows)
            break;
        draw_summary_row(pen, area.x + x, area.y + y, area.columns - x, grid, row);
        x += wanted + 3;
    }
    if (state->ordering.count == 0)
        grid_draw_empty(pen, area, grid);
    return x > 0 ? y + 1 : y;
}
