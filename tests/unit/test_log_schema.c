/* test_log_schema.c - lines that keep the schema, and each way to break it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "domain/log_schema.h"

#define TIME      "\"timestamp\":\"2026-11-24T03:20:23.000Z\""
#define REST      "\"message\":\"placed\",\"functionName\":\"checkout\",\"requestId\":\"1-66\""
#define BIT(rule) (1u << LOG_##rule)

static const struct {
    const char *line;
    unsigned broken;
} cases[] = {
    { "{" TIME ",\"level\":\"INFO\"," REST "}", 0 },
    { "{" TIME ",\"level\":\"WARN\"," REST ",\"context\":{\"a\":1},\"error\":null}", 0 },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":{\"stack\":\"x\"}}", 0 },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":\"Error: x\"}", 0 },
    { "{" TIME ",\"level\":\"ERROR\"," REST "}", BIT(ERROR_MISSING) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"err\":{}}", BIT(ERROR_NAME) },
    { "{" TIME ",\"level\":\"INFO\"," REST ",\"error\":{}}", BIT(ERROR_UNEXPECTED) },
    { "{" TIME ",\"level\":\"DEBUG\"," REST "}", BIT(DEBUG_IN_PROD) },
    { "{" TIME ",\"level\":\"info\"," REST "}", BIT(LEVEL_CASE) },
    { "{" TIME ",\"level\":\"Error\"," REST "}", BIT(LEVEL_CASE) | BIT(ERROR_MISSING) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":{\"stackTrace\":[\"x\"]}}", 0 },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":{}}", BIT(ERROR_STACK) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":{\"stack\":7}}", BIT(ERROR_STACK) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":\"\"}", BIT(ERROR_STACK) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"error\":true}", BIT(ERROR_STACK) },
    { "{" TIME ",\"level\":\"ERROR\"," REST ",\"stack\":\"Error: x\"}", BIT(ERROR_ROOT) },
    { "{" TIME ",\"level\":\"INFO\"," REST ",\"stack\":\"full\"}", 0 },
    { "{" TIME ",\"level\":\"FATAL\"," REST "}", BIT(LEVEL_UNKNOWN) | BIT(ERROR_MISSING) },
    { "{" TIME ",\"level\":\"FATAL\"," REST ",\"error\":\"x\"}", BIT(LEVEL_UNKNOWN) },
    { "{" TIME ",\"level\":\"trace\"," REST "}", BIT(LEVEL_UNKNOWN) | BIT(DEBUG_IN_PROD) },
    { "{" TIME ",\"level\":\"notice\"," REST "}", BIT(LEVEL_UNKNOWN) },
    { "{" TIME ",\"level\":[]," REST "}", BIT(LEVEL_UNKNOWN) },
    { "{" TIME ",\"level\":30," REST "}", BIT(LEVEL_NUMBER) },
    { "{" TIME ",\"level\":20," REST "}", BIT(LEVEL_NUMBER) | BIT(DEBUG_IN_PROD) },
    { "{" TIME "," REST "}", BIT(LEVEL_MISSING) },
    { "{\"level\":\"INFO\"," REST "}", BIT(TIMESTAMP_MISSING) },
    { "{\"timestamp\":\"yesterday\",\"level\":\"INFO\"," REST "}", BIT(TIMESTAMP_FORMAT) },
    { "{\"timestamp\":1795490423000,\"level\":\"INFO\"," REST "}", BIT(TIMESTAMP_FORMAT) },
    { "{\"level\":50,\"time\":1795490423000,\"pid\":8,\"hostname\":\"h\",\"msg\":\"no\","
      "\"err\":{\"type\":\"Error\"}}",
      BIT(LEVEL_NUMBER) | BIT(TIMESTAMP_EPOCH) | BIT(MESSAGE_NAME) | BIT(ERROR_NAME) |
          BIT(FUNCTION_MISSING) | BIT(REQUEST_MISSING) },
    { "{\"level\":\"info\",\"message\":\"hello\"}",
      BIT(LEVEL_CASE) | BIT(TIMESTAMP_MISSING) | BIT(FUNCTION_MISSING) | BIT(REQUEST_MISSING) },
    { "{}", BIT(TIMESTAMP_MISSING) | BIT(LEVEL_MISSING) | BIT(MESSAGE_MISSING) |
                BIT(FUNCTION_MISSING) | BIT(REQUEST_MISSING) },
    { "{" TIME ",\"level\":\"INFO\",\"message\":\"\",\"functionName\":7,\"requestId\":null}",
      BIT(MESSAGE_MISSING) | BIT(FUNCTION_MISSING) | BIT(REQUEST_MISSING) },
};

static void
each_rule_is_broken_by_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *line = NULL;
        unsigned broken;

        assert_int_equal(json_parse(&line, cases[i].line, strlen(cases[i].line), NULL), OK);
        assert_true(log_schema_applies(line));
        broken = log_schema_judge(line);
        cJSON_Delete(line);
        if (broken != cases[i].broken)
            fail_msg("%s breaks %x, not %x", cases[i].line, broken, cases[i].broken);
    }
}

static void
lines_with_another_schema_are_left_alone(void **state)
{
    static const char *const lines[] = {
        "[]",
        "7",
        "\"text\"",
        "{\"_aws\":{},\"LCP\":1}",
        "{\"CloudWatchMetrics\":[],\"Timestamp\":\"1795905607764\",\"Version\":\"0\"}",
        "{\"type\":\"platform.report\",\"record\":{}}",
        "{\"type\":\"extension\",\"record\":\"ready\"}",
        "{" TIME ",\"level\":\"ERROR\",\"message\":{\"errorType\":\"TypeError\","
        "\"errorMessage\":\"x\",\"stackTrace\":[\"TypeError: x\"]}}",
        "{" TIME ",\"log_level\":\"ERROR\",\"errorType\":\"KeyError\",\"errorMessage\":\"'x'\","
        "\"stackTrace\":[]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cJSON *line = NULL;

        assert_int_equal(json_parse(&line, lines[i], strlen(lines[i]), NULL), OK);
        assert_false(log_schema_applies(line));
        cJSON_Delete(line);
    }
}

static void
every_rule_has_a_name_and_a_sentence(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (int i = 0; i < LOG_RULES; i++) {
        assert_true(strlen(log_rule_name(i)) > 0 && strlen(log_rule_sentence(i)) > 20);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(log_rule_name(i), log_rule_name(k));
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        seen |= cases[i].broken;
    assert_int_equal(seen, (1u << LOG_RULES) - 1); /* no rule without a line above */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_is_broken_by_its_line),
        cmocka_unit_test(lines_with_another_schema_are_left_alone),
        cmocka_unit_test(every_rule_has_a_name_and_a_sentence),
    };

    return cmocka_run_group_tests_name("log_schema", tests, NULL, NULL);
}
