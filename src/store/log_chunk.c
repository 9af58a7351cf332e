/* log_chunk.c - log lines in bulk.
 * SPDX-License-Identifier: MIT
 *
 * Unfolded, a chunk is a head for each line (time, number and ingestion time as differences to the
 * line before, length) and then the texts. The body is that behind a byte that says whether it is
 * compressed: zstd at its fastest level, and only when it saves an eighth. */
#include "config.h"

#include "base/mem.h"
#include "base/pack.h"
#include "store/log_chunk.h"

#include <stdlib.h>
#include <zstd.h>

#define RAW_MAX   ((size_t)96 << 20)
#define SMALL     64 /* not worth trying */
#define PLAIN     0
#define ZSTD      1
#define ZSTD_FAST 1

struct log_packer {
    ZSTD_CCtx *zstd;
    struct buf raw;
    struct buf packed;
};

struct log_packer *
log_packer_new(void)
{
    struct log_packer *p = xcalloc(1, sizeof *p);

    p->zstd = ZSTD_createCCtx();
    buf_init(&p->raw, RAW_MAX);
    buf_init(&p->packed, RAW_MAX + RAW_MAX / 128);
    return p;
}

void
log_packer_free(struct log_packer *p)
{
    if (p == NULL)
        return;
    ZSTD_freeCCtx(p->zstd);
    buf_fini(&p->raw);
    buf_fini(&p->packed);
    free(p);
}

static void
fold(struct buf *raw, const struct chunk_line *lines, size_t count)
{
    struct chunk_line before = { 0 };

    buf_clear(raw);
    pack_u8(raw, PLAIN);
    for (size_t i = 0; i < count; i++) {
        pack_signed(raw, lines[i].time_ms - before.time_ms);
        pack_signed(raw, lines[i].number - before.number);
        pack_signed(raw, lines[i].ingested_ms - before.ingested_ms);
        pack_varint(raw, lines[i].len);
        before = lines[i];
    }
    for (size_t i = 0; i < count; i++)
        buf_add(raw, lines[i].text, lines[i].len);
}

void
log_chunk_pack(struct log_packer *p, const struct chunk_line *lines, size_t count,
               const void **body, size_t *body_len, size_t *raw_len)
{
    size_t len, bound, n;
    char *room;

    fold(&p->raw, lines, count);
    len = p->raw.len - 1;
    *raw_len = len;
    *body = p->raw.data;
    *body_len = p->raw.len;
    bound = ZSTD_compressBound(len);
    buf_clear(&p->packed);
    room = len < SMALL || p->zstd == NULL ? NULL : buf_room(&p->packed, bound + 1);
    if (room == NULL)
        return;
    n = ZSTD_compressCCtx(p->zstd, room + 1, bound, p->raw.data + 1, len, ZSTD_FAST);
    if (ZSTD_isError(n) || n > len - len / 8)
        return;
    room[0] = ZSTD;
    *body = room;
    *body_len = n + 1;
}

/* Points the lines into the unfolded bytes. */
static bool
unfold(struct log_chunk *chunk, size_t raw_len)
{
    struct unpack u = unpack_over(chunk->memory, raw_len);
    struct chunk_line before = { 0 };

    for (size_t i = 0; i < chunk->count && !u.bad; i++) {
        struct chunk_line *line = &chunk->lines[i];

        line->time_ms = before.time_ms + unpack_signed(&u);
        line->number = before.number + unpack_signed(&u);
        line->ingested_ms = before.ingested_ms + unpack_signed(&u);
        line->len = unpack_varint(&u);
        before = *line;
    }
    for (size_t i = 0; i < chunk->count && !u.bad; i++)
        chunk->lines[i].text = unpack_bytes(&u, chunk->lines[i].len);
    return !u.bad;
}

enum status
log_chunk_unpack(struct log_chunk *out, const void *body, size_t len, size_t count, size_t raw_len,
                 struct err *err)
{
    const char *bytes = body;
    struct log_chunk chunk = { .count = count };
    bool good = false;

    if (len == 0 || raw_len > RAW_MAX || count > raw_len)
        return err_set(err, E_IO, "a chunk of log lines is damaged");
    chunk.memory = xmalloc(raw_len + 1);
    chunk.lines = xcalloc(count, sizeof *chunk.lines);
    if (bytes[0] == PLAIN && len - 1 == raw_len) {
        memcpy(chunk.memory, bytes + 1, raw_len);
        good = true;
    } else if (bytes[0] == ZSTD) {
        good = ZSTD_decompress(chunk.memory, raw_len, bytes + 1, len - 1) == raw_len;
    }
    if (!good || !unfold(&chunk, raw_len)) {
        log_chunk_fini(&chunk);
        return err_set(err, E_IO, "a chunk of log lines is damaged");
    }
    *out = chunk;
    return OK;
}

void
log_chunk_fini(struct log_chunk *chunk)
{
    free(chunk->lines);
    free(chunk->memory);
    *chunk = (struct log_chunk){ 0 };
}
