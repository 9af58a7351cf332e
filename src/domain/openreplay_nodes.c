/* openreplay_nodes.c - the tree of a recorded page, as far as names need it.
 * SPDX-License-Identifier: MIT
 *
 * Attributes come through dictionaries, whose entries come before their first use and hold for one
 * page load; an attribute points to its entry.
 *
 * Trackers count nodes from one, those of each frame of another origin from a number far away. So
 * nodes lie in pages of neighbours, which are found by their number, and the last one stays at
 * hand.
 *
 * <html> has id 0 and is never sent, only its attributes are. CreateDocument begins a new tree, but
 * not new dictionaries: a tracker that starts again on the same page goes on with its keys. */
#include "config.h"

#include "domain/openreplay_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/openreplay_dictionary.h"

#define HTML_ID         0
#define DESCRIPTION_MAX 120 /* columns */
#define CLASSES_SHOWN   2
#define PAGE_NODES      64
/* Full ones for all nodes there may be, and some that are not full, of frames. */
#define PAGES_MAX (OPENREPLAY_NODES_MAX / PAGE_NODES + 512)

struct node {
    uint64_t parent;
    const char *tag; /* NULL: text */
    struct openreplay_attribute *attributes;
    uint16_t count, room;
    bool is_known, is_removed;
};

struct page {
    uint64_t number; /* of the first id in it, divided by PAGE_NODES */
    struct node nodes[PAGE_NODES];
};

struct openreplay_nodes {
    struct idmap pages;
    struct page *last;   /* NULL: none was used */
    size_t count;        /* of nodes that are known */
    struct arena *texts; /* pages, and what nodes point to, but for dictionary entries */
    struct openreplay_dictionary dictionary;
};

struct openreplay_nodes *
openreplay_nodes_new(void)
{
    struct openreplay_nodes *nodes = xcalloc(1, sizeof *nodes);

    openreplay_dictionary_init(&nodes->dictionary, OPENREPLAY_NODES_MAX, OPENREPLAY_NODES_BYTES);
    nodes->texts = arena_new();
    return nodes;
}

void
openreplay_nodes_free(struct openreplay_nodes *nodes)
{
    if (nodes == NULL)
        return;
    idmap_fini(&nodes->pages);
    openreplay_dictionary_fini(&nodes->dictionary);
    arena_free(nodes->texts);
    free(nodes);
}

static void
clear_tree(struct openreplay_nodes *nodes)
{
    idmap_clear(&nodes->pages);
    nodes->last = NULL;
    nodes->count = 0;
    arena_clear(nodes->texts);
}

void
openreplay_nodes_clear(struct openreplay_nodes *nodes)
{
    clear_tree(nodes);
    openreplay_dictionary_clear(&nodes->dictionary);
}

static bool
resolve(const struct openreplay_nodes *nodes, const struct openreplay_message *message,
        unsigned field, struct openreplay_text *out)
{
    return openreplay_dictionary_find(&nodes->dictionary, message->layout->fields[field].type,
                                      &message->values[field], out);
}

bool
openreplay_nodes_attribute(const struct openreplay_nodes *nodes,
                           const struct openreplay_message *message, uint64_t *node,
                           struct openreplay_text *name, struct openreplay_text *value)
{
    const union openreplay_value *values = message->values;

    switch (message->id) {
    case OPENREPLAY_SET_ATTRIBUTE:
    case OPENREPLAY_SET_ATTRIBUTE_URL:
        *name = values[1].text;
        *value = values[2].text;
        break;
    case OPENREPLAY_SET_ATTRIBUTE_DICT_OLD:
    case OPENREPLAY_SET_ATTRIBUTE_DICT:
    case OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL:
        if (!resolve(nodes, message, 1, name) || !resolve(nodes, message, 2, value))
            return false;
        break;
    default:
        return false;
    }
    *node = values[0].u;
    return true;
}

/* --- the tree ----------------------------------------------------------------------------------
 */

static struct page *
find_page(const struct openreplay_nodes *nodes, uint64_t number)
{
    if (nodes->last != NULL && nodes->last->number == number)
        return nodes->last;
    return idmap_find(&nodes->pages, number);
}

static struct page *
add_page(struct openreplay_nodes *nodes, uint64_t number)
{
    struct page *page;

    if (nodes->pages.count >= PAGES_MAX)
        return NULL;
    page = arena_alloc(nodes->texts, sizeof *page);
    page->number = number;
    return idmap_put(&nodes->pages, number, page) ? page : NULL;
}

