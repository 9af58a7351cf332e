/* alarm_default.h - the alarms a stack comes with.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_DEFAULT_H
#define OV_EMULATOR_ALARM_DEFAULT_H

#include "base/err.h"

struct emulator;

/* Puts them into a store that has not seen a stack of that name; otherwise nothing, so deleting
 * them lasts. E_USAGE: one is no input of PutMetricAlarm; the sentence says which and why. */
MUST_CHECK enum status alarm_default_make(struct emulator *em, struct err *err);

#endif
