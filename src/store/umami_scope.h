/* umami_scope.h - the rows a question is about, and counting them by groups.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_UMAMI_SCOPE_H
#define OV_STORE_UMAMI_SCOPE_H

#include "store/umami_columns.h"

/* One question: entered columns and the rows of the scope in order of time. */
struct umami_pick {
    struct store_reader *reader;
    struct arena *arena;               /* scratch, gone with the pick */
    const struct umami_events *events; /* NULL: none */
    uint32_t *rows;
    size_t count;
    uint32_t from, to; /* places in events->order of all rows in range */
    bool is_entered;
};

/* umami_pick_close() after any status. */
MUST_CHECK enum status umami_pick_open(struct umami_pick *pick, struct store_reader *reader,
                                       const struct umami_scope *scope, struct err *err);
void umami_pick_close(struct umami_pick *pick);
/* Which of the picked rows pass the filters and types of another scope, by place among them. */
MUST_CHECK enum status umami_pick_mark(struct umami_pick *pick, const struct umami_scope *scope,
                                       uint8_t **marks, struct err *err);

/* The referrer of a row when it counts as one: not empty and not the site itself; else 0. */
uint32_t umami_foreign_referrer(const struct umami_pick *pick, uint32_t row, bool with_www);
/* By number, which texts of the dictionary are (or, unless `wanted`, are not) `like` this as SQL
 * has it: case ignored, % anything, _ any character; `contained`: anywhere in it. `pass` has room
 * for all of them; NULL never passes. */
MUST_CHECK enum status umami_pass_like(struct umami_pick *pick, const char *like, bool contained,
                                       bool wanted, uint8_t *pass, struct err *err);

#define UMAMI_NO_GROUP UINT32_MAX
struct umami_groups {
    const uint32_t *keys; /* of each picked row; UMAMI_NO_GROUP: none. NULL: one group, key 0 */
    uint32_t key_count;   /* all keys are below */
    bool only_visitors;   /* and rows; nothing else is wanted */
};
typedef void umami_group_visitor(void *arg, uint32_t key, const struct umami_totals *totals);
/* Shows every group that has rows, by ascending key. */
void umami_count_groups(const struct umami_pick *pick, const struct umami_groups *groups,
                        umami_group_visitor *visit, void *arg);

#endif
