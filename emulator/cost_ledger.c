/* cost_ledger.c - the bill with measured lines, and what is remembered of measuring.
 * SPDX-License-Identifier: MIT
 *
 * Measuring asks the store for the hours of every series, which takes milliseconds a day; three
 * requests of a client in a row, or a screen that asks for three months, should pay that once. So a
 * day's measure is kept with the store's count of commits, and is good while nothing was committed
 * or for a second, by either clock: one that is moved may pass a day in it. */
#include "config.h"

#include "emulator/cost_ledger.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/day.h"
#include "domain/stack_usage.h"
#include "emulator/emulator.h"
#include "emulator/parts.h"

#define DAYS_KEPT   512 /* more than Cost Explorer looks back */
#define GOOD_NS     1000000000u
#define GOOD_MS     1000
#define HOUR_MS     INT64_C(3600000)
#define DAY_HOURS   24
#define MONTH_HOURS 730.0
#define GIB         1073741824.0

struct entry {
    bool is_used;
    int64_t day;
    uint64_t commits, rows; /* of the store when it was measured */
    uint64_t at_ns;
    int64_t at_ms; /* of the product clock */
    struct cost_measure measure;
};

/* Numbers of the lines of one kind that a measure replaces. */
struct kind {
    size_t *lines;
    size_t count;
};

struct cost_ledger {
    pthread_mutex_t lock;
    bool has_kinds;
    struct kind metrics, logs;
    struct entry entries[DAYS_KEPT]; /* by day */
};

struct cost_ledger *
cost_ledger_new(void)
{
    struct cost_ledger *ledger = xcalloc(1, sizeof *ledger);

    pthread_mutex_init(&ledger->lock, NULL);
    return ledger;
}

void
cost_ledger_free(struct cost_ledger *ledger)
{
    if (ledger == NULL)
        return;
    pthread_mutex_destroy(&ledger->lock);
    free(ledger->metrics.lines);
    free(ledger->logs.lines);
    free(ledger);
}

/* --- measuring ------------------------------------------------------------------------------- */

static bool
is_custom(const char *namespace_name)
{
    return strncmp(namespace_name, "AWS/", 4) != 0;
}

static enum status
read_log_bytes(struct store_reader *reader, struct arena *arena, int64_t from, size_t days,
               struct cost_measure *out, struct err *err)
{
    const struct metric_query query = {
        .key = { .namespace_name = "AWS/Logs", .metric = "IncomingBytes" },
        .start_ms = from * DAY_MS,
        .end_ms = (from + (int64_t)days) * DAY_MS,
        .period_ms = DAY_MS,
        .unit = -1,
    };
    struct metric_buckets buckets = { 0 };
    enum status st = store_read_metric(reader, arena, &query, &buckets, err);

    for (size_t i = 0; st == OK && i < buckets.count; i++) {
        size_t day = (size_t)(day_of_ms(buckets.buckets[i].start_ms) - from);

        out[day].log_bytes = llround(buckets.buckets[i].set.sum);
        out[day].is_measured = true;
    }
    return st;
}

static enum status
measure(struct store_reader *reader, struct arena *arena, int64_t from, size_t days,
        struct cost_measure *out, struct err *err)
{
    int64_t *hours = arena_alloc(arena, (days + 1) * sizeof *hours);
    enum status st =
        store_count_series_hours(reader, arena, from * DAY_MS, days, is_custom, hours, err);

    if (st == OK)
        st = read_log_bytes(reader, arena, from, days, out, err);
    for (size_t i = 0; st == OK && i < days; i++) {
        out[i].metric_hours = hours[i];
        out[i].is_measured |= hours[i] > 0;
    }
    return st;
}

static bool
is_good(const struct entry *entry, int64_t day, const struct entry *now)
{
    if (!entry->is_used || entry->day != day)
        return false;
    return (entry->commits == now->commits && entry->rows == now->rows) ||
           (now->at_ns - entry->at_ns < GOOD_NS && now->at_ms - entry->at_ms < GOOD_MS);
}

/* Fills in what is remembered; gives the span of what is not. */
static size_t
recall(struct cost_ledger *ledger, const struct entry *now, int64_t from, size_t days,
       struct cost_measure *out, size_t *first)
{
    size_t end = 0;

