/* umami_api.h - Umami's read API: one table of endpoints, and a call to one of them.
 * SPDX-License-Identifier: MIT
 *
 * A call is matched on the HTTP thread and answered on a reader thread: parameters first, then who
 * asks, then the handler, as Umami does it (a bad query without a token is a 400). */
#ifndef OV_EMULATOR_UMAMI_API_H
#define OV_EMULATOR_UMAMI_API_H

#include "base/json.h"
#include "emulator/exchange.h"
#include "store/umami_read.h"
#include "store/umami_site.h"

#define UMAMI_PATH_ARGS   2
#define UMAMI_FILTERS_MAX 64
#define UMAMI_PAGE_MAX    1000

/* What an endpoint takes; checked before anybody is asked who they are. */
enum umami_takes {
    TAKES_RANGE = 1 << 0,        /* startAt, endAt: required */
    TAKES_UNIT = 1 << 1,         /* unit, timezone: both required by v2 */
    TAKES_ZONE = 1 << 2,         /* timezone: required */
    TAKES_FILTERS = 1 << 3,      /* by column, match, excludeBounce */
    TAKES_LIST_FILTERS = 1 << 4, /* the same, but v2 ignores them here */
    TAKES_PAGE = 1 << 5,         /* page, pageSize, search */
    TAKES_TYPE = 1 << 6,         /* type: required; limit, offset, search */
    TAKES_COMPARE = 1 << 7,
    TAKES_PROPERTY = 1 << 8, /* propertyName: required */
    TAKES_ANY_ZONE = 1 << 9, /* timezone */
    TAKES_EVENT = 1 << 10,   /* event: required by v3 */
    TAKES_ORDER = 1 << 11    /* of pages: orderBy, of v2 alone */
};

enum umami_access {
    ACCESS_ANYBODY,
    ACCESS_USER,
    ACCESS_ADMIN,
    ACCESS_SEE,   /* may see the website :id */
    ACCESS_CHANGE /* may change it */
};

struct umami_call;
typedef void umami_handler(struct umami_call *c);

struct umami_endpoint {
    const char *method;
    const char *path; /* ":" takes any one segment */
    unsigned takes;
    enum umami_access access;
    unsigned dialects; /* IN_V2, IN_V3 */
    umami_handler *handle;
};
#define IN_V2   1u
#define IN_V3   2u
#define IN_BOTH 3u
extern const struct umami_endpoint umami_endpoints[]; /* ends with a row without method */

struct umami_unbuilt {
    const char *methods; /* "GET POST" */
    const char *path;
    unsigned dialects;
};
extern const struct umami_unbuilt umami_unbuilt[]; /* ends with a row without methods */

struct umami_wrong {
    const char *field; /* NULL: of the whole query or body */
    const char *v2, *v3;
};

struct umami_call {
    struct exchange *x;
    struct arena *arena;
    struct store_reader *reader;           /* NULL on the HTTP thread */
    const struct umami_endpoint *endpoint; /* NULL: known, but not built */
    const char *args[UMAMI_PATH_ARGS];     /* segments of the path that ":" took */
    bool is_v3;
    const cJSON *body;       /* NULL: none, or not JSON */
    const cJSON *filters_in; /* where filters are, of a report; NULL: in the query */
    struct buf out;          /* the answer, as the handler prints it */

    struct umami_wrong faults[8];
    size_t fault_count;

    struct umami_user user; /* id NULL: nobody */
    const char *token, *share_token;
    uint8_t share_website[16];

    uint8_t website[16];
    struct umami_scope scope; /* website, range, filters; page views */
    struct umami_filter filters[UMAMI_FILTERS_MAX];
    enum umami_unit unit;
    const struct zone *zone;
    bool has_zone; /* else times are printed with T and Z */
    bool wants_compare, by_year;
    int64_t page, page_size, limit, offset;
    const char *search, *type, *property;
};

