/* openreplay_decode.h - the primitives of a message, for the readers of bodies and files.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_DECODE_H
#define OV_DOMAIN_OPENREPLAY_DECODE_H

#include "domain/openreplay_batch.h"

struct openreplay_cursor {
    const uint8_t *start, *at, *end; /* offsets in faults count from `start` */
};

/* Each answers false with the fault filled in, and the cursor somewhere behind it. */
bool openreplay_decode_varint(struct openreplay_cursor *cursor, uint64_t *out,
                              struct openreplay_fault *fault);
/* All fields of message->layout into message->values. `may_end`: fields that are missing at the end
 * are empty, as within a message that has a size. */
bool openreplay_decode_fields(struct openreplay_cursor *cursor, struct openreplay_message *message,
                              bool may_end, struct openreplay_fault *fault);

#endif
