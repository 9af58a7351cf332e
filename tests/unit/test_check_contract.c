/* test_check_contract.c - bodies against what the endpoints take, as many and as deep as may come.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "domain/limits.h"
#include "judged.h"

#define VITALS         "/metrics/web-vitals"
#define ERRORS         "/errors/report"
#define VITAL(MEMBERS) "{\"metrics\":[{\"name\":\"LCP\"," MEMBERS "}],\"sessionId\":\"s\"}"
#define HIT                                                                                  \
    "{\"type\":\"event\",\"payload\":{\"website\":\"b59e9c65-ae32-47f1-8400-119fcf4861c4\"," \
    "\"url\":\"/"                                                                            \
    "\",\"hostname\":\"shop.example\",\"screen\":\"1x1\",\"language\":\"en\",\"title\":"     \
    "\"t\",\"referrer\":\"\"}}"

static char *
told(const char *method, const char *path, const char *body)
{
    struct judged j;
    char *text;

    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_contract));
    judged_request(&j, method, path, body, 0);
    judged_close(&j);
    text = judged_told(&j);
    judged_fini(&j);
    return text;
}

static void
assert_told(const char *path, const char *body, const char *want)
{
    char *have = told("POST", path, body);

    if (strcmp(have, want) != 0)
        fail_msg("%s %.200s\nis told as\n%snot as\n%s", path, body, have, want);
    free(have);
}

static void
sound_bodies_are_well(void **state)
{
    (void)state;
    assert_told(VITALS, VITAL("\"value\":2500,\"rating\":\"good\""), "");
    assert_told(VITALS, VITAL("\"value\":4000.1,\"rating\":\"poor\""), "");
    assert_told(VITALS "?beacon=1", VITAL("\"value\":1"), "");
    assert_told(ERRORS,
                "{\"error\":{\"message\":\"x\",\"type\":\"E\",\"stack\":\"s\"},\"context\":"
                "{\"url\":\"https://shop.example/\",\"sessionId\":\"s\"}}",
                "");
    assert_told("/api/send", HIT, "");
    assert_told("/api/batch", "[" HIT "," HIT "]", "");
}

static void
each_fault_is_told_by_its_rule(void **state)
{
    static const struct {
        const char *path, *body, *told;
    } cases[] = {
        { VITALS, "", "fail contract.json\n" },
        { VITALS, "{", "fail contract.json\n" },
        { VITALS, "{} {}", "fail contract.json\n" },
        { VITALS, "{\"a\":01}", "fail contract.json\n" }, /* no browser takes it */
        { VITALS, VITAL("\"value\":2500.1,\"rating\":\"good\""), "fail contract.rating\n" },
        { VITALS, VITAL("\"value\":4000,\"rating\":\"poor\""), "fail contract.rating\n" },
        { VITALS, VITAL("\"value\":1,\"rating\":\"great\""), "fail contract.schema\n" },
        { VITALS, VITAL("\"value\":-1"), "fail contract.schema\n" },
        { VITALS, VITAL("\"value\":86400001"), "fail contract.schema\n" },
        { VITALS, "{\"metrics\":[],\"sessionId\":\"s\"}", "fail contract.schema\n" },
        { VITALS, "[]", "fail contract.schema\n" },
        { VITALS, "null", "fail contract.schema\n" },
        { ERRORS,
          "{\"error\":\"x\",\"context\":{\"url\":\"https://shop.example/\",\"sessionId\":\"s\"}}",
          "fail contract.schema\n" },
        { "/api/send", "{}", "fail contract.schema\n" },
        { "/api/batch", "{}", "fail contract.schema\n" },
        { "/api/batch", "[" HIT ",{\"type\":\"event\"}]", "fail contract.schema\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_told(cases[i].path, cases[i].body, cases[i].told);
}

/* The n-th of a list is not another fault. */
static void
alike_fields_are_one_finding(void **state)
{
    struct judged j;

    (void)state;
    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_contract));
    judged_post(&j, VITALS,
                "{\"metrics\":[{\"name\":\"LCP\",\"value\":\"1\"},{\"name\":\"LCP\","
                "\"value\":\"1\"}],\"sessionId\":\"s\"}");
    judged_close(&j);
    assert_int_equal(judged_count(&j, "contract.schema"), 1);
    assert_string_equal(judged_nth(&j, "contract.schema", 0)->subject,
                        "POST " VITALS " metrics[].value");
    assert_non_null(strstr(judged_nth(&j, "contract.schema", 0)->evidence, "2 times"));
    judged_fini(&j);
}

static void
a_body_may_be_as_large_as_the_endpoint_takes(void **state)
{
    static const struct {
        size_t size;
        const char *told;
    } cases[] = { { LIMIT_BODY_BYTES, "" }, { LIMIT_BODY_BYTES + 1, "fail contract.size\n" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *body = xcalloc(cases[i].size + 1, 1);
        const char *json = VITAL("\"value\":1");

        memset(body, ' ', cases[i].size);
        memcpy(body, json, strlen(json));
        assert_told(VITALS, body, cases[i].told);
        free(body);
    }
}

static void
what_is_not_for_an_endpoint_cannot_be_judged(void **state)
{
    static const struct {
        const char *method, *path;
    } cases[] = { { "GET", VITALS },  { "PUT", VITALS },       { "POST", VITALS "/" },
                  { "POST", "/" },    { "POST", "" },          { "POST", "/metrics" },
                  { "post", VITALS }, { "POST", "/api/send2" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *have = told(cases[i].method, cases[i].path, "{");

        assert_string_equal(have, "unknown contract\n");
        free(have);
    }
}

static void
deep_and_many_are_answered(void **state)
{
    char *deep = judged_nested(40000), *batch;
    struct buf b;

    (void)state;
    assert_told(VITALS, deep, "fail contract.json\n");
    batch = xasprintf("{\"metrics\":%s}", deep);
    assert_told(ERRORS, batch, "fail contract.json\n");
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 20000; i++)
        buf_adds(&b, i == 0 ? "[7" : ",7");
    buf_addc(&b, ']');
    assert_told("/api/batch", b.data, "fail contract.schema\n");
    buf_fini(&b);
    free(batch);
    free(deep);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_bodies_are_well),
        cmocka_unit_test(each_fault_is_told_by_its_rule),
        cmocka_unit_test(alike_fields_are_one_finding),
        cmocka_unit_test(a_body_may_be_as_large_as_the_endpoint_takes),
        cmocka_unit_test(what_is_not_for_an_endpoint_cannot_be_judged),
        cmocka_unit_test(deep_and_many_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
