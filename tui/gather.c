/* gather.c - topics, their times, and snapshots of them.
 * SPDX-License-Identifier: MIT
 *
 * A topic is an ask with its newest answer. Topics that nobody wants any more are parked, so that
 * going back to a view shows what it showed; the longest parked go first. */
#include "config.h"

#include "tui/gather.h"

#include "aws/account.h"
#include "aws/client.h"
#include "aws/net.h"
#include "base/mem.h"
#include "tui/topic.h"
#include "tui/wakeups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ULL

#define CHANGE_GAP_MS   250   /* between two refreshes because of changes */
#define EMULATOR_MS     1000  /* an emulator that does not say when something changed */
#define AWS_MS          60000 /* CloudWatch's own resolution */
#define AWS_LOGS_MS     10000 /* free, but rated at a few requests a second */
#define PAST_MS         60000 /* a window that stands still */
#define RETRY_LOCAL_MAX 5000
#define RETRY_AWS_MAX   300000
#define PARKED_MAX      32
#define MONTH_MS        (30 * 86400000.0)

struct gather {
    struct net *net;
    struct aws_client *client;
    struct wakeups *wakeups; /* NULL: nobody tells us of changes */
    struct gather_options options;
    char *environment;
    char *label;                 /* what is asked, for the header */
    struct account_job *account; /* asks whose it is, until that is known */
    bool has_account;
    struct topic *topics;
    bool is_dirty;
    int64_t vouched_ms; /* the stream stood until then */
    uint64_t vouch_ns;
    struct err failure; /* the source's own, the last one */
};

static const struct topic_kind *const kinds[] = {
    [ASK_METRICS] = &topic_metrics,   [ASK_METRIC_NAMES] = &topic_names,
    [ASK_LOG_GROUPS] = &topic_groups, [ASK_LOG_EVENTS] = &topic_events,
    [ASK_EMULATOR] = &topic_emulator,
};

static void on_change(void *arg);
static void source_answered(struct gather *g);

/* "123456789012 eu-west-1": which account, before anybody believes a number. */
static void
on_account(void *arg, const char id[ACCOUNT_TEXT])
{
    struct gather *g = arg;

    g->account = NULL;
    g->has_account = *id != '\0';
    if (!g->has_account)
        return;
    free(g->label);
    g->label = xasprintf("%s %s", id, provider_region(aws_client_provider(g->client)));
    g->is_dirty = true;
}

static void
ask_account(struct gather *g)
{
    if (!g->options.target->is_emulator && !g->has_account && g->account == NULL)
        g->account = account_ask(g->client, on_account, g);
}

/* There are keys, perhaps others than before: those who wait for their next try need not. */
static void
on_keys_found(void *arg)
{
    struct gather *g = arg;

    source_answered(g);
    ask_account(g);
    g->is_dirty = true;
}

struct gather *
gather_new(const struct gather_options *options)
{
    struct gather *g = xcalloc(1, sizeof *g);
    const struct aws_target *target = options->target;

    g->options = *options;
    if (g->options.pace_ms <= 0)
        g->options.pace_ms = EMULATOR_MS;
    g->environment = xstrdup(options->environment);
    g->net = net_new();
    g->client = aws_client_new(g->net, target);
    g->label = xstrdup(target->label);
    aws_client_on_keys(g->client, on_keys_found, g);
    ask_account(g);
    if (options->listens && target->is_emulator)
        g->wakeups = wakeups_new(g->net, target->urls[AWS_CLOUDWATCH], target->token, on_change, g);
    g->is_dirty = true;
    return g;
}

static void
topic_free(struct topic *topic)
{
    if (topic->is_busy)
        topic->kind->cancel(topic);
    if (topic->kind->fini != NULL)
        topic->kind->fini(topic);
    answer_unref(topic->good);
    answer_unref(topic->answer);
    ask_list_free(topic->owner);
    free(topic);
}

void
gather_free(struct gather *g)
{
    if (g == NULL)
        return;
    while (g->topics != NULL) {
        struct topic *topic = g->topics;

        g->topics = topic->next;
        topic_free(topic);
    }
    wakeups_free(g->wakeups);
    account_cancel(g->account);
    aws_client_free(g->client);
    net_free(g->net);
    free(g->environment);
    free(g->label);
    free(g);
}

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
topic_is_local(const struct topic *topic)
{
    return topic->gather->options.target->is_emulator;
}

