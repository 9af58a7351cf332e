/* alarm_watch.c - when alarms are judged, and what comes of it.
 * SPDX-License-Identifier: MIT
 *
 * One thread with a reader of its own. It keeps the alarms in memory and reads them again when the
 * store says that they changed; its own turns it writes into both. Evaluations happen at multiples
 * of the minute (of ten seconds when there are alarms that fine), a moment later on a real clock,
 * because data of the last second may still be on its way; whatever comes later still is looked at
 * in the next evaluation, as on AWS.
 *
 * Composite alarms are evaluated only when a child's state or their own rule changed: a state set
 * by hand stays until then, as the API reference says. */
#include "config.h"

#include "emulator/alarm_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "emulator/alarm_event.h"
#include "emulator/alarm_measure.h"
#include "emulator/alarm_set.h"
#include "emulator/changes.h"
#include "emulator/parts.h"

#define FINE_MS       10000LL
#define MINUTE_MS     60000LL
#define HOUR_MS       3600000LL
#define DAY_MS        86400000LL
#define SETTLE_MS     2000   /* on a real clock, for data under way */
#define VIRTUAL_MS    100    /* how soon a virtual clock that was set is noticed */
#define RETRY_MS      1000   /* when the store could not be read or written */
#define JUDGEMENTS    300000 /* at most, for one jump of the clock */
#define ARENA_ENOUGH  ((size_t)4 << 20)
#define REASON_BYTES  4000
#define TIME_TEXT_MAX 64

struct alarm_watch {
    struct emulator *em;
    struct store_reader *reader;
    struct alarm_set *set;
    size_t levels;         /* of composite alarms in the set */
    struct arena *arena;   /* of one evaluation */
    struct arena *scratch; /* of one alarm in it */
    int64_t last_ms;       /* evaluated up to here */
    pthread_t thread;

    pthread_mutex_t edit; /* held by one editor at a time; this thread takes no part */
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t wake, done;
    bool stop, poked;
    uint64_t asked, answered; /* awaited passes */
};

/* --- the alarms ------------------------------------------------------------------------------- */

/* What composite alarms remember is carried over. */
static void
keep_signatures(struct alarm_set *to, const struct alarm_set *from)
{
    for (size_t i = 0; from != NULL && i < from->count; i++) {
        struct alarm_entry *entry = alarm_set_find(to, from->entries[i].row.name);

        if (entry != NULL)
            entry->signature = from->entries[i].signature;
    }
}

static enum status
refresh(struct alarm_watch *w, struct err *err)
{
    const uint64_t generation = store_alarm_generation(emulator_store(w->em));
    struct alarm_set *set;
    enum status st;

    if (w->set != NULL && w->set->generation == generation)
        return OK;
    st = alarm_set_load(&set, w->reader, generation, err);
    if (st != OK)
        return st;
    keep_signatures(set, w->set);
    alarm_set_free(w->set);
    w->set = set;
    w->levels = alarm_set_order(set);
    return OK;
}

/* --- turns ------------------------------------------------------------------------------------ */

struct turns {
    struct alarm_change *changes;
    struct alarm_entry **entries;
    size_t count;
};

static struct turns
turns_new(struct alarm_watch *w)
{
    struct turns turns = { 0 };

    turns.changes = arena_alloc(w->arena, (w->set->count + 1) * sizeof *turns.changes);
    turns.entries = arena_alloc(w->arena, (w->set->count + 1) * sizeof *turns.entries);
    return turns;
}

static void
add_turn(struct alarm_watch *w, struct turns *turns, struct alarm_entry *entry,
         const struct alarm_turning *to, int64_t at_ms)
{
    turns->entries[turns->count] = entry;
    turns->changes[turns->count++] =
        alarm_event_turn(w->arena, &entry->row, &entry->def, to, at_ms);
}

/* Into the store, then into memory, whose texts must outlive the evaluation. */
static enum status
commit(struct alarm_watch *w, const struct turns *turns, struct err *err)
{
    const uint64_t before = store_alarm_generation(emulator_store(w->em));
    enum status st;

    if (turns->count == 0)
        return OK;
    st = store_change_alarms(emulator_store(w->em), turns->changes, turns->count, err);
    if (st != OK)
        return st;
    for (size_t i = 0; i < turns->count; i++) {
        struct alarm_row *row = &turns->entries[i]->row;

        *row = turns->changes[i].row;
        row->reason = arena_strdup(w->set->arena, row->reason);
        row->reason_data = arena_strdup(w->set->arena, row->reason_data);
    }
    if (before == w->set->generation &&
        arena_used(w->set->arena) < ARENA_ENOUGH + 4096 * w->set->count)
        w->set->generation = before + 1;
    changes_poke(emulator_changes(w->em));
    return OK;
}

