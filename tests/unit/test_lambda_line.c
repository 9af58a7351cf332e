/* test_lambda_line.c - lines as the Lambda runtime writes them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/lambda_line.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ID       "8f3c6d2e-1b2a-4c3d-8e4f-0123456789ab"

static struct lambda_line
read_line(const char *text)
{
    struct lambda_line l;

    lambda_line_read(&l, text, strlen(text));
    return l;
}

static void
the_text_formats_own_lines_are_known(void **state)
{
    static const struct {
        const char *line;
        enum lambda_line_kind kind;
        const char *request_id;
    } cases[] = {
        { "START RequestId: " ID " Version: $LATEST\n", LAMBDA_LINE_START, ID },
        { "START RequestId: " ID " Version: 12", LAMBDA_LINE_START, ID },
        { "END RequestId: " ID "\n", LAMBDA_LINE_END, ID },
        { "REPORT RequestId: " ID "\tDuration: 1.00 ms\n", LAMBDA_LINE_REPORT, ID },
        { "INIT_START Runtime Version: nodejs:22.v5\tRuntime Version ARN: arn:aws:x",
          LAMBDA_LINE_INIT, "" },
        { "INIT_REPORT Init Duration: 10003.21 ms\tPhase: init\tStatus: timeout", LAMBDA_LINE_INIT,
          "" },
        { "START of something", LAMBDA_LINE_OTHER, "" },
        { "hello", LAMBDA_LINE_OTHER, "" },
        { "", LAMBDA_LINE_OTHER, "" },
        { "{\"level\":\"INFO\"}", LAMBDA_LINE_OTHER, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lambda_line l = read_line(cases[i].line);

        assert_int_equal(l.kind, cases[i].kind);
        assert_string_equal(l.request_id, cases[i].request_id);
        assert_ptr_equal(l.message, cases[i].line);
        assert_int_equal(l.message_len, strlen(cases[i].line));
    }
}

static void
a_report_is_read_in_full(void **state)
{
    struct lambda_line l =
        read_line("REPORT RequestId: " ID "\tDuration: 12.34 ms\tBilled Duration: 13 ms\t"
                  "Memory Size: 128 MB\tMax Memory Used: 70 MB\tInit Duration: 150.1 ms\t\n"
                  "XRAY TraceId: 1-5759\tSegmentId: 5f\tSampled: true\t\n");

    (void)state;
    assert_true(l.duration_ms == 12.34);
    assert_true(l.billed_ms == 13);
    assert_true(l.memory_mb == 128);
    assert_true(l.used_mb == 70);
    assert_true(l.init_ms == 150.1);
    assert_false(l.timed_out || l.failed);
    l = read_line("REPORT RequestId: " ID "\tDuration: 12.34 ms");
    assert_true(l.duration_ms == 12.34);
    assert_true(isnan(l.init_ms) && isnan(l.used_mb)); /* warm, or not told */
}

static void
failures_and_timeouts_are_told_apart(void **state)
{
    struct lambda_line l;

    (void)state;
    l = read_line("REPORT RequestId: " ID
                  "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory "
                  "Size: 128 MB\tMax Memory Used: 70 MB\tStatus: timeout");
    assert_true(l.timed_out && !l.failed);
    l = read_line("REPORT RequestId: " ID "\tDuration: 30.00 ms\tStatus: error\tError Type: "
                  "Runtime.ExitError");
    assert_true(l.failed && !l.timed_out);
    l = read_line("2026-11-23T01:02:03.004Z " ID " Task timed out after 3.00 seconds\n\n");
    assert_int_equal(l.kind, LAMBDA_LINE_OTHER);
    assert_true(l.timed_out);
    assert_string_equal(l.request_id, ID);
    assert_true(l.time_ms == 1795395723004);
}

