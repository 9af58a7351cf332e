/* sample.c - metric data in chunks.
 * SPDX-License-Identifier: MIT
 *
 * An entry is  fan << 2 | form, time - the time before, then
 *   ONE         value
 *   MANY        n, n values
 *   COUNTED     n, n times value and count
 *   STATISTICS  count, sum, min, max
 * which is four to twelve bytes for the usual one value; the time before the first entry is the
 * row's last_ms - spread_ms. Chunks are kept a day (retain.c): after that the rollups are all there
 * is, as on CloudWatch. */
#include "config.h"

#include "store/sample.h"
#include "store/write.h"
#include "store/writer.h"

#define CHUNK_BYTES ((size_t)32 << 10)
#define CHUNK_MAX   ((size_t)64 << 20)

enum form { ONE, MANY, COUNTED, STATISTICS };

void
samples_init(struct samples *s)
{
    *s = (struct samples){ .next_id = 1 };
    buf_init(&s->body, CHUNK_MAX);
}

void
samples_fini(struct samples *s)
{
    buf_fini(&s->body);
}

static void
open_chunk(struct samples *s, int64_t time_ms)
{
    s->id = s->next_id++;
    s->last_ms = s->before_ms = time_ms;
    s->first_ms = time_ms;
    s->count = 0;
    buf_clear(&s->body);
}

enum status
samples_finish(struct writer *w, struct err *err)
{
    struct samples *s = &w->samples;
    sqlite3_stmt *st;

    if (s->id == 0)
        return OK;
    st = db_stmt(&w->db, SQL_SAMPLE_ADD);
    sqlite3_bind_int64(st, 1, s->id);
    sqlite3_bind_int64(st, 2, s->last_ms);
    sqlite3_bind_int64(st, 3, s->last_ms - s->first_ms);
    sqlite3_bind_int64(st, 4, s->count);
    db_bind_bytes(st, 5, s->body.data, s->body.len);
    w->state.last[RAW_SAMPLE] = s->id;
    s->id = 0;
    return db_run(&w->db, st, err);
}

/* The record's values into the chunk and the rollups. */
static enum status
take_values(struct writer *w, const struct fan *fan, const struct origin *from, bool counted,
            struct unpack *record, struct err *err)
{
    struct buf *body = &w->samples.body;
    size_t n = unpack_varint(record);
    enum status st = OK;

    if (counted || n != 1)
        pack_varint(body, n);
    for (size_t i = 0; i < n && st == OK && !record->bad; i++) {
        double value = unpack_number(record);
        double count = counted ? unpack_number(record) : 1;

        pack_number(body, value);
        if (counted)
            pack_number(body, count);
        st = rollups_add_value(w, fan, from, value, count, err);
        w->samples.count++;
    }
    return st;
}

static enum status
take_set(struct writer *w, const struct fan *fan, const struct origin *from, struct unpack *record,
         struct err *err)
{
    struct buf *body = &w->samples.body;
    struct statistic_set set;

    set.count = unpack_number(record);
    set.sum = unpack_number(record);
    set.min = unpack_number(record);
    set.max = unpack_number(record);
    pack_number(body, set.count);
    pack_number(body, set.sum);
    pack_number(body, set.min);
    pack_number(body, set.max);
    w->samples.count++;
    return rollups_add(w, fan, from, &set, err);
}

/* How the record's values will lie in the chunk; peeks at their number. */
static enum form
form_of(unsigned datum_form, struct unpack peek)
{
    if (datum_form == DATUM_STATISTICS)
        return STATISTICS;
    if (datum_form == DATUM_COUNTED)
        return COUNTED;
    return unpack_varint(&peek) == 1 ? ONE : MANY;
}

