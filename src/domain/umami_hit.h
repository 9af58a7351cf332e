/* umami_hit.h - one accepted message of an Umami tracker, worked out: what its rows will hold.
 * SPDX-License-Identifier: MIT
 *
 * Member names are those of Umami's columns. A NULL text is a NULL column; an absent number is a
 * NaN. */
#ifndef OV_DOMAIN_UMAMI_HIT_H
#define OV_DOMAIN_UMAMI_HIT_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* website_event.event_type; none for an identify. */
enum umami_row {
    UMAMI_ROW_NONE = 0,
    UMAMI_ROW_VIEW = 1,
    UMAMI_ROW_EVENT = 2,
    UMAMI_ROW_LINK = 3,
    UMAMI_ROW_PIXEL = 4,
    UMAMI_ROW_PERFORMANCE = 5
};

/* Parameters of the page's address that have columns of their own, in the order of the table. */
#define UMAMI_PARAMETERS(X) \
    X(utm_source)           \
    X(utm_medium)           \
    X(utm_campaign)         \
    X(utm_content)          \
    X(utm_term)             \
    X(gclid)                \
    X(fbclid)               \
    X(msclkid)              \
    X(ttclid)               \
    X(li_fat_id)            \
    X(twclid)
enum umami_parameter {
#define X(name) UMAMI_PARAMETER_##name,
    UMAMI_PARAMETERS(X)
#undef X
        UMAMI_PARAMETER_COUNT
};

/* Columns of website_event that hold what a performance message measured. */
enum umami_vital {
    UMAMI_LCP,
    UMAMI_INP,
    UMAMI_CLS,
    UMAMI_FCP,
    UMAMI_TTFB,
    UMAMI_VITALS
};

/* A row of session. */
struct umami_visitor {
    const char *browser, *os, *device, *screen, *language;
    const char *country, *region, *city;
    const char *distinct_id;
};

/* What website_event says about the page. */
struct umami_page {
    const char *url_path; /* never NULL */
    const char *url_query;
    const char *parameters[UMAMI_PARAMETER_COUNT];
    const char *referrer_path, *referrer_query, *referrer_domain;
    const char *page_title;
    const char *event_name, *tag, *hostname;
};

enum umami_data_type {
    UMAMI_DATA_STRING = 1,
    UMAMI_DATA_NUMBER = 2,
    UMAMI_DATA_BOOLEAN = 3,
    UMAMI_DATA_DATE = 4,
    UMAMI_DATA_ARRAY = 5
};

/* A row of event_data or session_data. */
struct umami_datum {
    const char *key;
    const char *string;
    double number; /* NaN: NULL */
    int64_t date_ms;
    enum umami_data_type type; /* the date counts for UMAMI_DATA_DATE */
};

struct umami_hit {
    const char *website_id; /* in lower case, as all ids are kept */
    char session_id[UUID_TEXT];
    char visit_id[UUID_TEXT];
    int64_t created_ms;  /* of its rows: the message's own timestamp, or the arrival */
    int64_t received_ms; /* product time */
    enum umami_row row;
    bool makes_website; /* if it is not there yet, with `page.hostname` for a name */
    bool makes_session; /* likewise */
    struct umami_visitor visitor;
    struct umami_page page;
    double vitals[UMAMI_VITALS];
    const struct umami_datum *data; /* of the session for UMAMI_ROW_NONE, else of the event */
    size_t data_count;
    double revenue; /* NaN: none */
    const char *currency;
    const char *app_session; /* the app's own session id, as it stood in the message */
    const char *rule;        /* what production would have dropped or refused it by; NULL: nothing */
    const char *verdict;     /* the same as a sentence */
};

#endif
