/* service_metrics.c - sums per route, and the thread that writes them.
 * SPDX-License-Identifier: MIT
 *
 * A request adds to counters under a lock that only the writing thread asks for, too. Durations are
 * counted by three significant digits (whole microseconds below a millisecond), so percentiles are
 * within half a percent and memory is fixed. When a request of another minute comes, what was
 * counted is written first; what cannot be written (the queue or the disk is full) counts on and
 * goes with the next.
 */
#include "config.h"

#include "emulator/service_metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "domain/metric.h"
#include "domain/stack_series.h"
#include "emulator/exchange_own.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/routes.h"
#include "store/store.h"

#define WRITE_EVERY_MS 5000
#define MINUTE_MS      60000
#define API_ID         "obsview"
#define STAGE          "$default"
#define GROUP_PREFIX   "/aws/lambda/"

/* Durations: 1000 whole microseconds, then 900 steps for each of five powers of ten. */
#define FINE_US    1000
#define STEPS      900
#define DECADES    5
#define TIMINGS    (FINE_US + STEPS * DECADES)
#define VALUES_MAX 150 /* of one datum */

struct timing {
    uint32_t counts[TIMINGS];
    uint64_t total;
};

struct route_sums {
    uint64_t requests, errors_4xx, errors_5xx;
    struct statistic_set bytes;
    uint64_t calls, failures; /* of the function, that left no row */
    uint64_t log_lines, log_bytes;
    struct timing latency, integration, call;
};

struct service_metrics {
    struct emulator *em;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct route_sums *rows[ROUTE_ROWS_MAX];   /* NULL until the first request */
    struct route_sums *flight[ROUTE_ROWS_MAX]; /* of the write that is on its way */
    bool is_flying;
    int64_t now_ms; /* of the newest request counted */
    bool has_some;  /* sums, defaults that wait, or commits */
    bool stop;
    bool is_held;                /* nothing is written but by service_metrics_settle() */
    const char *instance;        /* whose commits the store's are; NULL: nobody's */
    uint64_t commits, commit_ns; /* of the store, until they were counted */
    uint64_t woken_ns;           /* since when they are counted */
};

/* --- durations ---------------------------------------------------------------------------------
 */

static size_t
timing_slot(uint64_t us)
{
    size_t slot = FINE_US;

    if (us < FINE_US)
        return (size_t)us;
    for (int decade = 0; decade < DECADES; decade++) {
        if (us < 10 * FINE_US)
            return slot + (size_t)(us / 10) - FINE_US / 10;
        us /= 10;
        slot += STEPS;
    }
    return TIMINGS - 1;
}

/* The middle of a slot, in milliseconds. */
static double
timing_ms(size_t slot)
{
    double step = 10;

    if (slot < FINE_US)
        return (double)slot / 1000;
    for (slot -= FINE_US; slot >= STEPS; slot -= STEPS)
        step *= 10;
    return ((double)(slot + FINE_US / 10) + 0.5) * step / 1000;
}

/* -1: nobody knows. */
static void
timing_add(struct timing *t, int64_t us)
{
    if (us < 0)
        return;
    t->counts[timing_slot((uint64_t)us)]++;
    t->total++;
}

/* --- data --------------------------------------------------------------------------------------
 */

struct target {
    struct store_write *write;
    const char *namespace_name;
    const struct dimension_set *sets;
    size_t set_count;
    int64_t time_ms;
};

static void
put_values(const struct target *to, const char *metric, enum unit unit, const double *values,
           const double *counts, size_t count)
{
    const struct metric_datum datum = {
        .namespace_name = to->namespace_name,
        .metric = metric,
        .unit = unit,
        .time_ms = to->time_ms,
        .sets = to->sets,
        .set_count = to->set_count,
        .values = values,
        .counts = counts,
        .value_count = count,
    };

    store_write_datum(to->write, &datum);
}

/* `ones` of `all` requests were one, the others none: so its average is the rate. */
static void
put_share(const struct target *to, const char *metric, uint64_t ones, uint64_t all)
{
    const double values[] = { 0, 1 };
    const double counts[] = { (double)(all - ones), (double)ones };

    if (ones == 0)
        put_values(to, metric, UNIT_COUNT, values, counts, 1);
    else if (ones == all)
        put_values(to, metric, UNIT_COUNT, values + 1, counts + 1, 1);
    else
        put_values(to, metric, UNIT_COUNT, values, counts, 2);
}

static void
put_sum(const struct target *to, const char *metric, enum unit unit, uint64_t sum)
{
    const double value = (double)sum;

    put_values(to, metric, unit, &value, NULL, 1);
}

