/* kept_metrics.h - what a PutMetricData put, from the request that the intake kept of it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_KEPT_METRICS_H
#define OV_EMULATOR_KEPT_METRICS_H

#include "base/mem.h"
#include "domain/metric.h"
#include "emulator/intake.h"
#include "wire/codec.h"

#include <stdbool.h>
#include <stddef.h>

struct kept_metrics {
    const struct metric_datum *data; /* live in the arena until kept_metrics_fini() */
    size_t count;
    struct wire_call call;
};

/* Whether the request may be a PutMetricData that was accepted, to spare the others the work. */
bool kept_metrics_is(const struct intake_item *item);
/* By whichever protocol it came. None, when it is something else or was not kept whole; `out` is
 * to be kept_metrics_fini()ed in any case. */
void kept_metrics_read(struct kept_metrics *out, struct arena *arena,
                       const struct intake_item *item);
void kept_metrics_fini(struct kept_metrics *kept);

#endif
