/* price.c - the list of prices, read from INI text.
 * SPDX-License-Identifier: MIT
 *
 * The text of fixtures/prices.ini is part of the program (price_data.c is made of it when
 * building), so the program knows prices wherever it is copied to. It goes through the same reader
 * as a file of the user's. */
#include "config.h"

#include "domain/price.h"

#include "base/text.h"

#include <assert.h>
#include <ini.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

extern const char price_text[]; /* fixtures/prices.ini */

static const char *const names[PRICES] = {
    [PRICE_METRIC_DATA] = "GetMetricData",
    [PRICE_CLOUDWATCH_CALL] = "CloudWatchRequests",
    [PRICE_INSIGHTS_GB] = "LogsInsightsGB",
    [PRICE_LIVE_TAIL_MINUTE] = "LiveTailMinutes",
    [PRICE_COST_EXPLORER] = "CostExplorerRequests",
    [PRICE_FARGATE_VCPU] = "FargateVcpuHours",
    [PRICE_FARGATE_GB] = "FargateGbHours",
    [PRICE_FARGATE_ARM_VCPU] = "FargateArmVcpuHours",
    [PRICE_FARGATE_ARM_GB] = "FargateArmGbHours",
    [PRICE_ALB] = "LoadBalancerHours",
    [PRICE_ALB_LCU] = "LoadBalancerCapacityHours",
    [PRICE_NAT] = "NatGatewayHours",
    [PRICE_NAT_GB] = "NatGatewayGB",
    [PRICE_IPV4] = "PublicIpv4Hours",
    [PRICE_TRANSFER_GB] = "TransferOutGB",
    [PRICE_S3_STORAGE] = "S3StorageGBMonth",
    [PRICE_S3_PUT] = "S3PutRequests",
    [PRICE_S3_GET] = "S3GetRequests",
    [PRICE_AURORA_T3] = "AuroraT3MediumHours",
    [PRICE_AURORA_T4G] = "AuroraT4gMediumHours",
    [PRICE_AURORA_R5] = "AuroraR5LargeHours",
    [PRICE_AURORA_R6G] = "AuroraR6gLargeHours",
    [PRICE_AURORA_R7G] = "AuroraR7gLargeHours",
    [PRICE_AURORA_R8G] = "AuroraR8gLargeHours",
    [PRICE_AURORA_STORAGE] = "AuroraStorageGBMonth",
    [PRICE_AURORA_IO] = "AuroraIoRequests",
    [PRICE_AURORA_BACKUP] = "AuroraBackupGBMonth",
    [PRICE_CLOUDFRONT_GB] = "CloudFrontGB",
    [PRICE_CLOUDFRONT_REQUEST] = "CloudFrontRequests",
    [PRICE_LAMBDA_REQUEST] = "LambdaRequests",
    [PRICE_LAMBDA_GB_SECOND] = "LambdaGBSeconds",
    [PRICE_LAMBDA_ARM_GB_SECOND] = "LambdaArmGBSeconds",
    [PRICE_HTTP_API] = "HttpApiRequests",
    [PRICE_GRAFANA_EDITOR] = "GrafanaEditors",
    [PRICE_GRAFANA_VIEWER] = "GrafanaViewers",
    [PRICE_CUSTOM_METRIC] = "CustomMetricMonths",
    [PRICE_CUSTOM_METRIC_250K] = "CustomMetricMonthsTo250000",
    [PRICE_CUSTOM_METRIC_1M] = "CustomMetricMonthsTo1000000",
    [PRICE_CUSTOM_METRIC_MORE] = "CustomMetricMonthsBeyond",
    [PRICE_ALARM] = "AlarmMonths",
    [PRICE_LOGS_GB] = "LogsIngestedGB",
    [PRICE_LOGS_STORAGE] = "LogsStoredGBMonth",
};

struct reading {
    struct price_list *list;
    struct err *err;
    enum status st;
};

static enum status
read_number(double *out, const char *section, const char *key, const char *value, struct err *err)
{
    double number;

    if (!text_parse_double(&number, value) || !isfinite(number) || number < 0)
        return err_set(err, E_INVALID, "[%.40s] %.40s: expected a number from 0, got \"%.40s\"",
                       section, key, value);
    *out = number;
    return OK;
}

