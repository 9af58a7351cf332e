/* umami_data.c - nested objects become dotted names, arrays one text.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_data.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"

#define NUMBER_MAX 1e15  /* numeric(19,4) */
#define TEXT_MAX   65536 /* of an array's */

struct flattening {
    struct arena *arena;
    struct umami_datum *rows;
    size_t count;
    struct umami_doubt *doubt;
};

/* --- values ----------------------------------------------------------------------------------- */

static bool
has_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; text++, shape++) {
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
            return false;
    }
    return true;
}

/* YYYY-MM-DDTHH:MM:SS, with .mmm, and behind that Z or +hh:mm. */
static bool
is_date_shaped(const char *text)
{
    size_t len = strlen(text);

    if (!has_shape(text, "0000-00-00T00:00:00"))
        return false;
    if (len == 19)
        return true;
    if (!has_shape(text + 19, ".000"))
        return false;
    return len == 23 || (len == 24 && text[23] == 'Z') ||
           (len == 29 && has_shape(text + 23, "+00:00"));
}

/* Without a zone it is in that of the process. */
static bool
read_date(int64_t *ms, const char *text)
{
    time_t t;
    struct tm tm;

    if (!iso8601_parse(ms, text))
        return false;
    if (strlen(text) > 23)
        return true;
    t = (time_t)(*ms / 1000);
    gmtime_r(&t, &tm);
    tm.tm_isdst = -1;
    *ms = (int64_t)mktime(&tm) * 1000 + *ms % 1000;
    return true;
}

static void
set_text(struct flattening *f, struct umami_datum *row, const char *text)
{
    row->string = umami_cut(f->arena, text, UMAMI_WIDTH_DATA);
    if (row->string != text)
        umami_doubt(f->doubt, "too-long",
                    "data.%.40s is longer than %d characters: Umami answers 500 and keeps no data",
                    row->key, UMAMI_WIDTH_DATA);
}

static void
set_string(struct flattening *f, struct umami_datum *row, const char *text)
{
    char iso[ISO8601_TEXT];

    row->type = UMAMI_DATA_STRING;
    if (is_date_shaped(text)) {
        if (read_date(&row->date_ms, text)) {
            row->type = UMAMI_DATA_DATE;
            iso8601_format_ms(row->date_ms, iso);
            row->string = arena_strdup(f->arena, iso);
            return;
        }
        umami_doubt(f->doubt, "bad-date",
                    "data.%.40s looks like a date and is none: Umami answers 500 and keeps no data",
                    row->key);
    }
    set_text(f, row, text);
}

static void
set_number(struct flattening *f, struct umami_datum *row, double number)
{
    row->type = UMAMI_DATA_NUMBER;
    row->number = round(number * 1e4) / 1e4;
    row->string = arena_printf(f->arena, "%.4f", row->number);
    if (fabs(number) < NUMBER_MAX)
        return;
    row->number = number;
    row->string = arena_printf(f->arena, "%.17g", number);
    umami_doubt(f->doubt, "too-large",
                "data.%.40s is a number beyond 10^15: Umami answers 500 and keeps no data",
                row->key);
}

static void
set_array(struct flattening *f, struct umami_datum *row, const cJSON *value)
{
    struct buf b;

    buf_init(&b, TEXT_MAX);
    json_print(&b, value);
    row->type = UMAMI_DATA_ARRAY;
    set_text(f, row, arena_strndup(f->arena, b.data, b.len));
    buf_fini(&b);
}

