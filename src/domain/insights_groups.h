/* insights_groups.h - what stats gathers: one set of aggregates for each kind of record.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_GROUPS_H
#define OV_DOMAIN_INSIGHTS_GROUPS_H

#include "base/table.h"
#include "domain/insights_aggregate.h"
#include "domain/insights_record.h"

struct group;

struct insights_groups {
    const struct insights_section *section;
    struct table by_key;
    struct group **list; /* in order of appearance */
    size_t count, room;
    struct insights_tally_room tallies;
    struct buf key;
    struct value *keys;    /* of the record at hand */
    struct value *results; /* of the group at hand */
};

void groups_init(struct insights_groups *g, const struct insights_section *section);
void groups_fini(struct insights_groups *g);
void groups_add(struct insights_groups *g, struct insights_record *r);
size_t groups_bytes(const struct insights_groups *g);
/* Makes the record that comes of a group: its keys and results. */
void groups_give(struct insights_groups *g, size_t i, struct insights_record *r);

#endif
