/* umami_reports.c - breakdowns, funnels, goals, retention and ways, over the columns.
 * SPDX-License-Identifier: MIT
 *
 * All of them go once over the rows in order of time. What has to be remembered of a session or a
 * visit stands in an array by its number. */
#include "config.h"

#include "store/umami_reports.h"

#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "store/reader.h"
#include "store/umami_id.h"
#include "store/umami_scope.h"

#define DAYS_MAX 31 /* after the first visit, of retention */

static uint32_t
session_of(const struct umami_events *e, uint32_t row)
{
    return umami_stay_of(e, row)->session;
}

/* --- breakdown -------------------------------------------------------------------------------- */

struct breakdown {
    struct umami_pick pick;
    const enum umami_column *columns;
    size_t column_count;
    uint32_t (*texts)[UMAMI_FIELDS_MAX]; /* by key */
    struct umami_breakdown_row *rows;
    size_t count;
};

static void
take_row(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct breakdown *b = arg;
    struct umami_breakdown_row *row = &b->rows[b->count++];

    row->totals = *totals;
    for (size_t i = 0; i < b->column_count; i++)
        row->names[i] = umami_text(b->pick.reader, b->texts[key][i]);
}

static void
count_breakdown(struct breakdown *b)
{
    const size_t room = b->pick.count + 1;
    uint32_t *keys = arena_alloc(b->pick.arena, room * sizeof *keys), count = 0;
    struct table numbers;

    b->texts = arena_alloc(b->pick.arena, room * sizeof *b->texts);
    table_init(&numbers, sizeof(uint32_t));
    for (size_t i = 0; i < b->pick.count; i++) {
        uint32_t *texts = b->texts[count], *slot;

        for (size_t k = 0; k < b->column_count; k++)
            texts[k] = umami_number(b->pick.events, b->pick.rows[i], b->columns[k]);
        slot = table_find(&numbers, texts, b->column_count * sizeof *texts);
        if (slot == NULL) {
            slot = table_add(&numbers, texts, b->column_count * sizeof *texts);
            *slot = count++;
        }
        keys[i] = *slot;
    }
    table_fini(&numbers);
    b->rows = arena_alloc(b->pick.arena, ((size_t)count + 1) * sizeof *b->rows);
    umami_count_groups(&b->pick, &(struct umami_groups){ keys, count, false }, take_row, b);
}

static int
compare_names(const struct umami_breakdown_row *x, const struct umami_breakdown_row *y)
{
    for (size_t i = 0; i < UMAMI_FIELDS_MAX; i++) {
        const char *a = x->names[i], *b = y->names[i];
        int order;

        if (a == NULL || b == NULL)
            order = (a != NULL) - (b != NULL);
        else
            order = strcmp(a, b);
        if (order != 0)
            return order;
    }
    return 0;
}

static int
by_visitors(const void *a, const void *b)
{
    const struct umami_breakdown_row *x = a, *y = b;

    if (x->totals.visitors != y->totals.visitors)
        return x->totals.visitors > y->totals.visitors ? -1 : 1;
    if (x->totals.rows != y->totals.rows)
        return x->totals.rows > y->totals.rows ? -1 : 1;
    return compare_names(x, y);
}

static int
by_rows_first(const void *a, const void *b)
{
    const struct umami_breakdown_row *x = a, *y = b;

    if (x->totals.rows != y->totals.rows)
        return x->totals.rows > y->totals.rows ? -1 : 1;
    return by_visitors(a, b);
}

static void
keep_largest(struct breakdown *b, struct arena *arena, bool by_rows, size_t limit,
             struct umami_breakdown *out)
{
    if (b->count > 0)
        qsort(b->rows, b->count, sizeof *b->rows, by_rows ? by_rows_first : by_visitors);
    out->count = b->count < limit ? b->count : limit;
    out->rows = arena_alloc(arena, (out->count + 1) * sizeof *out->rows);
    for (size_t i = 0; i < out->count; i++) {
        out->rows[i] = b->rows[i];
        for (size_t k = 0; k < b->column_count; k++) {
            if (b->rows[i].names[k] != NULL)
                out->rows[i].names[k] = arena_strdup(arena, b->rows[i].names[k]);
        }
    }
}

