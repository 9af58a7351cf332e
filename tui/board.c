/* board.c - drawing a model's panels into their places.
 * SPDX-License-Identifier: MIT
 *
 * There is one renderer for all views: what differs between views is in their models and layouts.
 */
#include "config.h"

#include "tui/board.h"

#include "base/text.h"
#include "tui/format.h"
#include "tui/widgets/chart.h"
#include "tui/widgets/facts.h"
#include "tui/widgets/frame.h"
#include "tui/widgets/spread.h"
#include "tui/widgets/tail.h"

#include <stdio.h>
#include <string.h>

#define NOTE_MAX    200
#define TROUBLE_MAX 400
#define SLACK_MS    1500 /* beyond two paces, before data counts as stale */

void
board_init(struct board *board)
{
    memset(board, 0, sizeof(*board));
}

void
board_fini(struct board *board)
{
    for (size_t i = 0; i < board->panel_count; i++)
        grid_state_fini(&board->panels[i].grid);
    board->panel_count = 0;
}

struct board_panel *
board_panel(struct board *board, const char *name)
{
    struct board_panel *panel;

    for (size_t i = 0; i < board->panel_count; i++) {
        if (strcmp(board->panels[i].name, name) == 0)
            return &board->panels[i];
    }
    if (board->panel_count == LAYOUT_PLACES)
        return &board->panels[LAYOUT_PLACES - 1];
    panel = &board->panels[board->panel_count++];
    memset(panel, 0, sizeof(*panel));
    snprintf(panel->name, sizeof(panel->name), "%s", name);
    grid_state_init(&panel->grid);
    return panel;
}

size_t
board_focus(const struct board *board, const struct model *model)
{
    for (size_t i = 0; i < model->panel_count; i++) {
        if (strcmp(model->panels[i].name, board->focus) == 0)
            return i;
    }
    return 0;
}

void
board_focus_set(struct board *board, const char *panel)
{
    snprintf(board->focus, sizeof(board->focus), "%s", panel);
}

void
board_focus_move(struct board *board, const struct model *model, int direction)
{
    size_t count = model->panel_count, at;

    if (count == 0)
        return;
    at = (board_focus(board, model) + count + (direction > 0 ? 1 : count - 1)) % count;
    board_focus_set(board, model->panels[at].name);
}

const struct panel_place *
board_place_at(const struct board *board, int x, int y)
{
    for (size_t i = 0; i < board->place_count; i++) {
        const struct area *a = &board->places[i].area;

        if (x >= a->x && x < a->x + a->columns && y >= a->y && y < a->y + a->rows)
            return &board->places[i];
    }
    return NULL;
}

void
board_update(struct board *board, const struct pen *pen, const struct model *model, bool is_held)
{
    for (size_t i = 0; i < model->panel_count; i++) {
        const struct panel *panel = &model->panels[i];
        struct board_panel *state = board_panel(board, panel->name);

        if (panel->grid == NULL)
            continue;
        state->grid.sorting.is_held = is_held && !panel->grid->is_tail;
        grid_update(&state->grid, pen, panel->grid, state->filter);
    }
}

/* --- one panel --------------------------------------------------------------------------- */

static bool
is_stale(const struct panel *panel, int64_t now_ms)
{
    if (panel->got_ms == 0 || panel->pace_ms == 0)
        return false;
    return now_ms - panel->got_ms > 2 * panel->pace_ms + SLACK_MS;
}

static void
print_trouble(char text[TROUBLE_MAX], const struct panel *panel, int64_t now_ms)
{
    char age[FORMAT_TEXT];

    text[0] = '\0';
    if (panel->failure != NULL && panel->retry_ms > now_ms) {
        format_age(age, panel->retry_ms - now_ms + 999);
        snprintf(text, TROUBLE_MAX, "%.300s, retry in %s", panel->failure, age);
    } else if (panel->failure != NULL) {
        snprintf(text, TROUBLE_MAX, "%.300s", panel->failure);
    } else if (is_stale(panel, now_ms)) {
        format_age(age, now_ms - panel->got_ms);
        snprintf(text, TROUBLE_MAX, "no answer for %s", age);
    }
}

