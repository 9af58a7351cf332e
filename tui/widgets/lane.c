/* lane.c - moments, squeezed into columns.
 * SPDX-License-Identifier: MIT
 *
 * Of several moments in one column the gravest is drawn, so that an error is never hidden by a
 * hundred good requests. Where one is stands out by reverse video: that needs no colour. */
#include "config.h"

#include "tui/widgets/lane.h"

#include "base/text.h"
#include "tui/format.h"

#define COLUMNS_MAX 512
#define LABEL_GAP   3 /* between two times of the axis */

struct column_sum {
    unsigned count;
    enum level level;
    const char *text; /* of the last */
};

static int
column_of(const struct lane *lane, int columns, int64_t time_ms)
{
    double span = (double)(lane->to_ms - lane->from_ms);
    double part = span > 0 ? (double)(time_ms - lane->from_ms) / span : 0;

    if (!(part > 0))
        return 0;
    return part >= 1 ? columns - 1 : (int)(part * columns);
}

static unsigned
sum_up(struct column_sum sums[COLUMNS_MAX], const struct lane *lane, int columns)
{
    unsigned most = 0;

    for (int i = 0; i < columns; i++)
        sums[i] = (struct column_sum){ .level = LEVEL_NONE };
    for (size_t i = 0; i < lane->count; i++) {
        const struct lane_mark *mark = &lane->marks[i];
        struct column_sum *sum = &sums[column_of(lane, columns, mark->time_ms)];

        sum->count++;
        if (mark->level > sum->level)
            sum->level = mark->level;
        if (mark->text != NULL)
            sum->text = mark->text;
        if (sum->count > most)
            most = sum->count;
    }
    return most;
}

static void
draw_mark(const struct pen *pen, int x, int y, const struct column_sum *sum, struct ink ink)
{
    if (sum->level == LEVEL_NONE) {
        pen_glyph(pen, x, y, pen->glyphs->track, ink);
        return;
    }
    ink.role = pen_level_role(sum->level);
    pen_text(pen, x, y, 1, pen->glyphs->levels[sum->level], ink);
}

static void
draw_height(const struct pen *pen, int x, int y, unsigned count, unsigned most, struct ink ink)
{
    unsigned step = most <= 1 ? 0 : (count - 1) * 7 / (most - 1);

    if (ink.role == ROLE_TEXT)
        ink.role = ROLE_GRAPH1;
    pen_glyph(pen, x, y, pen->glyphs->trend[step], ink);
}

/* "╞═/cart═══╞═/checkout══": from each change to the next, as much of its name as has room. */
static void
draw_pages(const struct pen *pen, int x, int y, int columns, const struct column_sum *sums,
           struct ink ink)
{
    int first = columns;

    for (int i = columns; i-- > 0;) {
        if (sums[i].count > 0)
            first = i;
    }
    for (int i = first; i < columns; i++) {
        int next = i + 1;

        pen_glyph(pen, x + i, y, sums[i].count > 0 ? pen->glyphs->page_turn : pen->glyphs->page,
                  (struct ink){ .role = ROLE_GRAPH1, .is_selected = ink.is_selected });
        if (sums[i].text == NULL)
            continue;
        while (next < columns && sums[next].count == 0)
            next++;
        if (next - i > 3 && text_columns(sums[i].text) > 0) {
            int used = pen_text(pen, x + i + 2, y, next - i - 3, sums[i].text, ink);

            pen_glyph(pen, x + i + 1, y, pen->glyphs->page, ink);
            i += used + 1;
        }
    }
}

static void
draw_place(const struct pen *pen, int x, int y, int columns, const struct lane *lane,
           const struct column_sum *sums)
{
    int at = column_of(lane, columns, lane->at_ms);
    struct ink ink = { .role = ROLE_ACCENT, .is_selected = true };

    if (sums[at].count == 0 && lane->style != LANE_PAGES)
        pen_glyph(pen, x + at, y, pen->glyphs->limit, (struct ink){ .role = ROLE_ACCENT });
    else
        canvas_tint(pen->canvas, x + at, y, 1, ink);
}

void
lane_draw(const struct pen *pen, int x, int y, int columns, const struct lane *lane, struct ink ink)
{
    struct column_sum sums[COLUMNS_MAX];
    unsigned most;

    if (columns > COLUMNS_MAX)
        columns = COLUMNS_MAX;
    most = sum_up(sums, lane, columns);
    if (lane->style == LANE_PAGES)
        draw_pages(pen, x, y, columns, sums, ink);
    for (int i = 0; i < columns && lane->style != LANE_PAGES; i++) {
        if (sums[i].count == 0)
            continue;
        if (lane->style == LANE_DENSITY && sums[i].level == LEVEL_NONE)
            draw_height(pen, x + i, y, sums[i].count, most, ink);
        else
            draw_mark(pen, x + i, y, &sums[i], ink);
    }
    if (lane->at_ms != 0)
        draw_place(pen, x, y, columns, lane, sums);
}

/* --- the axis --- */

/* So many seconds between two labels that they do not touch. */
static int64_t
label_step_ms(int64_t span_ms, int columns)
{
    static const int64_t steps_s[] = { 1,   2,   5,   10,   15,   20,   30,   40,    60,   120,
                                       300, 600, 900, 1200, 1800, 3600, 7200, 14400, 86400 };
    size_t last = sizeof steps_s / sizeof steps_s[0] - 1;
    int64_t least = span_ms * (5 + LABEL_GAP) / (columns > 0 ? columns : 1);

    for (size_t i = 0; i < last; i++) {
        if (steps_s[i] * 1000 >= least)
            return steps_s[i] * 1000;
    }
    return least > steps_s[last] * 1000 ? least : steps_s[last] * 1000;
}

void
lane_draw_axis(const struct pen *pen, int x, int y, int columns, const struct lane *lane)
{
    int64_t span = lane->to_ms - lane->from_ms;
    int64_t step = label_step_ms(span, columns);
    int free_from = 0;

    for (int64_t at = 0; at <= span && free_from < columns; at += step) {
        char text[FORMAT_TEXT];
        int column = column_of(lane, columns, lane->from_ms + at);

        format_offset(text, at, false);
        if (column < free_from || column + text_columns(text) > columns)
            continue;
        free_from =
            column + LABEL_GAP - 1 +
            pen_text(pen, x + column, y, columns - column, text, (struct ink){ .role = ROLE_HEAD });
    }
}
