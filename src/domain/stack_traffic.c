/* stack_traffic.c - what load balancers, CloudFront and NAT gateways measure of traffic.
 * SPDX-License-Identifier: MIT
 *
 * A target group takes requests as its own size says, or its service's, or its part of the load
 * balancer's; the load balancer has what its groups have. Requests are whole and a sum without any
 * is absent, as in CloudWatch. Tasks that are down are unhealthy targets; while any is, some of the
 * requests meet one that is just dying (the load balancer answers 502), and without a healthy one
 * all of them get 503. Names: "CloudWatch metrics for your Application Load Balancer", "CloudFront
 * metrics", "Monitor NAT gateways". */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>

#include "domain/stack_load.h"
#include "domain/stack_series_own.h"

#define MINUTES_DAY   1440.0
#define GB            1e9
#define MS            0.001
#define DYING_PERCENT 4.0 /* of requests, times the share of targets that are down */
#define REPLY_BYTES   9000.0

/* --- a minute of a target group, or of all groups of a load balancer ---------------------------
 */

struct requests {
    double all;                    /* that came */
    double balancer_5xx;           /* answered by the load balancer */
    double ok, moved, bad, failed; /* answered by a target: 2xx, 3xx, 4xx, 5xx */
    double median_s;
    double healthy, unhealthy;
};

static uint32_t
groups_of(const struct stack_moment *at, const struct stack_resource *balancer)
{
    return at->stack->series->groups[balancer->number];
}

static double
requests_per_day(const struct stack_moment *at)
{
    const struct stack_resource *r = at->resource;

    if (r->sizes[STACK_REQUESTS_DAY] > 0)
        return r->sizes[STACK_REQUESTS_DAY];
    if (r->peer != NULL && r->peer->sizes[STACK_REQUESTS_DAY] > 0)
        return r->peer->sizes[STACK_REQUESTS_DAY];
    if (r->type != STACK_TARGET_GROUP || r->parent == NULL)
        return 0;
    return r->parent->sizes[STACK_REQUESTS_DAY] / groups_of(at, r->parent);
}

static double
error_percent(const struct stack_moment *at)
{
    const struct stack_effect *fail = stack_effect_near(at, STACK_FAIL_REQUESTS);

    return fail != NULL ? fail->value : stack_size_near(at->resource, STACK_ERROR_PERCENT, 0);
}

/* The tasks behind the group; without a service one target that is always there. */
static double
look_at_targets(const struct stack_moment *at, struct requests *out)
{
    struct stack_moment behind = *at;
    struct stack_ecs t;

    behind.resource = at->resource->peer;
    if (behind.resource == NULL) {
        out->healthy = 1;
        return 1;
    }
    t = stack_ecs_at(&behind);
    out->healthy = t.running;
    out->unhealthy = t.desired - t.running;
    return stack_stretch(t.cpu / 100);
}

static struct requests
group_at(const struct stack_moment *at)
{
    struct requests q = { 0 };
    const double stretch = look_at_targets(at, &q);
    double left;

    q.all = stack_whole(at, "requests", requests_per_day(at) / MINUTES_DAY * stack_busy(at));
    q.median_s = stack_size_near(at->resource, STACK_DURATION_MS, 40) * MS * stretch *
                 stack_ripple(at, "duration", 0.1);
    if (q.healthy == 0) {
        q.balancer_5xx = q.all;
        return q;
    }
    if (q.unhealthy > 0 && q.all > 0)
        q.balancer_5xx = fmin(q.all, fmax(1, stack_whole(at, "dying",
                                                         q.all * DYING_PERCENT / 100 * q.unhealthy /
                                                             (q.healthy + q.unhealthy))));
    left = q.all - q.balancer_5xx;
    q.failed = fmin(left, stack_whole(at, "failed", left * error_percent(at) / 100));
    q.bad = fmin(left - q.failed, stack_whole(at, "bad", left * 0.006));
    q.moved = fmin(left - q.failed - q.bad, stack_whole(at, "moved", left * 0.02));
    q.ok = left - q.failed - q.bad - q.moved;
    return q;
}

typedef void of_group(const struct stack_moment *at, const struct requests *q,
                      struct stack_sink *sink);

