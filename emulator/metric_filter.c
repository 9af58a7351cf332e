/* metric_filter.c - lines in, metric data out.
 * SPDX-License-Identifier: MIT
 *
 * A matching line gives one value at the line's own time: a number written in the filter, or what
 * it names in the line. Where that is no number, or a dimension is not in the line, the line gives
 * nothing. Without dimensions the values of one minute go out together.
 *
 * The default value, by the user guide: "If logs are ingested during a one-minute time period but
 * no matches are found, the value specified for Default Value (if any) is reported". It is reported
 * once for such a minute, when the minute is over or a line of a later one comes; a process that is
 * killed before that loses it. Lines of minutes before the open one change no default. */
#include "config.h"

#include "emulator/metric_filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/filter_pattern.h"
#include "domain/metric.h"

#define MINUTE_MS  60000
#define VALUES_MAX 150 /* of one datum; PutMetricData's limit, as good as any */

struct metric_filter {
    struct filter_pattern *pattern;
    struct arena *arena;   /* the texts below */
    struct arena *scratch; /* of one line */
    const char *namespace_name, *metric;
    enum unit unit;
    double literal; /* the value, when no name is given */
    /* What is looked up in a line: the value's name, if it has one, then the dimensions'. */
    const struct filter_name *names[METRIC_FILTER_DIMENSIONS + 1];
    size_t name_count;
    bool has_value_name;
    const char *dimensions[METRIC_FILTER_DIMENSIONS];
    size_t dimension_count;
    bool has_default;
    double default_value;
    /* the open minute, for the default */
    int64_t minute_ms;
    bool is_open, is_matched;
    /* values that wait for others of their minute */
    double values[VALUES_MAX];
    size_t value_count;
    int64_t value_ms;
};

/* --- reading -----------------------------------------------------------------------------------
 */

static enum status
read_value(struct metric_filter *mf, const char *text, struct err *err)
{
    if (text[0] == '$') {
        mf->has_value_name = true;
        return filter_pattern_name(mf->pattern, text, &mf->names[mf->name_count++], err);
    }
    if (text_parse_double(&mf->literal, text) && isfinite(mf->literal))
        return OK;
    return err_set(err, E_INVALID, "metricValue %.60s is neither a number nor the name of a field",
                   text);
}

static enum status
read_dimensions(struct metric_filter *mf, const cJSON *map, struct err *err)
{
    const cJSON *item;

    if (cJSON_GetArraySize(map) > METRIC_FILTER_DIMENSIONS)
        return err_set(err, E_INVALID, "a metric filter has at most %d dimensions",
                       METRIC_FILTER_DIMENSIONS);
    cJSON_ArrayForEach(item, map)
    {
        const char *text = cJSON_IsString(item) ? item->valuestring : "";
        enum status st;

        if (*item->string == '\0' || text[0] != '$')
            return err_set(err, E_INVALID,
                           "the value of dimension %.60s must name a field ($.name or $name), "
                           "not %.60s",
                           item->string, text);
        st = filter_pattern_name(mf->pattern, text, &mf->names[mf->name_count++], err);
        if (st != OK)
            return st;
        mf->dimensions[mf->dimension_count++] = arena_strdup(mf->arena, item->string);
    }
    return OK;
}

static enum status
read_transformation(struct metric_filter *mf, const cJSON *from, struct err *err)
{
    const cJSON *otherwise = json_get(from, "defaultValue");
    const char *unit = json_get_string(from, "unit", "None");
    enum status st;

    mf->namespace_name = arena_strdup(mf->arena, json_get_string(from, "metricNamespace", ""));
    mf->metric = arena_strdup(mf->arena, json_get_string(from, "metricName", ""));
    if (*mf->namespace_name == '\0' || *mf->metric == '\0')
        return err_set(err, E_INVALID, "metricName and metricNamespace may not be empty");
    if (strncmp(mf->namespace_name, "AWS/", 4) == 0)
        return err_set(err, E_INVALID, "namespaces that begin with AWS/ are reserved");
    if (!unit_parse(&mf->unit, unit))
        return err_set(err, E_INVALID, "%.60s is not a unit of CloudWatch", unit);
    mf->has_default = cJSON_IsNumber(otherwise);
    mf->default_value = mf->has_default ? otherwise->valuedouble : 0;
    st = read_value(mf, json_get_string(from, "metricValue", ""), err);
    if (st == OK)
        st = read_dimensions(mf, json_get(from, "dimensions"), err);
    if (st == OK && mf->has_default && mf->dimension_count > 0)
        return err_set(err, E_INVALID,
                       "a metric filter with dimensions cannot have a default value");
    return st;
}

