/* stack_series.c - the series of a stack: which there are, and their values on demand.
 * SPDX-License-Identifier: MIT
 *
 * A row of the tables of metrics (stack_db.c, stack_ecs.c, stack_traffic.c, stack_account.c) says
 * how one metric is published and which function measures it. The index makes a series of every
 * row, resource and dimension set, sorted as ListMetrics answers, so finding one is a binary
 * search. Nothing is kept of values: each is computed when it is asked for, of seed and time alone,
 * and costs about a microsecond.
 *
 * A function adds values to a sink, which keeps the statistic set and the sketch of the same
 * values, so the two cannot disagree. */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/stack_bill.h"
#include "domain/stack_load.h"
#include "domain/stack_series_own.h"

#define SECOND_MS  INT64_C(1000)
#define MINUTE_MS  INT64_C(60000)
#define TOLD_AFTER 300 /* seconds of a period that is told when it is over */

/* --- values ----------------------------------------------------------------------------------- */

void
stack_sink_add(struct stack_sink *sink, double value, double times)
{
    struct statistic_set *set = &sink->set;

    if (!(times > 0))
        return;
    set->min = set->count == 0 ? value : fmin(set->min, value);
    set->max = set->count == 0 ? value : fmax(set->max, value);
    set->count += times;
    set->sum += value * times;
    if (sink->sketch != NULL)
        sketch_add(sink->sketch, value, times);
}

/* A log-logistic distribution, whose quantile is median * (q / (1 - q)) ^ SHAPE: of few requests
 * each by chance, of many in parts that are finer where percentiles are asked for. */
#define SHAPE 0.35
#define FEW   24
static const double parts[] = {
    0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.98, 0.99, 0.998, 1
};
#define PARTS (sizeof parts / sizeof parts[0] - 1)

static double
quantile(double q)
{
    return pow(q / (1 - q), SHAPE);
}

void
stack_spread(const struct stack_moment *at, struct stack_sink *sink, double median, double requests)
{
    const uint64_t key = stack_noise_key(at->resource, "request");
    const int64_t minute = at->start_ms / MINUTE_MS;

    for (int i = 0; requests <= FEW && i < requests; i++) {
        const double chance = (stack_noise(at->stack, key, minute * FEW + i) + 1) / 2;

        stack_sink_add(sink, median * quantile(fmin(fmax((i + chance) / requests, 0.001), 0.999)),
                       1);
    }
    for (size_t i = 0; requests > FEW && i < PARTS; i++)
        stack_sink_add(sink, median * quantile((parts[i] + parts[i + 1]) / 2),
                       floor(requests * parts[i + 1] + 0.5) - floor(requests * parts[i] + 0.5));
}

const struct stack_effect *
stack_effect_near(const struct stack_moment *at, enum stack_effect_kind kind)
{
    const struct stack_resource *r = at->resource;
    const int64_t when = at->end_ms - 1;
    const struct stack_effect *effect = stack_effect_at(at->stack, r, kind, when);
    uint32_t front;

    if (effect == NULL && r->peer != NULL)
        effect = stack_effect_at(at->stack, r->peer, kind, when);
    if (effect == NULL && r->parent != NULL)
        effect = stack_effect_at(at->stack, r->parent, kind, when);
    front = at->stack->series->front[r->number];
    if (effect == NULL && front != 0 && at->stack->resources[front - 1].parent != NULL)
        effect = stack_effect_at(at->stack, at->stack->resources[front - 1].parent, kind, when);
    return effect;
}

double
stack_size_near(const struct stack_resource *r, enum stack_size size, double otherwise)
{
    if (r->sizes[size] > 0)
        return r->sizes[size];
    if (r->peer != NULL && r->peer->sizes[size] > 0)
        return r->peer->sizes[size];
    if (r->parent != NULL && r->parent->sizes[size] > 0)
        return r->parent->sizes[size];
    return otherwise;
}

double
stack_ripple(const struct stack_moment *at, const char *what, double share)
{
    return 1 + share * stack_noise(at->stack, stack_noise_key(at->resource, what),
                                   at->start_ms / MINUTE_MS);
}