static int64_t
pace_ms(const struct topic *topic)
{
    int64_t pace = topic->ask->kind == ASK_LOG_EVENTS ? AWS_LOGS_MS : AWS_MS;

    if (topic->ask->range.to_ms != 0)
        return PAST_MS;
    if (topic_is_local(topic))
        return topic->gather->options.pace_ms;
    return topic->ask->pace_ms > pace ? topic->ask->pace_ms : pace;
}

/* The milliseconds until a topic that was just answered is asked again. */
static int64_t
rest_ms(const struct topic *topic)
{
    const struct gather *g = topic->gather;

    if (topic->ask->range.to_ms == 0 && g->wakeups != NULL && wakeups_are_live(g->wakeups))
        return 60000 - topic_now_ms(topic) % 60000; /* windows move on at full minutes */
    return pace_ms(topic);
}

static int64_t
retry_ms(const struct topic *topic)
{
    int64_t most = topic_is_local(topic) ? RETRY_LOCAL_MAX : RETRY_AWS_MAX;
    int64_t wait = topic->failures > 12 ? most : pace_ms(topic) << (topic->failures - 1);

    return wait < most ? wait : most;
}

static void
settle(struct topic *topic, int64_t cost_microusd, int64_t wait_ms)
{
    uint64_t now = mono_ns();

    topic->is_busy = false;
    topic->is_fresh_start = false;
    topic->cost_microusd += cost_microusd;
    topic->last_microusd = cost_microusd;
    topic->due_ns = now + (uint64_t)wait_ms * MS;
    if (topic->is_overtaken) {
        topic->is_overtaken = false;
        topic->due_ns = topic->started_ns + CHANGE_GAP_MS * MS;
    }
    topic->gather->is_dirty = true;
}

/* The source is back: those who wait for their next try need not. */
static void
source_answered(struct gather *g)
{
    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_cut_off && !t->is_busy)
            t->due_ns = 0;
        t->is_cut_off = false;
    }
}

void
topic_answer(struct topic *topic, struct answer *answer, int64_t cost_microusd)
{
    topic->failures = 0;
    source_answered(topic->gather);
    settle(topic, cost_microusd, rest_ms(topic));
    answer->got_ms = topic_now_ms(topic);
    answer->pace_ms = pace_ms(topic);
    answer->cost_microusd = topic->cost_microusd;
    answer_unref(topic->good);
    answer_unref(topic->answer);
    topic->good = answer;
    topic->answer = answer_ref(answer);
}

/* The last good answer again, or none, with what is wrong. */
static struct answer *
failed_answer(const struct topic *topic, const char *sentence, int64_t wait_ms)
{
    struct answer *a = answer_new(topic->ask->key, topic->ask->kind);
    struct answer *good = topic->good;

    a->to_ms = topic_to_ms(topic);
    a->from_ms = a->to_ms - topic->ask->range.span_ms;
    if (good != NULL) {
        answer_has_parts(a, 1);
        a->parts[0] = answer_ref(good);
        a->got_ms = good->got_ms;
        a->from_ms = good->from_ms;
        a->to_ms = good->to_ms;
        a->is_partial = good->is_partial;
        a->points = good->points;
        a->point_count = good->point_count;
        a->names = good->names;
        a->name_count = good->name_count;
        a->groups = good->groups;
        a->group_count = good->group_count;
        a->events = good->events;
        a->event_count = good->event_count;
        a->alarms = good->alarms;
        a->alarm_count = good->alarm_count;
        a->alarm_events = good->alarm_events;
        a->alarm_event_count = good->alarm_event_count;
        a->functions = good->functions;
        a->function_count = good->function_count;
        a->insights = good->insights;
        a->json = good->json;
        a->json_is_borrowed = true;
    }
    a->pace_ms = pace_ms(topic);
    a->cost_microusd = topic->cost_microusd;
    a->failure = arena_strdup(a->arena, sentence);
    a->retry_ms = topic_now_ms(topic) + wait_ms;
    return a;
}

void
topic_fail(struct topic *topic, const struct err *err, int64_t cost_microusd)
{
    struct gather *g = topic->gather;
    struct err told = *err;
    struct answer *answer;
    size_t used = strlen(told.text);

    if (topic_is_local(topic) && strncmp(told.text, "cannot reach", 12) == 0)
        snprintf(told.text + used, sizeof told.text - used, "; start one with: obsview emulate");
    /* a permission that is missing is a panel's own matter */
    topic->is_cut_off =
        err->code == E_IO || (err->code == E_AUTH && strncmp(err->text, "access denied", 13) != 0);
    if (topic->is_cut_off)
        g->failure = told;
    topic->failures++;
    settle(topic, cost_microusd, retry_ms(topic));
    answer = failed_answer(topic, told.text, retry_ms(topic));
    answer_unref(topic->answer);
    topic->answer = answer;
}

