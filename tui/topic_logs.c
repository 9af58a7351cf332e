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
 * and when the person asks for it, all is read anew.
 *
 * With Live Tail (asked for by hand, since it costs money) lines come by themselves, each second,
 * and without ids. What they bring is looked up again once a minute: lines come late, and a session
 * that is sampled or breaks off has left some out. Until such a sweep has found them, an entry that
 * is no line says that there is a gap. A line of the sweep takes the place of the same one that
 * came live. */
#include "config.h"

#include "aws/live_tail.h"
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
#define SWEEP_NS        (60ULL * 1000000000)
#define GAP_SWEEP_NS    (5ULL * 1000000000)
#define TAIL_LIFE_NS    (60ULL * 1000000000) /* a session that did not last as long has failed */
#define TAIL_RETRY_NS   (10ULL * 1000000000) /* doubled up to 64 times as long */

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

    struct live_tail *tail; /* NULL: none is open */
    int64_t tail_microusd;  /* of it, counted already */
    uint64_t tail_began_ns;
    unsigned tail_failures; /* in a row: sessions that soon were over */
    uint64_t tail_due_ns;   /* not before */
    int64_t tail_ended_ms;  /* when the last one broke off */
    struct err tail_err;    /* why; OK: it has not */
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
    live_tail_stop(state->tail);
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

/* Lines that came live, by what they say; each can be claimed once. */
struct claims {
    size_t *slots; /* index + 1; 0: empty */
    size_t mask;
};

static bool
is_live(const struct log_entry *event)
{
    return *event->id == '\0' && !event->is_gap;
}

static void
claims_init(struct claims *claims, const struct events_state *state)
{
    size_t size = 16;

    while (size < 2 * state->count + 2)
        size *= 2;
    claims->slots = xcalloc(size, sizeof *claims->slots);
    claims->mask = size - 1;
    for (size_t i = 0; i < state->count; i++) {
        const struct log_entry *e = &state->lines[i].event;
        size_t at = (size_t)identity("", e->message, e->time_ms) & claims->mask;

        while (claims->slots[at] != 0)
            at = (at + 1) & claims->mask;
        if (is_live(e))
            claims->slots[at] = i + 1;
    }
}

/* The live line that is this one, or NULL. */
static struct line *
claim(struct claims *claims, struct events_state *state, const struct logs_event *event)
{
    size_t at = (size_t)identity("", event->message, event->time_ms) & claims->mask;

    for (; claims->slots[at] != 0; at = (at + 1) & claims->mask) {
        struct line *line = &state->lines[claims->slots[at] - 1];

        if (is_live(&line->event) && line->event.time_ms == event->time_ms &&
            strcmp(line->event.message, event->message) == 0)
            return line;
    }
    return NULL;
}

