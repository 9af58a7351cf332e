/* test_guards.c - who may talk to the emulator, and how often.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emulator/address.h"
#include "emulator/guards.h"
#include "emulator/rate_limit.h"

struct claim {
    const char *text;
    bool passes;
};

static void
host_header_must_be_ours(void **state)
{
    static const char *const allow[] = { "host.docker.internal", NULL };
    static const struct names names = { .host = "192.168.1.5", .allow_hosts = allow };
    static const struct claim claims[] = {
        { NULL, true },
        { "localhost", true },
        { "localhost:6270", true },
        { "LOCALHOST:6270", true },
        { "localhost.", true },
        { "shop.localhost:6270", true },
        { "127.0.0.1:6270", true },
        { "127.9.9.9", true },
        { "[::1]:6270", true },
        { "[::1]", true },
        { "192.168.1.5:6270", true },
        { "host.docker.internal:6270", true },
        { "evil.example", false },
        { "evil.example:6270", false },
        { "localhost.evil.example", false },
        { "127.0.0.1.evil.example", false },
        { "evillocalhost", false },
        { "128.0.0.1", false },
        { "192.168.1.6", false },
        { "[::2]", false },
        { "[::1", false },
        { "localhost:", false },
        { "localhost:x", false },
        { "localhost:123456", false },
        { "", false },
        { ":6270", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        if (guard_host(&names, claims[i].text) != claims[i].passes)
            fail_msg("Host: %s", claims[i].text == NULL ? "(none)" : claims[i].text);
    }
}

static void
origins_on_loopback_pass_by_default(void **state)
{
    static const struct claim claims[] = {
        { "http://localhost", true },
        { "http://localhost:5173", true },
        { "https://localhost:8443", true },
        { "http://127.0.0.1:3000", true },
        { "http://[::1]:3000", true },
        { "HTTP://LOCALHOST:1", true },
        { "null", false },
        { "", false },
        { "file://", false },
        { "http://", false },
        { "http://localhost.evil.example", false },
        { "http://localhost@evil.example", false },
        { "http://evil.example:80", false },
        { "http://localhost:80/path", false },
        { "ftp://localhost", false },
        { "http://localhost:5173, http://evil.example", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        if (guard_origin(NULL, claims[i].text) != claims[i].passes)
            fail_msg("Origin: %s", claims[i].text);
    }
}

static void
a_list_of_origins_replaces_the_default(void **state)
{
    static const char *const list[] = { "https://shop.example", "null", NULL };
    static const char *const any[] = { "*", NULL };
    static const char *const copied[] = { "https://shop.example/", NULL };

    (void)state;
    assert_true(guard_origin(list, "https://shop.example"));
    assert_true(guard_origin(list, "null"));
    assert_false(guard_origin(list, "https://shop.example:8443"));
    assert_false(guard_origin(list, "https://shop.example.evil.example"));
    assert_false(guard_origin(list, "http://localhost:5173"));
    assert_true(guard_origin(any, "https://evil.example"));
    assert_true(guard_origin(copied, "https://shop.example"));
    assert_false(guard_origin(copied, "https://shop.example.evil.example"));
    assert_false(guard_origin(copied, ""));
}

static void
tokens_match_whole(void **state)
{
    (void)state;
    assert_true(guard_token("secret", "secret"));
    assert_false(guard_token("secret", "secret1"));
    assert_false(guard_token("secret", "secre"));
    assert_false(guard_token("secret", ""));
    assert_false(guard_token("secret", NULL));
}

static void
addresses_are_read_and_written(void **state)
{
    static const struct {
        const char *text, *back;
        bool loopback;
    } good[] = {
        { "127.0.0.1:6270", "127.0.0.1:6270", true },
        { "localhost:1", "127.0.0.1:1", true },
        { "[::1]:0", "[::1]:0", true },
        { "0.0.0.0:80", "0.0.0.0:80", false },
        { "[::]:80", "[::]:80", false },
        { "127.8.8.8:65535", "127.8.8.8:65535", true },
    };
    static const char *const bad[] = {
        "",           "127.0.0.1",      "6270",         ":6270",
        "127.0.0.1:", "127.0.0.1:x",    "127.0.0.1:-1", "a.example:80",
        "1.2.3:4",    "127.0.0.1:65536"
    };
    char text[ADDRESS_TEXT];
    struct address a;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(address_parse(&a, good[i].text, "--listen", &err), OK);
        address_format(text, &a.sock);
        assert_string_equal(text, good[i].back);
        assert_int_equal(guard_is_loopback(&a.sock), good[i].loopback);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(address_parse(&a, bad[i], "--listen", &err), E_USAGE);
}

/* --- the rate limit -------------------------------------------------------------------------- */

static struct sockaddr_storage
peer(const char *text)
{
    struct address a;

    assert_int_equal(address_parse(&a, text, "peer", NULL), OK);
    return a.sock;
}

