/* test_redact_cbor.c - CBOR without the people in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "fixture/redact_cbor.h"
#include "wire/cbor.h"

static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
static struct pii_rules *rules;
static struct redactor *redactor;

static int
set_up(void **state)
{
    (void)state;
    rules = pii_rules_default();
    redactor = redactor_new(rules, key);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    redactor_free(redactor);
    pii_rules_free(rules);
    return 0;
}

static void
count_found(void *arg, const char *kind, size_t offset)
{
    (void)offset;
    assert_string_equal(kind, "email");
    ++*(unsigned *)arg;
}

/* {"user": "ada@corp.io", "at": time 1.5} */
static const char with_person[] = "\xa2\x64user\x6b"
                                  "ada@corp.io\x62"
                                  "at\xc1\xfb\x3f\xf8\0\0\0\0\0\0";

static void
test_a_person_goes_and_a_time_stays(void **state)
{
    unsigned found = 0;
    struct buf out;
    cJSON *value;

    (void)state;
    buf_init(&out, 4096);
    assert_true(
        redact_cbor_search(redactor, with_person, sizeof with_person - 1, count_found, &found));
    assert_int_equal(found, 1);
    assert_true(redact_cbor(redactor, &out, with_person, sizeof with_person - 1));
    assert_int_equal(cbor_parse(&value, out.data, out.len, NULL), OK);
    assert_non_null(strstr(json_get_string(value, "user", ""), ".example"));
    assert_true((json_get(value, "at")->type & JSON_TIME) != 0);
    assert_true(json_get_number(value, "at", 0) == 1.5);
    cJSON_Delete(value);
    assert_true(redact_cbor_search(redactor, out.data, out.len, count_found, &found));
    assert_int_equal(found, 1);
    buf_fini(&out);
}

/* An indefinite map and a float that a printer would write shorter. */
static void
test_what_holds_nobody_keeps_its_bytes(void **state)
{
    static const char body[] = "\xbf\x61n\xfb\x40\x14\0\0\0\0\0\0\xff";
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    assert_true(redact_cbor(redactor, &out, body, sizeof body - 1));
    assert_int_equal(out.len, sizeof body - 1);
    assert_memory_equal(out.data, body, out.len);
    buf_fini(&out);
}

/* Bytes in a string of bytes, a piece of a map, and something behind the value. */
static void
test_what_cannot_be_read_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } bodies[] = { { "\xa1\x61x\x43xyz", 7 }, { "\xa2\x61x\x61y", 5 }, { "\x61xx", 3 }, { "", 0 } };
    unsigned found = 0;
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_false(redact_cbor(redactor, &out, bodies[i].bytes, bodies[i].length));
        assert_false(
            redact_cbor_search(redactor, bodies[i].bytes, bodies[i].length, count_found, &found));
    }
    assert_int_equal(out.len + found, 0);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_person_goes_and_a_time_stays),
        cmocka_unit_test(test_what_holds_nobody_keeps_its_bytes),
        cmocka_unit_test(test_what_cannot_be_read_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
