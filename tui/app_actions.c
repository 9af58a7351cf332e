/* app_actions.c - everything a key or a command can do, as one table.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/app_state.h"

#include "tui/filter.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

static const int64_t spans[] = { 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS,    3 * HOUR_MS,
                                 DAY_MS,        7 * DAY_MS,     30 * DAY_MS };

#define SPANS (sizeof(spans) / sizeof(spans[0]))

/* --- leaving and going back -------------------------------------------------------------- */

static void
act_quit(struct app *app, const char *argument)
{
    const char *warning = NULL;

    (void)argument;
    if (!app->was_warned && app->options.leave_warning != NULL)
        warning = app->options.leave_warning(app->options.leave_ctx);
    app->was_warned = true;
    if (warning == NULL)
        app->has_left = true;
    else
        app_say(app, LEVEL_WARN, "%s; q again leaves", warning);
}

static void
act_back(struct app *app, const char *argument)
{
    struct page *page = app_page(app);
    struct board_panel *state;

    (void)argument;
    if (app_focused(app, &state) != NULL && state->filter[0] != '\0')
        app_refilter(app, "");
    else if (app_query_drop(app))
        return;
    else if (page->board.is_zoomed)
        page->board.is_zoomed = false;
    else
        app_back(app);
}

static void
act_last(struct app *app, const char *argument)
{
    (void)argument;
    app_open(app, app->last_page, app->pages[app->last_page].key, false);
}

static bool
find_page(const struct app *app, const char *name, size_t *page)
{
    for (size_t i = 0; i < app->page_count; i++) {
        if (strcmp(app->pages[i].view->name, name) == 0) {
            *page = i;
            return true;
        }
    }
    return false;
}

static void
act_view(struct app *app, const char *argument)
{
    size_t page;

    if (find_page(app, argument, &page))
        app_open(app, page, "", false);
    else
        app_say(app, LEVEL_WARN, "there is no view named %s", argument);
}

static void
open_named(struct app *app, const char *view, const char *key)
{
    size_t page = app->page;

    if (view != NULL && !find_page(app, view, &page))
        return;
    app_open(app, page, key != NULL ? key : "", true);
    if (key != NULL)
        app_enter_detail(app);
}

static void
act_enter(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    const struct row *row = NULL;

    (void)argument;
    if (panel == NULL)
        return;
    if (panel->grid != NULL)
        row = grid_cursor_row(&state->grid, panel->grid);
    if (row != NULL && row->open_panel != NULL) {
        app_open(app, app->page, app_page(app)->key, true);
        board_focus_set(&app_page(app)->board, row->open_panel);
    } else if (row != NULL && (row->open_view != NULL || row->open_key != NULL))
        open_named(app, row->open_view, row->open_key);
    else if (panel->open_view != NULL)
        open_named(app, panel->open_view, "");
    else
        app_say(app, LEVEL_NONE, "there is nothing behind this");
}

/* --- moving ------------------------------------------------------------------------------ */

static void
act_next_panel(struct app *app, const char *argument)
{
    (void)argument;
    board_focus_move(&app_page(app)->board, &app_page(app)->model, 1);
}

static void
act_previous_panel(struct app *app, const char *argument)
{
    (void)argument;
    board_focus_move(&app_page(app)->board, &app_page(app)->model, -1);
}

static void
move(struct app *app, long delta)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    if (panel == NULL)
        return;
    if (panel->grid != NULL)
        grid_move(&state->grid, panel->grid, delta);
    else
        pager_move(&state->pager, delta);
    app->needs_build = true; /* other panels may follow the cursor */
}

static long
page_rows(struct app *app)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    size_t rows;

    if (panel == NULL)
        return 1;
    rows = panel->grid != NULL ? state->grid.page : state->pager.page;
    return rows > 1 ? (long)rows - 1 : 1;
}

static void
act_down(struct app *app, const char *argument)
{
    (void)argument;
    move(app, 1);
}

