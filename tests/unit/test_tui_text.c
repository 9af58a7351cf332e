/* test_tui_text.c - numbers, ages, filters, lines and tiles.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/canvas.h"
#include "tui/filter.h"
#include "tui/format.h"
#include "tui/lines.h"
#include "tui/ordering.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
prints_numbers_as_a_glance_reads_them(void **state)
{
    static const struct {
        double value;
        enum quantity quantity;
        const char *want;
    } cases[] = {
        { 0, QUANTITY_MILLISECONDS, "0 ms" },
        { 0.42, QUANTITY_MILLISECONDS, "0.42 ms" },
        { 0.057, QUANTITY_MILLISECONDS, "0.057 ms" },
        { 236, QUANTITY_MILLISECONDS, "236 ms" },
        { 999.6, QUANTITY_MILLISECONDS, "1.00 s" },
        { 2414, QUANTITY_MILLISECONDS, "2.41 s" },
        { 9996, QUANTITY_MILLISECONDS, "10.0 s" },
        { 200000, QUANTITY_MILLISECONDS, "3 m 20 s" },
        { 7500000, QUANTITY_MILLISECONDS, "2 h 05 m" },
        { 0.04, QUANTITY_SCORE, "0.04" },
        { 0.004, QUANTITY_SCORE, "0.004" },
        { 0, QUANTITY_SCORE, "0.00" },
        { 7, QUANTITY_COUNT, "7" },
        { 1204, QUANTITY_COUNT, "1,204" },
        { 9999, QUANTITY_COUNT, "9,999" },
        { 12490, QUANTITY_COUNT, "12.5 k" },
        { 2100000, QUANTITY_COUNT, "2.1 M" },
        { 0.21, QUANTITY_PERCENT, "0.21 %" },
        { 1.9, QUANTITY_PERCENT, "1.9 %" },
        { 100, QUANTITY_PERCENT, "100 %" },
        { 416, QUANTITY_BYTES, "416 B" },
        { 24100, QUANTITY_BYTES, "24.1 kB" },
        { 40000, QUANTITY_MICROUSD, "$0.04" },
        { 5000, QUANTITY_MICROUSD, "$0.01" },
        { 4999, QUANTITY_MICROUSD, "<$0.01" },
        { 0, QUANTITY_MICROUSD, "$0.00" },
        { 3.14159, QUANTITY_PLAIN, "3.14" },
        { (double)NAN, QUANTITY_COUNT, "" },
        { (double)INFINITY, QUANTITY_COUNT, "inf" },
    };
    char text[FORMAT_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        format_quantity(text, cases[i].value, cases[i].quantity);
        assert_string_equal(text, cases[i].want);
    }
    format_delta(text, 180, QUANTITY_MILLISECONDS);
    assert_string_equal(text, "+180 ms");
    format_delta(text, -0.0001, QUANTITY_SCORE);
    assert_string_equal(text, "0");
}

static void
prints_and_reads_times(void **state)
{
    char text[FORMAT_TEXT];
    int64_t span;

    (void)state;
    format_age(text, 420);
    assert_string_equal(text, "0.4 s");
    format_age(text, 119999);
    assert_string_equal(text, "119 s");
    format_age(text, 8 * 60000);
    assert_string_equal(text, "8 m");
    format_age(text, -5);
    assert_string_equal(text, "0.0 s");
    format_time(text, INT64_C(1795521858000), INT64_C(1795521871000));
    assert_string_equal(text, "12:04:18");
    format_time(text, INT64_C(1795321858000), INT64_C(1795521871000));
    assert_string_equal(text, "Nov 22 04:30");
    format_span(text, 90 * 60000);
    assert_string_equal(text, "90m");
    format_span(text, 24 * 3600000);
    assert_string_equal(text, "24h");
    assert_true(format_span_parse(&span, "7d"));
    assert_int_equal(span, INT64_C(604800000));
    assert_false(format_span_parse(&span, "0m"));
    assert_false(format_span_parse(&span, "1000d"));
    assert_false(format_span_parse(&span, "5 m"));
    assert_false(format_span_parse(&span, ""));
    /* 12:04:31 UTC; what is still to come today was yesterday */
    assert_true(format_minute_parse(&span, "11:30", INT64_C(1795521871000)));
    assert_int_equal(span, INT64_C(1795519800000));
    assert_true(format_minute_parse(&span, "12:05", INT64_C(1795521871000)));
    assert_int_equal(span, INT64_C(1795435500000));
    assert_false(format_minute_parse(&span, "11:60", INT64_C(1795521871000)));
    assert_false(format_minute_parse(&span, "11:30Z", INT64_C(1795521871000)));
    assert_false(format_minute_parse(&span, "1130", INT64_C(1795521871000)));
}

