/* function_log.c - REPORT lines become AWS/Lambda metrics.
 * SPDX-License-Identifier: MIT
 *
 * Newer runtimes write the outcome into the REPORT line ("Status: timeout"); older ones say it in a
 * line of its own before or behind END ("Task timed out after", "Invoke Error"), which belongs to
 * the request whose id it carries. */
#include "config.h"

#include "emulator/function_log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/lambda_line.h"
#include "domain/metric.h"

void
function_log_init(struct function_log *log, const char *group)
{
    static const char prefix[] = "/aws/lambda/";
    size_t len = sizeof prefix - 1;

    memset(log, 0, sizeof *log);
    if (strncmp(group, prefix, len) == 0 && group[len] != '\0')
        group += len;
    snprintf(log->function, sizeof log->function, "%.*s", FUNCTION_NAME_MAX - 1, group);
}

static void
put(const struct function_log *log, struct store_write *write, const char *metric, enum unit unit,
    double value, int64_t now_ms)
{
    const struct dimension dim = { "FunctionName", log->function };
    const struct dimension_set sets[] = { { &dim, 1 }, { NULL, 0 } }; /* and all functions */
    const struct metric_datum datum = {
        .namespace_name = "AWS/Lambda",
        .metric = metric,
        .unit = unit,
        .time_ms = now_ms,
        .sets = sets,
        .set_count = 2,
        .values = &value,
        .value_count = 1,
    };

    if (!isnan(value))
        store_write_datum(write, &datum);
}

static bool
says_failed(const struct lambda_line *line)
{
    static const char error[] = "Invoke Error";

    if (line->timed_out)
        return true;
    return strcmp(line->level, "ERROR") == 0 && line->message_len > sizeof error &&
           strncmp(line->message, error, sizeof error - 1) == 0;
}

void
function_log_line(struct function_log *log, struct store_write *write, const char *text, size_t len,
                  int64_t now_ms)
{
    struct lambda_line line;
    bool failed;

    lambda_line_read(&line, text, len);
    if (line.kind == LAMBDA_LINE_OTHER && line.request_id[0] != '\0' && says_failed(&line))
        snprintf(log->failed_id, sizeof log->failed_id, "%s", line.request_id);
    if (line.kind != LAMBDA_LINE_REPORT)
        return;
    failed = line.failed || line.timed_out || strcmp(log->failed_id, line.request_id) == 0;
    put(log, write, "Invocations", UNIT_COUNT, 1, now_ms);
    put(log, write, "Errors", UNIT_COUNT, failed ? 1 : 0, now_ms);
    put(log, write, "Duration", UNIT_MILLISECONDS, line.duration_ms, now_ms);
    put(log, write, "InitDuration", UNIT_MILLISECONDS, line.init_ms, now_ms);
}
