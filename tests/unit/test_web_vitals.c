/* test_web_vitals.c - bodies of POST /metrics/web-vitals, as browsers and others write them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "domain/web_vitals.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* The architecture document's body, to the letter. */
static const char document_body[] =
    "{\n  \"metrics\": [\n    {\n      \"name\": \"LCP\",\n      \"value\": 1250.5,\n"
    "      \"rating\": \"good\",\n      \"url\": \"https://example.com/page\",\n"
    "      \"timestamp\": \"2025-11-23T10:30:00.000Z\"\n    },\n    {\n      \"name\": \"FID\",\n"
    "      \"value\": 45.2,\n      \"rating\": \"good\",\n"
    "      \"url\": \"https://example.com/page\",\n"
    "      \"timestamp\": \"2025-11-23T10:30:01.000Z\"\n    }\n  ],\n"
    "  \"sessionId\": \"uuid-v4-session-id\",\n  \"userAgent\": \"Mozilla/5.0...\"\n}\n";

struct reading {
    struct arena *arena;
    cJSON *body;
    struct vitals_post post;
    struct field_errors errors;
    bool is_ok;
};

static struct reading
read_body(const char *text)
{
    struct reading r = { .arena = arena_new() };
    struct err err = { 0 };

    if (json_parse(&r.body, text, strlen(text), &err) != OK)
        fail_msg("%s: %s", err.text, text);
    r.is_ok = web_vitals_read(&r.post, r.arena, r.body, &r.errors);
    return r;
}

static void
done(struct reading *r)
{
    cJSON_Delete(r->body);
    arena_free(r->arena);
}

static void
rates_at_the_edges(void **state)
{
    (void)state;
    assert_int_equal(vital_rate(VITAL_LCP, 2500.0), RATING_GOOD); /* the threshold itself is good */
    assert_int_equal(vital_rate(VITAL_LCP, 2500.1), RATING_FAIR);
    assert_int_equal(vital_rate(VITAL_LCP, 4000.0), RATING_FAIR);
    assert_int_equal(vital_rate(VITAL_LCP, 4000.1), RATING_POOR);
    assert_int_equal(vital_rate(VITAL_CLS, 0.1), RATING_GOOD);
    assert_int_equal(vital_rate(VITAL_CLS, 0.25001), RATING_POOR);
    assert_string_equal(rating_wire_name(RATING_FAIR), "needs-improvement");
    assert_string_equal(rating_screen_name(RATING_FAIR), "fair");
}

static void
names_and_aliases_are_one(void **state)
{
    enum vital v = VITALS;

    (void)state;
    for (int i = 0; i < VITALS; i++) {
        assert_true(vital_parse(&v, vitals[i].name) && v == (enum vital)i);
        assert_true(vital_parse(&v, vitals[i].alias) && v == (enum vital)i);
    }
    assert_false(vital_parse(&v, "lcp"));
    assert_false(vital_parse(&v, ""));
}

static void
the_documents_body_passes(void **state)
{
    struct reading r = read_body(document_body);
    const struct vital_sample *s = r.post.samples;

    (void)state;
    assert_true(r.is_ok);
    assert_int_equal(r.post.sample_count, 2);
    assert_string_equal(r.post.session_id, "uuid-v4-session-id");
    assert_string_equal(r.post.user_agent, "Mozilla/5.0...");
    assert_int_equal(s[0].vital, VITAL_LCP);
    assert_true(s[0].value == 1250.5);
    assert_int_equal(s[0].rating, RATING_GOOD);
    assert_int_equal(s[0].claimed, RATING_GOOD);
    assert_string_equal(s[0].url, "https://example.com/page");
    assert_string_equal(s[0].route, "/page");
    assert_true(s[0].page_time_ms == 1763893800000);
    assert_int_equal(s[1].vital, VITAL_FID);
    assert_true(s[1].page_time_ms == 1763893801000);
    done(&r);
}

