/* test_expect.c - answers held against what a fixture expects.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "fixture/expect.h"
#include "fixture/match.h"

static void
each_answer(void **state)
{
    static const struct {
        unsigned want_status;
        const char *want;
        unsigned status;
        const char *body, *why; /* NULL: it is as expected */
    } cases[] = {
        { 0, NULL, 500, "x", NULL },
        { 200, NULL, 200, "x", NULL },
        { 200, NULL, 400, "no", "expected status 200, came 400: no" },
        { 0, "{\"a\":1}", 200, "{\"b\":2,\"a\":1}", NULL },
        { 0, "{\"a\":1}", 200, "{\"a\":2}", "/a: expected 1, came 2" },
        { 0, "{\"a\":1}", 200, "{\"a\":\"1\"}", "/a: expected 1, came \"1\"" },
        { 0, "{\"a\":{\"b\":[1,{\"c\":2}]}}", 200, "{\"a\":{\"b\":[1,{\"c\":2,\"d\":3},4]}}",
          NULL },
        { 0, "{\"a\":{\"b\":[1,{\"c\":2}]}}", 200, "{\"a\":{\"b\":[1,{\"c\":3}]}}",
          "/a/b/1/c: expected 2, came 3" },
        { 0, "[1,2]", 200, "[1]", "/1: expected 2, came nothing" },
        { 0, "{\"a\":null}", 200, "{}", "/a: expected null, came nothing" },
        { 0, "{\"a\":null}", 200, "{\"a\":null}", NULL },
        { 0, "{\"a\":true}", 200, "{\"a\":false}", "/a: expected true, came false" },
        { 0, "{}", 200, "[]", "/: expected {}, came []" },
        { 0, "{}", 200, "oh", "/: expected {}, came no JSON: oh" },
        { 200, "{\"a\":1}", 201, "{\"a\":1}", "expected status 200, came 201: {\"a\":1}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture_event event = { .expect_status = cases[i].want_status };
        struct fixture_facts facts = { 0 };
        cJSON *want = NULL;
        struct buf why;

        if (cases[i].want != NULL)
            assert_int_equal(json_parse(&want, cases[i].want, strlen(cases[i].want), NULL), OK);
        event.expect_body = want;
        buf_init(&why, 8192);
        assert_int_equal(
            fixture_is_expected(&event,
                                &(struct fixture_answer){ .status = cases[i].status,
                                                          .body = cases[i].body,
                                                          .length = strlen(cases[i].body) },
                                &facts, &why),
            cases[i].why == NULL);
        assert_string_equal(why.data, cases[i].why == NULL ? "" : cases[i].why);
        buf_fini(&why);
        cJSON_Delete(want);
    }
}

