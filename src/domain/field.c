/* field.c - reads members of bodies that anybody may have written.
 * SPDX-License-Identifier: MIT
 *
 * Paths are put together only once something is wrong: the usual body costs no formatting. What the
 * sender wrote is quoted in the complaint, cleaned and cut, because "got a string "12"" ends a
 * search that "invalid type" begins. */
#include "config.h"

#include "domain/field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/text.h"

#define QUOTE_COLUMNS 32
#define QUOTE_BYTES   256
/* The last millisecond of the year 9999: what iso8601_format_ms() can write. */
#define TIME_MAX 253402300799999.0

const cJSON *
field_get(const struct field_object *object, const char *key)
{
    const cJSON *found = NULL;

    if (!cJSON_IsObject(object->members))
        return NULL;
    for (const cJSON *c = object->members->child; c != NULL; c = c->next) {
        if (strcmp(c->string, key) == 0)
            found = c;
    }
    return found;
}

static void
describe_text(char *out, size_t size, const char *text)
{
    struct buf clean;
    size_t fit;

    buf_init(&clean, (size_t)4 * QUOTE_BYTES);
    text_clean(&clean, text, strnlen(text, QUOTE_BYTES));
    fit = text_fit(clean.data, QUOTE_COLUMNS);
    snprintf(out, size, "a string \"%.*s\"%s", (int)fit, clean.data, fit < clean.len ? "..." : "");
    buf_fini(&clean);
}

static void
describe(char *out, size_t size, const cJSON *got)
{
    if (cJSON_IsString(got))
        describe_text(out, size, got->valuestring);
    else if (cJSON_IsNumber(got) && !isfinite(got->valuedouble))
        snprintf(out, size, "a number beyond the range of a double");
    else if (cJSON_IsNumber(got))
        snprintf(out, size, "%.15g", got->valuedouble);
    else
        snprintf(out, size, "%s",
                 got == NULL           ? "nothing"
                 : cJSON_IsNull(got)   ? "null"
                 : cJSON_IsTrue(got)   ? "true"
                 : cJSON_IsFalse(got)  ? "false"
                 : cJSON_IsObject(got) ? "an object"
                                       : "an array");
}

static void
path_of(char *out, size_t size, const struct field_object *object, const char *key)
{
    const char *dot = object->parent[0] != '\0' && key != NULL ? "." : "";

    if (key == NULL)
        key = object->parent[0] == '\0' ? "body" : "";
    if (object->index < 0)
        snprintf(out, size, "%s%s%s", object->parent, dot, key);
    else
        snprintf(out, size, "%s[%ld]%s%s", object->parent, object->index, dot, key);
}

void
field_expected(const struct field_object *object, const char *key, const char *what,
               const cJSON *got)
{
    char path[sizeof object->errors->list[0].field], found[QUOTE_BYTES];

    path_of(path, sizeof path, object, key);
    describe(found, sizeof found, got);
    field_error_add(object->errors, path, "expected %s, got %s", what, found);
}

static bool
is_utf8(const char *text)
{
    while (*text != '\0') {
        const char *at = text;

        if ((unsigned char)*text < 0x80)
            text++;
        else if (text_next(&text) == 0xfffd && text - at != 3)
            return false; /* a bad byte reads as U+FFFD too, but only one that was sent is 3 long */
    }
    return true;
}

static bool
is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

/* The longest length up to `max` that ends behind a whole character of a valid text. */
static size_t
whole_characters(const char *text, size_t max)
{
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static bool
is_fit_identity(const struct field_object *object, const struct field_text *field, const cJSON *got,
                size_t len)
{
    char what[64];

    if (len > 0 && len <= field->max && is_printable(got->valuestring))
        return true;
    snprintf(what, sizeof what, "1 to %zu bytes of printable text", field->max);
    if (len > field->max) {
        char path[sizeof object->errors->list[0].field];

        path_of(path, sizeof path, object, field->key);
        field_error_add(object->errors, path, "expected %s, got %zu bytes", what, len);
    } else
        field_expected(object, field->key, what, got);
    return false;
}

void
field_read_text(const char **out, const struct field_object *object, const struct field_text *field)
{
    const cJSON *got = field_get(object, field->key);
    size_t len;

    if (!field->is_required && (got == NULL || cJSON_IsNull(got))) {
        *out = "";
        return;
    }
    if (!cJSON_IsString(got)) {
        field_expected(object, field->key, "a string", got);
        return;
    }
    if (!is_utf8(got->valuestring)) {
        field_expected(object, field->key, "UTF-8", got);
        return;
    }
    len = strlen(got->valuestring);
    if (field->is_identity && !is_fit_identity(object, field, got, len))
        return;
    *out = got->valuestring;
    if (len > field->max)
        *out = arena_strndup(object->arena, got->valuestring,
                             whole_characters(got->valuestring, field->max));
}

void
field_read_time(int64_t *out, const struct field_object *object, const char *key)
{
    const cJSON *got = field_get(object, key);

    if (got == NULL || cJSON_IsNull(got))
        *out = 0;
    else if (cJSON_IsNumber(got) && got->valuedouble >= 0 && got->valuedouble <= TIME_MAX)
        *out = (int64_t)got->valuedouble;
    else if (!cJSON_IsString(got) || !iso8601_parse(out, got->valuestring))
        field_expected(object, key, "an ISO 8601 time or epoch milliseconds", got);
}
