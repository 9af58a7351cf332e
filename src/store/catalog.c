/* catalog.c - series and fans: bounded caches in front of their tables.
 * SPDX-License-Identifier: MIT
 *
 * A datum's fan key is a stretch of bytes that the submitting thread already laid out, so finding
 * the series of a value is one hash look-up over those bytes, whatever the number of sets. */
#include "config.h"

#include "base/pack.h"
#include "base/text.h"
#include "store/catalog.h"
#include "store/writer.h"

#include <string.h>

#define CACHE_SERIES 65536
#define CACHE_BYTES  ((size_t)32 << 20)

void
catalog_init(struct catalog *c)
{
    *c = (struct catalog){ 0 };
    table_init(&c->series, sizeof(struct stored_series));
    table_init(&c->fans, sizeof(struct fan));
    table_init(&c->quick, sizeof(struct fan *));
}

void
catalog_fini(struct catalog *c)
{
    table_fini(&c->series);
    table_fini(&c->fans);
    table_fini(&c->quick);
}

void
catalog_forget(struct catalog *c)
{
    table_clear(&c->series);
    table_clear(&c->fans);
    table_clear(&c->quick);
    c->dirty = NULL;
}

bool
catalog_is_large(const struct catalog *c)
{
    return c->series.count > CACHE_SERIES ||
           table_bytes(&c->series) + table_bytes(&c->fans) + table_bytes(&c->quick) > CACHE_BYTES;
}

void
catalog_series_key(struct buf *b, const struct series_key *key)
{
    buf_add(b, key->namespace_name, strlen(key->namespace_name) + 1);
    buf_add(b, key->metric, strlen(key->metric) + 1);
    for (size_t i = 0; i < key->dims.count; i++) {
        buf_add(b, key->dims.dims[i].name, strlen(key->dims.dims[i].name) + 1);
        buf_add(b, key->dims.dims[i].value, strlen(key->dims.dims[i].value) + 1);
    }
}

bool
catalog_read_key(struct series_key *out, struct arena *arena, const void *key, size_t len)
{
    char *text = arena_alloc(arena, len + 1);
    struct dimension *dims;
    size_t texts = 0, at = 0;

    if (len == 0)
        return false;
    memcpy(text, key, len);
    for (size_t i = 0; i < len; i++)
        texts += text[i] == '\0';
    if (text[len - 1] != '\0' || texts < 2 || texts % 2 != 0)
        return false;
    dims = arena_alloc(arena, texts / 2 * sizeof *dims);
    for (size_t i = 0; i < texts; i++) {
        if (i % 2 == 0)
            dims[i / 2].name = text + at;
        else
            dims[i / 2].value = text + at;
        at += strlen(text + at) + 1;
    }
    *out = (struct series_key){ dims[0].name, dims[0].value, { dims + 1, texts / 2 - 1 } };
    return true;
}

/* --- series ----------------------------------------------------------------------------------- */

static enum status
find_series(struct writer *w, const struct buf *key, enum unit unit, struct stored_series *out,
            bool *found, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_SERIES_FIND);
    enum status status;

    db_bind_bytes(st, 1, key->data, key->len);
    sqlite3_bind_int(st, 2, (int)unit);
    status = db_next(&w->db, st, found, err);
    if (status != OK || !*found)
        return status;
    out->id = sqlite3_column_int64(st, 0);
    out->first_ms = sqlite3_column_int64(st, 1);
    out->last_ms = sqlite3_column_int64(st, 2);
    sqlite3_reset(st);
    return OK;
}

/* `key` is the series key with the unit as its last byte. */
static enum status
get_series(struct writer *w, struct buf *key, enum unit unit, struct stored_series **out,
           struct err *err)
{
    struct stored_series *known, s = { 0 };
    sqlite3_stmt *st;
    enum status status;
    bool found;

    pack_u8(key, (uint8_t)unit);
    *out = table_find(&w->catalog.series, key->data, key->len);
    if (*out != NULL)
        return OK;
    key->len--;
    status = find_series(w, key, unit, &s, &found, err);
    if (status == OK && !found) {
        st = db_stmt(&w->db, SQL_SERIES_ADD);
        db_bind_bytes(st, 1, key->data, key->len);
        sqlite3_bind_int(st, 2, (int)unit);
        status = db_run(&w->db, st, err);
        s.id = sqlite3_last_insert_rowid(w->db.handle);
    }
    if (status != OK)
        return status;
    key->len++;
    known = table_add(&w->catalog.series, key->data, key->len);
    *known = s;
    *out = known;
    return OK;
}

void
catalog_saw(struct catalog *c, struct stored_series *s, int64_t time_ms)
{
    if (s->first_ms != 0 && time_ms >= s->first_ms && time_ms <= s->last_ms)
        return;
    if (s->first_ms == 0 || time_ms < s->first_ms)
        s->first_ms = time_ms;
    if (time_ms > s->last_ms)
        s->last_ms = time_ms;
    if (!s->dirty) {
        s->dirty = true;
        s->next_dirty = c->dirty;
        c->dirty = s;
    }
}

