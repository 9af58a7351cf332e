/* query_client.c - forms of JSON, and JSON of XML.
 * SPDX-License-Identifier: MIT
 *
 * CloudWatch spoke only this protocol until 2025, and so do old endpoints and emulators still; STS
 * speaks nothing else. Requests are easy: members of a list are A.member.1, of a structure A.B.
 *
 * XML has no types. What has <member> children is a list, what has <entry> children a map, other
 * children make a structure, and anything else is text. A list without members, a number and a time
 * cannot be told from text, so the names of CloudWatch's fields say what they are: one table,
 * from the service's API model of 2010-08-01.
 *
 * The text is hostile: a DOCTYPE (and with it every entity of one's own) is refused, depth and the
 * number of elements are bounded, and so is the width of a structure, because finding out whether a
 * name came before walks it. */
#include "config.h"

#include "wire/query_client.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/percent.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 512
#define WIDTH_MAX      256 /* members of a structure */

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
add_value(struct buf *form, const char *path, const cJSON *value)
{
    bool is_list = cJSON_IsArray(value);
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
            snprintf(inner, sizeof inner, "%s.member.%u", path, ++n);
        else
            snprintf(inner, sizeof inner, "%s%s%s", path, dot, child->string);
        add_value(form, inner, child);
    }
}

void
query_client_form(struct buf *form, const struct wire_service *service, const char *operation,
                  const cJSON *input)
{
    buf_addf(form, "Action=%s&Version=%s", operation, service->query_version);
    if (input != NULL)
        add_value(form, "", input);
}

/* --- in --- */

enum field_kind { FIELD_TEXT, FIELD_LIST, FIELD_NUMBER, FIELD_TIME, FIELD_BOOL };

static const struct {
    const char *name;
    enum field_kind kind;
    enum field_kind items; /* of a list */
} fields[] = {
    { "ActionsEnabled", FIELD_BOOL, FIELD_TEXT },
    { "ActionsSuppressorExtensionPeriod", FIELD_NUMBER, FIELD_TEXT },
    { "ActionsSuppressorWaitPeriod", FIELD_NUMBER, FIELD_TEXT },
    { "AlarmActions", FIELD_LIST, FIELD_TEXT },
    { "AlarmConfigurationUpdatedTimestamp", FIELD_TIME, FIELD_TEXT },
    { "AlarmHistoryItems", FIELD_LIST, FIELD_TEXT },
    { "Average", FIELD_NUMBER, FIELD_TEXT },
    { "CompositeAlarms", FIELD_LIST, FIELD_TEXT },
    { "Datapoints", FIELD_LIST, FIELD_TEXT },
    { "DatapointsToAlarm", FIELD_NUMBER, FIELD_TEXT },
    { "Dimensions", FIELD_LIST, FIELD_TEXT },
    { "EvaluationPeriods", FIELD_NUMBER, FIELD_TEXT },
    { "InsufficientDataActions", FIELD_LIST, FIELD_TEXT },
    { "Maximum", FIELD_NUMBER, FIELD_TEXT },
    { "Messages", FIELD_LIST, FIELD_TEXT },
    { "MetricAlarms", FIELD_LIST, FIELD_TEXT },
    { "MetricDataResults", FIELD_LIST, FIELD_TEXT },
    { "Metrics", FIELD_LIST, FIELD_TEXT },
    { "Minimum", FIELD_NUMBER, FIELD_TEXT },
    { "OKActions", FIELD_LIST, FIELD_TEXT },
    { "OwningAccounts", FIELD_LIST, FIELD_TEXT },
    { "Period", FIELD_NUMBER, FIELD_TEXT },
    { "ReturnData", FIELD_BOOL, FIELD_TEXT },
    { "SampleCount", FIELD_NUMBER, FIELD_TEXT },
    { "StateTransitionedTimestamp", FIELD_TIME, FIELD_TEXT },
    { "StateUpdatedTimestamp", FIELD_TIME, FIELD_TEXT },
    { "Sum", FIELD_NUMBER, FIELD_TEXT },
    { "Threshold", FIELD_NUMBER, FIELD_TEXT },
    { "Timestamp", FIELD_TIME, FIELD_TEXT },
    { "Timestamps", FIELD_LIST, FIELD_TIME },
    { "Values", FIELD_LIST, FIELD_NUMBER },
};

