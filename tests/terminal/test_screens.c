/* test_screens.c - whole screens, as a terminal shows them.
 * SPDX-License-Identifier: MIT
 *
 * OBSVIEW_RECORD=1 records the goldens anew; look at their difference before committing it. */
#include "config.h"

#include "base/mem.h"
#include "harness.h"
#include "real.h"
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *name;
    int columns, rows;
} sizes[] = {
    { "120x36", 120, 36 }, { "100x30", 100, 30 }, { "80x24", 80, 24 },
    { "60x16", 60, 16 },   { "40x10", 40, 10 },   { "33x9", 33, 9 },
};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
draw(const struct view *const *all, const char *prefix, struct snapshot *(*make)(void),
     int64_t now_ms, const char *view, size_t size, bool is_ascii)
{
    char name[80];
    struct scene scene;

    scene_init(&scene, &(struct scene_options){ .views = all,
                                                .view = view,
                                                .columns = sizes[size].columns,
                                                .rows = sizes[size].rows,
                                                .is_ascii = is_ascii,
                                                .color = is_ascii ? "never" : "256",
                                                .theme = is_ascii ? "terminal" : "dark",
                                                .now_ms = now_ms });
    scene_give(&scene, make());
    scene_show(&scene); /* what follows the cursor is asked for by now */
    scene_give(&scene, make());
    snprintf(name, sizeof(name), "%s%s-%s-%s", prefix, view, sizes[size].name,
             is_ascii ? "ascii-mono" : "utf8-256");
    scene_golden(&scene, name);
    scene_fini(&scene);
}

static void
draws_every_kind_of_panel(void **state)
{
    (void)state;
    for (size_t v = 0; sample_views[v] != NULL; v++) {
        for (size_t i = 0; i < SIZES; i++) {
            draw(sample_views, "", sample_snapshot, 0, sample_views[v]->name, i, false);
            draw(sample_views, "", sample_snapshot, 0, sample_views[v]->name, i, true);
        }
    }
}

static void
draws_each_view_of_the_product(void **state)
{
    (void)state;
    for (size_t v = 0; views[v] != NULL; v++) {
        for (size_t i = 0; i < SIZES; i++) {
            draw(views, "view-", real_snapshot, REAL_NOW_MS, views[v]->name, i, false);
            draw(views, "view-", real_snapshot, REAL_NOW_MS, views[v]->name, i, true);
        }
    }
}

/* A Logs Insights query: what it would cost while it is typed, and its rows while it runs. */
static void
draw_query(size_t size, bool is_ascii)
{
    static const char *const steps[] = { "Q", "Enter" };
    static const char *const prefixes[] = { "query-typed", "query-runs" };
    char name[80];
    struct scene scene;

    scene_init(&scene, &(struct scene_options){ .views = views,
                                                .view = "logs",
                                                .columns = sizes[size].columns,
                                                .rows = sizes[size].rows,
                                                .is_ascii = is_ascii,
                                                .color = is_ascii ? "never" : "256",
                                                .theme = is_ascii ? "terminal" : "dark",
                                                .now_ms = REAL_NOW_MS });
    scene_give(&scene, real_snapshot());
    for (size_t i = 0; i < 2; i++) {
        scene_key(&scene, steps[i]);
        scene_show(&scene);
        scene_give(&scene, real_snapshot());
        snprintf(name, sizeof(name), "%s-%s-%s", prefixes[i], sizes[size].name,
                 is_ascii ? "ascii-mono" : "utf8-256");
        scene_golden(&scene, name);
    }
    scene_fini(&scene);
}

static void
draws_a_query_before_and_while_it_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        draw_query(i, false);
        draw_query(i, true);
    }
}

static void
draws_before_the_first_answer(void **state)
{
    (void)state;
    for (size_t v = 0; views[v] != NULL; v++)
        draw(views, "empty-", sample_snapshot, REAL_NOW_MS, views[v]->name, 0, false);
}

/* Everything that is asked for is refused: the sentence is there to be read, and no count. */
static struct snapshot *
refused_snapshot(void)
{
    struct snapshot *real = real_snapshot(), *snapshot;
    struct answer **answers = xcalloc(real->answer_count + 1, sizeof(struct answer *));

    for (size_t i = 0; i < real->answer_count; i++) {
        answers[i] = answer_new(real->answers[i]->key, real->answers[i]->kind);
        answers[i]->failure = "CloudWatch ListMetrics: cw.example answers with status 404 and a "
                              "web page: it does not know this operation, or is no AWS endpoint";
        answers[i]->retry_ms = REAL_NOW_MS + 60000;
    }
    snapshot = snapshot_new(real->source, real->environment, answers, real->answer_count);
    for (size_t i = 0; i < real->answer_count; i++)
        answer_unref(answers[i]);
    snapshot_fail(snapshot, snapshot->answers[0]->failure);
    free(answers);
    snapshot_unref(real);
    return snapshot;
}

static void
draws_why_there_is_no_answer(void **state)
{
    (void)state;
    for (size_t v = 0; views[v] != NULL; v++) {
        draw(views, "refused-", refused_snapshot, REAL_NOW_MS, views[v]->name, 0, false);
        draw(views, "refused-", refused_snapshot, REAL_NOW_MS, views[v]->name, 2, true);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_every_kind_of_panel),
        cmocka_unit_test(draws_each_view_of_the_product),
        cmocka_unit_test(draws_a_query_before_and_while_it_runs),
        cmocka_unit_test(draws_before_the_first_answer),
        cmocka_unit_test(draws_why_there_is_no_answer),
    };

    harness_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
