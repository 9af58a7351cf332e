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
#include "base/text.h"
#include "base/top.h"
#include "domain/umami_channel.h"

#define SEARCHES_MAX    5 /* parts of a list that are looked for */
#define ROWS_FIRST      256
#define ARRIVALS_RECENT 1024

struct metric {
    struct umami_pick pick;
    struct arena *arena;
    const struct umami_scope *scope;
    const struct umami_metric_query *query;
    uint32_t *keys;
    uint32_t key_count;
    uint32_t (*places)[2]; /* name and country of a region or city, by key; else NULL */
    struct umami_metric_row *rows;
    size_t count, room;
};

/* --- keys ------------------------------------------------------------------------------------- */

static bool
has_session(const struct umami_events *e, uint32_t row)
{
    return umami_visitor_of(e, row)->is_known;
}

static uint32_t
key_of(const struct metric *m, uint32_t row)
{
    const enum umami_column column = m->query->column;
    uint32_t key;

    if (column >= UMAMI_EVENT_COLUMNS && !has_session(m->pick.events, row))
        return UMAMI_NO_GROUP;
    if (column != UMAMI_BY_REFERRER)
        return umami_number(m->pick.events, row, column);
    key = umami_foreign_referrer(&m->pick, row, m->scope->own_referrer_with_www);
    return key == 0 ? UMAMI_NO_GROUP : key;
}

static void
key_by_column(struct metric *m)
{
    for (size_t i = 0; i < m->pick.count; i++)
        m->keys[i] = key_of(m, m->pick.rows[i]);
}

/* Cities of one name in two countries are two. */
static void
key_by_place(struct metric *m)
{
    struct table numbers;
    uint32_t count = 0;

    m->places = arena_alloc(m->pick.arena, (m->pick.count + 1) * sizeof *m->places);
    table_init(&numbers, sizeof(uint32_t));
    for (size_t i = 0; i < m->pick.count; i++) {
        const uint32_t row = m->pick.rows[i];
        const uint32_t pair[2] = { key_of(m, row),
                                   umami_number(m->pick.events, row, UMAMI_BY_COUNTRY) };
        uint32_t *slot;

        m->keys[i] = UMAMI_NO_GROUP;
        if (pair[0] == UMAMI_NO_GROUP)
            continue;
        slot = table_find(&numbers, pair, sizeof pair);
        if (slot == NULL) {
            slot = table_add(&numbers, pair, sizeof pair);
            memcpy(m->places[count], pair, sizeof pair);
            *slot = count++;
        }
        m->keys[i] = *slot;
    }
    m->key_count = count;
    table_fini(&numbers);
}

/* The first (or last) row of each visit, whatever the filters say: row + 1, by visit. */
static uint32_t *
find_edges(struct metric *m, bool last)
{
    const struct umami_events *e = m->pick.events;
    uint32_t *edge = arena_alloc(m->pick.arena, (e->visits.count + 1) * sizeof *edge);

    for (uint32_t row = m->pick.from; row < m->pick.to; row++) {
        const uint32_t visit = umami_stay_of(e, row)->visit;

        if ((m->scope->types >> e->type[row] & 1) != 0 && (last || edge[visit] == 0) &&
            e->row_id[row] >= umami_first_row(m->pick.reader))
            edge[visit] = row + 1;
    }
    return edge;
}

/* By the path of the visit's edge; or, of `only_edges`, rows of that moment by their own. */
static void
key_by_edge(struct metric *m, bool last)
{
    const struct umami_events *e = m->pick.events;
    const uint32_t *edge = find_edges(m, last);

    for (size_t i = 0; i < m->pick.count; i++) {
        const uint32_t row = m->pick.rows[i];
        const uint32_t at = edge[umami_stay_of(e, row)->visit] - 1;

        m->keys[i] = umami_number(e, m->query->only_edges ? row : at, UMAMI_BY_PATH);
        if (m->query->only_edges && e->time_ms[row] != e->time_ms[at])
            m->keys[i] = UMAMI_NO_GROUP;
    }
}

struct arrival {
    uint32_t referrer, query;
    uint32_t is_foreign, medium, source; /* told apart by channels, not by their sums */
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
    const bool with_www = m->scope->own_referrer_with_www;
    const struct umami_arrival a = {
        .domain = domain,
        .query = query,
        .medium = umami_text(m->pick.reader, umami_number(e, row, UMAMI_BY_UTM_MEDIUM)),
        .source = umami_text(m->pick.reader, umami_number(e, row, UMAMI_BY_UTM_SOURCE)),
        .is_foreign = umami_foreign_referrer(&m->pick, row, with_www) != 0,
        .is_v3 = is_v3,
    };

