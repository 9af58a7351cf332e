/* overview.c - the Overview view: its row and its layout. What it asks and says is in
 * overview_model.c. SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* Each panel is the summary of its own view; Enter goes there. */
/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "vitals", 1, false }, { "errors", 1, false } }, .least = 8, .most = 10, .grow = 2 },
    { .slots = { { "lambda", 1, false }, { "analytics", 1, true } }, .least = 6, .most = 12, .grow = 2 },
    { .slots = { { "aurora", 1, false }, { "costs", 1, false }, { "alarms", 1, false } }, .least = 5, .most = 7, .grow = 1 },
    { .slots = { { "events", 3, false }, { "intake", 2, false } }, .least = 4, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "vitals", 1, true } }, .least = 3, .most = 3 },
    { .slots = { { "errors", 1, false } }, .least = 3, .most = 9, .grow = 2 },
    { .slots = { { "analytics", 1, true } }, .least = 2, .most = 4, .grow = 1 },
    { .slots = { { "lambda", 1, false } }, .least = 4, .most = 9, .grow = 2 },
    { .slots = { { "alarms", 1, true } }, .least = 2, .most = 3 },
    { .slots = { { "aurora", 1, true } }, .least = 2, .most = 3 },
    { .slots = { { "costs", 1, false } }, .least = 2, .most = 3 },
    { .slots = { { "events", 1, false } }, .least = 3, .grow = 1 },
    { .slots = { { "intake", 1, false } }, .least = 3, .most = 8, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_overview = {
    .key = '1',
    .name = "overview",
    .title = "Overview",
    .short_title = "Over",
    .help = "the summary of every view",
    .needs_emulator = false,
    .ask = overview_ask,
    .build = overview_build,
    .layout = &layout,
};
