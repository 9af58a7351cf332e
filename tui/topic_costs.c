/* topic_costs.c - ASK_COSTS and ASK_COST_TAGS: Cost Explorer, a cent a request.
 * SPDX-License-Identifier: MIT
 *
 * Bills change once a day, so that is how often they are asked for, by all screens of a person
 * together: an answer is kept on disk under its account (cost_cache.h), which STS tells first. An
 * emulator's bill is free: nothing is kept, and it is asked about once a minute.
 *
 * What AWS refuses for want of a permission or as asked too often was not looked up, and is not
 * charged, nor is what the other side does not know at all; every other request that arrived is,
 * and is not made again before the next day. */
#include "config.h"

#include "aws/account.h"
#include "aws/cost_explorer.h"
#include "aws/cost_tags.h"
#include "base/day.h"
#include "tui/cost_cache.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define PROJECT_TAG "Project"

struct costs_state {
    struct account_job *account_job;
    struct cost_explorer_job *usage_job;
    struct listing *tags_job;
    struct answer *answer; /* being filled */
    char account[ACCOUNT_TEXT];
    char *question;
};

static struct costs_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct costs_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct costs_state *state = state_of(topic);

    account_cancel(state->account_job);
    cost_explorer_cancel(state->usage_job);
    listing_cancel(state->tags_job);
    answer_unref(state->answer);
    free(state->question);
    *state = (struct costs_state){ .answer = NULL };
}

static void
fini(struct topic *topic)
{
    cancel(topic);
    free(topic->state);
}

/* What it is about; without the days when those move on with time: a kept answer of yesterday
 * evening still is one. */
static char *
question_of(const struct ask *ask)
{
    const char *project = ask->project == NULL ? "(any)" : ask->project;
    char from[DAY_TEXT], to[DAY_TEXT];

    if (ask->kind == ASK_COST_TAGS)
        return xstrdup("cost allocation tags");
    if (ask->cost_to_day == 0)
        return xasprintf("%s %s by day, %s=%s", ask->cost_tags[0], ask->cost_tags[1], PROJECT_TAG,
                         project);
    day_format(ask->cost_from_day, from);
    day_format(ask->cost_to_day, to);
    return xasprintf("%s %s by day, %s=%s, %s to %s", ask->cost_tags[0], ask->cost_tags[1],
                     PROJECT_TAG, project, from, to);
}

static struct cost_cache
cache_of(const struct topic *topic, const struct costs_state *state)
{
    return (struct cost_cache){ .dir = topic_cache_dir(topic),
                                .account = state->account,
                                .question = state->question };
}

static bool
has_cache(const struct topic *topic, const struct costs_state *state)
{
    return topic_cache_dir(topic) != NULL && state->account[0] != '\0';
}

/* Room for what comes; the one before may be half filled. */
static struct answer *
fresh_answer(const struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, topic->ask->kind);
    int64_t today = day_of_ms(topic_now_ms(topic));

    answer->cost_from_day = day_month(today, -1);
    answer->cost_to_day =
        today + 1; /* exclusive: today's costs are in it, as far as they are known */
    if (topic->ask->cost_to_day != 0) {
        answer->cost_from_day = topic->ask->cost_from_day;
        answer->cost_to_day = topic->ask->cost_to_day;
    }
    answer->from_ms = answer->cost_from_day * DAY_MS;
    answer->to_ms = topic_now_ms(topic);
    return answer;
}

/* --- what has come --- */

/* What so many requests cost when this came of them. */
static int64_t
charge(const struct topic *topic, unsigned requests, const struct err *err)
{
    if (err != NULL && (err->code == E_AUTH || err->code == E_BUSY || err->code == E_UNSUPPORTED))
        return 0;
    return price_microusd(&aws_client_target(topic->client)->prices, PRICE_COST_EXPLORER, requests);
}

static void
keep(struct topic *topic, struct costs_state *state, struct answer *answer, int64_t cost_microusd)
{
    struct cost_cache cache = cache_of(topic, state);
    struct err err;

    if (!has_cache(topic, state))
        return;
    if (cost_cache_write(answer, &cache, topic_now_ms(topic), cost_microusd, &err) != OK)
        answer->caveat =
            arena_printf(answer->arena, "not kept, the next start pays again: %s", err.text);
}

static void
end(struct topic *topic, struct answer *answer, unsigned requests, const struct err *err)
{
    struct costs_state *state = state_of(topic);
    int64_t cost_microusd = charge(topic, requests, err);

    state->answer = NULL; /* it is the topic's from here */
    if (err == NULL)
        keep(topic, state, answer, cost_microusd);
    cancel(topic);
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, cost_microusd);
        return;
    }
    topic_answer(topic, answer, cost_microusd);
}

static void
on_usage(void *arg, const struct bill_row *rows, size_t count, bool partial, unsigned requests,
         const struct err *err)
{
    struct topic *topic = arg;
    struct costs_state *state = state_of(topic);
    struct answer *answer = state->answer;

    state->usage_job = NULL;
    answer->costs = rows;
    answer->cost_count = count;
    answer->is_partial = partial;
    end(topic, answer, requests, err);
}