enum status
store_umami_breakdown(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                      const enum umami_column *columns, size_t column_count, bool by_rows,
                      size_t limit, struct umami_breakdown *out, struct err *err)
{
    struct breakdown b = { .columns = columns, .column_count = column_count };
    struct umami_scope joined = *scope;
    enum status st;

    for (size_t i = 0; i < column_count; i++)
        joined.with_session |= columns[i] >= UMAMI_EVENT_COLUMNS;
    st = umami_pick_open(&b.pick, r, &joined, err);
    if (st == OK && b.pick.count > 0)
        count_breakdown(&b);
    if (st == OK)
        keep_largest(&b, arena, by_rows, limit, out);
    umami_pick_close(&b.pick);
    return st;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* LIKE with its case: % is anything, _ any one character of UTF-8, \ takes both away. */
static bool
is_like(const char *pattern, const char *text)
{
    const char *back_pattern = NULL, *back_text = NULL;

    for (;;) {
        const bool quoted = *pattern == '\\' && pattern[1] != '\0';

        if (*pattern == '%') {
            back_pattern = ++pattern;
            back_text = text;
            continue;
        }
        if (*text == '\0' && *pattern == '\0')
            return true;
        if (*text != '\0' && *pattern == '_') {
            pattern++;
            for (text++; (*text & 0xc0) == 0x80; text++)
                ;
            continue;
        }
        if (*text != '\0' && pattern[quoted] == *text) {
            pattern += 1 + quoted;
            text++;
            continue;
        }
        if (back_pattern == NULL || *back_text == '\0')
            return false;
        pattern = back_pattern;
        text = ++back_text;
    }
}

/* Which texts are the step, by number. */
static uint8_t *
find_step(struct umami_pick *p, const struct umami_step *step)
{
    const uint32_t count = umami_text_count(p->reader);
    const size_t len = strlen(step->value);
    uint8_t *found = arena_alloc(p->arena, (size_t)count + 1);
    char *like;

    if (len == 0 || (step->value[0] != '*' && step->value[len - 1] != '*')) {
        found[umami_text_number(p->reader, step->value)] = 1;
        found[0] = 0;
        return found;
    }
    like = arena_strndup(p->arena, step->value, len);
    if (like[0] == '*')
        like[0] = '%';
    if (like[len - 1] == '*')
        like[len - 1] = '%';
    for (uint32_t i = 1; i < count; i++)
        found[i] = is_like(like, umami_text(p->reader, i));
    return found;
}

static bool
is_step(const struct umami_pick *p, const struct umami_step *step, const uint8_t *found,
        uint32_t row)
{
    return found[umami_number(p->events, row, step->is_event ? UMAMI_BY_EVENT : UMAMI_BY_PATH)];
}

/* Marks, by place among the rows of `p`, those that are on this step: such a step, behind a row of
 * the one before (`reached`) of the same session, at most the window later. */
static void
walk_step(const struct umami_pick *p, const struct umami_step *step, const uint8_t *found,
          uint8_t *reached, int64_t window_ms)
{
    const struct umami_events *e = p->events;
    int64_t *last = arena_alloc(p->arena, e->sessions.count * sizeof *last);

    for (uint32_t i = 0; i < e->sessions.count; i++)
        last[i] = INT64_MIN;
    for (size_t from = 0, to; from < p->count; from = to) {
        const int64_t now = e->time_ms[p->rows[from]];

        /* What is of one moment follows upon itself. */
        for (to = from; to < p->count && e->time_ms[p->rows[to]] == now; to++) {
            if (reached[to])
                last[session_of(e, p->rows[to])] = now;
        }
        for (size_t i = from; i < to; i++) {
            const int64_t before = last[session_of(e, p->rows[i])];

            reached[i] = before != INT64_MIN && now - before <= window_ms &&
                         is_step(p, step, found, p->rows[i]);
        }
    }
}

/* Of the marked rows those that are the step stay marked. */
static void
begin_step(const struct umami_pick *p, const struct umami_step *step, const uint8_t *found,
           uint8_t *reached)
{
    for (size_t i = 0; i < p->count; i++)
        reached[i] = reached[i] && is_step(p, step, found, p->rows[i]);
}

static int64_t
count_sessions(const struct umami_pick *p, const uint8_t *reached)
{
    const struct umami_events *e = p->events;
    uint8_t *seen = arena_alloc(p->arena, (size_t)e->sessions.count + 1);
    int64_t count = 0;

    for (size_t i = 0; i < p->count; i++) {
        const uint32_t session = session_of(e, p->rows[i]);

        if (reached[i] && !seen[session]) {
            seen[session] = 1;
            count++;
        }
    }
    return count;
}

/* All rows of the range, whatever their type and the filters. */
static struct umami_scope
unfiltered(const struct umami_scope *scope)
{
    struct umami_scope all = { .start_ms = scope->start_ms,
                               .end_ms = scope->end_ms,
                               .types = UMAMI_ALL_TYPES };

    memcpy(all.website, scope->website, 16);
    return all;
}

enum status
store_umami_funnel(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   const struct umami_step *steps, size_t step_count, int64_t window_ms,
                   int64_t visitors[UMAMI_STEPS_MAX], struct err *err)
{
    const struct umami_scope everything = unfiltered(scope);
    struct umami_pick all;
    enum status st = umami_pick_open(&all, r, &everything, err);
    uint8_t *reached = NULL;

    (void)arena;
    memset(visitors, 0, UMAMI_STEPS_MAX * sizeof visitors[0]);
    if (st == OK)
        st = umami_pick_mark(&all, scope, &reached, err);
    if (st == OK && all.count > 0) {
        for (size_t i = 0; i < step_count && i < UMAMI_STEPS_MAX; i++) {
            const uint8_t *found = find_step(&all, &steps[i]);

            if (i == 0)
                begin_step(&all, &steps[i], found, reached);
            else
                walk_step(&all, &steps[i], found, reached, window_ms);
            visitors[i] = count_sessions(&all, reached);
        }
    }
    umami_pick_close(&all);
    return st;
}

enum status
store_umami_goal(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                 const struct umami_step *step, int64_t *rows, int64_t *sessions, struct err *err)
{
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);
    uint8_t *reached;

    (void)arena;
    *rows = *sessions = 0;
    if (st == OK && pick.count > 0) {
        const uint8_t *found = find_step(&pick, step);

        reached = arena_alloc(pick.arena, pick.count);
        for (size_t i = 0; i < pick.count; i++) {
            reached[i] = is_step(&pick, step, found, pick.rows[i]);
            *rows += reached[i];
        }
        *sessions = count_sessions(&pick, reached);
    }
    umami_pick_close(&pick);
    return st;
}