/* Adds what is new of a batch; returns how many lines that were, or that got their ids. */
static size_t
merge(struct events_state *state, const char *group, const struct logs_event *events, size_t count)
{
    bool came_live = count > 0 && *events[0].id == '\0';
    size_t known = state->count, changed = 0;
    struct claims claims;
    struct seen seen;

    seen_init(&seen, known + count);
    for (size_t i = 0; i < known; i++) {
        const struct log_entry *e = &state->lines[i].event;

        seen_add(&seen, identity(came_live ? "" : e->id, e->message, e->time_ms));
    }
    claims_init(&claims, state);
    state->lines = xreallocarray(state->lines, known + count + 1, sizeof *state->lines);
    for (size_t i = 0; i < count; i++) {
        const struct logs_event *event = &events[i];
        struct line *line;

        if (!seen_add(&seen, identity(event->id, event->message, event->time_ms)))
            continue;
        line = came_live ? NULL : claim(&claims, state, event);
        if (line == NULL)
            line = &state->lines[state->count++];
        set_line(line, state->batch, group, event);
        changed++;
    }
    free(seen.slots);
    free(claims.slots);
    if (changed > 0)
        qsort(state->lines, state->count, sizeof *state->lines, by_time);
    return changed;
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

        bool is_gap = e->is_gap;

        set_line(&state->lines[i], joined, group, &copy);
        state->lines[i].event.is_gap = is_gap;
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

static struct answer *
new_answer(struct topic *topic, struct events_state *state)
{
    struct answer *answer = answer_new(topic->ask->key, ASK_LOG_EVENTS);

    answer_has_parts(answer, 1);
    answer->parts[0] = answer_ref(state->index);
    answer->events = state->index->events;
    answer->event_count = state->index->event_count;
    answer->is_partial = state->is_partial;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    return answer;
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

static size_t
lines_max(const struct topic *topic)
{
    return topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT;
}

/* Puts a batch that has come into the list. */
static void
take_batch(struct topic *topic, struct events_state *state, const struct logs_event *events,
           size_t count)
{
    const char *group = arena_strdup(state->batch->arena, topic->ask->group);
    bool changed = merge(state, group, events, count) > 0;

    changed |= trim(state, topic_to_ms(topic) - topic->ask->range.span_ms, lines_max(topic)) > 0;
    changed |= keep_batch(topic, state);
    if (changed || state->index == NULL)
        make_index(topic, state);
}

/* --- Live Tail --- */

static void
add_gap(struct topic *topic, struct events_state *state, int64_t time_ms, const char *sentence)
{
    struct answer *batch = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    const char *message = arena_strdup(batch->arena, sentence);

    state->batches = xreallocarray(state->batches, state->batch_count + 1, sizeof(struct answer *));
    state->batches[state->batch_count++] = batch;
    state->lines = xreallocarray(state->lines, state->count + 1, sizeof *state->lines);
    state->lines[state->count++] =
        (struct line){ .batch = batch,
                       .event = { .id = "",
                                  .group = arena_strdup(batch->arena, topic->ask->group),
                                  .stream = "",
                                  .message = message,
                                  .message_len = strlen(message),
                                  .time_ms = time_ms,
                                  .digest = log_digest_make(batch->arena, message, strlen(message)),
                                  .is_gap = true } };
    qsort(state->lines, state->count, sizeof *state->lines, by_time);
    make_index(topic, state);
}

static bool
has_gap(const struct events_state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        if (state->lines[i].event.is_gap)
            return true;
    }
    return false;
}

/* What has been looked up again since then has no gaps any more. */
static void
close_gaps(struct topic *topic, struct events_state *state)
{
    size_t kept = 0;

    for (size_t i = 0; i < state->count; i++) {
        const struct log_entry *e = &state->lines[i].event;

        if (!e->is_gap || e->time_ms < state->asked_from_ms)
            state->lines[kept++] = state->lines[i];
    }
    if (kept == state->count)
        return;
    state->count = kept;
    drop_empty_batches(state);
    make_index(topic, state);
}

static void
sweep_within(struct topic *topic, uint64_t wait_ns)
{
    uint64_t due = mono_ns() + wait_ns;

    if (topic->is_busy)
        topic->is_overtaken = true;
    else if (due < topic->due_ns)
        topic->due_ns = due;
}

static void
show_live(struct topic *topic, struct events_state *state)
{
    struct answer *answer = new_answer(topic, state);

    answer_unref(topic->good);
    topic->good = answer_ref(answer);
    topic_progress(topic, answer, 0);
}

/* The price of the minutes that have begun, and of an hour of them for the projection. */
static void
pay(struct topic *topic, struct events_state *state)
{
    const struct aws_target *target = aws_client_target(topic->client);
    int64_t cost = live_tail_cost_microusd(state->tail);

    topic_spend(topic, cost - state->tail_microusd);
    state->tail_microusd = cost;
    topic->last_microusd = price_microusd(&target->prices, PRICE_LIVE_TAIL_MINUTE,
                                          (double)topic->good->pace_ms / 60000.0);
}

static void
stop_tail(struct events_state *state)
{
    live_tail_stop(state->tail);
    state->tail = NULL;
    state->tail_microusd = 0;
}

static void
on_live_lines(void *arg, const struct logs_event *lines, size_t count, bool is_sampled)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);
    struct answer *asked = state->batch; /* another one may be on its way */
    struct logs_event *copies;

    state->tail_err = (struct err){ .code = OK };
    state->batch = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    copies = arena_alloc(state->batch->arena, (count + 1) * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = lines[i];
        copies[i].stream = arena_strdup(state->batch->arena, lines[i].stream);
        copies[i].message =
            arena_strndup(state->batch->arena, lines[i].message, lines[i].message_len);
    }
    take_batch(topic, state, copies, count);
    state->batch = asked;
    if (is_sampled && !has_gap(state))
        add_gap(topic, state, topic_now_ms(topic),
                "Live Tail left out lines here, there were too many; looking for them");
    if (is_sampled)
        sweep_within(topic, GAP_SWEEP_NS);
    pay(topic, state);
    show_live(topic, state);
}

