/* wakeups.h - an emulator's GET /_obsview/changes: "something changed", as it happens.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WAKEUPS_H
#define OV_TUI_WAKEUPS_H

#include "aws/net.h"

#include <stdbool.h>

struct wakeups;

/* `changed` is called from net_run(), at most once for what arrives together, and when the stream
 * breaks off. `url` is the emulator's; `token` may be NULL. Connects again by itself. */
struct wakeups *wakeups_new(struct net *net, const char *url, const char *token,
                            void (*changed)(void *arg), void *arg);
void wakeups_free(struct wakeups *wakeups); /* NULL is fine */

/* The stream stands: no news is good news. */
bool wakeups_are_live(const struct wakeups *wakeups);
/* Connects when it is time to; returns the milliseconds until it wants to be called again. */
int wakeups_tend(struct wakeups *wakeups);

#endif
