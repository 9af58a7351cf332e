/* test_price.c - prices are read from INI text, and multiplied without loss.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/price.h"

static void
the_program_knows_prices(void **state)
{
    struct price_list list;

    (void)state;
    price_list_builtin(&list);
    assert_int_equal(strlen(list.as_of), 7);
    assert_int_equal(price_microusd(&list, PRICE_METRIC_DATA, 1), 10);
    assert_int_equal(price_microusd(&list, PRICE_METRIC_DATA, 1000), 10000);
    assert_int_equal(price_microusd(&list, PRICE_INSIGHTS_GB, 0.2), 1000);
    assert_int_equal(price_microusd(&list, PRICE_LIVE_TAIL_MINUTE, 3), 30000);
    assert_true(list.rows[PRICE_CLOUDWATCH_CALL].free_a_month == 1e6);
}

static void
a_part_of_a_millionth_counts_as_one(void **state)
{
    struct price_list list, nothing = { .as_of = "" };

    (void)state;
    price_list_builtin(&list);
    assert_int_equal(price_microusd(&list, PRICE_INSIGHTS_GB, 1e-9), 1);
    assert_int_equal(price_microusd(&list, PRICE_INSIGHTS_GB, 0), 0);
    assert_int_equal(price_microusd(&nothing, PRICE_METRIC_DATA, 1e6), 0);
}

static void
a_file_replaces_rows(void **state)
{
    struct price_list list;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(price_list_read(&list, "as-of = 2027-01\n[GetMetricData]\nusd = 0.02\n", &err),
                     OK);
    assert_string_equal(list.as_of, "2027-01");
    assert_int_equal(price_microusd(&list, PRICE_METRIC_DATA, 1), 20);
    assert_int_equal(price_microusd(&list, PRICE_LIVE_TAIL_MINUTE, 1), 10000);
}

static void
a_wrong_file_is_refused_by_name(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "[Nothing]\nusd = 1\n", "[Nothing] is no price" },
        { "[GetMetricData]\nusd = -1\n",
          "[GetMetricData] usd: expected a number from 0, got \"-1\"" },
        { "[GetMetricData]\nper = 0\n", "[GetMetricData] per: expected more than 0" },
        { "[GetMetricData]\neuro = 1\n",
          "[GetMetricData] euro: expected usd, per or free-a-month" },
        { "rubbish\n", "line 1: expected [section] or key = value" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct price_list list;
        struct err err = { 0 };

        assert_int_equal(price_list_read(&list, cases[i].text, &err), E_INVALID);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_knows_prices),
        cmocka_unit_test(a_part_of_a_millionth_counts_as_one),
        cmocka_unit_test(a_file_replaces_rows),
        cmocka_unit_test(a_wrong_file_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
