/* test_http_answer.c - answers whole, in pieces, too long, cut off, and none at all.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "wire/http_answer.h"

#define BODY_MAX 64

/* What became of an answer that came in pieces of one length. */
struct outcome {
    enum status st;
    unsigned status;
    bool is_done, keeps_connection;
    size_t used;
    struct buf body;
    struct err err;
};

static void
outcome_fini(struct outcome *o)
{
    buf_fini(&o->body);
}

static void
take_in_pieces(struct outcome *o, const char *bytes, size_t length, size_t piece, bool is_to_head,
               bool ends)
{
    struct http_answer a;

    *o = (struct outcome){ .st = OK };
    buf_init(&o->body, BODY_MAX);
    http_answer_init(&a);
    http_answer_begin(&a, is_to_head, &o->body);
    while (o->st == OK && !a.is_done && o->used < length) {
        size_t left = length - o->used, used;

        o->st = http_answer_take(&a, bytes + o->used, left < piece ? left : piece, &used, &o->err);
        o->used += used;
    }
    if (o->st == OK && ends)
        o->st = http_answer_end(&a, &o->err);
    o->status = a.status;
    o->is_done = a.is_done;
    o->keeps_connection = a.keeps_connection;
    http_answer_fini(&a);
}

/* --- answers ----------------------------------------------------------------------------------
 */

struct answer_case {
    const char *name, *bytes;
    bool is_to_head, ends;
    unsigned status;
    const char *body;
    bool keeps_connection;
    const char *rest; /* what does not belong to it any more */
};

static const struct answer_case answers[] = {
    { "counted", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP", .status = 200,
      .body = "hello", .keeps_connection = true, .rest = "HTTP" },
    { "empty", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", .status = 404, .body = "",
      .keeps_connection = true },
    { "without a reason", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", .status = 200, .body = "x",
      .keeps_connection = true },
    { "bare line feeds", "HTTP/1.1 200 OK\nContent-Length:2\n\nok", .status = 200, .body = "ok",
      .keeps_connection = true },
    { "no body by its status", "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nHTTP",
      .status = 204, .body = "", .keeps_connection = true, .rest = "HTTP" },
    { "not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", .status = 304, .body = "",
      .keeps_connection = true },
    { "to a HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", .is_to_head = true,
      .status = 200, .body = "", .keeps_connection = true },
    { "closes", "HTTP/1.1 200 OK\r\nConnection: Foo , CLOSE\r\nContent-Length: 1\r\n\r\nx",
      .status = 200, .body = "x" },
    { "of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", .status = 200, .body = "x" },
    { "ended by the connection", "HTTP/1.1 200 OK\r\n\r\nall of it", .ends = true, .status = 200,
      .body = "all of it" },
    { "chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00a;x=y\r\n0123456789\r\n"
      "0\r\n\r\nnext",
      .status = 200, .body = "abc0123456789", .keeps_connection = true, .rest = "next" },
    { "chunked, with trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nB\r\nhello world\r\n0\r\nA: b\r\n"
      "Connection: close\r\n\r\n",
      .status = 200, .body = "hello world", .keeps_connection = true },
    { "chunked and counted",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: "
      "chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      .status = 200, .body = "x" },
    { "behind interim ones",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n"
      "Connection: close\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
      .status = 201, .body = "ok", .keeps_connection = true },
    { "the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      .status = 200, .body = "x", .keeps_connection = true },
};

static void
answers_are_read_in_pieces_of_any_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct answer_case *c = &answers[i];
        const size_t length = strlen(c->bytes);
        const size_t belongs = length - (c->rest == NULL ? 0 : strlen(c->rest));

        for (size_t piece = 1; piece <= length; piece++) {
            struct outcome o;

            take_in_pieces(&o, c->bytes, length, piece, c->is_to_head, c->ends);
            if (o.st != OK || !o.is_done)
                fail_msg("%s, in pieces of %zu: %s", c->name, piece, o.err.text);
            assert_int_equal(o.status, c->status);
            assert_string_equal(o.body.data, c->body);
            assert_int_equal(o.keeps_connection, c->keeps_connection);
            assert_int_equal(o.used, belongs);
            outcome_fini(&o);
        }
    }
}

