/* test_stack_bill.c - lines, days, hours, months and incidents of a stack's bill.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"
#include "domain/stack_bill.h"

#define HOUR_MS   INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define LINES_MAX 64

enum {
    NAT,
    BUCKET,
    SERVICE,
    ARM_SERVICE,
    FUNCTION,
    CLUSTER,
    INSTANCE,
    BALANCER,
    GRAFANA,
    CLOUDWATCH,
    OTHER,
    RESOURCES
};

struct bed {
    struct stack stack;
    struct stack_resource resources[RESOURCES];
    struct stack_incident incidents[3];
    struct stack_effect effects[3];
    struct stack_charge charges[LINES_MAX];
};

static int64_t
day(const char *text)
{
    int64_t out;

    assert_true(day_parse(&out, text));
    return out;
}

static void
add(struct bed *bed, size_t number, enum stack_type type, const char *name)
{
    struct stack_resource *r = &bed->resources[number];

    *r = (struct stack_resource){ .type = type, .name = name, .number = number };
    for (size_t i = 0; i < STACK_WORDS; i++)
        r->words[i] = "";
}

static void
describe(struct bed *bed)
{
    struct stack_resource *r = bed->resources;

    add(bed, NAT, STACK_NAT_GATEWAY, "nat");
    r[NAT].sizes[STACK_TRANSFER_GB_DAY] = 2;
    r[NAT].sizes[STACK_IPV4] = 1;
    add(bed, BUCKET, STACK_BUCKET, "bucket");
    r[BUCKET].sizes[STACK_STORAGE_GIB] = 100;
    r[BUCKET].sizes[STACK_GROWTH_GIB_DAY] = 1;
    add(bed, SERVICE, STACK_ECS_SERVICE, "service");
    r[SERVICE].sizes[STACK_VCPU] = 0.5;
    r[SERVICE].sizes[STACK_MEMORY_GIB] = 1;
    r[SERVICE].sizes[STACK_TASKS] = 2;
    add(bed, ARM_SERVICE, STACK_ECS_SERVICE, "arm");
    memcpy(r[ARM_SERVICE].sizes, r[SERVICE].sizes, sizeof r[SERVICE].sizes);
    r[ARM_SERVICE].sizes[STACK_ARM] = 1;
    add(bed, FUNCTION, STACK_FUNCTION, "function");
    r[FUNCTION].sizes[STACK_REQUESTS_DAY] = 1e6;
    r[FUNCTION].sizes[STACK_DURATION_MS] = 100;
    r[FUNCTION].sizes[STACK_MEMORY_GIB] = 0.5;
    add(bed, CLUSTER, STACK_DB_CLUSTER, "cluster");
    r[CLUSTER].sizes[STACK_STORAGE_GIB] = 30;
    add(bed, INSTANCE, STACK_DB_INSTANCE, "instance");
    r[INSTANCE].words[STACK_CLASS] = "db.t4g.large";
    add(bed, BALANCER, STACK_LOAD_BALANCER, "balancer");
    r[BALANCER].sizes[STACK_REQUESTS_DAY] = 90000;
    add(bed, GRAFANA, STACK_GRAFANA, "grafana");
    r[GRAFANA].sizes[STACK_EDITORS] = 1;
    add(bed, CLOUDWATCH, STACK_CLOUDWATCH, "cloudwatch");
    r[CLOUDWATCH].sizes[STACK_METRICS] = 36.5;
    r[CLOUDWATCH].sizes[STACK_LOGS_GB_DAY] = 0.1;
    add(bed, OTHER, STACK_OTHER, "key");
    r[OTHER].sizes[STACK_MONTHLY_USD] = 1;
    r[OTHER].words[STACK_SERVICE] = "AWS Key Management Service";
}

static void
put_incident(struct bed *bed, size_t i, size_t resource, enum stack_effect_kind kind, double value,
             int64_t from_ms, int64_t to_ms)
{
    bed->effects[i] = (struct stack_effect){ kind, &bed->resources[resource], value };
    bed->incidents[i] = (struct stack_incident){ .name = "incident",
                                                 .from_ms = from_ms,
                                                 .to_ms = to_ms,
                                                 .effects = &bed->effects[i],
                                                 .effect_count = 1 };
    bed->stack.incident_count = i + 1;
}

static void
make(struct bed *bed, const char *region)
{
    memset(bed, 0, sizeof *bed);
    describe(bed);
    bed->stack = (struct stack){ .region = region,
                                 .seed = 4,
                                 .since_ms = day("2025-01-01") * DAY_MS,
                                 .resources = bed->resources,
                                 .resource_count = RESOURCES,
                                 .incidents = bed->incidents };
    for (size_t i = 0; i < 24; i++)
        bed->stack.curve.hours[i] = i < 8 ? 0.5 : 1.25;
    for (size_t i = 0; i < 7; i++)
        bed->stack.curve.weekdays[i] = i < 5 ? 1.2 : 0.5;
    bed->stack.curve.noise = 0.1;
    price_list_builtin(&bed->stack.prices);
}

static void
index_it(struct bed *bed)
{
    bed->stack.bill = stack_bill_index_new(&bed->stack);
}

static void
done(struct bed *bed)
{
    stack_bill_index_free(bed->stack.bill);
}

/* The number of the resource's line whose usage type ends so. */
static size_t
line_of(const struct bed *bed, size_t resource, const char *end)
{
    size_t count;
    const struct stack_bill_line *lines = stack_bill_lines(&bed->stack, &count);

    assert_true(count <= LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(lines[i].usage_type), tail = strlen(end);

        if (lines[i].resource == &bed->resources[resource] && len >= tail &&
            strcmp(lines[i].usage_type + len - tail, end) == 0)
            return i;
    }
    fail_msg("no line %s of %s", end, bed->resources[resource].name);
    return 0;
}

