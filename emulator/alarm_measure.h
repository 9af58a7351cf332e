/* alarm_measure.h - the datapoints an alarm is judged by.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_MEASURE_H
#define OV_EMULATOR_ALARM_MEASURE_H

#include "emulator/alarm_definition.h"
#include "emulator/metric_source.h"

/* The evaluation range that ends at `end_ms`, in the arena. One metric is measured in windows that
 * slide with the time of evaluation; metric math in the periods of the clock that are over. */
MUST_CHECK enum status alarm_measure(const struct alarm_definition *def,
                                     const struct metric_source *source, struct arena *arena,
                                     int64_t end_ms, struct alarm_window *out, struct err *err);

#endif
