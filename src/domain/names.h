/* names.h - the spellings of metric and dimension names that mean the same.
 * SPDX-License-Identifier: MIT
 *
 * The document writes some names two ways. Short metric names and camelCase dimension keys are
 * canonical; the others are accepted, shown as one series with the canonical one, and worth a
 * warning. AWS's own namespaces ("AWS/...") have their own names, which are never aliases. */
#ifndef OV_DOMAIN_NAMES_H
#define OV_DOMAIN_NAMES_H

#include <stddef.h>

enum name_kind { NAME_METRIC, NAME_DIMENSION };

/* "FunctionName" is "functionName", "LargestContentfulPaint" is "LCP"; `name` itself when it is no
 * alias. */
const char *name_canonical(enum name_kind kind, const char *namespace_name, const char *name);
/* The other spelling of a canonical name, for asking for both; NULL when there is none. */
const char *name_alias(enum name_kind kind, const char *namespace_name, const char *canonical);

#endif
