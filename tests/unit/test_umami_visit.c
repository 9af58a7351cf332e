/* test_umami_visit.c - the same visit or a new one, and the words for it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/umami_visit.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NOW      INT64_C(1795168800)
/* Any ids do. */
#define MINE  "aaaaaaaa-0000-5000-8000-000000000000"
#define OLD   "aaaaaaaa-1111-5000-8000-000000000000"
#define HERS  "bbbbbbbb-0000-5000-8000-000000000000"
#define HOUR  "cccccccc-0000-5000-8000-000000000000"
#define OTHER "dddddddd-0000-5000-8000-000000000000"

static const struct {
    struct umami_ids ids;
    enum umami_token_state state;
    struct umami_token token;
    bool is_timed;
    enum umami_salt rotation;
    const char *visit; /* what it must be */
    int64_t iat_s;
    const char *why;
} cases[] = {
    { .ids = { MINE, HOUR, "", "" },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "new session: nothing is remembered of this visitor; new visit: no token, so it is "
             "the clock hour's" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "same session; same visit: no token, same clock hour" },
    { .ids = { MINE, HOUR, MINE, OTHER },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "same session; new visit: no token, another clock hour" },
    { .ids = { MINE, HOUR, OLD, OTHER },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "new session: salt rotated, month; new visit: no token, another clock hour" },
    { .ids = { MINE, HOUR, OLD, OTHER },
      .visit = HOUR,
      .iat_s = NOW,
      .rotation = UMAMI_SALT_DAY,
      .why = "new session: salt rotated, day; new visit: no token, another clock hour" },
    { .ids = { MINE, HOUR, OLD, OTHER },
      .visit = HOUR,
      .iat_s = NOW,
      .is_timed = true,
      .why = "new session: salt rotated, its timestamp is of another period; new visit: no token, "
             "another clock hour" },
    { .ids = { MINE, HOUR, "", "" },
      .state = UMAMI_TOKEN_BAD,
      .visit = HOUR,
      .iat_s = NOW,
      .why = "new session: nothing is remembered of this visitor; "
             "new visit: the token is not signed with this server's secret, so it is the clock "
             "hour's" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .state = UMAMI_TOKEN_IGNORED,
      .visit = HOUR,
      .iat_s = NOW,
      .why = "same session; same visit: links and pixels have no token, same clock hour" },
    { .ids = { MINE, HOUR, MINE, OTHER },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, NOW - 1800 },
      .visit = OTHER,
      .iat_s = NOW - 1800,
      .why = "same session; same visit: token, its visit began 30 min ago (30 at most)" },
    { .ids = { MINE, HOUR, "", "" },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, NOW + 99 },
      .visit = OTHER,
      .iat_s = NOW + 99,
      .why = "same session; same visit: token, its visit began 0 min ago (30 at most)" },
    { .ids = { MINE, HOUR, MINE, OTHER },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, NOW - 1801 },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "same session; new visit: token expired, its visit began 30 min ago (30 at most)" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, HOUR, NOW - 1860 },
      .visit = HOUR,
      .iat_s = NOW,
      .why = "same session; same visit: token expired after 30 min, but same clock hour" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, NOW - 99999 },
      .is_timed = true,
      .visit = OTHER,
      .iat_s = NOW - 99999,
      .why = "same session; same visit: token, which never expires for a hit with a timestamp" },
    { .ids = { HERS, HOUR, "", "" },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, NOW },
      .visit = OTHER,
      .iat_s = NOW,
      .why = "new session: the token is of another address, browser, id or month; "
             "same visit: token, its visit began 0 min ago (30 at most)" },
    { .ids = { MINE, HOUR, OLD, OTHER },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", OLD, OTHER, NOW - 60 },
      .visit = OTHER,
      .iat_s = NOW - 60,
      .rotation = UMAMI_SALT_WEEK,
      .why = "new session: salt rotated, week; same visit: token, its visit began 1 min ago (30 at "
             "most)" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, "", NOW - 60 },
      .visit = HOUR,
      .iat_s = NOW - 60,
      .why = "same session; same visit: the token has no visit, same clock hour" },
    { .ids = { MINE, HOUR, MINE, HOUR },
      .state = UMAMI_TOKEN_GOOD,
      .token = { "", MINE, OTHER, 0 },
      .visit = OTHER,
      .iat_s = NOW,
      .why = NULL /* a token without a time began now */ },
};

static void
visits_are_kept_and_renewed(void **state)
{
    struct umami_visit visit;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct umami_visit_facts arrival = { .now_s = NOW,
                                                   .is_timed = cases[i].is_timed,
                                                   .rotation = cases[i].rotation,
                                                   .state = cases[i].state,
                                                   .token = &cases[i].token,
                                                   .ids = &cases[i].ids };

        umami_visit_decide(&visit, &arrival);
        if (strcmp(visit.visit_id, cases[i].visit) != 0 || visit.iat_s != cases[i].iat_s)
            fail_msg("%zu: visit %s since %lld", i, visit.visit_id, (long long)visit.iat_s);
        if (cases[i].why != NULL && strcmp(visit.why, cases[i].why) != 0)
            fail_msg("%zu: \"%s\", expected \"%s\"", i, visit.why, cases[i].why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_are_kept_and_renewed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
