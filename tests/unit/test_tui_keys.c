/* test_tui_keys.c - the tables of keys, themes and views, and bytes that become keys.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/app_state.h"
#include "tui/input.h"
#include "tui/keymap.h"
#include "tui/theme.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
reads_keys_from_bytes(void **state)
{
    static const struct {
        const char *bytes;
        key_code key;
        size_t used;
    } cases[] = {
        { "j", 'j', 1 },
        { "\t", KEYSYM_TAB, 1 },
        { "\r", KEYSYM_ENTER, 1 },
        { "\x7f", KEYSYM_BACKSPACE, 1 },
        { "\x04", CONTROL('D'), 1 },
        { "\033[A", KEYSYM_UP, 3 },
        { "\033OA", KEYSYM_UP, 3 },
        { "\033[5~x", KEYSYM_PAGE_UP, 4 },
        { "\033[Z", KEYSYM_BACKTAB, 3 },
        { "\033[1;5C", KEYSYM_NONE, 6 },
        { "\033j", KEYSYM_ESCAPE, 1 },
        { "\033\033", KEYSYM_ESCAPE, 1 },
        { "\xc3\xa9", 0xe9, 2 },
        { "\xe4\xb8\xad", 0x4e2d, 3 },
        { "\xff", KEYSYM_NONE, 1 },
        { "\033[<0;13;4M", KEYSYM_CLICK, 10 },
        { "\033[<0;13;4m", KEYSYM_NONE, 10 },
        { "\033[<64;1;1M", KEYSYM_WHEEL_UP, 10 },
        { "\033[<999999999;1;1M", KEYSYM_NONE, 17 },
    };
    static const char *const unfinished[] = { "\033",      "\033[", "\033[5",  "\033O",
                                              "\033[<0;1", "\xe4",  "\xe4\xb8" };
    struct input_event event;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].bytes);
        size_t used = input_parse(&event, (const unsigned char *)cases[i].bytes, len,
                                  cases[i].key == KEYSYM_NONE && len == 1);

        assert_int_equal(event.key, cases[i].key);
        assert_int_equal(used, cases[i].used);
    }
    input_parse(&event, (const unsigned char *)"\033[<0;13;4M", 10, false);
    assert_int_equal(event.x, 12);
    assert_int_equal(event.y, 3);
    for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++) {
        size_t len = strlen(unfinished[i]);

        assert_int_equal(input_parse(&event, (const unsigned char *)unfinished[i], len, false), 0);
        assert_true(input_parse(&event, (const unsigned char *)unfinished[i], len, true) > 0);
    }
}

static void
always_moves_on(void **state)
{
    unsigned char bytes[12];
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        struct input_event event;
        size_t used;

        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (unsigned char)(seed >> 24);
            if (seed >> 16 & 1)
                bytes[i] = (unsigned char)"\033[<0;9MO~"[(seed >> 8) % 9];
        }
        used = input_parse(&event, bytes, sizeof(bytes), true);
        assert_in_range(used, 1, sizeof(bytes));
    }
}

static void
names_keys_both_ways(void **state)
{
    char name[KEY_NAME_MAX];
    key_code key;

    (void)state;
    for (key_code k = 1; k < KEYSYM_LAST; k = k == 0x2fff ? KEYSYM_NONE + 1 : k + 1) {
        if (k == 0x7f || k == 0xfffd || (k >= 0x80 && k < 0xa0))
            continue;
        keys_name(name, k);
        if (name[0] == '\0')
            continue;
        assert_true(keys_parse(&key, name));
        assert_int_equal(key, k);
    }
    assert_false(keys_parse(&key, "Hyper-x"));
    assert_false(keys_parse(&key, ""));
}

struct claims {
    key_code keys[200];
    size_t count;
};

static void
claim(void *arg, key_code key)
{
    struct claims *claims = arg;

    for (size_t i = 0; i < claims->count; i++) {
        if (claims->keys[i] == key)
            fail_msg("key %u is claimed twice", (unsigned)key);
    }
    claims->keys[claims->count++] = key;
}

static void
check_sentence(const char *text)
{
    size_t n = strlen(text);

    assert_true(n > 2);
    assert_true(text[n - 1] != '.');
    assert_false(isupper((unsigned char)text[0]) && islower((unsigned char)text[1]));
}

static void
claims_no_key_twice(void **state)
{
    struct claims claims = { .count = 0 };

    (void)state;
    for (const struct action *a = app_actions; a->name != NULL; a++) {
        assert_true(keymap_keys(a, claim, &claims));
        assert_non_null(a->run);
        check_sentence(a->help);
        for (const struct action *b = a + 1; b->name != NULL; b++)
            assert_string_not_equal(a->name, b->name);
        for (const char *c = a->name; *c != '\0'; c++)
            assert_true(islower((unsigned char)*c) || *c == '-');
    }
    assert_true(claims.count > 40);
}

/* What a recording's keys mean comes before what they mean everywhere, which the manual page says
 * of three; a view's own would come before them. */
