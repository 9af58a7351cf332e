/* app.c - the loop, and what changes when a key or a snapshot comes.
 * SPDX-License-Identifier: MIT
 *
 * The loop sleeps in poll() on keyboard, signals and the feed. It wakes by itself only at the next
 * full second, for the clock and the ages on screen. A model is built when a snapshot, a range, a
 * key or a cursor changed, never because time passed; drawing it again costs little, and a frame
 * equal to the last one writes nothing. */
#include "config.h"

#include "tui/app_state.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define HOUR_MS    3600000
#define MESSAGE_NS (6 * UINT64_C(1000000000))
#define HOLD_NS    (3 * UINT64_C(1000000000)) /* rows keep still this long after a key */
#define RESIZE_MS  50
#define STEPS_LESS 4 /* a trend has a step for each so many columns */

struct page *
app_page(struct app *app)
{
    return &app->pages[app->page];
}

int64_t
app_now_ms(const struct app *app)
{
    return clock_now_ms(app->options.clock);
}

struct pen
app_pen(struct app *app)
{
    return (struct pen){ .canvas = &app->canvas,
                         .glyphs = &app->glyphs,
                         .now_ms = app_now_ms(app),
                         .times = app->times };
}

void
app_say(struct app *app, enum level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(app->message, sizeof(app->message), fmt, ap);
    va_end(ap);
    app->message_level = level;
    app->message_until_ns = mono_ns() + MESSAGE_NS;
}

static bool
is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void
add_pages(struct app *app)
{
    const struct view *const *all = app->options.views;

    for (size_t i = 0; all[i] != NULL && i < APP_PAGES; i++) {
        struct page *page = &app->pages[app->page_count++];

        page->view = all[i];
        page->key = xstrdup("");
        page->cursor = xstrdup("");
        page->detail = xstrdup("");
        board_init(&page->board);
        if (app->options.view != NULL && strcmp(all[i]->name, app->options.view) == 0)
            app->page = app->last_page = i;
    }
}

struct app *
app_new(const struct app_options *options, int columns, int rows)
{
    struct app *app = xcalloc(1, sizeof(*app));

    app->options = *options;
    app->began_ns = mono_ns();
    app->glyphs = glyphs_for(options->is_ascii || !is_utf8(), options->graph);
    app->theme = options->theme != NULL ? options->theme : themes[0];
    app->has_mouse = options->has_mouse;
    app->range.span_ms = options->span_ms > 0 ? options->span_ms : HOUR_MS;
    if (options->place != NULL && options->place->view != NULL) {
        app->options.view = options->place->view;
        app->range = options->place->range;
    }
    app->needs_build = app->needs_ask = true;
    app->caret_x = app->caret_y = -1;
    canvas_init(&app->canvas, columns, rows);
    app->canvas.is_ascii = app->glyphs.is_ascii;
    add_pages(app);
    app_history_load(app);
    app_reviews_load(app);
    app_transport_take(app);
    if (options->standing_word != NULL)
        app_say(app, LEVEL_NONE, "%s",
                options->standing_word); /* small screens see it for a while */
    return app;
}

static void
forget_steps(struct app *app)
{
    while (app->step_count > 0)
        free(app->steps[--app->step_count].key);
}

void
app_free(struct app *app)
{
    if (app == NULL)
        return;
    for (size_t i = 0; i < app->page_count; i++) {
        board_fini(&app->pages[i].board);
        arena_free(app->pages[i].arena);
        free(app->pages[i].key);
        free(app->pages[i].cursor);
        free(app->pages[i].detail);
        free(app->pages[i].insights);
    }
    forget_steps(app);
    app_reviews_leave(app);
    app_transport_leave(app);
    for (size_t i = 0; i < app->history_count; i++)
        free(app->history[i]);
    snapshot_unref(app->snapshot);
    snapshot_unref(app->waiting);
    ask_list_free(app->sent);
    canvas_fini(&app->canvas);
    free(app);
}

bool
app_has_left(const struct app *app)
{
    return app->has_left;
}

bool
app_is_answered(const struct app *app)
{
    return app->is_answered && !app->needs_ask;
}

/* --- asking and building ----------------------------------------------------------------- */

static const char *
page_filter(struct page *page)
{
    if (page->model.panel_count == 0)
        return "";
    return board_panel(&page->board, page->model.panels[0].name)->filter;
}

