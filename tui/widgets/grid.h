/* grid.h - rows under headings, with a cursor that stays on its row.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_GRID_H
#define OV_TUI_WIDGETS_GRID_H

#include "tui/ordering.h"
#include "tui/pen.h"

#include <stdbool.h>
#include <stddef.h>

#define GRID_COLUMNS_MAX 32

/* Where a column stands. */
struct column_place {
    int column;
    int x;
    int columns;
    bool has_marks;
};

/* What the screen remembers of a table between models. */
struct grid_state {
    struct ordering ordering;
    struct sorting sorting;
    uint64_t subject;  /* hash of what the rows are of */
    char *cursor_key;  /* NULL: the first row (of a tail: the last) */
    size_t cursor;     /* its place in the ordering */
    size_t top;        /* first place shown */
    size_t page;       /* rows that fitted at the last draw */
    int shift;         /* columns pushed out to the left by '→' */
    struct area drawn; /* where the last draw put it, and its columns */
    struct column_place places[GRID_COLUMNS_MAX];
    int place_count;
    int hidden;         /* columns that did not fit at the last draw */
    bool has_no_cursor; /* printed, not moved in */
    bool is_following;  /* a tail whose end is watched */
    bool is_wrapped;
    bool is_unfolded; /* JSON messages over several lines */
};

void grid_state_init(struct grid_state *state);
void grid_state_fini(struct grid_state *state);

/* Filters, sorts and finds the cursor's row again: after each new model, filter or sort order. */
void grid_update(struct grid_state *state, const struct pen *pen, const struct grid *grid,
                 const char *filter);
/* Moves the cursor by `delta` rows, stopping at either end. */
void grid_move(struct grid_state *state, const struct grid *grid, long delta);
/* To the row of this key, if it is among those shown; a tail is no longer followed then. */
void grid_go(struct grid_state *state, const struct grid *grid, const char *key);
/* To the next (1) or previous (-1) row worth a look: new, warn or bad. false: there is none. */
bool grid_next(struct grid_state *state, const struct grid *grid, int direction);
const struct row *grid_cursor_row(const struct grid_state *state, const struct grid *grid);
/* The longest text of the cursor's row that the last draw cut; NULL: it stands there whole. */
const char *grid_cut_text(const struct grid_state *state, const struct pen *pen,
                          const struct grid *grid);

void grid_draw(struct grid_state *state, const struct pen *pen, struct area area,
               const struct grid *grid, bool has_focus);
/* Over as many lines as it needs and the area has. */
void grid_draw_sentence(const struct pen *pen, struct area area, const char *sentence);
/* The sentence a table without rows says. */
void grid_draw_empty(const struct pen *pen, struct area area, const struct grid *grid);
/* The place in the ordering drawn on line `y` of the canvas; SIZE_MAX: none. */
size_t grid_at(const struct grid_state *state, int y);
/* The column whose heading was drawn on this tile; -1: none. */
int grid_heading_at(const struct grid_state *state, int x, int y);

/* "LCP 2.41 s ●   INP 236 ms ▲": the summary columns of all rows in as few lines as `area` has;
 * one row a line when `one_a_line`. Returns the lines used. */
int grid_draw_summary(const struct pen *pen, struct area area, const struct grid *grid,
                      const struct grid_state *state, bool one_a_line);

/* Columns the table would fill if it could. */
int grid_wants(const struct pen *pen, const struct grid *grid, const struct ordering *ordering);
/* Which columns fit, and where: also what a tail needs. */
int grid_plan(const struct pen *pen, const struct grid *grid, const struct ordering *ordering,
              int columns, int shift, struct column_place places[GRID_COLUMNS_MAX]);

#endif
