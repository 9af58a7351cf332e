/* test_view_sessions.c - what the views make of recorded sessions.
 * SPDX-License-Identifier: MIT
 *
 * Sessions are the captures of fixtures/openreplay, and bodies made here. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/buf.h"
#include "openreplay_captures.h"
#include "tui/recording.h"
#include "tui/report.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"
#include "tui/views/sessions.h"
#include "tui/widgets/lane.h"

#define ID       "4125425556307050496"
#define NUMBER   UINT64_C(4125425556307050496)
#define APP      "b2faf72c-da59-41ce-8c7a-30a44783a143"
#define REPORTER "/aws/lambda/obsview-dev-error-reporter"
#define LIST \
    "[[\"" ID "\",60000,5000,2,1,\"Chrome, Linux\"],[\"4125425556307050400\",900000,800000]]"
#define BODIES 32

static struct captures captures;

static int
load(void **state)
{
    (void)state;
    captures_load(&captures);
    return 0;
}

static int
unload(void **state)
{
    (void)state;
    captures_free(&captures);
    return 0;
}

static void
show(struct stage *s)
{
    stage_show(s, sessions_ask, sessions_build);
}

static void
stage_capture(struct stage *s, const char *name, bool has_full)
{
    static const struct recording_head head = { .start_ms = 0,
                                                .user_agent = "Chrome/130.0 Linux",
                                                .user_id = "",
                                                .tracker_version = "19.0.1",
                                                .timezone = "UTC+01:00" };
    const struct capture *capture = captures_find(&captures, name);
    struct recording_bytes bodies[BODIES];
    size_t count = capture->body_count < BODIES ? capture->body_count : BODIES;

    for (size_t i = 0; i < count; i++)
        bodies[i] = (struct recording_bytes){ .at = (const char *)capture->bodies[i].bytes,
                                              .length = capture->bodies[i].length };
    stage_recording(s, "sessions." ID,
                    &(struct recording_read){ .session = NUMBER,
                                              .head = has_full ? &head : NULL,
                                              .bodies = bodies,
                                              .body_count = count,
                                              .last_ms = has_full ? ANSWERS_NOW - 5000 : 0,
                                              .bytes = 1000,
                                              .has_full = has_full });
}

/* --- a body made here --- */

static void
put_uint(struct buf *b, uint64_t n)
{
    for (; n >= 128; n >>= 7)
        buf_addc(b, (char)((n & 127) | 128));
    buf_addc(b, (char)n);
}

static void
put_text(struct buf *b, const char *text)
{
    put_uint(b, strlen(text));
    buf_adds(b, text);
}

static void
put_message(struct buf *b, unsigned id, const struct buf *fields)
{
    put_uint(b, id);
    buf_addc(b, (char)(fields->len & 255));
    buf_addc(b, (char)((fields->len >> 8) & 255));
    buf_addc(b, (char)((fields->len >> 16) & 255));
    buf_add(b, fields->data, fields->len);
}

static void
put_texts(struct buf *b, unsigned id, const char *const *texts)
{
    struct buf fields;

    buf_init(&fields, 4096);
    for (size_t i = 0; texts[i] != NULL; i++)
        put_text(&fields, texts[i]);
    put_message(b, id, &fields);
    buf_fini(&fields);
}

static void
put_time(struct buf *b, int64_t time_ms)
{
    struct buf fields;

    buf_init(&fields, 64);
    put_uint(&fields, (uint64_t)time_ms);
    put_message(b, OPENREPLAY_TIMESTAMP, &fields);
    buf_fini(&fields);
}

static void
begin_body(struct buf *b, int64_t time_ms)
{
    buf_init(b, 1 << 20);
    put_uint(b, OPENREPLAY_BATCH_METADATA);
    put_uint(b, 1);
    put_uint(b, 0);
    put_uint(b, 0);
    put_uint(b, (uint64_t)time_ms * 2);
    put_text(b, "https://shop.example/checkout");
    put_time(b, time_ms);
    put_texts(b, OPENREPLAY_TAB_DATA, (const char *const[]){ "tab000000001", NULL });
}

