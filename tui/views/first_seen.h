/* first_seen.h - since when a group of errors is known.
 * SPDX-License-Identifier: MIT
 *
 * An emulator knows of every report it has kept. An account tells the lines that were asked for,
 * so of a group only that it was there by some time, and was not in the time before that was looked
 * at. */
#ifndef OV_TUI_VIEWS_FIRST_SEEN_H
#define OV_TUI_VIEWS_FIRST_SEEN_H

#include "tui/view.h"

struct first_told {
    const char *group; /* its fingerprint */
    int64_t first_ms;
};

struct first_seen {
    const struct first_told *told; /* what an emulator says, by group */
    size_t told_count;
    bool is_awaited;        /* it has not said it yet */
    int64_t looked_from_ms; /* lines are known from then on; INT64_MAX: none are */
};

void first_seen_ask(struct ask_list *asks, const struct view_query *q);
/* `lines` are those that were asked for, NULL when there is no answer yet. */
void first_seen_init(struct first_seen *seen, struct arena *arena, const struct view_query *q,
                     const struct answer *lines);

/* When the group, whose first known line is of *first_ms, was first seen. false: it may have been
 * there before, that is the latest it can be. */
bool first_seen_find(const struct first_seen *seen, const char *group, int64_t *first_ms);
/* Not seen before the range, be it for ever or in the time before that was looked at. */
bool first_seen_is_new(const struct first_seen *seen, const struct view_query *q, const char *group,
                       int64_t first_ms);
/* " in 24 h": as far as "new" holds for groups that may have been there before. */
const char *first_seen_within(const struct first_seen *seen, const struct view_query *q,
                              struct arena *arena);

#endif
