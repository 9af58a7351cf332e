/* link_write.c - pairs of ids become rows, two for each.
 * SPDX-License-Identifier: MIT
 *
 * With a row in each direction one primary key serves both, and a person who looks at the table
 * finds an id without thinking of its side. A busy pair is written once a minute: the writer
 * remembers when it last did. */
#include "config.h"

#include "store/link_write.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/writer.h"

#define KNOWN_MAX 65536
#define AGAIN_MS  60000 /* last_ms is that old at most */
#define BATCH     200

/* --- kinds ------------------------------------------------------------------------------------ */

#define X(kind, name) [kind] = name,
static const char *const names[LINK_KINDS] = { STORE_LINK_KINDS(X) };
#undef X

const char *
store_link_name(enum link_kind kind)
{
    return names[kind];
}

bool
store_link_kind(enum link_kind *out, const char *name)
{
    for (int i = 0; i < LINK_KINDS; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum link_kind)i;
            return true;
        }
    }
    return false;
}

/* --- the record ------------------------------------------------------------------------------- */

static bool
is_good(const char *id)
{
    size_t len = strnlen(id, STORE_LINK_ID_MAX + 1);

    return len > 0 && len <= STORE_LINK_ID_MAX && text_utf8_end(id, len) == len;
}

static void
add_id(struct buf *b, const char *id)
{
    pack_varint(b, strlen(id));
    buf_adds(b, id);
}

bool
store_link_add(struct store_write *write, const struct store_link *link)
{
    struct buf *b = &write->bytes;

    if (!is_good(link->id) || !is_good(link->to_id))
        return false;
    pack_u8(b, RECORD_LINK);
    pack_u8(b, (uint8_t)link->kind);
    add_id(b, link->id);
    pack_u8(b, (uint8_t)link->to_kind);
    add_id(b, link->to_id);
    add_id(b, link->owner);
    pack_signed(b, link->seen_ms);
    pack_signed(b, link->seen_ms + link->keep_ms);
    return true;
}

void
store_link_drop(struct store_write *write, enum link_kind kind, const char *id)
{
    if (!is_good(id))
        return;
    pack_u8(&write->bytes, RECORD_LINK_DROP);
    pack_u8(&write->bytes, (uint8_t)kind);
    add_id(&write->bytes, id);
}

static struct link_end
take_end(struct unpack *u)
{
    struct link_end end = { .kind = (enum link_kind)unpack_u8(u) };

    end.len = unpack_varint(u);
    end.id = unpack_bytes(u, end.len);
    return end;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A UUID in lower case, whoever wrote it; `text` is where it stays. */
static struct link_end
plain_end(const struct link_end *end, char text[UUID_TEXT])
{
    struct link_end plain = *end;
    uint8_t uuid[16];

    if (end->len != UUID_TEXT - 1)
        return plain;
    memcpy(text, end->id, end->len);
    text[end->len] = '\0';
    if (uuid_parse(uuid, text)) {
        uuid_format(uuid, text);
        plain.id = text;
    }
    return plain;
}

static void
bind_end(sqlite3_stmt *st, int at, const struct link_end *end)
{
    sqlite3_bind_text(st, at, names[end->kind], -1, SQLITE_STATIC);
    sqlite3_bind_text(st, at + 1, end->id, (int)end->len, SQLITE_STATIC);
}

static void
add_key(struct buf *key, const struct link_end *end)
{
    buf_addc(key, (char)end->kind);
    buf_add(key, end->id, end->len);
    buf_addc(key, '\0');
}

/* true: it was written a moment ago. */
static bool
is_fresh(struct writer *w, const struct link_end *a, const struct link_end *b, int64_t seen_ms)
{
    struct buf *key = &w->scratch;
    int64_t *seen;

    buf_clear(key);
    add_key(key, a);
    add_key(key, b);
    seen = table_find(&w->links, key->data, key->len);
    if (seen != NULL && seen_ms >= *seen && seen_ms - *seen < AGAIN_MS)
        return true;
    if (seen == NULL) {
        if (w->links.count >= KNOWN_MAX)
            table_clear(&w->links);
        seen = table_add(&w->links, key->data, key->len);
    }
    *seen = seen_ms;
    return false;
}

static enum status
put_row(struct writer *w, const struct link_end *from, const struct link_end *to,
        const struct link_source *source, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LINK_PUT);

    bind_end(st, 1, from);
    bind_end(st, 3, to);
    sqlite3_bind_text(st, 5, source->owner, (int)source->owner_len, SQLITE_STATIC);
    sqlite3_bind_int64(st, 6, source->seen_ms);
    sqlite3_bind_int64(st, 7, source->until_ms);
    return db_run(&w->db, st, err);
}

enum status
link_put(struct writer *w, const struct link_end *a, const struct link_end *b,
         const struct link_source *source, struct err *err)
{
    char a_text[UUID_TEXT], b_text[UUID_TEXT];
    struct link_end from = plain_end(a, a_text), to = plain_end(b, b_text);
    enum status st;

    if (from.len == 0 || to.len == 0 || is_fresh(w, &from, &to, source->seen_ms))
        return OK;
    st = put_row(w, &from, &to, source, err);
    return st == OK ? put_row(w, &to, &from, source, err) : st;
}

enum status
link_apply(struct writer *w, struct unpack *u, struct err *err)
{
    struct link_end a = take_end(u), b = take_end(u);
    struct link_source source = { .owner_len = unpack_varint(u) };

    source.owner = unpack_bytes(u, source.owner_len);
    source.seen_ms = unpack_signed(u);
    source.until_ms = unpack_signed(u);
    return u->bad ? OK : link_put(w, &a, &b, &source, err);
}

enum status
link_drop(struct writer *w, const struct link_end *end, struct err *err)
{
    static const enum sql sides[] = { SQL_LINK_DROP_TO, SQL_LINK_DROP_FROM };
    char text[UUID_TEXT];
    const struct link_end plain = plain_end(end, text);
    enum status st = OK;

    for (size_t i = 0; i < sizeof sides / sizeof sides[0] && st == OK; i++) {
        sqlite3_stmt *statement = db_stmt(&w->db, sides[i]);

        bind_end(statement, 1, &plain);
        st = db_run(&w->db, statement, err);
    }
    table_clear(&w->links);
    return st;
}

enum status
link_drop_apply(struct writer *w, struct unpack *u, struct err *err)
{
    struct link_end end = take_end(u);

    return u->bad ? OK : link_drop(w, &end, err);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static enum status
drop_batch(struct writer *w, enum sql which, int64_t bound, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, which);
    enum status status;

    sqlite3_bind_int64(st, 1, bound);
    sqlite3_bind_int(st, 2, BATCH);
    status = db_run(&w->db, st, err);
    if (status != OK || sqlite3_changes(w->db.handle) == 0)
        return status;
    table_clear(&w->links); /* some of them may be gone */
    *more = *more || sqlite3_changes(w->db.handle) == BATCH;
    return OK;
}

enum status
link_drop_first(struct writer *w, struct err *err)
{
    bool unused = false;

    return drop_batch(w, SQL_LINK_AGED, INT64_MAX, &unused, err);
}

enum status
link_drop_before(struct writer *w, int64_t now_ms, bool *more, struct err *err)
{
    enum status st;

    *more = false;
    st = drop_batch(w, SQL_LINK_AGED, now_ms, more, err);
    return st == OK ? drop_batch(w, SQL_LINK_SURPLUS, STORE_LINK_ROWS, more, err) : st;
}
