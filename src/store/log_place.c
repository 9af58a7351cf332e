/* log_place.c - the order of log lines.
 * SPDX-License-Identifier: MIT
 *
 * Eleven hex digits of time, one letter, fifteen hex digits of number: as text it sorts like the
 * place itself, and nothing in it changes when chunks are put together later. */
#include "config.h"

#include "store/log_place.h"
#include "store/post_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TIME_DIGITS   11
#define NUMBER_DIGITS 15
#define TIME_MAX      (((int64_t)1 << 44) - 1)

int
log_place_compare(const struct log_place *a, const struct log_place *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return 0;
}

void
log_place_format(const struct log_place *place, char text[LOG_PLACE_TEXT])
{
    int64_t time_ms = place->time_ms < 0          ? 0
                      : place->time_ms > TIME_MAX ? TIME_MAX
                                                  : place->time_ms;

    snprintf(text, LOG_PLACE_TEXT, "%011" PRIx64 "%c%015" PRIx64, (uint64_t)time_ms, place->kind,
             (uint64_t)place->number & (((uint64_t)1 << 60) - 1));
}

static bool
read_hex(int64_t *out, const char *text, int digits)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        char c = text[i];
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (value < 0)
            return false;
        *out = *out * 16 + value;
    }
    return true;
}

bool
log_place_parse(struct log_place *out, const char *text)
{
    struct log_place place;

    if (strlen(text) != TIME_DIGITS + 1 + NUMBER_DIGITS)
        return false;
    place.kind = text[TIME_DIGITS];
    if (strchr("0elv", place.kind) == NULL || !read_hex(&place.time_ms, text, TIME_DIGITS) ||
        !read_hex(&place.number, text + TIME_DIGITS + 1, NUMBER_DIGITS))
        return false;
    *out = place;
    return true;
}

int64_t
log_place_post_number(int64_t id, int64_t line)
{
    return (id & (((int64_t)1 << POST_ID_BITS) - 1)) << POST_LINE_BITS | line;
}

int64_t
log_place_post_id(const struct log_place *place)
{
    return post_id_first(place->time_ms) | place->number >> POST_LINE_BITS;
}
