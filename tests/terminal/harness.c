/* harness.c - libvterm as the terminal, files as memory.
 * SPDX-License-Identifier: MIT
 *
 * Screens are compared as cells, not as bytes: how curses gets there is its own business. */
#include "config.h"

#include "harness.h"

#include "base/mem.h"
#include "tui/keys.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PRINT_MAX (4u << 20)
#define LOOKS_MAX 52

void
terminal_init(struct terminal *terminal, int columns, int rows)
{
    memset(terminal, 0, sizeof(*terminal));
    terminal->columns = columns;
    terminal->rows = rows;
    terminal->vt = vterm_new(rows, columns);
    vterm_set_utf8(terminal->vt, 1);
    terminal->cells = vterm_obtain_screen(terminal->vt);
    vterm_screen_enable_altscreen(terminal->cells, 1);
    vterm_screen_reset(terminal->cells, 1);
    buf_init(&terminal->last, PRINT_MAX);
}

void
terminal_fini(struct terminal *terminal)
{
    vterm_free(terminal->vt);
    buf_fini(&terminal->last);
}

bool
terminal_sink(void *ctx, const char *bytes, size_t len)
{
    struct terminal *terminal = ctx;

    terminal->writes++;
    terminal->bytes += len;
    buf_clear(&terminal->last);
    buf_add(&terminal->last, bytes, len);
    vterm_input_write(terminal->vt, bytes, len);
    return true;
}

static VTermScreenCell
cell_at(struct terminal *terminal, int x, int y)
{
    VTermScreenCell cell;

    vterm_screen_get_cell(terminal->cells, (VTermPos){ .row = y, .col = x }, &cell);
    return cell;
}

static void
print_text(struct terminal *terminal, struct buf *b)
{
    for (int y = 0; y < terminal->rows; y++) {
        size_t end = b->len;

        for (int x = 0; x < terminal->columns; x++) {
            VTermScreenCell cell = cell_at(terminal, x, y);

            if (cell.chars[0] == (uint32_t)-1)
                continue;
            if (cell.chars[0] == 0)
                buf_addc(b, ' ');
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
                canvas_print_code_point(b, cell.chars[i]);
            if (cell.chars[0] != 0 && cell.chars[0] != ' ')
                end = b->len;
        }
        b->len = end;
        b->data[end] = '\0';
        buf_addc(b, '\n');
    }
}

static void
describe(char *text, size_t size, const VTermScreenCell *cell)
{
    int n =
        snprintf(text, size, "%s%s%s", cell->attrs.bold ? " bold" : "",
                 cell->attrs.reverse ? " reverse" : "", cell->attrs.underline ? " underline" : "");

    if (VTERM_COLOR_IS_INDEXED(&cell->fg) && !VTERM_COLOR_IS_DEFAULT_FG(&cell->fg))
        n += snprintf(text + n, size - (size_t)n, " fg %d", cell->fg.indexed.idx);
    if (VTERM_COLOR_IS_INDEXED(&cell->bg) && !VTERM_COLOR_IS_DEFAULT_BG(&cell->bg))
        snprintf(text + n, size - (size_t)n, " bg %d", cell->bg.indexed.idx);
}

static void
print_looks(struct terminal *terminal, struct buf *b)
{
    char looks[LOOKS_MAX][64];
    size_t count = 0;

    for (int y = 0; y < terminal->rows; y++) {
        for (int x = 0; x < terminal->columns; x++) {
            VTermScreenCell cell = cell_at(terminal, x, y);
            char look[64] = "";
            size_t i = 0;

            describe(look, sizeof(look), &cell);
            if (look[0] == '\0') {
                buf_addc(b, '.');
                continue;
            }
            while (i < count && strcmp(looks[i], look) != 0)
                i++;
            assert_true(i < LOOKS_MAX);
            if (i == count)
                memcpy(looks[count++], look, sizeof(look));
            buf_addc(b, (char)(i < 26 ? 'a' + i : 'A' + i - 26));
        }
        buf_addc(b, '\n');
    }
    for (size_t i = 0; i < count; i++)
        buf_addf(b, "%c:%s\n", (int)(i < 26 ? 'a' + i : 'A' + i - 26), looks[i]);
}

void
terminal_print(struct terminal *terminal, struct buf *b)
{
    print_text(terminal, b);
    buf_adds(b, "--- looks\n");
    print_looks(terminal, b);
}

/* --- goldens ----------------------------------------------------------------------------- */

void
harness_environment(void)
{
    setenv("TZ", "UTC", 1);
    unsetenv("NO_COLOR");
    unsetenv("OBSVIEW_COLOR");
    tzset();
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
}

static void
first_difference(const char *name, const char *want, const char *have)
{
    int line = 1;

    while (*want != '\0' || *have != '\0') {
        size_t w = strcspn(want, "\n"), h = strcspn(have, "\n");

        if (w != h || memcmp(want, have, w) != 0) {
            fprintf(stderr, "%s, line %d:\n  want %.*s\n  have %.*s\n", name, line, (int)w, want,
                    (int)h, have);
            return;
        }
        want += w + (want[w] == '\n');
        have += h + (have[h] == '\n');
        line++;
    }
}

