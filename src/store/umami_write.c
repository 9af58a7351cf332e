/* umami_write.c - a hit becomes rows.
 * SPDX-License-Identifier: MIT
 *
 * Websites and sessions are inserted once and then never touched, so the writer remembers which it
 * has seen: two bounded tables, forgotten as a whole when they are full. An insert of a row that is
 * there does nothing, so forgetting costs time and nothing else.
 *
 * A hit is one record; whatever it holds is in one transaction. The original keeps an event whose
 * data it could not store; here nothing is refused at this point. */
#include "config.h"

#include "store/umami_write.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "domain/limits.h"
#include "store/link_write.h"
#include "store/reader.h"
#include "store/store_umami.h"
#include "store/writer.h"

#define KNOWN_MAX 65536
#define ADMIN     "41e2b680-648e-4b09-bcd7-3e2b10c06264"

/* --- the record ------------------------------------------------------------------------------- */

/* A NULL is not an empty text. */
static void
add_text(struct buf *b, const char *text)
{
    if (text == NULL) {
        pack_varint(b, 0);
        return;
    }
    pack_varint(b, strlen(text) + 1);
    buf_add(b, text, strlen(text));
}

/* NaN is absent. */
static void
add_number(struct buf *b, double number)
{
    bool is_given = !isnan(number);

    pack_u8(b, is_given);
    if (is_given)
        pack_f64(b, number);
}

static void
add_visitor(struct buf *b, const struct umami_visitor *v)
{
    add_text(b, v->browser);
    add_text(b, v->os);
    add_text(b, v->device);
    add_text(b, v->screen);
    add_text(b, v->language);
    add_text(b, v->country);
    add_text(b, v->region);
    add_text(b, v->city);
    add_text(b, v->distinct_id);
}

static void
add_page(struct buf *b, const struct umami_hit *hit)
{
    const struct umami_page *p = &hit->page;

    add_text(b, p->url_path);
    add_text(b, p->url_query);
    for (int i = 0; i < UMAMI_PARAMETER_COUNT; i++)
        add_text(b, p->parameters[i]);
    add_text(b, p->referrer_path);
    add_text(b, p->referrer_query);
    add_text(b, p->referrer_domain);
    add_text(b, p->page_title);
    add_text(b, p->event_name);
    add_text(b, p->tag);
    add_text(b, p->hostname);
    for (int i = 0; i < UMAMI_VITALS; i++)
        add_number(b, hit->vitals[i]);
    add_text(b, hit->rule);
    if (hit->rule != NULL)
        add_text(b, hit->verdict);
}

void
store_write_umami(struct store_write *write, const struct umami_hit *hit)
{
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_UMAMI);
    add_text(b, hit->website_id);
    add_text(b, hit->session_id);
    add_text(b, hit->visit_id);
    pack_signed(b, hit->created_ms);
    pack_signed(b, hit->received_ms);
    pack_u8(b, (uint8_t)hit->row);
    pack_u8(b, (uint8_t)((unsigned)hit->makes_website | (unsigned)hit->makes_session << 1));
    if (hit->makes_website)
        add_text(b, hit->page.hostname);
    add_visitor(b, &hit->visitor);
    if (hit->row != UMAMI_ROW_NONE)
        add_page(b, hit);
    pack_varint(b, hit->data_count);
    for (size_t i = 0; i < hit->data_count; i++) {
        const struct umami_datum *d = &hit->data[i];

        add_text(b, d->key);
        add_text(b, d->string);
        add_number(b, d->number);
        pack_u8(b, (uint8_t)d->type);
        if (d->type == UMAMI_DATA_DATE)
            pack_signed(b, d->date_ms);
    }
    add_number(b, hit->revenue);
    if (!isnan(hit->revenue))
        add_text(b, hit->currency);
    add_text(b, hit->app_session);
}

/* A text inside the record, for binding; NULL data is NULL. */
struct slice {
    const char *data;
    size_t len;
};

static struct slice
take_text(struct unpack *u)
{
    size_t len = unpack_varint(u);
    struct slice s = { NULL, 0 };

    if (len == 0)
        return s;
    s.len = len - 1;
    s.data = unpack_bytes(u, s.len);
    if (s.len == 0)
        s.data = "";
    return s;
}

static double
take_number(struct unpack *u)
{
    return unpack_u8(u) != 0 ? unpack_f64(u) : (double)NAN;
}