static void
stage_body(struct stage *s, const struct buf *b, int64_t last_ms)
{
    struct recording_bytes body = { .at = b->data, .length = b->len };

    stage_recording(s, "sessions." ID,
                    &(struct recording_read){ .session = NUMBER,
                                              .bodies = &body,
                                              .body_count = 1,
                                              .last_ms = last_ms,
                                              .bytes = b->len,
                                              .has_full = true });
}

/* A session whose error is reported, too, by the same session of the app. */
static void
stage_exception(struct stage *s, bool is_tied)
{
    struct buf b;

    begin_body(&b, ANSWERS_NOW - 60000);
    put_time(&b, ANSWERS_NOW - 30000);
    if (is_tied)
        put_texts(&b, OPENREPLAY_METADATA, (const char *const[]){ "sessionId", APP, NULL });
    put_texts(&b, OPENREPLAY_JS_EXCEPTION,
              (const char *const[]){ "TypeError", "cart.total is undefined", "[]", "{}", NULL });
    stage_body(s, &b, ANSWERS_NOW - 5000);
    buf_fini(&b);
    stage_groups(s, "errors.groups", "[\"" REPORTER "\"]");
    stage_events(s, "errors.events", REPORTER,
                 "[[\"1\",29000,\"{\\\"level\\\":\\\"ERROR\\\",\\\"message\\\":\\\"cart\\\","
                 "\\\"functionName\\\":\\\"obsview-dev-error-reporter\\\",\\\"context\\\":{"
                 "\\\"sessionId\\\":"
                 "\\\"" APP "\\\",\\\"route\\\":\\\"/checkout\\\"},\\\"error\\\":{\\\"message\\\":"
                 "\\\"cart.total is "
                 "undefined\\\",\\\"type\\\":\\\"TypeError\\\",\\\"stack\\\":\\\"\\\"}}\"]]");
}

/* --- the list --- */

static void
the_list_comes_first_and_then_the_newest(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    show(&s);
    assert_non_null(stage_ask(&s, "sessions"));
    assert_null(stage_ask(&s, "sessions." ID));
    stage_sessions(&s, "sessions", LIST);
    show(&s);
    assert_non_null(stage_ask(&s, "sessions." ID));
    assert_string_equal(stage_ask(&s, "sessions.links." ID)->path,
                        "/_obsview/links?kind=recording&id=" ID "&hops=2");
    assert_string_equal(stage_cell(&s, "sessions", ID, "last batch")->text, "live, 5 s ago");
    assert_string_equal(stage_cell(&s, "sessions", ID, "length")->text, "0:55");
    assert_int_equal(stage_cell(&s, "sessions", ID, "err")->level, LEVEL_WARN);
    assert_string_equal(stage_cell(&s, "sessions", "4125425556307050400", "last batch")->text,
                        "ended 13 m ago");
    assert_int_equal(stage_cell(&s, "sessions", "4125425556307050400", "pages")->kind, CELL_EMPTY);
    assert_string_equal(stage_panel(&s, "sessions")->note, "2 sessions, 1 live, 1 with errors");
    s.q.cursor = "4125425556307050400";
    show(&s);
    assert_non_null(stage_ask(&s, "sessions.4125425556307050400"));
    stage_close(&s);
}

/* There each look costs: the list once, a session when somebody enters it. */
static void
an_account_is_asked_on_demand_alone(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_sessions(&s, "sessions", LIST);
    s.q.cursor = ID;
    show(&s);
    assert_true(stage_ask(&s, "sessions")->pace_ms > INT64_C(30) * 86400000);
    assert_null(stage_ask(&s, "sessions." ID));
    assert_null(stage_ask(&s, "sessions.leaks"));
    s.q.key = ID;
    show(&s);
    assert_true(stage_ask(&s, "sessions." ID)->pace_ms > INT64_C(30) * 86400000);
    assert_null(stage_ask(&s, "sessions.links." ID));
    stage_close(&s);
}

