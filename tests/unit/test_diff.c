/* test_diff.c - two digests compared: what is worse, what is noise, what cannot be judged, and how
 * it is written.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/diff/diff.h"
#include "cli/diff/diff_own.h"
#include "cli/diff/digest.h"

#define LOG    "/aws/lambda/shop"
#define MINUTE 60000

struct pair {
    struct digest a, b;
    struct digest_log *log_a, *log_b;
    struct price_list prices;
    struct diff diff;
};

static void
begin(struct pair *p)
{
    digest_init(&p->a, "a.jsonl");
    digest_init(&p->b, "b.jsonl");
    p->log_a = digest_add_log(&p->a, LOG);
    p->log_b = digest_add_log(&p->b, LOG);
    price_list_builtin(&p->prices);
}

static void
compare(struct pair *p)
{
    digest_end(&p->a);
    digest_end(&p->b);
    diff_make(&p->diff, &p->a, &p->b, &(struct diff_options){ .prices = &p->prices, .least = 20 });
}

static void
end(struct pair *p)
{
    diff_fini(&p->diff);
    digest_fini(&p->a);
    digest_fini(&p->b);
}

static void add(struct digest *d, struct digest_log *log, int64_t ms, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void
add(struct digest *d, struct digest_log *log, int64_t ms, const char *fmt, ...)
{
    char line[2048];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    digest_take_line(d, log, ms, line, (size_t)n);
}

/* `count` values from `from` on, a step of one apart. */
static void
add_vitals(struct digest *d, struct digest_log *log, const char *name, int count, int from)
{
    for (int i = 0; i < count; i++)
        add(d, log, 1 + i,
            "{\"_aws\":{\"Timestamp\":1795514400000,\"CloudWatchMetrics\":[{\"Namespace\":\"F\","
            "\"Dimensions\":[[\"route\"]],\"Metrics\":[{\"Name\":\"%s\"}]}]},"
            "\"route\":\"/cart\",\"%s\":%d}",
            name, name, from + i);
}

static void
add_series(struct digest *d, const char *metric, const char *name, const char *value)
{
    const struct dimension dim = { name, value };
    const struct series_key key = { "Shop", metric, { &dim, 1 } };

    check_series_take(&d->series,
                      &(struct check_item){ .kind = CHECK_SERIES, .where = "", .series = &key });
}

/* "verdict change what; ..." of all rows. */
static void
expect(const struct pair *p, const char *wanted)
{
    char got[4096] = "";
    size_t used = 0;

    for (size_t i = 0; i < p->diff.count; i++) {
        const struct diff_row *r = &p->diff.rows[i];

        used += (size_t)snprintf(got + used, sizeof got - used, "%s%s, %s: %s", i == 0 ? "" : "; ",
                                 diff_verdict_name(r->verdict), r->change, r->what);
    }
    assert_string_equal(got, wanted);
}

static void
the_same_is_no_difference(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    add_vitals(&p.a, p.log_a, "LCP", 5, 1000);
    add_vitals(&p.b, p.log_b, "LCP", 5, 1000);
    compare(&p);
    expect(&p, "");
    assert_true(diff_is_empty(&p.diff));
    end(&p);
}

