/* recordings.c - a session read from its bucket.
 * SPDX-License-Identifier: MIT
 *
 * obsview.full is taken apart as it comes: what is in memory is the piece that came last and the
 * body that is not complete yet. OpenReplay's files are unpacked whole; dom.mobe may be no more
 * than the continuation of dom.mobs, cut in mid-message, and is read together with it then. */
#include "config.h"

#include "aws/recordings.h"

#include "wire/inflate.h"
#include "wire/zstd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_MAX ((size_t)S3_OBJECT_MAX)
#define FILES     3

struct recordings_job {
    struct aws_client *client;
    struct s3_job *job;
    struct s3_use *use;
    char *bucket;
    uint64_t session;
    struct recordings_sink sink;
    recordings_done *done;
    void *arg;
    struct arena *arena;
    struct buf bytes;  /* that came and were not taken yet */
    struct buf before; /* dom.mobs in plain, for what continues it */
    uint64_t at;       /* of obsview.full: where `bytes` begin */
    int file;          /* of `order`: the one that is read */
    unsigned found;    /* bits of enum recording_file */
    struct err err;
};

/* dom.mobe has to come right behind what it may continue. */
static const enum recording_file order[FILES] = { RECORDING_BEGIN, RECORDING_REST,
                                                  RECORDING_DEVTOOLS };

static void
job_free(struct recordings_job *job)
{
    free(job->bucket);
    arena_free(job->arena);
    buf_fini(&job->bytes);
    buf_fini(&job->before);
    free(job);
}

void
recordings_cancel(struct recordings_job *job)
{
    if (job == NULL)
        return;
    s3_cancel(job->job);
    job_free(job);
}

static void
end(struct recordings_job *job, const struct err *err)
{
    struct recordings_place place = { .at = job->found & 1u << RECORDING_FULL ? job->at : 0 };

    job->done(job->arg, place, err);
    job_free(job);
}

static void
read_object(struct recordings_job *job, enum recording_file file, uint64_t from, s3_take *take,
            s3_read_done *done)
{
    char key[RECORDING_KEY_TEXT];

    recording_key(key, job->session, file);
    job->job = s3_read(job->client,
                       &(struct s3_read_request){ .bucket = job->bucket,
                                                  .key = key,
                                                  .from = from,
                                                  .max = S3_OBJECT_MAX - from,
                                                  .is_growing = file == RECORDING_FULL },
                       job->use, take, done, job);
}

/* --- obsview.full --- */

/* One head or body from the front of what came. false: it is not complete, or broken. */
static bool
take_piece(struct recordings_job *job)
{
    struct recording_head head;
    struct recording_line line;
    size_t used = RECORDING_HEAD_BYTES;

    if (job->at == 0) {
        if (job->bytes.len < used ||
            recording_head_read(&head, job->arena, job->bytes.data, &job->err) != OK)
            return false;
        job->sink.head(job->sink.arg, &head);
    } else {
        used = RECORDING_LINE_BYTES;
        if (job->bytes.len < used || recording_line_read(&line, job->bytes.data, &job->err) != OK ||
            job->bytes.len - used < line.length)
            return false;
        job->sink.body(job->sink.arg, &line, job->bytes.data + used, line.length);
        used += line.length;
    }
    buf_consume(&job->bytes, used);
    job->at += used;
    return true;
}

static bool
on_full(void *arg, const char *bytes, size_t length)
{
    struct recordings_job *job = arg;

    buf_add(&job->bytes, bytes, length);
    while (take_piece(job))
        continue;
    return job->err.code == OK;
}

static void
on_full_end(void *arg, uint64_t size, const struct err *err)
{
    struct recordings_job *job = arg;

    (void)size;
    if (err == NULL && job->err.code != OK) {
        (void)err_context(&job->err, "byte %" PRIu64 " of obsview.full", job->at);
        err = &job->err;
    }
    end(job, err);
}

/* --- OpenReplay's files --- */

static void read_next_file(struct recordings_job *job);

static bool
on_file(void *arg, const char *bytes, size_t length)
{
    struct recordings_job *job = arg;

    buf_add(&job->bytes, bytes, length);
    return !buf_failed(&job->bytes);
}

