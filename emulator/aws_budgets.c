/* aws_budgets.c - Budgets: DescribeBudgets, DescribeBudget, their notifications and history.
 * SPDX-License-Identifier: MIT
 *
 * Budgets are the stack file's, all of costs by the month. What was spent and is forecast is of
 * this very moment and the numbers Cost Explorer gives; AWS looks three times a day. A notification
 * is in ALARM when the amount is above its threshold, not at it. A forecast that has too little
 * history is left out, and its notifications are OK. An account is only shown its own budgets. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/day.h"
#include "base/json.h"
#include "emulator/aws_ce.h"
#include "emulator/aws_operations.h"
#include "emulator/cost_forecast.h"
#include "emulator/parts.h"

#define ACCOUNT_DIGITS 12
#define NAME_MAX_CHARS 100
#define BUDGETS_MAX    1000 /* of a page */
#define PAGE_DEFAULT   100
#define HISTORY_MONTHS 12
#define END_MS         INT64_C(3706473600000) /* 2087-06-15: what a budget without an end has */
#define LEVEL          80

struct spend {
    int64_t actual, forecast; /* microusd */
    bool has_forecast;
};

static const char *const no_keys[] = { "AccountId", "BudgetName", NULL };

/* --- the request ----------------------------------------------------------------------------- */

static enum status
read_account(struct aws_call *call)
{
    const struct stack *stack = emulator_stack(call->em);
    const char *own = stack == NULL ? AWS_ACCOUNT : stack->account, *account = NULL;
    enum status st = awsvalue_string(&call->in, "AccountId", AWS_REQUIRED, ACCOUNT_DIGITS,
                                     ACCOUNT_DIGITS, &account);

    if (st == OK && strcmp(account, own) != 0)
        return ce_refuse(call, "AccessDeniedException",
                         "User: arn:aws:iam::%s:user/obsview is not authorized to perform: "
                         "budgets:ViewBudget on resource: arn:aws:budgets::%s:budget/*",
                         own, account);
    return st;
}

static enum status
read_budget(struct aws_call *call, const struct stack_budget **out)
{
    const struct stack *stack = emulator_stack(call->em);
    const char *name = NULL;
    enum status st =
        awsvalue_string(&call->in, "BudgetName", AWS_REQUIRED, 1, NAME_MAX_CHARS, &name);

    if (st == OK)
        st = read_account(call);
    if (st != OK)
        return st;
    for (size_t i = 0; stack != NULL && i < stack->budget_count; i++) {
        if (strcmp(stack->budgets[i].name, name) == 0) {
            *out = &stack->budgets[i];
            return OK;
        }
    }
    return ce_refuse(call, "NotFoundException",
                     "Unable to get budget: %.100s - the budget doesn't exist.", name);
}

/* --- what was spent -------------------------------------------------------------------------- */

static void
forecast_month(struct spend *spend, const struct cost_days *days, int64_t first, int64_t next)
{
    int64_t today = days->first + COST_HISTORY, over;
    struct forecast_value month, day;

    if (!cost_days_forecast(&month, days, first, next, LEVEL) ||
        !cost_days_forecast(&day, days, today, today + 1, LEVEL))
        return;
    /* A day that has cost more than it should already will not cost less. */
    over = days->microusd[COST_HISTORY] - day.mean;
    spend->has_forecast = true;
    spend->forecast = month.mean + (over > 0 ? over : 0);
}

static enum status
read_spend(struct spend *out, struct aws_call *call, const struct stack_budget *budget)
{
    int64_t today = day_of_ms(call->now_ms), first = day_month(today, 0);
    struct cost_days *days = arena_alloc(call->arena, sizeof *days);
    struct err err = { 0 };

    *out = (struct spend){ .actual = 0 };
    if (cost_days_read(days, call,
                       cost_filter_of_tags(call->arena, budget->filter, budget->filter_count),
                       &err) != OK)
        return ce_failed(call, &err);
    for (int64_t day = first; day <= today; day++)
        out->actual += days->microusd[day - days->first];
    forecast_month(out, days, first, day_month(today, 1));
    return OK;
}

/* --- answers --------------------------------------------------------------------------------- */

static void
put_spend(cJSON *to, const char *name, int64_t microusd)
{
    cJSON *out = cJSON_AddObjectToObject(to, name);
    char text[CE_AMOUNT];

    ce_amount(text, microusd);
    cJSON_AddStringToObject(out, "Amount", text);
    cJSON_AddStringToObject(out, "Unit", "USD");
}

