/* field.h - one member of a foreign JSON body: typed, bounded, and complained about by its path.
 * SPDX-License-Identifier: MIT
 *
 * null counts as absent, as JSON.stringify() writes both. Of members with the same name the last
 * one holds, as in JSON.parse(). Text that is not UTF-8 is refused. A member that is wrong leaves
 * its out-parameter alone and adds one error; reading goes on, so one answer names all that is
 * wrong. */
#ifndef OV_DOMAIN_FIELD_H
#define OV_DOMAIN_FIELD_H

#include "base/mem.h"
#include "domain/field_error.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An object and the path that leads to it: "" for the body itself, "context", or "metrics" with an
 * index. */
struct field_object {
    const cJSON *members;
    const char *parent;
    long index; /* -1 for none */
    struct arena *arena;
    struct field_errors *errors;
};

struct field_text {
    const char *key;
    size_t max; /* bytes */
    bool is_required;
    bool is_identity; /* names something: never cut, never empty, no control characters */
};

const cJSON *field_get(const struct field_object *object, const char *key);
/* "expected <what>, got <what stands there>"; key NULL means the object itself. */
void field_expected(const struct field_object *object, const char *key, const char *what,
                    const cJSON *got);

/* *out is "" when absent. Longer text than `max` is cut behind a whole character, unless it is an
 * identity. Points into the body, or into the arena when cut. */
void field_read_text(const char **out, const struct field_object *object,
                     const struct field_text *field);
/* An ISO 8601 text or epoch milliseconds; *out is 0 when absent. */
void field_read_time(int64_t *out, const struct field_object *object, const char *key);

#endif
