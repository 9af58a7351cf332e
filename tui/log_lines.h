/* log_lines.h - the lines of one log group, gathered little by little: by time, each once.
 * SPDX-License-Identifier: MIT
 *
 * For the collector's thread. Answers made of the list hold what they show, whatever becomes of
 * the list. */
#ifndef OV_TUI_LOG_LINES_H
#define OV_TUI_LOG_LINES_H

#include "aws/logs.h"
#include "tui/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_lines;

/* `key` is that of the answers; both texts are copied. */
struct log_lines *log_lines_new(const char *key, const char *group);
void log_lines_free(struct log_lines *lines); /* NULL is fine */

/* Adds what is new of `events`, whose texts lie in `batch`, which is taken. Without ids they came
 * live: the same line with an id takes their place later. What is older than `from_ms` goes, and
 * the oldest beyond `max`. */
void log_lines_take(struct log_lines *lines, struct answer *batch, const struct logs_event *events,
                    size_t count, int64_t from_ms, size_t max);
void log_lines_forget(struct log_lines *lines);

/* All lines since then are being read, none is missing so far; log_lines_miss() says otherwise. */
void log_lines_read_since(struct log_lines *lines, int64_t from_ms);
void log_lines_miss(struct log_lines *lines);
/* False before the first log_lines_take(), too. */
bool log_lines_know_since(const struct log_lines *lines, int64_t from_ms);
/* Where to begin a reading up to `to_ms` so that little is read twice. */
int64_t log_lines_overlap_ms(const struct log_lines *lines, int64_t to_ms);

/* Puts a sentence where lines are missing. */
void log_lines_add_gap(struct log_lines *lines, int64_t time_ms, const char *sentence);
bool log_lines_has_gap(const struct log_lines *lines);
/* What has been looked up again since then has no gaps any more. */
void log_lines_close_gaps(struct log_lines *lines, int64_t from_ms);

/* Shows the list as it is now; its window is the caller's to fill in. */
struct answer *log_lines_answer(const struct log_lines *lines);

#endif