struct view_query
app_page_query(struct app *app, struct page *page)
{
    size_t steps = app->options.trend_steps > 0 ? app->options.trend_steps
                                                : (size_t)app->canvas.columns / STEPS_LESS;

    return (struct view_query){
        .now_ms = app_now_ms(app),
        .range = app->range,
        .mark_ms = app->mark_ms,
        .snapshot = app->snapshot,
        .key = page->key,
        .cursor = page->cursor,
        .detail = page->detail,
        .filter = page_filter(page),
        .names = &app->options.names,
        .prices = app->options.prices,
        .insights = page->insights,
        .insights_run = page->insights_run,
        .wants_live_tail = page->wants_live_tail && *page->key != '\0',
        .insights_is_typed = app_query_is_typed(app, page),
        .reviews = app->reviews,
        .steps = steps < 20   ? 20
                 : steps > 60 ? 60
                              : steps,
    };
}

static bool
all_answered(const struct app *app, const struct ask_list *asks)
{
    for (size_t i = 0; i < asks->count; i++) {
        const struct answer *answer = snapshot_answer(app->snapshot, asks->items[i].key);

        if (answer == NULL || (answer->got_ms == 0 && answer->failure == NULL))
            return false;
    }
    return app->snapshot != NULL && !app->snapshot->has_open;
}

static void
ask(struct app *app)
{
    struct page *page = app_page(app);
    struct view_query query = app_page_query(app, page);
    struct ask_list *asks = ask_list_new();

    page->view->ask(asks, &query);
    app->is_answered = all_answered(app, asks);
    app_ask_behind(app, asks);
    app_ask_faults(app, asks);
    app_send_ask(app, asks);
    if (app->options.is_whole)
        app->is_answered = all_answered(app, asks);
    app_query_keep(app, asks);
    if (app->options.feed.want != NULL && app->options.feed.want(app->options.feed.ctx, asks))
        app->is_answered = false;
    ask_list_free(asks);
    app->needs_ask = false;
}

void
app_build_page(struct app *app, struct page *page)
{
    struct arena *arena = arena_new();
    struct view_query query = app_page_query(app, page);
    struct model model = { 0 };

    page->view->build(&model, arena, &query);
    arena_free(page->arena);
    page->arena = arena;
    page->model = model;
}

static void
build(struct app *app, bool is_held)
{
    struct page *page = app_page(app);
    struct pen pen = app_pen(app);

    app_build_page(app, page);
    board_update(&page->board, &pen, &page->model, is_held);
}

/* The key under the cursor of a panel's table: what other panels follow. */
static const char *
cursor_key(struct page *page, const struct panel *panel)
{
    const struct row *row;

    if (panel == NULL || panel->grid == NULL)
        return "";
    row = grid_cursor_row(&board_panel(&page->board, panel->name)->grid, panel->grid);
    return row != NULL ? row->key : "";
}

/* false: it is what the model was told. */
static bool
take_key(char **known, const char *key)
{
    if (strcmp(*known, key) == 0)
        return false;
    free(*known);
    *known = xstrdup(key);
    return true;
}

static bool
take_cursors(struct page *page)
{
    const struct model *model = &page->model;
    const char *detail = page->view->detail;
    bool moved = take_key(&page->cursor,
                          cursor_key(page, model->panel_count > 0 ? &model->panels[0] : NULL));

    if (detail != NULL)
        moved |= take_key(&page->detail, cursor_key(page, model_panel(model, detail)));
    return moved;
}

/* Puts the cursor on what was entered in the list that has it, and the focus beside it. A list of
 * another view may still be on its way. */
static void
seek_entered(struct app *app)
{
    struct page *page = app_page(app);
    const struct panel *panels = page->model.panels;
    const struct grid *list = page->model.panel_count > 1 ? panels[0].grid : NULL;

    for (size_t i = 0; list != NULL && i < list->row_count; i++) {
        if (strcmp(list->rows[i].key, page->key) != 0)
            continue;
        grid_go(&board_panel(&page->board, panels[0].name)->grid, list, page->key);
        board_focus_set(&page->board, panels[1].name);
        app->seeks_entered = false;
        return;
    }
}

/* While somebody uses the keys rows keep their places, but for those of another moment. */
static bool
holds_rows(const struct app *app)
{
    return app->last_key_ns != 0 && mono_ns() - app->last_key_ns < HOLD_NS &&
           !app_transport_has_jumped(app);
}

void
app_rebuild(struct app *app)
{
    struct page *page = app_page(app);
    bool is_held;

    if (app_transport_is_turning(app)) /* of neither moment could a whole one be made */
        return;
    is_held = app->are_rows_held = holds_rows(app);

    /* Once more when a cursor stands elsewhere than the model was told; a detail's may follow. */
    for (int i = 0; i < 3; i++) {
        build(app, is_held);
        if (app->seeks_entered)
            seek_entered(app);
        if (!take_cursors(page))
            break;
        app->needs_ask = true;
    }
    app_build_behind(app);
    app->needs_build = false;
}

