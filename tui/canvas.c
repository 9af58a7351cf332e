/* canvas.c - the grid every widget draws on.
 * SPDX-License-Identifier: MIT
 *
 * Drawing into our own grid instead of straight into a curses window costs one comparison of some
 * hundred kilobytes a frame and buys three things: drawing is testable and printable without a
 * terminal, an unchanged frame is known before curses is called at all, and one place decides what
 * a character may be. A tile holds a character and one combining mark; text that stacks dozens of
 * marks on one letter is cut down to that. */
#include "config.h"

#include "tui/canvas.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SIDE_MAX     2000
#define ELLIPSIS     0x2026u
#define REPLACEMENT  0xfffdu
#define SCRATCH_MAX  (1u << 20)
#define BYTES_A_TILE 24 /* more than any sane text needs; bounds what is cleaned for one line */

static const struct tile blank = { .code_point = ' ', .role = ROLE_TEXT };

void
canvas_init(struct canvas *canvas, int columns, int rows)
{
    memset(canvas, 0, sizeof(*canvas));
    buf_init(&canvas->scratch, SCRATCH_MAX);
    canvas_resize(canvas, columns, rows);
}

void
canvas_fini(struct canvas *canvas)
{
    buf_fini(&canvas->scratch);
    free(canvas->tiles);
    canvas->tiles = NULL;
}

void
canvas_resize(struct canvas *canvas, int columns, int rows)
{
    canvas->columns = columns < 1 ? 1 : columns > SIDE_MAX ? SIDE_MAX : columns;
    canvas->rows = rows < 1 ? 1 : rows > SIDE_MAX ? SIDE_MAX : rows;
    free(canvas->tiles);
    canvas->tiles = xcalloc((size_t)canvas->columns * (size_t)canvas->rows, sizeof(*canvas->tiles));
    canvas_clear(canvas);
}

static size_t
tile_count(const struct canvas *canvas)
{
    return (size_t)canvas->columns * (size_t)canvas->rows;
}

void
canvas_clear(struct canvas *canvas)
{
    for (size_t i = 0; i < tile_count(canvas); i++)
        canvas->tiles[i] = blank;
}

static struct tile *
tile_at(struct canvas *canvas, int x, int y)
{
    if (x < 0 || y < 0 || x >= canvas->columns || y >= canvas->rows)
        return NULL;
    return &canvas->tiles[(size_t)y * (size_t)canvas->columns + (size_t)x];
}

/* Whatever wide character overlaps this tile loses its other half. */
static void
sever(struct canvas *canvas, int x, int y)
{
    struct tile *here = tile_at(canvas, x, y), *right = tile_at(canvas, x + 1, y), *left;

    if (here->code_point == 0) {
        left = tile_at(canvas, x - 1, y);
        if (left != NULL)
            left->code_point = ' ';
    }
    if (right != NULL && right->code_point == 0)
        right->code_point = ' ';
}

static void
put(struct canvas *canvas, int x, int y, uint32_t code_point, int columns, struct ink ink)
{
    for (int i = 0; i < columns; i++) {
        struct tile *tile = tile_at(canvas, x + i, y);

        if (tile == NULL)
            return;
        sever(canvas, x + i, y);
    }
    for (int i = 0; i < columns; i++) {
        *tile_at(canvas, x + i, y) = (struct tile){
            .code_point = i == 0 ? code_point : 0,
            .role = (uint8_t)ink.role,
            .is_selected = ink.is_selected,
            .is_bold = ink.is_bold,
        };
    }
}

static void
put_combining(struct canvas *canvas, int x, int y, uint32_t code_point)
{
    struct tile *tile = tile_at(canvas, x, y);

    if (tile != NULL && tile->code_point == 0)
        tile = tile_at(canvas, x - 1, y);
    if (tile != NULL && tile->combining == 0)
        tile->combining = code_point;
}

/* What our own words use beyond ASCII has a plain stand-in; of foreign text nobody can know. */
static uint32_t
plain(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        char instead;
    } known[] = { { 0xb7, '.' },    { 0xd7, 'x' },    { 0x2013, '-' }, { 0x2014, '-' },
                  { 0x2018, '\'' }, { 0x2019, '\'' }, { 0x2026, '~' }, { 0x2212, '-' },
                  { 0x2192, '>' },  { 0x2264, '<' },  { 0x2265, '>' } };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].cp == cp)
            return (uint32_t)known[i].instead;
    }
    return '?';
}

/* Draws clean text; stops before a character that would pass `columns`. Returns columns used and
 * leaves *rest at what was not drawn. */
