/* xml_read.c - JSON of XML.
 * SPDX-License-Identifier: MIT
 *
 * XML has no types. What has <member> children is a list, what has <entry> children a map, other
 * children make a structure, and anything else is text; a name that comes again makes a list. A
 * list without members, a number and a time cannot be told from text, so the names of a service's
 * fields say what they are (query_fields.c), and what the elements of its lists are called.
 *
 * The text is hostile: a DOCTYPE (and with it every entity of one's own) is refused, depth and the
 * number of elements are bounded, and so is the width of a structure, because finding out whether a
 * name came before walks it. */
#include "config.h"

#include "wire/xml_read.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/query_fields.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MAX 256 /* members of a structure */

struct element {
    char name[XML_READ_NAME];
    cJSON *value; /* NULL while it has no children */
    struct buf text;
    size_t width;
    enum query_kind kind;
    enum query_kind items;
    const char *item; /* of a list: what its elements are called */
    bool is_item;     /* of a list */
};

struct reading {
    XML_Parser parser;
    const struct wire_service *service; /* whose names these are; NULL: nobody's */
    struct element open[XML_READ_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    size_t max; /* bytes of any text */
    cJSON *root;
    char root_name[XML_READ_NAME];
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

/* An element of a list is what the list says; anything else is what its name says. */
static void
look_up(struct element *e, const struct element *parent, const struct wire_service *service)
{
    const struct query_field *field;

    e->is_item = strcmp(e->name, "member") == 0 ||
                 (parent != NULL && parent->item != NULL && strcmp(e->name, parent->item) == 0);
    if (e->is_item && parent != NULL)
        e->kind = parent->items;
    field = e->is_item || service == NULL ? NULL : query_field_find(service, e->name);
    if (field != NULL) {
        e->kind = field->kind;
        e->item = field->item;
        e->items = field->items;
    }
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;
    struct element *e;

    (void)attributes;
    if (r->depth == XML_READ_DEPTH_MAX || ++r->nodes > XML_READ_NODES_MAX) {
        stop(r, E_LIMIT, "the XML answer is too deep or has too many elements");
        return;
    }
    e = &r->open[r->depth++];
    *e = (struct element){ .kind = QUERY_TEXT };
    snprintf(e->name, sizeof e->name, "%s", name);
    buf_init(&e->text, r->max);
    look_up(e, r->depth > 1 ? e - 1 : NULL, r->service);
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
    case QUERY_LIST:
        return cJSON_CreateArray();
    case QUERY_BOOL:
        return cJSON_CreateBool(strcmp(text, "true") == 0);
    case QUERY_NUMBER:
        if (text_parse_double(&number, text))
            return cJSON_CreateNumber(number);
        break;
    case QUERY_TIME:
        if (iso8601_parse(&time_ms, text))
            return json_time(time_ms);
        break;
    case QUERY_TEXT:
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
attach(struct reading *r, struct element *parent, const struct element *child, cJSON *value)
{
    if (parent->value == NULL)
        parent->value = child->is_item                      ? cJSON_CreateArray()
                        : strcmp(child->name, "entry") == 0 ? json_map()
                                                            : cJSON_CreateObject();
    if (cJSON_IsArray(parent->value)) {
        if (child->is_item)
            cJSON_AddItemToArray(parent->value, value);
        else {
            cJSON_Delete(value);
            stop(r, E_INVALID, "the XML answer mixes a list with something else");
        }
    } else if ((parent->value->type & JSON_MAP) != 0)
        add_entry(r, parent, value);
    else
        add_member(r, parent, child->name, value);
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
        attach(r, e - 1, e, value);
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

enum status
xml_read(cJSON **out, char root[XML_READ_NAME], const struct wire_service *service,
         const char *text, size_t len, struct err *err)
{
    struct reading r = {
        .parser = XML_ParserCreate("UTF-8"), .service = service, .max = len + 1, .err = err
    };

    if (r.parser == NULL || len > INT_MAX) {
        XML_ParserFree(r.parser);
        return err_set(err, E_LIMIT, "the XML answer is too large");
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    if (XML_Parse(r.parser, text, (int)len, 1) != XML_STATUS_OK && r.st == OK)
        r.st = err_set(err, E_INVALID, "the answer is not XML: %s in line %lu",
                       XML_ErrorString(XML_GetErrorCode(r.parser)),
                       (unsigned long)XML_GetCurrentLineNumber(r.parser));
    XML_ParserFree(r.parser);
    for (size_t i = 0; i < r.depth; i++) {
        cJSON_Delete(r.open[i].value);
        buf_fini(&r.open[i].text);
    }
    if (r.st != OK) {
        cJSON_Delete(r.root);
        return r.st;
    }
    memcpy(root, r.root_name, sizeof r.root_name);
    *out = r.root;
    return OK;
}
