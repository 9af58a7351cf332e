/* emulator_clock.h - keeps a clock of ours beside an emulator's virtual one.
 * SPDX-License-Identifier: MIT
 *
 * Under `emulate --clock` time stands still until somebody moves it; whoever looks at that emulator
 * must mean the same "now". For the collector's thread. */
#ifndef OV_TUI_EMULATOR_CLOCK_H
#define OV_TUI_EMULATOR_CLOCK_H

#include "aws/net.h"
#include "base/clock.h"

struct emulator_clock;

/* All are borrowed; `clock` is a virtual one. `moved` comes from net_run() after each question. */
struct emulator_clock *emulator_clock_new(struct net *net, const char *url, const char *token,
                                          struct clock *clock, void (*moved)(void *arg), void *arg);
void emulator_clock_free(struct emulator_clock *ec); /* NULL is fine */
/* Asks what time it is; while one question is under way another follows it. */
void emulator_clock_ask(struct emulator_clock *ec);

#endif
