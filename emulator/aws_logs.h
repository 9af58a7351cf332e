/* aws_logs.h - what CloudWatch Logs' operations have in common: names, ARNs, ranges.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_LOGS_H
#define OV_EMULATOR_AWS_LOGS_H

#include "emulator/aws_call.h"

#include <stdint.h>

#define LOG_NAME_MAX   512
#define LOG_TOKEN_MAX  4096
#define LOG_PAGE_LINES 10000
#define LOG_PAGE_BYTES ((size_t)1 << 20)

/* logGroupName, checked against the service's pattern. */
MUST_CHECK enum status aws_logs_group_name(const struct awsvalue *in, const char **out);
/* logStreamName, likewise. */
MUST_CHECK enum status aws_logs_stream_name(const struct awsvalue *in, const char **out);
/* Exactly one of logGroupName and logGroupIdentifier (a name or an ARN). */
MUST_CHECK enum status aws_logs_group(struct aws_call *call, const char **out);

/* logGroupIdentifier and the like, read elsewhere: a name or an ARN. NULL when it is neither. */
const char *aws_logs_identified(struct arena *arena, const char *text);
/* resourceArn: of a log group, the one resource there is. */
MUST_CHECK enum status aws_logs_resource(struct aws_call *call, const char **out);
/* filterName, and other names with the pattern [^:*]*. */
MUST_CHECK enum status aws_logs_plain_name(const struct awsvalue *in, const char *key,
                                           enum awsvalue_need need, const char **out);

/* limit and nextToken of the Describe operations: *after is the key the page goes on from, NULL for
 * the first. */
#define LOG_DESCRIBE_MAX 50
MUST_CHECK enum status aws_logs_page(struct aws_call *call, uint64_t scope, const char **after,
                                     size_t *limit);
void aws_logs_next(struct aws_call *call, uint64_t scope, const char *next);

/* A map of texts; the pairs live in the call's arena. */
MUST_CHECK enum status aws_logs_map(struct aws_call *call, const struct awsvalue *in,
                                    const char *key, enum awsvalue_need need, size_t max,
                                    struct log_extra **out, size_t *count);
#define LOG_TAGS_MAX 50
/* A map of tags, checked. */
MUST_CHECK enum status aws_logs_tags(struct aws_call *call, enum awsvalue_need need,
                                     struct log_extra **out, size_t *count);

/* startTime and endTime as given; 0 and INT64_MAX when absent. FilterLogEvents takes the end in,
 * GetLogEvents leaves it out. */
MUST_CHECK enum status aws_logs_range(const struct awsvalue *in, int64_t *start_ms,
                                      int64_t *end_ms);

/* "arn:aws:logs:us-east-1:000000000000:log-group:NAME" */
const char *aws_logs_group_arn(struct aws_call *call, const char *group);

/* Adds the line's text as member "message". A NUL, which no string of cJSON can hold, becomes
 * U+FFFD as every other byte does that is no text. */
void aws_logs_add_message(cJSON *event, const struct log_line *line);

/* The errors of a group or stream that is not there, and of a token that is not ours. */
enum status aws_logs_no_group(struct aws_call *call);
enum status aws_logs_no_stream(struct aws_call *call);
enum status aws_logs_bad_token(struct aws_call *call);
/* A store call that changes a group: E_NOTFOUND is that there is none. */
enum status aws_logs_changed(struct aws_call *call, enum status status, const struct err *err);
/* The store found no group or no stream: says which. */
enum status aws_logs_not_found(struct aws_call *call, const char *group);

#endif
