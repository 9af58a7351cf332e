/* glyphs.h - the characters the screen draws with: Unicode, or plain ASCII.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_GLYPHS_H
#define OV_TUI_GLYPHS_H

#include "tui/model.h"

#include <stdbool.h>
#include <stdint.h>

enum graph_style { GRAPH_BRAILLE, GRAPH_BLOCK, GRAPH_ASCII };

struct glyphs {
    bool is_ascii;
    enum graph_style graph;
    uint32_t across, down, tee; /* frame: ─ │ ┬ */
    uint32_t cursor;            /* ▸ the row one is on */
    uint32_t fresh;             /* + a row that is new */
    uint32_t sorted_up, sorted_down;
    uint32_t full, half, light, track; /* █ ▒ ░ · */
    uint32_t limit;                    /* ┊ a mark in a bar */
    uint32_t limit_line;               /* ┈ a limit across a graph */
    uint32_t event_line;               /* ╎ a deployment across a graph */
    uint32_t bar_left, bar_right;      /* ▕ ▏ */
    uint32_t page, page_turn;          /* ═ ╞ the pages of a session */
    uint32_t open;                     /* … the newest step is not over yet */
    const uint32_t *trend;             /* eight heights */
    const char *levels[LEVEL_BAD + 1]; /* "●" ... by enum level; "" for none */
    const char *crumb;                 /* " › " */
    const char *dash;                  /* "–" */
    const char *at_most, *at_least;    /* "≤", "≥" */
    const char *infinity;
};

/* The set for a terminal; `graph` counts only where Unicode may be drawn. */
struct glyphs glyphs_for(bool is_ascii, enum graph_style graph);
bool graph_style_parse(enum graph_style *out, const char *name); /* "braille", "block", "ascii" */

#endif
