/* umami_schema.h - Umami's tables, as SQLite has them.
 * SPDX-License-Identifier: MIT
 *
 * Names of tables (behind the prefix) and of columns are those of Umami 2.20 and 3.1; ids are their
 * usual text in lower case, times whole milliseconds since 1970. Ids of events and of their data
 * are UUIDs of version 7, so that their index grows at one end.
 *
 * There is no index of events by session: its pages are all over the file, one more for each hit,
 * and that alone would cost a hit half as much again.
 *
 * umami_verdict names the rows that a real Umami would not have, and why. session_link
 * became the table `link` (schema.c).
 *
 * The views are for people who know the tables of Umami 1. The administrator's password is "umami",
 * as in every fresh Umami. */
#ifndef OV_STORE_UMAMI_SCHEMA_H
#define OV_STORE_UMAMI_SCHEMA_H

/* clang-format off */
#define UMAMI_SCHEMA_ADMIN \
    "INSERT INTO umami_user(user_id, username, password, role, created_at, updated_at)" \
    " SELECT '41e2b680-648e-4b09-bcd7-3e2b10c06264', 'admin'," \
    " '$2b$10$BUli0c.muyCW1ErNJc3jL.vFRFtFJWrT8/GcR4A.sUdCznaXiqFXa', 'admin'," \
    " applied_ms, applied_ms FROM migration ORDER BY version LIMIT 1;"

/* What visitors did, and what belongs to it: two steps, because of their length. */
#define UMAMI_SCHEMA_VISITS \
    "CREATE TABLE umami_website(website_id TEXT PRIMARY KEY, name TEXT NOT NULL, domain TEXT," \
    " share_id TEXT UNIQUE, reset_at INTEGER, user_id TEXT, team_id TEXT, created_by TEXT," \
    " created_at INTEGER, updated_at INTEGER, deleted_at INTEGER," \
    " replay_enabled INTEGER NOT NULL DEFAULT 0, replay_config TEXT) WITHOUT ROWID;" \
    "CREATE TABLE umami_session(session_id TEXT PRIMARY KEY, website_id TEXT NOT NULL," \
    " browser TEXT, os TEXT, device TEXT, screen TEXT, language TEXT, country TEXT, region TEXT," \
    " city TEXT, distinct_id TEXT, created_at INTEGER NOT NULL) WITHOUT ROWID;" \
    "CREATE INDEX umami_session_by_time ON umami_session(website_id, created_at);" \
    "CREATE TABLE umami_website_event(event_id TEXT PRIMARY KEY, website_id TEXT NOT NULL," \
    " session_id TEXT NOT NULL, visit_id TEXT NOT NULL, created_at INTEGER NOT NULL," \
    " url_path TEXT NOT NULL, url_query TEXT, utm_source TEXT, utm_medium TEXT," \
    " utm_campaign TEXT, utm_content TEXT, utm_term TEXT, referrer_path TEXT," \
    " referrer_query TEXT, referrer_domain TEXT, page_title TEXT, gclid TEXT, fbclid TEXT," \
    " msclkid TEXT, ttclid TEXT, li_fat_id TEXT, twclid TEXT," \
    " event_type INTEGER NOT NULL DEFAULT 1, event_name TEXT, tag TEXT, hostname TEXT," \
    " lcp REAL, inp REAL, cls REAL, fcp REAL, ttfb REAL);" \
    "CREATE INDEX umami_website_event_by_time ON umami_website_event(website_id, created_at," \
    " session_id);" \
    "CREATE TABLE umami_event_data(event_data_id TEXT PRIMARY KEY, website_id TEXT NOT NULL," \
    " website_event_id TEXT NOT NULL, data_key TEXT NOT NULL, string_value TEXT," \
    " number_value REAL, date_value INTEGER, data_type INTEGER NOT NULL," \
    " created_at INTEGER NOT NULL);" \
    "CREATE INDEX umami_event_data_by_event ON umami_event_data(website_event_id);" \
    "CREATE INDEX umami_event_data_by_time ON umami_event_data(website_id, created_at, data_key);" \
    "CREATE TABLE umami_session_data(session_data_id TEXT PRIMARY KEY, website_id TEXT NOT NULL," \
    " session_id TEXT NOT NULL, data_key TEXT NOT NULL, string_value TEXT, number_value REAL," \
    " date_value INTEGER, data_type INTEGER NOT NULL, distinct_id TEXT," \
    " created_at INTEGER NOT NULL);" \
    "CREATE UNIQUE INDEX umami_session_data_by_key ON umami_session_data(session_id, data_key);" \
    "CREATE INDEX umami_session_data_by_time ON umami_session_data(website_id, created_at," \
    " data_key);" \
    "CREATE TABLE umami_revenue(revenue_id TEXT PRIMARY KEY, website_id TEXT NOT NULL," \
    " session_id TEXT NOT NULL, event_id TEXT NOT NULL, event_name TEXT NOT NULL," \
    " currency TEXT NOT NULL, revenue REAL, created_at INTEGER NOT NULL);" \
    "CREATE INDEX umami_revenue_by_time ON umami_revenue(website_id, created_at);" \
    "CREATE INDEX umami_revenue_by_event ON umami_revenue(event_id);"

