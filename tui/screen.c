/* screen.c - curses behind one door.
 * SPDX-License-Identifier: MIT
 *
 * Debian's ncurses 6.4 flushes its output at each cursor movement, some 30 write() calls a frame,
 * and a frame that arrives in pieces flickers. So newterm() is given an unlinked file in memory as
 * its output; after each frame what it wrote there is copied to the terminal in one write(),
 * between the marks of a synchronized update. The price is that curses cannot ask that file for
 * terminal modes or size: both are done here, and so is the keyboard (input.c).
 *
 * Drawing happens on a canvas. What differs from the canvas shown last is handed to curses as runs
 * of cells; when nothing differs, curses is not called at all. */
#include "config.h"

#define _XOPEN_SOURCE_EXTENDED 1

#include "tui/screen.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* term.h defines these as macros for terminfo's booleans and numbers. */
#undef columns
#undef lines

#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END   "\033[?2026l"
#define MOUSE_ON   "\033[?1000h\033[?1006h"
#define MOUSE_OFF  "\033[?1006l\033[?1000l"
#define FRAME_MAX  (16u << 20)
#define ESCAPE_MS  25
#define ASIDE_MAX  4096

struct screen {
    int input_fd;
    int output_fd;
    screen_sink *sink;
    void *sink_ctx;
    SCREEN *curses;
    FILE *paper; /* the file in memory curses writes to */
    FILE *nothing;
    struct buf frame;
    struct buf aside; /* for the terminal, before what curses says next */
    struct canvas shown;
    bool is_whole; /* the next frame is painted from nothing */
    int caret_x, caret_y;
    const struct theme *theme;
    enum depth depth;
    cchar_t blanks[ROLES][2][2]; /* by role, selected, bold */
    bool has_mouse;
    bool is_suspended;
    bool has_modes; /* `saved` holds the terminal's own */
    struct termios saved;
    unsigned char keys[256];
    size_t key_count;
    uint64_t escape_ns; /* when the bytes that wait came; 0: none wait */
    bool has_ended;
};

/* The one global: a signal handler has nobody to ask. Filled once before `is_armed` is set. */
static struct {
    volatile sig_atomic_t is_armed;
    int fd;
    bool has_modes;
    struct termios modes;
    char text[256];
    size_t len;
} restore;

void
screen_restore_now(void)
{
    if (!restore.is_armed)
        return;
    restore.is_armed = 0;
    if (write(restore.fd, restore.text, restore.len) < 0)
        return; /* nobody is left to be told */
    if (restore.has_modes)
        tcsetattr(restore.fd, TCSANOW, &restore.modes);
}

static void
crashed(int number)
{
    screen_restore_now();
    raise(number); /* SA_RESETHAND: now it ends the process as it would have */
}

static void
arm_crash_handlers(void)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    struct sigaction action = { .sa_handler = crashed };

    action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &action, NULL);
}

static void
add_capability(const char *name)
{
    char copy[16];
    const char *text;
    size_t n;

    snprintf(copy, sizeof(copy), "%s", name);
    text = tigetstr(copy);
    if (text == NULL || text == (const char *)-1)
        return;
    n = strlen(text);
    if (restore.len + n <= sizeof(restore.text)) {
        memcpy(restore.text + restore.len, text, n);
        restore.len += n;
    }
}

static void
arm_restore(const struct screen *screen)
{
    static const char first[] = MOUSE_OFF SYNC_END;

    if (screen->sink != NULL)
        return;
    memcpy(restore.text, first, sizeof(first) - 1);
    restore.len = sizeof(first) - 1;
    add_capability("sgr0");
    add_capability("op");
    add_capability("cnorm");
    add_capability("rmcup");
    restore.fd = screen->output_fd;
    restore.modes = screen->saved;
    restore.has_modes = screen->has_modes;
    restore.is_armed = 1;
    mem_on_exhausted(screen_restore_now);
    arm_crash_handlers();
}

/* --- output ------------------------------------------------------------------------------ */

