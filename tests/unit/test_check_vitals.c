/* test_check_vitals.c - p75 against its limits and a baseline: how many samples are enough, and
 * where lines are. SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "domain/rank_test.h"
#include "judged.h"

#define PATH  "/metrics/web-vitals"
#define LEAST 20
#define STEP  17.0 /* ms between values of a baseline */

static void
post_vital(struct judged *j, const char *name, double value, const char *route)
{
    char *body =
        xasprintf("{\"metrics\":[{\"name\":\"%s\",\"value\":%.17g,\"url\":"
                  "\"https://shop.example%s\"}],\"sessionId\":\"s-1\",\"userAgent\":\"t\"}",
                  name, value, route);

    judged_post(j, PATH, body);
    free(body);
}

static void
begin(struct judged *j, const char *const *flags)
{
    judged_init(j, flags);
    assert_true(judged_open(j, &check_vitals));
}

static void
enough_samples_are_judged_and_one_fewer_are_not(void **state)
{
    static const struct {
        size_t samples;
        enum finding_level level;
    } cases[] = { { LEAST, FINDING_FAIL }, { LEAST - 1, FINDING_UNKNOWN }, { 1, FINDING_UNKNOWN } };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(&j, NULL);
        for (size_t k = 0; k < cases[i].samples; k++)
            post_vital(&j, "LCP", 9000, "/");
        judged_close(&j);
        assert_int_equal(j.found.count, 1);
        assert_int_equal(judged_nth(&j, "vitals.p75", 0)->level, cases[i].level);
        judged_fini(&j);
    }
}

static void
nothing_is_not_enough(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, NULL);
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "vitals", 0)->level, FINDING_UNKNOWN);
    judged_fini(&j);
}

static void
a_line_itself_is_on_its_good_side(void **state)
{
    static const struct {
        const char *name;
        double value;
        enum finding_level level;
    } cases[] = {
        { "LCP", 2500, FINDING_OK },     { "LCP", 2500.5, FINDING_WARN },
        { "LCP", 4000, FINDING_WARN },   { "LCP", 4000.5, FINDING_FAIL },
        { "INP", 200, FINDING_OK },      { "INP", 500.5, FINDING_FAIL },
        { "CLS", 0.1, FINDING_OK },      { "CLS", 0.1001, FINDING_WARN },
        { "CLS", 0.2501, FINDING_FAIL }, { "FCP", 1800, FINDING_OK },
        { "TTFB", 800.5, FINDING_WARN }, { "LargestContentfulPaint", 2501, FINDING_WARN },
    };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(&j, NULL);
        for (size_t k = 0; k < LEAST; k++)
            post_vital(&j, cases[i].name, cases[i].value, "/");
        judged_close(&j);
        if (judged_nth(&j, "vitals.p75", 0)->level != cases[i].level)
            fail_msg("%s %g: %s", cases[i].name, cases[i].value, j.found.items[0].evidence);
        judged_fini(&j);
    }
}

static void
p75_and_not_the_mean_is_judged_by_route(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, NULL);
    for (size_t k = 0; k < LEAST; k++) {
        post_vital(&j, "LCP", k < 16 ? 100 : 86400000, "/slow-tail"); /* a fifth is beyond */
        post_vital(&j, "LCP", k < 14 ? 100 : 5000, "/slow");          /* three tenths are */
    }
    judged_close(&j);
    assert_int_equal(j.found.count, 2);
    assert_string_equal(j.found.items[0].subject, "LCP /slow");
    assert_int_equal(j.found.items[0].level, FINDING_FAIL);
    assert_string_equal(j.found.items[1].subject, "LCP /slow-tail");
    assert_int_equal(j.found.items[1].level, FINDING_OK);
    judged_fini(&j);
}

