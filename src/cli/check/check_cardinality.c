/* check_cardinality.c - how many series there are, what they cost, and which dimension made them.
 * SPDX-License-Identifier: MIT
 *
 * A series is namespace, metric and dimensions, and each is paid for by the month (an estimate: AWS
 * counts the hours with data). The dimension to blame is the one without which the fewest series
 * would be left: all are counted again without it. One whose values name one thing each (ids,
 * hashes, dates) has no end, and is a finding whatever it costs today.
 *
 * The marks are those of the document: its projection has 10 to 20 dollars for metrics. */
#include "config.h"

#include "cli/check/check_series.h"

#include "base/table.h"
#include "base/text.h"
#include "domain/idlike.h"
#include "domain/money.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE         "cardinality"
#define RULE_PRICE   RULE ".price"
#define RULE_IDS     RULE ".ids"
#define KEYS_MAX     1000
#define VALUES_LEAST 5 /* of which most are ids */
#define KEY_BYTES    ((size_t)64 << 10)
#define SPACES_TOLD  10

/* --- dimensions ------------------------------------------------------------------------------- */

struct key {
    const char *name;
    size_t without; /* series that would be left */
    size_t values, ids;
};

struct keys {
    struct arena *arena;
    struct table index;
    struct key *list;
    size_t count, room;
};

static void
find_keys(struct keys *keys, const struct check_series *series)
{
    keys->arena = arena_new();
    table_init(&keys->index, sizeof(size_t));
    for (size_t i = 0; i < series->count; i++) {
        const struct dimension_set *set = &series->list[i].dims;

        for (size_t k = 0; k < set->count && keys->count < KEYS_MAX; k++) {
            const char *name = set->dims[k].name;

            if (table_find(&keys->index, name, strlen(name)) != NULL)
                continue;
            (void)table_add(&keys->index, name, strlen(name));
            keys->list = arena_grow(keys->arena, keys->list, keys->count, &keys->room, 32,
                                    sizeof *keys->list);
            keys->list[keys->count++] = (struct key){ .name = name };
        }
    }
}

static void
print_without(struct buf *b, const struct series_key *key, const char *name)
{
    buf_clear(b);
    buf_add(b, key->namespace_name, strlen(key->namespace_name) + 1);
    buf_add(b, key->metric, strlen(key->metric) + 1);
    for (size_t i = 0; i < key->dims.count; i++) {
        const struct dimension *d = &key->dims.dims[i];

        if (strcmp(d->name, name) == 0)
            continue;
        buf_add(b, d->name, strlen(d->name) + 1);
        buf_add(b, d->value, strlen(d->value) + 1);
    }
}

static void
add_once(struct table *table, const void *key, size_t length, size_t *count)
{
    if (table_find(table, key, length) != NULL)
        return;
    (void)table_add(table, key, length);
    ++*count;
}

static void
count_without(struct key *key, const struct check_series *series)
{
    struct table left, values;
    struct buf b;

    table_init(&left, 1);
    table_init(&values, 1);
    buf_init(&b, KEY_BYTES);
    for (size_t i = 0; i < series->count; i++) {
        const struct dimension_set *set = &series->list[i].dims;
        size_t known = key->values;

        print_without(&b, &series->list[i], key->name);
        add_once(&left, b.data, b.len, &key->without);
        for (size_t k = 0; k < set->count; k++) {
            const char *value = set->dims[k].value;

            if (strcmp(set->dims[k].name, key->name) != 0)
                continue;
            add_once(&values, value, strlen(value), &key->values);
            key->ids += key->values > known && idlike(value, strlen(value));
        }
    }
    buf_fini(&b);
    table_fini(&values);
    table_fini(&left);
}

static int
by_blame(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->without != y->without)
        return x->without < y->without ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* --- judging ---------------------------------------------------------------------------------- */

static void
print_usd(char *out, size_t size, int64_t microusd)
{
    snprintf(out, size, "%.2f USD", (double)microusd / 1e6);
}

static void
tell_blame(char *fix, size_t size, const struct keys *keys, const struct check_series *series,
           const struct price_list *prices)
{
    const struct key *worst = keys->count == 0 ? NULL : &keys->list[0];
    char left[32];

    if (worst == NULL || worst->without >= series->count) {
        snprintf(fix, size, "each series is a metric of its own: publish fewer");
        return;
    }
    print_usd(left, sizeof left, price_custom_metrics(prices, (double)worst->without));
    snprintf(
        fix, size,
        "the dimension to blame is %.100s, with %zu value%s: without it %zu series at %s a month "
        "would be left; make it a property",
        worst->name, worst->values, text_s(worst->values), worst->without, left);
}