static void
act_up(struct app *app, const char *argument)
{
    (void)argument;
    move(app, -1);
}

static void
act_page_down(struct app *app, const char *argument)
{
    (void)argument;
    move(app, page_rows(app));
}

static void
act_page_up(struct app *app, const char *argument)
{
    (void)argument;
    move(app, -page_rows(app));
}

static void
act_top(struct app *app, const char *argument)
{
    (void)argument;
    move(app, -1000000000L);
}

static void
act_bottom(struct app *app, const char *argument)
{
    (void)argument;
    move(app, 1000000000L);
}

static void
act_right(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    (void)argument;
    if (panel != NULL && panel->grid != NULL && state->grid.hidden > state->grid.shift)
        state->grid.shift++;
}

static void
act_left(struct app *app, const char *argument)
{
    struct board_panel *state;

    (void)argument;
    if (app_focused(app, &state) != NULL && state->grid.shift > 0)
        state->grid.shift--;
}

/* --- time -------------------------------------------------------------------------------- */

static void
set_range(struct app *app, int64_t span_ms, int64_t to_ms)
{
    app->range = (struct range){ .span_ms = span_ms, .to_ms = to_ms };
    app->needs_build = app->needs_ask = true;
}

static void
act_shorter(struct app *app, const char *argument)
{
    (void)argument;
    for (size_t i = SPANS; i > 0; i--) {
        if (spans[i - 1] < app->range.span_ms) {
            set_range(app, spans[i - 1], app->range.to_ms);
            return;
        }
    }
}

static void
act_longer(struct app *app, const char *argument)
{
    (void)argument;
    for (size_t i = 0; i < SPANS; i++) {
        if (spans[i] > app->range.span_ms) {
            set_range(app, spans[i], app->range.to_ms);
            return;
        }
    }
}

static void
slide(struct app *app, int64_t by_ms)
{
    int64_t now = app_now_ms(app);
    int64_t to = (app->range.to_ms != 0 ? app->range.to_ms : now) + by_ms;

    set_range(app, app->range.span_ms, to >= now ? 0 : to);
}

static void
act_earlier(struct app *app, const char *argument)
{
    (void)argument;
    slide(app, -app->range.span_ms / 2);
}

static void
act_later(struct app *app, const char *argument)
{
    (void)argument;
    slide(app, app->range.span_ms / 2);
}

static void
act_live(struct app *app, const char *argument)
{
    (void)argument;
    set_range(app, app->range.span_ms, 0);
}

static void
act_range(struct app *app, const char *argument)
{
    const char *dots = strstr(argument, "..");
    int64_t from, to, span;
    char first[16];

    if (dots == NULL && format_span_parse(&span, argument)) {
        set_range(app, span, app->range.to_ms);
        return;
    }
    snprintf(first, sizeof(first), "%.*s", dots != NULL ? (int)(dots - argument) : 0, argument);
    if (dots != NULL && format_minute_parse(&from, first, app_now_ms(app)) &&
        format_minute_parse(&to, dots + 2, app_now_ms(app))) {
        set_range(app, to > from ? to - from : to - from + DAY_MS, to);
        return;
    }
    app_say(app, LEVEL_WARN, "a range is 90s, 15m, 3h, 7d or 11:00..11:30");
}

/* The moment before and after which views compare. */
static void
act_mark(struct app *app, const char *argument)
{
    int64_t at = app_now_ms(app);

    if (strcmp(argument, "off") == 0)
        at = 0;
    else if (*argument != '\0' && strcmp(argument, "now") != 0 &&
             !format_minute_parse(&at, argument, at)) {
        app_say(app, LEVEL_WARN, "a mark is a time like 11:30, now, or off");
        return;
    }
    app->mark_ms = at;
    app->needs_build = app->needs_ask = true;
}