static void
keys_of_a_recording_are_their_own(void **state)
{
    static const char known[] = "Space . Esc";
    struct claims claims = { .count = 0 };

    (void)state;
    for (const struct action *a = app_transport_actions; a->name != NULL; a++) {
        assert_true(keymap_keys(a, claim, &claims));
        check_sentence(a->help);
        assert_null(keymap_named(app_actions, a->name));
    }
    for (size_t i = 0; i < claims.count; i++) {
        char name[KEY_NAME_MAX];

        keys_name(name, claims.keys[i]);
        if (keymap_key(app_actions, claims.keys[i]) != NULL)
            assert_non_null(strstr(known, name));
        for (size_t v = 0; views[v] != NULL; v++) {
            assert_null(keymap_key(views[v]->actions, claims.keys[i]));
            assert_int_not_equal(views[v]->key, claims.keys[i]);
        }
    }
}

static void
has_a_look_for_each_role(void **state)
{
    (void)state;
    for (size_t t = 0; themes[t] != NULL; t++) {
        assert_ptr_equal(theme_find(theme_name(themes[t])), themes[t]);
        for (enum depth depth = DEPTH_MONO; depth <= DEPTH_256; depth++) {
            struct look ok = theme_look(themes[t], depth, ROLE_OK, false);
            struct look bad = theme_look(themes[t], depth, ROLE_BAD, false);

            /* never by hue alone */
            assert_true(bad.is_bold && !(ok.is_bold && ok.background == bad.background));
            for (int role = 0; role < ROLES; role++) {
                struct look plain = theme_look(themes[t], depth, (enum role)role, false);
                struct look on = theme_look(themes[t], depth, (enum role)role, true);

                assert_true(on.is_reverse || on.background != plain.background);
                if (depth == DEPTH_MONO)
                    assert_true(plain.foreground == -1 && on.background == -1);
                if (depth == DEPTH_16)
                    assert_true(plain.foreground < 16 && on.background < 16);
            }
        }
    }
}

static void
chooses_how_many_colours(void **state)
{
    enum depth depth;

    (void)state;
    assert_true(depth_choose(&depth, NULL, 256, NULL));
    assert_int_equal(depth, DEPTH_256);
    assert_true(depth_choose(&depth, "auto", 8, ""));
    assert_int_equal(depth, DEPTH_16);
    assert_true(depth_choose(&depth, NULL, 256, "1"));
    assert_int_equal(depth, DEPTH_MONO);
    assert_true(depth_choose(&depth, "always", 256, "1"));
    assert_int_equal(depth, DEPTH_256);
    assert_true(depth_choose(&depth, "256", 8, NULL));
    assert_int_equal(depth, DEPTH_16);
    assert_true(depth_choose(&depth, "16", 0, NULL));
    assert_int_equal(depth, DEPTH_MONO);
    assert_false(depth_choose(&depth, "purple", 256, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_from_bytes),
        cmocka_unit_test(always_moves_on),
        cmocka_unit_test(names_keys_both_ways),
        cmocka_unit_test(claims_no_key_twice),
        cmocka_unit_test(keys_of_a_recording_are_their_own),
        cmocka_unit_test(has_a_look_for_each_role),
        cmocka_unit_test(chooses_how_many_colours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
