/* health_account.h - the account's budgets and databases, as lines of the Health view.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_HEALTH_ACCOUNT_H
#define OV_TUI_VIEWS_HEALTH_ACCOUNT_H

#include "tui/views/things.h"

void health_ask_account(struct ask_list *asks, const struct view_query *q);
/* A line for each monthly budget of costs, one for each Aurora cluster. */
void health_add_account(struct things *all, const struct view_query *q);

#endif