static void
an_answer_that_was_cut_off_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct answer_case *c = &answers[i];
        size_t belongs = strlen(c->bytes) - (c->rest == NULL ? 0 : strlen(c->rest));

        for (size_t cut = 0; !c->ends && cut < belongs; cut++) {
            struct outcome o;

            take_in_pieces(&o, c->bytes, cut, cut + 1, c->is_to_head, true);
            assert_int_equal(o.st, E_INVALID);
            assert_non_null(strstr(o.err.text, "closed before the end"));
            outcome_fini(&o);
        }
    }
}

/* --- what is refused --------------------------------------------------------------------------
 */

static const struct refusal_case {
    const char *name, *bytes;
    enum status st;
    const char *says;
} refusals[] = {
    { "nothing like it", "\x16\x03\x01\xff{]<[not http\x1b\r\n\r\n", E_INVALID,
      "got \"????{]<[not http?\"" },
    { "HTTP/2", "HTTP/2 200 OK\r\n\r\n", E_INVALID, "a status line" },
    { "a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", E_INVALID, "a status line" },
    { "a status of four", "HTTP/1.1 2000 OK\r\n\r\n", E_INVALID, "a status line" },
    { "status 0", "HTTP/1.1 000 OK\r\n\r\n", E_INVALID, "a status line" },
    { "an upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n", E_INVALID, "got 101" },
    { "no colon", "HTTP/1.1 200 OK\r\nServer\r\n\r\n", E_INVALID, "got \"Server\"" },
    { "a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", E_INVALID,
      "expected a header" },
    { "a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n", E_INVALID, "expected a header" },
    { "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
      E_INVALID, "twice, with 1 and 2" },
    { "a length below none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", E_INVALID,
      "got \"-1\"" },
    { "a length that no number holds",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", E_INVALID,
      "expected a number" },
    { "no length in its header", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", E_INVALID,
      "expected a number" },
    { "packed for the way", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      E_UNSUPPORTED, "expected chunked" },
    { "chunks without a length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      E_INVALID, "got \"xyz\"" },
    { "a chunk longer than numbers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", E_INVALID,
      "the length of a chunk" },
    { "a chunk longer than it says",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", E_INVALID,
      "expected a chunk to end" },
    { "more than is taken",
      "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n"
      "0123456789012345678901234567890123456789012345678901234567890123x",
      E_LIMIT, "more than" },
};

static void
what_is_no_answer_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal_case *c = &refusals[i];
        const size_t length = strlen(c->bytes);

        for (size_t piece = 1; piece <= length; piece++) {
            struct outcome o;

            take_in_pieces(&o, c->bytes, length, piece, false, false);
            if (o.st != c->st || strstr(o.err.text, c->says) == NULL)
                fail_msg("%s, in pieces of %zu: %d, %s", c->name, piece, (int)o.st, o.err.text);
            assert_true(o.is_done);
            outcome_fini(&o);
        }
    }
}

/* A server that never ends what it says: `unit` again and again behind `start`. */
static void
feed_without_end(const char *start, const char *unit, size_t most, const char *says)
{
    struct http_answer a;
    struct err err = { 0 };
    struct buf body;
    size_t used, fed = 0;
    enum status st;

    buf_init(&body, BODY_MAX);
    http_answer_init(&a);
    http_answer_begin(&a, false, &body);
    st = http_answer_take(&a, start, strlen(start), &used, &err);
    for (; st == OK && fed <= most; fed += strlen(unit))
        st = http_answer_take(&a, unit, strlen(unit), &used, &err);
    assert_int_equal(st, E_LIMIT);
    assert_non_null(strstr(err.text, says));
    assert_true(a.line.cap <= 2 * HTTP_ANSWER_HEAD_MAX);
    http_answer_fini(&a);
    buf_fini(&body);
}

