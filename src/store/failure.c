/* failure.c - error reports to rows, and to the series that count them.
 * SPDX-License-Identifier: MIT
 *
 * Every text is in the dictionary: the same crash sends the same message and stacks each time, and
 * they are most of a report.
 *
 * Besides the metrics of the Lambda that took the report there is the metric Errors in the
 * front end's namespace, in the dimension sets [environment], [environment, errorType] and
 * [environment, route]: CloudWatch never adds up over sets, and these are the three sums that the
 * document's dashboards ask for. A set with an empty value is left out. */
#include "config.h"

#include "store/failure.h"

#include "store/error_group.h"
#include "store/post_id.h"
#include "store/writer.h"

#include <string.h>

#define DAY_MS 86400000

/* The columns that hold numbers of texts, in the order of the record and of the row. */
enum field { MESSAGE, STACK, TYPE, URL, ROUTE, COMPONENT_STACK, FIELDS };

#define COLUMN_TEXTS 7 /* of SQL_ERROR_*: the first of them */

struct failure_row {
    int64_t id;
    int64_t environment, agent;
    struct session_ref session;
    uint32_t duration_us;
    uint8_t request[16], error[16];
    int64_t texts[FIELDS];
    int64_t page_ms;
};

static void
row_read(struct failure_row *out, sqlite3_stmt *st)
{
    *out = (struct failure_row){
        .id = sqlite3_column_int64(st, 0),
        .environment = sqlite3_column_int64(st, 1),
        .agent = sqlite3_column_int64(st, 3),
        .duration_us = (uint32_t)sqlite3_column_int64(st, 4),
        .page_ms = sqlite3_column_int64(st, COLUMN_TEXTS + FIELDS),
    };
    session_read(&out->session, st, 2);
    if (sqlite3_column_bytes(st, 5) == 16)
        memcpy(out->request, sqlite3_column_blob(st, 5), 16);
    if (sqlite3_column_bytes(st, 6) == 16)
        memcpy(out->error, sqlite3_column_blob(st, 6), 16);
    for (int i = 0; i < FIELDS; i++)
        out->texts[i] = sqlite3_column_int64(st, COLUMN_TEXTS + i);
}

enum status
failure_read(struct db *db, struct arena *arena, sqlite3_stmt *st, int64_t *id,
             struct error_report *out, struct err *err)
{
    struct error_report report = { 0 };
    const char *texts[FIELDS];
    struct failure_row row;
    enum status status;

    row_read(&row, st);
    report.received_ms = post_id_time(row.id);
    report.duration_us = row.duration_us;
    report.page_time_ms = row.page_ms;
    memcpy(report.request_id, row.request, 16);
    memcpy(report.error_id, row.error, 16);
    status = texts_get(db, arena, row.environment, &report.environment, err);
    if (status == OK)
        status = texts_get(db, arena, row.agent, &report.user_agent, err);
    if (status == OK)
        status = session_text(db, arena, &row.session, &report.session_id, err);
    for (int i = 0; i < FIELDS && status == OK; i++)
        status = texts_get(db, arena, row.texts[i], &texts[i], err);
    if (status != OK)
        return status;
    report.message = texts[MESSAGE];
    report.stack = texts[STACK];
    report.type = texts[TYPE];
    report.url = texts[URL];
    report.route = texts[ROUTE];
    report.component_stack = texts[COMPONENT_STACK];
    *id = row.id;
    *out = report;
    return OK;
}

/* --- series ----------------------------------------------------------------------------------- */

struct failure_key {
    int64_t environment, type, route;
    int64_t mark; /* keeps it apart from other short keys of the same length */
};

static enum status
make_fan(struct writer *w, const struct failure_key *key, struct fan **out, struct err *err)
{
    struct arena *arena = arena_new();
    struct dimension by_type[2] = { { "environment", "" }, { "errorType", "" } };
    struct dimension by_route[2] = { { "environment", "" }, { "route", "" } };
    struct dimension_set sets[3] = { { by_type, 1 } };
    struct metric_datum datum = {
        .namespace_name = WEB_VITALS_NAMESPACE,
        .metric = "Errors",
        .unit = UNIT_COUNT,
        .sets = sets,
        .set_count = 1,
    };
    enum status st = texts_get(&w->db, arena, key->environment, &by_type[0].value, err);

    by_route[0].value = by_type[0].value;
    if (st == OK)
        st = texts_get(&w->db, arena, key->type, &by_type[1].value, err);
    if (st == OK)
        st = texts_get(&w->db, arena, key->route, &by_route[1].value, err);
    if (*by_type[1].value != '\0')
        sets[datum.set_count++] = (struct dimension_set){ by_type, 2 };
    if (*by_route[1].value != '\0')
        sets[datum.set_count++] = (struct dimension_set){ by_route, 2 };
    if (st == OK)
        st = catalog_datum_fan(w, &datum, out, err);
    arena_free(arena);
    return st;
}