    *first = days;
    pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < days; i++) {
        int64_t day = from + (int64_t)i;
        const struct entry *entry = &ledger->entries[(uint64_t)day % DAYS_KEPT];

        if (is_good(entry, day, now)) {
            out[i] = entry->measure;
            continue;
        }
        *first = *first < i ? *first : i;
        end = i + 1;
    }
    pthread_mutex_unlock(&ledger->lock);
    return end;
}

static void
remember(struct cost_ledger *ledger, const struct entry *now, int64_t from, size_t days,
         const struct cost_measure *measures)
{
    pthread_mutex_lock(&ledger->lock);
    for (size_t i = 0; i < days; i++) {
        int64_t day = from + (int64_t)i;
        struct entry *entry = &ledger->entries[(uint64_t)day % DAYS_KEPT];

        *entry = *now;
        entry->is_used = true;
        entry->day = day;
        entry->measure = measures[i];
    }
    pthread_mutex_unlock(&ledger->lock);
}

static enum status
find_measures(struct emulator *em, struct store_reader *reader, struct arena *arena, int64_t from,
              size_t days, struct cost_measure *out, struct err *err)
{
    struct cost_ledger *ledger = emulator_cost_ledger(em);
    struct entry now = { .at_ns = mono_ns(), .at_ms = clock_now_ms(emulator_clock(em)) };
    struct store_stats stats;
    size_t first, end;
    enum status st;

    store_stats(emulator_store(em), &stats);
    now.commits = stats.commits;
    now.rows = stats.vitals + stats.errors + stats.data + stats.log_lines;
    end = recall(ledger, &now, from, days, out, &first);
    if (end <= first)
        return OK;
    memset(out + first, 0, (end - first) * sizeof *out);
    st = measure(reader, arena, from + (int64_t)first, end - first, out + first, err);
    if (st == OK)
        remember(ledger, &now, from + (int64_t)first, end - first, out + first);
    return st;
}

/* --- the book -------------------------------------------------------------------------------- */

static bool
ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static void
find_kind(struct kind *kind, const struct cost_book *book, const char *usage)
{
    for (size_t i = 0; i < book->line_count; i++) {
        if (book->lines[i].resource->type != STACK_CLOUDWATCH ||
            !ends_with(book->lines[i].usage_type, usage))
            continue;
        kind->lines = xreallocarray(kind->lines, kind->count + 1, sizeof *kind->lines);
        kind->lines[kind->count++] = i;
    }
}

/* The lines that a measure replaces: looked for once, as a stack does not change. */
static void
find_kinds(struct cost_book *book, struct cost_ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    if (!ledger->has_kinds) {
        find_kind(&ledger->metrics, book, USAGE_CUSTOM_METRICS);
        find_kind(&ledger->logs, book, USAGE_LOGS_INGESTED);
        ledger->has_kinds = true;
    }
    pthread_mutex_unlock(&ledger->lock);
    book->metric_lines = ledger->metrics.lines;
    book->metric_line_count = ledger->metrics.count;
    book->log_lines = ledger->logs.lines;
    book->log_line_count = ledger->logs.count;
}

enum status
cost_book_open(struct cost_book *out, struct emulator *em, struct store_reader *reader,
               struct arena *arena, int64_t from, int64_t to, int64_t now_ms, struct err *err)
{
    struct cost_book book = { .stack = emulator_stack(em), .now_ms = now_ms, .first = from };
    size_t days = to > from ? (size_t)(to - from) : 0;
    struct cost_measure *measures;
    enum status st;

    if (book.stack == NULL)
        return err_set(err, E_NOTFOUND,
                       "there is no account here: the emulator runs with --stack "
                       "off");
    book.lines = stack_bill_lines(book.stack, &book.line_count);
    find_kinds(&book, emulator_cost_ledger(em));
    measures = arena_alloc(arena, (days + 1) * sizeof *measures);
    book.measures = measures;
    st = days == 0 ? OK : find_measures(em, reader, arena, from, days, measures, err);
    if (st == OK)
        *out = book;
    return st;
}

static struct stack_charge
charge_of(const struct stack *stack, enum price price, double units)
{
    return (struct stack_charge){
        .microusd =
            llround(units * 1e6 * stack->prices.rows[price].usd / stack->prices.rows[price].per),
        .micro_units = llround(units * 1e6),
    };
}

/* What was measured of a day; at most one line of each kind carries it. */
static struct stack_charge
metrics_of(const struct cost_book *book, const struct cost_measure *m)
{
    return charge_of(book->stack, PRICE_CUSTOM_METRIC, (double)m->metric_hours / MONTH_HOURS);
}

