/* app_command.c - the command line, its completion and history, and the filter as it is typed.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/app_state.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "tui/captured.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX 128
#define HISTORY_BYTES  (256u << 10)

struct candidates {
    const char *items[CANDIDATES_MAX + 1]; /* ends with NULL */
    size_t count;
};

static void
add_candidate(struct candidates *all, const char *text)
{
    if (all->count < CANDIDATES_MAX)
        all->items[all->count++] = text;
}

static void
add_commands(const struct app *app, struct candidates *all)
{
    const struct action *own = app->pages[app->page].view->actions;

    for (; own != NULL && own->name != NULL; own++)
        add_candidate(all, own->name);
    for (const struct action *a = app_transport_table(app); a != NULL && a->name != NULL; a++)
        add_candidate(all, a->name);
    for (const struct action *a = app_actions; a->name != NULL; a++)
        add_candidate(all, a->name);
    for (size_t i = 0; i < app->page_count; i++)
        add_candidate(all, app->pages[i].view->name);
}

/* What may follow a command's name. */
static void
add_arguments(struct app *app, const char *command, struct candidates *all)
{
    static const char *const ranges[] = { "5m", "15m", "1h", "3h", "24h", "7d", "30d" };
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    if (strcmp(command, "view") == 0) {
        for (size_t i = 0; i < app->page_count; i++)
            add_candidate(all, app->pages[i].view->name);
    } else if (strcmp(command, "theme") == 0) {
        for (size_t i = 0; themes[i] != NULL; i++)
            add_candidate(all, theme_name(themes[i]));
    } else if (strcmp(command, "copy") == 0) {
        for (size_t i = 0; captured_forms[i].name != NULL; i++)
            add_candidate(all, captured_forms[i].name);
    } else if (strcmp(command, "at") == 0) {
        add_candidate(all, "start");
        add_candidate(all, "end");
    } else if (strcmp(command, "graph") == 0) {
        add_candidate(all, "braille");
        add_candidate(all, "block");
        add_candidate(all, "ascii");
    } else if (strcmp(command, "env") == 0) {
        for (size_t i = 0;
             app->options.environments != NULL && app->options.environments[i] != NULL; i++)
            add_candidate(all, app->options.environments[i]);
    } else if (strcmp(command, "range") == 0) {
        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
            add_candidate(all, ranges[i]);
    } else if (strcmp(command, "sort") == 0 && panel != NULL && panel->grid != NULL) {
        for (size_t i = 0; i < panel->grid->column_count; i++)
            add_candidate(all, panel->grid->columns[i].name);
    }
}

static size_t
keep_prefix(struct candidates *all, const char *prefix)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (strncmp(all->items[i], prefix, strlen(prefix)) == 0)
            all->items[kept++] = all->items[i];
    }
    all->items[kept] = NULL;
    return all->count = kept;
}

/* Each Tab puts in the next candidate for what was typed before the first. */
static void
complete(struct app *app)
{
    struct candidates all = { .count = 0 };
    char command[FIELD_MAX], text[2 * FIELD_MAX];
    const char *blank;

    if (app->completing[0] == '\0') {
        snprintf(app->completing, sizeof(app->completing), "%s", app->field.text);
        app->completion = 0;
    } else {
        app->completion++;
    }
    blank = strchr(app->completing, ' ');
    snprintf(command, sizeof(command), "%.*s", blank != NULL ? (int)(blank - app->completing) : 0,
             app->completing);
    if (blank != NULL)
        add_arguments(app, command, &all);
    else
        add_commands(app, &all);
    if (keep_prefix(&all, blank != NULL ? blank + 1 : app->completing) == 0) {
        app_say(app, LEVEL_NONE, "nothing begins like that");
        return;
    }
    snprintf(text, sizeof(text), "%s%s%s", command, blank != NULL ? " " : "",
             all.items[app->completion % all.count]);
    field_set(&app->field, text);
}

/* --- history ----------------------------------------------------------------------------- */

static void
remember(struct app *app, const char *line)
{
    if (app->history_count > 0 && strcmp(app->history[app->history_count - 1], line) == 0)
        return;
    if (app->history_count == APP_HISTORY) {
        free(app->history[0]);
        memmove(app->history, app->history + 1, sizeof(app->history[0]) * (APP_HISTORY - 1));
        app->history_count--;
    }
    app->history[app->history_count++] = xstrdup(line);
}

void
app_history_load(struct app *app)
{
    struct buf text;

    if (app->options.history_path == NULL)
        return;
    buf_init(&text, HISTORY_BYTES);
    if (buf_read_file(&text, app->options.history_path, NULL) == OK) {
        char *rest = text.data, *line;

        while ((line = strsep(&rest, "\n")) != NULL) {
            if (*line != '\0')
                remember(app, line);
        }
    }
    buf_fini(&text);
}

