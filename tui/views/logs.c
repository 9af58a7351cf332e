/* logs.c - the Logs view: its row and its layout. What it asks and says is in logs_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "lines", 1, false } }, .least = 8, .grow = 2 },
    { .slots = { { "insights", 1, false } }, .least = 8, .grow = 2 },
    { .slots = { { "line", 4, false }, { "levels", 3, false }, { "groups", 4, false } }, .least = 6, .most = 9 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "lines", 1, false } }, .least = 8, .grow = 2 },
    { .slots = { { "insights", 1, false } }, .least = 7, .grow = 2 },
    { .slots = { { "line", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .slots = { { "levels", 1, false } }, .least = 4, .most = 5 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_logs = {
    .key = '9',
    .name = "logs",
    .title = "Logs",
    .short_title = "Log",
    .help = "log lines as they come, filtered, held against the schema; Insights queries",
    .needs_emulator = false,
    .ask = logs_ask,
    .build = logs_build,
    .layout = &layout,
    .actions = app_query_actions,
};
