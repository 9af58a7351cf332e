/* test_view_analytics.c - what the views make of visitors.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "tui/views/models.h"

#include <math.h>

#define A "aaaaaaaa-2222-4333-8444-555555555555"
#define B "bbbbbbbb-2222-4333-8444-555555555555"
#define STATS                                                                                    \
    "{\"pageviews\":40,\"visitors\":20,\"visits\":25,\"bounces\":10,\"totaltime\":500,"          \
    "\"comparison\":{\"pageviews\":50,\"visitors\":0,\"visits\":20,\"bounces\":5,\"totaltime\":" \
    "100}}"
#define SITES                                                                                  \
    "{\"data\":[{\"id\":\"" B "\",\"name\":\"Shop\",\"domain\":\"shop.example\"},{\"id\":\"" A \
    "\",\"name\":\"Docs\",\"domain\":\"\"}],\"count\":2}"

static void
show(struct stage *s)
{
    stage_show(s, analytics_ask, analytics_build);
}

static void
the_websites_come_first(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    show(&s);
    assert_non_null(stage_ask(&s, "umami.websites"));
    assert_null(stage_ask(&s, "umami.stats." A));
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    show(&s);
    assert_non_null(stage_ask(&s, "umami.stats." A)); /* the first by name */
    assert_non_null(stage_ask(&s, "umami.metrics.device." A));
    assert_string_equal(stage_panel(&s, "summary")->title, "Docs");
    assert_string_equal(stage_panel(&s, "websites")->grid->rows[1].open_key, B);
    s.q.key = B;
    show(&s);
    assert_non_null(stage_ask(&s, "umami.stats." B));
    assert_null(stage_ask(&s, "umami.stats." A));
    stage_close(&s);
}

static void
a_website_is_named_by_what_people_call_it(void **state)
{
    static const struct {
        const char *name, *asked;
    } cases[] = { { "SHOP.example", B },
                  { "shop", B },
                  { B, B },
                  { "Docs", A },
                  { "cccccccc-2222-4333-8444-555555555555",
                    "cccccccc-2222-4333-8444-555555555555" } };
    struct scope_names names = { .website = NULL };
    struct stage s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[80];

        stage_open(&s);
        stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
        names.website = cases[i].name;
        s.q.names = &names;
        show(&s);
        snprintf(key, sizeof key, "umami.stats.%s", cases[i].asked);
        assert_non_null(stage_ask(&s, key));
        stage_close(&s);
    }
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    names.website = "blog";
    s.q.names = &names;
    show(&s);
    assert_string_equal(stage_panel(&s, "summary")->failure,
                        "Umami has no website \"blog\"; there are shop.example, Docs");
    stage_close(&s);
}

static void
no_website_is_said_and_is_no_failure(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, "{\"data\":[],\"count\":0}");
    show(&s);
    assert_null(stage_panel(&s, "summary")->failure);
    assert_non_null(strstr(stage_panel(&s, "summary")->grid->empty, "no website yet"));
    stage_close(&s);
}

static void
figures_stand_against_those_before(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_umami(&s, "umami.stats." A, UMAMI_STATS, NULL, STATS);
    stage_umami(&s, "umami.active." A, UMAMI_ACTIVE, NULL, "{\"visitors\":1}");
    show(&s);
    assert_true(stage_cell(&s, "summary", "views", "now")->number == 40);
    assert_true(stage_cell(&s, "summary", "views", "change")->number == -20);
    assert_true(stage_cell(&s, "summary", "bounce", "now")->number == 40);
    assert_true(stage_cell(&s, "summary", "bounce", "change")->number == 15); /* points */
    assert_true(stage_cell(&s, "summary", "average visit", "now")->number == 20000);
    assert_true(stage_cell(&s, "summary", "average visit", "change")->number == 300);
    /* more than nobody is no percentage */
    assert_int_equal(stage_cell(&s, "summary", "visitors", "change")->kind, CELL_EMPTY);
    assert_string_equal(stage_panel(&s, "summary")->note, "1 now");
    assert_string_equal(stage_panel(&s, "active")->note, "1 person");
    stage_close(&s);
}

static void
steps_without_views_are_zero(void **state)
{
    const struct series *series;
    double sum = 0;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_umami(&s, "umami.views." A, UMAMI_PAGEVIEWS, NULL,
                "{\"pageviews\":[{\"x\":\"$now-60000\",\"y\":4},{\"x\":\"$now-1800000\",\"y\":3},"
                "{\"x\":\"$now-86400000\",\"y\":9}],\"sessions\":[]}");
    show(&s);
    series = stage_panel(&s, "summary")->charts[0].series;
    assert_int_equal(series->step_ms, 60000);
    assert_int_equal(series->count, 61);
    for (size_t i = 0; i < series->count; i++)
        sum += series->values[i];
    assert_true(sum == 7); /* yesterday's is outside */
    assert_int_equal(series->open, 1);
    stage_close(&s);
}

