/* xml.c - writing XML 1.0.
 * SPDX-License-Identifier: MIT
 *
 * Only what answers need: elements, no attributes, no white space between them. Which characters
 * may stand in a document: XML 1.0 (fifth edition), production 2. */
#include "config.h"

#include "wire/xml.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/query_fields.h"

#include <math.h>
#include <string.h>

static bool
is_xml_char(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return (c < 0xd800 || c > 0xdfff) && c != 0xfffe && c != 0xffff && c <= 0x10ffff;
}

static const char *
escape_of(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void
xml_text(struct buf *b, const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const char *clean = text; /* from here on nothing needs changing */

    while (*text != '\0') {
        const char *at = text;
        uint32_t c = text_next(&text);
        const char *instead = escape_of(c);

        if (!is_xml_char(c) || c == 0xfffd) /* a bad byte reads as U+FFFD */
            instead = replacement;
        if (instead == NULL)
            continue;
        buf_add(b, clean, (size_t)(at - clean));
        buf_adds(b, instead);
        clean = text;
    }
    buf_add(b, clean, (size_t)(text - clean));
}

static void
put_time(struct buf *b, double seconds)
{
    int64_t ms = (int64_t)llround(seconds * 1000.0);
    char text[ISO8601_TEXT];

    if (ms % 1000 == 0)
        iso8601_format_s(ms, text);
    else
        iso8601_format_ms(ms, text);
    buf_adds(b, text);
}

static void
put_map(struct buf *b, const struct wire_service *service, const cJSON *map)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, map)
    {
        buf_adds(b, "<entry><key>");
        xml_text(b, item->string);
        buf_adds(b, "</key>");
        xml_element(b, service, "value", item);
        buf_adds(b, "</entry>");
    }
}

static void
put_value(struct buf *b, const struct wire_service *service, const cJSON *value)
{
    const cJSON *item;

    if (cJSON_IsObject(value) && (value->type & JSON_MAP) != 0)
        put_map(b, service, value);
    else if (cJSON_IsObject(value)) {
        cJSON_ArrayForEach(item, value) xml_element(b, service, item->string, item);
    } else if (cJSON_IsArray(value)) {
        const char *name = query_field_item(service, value->string);

        cJSON_ArrayForEach(item, value) xml_element(b, service, name, item);
    } else if (cJSON_IsString(value))
        xml_text(b, value->valuestring);
    else if (cJSON_IsBool(value))
        buf_adds(b, cJSON_IsTrue(value) ? "true" : "false");
    else if (cJSON_IsNumber(value) && (value->type & JSON_TIME) != 0)
        put_time(b, value->valuedouble);
    else if (cJSON_IsNumber(value))
        json_print_number(b, value->valuedouble);
}

void
xml_element(struct buf *b, const struct wire_service *service, const char *name, const cJSON *value)
{
    if (value == NULL || cJSON_IsNull(value))
        return;
    buf_addc(b, '<');
    buf_adds(b, name);
    buf_addc(b, '>');
    put_value(b, service, value);
    buf_adds(b, "</");
    buf_adds(b, name);
    buf_addc(b, '>');
}