static const struct {
    const char *want, *got, *why; /* got NULL: nothing came; why NULL: it holds */
    size_t held, failed;
} matches[] = {
    { "{\"a\":{\"$any\":true}}", "{\"a\":null}", NULL, 1, 0 },
    { "{\"a\":{\"$any\":true}}", "{}", "/a: expected {\"$any\":true}, came nothing", 0, 1 },
    { "{\"a\":{\"$absent\":true}}", "{}", NULL, 1, 0 },
    { "{\"a\":{\"$absent\":true}}", "{\"a\":1}", "/a: expected {\"$absent\":true}, came 1", 0, 1 },
    { "{\"$type\":\"string\"}", "\"x\"", NULL, 1, 0 },
    { "{\"$type\":\"string\"}", "1", "/: expected {\"$type\":\"string\"}, came 1", 0, 1 },
    { "{\"$type\":\"number\"}", "1.5", NULL, 1, 0 },
    { "{\"$type\":\"integer\"}", "-3", NULL, 1, 0 },
    { "{\"$type\":\"integer\"}", "1.5", "/: expected {\"$type\":\"integer\"}, came 1.5", 0, 1 },
    { "{\"$type\":\"boolean\"}", "false", NULL, 1, 0 },
    { "{\"$type\":\"null\"}", "null", NULL, 1, 0 },
    { "{\"$type\":\"null\"}", NULL, "/: expected {\"$type\":\"null\"}, came nothing", 0, 1 },
    { "{\"$type\":\"array\"}", "[1]", NULL, 1, 0 },
    { "{\"$type\":\"object\"}", "{}", NULL, 1, 0 },
    { "{\"$type\":\"uuid\"}", "\"0d2c6c2e-8a52-4d1c-9A53-0a1f5d0c3b11\"", NULL, 1, 0 },
    { "{\"$type\":\"uuid\"}", "\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b1\"",
      "/: expected {\"$type\":\"uuid\"}, came \"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b1\"", 0, 1 },
    { "{\"$type\":\"uuid\"}", "\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b1x\"",
      "/: expected {\"$type\":\"uuid\"}, came \"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b1x\"", 0, 1 },
    { "{\"$type\":\"time\"}", "\"2026-11-24T10:00:00.000Z\"", NULL, 1, 0 },
    { "{\"$type\":\"time\"}", "\"noon\"", "/: expected {\"$type\":\"time\"}, came \"noon\"", 0, 1 },
    { "{\"$match\":\"^a+$\"}", "\"aaa\"", NULL, 1, 0 },
    { "{\"$match\":\"b\"}", "\"abc\"", NULL, 1, 0 },
    { "{\"$match\":\"^a$\"}", "\"b\"", "/: expected {\"$match\":\"^a$\"}, came \"b\"", 0, 1 },
    { "{\"$match\":\"1\"}", "1", "/: expected {\"$match\":\"1\"}, came 1", 0, 1 },
    { "{\"$match\":\"^(a+)+$\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"",
      "^(a+)+$ took too many steps", 0, 1 },
    { "{\"$length\":2}", "[1,2]", NULL, 1, 0 },
    { "{\"$length\":2}", "\"\xc3\xa4\xc3\xb6\"", NULL, 1, 0 },
    { "{\"$length\":1}", "{\"a\":1}", NULL, 1, 0 },
    { "{\"$length\":0}", "1", "/: expected {\"$length\":0}, came 1", 0, 1 },
    { "{\"$length\":{\"$min\":2}}", "[1]", "/: expected {\"$length\":{\"$min\":2}}, came [1]", 0,
      1 },
    { "{\"$length\":{\"$min\":2}}", "[1,2,3]", NULL, 1, 0 },
    { "{\"$min\":2}", "2", NULL, 1, 0 },
    { "{\"$min\":2}", "\"3\"", "/: expected {\"$min\":2}, came \"3\"", 0, 1 },
    { "{\"$max\":2}", "2.5", "/: expected {\"$max\":2}, came 2.5", 0, 1 },
    { "{\"$exact\":{\"a\":[1]}}", "{\"a\":[1]}", NULL, 3, 0 },
    { "{\"$exact\":{\"a\":[1]}}", "{\"a\":[1,2],\"b/~\":3}",
      "/a/1: expected nothing, came 2; /b~1~0: expected nothing, came 3", 1, 2 },
    { "{\"$exact\":{\"a\":{\"$type\":\"uuid\"}}}",
      "{\"a\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}", NULL, 2, 0 },
    { "{\"$exact\":[]}", "[]", NULL, 1, 0 },
    { "{\"$exact\":{}}", "{\"a\":1}", "/a: expected nothing, came 1", 0, 1 },
    { "{\"a\":{\"$exact\":[]},\"b\":{}}", "{\"a\":[],\"b\":{\"c\":1},\"d\":1}", NULL, 2, 0 },
    { "{\"$has\":{\"n\":2}}", "[{\"n\":1},{\"n\":2,\"m\":3}]", NULL, 1, 0 },
    { "{\"$has\":3}", "[1,2]", "/: expected {\"$has\":3}, came [1,2]", 0, 1 },
    { "{\"$has\":{\"$exact\":{\"n\":2}}}", "[{\"n\":2,\"m\":3}]",
      "/: expected {\"$has\":{\"$exact\":{\"n\":2}}}, came [{\"n\":2,\"m\":3}]", 0, 1 },
    { "{\"$each\":{\"n\":{\"$min\":1}}}", "[{\"n\":1},{\"n\":0}]",
      "/1/n: expected {\"$min\":1}, came 0", 1, 1 },
    { "{\"$each\":1}", "[]", "/: expected {\"$each\":1}, came []", 0, 1 },
    { "{\"$all\":[{\"$min\":1},{\"$max\":3}]}", "2", NULL, 2, 0 },
    { "{\"$all\":[{\"$min\":1},{\"$max\":3}]}", "4", "/: expected {\"$max\":3}, came 4", 1, 1 },
    { "{\"$not\":{\"$match\":\"secret\"}}", "\"nothing\"", NULL, 1, 0 },
    { "{\"$not\":{\"$match\":\"secret\"}}", "\"a secret\"",
      "/: expected {\"$not\":{\"$match\":\"secret\"}}, came \"a secret\"", 0, 1 },
    /* a name that looks like a matcher's */
    { "{\"$$match\":\"x\"}", "{\"$match\":\"x\"}", NULL, 1, 0 },
    { "{\"$$match\":\"x\"}", "{\"$match\":\"y\"}", "/$match: expected \"x\", came \"y\"", 0, 1 },
    { "{\"$exact\":{\"$$ref\":1,\"$$id\":2}}", "{\"$ref\":1,\"$id\":2}", NULL, 3, 0 },
    { "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9}", "{\"i\":9}",
      "/a: expected 1, came nothing; /b: expected 2, came nothing; /c: expected 3, came nothing; "
      "/d: expected 4, came nothing; /e: expected 5, came nothing; /f: expected 6, came nothing; "
      "/g: expected 7, came nothing; /h: expected 8, came nothing",
      1, 8 },
};