static void
people_are_where_they_were_last(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_umami(&s, "umami.realtime." A, UMAMI_REALTIME, NULL,
                "{\"events\":[{\"__type\":\"pageview\",\"sessionId\":\"x\",\"urlPath\":\"/b\","
                "\"createdAt\":\"$now-1000\"},{\"__type\":\"pageview\",\"sessionId\":\"x\","
                "\"urlPath\":\"/a\",\"createdAt\":\"$now-2000\"},{\"__type\":\"pageview\","
                "\"sessionId\":\"y\",\"urlPath\":\"/b\",\"createdAt\":\"$now-3000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"z\",\"urlPath\":\"/c\",\"createdAt\":"
                "\"$now-301000\"}]}");
    show(&s);
    assert_int_equal(stage_panel(&s, "active")->grid->row_count, 1);
    assert_true(stage_cell(&s, "active", "/b", "people")->number == 2);
    stage_umami(&s, "umami.active." A, UMAMI_ACTIVE, NULL, "{\"visitors\":1400}");
    show(&s);
    assert_string_equal(stage_panel(&s, "active")->note, "2 of 1,400 people");
    /* what Umami counted has no verdict, and nothing to enter */
    assert_int_equal(stage_panel(&s, "hits")->grid->row_count, 4);
    assert_string_equal(stage_panel(&s, "hits")->grid->columns[1].name, "type");
    assert_null(stage_panel(&s, "hits")->grid->rows[0].open_view);
    assert_null(stage_ask(&s, "umami.hits"));
    stage_close(&s);
}

#define HIT(ID, PATH, STATUS, FAULT, HEADERS, BODY)                                              \
    "{\"id\":" ID ",\"timeMs\":1795490420000,\"method\":\"POST\",\"path\":\"" PATH               \
    "\",\"status\":" STATUS ",\"fault\":" FAULT ",\"verdict\":\"v" ID "\",\"headers\":[" HEADERS \
    "],\"body\":\"" BODY "\"}"
#define SAID(NAME, VALUE) "[\"" NAME "\",\"" VALUE "\"]"

static void
hits_of_the_emulator_have_verdicts(void **state)
{
    static const char events[] =
        "{\"events\":["
        "{\"id\":1,\"method\":\"GET\",\"path\":\"/api/send\"},"
        "{\"id\":2,\"method\":\"POST\",\"path\":\"/api/auth/login\"}," HIT(
            "3", "/api/send", "200", "false",
            SAID("Umami-Path", "/forged") "," SAID("Umami-Website", B) "," SAID(
                "Umami-Type",
                "event") "," SAID("Umami-Path",
                                  "/cart#a") "," SAID("Umami-Event",
                                                      "buy") "," SAID("Umami-Session",
                                                                      "b527b0ff-08b3-5948-bb5d-"
                                                                      "af49724f4a12"),
            "") "," HIT("4", "/api/batch[0]", "200", "true",
                        SAID("Umami-Type", "event") "," SAID("Umami-Rule", "bot"),
                        "{}") "," HIT("5", "/api/send?x", "400", "true", "",
                                      "not json") "," HIT("6", "/api/sender", "200", "false", "",
                                                          "") "]}";
    const struct grid *hits;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_json(&s, "umami.hits", events);
    show(&s);
    hits = stage_panel(&s, "hits")->grid;
    assert_int_equal(hits->row_count, 3);
    assert_string_equal(hits->rows[0].key, "5"); /* newest first */
    assert_int_equal(hits->rows[0].level, LEVEL_BAD);
    assert_string_equal(stage_cell(&s, "hits", "5", "verdict")->text, "v5");
    assert_int_equal(hits->rows[1].level, LEVEL_WARN);
    assert_string_equal(stage_cell(&s, "hits", "4", "verdict")->text,
                        "bot: production would drop it");
    assert_string_equal(stage_cell(&s, "hits", "4", "type")->text, "view");
    assert_string_equal(stage_cell(&s, "hits", "3", "verdict")->text, "counted");
    assert_string_equal(stage_cell(&s, "hits", "3", "type")->text, "event");
    assert_string_equal(stage_cell(&s, "hits", "3", "path")->text, "/cart#a");
    assert_string_equal(stage_cell(&s, "hits", "3", "event")->text, "buy");
    assert_string_equal(stage_cell(&s, "hits", "3", "session")->text, "b527b0ff");
    assert_string_equal(stage_cell(&s, "hits", "3", "website")->text, "shop.example");
    assert_string_equal(hits->rows[2].open_view, "intake");
    assert_string_equal(hits->rows[2].open_key, "3");
    assert_string_equal(stage_panel(&s, "hits")->note, "newest first, 2 faults");
    assert_non_null(strstr(stage_ask(&s, "umami.hits")->path, "/_obsview/events?"));
    s.has_own_umami = true; /* hits go elsewhere then */
    show(&s);
    assert_null(stage_ask(&s, "umami.hits"));
    stage_close(&s);
}