static void
leaks_are_counted_by_session(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_events(&s, "sessions.leaks", PII_LOG_GROUP,
                 "[[\"1\",3000,\"{\\\"session\\\":\\\"" ID "\\\",\\\"kind\\\":\\\"email\\\"}\"],"
                 "[\"2\",2000,\"{\\\"session\\\":\\\"" ID "\\\",\\\"kind\\\":\\\"ssn\\\"}\"],"
                 "[\"3\",1000,\"{\\\"session\\\":\\\"" APP "\\\"}\"],"
                 "[\"4\",1000,\"no finding\"]]");
    show(&s);
    assert_int_equal((int)stage_cell(&s, "sessions", ID, "leak")->number, 2);
    assert_int_equal(stage_cell(&s, "sessions", ID, "leak")->level, LEVEL_BAD);
    assert_int_equal((int)stage_cell(&s, "sessions", "4125425556307050400", "leak")->number, 0);
    stage_close(&s);
}

/* --- one session --- */

static const struct lane *
lane_of(const struct stage *s, const char *name)
{
    return stage_cell(s, "timeline", name, "when")->lane;
}

static size_t
count_level(const struct lane *lane, enum level level)
{
    size_t n = 0;

    for (size_t i = 0; i < lane->count; i++)
        n += lane->marks[i].level == level;
    return n;
}

static void
a_capture_fills_the_lanes(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_capture(&s, "v19-default-p2", true);
    show(&s);
    assert_int_equal((int)lane_of(&s, "page")->count, 3);
    assert_string_equal(lane_of(&s, "page")->marks[0].text, "/");
    assert_true(count_level(lane_of(&s, "err"), LEVEL_BAD) >= 3);
    assert_true(count_level(lane_of(&s, "net"), LEVEL_BAD) == 1);
    assert_true(lane_of(&s, "click")->count > 10);
    assert_true(lane_of(&s, "vital")->count > 0);
    assert_true(lane_of(&s, "issue")->count > 0);
    for (size_t i = 1; i < lane_of(&s, "click")->count; i++)
        assert_true(lane_of(&s, "click")->marks[i - 1].time_ms <=
                    lane_of(&s, "click")->marks[i].time_ms);
    assert_non_null(
        strstr(stage_panel(&s, "timeline")->note, "batch 5 s ago, next flush within 30 s"));
    stage_close(&s);
}

/* What obsview.full has and OpenReplay's own files lack is not said to be none. */
static void
openreplays_own_files_lack_lanes(void **state)
{
    struct buf b;
    struct stage s;
    struct recording_bytes body;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    s.q.key = ID;
    begin_body(&b, ANSWERS_NOW - 60000);
    put_texts(&b, OPENREPLAY_CONSOLE_LOG, (const char *const[]){ "error", "no", NULL });
    body = (struct recording_bytes){ .at = b.data, .length = b.len };
    stage_recording(&s, "sessions." ID,
                    &(struct recording_read){
                        .session = NUMBER, .bodies = &body, .body_count = 1, .bytes = b.len });
    show(&s);
    assert_string_equal(stage_cell(&s, "timeline", "vital", "in all")->text, "not in these files");
    assert_string_equal(stage_cell(&s, "timeline", "err", "in all")->text, "1 of console");
    assert_non_null(strstr(stage_panel(&s, "timeline")->note, "without errors, vitals"));
    buf_fini(&b);
    stage_close(&s);
}

static void
the_message_follows_the_events(void **state)
{
    const struct grid *events;
    const struct panel *message;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_exception(&s, true);
    show(&s);
    events = stage_panel(&s, "events")->grid;
    assert_int_equal((int)events->row_count, 2);
    s.q.detail = events->rows[1].key;
    show(&s);
    message = stage_panel(&s, "message");
    assert_string_equal(message->title, "JSException");
    assert_string_equal(message->note, "at 0:30.0");
    assert_true(lane_of(&s, "err")->at_ms == ANSWERS_NOW - 30000);
    stage_close(&s);
}

