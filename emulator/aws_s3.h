/* aws_s3.h - what the operations of S3 share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_S3_H
#define OV_EMULATOR_AWS_S3_H

#include "domain/recording_file.h"
#include "emulator/aws_call.h"
#include "emulator/s3_objects.h"
#include "store/recording.h"

/* Its name. */
const char *s3_bucket(const struct aws_call *call);
/* Whether there is such a bucket, and its owner is the one that was expected. */
MUST_CHECK enum status s3_check_bucket(struct aws_call *call);
/* The object of a key. NoSuchKey. */
MUST_CHECK enum status s3_find(struct aws_call *call, const char *key, struct recording *recording,
                               enum recording_file *file, struct s3_object *out);
/* The store failed, or a session has gone meanwhile: turns it into the answer's error. */
enum status s3_failed(struct aws_call *call, const struct err *err);
/* An answer without a body; more headers may be added to it. */
struct aws_bytes *s3_answer(struct aws_call *call, unsigned status);
void s3_add_header(struct aws_bytes *answer, const char *name, const char *value);
cJSON *s3_owner(void);

#endif
