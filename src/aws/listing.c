/* listing.c - elements are read one by one into a growing array, which moves into the arena at the
 * end.
 * SPDX-License-Identifier: MIT
 *
 * The array waits outside the arena, because an arena gives back nothing: growing in it would keep
 * every smaller array, too. */
#include "config.h"

#include "aws/listing.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_AT_FIRST 16

struct listing {
    struct listing_request rq;
    struct arena *arena;
    struct pages *pages;
    char *items;
    size_t count;
    size_t cap;
    bool partial;
};

static void
listing_free(struct listing *listing)
{
    free(listing->items);
    free(listing);
}

void
listing_cancel(struct listing *listing)
{
    if (listing == NULL)
        return;
    pages_cancel(listing->pages);
    listing_free(listing);
}

static void *
next_item(struct listing *listing)
{
    size_t size = listing->rq.item_size;

    if (listing->count == listing->cap) {
        listing->cap = listing->cap == 0 ? ROOM_AT_FIRST : 2 * listing->cap;
        listing->items = xreallocarray(listing->items, listing->cap, size);
    }
    return memset(listing->items + listing->count * size, 0, size);
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct listing *listing = arg;
    const struct listing_request *rq = &listing->rq;
    const cJSON *list = json_get(page, rq->member), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "%s: an answer without %s", rq->operation, rq->member);
    cJSON_ArrayForEach(item, list)
    {
        enum listing_verdict verdict = LISTING_KEEP;

        if (*enough || listing->count == rq->items_max) {
            listing->partial = true;
            break;
        }
        if (rq->read(listing->arena, item, next_item(listing), &verdict, err) != OK ||
            answer_check_size(listing->arena, rq->operation, err) != OK)
            return err->code;
        listing->count += verdict != LISTING_SKIP;
        *enough = verdict == LISTING_LAST;
    }
    *enough |= listing->count == rq->items_max;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct listing *listing = arg;
    size_t size = listing->rq.item_size;
    struct listing_end end = { .items = arena_alloc(listing->arena, (listing->count + 1) * size),
                               .count = listing->count,
                               .partial = more || listing->partial,
                               .arrived = arrived,
                               .err = err,
                               .done = listing->rq.done,
                               .arg = listing->rq.arg };

    listing->pages = NULL;
    if (listing->count > 0)
        memcpy(end.items, listing->items, listing->count * size);
    listing->rq.finish(&end);
    listing_free(listing);
}

struct listing *
listing_start(struct aws_client *client, struct arena *arena, const struct listing_request *request)
{
    struct listing *listing = xcalloc(1, sizeof *listing);

    listing->rq = *request;
    listing->arena = arena;
    listing->pages = pages_start(client, &(struct pages_request){
                                             .service = request->service,
                                             .operation = request->operation,
                                             .path = request->path,
                                             .token = request->token,
                                             .next = request->next,
                                             .max = request->pages_max,
                                             .input = request->input,
                                             .read = read_page,
                                             .done = on_done,
                                             .arg = listing,
                                         });
    return listing;
}
