/* test_fixture.c - recorded traffic, read line by line.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "fixture/fixture.h"

#define HEADER "{\"obsview-fixture\":1,\"start\":\"2026-11-23T12:00:00.000Z\",\"length\":60000}\n"

static char path[] = "/tmp/obsview-fixture-XXXXXX";

static enum status
open_text(struct fixture **out, const char *text, struct err *err)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return fixture_open(out, path, err);
}

static void
events_come_in_order_and_begin_again(void **state)
{
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(
        open_text(
            &f,
            HEADER
            "{\"t\":10,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/a?b\","
            "\"headers\":{\"x\":\"y\"},\"body\":{}}}\n\r\n\n"
            "{\"t\":20,\"source\":\"emf-stdin\",\"line\":\"hi\",\"group\":\"g\",\"other\":1}",
            &err),
        OK);
    assert_int_equal(fixture_length_ms(f), 60000);
    assert_int_equal(fixture_start_ms(f), 1795435200000);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(fixture_next(f, &e, &err), OK);
        assert_int_equal(e.t_ms, 10);
        assert_string_equal(e.path, "/a?b");
        assert_string_equal(json_get_string(e.headers, "x", ""), "y");
        fixture_event_fini(&e);
        assert_int_equal(fixture_next(f, &e, &err), OK);
        assert_int_equal(e.source, FIXTURE_EMF_STDIN);
        assert_string_equal(e.line, "hi");
        assert_string_equal(e.group, "g");
        fixture_event_fini(&e);
        assert_int_equal(fixture_next(f, &e, &err), E_NOTFOUND);
    }
    fixture_close(f);
}

static void
a_broken_line_names_its_place_and_the_rest_goes_on(void **state)
{
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(open_text(&f,
                               HEADER "{\"t\":1,\"source\":\"emf-tcp\",\"line\":\"a\"}\n"
                                      "{\"t\":2,\"source\":}\n"
                                      "{\"t\":2,\"source\":\"smoke\",\"line\":\"a\"}\n"
                                      "{\"t\":0,\"source\":\"emf-tcp\",\"line\":\"a\"}\n"
                                      "{\"t\":2,\"source\":\"emf-tcp\"}\n"
                                      "[1]\n"
                                      "{\"t\":2,\"source\":\"emf-t\n"
                                      "{\"t\":3,\"source\":\"emf-udp\",\"line\":\"b\"}\n",
                               &err),
                     OK);
    assert_int_equal(fixture_next(f, &e, &err), OK);
    fixture_event_fini(&e);
    assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "line 3, column 17"));
    for (int i = 4; i <= 7; i++) {
        char place[32];

        snprintf(place, sizeof place, "line %d,", i);
        assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
        assert_non_null(strstr(err.text, place));
    }
    assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
    assert_non_null(strstr(err.text, "line 8, column 17: not JSON: the string at byte 16 has no"));
    assert_int_equal(fixture_next(f, &e, &err), OK);
    assert_string_equal(e.line, "b");
    fixture_event_fini(&e);
    fixture_close(f);
}

/* Flushed behind the text, as a recorder does, and without the trailer that ends it. */
static void
write_cut(const char *text)
{
    gzFile file = gzopen(path, "wb");
    FILE *packed;
    long whole;

    assert_non_null(file);
    assert_int_equal(gzputs(file, text), strlen(text));
    assert_int_equal(gzflush(file, Z_SYNC_FLUSH), Z_OK);
    packed = fopen(path, "rb");
    assert_non_null(packed);
    fseek(packed, 0, SEEK_END);
    whole = ftell(packed);
    fclose(packed);
    gzclose(file);
    assert_int_equal(truncate(path, whole), 0);
}

