/* umami_metric.c - pages, referrers, browsers, channels: what rows have in common.
 * SPDX-License-Identifier: MIT
 *
 * Each kind only says which group a row belongs to; counting is the same for all. The group of a
 * column is the number of the text. Entry and exit pages and channels are numbered the same way. */
#include "config.h"

#include "store/umami_scope.h"

#include <ctype.h>
#include <string.h>

#include "base/table.h"
#include "base/top.h"
#include "domain/umami_channel.h"

#define ROWS_FIRST      256
#define ARRIVALS_RECENT 1024

struct metric {
    struct umami_pick pick;
    struct arena *arena;
    const struct umami_scope *scope;
    const struct umami_metric_query *query;
    uint32_t *keys;
    uint32_t key_count;
    uint32_t *country; /* of a region or city, by key; else NULL */
    struct umami_metric_row *rows;
    size_t count, room;
};

/* --- keys ------------------------------------------------------------------------------------- */

static bool
has_session(const struct umami_events *e, uint32_t row)
{
    return umami_visitor_of(e, row)->is_known;
}

static bool
is_place(enum umami_column column)
{
    return column == UMAMI_BY_REGION || column == UMAMI_BY_CITY;
}

static void
key_by_column(struct metric *m)
{
    const struct umami_events *e = m->pick.events;
    const enum umami_column column = m->query->column;

    if (is_place(column))
        m->country = arena_alloc(m->pick.arena, m->key_count * sizeof *m->country);
    for (size_t i = 0; i < m->pick.count; i++) {
        uint32_t row = m->pick.rows[i], key = umami_number(e, row, column);

        if (column >= UMAMI_EVENT_COLUMNS && !has_session(e, row))
            key = UMAMI_NO_GROUP;
        else if (column == UMAMI_BY_REFERRER) {
            key = umami_foreign_referrer(&m->pick, row, m->scope->own_referrer_with_www);
            key = key == 0 ? UMAMI_NO_GROUP : key;
        } else if (m->country != NULL)
            m->country[key] = umami_number(e, row, UMAMI_BY_COUNTRY);
        m->keys[i] = key;
    }
}

/* The path of a visit's first or last row, for each row of it. */
static void
key_by_edge(struct metric *m, bool last)
{
    const struct umami_events *e = m->pick.events;
    uint32_t *edge = arena_alloc(m->pick.arena, (e->visits.count + 1) * sizeof *edge);

    memset(m->keys, 0xff, m->pick.count * sizeof *m->keys);
    for (size_t i = 0; i < m->pick.count; i++) {
        uint32_t visit = umami_stay_of(e, m->pick.rows[i])->visit;

        if (last || edge[visit] == 0)
            edge[visit] = (uint32_t)i + 1;
    }
    for (uint32_t visit = 0; visit < e->visits.count; visit++) {
        if (edge[visit] != 0)
            m->keys[edge[visit] - 1] =
                umami_number(e, m->pick.rows[edge[visit] - 1], UMAMI_BY_PATH);
    }
}

struct arrival {
    uint32_t referrer, query;
    uint32_t is_own; /* told apart by channels, not by their sums */
};

/* Rows mostly repeat the arrival of others, which then is judged once. */
struct arrivals {
    struct numbers numbers; /* by struct arrival */
    enum umami_channel *channels;
    size_t room;
    struct {
        struct arrival arrival;
        uint32_t number; /* + 1 */
    } recent[ARRIVALS_RECENT];
};

static enum umami_channel
channel_of(const struct metric *m, uint32_t row, bool is_v3)
{
    const struct umami_events *e = m->pick.events;
    const char *domain = umami_text(m->pick.reader, umami_number(e, row, UMAMI_BY_REFERRER));
    const char *query = umami_text(m->pick.reader, umami_number(e, row, UMAMI_BY_QUERY));
    struct umami_arrival a = { .domain = domain == NULL ? "" : domain,
                               .query = query == NULL ? "" : query,
                               .is_v3 = is_v3 };

    a.is_own = umami_foreign_referrer(&m->pick, row, m->scope->own_referrer_with_www) == 0;
    return umami_channel_of(&a);
}

