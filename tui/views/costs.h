/* costs.h - what the files of the Costs view share: its bill, its budget, its words.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_COSTS_H
#define OV_TUI_VIEWS_COSTS_H

#include "domain/spend.h"
#include "tui/view.h"

#include <stdbool.h>

/* The two questions that cost something, each grouped by two keys; everything else is derived. */
#define COSTS_COMPONENTS   "costs.components"   /* Component, Function */
#define COSTS_ENVIRONMENTS "costs.environments" /* Environment, Resource */
#define COSTS_STACK        "costs.stack"        /* what an emulator makes up */

/* The limit of the month, and who says so. */
struct costs_budget {
    int64_t limit_microusd;
    const struct bill_budget *told; /* NULL: it is the document's */
    const char *why;                /* then; " (the document's: AWS tells of none)" */
};

#define COSTS_BUDGETS "costs.budgets"

void costs_ask_budgets(struct ask_list *asks);
/* A monthly budget of costs, filtered by the project alone. */
bool costs_is_of_project(const struct bill_budget *b);
/* What the Overview asks too; the rest is the Costs view's own. */
void costs_ask_bill(struct ask_list *asks);
void costs_ask_environments(struct ask_list *asks);
void costs_ask_telemetry(struct ask_list *asks, const struct view_query *q);

/* The month's panel, which stands in the Overview as well. */
void costs_build_month(struct panel *panel, struct arena *arena, const struct view_query *q,
                       struct spend_month *month, struct costs_budget *budget);
/* The Overview's panel: the month in a few lines. */
void costs_build_summary(struct panel *panel, struct arena *arena, const struct view_query *q);
void costs_build_parts(struct panel *panel, struct arena *arena, const struct view_query *q,
                       const char *name);
/* The table of it, of any month's parts of Component (NULL: they are not known); `spent` is the
 * heading of what they came to. The caller tells the panel's source. */
void costs_projected(struct panel *panel, struct arena *arena, const struct view_query *q,
                     const struct spend_part *parts, size_t count, const char *spent);
void costs_build_projected(struct panel *panel, struct arena *arena, const struct view_query *q);
void costs_build_account(struct panel *panel, struct arena *arena, const struct view_query *q,
                         const struct spend_month *month, const struct costs_budget *budget);
void costs_build_own(struct panel *panel, struct arena *arena, const struct view_query *q);
void costs_build_telemetry(struct panel *panel, struct arena *arena, const struct view_query *q);

/* The parts of one key of an answer; NULL before there is one. */
struct spend_part *costs_split(struct arena *arena, size_t *count, const struct view_query *q,
                               const char *answer, int key);
/* "$96.20", exact. */
const char *costs_usd(struct arena *arena, int64_t microusd);
/* "Nov 28" */
const char *costs_day(struct arena *arena, int64_t day);
enum level costs_level(enum spend_level level);

#endif