static void
the_packages_own_metric_objects_pass(void **state)
{
    struct reading r = read_body(
        "{\"metrics\":[{\"name\":\"CLS\",\"value\":0.12,\"rating\":\"good\",\"delta\":0.12,"
        "\"id\":\"v5-1795392530839-1\",\"entries\":[{\"name\":\"\"}],"
        "\"navigationType\":\"navigate\"},{\"name\":\"InteractionToNextPaint\",\"value\":8,"
        "\"rating\":null,\"timestamp\":1763893800000.7}],\"sessionId\":\"s\",\"extra\":[1]}");

    (void)state;
    assert_true(r.is_ok);
    assert_int_equal(r.post.samples[0].rating, RATING_FAIR); /* ours, whatever the page says */
    assert_int_equal(r.post.samples[0].claimed, RATING_GOOD);
    assert_string_equal(r.post.samples[0].route, "unknown");
    assert_int_equal(r.post.samples[1].vital, VITAL_INP);
    assert_int_equal(r.post.samples[1].claimed, RATING_NONE);
    assert_true(r.post.samples[1].page_time_ms == 1763893800000);
    assert_string_equal(r.post.user_agent, "");
    done(&r);
}

#define GOOD_METRIC  "{\"name\":\"LCP\",\"value\":1}"
#define WITH(metric) "{\"sessionId\":\"s\",\"metrics\":[" metric "]}"

static const struct {
    const char *body;
    const char *field;
    const char *message; /* its beginning */
} refused[] = {
    { "[]", "body", "expected an object, got an array" },
    { "null", "body", "expected an object, got null" },
    { "\"text\"", "body", "expected an object, got a string \"text\"" },
    { "12", "body", "expected an object, got 12" },
    { "{}", "metrics", "expected an array of metrics, got nothing" },
    { "{\"sessionId\":\"s\",\"metrics\":null}", "metrics",
      "expected an array of metrics, got null" },
    { "{\"sessionId\":\"s\",\"metrics\":{}}", "metrics",
      "expected an array of metrics, got an obj" },
    { "{\"sessionId\":\"s\",\"metrics\":\"LCP\"}", "metrics",
      "expected an array of metrics, got a s" },
    { "{\"sessionId\":\"s\",\"metrics\":[]}", "metrics", "expected 1 to 100 metrics, got 0" },
    { WITH("null"), "metrics[0]", "expected an object, got null" },
    { WITH("[1]"), "metrics[0]", "expected an object, got an array" },
    { WITH(GOOD_METRIC ",7"), "metrics[1]", "expected an object, got 7" },
    { WITH("{\"value\":1}"), "metrics[0].name",
      "expected one of LCP, INP, CLS, FCP, TTFB, FID, got n" },
    { WITH("{\"name\":\"lcp\",\"value\":1}"), "metrics[0].name",
      "expected one of LCP, INP, CLS, FCP, TTFB, FID, got a string \"lcp\"" },
    { WITH("{\"name\":7,\"value\":1}"), "metrics[0].name", "expected one of" },
    { WITH("{\"name\":\"\",\"value\":1}"), "metrics[0].name", "expected one of" },
    { WITH("{\"name\":\"LCP\"}"), "metrics[0].value", "expected a finite number, got nothing" },
    { WITH(GOOD_METRIC ",{\"name\":\"LCP\",\"value\":\"abc\"}"), "metrics[1].value",
      "expected a finite number, got a string \"abc\"" },
    { WITH("{\"name\":\"LCP\",\"value\":null}"), "metrics[0].value",
      "expected a finite number, got null" },
    { WITH("{\"name\":\"LCP\",\"value\":\"NaN\"}"), "metrics[0].value",
      "expected a finite number" },
    { WITH("{\"name\":\"LCP\",\"value\":true}"), "metrics[0].value",
      "expected a finite number, got true" },
    { WITH("{\"name\":\"LCP\",\"value\":[1]}"), "metrics[0].value",
      "expected a finite number, got an arr" },
    { WITH("{\"name\":\"LCP\",\"value\":1e999}"), "metrics[0].value",
      "expected a finite number, got a number beyond the range of a double" },
    { WITH("{\"name\":\"LCP\",\"value\":-1}"), "metrics[0].value",
      "expected a number from 0 to 86400000, got -1" },
    { WITH("{\"name\":\"LCP\",\"value\":1e9}"), "metrics[0].value",
      "expected a number from 0 to 86400000, got 1000000000" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"rating\":\"bad\"}"), "metrics[0].rating",
      "expected good, needs-improvement or poor, got a string \"bad\"" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"rating\":1}"), "metrics[0].rating",
      "expected good, needs" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"url\":{}}"), "metrics[0].url",
      "expected a string, got an object" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"url\":\"http://x/\xff\"}"), "metrics[0].url",
      "expected UTF-8, got a s" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"timestamp\":\"yesterday\"}"), "metrics[0].timestamp",
      "expected an ISO 8601 time or epoch milliseconds, got a string \"yesterday\"" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"timestamp\":-5}"), "metrics[0].timestamp",
      "expected an ISO 8601" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"timestamp\":1e300}"), "metrics[0].timestamp",
      "expected an ISO" },
    { WITH("{\"name\":\"LCP\",\"value\":1,\"timestamp\":\"2025-02-30T00:00:00Z\"}"),
      "metrics[0].timestamp", "expected an ISO" },
    { "{\"metrics\":[" GOOD_METRIC "]}", "sessionId", "expected a string, got nothing" },
    { "{\"metrics\":[" GOOD_METRIC "],\"sessionId\":null}", "sessionId",
      "expected a string, got null" },
    { "{\"metrics\":[" GOOD_METRIC "],\"sessionId\":5}", "sessionId", "expected a string, got 5" },
    { "{\"metrics\":[" GOOD_METRIC "],\"sessionId\":\"\"}", "sessionId",
      "expected 1 to 128 bytes of printable" },
    { "{\"metrics\":[" GOOD_METRIC "],\"sessionId\":\"a\\u001b[2Jb\"}", "sessionId",
      "expected 1 to 128 bytes" },
    { "{\"metrics\":[" GOOD_METRIC "],\"sessionId\":\"s\",\"userAgent\":[]}", "userAgent",
      "expected a string, got an array" },
    { WITH("{\"name\":\"L\\ud800CP\",\"value\":1}"), "metrics[0].name", "expected one of LCP" },
    { "{\"metrics\":[" GOOD_METRIC "],\"metrics\":3,\"sessionId\":\"s\"}", "metrics",
      "expected an array of metrics, got 3" },
};

