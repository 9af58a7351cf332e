/* aws_logs_filters.h - what metric and subscription filters have in common.
 * SPDX-License-Identifier: MIT
 *
 * Both are a name of a group and a definition in JSON (store.h, log_extra). */
#ifndef OV_EMULATOR_AWS_LOGS_FILTERS_H
#define OV_EMULATOR_AWS_LOGS_FILTERS_H

#include "emulator/aws_logs.h"

#include <stdbool.h>
#include <stdint.h>

/* Keeps a filter that was read, unless it is beyond what a group may have: `most` of its kind
 * ("metric"), and five patterns with regular expressions in filters of both kinds together. */
MUST_CHECK enum status aws_logs_put_filter(struct aws_call *call, enum log_extra_kind kind,
                                           const char *what, int most, const char *group,
                                           const struct log_extra *extra);

/* The input of the Delete operations: a filter that is there. `what`: "metric". */
MUST_CHECK enum status aws_logs_named_filter(struct aws_call *call, enum log_extra_kind kind,
                                             const char *what, const char **group,
                                             const char **name);

/* The answer of the Describe operations, in pages: `visit` completes a definition, or says that it
 * is not wanted. `group` NULL: of all. */
typedef bool aws_logs_filter_visit(void *arg, const struct log_extra *extra, cJSON *definition);
MUST_CHECK enum status aws_logs_describe_filters(struct aws_call *call, uint64_t scope,
                                                 const char *group, enum log_extra_kind kind,
                                                 const char *member, aws_logs_filter_visit *visit,
                                                 void *arg);

#endif
