/* lambda.c - the metrics of one invocation.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/lambda.h"
#include "store/writer.h"

#include <string.h>

static const struct {
    const char *name;
    enum unit unit;
} metrics[] = {
    { "Invocations", UNIT_COUNT },
    { "Errors", UNIT_COUNT },
    { "Duration", UNIT_MILLISECONDS },
};
#define METRICS (sizeof metrics / sizeof metrics[0])

static enum status
get_fan(struct writer *w, const char *function, size_t metric, struct fan **out, struct err *err)
{
    const struct dimension dim = { "FunctionName", function };
    const struct dimension_set sets[2] = { { &dim, 1 }, { NULL, 0 } };
    const struct metric_datum datum = {
        .namespace_name = "AWS/Lambda",
        .metric = metrics[metric].name,
        .unit = metrics[metric].unit,
        .sets = sets,
        .set_count = 2,
    };
    char key[64];
    size_t len = strlen(function);

    if (len > sizeof key - 1)
        return err_set(err, E_INTERNAL, "a function name of %zu characters", len);
    key[0] = (char)metric;
    memcpy(key + 1, function, len);
    *out = catalog_quick(&w->catalog, key, len + 1);
    if (*out != NULL)
        return OK;
    if (catalog_datum_fan(w, &datum, out, err) != OK)
        return E_IO;
    catalog_set_quick(&w->catalog, key, len + 1, *out);
    return OK;
}

enum status
lambda_feed(struct writer *w, const char *function, const struct origin *from, uint32_t duration_us,
            struct err *err)
{
    const double values[METRICS] = { 1, 0, duration_us / 1000.0 };
    enum status st = OK;

    for (size_t i = 0; i < METRICS && st == OK; i++) {
        struct fan *fan;

        st = get_fan(w, function, i, &fan, err);
        if (st == OK)
            st = rollups_add_value(w, fan, from, values[i], 1, err);
    }
    return st;
}