static void
what_is_no_vital_is_passed_over(void **state)
{
    static const struct {
        const char *method, *path, *body;
        unsigned status;
    } cases[] = {
        { "GET", PATH, "{}", 0 },
        { "POST", "/metrics/other", "{}", 0 },
        { "POST", PATH, "", 0 },
        { "POST", PATH, "[]", 0 },
        { "POST", PATH, "{\"metrics\":[]}", 0 },
        { "POST", PATH, "{\"metrics\":[{\"name\":\"LCP\",\"value\":-1}],\"sessionId\":\"s\"}", 0 },
        { "POST", PATH, "{\"metrics\":[{\"name\":\"LCP\",\"value\":1e999}],\"sessionId\":\"s\"}",
          0 },
        { "POST", PATH,
          "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"\"}",
          400 },
    };
    struct judged j;
    char *deep = judged_nested(100000);

    (void)state;
    begin(&j, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        judged_request(&j, cases[i].method, cases[i].path, cases[i].body, cases[i].status);
    judged_post(&j, PATH, deep);
    judged_line(&j, deep);
    judged_line(
        &j,
        "{\"obsview-vitals\":1,\"samples\":[[],{\"vital\":5},{\"vital\":\"LCP\",\"values\":7}]}");
    judged_line(&j, "{\"obsview-vitals\":2,\"samples\":[{\"vital\":\"LCP\",\"values\":[1]}]}");
    judged_close(&j);
    assert_int_equal(j.found.count, 2);
    assert_int_equal(judged_nth(&j, "vitals", 0)->level, FINDING_UNKNOWN);
    assert_non_null(strstr(judged_nth(&j, "vitals", 1)->evidence, "6 bodies of vitals cannot"));
    judged_fini(&j);
    free(deep);
}

static void
values_of_a_saved_file_that_are_none_are_told(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, (const char *const[]){ "least", "2", NULL });
    judged_line(&j, "{\"obsview-vitals\":1,\"samples\":[{\"vital\":\"LCP\",\"route\":\"/\","
                    "\"values\":[1,2,-3,1e999,\"x\"]}]}");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "vitals.p75", 0)->level, FINDING_OK);
    assert_int_equal(judged_nth(&j, "vitals", 0)->level, FINDING_UNKNOWN);
    assert_non_null(strstr(judged_nth(&j, "vitals", 0)->evidence, "2 values"));
    judged_fini(&j);
}

/* --- a baseline ------------------------------------------------------------------------------- */

/* A saved file with `count` values from 1000 on, STEP apart, for each of the routes. */
static char *
saved(const char *const *routes, size_t count, double factor)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"obsview-vitals\":1,\"samples\":[");
    for (size_t i = 0; routes[i] != NULL; i++) {
        buf_addf(&b, "%s{\"vital\":\"LCP\",\"route\":\"%s\",\"values\":[", i == 0 ? "" : ",",
                 routes[i]);
        for (size_t k = 0; k < count; k++)
            buf_addf(&b, "%s%.6f", k == 0 ? "" : ",", factor * (1000 + STEP * (double)k));
        buf_adds(&b, "]}");
    }
    buf_adds(&b, "]}");
    return buf_take(&b, NULL);
}

static void
compare(struct judged *j, const char *before, const char *now)
{
    bool took;

    judged_init(j, NULL);
    if (settings_set_flag(j->settings, "baseline", judged_file(j, before), &took, &j->err) != OK)
        fail_msg("%s", j->err.text);
    assert_true(judged_open(j, &check_vitals));
    judged_line(j, now);
    judged_close(j);
}

static const char *const one_route[] = { "/", NULL };

static void
both_sides_need_enough_samples(void **state)
{
    static const struct {
        size_t before, now;
        enum finding_level level;
    } cases[] = { { LEAST, LEAST, FINDING_FAIL },
                  { LEAST - 1, LEAST, FINDING_UNKNOWN },
                  { LEAST, LEAST - 1, FINDING_UNKNOWN } };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *before = saved(one_route, cases[i].before, 1);
        char *now = saved(one_route, cases[i].now, 1.5);

        compare(&j, before, now);
        assert_int_equal(judged_nth(&j, "vitals.regression", 0)->level, cases[i].level);
        judged_fini(&j);
        free(before);
        free(now);
    }
}

static void
a_route_that_did_not_come_again_is_not_passed(void **state)
{
    static const char *const gone[] = { "/gone", NULL };
    char *before = saved(gone, LEAST, 1), *now = saved(one_route, LEAST, 1);
    struct judged j;

    (void)state;
    compare(&j, before, now);
    assert_int_equal(judged_nth(&j, "vitals.regression", 0)->level, FINDING_UNKNOWN);
    assert_string_equal(judged_nth(&j, "vitals.regression", 0)->subject, "LCP /gone");
    assert_int_equal(j.found.note_count, 1); /* the new one */
    judged_fini(&j);
    free(before);
    free(now);
}

