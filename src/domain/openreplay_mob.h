/* openreplay_mob.h - a session as the files of a recordings bucket.
 * SPDX-License-Identifier: MIT
 *
 * Real OpenReplay lays out <session>/dom.mobs (the first 15 seconds, so that a player can begin),
 * dom.mobe (the rest; absent when there is none) and devtools.mob. They hold the messages of the
 * streams player and assets, and devtools. What the stream analytics carries is kept in a database
 * there, and in no file: 17, 23, 24, 27 to 30, 42, 63, 64, 78, 112, 115, 124 and 125. A body of
 * protocol 1 has all streams in one, so that it is cut message by message.
 *
 * Files are of the second layout: eight bytes, then segments, each with its BatchMetadata and with
 * the Timestamp and TabData that hold for the messages behind them. obsview.full is ours: all
 * bodies in the order in which they came, so that it only ever grows at its end. Of a body that
 * cannot be read to its end, each file has what is before the fault. */
#ifndef OV_DOMAIN_OPENREPLAY_MOB_H
#define OV_DOMAIN_OPENREPLAY_MOB_H

#include "base/buf.h"
#include "domain/openreplay_batch.h"

enum openreplay_file {
    OPENREPLAY_DOM_START,     /* dom.mobs */
    OPENREPLAY_DOM_REST,      /* dom.mobe */
    OPENREPLAY_DEVTOOLS_FILE, /* devtools.mob */
    OPENREPLAY_FULL,          /* obsview.full */
    OPENREPLAY_FILES
};
const char *openreplay_file_name(enum openreplay_file file);

#define OPENREPLAY_DOM_START_MS 15000

/* The eight bytes that a file begins with. */
void openreplay_mob_begin(struct buf *out);
/* Appends what of a body (inflated) belongs into that file of a session that began at `start_ms`.
 * Returns how many messages that were. Look at buf_failed() in the end. */
size_t openreplay_mob_add(struct buf *out, enum openreplay_file file, int64_t start_ms,
                          const void *body, size_t length);

#endif
