/* top.c - a heap of the wanted ones at the front, its last one on top.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/top.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORTH_IT 8 /* a heap of more than the eighth part of all is slower than sorting them */

struct heap {
    unsigned char *items;
    size_t count, width;
    int (*compare)(const void *left, const void *right);
};

static void *
item(const struct heap *h, size_t at)
{
    return h->items + at * h->width;
}

static void
swap(void *a, void *b, size_t width)
{
    unsigned char kept[TOP_WIDTH_MAX];

    memcpy(kept, a, width);
    memcpy(a, b, width);
    memcpy(b, kept, width);
}

/* The item at `at` goes down to where none below comes after it. */
static void
sift(struct heap *h, size_t at)
{
    for (size_t child = 2 * at + 1; child < h->count; child = 2 * at + 1) {
        if (child + 1 < h->count && h->compare(item(h, child), item(h, child + 1)) < 0)
            child++;
        if (h->compare(item(h, at), item(h, child)) >= 0)
            return;
        swap(item(h, at), item(h, child), h->width);
        at = child;
    }
}

void
top_sort(void *items, size_t count, size_t width, size_t wanted,
         int (*compare)(const void *left, const void *right))
{
    struct heap h = { items, wanted, width, compare };

    assert(width <= TOP_WIDTH_MAX);
    if (count == 0 || wanted == 0)
        return;
    if (wanted > count / WORTH_IT) {
        qsort(items, count, width, compare);
        return;
    }
    for (size_t i = wanted / 2; i > 0; i--)
        sift(&h, i - 1);
    /* From the end: the newest, which mostly are wanted, stand there. */
    for (size_t i = count; i > wanted; i--) {
        if (compare(item(&h, i - 1), item(&h, 0)) < 0) {
            swap(item(&h, i - 1), item(&h, 0), width);
            sift(&h, 0);
        }
    }
    qsort(items, wanted, width, compare);
}
