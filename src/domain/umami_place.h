/* umami_place.h - where a message came from: its address, and what a proxy said of the place.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_PLACE_H
#define OV_DOMAIN_UMAMI_PLACE_H

#include "base/mem.h"
#include "domain/umami_send.h"

/* A header of the request, or NULL. */
typedef const char *umami_header(void *arg, const char *name);

/* What a database says of an address, as it stands there: "DE", "BE", "Berlin". Absent is NULL. */
struct umami_spot {
    const char *country, *region, *city;
};
/* Asks a database of places; false when it does not know the address. Texts go into the arena. */
typedef bool umami_locate(void *arg, struct arena *arena, const char *ip, struct umami_spot *out);

/* How one server finds out who and where. */
struct umami_place_rules {
    enum umami_dialect dialect;
    const char *client_ip_header; /* asked before all others; NULL: none */
    bool skips_headers;           /* of proxies, as far as they tell the place */
    umami_locate *locate;         /* NULL: there is no database */
    void *locate_arg;
};

enum umami_place_source {
    UMAMI_PLACE_NOWHERE, /* nobody was there to ask */
    UMAMI_PLACE_PRIVATE, /* nobody is asked about a private address */
    UMAMI_PLACE_HEADERS, /* a proxy said it */
    UMAMI_PLACE_DATABASE,
    UMAMI_PLACE_UNKNOWN /* the database does not know the address */
};

struct umami_place {
    const char *ip;                      /* NULL: unknown */
    const char *country, *region, *city; /* NULL: unknown */
    enum umami_place_source source;
    bool is_told; /* a proxy told the place, or which address, and the address is a private one */
};

/* `given` is the payload's own address, or NULL; `socket` the connection's. */
void umami_place_find(struct umami_place *out, struct arena *arena,
                      const struct umami_place_rules *rules, umami_header *header, void *arg,
                      const char *given, const char *socket);
/* "DE, DE-BE, Berlin, from the proxy's headers"; why there is none, else. */
const char *umami_place_describe(struct arena *arena, const struct umami_place *place);

#endif