static void
vitals_are_judged_by_rank_and_rating(void **state)
{
    static const struct {
        int count, was, is;
        const char *rows;
    } cases[] = {
        { 40, 1000, 3000, "worse, slower, into a worse rating: LCP /cart" },
        { 40, 1000, 1200, "changed, slower, in the same rating: LCP /cart" },
        { 40, 3000, 1000, "better, faster: LCP /cart" },
        { 40, 1000, 1001, "noise, no more than noise: LCP /cart" },
        /* significant, and yet nobody feels it */
        { 400, 4100, 4200, "noise, no more than noise: LCP /cart" },
        { 19, 1000, 9000, "not judged, not enough data: LCP /cart" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;

        begin(&p);
        add_vitals(&p.a, p.log_a, "LCP", cases[i].count, cases[i].was);
        add_vitals(&p.b, p.log_b, "LCP", cases[i].count, cases[i].is);
        compare(&p);
        expect(&p, cases[i].rows);
        end(&p);
    }
}

/* Of very many values a sample is kept, the same one each time, and it is said. */
static void
many_values_are_sampled(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    add_vitals(&p.a, p.log_a, "LCP", DIGEST_VALUES_MAX + 5000, 1000);
    add_vitals(&p.b, p.log_b, "LCP", DIGEST_VALUES_MAX + 5000, 1000);
    compare(&p);
    assert_int_equal(p.a.vitals.list[0].count, DIGEST_VALUES_MAX);
    assert_int_equal(p.a.vitals.list[0].seen, DIGEST_VALUES_MAX + 5000);
    expect(&p, "");
    /* a fair one: the middle stays in the middle */
    assert_in_range((uint64_t)p.a.vitals.list[0].values[DIGEST_VALUES_MAX / 2], 13000, 14000);
    end(&p);
}

static void
metrics_and_the_alarms_on_them(void **state)
{
    static const char alarm[] = "{\"Namespace\":\"Shop\",\"MetricName\":\"Orders\",\"Dimensions\":["
                                "{\"Name\":\"service\",\"Value\":\"cart\"}]}";
    struct pair p;

    (void)state;
    begin(&p);
    add_series(&p.a, "Orders", "service", "cart");
    add_series(&p.b, "Orders", "app", "cart");
    add_series(&p.a, "Gone", "service", "cart");
    add_series(&p.b, "New", "service", "cart");
    digest_add_alarm(&p.a, "stopped", alarm);
    digest_add_alarm(&p.b, "stopped", alarm);
    compare(&p);
    expect(&p, "worse, metric gone: Shop Gone [service]; "
               "worse, dimensions gone: Shop Orders [service]; "
               "changed, metric new: Shop New [service]; "
               "changed, dimensions new: Shop Orders [app]; "
               "worse, alarm without data: stopped");
    assert_string_equal(p.diff.rows[1].where, "stopped");
    end(&p);
}

/* Unless somebody waits for it, or the code says otherwise how it fails. */
static void
failures_that_did_not_happen(void **state)
{
    static const char alarm[] = "{\"Namespace\":\"Shop\",\"MetricName\":\"Timeouts\","
                                "\"Dimensions\":[{\"Name\":\"service\",\"Value\":\"cart\"}]}";
    struct pair p;

    (void)state;
    begin(&p);
    add_series(&p.a, "PaymentErrors", "service", "cart");
    add_series(&p.a, "Timeouts", "service", "cart");
    add_series(&p.a, "Failures", "service", "cart");
    add_series(&p.b, "Failures", "app", "cart");
    digest_add_alarm(&p.a, "slow", alarm);
    digest_add_alarm(&p.b, "slow", alarm);
    compare(&p);
    expect(&p, "worse, dimensions gone: Shop Failures [service]; "
               "worse, metric gone: Shop Timeouts [service]; "
               "changed, dimensions new: Shop Failures [app]; "
               "changed, metric gone: Shop PaymentErrors [service]; "
               "worse, alarm without data: slow");
    end(&p);
}

static void
growth_is_read_as_it_is(void **state)
{
    static const struct {
        double before, after;
        const char *text;
    } cases[] = { { 0, 0, "" },
                  { 0, 5, "new" },
                  { 5, 0, "-100 %" },
                  { 100, 101, "+1.0 %" },
                  { 3, 30, "+900 %" },
                  { 1, 12000, "12000 times" },
                  { 12000, 1, "-99.99 %" },
                  { 1e9, 1, "-99.99 %" },
                  { NAN, 1, "" } };
    char text[DIFF_AMOUNT_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        diff_growth_text(
            text, &(struct diff_amount){ .before = cases[i].before, .after = cases[i].after });
        assert_string_equal(text, cases[i].text);
    }
}

static void
what_was_rare_is_not_missed(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    for (int i = 0; i < 100; i++) {
        add(&p.a, p.log_a, 1, i < 2 ? "{\"a\":1,\"rare\":1}" : "{\"a\":1,\"b\":1}");
        add(&p.b, p.log_b, 1, "{\"a\":1}");
    }
    compare(&p);
    expect(&p, "changed, field gone: b; noise, field gone: rare");
    end(&p);
}

static void
a_filter_makes_a_field_matter(void **state)
{
    static const char filter[] = "{\"filterPattern\":\"{ $.error.type = * }\"}";
    struct pair p;

    (void)state;
    begin(&p);
    for (int i = 0; i < 10; i++) {
        add(&p.a, p.log_a, 1, "{\"error\":{\"type\":\"A\"},\"errors\":1}");
        add(&p.b, p.log_b, 1, "{\"x\":1}");
    }
    digest_add_filter(&p.b, LOG, "types", filter);
    compare(&p);
    expect(&p, "worse, field gone: error; changed, field gone: errors; changed, field new: x");
    end(&p);
}

static void
nothing_is_not_compared(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    add_vitals(&p.a, p.log_a, "LCP", 40, 1000);
    add_series(&p.a, "Orders", "service", "cart");
    compare(&p);
    expect(&p, "not judged, in B: b.jsonl");
    end(&p);
}

static double
amount(const struct pair *p, const char *key, bool is_after)
{
    for (size_t i = 0; i < p->diff.amount_count; i++) {
        if (strcmp(p->diff.amounts[i].key, key) == 0)
            return is_after ? p->diff.amounts[i].after : p->diff.amounts[i].before;
    }
    fail_msg("no amount %s", key);
    return 0;
}

/* 10 GB in three days are 100 GB a month, of which 5 are free to take in: 95 * 0.50 + 100 * 0.03.
 */
static void
a_month_of_logs(void **state)
{
    struct pair p;

    (void)state;
    begin(&p);
    add(&p.a, p.log_a, 1, "a");
    add(&p.b, p.log_b, 1, "b");
    digest_saw(&p.b, 1 + INT64_C(3) * 24 * 60 * MINUTE);
    p.b.bytes = UINT64_C(10000000000);
    compare(&p);
    assert_int_equal((int64_t)amount(&p, "logsMonth", true), 50500000);
    assert_true(amount(&p, "logsMonth", false) != amount(&p, "logsMonth", false)); /* NaN */
    end(&p);
}

static void
texts_are_code_in_markdown(void **state)
{
    static const char line[] = "{\"level\":\"ERROR\",\"message\":\"m\",\"error\":{\"message\":"
                               "\"`a`|@b <i>\\u001b[1m\\\\\",\"type\":\"E\"}}";
    struct pair p;
    struct buf b;

    (void)state;
    begin(&p);
    add(&p.a, p.log_a, 1, "x");
    digest_take_line(&p.b, p.log_b, 1, line, sizeof line - 1);
    compare(&p);
    buf_init(&b, (size_t)1 << 20);
    diff_print(&b, &p.diff, DIFF_MARKDOWN_FORMAT);
    if (strstr(b.data,
               "| **worse** | new | ``E: `a`\\|@b <i>\xef\xbf\xbd[1m\\`` | none | 1 time |") ==
        NULL)
        fail_msg("%s", b.data);
    buf_fini(&b);
    end(&p);
}

/* Sections that come late keep some room; what is left out is counted. */
static void
markdown_has_an_end(void **state)
{
    struct pair p;
    struct buf b;

    (void)state;
    begin(&p);
    for (int i = 0; i < 3000; i++) {
        char name[32];

        snprintf(name, sizeof name, "Metric%d", i);
        add_series(&p.a, name, "service", "cart");
    }
    for (int i = 0; i < 10; i++) {
        add(&p.a, p.log_a, 1, "{\"a\":1}");
        add(&p.b, p.log_b, 1, "{\"b\":1}");
    }
    compare(&p);
    buf_init(&b, (size_t)1 << 20);
    diff_print(&b, &p.diff, DIFF_MARKDOWN_FORMAT);
    assert_false(buf_failed(&b));
    assert_in_range(b.len, 20000, DIFF_COMMENT);
    assert_non_null(strstr(b.data, "| changed | field gone | `a` |"));
    assert_non_null(strstr(b.data, "\nLeft out, since a comment has a limit: "));
    assert_non_null(strstr(b.data, " of Metrics and their dimensions. "));
    buf_fini(&b);
    end(&p);
}

/* What there is no room for is one gap, however much it is, and what is known goes on counting. */
static void
a_full_list_is_one_gap(void **state)
{
    struct digest d;
    char name[32];

    (void)state;
    digest_init(&d, "a.jsonl");
    for (int i = 0; i < 20010; i++) {
        snprintf(name, sizeof name, "/%d", i);
        digest_add_hit(&d, &(struct digest_hit){ "site", "page", name, 1 });
    }
    digest_add_hit(&d, &(struct digest_hit){ "site", "page", "/7", 2 });
    assert_int_equal(d.hit_count, 20000);
    assert_int_equal(d.hits[7].count, 3);
    assert_int_equal(d.gap_count, 1);
    assert_string_equal(d.gaps[0], "there are more than 20000 pages and events");
    digest_fini(&d);
}

static void
what_alarms_look_at_has_an_end(void **state)
{
    struct digest d;

    (void)state;
    digest_init(&d, "a.jsonl");
    for (int i = 0; i < 20003; i++)
        digest_add_alarm(&d, "a", "{\"Namespace\":\"N\",\"MetricName\":\"M\"}");
    assert_int_equal(d.watch_count, 20000);
    assert_int_equal(d.gap_count, 1);
    assert_string_equal(d.gaps[0], "alarms look at more than 20000 series");
    digest_fini(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_no_difference),
        cmocka_unit_test(vitals_are_judged_by_rank_and_rating),
        cmocka_unit_test(many_values_are_sampled),
        cmocka_unit_test(metrics_and_the_alarms_on_them),
        cmocka_unit_test(failures_that_did_not_happen),
        cmocka_unit_test(growth_is_read_as_it_is),
        cmocka_unit_test(what_was_rare_is_not_missed),
        cmocka_unit_test(a_filter_makes_a_field_matter),
        cmocka_unit_test(nothing_is_not_compared),
        cmocka_unit_test(a_month_of_logs),
        cmocka_unit_test(texts_are_code_in_markdown),
        cmocka_unit_test(markdown_has_an_end),
        cmocka_unit_test(a_full_list_is_one_gap),
        cmocka_unit_test(what_alarms_look_at_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
