/* sighting.c - each type is read by the reader of its door.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include "domain/sighting.h"

#include <inttypes.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/emf.h"
#include "domain/error_report.h"
#include "domain/umami_send.h"
#include "domain/web_vitals.h"

#define FIELDS_MAX  64
#define DATA_DEPTH  4
#define MATCH_STEPS 100000
#define NAME_TEXT   256

static const struct {
    const char *name;
    const char *fields[14]; /* by which they may be asked for; ends with NULL */
    const char *any;        /* what begins so may be asked for, too; NULL: nothing */
} types[] = {
    [SIGHTING_VITAL] = { "vital",
                         { "name", "value", "rating", "url", "route", "session", "userAgent" },
                         NULL },
    [SIGHTING_ERROR] = { "error",
                         { "message", "type", "stack", "url", "route", "session", "userAgent",
                           "fingerprint" },
                         NULL },
    [SIGHTING_HIT] = { "hit",
                       { "type", "website", "url", "hostname", "name", "title", "referrer", "tag",
                         "id", "language", "screen", "data" },
                       "data." },
    [SIGHTING_METRIC] = { "metric",
                          { "namespace", "name", "unit", "value", "sampleCount", "sum", "minimum",
                            "maximum" },
                          "dim." },
    [SIGHTING_REQUEST] = { "request",
                           { "kind", "method", "path", "status", "verdict", "reason", "peer",
                             "fault", "bytes" },
                           NULL },
};

bool
sighting_type_parse(enum sighting_type *out, const char *name)
{
    for (int i = 0; i < SIGHTING_TYPES; i++) {
        if (strcmp(types[i].name, name) == 0) {
            *out = (enum sighting_type)i;
            return true;
        }
    }
    return false;
}

/* --- fields ------------------------------------------------------------------------------------
 */

struct seeing {
    struct arena *arena;
    const struct sighting_source *source;
    struct sighting *list;
    size_t count;
    struct sighting_field *fields; /* of the one that is made */
    size_t field_count;
};

static void
put(struct seeing *w, const char *name, const char *value)
{
    if (value == NULL || *value == '\0' || w->field_count == FIELDS_MAX)
        return;
    w->fields[w->field_count++] =
        (struct sighting_field){ arena_strdup(w->arena, name), arena_strdup(w->arena, value) };
}

static void
put_number(struct seeing *w, const char *name, double value)
{
    struct buf b;

    buf_init(&b, 64);
    json_print_number(&b, value);
    put(w, name, b.data);
    buf_fini(&b);
}

static void
begin(struct seeing *w)
{
    w->fields = arena_alloc(w->arena, FIELDS_MAX * sizeof *w->fields);
    w->field_count = 0;
}

static void
end(struct seeing *w)
{
    if (w->list == NULL)
        w->list = arena_alloc(w->arena, SIGHTINGS_MAX * sizeof *w->list);
    w->list[w->count++] = (struct sighting){ w->fields, w->field_count };
}

/* "data.plan", "data.cart.items.0" */
static void
put_json(struct seeing *w, const char *name, const cJSON *value, unsigned depth)
{
    char below[NAME_TEXT];
    const cJSON *member;
    int index = 0;

    if (cJSON_IsString(value))
        put(w, name, value->valuestring);
    else if (cJSON_IsNumber(value))
        put_number(w, name, value->valuedouble);
    else if (cJSON_IsBool(value))
        put(w, name, cJSON_IsTrue(value) ? "true" : "false");
    if (depth == 0 || value == NULL || (!cJSON_IsObject(value) && !cJSON_IsArray(value)))
        return;
    cJSON_ArrayForEach(member, value)
    {
        if (cJSON_IsArray(value))
            snprintf(below, sizeof below, "%s.%d", name, index++);
        else
            snprintf(below, sizeof below, "%s.%s", name, member->string);
        put_json(w, below, member, depth - 1);
    }
}

