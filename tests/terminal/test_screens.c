/* test_screens.c - whole screens, as a terminal shows them.
 * SPDX-License-Identifier: MIT
 *
 * OBSVIEW_RECORD=1 records the goldens anew; look at their difference before committing it. */
#include "config.h"

#include "harness.h"
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *name;
    int columns, rows;
} sizes[] = {
    { "120x36", 120, 36 }, { "100x30", 100, 30 }, { "80x24", 80, 24 },
    { "60x16", 60, 16 },   { "40x10", 40, 10 },   { "33x9", 33, 9 },
};

static void
draws_each_view_at_each_size(void **state)
{
    (void)state;
    for (size_t v = 0; sample_views[v] != NULL; v++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            for (int ascii = 0; ascii < 2; ascii++) {
                char name[80];
                struct stage stage;

                stage_init(&stage,
                           &(struct stage_options){ .views = sample_views,
                                                    .view = sample_views[v]->name,
                                                    .columns = sizes[i].columns,
                                                    .rows = sizes[i].rows,
                                                    .is_ascii = ascii != 0,
                                                    .color = ascii != 0 ? "never" : "256",
                                                    .theme = ascii != 0 ? "terminal" : "dark" });
                stage_give(&stage, sample_snapshot());
                snprintf(name, sizeof(name), "%s-%s-%s", sample_views[v]->name, sizes[i].name,
                         ascii != 0 ? "ascii-mono" : "utf8-256");
                stage_golden(&stage, name);
                stage_fini(&stage);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_each_view_at_each_size),
    };

    harness_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