static void
a_compressed_file_that_breaks_off_is_told(void **state)
{
    static const struct {
        const char *rest, *place;
    } rows[] = { { "", "line 3, column 1: the compressed file breaks off" },
                 { "{\"t\":2,\"sou", "line 3, column 12: the compressed file breaks off" },
                 { "{\"t\":2,\"source\":\"emf-tcp\",\"line\":\"b\"}",
                   "line 3, column 38: the compressed file breaks off" } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture_event e;
        struct fixture *f;
        struct err err = { 0 };
        char text[400];

        snprintf(text, sizeof text, "%s{\"t\":1,\"source\":\"emf-tcp\",\"line\":\"a\"}\n%s", HEADER,
                 rows[i].rest);
        write_cut(text);
        assert_int_equal(fixture_open(&f, path, &err), OK);
        for (int turn = 0; turn < 2; turn++) {
            assert_int_equal(fixture_next(f, &e, &err), OK);
            fixture_event_fini(&e);
            assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
            if (strstr(err.text, rows[i].place) == NULL)
                fail_msg("%s, expected %s", err.text, rows[i].place);
            assert_int_equal(fixture_next(f, &e, &err), E_NOTFOUND);
        }
        fixture_close(f);
    }
}

/* What stands in the column that the sentence names. */
static void
assert_column(const char *sentence, const char *line, const char *begins, const char *wrong)
{
    const char *told = strstr(sentence, ", column ");
    char *end;
    size_t column = told == NULL ? 0 : strtoul(told + strlen(", column "), &end, 10);

    if (column == 0 || column > strlen(line) ||
        strncmp(line + column - 1, begins, strlen(begins)) != 0 || strncmp(end, ": ", 2) != 0 ||
        strncmp(end + 2, wrong, strlen(wrong)) != 0)
        fail_msg("%s, of %s", sentence, line);
}

static void
a_wrong_value_is_told_by_its_column(void **state)
{
    static const struct {
        const char *line, *begins, *wrong;
    } rows[] = {
        { "{\"t\":\"soon\",\"source\":\"emf-tcp\"}", "\"soon\"", "t is not" },
        { "{\"source\":\"emf-tcp\"}", "{", "t is not" },
        { "{\"t\":1, \"source\": \"smoke\"}", "\"smoke\"", "source is not" },
        { "{\"t\":1,\"source\":\"emf-tcp\",\"line\":5}", "5}", "line is neither" },
        { "{\"t\":1,\"source\":\"emf-udp\",\"line\":{\"base64\":\"?\"}}", "\"?\"", "line: base64" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":7,\"path\":\"/\"}}", "7,",
          "request has" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"x\"}}", "\"x\"",
          "request has" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\"}}", "{\"method\"",
          "request has" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\","
          "\"body\":{\"base64\":\"?\"}}}",
          "\"?\"", "request: body" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},"
          "\"expect\":{\"status\":777}}",
          "777", "expect is not" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},"
          "\"expect\":{\"headers\":[]}}",
          "[]", "expect is not" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},"
          "\"expect\":{\"body\":{\"a\":[{\"$min\":\"few\"}]}}}",
          "\"few\"", "expect: body: /a/0: $min takes" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},"
          "\"keep\":{\"id\":\"/id\",\"b\":9}}",
          "9}}", "a place in keep" },
        { "{\"t\":1,\"source\":\"aws-response\",\"request\":{\"service\":\"logs\",\"operation\":0}"
          "}",
          "0}}", "request has no service" },
        { "{\"t\":1,\"source\":\"aws-response\",\"request\":{\"service\":\"logs\",\"operation\":"
          "\"X\"},"
          "\"response\":{\"status\":99}}",
          "99", "response has no status" },
        { "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/\","
          "\"headers\":[7]}}",
          "[7]", "request: headers" },
        { "{\"t\":1,\"source\":\"aws-response\",\"request\":{\"service\":\"logs\",\"operation\":"
          "\"X\","
          "\"parameters\":8}}",
          "8}}", "request: parameters" },
        { "[\"t\",1]", "[", "expected an object" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture_event e;
        struct fixture *f;
        struct err err = { 0 };
        char text[512];

        snprintf(text, sizeof text, HEADER "%s\n", rows[i].line);
        assert_int_equal(open_text(&f, text, &err), OK);
        assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
        assert_column(err.text, rows[i].line, rows[i].begins, rows[i].wrong);
        fixture_close(f);
    }
}

