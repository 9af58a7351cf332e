/* topic.c - taking what comes: answers, failures, costs.
 * SPDX-License-Identifier: MIT
 *
 * A failure keeps the last good answer on screen, with what is wrong written on it. */
#include "config.h"

#include "tui/gather_own.h"

#include "aws/listing.h"
#include "tui/budget.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Of the requests that are free each month, those we may use up: the account has other users. */
#define FREE_SHARE 0.5

int64_t
topic_now_ms(const struct topic *topic)
{
    return clock_now_ms(topic->gather->options.clock);
}

int64_t
topic_to_ms(const struct topic *topic)
{
    return topic->ask->range.to_ms != 0 ? topic->ask->range.to_ms : topic_now_ms(topic);
}

bool
topic_is_umami(const struct topic *topic)
{
    return topic->ask->kind == ASK_UMAMI;
}

bool
topic_is_local(const struct topic *topic)
{
    return topic_is_umami(topic) ? umami_client_target(topic->gather->umami)->is_emulator
                                 : topic->gather->options.target->is_emulator;
}

bool
topic_is_played(const struct topic *topic)
{
    return topic->gather->options.stand_in != NULL;
}

bool
topic_is_near(const struct topic *topic)
{
    return topic_is_local(topic) || topic_is_played(topic);
}

struct umami_client *
topic_umami_client(const struct topic *topic)
{
    return topic->gather->umami;
}

const char *
topic_bucket(const struct topic *topic)
{
    return topic->gather->options.recordings_bucket;
}

const struct price_list *
topic_prices(const struct topic *topic)
{
    return &topic->gather->options.target->prices;
}

void
topic_not_before(struct topic *topic, uint64_t ns)
{
    topic->earliest_ns = topic->gather->options.mono_ns() + ns;
    if (topic->due_ns < topic->earliest_ns)
        topic->due_ns = topic->earliest_ns;
}

const char *
topic_cache_dir(const struct topic *topic)
{
    return topic_is_near(topic) ? NULL : topic->gather->options.cache_dir;
}

/* --- what it costs --- */

static void
add_spent(struct gather *g, int64_t microusd)
{
    purse_spend(&g->purse, microusd, aws_client_free_calls(g->client));
}

bool
topic_has_free_calls(const struct topic *topic, size_t calls)
{
    const struct gather *g = topic->gather;
    double share = g->options.target->prices.rows[PRICE_CLOUDWATCH_CALL].free_a_month * FREE_SHARE;

    return (double)g->purse.month.free_calls + (double)calls <= share;
}

bool
topic_may_pay(const struct topic *topic)
{
    return topic->gather->slowness != BUDGET_STOP;
}

void
topic_spend(struct topic *topic, int64_t cost_microusd)
{
    topic->cost_microusd += cost_microusd;
    add_spent(topic->gather, cost_microusd);
    gather_weigh(topic->gather);
}

/* --- answers --- */

static void
settle(struct topic *topic, int64_t cost_microusd)
{
    topic->is_busy = false;
    topic->is_open = false;
    topic->is_fresh_start = false;
    topic->cost_microusd += cost_microusd;
    topic->last_microusd = cost_microusd;
    if (cost_microusd > 0 && topic_is_slow(topic))
        topic->earliest_ns =
            topic->gather->options.mono_ns() + (uint64_t)topic_plain_pace_ms(topic) * MS;
    add_spent(topic->gather, cost_microusd);
    gather_weigh(topic->gather);
    topic->gather->is_dirty = true;
}

static void
rest(struct topic *topic, int64_t wait_ms)
{
    topic->due_ns = topic->gather->options.mono_ns() + (uint64_t)wait_ms * MS;
    if (topic->is_overtaken) {
        topic->is_overtaken = false;
        topic->due_ns = topic->started_ns + CHANGE_GAP_MS * MS;
    }
    if (topic->due_ns < topic->earliest_ns)
        topic->due_ns = topic->earliest_ns;
}

static void
take_answer(struct topic *topic, struct answer *answer, int64_t got_ms)
{
    answer->got_ms = got_ms;
    answer->pace_ms = topic_told_pace_ms(topic);
    answer->cost_microusd = topic->cost_microusd;
    answer_unref(topic->good);
    answer_unref(topic->answer);
    topic->good = answer;
    topic->answer = answer_ref(answer);
}

/* Now, or when it was recorded. */
static int64_t
known_ms(const struct topic *topic)
{
    const struct gather *g = topic->gather;
    int64_t now = topic_now_ms(topic), known = topic_is_umami(topic)
                                                   ? umami_client_known_ms(g->umami)
                                                   : aws_client_known_ms(g->client);

    return known != 0 && known < now ? known : now;
}

void
topic_answer(struct topic *topic, struct answer *answer, int64_t cost_microusd)
{
    topic->failures = 0;
    if (topic_is_local(topic))
        topic->gather->is_gone = false;
    gather_source_answered(topic->gather, topic_is_umami(topic));
    topic->gather->lacks_umami &= !topic_is_umami(topic);
    settle(topic, cost_microusd);
    rest(topic, topic_rest_ms(topic));
    take_answer(topic, answer, known_ms(topic));
}

