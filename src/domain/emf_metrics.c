/* emf_metrics.c - the metric definitions of a directive and the values they point to.
 * SPDX-License-Identifier: MIT
 *
 * A definition names a root member that holds a number or a list of numbers. Whatever is wrong with
 * one takes that metric and no other. */
#include "config.h"

#include "domain/emf_own.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/limits.h"

#define VALUE_MAX 0x1p360 /* PutMetricData */

const char *
emf_nearest_unit(const char *text)
{
    static const struct {
        const char *symbol;
        enum unit unit;
    } symbols[] = {
        { "s", UNIT_SECONDS },       { "sec", UNIT_SECONDS },  { "ms", UNIT_MILLISECONDS },
        { "us", UNIT_MICROSECONDS }, { "B", UNIT_BYTES },      { "KB", UNIT_KILOBYTES },
        { "MB", UNIT_MEGABYTES },    { "GB", UNIT_GIGABYTES }, { "TB", UNIT_TERABYTES },
        { "%", UNIT_PERCENT },
    };
    const char *names[UNITS + 1] = { NULL };

    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (strcasecmp(symbols[i].symbol, text) == 0)
            return unit_name(symbols[i].unit);
    }
    for (int u = 0; u < UNITS; u++)
        names[u] = unit_name((enum unit)u);
    for (int u = 0; u < UNITS && strlen(text) >= 3; u++) { /* "Millis" */
        if (strncasecmp(names[u], text, strlen(text)) == 0)
            return names[u];
    }
    return text_nearest(text, names);
}

static bool
read_unit(struct emf_reading *r, enum unit *out, const struct emf_place *at, const cJSON *unit)
{
    const char *near;

    if (unit == NULL || (cJSON_IsString(unit) && unit_parse(out, unit->valuestring)))
        return true;
    if (!cJSON_IsString(unit)) {
        emf_fault(r, "unit-type", emf_pointer_at(r, at, "Unit"),
                  "write one of the 27 units, or leave it out", "the unit must be a string, got %s",
                  emf_type_name(unit));
        return false;
    }
    near = emf_nearest_unit(unit->valuestring);
    emf_fault(r, "unit-unknown", emf_pointer_at(r, at, "Unit"),
              near == NULL
                  ? "use one of the 27 units of CloudWatch, such as Milliseconds, Count, None"
                  : arena_printf(r->arena, "did you mean %s?", near),
              "%s is not a unit of CloudWatch", emf_quote(r, unit->valuestring));
    return false;
}

static bool
read_resolution(struct emf_reading *r, bool *high, const struct emf_place *at,
                const cJSON *resolution)
{
    double v = cJSON_IsNumber(resolution) ? resolution->valuedouble : 0;

    if (resolution == NULL)
        return true;
    *high = v == 1;
    if (v == 1 || v == 60)
        return true;
    emf_fault(r, "resolution-invalid", emf_pointer_at(r, at, "StorageResolution"),
              "write the number 1 or 60, or leave it out", "StorageResolution is neither 1 nor 60");
    return false;
}

static bool
is_fit_value(struct emf_reading *r, const char *name, long index, const cJSON *value)
{
    const char *pointer;

    if (cJSON_IsNumber(value) && fabs(value->valuedouble) <= VALUE_MAX)
        return true;
    pointer = emf_pointer_to(r, name);
    if (index >= 0)
        pointer = arena_printf(r->arena, "%s/%ld", pointer, index);
    if (cJSON_IsNumber(value))
        emf_fault(r, "value-range", pointer, "leave the value out", "the value is beyond +-2^360");
    else
        emf_fault(r, "metric-target-type", pointer,
                  cJSON_IsString(value)
                      ? "write the number without quotes"
                      : "a metric takes a number or a list of numbers (NaN becomes null in JSON)",
                  "the value of a metric must be a number, got %s", emf_type_name(value));
    return false;
}

static bool
read_values(struct emf_reading *r, struct metric_datum *out, const cJSON *target)
{
    bool is_list = cJSON_IsArray(target);
    int count = is_list ? cJSON_GetArraySize(target) : 1;
    const cJSON *value = is_list ? target->child : target;
    double *values;

    if (count < 1 || count > LIMIT_EMF_VALUES) {
        emf_fault(r, count < 1 ? "values-empty" : "values-too-many", emf_pointer_to(r, out->metric),
                  count < 1 ? "leave the metric out when there is nothing to say"
                            : "spread the values over several documents",
                  "%d values, expected 1 to %d", count, LIMIT_EMF_VALUES);
        return false;
    }
    values = arena_room(r->arena, (size_t)count * sizeof *values);
    for (long i = 0; i < count; i++, value = value->next) {
        if (!is_fit_value(r, out->metric, is_list ? i : -1, value))
            return false;
        values[i] = value->valuedouble;
    }
    out->values = values;
    out->value_count = (size_t)count;
    return true;
}