/* Nothing that was typed is on the screen, in whatever message. */
static void
fields_show_shapes(void **state)
{
    const struct grid *events;
    struct buf out;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_capture(&s, "v19-leak-p2", true);
    show(&s);
    events = stage_panel(&s, "events")->grid;
    buf_init(&out, 1 << 24);
    for (size_t i = 0; i < events->row_count; i++) {
        const struct panel *message;

        s.q.detail = events->rows[i].key;
        show(&s);
        message = stage_panel(&s, "message");
        for (size_t f = 0; f < message->fact_count; f++)
            buf_addf(&out, "%s\n", message->facts[f].value.text);
        events = stage_panel(&s, "events")->grid;
        buf_addf(&out, "%s\n", stage_cell(&s, "events", events->rows[i].key, "what")->text);
    }
    assert_false(buf_failed(&out));
    assert_null(strstr(out.data, "@example"));
    assert_null(strstr(out.data, "secret"));
    assert_null(strstr(out.data, "Ada Lovelace"));
    buf_fini(&out);
    stage_close(&s);
}

/* --- between errors and recordings --- */

static const struct row *
error_row(const struct stage *s)
{
    const struct grid *events = stage_panel(s, "events")->grid;

    for (size_t i = 0; i < events->row_count; i++) {
        if (strcmp(events->rows[i].cells[2].text, "error") == 0)
            return &events->rows[i];
    }
    fail_msg("there is no error in the events");
    return NULL;
}

static void
an_error_leads_to_its_group_when_an_id_ties_them(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_exception(&s, true);
    show(&s);
    assert_string_equal(error_row(&s)->open_view, "errors");
    assert_int_equal((int)strlen(error_row(&s)->open_key), 16);
    stage_close(&s);
}

static void
without_an_id_nothing_is_guessed(void **state)
{
    const struct panel *message;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_exception(&s, false);
    show(&s);
    assert_null(error_row(&s)->open_view);
    assert_string_equal(error_row(&s)->open_panel, "message");
    s.q.detail = error_row(&s)->key;
    show(&s);
    message = stage_panel(&s, "message");
    assert_string_equal(message->facts[2].name, "group");
    assert_non_null(strstr(message->facts[2].value.text, "cannot be known"));
    stage_close(&s);
}

static void
the_link_table_ties_them_as_well(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_exception(&s, false);
    stage_json(&s, "sessions.links." ID,
               "{\"links\":[{\"kind\":\"app-session\",\"id\":\"" APP "\"}]}");
    show(&s);
    assert_string_equal(error_row(&s)->open_view, "errors");
    stage_close(&s);
}

static void
a_group_leads_to_the_recordings(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_exception(&s, false);
    stage_show(&s, errors_ask, errors_build);
    assert_string_equal(stage_ask(&s, "errors.links." APP)->path,
                        "/_obsview/links?kind=app-session&hops=2&id=" APP);
    assert_string_equal(stage_cell(&s, "sessions", APP, "recording")->text, "not recorded");
    assert_true(stage_panel(&s, "sessions")->grid->columns[0].is_in_summary); /* whose it is */
    stage_json(&s, "errors.links." APP, "{\"links\":[{\"kind\":\"recording\",\"id\":\"" ID "\"}]}");
    stage_show(&s, errors_ask, errors_build);
    assert_string_equal(stage_cell(&s, "sessions", APP, "recording")->text, ID);
    assert_string_equal(stage_panel(&s, "sessions")->grid->rows[0].open_view, "sessions");
    assert_string_equal(stage_panel(&s, "sessions")->grid->rows[0].open_key, ID);
    stage_close(&s);
}

/* A bucket has no index; what was loaded says itself whose it is. */
static void
in_an_account_a_group_knows_what_was_loaded(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_exception(&s, true);
    stage_show(&s, errors_ask, errors_build);
    assert_null(stage_ask(&s, "errors.links." APP));
    assert_string_equal(stage_cell(&s, "sessions", APP, "recording")->text, ID);
    stage_close(&s);
    stage_open(&s);
    s.is_account = true;
    stage_exception(&s, false);
    stage_show(&s, errors_ask, errors_build);
    assert_string_equal(stage_cell(&s, "sessions", APP, "recording")->text, "not known");
    assert_non_null(strstr(stage_panel(&s, "sessions")->note, "does not say"));
    stage_close(&s);
}

/* --- bounds --- */