const char *
sighting_field(const struct sighting *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->fields[i].name, name) == 0)
            return s->fields[i].value;
    }
    return NULL;
}

void
sighting_print(struct buf *b, const struct sighting *s)
{
    buf_addc(b, '{');
    for (size_t i = 0; i < s->count; i++) {
        buf_adds(b, i == 0 ? "" : ",");
        json_print_string(b, s->fields[i].name, strlen(s->fields[i].name));
        buf_addc(b, ':');
        json_print_string(b, s->fields[i].value, strlen(s->fields[i].value));
    }
    buf_addc(b, '}');
}

/* --- types -------------------------------------------------------------------------------------
 */

static bool
is_path(const struct seeing *w, const char *path)
{
    size_t length = strlen(path);

    return strncmp(w->source->path, path, length) == 0 &&
           (w->source->path[length] == '\0' || w->source->path[length] == '?');
}

static const cJSON *
body_of(struct seeing *w, const char *path)
{
    const cJSON *body;

    if (!is_path(w, path) || w->source->status != 200 ||
        json_parse_in(&body, w->arena, w->source->body, w->source->body_length, NULL) != OK)
        return NULL;
    return body;
}

static void
see_vitals(struct seeing *w)
{
    const cJSON *body = body_of(w, "/metrics/web-vitals");
    struct field_errors errors = { 0 };
    struct vitals_post post;

    if (body == NULL || !web_vitals_read(&post, w->arena, body, &errors))
        return;
    for (size_t i = 0; i < post.sample_count && w->count < SIGHTINGS_MAX; i++) {
        const struct vital_sample *sample = &post.samples[i];

        begin(w);
        put(w, "name", vitals[sample->vital].name);
        put_number(w, "value", sample->value);
        put(w, "rating", rating_wire_name(sample->rating));
        put(w, "url", sample->url);
        put(w, "route", sample->route);
        put(w, "session", post.session_id);
        put(w, "userAgent", post.user_agent);
        end(w);
    }
}

static void
see_error(struct seeing *w)
{
    const cJSON *body = body_of(w, "/errors/report");
    struct field_errors errors = { 0 };
    struct fingerprint fingerprint;
    struct error_report report;

    if (body == NULL || !error_report_read(&report, w->arena, body, &errors))
        return;
    fingerprint_make(&fingerprint, w->arena, report.type, report.message, report.stack);
    begin(w);
    put(w, "message", report.message);
    put(w, "type", report.type);
    put(w, "stack", report.stack);
    put(w, "url", report.url);
    put(w, "route", report.route);
    put(w, "session", report.session_id);
    put(w, "userAgent", report.user_agent);
    put(w, "fingerprint", fingerprint.text);
    end(w);
}

static void
see_message(struct seeing *w, const cJSON *body)
{
    static const char *const members[] = { "website",  "url", "hostname", "name",     "title",
                                           "referrer", "tag", "id",       "language", "screen" };
    const cJSON *payload = json_get(body, "payload");

    if (payload == NULL || w->count == SIGHTINGS_MAX)
        return;
    begin(w);
    put(w, "type", json_get_string(body, "type", NULL));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        put_json(w, members[i], json_get(payload, members[i]), 0);
    put_json(w, "data", json_get(payload, "data"), DATA_DEPTH);
    end(w);
}

static void
see_hits(struct seeing *w)
{
    const cJSON *batch = body_of(w, "/api/batch"), *message;

    see_message(w, body_of(w, "/api/send"));
    if (cJSON_IsArray(batch)) {
        cJSON_ArrayForEach(message, batch) see_message(w, message);
    }
}

static void
put_values(struct seeing *w, const struct metric_datum *datum)
{
    const struct statistic_set *set = &datum->statistics;

    if (datum->value_count > 0) {
        put_number(w, "value", datum->values[datum->value_count - 1]);
        return;
    }
    put_number(w, "sampleCount", set->count);
    put_number(w, "sum", set->sum);
    put_number(w, "minimum", set->min);
    put_number(w, "maximum", set->max);
}

