/* test_permissions.c - the table behind the policy and the check of permissions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/permissions.h"
#include "tui/view.h"

#define COST_MAX_MICROUSD 100 /* of a whole check-up */

static void
rows_are_sorted_whole_and_cheap(void **state)
{
    struct probe with = { .log_group = "/aws/lambda/x", .now_ms = 1795393200000 };
    int64_t cost = 0;
    size_t count = 0;

    (void)state;
    for (const struct permission *p = permissions; p->action != NULL; p++, count++) {
        cJSON *input = p->probe == NULL ? NULL : p->probe(&with);

        print_message("%s\n", p->action);
        assert_true(p == permissions || strcmp(p[-1].action, p->action) < 0);
        assert_true((p->scope != SCOPE_ALL) == (p->why_all == NULL));
        assert_true((p->probe == NULL) == (p->why_unasked != NULL));
        assert_true(p->probe == NULL || cJSON_IsObject(input));
        assert_true(p->probe == NULL || p->service < AWS_SERVICES);
        assert_non_null(strchr(p->action, ':'));
        cost += p->cost_microusd;
        cJSON_Delete(input);
    }
    assert_in_range(count, 1, PERMISSIONS_MAX);
    assert_in_range(cost, 0, COST_MAX_MICROUSD);
}

/* A new view has to say what it needs. */
static void
every_view_of_an_account_needs_something(void **state)
{
    (void)state;
    for (size_t i = 0; views[i] != NULL; i++) {
        bool is_there = views[i]->needs_emulator || views[i]->needs_no_account;

        for (const struct permission *p = permissions; p->action != NULL; p++)
            is_there |= permission_is_for(p, views[i]->name);
        if (!is_there)
            fail_msg("no row of permissions.c names the view %s", views[i]->name);
    }
    assert_true(permission_is_for(&(struct permission){ .views = "a bc d" }, "bc"));
    assert_false(permission_is_for(&(struct permission){ .views = "a bc d" }, "b"));
    assert_false(permission_is_for(&(struct permission){ .views = "a bc d" }, "c"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_whole_and_cheap),
        cmocka_unit_test(every_view_of_an_account_needs_something),
    };

    return cmocka_run_group_tests_name("permissions", tests, NULL, NULL);
}
