/* test_series_search.c - what SEARCH() finds: the user guide's own examples, and its edges.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/series_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ACCOUNT "000000000000"

static const struct dimension one_page[] = { { "Page", "/home" } };
static const struct dimension two[] = { { "Env", "prod-eu" }, { "Page", "/home" } };
static const struct dimension instance[] = { { "InstanceId", "i-1234567890abcdef0" } };

static const struct series_key lcp = { "Shop/Web", "LCP", { two, 2 } };
static const struct series_key lcp_page = { "Shop/Web", "LCP", { one_page, 1 } };
static const struct series_key custom = { "MyNamespace", "CustomCount1", { NULL, 0 } };
static const struct series_key sdb = { "AWS/SDB", "SDBFailure", { NULL, 0 } };
static const struct series_key network = { "AWS/EC2", "Network-Errors_2", { instance, 1 } };
static const struct series_key network_too = { "AWS/EC2", "NetworkErrors2", { instance, 1 } };

static const struct {
    const char *search;
    const struct series_key *key;
    bool want;
} cases[] = {
    /* schema */
    { "{Shop/Web,Page,Env}", &lcp, true },
    { "{Shop/Web, Env, Page} ", &lcp, true },
    { "{\"Shop/Web\",\"Page\"}", &lcp_page, true },
    { "{Shop/Web,Page}", &lcp, false }, /* exactly these dimensions */
    { "{Shop/Web}", &lcp, true },
    { "{Shop}", &lcp, false },
    /* properties */
    { "{Shop/Web,Page,Env} MetricName=\"LCP\"", &lcp, true },
    { "{Shop/Web,Page,Env}, MetricName=\"LCP\"", &lcp, true },
    { "MetricName=\"lcp\"", &lcp, false },
    { "MetricName=lcp", &lcp, true },
    { "MetricName = lcp", &lcp, true },
    { "Page=home", &lcp, true },
    { "Page=\"/home\"", &lcp, true },
    { "Page=\"home\"", &lcp, false },
    { "Namespace=Shop", &lcp, true },
    { "NOT Namespace=AWS", &lcp, true },
    { "NOT Namespace=AWS", &sdb, false },
    { ":aws.AccountId = \"000000000000\"", &lcp, true },
    { ":aws.AccountId = LOCAL", &lcp, true },
    { ":aws.AccountId = 111122223333", &lcp, false },
    /* words */
    { "LCP", &lcp, true },
    { "INP", &lcp, false },
    { "home", &lcp, true },
    { "env", &lcp, true },
    { "\"Env\"", &lcp, true },
    { "\"prod-eu\"", &lcp, true },
    { "\"prod\"", &lcp, false },
    { "count", &custom, true },
    { "Count", &custom, true },
    { "COUNT", &custom, true },
    { "couNT", &custom, false },
    { "CustomCount", &custom, true },
    { "Count1", &custom, true },
    { "customcount", &custom, false },
    { "count1", &custom, false },
    { "customcount1", &custom, true },
    { "\"CustomCount1\"", &custom, true },
    { "\"customcount1\"", &custom, false },
    { "\"Custom\"", &custom, false },
    { "sdb", &sdb, true },
    { "failure", &sdb, true },
    { "SDBFailure", &sdb, true },
    { "network/errors", &network, true },
    { "network+errors", &network_too, true },
    { "Network_Errors", &network_too, true },
    { "\"Network_Errors_2\"", &network, false },
    { "\"Network-Errors_2\"", &network, true },
    { "i-1234567890abcdef0", &network, true },
    /* operators */
    { "LCP home", &lcp, true },
    { "LCP AND cart", &lcp, false },
    { "INP OR LCP", &lcp, true },
    { "INP OR LCP AND cart", &lcp, false },
    { "(INP OR LCP) AND home", &lcp, true },
    { "LCP NOT home", &lcp, false },
    { "LCP NOT cart NOT \"x\"", &lcp, true },
    { "NOT (INP OR cart)", &lcp, true },
    { "MetricName=\"INP\" OR (MetricName=\"LCP\" AND (cart OR home))", &lcp, true },
    { "and", &lcp, false }, /* a word: operators are capitals */
    { "ORDER", &lcp, false },
};

static void
searches_find_what_the_guide_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct series_search *search;
        struct err err;

        if (series_search_parse(&search, arena, cases[i].search, &err) != OK)
            fail_msg("%s: %s", cases[i].search, err.text);
        if (series_search_matches(search, cases[i].key, ACCOUNT) != cases[i].want)
            fail_msg("%s: %s %s", cases[i].search, cases[i].want ? "does not find" : "finds",
                     cases[i].key->metric);
        arena_free(arena);
    }
}

static const struct {
    const char *search, *want;
} faults[] = {
    { "", "SEARCH, character 1: something is missing at the end" },
    { "{}", "SEARCH, character 2: a word is expected here" },
    { "{N", "SEARCH, character 3: expected ',' or '}'" },
    { "{N,}", "SEARCH, character 4: a word is expected here" },
    { "LCP OR", "SEARCH, character 7: something is missing at the end" },
    { "OR LCP", "SEARCH, character 1: AND and OR stand between words" },
    { "LCP AND OR x", "SEARCH, character 9: AND and OR stand between words" },
    { "(LCP", "SEARCH, character 5: expected ')'" },
    { "LCP)", "SEARCH, character 4: this does not belong here" },
    { "Page=", "SEARCH, character 6: something is missing at the end" },
    { "\"LCP", "SEARCH, character 5: a quoted word has no closing \"" },
    { "NOT", "SEARCH, character 4: something is missing at the end" },
};

static void
faults_say_where_and_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct arena *arena = arena_new();
        struct series_search *search;
        struct err err = { 0 };

        if (series_search_parse(&search, arena, faults[i].search, &err) != E_INVALID)
            fail_msg("%s: status %d", faults[i].search, (int)err.code);
        assert_string_equal(err.text, faults[i].want);
        arena_free(arena);
    }
}

static void
a_search_has_a_length(void **state)
{
    char text[SERIES_SEARCH_CHARS_MAX + 2];
    struct arena *arena = arena_new();
    struct series_search *search;
    struct err err;

    (void)state;
    memset(text, 'x', sizeof text);
    text[SERIES_SEARCH_CHARS_MAX] = '\0';
    assert_int_equal(series_search_parse(&search, arena, text, &err), OK);
    text[SERIES_SEARCH_CHARS_MAX] = 'x';
    text[SERIES_SEARCH_CHARS_MAX + 1] = '\0';
    assert_int_equal(series_search_parse(&search, arena, text, &err), E_LIMIT);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_find_what_the_guide_says),
        cmocka_unit_test(faults_say_where_and_what),
        cmocka_unit_test(a_search_has_a_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
