/* stack_db.c - what RDS measures of Aurora PostgreSQL.
 * SPDX-License-Identifier: MIT
 *
 * A minute of an instance is one small model, and every metric is a member of it or a product of
 * two, so they tell the same story:
 *
 *   busy           the account's load, its noise, and what an incident makes of requests
 *   use of the CPU follows busy, or is what an incident says
 *   stretch        how much longer all takes when the CPU is short (a queue's, stack_stretch())
 *   latencies      of storage grow a little with it, those of a commit fully
 *   load           sessions that run (use * processors * stretch) and sessions that wait, by
 *                  Little's law: operations a second times seconds each
 *
 * Names, units and dimensions: "Amazon CloudWatch metrics for Amazon Aurora", Amazon Aurora User
 * Guide. Latencies of I/O are seconds, that of a commit milliseconds, as there. */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <string.h>

#include "domain/stack_load.h"
#include "domain/stack_series_own.h"

#define GIB       1073741824.0
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   INT64_C(3600000)
#define DAY_MS    INT64_C(86400000)
#define PAGE      8192.0 /* PostgreSQL reads and writes such blocks */
#define SAMPLES   60     /* of a latency in a minute */

struct db_minute {
    double uptime_s;
    double cpu, use; /* percent, and as 0 to 1 */
    double vcpu, memory;
    double stretch;
    double connections;
    double read_iops, write_iops, commits; /* a second */
    double read_s, write_s, commit_s;      /* each takes */
};

/* --- a minute of an instance ------------------------------------------------------------------ */

static double
cpu_at(const struct stack_moment *at)
{
    const struct stack_effect *set = stack_effect_near(at, STACK_SET_CPU);
    const double mean = stack_size_near(at->resource, STACK_CPU, 5);

    if (set != NULL)
        return fmin(fmax(set->value, 0), 100);
    return fmin(fmax(mean * (0.25 + 0.75 * stack_busy(at)) * stack_ripple(at, "cpu", 0.05), 0.5),
                99.5);
}

static double
connections_at(const struct stack_moment *at)
{
    const struct stack_effect *set = stack_effect_near(at, STACK_SET_CONNECTIONS);
    const double mean = stack_size_near(at->resource, STACK_CONNECTIONS, 1);

    if (set != NULL)
        return floor(set->value);
    return stack_whole(at, "connections",
                       mean * (0.4 + 0.6 * stack_busy(at)) * stack_ripple(at, "pool", 0.05));
}

/* When the instance began to run: at its creation, or at its last restart. */
static int64_t
started_ms(const struct stack_moment *at)
{
    const struct stack *stack = at->stack;
    int64_t since = stack->since_ms;

    if (at->resource->created_ms > since)
        since = at->resource->created_ms;
    for (size_t i = stack->incident_count; i-- > 0;) {
        const struct stack_incident *incident = &stack->incidents[i];

        if (incident->from_ms >= at->end_ms || incident->from_ms <= since)
            continue;
        for (size_t k = 0; k < incident->effect_count; k++) {
            const struct stack_resource *on = incident->effects[k].resource;

            if (incident->effects[k].kind == STACK_RESTART &&
                (on == at->resource || on == at->resource->parent))
                since = incident->from_ms;
        }
    }
    return since;
}

static double
vcpu_of(const struct stack_resource *instance)
{
    return instance->sizes[STACK_VCPU] > 0 ? instance->sizes[STACK_VCPU] : 2;
}

static struct db_minute
minute_at(const struct stack_moment *at)
{
    const struct stack_resource *r = at->resource;
    const double busy = stack_busy(at);
    struct db_minute m = { .vcpu = vcpu_of(r) };

    m.uptime_s = (double)(at->end_ms - started_ms(at)) / 1000;
    m.cpu = cpu_at(at);
    m.use = m.cpu / 100;
    m.stretch = stack_stretch(m.use);
    m.memory = GIB * (r->sizes[STACK_MEMORY_GIB] > 0 ? r->sizes[STACK_MEMORY_GIB] : 4);
    m.connections = connections_at(at);
    if (m.uptime_s < 60)
        m.connections = 0; /* they come back when it is up again */
    m.read_iops = stack_size_near(r, STACK_READ_IOPS, 0) * busy * stack_ripple(at, "read", 0.15);
    m.write_iops = stack_size_near(r, STACK_WRITE_IOPS, 0) * busy * stack_ripple(at, "write", 0.1);
    if (!stack_is_writer(at->stack, r))
        m.write_iops = 0;
    m.commits = 0.6 * m.write_iops * stack_ripple(at, "commits", 0.05);
    m.read_s = 0.0009 * (0.6 + 0.4 * m.stretch) * stack_ripple(at, "read time", 0.2);
    m.write_s = 0.0013 * (0.6 + 0.4 * m.stretch) * stack_ripple(at, "write time", 0.2);
    m.commit_s = 0.0022 * m.stretch * stack_ripple(at, "commit time", 0.15);
    return m;
}