/* On the HTTP thread: what is below /api/ and collects no hits. */
void umami_api_handle(struct exchange *x);

/* Endings of a handler. The body of a 200 is c->out. */
void umami_answer(struct umami_call *c);
void umami_refuse(struct umami_call *c, unsigned status);
/* `code` NULL: the usual one of the status; `message` is also all that v2 says. */
void umami_refuse_with(struct umami_call *c, unsigned status, const char *code,
                       const char *message);
void umami_fail(struct umami_call *c, enum status status, const struct err *err);
/* 501: `what` is known, but not built. */
void umami_refuse_unbuilt(struct umami_call *c, const char *what);

/* Collects a wrong parameter; umami_faulty() answers 400 when there was any. */
void umami_is_wrong(struct umami_call *c, const char *field, const char *v2, const char *v3);
bool umami_faulty(struct umami_call *c);

/* false: answered. */
bool umami_read_params(struct umami_call *c);
/* Of v3's reports. false: answered. */
bool umami_read_body_filters(struct umami_call *c, const cJSON *filters);
/* Website, range and filters of a report, and where its parameters are; in c->scope are page views.
 * false: answered. */
bool umami_read_report(struct umami_call *c, const cJSON **parameters);
/* A time as JavaScript's Date reads it: milliseconds, or ISO 8601. */
bool umami_read_date(const cJSON *value, int64_t *out);
/* The unit, whatever the range (NULL: a day), and the zone, of a report. false: answered. */
bool umami_set_unit(struct umami_call *c, const char *unit, const char *zone);
/* Whether who asks may see c->website. */
bool umami_may_see(struct umami_call *c);
/* A member of the body that must be a string of at most `max` characters; NULL when it is absent
 * and need not be there, or is at fault. */
const char *umami_body_text(struct umami_call *c, const char *name, bool required, size_t max);

/* A bucket's start, as the zone asked for has it. */
void umami_put_wall(struct umami_call *c, const char *key, int64_t wall_ms);

/* "key":[{"x":bucket,"y":n}], of sessions or of rows; their sum. */
int64_t umami_put_points(struct umami_call *c, const char *key, const struct umami_points *points,
                         bool sessions);

/* A page: {"data":[ ... ],"count":n,"page":p,"pageSize":s}. */
void umami_open_page(struct umami_call *c);
void umami_close_page(struct umami_call *c, int64_t count);
size_t umami_page_offset(const struct umami_call *c);
/* The column a metric or filter of this name is about. false: none. */
bool umami_column_of(enum umami_column *out, const char *name, bool is_v3);
unsigned umami_view_types(const struct umami_call *c);
struct store *umami_store(struct umami_call *c);
int64_t umami_now_ms(struct umami_call *c);
/* The range that c->scope is compared with. */
struct umami_scope umami_scope_before(const struct umami_call *c);

/* Handlers. */
umami_handler umami_login, umami_logout, umami_verify, umami_me;
umami_handler umami_sites, umami_site_make, umami_site_get, umami_site_set, umami_site_drop,
    umami_site_reset, umami_user_make, umami_share_get, umami_share_make;
umami_handler umami_stats, umami_pageviews, umami_metrics, umami_expanded, umami_event_series,
    umami_event_stats, umami_session_stats, umami_week, umami_active, umami_daterange, umami_values;
umami_handler umami_events, umami_sessions, umami_session, umami_activity, umami_realtime;
umami_handler umami_data_list, umami_data_one, umami_data_events, umami_data_fields,
    umami_data_properties, umami_data_stats, umami_data_values, umami_session_properties,
    umami_session_data_properties, umami_session_data_values;
umami_handler umami_report_performance, umami_report_utm, umami_report_breakdown,
    umami_report_insights, umami_report_funnel, umami_report_goal, umami_report_goals,
    umami_report_retention, umami_report_journey, umami_report_revenue, umami_currencies;

#endif
