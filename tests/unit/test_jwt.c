/* test_jwt.c - tokens that Umami's server made, ours, and forged ones.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_identity.h"
#include "wire/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Of a share, by Umami 2.20.2 with this APP_SECRET. */
#define SECRET "obsview-fixed-secret"
#define SHARED                                                                                     \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                                        \
    "eyJ3ZWJzaXRlSWQiOiIxMTExMTExMS0yMjIyLTQzMzMtODQ0NC01NTU1NTU1NTU1NTUiLCJpYXQiOjE3OTUzOTQxMTJ9" \
    ".4CZJnRKnbu5b91LgIxNXfbg6XKcyLDVCDODaLB6ikzg"
#define CLAIMS "{\"websiteId\":\"11111111-2222-4333-8444-555555555555\",\"iat\":1795394112}"

static void
signs_as_the_original(void **state)
{
    struct umami_signer *signer = umami_signer_new(SECRET, UMAMI_SALT_MONTH);
    struct buf b;

    (void)state;
    buf_init(&b, JWT_MAX);
    jwt_sign(&b, umami_signer_key(signer), CLAIMS, strlen(CLAIMS));
    assert_string_equal(b.data, SHARED);
    buf_fini(&b);
    umami_signer_free(signer);
}

static void
reads_what_it_signed(void **state)
{
    static const char *const claims[] = { "{}", "{\"a\":1}", "{\"a\":\"\xc3\xa9\"}",
                                          "{\"ab\":12}" };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const cJSON *got = NULL;
        struct buf b, text;

        buf_init(&b, JWT_MAX);
        buf_init(&text, JWT_MAX);
        jwt_sign(&b, "key", claims[i], strlen(claims[i]));
        assert_int_equal(jwt_verify(&got, arena, "key", b.data, NULL), OK);
        json_print(&text, got);
        assert_string_equal(text.data, claims[i]);
        assert_int_equal(jwt_verify(&got, arena, "other", b.data, NULL), E_AUTH);
        b.data[b.len - 5] = b.data[b.len - 5] == 'A' ? 'B' : 'A';
        assert_int_equal(jwt_verify(&got, arena, "key", b.data, NULL), E_AUTH);
        buf_fini(&b);
        buf_fini(&text);
    }
    arena_free(arena);
}

static void
refuses_what_is_no_token(void **state)
{
    static const char *const tokens[] = {
        "", ".", "..", "...", "a.b.c", "garbage", "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30"
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        const cJSON *got = NULL;

        assert_int_equal(jwt_verify(&got, arena, "key", tokens[i], NULL), E_AUTH);
        assert_null(got);
    }
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_original),
        cmocka_unit_test(reads_what_it_signed),
        cmocka_unit_test(refuses_what_is_no_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
