/* openreplay_nodes.h - what the nodes of a recorded page are: tag, id, class, name and so on.
 * SPDX-License-Identifier: MIT
 *
 * Follows the messages of one tab of one page load: elements, their attributes (plain, or through
 * the three generations of dictionaries), text nodes, moves and removals, iframes and shadow
 * roots. Bounded: beyond OPENREPLAY_NODES_MAX nodes new ones have no name, and beyond
 * OPENREPLAY_NODES_BYTES of texts new attributes and dictionary entries are not taken in. */
#ifndef OV_DOMAIN_OPENREPLAY_NODES_H
#define OV_DOMAIN_OPENREPLAY_NODES_H

#include "base/buf.h"
#include "domain/openreplay_message.h"

#define OPENREPLAY_NODES_MAX      200000 /* that one page load ever had */
#define OPENREPLAY_NODES_BYTES    (32 << 20)
#define OPENREPLAY_ATTRIBUTES_MAX 64  /* of one node */
#define OPENREPLAY_ATTRIBUTE_MAX  256 /* bytes of a name or value */

struct openreplay_nodes;

struct openreplay_nodes *openreplay_nodes_new(void);
void openreplay_nodes_free(struct openreplay_nodes *nodes); /* NULL is fine */
/* A page load begins: all nodes and dictionaries are gone. */
void openreplay_nodes_clear(struct openreplay_nodes *nodes);
/* Takes in any message; those that are not about nodes do nothing. Texts are copied. */
void openreplay_nodes_take(struct openreplay_nodes *nodes,
                           const struct openreplay_message *message);

struct openreplay_attribute {
    const char *name, *value; /* terminated; cut at OPENREPLAY_ATTRIBUTE_MAX */
};
struct openreplay_node {
    uint64_t id, parent; /* parent == id: none */
    const char *tag;     /* NULL: a text node */
    const struct openreplay_attribute
        *attributes; /* type, id, class, name, data-openreplay-*, ... */
    size_t attribute_count;
};
/* false: no such node. The pointers hold until the next openreplay_nodes_take(). */
bool openreplay_nodes_find(const struct openreplay_nodes *nodes, uint64_t id,
                           struct openreplay_node *out);
const char *openreplay_node_attribute(const struct openreplay_node *node,
                                      const char *name); /* NULL: none */
/* "input#email.field[name=email]" of the element, of a text node "p#p3 › text"; at most 120
 * columns, control characters taken out. An unknown node is "node 17". */
void openreplay_nodes_describe(const struct openreplay_nodes *nodes, uint64_t id, struct buf *out);
/* The name and value of SetNodeAttribute* in any generation: dictionary keys resolved. false: not
 * such a message, or a key nobody sent. */
bool openreplay_nodes_attribute(const struct openreplay_nodes *nodes,
                                const struct openreplay_message *message, uint64_t *node,
                                struct openreplay_text *name, struct openreplay_text *value);

#endif
