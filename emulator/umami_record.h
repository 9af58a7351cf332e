/* umami_record.h - what only Umami 3 takes besides hits: recordings, pixels and links.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_UMAMI_RECORD_H
#define OV_EMULATOR_UMAMI_RECORD_H

#include "emulator/exchange.h"

void umami_record_post(struct exchange *x); /* POST /api/record */
void umami_slug_get(struct exchange *x);    /* GET /p/SLUG, GET /q/SLUG */

#endif
