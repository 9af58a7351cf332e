/* umami_read.h - what Umami's read API asks of the store: whole questions, answered into an arena.
 * SPDX-License-Identifier: MIT
 *
 * Counting happens over columns in memory (umami_columns.h), which the first question loads and the
 * following ones bring up to date; lists take their rows from the database. Both see everything
 * that was committed before the question. Who cannot wait for a million rows to load calls
 * store_umami_catch_up() before. Times are epoch milliseconds, ids 16 bytes. */
#ifndef OV_STORE_UMAMI_READ_H
#define OV_STORE_UMAMI_READ_H

#include "base/zone.h"
#include "domain/umami_hit.h"
#include "store/store.h"

/* What rows are told apart by. Up to UMAMI_BY_UTM_TERM a row of website_event has it, then its
 * session. */
enum umami_column {
    UMAMI_BY_PATH,
    UMAMI_BY_QUERY,
    UMAMI_BY_REFERRER, /* its domain */
    UMAMI_BY_TITLE,
    UMAMI_BY_EVENT,
    UMAMI_BY_TAG,
    UMAMI_BY_HOSTNAME,
    UMAMI_BY_UTM_SOURCE,
    UMAMI_BY_UTM_MEDIUM,
    UMAMI_BY_UTM_CAMPAIGN,
    UMAMI_BY_UTM_CONTENT,
    UMAMI_BY_UTM_TERM,
    UMAMI_EVENT_COLUMNS,
    UMAMI_BY_BROWSER = UMAMI_EVENT_COLUMNS,
    UMAMI_BY_OS,
    UMAMI_BY_DEVICE,
    UMAMI_BY_SCREEN,
    UMAMI_BY_LANGUAGE,
    UMAMI_BY_COUNTRY,
    UMAMI_BY_REGION,
    UMAMI_BY_CITY,
    UMAMI_BY_DISTINCT_ID,
    UMAMI_COLUMNS
};

/* Sets of event types. */
#define UMAMI_BIT(row)  (1u << (row))
#define UMAMI_ALL_TYPES 0xffu

enum umami_operator {
    UMAMI_IS,
    UMAMI_IS_NOT,
    UMAMI_CONTAINS,
    UMAMI_CONTAINS_NOT,
    UMAMI_MATCHES, /* a regular expression, case ignored */
    UMAMI_MATCHES_NOT
};
/* A row whose column is NULL passes none of them. */
struct umami_filter {
    enum umami_column column;
    enum umami_operator operator_;
    const char *const *values; /* any of them; of the last four operators the first alone */
    size_t count;
};

/* E_INVALID: no regular expression, or a longer one than is looked for. */
MUST_CHECK enum status umami_pattern_check(const char *pattern, struct err *err);

struct umami_scope {
    uint8_t website[16];
    int64_t start_ms,
        end_ms;     /* both inclusive; what is older than the website's reset is not there */
    unsigned types; /* bits of enum umami_row */
    const struct umami_filter *filters;
    size_t filter_count;
    bool any;                   /* one filter that passes is enough */
    unsigned only_types;        /* a filter on the type; 0: none */
    unsigned bounce_types;      /* not 0: without visits that have one row of these types */
    bool own_referrer_with_www; /* the site's own referrer is compared with the host as it is */
    bool with_session;          /* without rows whose session has no row of its own */
};

/* Loads what is new, for about ten milliseconds. *more: something may be left. */
MUST_CHECK enum status store_umami_catch_up(struct store_reader *reader, bool *more,
                                            struct err *err);
/* The same before anybody asks, and only when there is so much that the first question would
 * otherwise wait for it. */
MUST_CHECK enum status store_umami_preload(struct store_reader *reader, bool *more,
                                           struct err *err);

/* --- counting --------------------------------------------------------------------------------- */

