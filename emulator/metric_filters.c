/* metric_filters.c - the filters in force, by group.
 * SPDX-License-Identifier: MIT
 *
 * The store has the definitions, this has them ready for use. A load makes the list anew and takes
 * over, from the list before, every filter whose definition is the same. One lock is around all
 * matching: patterns keep scratch memory, and two threads that read lines of filtered groups at the
 * same time are rare. */
#include "config.h"

#include "emulator/metric_filters.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "emulator/metric_filter.h"

struct entry {
    char *group;
    char *name;
    char *definition;
    struct metric_filter *filter;
};

struct list {
    struct entry *entries; /* by group */
    size_t count;
};

struct metric_filters {
    pthread_mutex_t loading; /* one load at a time, so that the newest is the last */
    pthread_mutex_t lock;    /* of all below */
    struct list list;
    atomic_size_t count; /* of the list; read without the lock */
};

struct metric_filters *
metric_filters_new(void)
{
    struct metric_filters *all = xcalloc(1, sizeof *all);

    pthread_mutex_init(&all->loading, NULL);
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

static void
entry_free(struct entry *e)
{
    free(e->group);
    free(e->name);
    free(e->definition);
    metric_filter_free(e->filter);
}

static void
list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        entry_free(&list->entries[i]);
    free(list->entries);
    *list = (struct list){ 0 };
}

void
metric_filters_free(struct metric_filters *all)
{
    if (all == NULL)
        return;
    list_free(&all->list);
    pthread_mutex_destroy(&all->loading);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

/* --- loading -----------------------------------------------------------------------------------
 */

/* Takes the filter out of an entry that says the same. */
static struct metric_filter *
take_over(struct list *before, const struct log_extra *extra)
{
    for (size_t i = 0; i < before->count; i++) {
        struct entry *e = &before->entries[i];
        struct metric_filter *filter = e->filter;

        if (filter == NULL || strcmp(e->group, extra->group) != 0 ||
            strcmp(e->name, extra->name) != 0 || strcmp(e->definition, extra->value) != 0)
            continue;
        e->filter = NULL;
        return filter;
    }
    return NULL;
}

static enum status
make(struct metric_filter **out, const struct log_extra *extra, struct err *err)
{
    cJSON *definition = NULL;
    enum status st = json_parse(&definition, extra->value, strlen(extra->value), err);

    if (st == OK)
        st = metric_filter_new(out, definition, err);
    cJSON_Delete(definition);
    if (st != OK)
        return err_context(err, "the metric filter %.60s of %.60s", extra->name, extra->group);
    return OK;
}

/* Those that can be made; the error is of the last that cannot. */
static enum status
build(struct list *list, struct list *before, const struct log_extra_list *extras, struct err *err)
{
    enum status worst = OK;

    list->entries = xcalloc(extras->count + 1, sizeof *list->entries);
    for (size_t i = 0; i < extras->count; i++) {
        const struct log_extra *extra = &extras->extras[i];
        struct entry e = { .filter = take_over(before, extra) };
        enum status st = e.filter == NULL ? make(&e.filter, extra, err) : OK;

        if (st != OK) {
            worst = st;
            continue;
        }
        e.group = xstrdup(extra->group);
        e.name = xstrdup(extra->name);
        e.definition = xstrdup(extra->value);
        list->entries[list->count++] = e;
    }
    return worst;
}

enum status
metric_filters_load(struct metric_filters *all, struct store_reader *reader, struct err *err)
{
    struct arena *arena = arena_new();
    struct log_extra_list extras = { 0 };
    struct list list = { 0 };
    enum status st;

    pthread_mutex_lock(&all->loading);
    st = store_list_log_extras(reader, arena, NULL, LOG_EXTRA_METRIC_FILTER, &extras, err);
    if (st == OK) {
        pthread_mutex_lock(&all->lock);
        st = build(&list, &all->list, &extras, err);
        list_free(&all->list);
        all->list = list;
        atomic_store(&all->count, list.count);
        pthread_mutex_unlock(&all->lock);
    }
    pthread_mutex_unlock(&all->loading);
    arena_free(arena);
    return st;
}

/* --- lines -------------------------------------------------------------------------------------
 */

static bool
is_empty(const struct metric_filters *all)
{
    return atomic_load_explicit(&all->count, memory_order_relaxed) == 0;
}

/* Under the lock: the first entry of the group, or the end. */
static size_t
find(const struct list *list, const char *group)
{
    size_t i = 0;

    while (i < list->count && strcmp(list->entries[i].group, group) != 0)
        i++;
    return i;
}

bool
metric_filters_want(struct metric_filters *all, const char *group)
{
    bool wants;

    if (is_empty(all))
        return false;
    pthread_mutex_lock(&all->lock);
    wants = find(&all->list, group) < all->list.count;
    pthread_mutex_unlock(&all->lock);
    return wants;
}

bool
metric_filters_apply(struct metric_filters *all, struct store_write *write, const char *group,
                     const struct log_event *events, size_t count)
{
    bool waits = false;

    if (is_empty(all))
        return false;
    pthread_mutex_lock(&all->lock);
    for (size_t i = find(&all->list, group);
         i < all->list.count && strcmp(all->list.entries[i].group, group) == 0; i++) {
        struct metric_filter *filter = all->list.entries[i].filter;

        metric_filter_apply(filter, write, events, count);
        waits = metric_filter_settle(filter, write, INT64_MIN) || waits;
    }
    pthread_mutex_unlock(&all->lock);
    return waits;
}

bool
metric_filters_settle(struct metric_filters *all, struct store_write *write, int64_t now_ms)
{
    bool waits = false;

    if (is_empty(all))
        return false;
    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->list.count; i++)
        waits = metric_filter_settle(all->list.entries[i].filter, write, now_ms) || waits;
    pthread_mutex_unlock(&all->lock);
    return waits;
}
