/* awsvalue.h - reading an operation's input: typed, bounded, whatever protocol carried it.
 * SPDX-License-Identifier: MIT
 *
 * The query protocol has only text, AWS JSON has types, SDKs differ in how they write a time: a
 * number may come as 5, 5.0 or "5", a time as epoch seconds or ISO 8601, an empty list as "". Each
 * reader takes all of these, checks the bounds, and else fails with the error the service itself
 * gives, naming the parameter by its whole path. Absent (or null) and optional leaves *out as the
 * caller set it. */
#ifndef OV_WIRE_AWSVALUE_H
#define OV_WIRE_AWSVALUE_H

#include "base/err.h"
#include "wire/codec.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum awsvalue_need { AWS_OPTIONAL, AWS_REQUIRED };

/* One structure of the input, and where in it that is. Copy freely; all borrowed. */
struct awsvalue {
    const cJSON *object;
    const struct wire_service *service; /* how its errors are called */
    struct wire_error *error;
    char path[160]; /* "" for the input itself, else "MetricData.member.3." */
};

struct awsvalue awsvalue_of(const struct wire_call *call, struct wire_error *error);

bool awsvalue_has(const struct awsvalue *in, const char *key);

MUST_CHECK enum status awsvalue_string(const struct awsvalue *in, const char *key,
                                       enum awsvalue_need need, size_t min, size_t max,
                                       const char **out);
MUST_CHECK enum status awsvalue_number(const struct awsvalue *in, const char *key,
                                       enum awsvalue_need need, double *out);
MUST_CHECK enum status awsvalue_int(const struct awsvalue *in, const char *key,
                                    enum awsvalue_need need, int64_t min, int64_t max,
                                    int64_t *out);
MUST_CHECK enum status awsvalue_bool(const struct awsvalue *in, const char *key,
                                     enum awsvalue_need need, bool *out);
/* Epoch seconds (also fractional) or ISO 8601, to epoch milliseconds. */
MUST_CHECK enum status awsvalue_time(const struct awsvalue *in, const char *key,
                                     enum awsvalue_need need, int64_t *out_ms);
/* Epoch milliseconds, as CloudWatch Logs counts. */
MUST_CHECK enum status awsvalue_millis(const struct awsvalue *in, const char *key,
                                       enum awsvalue_need need, int64_t *out_ms);
/* One of `names`, which ends with NULL; gives its index. */
MUST_CHECK enum status awsvalue_enum(const struct awsvalue *in, const char *key,
                                     enum awsvalue_need need, const char *const *names, int *out);
/* A structure. */
MUST_CHECK enum status awsvalue_struct(const struct awsvalue *in, const char *key,
                                       enum awsvalue_need need, struct awsvalue *out);

/* A list, walked with
 *     struct awslist list = { 0 };
 *     st = awsvalue_list(&in, "MetricData", AWS_REQUIRED, 1, 1000, &list);
 *     while (st == OK && awslist_next(&list)) {
 *         st = awslist_struct(&list, &datum);   ...
 * `count` is known from the start; an absent optional list has none. */
struct awslist {
    const struct awsvalue *in;
    const char *key;
    const cJSON *next;
    const cJSON *item;
    size_t count;
    size_t number; /* of the item, from 1 */
};

MUST_CHECK enum status awsvalue_list(const struct awsvalue *in, const char *key,
                                     enum awsvalue_need need, size_t min, size_t max,
                                     struct awslist *out);
bool awslist_next(struct awslist *list);
MUST_CHECK enum status awslist_struct(const struct awslist *list, struct awsvalue *out);
MUST_CHECK enum status awslist_string(const struct awslist *list, size_t min, size_t max,
                                      const char **out);
MUST_CHECK enum status awslist_number(const struct awslist *list, double *out);

/* What the readers use, for rules they do not know: `key` NULL speaks of the structure itself. */
enum status awsvalue_invalid(const struct awsvalue *in, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum status awsvalue_missing(const struct awsvalue *in, const char *key);

#endif