enum status
sample_apply(struct writer *w, struct unpack *record, struct err *err)
{
    struct samples *s = &w->samples;
    const uint8_t *len_bytes = unpack_bytes(record, 4);
    struct origin from = { .source = RAW_SAMPLE };
    struct fan *fan;
    unsigned datum_form;
    const void *key;
    int64_t before;
    enum form form;
    enum status st;
    size_t len;

    if (len_bytes == NULL)
        return err_set(err, E_INTERNAL, "a record of metric data is cut short");
    len = (size_t)len_bytes[0] | (size_t)len_bytes[1] << 8 | (size_t)len_bytes[2] << 16 |
          (size_t)len_bytes[3] << 24;
    key = unpack_bytes(record, len);
    from.time_ms = unpack_signed(record);
    datum_form = unpack_u8(record);
    if (record->bad)
        return err_set(err, E_INTERNAL, "a record of metric data is cut short");
    st = catalog_fan(w, key, len, &fan, err);
    if (st == OK && s->id != 0 && s->body.len > CHUNK_BYTES)
        st = samples_finish(w, err);
    if (st != OK)
        return st;
    if (s->id == 0)
        open_chunk(s, from.time_ms);
    from.raw_id = s->id;
    form = form_of(datum_form, *record);
    pack_varint(&s->body, (uint64_t)fan->id << 2 | form);
    pack_signed(&s->body, from.time_ms - s->before_ms);
    s->before_ms = from.time_ms;
    s->last_ms = from.time_ms > s->last_ms ? from.time_ms : s->last_ms;
    before = s->count;
    st = form == STATISTICS ? take_set(w, fan, &from, record, err)
                            : take_values(w, fan, &from, form == COUNTED, record, err);
    w->state.data += s->count - before;
    return st;
}

struct sample_walk
sample_walk_over(sqlite3_stmt *st)
{
    return (struct sample_walk){
        .in = unpack_over(sqlite3_column_blob(st, 4), (size_t)sqlite3_column_bytes(st, 4)),
        .time_ms = sqlite3_column_int64(st, 1) - sqlite3_column_int64(st, 2),
    };
}

bool
sample_walk_next(struct sample_walk *walk, struct sample_entry *entry)
{
    double value, count;

    if (walk->left == 0) {
        uint64_t head;

        if (walk->in.at == walk->in.end)
            return false;
        head = unpack_varint(&walk->in);
        walk->form = (unsigned)(head & 3);
        entry->fan = (int64_t)(head >> 2);
        walk->time_ms += unpack_signed(&walk->in);
        entry->time_ms = walk->time_ms;
        walk->left = walk->form == MANY || walk->form == COUNTED ? unpack_varint(&walk->in) : 1;
        if (walk->left == 0)
            return sample_walk_next(walk, entry);
    }
    walk->left--;
    if (walk->form == STATISTICS) {
        entry->set.count = unpack_number(&walk->in);
        entry->set.sum = unpack_number(&walk->in);
        entry->set.min = unpack_number(&walk->in);
        entry->set.max = unpack_number(&walk->in);
        return !walk->in.bad;
    }
    value = unpack_number(&walk->in);
    count = walk->form == COUNTED ? unpack_number(&walk->in) : 1;
    entry->set = (struct statistic_set){ count, value * count, value, value };
    return !walk->in.bad;
}

static enum status
replay_chunk(struct writer *w, sqlite3_stmt *chunk, struct err *err)
{
    struct sample_walk walk = sample_walk_over(chunk);
    int64_t id = sqlite3_column_int64(chunk, 0);
    struct sample_entry entry = { 0 };
    struct fan *fan = NULL;
    enum status st = OK;

    while (st == OK && sample_walk_next(&walk, &entry)) {
        const struct origin from = { entry.time_ms, RAW_SAMPLE, id };

        st = catalog_fan_by_id(w, entry.fan, &fan, err);
        if (st == OK && fan != NULL)
            st = rollups_add(w, fan, &from, &entry.set, err);
        w->state.data++;
    }
    return st;
}

enum status
samples_replay(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_SAMPLE_UP);
    enum status status;
    bool more;

    sqlite3_bind_int64(st, 1, w->state.seen[RAW_SAMPLE]);
    sqlite3_bind_int64(st, 2, INT64_MAX);
    while ((status = db_next(&w->db, st, &more, err)) == OK && more) {
        status = replay_chunk(w, st, err);
        if (status != OK)
            break;
    }
    if (st != NULL)
        sqlite3_reset(st);
    return status;
}
