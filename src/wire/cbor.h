/* cbor.h - CBOR (RFC 8949) as far as AWS clients speak it, to and from cJSON values.
 * SPDX-License-Identifier: MIT
 *
 * Text, arrays, maps (definite and indefinite), integers, floats of any width, booleans, null,
 * undefined (read as null) and tag 1, a time in epoch seconds, which is a number marked JSON_TIME.
 * Byte strings and other tags are refused by name. */
#ifndef OV_WIRE_CBOR_H
#define OV_WIRE_CBOR_H

#include "base/buf.h"
#include "base/err.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define CBOR_DEPTH_MAX 32
#define CBOR_ITEMS_MAX 600000 /* PutMetricData's widest request has about 470,000, keys counted */

/* Reads exactly one value. The caller owns *out. E_INVALID names the byte offset where reading
 * stopped, E_UNSUPPORTED what is not spoken here, E_LIMIT the bound above that was passed. */
MUST_CHECK enum status cbor_parse(cJSON **out, const void *bytes, size_t len, struct err *err);

/* Appends the value: whole numbers as integers, others as doubles, times under tag 1. */
void cbor_print(struct buf *b, const cJSON *value);

#endif
