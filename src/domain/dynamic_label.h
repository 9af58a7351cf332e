/* dynamic_label.h - labels with values in them: "${PROP('Dim.Page')} p75 ${LAST} (max ${MAX})".
 * SPDX-License-Identifier: MIT
 *
 * Variables: "Using dynamic labels", Amazon CloudWatch User Guide. It does not say how values look;
 * here a number has up to 15 digits, a time is ISO 8601 in the zone that was asked for, a span is
 * like "1h 5m", and what an empty series cannot tell is "--". */
#ifndef OV_DOMAIN_DYNAMIC_LABEL_H
#define OV_DOMAIN_DYNAMIC_LABEL_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/metric.h"

#include <stddef.h>
#include <stdint.h>

/* What a label can tell. A property that is NULL comes out as nothing. */
struct dynamic_label_source {
    const char *label; /* what the series is called without one */
    const char *account, *region;
    const struct series_key *key; /* NULL: not one metric's */
    const char *stat;
    int64_t period_ms;
    const int64_t *times_ms; /* ascending */
    const double *values;
    size_t count;
    int64_t now_ms;
    int zone_minutes; /* east of UTC */
};

/* E_INVALID: an unknown variable, by name; more than five values; ${LABEL} twice. A label without
 * variables is always fine. */
MUST_CHECK enum status dynamic_label_check(const char *label, struct err *err);
/* Of a label that was checked. */
const char *dynamic_label_render(struct arena *arena, const char *label,
                                 const struct dynamic_label_source *source);

#endif