/* A million messages are told in so many lines, and times of any size make no long work. */
static void
a_hostile_session_is_cut(void **state)
{
    const struct grid *events;
    struct stage s;
    struct buf b;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    begin_body(&b, ANSWERS_NOW - 60000);
    for (int i = 0; i < RECORDING_LINES_MAX + 500; i++) {
        put_time(&b, ANSWERS_NOW - 60000 + i);
        put_texts(&b, OPENREPLAY_JS_EXCEPTION,
                  (const char *const[]){ "E", i % 2 == 0 ? "e" : "f", "[]", "{}", NULL });
    }
    put_time(&b, INT64_MAX);
    put_texts(&b, OPENREPLAY_JS_EXCEPTION, (const char *const[]){ "E", "last", "[]", "{}", NULL });
    stage_body(&s, &b, ANSWERS_NOW);
    buf_fini(&b);
    show(&s);
    events = stage_panel(&s, "events")->grid;
    assert_true(events->row_count > RECORDING_LINES_MAX / 2);
    assert_true(events->row_count <= RECORDING_LINES_MAX);
    assert_non_null(strstr(stage_panel(&s, "events")->note, "the first 5000"));
    stage_close(&s);
}

/* A session of three hundred thousand years has an axis, too, and it costs no more. */
static void
an_axis_of_any_length_is_drawn(void **state)
{
    struct lane_mark marks[] = { { .time_ms = 0 }, { .time_ms = INT64_C(1) << 53 } };
    struct lane lane = {
        .style = LANE_MARKS, .to_ms = INT64_C(1) << 53, .marks = marks, .count = 2
    };
    struct glyphs glyphs = glyphs_for(true, GRAPH_ASCII);
    struct canvas canvas;
    struct pen pen = { .canvas = &canvas, .glyphs = &glyphs };
    struct buf out;

    (void)state;
    canvas_init(&canvas, 40, 2);
    lane_draw_axis(&pen, 0, 0, 40, &lane);
    lane_draw(&pen, 0, 1, 40, &lane, (struct ink){ .role = ROLE_TEXT });
    buf_init(&out, 4096);
    canvas_print(&canvas, &out);
    assert_int_equal(strncmp(out.data, "0:00 ", 5), 0);
    assert_non_null(strstr(out.data, "\n.                                      .\n"));
    buf_fini(&out);
    canvas_fini(&canvas);
}

/* --- reports --- */

static void
lanes_are_in_reports(void **state)
{
    struct glyphs glyphs = glyphs_for(true, GRAPH_ASCII);
    struct stage s;
    struct buf out;

    (void)state;
    stage_open(&s);
    stage_sessions(&s, "sessions", LIST);
    stage_exception(&s, true);
    show(&s);
    buf_init(&out, 1 << 20);
    report_print(&out, REPORT_JSON, &view_sessions, &s.model, &glyphs);
    assert_non_null(strstr(out.data, "{\"time\":\"2026-11-24T03:19:53.000Z\",\"level\":\"bad\"}"));
    buf_clear(&out);
    report_print(&out, REPORT_CSV, &view_sessions, &s.model, &glyphs);
    assert_non_null(strstr(out.data, "err,1,1"));
    buf_clear(&out);
    report_print(&out, REPORT_MD, &view_sessions, &s.model, &glyphs);
    assert_non_null(strstr(out.data, "| err | 1 (bad) |"));
    buf_fini(&out);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_comes_first_and_then_the_newest),
        cmocka_unit_test(an_account_is_asked_on_demand_alone),
        cmocka_unit_test(leaks_are_counted_by_session),
        cmocka_unit_test(a_capture_fills_the_lanes),
        cmocka_unit_test(openreplays_own_files_lack_lanes),
        cmocka_unit_test(the_message_follows_the_events),
        cmocka_unit_test(fields_show_shapes),
        cmocka_unit_test(an_error_leads_to_its_group_when_an_id_ties_them),
        cmocka_unit_test(without_an_id_nothing_is_guessed),
        cmocka_unit_test(the_link_table_ties_them_as_well),
        cmocka_unit_test(a_group_leads_to_the_recordings),
        cmocka_unit_test(in_an_account_a_group_knows_what_was_loaded),
        cmocka_unit_test(a_hostile_session_is_cut),
        cmocka_unit_test(an_axis_of_any_length_is_drawn),
        cmocka_unit_test(lanes_are_in_reports),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