static void
act_pause(struct app *app, const char *argument)
{
    (void)argument;
    app->is_paused = !app->is_paused;
    if (app->is_paused || app->waiting == NULL)
        return;
    snapshot_unref(app->snapshot);
    app->snapshot = app->waiting;
    app->waiting = NULL;
    app->waiting_count = 0;
    app->needs_build = app->needs_ask = true;
}

/* Of what is asked so seldom that no key hurries it: when the last of it may be asked again. */
static int64_t
slow_next_ms(const struct snapshot *snapshot)
{
    int64_t next_ms = 0;

    for (size_t i = 0; snapshot != NULL && i < snapshot->answer_count; i++) {
        const struct answer *a = snapshot->answers[i];
        bool is_bill = a->kind == ASK_COSTS || a->kind == ASK_COST_TAGS;

        if (is_bill && a->failure == NULL && a->pace_ms > HOUR_MS &&
            a->got_ms + a->pace_ms > next_ms)
            next_ms = a->got_ms + a->pace_ms;
    }
    return next_ms;
}

static void
act_refresh(struct app *app, const char *argument)
{
    int64_t wait_ms = 0, slow_ms = slow_next_ms(app->snapshot) - app_now_ms(app);
    bool shows_bill = strcmp(app_page(app)->view->name, "costs") == 0;
    char text[FORMAT_TEXT];

    (void)argument;
    if (app->options.feed.hurry != NULL)
        wait_ms = app->options.feed.hurry(app->options.feed.ctx);
    format_age(text, wait_ms > 0 ? wait_ms : slow_ms);
    if (wait_ms > 0)
        app_say(app, LEVEL_NONE, "the source may be asked again in %s", text);
    else if (shows_bill && slow_ms > 0)
        app_say(app, LEVEL_NONE, "asking now, but for the bill: it is paid for, next in %s", text);
    else
        app_say(app, LEVEL_NONE, "asking now");
}

/* --- rows -------------------------------------------------------------------------------- */

void
app_refilter(struct app *app, const char *filter)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    struct pen pen = app_pen(app);

    if (panel == NULL || panel->grid == NULL)
        return;
    snprintf(state->filter, sizeof(state->filter), "%s", filter);
    state->grid.sorting.is_held = false;
    grid_update(&state->grid, &pen, panel->grid, state->filter);
    app->needs_build = app->needs_ask = true;
}

static void
act_filter(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    if (panel == NULL || panel->grid == NULL) {
        app_say(app, LEVEL_NONE, "this panel has no rows to filter");
        return;
    }
    if (*argument != '\0') {
        app_refilter(app, argument);
        return;
    }
    field_set(&app->field, state->filter);
    app->mode = MODE_FILTER;
}

static void
step_match(struct app *app, int direction)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    if (panel == NULL || panel->grid == NULL)
        return;
    if (state->filter[0] != '\0')
        grid_move(&state->grid, panel->grid, direction);
    else if (!grid_next(&state->grid, panel->grid, direction))
        app_say(app, LEVEL_NONE, "nothing here is new, %s or %s", app->glyphs.levels[LEVEL_WARN],
                app->glyphs.levels[LEVEL_BAD]);
    app->needs_build = true;
}

static void
act_next(struct app *app, const char *argument)
{
    (void)argument;
    step_match(app, 1);
}

static void
act_previous(struct app *app, const char *argument)
{
    (void)argument;
    step_match(app, -1);
}

static void
resort(struct app *app, struct board_panel *state, const struct grid *grid)
{
    struct pen pen = app_pen(app);

    state->grid.sorting.is_held = false;
    grid_update(&state->grid, &pen, grid, state->filter);
    app->needs_build = true;
}

static bool
is_sortable(enum cell_kind kind)
{
    return kind != CELL_EMPTY && kind != CELL_TREND && kind != CELL_LANE;
}

