/* app_sessions.c - moving along the time axis of a recorded session.
 * SPDX-License-Identifier: MIT
 *
 * The playhead is the cursor of the list of events: whatever moves one moves the other. In the list
 * of sessions the keys mean what they mean everywhere. */
#include "config.h"

#include "tui/app_state.h"

#include <string.h>

#define EVENTS "events"
#define STEPS  60 /* of a session from end to end */

/* The list of events when the focus is on it or on the lanes; else NULL. */
static const struct grid *
events_in_focus(struct app *app, struct board_panel **state)
{
    struct page *page = app_page(app);
    const struct panel *focused = app_focused(app, state), *events;

    if (focused == NULL ||
        (strcmp(focused->name, EVENTS) != 0 && strcmp(focused->name, "timeline") != 0))
        return NULL;
    events = model_panel(&page->model, EVENTS);
    if (events == NULL || events->grid->row_count == 0)
        return NULL;
    *state = board_panel(&page->board, EVENTS);
    return events->grid;
}

static void
run_everywhere(struct app *app, const char *name)
{
    keymap_named(app_actions, name)->run(app, "");
}

static int64_t
time_of(const struct row *row, const struct grid *grid)
{
    for (size_t i = 0; i < grid->column_count; i++) {
        if (grid->columns[i].kind == CELL_TIME)
            return row->cells[i].time_ms;
    }
    return 0;
}

/* To the next event that is a step away or more. */
static void
step(struct app *app, int direction, const char *elsewhere)
{
    struct board_panel *state;
    const struct grid *grid = events_in_focus(app, &state);
    const struct row *row = grid == NULL ? NULL : grid_cursor_row(&state->grid, grid);
    int64_t from, least;
    long delta = 0;

    if (row == NULL) {
        run_everywhere(app, elsewhere);
        return;
    }
    from = time_of(row, grid);
    least = (time_of(&grid->rows[grid->row_count - 1], grid) - time_of(grid->rows, grid)) / STEPS;
    for (size_t at = state->grid.cursor;
         direction > 0 ? at + 1 < state->grid.ordering.count : at > 0;) {
        int64_t there;

        at = direction > 0 ? at + 1 : at - 1;
        delta += direction;
        there = time_of(&grid->rows[state->grid.ordering.rows[at]], grid);
        if ((direction > 0 ? there - from : from - there) > least)
            break;
    }
    grid_move(&state->grid, grid, delta);
    app->needs_build = true;
}

static void
act_forward(struct app *app, const char *argument)
{
    (void)argument;
    step(app, 1, "right");
}

static void
act_backward(struct app *app, const char *argument)
{
    (void)argument;
    step(app, -1, "left");
}

/* On the lanes `n` and `/` are about the events. */
static void
act_next(struct app *app, const char *argument)
{
    struct board_panel *state;

    (void)argument;
    if (events_in_focus(app, &state) != NULL)
        board_focus_set(&app_page(app)->board, EVENTS);
    run_everywhere(app, "next");
}

static void
act_previous(struct app *app, const char *argument)
{
    struct board_panel *state;

    (void)argument;
    if (events_in_focus(app, &state) != NULL)
        board_focus_set(&app_page(app)->board, EVENTS);
    run_everywhere(app, "previous");
}

/* clang-format off */
const struct action app_session_actions[] = {
    { "forward", "Right l", NULL, "the playhead to the next event a step further; in the list of sessions, columns", "playhead", SCOPE_TABLE, act_forward },
    { "backward", "Left h", NULL, "the playhead back; in the list of sessions, columns", NULL, SCOPE_TABLE, act_backward },
    { "next-trouble", "n", NULL, "the next event that is an error or a leak, or the next match", "next", SCOPE_TABLE, act_next },
    { "previous-trouble", "N", NULL, "the one before", NULL, SCOPE_TABLE, act_previous },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
