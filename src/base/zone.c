/* zone.c - time zone files, and the rule for the years behind their last entry.
 * SPDX-License-Identifier: MIT
 *
 * A file has a block of 32-bit times for old readers, then one of 64-bit times, then a rule in the
 * manner of the variable TZ ("EST5EDT,M3.2.0,M11.1.0") for all later times. Newer files leave out
 * what the rule can say, so the rule is needed for today, too. Formats: RFC 9636, POSIX.1 XBD 8.3.
 */
#include "config.h"

#include "base/zone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/day.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define FILE_MAX       ((size_t)256 << 10)
#define HEADER         44
#define SECOND         1000
#define FAR_MS         (INT64_MAX / 4)

struct turn {
    int64_t at_ms;
    int64_t offset_ms; /* from then on */
};

/* One change of the year: either "Mm.w.d" or a day number. */
struct rule {
    char kind; /* 'M', 'J' (1 to 365, no 29 February) or '0' (0 to 365) */
    int month, week, day;
    int64_t time_s; /* of the wall clock before the change */
};

struct zone {
    int64_t first_ms; /* offset before the first turn */
    struct turn *turns;
    size_t count;
    bool has_rule, has_summer;
    int64_t winter_ms, summer_ms;
    struct rule to_summer, to_winter;
};

/* --- the rule --------------------------------------------------------------------------------- */

static bool
read_digits(const char **at, int *out)
{
    int n = 0;
    const char *from = *at;

    while (**at >= '0' && **at <= '9' && *at - from < 4)
        n = n * 10 + *(*at)++ - '0';
    *out = n;
    return *at > from;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool
read_time(const char **at, int64_t *out)
{
    int part[3] = { 0 }, sign = 1;

    if (**at == '-' || **at == '+')
        sign = *(*at)++ == '-' ? -1 : 1;
    if (!read_digits(at, &part[0]))
        return false;
    for (int i = 1; i < 3 && **at == ':'; i++) {
        (*at)++;
        if (!read_digits(at, &part[i]))
            return false;
    }
    *out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

static bool
skip_name(const char **at)
{
    const char *from = *at;

    if (**at == '<') {
        *at += strcspn(*at, ">");
        if (**at != '>')
            return false;
        (*at)++;
        return true;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
        (*at)++;
    return *at > from;
}

static bool
read_change(const char **at, struct rule *r)
{
    r->time_s = 7200;
    if (**at != ',')
        return false;
    (*at)++;
    r->kind = '0';
    if (**at == 'M' || **at == 'J')
        r->kind = *(*at)++;
    if (r->kind == 'M') {
        if (!read_digits(at, &r->month) || *(*at)++ != '.' || !read_digits(at, &r->week) ||
            *(*at)++ != '.' || !read_digits(at, &r->day))
            return false;
        if (r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5 || r->day > 6)
            return false;
    } else if (!read_digits(at, &r->day) || r->day > 366)
        return false;
    if (**at != '/')
        return true;
    (*at)++;
    return read_time(at, &r->time_s);
}

static bool
read_rule(struct zone *z, const char *text)
{
    int64_t west = 0;

    if (!skip_name(&text) || !read_time(&text, &west))
        return false;
    z->winter_ms = -west * SECOND;
    if (*text == '\0')
        return true;
    if (!skip_name(&text))
        return false;
    z->summer_ms = z->winter_ms + 3600 * SECOND;
    if (*text != ',' && *text != '\0') {
        if (!read_time(&text, &west))
            return false;
        z->summer_ms = -west * SECOND;
    }
    z->has_summer = read_change(&text, &z->to_summer) && read_change(&text, &z->to_winter);
    return z->has_summer && *text == '\0';
}

static int64_t
first_of_month(int64_t year, int month)
{
    return day_month(0, (int)((year - 1970) * 12 + month - 1));
}

/* The day a change falls on in a year. */
static int64_t
change_day(const struct rule *r, int64_t year)
{
    int64_t day = first_of_month(year, 1);
    bool leap = first_of_month(year + 1, 1) - day == 366;

    if (r->kind == 'J')
        return day + r->day - 1 + (leap && r->day > 59);
    if (r->kind == '0')
        return day + r->day;
    day = first_of_month(year, r->month);
    /* day_weekday(): Monday is 0; the rule says Sunday. */
    day += (r->day - (int64_t)(day_weekday(day) + 1) % 7 + 7) % 7 + (r->week - 1) * 7;
    while (day >= first_of_month(year, r->month + 1))
        day -= 7;
    return day;
}

static int64_t
by_rule(const struct zone *z, int64_t utc_ms, int64_t *from_ms, int64_t *until_ms)
{
    int64_t day = utc_ms / DAY_MS, year, offset = z->winter_ms;
    struct turn turns[6];
    int count = 0;

    if (!z->has_summer)
        return z->winter_ms;
    year = 1970 + day / 366;
    while (first_of_month(year + 1, 1) <= day)
        year++;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        struct turn up = { change_day(&z->to_summer, y) * DAY_MS + z->to_summer.time_s * SECOND -
                               z->winter_ms,
                           z->summer_ms };
        struct turn down = { change_day(&z->to_winter, y) * DAY_MS + z->to_winter.time_s * SECOND -
                                 z->summer_ms,
                             z->winter_ms };

        turns[count++] = up.at_ms < down.at_ms ? up : down;
        turns[count++] = up.at_ms < down.at_ms ? down : up;
    }
    for (int i = 0; i < count; i++) {
        if (turns[i].at_ms > utc_ms) {
            *until_ms = turns[i].at_ms;
            break;
        }
        offset = turns[i].offset_ms;
        *from_ms = turns[i].at_ms > *from_ms ? turns[i].at_ms : *from_ms;
    }
    return offset;
}

/* --- the file --------------------------------------------------------------------------------- */

static int64_t
big_endian(const char *at, size_t bytes)
{
    uint64_t n = (unsigned char)at[0] >= 0x80 ? UINT64_MAX : 0;

    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)at[i];
    return (int64_t)n;
}

struct counts {
    size_t utc, standard, leaps, turns, types, characters;
};

static bool
read_header(const char *at, size_t len, struct counts *c)
{
    size_t *const fields[] = { &c->utc,   &c->standard, &c->leaps,
                               &c->turns, &c->types,    &c->characters };

    if (len < HEADER || memcmp(at, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++) {
        *fields[i] = (size_t)(uint32_t)big_endian(at + 20 + 4 * i, 4);
        if (*fields[i] > FILE_MAX)
            return false;
    }
    return c->types > 0;
}

static size_t
block_size(const struct counts *c, size_t time)
{
    return HEADER + c->turns * (time + 1) + c->types * 6 + c->characters + c->leaps * (time + 4) +
           c->standard + c->utc;
}

static bool
read_turns(struct zone *z, struct arena *arena, const char *block, const struct counts *c)
{
    const char *times = block + HEADER, *which = times + c->turns * 8, *types = which + c->turns;

    z->turns = arena_alloc(arena, (c->turns + 1) * sizeof *z->turns);
    z->first_ms = big_endian(types, 4) * SECOND;
    for (size_t i = 0; i < c->turns; i++) {
        int64_t at = big_endian(times + 8 * i, 8);
        size_t type = (unsigned char)which[i];

        if (type >= c->types)
            return false;
        if (at < -FAR_MS / SECOND || at > FAR_MS / SECOND)
            continue;
        if (z->count > 0 && at * SECOND <= z->turns[z->count - 1].at_ms)
            return false;
        z->turns[z->count++] =
            (struct turn){ at * SECOND, big_endian(types + 6 * type, 4) * SECOND };
    }
    return true;
}

static bool
read_file(struct zone *z, struct arena *arena, const struct buf *file)
{
    const char *at = file->data, *end = file->data + file->len;
    struct counts c;
    size_t size;

    if (!read_header(at, file->len, &c) || at[4] < '2')
        return false;
    size = block_size(&c, 4);
    if (size > file->len)
        return false;
    at += size;
    if (!read_header(at, (size_t)(end - at), &c) || block_size(&c, 8) > (size_t)(end - at))
        return false;
    if (!read_turns(z, arena, at, &c))
        return false;
    at += block_size(&c, 8);
    if (end - at < 2 || *at != '\n')
        return true;
    at++;
    size = strcspn(at, "\n");
    z->has_rule = size > 0;
    return size == 0 || read_rule(z, arena_strndup(arena, at, size));
}

/* --- the door --------------------------------------------------------------------------------- */

/* Letters, digits and _+- in parts between single slashes: nothing that leaves the directory. */
static bool
is_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > ZONE_NAME_MAX || name[0] == '/' || name[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = name[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '+' || c == '-' || (c == '/' && name[i + 1] != '/')))
            return false;
    }
    return true;
}

