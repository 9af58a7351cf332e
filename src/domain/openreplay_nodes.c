/* openreplay_nodes.c - the tree of a recorded page, as far as names need it.
 * SPDX-License-Identifier: MIT
 *
 * Attributes come through dictionaries in three generations: keys that count from one (14), keys
 * that are texts (15), keys made from the time (16 and newer). Entries come before their first use
 * and hold for one page load. Numbers and texts are two tables; which message uses which is a row
 * of attribute_messages[].
 *
 * <html> has id 0 and is never sent, only its attributes are. CreateDocument begins a new tree, but
 * not new dictionaries: a tracker that starts again on the same page goes on with its keys. */
#include "config.h"

#include "domain/openreplay_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

#define HTML_ID         0
#define DESCRIPTION_MAX 120 /* columns */
#define KEY_MAX         64  /* of the dictionary whose keys are texts: "0_12" */
#define CLASSES_SHOWN   2

struct node {
    uint64_t parent;
    const char *tag; /* NULL: text */
    struct openreplay_attribute *attributes;
    size_t count, room;
    bool is_removed;
};

struct openreplay_nodes {
    struct table nodes;              /* by id */
    struct arena *attributes;        /* what nodes point to, but for dictionary entries */
    struct table by_number, by_text; /* dictionaries: struct openreplay_text */
    struct arena *entries;           /* their texts, terminated */
};

struct openreplay_nodes *
openreplay_nodes_new(void)
{
    struct openreplay_nodes *nodes = xcalloc(1, sizeof *nodes);

    table_init(&nodes->nodes, sizeof(struct node));
    table_init(&nodes->by_number, sizeof(struct openreplay_text));
    table_init(&nodes->by_text, sizeof(struct openreplay_text));
    nodes->attributes = arena_new();
    nodes->entries = arena_new();
    return nodes;
}

void
openreplay_nodes_free(struct openreplay_nodes *nodes)
{
    if (nodes == NULL)
        return;
    table_fini(&nodes->nodes);
    table_fini(&nodes->by_number);
    table_fini(&nodes->by_text);
    arena_free(nodes->attributes);
    arena_free(nodes->entries);
    free(nodes);
}

static void
clear_tree(struct openreplay_nodes *nodes)
{
    table_clear(&nodes->nodes);
    arena_clear(nodes->attributes);
}

void
openreplay_nodes_clear(struct openreplay_nodes *nodes)
{
    clear_tree(nodes);
    table_clear(&nodes->by_number);
    table_clear(&nodes->by_text);
    arena_clear(nodes->entries);
}

/* --- dictionaries ------------------------------------------------------------------------------
 */

static void
set_entry(struct openreplay_nodes *nodes, struct table *table, const void *key, size_t key_length,
          struct openreplay_text value)
{
    struct openreplay_text *entry = table_find(table, key, key_length);

    if (value.length > OPENREPLAY_NODES_BYTES ||
        arena_used(nodes->entries) + value.length > OPENREPLAY_NODES_BYTES)
        return;
    if (entry == NULL) {
        if (table->count >= OPENREPLAY_NODES_MAX)
            return;
        entry = table_add(table, key, key_length);
    }
    entry->at = value.length == 0 ? "" : arena_alloc(nodes->entries, value.length + 1);
    entry->length = value.length;
    if (value.length > 0)
        memcpy((char *)(uintptr_t)entry->at, value.at, value.length);
}

static bool
find_entry(const struct table *table, const void *key, size_t length, struct openreplay_text *out)
{
    const struct openreplay_text *entry = table_find(table, key, length);

    if (entry != NULL)
        *out = *entry;
    return entry != NULL;
}

