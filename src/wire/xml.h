/* xml.h - JSON values as XML text, the way the query protocol writes answers.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_XML_H
#define OV_WIRE_XML_H

#include "base/buf.h"
#include "wire/service.h"

#include <cjson/cJSON.h>

/* Character data: markup escaped, bytes that are not UTF-8 and characters that XML 1.0 cannot hold
 * replaced by U+FFFD. Carriage returns become references, or a reader would drop them. */
void xml_text(struct buf *b, const char *text);

/* <name>value</name>. Items of an array are called as the service calls them (query_fields.h), most
 * often <member>; an object marked as a map is <entry><key/><value/></entry>; a number marked as a
 * time is ISO 8601 in UTC; null is nothing at all. Names of an unmarked object must be XML names:
 * they come from our handlers, not from data. */
void xml_element(struct buf *b, const struct wire_service *service, const char *name,
                 const cJSON *value);

#endif
