/* test_behaviour.c - what keys do, what is written, and what foreign text cannot do.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "harness.h"
#include "sample.h"

#include "base/text.h"
#include "tui/app_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
start(struct stage *stage, const char *view)
{
    stage_init(
        stage,
        &(struct stage_options){
            .views = sample_views, .view = view, .columns = 120, .rows = 36, .color = "256" });
    stage_give(stage, sample_snapshot());
    stage_show(stage);
}

/* Every tile stands on the terminal as it stands on the canvas. */
static void
assert_same_cells(struct stage *stage, const char *why)
{
    const struct canvas *canvas = &stage->app->canvas;

    for (int y = 0; y < canvas->rows; y++) {
        for (int x = 0; x < canvas->columns; x++) {
            const struct tile *tile = &canvas->tiles[y * canvas->columns + x];
            uint32_t want = tile->code_point == ' ' ? 0 : tile->code_point;
            VTermScreenCell cell;
            uint32_t have;

            vterm_screen_get_cell(stage->terminal.cells, (VTermPos){ .row = y, .col = x }, &cell);
            have = cell.chars[0] == ' ' ? 0 : cell.chars[0];
            if (tile->code_point == 0 && have == (uint32_t)-1)
                continue;
            if (have != want)
                fail_msg("%s: column %d, row %d is U+%04X, not U+%04X", why, x, y, have, want);
        }
    }
}

/* --- writing ----------------------------------------------------------------------------- */

static void
writes_each_frame_once(void **state)
{
    struct stage stage;
    unsigned before;

    (void)state;
    start(&stage, "vitals");
    before = stage.terminal.writes;
    stage_key(&stage, "j");
    stage_show(&stage);
    assert_int_equal(stage.terminal.writes, before + 1);
    assert_int_equal(strncmp(stage.terminal.last.data, "\033[?2026h", 8), 0);
    assert_string_equal(stage.terminal.last.data + stage.terminal.last.len - 8, "\033[?2026l");
    stage_fini(&stage);
}

static void
writes_nothing_when_nothing_changed(void **state)
{
    struct stage stage;
    unsigned before;

    (void)state;
    start(&stage, "vitals");
    before = stage.terminal.writes;
    for (int i = 0; i < 10; i++)
        stage_show(&stage);
    stage_give(&stage, sample_snapshot()); /* new, and the same */
    stage_show(&stage);
    assert_int_equal(stage.terminal.writes, before);
    stage_fini(&stage);
}

static void
writes_little_for_a_second_that_passed(void **state)
{
    struct stage stage;
    size_t before;

    (void)state;
    start(&stage, "logs");
    before = stage.terminal.bytes;
    clock_set(stage.clock, HARNESS_NOW_MS + 1000);
    stage_show(&stage);
    assert_true(stage_sees(&stage, "12:04:32"));
    assert_in_range(stage.terminal.bytes - before, 1, 200);
    stage_fini(&stage);
}

static void
gives_the_terminal_back(void **state)
{
    struct stage stage;
    struct buf last;

    (void)state;
    start(&stage, "vitals");
    screen_close(stage.screen);
    stage.screen = NULL;
    buf_init(&last, 1 << 20);
    buf_add(&last, stage.terminal.last.data, stage.terminal.last.len);
    assert_non_null(strstr(last.data, "\033[?1049l")); /* the other screen */
    assert_non_null(strstr(last.data, "h"));           /* and a visible cursor */
    buf_fini(&last);
    stage_fini(&stage);
}

static void
refuses_what_is_no_terminal(void **state)
{
    struct screen_options options = { .input_fd = -1, .output_fd = -1, .theme = themes[0] };
    struct screen *screen = NULL;
    struct err err;

    (void)state;
    options.term = "dumb";
    assert_int_equal(screen_open(&screen, &options, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "watch --once"));
    options.term = "xterm";
    assert_int_equal(screen_open(&screen, &options, &err), E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "needs a terminal"));
    options.sink = terminal_sink;
    options.term = "no-such-terminal";
    assert_int_equal(screen_open(&screen, &options, &err), E_UNSUPPORTED);
    assert_null(screen);
}

