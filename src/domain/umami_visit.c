/* umami_visit.c - kept by a token, renewed after half an hour, or by the clock.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_visit.h"

#include <stdio.h>
#include <string.h>

static const char *const periods[] = {
    [UMAMI_SALT_MONTH] = "month",
    [UMAMI_SALT_WEEK] = "week",
    [UMAMI_SALT_DAY] = "day",
};

/* --- the session ------------------------------------------------------------------------------ */

/* A token tells whose hit came before, also of what was before this process. */
static void
explain_session(char *text, size_t size, const struct umami_visit_facts *a)
{
    const char *now = a->ids->session_id, *last = a->ids->last_session_id;
    const char *told = a->state == UMAMI_TOKEN_GOOD ? a->token->session_id : "";

    if (strcmp(now, last) == 0 || strcmp(now, told) == 0)
        snprintf(text, size, "same session");
    else if (*last != '\0')
        snprintf(text, size, "new session: salt rotated, %s",
                 a->is_timed ? "its timestamp is of another period" : periods[a->rotation]);
    else if (*told != '\0')
        snprintf(text, size, "new session: the token is of another address, browser, id or %s",
                 periods[a->rotation]);
    else
        snprintf(text, size, "new session: nothing is remembered of this visitor");
}

/* --- the visit -------------------------------------------------------------------------------- */

static void
explain_by_clock(char *text, size_t size, const struct umami_visit_facts *a)
{
    static const char *const reasons[] = {
        [UMAMI_TOKEN_NONE] = "no token",
        [UMAMI_TOKEN_GOOD] = "the token has no visit",
        [UMAMI_TOKEN_BAD] = "the token is not signed with this server's secret",
        [UMAMI_TOKEN_IGNORED] = "links and pixels have no token",
    };
    const char *last = a->ids->last_visit_id;

    if (strcmp(a->ids->visit_id, last) == 0)
        snprintf(text, size, "same visit: %s, same clock hour", reasons[a->state]);
    else
        snprintf(text, size, "new visit: %s, %s", reasons[a->state],
                 *last == '\0' ? "so it is the clock hour's" : "another clock hour");
}

static void
explain_token(char *text, size_t size, const struct umami_visit_facts *a, bool is_over)
{
    long long minutes = a->token->iat_s == 0 ? 0 : (long long)(a->now_s - a->token->iat_s) / 60;

    if (is_over && strcmp(a->ids->visit_id, a->token->visit_id) == 0)
        snprintf(text, size, "same visit: token expired after 30 min, but same clock hour");
    else if (is_over)
        snprintf(text, size, "new visit: token expired, its visit began %lld min ago (30 at most)",
                 minutes);
    else if (a->is_timed)
        snprintf(text, size, "same visit: token, which never expires for a hit with a timestamp");
    else
        snprintf(text, size, "same visit: token, its visit began %lld min ago (30 at most)",
                 minutes < 0 ? 0 : minutes);
}

void
umami_visit_decide(struct umami_visit *out, const struct umami_visit_facts *a)
{
    bool has_token = a->state == UMAMI_TOKEN_GOOD;
    bool has_visit = has_token && a->token->visit_id[0] != '\0';
    char session[96], visit[96];
    bool is_over;

    out->iat_s = has_token && a->token->iat_s != 0 ? a->token->iat_s : a->now_s;
    is_over = !a->is_timed && a->now_s - out->iat_s > UMAMI_VISIT_S;
    if (is_over)
        out->iat_s = a->now_s;
    memcpy(out->visit_id, has_visit && !is_over ? a->token->visit_id : a->ids->visit_id, UUID_TEXT);
    explain_session(session, sizeof session, a);
    if (has_visit)
        explain_token(visit, sizeof visit, a, is_over);
    else
        explain_by_clock(visit, sizeof visit, a);
    snprintf(out->why, sizeof out->why, "%s; %s", session, visit);
}
