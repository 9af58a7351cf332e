/* vitals.h - POST /metrics/web-vitals.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_VITALS_H
#define OV_EMULATOR_VITALS_H

#include "emulator/exchange.h"

void vitals_post(struct exchange *x);

#endif
