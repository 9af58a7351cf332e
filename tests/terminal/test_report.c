/* test_report.c - the same model as text, JSON, CSV and Markdown.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "harness.h"
#include "sample.h"

#include "base/json.h"
#include "tui/report.h"
#include "tui/views/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
print(struct buf *out, const struct view *view, enum report_format format, bool is_ascii)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = sample_snapshot();
    struct glyphs glyphs = glyphs_for(is_ascii, GRAPH_BRAILLE);
    struct model model = { 0 };
    struct view_query query = { .now_ms = HARNESS_NOW_MS,
                                .range = { .span_ms = 3600000 },
                                .snapshot = snapshot,
                                .key = "",
                                .cursor = "",
                                .filter = "",
                                .steps = 30 };

    view->build(&model, arena, &query);
    report_print(out, format, view, &model, &glyphs);
    arena_free(arena);
    snapshot_unref(snapshot);
}

static void
prints_every_view_in_every_format(void **state)
{
    static const char *const names[] = { "text", "json", "csv", "md" };

    (void)state;
    for (size_t v = 0; sample_views[v] != NULL; v++) {
        for (size_t f = 0; f < REPORT_FORMATS; f++) {
            enum report_format format;
            char name[80];
            struct buf out;

            assert_true(report_format_parse(&format, names[f]));
            buf_init(&out, 1 << 20);
            print(&out, sample_views[v], format, false);
            assert_false(buf_failed(&out));
            snprintf(name, sizeof(name), "report-%s-%s", sample_views[v]->name, names[f]);
            harness_golden(name, &out);
            buf_fini(&out);
        }
    }
}

static void
prints_json_that_reads_back(void **state)
{
    struct buf out;
    cJSON *json = NULL;
    const cJSON *panel, *row;

    (void)state;
    buf_init(&out, 1 << 20);
    print(&out, sample_views[0], REPORT_JSON, false);
    assert_int_equal(json_parse(&json, out.data, out.len, NULL), OK);
    assert_string_equal(json_get_string(json, "now", ""), "2026-11-24T12:04:31.000Z");
    panel = cJSON_GetArrayItem(json_get(json, "panels"), 0);
    assert_string_equal(json_get_string(panel, "source", ""), "CloudWatch GetMetricData");
    row = cJSON_GetArrayItem(json_get(json_get(panel, "table"), "rows"), 1);
    assert_string_equal(json_get_string(row, "metric", ""), "INP");
    assert_true(json_get_number(row, "p75", 0) == 236);
    assert_string_equal(json_get_string(row, "p75 level", ""), "warn");
    assert_string_equal(json_get_string(row, "p75 unit", ""), "ms");
    row = cJSON_GetArrayItem(json_get(json_get(panel, "table"), "rows"), 5);
    assert_true(cJSON_IsNull(json_get(row, "p75"))); /* unknown is not zero */
    cJSON_Delete(json);
    buf_fini(&out);
}

static void
lets_no_control_character_out(void **state)
{
    static const char evil[] = "a\033[2J\xc2\x9b"
                               "2J\xe2\x80\xae\x07\r\n\"b\",\\\x7f\xff";

    (void)state;
    hostile_set(evil, sizeof(evil) - 1);
    for (enum report_format format = REPORT_TEXT; format < REPORT_FORMATS; format++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct buf out;

            buf_init(&out, 1 << 20);
            print(&out, hostile_views[0], format, ascii != 0);
            assert_true(out.len > 0);
            for (size_t i = 0; i < out.len; i++) {
                unsigned char c = (unsigned char)out.data[i];

                if (c == '\r')
                    assert_true(format == REPORT_CSV && out.data[i + 1] == '\n');
                else
                    assert_true(c >= 0x20 || c == '\n');
                assert_true(c != 0x7f);
            }
            assert_null(strstr(out.data, "\xc2\x9b"));
            assert_null(strstr(out.data, "\xe2\x80\xae"));
            buf_fini(&out);
        }
    }
}

static void
build_bounds(struct model *out, struct arena *arena, const struct view_query *q)
{
    static const struct column columns[] = { { .name = "first", .kind = CELL_TIME } };
    struct cell *cells = arena_alloc(arena, 2 * sizeof *cells);
    struct row *rows = arena_alloc(arena, 2 * sizeof *rows);
    struct panel *panel = arena_alloc(arena, sizeof *panel);
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    model_begin(out, q);
    cells[0] = cell_time(q->now_ms - 1000);
    cells[0].is_latest = true;
    cells[1] = cell_time(q->now_ms - 2000);
    rows[0] = (struct row){ .key = "a", .cells = &cells[0] };
    rows[1] = (struct row){ .key = "b", .cells = &cells[1] };
    *grid = (struct grid){ .name = "t",
                           .columns = columns,
                           .column_count = 1,
                           .rows = rows,
                           .row_count = 2,
                           .sort_column = -1 };
    *panel = (struct panel){ .name = "p", .title = "p", .grid = grid };
    out->panels = panel;
    out->panel_count = 1;
}

static void
says_of_a_time_that_it_is_the_latest(void **state)
{
    static const struct view bounds = { .name = "bounds",
                                        .title = "Bounds",
                                        .build = build_bounds };
    static const struct {
        enum report_format format;
        bool is_ascii;
        const char *latest, *known;
    } cases[] = {
        { REPORT_TEXT, false, "≤12:04:30", " 12:04:29" },
        { REPORT_TEXT, true, "<=12:04:30", " 12:04:29" },
        { REPORT_JSON, false, "\"first\":{\"atMost\":\"2026-11-24T12:04:30.000Z\"}",
          "\"first\":\"2026-11-24T12:04:29.000Z\"" },
        { REPORT_CSV, false, "<=2026-11-24T12:04:30.000Z", "\n2026-11-24T12:04:29.000Z" },
        { REPORT_MD, false, "≤ 2026-11-24T12:04:30Z", "| 2026-11-24T12:04:29Z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out;

        buf_init(&out, 1 << 16);
        print(&out, &bounds, cases[i].format, cases[i].is_ascii);
        if (strstr(out.data, cases[i].latest) == NULL || strstr(out.data, cases[i].known) == NULL)
            fail_msg("%zu: %s", i, out.data);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_every_view_in_every_format),
        cmocka_unit_test(prints_json_that_reads_back),
        cmocka_unit_test(says_of_a_time_that_it_is_the_latest),
        cmocka_unit_test(lets_no_control_character_out),
    };

    harness_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
