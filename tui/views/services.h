/* services.h - what runs in containers, as lines of the Health view.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_SERVICES_H
#define OV_TUI_VIEWS_SERVICES_H

#include "tui/views/edges.h"
#include "tui/views/things.h"

void services_ask(struct ask_list *asks, const struct view_query *q);
/* A line for each service of ECS, for each target group, and one for each of Umami and OpenReplay
 * over all that tells of them. */
void services_add(struct things *all, const struct view_query *q, const struct edges *edges);

#endif
