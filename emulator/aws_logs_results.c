/* aws_logs_results.c - CloudWatch Logs GetQueryResults and GetLogRecord.
 * SPDX-License-Identifier: MIT
 *
 * A row's @ptr is the id of its line and the name of its group in hexadecimal, so that it finds the
 * line as long as that is stored, also when the query is forgotten.
 *
 * Two members are obsview's own, and clients of AWS skip them: statistics.recordsUndecided counts
 * lines that a regular expression gave up on, obsviewReason says why a query failed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/insights_jobs.h"
#include "emulator/parts.h"

#define QUERY_ID_MAX 256
#define PAGE_ROWS    10000
#define PAGE_BYTES   ((size_t)16 << 20) /* of values */
#define POINTER_MAX  2048
#define ID_LEN       27 /* of a line's id */
#define TIME_DIGITS  11 /* of which so many are its time */
#define READS_MAX    40 /* for one line */

enum status
aws_logs_no_query(struct aws_call *call, const char *id)
{
    return wire_error_set(call->error, 400, "ResourceNotFoundException",
                          "Query %.60s does not exist, or is forgotten by now.", id);
}

/* --- pointers --------------------------------------------------------------------------------- */

static const char *
print_hex(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *hex = arena_alloc(arena, 2 * len + 1);

    hex_format(hex, text, len);
    return hex;
}

/* The group's name, or NULL. */
static const char *
read_hex(struct arena *arena, const char *hex)
{
    size_t len = strlen(hex);
    char *text = arena_alloc(arena, len / 2 + 1);

    if (len == 0 || len % 2 != 0 || !hex_parse(text, hex, len / 2))
        return NULL;
    return aws_logs_is_group_name(text) ? text : NULL;
}

/* --- GetQueryResults -------------------------------------------------------------------------- */

struct answering {
    struct aws_call *call;
    uint64_t scope;
    size_t from, most;
    const char **group_hex; /* made when first needed */
    size_t bytes;
};

static cJSON *
add_field(cJSON *row, const char *name)
{
    cJSON *field = cJSON_CreateObject();

    cJSON_AddItemToArray(row, field);
    cJSON_AddStringToObject(field, "field", name);
    return field;
}

static void
add_pointer(struct answering *a, const struct job_view *view, size_t at, cJSON *row)
{
    struct arena *arena = a->call->arena;
    const char *id;
    unsigned group;

    if (!insights_row_line(view->rows, at, &group, &id))
        return;
    if (a->group_hex == NULL)
        a->group_hex = arena_alloc(arena, view->group_count * sizeof *a->group_hex);
    if (a->group_hex[group] == NULL)
        a->group_hex[group] = print_hex(arena, view->groups[group]);
    cJSON_AddStringToObject(add_field(row, "@ptr"), "value",
                            arena_printf(arena, "%s%s", id, a->group_hex[group]));
}

static void
add_row(struct answering *a, const struct job_view *view, size_t at, cJSON *results)
{
    cJSON *row = cJSON_CreateArray();

    cJSON_AddItemToArray(results, row);
    for (unsigned c = 0; c < insights_column_count(view->rows); c++) {
        const struct value *v = insights_cell(view->rows, at, c);
        char room[VALUE_ROOM];
        const char *text;
        size_t len;

        if (value_is_null(v))
            continue;
        text = value_as_text(v, room, &len);
        aws_logs_add_text(add_field(row, insights_column_name(view->rows, c)), "value", text, len);
        a->bytes += len;
    }
    add_pointer(a, view, at, row);
}

static void
add_rows(struct answering *a, const struct job_view *view)
{
    cJSON *results = cJSON_AddArrayToObject(a->call->out, "results");
    size_t count = view->rows == NULL ? 0 : insights_row_count(view->rows), at = a->from;

    while (at < count && at - a->from < a->most && a->bytes < PAGE_BYTES)
        add_row(a, view, at++, results);
    if (at < count && view->status != JOB_RUNNING)
        cJSON_AddStringToObject(
            a->call->out, "nextToken",
            aws_token_make(a->call->arena, a->scope, arena_printf(a->call->arena, "%zu", at)));
    snprintf(a->call->note, sizeof a->call->note, "%s, %zu %s%s%.40s",
             job_status_name(view->status), count, count == 1 ? "row" : "rows",
             view->failure == NULL ? "" : ": ", view->failure == NULL ? "" : view->failure);
}

static void
add_statistics(cJSON *out, const struct job_view *view)
{
    cJSON *statistics = cJSON_AddObjectToObject(out, "statistics");

    cJSON_AddNumberToObject(statistics, "recordsMatched", (double)view->counts.matched);
    cJSON_AddNumberToObject(statistics, "recordsScanned", (double)view->counts.scanned);
    cJSON_AddNumberToObject(statistics, "bytesScanned", (double)view->counts.bytes);
    cJSON_AddNumberToObject(statistics, "logGroupsScanned", (double)view->groups_scanned);
    cJSON_AddNumberToObject(statistics, "estimatedRecordsSkipped", 0);
    cJSON_AddNumberToObject(statistics, "estimatedBytesSkipped", 0);
    if (view->counts.undecided > 0)
        cJSON_AddNumberToObject(statistics, "recordsUndecided", (double)view->counts.undecided);
}

