/* test_stack_bill.c - lines, days, hours, months and incidents of a stack's bill.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"
#include "domain/stack_bill.h"

#define HOUR_MS   INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define LINES_MAX 64

/* In the order of the file below. */
enum {
    NAT,
    BUCKET,
    CLUSTER,
    INSTANCE,
    TASKS,
    SERVICE,
    ARM_SERVICE,
    FUNCTION,
    BALANCER,
    GRAFANA,
    CLOUDWATCH,
    OTHER
};

#define FILE_TEXT                                                                                  \
    "{\"obsview-stack\": 1, \"name\": \"test\", \"seed\": 4, \"since\": \"2025-01-01T00:00:00Z\"," \
    " \"load\": {\"hours\": [1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2],"                    \
    " \"weekdays\": [1.2,1.2,1.2,1.2,1.2,0.5,0.5], \"noise\": %g}, \"resources\": ["               \
    "{\"name\": \"nat\", \"type\": \"ec2:natgateway\", \"transferGBPerDay\": 2%s},"                \
    "{\"name\": \"bucket\", \"type\": \"s3:bucket\", \"storageGiB\": 100, \"growthGiBPerDay\": "   \
    "1},"                                                                                          \
    "{\"name\": \"cluster\", \"type\": \"rds:cluster\", \"storageGiB\": 30},"                      \
    "{\"name\": \"instance\", \"type\": \"rds:db\", \"parent\": \"cluster\", \"class\": "          \
    "\"db.t4g.large\"},"                                                                           \
    "{\"name\": \"tasks\", \"type\": \"ecs:cluster\"},"                                            \
    "{\"name\": \"service\", \"type\": \"ecs:service\", \"parent\": \"tasks\", \"vcpu\": 0.5,"     \
    " \"memoryGiB\": 1, \"tasks\": 2},"                                                            \
    "{\"name\": \"arm\", \"type\": \"ecs:service\", \"parent\": \"tasks\", \"vcpu\": 0.5,"         \
    " \"memoryGiB\": 1, \"tasks\": 2, \"arm\": true},"                                             \
    "{\"name\": \"function\", \"type\": \"lambda:function\", \"requestsPerDay\": 1000000,"         \
    " \"durationMs\": 100, \"memoryGiB\": 0.5},"                                                   \
    "{\"name\": \"balancer\", \"type\": \"elasticloadbalancing:loadbalancer\","                    \
    " \"requestsPerDay\": 90000},"                                                                 \
    "{\"name\": \"grafana\", \"type\": \"grafana:workspaces\", \"editors\": 1},"                   \
    "{\"name\": \"cloudwatch\", \"type\": \"cloudwatch\", \"customMetrics\": 36.5,"                \
    " \"logsGBPerDay\": 0.1},"                                                                     \
    "{\"name\": \"key\", \"type\": \"kms:key\", \"monthlyUsd\": \"1\","                            \
    " \"service\": \"AWS Key Management Service\"}],"                                              \
    " \"incidents\": [%s]}"

struct bed {
    struct stack *stack;
    struct stack_charge charges[LINES_MAX];
};

struct bed_options {
    const char *region, *nat, *incidents;
    double noise;
};

static int64_t
day(const char *text)
{
    int64_t out;

    assert_true(day_parse(&out, text));
    return out;
}

static void
make(struct bed *bed, const struct bed_options *options)
{
    const struct stack_world world = { .account = "000000000000",
                                       .region = options->region ? options->region : "us-east-1",
                                       .environment = "dev" };
    static struct stack_faults faults;
    char text[8192];

    snprintf(text, sizeof text, FILE_TEXT, options->noise, options->nat ? options->nat : "",
             options->incidents ? options->incidents : "");
    if (stack_read(&bed->stack, text, strlen(text), &world, &faults) != OK)
        fail_msg("%s: %s", faults.items[0].pointer, faults.items[0].text);
}

static void
make_plain(struct bed *bed)
{
    make(bed, &(struct bed_options){ .noise = 0 });
}

static void
done(struct bed *bed)
{
    stack_free(bed->stack);
}

/* The number of the resource's line whose usage type ends so. */
static size_t
line_of(const struct bed *bed, size_t resource, const char *end)
{
    size_t count;
    const struct stack_bill_line *lines = stack_bill_lines(bed->stack, &count);

    assert_true(count <= LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(lines[i].usage_type), tail = strlen(end);

        if (lines[i].resource == &bed->stack->resources[resource] && len >= tail &&
            strcmp(lines[i].usage_type + len - tail, end) == 0)
            return i;
    }
    fail_msg("no line %s of %s", end, bed->stack->resources[resource].name);
    return 0;
}

static struct stack_charge
charge(struct bed *bed, size_t resource, const char *end, const char *date)
{
    int64_t d = day(date);

    stack_bill_day(bed->stack, d, (d + 1) * DAY_MS, bed->charges);
    return bed->charges[line_of(bed, resource, end)];
}

static int64_t
month(struct bed *bed, size_t resource, const char *end, const char *date)
{
    int64_t sum = 0, first = day(date), last = day_month(first, 1);

    for (int64_t d = first; d < last; d++) {
        stack_bill_day(bed->stack, d, last * DAY_MS, bed->charges);
        sum += bed->charges[line_of(bed, resource, end)].microusd;
    }
    return sum;
}

