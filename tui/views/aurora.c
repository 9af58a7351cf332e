/* aurora.c - the Aurora view: its row and its layout. What it asks is in databases.c, what it says
 * in aurora_model.c. SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "clusters", 1, false } }, .least = 4, .most = 8 },
    { .slots = { { "measures", 5, false }, { "cluster", 3, false } }, .least = 13, .most = 18, .grow = 2 },
    { .slots = { { "cpu", 1, false }, { "connections", 1, false } }, .least = 6, .most = 10, .grow = 2 },
    { .slots = { { "users", 1, false }, { "change", 1, false } }, .least = 4, .most = 12, .grow = 2 },
    { .slots = { { "events", 1, false } }, .least = 3, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "clusters", 1, false } }, .least = 4, .most = 6 },
    { .slots = { { "measures", 1, false } }, .least = 8, .most = 16, .grow = 3 },
    { .slots = { { "cluster", 1, false } }, .least = 4, .most = 10, .grow = 1 },
    { .slots = { { "users", 1, false } }, .least = 4, .most = 10, .grow = 1 },
    { .slots = { { "change", 1, false } }, .least = 4, .most = 10, .grow = 1 },
    { .slots = { { "events", 1, false } }, .least = 3, .grow = 1 },
    { .slots = { { "cpu", 1, false } }, .least = 5, .most = 8, .grow = 1 },
    { .slots = { { "connections", 1, false } }, .least = 5, .most = 8, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_aurora = {
    .key = '7',
    .name = "aurora",
    .title = "Aurora",
    .short_title = "DB",
    .help =
        "CPU and connections against their lines, load and connections by user, before and after",
    .needs_emulator = false,
    .is_watched = true,
    .ask = aurora_ask,
    .build = aurora_build,
    .layout = &layout,
};
