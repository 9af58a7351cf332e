/* lambda.c - the Lambda view: its row and its layout. What it asks and says is in lambda_model.c.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "functions", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "function", 1, false } }, .least = 6, .most = 12, .grow = 1 },
    { .slots = { { "api", 1, false }, { "cdn", 1, false } }, .least = 5, .most = 10, .grow = 1 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "functions", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "function", 1, false } }, .least = 5, .most = 8, .grow = 1 },
    { .slots = { { "api", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .slots = { { "cdn", 1, false } }, .least = 3, .most = 4 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_lambda = {
    .key = '6',
    .name = "lambda",
    .title = "Lambda",
    .short_title = "Fn",
    .help = "functions, API Gateway and CDN: calls, errors, durations, deployments",
    .needs_emulator = false,
    .is_watched = true,
    .ask = lambda_ask,
    .build = lambda_build,
    .layout = &layout,
};
