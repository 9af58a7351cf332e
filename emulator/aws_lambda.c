/* aws_lambda.c - Lambda's control plane: the functions that were seen here.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is deployed to an emulator. A function is known by its log group, /aws/lambda/NAME, and
 * told with what its log says; members nobody knows are left out rather than made up. LastModified
 * is when the function was first seen: a line of its log tells no deployment, cold starts (their
 * INIT_START) happen without one. MemorySize is that of the newest REPORT line within what one
 * bounded read looks through. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "domain/lambda_line.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/emulator.h"

#define GROUP_PREFIX   "/aws/lambda/"
#define FUNCTION_MAX   140 /* of a name or an ARN (API model) */
#define PAGE_MAX       50
#define REPORT_NEEDLE  "REPORT"
#define EVENT_NEEDLE   "platform.report"
#define LIST_BUDGET_NS 250000000ULL /* for looking into logs, of all functions of a page */
#define MARKER_MAX     4096

/* --- what the log says --- */

static bool
is_report(void *arg, const char *message, size_t len)
{
    struct lambda_line line;

    (void)arg;
    if (memmem(message, len, REPORT_NEEDLE, strlen(REPORT_NEEDLE)) == NULL &&
        memmem(message, len, EVENT_NEEDLE, strlen(EVENT_NEEDLE)) == NULL)
        return false;
    lambda_line_read(&line, message, len);
    return line.kind == LAMBDA_LINE_REPORT && !isnan(line.memory_mb);
}

/* Not a number when it is not known. */
static double
find_memory(struct aws_call *call, const char *group)
{
    const struct log_query query = { .group = group,
                                     .end_ms = INT64_MAX,
                                     .newest_first = true,
                                     .match = is_report,
                                     .limit = 1,
                                     .limit_bytes = LOG_PAGE_BYTES };
    struct log_page page = { 0 };
    struct lambda_line line;

    if (store_read_logs(call->reader, call->arena, &query, &page, NULL) != OK || page.count == 0)
        return (double)NAN;
    lambda_line_read(&line, page.lines[0].message, page.lines[0].message_len);
    return line.memory_mb;
}

static const char *
function_arn(struct aws_call *call, const char *name)
{
    return arena_printf(call->arena, "arn:aws:lambda:%s:" AWS_ACCOUNT ":function:%s", call->region,
                        name);
}

/* Lambda's own form: 2026-11-24T03:20:23.000+0000 */
static void
put_modified(cJSON *out, int64_t ms)
{
    char text[ISO8601_TEXT];

    iso8601_format_ms(ms, text);
    text[strlen(text) - 1] = '\0';
    strncat(text, "+0000", sizeof text - strlen(text) - 1);
    cJSON_AddStringToObject(out, "LastModified", text);
}

static cJSON *
describe(struct aws_call *call, const struct log_group_info *group, bool looks_inside)
{
    const char *name = group->name + strlen(GROUP_PREFIX);
    double memory_mb = looks_inside ? find_memory(call, group->name) : (double)NAN;
    cJSON *out = cJSON_CreateObject(), *logging;

    cJSON_AddStringToObject(out, "FunctionName", name);
    cJSON_AddStringToObject(out, "FunctionArn", function_arn(call, name));
    cJSON_AddStringToObject(out, "Version", "$LATEST");
    put_modified(out, group->created_ms);
    if (!isnan(memory_mb))
        cJSON_AddNumberToObject(out, "MemorySize", memory_mb);
    logging = cJSON_AddObjectToObject(out, "LoggingConfig");
    cJSON_AddStringToObject(logging, "LogGroup", group->name);
    return out;
}

/* --- one function --- */

/* Takes "name", "name:qualifier", "ACCOUNT:function:name" and whole ARNs apart. */
static void
split_name(struct aws_call *call, const char *text, const char **name, const char **qualifier)
{
    static const char mark[] = "function:";
    const char *at = strstr(text, mark);
    size_t len;

    if (at != NULL && (at == text || at[-1] == ':'))
        text = at + strlen(mark);
    len = strcspn(text, ":");
    *name = arena_strndup(call->arena, text, len);
    if (text[len] == ':')
        *qualifier = text + len + 1;
}

static enum status
no_function(struct aws_call *call, const char *name, const char *qualifier)
{
    return wire_error_set(call->error, 404, "ResourceNotFoundException",
                          "Function not found: %s%s%s", function_arn(call, name),
                          qualifier == NULL ? "" : ":", qualifier == NULL ? "" : qualifier);
}

