/* transport.c - markers, moments and speeds: what is pure about a recording that is played.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/transport.h"

#include "base/day.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/text.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPEED_MOST   100000.0
#define DIGITS_MOST  9
#define DAYS_MOST    400 /* of a recording in which a time of day is looked for */
#define MS_OF_SECOND 1000

/* --- markers ----------------------------------------------------------------------------- */

struct marker_list *
marker_list_ref(struct marker_list *list)
{
    if (list != NULL)
        atomic_fetch_add(&list->references, 1);
    return list;
}

void
marker_list_unref(struct marker_list *list)
{
    if (list != NULL && atomic_fetch_sub(&list->references, 1) == 1)
        arena_free(list->arena);
}

/* How many are not later than that. */
static size_t
count_until(const struct marker_list *list, int64_t at_ms)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->items[middle].at_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct marker *
marker_next(const struct marker_list *list, int64_t from_ms, int direction, enum marker_kind least)
{
    size_t at = count_until(list, direction > 0 ? from_ms : from_ms - 1);

    if (direction > 0) {
        while (at < list->count && list->items[at].kind < least)
            at++;
        return at < list->count ? &list->items[at] : NULL;
    }
    while (at > 0 && list->items[at - 1].kind < least)
        at--;
    return at > 0 ? &list->items[at - 1] : NULL;
}

const struct marker *
marker_between(const struct marker_list *list, int64_t from_ms, int64_t to_ms, size_t *count)
{
    size_t first = count_until(list, from_ms), end = count_until(list, to_ms);
    const struct marker *best = NULL;

    *count = end > first ? end - first : 0;
    for (size_t i = first; i < end; i++) {
        if (best == NULL || list->items[i].kind > best->kind)
            best = &list->items[i];
    }
    return best;
}

/* --- moments ----------------------------------------------------------------------------- */

/* ".25" as a part of `unit`, rounded down; *text moves behind it. false: a point without digits. */
static bool
read_fraction(const char **text, int64_t unit, int64_t *out)
{
    int64_t divisor = 1, number = 0;
    size_t digits;

    *out = 0;
    if (**text != '.')
        return true;
    digits = strspn(++*text, "0123456789");
    for (size_t i = 0; i < digits && i < DIGITS_MOST; i++) {
        number = number * 10 + ((*text)[i] - '0');
        divisor *= 10;
    }
    *text += digits;
    *out = number * unit / divisor;
    return digits > 0;
}

bool
moment_span_parse(int64_t *ms, const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        { "ms", 1 }, { "s", MS_OF_SECOND }, { "m", 60000 }, { "h", 3600000 }, { "d", DAY_MS },
    };
    size_t digits = strspn(text, "0123456789");
    int64_t whole, part;

    if (digits == 0 || digits > DIGITS_MOST)
        return false;
    whole = strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        const char *at = text + digits;

        if (!read_fraction(&at, units[i].ms, &part) || strcmp(at, units[i].unit) != 0)
            continue;
        *ms = whole * units[i].ms + part;
        return true;
    }
    return false;
}

/* Up to two digits below a limit. */
static bool
read_part(const char **text, int limit, int *out)
{
    size_t digits = strspn(*text, "0123456789");

    if (digits == 0 || digits > 2)
        return false;
    *out = (int)strtol(*text, NULL, 10);
    *text += digits;
    return *out < limit;
}

/* "14:05", "14:05:10", "14:05:10.25" */
static bool
read_time_of_day(struct tm *tm, int64_t *ms, const char *text)
{
    tm->tm_sec = 0;
    *ms = 0;
    if (!read_part(&text, 24, &tm->tm_hour) || *text++ != ':' || !read_part(&text, 60, &tm->tm_min))
        return false;
    if (*text == '\0')
        return true;
    if (*text++ != ':' || !read_part(&text, 60, &tm->tm_sec))
        return false;
    return read_fraction(&text, MS_OF_SECOND, ms) && *text == '\0';
}

