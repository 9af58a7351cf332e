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
 * thread. *out, the caller's, is what came, and q->snapshot is set to it. E_IO or E_AUTH when the
 * source could not be asked at all, with its sentence; the snapshot is there even so. */
MUST_CHECK enum status collect_once(struct snapshot **out, struct view_query *q,
                                    const struct gather_options *options, const struct view *view,
                                    int timeout_ms, struct err *err);

#endif
