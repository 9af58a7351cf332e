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
        cJSON *want = NULL;
        struct buf why;

        if (cases[i].want != NULL)
            assert_int_equal(json_parse(&want, cases[i].want, strlen(cases[i].want), NULL), OK);
        event.expect_body = want;
        buf_init(&why, 8192);
        assert_int_equal(fixture_is_expected(&event, cases[i].status, cases[i].body,
                                             strlen(cases[i].body), &why),
                         cases[i].why == NULL);
        assert_string_equal(why.data, cases[i].why == NULL ? "" : cases[i].why);
        buf_fini(&why);
        cJSON_Delete(want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_answer) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