    return umami_channel_of(&a);
}

static uint32_t
number_arrival(struct arrivals *a, const struct metric *m, uint32_t row, bool is_v3)
{
    const struct umami_events *e = m->pick.events;
    const uint32_t known = a->numbers.count;
    struct arrival arrival = { umami_number(e, row, UMAMI_BY_REFERRER),
                               umami_number(e, row, UMAMI_BY_QUERY), 0, 0, 0 };
    const size_t at = (arrival.referrer * 31 + arrival.query) % ARRIVALS_RECENT;
    uint32_t number;

    if (is_v3) {
        arrival.is_foreign =
            umami_foreign_referrer(&m->pick, row, m->scope->own_referrer_with_www) != 0;
        arrival.medium = umami_number(e, row, UMAMI_BY_UTM_MEDIUM);
        arrival.source = umami_number(e, row, UMAMI_BY_UTM_SOURCE);
    }
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
        if (m->query->by_country)
            key_by_place(m);
        else
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

/* The known name of an engine or network behind a referrer's domain. */
static const char *
site_of(const char *domain)
{
    const char *known = umami_channel_site(domain);

    return known == NULL ? "Other" : known;
}

/* Texts that begin alike, or mean the same, are one group. */
static const char *
folded(struct metric *m, const char *text)
{
    size_t len = strcspn(text, "-");
    char *lower;

    if (m->query->fold == UMAMI_FOLD_SITE)
        return site_of(text);
    if (m->query->fold == UMAMI_FOLD_LETTERS)
        len = text_utf16_fit(text, 2);
    lower = arena_strndup(m->pick.arena, text, len);
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static const char **
fold_keys(struct metric *m)
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
            name = folded(m, umami_text(m->pick.reader, key));
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
    const char **names;   /* NULL: those of the dictionary */
    const uint8_t *found; /* by text number; NULL: all are wanted */
};

static const char *
name_of(const struct naming *n, uint32_t key)
{
    const struct metric *m = n->m;

    if (m->query->kind == UMAMI_METRIC_CHANNEL)
        return umami_channel_name((enum umami_channel)key);
    if (m->places != NULL)
        key = m->places[key][0];
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
    if (n->found != NULL && !n->found[m->places == NULL ? key : m->places[key][0]])
        return;
    m->rows = arena_grow(m->pick.arena, m->rows, m->count, &m->room, ROWS_FIRST, sizeof *m->rows);
    m->rows[m->count++] = (struct umami_metric_row){
        .name = name,
        .country = m->places == NULL ? NULL : umami_text(m->pick.reader, m->places[key][1]),
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

/* Which texts are searched for: `search` contained; or, of a list, one of the parts as a whole. */
static enum status
find_texts(struct metric *m, const uint8_t **found, struct err *err)
{
    const uint32_t count = umami_text_count(m->pick.reader);
    const char *at = m->query->search;
    uint8_t *all, *one;
    enum status st = OK;

    if (at == NULL)
        return OK;
    all = arena_alloc(m->pick.arena, count);
    one = arena_alloc(m->pick.arena, count);
    *found = all;
    if (strchr(at, ',') == NULL)
        return umami_pass_like(&m->pick, at, true, true, all, err);
    for (int i = 0; st == OK && i < SEARCHES_MAX; i++) {
        const size_t len = strcspn(at, ",");

        st =
            umami_pass_like(&m->pick, arena_strndup(m->pick.arena, at, len), false, true, one, err);
        for (uint32_t k = 0; k < count; k++)
            all[k] |= one[k];
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
    return st;
}

static enum status
count_metric(struct metric *m, struct err *err)
{
    struct naming naming = { .m = m };
    enum status st;

    if (m->query->kind == UMAMI_METRIC_CHANNEL_SUMS) {
        sum_channels(m);
        return OK;
    }
    if (m->pick.count == 0)
        return OK;
    st = find_texts(m, &naming.found, err);
    if (st != OK)
        return st;
    make_keys(m);
    if (m->query->fold != UMAMI_FOLD_NOT)
        naming.names = fold_keys(m);
    umami_count_groups(&m->pick,
                       &(struct umami_groups){ m->keys, m->key_count, m->query->only_visitors },
                       add_row, &naming);
    return OK;
}

enum status
store_umami_metric(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   const struct umami_metric_query *query, struct umami_metric_list *out,
                   struct err *err)
{
    struct metric m = { .arena = arena, .scope = scope, .query = query };
    enum status st = umami_pick_open(&m.pick, r, scope, err);

    if (st == OK)
        st = count_metric(&m, err);
    if (st == OK)
        cut_page(&m, out);
    umami_pick_close(&m.pick);
    return st;
}
