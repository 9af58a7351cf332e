/* check_groups.h - faults that are alike, told once with their number.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_CHECK_GROUPS_H
#define OV_CLI_CHECK_GROUPS_H

#include "base/mem.h"
#include "base/table.h"
#include "cli/findings.h"

struct check_group {
    struct finding finding; /* whose evidence is without the number */
    const char *first;      /* where */
    size_t count;
};
struct check_groups {
    struct arena *arena;
    struct check_group *list;
    size_t count, room;
    size_t unkept;
    struct table index;
};
void check_groups_init(struct check_groups *groups);
void check_groups_fini(struct check_groups *groups);
/* Copies what it keeps. Two findings are alike when rule, subject and evidence are. true: it is the
 * first of its kind, and the last of the list. */
bool check_groups_add(struct check_groups *groups, const char *where,
                      const struct finding *finding);
/* Puts them, the most frequent first. */
void check_groups_put(struct check_groups *groups, struct findings *found);

#endif