static void
bind_text(sqlite3_stmt *st, int at, struct slice text)
{
    if (text.data == NULL)
        sqlite3_bind_null(st, at);
    else
        sqlite3_bind_text(st, at, text.data, (int)text.len, SQLITE_STATIC);
}

static void
bind_number(sqlite3_stmt *st, int at, double number)
{
    if (isnan(number))
        sqlite3_bind_null(st, at);
    else
        sqlite3_bind_double(st, at, number);
}

/* The parts of a record that several rows need. */
struct hit {
    struct slice website, session, visit;
    int64_t created_ms, received_ms;
    enum umami_row row;
    struct slice browser, os, device, screen, language, country, region, city, distinct;
    struct slice event_name;
    char event[UUID_TEXT];
};

/* --- what is known ---------------------------------------------------------------------------- */

void
umami_known_init(struct umami_known *known)
{
    table_init(&known->websites, 1);
    table_init(&known->sessions, 1);
}

void
umami_known_fini(struct umami_known *known)
{
    table_fini(&known->websites);
    table_fini(&known->sessions);
}

void
umami_known_forget(struct umami_known *known)
{
    table_clear(&known->websites);
    table_clear(&known->sessions);
}

/* true when it was known; it is from now on. */
static bool
note_known(struct table *t, struct slice key)
{
    if (table_find(t, key.data, key.len) != NULL)
        return true;
    if (t->count >= KNOWN_MAX)
        table_clear(t);
    table_add(t, key.data, key.len);
    return false;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A UUID of version 7: its first 48 bits are the time. */
static void
new_id(struct writer *w, int64_t now_ms, char text[UUID_TEXT])
{
    uint8_t id[16];

    clock_uuid_stored(w->clock, id);
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(now_ms >> (40 - 8 * i));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x70);
    uuid_format(id, text);
}

static void
bind_id(sqlite3_stmt *st, int at, const char *id)
{
    sqlite3_bind_text(st, at, id, UUID_TEXT - 1, SQLITE_STATIC);
}

static enum status
make_website(struct writer *w, const struct hit *hit, struct slice hostname, struct err *err)
{
    struct slice name = hostname.data != NULL && hostname.len > 0 ? hostname : hit->website;
    sqlite3_stmt *st;

    if (note_known(&w->umami.websites, hit->website))
        return OK;
    st = db_stmt(&w->db, SQL_WEBSITE_MAKE);
    bind_text(st, 1, hit->website);
    bind_text(st, 2, name);
    bind_text(st, 3, hostname);
    bind_id(st, 4, ADMIN);
    sqlite3_bind_int64(st, 5, hit->received_ms);
    return db_run(&w->db, st, err);
}

static enum status
make_session(struct writer *w, const struct hit *hit, struct err *err)
{
    sqlite3_stmt *st;

    if (note_known(&w->umami.sessions, hit->session))
        return OK;
    st = db_stmt(&w->db, SQL_SESSION_MAKE);
    bind_text(st, 1, hit->session);
    bind_text(st, 2, hit->website);
    bind_text(st, 3, hit->browser);
    bind_text(st, 4, hit->os);
    bind_text(st, 5, hit->device);
    bind_text(st, 6, hit->screen);
    bind_text(st, 7, hit->language);
    bind_text(st, 8, hit->country);
    bind_text(st, 9, hit->region);
    bind_text(st, 10, hit->city);
    bind_text(st, 11, hit->distinct);
    sqlite3_bind_int64(st, 12, hit->created_ms);
    return db_run(&w->db, st, err);
}

static enum status
add_verdict(struct writer *w, const struct hit *hit, struct slice rule, struct slice verdict,
            struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_VERDICT_ADD);

    bind_id(st, 1, hit->event);
    bind_text(st, 2, rule);
    bind_text(st, 3, verdict);
    return db_run(&w->db, st, err);
}

/* Columns stand in the statement as the record has them. */
static enum status
add_event(struct writer *w, struct hit *hit, struct unpack *u, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_WEBSITE_EVENT_ADD);
    struct slice text, rule;
    enum status status;
    int at = 1;

    new_id(w, hit->received_ms, hit->event);
    bind_id(st, at++, hit->event);
    bind_text(st, at++, hit->website);
    bind_text(st, at++, hit->session);
    bind_text(st, at++, hit->visit);
    sqlite3_bind_int64(st, at++, hit->created_ms);
    sqlite3_bind_int(st, at++, (int)hit->row);
    for (int i = 0; i < 2 + UMAMI_PARAMETER_COUNT + 7; i++) {
        text = take_text(u);
        bind_text(st, at++, text);
        if (i == 2 + UMAMI_PARAMETER_COUNT + 4)
            hit->event_name = text;
    }
    for (int i = 0; i < UMAMI_VITALS; i++)
        bind_number(st, at++, take_number(u));
    status = db_run(&w->db, st, err);
    rule = take_text(u);
    if (rule.data == NULL || status != OK)
        return status;
    return add_verdict(w, hit, rule, take_text(u), err);
}

