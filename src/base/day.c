/* day.c - days as the C library's calendar has them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/day.h"

#include "base/iso8601.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DATE_CHARS 10

int64_t
day_of_ms(int64_t epoch_ms)
{
    return epoch_ms / DAY_MS - (epoch_ms % DAY_MS < 0);
}

bool
day_parse(int64_t *day, const char *text)
{
    int64_t epoch_ms;

    if (strlen(text) != DATE_CHARS || !iso8601_parse(&epoch_ms, text))
        return false;
    *day = day_of_ms(epoch_ms);
    return true;
}

static struct tm
calendar(int64_t day)
{
    time_t t = (time_t)(day * (DAY_MS / 1000));
    struct tm tm = { 0 };

    gmtime_r(&t, &tm);
    return tm;
}

void
day_format(int64_t day, char text[DAY_TEXT])
{
    struct tm tm = calendar(day);

    if (strftime(text, DAY_TEXT, "%Y-%m-%d", &tm) == 0)
        snprintf(text, DAY_TEXT, "invalid");
}

int64_t
day_month(int64_t day, int months)
{
    struct tm tm = calendar(day);

    tm.tm_mday = 1;
    tm.tm_mon += months;
    return (int64_t)timegm(&tm) / (DAY_MS / 1000);
}

unsigned
day_of_month(int64_t day)
{
    return (unsigned)calendar(day).tm_mday;
}

unsigned
day_weekday(int64_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7);
}
