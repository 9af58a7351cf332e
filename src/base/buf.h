/* buf.h - growing bytes that are born with a ceiling.
 * SPDX-License-Identifier: MIT
 *
 * The content is always followed by a NUL that is not counted, so text may be read as a C string.
 * The first append that would pass the ceiling changes nothing and marks the buffer; later appends
 * are refused too, so a writer may check once at the end with buf_failed(). */
#ifndef OV_BASE_BUF_H
#define OV_BASE_BUF_H

#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* never NULL after buf_init() */
    size_t len;
    size_t cap;
    size_t max;
    bool over;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);  /* leaves it safe to init again, and to fini again */
void buf_clear(struct buf *b); /* keeps the memory; lifts the mark */
bool buf_failed(const struct buf *b);

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *b, const char *fmt, va_list ap);
/* Room for `len` more bytes at the end, not yet counted: write there, then buf_grown(). NULL past
 * the ceiling. */
char *buf_room(struct buf *b, size_t len);
void buf_grown(struct buf *b, size_t len);
/* Drops the first `len` bytes. */
void buf_consume(struct buf *b, size_t len);

/* The bytes become the caller's (free()); the buffer is left empty. */
char *buf_take(struct buf *b, size_t *len);

/* Appends a whole file. E_LIMIT when it is larger than the ceiling, E_IO with the system's reason.
 */
MUST_CHECK enum status buf_read_file(struct buf *b, const char *path, struct err *err);

#endif
