/* test_url.c - addresses, each with what JavaScript's URL makes of it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/url.h"

struct row {
    const char *text;
    const char *scheme, *host, *path, *query, *hash; /* NULL: it is no URL */
};

/* Relative to https://shop.example/dir/page?q=1; taken from Node 20. */
/* clang-format off */
static const struct row rows[] = {
    { "/cart", "https", "shop.example", "/cart", "", "" },
    { "/a/../b/./c//d", "https", "shop.example", "/b/c//d", "", "" },
    { "relative/path", "https", "shop.example", "/dir/relative/path", "", "" },
    { "../up", "https", "shop.example", "/up", "", "" },
    { "?x=1", "https", "shop.example", "/dir/page", "x=1", "" },
    { "#frag", "https", "shop.example", "/dir/page", "q=1", "frag" },
    { "", "https", "shop.example", "/dir/page", "q=1", "" },
    { "//evil.example/x", "https", "evil.example", "/x", "", "" },
    { "\\a\\b", "https", "shop.example", "/a/b", "", "" },
    { "/tab\011here\012now", "https", "shop.example", "/tabherenow", "", "" },
    { "mailto:a@b.c", "mailto", "", "a@b.c", "", "" },
    { "android-app://com.google.android.gm/", "android-app", "com.google.android.gm", "/", "", "" },
    { "https://WWW.Shop.Example:8443/x", "https", "www.shop.example", "/x", "", "" },
    { "https://user:pw@host.example/p", "https", "host.example", "/p", "", "" },
    { "https:foo", "https", "shop.example", "/dir/foo", "", "" },
    { "https:/foo", "https", "shop.example", "/foo", "", "" },
    { "http:foo", "http", "foo", "/", "", "" },
    { "https://[::1]:80/x", "https", "[::1]", "/x", "", "" },
    { "https://[2001:DB8::1]/", "https", "[2001:db8::1]", "/", "", "" },
    { "http://1.2.3", "http", "1.2.0.3", "/", "", "" },
    { "http://0x7f.1/", "http", "127.0.0.1", "/", "", "" },
    { "http://256.1.1.1/", NULL, NULL, NULL, NULL, NULL },
    { "http://1.2.3.4.5/", NULL, NULL, NULL, NULL, NULL },
    { "http://[", NULL, NULL, NULL, NULL, NULL },
    { "http://a b/", NULL, NULL, NULL, NULL, NULL },
    { "https://b\303\274cher.example/\303\274?\303\274#\303\274", "https", "xn--bcher-kva.example", "/%C3%BC", "%C3%BC", "%C3%BC" },
    { "https://\316\221\316\222\316\223.example/", "https", "xn--mxacd.example", "/", "", "" },
    { "https://\320\277\321\200\320\270\320\274\320\265\321\200.\320\270\321\201\320\277\321\213\321\202\320\260\320\275\320\270\320\265/", "https", "xn--e1afmkfd.xn--80akhbyknj4f", "/", "", "" },
    { "https://\346\227\245\346\234\254\350\252\236.jp/", "https", "xn--wgv71a119e.jp", "/", "", "" },
    { "/sp ace \"q\" <b> `t` {c} ^", "https", "shop.example", "/sp%20ace%20%22q%22%20%3Cb%3E%20%60t%60%20%7Bc%7D%20^", "", "" },
    { "/?a='b\"c<d>e#f`g h", "https", "shop.example", "/", "a=%27b%22c%3Cd%3Ee", "f%60g%20h" },
    { "file:///etc/passwd", "file", "", "/etc/passwd", "", "" },
    { "file:x", "file", "", "/x", "", "" },
    { "javascript:alert(1) x", "javascript", "", "alert(1) x", "", "" },
    { "data:text/plain,hi", "data", "", "text/plain,hi", "", "" },
    { "ws://h.example/s", "ws", "h.example", "/s", "", "" },
    { "http://h.example:99999/", NULL, NULL, NULL, NULL, NULL },
    { "http://h.example:80a/", NULL, NULL, NULL, NULL, NULL },
    { "http:///three", "http", "three", "/", "", "" },
    { "http:\\\\back.example\\p", "http", "back.example", "/p", "", "" },
    { "https://ex%41mple.com/", "https", "example.com", "/", "", "" },
    { "https://ex%zzmple.com/", NULL, NULL, NULL, NULL, NULL },
    { "/%2e%2E/x", "https", "shop.example", "/x", "", "" },
    { "/a/%2e", "https", "shop.example", "/a/", "", "" },
    { "/a/..", "https", "shop.example", "/", "", "" },
    { "/a/.", "https", "shop.example", "/a/", "", "" },
    { "/..", "https", "shop.example", "/", "", "" },
    { "https://h.example", "https", "h.example", "/", "", "" },
    { "https://h.example?q", "https", "h.example", "/", "q", "" },
    { "https://h.example#f", "https", "h.example", "/", "", "f" },
    { "about:blank", "about", "", "blank", "", "" },
    { "custom://Host/Path", "custom", "Host", "/Path", "", "" },
    { "custom:/p/../q", "custom", "", "/q", "", "" },
    { "custom://h/a/../b", "custom", "h", "/b", "", "" },
    { "  /trim  ", "https", "shop.example", "/trim", "", "" },
    { "https://h.example./", "https", "h.example.", "/", "", "" },
    { "http://h..example/", "http", "h..example", "/", "", "" },
    { "https://xn--bcher-kva.example/", "https", "xn--bcher-kva.example", "/", "", "" },
    { "https://1e2/", "https", "1e2", "/", "", "" },
    { "https://a_b.example/", "https", "a_b.example", "/", "", "" },
    { "https://a!b.example/", "https", "a!b.example", "/", "", "" },
    { "https://h.example/a;b=c,d", "https", "h.example", "/a;b=c,d", "", "" },
    { "https://:80/", NULL, NULL, NULL, NULL, NULL },
    { "https://@/", NULL, NULL, NULL, NULL, NULL },
    { "https://a@b@c.example/", "https", "c.example", "/", "", "" },
    { "http://%31.2.3.4/", "http", "1.2.3.4", "/", "", "" },
    { "https://m\303\274nchen.de:8080/a", "https", "xn--mnchen-3ya.de", "/a", "", "" },
};
/* clang-format on */

