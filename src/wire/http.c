/* http.c - looking things up in a request.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/http.h"

#include <string.h>
#include <strings.h>

const char *
http_header_get(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->header_count; i++) {
        if (strcasecmp(rq->headers[i].name, name) == 0)
            return rq->headers[i].value;
    }
    return NULL;
}

bool
http_type_is(const char *content_type, const char *type)
{
    size_t len = strlen(type);

    if (content_type == NULL)
        return false;
    content_type += strspn(content_type, " \t");
    if (strncasecmp(content_type, type, len) != 0)
        return false;
    content_type += len;
    content_type += strspn(content_type, " \t");
    return *content_type == '\0' || *content_type == ';';
}
