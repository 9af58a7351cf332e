/* report.c - the ways to print a model; Markdown is in report_md.c.
 * SPDX-License-Identifier: MIT
 *
 * Text is drawn by the screen's own widgets onto a canvas as long as it needs to be, so it cannot
 * say anything else than the screen. */
#include "config.h"

#include "tui/report.h"

#include "tui/report_own.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "tui/format.h"
#include "tui/lines.h"
#include "tui/widgets/bars.h"
#include "tui/widgets/facts.h"
#include "tui/widgets/grid.h"
#include "tui/widgets/spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_COLUMNS  200
#define TEXT_ROWS_MAX 1900 /* a canvas has an end; what is left out is said */
#define CELL_MAX      (64u << 10)
#define DIGITS        12 /* of what was calculated: 1.1 - 1 is 0.1, and not 0.10000000000000009 */

bool
report_format_parse(enum report_format *out, const char *name)
{
    static const char *const names[] = { "text", "json", "csv", "md" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum report_format)i;
            return true;
        }
    }
    return false;
}

/* --- text -------------------------------------------------------------------------------- */

typedef void draw_part(const struct pen *pen, struct area area, const void *part);

/* Draws something of `rows` rows on a canvas of its own and prints it. */
static void
print_drawn(struct buf *out, const struct pen *pen, int rows, draw_part *draw, const void *part)
{
    struct canvas canvas;
    struct pen own = *pen;

    canvas_init(&canvas, TEXT_COLUMNS, rows);
    canvas.is_ascii = pen->glyphs->is_ascii;
    own.canvas = &canvas;
    draw(&own, (struct area){ 1, 0, TEXT_COLUMNS - 1, rows }, part);
    canvas_print(&canvas, out);
    canvas_fini(&canvas);
}

static void
draw_grid(const struct pen *pen, struct area area, const void *part)
{
    const struct grid *grid = part;
    struct grid_state state;

    grid_state_init(&state);
    state.has_no_cursor = true;
    state.is_following = false;
    grid_update(&state, pen, grid, "");
    area.x = 0;
    area.columns = grid_wants(pen, grid, &state.ordering);
    if (area.columns > TEXT_COLUMNS || grid->row_count == 0)
        area.columns = TEXT_COLUMNS;
    grid_draw(&state, pen, area, grid, false);
    grid_state_fini(&state);
}

static void
draw_facts(const struct pen *pen, struct area area, const void *part)
{
    const struct panel *panel = part;

    facts_draw(pen, area, panel->facts, panel->fact_count);
}

static void
draw_spread(const struct pen *pen, struct area area, const void *part)
{
    area.columns = TEXT_COLUMNS / 2;
    spread_draw(pen, area, part);
}

static void
draw_series(const struct pen *pen, struct area area, const void *part)
{
    const struct series *series = part;
    int used = pen_text(pen, area.x, area.y, 24, series->name, (struct ink){ .role = ROLE_TEXT });

    bars_trend(pen, area.x + used + 2, area.y, 60, series, (struct ink){ .role = ROLE_TEXT });
}

static void
print_clean(struct buf *out, const struct pen *pen, const char *text, int columns)
{
    struct canvas canvas;
    struct buf line;

    canvas_init(&canvas, columns, 1);
    canvas.is_ascii = pen->glyphs->is_ascii;
    canvas_text(&canvas, 0, 0, columns, text, (struct ink){ .role = ROLE_TEXT });
    buf_init(&line, CELL_MAX);
    canvas_print(&canvas, &line);
    if (line.len > 0)
        buf_add(out, line.data, line.len - 1); /* without the newline */
    buf_fini(&line);
    canvas_fini(&canvas);
}

static void
print_heading(struct buf *out, const struct pen *pen, const struct view *view,
              const struct panel *panel)
{
    char age[FORMAT_TEXT];

    print_clean(out, pen, view->title, TEXT_COLUMNS);
    buf_adds(out, pen->glyphs->crumb);
    print_clean(out, pen, panel->title, TEXT_COLUMNS);
    if (panel->note != NULL && *panel->note != '\0' && !panel_is_unknown(panel)) {
        buf_adds(out, ": ");
        print_clean(out, pen, panel->note, TEXT_COLUMNS);
    }
    if (panel->failure != NULL) {
        buf_adds(out, " (");
        print_clean(out, pen, panel->failure, TEXT_COLUMNS);
        buf_adds(out, ")");
    }
    if (panel->got_ms != 0) {
        format_age(age, pen->now_ms - panel->got_ms);
        buf_addf(out, " (%s old)", age);
    }
    buf_addc(out, '\n');
}

