/* test_behaviour.c - what keys do, what is written, and what foreign text cannot do.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "harness.h"
#include "real.h"
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
start(struct scene *scene, const char *view)
{
    scene_init(
        scene,
        &(struct scene_options){
            .views = sample_views, .view = view, .columns = 120, .rows = 36, .color = "256" });
    scene_give(scene, sample_snapshot());
    scene_show(scene);
}

/* Every tile stands on the terminal as it stands on the canvas. */
static void
assert_same_cells(struct scene *scene, const char *why)
{
    const struct canvas *canvas = &scene->app->canvas;

    for (int y = 0; y < canvas->rows; y++) {
        for (int x = 0; x < canvas->columns; x++) {
            const struct tile *tile = &canvas->tiles[y * canvas->columns + x];
            uint32_t want = tile->code_point == ' ' ? 0 : tile->code_point;
            VTermScreenCell cell;
            uint32_t have;

            vterm_screen_get_cell(scene->terminal.cells, (VTermPos){ .row = y, .col = x }, &cell);
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
    struct scene scene;
    unsigned before;

    (void)state;
    start(&scene, "vitals");
    before = scene.terminal.writes;
    scene_key(&scene, "j");
    scene_show(&scene);
    assert_int_equal(scene.terminal.writes, before + 1);
    assert_int_equal(strncmp(scene.terminal.last.data, "\033[?2026h", 8), 0);
    assert_string_equal(scene.terminal.last.data + scene.terminal.last.len - 8, "\033[?2026l");
    scene_fini(&scene);
}

static void
writes_nothing_when_nothing_changed(void **state)
{
    struct scene scene;
    unsigned before;

    (void)state;
    start(&scene, "vitals");
    before = scene.terminal.writes;
    for (int i = 0; i < 10; i++)
        scene_show(&scene);
    scene_give(&scene, sample_snapshot()); /* new, and the same */
    scene_show(&scene);
    assert_int_equal(scene.terminal.writes, before);
    scene_fini(&scene);
}

static void
writes_little_for_a_second_that_passed(void **state)
{
    struct scene scene;
    size_t before;

    (void)state;
    start(&scene, "logs");
    before = scene.terminal.bytes;
    clock_set(scene.clock, HARNESS_NOW_MS + 1000);
    scene_show(&scene);
    assert_true(scene_sees(&scene, "12:04:32"));
    assert_in_range(scene.terminal.bytes - before, 1, 200);
    scene_fini(&scene);
}

static void
gives_the_terminal_back(void **state)
{
    struct scene scene;
    struct buf last;

    (void)state;
    start(&scene, "vitals");
    screen_close(scene.screen);
    scene.screen = NULL;
    buf_init(&last, 1 << 20);
    buf_add(&last, scene.terminal.last.data, scene.terminal.last.len);
    assert_non_null(strstr(last.data, "\033[?1049l")); /* the other screen */
    assert_non_null(strstr(last.data, "h"));           /* and a visible cursor */
    buf_fini(&last);
    scene_fini(&scene);
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
    struct scene scene;

    (void)state;
    start(&scene, "errors");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        scene.terminal.columns = sizes[i][0];
        scene.terminal.rows = sizes[i][1];
        vterm_set_size(scene.terminal.vt, sizes[i][1], sizes[i][0]);
        screen_resized(scene.screen, sizes[i][0], sizes[i][1]);
        app_resize(scene.app, sizes[i][0], sizes[i][1]);
        scene_show(&scene);
        assert_same_cells(&scene, "after a resize");
    }
    assert_true(scene_sees(&scene, "groups"));
    scene_fini(&scene);
}

static void
shows_the_same_in_every_theme_and_depth(void **state)
{
    static const char *const depths[] = { "256", "16", "never" };

    (void)state;
    for (size_t t = 0; themes[t] != NULL; t++) {
        for (size_t d = 0; d < 3; d++) {
            struct scene scene;

            scene_init(&scene, &(struct scene_options){ .views = sample_views,
                                                        .columns = 100,
                                                        .rows = 30,
                                                        .color = depths[d],
                                                        .theme = theme_name(themes[t]) });
            scene_give(&scene, sample_snapshot());
            scene_show(&scene);
            assert_same_cells(&scene, theme_name(themes[t]));
            scene_fini(&scene);
        }
    }
}

/* --- keys -------------------------------------------------------------------------------- */

static void
filters_as_one_types(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "Tab");
    scene_key(&scene, "Tab");
    scene_type(&scene, "/check");
    assert_true(scene_sees(&scene, "/check: 1 of 5"));
    assert_false(scene_sees(&scene, "/pricing"));
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "/check: 1 of 5"));
    scene_key(&scene, "Esc");
    assert_true(scene_sees(&scene, "/pricing"));
    scene_type(&scene, ":filter lcp>3s !checkout");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "1 of 5"));
    assert_true(scene_sees(&scene, "/a/very/long"));
    scene_fini(&scene);
}

