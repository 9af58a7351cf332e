/* board.h - a view's panels on screen: what is remembered of each, and drawing them all.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_BOARD_H
#define OV_TUI_BOARD_H

#include "tui/layout.h"
#include "tui/pen.h"
#include "tui/view.h"
#include "tui/widgets/grid.h"
#include "tui/widgets/pager.h"

#include <stdbool.h>
#include <stddef.h>

#define BOARD_FILTER_MAX 256

struct board_panel {
    char name[32];
    struct grid_state grid;
    struct pager_state pager;
    char filter[BOARD_FILTER_MAX];
};

struct board {
    struct board_panel panels[LAYOUT_PLACES]; /* found by name; a panel that leaves is remembered */
    size_t panel_count;
    char focus[32]; /* panel's name; "": the first */
    bool is_zoomed;
    struct panel_place places[LAYOUT_PLACES]; /* of the last draw */
    size_t place_count;
};

void board_init(struct board *board);
void board_fini(struct board *board);

/* After each new model: filters, sorts, keeps cursors. `is_held`: rows must not move now. */
void board_update(struct board *board, const struct pen *pen, const struct model *model,
                  bool is_held);
void board_draw(struct board *board, const struct pen *pen, const struct view *view,
                const char *key, const struct model *model, struct area body, enum size_class size);

size_t board_focus(const struct board *board, const struct model *model); /* index in the model */
void board_focus_move(struct board *board, const struct model *model, int direction);
void board_focus_set(struct board *board, const char *panel);
struct board_panel *board_panel(struct board *board, const char *name);
/* The panel drawn at this tile, NULL: none. */
const struct panel_place *board_place_at(const struct board *board, int x, int y);

#endif
