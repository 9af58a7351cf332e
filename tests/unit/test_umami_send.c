/* test_umami_send.c - bodies of trackers, right and wrong, in two dialects.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "domain/umami_data.h"
#include "domain/umami_send.h"

#define WEBSITE        "\"website\":\"11111111-2222-4333-8444-555555555555\""
#define EVENT(members) "{\"type\":\"event\",\"payload\":{" WEBSITE members "}}"
#define COUNT(a)       (sizeof(a) / sizeof(a)[0])

static bool
read(struct umami_send *send, struct arena *arena, enum umami_dialect dialect, const char *text,
     struct umami_faults *faults)
{
    const cJSON *body = NULL;

    faults->count = 0;
    if (*text != '\0')
        assert_int_equal(json_parse_in(&body, arena, text, strlen(text), NULL), OK);
    return umami_send_read(send, arena, dialect, body, faults);
}

static void
whole_messages_are_read(void **state)
{
    static const char text[] = EVENT(",\"hostname\":\"shop.example\",\"language\":\"en-US\","
                                     "\"screen\":\"1440x900\",\"url\":\"/x\","
                                     "\"title\":\"Products\",\"name\":\"buy\",\"tag\":\"a\","
                                     "\"timestamp\":\"1795175802\",\"id\":\"u\","
                                     "\"data\":{\"k\":1},\"ip\":\"10.0.0.1\",\"userAgent\":\"UA\","
                                     "\"unknown\":{},\"name\":\"last\"");
    struct arena *arena = arena_new();
    struct umami_faults faults;
    struct umami_send send;

    (void)state;
    assert_true(read(&send, arena, UMAMI_V2, text, &faults));
    assert_int_equal(send.type, UMAMI_EVENT);
    assert_int_equal(send.target, UMAMI_WEBSITE);
    assert_string_equal(send.hostname, "shop.example");
    assert_string_equal(send.name, "last");
    assert_string_equal(send.ip, "10.0.0.1");
    assert_true(send.timestamp == 1795175802);
    assert_true(cJSON_IsObject(send.data));
    assert_null(send.referrer);
    assert_true(isnan(send.vitals[UMAMI_LCP]));
    arena_free(arena);
}

/* What each server answered. */
/* clang-format off */
#define TREE(rest) "{\"error\":{\"message\":\"Bad request\",\"code\":\"bad-request\",\"status\":400," rest "}}"
#define BELOW(name, text) TREE("\"errors\":[],\"properties\":{\"payload\":{\"errors\":[],\"properties\":{\"" name "\":{\"errors\":[\"" text "\"]}}}}")
#define TYPES "Invalid option: expected one of \\\"event\\\"|\\\"identify\\\"|\\\"performance\\\""
static const struct wrong {
    const char *body, *v2, *v3; /* NULL: it is right */
} wrong[] = {
    { "", "{\"error\":[]}", TREE("\"errors\":[\"Invalid input: expected object, received undefined\"]") },
    { "[]", "{\"error\":[]}", TREE("\"errors\":[\"Invalid input: expected object, received array\"]") },
    { "{}", "{\"error\":[\"type: Required\",\"payload: Required\"]}",
      TREE("\"errors\":[],\"properties\":{\"type\":{\"errors\":[\"" TYPES "\"]},"
           "\"payload\":{\"errors\":[\"Invalid input: expected object, received undefined\"]}}") },
    { "{\"type\":\"pageview\",\"payload\":{" WEBSITE "}}",
      "{\"error\":[\"type: Invalid enum value. Expected 'event' | 'identify', received 'pageview'\"]}",
      TREE("\"errors\":[],\"properties\":{\"type\":{\"errors\":[\"" TYPES "\"]}}") },
    { "{\"type\":\"event\",\"payload\":5}", "{\"error\":[\"payload: Expected object, received number\"]}",
      TREE("\"errors\":[],\"properties\":{\"payload\":{\"errors\":[\"Invalid input: expected object, received number\"]}}") },
    { "{\"type\":\"event\",\"payload\":{}}", "{\"error\":[\"payload: \"]}",
      BELOW("website", "Exactly one of website, link, or pixel must be provided") },
    { "{\"type\":\"event\",\"payload\":{\"website\":\"nope\"}}", "{\"error\":[\"payload: \"]}", BELOW("website", "Invalid UUID") },
    { "{\"type\":\"event\",\"payload\":{\"website\":\"11111111-2222-0333-8444-555555555555\"}}", NULL, BELOW("website", "Invalid UUID") },
    { "{\"type\":\"event\",\"payload\":{" WEBSITE ",\"link\":\"99999999-2222-4333-8444-555555555555\"}}", NULL,
      BELOW("website", "Exactly one of website, link, or pixel must be provided") },
    { EVENT(",\"screen\":\"12345x678901\""), "{\"error\":[\"payload: \"]}", BELOW("screen", "Too big: expected string to have <=11 characters") },
    { EVENT(",\"url\":\"http://[\""), "{\"error\":[\"payload: \"]}", BELOW("url", "Invalid URL.") },
    { EVENT(",\"data\":[1]"), "{\"error\":[\"payload: \"]}", BELOW("data", "Invalid input: expected record, received array") },
    { EVENT(",\"title\":null"), "{\"error\":[\"payload: \"]}", BELOW("title", "Invalid input: expected string, received null") },
    { EVENT(",\"timestamp\":\"abc\""), "{\"error\":[\"payload: \"]}", BELOW("timestamp", "Invalid input: expected number, received NaN") },
    { EVENT(",\"timestamp\":1.5"), "{\"error\":[\"payload: \"]}", BELOW("timestamp", "Invalid input: expected int, received number") },
    { EVENT(",\"timestamp\":null"), NULL, NULL },
    { EVENT(",\"ip\":\"not-an-ip\""), "{\"error\":[\"payload: \"]}", NULL },
    { EVENT(",\"lcp\":60001"), NULL, BELOW("lcp", "Too big: expected number to be <=60000") },
    { EVENT(",\"lcp\":-1"), NULL, BELOW("lcp", "Too small: expected number to be >=0") },
    { EVENT(",\"lcp\":\"1200\""), NULL, BELOW("lcp", "Invalid input: expected number, received string") },
    /* as JavaScript counts: 25 faces are 50 characters */
    { EVENT(",\"name\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
            "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
            "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
            "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\""), NULL, NULL },
};
/* clang-format on */

