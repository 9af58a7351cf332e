/* test_http.c - headers taken from lines of text.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "wire/http.h"

static void
headers_come_one_after_the_other(void **state)
{
    static const struct {
        const char *lines, *names, *values; /* each followed by ';' */
    } cases[] = {
        { "", "", "" },
        { "Host: a\nX-Amz-Target: Logs.Put\n", "Host;X-Amz-Target;", "a;Logs.Put;" },
        { "Host: a:80\r\nEmpty: \r\n", "Host;Empty;", "a:80;;" },
        { "Note: one: two\n", "Note;", "one: two;" },
        { "PUT / HTTP/1.1\r\n\r\nHost:a\r\nAge: 1\r\n", "Age;", "1;" },
        { "Host: a\nX-Amz-Target: Lo", "Host;", "a;" },
        { "Host: a", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128], names[64] = "", values[64] = "", *lines = text;
        size_t name_at = 0, value_at = 0;
        struct http_header header;

        snprintf(text, sizeof text, "%s", cases[i].lines);
        while (http_header_next(&header, &lines)) {
            name_at +=
                (size_t)snprintf(names + name_at, sizeof names - name_at, "%s;", header.name);
            value_at +=
                (size_t)snprintf(values + value_at, sizeof values - value_at, "%s;", header.value);
            assert_true(name_at < sizeof names && value_at < sizeof values);
        }
        assert_string_equal(names, cases[i].names);
        assert_string_equal(values, cases[i].values);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_come_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
