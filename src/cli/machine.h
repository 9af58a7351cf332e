/* machine.h - the time machine: a fixture on the screen, which can be gone through at will.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_MACHINE_H
#define OV_CLI_MACHINE_H

#include "cli/settings.h"

/* obsview watch --fixture, until the screen is left, or one frame with --once; returns the exit
 * code. `signals` is a signalfd. */
int machine_run(struct settings *s, int signals);

#endif