/* However certain it is: what nobody feels is no regression. 5 % is not more than 5 %. */
static void
growth_counts_from_five_percent_on(void **state)
{
    static const struct {
        double factor;
        enum finding_level level;
    } cases[] = {
        { 1.0, FINDING_OK }, { 1.049, FINDING_OK }, { 1.051, FINDING_FAIL }, { 0.5, FINDING_OK }
    };
    char *before = saved(one_route, 1000, 1);
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *now = saved(one_route, 1000, cases[i].factor);

        compare(&j, before, now);
        if (judged_nth(&j, "vitals.regression", 0)->level != cases[i].level)
            fail_msg("%g: %s", cases[i].factor, judged_nth(&j, "vitals.regression", 0)->evidence);
        judged_fini(&j);
        free(now);
    }
    free(before);
}

/* The p of these twenty against those is between 0.05 / 3 and 0.05: alone it counts, among three
 * comparisons it may be chance. */
static void
many_comparisons_share_one_chance_of_a_false_alarm(void **state)
{
    static const char *const routes[] = { "/a", "/b", "/c", NULL };
    double was[LEAST], is[LEAST];
    char *before = saved(one_route, LEAST, 1), *now = saved(one_route, LEAST, 1.055);
    char *before3 = saved(routes, LEAST, 1), *now3 = saved(routes, LEAST, 1.055);
    struct judged j;
    double p;

    (void)state;
    for (size_t k = 0; k < LEAST; k++) {
        was[k] = 1000 + STEP * (double)k;
        is[k] = 1.055 * was[k];
    }
    p = rank_test(was, LEAST, is, LEAST).p;
    assert_true(p < 0.05 && p > 0.05 / 3);
    compare(&j, before, now);
    assert_int_equal(judged_nth(&j, "vitals.regression", 0)->level, FINDING_FAIL);
    judged_fini(&j);
    compare(&j, before3, now3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(judged_nth(&j, "vitals.regression", i)->level, FINDING_OK);
    judged_fini(&j);
    free(before);
    free(now);
    free(before3);
    free(now3);
}

static void
a_baseline_without_vitals_is_told(void **state)
{
    static const char *const texts[] = { "", "plain\n", "{\"obsview-vitals\":1}",
                                         "{\"obsview-fixture\":2,\"start\":1}\n" };
    char *now = saved(one_route, LEAST, 1);
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        compare(&j, texts[i], now);
        assert_int_equal(judged_nth(&j, "vitals.baseline", 0)->level, FINDING_UNKNOWN);
        judged_fini(&j);
    }
    free(now);
}

/* What --save writes is read again as it was. */
static void
what_is_saved_reads_back(void **state)
{
    char path[] = "/tmp/obsview-vitals-XXXXXX", *values = saved(one_route, LEAST, 1.0 / 3);
    int fd = mkstemp(path);
    struct judged j, again;
    struct buf text;
    bool took;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    begin(&j, (const char *const[]){ "save", path, NULL });
    judged_line(&j, values);
    judged_close(&j);
    buf_init(&text, 1 << 20);
    assert_int_equal(buf_read_file(&text, path, &j.err), OK);
    judged_init(&again, NULL);
    assert_int_equal(settings_set_flag(again.settings, "baseline", path, &took, &again.err), OK);
    assert_true(judged_open(&again, &check_vitals));
    judged_line(&again, text.data);
    judged_close(&again);
    assert_string_equal(judged_nth(&again, "vitals.p75", 0)->evidence,
                        judged_nth(&j, "vitals.p75", 0)->evidence);
    assert_int_equal(judged_nth(&again, "vitals.regression", 0)->level, FINDING_OK);
    buf_fini(&text);
    judged_fini(&again);
    judged_fini(&j);
    unlink(path);
    free(values);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_samples_are_judged_and_one_fewer_are_not),
        cmocka_unit_test(nothing_is_not_enough),
        cmocka_unit_test(a_line_itself_is_on_its_good_side),
        cmocka_unit_test(p75_and_not_the_mean_is_judged_by_route),
        cmocka_unit_test(what_is_no_vital_is_passed_over),
        cmocka_unit_test(values_of_a_saved_file_that_are_none_are_told),
        cmocka_unit_test(both_sides_need_enough_samples),
        cmocka_unit_test(a_route_that_did_not_come_again_is_not_passed),
        cmocka_unit_test(growth_counts_from_five_percent_on),
        cmocka_unit_test(many_comparisons_share_one_chance_of_a_false_alarm),
        cmocka_unit_test(a_baseline_without_vitals_is_told),
        cmocka_unit_test(what_is_saved_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