/* --- metric alarms ---------------------------------------------------------------------------- */

static bool
is_due(const struct alarm_definition *def, int64_t at_ms)
{
    const struct alarm_rule *rule = &def->rule;

    if (rule->period_s < 60)
        return true;
    if ((int64_t)rule->evaluation_periods * rule->period_s * 1000 > DAY_MS)
        return at_ms % HOUR_MS == 0;
    return at_ms % MINUTE_MS == 0;
}

static enum status
judge(struct alarm_watch *w, struct alarm_entry *entry, int64_t at_ms, int64_t stamp_ms,
      struct turns *turns, struct err *err)
{
    const struct alarm_definition *def = &entry->def;
    const char *stat = def->is_math ? NULL : def->stat_name;
    const char *unit = def->unit < 0 ? NULL : unit_name((enum unit)def->unit);
    const struct metric_source source = { w->reader, emulator_stack(w->em), stamp_ms, w->em };
    struct alarm_turning to;
    struct alarm_window window;
    struct alarm_verdict verdict;
    struct buf data;
    enum status st;

    arena_clear(w->scratch);
    st = alarm_measure(def, &source, w->scratch, at_ms, &window, err);
    if (st == E_INVALID || st == E_LIMIT || st == E_UNSUPPORTED)
        return OK; /* an expression that comes to nothing with these data leaves the state alone */
    if (st != OK)
        return st;
    alarm_judge(&def->rule, &window, entry->row.state, &verdict);
    if (verdict.state == entry->row.state)
        return OK;
    buf_init(&data, REASON_BYTES);
    alarm_reason_data(&data, &def->rule, &window, &verdict, stat, unit, stamp_ms);
    to = (struct alarm_turning){ verdict.state, arena_strdup(w->arena, verdict.reason),
                                 buf_failed(&data) ? "" : arena_strdup(w->arena, data.data) };
    buf_fini(&data);
    add_turn(w, turns, entry, &to, stamp_ms);
    return OK;
}

static enum status
judge_metrics(struct alarm_watch *w, int64_t at_ms, int64_t stamp_ms, struct err *err)
{
    struct turns turns = turns_new(w);
    enum status st = OK;

    for (size_t i = 0; i < w->set->count && st == OK; i++) {
        struct alarm_entry *entry = &w->set->entries[i];

        if (!entry->is_broken && !entry->def.is_composite && is_due(&entry->def, at_ms))
            st = judge(w, entry, at_ms, stamp_ms, &turns, err);
    }
    return st == OK ? commit(w, &turns, err) : st;
}

/* --- composite alarms ------------------------------------------------------------------------- */

static bool
look_up(void *arg, const char *name, enum alarm_state *state)
{
    const struct alarm_entry *entry = alarm_set_find(arg, name);

    if (entry != NULL)
        *state = entry->row.state;
    return entry != NULL;
}

struct family {
    const char *const *names;
    size_t count;
    const struct alarm_entry *newest; /* the child that turned last */
    uint64_t signature;
};

static struct family
look_at_family(struct alarm_watch *w, const struct alarm_entry *entry)
{
    struct family f = { .signature =
                            text_hash(&entry->row.configured_ms, sizeof(int64_t), TEXT_HASH_SEED) };

    alarm_rule_children(entry->def.expr, w->arena, &f.names, &f.count);
    for (size_t i = 0; i < f.count; i++) {
        const struct alarm_entry *child = alarm_set_find(w->set, f.names[i]);
        const int state = child == NULL ? -1 : (int)child->row.state;

        f.signature = text_hash(&state, sizeof state, f.signature);
        if (child != NULL &&
            (f.newest == NULL || child->row.changed_ms >= f.newest->row.changed_ms))
            f.newest = child;
    }
    return f;
}

static const char *
word_time(struct arena *arena, int64_t time_ms, const char *format)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    char text[TIME_TEXT_MAX] = "";
    struct tm tm;

    gmtime_r(&seconds, &tm);
    if (strftime(text, sizeof text, format, &tm) == 0)
        text[0] = '\0';
    return arena_strdup(arena, text);
}

static const char *
composite_reason(struct alarm_watch *w, const struct alarm_entry *entry, const struct family *f,
                 enum alarm_state state)
{
    const char *region = emulator_options(w->em)->region;
    const bool is_new = entry->row.state == ALARM_STATE_NO_DATA;

