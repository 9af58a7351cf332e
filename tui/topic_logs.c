/* topic_logs.c - ASK_LOG_GROUPS and ASK_LOG_EVENTS.
 * SPDX-License-Identifier: MIT
 *
 * Lines are gathered little by little (log_lines.h). A refresh asks again for a little of what is
 * known, since lines may come late, and tells known from new by event id. How little depends on how
 * busy the group is: back to the 200th newest line, at most five minutes. Every five minutes (ten
 * seconds on an emulator, where it costs nothing), and when the person asks for it, all is read
 * anew.
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
#include "base/mem.h"
#include "tui/log_lines.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS_DEFAULT  500
#define EVENTS_DEFAULT  500
#define REREAD_NS       (300ULL * 1000000000)
#define REREAD_LOCAL_NS (10ULL * 1000000000)
#define AHEAD_MS        60000 /* how far another clock may be ahead of ours */
#define SWEEP_NS        (60ULL * 1000000000)
#define GAP_SWEEP_NS    (5ULL * 1000000000)
#define TAIL_LIFE_NS    (60ULL * 1000000000) /* a session that did not last as long has failed */
#define TAIL_RETRY_NS   (10ULL * 1000000000) /* doubled up to 64 times as long */

struct events_state {
    struct logs_job *job;
    struct answer *batch; /* being filled */
    int64_t asked_from_ms;
    bool asked_whole;

    struct log_lines *lines;
    uint64_t read_ns; /* when all was last read */

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
    struct events_state *state = topic->state;

    if (state == NULL) {
        state = xcalloc(1, sizeof *state);
        topic->state = state;
    }
    return state;
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
    log_lines_free(state->lines);
    free(state);
}

static void
on_groups(void *arg, const struct logs_group *groups, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct events_state *state = state_of(topic);
    struct answer *answer = state->batch;
    struct described_group *out;

    state->job = NULL;
    state->batch = NULL;
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct described_group){ .name = groups[i].name,
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

static size_t
lines_max(const struct topic *topic)
{
    return topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT;
}

static struct answer *
new_answer(struct topic *topic, struct events_state *state)
{
    struct answer *answer = log_lines_answer(state->lines);

    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    return answer;
}

static void
take_batch(struct topic *topic, struct events_state *state, struct answer *batch,
           const struct logs_event *events, size_t count)
{
    log_lines_take(state->lines, batch, events, count,
                   topic_to_ms(topic) - topic->ask->range.span_ms, lines_max(topic));
}

/* --- Live Tail --- */

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
    struct answer *batch = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    struct logs_event *copies = arena_alloc(batch->arena, (count + 1) * sizeof *copies);

    state->tail_err = (struct err){ .code = OK };
    for (size_t i = 0; i < count; i++) {
        copies[i] = lines[i];
        copies[i].stream = arena_strdup(batch->arena, lines[i].stream);
        copies[i].message = arena_strndup(batch->arena, lines[i].message, lines[i].message_len);
    }
    take_batch(topic, state, batch, copies, count);
    if (is_sampled && !log_lines_has_gap(state->lines))
        log_lines_add_gap(state->lines, topic_now_ms(topic),
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
    log_lines_add_gap(state->lines, state->tail_ended_ms, err->text);
    sweep_within(topic, 0);
    show_live(topic, state);
}

/* Opens, closes, or leaves alone; after each sweep. Without one that should be there, the list ends
 * with the reason. */
static void
tend_tail(struct topic *topic, struct events_state *state)
{
    bool is_wanted = topic->ask->wants_live_tail && topic->ask->range.to_ms == 0 &&
                     !topic_is_played(topic); /* its lines are among the others there */

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
        log_lines_add_gap(state->lines, state->tail_ended_ms, state->tail_err.text);
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
    struct answer *batch = state->batch;

    state->job = NULL;
    state->batch = NULL;
    if (err != NULL) {
        answer_unref(batch);
        topic_fail(topic, err, 0);
        return;
    }
    if (state->asked_whole && state->tail == NULL)
        log_lines_forget(
            state->lines); /* else some may have come live since the question was read */
    if (state->asked_whole) {
        log_lines_read_since(state->lines, state->asked_from_ms);
        state->read_ns = mono_ns();
    }
    if (partial)
        log_lines_miss(state->lines);
    take_batch(topic, state, batch, events, count);
    log_lines_close_gaps(state->lines, state->asked_from_ms);
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

    if (state->lines == NULL)
        state->lines = log_lines_new(topic->ask->key, topic->ask->group);
    state->asked_whole =
        topic->is_fresh_start || !log_lines_know_since(state->lines, from_ms) ||
        topic->ask->range.to_ms != 0 ||
        mono_ns() - state->read_ns > (topic_is_near(topic) ? REREAD_LOCAL_NS : REREAD_NS);
    filter.from_ms =
        state->asked_whole ? from_ms : log_lines_overlap_ms(state->lines, filter.to_ms);
    if (topic->ask->range.to_ms == 0)
        filter.to_ms += AHEAD_MS;
    state->asked_from_ms = filter.from_ms;
    state->batch = answer_new(topic->ask->key, ASK_LOG_EVENTS);
    state->job = logs_filter_events(topic->client, state->batch->arena, &filter, on_events, topic);
}

const struct topic_kind topic_events = {
    .start = start_events, .cancel = cancel, .fini = fini, .forget = forget_tail
};