static void
check(const struct row *row, const char *part, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: %s is \"%s\", expected \"%s\"", row->text, part, got, wanted);
}

static void
read_as_javascript_reads_them(void **state)
{
    struct arena *arena = arena_new();
    struct url base, url;

    (void)state;
    assert_true(url_parse(&base, arena, "https://shop.example/dir/page?q=1", NULL));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];

        if (url_parse(&url, arena, row->text, &base) != (row->scheme != NULL))
            fail_msg("%s is%s a URL", row->text, row->scheme == NULL ? " not" : "");
        if (row->scheme == NULL)
            continue;
        check(row, "scheme", url.scheme, row->scheme);
        check(row, "host", url.host, row->host);
        check(row, "path", url.path, row->path);
        check(row, "query", url.query, row->query);
        check(row, "hash", url.hash, row->hash);
    }
    arena_free(arena);
}

static void
without_a_base_they_are_absolute(void **state)
{
    struct arena *arena = arena_new();
    struct url url;

    (void)state;
    assert_false(url_parse(&url, arena, "/path", NULL));
    assert_false(url_parse(&url, arena, "", NULL));
    assert_true(url_parse(&url, arena, "https://bad.example", NULL));
    assert_false(url_parse(&url, arena, "https://bad host name", NULL));
    arena_free(arena);
}

static void
parameters_are_a_forms(void **state)
{
    static const char query[] =
        "UTM_SOURCE=x&utm_source=a&utm_source=b&c=d%20e+f&empty=&bare&b%61d=1&u=%E2%9C%93"
        "&broken=%zz&bytes=%ff";
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(url_parameter(arena, query, "utm_source"), "a");
    assert_string_equal(url_parameter(arena, query, "c"), "d e f");
    assert_string_equal(url_parameter(arena, query, "empty"), "");
    assert_string_equal(url_parameter(arena, query, "bare"), "");
    assert_string_equal(url_parameter(arena, query, "bad"), "1");
    assert_string_equal(url_parameter(arena, query, "u"), "\342\234\223");
    assert_string_equal(url_parameter(arena, query, "broken"), "%zz");
    assert_string_equal(url_parameter(arena, query, "bytes"), "\357\277\275");
    assert_null(url_parameter(arena, query, "utm"));
    assert_null(url_parameter(arena, "", "a"));
    arena_free(arena);
}

static void
decoded_or_refused_as_a_whole(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(url_decode_uri(arena, "/caf%C3%A9#r"), "/caf\303\251#r");
    assert_string_equal(url_decode_uri(arena, "/a%2Fb%26%20c"), "/a%2Fb%26 c");
    assert_null(url_decode_uri(arena, "/ok%20bad%zz"));
    assert_null(url_decode_uri(arena, "/half%C3"));
    assert_string_equal(url_decode_component(arena, "Home %26 Garden"), "Home & Garden");
    assert_null(url_decode_component(arena, "100% done"));
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_as_javascript_reads_them),
        cmocka_unit_test(without_a_base_they_are_absolute),
        cmocka_unit_test(parameters_are_a_forms),
        cmocka_unit_test(decoded_or_refused_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
