/* metric_plan.c - queries that belong together, found and packed.
 * SPDX-License-Identifier: MIT
 *
 * Metric math knows only the ids of its own request. So an expression is read for the ids it names
 * (nothing more: the service judges its grammar), whatever hangs together becomes a group
 * (union-find), and groups are put into requests in the order in which they were asked. Texts in
 * quotes are not ids, but METRICS("m") names every metric whose id begins so.
 *
 * Ids and functions cannot be taken for each other: the former begin with a lower-case letter, the
 * latter are upper-case ("Using math expressions with CloudWatch metrics", CloudWatch User Guide).
 */
#include "config.h"

#include "aws/metric_plan.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

struct named {
    const char *id;
    size_t index;
};

struct groups {
    const struct cloudwatch_query *queries;
    size_t count;
    struct named *names; /* sorted */
    size_t name_count;
    size_t *parent;
    bool *is_alone; /* of a root */
};

static int
by_id(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->id, ((const struct named *)b)->id);
}

static enum status
sort_names(struct groups *g, struct err *err)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->queries[i].math_id != NULL)
            g->names[g->name_count++] = (struct named){ g->queries[i].math_id, i };
    }
    if (g->name_count > 1)
        qsort(g->names, g->name_count, sizeof *g->names, by_id);
    for (size_t i = 1; i < g->name_count; i++) {
        if (strcmp(g->names[i - 1].id, g->names[i].id) == 0)
            return err_set(err, E_INVALID, "GetMetricData: two queries have the id %s",
                           g->names[i].id);
    }
    return OK;
}

static size_t
root_of(const struct groups *g, size_t i)
{
    while (g->parent[i] != i) {
        g->parent[i] = g->parent[g->parent[i]];
        i = g->parent[i];
    }
    return i;
}

static void
join(struct groups *g, size_t a, size_t b)
{
    a = root_of(g, a);
    b = root_of(g, b);
    if (a == b)
        return;
    g->parent[b] = a;
    g->is_alone[a] |= g->is_alone[b];
}

static void
join_named(struct groups *g, size_t expression, const char *id, size_t len)
{
    size_t low = 0, high = g->name_count;

    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strncmp(g->names[mid].id, id, len);

        if (order == 0 && g->names[mid].id[len] != '\0')
            order = 1;
        if (order == 0) {
            join(g, expression, g->names[mid].index);
            return;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
}

/* The text behind METRICS: joins what it means. */
static void
join_metrics(struct groups *g, size_t expression, const char *at)
{
    const char *prefix = at + strspn(at, " (");
    size_t len = 0;

    if (*prefix == '"' || *prefix == '\'') {
        prefix++;
        len = strcspn(prefix, "\"'");
    }
    for (size_t i = 0; i < g->name_count; i++) {
        if (g->queries[g->names[i].index].expression == NULL &&
            strncmp(g->names[i].id, prefix, len) == 0)
            join(g, expression, g->names[i].index);
    }
    if (len == 0)
        g->is_alone[root_of(g, expression)] = true;
}

static void
join_references(struct groups *g, size_t expression)
{
    const char *at = g->queries[expression].expression;

    while (*at != '\0') {
        size_t len = strspn(at, ID_CHARS);
        const char *end;

        if (len > 0) {
            join_named(g, expression, at, len);
            if (len == 7 && strncmp(at, "METRICS", len) == 0)
                join_metrics(g, expression, at + len);
            at += len;
            continue;
        }
        end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
        at = end != NULL ? end + 1 : at + 1;
    }
}

static enum status
pack(struct metric_plan *plan, const struct groups *g, struct err *err)
{
    size_t *size = xcalloc(g->count + 1, sizeof *size);
    size_t *request = xcalloc(g->count + 1, sizeof *request); /* of a root, less one */
    size_t open = 0, room = 0;                                /* likewise */
    enum status st = OK;

    for (size_t i = 0; i < g->count; i++)
        size[root_of(g, i)]++;
    for (size_t i = 0; i < g->count && st == OK; i++) {
        size_t root = root_of(g, i);

        if (request[root] == 0 && size[root] > METRIC_REQUEST_MAX)
            st = err_set(err, E_LIMIT,
                         "GetMetricData: an expression needs %zu queries in one request, which "
                         "takes %d",
                         size[root], METRIC_REQUEST_MAX);
        else if (request[root] == 0 && g->is_alone[root])
            request[root] = ++plan->request_count;
        else if (request[root] == 0) {
            if (size[root] > room) {
                open = ++plan->request_count;
                room = METRIC_REQUEST_MAX;
            }
            request[root] = open;
            room -= size[root];
        }
        plan->request_of[i] = request[root] - 1;
    }
    free(size);
    free(request);
    return st;
}

enum status
metric_plan_make(struct metric_plan *out, const struct cloudwatch_query *queries, size_t count,
                 struct err *err)
{
    struct metric_plan plan = { .request_of = xcalloc(count + 1, sizeof *plan.request_of) };
    struct groups g = {
        .queries = queries,
        .count = count,
        .names = xcalloc(count + 1, sizeof *g.names),
        .parent = xcalloc(count + 1, sizeof *g.parent),
        .is_alone = xcalloc(count + 1, sizeof *g.is_alone),
    };
    enum status st;

    for (size_t i = 0; i < count; i++)
        g.parent[i] = i;
    st = sort_names(&g, err);
    for (size_t i = 0; i < count && st == OK; i++) {
        if (queries[i].expression != NULL)
            join_references(&g, i);
    }
    if (st == OK)
        st = pack(&plan, &g, err);
    free(g.names);
    free(g.parent);
    free(g.is_alone);
    if (st == OK)
        *out = plan;
    else
        metric_plan_fini(&plan);
    return st;
}

void
metric_plan_fini(struct metric_plan *plan)
{
    free(plan->request_of);
    *plan = (struct metric_plan){ 0 };
}
