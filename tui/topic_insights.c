/* topic_insights.c - ASK_INSIGHTS: a query that somebody started, once for each run.
 * SPDX-License-Identifier: MIT
 *
 * While it runs, what it found so far is shown. Nothing but another run starts it again: not time,
 * not a change, not a source that is back, since each start is paid for. Whoever stops wanting it
 * ends it; what was found until then stays, marked as cancelled. */
#include "config.h"

#include "aws/insights.h"
#include "tui/topic.h"

#include <stdlib.h>

struct insights_topic {
    struct insights_job *job;
    struct answer *running; /* the last progress, counted; NULL: none yet */
    int64_t from_ms, to_ms;
};

static struct insights_topic *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct insights_topic));
    return topic->state;
}

static void
fini(struct topic *topic)
{
    if (topic->state != NULL)
        answer_unref(state_of(topic)->running);
    free(topic->state);
}

static const enum insights_state states[] = {
    [INSIGHTS_STATUS_RUNNING] = INSIGHTS_RUNNING,
    [INSIGHTS_STATUS_COMPLETE] = INSIGHTS_COMPLETE,
    [INSIGHTS_STATUS_CANCELLED] = INSIGHTS_CANCELLED,
    [INSIGHTS_STATUS_FAILED] = INSIGHTS_FAILED,
    [INSIGHTS_STATUS_TIMEOUT] = INSIGHTS_FAILED,
};

static const char *const *
copy_texts(struct arena *arena, const char *const *from, size_t count)
{
    const char **to = arena_alloc(arena, (count + 1) * sizeof *to);

    for (size_t i = 0; i < count; i++)
        to[i] = from[i] != NULL ? arena_strdup(arena, from[i]) : NULL;
    return to;
}

static struct answer *
new_answer(struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, ASK_INSIGHTS);

    answer->from_ms = state_of(topic)->from_ms;
    answer->to_ms = state_of(topic)->to_ms;
    return answer;
}

static struct answer *
table_answer(struct topic *topic, const struct insights_table *table)
{
    struct answer *answer = new_answer(topic);
    struct insights_result *result = arena_alloc(answer->arena, sizeof *result);

    *result = (struct insights_result){
        .state = states[table->status],
        .columns = copy_texts(answer->arena, table->columns, table->column_count),
        .column_count = table->column_count,
        .cells = copy_texts(answer->arena, table->cells, table->row_count * table->column_count),
        .row_count = table->row_count,
        .records_matched = table->records_matched,
        .records_scanned = table->records_scanned,
        .bytes_scanned = table->bytes_scanned,
    };
    answer->insights = result;
    answer->is_partial = table->is_partial;
    return answer;
}

static void
set_running(struct insights_topic *state, struct answer *answer)
{
    answer_unref(state->running);
    state->running = answer;
}

static void
on_told(void *arg, const struct insights_table *table, bool is_last, int64_t cost_microusd,
        const struct err *err)
{
    struct topic *topic = arg;
    struct insights_topic *state = state_of(topic);
    struct answer *answer = table != NULL ? table_answer(topic, table) : NULL;

    if (!is_last) {
        set_running(state, answer_ref(answer));
        topic_progress(topic, answer, cost_microusd);
        return;
    }
    state->job = NULL;
    set_running(state, NULL);
    if (err != NULL)
        topic_fail(topic, err, cost_microusd);
    else
        topic_answer(topic, answer, cost_microusd);
}

/* What was found so far is the answer. */
static void
cancel(struct topic *topic)
{
    struct insights_topic *state = state_of(topic);
    int64_t cost_microusd = insights_cancel(state->job);
    struct answer *answer = new_answer(topic), *found = state->running;
    struct insights_result *result = arena_alloc(answer->arena, sizeof *result);

    state->job = NULL;
    state->running = NULL;
    if (found != NULL) {
        *result = *found->insights;
        answer_has_parts(answer, 1);
        answer->parts[0] = found; /* with the reference that state had */
        answer->is_partial = found->is_partial;
    }
    result->state = INSIGHTS_CANCELLED;
    answer->insights = result;
    topic_answer(topic, answer, cost_microusd);
}

static void
start(struct topic *topic)
{
    struct insights_topic *state = state_of(topic);
    const struct ask *ask = topic->ask;
    struct err err;

    state->to_ms = topic_to_ms(topic);
    state->from_ms = state->to_ms - ask->range.span_ms;
    if (ask->group_count == 0 || ask->group_count > INSIGHTS_GROUPS_MAX) {
        err_set(&err, E_USAGE, "a query reads 1 to %d log groups, not %zu", INSIGHTS_GROUPS_MAX,
                ask->group_count);
        topic_fail(topic, &err, 0);
        return;
    }
    state->job = insights_start(topic->client,
                                &(struct insights_query){ .groups = ask->groups,
                                                          .group_count = ask->group_count,
                                                          .text = ask->query,
                                                          .from_ms = state->from_ms,
                                                          .to_ms = state->to_ms },
                                on_told, topic);
}

static bool
is_paid(struct topic *topic)
{
    return !topic_is_local(topic);
}

const struct topic_kind topic_insights = {
    .start = start, .cancel = cancel, .is_paid = is_paid, .fini = fini, .is_once = true
};