static void
keeps_the_cursor_on_its_row(void **state)
{
    struct scene scene;
    struct board_panel *panel;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "S-Tab");
    scene_key(&scene, "j");
    panel = board_panel(&app_page(scene.app)->board, "routes");
    assert_string_equal(panel->grid.cursor_key, "/pricing");
    assert_int_equal(panel->grid.cursor, 1);
    scene_type(&scene, ":sort loads");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_string_equal(panel->grid.cursor_key, "/pricing");
    assert_int_equal(panel->grid.cursor, 1); /* 12.5 k, 288, 212, 190, 3 */
    scene_key(&scene, "S");
    scene_show(&scene);
    assert_int_equal(panel->grid.cursor, 3);
    assert_string_equal(panel->grid.cursor_key, "/pricing");
    scene_fini(&scene);
}

static void
goes_deeper_and_back(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "S-Tab");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "Vitals › /checkout › p75 by metric"));
    scene_key(&scene, "3");
    assert_true(scene_sees(&scene, "Errors › groups"));
    scene_key(&scene, "-");
    assert_true(scene_sees(&scene, "Vitals › /checkout"));
    scene_key(&scene, "Esc");
    assert_true(scene_sees(&scene, "Vitals › p75 by metric"));
    scene_key(&scene, "Esc");
    assert_true(scene_sees(&scene, "nothing to go back to"));
    scene_fini(&scene);
}

static void
follows_the_cursor_into_other_panels(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "errors");
    assert_true(scene_sees(&scene, "group   9f2c"));
    scene_key(&scene, "j");
    assert_true(scene_sees(&scene, "group   b07e"));
    scene_fini(&scene);
}

static bool
was_asked(const struct scene *scene, const char *key)
{
    char word[80];

    snprintf(word, sizeof(word), "%s ", key);
    return strstr(scene->asked, word) != NULL;
}

/* Only Enter pays; another page does not stop a query, and Esc does. */
static void
runs_a_query_when_told(void **state)
{
    struct scene scene;

    (void)state;
    scene_init(&scene, &(struct scene_options){ .views = views,
                                                .view = "logs",
                                                .columns = 120,
                                                .rows = 36,
                                                .color = "256",
                                                .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    scene_show(&scene);
    assert_false(was_asked(&scene, "insights.bytes"));
    scene_key(&scene, "Q");
    scene_show(&scene);
    assert_true(was_asked(&scene, "insights.bytes"));
    assert_false(was_asked(&scene, "insights"));
    assert_true(scene_sees(&scene, "scans about 33.0 MB"));
    scene_key(&scene, "Esc");
    scene_show(&scene);
    assert_false(was_asked(&scene, "insights.bytes"));
    assert_false(scene_sees(&scene, "scans about"));
    scene_type(&scene, ":query stats count() by route");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(was_asked(&scene, "insights"));
    assert_true(scene_sees(&scene, "/pricing"));
    scene_key(&scene, "3");
    scene_show(&scene);
    assert_true(was_asked(&scene, "insights"));
    scene_key(&scene, "9");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "stats count() by route"));
    scene_key(&scene, "Esc");
    scene_show(&scene);
    assert_false(was_asked(&scene, "insights"));
    scene_key(&scene, "Q"); /* it comes back for another run */
    scene_show(&scene);
    assert_true(scene_sees(&scene, ":query stats count() by route"));
    scene_key(&scene, "^U"); /* what is typed now is a query, and not the command `filter` */
    scene_type(&scene, "filter level");
    assert_true(scene_sees(&scene, ":query filter level"));
    scene_key(&scene, "^U");
    scene_key(&scene, "^U");
    scene_type(&scene, "help");
    assert_true(scene_sees(&scene, ":help"));
    scene_fini(&scene);
}