static void
put_set(const struct target *to, const char *metric, enum unit unit,
        const struct statistic_set *set)
{
    const struct metric_datum datum = {
        .namespace_name = to->namespace_name,
        .metric = metric,
        .unit = unit,
        .time_ms = to->time_ms,
        .sets = to->sets,
        .set_count = to->set_count,
        .statistics = *set,
    };

    store_write_datum(to->write, &datum);
}

static void
put_timing(const struct target *to, const char *metric, const struct timing *t)
{
    double values[VALUES_MAX], counts[VALUES_MAX];
    uint64_t left = t->total;
    size_t n = 0;

    for (size_t slot = 0; slot < TIMINGS && left > 0; slot++) {
        if (t->counts[slot] == 0)
            continue;
        left -= t->counts[slot];
        values[n] = timing_ms(slot);
        counts[n++] = t->counts[slot];
        if (n == VALUES_MAX || left == 0) {
            put_values(to, metric, UNIT_MILLISECONDS, values, counts, n);
            n = 0;
        }
    }
}

/* Sorted by name, as the sets of a datum are. */
static void
put_api(struct target *to, const struct route *route, const struct route_sums *sums)
{
    const struct dimension dims[] = { { "ApiId", API_ID }, { "Stage", STAGE } };
    const struct dimension all[] = { { "ApiId", API_ID },
                                     { "Method", route->method },
                                     { "Resource", route->path },
                                     { "Stage", STAGE } };
    const struct dimension_set sets[] = { { dims, 1 }, { dims, 2 }, { all, 4 } };

    to->namespace_name = "AWS/ApiGateway";
    to->sets = sets;
    to->set_count = 3;
    put_share(to, "Count", sums->requests, sums->requests);
    put_share(to, "4xx", sums->errors_4xx, sums->requests);
    put_share(to, "5xx", sums->errors_5xx, sums->requests);
    put_set(to, "DataProcessed", UNIT_BYTES, &sums->bytes);
    put_timing(to, "Latency", &sums->latency);
    put_timing(to, "IntegrationLatency", &sums->integration);
}

static void
put_function(struct target *to, const struct route *route, const struct route_sums *sums)
{
    const struct dimension dim = { "FunctionName", route->function };
    const struct dimension_set sets[] = { { &dim, 1 }, { NULL, 0 } };

    if (sums->calls == 0)
        return;
    to->namespace_name = "AWS/Lambda";
    to->sets = sets;
    to->set_count = 2;
    put_share(to, "Invocations", sums->calls, sums->calls);
    put_share(to, "Errors", sums->failures, sums->calls);
    put_timing(to, "Duration", &sums->call);
}

static void
put_logs(struct target *to, const struct route *route, const struct route_sums *sums)
{
    char group[256];
    const struct dimension dim = { "LogGroupName", group };
    const struct dimension_set sets[] = { { &dim, 1 }, { NULL, 0 } };

    if (sums->log_lines == 0)
        return;
    snprintf(group, sizeof group, GROUP_PREFIX "%s", route->function);
    to->namespace_name = "AWS/Logs";
    to->sets = sets;
    to->set_count = 2;
    put_sum(to, "IncomingBytes", UNIT_BYTES, sums->log_bytes);
    put_sum(to, "IncomingLogEvents", UNIT_COUNT, sums->log_lines);
}

/* Under the lock: what was counted becomes data; the counters stay. */
static void
put_all(const struct service_metrics *sm, struct store_write *write)
{
    struct target to = { .write = write, .time_ms = sm->now_ms };

    for (size_t i = 0; i < ROUTE_ROWS_MAX; i++) {
        const struct route_sums *sums = sm->rows[i];

        if (sums == NULL || sums->requests == 0)
            continue;
        put_api(&to, &routes[i], sums);
        put_function(&to, &routes[i], sums);
        put_logs(&to, &routes[i], sums);
    }
}

/* --- commits -----------------------------------------------------------------------------------
 */

static const char *
committing_instance(struct emulator *em)
{
    const struct stack *stack = emulator_stack(em);

    for (size_t i = 0; stack != NULL && i < stack->resource_count; i++) {
        const struct stack_resource *writer;

        if (stack->resources[i].type != STACK_DB_CLUSTER)
            continue;
        writer = stack_writer_of(stack, &stack->resources[i]);
        if (writer != NULL)
            return writer->name;
    }
    return NULL;
}

/* Under the lock. Those since the last time, or since there was something to write; the write at
 * hand is one of the next. */