const struct panel *
app_focused(struct app *app, struct board_panel **state)
{
    struct page *page = app_page(app);
    const struct panel *panel;

    if (page->model.panel_count == 0)
        return NULL;
    panel = &page->model.panels[board_focus(&page->board, &page->model)];
    *state = board_panel(&page->board, panel->name);
    return panel;
}

static void
adopt(struct app *app, struct snapshot *snapshot)
{
    snapshot_unref(app->snapshot);
    app->snapshot = snapshot;
    app->needs_build = app->needs_ask = true;
    app_send_tell(app);
}

void
app_take(struct app *app)
{
    struct snapshot *snapshot = app->options.feed.take(app->options.feed.ctx);

    if (snapshot == NULL)
        return;
    if (app_transport_is_turning(app) && snapshot->has_open) {
        snapshot_unref(snapshot);
        return;
    }
    app->transport.is_turning = false;
    if (!app->is_paused) {
        adopt(app, snapshot);
        return;
    }
    snapshot_unref(app->waiting);
    app->waiting = snapshot;
    app->waiting_count++;
}

/* --- going places ------------------------------------------------------------------------ */

static void
remember(struct app *app)
{
    if (app->step_count == APP_STEPS) {
        free(app->steps[0].key);
        memmove(&app->steps[0], &app->steps[1], sizeof(app->steps[0]) * (APP_STEPS - 1));
        app->step_count--;
    }
    app->steps[app->step_count] = (struct view_step){ .page = app->page };
    app->steps[app->step_count].key = xstrdup(app_page(app)->key);
    memcpy(app->steps[app->step_count].focus, app_page(app)->board.focus,
           sizeof(app->steps[0].focus));
    app->step_count++;
}

void
app_enter_detail(struct app *app)
{
    app->seeks_entered = true;
    app_rebuild(app);
}

void
app_open(struct app *app, size_t page, const char *key, bool remembers)
{
    char *copy = xstrdup(key); /* it may live in the model that goes */

    if (remembers)
        remember(app);
    if (page != app->page)
        app->last_page = app->page;
    app->page = page;
    free(app->pages[page].key);
    app->pages[page].key = copy;
    app->needs_build = app->needs_ask = true;
}

void
app_back(struct app *app)
{
    struct view_step step;

    if (app->step_count == 0) {
        if (*app_page(app)->key != '\0')
            app_open(app, app->page, "", false);
        else
            app_say(app, LEVEL_NONE, "nothing to go back to; q leaves");
        return;
    }
    step = app->steps[--app->step_count];
    app_open(app, step.page, step.key, false);
    board_focus_set(&app_page(app)->board, step.focus);
    free(step.key);
}

/* --- keys -------------------------------------------------------------------------------- */

static const struct hit *
hit_at(const struct app *app, int x, int y)
{
    for (size_t i = 0; i < app->hit_count; i++) {
        const struct hit *hit = &app->hits[i];

        if (y == hit->y && x >= hit->x && x < hit->x + hit->columns)
            return hit;
    }
    return NULL;
}

static void
pointer(struct app *app, const struct input_event *event)
{
    struct page *page = app_page(app);
    const struct hit *hit = hit_at(app, event->x, event->y);
    const struct panel_place *place = board_place_at(&page->board, event->x, event->y);
    struct board_panel *state = NULL;
    const struct panel *panel;

    if (event->key == KEYSYM_CLICK && app_transport_click(app, event->x, event->y))
        return;

    if (hit != NULL && event->key == KEYSYM_CLICK) {
        hit->action->run(app, hit->argument);
        return;
    }
    if (place == NULL)
        return;
    board_focus_set(&page->board, page->model.panels[place->panel].name);
    panel = app_focused(app, &state);
    if (panel == NULL)
        return;
    if (event->key != KEYSYM_CLICK) {
        long delta = event->key == KEYSYM_WHEEL_DOWN ? 3 : -3;

        if (panel->grid != NULL)
            grid_move(&state->grid, panel->grid, delta);
        else
            pager_move(&state->pager, delta);
    } else if (panel->grid != NULL && !panel->grid->is_tail && !place->is_summary) {
        size_t at = grid_at(&state->grid, event->y);
        int column = grid_heading_at(&state->grid, event->x, event->y);

        if (at != SIZE_MAX)
            grid_move(&state->grid, panel->grid, (long)at - (long)state->grid.cursor);
        if (column >= 0)
            app_sort_by(app, state, panel->grid, column);
    }
    app->needs_build = true;
}

