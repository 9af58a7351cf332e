/* test_base.c - the floor everything stands on.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

static void
buffer_stops_at_its_ceiling(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    buf_adds(&b, "abc");
    buf_adds(&b, "def");
    assert_true(buf_failed(&b));
    assert_string_equal(b.data, "abc");
    buf_adds(&b, "d");
    assert_string_equal(b.data, "abc"); /* once over, always over: a reader never sees a gap */
    buf_clear(&b);
    buf_addf(&b, "%d%s", 12, "345");
    assert_string_equal(b.data, "12345");
    assert_false(buf_failed(&b));
    buf_fini(&b);
}

static void
error_sentences_hold_no_control_characters(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_int_equal(err_set(&err, E_INVALID, "bad field \"%s\"", "a\x1b[31mb\xc2\x9b"), E_INVALID);
    assert_string_equal(err.text, "bad field \"a?[31mb?\"");
    assert_int_equal(err_context(&err, "%s", "line 3"), E_INVALID);
    assert_string_equal(err.text, "line 3: bad field \"a?[31mb?\"");
}

/* Of a damaged database SQLite's sentence quotes bytes. */
static void
error_sentences_are_utf_8(void **state)
{
    char long_text[ERR_TEXT_MAX + 8] = "";
    struct err err = { 0 };

    (void)state;
    err_set(&err, E_IO, "near \"%s\"", "\xff\xc3+\xe2\x80\xae\xe2\x82\xac\xe2\x82");
    assert_string_equal(err.text, "near \"??+?\xe2\x82\xac??\"");
    for (size_t i = 0; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xc3\xbc", 3);
    err_set(&err, E_IO, "%s", long_text); /* cut amid a character */
    assert_int_equal(text_utf8_end(err.text, strlen(err.text)), strlen(err.text));
}

static void
json_reads_one_bounded_value(void **state)
{
    static const char *const bad[] = { "",       " ",   "{",        "[1,]", "{}x",
                                       "\"\x01", "nul", "{\"a\":}", "[1 2]" };
    char deep[2 * JSON_DEPTH_MAX + 4];
    cJSON *v = NULL;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(json_parse(&v, bad[i], strlen(bad[i]), &err), E_INVALID);
    assert_int_equal(json_parse(&v, "{}\0{}", 5, &err), E_INVALID);
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_int_equal(json_parse(&v, deep, 2 * JSON_DEPTH_MAX + 2, &err), E_INVALID);
    assert_int_equal(json_parse(&v, deep + 1, 2 * JSON_DEPTH_MAX, &err), OK);
    cJSON_Delete(v);
}

/* A C string ends at a zero byte: what stands behind it must not be lost. Half a pair is what a
 * browser writes of a text that was cut amid an emoji. */
static void
json_reads_what_is_no_text_as_a_replacement(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "[\"a\\u0000b\"]", "a\xef\xbf\xbd"
                             "b" },
        { "[\"\\u0000\\u0000\"]", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "[\"\\\\u0000\"]", "\\u0000" },
        { "[\"\\\\\\u0000\\u00001\"]", "\\\xef\xbf\xbd\xef\xbf\xbd"
                                       "1" },
        { "[\"cut \\ud83d\"]", "cut \xef\xbf\xbd" },
        { "[\"\\uDE00 rest\"]", "\xef\xbf\xbd rest" },
        { "[\"\\ud83d\\ud83d\\ude00\"]", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
        { "[\"\\ude00\\ud83d\\u0041\"]", "\xef\xbf\xbd\xef\xbf\xbd"
                                         "A" },
        { "[\"\\\\ud83d \\ud83d\"]", "\\ud83d \xef\xbf\xbd" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *value = NULL;

        assert_int_equal(json_parse(&value, cases[i].text, strlen(cases[i].text), NULL), OK);
        assert_string_equal(value->child->valuestring, cases[i].expected);
        cJSON_Delete(value);
    }
}

/* The copy that is read then must not show in what is complained about. */
static void
json_names_the_byte_behind_what_is_no_text(void **state)
{
    static const char nul[] = "[\"\\u0000\", x]", half[] = "[\"\\ud83d\", x]",
                      cut[] = "[\"\\ud83d\\";
    cJSON *value = NULL;
    struct err err;

    (void)state;
    assert_int_equal(json_parse(&value, nul, sizeof nul - 1, &err), E_INVALID);
    assert_string_equal(err.text, "not JSON: unexpected text at byte 11");
    assert_int_equal(json_parse(&value, half, sizeof half - 1, &err), E_INVALID);
    assert_string_equal(err.text, "not JSON: unexpected text at byte 11");
    assert_int_equal(json_parse(&value, cut, sizeof cut - 1, &err), E_INVALID);
    assert_string_equal(err.text, "not JSON: the string at byte 1 has no end");
}

static void
json_strictly_is_what_browsers_read(void **state)
{
    static const char *const good[] = { "0",
                                        "-0",
                                        "0.5e-3",
                                        "[10,-2.5E+7,true]",
                                        "\xef\xbb\xbf{}",
                                        "\r\n\t 1 ",
                                        "\"\\u0001\\n\\\"\x7f\"" };
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "{\"a\":01}", "not JSON: a malformed number at byte 5" },
        { "[-012]", "not JSON: a malformed number at byte 1" },
        { "[1.]", "not JSON: a malformed number at byte 1" },
        { "[1.e5]", "not JSON: a malformed number at byte 1" },
        { "[-.5]", "not JSON: a malformed number at byte 1" },
        { "[\"a\nb\"]", "not JSON: a control character at byte 3, inside a string" },
        { "[1,\x01 2]", "not JSON: a control character at byte 3" },
        { "{\"a\":[1,2", "not JSON: it breaks off after 9 bytes" },
        { "{\"a\":\"b", "not JSON: the string at byte 5 has no end" },
        { "{\"a\":x}", "not JSON: unexpected text at byte 5" },
    };
    struct err err;
    cJSON *v = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(json_parse_strict(&v, good[i], strlen(good[i]), &err), OK);
        cJSON_Delete(v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(json_parse_strict(&v, bad[i].text, strlen(bad[i].text), &err), E_INVALID);
        assert_string_equal(err.text, bad[i].says);
    }
}

