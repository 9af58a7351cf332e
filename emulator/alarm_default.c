/* alarm_default.c - the document's alarms: more than 5 % of a function's invocations fail.
 * SPDX-License-Identifier: MIT
 *
 * "CloudWatch Alarms for Lambda errors (Web Vitals, Error Reporter) - alert on error rate >5%". The
 * rate is metric math on what Lambda publishes, 100 * errors / invocations: without an invocation
 * it has no value (0/0), which is no data and not OK. The document names no duration; one
 * minute over the threshold is enough here.
 *
 * Its other thresholds (Aurora's CPU and connections, health of ECS tasks, the budget) watch
 * services that are not emulated: an alarm without a wire could never turn, so there is none. */
#include "config.h"

#include "emulator/alarm_default.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/error_report.h"
#include "domain/web_vitals.h"
#include "emulator/alarm_event.h"
#include "emulator/parts.h"

static const struct {
    const char *function, *what;
} functions[] = {
    { WEB_VITALS_FUNCTION, "web vitals" },
    { ERROR_REPORT_FUNCTION, "reported errors" },
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

static const char definition[] =
    "{\"AlarmName\":\"%s-error-rate\",\"AlarmDescription\":\"More than 5 %% of the invocations of "
    "%s, which takes %s, failed\",\"ActionsEnabled\":true,\"OKActions\":[],\"AlarmActions\":[],"
    "\"InsufficientDataActions\":[],\"Metrics\":["
    "{\"Id\":\"rate\",\"Expression\":\"100 * errors / invocations\",\"Label\":\"error rate\","
    "\"ReturnData\":true},"
    "{\"Id\":\"errors\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"AWS/Lambda\",\"MetricName\":"
    "\"Errors\",\"Dimensions\":[{\"Name\":\"FunctionName\",\"Value\":\"%s\"}]},\"Period\":60,"
    "\"Stat\":\"Sum\"},\"ReturnData\":false},"
    "{\"Id\":\"invocations\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"AWS/Lambda\","
    "\"MetricName\":\"Invocations\",\"Dimensions\":[{\"Name\":\"FunctionName\",\"Value\":\"%s\"}]},"
    "\"Period\":60,\"Stat\":\"Sum\"},\"ReturnData\":false}],"
    "\"EvaluationPeriods\":1,\"DatapointsToAlarm\":1,\"Threshold\":5,"
    "\"ComparisonOperator\":\"GreaterThanThreshold\",\"TreatMissingData\":\"missing\"}";

static struct alarm_change
make(struct arena *arena, size_t which, int64_t now_ms)
{
    const char *function = functions[which].function;
    struct alarm_change change = { .kind = ALARM_PUT, .event_count = 1 };

    change.row = (struct alarm_row){
        .name = arena_printf(arena, "%s-error-rate", function),
        .actions_enabled = true,
        .definition = arena_printf(arena, definition, function, function, functions[which].what,
                                   function, function),
        .tags = "[]",
        .state = ALARM_STATE_NO_DATA,
        .reason = "Unchecked: Initial alarm creation",
        .reason_data = "",
        .updated_ms = now_ms,
        .changed_ms = now_ms,
        .configured_ms = now_ms,
    };
    change.events = alarm_event_edit(arena, ALARM_CREATED, &change.row, now_ms);
    return change;
}

enum status
alarm_default_make(struct emulator *em, struct err *err)
{
    const int64_t now_ms = clock_now_ms(emulator_clock(em));
    struct alarm_change changes[FUNCTIONS];
    struct arena *arena;
    bool first = false;
    enum status st = store_claim_first_alarms(emulator_store(em), &first, err);

    if (st != OK || !first)
        return st;
    arena = arena_new();
    for (size_t i = 0; i < FUNCTIONS; i++)
        changes[i] = make(arena, i, now_ms);
    st = store_change_alarms(emulator_store(em), changes, FUNCTIONS, err);
    arena_free(arena);
    return st;
}
