/* table.h - rows under headings, with a cursor that stays on its row.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_TABLE_H
#define OV_TUI_WIDGETS_TABLE_H

#include "tui/ordering.h"
#include "tui/pen.h"

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 32

/* Where a column stands. */
struct column_place {
    int column;
    int x;
    int columns;
    bool has_marks;
};

/* What the screen remembers of a table between models. */
struct table_state {
    struct ordering ordering;
    struct sorting sorting;
    uint64_t subject;  /* hash of what the rows are of */
    char *cursor_key;  /* NULL: the first row (of a tail: the last) */
    size_t cursor;     /* its place in the ordering */
    size_t top;        /* first place shown */
    size_t page;       /* rows that fitted at the last draw */
    int shift;         /* columns pushed out to the left by '→' */
    struct area drawn; /* where the last draw put it, and its columns */
    struct column_place places[TABLE_COLUMNS_MAX];
    int place_count;
    int hidden;         /* columns that did not fit at the last draw */
    bool has_no_cursor; /* printed, not moved in */
    bool is_following;  /* a tail whose end is watched */
    bool is_wrapped;
    bool is_unfolded; /* JSON messages over several lines */
};

void table_state_init(struct table_state *state);
void table_state_fini(struct table_state *state);

/* Filters, sorts and finds the cursor's row again: after each new model, filter or sort order. */
void table_update(struct table_state *state, const struct pen *pen, const struct table *table,
                  const char *filter);
/* Moves the cursor by `delta` rows, stopping at either end. */
void table_move(struct table_state *state, const struct table *table, long delta);
/* To the row of this key, if it is among those shown; a tail is no longer followed then. */
void table_go(struct table_state *state, const struct table *table, const char *key);
/* To the next (1) or previous (-1) row worth a look: new, warn or bad. false: there is none. */
bool table_next(struct table_state *state, const struct table *table, int direction);
const struct row *table_cursor_row(const struct table_state *state, const struct table *table);
/* The longest text of the cursor's row that the last draw cut; NULL: it stands there whole. */
const char *table_cut_text(const struct table_state *state, const struct pen *pen,
                           const struct table *table);

void table_draw(struct table_state *state, const struct pen *pen, struct area area,
                const struct table *table, bool has_focus);
/* Over as many lines as it needs and the area has. */
void table_draw_sentence(const struct pen *pen, struct area area, const char *sentence);
/* The sentence a table without rows says. */
void table_draw_empty(const struct pen *pen, struct area area, const struct table *table);
/* The place in the ordering drawn on line `y` of the canvas; SIZE_MAX: none. */
size_t table_at(const struct table_state *state, int y);
/* The column whose heading was drawn on this tile; -1: none. */
int table_heading_at(const struct table_state *state, int x, int y);

/* "LCP 2.41 s ●   INP 236 ms ▲": the summary columns of all rows in as few lines as `area` has;
 * one row a line when `one_a_line`. Returns the lines used. */
int table_draw_summary(const struct pen *pen, struct area area, const struct table *table,
                       const struct table_state *state, bool one_a_line);

/* Columns the table would fill if it could. */
int table_wants(const struct pen *pen, const struct table *table, const struct ordering *ordering);
/* Which columns fit, and where: also what a tail needs. */
int table_plan(const struct pen *pen, const struct table *table, const struct ordering *ordering,
               int columns, int shift, struct column_place places[TABLE_COLUMNS_MAX]);

#endif