static void
json_prints_what_it_read(void **state)
{
    static const char text[] =
        "{\"a\":[1,0.1,-2.5e-07,1e+300,true,null],\"s\":\"q\\\"\\n\\u0001é\"}";
    cJSON *v = NULL;
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_int_equal(json_parse(&v, text, strlen(text), NULL), OK);
    json_print(&b, v);
    assert_string_equal(b.data, text);
    cJSON_Delete(v);
    buf_clear(&b);
    json_print_number(&b, NAN);
    assert_string_equal(b.data, "null");
    buf_fini(&b);
}

static void
json_rounds_what_was_calculated(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 1.1 - 1, "0.1" },
        { 0.058475 - 0.012475, "0.046" },
        { -(1.1 - 1), "-0.1" },
        { 84.64500000000001, "84.645" },
        { 22.348406170745665, "22.3484061707" },
        { 0.99999999999999, "1" },
        { 1234567890123456, "1234567890123456" },
        { 0, "0" },
        { (double)NAN, "null" },
        { (double)INFINITY, "null" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 64);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&b);
        json_print_rounded(&b, cases[i].value, 12);
        assert_string_equal(b.data, cases[i].text);
    }
    buf_fini(&b);
}

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A double of one of the kinds that are measured, averaged, or neither. */
static double
some_number(uint64_t *seed, int kind)
{
    const double whole = (double)(next_random(seed) % 10000000);
    uint64_t bits = next_random(seed);
    double value;

    switch (kind) {
    case 0:
        return whole / pow(10, (double)(bits % 12));
    case 1:
        return whole / 3;
    case 2:
        return whole / 10 + ((double)(bits % 100000) / 10 - whole / 10) * 0.75;
    case 3:
        return nextafter(ldexp(1, (int)(bits % 50) - 15), bits % 3 == 0 ? 0 : 1e300);
    case 4:
        return -nextafter(whole / 1000, 0);
    default:
        memcpy(&value, &bits, sizeof value);
        return value;
    }
}

/* The shortest of 15, 16 and 17 digits that reads as the number, whatever way it was found. */
static void
json_prints_numbers_as_printf_would(void **state)
{
    uint64_t seed = 88172645463325252u;
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    for (int i = 0; i < 60000; i++) {
        const double value = some_number(&seed, i % 6);
        char text[40];

        if (!isfinite(value) || (fabs(value) < 9e15 && value == trunc(value)))
            continue;
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value)
                break;
        }
        buf_clear(&b);
        json_print_number(&b, value);
        assert_string_equal(b.data, text);
        assert_int_equal(json_number_bytes(value), b.len);
    }
    buf_fini(&b);
}

/* Every byte at every distance from the ends of a string, as several are looked at together. */
static void
json_counts_what_it_prints(void **state)
{
    char text[24];
    struct buf b;

    (void)state;
    buf_init(&b, 200);
    for (int byte = 1; byte < 256; byte++) {
        for (size_t len = 1; len < sizeof text; len++) {
            memset(text, 'x', sizeof text);
            text[len / 2] = (char)byte;
            buf_clear(&b);
            json_print_string(&b, text, len);
            assert_int_equal(json_string_bytes(text, len), b.len);
            if (byte != '"' && byte != '\\' && byte >= ' ' && byte < 0x7f)
                assert_memory_equal(b.data + 1, text, len);
            else
                assert_true(b.len > len + 2);
        }
    }
    buf_fini(&b);
}

