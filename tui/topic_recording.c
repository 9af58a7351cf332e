/* topic_recording.c - ASK_RECORDING: one session of the recordings bucket, told.
 * SPDX-License-Identifier: MIT
 *
 * Bodies come in pieces: all there is at first, then what a live session sends. Each piece is an
 * answer of its own, which nobody sees; the answers that are shown refer to all pieces, so nothing
 * is copied, and a line can be looked up in its body for as long as it is on screen. The story is
 * made anew from all bodies when some came, here and not on the screen's thread; a session whose
 * story takes long is told the more seldom.
 *
 * OpenReplay's own files cannot be followed: they are read whole each time. Where no emulator
 * searches what it receives, what was loaded is searched for personal data here. */
#include "config.h"

#include "aws/recordings.h"
#include "base/clock.h"
#include "domain/openreplay_scan.h"
#include "tui/recording.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define PIECES_MAX   4096
#define FORGET_BYTES ((uint64_t)1024 * 1024) /* larger ones are not kept for coming back */
#define REST_FACTOR  10                      /* the thread is busy with it a tenth of the time */
#define PAUSE_NS     UINT64_C(500000000)

struct recording_topic {
    struct recordings_job *job;
    struct s3_use use;
    uint64_t session;
    struct recordings_place at;
    struct answer *piece; /* being read */
    struct answer **pieces;
    size_t piece_count, piece_room;
    struct recording_bytes *bodies;
    size_t body_count, body_room;
    uint64_t bytes;
    int64_t last_ms; /* of the body that came last */
    bool has_head, has_full;
    struct recording_head head; /* its texts are in the first piece */
    struct pii_rules *rules;    /* NULL: nothing is searched */
    struct openreplay_scan *scan;
    size_t scanned; /* bodies */
};

static struct recording_topic *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct recording_topic));
    return topic->state;
}

/* All that was read. */
static void
drop_bodies(struct recording_topic *r)
{
    for (size_t i = 0; i < r->piece_count; i++)
        answer_unref(r->pieces[i]);
    r->piece_count = r->body_count = r->scanned = 0;
    r->bytes = 0;
    r->last_ms = 0;
    r->has_head = r->has_full = false;
    r->at = (struct recordings_place){ .at = 0 };
    openreplay_scan_free(r->scan);
    r->scan = NULL;
}

static void
cancel(struct topic *topic)
{
    struct recording_topic *r = state_of(topic);

    recordings_cancel(r->job);
    r->job = NULL;
    answer_unref(r->piece); /* bodies of it that came are counted already: begin again */
    r->piece = NULL;
    drop_bodies(r);
}

static void
fini(struct topic *topic)
{
    struct recording_topic *r = topic->state;

    if (r == NULL)
        return;
    drop_bodies(r);
    pii_rules_free(r->rules);
    free(r->pieces);
    free(r->bodies);
    free(r);
}

/* What is large is read again rather than kept for somebody who may not come back. */
static void
forget(struct topic *topic)
{
    struct recording_topic *r = topic->state;

    if (r == NULL || (r->bytes <= FORGET_BYTES && !topic->is_busy))
        return;
    if (topic->is_busy)
        cancel(topic);
    topic->is_busy = false;
    drop_bodies(r);
    answer_unref(topic->good);
    answer_unref(topic->answer);
    topic->good = topic->answer = NULL;
    topic->is_open = true;
    topic->due_ns = topic->earliest_ns = 0;
}

/* --- what is found in it --- */

static void
note_found(void *arg, const struct pii_finding *finding)
{
    (void)arg;
    (void)finding; /* the scan keeps them all */
}

static int
by_time(const void *a, const void *b)
{
    const struct pii_finding *x = a, *y = b;

    return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static const char *
copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static void
copy_findings(struct recording_told *told, struct arena *arena, const struct openreplay_scan *scan)
{
    size_t count = openreplay_scan_count(scan);
    struct pii_finding *copies = arena_alloc(arena, (count + 1) * sizeof *copies);

    for (size_t i = 0; i < count; i++) {
        struct pii_finding *f = &copies[i];

        *f = *openreplay_scan_at(scan, i);
        f->source = copy_text(arena, f->source);
        f->session = copy_text(arena, f->session);
        f->message = copy_text(arena, f->message);
        f->field = copy_text(arena, f->field);
        f->kind = copy_text(arena, f->kind);
        f->rule = copy_text(arena, f->rule);
        f->element = copy_text(arena, f->element);
        f->page = copy_text(arena, f->page);
        f->shape = copy_text(arena, f->shape);
        f->advice = copy_text(arena, f->advice);
    }
    if (count > 1)
        qsort(copies, count, sizeof *copies, by_time);
    told->findings = copies;
    told->finding_count = count;
}

static void
search(struct recording_topic *r, struct recording_told *told, struct arena *arena)
{
    static const uint8_t key[PII_KEY_BYTES] = { 0 }; /* its hashes go nowhere */
    struct openreplay_scanned scanned;

    if (r->rules == NULL)
        r->rules = pii_rules_default();
    if (r->scan == NULL)
        r->scan = openreplay_scan_new(r->rules, key, told->seen.id);
    for (; r->scanned < r->body_count; r->scanned++)
        openreplay_scan_take(r->scan, r->bodies[r->scanned].at, r->bodies[r->scanned].length,
                             r->bodies[r->scanned].is_file, note_found, NULL, &scanned);
    told->is_scanned = true;
    copy_findings(told, arena, r->scan);
}

/* --- the answer --- */

static struct answer *
make_answer(struct topic *topic)
{
    struct recording_topic *r = state_of(topic);
    struct answer *answer = answer_new(topic->ask->key, ASK_RECORDING);
    struct recording_told *told = arena_alloc(answer->arena, sizeof *told);

    answer_has_parts(answer, r->piece_count);
    for (size_t i = 0; i < r->piece_count; i++)
        answer->parts[i] = answer_ref(r->pieces[i]);
    recording_tell(told, answer->arena,
                   &(struct recording_read){ .session = r->session,
                                             .head = r->has_head ? &r->head : NULL,
                                             .bodies = r->bodies,
                                             .body_count = r->body_count,
                                             .last_ms = r->last_ms,
                                             .bytes = r->bytes,
                                             .has_full = r->has_full });
    if (!topic_is_local(topic))
        search(r, told, answer->arena);
    answer->recording = told;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    return answer;
}

/* Nothing came: what is known holds. */
static struct answer *
same_answer(struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, ASK_RECORDING);

    answer_show(answer, topic->good);
    answer->failure = NULL;
    return answer;
}