/* --- retention -------------------------------------------------------------------------------- */

#define NO_DAY INT64_MIN

static int64_t
day_of(const struct zone *zone, int64_t ms)
{
    return umami_bucket_start(zone, UMAMI_DAY, ms);
}

static void
first_days(const struct umami_pick *all, const uint8_t *passing, const struct zone *zone,
           int64_t *first)
{
    const struct umami_events *e = all->events;

    for (size_t i = 0; i < all->count; i++) {
        int64_t *day = &first[session_of(e, all->rows[i])];

        if (passing[i] && *day == NO_DAY) /* rows come in order of time */
            *day = day_of(zone, e->time_ms[all->rows[i]]);
    }
}

/* Sessions of the range that never sent a row into it are a cohort's visitors, too: they are
 * counted in `idle`, by day. */
static enum status
session_days(struct store_reader *r, const struct umami_scope *scope, const struct umami_pick *all,
             const struct zone *zone, int64_t *first, struct table *idle, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_SESSIONS_BORN);
        if (st != NULL) {
            umami_id_bind(st, 1, scope->website);
            sqlite3_bind_int64(st, 2, scope->start_ms);
            sqlite3_bind_int64(st, 3, scope->end_ms);
        }
    }
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        const int64_t day = day_of(zone, sqlite3_column_int64(st, 1));
        uint32_t number = NUMBERS_NONE;
        int64_t *count;
        uint8_t id[16];

        umami_id_read(st, 0, id);
        if (all->events != NULL)
            number = numbers_find(&all->events->sessions, id);
        if (number != NUMBERS_NONE) {
            first[number] = day;
            continue;
        }
        count = table_find(idle, &day, sizeof day);
        if (count == NULL)
            count = table_add(idle, &day, sizeof day);
        ++*count;
    }
    reader_end(r);
    return status;
}

