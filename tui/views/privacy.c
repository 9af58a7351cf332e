/* privacy.c - the Privacy view: its row and its layout. What it asks and says is in
 * privacy_model.c. SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "leaks", 5, false }, { "leak", 3, false } }, .least = 9, .grow = 2 },
    { .slots = { { "places", 4, false }, { "review", 3, false } }, .least = 7, .grow = 2 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "leaks", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "leak", 1, false } }, .least = 4, .most = 10, .grow = 1 },
    { .slots = { { "places", 1, false } }, .least = 4, .grow = 1 },
    { .slots = { { "review", 1, false } }, .least = 4, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_privacy = {
    .key = 'p',
    .name = "privacy",
    .title = "Privacy",
    .short_title = "Priv",
    .help = "personal data seen in clear, what would mask it, and who reviewed which session",
    .needs_emulator = false,
    .is_watched = true,
    .ask = privacy_ask,
    .build = privacy_build,
    .layout = &layout,
    .actions = app_review_actions,
};
