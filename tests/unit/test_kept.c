/* test_kept.c - values of answers in later requests.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "fixture/kept.h"

static const char *
header(const void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "etag") == 0 ? "\"e1\"" : NULL;
}

static struct fixture_event
event_of(const char *text)
{
    struct fixture_event event = { .source = FIXTURE_HTTP, .arena = arena_new() };

    assert_int_equal(json_parse_in(&event.json, event.arena, text, strlen(text), NULL), OK);
    fixture_event_reread(&event);
    return event;
}

#define BODY "{\"token\":\"t1\",\"id\":7,\"list\":[{\"a/b\":{\"~\":true}}],\"whole\":{\"x\":[1]}}"

/* What is kept of an answer: "" or the sentence. */
static void
take_of(struct kept *kept, const char *keep, const char *body, const char *expected)
{
    struct fixture_answer answer = {
        .status = 200, .body = body, .length = strlen(body), .header = header
    };
    struct fixture_event event = event_of(keep);
    struct buf why;

    buf_init(&why, 4096);
    assert_null(kept_wrong(event.keep, &why));
    kept_announce(kept, &event);
    assert_int_equal(kept_take(kept, &event, &answer, &why), *expected == '\0');
    assert_string_equal(why.data, expected);
    buf_fini(&why);
    fixture_event_fini(&event);
}

static void
take(struct kept *kept, const char *keep, const char *expected)
{
    take_of(kept, keep, BODY, expected);
}

static void
fills(const struct kept *kept, const char *before, const char *after)
{
    struct fixture_event event = event_of(before);
    struct buf got;

    assert_int_equal(kept_is_used(kept, &event), strcmp(before, after) != 0);
    assert_int_equal(kept_fill(kept, &event, NULL), OK);
    buf_init(&got, 4096);
    json_print(&got, event.json);
    assert_string_equal(got.data, after);
    buf_fini(&got);
    fixture_event_fini(&event);
}

static void
values_stand_where_their_names_stood(void **state)
{
    struct kept *kept = kept_new();
    struct fixture_event event;

    (void)state;
    take(kept,
         "{\"keep\":{\"token\":\"/token\",\"id\":\"/id\",\"deep\":\"/list/0/a~1b/~0\",\"whole\":"
         "\"/whole\",\"etag\":\"header:etag\"}}",
         "");
    fills(kept,
          "{\"request\":{\"path\":\"/a/{{id}}?x={{deep}}\",\"headers\":{\"authorization\":"
          "\"Bearer {{token}}\",\"if-none-match\":\"{{etag}}\"},\"body\":{\"id\":\"{{id}}\","
          "\"ids\":[\"{{id}}\",\"n{{id}}\"],\"w\":\"{{whole}}\",\"t\":\"is {{whole}}\"}},"
          "\"expect\":{\"body\":{\"id\":\"{{id}}\"}}}",
          "{\"request\":{\"path\":\"/a/7?x=true\",\"headers\":{\"authorization\":"
          "\"Bearer t1\",\"if-none-match\":\"\\\"e1\\\"\"},\"body\":{\"id\":7,"
          "\"ids\":[7,\"n7\"],\"w\":{\"x\":[1]},\"t\":\"is {\\\"x\\\":[1]}\"}},"
          "\"expect\":{\"body\":{\"id\":7}}}");
    event =
        event_of("{\"request\":{\"method\":\"GET\",\"path\":\"/{{token}}\",\"body\":\"{{id}}\"}}");
    assert_int_equal(kept_fill(kept, &event, NULL), OK);
    assert_string_equal(event.path, "/t1");
    assert_true(cJSON_IsNumber(event.body));
    fixture_event_fini(&event);
    kept_free(kept);
}

