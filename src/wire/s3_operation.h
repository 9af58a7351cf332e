/* s3_operation.h - S3's operations by method, path and query: it has no other name for them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_S3_OPERATION_H
#define OV_WIRE_S3_OPERATION_H

#include "wire/http.h"

enum s3_level { S3_SERVICE, S3_BUCKET, S3_OBJECT };

struct s3_operation {
    enum s3_level level; /* "/", "/bucket", "/bucket/key" */
    const char *method;
    const char *marks[2]; /* query parameters that tell it from others; NULL: none */
    const char *header;   /* likewise */
    const char *name;     /* "ListObjectsV2" */
    const char *root;     /* of its answer's XML; NULL: not one that is answered here in XML */
};

/* NULL: S3 has none such. */
const struct s3_operation *s3_operation_of(const struct http_request *rq, enum s3_level level);
/* By its name; NULL likewise. */
const struct s3_operation *s3_operation_named(const char *name);

#endif
