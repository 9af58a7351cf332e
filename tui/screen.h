/* screen.h - the terminal: frames out, keys in, and everything as it was afterwards.
 * SPDX-License-Identifier: MIT
 *
 * One screen at a time: curses keeps its state in globals. A frame goes out with one write() inside
 * a synchronized update (mode 2026); a frame that looks like the one before writes nothing. Signals
 * are read by the caller, who tells of a new size with screen_resized(). */
#ifndef OV_TUI_SCREEN_H
#define OV_TUI_SCREEN_H

#include "base/err.h"
#include "tui/canvas.h"
#include "tui/input.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stddef.h>

struct screen;

/* Takes the bytes of one frame; false: they could not be written. */
typedef bool screen_sink(void *ctx, const char *bytes, size_t len);

struct screen_options {
    int input_fd;
    int output_fd;
    const char *term; /* NULL: the TERM variable */
    const struct theme *theme;
    const char *color; /* --color; NULL: auto */
    bool has_mouse;
    /* For tests: frames go here, and neither file needs to be a terminal. */
    screen_sink *sink;
    void *sink_ctx;
    int columns; /* with a sink: the size */
    int rows;
};

/* E_UNSUPPORTED with what to do instead when there is no terminal to draw on. */
MUST_CHECK enum status screen_open(struct screen **out, const struct screen_options *options,
                                   struct err *err);
void screen_close(struct screen *screen); /* restores the terminal; NULL is fine */

void screen_size(const struct screen *screen, int *columns, int *rows);
/* From the terminal itself when `columns` is 0. The next frame is painted whole. */
void screen_resized(struct screen *screen, int columns, int rows);
void screen_repaint(struct screen *screen);

/* Shows a canvas of the screen's size. The caret is where text is being typed; -1: nowhere. false:
 * the terminal is gone. */
bool screen_show(struct screen *screen, const struct canvas *canvas, int caret_x, int caret_y);

/* Puts a text into the clipboard of the terminal (OSC 52), through tmux too where it lets it. A
 * terminal that does not know how ignores it, and says nothing. false: too long, or it is gone. */
#define SCREEN_COPY_MAX ((size_t)72 << 10) /* xterm and others drop much longer ones */
bool screen_copy(struct screen *screen, const char *text, size_t len);

/* The next key, if one has come; waits for nothing. */
bool screen_read(struct screen *screen, struct input_event *event);
/* An escape came, and whether it is the key or the start of one is not known yet: call
 * screen_read() again after this many milliseconds. 0: no such thing. */
int screen_waits_ms(const struct screen *screen);
bool screen_ended(const struct screen *screen); /* the keyboard is gone */

void screen_set_theme(struct screen *screen, const struct theme *theme);
void screen_set_mouse(struct screen *screen, bool is_on);
/* Gives the terminal back, and takes it again. */
void screen_suspend(struct screen *screen);
void screen_resume(struct screen *screen);

/* Gives the terminal back from a signal handler or when memory is out; safe anywhere, any time. */
void screen_restore_now(void);

#endif