static void
put_commits(struct service_metrics *sm, struct store_write *write)
{
    const uint64_t now_ns = mono_ns();
    const double seconds = (double)(now_ns - sm->woken_ns) / 1e9;
    const struct dimension dim = { "DBInstanceIdentifier", sm->instance };
    const struct dimension_set set = { &dim, 1 };
    const struct target to = { write, "AWS/RDS", &set, 1, clock_now_ms(emulator_clock(sm->em)) };
    uint64_t commits, commit_ns;
    double count, each, rate;

    if (sm->instance == NULL)
        return;
    store_commits(emulator_store(sm->em), &commits, &commit_ns);
    count = (double)(commits - sm->commits);
    if (count > 0 && seconds > 0) {
        each = (double)(commit_ns - sm->commit_ns) / 1e6 / count;
        rate = count / seconds;
        put_values(&to, "CommitLatency", UNIT_MILLISECONDS, &each, &count, 1);
        put_values(&to, "CommitThroughput", UNIT_COUNT_S, &rate, NULL, 1);
    }
    sm->commits = commits;
    sm->commit_ns = commit_ns;
    sm->woken_ns = now_ns;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static void
forget(struct route_sums **rows)
{
    for (size_t i = 0; i < ROUTE_ROWS_MAX; i++) {
        free(rows[i]);
        rows[i] = NULL;
    }
}

static void
timing_merge(struct timing *into, const struct timing *from)
{
    for (size_t slot = 0; from->total > 0 && slot < TIMINGS; slot++)
        into->counts[slot] += from->counts[slot];
    into->total += from->total;
}

static void
bytes_merge(struct statistic_set *into, const struct statistic_set *from)
{
    if (from->count == 0)
        return;
    into->min = into->count == 0 || from->min < into->min ? from->min : into->min;
    into->max = into->count == 0 || from->max > into->max ? from->max : into->max;
    into->count += from->count;
    into->sum += from->sum;
}

static void
sums_merge(struct route_sums *into, const struct route_sums *from)
{
    into->requests += from->requests;
    into->errors_4xx += from->errors_4xx;
    into->errors_5xx += from->errors_5xx;
    into->calls += from->calls;
    into->failures += from->failures;
    into->log_lines += from->log_lines;
    into->log_bytes += from->log_bytes;
    bytes_merge(&into->bytes, &from->bytes);
    timing_merge(&into->latency, &from->latency);
    timing_merge(&into->integration, &from->integration);
    timing_merge(&into->call, &from->call);
}

/* On the writer thread. What could not be written counts on: the failures of a full disk are told
 * when there is room again. */
static void
landed(void *arg, enum status status, const struct err *err)
{
    struct service_metrics *sm = arg;

    (void)err;
    pthread_mutex_lock(&sm->lock);
    for (size_t i = 0; status != OK && i < ROUTE_ROWS_MAX; i++) {
        if (sm->flight[i] == NULL)
            continue;
        sm->has_some = true;
        if (sm->rows[i] == NULL) {
            sm->rows[i] = sm->flight[i];
            sm->flight[i] = NULL;
        } else
            sums_merge(sm->rows[i], sm->flight[i]);
    }
    forget(sm->flight);
    sm->is_flying = false;
    pthread_cond_broadcast(&sm->wake);
    pthread_mutex_unlock(&sm->lock);
}

/* Under the lock. While a write is on its way, or the queue is full, the counters stay. */
static void
submit(struct service_metrics *sm, int64_t settle_ms)
{
    struct store *store = emulator_store(sm->em);
    struct store_write *write;
    struct err err;
    bool waits;

    if (sm->is_flying)
        return;
    write = store_write_new(store);
    put_all(sm, write);
    put_commits(sm, write);
    waits = metric_filters_settle(emulator_metric_filters(sm->em), write, settle_ms);
    if (store_write_is_empty(write)) {
        store_write_free(write);
        sm->has_some = waits;
    } else if (store_submit(store, write, landed, sm, &err) == OK) {
        memcpy(sm->flight, sm->rows, sizeof sm->flight);
        memset(sm->rows, 0, sizeof sm->rows);
        sm->is_flying = true;
        sm->has_some = waits;
    } else
        store_write_free(write);
}

/* --- the thread --------------------------------------------------------------------------------
 */

/* Under the lock. Nothing to write: no wake-ups. */
static void
wait_for_some(struct service_metrics *sm)
{
    struct timespec until;

    while (!sm->stop && (sm->is_held || !sm->has_some))
        pthread_cond_wait(&sm->wake, &sm->lock);
    until = mono_deadline(WRITE_EVERY_MS);
    while (!sm->stop && pthread_cond_timedwait(&sm->wake, &sm->lock, &until) != ETIMEDOUT)
        continue;
}

/* Under the lock. */
static void
wait_for_landing(struct service_metrics *sm)
{
    while (sm->is_flying)
        pthread_cond_wait(&sm->wake, &sm->lock);
}

static void *
service_metrics_main(void *arg)
{
    struct service_metrics *sm = arg;

    pthread_mutex_lock(&sm->lock);
    while (!sm->stop) {
        wait_for_some(sm);
        if (!sm->stop && sm->has_some)
            submit(sm, clock_now_ms(emulator_clock(sm->em)));
    }
    wait_for_landing(sm);
    submit(sm, INT64_MAX);
    wait_for_landing(sm);
    pthread_mutex_unlock(&sm->lock);
    return NULL;
}

enum status
service_metrics_start(struct service_metrics **out, struct emulator *em, struct err *err)
{
    struct service_metrics *sm = xcalloc(1, sizeof *sm);
    enum status st;

    sm->em = em;
    sm->is_held = emulator_options(em)->is_stepped;
    if (!clock_is_virtual(emulator_clock(em)))
        sm->instance = committing_instance(em);
    pthread_mutex_init(&sm->lock, NULL);
    mono_cond_init(&sm->wake);
    *out = sm;
    st = thread_start(&sm->thread, "obsview-meters", service_metrics_main, sm, err);
    if (st == OK)
        return OK;
    pthread_cond_destroy(&sm->wake);
    pthread_mutex_destroy(&sm->lock);
    free(sm);
    *out = NULL;
    return st;
}

void
service_metrics_stop(struct service_metrics *sm)
{
    if (sm == NULL)
        return;
    pthread_mutex_lock(&sm->lock);
    sm->stop = true;
    pthread_cond_broadcast(&sm->wake);
    pthread_mutex_unlock(&sm->lock);
    pthread_join(sm->thread, NULL);
    pthread_cond_destroy(&sm->wake);
    pthread_mutex_destroy(&sm->lock);
    forget(sm->rows);
    free(sm);
}

/* --- counting ----------------------------------------------------------------------------------
 */

/* Under the lock. */
static void
wake(struct service_metrics *sm)
{
    if (sm->has_some)
        return;
    sm->has_some = true;
    sm->woken_ns = mono_ns();
    store_commits(emulator_store(sm->em), &sm->commits, &sm->commit_ns);
    pthread_cond_signal(&sm->wake);
}

static void
add_bytes(struct statistic_set *set, double bytes)
{
    set->min = set->count == 0 || bytes < set->min ? bytes : set->min;
    set->max = set->count == 0 || bytes > set->max ? bytes : set->max;
    set->count++;
    set->sum += bytes;
}

static void
add(struct route_sums *sums, const struct exchange *x, uint64_t end_ns)
{
    const bool is_kept = x->status == 200;

    sums->requests++;
    sums->errors_4xx += x->status >= 400 && x->status < 500;
    sums->errors_5xx += x->status >= 500;
    add_bytes(&sums->bytes, (double)(x->body_seen + x->reply_len));
    timing_add(&sums->latency, exchange_duration_us(x, x->started_ns, end_ns));
    if (x->handled_ns == 0)
        return;
    timing_add(&sums->integration, exchange_duration_us(x, x->handled_ns, end_ns));
    if (is_kept) {
        sums->log_lines += x->log_lines;
        sums->log_bytes += x->log_bytes;
        return;
    }
    sums->calls++;
    sums->failures += x->status >= 500;
    timing_add(&sums->call, exchange_duration_us(x, x->handled_ns, end_ns));
}

void
service_metrics_request(struct service_metrics *sm, const struct exchange *x)
{
    const unsigned row = route_row(x);
    const uint64_t end_ns = mono_ns();

    if (x->status == 0) /* the client left before there was an answer */
        return;
    pthread_mutex_lock(&sm->lock);
    if (sm->has_some && !sm->is_held && sm->now_ms / MINUTE_MS != x->now_ms / MINUTE_MS)
        submit(sm, INT64_MIN);
    if (sm->rows[row] == NULL)
        sm->rows[row] = xcalloc(1, sizeof *sm->rows[row]);
    sm->now_ms = x->now_ms;
    add(sm->rows[row], x, end_ns);
    wake(sm);
    pthread_mutex_unlock(&sm->lock);
}

void
service_metrics_wake(struct service_metrics *sm)
{
    pthread_mutex_lock(&sm->lock);
    wake(sm);
    pthread_mutex_unlock(&sm->lock);
}

void
service_metrics_settle(struct service_metrics *sm)
{
    pthread_mutex_lock(&sm->lock);
    wait_for_landing(sm);
    submit(sm, clock_now_ms(emulator_clock(sm->em)));
    store_release(emulator_store(sm->em));
    wait_for_landing(sm);
    pthread_mutex_unlock(&sm->lock);
}

void
service_metrics_clear(struct service_metrics *sm)
{
    pthread_mutex_lock(&sm->lock);
    forget(sm->rows);
    sm->has_some = false;
    pthread_mutex_unlock(&sm->lock);
}