static void
put_period(cJSON *to, int64_t start_ms, int64_t end_ms)
{
    cJSON *out = cJSON_AddObjectToObject(to, "TimePeriod");

    cJSON_AddItemToObject(out, "Start", json_time(start_ms));
    cJSON_AddItemToObject(out, "End", json_time(end_ms));
}

static void
put_filters(cJSON *to, const struct stack_budget *budget, struct arena *arena)
{
    cJSON *filters, *values;

    if (budget->filter_count == 0)
        return;
    filters = json_map();
    cJSON_AddItemToObject(to, "CostFilters", filters);
    values = cJSON_AddArrayToObject(filters, "TagKeyValue");
    for (size_t i = 0; i < budget->filter_count; i++)
        cJSON_AddItemToArray(
            values, cJSON_CreateString(arena_printf(arena, "user:%s$%s", budget->filter[i].key,
                                                    budget->filter[i].value)));
}

static cJSON *
tag_expression(const struct stack_tag *tag)
{
    cJSON *out = cJSON_CreateObject(), *tags = cJSON_AddObjectToObject(out, "Tags"), *list;

    cJSON_AddStringToObject(tags, "Key", tag->key);
    list = cJSON_AddArrayToObject(tags, "Values");
    cJSON_AddItemToArray(list, cJSON_CreateString(tag->value));
    list = cJSON_AddArrayToObject(tags, "MatchOptions");
    cJSON_AddItemToArray(list, cJSON_CreateString("EQUALS"));
    return out;
}

/* The same filter as an expression, which the service tells when asked to. */
static void
put_expression(cJSON *to, const struct stack_budget *budget)
{
    cJSON *out, *parts;

    if (budget->filter_count == 0)
        return;
    if (budget->filter_count == 1) {
        cJSON_AddItemToObject(to, "FilterExpression", tag_expression(&budget->filter[0]));
        return;
    }
    out = cJSON_AddObjectToObject(to, "FilterExpression");
    parts = cJSON_AddArrayToObject(out, "And");
    for (size_t i = 0; i < budget->filter_count; i++)
        cJSON_AddItemToArray(parts, tag_expression(&budget->filter[i]));
}

static void
put_cost_types(cJSON *to)
{
    static const struct {
        const char *name;
        bool is_on;
    } kinds[] = {
        { "IncludeTax", true },       { "IncludeSubscription", true },
        { "UseBlended", false },      { "IncludeRefund", true },
        { "IncludeCredit", true },    { "IncludeUpfront", true },
        { "IncludeRecurring", true }, { "IncludeOtherSubscription", true },
        { "IncludeSupport", true },   { "IncludeDiscount", true },
        { "UseAmortized", false },
    };
    cJSON *out = cJSON_AddObjectToObject(to, "CostTypes");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        cJSON_AddBoolToObject(out, kinds[i].name, kinds[i].is_on);
}

static enum status
fill_budget(cJSON *out, struct aws_call *call, const struct stack_budget *budget, bool expression)
{
    const struct stack *stack = emulator_stack(call->em);
    cJSON *spent, *health;
    struct spend spend;
    enum status st = read_spend(&spend, call, budget);

    if (st != OK)
        return st;
    cJSON_AddStringToObject(out, "BudgetName", budget->name);
    put_spend(out, "BudgetLimit", budget->limit_microusd);
    put_filters(out, budget, call->arena);
    if (expression)
        put_expression(out, budget);
    put_cost_types(out);
    cJSON_AddStringToObject(out, "TimeUnit", "MONTHLY");
    put_period(out, day_month(day_of_ms(stack->since_ms), 0) * DAY_MS, END_MS);
    spent = cJSON_AddObjectToObject(out, "CalculatedSpend");
    put_spend(spent, "ActualSpend", spend.actual);
    if (spend.has_forecast)
        put_spend(spent, "ForecastedSpend", spend.forecast);
    cJSON_AddStringToObject(out, "BudgetType", "COST");
    cJSON_AddItemToObject(out, "LastUpdatedTime", json_time(call->now_ms));
    health = cJSON_AddObjectToObject(out, "HealthStatus");
    cJSON_AddStringToObject(health, "Status", "HEALTHY");
    cJSON_AddItemToObject(health, "LastUpdatedTime", json_time(call->now_ms));
    return OK;
}