static void
hours_cost_what_the_list_says(void **state)
{
    struct bed bed = { .stack = NULL };

    (void)state;
    make(&bed, &(struct bed_options){ .noise = 0.1 });
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
    struct bed bed = { .stack = NULL };

    (void)state;
    make(&bed, &(struct bed_options){ .noise = 0.1 });
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
    struct bed bed = { .stack = NULL };
    int64_t work, rest;

    (void)state;
    make_plain(&bed);
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
    struct bed bed = { .stack = NULL };

    (void)state;
    make(&bed, &(struct bed_options){ .noise = 0.1 });
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
    struct bed bed = { .stack = NULL };
    size_t count;
    int64_t d = day("2026-11-02");

    (void)state;
    make(&bed, &(struct bed_options){ .noise = 0.1 });
    stack_bill_lines(bed.stack, &count);
    stack_bill_day(bed.stack, d, (d + 1) * DAY_MS, before);
    stack_bill_day(bed.stack, d, (d + 400) * DAY_MS + 12345, bed.charges);
    assert_memory_equal(before, bed.charges, count * sizeof *before);
    done(&bed);
}

static void
nothing_costs_before_it_was_or_after_now(void **state)
{
    struct bed bed = { .stack = NULL };
    size_t count;
    int64_t d = day("2025-01-01");

    (void)state;
    make(&bed, &(struct bed_options){ .nat = ", \"created\": \"2025-03-05T06:00:00Z\"" });
    stack_bill_lines(bed.stack, &count);
    stack_bill_day(bed.stack, d - 1, (d + 9) * DAY_MS, bed.charges);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bed.charges[i].microusd, 0);
    stack_bill_day(bed.stack, d + 5, (d + 5) * DAY_MS, bed.charges);
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
    struct bed bed = { .stack = NULL };
    size_t count;
    int64_t d = day("2026-11-02"), start = d * DAY_MS;

    (void)state;
    make(&bed,
         &(struct bed_options){
             .noise = 0.1,
             .nat = ", \"created\": \"2026-11-02T01:30:00Z\"",
             .incidents = "{\"name\": \"dear\", \"at\": \"2026-11-02T05:00:00Z\", \"minutes\": 251,"
                          " \"effects\": [{\"resource\": \"nat\", \"scaleCost\": 3.7},"
                          " {\"resource\": \"function\", \"scaleRequests\": 7}]}" });
    lines = stack_bill_lines(bed.stack, &count);
    stack_bill_day(bed.stack, d, start + DAY_MS, days);
    for (int64_t now = 0; now <= 24; now++) {
        stack_bill_day(bed.stack, d, start + now * HOUR_MS + 59 * MINUTE_MS * (now < 24),
                       bed.charges);
        for (size_t i = 0; i < count; i++) {
            int64_t money = 0, units = 0;

            for (int64_t hour = 0; hour < now; hour++) {
                struct stack_charge part =
                    stack_bill_part(bed.stack, &lines[i], &days[i], start + hour * HOUR_MS,
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
    struct bed bed = { .stack = NULL };

    (void)state;
    make(&bed,
         &(struct bed_options){
             .incidents = "{\"name\": \"a\", \"at\": \"2026-11-02T06:00:00Z\", \"minutes\": 360,"
                          " \"effects\": [{\"resource\": \"nat\", \"scaleCost\": 3}]},"
                          "{\"name\": \"b\", \"at\": \"2026-11-02T23:00:00Z\", \"minutes\": 420,"
                          " \"effects\": [{\"resource\": \"nat\", \"scaleCost\": 2}]},"
                          "{\"name\": \"c\", \"at\": \"2026-11-02T00:00:00Z\", \"minutes\": 1440,"
                          " \"effects\": [{\"resource\": \"function\", \"scaleRequests\": 10}]}" });
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
        struct bed bed = { .stack = NULL };
        const struct stack_bill_line *lines;
        size_t count;

        make(&bed, &(struct bed_options){ .region = cases[i].region });
        lines = stack_bill_lines(bed.stack, &count);
        assert_string_equal(lines[line_of(&bed, NAT, "NatGateway-Hours")].usage_type, cases[i].nat);
        assert_string_equal(lines[line_of(&bed, SERVICE, "GB-Hours")].usage_type, cases[i].fargate);
        assert_string_equal(lines[line_of(&bed, OTHER, "Monthly")].service,
                            "AWS Key Management Service");
        done(&bed);
    }
}

static void
prices_beyond_reason_stay_numbers(void **state)
{
    struct bed bed = { .stack = NULL };
    size_t count;

    (void)state;
    make_plain(&bed);
    bed.stack->prices.rows[PRICE_NAT].usd = 1e308;
    bed.stack->prices.rows[PRICE_NAT].per = 1e-308;
    stack_bill_index_free(bed.stack->bill);
    bed.stack->bill = stack_bill_index_new(bed.stack);
    stack_bill_lines(bed.stack, &count);
    stack_bill_day(bed.stack, day("2026-11-02"), day("2026-11-03") * DAY_MS, bed.charges);
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
        cmocka_unit_test(prices_beyond_reason_stay_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
