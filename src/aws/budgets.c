/* budgets.c - DescribeBudgets, then DescribeNotificationsForBudget of the first few.
 * SPDX-License-Identifier: MIT
 *
 * What a budget counts is told in two ways: CostFilters, a map of lists ("TagKeyValue":
 * ["user:Project$UserMetrics"]), and for newer ones FilterExpression, as Cost Explorer takes it. Of
 * both only tags are read; how many other filters there are is counted, so that nobody compares
 * what cannot be compared. */
#include "config.h"

#include "aws/budgets.h"

#include "aws/account.h"
#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"
#include "domain/money.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION     "DescribeBudgets"
#define NOTIFICATIONS "DescribeNotificationsForBudget"
#define PAGE          100
#define PAGES_MAX     3
#define FILTERS_MAX   32 /* of a budget */
#define TOLD_MAX      16 /* notifications of a budget; AWS allows ten */

struct budgets_job {
    struct aws_client *client;
    struct arena *arena;
    struct account_job *account_job;
    struct pages *pages;
    char account[ACCOUNT_TEXT];
    budgets_done *done;
    void *arg;
    struct bill_budget *budgets;
    size_t count;
    bool partial;
    size_t asked; /* the budget whose notifications are asked for */
};

static void
job_free(struct budgets_job *job)
{
    free(job->budgets);
    free(job);
}

void
budgets_cancel(struct budgets_job *job)
{
    if (job == NULL)
        return;
    account_cancel(job->account_job);
    pages_cancel(job->pages);
    job_free(job);
}

static void
finish(struct budgets_job *job, const struct err *err)
{
    struct bill_budget *budgets = arena_alloc(job->arena, (job->count + 1) * sizeof *budgets);
    size_t n = 0;

    for (int wants_cost = 1; wants_cost >= 0; wants_cost--) {
        for (size_t i = 0; i < job->count; i++) {
            if (job->budgets[i].is_cost == wants_cost)
                budgets[n++] = job->budgets[i];
        }
    }
    job->done(job->arg, budgets, n, job->partial, err);
    job_free(job);
}

/* --- filters --- */

static void
add_filter(struct bill_budget *b, struct arena *arena, const char *key, size_t key_len,
           const char *value)
{
    struct bill_filter *filters;

    if (b->filter_count == FILTERS_MAX) {
        b->other_filters++;
        return;
    }
    filters = arena_alloc(arena, FILTERS_MAX * sizeof *filters);
    if (b->filter_count > 0)
        memcpy(filters, b->filters, b->filter_count * sizeof *filters);
    filters[b->filter_count++] =
        (struct bill_filter){ arena_strndup(arena, key, key_len), arena_strdup(arena, value) };
    b->filters = filters;
}

/* "user:Project$UserMetrics", or without the prefix. */
static void
read_tag_filter(struct bill_budget *b, struct arena *arena, const cJSON *text)
{
    const char *key = cJSON_IsString(text) ? text->valuestring : "";
    const char *dollar = strchr(key, '$');

    if (strncmp(key, "user:", 5) == 0)
        key += 5;
    if (dollar == NULL)
        b->other_filters++;
    else
        add_filter(b, arena, key, (size_t)(dollar - key), dollar + 1);
}

static void
read_cost_filters(struct bill_budget *b, struct arena *arena, const cJSON *filters)
{
    const cJSON *filter, *value;

    cJSON_ArrayForEach(filter, filters)
    {
        if (strcmp(filter->string, "TagKeyValue") != 0) {
            b->other_filters++;
            continue;
        }
        cJSON_ArrayForEach(value, filter) read_tag_filter(b, arena, value);
    }
}

/* Tags of one value each, alone or joined by And; anything else is another filter. */
static void
read_expression(struct bill_budget *b, struct arena *arena, const cJSON *expression)
{
    const cJSON *parts = json_get(expression, "And"),
                *part = cJSON_IsArray(parts) ? parts->child : expression;

    for (; part != NULL; part = part == expression ? NULL : part->next) {
        const cJSON *tags = json_get(part, "Tags"), *values = json_get(tags, "Values");
        const char *key = json_get_string(tags, "Key", NULL);

        if (key == NULL || cJSON_GetArraySize(values) != 1 || !cJSON_IsString(values->child))
            b->other_filters++;
        else
            add_filter(b, arena, key, strlen(key), values->child->valuestring);
    }
}

/* --- budgets --- */

/* false: not there, or not a number of dollars. */
static bool
read_spend(int64_t *microusd, const cJSON *spend)
{
    return strcmp(json_get_string(spend, "Unit", ""), "USD") == 0 &&
           money_parse(microusd, json_get_string(spend, "Amount", ""));
}

static enum status
read_budget(struct budgets_job *job, const cJSON *item, struct err *err)
{
    struct bill_budget b = { .has_notifications = false };
    const cJSON *spend = json_get(item, "CalculatedSpend"),
                *filters = json_get(item, "CostFilters");
    const cJSON *expression = json_get(item, "FilterExpression");

    b.name = answer_text(job->arena, item, "BudgetName", NULL);
    if (b.name == NULL)
        return err_set(err, E_INVALID, OPERATION ": a budget without BudgetName");
    b.is_cost = strcmp(json_get_string(item, "BudgetType", ""), "COST") == 0;
    b.is_monthly = strcmp(json_get_string(item, "TimeUnit", ""), "MONTHLY") == 0;
    b.updated_ms = answer_time_ms(item, "LastUpdatedTime");
    if (b.is_cost && !read_spend(&b.limit_microusd, json_get(item, "BudgetLimit")))
        return OK; /* planned limits, or another currency */
    (void)read_spend(&b.spent_microusd, json_get(spend, "ActualSpend"));
    b.has_forecast = read_spend(&b.forecast_microusd, json_get(spend, "ForecastedSpend"));
    if (cJSON_IsObject(expression))
        read_expression(&b, job->arena, expression);
    else if (cJSON_IsObject(filters))
        read_cost_filters(&b, job->arena, filters);
    job->budgets[job->count++] = b;
    return answer_check_size(job->arena, OPERATION, err);
}

