/* test_fixture_writer.c - what was written reads back byte for byte, from plain files and gzip.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "fixture/writer.h"

#define START_MS 1795435200000 /* 2026-11-23T12:00:00.000Z */

static char directory[] = "/tmp/obsview-fixture-XXXXXX";
static char path[64];

static struct fixture_writer *
create(const char *name, struct redactor *redactor)
{
    struct fixture_writer *w;
    struct err err = { 0 };

    snprintf(path, sizeof path, "%s/%s", directory, name);
    unlink(path);
    assert_int_equal(fixture_writer_open(&w, path, START_MS, redactor, &err), OK);
    return w;
}

#define TEXT(literal) literal, sizeof literal - 1

static const struct text {
    const char *bytes;
    size_t length;
    const char *written; /* as what: '{' JSON, '"' a string, 'b' base64 */
} texts[] = {
    { TEXT("{\"a\":[1,2.5,null,true],\"b\":{}}"), "{" },
    { TEXT("{ \"a\": 1 }"), "\"" }, /* would lose its blanks */
    { TEXT("{\"a\":1.0}"), "\"" },  /* would lose its zero */
    { TEXT("{\"a\":1,\"a\":2}"), "{" },
    { TEXT("{\"base64\":\"AA==\"}"), "\"" },
    { TEXT("{\"a\":"), "\"" },
    { TEXT(""), "\"" },
    { TEXT("plain \"text\" \xc3\xa4 \x01\n"), "\"" },
    { TEXT("\xff\xfe"), "b" },
    { TEXT("a\0b"), "b" },
    { TEXT("\x1f\x8b\x08\0"), "b" },
};
#define TEXTS (sizeof texts / sizeof texts[0])

static void
write_all(struct fixture_writer *w)
{
    static const struct fixture_header headers[] = {
        { "Content-Type", "application/json" },
        { "Authorization", "Bearer secret" },
        { "Cookie", "a=b" },
        { "Host", "localhost" },
        { "X-Obsview-Replay", "1" },
        { "X-Odd", "caf\xc3\xa9 \"q\"" },
    };
    struct err err = { 0 };

    for (size_t i = 0; i < TEXTS; i++) {
        struct fixture_record r = { .t_ms = (int64_t)i * 10,
                                    .took_us = 1500,
                                    .source = FIXTURE_HTTP,
                                    .method = "POST",
                                    .path = "/api/send?x=\"y\"",
                                    .headers = headers,
                                    .header_count = sizeof headers / sizeof headers[0],
                                    .has_body = true,
                                    .body = texts[i].bytes,
                                    .body_length = texts[i].length,
                                    .expect_status = 200 };

        assert_int_equal(fixture_write(w, &r, &err), OK);
        r = (struct fixture_record){ .t_ms = 0, /* earlier than the last one */
                                     .took_us = -1,
                                     .source = FIXTURE_EMF_STDIN,
                                     .group = "/aws/lambda/a",
                                     .line = texts[i].bytes,
                                     .line_length = texts[i].length };
        assert_int_equal(fixture_write(w, &r, &err), OK);
    }
    assert_int_equal(fixture_writer_flush(w, &err), OK);
    assert_int_equal(fixture_writer_close(w, &err), OK);
}

static void
check_request(const struct fixture_event *e, const struct text *text)
{
    struct buf body;

    assert_int_equal(e->source, FIXTURE_HTTP);
    assert_int_equal(e->took_us, 1500);
    assert_int_equal(e->expect_status, 200);
    assert_string_equal(e->path, "/api/send?x=\"y\"");
    assert_int_equal(cJSON_GetArraySize(e->headers), 2);
    assert_string_equal(json_get_string(e->headers, "content-type", ""), "application/json");
    assert_string_equal(json_get_string(e->headers, "x-odd", ""), "caf\xc3\xa9 \"q\"");
    if (text->written[0] == 'b')
        assert_non_null(json_get(e->body, "base64"));
    else
        assert_int_equal(cJSON_IsString(e->body), text->written[0] == '"');
    buf_init(&body, 1000);
    fixture_print_body(&body, e->body, 0);
    assert_int_equal(body.len, text->length);
    assert_memory_equal(body.data, text->bytes, text->length);
    buf_fini(&body);
}

