/* test_umami_kept.c - what the collector remembers answers as what it would find out anew.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/umami.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MANY   10000 /* more than are remembered */
#define TIME_S 1795500000

static struct umami_token
token_of(int i)
{
    struct umami_token token = { .iat_s = TIME_S + i % 3 };

    snprintf(token.website_id, sizeof token.website_id, "11111111-2222-4333-8444-555555555555");
    snprintf(token.session_id, sizeof token.session_id, "%08d-0000-5000-8000-000000000000", i);
    snprintf(token.visit_id, sizeof token.visit_id, "%08d-1111-5000-8000-000000000000", i);
    return token;
}

static struct umami *
umami_of_test(void)
{
    static const struct emulator_options options = { .umami_secret = "secret" };
    struct umami *umami = umami_new(&options);
    struct err err = { 0 };

    assert_int_equal(umami_prepare(umami, &err), OK);
    return umami;
}

static void
expect_opens(struct umami *umami, const char *text, const struct umami_token *expected)
{
    struct umami_token token;

    assert_true(umami_open_token(umami, text, &token));
    assert_string_equal(token.website_id, expected->website_id);
    assert_string_equal(token.session_id, expected->session_id);
    assert_string_equal(token.visit_id, expected->visit_id);
    assert_int_equal(token.iat_s, expected->iat_s);
}

static void
tokens_are_those_of_a_signer_without_memory(void **state)
{
    struct umami *umami = umami_of_test();
    struct umami_signer *signer = umami_signer_new("secret", UMAMI_SALT_MONTH);
    char text[UMAMI_TOKEN_TEXT], expected[UMAMI_TOKEN_TEXT];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            const struct umami_token token = token_of(i);

            umami_token_print(expected, signer, &token);
            assert_string_equal(umami_sign_token(umami, &token, text), expected);
            assert_string_equal(umami_sign_token(umami, &token, text), expected);
            expect_opens(umami, expected, &token);
        }
    }
    umami_signer_free(signer);
    umami_free(umami);
}

static void
a_token_of_another_secret_never_opens(void **state)
{
    struct umami *umami = umami_of_test();
    struct umami_signer *other = umami_signer_new("another", UMAMI_SALT_MONTH);
    const struct umami_token token = token_of(1);
    struct umami_token out;
    char ours[UMAMI_TOKEN_TEXT], theirs[UMAMI_TOKEN_TEXT];

    (void)state;
    umami_sign_token(umami, &token, ours);
    umami_token_print(theirs, other, &token);
    for (int i = 0; i < 2; i++) {
        assert_false(umami_open_token(umami, theirs, &out));
        expect_opens(umami, ours, &token);
    }
    ours[strlen(ours) - 1] ^= 1;
    assert_false(umami_open_token(umami, ours, &out));
    umami_signer_free(other);
    umami_free(umami);
}

static void
a_token_without_a_website_is_another_one(void **state)
{
    struct umami *umami = umami_of_test();
    struct umami_token with = token_of(1), without = token_of(1);
    char first[UMAMI_TOKEN_TEXT], second[UMAMI_TOKEN_TEXT];

    (void)state;
    without.website_id[0] = '\0';
    umami_sign_token(umami, &with, first);
    umami_sign_token(umami, &without, second);
    assert_string_not_equal(first, second);
    expect_opens(umami, second, &without);
    umami_free(umami);
}

static void
ten_thousand_websites_are_known(void **state)
{
    struct umami *umami = umami_of_test();
    char id[UUID_TEXT];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            snprintf(id, sizeof id, "%08d-2222-4000-8000-000000000000", i);
            assert_int_equal(umami_website_seen(umami, id),
                             round == 0 ? UMAMI_WEBSITE_NEW : UMAMI_WEBSITE_KNOWN);
        }
    }
    umami_free(umami);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_those_of_a_signer_without_memory),
        cmocka_unit_test(a_token_of_another_secret_never_opens),
        cmocka_unit_test(a_token_without_a_website_is_another_one),
        cmocka_unit_test(ten_thousand_websites_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
