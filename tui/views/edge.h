/* edge.h - what stands before the functions: API Gateway and CloudFront.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_EDGE_H
#define OV_TUI_VIEWS_EDGE_H

#include "tui/view.h"

#include <stdbool.h>

/* All APIs together over the range; NaN what nobody publishes. */
struct gateway_total {
    double requests;
    double client_share; /* percent 4xx */
    double server_share; /* percent 5xx */
    double p95_ms;       /* of the slowest */
};
/* Percent of requests an API may fail before it is bad, and not only worth a look. */
#define GATEWAY_BAD_SHARE 1.0

void gateway_ask(struct ask_list *asks, const struct view_query *q);
void gateway_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                   struct gateway_total *total);
enum level gateway_level(double server_share);

/* All distributions together. */
struct cdn_total {
    double requests;
    double server_share; /* percent 5xx, weighted by requests */
    double hit_share;    /* NaN unless the extra metrics are on */
};

void cdn_ask(struct ask_list *asks, const struct view_query *q);
/* false: there is nothing to draw, because the source is an emulator without distributions. */
bool cdn_build(struct panel *panel, struct arena *arena, const struct view_query *q,
               struct cdn_total *total);

#endif