/* There is but one version of anything here. */
static bool
is_latest(const char *qualifier)
{
    return qualifier == NULL || strcmp(qualifier, "$LATEST") == 0;
}

static enum status
find_function(struct aws_call *call, struct log_group_info *out)
{
    static const char *const known[] = { "FunctionName", "Qualifier", NULL };
    const char *text = NULL, *name = NULL, *qualifier = NULL, *group;
    struct log_group_page page = { 0 };
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "FunctionName", AWS_REQUIRED, 1, FUNCTION_MAX, &text);
    if (st == OK)
        st = awsvalue_string(&call->in, "Qualifier", AWS_OPTIONAL, 1, 128, &qualifier);
    if (st != OK)
        return st;
    split_name(call, text, &name, &qualifier);
    group = arena_printf(call->arena, GROUP_PREFIX "%s", name);
    st = store_list_log_groups(call->reader, call->arena, group, NULL, NULL, 1, &page, &err);
    if (st != OK)
        return aws_store_failed(call, &err);
    if (page.count == 0 || strcmp(page.groups[0].name, group) != 0 || *name == '\0' ||
        !is_latest(qualifier))
        return no_function(call, name, qualifier);
    *out = page.groups[0];
    return OK;
}

enum status
aws_get_function_configuration(struct aws_call *call)
{
    struct log_group_info group;
    enum status st = find_function(call, &group);

    if (st == OK)
        call->out = describe(call, &group, true);
    return st;
}

enum status
aws_get_function(struct aws_call *call)
{
    struct log_group_info group;
    enum status st = find_function(call, &group);

    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "Configuration", describe(call, &group, true));
    return OK;
}

/* --- all of them --- */

static enum status
read_page(struct aws_call *call, uint64_t scope, const char **after, size_t *limit)
{
    static const char *const known[] = { "MaxItems", "Marker", "FunctionVersion", "MasterRegion",
                                         NULL };
    static const char *const versions[] = { "ALL", NULL };
    const char *marker = NULL, *region = NULL;
    int64_t count = PAGE_MAX;
    int version = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK) /* more may be asked for, but a page never has more than 50 (API model) */
        st = awsvalue_int(&call->in, "MaxItems", AWS_OPTIONAL, 1, 10000, &count);
    if (st == OK)
        st = awsvalue_string(&call->in, "Marker", AWS_OPTIONAL, 0, MARKER_MAX, &marker);
    if (st == OK)
        st = awsvalue_enum(&call->in, "FunctionVersion", AWS_OPTIONAL, versions, &version);
    if (st == OK)
        st = awsvalue_string(&call->in, "MasterRegion", AWS_OPTIONAL, 0, 64, &region);
    if (st != OK)
        return st;
    *limit = count < PAGE_MAX ? (size_t)count : PAGE_MAX;
    if (marker == NULL || *marker == '\0')
        return OK;
    *after = aws_token_read(call->arena, scope, marker);
    return *after == NULL ? awsvalue_invalid(&call->in, "Marker", "was not made by ListFunctions")
                          : OK;
}

/* What is stepped answers alike however fast the machine is. */
static bool
has_time(const struct aws_call *call, uint64_t start_ns)
{
    return emulator_options(call->em)->is_stepped || mono_ns() - start_ns < LIST_BUDGET_NS;
}

enum status
aws_list_functions(struct aws_call *call)
{
    static const char *const keys[] = { NULL };
    const uint64_t scope = aws_token_scope("ListFunctions", &call->in, keys);
    const uint64_t start_ns = mono_ns();
    struct log_group_page page = { 0 };
    const char *after = NULL;
    struct err err = { 0 };
    size_t limit = 0;
    cJSON *functions;
    enum status st = read_page(call, scope, &after, &limit);

    if (st != OK)
        return st;
    st = store_list_log_groups(call->reader, call->arena, GROUP_PREFIX, NULL, after, limit, &page,
                               &err);
    if (st != OK)
        return aws_store_failed(call, &err);
    call->out = cJSON_CreateObject();
    functions = cJSON_AddArrayToObject(call->out, "Functions");
    for (size_t i = 0; i < page.count; i++) {
        if (page.groups[i].name[strlen(GROUP_PREFIX)] != '\0') /* nobody's, but a valid name */
            cJSON_AddItemToArray(functions,
                                 describe(call, &page.groups[i], has_time(call, start_ns)));
    }
    if (page.next != NULL)
        cJSON_AddStringToObject(call->out, "NextMarker",
                                aws_token_make(call->arena, scope, page.next));
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "function" : "functions");
    return OK;
}