/* Rows are still shown, and the title has no room for the reason. */
static void
the_focused_panel_says_what_it_lacks(void **state)
{
    static const char sentence[] = "access denied: CloudWatch DescribeAlarms (no policy allows it)";
    struct snapshot *snapshot = real_snapshot();
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < snapshot->answer_count; i++) {
        if (snapshot->answers[i]->kind == ASK_ALARMS)
            snapshot->answers[i]->failure = sentence;
    }
    scene_init(&scene, &(struct scene_options){ .views = views,
                                                .view = "overview",
                                                .columns = 100,
                                                .rows = 30,
                                                .color = "256",
                                                .now_ms = REAL_NOW_MS });
    scene_give(&scene, snapshot);
    scene_show(&scene);
    assert_false(scene_sees(&scene, sentence));
    for (int i = 0; i < 3; i++)
        scene_key(&scene, "Tab");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "checkout-errors"));
    assert_true(scene_sees(&scene, sentence));
    scene_fini(&scene);
}

static void
an_entered_alarm_is_called_by_its_name(void **state)
{
    struct scene scene;

    (void)state;
    scene_init(&scene, &(struct scene_options){ .views = views,
                                                .view = "alarms",
                                                .columns = 120,
                                                .rows = 36,
                                                .color = "256",
                                                .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    scene_show(&scene);
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "Alarms › checkout-errors › alarms"));
    scene_fini(&scene);
}

/* The sample's source, of which nothing is known but its faults. */
static struct snapshot *
failing_on_purpose(const char *faults)
{
    struct answer *answer = answer_new("faults", ASK_EMULATOR);
    struct snapshot *snapshot;

    answer->json = cJSON_Parse(faults);
    assert_non_null(answer->json);
    snapshot = snapshot_new("local 127.0.0.1:6270", "dev", &answer, 1);
    answer_unref(answer);
    snapshot->state = SOURCE_LIVE;
    snapshot->is_emulator = true;
    return snapshot;
}

static void
warns_of_faults_in_every_view(void **state)
{
    static const int columns[] = { 200, 120, 80, 60 };

    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        struct scene scene;

        scene_init(&scene, &(struct scene_options){ .views = views,
                                                    .view = "vitals",
                                                    .columns = columns[i],
                                                    .rows = 36,
                                                    .color = "256" });
        scene_give(&scene, failing_on_purpose("{\"faults\":[]}"));
        scene_show(&scene);
        assert_false(scene_sees(&scene, "fault"));
        assert_non_null(strstr(scene.asked, "faults "));
        scene_give(&scene, failing_on_purpose("{\"faults\":[{\"rule\":\"/api/*=hang@0.5\"}]}"));
        scene_show(&scene);
        assert_true(scene_sees(&scene, "▲ fault /api/*=hang@0.5"));
        scene_key(&scene, "i");
        scene_give(&scene, failing_on_purpose("{\"faults\":[{},{}]}"));
        scene_show(&scene);
        assert_true(scene_sees(&scene, "▲ 2 faults"));
        scene_fini(&scene);
    }
}

static void
chooses_another_environment(void **state)
{
    static const char *const environments[] = { "dev", "prod", NULL };
    const char *next = NULL;
    struct scene_options options = { .views = sample_views,
                                     .columns = 120,
                                     .rows = 36,
                                     .color = "256",
                                     .environments = environments,
                                     .next_environment = &next };
    struct scene scene;

    (void)state;
    scene_init(&scene, &options);
    scene_give(&scene, sample_snapshot());
    scene_type(&scene, ":env nowhere");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "no section [env nowhere]"));
    assert_false(app_has_left(scene.app));
    scene_key(&scene, "E");
    scene_show(&scene);
    assert_true(scene_sees(&scene, ":env dev"));
    assert_true(scene_sees(&scene, "dev, prod"));
    scene_key(&scene, "Tab");
    scene_show(&scene);
    assert_true(scene_sees(&scene, ":env prod"));
    scene_key(&scene, "Enter");
    assert_true(app_has_left(scene.app));
    assert_string_equal(next, "prod");
    scene_fini(&scene);
    options.environments = NULL;
    scene_init(&scene, &options);
    scene_key(&scene, "E");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "[env NAME] sections"));
    assert_false(app_has_left(scene.app));
    scene_fini(&scene);
}

static void
pauses_and_catches_up(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "Space");
    scene_give(&scene, sample_snapshot());
    scene_give(&scene, sample_snapshot());
    assert_true(scene_sees(&scene, "PAUSED, 2 waiting"));
    scene_key(&scene, "Space");
    assert_true(scene_sees(&scene, "● live"));
    assert_null(scene.app->waiting);
    scene_fini(&scene);
}