static void
wrong_bodies_are_named_by_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct reading r = read_body(refused[i].body);
        const struct field_error *e = &r.errors.list[0];

        assert_false(r.is_ok);
        assert_true(r.errors.count >= 1);
        assert_string_equal(e->field, refused[i].field);
        if (strncmp(e->message, refused[i].message, strlen(refused[i].message)) != 0)
            fail_msg("%s: %s", refused[i].body, e->message);
        assert_null(r.post.samples); /* untouched */
        done(&r);
    }
}

/* Broken below the level of fields: the parser refuses them, and the server says so of "body". */
static void
what_is_not_json_does_not_reach_the_fields(void **state)
{
    static const char *const bad[] = { "",
                                       "metrics=1",
                                       "{\"metrics\":[}",
                                       WITH("{\"name\":\"LCP\",\"value\":NaN}"),
                                       WITH("{\"name\":\"LCP\",\"value\":1,}"),
                                       WITH("{\"name\":\"LCP\",\"value\":0x10}"),
                                       "{\"sessionId\":\"\xed\xa0\x80",
                                       WITH(GOOD_METRIC) " trailing" };
    cJSON *body = NULL;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (json_parse(&body, bad[i], strlen(bad[i]), &err) == OK)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void
every_wrong_field_is_named_at_once(void **state)
{
    struct reading r =
        read_body("{\"metrics\":[{\"name\":\"X\",\"value\":\"1\",\"rating\":2,\"url\":3,"
                  "\"timestamp\":[]}],\"sessionId\":{},\"userAgent\":6}");
    struct buf b;

    (void)state;
    assert_int_equal(r.errors.count, 7);
    buf_init(&b, 4096);
    field_errors_print(&b, &r.errors);
    assert_non_null(
        strstr(b.data, "{\"success\":false,\"errors\":[{\"field\":\"metrics[0].name\","));
    assert_non_null(
        strstr(b.data, "{\"field\":\"userAgent\",\"message\":\"expected a string, got 6\"}]}"));
    buf_fini(&b);
    done(&r);
}

static void
more_errors_than_fit_are_counted(void **state)
{
    struct field_errors errors = { .count = 0 };
    char long_name[200];
    struct buf b;

    (void)state;
    memset(long_name, 'x', sizeof long_name);
    memcpy(long_name + 94, "\xc3\xa9", 2); /* the cut falls inside this character */
    long_name[sizeof long_name - 1] = '\0';
    for (int i = 0; i < FIELD_ERRORS_MAX + 5; i++)
        field_error_add(&errors, long_name, "no %d", i);
    assert_int_equal(strlen(errors.list[0].field), 94);
    buf_init(&b, 65536);
    field_errors_print(&b, &errors);
    assert_non_null(strstr(b.data, "],\"moreErrors\":5}"));
    assert_null(strstr(b.data, "no 20"));
    buf_fini(&b);
}

static void
what_was_sent_is_quoted_clean_and_short(void **state)
{
    struct reading r = read_body(WITH("{\"name\":\"\\u001b]0;evil\\u0007 and a name that goes on "
                                      "and on\",\"value\":1}"));

    (void)state;
    assert_string_equal(r.errors.list[0].message,
                        "expected one of LCP, INP, CLS, FCP, TTFB, FID, got a string "
                        "\"\xef\xbf\xbd]0;evil\xef\xbf\xbd and a name that goes o\"...");
    done(&r);
}

static char *
body_with(const char *key, const char *unit, size_t times)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_addf(&b, "{\"metrics\":[{\"name\":\"LCP\",\"value\":1,\"url\":\"");
    for (size_t i = 0; strcmp(key, "url") == 0 && i < times; i++)
        buf_adds(&b, unit);
    buf_addf(&b, "\"}],\"sessionId\":\"s");
    for (size_t i = 0; strcmp(key, "sessionId") == 0 && i < times; i++)
        buf_adds(&b, unit);
    buf_addf(&b, "\",\"userAgent\":\"");
    for (size_t i = 0; strcmp(key, "userAgent") == 0 && i < times; i++)
        buf_adds(&b, unit);
    buf_adds(&b, "\"}");
    return buf_take(&b, NULL);
}

