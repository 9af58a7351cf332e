/* alarm_measure.h - the datapoints an alarm is judged by.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_MEASURE_H
#define OV_EMULATOR_ALARM_MEASURE_H

#include "emulator/alarm_definition.h"
#include "store/store.h"

/* The evaluation range that ends at `end_ms`, in the arena. One metric is measured in windows that
 * slide with the time of evaluation; metric math in the periods of the clock that are over. */
MUST_CHECK enum status alarm_measure(const struct alarm_definition *def,
                                     struct store_reader *reader, struct arena *arena,
                                     int64_t end_ms, int64_t now_ms, struct alarm_window *out,
                                     struct err *err);

#endif
