/* app_query.c - what the view of logs does at a price: Logs Insights queries and Live Tail.
 * SPDX-License-Identifier: MIT
 *
 * The query is typed on the command line as `:query TEXT`, so it has the line's history and keys.
 * While it stands there, the view is told so and shows what it would scan and cost; Enter runs it,
 * and only Enter: each run has a number of its own, and the collector starts a query once for each.
 * A query stays wanted while another page is open, because coming back must not start it again. A
 * Live Tail does not: it is paid by the minute, so it ends when nobody sees it. */
#include "config.h"

#include "tui/app_state.h"

#include "tui/views/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "query"
#define FIRST   "fields @timestamp, @message | sort @timestamp desc | limit 50"
#define PANEL   "insights"

bool
app_query_is_typed(const struct app *app, const struct page *page)
{
    size_t n = strlen(COMMAND);

    return app->mode == MODE_COMMAND && page->view->actions == app_query_actions &&
           strncmp(app->field.text, COMMAND, n) == 0 &&
           (app->field.text[n] == ' ' || app->field.text[n] == '\0');
}

/* The last query of this screen or an earlier one, else one to begin with. */
static const char *
last_query(const struct app *app, const struct page *page)
{
    if (page->insights != NULL)
        return page->insights;
    for (size_t i = app->history_count; i > 0; i--) {
        const char *line = app->history[i - 1];

        if (strncmp(line, COMMAND " ", strlen(COMMAND) + 1) == 0)
            return line + strlen(COMMAND) + 1;
    }
    return FIRST;
}

static void
act_query(struct app *app, const char *argument)
{
    struct page *page = app_page(app);
    char line[FIELD_MAX];

    board_focus_set(&page->board, PANEL);
    app->needs_build = app->needs_ask = true;
    if (*argument == '\0') {
        snprintf(line, sizeof line, "%s %s", COMMAND, last_query(app, page));
        app_command_open(app, line);
        return;
    }
    free(page->insights);
    page->insights = xstrdup(argument);
    page->insights_run++;
}

bool
app_query_drop(struct app *app)
{
    struct page *page = app_page(app);

    if (page->insights == NULL || strcmp(page->board.focus, PANEL) != 0)
        return false;
    free(page->insights);
    page->insights = NULL;
    board_focus_set(&page->board, "");
    app->needs_build = app->needs_ask = true;
    app_say(app, LEVEL_NONE, "the query is dropped; :query has it for another run");
    return true;
}

void
app_query_keep(struct app *app, struct ask_list *asks)
{
    for (size_t i = 0; i < app->page_count; i++) {
        struct page *page = &app->pages[i];
        struct view_query query = app_page_query(app, page);
        struct ask_list *own;

        if (i == app->page || page->insights == NULL)
            continue;
        own = ask_list_new();
        page->view->ask(own, &query);
        for (size_t k = 0; k < own->count; k++) {
            if (own->items[k].kind == ASK_INSIGHTS)
                ask_list_add(asks, &own->items[k]);
        }
        ask_list_free(own);
    }
}

/* A session is paid by the minute, so it is one group's, and said with its price. */
static void
act_live_tail(struct app *app, const char *argument)
{
    struct page *page = app_page(app);
    struct view_query query = app_page_query(app, page);

    (void)argument;
    if (*page->key == '\0' && !page->wants_live_tail) {
        app_say(app, LEVEL_WARN,
                "Live Tail follows one log group: enter it first, under log groups");
        return;
    }
    page->wants_live_tail = !page->wants_live_tail;
    app->needs_build = app->needs_ask = true;
    if (!page->wants_live_tail)
        app_say(app, LEVEL_NONE, "Live Tail is off: lines are asked for, which costs nothing");
    else if (app->snapshot != NULL && app->snapshot->is_emulator)
        app_say(app, LEVEL_NONE, "Live Tail is on; L ends it");
    else
        app_say(app, LEVEL_WARN, "Live Tail is on: $%.2f a minute [estimate]; L ends it",
                view_price_usd(&query, PRICE_LIVE_TAIL_MINUTE, 1));
}

/* clang-format off */
const struct action app_query_actions[] = {
    { "query", "Q", "TEXT", "ask Logs Insights; what it scans and costs is shown before Enter runs it", "query", SCOPE_ALWAYS, act_query },
    { "live-tail", "L", NULL, "lines of the entered group the moment they are written, paid by the minute; or no longer", NULL, SCOPE_TAIL, act_live_tail },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
