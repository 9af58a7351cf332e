/* aws_gzip.c - SDKs compress PutMetricData from 10 KB on.
 * SPDX-License-Identifier: MIT
 *
 * The output grows in steps into a buffer with a ceiling, so a small body that opens to gigabytes
 * costs no more than the ceiling. */
#include "config.h"

#include "emulator/aws_gzip.h"

#include <limits.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#define STEP        ((size_t)64 << 10)
#define GZIP_WINDOW (15 + 16) /* zlib: gzip framing, largest window */

/* Until the input is used up and its last member has ended. */
static enum status
inflate_all(z_stream *z, struct buf *out, struct err *err)
{
    int rc;

    do {
        char *room = buf_room(out, STEP);

        if (room == NULL)
            return err_set(err, E_LIMIT, "the gzip body opens to more than %zu bytes", out->max);
        z->next_out = (Bytef *)room;
        z->avail_out = (uInt)STEP;
        rc = inflate(z, Z_NO_FLUSH);
        buf_grown(out, STEP - z->avail_out);
        if (rc == Z_STREAM_END && z->avail_in > 0)
            rc = inflateReset(z); /* the next member */
        else if (rc == Z_STREAM_END)
            return OK;
    } while (rc == Z_OK && (z->avail_in > 0 || z->avail_out == 0));
    return err_set(err, E_INVALID, "the body is not what Content-Encoding: gzip says: %s",
                   rc == Z_OK || rc == Z_BUF_ERROR ? "it ends too early"
                   : z->msg != NULL                ? z->msg
                                                   : "damaged");
}

enum status
aws_gunzip(struct buf *out, const void *bytes, size_t len, struct err *err)
{
    z_stream z = { .next_in = (const Bytef *)bytes, .avail_in = (uInt)len };
    enum status st;

    if (len > UINT_MAX)
        return err_set(err, E_LIMIT, "the gzip body is too large");
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return err_set(err, E_INTERNAL, "cannot start to decompress");
    st = inflate_all(&z, out, err);
    inflateEnd(&z);
    return st;
}
