/* parts.c - small things every builder needs.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/parts.h"

#include "tui/window.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void
panel_source(struct panel *panel, const char *source, const struct view_query *q,
             const struct answer *answer)
{
    int64_t known_ms;

    panel->source = source;
    panel->is_waiting |= answer == NULL || (answer->got_ms == 0 && answer->failure == NULL);
    if (answer == NULL)
        return;
    known_ms = snapshot_known_ms(q->snapshot, answer);
    if (known_ms != 0 && (panel->got_ms == 0 || known_ms < panel->got_ms))
        panel->got_ms = known_ms;
    if (answer->pace_ms > panel->pace_ms)
        panel->pace_ms = answer->pace_ms;
    if (panel->failure == NULL && answer->failure != NULL) {
        panel->failure = answer->failure;
        panel->retry_ms = answer->retry_ms;
    }
    if (panel->failure == NULL)
        panel->failure = answer->caveat;
}

void
model_begin(struct model *out, const struct view_query *q)
{
    out->now_ms = q->now_ms;
    out->from_ms = view_query_from_ms(q);
    out->to_ms = view_query_to_ms(q);
}

double
answer_value(const struct answer *answer, const char *id)
{
    const struct metric_points *points = answer_points(answer, id);

    return points == NULL || points->count == 0 ? (double)NAN : points->values[0];
}

double
view_price_usd(const struct view_query *q, enum price price, double units)
{
    struct price_list builtin;

    if (q->prices != NULL)
        return (double)price_microusd(q->prices, price, units) / 1e6;
    price_list_builtin(&builtin);
    return (double)price_microusd(&builtin, price, units) / 1e6;
}

int32_t
view_step_s(const struct view_query *q)
{
    return window_step_s(q->range.span_ms, q->now_ms - view_query_from_ms(q), (int)q->steps);
}

/* Steps that end later than what is known of them. */
static size_t
open_steps(const struct series *series, int64_t known_ms)
{
    int64_t closed = (known_ms - series->from_ms) / series->step_ms;

    if (known_ms < series->from_ms)
        return series->count;
    return closed >= (int64_t)series->count ? 0 : series->count - (size_t)closed;
}

static struct series *
empty_series(struct arena *arena, const struct view_query *q, const char *name, int32_t step_s,
             double **values)
{
    struct series *series = arena_alloc(arena, sizeof *series);
    int64_t step_ms = (int64_t)step_s * 1000;
    int64_t to_ms = window_ceil(view_query_to_ms(q), step_ms);

    series->name = name;
    series->step_ms = step_ms;
    series->from_ms = window_floor(view_query_from_ms(q), step_ms);
    series->count = (size_t)((to_ms - series->from_ms) / step_ms);
    *values = arena_alloc(arena, (series->count + 1) * sizeof **values);
    series->values = *values;
    return series;
}

const struct series *
answer_series(struct arena *arena, const struct view_query *q, const struct answer *answer,
              const char *id, const char *name, int32_t step_s, enum quantity quantity)
{
    const struct metric_points *points = answer_points(answer, id);
    struct series *series;
    double *values;

    if (points == NULL || points->count == 0)
        return NULL;
    series = empty_series(arena, q, name, step_s, &values);
    series->quantity = quantity;
    series->open = open_steps(series, snapshot_known_ms(q->snapshot, answer));
    for (size_t i = 0; i < series->count; i++)
        values[i] = (double)NAN;
    for (size_t i = 0; i < points->count; i++) {
        int64_t at = (points->times_ms[i] - series->from_ms) / series->step_ms;

        if (points->times_ms[i] >= series->from_ms && at < (int64_t)series->count)
            values[at] = points->values[i];
    }
    return series;
}

const struct series *
count_series(struct arena *arena, const struct view_query *q, const char *name,
             const int64_t *times_ms, size_t count)
{
    double *values;
    struct series *series = empty_series(arena, q, name, view_step_s(q), &values);

    series->quantity = QUANTITY_COUNT;
    series->open = open_steps(series, q->now_ms);
    for (size_t i = 0; i < count; i++) {
        int64_t at = (times_ms[i] - series->from_ms) / series->step_ms;

        if (times_ms[i] >= series->from_ms && at < (int64_t)series->count)
            values[at] += 1;
    }
    return series;
}