static void
repaints_after_a_new_size(void **state)
{
    static const int sizes[][2] = { { 80, 24 }, { 33, 9 }, { 1, 1 }, { 300, 100 }, { 120, 36 } };
    struct stage stage;

    (void)state;
    start(&stage, "errors");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        stage.terminal.columns = sizes[i][0];
        stage.terminal.rows = sizes[i][1];
        vterm_set_size(stage.terminal.vt, sizes[i][1], sizes[i][0]);
        screen_resized(stage.screen, sizes[i][0], sizes[i][1]);
        app_resize(stage.app, sizes[i][0], sizes[i][1]);
        stage_show(&stage);
        assert_same_cells(&stage, "after a resize");
    }
    assert_true(stage_sees(&stage, "groups"));
    stage_fini(&stage);
}

static void
shows_the_same_in_every_theme_and_depth(void **state)
{
    static const char *const depths[] = { "256", "16", "never" };

    (void)state;
    for (size_t t = 0; themes[t] != NULL; t++) {
        for (size_t d = 0; d < 3; d++) {
            struct stage stage;

            stage_init(&stage, &(struct stage_options){ .views = sample_views,
                                                        .columns = 100,
                                                        .rows = 30,
                                                        .color = depths[d],
                                                        .theme = theme_name(themes[t]) });
            stage_give(&stage, sample_snapshot());
            stage_show(&stage);
            assert_same_cells(&stage, theme_name(themes[t]));
            stage_fini(&stage);
        }
    }
}

/* --- keys -------------------------------------------------------------------------------- */

static void
filters_as_one_types(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "Tab");
    stage_key(&stage, "Tab");
    stage_type(&stage, "/check");
    assert_true(stage_sees(&stage, "/check: 1 of 5"));
    assert_false(stage_sees(&stage, "/pricing"));
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "/check: 1 of 5"));
    stage_key(&stage, "Esc");
    assert_true(stage_sees(&stage, "/pricing"));
    stage_type(&stage, ":filter lcp>3s !checkout");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "1 of 5"));
    assert_true(stage_sees(&stage, "/a/very/long"));
    stage_fini(&stage);
}

static void
keeps_the_cursor_on_its_row(void **state)
{
    struct stage stage;
    struct board_panel *panel;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "S-Tab");
    stage_key(&stage, "j");
    panel = board_panel(&app_page(stage.app)->board, "routes");
    assert_string_equal(panel->table.cursor_key, "/pricing");
    assert_int_equal(panel->table.cursor, 1);
    stage_type(&stage, ":sort loads");
    stage_key(&stage, "Enter");
    stage_show(&stage);
    assert_string_equal(panel->table.cursor_key, "/pricing");
    assert_int_equal(panel->table.cursor, 1); /* 12.5 k, 288, 212, 190, 3 */
    stage_key(&stage, "S");
    stage_show(&stage);
    assert_int_equal(panel->table.cursor, 3);
    assert_string_equal(panel->table.cursor_key, "/pricing");
    stage_fini(&stage);
}

static void
goes_deeper_and_back(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "S-Tab");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "Vitals › /checkout › p75 by metric"));
    stage_key(&stage, "3");
    assert_true(stage_sees(&stage, "Errors › groups"));
    stage_key(&stage, "-");
    assert_true(stage_sees(&stage, "Vitals › /checkout"));
    stage_key(&stage, "Esc");
    assert_true(stage_sees(&stage, "Vitals › p75 by metric"));
    stage_key(&stage, "Esc");
    assert_true(stage_sees(&stage, "nothing to go back to"));
    stage_fini(&stage);
}

static void
follows_the_cursor_into_other_panels(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "errors");
    assert_true(stage_sees(&stage, "group   9f2c"));
    stage_key(&stage, "j");
    assert_true(stage_sees(&stage, "group   b07e"));
    stage_fini(&stage);
}

static void
pauses_and_catches_up(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "Space");
    stage_give(&stage, sample_snapshot());
    stage_give(&stage, sample_snapshot());
    assert_true(stage_sees(&stage, "PAUSED, 2 waiting"));
    stage_key(&stage, "Space");
    assert_true(stage_sees(&stage, "● live"));
    assert_null(stage.app->waiting);
    stage_fini(&stage);
}

