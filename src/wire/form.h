/* form.h - a query-protocol form body as one JSON value.
 * SPDX-License-Identifier: MIT
 *
 * No shape table is needed, the names tell:
 *   A.member.1=x  A.Item.1=x  A.1=x     an array A (any one name may stand before the index)
 *   A.entry.1.key=k  A.entry.1.value=v  an object A with member k
 *   A.B=x                               an object A with member B
 * All leaves are strings. An index only orders the items, so a sparse list costs what it holds. */
#ifndef OV_WIRE_FORM_H
#define OV_WIRE_FORM_H

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define FORM_PAIRS_MAX 60000     /* PutMetricData's widest request has about 40,000 */
#define FORM_DEPTH_MAX 20        /* GetMetricData nests nine names */
#define FORM_INDEX_MAX 999999999 /* never an allocation, only an order */

/* `text` need not be NUL-terminated. The caller owns *out, an object. E_INVALID names the parameter
 * that is wrong: one given twice, one that is both a value and a structure, an index that is not a
 * positive number, a name that is empty; E_LIMIT beyond the bounds above. */
MUST_CHECK enum status form_parse(cJSON **out, const char *text, size_t len, struct err *err);

#endif
