/* log_shape.h - which fields the structured lines of a log have, of which types, and how often.
 * SPDX-License-Identifier: MIT
 *
 * A field is named by its path: "error.type", "items[].sku". A key that names one thing (an id, a
 * date: idlike.h) stands as "*", so that a map by ids is one field. Of an EMF document "_aws" is
 * none, nor are the members that it makes metrics and dimensions of: those are compared as such. */
#ifndef OV_DOMAIN_LOG_SHAPE_H
#define OV_DOMAIN_LOG_SHAPE_H

#include "base/mem.h"
#include "base/table.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_SHAPE_FIELDS 2000 /* of one log */
#define LOG_SHAPE_PATH   256  /* bytes, with the NUL; what is longer is no field */
#define LOG_SHAPE_DEPTH  8

enum log_shape_type {
    LOG_SHAPE_NULL,
    LOG_SHAPE_BOOL,
    LOG_SHAPE_NUMBER,
    LOG_SHAPE_STRING,
    LOG_SHAPE_ARRAY,
    LOG_SHAPE_OBJECT,
    LOG_SHAPE_TYPES
};
#define LOG_SHAPE_BIT(type) (1u << (type))
#define LOG_SHAPE_TEXT      64 /* enough for all of them */
/* "string", "number or string" */
void log_shape_type_text(char text[LOG_SHAPE_TEXT], unsigned types);

struct log_shape_field {
    const char *path;
    unsigned types; /* bits */
    uint64_t lines; /* that have it */
    uint64_t last;  /* of the line that had it last, its number */
};

struct log_shape {
    struct arena *arena;
    struct table index; /* of numbers, by path */
    struct log_shape_field *fields;
    size_t count, room;
    uint64_t lines;   /* taken */
    uint64_t dropped; /* times that there was no room for a field, or its path was too long */
};

void log_shape_init(struct log_shape *shape);
void log_shape_fini(struct log_shape *shape);
/* An object, or nothing is taken. */
void log_shape_take(struct log_shape *shape, const cJSON *line);
/* By path; nothing may be taken from then on. */
void log_shape_sort(struct log_shape *shape);

#endif
