/* topic_sessions.c - ASK_SESSIONS: the sessions of the recordings bucket.
 * SPDX-License-Identifier: MIT
 *
 * A list of keys costs little and tells when a session began, when something came last and how much
 * there is. The rest only its bodies tell. Beside an emulator, where reading is free, they are read
 * as they grow: of each session it is kept how far it was read and what was counted until then, so
 * that a live session costs the batch that is new. Of an account's bucket nothing is read here. */
#include "config.h"

#include "aws/recordings.h"
#include "base/clock.h"
#include "domain/openreplay_token.h"
#include "tui/recording.h"
#include "tui/topic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_MS (INT64_C(12) * 3600000) /* of a session that began before the window */
#define PIECE_MAX  ((uint64_t)8 * 1024 * 1024)
#define SHOWN_MAX  1000 /* the newest */
#define READS_MAX  200  /* sessions looked into in one turn, the newest first */
#define TOLD_EACH  20   /* so many of them are read, then the list is shown */
#define PAUSE_NS   UINT64_C(1000000000)

struct known {
    uint64_t session, size;
    uint64_t unread_size; /* with which it could not be read; 0: it could */
    int64_t start_ms, last_ms;
    bool has_full, has_head, is_read;
    struct recordings_place at;
    unsigned pages, clicks, errors, failed_requests, faults;
    char device[RECORDING_DEVICE_TEXT], zone[40];
};

struct sessions_topic {
    struct s3_job *list;
    struct recordings_job *read;
    struct s3_use use;
    struct arena *arena; /* of the list under way */
    struct known *known; /* ascending by number */
    size_t count, room;
    bool is_partial;
    size_t reading, reads; /* index of the one that is read; how many were in this turn */
    struct arena *scratch;
    struct openreplay_story *story;
};

static void read_next(struct topic *topic);

static struct sessions_topic *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct sessions_topic));
    return topic->state;
}

static void
drop_work(struct sessions_topic *s)
{
    openreplay_story_free(s->story);
    arena_free(s->scratch);
    arena_free(s->arena);
    s->story = NULL;
    s->scratch = s->arena = NULL;
    s->list = NULL;
    s->read = NULL;
}

static void
cancel(struct topic *topic)
{
    struct sessions_topic *s = state_of(topic);

    s3_cancel(s->list);
    recordings_cancel(s->read);
    drop_work(s);
}

static void
fini(struct topic *topic)
{
    struct sessions_topic *s = topic->state;

    if (s == NULL)
        return;
    drop_work(s);
    free(s->known);
    free(s);
}

/* --- what is told --- */

static bool
is_in_window(const struct topic *topic, const struct known *k)
{
    int64_t to = topic_to_ms(topic);

    return k->start_ms < to + RECORDING_GONE_MS && k->last_ms >= to - topic->ask->range.span_ms;
}

static void
fill_seen(struct recording_seen *seen, struct arena *arena, const struct known *k)
{
    *seen = (struct recording_seen){ .id = arena_printf(arena, "%" PRIu64, k->session),
                                     .start_ms = k->start_ms,
                                     .last_ms = k->last_ms,
                                     .bytes = k->size,
                                     .has_full = k->has_full,
                                     .is_read = k->is_read,
                                     .has_analytics = k->has_full,
                                     .pages = k->pages,
                                     .clicks = k->clicks,
                                     .errors = k->errors,
                                     .failed_requests = k->failed_requests,
                                     .faults = k->faults,
                                     .device = arena_strdup(arena, k->device),
                                     .zone = arena_strdup(arena, k->zone) };
}

static struct answer *
make_answer(struct topic *topic)
{
    struct sessions_topic *s = state_of(topic);
    struct answer *answer = answer_new(topic->ask->key, ASK_SESSIONS);
    struct recording_list *list = arena_alloc(answer->arena, sizeof *list);
    struct recording_seen *rows = arena_alloc(answer->arena, (s->count + 1) * sizeof *rows);

    answer->is_partial = s->is_partial;
    for (size_t i = s->count; i-- > 0;) {
        if (list->count == SHOWN_MAX) {
            answer->is_partial = true;
            break;
        }
        if (is_in_window(topic, &s->known[i]))
            fill_seen(&rows[list->count++], answer->arena, &s->known[i]);
    }
    list->list = rows;
    answer->recordings = list;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    return answer;
}

static void
finish(struct topic *topic, const struct err *err)
{
    struct sessions_topic *s = state_of(topic);
    int64_t cost = s3_cost_microusd(topic_prices(topic), &s->use);

    s->use = (struct s3_use){ 0, 0 };
    drop_work(s);
    if (err != NULL)
        topic_fail(topic, err, cost);
    else
        topic_answer(topic, make_answer(topic), cost);
    topic_not_before(topic, PAUSE_NS);
}

/* --- what the bodies say --- */

static void
on_head(void *arg, const struct recording_head *head)
{
    struct sessions_topic *s = state_of(arg);
    struct known *k = &s->known[s->reading];

    k->has_head = true;
    k->start_ms = head->start_ms;
    recording_device(k->device, head->user_agent);
    snprintf(k->zone, sizeof k->zone, "%s", head->timezone);
}

static void
on_body(void *arg, const struct recording_line *line, const void *bytes, size_t length)
{
    struct sessions_topic *s = state_of(arg);
    struct known *k = &s->known[s->reading];

    (void)openreplay_story_take(s->story, bytes, length, line == NULL); /* it counts its faults */
    if (line != NULL && line->received_ms > k->last_ms)
        k->last_ms = line->received_ms;
}