static void
on_tags(void *arg, const struct bill_tag *tags, size_t count, bool partial, unsigned requests,
        const struct err *err)
{
    struct topic *topic = arg;
    struct costs_state *state = state_of(topic);
    struct answer *answer = state->answer;

    state->tags_job = NULL;
    answer->cost_tags = tags;
    answer->cost_tag_count = count;
    answer->is_partial = partial;
    end(topic, answer, requests, err);
}

/* --- asking --- */

static struct cost_question
question_to_service(const struct ask *ask, const struct answer *answer)
{
    return (struct cost_question){ .from_day = answer->cost_from_day,
                                   .to_day = answer->cost_to_day,
                                   .tags = { ask->cost_tags[0], ask->cost_tags[1] },
                                   .filter_key = ask->project == NULL ? NULL : PROJECT_TAG,
                                   .filter_value = ask->project };
}

/* Who records what is answered has it from here when the service is not asked. */
static void
tell_kept(const struct topic *topic, const struct answer *answer)
{
    const struct cost_question question = question_to_service(topic->ask, answer);

    if (topic->ask->kind == ASK_COST_TAGS)
        cost_tags_tell(topic->client, answer->cost_tags, answer->cost_tag_count);
    else
        cost_explorer_tell(topic->client, &question, answer->costs, answer->cost_count);
}

/* `caveat` says what was wrong with what was kept; NULL: nothing. */
static void
ask_service(struct topic *topic, const char *caveat)
{
    struct costs_state *state = state_of(topic);
    const struct ask *ask = topic->ask;
    struct answer *answer = state->answer = fresh_answer(topic);
    const struct cost_question question = question_to_service(ask, answer);

    if (caveat != NULL)
        answer->caveat = arena_printf(answer->arena, "asked anew: %s", caveat);
    if (ask->kind == ASK_COST_TAGS)
        state->tags_job = cost_tags_list(topic->client, answer->arena, on_tags, topic);
    else
        state->usage_job =
            cost_explorer_usage(topic->client, answer->arena, &question, on_usage, topic);
}

/* Bills of a month may still change for some days after its end: it is final around the fifth. */
#define CLOSED_AFTER_DAYS 6

/* An answer about months whose bills are closed never gets old. */
static bool
is_current(const struct topic *topic, const struct answer *answer, int64_t got_ms)
{
    if (topic->ask->kind == ASK_COSTS && topic->ask->cost_to_day != 0 &&
        day_of_ms(got_ms) >= answer->cost_to_day + CLOSED_AFTER_DAYS)
        return true;
    return topic_now_ms(topic) - got_ms < TOPIC_BILL_PACE_MS;
}

/* Answers with what is kept, when it is not too old; an older one is shown meanwhile. *caveat: why
 * it cannot be used, in the arena. */
static bool
answer_kept(struct topic *topic, struct arena *arena, const char **caveat)
{
    struct costs_state *state = state_of(topic);
    struct cost_cache cache = cache_of(topic, state);
    struct answer *answer = fresh_answer(topic);
    int64_t got_ms, cost_microusd, now_ms = topic_now_ms(topic);
    struct err err;
    enum status st = cost_cache_read(answer, &cache, now_ms, &got_ms, &cost_microusd, &err);

    if (st == OK && is_current(topic, answer, got_ms)) {
        tell_kept(topic, answer);
        cancel(topic);
        topic_answer_kept(topic, answer, got_ms, cost_microusd);
        return true;
    }
    if (st != OK && st != E_NOTFOUND)
        *caveat = arena_strdup(arena, err.text);
    if (st == OK && topic->good == NULL)
        topic_recall(topic, answer, got_ms);
    else
        answer_unref(answer);
    return false;
}

static void
on_account(void *arg, const char id[ACCOUNT_TEXT], const struct err *why)
{
    struct topic *topic = arg;
    struct costs_state *state = state_of(topic);
    struct arena *arena = arena_new();
    const char *caveat = NULL;

    (void)why; /* the cache of no account is empty */
    state->account_job = NULL;
    memcpy(state->account, id, ACCOUNT_TEXT);
    if (!has_cache(topic, state) || !answer_kept(topic, arena, &caveat)) {
        if (topic_may_pay(topic)) {
            ask_service(topic, caveat);
        } else {
            cancel(topic);
            topic_refuse_to_pay(topic);
        }
    }
    arena_free(arena);
}

static void
start(struct topic *topic)
{
    struct costs_state *state = state_of(topic);

    state->question = question_of(topic->ask);
    if (topic_is_near(topic))
        ask_service(topic, NULL);
    else
        state->account_job = account_ask(topic->client, on_account, topic);
}

const struct topic_kind topic_costs = { .start = start, .cancel = cancel, .fini = fini };
const struct topic_kind topic_cost_tags = { .start = start, .cancel = cancel, .fini = fini };