static void
open_by_key(struct app *app, key_code key)
{
    for (size_t i = 0; i < app->page_count; i++) {
        if ((key_code)app->pages[i].view->key == key) {
            app_open(app, i, "", false);
            forget_steps(app);
            return;
        }
    }
}

static void
normal_key(struct app *app, key_code key)
{
    const struct action *action = keymap_key(app_page(app)->view->actions, key);

    if (action == NULL)
        action = app_transport_key(app, key);
    if (action == NULL)
        action = keymap_key(app_actions, key);
    if (action != NULL)
        action->run(app, "");
    else
        open_by_key(app, key);
}

void
app_key(struct app *app, const struct input_event *event)
{
    if (app->needs_build)
        app_rebuild(app);
    app->last_key_ns = mono_ns();
    app->seeks_entered = false;
    if (event->key >= KEYSYM_CLICK)
        pointer(app, event);
    else if (event->key == CONTROL('C'))
        app->has_left = true;
    else if (app->mode == MODE_HELP)
        app_help_key(app, event->key);
    else if (app->mode == MODE_COPY)
        app_copy_key(app, event->key);
    else if (app->mode != MODE_NORMAL)
        app_command_key(app, event->key);
    else
        normal_key(app, event->key);
}

/* --- frames ------------------------------------------------------------------------------ */

void
app_resize(struct app *app, int columns, int rows)
{
    canvas_resize(&app->canvas, columns, rows);
    app->needs_build = true; /* trends have as many steps as fit */
}

static void
draw_tiny(struct app *app)
{
    struct pen pen = app_pen(app);
    char text[80];

    snprintf(text, sizeof(text), "needs %d %s %d, has %d %s %d", LAYOUT_COLUMNS_LEAST,
             app->glyphs.is_ascii ? "x" : "×", LAYOUT_ROWS_LEAST, app->canvas.columns,
             app->glyphs.is_ascii ? "x" : "×", app->canvas.rows);
    pen_text(&pen, 1, app->canvas.rows / 2, app->canvas.columns - 1, text,
             (struct ink){ .role = ROLE_TEXT });
}

const struct canvas *
app_draw(struct app *app, int *caret_x, int *caret_y)
{
    enum size_class size = layout_class(app->canvas.columns, app->canvas.rows);
    struct area body, spare;
    struct pen pen;

    app_transport_tend(app);
    if (app->are_rows_held && !holds_rows(app)) /* nothing new may come that would be sorted */
        app->needs_build = true;
    if (app->needs_build)
        app_rebuild(app);
    if (app->needs_ask)
        ask(app);
    app_reviews_saw(app);
    app->caret_x = app->caret_y = -1;
    if (app_transport_is_turning(app) && size != SIZE_TINY) {
        app_chrome_draw_turning(app);
        *caret_x = *caret_y = -1;
        return &app->canvas;
    }
    canvas_clear(&app->canvas);
    app->hit_count = 0;
    pen = app_pen(app);
    if (size == SIZE_TINY) {
        draw_tiny(app);
    } else {
        struct page *page = app_page(app);

        app_chrome_draw(app, &body, &spare);
        if (app->mode == MODE_HELP)
            app_help_draw(app, body);
        else
            board_draw(&page->board, &pen, page->view, page->key, &page->model, body, size);
        app_chrome_draw_cut(app, spare);
    }
    *caret_x = app->caret_x;
    *caret_y = app->caret_y;
    return &app->canvas;
}

/* --- the loop ---------------------------------------------------------------------------- */

static void
resize_screen(struct app *app)
{
    int columns, rows;

    screen_resized(app->screen, 0, 0);
    screen_size(app->screen, &columns, &rows);
    app_resize(app, columns, rows);
}

static void
suspend(struct app *app)
{
    app->wants_suspend = false;
    screen_suspend(app->screen);
    kill(0, SIGSTOP); /* the whole job, as the terminal would */
    screen_resume(app->screen);
    resize_screen(app);
}

/* Reads what is pending; several changes of size are one. */
static void
read_signals(struct app *app, bool *resized)
{
    struct signalfd_siginfo info;
    struct pollfd ready = { .fd = app->options.signal_fd, .events = POLLIN };

    while (poll(&ready, 1, 0) > 0 &&
           read(app->options.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            *resized = true;
            break;
        case SIGTSTP:
            app->wants_suspend = true;
            break;
        case SIGINT:
        case SIGTERM:
        case SIGHUP:
            app->has_left = true;
            break;
        default:
            break;
        }
    }
}

