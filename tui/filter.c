/* filter.c - matching rows against typed words.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/filter.h"

#include "base/buf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROW_TEXT_MAX (256u << 10)

struct word {
    const char *text;
    size_t len;
};

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
contains(const char *hay, struct word needle)
{
    for (; *hay != '\0'; hay++) {
        size_t i = 0;

        while (i < needle.len && lower(hay[i]) == lower(needle.text[i]))
            i++;
        if (i == needle.len)
            return true;
    }
    return needle.len == 0;
}

int
filter_column(const struct grid *grid, const char *name, size_t len)
{
    for (size_t i = 0; i < grid->column_count; i++) {
        const char *column = grid->columns[i].name;
        size_t first = strcspn(column, " ");

        if (len == 0)
            return -1;
        if (strncasecmp(column, name, len) == 0 && (column[len] == '\0' || first == len))
            return (int)i;
    }
    return -1;
}

/* "2.5s" for a duration is 2500; without a known suffix the number is taken as it stands. */
static bool
parse_amount(double *out, struct word word, enum quantity quantity)
{
    static const struct {
        const char *suffix;
        double factor;
    } scales[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
                   { "%", 1 },  { "k", 1e3 },  { "M", 1e6 },   { "G", 1e9 },
                   { "B", 1 },  { "kB", 1e3 }, { "MB", 1e6 },  { "", 1 } };
    char text[40], *end;

    if (word.len == 0 || word.len >= sizeof(text))
        return false;
    memcpy(text, word.text, word.len);
    text[word.len] = '\0';
    *out = strtod(text, &end);
    if (end == text || !isfinite(*out))
        return false;
    if (quantity == QUANTITY_MICROUSD)
        *out *= 1e6;
    for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
        if (strcmp(end, scales[i].suffix) == 0) {
            *out *= scales[i].factor;
            return true;
        }
    }
    return false;
}

static void
print_cell(const struct pen *pen, struct buf *b, const struct cell *cell)
{
    pen_cell_print(pen, b, cell);
    buf_addc(b, ' ');
}

static bool
row_contains(const struct pen *pen, const struct grid *grid, const struct row *row,
             struct word word)
{
    struct buf text;
    bool found;

    buf_init(&text, ROW_TEXT_MAX);
    for (size_t i = 0; i < grid->column_count; i++)
        print_cell(pen, &text, &row->cells[i]);
    found = contains(text.data, word);
    buf_fini(&text);
    return found;
}

static bool
cell_contains(const struct pen *pen, const struct cell *cell, struct word word)
{
    struct buf text;
    bool found;

    buf_init(&text, ROW_TEXT_MAX);
    print_cell(pen, &text, cell);
    found = contains(text.data, word);
    buf_fini(&text);
    return found;
}

static bool
compare(double have, char sign, bool or_equal, double want)
{
    if (have == want)
        return or_equal || sign == '=';
    return (sign == '>' && have > want) || (sign == '<' && have < want);
}

/* true when the word names a column and an operator; *holds says whether the row obeys. */
static bool
column_word(bool *holds, const struct pen *pen, const struct grid *grid, const struct row *row,
            struct word word)
{
    size_t at = 0;
    struct word rest;
    const struct cell *cell;
    bool or_equal = false;
    double want;
    int column;

    while (at < word.len && strchr(":<>=", word.text[at]) == NULL)
        at++;
    if (at == 0 || at == word.len)
        return false;
    column = filter_column(grid, word.text, at);
    if (column < 0)
        return false;
    cell = &row->cells[column];
    rest = (struct word){ word.text + at + 1, word.len - at - 1 };
    if (word.text[at] == ':') {
        *holds = cell_contains(pen, cell, rest);
        return true;
    }
    if (rest.len > 0 && *rest.text == '=') {
        or_equal = true;
        rest = (struct word){ rest.text + 1, rest.len - 1 };
    }
    if (!parse_amount(&want, rest, grid->columns[column].quantity))
        return false;
    *holds = (cell->kind == CELL_NUMBER || cell->kind == CELL_DELTA || cell->kind == CELL_GAUGE) &&
             compare(cell->number, word.text[at], or_equal, want);
    return true;
}

static bool
word_holds(struct word word, const struct pen *pen, const struct grid *grid, const struct row *row)
{
    bool negated = word.len > 1 && *word.text == '!';
    bool holds;

    if (negated)
        word = (struct word){ word.text + 1, word.len - 1 };
    if (!column_word(&holds, pen, grid, row, word))
        holds = row_contains(pen, grid, row, word);
    return holds != negated;
}

bool
filter_is_pattern(const char *filter)
{
    return *filter != '\0' && strchr("{[%?\"", *filter) != NULL;
}

bool
filter_matches(const char *filter, const struct pen *pen, const struct grid *grid,
               const struct row *row)
{
    if (grid->is_tail && filter_is_pattern(filter))
        return true;
    while (*filter != '\0') {
        struct word word;

        filter += strspn(filter, " ");
        word = (struct word){ filter, strcspn(filter, " ") };
        if (word.len > 0 && !word_holds(word, pen, grid, row))
            return false;
        filter += word.len;
    }
    return true;
}
