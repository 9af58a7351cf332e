/* arn.h - what an Amazon Resource Name says about the resource: its type and its name.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_ARN_H
#define OV_DOMAIN_ARN_H

#include <stdbool.h>

#define ARN_TYPE_TEXT 96

/* "arn:aws:rds:us-east-1:000000000000:cluster:main" is of type "rds:cluster" and called "main", as
 * the tagging API spells types; where an ARN has none, such as a bucket's, the service stands
 * alone. *name lies in `arn`. false: it is no ARN; the type is "" then, and the whole text the
 * name. */
bool arn_read(char type[ARN_TYPE_TEXT], const char **name, const char *arn);
/* All behind the account, "cluster:main" of the one above; the text itself when it is no ARN. */
const char *arn_resource(const char *arn);

#endif
