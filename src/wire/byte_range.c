/* byte_range.c - reading Range and Content-Range.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/byte_range.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Digits; a number beyond 64 bits is the largest there is. false: there is none. */
static bool
read_number(const char **at, uint64_t *out)
{
    const char *p = *at;
    uint64_t number = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');

        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    if (p == *at)
        return false;
    *at = p;
    *out = number;
    return true;
}

static struct byte_range
part(uint64_t from, uint64_t length)
{
    return (struct byte_range){ BYTE_RANGE_PART, from, length };
}

struct byte_range
byte_range_read(const char *header, uint64_t size)
{
    const struct byte_range whole = { BYTE_RANGE_WHOLE, 0, size },
                            outside = { BYTE_RANGE_OUTSIDE, 0, 0 };
    uint64_t from = 0, to = UINT64_MAX;
    bool has_from, has_to;

    if (header == NULL || strncasecmp(header, "bytes=", 6) != 0)
        return whole;
    header += 6;
    has_from = read_number(&header, &from);
    if (*header++ != '-')
        return whole;
    has_to = read_number(&header, &to);
    if (*header != '\0' || (!has_from && !has_to) || (has_from && has_to && to < from))
        return whole;
    if (!has_from && (to == 0 || size == 0))
        return outside;
    if (!has_from)
        return to >= size ? part(0, size) : part(size - to, to);
    if (from >= size)
        return outside;
    return part(from, to >= size ? size - from : to - from + 1);
}

bool
byte_range_read_content(const char *header, uint64_t *from, uint64_t *size)
{
    uint64_t to;

    if (header == NULL || strncasecmp(header, "bytes ", 6) != 0)
        return false;
    header += 6;
    if (!read_number(&header, from) || *header++ != '-' || !read_number(&header, &to) ||
        *header++ != '/' || !read_number(&header, size) || *header != '\0')
        return false;
    return *from <= to && to < *size;
}
