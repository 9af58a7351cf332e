/* test_recording_file.c - keys of the bucket, and the lines of obsview.full.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/recording_file.h"

static void
keys_name_a_session_and_a_file(void **state)
{
    static const char *const strangers[] = {
        "",
        "7",
        "7/",
        "7/dom.mob",
        "7/dom.mobs/",
        "7//dom.mobs",
        "/dom.mobs",
        "07/dom.mobs",
        "-7/dom.mobs",
        "7a/dom.mobs",
        "0/dom.mobs",
        " 7/dom.mobs",
        "7e/x",
        "18446744073709551616/dom.mobs",
        "000000000000000000000007/dom.mobs",
    };
    const uint64_t numbers[] = { 1, 7, 4131413124614144, UINT64_MAX };
    uint64_t session = 0;
    enum recording_file file = RECORDING_FILES;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (int f = 0; f < RECORDING_FILES; f++) {
            char key[RECORDING_KEY_TEXT];

            recording_key(key, numbers[i], (enum recording_file)f);
            assert_true(recording_key_read(&session, &file, key));
            assert_true(session == numbers[i]);
            assert_int_equal(file, f);
        }
    }
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        if (recording_key_read(&session, &file, strangers[i]))
            fail_msg("\"%s\" was taken", strangers[i]);
    }
    for (int f = 1; f < RECORDING_FILES; f++) /* a listing relies on it */
        assert_true(strcmp(recording_file_name((enum recording_file)(f - 1)),
                           recording_file_name((enum recording_file)f)) < 0);
}

static void
a_head_is_read_back_and_always_fits(void **state)
{
    char agent[5000], bytes[RECORDING_HEAD_BYTES];
    struct recording_head in = { .session = UINT64_MAX,
                                 .start_ms = 1795888800000,
                                 .user_uuid = "2f1c",
                                 .tracker_version = "19.0.1",
                                 .user_agent = "Mozilla \"5.0\"\n\x01",
                                 .referrer = "https://b\xc3\xbc.example/",
                                 .width = 1280,
                                 .height = 720 },
                          out;
    struct arena *arena = arena_new();

    (void)state;
    recording_head_write(bytes, &in);
    assert_int_equal(recording_head_read(&out, arena, bytes, NULL), OK);
    assert_true(out.session == UINT64_MAX);
    assert_int_equal(out.start_ms, in.start_ms);
    assert_string_equal(out.user_agent, in.user_agent);
    assert_string_equal(out.referrer, in.referrer);
    assert_string_equal(out.user_id, "");
    assert_int_equal(out.width, 1280);

    memset(agent, '\x01', sizeof agent - 1); /* six bytes each in JSON */
    agent[sizeof agent - 1] = '\0';
    in = (struct recording_head){ 1, 1, agent, agent, agent, agent, agent, agent, agent, 1, 1 };
    recording_head_write(bytes, &in);
    assert_int_equal(bytes[RECORDING_HEAD_BYTES - 1], '\n');
    assert_int_equal(recording_head_read(&out, arena, bytes, NULL), OK);
    assert_int_equal(out.session, 1);
    assert_true(strlen(out.user_agent) > 100);
    arena_free(arena);
}

static void
a_line_is_read_back_and_always_fits(void **state)
{
    const struct recording_line cases[] = {
        { 1, 1795888800123, 0, 0, 0, 0 },
        { 9007199254740991, 253402300799999, 4, RECORDING_BODY_MAX, 5, RECORDING_BODY_MAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[RECORDING_LINE_BYTES];
        struct recording_line out;

        recording_line_write(bytes, &cases[i]);
        assert_int_equal(bytes[RECORDING_LINE_BYTES - 1], '\n');
        assert_int_equal(recording_line_read(&out, bytes, NULL), OK);
        assert_int_equal(out.number, cases[i].number);
        assert_int_equal(out.received_ms, cases[i].received_ms);
        assert_int_equal(out.stream, cases[i].stream);
        assert_int_equal(out.length, cases[i].length);
        assert_int_equal(out.fault, cases[i].fault);
        assert_int_equal(out.fault_at, cases[i].fault_at);
    }
}

static void
broken_lines_are_refused(void **state)
{
    static const char *const texts[] = { "",
                                         "[]",
                                         "{}",
                                         "{\"length\":-1}",
                                         "{\"length\":16777217}",
                                         "{\"length\":\"7\"}",
                                         "{\"length\":7" };
    struct recording_line line;
    struct recording_head head;
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char bytes[RECORDING_HEAD_BYTES];
        struct err err = { 0 };

        memset(bytes, ' ', sizeof bytes);
        memcpy(bytes, texts[i], strlen(texts[i]));
        bytes[RECORDING_LINE_BYTES - 1] = bytes[RECORDING_HEAD_BYTES - 1] = '\n';
        assert_int_equal(recording_line_read(&line, bytes, &err), E_INVALID);
        assert_true(err.text[0] != '\0');
        assert_int_equal(recording_head_read(&head, arena, bytes, &err), E_INVALID);
    }
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_name_a_session_and_a_file),
        cmocka_unit_test(a_head_is_read_back_and_always_fits),
        cmocka_unit_test(a_line_is_read_back_and_always_fits),
        cmocka_unit_test(broken_lines_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
