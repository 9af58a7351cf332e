/* spread.c - distribution bars.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/widgets/spread.h"

#include "base/text.h"
#include "tui/format.h"

#include <math.h>
#include <stdio.h>

#define LABEL_MAX   (2 * FORMAT_TEXT)
#define COUNT_WIDTH 8

static void
print_label(char label[LABEL_MAX], const struct glyphs *glyphs, const struct bin *bin,
            enum quantity quantity)
{
    char from[FORMAT_TEXT], to[FORMAT_TEXT];

    format_quantity(from, bin->from, quantity);
    if (isinf(bin->to)) {
        snprintf(label, LABEL_MAX, "%s+", from);
        return;
    }
    format_quantity(to, bin->to, quantity);
    snprintf(label, LABEL_MAX, "%s%s%s", from, glyphs->dash, to);
}

static uint32_t
texture(const struct glyphs *glyphs, enum level level)
{
    if (level == LEVEL_WARN)
        return glyphs->half;
    return level == LEVEL_BAD ? glyphs->light : glyphs->full;
}

static void
draw_bin(const struct pen *pen, struct area area, const struct bin *bin, double most,
         const char *label, int label_columns)
{
    int x = area.x + label_columns + 1;
    int room = area.columns - label_columns - 3 - COUNT_WIDTH;
    int length = most > 0 && room > 0 ? (int)lround(bin->count / most * room) : 0;
    struct ink ink = { .role = pen_level_role(bin->level) };
    char count[FORMAT_TEXT];

    pen_text(pen, area.x + label_columns - text_columns(label), area.y, label_columns, label,
             (struct ink){ .role = ROLE_TEXT });
    pen_glyph(pen, x, area.y, pen->glyphs->bar_left, (struct ink){ .role = ROLE_DIM });
    for (int i = 0; i < length; i++)
        pen_glyph(pen, x + 1 + i, area.y, texture(pen->glyphs, bin->level), ink);
    pen_glyph(pen, x + 1 + length, area.y, pen->glyphs->bar_right,
              (struct ink){ .role = ROLE_DIM });
    format_quantity(count, bin->count, QUANTITY_COUNT);
    pen_text(pen, area.x + area.columns - text_columns(count), area.y, COUNT_WIDTH, count,
             (struct ink){ .role = ROLE_TEXT });
}

int
spread_draw(const struct pen *pen, struct area area, const struct spread *spread)
{
    char label[LABEL_MAX];
    double most = 0;
    int widest = 0, y = 0;

    for (size_t i = 0; i < spread->bin_count; i++) {
        print_label(label, pen->glyphs, &spread->bins[i], spread->quantity);
        most = fmax(most, spread->bins[i].count);
        if (text_columns(label) > widest)
            widest = text_columns(label);
    }
    for (size_t i = 0; i < spread->bin_count && y < area.rows; i++, y++) {
        print_label(label, pen->glyphs, &spread->bins[i], spread->quantity);
        draw_bin(pen, (struct area){ area.x, area.y + y, area.columns, 1 }, &spread->bins[i], most,
                 label, widest);
    }
    return y;
}
