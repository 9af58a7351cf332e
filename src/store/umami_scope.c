/* umami_scope.c - picking rows by filters, and distinct visitors of groups in one pass.
 * SPDX-License-Identifier: MIT
 *
 * A filter becomes a byte per text of the dictionary, so a row costs one look-up, whatever the
 * filter says. Rows are then put together by group with a counting sort; within a group a stamp on
 * each visitor, visit and (session, visit) pair says whether it was counted already, so nothing is
 * cleared between groups. */
#include "config.h"

#include "store/umami_scope.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "domain/limits.h"
#include "store/reader.h"
#include "store/umami_id.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_STEPS_MAX 100000
#define PATTERN_MAX     500
#define PATTERN_NS      (500 * 1000000ull) /* for all texts together */

struct sieve {
    const struct umami_scope *scope;
    unsigned types;
    uint8_t **pass;      /* of each filter, by text number */
    uint32_t *stay_rows; /* for bounces: rows of each pair; NULL: not asked for */
    bool by_referrer;
    bool needs_session; /* a filter on a session's column, or on the referrer, joins it there */
};

/* --- filters ---------------------------------------------------------------------------------- */

/* SQL's LIKE as a regular expression: % is anything, _ any one character, and \ takes both away.
 * What stands for itself is quoted; a character of several bytes needs nothing. */
static const char *
like_pattern(struct arena *arena, const char *like, bool contained)
{
    const char *const around = contained ? "" : "$";
    char *out = arena_alloc(arena, strlen(like) * 2 + 8), *to = out;

    if (!contained)
        *to++ = '^';
    for (; *like != '\0'; like++) {
        if (*like == '%') {
            *to++ = '.';
            *to++ = '*';
            continue;
        }
        if (*like == '_') {
            *to++ = '.';
            continue;
        }
        if (*like == '\\' && like[1] != '\0')
            like++;
        if ((unsigned char)*like < 0x80 && !isalnum((unsigned char)*like))
            *to++ = '\\';
        *to++ = *like;
    }
    memcpy(to, around, strlen(around) + 1);
    return out;
}

/* What strcasestr() can do as well. */
static bool
is_plain(const char *like)
{
    for (; *like != '\0'; like++) {
        if ((unsigned char)*like >= 0x80 || strchr("%_\\", *like) != NULL)
            return false;
    }
    return true;
}

static enum status
compile_pattern(pcre2_code **out, const char *pattern, struct err *err)
{
    int code = 0;
    size_t at = 0;

    *out = NULL;
    if (strlen(pattern) <= PATTERN_MAX)
        *out = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                             PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_UTF |
                                 PCRE2_MATCH_INVALID_UTF,
                             &code, &at, NULL);
    if (*out == NULL)
        return err_set(err, E_INVALID, "%.100s is no regular expression of at most %d characters",
                       pattern, PATTERN_MAX);
    return OK;
}

enum status
umami_pattern_check(const char *pattern, struct err *err)
{
    pcre2_code *re;
    enum status st = compile_pattern(&re, pattern, err);

    pcre2_code_free(re);
    return st;
}

static enum status
pass_pattern(struct umami_pick *p, const char *pattern, bool wanted, uint8_t *pass, struct err *err)
{
    const uint64_t until_ns = mono_ns() + PATTERN_NS;
    pcre2_code *re;
    pcre2_match_data *data;
    pcre2_match_context *limits;

    if (compile_pattern(&re, pattern, err) != OK)
        return E_INVALID;
    data = pcre2_match_data_create(1, NULL);
    limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(limits, MATCH_STEPS_MAX);
    for (uint32_t i = 1; i < umami_text_count(p->reader) && mono_ns() < until_ns; i++) {
        const char *text = umami_text(p->reader, i);

        pass[i] =
            (pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, data, limits) >= 0) == wanted;
    }
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    pcre2_code_free(re);
    if (mono_ns() >= until_ns)
        return err_set(err, E_LIMIT, "%.100s takes too long to look for", pattern);
    return OK;
}

enum status
umami_pass_like(struct umami_pick *p, const char *like, bool contained, bool wanted, uint8_t *pass,
                struct err *err)
{
    if (!is_plain(like))
        return pass_pattern(p, like_pattern(p->arena, like, contained), wanted, pass, err);
    for (uint32_t i = 1; i < umami_text_count(p->reader); i++) {
        const char *text = umami_text(p->reader, i);

        pass[i] =
            (contained ? strcasestr(text, like) != NULL : strcasecmp(text, like) == 0) == wanted;
    }
    return OK;
}

static void
pass_values(struct umami_pick *p, const struct umami_filter *f, uint8_t *pass)
{
    const uint32_t count = umami_text_count(p->reader);

    if (f->operator_ == UMAMI_IS_NOT)
        memset(pass + 1, 1, count - 1);
    for (size_t i = 0; i < f->count; i++)
        pass[umami_text_number(p->reader, f->values[i])] = f->operator_ == UMAMI_IS;
    pass[0] = 0;
}

