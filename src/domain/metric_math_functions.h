/* metric_math_functions.h - the functions that the table of metric math names.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_METRIC_MATH_FUNCTIONS_H
#define OV_DOMAIN_METRIC_MATH_FUNCTIONS_H

#include "domain/metric_math_own.h"

/* What one compute function does for several names. */
enum math_map { MAP_ABS, MAP_CEIL, MAP_FLOOR, MAP_LOG, MAP_LOG10 };
enum math_fold { FOLD_AVG, FOLD_COUNT, FOLD_MAX, FOLD_MIN, FOLD_STDDEV, FOLD_SUM };
enum math_step { STEP_DIFF, STEP_TIME, STEP_RATE };
enum math_calendar {
    CALENDAR_DATE,
    CALENDAR_DAY,
    CALENDAR_EPOCH,
    CALENDAR_HOUR,
    CALENDAR_MINUTE,
    CALENDAR_MONTH,
    CALENDAR_YEAR
};

math_compute math_map;  /* each value by itself */
math_compute math_step; /* each value and the one before */
math_compute math_running_sum;
math_compute math_calendar; /* each period's time, UTC */
math_compute math_fill;
math_compute math_time_series;
math_compute math_if;

math_compute math_fold; /* many values become one */
math_compute math_metrics;
math_compute math_metric_count;
math_compute math_period;
math_compute math_pick; /* FIRST, LAST */
math_compute math_remove_empty;
math_compute math_search;
math_compute math_slice;
math_compute math_sort;

#endif
