/* stack_series_own.h - what the files of stack_series share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_STACK_SERIES_OWN_H
#define OV_DOMAIN_STACK_SERIES_OWN_H

#include "domain/stack_series.h"

/* Where the values of a period go. */
struct stack_sink {
    struct statistic_set set;
    struct sketch *sketch; /* or NULL */
};
void stack_sink_add(struct stack_sink *sink, double value, double times);
/* What is measured of which resource when. */
struct stack_moment {
    const struct stack *stack;
    const struct stack_resource *resource;
    int64_t start_ms, end_ms;
    uint32_t which; /* a role or a service of the bill */
};
/* Adds what was measured, or nothing. */
typedef void stack_measure(const struct stack_moment *at, struct stack_sink *sink);

/* Which dimensions a metric is published with, each a bit of stack_metric.sets. */
enum stack_set {
    SET_INSTANCE,     /* DBInstanceIdentifier */
    SET_DB_CLUSTER,   /* DBClusterIdentifier */
    SET_MEMBERS,      /* likewise, put together of the cluster's instances */
    SET_ROLE,         /* and Role */
    SET_SERVICE,      /* ClusterName, ServiceName */
    SET_BALANCER,     /* LoadBalancer */
    SET_TARGET_GROUP, /* LoadBalancer, TargetGroup */
    SET_DISTRIBUTION, /* DistributionId, Region */
    SET_GATEWAY,      /* NatGatewayId */
    SET_BUCKET,       /* BucketName, StorageType: StandardStorage */
    SET_BUCKET_ALL,   /* likewise: AllStorageTypes */
    SET_CURRENCY,     /* Currency */
    SET_BILLED,       /* Currency, ServiceName */
    SETS
};
#define IN(set) (1U << (set))

struct stack_metric {
    const char *namespace_name, *name;
    enum unit unit;
    int32_t period_s;
    unsigned sets;
    stack_measure *measure;
    /* NULL: each resource of the type has it */
    bool (*has)(const struct stack *stack, const struct stack_resource *resource);
};

/* Each ends with a row without a name. */
extern const struct stack_metric stack_db_metrics[];
extern const struct stack_metric stack_ecs_metrics[];
extern const struct stack_metric stack_traffic_metrics[];
extern const struct stack_metric stack_account_metrics[];

struct stack_series_index {
    struct arena *arena;
    struct stack_series *series;
    size_t count;
    /* by number of the resource: its first child and the next of the same parent, 1 + number; 0:
     * none */
    uint32_t *child, *sibling;
    uint32_t *front;       /* likewise the target group in front of a service */
    uint32_t *groups;      /* by number of the resource: its target groups */
    unsigned *ever;        /* by number: what incidents ever do to it, bits of enum stack_ever */
    const char **services; /* of the bill */
    size_t service_count;
    uint32_t *line_services; /* by line of the bill */
    struct stack_day_sums *days;
};

/* What whole days have cost, remembered: sums of a month ask for each day again (stack_account.c).
 * Any thread. */
struct stack_day_sums *stack_day_sums_new(size_t services);
void stack_day_sums_free(struct stack_day_sums *sums); /* NULL is fine */

/* What may happen to a resource, as far as it decides what is ever published. */
enum stack_ever { STACK_EVER_SHORT = 1, STACK_EVER_DOWN = 2, STACK_EVER_FAILS = 4 };

/* The children of a resource in the file's order: NULL to begin with, NULL at the end. */
const struct stack_resource *stack_next_child(const struct stack *stack,
                                              const struct stack_resource *parent,
                                              const struct stack_resource *before);

/* The effect on the resource itself, on what is behind it (peer), or on what it is in (parent). Of
 * a service that is its load balancer, too. */
const struct stack_effect *stack_effect_near(const struct stack_moment *at,
                                             enum stack_effect_kind kind);
/* A size of the resource itself, of its peer or of its parent; `otherwise` when all are 0. */
double stack_size_near(const struct stack_resource *resource, enum stack_size size,
                       double otherwise);
/* Around 1, at most `share` either way; of one thing in one minute. */
double stack_ripple(const struct stack_moment *at, const char *what, double share);
/* The load of this minute with its noise, requests scaled by an incident. */
double stack_busy(const struct stack_moment *at);
/* How much more is stored or carried when an incident says that more is used. */
double stack_use_factor(const struct stack_moment *at);
/* As many values as there are requests, spread as durations are: half of them below `median`, one
 * in twenty beyond 2.8 times that, one in a hundred beyond 5 times. */
void stack_spread(const struct stack_moment *at, struct stack_sink *sink, double median,
                  double requests);
/* To a whole number up or down by chance, so that the mean stays. */
double stack_whole(const struct stack_moment *at, const char *what, double value);
/* How many times longer things take at that use of the CPU (0 to 1): hardly at a half, four times
 * at 0.9. */
double stack_stretch(double use);

/* What a service's tasks do in a minute (stack_ecs.c). */
struct stack_ecs {
    double desired, running;
    double cpu, memory; /* percent of what is reserved, on average over those that run */
};
struct stack_ecs stack_ecs_at(const struct stack_moment *at);

#endif
