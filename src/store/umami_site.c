/* umami_site.c - websites, users and shares are read and written.
 * SPDX-License-Identifier: MIT
 *
 * They are few and change rarely, so each change is a job of its own on the writer thread. A
 * deleted website keeps its row with a time: what is sent to it is refused, not taken for a new
 * one. */
#include "config.h"

#include "store/umami_site.h"

#include <stdlib.h>
#include <string.h>

#include "store/reader.h"
#include "store/umami_id.h"

#define BATCH_ROWS 2000

static const char *
column_text(struct arena *arena, sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return text == NULL ? NULL : arena_strdup(arena, text);
}

static void
bind_text(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC); /* NULL binds NULL */
}

static void
bind_time(sqlite3_stmt *st, int at, int64_t ms)
{
    if (ms == 0)
        sqlite3_bind_null(st, at);
    else
        sqlite3_bind_int64(st, at, ms);
}

/* --- websites --------------------------------------------------------------------------------- */

static struct umami_site
take_website(struct arena *arena, sqlite3_stmt *st)
{
    struct umami_site w = {
        .name = column_text(arena, st, 1),
        .domain = column_text(arena, st, 2),
        .share_id = column_text(arena, st, 3),
        .reset_ms = sqlite3_column_int64(st, 4),
        .user_id = column_text(arena, st, 5),
        .created_by = column_text(arena, st, 6),
        .created_ms = sqlite3_column_int64(st, 7),
        .updated_ms = sqlite3_column_int64(st, 8),
        .username = column_text(arena, st, 9),
    };

    umami_id_read(st, 0, w.id);
    return w;
}

enum status
store_umami_website(struct store_reader *r, struct arena *arena, const uint8_t id[16],
                    struct umami_site *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_WEBSITE_OF);
        if (st != NULL)
            umami_id_bind(st, 1, id);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && row)
        *out = take_website(arena, st);
    reader_end(r);
    return status == OK && !row ? err_set(err, E_NOTFOUND, "there is no such website") : status;
}

static bool
is_found(const struct umami_site *w, const char *search)
{
    return search == NULL || (w->name != NULL && strcasestr(w->name, search) != NULL) ||
           (w->domain != NULL && strcasestr(w->domain, search) != NULL);
}

/* What has no value stands last, as in PostgreSQL; websites that are alike stand by id. */
static int
compare_texts(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    return strcmp(a, b);
}

static int
compare_times(int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return (a == 0) - (b == 0);
    return (a > b) - (a < b);
}

static int
by_id(const void *a, const void *b)
{
    return memcmp(((const struct umami_site *)a)->id, ((const struct umami_site *)b)->id, 16);
}

#define ORDER(name, compare, member)                     \
    static int name(const void *a, const void *b)        \
    {                                                    \
        const struct umami_site *x = a, *y = b;          \
        const int order = compare(x->member, y->member); \
                                                         \
        return order == 0 ? by_id(a, b) : order;         \
    }
ORDER(by_name, compare_texts, name)
ORDER(by_domain, compare_texts, domain)
ORDER(by_share, compare_texts, share_id)
ORDER(by_reset, compare_times, reset_ms)
ORDER(by_created, compare_times, created_ms)
ORDER(by_updated, compare_times, updated_ms)

static int (*const orders[])(const void *, const void *) = {
    [UMAMI_SITES_BY_NAME] = by_name,       [UMAMI_SITES_BY_ID] = by_id,
    [UMAMI_SITES_BY_DOMAIN] = by_domain,   [UMAMI_SITES_BY_SHARE] = by_share,
    [UMAMI_SITES_BY_RESET] = by_reset,     [UMAMI_SITES_BY_CREATED] = by_created,
    [UMAMI_SITES_BY_UPDATED] = by_updated,
};

static void
cut_page(struct umami_site_list *list, enum umami_site_order order, size_t limit, size_t offset)
{
    if (list->count > 0)
        qsort(list->websites, list->count, sizeof *list->websites, orders[order]);
    list->total = (int64_t)list->count;
    offset = offset < list->count ? offset : list->count;
    list->websites += offset;
    list->count = list->count - offset < limit ? list->count - offset : limit;
}

