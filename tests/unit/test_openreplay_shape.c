/* test_openreplay_shape.c - what a storyboard shows of texts.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "domain/openreplay_shape.h"

static struct openreplay_text
text(const char *s)
{
    return (struct openreplay_text){ s, strlen(s) };
}

struct shown {
    const char *from, *to;
};

static void
values_keep_first_letters_and_their_length(void **state)
{
    static const struct shown cases[] = {
        { "Ada Lovelace", "\"A** L*******\" (12)" },
        { "leak.user@example.com", "\"l********************\" (21)" },
        { "(212) 555-0187", "\"***** ********\" (14)" },
        { "S3cr3tPw!zz", "\"S**********\" (11)" },
        { "Žofie Č", "\"Ž**** Č\" (7)" },
        { "\xf0\x9f\x98\x80x",
          "\"\xf0\x9f\x98\x80*\" (3)" }, /* UTF-16 units, as JavaScript counts */
        { "", "\"\" (0)" },
        { "a\tb\nc", "\"a b c\" (5)" },
        { "0123456789012345678901234567890123456789X",
          "\"****************************************…\" (41)" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&b);
        openreplay_shape_value(&b, text(cases[i].from), false);
        assert_string_equal(b.data, cases[i].to);
    }
    buf_clear(&b);
    openreplay_shape_value(&b, text("Ada Lovelace"), true);
    assert_string_equal(b.data, "\"Ada Lovelace\" (12)");
    buf_fini(&b);
}

static void
prose_loses_what_names_people_and_opens_doors(void **state)
{
    static const struct shown cases[] = {
        { "mail jane.roe@example.com now", "mail ****.***@*******.*** now" },
        { "to <jane%40example.com>", "to <****%*********.***>" },
        { "user@host", "****@****" },
        { "@media print, a@, x @ y", "@media print, a@, x @ y" },
        { "call (415) 555-0132 or +44 20 7946 0958", "call (***) ***-**** or +** ** **** ****" },
        { "ssn 078-05-1120.", "ssn ***-**-****." },
        { "4111 1111 1111 1111", "**** **** **** ****" },
        { "on 2026-11-28 at 12:30, 12345678 rows", "on 2026-11-28 at 12:30, 12345678 rows" },
        { "order 1795392809750", "order *************" },
        { "http://127.0.0.1:18113/bundle.js:10914:36",
          "http://127.0.0.1:18113/bundle.js:10914:36" },
        { "{\"password\": \"hunter2\", \"n\":1}", "{\"password\": \"*******\", \"n\":1}" },
        { "Authorization: Bearer abc.def", "Authorization: Bearer ***.***" },
        { "token=abc123&x=1", "token=******&x=1" },
        { "the token is gone, sessions too", "the token is gone, sessions too" },
        { "key AKIAIOSFODNN7EXAMPLE0", "key *********************" },
        { "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.x", "************************************.x" },
        { "ab-Cd-12-ef-Gh-34-ij-Kl-56-mn-Op-78", "**-**-**-**-**-**-**-**-**-**-**-**" },
        { "a-very-long-name-of-a-class", "a-very-long-name-of-a-class" },
        { "#react-select-2-option-1", "#react-select-2-option-1" },
        { "overlay-module__overlay--cParP", "overlay-module__overlay--cParP" },
        { "9fd79c12-16fc-041a-8e46-b13022c5cd35", "9fd79c12-16fc-041a-8e46-b13022c5cd35" },
        { "sessionId=c16479be-4929-4338-911b-e8b2d1c4262a",
          "sessionId=c16479be-4929-4338-911b-e8b2d1c4262a" },
        { "ac16479be-4929-4338-9113-e8b2d1c4262a", "ac16479be-****-****-****-e8b2d1c4262a" },
        { "41111111-1111-4111-8111-411111111111", "********-****-****-****-************" },
        { "session=c16479be-4929-4338-911b-e8b2d1c4262a",
          "session=********-****-****-****-************" },
        { "{\"total\":10}", "{\"total\":10}" },
        { "bell\x07 \x1b[31mred", "bell\xef\xbf\xbd \xef\xbf\xbd[31mred" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&b);
        openreplay_shape_prose(&b, text(cases[i].from), 100, false);
        assert_string_equal(b.data, cases[i].to);
    }
    buf_clear(&b);
    openreplay_shape_prose(&b, text(cases[0].from), 9, true);
    assert_string_equal(b.data, "mail jane…");
    buf_fini(&b);
}

static void
addresses_keep_paths_and_names_of_parameters(void **state)
{
    static const struct shown cases[] = {
        { "http://shop.example/settings?tab=profile&email=a%40b.c&flag#part",
          "/settings?tab=…&email=…&flag#…" },
        { "http://shop.example", "http://shop.example" },
        { "http://shop.example.org/x", "http://shop.example.org/x" },
        { "https://shop.example/x", "https://shop.example/x" },
        { "/api/xhr", "/api/xhr" },
        { "/users/jane@example.com/mail", "/users/****@*******.***/mail" },
        { "https://jane:pw@shop.example/", "https://****:**@****.*******/" },
        { "data:image/png;base64,AAAA", "data:…" },
        { "/x?078-05-1120=1", "/x?***-**-****=…" },
        { "************", "************" },
        { "", "" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&b);
        openreplay_shape_url(&b, text(cases[i].from), text("http://shop.example/cart?x=1"), false);
        assert_string_equal(b.data, cases[i].to);
    }
    buf_clear(&b);
    openreplay_shape_url(&b, text(cases[0].from), text("http://shop.example/"), true);
    assert_string_equal(b.data, "/settings?tab=profile&email=a%40b.c&flag#part");
    buf_clear(&b);
    openreplay_shape_page(&b, text("http://shop.example/a?token=tok999#x"));
    assert_string_equal(b.data, "http://shop.example/a");
    buf_fini(&b);
}

/* Repeated parts that each step could look at again and again. */
static void
hostile_texts_are_cut_and_take_linear_time(void **state)
{
    static const char *const parts[] = { "a.", "a-", "1.",   "a@", "token=",
                                         "?",  "&",  "\xff", "%4", "é" };
    const size_t length = 9000000;
    char *hostile = xmalloc(length);
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        size_t part = strlen(parts[p]);

        for (size_t i = 0; i < length; i++)
            hostile[i] = parts[p][i % part];
        for (int round = 0; round < 200; round++) {
            const struct openreplay_text all = { hostile, length };

            buf_clear(&b);
            openreplay_shape_prose(&b, all, 300, false);
            openreplay_shape_url(&b, all, all, false);
            openreplay_shape_page(&b, (struct openreplay_text){ hostile, 3000 });
            assert_false(buf_failed(&b));
            assert_int_equal(text_utf8_end(b.data, b.len), b.len);
        }
    }
    buf_fini(&b);
    free(hostile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_keep_first_letters_and_their_length),
        cmocka_unit_test(prose_loses_what_names_people_and_opens_doors),
        cmocka_unit_test(addresses_keep_paths_and_names_of_parameters),
        cmocka_unit_test(hostile_texts_are_cut_and_take_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
