/* call_cost.h - what AWS asks for a request, in micro-USD.
 * SPDX-License-Identifier: MIT
 *
 * List prices of us-east-1, early 2026: estimates. GetMetricData is priced by its metrics, see
 * cloudwatch_data_cost_microusd(). */
#ifndef OV_AWS_CALL_COST_H
#define OV_AWS_CALL_COST_H

#include <stdint.h>

/* Of one request of an operation, whatever it asks for; 0: free, or priced by something else. */
int64_t call_cost_microusd(const char *operation);
/* Of a Logs Insights query, by the bytesScanned of its statistics. */
int64_t call_cost_insights_microusd(double bytes_scanned);
/* Of a Live Tail session, by its length; begun minutes count. */
int64_t call_cost_live_tail_microusd(int64_t open_ms);

#endif