static void
slides_through_time(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "]");
    assert_true(stage_sees(&stage, "3h  09:04–12:04"));
    stage_key(&stage, "[");
    stage_key(&stage, "[");
    assert_true(stage_sees(&stage, "15m  11:49–12:04"));
    stage_type(&stage, ":range 1h");
    stage_key(&stage, "Enter");
    stage_key(&stage, "{");
    assert_true(stage_sees(&stage, "past"));
    assert_true(stage_sees(&stage, "10:34–11:34"));
    stage_key(&stage, "}");
    assert_true(stage_sees(&stage, "live"));
    stage_type(&stage, ":range 11:00..11:30");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "30m  11:00–11:30"));
    stage_key(&stage, ".");
    assert_true(stage_sees(&stage, "live"));
    stage_type(&stage, ":range tomorrow");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "a range is"));
    stage_fini(&stage);
}

static void
completes_and_suggests_commands(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_type(&stage, ":the");
    stage_key(&stage, "Tab");
    assert_string_equal(stage.app->field.text, "theme");
    stage_type(&stage, " l");
    stage_key(&stage, "Tab");
    assert_string_equal(stage.app->field.text, "theme light");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "theme light"));
    stage_type(&stage, ":fliter x");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "did you mean filter?"));
    stage_key(&stage, ":");
    stage_key(&stage, "Up");
    assert_string_equal(stage.app->field.text, "fliter x");
    stage_key(&stage, "Up");
    assert_string_equal(stage.app->field.text, "theme light");
    stage_key(&stage, "Esc");
    stage_type(&stage, ":errors");
    stage_key(&stage, "Enter");
    assert_true(stage_sees(&stage, "Errors › groups"));
    stage_fini(&stage);
}

static void
keeps_the_history(void **state)
{
    char path[] = "/tmp/obsview-history-XXXXXX";
    int fd = mkstemp(path);
    struct app_options options = { .views = sample_views, .signal_fd = -1, .history_path = path };
    struct clock *clock = clock_new_virtual(HARNESS_NOW_MS);
    struct app *app;
    struct input_event enter = { .key = KEYSYM_ENTER };

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    options.clock = clock;
    app = app_new(&options, 80, 24);
    app_command_open(app, "theme dark");
    app_key(app, &enter);
    app_free(app);
    app = app_new(&options, 80, 24);
    assert_int_equal(app->history_count, 1);
    assert_string_equal(app->history[0], "theme dark");
    app_free(app);
    clock_free(clock);
    unlink(path);
}

static void
finds_its_help(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage_key(&stage, "?");
    assert_true(stage_sees(&stage, "everywhere"));
    assert_true(stage_sees(&stage, ":filter TEXT"));
    stage_type(&stage, "/half a range");
    assert_true(stage_sees(&stage, ":earlier"));
    assert_false(stage_sees(&stage, ":filter TEXT"));
    stage_key(&stage, "Enter");
    stage_key(&stage, "Esc");
    assert_true(stage_sees(&stage, "by route"));
    stage_fini(&stage);
}

static void
unfolds_and_wraps_log_lines(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "logs");
    assert_true(stage_sees(&stage, "{\"requestId\":\"1-66-59\",\"message\""));
    stage_key(&stage, "J");
    assert_true(stage_sees(&stage, "\"route\": \"/checkout\""));
    stage_key(&stage, "J");
    stage_key(&stage, "g");
    assert_true(stage_sees(&stage, "line 0 of"));
    assert_false(board_panel(&app_page(stage.app)->board, "lines")->table.is_following);
    stage_key(&stage, "G");
    assert_true(board_panel(&app_page(stage.app)->board, "lines")->table.is_following);
    stage_key(&stage, "N"); /* the level before */
    stage_show(&stage);
    assert_string_equal(board_panel(&app_page(stage.app)->board, "lines")->table.cursor_key, "55");
    stage_fini(&stage);
}

static const char *
others(void *ctx)
{
    (void)ctx;
    return "2 other clients use the emulator inside";
}