static void
see_metric(struct seeing *w, const struct metric_datum *datum, const struct dimension_set *set)
{
    char name[NAME_TEXT + 8];

    if (w->count == SIGHTINGS_MAX)
        return;
    begin(w);
    put(w, "namespace", datum->namespace_name);
    put(w, "name", datum->metric);
    put(w, "unit", unit_name(datum->unit));
    put_values(w, datum);
    for (size_t i = 0; i < set->count; i++) {
        snprintf(name, sizeof name, "dim.%s", set->dims[i].name);
        put(w, name, set->dims[i].value);
    }
    end(w);
}

static void
see_data(struct seeing *w, const struct metric_datum *data, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < data[i].set_count; j++)
            see_metric(w, &data[i], &data[i].sets[j]);
    }
}

static void
see_metrics(struct seeing *w)
{
    const struct sighting_source *s = w->source;
    struct emf_result result;

    see_data(w, s->data, s->data_count);
    if (strncmp(s->kind, "emf-", 4) != 0)
        return;
    emf_read(&result, w->arena, s->body, s->body_length, s->time_ms);
    see_data(w, result.data, result.datum_count);
}

static void
see_request(struct seeing *w)
{
    const struct sighting_source *s = w->source;

    begin(w);
    put(w, "kind", s->kind);
    put(w, "method", s->method);
    put(w, "path", s->path);
    put_number(w, "status", s->status);
    put(w, "verdict", s->verdict);
    put(w, "reason", s->reason);
    put(w, "peer", s->peer);
    put(w, "fault", s->has_fault ? "true" : "false");
    put_number(w, "bytes", (double)s->size);
    end(w);
}

size_t
sightings_of(const struct sighting **out, struct arena *arena, enum sighting_type type,
             const struct sighting_source *source)
{
    static void (*const readers[])(struct seeing *) = {
        [SIGHTING_VITAL] = see_vitals,    [SIGHTING_ERROR] = see_error,
        [SIGHTING_HIT] = see_hits,        [SIGHTING_METRIC] = see_metrics,
        [SIGHTING_REQUEST] = see_request,
    };
    struct seeing w = { .arena = arena, .source = source };

    readers[type](&w);
    *out = w.list;
    return w.count;
}

/* --- conditions --------------------------------------------------------------------------------
 */

#define SIGNS "=!~"
enum comparison { EQUALS, DIFFERS, MATCHES };
struct sighting_condition {
    char *name, *text;
    enum comparison comparison;
    pcre2_code *regex;
};

static enum status
compile(struct sighting_condition *c, struct err *err)
{
    PCRE2_UCHAR said[120];
    PCRE2_SIZE at;
    int code;

    c->regex =
        pcre2_compile((PCRE2_SPTR)c->text, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &at, NULL);
    if (c->regex != NULL)
        return OK;
    pcre2_get_error_message(code, said, sizeof said);
    return err_set(err, E_INVALID, "%s~%s: %s at character %zu", c->name, c->text,
                   (const char *)said, (size_t)at + 1);
}

static void
free_condition(struct sighting_condition *c)
{
    pcre2_code_free(c->regex);
    free(c->name);
    free(c->text);
    free(c);
}

static bool
is_escape(const char *text)
{
    return text[0] == '\\' && text[1] != '\0' && strchr(SIGNS "\\", text[1]) != NULL;
}

/* A dimension may be called "a=b": in a name, a sign of a comparison with a backslash before it is
 * one of the name. */
static size_t
name_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0' && strchr(SIGNS, text[length]) == NULL)
        length += is_escape(text + length) ? 2 : 1;
    return length;
}