enum status
zone_find(const struct zone **out, struct arena *arena, const char *name, struct err *err)
{
    struct zone *z = arena_alloc(arena, sizeof *z);
    enum status st = OK;
    struct buf file;

    if (strcasecmp(name, "UTC") == 0 || strcasecmp(name, "GMT") == 0) {
        *out = z;
        return OK;
    }
    if (!is_name(name))
        return err_set(err, E_NOTFOUND, "%.80s is no name of a time zone", name);
    buf_init(&file, FILE_MAX);
    if (buf_read_file(&file, arena_printf(arena, ZONE_DIRECTORY "%s", name), err) != OK)
        st = err_set(err, E_NOTFOUND, "no time zone %s in " ZONE_DIRECTORY, name);
    else if (!read_file(z, arena, &file))
        st = err_set(err, E_IO, ZONE_DIRECTORY "%s is not a time zone file", name);
    buf_fini(&file);
    if (st == OK)
        *out = z;
    return st;
}

int64_t
zone_offset_ms(const struct zone *z, int64_t utc_ms, int64_t *from_ms, int64_t *until_ms)
{
    int64_t from = -FAR_MS, until = FAR_MS, offset = z->first_ms;
    size_t low = 0, high = z->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->turns[middle].at_ms <= utc_ms)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0) {
        from = z->turns[low - 1].at_ms;
        offset = z->turns[low - 1].offset_ms;
    }
    if (low < z->count)
        until = z->turns[low].at_ms;
    else if (z->has_rule)
        offset = by_rule(z, utc_ms, &from, &until);
    if (from_ms != NULL)
        *from_ms = from;
    if (until_ms != NULL)
        *until_ms = until;
    return offset;
}