enum status
store_umami_websites(struct store_reader *r, struct arena *arena, const char *user_id,
                     const char *search, enum umami_site_order order, size_t limit, size_t offset,
                     struct umami_site_list *out, struct err *err)
{
    struct umami_site_list list = { 0 };
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    size_t room = 0;
    bool row;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_WEBSITES);
        if (st != NULL)
            bind_text(st, 1, user_id);
    }
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        struct umami_site w = take_website(arena, st);

        if (!is_found(&w, search))
            continue;
        if (list.count == room) {
            const struct umami_site *smaller = list.websites;

            room = room == 0 ? 64 : room * 2;
            list.websites = arena_alloc(arena, room * sizeof *list.websites);
            if (list.count > 0)
                memcpy(list.websites, smaller, list.count * sizeof *list.websites);
        }
        list.websites[list.count++] = w;
    }
    reader_end(r);
    if (status != OK)
        return status;
    cut_page(&list, order, limit, offset);
    *out = list;
    return OK;
}

/* A statement of the writer that changes one row or, when its key is taken, none. */
static enum status
run_once(struct writer *w, sqlite3_stmt *st, const char *taken, struct err *err)
{
    enum status status = db_run(&w->db, st, err);

    if (status == OK && sqlite3_changes(w->db.handle) == 0)
        return err_set(err, E_EXISTS, "%s", taken);
    return status;
}

static void
bind_website(sqlite3_stmt *st, const struct umami_site *w)
{
    if (st == NULL)
        return;
    umami_id_bind(st, 1, w->id);
    bind_text(st, 2, w->name);
    bind_text(st, 3, w->domain);
    bind_text(st, 4, w->share_id);
    bind_text(st, 5, w->user_id);
    bind_text(st, 6, w->created_by);
    sqlite3_bind_int64(st, 7, w->created_ms);
    sqlite3_bind_int64(st, 8, w->updated_ms);
}

static enum status
make_website(struct writer *w, void *arg, struct err *err)
{
    const struct umami_site *website = arg;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_UMAMI_WEBSITE_ADD);

    bind_website(st, website);
    return run_once(w, st, "the id or the share id of the website is taken", err);
}

static enum status
change_website(struct writer *w, void *arg, struct err *err)
{
    const struct umami_site *website = arg;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_UMAMI_WEBSITE_SET);

    bind_website(st, website);
    return run_once(w, st, "the share id is taken", err);
}

enum status
store_umami_make_website(struct store *s, const struct umami_site *website, struct err *err)
{
    struct umami_site copy = *website;

    return store_ask_writer(s, make_website, NULL, &copy, err);
}

enum status
store_umami_change_website(struct store *s, const struct umami_site *website, struct err *err)
{
    struct umami_site copy = *website;

    return store_ask_writer(s, change_website, NULL, &copy, err);
}

/* --- emptying --------------------------------------------------------------------------------- */

struct emptying {
    uint8_t id[16];
    int64_t now_ms;
    bool forget;
    size_t at; /* in steps[] */
};

/* What hangs on events goes before them. */
static const enum sql steps[] = {
    SQL_UMAMI_VERDICTS_DROP, SQL_UMAMI_EVENT_DATA_DROP,   SQL_UMAMI_REVENUE_DROP,
    SQL_UMAMI_EVENTS_DROP,   SQL_UMAMI_SESSION_DATA_DROP, SQL_UMAMI_SESSIONS_DROP,
    SQL_UMAMI_LINKS_DROP,
};
#define STEPS (sizeof steps / sizeof steps[0])

static enum status
mark_website(struct writer *w, void *arg, struct err *err)
{
    const struct emptying *e = arg;
    sqlite3_stmt *st =
        db_stmt(&w->db, e->forget ? SQL_UMAMI_WEBSITE_DELETED : SQL_UMAMI_WEBSITE_EMPTIED);
    enum status status;

    if (st != NULL) {
        umami_id_bind(st, 1, e->id);
        sqlite3_bind_int64(st, 2, e->now_ms);
    }
    status = db_run(&w->db, st, err);
    if (status == OK && sqlite3_changes(w->db.handle) == 0)
        return err_set(err, E_NOTFOUND, "there is no such website");
    return status;
}

