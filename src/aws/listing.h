/* listing.h - an AWS operation that answers a list in pages: its elements, as an array in an arena.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_LISTING_H
#define OV_AWS_LISTING_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

struct listing; /* under way; gone once its end was told */

enum listing_verdict {
    LISTING_KEEP,
    LISTING_SKIP, /* none of those that are looked for */
    LISTING_LAST, /* kept, and nothing behind it is wanted */
};

/* How it ended, for the file that knows what the elements are. */
struct listing_end {
    void *items; /* in the arena */
    size_t count;
    bool partial;     /* there are more */
    unsigned arrived; /* requests that reached the service, whatever it said */
    const struct err *err;
    void (*done)(void); /* as it was given, to be cast back */
    void *arg;
};

/* Texts are not copied: they outlive the listing. */
struct listing_request {
    enum aws_service service;
    const char *operation;
    const char *path; /* these three as in pages.h */
    const char *token;
    const char *next;
    const char *member; /* of an answer: the list */
    unsigned pages_max;
    size_t items_max;
    size_t item_size; /* of what an element becomes */
    cJSON *input;     /* becomes the listing's own */
    /* Reads an element into `out`, zeroed. Anything but OK ends it all with that sentence. */
    enum status (*read)(struct arena *arena, const cJSON *item, void *out,
                        enum listing_verdict *verdict, struct err *err);
    void (*finish)(const struct listing_end *end);
    void (*done)(void); /* for `finish`: the function of whoever asked, of any type */
    void *arg;
};

struct listing *listing_start(struct aws_client *client, struct arena *arena,
                              const struct listing_request *request);
void listing_cancel(struct listing *listing); /* NULL is fine */

#endif