/* --- filters ----------------------------------------------------------------------------- */

static const struct column columns[] = {
    { .name = "route", .kind = CELL_TEXT },
    { .name = "LCP p75", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS },
    { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
};

static const struct cell cells[3][3] = {
    { { .kind = CELL_TEXT, .text = "/Checkout" },
      { .kind = CELL_NUMBER, .number = 3840, .quantity = QUANTITY_MILLISECONDS },
      { .kind = CELL_NUMBER, .number = 212, .quantity = QUANTITY_COUNT } },
    { { .kind = CELL_TEXT, .text = "/pricing" },
      { .kind = CELL_NUMBER, .number = 900, .quantity = QUANTITY_MILLISECONDS },
      { .kind = CELL_NUMBER, .number = 288, .quantity = QUANTITY_COUNT } },
    { { .kind = CELL_TEXT, .text = "http://x" }, { .kind = CELL_EMPTY }, { .kind = CELL_EMPTY } },
};

static const struct row rows[3] = {
    { .key = "a", .cells = cells[0] },
    { .key = "b", .cells = cells[1] },
    { .key = "c", .cells = cells[2] },
};

static const struct grid grid = { .name = "t",
                                  .columns = columns,
                                  .column_count = 3,
                                  .rows = rows,
                                  .row_count = 3,
                                  .sort_column = -1 };

static void
filters_rows(void **state)
{
    static const struct {
        const char *filter;
        const char *want; /* keys that stay */
    } cases[] = {
        { "", "abc" },          { "checkout", "a" },    { "!checkout", "bc" },
        { "route:pric", "b" },  { "ROUTE:PRIC", "b" },  { "!route:pric", "ac" },
        { "lcp>2.5s", "a" },    { "lcp>=900ms", "ab" }, { "lcp<1s", "b" },
        { "lcp=900", "b" },     { "n>200 n<250", "a" }, { "http://x", "c" },
        { "nosuch:thing", "" }, { "n>many", "" },       { "  pricing   288 ", "b" },
        { "!n>250", "ac" },     { "3.84", "a" },        { "!", "" },
    };
    struct pen pen = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char have[4] = "";

        for (size_t r = 0; r < 3; r++) {
            if (filter_matches(cases[i].filter, &pen, &grid, &rows[r]))
                strcat(have, rows[r].key);
        }
        assert_string_equal(have, cases[i].want);
    }
}

static void
assert_order(const struct ordering *o, const char *want)
{
    assert_int_equal(o->count, strlen(want));
    for (size_t i = 0; i < o->count; i++)
        assert_int_equal(*rows[o->rows[i]].key, want[i]);
}

static void
sorts_and_holds_rows(void **state)
{
    struct ordering o;
    struct pen pen = { 0 };
    struct grid fewer = grid;

    (void)state;
    ordering_init(&o);
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = -1 });
    assert_order(&o, "abc");
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = -1, .is_reversed = true });
    assert_order(&o, "cba");
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = 1 });
    assert_order(&o, "cba");
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = 2, .is_reversed = true });
    assert_order(&o, "bac");
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = 0, .is_held = true });
    assert_order(&o, "bac");
    fewer.row_count = 2; /* c goes, and comes back behind those that stayed */
    ordering_make(&o, &pen, &fewer, "", &(struct sorting){ .column = 0, .is_held = true });
    assert_order(&o, "ba");
    ordering_make(&o, &pen, &grid, "", &(struct sorting){ .column = 0, .is_held = true });
    assert_order(&o, "bac");
    assert_int_equal(ordering_find(&o, &grid, "c", 9), 2);
    assert_int_equal(ordering_find(&o, &grid, "gone", 9), 9);
    ordering_fini(&o);
}

/* --- lines ------------------------------------------------------------------------------- */

static void
assert_lines(const char *text, int width, unsigned how, const char *want)
{
    struct lines lines;
    struct buf have;

    lines_init(&lines);
    buf_init(&have, 1 << 20);
    lines_add(&lines, text, strlen(text), width, how);
    for (size_t i = 0; i < lines.count; i++) {
        size_t len;
        const char *line = lines_text(&lines, i, &len);

        buf_add(&have, line, len);
        buf_addc(&have, '|');
    }
    assert_string_equal(have.data, want);
    buf_fini(&have);
    lines_fini(&lines);
}