static uint32_t
number_arrival(struct arrivals *a, const struct metric *m, uint32_t row, bool is_v3)
{
    const struct umami_events *e = m->pick.events;
    const uint32_t known = a->numbers.count;
    struct arrival arrival = { umami_number(e, row, UMAMI_BY_REFERRER),
                               umami_number(e, row, UMAMI_BY_QUERY), 0 };
    const size_t at = (arrival.referrer * 31 + arrival.query) % ARRIVALS_RECENT;
    uint32_t number;

    if (is_v3)
        arrival.is_own =
            umami_foreign_referrer(&m->pick, row, m->scope->own_referrer_with_www) == 0;
    if (a->recent[at].number != 0 && memcmp(&a->recent[at].arrival, &arrival, sizeof arrival) == 0)
        return a->recent[at].number - 1;
    number = numbers_take(&a->numbers, &arrival);
    if (number == known) {
        a->channels = arena_grow(m->pick.arena, a->channels, known, &a->room, ROWS_FIRST,
                                 sizeof *a->channels);
        a->channels[number] = channel_of(m, row, is_v3);
    }
    a->recent[at].arrival = arrival;
    a->recent[at].number = number + 1;
    return number;
}

static void
key_by_channel(struct metric *m)
{
    struct arrivals *a = arena_alloc(m->pick.arena, sizeof *a);

    a->numbers.width = sizeof(struct arrival);
    m->key_count = UMAMI_CHANNELS;
    for (size_t i = 0; i < m->pick.count; i++) {
        const uint32_t number = number_arrival(a, m, m->pick.rows[i], true);
        const enum umami_channel channel = a->channels[number];

        m->keys[i] = channel == UMAMI_CHANNEL_NONE ? UMAMI_NO_GROUP : (uint32_t)channel;
    }
    numbers_fini(&a->numbers);
}

static void
make_keys(struct metric *m)
{
    m->key_count = umami_text_count(m->pick.reader);
    m->keys = arena_room(m->pick.arena, (m->pick.count + 1) * sizeof *m->keys);
    switch (m->query->kind) {
    case UMAMI_METRIC_COLUMN:
        key_by_column(m);
        break;
    case UMAMI_METRIC_ENTRY:
    case UMAMI_METRIC_EXIT:
        key_by_edge(m, m->query->kind == UMAMI_METRIC_EXIT);
        break;
    default:
        key_by_channel(m);
        break;
    }
}

/* Languages that begin alike are one group: the keys become those of the shorter names. */
static const char *
language_of(struct arena *arena, const char *text)
{
    char *lower = arena_strndup(arena, text, strcspn(text, "-"));

    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static const char **
fold_languages(struct metric *m)
{
    struct table numbers;
    const char **names = arena_alloc(m->pick.arena, m->key_count * sizeof *names);
    uint32_t *fold = arena_alloc(m->pick.arena, m->key_count * sizeof *fold);
    uint32_t count = 1;

    table_init(&numbers, sizeof(uint32_t));
    for (size_t i = 0; i < m->pick.count; i++) {
        uint32_t key = m->keys[i], *slot;
        const char *name;

        if (key == UMAMI_NO_GROUP || key == 0)
            continue;
        if (fold[key] == 0) {
            name = language_of(m->pick.arena, umami_text(m->pick.reader, key));
            slot = table_find(&numbers, name, strlen(name));
            if (slot == NULL) {
                slot = table_add(&numbers, name, strlen(name));
                *slot = count;
                names[count++] = name;
            }
            fold[key] = *slot;
        }
        m->keys[i] = fold[key];
    }
    table_fini(&numbers);
    return names;
}

/* --- rows ------------------------------------------------------------------------------------- */

struct naming {
    struct metric *m;
    const char **names; /* NULL: those of the dictionary */
};

static const char *
name_of(const struct naming *n, uint32_t key)
{
    const struct metric *m = n->m;

    if (m->query->kind == UMAMI_METRIC_CHANNEL)
        return umami_channel_name((enum umami_channel)key);
    return n->names != NULL ? n->names[key] : umami_text(m->pick.reader, key);
}

static void
add_row(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct naming *n = arg;
    struct metric *m = n->m;
    const char *name = name_of(n, key);

    if (!m->query->keep_null && (name == NULL || *name == '\0'))
        return;
    if (m->query->search != NULL && (name == NULL || !umami_text_has(name, m->query->search)))
        return;
    m->rows = arena_grow(m->pick.arena, m->rows, m->count, &m->room, ROWS_FIRST, sizeof *m->rows);
    m->rows[m->count++] = (struct umami_metric_row){
        .name = name,
        .country = m->country == NULL ? NULL : umami_text(m->pick.reader, m->country[key]),
        .totals = *totals,
    };
}

static int
compare_names(const struct umami_metric_row *x, const struct umami_metric_row *y)
{
    if (x->name == NULL || y->name == NULL)
        return (x->name != NULL) - (y->name != NULL);
    return strcmp(x->name, y->name);
}

static int
by_visitors(const void *a, const void *b)
{
    const struct umami_metric_row *x = a, *y = b;

    if (x->totals.visitors != y->totals.visitors)
        return x->totals.visitors > y->totals.visitors ? -1 : 1;
    if (x->totals.visits != y->totals.visits)
        return x->totals.visits > y->totals.visits ? -1 : 1;
    return compare_names(x, y);
}

static int
by_rows(const void *a, const void *b)
{
    const struct umami_metric_row *x = a, *y = b;

    if (x->totals.rows != y->totals.rows)
        return x->totals.rows > y->totals.rows ? -1 : 1;
    return compare_names(x, y);
}

static void
cut_page(struct metric *m, struct umami_metric_list *out)
{
    size_t offset = m->query->offset < m->count ? m->query->offset : m->count;
    size_t count = m->count - offset < m->query->limit ? m->count - offset : m->query->limit;

    top_sort(m->rows, m->count, sizeof *m->rows, offset + count,
             m->query->by_rows ? by_rows : by_visitors);
    out->rows = arena_alloc(m->arena, (count + 1) * sizeof *out->rows);
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        out->rows[i] = m->rows[offset + i];
        if (out->rows[i].name != NULL)
            out->rows[i].name = arena_strdup(m->arena, out->rows[i].name);
        if (out->rows[i].country != NULL)
            out->rows[i].country = arena_strdup(m->arena, out->rows[i].country);
    }
}