static void
a_wrong_header_is_told_by_its_column(void **state)
{
    static const struct {
        const char *line, *begins, *wrong;
    } rows[] = {
        { "{\"obsview-fixture\":3,\"start\":\"2026-11-23T12:00:00.000Z\"}", "3,", "expected {" },
        { "{\"obsview-fixture\":2,\"start\":\"soon\"}", "\"soon\"", "start is not" },
        { "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\",\"settings\":1}", "1}",
          "settings is not" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };
        struct fixture *f;

        assert_int_equal(open_text(&f, rows[i].line, &err), E_INVALID);
        assert_column(err.text, rows[i].line, rows[i].begins, rows[i].wrong);
    }
}

static void
what_is_no_fixture_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "hello\n",
        "[]\n",
        "{}\n",
        "{\"obsview-fixture\":2,\"start\":\"soon\"}\n",
        "{\"obsview-fixture\":1}\n",
        "{\"obsview-fixture\":3,\"start\":\"2026-11-23T12:00:00.000Z\"}\n",
        "{\"obsview-fixture\":1,\"start\":\"soon\"}\n",
    };
    struct fixture *f;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(open_text(&f, texts[i], &err), E_INVALID);
    assert_int_equal(fixture_open(&f, "/nowhere/at/all", &err), E_IO);
}

static void
the_length_is_the_last_event_when_absent(void **state)
{
    struct fixture *f;
    struct err err;

    (void)state;
    assert_int_equal(open_text(&f,
                               "{\"obsview-fixture\":1,\"start\":\"2026-11-23T12:00:00.000Z\"}\n"
                               "{\"t\":1,\"source\":\"emf-tcp\",\"line\":\"a\"}\nbroken\n"
                               "{\"t\":4321,\"source\":\"emf-tcp\",\"line\":\"a\"}\n",
                               &err),
                     OK);
    assert_int_equal(fixture_length_ms(f), 4321);
    fixture_close(f);
}

static void
check_line(const char *line, const char *moved)
{
    struct buf b;

    buf_init(&b, 10000);
    fixture_print_line(&b, line, strlen(line), 3600000);
    assert_string_equal(b.data, moved);
    buf_fini(&b);
}

static void
check_body(const char *body, const char *moved)
{
    struct buf b;
    cJSON *json;

    assert_int_equal(json_parse(&json, body, strlen(body), NULL), OK);
    buf_init(&b, 10000);
    fixture_print_body(&b, json, 3600000);
    assert_string_equal(b.data, moved);
    buf_fini(&b);
    cJSON_Delete(json);
}

static void
times_move_and_nothing_else(void **state)
{
    (void)state;
    check_line("{\"_aws\":{\"Timestamp\":1795435203361},\"v\":1795435203361,\"d\":0.1}",
               "{\"_aws\":{\"Timestamp\":1795438803361},\"v\":1795435203361,\"d\":0.1}");
    check_line("{\"timestamp\":\"2026-11-23T12:00:00.500Z\",\"message\":\"2026-11-23\"}",
               "{\"timestamp\":\"2026-11-23T13:00:00.500Z\",\"message\":\"2026-11-23\"}");
    check_line("{\"timestamp\":\"soon\"}", "{\"timestamp\":\"soon\"}");
    check_line("2026-11-23T12:00:00.500Z\tid\tERROR\tInvoke Error",
               "2026-11-23T13:00:00.500Z\tid\tERROR\tInvoke Error");
    check_line("2026-11-23T12:00:00.500Z", "2026-11-23T12:00:00.500Z");
    check_line("soon\tid", "soon\tid");
    check_line("START RequestId: 1", "START RequestId: 1");
    check_line("{broken", "{broken");
    check_body(
        "{\"metrics\":[{\"timestamp\":\"2026-11-23T12:00:00Z\"},{}],\"timestamp\":"
        "\"2026-11-23T12:00:00Z\",\"context\":{\"timestamp\":\"2026-11-23T12:00:00Z\"}}",
        "{\"metrics\":[{\"timestamp\":\"2026-11-23T13:00:00.000Z\"},{}],\"timestamp\":"
        "\"2026-11-23T12:00:00Z\",\"context\":{\"timestamp\":\"2026-11-23T13:00:00.000Z\"}}");
    check_body("\"{\\\"a\\\": 1}\"", "{\"a\": 1}");
    check_body("{\"base64\":\"aGVsbG8=\"}", "hello");
    check_body("{\"base64\":\"aGVsbG8=\",\"x\":1}", "{\"base64\":\"aGVsbG8=\",\"x\":1}");
    check_body("[1,2]", "[1,2]");
}

