/* cost_explorer.c - GetCostAndUsage, by day.
 * SPDX-License-Identifier: MIT
 *
 * Groups of a tag are told as "Component$Umami", and as "Component$" for what lacks it; rows hold
 * what stands behind the first '$'. Amounts are decimal texts of many digits (money.h). End of a
 * period is exclusive, here as there. */
#include "config.h"

#include "aws/cost_explorer.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/day.h"
#include "base/json.h"
#include "domain/money.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "GetCostAndUsage"
#define METRIC    "UnblendedCost"
#define PAGES_MAX 3 /* each of them is paid for */

struct cost_explorer_job {
    struct arena *arena;
    struct pages *pages;
    cost_explorer_done *done;
    void *arg;
    struct bill_row *rows;
    size_t count, cap;
    bool partial;
};

static void
job_free(struct cost_explorer_job *job)
{
    free(job->rows);
    free(job);
}

void
cost_explorer_cancel(struct cost_explorer_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

/* --- what is asked --- */

static void
add_period(cJSON *input, const struct cost_question *q)
{
    cJSON *period = cJSON_AddObjectToObject(input, "TimePeriod");
    char text[DAY_TEXT];

    day_format(q->from_day, text);
    cJSON_AddStringToObject(period, "Start", text);
    day_format(q->to_day, text);
    cJSON_AddStringToObject(period, "End", text);
}

static void
add_filter(cJSON *input, const struct cost_question *q)
{
    cJSON *tags;

    if (q->filter_key == NULL)
        return;
    tags = cJSON_AddObjectToObject(cJSON_AddObjectToObject(input, "Filter"), "Tags");
    cJSON_AddStringToObject(tags, "Key", q->filter_key);
    cJSON_AddItemToObject(tags, "Values", cJSON_CreateStringArray(&q->filter_value, 1));
}

static cJSON *
make_input(const struct cost_question *q)
{
    static const char *const metrics[] = { METRIC };
    cJSON *input = cJSON_CreateObject(), *groups;

    add_period(input, q);
    cJSON_AddStringToObject(input, "Granularity", "DAILY");
    cJSON_AddItemToObject(input, "Metrics", cJSON_CreateStringArray(metrics, 1));
    add_filter(input, q);
    groups = cJSON_AddArrayToObject(input, "GroupBy");
    for (size_t i = 0; i < BILL_KEYS; i++) {
        cJSON *group = cJSON_CreateObject();

        cJSON_AddStringToObject(group, "Type", "TAG");
        cJSON_AddStringToObject(group, "Key", q->tags[i]);
        cJSON_AddItemToArray(groups, group);
    }
    return input;
}

/* --- what is answered --- */

static enum status
read_amount(int64_t *microusd, const cJSON *group, struct err *err)
{
    const cJSON *metric = json_get(json_get(group, "Metrics"), METRIC);
    const char *amount = json_get_string(metric, "Amount", NULL);
    const char *unit = json_get_string(metric, "Unit", "USD");

    if (amount == NULL || !money_parse(microusd, amount))
        return err_set(err, E_INVALID,
                       OPERATION ": " METRIC ".Amount is \"%.40s\", expected a decimal number",
                       amount == NULL ? "" : amount);
    if (strcmp(unit, "USD") != 0)
        return err_set(err, E_UNSUPPORTED, OPERATION ": the bill is in %.10s, expected USD", unit);
    return OK;
}

static const char *
behind_dollar(const char *text)
{
    const char *dollar = strchr(text, '$');

    return dollar == NULL ? text : dollar + 1;
}

static enum status
read_group(struct cost_explorer_job *job, int64_t day, const cJSON *group, struct err *err)
{
    const cJSON *keys = json_get(group, "Keys");
    struct bill_row row = { .day = day };

    if (!cJSON_IsArray(keys) || cJSON_GetArraySize(keys) != BILL_KEYS)
        return err_set(err, E_INVALID, OPERATION ": a group without its %d Keys", BILL_KEYS);
    for (int i = 0; i < BILL_KEYS; i++) {
        const cJSON *key = cJSON_GetArrayItem(keys, i);

        if (!cJSON_IsString(key))
            return err_set(err, E_INVALID, OPERATION ": Keys[%d] is not text", i);
        row.keys[i] = arena_strdup(job->arena, behind_dollar(key->valuestring));
    }
    if (read_amount(&row.microusd, group, err) != OK)
        return err->code;
    if (job->count == job->cap) {
        job->cap = job->cap == 0 ? 256 : 2 * job->cap;
        job->rows = xreallocarray(job->rows, job->cap, sizeof *job->rows);
    }
    job->rows[job->count++] = row;
    return answer_check_size(job->arena, OPERATION, err);
}

static enum status
read_day(int64_t *day, const cJSON *result, struct err *err)
{
    const char *start = json_get_string(json_get(result, "TimePeriod"), "Start", "");
    char text[DAY_TEXT];

    snprintf(text, sizeof text, "%.10s", start);
    if (!day_parse(day, text))
        return err_set(err, E_INVALID,
                       OPERATION ": TimePeriod.Start is \"%.20s\", expected YYYY-MM-DD", start);
    return OK;
}

static enum status
read_result(struct cost_explorer_job *job, const cJSON *result, struct err *err)
{
    const cJSON *group;
    int64_t day;

    if (read_day(&day, result, err) != OK)
        return err->code;
    cJSON_ArrayForEach(group, json_get(result, "Groups"))
    {
        if (job->count == COST_EXPLORER_ROWS_MAX) {
            job->partial = true;
            return OK;
        }
        if (read_group(job, day, group, err) != OK)
            return err->code;
    }
    return OK;
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct cost_explorer_job *job = arg;
    const cJSON *list = json_get(page, "ResultsByTime"), *result;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, OPERATION ": an answer without ResultsByTime");
    cJSON_ArrayForEach(result, list)
    {
        if (read_result(job, result, err) != OK)
            return err->code;
    }
    *enough = job->partial;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct cost_explorer_job *job = arg;
    struct bill_row *rows = arena_alloc(job->arena, (job->count + 1) * sizeof *rows);

    job->pages = NULL;
    if (job->count > 0)
        memcpy(rows, job->rows, job->count * sizeof *rows);
    job->done(job->arg, rows, job->count, more || job->partial, arrived, err);
    job_free(job);
}

