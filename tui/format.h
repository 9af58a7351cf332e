/* format.h - numbers, ages and times as people read them in a narrow column.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_FORMAT_H
#define OV_TUI_FORMAT_H

#include "tui/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_TEXT 48 /* enough for all of these */

/* "2.41 s", "236 ms", "1,204", "12.4 k", "1.9 %", "24.1 kB", "$0.04"; "" for NaN. */
void format_quantity(char text[FORMAT_TEXT], double value, enum quantity quantity);
/* With its sign: "+0.18 s", "-31 ms", "0". */
void format_delta(char text[FORMAT_TEXT], double value, enum quantity quantity);

/* "0.4 s", "12 s", "8 m", "3 h", "2 d". */
void format_age(char text[FORMAT_TEXT], int64_t age_ms);
/* "2:04", "1:02:04"; with tenths "2:04.2": how far into something. */
void format_offset(char text[FORMAT_TEXT], int64_t offset_ms, bool has_tenths);
/* "12:04:18" in local time, "Nov 23 12:04" when it is more than a day from now. */
void format_time(char text[FORMAT_TEXT], int64_t time_ms, int64_t now_ms);
/* "Nov 23", in local time */
void format_day(char text[FORMAT_TEXT], int64_t time_ms);
/* "12:04" */
void format_minute(char text[FORMAT_TEXT], int64_t time_ms);
/* "5m", "1h", "7d", "90m" */
void format_span(char text[FORMAT_TEXT], int64_t span_ms);
/* "90s", "5m", "1h", "7d"; false when it is none of these or nothing. */
bool format_span_parse(int64_t *span_ms, const char *text);
/* "11:30" of today, or of yesterday when that is still to come; false when it is not that. */
bool format_minute_parse(int64_t *time_ms, const char *text, int64_t now_ms);

#endif