struct element {
    char name[64];
    cJSON *value; /* NULL while it has no children */
    struct buf text;
    size_t width;
    enum field_kind kind;
    enum field_kind items;
};

struct reading {
    XML_Parser parser;
    struct element open[QUERY_CLIENT_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    size_t max; /* bytes of any text */
    cJSON *root;
    char root_name[64];
    struct err *err;
    enum status st;
};

static void
stop(struct reading *r, enum status st, const char *why)
{
    if (r->st == OK)
        r->st = err_set(r->err, st, "%s", why);
    XML_StopParser(r->parser, XML_FALSE);
}

static void
look_up(struct element *e, const struct element *parent)
{
    if (parent != NULL && strcmp(e->name, "member") == 0)
        e->kind = parent->items;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, e->name) == 0) {
            e->kind = fields[i].kind;
            e->items = fields[i].items;
        }
    }
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;
    struct element *e;

    (void)attributes;
    if (r->depth == QUERY_CLIENT_DEPTH_MAX || ++r->nodes > QUERY_CLIENT_NODES_MAX) {
        stop(r, E_LIMIT, "the XML answer is too deep or has too many elements");
        return;
    }
    e = &r->open[r->depth++];
    *e = (struct element){ .kind = FIELD_TEXT };
    snprintf(e->name, sizeof e->name, "%s", name);
    buf_init(&e->text, r->max);
    look_up(e, r->depth > 1 ? e - 1 : NULL);
}

static void XMLCALL
on_text(void *arg, const char *text, int len)
{
    struct reading *r = arg;

    if (r->depth > 0 && r->open[r->depth - 1].value == NULL)
        buf_add(&r->open[r->depth - 1].text, text, (size_t)len);
}

static cJSON *
typed_leaf(const struct element *e)
{
    const char *text = e->text.data;
    double number;
    int64_t time_ms;

    switch (e->kind) {
    case FIELD_LIST:
        return cJSON_CreateArray();
    case FIELD_BOOL:
        return cJSON_CreateBool(strcmp(text, "true") == 0);
    case FIELD_NUMBER:
        if (text_parse_double(&number, text))
            return cJSON_CreateNumber(number);
        break;
    case FIELD_TIME:
        if (iso8601_parse(&time_ms, text))
            return json_time(time_ms);
        break;
    case FIELD_TEXT:
        break;
    }
    return cJSON_CreateString(text);
}

/* A name that comes again makes a list of what it names. */
static void
add_member(struct reading *r, struct element *parent, const char *name, cJSON *value)
{
    cJSON *before = cJSON_GetObjectItemCaseSensitive(parent->value, name);

    if (before == NULL) {
        if (++parent->width > WIDTH_MAX) {
            cJSON_Delete(value);
            stop(r, E_LIMIT, "the XML answer has a structure with too many members");
            return;
        }
        cJSON_AddItemToObject(parent->value, name, value);
        return;
    }
    if ((before->type & JSON_MAP) == 0 && !cJSON_IsArray(before)) {
        cJSON *list = cJSON_CreateArray();

        cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(parent->value, before));
        cJSON_AddItemToObject(parent->value, name, list);
        before = list;
    }
    if (cJSON_IsArray(before))
        cJSON_AddItemToArray(before, value);
    else
        cJSON_Delete(value);
}

static void
add_entry(struct reading *r, struct element *parent, cJSON *entry)
{
    const char *key = json_get_string(entry, "key", NULL);
    cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(entry, "value");

    if (key == NULL)
        cJSON_Delete(value);
    else if (value != NULL)
        add_member(r, parent, key, value);
    cJSON_Delete(entry);
}

