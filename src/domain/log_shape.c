/* log_shape.c - walks over objects and remembers paths.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/log_shape.h"

#include "base/json.h"
#include "domain/idlike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMF "_aws"

static const char *const type_names[LOG_SHAPE_TYPES] = {
    [LOG_SHAPE_NULL] = "null",     [LOG_SHAPE_BOOL] = "boolean", [LOG_SHAPE_NUMBER] = "number",
    [LOG_SHAPE_STRING] = "string", [LOG_SHAPE_ARRAY] = "array",  [LOG_SHAPE_OBJECT] = "object",
};

void
log_shape_type_text(char text[LOG_SHAPE_TEXT], unsigned types)
{
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < LOG_SHAPE_TYPES; i++) {
        if ((types & LOG_SHAPE_BIT(i)) != 0)
            used += (size_t)snprintf(text + used, LOG_SHAPE_TEXT - used, "%s%s",
                                     used == 0 ? "" : " or ", type_names[i]);
    }
}

void
log_shape_init(struct log_shape *shape)
{
    *shape = (struct log_shape){ .arena = arena_new() };
    table_init(&shape->index, sizeof(size_t));
}

void
log_shape_fini(struct log_shape *shape)
{
    table_fini(&shape->index);
    arena_free(shape->arena);
}

static enum log_shape_type
type_of(const cJSON *value)
{
    if (cJSON_IsObject(value))
        return LOG_SHAPE_OBJECT;
    if (cJSON_IsArray(value))
        return LOG_SHAPE_ARRAY;
    if (cJSON_IsString(value))
        return LOG_SHAPE_STRING;
    if (cJSON_IsNumber(value))
        return LOG_SHAPE_NUMBER;
    return cJSON_IsBool(value) ? LOG_SHAPE_BOOL : LOG_SHAPE_NULL;
}

static struct log_shape_field *
field_of(struct log_shape *shape, const char *path, size_t length)
{
    size_t *place = table_find(&shape->index, path, length);

    if (place != NULL)
        return &shape->fields[*place];
    if (shape->count == LOG_SHAPE_FIELDS)
        return NULL;
    place = table_add(&shape->index, path, length);
    *place = shape->count;
    shape->fields = arena_grow(shape->arena, shape->fields, shape->count, &shape->room, 32,
                               sizeof *shape->fields);
    shape->fields[shape->count] =
        (struct log_shape_field){ .path = arena_strndup(shape->arena, path, length) };
    return &shape->fields[shape->count++];
}

/* The path of a member, behind the first `used` bytes; 0: it is too long. */
static size_t
extend(char path[LOG_SHAPE_PATH], size_t used, const char *key)
{
    int n = snprintf(path + used, LOG_SHAPE_PATH - used, "%s%s", used == 0 ? "" : ".",
                     idlike(key, strlen(key)) ? "*" : key);

    return n < 0 || (size_t)n >= LOG_SHAPE_PATH - used ? 0 : used + (size_t)n;
}

static bool
names(const cJSON *list, const char *key)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
    {
        const char *name =
            cJSON_IsString(one) ? one->valuestring : json_get_string(one, "Name", "");

        if (strcmp(name, key) == 0 || (cJSON_IsArray(one) && names(one, key)))
            return true;
    }
    return false;
}

/* A member of the document itself. */
static bool
is_measured(const cJSON *document, const char *key)
{
    const cJSON *metadata = json_get(document, EMF), *directive;

    cJSON_ArrayForEach(directive, json_get(metadata, "CloudWatchMetrics"))
    {
        if (names(json_get(directive, "Metrics"), key) ||
            names(json_get(directive, "Dimensions"), key))
            return true;
    }
    return metadata != NULL && strcmp(key, EMF) == 0;
}

/* The value whose path is in the first `used` bytes, and what is in it. Elements of an array share
 * one path; parsing has bounded how many there are. */
static void
walk(struct log_shape *shape, const cJSON *value, char path[LOG_SHAPE_PATH], size_t used, int depth)
{
    bool is_array = cJSON_IsArray(value);
    const cJSON *part;

    if (used > 0) {
        struct log_shape_field *field = field_of(shape, path, used);

        if (field == NULL) {
            shape->dropped++;
            return;
        }
        field->types |= LOG_SHAPE_BIT(type_of(value));
        field->lines += field->last != shape->lines;
        field->last = shape->lines;
    }
    if (depth == LOG_SHAPE_DEPTH || (!is_array && !cJSON_IsObject(value)))
        return;
    cJSON_ArrayForEach(part, value)
    {
        size_t end = used;

        if (is_array && used + 2 < LOG_SHAPE_PATH) {
            memcpy(path + used, "[]", 3);
            end += 2;
        } else {
            end = is_array ? 0 : extend(path, used, part->string);
        }
        if (end == 0)
            shape->dropped++;
        else if (used > 0 || !is_measured(value, part->string))
            walk(shape, part, path, end, depth + 1);
    }
}

void
log_shape_take(struct log_shape *shape, const cJSON *line)
{
    char path[LOG_SHAPE_PATH] = "";

    if (!cJSON_IsObject(line))
        return;
    shape->lines++;
    walk(shape, line, path, 0, 0);
}

static int
by_path(const void *a, const void *b)
{
    const struct log_shape_field *x = a, *y = b;

    return strcmp(x->path, y->path);
}

void
log_shape_sort(struct log_shape *shape)
{
    if (shape->count > 1)
        qsort(shape->fields, shape->count, sizeof *shape->fields, by_path);
}