/* Of a group, or of each of a load balancer's. */
static void
each_group(const struct stack_moment *at, struct stack_sink *sink, of_group *add)
{
    struct stack_moment of = *at;
    const struct stack_resource *r = NULL;
    struct requests q;

    if (at->resource->type == STACK_TARGET_GROUP || groups_of(at, at->resource) == 0) {
        q = group_at(at);
        add(at, &q, sink);
        return;
    }
    while ((r = stack_next_child(at->stack, at->resource, r)) != NULL) {
        if (r->type != STACK_TARGET_GROUP || r->created_ms > at->start_ms)
            continue;
        of.resource = r;
        q = group_at(&of);
        add(&of, &q, sink);
    }
}

/* So many ones: their sum is the number, as their count. */
#define OF_GROUP(name, number)                                                         \
    static void add_##name(const struct stack_moment *at, const struct requests *q,    \
                           struct stack_sink *sink)                                    \
    {                                                                                  \
        (void)at;                                                                      \
        stack_sink_add(sink, 1, (number));                                             \
    }                                                                                  \
    static void measure_##name(const struct stack_moment *at, struct stack_sink *sink) \
    {                                                                                  \
        each_group(at, sink, add_##name);                                              \
    }

OF_GROUP(requests, q->all)
OF_GROUP(group_requests, q->all - q->balancer_5xx)
OF_GROUP(balancer_5xx, q->balancer_5xx)
OF_GROUP(balancer_502, q->healthy > 0 ? q->balancer_5xx : 0)
OF_GROUP(balancer_503, q->healthy > 0 ? 0 : q->balancer_5xx)
OF_GROUP(ok, q->ok)
OF_GROUP(moved, q->moved)
OF_GROUP(bad, q->bad)
OF_GROUP(failed, q->failed)
OF_GROUP(connections, ceil(q->all / 3))

static void
add_times(const struct stack_moment *at, const struct requests *q, struct stack_sink *sink)
{
    stack_spread(at, sink, q->median_s, q->all - q->balancer_5xx);
}

static void
measure_times(const struct stack_moment *at, struct stack_sink *sink)
{
    each_group(at, sink, add_times);
}

static void
add_bytes(const struct stack_moment *at, const struct requests *q, struct stack_sink *sink)
{
    const double a_day = stack_size_near(at->resource, STACK_TRANSFER_GB_DAY, 0) * GB;
    const double requests = requests_per_day(at);
    const double each = a_day > 0 && requests > 0 ? a_day / requests : REPLY_BYTES;

    stack_sink_add(sink, floor(each * stack_use_factor(at)), q->all);
}

static void
measure_bytes(const struct stack_moment *at, struct stack_sink *sink)
{
    each_group(at, sink, add_bytes);
}

/* The dearest of 25 new connections a second and a gigabyte an hour ("Load Balancer Capacity
 * Units"). */
static void
measure_units(const struct stack_moment *at, struct stack_sink *sink)
{
    struct stack_sink connections = { 0 }, bytes = { 0 };

    measure_connections(at, &connections);
    measure_bytes(at, &bytes);
    if (bytes.set.count > 0)
        stack_sink_add(sink, fmax(connections.set.sum / 60 / 25, bytes.set.sum * 60 / GB), 1);
}

static void
measure_healthy(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, group_at(at).healthy, 1);
}

static void
measure_unhealthy(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, group_at(at).unhealthy, 1);
}

static void
measure_per_target(const struct stack_moment *at, struct stack_sink *sink)
{
    const struct requests q = group_at(at);

    if (q.all > 0 && q.healthy > 0)
        stack_sink_add(sink, q.all / q.healthy, 1);
}

/* --- CloudFront ------------------------------------------------------------------------------- */

static double
views_at(const struct stack_moment *at)
{
    return stack_whole(at, "requests",
                       at->resource->sizes[STACK_REQUESTS_DAY] / MINUTES_DAY * stack_busy(at));
}

static double
views_4xx(const struct stack_moment *at)
{
    return fmin(100, 0.7 * stack_ripple(at, "bad", 0.5));
}

static double
views_5xx(const struct stack_moment *at)
{
    return fmin(100, error_percent(at));
}