static bool
write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = { .fd = fd, .events = POLLOUT };

            if (poll(&wait, 1, 1000) > 0)
                continue;
        }
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* What curses wrote since the last time, moved behind what is in `into`. */
static bool
collect(struct screen *screen, struct buf *into)
{
    int fd = fileno(screen->paper);
    off_t size = lseek(fd, 0, SEEK_END);
    char *room;

    if (size < 0)
        return false;
    if (size == 0)
        return true;
    room = buf_room(into, (size_t)size);
    if (room == NULL || pread(fd, room, (size_t)size, 0) != (ssize_t)size)
        return false;
    buf_grown(into, (size_t)size);
    return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

static bool
send_frame(struct screen *screen)
{
    size_t empty = sizeof(SYNC_BEGIN) - 1;
    bool ok;

    buf_clear(&screen->frame);
    buf_adds(&screen->frame, SYNC_BEGIN);
    buf_add(&screen->frame, screen->aside.data, screen->aside.len);
    buf_clear(&screen->aside);
    ok = collect(screen, &screen->frame);
    if (!ok || screen->frame.len == empty)
        return ok;
    buf_adds(&screen->frame, SYNC_END);
    if (screen->sink != NULL)
        return screen->sink(screen->sink_ctx, screen->frame.data, screen->frame.len);
    return write_all(screen->output_fd, screen->frame.data, screen->frame.len);
}

static void
add_base64(struct buf *b, const char *text, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = 0;

        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < len ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_addc(b, i + k > len ? '=' : digits[three >> (18 - 6 * k) & 63]);
    }
}

/* tmux takes the sequence by itself when set-clipboard is on, and hands one that is wrapped on to
 * the terminal when allow-passthrough is; one of them is usual. */
bool
screen_copy(struct screen *screen, const char *text, size_t len)
{
    const char *tmux = getenv("TMUX");
    struct buf b;
    bool ok;

    if (len > SCREEN_COPY_MAX)
        return false;
    buf_init(&b, 4 * SCREEN_COPY_MAX);
    buf_adds(&b, "\033]52;c;");
    add_base64(&b, text, len);
    buf_addc(&b, '\a');
    if (tmux != NULL && *tmux != '\0') {
        buf_adds(&b, "\033Ptmux;\033\033]52;c;");
        add_base64(&b, text, len);
        buf_adds(&b, "\a\033\\");
    }
    ok = screen->sink != NULL ? screen->sink(screen->sink_ctx, b.data, b.len)
                              : write_all(screen->output_fd, b.data, b.len);
    buf_fini(&b);
    return ok;
}

/* --- opening and closing ----------------------------------------------------------------- */

static enum status
check_terminal(const struct screen_options *options, const char *term, struct err *err)
{
    if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0 || strcmp(term, "unknown") == 0)
        return err_set(err, E_UNSUPPORTED,
                       "the screen cannot be drawn on this terminal (TERM is %s): "
                       "try `obsview watch --once` or `obsview report`",
                       term == NULL || *term == '\0' ? "not set" : term);
    if (options->sink == NULL && (!isatty(options->input_fd) || !isatty(options->output_fd)))
        return err_set(err, E_UNSUPPORTED,
                       "the screen needs a terminal, and standard %s is none: "
                       "try `obsview watch --once` or `obsview report`",
                       isatty(options->output_fd) ? "input" : "output");
    return OK;
}

static void
take_modes(struct screen *screen)
{
    struct termios raw;

    if (screen->sink != NULL || tcgetattr(screen->input_fd, &screen->saved) != 0)
        return;
    screen->has_modes = true;
    raw = screen->saved;
    raw.c_iflag &= (tcflag_t) ~(ICRNL | INLCR | IGNCR | IXON | ISTRIP | BRKINT | PARMRK);
    raw.c_oflag &= (tcflag_t)~OPOST;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(screen->input_fd, TCSADRAIN, &raw);
}

static void
give_modes_back(struct screen *screen)
{
    if (screen->has_modes)
        tcsetattr(screen->input_fd, TCSADRAIN, &screen->saved);
}

/* Palette number to what the terminal takes: with direct colour, numbers past 7 are red, green and
 * blue. The first sixteen are xterm's defaults, the rest its cube and greys. */
static int
palette(int number)
{
    static const int ansi[16] = { 0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                  0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                  0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff };
    static const int steps[6] = { 0, 95, 135, 175, 215, 255 };
    int n = number - 16, grey;

    if (number < 8 || COLORS <= 256)
        return number < COLORS ? number : number % 8;
    if (number < 16)
        return ansi[number];
    if (number < 232)
        return steps[n / 36] << 16 | steps[n / 6 % 6] << 8 | steps[n % 6];
    grey = 8 + (number - 232) * 10;
    return grey << 16 | grey << 8 | grey;
}