struct cost_explorer_job *
cost_explorer_usage(struct aws_client *client, struct arena *arena,
                    const struct cost_question *question, cost_explorer_done *done, void *arg)
{
    struct cost_explorer_job *job = xcalloc(1, sizeof *job);

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_COST_EXPLORER,
                                         .operation = OPERATION,
                                         .token = "NextPageToken",
                                         .max = PAGES_MAX,
                                         .input = make_input(question),
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job,
                                     });
    return job;
}

/* --- what was kept --- */

static cJSON *
group_json(const struct cost_question *q, const struct bill_row *row)
{
    cJSON *group = cJSON_CreateObject(), *keys = cJSON_AddArrayToObject(group, "Keys"), *metric;
    char amount[MONEY_TEXT];

    for (size_t i = 0; i < BILL_KEYS; i++) {
        char *key = xasprintf("%s$%s", q->tags[i], row->keys[i]);

        cJSON_AddItemToArray(keys, cJSON_CreateString(key));
        free(key);
    }
    money_format(amount, row->microusd, 6);
    metric = cJSON_AddObjectToObject(cJSON_AddObjectToObject(group, "Metrics"), METRIC);
    cJSON_AddStringToObject(metric, "Amount", amount);
    cJSON_AddStringToObject(metric, "Unit", "USD");
    return group;
}

static cJSON *
add_day(cJSON *results, int64_t day)
{
    cJSON *result = cJSON_CreateObject(), *period = cJSON_AddObjectToObject(result, "TimePeriod");
    char text[DAY_TEXT];

    day_format(day, text);
    cJSON_AddStringToObject(period, "Start", text);
    day_format(day + 1, text);
    cJSON_AddStringToObject(period, "End", text);
    cJSON_AddItemToArray(results, result);
    return cJSON_AddArrayToObject(result, "Groups");
}

void
cost_explorer_tell(const struct aws_client *client, const struct cost_question *q,
                   const struct bill_row *rows, size_t count)
{
    cJSON *answer, *results, *groups = NULL;

    if (!aws_client_hears(client))
        return;
    answer = cJSON_CreateObject();
    results = cJSON_AddArrayToObject(answer, "ResultsByTime");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || rows[i].day != rows[i - 1].day)
            groups = add_day(results, rows[i].day);
        cJSON_AddItemToArray(groups, group_json(q, &rows[i]));
    }
    aws_client_tell(client, AWS_COST_EXPLORER, OPERATION, make_input(q), answer);
}