static char *
name_of(const char *text, size_t length)
{
    char *name = xstrndup(text, length), *to = name;

    for (const char *from = name; *from != '\0'; from++) {
        from += is_escape(from);
        *to++ = *from;
    }
    *to = '\0';
    return name;
}

enum status
sighting_conditions_add(struct sighting_conditions *conditions, const char *text, struct err *err)
{
    size_t length = name_length(text);
    enum comparison comparison = text[length] == '~'   ? MATCHES
                                 : text[length] == '!' ? DIFFERS
                                                       : EQUALS;
    struct sighting_condition *c;
    enum status st = OK;

    if (length == 0 || text[length] == '\0' || (comparison == DIFFERS && text[length + 1] != '='))
        return err_set(err, E_INVALID,
                       "expected NAME=TEXT, NAME!=TEXT or NAME~EXPRESSION, got \"%.80s\"", text);
    if (conditions->count == SIGHTING_CONDITIONS_MAX)
        return err_set(err, E_LIMIT, "there may be %d conditions at most", SIGHTING_CONDITIONS_MAX);
    c = xcalloc(1, sizeof *c);
    c->name = name_of(text, length);
    c->text = xstrdup(text + length + (comparison == DIFFERS ? 2 : 1));
    c->comparison = comparison;
    if (comparison == MATCHES)
        st = compile(c, err);
    if (st == OK)
        conditions->items[conditions->count++] = c;
    else
        free_condition(c);
    return st;
}

static bool
may_have(enum sighting_type type, const char *name)
{
    const char *any = types[type].any;

    for (const char *const *field = types[type].fields; *field != NULL; field++) {
        if (strcmp(*field, name) == 0)
            return true;
    }
    return any != NULL && strncmp(name, any, strlen(any)) == 0;
}

static enum status
no_such_field(enum sighting_type type, const char *name, struct err *err)
{
    const char *any = types[type].any, *near = text_nearest(name, types[type].fields);
    struct buf all;
    enum status st;

    buf_init(&all, 512);
    for (const char *const *field = types[type].fields; *field != NULL; field++)
        buf_addf(&all, "%s%s", field == types[type].fields ? "" : ", ", *field);
    if (any != NULL)
        buf_addf(&all, ", %sNAME", any);
    if (near != NULL)
        st = err_set(err, E_INVALID, "a %s has no \"%.80s\" (did you mean \"%s\"?)",
                     types[type].name, name, near);
    else
        st = err_set(err, E_INVALID, "a %s has no \"%.80s\"; it has %s", types[type].name, name,
                     all.data);
    buf_fini(&all);
    return st;
}

enum status
sighting_conditions_check(const struct sighting_conditions *conditions, enum sighting_type type,
                          struct err *err)
{
    for (size_t i = 0; i < conditions->count; i++) {
        if (!may_have(type, conditions->items[i]->name))
            return no_such_field(type, conditions->items[i]->name, err);
    }
    return OK;
}

void
sighting_conditions_fini(struct sighting_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++)
        free_condition(conditions->items[i]);
    conditions->count = 0;
}

/* An expression that takes too long matches nothing. */
static bool
matches(const pcre2_code *regex, const char *value)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found = -1;

    if (context != NULL && data != NULL) {
        pcre2_set_match_limit(context, MATCH_STEPS);
        found = pcre2_match(regex, (PCRE2_SPTR)value, PCRE2_ZERO_TERMINATED, 0, 0, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return found >= 0;
}

static bool
holds(const struct sighting *s, const struct sighting_condition *c)
{
    const char *value = sighting_field(s, c->name);

    if (c->comparison == DIFFERS)
        return value == NULL || strcmp(value, c->text) != 0;
    if (value == NULL)
        return false;
    return c->comparison == EQUALS ? strcmp(value, c->text) == 0 : matches(c->regex, value);
}

bool
sighting_matches(const struct sighting *s, const struct sighting_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++) {
        if (!holds(s, conditions->items[i]))
            return false;
    }
    return true;
}