static int
pair_of(enum role role, bool is_selected)
{
    return 1 + (int)role + (is_selected ? ROLES : 0);
}

/* A blank cell for each look, made when the theme changes; a frame only puts characters into
 * copies. */
static cchar_t
make_cell(const struct screen *screen, enum role role, bool is_selected, bool is_bold)
{
    struct look look = theme_look(screen->theme, screen->depth, role, is_selected);
    attr_t attributes = A_NORMAL;
    int pair = 0;
    cchar_t cell;

    if (look.is_bold || is_bold)
        attributes |= A_BOLD;
    if (look.is_dim)
        attributes |= A_DIM;
    if (look.is_reverse)
        attributes |= A_REVERSE;
    if (look.is_underlined)
        attributes |= A_UNDERLINE;
    if (screen->depth != DEPTH_MONO && (look.foreground >= 0 || look.background >= 0))
        pair = pair_of(role, is_selected);
    memset(&cell, 0, sizeof(cell));
    setcchar(&cell, L" ", attributes, 0, &pair);
    return cell;
}

static void
make_cells(struct screen *screen)
{
    for (int role = 0; role < ROLES; role++) {
        for (int i = 0; i < 4; i++)
            screen->blanks[role][i / 2][i % 2] =
                make_cell(screen, (enum role)role, i / 2 == 1, i % 2 == 1);
    }
}

static void
make_looks(struct screen *screen)
{
    make_cells(screen);
    if (screen->depth == DEPTH_MONO)
        return;
    for (int selected = 0; selected < 2; selected++) {
        for (int role = 0; role < ROLES; role++) {
            struct look look =
                theme_look(screen->theme, screen->depth, (enum role)role, selected != 0);

            init_extended_pair(pair_of((enum role)role, selected != 0),
                               look.foreground < 0 ? -1 : palette(look.foreground),
                               look.background < 0 ? -1 : palette(look.background));
        }
    }
}

/* newterm() would lose memory over a name it does not know. */
static bool
knows_terminal(char *name, int fd)
{
    int result = 0;

    if (setupterm(name, fd, &result) != OK || result != 1)
        return false;
    del_curterm(cur_term);
    return true;
}

static enum status
open_curses(struct screen *screen, const struct screen_options *options, const char *term,
            struct err *err)
{
    char name[128], colors[] = "colors";
    int fd = memfd_create("obsview frame", MFD_CLOEXEC);

    screen->paper = fd >= 0 ? fdopen(fd, "w+") : NULL;
    screen->nothing = fopen("/dev/null", "r");
    if (screen->paper == NULL || screen->nothing == NULL)
        return err_errno(err, errno, "cannot make the file frames are drawn into");
    snprintf(name, sizeof(name), "%s", term);
    screen->curses =
        knows_terminal(name, fd) ? newterm(name, screen->paper, screen->nothing) : NULL;
    if (screen->curses == NULL)
        return err_set(err, E_UNSUPPORTED,
                       "the terminal type %s is not known here (is ncurses-term installed?)", term);
    set_term(screen->curses);
    nonl();
    leaveok(stdscr, TRUE);
    curs_set(0);
    if (!depth_choose(&screen->depth, options->color, tigetnum(colors), getenv("NO_COLOR")))
        return err_set(err, E_USAGE, "color: %s is none of auto, always, never, 16, 256",
                       options->color);
    if (screen->depth != DEPTH_MONO) { /* else no colour is even named */
        start_color();
        use_default_colors();
    }
    make_looks(screen);
    collect(screen, &screen->aside); /* what opens the screen comes before all else */
    return OK;
}

enum status
screen_open(struct screen **out, const struct screen_options *options, struct err *err)
{
    const char *term = options->term != NULL ? options->term : getenv("TERM");
    struct screen *screen;
    enum status st = check_terminal(options, term, err);

    if (st != OK)
        return st;
    screen = xcalloc(1, sizeof(*screen));
    screen->input_fd = options->input_fd;
    screen->output_fd = options->output_fd;
    screen->sink = options->sink;
    screen->sink_ctx = options->sink_ctx;
    screen->theme = options->theme;
    screen->caret_x = screen->caret_y = -1;
    buf_init(&screen->frame, FRAME_MAX);
    buf_init(&screen->aside, ASIDE_MAX);
    canvas_init(&screen->shown, 1, 1);
    st = open_curses(screen, options, term, err);
    if (st != OK) {
        screen_close(screen);
        return st;
    }
    take_modes(screen);
    arm_restore(screen);
    screen_resized(screen, options->columns, options->rows);
    if (options->has_mouse)
        screen_set_mouse(screen, true);
    *out = screen;
    return OK;
}

