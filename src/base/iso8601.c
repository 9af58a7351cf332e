/* iso8601.c - calendar arithmetic without the C library's time zone.
 * SPDX-License-Identifier: MIT
 *
 * Days are counted with the "days from civil" arithmetic of the proleptic Gregorian calendar, where
 * a year begins in March so that the leap day is its last. */
#include "config.h"

#include "base/iso8601.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_DAY (-719468) /* 0000-03-01, in days since 1970 */
#define LAST_DAY  2932896   /* 9999-12-31 */

static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int
days_in_month(int64_t year, int64_t month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static void
put_digits(char *to, int digits, int64_t value)
{
    for (; digits > 0; digits--, value /= 10)
        to[digits - 1] = (char)('0' + value % 10);
}

/* The reverse of days_from_civil(), from FIRST_DAY to LAST_DAY. */
static void
put_date(char *to, int64_t days)
{
    int64_t shifted = days + 719468, era = shifted / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153; /* 0: March */
    int64_t month = shifted_month + (shifted_month < 10 ? 3 : -9);

    put_digits(to, 4, year_of_era + era * 400 + (month <= 2));
    put_digits(to + 5, 2, month);
    put_digits(to + 8, 2, day_of_year - (153 * shifted_month + 2) / 5 + 1);
}

/* Years that four digits do not hold; nobody's, but anybody's to send. */
static void
format_far(int64_t epoch_ms, char text[ISO8601_TEXT])
{
    time_t t = (time_t)(epoch_ms / 1000);
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL || strftime(text, ISO8601_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(text, ISO8601_TEXT, "invalid");
}

/* A tracker's body holds dozens of times: strftime(3) would be most of the work of printing it. */
static void
format(int64_t epoch_ms, bool fraction, char text[ISO8601_TEXT])
{
    const int64_t day_ms = INT64_C(86400000);
    int64_t days = epoch_ms / day_ms - (epoch_ms % day_ms < 0);
    int64_t of_day = epoch_ms - days * day_ms;

    if (days < FIRST_DAY || days > LAST_DAY) {
        format_far(epoch_ms, text);
        return;
    }
    memcpy(text, fraction ? "0000-00-00T00:00:00.000Z" : "0000-00-00T00:00:00Z",
           fraction ? 25 : 21);
    put_date(text, days);
    put_digits(text + 11, 2, of_day / 3600000);
    put_digits(text + 14, 2, of_day / 60000 % 60);
    put_digits(text + 17, 2, of_day / 1000 % 60);
    if (fraction)
        put_digits(text + 20, 3, of_day % 1000);
}

void
iso8601_format_ms(int64_t epoch_ms, char text[ISO8601_TEXT])
{
    format(epoch_ms, true, text);
}

void
iso8601_format_s(int64_t epoch_ms, char text[ISO8601_TEXT])
{
    format(epoch_ms, false, text);
}

/* Reads exactly `digits` decimal digits. */
static bool
number(const char **p, int digits, int64_t *out)
{
    int64_t v = 0;

    for (int i = 0; i < digits; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        v = v * 10 + (**p - '0');
    }
    *out = v;
    return true;
}

static bool
literal(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static bool
parse_date(const char **p, int64_t *days)
{
    int64_t year, month, day;

    if (!number(p, 4, &year) || !literal(p, '-') || !number(p, 2, &month) || !literal(p, '-') ||
        !number(p, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *days = days_from_civil(year, month, day);
    return true;
}

static bool
parse_clock(const char **p, int64_t *ms)
{
    int64_t hour, minute, second = 0, scale = 100, fraction = 0;

    if (!number(p, 2, &hour) || !literal(p, ':') || !number(p, 2, &minute))
        return false;
    if (literal(p, ':') && !number(p, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (literal(p, '.')) {
        if (**p < '0' || **p > '9')
            return false;
        for (; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
            fraction += (**p - '0') * scale;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return true;
}

static bool
parse_offset(const char **p, int64_t *ms)
{
    int64_t hours, minutes = 0;
    int sign;

    *ms = 0;
    if (**p == '\0' || literal(p, 'Z') || literal(p, 'z'))
        return true;
    if (**p != '+' && **p != '-')
        return false;
    sign = *(*p)++ == '-' ? -1 : 1;
    if (!number(p, 2, &hours))
        return false;
    literal(p, ':');
    if (**p != '\0' && !number(p, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *ms = sign * (hours * 60 + minutes) * 60000;
    return true;
}

bool
iso8601_parse(int64_t *epoch_ms, const char *text)
{
    const char *p = text;
    int64_t days, clock = 0, offset = 0;

    if (!parse_date(&p, &days))
        return false;
    if (*p == 'T' || *p == 't' || *p == ' ') {
        p++;
        if (!parse_clock(&p, &clock) || !parse_offset(&p, &offset))
            return false;
    }
    if (*p != '\0')
        return false;
    *epoch_ms = days * 86400000 + clock - offset;
    return true;
}
