/* app_help.c - the help, made from the tables it describes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/app_state.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KEYS_COLUMNS 14
#define NAME_COLUMNS 18
#define LINE_MAX     200

struct entry {
    char keys[48];
    char name[64];
    char help[LINE_MAX];
    bool is_heading;
};

struct list {
    struct entry items[APP_HELP_MAX];
    size_t count;
    const char *search;
};

static bool
contains(const char *hay, const char *needle)
{
    size_t n = strlen(needle);

    for (; n > 0 && *hay != '\0'; hay++) {
        if (strncasecmp(hay, needle, n) == 0)
            return true;
    }
    return n == 0;
}

static void
add(struct list *list, const char *keys, const char *name, const char *help)
{
    struct entry *entry = &list->items[list->count];

    if (list->count == APP_HELP_MAX)
        return;
    if (!contains(keys, list->search) && !contains(name, list->search) &&
        !contains(help, list->search))
        return;
    memset(entry, 0, sizeof(*entry));
    snprintf(entry->keys, sizeof(entry->keys), "%s", keys);
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    snprintf(entry->help, sizeof(entry->help), "%s", help);
    list->count++;
}

static void
add_heading(struct list *list, const char *text)
{
    if (list->count == APP_HELP_MAX || *list->search != '\0')
        return;
    memset(&list->items[list->count], 0, sizeof(list->items[0]));
    snprintf(list->items[list->count].keys, sizeof(list->items[0].keys), "%s", text);
    list->items[list->count++].is_heading = true;
}

static void
add_actions(struct list *list, const struct action *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        char name[64];

        snprintf(name, sizeof(name), ":%s%s%s", table->name, table->argument != NULL ? " " : "",
                 table->argument != NULL ? table->argument : "");
        add(list, table->keys, name, table->help);
    }
}

static void
add_views(struct list *list, const struct app *app)
{
    for (size_t i = 0; i < app->page_count; i++) {
        const struct view *view = app->pages[i].view;
        char key[2] = { view->key, '\0' }, name[64];

        snprintf(name, sizeof(name), ":%s", view->name);
        add(list, key, name, view->help);
    }
}

static void
add_legend(struct list *list, const struct app *app)
{
    add(list, app->glyphs.levels[LEVEL_OK], "good", "within its limit");
    add(list, app->glyphs.levels[LEVEL_WARN], "fair", "worth a look");
    add(list, app->glyphs.levels[LEVEL_BAD], "poor", "beyond its limit");
    add(list, app->glyphs.levels[LEVEL_UNKNOWN], "no data", "asked for, nothing came");
    add(list, app->glyphs.is_ascii ? "~" : "…", "not over",
        "the newest step of a graph, drawn faint: it still changes");
}

static void
make_list(struct list *list, const struct app *app)
{
    const struct page *page = &app->pages[app->page];

    list->count = 0;
    list->search = app->field.text;
    if (page->view->actions != NULL) {
        add_heading(list, "here");
        add_actions(list, page->view->actions);
    }
    add_heading(list, "views");
    add_views(list, app);
    if (app_transport_table(app) != NULL) {
        add_heading(list, "the recording");
        add_actions(list, app_transport_table(app));
    }
    add_heading(list, "everywhere");
    add_actions(list, app_actions);
    add_heading(list, "marks");
    add_legend(list, app);
}

void
app_help_draw(struct app *app, struct area area)
{
    struct pen pen = app_pen(app);
    struct list list;
    size_t rows = area.rows > 2 ? (size_t)(area.rows - 2) : 0;

    make_list(&list, app);
    app->help_page = rows;
    if (app->help_top + rows > list.count)
        app->help_top = list.count > rows ? list.count - rows : 0;
    pen_text(&pen, 1, area.y, area.columns - 2, "help: / searches, Esc closes, j and k scroll",
             (struct ink){ .role = ROLE_ACCENT });
    for (size_t i = 0; i < rows && app->help_top + i < list.count; i++) {
        const struct entry *entry = &list.items[app->help_top + i];
        int y = area.y + 2 + (int)i, x = 1;

        pen_text(&pen, x, y, entry->is_heading ? area.columns - 2 : KEYS_COLUMNS, entry->keys,
                 (struct ink){ .role = entry->is_heading ? ROLE_HEAD : ROLE_ACCENT });
        x += KEYS_COLUMNS;
        pen_text(&pen, x, y, NAME_COLUMNS, entry->name, (struct ink){ .role = ROLE_TEXT });
        x += NAME_COLUMNS;
        pen_text(&pen, x, y, area.columns - x - 1, entry->help, (struct ink){ .role = ROLE_DIM });
    }
    if (list.count == 0)
        pen_text(&pen, 1, area.y + 2, area.columns - 2, "nothing in the help says that",
                 (struct ink){ .role = ROLE_DIM });
}

static void
search_key(struct app *app, key_code key)
{
    if (key == KEYSYM_ENTER) {
        app->help_searches = false;
    } else if (key == KEYSYM_ESCAPE) {
        app->help_searches = false;
        field_set(&app->field, "");
    } else {
        field_key(&app->field, key);
        app->help_top = 0;
    }
}

void
app_help_key(struct app *app, key_code key)
{
    size_t page = app->help_page > 1 ? app->help_page - 1 : 1;

    if (app->help_searches) {
        search_key(app, key);
        return;
    }
    switch (key) {
    case '/':
        app->help_searches = true;
        break;
    case 'j':
    case KEYSYM_DOWN:
        app->help_top++;
        break;
    case 'k':
    case KEYSYM_UP:
        app->help_top -= app->help_top > 0;
        break;
    case CONTROL('D'):
    case KEYSYM_PAGE_DOWN:
        app->help_top += page;
        break;
    case CONTROL('U'):
    case KEYSYM_PAGE_UP:
        app->help_top -= app->help_top > page ? page : app->help_top;
        break;
    case 'g':
    case KEYSYM_HOME:
        app->help_top = 0;
        break;
    case 'G':
    case KEYSYM_END:
        app->help_top = SIZE_MAX / 2; /* drawing goes no further than the last page */
        break;
    case 'q':
    case '?':
    case KEYSYM_ESCAPE:
        app->mode = MODE_NORMAL;
        break;
    default:
        break;
    }
}
