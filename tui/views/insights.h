/* insights.h - the Logs Insights query of the Logs view: its price before, its rows after.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_INSIGHTS_H
#define OV_TUI_VIEWS_INSIGHTS_H

#include "tui/view.h"

#include <stdbool.h>

/* Nothing is asked unless a query is being typed or was run. */
void insights_ask(struct ask_list *asks, const struct view_query *q);
/* false: there is no query, and no panel. */
bool insights_build(struct panel *panel, struct arena *arena, const struct view_query *q);

#endif
