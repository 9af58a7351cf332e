/* intake.c - the Intake view: its row and its layout. What it asks and says is in intake_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* The one view that only an emulator can feed. */
/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "requests", 3, false }, { "request", 2, false } }, .least = 10, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "requests", 1, false } }, .least = 7, .grow = 1 },
    { .slots = { { "request", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_intake = {
    .key = 'i',
    .name = "intake",
    .title = "Intake",
    .short_title = "In",
    .help = "every request and EMF document as it arrives, with its verdict",
    .needs_emulator = true,
    .ask = intake_ask,
    .build = intake_build,
    .layout = &layout,
    .actions = app_request_actions,
};