static void
judge_price(const struct check_run *run, const struct check_series *series, const struct keys *keys)
{
    int64_t price = price_custom_metrics(run->prices, (double)series->count);
    int64_t warn = settings_int(run->settings, SET_WARN);
    int64_t limit = settings_int(run->settings, SET_LIMIT);
    char costs[32], mark[32], evidence[160], expected[64] = "", fix[320];
    enum finding_level level = limit >= 0 && price > limit ? FINDING_FAIL
                               : warn >= 0 && price > warn ? FINDING_WARN
                                                           : FINDING_OK;

    print_usd(costs, sizeof costs, price);
    snprintf(evidence, sizeof evidence, "%zu series, about %s a month (list prices of %s)",
             series->count, costs, run->prices->as_of);
    tell_blame(fix, sizeof fix, keys, series, run->prices);
    if (level != FINDING_OK) {
        print_usd(mark, sizeof mark, level == FINDING_FAIL ? limit : warn);
        snprintf(expected, sizeof expected, "up to %s a month", mark);
    }
    findings_put(run->found, &(struct finding){ .level = level,
                                                .rule = RULE_PRICE,
                                                .subject = "custom metrics",
                                                .evidence = evidence,
                                                .expected = expected,
                                                .fix = level == FINDING_OK ? NULL : fix });
}

static void
judge_ids(const struct check_run *run, const struct key *key, const struct check_series *series)
{
    bool has_ids = key->values >= VALUES_LEAST && 2 * key->ids > key->values;
    char evidence[192];

    snprintf(evidence, sizeof evidence,
             "%zu value%s, %zu of them ids; %zu of %zu series are there because of it", key->values,
             text_s(key->values), key->ids, series->count - key->without, series->count);
    findings_put(run->found,
                 &(struct finding){ .level = has_ids ? FINDING_FAIL : FINDING_OK,
                                    .rule = RULE_IDS,
                                    .subject = key->name,
                                    .evidence = evidence,
                                    .expected = "a dimension has few values, known beforehand",
                                    .fix = has_ids ? "write it as a property of the document: it "
                                                     "can be searched in the log, and costs nothing"
                                                   : NULL });
}

struct space {
    const char *name;
    size_t series;
};

static int
by_series(const void *a, const void *b)
{
    const struct space *x = a, *y = b;

    if (x->series != y->series)
        return x->series < y->series ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* How many series each namespace has. */
static void
note_spaces(const struct check_run *run, const struct check_series *series)
{
    struct arena *arena = arena_new();
    struct space *list = NULL;
    size_t count = 0, room = 0;
    struct table index;

    table_init(&index, sizeof(size_t));
    for (size_t i = 0; i < series->count; i++) {
        const char *name = series->list[i].namespace_name;
        size_t *place = table_find(&index, name, strlen(name));

        if (place == NULL) {
            place = table_add(&index, name, strlen(name));
            *place = count;
            list = arena_grow(arena, list, count, &room, 16, sizeof *list);
            list[count++] = (struct space){ .name = name };
        }
        list[*place].series++;
    }
    if (count > 1)
        qsort(list, count, sizeof *list, by_series);
    for (size_t i = 0; i < count && i < SPACES_TOLD; i++)
        findings_note(run->found, "%s: %zu series", list[i].name, list[i].series);
    table_fini(&index);
    arena_free(arena);
}

static void *
open_cardinality(const struct check_run *run, struct err *err)
{
    struct check_series *series = xcalloc(1, sizeof *series);

    (void)run;
    (void)err;
    check_series_init(series);
    return series;
}

static void
take_cardinality(void *state, const struct check_item *item)
{
    check_series_take(state, item);
}

static void
judge(const struct check_run *run, const struct check_series *series)
{
    struct keys keys = { .arena = NULL };

    find_keys(&keys, series);
    for (size_t i = 0; i < keys.count; i++)
        count_without(&keys.list[i], series);
    if (keys.count > 1)
        qsort(keys.list, keys.count, sizeof *keys.list, by_blame);
    judge_price(run, series, &keys);
    for (size_t i = 0; i < keys.count; i++)
        judge_ids(run, &keys.list[i], series);
    note_spaces(run, series);
    if (series->dropped > 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: there are more than %d series", CHECK_SERIES_MAX);
    table_fini(&keys.index);
    arena_free(keys.arena);
}

static enum status
close_cardinality(void *state, const struct check_run *run, struct err *err)
{
    struct check_series *series = state;

    (void)err;
    if (series->count == 0)
        findings_add(run->found, FINDING_UNKNOWN, RULE, NULL,
                     "not enough data: no custom metric in %zu thing%s looked at", series->items,
                     text_s(series->items));
    else
        judge(run, series);
    check_series_fini(series);
    free(series);
    return OK;
}

const struct check_stream check_cardinality = { .live = CHECK_LIVE_SERIES,
                                                .open = open_cardinality,
                                                .take = take_cardinality,
                                                .close = close_cardinality };