void
app_sort_by(struct app *app, struct board_panel *state, const struct grid *grid, int column)
{
    struct sorting *sorting = &state->grid.sorting;

    if (column >= 0 && !is_sortable(grid->columns[column].kind))
        return;
    if (column >= 0 && column == sorting->column)
        sorting->is_reversed = !sorting->is_reversed;
    else /* the greatest first, but texts from A to Z */
        sorting->is_reversed = column >= 0 && grid->columns[column].kind != CELL_TEXT;
    sorting->column = column;
    app_say(app, LEVEL_NONE, "sorted by %s",
            column >= 0 ? grid->columns[column].name : "the view's own order");
    resort(app, state, grid);
}

static void
act_sort(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    const struct grid *grid;
    int column;

    if (panel == NULL || panel->grid == NULL || panel->grid->is_tail)
        return;
    grid = panel->grid;
    if (*argument != '\0') {
        column = filter_column(grid, argument, strlen(argument));
        if (column < 0)
            app_say(app, LEVEL_WARN, "there is no column named %s here", argument);
        else
            app_sort_by(app, state, grid, column);
        return;
    }
    column = state->grid.sorting.column + 1;
    while (column < (int)grid->column_count && !is_sortable(grid->columns[column].kind))
        column++;
    app_sort_by(app, state, grid, column < (int)grid->column_count ? column : -1);
}

static void
act_reverse(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    (void)argument;
    if (panel == NULL || panel->grid == NULL || panel->grid->is_tail)
        return;
    state->grid.sorting.is_reversed = !state->grid.sorting.is_reversed;
    resort(app, state, panel->grid);
}

static void
act_zoom(struct app *app, const char *argument)
{
    (void)argument;
    app_page(app)->board.is_zoomed = !app_page(app)->board.is_zoomed;
}

static void
act_times(struct app *app, const char *argument)
{
    static const char *const said[] = { "as the column means it", "as ages", "as clock times" };

    (void)argument;
    app->times = (app->times + 1) % 3;
    app_say(app, LEVEL_NONE, "times are shown %s", said[app->times]);
}

static void
act_follow(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    (void)argument;
    if (panel == NULL || panel->grid == NULL || !panel->grid->is_tail)
        return;
    state->grid.is_following = !state->grid.is_following;
    app_say(app, LEVEL_NONE, state->grid.is_following ? "following the end" : "standing still");
    resort(app, state, panel->grid);
}

static void
act_wrap(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    (void)argument;
    if (panel == NULL)
        return;
    if (panel->grid != NULL)
        state->grid.is_wrapped = !state->grid.is_wrapped;
    else
        state->pager.is_cut = !state->pager.is_cut;
}

static void
act_fold(struct app *app, const char *argument)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);

    (void)argument;
    if (panel == NULL)
        return;
    if (panel->grid != NULL)
        state->grid.is_unfolded = !state->grid.is_unfolded;
    else
        state->pager.is_raw = !state->pager.is_raw;
}

/* --- the screen itself ------------------------------------------------------------------- */

static void
act_command(struct app *app, const char *argument)
{
    app_command_open(app, argument);
}

static void
act_help(struct app *app, const char *argument)
{
    app->mode = MODE_HELP;
    app->help_top = 0;
    app->help_searches = false;
    field_set(&app->field, argument);
}

static void
act_mouse(struct app *app, const char *argument)
{
    (void)argument;
    app->has_mouse = !app->has_mouse;
    if (app->screen != NULL)
        screen_set_mouse(app->screen, app->has_mouse);
    app_say(app, LEVEL_NONE,
            app->has_mouse ? "clicks and the wheel act here; m to select text again"
                           : "the terminal selects text with the mouse again");
}

static void
act_theme(struct app *app, const char *argument)
{
    const struct theme *theme = *argument != '\0' ? theme_find(argument) : theme_next(app->theme);

    if (theme == NULL) {
        app_say(app, LEVEL_WARN, "there is no theme named %s", argument);
        return;
    }
    app->theme = theme;
    if (app->screen != NULL)
        screen_set_theme(app->screen, theme);
    app_say(app, LEVEL_NONE, "theme %s", theme_name(theme));
}

