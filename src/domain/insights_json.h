/* insights_json.h - a few wanted values out of a JSON line, without parsing the rest.
 * SPDX-License-Identifier: MIT
 *
 * A value is named by its flattened path, as Logs Insights discovers fields: "request.headers.0". A
 * key that itself holds a dot is found by the same name. */
#ifndef OV_DOMAIN_INSIGHTS_JSON_H
#define OV_DOMAIN_INSIGHTS_JSON_H

#include "base/mem.h"
#include "domain/insights_value.h"

#define INSIGHTS_JSON_MAX 64 /* paths in one query */

struct insights_json {
    struct {
        const char *name;
        size_t len;
    } paths[INSIGHTS_JSON_MAX];
    unsigned count;
};

/* Fills values[0..count): null where there is no such path, or an object or array at it. Stops as
 * soon as all are found, so that what stands behind is not looked at. Strings point into the text,
 * or into the arena when they had escapes. The text begins with a brace. */
void insights_json_read(const struct insights_json *wanted, const char *text, size_t len,
                        struct value *values, struct arena *arena);

#endif