/* --- load, by what it waits for and by user ----------------------------------------------------
 */

/* clang-format off */
static const char *const waits[STACK_WAITS] = {
    "CPU", "IO:DataFileRead", "IO:XactSync", "Client:ClientRead", "Lock:transactionid",
    "LWLock:buffer_content",
};
/* clang-format on */

const char *
stack_wait_name(size_t wait)
{
    return waits[wait];
}

static double
wait_of(const struct db_minute *m, size_t wait)
{
    switch (wait) {
    case 0:
        return m->vcpu * m->use * m->stretch;
    case 1:
        return m->read_iops * m->read_s;
    case 2:
        return m->commits * m->commit_s;
    case 3:
        return 0.002 * m->connections;
    case 4:
        return m->commits * m->commit_s * 0.02 * m->stretch;
    default:
        return m->write_iops * m->write_s * 0.05 * m->stretch;
    }
}

static double
load_of(const struct db_minute *m)
{
    double sum = 0;

    for (size_t i = 0; i < STACK_WAITS; i++)
        sum += wait_of(m, i);
    return sum;
}

static struct stack_moment
moment_of(const struct stack *stack, const struct stack_resource *instance, int64_t minute_ms)
{
    return (struct stack_moment){ stack, instance, minute_ms, minute_ms + MINUTE_MS, 0 };
}

void
stack_wait_loads(const struct stack *stack, const struct stack_resource *instance,
                 int64_t minute_ms, double loads[STACK_WAITS])
{
    const struct stack_moment at = moment_of(stack, instance, minute_ms);
    const struct db_minute m = minute_at(&at);

    for (size_t i = 0; i < STACK_WAITS; i++)
        loads[i] = wait_of(&m, i);
}

/* By connections, more or less. */
static double
weight_of(const struct stack_moment *at, size_t user)
{
    const struct stack_user *u = &at->resource->users[user];

    return fmax(u->connections, 0.01) * stack_ripple(at, u->name, 0.3);
}

static double
weight_of_all(const struct stack_moment *at)
{
    double all = 0;

    for (size_t i = 0; i < at->resource->user_count; i++)
        all += weight_of(at, i);
    return all;
}

double
stack_user_load(const struct stack *stack, const struct stack_resource *instance, size_t user,
                int64_t minute_ms)
{
    const struct stack_moment at = moment_of(stack, instance, minute_ms);
    const struct db_minute m = minute_at(&at);

    return load_of(&m) * weight_of(&at, user) / weight_of_all(&at);
}

void
stack_user_loads(const struct stack *stack, const struct stack_resource *instance,
                 int64_t minute_ms, double *loads)
{
    const struct stack_moment at = moment_of(stack, instance, minute_ms);
    const struct db_minute m = minute_at(&at);
    const double load = load_of(&m), all = weight_of_all(&at);

    for (size_t i = 0; i < instance->user_count; i++)
        loads[i] = load * weight_of(&at, i) / all;
}

/* --- metrics of an instance ------------------------------------------------------------------- */

/* Most are one number a minute. */
#define OF_MINUTE(name, expression)                                                    \
    static void measure_##name(const struct stack_moment *at, struct stack_sink *sink) \
    {                                                                                  \
        const struct db_minute m = minute_at(at);                                      \
                                                                                       \
        stack_sink_add(sink, (expression), 1);                                         \
    }