static void
warns_once_before_leaving(void **state)
{
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    stage.app->options.leave_warning = others;
    stage_key(&stage, "q");
    assert_false(app_has_left(stage.app));
    assert_true(stage_sees(&stage, "2 other clients"));
    stage_key(&stage, "q");
    assert_true(app_has_left(stage.app));
    stage_fini(&stage);
    start(&stage, "vitals");
    stage.app->options.leave_warning = others;
    stage_key(&stage, "^C");
    assert_true(app_has_left(stage.app));
    stage_fini(&stage);
}

static void
answers_to_the_mouse(void **state)
{
    struct stage stage;
    struct input_event click = { .key = KEYSYM_CLICK, .x = 12, .y = 1 };

    (void)state;
    start(&stage, "vitals");
    app_key(stage.app, &click); /* the second tab */
    assert_true(stage_sees(&stage, "Errors › groups"));
    click = (struct input_event){ .key = KEYSYM_CLICK, .x = 10, .y = 5 };
    app_key(stage.app, &click);
    assert_true(stage_sees(&stage, "group   b07e"));
    click = (struct input_event){ .key = KEYSYM_WHEEL_DOWN, .x = 10, .y = 5 };
    app_key(stage.app, &click);
    assert_true(stage_sees(&stage, "group   41aa"));
    stage_fini(&stage);
}

/* --- enemies ----------------------------------------------------------------------------- */

static uint32_t
next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Whatever is typed at whatever size, the terminal shows what the canvas says. */
static void
survives_any_keys(void **state)
{
    static const char *const keys[] = {
        "j",  "k",   "Tab", "S-Tab", "Enter", "Esc",   "/",    "c",   ":",  "s", "S", "z",
        "?",  "f",   "w",   "J",     "h",     "l",     "[",    "]",   "{",  "}", ".", "n",
        "N",  "g",   "G",   "^D",    "^U",    "T",     "a",    "2",   "3",  "9", "-", "Space",
        "BS", "Del", "Up",  "Down",  "Left",  "Right", "Home", "End", "^L", "r", "m", "x"
    };
    uint32_t seed = 20261124;
    struct stage stage;

    (void)state;
    start(&stage, "vitals");
    for (int i = 0; i < 4000; i++) {
        stage_key(&stage, keys[next_random(&seed) % (sizeof(keys) / sizeof(keys[0]))]);
        if (i % 40 == 0) {
            int columns = 20 + (int)(next_random(&seed) % 140);
            int rows = 5 + (int)(next_random(&seed) % 50);

            stage.terminal.columns = columns;
            stage.terminal.rows = rows;
            vterm_set_size(stage.terminal.vt, rows, columns);
            screen_resized(stage.screen, columns, rows);
            app_resize(stage.app, columns, rows);
        }
        if (i % 7 == 0)
            stage_give(&stage, sample_snapshot());
        stage_show(&stage);
        if (i % 10 == 0)
            assert_same_cells(&stage, "after random keys");
    }
    stage_fini(&stage);
}

static int
no_property(VTermProp prop, VTermValue *value, void *user)
{
    (void)value;
    if (prop == VTERM_PROP_TITLE || prop == VTERM_PROP_ICONNAME)
        *(bool *)user = true;
    return 1;
}

static int
no_bell(void *user)
{
    *(bool *)user = true;
    return 1;
}

#define TEXT(s)          \
    {                    \
        s, sizeof(s) - 1 \
    }