static struct stack_charge
charge(struct bed *bed, size_t resource, const char *end, const char *date)
{
    int64_t d = day(date);

    stack_bill_day(&bed->stack, d, (d + 1) * DAY_MS, bed->charges);
    return bed->charges[line_of(bed, resource, end)];
}

static int64_t
month(struct bed *bed, size_t resource, const char *end, const char *date)
{
    int64_t sum = 0, first = day(date), last = day_month(first, 1);

    for (int64_t d = first; d < last; d++) {
        stack_bill_day(&bed->stack, d, last * DAY_MS, bed->charges);
        sum += bed->charges[line_of(bed, resource, end)].microusd;
    }
    return sum;
}

static void
hours_cost_what_the_list_says(void **state)
{
    struct bed bed;

    (void)state;
    make(&bed, "us-east-1");
    index_it(&bed);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2026-11-02").microusd, 1080000);
    assert_int_equal(charge(&bed, NAT, "InUseAddress", "2026-11-02").microusd, 120000);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2026-11-02").micro_units, 24000000);
    assert_int_equal(charge(&bed, SERVICE, "Fargate-vCPU-Hours:perCPU", "2026-11-02").microusd,
                     971520); /* 24 x 0.04048 */
    assert_int_equal(charge(&bed, SERVICE, "Fargate-GB-Hours", "2026-11-02").microusd, 213360);
    assert_int_equal(
        charge(&bed, ARM_SERVICE, "Fargate-ARM-vCPU-Hours:perCPU", "2026-11-02").microusd, 777120);
    assert_int_equal(charge(&bed, INSTANCE, ":db.t4g.large", "2026-11-02").microusd, 3504000);
    /* 36.5 metrics x 24 of 730 hours x 0.30 */
    assert_int_equal(charge(&bed, CLOUDWATCH, "CW:MetricMonitorUsage", "2026-11-02").microusd,
                     360000);
    done(&bed);
}

static void
what_is_kept_costs_its_part_of_the_month(void **state)
{
    struct bed bed;

    (void)state;
    make(&bed, "us-east-1");
    index_it(&bed);
    assert_int_equal(charge(&bed, CLUSTER, "Aurora:StorageUsage", "2026-11-02").microusd, 100000);
    assert_int_equal(charge(&bed, BUCKET, "TimedStorage-ByteHrs", "2025-01-01").micro_units,
                     3225806); /* 100 / 31 */
    assert_int_equal(charge(&bed, BUCKET, "TimedStorage-ByteHrs", "2025-01-31").micro_units,
                     4193548); /* 130 / 31 */
    done(&bed);
}

