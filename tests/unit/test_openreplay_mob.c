/* test_openreplay_mob.c - the files of a bucket hold what real ones do, and read as the bodies did.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/openreplay_mob.h"
#include "openreplay_captures.h"

#define FILE_MAX ((size_t)16 << 20)

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

/* When and in which tab, then its bytes: a message with all that holds for it. */
static void
print_message_of(struct buf *b, const struct openreplay_reader *reader,
                 const struct openreplay_message *message)
{
    buf_addf(b, "%lld %.*s %llu ", (long long)reader->now_ms, (int)reader->tab.length,
             reader->tab.at, (unsigned long long)reader->page_no);
    buf_add(b, (const char *)reader->body + message->offset, message->length);
    buf_addc(b, '\n');
}

static bool
is_state(const struct openreplay_message *message)
{
    return message->id == OPENREPLAY_TIMESTAMP || message->id == OPENREPLAY_TAB_DATA ||
           message->id == OPENREPLAY_BATCH_METADATA;
}

static int64_t
start_of(const struct capture *capture)
{
    struct openreplay_message message;
    struct openreplay_reader reader;

    openreplay_reader_init(&reader, capture->bodies[0].bytes, capture->bodies[0].length);
    assert_true(openreplay_reader_next(&reader, &message));
    return reader.now_ms;
}

/* What a file should have, straight from the bodies. */
static void
expect(struct buf *b, const struct capture *capture, enum openreplay_file file, int64_t start_ms)
{
    struct openreplay_message message;
    struct openreplay_reader reader;

    buf_init(b, FILE_MAX);
    for (size_t i = 0; i < capture->body_count; i++) {
        openreplay_reader_init(&reader, capture->bodies[i].bytes, capture->bodies[i].length);
        while (openreplay_reader_next(&reader, &message)) {
            bool is_late = reader.now_ms >= start_ms + OPENREPLAY_DOM_START_MS;
            bool is_dom = message.layout->stream == OPENREPLAY_PLAYER ||
                          message.layout->stream == OPENREPLAY_ASSETS;

            if (is_state(&message))
                continue;
            if (file == OPENREPLAY_FULL ||
                (file == OPENREPLAY_DEVTOOLS_FILE &&
                 message.layout->stream == OPENREPLAY_DEVTOOLS) ||
                (file == OPENREPLAY_DOM_START && is_dom && !is_late) ||
                (file == OPENREPLAY_DOM_REST && is_dom && is_late))
                print_message_of(b, &reader, &message);
        }
    }
}

static void
write_file(struct buf *b, const struct capture *capture, enum openreplay_file file,
           int64_t start_ms)
{
    buf_init(b, FILE_MAX);
    openreplay_mob_begin(b);
    for (size_t i = 0; i < capture->body_count; i++)
        openreplay_mob_add(b, file, start_ms, capture->bodies[i].bytes, capture->bodies[i].length);
    assert_false(buf_failed(b));
}

static void
read_file(struct buf *b, const struct buf *file)
{
    struct openreplay_message message;
    struct openreplay_reader reader;

    buf_init(b, FILE_MAX);
    openreplay_reader_init_file(&reader, file->data, file->len);
    assert_int_equal(reader.layout, OPENREPLAY_SIZED);
    while (openreplay_reader_next(&reader, &message))
        if (!is_state(&message))
            print_message_of(b, &reader, &message);
    assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
}

/* `late_ms`: how long before its first message the session is said to have begun. */
static void
files_say_what_bodies_do(const struct capture *capture, int64_t late_ms)
{
    int64_t start_ms = start_of(capture) - late_ms;

    for (enum openreplay_file file = 0; file < OPENREPLAY_FILES; file++) {
        struct buf expected, written, read;

        expect(&expected, capture, file, start_ms);
        write_file(&written, capture, file, start_ms);
        read_file(&read, &written);
        assert_int_equal(read.len, expected.len);
        assert_memory_equal(read.data, expected.data, read.len);
        assert_true(written.len == 8 ? expected.len == 0 : expected.len > 0);
        buf_fini(&expected);
        buf_fini(&written);
        buf_fini(&read);
    }
}

static void
each_file_has_its_messages(void **state)
{
    (void)state;
    for (size_t c = 0; c < captures.count; c++)
        files_say_what_bodies_do(&captures.list[c], 0);
}