static void
long_texts_are_cut_but_ids_are_refused(void **state)
{
    char *url = body_with("url", "/\xc3\xa9", 2000), *agent = body_with("userAgent", "x", 513);
    char *fits = body_with("sessionId", "x", 127), *over = body_with("sessionId", "x", 128);
    struct reading r = read_body(url);

    (void)state;
    assert_true(r.is_ok);
    assert_int_equal(strlen(r.post.samples[0].url), 2047); /* 2048 would split the last one */
    assert_string_equal(r.post.samples[0].route,
                        "/%C3%A9/%C3%A9/%C3%A9/%C3%A9/%C3%A9/%C3%A9/%C3%A9/%C3%A9/*");
    done(&r);
    r = read_body(agent);
    assert_int_equal(strlen(r.post.user_agent), 512);
    done(&r);
    r = read_body(fits);
    assert_true(r.is_ok);
    done(&r);
    r = read_body(over);
    assert_false(r.is_ok);
    assert_string_equal(r.errors.list[0].message,
                        "expected 1 to 128 bytes of printable text, got 129 bytes");
    done(&r);
    free(url);
    free(agent);
    free(fits);
    free(over);
}

static void
a_hundred_metrics_and_no_more(void **state)
{
    struct buf b;
    struct reading r;

    (void)state;
    for (int n = 100; n <= 101; n++) {
        buf_init(&b, 1 << 20);
        buf_adds(&b, "{\"sessionId\":\"s\",\"metrics\":[" GOOD_METRIC);
        for (int i = 1; i < n; i++)
            buf_adds(&b, "," GOOD_METRIC);
        buf_adds(&b, "]}");
        r = read_body(b.data);
        assert_int_equal(r.is_ok, n == 100);
        done(&r);
        buf_fini(&b);
    }
}

