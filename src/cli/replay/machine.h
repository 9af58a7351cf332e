/* machine.h - the time machine: a fixture on the screen, which can be gone through at will.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_MACHINE_H
#define OV_CLI_MACHINE_H

#include "base/err.h"
#include "cli/settings.h"

struct gather_options;

#define MACHINE_LABEL "recorded" /* of the source: a port would be another one each time */

/* obsview watch --fixture, until the screen is left, or one frame with --once; returns the exit
 * code. `signals` is a signalfd. */
int machine_run(struct settings *s, int signals);

/* The recording of --fixture played up to --at, else to its end, and held there. Returns the exit
 * code of what went wrong, which was said, or EXIT_OK. */
struct machine;
MUST_CHECK int machine_open(struct machine **out, struct settings *s);
/* How it is asked, be it an emulator or a tape; until machine_close(). */
const struct gather_options *machine_source(const struct machine *machine);
void machine_close(struct machine *machine); /* NULL is fine */

#endif
