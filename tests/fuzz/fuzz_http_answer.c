/* fuzz_http_answer.c - any bytes a server may send: an answer or a sentence, and the same whichever
 * pieces they come in.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says how long the pieces are, the second whether the answer is to a HEAD request
 * and whether the connection ends. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/http_answer.h"

#define BODY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum status st;
    unsigned status;
    bool is_done, keeps_connection;
    size_t used;
    struct buf body;
};

static void
take(struct outcome *o, const char *bytes, size_t length, size_t piece, unsigned how)
{
    struct http_answer a;
    struct err err = { 0 };

    *o = (struct outcome){ .st = OK };
    buf_init(&o->body, BODY_MAX);
    http_answer_init(&a);
    http_answer_begin(&a, (how & 1) != 0, &o->body);
    while (o->st == OK && !a.is_done && o->used < length) {
        size_t left = length - o->used, part = left < piece ? left : piece, used;

        o->st = http_answer_take(&a, bytes + o->used, part, &used, &err);
        assert(used <= part);
        assert(o->st != OK || used > 0);
        o->used += used;
    }
    if (o->st == OK && (how & 2) != 0)
        o->st = http_answer_end(&a, &err);
    assert(o->st == OK || (err.text[0] != '\0' && a.is_done));
    assert(!a.is_done || o->st != OK || (a.status >= 200 && a.status <= 999));
    assert(o->body.len <= BODY_MAX && a.line.len <= HTTP_ANSWER_HEAD_MAX);
    o->status = a.status;
    o->is_done = a.is_done;
    o->keeps_connection = a.keeps_connection;
    http_answer_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, pieces;
    const char *bytes = (const char *)data + 2;

    if (size < 3)
        return 0;
    take(&whole, bytes, size - 2, size, data[1]);
    take(&pieces, bytes, size - 2, (size_t)data[0] + 1, data[1]);
    assert(whole.st == pieces.st && whole.is_done == pieces.is_done);
    if (whole.st == OK) {
        assert(whole.status == pieces.status && whole.used == pieces.used);
        assert(whole.keeps_connection == pieces.keeps_connection);
        assert(whole.body.len == pieces.body.len);
        assert(memcmp(whole.body.data, pieces.body.data, whole.body.len) == 0);
    }
    buf_fini(&whole.body);
    buf_fini(&pieces.body);
    return 0;
}
