/* errors.h - POST /errors/report and GET /errors/<errorId>.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ERRORS_H
#define OV_EMULATOR_ERRORS_H

#include "emulator/exchange.h"

void errors_post(struct exchange *x);
void errors_get(struct exchange *x);

#endif