double
stack_busy(const struct stack_moment *at)
{
    const struct stack_effect *more = stack_effect_near(at, STACK_SCALE_REQUESTS);

    return stack_load(at->stack, at->start_ms) * stack_ripple(at, "busy", at->stack->curve.noise) *
           (more == NULL ? 1 : more->value);
}

double
stack_use_factor(const struct stack_moment *at)
{
    const struct stack_effect *more = stack_effect_near(at, STACK_SCALE_COST);

    return more == NULL ? 1 : more->value;
}

double
stack_whole(const struct stack_moment *at, const char *what, double value)
{
    return floor(value + stack_ripple(at, what, 1) / 2);
}

double
stack_stretch(double use)
{
    return 1 + use * use * use * use / (1.1 - fmin(use, 1));
}

/* --- the index -------------------------------------------------------------------------------- */

const struct stack_resource *
stack_next_child(const struct stack *stack, const struct stack_resource *parent,
                 const struct stack_resource *before)
{
    const struct stack_series_index *index = stack->series;
    const uint32_t next =
        before == NULL ? index->child[parent->number] : index->sibling[before->number];

    return next == 0 ? NULL : &stack->resources[next - 1];
}

const struct stack_resource *
stack_writer_of(const struct stack *stack, const struct stack_resource *cluster)
{
    const struct stack_resource *r = NULL;

    do
        r = stack_next_child(stack, cluster, r);
    while (r != NULL && r->type != STACK_DB_INSTANCE);
    return r;
}

bool
stack_is_writer(const struct stack *stack, const struct stack_resource *instance)
{
    return instance->parent == NULL || stack_writer_of(stack, instance->parent) == instance;
}

static void
link_children(struct stack_series_index *index, const struct stack *stack)
{
    index->child = arena_alloc(index->arena, (stack->resource_count + 1) * sizeof *index->child);
    index->sibling =
        arena_alloc(index->arena, (stack->resource_count + 1) * sizeof *index->sibling);
    index->groups = arena_alloc(index->arena, (stack->resource_count + 1) * sizeof *index->groups);
    index->front = arena_alloc(index->arena, (stack->resource_count + 1) * sizeof *index->front);
    for (size_t i = stack->resource_count; i-- > 0;) {
        const struct stack_resource *parent = stack->resources[i].parent;

        if (stack->resources[i].type == STACK_TARGET_GROUP && stack->resources[i].peer != NULL)
            index->front[stack->resources[i].peer->number] = (uint32_t)i + 1;
        if (parent == NULL)
            continue;
        index->groups[parent->number] += stack->resources[i].type == STACK_TARGET_GROUP;
        index->sibling[i] = index->child[parent->number];
        index->child[parent->number] = (uint32_t)i + 1;
    }
}

/* A service is short of tasks, or has none at all; requests fail. */
static void
note_effects(struct stack_series_index *index, const struct stack *stack)
{
    index->ever = arena_alloc(index->arena, (stack->resource_count + 1) * sizeof *index->ever);
    for (size_t i = 0; i < stack->incident_count; i++) {
        for (size_t k = 0; k < stack->incidents[i].effect_count; k++) {
            const struct stack_effect *effect = &stack->incidents[i].effects[k];
            unsigned *ever = &index->ever[effect->resource->number];

            if (effect->kind == STACK_FAIL_REQUESTS)
                *ever |= STACK_EVER_FAILS;
            if (effect->kind == STACK_STOP_TASKS)
                *ever |= effect->value < effect->resource->sizes[STACK_TASKS] ? STACK_EVER_SHORT
                                                                              : STACK_EVER_DOWN;
        }
    }
}