enum status
aws_describe_budgets(struct aws_call *call)
{
    static const char *const known[] = { "AccountId", "MaxResults", "NextToken",
                                         "ShowFilterExpression", NULL };
    const struct stack *stack = emulator_stack(call->em);
    size_t count = stack == NULL ? 0 : stack->budget_count;
    bool expression = false;
    int64_t limit = PAGE_DEFAULT;
    uint64_t place = 0;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_int(&call->in, "MaxResults", AWS_OPTIONAL, 1, BUDGETS_MAX, &limit);
    if (st == OK)
        st = awsvalue_bool(&call->in, "ShowFilterExpression", AWS_OPTIONAL, &expression);
    if (st == OK)
        st = read_account(call);
    if (st == OK)
        st = ce_place_read(&place, call, "DescribeBudgets", "NextToken", no_keys);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "Budgets");
    for (size_t i = (size_t)place; st == OK && i < count; i++) {
        cJSON *budget;

        if (i - place == (size_t)limit) {
            ce_place_put(call, "DescribeBudgets", "NextToken", no_keys, i);
            break;
        }
        budget = cJSON_CreateObject();
        cJSON_AddItemToArray(list, budget);
        st = fill_budget(budget, call, &stack->budgets[i], expression);
    }
    return st;
}

enum status
aws_describe_budget(struct aws_call *call)
{
    static const char *const known[] = { "AccountId", "BudgetName", "ShowFilterExpression", NULL };
    const struct stack_budget *budget = NULL;
    bool expression = false;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_bool(&call->in, "ShowFilterExpression", AWS_OPTIONAL, &expression);
    if (st == OK)
        st = read_budget(call, &budget);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    return fill_budget(cJSON_AddObjectToObject(call->out, "Budget"), call, budget, expression);
}

/* --- notifications --------------------------------------------------------------------------- */

static bool
is_above(const struct spend *spend, const struct stack_budget *budget,
         const struct stack_threshold *threshold)
{
    int64_t mark = llround((double)budget->limit_microusd * threshold->percent / 100);

    if (threshold->is_forecast)
        return spend->has_forecast && spend->forecast > mark;
    return spend->actual > mark;
}

static void
put_notification(cJSON *list, const struct spend *spend, const struct stack_budget *budget,
                 const struct stack_threshold *threshold)
{
    cJSON *out = cJSON_CreateObject();

    cJSON_AddItemToArray(list, out);
    cJSON_AddStringToObject(out, "NotificationType",
                            threshold->is_forecast ? "FORECASTED" : "ACTUAL");
    cJSON_AddStringToObject(out, "ComparisonOperator", "GREATER_THAN");
    cJSON_AddNumberToObject(out, "Threshold", threshold->percent);
    cJSON_AddStringToObject(out, "ThresholdType", "PERCENTAGE");
    cJSON_AddStringToObject(out, "NotificationState",
                            is_above(spend, budget, threshold) ? "ALARM" : "OK");
}

enum status
aws_describe_notifications_for_budget(struct aws_call *call)
{
    static const char *const known[] = { "AccountId", "BudgetName", "MaxResults", "NextToken",
                                         NULL };
    const char *operation = "DescribeNotificationsForBudget";
    const struct stack_budget *budget = NULL;
    int64_t limit = PAGE_DEFAULT;
    struct spend spend;
    uint64_t place = 0;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_int(&call->in, "MaxResults", AWS_OPTIONAL, 1, PAGE_DEFAULT, &limit);
    if (st == OK)
        st = read_budget(call, &budget);
    if (st == OK)
        st = ce_place_read(&place, call, operation, "NextToken", no_keys);
    if (st == OK)
        st = read_spend(&spend, call, budget);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "Notifications");
    for (size_t i = (size_t)place; i < budget->threshold_count; i++) {
        if (i - place == (size_t)limit) {
            ce_place_put(call, operation, "NextToken", no_keys, i);
            break;
        }
        put_notification(list, &spend, budget, &budget->thresholds[i]);
    }
    return OK;
}

/* --- history --------------------------------------------------------------------------------- */

/* Months that have begun, of those asked for: at most the last twelve. */
struct months {
    int64_t first, end; /* days; [first of a month, first of a month) */
};