static enum status
compile(struct umami_pick *p, const struct umami_filter *f, uint8_t *pass, struct err *err)
{
    const bool positive = f->operator_ == UMAMI_CONTAINS || f->operator_ == UMAMI_MATCHES;

    switch (f->operator_) {
    case UMAMI_IS:
    case UMAMI_IS_NOT:
        pass_values(p, f, pass);
        return OK;
    case UMAMI_CONTAINS:
    case UMAMI_CONTAINS_NOT:
        return umami_pass_like(p, f->values[0], true, positive, pass, err);
    default:
        return pass_pattern(p, f->values[0], positive, pass, err);
    }
}

/* Whether the referrer is the site itself: as it is, or without "www." and the like. */
static bool
is_own_referrer(const struct umami_pick *p, uint32_t referrer, uint32_t host, bool with_www)
{
    const char *text;

    if (with_www)
        return referrer == host;
    text = umami_text(p->reader, host);
    if (strncmp(text, "www", 3) != 0 || text[3] == '\0')
        return referrer == host;
    return strcmp(text + 4, umami_text(p->reader, referrer)) == 0;
}

uint32_t
umami_foreign_referrer(const struct umami_pick *p, uint32_t row, bool with_www)
{
    const uint32_t referrer = umami_number(p->events, row, UMAMI_BY_REFERRER);
    const uint32_t host = umami_number(p->events, row, UMAMI_BY_HOSTNAME);

    if (referrer == 0 || host == 0 || *umami_text(p->reader, referrer) == '\0' ||
        is_own_referrer(p, referrer, host, with_www))
        return 0;
    return referrer;
}

/* A filter on the referrer drops the site's own, whatever else is enough. */
static bool
is_not_own(const struct umami_pick *p, const struct umami_scope *scope, uint32_t row)
{
    const uint32_t referrer = umami_number(p->events, row, UMAMI_BY_REFERRER);
    const uint32_t host = umami_number(p->events, row, UMAMI_BY_HOSTNAME);

    return referrer == 0 ||
           (host != 0 && !is_own_referrer(p, referrer, host, scope->own_referrer_with_www));
}

static bool
passes(const struct umami_pick *p, const struct sieve *s, uint32_t row)
{
    const struct umami_scope *scope = s->scope;

    if (s->stay_rows != NULL && s->stay_rows[p->events->stay[row]] < 2)
        return false;
    if (s->needs_session && !umami_visitor_of(p->events, row)->is_known)
        return false;
    if (s->by_referrer && !is_not_own(p, scope, row))
        return false;
    for (size_t i = 0; i < scope->filter_count; i++) {
        if (s->pass[i][umami_number(p->events, row, scope->filters[i].column)] == scope->any)
            return scope->any;
    }
    return scope->filter_count == 0 || !scope->any;
}

/* --- picking ---------------------------------------------------------------------------------- */

/* The first row with a time of at least `ms`. */
static uint32_t
place_of(const struct umami_events *e, int64_t ms)
{
    uint32_t low = 0, high = e->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (e->time_ms[middle] < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum status
read_reset(struct store_reader *r, const uint8_t website[16], int64_t *reset_ms, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_RESET_OF);
        if (st != NULL)
            umami_id_bind(st, 1, website);
        status = db_get_int(&r->db, st, INT64_MIN, reset_ms, err);
    }
    reader_end(r);
    return status;
}

static void
count_stays(struct umami_pick *p, struct sieve *s, uint32_t from, uint32_t to)
{
    const struct umami_events *e = p->events;

    s->stay_rows = arena_alloc(p->arena, (e->stays.count + 1) * sizeof *s->stay_rows);
    for (uint32_t row = from; row < to; row++)
        s->stay_rows[e->stay[row]] += s->scope->bounce_types >> e->type[row] & 1;
}

static bool
is_there(const struct umami_pick *p, const struct sieve *s, uint32_t row)
{
    (void)s;
    return p->events->row_id[row] >= umami_first_row(p->reader);
}

static void
keep_rows(struct umami_pick *p, const struct sieve *s,
          bool (*is_kept)(const struct umami_pick *p, const struct sieve *s, uint32_t row))
{
    size_t kept = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (is_kept(p, s, p->rows[i]))
            p->rows[kept++] = p->rows[i];
    }
    p->count = kept;
}