static void
count_piece(struct known *k, struct openreplay_story *story)
{
    struct openreplay_summary sum;
    size_t count;

    (void)openreplay_story_lines(story, &count);
    openreplay_story_summary(story, &sum);
    k->is_read = true;
    k->pages += sum.pages;
    k->clicks += sum.clicks;
    k->errors += sum.errors;
    k->failed_requests += sum.failed_requests;
    k->faults += sum.faults;
}

static void
on_read(void *arg, struct recordings_place place, const struct err *err)
{
    struct topic *topic = arg;
    struct sessions_topic *s = state_of(topic);
    struct known *k = &s->known[s->reading];

    s->read = NULL;
    if (err == NULL) {
        count_piece(k, s->story);
        k->at = place;
    } else {
        k->unread_size = k->size; /* it has gone meanwhile, or is no such file */
    }
    openreplay_story_free(s->story);
    arena_free(s->scratch);
    s->story = NULL;
    s->scratch = NULL;
    if (s->reads % TOLD_EACH == 0)
        topic_progress(topic, make_answer(topic), 0);
    read_next(topic);
}

static bool
wants_reading(const struct topic *topic, const struct known *k)
{
    return k->has_full && k->size != k->unread_size && k->size > k->at.at &&
           k->size - k->at.at <= PIECE_MAX && is_in_window(topic, k);
}

static void
read_next(struct topic *topic)
{
    const struct recordings_sink sink = { .head = on_head, .body = on_body, .arg = topic };
    struct sessions_topic *s = state_of(topic);

    topic->is_overtaken |= s->reads == READS_MAX; /* the rest in the next turn */
    while (s->reading > 0 && s->reads < READS_MAX) {
        struct known *k = &s->known[--s->reading];

        if (!wants_reading(topic, k))
            continue;
        s->reads++;
        s->scratch = arena_new();
        s->story = openreplay_story_new(s->scratch, 1, false);
        s->read = recordings_read(topic->client, topic_bucket(topic), k->session, k->at, &s->use,
                                  &sink, on_read, topic);
        return;
    }
    finish(topic, NULL);
}

/* --- the keys --- */

static int
by_number(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return (x->session > y->session) - (x->session < y->session);
}

static void
take_key(struct sessions_topic *s, const struct s3_key *key)
{
    enum recording_file file;
    struct known *k;
    uint64_t session;

    if (!recording_key_read(&session, &file, key->key))
        return;
    if (s->count == 0 || s->known[s->count - 1].session != session) {
        if (s->count == s->room) {
            s->room = s->room == 0 ? 64 : 2 * s->room;
            s->known = xreallocarray(s->known, s->room, sizeof *s->known);
        }
        s->known[s->count++] =
            (struct known){ .session = session, .start_ms = openreplay_session_ms(session) };
    }
    k = &s->known[s->count - 1];
    if (file == RECORDING_FULL || !k->has_full)
        k->size = file == RECORDING_FULL ? key->size : k->size + key->size;
    k->has_full |= file == RECORDING_FULL;
    if (key->modified_ms > k->last_ms)
        k->last_ms = key->modified_ms;
}

/* What was learnt of a session before, unless its file is another one now. */
static void
keep_known(struct known *now, const struct known *before)
{
    struct known kept = *before;

    if (kept.size > now->size)
        return;
    kept.size = now->size;
    kept.has_full = now->has_full;
    if (now->last_ms > kept.last_ms)
        kept.last_ms = now->last_ms;
    *now = kept;
}

static void
take_keys(struct sessions_topic *s, const struct s3_key *keys, size_t count)
{
    struct known *before = s->known;
    size_t before_count = s->count;

    s->known = NULL;
    s->count = s->room = 0;
    for (size_t i = 0; i < count; i++)
        take_key(s, &keys[i]);
    if (s->count > 1)
        qsort(s->known, s->count, sizeof *s->known, by_number); /* "9" comes behind "10" as a key */
    for (size_t i = 0; i < s->count && before_count > 0; i++) {
        const struct known *old =
            bsearch(&s->known[i], before, before_count, sizeof *before, by_number);

        if (old != NULL)
            keep_known(&s->known[i], old);
    }
    free(before);
}

static void
on_keys(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct topic *topic = arg;
    struct sessions_topic *s = state_of(topic);
    bool is_first = topic->good == NULL;

    s->list = NULL;
    if (err != NULL) {
        finish(topic, err);
        return;
    }
    take_keys(s, keys, count);
    s->is_partial = partial;
    s->reading = topic_is_local(topic) ? s->count : 0;
    s->reads = 0;
    if (is_first && s->reading > 0)
        topic_progress(topic, make_answer(topic), 0);
    read_next(topic);
}

/* Keys begin with when the session did, as numbers of as many digits. */
static void
start(struct topic *topic)
{
    struct sessions_topic *s = state_of(topic);
    int64_t from = topic_to_ms(topic) - topic->ask->range.span_ms - LONGEST_MS;
    char after[RECORDING_KEY_TEXT];

    snprintf(after, sizeof after, "%" PRIu64, openreplay_session_first(from > 0 ? from : 0));
    s->arena = arena_new();
    s->list = s3_list(topic->client, s->arena,
                      &(struct s3_list_request){ .bucket = topic_bucket(topic),
                                                 .prefix = "",
                                                 .delimiter = "",
                                                 .after = after,
                                                 .max = S3_KEYS_MAX },
                      &s->use, on_keys, topic);
}

static bool
is_paid(struct topic *topic)
{
    return !topic_is_local(topic);
}

const struct topic_kind topic_sessions = {
    .start = start, .cancel = cancel, .is_paid = is_paid, .fini = fini
};
