/* key_plan.c - AWS's order of looking for keys, walked on paper.
 * SPDX-License-Identifier: MIT
 *
 * The order is botocore's (credentials.py): the environment, unless a profile was named by hand; a
 * role of the profile; web identity; single sign-on; keys in the credentials file; `aws login`;
 * credential_process; keys in the config file; the container's URI; EC2's metadata. Of a source
 * profile, keys of its own come first, and neither the environment nor the machine is asked for it.
 *
 * Finding out needs no network, so all that can be wrong with a configuration is said at once. */
#include "config.h"

#include "aws/key_plan.h"

#include "aws/endpoint.h"
#include "base/hex.h"
#include "base/iso8601.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DURATION_MIN 900
#define DURATION_MAX 43200
#define IMDS_V4      "http://169.254.169.254"
#define IMDS_V6      "http://[fd00:ec2::254]"
#define ECS_HOST     "http://169.254.170.2"

struct planning {
    struct key_plan *plan;
    const struct aws_environment *env;
    const struct shared_files *files;
    const char *profile; /* the one that was meant */
    bool is_named;
    struct err *err;
};

const char *
aws_profile_name(const struct aws_environment *env, const char *named)
{
    const char *from_env = aws_getenv(env, "AWS_PROFILE");

    if (named != NULL && *named != '\0')
        return named;
    if (from_env == NULL)
        from_env = aws_getenv(env, "AWS_DEFAULT_PROFILE");
    return from_env != NULL ? from_env : "default";
}

static const char *
get(const struct planning *p, const char *profile, const char *key)
{
    const char *value = shared_files_get(p->files, profile, key);

    return value == NULL ? NULL : arena_strdup(p->plan->arena, value);
}

static const char *
keep(const struct planning *p, const char *text)
{
    return text == NULL ? NULL : arena_strdup(p->plan->arena, text);
}

static enum status
from_environment(struct planning *p)
{
    struct aws_credentials *keys = &p->plan->given;
    const char *access_key = aws_getenv(p->env, "AWS_ACCESS_KEY_ID");
    const char *secret_key = aws_getenv(p->env, "AWS_SECRET_ACCESS_KEY");
    const char *expires = aws_getenv(p->env, "AWS_CREDENTIAL_EXPIRATION");

    if (access_key == NULL)
        return E_NOTFOUND;
    if (secret_key == NULL)
        return err_set(p->err, E_AUTH,
                       "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both");
    aws_credentials_set(keys, access_key, secret_key, aws_getenv(p->env, "AWS_SESSION_TOKEN"),
                        "environment");
    if (expires != NULL && !iso8601_parse(&keys->expires_ms, expires))
        return err_set(p->err, E_AUTH,
                       "AWS_CREDENTIAL_EXPIRATION is no time: expected one like "
                       "2026-11-24T01:02:03Z");
    p->plan->place = KEYS_GIVEN;
    return OK;
}

/* Keys that stand in one of the files. */
static enum status
from_file(struct planning *p, enum shared_file file, const char *profile)
{
    const char *access_key = shared_files_get_from(p->files, file, profile, "aws_access_key_id");
    const char *secret_key =
        shared_files_get_from(p->files, file, profile, "aws_secret_access_key");
    const char *token = shared_files_get_from(p->files, file, profile, "aws_session_token");

    if (access_key == NULL)
        return E_NOTFOUND;
    if (secret_key == NULL)
        return err_set(p->err, E_AUTH,
                       "profile %s has aws_access_key_id but no aws_secret_access_key", profile);
    aws_credentials_set(&p->plan->given, access_key, secret_key, token, NULL);
    p->plan->place = KEYS_GIVEN;
    return OK;
}

static bool
has_own_keys(const struct planning *p, const char *profile)
{
    return shared_files_get(p->files, profile, "aws_access_key_id") != NULL;
}

static enum status
own_keys(struct planning *p, const char *profile)
{
    enum status st = from_file(p, SHARED_CREDENTIALS, profile);

    return st != E_NOTFOUND ? st : from_file(p, SHARED_CONFIG, profile);
}

