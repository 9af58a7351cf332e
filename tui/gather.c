/* gather.c - topics, their times, and snapshots of them.
 * SPDX-License-Identifier: MIT
 *
 * A topic is an ask with its newest answer. Topics that nobody wants any more are parked, so that
 * going back to a view shows what it showed; the longest parked go first. */
#include "config.h"

#include "tui/gather_own.h"

#include "base/mem.h"
#include "tui/budget.h"

#include <stdlib.h>
#include <string.h>

#define EMULATOR_MS 1000 /* an emulator that does not say when something changed */
#define STOP_MS     500  /* at the end, for telling the service to stop what runs there */
#define PARKED_MAX  96
#define HOUR_MS     3600000.0

static void on_change(void *arg);
static void ask_again(void *arg);

/* "123456789012 eu-west-1": which account, before anybody believes a number. */
static void
on_account(void *arg, const char id[ACCOUNT_TEXT], const struct err *why)
{
    struct gather *g = arg;

    (void)why; /* whoever needs the account says it */
    g->account_job = NULL;
    purse_set_account(&g->purse, *id != '\0' ? id : g->options.target->label);
    g->has_account = *id != '\0';
    if (!g->has_account)
        return;
    free(g->label);
    g->label = xasprintf("%s%s %s", g->options.stand_in == NULL ? "" : "recorded ", id,
                         provider_region(aws_client_provider(g->client)));
    g->is_dirty = true;
}

static void
ask_account(struct gather *g)
{
    if (!g->options.target->is_emulator && !g->has_account && g->account_job == NULL)
        g->account_job = account_ask(g->client, on_account, g);
}

/* There are keys, perhaps others than before: those who wait for their next try need not. */
static void
on_keys_found(void *arg)
{
    struct gather *g = arg;

    gather_source_answered(g, false);
    ask_account(g);
    g->is_dirty = true;
}

struct gather *
gather_new(const struct gather_options *options)
{
    struct gather *g = xcalloc(1, sizeof *g);
    const struct aws_target *target = options->target;
    bool is_free = target->is_emulator || options->stand_in != NULL;
    const char *ledger_path = is_free ? NULL : options->ledger_path;

    g->options = *options;
    if (g->options.mono_ns == NULL)
        g->options.mono_ns = mono_ns;
    g->slowness = 1;
    purse_init(&g->purse, ledger_path);
    if (g->options.pace_ms <= 0)
        g->options.pace_ms = EMULATOR_MS;
    if (g->options.background_ms <= 0)
        g->options.background_ms = BACKGROUND_LOCAL_MS;
    g->environment = xstrdup(options->environment);
    g->net = net_new();
    g->client = aws_client_new(g->net, target);
    aws_client_set_ear(g->client, options->ear);
    aws_client_set_stand_in(g->client, options->stand_in);
    umami_target_resolve(&g->no_umami, &(struct umami_options){ .url = NULL });
    g->umami = umami_client_new(g->net, options->umami != NULL ? options->umami : &g->no_umami);
    umami_client_set_ear(g->umami, options->ear);
    umami_client_set_stand_in(g->umami, options->stand_in);
    g->label = xstrdup(target->label);
    aws_client_on_keys(g->client, on_keys_found, g);
    ask_account(g);
    if (options->followed != NULL)
        g->emulator_clock = emulator_clock_new(g->net, target->urls[AWS_CLOUDWATCH], target->token,
                                               options->followed, ask_again, g);
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
    purse_fini(&g->purse, g->options.target->label, clock_now_ms(g->options.clock));
    wakeups_free(g->wakeups);
    emulator_clock_free(g->emulator_clock);
    account_cancel(g->account_job);
    net_finish(g->net, STOP_MS);
    umami_client_free(g->umami);
    umami_target_fini(&g->no_umami);
    aws_client_free(g->client);
    net_free(g->net);
    free(g->environment);
    free(g->label);
    free(g);
}

/* --- what it costs an hour --- */

/* What asking for all that is wanted costs an hour, as often as it is wanted. */
static double
hour_microusd(const struct gather *g)
{
    double sum = 0;

    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted)
            sum += (double)t->last_microusd * HOUR_MS / (double)topic_plain_pace_ms(t);
    }
    return sum;
}

void
gather_weigh(struct gather *g)
{
    struct budget budget = { .limit_microusd = g->options.max_spend_microusd,
                             .spent_microusd = g->purse.month.microusd,
                             .left = budget_month_left(clock_now_ms(g->options.clock)) };
    unsigned slowness =
        g->options.target->is_emulator ? 1 : budget_slowness(&budget, hour_microusd(g));

    if (slowness != g->slowness)
        g->is_dirty = true;
    g->slowness = slowness;
}

