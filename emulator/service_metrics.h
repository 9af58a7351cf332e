/* service_metrics.h - what AWS would measure of the services around the app: API Gateway, the two
 * functions' failures, and their log groups.
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
/* Any thread: default values of metric filters wait for their minute to end. */
void service_metrics_wake(struct service_metrics *sm);
/* Forgets what was counted and not written. */
void service_metrics_clear(struct service_metrics *sm);

#endif
