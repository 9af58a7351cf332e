/* things.h - the lines of the Health view: a name, a verdict and why.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_THINGS_H
#define OV_TUI_VIEWS_THINGS_H

#include "tui/view.h"

#include <stddef.h>
#include <stdint.h>

struct things {
    struct arena *arena;
    struct row *rows;
    size_t count, cap;
    size_t by_level[LEVEL_BAD + 1];
};

/* Borrows the texts. `since_ms` 0: unknown, or before the range. The row may be given somewhere to
 * lead to until the next one is added. */
struct row *things_add(struct things *all, const char *name, enum level level, int64_t since_ms,
                       const char *what);
/* ", simulated" behind what an emulator has by its stack file alone, "" of an account. */
const char *things_origin(const struct view_query *q);
/* The worst first; within a level things keep the order they were added in. */
void things_build(struct panel *panel, const struct things *all);

#endif