static int
draw_clean(struct canvas *canvas, int x, int y, int columns, const char *text, struct ink ink,
           const char **rest)
{
    int used = 0;

    for (;;) {
        const char *next = text;
        uint32_t cp = text_next(&next);
        int w;

        if (cp == 0)
            break;
        if (canvas->is_ascii && cp > '~')
            cp = plain(cp);
        if (cp > '~' && wcwidth((wchar_t)cp) < 0)
            cp = REPLACEMENT; /* not known to the C library, so its width is anybody's guess */
        w = text_columns_of(cp);
        if (used + w > columns)
            break;
        if (w == 0 && used > 0)
            put_combining(canvas, x + used - 1, y, cp);
        if (w > 0)
            put(canvas, x + used, y, cp, w, ink);
        used += w;
        text = next;
    }
    *rest = text;
    return used;
}

static const char *
cleaned(struct canvas *canvas, int columns, const char *text, size_t len)
{
    size_t most = (size_t)columns * BYTES_A_TILE + BYTES_A_TILE;

    buf_clear(&canvas->scratch);
    text_clean(&canvas->scratch, text, len < most ? len : most);
    return canvas->scratch.data;
}

int
canvas_text(struct canvas *canvas, int x, int y, int columns, const char *text, struct ink ink)
{
    const char *clean, *rest;
    int used;

    if (columns <= 0 || text == NULL)
        return 0;
    clean = cleaned(canvas, columns, text,
                    strnlen(text, (size_t)columns * BYTES_A_TILE + BYTES_A_TILE));
    used = draw_clean(canvas, x, y, columns, clean, ink, &rest);
    if (*rest == '\0')
        return used;
    /* Cut: draw it again one column shorter and end it with an ellipsis. */
    used = draw_clean(canvas, x, y, columns - 1, clean, ink, &rest);
    put(canvas, x + used, y, canvas->is_ascii ? '~' : ELLIPSIS, 1, ink);
    if (used + 1 < columns)
        put(canvas, x + used + 1, y, ' ', 1, ink);
    return used + 1;
}

int
canvas_bytes(struct canvas *canvas, int x, int y, int columns, const char *text, size_t len,
             struct ink ink)
{
    const char *rest;

    if (columns <= 0)
        return 0;
    return draw_clean(canvas, x, y, columns, cleaned(canvas, columns, text, len), ink, &rest);
}

void
canvas_fill(struct canvas *canvas, struct area area, uint32_t code_point, struct ink ink)
{
    for (int y = area.y; y < area.y + area.rows; y++) {
        for (int x = area.x; x < area.x + area.columns; x++)
            put(canvas, x, y, code_point, 1, ink);
    }
}

void
canvas_tint(struct canvas *canvas, int x, int y, int columns, struct ink ink)
{
    for (int i = 0; i < columns; i++) {
        struct tile *tile = tile_at(canvas, x + i, y);

        if (tile == NULL)
            continue;
        tile->role = (uint8_t)ink.role;
        tile->is_selected = ink.is_selected;
        tile->is_bold = ink.is_bold;
    }
}

void
canvas_print_code_point(struct buf *b, uint32_t cp)
{
    if (cp < 0x80) {
        buf_addc(b, (char)cp);
    } else if (cp < 0x800) {
        buf_addc(b, (char)(0xc0 | cp >> 6));
        buf_addc(b, (char)(0x80 | (cp & 0x3f)));
    } else if (cp < 0x10000) {
        buf_addc(b, (char)(0xe0 | cp >> 12));
        buf_addc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
        buf_addc(b, (char)(0x80 | (cp & 0x3f)));
    } else {
        buf_addc(b, (char)(0xf0 | cp >> 18));
        buf_addc(b, (char)(0x80 | (cp >> 12 & 0x3f)));
        buf_addc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
        buf_addc(b, (char)(0x80 | (cp & 0x3f)));
    }
}

static void
print_row(const struct canvas *canvas, int y, struct buf *b)
{
    const struct tile *row = &canvas->tiles[(size_t)y * (size_t)canvas->columns];
    size_t end = b->len;

    for (int x = 0; x < canvas->columns; x++) {
        if (row[x].code_point == 0)
            continue;
        canvas_print_code_point(b, row[x].code_point);
        if (row[x].combining != 0)
            canvas_print_code_point(b, row[x].combining);
        if (row[x].code_point != ' ')
            end = b->len;
    }
    b->len = end; /* without the blanks at its end */
    b->data[end] = '\0';
    buf_addc(b, '\n');
}

void
canvas_print(const struct canvas *canvas, struct buf *b)
{
    for (int y = 0; y < canvas->rows; y++)
        print_row(canvas, y, b);
}
