/* xml_read.h - an XML document as a JSON value.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_XML_READ_H
#define OV_WIRE_XML_READ_H

#include "base/err.h"
#include "wire/service.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define XML_READ_DEPTH_MAX 32
#define XML_READ_NODES_MAX 400000 /* a page of GetMetricData has about 200,000 */
#define XML_READ_NAME      64

/* The value of the root element, which the caller owns, and its name. `service` says what names
 * mean (query_fields.h); NULL: all is text, and a name that comes again is a list. E_INVALID: not
 * XML, or it has a DOCTYPE; E_LIMIT: beyond the bounds above. */
MUST_CHECK enum status xml_read(cJSON **out, char root[XML_READ_NAME],
                                const struct wire_service *service, const char *text, size_t len,
                                struct err *err);

#endif
