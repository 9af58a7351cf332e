/* credentials.h - an access key and its secret, kept with care.
 * SPDX-License-Identifier: MIT
 *
 * How they are found is planned by key_plan.h and done by provider.h. */
#ifndef OV_AWS_CREDENTIALS_H
#define OV_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

struct aws_credentials {
    char *access_key; /* NULL: none yet */
    char *secret_key;
    char *session_token; /* NULL: long-lived keys */
    char *source;        /* for a person: "environment", "profile prod" */
    int64_t expires_ms;  /* epoch; 0: never, as far as we know */
};

/* Keys that somebody already has; each may be NULL. */
void aws_credentials_set(struct aws_credentials *out, const char *access_key,
                         const char *secret_key, const char *session_token, const char *source);
void aws_credentials_copy(struct aws_credentials *out, const struct aws_credentials *from);
/* The same keys, whoever they came from. */
bool aws_credentials_equal(const struct aws_credentials *a, const struct aws_credentials *b);
void aws_credentials_fini(struct aws_credentials *credentials); /* wipes the secrets */

#endif