void
gather_source_answered(struct gather *g, bool is_umami)
{
    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (topic_is_umami(t) != is_umami)
            continue;
        if (t->is_cut_off && !t->is_busy && !t->kind->is_once)
            t->due_ns = t->earliest_ns;
        t->is_cut_off = false;
    }
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
replace_ask(struct topic *topic, const struct ask *ask)
{
    struct ask_list *owner = ask_list_new();

    ask_list_add(owner, ask);
    ask_list_free(topic->owner);
    topic->owner = owner;
    topic->ask = &owner->items[0];
    topic->client = aws_client_in(topic->gather->client, topic->ask->region);
}

static void
set_ask(struct topic *topic, const struct ask *ask)
{
    replace_ask(topic, ask);
    topic->due_ns = topic->earliest_ns;
    topic->failures = 0;
    topic->is_open = true;
}

static struct topic *
new_topic(struct gather *g, const struct ask *ask)
{
    struct topic *topic = xcalloc(1, sizeof *topic);
    struct topic **at = &g->topics;

    topic->gather = g;
    topic->kind = topic_sources[ask->kind].kind;
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
    if (!ask_is_same_thing(topic->ask, ask)) {
        drop_topic(g, topic);
        return new_topic(g, ask);
    }
    if (topic->kind->is_once && topic->ask->run == ask->run) {
        replace_ask(topic, ask); /* the run goes on, or has ended */
        return topic;
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

/* Who looks again need not wait for a pause made for the background. */
static void
set_background(struct topic *topic, bool is_background)
{
    uint64_t due;

    topic->is_background = is_background;
    if (is_background || topic->is_busy || topic->failures > 0 || topic->started_ns == 0)
        return;
    due = topic->started_ns + (uint64_t)topic_pace_ms(topic) * MS;
    if (due < topic->earliest_ns)
        due = topic->earliest_ns;
    if (due < topic->due_ns)
        topic->due_ns = due;
}

static void
end_forgotten(struct gather *g)
{
    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (!t->is_wanted && t->kind->forget != NULL)
            t->kind->forget(t);
    }
}

void
gather_want(struct gather *g, const struct ask_list *asks)
{
    uint64_t now = g->options.mono_ns();

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
        set_background(topic, ask->is_background);
    }
    end_forgotten(g);
    for (size_t i = 0; i < 4; i++)
        park(g);
    g->is_dirty = true; /* snapshots say whether all of it has been answered */
}

void
gather_set_idle(struct gather *g, bool is_idle)
{
    if (g->is_idle == is_idle)
        return;
    g->is_idle = is_idle;
    g->is_dirty = true;
    for (struct topic *t = g->topics; t != NULL && !is_idle; t = t->next)
        set_background(t, t->is_background);
}

int64_t
gather_hurry(struct gather *g)
{
    uint64_t now = g->options.mono_ns();
    int64_t longest = 0;

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        uint64_t gap = topic_is_near(t) ? CHANGE_GAP_MS * MS : GATHER_HURRY_PAID_MS * MS;
        uint64_t allowed = t->started_ns == 0 ? 0 : t->started_ns + gap;

        if (allowed < t->earliest_ns)
            allowed = t->earliest_ns;
        if (!t->is_wanted || t->is_busy || t->is_background || t->kind->is_once)
            continue;
        t->is_fresh_start = true;
        t->due_ns = allowed > now ? allowed : now;
        if (allowed > now && (int64_t)((allowed - now) / MS) > longest)
            longest = (int64_t)((allowed - now) / MS);
    }
    return longest;
}

static void
ask_again(void *arg)
{
    struct gather *g = arg;

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        uint64_t gap = t->is_background ? (uint64_t)g->options.background_ms : CHANGE_GAP_MS;
        uint64_t soon = t->started_ns + gap * MS;

        if (soon < t->earliest_ns)
            soon = t->earliest_ns;
        if (!t->is_wanted || t->ask->range.to_ms != 0 || t->kind->is_once ||
            topic_sources[t->ask->kind].local_ms != 0 || !topic_is_local(t))
            continue;
        if (t->is_busy)
            t->is_overtaken = true;
        else if (t->due_ns > soon)
            t->due_ns = soon;
    }
}

/* What time it is comes first: it is in every question. */
static void
on_change(void *arg)
{
    struct gather *g = arg;

    if (g->emulator_clock != NULL)
        emulator_clock_ask(g->emulator_clock);
    else
        ask_again(g);
}

/* --- the run --- */

static void
refuse_region(struct topic *topic)
{
    struct err err;

    err_set(&err, E_USAGE, "\"%s\" is not an AWS region", topic->ask->region);
    topic_fail(topic, &err, 0);
}

static void
start_topic(struct topic *topic)
{
    topic->is_busy = true;
    topic->is_overtaken = false;
    topic->started_ns = topic->gather->options.mono_ns();
    topic->started_ms = topic_now_ms(topic);
    if (topic->gather->slowness == BUDGET_STOP && topic->kind->is_paid != NULL &&
        topic->kind->is_paid(topic))
        topic_refuse_to_pay(topic); /* what would cost something says so instead */
    else if (topic->client == NULL)
        refuse_region(topic);
    else
        topic->kind->start(topic);
}

