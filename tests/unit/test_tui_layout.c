/* test_tui_layout.c - panels never overlap, never leave the screen, and leave in the right order.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct band abreast[] = {
    { .slots = { { "a", 2, false }, { "b", 1, false } }, .least = 8, .most = 12, .grow = 2 },
    { .slots = { { "c", 1, false }, { "d", 1, false }, { "e", 1, false } }, .least = 6, .grow = 1 },
    { .slots = { { "f", 1, false } }, .least = 4, .most = 6 },
    { .least = 0 },
};
static const struct band column[] = {
    { .slots = { { "a", 1, true } }, .least = 3, .most = 4, .grow = 1 },
    { .slots = { { "b", 1, false } }, .least = 6, .grow = 2 },
    { .slots = { { "c", 1, false } }, .least = 6, .grow = 1 },
    { .slots = { { "f", 1, false } }, .least = 9 },
    { .least = 0 },
};
static const struct layout layout = { abreast, column };

static const struct grid grid;
static const struct panel panels[] = {
    { .name = "a", .grid = &grid }, { .name = "b", .grid = &grid }, { .name = "c", .grid = &grid },
    { .name = "d", .grid = &grid }, { .name = "e", .grid = &grid }, { .name = "f", .grid = &grid },
};

static struct model
all_panels(void)
{
    return (struct model){ .panels = panels, .panel_count = 6 };
}

static bool
overlap(const struct area *a, const struct area *b)
{
    return a->x < b->x + b->columns && b->x < a->x + a->columns && a->y < b->y + b->rows &&
           b->y < a->y + a->rows;
}

static void
fits_every_size(void **state)
{
    struct model model = all_panels();

    (void)state;
    for (int columns = 40; columns <= 240; columns += 7) {
        for (int rows = 10; rows <= 100; rows++) {
            struct area body = { 0, 2, columns, rows - 3 };
            struct panel_place places[LAYOUT_PLACES];
            size_t count =
                layout_make(places, &layout, &model, body, layout_class(columns, rows), 0, false);

            assert_true(count > 0);
            for (size_t i = 0; i < count; i++) {
                const struct area *a = &places[i].area;

                assert_true(a->x >= 0 && a->x + a->columns <= columns);
                assert_true(a->y >= 2 && a->y + a->rows <= rows - 1);
                assert_true(a->rows >= 1 && a->columns >= 10);
                for (size_t k = 0; k < i; k++)
                    assert_false(overlap(a, &places[k].area));
            }
        }
    }
}

static void
fills_the_body(void **state)
{
    struct model model = all_panels();
    struct panel_place places[LAYOUT_PLACES];
    struct area body = { 0, 2, 120, 33 };
    size_t count = layout_make(places, &layout, &model, body, SIZE_WIDE, 0, false);

    (void)state;
    assert_int_equal(count, 6);
    assert_int_equal(places[0].area.rows, 12);
    assert_int_equal(places[0].area.columns, 80);
    assert_int_equal(places[1].area.x, 80);
    assert_true(places[1].has_left_edge);
    assert_int_equal(places[5].area.y + places[5].area.rows, 35);
}

static void
leaves_no_hole_for_absent_panels(void **state)
{
    struct model model = { .panels = panels + 2, .panel_count = 2 }; /* c and d */
    struct panel_place places[LAYOUT_PLACES];
    struct area body = { 0, 2, 120, 33 };

    (void)state;
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_WIDE, 0, false), 2);
    assert_int_equal(places[0].area.columns, 60);
    assert_int_equal(places[0].area.rows, 33);
    assert_int_equal(places[1].area.columns, 60);
}

static void
drops_bands_from_the_bottom(void **state)
{
    struct model model = all_panels();
    struct panel_place places[LAYOUT_PLACES];
    struct area body = { 0, 2, 80, 16 };
    size_t count = layout_make(places, &layout, &model, body, SIZE_COLUMN, 0, false);

    (void)state;
    assert_int_equal(count, 3); /* 3 + 6 + 6, and one row is no panel */
    assert_string_equal(panels[places[2].panel].name, "c");
    assert_true(places[0].is_summary);
}

static void
shows_the_focus_in_place_of_the_last_band(void **state)
{
    struct model model = all_panels();
    struct panel_place places[LAYOUT_PLACES];
    struct area body = { 0, 2, 80, 16 };

    (void)state;
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_COLUMN, 5, false), 3);
    assert_string_equal(panels[places[1].panel].name, "b");
    assert_string_equal(panels[places[2].panel].name, "f");
    assert_int_equal(places[2].area.rows, 6);
    /* one that this layout has no place for at all changes nothing */
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_COLUMN, 4, false), 3);
    assert_string_equal(panels[places[2].panel].name, "c");
}

static void
shows_the_focus_alone(void **state)
{
    struct model model = all_panels();
    struct panel_place places[LAYOUT_PLACES];
    struct area body = { 0, 2, 60, 13 };

    (void)state;
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_SINGLE, 4, false), 1);
    assert_int_equal(places[0].panel, 4);
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_WIDE, 3, true), 1);
    assert_int_equal(places[0].panel, 3);
    assert_int_equal(places[0].area.rows, 13);
    assert_int_equal(layout_make(places, &layout, &model, body, SIZE_TINY, 3, true), 0);
}

static void
climbs_the_ladder(void **state)
{
    (void)state;
    assert_int_equal(layout_class(120, 36), SIZE_WIDE);
    assert_int_equal(layout_class(119, 36), SIZE_MIDDLE);
    assert_int_equal(layout_class(200, 24), SIZE_COLUMN);
    assert_int_equal(layout_class(80, 23), SIZE_SINGLE);
    assert_int_equal(layout_class(59, 50), SIZE_LINES);
    assert_int_equal(layout_class(40, 10), SIZE_LINES);
    assert_int_equal(layout_class(39, 50), SIZE_TINY);
    assert_int_equal(layout_class(200, 9), SIZE_TINY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_every_size),
        cmocka_unit_test(fills_the_body),
        cmocka_unit_test(leaves_no_hole_for_absent_panels),
        cmocka_unit_test(drops_bands_from_the_bottom),
        cmocka_unit_test(shows_the_focus_in_place_of_the_last_band),
        cmocka_unit_test(shows_the_focus_alone),
        cmocka_unit_test(climbs_the_ladder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
