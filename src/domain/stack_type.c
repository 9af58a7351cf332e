/* stack_type.c - the table of types, and names made of names.
 * SPDX-License-Identifier: MIT
 *
 * Ids look as those of each service look and follow from type and name alone: the same file gives
 * the same account everywhere, and a resource keeps its id when others come and go. */
#include "config.h"

#include "domain/stack_type.h"

#include "base/buf.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

#define MANY        1e9 /* of anything that is counted by the day */
#define PATTERN_MAX 4096

#define END                  \
    {                        \
        STACK_SIZES, 0, 0, 0 \
    }

/* clang-format off */
static const struct stack_size_rule no_sizes[] = { END };
static const struct stack_size_rule nat_sizes[] = {
    { STACK_IPV4, 0, 8, 1 }, /* a public gateway has one; eight is AWS's limit */
    { STACK_TRANSFER_GB_DAY, 0, 1e6, 0 }, END };
static const struct stack_size_rule bucket_sizes[] = {
    { STACK_STORAGE_GIB, 0, MANY, 0 }, { STACK_GROWTH_GIB_DAY, -1e6, 1e6, 0 },
    { STACK_REQUESTS_DAY, 0, MANY, 0 }, { STACK_TRANSFER_GB_DAY, 0, 1e6, 0 }, END };
static const struct stack_size_rule service_sizes[] = {
    /* the smallest and the largest task of Fargate */
    { STACK_VCPU, 0.25, 16, 0.25 }, { STACK_MEMORY_GIB, 0.5, 120, 0.5 },
    { STACK_TASKS, 0, 5000, 1 }, { STACK_ARM, 0, 1, 0 },
    { STACK_CPU, 0, 100, 20 }, { STACK_MEMORY, 0, 100, 40 }, { STACK_IPV4, 0, 1, 0 }, END };
static const struct stack_size_rule function_sizes[] = {
    { STACK_MEMORY_GIB, 0.125, 10, 0.125 }, { STACK_ARM, 0, 1, 0 },
    { STACK_REQUESTS_DAY, 0, MANY, 0 }, { STACK_DURATION_MS, 0, 900000, 50 },
    { STACK_ERROR_PERCENT, 0, 100, 0 }, END };
static const struct stack_size_rule db_cluster_sizes[] = {
    { STACK_STORAGE_GIB, 0, 262144, 10 }, /* 256 TiB: the largest volume of Aurora */
    { STACK_GROWTH_GIB_DAY, -1e4, 1e4, 0 }, { STACK_BACKUP_GIB, 0, 1e7, 0 }, END };
static const struct stack_size_rule db_instance_sizes[] = {
    { STACK_VCPU, 1, 1024, 0 }, { STACK_MEMORY_GIB, 1, 32768, 0 }, /* 0: the class's */
    { STACK_ARM, 0, 1, 0 }, { STACK_CPU, 0, 100, 20 }, { STACK_MEMORY, 0, 100, 60 },
    { STACK_CONNECTIONS, 0, 262143, 10 }, { STACK_MAX_CONNECTIONS, 1, 262143, 0 },
    { STACK_READ_IOPS, 0, 1e7, 20 }, { STACK_WRITE_IOPS, 0, 1e7, 20 }, END };
static const struct stack_size_rule balancer_sizes[] = {
    { STACK_REQUESTS_DAY, 0, MANY, 0 }, { STACK_TRANSFER_GB_DAY, 0, 1e6, 0 },
    { STACK_DURATION_MS, 0, 4e6, 50 }, { STACK_ERROR_PERCENT, 0, 100, 0 },
    { STACK_IPV4, 0, 100, 0 }, END };
static const struct stack_size_rule edge_sizes[] = {
    { STACK_REQUESTS_DAY, 0, MANY, 0 }, { STACK_TRANSFER_GB_DAY, 0, 1e6, 0 },
    { STACK_DURATION_MS, 0, 900000, 50 }, { STACK_ERROR_PERCENT, 0, 100, 0 }, END };
static const struct stack_size_rule grafana_sizes[] = {
    { STACK_EDITORS, 0, 1e5, 1 }, { STACK_VIEWERS, 0, 1e5, 0 }, END };
static const struct stack_size_rule cloudwatch_sizes[] = {
    { STACK_METRICS, 0, MANY, 0 }, { STACK_ALARMS, 0, 1e6, 0 }, { STACK_LOGS_GB_DAY, 0, 1e6, 0 },
    { STACK_STORAGE_GIB, 0, MANY, 0 }, { STACK_GROWTH_GIB_DAY, -1e6, 1e6, 0 }, END };