static void
read_all(void)
{
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };

    assert_int_equal(fixture_open(&f, path, &err), OK);
    assert_int_equal(fixture_start_ms(f), START_MS);
    assert_null(fixture_redaction(f));
    assert_int_equal(fixture_length_ms(f), 1000);
    for (size_t i = 0; i < TEXTS; i++) {
        assert_int_equal(fixture_next(f, &e, &err), OK);
        assert_int_equal(e.t_ms, i * 10);
        assert_int_equal(e.line_number, 2 * i + 2);
        check_request(&e, &texts[i]);
        fixture_event_fini(&e);
        assert_int_equal(fixture_next(f, &e, &err), OK);
        assert_int_equal(e.t_ms, i * 10);
        assert_int_equal(e.took_us, -1);
        assert_string_equal(e.group, "/aws/lambda/a");
        assert_int_equal(e.line_length, texts[i].length);
        assert_memory_equal(e.line, texts[i].bytes, texts[i].length);
        fixture_event_fini(&e);
    }
    assert_int_equal(fixture_next(f, &e, &err), E_NOTFOUND);
    assert_true(fixture_progress(f) >= 0 && fixture_progress(f) <= 1);
    fixture_close(f);
}

static void
what_is_written_reads_back(void **state)
{
    (void)state;
    write_all(create("plain.jsonl", NULL));
    read_all();
    write_all(create("zipped.jsonl.gz", NULL));
    read_all();
}

static void
an_answer_of_aws_reads_back(void **state)
{
    struct fixture_writer *w = create("aws.jsonl", NULL);
    cJSON *parameters = cJSON_Parse("{\"StateValue\":\"ALARM\"}");
    cJSON *answer = cJSON_Parse("{\"MetricAlarms\":[]}");
    struct fixture_record r = { .t_ms = 5,
                                .took_us = 90000,
                                .source = FIXTURE_AWS,
                                .service = "monitoring",
                                .operation = "DescribeAlarms",
                                .parameters = parameters,
                                .answer = answer,
                                .status = 200 };
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(fixture_write(w, &r, &err), OK);
    assert_int_equal(fixture_writer_close(w, &err), OK);
    assert_int_equal(fixture_open(&f, path, &err), OK);
    assert_int_equal(fixture_next(f, &e, &err), OK);
    assert_string_equal(e.operation, "DescribeAlarms");
    assert_true(cJSON_Compare(e.parameters, parameters, true));
    assert_true(cJSON_Compare(e.answer, answer, true));
    assert_int_equal(e.status, 200);
    fixture_event_fini(&e);
    fixture_close(f);
    cJSON_Delete(parameters);
    cJSON_Delete(answer);
}

static void
what_is_written_can_be_redacted(void **state)
{
    static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
    struct pii_rules *rules = pii_rules_default();
    struct redactor *redactor = redactor_new(rules, key);
    struct fixture_writer *w = create("redacted.jsonl", redactor);
    struct fixture_record r = { .took_us = -1,
                                .source = FIXTURE_EMF_TCP,
                                .line = "{\"who\":\"ada@corp.io\"}",
                                .line_length = 21 };
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(fixture_write(w, &r, &err), OK);
    assert_int_equal(fixture_writer_close(w, &err), OK);
    assert_int_equal(fixture_open(&f, path, &err), OK);
    assert_string_equal(fixture_redaction(f), redactor_key_id(redactor));
    assert_int_equal(fixture_next(f, &e, &err), OK);
    assert_null(strstr(e.line, "ada@"));
    assert_non_null(strstr(e.line, ".example\"}"));
    fixture_event_fini(&e);
    fixture_close(f);
    redactor_free(redactor);
    pii_rules_free(rules);
}