void
harness_golden(const char *name, const struct buf *have)
{
    const char *srcdir = getenv("srcdir"), *record = getenv("OBSVIEW_RECORD");
    char *path = xasprintf("%s/tests/terminal/golden/%s.txt", srcdir != NULL ? srcdir : ".", name);
    struct buf want;
    bool same;

    if (record != NULL && strcmp(record, "1") == 0) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_int_equal(fwrite(have->data, 1, have->len, file), have->len);
        assert_int_equal(fclose(file), 0);
        free(path);
        return;
    }
    buf_init(&want, PRINT_MAX);
    if (buf_read_file(&want, path, NULL) != OK)
        fail_msg("%s is not there: OBSVIEW_RECORD=1 records it", path);
    same = want.len == have->len && memcmp(want.data, have->data, want.len) == 0;
    if (!same)
        first_difference(path, want.data, have->data);
    buf_fini(&want);
    free(path);
    if (!same)
        fail_msg("the screen %s looks different", name);
}

/* --- the scene --------------------------------------------------------------------------- */

static bool
feed_want(void *ctx, const struct ask_list *asks)
{
    struct scene *scene = ctx;
    size_t at = 0;

    scene->asked[0] = '\0';
    for (size_t i = 0; i < asks->count && at < sizeof(scene->asked); i++)
        at += (size_t)snprintf(scene->asked + at, sizeof(scene->asked) - at, "%s ",
                               asks->items[i].key);
    return false; /* what the scene holds is all there is */
}

static struct snapshot *
feed_take(void *ctx)
{
    struct scene *scene = ctx;
    struct snapshot *snapshot = scene->next;

    scene->next = NULL;
    return snapshot;
}

static int64_t
feed_hurry(void *ctx)
{
    (void)ctx;
    return 12000;
}

static void
feed_give_code(void *ctx, const char *code)
{
    struct scene *scene = ctx;

    snprintf(scene->code, sizeof scene->code, "%s", code);
}

void
scene_init(struct scene *scene, const struct scene_options *options)
{
    const struct theme *theme = theme_find(options->theme != NULL ? options->theme : "terminal");
    struct app_options app = { 0 };
    struct screen_options screen = { .input_fd = -1,
                                     .term = "xterm-256color",
                                     .theme = theme,
                                     .color = options->color,
                                     .sink = terminal_sink,
                                     .columns = options->columns,
                                     .rows = options->rows };
    struct err err = { 0 };

    memset(scene, 0, sizeof(*scene));
    scene->clock = clock_new_virtual(options->now_ms != 0 ? options->now_ms : HARNESS_NOW_MS);
    terminal_init(&scene->terminal, options->columns, options->rows);
    screen.sink_ctx = &scene->terminal;
    if (screen_open(&scene->screen, &screen, &err) != OK)
        fail_msg("%s", err.text);
    app.feed = (struct feed){ scene, -1, feed_want, feed_take, feed_hurry, NULL, feed_give_code };
    app.clock = scene->clock;
    app.views = options->views;
    app.view = options->view;
    app.theme = theme;
    app.is_ascii = options->is_ascii;
    app.signal_fd = -1;
    app.environments = options->environments;
    app.next_environment = options->next_environment;
    scene->app = app_new(&app, options->columns, options->rows);
}

void
scene_fini(struct scene *scene)
{
    app_free(scene->app);
    screen_close(scene->screen);
    terminal_fini(&scene->terminal);
    snapshot_unref(scene->next);
    clock_free(scene->clock);
}

void
scene_give(struct scene *scene, struct snapshot *snapshot)
{
    snapshot_unref(scene->next);
    scene->next = snapshot;
    app_take(scene->app);
}

void
scene_key(struct scene *scene, const char *name)
{
    struct input_event event = { 0 };

    if (!keys_parse(&event.key, name))
        fail_msg("%s is no key", name);
    app_key(scene->app, &event);
}

void
scene_type(struct scene *scene, const char *text)
{
    for (; *text != '\0'; text++) {
        char name[2] = { *text, '\0' };

        scene_key(scene, *text == ' ' ? "Space" : name);
    }
}

void
scene_show(struct scene *scene)
{
    int x, y;
    const struct canvas *canvas = app_draw(scene->app, &x, &y);

    assert_true(screen_show(scene->screen, canvas, x, y));
}

void
scene_golden(struct scene *scene, const char *name)
{
    struct buf text;

    scene_show(scene);
    buf_init(&text, PRINT_MAX);
    terminal_print(&scene->terminal, &text);
    harness_golden(name, &text);
    buf_fini(&text);
}

bool
scene_sees(struct scene *scene, const char *text)
{
    struct buf screen;
    bool found;

    scene_show(scene);
    buf_init(&screen, PRINT_MAX);
    print_text(&scene->terminal, &screen);
    found = strstr(screen.data, text) != NULL;
    buf_fini(&screen);
    return found;
}
