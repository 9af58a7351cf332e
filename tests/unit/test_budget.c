/* test_budget.c - a sum of money lasts a month, and is remembered.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/budget.h"
#include "tui/ledger.h"

static void
asking_slows_down_to_fit(void **state)
{
    static const struct {
        const char *what;
        struct budget budget;
        double hour_microusd;
        unsigned slowness;
    } cases[] = {
        { "no limit", { -1, 9000000, 1 }, 1e9, 1 },
        { "nothing may cost anything", { 0, 0, 1 }, 0, BUDGET_STOP },
        { "what is free is never slowed", { 3000000, 2999999, 1 }, 0, 1 },
        { "3 dollars last 176 hours", { 3000000, 0, 1 }, 17045, 1 },
        { "a little more does not", { 3000000, 0, 1 }, 17046, 2 },
        { "half is spent", { 3000000, 1500000, 1 }, 17045, 2 },
        { "half is spent in half of the month", { 3000000, 1500000, 0.5 }, 17045, 1 },
        { "far beyond", { 3000000, 0, 1 }, 1e9, BUDGET_MOST },
        { "the last hour", { 3000000, 2990000, 0 }, 10000, 1 },
        { "spent", { 3000000, 3000000, 0.1 }, 1, BUDGET_STOP },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (budget_slowness(&cases[i].budget, cases[i].hour_microusd) != cases[i].slowness)
            fail_msg("%s: %u", cases[i].what,
                     budget_slowness(&cases[i].budget, cases[i].hour_microusd));
    }
}

/* However long the screen is open, the sum is never passed by more than one round of asking. */
static void
a_month_never_costs_more_than_the_sum(void **state)
{
    const double round = 50000; /* a minute of asking 5,000 metrics */
    struct budget budget = { .limit_microusd = 3000000 };
    double minutes = 0;

    (void)state;
    while (minutes < 30 * 1440) {
        unsigned slowness;

        budget.left = 1 - minutes / (30 * 1440);
        slowness = budget_slowness(&budget, round * 60);
        if (slowness == BUDGET_STOP)
            break;
        budget.spent_microusd += (int64_t)round;
        minutes += slowness;
    }
    assert_true(budget.spent_microusd <= budget.limit_microusd + (int64_t)round);
    assert_true(budget.spent_microusd >= budget.limit_microusd - 2 * (int64_t)round);
}

static void
months_have_their_own_lengths(void **state)
{
    char month[BUDGET_MONTH_TEXT];

    (void)state;
    budget_month(INT64_C(1795490423000), month);
    assert_string_equal(month, "2026-11");
    assert_true(budget_month_left(INT64_C(1793491200000)) == 1); /* 2026-11-01T00:00:00Z */
    assert_true(budget_month_left(INT64_C(1794787200000)) == 0.5);
}

static char *
temporary(char *template)
{
    assert_non_null(mkdtemp(template));
    return template;
}

static void
sums_are_kept_by_month_and_account(void **state)
{
    char dir[] = "/tmp/obsview-ledger-XXXXXX", path[128];
    struct ledger_sum sum;
    struct err err;
    struct stat st;

    (void)state;
    snprintf(path, sizeof path, "%s/state/obsview/spend", temporary(dir));
    assert_int_equal(ledger_add(path, "2026-11", "1", &(struct ledger_sum){ 10, 1 }, &sum, &err),
                     OK);
    assert_int_equal(ledger_add(path, "2026-11", "2", &(struct ledger_sum){ 5, 0 }, &sum, &err),
                     OK);
    assert_int_equal(ledger_add(path, "2026-11", "1", &(struct ledger_sum){ 7, 2 }, &sum, &err),
                     OK);
    assert_int_equal(sum.microusd, 17);
    assert_int_equal(sum.free_calls, 3);
    assert_int_equal(ledger_add(path, "2026-12", "1", &(struct ledger_sum){ 0, 0 }, &sum, &err),
                     OK);
    assert_int_equal(sum.microusd, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
}

static void
processes_add_to_the_same_sum(void **state)
{
    char dir[] = "/tmp/obsview-ledger-XXXXXX", path[128];
    struct ledger_sum sum;
    struct err err;

    (void)state;
    snprintf(path, sizeof path, "%s/spend", temporary(dir));
    for (int child = 0; child < 4; child++) {
        if (fork() != 0)
            continue;
        for (int i = 0; i < 50; i++) {
            if (ledger_add(path, "2026-11", "1", &(struct ledger_sum){ 1, 1 }, &sum, &err) != OK)
                _exit(1);
        }
        _exit(0);
    }
    for (int child = 0; child < 4; child++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(ledger_add(path, "2026-11", "1", &(struct ledger_sum){ 0, 0 }, &sum, &err),
                     OK);
    assert_int_equal(sum.microusd, 200);
}

static void
a_ledger_that_cannot_be_written_is_told(void **state)
{
    struct ledger_sum sum;
    struct err err;

    (void)state;
    assert_int_equal(
        ledger_add("/proc/nowhere/spend", "2026-11", "1", &(struct ledger_sum){ 1, 0 }, &sum, &err),
        E_IO);
    assert_non_null(strstr(err.text, "/proc/nowhere/spend.lock"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asking_slows_down_to_fit),
        cmocka_unit_test(a_month_never_costs_more_than_the_sum),
        cmocka_unit_test(months_have_their_own_lengths),
        cmocka_unit_test(sums_are_kept_by_month_and_account),
        cmocka_unit_test(processes_add_to_the_same_sum),
        cmocka_unit_test(a_ledger_that_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
