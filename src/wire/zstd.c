/* zstd.c - frames of zstd written and read.
 * SPDX-License-Identifier: MIT
 *
 * Written at the fastest level, as OpenReplay does. Memory for reading grows with the output and
 * with the window, which is bounded; nothing is taken for granted that a frame says of itself. */
#include "config.h"

#include "wire/zstd.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL      1
#define WINDOW_LOG 26
#define STEP       16384

struct zstd_writer {
    ZSTD_CCtx *context;
    struct buf out;
};

struct zstd_writer *
zstd_writer_new(size_t max)
{
    struct zstd_writer *writer = xcalloc(1, sizeof *writer);

    writer->context = ZSTD_createCCtx();
    if (writer->context == NULL)
        abort(); /* no memory, as everywhere */
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, LEVEL);
    buf_init(&writer->out, max);
    return writer;
}

void
zstd_writer_free(struct zstd_writer *writer)
{
    if (writer == NULL)
        return;
    ZSTD_freeCCtx(writer->context);
    buf_fini(&writer->out);
    free(writer);
}

static void
compress(struct zstd_writer *writer, ZSTD_inBuffer *in, ZSTD_EndDirective how)
{
    size_t left;

    do {
        char step[STEP];
        ZSTD_outBuffer out = { .dst = step, .size = sizeof step };

        left = ZSTD_compressStream2(writer->context, &out, in, how);
        buf_add(&writer->out, step, out.pos);
    } while (!ZSTD_isError(left) && !buf_failed(&writer->out) &&
             (how == ZSTD_e_end ? left > 0 : in->pos < in->size));
    if (ZSTD_isError(left))
        abort(); /* it fails for want of memory alone */
}

void
zstd_writer_add(struct zstd_writer *writer, const void *bytes, size_t len)
{
    ZSTD_inBuffer in = { .src = bytes, .size = len };

    if (!buf_failed(&writer->out))
        compress(writer, &in, ZSTD_e_continue);
}

const struct buf *
zstd_writer_end(struct zstd_writer *writer)
{
    ZSTD_inBuffer in = { .src = "", .size = 0 };

    if (!buf_failed(&writer->out))
        compress(writer, &in, ZSTD_e_end);
    return buf_failed(&writer->out) ? NULL : &writer->out;
}

bool
zstd_is(const void *bytes, size_t len)
{
    return len >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
}

static enum status
decompress(struct buf *out, ZSTD_DCtx *context, ZSTD_inBuffer *in, struct err *err)
{
    size_t left = 1;

    while (in->pos < in->size || left != 0) {
        char step[STEP];
        ZSTD_outBuffer to = { .dst = step, .size = sizeof step };
        size_t had = in->pos;

        left = ZSTD_decompressStream(context, &to, in);
        if (ZSTD_isError(left))
            return err_set(err, E_INVALID, "the zstd data is damaged: %s", ZSTD_getErrorName(left));
        buf_add(out, step, to.pos);
        if (buf_failed(out))
            return err_set(err, E_LIMIT, "more than %zu bytes come out of the zstd data", out->max);
        if (to.pos == 0 && in->pos == had && left != 0)
            return err_set(err, E_INVALID, "the zstd data ends too early");
    }
    return OK;
}

enum status
zstd_open(struct buf *out, const void *bytes, size_t len, struct err *err)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = { .src = bytes, .size = len };
    enum status st;

    if (context == NULL)
        return err_set(err, E_LIMIT, "no memory to open zstd data");
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
    st = decompress(out, context, &in, err);
    ZSTD_freeDCtx(context);
    return st;
}
