/* restjson.h - the REST JSON protocol: the operation is a method and a path.
 * SPDX-License-Identifier: MIT
 *
 * Members of the path and the query reach the handler as text under their names, as in a form. */
#ifndef OV_WIRE_RESTJSON_H
#define OV_WIRE_RESTJSON_H

#include "wire/codec.h"

extern const struct wire_codec codec_restjson;

#endif
