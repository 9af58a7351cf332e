/* own_lines.c - counting and filtering lines that nobody has printed yet.
 * SPDX-License-Identifier: MIT
 *
 * Counting vitals prints nothing, as it happens for every post; an error is printed, because it is
 * rare. With a metric filter on the group everything is. What is printed here is what the store
 * prints when the lines are read: the same functions of the domain do it. */
#include "config.h"

#include "emulator/own_lines.h"

#include <stdio.h>
#include <string.h>

#include "domain/lambda_line.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/service_metrics.h"

#define GROUP_PREFIX "/aws/lambda/"
#define TEXT_MAX     ((size_t)4 << 20)
#define FRAME_LINES  3 /* START, END, REPORT */
#define LINES_MAX    (LIMIT_VITALS_PER_BODY + FRAME_LINES)

/* --- counting ----------------------------------------------------------------------------------
 */

static void
count_lines(struct exchange *x, size_t documents, size_t bytes, uint32_t duration_us)
{
    x->log_lines = documents + FRAME_LINES;
    x->log_bytes =
        bytes + lambda_line_frame_bytes(duration_us) + x->log_lines * LIMIT_LOG_EVENT_EXTRA;
}

/* --- filtering ---------------------------------------------------------------------------------
 */

struct lines {
    struct buf text;
    size_t starts[LINES_MAX + 1];
    size_t count;
};

static void
begin(struct lines *lines, char request[UUID_TEXT], const uint8_t id[16])
{
    lines->count = 0;
    buf_init(&lines->text, TEXT_MAX);
    uuid_format(id, request);
    lambda_line_print_start(&lines->text, request);
    lines->starts[lines->count++] = lines->text.len;
}

static void
end_line(struct lines *lines)
{
    lines->starts[lines->count++] = lines->text.len;
}

static void
finish(struct lines *lines, struct exchange *x, struct store_write *write, const char *group,
       const char *request, uint32_t duration_us)
{
    struct log_event events[LINES_MAX];
    size_t from = 0;

    lambda_line_print_end(&lines->text, request);
    end_line(lines);
    lambda_line_print_report(&lines->text, request, duration_us / 1000.0);
    end_line(lines);
    for (size_t i = 0; i < lines->count; i++) {
        events[i] = (struct log_event){ exchange_now_ms(x), lines->text.data + from,
                                        lines->starts[i] - from };
        from = lines->starts[i];
    }
    if (metric_filters_apply(emulator_metric_filters(exchange_emulator(x)), write, group, events,
                             lines->count))
        service_metrics_wake(emulator_service_metrics(exchange_emulator(x)));
    buf_fini(&lines->text);
}

/* --- the two functions -------------------------------------------------------------------------
 */

void
own_lines_vitals(struct exchange *x, struct store_write *write, const struct vitals_post *post)
{
    static const char group[] = GROUP_PREFIX WEB_VITALS_FUNCTION;
    char request[UUID_TEXT];
    struct lines lines;

    count_lines(x, post->sample_count, web_vitals_emf_bytes(post), post->duration_us);
    if (!metric_filters_want(emulator_metric_filters(exchange_emulator(x)), group))
        return;
    begin(&lines, request, post->request_id);
    for (size_t i = 0; i < post->sample_count; i++) {
        web_vitals_print_emf(&lines.text, post, i);
        end_line(&lines);
    }
    finish(&lines, x, write, group, request, post->duration_us);
}

void
own_lines_error(struct exchange *x, struct store_write *write, const struct error_report *report)
{
    static const char group[] = GROUP_PREFIX ERROR_REPORT_FUNCTION;
    char request[UUID_TEXT];
    struct lines lines;

    begin(&lines, request, report->request_id);
    error_report_print_log(&lines.text, report);
    end_line(&lines);
    count_lines(x, 1, lines.starts[1] - lines.starts[0], report->duration_us);
    if (metric_filters_want(emulator_metric_filters(exchange_emulator(x)), group))
        finish(&lines, x, write, group, request, report->duration_us);
    else
        buf_fini(&lines.text);
}