#define OF_VIEWS(name, value)                                                          \
    static void measure_##name(const struct stack_moment *at, struct stack_sink *sink) \
    {                                                                                  \
        const double views = views_at(at);                                             \
                                                                                       \
        if (views > 0)                                                                 \
            stack_sink_add(sink, (value), 1);                                          \
    }

OF_VIEWS(views, views)
OF_VIEWS(downloaded,
         floor(views * at->resource->sizes[STACK_TRANSFER_GB_DAY] * GB * stack_use_factor(at) /
               at->resource->sizes[STACK_REQUESTS_DAY] * stack_ripple(at, "bytes", 0.1)))
OF_VIEWS(uploaded, floor(views * 420))
OF_VIEWS(rate_4xx, views_4xx(at))
OF_VIEWS(rate_5xx, views_5xx(at))
OF_VIEWS(rate_errors, fmin(100, views_4xx(at) + views_5xx(at)))

/* --- NAT gateways ----------------------------------------------------------------------------- */

/* Both ways: what services fetch is most of it. */
static double
carried_at(const struct stack_moment *at)
{
    return at->resource->sizes[STACK_TRANSFER_GB_DAY] * GB / MINUTES_DAY * stack_busy(at) *
           stack_use_factor(at);
}

#define OF_GATEWAY(name, share, what)                                                     \
    static void measure_##name(const struct stack_moment *at, struct stack_sink *sink)    \
    {                                                                                     \
        const double value = floor(carried_at(at) * (share)*stack_ripple(at, what, 0.1)); \
                                                                                          \
        if (value > 0)                                                                    \
            stack_sink_add(sink, value, 1);                                               \
    }

OF_GATEWAY(sent, 0.25, "out")
OF_GATEWAY(fetched, 0.75, "in")
OF_GATEWAY(packets_sent, 0.25 / 700, "out")
OF_GATEWAY(packets_fetched, 0.75 / 1100, "in")

static void
measure_flows(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, floor(4 + 20 * stack_busy(at)), 1);
}

static void
measure_none(const struct stack_moment *at, struct stack_sink *sink)
{
    (void)at;
    stack_sink_add(sink, 0, 1);
}

/* --- what is ever published --------------------------------------------------------------------
 *
 * A metric that counts errors has data, and so is listed, once there was one. */

static unsigned
ever_of(const struct stack *stack, const struct stack_resource *r)
{
    const unsigned *ever = stack->series->ever;

    return ever[r->number] | (r->peer == NULL ? 0 : ever[r->peer->number]) |
           (r->parent == NULL ? 0 : ever[r->parent->number]);
}

/* Of a group, or of any behind a load balancer. */
static unsigned
ever_behind(const struct stack *stack, const struct stack_resource *r)
{
    const struct stack_resource *group = NULL;
    unsigned ever = ever_of(stack, r);

    while ((group = stack_next_child(stack, r, group)) != NULL)
        ever |= ever_of(stack, group);
    return ever;
}

static bool
may_refuse(const struct stack *stack, const struct stack_resource *r)
{
    return (ever_behind(stack, r) & (STACK_EVER_SHORT | STACK_EVER_DOWN)) != 0;
}

static bool
may_be_short(const struct stack *stack, const struct stack_resource *r)
{
    return (ever_behind(stack, r) & STACK_EVER_SHORT) != 0;
}

static bool
may_be_down(const struct stack *stack, const struct stack_resource *r)
{
    return (ever_behind(stack, r) & STACK_EVER_DOWN) != 0;
}

static bool
may_fail(const struct stack *stack, const struct stack_resource *r)
{
    return stack_size_near(r, STACK_ERROR_PERCENT, 0) > 0 ||
           (ever_behind(stack, r) & STACK_EVER_FAILS) != 0;
}

/* "Reported if there are registered targets" (CloudWatch metrics for Application Load Balancers);
 * DescribeTargetHealth tells the same tasks. */
static bool
has_targets(const struct stack *stack, const struct stack_resource *r)
{
    (void)stack;
    return r->peer != NULL;
}

/* --- the table -------------------------------------------------------------------------------- */