static void
answer(void *arg, const struct job_view *view)
{
    struct answering *a = arg;
    cJSON *out = cJSON_CreateObject();

    a->call->out = out;
    cJSON_AddStringToObject(out, "queryLanguage", "CWLI");
    add_rows(a, view);
    add_statistics(out, view);
    cJSON_AddStringToObject(out, "status", job_status_name(view->status));
    if (view->failure != NULL)
        cJSON_AddStringToObject(out, "obsviewReason", view->failure);
}

static enum status
read_page(struct aws_call *call, struct answering *a, const char **id)
{
    static const char *const known[] = { "queryId", "nextToken", "maxItems", NULL };
    const struct awsvalue *in = &call->in;
    const char *token = NULL, *state = NULL;
    int64_t from = 0, most = 0;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "queryId", AWS_REQUIRED, 1, QUERY_ID_MAX, id);
    if (st == OK)
        st = awsvalue_int(in, "maxItems", AWS_OPTIONAL, 0, PAGE_ROWS, &most);
    if (st == OK)
        st = awsvalue_string(in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &token);
    if (st != OK)
        return st;
    if (token != NULL)
        state = aws_token_read(call->arena, a->scope, token);
    if (token != NULL && (state == NULL || !text_parse_int(&from, state) || from < 0))
        return aws_logs_bad_token(call);
    a->from = (size_t)from;
    a->most = most == 0 ? PAGE_ROWS : (size_t)most;
    return OK;
}

enum status
aws_get_query_results(struct aws_call *call)
{
    static const char *const keys[] = { "queryId", NULL };
    struct answering a = {
        .call = call,
        .scope = aws_token_scope("GetQueryResults", &call->in, keys),
    };
    const char *id = NULL;
    enum status st = read_page(call, &a, &id);

    if (st != OK)
        return st;
    st = insights_jobs_read(emulator_insights(call->em), id, answer, &a);
    return st == E_NOTFOUND ? aws_logs_no_query(call, id) : st;
}

/* --- GetLogRecord ----------------------------------------------------------------------------- */

struct looking {
    char id[INSIGHTS_ID];
    const char *pointer;
    const char *group;
    const char *log;
    cJSON *record; /* NULL until it is found */
};

static void
add_discovered(void *arg, const char *name, const char *text, size_t len)
{
    cJSON *record = arg;

    if (cJSON_GetObjectItemCaseSensitive(record, name) == NULL)
        aws_logs_add_text(record, name, text, len);
}

static bool
look(void *arg, const struct log_visit *shown)
{
    struct looking *l = arg;
    char id[INSIGHTS_ID];
    struct insights_line line = {
        .time_ms = shown->time_ms,
        .ingested_ms = shown->ingested_ms,
        .message = shown->message,
        .len = shown->message_len,
        .stream = shown->stream,
        .log = l->log,
        .is_lambda = strncmp(l->group, "/aws/lambda/", 12) == 0,
    };

    log_visit_id(shown, id);
    if (strcmp(id, l->id) != 0)
        return true;
    l->record = json_map();
    cJSON_AddStringToObject(l->record, "@ptr", l->pointer);
    insights_discover(&line, add_discovered, l->record);
    return false;
}

static enum status
read_pointer(struct aws_call *call, struct looking *l, int64_t *time_ms)
{
    /* nothing is masked here, so unmask has no effect */
    static const char *const known[] = { "logRecordPointer", "unmask", NULL };
    const struct awsvalue *in = &call->in;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "logRecordPointer", AWS_REQUIRED, 1, POINTER_MAX, &l->pointer);
    if (st != OK)
        return st;
    *time_ms = 0;
    if (strlen(l->pointer) > ID_LEN) {
        memcpy(l->id, l->pointer, ID_LEN);
        l->group = read_hex(call->arena, l->pointer + ID_LEN);
    }
    for (int i = 0; l->group != NULL && i < TIME_DIGITS; i++) {
        if (hex_digit(l->id[i]) < 0)
            l->group = NULL;
        else
            *time_ms = *time_ms * 16 + hex_digit(l->id[i]);
    }
    if (l->group == NULL)
        return awsvalue_invalid(in, "logRecordPointer", "is no @ptr of a query's result");
    l->log = arena_printf(call->arena, AWS_ACCOUNT ":%s", l->group);
    return OK;
}

enum status
aws_get_log_record(struct aws_call *call)
{
    struct looking l = { 0 };
    struct log_scan scan = { .visit = look, .arg = &l };
    char after[INSIGHTS_ID] = "", next[INSIGHTS_ID] = "";
    struct err err = { 0 };
    enum status st = read_pointer(call, &l, &scan.start_ms);

    if (st != OK)
        return st;
    scan.group = l.group;
    scan.end_ms = scan.start_ms;
    for (int i = 0; st == OK && l.record == NULL && i < READS_MAX; i++) {
        st = store_scan_logs(call->reader, &scan, next, &err);
        memcpy(after, next, sizeof after);
        scan.after = after;
        if (next[0] == '\0')
            break;
    }
    if (st != OK && st != E_NOTFOUND)
        return aws_store_failed(call, &err);
    if (l.record == NULL)
        return wire_error_set(call->error, 400, "ResourceNotFoundException",
                              "The log record is not stored any more.");
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "logRecord", l.record);
    return OK;
}