static void
print_passage(struct buf *out, const struct pen *pen, const struct passage *passage)
{
    struct lines lines;

    lines_init(&lines);
    lines_add(&lines, passage->text, passage->len, TEXT_COLUMNS,
              passage->is_json ? LINES_INDENT_JSON : LINES_CUT);
    for (size_t i = 0; i < lines.count; i++) {
        size_t len;
        const char *text = lines_text(&lines, i, &len);

        buf_addc(out, ' ');
        if (len > 0 && pen->glyphs->is_ascii)
            print_clean(out, pen, text, TEXT_COLUMNS);
        else
            buf_add(out, text, len);
        buf_addc(out, '\n');
    }
    lines_fini(&lines);
}

static void
print_grid_text(struct buf *out, const struct pen *pen, const struct grid *grid)
{
    struct grid part = *grid;

    if (part.row_count > TEXT_ROWS_MAX)
        part.row_count = TEXT_ROWS_MAX;
    print_drawn(out, pen, (int)part.row_count + (part.row_count == 0 ? 2 : 1), draw_grid, &part);
    if (part.row_count < grid->row_count)
        buf_addf(out, " %zu more rows: --format csv or json prints them\n",
                 grid->row_count - part.row_count);
}

static void
print_panel_text(struct buf *out, const struct pen *pen, const struct view *view,
                 const struct panel *panel)
{
    print_heading(out, pen, view, panel);
    if (panel->fact_count > 0)
        print_drawn(out, pen, (int)panel->fact_count, draw_facts, panel);
    if (panel->grid != NULL && (panel->failure == NULL || panel->grid->row_count > 0))
        print_grid_text(out, pen, panel->grid);
    if (panel->spread != NULL)
        print_drawn(out, pen, (int)panel->spread->bin_count, draw_spread, panel->spread);
    for (size_t i = 0; i < panel->chart_count; i++) {
        for (size_t k = 0; k < panel->charts[i].series_count; k++)
            print_drawn(out, pen, 1, draw_series, &panel->charts[i].series[k]);
    }
    for (size_t i = 0; i < panel->passage_count; i++)
        print_passage(out, pen, &panel->passages[i]);
}

static void
print_text(struct buf *out, const struct view *view, const struct model *model,
           const struct glyphs *glyphs)
{
    struct pen pen = { .glyphs = glyphs, .now_ms = model->now_ms };

    for (size_t i = 0; i < model->panel_count; i++) {
        if (i > 0)
            buf_addc(out, '\n');
        print_panel_text(out, &pen, view, &model->panels[i]);
    }
}

/* --- JSON -------------------------------------------------------------------------------- */

/* Escapes also what JSON would let through and a terminal might obey: C1 controls, bidirectional
 * marks. */
static void
add_string(struct buf *b, const char *text, size_t len)
{
    const char *at = text, *end = text + len;

    buf_addc(b, '"');
    while (at < end && *at != '\0') {
        uint32_t cp = text_next(&at);

        if (cp == '"' || cp == '\\')
            buf_addf(b, "\\%c", (int)cp);
        else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
                 (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff)
            buf_addf(b, "\\u%04x", (unsigned)cp);
        else
            canvas_print_code_point(b, cp);
    }
    buf_addc(b, '"');
}

static void
add_text(struct buf *b, const char *text)
{
    if (text == NULL)
        buf_adds(b, "null");
    else
        add_string(b, text, strlen(text));
}

static void
add_time(struct buf *b, int64_t time_ms)
{
    char text[ISO8601_TEXT];

    if (time_ms == 0) {
        buf_adds(b, "null");
        return;
    }
    iso8601_format_ms(time_ms, text);
    buf_addf(b, "\"%s\"", text);
}