/* The player of OpenReplay looks at the first bytes, too. */
static enum status
unpack(struct buf *out, const struct buf *in, struct err *err)
{
    if (zstd_is(in->data, in->len))
        return zstd_open(out, in->data, in->len, err);
    if (in->len > 2 && memcmp(in->data, "\x1f\x8b\x08", 3) == 0)
        return inflate_body(out, "gzip", in->data, in->len, err);
    buf_add(out, in->data, in->len);
    return buf_failed(out) ? err_set(err, E_LIMIT, "it has more than %zu bytes", out->max) : OK;
}

static bool
has_layout(const struct buf *plain)
{
    return plain->len >= 8 && memcmp(plain->data, "\xff\xff\xff\xff\xff\xff\xff", 7) == 0;
}

static void
hand_over(struct recordings_job *job, const struct buf *plain)
{
    if (plain->len > 0)
        job->sink.body(job->sink.arg, NULL, plain->data, plain->len);
}

/* Keeps dom.mobs until it is known what dom.mobe is. */
static void
take_file(struct recordings_job *job, const struct buf *plain)
{
    enum recording_file file = order[job->file];

    if (file == RECORDING_BEGIN) {
        buf_add(&job->before, plain->data, plain->len);
        return;
    }
    if (file == RECORDING_REST && job->before.len > 0 && !has_layout(plain)) {
        buf_add(&job->before, plain->data, plain->len);
        return;
    }
    hand_over(job, &job->before);
    buf_clear(&job->before);
    hand_over(job, plain);
}

static void
on_file_end(void *arg, uint64_t size, const struct err *err)
{
    struct recordings_job *job = arg;
    struct buf plain;

    (void)size;
    buf_init(&plain, PLAIN_MAX);
    if (err == NULL && unpack(&plain, &job->bytes, &job->err) == OK) {
        take_file(job, &plain);
        if (buf_failed(&job->before))
            err_set(&job->err, E_LIMIT, "the session has more than %zu bytes", PLAIN_MAX);
    }
    buf_fini(&plain);
    buf_clear(&job->bytes);
    if (err == NULL && job->err.code != OK) {
        (void)err_context(&job->err, "%s", recording_file_name(order[job->file]));
        err = &job->err;
    }
    job->file++;
    if (err != NULL)
        end(job, err);
    else
        read_next_file(job);
}

static void
read_next_file(struct recordings_job *job)
{
    while (job->file < FILES && (job->found & 1u << order[job->file]) == 0)
        job->file++;
    if (job->file < FILES) {
        read_object(job, order[job->file], 0, on_file, on_file_end);
        return;
    }
    hand_over(job, &job->before);
    end(job, NULL);
}

/* --- which there are --- */

static void
on_keys(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct recordings_job *job = arg;
    enum recording_file file;
    uint64_t session;

    (void)partial;
    for (size_t i = 0; i < count; i++) {
        if (recording_key_read(&session, &file, keys[i].key) && session == job->session)
            job->found |= 1u << file;
    }
    if (err == NULL && job->found == 0) {
        err_set(&job->err, E_NOTFOUND, "there is no session %" PRIu64 " in s3://%s", job->session,
                job->bucket);
        err = &job->err;
    }
    if (err != NULL)
        end(job, err);
    else if ((job->found & 1u << RECORDING_FULL) != 0)
        read_object(job, RECORDING_FULL, job->at, on_full, on_full_end);
    else
        read_next_file(job);
}

struct recordings_job *
recordings_read(struct aws_client *client, const char *bucket, uint64_t session,
                struct recordings_place from, struct s3_use *use,
                const struct recordings_sink *sink, recordings_done *done, void *arg)
{
    struct recordings_job *job = xcalloc(1, sizeof *job);
    char prefix[RECORDING_KEY_TEXT];

    job->client = client;
    job->use = use;
    job->bucket = xstrdup(bucket);
    job->session = session;
    job->sink = *sink;
    job->done = done;
    job->arg = arg;
    job->arena = arena_new();
    job->at = from.at;
    buf_init(&job->bytes, PLAIN_MAX);
    buf_init(&job->before, PLAIN_MAX);
    if (from.at > 0) { /* it is known what there is */
        job->found = 1u << RECORDING_FULL;
        read_object(job, RECORDING_FULL, from.at, on_full, on_full_end);
        return job;
    }
    snprintf(prefix, sizeof prefix, "%" PRIu64 "/", session);
    job->job =
        s3_list(client, job->arena,
                &(struct s3_list_request){
                    .bucket = bucket, .prefix = prefix, .delimiter = "", .after = "", .max = 100 },
                use, on_keys, job);
    return job;
}
