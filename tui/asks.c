/* asks.c - a list of questions that owns all it was given.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/asks.h"

#include <stdlib.h>
#include <string.h>

struct ask_list *
ask_list_new(void)
{
    struct ask_list *list = xcalloc(1, sizeof(*list));

    list->arena = arena_new();
    return list;
}

void
ask_list_free(struct ask_list *list)
{
    if (list == NULL)
        return;
    arena_free(list->arena);
    free(list->items);
    free(list);
}

static const char *
copy_text(struct arena *arena, const char *text)
{
    return text != NULL ? arena_strdup(arena, text) : NULL;
}

static struct series_key
copy_series(struct arena *arena, const struct series_key *from)
{
    size_t count = from->dims.count;
    struct dimension *dims = arena_alloc(arena, (count + 1) * sizeof(*dims));

    for (size_t i = 0; i < count; i++) {
        dims[i].name = arena_strdup(arena, from->dims.dims[i].name);
        dims[i].value = arena_strdup(arena, from->dims.dims[i].value);
    }
    return (struct series_key){
        .namespace_name = arena_strdup(arena, from->namespace_name),
        .metric = arena_strdup(arena, from->metric),
        .dims = { .dims = dims, .count = count },
    };
}

static const struct metric_ask *
copy_queries(struct arena *arena, const struct metric_ask *from, size_t count)
{
    struct metric_ask *to = arena_alloc(arena, (count + 1) * sizeof(*to));

    for (size_t i = 0; i < count; i++) {
        to[i].id = arena_strdup(arena, from[i].id);
        if (from[i].expression == NULL) {
            to[i].series = copy_series(arena, &from[i].series);
            to[i].stat = arena_strdup(arena, from[i].stat);
        }
        to[i].period_s = from[i].period_s;
        to[i].expression = copy_text(arena, from[i].expression);
        to[i].math_id = copy_text(arena, from[i].math_id);
        to[i].is_hidden = from[i].is_hidden;
    }
    return to;
}

static const char *const *
copy_texts(struct arena *arena, const char *const *from, size_t count)
{
    const char **to = arena_alloc(arena, (count + 1) * sizeof(*to));

    for (size_t i = 0; i < count; i++)
        to[i] = arena_strdup(arena, from[i]);
    return to;
}

static const struct ask_request *
copy_request(struct arena *arena, const struct ask_request *from)
{
    struct ask_request *to;

    if (from == NULL)
        return NULL;
    to = arena_alloc(arena, sizeof *to);
    to->method = arena_strdup(arena, from->method);
    to->path = arena_strdup(arena, from->path);
    to->id = arena_strdup(arena, from->id);
    return to;
}

void
ask_list_add(struct ask_list *list, const struct ask *ask)
{
    struct ask *copy;

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].key, ask->key) == 0)
            return;
    }
    if (list->count == list->cap) {
        list->cap = list->cap == 0 ? 8 : list->cap * 2;
        list->items = xreallocarray(list->items, list->cap, sizeof(*list->items));
    }
    copy = &list->items[list->count++];
    *copy = *ask;
    copy->key = copy_text(list->arena, ask->key);
    copy->queries = copy_queries(list->arena, ask->queries, ask->query_count);
    copy->namespace_name = copy_text(list->arena, ask->namespace_name);
    copy->prefix = copy_text(list->arena, ask->prefix);
    copy->group = copy_text(list->arena, ask->group);
    copy->pattern = copy_text(list->arena, ask->pattern);
    copy->path = copy_text(list->arena, ask->path);
    copy->request = copy_request(list->arena, ask->request);
    copy->alarm = copy_text(list->arena, ask->alarm);
    copy->database = copy_text(list->arena, ask->database);
    copy->query = copy_text(list->arena, ask->query);
    copy->cost_tags[0] = copy_text(list->arena, ask->cost_tags[0]);
    copy->cost_tags[1] = copy_text(list->arena, ask->cost_tags[1]);
    copy->project = copy_text(list->arena, ask->project);
    copy->groups = copy_texts(list->arena, ask->groups, ask->group_count);
    copy->region = copy_text(list->arena, ask->region);
    copy->website = copy_text(list->arena, ask->website);
    copy->umami_metric = copy_text(list->arena, ask->umami_metric);
    copy->session = copy_text(list->arena, ask->session);
}

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_query(const struct metric_ask *a, const struct metric_ask *b)
{
    if (strcmp(a->id, b->id) != 0 || a->period_s != b->period_s || a->is_hidden != b->is_hidden ||
        !same_text(a->expression, b->expression) || !same_text(a->math_id, b->math_id))
        return false;
    if (a->expression != NULL)
        return true;
    if (strcmp(a->stat, b->stat) != 0)
        return false;
    if (strcmp(a->series.namespace_name, b->series.namespace_name) != 0 ||
        strcmp(a->series.metric, b->series.metric) != 0 ||
        a->series.dims.count != b->series.dims.count)
        return false;
    for (size_t i = 0; i < a->series.dims.count; i++) {
        if (strcmp(a->series.dims.dims[i].name, b->series.dims.dims[i].name) != 0 ||
            strcmp(a->series.dims.dims[i].value, b->series.dims.dims[i].value) != 0)
            return false;
    }
    return true;
}

/* What they are about, window and series apart. */
static bool
same_subject(const struct ask *a, const struct ask *b)
{
    if (a->kind != b->kind || a->group_count != b->group_count ||
        a->cost_from_day != b->cost_from_day || a->cost_to_day != b->cost_to_day)
        return false;
    if (!same_text(a->region, b->region) || !same_text(a->alarm, b->alarm) ||
        !same_text(a->path, b->path) || !same_text(a->query, b->query) ||
        !same_text(a->database, b->database) || !same_text(a->project, b->project) ||
        !same_text(a->cost_tags[0], b->cost_tags[0]) ||
        !same_text(a->cost_tags[1], b->cost_tags[1]) || a->umami != b->umami ||
        !same_text(a->website, b->website) || !same_text(a->umami_metric, b->umami_metric) ||
        !same_text(a->session, b->session))
        return false;
    for (size_t i = 0; i < a->group_count; i++) {
        if (!same_text(a->groups[i], b->groups[i]))
            return false;
    }
    return true;
}

bool
ask_is_same_thing(const struct ask *a, const struct ask *b)
{
    if (!same_subject(a, b))
        return false;
    if (a->kind == ASK_LOG_EVENTS)
        return strcmp(a->group, b->group) == 0 && a->pattern == NULL && b->pattern == NULL;
    return true;
}

bool
ask_equal(const struct ask *a, const struct ask *b)
{
    if (!same_subject(a, b) || a->range.span_ms != b->range.span_ms ||
        a->range.to_ms != b->range.to_ms || a->pace_ms != b->pace_ms || a->limit != b->limit ||
        a->query_count != b->query_count || a->run != b->run ||
        a->wants_live_tail != b->wants_live_tail)
        return false;
    if (!same_text(a->key, b->key) || !same_text(a->namespace_name, b->namespace_name) ||
        !same_text(a->prefix, b->prefix) || !same_text(a->group, b->group) ||
        !same_text(a->pattern, b->pattern))
        return false;
    for (size_t i = 0; i < a->query_count; i++) {
        if (!same_query(&a->queries[i], &b->queries[i]))
            return false;
    }
    return true;
}
