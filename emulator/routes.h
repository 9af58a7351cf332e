/* routes.h - every path the emulator answers, as one table.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ROUTES_H
#define OV_EMULATOR_ROUTES_H

#include "emulator/exchange.h"

#include <stddef.h>

enum guard {
    GUARD_CORS = 1 << 0,      /* a page of a foreign origin may not send here */
    GUARD_RATE = 1 << 1,      /* counts against the limit per address */
    OF_UMAMI_V3 = 1 << 2,     /* without --umami-dialect v3 there is no such path */
    BELOW_OPENREPLAY = 1 << 3 /* no guard: --openreplay-prefix stands in place of /ingest */
};

typedef void route_handler(struct exchange *x);

struct route {
    const char *method;
    const char *path;  /* a last segment of "*" matches any one segment */
    size_t body_limit; /* bytes as sent */
    unsigned guards;   /* enum guard */
    route_handler *handle;
    const char *help;
    const char *function; /* the Lambda behind it in production: a route of the app's own API */
};

extern const struct route routes[]; /* ends with a row without method */

/* What counters are kept per: the routes, then AWS operations, then everything else. */
#define ROUTE_ROWS_MAX 64
#define ROUTE_NAME_MAX 96
unsigned route_rows(void);
unsigned route_row(const struct exchange *x);
void route_row_name(unsigned row, char name[ROUTE_NAME_MAX]);

/* How large a body this request may have, known from its first line and headers. */
size_t route_body_limit(const struct exchange *x);
/* Runs the guards and then the handler; the exchange is or will be answered when this returns. */
void route_dispatch(struct exchange *x);

#endif