static void
what_is_there_is_not_written_over(void **state)
{
    struct fixture_writer *w;
    struct err err = { 0 };

    (void)state;
    write_all(create("again.jsonl", NULL));
    assert_int_equal(fixture_writer_open(&w, path, START_MS, NULL, &err), E_EXISTS);
    assert_int_equal(fixture_writer_open(&w, "/nowhere/at/all", START_MS, NULL, &err), E_IO);
}

/* A line of more than the limit is passed over, and the next one is read; the reader's memory is
 * that of a line. */
static void
a_line_that_is_too_long_is_passed_over(void **state)
{
    static char filler[1 << 16];
    struct fixture_event e;
    struct fixture *f;
    struct err err = { 0 };
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/long.jsonl", directory);
    file = fopen(path, "w");
    assert_non_null(file);
    memset(filler, 'x', sizeof filler);
    fputs("{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\"}\n", file);
    fputs("{\"t\":1,\"source\":\"emf-tcp\",\"line\":\"", file);
    for (size_t n = 0; n < FIXTURE_LINE_MAX + (1 << 20); n += sizeof filler)
        fwrite(filler, 1, sizeof filler, file);
    fputs("\"}\n{\"t\":2,\"source\":\"emf-tcp\",\"line\":\"b\"}\n", file);
    fclose(file);
    assert_int_equal(fixture_open(&f, path, &err), OK);
    assert_int_equal(fixture_next(f, &e, &err), E_INVALID);
    assert_non_null(strstr(err.text, "line 2 is longer than 32 MiB"));
    assert_int_equal(fixture_next(f, &e, &err), OK);
    assert_int_equal(e.t_ms, 2);
    assert_int_equal(e.line_number, 3);
    fixture_event_fini(&e);
    assert_int_equal(fixture_next(f, &e, &err), E_NOTFOUND);
    fixture_close(f);
}

static void
expectations_and_settings_come_again(void **state)
{
    static const char text[] =
        "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\",\"settings\":{"
        "\"umami-dialect\":\"v3\"}}\n"
        "{\"t\":0,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/a\",\"headers\":{"
        "\"authorization\":\"Bearer {{token}}\",\"x\":\"y\"}},\"expect\":{\"headers\":{\"vary\":{"
        "\"$absent\":true}},\"text\":{\"$match\":\"a\"},\"more\":1},\"keep\":{\"id\":\"/id\"}}\n";
    struct arena *arena = arena_new();
    struct fixture_record record;
    struct fixture_writer *w;
    struct fixture_event event;
    struct fixture *f;
    struct err err = { 0 };
    char got[sizeof text + 100] = "";
    FILE *file;

    (void)state;
    assert_int_equal(fixture_writer_close(create("in", NULL), &err), OK); /* names the path */
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(fixture_open(&f, path, &err), OK);
    assert_int_equal(fixture_next(f, &event, &err), OK);
    assert_true(fixture_event_expects(&event));
    fixture_record_of(&record, arena, &event);
    unlink(path);
    assert_int_equal(fixture_writer_open_with(&w, path, START_MS, fixture_settings(f), NULL, &err),
                     OK);
    assert_int_equal(fixture_write(w, &record, &err), OK);
    assert_int_equal(fixture_writer_close(w, &err), OK);
    fixture_event_fini(&event);
    fixture_close(f);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof got - 1, file), sizeof text - 1);
    fclose(file);
    assert_string_equal(got, text);
    unlink(path);
    arena_free(arena);
}

/* As on a disk that is full. */
static void
limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static uint64_t
count_events(void)
{
    struct fixture_event event;
    struct fixture *f;
    uint64_t count = 0;

    assert_int_equal(fixture_open(&f, path, NULL), OK);
    for (; fixture_next(f, &event, NULL) == OK; count++)
        fixture_event_fini(&event);
    fixture_close(f);
    return count;
}

