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
#include "tui/budget.h"
#include "tui/emulator_clock.h"
#include "tui/purse.h"
#include "tui/topic.h"
#include "tui/wakeups.h"
#include "umami/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ULL

#define CHANGE_GAP_MS       250    /* between two refreshes because of changes */
#define EMULATOR_MS         1000   /* an emulator that does not say when something changed */
#define AWS_MS              60000  /* CloudWatch's own resolution */
#define AWS_LOGS_MS         10000  /* free, but rated at a few requests a second */
#define AWS_FUNCTIONS_MS    300000 /* deployments are seldom */
#define AWS_TAGS_MS         900000 /* free, but a region may have pages and pages of them */
#define AWS_DATABASES_MS    300000 /* free, and they seldom change */
#define AWS_PARAMETER_MS    3600000
#define AWS_BUDGETS_MS      (6 * 3600000LL) /* Budgets are worked out three times a day */
#define LOCAL_BILL_MS       60000
#define UMAMI_MS            30000
#define LOCAL_SERVICES_MS   5000
#define SLOW_MS             3600000
#define ONCE_MS             (365LL * 86400000)
#define STOP_MS             500 /* at the end, for telling the service to stop what runs there */
#define BACKGROUND_MS       300000
#define BACKGROUND_LOCAL_MS 15000
#define IDLE_FACTOR         5
#define SETTLE_MS           15000 /* what a period brought is not all there when it ends */
#define PAST_MS             60000 /* a window that stands still */
#define RETRY_LOCAL_MAX     5000
#define RETRY_SOON          5000
#define RETRY_SOON_MAX      60000
#define RETRY_AWS_MAX       300000
#define PARKED_MAX          96
#define HOUR_MS             3600000.0
/* Of the requests that are free each month, those we may use up: the account has other users. */
#define FREE_SHARE 0.5

struct gather {
    struct net *net;
    struct aws_client *client;
    struct umami_target no_umami;
    struct umami_client *umami;
    struct wakeups *wakeups;               /* NULL: nobody tells us of changes */
    struct emulator_clock *emulator_clock; /* NULL: ours is our own */
    struct gather_options options;
    char *environment;
    char *label;                     /* what is asked, for the header */
    struct account_job *account_job; /* asks whose it is, until that is known */
    bool has_account;
    struct topic *topics;
    bool is_dirty;
    int64_t vouched_ms; /* the stream stood until then */
    uint64_t vouch_ns;
    struct err failure; /* the source's own, the last one */
    bool is_idle;
    struct purse purse;
    unsigned slowness; /* of what costs, see budget.h */
};

/* Who answers an ask of each kind, and how often AWS is asked, and an emulator; 0: AWS_MS, and as
 * changes come. */
/* clang-format off */
static const struct source {
    const struct topic_kind *kind;
    int64_t aws_ms, local_ms;
} sources[ASK_KINDS] = {
    [ASK_METRICS] =      { &topic_metrics, 0, 0 },
    [ASK_METRIC_NAMES] = { &topic_names, 0, 0 },
    [ASK_LOG_GROUPS] =   { &topic_groups, 0, 0 },
    [ASK_LOG_EVENTS] =   { &topic_events, AWS_LOGS_MS, 0 },
    [ASK_EMULATOR] =     { &topic_emulator, 0, 0 },
    [ASK_ALARMS] =       { &topic_alarms, 0, 0 },
    [ASK_ALARM_EVENTS] = { &topic_alarm_events, 0, 0 },
    [ASK_FUNCTIONS] =    { &topic_functions, AWS_FUNCTIONS_MS, 0 },
    [ASK_TAGS] =         { &topic_tags, AWS_TAGS_MS, LOCAL_BILL_MS },
    [ASK_SERVICES] =     { &topic_services, 0, LOCAL_SERVICES_MS },
    [ASK_TARGETS] =      { &topic_targets, 0, LOCAL_SERVICES_MS },
    [ASK_DB_CLUSTERS] =  { &topic_db_clusters, AWS_DATABASES_MS, LOCAL_SERVICES_MS },
    [ASK_DB_INSTANCES] = { &topic_db_instances, AWS_DATABASES_MS, LOCAL_SERVICES_MS },
    [ASK_DB_EVENTS] =    { &topic_db_events, 0, LOCAL_SERVICES_MS },
    [ASK_DB_PARAMETER] = { &topic_db_parameter, AWS_PARAMETER_MS, LOCAL_SERVICES_MS },
    [ASK_DB_LOAD] =      { &topic_db_load, 0, LOCAL_SERVICES_MS },
    [ASK_INSIGHTS] =     { &topic_insights, 0, 0 },
    [ASK_COSTS] =        { &topic_costs, TOPIC_BILL_PACE_MS, LOCAL_BILL_MS },
    [ASK_COST_TAGS] =    { &topic_cost_tags, TOPIC_BILL_PACE_MS, LOCAL_BILL_MS },
    [ASK_BUDGETS] =      { &topic_budgets, AWS_BUDGETS_MS, LOCAL_BILL_MS },
    [ASK_UMAMI] =        { &topic_umami, UMAMI_MS, 0 },
};
/* clang-format on */

