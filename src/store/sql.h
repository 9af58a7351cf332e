/* sql.h - every statement the store runs, by name. Prepared once per connection, always with bound
 * parameters. SPDX-License-Identifier: MIT */
#ifndef OV_STORE_SQL_H
#define OV_STORE_SQL_H

/* clang-format off */
#define SQL_LIST(X) \
    X(SQL_BEGIN, "BEGIN IMMEDIATE") \
    X(SQL_BEGIN_READ, "BEGIN") \
    X(SQL_COMMIT, "COMMIT") \
    X(SQL_ROLLBACK, "ROLLBACK") \
    X(SQL_BYTES, "SELECT page_count*page_size FROM pragma_page_count(), pragma_page_size()") \
    X(SQL_UMAMI_EVENTS_NEW, "SELECT e.rowid, e.website_id, e.session_id, e.visit_id, e.created_at, e.event_type, e.url_path, e.url_query, e.referrer_domain, e.page_title, e.event_name, e.tag, e.hostname, e.utm_source, e.utm_medium, e.utm_campaign, e.utm_content, e.utm_term FROM umami_website_event e WHERE e.rowid>?1 ORDER BY e.rowid") \
    X(SQL_UMAMI_LAST_ROW, "SELECT max(rowid) FROM umami_website_event") \
    X(SQL_UMAMI_FIRST_ROW, "SELECT min(rowid) FROM umami_website_event") \
    X(SQL_UMAMI_SESSION_OF, "SELECT s.browser, s.os, s.device, s.screen, s.language, s.country, s.region, s.city, s.distinct_id FROM umami_session s WHERE s.session_id=?1") \
    X(SQL_UMAMI_SESSIONS_BORN, "SELECT s.session_id, s.created_at FROM umami_session s WHERE s.website_id=?1 AND s.created_at BETWEEN ?2 AND ?3") \
    X(SQL_UMAMI_RESET_OF, "SELECT reset_at FROM umami_website WHERE website_id=?1") \
    X(SQL_UMAMI_EVENT_AT, "SELECT e.event_id, e.session_id, e.visit_id, e.created_at, e.event_type, e.url_path, e.url_query, e.referrer_domain, e.page_title, e.event_name, e.tag, e.hostname, e.utm_source, e.utm_medium, e.utm_campaign, e.utm_content, e.utm_term, s.browser, s.os, s.device, s.screen, s.language, s.country, s.region, s.city, s.distinct_id, e.referrer_path, e.referrer_query, e.gclid, e.fbclid, e.msclkid, e.ttclid, e.li_fat_id, e.twclid, EXISTS (SELECT 1 FROM umami_event_data d WHERE d.website_event_id=e.event_id) FROM umami_website_event e LEFT JOIN umami_session s ON s.session_id=e.session_id WHERE e.rowid=?1") \
    X(SQL_UMAMI_EVENT_DATA, "SELECT d.rowid, d.created_at, d.website_event_id, e.event_name, d.data_key, d.string_value, d.number_value, d.date_value, d.data_type, e.rowid FROM umami_event_data d JOIN umami_website_event e ON e.event_id=d.website_event_id WHERE d.website_id=?1 AND (d.created_at, d.data_key, d.rowid)>(?2, ?3, ?4) AND d.created_at BETWEEN ?6 AND ?5 ORDER BY d.created_at, d.data_key, d.rowid") \
    X(SQL_UMAMI_SESSION_DATA, "SELECT d.rowid, d.created_at, d.session_id, NULL, d.data_key, d.string_value, d.number_value, d.date_value, d.data_type FROM umami_session_data d WHERE d.website_id=?1 AND (d.created_at, d.data_key, d.rowid)>(?2, ?3, ?4) AND d.session_id IN (SELECT e.session_id FROM umami_website_event e WHERE e.website_id=?1 AND e.created_at BETWEEN ?6 AND ?5) ORDER BY d.created_at, d.data_key, d.rowid") \
    X(SQL_UMAMI_DATA_OF_EVENT, "SELECT d.rowid, d.created_at, d.website_event_id, e.event_name, d.data_key, d.string_value, d.number_value, d.date_value, d.data_type FROM umami_event_data d JOIN umami_website_event e ON e.event_id=d.website_event_id WHERE d.website_id=?1 AND d.website_event_id=?2 ORDER BY d.data_key") \
    X(SQL_UMAMI_DATA_OF_SESSION, "SELECT d.rowid, d.created_at, d.session_id, NULL, d.data_key, d.string_value, d.number_value, d.date_value, d.data_type FROM umami_session_data d WHERE d.website_id=?1 AND d.session_id=?2 ORDER BY d.data_key") \
    X(SQL_UMAMI_SALES, "SELECT r.rowid, r.created_at, r.revenue, r.event_name, r.currency, r.session_id, e.rowid, s.session_id, s.country, s.region FROM umami_revenue r LEFT JOIN umami_website_event e ON e.event_id=r.event_id LEFT JOIN umami_session s ON s.session_id=r.session_id WHERE r.website_id=?1 AND (r.created_at, r.rowid)>(?2, ?3) AND r.created_at BETWEEN ?4 AND ?5 ORDER BY r.created_at, r.rowid") \
    X(SQL_UMAMI_VITALS_AT, "SELECT lcp, inp, cls, fcp, ttfb FROM umami_website_event WHERE rowid=?1") \
    X(SQL_UMAMI_WEBSITE_OF, "SELECT w.website_id, w.name, w.domain, w.share_id, w.reset_at, w.user_id, w.created_by, w.created_at, w.updated_at, u.username FROM umami_website w LEFT JOIN umami_user u ON u.user_id=w.user_id WHERE w.website_id=?1 AND w.deleted_at IS NULL") \
    X(SQL_UMAMI_WEBSITES, "SELECT w.website_id, w.name, w.domain, w.share_id, w.reset_at, w.user_id, w.created_by, w.created_at, w.updated_at, u.username FROM umami_website w LEFT JOIN umami_user u ON u.user_id=w.user_id WHERE w.user_id=?1 AND w.deleted_at IS NULL ORDER BY w.name, w.website_id") \
    X(SQL_UMAMI_WEBSITE_ADD, "INSERT INTO umami_website(website_id, name, domain, share_id, user_id, created_by, created_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM umami_website WHERE share_id=?4 AND website_id<>?1) ON CONFLICT(website_id) DO UPDATE SET name=?2, domain=?3, share_id=?4, user_id=?5, created_by=?6, created_at=?7, updated_at=?8, deleted_at=NULL, reset_at=NULL WHERE deleted_at IS NOT NULL") \
    X(SQL_UMAMI_WEBSITE_SET, "UPDATE umami_website SET name=?2, domain=?3, share_id=?4, user_id=?5, created_by=?6, created_at=?7, updated_at=?8 WHERE website_id=?1 AND NOT EXISTS (SELECT 1 FROM umami_website WHERE share_id=?4 AND website_id<>?1)") \
    X(SQL_UMAMI_WEBSITE_DELETED, "UPDATE umami_website SET deleted_at=?2, share_id=NULL WHERE website_id=?1 AND deleted_at IS NULL") \
    X(SQL_UMAMI_WEBSITE_EMPTIED, "UPDATE umami_website SET reset_at=?2 WHERE website_id=?1 AND deleted_at IS NULL") \
    X(SQL_UMAMI_VERDICTS_DROP, "DELETE FROM umami_verdict WHERE event_id IN (SELECT v.event_id FROM umami_verdict v JOIN umami_website_event e ON e.event_id=v.event_id WHERE e.website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_EVENT_DATA_DROP, "DELETE FROM umami_event_data WHERE rowid IN (SELECT rowid FROM umami_event_data WHERE website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_REVENUE_DROP, "DELETE FROM umami_revenue WHERE rowid IN (SELECT rowid FROM umami_revenue WHERE website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_EVENTS_DROP, "DELETE FROM umami_website_event WHERE rowid IN (SELECT rowid FROM umami_website_event WHERE website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_SESSION_DATA_DROP, "DELETE FROM umami_session_data WHERE rowid IN (SELECT rowid FROM umami_session_data WHERE website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_SESSIONS_DROP, "DELETE FROM umami_session WHERE session_id IN (SELECT session_id FROM umami_session WHERE website_id=?1 LIMIT ?2)") \
    X(SQL_UMAMI_LINKS_DROP, "DELETE FROM link WHERE (kind, id, to_kind, to_id) IN (SELECT kind, id, to_kind, to_id FROM link WHERE owner=?1 LIMIT ?2)") \
    X(SQL_UMAMI_USER_OF, "SELECT user_id, username, password, role, created_at FROM umami_user WHERE (username=?1 OR user_id=?1) AND deleted_at IS NULL") \
    X(SQL_UMAMI_USER_ADD, "INSERT OR IGNORE INTO umami_user(user_id, username, password, role, created_at, updated_at) VALUES(?1, ?2, ?3, ?4, ?5, ?5)") \
    X(SQL_UMAMI_SHARE_OF, "SELECT share_id, entity_id, share_type, slug, parameters, name, created_at FROM umami_share WHERE slug=?1") \
    X(SQL_UMAMI_SHARED_WEBSITE, "SELECT website_id FROM umami_website WHERE share_id=?1 AND deleted_at IS NULL") \
    X(SQL_UMAMI_SHARE_ADD, "INSERT OR IGNORE INTO umami_share(share_id, entity_id, share_type, slug, parameters, name, created_at, updated_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)") \
    X(SQL_STATE_GET, "SELECT vitals, errors, data, log_lines, next_line, seen_vital, seen_error, seen_sample FROM state") \
    X(SQL_STATE_SET, "UPDATE state SET vitals=?1, errors=?2, data=?3, log_lines=?4, next_line=?5, seen_vital=?6, seen_error=?7, seen_sample=?8") \
    X(SQL_STATE_LINES, "UPDATE state SET log_lines=?1, next_line=?2") \
    X(SQL_LATE_ADD, "INSERT OR IGNORE INTO late(kind, id) VALUES(?1, ?2)") \
    X(SQL_LATE_CLEAR, "DELETE FROM late") \
    X(SQL_TEXT_FIND, "SELECT id, day FROM text WHERE hash=?1 AND value=?2") \
    X(SQL_TEXT_ADD, "INSERT INTO text(hash, day, value) VALUES(?1, ?2, ?3)") \
    X(SQL_TEXT_TOUCH, "UPDATE text SET day=?2 WHERE id=?1 AND day<?2") \
    X(SQL_TEXT_GET, "SELECT value FROM text WHERE id=?1") \
    X(SQL_SERIES_FIND, "SELECT id, first_ms, last_ms FROM series WHERE key=?1 AND unit=?2") \
    X(SQL_SERIES_ADD, "INSERT INTO series(key, unit, first_ms, last_ms) VALUES(?1, ?2, 0, 0)") \
    X(SQL_SERIES_SPAN, "UPDATE series SET first_ms=?2, last_ms=?3 WHERE id=?1") \
    X(SQL_SERIES_UNITS, "SELECT id, unit, last_ms FROM series WHERE key=?1 ORDER BY last_ms DESC") \
    X(SQL_SERIES_LIST, "SELECT key, unit, first_ms, last_ms FROM series WHERE key>?1 ORDER BY key, unit") \
    X(SQL_SERIES_SINCE, "SELECT key, id FROM series WHERE key>?1 AND last_ms>=?2 AND last_ms>0 AND first_ms<?3 ORDER BY key, unit") \
    X(SQL_FAN_FIND, "SELECT id FROM fan WHERE hash=?1 AND key=?2") \
    X(SQL_FAN_ADD, "INSERT INTO fan(hash, key) VALUES(?1, ?2)") \
    X(SQL_FAN_GET, "SELECT key FROM fan WHERE id=?1") \
    X(SQL_FAN_LINK, "INSERT OR IGNORE INTO fan_series(series, fan) VALUES(?1, ?2)") \
    X(SQL_FAN_OF, "SELECT fan FROM fan_series WHERE series=?1") \
    X(SQL_ROLLUP_GET, "SELECT body FROM rollup WHERE series=?1 AND tier=?2 AND start=?3") \
    X(SQL_ROLLUP_NEXT, "SELECT start FROM rollup WHERE series=?1 AND tier=?2 AND start>=?3 ORDER BY start LIMIT 1") \
    X(SQL_ROLLUP_PUT, "INSERT OR REPLACE INTO rollup(series, tier, start, body) VALUES(?1, ?2, ?3, ?4)") \
    X(SQL_ROLLUP_RANGE, "SELECT start, body FROM rollup WHERE series=?1 AND tier=?2 AND start>=?3 AND start<?4 ORDER BY start") \
    X(SQL_VITAL_ADD, "INSERT INTO vital_post(id, environment, session, agent, duration_us, request, samples) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
    X(SQL_VITAL_LAST, "SELECT max(id) FROM vital_post WHERE id>=?1 AND id<?2") \
    X(SQL_VITAL_UP, "SELECT id, environment, session, agent, duration_us, request, samples FROM vital_post WHERE id>?1 AND id<?2 ORDER BY id") \
    X(SQL_VITAL_DOWN, "SELECT id, environment, session, agent, duration_us, request, samples FROM vital_post WHERE id>?1 AND id<?2 ORDER BY id DESC") \
    X(SQL_VITAL_LATE, "SELECT v.id, environment, session, agent, duration_us, request, samples FROM late l JOIN vital_post v ON v.id=l.id WHERE l.kind=0") \
    X(SQL_VITAL_NEXT, "SELECT min(id) FROM vital_post WHERE id>=?1") \
    X(SQL_VITAL_PREV, "SELECT max(id) FROM vital_post WHERE id<?1") \
    X(SQL_ERROR_ADD, "INSERT INTO error_post(id, environment, session, agent, duration_us, request, error, message, stack, type, url, route, component_stack, page_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)") \
    X(SQL_ERROR_LAST, "SELECT max(id) FROM error_post WHERE id>=?1 AND id<?2") \
    X(SQL_ERROR_UP, "SELECT id, environment, session, agent, duration_us, request, error, message, stack, type, url, route, component_stack, page_ms FROM error_post WHERE id>?1 AND id<?2 ORDER BY id") \
    X(SQL_ERROR_DOWN, "SELECT id, environment, session, agent, duration_us, request, error, message, stack, type, url, route, component_stack, page_ms FROM error_post WHERE id>?1 AND id<?2 ORDER BY id DESC") \
    X(SQL_ERROR_GROUP_SAW, "INSERT INTO error_group(id, first_ms, last_ms) VALUES(?1, ?2, ?3) ON CONFLICT(id) DO UPDATE SET first_ms=min(first_ms, excluded.first_ms), last_ms=max(last_ms, excluded.last_ms)") \
    X(SQL_ERROR_GROUP_DROP, "DELETE FROM error_group WHERE last_ms<?1") \
    X(SQL_ERROR_GROUPS, "SELECT id, first_ms, last_ms FROM error_group ORDER BY last_ms DESC, id LIMIT ?1") \
    X(SQL_ERROR_KINDS, "SELECT type, message, stack, min(id), max(id) FROM error_post GROUP BY type, message, stack") \
    X(SQL_ERROR_FIND, "SELECT id, environment, session, agent, duration_us, request, error, message, stack, type, url, route, component_stack, page_ms FROM error_post WHERE error=?1") \
    X(SQL_ERROR_LATE, "SELECT e.id, environment, session, agent, duration_us, request, error, message, stack, type, url, route, component_stack, page_ms FROM late l JOIN error_post e ON e.id=l.id WHERE l.kind=1") \
    X(SQL_ERROR_NEXT, "SELECT min(id) FROM error_post WHERE id>=?1") \
    X(SQL_ERROR_PREV, "SELECT max(id) FROM error_post WHERE id<?1") \
    X(SQL_SAMPLE_ADD, "INSERT INTO sample_chunk(id, last_ms, spread_ms, samples, body) VALUES(?1, ?2, ?3, ?4, ?5)") \
    X(SQL_SAMPLE_LAST, "SELECT max(id) FROM sample_chunk") \
    X(SQL_SAMPLE_UP, "SELECT id, last_ms, spread_ms, samples, body FROM sample_chunk WHERE id>?1 AND id<?2 ORDER BY id") \
    X(SQL_GROUP_FIND, "SELECT id, created_ms FROM log_group WHERE name=?1") \
    X(SQL_GROUP_ADD, "INSERT INTO log_group(name, created_ms, stored_bytes) VALUES(?1, ?2, 0)") \
    X(SQL_GROUP_GREW, "UPDATE log_group SET stored_bytes=stored_bytes+?2 WHERE id=?1") \
    X(SQL_GROUP_LIST, "SELECT name, created_ms, stored_bytes, retention_days, kms_key, (SELECT count(*) FROM log_extra WHERE grp=id AND kind=1) FROM log_group WHERE name>?1 ORDER BY name") \
    X(SQL_GROUP_RETENTION, "SELECT retention_days FROM log_group WHERE id=?1") \
    X(SQL_GROUP_RETAIN, "UPDATE log_group SET retention_days=?2 WHERE id=?1") \
    X(SQL_GROUP_KMS, "UPDATE log_group SET kms_key=?2 WHERE id=?1") \
    X(SQL_GROUP_AGING, "SELECT id, name, retention_days FROM log_group WHERE retention_days>0 AND id>?1 ORDER BY id LIMIT 1") \
    X(SQL_GROUP_DROP, "DELETE FROM log_group WHERE id=?1") \
    X(SQL_GROUP_STREAMS_DROP, "DELETE FROM log_stream WHERE grp=?1") \
    X(SQL_EXTRA_BEGIN, "SAVEPOINT extras") \
    X(SQL_EXTRA_BACK, "ROLLBACK TO extras") \
    X(SQL_EXTRA_END, "RELEASE extras") \
    X(SQL_EXTRA_COUNT, "SELECT count(*) FROM log_extra WHERE grp=?1 AND kind=?2") \
    X(SQL_EXTRA_PUT, "INSERT INTO log_extra(grp, kind, name, created_ms, value) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(grp, kind, name) DO UPDATE SET value=?5") \
    X(SQL_EXTRA_DROP, "DELETE FROM log_extra WHERE grp=?1 AND kind=?2 AND name=?3") \
    X(SQL_EXTRA_DROP_ALL, "DELETE FROM log_extra WHERE grp=?1") \
    X(SQL_EXTRA_LIST, "SELECT g.name, e.name, e.created_ms, e.value FROM log_extra e JOIN log_group g ON g.id=e.grp WHERE e.kind=?1 AND (?2=0 OR e.grp=?2) ORDER BY g.name, e.name") \
    X(SQL_STREAM_FIND, "SELECT id, first_ms, last_ms, ingested_ms FROM log_stream WHERE grp=?1 AND name=?2") \
    X(SQL_STREAM_ADD, "INSERT INTO log_stream(grp, name, created_ms, first_ms, last_ms, ingested_ms) VALUES(?1, ?2, ?3, 0, 0, 0)") \
    X(SQL_STREAM_SPAN, "UPDATE log_stream SET first_ms=?2, last_ms=?3, ingested_ms=?4 WHERE id=?1") \
    X(SQL_STREAM_LIST, "SELECT name, created_ms, first_ms, last_ms, ingested_ms FROM log_stream WHERE grp=?1 ORDER BY name") \
    X(SQL_STREAM_NAME, "SELECT name FROM log_stream WHERE id=?1") \
    X(SQL_STREAM_NAMES, "SELECT id, name FROM log_stream WHERE grp=?1") \
    X(SQL_LOG_LAST, "SELECT max(id) FROM log_chunk") \
    X(SQL_LOG_ADD, "INSERT INTO log_chunk(id, grp, stream, first_ms, last_ms, lines, raw_len, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
    X(SQL_LOG_NEXT, "SELECT min(first_ms) FROM log_chunk WHERE grp=?1 AND first_ms>=?2") \
    X(SQL_LOG_PREV, "SELECT max(first_ms) FROM log_chunk WHERE grp=?1 AND first_ms<=?2") \
    X(SQL_LOG_HEADS, "SELECT id, first_ms, last_ms, stream FROM log_chunk WHERE grp=?1 AND first_ms>=?2 AND first_ms<?3") \
    X(SQL_LOG_GET, "SELECT lines, raw_len, body FROM log_chunk WHERE id=?1") \
    X(SQL_ROLLUP_OLD, "SELECT start, body FROM rollup WHERE series=?1 AND tier=?2 AND start<?3 ORDER BY start") \
    X(SQL_ROLLUP_DROP, "DELETE FROM rollup WHERE series=?1 AND tier=?2 AND start<?3") \
    X(SQL_SERIES_AFTER, "SELECT id, last_ms FROM series WHERE id>?1 ORDER BY id LIMIT 1") \
    X(SQL_SERIES_OLDEST, "SELECT id FROM series ORDER BY last_ms LIMIT ?1") \
    X(SQL_ROLLUP_DROP_ALL, "DELETE FROM rollup WHERE series=?1") \
    X(SQL_SERIES_DROP, "DELETE FROM series WHERE id=?1") \
    X(SQL_FAN_UNLINK, "DELETE FROM fan_series WHERE series=?1") \
    X(SQL_FAN_DROP, "DELETE FROM fan WHERE id IN (SELECT fan FROM fan_series WHERE series=?1)") \
    X(SQL_SAMPLE_OLDEST, "SELECT id, last_ms, samples FROM sample_chunk ORDER BY id LIMIT ?1") \
    X(SQL_SAMPLE_DROP, "DELETE FROM sample_chunk WHERE id<=?1") \
    X(SQL_VITAL_DROP, "DELETE FROM vital_post WHERE id>?1 AND id<=?2") \
    X(SQL_ERROR_DROP, "DELETE FROM error_post WHERE id>?1 AND id<=?2") \
    X(SQL_LOG_OLDEST, "SELECT id, last_ms, grp, lines, length(body) FROM log_chunk ORDER BY id LIMIT ?1") \
    X(SQL_LOG_AGED, "SELECT id, last_ms, grp, lines, length(body) FROM log_chunk WHERE grp=?1 AND first_ms<?2 AND last_ms<?2 AND (?3=0 OR stream=?3) LIMIT ?4") \
    X(SQL_LOG_DROP, "DELETE FROM log_chunk WHERE id=?1") \
    X(SQL_GROUP_IDS, "SELECT id, name FROM log_group") \
    X(SQL_STREAM_DROP_ONE, "DELETE FROM log_stream WHERE id=?1") \
    X(SQL_STREAM_DROP, "DELETE FROM log_stream WHERE grp=?1 AND last_ms>0 AND last_ms<?2") \
    X(SQL_TEXT_DROP, "DELETE FROM text WHERE day<?1") \
    X(SQL_LOG_CROWDS, "SELECT stream, first_ms/?5 FROM log_chunk WHERE grp=?1 AND first_ms>=?2 AND first_ms<?3 GROUP BY 1, 2 HAVING count(*)>=?4 AND avg(raw_len)<131072") \
    X(SQL_LOG_CROWD, "SELECT id, first_ms, last_ms, lines, raw_len, body FROM log_chunk WHERE grp=?1 AND first_ms>=?2 AND first_ms<?3 AND stream=?4 AND id>?5 ORDER BY id") \
    X(SQL_LOG_CHECK, "SELECT 1 FROM log_chunk WHERE id=?1 AND first_ms=?2 AND last_ms=?3 AND lines=?4 AND raw_len=?5") \
    X(SQL_ALARM_GET, "SELECT name, composite, actions, definition, tags, state, reason, reason_data, updated_ms, changed_ms, configured_ms FROM alarm WHERE name=?1") \
    X(SQL_ALARM_LIST, "SELECT name, composite, actions, definition, tags, state, reason, reason_data, updated_ms, changed_ms, configured_ms FROM alarm WHERE name>?1 AND name>=?2 ORDER BY name") \
    X(SQL_ALARM_COUNT, "SELECT count(*) FROM alarm") \
    X(SQL_ALARM_PUT, "INSERT INTO alarm(name, composite, actions, definition, tags, state, reason, reason_data, updated_ms, changed_ms, configured_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(name) DO UPDATE SET composite=?2, actions=?3, definition=?4, configured_ms=?11") \
    X(SQL_ALARM_STATE, "UPDATE alarm SET state=?2, reason=?3, reason_data=?4, updated_ms=?5, changed_ms=?6 WHERE name=?1") \
    X(SQL_ALARM_ACTIONS, "UPDATE alarm SET actions=?2, configured_ms=?3 WHERE name=?1") \
    X(SQL_ALARM_TAGS, "UPDATE alarm SET tags=?2 WHERE name=?1") \
    X(SQL_ALARM_DROP, "DELETE FROM alarm WHERE name=?1") \
    X(SQL_ALARM_CLAIM, "INSERT OR IGNORE INTO alarm_giver(name) VALUES(?1)") \
    X(SQL_EVENT_ADD, "INSERT INTO alarm_event(name, composite, kind, time_ms, summary, data) VALUES(?1, ?2, ?3, ?4, ?5, ?6)") \
    X(SQL_EVENT_UP, "SELECT id, name, composite, kind, time_ms, summary, data FROM alarm_event WHERE (time_ms, id)>(?1, ?2) AND time_ms<=?3 ORDER BY time_ms, id") \
    X(SQL_EVENT_DOWN, "SELECT id, name, composite, kind, time_ms, summary, data FROM alarm_event WHERE (time_ms, id)<(?1, ?2) AND time_ms>=?3 ORDER BY time_ms DESC, id DESC") \
    X(SQL_EVENT_UP_OF, "SELECT id, name, composite, kind, time_ms, summary, data FROM alarm_event WHERE name=?4 AND (time_ms, id)>(?1, ?2) AND time_ms<=?3 ORDER BY time_ms, id") \
    X(SQL_EVENT_DOWN_OF, "SELECT id, name, composite, kind, time_ms, summary, data FROM alarm_event WHERE name=?4 AND (time_ms, id)<(?1, ?2) AND time_ms>=?3 ORDER BY time_ms DESC, id DESC") \
    X(SQL_EVENT_DROP, "DELETE FROM alarm_event WHERE id IN (SELECT id FROM alarm_event WHERE time_ms<?1 UNION SELECT id FROM alarm_event WHERE id<=(SELECT max(id) FROM alarm_event)-?2 LIMIT ?3)") \
    X(SQL_WEBSITE_MAKE, "INSERT OR IGNORE INTO umami_website(website_id, name, domain, user_id, created_by, created_at, updated_at) VALUES(?1, substr(?2, 1, 100), ?3, ?4, ?4, ?5, ?5)") \
    X(SQL_WEBSITE_IDS, "SELECT website_id, deleted_at IS NOT NULL FROM umami_website ORDER BY website_id") \
    X(SQL_SESSION_MAKE, "INSERT OR IGNORE INTO umami_session(session_id, website_id, browser, os, device, screen, language, country, region, city, distinct_id, created_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)") \
    X(SQL_WEBSITE_EVENT_ADD, "INSERT INTO umami_website_event(event_id, website_id, session_id, visit_id, created_at, event_type, url_path, url_query, utm_source, utm_medium, utm_campaign, utm_content, utm_term, gclid, fbclid, msclkid, ttclid, li_fat_id, twclid, referrer_path, referrer_query, referrer_domain, page_title, event_name, tag, hostname, lcp, inp, cls, fcp, ttfb) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)") \
    X(SQL_VERDICT_ADD, "INSERT INTO umami_verdict(event_id, rule, verdict) VALUES(?1, ?2, ?3)") \
    X(SQL_EVENT_DATA_ADD, "INSERT INTO umami_event_data(event_data_id, website_id, website_event_id, data_key, string_value, number_value, date_value, data_type, created_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
    X(SQL_SESSION_DATA_PUT, "INSERT INTO umami_session_data(session_data_id, website_id, session_id, data_key, string_value, number_value, date_value, data_type, created_at, distinct_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(session_id, data_key) DO UPDATE SET string_value=?5, number_value=?6, date_value=?7, data_type=?8, created_at=?9, distinct_id=?10") \
    X(SQL_REVENUE_ADD, "INSERT INTO umami_revenue(revenue_id, website_id, session_id, event_id, event_name, currency, revenue, created_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
    X(SQL_LINK_PUT, "INSERT INTO link(kind, id, to_kind, to_id, owner, first_ms, last_ms, until_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) ON CONFLICT DO UPDATE SET first_ms=min(first_ms, ?6), last_ms=max(last_ms, ?6), until_ms=max(until_ms, ?7)") \
    X(SQL_LINK_AGED, "DELETE FROM link WHERE (kind, id, to_kind, to_id) IN (SELECT kind, id, to_kind, to_id FROM link WHERE until_ms<?1 ORDER BY until_ms LIMIT ?2)") \
    X(SQL_LINK_SURPLUS, "DELETE FROM link WHERE (kind, id, to_kind, to_id) IN (SELECT kind, id, to_kind, to_id FROM link ORDER BY until_ms DESC LIMIT ?2 OFFSET ?1)") \
    X(SQL_LINK_DROP_FROM, "DELETE FROM link WHERE kind=?1 AND id=?2") \
    X(SQL_LINK_DROP_TO, "DELETE FROM link WHERE (kind, id, to_kind, to_id) IN (SELECT to_kind, to_id, kind, id FROM link WHERE kind=?1 AND id=?2)") \
    X(SQL_LINKS_OF, "SELECT to_kind, to_id, first_ms, last_ms FROM link WHERE kind=?1 AND id=?2 ORDER BY last_ms DESC, to_kind, to_id LIMIT ?3") \
    X(SQL_ERRORS_OF_SESSION, "SELECT error, id FROM error_post WHERE session=?1 ORDER BY id DESC LIMIT ?2") \
    X(SQL_UMAMI_EVENT_IDS, "SELECT session_id, visit_id, created_at FROM umami_website_event WHERE event_id=?1") \
    X(SQL_UMAMI_VISITS_OF, "SELECT visit_id, min(created_at), max(created_at) FROM umami_website_event WHERE session_id=?1 GROUP BY visit_id ORDER BY 2 DESC LIMIT ?2") \
    X(SQL_UMAMI_VISITS_SESSION, "SELECT session_id, min(created_at), max(created_at) FROM umami_website_event WHERE visit_id=?1 GROUP BY session_id LIMIT ?2") \
    X(SQL_ERROR_SESSION, "SELECT session, id FROM error_post WHERE error=?1") \
    X(SQL_WEBSITE_EVENT_NEXT, "SELECT min(id) FROM (SELECT min(website_id) AS id FROM umami_session WHERE website_id>?1 UNION ALL SELECT min(website_id) FROM umami_website_event WHERE website_id>?1)") \
    X(SQL_EVENT_DATA_AGED, "DELETE FROM umami_event_data WHERE website_event_id IN (SELECT event_id FROM umami_website_event WHERE website_id=?1 AND created_at<?2 ORDER BY created_at, rowid LIMIT ?3)") \
    X(SQL_REVENUE_AGED, "DELETE FROM umami_revenue WHERE event_id IN (SELECT event_id FROM umami_website_event WHERE website_id=?1 AND created_at<?2 ORDER BY created_at, rowid LIMIT ?3)") \
    X(SQL_VERDICT_AGED, "DELETE FROM umami_verdict WHERE event_id IN (SELECT event_id FROM umami_website_event WHERE website_id=?1 AND created_at<?2 ORDER BY created_at, rowid LIMIT ?3)") \
    X(SQL_WEBSITE_EVENT_AGED, "DELETE FROM umami_website_event WHERE event_id IN (SELECT event_id FROM umami_website_event WHERE website_id=?1 AND created_at<?2 ORDER BY created_at, rowid LIMIT ?3)") \
    X(SQL_SESSION_DATA_AGED, "DELETE FROM umami_session_data WHERE rowid IN (SELECT rowid FROM umami_session_data WHERE website_id=?1 AND created_at<?2 LIMIT ?3)") \
    X(SQL_SESSION_AGED, "DELETE FROM umami_session WHERE session_id IN (SELECT session_id FROM umami_session s WHERE website_id=?1 AND created_at<?2 AND (distinct_id IS NOT NULL OR created_at<?2-2678400000) AND NOT EXISTS (SELECT 1 FROM link l WHERE l.kind='umami-session' AND l.id=s.session_id AND l.last_ms>=?2) LIMIT ?3)") \
    X(SQL_WEBSITE_EVENT_FIRST, "SELECT created_at FROM umami_website_event ORDER BY rowid LIMIT 1") \
    X(SQL_EVENT_DATA_FIRST_DROP, "DELETE FROM umami_event_data WHERE website_event_id IN (SELECT event_id FROM umami_website_event ORDER BY rowid LIMIT ?1)") \
    X(SQL_REVENUE_FIRST_DROP, "DELETE FROM umami_revenue WHERE event_id IN (SELECT event_id FROM umami_website_event ORDER BY rowid LIMIT ?1)") \
    X(SQL_VERDICT_FIRST_DROP, "DELETE FROM umami_verdict WHERE event_id IN (SELECT event_id FROM umami_website_event ORDER BY rowid LIMIT ?1)") \
    X(SQL_WEBSITE_EVENT_FIRST_DROP, "DELETE FROM umami_website_event WHERE rowid IN (SELECT rowid FROM umami_website_event ORDER BY rowid LIMIT ?1)") \
    X(SQL_RECORDING_ADD, "INSERT OR IGNORE INTO recording(session, started_ms, user_uuid, project_key, tracker_version, user_agent, user_id, timezone, referrer, width, height) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)") \
    X(SQL_RECORDING_USER, "UPDATE recording SET user_id=?2 WHERE session=?1") \
    X(SQL_RECORDING_GET, "SELECT session, started_ms, user_uuid, project_key, tracker_version, user_agent, user_id, timezone, referrer, width, height, received_ms, bodies, raw_bytes, stored_bytes, faults FROM recording WHERE session=?1") \
    X(SQL_RECORDING_LIST, "SELECT session, started_ms, user_uuid, project_key, tracker_version, user_agent, user_id, timezone, referrer, width, height, received_ms, bodies, raw_bytes, stored_bytes, faults FROM recording WHERE (started_ms, session)<(?1, ?2) ORDER BY started_ms DESC, session DESC LIMIT ?3") \
    X(SQL_RECORDING_FIRST, "SELECT session, started_ms FROM recording ORDER BY started_ms, session LIMIT 1") \
    X(SQL_RECORDING_GREW, "UPDATE recording SET received_ms=max(received_ms, ?2), bodies=bodies+1, raw_bytes=raw_bytes+?3, stored_bytes=stored_bytes+?4, faults=faults+?5 WHERE session=?1") \
    X(SQL_RECORDING_DROP, "DELETE FROM recording WHERE session=?1") \
    X(SQL_RECORDING_BODY_ADD, "INSERT OR IGNORE INTO recording_body(session, received_ms, tab, page_no, stream, first_index, length, first_ms, last_ms, fault, fault_at, hash, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 WHERE EXISTS (SELECT 1 FROM recording WHERE session=?1)") \
    X(SQL_RECORDING_BODIES, "SELECT number, received_ms, tab, page_no, stream, first_index, length, first_ms, last_ms, fault, fault_at, body FROM recording_body WHERE session=?1 AND number>=?2 ORDER BY number") \
    X(SQL_RECORDING_BODY_NEXT, "SELECT number, received_ms, tab, page_no, stream, first_index, length, first_ms, last_ms, fault, fault_at, body, session FROM recording_body WHERE number>?1 ORDER BY number LIMIT 1") \
    X(SQL_RECORDING_SEARCH_KEY, "UPDATE recording_search SET key=?1") \
    X(SQL_RECORDING_SEARCH_GET, "SELECT number, key FROM recording_search") \
    X(SQL_RECORDING_SEARCH_SET, "UPDATE recording_search SET number=max(number, ?1)") \
    X(SQL_RECORDING_BODIES_DROP, "DELETE FROM recording_body WHERE session=?1") \
    X(SQL_COUNT_PAGES, "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_size FROM pragma_page_size)")

#define SQL_NAME(name, text) name,
enum sql { SQL_LIST(SQL_NAME) SQL_COUNT };
#undef SQL_NAME
/* clang-format on */

#endif