/* --- what is wanted --- */

static struct topic *
find_topic(struct gather *g, const struct ask *ask)
{
    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (strcmp(t->ask->key, ask->key) == 0)
            return t;
    }
    return NULL;
}

static void
set_ask(struct topic *topic, const struct ask *ask)
{
    ask_list_free(topic->owner);
    topic->owner = ask_list_new();
    ask_list_add(topic->owner, ask);
    topic->ask = &topic->owner->items[0];
    topic->due_ns = 0;
    topic->failures = 0;
}

static struct topic *
new_topic(struct gather *g, const struct ask *ask)
{
    struct topic *topic = xcalloc(1, sizeof *topic);
    struct topic **at = &g->topics;

    topic->gather = g;
    topic->client = g->client;
    topic->kind = kinds[ask->kind];
    set_ask(topic, ask);
    topic->is_wanted = true;
    topic->is_fresh_start = true;
    while (*at != NULL)
        at = &(*at)->next;
    *at = topic;
    return topic;
}

static void
drop_topic(struct gather *g, struct topic *topic)
{
    struct topic **at = &g->topics;

    while (*at != topic)
        at = &(*at)->next;
    *at = topic->next;
    topic_free(topic);
    g->is_dirty = true;
}

/* The same key with another question. What is known stays on screen until the new answer is there,
 * unless it is about something else. */
static struct topic *
change_topic(struct gather *g, struct topic *topic, const struct ask *ask)
{
    bool is_same_thing = topic->ask->kind == ask->kind;

    if (ask->kind == ASK_LOG_EVENTS && is_same_thing)
        is_same_thing = strcmp(topic->ask->group, ask->group) == 0 && topic->ask->pattern == NULL &&
                        ask->pattern == NULL;
    if (ask->kind == ASK_EMULATOR && is_same_thing)
        is_same_thing = strcmp(topic->ask->path, ask->path) == 0;
    if (!is_same_thing) {
        drop_topic(g, topic);
        return new_topic(g, ask);
    }
    if (topic->is_busy)
        topic->kind->cancel(topic);
    topic->is_busy = false;
    set_ask(topic, ask);
    return topic;
}

static void
park(struct gather *g)
{
    struct topic *oldest = NULL;
    size_t parked = 0;

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted)
            continue;
        parked++;
        if (oldest == NULL || t->parked_ns < oldest->parked_ns)
            oldest = t;
    }
    if (parked > PARKED_MAX)
        drop_topic(g, oldest);
}

void
gather_want(struct gather *g, const struct ask_list *asks)
{
    uint64_t now = mono_ns();

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted)
            t->parked_ns = now;
        t->is_wanted = false;
    }
    for (size_t i = 0; i < asks->count; i++) {
        const struct ask *ask = &asks->items[i];
        struct topic *topic = find_topic(g, ask);

        if (topic == NULL)
            topic = new_topic(g, ask);
        else if (!ask_equal(topic->ask, ask))
            topic = change_topic(g, topic, ask);
        topic->is_wanted = true;
    }
    for (size_t i = 0; i < 4; i++)
        park(g);
}

int64_t
gather_hurry(struct gather *g)
{
    uint64_t now = mono_ns();
    int64_t longest = 0;

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        uint64_t gap = topic_is_local(t) ? CHANGE_GAP_MS * MS : GATHER_HURRY_PAID_MS * MS;
        uint64_t allowed = t->started_ns == 0 ? 0 : t->started_ns + gap;

        if (!t->is_wanted || t->is_busy)
            continue;
        t->is_fresh_start = true;
        t->due_ns = allowed > now ? allowed : now;
        if (allowed > now && (int64_t)((allowed - now) / MS) > longest)
            longest = (int64_t)((allowed - now) / MS);
    }
    return longest;
}

static void
on_change(void *arg)
{
    struct gather *g = arg;

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        uint64_t soon = t->started_ns + CHANGE_GAP_MS * MS;

        if (!t->is_wanted || t->ask->range.to_ms != 0)
            continue;
        if (t->is_busy)
            t->is_overtaken = true;
        else if (t->due_ns > soon)
            t->due_ns = soon;
    }
}

/* --- the run --- */