static void
json_lists_of_numbers_live_in_an_arena(void **state)
{
    struct arena *arena = arena_new();
    cJSON *list = json_numbers(arena, 3), *none = json_numbers(arena, 0);
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    json_set_time(&list->child[0], 1500);
    cJSON_SetNumberValue(&list->child[2], -0.25);
    json_print(&b, list);
    json_print(&b, none);
    assert_string_equal(b.data, "[1.5,0,-0.25][]");
    assert_true((list->child[0].type & JSON_TIME) != 0);
    cJSON_AddItemToArray(list, cJSON_CreateTrue()); /* cJSON finds the end */
    assert_int_equal(cJSON_GetArraySize(list), 4);
    cJSON_Delete(cJSON_DetachItemFromArray(list, 3));
    cJSON_Delete(list);
    cJSON_Delete(none);
    arena_free(arena);
    buf_fini(&b);
}

static void
json_prints_only_utf8(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        { "\xc3\xa9\"\xe2\x82\xac\xf0\x9f\x98\x80",
          "\"\xc3\xa9\\\"\xe2\x82\xac\xf0\x9f\x98\x80\"" },
        { "\xff", "\"\xef\xbf\xbd\"" },
        { "a\xc3", "\"a\xef\xbf\xbd\"" },
        { "\xc3\"x", "\"\xef\xbf\xbd\\\"x\"" },
        { "\xe2\x82z", "\"\xef\xbf\xbd\xef\xbf\xbd"
                       "z\"" },
        { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* half a surrogate pair */
        { "\x80\n", "\"\xef\xbf\xbd\\n\"" },
        { "\x7f\xc2\x80-\xc2\x9b"
          "2J\xc2\x9f\xc2\xa0\xc2",
          "\"\\u007f\\u0080-\\u009b2J\\u009f\xc2\xa0\xef\xbf\xbd\"" }, /* of a terminal */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;

        buf_init(&b, 200);
        json_print_string(&b, cases[i].text, strlen(cases[i].text));
        assert_string_equal(b.data, cases[i].json);
        buf_fini(&b);
    }
}

static void
times_go_to_text_and_back(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2025-11-23T10:30:00.000Z", 1763893800000 },
        { "2024-02-29", 1709164800000 },
        { "2025-11-23T10:30:00.123456+01:30", 1763888400123 },
        { "2025-11-23 10:30", 1763893800000 },
    };
    static const char *const bad[] = { "",
                                       "2025",
                                       "2023-02-29",
                                       "2025-13-01",
                                       "2025-11-23T24:00:00Z",
                                       "2025-11-23T10:30:00.Z",
                                       "2025-11-23T10:30:00Zx",
                                       "1969-12-31" };
    char text[ISO8601_TEXT];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(iso8601_parse(&ms, good[i].text));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(iso8601_parse(&ms, bad[i]));
    iso8601_format_ms(1763893800123, text);
    assert_string_equal(text, "2025-11-23T10:30:00.123Z");
}

