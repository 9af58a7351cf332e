/* openreplay_masks.c - selectors, asked once for each element.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/openreplay_masks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/pii_selector.h"

#define VERDICTS_FIRST 1024 /* ids of nodes for which a verdict is kept */
#define VERDICTS_MAX   65536
#define DEPTH_MAX      200 /* of an element */

void
openreplay_masks_init(struct openreplay_masks *masks, const struct pii_rules *rules,
                      const struct openreplay_nodes *nodes)
{
    *masks = (struct openreplay_masks){ .nodes = nodes };
    masks->selectors = pii_rules_selectors(rules, &masks->selector_count);
}

void
openreplay_masks_fini(struct openreplay_masks *masks)
{
    free(masks->verdicts);
    masks->verdicts = NULL;
    masks->room = 0;
}

void
openreplay_masks_forget(struct openreplay_masks *masks)
{
    if (masks->room > 0)
        memset(masks->verdicts, 0, masks->room);
}

void
openreplay_masks_changed(struct openreplay_masks *masks, uint64_t node)
{
    if (node < masks->room && masks->verdicts[node] != 0)
        openreplay_masks_forget(masks);
}

/* The nodes of a tab as selectors ask about them, the last one at hand. */
struct looking {
    const struct openreplay_nodes *nodes;
    struct openreplay_node node;
    bool is_there;
};

static bool
look_at(struct looking *l, uint64_t element)
{
    if (!l->is_there || l->node.id != element)
        l->is_there = openreplay_nodes_find(l->nodes, element, &l->node);
    return l->is_there;
}

static const char *
read_tag(void *arg, uint64_t element)
{
    struct looking *l = arg;

    return look_at(l, element) ? l->node.tag : NULL;
}

static const char *
read_attribute(void *arg, uint64_t element, const char *name)
{
    struct looking *l = arg;

    return look_at(l, element) ? openreplay_node_attribute(&l->node, name) : NULL;
}

static bool
read_parent(void *arg, uint64_t element, uint64_t *out)
{
    struct looking *l = arg;

    if (!look_at(l, element) || l->node.parent == element)
        return false;
    *out = l->node.parent;
    return true;
}

static size_t
own_selector(const struct openreplay_masks *masks, struct looking *looking, uint64_t element)
{
    const struct pii_element_reader reader = { looking, read_tag, read_attribute, read_parent };

    for (size_t i = 0; i < masks->selector_count; i++) {
        if (pii_selector_matches(masks->selectors[i], &reader, element))
            return i + 1;
    }
    return 0;
}

/* A byte for the node, or NULL: its id is too large for one. */
static uint8_t *
verdict_of(struct openreplay_masks *masks, uint64_t node)
{
    if (node >= VERDICTS_MAX)
        return NULL;
    if (node >= masks->room) {
        size_t room = masks->room == 0 ? VERDICTS_FIRST : masks->room;

        while (room <= node)
            room *= 2;
        masks->verdicts = xreallocarray(masks->verdicts, room, 1);
        memset(masks->verdicts + masks->room, 0, room - masks->room);
        masks->room = room;
    }
    return &masks->verdicts[node];
}

/* Number of the selector that matches the node or one above it, plus one; 0: none does. */
static size_t
number_of(struct openreplay_masks *masks, uint64_t node, unsigned depth)
{
    struct looking looking = { .nodes = masks->nodes };
    const uint8_t *known;
    uint8_t *verdict;
    uint64_t parent;
    size_t found;

    if (depth == DEPTH_MAX)
        return 0;
    known = verdict_of(masks, node);
    if (known != NULL && *known != 0)
        return *known - 1U;
    found = own_selector(masks, &looking, node);
    if (found == 0 && read_parent(&looking, node, &parent))
        found = number_of(masks, parent, depth + 1);
    verdict = verdict_of(masks, node); /* the one before may have moved */
    if (verdict != NULL)
        *verdict = (uint8_t)(found + 1);
    return found;
}

const struct pii_selector *
openreplay_masks_find(struct openreplay_masks *masks, uint64_t node)
{
    size_t number = masks->selector_count == 0 ? 0 : number_of(masks, node, 0);

    return number == 0 ? NULL : masks->selectors[number - 1];
}
