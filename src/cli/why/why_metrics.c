/* why_metrics.c - the series that a metric has, or that something feeds.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "domain/web_vitals.h"

#define SERIES_SHOWN 10
#define POINTS_MAX   1440 /* of GetMetricStatistics */

static const char *
dimensions_json(struct why *a)
{
    const char *text = "";

    for (size_t i = 0; i < a->dim_count; i++)
        text = arena_printf(a->arena, "%s%s{\"Name\":%s,\"Value\":%s}", text, i > 0 ? "," : "",
                            why_quoted(a, a->dims[i][0]), why_quoted(a, a->dims[i][1]));
    return arena_printf(a->arena, "[%s]", text);
}

static const char *
dimensions_text(struct why *a, const cJSON *list)
{
    const char *text = "";
    const cJSON *dim;

    cJSON_ArrayForEach(dim, list)
    {
        text = arena_printf(a->arena, "%s%s%s=%s", text, *text == '\0' ? "" : ", ",
                            json_get_string(dim, "Name", "?"), json_get_string(dim, "Value", "?"));
    }
    return *text == '\0' ? "no dimensions" : text;
}

static const char *
print_value(struct why *a, const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    const char *out = arena_strdup(a->arena, text);

    cJSON_free(text);
    return out;
}

/* How much of it there is in the range, and when the newest came. */
static void
tell_series(struct why *a, const cJSON *dims)
{
    int64_t period_s = (a->span_ms / 1000 / POINTS_MAX / 60 + 1) * 60;
    char from[ISO8601_TEXT], to[ISO8601_TEXT];
    double samples = 0, newest_value = 0;
    int64_t newest_ms = 0;
    const cJSON *point;
    cJSON *json;

    iso8601_format_ms((a->now_ms - a->span_ms) / 60000 * 60000, from);
    iso8601_format_ms(a->now_ms, to);
    json = why_ask_aws(a, AWS_CLOUDWATCH, "GetMetricStatistics",
                       arena_printf(a->arena,
                                    "{\"Namespace\":%s,\"MetricName\":%s,\"Dimensions\":%s,"
                                    "\"StartTime\":\"%s\",\"EndTime\":\"%s\",\"Period\":%" PRId64
                                    ",\"Statistics\":[\"SampleCount\",\"Average\"]}",
                                    why_quoted(a, a->namespace_name), why_quoted(a, a->metric),
                                    print_value(a, dims), from, to, period_s));
    cJSON_ArrayForEach(point, json_get(json, "Datapoints"))
    {
        const cJSON *at = json_get(point, "Timestamp");
        int64_t ms = cJSON_IsNumber(at) ? (int64_t)(at->valuedouble * 1000) : 0;

        if (cJSON_IsString(at) && !iso8601_parse(&ms, at->valuestring))
            ms = 0;
        samples += json_get_number(point, "SampleCount", 0);
        if (ms >= newest_ms) {
            newest_ms = ms;
            newest_value = json_get_number(point, "Average", 0);
        }
    }
    if (json != NULL && samples > 0)
        tale_add(a->tale, TALE_STORED, newest_ms,
                 "as a series with %s: %.0f sample%s, the newest period's average is %g",
                 dimensions_text(a, dims), samples, samples == 1 ? "" : "s", newest_value);
    else if (json != NULL)
        tale_add(a->tale, TALE_STORED, 0, "as a series with %s: no sample in the range",
                 dimensions_text(a, dims));
    cJSON_Delete(json);
}

void
why_look_for_series(struct why *a)
{
    cJSON *json =
        why_ask_aws(a, AWS_CLOUDWATCH, "ListMetrics",
                    arena_printf(a->arena, "{\"Namespace\":%s,\"MetricName\":%s,\"Dimensions\":%s}",
                                 why_quoted(a, a->namespace_name), why_quoted(a, a->metric),
                                 dimensions_json(a)));
    const cJSON *metric;
    size_t count = 0;

    if (json == NULL)
        return;
    cJSON_ArrayForEach(metric, json_get(json, "Metrics"))
    {
        const cJSON *dims = json_get(metric, "Dimensions");
        cJSON *none = dims == NULL ? cJSON_CreateArray() : NULL;

        if (count++ < SERIES_SHOWN)
            tell_series(a, dims == NULL ? none : dims);
        cJSON_Delete(none);
    }
    if (count > SERIES_SHOWN)
        tale_add(a->tale, TALE_STORED, 0, "and as %zu%s more series", count - SERIES_SHOWN,
                 json_get_string(json, "NextToken", NULL) == NULL ? "" : " or");
    cJSON_Delete(json);
    if (count > 0)
        tale_add_series(a->tale, a->namespace_name, a->metric);
    tale_looked(a->tale, "ListMetrics");
}

/* A report is counted by a series that no EMF tells of; it is one of those that exist. */
void
why_look_for_failures(struct why *a)
{
    cJSON *json =
        why_ask_aws(a, AWS_CLOUDWATCH, "ListMetrics",
                    "{\"Namespace\":\"" WEB_VITALS_NAMESPACE "\",\"MetricName\":\"Errors\"}");

    if (cJSON_GetArraySize(json_get(json, "Metrics")) > 0)
        tale_add_series(a->tale, WEB_VITALS_NAMESPACE, "Errors");
    cJSON_Delete(json);
}
