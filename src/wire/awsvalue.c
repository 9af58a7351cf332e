/* awsvalue.c - typed readers of an operation's input.
 * SPDX-License-Identifier: MIT
 *
 * Public readers find a member and name it; the read_ functions below them judge one value, so that
 * members and list items are judged alike. Sentences follow the services' own: "The parameter X is
 * required." from the older ones, "1 validation error detected: ..." from the younger. */
#include "config.h"

#include "wire/awsvalue.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TIME_MAX_S 253402300800.0 /* the year 10000 */
#define SHOWN_MAX  40             /* bytes of a wrong value that an error repeats */

/* Where a value stands, for errors. */
struct place {
    const struct awsvalue *in;
    const char *key;
    size_t number; /* of a list item; 0: the member itself */
};

static void
name_place(const struct place *at, char *text, size_t size)
{
    if (at->number > 0)
        snprintf(text, size, "%s%s.member.%zu", at->in->path, at->key, at->number);
    else if (at->key != NULL)
        snprintf(text, size, "%s%s", at->in->path, at->key);
    else /* the structure itself: its path without the last dot */
        snprintf(text, size, "%.*s", (int)strlen(at->in->path) - (at->in->path[0] != '\0'),
                 at->in->path);
}

/* "Value 'x' at 'a.b' failed to satisfy constraint: Member must ..." */
static enum status breaks(const struct place *at, const cJSON *value, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum status
breaks(const struct place *at, const cJSON *value, const char *fmt, ...)
{
    char name[sizeof at->in->path + 64];
    char must[160];
    char shown[SHOWN_MAX + 1] = "";
    va_list ap;

    name_place(at, name, sizeof name);
    va_start(ap, fmt);
    vsnprintf(must, sizeof must, fmt, ap);
    va_end(ap);
    if (cJSON_IsString(value))
        snprintf(shown, sizeof shown, "%s", value->valuestring);
    else if (cJSON_IsNumber(value))
        snprintf(shown, sizeof shown, "%.15g", value->valuedouble);
    return wire_error_set(
        at->in->error, 400, at->in->service->invalid_code,
        "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "
        "Member must %s",
        shown, name, must);
}

static const char *
type_name(const cJSON *value)
{
    if (cJSON_IsString(value))
        return "a string";
    if (cJSON_IsNumber(value))
        return "a number";
    if (cJSON_IsBool(value))
        return "a boolean";
    if (cJSON_IsNull(value))
        return "null";
    return cJSON_IsArray(value) ? "a list" : "a structure";
}

static enum status
wrong_type(const struct place *at, const cJSON *value, const char *expected)
{
    char name[sizeof at->in->path + 64];

    name_place(at, name, sizeof name);
    return wire_error_set(at->in->error, 400, "SerializationException", "%s: expected %s, got %s",
                          name, expected, type_name(value));
}

/* --- judging one value --- */

/* The services count characters, not bytes. */
static size_t
count_characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static enum status
read_string(const struct place *at, const cJSON *value, size_t min, size_t max, const char **out)
{
    size_t len;

    if (!cJSON_IsString(value))
        return wrong_type(at, value, "a string");
    len = count_characters(value->valuestring);
    if (len < min)
        return breaks(at, value, "have length greater than or equal to %zu", min);
    if (len > max)
        return breaks(at, value, "have length less than or equal to %zu", max);
    *out = value->valuestring;
    return OK;
}

static enum status
read_number(const struct place *at, const cJSON *value, double *out)
{
    double number;

    if (cJSON_IsNumber(value))
        number = value->valuedouble;
    else if (!cJSON_IsString(value) || !text_parse_double(&number, value->valuestring))
        return wrong_type(at, value, "a number");
    if (!isfinite(number))
        return breaks(at, value, "be a finite number");
    *out = number;
    return OK;
}

static enum status
read_int(const struct place *at, const cJSON *value, int64_t min, int64_t max, int64_t *out)
{
    double number = 0;
    int64_t whole;
    enum status st;

    if (!cJSON_IsString(value) || !text_parse_int(&whole, value->valuestring)) {
        st = read_number(at, value, &number);
        if (st != OK)
            return st;
        if (number != floor(number) || fabs(number) > 9.0e18)
            return breaks(at, value, "be a whole number");
        whole = (int64_t)number;
    }
    if (whole < min)
        return breaks(at, value, "have value greater than or equal to %lld", (long long)min);
    if (whole > max)
        return breaks(at, value, "have value less than or equal to %lld", (long long)max);
    *out = whole;
    return OK;
}

static enum status
read_bool(const struct place *at, const cJSON *value, bool *out)
{
    if (cJSON_IsBool(value))
        *out = cJSON_IsTrue(value) != 0;
    else if (cJSON_IsString(value) && strcmp(value->valuestring, "true") == 0)
        *out = true;
    else if (cJSON_IsString(value) && strcmp(value->valuestring, "false") == 0)
        *out = false;
    else
        return wrong_type(at, value, "true or false");
    return OK;
}

static enum status
read_time(const struct place *at, const cJSON *value, int64_t *out_ms)
{
    double seconds;

    if (cJSON_IsString(value) && iso8601_parse(out_ms, value->valuestring))
        return OK;
    if (cJSON_IsNumber(value))
        seconds = value->valuedouble;
    else if (!cJSON_IsString(value) || !text_parse_double(&seconds, value->valuestring))
        return breaks(at, value, "be a time: epoch seconds or ISO 8601, e.g. 2026-11-24T01:02:03Z");
    if (!(seconds >= 0 && seconds < TIME_MAX_S))
        return breaks(at, value, "be a time in epoch seconds within the years 1970 to 9999");
    *out_ms = (int64_t)llround(seconds * 1000.0);
    return OK;
}

static enum status
read_struct(const struct place *at, const cJSON *value, struct awsvalue *out)
{
    char name[sizeof out->path + 64];

    if (!cJSON_IsObject(value))
        return wrong_type(at, value, "a structure");
    name_place(at, name, sizeof name);
    *out = (struct awsvalue){
        .object = value,
        .service = at->in->service,
        .error = at->in->error,
    };
    snprintf(out->path, sizeof out->path, "%.*s.", (int)sizeof out->path - 2, name);
    return OK;
}

/* --- finding it --- */

struct awsvalue
awsvalue_of(const struct wire_call *call, struct wire_error *error)
{
    return (struct awsvalue){ .object = call->input, .service = call->service, .error = error };
}

static const cJSON *
find(const struct awsvalue *in, const char *key)
{
    const cJSON *value = json_get(in->object, key);

    return cJSON_IsNull(value) ? NULL : value;
}

bool
awsvalue_has(const struct awsvalue *in, const char *key)
{
    return find(in, key) != NULL;
}

static enum status
absent(const struct awsvalue *in, const char *key, enum awsvalue_need need)
{
    return need == AWS_OPTIONAL ? OK : awsvalue_missing(in, key);
}

enum status
awsvalue_string(const struct awsvalue *in, const char *key, enum awsvalue_need need, size_t min,
                size_t max, const char **out)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_string(&(struct place){ in, key, 0 }, value, min, max, out);
}