void
screen_close(struct screen *screen)
{
    if (screen == NULL)
        return;
    if (screen->curses != NULL && !screen->is_suspended)
        screen_suspend(screen);
    if (screen->curses != NULL)
        delscreen(screen->curses);
    restore.is_armed = 0;
    if (screen->paper != NULL)
        fclose(screen->paper);
    if (screen->nothing != NULL)
        fclose(screen->nothing);
    canvas_fini(&screen->shown);
    buf_fini(&screen->frame);
    buf_fini(&screen->aside);
    free(screen);
}

void
screen_suspend(struct screen *screen)
{
    if (screen->has_mouse)
        buf_adds(&screen->aside, MOUSE_OFF);
    curs_set(1);
    endwin();
    send_frame(screen);
    give_modes_back(screen);
    screen->is_suspended = true;
    restore.is_armed = 0;
}

void
screen_set_mouse(struct screen *screen, bool is_on)
{
    screen->has_mouse = is_on;
    buf_adds(&screen->aside, is_on ? MOUSE_ON : MOUSE_OFF);
}

void
screen_set_theme(struct screen *screen, const struct theme *theme)
{
    screen->theme = theme;
    make_looks(screen);
    screen_repaint(screen);
}

/* --- size -------------------------------------------------------------------------------- */

void
screen_size(const struct screen *screen, int *columns, int *rows)
{
    *columns = screen->shown.columns;
    *rows = screen->shown.rows;
}

/* Curses was told the size only after it had set the scrolling region by the one of terminfo, and
 * does not set it again when the size changes; deleting characters below a region that is too small
 * is not defined. Setting it moves the cursor, so only before a frame that is painted whole. */
static void
set_region(struct screen *screen)
{
    char name[] = "csr";
    const char *shape = tigetstr(name), *text;

    if (shape == NULL || shape == (const char *)-1)
        return;
    text = tiparm(shape, 0, screen->shown.rows - 1);
    if (text != NULL && strchr(text, '$') == NULL) /* no padding: none of today's has any */
        buf_adds(&screen->aside, text);
}

static void
adapt(struct screen *screen, int columns, int rows)
{
    struct winsize size = { 0 };

    if (columns <= 0 && screen->sink == NULL && ioctl(screen->output_fd, TIOCGWINSZ, &size) == 0) {
        columns = size.ws_col;
        rows = size.ws_row;
    }
    if (columns <= 0 || rows <= 0) {
        columns = screen->shown.columns > 1 ? screen->shown.columns : 80;
        rows = screen->shown.rows > 1 ? screen->shown.rows : 24;
    }
    canvas_resize(&screen->shown, columns, rows);
    resizeterm(screen->shown.rows, screen->shown.columns);
    screen_repaint(screen);
}

void
screen_resized(struct screen *screen, int columns, int rows)
{
    adapt(screen, columns, rows);
    set_region(screen);
}

void
screen_resume(struct screen *screen)
{
    screen->is_suspended = false;
    take_modes(screen);
    arm_restore(screen);
    curs_set(0);
    screen->caret_x = screen->caret_y = -1;
    if (screen->has_mouse)
        buf_adds(&screen->aside, MOUSE_ON);
    adapt(screen, 0, 0); /* curses sets the region itself when it comes back */
}

void
screen_repaint(struct screen *screen)
{
    screen->is_whole = true;
}

/* --- frames ------------------------------------------------------------------------------ */

static cchar_t
cell_of(const struct screen *screen, const struct tile *tile)
{
    cchar_t cell = screen->blanks[tile->role][tile->is_selected][tile->is_bold];

    cell.chars[0] = (wchar_t)tile->code_point;
    cell.chars[1] = (wchar_t)tile->combining;
    return cell;
}

static bool
same(const struct tile *a, const struct tile *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* of constant length: no call */
}