static void
start_topic(struct topic *topic)
{
    topic->is_busy = true;
    topic->is_overtaken = false;
    topic->started_ns = mono_ns();
    topic->kind->start(topic);
}

static int
shorter(int wait_ms, uint64_t due_ns, uint64_t now)
{
    uint64_t left = due_ns > now ? (due_ns - now) / MS + 1 : 0;

    return left < (uint64_t)wait_ms ? (int)left : wait_ms;
}

/* Starts what is due; returns how long the rest can wait. */
static int
start_due(struct gather *g, int wait_ms)
{
    uint64_t now = mono_ns();

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (!t->is_wanted || t->is_busy)
            continue;
        if (t->due_ns <= now)
            start_topic(t);
        if (!t->is_busy)
            wait_ms = shorter(wait_ms, t->due_ns, now);
    }
    return wait_ms;
}

/* While the stream stands and is silent, what was answered is still so. Only whole seconds are
 * told, since each telling is a new snapshot. */
static int
vouch(struct gather *g, int wait_ms)
{
    uint64_t now = mono_ns();

    if (g->wakeups == NULL)
        return wait_ms;
    wait_ms = shorter(wait_ms, now + (uint64_t)wakeups_tend(g->wakeups) * MS, now);
    if (!wakeups_are_live(g->wakeups)) {
        g->vouched_ms = 0;
        return wait_ms;
    }
    if (now >= g->vouch_ns) {
        g->vouched_ms = clock_now_ms(g->options.clock);
        g->vouch_ns = now + (uint64_t)g->options.pace_ms * MS;
        g->is_dirty = true;
    }
    return shorter(wait_ms, g->vouch_ns, now);
}

void
gather_run(struct gather *g, int wait_ms)
{
    wait_ms = start_due(g, wait_ms);
    wait_ms = vouch(g, wait_ms);
    net_run(g->net, g->is_dirty ? 0 : wait_ms);
}

void
gather_give_code(struct gather *g, const char *code)
{
    provider_give_code(aws_client_provider(g->client), code);
    source_answered(g);
    g->is_dirty = true;
}

void
gather_wake(struct gather *g)
{
    net_wake(g->net);
}

bool
gather_is_settled(const struct gather *g)
{
    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted && (t->answer == NULL || t->started_ns == 0 || t->is_busy))
            return false;
    }
    return true;
}

/* --- snapshots --- */

/* Failing is a source that fails everything; what fails alone says so in its own panel. */
static void
fill_state(struct snapshot *snapshot, const struct gather *g)
{
    bool any_cut_off = false;

    snapshot->state = SOURCE_CONNECTING;
    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        any_cut_off |= t->is_wanted && t->is_cut_off;
        if (t->is_wanted && t->good != NULL && !t->is_cut_off)
            snapshot->state = SOURCE_LIVE;
    }
    if (any_cut_off && snapshot->state != SOURCE_LIVE)
        snapshot_fail(snapshot, g->failure.text);
}

static void
fill(struct snapshot *snapshot, const struct gather *g)
{
    const char *wants_code = provider_wants_code(aws_client_provider(g->client));
    double month = 0;

    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        snapshot->cost_microusd += t->cost_microusd;
        if (!t->is_wanted)
            continue;
        month += (double)t->last_microusd * MONTH_MS / (double)pace_ms(t);
        if (snapshot->pace_ms == 0 || pace_ms(t) < snapshot->pace_ms)
            snapshot->pace_ms = pace_ms(t);
    }
    snapshot->cost_month_microusd = (int64_t)month;
    snapshot->is_emulator = g->options.target->is_emulator;
    snapshot->wants_code = wants_code == NULL ? NULL : arena_strdup(snapshot->arena, wants_code);
    snapshot->vouched_ms = g->vouched_ms;
    fill_state(snapshot, g);
}

struct snapshot *
gather_take(struct gather *g)
{
    return g->is_dirty ? gather_snapshot(g) : NULL;
}

struct snapshot *
gather_snapshot(struct gather *g)
{
    struct answer **answers;
    struct snapshot *snapshot;
    size_t count = 0;

    g->is_dirty = false;
    for (const struct topic *t = g->topics; t != NULL; t = t->next)
        count++;
    answers = xcalloc(count + 1, sizeof(struct answer *));
    count = 0;
    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->answer != NULL)
            answers[count++] = t->answer;
    }
    snapshot = snapshot_new(g->label, g->environment, answers, count);
    free(answers);
    fill(snapshot, g);
    return snapshot;
}
