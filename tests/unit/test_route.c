/* test_route.c - what of a URL's path is a route, and what only names one thing.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/idlike.h"
#include "domain/route.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct folded {
    const char *url;
    const char *route;
};

static void
check(const struct folded *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[ROUTE_TEXT];

        route_fold(out, cases[i].url);
        if (strcmp(out, cases[i].route) != 0)
            fail_msg("%s: %s, expected %s", cases[i].url, out, cases[i].route);
    }
}

static void
only_the_path_counts(void **state)
{
    static const struct folded cases[] = {
        { "https://shop.example/cart", "/cart" },
        { "https://shop.example/cart?step=2#pay", "/cart" },
        { "https://user:pass@shop.example:8443/cart/", "/cart" },
        { "http://[::1]:5173/cart", "/cart" },
        { "https://shop.example", "/" },
        { "https://shop.example?x=/a/b", "/" },
        { "https://shop.example/#/cart/12", "/" },
        { "//cdn.example/a/b", "/a/b" },
        { "/cart//items/", "/cart/items" },
        { "cart/items", "/cart/items" },
        { "?x=1", "/" },
        { "file:///home/jane/index.html", "/home/jane/index.html" },
        { "about:blank", "about:" },
        { "data:text/html,<p>1", "data:" },
        { "/cart;jsessionid=0A1B2C3D", "/cart" },
        { "", "unknown" },
    };

    (void)state;
    check(cases, COUNT(cases));
}

static void
what_names_one_thing_folds(void **state)
{
    static const struct folded cases[] = {
        { "/products/42", "/products/:id" },
        { "/products/:id", "/products/:id" },
        { "/orders/ORD-2026-000123/items/7", "/orders/:id/items/:id" },
        { "/u/8f3c6d2e-1b2a-4c3d-8e4f-0123456789ab", "/u/:id" },
        { "/u/8F3C6D2E1B2A4C3D8E4F0123456789AB", "/u/:id" },
        { "/commit/3f2a91bc", "/commit/:id" },
        { "/doc/507f1f77bcf86cd799439011", "/doc/:id" },
        { "/watch/dQw4w9WgXcQ", "/watch/:id" },
        { "/c/cus_9s6XKzkNRiz8i3", "/c/:id" },
        { "/e/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/e/:id" },
        { "/n/V1StGXR8_Z5jdHi6B-myT", "/n/:id" },
        { "/k/cjld2cjxh0000qzrmn831i7rn", "/k/:id" },
        { "/verify/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP",
          "/verify/:id" },
        { "/reports/2026-11-24", "/reports/:id" },
        { "/users/jane@example.com/settings", "/users/:id/settings" },
        { "/users/jane%40example.com", "/users/:id" },
        { "/@jane", "/:id" },
        { "/articles/red-shoe-182736", "/articles/:id" },
        { "/articles/why-the-longest-title-of-all-is-not-a-route-either", "/articles/:id" },
        { "/p/%34%32", "/p/:id" },
    };

    (void)state;
    check(cases, COUNT(cases));
}

static void
what_a_router_would_hold_stays(void **state)
{
    static const char *const routes[] = {
        "/checkout/step-3",    "/api/v2/users",          "/oauth2Callback", "/getUserByIdAndName",
        "/shop/iphone-15-pro", "/decade/facade/defaced", "/deadbeef",       "/video/h264",
        "/index.html",         "/a_b/c~d/e.f",           "/Page%20Two"
    };

    (void)state;
    for (size_t i = 0; i < COUNT(routes); i++)
        check(&(struct folded){ routes[i], routes[i] }, 1);
}

static void
a_route_is_short_ascii(void **state)
{
    static const struct folded cases[] = {
        { "/\xc3\xbc"
          "ber/a b\x1b[2J",
          "/%C3%BCber/a%20b%1B[2J" },
        { "/1/2/3/4/5/6/7/8", "/:id/:id/:id/:id/:id/:id/:id/:id" },
        { "/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/*" },
        { "/%", "/%" },
        { "/%4", "/%4" },
        { "/%zz", "/%zz" },
    };
    char url[4096], out[ROUTE_TEXT];

    (void)state;
    check(cases, COUNT(cases));
    for (size_t part = 1; part < 60; part++) {
        for (size_t i = 0; i + 1 < sizeof url; i++)
            url[i] = i % part == 0 ? '/' : '\xe2';
        url[sizeof url - 1] = '\0';
        memset(out, 'x', sizeof out);
        route_fold(out, url);
        assert_true(strlen(out) < ROUTE_TEXT);
        for (const char *p = out; *p != '\0'; p++)
            assert_true(*p > 0x20 && *p < 0x7f);
    }
}

static void
an_id_has_a_digit(void **state)
{
    (void)state;
    assert_false(idlike("", 0));
    assert_false(idlike("-", 1));
    assert_false(idlike("@", 1));
    assert_false(idlike("ThisIsCamelCaseAndItGoesOn", 26));
    assert_true(idlike("0", 1));
    assert_true(idlike("12.5", 4));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_path_counts),
        cmocka_unit_test(what_names_one_thing_folds),
        cmocka_unit_test(what_a_router_would_hold_stays),
        cmocka_unit_test(a_route_is_short_ascii),
        cmocka_unit_test(an_id_has_a_digit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
