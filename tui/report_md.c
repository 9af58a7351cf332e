/* report_md.c - a model as Markdown, for pull requests, tickets and minutes of a meeting.
 * SPDX-License-Identifier: MIT
 *
 * Tables are those of GitHub Flavored Markdown. Trends have no place in it and are left out. Text
 * from outside is escaped, so that it cannot become a link, an image or HTML. */
#include "config.h"

#include "tui/report_own.h"

#include "base/iso8601.h"
#include "base/text.h"
#include "tui/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX (64u << 10)

/* What stands for itself nowhere in a line of Markdown, or might not. */
static void
add_escaped(struct buf *b, const char *text)
{
    struct buf clean;

    buf_init(&clean, CELL_MAX);
    text_clean(&clean, text, strnlen(text, CELL_MAX / 4));
    for (const char *c = clean.data; c != NULL && *c != '\0'; c++) {
        if (strchr("\\`*_{}[]<>#|!~&", *c) != NULL)
            buf_addc(b, '\\');
        buf_addc(b, *c);
    }
    buf_fini(&clean);
}

static void
add_number(struct buf *b, const struct cell *cell, enum quantity quantity)
{
    char text[FORMAT_TEXT], full[FORMAT_TEXT];

    if (cell->kind == CELL_DELTA)
        format_delta(text, cell->number, quantity);
    else
        format_quantity(text, cell->number, quantity);
    add_escaped(b, text);
    if (cell->kind != CELL_GAUGE)
        return;
    format_quantity(full, cell->full, quantity);
    buf_adds(b, " of ");
    add_escaped(b, full);
}

/* A judgement is a word: Markdown has no colours. */
static void
add_cell(struct buf *b, const struct cell *cell)
{
    char time[ISO8601_TEXT];

    switch (cell->kind) {
    case CELL_TEXT:
        add_escaped(b, cell->text);
        break;
    case CELL_NUMBER:
    case CELL_DELTA:
    case CELL_GAUGE:
        add_number(b, cell, cell->quantity);
        break;
    case CELL_TIME:
        if (cell->time_ms == 0)
            return;
        iso8601_format_s(cell->time_ms, time);
        buf_adds(b, cell->is_latest ? "≤ " : "");
        buf_adds(b, time);
        break;
    case CELL_SHARES:
        buf_addf(b, "%.0f good, %.0f fair, %.0f poor", cell->shares[0], cell->shares[1],
                 cell->shares[2]);
        break;
    case CELL_LANE:
    case CELL_TREND:
    case CELL_EMPTY:
        break;
    }
    if (cell->level >= LEVEL_WARN && cell->kind != CELL_EMPTY)
        buf_addf(b, " (%s)", level_name(cell->level));
}

static bool
is_shown(const struct column *column)
{
    return column->kind != CELL_TREND && column->kind != CELL_LANE;
}

static bool
is_number(const struct column *column)
{
    return column->kind == CELL_NUMBER || column->kind == CELL_DELTA || column->kind == CELL_GAUGE;
}

static void
add_head(struct buf *b, const struct grid *grid)
{
    for (size_t i = 0; i < grid->column_count; i++) {
        if (!is_shown(&grid->columns[i]))
            continue;
        buf_adds(b, "| ");
        add_escaped(b, grid->columns[i].name);
        buf_addc(b, ' ');
    }
    buf_adds(b, "|\n");
    for (size_t i = 0; i < grid->column_count; i++) {
        if (is_shown(&grid->columns[i]))
            buf_adds(b, is_number(&grid->columns[i]) ? "| ---: " : "| --- ");
    }
    buf_adds(b, "|\n");
}

/* `is_known`: an answer came, so that no rows mean something. */
static void
add_grid(struct buf *b, const struct grid *grid, bool is_known)
{
    if (grid->row_count == 0) {
        if (grid->empty != NULL && is_known) {
            add_escaped(b, grid->empty);
            buf_addc(b, '\n');
        }
        return;
    }
    add_head(b, grid);
    for (size_t r = 0; r < grid->row_count; r++) {
        for (size_t i = 0; i < grid->column_count; i++) {
            if (!is_shown(&grid->columns[i]))
                continue;
            buf_adds(b, "| ");
            add_cell(b, &grid->rows[r].cells[i]);
            buf_addc(b, ' ');
        }
        buf_adds(b, "|\n");
    }
}

static void
add_spread(struct buf *b, const struct spread *spread)
{
    char text[FORMAT_TEXT];

    buf_adds(b, "| from | to | count |\n| ---: | ---: | ---: |\n");
    for (size_t i = 0; i < spread->bin_count; i++) {
        const struct bin *bin = &spread->bins[i];

        format_quantity(text, bin->from, spread->quantity);
        buf_addf(b, "| %s | ", text);
        format_quantity(text, isfinite(bin->to) ? bin->to : (double)NAN, spread->quantity);
        buf_addf(b, "%s | %.0f |\n", text, bin->count);
    }
}

/* A text keeps its lines; a fence longer than any it holds keeps it a text. */
static void
add_passage(struct buf *b, const struct passage *passage)
{
    size_t longest = 2, run = 0;

    for (size_t i = 0; i < passage->len; i++) {
        run = passage->text[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        buf_addc(b, '`');
    buf_addc(b, '\n');
    for (const char *at = passage->text, *end = at + passage->len; at < end;) {
        size_t line = strcspn(at, "\n");

        line = line < (size_t)(end - at) ? line : (size_t)(end - at);
        text_clean(b, at, line);
        buf_addc(b, '\n');
        at += line + 1;
    }
    for (size_t i = 0; i <= longest; i++)
        buf_addc(b, '`');
    buf_addc(b, '\n');
}

static void
add_panel(struct buf *b, const struct panel *panel)
{
    buf_adds(b, "\n## ");
    add_escaped(b, panel->title);
    buf_adds(b, "\n\n");
    if (panel->note != NULL && *panel->note != '\0' && !panel_is_unknown(panel)) {
        add_escaped(b, panel->note);
        buf_adds(b, "\n\n");
    }
    if (panel->failure != NULL) {
        buf_adds(b, "> ");
        add_escaped(b, panel->failure);
        buf_adds(b, "\n\n");
    }
    for (size_t i = 0; i < panel->fact_count; i++) {
        buf_adds(b, "- ");
        add_escaped(b, panel->facts[i].name);
        buf_adds(b, ": ");
        add_cell(b, &panel->facts[i].value);
        buf_addc(b, '\n');
    }
    if (panel->grid != NULL) {
        if (panel->fact_count > 0)
            buf_addc(b, '\n');
        add_grid(b, panel->grid, panel->failure == NULL);
    }
    if (panel->spread != NULL)
        add_spread(b, panel->spread);
    for (size_t i = 0; i < panel->passage_count; i++)
        add_passage(b, &panel->passages[i]);
}

void
report_print_md(struct buf *out, const struct view *view, const struct model *model)
{
    buf_adds(out, "# ");
    add_escaped(out, view->title);
    buf_addc(out, '\n');
    for (size_t i = 0; i < model->panel_count; i++)
        add_panel(out, &model->panels[i]);
}