void
topic_answer_kept(struct topic *topic, struct answer *answer, int64_t got_ms, int64_t cost_microusd)
{
    int64_t age_ms = topic_now_ms(topic) - got_ms, left_ms;

    topic->failures = 0;
    settle(topic, 0);
    topic->last_microusd = cost_microusd; /* what the next time will cost */
    left_ms = topic_plain_pace_ms(topic) - (age_ms > 0 ? age_ms : 0);
    topic->earliest_ns =
        topic->gather->options.mono_ns() + (uint64_t)(left_ms > 0 ? left_ms : 0) * MS;
    rest(topic, 0);
    take_answer(topic, answer, got_ms);
}

void
topic_recall(struct topic *topic, struct answer *answer, int64_t got_ms)
{
    take_answer(topic, answer, got_ms);
    topic->gather->is_dirty = true;
}

void
topic_progress(struct topic *topic, struct answer *answer, int64_t cost_microusd)
{
    answer->got_ms = known_ms(topic);
    answer->pace_ms = topic_told_pace_ms(topic);
    answer->cost_microusd = topic->cost_microusd + cost_microusd;
    answer_unref(topic->answer);
    topic->answer = answer;
    topic->gather->is_dirty = true;
}

/* The last good answer again, or none, with what is wrong. */
static struct answer *
failed_answer(const struct topic *topic, const char *sentence, int64_t wait_ms)
{
    struct answer *a = answer_new(topic->ask->key, topic->ask->kind);
    struct answer *good = topic->good;

    a->to_ms = topic_to_ms(topic);
    a->from_ms = a->to_ms - topic->ask->range.span_ms;
    if (good != NULL)
        answer_show(a, good);
    a->pace_ms = topic_told_pace_ms(topic);
    a->cost_microusd = topic->cost_microusd;
    a->failure = arena_strdup(a->arena, sentence);
    a->retry_ms =
        topic->kind->is_once || topic_is_played(topic) ? 0 : topic_now_ms(topic) + wait_ms;
    return a;
}

static int64_t
until_due_ms(const struct topic *topic)
{
    uint64_t now = topic->gather->options.mono_ns();

    return topic->due_ns > now ? (int64_t)((topic->due_ns - now) / MS) : 0;
}

void
topic_fail(struct topic *topic, const struct err *err, int64_t cost_microusd)
{
    struct gather *g = topic->gather;
    struct err told = *err;
    struct answer *answer;
    size_t used = strlen(told.text);

    if (topic_is_local(topic) && strncmp(told.text, "cannot reach", 12) == 0) {
        g->is_gone = true;
        snprintf(told.text + used, sizeof told.text - used, "; start one with: obsview emulate");
    }
    /* a permission that is missing is a panel's own matter */
    topic->is_cut_off =
        err->code == E_IO || (err->code == E_AUTH && strncmp(err->text, "access denied", 13) != 0);
    if (topic->is_cut_off)
        g->failure = told;
    if (topic_is_umami(topic))
        g->lacks_umami = err->code == E_UNSUPPORTED;
    topic->failures++;
    settle(topic, cost_microusd);
    rest(topic, topic_retry_ms(topic, err->code));
    answer = failed_answer(topic, told.text, until_due_ms(topic));
    answer_unref(topic->answer);
    topic->answer = answer;
}

/* Cents, or as many digits as it takes not to call something nothing. */
static int
dollar_digits(int64_t microusd)
{
    int digits = 2;

    for (int64_t unit = 10000; microusd < 10000 && microusd % unit != 0; unit /= 10)
        digits++;
    return digits;
}

void
topic_refuse_to_pay(struct topic *topic)
{
    const struct gather *g = topic->gather;
    int64_t spent = g->purse.month.microusd, most = g->options.max_spend_microusd;
    struct err err;

    if (most == 0)
        err_set(&err, E_LIMIT, "--max-spend 0: what costs is not asked");
    else
        err_set(&err, E_LIMIT, "stopped: $%.*f of --max-spend %.*f are spent this month",
                dollar_digits(spent), (double)spent / 1e6, dollar_digits(most), (double)most / 1e6);
    topic_fail(topic, &err, 0);
}

/* --- one answer by one call --- */

struct answer *
topic_begin(struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, topic->ask->kind);

    assert(topic->filling == NULL);
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    topic->filling = answer;
    return answer;
}

struct answer *
topic_end(struct topic *topic, bool partial, const struct err *err)
{
    struct answer *answer = topic->filling;

    topic->filling = NULL;
    topic->state = NULL;
    answer->is_partial = partial;
    if (err == NULL)
        return answer;
    answer_unref(answer);
    topic_fail(topic, err, 0);
    return NULL;
}

void
topic_drop(struct topic *topic)
{
    answer_unref(topic->filling);
    topic->filling = NULL;
    topic->state = NULL;
}

void
topic_cancel_listing(struct topic *topic)
{
    listing_cancel(topic->state);
    topic_drop(topic);
}
