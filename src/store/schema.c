/* schema.c - what the tables look like, step by step.
 * SPDX-License-Identifier: MIT
 *
 * A step is never changed once it was released: a new one is added behind it. PRAGMA user_version
 * is the number of steps taken; the table `migration` says when.
 *
 * Ids of vital_post and error_post are the product time in milliseconds << 20 plus a counter, so
 * the primary key is the time order the logs are read in and no second index is needed. Ids of
 * sample_chunk and log_chunk just count up. A chunk holds the lines or values of one commit.
 *
 * `late` holds raw rows that sort below the mark up to which the rollups on disk contain the raw
 * rows (state.seen_*): with it, recovery after a kill knows exactly what to add again.
 *
 * Numbers of texts, series and fans are never used twice (AUTOINCREMENT): readers remember texts by
 * number from one snapshot to the next.
 *
 * A row of alarm_giver names a stack that gave this store its alarms: who then deletes them does
 * not get them again.
 *
 * Dictionary rows (text) carry the last day they were used and go when all raw rows of that day
 * went. Series, fans, groups and streams have tables of their own.
 *
 * `link` says which ids belong to one visitor (link.h); its pairs stand twice, once in each
 * direction. An error report is found by its session, so it has an index and no links.
 *
 * A row of recording is a session, keyed by OpenReplay's number for it; its bodies (recording_body)
 * go with it in one transaction. `hash` is 0 but for a body with a fault, whose other columns do
 * not tell it apart. recording_search says up to which body personal data was looked for.
 *
 * error_group says since when each group of errors is known; its id is the fingerprint's.
 *
 * `log_extra` is what a log group carries besides lines (enum log_extra_kind); the store knows only
 * its name, the value is text of whoever put it there. */
#include "config.h"

#include "store/schema.h"

#include "store/error_group.h"
#include "store/umami_schema.h"

#include <string.h>

/* Each pair of ids twice, once in each direction; 31536000000: a year, as Umami's rows are kept. */
#define LINK_SCHEMA                                                                                \
    "CREATE TABLE link(kind TEXT NOT NULL, id TEXT NOT NULL, to_kind TEXT NOT NULL,"               \
    " to_id TEXT NOT NULL, owner TEXT NOT NULL, first_ms INTEGER NOT NULL,"                        \
    " last_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"                                        \
    " PRIMARY KEY(kind, id, to_kind, to_id)) WITHOUT ROWID;"                                       \
    "CREATE INDEX link_by_until ON link(until_ms);"                                                \
    "CREATE INDEX error_post_by_session ON error_post(session);"                                   \
    "WITH l AS (SELECT lower(app_session) AS app, iif(distinct_id LIKE"                            \
    " '________-____-____-____-____________', lower(distinct_id), distinct_id) AS who,"            \
    " umami_session AS session, umami_visit AS visit, website_id AS site, first_ms, last_ms"       \
    " FROM session_link)"                                                                          \
    "INSERT INTO link SELECT kind, id, to_kind, to_id, min(site), min(first_ms), max(last_ms),"    \
    " max(last_ms)+31536000000 FROM ("                                                             \
    "SELECT 'app-session' AS kind, app AS id, 'umami-session' AS to_kind, session AS to_id, site," \
    " first_ms, last_ms FROM l UNION ALL "                                                         \
    "SELECT 'app-session', app, 'umami-visit', visit, site, first_ms, last_ms FROM l UNION ALL "   \
    "SELECT 'app-session', app, 'visitor', who, site, first_ms, last_ms FROM l UNION ALL "         \
    "SELECT 'visitor', who, 'umami-session', session, site, first_ms, last_ms FROM l UNION ALL "   \
    "SELECT 'visitor', who, 'umami-visit', visit, site, first_ms, last_ms FROM l)"                 \
    " WHERE id<>'' AND to_id<>'' GROUP BY 1, 2, 3, 4;"                                             \
    "INSERT OR IGNORE INTO link SELECT to_kind, to_id, kind, id, owner, first_ms, last_ms,"        \
    " until_ms FROM link;"                                                                         \
    "DROP TABLE session_link;"