const char *
count_text(struct arena *arena, double count)
{
    char digits[32], text[48];
    size_t len, n = 0;

    snprintf(digits, sizeof digits, "%.0f", count < 0 ? 0 : count < 1e15 ? count : 1e15);
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text[n++] = ',';
        text[n++] = digits[i];
    }
    return arena_strndup(arena, text, n);
}

const char *
counted(struct arena *arena, double count, const char *noun)
{
    return arena_printf(arena, "%s %s%s", count_text(arena, count), noun,
                        count > 0.5 && count < 1.5 ? "" : "s");
}

const char *
dimension_value(const struct dimension_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *have = set->dims[i].name;

        if (tolower((unsigned char)have[0]) == tolower((unsigned char)name[0]) &&
            strcmp(have + 1, name + 1) == 0)
            return set->dims[i].value;
    }
    return NULL;
}

int
cell_compare_down(const struct cell *a, const struct cell *b)
{
    bool has_a = a->kind == CELL_NUMBER && !isnan(a->number);
    bool has_b = b->kind == CELL_NUMBER && !isnan(b->number);

    if (has_a != has_b)
        return has_a ? -1 : 1;
    if (!has_a || a->number == b->number)
        return 0;
    return a->number > b->number ? -1 : 1;
}

void
grid_drop_column(struct grid *grid, struct arena *arena, struct row *rows, size_t at)
{
    struct column *columns = arena_alloc(arena, grid->column_count * sizeof *columns);
    size_t behind = grid->column_count - at - 1;

    memcpy(columns, grid->columns, grid->column_count * sizeof *columns);
    memmove(&columns[at], &columns[at + 1], behind * sizeof *columns);
    for (size_t i = 0; i < grid->row_count; i++) {
        struct cell *cells = arena_alloc(arena, grid->column_count * sizeof *cells);

        memcpy(cells, rows[i].cells, grid->column_count * sizeof *cells);
        memmove(&cells[at], &cells[at + 1], behind * sizeof *cells);
        rows[i].cells = cells;
    }
    grid->columns = columns;
    grid->column_count--;
    if (grid->sort_column == (int)at)
        grid->sort_column = -1;
    else if (grid->sort_column > (int)at)
        grid->sort_column--;
}

bool
has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < len && tolower((unsigned char)text[i]) == word[i])
            i++;
        if (i == len)
            return true;
    }
    return false;
}

static bool
is_prefix(const char *entry)
{
    size_t len = strlen(entry);

    return len > 0 && entry[len - 1] == '*';
}

bool
name_is_wanted(const char *const *list, const char *name)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (is_prefix(list[i]) ? strncmp(name, list[i], strlen(list[i]) - 1) == 0
                               : strcmp(name, list[i]) == 0)
            return true;
    }
    return list == NULL;
}

bool
function_is_wanted(const struct view_query *q, const char *name)
{
    return q->names == NULL || name_is_wanted(q->names->functions, name);
}

const char **
wanted_groups(struct arena *arena, const struct view_query *q, const struct answer *groups,
              size_t *count)
{
    const char *const *list = q->names == NULL ? NULL : q->names->log_groups;
    size_t named = 0, found = groups == NULL ? 0 : groups->group_count;
    const char **wanted;

    while (list != NULL && list[named] != NULL)
        named++;
    wanted = arena_alloc(arena, (named + found + 1) * sizeof *wanted);
    *count = 0;
    for (size_t i = 0; i < named; i++) {
        if (!is_prefix(list[i]))
            wanted[(*count)++] = list[i];
    }
    named = *count;
    for (size_t i = 0; i < found; i++) {
        const char *name = groups->groups[i].name;
        size_t k = 0;

        while (k < named && strcmp(wanted[k], name) != 0)
            k++;
        if (k == named && name_is_wanted(list, name))
            wanted[(*count)++] = name;
    }
    return wanted;
}

void
query_add(struct query_list *list, const char *id, const struct series_key *series,
          const char *stat, int32_t period_s)
{
    if (list->count == list->cap) {
        struct metric_ask *more;

        list->cap = list->cap == 0 ? 32 : 2 * list->cap;
        more = arena_alloc(list->arena, list->cap * sizeof *more);
        if (list->count > 0)
            memcpy(more, list->items, list->count * sizeof *more);
        list->items = more;
    }
    list->items[list->count++] =
        (struct metric_ask){ .id = id, .series = *series, .stat = stat, .period_s = period_s };
}
