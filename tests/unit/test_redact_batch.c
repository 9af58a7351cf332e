/* test_redact_batch.c - what trackers sent, written anew without the people in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/openreplay_batch.h"
#include "fixture/redact_batch.h"

#include "openreplay_captures.h"

static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
static struct pii_rules *rules;
static struct redactor *redactor;
static struct captures captures;

static int
set_up(void **state)
{
    (void)state;
    rules = pii_rules_default();
    redactor = redactor_new(rules, key);
    captures_load(&captures);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    captures_free(&captures);
    redactor_free(redactor);
    pii_rules_free(rules);
    return 0;
}

static void
count_found(void *arg, const char *kind, size_t offset)
{
    (void)kind;
    (void)offset;
    ++*(unsigned *)arg;
}

static unsigned
left_in(const char *body, size_t length)
{
    unsigned found = 0;

    assert_true(redact_batch_search(redactor, body, length, count_found, &found));
    return found;
}

/* The same messages, and but for texts the same values. */
static void
assert_same_but_texts(const void *before, size_t length, const struct buf *after)
{
    struct openreplay_reader a, b;
    struct openreplay_message x, y;

    openreplay_reader_init(&a, before, length);
    openreplay_reader_init(&b, after->data, after->len);
    while (openreplay_reader_next(&a, &x)) {
        assert_true(openreplay_reader_next(&b, &y));
        assert_int_equal(x.id, y.id);
        for (unsigned i = 0; x.layout != NULL && i < x.layout->field_count; i++) {
            if (x.layout->fields[i].type != OPENREPLAY_TEXT)
                assert_memory_equal(&x.values[i], &y.values[i],
                                    x.layout->fields[i].type == OPENREPLAY_BOOL ? 1 : 8);
        }
    }
    assert_false(openreplay_reader_next(&b, &y));
    assert_int_equal(b.fault.kind, OPENREPLAY_NO_FAULT);
}

static void
captures_are_clean_afterwards(void **state)
{
    unsigned dirty = 0, clean = 0;

    (void)state;
    for (size_t i = 0; i < captures.count; i++) {
        for (size_t k = 0; k < captures.list[i].body_count; k++) {
            const struct capture_body *body = &captures.list[i].bodies[k];
            struct buf once, twice;
            unsigned found = left_in((const char *)body->bytes, body->length);

            buf_init(&once, FIXTURE_LINE_MAX);
            buf_init(&twice, FIXTURE_LINE_MAX);
            assert_true(redact_batch(redactor, &once, (const char *)body->bytes, body->length));
            assert_int_equal(left_in(once.data, once.len), 0);
            assert_same_but_texts(body->bytes, body->length, &once);
            assert_true(redact_batch(redactor, &twice, once.data, once.len));
            assert_int_equal(twice.len, once.len);
            assert_memory_equal(twice.data, once.data, once.len);
            if (found == 0) { /* then it is as it was */
                assert_int_equal(once.len, body->length);
                assert_memory_equal(once.data, body->bytes, body->length);
            }
            dirty += found > 0;
            clean += found == 0;
            buf_fini(&once);
            buf_fini(&twice);
        }
    }
    assert_true(dirty > 0 && clean > 0);
}

static void
what_cannot_be_read_is_left_out(void **state)
{
    const struct capture_body *body = &captures.list[0].bodies[0];
    struct buf out;

    (void)state;
    buf_init(&out, FIXTURE_LINE_MAX);
    assert_false(redact_batch(redactor, &out, "", 0));
    assert_false(redact_batch(redactor, &out, "\x01\x02\x03", 3));
    for (size_t length = 1; length < body->length && length < 2000; length += 7) {
        struct openreplay_reader reader;
        struct openreplay_message message;

        openreplay_reader_init(&reader, body->bytes, length);
        while (openreplay_reader_next(&reader, &message))
            continue;
        buf_clear(&out);
        assert_int_equal(redact_batch(redactor, &out, (const char *)body->bytes, length),
                         reader.fault.kind == OPENREPLAY_NO_FAULT);
    }
    buf_fini(&out);
}

static void
an_unknown_message_stays_when_it_is_clean(void **state)
{
    /* BatchMetadata of version 1, then a message of id 126 */
    static const char head[] = "\x51\x01\x00\x00\x00\x00";
    static const struct {
        const char *rest;
        size_t length;
        bool is_kept;
    } cases[] = { { "\x7e\x03\x00\x00"
                    "abc",
                    7, true },
                  { "\x7e\x0b\x00\x00"
                    "ada@corp.io",
                    15, false } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char body[64];
        struct buf out;

        memcpy(body, head, 6);
        memcpy(body + 6, cases[i].rest, cases[i].length);
        buf_init(&out, FIXTURE_LINE_MAX);
        assert_int_equal(redact_batch(redactor, &out, body, 6 + cases[i].length), cases[i].is_kept);
        buf_fini(&out);
    }
}

static void
paths_are_told_by_their_end(void **state)
{
    (void)state;
    assert_true(redact_batch_is_one("/ingest/v1/web/i"));
    assert_true(redact_batch_is_one("/v1/web/i?batch=1"));
    assert_false(redact_batch_is_one("/ingest/v1/web/images"));
    assert_false(redact_batch_is_one("/i"));
    assert_false(redact_batch_is_one("/x?y=/v1/web/i"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_are_clean_afterwards),
        cmocka_unit_test(what_cannot_be_read_is_left_out),
        cmocka_unit_test(an_unknown_message_stays_when_it_is_clean),
        cmocka_unit_test(paths_are_told_by_their_end),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
