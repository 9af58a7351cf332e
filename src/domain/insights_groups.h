/* insights_groups.h - what stats gathers: one set of aggregates for each kind of record.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_GROUPS_H
#define OV_DOMAIN_INSIGHTS_GROUPS_H

#include "base/table.h"
#include "domain/insights_aggregate.h"
#include "domain/insights_record.h"

struct group;

struct groups {
    const struct section *section;
    struct table by_key;
    struct group **list; /* in order of appearance */
    size_t count, room;
    struct tally_room tallies;
    struct buf key;
    struct value *keys;    /* of the record at hand */
    struct value *results; /* of the group at hand */
};

void groups_init(struct groups *g, const struct section *section);
void groups_fini(struct groups *g);
void groups_add(struct groups *g, struct record *r);
size_t groups_bytes(const struct groups *g);
/* Makes the record that comes of a group: its keys and results. */
void groups_give(struct groups *g, size_t i, struct record *r);

#endif
