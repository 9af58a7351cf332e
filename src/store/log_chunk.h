/* log_chunk.h - the lines of one stream within one minute, packed and compressed.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_LOG_CHUNK_H
#define OV_STORE_LOG_CHUNK_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_WINDOW_MS 60000 /* a chunk never reaches over the end of a minute */

struct chunk_line {
    int64_t time_ms, ingested_ms;
    int64_t number; /* unique among lines, ascending in order of arrival */
    const char *text;
    size_t len;
};

/* What packing needs again and again. */
struct log_packer;
struct log_packer *log_packer_new(void);
void log_packer_free(struct log_packer *p);

/* Lines in order of (time, number). The body belongs to the packer until the next call; raw_len is
 * what it will unfold to. */
void log_chunk_pack(struct log_packer *p, const struct chunk_line *lines, size_t count,
                    const void **body, size_t *body_len, size_t *raw_len);

struct log_chunk {
    struct chunk_line *lines;
    size_t count;
    char *memory;
};
MUST_CHECK enum status log_chunk_unpack(struct log_chunk *out, const void *body, size_t len,
                                        size_t count, size_t raw_len, struct err *err);
void log_chunk_fini(struct log_chunk *chunk);

#endif