enum status
catalog_save(struct writer *w, struct err *err)
{
    enum status status = OK;

    while (status == OK && w->catalog.dirty != NULL) {
        struct stored_series *s = w->catalog.dirty;
        sqlite3_stmt *st = db_stmt(&w->db, SQL_SERIES_SPAN);

        sqlite3_bind_int64(st, 1, s->id);
        sqlite3_bind_int64(st, 2, s->first_ms);
        sqlite3_bind_int64(st, 3, s->last_ms);
        status = db_run(&w->db, st, err);
        w->catalog.dirty = s->next_dirty;
        s->dirty = false;
    }
    return status;
}

/* --- fans ------------------------------------------------------------------------------------- */

static void
take_text(struct unpack *u, struct buf *key)
{
    size_t len;
    const void *text = unpack_blob(u, &len);

    buf_add(key, text, text == NULL ? 0 : len);
    buf_addc(key, '\0');
}

/* Fills in the series of a fan from its key. */
static enum status
resolve(struct writer *w, struct fan *fan, const void *bytes, size_t len, struct err *err)
{
    struct unpack u = unpack_over(bytes, len);
    enum unit unit = (enum unit)unpack_u8(&u);
    enum status st = OK;
    struct buf key;
    size_t stem;

    buf_init(&key, WRITE_BYTES_MAX);
    fan->high_resolution = unpack_u8(&u) != 0;
    take_text(&u, &key);
    take_text(&u, &key);
    stem = key.len;
    fan->count = unpack_varint(&u);
    if (u.bad || fan->count > len) /* a set takes at least a byte */
        fan->count = 0;
    fan->series = arena_alloc(w->catalog.fans.arena, fan->count * sizeof(struct stored_series *));
    for (size_t i = 0; i < fan->count && st == OK; i++) {
        size_t dims = unpack_varint(&u);

        key.len = stem;
        for (size_t k = 0; k < 2 * dims && !u.bad && !buf_failed(&key); k++)
            take_text(&u, &key);
        if (u.bad || buf_failed(&key))
            st = err_set(err, E_INTERNAL, "a metric's name does not fit");
        else
            st = get_series(w, &key, unit, &fan->series[i], err);
    }
    buf_fini(&key);
    return st;
}

static enum status
find_fan(struct writer *w, const void *key, size_t len, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_FAN_FIND);

    sqlite3_bind_int64(st, 1, (int64_t)text_hash(key, len, TEXT_HASH_SEED));
    db_bind_bytes(st, 2, key, len);
    return db_get_int(&w->db, st, 0, id, err);
}

static enum status
add_fan(struct writer *w, const void *key, size_t len, struct fan *fan, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_FAN_ADD);
    enum status status;

    sqlite3_bind_int64(st, 1, (int64_t)text_hash(key, len, TEXT_HASH_SEED));
    db_bind_bytes(st, 2, key, len);
    status = db_run(&w->db, st, err);
    fan->id = sqlite3_last_insert_rowid(w->db.handle);
    for (size_t i = 0; i < fan->count && status == OK; i++) {
        st = db_stmt(&w->db, SQL_FAN_LINK);
        sqlite3_bind_int64(st, 1, fan->series[i]->id);
        sqlite3_bind_int64(st, 2, fan->id);
        status = db_run(&w->db, st, err);
    }
    return status;
}

enum status
catalog_fan(struct writer *w, const void *key, size_t len, struct fan **out, struct err *err)
{
    struct fan fan = { 0 }, *known = table_find(&w->catalog.fans, key, len);
    enum status st;

    if (known != NULL) {
        *out = known;
        return OK;
    }
    st = resolve(w, &fan, key, len, err);
    if (st == OK)
        st = find_fan(w, key, len, &fan.id, err);
    if (st == OK && fan.id == 0)
        st = add_fan(w, key, len, &fan, err);
    if (st != OK)
        return st;
    known = table_add(&w->catalog.fans, key, len);
    *known = fan;
    *out = known;
    return OK;
}

enum status
catalog_datum_fan(struct writer *w, const struct metric_datum *datum, struct fan **out,
                  struct err *err)
{
    struct buf key;
    enum status st;

    buf_init(&key, WRITE_BYTES_MAX);
    write_fan_key(&key, datum);
    st = catalog_fan(w, key.data, key.len, out, err);
    buf_fini(&key);
    return st;
}

struct fan *
catalog_quick(const struct catalog *c, const void *key, size_t len)
{
    struct fan **fan = table_find(&c->quick, key, len);

    return fan == NULL ? NULL : *fan;
}

void
catalog_forget_quick(struct catalog *c)
{
    table_clear(&c->quick);
}

void
catalog_set_quick(struct catalog *c, const void *key, size_t len, struct fan *fan)
{
    struct fan **slot = table_add(&c->quick, key, len);

    *slot = fan;
}

enum status
catalog_fan_by_id(struct writer *w, int64_t id, struct fan **out, struct err *err)
{
    sqlite3_stmt *st;
    enum status status;
    struct buf key;
    bool row;

    *out = catalog_quick(&w->catalog, &id, sizeof id);
    if (*out != NULL)
        return OK;
    st = db_stmt(&w->db, SQL_FAN_GET);
    sqlite3_bind_int64(st, 1, id);
    status = db_next(&w->db, st, &row, err);
    if (status != OK || !row)
        return status;
    buf_init(&key, WRITE_BYTES_MAX);
    buf_add(&key, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
    sqlite3_reset(st);
    status = catalog_fan(w, key.data, key.len, out, err);
    buf_fini(&key);
    if (status == OK)
        catalog_set_quick(&w->catalog, &id, sizeof id, *out);
    return status;
}