/* Cost Explorer's name of a service, and what AWS/Billing calls it; others without their spaces. */
static const char *const billed[][2] = {
    { "AmazonCloudWatch", "AmazonCloudWatch" },
    { "AWS Data Transfer", "AWSDataTransfer" },
    { "AWS Lambda", "AWSLambda" },
    { "Amazon API Gateway", "AmazonApiGateway" },
    { "Amazon CloudFront", "AmazonCloudFront" },
    { "Amazon EC2 Container Registry (ECR)", "AmazonECR" },
    { "Amazon Elastic Compute Cloud - Compute", "AmazonEC2" },
    { "Amazon Elastic Container Service", "AmazonECS" },
    { "Amazon Elastic Load Balancing", "AWSELB" },
    { "Amazon Managed Grafana", "AmazonGrafana" },
    { "Amazon Relational Database Service", "AmazonRDS" },
    { "Amazon Simple Storage Service", "AmazonS3" },
    { "Amazon Virtual Private Cloud", "AmazonVPC" },
    { "EC2 - Other", "AmazonEC2" },
};

static const char *
billing_name(struct arena *arena, const char *service)
{
    char *name = arena_strdup(arena, service), *to = name;

    for (size_t i = 0; i < sizeof billed / sizeof billed[0]; i++) {
        if (strcmp(billed[i][0], service) == 0)
            return billed[i][1];
    }
    for (const char *from = service; *from != '\0'; from++) {
        if (*from != ' ')
            *to++ = *from;
    }
    *to = '\0';
    return name;
}

static uint32_t
number_of_service(struct stack_series_index *index, const char *name)
{
    for (size_t i = 0; i < index->service_count; i++) {
        if (strcmp(index->services[i], name) == 0)
            return (uint32_t)i;
    }
    index->services[index->service_count] = name;
    return (uint32_t)index->service_count++;
}

static void
list_services(struct stack_series_index *index, const struct stack *stack)
{
    const struct stack_bill_line *lines;
    const char *last = NULL;
    size_t count;
    uint32_t number = 0;

    lines = stack_bill_lines(stack, &count);
    index->services = arena_alloc(index->arena, (count + 1) * sizeof *index->services);
    index->line_services = arena_alloc(index->arena, (count + 1) * sizeof *index->line_services);
    for (size_t i = 0; i < count; i++) {
        if (last == NULL || strcmp(last, lines[i].service) != 0)
            number = number_of_service(index, billing_name(index->arena, lines[i].service));
        last = lines[i].service;
        index->line_services[i] = number;
    }
    index->days = stack_day_sums_new(index->service_count);
}

/* --- which series there are ------------------------------------------------------------------- */

/* How a dimension set is made of a resource: each name with where its value comes from. */
enum value_of { NOTHING, NAME, ID, PARENT_ID, FIXED, ROLE, SERVICE };
static const char *const roles[] = { "WRITER", "READER" };

static const struct {
    enum stack_type type; /* STACK_TYPES: of the account */
    struct {
        const char *name;
        enum value_of of;
        const char *fixed;
    } dims[2];
} sets[SETS] = {
    [SET_INSTANCE] = { STACK_DB_INSTANCE, { { "DBInstanceIdentifier", NAME, NULL } } },
    [SET_DB_CLUSTER] = { STACK_DB_CLUSTER, { { "DBClusterIdentifier", NAME, NULL } } },
    [SET_MEMBERS] = { STACK_DB_CLUSTER, { { "DBClusterIdentifier", NAME, NULL } } },
    [SET_ROLE] = { STACK_DB_CLUSTER,
                   { { "DBClusterIdentifier", NAME, NULL }, { "Role", ROLE, NULL } } },
    [SET_SERVICE] = { STACK_ECS_SERVICE,
                      { { "ClusterName", PARENT_ID, NULL }, { "ServiceName", ID, NULL } } },
    [SET_BALANCER] = { STACK_LOAD_BALANCER, { { "LoadBalancer", ID, NULL } } },
    [SET_TARGET_GROUP] = { STACK_TARGET_GROUP,
                           { { "LoadBalancer", PARENT_ID, NULL }, { "TargetGroup", ID, NULL } } },
    [SET_DISTRIBUTION] = { STACK_DISTRIBUTION,
                           { { "DistributionId", ID, NULL }, { "Region", FIXED, "Global" } } },
    [SET_GATEWAY] = { STACK_NAT_GATEWAY, { { "NatGatewayId", ID, NULL } } },
    [SET_BUCKET] = { STACK_BUCKET,
                     { { "BucketName", ID, NULL }, { "StorageType", FIXED, "StandardStorage" } } },
    [SET_BUCKET_ALL] = { STACK_BUCKET,
                         { { "BucketName", ID, NULL },
                           { "StorageType", FIXED, "AllStorageTypes" } } },
    [SET_CURRENCY] = { STACK_TYPES, { { "Currency", FIXED, "USD" } } },
    [SET_BILLED] = { STACK_TYPES,
                     { { "Currency", FIXED, "USD" }, { "ServiceName", SERVICE, NULL } } },
};

