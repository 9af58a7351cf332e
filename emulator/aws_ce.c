/* aws_ce.c - Cost Explorer: periods, amounts, pages.
 * SPDX-License-Identifier: MIT
 *
 * The sentences of refusals are the service's own where they are known from reports of its users
 * (aws-sdk-js #2732, boto3 #2369 and their like). */
#include "config.h"

#include "emulator/aws_ce.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/iso8601.h"
#include "base/text.h"
#include "domain/money.h"
#include "emulator/aws_token.h"

#define DATE_CHARS  10
#define HOUR_MS     INT64_C(3600000)
#define DAY_HOURS   24
#define MONTHS_BACK 14

enum status
ce_refuse(struct aws_call *call, const char *code, const char *fmt, ...)
{
    char text[WIRE_MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return wire_error_set(call->error, 400, code, "%s", text);
}

enum status
ce_failed(struct aws_call *call, const struct err *err)
{
    if (err->code == E_NOTFOUND)
        return ce_refuse(call, "DataUnavailableException", "%s", err->text);
    return aws_store_failed(call, err);
}

/* --- periods --------------------------------------------------------------------------------- */

static bool
read_time(int64_t *hours, bool *has_hours, const char *text)
{
    int64_t day, ms;

    *has_hours = strlen(text) > DATE_CHARS;
    if (!*has_hours) {
        if (!day_parse(&day, text))
            return false;
        *hours = day * DAY_HOURS;
        return true;
    }
    if (strlen(text) != strlen("2026-11-28T00:00:00Z") || text[DATE_CHARS] != 'T' ||
        !iso8601_parse(&ms, text) || ms % HOUR_MS != 0)
        return false;
    *hours = ms / HOUR_MS;
    return true;
}

enum status
ce_period_read(struct ce_period *out, struct aws_call *call)
{
    static const char *const known[] = { "Start", "End", NULL };
    const char *start = NULL, *end = NULL;
    bool start_has_hours, end_has_hours;
    struct awsvalue in;
    enum status st = awsvalue_struct(&call->in, "TimePeriod", AWS_REQUIRED, &in);

    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = awsvalue_string(&in, "Start", AWS_REQUIRED, 1, 40, &start);
    if (st == OK)
        st = awsvalue_string(&in, "End", AWS_REQUIRED, 1, 40, &end);
    if (st != OK)
        return st;
    if (!read_time(&out->from, &start_has_hours, start) ||
        !read_time(&out->to, &end_has_hours, end) || start_has_hours != end_has_hours)
        return ce_refuse(call, "ValidationException",
                         "Time period is invalid. Valid format is yyyy-MM-dd or "
                         "yyyy-MM-ddThh:mm:ssZ.");
    if (out->from >= out->to)
        return ce_refuse(call, "ValidationException",
                         "Start date (and hour) should be before end date (and hour)");
    out->has_hours = start_has_hours;
    return OK;
}

int64_t
ce_months_later(int64_t day, int months)
{
    int64_t first = day_month(day, months), next = day_month(day, months + 1);
    int64_t same = first + (int64_t)day_of_month(day) - 1;

    return same < next ? same : next - 1;
}

enum status
ce_period_check_past(const struct ce_period *period, struct aws_call *call)
{
    int64_t today = day_of_ms(call->now_ms);

    if (period->to > day_month(today, 1) * DAY_HOURS)
        return ce_refuse(call, "ValidationException", "end date past the beginning of next month");
    if (period->from < ce_months_later(today, -MONTHS_BACK) * DAY_HOURS)
        return ce_refuse(call, "ValidationException",
                         "You haven't enabled historical data beyond %d months", MONTHS_BACK);
    return OK;
}

static void
put_time(cJSON *to, const char *name, int64_t hours, bool has_hours)
{
    char text[ISO8601_TEXT];

    if (has_hours)
        iso8601_format_s(hours * HOUR_MS, text);
    else
        day_format(hours / DAY_HOURS, text);
    cJSON_AddStringToObject(to, name, text);
}

void
ce_put_period(cJSON *to, const struct ce_period *period)
{
    cJSON *out = cJSON_AddObjectToObject(to, "TimePeriod");

    put_time(out, "Start", period->from, period->has_hours);
    put_time(out, "End", period->to, period->has_hours);
}

void
ce_put_account(cJSON *list, const struct stack *stack)
{
    cJSON *value = cJSON_CreateObject(), *attributes;

    cJSON_AddItemToArray(list, value);
    cJSON_AddStringToObject(value, "Value", stack->account);
    attributes = cJSON_AddObjectToObject(value, "Attributes");
    cJSON_AddStringToObject(attributes, "description", stack->name);
}

/* --- amounts and pages ----------------------------------------------------------------------- */

void
ce_amount(char text[CE_AMOUNT], int64_t millionths)
{
    size_t len;

    money_format(text, millionths, 6);
    len = strlen(text);
    while (text[len - 1] == '0')
        len--;
    if (text[len - 1] == '.')
        len--;
    text[len] = '\0';
}

enum status
ce_place_read(uint64_t *place, struct aws_call *call, const char *operation, const char *token_name,
              const char *const *keys)
{
    const char *token = NULL, *state;
    int64_t value;
    enum status st = awsvalue_string(&call->in, token_name, AWS_OPTIONAL, 0, CE_TOKEN_MAX, &token);

    *place = 0;
    if (st != OK || token == NULL)
        return st;
    state = aws_token_read(call->arena, aws_token_scope(operation, &call->in, keys), token);
    if (state == NULL || !text_parse_int(&value, state) || value < 0)
        return ce_refuse(call, "InvalidNextTokenException",
                         "The %s is not one that was given for this request.", token_name);
    *place = (uint64_t)value;
    return OK;
}

void
ce_place_put(struct aws_call *call, const char *operation, const char *token_name,
             const char *const *keys, uint64_t place)
{
    const char *state = arena_printf(call->arena, "%" PRIu64, place);

    cJSON_AddStringToObject(
        call->out, token_name,
        aws_token_make(call->arena, aws_token_scope(operation, &call->in, keys), state));
}
