/* format.c - short, steady texts for numbers and times.
 * SPDX-License-Identifier: MIT
 *
 * Three significant digits are what a glance can use; more only makes a column flicker. */
#include "config.h"

#include "tui/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void
print_milliseconds(char *text, double v)
{
    double a = fabs(v);
    long s = lround(v / SECOND);

    if (a < 0.95 && a > 0)
        snprintf(text, FORMAT_TEXT, "%.2g ms", v);
    else if (a < 9.95 && fabs(v - round(v)) >= 0.05)
        snprintf(text, FORMAT_TEXT, "%.1f ms", v);
    else if (a < 999.5)
        snprintf(text, FORMAT_TEXT, "%.0f ms", v);
    else if (a < 9.995 * SECOND)
        snprintf(text, FORMAT_TEXT, "%.2f s", v / SECOND);
    else if (a < 59.95 * SECOND)
        snprintf(text, FORMAT_TEXT, "%.1f s", v / SECOND);
    else if (a < (double)HOUR)
        snprintf(text, FORMAT_TEXT, "%ld m %02ld s", s / 60, labs(s % 60));
    else
        snprintf(text, FORMAT_TEXT, "%ld h %02ld m", s / 3600, labs(s / 60 % 60));
}

static void
print_scaled(char *text, double v, double base, const char *const *units)
{
    size_t i = 0;

    while (fabs(v) >= base * 0.9995 && units[i + 1] != NULL) {
        v /= base;
        i++;
    }
    snprintf(text, FORMAT_TEXT, fabs(v) < 99.95 && i > 0 ? "%.1f%s" : "%.0f%s", v, units[i]);
}

static void
print_count(char *text, double v)
{
    static const char *const units[] = { "", " k", " M", " G", " T", NULL };
    double a = fabs(v);

    if (a >= 9999.5)
        print_scaled(text, v, 1000, units);
    else if (a >= 999.5)
        snprintf(text, FORMAT_TEXT, "%s%ld,%03ld", v < 0 ? "-" : "", lround(a) / 1000,
                 lround(a) % 1000);
    else if (a < 99.95 && fabs(v - round(v)) >= 0.05)
        snprintf(text, FORMAT_TEXT, "%.1f", v);
    else
        snprintf(text, FORMAT_TEXT, "%.0f", v);
}

static void
print_percent(char *text, double v)
{
    double a = fabs(v);
    int digits = a == 0 || a >= 9.95 ? 0 : a < 0.995 ? 2 : 1;

    snprintf(text, FORMAT_TEXT, "%.*f %%", digits, v);
}

void
format_quantity(char text[FORMAT_TEXT], double value, enum quantity quantity)
{
    static const char *const bytes[] = { " B", " kB", " MB", " GB", " TB", NULL };

    text[0] = '\0';
    if (isnan(value))
        return;
    if (isinf(value)) {
        snprintf(text, FORMAT_TEXT, "%s", value < 0 ? "-inf" : "inf");
        return;
    }
    switch (quantity) {
    case QUANTITY_COUNT:
        print_count(text, value);
        break;
    case QUANTITY_MILLISECONDS:
        print_milliseconds(text, value);
        break;
    case QUANTITY_SCORE:
        snprintf(text, FORMAT_TEXT, fabs(value) < 0.00995 && value != 0 ? "%.3f" : "%.2f", value);
        break;
    case QUANTITY_PERCENT:
        print_percent(text, value);
        break;
    case QUANTITY_BYTES:
        print_scaled(text, value, 1000, bytes);
        break;
    case QUANTITY_MICROUSD:
        if (value > 0 && value < 5000) /* "$0.00" is for what costs nothing */
            snprintf(text, FORMAT_TEXT, "<$0.01");
        else
            snprintf(text, FORMAT_TEXT, "$%.2f", value / 1e6);
        break;
    case QUANTITY_PLAIN:
    case QUANTITIES:
        snprintf(text, FORMAT_TEXT, "%.3g", value);
        break;
    }
}

/* "+0.00 s" would claim a change nobody can see. */
static bool
says_nothing(const char *text)
{
    return strpbrk(text, "123456789") == NULL;
}

void
format_delta(char text[FORMAT_TEXT], double value, enum quantity quantity)
{
    char plain[FORMAT_TEXT];

    text[0] = '\0';
    if (isnan(value))
        return;
    format_quantity(plain, fabs(value), quantity);
    if (says_nothing(plain))
        snprintf(text, FORMAT_TEXT, "0");
    else
        snprintf(text, FORMAT_TEXT, "%c%.*s", value < 0 ? '-' : '+', FORMAT_TEXT - 2, plain);
}