/* Hands one row's changed runs to curses; true when there was one. A run grows over the halves of
 * wide characters at its ends. */
static bool
update_row(struct screen *screen, const struct canvas *canvas, int y, cchar_t *cells)
{
    size_t at = (size_t)y * (size_t)canvas->columns;
    const struct tile *new = &canvas->tiles[at];
    struct tile *old = &screen->shown.tiles[at];
    bool changed = false;

    if (!screen->is_whole && memcmp(new, old, (size_t)canvas->columns * sizeof(*new)) == 0)
        return false;
    for (int x = 0; x < canvas->columns;) {
        int from = x, to = x, n = 0;

        if (!screen->is_whole && same(&new[x], &old[x])) {
            x++;
            continue;
        }
        while (from > 0 && (new[from].code_point == 0 || old[from].code_point == 0))
            from--;
        while (to < canvas->columns && (screen->is_whole || !same(&new[to], &old[to]) ||
                                        new[to].code_point == 0 || old[to].code_point == 0))
            to++;
        for (int i = from; i < to; i++) {
            if (new[i].code_point != 0)
                cells[n++] = cell_of(screen, &new[i]);
        }
        mvwadd_wchnstr(stdscr, y, from, cells, n);
        changed = true;
        x = to;
    }
    if (changed)
        memcpy(old, new, (size_t)canvas->columns * sizeof(*old));
    return changed;
}

static bool
place_caret(struct screen *screen, int x, int y)
{
    if (x == screen->caret_x && y == screen->caret_y)
        return false;
    screen->caret_x = x;
    screen->caret_y = y;
    leaveok(stdscr, x < 0);
    curs_set(x < 0 ? 0 : 1);
    return true;
}

bool
screen_show(struct screen *screen, const struct canvas *canvas, int caret_x, int caret_y)
{
    cchar_t *cells;
    bool changed;

    if (screen->is_suspended || canvas->columns != screen->shown.columns ||
        canvas->rows != screen->shown.rows)
        return true;
    cells = xcalloc((size_t)canvas->columns + 1, sizeof(*cells));
    if (screen->is_whole)
        clearok(curscr, TRUE);
    changed = screen->is_whole;
    for (int y = 0; y < canvas->rows; y++)
        changed |= update_row(screen, canvas, y, cells);
    free(cells);
    screen->is_whole = false;
    changed |= place_caret(screen, caret_x, caret_y);
    if (!changed && screen->aside.len == 0)
        return true;
    if (caret_x >= 0)
        wmove(stdscr, caret_y, caret_x);
    if (changed) {
        wnoutrefresh(stdscr);
        doupdate();
    }
    return send_frame(screen);
}

/* --- keys -------------------------------------------------------------------------------- */

static void
fill_keys(struct screen *screen)
{
    struct pollfd ready = { .fd = screen->input_fd, .events = POLLIN };
    size_t room = sizeof(screen->keys) - screen->key_count;
    ssize_t n;

    if (room == 0 || screen->input_fd < 0 || poll(&ready, 1, 0) <= 0)
        return;
    n = read(screen->input_fd, screen->keys + screen->key_count, room);
    if (n > 0) {
        screen->key_count += (size_t)n;
        screen->escape_ns = 0;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        screen->has_ended = true;
    }
}

bool
screen_read(struct screen *screen, struct input_event *event)
{
    for (;;) {
        bool is_late;
        size_t n;

        fill_keys(screen);
        if (screen->key_count == 0)
            return false;
        is_late = screen->escape_ns != 0 &&
                  mono_ns() - screen->escape_ns >= ESCAPE_MS * UINT64_C(1000000);
        n = input_parse(event, screen->keys, screen->key_count,
                        is_late || screen->key_count == sizeof(screen->keys));
        if (n == 0) {
            if (screen->escape_ns == 0)
                screen->escape_ns = mono_ns();
            return false;
        }
        screen->key_count -= n;
        memmove(screen->keys, screen->keys + n, screen->key_count);
        screen->escape_ns = 0;
        if (event->key != KEYSYM_NONE)
            return true;
    }
}

int
screen_waits_ms(const struct screen *screen)
{
    return screen->key_count > 0 ? ESCAPE_MS : 0;
}

bool
screen_ended(const struct screen *screen)
{
    return screen->has_ended;
}