static void
slides_through_time(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "]");
    assert_true(scene_sees(&scene, "3h  09:04–12:04"));
    scene_key(&scene, "[");
    scene_key(&scene, "[");
    assert_true(scene_sees(&scene, "15m  11:49–12:04"));
    scene_type(&scene, ":range 1h");
    scene_key(&scene, "Enter");
    scene_key(&scene, "{");
    assert_true(scene_sees(&scene, "past"));
    assert_true(scene_sees(&scene, "10:34–11:34"));
    scene_key(&scene, "}");
    assert_true(scene_sees(&scene, "live"));
    scene_type(&scene, ":range 11:00..11:30");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "30m  11:00–11:30"));
    scene_key(&scene, ".");
    assert_true(scene_sees(&scene, "live"));
    scene_type(&scene, ":range tomorrow");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "a range is"));
    scene_fini(&scene);
}

/* The real view has a deployment to compare with; a mark is nearer, until it is taken back. */
static void
compares_before_and_after_a_mark(void **state)
{
    struct scene scene;

    (void)state;
    scene_init(&scene, &(struct scene_options){ .views = views,
                                                .view = "aurora",
                                                .columns = 120,
                                                .rows = 36,
                                                .color = "256",
                                                .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    scene_show(&scene);
    assert_true(scene_sees(&scene, "before and after 02:55:23"));
    scene_type(&scene, ":mark 03:00");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "before and after 03:00:00"));
    assert_true(scene_sees(&scene, "marked"));
    scene_type(&scene, ":mark off");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "before and after 02:55:23"));
    scene_type(&scene, ":mark tomorrow");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "a mark is a time like 11:30, now, or off"));
    scene_fini(&scene);
}

static void
completes_and_suggests_commands(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_type(&scene, ":the");
    scene_key(&scene, "Tab");
    assert_string_equal(scene.app->field.text, "theme");
    scene_type(&scene, " l");
    scene_key(&scene, "Tab");
    assert_string_equal(scene.app->field.text, "theme light");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "theme light"));
    scene_type(&scene, ":fliter x");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "did you mean filter?"));
    scene_key(&scene, ":");
    scene_key(&scene, "Up");
    assert_string_equal(scene.app->field.text, "fliter x");
    scene_key(&scene, "Up");
    assert_string_equal(scene.app->field.text, "theme light");
    scene_key(&scene, "Esc");
    scene_type(&scene, ":errors");
    scene_key(&scene, "Enter");
    assert_true(scene_sees(&scene, "Errors › groups"));
    scene_fini(&scene);
}

static void
keeps_the_history(void **state)
{
    char home[] = "/tmp/obsview-history-XXXXXX", path[80], command[120];
    struct app_options options = { .views = sample_views, .signal_fd = -1, .history_path = path };
    struct clock *clock = clock_new_virtual(HARNESS_NOW_MS);
    struct app *app;
    struct input_event enter = { .key = KEYSYM_ENTER };

    (void)state;
    assert_non_null(mkdtemp(home));
    snprintf(path, sizeof path, "%s/state/obsview/history", home); /* as on a new machine */
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
    snprintf(command, sizeof command, "rm -r %s", home);
    assert_int_equal(system(command), 0);
}

/* What a column cuts of the row under the cursor can be read: below a zoomed panel, and on tall
 * screens in the row of messages. */
