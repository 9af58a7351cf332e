/* fuzz_recordings.c - what a bucket may answer: lists in XML, ranges, obsview.full, OpenReplay's
 * files. SPDX-License-Identifier: MIT
 *
 * The first byte says who asks: a session is read (0), a bucket listed (1) or its settings asked
 * for (2); or the rest is a key (3), or a head and a line of obsview.full (4). Of an answer there
 * are one byte that says what it is, two for its length, and its bytes; when they are used up, the
 * next answer is a refusal. */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/net.h"
#include "aws/recordings.h"
#include "aws/s3.h"
#include "base/buf.h"
#include "base/mem.h"

#define ANSWERS_MAX 64
#define SESSION     7451

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
struct aws_call *__wrap_aws_rest_start(struct aws_client *client, const struct aws_rest *rest,
                                       aws_rest_done *done, void *arg);
void __wrap_aws_call_cancel(struct aws_call *call);
void __wrap_aws_call_count(struct aws_call *call, unsigned *arrived);

/* The one call that is under way. */
static struct {
    aws_rest_done *done; /* NULL: none */
    void *arg;
    uint64_t from, to; /* its range; to 0: it has none */
} call;

static struct {
    const uint8_t *at, *end;
} input;

struct aws_call *
__wrap_aws_rest_start(struct aws_client *client, const struct aws_rest *rest, aws_rest_done *done,
                      void *arg)
{
    (void)client;
    assert(call.done == NULL);
    call.done = done;
    call.arg = arg;
    call.from = call.to = 0;
    if (rest->range != NULL)
        assert(sscanf(rest->range, "bytes=%" SCNu64 "-%" SCNu64, &call.from, &call.to) == 2 &&
               call.to >= call.from);
    return (struct aws_call *)&call;
}

void
__wrap_aws_call_cancel(struct aws_call *cancelled)
{
    if (cancelled != NULL)
        call.done = NULL;
}

void
__wrap_aws_call_count(struct aws_call *counted, unsigned *arrived)
{
    (void)counted;
    (*arrived)++;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* A head and lines that are in order, around bodies from the input. */
static void
add_full(struct buf *body, const uint8_t *at, size_t length)
{
    char head[RECORDING_HEAD_BYTES], line[RECORDING_LINE_BYTES];
    uint64_t number = 0;

    recording_head_write(head, &(struct recording_head){ .session = SESSION, .user_id = "u" });
    if (call.from == 0)
        buf_add(body, head, sizeof head);
    while (length > 0) {
        size_t part = at[0] < length ? at[0] : length;

        recording_line_write(line, &(struct recording_line){ .number = ++number, .length = part });
        buf_add(body, line, sizeof line);
        buf_add(body, (const char *)at, part);
        at += part == 0 ? 1 : part;
        length -= part == 0 ? 1 : part;
    }
}

static void
answer(void)
{
    aws_rest_done *done = call.done;
    unsigned kind = input.at < input.end ? *input.at++ : 0xff;
    struct err err = { 0 };
    char range[80];
    struct buf body;
    size_t length = 0;

    call.done = NULL;
    if (input.end - input.at >= 2) {
        length = (size_t)input.at[0] | (size_t)input.at[1] << 8;
        input.at += 2;
    }
    if (length > (size_t)(input.end - input.at))
        length = (size_t)(input.end - input.at);
    if (kind == 0xff) {
        err_set(&err, E_NOTFOUND, "refused");
        done(call.arg, NULL, &err);
        return;
    }
    buf_init(&body, (size_t)64 << 20);
    if ((kind & 1) != 0)
        add_full(&body, input.at, length);
    else
        buf_add(&body, (const char *)input.at, length);
    input.at += length;
    if (call.to > 0 && body.len > call.to - call.from + 1)
        body.len = (size_t)(call.to - call.from + 1);
    snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, call.from,
             call.from + body.len - ((kind & 2) == 0), call.from + body.len + (kind >> 5) * 100);
    done(call.arg,
         &(struct net_answer){ .status = (kind & 4) != 0 ? 416
                                         : call.to > 0   ? 206
                                                         : 200,
                               .body = &body,
                               .etag = (kind & 8) != 0 ? "\"other\"" : "\"etag\"",
                               .content_range = (kind & 16) != 0 ? NULL : range },
         NULL);
    buf_fini(&body);
}