/* Two members of one name, many of them, and more than a line may hold. */
static void
each_member_is_filled_and_no_line_grows_for_ever(void **state)
{
    struct kept *kept = kept_new();
    struct fixture_event event;
    struct buf many;
    struct err err;

    (void)state;
    take(kept, "{\"keep\":{\"whole\":\"/whole\"}}", "");
    fills(kept, "{\"request\":{\"a\":\"x\",\"a\":\"{{whole}}\",\"a\":\"is {{whole}}\"}}",
          "{\"request\":{\"a\":\"x\",\"a\":{\"x\":[1]},\"a\":\"is {\\\"x\\\":[1]}\"}}");
    buf_init(&many, FIXTURE_LINE_MAX);
    buf_adds(&many, "\"");
    while (many.len < 60000)
        buf_addc(&many, 'x');
    buf_adds(&many, "\"");
    take_of(kept, "{\"keep\":{\"long\":\"\"}}", many.data, "");
    buf_clear(&many);
    buf_adds(&many, "{\"request\":{\"a\":[\"x\"");
    for (int i = 0; i < 1000; i++)
        buf_adds(&many, i % 2 == 0 ? ",\"{{long}}\"" : ",\"is {{long}}\"");
    buf_adds(&many, "]}}");
    event = event_of(many.data);
    assert_int_equal(kept_fill(kept, &event, &err), E_LIMIT);
    assert_non_null(strstr(err.text, "longer than 32 MiB"));
    fixture_event_fini(&event);
    buf_fini(&many);
    kept_free(kept);
}

/* A page's own braces. */
static void
other_names_stay(void **state)
{
    static const char untouched[] = "{\"request\":{\"path\":\"/{{tokens}}\",\"body\":{\"m\":\"{{ "
                                    "token }} {{}} {{token} {{\"}}}";
    struct kept *kept = kept_new();

    (void)state;
    fills(kept, "{\"request\":{\"path\":\"/{{token}}\"}}",
          "{\"request\":{\"path\":\"/{{token}}\"}}");
    take(kept, "{\"keep\":{\"token\":\"/token\"}}", "");
    fills(kept, untouched, untouched);
    fills(kept, "{\"request\":{\"path\":\"/{{{token}}}\"}}", "{\"request\":{\"path\":\"/{t1}\"}}");
    kept_clear(kept);
    fills(kept, "{\"request\":{\"path\":\"/{{token}}\"}}",
          "{\"request\":{\"path\":\"/{{token}}\"}}");
    kept_free(kept);
}

static void
what_is_not_there_is_named(void **state)
{
    struct kept *kept = kept_new();
    struct fixture_event event;

    (void)state;
    take(kept, "{\"keep\":{\"a\":\"/nowhere/at/all\",\"b\":\"/list/7\",\"c\":\"header:vary\"}}",
         "keep a: expected a value of at most 64 KiB at /nowhere/at/all, came none; keep b: "
         "expected a value of at most 64 KiB at /list/7, came none; keep c: expected a value of at "
         "most 64 KiB at header:vary, came none");
    event = event_of("{\"request\":{\"path\":\"/{{a}}\"}}");
    assert_int_equal(kept_fill(kept, &event, NULL), OK);
    assert_string_equal(event.path, "/{{a}}");
    fixture_event_fini(&event);
    kept_free(kept);
}

static void
wrong_names_and_places(void **state)
{
    static const struct {
        const char *keep, *place;
    } wrong[] = {
        { "{\"keep\":[]}", "" },
        { "{\"keep\":{\"\":\"/a\"}}", "/" },
        { "{\"keep\":{\"a b\":\"/a\"}}", "/a b" },
        { "{\"keep\":{\"a\":1}}", "/a" },
        { "{\"keep\":{\"b\":\"/b\",\"a\":\"b\"}}", "/a" },
        { "{\"keep\":{\"}}\":\"/a\"}}", "/}}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct fixture_event event = event_of(wrong[i].keep);
        struct buf where;

        buf_init(&where, 64);
        assert_non_null(kept_wrong(event.keep, &where));
        assert_string_equal(where.data, wrong[i].place);
        buf_fini(&where);
        fixture_event_fini(&event);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_where_their_names_stood),
        cmocka_unit_test(each_member_is_filled_and_no_line_grows_for_ever),
        cmocka_unit_test(other_names_stay),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(wrong_names_and_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