static enum status
open_sieve(struct umami_pick *p, const struct umami_scope *scope, struct sieve *s, struct err *err)
{
    *s = (struct sieve){ .scope = scope, .needs_session = scope->with_session };
    s->types = scope->only_types == 0 ? scope->types : scope->types & scope->only_types;
    s->pass = arena_alloc(p->arena, (scope->filter_count + 1) * sizeof *s->pass);
    for (size_t i = 0; i < scope->filter_count; i++) {
        s->pass[i] = arena_alloc(p->arena, umami_text_count(p->reader));
        if (compile(p, &scope->filters[i], s->pass[i], err) != OK)
            return E_INVALID;
        s->by_referrer |= scope->filters[i].column == UMAMI_BY_REFERRER;
        s->needs_session |= s->by_referrer || scope->filters[i].column >= UMAMI_EVENT_COLUMNS;
    }
    if (scope->bounce_types != 0)
        count_stays(p, s, p->from, p->to);
    return OK;
}

static enum status
pick_rows(struct umami_pick *p, const struct umami_scope *scope, int64_t start_ms, struct err *err)
{
    const struct umami_events *e = p->events;
    const int64_t first_row = umami_first_row(p->reader);
    struct sieve s;

    p->from = place_of(e, start_ms);
    p->to = place_of(e, scope->end_ms + 1);
    p->to = p->to < p->from ? p->from : p->to;
    if (open_sieve(p, scope, &s, err) != OK)
        return E_INVALID;
    p->rows = arena_room(p->arena, (p->to - p->from + 1) * sizeof *p->rows);
    for (uint32_t row = p->from; row < p->to; row++) { /* without a branch */
        p->rows[p->count] = row;
        p->count += s.types >> e->type[row] & 1;
    }
    if (first_row > e->lowest_row_id)
        keep_rows(p, &s, is_there);
    if (s.stay_rows != NULL || s.needs_session || scope->filter_count > 0)
        keep_rows(p, &s, passes);
    return OK;
}

enum status
umami_pick_mark(struct umami_pick *p, const struct umami_scope *scope, uint8_t **marks,
                struct err *err)
{
    struct sieve s;

    *marks = arena_alloc(p->arena, p->count + 1);
    if (p->count == 0)
        return OK;
    if (open_sieve(p, scope, &s, err) != OK)
        return E_INVALID;
    for (size_t i = 0; i < p->count; i++)
        (*marks)[i] =
            (s.types >> p->events->type[p->rows[i]] & 1) != 0 && passes(p, &s, p->rows[i]);
    return OK;
}

enum status
umami_pick_open(struct umami_pick *p, struct store_reader *r, const struct umami_scope *scope,
                struct err *err)
{
    const int64_t kept_ms = clock_now_ms(r->store->clock) - LIMIT_UMAMI_KEEP_MS;
    int64_t reset_ms = INT64_MIN;
    enum status st;

    *p = (struct umami_pick){ .reader = r, .arena = arena_new() };
    st = read_reset(r, scope->website, &reset_ms, err);
    if (st != OK)
        return st;
    p->is_entered = true;
    st = umami_columns_enter(r, scope->website, &p->events, err);
    if (st != OK || p->events == NULL)
        return st;
    reset_ms = reset_ms > kept_ms ? reset_ms : kept_ms;
    return pick_rows(p, scope, reset_ms > scope->start_ms ? reset_ms : scope->start_ms, err);
}

void
umami_pick_close(struct umami_pick *p)
{
    if (p->is_entered)
        umami_columns_leave(p->reader);
    arena_free(p->arena);
    *p = (struct umami_pick){ 0 };
}

/* --- groups ----------------------------------------------------------------------------------- */

/* A question over a million rows mostly waits for memory: marks are small, and what is counted of a
 * row is copied to where its group stands while the columns are read from front to back. */
struct stay_mark {
    uint32_t stamp;   /* twice the group's, and 1 more from the second row on */
    uint32_t seconds; /* since the first row */
    int64_t first_ms;
};

struct moment { /* of a row */
    int64_t time_ms;
    uint32_t stay;
    uint32_t name; /* of an event; NUMBERS_NONE: another row */
};

struct count {
    const struct umami_pick *pick;
    const struct umami_groups *groups;
    uint32_t *starts; /* from starts[key] to starts[key + 1] is a group */
    /* the rows group behind group, one of the two; NULL: as they were picked */
    uint32_t *sessions;
    struct moment *moments;
    /* marks: the last group in which each was seen */
    uint32_t *visitor, *name;
    uint32_t *visit; /* NULL: there are as many as stays */
    struct stay_mark *stay;
};

static struct moment
moment_of(const struct umami_events *e, uint32_t row)
{
    const bool is_event = e->type[row] == UMAMI_ROW_EVENT;

    return (struct moment){ e->time_ms[row], e->stay[row],
                            is_event ? umami_number(e, row, UMAMI_BY_EVENT) : NUMBERS_NONE };
}