#define APPLICATION_ID 0x4f425356 /* "OBSV" */

static const struct step {
    const char *name;
    const char *sql;
    enum status (*fill)(struct db *db, struct err *err); /* behind the SQL; NULL: that is all */
} steps[] = {
    {
        "first tables",
        "CREATE TABLE state(id INTEGER PRIMARY KEY CHECK(id=1), vitals INTEGER NOT NULL,"
        " errors INTEGER NOT NULL, data INTEGER NOT NULL, log_lines INTEGER NOT NULL,"
        " next_line INTEGER NOT NULL, seen_vital INTEGER NOT NULL, seen_error INTEGER NOT NULL,"
        " seen_sample INTEGER NOT NULL);"
        "INSERT INTO state VALUES(1, 0, 0, 0, 0, 1, 0, 0, 0);"
        "CREATE TABLE late(kind INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(kind, id))"
        " WITHOUT ROWID;"
        "CREATE TABLE text(id INTEGER PRIMARY KEY AUTOINCREMENT, hash INTEGER NOT NULL, day "
        "INTEGER NOT NULL,"
        " value BLOB NOT NULL);"
        "CREATE INDEX text_by_hash ON text(hash);"
        "CREATE TABLE series(id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, unit INTEGER "
        "NOT NULL,"
        " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);"
        "CREATE UNIQUE INDEX series_by_key ON series(key, unit);"
        "CREATE TABLE fan(id INTEGER PRIMARY KEY AUTOINCREMENT, hash INTEGER NOT NULL, key BLOB "
        "NOT NULL);"
        "CREATE INDEX fan_by_hash ON fan(hash);"
        "CREATE TABLE fan_series(series INTEGER NOT NULL, fan INTEGER NOT NULL,"
        " PRIMARY KEY(series, fan)) WITHOUT ROWID;"
        "CREATE TABLE rollup(series INTEGER NOT NULL, tier INTEGER NOT NULL,"
        " start INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(series, tier, start))"
        " WITHOUT ROWID;"
        "CREATE TABLE vital_post(id INTEGER PRIMARY KEY, environment INTEGER NOT NULL,"
        " session NOT NULL, agent INTEGER NOT NULL, duration_us INTEGER NOT NULL,"
        " request BLOB NOT NULL, samples BLOB NOT NULL);"
        "CREATE TABLE error_post(id INTEGER PRIMARY KEY, environment INTEGER NOT NULL,"
        " session NOT NULL, agent INTEGER NOT NULL, duration_us INTEGER NOT NULL,"
        " request BLOB NOT NULL, error BLOB NOT NULL, message INTEGER NOT NULL,"
        " stack INTEGER NOT NULL, type INTEGER NOT NULL, url INTEGER NOT NULL,"
        " route INTEGER NOT NULL, component_stack INTEGER NOT NULL, page_ms INTEGER NOT NULL);"
        "CREATE INDEX error_post_by_error ON error_post(error);"
        "CREATE TABLE sample_chunk(id INTEGER PRIMARY KEY, last_ms INTEGER NOT NULL,"
        " spread_ms INTEGER NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL);"
        "CREATE TABLE log_group(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
        " created_ms INTEGER NOT NULL, stored_bytes INTEGER NOT NULL);"
        "CREATE TABLE log_stream(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
        " ingested_ms INTEGER NOT NULL, UNIQUE(grp, name));"
        "CREATE TABLE log_chunk(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL,"
        " stream INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
        " lines INTEGER NOT NULL, raw_len INTEGER NOT NULL, body BLOB NOT NULL);"
        "CREATE INDEX log_chunk_by_time ON log_chunk(grp, first_ms, last_ms, stream);",
        NULL,
    },
    {
        "what log groups carry",
        "ALTER TABLE log_group ADD COLUMN retention_days INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE log_group ADD COLUMN kms_key TEXT NOT NULL DEFAULT '';"
        "CREATE TABLE log_extra(grp INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,"
        " created_ms INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY(grp, kind, name))"
        " WITHOUT ROWID;",
        NULL,
    },
    {
        "alarms",
        "CREATE TABLE alarm(name TEXT PRIMARY KEY, composite INTEGER NOT NULL,"
        " actions INTEGER NOT NULL, definition TEXT NOT NULL, tags TEXT NOT NULL,"
        " state INTEGER NOT NULL, reason TEXT NOT NULL, reason_data TEXT NOT NULL,"
        " updated_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
        " configured_ms INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE alarm_event(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
        " composite INTEGER NOT NULL, kind INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
        " summary TEXT NOT NULL, data TEXT NOT NULL);"
        "CREATE INDEX alarm_event_by_time ON alarm_event(time_ms);"
        "CREATE INDEX alarm_event_by_name ON alarm_event(name, time_ms);"
        "CREATE TABLE alarm_claim(id INTEGER PRIMARY KEY CHECK(id=1));",
        NULL,
    },
    {
        "alarms of stacks",
        "CREATE TABLE alarm_giver(name TEXT PRIMARY KEY) WITHOUT ROWID;"
        "DROP TABLE alarm_claim;",
        NULL,
    },
    { "Umami: websites, sessions, events", UMAMI_SCHEMA_VISITS, NULL },
    { "Umami: people, links, views", UMAMI_SCHEMA_PEOPLE, NULL },
    { "Umami: names of shares", "ALTER TABLE umami_share ADD COLUMN name TEXT;", NULL },
    { "links between ids of all kinds", LINK_SCHEMA, NULL },
    {
        "session recordings",
        "CREATE TABLE recording(session INTEGER PRIMARY KEY, started_ms INTEGER NOT NULL,"
        " user_uuid TEXT NOT NULL, project_key TEXT NOT NULL, tracker_version TEXT NOT NULL,"
        " user_agent TEXT NOT NULL, user_id TEXT NOT NULL, timezone TEXT NOT NULL,"
        " referrer TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
        " received_ms INTEGER NOT NULL DEFAULT 0, bodies INTEGER NOT NULL DEFAULT 0,"
        " raw_bytes INTEGER NOT NULL DEFAULT 0, stored_bytes INTEGER NOT NULL DEFAULT 0,"
        " faults INTEGER NOT NULL DEFAULT 0);"
        "CREATE INDEX recording_by_time ON recording(started_ms, session);"
        "CREATE TABLE recording_body(number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " session INTEGER NOT NULL, received_ms INTEGER NOT NULL, tab TEXT NOT NULL,"
        " page_no INTEGER NOT NULL, stream INTEGER NOT NULL, first_index INTEGER NOT NULL,"
        " length INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
        " fault INTEGER NOT NULL, fault_at INTEGER NOT NULL, hash INTEGER NOT NULL,"
        " body BLOB NOT NULL);"
        "CREATE INDEX recording_body_by_session ON recording_body(session);"
        "CREATE UNIQUE INDEX recording_body_once ON recording_body(session, tab, page_no, stream,"
        " first_index, length, hash);"
        "CREATE TABLE recording_search(id INTEGER PRIMARY KEY CHECK(id=1), number INTEGER NOT NULL,"
        " key BLOB NOT NULL);"
        "INSERT INTO recording_search VALUES(1, 0, randomblob(32));",
        NULL,
    },
    {
        "groups of errors",
        "CREATE TABLE error_group(id INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL,"
        " last_ms INTEGER NOT NULL);",
        error_group_make,
    },
};
#define STEPS ((int64_t)(sizeof steps / sizeof steps[0]))

