/* test_log_digest.c - what log lines say.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tui/log_digest.h"

struct line_case {
    const char *line;
    enum line_level level;
    const char *text;
    bool is_json;
};

static const struct line_case cases[] = {
    { "hello\n", LINE_PLAIN, "hello", false },
    { "", LINE_PLAIN, "", false },
    { "ERROR cannot connect\r\n", LINE_ERROR, "ERROR cannot connect", false },
    { "[WARN] slow", LINE_WARN, "[WARN] slow", false },
    { "ERRORS are fine", LINE_PLAIN, "ERRORS are fine", false },
    { "2026-11-24T01:02:03.004Z\t8f0b7a1e-0000-4000-8000-000000000001\tINFO\tsaved\n", LINE_INFO,
      "saved", false },
    { "{\"level\":\"warn\",\"message\":\"slow\"}", LINE_WARN, "slow", true },
    { "{\"level\":\"ERROR\",\"message\":\"no\"}", LINE_ERROR, "no", true },
    { "{\"level\":7,\"message\":[1]}", LINE_PLAIN, "{\"level\":7,\"message\":[1]}", true },
    { "{\"level\":50,\"msg\":\"lost\"}", LINE_ERROR, "lost", true }, /* pino */
    { "{\"level\":40,\"msg\":\"late\"}", LINE_WARN, "late", true },
    { "{\"level\":20,\"msg\":\"step\"}", LINE_DEBUG, "step", true },
    { "{\"broken\":", LINE_PLAIN, "{\"broken\":", false },
    { "{\"_aws\":{\"CloudWatchMetrics\":[{\"Metrics\":[{\"Name\":\"LCP\",\"Unit\":\"Milliseconds\"}"
      ","
      "{\"Name\":\"CLS\"},{\"Name\":\"gone\"}]}]},\"LCP\":3840,\"CLS\":[0.1,0.2]}",
      LINE_PLAIN, "LCP=3840 Milliseconds, CLS=[0.1,0.2]", true },
    { "{\"_aws\":7,\"message\":\"not a document\"}", LINE_PLAIN, "not a document", true },
};

static void
lines_say_their_level_and_their_words(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct line_case *c = &cases[i];
        const struct log_digest *d = log_digest_make(arena, c->line, strlen(c->line));

        print_message("%.60s\n", c->line);
        assert_int_equal(d->level, c->level);
        assert_string_equal(d->text, c->text);
        assert_int_equal(d->is_json, c->is_json);
    }
    arena_free(arena);
}

static void
json_stands_behind_its_words(void **state)
{
    static const char line[] = "{\"level\":\"INFO\",\"message\":\"saved\"}\n";
    struct arena *arena = arena_new();
    const struct log_digest *d = log_digest_make(arena, line, sizeof line - 1);

    (void)state;
    assert_string_equal(d->line, "saved  {\"level\":\"INFO\",\"message\":\"saved\"}");
    arena_free(arena);
}

static const char reported[] =
    "{\"timestamp\":\"2026-11-24T01:02:03.004Z\",\"level\":\"ERROR\",\"message\":\"x is "
    "undefined\","
    "\"functionName\":\"obsview-dev-error-reporter\",\"context\":{\"url\":\"https://shop.example/"
    "checkout/12\",\"route\":\"/checkout/:id\",\"userAgent\":\"Mozilla/5.0 (Macintosh) AppleWebKit/"
    "605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15\",\"sessionId\":\"s1\","
    "\"componentStack\":\"\\n at Cart\"},\"error\":{\"message\":\"x is undefined\",\"stack\":"
    "\"TypeError: x is undefined\\n    at total (https://shop.example/src/cart.ts:41:22)\","
    "\"type\":\"TypeError\"}}";

static void
an_error_line_tells_its_error(void **state)
{
    struct arena *arena = arena_new();
    const struct log_digest *d = log_digest_make(arena, reported, sizeof reported - 1);

    (void)state;
    assert_non_null(d->error);
    assert_string_equal(d->error->type, "TypeError");
    assert_string_equal(d->error->message, "x is undefined");
    assert_string_equal(d->error->route, "/checkout/:id");
    assert_string_equal(d->error->browser, "Safari 17");
    assert_string_equal(d->error->session, "s1");
    assert_string_equal(d->error->frame, "total src/cart.ts");
    assert_string_equal(d->error->component_stack, "\n at Cart");
    assert_true(d->error->is_browser);
    arena_free(arena);
}

static void
members_of_the_wrong_type_are_absent(void **state)
{
    static const char *const lines[] = {
        "{\"level\":\"ERROR\",\"error\":7,\"context\":[],\"message\":null}",
        "{\"level\":\"ERROR\",\"error\":{\"stack\":{},\"message\":1},\"context\":\"x\"}",
        "{\"level\":\"ERROR\",\"error\":\"TypeError: a\\n at b (c.js:1:1)\"}",
        "{\"level\":\"ERROR\",\"error\":null,\"context\":{\"userAgent\":5,\"sessionId\":{}}}",
        "{\"level\":\"ERROR\",\"error\":{\"type\":[]},\"context\":\"x\"}",
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct log_digest *d = log_digest_make(arena, lines[i], strlen(lines[i]));

        assert_int_equal(d->level, LINE_ERROR);
        assert_non_null(d->error);
        assert_non_null(d->error->type);
        assert_string_equal(d->error->session, "");
        assert_false(d->error->is_browser);
    }
    assert_string_equal(log_digest_make(arena, lines[2], strlen(lines[2]))->error->type,
                        "TypeError");
    arena_free(arena);
}

