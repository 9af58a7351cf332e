/* openreplay_masks.h - which elements of a recorded page the rules say must be masked.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_MASKS_H
#define OV_DOMAIN_OPENREPLAY_MASKS_H

#include "domain/openreplay_nodes.h"
#include "domain/pii.h"

/* Of the nodes of one tab. What was answered is remembered until it is told to forget. */
struct openreplay_masks {
    const struct openreplay_nodes *nodes;
    const struct pii_selector *const *selectors;
    size_t selector_count;
    uint8_t *verdicts; /* by node: 0 not known, 1 no selector, 2 and more: its number */
    size_t room;
};

/* Rules and nodes are borrowed. */
void openreplay_masks_init(struct openreplay_masks *masks, const struct pii_rules *rules,
                           const struct openreplay_nodes *nodes);
void openreplay_masks_fini(struct openreplay_masks *masks);
/* The first selector that matches the node or one above it; NULL: none does. */
const struct pii_selector *openreplay_masks_find(struct openreplay_masks *masks, uint64_t node);
/* A new tree. */
void openreplay_masks_forget(struct openreplay_masks *masks);
/* An attribute of that node is another one. */
void openreplay_masks_changed(struct openreplay_masks *masks, uint64_t node);

#endif
