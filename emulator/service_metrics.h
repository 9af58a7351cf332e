/* service_metrics.h - what AWS would measure of the services around the app: API Gateway, the two
 * functions' failures, their log groups, and the database's commits.
 * SPDX-License-Identifier: MIT
 *
 * Counted in memory while requests are answered and written every few seconds, so a clean stop
 * loses nothing and a kill the last seconds of these metrics (never data). A minute's values are
 * written with that minute's time.
 *
 * AWS/ApiGateway, as for an HTTP API (ApiId "obsview", Stage "$default"): Count, 4xx, 5xx, Latency,
 * IntegrationLatency and DataProcessed (bodies, both ways) by ApiId, by ApiId and Stage, and by
 * ApiId, Stage, Method and Resource. Requests are those of the routes that have a function; of
 * those that no guard let through there is no IntegrationLatency, and none of preflights at all,
 * which API Gateway answers by itself.
 *
 * AWS/Lambda Invocations, Errors and Duration of requests that the function refused or failed at:
 * an answer from 500 on is an error, a refusal is none. (Those it kept are told by their rows.)
 *
 * AWS/RDS CommitLatency and CommitThroughput of the instance that commits in the stack's first
 * cluster are those of this store, which stands in for it: how long its commits take on average,
 * and how many there are a second while something is written. Only under a real clock: on a virtual
 * one time does not pass while a commit lasts.
 *
 * AWS/Logs IncomingBytes and IncomingLogEvents of the functions' own lines; ingest.c counts all
 * others. */
#ifndef OV_EMULATOR_SERVICE_METRICS_H
#define OV_EMULATOR_SERVICE_METRICS_H

#include "base/err.h"

#include <stdint.h>

struct emulator;
struct exchange;
struct service_metrics;

MUST_CHECK enum status service_metrics_start(struct service_metrics **out, struct emulator *em,
                                             struct err *err);
/* Writes what is left, default values of metric filters too; before the store closes. NULL is
 * fine. */
void service_metrics_stop(struct service_metrics *sm);

/* Any thread: a request of a route with a function was answered. */
void service_metrics_request(struct service_metrics *sm, const struct exchange *x);
/* Any thread: something is written, or default values of metric filters wait for their minute to
 * end. */
void service_metrics_wake(struct service_metrics *sm);
/* Writes what was counted, and waits for it. In an emulator that is_stepped nothing else does. */
void service_metrics_settle(struct service_metrics *sm);
/* Forgets what was counted and not written. */
void service_metrics_clear(struct service_metrics *sm);

#endif
