/* review.h - the parts of the monthly review.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_REVIEW_H
#define OV_TUI_VIEWS_REVIEW_H

#include "base/mem.h"
#include "tui/model.h"
#include "tui/view.h"

#include <stdbool.h>
#include <stdint.h>

#define REVIEW_COST_PANELS 6
/* Whole months before this one that Cost Explorer tells day by day. */
#define REVIEW_MONTHS_BACK 13

/* Which month, and what was spent in it. */
struct review_month {
    struct arena *arena;
    const struct view_query *q;
    int64_t first, end;               /* days of the month: [first, end) */
    bool is_open;                     /* it is not over, so all sums are only so far */
    bool has_before;                  /* Cost Explorer still tells of the month before it */
    const struct answer *by_function; /* Component x Function; NULL: not there yet */
    const struct answer *by_place;    /* Environment x Resource */
    const struct answer *by_resource; /* Component x Resource */
};

void review_begin(struct review_month *out, struct arena *arena, const struct view_query *q);
/* There is an answer, be it an old one: without it nothing may be said to have cost nothing. */
bool review_is_told(const struct answer *answer);
/* What one value of Component spent on one value of Resource in the month, in microusd. */
int64_t review_spent_on(const struct review_month *review, const char *component,
                        const char *resource);

void review_ask_costs(struct ask_list *asks, const struct review_month *review);
/* Summary, projected against actual, by component, by function, by environment, most expensive
 * resources. */
void review_build_costs(struct panel panels[REVIEW_COST_PANELS], const struct review_month *review);

#define REVIEW_USE_PANELS 2
/* How busy what costs money was: services, database, load balancers, NAT gateways, buckets. */
void review_ask_use(struct ask_list *asks, const struct review_month *review);
/* What was idle, and the document's optimisation actions with their evidence. */
void review_build_use(struct panel panels[REVIEW_USE_PANELS], const struct review_month *review);

#endif
