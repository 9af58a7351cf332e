/* signals.h - one place where signals are read.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_SIGNALS_H
#define OV_CLI_SIGNALS_H

#include "base/err.h"

/* Blocks SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP and SIGCONT in this thread and so in all it
 * starts later; *fd is a signalfd(2) that reports them. Call before any thread exists. */
MUST_CHECK enum status signals_open(int *fd, struct err *err);
/* The next signal's number, or 0 when none is pending. */
int signals_next(int fd);
/* *fd is a pidfd that can be read once the process that started us has ended, however it did. E_IO:
 * the system has none, or that process is gone already. */
MUST_CHECK enum status signals_open_parent(int *fd, struct err *err);
/* Waits for SIGINT, SIGTERM or SIGHUP, or the end of the process behind `parent` (-1: nobody's). */
void signals_wait(int fd, int parent);

/* The other way, of a command that comes to an end by itself: the first SIGINT, SIGTERM or SIGHUP
 * is noted, so that what is under way can be brought to its end; a second one ends the process.
 * What comes within a fifth of a second is the same one: timeout(1) sends it to its child, and then
 * to the group, which has the child in it. */
void signals_note(void);
/* What waits for input, which may never come, is interrupted by it. */
void signals_note_input(void);
int signals_noted(void); /* its number; 0: none has come */
/* Ends the process by what was noted, as whoever waits for it expects; returns when nothing was. */
void signals_end_as_noted(void);

#endif