static enum status
add_datum(struct writer *w, const struct hit *hit, struct unpack *u, struct err *err)
{
    bool of_session = hit->row == UMAMI_ROW_NONE;
    sqlite3_stmt *st = db_stmt(&w->db, of_session ? SQL_SESSION_DATA_PUT : SQL_EVENT_DATA_ADD);
    char id[UUID_TEXT];
    int type;

    new_id(w, hit->received_ms, id);
    bind_id(st, 1, id);
    bind_text(st, 2, hit->website);
    if (of_session)
        bind_text(st, 3, hit->session);
    else
        bind_id(st, 3, hit->event);
    bind_text(st, 4, take_text(u));
    bind_text(st, 5, take_text(u));
    bind_number(st, 6, take_number(u));
    type = unpack_u8(u);
    if (type == UMAMI_DATA_DATE)
        sqlite3_bind_int64(st, 7, unpack_signed(u));
    else
        sqlite3_bind_null(st, 7);
    sqlite3_bind_int(st, 8, type);
    sqlite3_bind_int64(st, 9, hit->created_ms);
    if (of_session)
        bind_text(st, 10, hit->distinct);
    return db_run(&w->db, st, err);
}

static enum status
add_revenue(struct writer *w, const struct hit *hit, double revenue, struct slice currency,
            struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_REVENUE_ADD);
    char id[UUID_TEXT];

    new_id(w, hit->received_ms, id);
    bind_id(st, 1, id);
    bind_text(st, 2, hit->website);
    bind_text(st, 3, hit->session);
    bind_id(st, 4, hit->event);
    bind_text(st, 5, hit->event_name.data == NULL ? (struct slice){ "", 0 } : hit->event_name);
    bind_text(st, 6, currency);
    sqlite3_bind_double(st, 7, revenue);
    sqlite3_bind_int64(st, 8, hit->created_ms);
    return db_run(&w->db, st, err);
}

static struct link_end
link_end(enum link_kind kind, struct slice id)
{
    return (struct link_end){ .kind = kind, .id = id.data, .len = id.data == NULL ? 0 : id.len };
}

/* What the app told besides, with Umami's own ids and with each other. */
static enum status
put_links(struct writer *w, const struct hit *hit, struct slice app, struct err *err)
{
    const struct link_end ids[] = { link_end(LINK_APP_SESSION, app),
                                    link_end(LINK_VISITOR, hit->distinct),
                                    link_end(LINK_UMAMI_SESSION, hit->session),
                                    link_end(LINK_UMAMI_VISIT, hit->visit) };
    int64_t from_ms = hit->created_ms < hit->received_ms ? hit->created_ms : hit->received_ms;
    const struct link_source source = { .owner = hit->website.data,
                                        .owner_len = hit->website.len,
                                        .seen_ms = hit->created_ms,
                                        .until_ms = from_ms + LIMIT_UMAMI_KEEP_MS };
    enum status st = OK;

    for (size_t a = 0; a < 2 && st == OK; a++) {
        for (size_t b = a + 1; b < sizeof ids / sizeof ids[0] && st == OK; b++)
            st = link_put(w, &ids[a], &ids[b], &source, err);
    }
    return st;
}

static struct hit
take_head(struct unpack *u)
{
    struct hit hit = { .website = take_text(u) };

    hit.session = take_text(u);
    hit.visit = take_text(u);
    hit.created_ms = unpack_signed(u);
    hit.received_ms = unpack_signed(u);
    hit.row = (enum umami_row)unpack_u8(u);
    return hit;
}

static void
take_visitor(struct hit *hit, struct unpack *u)
{
    struct slice *columns[] = { &hit->browser, &hit->os,       &hit->device,
                                &hit->screen,  &hit->language, &hit->country,
                                &hit->region,  &hit->city,     &hit->distinct };

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        *columns[i] = take_text(u);
}