static void
print_note(char text[NOTE_MAX], const struct pen *pen, const struct panel *panel,
           const struct board_panel *state, bool has_focus)
{
    int at = 0;

    text[0] = '\0';
    if (state->filter[0] != '\0' && panel->grid != NULL)
        at += snprintf(text, NOTE_MAX, "/%.80s: %zu of %zu  ", state->filter,
                       state->grid.ordering.count, panel->grid->row_count);
    if (panel_is_awaited(panel))
        at += snprintf(text + at, (size_t)(NOTE_MAX - at), "asking");
    else if (panel->note != NULL && !panel_is_unknown(panel))
        at += snprintf(text + at, (size_t)(NOTE_MAX - at), "%.100s", panel->note);
    if (at < NOTE_MAX && panel->grid != NULL && has_focus &&
        (state->grid.hidden > 0 || state->grid.shift > 0))
        snprintf(text + at, (size_t)(NOTE_MAX - at), "  %s",
                 pen->glyphs->is_ascii ? "<- -> columns" : "← → columns");
    if (text[0] == ' ') /* nothing before the hint */
        memmove(text, text + 2, strlen(text + 2) + 1);
}

static int
take_rows(struct area *area, int rows)
{
    area->y += rows;
    area->rows -= rows;
    return rows;
}

static int
grid_rows(const struct panel *panel, const struct board_panel *state, int available,
          bool shares_room)
{
    int wanted = (int)state->grid.ordering.count + 1;

    if (!shares_room)
        return available;
    if (wanted < 2)
        wanted = 2;
    (void)panel;
    return wanted < available - 2 ? wanted : available - 2;
}

static void
draw_charts(const struct pen *pen, struct area area, const struct panel *panel,
            const struct model *model)
{
    for (size_t i = 0; i < panel->chart_count && area.rows > 0; i++) {
        int rows = area.rows / (int)(panel->chart_count - i);

        chart_draw(pen, (struct area){ area.x, area.y, area.columns, rows }, &panel->charts[i],
                   model->from_ms, model->to_ms);
        take_rows(&area, rows);
    }
}

/* "No errors" may only be said by somebody who knows. Where nobody does, the whole reason stands
 * in the panel: its title may be too short for it. */
static struct grid
as_known(const struct panel *panel)
{
    struct grid grid = { .sort_column = -1 };

    if (panel->grid != NULL)
        grid = *panel->grid;
    if (panel_is_awaited(panel))
        grid.empty = "asking";
    else if (panel_is_unknown(panel))
        grid.empty = panel->failure;
    return grid;
}

/* The rows it took. */
static int
draw_grid(struct board_panel *state, const struct pen *pen, struct area area,
          const struct grid *grid, bool is_summary, bool has_focus)
{
    if (is_summary)
        return grid_draw_summary(pen,
                                 (struct area){ area.x + 1, area.y, area.columns - 1, area.rows },
                                 grid, &state->grid, false);
    if (grid->is_tail)
        tail_draw(&state->grid, pen, area, grid, has_focus);
    else
        grid_draw(&state->grid, pen, area, grid, has_focus);
    return area.rows;
}

static void
draw_contents(struct board_panel *state, const struct pen *pen, struct area area,
              const struct panel *panel, const struct model *model, bool is_summary, bool has_focus)
{
    struct area padded = { area.x + 1, area.y, area.columns - 2, area.rows };
    bool has_more = panel->spread != NULL || panel->chart_count > 0 || panel->passage_count > 0;

    if (panel->fact_count > 0) {
        bool alone = panel->grid == NULL && !has_more;
        struct area room = padded;

        if (!alone) /* facts are an introduction: half of the panel at most */
            room.rows = padded.rows / 2 > 0 ? padded.rows / 2 : 1;
        take_rows(&padded, facts_draw(pen, room, panel->facts, panel->fact_count));
    }
    if (panel->grid == NULL && (panel_is_awaited(panel) || panel_is_unknown(panel))) {
        struct grid grid = as_known(panel);

        grid_draw_empty(pen, padded, &grid);
        return;
    }
    if (panel->grid != NULL && padded.rows > 0) {
        struct grid grid = as_known(panel);
        int rows = is_summary ? padded.rows
                              : grid_rows(panel, state, padded.rows, has_more && padded.rows >= 6);

        take_rows(&padded,
                  draw_grid(state, pen, (struct area){ area.x, padded.y, area.columns - 1, rows },
                            &grid, is_summary, has_focus));
    }
    if (panel->spread != NULL && padded.rows > 0)
        take_rows(&padded, spread_draw(pen, padded, panel->spread));
    if (panel->chart_count > 0 && padded.rows > 0 && panel->passage_count > 0) {
        struct area upper = { padded.x, padded.y, padded.columns, padded.rows / 2 };

        draw_charts(pen, upper, panel, model);
        take_rows(&padded, upper.rows);
    } else {
        draw_charts(pen, padded, panel, model);
    }
    if (panel->passage_count > 0 && padded.rows > 0)
        pager_draw(&state->pager, pen, padded, panel->passages, panel->passage_count);
}

