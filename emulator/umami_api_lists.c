/* umami_api_lists.c - events, sessions, and the last half hour, one by one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/umami_api.h"

#include <string.h>

#include "base/day.h"
#include "base/table.h"
#include "emulator/umami_print.h"

#define MINUTE_MS    INT64_C(60000)
#define ACTIVITY_MAX 500
#define REALTIME_MAX 100
#define REALTIME_MS  (30 * MINUTE_MS)

/* --- events ----------------------------------------------------------------------------------- */

static void
put_event(struct umami_call *c, const struct umami_event *e)
{
    struct buf *b = &c->out;

    put_item(b);
    buf_addc(b, '{');
    put_id(b, "id", e->id);
    put_id(b, "websiteId", c->website);
    put_id(b, "sessionId", e->session);
    put_time(b, "createdAt", e->time_ms);
    if (c->is_v3)
        put_text(b, "hostname", e->text[UMAMI_BY_HOSTNAME]);
    put_text(b, "urlPath", e->text[UMAMI_BY_PATH]);
    put_text(b, "urlQuery", e->text[UMAMI_BY_QUERY]);
    put_text(b, "referrerPath", e->referrer_path);
    put_text(b, "referrerQuery", e->referrer_query);
    put_text(b, "referrerDomain", e->text[UMAMI_BY_REFERRER]);
    if (c->is_v3) {
        put_text(b, "country", e->text[UMAMI_BY_COUNTRY]);
        put_text(b, "city", e->text[UMAMI_BY_CITY]);
        put_text(b, "device", e->text[UMAMI_BY_DEVICE]);
        put_text(b, "os", e->text[UMAMI_BY_OS]);
        put_text(b, "browser", e->text[UMAMI_BY_BROWSER]);
    }
    put_text(b, "pageTitle", e->text[UMAMI_BY_TITLE]);
    put_int(b, "eventType", e->type);
    put_text(b, "eventName", e->text[UMAMI_BY_EVENT]);
    if (c->is_v3)
        put_bool(b, "hasData", e->has_data);
    buf_addc(b, '}');
}