static struct node *
find_node(const struct openreplay_nodes *nodes, uint64_t id)
{
    struct page *page = find_page(nodes, id / PAGE_NODES);
    struct node *node = page == NULL ? NULL : &page->nodes[id % PAGE_NODES];

    return node == NULL || !node->is_known || node->is_removed ? NULL : node;
}

/* A node with nothing known of it, whether the id was used before or not. NULL: too many. */
static struct node *
fresh_node(struct openreplay_nodes *nodes, uint64_t id)
{
    struct page *page = find_page(nodes, id / PAGE_NODES);
    struct node *node;

    if (page == NULL)
        page = add_page(nodes, id / PAGE_NODES);
    if (page == NULL)
        return NULL;
    nodes->last = page;
    node = &page->nodes[id % PAGE_NODES];
    if (!node->is_known && nodes->count >= OPENREPLAY_NODES_MAX)
        return NULL;
    nodes->count += !node->is_known;
    node->is_known = true;
    node->is_removed = false;
    node->count = 0;
    node->tag = NULL;
    return node;
}

static char *
keep(struct openreplay_nodes *nodes, struct openreplay_text text)
{
    size_t length = text.length < OPENREPLAY_ATTRIBUTE_MAX ? text.length : OPENREPLAY_ATTRIBUTE_MAX;
    char *copy = arena_room(nodes->texts, length + 1);

    memcpy(copy, text.at, length);
    copy[length] = '\0';
    return copy;
}

/* `is_entry`: the text is one of the dictionary, terminated, and outlives the tree. */
static const char *
point_to(struct openreplay_nodes *nodes, struct openreplay_text text, bool is_entry)
{
    return is_entry && text.length <= OPENREPLAY_ATTRIBUTE_MAX ? text.at : keep(nodes, text);
}

static bool
has_room(const struct openreplay_nodes *nodes)
{
    return arena_used(nodes->texts) < OPENREPLAY_NODES_BYTES;
}

static void
add_node(struct openreplay_nodes *nodes, uint64_t id, uint64_t parent, const char *tag)
{
    struct node *node = fresh_node(nodes, id);

    if (node == NULL)
        return;
    node->parent = parent;
    node->tag = tag;
}

static bool
is_text(const char *a, struct openreplay_text b)
{
    if (a == b.at || b.length == 0)
        return a == b.at || *a == '\0';
    return *a == *b.at && strlen(a) == b.length && memcmp(a, b.at, b.length) == 0;
}

static void
set_attribute(struct openreplay_nodes *nodes, uint64_t id, struct openreplay_text name,
              struct openreplay_text value, bool are_entries)
{
    struct node *node = find_node(nodes, id);
    size_t i = 0, room;

    if (node == NULL && id == HTML_ID) {
        add_node(nodes, HTML_ID, HTML_ID, "html");
        node = find_node(nodes, HTML_ID);
    }
    if (node == NULL || !has_room(nodes) || name.length > OPENREPLAY_ATTRIBUTE_MAX)
        return;
    while (i < node->count && !is_text(node->attributes[i].name, name))
        i++;
    if (i == OPENREPLAY_ATTRIBUTES_MAX)
        return;
    if (i == node->count) {
        room = node->room;
        node->attributes = arena_grow(nodes->texts, node->attributes, node->count, &room, 4,
                                      sizeof *node->attributes);
        node->room = (uint16_t)room;
        node->attributes[node->count++].name = point_to(nodes, name, are_entries);
    }
    node->attributes[i].value = point_to(nodes, value, are_entries);
}

/* --- messages, one function each ---------------------------------------------------------------
 */

static void
take_document(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    (void)message;
    clear_tree(nodes);
    add_node(nodes, HTML_ID, HTML_ID, "html");
}

static void
take_element(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    const union openreplay_value *values = message->values;

    add_node(nodes, values[0].u, values[1].u, has_room(nodes) ? keep(nodes, values[3].text) : "?");
}

static void
take_text(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    add_node(nodes, message->values[0].u, message->values[1].u, NULL);
}

static void
take_root(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    add_node(nodes, message->values[1].u, message->values[0].u, "#root");
}

static void
take_move(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    struct node *node = find_node(nodes, message->values[0].u);

    if (node != NULL)
        node->parent = message->values[1].u;
}

static void
take_removal(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    struct node *node = find_node(nodes, message->values[0].u);

    if (node != NULL)
        node->is_removed = true;
}

static void
take_attribute(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    struct openreplay_text name, value;
    uint64_t id;

    if (openreplay_nodes_attribute(nodes, message, &id, &name, &value))
        set_attribute(nodes, id, name, value,
                      message->id != OPENREPLAY_SET_ATTRIBUTE &&
                          message->id != OPENREPLAY_SET_ATTRIBUTE_URL);
}

