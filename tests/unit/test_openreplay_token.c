/* test_openreplay_token.c - numbers of sessions and tokens, against ones made elsewhere.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/openreplay_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct openreplay_secret secret = { "secret", 6 };

/* Of a capture: the number and the start that its answer gave. */
static void
test_a_number_holds_its_time(void **state)
{
    (void)state;
    assert_int_equal(openreplay_session_ms(4117009344585793792u), 1795392879521);
    assert_int_equal(openreplay_session_first(1795392879521), 4117009344585793792u & ~0xffffffull);
    assert_int_equal(openreplay_session_first(0), 0);
    assert_int_equal(openreplay_session_ms(UINT64_MAX), 1550000000000 + (1LL << 40) - 1);
}

static const struct {
    struct openreplay_token token;
    const char *text;
} tokens[] = {
    { { 4117009344585793792u, 12, 1795400079521 },
      "va1q0etj524g.c.mwsmunj5.GnrMqu4dvehTDSsLTSFxdNaFtNdE5FDjwtBZbYunjYoU" },
    { { 282, 0, 0 }, "7u.0.0.1mUZLe14gWSuKJEuXjWYdWvJnfLNxw9i3uy7Fu4Apgc" }, /* a zero in front */
    { { UINT64_MAX, UINT64_MAX, UINT64_MAX },
      "3w5e11264sgsf.3w5e11264sgsf.3w5e11264sgsf.AaxLDV6s7idnfm4h3xKXx8tdDFGyxB1rwX3if21h3EsJ" },
};

static void
test_tokens_have_one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        char text[OPENREPLAY_TOKEN_TEXT];
        struct openreplay_token back;

        openreplay_token_format(text, &tokens[i].token, &secret);
        assert_string_equal(text, tokens[i].text);
        assert_true(openreplay_token_parse(&back, text, &secret));
        assert_int_equal(back.session, tokens[i].token.session);
        assert_int_equal(back.delay_ms, tokens[i].token.delay_ms);
        assert_int_equal(back.expiry_ms, tokens[i].token.expiry_ms);
    }
}

/* Every byte of a token matters, and so does the secret. */
static void
test_a_changed_token_is_none(void **state)
{
    const struct openreplay_secret other = { "secreT", 6 };
    const char *good = tokens[0].text;
    struct openreplay_token out;
    char text[OPENREPLAY_TOKEN_TEXT];

    (void)state;
    assert_true(openreplay_token_parse(&out, good, &secret));
    assert_false(openreplay_token_parse(&out, good, &other));
    for (size_t i = 0; i < strlen(good); i++) {
        snprintf(text, sizeof text, "%s", good);
        text[i] = text[i] == '2' ? '3' : '2';
        assert_false(openreplay_token_parse(&out, text, &secret));
        text[i] = '\0';
        assert_false(openreplay_token_parse(&out, text, &secret));
    }
    snprintf(text, sizeof text, "%s1", good);
    assert_false(openreplay_token_parse(&out, text, &secret));
}

static void
test_what_is_no_token(void **state)
{
    static const char *const texts[] = {
        "",
        ".",
        "...",
        "x",
        "1.2",
        "1.2.3",
        "1.2.3.",
        "1..3.x",
        "A.0.0.x",
        "-1.0.0.x",
        "1.0.0 .x",
        "3w5e11264sgsg.0.0.x", /* 2^64 */
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz.0.0.x",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    };
    struct openreplay_token out;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(openreplay_token_parse(&out, texts[i], &secret));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_holds_its_time),
        cmocka_unit_test(test_tokens_have_one_spelling),
        cmocka_unit_test(test_a_changed_token_is_none),
        cmocka_unit_test(test_what_is_no_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
