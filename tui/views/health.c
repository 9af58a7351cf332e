/* health.c - the Health view: its row and its layout. What it asks and says is in health_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band whole[] = {
    { .slots = { { "things", 1, false } }, .least = 6, .grow = 1 },
    { .slots = { { "edges", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { whole, whole };

const struct view view_health = {
    .key = 'H',
    .name = "health",
    .title = "Health",
    .short_title = "Hlt",
    .help = "functions, services, targets, alarms, obsview itself, and each edge of the diagram",
    .needs_emulator = false,
    .is_watched = true,
    .ask = health_ask,
    .build = health_build,
    .layout = &layout,
};
