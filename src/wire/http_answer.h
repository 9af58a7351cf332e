/* http_answer.h - an HTTP/1.1 server's answer to one request, as its bytes come.
 * SPDX-License-Identifier: MIT
 *
 * Pure: whoever has the connection hands in what it read, in pieces of any size. Whatever the
 * server sends is bounded: the head with all interim answers (1xx, which are passed over) and
 * trailers by HTTP_ANSWER_HEAD_MAX, a line that announces a chunk by HTTP_ANSWER_CHUNK_LINE_MAX,
 * the body by the ceiling of the buffer it goes to. */
#ifndef OV_WIRE_HTTP_ANSWER_H
#define OV_WIRE_HTTP_ANSWER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_ANSWER_HEAD_MAX       ((size_t)64 << 10)
#define HTTP_ANSWER_CHUNK_LINE_MAX ((size_t)1 << 10)

struct http_answer {
    unsigned status;       /* 0: not known yet */
    bool is_done;          /* nothing more belongs to it */
    bool keeps_connection; /* once it is done: another request may follow on the connection */
    struct buf
        *headers; /* borrowed; takes "Name:value", each with a NUL behind it; NULL: unwanted */
    /* the parser's own */
    unsigned state;
    bool has_no_body, has_length, is_chunked;
    uint64_t left;    /* of the body or of a chunk */
    size_t head_seen; /* bytes of lines so far */
    struct buf line;  /* of which the end has not come yet */
    struct buf *body; /* borrowed */
};

void http_answer_init(struct http_answer *a);
void http_answer_fini(struct http_answer *a);

/* Another answer begins, whose body is appended to `body`. One to a HEAD request has none. */
void http_answer_begin(struct http_answer *a, bool is_to_head, struct buf *body);
/* Takes bytes up to the end of the answer, and says how many. E_INVALID: this is no such answer;
 * E_LIMIT: too much of something. After either, and once it is done, it takes no more. */
MUST_CHECK enum status http_answer_take(struct http_answer *a, const char *bytes, size_t length,
                                        size_t *used, struct err *err);
/* The server closed the connection. OK: what came is the whole answer. E_INVALID: it is not. */
MUST_CHECK enum status http_answer_end(struct http_answer *a, struct err *err);

#endif
