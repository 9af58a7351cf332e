/* event_stream.h - AWS's event stream encoding (application/vnd.amazon.eventstream), both ends.
 * SPDX-License-Identifier: MIT
 *
 * A frame is named values and a payload, between two checksums. All values that services send us
 * are strings; others are read over. */
#ifndef OV_WIRE_EVENT_STREAM_H
#define OV_WIRE_EVENT_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define EVENT_STREAM_TYPE "application/vnd.amazon.eventstream"
#define EVENT_HEADERS_MAX 16
#define EVENT_FRAME_MAX   ((size_t)2 << 20) /* a session update: 500 lines, of 1 MiB together */

struct event_header {
    const char *name;  /* at most 255 bytes */
    const char *value; /* at most 65,535 */
};

/* --- the answering end --- */

/* Appends one frame. */
void event_stream_add(struct buf *b, const struct event_header *headers, size_t count,
                      const void *payload, size_t len);

/* --- the asking end --- */

struct event_frame {
    struct event_header headers[EVENT_HEADERS_MAX]; /* strings only */
    size_t header_count;
    const char *payload; /* not NUL-terminated */
    size_t payload_len;
};

/* NULL when the frame has no such header. */
const char *event_frame_get(const struct event_frame *frame, const char *name);

/* Frames out of bytes that come in pieces. */
struct event_decoder {
    struct buf bytes; /* not yet given out */
    struct buf names; /* the texts of the frame that was given last */
    size_t given;     /* length of that frame, still at the front of `bytes` */
};

void event_decoder_init(struct event_decoder *d);
void event_decoder_fini(struct event_decoder *d);
/* E_LIMIT when more waits than two frames may have: take them out in between. */
MUST_CHECK enum status event_decoder_add(struct event_decoder *d, const void *bytes, size_t len,
                                         struct err *err);
/* *has: a whole frame was there, and lives until the next call. E_INVALID for a wrong checksum or
 * headers that do not add up, E_LIMIT for a frame beyond EVENT_FRAME_MAX; nothing that follows can
 * be read then. */
MUST_CHECK enum status event_decoder_next(struct event_decoder *d, struct event_frame *out,
                                          bool *has, struct err *err);

#endif
