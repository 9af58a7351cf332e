/* alarm_set.c - the alarms of the store in memory, and how composite ones hang together.
 * SPDX-License-Identifier: MIT
 *
 * All are read at once and understood once: evaluation, listing and the rules of composite alarms
 * then look at the same entries. A definition that cannot be read any more is kept and marked: one
 * bad row must not hide the others. */
#include "config.h"

#include "emulator/alarm_set.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 1000

static void
understand(struct alarm_set *set, struct alarm_entry *entry)
{
    struct wire_error error = { 0 };

    entry->is_broken = alarm_definition_load(&entry->def, set->arena, entry->row.definition,
                                             entry->row.is_composite, &error) != OK;
    if (!entry->is_broken && !entry->def.is_composite && entry->def.rule.period_s < 60)
        set->has_fine = true;
}

static enum status
load(struct alarm_set *set, struct store_reader *reader, struct err *err)
{
    struct alarm_page page = { 0 };
    enum status st;

    do {
        st = store_list_alarms(reader, set->arena, NULL, page.next, PAGE_MAX, &page, err);
        if (st != OK)
            return st;
        set->entries =
            xreallocarray(set->entries, set->count + page.count + 1, sizeof *set->entries);
        for (size_t i = 0; i < page.count; i++) {
            set->entries[set->count] = (struct alarm_entry){ .row = page.alarms[i] };
            understand(set, &set->entries[set->count++]);
        }
    } while (page.next != NULL);
    return OK;
}

enum status
alarm_set_load(struct alarm_set **out, struct store_reader *reader, uint64_t generation,
               struct err *err)
{
    struct alarm_set *set = xcalloc(1, sizeof *set);
    enum status st;

    set->arena = arena_new();
    set->generation = generation;
    st = load(set, reader, err);
    if (st == OK)
        *out = set;
    else
        alarm_set_free(set);
    return st;
}

void
alarm_set_free(struct alarm_set *set)
{
    if (set == NULL)
        return;
    arena_free(set->arena);
    free(set->entries);
    free(set);
}

static int
compare_name(const void *key, const void *element)
{
    const struct alarm_entry *entry = element;

    return strcmp(key, entry->row.name);
}

struct alarm_entry *
alarm_set_find(const struct alarm_set *set, const char *name)
{
    if (set->count == 0)
        return NULL;
    return bsearch(name, set->entries, set->count, sizeof *set->entries, compare_name);
}

/* --- composites ------------------------------------------------------------------------------- */

struct search {
    const struct alarm_set *set;
    const char *name;
    struct arena *arena;
    bool *seen;
};

/* Depth is bounded by the number of alarms: each is walked through once. */
static const char *
find_way_back(const struct search *s, const struct alarm_expr *expr)
{
    const char *const *names;
    size_t count;

    alarm_rule_children(expr, s->arena, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct alarm_entry *child = alarm_set_find(s->set, names[i]);

        if (strcmp(names[i], s->name) == 0)
            return names[i];
        if (child == NULL || child->def.expr == NULL || s->seen[child - s->set->entries])
            continue;
        s->seen[child - s->set->entries] = true;
        if (find_way_back(s, child->def.expr) != NULL)
            return child->row.name;
    }
    return NULL;
}

const char *
alarm_set_cycle(const struct alarm_set *set, const char *name, const struct alarm_expr *expr)
{
    struct search s = { .set = set, .name = name, .arena = arena_new() };
    const char *through;

    s.seen = arena_alloc(s.arena, (set->count + 1) * sizeof *s.seen);
    through = find_way_back(&s, expr);
    arena_free(s.arena);
    return through;
}

const struct alarm_entry *
alarm_set_parent(const struct alarm_set *set, const char *name, const struct alarm_entry *after)
{
    for (size_t i = after == NULL ? 0 : (size_t)(after - set->entries) + 1; i < set->count; i++) {
        const struct alarm_entry *entry = &set->entries[i];

        if (entry->def.expr != NULL && alarm_rule_looks_at(entry->def.expr, name))
            return entry;
    }
    return NULL;
}

/* --- the order to judge them in --------------------------------------------------------------- */

struct ordering {
    struct alarm_set *set;
    struct arena *arena;
    bool *seen; /* has its level, or is being given it */
    size_t levels;
};

static void
give_level(struct ordering *o, struct alarm_entry *entry)
{
    const char *const *names;
    size_t count;

    o->seen[entry - o->set->entries] = true;
    entry->level = 0;
    alarm_rule_children(entry->def.expr, o->arena, &names, &count);
    for (size_t i = 0; i < count; i++) {
        struct alarm_entry *child = alarm_set_find(o->set, names[i]);

        if (child == NULL || child->def.expr == NULL)
            continue;
        if (!o->seen[child - o->set->entries])
            give_level(o, child);
        if (entry->level <= child->level)
            entry->level = child->level + 1;
    }
    if (o->levels <= entry->level)
        o->levels = entry->level + 1;
}

size_t
alarm_set_order(struct alarm_set *set)
{
    struct ordering o = { .set = set, .arena = arena_new() };

    o.seen = arena_alloc(o.arena, (set->count + 1) * sizeof *o.seen);
    for (size_t i = 0; i < set->count; i++) {
        if (set->entries[i].def.expr != NULL && !o.seen[i])
            give_level(&o, &set->entries[i]);
    }
    arena_free(o.arena);
    return o.levels;
}