static const struct cell *
fact_of(const struct panel *panel, const char *name)
{
    static const struct cell none = { .text = "" };

    for (size_t i = 0; i < panel->fact_count; i++) {
        if (strcmp(panel->facts[i].name, name) == 0)
            return &panel->facts[i].value;
    }
    return &none;
}

static void
show_request(struct stage *s, const char *id, const char *event)
{
    char key[32];

    snprintf(key, sizeof key, "intake.%s", id);
    stage_json(s, key, event);
    s->q.key = id;
    stage_show(s, intake_ask, intake_build);
}

static void
a_hit_that_was_entered_is_told_in_words(void **state)
{
    static const char doubted[] =
        "{\"id\":7,\"method\":\"POST\",\"path\":\"/api/send\",\"status\":200,\"fault\":true,"
        "\"headers\":[[\"dnt\",\"0\"],[\"Umami-Type\",\"event\"],[\"Umami-Path\",\"/cart\"],"
        "[\"Umami-Event\",\"buy\"],[\"Umami-Session\",\"s1\"],[\"Umami-Visit\",\"v1\"],"
        "[\"Umami-Why\",\"new visit\"],[\"Umami-Place\",\"DE\"],"
        "[\"Umami-Rule\",\"bot\"],[\"Umami-Verdict\",\"bot: curl\"]],"
        "\"body\":\"{\\\"payload\\\":{\\\"data\\\":{\\\"n\\\":1}}}\"}";
    const struct panel *panel;
    struct stage s;

    (void)state;
    stage_open(&s);
    show_request(&s, "7", doubted);
    panel = stage_panel(&s, "request");
    assert_string_equal(fact_of(panel, "hit")->text, "event buy on /cart");
    assert_string_equal(fact_of(panel, "verdict")->text, "production would drop it");
    assert_int_equal(fact_of(panel, "verdict")->level, LEVEL_WARN);
    assert_string_equal(fact_of(panel, "rule")->text, "bot");
    assert_string_equal(fact_of(panel, "session")->text, "s1");
    assert_string_equal(fact_of(panel, "visit")->text, "v1");
    assert_string_equal(fact_of(panel, "place")->text, "DE");
    assert_int_equal(panel->passage_count, 5);
    assert_string_equal(panel->passages[0].text, "bot: curl");
    assert_string_equal(panel->passages[1].text, "new visit");
    assert_string_equal(panel->passages[2].text, "{\"n\":1}");
    assert_string_equal(panel->passages[3].text, "dnt: 0\n"); /* the sender's own alone */
    stage_close(&s);

    stage_open(&s);
    show_request(&s, "8", HIT("8", "/api/send", "400", "true", SAID("Umami-Rule", "body"), "{}"));
    panel = stage_panel(&s, "request");
    assert_string_equal(fact_of(panel, "verdict")->text, "refused, as production would");
    assert_string_equal(fact_of(panel, "session")->text, "");
    assert_int_equal(panel->passage_count, 1);
    stage_close(&s);

    stage_open(&s); /* a header of another request is no detail */
    show_request(&s, "9",
                 HIT("9", "/metrics/web-vitals", "200", "false", SAID("Umami-Rule", "bot"), "{}"));
    panel = stage_panel(&s, "request");
    assert_string_equal(fact_of(panel, "verdict")->text, "v9");
    assert_string_equal(panel->passages[0].text, "Umami-Rule: bot\n");
    stage_close(&s);
}

static void
the_overview_says_that_no_umami_is_configured(void **state)
{
    const struct panel *panel;
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    s.lacks_umami = true;
    stage_show(&s, overview_ask, overview_build);
    panel = stage_panel(&s, "analytics");
    assert_null(stage_ask(&s, "umami.websites")); /* nobody is asked */
    assert_string_equal(panel->failure, "no Umami is configured: umami-url names one");
    assert_true(panel_is_unknown(panel));
    stage_close(&s);
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_umami(&s, "umami.stats." A, UMAMI_STATS, NULL, STATS);
    stage_show(&s, overview_ask, overview_build);
    assert_true(stage_cell(&s, "analytics", "views", "now")->number == 40);
    assert_null(stage_ask(&s, "umami.metrics.path." A));
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_websites_come_first),
        cmocka_unit_test(a_website_is_named_by_what_people_call_it),
        cmocka_unit_test(no_website_is_said_and_is_no_failure),
        cmocka_unit_test(figures_stand_against_those_before),
        cmocka_unit_test(steps_without_views_are_zero),
        cmocka_unit_test(people_are_where_they_were_last),
        cmocka_unit_test(hits_of_the_emulator_have_verdicts),
        cmocka_unit_test(a_hit_that_was_entered_is_told_in_words),
        cmocka_unit_test(the_overview_says_that_no_umami_is_configured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
