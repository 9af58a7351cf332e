/* insights_period.c - 5m, 1h, 3 months: lengths of time, and where they begin.
 * SPDX-License-Identifier: MIT
 *
 * Periods of a fixed length begin at multiples of it from the epoch, UTC; months, quarters and
 * years with the calendar. The user guide caps the number by its unit (ms 1000, s and m 60, h 24):
 * bin(300s) is a minute there, and here. */
#include "config.h"

#include "domain/insights_functions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define COUNT_MAX 1000

struct unit {
    const char *names[3]; /* each of more than one letter takes an s behind */
    int64_t length_ms, months;
    int64_t cap;
};

static const struct unit units[] = {
    { { "ms", "msec", "millisecond" }, 1, 0, 1000 },
    { { "s", "sec", "second" }, 1000, 0, 60 },
    { { "m", "min", "minute" }, 60000, 0, 60 },
    { { "h", "hr", "hour" }, 3600000, 0, 24 },
    { { "d", "day", "day" }, 86400000, 0, COUNT_MAX },
    { { "w", "week", "week" }, 7 * 86400000LL, 0, COUNT_MAX },
    { { "mo", "mon", "month" }, 0, 1, COUNT_MAX },
    { { "q", "qtr", "quarter" }, 0, 3, COUNT_MAX },
    { { "y", "yr", "year" }, 0, 12, COUNT_MAX },
};

static bool
names_unit(const struct unit *unit, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < 3; i++) {
        size_t full = strlen(unit->names[i]);

        if (strncasecmp(unit->names[i], text, full) != 0)
            continue;
        if (len == full || (full > 1 && len == full + 1 && (text[full] | 0x20) == 's'))
            return true;
    }
    return false;
}

enum status
period_read(struct insights_period *out, const char *text, struct err *err)
{
    char *unit;
    long count = strtol(text, &unit, 10);

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!names_unit(&units[i], unit))
            continue;
        if (count < 1)
            return err_set(err, E_INVALID, "a period of no length");
        count = count > units[i].cap ? (long)units[i].cap : count;
        *out = (struct insights_period){ units[i].length_ms * count, units[i].months * count };
        return OK;
    }
    return err_set(err, E_INVALID,
                   "expected a period such as 5m, 1h or 1d (units: ms s m h d w mo q y), got %.40s",
                   text);
}

static int64_t
floor_months(int64_t months, int64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000 - (time_ms % 1000 < 0));
    struct tm tm;
    int64_t month;

    if (gmtime_r(&seconds, &tm) == NULL)
        return time_ms;
    month = ((int64_t)tm.tm_year - 70) * 12 + tm.tm_mon;
    month -= (month % months + months) % months;
    tm = (struct tm){ .tm_year = 70, .tm_mon = (int)month, .tm_mday = 1 };
    return (int64_t)timegm(&tm) * 1000;
}

int64_t
period_floor(const struct insights_period *period, int64_t time_ms)
{
    int64_t rest;

    if (period->months > 0)
        return floor_months(period->months, time_ms);
    rest = time_ms % period->length_ms;
    return time_ms - rest - (rest < 0 ? period->length_ms : 0);
}
