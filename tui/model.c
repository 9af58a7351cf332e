/* model.c - names of levels and units, and the cells builders make most.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/model.h"

#include <math.h>
#include <string.h>

static const char *const level_names[] = {
    [LEVEL_NONE] = "",     [LEVEL_UNKNOWN] = "unknown", [LEVEL_OK] = "ok",
    [LEVEL_WARN] = "warn", [LEVEL_BAD] = "bad",
};

static const char *const quantity_units[QUANTITIES] = {
    [QUANTITY_PLAIN] = "",
    [QUANTITY_COUNT] = "count",
    [QUANTITY_MILLISECONDS] = "ms",
    [QUANTITY_SCORE] = "",
    [QUANTITY_PERCENT] = "percent",
    [QUANTITY_BYTES] = "bytes",
    [QUANTITY_MICROUSD] = "microusd",
};

const char *
level_name(enum level level)
{
    return level_names[level];
}

const char *
quantity_unit(enum quantity quantity)
{
    return quantity_units[quantity];
}

const struct panel *
model_panel(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->panel_count; i++) {
        if (strcmp(model->panels[i].name, name) == 0)
            return &model->panels[i];
    }
    return NULL;
}

static bool
is_bare(const struct panel *panel)
{
    return panel->fact_count == 0 && panel->passage_count == 0 && panel->chart_count == 0 &&
           panel->spread == NULL && (panel->grid == NULL || panel->grid->row_count == 0);
}

bool
panel_is_awaited(const struct panel *panel)
{
    return panel->failure == NULL && (panel->got_ms == 0 || panel->is_waiting) && is_bare(panel);
}

bool
panel_is_unknown(const struct panel *panel)
{
    return panel->failure != NULL && is_bare(panel);
}

static struct cell
number_cell(enum cell_kind kind, double number, enum quantity quantity, enum level level)
{
    if (isnan(number))
        return (struct cell){ .kind = CELL_EMPTY, .level = LEVEL_UNKNOWN };
    return (struct cell){
        .kind = kind, .level = level, .quantity = quantity, .number = number, .limit = NAN
    };
}

struct cell
cell_text(const char *text, enum level level)
{
    if (text == NULL)
        return (struct cell){ .kind = CELL_EMPTY };
    return (struct cell){ .kind = CELL_TEXT, .level = level, .text = text };
}

struct cell
cell_number(double number, enum quantity quantity, enum level level)
{
    return number_cell(CELL_NUMBER, number, quantity, level);
}

struct cell
cell_delta(double number, enum quantity quantity)
{
    if (isnan(number))
        return (struct cell){ .kind = CELL_EMPTY };
    return number_cell(CELL_DELTA, number, quantity, LEVEL_NONE);
}

struct cell
cell_time(int64_t time_ms)
{
    if (time_ms == 0)
        return (struct cell){ .kind = CELL_EMPTY };
    return (struct cell){ .kind = CELL_TIME, .time_ms = time_ms };
}

struct cell
cell_age(int64_t time_ms)
{
    struct cell cell = cell_time(time_ms);

    cell.is_age = true;
    return cell;
}

struct cell
cell_trend(const struct series *series)
{
    if (series == NULL)
        return (struct cell){ .kind = CELL_EMPTY };
    return (struct cell){ .kind = CELL_TREND, .quantity = series->quantity, .series = series };
}

struct cell
cell_lane(const struct lane *lane)
{
    return (struct cell){ .kind = CELL_LANE, .lane = lane };
}

struct cell
cell_shares(double good, double fair, double poor)
{
    if (!(good + fair + poor > 0))
        return (struct cell){ .kind = CELL_EMPTY };
    return (struct cell){ .kind = CELL_SHARES, .shares = { good, fair, poor } };
}

struct cell
cell_gauge(double number, double full, double limit, enum quantity quantity, enum level level)
{
    struct cell cell = number_cell(CELL_GAUGE, number, quantity, level);

    cell.full = full;
    cell.limit = limit;
    return cell;
}
