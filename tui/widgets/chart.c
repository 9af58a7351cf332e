/* chart.c - plotting into dots.
 * SPDX-License-Identifier: MIT
 *
 * All three styles share one bitmap: braille has 2 x 4 dots a character, half blocks 1 x 2, ASCII
 * 1 x 1. The scale runs from zero (durations and counts mean nothing without it) to a little above
 * the greatest value or limit, whichever is greater, so a limit is always in the picture. */
#include "config.h"

#include "tui/widgets/chart.h"

#include "base/mem.h"
#include "base/text.h"
#include "tui/format.h"
#include "tui/widgets/bars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plot {
    struct area area;
    int dots_x, dots_y; /* dots in a character */
    int width, height;  /* in dots */
    uint8_t *dots;      /* 0, or 1 + number of the series */
    int closed;         /* columns before the first with a step that is not over yet */
    double top;
};

static void
dots_of(const struct glyphs *glyphs, int *x, int *y)
{
    *x = glyphs->graph == GRAPH_BRAILLE ? 2 : 1;
    *y = glyphs->graph == GRAPH_BRAILLE ? 4 : glyphs->graph == GRAPH_BLOCK ? 2 : 1;
}

static double
scale_top(const struct chart *chart)
{
    double top = 0;

    for (size_t i = 0; i < chart->series_count; i++) {
        for (size_t k = 0; k < chart->series[i].count; k++) {
            if (!isnan(chart->series[i].values[k]))
                top = fmax(top, chart->series[i].values[k]);
        }
    }
    for (size_t i = 0; i < chart->limit_count; i++)
        top = fmax(top, chart->limits[i].value);
    return top > 0 ? top * 1.05 : 1;
}

static int
dot_row(const struct plot *plot, double value)
{
    int up = (int)lround(value / plot->top * (plot->height - 1));

    if (up < 0)
        up = 0;
    if (up >= plot->height)
        up = plot->height - 1;
    return plot->height - 1 - up;
}

static void
plot_series(struct plot *plot, const struct series *series, uint8_t number, bool is_filled)
{
    double *values;
    int before = -1;

    if (series->count == 0)
        return;
    values = xcalloc((size_t)plot->width, sizeof(*values));
    bars_resample(series, values, plot->width);
    for (int x = 0; x < plot->width; x++) {
        int y, until;

        if (isnan(values[x])) {
            before = -1;
            continue;
        }
        y = dot_row(plot, values[x]);
        until = is_filled ? plot->height - 1 : before < 0 ? y : before;
        for (int at = y < until ? y : until; at <= (y > until ? y : until); at++)
            plot->dots[at * plot->width + x] = number;
        before = y;
    }
    free(values);
}

static uint32_t
braille(const struct plot *plot, int cx, int cy, uint8_t *number)
{
    static const uint8_t bits[4][2] = {
        { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
    };
    uint32_t pattern = 0;

    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 2; x++) {
            uint8_t dot = plot->dots[(cy * 4 + y) * plot->width + cx * 2 + x];

            if (dot != 0) {
                pattern |= bits[y][x];
                *number = dot;
            }
        }
    }
    return pattern != 0 ? 0x2800 + pattern : 0;
}

static uint32_t
half_block(const struct plot *plot, int cx, int cy, uint8_t *number)
{
    uint8_t upper = plot->dots[cy * 2 * plot->width + cx];
    uint8_t lower = plot->dots[(cy * 2 + 1) * plot->width + cx];

    *number = upper != 0 ? upper : lower;
    if (upper != 0 && lower != 0)
        return 0x2588;
    return upper != 0 ? 0x2580 : lower != 0 ? 0x2584 : 0;
}

static uint32_t
star(const struct plot *plot, const struct glyphs *glyphs, int cx, int cy, uint8_t *number)
{
    *number = plot->dots[cy * plot->width + cx];
    if (*number == 0)
        return 0;
    return cx < plot->closed || !glyphs->is_ascii ? '*' : glyphs->open;
}

static void
draw_dots(const struct pen *pen, const struct plot *plot)
{
    for (int cy = 0; cy < plot->area.rows; cy++) {
        for (int cx = 0; cx < plot->area.columns; cx++) {
            struct ink ink = { .role = ROLE_DIM };
            uint8_t number = 0;
            uint32_t glyph;

            if (pen->glyphs->graph == GRAPH_BRAILLE)
                glyph = braille(plot, cx, cy, &number);
            else if (pen->glyphs->graph == GRAPH_BLOCK)
                glyph = half_block(plot, cx, cy, &number);
            else
                glyph = star(plot, pen->glyphs, cx, cy, &number);
            if (cx < plot->closed)
                ink.role = ROLE_GRAPH1 + (enum role)((number - 1) % 4);
            if (glyph != 0)
                pen_glyph(pen, plot->area.x + cx, plot->area.y + cy, glyph, ink);
        }
    }
}