static enum status
feed(struct writer *w, const struct failure_row *row, struct err *err)
{
    const struct failure_key key = { row->environment, row->texts[TYPE], row->texts[ROUTE], 1 };
    const struct origin from = { post_id_time(row->id), RAW_ERROR, row->id };
    struct fan *fan = catalog_quick(&w->catalog, &key, sizeof key);
    enum status st = OK;

    if (fan == NULL) {
        st = make_fan(w, &key, &fan, err);
        if (st != OK)
            return st;
        catalog_set_quick(&w->catalog, &key, sizeof key, fan);
    }
    st = rollups_add_value(w, fan, &from, 1, 1, err);
    w->state.errors++;
    if (st == OK)
        st = logs_saw_post(w, ERROR_REPORT_FUNCTION, from.time_ms, FAILURE_STORED_BYTES, err);
    if (st == OK)
        st = lambda_feed(w, ERROR_REPORT_FUNCTION, &from, row->duration_us, err);
    return st;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum status
insert(struct writer *w, const struct failure_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ERROR_ADD);

    sqlite3_bind_int64(st, 1, row->id);
    sqlite3_bind_int64(st, 2, row->environment);
    session_bind(st, 3, &row->session);
    sqlite3_bind_int64(st, 4, row->agent);
    sqlite3_bind_int64(st, 5, row->duration_us);
    sqlite3_bind_blob(st, 6, row->request, 16, SQLITE_STATIC);
    sqlite3_bind_blob(st, 7, row->error, 16, SQLITE_STATIC);
    for (int i = 0; i < FIELDS; i++)
        sqlite3_bind_int64(st, 8 + i, row->texts[i]);
    sqlite3_bind_int64(st, 8 + FIELDS, row->page_ms);
    return db_run(&w->db, st, err);
}

static enum status
intern(struct writer *w, struct unpack *record, int64_t day, int64_t *id, struct err *err)
{
    size_t len;
    const void *text = unpack_blob(record, &len);

    return texts_intern(&w->texts, &w->db, text, len, day, id, err);
}

enum status
failure_apply(struct writer *w, struct unpack *record, struct err *err)
{
    const uint64_t group = unpack_varint(record);
    int64_t received_ms = unpack_signed(record), day = received_ms / DAY_MS;
    struct failure_row row = { .duration_us = (uint32_t)unpack_varint(record) };
    const void *request = unpack_bytes(record, 16);
    const void *error = unpack_bytes(record, 16);
    enum status st;

    if (request == NULL || error == NULL)
        return err_set(err, E_INTERNAL, "a record of an error report is cut short");
    memcpy(row.request, request, 16);
    memcpy(row.error, error, 16);
    st = intern(w, record, day, &row.environment, err);
    if (st == OK)
        st = session_intern(w, record, day, &row.session, err);
    if (st == OK)
        st = intern(w, record, day, &row.agent, err);
    for (int i = 0; i < FIELDS && st == OK; i++)
        st = intern(w, record, day, &row.texts[i], err);
    row.page_ms = unpack_signed(record);
    if (st == OK)
        st = writer_next_post(w, RAW_ERROR, received_ms, &row.id, err);
    if (st == OK)
        st = insert(w, &row, err);
    if (st == OK)
        st = error_group_saw(w, group, received_ms, err);
    if (st != OK)
        return st;
    return feed(w, &row, err);
}

static enum status
replay_rows(struct writer *w, sqlite3_stmt *st, struct err *err)
{
    struct failure_row row;
    enum status status;
    bool more;

    while ((status = db_next(&w->db, st, &more, err)) == OK && more) {
        row_read(&row, st);
        status = feed(w, &row, err);
        if (status != OK)
            break;
    }
    if (st != NULL)
        sqlite3_reset(st);
    return status;
}

enum status
failure_replay(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ERROR_UP);
    enum status status;

    sqlite3_bind_int64(st, 1, w->state.seen[RAW_ERROR]);
    sqlite3_bind_int64(st, 2, INT64_MAX);
    status = replay_rows(w, st, err);
    return status == OK ? replay_rows(w, db_stmt(&w->db, SQL_ERROR_LATE), err) : status;
}
