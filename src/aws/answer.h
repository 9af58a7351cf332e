/* answer.h - members of AWS answers, read warily: a server may leave out or mistake anything.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_ANSWER_H
#define OV_AWS_ANSWER_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/metric.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

/* What the strings of one answer, of all its pages, may take. */
#define ANSWER_BYTES_MAX ((size_t)32 * 1024 * 1024)

/* E_LIMIT when more than that has been put into the arena. */
MUST_CHECK enum status answer_check_size(const struct arena *arena, const char *operation,
                                         struct err *err);

/* A copy of the text, or of `otherwise` (may be NULL) when it is absent or no text. */
const char *answer_text(struct arena *arena, const cJSON *obj, const char *key,
                        const char *otherwise);
/* Epoch seconds or ISO 8601, as milliseconds; 0 for anything else. */
int64_t answer_time_ms(const cJSON *obj, const char *key);
/* A whole number, brought into [min, max]; `otherwise` when it is absent or none. */
int64_t answer_int(const cJSON *obj, const char *key, int64_t min, int64_t max, int64_t otherwise);
/* A list of {Name, Value}, sorted; no list is no dimensions. */
MUST_CHECK enum status answer_dimensions(struct dimension_set *out, struct arena *arena,
                                         const cJSON *list, const char *operation, struct err *err);

#endif