static void
the_emf_of_a_vital_is_the_librarys(void **state)
{
    struct reading r = read_body(document_body);
    struct buf b;

    (void)state;
    r.post.environment = "dev";
    r.post.received_ms = 1795392530839;
    memset(r.post.request_id, 0xab, 16);
    buf_init(&b, 4096);
    web_vitals_print_emf(&b, &r.post, 0);
    assert_string_equal(
        b.data,
        "{\"environment\":\"dev\",\"route\":\"/page\",\"sessionId\":\"uuid-v4-session-id\","
        "\"url\":\"https://example.com/page\",\"userAgent\":\"Mozilla/5.0...\",\"rating\":\"good\","
        "\"pageTimestamp\":\"2025-11-23T10:30:00.000Z\","
        "\"requestId\":\"abababab-abab-abab-abab-abababababab\","
        "\"_aws\":{\"Timestamp\":1795392530839,\"CloudWatchMetrics\":[{\"Namespace\":"
        "\"UserMetrics/Frontend\",\"Dimensions\":[[\"environment\"],[\"environment\",\"route\"]],"
        "\"Metrics\":[{\"Name\":\"LCP\",\"Unit\":\"Milliseconds\"}]}]},\"LCP\":1250.5}");
    buf_fini(&b);
    done(&r);
}

static void
documents_are_as_long_as_said_before(void **state)
{
    static const char *const texts[] = {
        "",
        "plain",
        "with \"quotes\" and \\",
        "tab\tline\nreturn\r",
        "bell \x07 and del \x7f",
        "\xc3\xa9",
        "\xf0\x9f\x92\xa5",
        "cut \xc3",
        "\xff\xfe no text",
    };
    static const double values[] = { 0, 1, 1250.5, 0.1, 1.0 / 3, 86400000, 12345.678901, 1e-7 };
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            const struct vital_sample samples[] = {
                { .vital = (enum vital)(k % VITALS),
                  .value = values[k],
                  .rating = RATING_GOOD,
                  .claimed = (enum rating)(k % 4),
                  .url = texts[i],
                  .route = texts[(i + 1) % 9],
                  .page_time_ms = k % 2 == 0 ? 0 : 1795392530839 },
                { .vital = VITAL_CLS, .url = "", .route = "/", .rating = RATING_POOR },
            };
            const struct vitals_post post = { .received_ms = 1795392530839,
                                              .environment = "dev",
                                              .session_id = texts[(i + 2) % 9],
                                              .user_agent = texts[(i + 3) % 9],
                                              .samples = samples,
                                              .sample_count = 2 };

            buf_clear(&b);
            web_vitals_print_emf(&b, &post, 0);
            web_vitals_print_emf(&b, &post, 1);
            if (web_vitals_emf_bytes(&post) != b.len)
                fail_msg("%zu bytes said, %zu printed: %s", web_vitals_emf_bytes(&post), b.len,
                         b.data);
        }
    }
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_as_long_as_said_before),
        cmocka_unit_test(rates_at_the_edges),
        cmocka_unit_test(names_and_aliases_are_one),
        cmocka_unit_test(the_documents_body_passes),
        cmocka_unit_test(the_packages_own_metric_objects_pass),
        cmocka_unit_test(wrong_bodies_are_named_by_field),
        cmocka_unit_test(what_is_not_json_does_not_reach_the_fields),
        cmocka_unit_test(every_wrong_field_is_named_at_once),
        cmocka_unit_test(more_errors_than_fit_are_counted),
        cmocka_unit_test(what_was_sent_is_quoted_clean_and_short),
        cmocka_unit_test(long_texts_are_cut_but_ids_are_refused),
        cmocka_unit_test(a_hundred_metrics_and_no_more),
        cmocka_unit_test(the_emf_of_a_vital_is_the_librarys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
