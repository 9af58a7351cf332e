/* byte_range.h - the Range header of HTTP, one range of bytes (RFC 9110, 14).
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_BYTE_RANGE_H
#define OV_WIRE_BYTE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum byte_range_kind {
    BYTE_RANGE_WHOLE,  /* none, or one that RFC 9110 says to leave alone: malformed, or several */
    BYTE_RANGE_PART,   /* 206 */
    BYTE_RANGE_OUTSIDE /* 416 */
};
struct byte_range {
    enum byte_range_kind kind;
    uint64_t from, length; /* of what to send; the whole for BYTE_RANGE_WHOLE */
};

/* "bytes=0-99", "bytes=100-", "bytes=-50" of something of `size` bytes; NULL: no header. */
struct byte_range byte_range_read(const char *header, uint64_t size);

/* "bytes 0-99/1234" of an answer. false: it is not that. */
bool byte_range_read_content(const char *header, uint64_t *from, uint64_t *size);

#endif