static void
wrong_ones_are_refused_in_the_dialect(void **state)
{
    struct arena *arena = arena_new();
    struct umami_faults faults;
    struct umami_send send;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        for (int dialect = UMAMI_V2; dialect <= UMAMI_V3; dialect++) {
            const char *wanted = dialect == UMAMI_V2 ? wrong[i].v2 : wrong[i].v3;
            bool is_right = read(&send, arena, (enum umami_dialect)dialect, wrong[i].body, &faults);
            struct buf b;

            if (is_right != (wanted == NULL))
                fail_msg("%s in dialect %d: %s", wrong[i].body, dialect,
                         is_right ? "read" : faults.list[0].text);
            if (is_right)
                continue;
            buf_init(&b, 4096);
            umami_faults_print(&b, (enum umami_dialect)dialect, &faults);
            if (strcmp(b.data, wanted) != 0)
                fail_msg("%s: %s, expected %s", wrong[i].body, b.data, wanted);
            buf_fini(&b);
        }
    }
    arena_free(arena);
}

static void
data_is_flat_and_typed(void **state)
{
    static const char text[] =
        "{\"n\":49.99,\"z\":0,\"b\":false,\"s\":\"\",\"null\":null,\"a\":[1,2],\"e\":{},\"o\":{"
        "\"p\":{\"q\":1.00005}},"
        "\"d1\":\"2026-11-10T10:00:00\",\"d2\":\"2026-11-10T10:00:00.000+02:00\",\"d3\":\"2026-11-"
        "10\","
        "\"d4\":\"2026-11-10T10:00:00Z\",\"d5\":\"2026-11-10T10:00:00.000-02:00\"}";
    static const struct {
        const char *key, *string;
        enum umami_data_type type;
    } rows[] = {
        { "n", "49.9900", UMAMI_DATA_NUMBER },
        { "z", "0.0000", UMAMI_DATA_NUMBER },
        { "b", "false", UMAMI_DATA_BOOLEAN },
        { "s", "", UMAMI_DATA_STRING },
        { "null", "null", UMAMI_DATA_ARRAY },
        { "a", "[1,2]", UMAMI_DATA_ARRAY },
        { "o.p.q", "1.0001", UMAMI_DATA_NUMBER },
        { "d1", "2026-11-10T10:00:00.000Z", UMAMI_DATA_DATE },
        { "d2", "2026-11-10T08:00:00.000Z", UMAMI_DATA_DATE },
        { "d3", "2026-11-10", UMAMI_DATA_STRING },
        { "d4", "2026-11-10T10:00:00Z", UMAMI_DATA_STRING },
        { "d5", "2026-11-10T10:00:00.000-02:00", UMAMI_DATA_STRING },
    };
    struct arena *arena = arena_new();
    struct umami_doubt doubt = { 0 };
    struct umami_hit hit = { 0 };
    const cJSON *data;

    (void)state;
    setenv("TZ", "UTC", 1);
    assert_int_equal(json_parse_in(&data, arena, text, sizeof text - 1, NULL), OK);
    umami_data_read(&hit, arena, data, &doubt);
    assert_int_equal(hit.data_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(hit.data[i].key, rows[i].key);
        assert_string_equal(hit.data[i].string, rows[i].string);
        assert_int_equal(hit.data[i].type, rows[i].type);
    }
    assert_null(doubt.rule);
    arena_free(arena);
}

static void
money_needs_a_currency(void **state)
{
    static const struct {
        const char *data;
        double revenue; /* 0: none */
        bool is_doubted;
    } cases[] = {
        { "{\"revenue\":1,\"currency\":\"eleven char\"}", 1, true },
        { "{\"revenue\":1,\"currency\":\"ten chars.\"}", 1, false },
        { "{\"revenue\":49.99,\"currency\":\"EUR\"}", 49.99, false },
        { "{\"revenue\":\"12.5\",\"currency\":\"USD\"}", 12.5, false },
        { "{\"revenue\":0,\"currency\":\"USD\"}", 0, false },
        { "{\"revenue\":-3,\"currency\":\"USD\"}", 0, false },
        { "{\"revenue\":5}", 0, false },
        { "{\"revenue\":5,\"currency\":\"\"}", 0, false },
        { "{\"revenue\":\"much\",\"currency\":\"USD\"}", 0, false },
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct umami_hit hit = { .revenue = 0, false };
        struct umami_doubt doubt = { 0 };
        const cJSON *data;

        assert_int_equal(json_parse_in(&data, arena, cases[i].data, strlen(cases[i].data), NULL),
                         OK);
        umami_data_revenue(&hit, arena, data, &doubt);
        if (hit.revenue < cases[i].revenue || hit.revenue > cases[i].revenue)
            fail_msg("%s: %g", cases[i].data, hit.revenue);
        assert_int_equal(doubt.rule != NULL, cases[i].is_doubted);
    }
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_messages_are_read),
        cmocka_unit_test(wrong_ones_are_refused_in_the_dialect),
        cmocka_unit_test(data_is_flat_and_typed),
        cmocka_unit_test(money_needs_a_currency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