/* Every day of ten thousand years, beside the C library. */
static void
times_are_printed_as_the_c_library_does(void **state)
{
    const int64_t day_ms = INT64_C(86400000), first = -719468, last = 2932896;
    char text[ISO8601_TEXT], expected[ISO8601_TEXT];

    (void)state;
    for (int64_t day = first; day <= last; day += day < -1000 || day > 40000 ? 17 : 1) {
        int64_t ms = day * day_ms + (day & 0xffff) * 1301;
        time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0));
        struct tm tm;

        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm);
        iso8601_format_s(ms, text);
        assert_string_equal(text + strspn(text, "0"), expected + strspn(expected, "0"));
    }
    iso8601_format_ms(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    iso8601_format_ms(INT64_C(253402300799999), text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    iso8601_format_ms(INT64_C(253402300800000), text);
    assert_string_equal(text, "10000-01-01T00:00:00Z");
    iso8601_format_ms(INT64_MAX, text);
    assert_true(strlen(text) < sizeof text);
}

static void
virtual_clocks_repeat_themselves(void **state)
{
    struct clock *a = clock_new_virtual(5000), *b = clock_new_virtual(5000);
    uint8_t x[16], y[16], back[16];
    char text[UUID_TEXT];

    (void)state;
    clock_set(a, 6000);
    clock_set(a, 5500);
    assert_int_equal(clock_now_ms(a), 6000);
    for (int i = 0; i < 3; i++) {
        clock_uuid(a, x);
        clock_uuid(b, y);
        assert_memory_equal(x, y, 16);
    }
    uuid_format(x, text);
    assert_true(uuid_parse(back, text));
    assert_memory_equal(back, x, 16);
    assert_int_equal(text[14], '4');
    assert_false(uuid_parse(back, "unique-error-id"));
    clock_free(a);
    clock_free(b);
}

static void
foreign_text_is_harmless(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    text_clean(&b, "a\x1b[2Jb\xc2\x9b\n\xff\xe2\x80\xae!", 14);
    assert_string_equal(b.data, "a\xef\xbf\xbd[2Jb\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd!");
    buf_fini(&b);
}

static void
slips_are_recognised(void **state)
{
    static const char *const keys[] = { "listen", "emf-listen", "db", "theme", NULL };

    (void)state;
    assert_string_equal(text_nearest("lisen", keys), "listen");
    assert_string_equal(text_nearest("teme", keys), "theme");
    assert_null(text_nearest("quaternion", keys));
}

static void
numbers_are_read_whole_or_not_at_all(void **state)
{
    double d;
    int64_t n;

    (void)state;
    assert_true(text_parse_double(&d, "-1.5e3"));
    assert_true(d == -1500);
    assert_false(text_parse_double(&d, "inf"));
    assert_false(text_parse_double(&d, "0x10"));
    assert_false(text_parse_double(&d, "1 "));
    assert_true(text_parse_int(&n, "-9223372036854775808"));
    assert_false(text_parse_int(&n, "9223372036854775808"));
    assert_false(text_parse_int(&n, "1.0"));
}

static void
lists_in_arenas_grow(void **state)
{
    struct arena *arena = arena_new();
    size_t count = 0, room = 0;
    int *items = NULL;

    (void)state;
    for (int i = 0; i < 100; i++) {
        items = arena_grow(arena, items, count, &room, 3, sizeof *items);
        items[count++] = i;
    }
    assert_int_equal(room, 192); /* 3, doubled until a hundred fit */
    for (int i = 0; i < 100; i++)
        assert_int_equal(items[i], i);
    arena_free(arena);
}

static void
directories_are_made_from_the_top(void **state)
{
    char dir[] = "/tmp/obsview-path-XXXXXX";
    struct err err = { 0 };
    char *file, *below;

    (void)state;
    assert_non_null(mkdtemp(dir));
    file = xasprintf("%s/a/b/c", dir);
    assert_int_equal(path_make_directories(file, &err), OK);
    assert_int_equal(path_make_directories(file, NULL), OK); /* they are there */
    assert_int_equal(rmdir(file), -1);                       /* the last part is the file's name */
    fclose(fopen(file, "we"));
    below = xasprintf("%s/d/e", file);
    assert_int_equal(path_make_directories(below, &err), E_IO);
    assert_non_null(strstr(err.text, "cannot make "));
    assert_int_equal(unlink(file), 0);
    for (int i = 0; i < 3; i++) {
        *strrchr(file, '/') = '\0';
        assert_int_equal(rmdir(file), 0);
    }
    free(below);
    free(file);
}

static void
one_is_singular_and_all_else_is_not(void **state)
{
    static const uint64_t many[] = { 0, 2, 11, 21, 101, UINT64_MAX };

    (void)state;
    assert_string_equal(text_s(1), "");
    assert_string_equal(text_are(1), "is");
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        assert_string_equal(text_s(many[i]), "s");
        assert_string_equal(text_are(many[i]), "are");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_in_arenas_grow),
        cmocka_unit_test(directories_are_made_from_the_top),
        cmocka_unit_test(buffer_stops_at_its_ceiling),
        cmocka_unit_test(error_sentences_hold_no_control_characters),
        cmocka_unit_test(error_sentences_are_utf_8),
        cmocka_unit_test(json_reads_one_bounded_value),
        cmocka_unit_test(json_reads_what_is_no_text_as_a_replacement),
        cmocka_unit_test(json_names_the_byte_behind_what_is_no_text),
        cmocka_unit_test(json_strictly_is_what_browsers_read),
        cmocka_unit_test(json_prints_what_it_read),
        cmocka_unit_test(json_prints_numbers_as_printf_would),
        cmocka_unit_test(json_rounds_what_was_calculated),
        cmocka_unit_test(json_counts_what_it_prints),
        cmocka_unit_test(json_lists_of_numbers_live_in_an_arena),
        cmocka_unit_test(json_prints_only_utf8),
        cmocka_unit_test(times_go_to_text_and_back),
        cmocka_unit_test(times_are_printed_as_the_c_library_does),
        cmocka_unit_test(virtual_clocks_repeat_themselves),
        cmocka_unit_test(foreign_text_is_harmless),
        cmocka_unit_test(slips_are_recognised),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(one_is_singular_and_all_else_is_not),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