enum status
metric_filter_new(struct metric_filter **out, const cJSON *definition, struct err *err)
{
    const cJSON *list = json_get(definition, "metricTransformations");
    struct metric_filter *mf = xcalloc(1, sizeof *mf);
    enum status st;

    mf->arena = arena_new();
    mf->scratch = arena_new();
    st =
        filter_pattern_compile(&mf->pattern, json_get_string(definition, "filterPattern", ""), err);
    if (st == OK)
        st = read_transformation(mf, cJSON_GetArrayItem(list, 0), err);
    if (st != OK) {
        metric_filter_free(mf);
        return st;
    }
    *out = mf;
    return OK;
}

void
metric_filter_free(struct metric_filter *mf)
{
    if (mf == NULL)
        return;
    filter_pattern_free(mf->pattern);
    arena_free(mf->arena);
    arena_free(mf->scratch);
    free(mf);
}

/* --- data --------------------------------------------------------------------------------------
 */

static void
put(const struct metric_filter *mf, struct store_write *write, const struct dimension *dims,
    int64_t time_ms, const double *values, size_t count)
{
    const struct dimension_set set = { dims, mf->dimension_count };
    const struct metric_datum datum = {
        .namespace_name = mf->namespace_name,
        .metric = mf->metric,
        .unit = mf->unit,
        .time_ms = time_ms,
        .sets = &set,
        .set_count = 1,
        .values = values,
        .value_count = count,
    };

    store_write_datum(write, &datum);
}

static void
put_waiting(struct metric_filter *mf, struct store_write *write)
{
    if (mf->value_count > 0)
        put(mf, write, NULL, mf->value_ms, mf->values, mf->value_count);
    mf->value_count = 0;
}

static int64_t
minute_of(int64_t time_ms)
{
    return time_ms - time_ms % MINUTE_MS;
}

static void
put_later(struct metric_filter *mf, struct store_write *write, int64_t time_ms, double value)
{
    if (mf->value_count == VALUES_MAX ||
        (mf->value_count > 0 && minute_of(mf->value_ms) != minute_of(time_ms)))
        put_waiting(mf, write);
    mf->value_ms = time_ms;
    mf->values[mf->value_count++] = value;
}

static void
put_with_dimensions(struct metric_filter *mf, struct store_write *write, int64_t time_ms,
                    double value, const char *const *texts)
{
    struct dimension dims[METRIC_FILTER_DIMENSIONS];

    for (size_t i = 0; i < mf->dimension_count; i++) {
        if (texts[i] == NULL || texts[i][0] == '\0' || strlen(texts[i]) > METRIC_DIM_VALUE_MAX)
            return;
        dims[i] = (struct dimension){ mf->dimensions[i], texts[i] };
    }
    if (metric_sort_dimensions(dims, mf->dimension_count, NULL) == OK)
        put(mf, write, dims, time_ms, &value, 1);
}

/* A line that matches. */
static void
take(struct metric_filter *mf, struct store_write *write, const struct log_event *event)
{
    const char *texts[METRIC_FILTER_DIMENSIONS + 1];
    double value = mf->literal;

    arena_clear(mf->scratch);
    if (mf->name_count > 0)
        filter_pattern_find(mf->pattern, mf->scratch, mf->names, mf->name_count, event->message,
                            event->message_len, texts);
    if (mf->has_value_name &&
        (texts[0] == NULL || !text_parse_double(&value, texts[0]) || !isfinite(value)))
        return;
    if (mf->dimension_count == 0)
        put_later(mf, write, event->time_ms, value);
    else
        put_with_dimensions(mf, write, event->time_ms, value, texts + mf->has_value_name);
}

/* --- the default -------------------------------------------------------------------------------
 */

static void
close_minute(struct metric_filter *mf, struct store_write *write)
{
    if (mf->is_open && !mf->is_matched)
        put(mf, write, NULL, mf->minute_ms, &mf->default_value, 1);
    mf->is_open = false;
}

static void
note_line(struct metric_filter *mf, struct store_write *write, int64_t time_ms, bool matches)
{
    const int64_t minute_ms = minute_of(time_ms);

    if (mf->minute_ms > minute_ms)
        return;
    if (mf->minute_ms < minute_ms) {
        close_minute(mf, write);
        mf->minute_ms = minute_ms;
        mf->is_matched = false;
    }
    mf->is_open = true;
    mf->is_matched = mf->is_matched || matches;
}

bool
metric_filter_settle(struct metric_filter *mf, struct store_write *write, int64_t now_ms)
{
    if (mf->is_open && now_ms >= mf->minute_ms + MINUTE_MS)
        close_minute(mf, write);
    return mf->is_open && !mf->is_matched;
}

void
metric_filter_apply(struct metric_filter *mf, struct store_write *write,
                    const struct log_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool matches = filter_pattern_match(mf->pattern, events[i].message, events[i].message_len);

        if (matches)
            take(mf, write, &events[i]);
        if (mf->has_default)
            note_line(mf, write, events[i].time_ms, matches);
    }
    put_waiting(mf, write);
}