static cJSON *
parse(const char *text)
{
    cJSON *value = NULL;

    if (text != NULL)
        assert_int_equal(json_parse(&value, text, strlen(text), NULL), OK);
    return value;
}

static void
each_matcher(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        cJSON *want = parse(matches[i].want), *got = parse(matches[i].got);
        struct matching m = { 0 };
        struct buf why;

        assert_int_equal(match_check(want, NULL, NULL), OK);
        buf_init(&why, 8192);
        m.why = &why;
        match_json(&m, "", want, got);
        assert_string_equal(why.data, matches[i].why == NULL ? "" : matches[i].why);
        if (m.held != matches[i].held || m.failed != matches[i].failed)
            fail_msg("%s: %zu held, %zu failed", matches[i].want, m.held, m.failed);
        buf_fini(&why);
        cJSON_Delete(want);
        cJSON_Delete(got);
    }
}

static void
more_than_can_be_told_is_counted(void **state)
{
    cJSON *want = cJSON_CreateArray(), *got = parse("[]");
    struct matching m = { 0 };
    struct buf why;

    (void)state;
    for (int i = 0; i < 1000; i++)
        cJSON_AddItemToArray(want, cJSON_CreateNumber(i));
    buf_init(&why, 8192);
    m.why = &why;
    match_json(&m, "", want, got);
    assert_int_equal(m.failed, 1000);
    assert_null(strstr(why.data, "/8:"));
    assert_non_null(strstr(why.data, "/7: expected 7, came nothing"));
    buf_fini(&why);
    cJSON_Delete(want);
    cJSON_Delete(got);
}

static void
a_wrong_matcher_is_named(void **state)
{
    static const struct {
        const char *want, *place, *error;
    } cases[] = {
        { "{\"a\":{\"$mtach\":\"x\"}}", "/a/$mtach",
          "/a: $mtach is no matcher; a member of that name is written $$mtach" },
        { "[1,{\"$match\":\"(\"}]", "/1/$match", "/1: $match takes a regular expression" },
        { "{\"$match\":1}", "/$match", ": $match takes a regular expression" },
        { "{\"$type\":\"text\"}", "/$type",
          ": $type takes string, number, integer, boolean, array, object, "
          "null, uuid or time" },
        { "{\"$any\":1}", "/$any", ": $any takes true" },
        { "{\"$length\":-1}", "/$length", ": $length takes a number, or a matcher of one" },
        { "{\"$min\":\"1\"}", "/$min", ": $min takes a number" },
        { "{\"$all\":{}}", "/$all", ": $all takes a list of what it must be" },
        { "{\"$exact\":{\"b\":{\"$nothing\":1}}}", "/$exact/b/$nothing",
          "/$exact/b: $nothing is no matcher; a member of that name is written $$nothing" },
        { "{\"a\":{\"$min\":1,\"$max\":5}}", "/a/$min",
          "/a: $min takes no other member beside it; several are {\"$all\":[...]}" },
        { "{\"$not\":{\"$ref\":1,\"b\":2}}", "/$not/$ref",
          "/$not: $ref is no matcher; a member of that name is written $$ref" },
        { "{\"$all\":[{\"$x\":1}]}", "/$all/0/$x",
          "/$all/0: $x is no matcher; a member of that name is written "
          "$$x" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *want = parse(cases[i].want);
        struct err err = { 0 };
        struct buf where;

        buf_init(&where, 256);
        assert_int_equal(match_check(want, &where, &err), E_INVALID);
        assert_string_equal(err.text, cases[i].error);
        assert_string_equal(where.data, cases[i].place);
        buf_fini(&where);
        cJSON_Delete(want);
    }
}

static const char *
header(const void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "retry-after") == 0 ? "2" : NULL;
}