static int
shorter(int wait_ms, uint64_t due_ns, uint64_t now)
{
    uint64_t left = due_ns > now ? (due_ns - now) / MS + 1 : 0;

    return left < (uint64_t)wait_ms ? (int)left : wait_ms;
}

/* A recording says the same as long as its clock stands. */
static bool
would_be_same(const struct topic *topic)
{
    return topic_is_played(topic) && !topic->is_open && !topic->is_fresh_start &&
           topic->started_ms == topic_now_ms(topic);
}

/* Starts what is due; returns how long the rest can wait. */
static int
start_due(struct gather *g, int wait_ms)
{
    uint64_t now = g->options.mono_ns();

    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (!t->is_wanted || t->is_busy)
            continue;
        if (t->due_ns <= now && would_be_same(t))
            t->due_ns = now + (uint64_t)g->options.pace_ms * MS;
        else if (t->due_ns <= now)
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
    uint64_t now = g->options.mono_ns();

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
    if (purse_tend(&g->purse, clock_now_ms(g->options.clock), g->options.mono_ns()))
        gather_weigh(g);
    wait_ms = start_due(g, wait_ms);
    wait_ms = vouch(g, wait_ms);
    net_run(g->net, g->is_dirty ? 0 : wait_ms);
}

int
gather_next_ms(const struct gather *g, int most)
{
    uint64_t now = g->options.mono_ns();

    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted && !t->is_busy)
            most = shorter(most, t->due_ns, now);
    }
    return most;
}

void
gather_give_code(struct gather *g, const char *code)
{
    provider_give_code(aws_client_provider(g->client), code);
    gather_source_answered(g, false);
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
        if (t->is_wanted && (t->is_open || t->is_busy))
            return false;
    }
    return true;
}

static bool
has_open(const struct gather *g)
{
    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted && t->is_open && !t->is_background)
            return true;
    }
    return false;
}

/* --- snapshots --- */

/* Why it never answered; NULL: it did, or may yet. What only an emulator can tell says nothing
 * about an account. */
static const char *
topic_refusal(const struct topic *t, const struct gather *g)
{
    bool is_strange = t->ask->kind == ASK_EMULATOR && !g->options.target->is_emulator;

    return t->good != NULL || t->answer == NULL || is_strange ? NULL : t->answer->failure;
}

/* Failing is a source that fails everything, or that nobody is behind any more: what is not asked
 * every second would not know yet. What fails alone says so in its own panel. */
static void
fill_state(struct snapshot *snapshot, const struct gather *g)
{
    bool any_cut_off = false, any_open = false;
    const char *refusal = NULL;

    snapshot->state = SOURCE_CONNECTING;
    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        const char *failure = topic_refusal(t, g);

        if (!t->is_wanted)
            continue;
        any_cut_off |= t->is_cut_off;
        any_open |= failure == NULL;
        refusal = refusal == NULL ? failure : refusal;
        if (t->good != NULL && !t->is_cut_off)
            snapshot->state = SOURCE_LIVE;
    }
    if (g->options.stand_in != NULL)
        snapshot->state = SOURCE_LIVE; /* a recording is all there; what it lacks is a panel's */
    else if (any_cut_off && (g->is_gone || snapshot->state != SOURCE_LIVE))
        snapshot_fail(snapshot, g->failure.text);
    else if (refusal != NULL && !any_open)
        snapshot_fail(snapshot, refusal);
}

static void
fill(struct snapshot *snapshot, const struct gather *g)
{
    const char *wants_code = provider_wants_code(aws_client_provider(g->client));
    double hour = 0;

    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (!t->is_wanted)
            continue;
        hour += (double)t->last_microusd * HOUR_MS / (double)topic_pace_ms(t);
        if (snapshot->pace_ms == 0 || topic_pace_ms(t) < snapshot->pace_ms)
            snapshot->pace_ms = topic_pace_ms(t);
    }
    snapshot->has_open = has_open(g);
    snapshot->cost_microusd = g->purse.session_microusd;
    snapshot->cost_month_microusd = g->slowness == BUDGET_STOP ? 0 : (int64_t)(hour * BUDGET_HOURS);
    snapshot->spent_microusd = g->purse.month.microusd;
    snapshot->unkept =
        g->purse.broken.code == OK ? NULL : arena_strdup(snapshot->arena, g->purse.broken.text);
    snapshot->limit_microusd = g->options.max_spend_microusd;
    snapshot->slowness = g->slowness;
    snapshot->is_spent = g->slowness == BUDGET_STOP;
    snapshot->is_idle = g->is_idle;
    snapshot->is_emulator = g->options.target->is_emulator;
    snapshot->is_recording = g->options.stand_in != NULL;
    snapshot->umami_is_local = umami_client_target(g->umami)->is_emulator;
    snapshot->lacks_umami = g->options.stand_in != NULL
                                ? g->lacks_umami
                                : umami_client_target(g->umami)->err.code == E_UNSUPPORTED;
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
