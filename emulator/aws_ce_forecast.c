/* aws_ce_forecast.c - Cost Explorer GetCostForecast.
 * SPDX-License-Identifier: MIT
 *
 * The method is domain/forecast.c over the last 90 days; what is asked for of yesterday is what it
 * cost, and today counts as a whole day to come. A month of which a part is asked for is that part.
 * The earliest start is yesterday and the latest end three months ahead by days, 18 by months, as
 * the service says. */
#include "config.h"

#include "base/day.h"
#include "emulator/aws_ce.h"
#include "emulator/aws_operations.h"
#include "emulator/cost_forecast.h"

#define DAY_HOURS     24
#define LEVEL_LEAST   51
#define LEVEL_MOST    99
#define LEVEL_DEFAULT 80

enum granularity { DAILY, MONTHLY };
static const int months_ahead[] = { [DAILY] = 3, [MONTHLY] = 18 };

struct forecast_request {
    int64_t from, to; /* days */
    int granularity;
    int64_t level;
    const struct cost_filter *filter;
};

static enum status
check_period(struct forecast_request *q, struct aws_call *call)
{
    int64_t today = day_of_ms(call->now_ms);
    int64_t latest = ce_months_later(today, months_ahead[q->granularity]);
    struct ce_period period = { .from = 0 };
    char text[DAY_TEXT];
    enum status st = ce_period_read(&period, call);

    if (st != OK)
        return st;
    if (period.has_hours)
        return ce_refuse(call, "ValidationException",
                         "Time period is invalid. Valid format is yyyy-MM-dd.");
    q->from = period.from / DAY_HOURS;
    q->to = period.to / DAY_HOURS;
    if (q->from < today - 1) {
        day_format(today - 1, text);
        return ce_refuse(call, "ValidationException", "Earliest supported Start is %s", text);
    }
    if (q->to > latest) {
        day_format(latest, text);
        return ce_refuse(call, "ValidationException", "Latest supported End is %s", text);
    }
    return OK;
}

static enum status
read_request(struct forecast_request *q, struct aws_call *call)
{
    static const char *const known[] = {
        "TimePeriod", "Metric", "Granularity", "Filter", "PredictionIntervalLevel", NULL
    };
    static const char *const metrics[] = { "UNBLENDED_COST",     "BLENDED_COST",
                                           "AMORTIZED_COST",     "NET_UNBLENDED_COST",
                                           "NET_AMORTIZED_COST", NULL };
    static const char *const granularities[] = { "DAILY", "MONTHLY", NULL };
    int metric = 0;
    enum status st = aws_only(&call->in, known);

    q->level = LEVEL_DEFAULT;
    if (st == OK)
        st = awsvalue_enum(&call->in, "Metric", AWS_REQUIRED, metrics, &metric);
    if (st == OK)
        st = awsvalue_enum(&call->in, "Granularity", AWS_REQUIRED, granularities, &q->granularity);
    if (st == OK)
        st = awsvalue_int(&call->in, "PredictionIntervalLevel", AWS_OPTIONAL, LEVEL_LEAST,
                          LEVEL_MOST, &q->level);
    if (st == OK)
        st = check_period(q, call);
    if (st == OK)
        st = cost_filter_read(&q->filter, call);
    return st;
}

static void
put_amount(cJSON *to, const char *name, int64_t microusd)
{
    char text[CE_AMOUNT];

    ce_amount(text, microusd);
    cJSON_AddStringToObject(to, name, text);
}

static bool
put_forecast(cJSON *list, const struct cost_days *days, int64_t from, int64_t to, double level)
{
    const struct ce_period period = { .from = from * DAY_HOURS, .to = to * DAY_HOURS };
    struct forecast_value value;
    cJSON *out;

    if (!cost_days_forecast(&value, days, from, to, level))
        return false;
    out = cJSON_CreateObject();
    cJSON_AddItemToArray(list, out);
    ce_put_period(out, &period);
    put_amount(out, "MeanValue", value.mean);
    put_amount(out, "PredictionIntervalLowerBound", value.low);
    put_amount(out, "PredictionIntervalUpperBound", value.high);
    return true;
}

static bool
put_forecasts(struct aws_call *call, const struct forecast_request *q, const struct cost_days *days)
{
    double level = (double)q->level;
    struct forecast_value sum;
    cJSON *total, *list;
    bool known = cost_days_forecast(&sum, days, q->from, q->to, level);

    call->out = cJSON_CreateObject();
    total = cJSON_AddObjectToObject(call->out, "Total");
    put_amount(total, "Amount", known ? sum.mean : 0);
    cJSON_AddStringToObject(total, "Unit", "USD");
    list = cJSON_AddArrayToObject(call->out, "ForecastResultsByTime");
    for (int64_t from = q->from, to; known && from < q->to; from = to) {
        to = q->granularity == DAILY ? from + 1 : day_month(from, 1);
        to = to < q->to ? to : q->to;
        known = put_forecast(list, days, from, to, level);
    }
    return known;
}

enum status
aws_get_cost_forecast(struct aws_call *call)
{
    struct forecast_request q = { .granularity = 0 };
    struct cost_days *days;
    struct err err = { 0 };
    enum status st = read_request(&q, call);

    if (st != OK)
        return st;
    days = arena_alloc(call->arena, sizeof *days);
    if (cost_days_read(days, call, q.filter, &err) != OK)
        return ce_failed(call, &err);
    if (!put_forecasts(call, &q, days))
        return ce_refuse(call, "DataUnavailableException",
                         "Insufficient amount of historical data");
    return OK;
}
