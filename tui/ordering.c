/* ordering.c - filtering and sorting without moving what a person is looking at.
 * SPDX-License-Identifier: MIT
 *
 * Rows are compared through a small sort key made once per row, so sorting never looks at cells
 * again and qsort needs no context. */
#include "config.h"

#include "tui/ordering.h"

#include "base/mem.h"
#include "base/text.h"
#include "tui/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct item {
    double number;
    const char *text;
    size_t index;
    size_t turn;  /* in the order of the walk: what is equal stays as it was */
    size_t place; /* where it stood before, when held */
    bool is_reversed;
};

void
ordering_init(struct ordering *o)
{
    memset(o, 0, sizeof(*o));
}

void
ordering_fini(struct ordering *o)
{
    free(o->rows);
    free(o->keys);
    ordering_init(o);
}

static double
last_value(const struct series *series)
{
    for (size_t i = series->count; i > 0; i--) {
        if (!isnan(series->values[i - 1]))
            return series->values[i - 1];
    }
    return -INFINITY;
}

static void
item_fill(struct item *item, const struct cell *cell)
{
    item->number = 0;
    item->text = "";
    switch (cell->kind) {
    case CELL_TEXT:
        item->text = cell->text;
        break;
    case CELL_NUMBER:
    case CELL_DELTA:
    case CELL_GAUGE:
        item->number = cell->number;
        break;
    case CELL_TIME:
        item->number = (double)cell->time_ms;
        break;
    case CELL_TREND:
        item->number = last_value(cell->series);
        break;
    case CELL_SHARES:
        item->number = cell->shares[0] / (cell->shares[0] + cell->shares[1] + cell->shares[2]);
        break;
    case CELL_LANE:
        item->number = (double)cell->lane->count;
        break;
    case CELL_EMPTY:
        item->number = -INFINITY;
        break;
    }
}

static int
item_compare(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = (a->number > b->number) - (a->number < b->number);

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (order == 0)
        order = strcasecmp(a->text, b->text);
    if (order == 0)
        return a->turn < b->turn ? -1 : 1;
    return a->is_reversed ? -order : order;
}

struct known {
    uint64_t key;
    size_t place;
};

static int
known_compare(const void *left, const void *right)
{
    const struct known *a = left, *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

/* Gives each item the place its key had; unknown ones come last, in their new order. */
static void
hold_places(const struct ordering *old, const struct grid *grid, struct item *items, size_t count)
{
    struct known *known = xcalloc(old->count + 1, sizeof(*known));

    for (size_t i = 0; i < old->count; i++)
        known[i] = (struct known){ old->keys[i], i };
    qsort(known, old->count, sizeof(*known), known_compare);
    for (size_t i = 0; i < count; i++) {
        const char *key = grid->rows[items[i].index].key;
        struct known wanted = { text_hash(key, strlen(key), TEXT_HASH_SEED), 0 };
        const struct known *found =
            bsearch(&wanted, known, old->count, sizeof(*known), known_compare);

        items[i].place = found != NULL ? found->place : SIZE_MAX;
    }
    free(known);
}

static void
reserve(struct ordering *o, size_t count)
{
    if (count <= o->cap)
        return;
    o->cap = count;
    o->rows = xreallocarray(o->rows, count, sizeof(*o->rows));
    o->keys = xreallocarray(o->keys, count, sizeof(*o->keys));
}

void
ordering_make(struct ordering *o, const struct pen *pen, const struct grid *grid,
              const char *filter, const struct sorting *sorting)
{
    struct item *items = xcalloc(grid->row_count + 1, sizeof(*items));
    size_t count = 0;
    bool reverse_whole = sorting->column < 0 && sorting->is_reversed;

    for (size_t i = 0; i < grid->row_count; i++) {
        size_t index = reverse_whole ? grid->row_count - 1 - i : i;
        struct item *item = &items[count];

        if (!filter_matches(filter, pen, grid, &grid->rows[index]))
            continue;
        item->index = index;
        item->turn = i;
        item->text = "";
        item->is_reversed = sorting->is_reversed;
        if (sorting->column >= 0 && (size_t)sorting->column < grid->column_count)
            item_fill(item, &grid->rows[index].cells[sorting->column]);
        count++;
    }
    if (sorting->is_held)
        hold_places(o, grid, items, count);
    if (sorting->column >= 0 || sorting->is_held)
        qsort(items, count, sizeof(*items), item_compare);
    reserve(o, count);
    for (size_t i = 0; i < count; i++) {
        const char *key = grid->rows[items[i].index].key;

        o->rows[i] = items[i].index;
        o->keys[i] = text_hash(key, strlen(key), TEXT_HASH_SEED);
    }
    o->count = count;
    free(items);
}

size_t
ordering_find(const struct ordering *o, const struct grid *grid, const char *key, size_t otherwise)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(grid->rows[o->rows[i]].key, key) == 0)
            return i;
    }
    return otherwise;
}
