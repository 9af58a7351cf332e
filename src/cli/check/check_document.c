/* check_document.c - what an item is, and the time of one of which nobody says when it arrived.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/check/check_stream.h"

#include <stdlib.h>
#include <string.h>

#include "domain/limits.h"

#define OLDEST_MS  INT64_C(1388534400000) /* 2014: no function is older */
#define DIGITS_MAX 17

int64_t
check_document_ms(const char *text, size_t length)
{
    static const char metadata[] = "\"_aws\"", name[] = "\"Timestamp\"";
    const char *at = memmem(text, length, metadata, sizeof metadata - 1), *end = text + length;
    size_t digits;

    if (at != NULL) /* a member of the document's own may have that name, too */
        at = memmem(at, (size_t)(end - at), name, sizeof name - 1);
    if (at == NULL)
        return 0;
    at += sizeof name - 1;
    at += strspn(at, " \t:");
    digits = strspn(at, "0123456789");
    return digits == 0 || digits > DIGITS_MAX ? 0 : strtoll(at, NULL, 10);
}

bool
check_is_post(const struct check_item *item, const char *path)
{
    size_t length = strcspn(item->path, "?");

    return strcmp(item->method, "POST") == 0 && strlen(path) == length &&
           memcmp(path, item->path, length) == 0;
}

bool
check_was_refused(const struct check_item *item)
{
    return item->status != 0 && item->status != 200;
}

bool
check_expects_refusal(const struct check_item *item)
{
    return item->event != NULL && check_was_refused(item);
}

static bool
is_plausible(int64_t ms, int64_t now_ms)
{
    return ms > OLDEST_MS && ms <= now_ms + LIMIT_FUTURE_MS;
}

int64_t
check_moment(const struct check_item *item, int64_t now_ms)
{
    int64_t value;

    if (item->time_ms != 0)
        return item->time_ms;
    value = check_document_ms(item->text, item->length);
    if (is_plausible(value, now_ms))
        return value;
    if (value < now_ms && is_plausible(value * 1000, now_ms))
        return value * 1000;
    return is_plausible(value / 1000, now_ms) ? value / 1000 : now_ms;
}