static void
traffic_follows_the_load_of_the_day(void **state)
{
    struct bed bed;
    int64_t work, rest;

    (void)state;
    make(&bed, "us-east-1");
    bed.stack.curve.noise = 0;
    index_it(&bed);
    work = charge(&bed, NAT, "NatGateway-Bytes", "2026-11-02").microusd;
    rest = charge(&bed, NAT, "NatGateway-Bytes", "2026-11-07").microusd;
    assert_int_equal(work, 108000); /* 2 GB x 1.2 x 0.045 */
    assert_int_equal(rest, 45000);
    assert_int_equal(charge(&bed, FUNCTION, "Lambda-GB-Second", "2026-11-02").micro_units,
                     60000000000); /* 1.2 million x 0.1 s x 0.5 GB */
    /* 1 connection a second on average: a 25th of a unit, 24 hours */
    assert_int_equal(charge(&bed, BALANCER, "LCUUsage", "2026-11-02").micro_units, 1200000);
    done(&bed);
}

static void
flat_months_add_up_whatever_their_length(void **state)
{
    static const char *const months[] = { "2025-02-01", "2028-02-01", "2026-11-01", "2026-12-01" };
    struct bed bed;

    (void)state;
    make(&bed, "us-east-1");
    index_it(&bed);
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        assert_int_equal(month(&bed, GRAFANA, "Grafana:EditorUser", months[i]), 9000000);
        assert_int_equal(month(&bed, OTHER, "Monthly", months[i]), 1000000);
    }
    done(&bed);
}

static void
whole_days_never_change(void **state)
{
    struct stack_charge before[LINES_MAX];
    struct bed bed;
    size_t count;
    int64_t d = day("2026-11-02");

    (void)state;
    make(&bed, "us-east-1");
    index_it(&bed);
    stack_bill_lines(&bed.stack, &count);
    stack_bill_day(&bed.stack, d, (d + 1) * DAY_MS, before);
    stack_bill_day(&bed.stack, d, (d + 400) * DAY_MS + 12345, bed.charges);
    assert_memory_equal(before, bed.charges, count * sizeof *before);
    done(&bed);
}

static void
nothing_costs_before_it_was_or_after_now(void **state)
{
    struct bed bed;
    size_t count;
    int64_t d = day("2025-01-01");

    (void)state;
    make(&bed, "us-east-1");
    bed.resources[NAT].created_ms = day("2025-03-05") * DAY_MS + 6 * HOUR_MS;
    index_it(&bed);
    stack_bill_lines(&bed.stack, &count);
    stack_bill_day(&bed.stack, d - 1, (d + 9) * DAY_MS, bed.charges);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bed.charges[i].microusd, 0);
    stack_bill_day(&bed.stack, d + 5, (d + 5) * DAY_MS, bed.charges);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bed.charges[i].microusd, 0);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2025-03-04").microusd, 0);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2025-03-05").microusd, 18 * 45000);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2025-03-06").microusd, 24 * 45000);
    done(&bed);
}

static void
hours_add_up_to_their_day(void **state)
{
    struct stack_charge days[LINES_MAX];
    const struct stack_bill_line *lines;
    struct bed bed;
    size_t count;
    int64_t d = day("2026-11-02"), start = d * DAY_MS;

    (void)state;
    make(&bed, "us-east-1");
    bed.resources[GRAFANA].created_ms = start + 90 * MINUTE_MS;
    put_incident(&bed, 0, NAT, STACK_SCALE_COST, 3.7, start + 5 * HOUR_MS,
                 start + 11 * MINUTE_MS + 9 * HOUR_MS);
    index_it(&bed);
    lines = stack_bill_lines(&bed.stack, &count);
    stack_bill_day(&bed.stack, d, start + DAY_MS, days);
    for (int64_t now = 0; now <= 24; now++) {
        stack_bill_day(&bed.stack, d, start + now * HOUR_MS + 59 * MINUTE_MS * (now < 24),
                       bed.charges);
        for (size_t i = 0; i < count; i++) {
            int64_t money = 0, units = 0;

            for (int64_t hour = 0; hour < now; hour++) {
                struct stack_charge part =
                    stack_bill_part(&bed.stack, &lines[i], &days[i], start + hour * HOUR_MS,
                                    start + (hour + 1) * HOUR_MS);

                assert_true(part.microusd >= 0);
                money += part.microusd;
                units += part.micro_units;
            }
            assert_int_equal(money, bed.charges[i].microusd);
            assert_int_equal(units, bed.charges[i].micro_units);
        }
    }
    done(&bed);
}