static void
headers_and_text_are_values(void **state)
{
    static const struct {
        const char *expect, *why;
        size_t held;
    } cases[] = {
        { "{\"headers\":{\"retry-after\":\"2\"}}", NULL, 1 },
        { "{\"headers\":{\"retry-after\":{\"$match\":\"^[0-9]+$\"},\"x\":{\"$absent\":true}}}",
          NULL, 2 },
        { "{\"headers\":{\"retry-after\":\"3\"}}", "header retry-after: expected \"3\", came \"2\"",
          0 },
        { "{\"headers\":{\"x\":\"y\"}}", "header x: expected \"y\", came nothing", 0 },
        { "{\"text\":\"beep\"}", NULL, 1 },
        { "{\"text\":{\"$match\":\"^b\"}}", NULL, 1 },
        { "{\"text\":{\"$length\":5}}", "text: expected {\"$length\":5}, came \"beep\"", 0 },
        { "{\"text\":\"\"}", "text: expected \"\", came \"beep\"", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture_event event = { .expect = parse(cases[i].expect) };
        struct fixture_facts facts = { 0 };
        struct buf why;

        buf_init(&why, 8192);
        assert_int_equal(
            fixture_is_expected(&event,
                                &(struct fixture_answer){
                                    .status = 200, .body = "beep", .length = 4, .header = header },
                                &facts, &why),
            cases[i].why == NULL);
        assert_string_equal(why.data, cases[i].why == NULL ? "" : cases[i].why);
        assert_int_equal(facts.held, cases[i].held);
        buf_fini(&why);
        cJSON_Delete((cJSON *)(uintptr_t)event.expect);
    }
}

/* What another run answers otherwise has a matcher; what the request held, or is said in words, is
 * expected as it is. */
static void
answers_become_expectations(void **state)
{
    static const struct {
        const char *answer, *request, *expectation;
    } cases[] = {
        { "{\"success\":true,\"n\":1,\"x\":1.5}", "", "{\"success\":true,\"n\":1,\"x\":1.5}" },
        { "{\"id\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}", "",
          "{\"id\":{\"$type\":\"uuid\"}}" },
        { "{\"id\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}",
          "{\"i\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}",
          "{\"id\":\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\"}" },
        { "[\"2026-11-24T10:00:00.000Z\"]", "", "[{\"$type\":\"time\"}]" },
        { "[1795514400000,1795514400]", "at 1795514400,", "[{\"$type\":\"integer\"},1795514400]" },
        { "{\"s\":\"4101842887655102017\"}", "", "{\"s\":{\"$match\":\"^[0-9]+$\"}}" },
        { "{\"token\":\"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x\"}",
          "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x", "{\"token\":{\"$type\":\"string\"}}" },
        { "{\"m\":\"a sentence of 20 words and more\"}", "",
          "{\"m\":\"a sentence of 20 words and more\"}" },
        { "{\"$ref\":{\"$match\":\"x\"}}", "", "{\"$$ref\":{\"$$match\":\"x\"}}" },
        { "{\"a\":1,\"a\":2}", "", "{\"a\":1}" },
        { "ok", "", NULL },
        { "", "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *got = fixture_expectation_of(cases[i].answer, strlen(cases[i].answer),
                                            cases[i].request, strlen(cases[i].request));
        struct fixture_event event = { .expect_body = got };
        struct fixture_facts facts = { 0 };
        struct buf text;

        buf_init(&text, 8192);
        if (cases[i].expectation == NULL) {
            assert_null(got);
        } else {
            json_print(&text, got);
            assert_string_equal(text.data, cases[i].expectation);
            assert_true(fixture_is_expected(
                &event,
                &(struct fixture_answer){
                    .status = 200, .body = cases[i].answer, .length = strlen(cases[i].answer) },
                &facts, &text));
        }
        buf_fini(&text);
        cJSON_Delete(got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer),
        cmocka_unit_test(each_matcher),
        cmocka_unit_test(more_than_can_be_told_is_counted),
        cmocka_unit_test(a_wrong_matcher_is_named),
        cmocka_unit_test(headers_and_text_are_values),
        cmocka_unit_test(answers_become_expectations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