enum status
price_find(enum price *out, const char *section, struct err *err)
{
    const char *candidates[PRICES + 1] = { NULL };
    const char *near;
    enum price price = 0;

    while (price < PRICES && strcmp(names[price], section) != 0)
        price++;
    *out = price;
    if (price < PRICES)
        return OK;
    memcpy(candidates, names, sizeof names);
    near = text_nearest(section, candidates);
    return err_set(err, E_INVALID,
                   near == NULL ? "[%.40s] is no price" : "[%.40s] is no price (did you mean %s?)",
                   section, near);
}

enum status
price_list_set(struct price_list *list, const char *section, const char *key, const char *value,
               struct err *err)
{
    enum price price;

    if (price_find(&price, section, err) != OK)
        return E_INVALID;
    if (strcmp(key, "usd") == 0)
        return read_number(&list->rows[price].usd, section, key, value, err);
    if (strcmp(key, "free-a-month") == 0)
        return read_number(&list->rows[price].free_a_month, section, key, value, err);
    if (strcmp(key, "per") != 0)
        return err_set(err, E_INVALID, "[%.40s] %.40s: expected usd, per or free-a-month", section,
                       key);
    if (read_number(&list->rows[price].per, section, key, value, err) != OK)
        return E_INVALID;
    if (!(list->rows[price].per > 0))
        return err_set(err, E_INVALID, "[%.40s] per: expected more than 0", section);
    return OK;
}

static int
on_line(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *r = arg;

    if (*section == '\0' && strcmp(key, "as-of") == 0)
        snprintf(r->list->as_of, sizeof r->list->as_of, "%.*s", PRICE_DAY_MAX - 1, value);
    else
        r->st = price_list_set(r->list, section, key, value, r->err);
    return r->st == OK;
}

static enum status
read_over(struct price_list *list, const char *text, struct err *err)
{
    struct reading r = { .list = list, .err = err };
    int line = ini_parse_string(text, on_line, &r);

    if (r.st == OK && line > 0)
        return err_set(err, E_INVALID, "line %d: expected [section] or key = value", line);
    return r.st;
}

void
price_list_builtin(struct price_list *out)
{
    struct err err = { 0 };
    enum status st;

    *out = (struct price_list){ .as_of = "" };
    st = read_over(out, price_text, &err);
    assert(st == OK);
    for (enum price p = 0; p < PRICES; p++)
        assert(out->rows[p].per > 0);
    (void)st;
}

enum status
price_list_read(struct price_list *out, const char *text, struct err *err)
{
    struct price_list list;
    enum status st;

    price_list_builtin(&list);
    st = read_over(&list, text, err);

    if (st == OK)
        *out = list;
    return st;
}

int64_t
price_microusd(const struct price_list *list, enum price price, double units)
{
    double per = list->rows[price].per;

    if (!(per > 0) || !(units > 0))
        return 0;
    /* A hair less first: 1,000 units of 0.01 per 1,000 are not 10,001 millionths. */
    return (int64_t)ceil(units * list->rows[price].usd / per * 1e6 - 1e-6);
}

int64_t
price_month_microusd(const struct price_list *list, enum price price, double units)
{
    return price_microusd(list, price, units - list->rows[price].free_a_month);
}

/* Amazon CloudWatch Pricing: the first 10,000 metrics, the next 240,000, the next 750,000, more. */
static const struct {
    double most;
    enum price price;
} metric_tiers[] = {
    { 10000, PRICE_CUSTOM_METRIC },
    { 250000, PRICE_CUSTOM_METRIC_250K },
    { 1000000, PRICE_CUSTOM_METRIC_1M },
    { 1e18, PRICE_CUSTOM_METRIC_MORE },
};

int64_t
price_custom_metrics(const struct price_list *list, double metrics)
{
    double from = 0;
    int64_t sum = 0;

    for (size_t i = 0; i < sizeof metric_tiers / sizeof metric_tiers[0] && from < metrics; i++) {
        double most = metric_tiers[i].most;

        sum += price_month_microusd(list, metric_tiers[i].price,
                                    (metrics < most ? metrics : most) - from);
        from = most;
    }
    return sum;
}