static bool
is_fit_metric_name(struct emf_reading *r, const struct emf_place *at, const cJSON *definition,
                   const cJSON *name)
{
    static const char fix[] = "a definition is {\"Name\": \"...\", \"Unit\": \"...\"}";

    if (cJSON_IsString(name) && !emf_is_blank(name->valuestring) &&
        emf_characters(name->valuestring) <= METRIC_NAME_MAX)
        return true;
    if (!cJSON_IsObject(definition))
        emf_fault(r, "metric-type", emf_pointer_at(r, at, ""), fix,
                  "expected a metric definition, got %s", emf_type_name(definition));
    else if (name == NULL)
        emf_fault(r, "metric-name-missing", emf_pointer_at(r, at, ""),
                  emf_fix_missing(r, definition, "Name", fix), "Name is missing");
    else if (!cJSON_IsString(name))
        emf_fault(r, "metric-name-type", emf_pointer_at(r, at, "Name"), fix,
                  "the name must be a string, got %s", emf_type_name(name));
    else if (emf_is_blank(name->valuestring))
        emf_fault(r, "metric-name-blank", emf_pointer_at(r, at, "Name"), fix,
                  "the name is empty or blank");
    else
        emf_fault(r, "metric-name-too-long", emf_pointer_at(r, at, "Name"), "shorten the name",
                  "the name has %zu characters, %d fit", emf_characters(name->valuestring),
                  METRIC_NAME_MAX);
    return false;
}

struct definition {
    const cJSON *name;
    const cJSON *unit;
    const cJSON *resolution;
};

/* One pass over the members; a document has many definitions. */
static struct definition
split_definition(const cJSON *definition)
{
    struct definition d = { NULL, NULL, NULL };

    if (!cJSON_IsObject(definition))
        return d;
    for (const cJSON *c = definition->child; c != NULL; c = c->next) {
        if (strcmp(c->string, "Name") == 0)
            d.name = c;
        else if (strcmp(c->string, "Unit") == 0)
            d.unit = c;
        else if (strcmp(c->string, "StorageResolution") == 0)
            d.resolution = c;
    }
    return d;
}

/* Fills what the directive does not. */
static bool
read_metric(struct emf_reading *r, struct metric_datum *out, const struct emf_place *at,
            const cJSON *definition)
{
    struct definition d = split_definition(definition);
    const cJSON *target;

    if (!is_fit_metric_name(r, at, definition, d.name) || !read_unit(r, &out->unit, at, d.unit) ||
        !read_resolution(r, &out->high_resolution, at, d.resolution))
        return false;
    out->metric = d.name->valuestring;
    target = members_find(&r->root, out->metric);
    if (target != NULL)
        return read_values(r, out, target);
    emf_fault(
        r, "metric-target-missing", emf_pointer_at(r, at, "Name"),
        emf_fix_missing(r, r->root.object, out->metric,
                        "write the value at the root of the document, not in an object of its own"),
        "the document has no member %s to take the value from", emf_quote(r, out->metric));
    return false;
}

static bool
is_repeated(struct emf_reading *r, const struct emf_place *at, const struct metric_datum *first,
            const struct metric_datum *datum)
{
    const uint64_t name = text_hash(datum->metric, strlen(datum->metric), TEXT_HASH_SEED);

    r->names[datum - r->data] = name;
    for (; first < datum; first++) {
        if (r->names[first - r->data] != name || strcmp(first->metric, datum->metric) != 0)
            continue;
        emf_fault(r, "metric-repeated", emf_pointer_at(r, at, "Name"), "define each metric once",
                  "%s is defined twice%s", emf_quote(r, datum->metric),
                  first->high_resolution != datum->high_resolution ? ", with two resolutions" : "");
        return true;
    }
    return false;
}

static bool
has_room(struct emf_reading *r, const struct emf_place *at, size_t sets)
{
    if (r->series + sets <= EMF_OWN_SERIES) {
        r->series += sets;
        return true;
    }
    emf_fault(
        r, "series-too-many", emf_pointer_at(r, at, ""), "every series is paid for: use fewer sets",
        "the document makes more than %d series, which obsview does not read", EMF_OWN_SERIES);
    return false;
}

void
emf_read_metrics(struct emf_reading *r, const struct metric_datum *base, size_t directive,
                 const cJSON *list)
{
    struct emf_place at = { directive, "Metrics", 0 }, whole = { directive, NULL, 0 };
    const struct metric_datum *first = &r->data[r->out->datum_count];
    int count = cJSON_GetArraySize(list);
    const cJSON *definition;

    if (count > LIMIT_EMF_METRICS) {
        emf_fault(r, "metrics-too-many", emf_pointer_at(r, &whole, "Metrics"),
                  "spread them over several directives or documents", "%d metrics, %d fit", count,
                  LIMIT_EMF_METRICS);
        return;
    }
    cJSON_ArrayForEach(definition, list)
    {
        struct metric_datum *datum = &r->data[r->out->datum_count];

        *datum = *base;
        if (read_metric(r, datum, &at, definition) && !is_repeated(r, &at, first, datum) &&
            has_room(r, &at, base->set_count)) {
            r->out->datum_count++;
            r->out->value_count += (double)datum->value_count;
        }
        at.item++;
    }
}