static const struct stack_metric *const tables[] = {
    stack_db_metrics,
    stack_ecs_metrics,
    stack_traffic_metrics,
    stack_account_metrics,
};
#define TABLES (sizeof tables / sizeof tables[0])

struct making {
    const struct stack *stack;
    struct stack_series_index *index;
    size_t room;
};

static const char *
dimension_value(const struct making *m, enum value_of of, const char *fixed,
                const struct stack_resource *r, uint32_t which)
{
    switch (of) {
    case NAME:
        return r->name;
    case ID:
        return r->id;
    case PARENT_ID:
        return r->parent == NULL ? NULL : r->parent->id;
    case FIXED:
        return fixed;
    case ROLE:
        return roles[which];
    case SERVICE:
        return m->index->services[which];
    case NOTHING:
        break;
    }
    return NULL;
}

static void
add_series(struct making *m, const struct stack_metric *metric, enum stack_set set,
           const struct stack_resource *r, uint32_t which)
{
    struct stack_series_index *index = m->index;
    struct dimension *dims = arena_alloc(index->arena, 2 * sizeof *dims);
    size_t count = 0;

    for (; count < 2 && sets[set].dims[count].of != NOTHING; count++) {
        dims[count].name = sets[set].dims[count].name;
        dims[count].value =
            dimension_value(m, sets[set].dims[count].of, sets[set].dims[count].fixed, r, which);
        if (dims[count].value == NULL)
            return;
    }
    if (index->count == m->room) {
        m->room = m->room == 0 ? 256 : 2 * m->room;
        index->series = xreallocarray(index->series, m->room, sizeof *index->series);
    }
    index->series[index->count++] = (struct stack_series){
        .key = { metric->namespace_name, metric->name, { dims, count } },
        .unit = metric->unit,
        .period_s = metric->period_s,
        .resource = r,
        .metric = metric,
        .which = set == SET_MEMBERS ? UINT32_MAX : which,
    };
}

/* Whether a cluster has an instance of that role. */
static bool
has_role(const struct stack *stack, const struct stack_resource *cluster, uint32_t role)
{
    const struct stack_resource *r = NULL;

    while ((r = stack_next_child(stack, cluster, r)) != NULL) {
        if (r->type == STACK_DB_INSTANCE && stack_is_writer(stack, r) == (role == 0))
            return true;
    }
    return false;
}

static void
add_of_resource(struct making *m, const struct stack_metric *metric, enum stack_set set,
                const struct stack_resource *r)
{
    const uint32_t count = set == SET_ROLE ? 2 : 1;

    if (metric->has != NULL && set != SET_MEMBERS && set != SET_ROLE && !metric->has(m->stack, r))
        return;
    if (set == SET_MEMBERS && !has_role(m->stack, r, 0))
        return;
    for (uint32_t which = 0; which < count; which++) {
        if (set != SET_ROLE || has_role(m->stack, r, which))
            add_series(m, metric, set, r, which);
    }
}

static void
add_of_set(struct making *m, const struct stack_metric *metric, enum stack_set set)
{
    const uint32_t services = (uint32_t)m->index->service_count;

    if (sets[set].type == STACK_TYPES) {
        for (uint32_t which = 0; which < (set == SET_BILLED ? services : services > 0); which++)
            add_series(m, metric, set, NULL, which);
        return;
    }
    for (size_t i = 0; i < m->stack->resource_count; i++) {
        if (m->stack->resources[i].type == sets[set].type)
            add_of_resource(m, metric, set, &m->stack->resources[i]);
    }
}

