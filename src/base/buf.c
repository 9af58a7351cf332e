/* buf.c - bounded growing bytes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char empty[1]; /* shared by all buffers without memory of their own; stays a NUL */

void
buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){ .data = empty, .max = max };
}

void
buf_fini(struct buf *b)
{
    if (b->data != empty)
        free(b->data);
    *b = (struct buf){ .data = empty, .max = b->max };
}

void
buf_clear(struct buf *b)
{
    b->len = 0;
    b->over = false;
    if (b->data != empty)
        b->data[0] = '\0';
}

bool
buf_failed(const struct buf *b)
{
    return b->over;
}

char *
buf_room(struct buf *b, size_t len)
{
    size_t need, cap;

    if (b->over || len > b->max || b->len > b->max - len) {
        b->over = true;
        return NULL;
    }
    need = b->len + len + 1;
    if (need > b->cap) {
        cap = b->cap < 64 ? 64 : b->cap;
        while (cap < need)
            cap *= 2;
        if (cap > b->max + 1)
            cap = b->max + 1;
        b->data = xreallocarray(b->data == empty ? NULL : b->data, cap, 1);
        b->cap = cap;
        b->data[b->len] = '\0';
    }
    return b->data + b->len;
}

void
buf_grown(struct buf *b, size_t len)
{
    assert(len == 0 || b->len + len < b->cap);
    b->len += len;
    if (b->data != empty)
        b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
    char *to = buf_room(b, len);

    if (to == NULL || len == 0)
        return;
    memcpy(to, bytes, len);
    buf_grown(b, len);
}

void
buf_addc(struct buf *b, char c)
{
    if (b->over || b->len >= b->max || b->len + 1 >= b->cap) {
        buf_add(b, &c, 1);
        return;
    }
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void
buf_addv(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    char *to;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    to = n < 0 ? NULL : buf_room(b, (size_t)n);
    if (to != NULL && n > 0) {
        vsnprintf(to, (size_t)n + 1, fmt, again);
        buf_grown(b, (size_t)n);
    }
    va_end(again);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_addv(b, fmt, ap);
    va_end(ap);
}

void
buf_consume(struct buf *b, size_t len)
{
    assert(len <= b->len);
    if (len == 0)
        return;
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
    b->data[b->len] = '\0';
}

char *
buf_take(struct buf *b, size_t *len)
{
    char *bytes = b->data == empty ? xstrdup("") : b->data;

    if (len != NULL)
        *len = b->len;
    *b = (struct buf){ .data = empty, .max = b->max };
    return bytes;
}

enum status
buf_read_file(struct buf *b, const char *path, struct err *err)
{
    enum status st = OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, errno, "cannot open %s", path);
    for (;;) {
        size_t want = b->max - b->len < 65536 ? b->max - b->len + 1 : 65536;
        char chunk[65536];
        ssize_t n = read(fd, chunk, want);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            st = err_errno(err, errno, "cannot read %s", path);
            break;
        }
        if (n == 0)
            break;
        buf_add(b, chunk, (size_t)n);
        if (buf_failed(b)) {
            st = err_set(err, E_LIMIT, "%s is larger than %zu bytes", path, b->max);
            break;
        }
    }
    close(fd);
    return st;
}
