/* stack_usage.c - the table of what AWS charges for.
 * SPDX-License-Identifier: MIT
 *
 * Services, usage types, operations and units are spelt as they stand on a bill (AWS Price List;
 * "Understanding your AWS Cost and Usage Report"); which services write their code even in
 * us-east-1 too. What is free for a while or for a month is not taken off: an account shares it
 * with everything else, and so does this one with what the stack file does not name.
 *
 * Not charged for here: requests of buckets beyond those of STACK_REQUESTS_DAY, traffic between
 * zones, a function's first gigabytes, taxes, support. */
#include "config.h"

#include "domain/stack_usage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_S        86400.0
#define S3_PUT_SHARE 0.2           /* of a bucket's requests; a recording is written, then read */
#define LCU_CONNECTS (25.0 * 3600) /* new connections an hour of a capacity unit has */

#define VPC     "Amazon Virtual Private Cloud"
#define EC2     "EC2 - Other"
#define S3      "Amazon Simple Storage Service"
#define ECS     "Amazon Elastic Container Service"
#define LAMBDA  "AWS Lambda"
#define RDS     "Amazon Relational Database Service"
#define ELB     "Amazon Elastic Load Balancing"
#define CDN     "Amazon CloudFront"
#define GATEWAY "Amazon API Gateway"
#define GRAFANA "Amazon Managed Grafana"
#define WATCH   "AmazonCloudWatch"

static void
one(struct usage_units *out, const struct stack_resource *r)
{
    (void)r;
    out->first = 1;
}

static void
ipv4(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_IPV4];
}

static void
transfer(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_TRANSFER_GB_DAY];
}

static void
requests(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_REQUESTS_DAY];
}

static void
storage(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_STORAGE_GIB];
    out->growth = r->sizes[STACK_GROWTH_GIB_DAY];
}

static void
backup(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_BACKUP_GIB];
}

static void
puts_of_bucket(struct usage_units *out, const struct stack_resource *r)
{
    out->first = S3_PUT_SHARE * r->sizes[STACK_REQUESTS_DAY];
}

static void
gets_of_bucket(struct usage_units *out, const struct stack_resource *r)
{
    out->first = (1 - S3_PUT_SHARE) * r->sizes[STACK_REQUESTS_DAY];
}

static double
per_task(const struct stack_resource *r, enum stack_size size, bool arm)
{
    bool is_arm = r->sizes[STACK_ARM] > 0;

    return is_arm == arm ? r->sizes[size] * r->sizes[STACK_TASKS] : 0;
}

static void
task_vcpus(struct usage_units *out, const struct stack_resource *r)
{
    out->first = per_task(r, STACK_VCPU, false);
}

static void
task_memory(struct usage_units *out, const struct stack_resource *r)
{
    out->first = per_task(r, STACK_MEMORY_GIB, false);
}

static void
arm_task_vcpus(struct usage_units *out, const struct stack_resource *r)
{
    out->first = per_task(r, STACK_VCPU, true);
}

static void
arm_task_memory(struct usage_units *out, const struct stack_resource *r)
{
    out->first = per_task(r, STACK_MEMORY_GIB, true);
}

static double
gb_seconds(const struct stack_resource *r, bool arm)
{
    bool is_arm = r->sizes[STACK_ARM] > 0;

    return is_arm != arm ? 0
                         : r->sizes[STACK_REQUESTS_DAY] * r->sizes[STACK_DURATION_MS] / 1000 *
                               r->sizes[STACK_MEMORY_GIB];
}

static void
function_seconds(struct usage_units *out, const struct stack_resource *r)
{
    out->first = gb_seconds(r, false);
}

static void
arm_function_seconds(struct usage_units *out, const struct stack_resource *r)
{
    out->first = gb_seconds(r, true);
}

static void
io_requests(struct usage_units *out, const struct stack_resource *r)
{
    out->first = DAY_S * (r->sizes[STACK_READ_IOPS] + r->sizes[STACK_WRITE_IOPS]);
}

/* What it is busiest with: a gigabyte, or new connections. */
static void
capacity_units(struct usage_units *out, const struct stack_resource *r)
{
    out->first = fmax(r->sizes[STACK_TRANSFER_GB_DAY], r->sizes[STACK_REQUESTS_DAY] / LCU_CONNECTS);
}

/* How many of its family's smallest priced size a class is: prices double from size to size. */
static void
instance_size(struct usage_units *out, const struct stack_resource *r)
{
    static const struct {
        const char *size;
        double mediums;
    } sizes[] = {
        { "medium", 1 },    { "large", 2 },     { "xlarge", 4 },
        { "2xlarge", 8 },   { "4xlarge", 16 },  { "8xlarge", 32 },
        { "12xlarge", 48 }, { "16xlarge", 64 }, { "24xlarge", 96 },
    };
    const char *dot = strrchr(r->words[STACK_CLASS], '.');

    for (size_t i = 0; dot != NULL && i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(dot + 1, sizes[i].size) == 0)
            out->first = sizes[i].mediums;
    }
}

