/* umami_endpoints.c - the table of Umami's read API.
 * SPDX-License-Identifier: MIT
 *
 * A path with a word in a place beats one with ":" there. What Umami has and this does not is in
 * umami_unbuilt.c. */
#include "config.h"

#include "emulator/umami_api.h"

#define SITE   "/api/websites/:"
#define RANGED (TAKES_RANGE | TAKES_FILTERS)
#define LISTED (TAKES_RANGE | TAKES_LIST_FILTERS)

/* clang-format off */
const struct umami_endpoint umami_endpoints[] = {
    /* method   path                         takes                          access         dialects handler */
    { "POST",   "/api/auth/login",           0,                             ACCESS_ANYBODY, IN_BOTH, umami_login },
    { "POST",   "/api/auth/logout",          0,                             ACCESS_ANYBODY, IN_BOTH, umami_logout },
    { "POST",   "/api/auth/verify",          0,                             ACCESS_USER,    IN_BOTH, umami_verify },
    { "GET",    "/api/auth/verify",          0,                             ACCESS_USER,    IN_BOTH, umami_verify },
    { "GET",    "/api/me",                   0,                             ACCESS_USER,    IN_BOTH, umami_me },
    { "GET",    "/api/me/websites",          TAKES_PAGE,                    ACCESS_USER,    IN_BOTH, umami_sites },
    { "POST",   "/api/users",                0,                             ACCESS_ADMIN,   IN_BOTH, umami_user_make },
    { "GET",    "/api/share/:",              0,                             ACCESS_ANYBODY, IN_BOTH, umami_share_get },
    { "POST",   "/api/share",                0,                             ACCESS_USER,    IN_V3,   umami_share_make },
    { "GET",    "/api/websites",             TAKES_PAGE | TAKES_ORDER,      ACCESS_USER,    IN_BOTH, umami_sites },
    { "POST",   "/api/websites",             0,                             ACCESS_USER,    IN_BOTH, umami_site_make },
    { "GET",    SITE,                        0,                             ACCESS_SEE,     IN_BOTH, umami_site_get },
    { "POST",   SITE,                        0,                             ACCESS_CHANGE,  IN_BOTH, umami_site_set },
    { "DELETE", SITE,                        0,                             ACCESS_CHANGE,  IN_BOTH, umami_site_drop },
    { "POST",   SITE "/reset",               0,                             ACCESS_CHANGE,  IN_BOTH, umami_site_reset },
    { "GET",    SITE "/active",              0,                             ACCESS_SEE,     IN_BOTH, umami_active },
    { "GET",    SITE "/daterange",           0,                             ACCESS_SEE,     IN_BOTH, umami_daterange },
    { "GET",    SITE "/stats",               RANGED | TAKES_COMPARE,        ACCESS_SEE,     IN_BOTH, umami_stats },
    { "GET",    SITE "/pageviews",           RANGED | TAKES_UNIT | TAKES_COMPARE, ACCESS_SEE, IN_BOTH, umami_pageviews },
    { "GET",    SITE "/metrics",             RANGED | TAKES_TYPE,           ACCESS_SEE,     IN_BOTH, umami_metrics },
    { "GET",    SITE "/metrics/expanded",    RANGED | TAKES_TYPE,           ACCESS_SEE,     IN_V3,   umami_expanded },
    { "GET",    SITE "/values",              TAKES_RANGE,                   ACCESS_SEE,     IN_BOTH, umami_values },
    { "GET",    SITE "/events",              LISTED | TAKES_PAGE,           ACCESS_SEE,     IN_BOTH, umami_events },
    { "GET",    SITE "/events/series",       RANGED | TAKES_UNIT | TAKES_ZONE, ACCESS_SEE,  IN_BOTH, umami_event_series },
    { "GET",    SITE "/events/stats",        RANGED | TAKES_COMPARE,        ACCESS_SEE,     IN_V3,   umami_event_stats },
    { "GET",    SITE "/sessions",            LISTED | TAKES_PAGE,           ACCESS_SEE,     IN_BOTH, umami_sessions },
    { "GET",    SITE "/sessions/stats",      RANGED,                        ACCESS_SEE,     IN_BOTH, umami_session_stats },
    { "GET",    SITE "/sessions/weekly",     LISTED | TAKES_ZONE,           ACCESS_SEE,     IN_BOTH, umami_week },
    { "GET",    SITE "/sessions/:",          0,                             ACCESS_SEE,     IN_BOTH, umami_session },
    { "GET",    SITE "/sessions/:/activity", TAKES_RANGE,                   ACCESS_SEE,     IN_BOTH, umami_activity },
    { "GET",    SITE "/sessions/:/properties", 0,                           ACCESS_SEE,     IN_BOTH, umami_session_properties },
    { "GET",    SITE "/session-data/properties", LISTED, ACCESS_SEE,     IN_BOTH, umami_session_data_properties },
    { "GET",    SITE "/session-data/values", LISTED | TAKES_PROPERTY, ACCESS_SEE,     IN_BOTH, umami_session_data_values },
    { "GET",    SITE "/event-data", LISTED | TAKES_PAGE, ACCESS_SEE,     IN_V3,   umami_data_list },
    { "GET",    SITE "/event-data/events", LISTED, ACCESS_SEE,     IN_BOTH, umami_data_events },
    { "GET",    SITE "/event-data/fields", LISTED, ACCESS_SEE,     IN_BOTH, umami_data_fields },
    { "GET",    SITE "/event-data/properties", LISTED, ACCESS_SEE,     IN_BOTH, umami_data_properties },
    { "GET",    SITE "/event-data/stats", LISTED, ACCESS_SEE,     IN_BOTH, umami_data_stats },
    { "GET",    SITE "/event-data/values", LISTED | TAKES_PROPERTY | TAKES_EVENT, ACCESS_SEE,     IN_BOTH, umami_data_values },
    { "GET",    SITE "/event-data/:",        0,                             ACCESS_SEE,     IN_V3,   umami_data_one },
    { "GET",    "/api/realtime/:",           TAKES_ANY_ZONE,                ACCESS_SEE,     IN_BOTH, umami_realtime },
    { "POST",   "/api/reports/performance",  0,                             ACCESS_USER,    IN_V3,   umami_report_performance },
    { "POST",   "/api/reports/utm",          0,                             ACCESS_USER,    IN_BOTH, umami_report_utm },
    { "POST",   "/api/reports/breakdown",    0,                             ACCESS_USER,    IN_V3,   umami_report_breakdown },
    { "POST",   "/api/reports/insights",     0,                             ACCESS_USER,    IN_V2,   umami_report_insights },
    { "POST",   "/api/reports/funnel",       0,                             ACCESS_USER,    IN_BOTH, umami_report_funnel },
    { "POST",   "/api/reports/goal",         0,                             ACCESS_USER,    IN_V3,   umami_report_goal },
    { "POST",   "/api/reports/goals",        0,                             ACCESS_USER,    IN_V2,   umami_report_goals },
    { "POST",   "/api/reports/retention",    0,                             ACCESS_USER,    IN_BOTH, umami_report_retention },
    { "POST",   "/api/reports/journey",      0,                             ACCESS_USER,    IN_BOTH, umami_report_journey },
    { "POST",   "/api/reports/revenue",      0,                             ACCESS_USER,    IN_BOTH, umami_report_revenue },
    { "GET",    "/api/reports/revenue",      0,                             ACCESS_USER,    IN_V2,   umami_currencies },
    { .method = NULL },
};
/* clang-format on */
