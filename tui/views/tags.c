/* tags.c - the Tags view: its row and its layout. What it asks and says is in tags_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "resources", 3, false }, { "resource", 2, false } }, .least = 9, .grow = 2 },
    { .slots = { { "types", 1, false } }, .least = 5, .most = 12, .grow = 1 },
    { .slots = { { "rules", 5, false }, { "activation", 2, false } }, .least = 8, .most = 16, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "resources", 1, false } }, .least = 7, .grow = 2 },
    { .slots = { { "resource", 1, false } }, .least = 5, .most = 14, .grow = 1 },
    { .slots = { { "rules", 1, false } }, .least = 5, .most = 16, .grow = 1 },
    { .slots = { { "activation", 1, false } }, .least = 4, .most = 8 },
    { .slots = { { "types", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_tags = {
    .key = 't',
    .name = "tags",
    .title = "Tags",
    .short_title = "Tag",
    .help = "tags: which keys and values are missing or wrong, and what falls out of the bill",
    .needs_emulator = false,
    .is_watched = true,
    .ask = tags_ask,
    .build = tags_build,
    .layout = &layout,
};