static enum status
drop_batch(struct writer *w, void *arg, struct err *err)
{
    struct emptying *e = arg;
    sqlite3_stmt *st = db_stmt(&w->db, steps[e->at]);
    enum status status;

    if (st != NULL) {
        umami_id_bind(st, 1, e->id);
        sqlite3_bind_int(st, 2, BATCH_ROWS);
    }
    status = db_run(&w->db, st, err);
    if (status == OK && sqlite3_changes(w->db.handle) == 0) {
        umami_known_forget(&w->umami);
        e->at++;
    }
    return status;
}

enum status
store_umami_empty_website(struct store *s, const uint8_t id[16], bool forget, int64_t now_ms,
                          struct err *err)
{
    struct emptying e = { .now_ms = now_ms, .forget = forget };
    enum status st;

    memcpy(e.id, id, 16);
    st = store_ask_writer(s, mark_website, NULL, &e, err);
    while (st == OK && e.at < STEPS)
        st = store_ask_writer(s, drop_batch, NULL, &e, err);
    s->umami_epoch++;
    return st;
}

/* --- users ------------------------------------------------------------------------------------ */

enum status
store_umami_user(struct store_reader *r, struct arena *arena, const char *name_or_id,
                 struct umami_user *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_USER_OF);
        if (st != NULL)
            bind_text(st, 1, name_or_id);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && row)
        *out = (struct umami_user){
            .id = column_text(arena, st, 0),
            .username = column_text(arena, st, 1),
            .password = column_text(arena, st, 2),
            .role = column_text(arena, st, 3),
            .created_ms = sqlite3_column_int64(st, 4),
        };
    reader_end(r);
    return status == OK && !row ? err_set(err, E_NOTFOUND, "there is no such user") : status;
}

static enum status
make_user(struct writer *w, void *arg, struct err *err)
{
    const struct umami_user *user = arg;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_UMAMI_USER_ADD);

    if (st != NULL) {
        bind_text(st, 1, user->id);
        bind_text(st, 2, user->username);
        bind_text(st, 3, user->password);
        bind_text(st, 4, user->role);
        bind_time(st, 5, user->created_ms);
    }
    return run_once(w, st, "the name of the user is taken", err);
}

enum status
store_umami_make_user(struct store *s, const struct umami_user *user, struct err *err)
{
    struct umami_user copy = *user;

    return store_ask_writer(s, make_user, NULL, &copy, err);
}

/* --- shares ----------------------------------------------------------------------------------- */

enum status
store_umami_share(struct store_reader *r, struct arena *arena, const char *slug,
                  struct umami_share *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_SHARE_OF);
        if (st != NULL)
            bind_text(st, 1, slug);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && row)
        *out = (struct umami_share){
            .id = column_text(arena, st, 0),
            .entity_id = column_text(arena, st, 1),
            .type = sqlite3_column_int(st, 2),
            .slug = column_text(arena, st, 3),
            .parameters = column_text(arena, st, 4),
            .name = column_text(arena, st, 5),
            .created_ms = sqlite3_column_int64(st, 6),
        };
    reader_end(r);
    return status == OK && !row ? err_set(err, E_NOTFOUND, "there is no such share") : status;
}

enum status
store_umami_shared_website(struct store_reader *r, const char *share_id, uint8_t id[16],
                           struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_UMAMI_SHARED_WEBSITE);
        if (st != NULL)
            bind_text(st, 1, share_id);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && row)
        umami_id_read(st, 0, id);
    reader_end(r);
    return status == OK && !row ? err_set(err, E_NOTFOUND, "there is no such share") : status;
}

static enum status
make_share(struct writer *w, void *arg, struct err *err)
{
    const struct umami_share *share = arg;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_UMAMI_SHARE_ADD);

    if (st != NULL) {
        bind_text(st, 1, share->id);
        bind_text(st, 2, share->entity_id);
        sqlite3_bind_int(st, 3, share->type);
        bind_text(st, 4, share->slug);
        bind_text(st, 5, share->parameters);
        bind_text(st, 6, share->name);
        bind_time(st, 7, share->created_ms);
    }
    return run_once(w, st, "the slug is taken", err);
}

enum status
store_umami_make_share(struct store *s, const struct umami_share *share, struct err *err)
{
    struct umami_share copy = *share;

    return store_ask_writer(s, make_share, NULL, &copy, err);
}
