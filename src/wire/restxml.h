/* restxml.h - S3's protocol: the operation is method, path and query, answers are XML or bytes.
 * SPDX-License-Identifier: MIT
 *
 * The path has the bucket in front ("path style"). Parameters of the query and the headers that say
 * something about the object reach the handler as text under their own names ("max-keys", "Range"),
 * the path as Bucket and Key, an XML body under the name of its root. An answer's value looks as
 * its XML does, an array being the element again and again.
 *
 * A request does not show that it is S3's; the scope of its signature does, so codec_find() does
 * not know this codec. */
#ifndef OV_WIRE_RESTXML_H
#define OV_WIRE_RESTXML_H

#include "wire/codec.h"

#define RESTXML_KEY_MAX 1024 /* bytes of a key, of a bucket's name and of a parameter */

extern const struct wire_codec codec_restxml;

/* S3's spelling of a code: "SignatureDoesNotMatch". */
const char *restxml_code(const char *code);

#endif
