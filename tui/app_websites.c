/* app_websites.c - choosing the website that the view of visitors looks at.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/app_state.h"

#include <strings.h>

#define PANEL "websites"

/* The row that a person means: by its domain or its name. */
static const struct row *
row_called(const struct grid *grid, const char *name)
{
    for (size_t i = 0; i < grid->row_count; i++) {
        const struct row *row = &grid->rows[i];

        for (size_t c = 0; c < grid->column_count; c++) {
            if (strcasecmp(row->cells[c].text, name) == 0)
                return row;
        }
    }
    return NULL;
}

static void
act_website(struct app *app, const char *argument)
{
    struct page *page = app_page(app);
    const struct panel *panel = model_panel(&page->model, PANEL);
    const struct row *row;

    if (panel == NULL) {
        app_say(app, LEVEL_NONE, "Umami names no other website");
        return;
    }
    if (*argument == '\0') {
        board_focus_set(&page->board, PANEL);
        app->needs_build = true;
        return;
    }
    row = row_called(panel->grid, argument);
    if (row == NULL)
        app_say(app, LEVEL_WARN, "Umami has no website \"%s\"", argument);
    else
        app_open(app, app->page, row->open_key, true);
}

/* clang-format off */
const struct action app_website_actions[] = {
    { "website", "W", "NAME", "the websites there are; Enter looks at one", "website", SCOPE_ALWAYS, act_website },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