static void
draw_limits(const struct pen *pen, const struct plot *plot, const struct chart *chart)
{
    for (size_t i = 0; i < chart->limit_count; i++) {
        int y = plot->area.y + dot_row(plot, chart->limits[i].value) / plot->dots_y;

        for (int x = 0; x < plot->area.columns; x++)
            pen_glyph(pen, plot->area.x + x, y, pen->glyphs->limit_line,
                      (struct ink){ .role = pen_level_role(chart->limits[i].level) });
    }
}

static void
draw_marks(const struct pen *pen, const struct plot *plot, const struct chart *chart,
           int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < chart->mark_count; i++) {
        int64_t at = chart->marks[i].time_ms;
        int x;

        if (at < from_ms || at >= to_ms)
            continue;
        x = (int)((at - from_ms) * plot->area.columns / (to_ms - from_ms));
        for (int y = 0; y < plot->area.rows; y++)
            pen_glyph(pen, plot->area.x + x, plot->area.y + y, pen->glyphs->event_line,
                      (struct ink){ .role = ROLE_MARK });
    }
}

/* Times at the ends and, when there is room, in the middle. */
static void
draw_times(const struct pen *pen, struct area area, int64_t from_ms, int64_t to_ms, bool is_open)
{
    struct ink ink = { .role = ROLE_DIM };
    char text[FORMAT_TEXT];

    format_minute(text, from_ms);
    pen_text(pen, area.x, area.y, area.columns, text, ink);
    if (area.columns >= 12) {
        format_minute(text, to_ms);
        pen_text(pen, area.x + area.columns - 5, area.y, 5, text, ink);
        if (is_open)
            pen_glyph(pen, area.x + area.columns - 6, area.y, pen->glyphs->open, ink);
    }
    if (area.columns >= 30) {
        format_minute(text, from_ms + (to_ms - from_ms) / 2);
        pen_text(pen, area.x + area.columns / 2 - 2, area.y, 5, text, ink);
    }
}

static int
closed_columns(const struct chart *chart, int columns)
{
    int closed = columns;

    for (size_t i = 0; i < chart->series_count; i++) {
        while (closed > 0 && bars_is_open(&chart->series[i], closed - 1, columns))
            closed--;
    }
    return closed;
}

static int
draw_scale(const struct pen *pen, struct area area, const struct plot *plot,
           const struct chart *chart)
{
    struct ink ink = { .role = ROLE_DIM };
    char text[FORMAT_TEXT];
    int widest;

    format_quantity(text, plot->top / 1.05, chart->quantity);
    widest = text_columns(text);
    if (widest + 1 >= area.columns / 2)
        return 0;
    pen_text(pen, area.x, area.y, widest, text, ink);
    pen_text(pen, area.x + widest - 1, area.y + area.rows - 1, 1, "0", ink);
    return widest + 1;
}

void
chart_draw(const struct pen *pen, struct area area, const struct chart *chart, int64_t from_ms,
           int64_t to_ms)
{
    struct plot plot = { .area = area, .top = scale_top(chart) };

    if (area.rows < 1 || area.columns < 4 || to_ms <= from_ms)
        return;
    if (area.rows >= 5)
        plot.area.rows--;
    if (area.rows >= 3) {
        int used = draw_scale(pen, plot.area, &plot, chart);

        plot.area.x += used;
        plot.area.columns -= used;
    }
    plot.closed = closed_columns(chart, plot.area.columns);
    if (area.rows >= 5)
        draw_times(pen, (struct area){ plot.area.x, area.y + area.rows - 1, plot.area.columns, 1 },
                   from_ms, to_ms, plot.closed < plot.area.columns);
    dots_of(pen->glyphs, &plot.dots_x, &plot.dots_y);
    plot.width = plot.area.columns * plot.dots_x;
    plot.height = plot.area.rows * plot.dots_y;
    plot.dots = xcalloc((size_t)plot.width, (size_t)plot.height);
    for (size_t i = 0; i < chart->series_count; i++)
        plot_series(&plot, &chart->series[i], (uint8_t)(i + 1), chart->series_count == 1);
    draw_limits(pen, &plot, chart);
    draw_dots(pen, &plot);
    draw_marks(pen, &plot, chart, from_ms, to_ms);
    free(plot.dots);
}
