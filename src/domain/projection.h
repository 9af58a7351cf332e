/* projection.h - what each component was expected to cost, against what it does.
 * SPDX-License-Identifier: MIT
 *
 * The ranges are the document's "Example Cost Breakdown (Projected)", for less than 100 users. */
#ifndef OV_DOMAIN_PROJECTION_H
#define OV_DOMAIN_PROJECTION_H

#include "domain/spend.h"

#include <stddef.h>
#include <stdint.h>

struct projected {
    const char *component; /* value of the tag Component */
    int64_t low, high;     /* microusd a month; up to half a dollar outside rounds into it */
    const char *what;      /* what it is made of */
};
#define PROJECTED_COMPONENTS 5
extern const struct projected projected_components[PROJECTED_COMPONENTS];
extern const struct projected projected_total;

enum projection_verdict { PROJECTION_UNKNOWN, PROJECTION_BELOW, PROJECTION_IN, PROJECTION_ABOVE };

struct projection_line {
    const char *component;             /* "" is what has no such tag */
    const struct projected *projected; /* NULL: nobody expected it */
    int64_t actual;                    /* to date */
    int64_t end_of_month;
    enum projection_verdict verdict;
    int64_t
        off; /* how far outside the range, below it negative; of what nobody expected all of it */
};

#define PROJECTION_LINES (PROJECTED_COMPONENTS + SPEND_PARTS_MAX)
struct projection {
    struct projection_line
        lines[PROJECTION_LINES]; /* the document's five in its order, then others */
    size_t count;
    struct projection_line total;
    const struct projection_line *driver; /* what drives the total furthest off; NULL: nothing */
};

/* `parts` are those of the key Component. */
void projection_compare(struct projection *out, const struct spend_part *parts, size_t count);

#endif
