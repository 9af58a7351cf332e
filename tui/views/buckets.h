/* buckets.h - what recordings take up, as lines of the Health view.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_BUCKETS_H
#define OV_TUI_VIEWS_BUCKETS_H

#include "tui/views/things.h"

void buckets_ask(struct ask_list *asks, const struct view_query *q);
/* A line for each bucket of recordings: its size, its objects, and how it grows. */
void buckets_add(struct things *all, const struct view_query *q);

#endif
