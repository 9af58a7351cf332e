/* vital_sets.c - discovering dimension sets.
 * SPDX-License-Identifier: MIT
 *
 * ListMetrics tells every series of the namespace. The set [environment] (or the empty one) is the
 * whole; sets with a route are its parts. A team that publishes only finer sets has no whole, and
 * then all its sets are parts, whatever their dimensions. Series of another environment are not
 * ours. */
#include "config.h"

#include "tui/views/vital_sets.h"

#include "tui/views/parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARTS_FREE 80 /* sets asked of an emulator */
#define PARTS_PAID 20 /* and of AWS, where each of their metrics is paid for */
#define DAY_MS     86400000
#define NAMES_MS   300000 /* between two looks at the names, where they cost */

static void
take_name(struct part *part, const struct series_key *key)
{
    enum vital vital;

    if (!vital_parse(&vital, key->metric))
        return;
    /* two spellings of one metric are one series: the short one, when both are there */
    if (part->names[vital] == NULL || strcmp(key->metric, vitals[vital].name) == 0)
        part->names[vital] = key->metric;
}

static const char *
part_label(struct arena *arena, const struct dimension_set *dims)
{
    const char *route = dimension_value(dims, "route");
    const char *label = "";
    size_t named = 0;

    for (size_t i = 0; i < dims->count; i++) {
        if (strcasecmp(dims->dims[i].name, "environment") == 0)
            continue;
        label = arena_printf(arena, "%s%s%s %s", label, named++ > 0 ? ", " : "", dims->dims[i].name,
                             dims->dims[i].value);
    }
    return named == 1 && route != NULL ? route : label;
}

static bool
same_dims(const struct dimension_set *a, const struct dimension_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->dims[i].name, b->dims[i].name) != 0 ||
            strcmp(a->dims[i].value, b->dims[i].value) != 0)
            return false;
    }
    return true;
}

static int
by_label(const void *a, const void *b)
{
    return strcmp(((const struct part *)a)->label, ((const struct part *)b)->label);
}

static void
take_series(struct parts *parts, struct arena *arena, const struct series_key *key)
{
    bool is_whole = key->dims.count == 0 ||
                    (key->dims.count == 1 && dimension_value(&key->dims, "environment") != NULL);

    if (is_whole) {
        /* [environment] says more than the empty set */
        if (parts->whole.label == NULL || key->dims.count > parts->whole.dims.count)
            parts->whole = (struct part){ .label = "all", .dims = key->dims };
        if (same_dims(&parts->whole.dims, &key->dims))
            take_name(&parts->whole, key);
        return;
    }
    for (size_t i = 0; i < parts->count; i++) {
        if (same_dims(&parts->list[i].dims, &key->dims)) {
            take_name(&parts->list[i], key);
            return;
        }
    }
    parts->list[parts->count] =
        (struct part){ .label = part_label(arena, &key->dims), .dims = key->dims };
    take_name(&parts->list[parts->count++], key);
}

/* Routes first: other sets are shown only where there is nothing better. */
static void
keep_routes(struct parts *parts)
{
    size_t kept = 0;

    if (parts->whole.label == NULL)
        return;
    for (size_t i = 0; i < parts->count; i++) {
        const struct part *p = &parts->list[i];

        if (p->dims.count <= 2 && dimension_value(&p->dims, "route") != NULL)
            parts->list[kept++] = *p;
    }
    parts->count = kept;
}

static bool
is_ours(const struct series_key *key, const char *environment)
{
    const char *of = dimension_value(&key->dims, "environment");
    enum vital vital;

    return strcmp(key->namespace_name, WEB_VITALS_NAMESPACE) == 0 &&
           vital_parse(&vital, key->metric) &&
           (of == NULL || *environment == '\0' || strcmp(of, environment) == 0);
}

void
vital_sets_ask(struct ask_list *asks)
{
    ask_list_add(asks, &(struct ask){ .key = "vitals.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = NAMES_MS,
                                      .namespace_name = WEB_VITALS_NAMESPACE });
}

const struct answer *
vital_sets_answer(const struct view_query *q)
{
    return snapshot_answer(q->snapshot, "vitals.names");
}

void
vital_sets_find(struct parts *parts, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = vital_sets_answer(q);
    size_t most = q->snapshot != NULL && q->snapshot->is_emulator ? PARTS_FREE : PARTS_PAID;

    *parts = (struct parts){ .list = NULL };
    if (names == NULL)
        return;
    parts->list = arena_alloc(arena, (names->name_count + 1) * sizeof *parts->list);
    for (size_t i = 0; i < names->name_count; i++) {
        if (is_ours(&names->names[i], q->snapshot->environment))
            take_series(parts, arena, &names->names[i]);
    }
    parts->has_any = parts->whole.label != NULL || parts->count > 0;
    keep_routes(parts);
    if (parts->count > 1)
        qsort(parts->list, parts->count, sizeof *parts->list, by_label);
    if (parts->count > most) {
        parts->left_out = parts->count - most;
        parts->count = most;
    }
}
