/* day.h - calendar days of UTC as whole numbers; day 0 is 1970-01-01, a Thursday.
 * SPDX-License-Identifier: MIT
 *
 * For what is counted by days and months: bills, budgets, retention. Years 1970 to 9999. */
#ifndef OV_BASE_DAY_H
#define OV_BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_MS   INT64_C(86400000)
#define DAY_TEXT 16

int64_t day_of_ms(int64_t epoch_ms); /* rounded down */
/* "2026-11-28" and nothing else; the date must exist. */
bool day_parse(int64_t *day, const char *text);
void day_format(int64_t day, char text[DAY_TEXT]);

/* The first day of the month the day is in, moved by so many months. */
int64_t day_month(int64_t day, int months);
unsigned day_of_month(int64_t day); /* 1 to 31 */
unsigned day_weekday(int64_t day);  /* 0 is Monday */

#endif