OF_MINUTE(cpu, m.cpu)
OF_MINUTE(connections, m.connections)
OF_MINUTE(read_iops, m.read_iops)
OF_MINUTE(write_iops, m.write_iops)
OF_MINUTE(read_throughput, m.read_iops *PAGE)
OF_MINUTE(write_throughput, m.write_iops *PAGE / 2)
OF_MINUTE(queue, m.read_iops *m.read_s + m.write_iops * m.write_s)
OF_MINUTE(commits, m.commits)
OF_MINUTE(deadlocks, m.stretch > 6 ? 1.0 / 60 : 0) /* one a minute once all wait for the CPU */
OF_MINUTE(uptime, floor(m.uptime_s))
OF_MINUTE(load, load_of(&m))
OF_MINUTE(load_cpu, wait_of(&m, 0))
OF_MINUTE(load_waits, load_of(&m) - wait_of(&m, 0))
OF_MINUTE(load_relative, load_of(&m) / m.vcpu)
/* What is free on average, less what further connections take: about nine megabytes each. */
OF_MINUTE(memory, floor(fmax(m.memory * 0.03,
                             m.memory *(1 - at->resource->sizes[STACK_MEMORY] / 100) *
                                     stack_ripple(at, "memory", 0.01) -
                                 9e6 * (m.connections - at->resource->sizes[STACK_CONNECTIONS]))))
OF_MINUTE(swap, floor(m.memory * 0.002 * m.stretch))
OF_MINUTE(local_storage, floor(m.memory * 7.5 * stack_ripple(at, "temporary", 0.02)))
OF_MINUTE(received, m.connections * 900 + m.commits * 2600 + m.read_iops * 300)
OF_MINUTE(sent, m.connections * 1200 + m.read_iops * 5200 + m.commits * 400)
/* An empty cache after a restart fills within minutes. */
OF_MINUTE(hits, fmax(0, 99.4 * stack_ripple(at, "hits", 0.004) - 40 * exp(-m.uptime_s / 300)))
OF_MINUTE(replica_lag, 14 * (0.7 + 0.3 * m.stretch) * stack_ripple(at, "lag", 0.3))

/* A sample a second, with this mean. */
static void
measure_latency(const struct stack_moment *at, struct stack_sink *sink, double mean)
{
    struct stack_sink plain = { 0 };

    stack_spread(at, &plain, 1, SAMPLES);
    stack_spread(at, sink, mean * plain.set.count / plain.set.sum, SAMPLES);
}

static void
measure_read_latency(const struct stack_moment *at, struct stack_sink *sink)
{
    measure_latency(at, sink, minute_at(at).read_s);
}

static void
measure_write_latency(const struct stack_moment *at, struct stack_sink *sink)
{
    measure_latency(at, sink, minute_at(at).write_s);
}

static void
measure_commit_latency(const struct stack_moment *at, struct stack_sink *sink)
{
    measure_latency(at, sink, minute_at(at).commit_s * 1000);
}

/* Lags of the readers, told by the writer. */
static void
measure_lags(const struct stack_moment *at, struct stack_sink *sink)
{
    struct stack_moment of = *at;
    const struct stack_resource *r = NULL;

    while ((r = stack_next_child(at->stack, at->resource->parent, r)) != NULL) {
        of.resource = r;
        if (r->type == STACK_DB_INSTANCE && !stack_is_writer(at->stack, r))
            measure_replica_lag(&of, sink);
    }
}

/* Grows with what is written until vacuum freezes what is old. */
static void
measure_transaction_ids(const struct stack_moment *at, struct stack_sink *sink)
{
    const double written = (double)(at->start_ms - at->stack->since_ms) / 1000 * 0.6 *
                           stack_size_near(at->resource, STACK_WRITE_IOPS, 1);

    stack_sink_add(sink, floor(50e6 + fmod(written, 150e6)), 1);
}

/* --- CPU credits of T classes ------------------------------------------------------------------
 */

/* "Key concepts and definitions for burstable performance instances", Amazon EC2 User Guide. */
static const struct {
    const char *size;
    double earned; /* an hour */
} credits[] = { { ".micro", 12 }, { ".small", 24 }, { ".medium", 24 }, { ".large", 36 } };

static bool
has_credits(const struct stack *stack, const struct stack_resource *instance)
{
    (void)stack;
    return strncmp(instance->words[STACK_CLASS], "db.t", 4) == 0;
}

static double
earned_of(const struct stack_resource *instance)
{
    const char *dot = strrchr(instance->words[STACK_CLASS], '.');

    for (size_t i = 0; i < sizeof credits / sizeof credits[0]; i++) {
        if (strcmp(dot, credits[i].size) == 0)
            return credits[i].earned;
    }
    return 24;
}

/* Credits used in that time: one is a minute of a whole processor. */
static double
used_at(const struct stack_moment *at)
{
    const double minutes = (double)(at->end_ms - at->start_ms) / MINUTE_MS;
    struct stack_moment first = *at;

    first.end_ms = at->start_ms + MINUTE_MS;
    return vcpu_of(at->resource) * cpu_at(&first) / 100 * minutes;
}