static void
tells_what_a_row_had_to_cut(void **state)
{
    static const char whole[] = "3 failed, rollout IN_PROGRESS; last stopped 03:15:23";
    struct scene scene;

    (void)state;
    scene_init(
        &scene,
        &(struct scene_options){
            .views = views, .view = "health", .columns = 80, .rows = 24, .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    for (int i = 0; i < 4; i++)
        scene_key(&scene, "j");
    scene_show(&scene);
    assert_false(scene_sees(&scene, whole));
    scene_key(&scene, "z");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "3 failed, rollout IN_PROGRESS"));
    scene_key(&scene, "z");
    scene_show(&scene);
    assert_false(scene_sees(&scene, "IN_PROGRESS"));
    scene_fini(&scene);
    scene_init(
        &scene,
        &(struct scene_options){
            .views = views, .view = "health", .columns = 120, .rows = 36, .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    scene_show(&scene);
    for (int i = 0; i < 4; i++)
        scene_key(&scene, "j");
    scene_show(&scene);
    assert_true(scene_sees(&scene, whole));
    scene_fini(&scene);
}

static void
finds_its_help(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_key(&scene, "?");
    assert_true(scene_sees(&scene, "everywhere"));
    assert_true(scene_sees(&scene, ":filter TEXT"));
    scene_key(&scene, "G");
    assert_false(scene_sees(&scene, "everywhere"));
    assert_true(scene_sees(&scene, "marks"));
    scene_key(&scene, "g");
    assert_true(scene_sees(&scene, "everywhere"));
    scene_type(&scene, "/half a range");
    assert_true(scene_sees(&scene, ":earlier"));
    assert_false(scene_sees(&scene, ":filter TEXT"));
    scene_key(&scene, "Enter");
    scene_key(&scene, "Esc");
    assert_true(scene_sees(&scene, "by route"));
    scene_fini(&scene);
}

static void
unfolds_and_wraps_log_lines(void **state)
{
    struct scene scene;

    (void)state;
    start(&scene, "logs");
    assert_true(scene_sees(&scene, "{\"requestId\":\"1-66-59\",\"message\""));
    scene_key(&scene, "J");
    assert_true(scene_sees(&scene, "\"route\": \"/checkout\""));
    scene_key(&scene, "J");
    scene_key(&scene, "g");
    assert_true(scene_sees(&scene, "line 0 of"));
    assert_false(board_panel(&app_page(scene.app)->board, "lines")->grid.is_following);
    scene_key(&scene, "G");
    assert_true(board_panel(&app_page(scene.app)->board, "lines")->grid.is_following);
    scene_key(&scene, "N"); /* the level before */
    scene_show(&scene);
    assert_string_equal(board_panel(&app_page(scene.app)->board, "lines")->grid.cursor_key, "55");
    scene_fini(&scene);
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
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene.app->options.leave_warning = others;
    scene_key(&scene, "q");
    assert_false(app_has_left(scene.app));
    assert_true(scene_sees(&scene, "2 other clients"));
    scene_key(&scene, "q");
    assert_true(app_has_left(scene.app));
    scene_fini(&scene);
    start(&scene, "vitals");
    scene.app->options.leave_warning = others;
    scene_key(&scene, "^C");
    assert_true(app_has_left(scene.app));
    scene_fini(&scene);
}

static void
answers_to_the_mouse(void **state)
{
    struct scene scene;
    struct input_event click = { .key = KEYSYM_CLICK, .x = 12, .y = 1 };

    (void)state;
    start(&scene, "vitals");
    app_key(scene.app, &click); /* the second tab */
    assert_true(scene_sees(&scene, "Errors › groups"));
    click = (struct input_event){ .key = KEYSYM_CLICK, .x = 10, .y = 5 };
    app_key(scene.app, &click);
    assert_true(scene_sees(&scene, "group   b07e"));
    click = (struct input_event){ .key = KEYSYM_WHEEL_DOWN, .x = 10, .y = 5 };
    app_key(scene.app, &click);
    assert_true(scene_sees(&scene, "group   41aa"));
    click = (struct input_event){ .key = KEYSYM_CLICK, .x = 8, .y = 3 };
    app_key(scene.app, &click); /* the heading n */
    assert_true(scene_sees(&scene, "sorted by n"));
    assert_true(scene_sees(&scene, " n▾"));
    app_key(scene.app, &click);
    assert_true(scene_sees(&scene, " n▴"));
    scene_fini(&scene);
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
type_anything(const struct view *const *all, struct snapshot *(*make)(void), int64_t now_ms)
{
    static const char *const keys[] = {
        "j",  "k",    "Tab",  "S-Tab", "Enter", "Esc", "/",  "c", ":",     "s",  "S",
        "z",  "?",    "f",    "w",     "J",     "h",   "l",  "[", "]",     "{",  "}",
        ".",  "n",    "N",    "g",     "G",     "^D",  "^U", "T", "a",     "2",  "3",
        "9",  "6",    "i",    "1",     "0",     "H",   "Q",  "-", "Space", "BS", "Del",
        "Up", "Down", "Left", "Right", "Home",  "End", "^L", "r", "m",     "x"
    };
    uint32_t seed = 20261124;
    struct scene scene;

    scene_init(&scene,
               &(struct scene_options){
                   .views = all, .columns = 120, .rows = 36, .color = "256", .now_ms = now_ms });
    scene_give(&scene, make());
    for (int i = 0; i < 4000; i++) {
        scene_key(&scene, keys[next_random(&seed) % (sizeof(keys) / sizeof(keys[0]))]);
        if (i % 40 == 0) {
            int columns = 20 + (int)(next_random(&seed) % 140);
            int rows = 5 + (int)(next_random(&seed) % 50);

            scene.terminal.columns = columns;
            scene.terminal.rows = rows;
            vterm_set_size(scene.terminal.vt, rows, columns);
            screen_resized(scene.screen, columns, rows);
            app_resize(scene.app, columns, rows);
        }
        if (i % 7 == 0)
            scene_give(&scene, make());
        scene_show(&scene);
        if (i % 10 == 0)
            assert_same_cells(&scene, "after random keys");
    }
    scene_fini(&scene);
}

static void
survives_any_keys(void **state)
{
    (void)state;
    type_anything(sample_views, sample_snapshot, 0);
    type_anything(views, real_snapshot, REAL_NOW_MS);
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
            struct scene scene;
            bool obeyed = false;
            char why[40];
            struct snapshot *snapshot = snapshot_new(corpus[i].text, corpus[i].text, NULL, 0);

            hostile_set(corpus[i].text, corpus[i].len);
            snprintf(why, sizeof(why), "text %zu at size %zu", i, k);
            scene_init(&scene, &(struct scene_options){ .views = hostile_views,
                                                        .columns = sizes[k / 2][0],
                                                        .rows = sizes[k / 2][1],
                                                        .is_ascii = k % 2 == 1,
                                                        .color = "256" });
            vterm_screen_set_callbacks(scene.terminal.cells, &callbacks, &obeyed);
            snapshot_fail(snapshot, corpus[i].text);
            scene_give(&scene, snapshot);
            scene_show(&scene);
            assert_same_cells(&scene, why);
            scene_key(&scene, "Enter"); /* its key becomes a breadcrumb */
            scene_show(&scene);
            app_say(scene.app, LEVEL_BAD, "%s", corpus[i].text);
            scene_key(&scene, "J");
            scene_show(&scene);
            assert_same_cells(&scene, why);
            assert_false(obeyed);
            assert_int_equal(vterm_output_read(scene.terminal.vt, answer, sizeof(answer)), 0);
            scene_fini(&scene);
        }
    }
}

/* A code is typed on the message row; the snapshot says whether one is wanted. */
static void
takes_the_code_of_a_device(void **state)
{
    struct snapshot *snapshot = snapshot_new("AWS", "dev", NULL, 0);
    struct scene scene;

    (void)state;
    start(&scene, "vitals");
    scene_type(&scene, ":mfa 123456");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "nobody asks for a code now"));
    assert_string_equal(scene.code, "");
    snapshot->wants_code = arena_strdup(snapshot->arena, "arn:aws:iam::1:mfa/me");
    scene_give(&scene, snapshot);
    app_say(scene.app, LEVEL_OK, "%s", "");
    scene_show(&scene);
    assert_true(scene_sees(&scene, "a code of the MFA device arn:aws:iam::1:mfa/me is needed"));
    scene_type(&scene, ":mfa 12x");
    scene_key(&scene, "Enter");
    assert_string_equal(scene.code, "");
    scene_type(&scene, ":mfa 123456");
    scene_key(&scene, "Enter");
    assert_string_equal(scene.code, "123456");
    scene_fini(&scene);
}

