/* bars.c - a line's worth of drawing.
 * SPDX-License-Identifier: MIT
 *
 * A trend shows shape, not size: durations and scores run from their least to their greatest value,
 * counts from zero, because half as many should look like half as many. What is not over yet is
 * drawn faint, and in ASCII as one sign without a height: it says less than it will. */
#include "config.h"

#include "tui/widgets/bars.h"

#include <math.h>

#define TREND_MAX 512

void
bars_resample(const struct series *series, double *out, int columns)
{
    for (int i = 0; i < columns; i++) {
        size_t from = series->count * (size_t)i / (size_t)columns;
        size_t to = series->count * (size_t)(i + 1) / (size_t)columns;

        out[i] = (double)NAN;
        for (size_t k = from; k < to || k == from; k++) {
            if (k < series->count && !isnan(series->values[k]))
                out[i] = series->keeps_lows /* NaN gives way */
                             ? fmin(out[i], series->values[k])
                             : fmax(out[i], series->values[k]);
        }
    }
}

bool
bars_is_open(const struct series *series, int i, int columns)
{
    size_t from = series->count * (size_t)i / (size_t)columns;
    size_t to = series->count * (size_t)(i + 1) / (size_t)columns;
    size_t last = to > from ? to - 1 : from;

    return series->open > 0 && last + series->open >= series->count;
}

static bool
starts_at_zero(enum quantity quantity)
{
    return quantity == QUANTITY_COUNT || quantity == QUANTITY_PERCENT ||
           quantity == QUANTITY_BYTES || quantity == QUANTITY_MICROUSD;
}

static void
range_of(const double *values, int count, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
}

static int
trend_height(double value, double low, double high)
{
    if (high <= low)
        return value > 0 ? 3 : 0; /* flat: a line in the middle, nothing at zero */
    return (int)lround((value - low) / (high - low) * 7);
}

void
bars_trend(const struct pen *pen, int x, int y, int columns, const struct series *series,
           struct ink ink)
{
    double values[TREND_MAX], low, high;

    if (columns <= 0 || series->count == 0)
        return;
    if (columns > TREND_MAX)
        columns = TREND_MAX;
    bars_resample(series, values, columns);
    range_of(values, columns, &low, &high);
    if (starts_at_zero(series->quantity) && low > 0)
        low = 0;
    for (int i = 0; i < columns; i++) {
        bool is_open = bars_is_open(series, i, columns);
        uint32_t glyph = pen->glyphs->open;

        if (isnan(values[i]))
            continue;
        ink.role = is_open ? ROLE_DIM : ROLE_GRAPH1;
        if (!is_open || !pen->glyphs->is_ascii)
            glyph = pen->glyphs->trend[trend_height(values[i], low, high)];
        pen_glyph(pen, x + i, y, glyph, ink);
    }
}

static int
part_of(double value, double full, int columns)
{
    double part = full > 0 ? value / full : 0;

    if (!(part > 0))
        return 0;
    return part >= 1 ? columns : (int)lround(part * columns);
}

void
bars_gauge(const struct pen *pen, int x, int y, int columns, double value, double full,
           double limit, struct ink ink)
{
    int filled = part_of(value, full, columns);
    int mark = isnan(limit) ? -1 : part_of(limit, full, columns);

    for (int i = 0; i < columns; i++) {
        struct ink here = ink;

        if (i == mark) {
            here.role = ROLE_MARK;
            pen_glyph(pen, x + i, y, pen->glyphs->limit, here);
            continue;
        }
        if (i >= filled)
            here.role = ROLE_DIM;
        pen_glyph(pen, x + i, y, i < filled ? pen->glyphs->full : pen->glyphs->track, here);
    }
}

void
bars_shares(const struct pen *pen, int x, int y, int columns, const double shares[3],
            bool is_selected)
{
    const uint32_t textures[3] = { pen->glyphs->full, pen->glyphs->half, pen->glyphs->light };
    static const enum role roles[3] = { ROLE_OK, ROLE_WARN, ROLE_BAD };
    double total = shares[0] + shares[1] + shares[2], until = 0;
    int at = 0;

    for (int i = 0; i < 3; i++) {
        int end;

        until += shares[i];
        end = part_of(until, total, columns);
        for (; at < end; at++)
            pen_glyph(pen, x + at, y, textures[i],
                      (struct ink){ .role = roles[i], .is_selected = is_selected });
    }
}