/* --- reading --- */

static void
on_head(void *arg, const struct recording_head *head)
{
    struct recording_topic *r = state_of(arg);
    struct arena *arena = r->piece->arena;

    r->head = *head;
    r->has_head = true;
    r->head.user_agent = arena_strdup(arena, head->user_agent);
    r->head.user_id = arena_strdup(arena, head->user_id);
    r->head.tracker_version = arena_strdup(arena, head->tracker_version);
    r->head.timezone = arena_strdup(arena, head->timezone);
}

static void
on_body(void *arg, const struct recording_line *line, const void *bytes, size_t length)
{
    struct recording_topic *r = state_of(arg);
    char *kept = arena_room(r->piece->arena, length + 1);

    memcpy(kept, bytes, length);
    if (r->body_count == r->body_room) {
        r->body_room = r->body_room == 0 ? 16 : 2 * r->body_room;
        r->bodies = xreallocarray(r->bodies, r->body_room, sizeof *r->bodies);
    }
    r->bodies[r->body_count++] =
        (struct recording_bytes){ .at = kept, .length = length, .is_file = line == NULL };
    r->bytes += length;
    if (line != NULL && line->received_ms > r->last_ms)
        r->last_ms = line->received_ms;
}

static void
keep_piece(struct recording_topic *r)
{
    if (r->piece_count == r->piece_room) {
        r->piece_room = r->piece_room == 0 ? 16 : 2 * r->piece_room;
        r->pieces = xreallocarray(r->pieces, r->piece_room, sizeof *r->pieces);
    }
    r->pieces[r->piece_count++] = r->piece;
    r->piece = NULL;
}

static void
on_read(void *arg, struct recordings_place place, const struct err *err)
{
    struct topic *topic = arg;
    struct recording_topic *r = state_of(topic);
    int64_t cost = s3_cost_microusd(topic_prices(topic), &r->use);
    size_t before = topic->good != NULL ? topic->good->recording->body_count : 0;
    uint64_t began_ns = mono_ns(), took_ns;

    r->job = NULL;
    r->use = (struct s3_use){ 0, 0 };
    if (err != NULL) {
        answer_unref(r->piece);
        r->piece = NULL;
        drop_bodies(r); /* from the start next time */
        topic_fail(topic, err, cost);
        return;
    }
    keep_piece(r);
    r->has_full = place.at > 0;
    r->at = place;
    if (r->has_full && before == r->body_count && before > 0)
        topic_answer(topic, same_answer(topic), cost);
    else
        topic_answer(topic, make_answer(topic), cost);
    took_ns = mono_ns() - began_ns;
    topic_not_before(topic, PAUSE_NS + REST_FACTOR * took_ns);
}

static void
start(struct topic *topic)
{
    const struct recordings_sink sink = { .head = on_head, .body = on_body, .arg = topic };
    struct recording_topic *r = state_of(topic);
    struct err err;

    if (!recording_session_read(&r->session, topic->ask->session, strlen(topic->ask->session))) {
        err_set(&err, E_USAGE, "\"%.40s\" is not the number of a session", topic->ask->session);
        topic_fail(topic, &err, 0);
        return;
    }
    if (!r->has_full || r->piece_count >= PIECES_MAX)
        drop_bodies(r);
    r->piece = answer_new(topic->ask->key, ASK_RECORDING);
    r->job = recordings_read(topic->client, topic_bucket(topic), r->session, r->at, &r->use, &sink,
                             on_read, topic);
}

static bool
is_paid(struct topic *topic)
{
    return !topic_is_local(topic);
}

const struct topic_kind topic_recording = {
    .start = start, .cancel = cancel, .is_paid = is_paid, .fini = fini, .forget = forget
};