/* --- who asks --------------------------------------------------------------------------------- */

static bool has_ended;

static void
see_head(void *arg, const struct recording_head *head)
{
    (void)arg;
    assert(head->user_id == NULL || strlen(head->user_id) < RECORDING_HEAD_BYTES);
}

static void
see_body(void *arg, const struct recording_line *line, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;

    (void)arg;
    assert(line == NULL || (line->length == length && length <= RECORDING_BODY_MAX));
    assert(length == 0 || at[0] + at[length - 1] >= 0);
}

static void
see_end(void *arg, struct recordings_place place, const struct err *err)
{
    (void)arg;
    (void)place;
    assert(err == NULL || err->text[0] != '\0');
    has_ended = true;
}

static void
see_keys(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    const struct s3_list_request *request = arg;

    (void)partial;
    assert(count <= request->max);
    for (size_t i = 0; i < count; i++)
        assert(keys[i].key != NULL && (i == 0 || strcmp(keys[i - 1].key, keys[i].key) <= 0));
    assert(err == NULL || err->text[0] != '\0');
    has_ended = true;
}

static void
see_settings(void *arg, const struct s3_bucket_settings *settings)
{
    (void)arg;
    assert(settings != NULL);
    has_ended = true;
}

static void
ask(unsigned who)
{
    static const struct recordings_sink sink = { .head = see_head, .body = see_body };
    static struct s3_list_request list = {
        .bucket = "mobs", .prefix = "", .delimiter = "/", .after = "", .max = 1000
    };
    struct arena *arena = arena_new();
    struct recordings_job *job = NULL;
    struct s3_job *s3 = NULL;
    struct s3_use use = { 0 };

    has_ended = false;
    if (who == 0)
        job = recordings_read(NULL, "mobs", SESSION, (struct recordings_place){ 0 }, &use, &sink,
                              see_end, NULL);
    else if (who == 1)
        s3 = s3_list(NULL, arena, &list, &use, see_keys, &list);
    else
        s3 = s3_settings(NULL, "mobs", &use, see_settings, NULL);
    for (int i = 0; i < ANSWERS_MAX && call.done != NULL; i++)
        answer();
    if (!has_ended && job != NULL)
        recordings_cancel(job);
    else if (!has_ended)
        s3_cancel(s3);
    call.done = NULL;
    arena_free(arena);
}

/* What was read of a key makes the same key. */
static void
read_key(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size), again[RECORDING_KEY_TEXT];
    enum recording_file file;
    uint64_t session;

    if (recording_key_read(&session, &file, text)) {
        recording_key(again, session, file);
        assert(strcmp(again, text) == 0);
    }
    free(text);
}

static void
read_lines(const uint8_t *data, size_t size)
{
    char head[RECORDING_HEAD_BYTES], line[RECORDING_LINE_BYTES];
    struct arena *arena = arena_new();
    struct recording_head told;
    struct recording_line of;
    struct err err = { 0 };

    memset(head, ' ', sizeof head);
    memset(line, ' ', sizeof line);
    head[sizeof head - 1] = line[sizeof line - 1] = '\n';
    memcpy(head, data, size < sizeof head - 1 ? size : sizeof head - 1);
    memcpy(line, data, size < sizeof line - 1 ? size : sizeof line - 1);
    if (recording_head_read(&told, arena, head, &err) != OK)
        assert(err.code == E_INVALID);
    if (recording_line_read(&of, line, &err) != OK)
        assert(err.code == E_INVALID);
    else
        assert(of.length <= RECORDING_BODY_MAX);
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    input.at = data + 1;
    input.end = data + size;
    if (data[0] % 5 == 3)
        read_key(data + 1, size - 1);
    else if (data[0] % 5 == 4)
        read_lines(data + 1, size - 1);
    else
        ask(data[0] % 5);
    return 0;
}
