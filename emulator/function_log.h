/* function_log.h - a function's output told apart: its own lines and the runtime's.
 * SPDX-License-Identifier: MIT
 *
 * AWS/Lambda metrics come from the REPORT lines, as nothing else says how long a call took. */
#ifndef OV_EMULATOR_FUNCTION_LOG_H
#define OV_EMULATOR_FUNCTION_LOG_H

#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define FUNCTION_NAME_MAX 141 /* Lambda's limit for a name is 140 */

/* What must be remembered from line to line; zeroed at first. */
struct function_log {
    char function[FUNCTION_NAME_MAX];
    char failed_id[64]; /* a request whose own lines already said that it failed */
};

/* The function whose lines go to `group`: what follows "/aws/lambda/", else the whole. */
void function_log_init(struct function_log *log, const char *group);

/* Adds Invocations, Errors, Duration and InitDuration when the line is a REPORT. */
void function_log_line(struct function_log *log, struct store_write *write, const char *line,
                       size_t len, int64_t now_ms);

#endif