static int
by_key(const void *a, const void *b)
{
    const struct stack_series *x = a, *y = b;

    return series_key_compare(&x->key, &y->key);
}

struct stack_series_index *
stack_series_index_new(const struct stack *stack)
{
    struct stack_series_index *index = xcalloc(1, sizeof *index);
    struct stack world = *stack; /* whose tree may be asked already */
    struct making m = { &world, index, 0 };

    world.series = index;
    index->arena = arena_new();
    link_children(index, stack);
    note_effects(index, stack);
    list_services(index, stack);
    for (size_t t = 0; t < TABLES; t++) {
        for (const struct stack_metric *metric = tables[t]; metric->name != NULL; metric++) {
            for (int set = 0; set < SETS; set++) {
                if ((metric->sets & IN(set)) != 0)
                    add_of_set(&m, metric, (enum stack_set)set);
            }
        }
    }
    if (index->count > 0)
        qsort(index->series, index->count, sizeof *index->series, by_key);
    return index;
}

void
stack_series_index_free(struct stack_series_index *index)
{
    if (index == NULL)
        return;
    stack_day_sums_free(index->days);
    arena_free(index->arena);
    free(index->series);
    free(index);
}

/* --- questions -------------------------------------------------------------------------------- */

const struct stack_series *
stack_series_all(const struct stack *stack, size_t *count)
{
    *count = stack->series->count;
    return stack->series->series;
}

const struct stack_series *
stack_series_find(const struct stack *stack, const struct series_key *key)
{
    const struct stack_series wanted = { .key = *key };

    if (stack->series->count == 0)
        return NULL;
    return bsearch(&wanted, stack->series->series, stack->series->count, sizeof wanted, by_key);
}

int64_t
stack_series_newest(const struct stack_series *series, int64_t now_ms)
{
    const int64_t period_ms = series->period_s * SECOND_MS;
    const int64_t newest = now_ms - now_ms % period_ms;

    return series->period_s <= TOLD_AFTER ? newest - period_ms : newest;
}

int64_t
stack_series_since(const struct stack *stack, const struct stack_series *series)
{
    const struct stack_resource *r = series->resource;

    return r != NULL && r->created_ms > stack->since_ms ? r->created_ms : stack->since_ms;
}

/* Of a cluster: its instances of the role, or all. */
static void
measure_members(const struct stack_series *series, struct stack_moment *at, struct stack_sink *sink)
{
    const struct stack_resource *cluster = series->resource, *r = NULL;
    const bool all = series->which == UINT32_MAX;

    while ((r = stack_next_child(at->stack, cluster, r)) != NULL) {
        if (r->type != STACK_DB_INSTANCE || r->created_ms > at->start_ms ||
            (!all && stack_is_writer(at->stack, r) != (series->which == 0)))
            continue;
        at->resource = r;
        series->metric->measure(at, sink);
    }
}

static bool
is_of_members(const struct stack_series *series)
{
    return series->resource != NULL && series->resource->type == STACK_DB_CLUSTER &&
           (series->metric->sets & IN(SET_DB_CLUSTER)) == 0;
}

bool
stack_series_value(const struct stack *stack, const struct stack_series *series, int64_t start_ms,
                   struct statistic_set *out, struct sketch *sketch)
{
    struct stack_moment at = {
        .stack = stack,
        .resource = series->resource,
        .start_ms = start_ms,
        .end_ms = start_ms + series->period_s * SECOND_MS,
        .which = series->which,
    };
    struct stack_sink sink = { .sketch = sketch };

    if (start_ms < stack_series_since(stack, series))
        return false;
    if (is_of_members(series))
        measure_members(series, &at, &sink);
    else
        series->metric->measure(&at, &sink);
    if (sink.set.count == 0)
        return false;
    *out = sink.set;
    return true;
}