#define LB   IN(SET_BALANCER)
#define TG   IN(SET_TARGET_GROUP)
#define BOTH (LB | TG)
#define VIEW IN(SET_DISTRIBUTION)
#define NATS IN(SET_GATEWAY)
#define ALB  "AWS/ApplicationELB"
#define CDN  "AWS/CloudFront"
#define NAT  "AWS/NATGateway"

/* clang-format off */
const struct stack_metric stack_traffic_metrics[] = {
    { ALB, "RequestCount",               UNIT_COUNT,   60, LB,   measure_requests,        NULL },
    { ALB, "RequestCount",               UNIT_COUNT,   60, TG,   measure_group_requests,  NULL },
    { ALB, "RequestCountPerTarget",      UNIT_COUNT,   60, TG,   measure_per_target,      NULL },
    { ALB, "TargetResponseTime",         UNIT_SECONDS, 60, BOTH, measure_times,           NULL },
    { ALB, "HTTPCode_ELB_5XX_Count",     UNIT_COUNT,   60, LB,   measure_balancer_5xx,    may_refuse },
    { ALB, "HTTPCode_ELB_502_Count",     UNIT_COUNT,   60, LB,   measure_balancer_502,    may_be_short },
    { ALB, "HTTPCode_ELB_503_Count",     UNIT_COUNT,   60, LB,   measure_balancer_503,    may_be_down },
    { ALB, "HTTPCode_Target_2XX_Count",  UNIT_COUNT,   60, BOTH, measure_ok,              NULL },
    { ALB, "HTTPCode_Target_3XX_Count",  UNIT_COUNT,   60, BOTH, measure_moved,           NULL },
    { ALB, "HTTPCode_Target_4XX_Count",  UNIT_COUNT,   60, BOTH, measure_bad,             NULL },
    { ALB, "HTTPCode_Target_5XX_Count",  UNIT_COUNT,   60, BOTH, measure_failed,          may_fail },
    { ALB, "HealthyHostCount",           UNIT_COUNT,   60, TG,   measure_healthy,         has_targets },
    { ALB, "UnHealthyHostCount",         UNIT_COUNT,   60, TG,   measure_unhealthy,       has_targets },
    { ALB, "NewConnectionCount",         UNIT_COUNT,   60, LB,   measure_connections,     NULL },
    { ALB, "ProcessedBytes",             UNIT_BYTES,   60, LB,   measure_bytes,           NULL },
    { ALB, "ConsumedLCUs",               UNIT_COUNT,   60, LB,   measure_units,           NULL },
    { CDN, "Requests",                   UNIT_NONE,    60, VIEW, measure_views,           NULL },
    { CDN, "BytesDownloaded",            UNIT_NONE,    60, VIEW, measure_downloaded,      NULL },
    { CDN, "BytesUploaded",              UNIT_NONE,    60, VIEW, measure_uploaded,        NULL },
    { CDN, "4xxErrorRate",               UNIT_PERCENT, 60, VIEW, measure_rate_4xx,        NULL },
    { CDN, "5xxErrorRate",               UNIT_PERCENT, 60, VIEW, measure_rate_5xx,        NULL },
    { CDN, "TotalErrorRate",             UNIT_PERCENT, 60, VIEW, measure_rate_errors,     NULL },
    { NAT, "BytesOutToDestination",      UNIT_BYTES,   60, NATS, measure_sent,            NULL },
    { NAT, "BytesInFromSource",          UNIT_BYTES,   60, NATS, measure_sent,            NULL },
    { NAT, "BytesInFromDestination",     UNIT_BYTES,   60, NATS, measure_fetched,         NULL },
    { NAT, "BytesOutToSource",           UNIT_BYTES,   60, NATS, measure_fetched,         NULL },
    { NAT, "PacketsOutToDestination",    UNIT_COUNT,   60, NATS, measure_packets_sent,    NULL },
    { NAT, "PacketsInFromDestination",   UNIT_COUNT,   60, NATS, measure_packets_fetched, NULL },
    { NAT, "ActiveConnectionCount",      UNIT_COUNT,   60, NATS, measure_flows,           NULL },
    { NAT, "ErrorPortAllocation",        UNIT_COUNT,   60, NATS, measure_none,            NULL },
    { NULL, NULL, UNIT_NONE, 0, 0, NULL, NULL },
};
/* clang-format on */