    if (is_new || f->newest == NULL || f->newest->row.changed_ms < entry->row.configured_ms)
        return arena_printf(w->arena, "%s was %s and its alarm rule evaluates to %s",
                            alarm_arn(w->arena, region, entry->row.name),
                            is_new ? "created" : "updated", alarm_state_name(state));
    return arena_printf(
        w->arena, "%s transitioned to %s at %s", alarm_arn(w->arena, region, f->newest->row.name),
        alarm_state_name(f->newest->row.state),
        word_time(w->arena, f->newest->row.changed_ms, "%A %d %B, %Y %H:%M:%S UTC"));
}

static const char *
composite_data(struct alarm_watch *w, const struct family *f)
{
    struct buf b;
    const char *text;

    buf_init(&b, REASON_BYTES);
    buf_adds(&b, "{\"triggeringAlarms\":[");
    if (f->newest != NULL) {
        const struct alarm_row *row = &f->newest->row;

        buf_adds(&b, "{\"arn\":");
        text = alarm_arn(w->arena, emulator_options(w->em)->region, row->name);
        json_print_string(&b, text, strlen(text));
        buf_addf(&b, ",\"state\":{\"value\":\"%s\",\"timestamp\":\"%s.%03d+0000\"}}",
                 alarm_state_name(row->state),
                 word_time(w->arena, row->changed_ms, "%Y-%m-%dT%H:%M:%S"),
                 (int)(row->changed_ms % 1000));
    }
    buf_adds(&b, "]}");
    text = buf_failed(&b) ? "" : arena_strdup(w->arena, b.data);
    buf_fini(&b);
    return text;
}

static void
follow(struct alarm_watch *w, struct alarm_entry *entry, int64_t stamp_ms, struct turns *turns)
{
    const struct family f = look_at_family(w, entry);
    struct alarm_turning to;

    if (f.signature == entry->signature)
        return;
    entry->signature = f.signature;
    to.state =
        alarm_rule_holds(entry->def.expr, look_up, w->set) ? ALARM_STATE_ALARM : ALARM_STATE_OK;
    if (to.state == entry->row.state)
        return;
    to.reason = composite_reason(w, entry, &f, to.state);
    to.reason_data = composite_data(w, &f);
    add_turn(w, turns, entry, &to, stamp_ms);
}

/* Level by level, because composite alarms look at composite alarms: each is judged once, when all
 * below it are. */
static enum status
judge_composites(struct alarm_watch *w, int64_t stamp_ms, struct err *err)
{
    struct turns turns = turns_new(w);
    enum status st = OK;

    for (size_t level = 0; level < w->levels && st == OK; level++) {
        turns.count = 0;
        for (size_t i = 0; i < w->set->count; i++) {
            struct alarm_entry *entry = &w->set->entries[i];

            if (!entry->is_broken && entry->def.is_composite && entry->level == level)
                follow(w, entry, stamp_ms, &turns);
        }
        st = commit(w, &turns, err);
        /* What was not written is not known to have been told. */
        for (size_t i = 0; i < turns.count && st != OK; i++)
            turns.entries[i]->signature = 0;
    }
    return st;
}

/* --- the clock -------------------------------------------------------------------------------- */

static int64_t
step_ms(const struct alarm_watch *w)
{
    return w->set != NULL && w->set->has_fine ? FINE_MS : MINUTE_MS;
}

/* How far evaluations may go now. */
static int64_t
settled_ms(const struct alarm_watch *w)
{
    struct clock *clock = emulator_clock(w->em);

    return clock_now_ms(clock) - (clock_is_virtual(clock) ? 0 : SETTLE_MS);
}

/* After a long jump only the newest part of it; after one back, on from there. */
static void
skip_old(struct alarm_watch *w, int64_t until_ms)
{
    int64_t span_ms = step_ms(w) * (JUDGEMENTS / (int64_t)(w->set->count + 1));

    if (span_ms > DAY_MS)
        span_ms = DAY_MS;
    if (w->last_ms < until_ms - span_ms)
        w->last_ms = until_ms - span_ms;
    if (w->last_ms > until_ms + 2 * MINUTE_MS)
        w->last_ms = until_ms;
}

static enum status
evaluate_at(struct alarm_watch *w, int64_t at_ms, int64_t stamp_ms, struct err *err)
{
    enum status st;

    arena_clear(w->arena);
    st = refresh(w, err);
    if (st == OK)
        st = judge_metrics(w, at_ms, stamp_ms, err);
    if (st == OK)
        st = judge_composites(w, stamp_ms, err);
    return st;
}

static bool
must_stop(struct alarm_watch *w)
{
    bool stop;

    pthread_mutex_lock(&w->lock);
    stop = w->stop;
    pthread_mutex_unlock(&w->lock);
    return stop;
}

/* Everything due, and composite alarms in any case. A turn of a real clock's minute is stamped with
 * the time it is found, that of a minute caught up on, or of a virtual clock, with the minute. */
