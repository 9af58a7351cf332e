/* statistic.c - the names of CloudWatch's statistics, and their values.
 * SPDX-License-Identifier: MIT
 *
 * Every statistic but the five plain ones is a question about the distribution: the value at a
 * rank, or how many values lie in a range and what they add up to. A range of values and a range of
 * ranks are answered by the sketch; all else here is naming. */
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

/* One side of "low%:high%" as 0..100; an empty side is `open`. */
static bool
read_percent(double *out, const char *text, size_t len, double open)
{
    *out = open;
    if (len == 0)
        return true;
    return text[len - 1] == '%' && read_decimal(out, text, len - 1) && *out <= 100;
}

static const struct {
    char small[3], large[3]; /* one number behind it, or a range */
    enum statistic_kind kind;
} ranged[] = {
    { "", "PR", STATISTIC_PERCENTILE_RANK },   { "tm", "TM", STATISTIC_TRIMMED_MEAN },
    { "wm", "WM", STATISTIC_WINSORIZED_MEAN }, { "tc", "TC", STATISTIC_TRIMMED_COUNT },
    { "ts", "TS", STATISTIC_TRIMMED_SUM },
};
#define RANGED (sizeof ranged / sizeof ranged[0])

/* "(low:high)" behind the two letters. Both sides are percents or neither is. */
static bool
read_range(struct statistic *st, const char *text)
{
    size_t len = strlen(text), low_len, high_len;
    const char *colon = strchr(text, ':'), *high;

    if (len < 4 || text[0] != '(' || text[len - 1] != ')' || colon == NULL)
        return false;
    low_len = (size_t)(colon - text) - 1;
    high = colon + 1;
    high_len = len - 2 - (size_t)(high - text) + 1;
    st->is_percent = memchr(text, '%', len) != NULL;
    if (st->is_percent)
        return st->kind != STATISTIC_PERCENTILE_RANK &&
               read_percent(&st->low, text + 1, low_len, 0) &&
               read_percent(&st->high, high, high_len, 100) && st->low < st->high;
    return low_len + high_len > 0 && read_bound(&st->low, text + 1, low_len, -INFINITY) &&
           read_bound(&st->high, high, high_len, INFINITY) && st->low < st->high;
}

/* "tm90", "TM(10%:90%)", "PR(:2500)", "IQM" and their kin. */
static bool
read_ranged(struct statistic *out, const char *name)
{
    if (strcmp(name, "IQM") == 0) {
        *out = (struct statistic){ STATISTIC_TRIMMED_MEAN, true, 25, 75 };
        return true;
    }
    for (size_t i = 0; i < RANGED; i++) {
        struct statistic st = { .kind = ranged[i].kind, .is_percent = true };
        bool good = false;

        if (strncmp(name, ranged[i].large, 2) == 0)
            good = read_range(&st, name + 2);
        else if (ranged[i].small[0] != '\0' && strncmp(name, ranged[i].small, 2) == 0)
            good =
                read_decimal(&st.high, name + 2, strlen(name + 2)) && st.high > 0 && st.high <= 100;
        if (good) {
            *out = st;
            return true;
        }
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
        *out = (struct statistic){ STATISTIC_PERCENTILE, true, 0, percent };
        return OK;
    }
    if (read_ranged(out, name))
        return OK;
    return err_set(err, E_INVALID,
                   "%.80s is not a statistic: expected Average, Sum, Minimum, Maximum, "
                   "SampleCount, p0 to p100, tm, wm, tc or ts with a percentage, IQM, PR(low:high) "
                   "or TM, WM, TC, TS with (low:high) or (low%%:high%%)",
                   name);
}

bool
statistic_needs_sketch(const struct statistic *statistic)
{
    return statistic->kind >= STATISTIC_PERCENTILE;
}

/* --- values ----------------------------------------------------------------------------------- */

/* How many values lie in the statistic's range, and their sum. */
static struct sketch_part
part_of(const struct statistic *st, const struct sketch *sk)
{
    if (st->is_percent)
        return sketch_part_of_ranks(sk, st->low / 100, st->high / 100);
    return sketch_part_of_values(sk, st->low, st->high);
}

/* Values below `low` count as `low`, those above `high` as `high`. */
static double
winsorized(const struct statistic *st, const struct sketch *sk)
{
    double low = st->low, high = st->high;
    struct sketch_part inside, below = { 0 }, above = { 0 };

    if (st->is_percent) {
        low = sketch_quantile(sk, low / 100);
        high = sketch_quantile(sk, high / 100);
    }
    if (!isinf(low))
        below = sketch_part_of_values(sk, (double)-INFINITY, low);
    if (!isinf(high))
        above = sketch_part_of_values(sk, high, (double)INFINITY);
    inside = sketch_part_of_values(sk, low, high);
    if (below.count > 0)
        inside.sum += below.count * low;
    if (above.count > 0)
        inside.sum += above.count * high;
    return inside.sum / (inside.count + below.count + above.count);
}

static double
of_distribution(const struct statistic *st, const struct sketch *sk)
{
    struct sketch_part part;

    if (st->kind == STATISTIC_PERCENTILE)
        return sketch_quantile(sk, st->high / 100);
    if (st->kind == STATISTIC_WINSORIZED_MEAN)
        return winsorized(st, sk);
    part = part_of(st, sk);
    switch (st->kind) {
    case STATISTIC_PERCENTILE_RANK:
        return part.count / sketch_count(sk) * 100;
    case STATISTIC_TRIMMED_COUNT:
        return part.count;
    case STATISTIC_TRIMMED_SUM:
        return part.sum;
    default:
        return part.count > 0 ? part.sum / part.count : (double)NAN;
    }
}

/* A statistic set tells its distribution only when all its values are the same. */
static double
of_set(const struct statistic *statistic, const struct statistic_set *set)
{
    struct sketch *sk;
    double value;

    if (set->count != 1 && set->min != set->max)
        return NAN;
    sk = sketch_new();
    sketch_add(sk, set->min, set->count);
    value = of_distribution(statistic, sk);
    sketch_free(sk);
    return value;
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
    default:
        break;
    }
    if (set->min < 0)
        return NAN;
    if (sketch != NULL && sketch_count(sketch) > 0)
        return of_distribution(statistic, sketch);
    return of_set(statistic, set);
}
