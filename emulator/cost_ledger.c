/* cost_ledger.c - the bill with measured lines, and what is remembered of measuring.
 * SPDX-License-Identifier: MIT
 *
 * Measuring asks the store for the hours of every series, which takes milliseconds a day; three
 * requests of a client in a row, or a screen that asks for three months, should pay that once. So a
 * day's measure is kept with the store's count of commits, and is good while nothing was committed
 * or for a second. */
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
#define HOUR_MS     INT64_C(3600000)
#define DAY_HOURS   24
#define MONTH_HOURS 730.0
#define GIB         1073741824.0

struct entry {
    bool is_used;
    int64_t day;
    uint64_t commits, rows; /* of the store when it was measured */
    uint64_t at_ns;
    struct cost_measure measure;
};

struct cost_ledger {
    pthread_mutex_t lock;
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
           now->at_ns - entry->at_ns < GOOD_NS;
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
    struct entry now = { .at_ns = mono_ns() };
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

static const size_t *
find_lines(const struct cost_book *book, struct arena *arena, const char *usage, size_t *count)
{
    size_t *found, n = 0;

    for (size_t i = 0; i < book->line_count; i++)
        n += book->lines[i].resource->type == STACK_CLOUDWATCH;
    found = arena_alloc(arena, (n + 1) * sizeof *found);
    *count = 0;
    for (size_t i = 0; i < book->line_count; i++) {
        if (book->lines[i].resource->type == STACK_CLOUDWATCH &&
            ends_with(book->lines[i].usage_type, usage))
            found[(*count)++] = i;
    }
    return found;
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
    book.metric_lines = find_lines(&book, arena, USAGE_CUSTOM_METRICS, &book.metric_line_count);
    book.log_lines = find_lines(&book, arena, USAGE_LOGS_INGESTED, &book.log_line_count);
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
    replace(charges, book->metric_lines, book->metric_line_count,
            charge_of(book->stack, PRICE_CUSTOM_METRIC, (double)m->metric_hours / MONTH_HOURS));
    replace(charges, book->log_lines, book->log_line_count,
            charge_of(book->stack, PRICE_LOGS_GB, (double)m->log_bytes / GIB));
}

/* What was measured of a day is spread evenly over the hours of it that are over. */
static int64_t
of_hour(int64_t amount, unsigned hour, unsigned hours)
{
    return amount * (hour + 1) / hours - amount * hour / hours;
}

static void
split_measured(const struct cost_book *book, int64_t day, unsigned hour, unsigned hours,
               const struct stack_charge *of_day, const size_t *lines, size_t count,
               struct stack_charge *charges)
{
    if (!book->measures[day - book->first].is_measured)
        return;
    for (size_t i = 0; i < count; i++) {
        charges[lines[i]].microusd = of_hour(of_day[lines[i]].microusd, hour, hours);
        charges[lines[i]].micro_units = of_hour(of_day[lines[i]].micro_units, hour, hours);
    }
}

void
cost_book_hour(const struct cost_book *book, int64_t day, unsigned hour,
               struct stack_charge *of_day, struct stack_charge *charges)
{
    int64_t start_ms = day * DAY_MS, until_ms = book->now_ms - book->now_ms % HOUR_MS;
    int64_t from_ms = start_ms + hour * HOUR_MS, over = (until_ms - start_ms) / HOUR_MS;
    unsigned hours = over > DAY_HOURS ? DAY_HOURS : (unsigned)(over > 0 ? over : 0);

    memset(charges, 0, book->line_count * sizeof *charges);
    if (hour >= hours)
        return;
    stack_bill_day(book->stack, day, start_ms + DAY_MS, of_day);
    for (size_t i = 0; i < book->line_count; i++)
        charges[i] =
            stack_bill_part(book->stack, &book->lines[i], &of_day[i], from_ms, from_ms + HOUR_MS);
    cost_book_day(book, day, of_day);
    split_measured(book, day, hour, hours, of_day, book->metric_lines, book->metric_line_count,
                   charges);
    split_measured(book, day, hour, hours, of_day, book->log_lines, book->log_line_count, charges);
}

enum status
cost_month_to_date(int64_t *microusd, struct emulator *em, struct store_reader *reader,
                   struct arena *arena, const char *service, int64_t now_ms, struct err *err)
{
    int64_t today = day_of_ms(now_ms), from = day_month(today, 0), sum = 0;
    struct stack_charge *charges;
    struct cost_book book;
    enum status st = cost_book_open(&book, em, reader, arena, from, today + 1, now_ms, err);

    if (st != OK)
        return st;
    charges = arena_alloc(arena, (book.line_count + 1) * sizeof *charges);
    for (int64_t day = from; day <= today; day++) {
        cost_book_day(&book, day, charges);
        for (size_t i = 0; i < book.line_count; i++) {
            if (service == NULL || strcmp(book.lines[i].service, service) == 0)
                sum += charges[i].microusd;
        }
    }
    *microusd = sum;
    return OK;
}
