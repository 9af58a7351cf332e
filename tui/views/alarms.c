/* alarms.c - the Alarms view: its row and its layout. What it asks and says is in alarms_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* What follows the cursor stands beside and below the alarms. */
/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "alarms", 3, false }, { "alarm", 2, false } }, .least = 12, .grow = 2 },
    { .slots = { { "history", 3, false }, { "children", 2, false } }, .least = 5, .most = 12, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "alarms", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "alarm", 1, false } }, .least = 7, .grow = 1 },
    { .slots = { { "children", 1, false } }, .least = 3, .most = 6, .grow = 1 },
    { .slots = { { "history", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_alarms = {
    .key = '0',
    .name = "alarms",
    .title = "Alarms",
    .short_title = "Alm",
    .help = "alarms: state, rule, how far from the limit, history",
    .needs_emulator = false,
    .is_watched = true,
    .ask = alarms_ask,
    .build = alarms_build,
    .layout = &layout,
};