static enum status
read_months(struct months *out, struct aws_call *call)
{
    static const char *const known[] = { "Start", "End", NULL };
    int64_t today = day_of_ms(call->now_ms);
    int64_t since = day_of_ms(emulator_stack(call->em)->since_ms), start_ms, end_ms;
    struct awsvalue in = { .object = NULL };
    enum status st = awsvalue_struct(&call->in, "TimePeriod", AWS_OPTIONAL, &in);

    out->first = day_month(today, 1 - HISTORY_MONTHS);
    out->end = day_month(today, 1);
    start_ms = out->first * DAY_MS;
    end_ms = out->end * DAY_MS;
    if (st == OK && in.object != NULL) {
        st = aws_only(&in, known);
        if (st == OK)
            st = awsvalue_time(&in, "Start", AWS_OPTIONAL, &start_ms);
        if (st == OK)
            st = awsvalue_time(&in, "End", AWS_OPTIONAL, &end_ms);
    }
    if (st != OK)
        return st;
    if (start_ms >= end_ms)
        return awsvalue_invalid(&call->in, "TimePeriod", "has a Start that is not before its End");
    since = day_month(since, 0);
    out->first = out->first > since ? out->first : since;
    if (start_ms > out->first * DAY_MS)
        out->first = day_month(day_of_ms(start_ms), 0);
    if (end_ms < out->end * DAY_MS)
        out->end = day_month(day_of_ms(end_ms - 1), 1);
    return OK;
}

static void
put_month(cJSON *list, struct cost_view *view, const struct stack_budget *budget, int64_t first,
          int64_t next)
{
    cJSON *out = cJSON_CreateObject();

    cost_view_clear(view);
    for (int64_t day = first; day < next; day++)
        cost_view_add_day(view, day);
    cJSON_AddItemToArray(list, out);
    put_spend(out, "BudgetedAmount", budget->limit_microusd);
    put_spend(out, "ActualAmount", cost_view_total(view).microusd);
    put_period(out, first * DAY_MS, next * DAY_MS);
}

static enum status
put_months(cJSON *list, struct aws_call *call, const struct stack_budget *budget,
           const struct months *months, uint64_t place, int64_t limit)
{
    struct cost_view view = { .key_count = 0 };
    struct cost_book book;
    struct err err = { 0 };
    uint64_t number = 0;

    if (cost_book_open(&book, call->em, call->reader, call->arena, months->first, months->end,
                       call->now_ms, &err) != OK)
        return ce_failed(call, &err);
    cost_view_init(&view, call->arena, &book,
                   cost_filter_of_tags(call->arena, budget->filter, budget->filter_count));
    for (int64_t first = months->first; first < months->end; first = day_month(first, 1)) {
        if (number++ < place)
            continue;
        if (number - place > (uint64_t)limit) {
            ce_place_put(call, "DescribeBudgetPerformanceHistory", "NextToken", no_keys,
                         number - 1);
            break;
        }
        put_month(list, &view, budget, first, day_month(first, 1));
    }
    cost_view_fini(&view);
    return OK;
}

enum status
aws_describe_budget_performance_history(struct aws_call *call)
{
    static const char *const known[] = { "AccountId",  "BudgetName", "TimePeriod",
                                         "MaxResults", "NextToken",  NULL };
    const struct stack_budget *budget = NULL;
    int64_t limit = PAGE_DEFAULT;
    struct months months;
    uint64_t place = 0;
    cJSON *out;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_int(&call->in, "MaxResults", AWS_OPTIONAL, 1, PAGE_DEFAULT, &limit);
    if (st == OK)
        st = read_budget(call, &budget);
    if (st == OK)
        st = read_months(&months, call);
    if (st == OK)
        st = ce_place_read(&place, call, "DescribeBudgetPerformanceHistory", "NextToken", no_keys);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    out = cJSON_AddObjectToObject(call->out, "BudgetPerformanceHistory");
    cJSON_AddStringToObject(out, "BudgetName", budget->name);
    cJSON_AddStringToObject(out, "BudgetType", "COST");
    put_filters(out, budget, call->arena);
    put_cost_types(out);
    cJSON_AddStringToObject(out, "TimeUnit", "MONTHLY");
    return put_months(cJSON_AddArrayToObject(out, "BudgetedAndActualAmountsList"), call, budget,
                      &months, place, limit);
}