static void
the_first_fifteen_seconds_end_in_the_middle_of_a_body(void **state)
{
    (void)state;
    for (size_t c = 0; c < captures.count; c++)
        files_say_what_bodies_do(&captures.list[c], 12000);
}

/* Real files have none of these (the database has them). */
static void
what_real_files_lack_is_not_in_ours(void **state)
{
    static const uint64_t lacking[] = { 17, 23, 24, 27,  28,  29,  30, 42,
                                        63, 64, 78, 112, 115, 124, 125 };
    const struct capture *capture = captures_find(&captures, "v14-alltypes");

    (void)state;
    for (enum openreplay_file file = 0; file < OPENREPLAY_FULL; file++) {
        struct openreplay_message message;
        struct openreplay_reader reader;
        struct buf written;

        write_file(&written, capture, file, start_of(capture));
        openreplay_reader_init_file(&reader, written.data, written.len);
        while (openreplay_reader_next(&reader, &message))
            for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++)
                assert_true(message.id != lacking[i]);
        buf_fini(&written);
    }
}

static void
files_may_be_joined_with_their_headers(void **state)
{
    const struct capture *capture = captures_find(&captures, "v19-rules-p1");
    int64_t start_ms = start_of(capture) - 12000;
    struct buf first, second, a, b, joined;

    (void)state;
    write_file(&first, capture, OPENREPLAY_DOM_START, start_ms);
    write_file(&second, capture, OPENREPLAY_DOM_REST, start_ms);
    read_file(&a, &first);
    read_file(&b, &second);
    buf_add(&a, b.data, b.len);
    buf_add(&first, second.data, second.len);
    read_file(&joined, &first);
    assert_int_equal(joined.len, a.len);
    assert_memory_equal(joined.data, a.data, a.len);
    buf_fini(&joined);
    buf_fini(&first);
    buf_fini(&second);
    buf_fini(&a);
    buf_fini(&b);
}

/* A body that breaks off must not spoil the ones behind it. */
static void
what_is_before_a_fault_is_kept(void **state)
{
    static const char header[] = "\x51\x01\x00\x00\x14\x00", broken[] = "\x0b\x01\x00\x00\x07\x0b";
    static const char headless[] = "\x0b\x01\x00\x00\x08";
    struct openreplay_message message;
    struct openreplay_reader reader;
    struct buf body, file;

    (void)state;
    buf_init(&body, 100);
    buf_add(&body, header, 6);
    buf_add(&body, broken, 6);
    for (enum openreplay_file kind = 0; kind < OPENREPLAY_FILES; kind++) {
        uint64_t nodes = 0;

        buf_init(&file, 1000);
        openreplay_mob_begin(&file);
        openreplay_mob_add(&file, kind, 0, body.data, body.len);
        openreplay_mob_add(&file, kind, 0, headless, 5);
        openreplay_mob_add(&file, kind, 0, body.data, body.len - 1);
        openreplay_reader_init_file(&reader, file.data, file.len);
        while (openreplay_reader_next(&reader, &message))
            if (message.id == OPENREPLAY_REMOVE_NODE)
                nodes = nodes * 10 + message.values[0].u;
        assert_int_equal(reader.fault.kind, OPENREPLAY_NO_FAULT);
        assert_int_equal(nodes, kind == OPENREPLAY_DOM_START || kind == OPENREPLAY_FULL ? 787 : 0);
        buf_fini(&file);
    }
    buf_fini(&body);
}

static void
files_have_the_names_of_the_bucket(void **state)
{
    (void)state;
    assert_string_equal(openreplay_file_name(OPENREPLAY_DOM_START), "dom.mobs");
    assert_string_equal(openreplay_file_name(OPENREPLAY_DOM_REST), "dom.mobe");
    assert_string_equal(openreplay_file_name(OPENREPLAY_DEVTOOLS_FILE), "devtools.mob");
    assert_string_equal(openreplay_file_name(OPENREPLAY_FULL), "obsview.full");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_has_its_messages),
        cmocka_unit_test(the_first_fifteen_seconds_end_in_the_middle_of_a_body),
        cmocka_unit_test(what_real_files_lack_is_not_in_ours),
        cmocka_unit_test(files_may_be_joined_with_their_headers),
        cmocka_unit_test(what_is_before_a_fault_is_kept),
        cmocka_unit_test(files_have_the_names_of_the_bucket),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