static void
attach(struct reading *r, struct element *parent, const char *name, cJSON *value)
{
    bool is_item = strcmp(name, "member") == 0;

    if (parent->value == NULL)
        parent->value = is_item                      ? cJSON_CreateArray()
                        : strcmp(name, "entry") == 0 ? json_map()
                                                     : cJSON_CreateObject();
    if (cJSON_IsArray(parent->value)) {
        if (is_item)
            cJSON_AddItemToArray(parent->value, value);
        else {
            cJSON_Delete(value);
            stop(r, E_INVALID, "the XML answer mixes a list with something else");
        }
    } else if ((parent->value->type & JSON_MAP) != 0)
        add_entry(r, parent, value);
    else
        add_member(r, parent, name, value);
}

static void XMLCALL
on_end(void *arg, const char *name)
{
    struct reading *r = arg;
    struct element *e;
    cJSON *value;

    (void)name;
    if (r->st != OK || r->depth == 0)
        return;
    e = &r->open[--r->depth];
    value = e->value != NULL ? e->value : typed_leaf(e);
    buf_fini(&e->text);
    if (r->depth > 0)
        attach(r, e - 1, e->name, value);
    else {
        r->root = value;
        memcpy(r->root_name, e->name, sizeof r->root_name);
    }
}

static void XMLCALL
on_doctype(void *arg, const char *name, const char *system, const char *public, int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(arg, E_INVALID, "the answer is no AWS XML: it has a DOCTYPE");
}

/* The whole document; *root is the caller's. */
static enum status
parse(struct reading *r, const char *text, size_t len, struct err *err)
{
    *r = (struct reading){ .parser = XML_ParserCreate("UTF-8"), .max = len + 1, .err = err };
    if (r->parser == NULL || len > INT_MAX)
        return err_set(err, E_LIMIT, "the XML answer is too large");
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    if (XML_Parse(r->parser, text, (int)len, 1) != XML_STATUS_OK && r->st == OK)
        r->st = err_set(err, E_INVALID, "the answer is not XML: %s in line %lu",
                        XML_ErrorString(XML_GetErrorCode(r->parser)),
                        (unsigned long)XML_GetCurrentLineNumber(r->parser));
    XML_ParserFree(r->parser);
    for (size_t i = 0; i < r->depth; i++) {
        cJSON_Delete(r->open[i].value);
        buf_fini(&r->open[i].text);
    }
    if (r->st != OK) {
        cJSON_Delete(r->root);
        r->root = NULL;
    }
    return r->st;
}

enum status
query_client_read(cJSON **out, const char *text, size_t len, struct err *err)
{
    struct reading r;
    enum status st = parse(&r, text, len, err);
    cJSON *child;

    if (st != OK)
        return st;
    if (!ends_with(r.root_name, "Response") || strcmp(r.root_name, "ErrorResponse") == 0) {
        cJSON_Delete(r.root);
        return err_set(err, E_INVALID, "expected <...Response> in the answer, got <%s>",
                       r.root_name);
    }
    for (child = r.root->child; child != NULL; child = child->next) {
        if (child->string != NULL && ends_with(child->string, "Result"))
            break;
    }
    *out = cJSON_IsObject(child) ? cJSON_DetachItemViaPointer(r.root, child) : cJSON_CreateObject();
    cJSON_Delete(r.root);
    return OK;
}

bool
query_client_read_error(struct wire_error *out, unsigned status, const char *text, size_t len)
{
    struct reading r;
    const cJSON *error;
    const char *code;

    if (parse(&r, text, len, NULL) != OK)
        return false;
    error = json_get(r.root, "Error");
    code = json_get_string(error, "Code", NULL);
    if (code != NULL) {
        wire_error_set(out, status, "", "%s", json_get_string(error, "Message", ""));
        snprintf(out->code, sizeof out->code, "%s", code);
    }
    cJSON_Delete(r.root);
    return code != NULL;
}