static void
on_live_end(void *arg, const struct err *err)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);
    bool has_lived = mono_ns() - state->tail_began_ns > TAIL_LIFE_NS;
    unsigned doublings;

    state->tail = NULL;
    state->tail_microusd = 0;
    state->tail_failures = has_lived ? 0 : state->tail_failures + 1;
    doublings = state->tail_failures < 7 ? state->tail_failures : 7;
    state->tail_due_ns = has_lived ? 0 : mono_ns() + (TAIL_RETRY_NS << doublings) / 2;
    state->tail_err = *err;
    state->tail_ended_ms = topic_now_ms(topic);
    add_gap(topic, state, state->tail_ended_ms, err->text);
    sweep_within(topic, 0);
    show_live(topic, state);
}

/* Opens, closes, or leaves alone; after each sweep. Without one that should be there, the list ends
 * with the reason. */
static void
tend_tail(struct topic *topic, struct events_state *state)
{
    bool is_wanted = topic->ask->wants_live_tail && topic->ask->range.to_ms == 0;

    if (!is_wanted || !topic_may_pay(topic)) {
        stop_tail(state);
        state->tail_err = (struct err){ .code = OK };
        return;
    }
    if (state->tail == NULL && mono_ns() >= state->tail_due_ns) {
        state->tail_began_ns = mono_ns();
        state->tail = live_tail_start(topic->client, topic->ask->group, topic->ask->pattern,
                                      on_live_lines, on_live_end, topic);
    }
    if (state->tail_err.code != OK)
        add_gap(topic, state, state->tail_ended_ms, state->tail_err.text);
}

static void
forget_tail(struct topic *topic)
{
    struct events_state *state = state_of(topic);

    if (state->tail == NULL)
        return;
    stop_tail(state);
    topic->due_ns = 0; /* whoever comes back wants to see what came meanwhile */
}

/* --- sweeps --- */

static void
on_events(void *arg, const struct logs_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);

    state->job = NULL;
    if (err != NULL) {
        answer_unref(state->batch);
        state->batch = NULL;
        topic_fail(topic, err, 0);
        return;
    }
    if (state->asked_whole && state->tail == NULL)
        forget_lines(state); /* else some may have come live since the question was read */
    if (state->asked_whole) {
        state->known_from_ms = state->asked_from_ms;
        state->read_ns = mono_ns();
        state->is_partial = false;
    }
    state->is_partial |= partial;
    take_batch(topic, state, events, count);
    close_gaps(topic, state);
    tend_tail(topic, state);
    topic_answer(topic, new_answer(topic, state), 0);
    if (state->tail != NULL && !topic->is_overtaken)
        topic->due_ns = mono_ns() + SWEEP_NS;
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
        .max = lines_max(topic),
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

const struct topic_kind topic_events = {
    .start = start_events, .cancel = cancel, .fini = fini, .forget = forget_tail
};
