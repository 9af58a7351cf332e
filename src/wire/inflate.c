/* inflate.c - gzip (RFC 1952) and zlib (RFC 1950) data, bounded.
 * SPDX-License-Identifier: MIT
 *
 * A kilobyte can unfold to a megabyte, so the output is written in small steps into a buffer with a
 * ceiling. A gzip body may have several members, one behind the other. HTTP's "deflate" is the zlib
 * format (RFC 9110, 8.4.1.2); the bare format that some once sent for it is not accepted. */
#include "config.h"

#include "wire/inflate.h"

#include <limits.h>
#include <string.h>
#include <strings.h>
#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#define STEP 16384

/* zlib's window sizes, with what it may expect in front of the data added. */
#define WINDOW_ZLIB 15
#define WINDOW_GZIP (15 + 16)

static bool
is_name(const char *text, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(text, name, len) == 0;
}

/* The window for an encoding; 0 for none at all, -1 for one that is not known. */
static int
window_of(const char *encoding)
{
    size_t len;

    if (encoding == NULL)
        return 0;
    encoding += strspn(encoding, " \t");
    len = strlen(encoding);
    while (len > 0 && (encoding[len - 1] == ' ' || encoding[len - 1] == '\t'))
        len--;
    if (len == 0 || is_name(encoding, len, "identity"))
        return 0;
    if (is_name(encoding, len, "gzip") || is_name(encoding, len, "x-gzip"))
        return WINDOW_GZIP;
    return is_name(encoding, len, "deflate") ? WINDOW_ZLIB : -1;
}

bool
inflate_is_needed(const char *content_encoding)
{
    return window_of(content_encoding) != 0;
}

/* Where the buffer is too full for a whole step, the rest of it and one byte more: that byte tells
 * "exactly full" from "too much". */
static int
inflate_step(z_stream *z, struct buf *out)
{
    unsigned char step[STEP];
    size_t left = out->max - out->len;
    size_t want = left < STEP ? left + 1 : STEP;
    int code;

    z->next_out = step;
    z->avail_out = (uInt)want;
    code = inflate(z, Z_NO_FLUSH);
    buf_add(out, step, want - z->avail_out);
    return code;
}

static enum status
inflate_all(z_stream *z, struct buf *out, struct err *err)
{
    for (;;) {
        int code = inflate_step(z, out);

        if (buf_failed(out))
            return err_set(err, E_LIMIT, "the body unfolds to more than %zu bytes", out->max);
        if (code == Z_STREAM_END) {
            if (z->avail_in == 0)
                return OK;
            if (z->next_in[0] != 0x1f || inflateReset(z) != Z_OK) /* how a gzip member begins */
                return err_set(err, E_INVALID, "%u bytes behind the compressed body", z->avail_in);
        } else if (code == Z_BUF_ERROR || (code == Z_OK && z->avail_in == 0 && z->avail_out > 0))
            return err_set(err, E_INVALID, "the compressed body is cut short");
        else if (code == Z_MEM_ERROR)
            return err_set(err, E_LIMIT, "out of memory for a compressed body");
        else if (code != Z_OK)
            return err_set(err, E_INVALID, "the compressed body is damaged: %s",
                           z->msg == NULL ? "not in the format that was named" : z->msg);
    }
}

enum status
inflate_body(struct buf *out, const char *content_encoding, const void *bytes, size_t len,
             struct err *err)
{
    int window = window_of(content_encoding);
    z_stream z = { 0 };
    enum status st;

    if (window < 0)
        return err_set(err, E_UNSUPPORTED,
                       "Content-Encoding %.40s is not supported (gzip and deflate are)",
                       content_encoding);
    if (window == 0) {
        buf_add(out, bytes, len);
        if (buf_failed(out))
            return err_set(err, E_LIMIT, "a body of more than %zu bytes", out->max);
        return OK;
    }
    if (len > UINT_MAX)
        return err_set(err, E_LIMIT, "a compressed body of %zu bytes", len);
    if (inflateInit2(&z, window) != Z_OK)
        return err_set(err, E_LIMIT, "out of memory for a compressed body");
    z.next_in = bytes;
    z.avail_in = (uInt)len;
    st = inflate_all(&z, out, err);
    inflateEnd(&z);
    return st;
}
