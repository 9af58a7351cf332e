/* umami_collect.h - Umami's endpoints that take hits, and how all its paths answer.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_UMAMI_COLLECT_H
#define OV_EMULATOR_UMAMI_COLLECT_H

#include "emulator/exchange.h"

#include <stdbool.h>

void umami_send_post(struct exchange *x);     /* POST /api/send */
void umami_batch_post(struct exchange *x);    /* POST /api/batch */
void umami_heartbeat_get(struct exchange *x); /* GET /api/heartbeat */
void umami_config_get(struct exchange *x);    /* GET /api/config, of the newer dialect */

/* Whether a path is one of Umami's, which keep rules of their own: any origin, no credentials. */
bool umami_owns(const char *path);
/* Sets what every answer to such a path carries. */
void umami_set_headers(struct exchange *x);
/* When no route takes the request; `methods` ("POST, OPTIONS") says which ones the path has, ""
 * when there is no such path. Preflights too. */
void umami_answer_no_route(struct exchange *x, const char *methods);
/* The body is too large. */
void umami_refuse_size(struct exchange *x);

#endif