static struct stack_charge
logs_of(const struct cost_book *book, const struct cost_measure *m)
{
    return charge_of(book->stack, PRICE_LOGS_GB, (double)m->log_bytes / GIB);
}

static void
replace(struct stack_charge *charges, const size_t *lines, size_t count,
        struct stack_charge measured)
{
    for (size_t i = 0; i < count; i++)
        charges[lines[i]] = i == 0 ? measured : (struct stack_charge){ .microusd = 0 };
}

void
cost_book_day(const struct cost_book *book, int64_t day, struct stack_charge *charges)
{
    const struct cost_measure *m = &book->measures[day - book->first];

    stack_bill_day(book->stack, day, book->now_ms, charges);
    if (!m->is_measured || day * DAY_MS > book->now_ms)
        return;
    replace(charges, book->metric_lines, book->metric_line_count, metrics_of(book, m));
    replace(charges, book->log_lines, book->log_line_count, logs_of(book, m));
}

/* How many hours of a day are over at a time. */
static unsigned
hours_over(int64_t day, int64_t at_ms)
{
    int64_t over = (at_ms - at_ms % HOUR_MS - day * DAY_MS) / HOUR_MS;

    return over > DAY_HOURS ? DAY_HOURS : (unsigned)(over > 0 ? over : 0);
}

/* What was measured of a day is spread evenly over the hours of it that are over. */
static struct stack_charge
of_hour(struct stack_charge of_day, unsigned hour, unsigned hours)
{
    return (struct stack_charge){
        .microusd = of_day.microusd * (hour + 1) / hours - of_day.microusd * hour / hours,
        .micro_units = of_day.micro_units * (hour + 1) / hours - of_day.micro_units * hour / hours,
    };
}

void
cost_book_whole_day(const struct cost_book *book, int64_t day, struct stack_charge *charges)
{
    stack_bill_day(book->stack, day, (day + 1) * DAY_MS, charges);
}

void
cost_book_hour(const struct cost_book *book, int64_t day, unsigned hour,
               const struct stack_charge *of_day, struct stack_charge *charges)
{
    const struct cost_measure *m = &book->measures[day - book->first];
    int64_t from_ms = day * DAY_MS + hour * HOUR_MS;
    unsigned hours = hours_over(day, book->now_ms);

    if (hour >= hours) {
        memset(charges, 0, book->line_count * sizeof *charges);
        return;
    }
    stack_bill_parts(book->stack, of_day, from_ms, from_ms + HOUR_MS, charges);
    if (!m->is_measured)
        return;
    replace(charges, book->metric_lines, book->metric_line_count,
            of_hour(metrics_of(book, m), hour, hours));
    replace(charges, book->log_lines, book->log_line_count, of_hour(logs_of(book, m), hour, hours));
}

/* --- AWS/Billing ----------------------------------------------------------------------------- */

static int64_t
simulated(const struct cost_book *book, const size_t *lines, size_t count, int64_t day,
          int64_t at_ms)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += stack_bill_line_day(book->stack, &book->lines[lines[i]], day, at_ms).microusd;
    return sum;
}

/* Of one measured day: what was measured until then less what the stack says until then. */
static int64_t
difference(const struct cost_book *book, int64_t day, int64_t at_ms)
{
    const struct cost_measure *m = &book->measures[day - book->first];
    unsigned hours = hours_over(day, book->now_ms), until = hours_over(day, at_ms);
    int64_t sum = 0;

    if (until == 0)
        return 0;
    if (book->metric_line_count > 0)
        sum += metrics_of(book, m).microusd * until / hours;
    if (book->log_line_count > 0)
        sum += logs_of(book, m).microusd * until / hours;
    return sum - simulated(book, book->metric_lines, book->metric_line_count, day, at_ms) -
           simulated(book, book->log_lines, book->log_line_count, day, at_ms);
}

enum status
cost_month_difference(int64_t *microusd, struct emulator *em, struct store_reader *reader,
                      struct arena *arena, int64_t at_ms, int64_t now_ms, struct err *err)
{
    int64_t today = day_of_ms(at_ms), from = day_month(today, 0), sum = 0;
    struct cost_book book;
    enum status st = cost_book_open(&book, em, reader, arena, from, today + 1, now_ms, err);

    if (st != OK)
        return st;
    for (int64_t day = from; day <= today; day++) {
        if (book.measures[day - from].is_measured)
            sum += difference(&book, day, at_ms);
    }
    *microusd = sum;
    return OK;
}