static void
draw_line(struct board_panel *state, const struct pen *pen, struct area area,
          const struct panel *panel)
{
    struct area rest = area;
    int used = pen_text(pen, area.x, area.y, area.columns / 3, panel->title,
                        (struct ink){ .role = ROLE_HEAD });

    rest.x += used + 1;
    rest.columns -= used + 1;
    if (panel->failure != NULL)
        pen_text(pen, rest.x, rest.y, rest.columns, panel->failure,
                 (struct ink){ .role = ROLE_WARN });
    else if (panel->grid != NULL)
        grid_draw_summary(pen, rest, panel->grid, &state->grid, true);
    else if (panel->fact_count > 0)
        facts_draw(pen, rest, panel->facts, panel->fact_count);
    else
        pen_text(pen, rest.x, rest.y, rest.columns, panel->note, (struct ink){ .role = ROLE_TEXT });
}

/* The name that the row which leads to it has: else the first text that is no judgement. */
static const char *
name_in(const struct grid *list, const char *key, bool is_first)
{
    for (size_t i = 0; list != NULL && i < list->row_count; i++) {
        const struct row *row = &list->rows[i];

        if ((row->open_key == NULL && !is_first) || strcmp(row->key, key) != 0)
            continue;
        for (size_t c = 0; c < list->column_count; c++) {
            if (list->columns[c].is_name)
                return row->cells[c].text;
        }
        for (size_t c = 0; c < list->column_count; c++) {
            if (row->cells[c].kind == CELL_TEXT && row->cells[c].level == LEVEL_NONE)
                return row->cells[c].text;
        }
    }
    return NULL;
}

/* What was entered, by the name it has in its list. */
static const char *
crumb_of(const struct model *model, const char *key)
{
    for (size_t p = 0; p < model->panel_count; p++) {
        const char *name = name_in(model->panels[p].grid, key, p == 0);

        if (name != NULL)
            return name;
    }
    return key;
}

static void
draw_place(struct board *board, const struct pen *pen, const struct panel_place *place,
           const struct view *view, const char *key, const struct model *model)
{
    const struct panel *panel = &model->panels[place->panel];
    struct board_panel *state = board_panel(board, panel->name);
    bool has_focus = place->panel == board_focus(board, model);
    char note[NOTE_MAX], again[NOTE_MAX], trouble[TROUBLE_MAX];
    struct frame frame = { .has_focus = has_focus, .has_left_edge = place->has_left_edge };
    struct pen own = *pen;
    size_t crumb = 0;

    own.is_dimmed = is_stale(panel, pen->now_ms);
    if (place->is_line) {
        draw_line(state, &own, place->area, panel);
        return;
    }
    if (place->panel == 0) {
        frame.crumbs[crumb++] = view->title;
        if (*key != '\0')
            frame.crumbs[crumb++] = crumb_of(model, key);
    }
    if (strcmp(panel->title, view->title) != 0 || crumb == 0)
        frame.crumbs[crumb] = panel->title;
    print_trouble(trouble, panel, pen->now_ms);
    print_note(note, pen, panel, state, has_focus);
    frame.trouble = trouble[0] != '\0' ? trouble : NULL;
    frame.note = note;
    draw_contents(state, &own, frame_draw(&own, place->area, &frame), panel, model,
                  place->is_summary, has_focus);
    print_note(again, pen, panel, state, has_focus);
    if (strcmp(again, note) != 0) { /* how many columns fit is known now */
        frame.note = again;
        (void)frame_draw(&own, place->area, &frame);
    }
}

void
board_draw(struct board *board, const struct pen *pen, const struct view *view, const char *key,
           const struct model *model, struct area body, enum size_class size)
{
    board->place_count = layout_make(board->places, view->layout, model, body, size,
                                     board_focus(board, model), board->is_zoomed);
    for (size_t i = 0; i < board->place_count; i++)
        draw_place(board, pen, &board->places[i], view, key, model);
}