static void
act_graph(struct app *app, const char *argument)
{
    enum graph_style style;

    if (graph_style_parse(&style, argument))
        app->glyphs = glyphs_for(app->glyphs.is_ascii, style);
    else
        app_say(app, LEVEL_WARN, "graphs are drawn in braille, block or ascii");
}

/* With a name, leaves for that environment; without, offers them one after the other. */
static void
act_environment(struct app *app, const char *argument)
{
    const char *const *all = app->options.environments;

    if (app->options.transport != NULL) {
        app_say(app, LEVEL_WARN,
                "this is a recording: other environments are shown without "
                "--fixture");
        return;
    }
    if (all == NULL || all[0] == NULL || app->options.next_environment == NULL) {
        app_say(app, LEVEL_WARN,
                "there is no environment to choose: obsview watch takes them from [env NAME] "
                "sections of the config file");
        return;
    }
    if (*argument == '\0') {
        app_command_offer(app, "env ");
        return;
    }
    for (size_t i = 0; all[i] != NULL; i++) {
        if (strcmp(all[i], argument) != 0)
            continue;
        *app->options.next_environment = all[i];
        app->has_left = true;
        return;
    }
    app_say(app, LEVEL_WARN, "there is no section [env %s] in the config file", argument);
}

static void
act_repaint(struct app *app, const char *argument)
{
    (void)argument;
    app->wants_repaint = true;
}

static void
act_suspend(struct app *app, const char *argument)
{
    (void)argument;
    app->wants_suspend = true;
}

/* Hints appear in this order, so what matters most stands first. */
static void
act_mfa(struct app *app, const char *argument)
{
    const struct feed *feed = &app->options.feed;
    size_t digits = strspn(argument, "0123456789");

    if (app->snapshot == NULL || app->snapshot->wants_code == NULL || feed->give_code == NULL)
        app_say(app, LEVEL_WARN, "nobody asks for a code now");
    else if (digits < 4 || digits > 10 || argument[digits] != '\0')
        app_say(app, LEVEL_WARN, "expected the digits the device shows: :mfa 123456");
    else {
        feed->give_code(feed->ctx, argument);
        app_say(app, LEVEL_OK, "signing in with the code");
    }
}