static void on_change(void *arg);
static void ask_again(void *arg);
static void source_answered(struct gather *g, bool is_umami);

/* "123456789012 eu-west-1": which account, before anybody believes a number. */
static void
on_account(void *arg, const char id[ACCOUNT_TEXT])
{
    struct gather *g = arg;

    g->account_job = NULL;
    purse_set_account(&g->purse, *id != '\0' ? id : g->options.target->label);
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
    if (!g->options.target->is_emulator && !g->has_account && g->account_job == NULL)
        g->account_job = account_ask(g->client, on_account, g);
}

/* There are keys, perhaps others than before: those who wait for their next try need not. */
static void
on_keys_found(void *arg)
{
    struct gather *g = arg;

    source_answered(g, false);
    ask_account(g);
    g->is_dirty = true;
}

static bool
is_local(const struct gather *g)
{
    return g->options.target->is_emulator;
}

struct gather *
gather_new(const struct gather_options *options)
{
    struct gather *g = xcalloc(1, sizeof *g);
    const struct aws_target *target = options->target;

    g->options = *options;
    if (g->options.mono_ns == NULL)
        g->options.mono_ns = mono_ns;
    g->slowness = 1;
    purse_init(&g->purse, is_local(g) ? NULL : options->ledger_path); /* an emulator is free */
    if (g->options.pace_ms <= 0)
        g->options.pace_ms = EMULATOR_MS;
    g->environment = xstrdup(options->environment);
    g->net = net_new();
    g->client = aws_client_new(g->net, target);
    umami_target_resolve(&g->no_umami, &(struct umami_options){ .url = NULL });
    g->umami = umami_client_new(g->net, options->umami != NULL ? options->umami : &g->no_umami);
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

static bool
is_paid(const struct topic *topic)
{
    return topic->last_microusd > 0;
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

static bool
is_umami(const struct topic *topic)
{
    return topic->ask->kind == ASK_UMAMI;
}

bool
topic_is_local(const struct topic *topic)
{
    return is_umami(topic) ? umami_client_target(topic->gather->umami)->is_emulator
                           : is_local(topic->gather);
}

struct umami_client *
topic_umami_client(const struct topic *topic)
{
    return topic->gather->umami;
}

/* How often it would be asked if nothing cost anything. */
static int64_t
plain_pace_ms(const struct topic *topic)
{
    const struct source *source = &sources[topic->ask->kind];
    int64_t pace = source->aws_ms != 0 ? source->aws_ms : AWS_MS;

    if (topic->kind->is_once)
        return ONCE_MS;
    if (topic->ask->range.to_ms != 0)
        return topic->is_background ? BACKGROUND_MS : PAST_MS;
    if (topic_is_local(topic) && source->local_ms != 0)
        return source->local_ms;
    if (topic_is_local(topic))
        return topic->is_background ? BACKGROUND_LOCAL_MS : topic->gather->options.pace_ms;
    if (topic->is_background && pace < BACKGROUND_MS)
        pace = BACKGROUND_MS;
    if (topic->ask->pace_ms > pace)
        pace = topic->ask->pace_ms;
    return topic->gather->is_idle && pace < SLOW_MS ? pace * IDLE_FACTOR : pace;
}

/* Of a source that changes by the hour or the day: neither slowed down further nor hurried. */
static bool
is_slow(const struct topic *topic)
{
    return sources[topic->ask->kind].aws_ms >= SLOW_MS;
}

static int64_t
pace_ms(const struct topic *topic)
{
    unsigned slowness = topic->gather->slowness;

    if (!is_paid(topic) || is_slow(topic))
        return plain_pace_ms(topic);
    return plain_pace_ms(topic) * (slowness == BUDGET_STOP ? BUDGET_MOST : slowness);
}

/* What asking for all that is wanted costs an hour, as often as it is wanted. */
static double
hour_microusd(const struct gather *g)
{
    double sum = 0;

    for (const struct topic *t = g->topics; t != NULL; t = t->next) {
        if (t->is_wanted)
            sum += (double)t->last_microusd * HOUR_MS / (double)plain_pace_ms(t);
    }
    return sum;
}

static void
weigh(struct gather *g)
{
    struct budget budget = { .limit_microusd = g->options.max_spend_microusd,
                             .spent_microusd = g->purse.month.microusd,
                             .left = budget_month_left(clock_now_ms(g->options.clock)) };
    unsigned slowness = is_local(g) ? 1 : budget_slowness(&budget, hour_microusd(g));

    if (slowness != g->slowness)
        g->is_dirty = true;
    g->slowness = slowness;
}

/* The milliseconds until a topic that was just answered is asked again. Metrics are asked for when
 * a period has just ended: at other times the answer would be the same, or not be whole yet. */
static int64_t
rest_ms(const struct topic *topic)
{
    const struct gather *g = topic->gather;
    int64_t pace = pace_ms(topic), now = topic_now_ms(topic);

    if (topic->kind->is_once)
        return pace;
    if (topic->ask->range.to_ms == 0 && g->wakeups != NULL && wakeups_are_live(g->wakeups) &&
        topic_is_local(topic) == is_local(g))
        return 60000 - now % 60000; /* windows move on at full minutes */
    if (topic_is_local(topic) || topic->ask->kind != ASK_METRICS || topic->ask->range.to_ms != 0)
        return pace;
    return pace - (now - SETTLE_MS) % pace;
}

/* A source that is out of reach, or busy, may be back at any moment, and a try costs nothing; one
 * that refuses us has to be told otherwise first. What changes by the day is not hurried. */
static int64_t
retry_ms(const struct topic *topic, enum status why)
{
    bool is_passing = why == E_IO || (why == E_BUSY && !is_slow(topic));
    int64_t first = is_passing ? RETRY_SOON : AWS_MS;
    int64_t most = is_passing ? RETRY_SOON_MAX : RETRY_AWS_MAX;
    int64_t wait;

    if (topic->kind->is_once)
        return ONCE_MS;
    if (topic_is_local(topic)) {
        first = pace_ms(topic);
        most = RETRY_LOCAL_MAX;
    }
    wait = topic->failures > 12 ? most : first << (topic->failures - 1);
    return wait < most ? wait : most;
}

static void
settle(struct topic *topic, int64_t cost_microusd)
{
    topic->is_busy = false;
    topic->is_open = false;
    topic->is_fresh_start = false;
    topic->cost_microusd += cost_microusd;
    topic->last_microusd = cost_microusd;
    if (cost_microusd > 0 && is_slow(topic))
        topic->earliest_ns = topic->gather->options.mono_ns() + (uint64_t)plain_pace_ms(topic) * MS;
    add_spent(topic->gather, cost_microusd);
    weigh(topic->gather);
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

/* The source is back: those who wait for their next try need not. */
static void
source_answered(struct gather *g, bool of_umami)
{
    for (struct topic *t = g->topics; t != NULL; t = t->next) {
        if (is_umami(t) != of_umami)
            continue;
        if (t->is_cut_off && !t->is_busy && !t->kind->is_once)
            t->due_ns = t->earliest_ns;
        t->is_cut_off = false;
    }
}

static void
take_answer(struct topic *topic, struct answer *answer, int64_t got_ms)
{
    answer->got_ms = got_ms;
    answer->pace_ms = pace_ms(topic);
    answer->cost_microusd = topic->cost_microusd;
    answer_unref(topic->good);
    answer_unref(topic->answer);
    topic->good = answer;
    topic->answer = answer_ref(answer);
}

void
topic_answer(struct topic *topic, struct answer *answer, int64_t cost_microusd)
{
    topic->failures = 0;
    source_answered(topic->gather, is_umami(topic));
    settle(topic, cost_microusd);
    rest(topic, rest_ms(topic));
    take_answer(topic, answer, topic_now_ms(topic));
}

void
topic_answer_kept(struct topic *topic, struct answer *answer, int64_t got_ms, int64_t cost_microusd)
{
    int64_t age_ms = topic_now_ms(topic) - got_ms, left_ms;

    topic->failures = 0;
    settle(topic, 0);
    topic->last_microusd = cost_microusd; /* what the next time will cost */
    left_ms = plain_pace_ms(topic) - (age_ms > 0 ? age_ms : 0);
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

const char *
topic_cache_dir(const struct topic *topic)
{
    return topic_is_local(topic) ? NULL : topic->gather->options.cache_dir;
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
    weigh(topic->gather);
}

void
topic_progress(struct topic *topic, struct answer *answer, int64_t cost_microusd)
{
    answer->got_ms = topic_now_ms(topic);
    answer->pace_ms = pace_ms(topic);
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
    a->pace_ms = pace_ms(topic);
    a->cost_microusd = topic->cost_microusd;
    a->failure = arena_strdup(a->arena, sentence);
    a->retry_ms = topic->kind->is_once ? 0 : topic_now_ms(topic) + wait_ms;
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

    if (topic_is_local(topic) && strncmp(told.text, "cannot reach", 12) == 0)
        snprintf(told.text + used, sizeof told.text - used, "; start one with: obsview emulate");
    /* a permission that is missing is a panel's own matter */
    topic->is_cut_off =
        err->code == E_IO || (err->code == E_AUTH && strncmp(err->text, "access denied", 13) != 0);
    if (topic->is_cut_off)
        g->failure = told;
    topic->failures++;
    settle(topic, cost_microusd);
    rest(topic, retry_ms(topic, err->code));
    answer = failed_answer(topic, told.text, until_due_ms(topic));
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
    topic->kind = sources[ask->kind].kind;
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

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What was answered to `a` may be shown until `b` is answered: it is about the same thing. */
static bool
is_same_thing(const struct ask *a, const struct ask *b)
{
    if (a->kind != b->kind || !same_text(a->region, b->region) || !same_text(a->alarm, b->alarm) ||
        !same_text(a->path, b->path) || !same_text(a->query, b->query) ||
        !same_text(a->database, b->database) || !same_text(a->cost_tags[0], b->cost_tags[0]) ||
        !same_text(a->cost_tags[1], b->cost_tags[1]) || !same_text(a->project, b->project) ||
        !same_text(a->website, b->website) || !same_text(a->umami_metric, b->umami_metric) ||
        a->umami != b->umami || a->cost_from_day != b->cost_from_day ||
        a->cost_to_day != b->cost_to_day || a->group_count != b->group_count)
        return false;
    for (size_t i = 0; i < a->group_count; i++) {
        if (!same_text(a->groups[i], b->groups[i]))
            return false;
    }
    if (a->kind == ASK_LOG_EVENTS)
        return strcmp(a->group, b->group) == 0 && a->pattern == NULL && b->pattern == NULL;
    return true;
}

/* The same key with another question. What is known stays on screen until the new answer is there,
 * unless it is about something else. */
static struct topic *
change_topic(struct gather *g, struct topic *topic, const struct ask *ask)
{
    if (!is_same_thing(topic->ask, ask)) {
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
    due = topic->started_ns + (uint64_t)pace_ms(topic) * MS;
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
        uint64_t gap = topic_is_local(t) ? CHANGE_GAP_MS * MS : GATHER_HURRY_PAID_MS * MS;
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
        uint64_t gap = t->is_background ? BACKGROUND_LOCAL_MS : CHANGE_GAP_MS;
        uint64_t soon = t->started_ns + gap * MS;

        if (!t->is_wanted || t->ask->range.to_ms != 0 || t->kind->is_once ||
            sources[t->ask->kind].local_ms != 0 || !topic_is_local(t))
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

/* Starts what is due; returns how long the rest can wait. */
static int
start_due(struct gather *g, int wait_ms)
{
    uint64_t now = g->options.mono_ns();

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
        weigh(g);
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
    source_answered(g, false);
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

/* Failing is a source that fails everything; what fails alone says so in its own panel. */
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
    if (any_cut_off && snapshot->state != SOURCE_LIVE)
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
        hour += (double)t->last_microusd * HOUR_MS / (double)pace_ms(t);
        if (snapshot->pace_ms == 0 || pace_ms(t) < snapshot->pace_ms)
            snapshot->pace_ms = pace_ms(t);
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
    snapshot->umami_is_local = umami_client_target(g->umami)->is_emulator;
    snapshot->lacks_umami = umami_client_target(g->umami)->err.code == E_UNSUPPORTED;
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