static void
measure_credit_use(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, used_at(at), 1);
}

/* A balance follows from all that was before; here from a day, at whose beginning it is taken as
 * full: whole hours by the quarter, the last one in the steps of the metric. */
static void
measure_credits(const struct stack_moment *at, struct stack_sink *sink)
{
    const double earned = earned_of(at->resource), most = 24 * earned;
    const int64_t hour_ms = at->start_ms - at->start_ms % HOUR_MS;
    struct stack_moment then = *at;
    double balance = most;

    for (then.start_ms = hour_ms - DAY_MS; then.start_ms <= at->start_ms;
         then.start_ms = then.end_ms) {
        const int64_t step_ms = then.start_ms < hour_ms ? HOUR_MS / 4 : at->end_ms - at->start_ms;

        then.end_ms = then.start_ms + step_ms;
        balance += earned * (double)step_ms / HOUR_MS - used_at(&then);
        balance = fmin(fmax(balance, 0), most);
    }
    stack_sink_add(sink, balance, 1);
}

/* --- metrics of a cluster ----------------------------------------------------------------------
 */

enum side { READS, WRITES };

/* I/O of all instances over the period: not a second's. */
static void
measure_volume_io(const struct stack_moment *at, struct stack_sink *sink, enum side side)
{
    struct stack_moment of = *at;
    double sum = 0;

    for (of.start_ms = at->start_ms; of.start_ms < at->end_ms; of.start_ms = of.end_ms) {
        const struct stack_resource *r = NULL;

        of.end_ms = of.start_ms + MINUTE_MS;
        while ((r = stack_next_child(at->stack, at->resource, r)) != NULL) {
            struct db_minute m;

            if (r->type != STACK_DB_INSTANCE)
                continue;
            of.resource = r;
            m = minute_at(&of);
            sum += 60 * (side == READS ? m.read_iops : m.write_iops);
        }
    }
    if (floor(sum) > 0)
        stack_sink_add(sink, floor(sum), 1);
}

static void
measure_volume_reads(const struct stack_moment *at, struct stack_sink *sink)
{
    measure_volume_io(at, sink, READS);
}

static void
measure_volume_writes(const struct stack_moment *at, struct stack_sink *sink)
{
    measure_volume_io(at, sink, WRITES);
}

static void
measure_volume_bytes(const struct stack_moment *at, struct stack_sink *sink)
{
    const struct stack_resource *r = at->resource;
    const double days = (double)(at->start_ms - at->stack->since_ms) / (double)DAY_MS;

    stack_sink_add(sink,
                   floor(GIB * stack_use_factor(at) *
                         (r->sizes[STACK_STORAGE_GIB] + days * r->sizes[STACK_GROWTH_GIB_DAY])),
                   1);
}

static void
measure_backup(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, floor(GIB * at->resource->sizes[STACK_BACKUP_GIB]), 1);
}

/* --- the table -------------------------------------------------------------------------------- */

static bool
is_reader(const struct stack *stack, const struct stack_resource *instance)
{
    return !stack_is_writer(stack, instance);
}

static bool
is_writer(const struct stack *stack, const struct stack_resource *instance)
{
    return stack_is_writer(stack, instance);
}

static bool
leads_readers(const struct stack *stack, const struct stack_resource *instance)
{
    const struct stack_resource *r = NULL;

    if (instance->parent == NULL || !stack_is_writer(stack, instance))
        return false;
    while ((r = stack_next_child(stack, instance->parent, r)) != NULL) {
        if (r->type == STACK_DB_INSTANCE && r != instance)
            return true;
    }
    return false;
}

static bool
has_backup(const struct stack *stack, const struct stack_resource *cluster)
{
    (void)stack;
    return cluster->sizes[STACK_BACKUP_GIB] > 0;
}

#define ALL  (IN(SET_INSTANCE) | IN(SET_MEMBERS) | IN(SET_ROLE))
#define ONE  IN(SET_INSTANCE)
#define BOTH (IN(SET_INSTANCE) | IN(SET_MEMBERS))
#define CLUS IN(SET_DB_CLUSTER)
#define RDS  "AWS/RDS"