/* Where each group begins. true: they already stand group behind group. */
static bool
find_groups(struct count *c)
{
    const uint32_t *keys = c->groups->keys;
    uint32_t last = 0;
    bool in_order = true;

    if (keys == NULL) {
        c->starts[1] = (uint32_t)c->pick->count;
        return true;
    }
    for (size_t i = 0; i < c->pick->count; i++) {
        if (keys[i] != UMAMI_NO_GROUP)
            c->starts[keys[i] + 1]++;
        in_order = in_order && keys[i] >= last && keys[i] != UMAMI_NO_GROUP;
        last = keys[i];
    }
    for (uint32_t key = 0; key < c->groups->key_count; key++)
        c->starts[key + 1] += c->starts[key];
    return in_order;
}

static void
put_together(struct count *c)
{
    const struct umami_pick *p = c->pick;
    const size_t count = p->count + 1;
    uint32_t *next = arena_alloc(p->arena, (c->groups->key_count + 1) * sizeof *next);

    memcpy(next, c->starts, (c->groups->key_count + 1) * sizeof *next);
    if (c->groups->only_visitors)
        c->sessions = arena_room(p->arena, count * sizeof *c->sessions);
    else
        c->moments = arena_room(p->arena, count * sizeof *c->moments);
    for (size_t i = 0; i < p->count; i++) {
        const uint32_t key = c->groups->keys[i];

        if (key == UMAMI_NO_GROUP)
            continue;
        if (c->sessions != NULL)
            c->sessions[next[key]++] = umami_stay_of(p->events, p->rows[i])->session;
        else
            c->moments[next[key]++] = moment_of(p->events, p->rows[i]);
    }
}

/* Rows of a group come in order of time. true: the first one of this stay. */
static bool
mark_stay(struct stay_mark *m, uint32_t stamp, int64_t time_ms, struct umami_totals *t)
{
    uint32_t seconds;

    if (m->stamp / 2 != stamp) {
        *m = (struct stay_mark){ stamp * 2, 0, time_ms };
        t->bounces++;
        return true;
    }
    t->bounces -= m->stamp % 2 == 0;
    m->stamp |= 1;
    seconds = (uint32_t)((time_ms - m->first_ms) / 1000);
    t->totaltime_s += seconds - m->seconds;
    m->seconds = seconds;
    return false;
}

static bool
mark(uint32_t *marks, uint32_t number, uint32_t stamp)
{
    const bool is_first = marks[number] != stamp;

    marks[number] = stamp;
    return is_first;
}

static void
count_moment(struct count *c, const struct moment *moment, uint32_t stamp, struct umami_totals *t)
{
    const void *stays = c->pick->events->stays.keys;
    const struct umami_stay *s = (const struct umami_stay *)stays + moment->stay;

    t->rows++;
    if (mark_stay(&c->stay[moment->stay], stamp, moment->time_ms, t)) {
        t->visitors += mark(c->visitor, s->session, stamp);
        t->visits += c->visit == NULL || mark(c->visit, s->visit, stamp);
    }
    if (moment->name != NUMBERS_NONE)
        t->names += mark(c->name, moment->name, stamp);
}

static void
count_group(struct count *c, uint32_t key, struct umami_totals *t)
{
    const struct umami_pick *p = c->pick;

    for (uint32_t i = c->starts[key]; i < c->starts[key + 1]; i++) {
        if (c->groups->only_visitors) {
            const uint32_t session = c->sessions != NULL
                                         ? c->sessions[i]
                                         : umami_stay_of(p->events, p->rows[i])->session;

            t->rows++;
            t->visitors += mark(c->visitor, session, key + 1);
        } else {
            const struct moment moment =
                c->moments != NULL ? c->moments[i] : moment_of(p->events, p->rows[i]);

            count_moment(c, &moment, key + 1, t);
        }
    }
}

void
umami_count_groups(const struct umami_pick *p, const struct umami_groups *g,
                   umami_group_visitor *visit, void *arg)
{
    const struct umami_events *e = p->events;
    struct count c = { .pick = p, .groups = g };

    if (p->count == 0)
        return;
    c.starts = arena_alloc(p->arena, ((size_t)g->key_count + 1) * sizeof *c.starts);
    if (!find_groups(&c))
        put_together(&c);
    c.visitor = arena_alloc(p->arena, e->sessions.count * sizeof *c.visitor);
    if (!g->only_visitors) {
        if (e->visits.count < e->stays.count)
            c.visit = arena_alloc(p->arena, e->visits.count * sizeof *c.visit);
        c.name = arena_alloc(p->arena, umami_text_count(p->reader) * sizeof *c.name);
        c.stay = arena_alloc(p->arena, e->stays.count * sizeof *c.stay);
    }
    for (uint32_t key = 0; key < g->key_count; key++) {
        struct umami_totals totals = { 0 };

        count_group(&c, key, &totals);
        if (totals.rows > 0)
            visit(arg, key, &totals);
    }
}