struct umami_totals {
    int64_t rows;     /* page views, or whatever the scope's types are */
    int64_t visitors; /* sessions */
    int64_t visits;
    int64_t bounces;     /* (session, visit) pairs with one row */
    int64_t totaltime_s; /* from a pair's first row to its last, whole seconds, added up */
    int64_t names;       /* different event names */
};
/* E_INVALID: a regular expression that is none. */
MUST_CHECK enum status store_umami_totals(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope, struct umami_totals *out,
                                          struct err *err);

enum umami_unit { UMAMI_MINUTE, UMAMI_HOUR, UMAMI_DAY, UMAMI_MONTH, UMAMI_YEAR, UMAMI_UNITS };
struct umami_point {
    int64_t wall_ms;  /* start of the bucket on the wall clock of the zone, as if that were UTC */
    const char *name; /* of an event series */
    int64_t rows, sessions;
};
struct umami_points {
    struct umami_point *points; /* by time, then name; empty buckets are absent */
    size_t count;
};
/* The wall clock at the start of the bucket that has this moment. */
int64_t umami_bucket_start(const struct zone *zone, enum umami_unit unit, int64_t utc_ms);
/* Buckets of wall-clock time: the hour that summer time's end repeats is one. With `by_event` a
 * point per bucket and event name, of the `limit` most frequent names (0: all). */
MUST_CHECK enum status store_umami_series(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope, enum umami_unit unit,
                                          const struct zone *zone, bool by_event, size_t limit,
                                          struct umami_points *out, struct err *err);
/* Sessions by weekday (Sunday first) and hour of the zone's wall clock. */
MUST_CHECK enum status store_umami_week(struct store_reader *reader, struct arena *arena,
                                        const struct umami_scope *scope, const struct zone *zone,
                                        int64_t hours[7][24], struct err *err);

enum umami_metric_kind {
    UMAMI_METRIC_COLUMN,      /* by a column's value */
    UMAMI_METRIC_ENTRY,       /* the first path of each visit */
    UMAMI_METRIC_EXIT,        /* its last */
    UMAMI_METRIC_CHANNEL,     /* where from (umami_channel.h) */
    UMAMI_METRIC_CHANNEL_SUMS /* the same, one visitor counted for each (referrer, query) */
};
/* Values that count as one. */
enum umami_fold {
    UMAMI_FOLD_NOT,
    UMAMI_FOLD_LANGUAGE, /* the part before '-', lower case */
    UMAMI_FOLD_LETTERS,  /* the first two letters, lower case */
    UMAMI_FOLD_SITE      /* "google.com" of all its domains; "Other" */
};
struct umami_metric_query {
    enum umami_metric_kind kind;
    enum umami_column column;
    enum umami_fold fold;
    bool keep_null;     /* rows without a value, and those with an empty one, make a row, too */
    bool by_country;    /* values of two countries are two */
    bool only_edges;    /* of entries and exits: that row alone, not all of its visit */
    const char *search; /* contained in the value, or, of a list, one of the first five parts is it;
                           case is ignored; NULL: all */
    size_t limit, offset;
    bool by_rows;       /* sorted by rows, not by visitors */
    bool only_visitors; /* and rows; the other totals are not wanted */
};
struct umami_metric_row {
    const char *name;    /* NULL */
    const char *country; /* of regions and cities */
    struct umami_totals totals;
};
struct umami_metric_list {
    struct umami_metric_row *rows; /* largest first, then by name */
    size_t count;
};
MUST_CHECK enum status store_umami_metric(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope,
                                          const struct umami_metric_query *query,
                                          struct umami_metric_list *out, struct err *err);

struct umami_span {
    int64_t first_ms, last_ms; /* both 0: nothing is there */
};
MUST_CHECK enum status store_umami_span(struct store_reader *reader, const uint8_t website[16],
                                        struct umami_span *out, struct err *err);

/* --- lists ------------------------------------------------------------------------------------ */

/* All columns of a row of website_event and of its session; NULL where the row has none. */
struct umami_event {
    uint8_t id[16], session[16], visit[16];
    int64_t time_ms;
    unsigned type;
    const char *text[UMAMI_COLUMNS];
    const char *referrer_path, *referrer_query;
    const char *click[6]; /* gclid, fbclid, msclkid, ttclid, li_fat_id, twclid */
    bool has_data;
};
#define UMAMI_CLICKS 6