static void
on_each_turn_other_people_come(void **state)
{
    static const struct {
        const char *from;
        unsigned turn;
        const char *to;
    } rows[] = {
        { "198.18.0.7", 0, "198.18.0.7" },   { "198.18.0.7", 1, "198.18.1.7" },
        { "198.18.255.7", 2, "198.18.1.7" }, { "2001:db8::1", 1, "2001:db8::1" },
        { "unknown", 1, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new();
        const char *text = arena_printf(arena, "{\"x-forwarded-for\":\"%s\"}", rows[i].from);
        const cJSON *headers;

        assert_int_equal(json_parse_in(&headers, arena, text, strlen(text), NULL), OK);
        fixture_move_visitor(arena, headers, rows[i].turn);
        assert_string_equal(json_get_string(headers, "x-forwarded-for", ""), rows[i].to);
        arena_free(arena);
    }
    fixture_move_visitor(NULL, NULL, 1);
}

static void
it_begins_in_more_than_one_way(void **state)
{
    static const struct {
        const char *text;
        bool is_one;
    } rows[] = {
        { "{\"obsview-fixture\":2,\"start\":", true },
        { "{ \"obsview-fixture\": 2", true },
        { "\xef\xbb\xbf{\"obsview-fixture\":2", true },
        { "\r\n\n{\"obsview-fixture\":2", true },
        { "{\"start\":\"2026-11-23T12:00:00.000Z\",\"obsview-fixture\":2}\n{", true },
        { "{\"start\":\"2026-11-23T12:00:00.000Z\",\"obsview-fixture\":2}", true },
        { "{\"message\":\"{\\\"obsview-fixture\\\":2}\"}\n", false },
        { "{\"a\":{\"obsview-fixture\":2}}\n", false },
        { "[{\"obsview-fixture\":2}]\n", false },
        { "{", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (fixture_begins(rows[i].text, strlen(rows[i].text)) != rows[i].is_one)
            fail_msg("%s", rows[i].text);
    }
}

/* What was read of a pipe is gone: it ends once and for all. */
static void
a_pipe_is_read_once(void **state)
{
    static const char text[] = "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\"}\n"
                               "{\"t\":5,\"source\":\"emf-stdin\",\"line\":\"a\"}\n";
    struct fixture_event event;
    struct fixture *f;
    struct err err = { 0 };
    char name[32];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    if (fixture_open(&f, name, &err) != OK)
        fail_msg("%s", err.text);
    assert_true(fixture_would_stream(name));
    assert_int_equal(fixture_next(f, &event, &err), OK);
    assert_int_equal(event.t_ms, 5);
    fixture_event_fini(&event);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fixture_next(f, &event, &err), E_NOTFOUND);
    fixture_close(f);
    close(ends[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_in_more_than_one_way),
        cmocka_unit_test(a_pipe_is_read_once),
        cmocka_unit_test(events_come_in_order_and_begin_again),
        cmocka_unit_test(a_broken_line_names_its_place_and_the_rest_goes_on),
        cmocka_unit_test(a_compressed_file_that_breaks_off_is_told),
        cmocka_unit_test(a_wrong_value_is_told_by_its_column),
        cmocka_unit_test(a_wrong_header_is_told_by_its_column),
        cmocka_unit_test(what_is_no_fixture_is_refused),
        cmocka_unit_test(the_length_is_the_last_event_when_absent),
        cmocka_unit_test(times_move_and_nothing_else),
        cmocka_unit_test(on_each_turn_other_people_come),
    };
    int fd = mkstemp(path), rc;

    if (fd < 0)
        return 1;
    close(fd);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}
