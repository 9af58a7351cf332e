/* rank_test.h - are two samples of one population? The test of Mann and Whitney.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_RANK_TEST_H
#define OV_DOMAIN_RANK_TEST_H

#include <stddef.h>

struct rank_test {
    double u; /* pairs in which the later value is the larger one; half of each tie */
    double z; /* above 0: the later ones are larger */
    double p; /* of a z so large by chance alone: one-sided */
};

/* Both are sorted, ascending. With the normal approximation, a correction for ties and one for
 * continuity: it holds from about eight values on each side. Without two different values: p is 1.
 */
struct rank_test rank_test(const double *before, size_t before_count, const double *later,
                           size_t later_count);

/* By linear interpolation between ranks, as CloudWatch has it; `share` from 0 to 1. NaN: none. */
double rank_quantile(const double *sorted, size_t count, double share);

#endif