static const struct stack_size_rule other_sizes[] = { { STACK_MONTHLY_USD, 0, 1e6, 0 }, END };

#define NONE STACK_TYPE_NONE
#define ARN  "arn:aws:"
#define HERE ":{region}:{account}:"

static const struct stack_type_rule rules[STACK_TYPES] = {
    [STACK_VPC] = { "ec2:vpc", "vpc-0{hex16}", ARN "ec2" HERE "vpc/{id}",
        no_sizes, 0, NONE, NONE, true },
    [STACK_NAT_GATEWAY] = { "ec2:natgateway", "nat-0{hex16}", ARN "ec2" HERE "natgateway/{id}",
        nat_sizes, 0, NONE, NONE, true },
    [STACK_BUCKET] = { "s3:bucket", "{name}", ARN "s3:::{name}",
        bucket_sizes, 0, NONE, NONE, true },
    [STACK_ECS_CLUSTER] = { "ecs:cluster", "{name}", ARN "ecs" HERE "cluster/{name}",
        no_sizes, 0, NONE, NONE, true },
    [STACK_ECS_SERVICE] = { "ecs:service", "{name}", ARN "ecs" HERE "service/{parent}/{name}",
        service_sizes, 1u << STACK_IMAGE, STACK_ECS_CLUSTER, NONE, true },
    [STACK_FUNCTION] = { "lambda:function", "{name}", ARN "lambda" HERE "function:{name}",
        function_sizes, 0, NONE, NONE, true },
    [STACK_DB_CLUSTER] = { "rds:cluster", "cluster-{caps26}", ARN "rds" HERE "cluster:{name}",
        db_cluster_sizes, 1u << STACK_VERSION, NONE, NONE, true },
    [STACK_DB_INSTANCE] = { "rds:db", "db-{caps26}", ARN "rds" HERE "db:{name}",
        db_instance_sizes, 1u << STACK_CLASS, STACK_DB_CLUSTER, NONE, true },
    [STACK_ROLE] = { "iam:role", "{name}", ARN "iam::{account}:role/{name}",
        no_sizes, 0, NONE, NONE, true },
    [STACK_LOAD_BALANCER] = { "elasticloadbalancing:loadbalancer", "app/{name}/{hex16}",
        ARN "elasticloadbalancing" HERE "loadbalancer/{id}",
        balancer_sizes, 0, NONE, NONE, true },
    [STACK_TARGET_GROUP] = { "elasticloadbalancing:targetgroup", "targetgroup/{name}/{hex16}",
        ARN "elasticloadbalancing" HERE "{id}",
        no_sizes, 0, STACK_LOAD_BALANCER, STACK_ECS_SERVICE, true },
    [STACK_DISTRIBUTION] = { "cloudfront:distribution", "E{caps13}",
        ARN "cloudfront::{account}:distribution/{id}",
        edge_sizes, 0, NONE, NONE, true },
    [STACK_API] = { "apigateway:apis", "{low10}", ARN "apigateway:{region}::/apis/{id}",
        edge_sizes, 0, NONE, NONE, true },
    [STACK_GRAFANA] = { "grafana:workspaces", "g-{hex10}", ARN "grafana" HERE "/workspaces/{id}",
        grafana_sizes, 0, NONE, NONE, true },
    [STACK_CLOUDWATCH] = { "cloudwatch", "{name}", "",
        cloudwatch_sizes, 0, NONE, NONE, false },
    [STACK_OTHER] = { "other", "{name}", "",
        other_sizes, 1u << STACK_SERVICE, NONE, NONE, true },
};

static const struct stack_class classes[] = {
    { "db.t3.medium", 2, 4, false }, { "db.t3.large", 2, 8, false },
    { "db.t4g.medium", 2, 4, true }, { "db.t4g.large", 2, 8, true },
    { "db.r5.large", 2, 16, false }, { "db.r5.xlarge", 4, 32, false },
    { "db.r5.2xlarge", 8, 64, false }, { "db.r5.4xlarge", 16, 128, false },
    { "db.r6g.large", 2, 16, true }, { "db.r6g.xlarge", 4, 32, true },
    { "db.r6g.2xlarge", 8, 64, true }, { "db.r6g.4xlarge", 16, 128, true },
    { "db.r7g.large", 2, 16, true }, { "db.r7g.xlarge", 4, 32, true },
    { "db.r7g.2xlarge", 8, 64, true }, { "db.r7g.4xlarge", 16, 128, true },
    { "db.r8g.large", 2, 16, true }, { "db.r8g.xlarge", 4, 32, true },
    { "db.r8g.2xlarge", 8, 64, true }, { "db.r8g.4xlarge", 16, 128, true },
};
/* clang-format on */