static void
what_has_no_end_meets_a_limit(void **state)
{
    static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    (void)state;
    feed_without_end("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx", HTTP_ANSWER_HEAD_MAX, "head");
    feed_without_end("HTTP/1.1 200 OK\r\n", "A: b\r\n", HTTP_ANSWER_HEAD_MAX, "head");
    feed_without_end("", "HTTP/1.1 100 Continue\r\n\r\n", HTTP_ANSWER_HEAD_MAX, "head");
    feed_without_end("HTTP/1.1 200 OK\r\n\r\n", "body", BODY_MAX, "an answer of more than");
    feed_without_end(chunked, "1;xxxxxxxxx", HTTP_ANSWER_CHUNK_LINE_MAX, "chunk on a line");
    feed_without_end(chunked, "1\r\nx\r\n", BODY_MAX * 6 + 6, "an answer of more than");
    feed_without_end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n",
                     HTTP_ANSWER_HEAD_MAX, "head");
}

/* Another answer begins as if there had been none. */
static void
a_parser_is_used_again(void **state)
{
    static const char first[] = "HTTP/1.0 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    static const char second[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct http_answer a;
    struct buf body;
    size_t used;

    (void)state;
    buf_init(&body, BODY_MAX);
    http_answer_init(&a);
    assert_true(a.is_done);
    http_answer_begin(&a, true, &body);
    http_answer_begin(&a, false, &body);
    assert_int_equal(http_answer_take(&a, first, strlen(first), &used, NULL), E_INVALID);
    assert_int_equal(http_answer_take(&a, second, strlen(second), &used, NULL), OK);
    assert_int_equal(used, 0);
    http_answer_begin(&a, false, &body);
    assert_int_equal(http_answer_take(&a, second, strlen(second), &used, NULL), OK);
    assert_int_equal(used, strlen(second));
    assert_true(a.is_done && a.keeps_connection);
    assert_string_equal(body.data, "ok");
    http_answer_fini(&a);
    buf_fini(&body);
}

/* Of the answer, not of what came before it; in whatever pieces. */
static void
headers_are_kept_for_who_wants_them(void **state)
{
    static const char bytes[] = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                                "HTTP/1.1 200 OK\r\nVary:  Origin "
                                "\t\r\nX-Empty:\r\nContent-Length: 1\r\nx-A: b: c\r\n\r\nx";
    static const char kept[] = "Vary:Origin\0X-Empty:\0Content-Length:1\0x-A:b: c";

    (void)state;
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        struct buf body, headers;
        struct http_answer a;
        struct err err;
        size_t used;

        buf_init(&body, BODY_MAX);
        buf_init(&headers, 1024);
        http_answer_init(&a);
        http_answer_begin(&a, false, &body);
        a.headers = &headers;
        for (size_t at = 0; at < sizeof bytes - 1; at += used) {
            const size_t left = sizeof bytes - 1 - at;

            assert_int_equal(
                http_answer_take(&a, bytes + at, left < piece ? left : piece, &used, &err), OK);
        }
        assert_true(a.is_done);
        assert_int_equal(headers.len, sizeof kept);
        assert_memory_equal(headers.data, kept, sizeof kept);
        http_answer_fini(&a);
        buf_fini(&headers);
        buf_fini(&body);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_kept_for_who_wants_them),
        cmocka_unit_test(answers_are_read_in_pieces_of_any_length),
        cmocka_unit_test(an_answer_that_was_cut_off_is_none),
        cmocka_unit_test(what_is_no_answer_is_refused_with_a_reason),
        cmocka_unit_test(what_has_no_end_meets_a_limit),
        cmocka_unit_test(a_parser_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
