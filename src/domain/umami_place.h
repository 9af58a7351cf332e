/* umami_place.h - where a message came from: its address, and what a proxy said of the place.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_PLACE_H
#define OV_DOMAIN_UMAMI_PLACE_H

#include "base/mem.h"
#include "domain/umami_send.h"

/* A header of the request, or NULL. */
typedef const char *umami_header(void *arg, const char *name);

struct umami_place {
    const char *ip;                     /* NULL: unknown */
    const char *country, *region, *city; /* NULL: unknown */
    bool is_private; /* no place is looked up for such an address, whatever a proxy says */
    bool is_told;    /* a proxy said something */
};

/* `given` is the payload's own address, or NULL; `socket` the connection's. */
void umami_place_find(struct umami_place *out, struct arena *arena, enum umami_dialect dialect,
                      umami_header *header, void *arg, const char *given, const char *socket);

#endif