void
umami_events(struct umami_call *c)
{
    const struct umami_list_query query = {
        .search = c->search,
        .how = c->is_v3 ? UMAMI_SEARCH_WHOLE : UMAMI_SEARCH_PART,
        .limit = (size_t)c->page_size,
        .offset = umami_page_offset(c),
        .with_unknown = !c->is_v3,
    };
    struct umami_event_list list = { 0 };
    struct err err = { 0 };
    enum status st;

    c->scope.types = UMAMI_ALL_TYPES;
    c->scope.bounce_types = 0;
    st = store_umami_events(c->reader, c->arena, &c->scope, &query, &list, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    umami_open_page(c);
    for (size_t i = 0; i < list.count; i++)
        put_event(c, &list.events[i]);
    umami_close_page(c, list.total);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

/* --- sessions --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum umami_column column;
} session_texts[] = {
    { "browser", UMAMI_BY_BROWSER },   { "os", UMAMI_BY_OS },
    { "device", UMAMI_BY_DEVICE },     { "screen", UMAMI_BY_SCREEN },
    { "language", UMAMI_BY_LANGUAGE }, { "country", UMAMI_BY_COUNTRY },
    { "region", UMAMI_BY_REGION },     { "city", UMAMI_BY_CITY },
};

static void
put_session_texts(struct umami_call *c, const struct umami_session *s)
{
    for (size_t i = 0; i < sizeof session_texts / sizeof session_texts[0]; i++)
        put_text(&c->out, session_texts[i].name, s->text[session_texts[i].column]);
    put_time(&c->out, "firstAt", s->first_ms);
    put_time(&c->out, "lastAt", s->last_ms);
    put_int(&c->out, "visits", s->visits);
}

void
umami_sessions(struct umami_call *c)
{
    const struct umami_list_query query = { .search = c->search,
                                            .limit = (size_t)c->page_size,
                                            .offset = umami_page_offset(c) };
    const unsigned views = umami_view_types(c);
    struct umami_session_list list = { 0 };
    struct err err = { 0 };
    enum status st;

    c->scope.types = UMAMI_ALL_TYPES;
    c->scope.bounce_types = 0;
    st = store_umami_sessions(c->reader, c->arena, &c->scope, views, c->is_v3, &query, &list, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    umami_open_page(c);
    for (size_t i = 0; i < list.count; i++) {
        const struct umami_session *s = &list.sessions[i];

        put_item(&c->out);
        buf_addc(&c->out, '{');
        put_id(&c->out, "id", s->id);
        put_id(&c->out, "websiteId", c->website);
        if (c->is_v3)
            put_text(&c->out, "hostname", s->text[UMAMI_BY_HOSTNAME]);
        put_session_texts(c, s);
        put_int(&c->out, "views", s->views);
        if (c->is_v3)
            put_int(&c->out, "events", s->events);
        put_time(&c->out, "createdAt", s->last_ms);
        buf_addc(&c->out, '}');
    }
    umami_close_page(c, list.total);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

/* false: answered. */
static bool
read_session_id(struct umami_call *c, uint8_t id[16])
{
    if (uuid_parse(id, c->args[1]))
        return true;
    umami_refuse_with(c, 400, NULL,
                      arena_printf(c->arena, "%.64s is not the id of a session", c->args[1]));
    return false;
}

/* v2 fails for an unknown session; here it answers as v3 does. */
void
umami_session(struct umami_call *c)
{
    struct umami_session s;
    uint8_t id[16];
    struct err err = { 0 };
    enum status st;

    if (!read_session_id(c, id))
        return;
    st = store_umami_session(c->reader, c->arena, c->website, id, umami_view_types(c), &s, &err);
    if (st != OK && st != E_NOTFOUND) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '{');
    if (st == OK) {
        put_id(&c->out, "id", s.id);
        put_text(&c->out, "distinctId", s.text[UMAMI_BY_DISTINCT_ID]);
        put_id(&c->out, "websiteId", c->website);
        put_session_texts(c, &s);
        put_digits(&c->out, "views", s.views);
        put_digits(&c->out, "events", s.events);
        put_digits(&c->out, "totaltime", s.totaltime_s);
    }
    buf_addc(&c->out, '}');
    umami_answer(c);
}

static void
put_activity_v3(struct umami_call *c, const struct umami_event *e)
{
    put_time(&c->out, "createdAt", e->time_ms);
    put_text(&c->out, "urlPath", e->text[UMAMI_BY_PATH]);
    put_text(&c->out, "urlQuery", e->text[UMAMI_BY_QUERY]);
    put_text(&c->out, "referrerDomain", e->text[UMAMI_BY_REFERRER]);
    put_id(&c->out, "eventId", e->id);
    put_int(&c->out, "eventType", e->type);
    put_text(&c->out, "eventName", e->text[UMAMI_BY_EVENT]);
    put_id(&c->out, "visitId", e->visit);
    put_text(&c->out, "hostname", e->text[UMAMI_BY_HOSTNAME]);
    put_bool(&c->out, "hasData", e->has_data);
}

static void
put_activity_v2(struct umami_call *c, const struct umami_event *e)
{
    static const char *const clicks[UMAMI_CLICKS] = { "gclid",  "fbclid",  "msclkid",
                                                      "ttclid", "lifatid", "twclid" };
    struct buf *b = &c->out;

    put_id(b, "id", e->id);
    put_id(b, "websiteId", c->website);
    put_id(b, "sessionId", e->session);
    put_id(b, "visitId", e->visit);
    put_time(b, "createdAt", e->time_ms);
    put_text(b, "urlPath", e->text[UMAMI_BY_PATH]);
    put_text(b, "urlQuery", e->text[UMAMI_BY_QUERY]);
    put_text(b, "utmSource", e->text[UMAMI_BY_UTM_SOURCE]);
    put_text(b, "utmMedium", e->text[UMAMI_BY_UTM_MEDIUM]);
    put_text(b, "utmCampaign", e->text[UMAMI_BY_UTM_CAMPAIGN]);
    put_text(b, "utmContent", e->text[UMAMI_BY_UTM_CONTENT]);
    put_text(b, "utmTerm", e->text[UMAMI_BY_UTM_TERM]);
    put_text(b, "referrerPath", e->referrer_path);
    put_text(b, "referrerQuery", e->referrer_query);
    put_text(b, "referrerDomain", e->text[UMAMI_BY_REFERRER]);
    put_text(b, "pageTitle", e->text[UMAMI_BY_TITLE]);
    for (int i = 0; i < UMAMI_CLICKS; i++)
        put_text(b, clicks[i], e->click[i]);
    put_int(b, "eventType", e->type);
    put_text(b, "eventName", e->text[UMAMI_BY_EVENT]);
    put_text(b, "tag", e->text[UMAMI_BY_TAG]);
    put_text(b, "hostname", e->text[UMAMI_BY_HOSTNAME]);
}

void
umami_activity(struct umami_call *c)
{
    struct umami_list_query query = { .limit = ACTIVITY_MAX, .with_unknown = true };
    struct umami_event_list list = { 0 };
    uint8_t id[16];
    struct err err = { 0 };
    enum status st;

    if (!read_session_id(c, id))
        return;
    query.session = id;
    c->scope.types = UMAMI_ALL_TYPES;
    st = store_umami_events(c->reader, c->arena, &c->scope, &query, &list, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < list.count; i++) {
        put_item(&c->out);
        buf_addc(&c->out, '{');
        if (c->is_v3)
            put_activity_v3(c, &list.events[i]);
        else
            put_activity_v2(c, &list.events[i]);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, ']');
    umami_answer(c);
}

/* --- the last half hour ----------------------------------------------------------------------- */

/* How often each text came, in the order in which it was seen first. */
struct tally_row {
    const char *text;
    int64_t count;
};
struct tallies {
    struct tally_row rows[REALTIME_MAX];
    size_t count;
};

static void
tally_text(struct tallies *t, const char *text)
{
    size_t i = 0;

    if (text == NULL || *text == '\0')
        return;
    while (i < t->count && strcmp(t->rows[i].text, text) != 0)
        i++;
    if (i == t->count)
        t->rows[t->count++].text = text;
    t->rows[i].count++;
}

static void
put_tallies(struct umami_call *c, const char *key, const struct tallies *t)
{
    put_key(&c->out, key);
    buf_addc(&c->out, '{');
    for (size_t i = 0; i < t->count; i++)
        put_int(&c->out, t->rows[i].text, t->rows[i].count);
    buf_addc(&c->out, '}');
}

static void
put_moment_of(struct umami_call *c, const struct umami_event *e, const char *type)
{
    struct buf *b = &c->out;

    put_item(b);
    buf_addc(b, '{');
    put_text(b, "__type", type);
    put_id(b, "sessionId", e->session);
    put_text(b, "eventName", e->text[UMAMI_BY_EVENT]);
    put_time(b, "createdAt", e->time_ms);
    put_text(b, "browser", e->text[UMAMI_BY_BROWSER]);
    put_text(b, "os", e->text[UMAMI_BY_OS]);
    put_text(b, "device", e->text[UMAMI_BY_DEVICE]);
    put_text(b, "country", e->text[UMAMI_BY_COUNTRY]);
    put_text(b, "urlPath", e->text[UMAMI_BY_PATH]);
    put_text(b, "referrerDomain", e->text[UMAMI_BY_REFERRER]);
    if (c->is_v3)
        put_text(b, "hostname", e->text[UMAMI_BY_HOSTNAME]);
    buf_addc(b, '}');
}

struct realtime {
    struct umami_event_list events;
    struct umami_points minutes;
    struct tallies countries, urls, referrers;
    int64_t event_count;
    bool is_first[REALTIME_MAX]; /* of its session, among these */
};

/* From the oldest on, as a session counts where it begins. */
static void
tally_events(struct realtime *rt)
{
    for (size_t i = rt->events.count; i > 0; i--) {
        const struct umami_event *e = &rt->events.events[i - 1];
        size_t older = i;

        while (older < rt->events.count &&
               memcmp(rt->events.events[older].session, e->session, 16) != 0)
            older++;
        rt->is_first[i - 1] = older == rt->events.count;
        if (rt->is_first[i - 1])
            tally_text(&rt->countries, e->text[UMAMI_BY_COUNTRY]);
        tally_text(&rt->urls, e->text[UMAMI_BY_PATH]);
        tally_text(&rt->referrers, e->text[UMAMI_BY_REFERRER]);
        rt->event_count += e->text[UMAMI_BY_EVENT] != NULL && *e->text[UMAMI_BY_EVENT] != '\0';
    }
}

static void
put_realtime(struct umami_call *c, const struct realtime *rt)
{
    struct buf *b = &c->out;
    int64_t views, visitors;

    buf_addc(b, '{');
    put_tallies(c, "countries", &rt->countries);
    put_tallies(c, "urls", &rt->urls);
    put_tallies(c, "referrers", &rt->referrers);
    put_key(b, "events");
    buf_addc(b, '[');
    for (size_t i = 0; i < rt->events.count; i++) {
        const struct umami_event *e = &rt->events.events[i];
        bool is_event = e->text[UMAMI_BY_EVENT] != NULL && *e->text[UMAMI_BY_EVENT] != '\0';

        put_moment_of(c, e, is_event ? "event" : "pageview");
        if (rt->is_first[i])
            put_moment_of(c, e, "session");
    }
    buf_addc(b, ']');
    put_key(b, "series");
    buf_addc(b, '{');
    views = umami_put_points(c, "views", &rt->minutes, false);
    visitors = umami_put_points(c, "visitors", &rt->minutes, true);
    buf_addc(b, '}');
    put_key(b, "totals");
    buf_addc(b, '{');
    put_int(b, "views", views);
    put_int(b, "visitors", visitors);
    put_int(b, "events", rt->event_count);
    put_int(b, "countries", (int64_t)rt->countries.count);
    buf_addc(b, '}');
    put_int(b, "timestamp", umami_now_ms(c));
    buf_addc(b, '}');
}

void
umami_realtime(struct umami_call *c)
{
    const struct umami_list_query query = { .limit = REALTIME_MAX };
    struct realtime *rt = arena_alloc(c->arena, sizeof *rt);
    const int64_t now = umami_now_ms(c);
    struct err err = { 0 };
    enum status st;

    c->scope.start_ms = (now - REALTIME_MS) / MINUTE_MS * MINUTE_MS;
    c->scope.end_ms = now;
    st = store_umami_series(c->reader, c->arena, &c->scope, UMAMI_MINUTE, c->zone, false, 0,
                            &rt->minutes, &err);
    c->scope.types = UMAMI_ALL_TYPES;
    if (st == OK)
        st = store_umami_events(c->reader, c->arena, &c->scope, &query, &rt->events, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    tally_events(rt);
    put_realtime(c, rt);
    umami_answer(c);
}
