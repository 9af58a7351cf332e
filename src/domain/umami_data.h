/* umami_data.h - the data of an event or a visitor, flattened to typed rows.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_DATA_H
#define OV_DOMAIN_UMAMI_DATA_H

#include "base/mem.h"
#include "domain/umami_page.h"

#define UMAMI_DATA_ROWS_MAX 1000 /* ours: of one message; Umami knows no bound */

/* `data` is an object or NULL. What Umami could not store is cut or kept as text, and doubted. */
void umami_data_read(struct umami_hit *hit, struct arena *arena, const cJSON *data,
                     struct umami_doubt *doubt);
/* The money in it: needs a positive `revenue` (a number, or a text holding one) and a currency. */
void umami_data_revenue(struct umami_hit *hit, struct arena *arena, const cJSON *data,
                        struct umami_doubt *doubt);
/* The app's own session id, where a member's name says it is one; NULL: none. */
const char *umami_data_session(const struct umami_hit *hit);

#endif