/* Of the families that begin with "large". */
static void
large_instance_size(struct usage_units *out, const struct stack_resource *r)
{
    instance_size(out, r);
    out->first /= 2;
}

static void
editors(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_EDITORS];
}

static void
viewers(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_VIEWERS];
}

static void
metrics(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_METRICS];
}

static void
alarms(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_ALARMS];
}

static void
logs(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_LOGS_GB_DAY];
}

static void
monthly(struct usage_units *out, const struct stack_resource *r)
{
    out->first = r->sizes[STACK_MONTHLY_USD];
}

#define ROW(type_, service_, name_, operation_, unit_, price_, units_)                         \
    .type = type_, .service = service_, .name = name_, .operation = operation_, .unit = unit_, \
    .price = price_, .units = units_
#define BUSY(what)  .rate = USAGE_BUSY, .noise = what
#define BY_REQUESTS BUSY("requests"), .by_requests = true
#define INSTANCE(family_, price_, units_)                                                  \
    ROW(STACK_DB_INSTANCE, RDS, "InstanceUsage:*", "CreateDBInstance:0021", "Hrs", price_, \
        units_),                                                                           \
        .family = family_

/* clang-format off */
const struct usage_row usage_rows[] = {
    { ROW(STACK_TYPES, VPC, "PublicIPv4:InUseAddress", "AllocateAddressVPC", "Hrs", PRICE_IPV4, ipv4) },
    { ROW(STACK_NAT_GATEWAY, EC2, "NatGateway-Hours", "NatGateway", "Hrs", PRICE_NAT, one) },
    { ROW(STACK_NAT_GATEWAY, EC2, "NatGateway-Bytes", "NatGateway", "GB", PRICE_NAT_GB, transfer),
      BUSY("transfer") },
    { ROW(STACK_BUCKET, S3, "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", PRICE_S3_STORAGE, storage),
      .rate = USAGE_MONTH },
    { ROW(STACK_BUCKET, S3, "Requests-Tier1", "PutObject", "Requests", PRICE_S3_PUT, puts_of_bucket),
      BY_REQUESTS },
    { ROW(STACK_BUCKET, S3, "Requests-Tier2", "GetObject", "Requests", PRICE_S3_GET, gets_of_bucket),
      BY_REQUESTS },
    { ROW(STACK_BUCKET, S3, "DataTransfer-Out-Bytes", "GetObject", "GB", PRICE_TRANSFER_GB, transfer),
      BUSY("transfer") },
    { ROW(STACK_ECS_SERVICE, ECS, "Fargate-vCPU-Hours:perCPU", "", "vCPU-Hours", PRICE_FARGATE_VCPU, task_vcpus),
      .code = USAGE_CODE_EVEN },
    { ROW(STACK_ECS_SERVICE, ECS, "Fargate-GB-Hours", "", "GB-Hours", PRICE_FARGATE_GB, task_memory),
      .code = USAGE_CODE_EVEN },
    { ROW(STACK_ECS_SERVICE, ECS, "Fargate-ARM-vCPU-Hours:perCPU", "", "vCPU-Hours", PRICE_FARGATE_ARM_VCPU, arm_task_vcpus),
      .code = USAGE_CODE_EVEN },
    { ROW(STACK_ECS_SERVICE, ECS, "Fargate-ARM-GB-Hours", "", "GB-Hours", PRICE_FARGATE_ARM_GB, arm_task_memory),
      .code = USAGE_CODE_EVEN },
    { ROW(STACK_FUNCTION, LAMBDA, "Request", "Invoke", "Requests", PRICE_LAMBDA_REQUEST, requests), BY_REQUESTS },
    { ROW(STACK_FUNCTION, LAMBDA, "Lambda-GB-Second", "Invoke", "Lambda-GB-Second", PRICE_LAMBDA_GB_SECOND, function_seconds),
      BY_REQUESTS },
    { ROW(STACK_FUNCTION, LAMBDA, "Lambda-GB-Second-ARM", "Invoke", "Lambda-GB-Second", PRICE_LAMBDA_ARM_GB_SECOND, arm_function_seconds),
      BY_REQUESTS },
    { INSTANCE("db.t3.", PRICE_AURORA_T3, instance_size) },
    { INSTANCE("db.t4g.", PRICE_AURORA_T4G, instance_size) },
    { INSTANCE("db.r5.", PRICE_AURORA_R5, large_instance_size) },
    { INSTANCE("db.r6g.", PRICE_AURORA_R6G, large_instance_size) },
    { INSTANCE("db.r7g.", PRICE_AURORA_R7G, large_instance_size) },
    { INSTANCE("db.r8g.", PRICE_AURORA_R8G, large_instance_size) },
    { ROW(STACK_DB_INSTANCE, RDS, "Aurora:StorageIOUsage", "CreateDBInstance:0021", "IOs", PRICE_AURORA_IO, io_requests),
      BUSY("io") },
    { ROW(STACK_DB_CLUSTER, RDS, "Aurora:StorageUsage", "CreateDBInstance:0021", "GB-Mo", PRICE_AURORA_STORAGE, storage),
      .rate = USAGE_MONTH },
    { ROW(STACK_DB_CLUSTER, RDS, "Aurora:BackupUsage", "CreateDBInstance:0021", "GB-Mo", PRICE_AURORA_BACKUP, backup),
      .rate = USAGE_MONTH },
    { ROW(STACK_LOAD_BALANCER, ELB, "LoadBalancerUsage", "LoadBalancing:Application", "Hrs", PRICE_ALB, one) },
    { ROW(STACK_LOAD_BALANCER, ELB, "LCUUsage", "LoadBalancing:Application", "LCU-Hrs", PRICE_ALB_LCU, capacity_units),
      BY_REQUESTS },
    { ROW(STACK_LOAD_BALANCER, ELB, "DataTransfer-Out-Bytes", "LoadBalancing", "GB", PRICE_TRANSFER_GB, transfer),
      BUSY("transfer") },
    /* CloudFront charges by where the viewers are. */
    { ROW(STACK_DISTRIBUTION, CDN, "US-DataTransfer-Out-Bytes", "GET", "GB", PRICE_CLOUDFRONT_GB, transfer),
      .code = USAGE_CODE_NONE, BUSY("transfer") },
    { ROW(STACK_DISTRIBUTION, CDN, "US-Requests-Tier2-HTTPS", "GET", "Requests", PRICE_CLOUDFRONT_REQUEST, requests),
      .code = USAGE_CODE_NONE, BY_REQUESTS },
    { ROW(STACK_API, GATEWAY, "ApiGatewayHttpRequest", "ApiGatewayHttpApi", "Requests", PRICE_HTTP_API, requests),
      .code = USAGE_CODE_EVEN, BY_REQUESTS },
    { ROW(STACK_GRAFANA, GRAFANA, "Grafana:EditorUser", "", "Users", PRICE_GRAFANA_EDITOR, editors),
      .code = USAGE_CODE_EVEN, .rate = USAGE_FLAT },
    { ROW(STACK_GRAFANA, GRAFANA, "Grafana:ViewerUser", "", "Users", PRICE_GRAFANA_VIEWER, viewers),
      .code = USAGE_CODE_EVEN, .rate = USAGE_FLAT },
    { ROW(STACK_CLOUDWATCH, WATCH, USAGE_CUSTOM_METRICS, "MetricStorage", "Metrics", PRICE_CUSTOM_METRIC, metrics),
      .rate = USAGE_METRIC_MONTH },
    { ROW(STACK_CLOUDWATCH, WATCH, "CW:AlarmMonitorUsage", "Unknown", "Alarms", PRICE_ALARM, alarms),
      .rate = USAGE_MONTH },
    { ROW(STACK_CLOUDWATCH, WATCH, USAGE_LOGS_INGESTED, "PutLogEvents", "GB", PRICE_LOGS_GB, logs),
      .code = USAGE_CODE_EVEN, BUSY("logs") },
    { ROW(STACK_CLOUDWATCH, WATCH, "TimedStorage-ByteHrs", "HourlyStorageMetering", "GB-Mo", PRICE_LOGS_STORAGE, storage),
      .code = USAGE_CODE_EVEN, .rate = USAGE_MONTH },
    { ROW(STACK_OTHER, NULL, "Monthly", "", "USD", PRICES, monthly),
      .rate = USAGE_FLAT },
};
/* clang-format on */
const size_t usage_row_count = sizeof usage_rows / sizeof usage_rows[0];