static void
incidents_scale_the_hours_they_last(void **state)
{
    struct bed bed;
    int64_t start = day("2026-11-02") * DAY_MS;

    (void)state;
    make(&bed, "us-east-1");
    bed.stack.curve.noise = 0;
    put_incident(&bed, 0, NAT, STACK_SCALE_COST, 3, start + 6 * HOUR_MS, start + 12 * HOUR_MS);
    put_incident(&bed, 1, NAT, STACK_SCALE_COST, 2, start + 23 * HOUR_MS, start + 30 * HOUR_MS);
    put_incident(&bed, 2, FUNCTION, STACK_SCALE_REQUESTS, 10, start, start + DAY_MS);
    index_it(&bed);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2026-11-01").micro_units, 24000000);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2026-11-02").micro_units,
                     (24 + 2 * 6 + 1) * 1000000);
    assert_int_equal(charge(&bed, NAT, "NatGateway-Hours", "2026-11-03").micro_units, 30000000);
    assert_int_equal(charge(&bed, FUNCTION, "Request", "2026-11-02").micro_units, 12000000000000);
    assert_int_equal(charge(&bed, FUNCTION, "Request", "2026-11-03").micro_units, 1200000000000);
    done(&bed);
}

static void
usage_types_carry_their_region(void **state)
{
    static const struct {
        const char *region, *nat, *fargate;
    } cases[] = {
        { "us-east-1", "NatGateway-Hours", "USE1-Fargate-GB-Hours" },
        { "eu-west-1", "EU-NatGateway-Hours", "EU-Fargate-GB-Hours" },
        { "eu-central-1", "EUC1-NatGateway-Hours", "EUC1-Fargate-GB-Hours" },
        { "xx-far-9", "xx-far-9-NatGateway-Hours", "xx-far-9-Fargate-GB-Hours" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bed bed;
        const struct stack_bill_line *lines;
        size_t count;

        make(&bed, cases[i].region);
        index_it(&bed);
        lines = stack_bill_lines(&bed.stack, &count);
        assert_string_equal(lines[line_of(&bed, NAT, "NatGateway-Hours")].usage_type, cases[i].nat);
        assert_string_equal(lines[line_of(&bed, SERVICE, "GB-Hours")].usage_type, cases[i].fargate);
        assert_string_equal(lines[line_of(&bed, OTHER, "Monthly")].service,
                            "AWS Key Management Service");
        done(&bed);
    }
}

static void
sizes_beyond_reason_stay_numbers(void **state)
{
    struct bed bed;
    size_t count;

    (void)state;
    make(&bed, "us-east-1");
    bed.resources[CLUSTER].sizes[STACK_STORAGE_GIB] = 1e308;
    bed.resources[BUCKET].sizes[STACK_GROWTH_GIB_DAY] = -1e9;
    bed.stack.prices.rows[PRICE_NAT].usd = 1e308;
    bed.stack.prices.rows[PRICE_NAT].per = 1e-308;
    index_it(&bed);
    stack_bill_lines(&bed.stack, &count);
    stack_bill_day(&bed.stack, day("2026-11-02"), day("2026-11-03") * DAY_MS, bed.charges);
    for (size_t i = 0; i < count; i++)
        assert_true(bed.charges[i].microusd >= 0 &&
                    bed.charges[i].microusd <= INT64_C(1000000000000000));
    done(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_cost_what_the_list_says),
        cmocka_unit_test(what_is_kept_costs_its_part_of_the_month),
        cmocka_unit_test(traffic_follows_the_load_of_the_day),
        cmocka_unit_test(flat_months_add_up_whatever_their_length),
        cmocka_unit_test(whole_days_never_change),
        cmocka_unit_test(nothing_costs_before_it_was_or_after_now),
        cmocka_unit_test(hours_add_up_to_their_day),
        cmocka_unit_test(incidents_scale_the_hours_they_last),
        cmocka_unit_test(usage_types_carry_their_region),
        cmocka_unit_test(sizes_beyond_reason_stay_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