static void
take_no_attribute(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    struct node *node = find_node(nodes, message->values[0].u);

    for (size_t i = 0; node != NULL && i < node->count; i++)
        if (is_text(node->attributes[i].name, message->values[1].text)) {
            node->attributes[i] = node->attributes[--node->count];
            return;
        }
}

static void
take_entry(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    openreplay_dictionary_take(&nodes->dictionary, message);
}

/* By id; most messages are not about nodes. */
static void (*const takers[])(struct openreplay_nodes *, const struct openreplay_message *) = {
    [OPENREPLAY_CREATE_DOCUMENT] = take_document,
    [OPENREPLAY_CREATE_ELEMENT] = take_element,
    [OPENREPLAY_CREATE_TEXT] = take_text,
    [OPENREPLAY_CREATE_ROOT] = take_root,
    [OPENREPLAY_MOVE_NODE] = take_move,
    [OPENREPLAY_REMOVE_NODE] = take_removal,
    [OPENREPLAY_REMOVE_ATTRIBUTE] = take_no_attribute,
    [OPENREPLAY_STRING_DICT_OLD] = take_entry,
    [OPENREPLAY_STRING_DICT] = take_entry,
    [OPENREPLAY_STRING_DICT_GLOBAL] = take_entry,
    [OPENREPLAY_SET_ATTRIBUTE] = take_attribute,
    [OPENREPLAY_SET_ATTRIBUTE_URL] = take_attribute,
    [OPENREPLAY_SET_ATTRIBUTE_DICT_OLD] = take_attribute,
    [OPENREPLAY_SET_ATTRIBUTE_DICT] = take_attribute,
    [OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL] = take_attribute,
};

void
openreplay_nodes_take(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    if (message->id < sizeof takers / sizeof takers[0] && takers[message->id] != NULL)
        takers[message->id](nodes, message);
}

/* --- what is told of them ----------------------------------------------------------------------
 */

bool
openreplay_nodes_find(const struct openreplay_nodes *nodes, uint64_t id,
                      struct openreplay_node *out)
{
    const struct node *node = find_node(nodes, id);

    if (node == NULL)
        return false;
    *out = (struct openreplay_node){ .id = id,
                                     .parent = node->parent,
                                     .tag = node->tag,
                                     .attributes = node->attributes,
                                     .attribute_count = node->count };
    return true;
}

const char *
openreplay_node_attribute(const struct openreplay_node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (*node->attributes[i].name == *name && strcmp(node->attributes[i].name, name) == 0)
            return node->attributes[i].value;
    return NULL;
}

static void
describe_classes(const char *classes, struct buf *b)
{
    static const char blanks[] = " \t\n\r\f";

    for (int shown = 0; shown < CLASSES_SHOWN; shown++) {
        size_t length;

        classes += strspn(classes, blanks);
        length = strcspn(classes, blanks);
        if (length == 0)
            return;
        buf_addc(b, '.');
        buf_add(b, classes, length);
        classes += length;
    }
}

static void
describe_element(const struct openreplay_node *node, struct buf *b)
{
    const char *id = openreplay_node_attribute(node, "id");
    const char *classes = openreplay_node_attribute(node, "class");
    const char *name = openreplay_node_attribute(node, "name");

    for (const char *c = node->tag; *c != '\0'; c++)
        buf_addc(b, *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c);
    if (id != NULL && *id != '\0')
        buf_addf(b, "#%s", id);
    if (classes != NULL)
        describe_classes(classes, b);
    if (name != NULL && *name != '\0')
        buf_addf(b, "[name=%s]", name);
}

void
openreplay_nodes_describe(const struct openreplay_nodes *nodes, uint64_t id, struct buf *out)
{
    struct openreplay_node node, parent;
    struct buf raw, clean;

    if (!openreplay_nodes_find(nodes, id, &node)) {
        buf_addf(out, "node %llu", (unsigned long long)id);
        return;
    }
    buf_init(&raw, 8 * OPENREPLAY_ATTRIBUTE_MAX);
    buf_init(&clean, 32 * OPENREPLAY_ATTRIBUTE_MAX);
    if (node.tag != NULL) {
        describe_element(&node, &raw);
    } else {
        if (openreplay_nodes_find(nodes, node.parent, &parent) && parent.tag != NULL)
            describe_element(&parent, &raw);
        buf_adds(&raw, " › text");
    }
    text_clean(&clean, raw.data, raw.len);
    buf_add(out, clean.data, text_fit(clean.data, DESCRIPTION_MAX));
    buf_fini(&clean);
    buf_fini(&raw);
}
