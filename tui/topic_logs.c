/* topic_logs.c - ASK_LOG_GROUPS and ASK_LOG_EVENTS.
 * SPDX-License-Identifier: MIT
 *
 * Lines are gathered little by little. What one fetch brought stays in an arena of its own (a
 * batch); the list of lines shown is an array over all batches, and an answer holds references to
 * the batches its lines lie in. A batch whose lines are all too old goes; when there are many small
 * ones their lines are copied into one.
 *
 * A refresh asks again for a little of what is known, since lines may come late, and tells known
 * from new by event id. How little depends on how busy the group is: back to the 200th newest line,
 * at most five minutes. Every five minutes (ten seconds on an emulator, where it costs nothing),
 * and when the person asks for it, all is read anew. */
#include "config.h"

#include "aws/logs.h"
#include "base/clock.h"
#include "base/text.h"
#include "tui/log_digest.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS_DEFAULT  500
#define EVENTS_DEFAULT  500
#define OVERLAP_LINES   200
#define OVERLAP_MS      300000
#define REREAD_NS       (300ULL * 1000000000)
#define REREAD_LOCAL_NS (10ULL * 1000000000)
#define BATCHES_MAX     24
#define AHEAD_MS        60000 /* how far another clock may be ahead of ours */

struct line {
    struct log_entry event;
    struct answer *batch; /* holds its texts; not counted per line */
};

struct events_state {
    struct logs_job *job;
    struct answer *batch; /* being filled */
    int64_t asked_from_ms;
    int64_t asked_to_ms;
    bool asked_whole;

    struct answer **batches;
    size_t batch_count;
    struct line *lines; /* ascending by time */
    size_t count;
    int64_t known_from_ms; /* everything since then was read */
    bool is_partial;
    uint64_t read_ns;     /* when all was last read */
    struct answer *index; /* holds the array that answers show; NULL when it has to be made */
};

static struct events_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct events_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct events_state *state = state_of(topic);

    logs_cancel(state->job);
    answer_unref(state->batch);
    state->job = NULL;
    state->batch = NULL;
}

static void
fini(struct topic *topic)
{
    struct events_state *state = topic->state;

    if (state == NULL)
        return;
    for (size_t i = 0; i < state->batch_count; i++)
        answer_unref(state->batches[i]);
    answer_unref(state->index);
    free(state->batches);
    free(state->lines);
    free(state);
}

static void
on_groups(void *arg, const struct logs_group *groups, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);
    struct answer *answer = state->batch;
    struct log_group *out;

    state->job = NULL;
    state->batch = NULL;
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct log_group){ .name = groups[i].name,
                                     .created_ms = groups[i].created_ms,
                                     .stored_bytes = groups[i].stored_bytes };
    answer->groups = out;
    answer->group_count = count;
    answer->is_partial = partial;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    topic_answer(topic, answer, 0);
}

static void
start_groups(struct topic *topic)
{
    struct events_state *state = state_of(topic);
    size_t max = topic->ask->limit > 0 ? topic->ask->limit : GROUPS_DEFAULT;

    state->batch = answer_new(topic->ask->key, ASK_LOG_GROUPS);
    state->job = logs_describe_groups(topic->client, state->batch->arena, topic->ask->prefix, max,
                                      on_groups, topic);
}

const struct topic_kind topic_groups = { .start = start_groups, .cancel = cancel, .fini = fini };

/* Where to begin so that little is read twice. */
static int64_t
overlap_from(const struct events_state *state, int64_t to_ms)
{
    int64_t from_ms = to_ms - OVERLAP_MS;

    if (state->count > OVERLAP_LINES &&
        state->lines[state->count - OVERLAP_LINES].event.time_ms > from_ms)
        from_ms = state->lines[state->count - OVERLAP_LINES].event.time_ms;
    return from_ms > state->known_from_ms ? from_ms : state->known_from_ms;
}

