/* test_money.c - decimal strings become millionths and come back, exactly.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/money.h"

static void
numbers_as_bills_write_them(void **state)
{
    static const struct {
        const char *text;
        int64_t microusd;
    } cases[] = {
        { "0", 0 },
        { "-0", 0 },
        { "0E-10", 0 },
        { "0E+999", 0 },
        { "1", 1000000 },
        { "+1", 1000000 },
        { "1.", 1000000 },
        { ".5", 500000 },
        { "-3", -3000000 },
        { "007.010", 7010000 },
        { "1.2345678901", 1234568 },
        { "0.05", 50000 },
        { "1.5e-3", 1500 },
        { "12E3", 12000000000 },
        { "0.0000005", 1 },
        { "0.00000049999999999999999999", 0 },
        { "-0.0000005", -1 },
        { "0.9999995", 1000000 },
        { "2.6750000000000000444089209850062616169452667236328125", 2675000 },
        { "1000000000", MONEY_MAX },
        { "-1000000000", -MONEY_MAX },
        { "0.00000000000000000000000000000000000000000000000000000000000000000001e68", 1000000 },
        { "100000000000000000000000000000000000000000000000000000000000000000000e-68", 1000000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 77;

        if (!money_parse(&value, cases[i].text))
            fail_msg("%s is not read", cases[i].text);
        if (value != cases[i].microusd)
            fail_msg("%s is read as %lld", cases[i].text, (long long)value);
    }
}

static void
what_is_no_amount_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "-",
        "+",
        ".",
        "e5",
        "1e",
        "1e+",
        "1 ",
        " 1",
        "1,5",
        "0x10",
        "1.2.3",
        "nan",
        "inf",
        "--1",
        "1e5x",
        "$1",
        "1_0",
        "+-1",
        "1-",
        "1e1e1",
        "1e99",
        "1e9999999999",
        "1000000000.000001",
        "-1000000000.0000005",
        "1000000000.0000005",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 77;

        if (money_parse(&value, cases[i]))
            fail_msg("\"%s\" is read as %lld", cases[i], (long long)value);
        assert_int_equal(value, 77);
    }
}

static void
amounts_as_people_read_them(void **state)
{
    static const struct {
        int64_t microusd;
        int decimals;
        const char *text;
    } cases[] = {
        { 0, 2, "0.00" },
        { 1234567890, 2, "1234.57" },
        { -100000, 2, "-0.10" },
        { -4999, 2, "0.00" },
        { -5000, 2, "-0.01" },
        { 4999, 2, "0.00" },
        { 5000, 2, "0.01" },
        { 999999, 2, "1.00" },
        { 999999, 0, "1" },
        { 499999, 0, "0" },
        { -499999, 0, "0" },
        { 1, 6, "0.000001" },
        { -1, 6, "-0.000001" },
        { 1500000, 1, "1.5" },
        { INT64_MIN, 6, "-9223372036854.775808" },
        { INT64_MAX, 0, "9223372036855" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[MONEY_TEXT];

        money_format(text, cases[i].microusd, cases[i].decimals);
        assert_string_equal(text, cases[i].text);
    }
}

static void
six_decimals_lose_nothing(void **state)
{
    uint64_t x = 1;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t value, back;
        char text[MONEY_TEXT];

        x = x * 6364136223846793005u + 1442695040888963407u;
        value = (int64_t)(x >> (i % 40)) % MONEY_MAX;
        money_format(text, value, 6);
        assert_true(money_parse(&back, text));
        assert_int_equal(back, value);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_bills_write_them),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(amounts_as_people_read_them),
        cmocka_unit_test(six_decimals_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
