/* ordering.h - which rows of a table are shown, and in which order.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_ORDERING_H
#define OV_TUI_ORDERING_H

#include "tui/model.h"
#include "tui/pen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ordering {
    size_t *rows;   /* indexes into the table */
    uint64_t *keys; /* their keys' hashes, for holding still */
    size_t count;
    size_t cap;
};

struct sorting {
    int column; /* -1: the table's own order */
    bool is_reversed;
    bool is_held; /* rows known before keep their order; new ones come behind them */
};

void ordering_init(struct ordering *o);
void ordering_fini(struct ordering *o);
void ordering_make(struct ordering *o, const struct pen *pen, const struct grid *grid,
                   const char *filter, const struct sorting *sorting);
/* Where the row with this key stands; `otherwise` when it is gone. */
size_t ordering_find(const struct ordering *o, const struct grid *grid, const char *key,
                     size_t otherwise);

#endif