const struct stack_type_rule *
stack_type_rule(enum stack_type type)
{
    return &rules[type];
}

const char *
stack_type_name(enum stack_type type)
{
    return type == STACK_OTHER ? "" : rules[type].name;
}

enum stack_type
stack_type_find(const char *name)
{
    enum stack_type type = 0;

    while (type < STACK_OTHER && strcmp(rules[type].name, name) != 0)
        type++;
    return type;
}

const char *const *
stack_type_names(void)
{
    static const char *const names[] = {
        "ec2:vpc",
        "ec2:natgateway",
        "s3:bucket",
        "ecs:cluster",
        "ecs:service",
        "lambda:function",
        "rds:cluster",
        "rds:db",
        "iam:role",
        "elasticloadbalancing:loadbalancer",
        "elasticloadbalancing:targetgroup",
        "cloudfront:distribution",
        "apigateway:apis",
        "grafana:workspaces",
        "cloudwatch",
        NULL,
    };

    return names;
}

const struct stack_size_rule *
stack_size_rule(enum stack_type type, enum stack_size size)
{
    for (const struct stack_size_rule *r = rules[type].sizes; r->size != STACK_SIZES; r++) {
        if (r->size == size)
            return r;
    }
    return NULL;
}

/* --- patterns --- */

/* So many letters of an alphabet that follow from type and name. */
static void
add_letters(struct buf *b, const struct stack_resource *resource, const char *alphabet,
            size_t count)
{
    size_t letters = strlen(alphabet);
    uint64_t seed = text_hash(resource->type_name, strlen(resource->type_name), TEXT_HASH_SEED);

    for (size_t i = 0; i < count; i++) {
        uint64_t hash = text_hash(resource->name, strlen(resource->name), seed + i);

        hash ^= hash >> 29;
        buf_addc(b, alphabet[(hash * 0x9e3779b97f4a7c15u >> 33) % letters]);
    }
}

static const struct {
    const char *name, *alphabet;
    size_t count;
} letters[] = {
    { "hex16", "0123456789abcdef", 16 },
    { "hex10", "0123456789abcdef", 10 },
    { "caps26", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26 },
    { "caps13", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 13 },
    { "low10", "abcdefghijklmnopqrstuvwxyz0123456789", 10 },
};

static void
add_placeholder(struct buf *b, const char *name, size_t len, const struct stack_resource *resource,
                const struct stack_world *world)
{
    const struct {
        const char *name, *value;
    } texts[] = {
        { "name", resource->name },
        { "id", resource->id },
        { "parent", resource->parent == NULL ? "" : resource->parent->name },
        { "region", world->region },
        { "account", world->account },
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strlen(texts[i].name) == len && memcmp(texts[i].name, name, len) == 0)
            buf_adds(b, texts[i].value);
    }
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (strlen(letters[i].name) == len && memcmp(letters[i].name, name, len) == 0)
            add_letters(b, resource, letters[i].alphabet, letters[i].count);
    }
}

const char *
stack_pattern_fill(struct arena *arena, const char *pattern, const struct stack_resource *resource,
                   const struct stack_world *world)
{
    struct buf b;
    const char *filled;

    buf_init(&b, PATTERN_MAX);
    while (*pattern != '\0') {
        size_t plain = strcspn(pattern, "{"), len;

        buf_add(&b, pattern, plain);
        pattern += plain;
        if (*pattern == '\0')
            break;
        len = strcspn(pattern, "}");
        add_placeholder(&b, pattern + 1, len - 1, resource, world);
        pattern += len + 1;
    }
    filled = arena_strdup(arena, b.data);
    buf_fini(&b);
    return filled;
}

/* --- classes --- */

const struct stack_class *
stack_class_find(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    }
    return NULL;
}

/* LEAST(DBInstanceClassMemory / 9531392, 5000), the formula of the default parameter group, where
 * the memory is what the system and the service leave: a straight line through the values that AWS
 * prints (4 GiB: 400, 8: 823, 16: 1669, 32: 3360). */
double
stack_max_connections(double memory_gib)
{
    double usable = (0.9385 * memory_gib - 0.20) * 1073741824.0;

    return fmax(1, fmin(5000, floor(usable / 9531392.0)));
}
