/* query_fields.h - what the names of query protocol answers stand for: XML itself has no types.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_QUERY_FIELDS_H
#define OV_WIRE_QUERY_FIELDS_H

#include "wire/service.h"

enum query_kind { QUERY_TEXT, QUERY_LIST, QUERY_NUMBER, QUERY_TIME, QUERY_BOOL };

struct query_field {
    const char *name;
    enum query_kind kind;
    const char *item;      /* of a list: what its elements are called; NULL: "member" */
    enum query_kind items; /* of a list: what they are */
};

/* NULL for a name that the service has no row for: text, a structure, or a list of "member". */
const struct query_field *query_field_find(const struct wire_service *service, const char *name);
/* What the elements of a list are called, in requests and in answers. */
const char *query_field_item(const struct wire_service *service, const char *list);

#endif
