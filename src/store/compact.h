/* compact.h - many small chunks of log lines into few large ones.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_COMPACT_H
#define OV_STORE_COMPACT_H

#include "store/reader.h"

/* Puts the chunks of each stream and minute together where there are at least four, for all minutes
 * that begin in [from_ms, to_ms). Reads on the calling thread, replaces on the writer's. */
MUST_CHECK enum status compact_logs(struct store_reader *r, int64_t from_ms, int64_t to_ms,
                                    struct err *err);

#endif