static void
settle_size(struct app *app)
{
    struct pollfd ready = { .fd = app->options.signal_fd, .events = POLLIN };
    bool again = true;

    while (again && poll(&ready, 1, RESIZE_MS) > 0) {
        again = false;
        read_signals(app, &again);
    }
    resize_screen(app);
}

static int
next_wake_ms(const struct app *app)
{
    int wait = screen_waits_ms(app->screen);

    if (wait > 0)
        return wait;
    return 1000 - (int)(app_now_ms(app) % 1000);
}

static bool
show(struct app *app)
{
    int x, y;
    const struct canvas *canvas = app_draw(app, &x, &y);

    if (app->wants_repaint)
        screen_repaint(app->screen);
    app->wants_repaint = false;
    return screen_show(app->screen, canvas, x, y);
}

static void
loop(struct app *app)
{
    struct pollfd fds[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = app->options.signal_fd, .events = POLLIN },
        { .fd = app->options.feed.fd, .events = POLLIN },
        { .fd = app->options.transport != NULL ? app->options.transport->fd : -1,
          .events = POLLIN },
    };

    while (!app->has_left && show(app)) {
        struct input_event event;
        bool resized = false;

        app_tend_idle(app);
        fds[2].fd = app->options.feed.fd; /* another one after a jump */
        if (poll(fds, sizeof(fds) / sizeof(fds[0]), next_wake_ms(app)) < 0 && errno != EINTR)
            return;
        if (fds[1].revents != 0)
            read_signals(app, &resized);
        if (resized)
            settle_size(app);
        if (fds[2].revents != 0)
            app_take(app);
        if (fds[3].revents != 0)
            app_transport_take(app);
        while (!app->has_left && screen_read(app->screen, &event))
            app_key(app, &event);
        if (screen_ended(app->screen))
            return;
        if (app->wants_suspend)
            suspend(app);
    }
}

enum status
app_run(const struct app_options *options, struct err *err)
{
    struct screen_options how = {
        .input_fd = STDIN_FILENO,
        .output_fd = STDOUT_FILENO,
        .theme = options->theme != NULL ? options->theme : themes[0],
        .color = options->color,
        .has_mouse = options->has_mouse,
    };
    struct app *app;
    struct screen *screen;
    int columns, rows;
    enum status st = screen_open(&screen, &how, err);

    if (st != OK)
        return st;
    screen_size(screen, &columns, &rows);
    app = app_new(options, columns, rows);
    app->screen = screen;
    loop(app);
    screen_close(screen);
    if (options->place != NULL)
        *options->place =
            (struct app_place){ .view = app_page(app)->view->name, .range = app->range };
    app_free(app);
    return OK;
}

/* What a screen remembers of earlier frames, such as the width of a column, is forgotten. */
static const struct canvas *
draw_anew(struct app **app, int columns, int rows)
{
    struct app *fresh = app_new(&(*app)->options, columns, rows);
    int x, y;

    if ((*app)->snapshot != NULL)
        adopt(fresh, snapshot_ref((*app)->snapshot));
    app_free(*app);
    *app = fresh;
    return app_draw(fresh, &x, &y);
}

enum status
app_once(const struct app_options *options, int columns, int rows, int wait_ms, struct buf *out,
         struct err *err)
{
    struct app *app = app_new(options, columns, rows);
    uint64_t until = mono_ns() + (uint64_t)wait_ms * UINT64_C(1000000);
    struct pollfd ready = { .fd = options->feed.fd, .events = POLLIN };
    const struct canvas *canvas;
    enum status st = OK;
    int x, y;

    canvas = app_draw(app, &x, &y);
    while (!app_is_answered(app) && mono_ns() < until) {
        int left = (int)((until - mono_ns()) / 1000000);

        if (poll(&ready, 1, left) < 0 && errno != EINTR)
            break;
        app_take(app);
        canvas = app_draw(app, &x, &y);
    }
    if (options->is_whole)
        canvas = draw_anew(&app, columns, rows);
    canvas_print(canvas, out);
    if (buf_failed(out))
        st = err_set(err, E_LIMIT, "the frame is larger than its buffer");
    else if (app->snapshot != NULL && app->snapshot->state == SOURCE_FAILING)
        st = err_set(err, E_IO, "%s", app->snapshot->failure);
    app_free(app);
    return st;
}