/* --- channels as sums ------------------------------------------------------------------------- */

/* Each (referrer, query) counts its own visitors, and the channel adds them up. */
static const enum umami_channel *
key_by_arrival(struct metric *m)
{
    struct arrivals *a = arena_alloc(m->pick.arena, sizeof *a);

    a->numbers.width = sizeof(struct arrival);
    for (size_t i = 0; i < m->pick.count; i++)
        m->keys[i] = number_arrival(a, m, m->pick.rows[i], false);
    m->key_count = a->numbers.count;
    numbers_fini(&a->numbers);
    return a->channels;
}

struct sums {
    const enum umami_channel *channels;
    int64_t visitors[UMAMI_CHANNELS + 1];
};

static void
add_sum(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct sums *sums = arg;

    sums->visitors[sums->channels[key]] += totals->visitors;
}

static void
sum_channels(struct metric *m)
{
    struct sums sums = { 0 };

    if (m->pick.count > 0) {
        m->keys = arena_room(m->pick.arena, m->pick.count * sizeof *m->keys);
        sums.channels = key_by_arrival(m);
        umami_count_groups(&m->pick, &(struct umami_groups){ m->keys, m->key_count, true }, add_sum,
                           &sums);
    }
    m->rows = arena_alloc(m->pick.arena, UMAMI_CHANNELS * sizeof *m->rows);
    for (int i = 0; i < UMAMI_CHANNELS; i++)
        m->rows[m->count++] = (struct umami_metric_row){
            .name = umami_channel_name((enum umami_channel)i),
            .totals = { .visitors = sums.visitors[i] },
        };
}

/* --- the door --------------------------------------------------------------------------------- */

static void
count_metric(struct metric *m)
{
    struct naming naming = { .m = m };

    if (m->query->kind == UMAMI_METRIC_CHANNEL_SUMS) {
        sum_channels(m);
        return;
    }
    if (m->pick.count == 0)
        return;
    make_keys(m);
    if (m->query->by_language)
        naming.names = fold_languages(m);
    umami_count_groups(&m->pick,
                       &(struct umami_groups){ m->keys, m->key_count, m->query->only_visitors },
                       add_row, &naming);
}

enum status
store_umami_metric(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   const struct umami_metric_query *query, struct umami_metric_list *out,
                   struct err *err)
{
    struct metric m = { .arena = arena, .scope = scope, .query = query };
    enum status st = umami_pick_open(&m.pick, r, scope, err);

    if (st == OK) {
        count_metric(&m);
        cut_page(&m, out);
    }
    umami_pick_close(&m.pick);
    return st;
}
