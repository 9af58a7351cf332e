/* query_client.c - forms of JSON, and JSON of XML.
 * SPDX-License-Identifier: MIT
 *
 * CloudWatch spoke only this protocol until 2025, and so do old endpoints and emulators still; STS,
 * RDS and Elastic Load Balancing speak nothing else. Requests are easy: members of a list are
 * A.member.1, of a structure A.B. How the XML of answers is read: xml_read.c. */
#include "config.h"

#include "wire/query_client.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "wire/percent.h"
#include "wire/query_fields.h"
#include "wire/xml_read.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 512

/* --- out --- */

static bool
ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

/* Times are numbers in JSON; the query protocol writes them out. */
static bool
is_time(const cJSON *value, const char *path)
{
    static const char *const ends[] = { "Time", "Date", "Timestamp" };

    if ((value->type & JSON_TIME) != 0)
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (ends_with(path, ends[i]))
            return true;
    }
    return false;
}

static void
add_leaf(struct buf *form, const char *path, const cJSON *value)
{
    char time[ISO8601_TEXT];

    buf_addc(form, '&');
    percent_encode(form, path, strlen(path), false);
    buf_addc(form, '=');
    if (cJSON_IsString(value))
        percent_encode(form, value->valuestring, strlen(value->valuestring), false);
    else if (cJSON_IsBool(value))
        buf_adds(form, cJSON_IsTrue(value) ? "true" : "false");
    else if (is_time(value, path)) {
        iso8601_format_s((int64_t)(value->valuedouble * 1000.0), time);
        percent_encode(form, time, strlen(time), false);
    } else
        json_print_number(form, value->valuedouble);
}

static void
add_value(struct buf *form, const struct wire_service *service, const char *path,
          const cJSON *value)
{
    bool is_list = cJSON_IsArray(value);
    const char *item = is_list ? query_field_item(service, value->string) : NULL;
    const cJSON *child;
    unsigned n = 0;

    if (cJSON_IsNull(value))
        return;
    if (!is_list && !cJSON_IsObject(value)) {
        add_leaf(form, path, value);
        return;
    }
    cJSON_ArrayForEach(child, value)
    {
        char inner[PATH_MAX_BYTES];
        const char *dot = *path == '\0' ? "" : ".";

        if (is_list)
            snprintf(inner, sizeof inner, "%s.%s.%u", path, item, ++n);
        else
            snprintf(inner, sizeof inner, "%s%s%s", path, dot, child->string);
        add_value(form, service, inner, child);
    }
}

void
query_client_form(struct buf *form, const struct wire_service *service, const char *operation,
                  const cJSON *input)
{
    buf_addf(form, "Action=%s&Version=%s", operation, service->query_version);
    if (input != NULL)
        add_value(form, service, "", input);
}

/* --- in --- */

enum status
query_client_read(cJSON **out, const struct wire_service *service, const char *text, size_t len,
                  struct err *err)
{
    char name[XML_READ_NAME];
    cJSON *root = NULL, *child;
    enum status st = xml_read(&root, name, service, text, len, err);

    if (st != OK)
        return st;
    if (!ends_with(name, "Response") || strcmp(name, "ErrorResponse") == 0) {
        cJSON_Delete(root);
        return err_set(err, E_INVALID, "expected <...Response> in the answer, got <%s>", name);
    }
    for (child = root->child; child != NULL; child = child->next) {
        if (child->string != NULL && ends_with(child->string, "Result"))
            break;
    }
    *out = cJSON_IsObject(child) ? cJSON_DetachItemViaPointer(root, child) : cJSON_CreateObject();
    cJSON_Delete(root);
    return OK;
}

bool
query_client_read_error(struct wire_error *out, unsigned status, const char *text, size_t len)
{
    char name[XML_READ_NAME];
    cJSON *root = NULL;
    const cJSON *error;
    const char *code;

    if (xml_read(&root, name, NULL, text, len, NULL) != OK)
        return false;
    error =
        strcmp(name, "Error") == 0 ? root : json_get(root, "Error"); /* S3 wraps it in nothing */
    code = json_get_string(error, "Code", NULL);
    if (code != NULL) {
        wire_error_set(out, status, "", "%s", json_get_string(error, "Message", ""));
        snprintf(out->code, sizeof out->code, "%s", code);
    }
    cJSON_Delete(root);
    return code != NULL;
}
