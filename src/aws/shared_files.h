/* shared_files.h - AWS's own two files, ~/.aws/credentials and ~/.aws/config, as they are written.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_SHARED_FILES_H
#define OV_AWS_SHARED_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* How the environment is read; getenv() in the program, a table in tests. */
struct aws_environment {
    const char *(*get)(void *arg, const char *name); /* NULL when not set */
    void *arg;
};
extern const struct aws_environment aws_environment_real;
/* The value, or NULL when it is not set or empty. */
const char *aws_getenv(const struct aws_environment *env, const char *name);

struct shared_files;

/* Reads both files, from where AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say or from the home
 * directory. A file that does not exist is as good as an empty one. */
MUST_CHECK enum status shared_files_read(struct shared_files **out,
                                         const struct aws_environment *env, struct err *err);
void shared_files_free(struct shared_files *files); /* wipes the secrets; NULL is fine */

/* The path from the environment, or `name` below ~/.aws; the caller frees it. NULL without a home.
 */
char *shared_files_path(const struct aws_environment *env, const char *variable, const char *name);

bool shared_files_has(const struct shared_files *files, const char *profile);
/* A key of a profile, NULL when absent. Where both files have it, the credentials file wins. */
const char *shared_files_get(const struct shared_files *files, const char *profile,
                             const char *key);
enum shared_file { SHARED_CREDENTIALS, SHARED_CONFIG };
const char *shared_files_get_from(const struct shared_files *files, enum shared_file file,
                                  const char *profile, const char *key);
/* A key of [sso-session NAME]. */
const char *shared_files_session(const struct shared_files *files, const char *session,
                                 const char *key);
/* The names of the profiles of the credentials file, by number; NULL past the last. A name may come
 * twice. */
const char *shared_files_profile(const struct shared_files *files, size_t number);
/* A key in the block of `service` ("cloudwatch_logs") of the profile's `services` section. */
const char *shared_files_service(const struct shared_files *files, const char *profile,
                                 const char *service, const char *key);

#endif