static void
add_row(struct flattening *f, const char *key, const cJSON *value)
{
    struct umami_datum *row;

    if (f->count == UMAMI_DATA_ROWS_MAX) {
        umami_doubt(f->doubt, "too-much", "more than %d properties: the rest is not kept here",
                    UMAMI_DATA_ROWS_MAX);
        return;
    }
    row = &f->rows[f->count++];
    row->key = umami_cut(f->arena, key, UMAMI_WIDTH_DATA);
    row->number = (double)NAN;
    if (row->key != key)
        umami_doubt(f->doubt, "too-long",
                    "a name in data is longer than %d characters: Umami answers 500 and keeps no "
                    "data",
                    UMAMI_WIDTH_DATA);
    if (cJSON_IsString(value)) {
        set_string(f, row, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        set_number(f, row, value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        row->type = UMAMI_DATA_BOOLEAN;
        row->string = cJSON_IsTrue(value) ? "true" : "false";
    } else {
        set_array(f, row, value);
    }
}

/* --- the tree --------------------------------------------------------------------------------- */

/* An object in itself at most JSON_DEPTH_MAX deep. */
static void
flatten(struct flattening *f, const char *prefix, const cJSON *object)
{
    for (const cJSON *c = object->child; c != NULL; c = c->next) {
        const char *key =
            *prefix == '\0' ? c->string : arena_printf(f->arena, "%s.%s", prefix, c->string);

        if (cJSON_IsObject(c))
            flatten(f, key, c);
        else
            add_row(f, key, c);
    }
}

static size_t
count_members(const cJSON *object)
{
    size_t n = 0;

    for (const cJSON *c = object->child; c != NULL && n < UMAMI_DATA_ROWS_MAX; c = c->next)
        n += cJSON_IsObject(c) ? count_members(c) : 1;
    return n < UMAMI_DATA_ROWS_MAX ? n : UMAMI_DATA_ROWS_MAX;
}

void
umami_data_read(struct umami_hit *hit, struct arena *arena, const cJSON *data,
                struct umami_doubt *doubt)
{
    struct flattening f = { .arena = arena, .doubt = doubt };

    if (data == NULL)
        return;
    f.rows = arena_alloc(arena, (count_members(data) + 1) * sizeof *f.rows);
    flatten(&f, "", data);
    hit->data = f.rows;
    hit->data_count = f.count;
}

/* --- what else is in it ----------------------------------------------------------------------- */

static const cJSON *
last_member(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;

    for (const cJSON *c = object == NULL ? NULL : object->child; c != NULL; c = c->next) {
        if (strcmp(c->string, name) == 0)
            found = c;
    }
    return found;
}

void
umami_data_revenue(struct umami_hit *hit, struct arena *arena, const cJSON *data,
                   struct umami_doubt *doubt)
{
    const cJSON *revenue = last_member(data, "revenue"), *currency = last_member(data, "currency");
    double number = 0;

    if (cJSON_IsNumber(revenue))
        number = revenue->valuedouble;
    else if (cJSON_IsString(revenue) && !text_parse_double(&number, revenue->valuestring))
        return;
    if (!(number > 0) || !(number < NUMBER_MAX) || !cJSON_IsString(currency) ||
        *currency->valuestring == '\0')
        return;
    hit->revenue = round(number * 1e4) / 1e4;
    hit->currency = umami_cut(arena, currency->valuestring, UMAMI_WIDTH_CURRENCY);
    if (hit->currency != currency->valuestring)
        umami_doubt(doubt, "too-long",
                    "data.currency is longer than %d characters: Umami answers 500 and keeps no "
                    "revenue",
                    UMAMI_WIDTH_CURRENCY);
}

static bool
says_session(const char *key)
{
    for (; *key != '\0'; key++) {
        if (strncasecmp(key, "session", 7) == 0)
            return true;
    }
    return false;
}

const char *
umami_data_session(const struct umami_hit *hit)
{
    uint8_t uuid[16];

    for (size_t i = 0; i < hit->data_count; i++) {
        if (hit->data[i].type == UMAMI_DATA_STRING && uuid_parse(uuid, hit->data[i].string) &&
            says_session(hit->data[i].key))
            return hit->data[i].string;
    }
    return hit->visitor.distinct_id != NULL && uuid_parse(uuid, hit->visitor.distinct_id)
               ? hit->visitor.distinct_id
               : NULL;
}
