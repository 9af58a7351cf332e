/* credentials.h - who asks: access keys from the environment or AWS's shared files.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_CREDENTIALS_H
#define OV_AWS_CREDENTIALS_H

#include "aws/shared_files.h"
#include "base/err.h"

#include <stdbool.h>

struct aws_credentials {
    char *access_key;
    char *secret_key;
    char *session_token; /* NULL: long-lived keys */
    char *source;        /* for a person: "environment", "profile prod" */
};

/* Looks where the AWS CLI looks first: AWS_ACCESS_KEY_ID and its companions, unless a profile was
 * named, then the profile's keys in the shared files. `profile` NULL: AWS_PROFILE, else "default".
 * A profile that gets its keys in another way is E_UNSUPPORTED, and the sentence says how to go on.
 */
MUST_CHECK enum status aws_credentials_find(struct aws_credentials *out,
                                            const struct aws_environment *env,
                                            const struct shared_files *files, const char *profile,
                                            struct err *err);
/* Keys that somebody already has; each may be NULL. */
void aws_credentials_set(struct aws_credentials *out, const char *access_key,
                         const char *secret_key, const char *session_token, const char *source);
void aws_credentials_fini(struct aws_credentials *credentials); /* wipes the secrets */

/* The profile meant when `named` (may be NULL) was given. */
const char *aws_profile_name(const struct aws_environment *env, const char *named);

#endif
