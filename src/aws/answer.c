/* answer.c - reading what a server said, which may not be what it should have said.
 * SPDX-License-Identifier: MIT
 *
 * Members are taken one by one with a value for what is missing, so a server that leaves some out
 * (emulators do) still shows the rest. What one answer may hold is bounded. */
#include "config.h"

#include "aws/answer.h"

#include "base/iso8601.h"
#include "base/json.h"

#define SECONDS_MAX 1e11 /* the year 5138 */

enum status
answer_check_size(const struct arena *arena, const char *operation, struct err *err)
{
    if (arena_used(arena) <= ANSWER_BYTES_MAX)
        return OK;
    return err_set(err, E_LIMIT, "%s: more than %zu MB of answers", operation,
                   ANSWER_BYTES_MAX / 1024 / 1024);
}

const char *
answer_text(struct arena *arena, const cJSON *obj, const char *key, const char *otherwise)
{
    const char *text = json_get_string(obj, key, otherwise);

    return text != NULL ? arena_strdup(arena, text) : NULL;
}

int64_t
answer_time_ms(const cJSON *obj, const char *key)
{
    double seconds = json_get_number(obj, key, 0);
    const char *text = json_get_string(obj, key, NULL);
    int64_t ms;

    if (text != NULL)
        return iso8601_parse(&ms, text) ? ms : 0;
    return seconds > 0 && seconds < SECONDS_MAX ? (int64_t)(seconds * 1000.0 + 0.5) : 0;
}

int64_t
answer_int(const cJSON *obj, const char *key, int64_t min, int64_t max, int64_t otherwise)
{
    int64_t value = json_get_int(obj, key, otherwise);

    if (value < min)
        return min;
    return value > max ? max : value;
}

enum status
answer_dimensions(struct dimension_set *out, struct arena *arena, const cJSON *list,
                  const char *operation, struct err *err)
{
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    struct dimension *dims;
    const cJSON *d;
    size_t n = 0;

    if (count > METRIC_DIMENSIONS_MAX)
        return err_set(err, E_LIMIT, "%s: a metric with %d dimensions", operation, count);
    dims = arena_alloc(arena, ((size_t)count + 1) * sizeof *dims);
    for (d = count > 0 ? list->child : NULL; d != NULL; d = d->next) {
        const char *name = json_get_string(d, "Name", NULL);
        const char *value = json_get_string(d, "Value", NULL);

        if (name == NULL || value == NULL)
            return err_set(err, E_INVALID, "%s: a dimension without Name and Value", operation);
        dims[n].name = arena_strdup(arena, name);
        dims[n++].value = arena_strdup(arena, value);
    }
    *out = (struct dimension_set){ .dims = dims, .count = n };
    return metric_sort_dimensions(dims, n, err);
}
