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
/* Waits for SIGINT, SIGTERM or SIGHUP. */
void signals_wait(int fd);

#endif