/* What people have put into user agents, URLs and messages to make a terminal obey. */
static const struct {
    const char *text;
    size_t len;
} corpus[] = {
    TEXT("\033[2J\033[H gone"),
    TEXT("\033]0;title\007"),
    TEXT("\033]52;c;cm0gLXJm\007"),
    TEXT("\033]8;;http://example.test\033\\link\033]8;;\033\\"),
    TEXT("\033P1$r0m\033\\"),
    TEXT("\033[6n\033[c\033[>c\033[0x"),
    TEXT("\033[?1049l\033[?1000h"),
    TEXT("\033c reset"),
    TEXT("\033[31mred\033[0m"),
    TEXT("\033#8\033(0lqqk\033(B"),
    TEXT("\x9b"
         "2J raw C1"),
    TEXT("\xc2\x9b"
         "2J C1 in UTF-8"),
    TEXT("\xc2\x9d"
         "0;title\xc2\x9c"),
    TEXT("\xe2\x80\xae"
         "desrever\xe2\x80\xac"),
    TEXT("\xe2\x81\xa6isolate\xe2\x81\xa9"),
    TEXT("bell\a\b\b\b\v\f\x0e\x0f\x7f"),
    TEXT("a\rb\nc\td"),
    TEXT("\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 not UTF-8"),
    TEXT("\xf0\x9f"),
    TEXT("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81 stacked"),
    TEXT("\xcc\x81 a mark on nothing"),
    TEXT("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87 wide"),
    TEXT("%s%n%x %1$s"),
    TEXT("{\"a\":\"\\u001b[2J\",\"b\":[1,{\"c\":\"\033[2J\"}]}"),
    TEXT(""),
    TEXT("                                                                              "),
};

static void
lets_no_foreign_text_speak_to_the_terminal(void **state)
{
    static const VTermScreenCallbacks callbacks = { .settermprop = no_property, .bell = no_bell };
    static const int sizes[][2] = { { 120, 36 }, { 80, 24 }, { 60, 16 }, { 40, 10 } };
    char answer[64];

    (void)state;
    for (size_t i = 0; i < sizeof(corpus) / sizeof(corpus[0]); i++) {
        for (size_t k = 0; k < 8; k++) {
            struct stage stage;
            bool obeyed = false;
            char why[40];
            struct snapshot *snapshot = snapshot_new(corpus[i].text, corpus[i].text, NULL, 0);

            hostile_set(corpus[i].text, corpus[i].len);
            snprintf(why, sizeof(why), "text %zu at size %zu", i, k);
            stage_init(&stage, &(struct stage_options){ .views = hostile_views,
                                                        .columns = sizes[k / 2][0],
                                                        .rows = sizes[k / 2][1],
                                                        .is_ascii = k % 2 == 1,
                                                        .color = "256" });
            vterm_screen_set_callbacks(stage.terminal.cells, &callbacks, &obeyed);
            snapshot_fail(snapshot, corpus[i].text);
            stage_give(&stage, snapshot);
            stage_show(&stage);
            assert_same_cells(&stage, why);
            stage_key(&stage, "Enter"); /* its key becomes a breadcrumb */
            stage_show(&stage);
            app_say(stage.app, LEVEL_BAD, "%s", corpus[i].text);
            stage_key(&stage, "J");
            stage_show(&stage);
            assert_same_cells(&stage, why);
            assert_false(obeyed);
            assert_int_equal(vterm_output_read(stage.terminal.vt, answer, sizeof(answer)), 0);
            stage_fini(&stage);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_frame_once),
        cmocka_unit_test(writes_nothing_when_nothing_changed),
        cmocka_unit_test(writes_little_for_a_second_that_passed),
        cmocka_unit_test(gives_the_terminal_back),
        cmocka_unit_test(refuses_what_is_no_terminal),
        cmocka_unit_test(repaints_after_a_new_size),
        cmocka_unit_test(shows_the_same_in_every_theme_and_depth),
        cmocka_unit_test(filters_as_one_types),
        cmocka_unit_test(keeps_the_cursor_on_its_row),
        cmocka_unit_test(goes_deeper_and_back),
        cmocka_unit_test(follows_the_cursor_into_other_panels),
        cmocka_unit_test(pauses_and_catches_up),
        cmocka_unit_test(slides_through_time),
        cmocka_unit_test(completes_and_suggests_commands),
        cmocka_unit_test(keeps_the_history),
        cmocka_unit_test(finds_its_help),
        cmocka_unit_test(unfolds_and_wraps_log_lines),
        cmocka_unit_test(warns_once_before_leaving),
        cmocka_unit_test(answers_to_the_mouse),
        cmocka_unit_test(survives_any_keys),
        cmocka_unit_test(lets_no_foreign_text_speak_to_the_terminal),
    };

    harness_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
