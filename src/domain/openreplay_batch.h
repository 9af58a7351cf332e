/* openreplay_batch.h - a body of POST /v1/web/i, and a file of a recordings bucket, message by
 * message. SPDX-License-Identifier: MIT
 *
 * A body is one or more segments: BatchMetadata (which alone has no size), then messages up to the
 * next one. A bucket's file is bodies one after the other behind eight bytes that say which layout
 * it is (seven 0xff, then 0xfe or 0xfd), or the older layout without sizes (0xff, or nothing at
 * all), whose messages have a number before them or not.
 * Nothing is copied or allocated; the work is linear in the length of the body, whatever is in it.
 */
#ifndef OV_DOMAIN_OPENREPLAY_BATCH_H
#define OV_DOMAIN_OPENREPLAY_BATCH_H

#include "domain/openreplay_message.h"

enum openreplay_fault_kind {
    OPENREPLAY_NO_FAULT,
    OPENREPLAY_TRUNCATED,   /* a varint, a size or a text goes beyond the end */
    OPENREPLAY_OVERLONG,    /* a varint of more than 64 bits */
    OPENREPLAY_NO_HEADER,   /* the body does not begin with BatchMetadata; what can be read of it is
                               read all the same */
    OPENREPLAY_BAD_VERSION, /* version 0: a tracker of before 2021 */
    OPENREPLAY_TEXT_TOO_LONG, /* more than the 10,000,000 bytes the real server takes */
    OPENREPLAY_UNKNOWN_ID     /* in a layout without sizes, where nothing can be stepped over */
};
struct openreplay_fault {
    enum openreplay_fault_kind kind;
    size_t offset; /* of the byte that is wrong */
};
/* "what begins at byte 71 goes beyond the end": for log, screen and checks. */
void openreplay_fault_describe(char *text, size_t size, const struct openreplay_fault *fault);

enum openreplay_layout_kind { OPENREPLAY_SIZED, OPENREPLAY_INDEXED, OPENREPLAY_BARE };

struct openreplay_reader {
    const uint8_t *body;
    size_t length, at;
    enum openreplay_layout_kind layout;
    bool is_file, begun, ended;
    uint64_t index;                /* of the last message, in OPENREPLAY_INDEXED */
    struct openreplay_fault fault; /* the first one; look when there are no more messages */
    /* --- what the messages so far say of the ones that follow --- */
    unsigned segment; /* number of BatchMetadata seen, less one */
    unsigned version; /* 1 all messages; 2 player, 3 assets, 4 devtools, 5 analytics */
    uint64_t page_no;
    uint64_t first_index;
    int64_t now_ms;              /* 0: none yet; at most 2^53 */
    struct openreplay_text tab;  /* empty: none yet */
    struct openreplay_text page; /* URL of the last SetPageLocation, else of BatchMetadata */
};

/* Over a body of the tracker. It is borrowed. */
void openreplay_reader_init(struct openreplay_reader *reader, const void *body, size_t length);
/* Over a file of a bucket (inflated): its first bytes say which layout it has. A file that is cut
 * in mid-message, as dom.mobs of the older layout is, ends in OPENREPLAY_TRUNCATED. */
void openreplay_reader_init_file(struct openreplay_reader *reader, const void *file, size_t length);
/* The next message, after the reader's state has taken it in. false: the end, or a fault that
 * nothing can be read behind. */
bool openreplay_reader_next(struct openreplay_reader *reader, struct openreplay_message *out);

#endif
