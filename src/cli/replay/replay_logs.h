/* replay_logs.h - lines of functions' output, into the log groups of an emulator elsewhere.
 * SPDX-License-Identifier: MIT
 *
 * A function's output is read where the function runs, and has no door that is reached from afar.
 * On AWS it ends up in a log group; PutLogEvents puts it there, and EMF among it becomes metrics.
 * What Lambda measures itself (Duration, Errors) nobody may put. */
#ifndef OV_CLI_REPLAY_LOGS_H
#define OV_CLI_REPLAY_LOGS_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/settings.h"

struct replay_logs;

/* Of the emulator at `url`. */
MUST_CHECK enum status replay_logs_open(struct replay_logs **out, const struct settings *s,
                                        const char *url, struct err *err);
void replay_logs_close(struct replay_logs *logs); /* NULL is fine; what was not sent is dropped */

/* `group` NULL: that of a function without a name. Lines wait until there are many of them.
 * E_LIMIT: no log group takes one as long as this. */
MUST_CHECK enum status replay_logs_add(struct replay_logs *logs, const char *group,
                                       const struct buf *line, int64_t now_ms, struct err *err);
/* Sends those that wait. */
MUST_CHECK enum status replay_logs_flush(struct replay_logs *logs, struct err *err);

#endif