enum status
awsvalue_number(const struct awsvalue *in, const char *key, enum awsvalue_need need, double *out)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_number(&(struct place){ in, key, 0 }, value, out);
}

enum status
awsvalue_int(const struct awsvalue *in, const char *key, enum awsvalue_need need, int64_t min,
             int64_t max, int64_t *out)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_int(&(struct place){ in, key, 0 }, value, min, max, out);
}

enum status
awsvalue_bool(const struct awsvalue *in, const char *key, enum awsvalue_need need, bool *out)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_bool(&(struct place){ in, key, 0 }, value, out);
}

enum status
awsvalue_time(const struct awsvalue *in, const char *key, enum awsvalue_need need, int64_t *out_ms)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_time(&(struct place){ in, key, 0 }, value, out_ms);
}

enum status
awsvalue_millis(const struct awsvalue *in, const char *key, enum awsvalue_need need,
                int64_t *out_ms)
{
    return awsvalue_int(in, key, need, 0, (int64_t)(TIME_MAX_S * 1000.0) - 1, out_ms);
}

enum status
awsvalue_enum(const struct awsvalue *in, const char *key, enum awsvalue_need need,
              const char *const *names, int *out)
{
    const struct place at = { in, key, 0 };
    const cJSON *value = find(in, key);
    char set[120] = "";

    if (value == NULL)
        return absent(in, key, need);
    if (!cJSON_IsString(value))
        return wrong_type(&at, value, "a string");
    for (int i = 0; names[i] != NULL; i++) {
        size_t used = strlen(set);

        if (strcmp(names[i], value->valuestring) == 0) {
            *out = i;
            return OK;
        }
        snprintf(set + used, sizeof set - used, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    return breaks(&at, value, "satisfy enum value set: [%s]", set);
}

enum status
awsvalue_struct(const struct awsvalue *in, const char *key, enum awsvalue_need need,
                struct awsvalue *out)
{
    const cJSON *value = find(in, key);

    if (value == NULL)
        return absent(in, key, need);
    return read_struct(&(struct place){ in, key, 0 }, value, out);
}

/* --- lists --- */

enum status
awsvalue_list(const struct awsvalue *in, const char *key, enum awsvalue_need need, size_t min,
              size_t max, struct awslist *out)
{
    const struct place at = { in, key, 0 };
    const cJSON *value = find(in, key);
    bool is_empty_text = false;
    struct awslist list = { .in = in, .key = key };
    const cJSON *item;

    if (value == NULL)
        return absent(in, key, need);
    if (cJSON_IsString(value))
        is_empty_text = value->valuestring[0] == '\0';
    if (!cJSON_IsArray(value) && !is_empty_text)
        return wrong_type(&at, value, "a list");
    cJSON_ArrayForEach(item, value) list.count++;
    if (list.count < min)
        return breaks(&at, NULL, "have length greater than or equal to %zu", min);
    if (list.count > max)
        return breaks(&at, NULL, "have length less than or equal to %zu, got %zu", max, list.count);
    list.next = is_empty_text ? NULL : value->child;
    *out = list;
    return OK;
}

bool
awslist_next(struct awslist *list)
{
    list->item = list->next;
    if (list->item == NULL)
        return false;
    list->next = list->item->next;
    list->number++;
    return true;
}

enum status
awslist_struct(const struct awslist *list, struct awsvalue *out)
{
    return read_struct(&(struct place){ list->in, list->key, list->number }, list->item, out);
}

enum status
awslist_string(const struct awslist *list, size_t min, size_t max, const char **out)
{
    return read_string(&(struct place){ list->in, list->key, list->number }, list->item, min, max,
                       out);
}

enum status
awslist_number(const struct awslist *list, double *out)
{
    return read_number(&(struct place){ list->in, list->key, list->number }, list->item, out);
}

/* --- errors --- */

enum status
awsvalue_invalid(const struct awsvalue *in, const char *key, const char *fmt, ...)
{
    const struct place at = { in, key, 0 };
    char name[sizeof in->path + 64];
    char why[WIRE_MESSAGE_MAX - 64];
    va_list ap;

    name_place(&at, name, sizeof name);
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    if (name[0] == '\0')
        return wire_error_set(in->error, 400, in->service->invalid_code, "%s", why);
    return wire_error_set(in->error, 400, in->service->invalid_code, "The parameter %s %s.", name,
                          why);
}

enum status
awsvalue_missing(const struct awsvalue *in, const char *key)
{
    const struct place at = { in, key, 0 };
    char name[sizeof in->path + 64];

    name_place(&at, name, sizeof name);
    if (strcmp(in->service->missing_code, in->service->invalid_code) != 0)
        return wire_error_set(in->error, 400, in->service->missing_code,
                              "The parameter %s is required.", name);
    return wire_error_set(in->error, 400, in->service->missing_code,
                          "1 validation error detected: Value null at '%s' failed to satisfy "
                          "constraint: Member must not be null",
                          name);
}
