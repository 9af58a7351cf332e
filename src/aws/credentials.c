/* credentials.c - the first links of AWS's credential chain.
 * SPDX-License-Identifier: MIT
 *
 * Order as in botocore's credentials.py: the environment, skipped when a profile was named on the
 * command line (AWS_PROFILE alone does not skip it), then the shared credentials file, then keys in
 * the config file. Roles, single sign-on, processes and instance metadata are links of their own;
 * until they are read here, the sentence names the CLI's own way of turning them into keys. */
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
    *credentials = (struct aws_credentials){ NULL, NULL, NULL, NULL };
}

const char *
aws_profile_name(const struct aws_environment *env, const char *named)
{
    const char *from_env = aws_getenv(env, "AWS_PROFILE");

    if (named != NULL && *named != '\0')
        return named;
    return from_env != NULL ? from_env : "default";
}

static enum status
from_environment(struct aws_credentials *out, const struct aws_environment *env, struct err *err)
{
    const char *access_key = aws_getenv(env, "AWS_ACCESS_KEY_ID");
    const char *secret_key = aws_getenv(env, "AWS_SECRET_ACCESS_KEY");

    if (access_key == NULL)
        return E_NOTFOUND;
    if (secret_key == NULL)
        return err_set(err, E_AUTH,
                       "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both");
    aws_credentials_set(out, access_key, secret_key, aws_getenv(env, "AWS_SESSION_TOKEN"),
                        "environment");
    return OK;
}

/* What a profile may hold instead of keys. */
static const char *const other_ways[] = {
    "role_arn",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "credential_process",
    "login_session",
    NULL,
};

static enum status
from_profile(struct aws_credentials *out, const struct shared_files *files, const char *profile,
             struct err *err)
{
    const char *access_key = shared_files_get(files, profile, "aws_access_key_id");
    const char *secret_key = shared_files_get(files, profile, "aws_secret_access_key");
    char *source;

    for (size_t i = 0; access_key == NULL && other_ways[i] != NULL; i++) {
        if (shared_files_get(files, profile, other_ways[i]) == NULL)
            continue;
        return err_set(err, E_UNSUPPORTED,
                       "profile %s gets its keys by %s, which is not read here yet: run "
                       "eval \"$(aws configure export-credentials --profile %s --format env)\" "
                       "and try without naming the profile",
                       profile, other_ways[i], profile);
    }
    if (access_key == NULL)
        return E_NOTFOUND;
    if (secret_key == NULL)
        return err_set(err, E_AUTH, "profile %s has aws_access_key_id but no aws_secret_access_key",
                       profile);
    source = xasprintf("profile %s", profile);
    aws_credentials_set(out, access_key, secret_key,
                        shared_files_get(files, profile, "aws_session_token"), source);
    free(source);
    return OK;
}

enum status
aws_credentials_find(struct aws_credentials *out, const struct aws_environment *env,
                     const struct shared_files *files, const char *profile, struct err *err)
{
    const char *name = aws_profile_name(env, profile);
    bool is_named = profile != NULL && *profile != '\0';
    enum status st = is_named ? E_NOTFOUND : from_environment(out, env, err);

    if (st != E_NOTFOUND)
        return st;
    if (is_named && !shared_files_has(files, name))
        return err_set(err, E_NOTFOUND, "no profile %s in the AWS config and credentials files",
                       name);
    st = from_profile(out, files, name, err);
    if (st != E_NOTFOUND)
        return st;
    return err_set(err, E_AUTH,
                   "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put "
                   "keys into profile %s",
                   name);
}
