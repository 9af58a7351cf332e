/* restjson.c - methods and paths as operations, JSON as answers.
 * SPDX-License-Identifier: MIT
 *
 * The first segment of a path is the version of the service's API, which names the service. The
 * others are matched with the table below, taken from the services' API models; more rows make more
 * operations. A body would be JSON members beside those of the path; no operation here has one. */
#include "config.h"

#include "wire/restjson.h"

#include "base/json.h"
#include "wire/percent.h"

#include <stdio.h>
#include <string.h>

#define TYPE_JSON  "application/json"
#define VALUE_MAX  8192
#define NAME_BYTES 64

/* clang-format off */
static const struct {
    const char *service;
    const char *method;
    const char *path; /* behind the version; {Name} takes one segment */
    const char *operation;
} operations[] = {
    { "lambda", "GET", "/functions",                              "ListFunctions" },
    { "lambda", "GET", "/functions/{FunctionName}",               "GetFunction" },
    { "lambda", "GET", "/functions/{FunctionName}/configuration", "GetFunctionConfiguration" },
};
/* clang-format on */

/* The length of "/2015-03-31", or 0. */
static size_t
version_length(const char *path)
{
    static const char shape[] = "/dddd-dd-dd";
    size_t i = 0;

    for (; shape[i] != '\0'; i++) {
        if (shape[i] == 'd' ? path[i] < '0' || path[i] > '9' : path[i] != shape[i])
            return 0;
    }
    return path[i] == '/' ? i : 0;
}

static bool
recognise(const struct http_request *rq)
{
    return version_length(rq->path) > 0;
}

static void
add_member(cJSON *input, const char *name, size_t name_len, const char *value, size_t value_len,
           bool plus)
{
    char key[NAME_BYTES];
    struct buf text;

    snprintf(key, sizeof key, "%.*s", (int)name_len, name);
    buf_init(&text, VALUE_MAX);
    percent_decode(&text, value, value_len, plus);
    cJSON_AddStringToObject(input, key, text.data);
    buf_fini(&text);
}

/* Whether the path has the pattern; with `input` its members are added on the way. A slash at the
 * end means nothing. */
static bool
matches(const char *pattern, const char *path, cJSON *input)
{
    while (*pattern != '\0') {
        size_t want = strcspn(pattern + 1, "/"), have;

        if (*path != '/')
            return false;
        have = strcspn(path + 1, "/");
        if (pattern[1] == '{' && have > 0) {
            if (input != NULL)
                add_member(input, pattern + 2, want - 2, path + 1, have, false);
        } else if (want != have || strncmp(pattern + 1, path + 1, want) != 0)
            return false;
        pattern += 1 + want;
        path += 1 + have;
    }
    return *path == '\0' || strcmp(path, "/") == 0;
}

/* Parameters of a presigned URL are no members. */
static void
read_query(cJSON *input, const char *query)
{
    while (*query != '\0') {
        size_t len = strcspn(query, "&"), name = strcspn(query, "=&");
        size_t value = name < len ? name + 1 : len;

        if (name > 0 && name < NAME_BYTES && strncmp(query, "X-Amz-", 6) != 0)
            add_member(input, query, name, query + value, len - value, true);
        query += query[len] == '&' ? len + 1 : len;
    }
}

static enum status
decode(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    size_t version = version_length(rq->path);
    char name[16];

    *call = (struct wire_call){ .content_type = TYPE_JSON };
    snprintf(name, sizeof name, "%.*s", version == 0 ? 0 : (int)version - 1, rq->path + 1);
    call->service = service_by_rest_version(name);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (call->service == NULL || strcmp(operations[i].service, call->service->name) != 0 ||
            strcmp(operations[i].method, rq->method) != 0 ||
            !matches(operations[i].path, rq->path + version, NULL))
            continue;
        snprintf(call->operation, sizeof call->operation, "%s", operations[i].operation);
        call->input = cJSON_CreateObject();
        (void)matches(operations[i].path, rq->path + version, call->input);
        read_query(call->input, rq->query);
        return OK;
    }
    return wire_error_set(error, 404, "UnknownOperationException",
                          "obsview does not support %s %.100s; see obsview help aws", rq->method,
                          rq->path);
}

static void
encode(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
       const char *request_id)
{
    wire_reply_start(reply, call, 200, request_id);
    if (result == NULL)
        buf_adds(&reply->body, "{}");
    else
        json_print(&reply->body, result);
}

/* As Lambda words them: whose fault it is, and what. The code is in the header alone. */
static void
encode_error(struct wire_reply *reply, const struct wire_call *call, const struct wire_error *error,
             const char *request_id)
{
    wire_reply_start(reply, call, error->status, request_id);
    wire_reply_header(reply, "x-amzn-ErrorType", "%s", error->code);
    buf_addf(&reply->body,
             "{\"Type\":\"%s\",\"Message\":", error->status < 500 ? "User" : "Service");
    json_print_string(&reply->body, error->message, strlen(error->message));
    buf_adds(&reply->body, ",\"message\":");
    json_print_string(&reply->body, error->message, strlen(error->message));
    buf_addc(&reply->body, '}');
}

const struct wire_codec codec_restjson = {
    .name = "REST JSON",
    .recognise = recognise,
    .decode = decode,
    .encode = encode,
    .encode_error = encode_error,
};
