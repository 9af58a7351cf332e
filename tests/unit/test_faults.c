/* test_faults.c - rules that are read, dice that fall the same way, and counts that end.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "emulator/faults.h"

static void
rules_are_read_and_told_as_they_were_given(void **state)
{
    static const char *const rules[] = {
        "/api/send=500", "POST /api/send=hang", "/api/*=slow:250@0.25", "OPTIONS /x=reset@0.0625",
        "/*=half",       "/a=b=garbage",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        char text[FAULT_TEXT];
        struct fault fault;
        struct err err = { 0 };

        if (fault_parse(&fault, rules[i], &err) != OK)
            fail_msg("%s: %s", rules[i], err.text);
        assert_true(fault.count == FAULT_FOREVER);
        fault_print(text, &fault);
        assert_string_equal(text, rules[i]);
    }
}

static void
what_is_no_rule_is_refused_with_what_was_expected(void **state)
{
    static const struct {
        const char *rule, *word;
    } cases[] = {
        { "", "PATH=WHAT" },
        { "/x", "PATH=WHAT" },
        { "x=500", "path" },
        { "/x?y=500", "path" },
        { "/a*b=500", "path" },
        { "/_obsview/faults=500", "on purpose" },
        { "FETCH /x=500", "method" },
        { "POSTPOSTPOST /x=500", "method" },
        { "/x=200", "a status from 400" },
        { "/x=600", "a status from 400" },
        { "/x=slow", "slow:MS" },
        { "/x=slow:0", "slow:MS" },
        { "/x=slow:60001", "slow:MS" },
        { "/x=hang@0", "probability" },
        { "/x=hang@1.1", "probability" },
        { "/x=hang@nan", "probability" },
        { "/x=hang@", "probability" },
        { "/x=a-word-that-is-far-too-long-for-it", "a status from 400" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault;
        struct err err = { 0 };

        assert_int_equal(fault_parse(&fault, cases[i].rule, &err), E_USAGE);
        if (strstr(err.text, cases[i].word) == NULL)
            fail_msg("%s: %s", cases[i].rule, err.text);
    }
}

static enum status
read_body(struct fault *out, const char *text, struct err *err)
{
    cJSON *body;
    enum status st;

    assert_int_equal(json_parse(&body, text, strlen(text), err), OK);
    st = fault_read(out, body, err);
    cJSON_Delete(body);
    return st;
}

static void
bodies_are_read(void **state)
{
    static const struct {
        const char *body, *rule;
        uint64_t count;
    } cases[] = {
        { "{\"rule\":\"POST /x=hang@0.5\"}", "POST /x=hang@0.5", FAULT_FOREVER },
        { "{\"rule\":\"/x=500\",\"count\":3}", "/x=500", 3 },
        { "{\"path\":\"/x\",\"status\":401}", "/x=401", 1 },
        { "{\"path\":\"/x\",\"status\":401,\"method\":null,\"count\":null}", "/x=401",
          FAULT_FOREVER },
        { "{\"path\":\"/"
          "x\",\"method\":\"GET\",\"fault\":\"half\",\"probability\":0.25,\"count\":2}",
          "GET /x=half@0.25", 2 },
        { "{\"path\":\"/x\",\"fault\":\"slow:9\",\"count\":1000000}", "/x=slow:9", 1000000 },
        { "{\"path\":\"/x\",\"fault\":\"off\"}", "/x=", 0 },
        { "{\"rule\":\"/x=off\",\"count\":0}", "/x=", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[FAULT_TEXT];
        struct fault fault;
        struct err err = { 0 };

        if (read_body(&fault, cases[i].body, &err) != OK)
            fail_msg("%s: %s", cases[i].body, err.text);
        fault_print(text, &fault);
        assert_string_equal(text, cases[i].rule);
        assert_true(fault.count == cases[i].count);
    }
}

/* The member that is wrong comes first, then what was expected of it. */
static void
a_body_is_refused_by_its_member(void **state)
{
    static const struct {
        const char *body, *says;
    } cases[] = {
        { "[]", "expected a JSON object" },
        { "{}", "path: expected" },
        { "{\"path\":\"/x\",\"status\":500,\"probabilty\":0.1}",
          "unknown member \"probabilty\" (did you mean \"probability\"?)" },
        { "{\"path\":\"/x\",\"status\":500,\"Count\":1}",
          "unknown member \"Count\" (did you mean \"count\"?)" },
        { "{\"rule\":\"/x=500\",\"something\":1}",
          "unknown member \"something\": expected rule, path, method, fault, status, count or" },
        { "{\"rule\":5}", "rule: expected a text" },
        { "{\"rule\":null}", "rule: expected a text" },
        { "{\"rule\":\"/x=500\",\"path\":\"/y\"}", "path: expected either" },
        { "{\"rule\":\"/x=500\",\"probability\":0.5}", "probability: expected either" },
        { "{\"rule\":\"/x=500\",\"count\":-1}", "count: expected" },
        { "{\"path\":5,\"status\":500}", "path: expected" },
        { "{\"path\":\"/x\",\"path\":\"/y\",\"status\":500}", "path: expected once" },
        { "{\"path\":\"/x\",\"status\":500,\"method\":1}", "method: expected" },
        { "{\"path\":\"/x\",\"fault\":5}", "fault: expected a text" },
        { "{\"path\":\"/x\",\"fault\":null,\"status\":500}", "status: expected either" },
        { "{\"path\":\"/x\",\"fault\":\"hang\",\"status\":\"x\"}", "status: expected either" },
        { "{\"path\":\"/x\",\"fault\":\"\"}", "fault: : expected a status" },
        { "{\"path\":\"/x\",\"status\":\"500\"}", "status: expected a number" },
        { "{\"path\":\"/x\",\"status\":399}", "status: expected a number" },
        { "{\"path\":\"/x\",\"status\":600}", "status: expected a number" },
        { "{\"path\":\"/x\",\"status\":500.5}", "status: expected a number" },
        { "{\"path\":\"/x\",\"status\":500,\"count\":\"3\"}", "count: expected" },
        { "{\"path\":\"/x\",\"status\":500,\"count\":1000001}", "count: expected" },
        { "{\"path\":\"/x\",\"status\":500,\"count\":1e300}", "count: expected" },
        { "{\"path\":\"/x\",\"fault\":\"off\",\"count\":\"3\"}", "count: expected" },
        { "{\"path\":\"/x\",\"fault\":\"off\",\"count\":3}", "count: expected none" },
        { "{\"path\":\"/x\",\"status\":500,\"probability\":null}", "probability: expected" },
        { "{\"path\":\"/x\",\"status\":500,\"probability\":0}", "probability: expected" },
        { "{\"path\":\"/x\",\"fault\":\"hang@0.5\",\"probability\":0.1}",
          "probability: expected once" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault = { .count = 7 };
        struct err err = { 0 };

        if (read_body(&fault, cases[i].body, &err) != E_USAGE ||
            strncmp(err.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("%s: %s", cases[i].body, err.text);
        assert_true(fault.count == 7);
    }
}

static struct faults *
faults_of(uint64_t seed, const char *first, const char *second)
{
    const char *rules[] = { first, second, NULL };
    struct faults *f = faults_new(seed);
    struct err err = { 0 };

    if (faults_begin(f, rules, &err) != OK)
        fail_msg("%s", err.text);
    return f;
}

/* A letter for what became of each of `count` requests. */
static void
fates(struct faults *f, const char *path, size_t count, char text[])
{
    for (size_t i = 0; i < count; i++) {
        struct fault fault = { .kind = FAULT_NONE };

        text[i] = faults_take(f, "POST", path, &fault) ? "_ESLHRG"[fault.kind] : '.';
    }
    text[count] = '\0';
}

static void
rules_are_asked_in_order(void **state)
{
    struct faults *f = faults_of(1, "POST /api/send=reset", "/api/*=slow:10");
    struct fault fault;
    char text[8];

    (void)state;
    fates(f, "/api/send", 3, text);
    assert_string_equal(text, "RRR");
    fates(f, "/api/batch", 3, text);
    assert_string_equal(text, "SSS");
    fates(f, "/ap", 3, text);
    assert_string_equal(text, "...");
    assert_false(faults_take(f, "OPTIONS", "/api/send", &fault));
    faults_free(f);
}

static void
nothing_of_ours_fails(void **state)
{
    struct faults *f = faults_of(1, "/*=500", NULL);
    struct fault fault;

    (void)state;
    assert_false(faults_take(f, "GET", "/_obsview/faults", &fault));
    assert_true(faults_take(f, "GET", "/", &fault));
    assert_int_equal(fault.status, 500);
    faults_free(f);
}

static void
dice_follow_from_the_seed(void **state)
{
    struct faults *a = faults_of(7, "/x=hang@0.3", "/x=half@0.5");
    struct faults *b = faults_of(7, "/x=hang@0.3", "/x=half@0.5");
    struct faults *c = faults_of(8, "/x=hang@0.3", "/x=half@0.5");
    char first[1001], second[1001], third[1001];
    size_t hangs = 0, halves = 0;

    (void)state;
    fates(a, "/x", 1000, first);
    fates(b, "/x", 1000, second);
    fates(c, "/x", 1000, third);
    assert_string_equal(first, second);
    assert_string_not_equal(first, third);
    for (size_t i = 0; i < 1000; i++) {
        hangs += first[i] == 'H';
        halves += first[i] == 'L';
    }
    assert_in_range(hangs, 250, 350);
    assert_in_range(halves, 300, 400); /* half of what the first let pass */
    faults_reset(b);
    fates(b, "/x", 1000, second);
    assert_string_equal(first, second);
    faults_free(a);
    faults_free(b);
    faults_free(c);
}

static void
another_rule_changes_no_fate(void **state)
{
    struct faults *alone = faults_of(7, "/x=hang@0.5", NULL);
    struct faults *both = faults_of(7, "/y=500@0.5", "/x=hang@0.5");
    char first[101], second[101], other[2];

    (void)state;
    fates(alone, "/x", 100, first);
    for (size_t i = 0; i < 100; i++) {
        fates(both, "/y", 1, other);
        fates(both, "/x", 1, second + i);
    }
    assert_string_equal(first, second);
    faults_free(alone);
    faults_free(both);
}

static void
counts_end_and_the_first_rules_come_back(void **state)
{
    struct faults *f = faults_of(1, "/x=500", NULL);
    struct fault rule = {
        .path = "/y", .kind = FAULT_STATUS, .status = 401, .probability = 1, .count = 2
    };
    struct fault off = { .path = "/x", .count = 0 };
    char text[8];

    (void)state;
    assert_int_equal(faults_set(f, &rule, NULL), OK);
    assert_int_equal(faults_set(f, &off, NULL), OK);
    fates(f, "/y", 3, text);
    assert_string_equal(text, "EE.");
    fates(f, "/x", 1, text);
    assert_string_equal(text, ".");
    faults_reset(f);
    fates(f, "/x", 1, text);
    assert_string_equal(text, "E");
    faults_clear(f);
    fates(f, "/x", 1, text);
    assert_string_equal(text, ".");
    faults_free(f);
}

static void
a_rule_keeps_the_place_of_the_one_before_it(void **state)
{
    struct faults *f = faults_of(1, "POST /x=501", "/*=502");
    struct fault rule, taken;

    (void)state;
    assert_int_equal(fault_parse(&rule, "POST /x=504", NULL), OK);
    assert_int_equal(faults_set(f, &rule, NULL), OK);
    assert_true(faults_take(f, "POST", "/x", &taken));
    assert_int_equal(taken.status, 504);
    assert_true(faults_take(f, "GET", "/x", &taken));
    assert_int_equal(taken.status, 502);
    faults_free(f);
}

static void
there_is_room_for_so_many(void **state)
{
    struct faults *f = faults_new(1);
    struct fault rule = { .kind = FAULT_RESET, .probability = 1, .count = 1 };
    struct err err = { 0 };

    (void)state;
    for (int i = 0; i < FAULTS_MAX; i++) {
        snprintf(rule.path, sizeof rule.path, "/%d", i);
        assert_int_equal(faults_set(f, &rule, &err), OK);
    }
    assert_int_equal(faults_set(f, &rule, &err), OK); /* in its own place */
    snprintf(rule.path, sizeof rule.path, "/more");
    assert_int_equal(faults_set(f, &rule, &err), E_LIMIT);
    faults_free(f);
}

static void
the_list_is_json(void **state)
{
    struct faults *f = faults_of(1, "POST /a\"b=slow:20@0.5", "/x=503");
    struct buf b;
    cJSON *list = NULL;
    const cJSON *first, *second;
    char text[4];

    (void)state;
    fates(f, "/x", 2, text);
    buf_init(&b, 65536);
    faults_print(&b, f);
    assert_int_equal(json_parse(&list, b.data, b.len, NULL), OK);
    first = cJSON_GetArrayItem(list, 0);
    second = cJSON_GetArrayItem(list, 1);
    assert_string_equal(json_get_string(first, "path", ""), "/a\"b");
    assert_string_equal(json_get_string(first, "method", ""), "POST");
    assert_string_equal(json_get_string(first, "fault", ""), "slow:20");
    assert_string_equal(json_get_string(first, "rule", ""), "POST /a\"b=slow:20@0.5");
    assert_true(cJSON_IsNull(json_get(first, "status")));
    assert_true(cJSON_IsNull(json_get(first, "count")));
    assert_int_equal(json_get_int(second, "status", 0), 503);
    assert_int_equal(json_get_int(second, "taken", 0), 2);
    cJSON_Delete(list);
    buf_fini(&b);
    faults_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read_and_told_as_they_were_given),
        cmocka_unit_test(what_is_no_rule_is_refused_with_what_was_expected),
        cmocka_unit_test(bodies_are_read),
        cmocka_unit_test(a_body_is_refused_by_its_member),
        cmocka_unit_test(rules_are_asked_in_order),
        cmocka_unit_test(nothing_of_ours_fails),
        cmocka_unit_test(dice_follow_from_the_seed),
        cmocka_unit_test(another_rule_changes_no_fate),
        cmocka_unit_test(counts_end_and_the_first_rules_come_back),
        cmocka_unit_test(a_rule_keeps_the_place_of_the_one_before_it),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(the_list_is_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