/* A line is the same when its id is; a server without ids is asked for the line itself. */
static uint64_t
identity(const char *id, const char *message, int64_t time_ms)
{
    uint64_t h;

    if (*id != '\0')
        return text_hash(id, strlen(id), TEXT_HASH_SEED);
    h = text_hash(&time_ms, sizeof time_ms, TEXT_HASH_SEED);
    return text_hash(message, strlen(message), h);
}

/* An open-addressed set of identities. */
struct seen {
    uint64_t *slots; /* 0: empty */
    size_t mask;
};

static void
seen_init(struct seen *seen, size_t most)
{
    size_t size = 16;

    while (size < 2 * most + 2)
        size *= 2;
    seen->slots = xcalloc(size, sizeof *seen->slots);
    seen->mask = size - 1;
}

/* False when it was there already. */
static bool
seen_add(struct seen *seen, uint64_t id)
{
    size_t at = (size_t)id & seen->mask;

    id |= 1;
    while (seen->slots[at] != 0) {
        if (seen->slots[at] == id)
            return false;
        at = (at + 1) & seen->mask;
    }
    seen->slots[at] = id;
    return true;
}

static int
by_time(const void *a, const void *b)
{
    const struct log_entry *x = &((const struct line *)a)->event;
    const struct log_entry *y = &((const struct line *)b)->event;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->ingested_ms != y->ingested_ms)
        return x->ingested_ms < y->ingested_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

static void
set_line(struct line *line, struct answer *batch, const char *group, const struct logs_event *from)
{
    line->batch = batch;
    line->event = (struct log_entry){
        .id = from->id,
        .group = group,
        .stream = from->stream,
        .message = from->message,
        .message_len = from->message_len,
        .time_ms = from->time_ms,
        .ingested_ms = from->ingested_ms,
        .digest = log_digest_make(batch->arena, from->message, from->message_len),
    };
}

/* Adds what is new of a batch; returns how many lines that were. */
static size_t
merge(struct events_state *state, const char *group, const struct logs_event *events, size_t count)
{
    struct seen seen;
    size_t known = state->count;

    seen_init(&seen, known + count);
    for (size_t i = 0; i < known; i++) {
        const struct log_entry *e = &state->lines[i].event;

        seen_add(&seen, identity(e->id, e->message, e->time_ms));
    }
    state->lines = xreallocarray(state->lines, known + count + 1, sizeof *state->lines);
    for (size_t i = 0; i < count; i++) {
        if (seen_add(&seen, identity(events[i].id, events[i].message, events[i].time_ms)))
            set_line(&state->lines[state->count++], state->batch, group, &events[i]);
    }
    free(seen.slots);
    if (state->count > known)
        qsort(state->lines, state->count, sizeof *state->lines, by_time);
    return state->count - known;
}

/* Drops what is too old or too much; returns how many lines went. */
static size_t
trim(struct events_state *state, int64_t from_ms, size_t max)
{
    size_t drop = state->count > max ? state->count - max : 0;

    if (drop > 0)
        state->is_partial = true;
    while (drop < state->count && state->lines[drop].event.time_ms < from_ms)
        drop++;
    state->count -= drop;
    if (drop > 0)
        memmove(state->lines, state->lines + drop, state->count * sizeof *state->lines);
    if (state->known_from_ms < from_ms)
        state->known_from_ms = from_ms;
    return drop;
}

static void
drop_empty_batches(struct events_state *state)
{
    size_t kept = 0;

    for (size_t i = 0; i < state->batch_count; i++) {
        struct answer *batch = state->batches[i];
        size_t line = 0;

        while (line < state->count && state->lines[line].batch != batch)
            line++;
        if (line < state->count)
            state->batches[kept++] = batch;
        else
            answer_unref(batch);
    }
    state->batch_count = kept;
}

/* Copies all lines into one batch. */
static void
join_batches(struct topic *topic, struct events_state *state)
{
    struct answer *joined = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    const char *group = arena_strdup(joined->arena, topic->ask->group);

    for (size_t i = 0; i < state->count; i++) {
        const struct log_entry *e = &state->lines[i].event;
        struct logs_event copy = {
            .id = arena_strdup(joined->arena, e->id),
            .stream = arena_strdup(joined->arena, e->stream),
            .message = arena_strndup(joined->arena, e->message, e->message_len),
            .message_len = e->message_len,
            .time_ms = e->time_ms,
            .ingested_ms = e->ingested_ms,
        };

        set_line(&state->lines[i], joined, group, &copy);
    }
    for (size_t i = 0; i < state->batch_count; i++)
        answer_unref(state->batches[i]);
    state->batches[0] = joined;
    state->batch_count = 1;
}

