/* rpccbor.h - the Smithy RPC v2 CBOR protocol.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_RPCCBOR_H
#define OV_WIRE_RPCCBOR_H

#include "wire/codec.h"

extern const struct wire_codec codec_rpccbor;

#endif
