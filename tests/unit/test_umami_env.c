/* test_umami_env.c - variables of the environment, as the real server takes them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/umami_env.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* The environment at hand: pairs of name and value, with a NULL behind. */
static const char *const *variables;

static char *
get(const char *name)
{
    for (const char *const *v = variables; *v != NULL; v += 2) {
        if (strcmp(*v, name) == 0)
            return (char *)(uintptr_t)v[1];
    }
    return NULL;
}

static enum status
read(struct umami_env *env, enum umami_dialect dialect, const char *const *pairs, struct err *err)
{
    variables = pairs;
    return umami_env_read(env, dialect, get, err);
}

static void
nothing_is_set(void **state)
{
    static const char *const none[] = { "IGNORE_IP", "", "DISABLE_BOT_CHECK", "", NULL };
    struct umami_env env;
    struct err err;

    (void)state;
    assert_int_equal(read(&env, UMAMI_V2, none, &err), OK);
    assert_null(env.app_secret);
    assert_null(env.ignore_ip);
    assert_false(env.skips_bot_check);
    assert_int_equal(env.salt, UMAMI_SALT_MONTH);
    assert_false(umami_env_ignores(&env, "10.0.0.1"));
    assert_string_equal(umami_env_path(&env, "/api/send"), "/api/send");
}

static void
switches_are_on_with_any_text(void **state)
{
    static const char *const all[] = { "DISABLE_BOT_CHECK",
                                       "0",
                                       "SKIP_LOCATION_HEADERS",
                                       "no",
                                       "REMOVE_TRAILING_SLASH",
                                       "false",
                                       "SALT_ROTATION",
                                       "week",
                                       "CLIENT_IP_HEADER",
                                       "x-ip",
                                       "CORS_MAX_AGE",
                                       "7",
                                       NULL };
    static const char *const odd[] = { "SALT_ROTATION", "hour", NULL };
    struct umami_env env;
    struct err err;

    (void)state;
    assert_int_equal(read(&env, UMAMI_V3, all, &err), OK);
    assert_true(env.skips_bot_check && env.skips_place_headers && env.drops_last_slash);
    assert_int_equal(env.salt, UMAMI_SALT_WEEK);
    assert_string_equal(env.client_ip_header, "x-ip");
    assert_string_equal(env.cors_max_age, "7");
    assert_int_equal(read(&env, UMAMI_V2, all, &err), OK);
    assert_int_equal(env.salt, UMAMI_SALT_MONTH); /* version 2 has no such variable */
    assert_int_equal(read(&env, UMAMI_V3, odd, &err), OK);
    assert_int_equal(env.salt, UMAMI_SALT_MONTH);
}

static void
what_is_wrong_is_named(void **state)
{
    static const char *const wrong[][3] = {
        { "CORS_MAX_AGE", "soon", NULL },         { "CORS_MAX_AGE", "-1", NULL },
        { "CLIENT_IP_HEADER", "x ip", NULL },     { "CLIENT_IP_HEADER", "x:ip", NULL },
        { "COLLECT_API_ENDPOINT", "hit", NULL },  { "COLLECT_API_ENDPOINT", "/", NULL },
        { "COLLECT_API_ENDPOINT", "/a'b", NULL }, { "IGNORE_IP", "1.2.3.4/33", NULL },
        { "IGNORE_IP", "1.2.3.4, 1.2/8", NULL },  { "IGNORE_IP", "::1/129", NULL },
        { "IGNORE_IP", "10.0.0.0/", NULL },       { "IGNORE_IP", "/8", NULL },
        { "IGNORE_IP", "10.0.0.0/-1", NULL },
    };
    struct umami_env env;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (read(&env, UMAMI_V2, wrong[i], &err) != E_USAGE)
            fail_msg("%s=%s is taken", wrong[i][0], wrong[i][1]);
        if (strstr(err.text, wrong[i][0]) == NULL || strstr(err.text, "expected") == NULL)
            fail_msg("%s=%s: %s", wrong[i][0], wrong[i][1], err.text);
    }
}

static void
addresses_are_ignored(void **state)
{
    static const char *const list[] = {
        "IGNORE_IP", " 203.0.113.7,10.0.0.0/8 ,2001:db8::/33,nonsense,,192.0.2.128/25,0.0.0.0/32",
        NULL
    };
    static const char *const everything[] = { "IGNORE_IP", "0.0.0.0/0", NULL };
    static const struct {
        const char *ip;
        bool is_ignored;
    } cases[] = {
        { "203.0.113.7", true },
        { "203.0.113.70", false },
        { "10.255.0.1", true },
        { "11.0.0.1", false },
        { "2001:db8::1", true },
        { "2001:db8:8000::1", false },
        { "2001:db8:7fff::1", true },
        { "nonsense", true },
        { "nonsens", false },
        { "192.0.2.127", false },
        { "192.0.2.128", true },
        { "::ffff:10.0.0.1", false },
        { "", true } /* as the empty entry */,
        { "0.0.0.1", false },
    };
    struct umami_env env;
    struct err err;

    (void)state;
    assert_int_equal(read(&env, UMAMI_V2, list, &err), OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (umami_env_ignores(&env, cases[i].ip) != cases[i].is_ignored)
            fail_msg("%s is %s", cases[i].ip, cases[i].is_ignored ? "let in" : "ignored");
    }
    assert_false(umami_env_ignores(&env, NULL));
    assert_int_equal(read(&env, UMAMI_V2, everything, &err), OK);
    assert_true(umami_env_ignores(&env, "8.8.8.8"));
    assert_false(umami_env_ignores(&env, "::1"));
}

static void
paths_have_other_names(void **state)
{
    static const char *const pairs[] = { "COLLECT_API_ENDPOINT", "/hit", "TRACKER_SCRIPT_NAME",
                                         "stats.js, /a/b.js", NULL };
    struct umami_env env;
    struct err err;

    (void)state;
    assert_int_equal(read(&env, UMAMI_V2, pairs, &err), OK);
    assert_string_equal(umami_env_path(&env, "/hit"), "/api/send");
    assert_string_equal(umami_env_path(&env, "/hits"), "/hits");
    assert_string_equal(umami_env_path(&env, "/stats.js"), "/script.js");
    assert_string_equal(umami_env_path(&env, "/a/b.js"), "/script.js");
    assert_string_equal(umami_env_path(&env, "/b.js"), "/b.js");
    assert_string_equal(umami_env_path(&env, "/"), "/");
    assert_string_equal(umami_env_path(&env, ""), "");
}

static void
variables_are_listed_in_order(void **state)
{
    const struct umami_variable *v;
    size_t i;

    (void)state;
    for (i = 0; (v = umami_variable(i)) != NULL; i++) {
        assert_true(*v->help != '\0');
        assert_true(i == 0 || strcmp(umami_variable(i - 1)->name, v->name) < 0);
    }
    assert_int_equal(i, 11);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_set),         cmocka_unit_test(switches_are_on_with_any_text),
        cmocka_unit_test(what_is_wrong_is_named), cmocka_unit_test(addresses_are_ignored),
        cmocka_unit_test(paths_have_other_names), cmocka_unit_test(variables_are_listed_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
