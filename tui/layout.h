/* layout.h - where each panel of a view stands: a pure function of view, columns and rows.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_LAYOUT_H
#define OV_TUI_LAYOUT_H

#include "tui/canvas.h"
#include "tui/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ladder of terminal sizes. */
enum size_class {
    SIZE_TINY,   /* says what it needs */
    SIZE_LINES,  /* 40 x 10: a line for each panel */
    SIZE_SINGLE, /* 60 x 16: the focused panel alone */
    SIZE_COLUMN, /* 80 x 24: panels below each other */
    SIZE_MIDDLE, /* 100 x 28: abreast */
    SIZE_WIDE    /* 120 x 36: abreast, with a message row */
};

#define LAYOUT_COLUMNS_LEAST 40
#define LAYOUT_ROWS_LEAST    10

enum size_class layout_class(int columns, int rows);

#define BAND_SLOTS 3

struct slot {
    const char *panel;
    uint8_t weight;  /* share of the band's width */
    bool is_summary; /* its table as "LCP 2.41 s ●   INP 236 ms ▲" */
};

/* Panels beside each other. Those a model lacks leave their room to the others; a band without any
 * is not there. Rows include the title. */
struct band {
    struct slot slots[BAND_SLOTS];
    uint8_t least; /* rows; 0 ends the list */
    uint8_t most;  /* 0: as many as there are */
    uint8_t grow;  /* share of the rows nobody needs */
};

struct layout {
    const struct band *abreast;
    const struct band *column;
};

#define LAYOUT_PLACES 16

struct panel_place {
    size_t panel; /* in the model */
    struct area area;
    bool has_left_edge;
    bool is_summary;
    bool is_line; /* no frame: title and summary on as few rows as `area` has */
};

/* Returns how many panels got a place. `focus` is the panel shown alone when there is room for one
 * only, or when zoomed. */
size_t layout_make(struct panel_place places[LAYOUT_PLACES], const struct layout *layout,
                   const struct model *model, struct area body, enum size_class size, size_t focus,
                   bool is_zoomed);

#endif
