/* credentials.c - keys, copied and wiped.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/credentials.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static char *
copy_or_null(const char *text)
{
    return text == NULL ? NULL : xstrdup(text);
}

void
aws_credentials_set(struct aws_credentials *out, const char *access_key, const char *secret_key,
                    const char *session_token, const char *source)
{
    out->access_key = copy_or_null(access_key);
    out->secret_key = copy_or_null(secret_key);
    out->session_token = copy_or_null(session_token);
    out->source = copy_or_null(source);
    out->expires_ms = 0;
}

void
aws_credentials_copy(struct aws_credentials *out, const struct aws_credentials *from)
{
    aws_credentials_set(out, from->access_key, from->secret_key, from->session_token, from->source);
    out->expires_ms = from->expires_ms;
}

static bool
same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
aws_credentials_equal(const struct aws_credentials *a, const struct aws_credentials *b)
{
    return same(a->access_key, b->access_key) && same(a->secret_key, b->secret_key) &&
           same(a->session_token, b->session_token);
}

static void
wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void
aws_credentials_fini(struct aws_credentials *credentials)
{
    wipe(credentials->access_key);
    wipe(credentials->secret_key);
    wipe(credentials->session_token);
    free(credentials->source);
    *credentials = (struct aws_credentials){ .access_key = NULL };
}