/* clang-format off */
const struct action app_actions[] = {
    { "next-panel",     "Tab",        NULL, "next panel", "panel", SCOPE_ALWAYS, act_next_panel },
    { "enter",          "Enter",      NULL, "open what the cursor is on", "open", SCOPE_ALWAYS, act_enter },
    { "back",           "Esc",        NULL, "clear the filter, leave the zoom, or go back", "back", SCOPE_ALWAYS, act_back },
    { "filter",         "/",          "TEXT", "show only rows that match: text, !text, col:text, col>10", "filter", SCOPE_TABLE, act_filter },
    { "command",        ":",          NULL, "type a command", "command", SCOPE_ALWAYS, act_command },
    { "help",           "?",          NULL, "keys and commands", "help", SCOPE_ALWAYS, act_help },
    { "quit",           "q",          NULL, "leave", "quit", SCOPE_ALWAYS, act_quit },
    { "shorter",        "[",          NULL, "a shorter range", "] range", SCOPE_ALWAYS, act_shorter },
    { "longer",         "]",          NULL, "a longer range", NULL, SCOPE_ALWAYS, act_longer },
    { "pause",          "Space",      NULL, "hold the screen still; data is still gathered", "pause", SCOPE_ALWAYS, act_pause },
    { "follow",         "f",          NULL, "follow the end of the log", "follow", SCOPE_TAIL, act_follow },
    { "wrap",           "w",          NULL, "wrap long lines", "wrap", SCOPE_TAIL, act_wrap },
    { "fold",           "J",          NULL, "spread JSON over lines, or fold it", "JSON", SCOPE_TAIL, act_fold },
    { "sort",           "s",          "COLUMN", "sort by the next column, or the one named; a click on a heading does too", "sort", SCOPE_TABLE, act_sort },
    { "zoom",           "z",          NULL, "this panel alone", "zoom", SCOPE_ALWAYS, act_zoom },
    { "previous-panel", "S-Tab",      NULL, "previous panel", NULL, SCOPE_ALWAYS, act_previous_panel },
    { "last-view",      "-",          NULL, "the view before this one", NULL, SCOPE_ALWAYS, act_last },
    { "down",           "j Down",     NULL, "a row down", NULL, SCOPE_ALWAYS, act_down },
    { "up",             "k Up",       NULL, "a row up", NULL, SCOPE_ALWAYS, act_up },
    { "page-down",      "^D PgDn",    NULL, "a page down", NULL, SCOPE_ALWAYS, act_page_down },
    { "page-up",        "^U PgUp",    NULL, "a page up", NULL, SCOPE_ALWAYS, act_page_up },
    { "top",            "g Home",     NULL, "to the first row", NULL, SCOPE_ALWAYS, act_top },
    { "bottom",         "G End",      NULL, "to the last row", NULL, SCOPE_ALWAYS, act_bottom },
    { "right",          "l Right",    NULL, "columns further right", NULL, SCOPE_TABLE, act_right },
    { "left",           "h Left",     NULL, "columns further left", NULL, SCOPE_TABLE, act_left },
    { "next",           "n",          NULL, "next match, or next row that is new, warned of or bad", NULL, SCOPE_TABLE, act_next },
    { "previous",       "N",          NULL, "previous match, or the like", NULL, SCOPE_TABLE, act_previous },
    { "reverse",        "S",          NULL, "reverse the order", NULL, SCOPE_TABLE, act_reverse },
    { "earlier",        "{",          NULL, "slide the window half a range into the past", NULL, SCOPE_ALWAYS, act_earlier },
    { "later",          "}",          NULL, "slide the window towards now", NULL, SCOPE_ALWAYS, act_later },
    { "live",           ".",          NULL, "back to now", NULL, SCOPE_ALWAYS, act_live },
    { "refresh",        "r",          NULL, "ask now, if the source's pace allows", NULL, SCOPE_ALWAYS, act_refresh },
    { "times",          "a",          NULL, "times as ages, as clock, or as the column means it", NULL, SCOPE_ALWAYS, act_times },
    { "mouse",          "m",          NULL, "take the mouse, or leave it to the terminal", NULL, SCOPE_ALWAYS, act_mouse },
    { "theme",          "T",          "NAME", "next theme, or the one named", NULL, SCOPE_ALWAYS, act_theme },
    { "env",            "E",          "NAME", "look at another environment: the [env NAME] sections of the config file", NULL, SCOPE_ALWAYS, act_environment },
    { "repaint",        "^L",         NULL, "paint the screen anew", NULL, SCOPE_ALWAYS, act_repaint },
    { "suspend",        "^Z",         NULL, "back to the shell; fg returns", NULL, SCOPE_ALWAYS, act_suspend },
    { "view",           "",           "NAME", "open a view", NULL, SCOPE_ALWAYS, act_view },
    { "range",          "",           "RANGE", "90s, 15m, 3h, 7d or 11:00..11:30", NULL, SCOPE_ALWAYS, act_range },
    { "mark",           "",           "TIME", "mark 11:30, now or off: Aurora compares before and after", NULL, SCOPE_ALWAYS, act_mark },
    { "mfa",            "",           "CODE", "give the code of an MFA device, when one is asked for", NULL, SCOPE_ALWAYS, act_mfa },
    { "graph",          "",           "KIND", "draw graphs in braille, block or ascii", NULL, SCOPE_ALWAYS, act_graph },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */
