/* costs.c - the Costs view: its row and its layout. What it asks and says is in costs_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "month", 5, false }, { "own", 3, false } }, .least = 9, .most = 9 },
    { .slots = { { "components", 1, false }, { "functions", 1, false }, { "environments", 1, false } }, .least = 5, .most = 10, .grow = 2 },
    { .slots = { { "projected", 5, false }, { "resources", 3, false } }, .least = 6, .most = 11, .grow = 2 },
    { .slots = { { "telemetry", 1, false }, { "account", 1, false } }, .least = 5, .most = 6 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "month", 1, false } }, .least = 9, .most = 9 },
    { .slots = { { "components", 1, false } }, .least = 4, .most = 9, .grow = 1 },
    { .slots = { { "projected", 1, false } }, .least = 4, .most = 9, .grow = 1 },
    { .slots = { { "own", 1, false } }, .least = 3, .most = 3 },
    { .slots = { { "telemetry", 1, false } }, .least = 4, .most = 4 },
    { .slots = { { "functions", 1, false } }, .least = 4, .most = 10, .grow = 1 },
    { .slots = { { "environments", 1, false } }, .least = 4, .most = 7 },
    { .slots = { { "resources", 1, false } }, .least = 4, .most = 12, .grow = 1 },
    { .slots = { { "account", 1, false } }, .least = 3, .most = 6 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_costs = {
    .key = '8',
    .name = "costs",
    .title = "Costs",
    .short_title = "$",
    .help = "the month against its budget, where the money goes, and what looking costs",
    .needs_emulator = false,
    .ask = costs_ask,
    .build = costs_build,
    .layout = &layout,
};
