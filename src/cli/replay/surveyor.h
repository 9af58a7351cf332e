/* surveyor.h - the thread that reads a whole recording once.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_SURVEYOR_H
#define OV_CLI_SURVEYOR_H

#include "base/err.h"
#include "cli/replay/desk.h"

struct surveyor;

/* The desk is told of broken lines as they come, and of the rest in the end. Strings are borrowed;
 * `page_start` is that of survey.h. */
MUST_CHECK enum status surveyor_start(struct surveyor **out, struct desk *desk, const char *path,
                                      const char *page_start, struct err *err);
void surveyor_join(struct surveyor *surveyor); /* after desk_stop(); NULL is fine */

#endif