static enum status
get_pragma(struct db *db, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *st = NULL;
    enum status status;

    if (sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL) != SQLITE_OK)
        return db_fail(db, err);
    status = db_get_int(db, st, 0, out, err);
    sqlite3_finalize(st);
    return status;
}

static enum status
note_step(struct db *db, int64_t version, int64_t now_ms, struct err *err)
{
    char pragma[64];
    sqlite3_stmt *st = NULL;
    enum status status;

    if (sqlite3_prepare_v2(db->handle, "INSERT INTO migration VALUES(?1, ?2, ?3)", -1, &st, NULL) !=
        SQLITE_OK)
        return db_fail(db, err);
    sqlite3_bind_int64(st, 1, version);
    sqlite3_bind_text(st, 2, steps[version - 1].name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, now_ms);
    status = db_run(db, st, err);
    sqlite3_finalize(st);
    if (status != OK)
        return status;
    sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version=%d", (int)version);
    return db_exec(db, pragma, err);
}

static enum status
take_steps(struct db *db, int64_t version, int64_t now_ms, struct err *err)
{
    enum status st = OK;

    if (version == 0) {
        char pragma[64];

        sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA application_id=%d", APPLICATION_ID);
        st = db_exec(db, pragma, err);
        if (st == OK)
            st = db_exec(db,
                         "CREATE TABLE migration(version INTEGER PRIMARY KEY,"
                         " name TEXT NOT NULL, applied_ms INTEGER NOT NULL)",
                         err);
    }
    for (; st == OK && version < STEPS; version++) {
        st = db_exec(db, steps[version].sql, err);
        if (st == OK && steps[version].fill != NULL)
            st = steps[version].fill(db, err);
        if (st == OK)
            st = note_step(db, version + 1, now_ms, err);
    }
    return st;
}

