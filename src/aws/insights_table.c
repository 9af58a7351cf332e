/* insights_table.c - rows of named fields become columns.
 * SPDX-License-Identifier: MIT
 *
 * Each row brings its own list of fields, and rows need not have the same ones. Columns stand in
 * the order in which their names first appear. @ptr, the handle of a line for another operation, is
 * nothing to read and left out.
 *
 * The work is rows times fields, looked up by a hash of the name: a hostile answer of 12 MB cannot
 * make it slow, since columns, rows and bytes all have a bound. */
#include "config.h"

#include "aws/insights_table.h"

#include "aws/answer.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

#define OPERATION   "GetQueryResults"
#define NUMBER_TEXT 64

struct reading {
    struct arena *arena;
    const char **columns;
    uint64_t *hashes; /* of their names */
    size_t column_count;
    const char **cells;
    size_t row_count;
    bool is_partial;
};

static const struct {
    const char *name;
    enum insights_status status;
} statuses[] = {
    { "Scheduled", INSIGHTS_STATUS_RUNNING },   { "Running", INSIGHTS_STATUS_RUNNING },
    { "Unknown", INSIGHTS_STATUS_RUNNING },     { "Complete", INSIGHTS_STATUS_COMPLETE },
    { "Cancelled", INSIGHTS_STATUS_CANCELLED }, { "Failed", INSIGHTS_STATUS_FAILED },
    { "Timeout", INSIGHTS_STATUS_TIMEOUT },
};

static enum status
read_status(enum insights_status *out, const cJSON *answer, struct err *err)
{
    const char *name = json_get_string(answer, "status", "");

    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (strcmp(statuses[i].name, name) == 0) {
            *out = statuses[i].status;
            return OK;
        }
    }
    return err_set(err, E_INVALID, OPERATION ": a query with the status \"%.40s\"", name);
}

static double
read_count(const cJSON *statistics, const char *key)
{
    double value = json_get_number(statistics, key, 0);

    return value > 0 && isfinite(value) ? value : 0;
}

/* The column of a field; column_count of the bound when there is no room for another. */
static size_t
column_of(struct reading *r, const char *name, bool may_add)
{
    uint64_t hash = text_hash(name, strlen(name), TEXT_HASH_SEED);

    for (size_t i = 0; i < r->column_count; i++) {
        if (r->hashes[i] == hash && strcmp(r->columns[i], name) == 0)
            return i;
    }
    if (!may_add || r->column_count == INSIGHTS_COLUMNS_MAX) {
        r->is_partial = true;
        return INSIGHTS_COLUMNS_MAX;
    }
    r->hashes[r->column_count] = hash;
    r->columns[r->column_count] = arena_strdup(r->arena, name);
    return r->column_count++;
}

static bool
is_hidden(const char *name)
{
    return name == NULL || strcmp(name, "@ptr") == 0;
}

static enum status
find_columns(struct reading *r, const cJSON *results, struct err *err)
{
    const cJSON *row, *field;

    cJSON_ArrayForEach(row, results)
    {
        if (!cJSON_IsArray(row))
            return err_set(err, E_INVALID, OPERATION ": a row that is no list of fields");
        if (r->row_count == INSIGHTS_ROWS_MAX) {
            r->is_partial = true;
            return OK;
        }
        r->row_count++;
        cJSON_ArrayForEach(field, row)
        {
            const char *name = json_get_string(field, "field", NULL);

            if (!is_hidden(name))
                column_of(r, name, true);
        }
    }
    return OK;
}

/* All values are texts; who says numbers is understood too. */
static const char *
value_text(struct arena *arena, const cJSON *value)
{
    struct buf b;
    char *text;

    if (cJSON_IsString(value))
        return arena_strdup(arena, value->valuestring);
    if (!cJSON_IsNumber(value) && !cJSON_IsBool(value))
        return NULL;
    buf_init(&b, NUMBER_TEXT);
    json_print(&b, value);
    text = arena_strdup(arena, b.data);
    buf_fini(&b);
    return text;
}

static enum status
fill_cells(struct reading *r, const cJSON *results, struct err *err)
{
    const cJSON *row = results->child, *field;

    r->cells = arena_alloc(r->arena, (r->row_count * r->column_count + 1) * sizeof *r->cells);
    for (size_t i = 0; i < r->row_count; i++, row = row->next) {
        cJSON_ArrayForEach(field, row)
        {
            const char *name = json_get_string(field, "field", NULL);
            size_t column = is_hidden(name) ? INSIGHTS_COLUMNS_MAX : column_of(r, name, false);

            if (column < r->column_count)
                r->cells[i * r->column_count + column] =
                    value_text(r->arena, json_get(field, "value"));
        }
        if (answer_check_size(r->arena, OPERATION, err) != OK)
            return err->code;
    }
    return OK;
}

enum status
insights_table_read(struct insights_table *out, struct arena *arena, const cJSON *answer,
                    struct err *err)
{
    const cJSON *results = json_get(answer, "results");
    const cJSON *statistics = json_get(answer, "statistics");
    struct reading r = { .arena = arena };
    enum insights_status status = INSIGHTS_STATUS_FAILED;

    if (read_status(&status, answer, err) != OK)
        return err->code;
    r.columns = arena_alloc(arena, INSIGHTS_COLUMNS_MAX * sizeof *r.columns);
    r.hashes = arena_alloc(arena, INSIGHTS_COLUMNS_MAX * sizeof *r.hashes);
    if (results != NULL && !cJSON_IsNull(results)) {
        if (!cJSON_IsArray(results))
            return err_set(err, E_INVALID, OPERATION ": results that are no list");
        if (find_columns(&r, results, err) != OK || fill_cells(&r, results, err) != OK)
            return err->code;
    }
    *out = (struct insights_table){
        .status = status,
        .columns = r.columns,
        .column_count = r.column_count,
        .cells = r.cells,
        .row_count = r.row_count,
        .records_matched = read_count(statistics, "recordsMatched"),
        .records_scanned = read_count(statistics, "recordsScanned"),
        .bytes_scanned = read_count(statistics, "bytesScanned"),
        .is_partial = r.is_partial || cJSON_IsString(json_get(answer, "nextToken")),
    };
    return OK;
}