/* Written whole each time: it is small, and two screens do not mix their lines. */
static void
history_save(struct app *app)
{
    struct err err;
    FILE *file;

    if (app->options.history_path == NULL)
        return;
    (void)path_make_directories(app->options.history_path,
                                NULL); /* what comes of it, opening the file says */
    file = fopen(app->options.history_path, "we");
    if (file == NULL) {
        (void)err_errno(&err, errno, "the history cannot be kept in %s", app->options.history_path);
        app_say(app, LEVEL_WARN, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < app->history_count; i++) {
        fputs(app->history[i], file);
        fputc('\n', file);
    }
    fclose(file);
}

static void
walk_history(struct app *app, int direction)
{
    if (direction < 0 && app->history_at > 0)
        app->history_at--;
    if (direction > 0 && app->history_at < app->history_count)
        app->history_at++;
    field_set(&app->field,
              app->history_at < app->history_count ? app->history[app->history_at] : "");
}

/* --- running ----------------------------------------------------------------------------- */

bool
app_command(struct app *app, const char *line)
{
    size_t n;
    const char *argument;
    char name[64];
    const struct action *action;
    struct candidates all = { .count = 0 };
    const char *near;

    line += strspn(line, " ");
    n = strcspn(line, " ");
    argument = line + n + strspn(line + n, " ");
    snprintf(name, sizeof(name), "%.*s", (int)n, line);
    action = keymap_named(app_page(app)->view->actions, name);
    if (action == NULL)
        action = keymap_named(app_transport_table(app), name);
    if (action == NULL)
        action = keymap_named(app_actions, name);
    if (action != NULL) {
        action->run(app, argument);
        return true;
    }
    for (size_t i = 0; i < app->page_count; i++) {
        if (strcmp(app->pages[i].view->name, name) == 0) {
            app_open(app, i, argument, false);
            return true;
        }
    }
    add_commands(app, &all);
    near = text_nearest(name, all.items);
    if (near != NULL)
        app_say(app, LEVEL_WARN, "there is no command %s; did you mean %s?", name, near);
    else
        app_say(app, LEVEL_WARN, "there is no command %s; ? lists them", name);
    return false;
}

void
app_command_open(struct app *app, const char *text)
{
    app->mode = MODE_COMMAND;
    app->history_at = app->history_count;
    app->completing[0] = '\0';
    field_set(&app->field, text);
}

/* The rest of the candidates come with Tab; their names stand below, where there is a row. */
void
app_command_offer(struct app *app, const char *text)
{
    struct candidates all = { .count = 0 };
    char names[APP_MESSAGE] = "", command[64];

    snprintf(command, sizeof(command), "%.*s", (int)strcspn(text, " "), text);
    add_arguments(app, command, &all);
    for (size_t i = 0; i < all.count && strlen(names) + strlen(all.items[i]) + 3 < sizeof(names);
         i++)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i > 0 ? ", " : "",
                 all.items[i]);
    app_command_open(app, text);
    complete(app);
    app_say(app, LEVEL_NONE, "Tab walks, Enter takes, Esc leaves: %.300s", names);
}

static void
finish(struct app *app)
{
    char line[FIELD_MAX];

    memcpy(line, app->field.text, sizeof(line));
    app->mode = MODE_NORMAL;
    if (line[strspn(line, " ")] == '\0')
        return;
    if (strncmp(line + strspn(line, " "), "mfa ", 4) != 0) { /* a code is nobody's history */
        remember(app, line);
        history_save(app);
    }
    app_command(app, line);
}

static void
filter_key(struct app *app, key_code key)
{
    if (key == KEYSYM_ENTER) {
        app->mode = MODE_NORMAL;
        return;
    }
    if (key == KEYSYM_ESCAPE) {
        field_set(&app->field, "");
        app->mode = MODE_NORMAL;
    } else if (!field_key(&app->field, key)) {
        return;
    }
    app_refilter(app, app->field.text);
}

/* The example that :query begins with is wiped alone: what is typed then is still a query, and not
 * the command `filter` or `sort`. The next ^U wipes the rest. */
static bool
wipe_query(struct app *app)
{
    struct field *field = &app->field;
    size_t kept = strcspn(field->text, " ") + 1;
    char text[FIELD_MAX];

    if (!app_query_is_typed(app, app_page(app)) || field->at <= kept)
        return false;
    snprintf(text, sizeof text, "%.*s%s", (int)kept, field->text, field->text + field->at);
    field_set(field, text);
    field->at = kept;
    return true;
}

static void
command_key(struct app *app, key_code key)
{
    if (app->mode == MODE_FILTER) {
        filter_key(app, key);
        return;
    }
    if (key != KEYSYM_TAB)
        app->completing[0] = '\0';
    if (key == KEYSYM_ENTER)
        finish(app);
    else if (key == KEYSYM_ESCAPE || (key == KEYSYM_BACKSPACE && app->field.len == 0))
        app->mode = MODE_NORMAL;
    else if (key == KEYSYM_TAB)
        complete(app);
    else if (key == KEYSYM_UP || key == KEYSYM_DOWN)
        walk_history(app, key == KEYSYM_UP ? -1 : 1);
    else if (key != CONTROL('U') || !wipe_query(app))
        field_key(&app->field, key);
}

void
app_command_key(struct app *app, key_code key)
{
    bool was_query = app_query_is_typed(app, app_page(app));

    command_key(app, key);
    if (app_query_is_typed(app, app_page(app)) != was_query)
        app->needs_build = app->needs_ask = true; /* its price is shown, or no longer */
}
