/* feed.h - where the screen's snapshots come from: the collector, or a test's hand.
 * SPDX-License-Identifier: MIT
 *
 * All functions are called by the screen's thread and return at once. */
#ifndef OV_TUI_FEED_H
#define OV_TUI_FEED_H

#include "tui/asks.h"
#include "tui/snapshot.h"

#include <stdbool.h>

struct feed {
    void *ctx;
    int fd; /* readable when take() has something new; -1: never */
    /* Replaces what is asked for. Borrowed for the call only. True: it was something else before,
     * so that no snapshot taken until now knows of it. */
    bool (*want)(void *ctx, const struct ask_list *asks);
    /* The newest snapshot since the last take, now the caller's; NULL: nothing new. Drains fd. */
    struct snapshot *(*take)(void *ctx);
    /* Ask everything wanted now. Returns the milliseconds until the slowest source allows it, 0:
     * being asked. */
    int64_t (*hurry)(void *ctx);
    /* Nobody touches a key any more (then everything is asked more seldom), or somebody does again;
     * NULL: it makes no difference. */
    void (*set_idle)(void *ctx, bool is_idle);
    /* The code of the MFA device that a snapshot asks for; NULL where nobody ever asks. */
    void (*give_code)(void *ctx, const char *code);
};

#endif
