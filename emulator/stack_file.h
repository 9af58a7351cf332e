/* stack_file.h - the stack that the emulator's options name, read once when it starts.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_STACK_FILE_H
#define OV_EMULATOR_STACK_FILE_H

#include "domain/stack.h"
#include "emulator/emulator.h"

/* NULL in *out when the options say "off"; else the caller's (stack_free()). E_USAGE names the
 * file, the first fault with its JSON pointer, and how many there are. */
MUST_CHECK enum status stack_file_read(struct stack **out, const struct emulator_options *options,
                                       struct err *err);

/* For struct stack_world: as PutMetricAlarm judges. */
bool stack_file_alarm_is_good(const cJSON *input, struct err *err);

#endif