void
format_age(char text[FORMAT_TEXT], int64_t age_ms)
{
    if (age_ms < 0)
        age_ms = 0;
    if (age_ms < SECOND)
        snprintf(text, FORMAT_TEXT, "%.1f s", (double)(age_ms / 100) / 10);
    else if (age_ms < 2 * MINUTE)
        snprintf(text, FORMAT_TEXT, "%" PRId64 " s", age_ms / SECOND);
    else if (age_ms < 2 * HOUR)
        snprintf(text, FORMAT_TEXT, "%" PRId64 " m", age_ms / MINUTE);
    else if (age_ms < 2 * DAY)
        snprintf(text, FORMAT_TEXT, "%" PRId64 " h", age_ms / HOUR);
    else
        snprintf(text, FORMAT_TEXT, "%" PRId64 " d", age_ms / DAY);
}

void
format_offset(char text[FORMAT_TEXT], int64_t offset_ms, bool has_tenths)
{
    int64_t ms = offset_ms < 0 ? 0 : offset_ms;
    int64_t minutes = ms / MINUTE % 60, seconds = ms / SECOND % 60;
    int used = ms < HOUR ? snprintf(text, FORMAT_TEXT, "%" PRId64 ":%02" PRId64, minutes, seconds)
                         : snprintf(text, FORMAT_TEXT, "%" PRId64 ":%02" PRId64 ":%02" PRId64,
                                    ms / HOUR, minutes, seconds);

    if (has_tenths)
        snprintf(text + used, FORMAT_TEXT - (size_t)used, ".%d", (int)(ms / 100 % 10));
}

static void
print_local(char *text, int64_t time_ms, const char *shape)
{
    time_t at = (time_t)(time_ms / SECOND);
    struct tm tm;

    if (localtime_r(&at, &tm) == NULL || strftime(text, FORMAT_TEXT, shape, &tm) == 0)
        text[0] = '\0';
}

void
format_time(char text[FORMAT_TEXT], int64_t time_ms, int64_t now_ms)
{
    int64_t away = now_ms > time_ms ? now_ms - time_ms : time_ms - now_ms;

    print_local(text, time_ms, away > DAY ? "%b %d %H:%M" : "%H:%M:%S");
}

void
format_day(char text[FORMAT_TEXT], int64_t time_ms)
{
    print_local(text, time_ms, "%b %d");
}

void
format_minute(char text[FORMAT_TEXT], int64_t time_ms)
{
    print_local(text, time_ms, "%H:%M");
}

void
format_span(char text[FORMAT_TEXT], int64_t span_ms)
{
    if (span_ms >= DAY && span_ms % DAY == 0 && span_ms > DAY)
        snprintf(text, FORMAT_TEXT, "%" PRId64 "d", span_ms / DAY);
    else if (span_ms >= HOUR && span_ms % HOUR == 0)
        snprintf(text, FORMAT_TEXT, "%" PRId64 "h", span_ms / HOUR);
    else if (span_ms >= MINUTE)
        snprintf(text, FORMAT_TEXT, "%" PRId64 "m", span_ms / MINUTE);
    else
        snprintf(text, FORMAT_TEXT, "%" PRId64 "s", span_ms / SECOND);
}

bool
format_span_parse(int64_t *span_ms, const char *text)
{
    int64_t n = 0, unit;
    size_t i = 0;

    while (text[i] >= '0' && text[i] <= '9' && n < 100000)
        n = n * 10 + (text[i++] - '0');
    if (i == 0 || n == 0 || text[i] == '\0' || text[i + 1] != '\0')
        return false;
    switch (text[i]) {
    case 's':
        unit = SECOND;
        break;
    case 'm':
        unit = MINUTE;
        break;
    case 'h':
        unit = HOUR;
        break;
    case 'd':
        unit = DAY;
        break;
    default:
        return false;
    }
    if (n * unit > 455 * DAY) /* nothing is kept longer */
        return false;
    *span_ms = n * unit;
    return true;
}

/* One or two digits, up to `most`; moves *text behind them. */
static bool
take_number(const char **text, int most, int *out)
{
    int n = 0, digits = 0;

    while (digits < 2 && **text >= '0' && **text <= '9') {
        n = n * 10 + (*(*text)++ - '0');
        digits++;
    }
    *out = n;
    return digits > 0 && n <= most;
}

bool
format_minute_parse(int64_t *time_ms, const char *text, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm;

    if (localtime_r(&now, &tm) == NULL || !take_number(&text, 24, &tm.tm_hour) || *text++ != ':' ||
        !take_number(&text, 59, &tm.tm_min) || *text != '\0')
        return false;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    *time_ms = (int64_t)mktime(&tm) * 1000;
    if (*time_ms > now_ms)
        *time_ms -= DAY;
    return true;
}