static enum status
read_duration(struct planning *p, const char *profile, int *out)
{
    const char *text = shared_files_get(p->files, profile, "duration_seconds");
    int64_t seconds;

    *out = 0;
    if (text == NULL)
        return OK;
    if (!text_parse_int(&seconds, text) || seconds < DURATION_MIN || seconds > DURATION_MAX)
        return err_set(p->err, E_AUTH, "profile %s: duration_seconds must be %d to %d", profile,
                       DURATION_MIN, DURATION_MAX);
    *out = (int)seconds;
    return OK;
}

/* --- web identity --- */

static enum status
from_web_identity(struct planning *p, const char *profile, bool asks_environment)
{
    struct key_role *web = &p->plan->web;
    const char *file = asks_environment ? aws_getenv(p->env, "AWS_WEB_IDENTITY_TOKEN_FILE") : NULL;
    const char *arn = asks_environment ? aws_getenv(p->env, "AWS_ROLE_ARN") : NULL;
    const char *name = asks_environment ? aws_getenv(p->env, "AWS_ROLE_SESSION_NAME") : NULL;
    bool is_profiles = file == NULL;

    if (file == NULL)
        file = shared_files_get(p->files, profile, "web_identity_token_file");
    if (file == NULL)
        return E_NOTFOUND;
    if (arn == NULL)
        arn = shared_files_get(p->files, profile, "role_arn");
    if (arn == NULL)
        return err_set(p->err, E_AUTH, "%s is there but no role: set %s",
                       is_profiles ? "web_identity_token_file" : "AWS_WEB_IDENTITY_TOKEN_FILE",
                       is_profiles ? "role_arn" : "AWS_ROLE_ARN");
    if (name == NULL)
        name = shared_files_get(p->files, profile, "role_session_name");
    *web = (struct key_role){ .profile = is_profiles ? keep(p, profile) : NULL,
                              .arn = keep(p, arn),
                              .session_name = keep(p, name) };
    p->plan->token_file = keep(p, file);
    p->plan->place = KEYS_WEB_IDENTITY;
    return is_profiles ? read_duration(p, profile, &web->duration_s) : OK;
}

/* --- single sign-on --- */

/* The hex digest of `text`, which names a file in a cache of the AWS CLI. */
static const char *
digest_name(const struct planning *p, const EVP_MD *kind, const char *text)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char *name = arena_alloc(p->plan->arena, 2 * sizeof sum + 1);

    if (EVP_Digest(text, strlen(text), sum, &len, kind, NULL) != 1)
        abort();
    hex_format(name, sum, len);
    return name;
}

static const char *
cache_file(const struct planning *p, const char *folder, const char *name)
{
    const char *home = aws_getenv(p->env, "HOME");

    return arena_printf(p->plan->arena, "%s/.aws/%s/cache/%s.json", home == NULL ? "" : home,
                        folder, name);
}

static const char *
portal_url(const struct planning *p, const char *region)
{
    const char *said_by;
    const char *url = endpoint_configured(&(struct endpoint_query){ .env = p->env,
                                                                    .files = p->files,
                                                                    .profile = p->profile,
                                                                    .is_named = p->is_named,
                                                                    .id = "SSO" },
                                          &said_by);
    char *own;

    if (url != NULL)
        return keep(p, url);
    own = endpoint_of_aws("portal.sso", region);
    url = keep(p, own);
    free(own);
    return url;
}

