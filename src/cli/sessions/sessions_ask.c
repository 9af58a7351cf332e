/* sessions_ask.c - one question at a time to the bucket of recordings.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/watching.h"

#define DEADLINE_S 120
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

enum status
sessions_init(struct sessions *a, struct settings *s, struct err *err)
{
    enum status st;

    *a = (struct sessions){ .settings = s, .bucket = settings_text(s, SET_RECORDINGS_BUCKET) };
    st = watching_target(&a->target, s, NULL, err);
    if (st != OK)
        return st;
    a->net = net_new();
    a->client = aws_client_new(a->net, &a->target);
    a->arena = arena_new();
    return OK;
}

void
sessions_fini(struct sessions *a)
{
    int64_t cost = s3_cost_microusd(&a->target.prices, &a->use);

    if (cost > 0)
        command_say(stderr, "obsview: %u list%s and %u read%s of s3://%s, about %.6f USD",
                    a->use.lists, text_s(a->use.lists), a->use.gets, text_s(a->use.gets), a->bucket,
                    (double)cost / 1e6);
    aws_client_free(a->client);
    net_free(a->net);
    aws_target_fini(&a->target);
    arena_free(a->arena);
}

enum status
sessions_finish(struct sessions *a, struct err *err)
{
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    a->err = (struct err){ .code = OK };
    while (!a->is_done && mono_ns() < end)
        net_run(a->net, 200);
    if (!a->is_done)
        return err_set(err, E_IO, "no answer within %d s", DEADLINE_S);
    a->is_done = false;
    if (a->err.code == OK)
        return OK;
    *err = a->err;
    return err->code;
}

void
sessions_note_end(struct sessions *a, const struct err *err)
{
    a->is_done = true;
    a->err = err == NULL ? (struct err){ .code = OK } : *err;
}

bool
sessions_want_json(const struct settings *s)
{
    return strcmp(settings_text(s, SET_FORMAT), "json") == 0;
}

void
sessions_print_json(const cJSON *value)
{
    struct buf b;

    buf_init(&b, OUTPUT_MAX);
    json_print(&b, value);
    fwrite(b.data, 1, b.len, stdout);
    fputc('\n', stdout);
    buf_fini(&b);
}

enum status
sessions_read_id(uint64_t *session, const char *id, struct err *err)
{
    if (!recording_session_read(session, id, strlen(id)))
        return err_set(err, E_USAGE,
                       "\"%.60s\" is not the number of a session; see obsview sessions ls", id);
    return OK;
}