static int
by_days(const void *a, const void *b)
{
    const struct umami_return *x = a, *y = b;

    if (x->day_ms != y->day_ms)
        return x->day_ms < y->day_ms ? -1 : 1;
    return x->day < y->day ? -1 : x->day > y->day;
}

/* How many sessions have a row on each day after their first. */
static void
count_returns(struct umami_pick *all, const struct zone *zone, const int64_t *first,
              struct table *cohorts, struct arena *arena, struct umami_returns *out)
{
    const struct umami_events *e = all->events;
    struct table cells, seen;

    table_init(&cells, sizeof(size_t));
    table_init(&seen, 1);
    out->rows = arena_alloc(arena, (all->count + 1) * sizeof *out->rows);
    for (size_t i = 0; i < all->count; i++) {
        const uint32_t session = session_of(e, all->rows[i]);
        const int64_t day = first[session];
        int64_t key[2] = { session, 0 };
        size_t *cell;

        if (day == NO_DAY)
            continue;
        key[1] = (day_of(zone, e->time_ms[all->rows[i]]) - day) / DAY_MS;
        if (key[1] > DAYS_MAX || table_find(&seen, key, sizeof key) != NULL)
            continue;
        (void)table_add(&seen, key, sizeof key);
        key[0] = day;
        cell = table_find(&cells, key, sizeof key);
        if (cell == NULL) {
            const int64_t *size = table_find(cohorts, &day, sizeof day);

            cell = table_add(&cells, key, sizeof key);
            *cell = out->count++;
            out->rows[*cell] = (struct umami_return){ day, key[1], size == NULL ? 0 : *size, 0 };
        }
        out->rows[*cell].returned++;
    }
    table_fini(&cells);
    table_fini(&seen);
    if (out->count > 0)
        qsort(out->rows, out->count, sizeof *out->rows, by_days);
}

static void
count_cohorts(const struct umami_events *e, const int64_t *first, struct table *cohorts)
{
    for (uint32_t i = 0; i < e->sessions.count; i++) {
        int64_t *count;

        if (first[i] == NO_DAY)
            continue;
        count = table_find(cohorts, &first[i], sizeof first[i]);
        if (count == NULL)
            count = table_add(cohorts, &first[i], sizeof first[i]);
        ++*count;
    }
}

enum status
store_umami_retention(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                      const struct zone *zone, bool by_session, struct umami_returns *out,
                      struct err *err)
{
    const struct umami_scope everything = unfiltered(scope);
    struct umami_pick all;
    struct table cohorts;
    int64_t *first;
    uint8_t *passing = NULL;
    enum status st = umami_pick_open(&all, r, &everything, err);

    table_init(&cohorts, sizeof(int64_t));
    *out = (struct umami_returns){ 0 };
    if (st == OK)
        st = umami_pick_mark(&all, scope, &passing, err);
    if (st == OK && all.events != NULL) {
        first = arena_alloc(all.arena, all.events->sessions.count * sizeof *first);
        for (uint32_t i = 0; i < all.events->sessions.count; i++)
            first[i] = NO_DAY;
        if (by_session)
            st = session_days(r, scope, &all, zone, first, &cohorts, err);
        else
            first_days(&all, passing, zone, first);
        if (st == OK) {
            count_cohorts(all.events, first, &cohorts);
            count_returns(&all, zone, first, &cohorts, arena, out);
        }
    }
    table_fini(&cohorts);
    umami_pick_close(&all);
    return st;
}