static enum status
read_budgets(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct budgets_job *job = arg;
    const cJSON *list = json_get(page, "Budgets"), *item;

    if (list != NULL && !cJSON_IsArray(list)) /* an account without budgets has no list at all */
        return err_set(err, E_INVALID, OPERATION ": Budgets is no list");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == BUDGETS_MAX) {
            job->partial = true;
            break;
        }
        if (read_budget(job, item, err) != OK)
            return err->code;
    }
    *enough = job->count == BUDGETS_MAX;
    return OK;
}

/* --- notifications --- */

static void ask_notifications(struct budgets_job *job);

static enum status
read_notifications(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct budgets_job *job = arg;
    struct bill_budget *b = &job->budgets[job->asked];
    struct bill_notification *told = arena_alloc(job->arena, TOLD_MAX * sizeof *told);
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(page, "Notifications"))
    {
        bool is_absolute =
            strcmp(json_get_string(item, "ThresholdType", ""), "ABSOLUTE_VALUE") == 0;
        double threshold = json_get_number(item, "Threshold", -1), mark;

        if (b->notification_count == TOLD_MAX ||
            strcmp(json_get_string(item, "ComparisonOperator", ""), "GREATER_THAN") != 0)
            continue;
        mark = is_absolute ? threshold * (double)MONEY_USD
                           : (double)b->limit_microusd * threshold / 100;
        if (!(mark >= 0) || mark > (double)MONEY_MAX)
            return err_set(err, E_INVALID, NOTIFICATIONS ": Threshold of %.60s is out of range",
                           b->name);
        told[b->notification_count++] = (struct bill_notification){
            .is_forecast = strcmp(json_get_string(item, "NotificationType", ""), "FORECASTED") == 0,
            .mark_microusd = (int64_t)(mark + 0.5),
            .is_alarm = strcmp(json_get_string(item, "NotificationState", ""), "ALARM") == 0,
        };
    }
    b->notifications = told;
    b->has_notifications = true;
    *enough = true;
    return OK;
}

static void
on_notifications(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct budgets_job *job = arg;

    (void)more;
    (void)arrived;
    (void)err; /* has_notifications says it */
    job->pages = NULL;
    job->asked++;
    ask_notifications(job);
}

/* Of the next budget that has any; ends the job behind the last. */
static void
ask_notifications(struct budgets_job *job)
{
    cJSON *input;

    while (job->asked < job->count && !job->budgets[job->asked].is_cost)
        job->asked++;
    if (job->asked >= job->count || job->asked >= BUDGETS_TOLD_MAX) {
        finish(job, NULL);
        return;
    }
    input = cJSON_CreateObject();
    cJSON_AddStringToObject(input, "AccountId", job->account);
    cJSON_AddStringToObject(input, "BudgetName", job->budgets[job->asked].name);
    job->pages = pages_start(job->client, &(struct pages_request){
                                              .service = AWS_BUDGETS,
                                              .operation = NOTIFICATIONS,
                                              .token = "NextToken",
                                              .max = 1,
                                              .input = input,
                                              .read = read_notifications,
                                              .done = on_notifications,
                                              .arg = job,
                                          });
}

static void
on_budgets(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct budgets_job *job = arg;

    (void)arrived;
    job->pages = NULL;
    job->partial |= more;
    if (err != NULL)
        finish(job, err);
    else
        ask_notifications(job);
}

static void
on_account(void *arg, const char id[ACCOUNT_TEXT], const struct err *why)
{
    struct budgets_job *job = arg;
    cJSON *input;
    struct err err;

    job->account_job = NULL;
    if (*id == '\0') {
        err_set(&err, why->code,
                OPERATION ": it is asked by account, which STS GetCallerIdentity did not tell: %s",
                why->text);
        finish(job, &err);
        return;
    }
    memcpy(job->account, id, ACCOUNT_TEXT);
    input = cJSON_CreateObject();
    cJSON_AddStringToObject(input, "AccountId", id);
    cJSON_AddNumberToObject(input, "MaxResults", PAGE);
    cJSON_AddBoolToObject(input, "ShowFilterExpression", true);
    job->pages = pages_start(job->client, &(struct pages_request){
                                              .service = AWS_BUDGETS,
                                              .operation = OPERATION,
                                              .token = "NextToken",
                                              .max = PAGES_MAX,
                                              .input = input,
                                              .read = read_budgets,
                                              .done = on_budgets,
                                              .arg = job,
                                          });
}

struct budgets_job *
budgets_list(struct aws_client *client, struct arena *arena, budgets_done *done, void *arg)
{
    struct budgets_job *job = xcalloc(1, sizeof *job);

    job->client = client;
    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->budgets = xcalloc(BUDGETS_MAX, sizeof *job->budgets);
    job->account_job = account_ask(client, on_account, job);
    return job;
}
