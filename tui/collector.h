/* collector.h - the thread that asks, and the look that is taken once.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_COLLECTOR_H
#define OV_TUI_COLLECTOR_H

#include "base/err.h"
#include "tui/feed.h"
#include "tui/gather.h"
#include "tui/view.h"

struct collector;

/* Starts the thread; it takes no signals. Returns before anything was asked. */
MUST_CHECK enum status collector_start(struct collector **out, const struct gather_options *options,
                                       struct err *err);
void collector_stop(struct collector *collector); /* joins the thread; NULL is fine */
/* What the screen sees of it; lives as long as the collector. */
struct feed collector_feed(struct collector *collector);

/* Asks what the view asks, until it asks nothing new or `timeout_ms` is over, on the caller's
 * thread. q->snapshot is set to what came, for collect_done() in any case. The source's own
 * sentence when it could not be asked at all. */
MUST_CHECK enum status collect_once(struct view_query *q, const struct gather_options *options,
                                    const struct view *view, int timeout_ms, struct err *err);
void collect_done(struct view_query *q);

#endif
