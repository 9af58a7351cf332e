/* sessions.c - the Sessions view: its row and its layout. What it asks and says is in
 * sessions_model.c. SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "sessions", 1, false }, { "timeline", 1, false } }, .least = 10, .most = 14, .grow = 1 },
    { .slots = { { "events", 3, false }, { "message", 2, false } }, .least = 7, .grow = 2 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "sessions", 1, false } }, .least = 5, .most = 10, .grow = 1 },
    { .slots = { { "timeline", 1, false } }, .least = 7, .most = 10, .grow = 1 },
    { .slots = { { "events", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "message", 1, false } }, .least = 4, .most = 8 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_sessions = {
    .key = '5',
    .name = "sessions",
    .title = "Sessions",
    .short_title = "Ses",
    .help = "recorded sessions: what happened when, errors, and what leaked",
    .needs_emulator = false,
    .ask = sessions_ask,
    .build = sessions_build,
    .layout = &layout,
    .detail = "events",
    .actions = app_session_actions,
};