/* clang-format off */
const struct stack_metric stack_db_metrics[] = {
    { RDS, "CPUUtilization",            UNIT_PERCENT,      60,    ALL,  measure_cpu,               NULL },
    { RDS, "DatabaseConnections",       UNIT_COUNT,        60,    ALL,  measure_connections,       NULL },
    { RDS, "FreeableMemory",            UNIT_BYTES,        60,    BOTH, measure_memory,            NULL },
    { RDS, "FreeLocalStorage",          UNIT_BYTES,        60,    ONE,  measure_local_storage,     NULL },
    { RDS, "SwapUsage",                 UNIT_BYTES,        60,    ONE,  measure_swap,              NULL },
    { RDS, "ReadIOPS",                  UNIT_COUNT_S,      60,    ALL,  measure_read_iops,         NULL },
    { RDS, "WriteIOPS",                 UNIT_COUNT_S,      60,    ALL,  measure_write_iops,        NULL },
    { RDS, "ReadLatency",               UNIT_SECONDS,      60,    ALL,  measure_read_latency,      NULL },
    { RDS, "WriteLatency",              UNIT_SECONDS,      60,    ALL,  measure_write_latency,     NULL },
    { RDS, "ReadThroughput",            UNIT_BYTES_S,      60,    ONE,  measure_read_throughput,   NULL },
    { RDS, "WriteThroughput",           UNIT_BYTES_S,      60,    ONE,  measure_write_throughput,  NULL },
    { RDS, "NetworkReceiveThroughput",  UNIT_BYTES_S,      60,    ONE,  measure_received,          NULL },
    { RDS, "NetworkTransmitThroughput", UNIT_BYTES_S,      60,    ONE,  measure_sent,              NULL },
    { RDS, "DiskQueueDepth",            UNIT_COUNT,        60,    ONE,  measure_queue,             NULL },
    { RDS, "CommitLatency",             UNIT_MILLISECONDS, 60,    ONE,  measure_commit_latency,    is_writer },
    { RDS, "CommitThroughput",          UNIT_COUNT_S,      60,    ONE,  measure_commits,           is_writer },
    { RDS, "Deadlocks",                 UNIT_COUNT_S,      60,    ONE,  measure_deadlocks,         NULL },
    { RDS, "BufferCacheHitRatio",       UNIT_PERCENT,      60,    ONE,  measure_hits,              NULL },
    { RDS, "EngineUptime",              UNIT_SECONDS,      60,    ONE,  measure_uptime,            NULL },
    { RDS, "MaximumUsedTransactionIDs", UNIT_COUNT,        60,    ONE,  measure_transaction_ids,   NULL },
    { RDS, "DBLoad",                    UNIT_NONE,         60,    ONE,  measure_load,              NULL },
    { RDS, "DBLoadCPU",                 UNIT_NONE,         60,    ONE,  measure_load_cpu,          NULL },
    { RDS, "DBLoadNonCPU",              UNIT_NONE,         60,    ONE,  measure_load_waits,        NULL },
    { RDS, "DBLoadRelativeToNumVCPUs",  UNIT_NONE,         60,    ONE,  measure_load_relative,     NULL },
    { RDS, "AuroraReplicaLag",          UNIT_MILLISECONDS, 60,    ONE,  measure_replica_lag,       is_reader },
    { RDS, "AuroraReplicaLagMaximum",   UNIT_MILLISECONDS, 60,    ONE,  measure_lags,              leads_readers },
    { RDS, "AuroraReplicaLagMinimum",   UNIT_MILLISECONDS, 60,    ONE,  measure_lags,              leads_readers },
    { RDS, "CPUCreditBalance",          UNIT_COUNT,        300,   ONE,  measure_credits,           has_credits },
    { RDS, "CPUCreditUsage",            UNIT_COUNT,        300,   ONE,  measure_credit_use,        has_credits },
    { RDS, "VolumeBytesUsed",           UNIT_BYTES,        300,   CLUS, measure_volume_bytes,      NULL },
    { RDS, "VolumeReadIOPs",            UNIT_COUNT,        300,   CLUS, measure_volume_reads,      NULL },
    { RDS, "VolumeWriteIOPs",           UNIT_COUNT,        300,   CLUS, measure_volume_writes,     NULL },
    { RDS, "BackupRetentionPeriodStorageUsed", UNIT_BYTES, 86400, CLUS, measure_backup,            has_backup },
    { RDS, "TotalBackupStorageBilled",  UNIT_BYTES,        86400, CLUS, measure_backup,            has_backup },
    { NULL, NULL, UNIT_NONE, 0, 0, NULL, NULL },
};
/* clang-format on */
