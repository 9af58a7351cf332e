/* app.h - the screen as a program: keys and snapshots in, frames out.
 * SPDX-License-Identifier: MIT
 *
 * app_run() owns the terminal until the person leaves. The functions below it are its steps, for
 * tests and for `--once`: they touch no terminal. */
#ifndef OV_TUI_APP_H
#define OV_TUI_APP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "tui/canvas.h"
#include "tui/feed.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/theme.h"
#include "tui/transport.h"
#include "tui/view.h"

#include <stdbool.h>
#include <stdint.h>

struct app;

/* What is on screen, for the next screen to begin with. */
struct app_place {
    const char *view; /* of the table of views; NULL: as the options say */
    struct range range;
};

/* Strings and what is pointed to are borrowed until the end. */
struct app_options {
    struct feed feed;
    const struct clock *clock;
    const struct view *const *views; /* obsview's own are `views` of view.h; ends with NULL */
    const char *view;                /* the first one shown; NULL: the first in the table */
    int64_t span_ms;                 /* 0: an hour */
    const struct theme *theme;       /* NULL: terminal */
    const char *color;               /* --color; NULL: auto */
    bool is_ascii;                   /* forced; a locale that is not UTF-8 forces it too */
    enum graph_style graph;
    bool has_mouse;
    const char
        *standing_word; /* on the message row while there is nothing else to say; NULL: none */
    const char *history_path; /* of the command line; NULL: not kept */
    const char *reviews_path; /* tui/reviews.h; NULL: not kept */
    struct scope_names names;
    const struct price_list *prices;   /* for estimates; NULL: the built-in list */
    const char *const *environments;   /* that `:env` may choose; ends with NULL; NULL: none */
    const char *environment;           /* the one in use; NULL: none of them */
    const char **next_environment;     /* where the chosen one is left: app_run() then returns */
    struct app_place *place;           /* where to begin, and where one was in the end; NULL */
    const struct transport *transport; /* of what is played; NULL: time goes by itself */
    size_t trend_steps; /* of each trend, whatever the width, so that a recording of what was asked
                           answers on every screen; 0: as fits the width */
    bool is_whole; /* a frame of app_once() waits for what is asked for other views, too, and is
                      drawn anew of what came: it does not depend on the order in which that came */
    int signal_fd; /* a signalfd(2) with the signals of the process; -1: none */
    /* For the header, while a recording is made of what is answered; true: something is wrong with
     * it. NULL: none is. */
    bool (*recording_word)(void *arg, char *text, size_t size);
    void *recording_arg;
    /* Why it would be a pity to leave now, or NULL; asked once at `q`. */
    const char *(*leave_warning)(void *ctx);
    void *leave_ctx;
};

/* Until the person leaves, the terminal goes away or SIGINT, SIGTERM or SIGHUP comes. */
MUST_CHECK enum status app_run(const struct app_options *options, struct err *err);

/* One frame as text: waits until every question of the view is answered or failed, `wait_ms` at
 * most. E_IO when the source failed in all of them; the frame is there and says so too. */
MUST_CHECK enum status app_once(const struct app_options *options, int columns, int rows,
                                int wait_ms, struct buf *out, struct err *err);

struct app *app_new(const struct app_options *options, int columns, int rows);
void app_free(struct app *app); /* NULL is fine */
void app_key(struct app *app, const struct input_event *event);
void app_take(struct app *app); /* the feed's newest snapshot */
void app_resize(struct app *app, int columns, int rows);
/* The frame for now; borrowed until the next call. The caret is -1 when nothing is typed. */
const struct canvas *app_draw(struct app *app, int *caret_x, int *caret_y);
/* As `:` does it: "view errors", "filter cart". false: the message row says why. */
bool app_command(struct app *app, const char *line);
bool app_has_left(const struct app *app);
bool app_is_answered(const struct app *app); /* every ask of the view has an answer or a failure */

#endif
