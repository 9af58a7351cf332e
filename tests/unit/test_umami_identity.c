/* test_umami_identity.c - ids and tokens that two real servers made.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "domain/umami_identity.h"

#define WEBSITE "11111111-2222-4333-8444-555555555555"
#define SESSION "b527b0ff-08b3-5948-bb5d-af49724f4a12"
#define VISIT   "d4b455b4-15ff-509c-ab65-dca3cb3d46e5"
#define TOKEN                                                                                      \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJ3ZWJzaXRlSWQiOiIxMTExMTExMS0yMjIyLTQzMzMtODQ0NC01NTU1NTU1NTU1NTUiLCJzZXNzaW9uSWQiOiJiNTI3" \
    "YjBmZi0wOGIzLTU5NDgtYmI1ZC1hZjQ5NzI0ZjRhMTIiLCJ2aXNpdElkIjoiZDRiNDU1YjQtMTVmZi01MDljLWFiNjUt" \
    "ZGNhM2NiM2Q0NmU1IiwiaWF0IjoxNzk1MzkzMzkzfQ.YtNNeaR7N65IRN3GdSc03QTN_YCztzg1uHoYHSk1vo0"

static const struct umami_sender visitor = {
    .target = WEBSITE,
    .ip = "203.0.113.1",
    .user_agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like "
                  "Gecko) Chrome/129.0.0.0 Safari/537.36",
};

static int
make_signer(void **state)
{
    setenv("TZ", "UTC", 1);
    tzset();
    *state = umami_signer_new("obsview-fixed-secret", UMAMI_SALT_MONTH);
    return 0;
}

static int
free_signer(void **state)
{
    umami_signer_free(*state);
    return 0;
}

static void
ids_are_those_of_the_real_server(void **state)
{
    struct umami_sender known = visitor;
    char id[UUID_TEXT], visit[UUID_TEXT];

    assert_true(umami_signer_enter(*state, 1795168800)); /* 2026-11-20T10:00:00Z */
    umami_session_id(id, *state, &visitor);
    umami_visit_id(visit, *state, id);
    assert_string_equal(id, SESSION);
    assert_string_equal(visit, VISIT);
    known.distinct_id = "user-42";
    umami_session_id(id, *state, &known);
    assert_string_equal(id, "6b237400-97b9-5243-a185-5a4817924df9");
    known.distinct_id = ""; /* is none */
    umami_session_id(id, *state, &known);
    assert_string_equal(id, SESSION);
}

static void
a_session_is_of_its_month_and_a_visit_of_its_hour(void **state)
{
    char first[UUID_TEXT], later[UUID_TEXT], visit[UUID_TEXT];

    assert_true(umami_signer_enter(*state, 1793491200)); /* 2026-11-01T00:00:00Z */
    umami_session_id(first, *state, &visitor);
    assert_string_equal(first, SESSION);
    assert_true(umami_signer_enter(*state, 1793491199));
    umami_session_id(later, *state, &visitor);
    assert_string_not_equal(first, later);
    assert_true(umami_signer_enter(*state, 1795168800 + 3599));
    umami_visit_id(visit, *state, SESSION);
    assert_string_equal(visit, VISIT);
    assert_true(umami_signer_enter(*state, 1795168800 + 3600));
    umami_visit_id(visit, *state, SESSION);
    assert_string_not_equal(visit, VISIT);
}

/* Worked out apart from this program, as SALT_ROTATION of Umami 3.1 has it. */
static void
a_session_may_be_of_its_week_or_day(void **state)
{
    static const struct {
        enum umami_salt rotation;
        const char *id;
        int64_t from_s, to_s;
    } cases[] = {
        { UMAMI_SALT_WEEK, "0efffd1d-cec0-53fa-9ef5-91164fb12ff8", 1794700800, 1795305600 },
        { UMAMI_SALT_DAY, "e8628d1a-b0f5-5914-b75f-22b29e0d7c2f", 1795132800, 1795219200 },
        { UMAMI_SALT_MONTH, SESSION, 1793491200, 1796083200 },
    };
    char id[UUID_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct umami_signer *s = umami_signer_new("obsview-fixed-secret", cases[i].rotation);

        for (int at = -1; at <= 2; at++) { /* before, first, last, behind */
            int64_t time_s = at < 1 ? cases[i].from_s + at : cases[i].to_s + at - 2;

            assert_true(umami_signer_enter(s, time_s));
            umami_session_id(id, s, &visitor);
            assert_int_equal(strcmp(id, cases[i].id) == 0, at == 0 || at == 1);
        }
        umami_signer_free(s);
    }
}

static void
times_beyond_four_digits_of_years(void **state)
{
    const struct umami_sender edge = { WEBSITE, "203.0.113.77", visitor.user_agent, NULL };
    char id[UUID_TEXT];

    assert_true(umami_signer_enter(*state, 1794304800000)); /* the year 58829 */
    umami_session_id(id, *state, &edge);
    assert_string_equal(id, "a590f1c5-a7fa-5938-8cb7-36c1e6d07025");
    assert_true(umami_signer_enter(*state, -5));
    umami_session_id(id, *state, &edge);
    assert_string_equal(id, "d1a3a8f5-6aa0-578d-9d8b-68c7dddb03b6");
    assert_false(umami_signer_enter(*state, 8640000000001));
}

static void
tokens_are_signed_to_the_last_character(void **state)
{
    struct umami_token token = { WEBSITE, SESSION, VISIT, 1795393393 }, read;
    char text[UMAMI_TOKEN_TEXT];

    umami_token_print(text, *state, &token);
    assert_string_equal(text, TOKEN);
    assert_true(umami_token_read(&read, *state, TOKEN));
    assert_string_equal(read.website_id, WEBSITE);
    assert_string_equal(read.session_id, SESSION);
    assert_string_equal(read.visit_id, VISIT);
    assert_true(read.iat_s == 1795393393);
}

static void
tokens_of_others_are_not_believed(void **state)
{
    static const char *const bad[] = {
        "",
        "garbage",
        "a.b",
        "..",
        "a.b.c",
        "a.b.c.d",
        "eyJhbGciOiJub25lIn0.eyJpYXQiOjF9.", /* {"alg":"none"} */
    };
    char text[UMAMI_TOKEN_TEXT];
    struct umami_token token;
    struct umami_signer *other = umami_signer_new("another secret", UMAMI_SALT_MONTH);

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(umami_token_read(&token, *state, bad[i]));
    assert_false(umami_token_read(&token, other, TOKEN));
    for (size_t i = 0; i < sizeof TOKEN - 1; i++) { /* one character changed, each in turn */
        memcpy(text, TOKEN, sizeof TOKEN);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        if (umami_token_read(&token, *state, text))
            fail_msg("believed with character %zu changed", i);
    }
    umami_signer_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_the_real_server),
        cmocka_unit_test(a_session_is_of_its_month_and_a_visit_of_its_hour),
        cmocka_unit_test(times_beyond_four_digits_of_years),
        cmocka_unit_test(a_session_may_be_of_its_week_or_day),
        cmocka_unit_test(tokens_are_signed_to_the_last_character),
        cmocka_unit_test(tokens_of_others_are_not_believed),
    };

    return cmocka_run_group_tests(tests, make_signer, free_signer);
}
