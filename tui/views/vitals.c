/* vitals.c - the Vitals view: its row and its layout. What it asks and says is in vitals_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "metrics", 2, false }, { "spread", 1, false } }, .least = 7, .most = 9, .grow = 2 },
    { .slots = { { "routes", 1, false } }, .least = 4, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "metrics", 1, false } }, .least = 7, .most = 8, .grow = 1 },
    { .slots = { { "spread", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .slots = { { "routes", 1, false } }, .least = 4, .grow = 2 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_vitals = {
    .key = '2',
    .name = "vitals",
    .title = "Vitals",
    .short_title = "Vit",
    .help = "p75 of each metric and route, against its good and poor limits",
    .needs_emulator = false,
    .ask = vitals_ask,
    .build = vitals_build,
    .layout = &layout,
};
