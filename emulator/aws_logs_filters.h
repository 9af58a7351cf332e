/* aws_logs_filters.h - what metric and subscription filters have in common.
 * SPDX-License-Identifier: MIT
 *
 * Both are a name of a group and a definition in JSON (store.h, log_extra). */
#ifndef OV_EMULATOR_AWS_LOGS_FILTERS_H
#define OV_EMULATOR_AWS_LOGS_FILTERS_H

#include "emulator/aws_logs.h"

#include <stdbool.h>
#include <stdint.h>

/* Five patterns with regular expressions per group, filters of both kinds together (user guide,
 * "Supported regular expressions"): refuses `extra` when it would be the sixth. */
MUST_CHECK enum status aws_logs_regex_quota(struct aws_call *call, const char *group,
                                            const struct log_extra *extra,
                                            enum log_extra_kind kind);

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
