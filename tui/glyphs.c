/* glyphs.c - two sets of characters, and which graph is drawn with what.
 * SPDX-License-Identifier: MIT
 *
 * Only characters of one column everywhere: no emoji, nothing from private use, nothing whose width
 * terminals disagree on. */
#include "config.h"

#include "tui/glyphs.h"

#include <string.h>

static const uint32_t unicode_trend[8] = { 0x2581, 0x2582, 0x2583, 0x2584,
                                           0x2585, 0x2586, 0x2587, 0x2588 };
static const uint32_t ascii_trend[8] = { '.', ':', '-', '=', '+', '*', '%', '#' };

static const struct glyphs unicode = {
    .across = 0x2500,
    .down = 0x2502,
    .tee = 0x252c,
    .cursor = 0x25b8,
    .fresh = '+',
    .sorted_up = 0x25b4,
    .sorted_down = 0x25be,
    .full = 0x2588,
    .half = 0x2592,
    .light = 0x2591,
    .track = 0xb7,
    .limit = 0x250a,
    .limit_line = 0x2508,
    .event_line = 0x254e,
    .bar_left = 0x2595,
    .bar_right = 0x258f,
    .page = 0x2550,
    .page_turn = 0x255e,
    .open = 0x2026,
    .trend = unicode_trend,
    .levels = { "", "○", "●", "▲", "■" },
    .crumb = " › ",
    .dash = "–",
    .at_most = "≤",
    .at_least = "≥",
    .infinity = "∞",
};

static const struct glyphs ascii = {
    .is_ascii = true,
    .graph = GRAPH_ASCII,
    .across = '-',
    .down = '|',
    .tee = '-',
    .cursor = '>',
    .fresh = '+',
    .sorted_up = '^',
    .sorted_down = 'v',
    .full = '#',
    .half = '=',
    .light = '.',
    .track = '.',
    .limit = '|',
    .limit_line = '-',
    .event_line = ':',
    .bar_left = '[',
    .bar_right = ']',
    .page = '=',
    .page_turn = '|',
    .open = '~',
    .trend = ascii_trend,
    .levels = { "", "-", ".", "!", "#" },
    .crumb = " > ",
    .dash = "-",
    .at_most = "<=",
    .at_least = ">=",
    .infinity = "inf",
};

struct glyphs
glyphs_for(bool is_ascii, enum graph_style graph)
{
    struct glyphs glyphs = is_ascii ? ascii : unicode;

    if (!is_ascii)
        glyphs.graph = graph;
    return glyphs;
}

bool
graph_style_parse(enum graph_style *out, const char *name)
{
    static const char *const names[] = { "braille", "block", "ascii" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum graph_style)i;
            return true;
        }
    }
    return false;
}