#define FULL_EVENTS 300

/* Nothing ends within a line, and what is lost is counted; when there is room again, it goes on. */
static void
a_full_disk_holds_whole_lines(void **state)
{
    char line[1000];
    struct fixture_record r = {
        .took_us = -1, .source = FIXTURE_EMF_TCP, .line = line, .line_length = sizeof line
    };
    struct fixture_writer *w = create("full.jsonl", NULL);
    struct err err = { 0 };
    uint64_t failed = 0, lost;

    (void)state;
    memset(line, 'x', sizeof line);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(100500);
    for (unsigned i = 0; i < FULL_EVENTS; i++)
        failed += fixture_write(w, &r, &err) == E_IO;
    assert_int_equal(fixture_writer_flush(w, &err), E_IO);
    assert_non_null(strstr(err.text, "cannot be written"));
    limit_files(RLIM_INFINITY);
    assert_true(failed > 0);
    lost = fixture_writer_lost(w);
    assert_int_equal(count_events(), FULL_EVENTS - lost);
    assert_in_range(FULL_EVENTS - lost, 90, 100); /* all that there was room for */
    assert_int_equal(fixture_write(w, &r, &err), OK);
    assert_int_equal(fixture_writer_close_counting(w, &failed, &err), OK);
    assert_int_equal(failed, lost);
    assert_int_equal(count_events(), FULL_EVENTS - lost + 1);
}

/* A compressed file may end within a line, and no event that is said to be in it is missing. */
static void
a_full_disk_is_counted_when_compressed(void **state)
{
    char line[1000];
    struct fixture_record r = {
        .took_us = -1, .source = FIXTURE_EMF_TCP, .line = line, .line_length = sizeof line
    };
    struct fixture_writer *w = create("full.jsonl.gz", NULL);
    struct err err = { 0 };
    uint64_t lost = 0, said, noise = 1;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    limit_files(100500);
    for (unsigned i = 0; i < FULL_EVENTS; i++) {
        for (size_t k = 0; k < sizeof line; k++) {
            noise = noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            line[k] = (char)(' ' + (noise >> 58));
        }
        (void)!fixture_write(w, &r, &err);
        if (i % 40 == 0)
            (void)!fixture_writer_flush(w, &err);
    }
    assert_int_equal(fixture_writer_close_counting(w, &lost, &err), E_IO);
    limit_files(RLIM_INFINITY);
    said = FULL_EVENTS - lost;
    assert_in_range(said, 40, FULL_EVENTS - 1);
    assert_in_range(count_events(), said, FULL_EVENTS - 1);
}

static void
a_file_that_is_gone_is_told(void **state)
{
    struct fixture_writer *w = create("gone.jsonl", NULL);
    struct err err = { 0 };

    (void)state;
    unlink(path);
    assert_int_equal(fixture_writer_close(w, &err), E_IO);
    assert_non_null(strstr(err.text, "was removed or replaced"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectations_and_settings_come_again),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(an_answer_of_aws_reads_back),
        cmocka_unit_test(what_is_written_can_be_redacted),
        cmocka_unit_test(what_is_there_is_not_written_over),
        cmocka_unit_test(a_line_that_is_too_long_is_passed_over),
        cmocka_unit_test(a_full_disk_holds_whole_lines),
        cmocka_unit_test(a_full_disk_is_counted_when_compressed),
        cmocka_unit_test(a_file_that_is_gone_is_told),
    };
    static const char *const names[] = { "plain.jsonl", "zipped.jsonl.gz", "aws.jsonl",
                                         "again.jsonl", "long.jsonl",      "redacted.jsonl",
                                         "full.jsonl",  "full.jsonl.gz" };
    int failed;

    if (mkdtemp(directory) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
    return failed;
}
