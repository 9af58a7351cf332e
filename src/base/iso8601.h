/* iso8601.h - times as text: RFC 3339 and what browsers, AWS and people write.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_ISO8601_H
#define OV_BASE_ISO8601_H

#include <stdbool.h>
#include <stdint.h>

#define ISO8601_TEXT 32

/* "2026-11-24T01:02:03.004Z" */
void iso8601_format_ms(int64_t epoch_ms, char text[ISO8601_TEXT]);
/* "2026-11-24T01:02:03Z", rounded down */
void iso8601_format_s(int64_t epoch_ms, char text[ISO8601_TEXT]);
/* Date, optional time with seconds and any fraction, 'T', 't' or a blank between, "Z", an offset or
 * nothing (UTC) behind. The whole text must match and the date must exist (years 1970 to 9999). */
bool iso8601_parse(int64_t *epoch_ms, const char *text);

#endif
