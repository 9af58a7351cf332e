/* errors.c - the Errors view: its row and its layout. What it asks and says is in errors_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* What follows the cursor stands beside and below the groups. */
/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "groups", 5, false }, { "group", 3, false } }, .least = 8, .most = 18, .grow = 2 },
    { .slots = { { "stack", 3, false }, { "sessions", 2, false } }, .least = 5, .grow = 2 },
    { .slots = { { "components", 1, false } }, .least = 3, .most = 8, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "groups", 1, false } }, .least = 7, .most = 14, .grow = 2 },
    { .slots = { { "group", 1, false } }, .least = 4, .most = 7, .grow = 1 },
    { .slots = { { "stack", 1, false } }, .least = 5, .grow = 1 },
    { .slots = { { "components", 1, false } }, .least = 3, .most = 8, .grow = 1 },
    { .slots = { { "sessions", 1, false } }, .least = 3, .most = 6 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_errors = {
    .key = '3',
    .name = "errors",
    .title = "Errors",
    .short_title = "Err",
    .help = "errors in groups, with their stacks, sessions and routes",
    .needs_emulator = false,
    .is_watched = true,
    .ask = errors_ask,
    .build = errors_build,
    .layout = &layout,
};