/* True when lines moved, so that an index made before shows the old place. */
static bool
keep_batch(struct topic *topic, struct events_state *state)
{
    state->batches = xreallocarray(state->batches, state->batch_count + 1, sizeof(struct answer *));
    state->batches[state->batch_count++] = state->batch;
    state->batch = NULL;
    drop_empty_batches(state);
    if (state->batch_count <= BATCHES_MAX)
        return false;
    join_batches(topic, state);
    return true;
}

static void
make_index(struct topic *topic, struct events_state *state)
{
    struct answer *index = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    struct log_entry *events = arena_alloc(index->arena, (state->count + 1) * sizeof *events);

    for (size_t i = 0; i < state->count; i++)
        events[i] = state->lines[i].event;
    index->events = events;
    index->event_count = state->count;
    answer_has_parts(index, state->batch_count);
    for (size_t i = 0; i < state->batch_count; i++)
        index->parts[i] = answer_ref(state->batches[i]);
    answer_unref(state->index);
    state->index = index;
}

static void
publish(struct topic *topic, struct events_state *state)
{
    struct answer *answer = answer_new(topic->ask->key, ASK_LOG_EVENTS);

    answer_has_parts(answer, 1);
    answer->parts[0] = answer_ref(state->index);
    answer->events = state->index->events;
    answer->event_count = state->index->event_count;
    answer->is_partial = state->is_partial;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    topic_answer(topic, answer, 0);
}

static void
forget_lines(struct events_state *state)
{
    for (size_t i = 0; i < state->batch_count; i++)
        answer_unref(state->batches[i]);
    state->batch_count = 0;
    state->count = 0;
    answer_unref(state->index);
    state->index = NULL;
}

static void
on_events(void *arg, const struct logs_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);
    size_t max = topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT;
    bool changed;

    state->job = NULL;
    if (err != NULL) {
        answer_unref(state->batch);
        state->batch = NULL;
        topic_fail(topic, err, 0);
        return;
    }
    if (state->asked_whole) {
        forget_lines(state);
        state->known_from_ms = state->asked_from_ms;
        state->read_ns = mono_ns();
        state->is_partial = false;
    }
    state->is_partial |= partial;
    changed = merge(state, arena_strdup(state->batch->arena, topic->ask->group), events, count) > 0;
    changed |= trim(state, topic_to_ms(topic) - topic->ask->range.span_ms, max) > 0;
    changed |= keep_batch(topic, state);
    if (changed || state->index == NULL)
        make_index(topic, state);
    publish(topic, state);
}

static void
start_events(struct topic *topic)
{
    struct events_state *state = state_of(topic);
    int64_t from_ms = topic_to_ms(topic) - topic->ask->range.span_ms;
    struct logs_filter filter = {
        .group = topic->ask->group,
        .pattern = topic->ask->pattern,
        .to_ms = topic_to_ms(topic),
        .max = topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT,
    };

    state->asked_whole =
        topic->is_fresh_start || state->index == NULL || from_ms < state->known_from_ms ||
        topic->ask->range.to_ms != 0 ||
        mono_ns() - state->read_ns > (topic_is_local(topic) ? REREAD_LOCAL_NS : REREAD_NS);
    filter.from_ms = state->asked_whole ? from_ms : overlap_from(state, filter.to_ms);
    if (topic->ask->range.to_ms == 0)
        filter.to_ms += AHEAD_MS;
    state->asked_from_ms = filter.from_ms;
    state->batch = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    state->job = logs_filter_events(topic->client, state->batch->arena, &filter, on_events, topic);
}

const struct topic_kind topic_events = { .start = start_events, .cancel = cancel, .fini = fini };