static enum status
read_version(struct db *db, const char *path, int64_t *version, struct err *err)
{
    int64_t id, objects;
    enum status st = get_pragma(db, "PRAGMA application_id", &id, err);

    if (st == OK)
        st = get_pragma(db, "PRAGMA user_version", version, err);
    if (st == OK)
        st = get_pragma(db, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (st != OK)
        return err_context(err, "cannot read %s", path);
    if (id != APPLICATION_ID && (id != 0 || *version != 0 || objects != 0))
        return err_set(err, E_IO, "%s is a database of another program; choose another path", path);
    if (*version > STEPS)
        return err_set(err, E_IO,
                       "%s was written by a newer obsview (schema %lld, this one knows %lld)", path,
                       (long long)*version, (long long)STEPS);
    return OK;
}

enum status
schema_check(struct db *db, const char *path, struct err *err)
{
    int64_t version;
    enum status st = read_version(db, path, &version, err);

    if (st == OK && version != STEPS)
        st = err_set(err, E_IO,
                     "%s has schema %lld, this obsview reads %lld (obsview emulate brings it up to "
                     "date)",
                     path, (long long)version, (long long)STEPS);
    return st;
}

enum status
schema_prepare(struct db *db, const char *path, int64_t now_ms, struct err *err)
{
    int64_t version;
    enum status st = read_version(db, path, &version, err);

    if (st != OK)
        return st;
    /* Before the first table: in this mode creating them waits for no disk. */
    st = db_exec(db, "PRAGMA journal_mode=WAL", err);
    if (st != OK || version == STEPS)
        return st;
    st = db_do(db, SQL_BEGIN, err);
    if (st == OK)
        st = take_steps(db, version, now_ms, err);
    if (st == OK)
        return db_do(db, SQL_COMMIT, err);
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return err_context(err, "cannot prepare %s", path);
}

enum status
schema_empty(struct db *db, struct err *err)
{
    return db_exec(db,
                   "DELETE FROM late; DELETE FROM text; DELETE FROM fan; DELETE FROM fan_series;"
                   "DELETE FROM series; DELETE FROM rollup; DELETE FROM vital_post;"
                   "DELETE FROM error_post; DELETE FROM error_group; DELETE FROM sample_chunk; "
                   "DELETE FROM log_chunk;"
                   "DELETE FROM log_stream; DELETE FROM log_group; DELETE FROM log_extra;"
                   "DELETE FROM alarm; DELETE FROM alarm_event; DELETE FROM alarm_giver;"
                   "DELETE FROM recording; DELETE FROM recording_body;" UMAMI_SCHEMA_EMPTY
                   "UPDATE state SET vitals=0, errors=0, data=0, log_lines=0, seen_vital=0,"
                   " seen_error=0, seen_sample=0",
                   err);
}
