/* layout.c - bands of panels, fitted.
 * SPDX-License-Identifier: MIT
 *
 * Rows are dealt out in two passes: each band its least, then what is left by `grow` up to `most`.
 * When even the least does not fit, bands leave from the bottom: what stands at the top of a view
 * is what matters most in it. */
#include "config.h"

#include "tui/layout.h"

#include <string.h>

#define BANDS_MAX 12

enum size_class
layout_class(int columns, int rows)
{
    if (columns >= 120 && rows >= 36)
        return SIZE_WIDE;
    if (columns >= 100 && rows >= 28)
        return SIZE_MIDDLE;
    if (columns >= 80 && rows >= 24)
        return SIZE_COLUMN;
    if (columns >= 60 && rows >= 16)
        return SIZE_SINGLE;
    if (columns >= LAYOUT_COLUMNS_LEAST && rows >= LAYOUT_ROWS_LEAST)
        return SIZE_LINES;
    return SIZE_TINY;
}

static size_t
panel_index(const struct model *model, const char *name)
{
    for (size_t i = 0; name != NULL && i < model->panel_count; i++) {
        if (strcmp(model->panels[i].name, name) == 0)
            return i;
    }
    return model->panel_count;
}

static int
band_weight(const struct band *band, const struct model *model)
{
    int weight = 0;

    for (size_t i = 0; i < BAND_SLOTS; i++) {
        if (panel_index(model, band->slots[i].panel) < model->panel_count)
            weight += band->slots[i].weight;
    }
    return weight;
}

/* Gives the rows left over to those that want more; true when somebody took one. */
static bool
deal_row(const struct band *const bands[], int rows[], size_t count, int *left, int turn)
{
    bool dealt = false;

    for (size_t i = 0; i<count && * left> 0; i++) {
        if (bands[i]->grow <= turn % 4 || (bands[i]->most > 0 && rows[i] >= bands[i]->most))
            continue;
        rows[i]++;
        (*left)--;
        dealt = true;
    }
    return dealt;
}

static size_t
fit_rows(const struct band *const bands[], int rows[], size_t count, int total)
{
    int left = total, idle = 0;

    for (size_t i = 0; i < count; i++) {
        rows[i] = bands[i]->least;
        left -= rows[i];
    }
    while (count > 1 && left < 0) {
        left += rows[--count];
        if (left >= 3) { /* a small one is better than none */
            rows[count++] = left;
            left = 0;
        }
    }
    if (count > 0 && left < 0)
        rows[0] = total;
    for (int turn = 0; left > 0 && idle < 4; turn++)
        idle = deal_row(bands, rows, count, &left, turn) ? 0 : idle + 1;
    if (count > 0 && left > 0)
        rows[count - 1] += left;
    return count;
}

static size_t
place_band(struct panel_place *places, size_t at, const struct band *band,
           const struct model *model, struct area area)
{
    int weight = band_weight(band, model), passed = 0;

    for (size_t i = 0; i < BAND_SLOTS && at < LAYOUT_PLACES; i++) {
        size_t panel = panel_index(model, band->slots[i].panel);
        int from, to;

        if (panel == model->panel_count)
            continue;
        from = area.columns * passed / weight;
        passed += band->slots[i].weight;
        to = area.columns * passed / weight;
        places[at++] = (struct panel_place){
            .panel = panel,
            .area = { area.x + from, area.y, to - from, area.rows },
            .has_left_edge = from > 0,
            .is_summary = band->slots[i].is_summary,
        };
    }
    return at;
}

static bool
band_has(const struct band *band, const char *panel)
{
    for (size_t i = 0; i < BAND_SLOTS; i++) {
        if (band->slots[i].panel != NULL && strcmp(band->slots[i].panel, panel) == 0)
            return true;
    }
    return false;
}

/* Keys must not go to a panel that nobody sees: when its band found no room it stands in for the
 * last one that did. */
static void
show_focus(const struct band *bands[], size_t count, size_t all, const char *focus)
{
    for (size_t i = count; i < all && count > 0; i++) {
        if (band_has(bands[i], focus))
            bands[count - 1] = bands[i];
    }
}

static size_t
place_bands(struct panel_place *places, const struct band *band, const struct model *model,
            struct area body, const char *focus)
{
    const struct band *bands[BANDS_MAX];
    int rows[BANDS_MAX], y = body.y;
    size_t count = 0, placed = 0, all;

    for (; band->least > 0 && count < BANDS_MAX; band++) {
        if (band_weight(band, model) > 0)
            bands[count++] = band;
    }
    all = count;
    count = fit_rows(bands, rows, all, body.rows);
    show_focus(bands, count, all, focus);
    for (size_t i = 0; i < count; i++) {
        placed = place_band(places, placed, bands[i], model,
                            (struct area){ body.x, y, body.columns, rows[i] });
        y += rows[i];
    }
    return placed;
}

/* A chart or a passage says nothing in one line. */
static bool
fits_a_line(const struct panel *panel)
{
    return panel->grid != NULL || panel->fact_count > 0 || panel->failure != NULL;
}

static size_t
place_lines(struct panel_place *places, const struct model *model, struct area body)
{
    size_t count = 0;
    int y = body.y, end = body.y + body.rows;

    for (size_t i = 0; i < model->panel_count && count < LAYOUT_PLACES; i++) {
        if (fits_a_line(&model->panels[i]))
            places[count++] =
                (struct panel_place){ .panel = i, .is_line = true, .is_summary = true };
    }
    for (size_t i = 0; i < count; i++) {
        int rows = (end - y) / (int)(count - i);

        if (y >= end)
            return i;
        if (rows < 1)
            rows = 1;
        places[i].area = (struct area){ body.x, y, body.columns, rows };
        y += rows;
    }
    return count;
}

size_t
layout_make(struct panel_place places[LAYOUT_PLACES], const struct layout *layout,
            const struct model *model, struct area body, enum size_class size, size_t focus,
            bool is_zoomed)
{
    if (model->panel_count == 0 || size == SIZE_TINY)
        return 0;
    if (focus >= model->panel_count)
        focus = 0;
    if (size == SIZE_LINES && !is_zoomed)
        return place_lines(places, model, body);
    if (is_zoomed || size <= SIZE_SINGLE) {
        places[0] = (struct panel_place){ .panel = focus, .area = body };
        return 1;
    }
    return place_bands(places, size == SIZE_COLUMN ? layout->column : layout->abreast, model, body,
                       model->panels[focus].name);
}