static void
the_prefix_of_console_log_is_taken_off(void **state)
{
    struct lambda_line l = read_line("2026-11-23T01:02:03.004Z\t" ID "\tWARN\tlow\tstock\n");

    (void)state;
    assert_int_equal(l.kind, LAMBDA_LINE_OTHER);
    assert_string_equal(l.request_id, ID);
    assert_string_equal(l.level, "WARN");
    assert_true(l.time_ms == 1795395723004);
    assert_string_equal(l.message, "low\tstock\n");
    l = read_line("2026-11-23T01:02:03.004Z\tundefined\tINFO\tstarting");
    assert_string_equal(l.request_id, "");
    assert_string_equal(l.level, "INFO");
    assert_string_equal(l.message, "starting");
    l = read_line("2026-11-23T01:02:03.004Z\t" ID "\tINFO\t");
    assert_int_equal(l.message_len, 0);
}

static void
the_prefix_of_pythons_logging_is_taken_off(void **state)
{
    static const struct {
        const char *line, *level, *request_id, *message;
        int64_t time_ms;
    } cases[] = {
        { "[INFO]\t2026-11-23T01:02:03.004Z\t" ID "\tlow\tstock\n", "INFO", ID, "low\tstock",
          1795395723004 },
        { "[CRITICAL]\t2026-11-23T01:02:03.040Z\t" ID "\t{\"a\":1}\n\n", "CRITICAL", ID,
          "{\"a\":1}", 1795395723040 },
        { "[WARNING]\t2026-11-23T01:02:03.999Z\t\tstarting", "WARNING", "", "starting",
          1795395723999 },
        /* As it was until 2021. */
        { "[DEBUG]\t2026-11-23T01:02:03.4Z\t" ID "\tx", "DEBUG", ID, "x", 1795395723004 },
        { "[DEBUG]\t2026-11-23T01:02:03.40Z\t" ID "\t", "DEBUG", ID, "", 1795395723040 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lambda_line l = read_line(cases[i].line);

        assert_int_equal(l.kind, LAMBDA_LINE_OTHER);
        assert_int_equal(l.prefix, LAMBDA_PREFIX_PYTHON);
        assert_string_equal(l.level, cases[i].level);
        assert_string_equal(l.request_id, cases[i].request_id);
        assert_int_equal(l.message_len, strlen(cases[i].message));
        assert_memory_equal(l.message, cases[i].message, l.message_len);
        assert_true(l.time_ms == cases[i].time_ms);
    }
}

static void
what_only_looks_like_a_prefix_is_text(void **state)
{
    static const char *const lines[] = {
        "2026-11-23T01:02:03.004Z\t" ID "\tINFO",
        "2026-11-23T01:02:03.004Z\t" ID "\tinfo\ttext",
        "2026-11-23T01:02:03.004Z\t\tINFO\ttext",
        "2026-11-23T01:02:03.004Z\ttwo words\tINFO\ttext",
        "yesterday\t" ID "\tINFO\ttext",
        "2026-11-23T01:02:03.004Z\t" ID "\tINFORMATION\ttext",
        "[INFO]\t2026-11-23T01:02:03.004Z\t" ID,
        "[INFO] \t2026-11-23T01:02:03.004Z\t" ID "\ttext",
        "[info]\t2026-11-23T01:02:03.004Z\t" ID "\ttext",
        "[]\t2026-11-23T01:02:03.004Z\t" ID "\ttext",
        "[INFO\t2026-11-23T01:02:03.004Z\t" ID "\ttext",
        "[INFO]\t2026-11-23 01:02:03,004\t" ID "\ttext",
        "[INFO]\t2026-11-23T01:02:03.0040Z\t" ID "\ttext",
        "[INFO]\t2026-11-23T01:02:03.004\t" ID "\ttext",
        "[INFO]\t2026-11-23T01:02:03Z\t" ID "\ttext",
        "[INFO]\tyesterday\t" ID "\ttext",
        "[INFO]\t2026-11-23T01:02:03.004Z\ttwo words\ttext",
        "[INFORMATION]\t2026-11-23T01:02:03.004Z\t" ID "\ttext",
        "[INFO]",
        "[",
        "[{\"a\":1}]",
        "\t\t\t",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct lambda_line l = read_line(lines[i]);

        if (l.message != lines[i])
            fail_msg("%s", lines[i]);
        assert_string_equal(l.level, "");
        assert_true(l.time_ms == 0);
        assert_int_equal(l.prefix, LAMBDA_PREFIX_NONE);
    }
}

static void
platform_events_say_the_same(void **state)
{
    struct lambda_line l =
        read_line("{\"time\":\"2026-11-23T01:02:03.004Z\",\"type\":\"platform.report\",\"record\":"
                  "{\"requestId\":\"" ID "\",\"metrics\":{\"durationMs\":12.34,"
                  "\"billedDurationMs\":13,\"memorySizeMB\":128,\"maxMemoryUsedMB\":70,"
                  "\"initDurationMs\":150.1},\"status\":\"success\"}}");

    (void)state;
    assert_int_equal(l.kind, LAMBDA_LINE_REPORT);
    assert_string_equal(l.request_id, ID);
    assert_true(l.duration_ms == 12.34 && l.init_ms == 150.1 && l.used_mb == 70);
    assert_true(l.time_ms == 1795395723004);
    assert_false(l.failed || l.timed_out);
    l = read_line("{\"time\":\"2026-11-23T01:02:03.004Z\",\"type\":\"platform.report\",\"record\":"
                  "{\"requestId\":\"x\",\"metrics\":{},\"status\":\"timeout\"}}");
    assert_true(l.timed_out && isnan(l.duration_ms));
    l = read_line("{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"status\":\"error\","
                  "\"errorType\":\"Runtime.ExitError\"}}");
    assert_true(l.failed && l.time_ms == 0);
    l = read_line("{\"type\":\"platform.start\",\"record\":{\"requestId\":\"x\"}}");
    assert_int_equal(l.kind, LAMBDA_LINE_START);
    l = read_line("{\"type\":\"platform.initStart\",\"record\":{}}");
    assert_int_equal(l.kind, LAMBDA_LINE_INIT);
    l = read_line("{\"type\":\"platform.start\"}");
    assert_int_equal(l.kind, LAMBDA_LINE_OTHER);
    l = read_line("{\"type\":\"platform.sta");
    assert_int_equal(l.kind, LAMBDA_LINE_OTHER);
}

static void
an_id_that_does_not_fit_is_left_out(void **state)
{
    char line[256] = "END RequestId: ";
    struct lambda_line l;

    (void)state;
    memset(line + 15, 'x', 64);
    l = read_line(line);
    assert_int_equal(l.kind, LAMBDA_LINE_END);
    assert_string_equal(l.request_id, "");
    line[15 + 63] = '\0';
    l = read_line(line);
    assert_int_equal(strlen(l.request_id), 63);
}

static void
what_is_written_reads_back(void **state)
{
    struct lambda_line l;
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    lambda_line_print_start(&b, ID);
    assert_string_equal(b.data, "START RequestId: " ID " Version: $LATEST");
    l = read_line(b.data);
    assert_int_equal(l.kind, LAMBDA_LINE_START);
    buf_clear(&b);
    lambda_line_print_end(&b, ID);
    assert_string_equal(b.data, "END RequestId: " ID);
    buf_clear(&b);
    lambda_line_print_report(&b, ID, 1.2345);
    assert_string_equal(b.data,
                        "REPORT RequestId: " ID "\tDuration: 1.23 ms\tBilled Duration: 2 ms\t");
    l = read_line(b.data);
    assert_true(l.kind == LAMBDA_LINE_REPORT && l.duration_ms == 1.23 && l.billed_ms == 2);
    buf_fini(&b);
}

static void
a_frame_is_as_long_as_said_before(void **state)
{
    static const uint32_t around[] = { 0,     994,    995,    999,     1000,      1001,      9994,
                                       9995,  9999,   10000,  99994,   99995,     99996,     99999,
                                       99895, 999994, 999995, 1000000, 999999999, UINT32_MAX };
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    for (uint32_t i = 0; i < 100000 + sizeof around / sizeof around[0]; i++) {
        const uint32_t us = i < 100000 ? i * 7 : around[i - 100000];

        buf_clear(&b);
        lambda_line_print_start(&b, ID);
        lambda_line_print_end(&b, ID);
        lambda_line_print_report(&b, ID, us / 1000.0);
        if (lambda_line_frame_bytes(us) != b.len)
            fail_msg("%u us: %zu bytes said, %zu printed", us, lambda_line_frame_bytes(us), b.len);
    }
    buf_fini(&b);
}

/* No logger can give these a shape, and no check asks for one. */
static void
what_the_runtime_says_is_its_own(void **state)
{
    static const struct {
        const char *line;
        bool is_the_runtimes;
    } cases[] = {
        { "START RequestId: " ID " Version: $LATEST", true },
        { "2026-11-23T01:02:03.004Z " ID " Task timed out after 3.00 seconds", true },
        { "EXTENSION\tName: cloudwatch_lambda_agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
          true },
        { "TELEMETRY\tName: agent\tState: Subscribed\tTypes: [Platform, Function]", true },
        { "LOGS\tName: agent\tState: Subscribed\tTypes: [Platform]", true },
        { "XRAY TraceId: 1-5759e988-bd862e3f\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t", true },
        { "RESTORE_START Runtime Version: java:21.v8", true },
        { "RESTORE_REPORT Restore Duration: 421.18 ms", true },
        { "RequestId: " ID " Error: Runtime exited with error: exit status 1", true },
        { "RequestId: " ID " Process exited before completing request\r\n", true },
        { "Runtime.ExitError", true },
        { "2026-11-23T01:02:03.004Z\t" ID "\tERROR\tInvoke Error \t{\"errorType\":\"E\"}", true },
        { "2026-11-23T01:02:03.004Z\tundefined\tERROR\tUncaught Exception \t{}", true },
        { "[ERROR] ValueError: no stock\rTraceback (most recent call last):\r  File \"a.py\"\n",
          true },
        { "[ERROR] ValueError: no stock", false },
        { "[ERROR]\t2026-11-23T01:02:03.004Z\t" ID "\tno stock\nTraceback (most recent call last):",
          false },
        { "Invoke Error \t{\"errorType\":\"E\"}", false },
        { "2026-11-23T01:02:03.004Z\t" ID "\tINFO\tEXTENSION\tName: x", false },
        { "2026-11-23T01:02:03.004Z\t" ID "\tINFO\tTask timed out after 3.00 seconds", false },
        { "Task timed out after 3.00 seconds", false },
        { "RequestId: " ID " placed an order", false },
        { "Runtime.exit was called", false },
        { "EXTENSION failed", false },
        { "hello", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lambda_line l = read_line(cases[i].line);

        if (lambda_line_is_the_runtimes(&l) != cases[i].is_the_runtimes)
            fail_msg("%s", cases[i].line);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_runtime_says_is_its_own),
        cmocka_unit_test(the_text_formats_own_lines_are_known),
        cmocka_unit_test(a_report_is_read_in_full),
        cmocka_unit_test(failures_and_timeouts_are_told_apart),
        cmocka_unit_test(the_prefix_of_console_log_is_taken_off),
        cmocka_unit_test(the_prefix_of_pythons_logging_is_taken_off),
        cmocka_unit_test(what_only_looks_like_a_prefix_is_text),
        cmocka_unit_test(platform_events_say_the_same),
        cmocka_unit_test(an_id_that_does_not_fit_is_left_out),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_frame_is_as_long_as_said_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