/* --- a recorded session ------------------------------------------------------------------ */

static void
open_sessions(struct scene *scene, int columns, int rows, bool is_ascii)
{
    scene_init(scene, &(struct scene_options){ .views = views,
                                               .view = "sessions",
                                               .columns = columns,
                                               .rows = rows,
                                               .is_ascii = is_ascii,
                                               .color = is_ascii ? "never" : "256",
                                               .now_ms = REAL_NOW_MS });
    scene_give(scene, real_snapshot());
    scene_show(scene);
}

/* The time under the cursor of the events, in milliseconds. */
static int64_t
playhead(struct scene *scene)
{
    struct page *page = app_page(scene->app);
    const struct grid *grid = model_panel(&page->model, "events")->grid;
    const struct grid_state *state = &board_panel(&page->board, "events")->grid;

    return grid_cursor_row(state, grid)->cells[1].time_ms;
}

static void
the_playhead_moves_along_the_axis(void **state)
{
    struct scene scene;
    int64_t first, step, far;

    (void)state;
    open_sessions(&scene, 120, 36, false);
    first = playhead(&scene);
    scene_key(&scene, "Right"); /* in the list of sessions: columns */
    scene_show(&scene);
    assert_true(playhead(&scene) == first);
    scene_key(&scene, "Left");
    scene_key(&scene, "Tab");
    scene_key(&scene, "Right");
    scene_show(&scene);
    step = playhead(&scene);
    assert_true(step > first);
    scene_key(&scene, "Right");
    scene_key(&scene, "Right");
    scene_show(&scene);
    far = playhead(&scene);
    assert_true(far > step);
    scene_key(&scene, "Left");
    scene_show(&scene);
    assert_true(playhead(&scene) < far);
    for (int i = 0; i < 100; i++)
        scene_key(&scene, "Left");
    scene_show(&scene);
    assert_true(playhead(&scene) == first);
    scene_fini(&scene);
}

