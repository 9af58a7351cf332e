/* lambda.c - the Lambda view: its row and its layout. What it asks and says is in lambda_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "functions", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "functions", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_lambda = {
    .key = '6',
    .name = "lambda",
    .title = "Lambda",
    .short_title = "Fn",
    .help = "functions: calls, errors, durations",
    .needs_emulator = false,
    .is_watched = true,
    .ask = lambda_ask,
    .build = lambda_build,
    .layout = &layout,
};
