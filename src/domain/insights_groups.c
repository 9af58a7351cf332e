/* insights_groups.c - grouping by the bytes of the keys.
 * SPDX-License-Identifier: MIT
 *
 * The values of the keys are packed into bytes and looked up in a hash table. Groups stand in the
 * order in which they were met. */
#include "config.h"

#include "domain/insights_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEY_MAX ((size_t)16 << 20)

struct group {
    struct insights_tally *tallies;
    struct value keys[];
};

void
groups_init(struct insights_groups *g, const struct insights_section *section)
{
    *g = (struct insights_groups){ .section = section };
    table_init(&g->by_key, sizeof(struct group *));
    g->tallies.arena = arena_new();
    buf_init(&g->tallies.key, KEY_MAX);
    buf_init(&g->key, KEY_MAX);
    g->keys = xcalloc(section->key_count + 1, sizeof *g->keys);
    g->results = xcalloc(section->call_count + 1, sizeof *g->results);
}

void
groups_fini(struct insights_groups *g)
{
    for (size_t i = 0; i < g->count; i++) {
        for (unsigned k = 0; k < g->section->call_count; k++)
            tally_fini(&g->list[i]->tallies[k]);
    }
    free(g->list);
    table_fini(&g->by_key);
    arena_free(g->tallies.arena);
    buf_fini(&g->tallies.key);
    buf_fini(&g->key);
    free(g->keys);
    free(g->results);
    *g = (struct insights_groups){ 0 };
}

size_t
groups_bytes(const struct insights_groups *g)
{
    return table_bytes(&g->by_key) + arena_used(g->tallies.arena) + g->tallies.bytes +
           g->room * sizeof *g->list;
}

static struct value
owned(struct insights_groups *g, struct value v)
{
    char *copy;

    if (v.type != VALUE_TEXT)
        return v;
    copy = arena_alloc(g->by_key.arena, v.len + 1);
    if (v.len > 0)
        memcpy(copy, v.text, v.len);
    v.text = copy;
    return v;
}

static struct group *
add_group(struct insights_groups *g)
{
    const struct insights_section *s = g->section;
    struct arena *arena = g->by_key.arena;
    struct group *group = arena_alloc(arena, sizeof *group + s->key_count * sizeof(struct value));
    struct group **slot = table_add(&g->by_key, g->key.data, g->key.len);

    *slot = group;
    group->tallies = arena_alloc(arena, (s->call_count + 1) * sizeof *group->tallies);
    for (unsigned i = 0; i < s->key_count; i++)
        group->keys[i] = owned(g, g->keys[i]);
    if (g->count == g->room) {
        g->room = g->room == 0 ? 64 : g->room * 2;
        g->list = xreallocarray(g->list, g->room, sizeof(struct group *));
    }
    g->list[g->count++] = group;
    return group;
}

static struct group *
group_of(struct insights_groups *g, struct insights_record *r)
{
    const struct insights_section *s = g->section;
    struct group **slot;

    buf_clear(&g->key);
    for (unsigned i = 0; i < s->key_count; i++) {
        g->keys[i] = record_eval(r, s->keys[i].node);
        value_key(&g->key, &g->keys[i]);
    }
    slot = table_find(&g->by_key, g->key.data, g->key.len);
    return slot == NULL ? add_group(g) : *slot;
}

void
groups_add(struct insights_groups *g, struct insights_record *r)
{
    struct group *group = group_of(g, r);

    for (unsigned i = 0; i < g->section->call_count; i++) {
        const struct insights_call *call = &g->section->calls[i];
        struct value v = { .type = VALUE_NULL };

        if (call->node != NULL) {
            v = record_eval(r, call->node);
            if (value_is_null(&v))
                continue;
        }
        call->aggregate->add(&group->tallies[i], &v, r->time_ms, &g->tallies);
    }
}

void
groups_give(struct insights_groups *g, size_t at, struct insights_record *r)
{
    const struct insights_section *s = g->section;
    const struct group *group = g->list[at];

    record_begin(r, NULL);
    for (unsigned i = 0; i < s->call_count; i++)
        g->results[i] = s->calls[i].aggregate->result(&group->tallies[i], s->calls[i].percent);
    for (unsigned i = 0; i < s->key_count; i++)
        record_set(r, s->keys[i].slot, group->keys[i]);
    for (unsigned i = 0; i < s->result_count; i++)
        record_set(r, s->results[i].slot, record_eval_over(r, s->results[i].node, g->results));
}