static enum status
from_sso(struct planning *p, const char *profile)
{
    struct key_plan *plan = p->plan;
    const char *session = get(p, profile, "sso_session");
    const char *start = get(p, profile, "sso_start_url");
    const char *region = get(p, profile, "sso_region");

    if (session == NULL && start == NULL)
        return E_NOTFOUND;
    if (session != NULL) {
        start = shared_files_session(p->files, session, "sso_start_url");
        region = shared_files_session(p->files, session, "sso_region");
        if (start == NULL)
            return err_set(p->err, E_AUTH,
                           "profile %s: there is no section [sso-session %s] with a sso_start_url",
                           profile, session);
    }
    plan->account_id = get(p, profile, "sso_account_id");
    plan->role_name = get(p, profile, "sso_role_name");
    if (region == NULL || plan->account_id == NULL || plan->role_name == NULL)
        return err_set(p->err, E_AUTH,
                       "profile %s signs in with sso_start_url but has no %s: run aws configure "
                       "sso --profile %s",
                       profile,
                       region == NULL             ? "sso_region"
                       : plan->account_id == NULL ? "sso_account_id"
                                                  : "sso_role_name",
                       profile);
    if (!endpoint_is_region(region))
        return err_set(p->err, E_AUTH, "profile %s: sso_region is no region", profile);
    plan->cache_file =
        cache_file(p, "sso", digest_name(p, EVP_sha1(), session != NULL ? session : start));
    plan->url = portal_url(p, region);
    plan->place = KEYS_SSO;
    return OK;
}

static enum status
from_login(struct planning *p, const char *profile)
{
    const char *session = get(p, profile, "login_session");
    const char *folder = aws_getenv(p->env, "AWS_LOGIN_CACHE_DIRECTORY");
    const char *name;

    if (session == NULL)
        return E_NOTFOUND;
    name = digest_name(p, EVP_sha256(), session);
    p->plan->cache_file = folder == NULL ? cache_file(p, "login", name)
                                         : arena_printf(p->plan->arena, "%s/%s.json", folder, name);
    p->plan->place = KEYS_LOGIN;
    return OK;
}

static enum status
from_process(struct planning *p, const char *profile)
{
    p->plan->command = get(p, profile, "credential_process");
    if (p->plan->command == NULL)
        return E_NOTFOUND;
    p->plan->place = KEYS_PROCESS;
    return OK;
}

/* --- the machine --- */

/* Plain http may only go where nobody else listens: this machine, or the addresses of ECS and EKS.
 */
static bool
is_safe_url(const char *url)
{
    static const char *const hosts[] = { "localhost", "[::1]", "169.254.170.2", "169.254.170.23",
                                         "[fd00:ec2::23]" };
    const char *host = url + 7;
    size_t len, name;

    if (strncmp(url, "https://", 8) == 0)
        return strchr(url, '@') == NULL;
    if (strncmp(url, "http://", 7) != 0)
        return false;
    len = strcspn(host, "/?#");
    if (memchr(host, '@', len) != NULL || memchr(host, '\\', len) != NULL)
        return false;
    name = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    if (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == name)
        return true;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (strlen(hosts[i]) == name && strncasecmp(host, hosts[i], name) == 0)
            return true;
    }
    return false;
}