static void
n_goes_to_errors_and_leaks(void **state)
{
    struct scene scene;

    (void)state;
    open_sessions(&scene, 120, 36, false);
    scene_key(&scene, "Tab");
    scene_key(&scene, "Tab"); /* from the lanes as well */
    for (int i = 0; i < 20 && !scene_sees(&scene, "leak: email"); i++) {
        scene_key(&scene, "n");
        scene_show(&scene);
    }
    assert_true(scene_sees(&scene, "leak: email"));
    scene_key(&scene, "Enter"); /* the message has the focus then */
    scene_show(&scene);
    assert_string_equal(app_page(scene.app)->board.focus, "message");
    scene_golden(&scene, "sessions-leak-120x36-utf8-256");
    scene_key(&scene, "Esc");
    scene_show(&scene);
    assert_string_equal(app_page(scene.app)->board.focus, "events");
    scene_fini(&scene);
}

static void
a_filter_of_events_leaves_the_lanes(void **state)
{
    struct scene scene;

    (void)state;
    open_sessions(&scene, 80, 24, true);
    scene_key(&scene, "Tab");
    scene_key(&scene, "/");
    scene_type(&scene, "kind:network");
    scene_key(&scene, "Enter");
    scene_show(&scene);
    scene_golden(&scene, "sessions-filter-80x24-ascii-mono");
    scene_fini(&scene);
}

static void
another_session_begins_at_its_top(void **state)
{
    struct scene scene;
    int64_t first;

    (void)state;
    open_sessions(&scene, 120, 36, false);
    first = playhead(&scene);
    scene_key(&scene, "Tab");
    scene_key(&scene, "G");
    scene_show(&scene);
    assert_true(playhead(&scene) > first);
    scene_key(&scene, "S-Tab");
    scene_key(&scene, "j"); /* one that was not read */
    scene_show(&scene);
    scene_key(&scene, "k");
    scene_show(&scene);
    assert_true(playhead(&scene) == first);
    scene_fini(&scene);
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
        cmocka_unit_test(runs_a_query_when_told),
        cmocka_unit_test(the_focused_panel_says_what_it_lacks),
        cmocka_unit_test(an_entered_alarm_is_called_by_its_name),
        cmocka_unit_test(warns_of_faults_in_every_view),
        cmocka_unit_test(chooses_another_environment),
        cmocka_unit_test(pauses_and_catches_up),
        cmocka_unit_test(slides_through_time),
        cmocka_unit_test(compares_before_and_after_a_mark),
        cmocka_unit_test(completes_and_suggests_commands),
        cmocka_unit_test(keeps_the_history),
        cmocka_unit_test(tells_what_a_row_had_to_cut),
        cmocka_unit_test(finds_its_help),
        cmocka_unit_test(unfolds_and_wraps_log_lines),
        cmocka_unit_test(warns_once_before_leaving),
        cmocka_unit_test(answers_to_the_mouse),
        cmocka_unit_test(survives_any_keys),
        cmocka_unit_test(takes_the_code_of_a_device),
        cmocka_unit_test(lets_no_foreign_text_speak_to_the_terminal),
        cmocka_unit_test(the_playhead_moves_along_the_axis),
        cmocka_unit_test(n_goes_to_errors_and_leaks),
        cmocka_unit_test(a_filter_of_events_leaves_the_lanes),
        cmocka_unit_test(another_session_begins_at_its_top),
    };

    harness_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
