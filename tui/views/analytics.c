/* analytics.c - the Analytics view: its row and its layout. What it asks and says is in
 * analytics_model.c. SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keymap.h"
#include "tui/layout.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

/* clang-format off */
static const struct band abreast[] = {
    { .slots = { { "summary", 5, false }, { "active", 3, false } }, .least = 11, .most = 13 },
    { .slots = { { "pages", 1, false }, { "referrers", 1, false }, { "events", 1, false } }, .least = 5, .most = 11, .grow = 2 },
    { .slots = { { "countries", 1, false }, { "devices", 1, false }, { "websites", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .slots = { { "hits", 1, false } }, .least = 4, .grow = 2 },
    { .least = 0 },
};

static const struct band column[] = {
    { .slots = { { "summary", 1, true } }, .least = 7, .most = 8 },
    { .slots = { { "pages", 1, false }, { "referrers", 1, false } }, .least = 4, .most = 8, .grow = 1 },
    { .slots = { { "events", 1, false }, { "active", 1, false } }, .least = 4, .most = 7, .grow = 1 },
    { .slots = { { "hits", 1, false } }, .least = 4, .grow = 1 },
    { .slots = { { "countries", 1, false }, { "devices", 1, false } }, .least = 4, .most = 6 },
    { .slots = { { "websites", 1, false } }, .least = 4, .most = 6 },
    { .least = 0 },
};
/* clang-format on */

static const struct layout layout = { abreast, column };

const struct view view_analytics = {
    .key = '4',
    .name = "analytics",
    .title = "Analytics",
    .short_title = "Ana",
    .help = "visitors, pages, referrers and events of a website, from Umami's own API",
    .needs_emulator = false,
    .needs_no_account = true,
    .ask = analytics_ask,
    .build = analytics_build,
    .layout = &layout,
    .actions = app_website_actions,
};
