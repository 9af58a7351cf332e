/* stack_series.h - what the services of a stack measure: CloudWatch series made on demand.
 * SPDX-License-Identifier: MIT
 *
 * AWS/RDS, AWS/ECS, ECS/ContainerInsights, AWS/ApplicationELB, AWS/CloudFront, AWS/NATGateway,
 * AWS/S3 and AWS/Billing, with the dimension sets, units and periods that those services publish
 * ("AWS services that publish CloudWatch metrics", and each service's own page). Incidents are in
 * them: a minute shows an effect that holds at its end.
 *
 * Of a cluster's instances the first in the file is its writer, the others are readers. */
#ifndef OV_DOMAIN_STACK_SERIES_H
#define OV_DOMAIN_STACK_SERIES_H

#include "domain/metric.h"
#include "domain/sketch.h"
#include "domain/stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack_series {
    struct series_key key;
    enum unit unit;
    int32_t period_s;                      /* 60, 300, 21600 or 86400: how often it is published */
    const struct stack_resource *resource; /* NULL: of the account */
    const struct stack_metric *metric;     /* its generator; private */
    uint32_t which;                        /* of those the resource has of the metric; private */
};

/* All of them, by namespace, metric and dimensions. */
const struct stack_series *stack_series_all(const struct stack *stack, size_t *count);
/* NULL: the stack has no such series. */
const struct stack_series *stack_series_find(const struct stack *stack,
                                             const struct series_key *key);
/* What was published for the period that begins at `start_ms`, a multiple of period_s. false:
 * nothing: the service publishes no zero, or the resource did not exist. `sketch` may be NULL;
 * else the values are added to it. */
bool stack_series_value(const struct stack *stack, const struct stack_series *series,
                        int64_t start_ms, struct statistic_set *out, struct sketch *sketch);

/* Average active sessions of a database user over a minute: Performance Insights' db.load.avg by
 * db.user. Over all users it is what DBLoad says. */
double stack_user_load(const struct stack *stack, const struct stack_resource *instance,
                       size_t user, int64_t minute_ms);
/* Of all users at once: room for as many as the instance has. */
void stack_user_loads(const struct stack *stack, const struct stack_resource *instance,
                      int64_t minute_ms, double *loads);

/* The same load by what those sessions wait for (db.wait_event), of all STACK_WAITS at once. */
#define STACK_WAITS 6
const char *stack_wait_name(size_t wait); /* "IO:DataFileRead" */
void stack_wait_loads(const struct stack *stack, const struct stack_resource *instance,
                      int64_t minute_ms, double loads[STACK_WAITS]);

/* When the newest period begins whose data are published by `now_ms`: minutes and five minutes are
 * told when they are over, what is measured less often as it is at its time. */
int64_t stack_series_newest(const struct stack_series *series, int64_t now_ms);
/* Since when there are data. */
int64_t stack_series_since(const struct stack *stack, const struct stack_series *series);
/* The instance that commits; NULL: the cluster has none. And whether that is this one. */
const struct stack_resource *stack_writer_of(const struct stack *stack,
                                             const struct stack_resource *cluster);
bool stack_is_writer(const struct stack *stack, const struct stack_resource *instance);

/* For stack_read() and stack_free(); after the index of bills, which AWS/Billing is made of. */
struct stack_series_index *stack_series_index_new(const struct stack *stack);
void stack_series_index_free(struct stack_series_index *index);

#endif