static void
breaks_lines(void **state)
{
    (void)state;
    assert_lines("one\ntwo\r\n\nfour\n", 40, LINES_CUT, "one|two||four|");
    assert_lines("\tat x", 40, LINES_CUT, "    at x|");
    assert_lines("the quick brown fox", 10, LINES_WRAP, "the quick|brown fox|");
    assert_lines("abcdefghij", 4, LINES_WRAP, "abcd|efgh|ij|");
    assert_lines("\xe4\xb8\xad\xe6\x96\x87", 3, LINES_WRAP, "\xe4\xb8\xad|\xe6\x96\x87|");
    assert_lines("\xe4\xb8\xad\xe6\x96\x87", 1, LINES_WRAP, "\xe4\xb8\xad|\xe6\x96\x87|");
    assert_lines("", 10, LINES_WRAP, "|");
    assert_lines("\033[2J", 10, LINES_CUT, "\xef\xbf\xbd[2J|");
    assert_lines("{\"a\":{},\"b\":[1,\"x{,\"]}", 40, LINES_INDENT_JSON,
                 "{|  \"a\": {},|  \"b\": [|    1,|    \"x{,\"|  ]|}|");
    assert_lines("{\"cut\":\"of", 40, LINES_INDENT_JSON, "{|  \"cut\": \"of|");
    assert_lines("plain, text", 40, LINES_INDENT_JSON, "plain, text|");
}

static void
bounds_long_texts(void **state)
{
    size_t size = 3u << 20;
    char *text = malloc(size);
    struct lines lines;
    size_t len;

    (void)state;
    memset(text, '\n', size);
    lines_init(&lines);
    lines_add(&lines, text, size, 80, LINES_WRAP);
    assert_in_range(lines.count, 20000, 20001);
    assert_string_equal(lines_text(&lines, lines.count - 1, &len), "(more is not shown)");
    lines_fini(&lines);
    free(text);
}

/* --- canvas ------------------------------------------------------------------------------ */

static void
assert_canvas(struct canvas *canvas, const char *want)
{
    struct buf have;

    buf_init(&have, 4096);
    canvas_print(canvas, &have);
    assert_string_equal(have.data, want);
    buf_fini(&have);
}

static void
cuts_text_by_columns(void **state)
{
    struct ink ink = { .role = ROLE_TEXT };
    struct canvas canvas;

    (void)state;
    canvas_init(&canvas, 6, 1);
    assert_int_equal(canvas_text(&canvas, 0, 0, 6, "abcdef", ink), 6);
    assert_canvas(&canvas, "abcdef\n");
    canvas_clear(&canvas);
    assert_int_equal(canvas_text(&canvas, 0, 0, 5, "abcdef", ink), 5);
    assert_canvas(&canvas, "abcd…\n");
    canvas_clear(&canvas);
    canvas_text(&canvas, 0, 0, 4, "\xe4\xb8\xad\xe6\x96\x87\xe5\xbf\xab", ink); /* 6 columns */
    assert_canvas(&canvas, "\xe4\xb8\xad…\n");
    canvas_clear(&canvas);
    canvas_text(&canvas, 0, 0, 6, "e\xcc\x81\xcc\x81\xcc\x81x", ink);
    assert_canvas(&canvas, "e\xcc\x81x\n");
    canvas_clear(&canvas);
    canvas_text(&canvas, 0, 0, 4, "\xe4\xb8\xad\xe6\x96\x87", ink);
    canvas_text(&canvas, 1, 0, 1, "x", ink); /* over the right half of the first */
    assert_canvas(&canvas, " x\xe6\x96\x87\n");
    canvas_text(&canvas, 2, 0, 1, "y", ink); /* over the left half of the second */
    assert_canvas(&canvas, " xy\n");
    canvas_text(&canvas, 4, 0, 50, "outside", ink);
    canvas_text(&canvas, -3, 7, 50, "outside", ink);
    canvas.is_ascii = true;
    canvas_clear(&canvas);
    canvas_text(&canvas, 0, 0, 5, "\xe4\xb8\xadtoo long", ink);
    assert_canvas(&canvas, "?too~\n");
    canvas_fini(&canvas);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_numbers_as_a_glance_reads_them),
        cmocka_unit_test(prints_and_reads_times),
        cmocka_unit_test(filters_rows),
        cmocka_unit_test(sorts_and_holds_rows),
        cmocka_unit_test(breaks_lines),
        cmocka_unit_test(bounds_long_texts),
        cmocka_unit_test(cuts_text_by_columns),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
