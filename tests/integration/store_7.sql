-- store_7.sql - a database as the release with schema 7 made it, and what one visitor left there.
-- SPDX-License-Identifier: MIT

PRAGMA application_id=1329746774;
CREATE TABLE migration(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL);

-- 1: first tables
CREATE TABLE state(id INTEGER PRIMARY KEY CHECK(id=1), vitals INTEGER NOT NULL, errors INTEGER NOT NULL, data INTEGER NOT NULL, log_lines INTEGER NOT NULL, next_line INTEGER NOT NULL, seen_vital INTEGER NOT NULL, seen_error INTEGER NOT NULL, seen_sample INTEGER NOT NULL);
INSERT INTO state VALUES(1, 0, 0, 0, 0, 1, 0, 0, 0);
CREATE TABLE late(kind INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;
CREATE TABLE text(id INTEGER PRIMARY KEY AUTOINCREMENT, hash INTEGER NOT NULL, day INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX text_by_hash ON text(hash);
CREATE TABLE series(id INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, unit INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);
CREATE UNIQUE INDEX series_by_key ON series(key, unit);
CREATE TABLE fan(id INTEGER PRIMARY KEY AUTOINCREMENT, hash INTEGER NOT NULL, key BLOB NOT NULL);
CREATE INDEX fan_by_hash ON fan(hash);
CREATE TABLE fan_series(series INTEGER NOT NULL, fan INTEGER NOT NULL, PRIMARY KEY(series, fan)) WITHOUT ROWID;
CREATE TABLE rollup(series INTEGER NOT NULL, tier INTEGER NOT NULL, start INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(series, tier, start)) WITHOUT ROWID;
CREATE TABLE vital_post(id INTEGER PRIMARY KEY, environment INTEGER NOT NULL, session NOT NULL, agent INTEGER NOT NULL, duration_us INTEGER NOT NULL, request BLOB NOT NULL, samples BLOB NOT NULL);
CREATE TABLE error_post(id INTEGER PRIMARY KEY, environment INTEGER NOT NULL, session NOT NULL, agent INTEGER NOT NULL, duration_us INTEGER NOT NULL, request BLOB NOT NULL, error BLOB NOT NULL, message INTEGER NOT NULL, stack INTEGER NOT NULL, type INTEGER NOT NULL, url INTEGER NOT NULL, route INTEGER NOT NULL, component_stack INTEGER NOT NULL, page_ms INTEGER NOT NULL);
CREATE INDEX error_post_by_error ON error_post(error);
CREATE TABLE sample_chunk(id INTEGER PRIMARY KEY, last_ms INTEGER NOT NULL, spread_ms INTEGER NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE log_group(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, stored_bytes INTEGER NOT NULL);
CREATE TABLE log_stream(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, ingested_ms INTEGER NOT NULL, UNIQUE(grp, name));
CREATE TABLE log_chunk(id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, stream INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, lines INTEGER NOT NULL, raw_len INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX log_chunk_by_time ON log_chunk(grp, first_ms, last_ms, stream);
INSERT INTO migration VALUES(1, 'first tables', 1795132800000);

-- 2: what log groups carry
ALTER TABLE log_group ADD COLUMN retention_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log_group ADD COLUMN kms_key TEXT NOT NULL DEFAULT '';
CREATE TABLE log_extra(grp INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY(grp, kind, name)) WITHOUT ROWID;
INSERT INTO migration VALUES(2, 'what log groups carry', 1795132800000);

-- 3: alarms
CREATE TABLE alarm(name TEXT PRIMARY KEY, composite INTEGER NOT NULL, actions INTEGER NOT NULL, definition TEXT NOT NULL, tags TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, reason_data TEXT NOT NULL, updated_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, configured_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE alarm_event(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, composite INTEGER NOT NULL, kind INTEGER NOT NULL, time_ms INTEGER NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX alarm_event_by_time ON alarm_event(time_ms);
CREATE INDEX alarm_event_by_name ON alarm_event(name, time_ms);
CREATE TABLE alarm_claim(id INTEGER PRIMARY KEY CHECK(id=1));
INSERT INTO migration VALUES(3, 'alarms', 1795132800000);

-- 4: alarms of stacks
CREATE TABLE alarm_giver(name TEXT PRIMARY KEY) WITHOUT ROWID;
DROP TABLE alarm_claim;
INSERT INTO migration VALUES(4, 'alarms of stacks', 1795132800000);

-- 5: Umami: websites, sessions, events
CREATE TABLE umami_website(website_id TEXT PRIMARY KEY, name TEXT NOT NULL, domain TEXT, share_id TEXT UNIQUE, reset_at INTEGER, user_id TEXT, team_id TEXT, created_by TEXT, created_at INTEGER, updated_at INTEGER, deleted_at INTEGER, replay_enabled INTEGER NOT NULL DEFAULT 0, replay_config TEXT) WITHOUT ROWID;
CREATE TABLE umami_session(session_id TEXT PRIMARY KEY, website_id TEXT NOT NULL, browser TEXT, os TEXT, device TEXT, screen TEXT, language TEXT, country TEXT, region TEXT, city TEXT, distinct_id TEXT, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX umami_session_by_time ON umami_session(website_id, created_at);
CREATE TABLE umami_website_event(event_id TEXT PRIMARY KEY, website_id TEXT NOT NULL, session_id TEXT NOT NULL, visit_id TEXT NOT NULL, created_at INTEGER NOT NULL, url_path TEXT NOT NULL, url_query TEXT, utm_source TEXT, utm_medium TEXT, utm_campaign TEXT, utm_content TEXT, utm_term TEXT, referrer_path TEXT, referrer_query TEXT, referrer_domain TEXT, page_title TEXT, gclid TEXT, fbclid TEXT, msclkid TEXT, ttclid TEXT, li_fat_id TEXT, twclid TEXT, event_type INTEGER NOT NULL DEFAULT 1, event_name TEXT, tag TEXT, hostname TEXT, lcp REAL, inp REAL, cls REAL, fcp REAL, ttfb REAL);
CREATE INDEX umami_website_event_by_time ON umami_website_event(website_id, created_at, session_id);
CREATE TABLE umami_event_data(event_data_id TEXT PRIMARY KEY, website_id TEXT NOT NULL, website_event_id TEXT NOT NULL, data_key TEXT NOT NULL, string_value TEXT, number_value REAL, date_value INTEGER, data_type INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX umami_event_data_by_event ON umami_event_data(website_event_id);
CREATE INDEX umami_event_data_by_time ON umami_event_data(website_id, created_at, data_key);
CREATE TABLE umami_session_data(session_data_id TEXT PRIMARY KEY, website_id TEXT NOT NULL, session_id TEXT NOT NULL, data_key TEXT NOT NULL, string_value TEXT, number_value REAL, date_value INTEGER, data_type INTEGER NOT NULL, distinct_id TEXT, created_at INTEGER NOT NULL);
CREATE UNIQUE INDEX umami_session_data_by_key ON umami_session_data(session_id, data_key);
CREATE INDEX umami_session_data_by_time ON umami_session_data(website_id, created_at, data_key);
CREATE TABLE umami_revenue(revenue_id TEXT PRIMARY KEY, website_id TEXT NOT NULL, session_id TEXT NOT NULL, event_id TEXT NOT NULL, event_name TEXT NOT NULL, currency TEXT NOT NULL, revenue REAL, created_at INTEGER NOT NULL);
CREATE INDEX umami_revenue_by_time ON umami_revenue(website_id, created_at);
CREATE INDEX umami_revenue_by_event ON umami_revenue(event_id);
INSERT INTO migration VALUES(5, 'Umami: websites, sessions, events', 1795132800000);

-- 6: Umami: people, links, views
CREATE TABLE umami_user(user_id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, password TEXT NOT NULL, role TEXT NOT NULL, logo_url TEXT, display_name TEXT, created_at INTEGER, updated_at INTEGER, deleted_at INTEGER) WITHOUT ROWID;
CREATE TABLE umami_share(share_id TEXT PRIMARY KEY, entity_id TEXT NOT NULL, share_type INTEGER NOT NULL, slug TEXT NOT NULL UNIQUE, parameters TEXT NOT NULL, created_at INTEGER, updated_at INTEGER) WITHOUT ROWID;
CREATE TABLE umami_verdict(event_id TEXT PRIMARY KEY, rule TEXT NOT NULL, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session_link(app_session TEXT NOT NULL, distinct_id TEXT NOT NULL, umami_session TEXT NOT NULL, umami_visit TEXT NOT NULL, website_id TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY(umami_session, umami_visit, app_session, distinct_id)) WITHOUT ROWID;
CREATE INDEX session_link_by_app ON session_link(app_session) WHERE app_session<>'';
CREATE INDEX session_link_by_distinct ON session_link(distinct_id) WHERE distinct_id<>'';
CREATE INDEX session_link_by_time ON session_link(last_ms);
CREATE VIEW umami_pageview AS SELECT event_id AS view_id, website_id, created_at, session_id, url_path||iif(url_query<>'', '?'||url_query, '') AS url, referrer_domain||referrer_path||iif(referrer_query<>'', '?'||referrer_query, '') AS referrer FROM umami_website_event WHERE event_type=1;
CREATE VIEW umami_event AS SELECT event_id, website_id, created_at, session_id, url_path||iif(url_query<>'', '?'||url_query, '') AS url, event_name FROM umami_website_event WHERE event_type=2;
CREATE VIEW pageview AS SELECT * FROM umami_pageview;
CREATE VIEW event AS SELECT * FROM umami_event;
INSERT INTO umami_user(user_id, username, password, role, created_at, updated_at) SELECT '41e2b680-648e-4b09-bcd7-3e2b10c06264', 'admin', '$2b$10$BUli0c.muyCW1ErNJc3jL.vFRFtFJWrT8/GcR4A.sUdCznaXiqFXa', 'admin', applied_ms, applied_ms FROM migration ORDER BY version LIMIT 1;
INSERT INTO migration VALUES(6, 'Umami: people, links, views', 1795132800000);

-- 7: Umami: names of shares
ALTER TABLE umami_share ADD COLUMN name TEXT;
INSERT INTO migration VALUES(7, 'Umami: names of shares', 1795132800000);
PRAGMA user_version=7;

-- what was sent
INSERT INTO umami_website(website_id, name, domain, user_id, created_by, created_at, updated_at) VALUES
 ('11111111-2222-4333-8444-555555555555', 'Shop', 'shop.example', '41e2b680-648e-4b09-bcd7-3e2b10c06264', '41e2b680-648e-4b09-bcd7-3e2b10c06264', 1795132800000, 1795132800000);
INSERT INTO umami_session(session_id, website_id, browser, country, distinct_id, created_at) VALUES
 ('6b237400-97b9-5243-a185-5a4817924df9', '11111111-2222-4333-8444-555555555555', 'chrome', 'DE', 'user-42', 1795168800000);
INSERT INTO umami_website_event(event_id, website_id, session_id, visit_id, created_at, url_path, url_query, event_type, event_name, hostname) VALUES
 ('0199aaaa-0000-7000-8000-000000000001', '11111111-2222-4333-8444-555555555555', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', 1795168800000, '/', 'a=1', 1, NULL, 'shop.example'),
 ('0199aaaa-0000-7000-8000-000000000002', '11111111-2222-4333-8444-555555555555', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', 1795168830000, '/cart', '', 1, NULL, 'shop.example'),
 ('0199aaaa-0000-7000-8000-000000000003', '11111111-2222-4333-8444-555555555555', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', 1795168840000, '/cart', '', 2, 'buy', 'shop.example');
INSERT INTO umami_event_data VALUES
 ('0199aaaa-0000-7000-8000-000000000004', '11111111-2222-4333-8444-555555555555', '0199aaaa-0000-7000-8000-000000000003', 'plan', 'pro', NULL, NULL, 1, 1795168840000);
INSERT INTO umami_share(share_id, entity_id, share_type, slug, parameters, name, created_at, updated_at) VALUES
 ('0199aaaa-0000-7000-8000-000000000005', '11111111-2222-4333-8444-555555555555', 1, 'oldslug', '{}', 'all', 1795132800000, 1795132800000);
INSERT INTO session_link VALUES
 ('7D9F2C1E-55AA-4C9B-9A53-0A1F5D0C3B11', '', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', '11111111-2222-4333-8444-555555555555', 1795168800000, 1795168810000),
 ('', 'user-42', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', '11111111-2222-4333-8444-555555555555', 1795168805000, 1795168840000),
 ('7D9F2C1E-55AA-4C9B-9A53-0A1F5D0C3B11', 'user-42', '6b237400-97b9-5243-a185-5a4817924df9', 'd4b455b4-15ff-509c-ab65-dca3cb3d46e5', '11111111-2222-4333-8444-555555555555', 1795168820000, 1795168830000);