static enum status
catch_up(struct alarm_watch *w, struct err *err)
{
    struct clock *clock = emulator_clock(w->em);
    const int64_t until_ms = settled_ms(w);
    enum status st = refresh(w, err);

    if (st != OK)
        return st;
    skip_old(w, until_ms);
    while (st == OK && !must_stop(w)) {
        const int64_t step = step_ms(w), next = w->last_ms - w->last_ms % step + step;
        const bool is_newest = next + step > until_ms && !clock_is_virtual(clock);

        if (next > until_ms)
            break;
        st = evaluate_at(w, next, is_newest ? clock_now_ms(clock) : next, err);
        if (st == OK)
            w->last_ms = next;
    }
    arena_clear(w->arena);
    if (st == OK)
        st = refresh(w, err);
    return st == OK ? judge_composites(w, clock_now_ms(clock), err) : st;
}

/* --- the thread ------------------------------------------------------------------------------- */

static int64_t
sleep_ms(const struct alarm_watch *w, bool failed)
{
    const int64_t step = step_ms(w), settled = settled_ms(w);
    const int64_t due = w->last_ms - w->last_ms % step + step;

    if (failed)
        return RETRY_MS;
    if (clock_is_virtual(emulator_clock(w->em)))
        return VIRTUAL_MS;
    return due > settled ? due - settled : 1;
}

/* false: stop. *asked: the number of the newest await; one that failed waits its turn. */
static bool
wait_for_work(struct alarm_watch *w, int64_t ms, bool failed, uint64_t *asked)
{
    struct timespec until = mono_deadline(ms);
    bool going;

    pthread_mutex_lock(&w->lock);
    while (!w->stop && !w->poked && (failed || w->asked == w->answered) &&
           pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT)
        continue;
    w->poked = false;
    *asked = w->asked;
    going = !w->stop;
    pthread_mutex_unlock(&w->lock);
    return going;
}

static void
answer(struct alarm_watch *w, uint64_t asked)
{
    pthread_mutex_lock(&w->lock);
    w->answered = asked;
    pthread_cond_broadcast(&w->done);
    pthread_mutex_unlock(&w->lock);
}

static void *
watch_main(void *arg)
{
    struct alarm_watch *w = arg;
    struct err err = { 0 };
    uint64_t asked = 0;
    bool failed = catch_up(w, &err) != OK;

    while (wait_for_work(w, sleep_ms(w, failed), failed, &asked)) {
        failed = catch_up(w, &err) != OK;
        if (!failed)
            answer(w, asked);
    }
    return NULL;
}

enum status
alarm_watch_start(struct alarm_watch **out, struct emulator *em, struct err *err)
{
    struct alarm_watch *w = xcalloc(1, sizeof *w);
    enum status st;

    w->em = em;
    w->last_ms = clock_now_ms(emulator_clock(em));
    st = store_reader_open(&w->reader, emulator_store(em), err);
    if (st != OK) {
        free(w);
        return st;
    }
    w->arena = arena_new();
    w->scratch = arena_new();
    pthread_mutex_init(&w->edit, NULL);
    pthread_mutex_init(&w->lock, NULL);
    mono_cond_init(&w->wake);
    mono_cond_init(&w->done);
    st = thread_start(&w->thread, "obsview-alarms", watch_main, w, err);
    if (st == OK) {
        *out = w;
        return OK;
    }
    store_reader_close(w->reader);
    arena_free(w->arena);
    arena_free(w->scratch);
    free(w);
    return st;
}

void
alarm_watch_stop(struct alarm_watch *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->wake);
    pthread_cond_broadcast(&w->done);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    store_reader_close(w->reader);
    alarm_set_free(w->set);
    arena_free(w->arena);
    arena_free(w->scratch);
    pthread_cond_destroy(&w->wake);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->edit);
    free(w);
}

void
alarm_watch_begin_edit(struct alarm_watch *w)
{
    pthread_mutex_lock(&w->edit);
}

void
alarm_watch_end_edit(struct alarm_watch *w)
{
    pthread_mutex_unlock(&w->edit);
}

void
alarm_watch_poke(struct alarm_watch *w)
{
    pthread_mutex_lock(&w->lock);
    w->poked = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

bool
alarm_watch_await(struct alarm_watch *w, int64_t wait_ms)
{
    struct timespec until = mono_deadline(wait_ms);
    uint64_t mine;
    bool is_done;

    pthread_mutex_lock(&w->lock);
    mine = ++w->asked;
    pthread_cond_signal(&w->wake);
    while (w->answered < mine && !w->stop &&
           pthread_cond_timedwait(&w->done, &w->lock, &until) != ETIMEDOUT)
        continue;
    is_done = w->answered >= mine;
    pthread_mutex_unlock(&w->lock);
    return is_done;
}