enum status
umami_apply(struct writer *w, struct unpack *u, struct err *err)
{
    struct hit hit = take_head(u);
    unsigned makes = unpack_u8(u);
    enum status st = OK;
    double revenue;
    size_t count;

    if ((makes & 1) != 0)
        st = make_website(w, &hit, take_text(u), err);
    take_visitor(&hit, u);
    if (st == OK && (makes & 2) != 0)
        st = make_session(w, &hit, err);
    if (st == OK && hit.row != UMAMI_ROW_NONE)
        st = add_event(w, &hit, u, err);
    count = st == OK ? unpack_varint(u) : 0;
    for (size_t i = 0; i < count && st == OK && !u->bad; i++)
        st = add_datum(w, &hit, u, err);
    if (st != OK)
        return st;
    revenue = take_number(u);
    if (!isnan(revenue))
        st = add_revenue(w, &hit, revenue, take_text(u), err);
    return st == OK ? put_links(w, &hit, take_text(u), err) : st;
}

/* --- websites --------------------------------------------------------------------------------- */

enum status
store_visit_websites(struct store_reader *r, store_website_visitor *visit, void *arg,
                     struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_WEBSITE_IDS);
    enum status status;
    bool row;

    while ((status = db_next(&r->db, st, &row, err)) == OK && row)
        visit(arg, (const char *)sqlite3_column_text(st, 0), sqlite3_column_int(st, 1) != 0);
    return status;
}

/* --- leaving ---------------------------------------------------------------------------------- */

#define BATCH 200

static enum status
run_between(struct writer *w, enum sql which, const char *website, int64_t before_ms, bool *more,
            struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, which);
    enum status status;

    sqlite3_bind_text(st, 1, website, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, before_ms);
    sqlite3_bind_int(st, 3, BATCH);
    status = db_run(&w->db, st, err);
    *more = *more || (status == OK && sqlite3_changes(w->db.handle) == BATCH);
    return status;
}

/* Of one website. A session ends with its month, so a month after its first event was too old it
 * has none left; that of a visitor with an id goes on, and its link says until when. */
static enum status
drop_of(struct writer *w, const char *website, int64_t before_ms, bool *more, struct err *err)
{
    static const enum sql kinds[] = { SQL_EVENT_DATA_AGED,   SQL_REVENUE_AGED,
                                      SQL_VERDICT_AGED,      SQL_WEBSITE_EVENT_AGED,
                                      SQL_SESSION_DATA_AGED, SQL_SESSION_AGED };
    enum status st = OK;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && st == OK && !*more; i++)
        st = run_between(w, kinds[i], website, before_ms, more, err);
    return st;
}

static enum status
next_website(struct writer *w, char after[41], bool *found, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_WEBSITE_EVENT_NEXT);
    enum status status;

    sqlite3_bind_text(st, 1, after, -1, SQLITE_STATIC);
    status = db_next(&w->db, st, found, err);
    if (status != OK || !*found)
        return status;
    *found = sqlite3_column_type(st, 0) != SQLITE_NULL;
    if (*found)
        sqlite3_snprintf(41, after, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_reset(st);
    return OK;
}

enum status
umami_drop_before(struct writer *w, int64_t before_ms, char after[41], bool *more, struct err *err)
{
    enum status status = OK;
    bool again = false;

    if (*after != '\0')
        status = drop_of(w, after, before_ms, &again, err);
    *more = again;
    if (status != OK || again)
        return status;
    status = next_website(w, after, more, err);
    if (status != OK || *more)
        return status;
    umami_known_forget(&w->umami); /* some may be gone */
    return OK;
}

enum status
umami_oldest(struct writer *w, int64_t *created_ms, struct err *err)
{
    return db_get_int(&w->db, db_stmt(&w->db, SQL_WEBSITE_EVENT_FIRST), INT64_MAX, created_ms, err);
}

enum status
umami_last_row(struct writer *w, int64_t *number, struct err *err)
{
    return db_get_int(&w->db, db_stmt(&w->db, SQL_UMAMI_LAST_ROW), 0, number, err);
}

enum status
umami_drop_first(struct writer *w, struct err *err)
{
    static const enum sql kinds[] = { SQL_EVENT_DATA_FIRST_DROP, SQL_REVENUE_FIRST_DROP,
                                      SQL_VERDICT_FIRST_DROP, SQL_WEBSITE_EVENT_FIRST_DROP };
    enum status st = OK;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && st == OK; i++) {
        sqlite3_stmt *statement = db_stmt(&w->db, kinds[i]);

        sqlite3_bind_int(statement, 1, BATCH);
        st = db_run(&w->db, statement, err);
    }
    return st == OK ? link_drop_first(w, err) : st;
}