/* Loggers, the runtime in both log formats, and pino as it comes: one error has one fingerprint. */
static void
whoever_wrote_it_an_error_is_the_same(void **state)
{
    static const char *const lines[] = {
        "{\"level\":\"ERROR\",\"message\":\"no\",\"error\":{\"name\":\"TypeError\",\"message\":"
        "\"no\","
        "\"stack\":\"TypeError: no\\n    at pay (/var/task/pay.js:3:9)\"}}",
        "{\"level\":50,\"msg\":\"no\",\"err\":{\"type\":\"TypeError\",\"message\":\"no\",\"stack\":"
        "\"TypeError: no\\n    at pay (/var/task/pay.js:3:9)\"}}",
        "2026-11-28T19:10:00.123Z\t8f3c1d20-1111-4222-8333-444455556666\tERROR\tInvoke Error \t"
        "{\"errorType\":\"TypeError\",\"errorMessage\":\"no\",\"stack\":[\"TypeError: no\","
        "\"    at pay (/var/task/pay.js:3:9)\"]}",
        "{\"level\":\"ERROR\",\"message\":{\"errorType\":\"TypeError\",\"errorMessage\":\"no\","
        "\"stackTrace\":[\"TypeError: no\",\"    at pay (/var/task/pay.js:3:9)\"]}}",
        "2026-11-28T19:10:00.123Z\t8f3c1d20-1111-4222-8333-444455556666\tERROR\tTypeError: no\n"
        "    at pay (/var/task/pay.js:3:9)",
        "[ERROR] TypeError: no\r    at pay (/var/task/pay.js:3:9)",
    };
    static const char *const others[] = {
        "2026-11-28T19:10:00.123Z\tr\tERROR\tInvoke Error \t{\"a\":1}",
        "2026-11-28T19:10:00.123Z\tr\tERROR\tInvoke Error \t{\"errorType\":",
        "2026-11-28T19:10:00.123Z\tr\tERROR\tit said {\"errorType\":\"TypeError\"}",
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct log_digest *d = log_digest_make(arena, lines[i], strlen(lines[i]));
        const struct log_digest *first = log_digest_make(arena, lines[0], strlen(lines[0]));

        assert_non_null(d->error);
        assert_string_equal(d->error->type, "TypeError");
        assert_string_equal(d->error->message, "no");
        assert_string_equal(d->error->group_text, first->error->group_text);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct log_digest *d = log_digest_make(arena, others[i], strlen(others[i]));

        assert_non_null(d->error);
        assert_string_equal(d->error->type, "");
        assert_string_equal(d->error->message, d->text);
    }
    arena_free(arena);
}

/* The end of a call that had no time to tell an error is one; what only looks like one is none. */
static void
ends_of_calls_are_errors_too(void **state)
{
#define ID     "8f3c1d20-1111-4222-8333-444455556666"
#define REPORT "{\"time\":\"2026-11-28T19:10:00.123Z\",\"type\":\"platform.report\",\"record\":{"
    static const struct {
        const char *line, *type; /* NULL: no error */
    } ends[] = {
        { "2026-11-28T19:10:00.123Z " ID " Task timed out after 3.00 seconds", "Sandbox.Timedout" },
        { REPORT "\"status\":\"timeout\"}}", "Sandbox.Timedout" },
        { REPORT "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\"}}",
          "Runtime.ExitError" },
        { "RequestId: " ID " Error: Runtime exited with error: exit status 1",
          "Runtime.ExitError" },
        { REPORT "\"status\":\"error\",\"errorType\":\"TypeError\"}}", NULL },
        { REPORT "\"status\":\"success\"}}", NULL },
        { "REPORT RequestId: " ID "\tDuration: 3000.00 ms\tStatus: timeout", NULL },
        { "someone said: Error: Runtime exited with error", NULL },
        { "{\"level\":\"INFO\",\"message\":\"no\",\"errorType\":\"TypeError\"}", NULL },
        { "ERROR_COUNT=0", NULL },
        { "ERROR", NULL },
        { "[ERROR] ", NULL },
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const struct log_digest *d = log_digest_make(arena, ends[i].line, strlen(ends[i].line));

        if (ends[i].type == NULL) {
            assert_null(d->error);
            continue;
        }
        assert_non_null(d->error);
        assert_string_equal(d->error->type, ends[i].type);
        assert_int_equal(d->level, LINE_ERROR);
    }
    arena_free(arena);
#undef ID
#undef REPORT
}

static void
browsers_are_known_by_what_they_pretend_last(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(browser_name(arena, "Mozilla/5.0 Chrome/130.0.1 Safari/537.36 Edg/130.0"),
                        "Edge 130");
    assert_string_equal(browser_name(arena, "Mozilla/5.0 Chrome/130.0.1 Safari/537.36"),
                        "Chrome 130");
    assert_string_equal(browser_name(arena, "Mozilla/5.0 Gecko/20100101 Firefox/132.0"),
                        "Firefox 132");
    assert_string_equal(browser_name(arena, "curl/7.88.1"), "");
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_say_their_level_and_their_words),
        cmocka_unit_test(json_stands_behind_its_words),
        cmocka_unit_test(an_error_line_tells_its_error),
        cmocka_unit_test(members_of_the_wrong_type_are_absent),
        cmocka_unit_test(whoever_wrote_it_an_error_is_the_same),
        cmocka_unit_test(ends_of_calls_are_errors_too),
        cmocka_unit_test(browsers_are_known_by_what_they_pretend_last),
    };

    return cmocka_run_group_tests_name("log_digest", tests, NULL, NULL);
}
