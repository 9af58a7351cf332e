/* members.c - a moving cursor for the usual object, a table for the unusual one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/members.h"

#include <string.h>

#include "base/text.h"

#define FEW 32

static size_t
slot_of(const struct members *m, const char *name)
{
    size_t i = (size_t)text_hash(name, strlen(name), TEXT_HASH_SEED) & m->mask;

    while (m->table[i] != NULL && strcmp(m->table[i]->string, name) != 0)
        i = (i + 1) & m->mask;
    return i;
}

void
members_init(struct members *m, struct arena *arena, const cJSON *object)
{
    size_t count = 0, size = 4;

    *m = (struct members){ .object = object, .cursor = object->child };
    for (const cJSON *c = object->child; c != NULL; c = c->next)
        count++;
    if (count <= FEW)
        return;
    while (size < 2 * count)
        size *= 2;
    m->table = arena_alloc(arena, size * sizeof(const cJSON *));
    m->mask = size - 1;
    for (const cJSON *c = object->child; c != NULL; c = c->next)
        m->table[slot_of(m, c->string)] = c;
}

const cJSON *
members_find(struct members *m, const char *name)
{
    const cJSON *c;

    if (m->table != NULL)
        return m->table[slot_of(m, name)];
    for (c = m->cursor; c != NULL && strcmp(c->string, name) != 0;)
        c = c->next;
    if (c == NULL) {
        for (c = m->object->child; c != m->cursor && strcmp(c->string, name) != 0;)
            c = c->next;
        if (c == m->cursor)
            return NULL;
    }
    m->cursor = c->next != NULL ? c->next : m->object->child;
    return c;
}
