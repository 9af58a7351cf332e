/* arn.c - arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, where RESOURCE is TYPE/NAME, TYPE:NAME or
 * NAME ("ARN format", AWS General Reference).
 * SPDX-License-Identifier: MIT
 *
 * Some services put a slash before the type ("/workspaces/g-1", "/apis/a1"), and names may hold
 * slashes and colons of their own ("app/umami/50dc", "/aws/lambda/web"), so only the first one
 * divides. */
#include "config.h"

#include "domain/arn.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Behind the n-th colon, or NULL. */
static const char *
behind_colons(const char *text, int n)
{
    for (; text != NULL && n > 0; n--) {
        text = strchr(text, ':');
        if (text != NULL)
            text++;
    }
    return text;
}

const char *
arn_resource(const char *arn)
{
    const char *resource = strncmp(arn, "arn:", 4) == 0 ? behind_colons(arn, 5) : NULL;

    return resource == NULL ? arn : resource;
}

bool
arn_read(char type[ARN_TYPE_TEXT], const char **name, const char *arn)
{
    const char *service = behind_colons(arn, 2), *resource = behind_colons(arn, 5);
    size_t divider;

    type[0] = '\0';
    *name = arn;
    if (strncmp(arn, "arn:", 4) != 0 || resource == NULL || *service == ':')
        return false;
    resource += *resource == '/';
    divider = strcspn(resource, ":/");
    if (resource[divider] == '\0' || divider == 0) {
        snprintf(type, ARN_TYPE_TEXT, "%.*s", (int)strcspn(service, ":"), service);
        *name = resource;
        return true;
    }
    snprintf(type, ARN_TYPE_TEXT, "%.*s:%.*s", (int)strcspn(service, ":"), service,
             (int)(divider < ARN_TYPE_TEXT ? divider : ARN_TYPE_TEXT), resource);
    *name = resource + divider + 1;
    return true;
}
