/* query.h - the AWS query protocol: a form in, XML out.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_QUERY_H
#define OV_WIRE_QUERY_H

#include "wire/codec.h"

extern const struct wire_codec codec_query;

#endif
