/* review.c - the monthly review: `obsview report costs --month 2025-11`.
 * SPDX-License-Identifier: MIT
 *
 * A view that has no tab; q->key is the month. It answers the document's "Automated Monthly
 * Report": totals, by component and function, month over month, the most expensive resources, idle
 * ones, and its optimisation actions with what speaks for each. Costs are three questions to Cost
 * Explorer, of which the screen asks two as well; a month that is over is never asked for twice. */
#include "config.h"

#include "tui/views/review.h"

#include "base/day.h"
#include "domain/spend.h"
#include "tui/views/parts.h"
#include "tui/views/rows.h"

#include <stdio.h>
#include <string.h>

#define FIRST_DAY "-01"

void
review_begin(struct review_month *out, struct arena *arena, const struct view_query *q)
{
    char text[DAY_TEXT];
    int64_t today = day_of_ms(q->now_ms), first = today;

    snprintf(text, sizeof text, "%.7s" FIRST_DAY, q->key);
    if (!day_parse(&first, text))
        first = today;
    *out = (struct review_month){ .arena = arena,
                                  .q = q,
                                  .first = day_month(first, 0),
                                  .end = day_month(first, 1),
                                  .by_function = snapshot_answer(q->snapshot, "review.function"),
                                  .by_place = snapshot_answer(q->snapshot, "review.place"),
                                  .by_resource = snapshot_answer(q->snapshot, "review.resource") };
    out->is_open = out->end > today;
    out->has_before = day_month(first, -1) >= day_month(today, -REVIEW_MONTHS_BACK);
}

static void
ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct review_month review;

    review_begin(&review, arena, q);
    review_ask_costs(asks, &review);
    review_ask_use(asks, &review);
    arena_free(arena);
}

static void
build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels =
        arena_alloc(arena, (REVIEW_COST_PANELS + REVIEW_USE_PANELS) * sizeof *panels);
    struct review_month review;

    review_begin(&review, arena, q);
    model_begin(out, q);
    review_build_costs(panels, &review);
    review_build_use(panels + REVIEW_COST_PANELS, &review);
    out->panels = panels;
    out->panel_count = REVIEW_COST_PANELS + REVIEW_USE_PANELS;
}

const struct view view_review = {
    .name = "review",
    .title = "Monthly review",
    .help = "what a month has cost, and what to do about it",
    .ask = ask,
    .build = build,
};