#define UMAMI_SCHEMA_PEOPLE \
    "CREATE TABLE umami_user(user_id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE," \
    " password TEXT NOT NULL, role TEXT NOT NULL, logo_url TEXT, display_name TEXT," \
    " created_at INTEGER, updated_at INTEGER, deleted_at INTEGER) WITHOUT ROWID;" \
    "CREATE TABLE umami_share(share_id TEXT PRIMARY KEY, entity_id TEXT NOT NULL," \
    " share_type INTEGER NOT NULL, slug TEXT NOT NULL UNIQUE, parameters TEXT NOT NULL," \
    " created_at INTEGER, updated_at INTEGER) WITHOUT ROWID;" \
    "CREATE TABLE umami_verdict(event_id TEXT PRIMARY KEY, rule TEXT NOT NULL," \
    " verdict TEXT NOT NULL) WITHOUT ROWID;" \
    "CREATE TABLE session_link(app_session TEXT NOT NULL, distinct_id TEXT NOT NULL," \
    " umami_session TEXT NOT NULL, umami_visit TEXT NOT NULL, website_id TEXT NOT NULL," \
    " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL," \
    " PRIMARY KEY(umami_session, umami_visit, app_session, distinct_id)) WITHOUT ROWID;" \
    "CREATE INDEX session_link_by_app ON session_link(app_session) WHERE app_session<>'';" \
    "CREATE INDEX session_link_by_distinct ON session_link(distinct_id) WHERE distinct_id<>'';" \
    "CREATE INDEX session_link_by_time ON session_link(last_ms);" \
    "CREATE VIEW umami_pageview AS SELECT event_id AS view_id, website_id, created_at," \
    " session_id, url_path||iif(url_query<>'', '?'||url_query, '') AS url," \
    " referrer_domain||referrer_path||iif(referrer_query<>'', '?'||referrer_query, '')" \
    " AS referrer FROM umami_website_event WHERE event_type=1;" \
    "CREATE VIEW umami_event AS SELECT event_id, website_id, created_at, session_id," \
    " url_path||iif(url_query<>'', '?'||url_query, '') AS url, event_name" \
    " FROM umami_website_event WHERE event_type=2;" \
    "CREATE VIEW pageview AS SELECT * FROM umami_pageview;" \
    "CREATE VIEW event AS SELECT * FROM umami_event;" \
    UMAMI_SCHEMA_ADMIN

#define UMAMI_SCHEMA_EMPTY \
    "DELETE FROM umami_website; DELETE FROM umami_session; DELETE FROM umami_website_event;" \
    "DELETE FROM umami_event_data; DELETE FROM umami_session_data; DELETE FROM umami_revenue;" \
    "DELETE FROM umami_user; DELETE FROM umami_share; DELETE FROM umami_verdict;" \
    "DELETE FROM link;" UMAMI_SCHEMA_ADMIN
/* clang-format on */

#endif
