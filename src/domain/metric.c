/* metric.c - unit names and the canonical order of dimensions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/metric.h"

#include <string.h>

/* clang-format off */
static const char *const unit_names[UNITS] = {
    [UNIT_NONE] = "None",
    [UNIT_SECONDS] = "Seconds",
    [UNIT_MICROSECONDS] = "Microseconds",
    [UNIT_MILLISECONDS] = "Milliseconds",
    [UNIT_BYTES] = "Bytes",
    [UNIT_KILOBYTES] = "Kilobytes",
    [UNIT_MEGABYTES] = "Megabytes",
    [UNIT_GIGABYTES] = "Gigabytes",
    [UNIT_TERABYTES] = "Terabytes",
    [UNIT_BITS] = "Bits",
    [UNIT_KILOBITS] = "Kilobits",
    [UNIT_MEGABITS] = "Megabits",
    [UNIT_GIGABITS] = "Gigabits",
    [UNIT_TERABITS] = "Terabits",
    [UNIT_PERCENT] = "Percent",
    [UNIT_COUNT] = "Count",
    [UNIT_BYTES_S] = "Bytes/Second",
    [UNIT_KILOBYTES_S] = "Kilobytes/Second",
    [UNIT_MEGABYTES_S] = "Megabytes/Second",
    [UNIT_GIGABYTES_S] = "Gigabytes/Second",
    [UNIT_TERABYTES_S] = "Terabytes/Second",
    [UNIT_BITS_S] = "Bits/Second",
    [UNIT_KILOBITS_S] = "Kilobits/Second",
    [UNIT_MEGABITS_S] = "Megabits/Second",
    [UNIT_GIGABITS_S] = "Gigabits/Second",
    [UNIT_TERABITS_S] = "Terabits/Second",
    [UNIT_COUNT_S] = "Count/Second",
};
/* clang-format on */

const char *
unit_name(enum unit unit)
{
    return (unsigned)unit < UNITS ? unit_names[unit] : "None";
}

bool
unit_parse(enum unit *out, const char *name)
{
    for (unsigned i = 0; i < UNITS; i++) {
        if (strcmp(unit_names[i], name) == 0) {
            *out = (enum unit)i;
            return true;
        }
    }
    return false;
}

/* Insertion: a set has at most thirty dimensions and mostly comes sorted. */
enum status
metric_sort_dimensions(struct dimension *dims, size_t count, struct err *err)
{
    for (size_t i = 1; i < count; i++) {
        struct dimension d = dims[i];
        size_t at = i;

        while (at > 0 && strcmp(dims[at - 1].name, d.name) > 0) {
            dims[at] = dims[at - 1];
            at--;
        }
        dims[at] = d;
    }
    for (size_t i = 1; i < count; i++) {
        if (strcmp(dims[i - 1].name, dims[i].name) == 0)
            return err_set(err, E_INVALID, "dimension %s stands twice in one set", dims[i].name);
    }
    return OK;
}

bool
metric_has_dimension(const struct dimension_set *set, const struct dimension *wanted)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->dims[i].name, wanted->name) == 0)
            return wanted->value == NULL || strcmp(set->dims[i].value, wanted->value) == 0;
    }
    return false;
}

bool
series_key_equal(const struct series_key *a, const struct series_key *b)
{
    if (strcmp(a->metric, b->metric) != 0 || strcmp(a->namespace_name, b->namespace_name) != 0 ||
        a->dims.count != b->dims.count)
        return false;
    for (size_t i = 0; i < a->dims.count; i++) {
        if (strcmp(a->dims.dims[i].name, b->dims.dims[i].name) != 0 ||
            strcmp(a->dims.dims[i].value, b->dims.dims[i].value) != 0)
            return false;
    }
    return true;
}

int
series_key_compare(const struct series_key *a, const struct series_key *b)
{
    int order = strcmp(a->namespace_name, b->namespace_name);

    if (order == 0)
        order = strcmp(a->metric, b->metric);
    for (size_t i = 0; order == 0 && i < a->dims.count && i < b->dims.count; i++) {
        order = strcmp(a->dims.dims[i].name, b->dims.dims[i].name);
        if (order == 0)
            order = strcmp(a->dims.dims[i].value, b->dims.dims[i].value);
    }
    return order != 0 ? order : (a->dims.count > b->dims.count) - (a->dims.count < b->dims.count);
}

bool
metric_is_period(int64_t seconds)
{
    switch (seconds) {
    case 1:
    case 5:
    case 10:
    case 20:
    case 30:
        return true;
    default:
        return seconds > 0 && seconds % 60 == 0;
    }
}
