/* app_review.c - noting that a person has looked through a recorded session.
 * SPDX-License-Identifier: MIT
 *
 * The note is typed on the command line as `:reviewed SESSION NOTE`; the key writes the session the
 * cursor is on. Notes, and when the view was last looked at, are kept in the client's state
 * directory, by environment. */
#include "config.h"

#include "tui/app_state.h"

#include "tui/reviews.h"

#include <stdio.h>
#include <string.h>

#define COMMAND  "reviewed"
#define VIEW     "privacy"
#define SESSIONS "sessions"

void
app_reviews_load(struct app *app)
{
    struct reviews *fresh;
    struct err err = { 0 };

    if (app->options.reviews_path == NULL)
        return;
    if (reviews_load(&fresh, app->options.reviews_path, &err) != OK) {
        app_say(app, LEVEL_WARN, "%s", err.text);
        return;
    }
    reviews_free(app->reviews);
    app->reviews = fresh;
}

void
app_reviews_saw(struct app *app)
{
    if (app->screen != NULL && app->snapshot != NULL &&
        strcmp(app_page(app)->view->name, VIEW) == 0)
        app->looked_ms = app_now_ms(app);
}

void
app_reviews_leave(struct app *app)
{
    struct err err;

    if (app->looked_ms != 0 && app->options.reviews_path != NULL && app->snapshot != NULL)
        (void)!reviews_look(app->options.reviews_path, app->snapshot->environment, app->looked_ms,
                            &err); /* nobody is there to be told */
    reviews_free(app->reviews);
}

/* What the row the cursor is on leads to; "" when that is no session. */
static const char *
session_under_cursor(struct app *app)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    const struct row *row =
        panel == NULL || panel->grid == NULL ? NULL : grid_cursor_row(&state->grid, panel->grid);
    const char *view;

    if (row == NULL || row->open_key == NULL)
        return "";
    view = row->open_view != NULL ? row->open_view : app_page(app)->view->name;
    return strcmp(view, SESSIONS) == 0 ? row->open_key : "";
}

static void
note(struct app *app, const char *session, const char *words)
{
    const struct review review = { .environment = app->snapshot->environment,
                                   .session = session,
                                   .time_ms = app_now_ms(app),
                                   .note = words };
    struct err err = { 0 };

    if (app->options.reviews_path == NULL)
        app_say(app, LEVEL_WARN, "reviews are not kept %s",
                app->options.transport != NULL ? "of a recording" : "here");
    else if (reviews_add(app->options.reviews_path, &review, &err) != OK)
        app_say(app, LEVEL_WARN, "%s", err.text);
    else {
        app_reviews_load(app);
        app_say(app, LEVEL_OK, "session %s is reviewed", session);
        app->needs_build = true;
    }
}

static void
act_reviewed(struct app *app, const char *argument)
{
    char line[FIELD_MAX], session[REVIEW_SESSION + 1];
    size_t len = strcspn(argument, " ");

    if (*argument == '\0') {
        snprintf(line, sizeof line, COMMAND " %s ", session_under_cursor(app));
        app_command_open(app, line);
        return;
    }
    snprintf(session, sizeof session, "%.*s", len > REVIEW_SESSION ? 0 : (int)len, argument);
    if (app->snapshot == NULL || !review_is_session(session))
        app_say(app, LEVEL_WARN,
                "expected a session and a note: :reviewed 7310...2219 masking holds");
    else
        note(app, session, argument + len + strspn(argument + len, " "));
}

/* clang-format off */
const struct action app_review_actions[] = {
    { COMMAND, "v", "SESSION NOTE", "note that a session was looked through; v takes the one under the cursor", "reviewed", SCOPE_TABLE, act_reviewed },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