static void
exactly_the_1001st_is_refused(void **state)
{
    struct rate_limit *rate = rate_limit_new(1000);
    struct sockaddr_storage p = peer("10.0.0.1:1"), same = peer("10.0.0.1:2");
    struct sockaddr_storage other = peer("10.0.0.2:1");
    unsigned wait = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(rate_limit_pass(rate, &p, 1000 + i, &wait));
    assert_false(rate_limit_pass(rate, &p, 2000, &wait));
    assert_int_equal(wait, 59);
    assert_false(rate_limit_pass(rate, &same, 60999, &wait));
    assert_int_equal(wait, 1);
    assert_true(rate_limit_pass(rate, &other, 60999, &wait));
    /* The first of the thousand leaves the window after sixty seconds, and one place is free. */
    assert_true(rate_limit_pass(rate, &p, 61000, &wait));
    assert_false(rate_limit_pass(rate, &p, 61000, &wait));
    assert_true(rate_limit_pass(rate, &p, 61001, &wait));
    rate_limit_clear(rate);
    assert_true(rate_limit_pass(rate, &p, 61001, &wait));
    rate_limit_free(rate);
}

static void
refused_requests_do_not_count(void **state)
{
    struct rate_limit *rate = rate_limit_new(2);
    struct sockaddr_storage p = peer("10.0.0.1:1");
    unsigned wait;

    (void)state;
    assert_true(rate_limit_pass(rate, &p, 0, &wait));
    assert_true(rate_limit_pass(rate, &p, 0, &wait));
    for (int64_t ms = 0; ms < 60000; ms += 500)
        assert_false(rate_limit_pass(rate, &p, ms, &wait));
    assert_true(rate_limit_pass(rate, &p, 60000, &wait));
    rate_limit_free(rate);
}

static void
an_ipv6_network_counts_as_one(void **state)
{
    struct rate_limit *rate = rate_limit_new(1);
    struct sockaddr_storage a = peer("[2001:db8:1:2::1]:1"), b = peer("[2001:db8:1:2:ffff::9]:1");
    struct sockaddr_storage c = peer("[2001:db8:1:3::1]:1");
    struct sockaddr_storage v4 = peer("10.0.0.1:1"), mapped = peer("[::ffff:10.0.0.1]:1");
    unsigned wait;

    (void)state;
    assert_true(rate_limit_pass(rate, &a, 0, &wait));
    assert_false(rate_limit_pass(rate, &b, 0, &wait));
    assert_true(rate_limit_pass(rate, &c, 0, &wait));
    assert_true(rate_limit_pass(rate, &v4, 0, &wait));
    assert_false(rate_limit_pass(rate, &mapped, 0, &wait));
    rate_limit_free(rate);
}

static void
nought_turns_the_limit_off(void **state)
{
    struct rate_limit *rate = rate_limit_new(0);
    struct sockaddr_storage p = peer("10.0.0.1:1");
    unsigned wait;

    (void)state;
    for (int i = 0; i < 5000; i++)
        assert_true(rate_limit_pass(rate, &p, 0, &wait));
    assert_int_equal(rate_limit_addresses(rate), 0);
    rate_limit_free(rate);
}

static void
a_high_limit_is_exact_too(void **state)
{
    struct rate_limit *rate = rate_limit_new(200000);
    struct sockaddr_storage p = peer("10.0.0.1:1");
    unsigned wait;

    (void)state;
    for (int i = 0; i < 200000; i++)
        assert_true(rate_limit_pass(rate, &p, i / 4, &wait));
    assert_false(rate_limit_pass(rate, &p, 59999, &wait));
    for (int i = 0; i < 4; i++)
        assert_true(rate_limit_pass(rate, &p, 60000, &wait));
    assert_false(rate_limit_pass(rate, &p, 60000, &wait));
    rate_limit_free(rate);
}

static void
the_table_of_addresses_is_bounded(void **state)
{
    struct rate_limit *rate = rate_limit_new(1);
    struct sockaddr_storage p = peer("10.0.0.0:1"), first = peer("10.0.0.0:1");
    unsigned wait;

    (void)state;
    for (uint32_t i = 0; i < 40000; i++) {
        ((struct sockaddr_in *)(void *)&p)->sin_addr.s_addr = htonl(0x0a000000 + i);
        assert_true(rate_limit_pass(rate, &p, 0, &wait));
    }
    assert_true(rate_limit_addresses(rate) <= 16384);
    assert_false(rate_limit_pass(rate, &p, 0, &wait));    /* the newest is remembered */
    assert_true(rate_limit_pass(rate, &first, 0, &wait)); /* the quietest was forgotten */
    rate_limit_free(rate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_header_must_be_ours),
        cmocka_unit_test(origins_on_loopback_pass_by_default),
        cmocka_unit_test(a_list_of_origins_replaces_the_default),
        cmocka_unit_test(tokens_match_whole),
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(exactly_the_1001st_is_refused),
        cmocka_unit_test(refused_requests_do_not_count),
        cmocka_unit_test(an_ipv6_network_counts_as_one),
        cmocka_unit_test(nought_turns_the_limit_off),
        cmocka_unit_test(a_high_limit_is_exact_too),
        cmocka_unit_test(the_table_of_addresses_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