/* How `search` is compared with path and event name. */
enum umami_search {
    UMAMI_SEARCH_PART, /* contained */
    UMAMI_SEARCH_WHOLE /* equal; case is ignored by both */
};
struct umami_list_query {
    const char *search; /* NULL: all */
    enum umami_search how;
    size_t limit, offset;
    bool with_unknown;      /* rows whose session has no row of its own, too */
    const uint8_t *session; /* of one session, or NULL */
};
struct umami_event_list {
    struct umami_event *events; /* newest first */
    size_t count;
    int64_t total; /* on all pages */
};
MUST_CHECK enum status store_umami_events(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope,
                                          const struct umami_list_query *query,
                                          struct umami_event_list *out, struct err *err);

struct umami_session {
    uint8_t id[16];
    const char *text[UMAMI_COLUMNS]; /* those of a session, and the host name */
    int64_t first_ms, last_ms;
    int64_t visits, views, events, totaltime_s;
};
struct umami_session_list {
    struct umami_session *sessions; /* latest first */
    size_t count;
    int64_t total;
};
/* `view_types` are counted as views. With `by_host` a row per session and host name. Search:
 * distinct id, city, browser, os or device contains it. */
MUST_CHECK enum status store_umami_sessions(struct store_reader *reader, struct arena *arena,
                                            const struct umami_scope *scope, unsigned view_types,
                                            bool by_host, const struct umami_list_query *query,
                                            struct umami_session_list *out, struct err *err);
/* Over all time. E_NOTFOUND. */
MUST_CHECK enum status store_umami_session(struct store_reader *reader, struct arena *arena,
                                           const uint8_t website[16], const uint8_t session[16],
                                           unsigned view_types, struct umami_session *out,
                                           struct err *err);

/* --- properties of events and sessions ----------------------------------------------------------
 */

struct umami_property {
    uint8_t owner[16]; /* event or session */
    const char *event; /* name; NULL: a session's, or an event without one */
    const char *key;
    const char *string; /* NULL */
    bool has_number;
    double number;
    int64_t date_ms; /* of UMAMI_DATA_DATE */
    enum umami_data_type type;
    int64_t time_ms;
};
struct umami_property_query {
    uint8_t website[16];
    int64_t start_ms, end_ms; /* both inclusive */
    const char *event;        /* of events of this name; NULL: any */
    const char *key;          /* of this name; NULL: any */
    /* Of events (or of sessions that have one) that pass its filters; NULL: of all. */
    const struct umami_scope *scope;
};
/* false stops. Everything lives until the visitor returns; it must not call into the store. */
typedef bool umami_property_visitor(void *arg, const struct umami_property *property);
/* Properties of events, oldest first. In transactions of at most 50 ms. */
MUST_CHECK enum status store_umami_event_data(struct store_reader *reader,
                                              const struct umami_property_query *query,
                                              umami_property_visitor *visit, void *arg,
                                              struct err *err);
/* Of sessions that have an event in the range, whatever the property's own time. */
MUST_CHECK enum status store_umami_session_data(struct store_reader *reader,
                                                const struct umami_property_query *query,
                                                umami_property_visitor *visit, void *arg,
                                                struct err *err);
/* All of one event or session, by key. */
MUST_CHECK enum status store_umami_properties(struct store_reader *reader, bool of_session,
                                              const uint8_t website[16], const uint8_t owner[16],
                                              umami_property_visitor *visit, void *arg,
                                              struct err *err);

/* What performance messages measured. */
struct umami_vitals_row {
    int64_t time_ms;
    double value[UMAMI_VITALS]; /* NaN: absent */
    const char *path, *title, *device, *browser;
};
typedef bool umami_vitals_visitor(void *arg, const struct umami_vitals_row *row);
MUST_CHECK enum status store_umami_vitals(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope,
                                          umami_vitals_visitor *visit, void *arg, struct err *err);

#endif