static enum status
from_container(struct planning *p)
{
    struct key_plan *plan = p->plan;
    const char *relative = aws_getenv(p->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = aws_getenv(p->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (relative == NULL && full == NULL)
        return E_NOTFOUND;
    if (relative != NULL && *relative != '/')
        return err_set(p->err, E_AUTH,
                       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash");
    if (relative == NULL && !is_safe_url(full))
        return err_set(p->err, E_AUTH,
                       "AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https, or http to this "
                       "machine or to the addresses of ECS and EKS");
    plan->url =
        relative != NULL ? arena_printf(plan->arena, ECS_HOST "%s", relative) : keep(p, full);
    plan->token_file = keep(p, aws_getenv(p->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    if (plan->token_file == NULL)
        plan->token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    plan->place = KEYS_CONTAINER;
    return OK;
}

static enum status
from_imds(struct planning *p)
{
    const char *disabled = aws_getenv(p->env, "AWS_EC2_METADATA_DISABLED");

    if (disabled != NULL && strcasecmp(disabled, "true") == 0)
        return E_NOTFOUND;
    p->plan->url = keep(p, key_plan_imds_url(p->env, p->files, p->profile));
    p->plan->place = KEYS_IMDS;
    return OK;
}

const char *
key_plan_imds_url(const struct aws_environment *env, const struct shared_files *files,
                  const char *profile)
{
    const char *url = aws_getenv(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = aws_getenv(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (url == NULL)
        url = shared_files_get(files, profile, "ec2_metadata_service_endpoint");
    if (url != NULL)
        return url;
    if (mode == NULL)
        mode = shared_files_get(files, profile, "ec2_metadata_service_endpoint_mode");
    return mode != NULL && strcasecmp(mode, "ipv6") == 0 ? IMDS_V6 : IMDS_V4;
}

/* --- profiles --- */

/* What a profile can be without roles and without the machine it runs on. */
static enum status
from_profile(struct planning *p, const char *profile, bool asks_environment)
{
    enum status st = from_web_identity(p, profile, asks_environment);

    if (st == E_NOTFOUND)
        st = from_sso(p, profile);
    if (st == E_NOTFOUND)
        st = from_file(p, SHARED_CREDENTIALS, profile);
    if (st == E_NOTFOUND)
        st = from_login(p, profile);
    if (st == E_NOTFOUND)
        st = from_process(p, profile);
    if (st == E_NOTFOUND)
        st = from_file(p, SHARED_CONFIG, profile);
    p->plan->profile = keep(p, profile);
    return st;
}

static bool
has_role(const struct planning *p, const char *profile)
{
    return shared_files_get(p->files, profile, "role_arn") != NULL &&
           shared_files_get(p->files, profile, "web_identity_token_file") == NULL;
}

static enum status
from_credential_source(struct planning *p, const char *profile, const char *name)
{
    enum status st = E_NOTFOUND;

    if (strcasecmp(name, "Environment") == 0)
        st = from_environment(p);
    else if (strcasecmp(name, "EcsContainer") == 0)
        st = from_container(p);
    else if (strcasecmp(name, "Ec2InstanceMetadata") == 0)
        st = from_imds(p);
    else
        return err_set(p->err, E_AUTH,
                       "profile %s: credential_source must be Environment, Ec2InstanceMetadata or "
                       "EcsContainer",
                       profile);
    if (st == E_NOTFOUND)
        st = err_set(p->err, E_AUTH, "profile %s: credential_source = %s, and there are no keys",
                     profile, name);
    return st;
}

static enum status
add_role(struct planning *p, const char *profile)
{
    struct key_plan *plan = p->plan;
    struct key_role *role = &plan->roles[plan->role_count];

    for (size_t i = 0; i < plan->role_count; i++) {
        if (strcmp(plan->roles[i].profile, profile) == 0)
            return err_set(p->err, E_AUTH, "profile %s is its own source_profile, in the end",
                           profile);
    }
    if (plan->role_count == KEY_ROLES_MAX)
        return err_set(p->err, E_AUTH, "profile %s: more than %d roles one after another",
                       p->profile, KEY_ROLES_MAX);
    *role = (struct key_role){ .profile = keep(p, profile),
                               .arn = get(p, profile, "role_arn"),
                               .session_name = get(p, profile, "role_session_name"),
                               .external_id = get(p, profile, "external_id"),
                               .mfa_serial = get(p, profile, "mfa_serial") };
    plan->role_count++;
    return read_duration(p, profile, &role->duration_s);
}

/* The role of a profile, those of its sources, and where the first keys come from. */
static enum status
from_role(struct planning *p, const char *profile)
{
    while (has_role(p, profile)) {
        const char *source = get(p, profile, "source_profile");
        const char *place = get(p, profile, "credential_source");
        enum status st = add_role(p, profile);

        if (st != OK)
            return st;
        if ((source == NULL) == (place == NULL))
            return err_set(p->err, E_AUTH,
                           "profile %s has a role_arn and %s source_profile and "
                           "credential_source: it needs one of the two",
                           profile, source == NULL ? "neither" : "both");
        if (place != NULL)
            return from_credential_source(p, profile, place);
        if (!shared_files_has(p->files, source))
            return err_set(p->err, E_AUTH, "profile %s: there is no profile %s, its source_profile",
                           profile, source);
        if (has_own_keys(p, source) || strcmp(source, profile) == 0) {
            p->plan->profile = source;
            st = own_keys(p, source);
            return st != E_NOTFOUND
                       ? st
                       : err_set(p->err, E_AUTH,
                                 "profile %s names itself as its source_profile, but has no keys",
                                 profile);
        }
        profile = source;
    }
    return E_NOTFOUND;
}

/* The way that a source profile without a role gets its keys. */
static enum status
from_source(struct planning *p)
{
    const struct key_role *last = &p->plan->roles[p->plan->role_count - 1];
    const char *source = get(p, last->profile, "source_profile");
    enum status st = from_profile(p, source, false);

    if (st == E_NOTFOUND)
        st = err_set(p->err, E_AUTH, "profile %s: its source_profile %s has no keys", last->profile,
                     source);
    return st;
}

static enum status
follow(struct planning *p)
{
    bool is_said = p->is_named || strcmp(p->profile, "default") != 0;
    enum status st = p->is_named ? E_NOTFOUND : from_environment(p);

    if (st != E_NOTFOUND)
        return st;
    if (is_said && !shared_files_has(p->files, p->profile))
        return err_set(p->err, E_NOTFOUND, "no profile %s in the AWS config and credentials files",
                       p->profile);
    if (has_role(p, p->profile)) {
        st = from_role(p, p->profile);
        return st == E_NOTFOUND ? from_source(p) : st;
    }
    st = from_profile(p, p->profile, !p->is_named);
    if (st == E_NOTFOUND)
        st = from_container(p);
    if (st == E_NOTFOUND)
        st = from_imds(p);
    if (st == E_NOTFOUND)
        st = err_set(p->err, E_AUTH,
                     "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put "
                     "keys into profile %s",
                     p->profile);
    return st;
}

/* --- done --- */

static const char *
place_text(const struct key_plan *plan)
{
    switch (plan->place) {
    case KEYS_CONTAINER:
        return "container";
    case KEYS_IMDS:
        return "EC2 instance";
    case KEYS_WEB_IDENTITY:
        return plan->web.profile == NULL ? "web identity" : NULL;
    default:
        return plan->given.source; /* "environment", or NULL: a profile's */
    }
}

static void
describe(const struct planning *p)
{
    struct key_plan *plan = p->plan;
    const char *place = place_text(plan);
    const char *slash;

    if (place == NULL)
        place = arena_printf(plan->arena, "profile %s", plan->profile);
    plan->source = arena_strdup(plan->arena, place);
    if (plan->role_count == 0)
        return;
    slash = strrchr(plan->roles[plan->role_count - 1].arn, '/');
    plan->source =
        arena_printf(plan->arena, "profile %s, role %s by way of %s", p->profile,
                     slash == NULL ? plan->roles[plan->role_count - 1].arn : slash + 1, place);
}

/* Roles were found from the last to the first. */
static void
turn_roles(struct key_plan *plan)
{
    for (size_t i = 0; i < plan->role_count / 2; i++) {
        struct key_role role = plan->roles[i];

        plan->roles[i] = plan->roles[plan->role_count - 1 - i];
        plan->roles[plan->role_count - 1 - i] = role;
    }
}

enum status
key_plan_make(struct key_plan *out, const struct aws_environment *env,
              const struct shared_files *files, const char *profile, struct err *err)
{
    struct key_plan plan = { .arena = arena_new() };
    struct planning p = { .plan = &plan,
                          .env = env,
                          .files = files,
                          .profile = aws_profile_name(env, profile),
                          .is_named = profile != NULL && *profile != '\0',
                          .err = err };
    enum status st = follow(&p);

    if (st != OK) {
        key_plan_fini(&plan);
        return st;
    }
    turn_roles(&plan);
    describe(&p);
    *out = plan;
    return OK;
}

void
key_plan_fini(struct key_plan *plan)
{
    aws_credentials_fini(&plan->given);
    arena_free(plan->arena);
    plan->arena = NULL;
}