/* The old regions have codes of their own ("AWS regions and their codes in usage types", User Guide
 * for Amazon S3: "Understanding your AWS billing and usage reports"). */
static const struct {
    const char *region, *code;
} codes[] = {
    { "us-east-1", "USE1-" },      { "us-east-2", "USE2-" },      { "us-west-1", "USW1-" },
    { "us-west-2", "USW2-" },      { "eu-west-1", "EU-" },        { "eu-west-2", "EUW2-" },
    { "eu-west-3", "EUW3-" },      { "eu-central-1", "EUC1-" },   { "eu-north-1", "EUN1-" },
    { "ap-northeast-1", "APN1-" }, { "ap-northeast-2", "APN2-" }, { "ap-southeast-1", "APS1-" },
    { "ap-southeast-2", "APS2-" }, { "ap-south-1", "APS3-" },     { "ca-central-1", "CAN1-" },
    { "sa-east-1", "SAE1-" },      { "us-gov-west-1", "UGW1-" },
};

void
usage_region_code(char out[16], const char *region, enum usage_code code)
{
    out[0] = '\0';
    if (code == USAGE_CODE_NONE || (code == USAGE_CODE && strcmp(region, "us-east-1") == 0))
        return;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(codes[i].region, region) == 0) {
            snprintf(out, 16, "%s", codes[i].code);
            return;
        }
    }
    /* Any other: the region's own name is at least no other region's code. */
    snprintf(out, 16, "%.14s-", region);
}
