/* statistic.c - the names of CloudWatch's statistics, and their values.
 * SPDX-License-Identifier: MIT
 *
 * Names and shapes: "CloudWatch statistics definitions", Amazon CloudWatch User Guide. The upper
 * bound of a range is inclusive and the lower one exclusive, as that page says of its examples. */
#include "config.h"

#include "base/text.h"
#include "domain/sketch.h"
#include "domain/statistic.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum statistic_kind kind;
} plain[] = {
    { "SampleCount", STATISTIC_COUNT }, { "Average", STATISTIC_AVERAGE }, { "Sum", STATISTIC_SUM },
    { "Minimum", STATISTIC_MINIMUM },   { "Maximum", STATISTIC_MAXIMUM },
};
#define PLAIN (sizeof plain / sizeof plain[0])

/* A decimal number without sign or exponent. */
static bool
read_decimal(double *out, const char *text, size_t len)
{
    char copy[32];

    if (len == 0 || len >= sizeof copy || !isdigit((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]) && text[i] != '.')
            return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return text_parse_double(out, copy);
}

/* One side of "low:high" as an absolute number; an empty side is open. */
static bool
read_bound(double *out, const char *text, size_t len, double open)
{
    char copy[64];

    *out = open;
    if (len == 0)
        return true;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return text_parse_double(out, copy);
}

/* "PR(low:high)" */
static bool
read_rank(struct statistic *out, const char *name)
{
    size_t len = strlen(name);
    const char *colon = strchr(name, ':');
    struct statistic st = { .kind = STATISTIC_PERCENTILE_RANK };
    const char *end;

    if (strncmp(name, "PR(", 3) != 0 || name[len - 1] != ')' || colon == NULL)
        return false;
    end = name + len - 1;
    if (colon == name + 3 && colon + 1 == end)
        return false;
    if (!read_bound(&st.low, name + 3, (size_t)(colon - name) - 3, -INFINITY) ||
        !read_bound(&st.high, colon + 1, (size_t)(end - colon) - 1, INFINITY) ||
        !(st.low < st.high))
        return false;
    *out = st;
    return true;
}

/* "tm90", "TM(10%:90%)", "IQM" and their kin. */
static bool
is_trimmed(const char *name)
{
    static const char *const prefixes[] = { "tm", "wm", "tc", "ts" };
    static const char *const ranges[] = { "TM(", "WM(", "TC(", "TS(" };
    double share;

    if (strcmp(name, "IQM") == 0)
        return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(name, prefixes[i], 2) == 0 &&
            read_decimal(&share, name + 2, strlen(name + 2)) && share <= 100)
            return true;
        if (strncmp(name, ranges[i], 3) == 0 && strchr(name, ':') != NULL &&
            name[strlen(name) - 1] == ')')
            return true;
    }
    return false;
}

enum status
statistic_parse(struct statistic *out, const char *name, struct err *err)
{
    double percent;

    for (size_t i = 0; i < PLAIN; i++) {
        if (strcmp(plain[i].name, name) == 0) {
            *out = (struct statistic){ .kind = plain[i].kind };
            return OK;
        }
    }
    if (name[0] == 'p' && read_decimal(&percent, name + 1, strlen(name + 1)) && percent <= 100) {
        *out = (struct statistic){ .kind = STATISTIC_PERCENTILE, .high = percent };
        return OK;
    }
    if (read_rank(out, name))
        return OK;
    if (is_trimmed(name))
        return err_set(err, E_UNSUPPORTED, "the statistic %.80s is not computed here yet", name);
    return err_set(err, E_INVALID,
                   "%.80s is not a statistic: expected Average, Sum, Minimum, Maximum, "
                   "SampleCount, p0 to p100 or PR(low:high)",
                   name);
}

bool
statistic_needs_sketch(const struct statistic *statistic)
{
    return statistic->kind == STATISTIC_PERCENTILE || statistic->kind == STATISTIC_PERCENTILE_RANK;
}

static double
percentile(const struct statistic *statistic, const struct statistic_set *set,
           const struct sketch *sketch)
{
    if (sketch != NULL && sketch_count(sketch) > 0)
        return sketch_quantile(sketch, statistic->high / 100);
    return set->count == 1 || set->min == set->max ? set->min : (double)NAN;
}

static double
percentile_rank(const struct statistic *statistic, const struct statistic_set *set,
                const struct sketch *sketch)
{
    double low = 0, high = 1;

    if (sketch == NULL || !(sketch_count(sketch) > 0)) {
        if (set->count != 1 && set->min != set->max)
            return NAN;
        return set->min > statistic->low && set->min <= statistic->high ? 100 : 0;
    }
    if (!isinf(statistic->low))
        low = sketch_rank(sketch, statistic->low);
    if (!isinf(statistic->high))
        high = sketch_rank(sketch, statistic->high);
    return (high - low) * 100;
}

double
statistic_value(const struct statistic *statistic, const struct statistic_set *set,
                const struct sketch *sketch)
{
    if (!(set->count > 0))
        return NAN;
    switch (statistic->kind) {
    case STATISTIC_COUNT:
        return set->count;
    case STATISTIC_AVERAGE:
        return set->sum / set->count;
    case STATISTIC_SUM:
        return set->sum;
    case STATISTIC_MINIMUM:
        return set->min;
    case STATISTIC_MAXIMUM:
        return set->max;
    case STATISTIC_PERCENTILE:
        return percentile(statistic, set, sketch);
    case STATISTIC_PERCENTILE_RANK:
        return percentile_rank(statistic, set, sketch);
    }
    return NAN;
}
