/* metric_data_label.c - what a series of an answer is called.
 * SPDX-License-Identifier: MIT
 *
 * An expression that gives several series calls each by its own label behind the expression's: "the
 * format Expression-Label Metric-Label" (user guide, "Using metric math"), unless the expression's
 * label has variables, which then are filled in for each. */
#include "config.h"

#include "emulator/metric_data_own.h"

#include <string.h>

#include "domain/dynamic_label.h"
#include "emulator/aws_call.h"

const char *
metric_data_default_label(struct arena *arena, const struct metric_origin *of,
                          const struct metric_origin *const *all, size_t count)
{
    static const char *const kinds[] = {
        [METRIC_STORED] = "",
        [METRIC_SIMULATED] = " (simulated)",
        [METRIC_PARTLY_SIMULATED] = " (partly simulated)",
    };
    bool dims_differ = false, stats_differ = false, names_differ = false;
    const char *label = "";

    for (size_t i = 0; i < count; i++) {
        const struct metric_origin *other = all[i];

        if (of->metric_hash != other->metric_hash)
            continue;
        names_differ |= strcmp(of->key.namespace_name, other->key.namespace_name) != 0;
        dims_differ |= of->dims_hash != other->dims_hash;
        stats_differ |= strcmp(of->stat_name, other->stat_name) != 0;
    }
    if (names_differ)
        label = arena_printf(arena, "%s ", of->key.namespace_name);
    for (size_t i = 0; dims_differ && i < of->key.dims.count; i++)
        label = arena_printf(arena, "%s%s ", label, of->key.dims.dims[i].value);
    label = arena_printf(arena, "%s%s", label, of->key.metric);
    if (stats_differ)
        label = arena_printf(arena, "%s %s", label, of->stat_name);
    return arena_printf(arena, "%s%s", label, kinds[of->kind]);
}

static const char *
render(const struct metric_data *data, const char *label, const char *own,
       const struct math_series *series)
{
    const struct metric_origin *origin = series->origin;
    const struct dynamic_label_source source = {
        .label = own,
        .account = AWS_ACCOUNT,
        .region = data->region,
        .key = origin == NULL ? NULL : &origin->key,
        .stat = origin == NULL ? NULL : origin->stat_name,
        .period_ms = series->period_ms,
        .times_ms = series->times_ms,
        .values = series->values,
        .count = series->count,
        .now_ms = data->source.now_ms,
        .zone_minutes = data->zone_minutes,
    };

    return dynamic_label_render(data->arena, label, &source);
}

const char *
metric_data_label(const struct metric_data *data, const struct metric_data_entry *e,
                  const struct math_series *series)
{
    const bool is_array = e->math != NULL && e->type == MATH_ARRAY;
    const bool has_variables = e->label != NULL && strstr(e->label, "${") != NULL;
    const char *own = e->id;

    if (is_array && series->label != NULL)
        own = series->label;
    if (e->math == NULL && (e->label == NULL || has_variables))
        own = metric_data_default_label(data->arena, &e->origin, data->origins, data->origin_count);
    if (has_variables)
        return render(data, e->label, own, series);
    if (e->label == NULL || (is_array && e->label[0] == '\0'))
        return own;
    return is_array ? arena_printf(data->arena, "%s %s", e->label, own) : e->label;
}