static void
add_key(struct buf *b, const char *key)
{
    if (b->len > 0 && b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[')
        buf_addc(b, ',');
    if (key != NULL) {
        add_text(b, key);
        buf_addc(b, ':');
    }
}

static void
add_values(struct buf *b, const struct series *series)
{
    buf_addc(b, '[');
    for (size_t i = 0; i < series->count; i++) {
        add_key(b, NULL);
        json_print_number(b, series->values[i]);
    }
    buf_addc(b, ']');
}

/* How many steps at the end were not over yet, when there are any. */
static void
add_open(struct buf *b, size_t open)
{
    if (open == 0)
        return;
    add_key(b, "open");
    json_print_number(b, (double)open);
}

static size_t
most_open(const struct grid *grid, size_t column)
{
    size_t most = 0;

    for (size_t i = 0; i < grid->row_count; i++) {
        const struct cell *cell = &grid->rows[i].cells[column];

        if (cell->kind == CELL_TREND && cell->series != NULL && cell->series->open > most)
            most = cell->series->open;
    }
    return most;
}

static void
add_lane(struct buf *b, const struct lane *lane)
{
    buf_addc(b, '[');
    for (size_t i = 0; i < lane->count; i++) {
        const struct lane_mark *mark = &lane->marks[i];

        buf_adds(b, i > 0 ? ",{\"time\":" : "{\"time\":");
        add_time(b, mark->time_ms);
        if (mark->level != LEVEL_NONE)
            buf_addf(b, ",\"level\":\"%s\"", level_name(mark->level));
        if (mark->text != NULL) {
            buf_adds(b, ",\"text\":");
            add_text(b, mark->text);
        }
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

static void
add_cell(struct buf *b, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT:
        add_text(b, cell->text);
        break;
    case CELL_NUMBER:
    case CELL_GAUGE:
        json_print_number(b, cell->number);
        break;
    case CELL_DELTA:
        json_print_rounded(b, cell->number, DIGITS);
        break;
    case CELL_TIME:
        buf_adds(b, cell->is_latest ? "{\"atMost\":" : "");
        add_time(b, cell->time_ms);
        buf_adds(b, cell->is_latest ? "}" : "");
        break;
    case CELL_TREND:
        add_values(b, cell->series);
        break;
    case CELL_SHARES:
        buf_adds(b, "{\"good\":");
        json_print_number(b, cell->shares[0]);
        buf_adds(b, ",\"fair\":");
        json_print_number(b, cell->shares[1]);
        buf_adds(b, ",\"poor\":");
        json_print_number(b, cell->shares[2]);
        buf_addc(b, '}');
        break;
    case CELL_LANE:
        add_lane(b, cell->lane);
        break;
    case CELL_EMPTY:
        buf_adds(b, "null");
        break;
    }
}

static void
add_columns(struct buf *b, const struct grid *grid)
{
    buf_addc(b, '[');
    for (size_t i = 0; i < grid->column_count; i++) {
        const char *unit = quantity_unit(grid->columns[i].quantity);

        add_key(b, NULL);
        buf_addc(b, '{');
        add_key(b, "name");
        add_text(b, grid->columns[i].name);
        if (*unit != '\0') {
            add_key(b, "unit");
            add_text(b, unit);
        }
        add_open(b, most_open(grid, i));
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

/* A row is an object by column; the judgement of a cell stands beside it as "<column> level", the
 * unit of a number that has another one than its column as "<column> unit". */
static void
add_row(struct buf *b, const struct grid *grid, const struct row *row)
{
    char name[128];

    buf_addc(b, '{');
    for (size_t i = 0; i < grid->column_count; i++) {
        const struct cell *cell = &row->cells[i];
        const char *column = grid->columns[i].name;

        add_key(b, column);
        add_cell(b, cell);
        if (cell->level != LEVEL_NONE) {
            snprintf(name, sizeof(name), "%.100s level", column);
            add_key(b, name);
            add_text(b, level_name(cell->level));
        }
        if ((cell->kind == CELL_NUMBER || cell->kind == CELL_DELTA) &&
            cell->quantity != grid->columns[i].quantity && *quantity_unit(cell->quantity) != '\0') {
            snprintf(name, sizeof(name), "%.100s unit", column);
            add_key(b, name);
            add_text(b, quantity_unit(cell->quantity));
        }
    }
    if (row->is_new) {
        add_key(b, "new");
        buf_adds(b, "true");
    }
    buf_addc(b, '}');
}

static void
add_grid(struct buf *b, const struct grid *grid)
{
    buf_addc(b, '{');
    add_key(b, "name");
    add_text(b, grid->name);
    add_key(b, "columns");
    add_columns(b, grid);
    add_key(b, "rows");
    buf_addc(b, '[');
    for (size_t i = 0; i < grid->row_count; i++) {
        add_key(b, NULL);
        add_row(b, grid, &grid->rows[i]);
    }
    buf_adds(b, "]}");
}

static void
add_spread(struct buf *b, const struct spread *spread)
{
    buf_addc(b, '{');
    add_key(b, "name");
    add_text(b, spread->name);
    add_key(b, "unit");
    add_text(b, quantity_unit(spread->quantity));
    add_key(b, "bins");
    buf_addc(b, '[');
    for (size_t i = 0; i < spread->bin_count; i++) {
        add_key(b, NULL);
        buf_addc(b, '{');
        add_key(b, "from");
        json_print_number(b, spread->bins[i].from);
        add_key(b, "to");
        json_print_number(b, spread->bins[i].to);
        add_key(b, "count");
        json_print_number(b, spread->bins[i].count);
        add_key(b, "level");
        add_text(b, level_name(spread->bins[i].level));
        buf_addc(b, '}');
    }
    buf_adds(b, "]}");
}

static void
add_chart(struct buf *b, const struct chart *chart)
{
    buf_addc(b, '{');
    add_key(b, "name");
    add_text(b, chart->name);
    add_key(b, "unit");
    add_text(b, quantity_unit(chart->quantity));
    add_key(b, "limits");
    buf_addc(b, '[');
    for (size_t i = 0; i < chart->limit_count; i++) {
        add_key(b, NULL);
        json_print_number(b, chart->limits[i].value);
    }
    buf_addc(b, ']');
    add_key(b, "series");
    buf_addc(b, '[');
    for (size_t i = 0; i < chart->series_count; i++) {
        const struct series *series = &chart->series[i];

        add_key(b, NULL);
        buf_addc(b, '{');
        add_key(b, "name");
        add_text(b, series->name);
        add_key(b, "from");
        add_time(b, series->from_ms);
        add_key(b, "step_ms");
        json_print_number(b, (double)series->step_ms);
        add_open(b, series->open);
        add_key(b, "values");
        add_values(b, series);
        buf_addc(b, '}');
    }
    buf_adds(b, "]}");
}

static void
add_facts(struct buf *b, const struct panel *panel)
{
    buf_addc(b, '{');
    for (size_t i = 0; i < panel->fact_count; i++) {
        add_key(b, panel->facts[i].name);
        add_cell(b, &panel->facts[i].value);
    }
    buf_addc(b, '}');
}

static void
add_parts(struct buf *b, const struct panel *panel)
{
    if (panel->fact_count > 0) {
        add_key(b, "facts");
        add_facts(b, panel);
    }
    if (panel->grid != NULL) {
        add_key(b, "table");
        add_grid(b, panel->grid);
    }
    if (panel->spread != NULL) {
        add_key(b, "spread");
        add_spread(b, panel->spread);
    }
    if (panel->chart_count > 0) {
        add_key(b, "charts");
        buf_addc(b, '[');
        for (size_t i = 0; i < panel->chart_count; i++) {
            add_key(b, NULL);
            add_chart(b, &panel->charts[i]);
        }
        buf_addc(b, ']');
    }
    if (panel->passage_count > 0) {
        add_key(b, "texts");
        buf_addc(b, '{');
        for (size_t i = 0; i < panel->passage_count; i++) {
            add_key(b, panel->passages[i].name);
            add_string(b, panel->passages[i].text, panel->passages[i].len);
        }
        buf_addc(b, '}');
    }
}

static void
add_panel(struct buf *b, const struct panel *panel)
{
    buf_addc(b, '{');
    add_key(b, "name");
    add_text(b, panel->name);
    add_key(b, "title");
    add_text(b, panel->title);
    add_key(b, "note");
    add_text(b, panel->note);
    add_key(b, "source");
    add_text(b, panel->source);
    add_key(b, "got");
    add_time(b, panel->got_ms);
    add_key(b, "failure");
    add_text(b, panel->failure);
    add_parts(b, panel);
    buf_addc(b, '}');
}

static void
print_json(struct buf *b, const struct view *view, const struct model *model)
{
    struct buf text; /* of its own: commas depend on what stands before */

    buf_init(&text, b->max);
    buf_addc(&text, '{');
    add_key(&text, "view");
    add_text(&text, view->name);
    add_key(&text, "now");
    add_time(&text, model->now_ms);
    add_key(&text, "from");
    add_time(&text, model->from_ms);
    add_key(&text, "to");
    add_time(&text, model->to_ms);
    add_key(&text, "panels");
    buf_addc(&text, '[');
    for (size_t i = 0; i < model->panel_count; i++) {
        add_key(&text, NULL);
        add_panel(&text, &model->panels[i]);
    }
    buf_adds(&text, "]}\n");
    buf_add(b, text.data, text.len);
    if (buf_failed(&text))
        b->over = true;
    buf_fini(&text);
}

/* --- CSV --------------------------------------------------------------------------------- */

/* RFC 4180: quoted when it has to be. Cleaned, so it stays on its line and is only text. */
static void
add_field(struct buf *b, const char *text)
{
    struct buf clean;

    buf_init(&clean, CELL_MAX);
    text_clean(&clean, text, strnlen(text, CELL_MAX / 4));
    if (strpbrk(clean.data, ",\"\n") == NULL) {
        buf_adds(b, clean.data);
    } else {
        buf_addc(b, '"');
        for (const char *c = clean.data; *c != '\0'; c++) {
            if (*c == '"')
                buf_addc(b, '"');
            buf_addc(b, *c);
        }
        buf_addc(b, '"');
    }
    buf_fini(&clean);
}

static double
last_value(const struct series *series)
{
    for (size_t i = series->count; i > 0; i--) {
        if (!isnan(series->values[i - 1]))
            return series->values[i - 1];
    }
    return (double)NAN;
}

static void
add_csv_number(struct buf *b, double number)
{
    if (!isnan(number))
        json_print_rounded(b, number, DIGITS);
}

static void
add_csv_cell(struct buf *b, const struct cell *cell)
{
    char time[ISO8601_TEXT];

    switch (cell->kind) {
    case CELL_TEXT:
        add_field(b, cell->text);
        break;
    case CELL_NUMBER:
    case CELL_DELTA:
    case CELL_GAUGE:
        add_csv_number(b, cell->number);
        break;
    case CELL_TIME:
        iso8601_format_ms(cell->time_ms, time);
        buf_adds(b, cell->is_latest ? "<=" : "");
        buf_adds(b, time);
        break;
    case CELL_TREND: /* its newest value */
        add_csv_number(b, last_value(cell->series));
        break;
    case CELL_SHARES: /* the good part, in percent */
        add_csv_number(b, 100 * cell->shares[0] /
                              (cell->shares[0] + cell->shares[1] + cell->shares[2]));
        break;
    case CELL_LANE:
        add_csv_number(b, (double)cell->lane->count);
        break;
    case CELL_EMPTY:
        break;
    }
}

static void
print_csv(struct buf *b, const struct model *model)
{
    bool is_first = true;

    for (size_t p = 0; p < model->panel_count; p++) {
        const struct grid *grid = model->panels[p].grid;

        if (grid == NULL)
            continue;
        if (!is_first)
            buf_adds(b, "\r\n");
        is_first = false;
        for (size_t i = 0; i < grid->column_count; i++) {
            if (i > 0)
                buf_addc(b, ',');
            add_field(b, grid->columns[i].name);
        }
        buf_adds(b, "\r\n");
        for (size_t r = 0; r < grid->row_count; r++) {
            for (size_t i = 0; i < grid->column_count; i++) {
                if (i > 0)
                    buf_addc(b, ',');
                add_csv_cell(b, &grid->rows[r].cells[i]);
            }
            buf_adds(b, "\r\n");
        }
    }
}

void
report_print(struct buf *out, enum report_format format, const struct view *view,
             const struct model *model, const struct glyphs *glyphs)
{
    switch (format) {
    case REPORT_TEXT:
        print_text(out, view, model, glyphs);
        break;
    case REPORT_JSON:
        print_json(out, view, model);
        break;
    case REPORT_CSV:
        print_csv(out, model);
        break;
    case REPORT_MD:
        report_print_md(out, view, model);
        break;
    case REPORT_FORMATS:
        break;
    }
}
