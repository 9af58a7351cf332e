/* alarm_default.h - the alarms a new store comes with.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_DEFAULT_H
#define OV_EMULATOR_ALARM_DEFAULT_H

#include "base/err.h"

struct emulator;

/* Puts them into a store that never had alarms; otherwise nothing, so deleting them lasts. */
MUST_CHECK enum status alarm_default_make(struct emulator *em, struct err *err);

#endif
