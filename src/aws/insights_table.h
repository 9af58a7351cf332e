/* insights_table.h - an answer of GetQueryResults, as a table.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_INSIGHTS_TABLE_H
#define OV_AWS_INSIGHTS_TABLE_H

#include "aws/insights.h"
#include "base/mem.h"

#include <cjson/cJSON.h>

/* Everything is copied into the arena. E_INVALID: it is not such an answer; E_LIMIT: it is too
 * large. */
MUST_CHECK enum status insights_table_read(struct insights_table *out, struct arena *arena,
                                           const cJSON *answer, struct err *err);

#endif
