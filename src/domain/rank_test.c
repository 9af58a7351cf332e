/* rank_test.c - U, its variance with ties, and the normal approximation.
 * SPDX-License-Identifier: MIT
 *
 * Mann and Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than
 * the Other", 1947. U counts the pairs in which a value of the later sample is larger than one of
 * the earlier; under chance its mean is nm/2 and its variance nm/12 (N+1 - sum(t^3-t)/(N(N-1))),
 * the sum over groups of t equal values among all N. Web vitals are whole milliseconds and often
 * equal, so ties matter. Ranks and no means: a value ten times too large is one value. */
#include "config.h"

#include "domain/rank_test.h"

#include <math.h>

static size_t
run_of(const double *sorted, size_t count, size_t from, double value)
{
    size_t at = from;

    while (at < count && sorted[at] <= value)
        at++;
    return at - from;
}

struct rank_test
rank_test(const double *before, size_t before_count, const double *later, size_t later_count)
{
    double n = (double)before_count, m = (double)later_count, all = n + m;
    double ties = 0, variance;
    struct rank_test out = { 0, 0, 1 };
    size_t i = 0, k = 0;

    while (i < before_count || k < later_count) {
        double value =
            k == later_count || (i < before_count && before[i] < later[k]) ? before[i] : later[k];
        double a = (double)run_of(before, before_count, i, value);
        double b = (double)run_of(later, later_count, k, value), t = a + b;

        out.u += b * ((double)i + a / 2);
        ties += t * t * t - t;
        i += (size_t)a;
        k += (size_t)b;
    }
    variance = all < 2 ? 0 : n * m / 12 * (all + 1 - ties / (all * (all - 1)));
    if (variance <= 0)
        return out;
    out.z = (out.u - n * m / 2 - (out.u > n * m / 2 ? 0.5 : -0.5)) / sqrt(variance);
    if (fabs(out.u - n * m / 2) <= 0.5)
        out.z = 0;
    out.p = erfc(out.z / sqrt(2)) / 2;
    return out;
}

double
rank_quantile(const double *sorted, size_t count, double share)
{
    double rank = share * ((double)count - 1);
    size_t low = (size_t)rank;

    if (count == 0)
        return NAN;
    if (low + 1 >= count)
        return sorted[count - 1];
    return sorted[low] + (rank - (double)low) * (sorted[low + 1] - sorted[low]);
}
