/* test_sealed.c - tokens that real servers and a real client sealed, and what is none.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_identity.h"
#include "wire/jwt.h"
#include "wire/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What the administrator's login was answered by 2.20.2 and by 3.1.0. */
#define LOGIN_V2                                                                       \
    "6mj+msgHyGkfF4tqzlwUeykmEuoXd8HjPTjCAiSW6R9Goy21FYxUVv3bHr3/p73NzFV2pq7mTo2382pX" \
    "D8ClWctKwx+8L6KB6QWRTs6s/7przg2xZfFDSENAgz6qpkDnI+hwcKTpFCf4bMR3VVb8VA1yL4IE4h44" \
    "+imTqXrrSKsAxGAQQ4i240JXpgVz6Fp8gM9G0Bm2T0foLkLu/EfKi4wj91wr35mvOTXFFiz1EnHD1bm7" \
    "3T/WMkAjk0ESar7EfJrpwJxrpl2pDp1fsX2j7sSsdnktU8dplfubr+/aIJCMBtzKMiQ7PZxDwQLimjtq" \
    "WD7sDd9Aoe9HYfOdYoh2f18ezAghvLGIw4byQTqKMUKHSghyqArv7wtolILK"
#define LOGIN_V3                                                                       \
    "rnK0dP4xeEWjqEo0AK2yG3EwNU4LZaKYR0Zf2oYfMiq719t5XOmWbgF7HnbCacbS1S4JQQ0Gx2ScUh/4" \
    "fcKxbE9vLtdqVUbNRAvI7jjEL78TMCp38vqrFY2HE5pATUP9k30rNPo2QhoF9ODYtUxnfDgUfiLhNc6S" \
    "Z9AFGlqkQSLfqe82NSp/nxZRT+QtkV7DBR6e4W1RlGMt6G7cUMoNTT9i77KJlubFsNcSteEAs4nJjX9V" \
    "RtnqOaAl4dQHDH9V9jb7KZ46bRHH+WFiuS0E2SfdzHCxw4GKfTawAkvl0DmAncEqNPHzi0i64EO/Seaz" \
    "RfK5ZY/MQwsNIXrWZbksWsP7XrI+SwNin8Stnkpiojx+pFUcnsMjK0yWF3MJ"
/* Made by @umami/api-client 0.79 with the secret "a-secret". */
#define CLIENTS                                                                        \
    "RmziYUd2Z9wa7AK/PzNJr6z54e3e2KjJu2BnLbNk4qHwKK7CCnX+ZKc0tb+HGOAnAfEuVrjc4DekGarv" \
    "araZ/u2iND8tDU2hVR6qNJUFxZJ4cpOHgaDGdQU8xYTt/t/d8a5xyS6WlYfKrtAcq6EkxD7V9zIkj3iC" \
    "4ru66SHESsnbmiteN0yizQ36EVDMm1XAYDlkakEfd2iAR+CQNFFJHW0WBUmK1KjoEtnj2bPwYetmxerU" \
    "/1szZbVZOtFFMhiQevwfEq2Sf++dnVfpO00TsJbIxfgwI7hszPSf6rJ0l54u/tNG5nzMPC2BFxEUVmhG" \
    "4ujHbZCXd+WIERmR3xciXYDLs0lW4QpWXQ=="
#define ADMIN "41e2b680-648e-4b09-bcd7-3e2b10c06264"

/* The user that a token names; NULL: it is not sealed with this secret. */
static const char *
open_token(struct arena *arena, const char *secret, const char *token)
{
    struct umami_signer *signer = umami_signer_new(secret, UMAMI_SALT_MONTH);
    const cJSON *claims = NULL;
    const char *user = NULL;
    struct err err = { 0 };
    struct buf b;

    buf_init(&b, SEALED_MAX);
    if (sealed_open(&b, umami_signer_key(signer), token, &err) == OK &&
        jwt_verify(&claims, arena, umami_signer_key(signer), b.data, NULL) == OK)
        user = json_get_string(claims, "userId", NULL);
    else
        assert_int_not_equal(err.text[0], '\0');
    buf_fini(&b);
    umami_signer_free(signer);
    return user;
}

static void
opens_what_others_sealed(void **state)
{
    static const struct {
        const char *secret, *token;
    } cases[] = {
        { "obsview-fixed-secret", LOGIN_V2 },
        { "obsview-fixed-secret", LOGIN_V3 },
        { "a-secret", CLIENTS },
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *user = open_token(arena, cases[i].secret, cases[i].token);

        assert_non_null(user);
        assert_string_equal(user, ADMIN);
        assert_null(open_token(arena, "another secret", cases[i].token));
    }
    arena_free(arena);
}

/* One bit of every byte; what is sealed, its salt, nonce and tag all count. */
static void
refuses_every_change(void **state)
{
    const struct {
        size_t at;
    } cases[] = { { 0 }, { 60 }, { 90 }, { 110 }, { 130 }, { 300 } };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *token = arena_strdup(arena, CLIENTS);

        token[cases[i].at] = token[cases[i].at] == 'A' ? 'B' : 'A';
        assert_null(open_token(arena, "a-secret", token));
    }
    arena_free(arena);
}

static void
refuses_what_is_none(void **state)
{
    static const char *const cases[] = { "", "=", "====", "AAAA", "!!!!", "garbage", "a.b.c" };
    char cut[] = CLIENTS;
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_null(open_token(arena, "a-secret", cases[i]));
    for (size_t len = 0; len < sizeof cut - 1; len += 37) {
        cut[len] = '\0';
        assert_null(open_token(arena, "a-secret", cut));
        cut[len] = CLIENTS[len];
    }
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_others_sealed),
        cmocka_unit_test(refuses_every_change),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