/* --- ways ------------------------------------------------------------------------------------- */

struct visit_way {
    uint32_t texts[UMAMI_STEPS_MAX];
    uint32_t count;
};

static uint32_t
thing_done(const struct umami_pick *p, uint32_t row)
{
    const uint32_t event = umami_number(p->events, row, UMAMI_BY_EVENT);

    if (event != 0 && *umami_text(p->reader, event) != '\0')
        return event;
    return umami_number(p->events, row, UMAMI_BY_PATH);
}

static bool
is_asked_for(const struct umami_pick *p, const struct visit_way *w, const char *first,
             const char *last)
{
    if (first != NULL && strcmp(umami_text(p->reader, w->texts[0]), first) != 0)
        return false;
    return last == NULL || strcmp(umami_text(p->reader, w->texts[w->count - 1]), last) == 0;
}

static int
by_visits(const void *a, const void *b)
{
    const struct umami_way *x = a, *y = b;

    if (x->visits != y->visits)
        return x->visits > y->visits ? -1 : 1;
    for (size_t i = 0; i < UMAMI_STEPS_MAX; i++) {
        int order;

        if (x->steps[i] == NULL || y->steps[i] == NULL)
            return (x->steps[i] != NULL) - (y->steps[i] != NULL);
        order = strcmp(x->steps[i], y->steps[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static void
add_way(const struct umami_pick *p, struct table *numbers, const struct visit_way *w,
        struct umami_ways *out)
{
    size_t *slot = table_find(numbers, w, sizeof *w);

    if (slot == NULL) {
        slot = table_add(numbers, w, sizeof *w);
        *slot = out->count++;
        for (uint32_t i = 0; i < w->count; i++)
            out->ways[*slot].steps[i] = umami_text(p->reader, w->texts[i]);
    }
    out->ways[*slot].visits++;
}

static void
count_ways(struct umami_pick *p, struct arena *arena, size_t steps, const char *first,
           const char *last, size_t limit, struct umami_ways *out)
{
    const struct umami_events *e = p->events;
    struct visit_way *visits = arena_alloc(p->arena, e->visits.count * sizeof *visits);
    struct umami_ways all = { 0 };
    struct table numbers;

    for (size_t i = 0; i < p->count; i++) {
        struct visit_way *w = &visits[umami_stay_of(e, p->rows[i])->visit];

        if (w->count < steps)
            w->texts[w->count++] = thing_done(p, p->rows[i]);
    }
    table_init(&numbers, sizeof(size_t));
    all.ways = arena_alloc(p->arena, ((size_t)e->visits.count + 1) * sizeof *all.ways);
    for (uint32_t i = 0; i < e->visits.count; i++) {
        if (visits[i].count > 0 && is_asked_for(p, &visits[i], first, last))
            add_way(p, &numbers, &visits[i], &all);
    }
    table_fini(&numbers);
    if (all.count > 0)
        qsort(all.ways, all.count, sizeof *all.ways, by_visits);
    out->count = all.count < limit ? all.count : limit;
    out->ways = arena_alloc(arena, (out->count + 1) * sizeof *out->ways);
    for (size_t i = 0; i < out->count; i++) {
        out->ways[i].visits = all.ways[i].visits;
        for (size_t k = 0; k < UMAMI_STEPS_MAX && all.ways[i].steps[k] != NULL; k++)
            out->ways[i].steps[k] = arena_strdup(arena, all.ways[i].steps[k]);
    }
}

enum status
store_umami_ways(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                 size_t steps, const char *first, const char *last, size_t limit,
                 struct umami_ways *out, struct err *err)
{
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);

    *out = (struct umami_ways){ 0 };
    if (st == OK && pick.count > 0)
        count_ways(&pick, arena, steps, first, last, limit, out);
    umami_pick_close(&pick);
    return st;
}
