/* spend.h - what a month has cost, how it will end, and where the money went.
 * SPDX-License-Identifier: MIT
 *
 * Pure, over the rows of a bill (bill.h). Sums are exact; what lies ahead is forecast.h's. A day is
 * whole when the bill was asked after it had ended. */
#ifndef OV_DOMAIN_SPEND_H
#define OV_DOMAIN_SPEND_H

#include "base/mem.h"
#include "domain/bill.h"
#include "domain/forecast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEND_DAYS_MAX  31
#define SPEND_PARTS_MAX 200  /* values of a key; what else there is falls to nobody */
#define SPEND_CHANCE    80.0 /* percent; of the intervals */

/* A sum against a limit. The limit itself is still within it: $120.00 of 150 is fine, $120.01 is
 * near. */
enum spend_level { SPEND_FINE, SPEND_NEAR, SPEND_OVER };
enum spend_level spend_judge(int64_t microusd, int64_t limit_microusd);
/* The first mark of a limit: 80 % of it. */
int64_t spend_near_mark(int64_t limit_microusd);

struct spend_month {
    int64_t first, end; /* its days are [first, end) */
    int64_t told;       /* the day the bill was asked: those before it are whole */
    int64_t days[SPEND_DAYS_MAX];
    size_t day_count; /* of days that have begun when it was asked */
    int64_t to_date;
    int64_t before;  /* the whole month before */
    int64_t average; /* of whole days of this month; 0: there are none */
    bool has_forecast;
    struct forecast_value end_of_month;          /* what it will come to */
    struct forecast_value ahead[SPEND_DAYS_MAX]; /* of the days from `told` on */
    size_t ahead_count;
};

/* The month that `now` is in. The rows are of the days from `from` on, in any order. */
void spend_month(struct spend_month *out, const struct bill_row *rows, size_t count, int64_t from,
                 int64_t told, int64_t now);

enum spend_when {
    SPEND_UNKNOWN,  /* nobody can tell yet */
    SPEND_PASSED,   /* on `day` */
    SPEND_EXPECTED, /* on `day` */
    SPEND_POSSIBLE, /* not expected, but inside the interval */
    SPEND_UNLIKELY
};
struct spend_passing {
    enum spend_when when;
    int64_t day;
};
/* When the month's sum goes beyond a mark. */
struct spend_passing spend_passes(const struct spend_month *month, int64_t mark_microusd);

/* What carries one value of a key. */
struct spend_part {
    const char *name; /* "" has no such tag */
    int64_t to_date;
    int64_t before; /* the whole month before */
    bool has_end;
    bool is_forecast; /* else in proportion to the days that are over */
    int64_t end_of_month;
};
/* The most expensive first; the part without the tag is always there. In the arena. */
struct spend_part *spend_split(struct arena *arena, size_t *part_count, const struct bill_row *rows,
                               size_t count, int key, int64_t from, int64_t told, int64_t now);

#endif
