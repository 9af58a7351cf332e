/* umami_collect.h - Umami's endpoints that take hits, and how all its paths answer.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_UMAMI_COLLECT_H
#define OV_EMULATOR_UMAMI_COLLECT_H

#include "domain/umami_send.h"
#include "emulator/exchange.h"

#include <stdbool.h>

void umami_send_post(struct exchange *x);     /* POST /api/send */
void umami_batch_post(struct exchange *x);    /* POST /api/batch */
void umami_heartbeat_get(struct exchange *x); /* GET /api/heartbeat */
void umami_config_get(struct exchange *x);    /* GET /api/config */

/* The body as JSON, whatever it calls itself; NULL: there is none, or it is not. */
const cJSON *umami_read_json(struct exchange *x);
/* Answers with one sentence, in the dialect. */
void umami_reply_error(struct exchange *x, unsigned status, const char *message);
/* Answers 400 with what is wrong with the body. */
void umami_reply_faults(struct exchange *x, const struct umami_faults *faults);

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