static bool
resolve(const struct openreplay_nodes *nodes, enum openreplay_type type,
        const union openreplay_value *key, struct openreplay_text *out)
{
    if (type == OPENREPLAY_UINT)
        return find_entry(&nodes->by_number, &key->u, sizeof key->u, out);
    return find_entry(&nodes->by_text, key->text.at, key->text.length, out);
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
        if (!resolve(nodes, message->layout->fields[1].type, &values[1], name) ||
            !resolve(nodes, message->layout->fields[2].type, &values[2], value))
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

static struct node *
find_node(const struct openreplay_nodes *nodes, uint64_t id)
{
    struct node *node = table_find(&nodes->nodes, &id, sizeof id);

    return node == NULL || node->is_removed ? NULL : node;
}

/* A node with nothing known of it, whether the id was used before or not. NULL: too many. */
static struct node *
fresh_node(struct openreplay_nodes *nodes, uint64_t id)
{
    struct node *node = table_find(&nodes->nodes, &id, sizeof id);

    if (node == NULL) {
        if (nodes->nodes.count >= OPENREPLAY_NODES_MAX)
            return NULL;
        node = table_add(&nodes->nodes, &id, sizeof id);
    }
    node->is_removed = false;
    node->count = 0;
    node->tag = NULL;
    return node;
}

static char *
keep(struct openreplay_nodes *nodes, struct openreplay_text text)
{
    size_t length = text.length < OPENREPLAY_ATTRIBUTE_MAX ? text.length : OPENREPLAY_ATTRIBUTE_MAX;

    return arena_strndup(nodes->attributes, text.at, length);
}

static bool
has_room(const struct openreplay_nodes *nodes)
{
    return arena_used(nodes->attributes) < OPENREPLAY_NODES_BYTES;
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

static void
add_element(struct openreplay_nodes *nodes, const union openreplay_value *values)
{
    add_node(nodes, values[0].u, values[1].u, has_room(nodes) ? keep(nodes, values[3].text) : "?");
}

static bool
is_text(const char *a, struct openreplay_text b)
{
    return strlen(a) == b.length && memcmp(a, b.at, b.length) == 0;
}

static void
set_attribute(struct openreplay_nodes *nodes, uint64_t id, struct openreplay_text name,
              struct openreplay_text value)
{
    struct node *node = find_node(nodes, id);
    size_t i = 0;

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
        node->attributes = arena_grow(nodes->attributes, node->attributes, node->count, &node->room,
                                      4, sizeof *node->attributes);
        node->attributes[node->count++].name = keep(nodes, name);
    }
    node->attributes[i].value = keep(nodes, value);
}

static void
remove_attribute(struct openreplay_nodes *nodes, uint64_t id, struct openreplay_text name)
{
    struct node *node = find_node(nodes, id);

    for (size_t i = 0; node != NULL && i < node->count; i++)
        if (is_text(node->attributes[i].name, name)) {
            node->attributes[i] = node->attributes[--node->count];
            return;
        }
}

static void
take_attribute(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    struct openreplay_text name, value;
    uint64_t id;

    if (openreplay_nodes_attribute(nodes, message, &id, &name, &value))
        set_attribute(nodes, id, name, value);
}

static void
move_node(struct openreplay_nodes *nodes, uint64_t id, uint64_t parent)
{
    struct node *node = find_node(nodes, id);

    if (node != NULL)
        node->parent = parent;
}

static void
remove_node(struct openreplay_nodes *nodes, uint64_t id)
{
    struct node *node = find_node(nodes, id);

    if (node != NULL)
        node->is_removed = true;
}

void
openreplay_nodes_take(struct openreplay_nodes *nodes, const struct openreplay_message *message)
{
    const union openreplay_value *values = message->values;

    switch (message->id) {
    case OPENREPLAY_CREATE_DOCUMENT:
        clear_tree(nodes);
        add_node(nodes, HTML_ID, HTML_ID, "html");
        break;
    case OPENREPLAY_CREATE_ELEMENT:
        add_element(nodes, values);
        break;
    case OPENREPLAY_CREATE_TEXT:
        add_node(nodes, values[0].u, values[1].u, NULL);
        break;
    case OPENREPLAY_CREATE_ROOT:
        add_node(nodes, values[1].u, values[0].u, "#root");
        break;
    case OPENREPLAY_MOVE_NODE:
        move_node(nodes, values[0].u, values[1].u);
        break;
    case OPENREPLAY_REMOVE_NODE:
        remove_node(nodes, values[0].u);
        break;
    case OPENREPLAY_REMOVE_ATTRIBUTE:
        remove_attribute(nodes, values[0].u, values[1].text);
        break;
    case OPENREPLAY_STRING_DICT_OLD:
    case OPENREPLAY_STRING_DICT_GLOBAL:
        set_entry(nodes, &nodes->by_number, &values[0].u, sizeof values[0].u, values[1].text);
        break;
    case OPENREPLAY_STRING_DICT:
        if (values[0].text.length <= KEY_MAX)
            set_entry(nodes, &nodes->by_text, values[0].text.at, values[0].text.length,
                      values[1].text);
        break;
    default:
        take_attribute(nodes, message);
        break;
    }
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
        if (strcmp(node->attributes[i].name, name) == 0)
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