static int64_t
distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Of the days of the recording the one on which it comes nearest to now. */
static bool
find_time_of_day(int64_t *out, const char *text, const struct recorded_time *time)
{
    time_t start = (time_t)(time->start_ms / MS_OF_SECOND);
    struct tm first, tm;
    bool is_found = false;
    int64_t ms;

    if (localtime_r(&start, &first) == NULL || !read_time_of_day(&first, &ms, text))
        return false;
    for (int day = 0; day < DAYS_MOST; day++) {
        int64_t at_ms;

        tm = first;
        tm.tm_mday += day;
        tm.tm_isdst = -1;
        at_ms = (int64_t)mktime(&tm) * MS_OF_SECOND + ms;
        if (day > 0 && at_ms > time->end_ms)
            break;
        if (!is_found || *out < time->start_ms ||
            distance(at_ms, time->now_ms) < distance(*out, time->now_ms))
            *out = at_ms;
        is_found = true;
    }
    return is_found;
}

/* A step never leaves the recording. */
static int64_t
within(const struct recorded_time *time, int64_t at_ms)
{
    if (at_ms < time->start_ms)
        return time->start_ms;
    return time->is_end_known && at_ms > time->end_ms ? time->end_ms : at_ms;
}

static enum status
refuse_moment(const char *text, const struct recorded_time *time, struct err *err)
{
    char from[FORMAT_TEXT], to[FORMAT_TEXT];

    format_time(from, time->start_ms, time->now_ms);
    format_time(to, time->end_ms, time->now_ms);
    return err_set(err, E_USAGE, "%.60s is not in the recording, which goes from %s to %s", text,
                   from, to);
}

enum status
moment_parse(int64_t *out, const char *text, const struct recorded_time *time, struct err *err)
{
    int64_t at_ms, span_ms;

    if (strcmp(text, "start") == 0)
        at_ms = time->start_ms;
    else if (strcmp(text, "end") == 0)
        at_ms = time->is_end_known ? time->end_ms : INT64_MAX;
    else if (*text == '+' && moment_span_parse(&span_ms, text + 1))
        at_ms = within(time, time->now_ms + span_ms);
    else if (*text == '-' && moment_span_parse(&span_ms, text + 1))
        at_ms = within(time, time->now_ms - span_ms);
    else if (moment_span_parse(&span_ms, text))
        at_ms = time->start_ms + span_ms;
    else if (!iso8601_parse(&at_ms, text) && !find_time_of_day(&at_ms, text, time))
        return err_set(err, E_USAGE,
                       "%.60s: expected a time such as 14:05, 14:05:10 or 2026-11-24T10:05:00Z, a "
                       "step such as +5m or -30s, 90s from the start, start or end",
                       text);
    if (at_ms < time->start_ms || (time->is_end_known && at_ms > time->end_ms))
        return refuse_moment(text, time, err);
    *out = at_ms;
    return OK;
}

/* --- speeds ------------------------------------------------------------------------------ */

/* SPEED_WHOLE stands behind the last one. */
static const double speeds[] = { 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1000 };

#define SPEEDS (sizeof(speeds) / sizeof(speeds[0]))

double
speed_step(double speed, int direction)
{
    size_t i = 0;

    if (direction > 0) {
        while (i < SPEEDS && (speed == SPEED_WHOLE || speeds[i] <= speed))
            i++;
        return i < SPEEDS ? speeds[i] : SPEED_WHOLE;
    }
    i = SPEEDS;
    while (i > 1 && speed != SPEED_WHOLE && speeds[i - 1] >= speed)
        i--;
    return speeds[i - 1];
}

bool
speed_parse(double *out, const char *text)
{
    char digits[16];
    size_t len = strlen(text);

    if (strcmp(text, "max") == 0) {
        *out = SPEED_WHOLE;
        return true;
    }
    if (len == 0 || len >= sizeof(digits))
        return false;
    memcpy(digits, text, len + 1);
    if (digits[len - 1] == 'x')
        digits[len - 1] = '\0';
    return text_parse_double(out, digits) && *out >= speeds[0] && *out <= SPEED_MOST;
}

void
speed_format(char text[16], double speed)
{
    if (speed == SPEED_WHOLE)
        snprintf(text, 16, "max");
    else
        snprintf(text, 16, "%.4gx", speed);
}
