/* test_credentials.c - whose keys, which region, which endpoint.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/key_plan.h"
#include "aws/shared_files.h"
#include "aws/target.h"
#include "base/mem.h"

/* A home directory with the two files, and an environment that is a table. */
struct home {
    char dir[64];
    char credentials[96];
    char config[96];
    const char *variables[16]; /* name, value, name, value, ..., NULL */
    struct aws_environment env;
};

static const char *
table_get(void *arg, const char *name)
{
    const struct home *home = arg;

    for (size_t i = 0; home->variables[i] != NULL; i += 2) {
        if (strcmp(home->variables[i], name) == 0)
            return home->variables[i + 1];
    }
    return NULL;
}

static void
set(struct home *home, const char *name, const char *value)
{
    size_t i = 0;

    while (home->variables[i] != NULL)
        i++;
    home->variables[i] = name;
    home->variables[i + 1] = value;
}

static void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int
make_home(void **state)
{
    struct home *home = xcalloc(1, sizeof *home);

    strcpy(home->dir, "/tmp/obsview-home-XXXXXX");
    assert_non_null(mkdtemp(home->dir));
    snprintf(home->credentials, sizeof home->credentials, "%s/credentials", home->dir);
    snprintf(home->config, sizeof home->config, "%s/config", home->dir);
    home->env = (struct aws_environment){ .get = table_get, .arg = home };
    set(home, "AWS_SHARED_CREDENTIALS_FILE", home->credentials);
    set(home, "AWS_CONFIG_FILE", home->config);
    *state = home;
    return 0;
}

static int
drop_home(void **state)
{
    struct home *home = *state;

    unlink(home->credentials);
    unlink(home->config);
    rmdir(home->dir);
    free(home);
    return 0;
}

static struct shared_files *
read_files(struct home *home)
{
    struct shared_files *files = NULL;
    struct err err;

    assert_int_equal(shared_files_read(&files, &home->env, &err), OK);
    return files;
}

static void
files_are_read_as_the_cli_reads_them(void **state)
{
    struct home *home = *state;
    struct shared_files *files;

    write_file(home->credentials, "# keys\n"
                                  "[default]\n"
                                  "aws_access_key_id=AKIDDEFAULT\r\n"
                                  "aws_secret_access_key = a/b+c=d # work laptop\n"
                                  "\n[prod]\n  ; indented comment\n"
                                  "aws_access_key_id = AKIDPROD\n"
                                  "aws_access_key_id = AKIDPROD2\n");
    write_file(home->config, "key = before any section\n"
                             "[profile  prod ]\n"
                             "region = eu-west-1\n"
                             "aws_access_key_id = AKIDCONFIG\n"
                             "s3 =\n"
                             "  addressing_style = path\n"
                             "  region = nowhere\n"
                             "services = beside\n"
                             "[broken\n"
                             "[services beside]\n"
                             "cloudwatch_logs =\n"
                             "  endpoint_url = http://127.0.0.1:7001\n"
                             "\tunrelated = x\n");
    files = read_files(home);
    assert_true(shared_files_has(files, "prod"));
    assert_false(shared_files_has(files, "staging"));
    assert_string_equal(shared_files_get(files, "default", "aws_access_key_id"), "AKIDDEFAULT");
    assert_string_equal(shared_files_get(files, "default", "aws_secret_access_key"), "a/b+c=d");
    assert_string_equal(shared_files_get(files, "prod", "aws_access_key_id"), "AKIDPROD2");
    assert_string_equal(shared_files_get(files, "prod", "region"), "eu-west-1");
    assert_null(shared_files_get(files, "prod", "s3"));
    assert_null(shared_files_get(files, "prod", "addressing_style"));
    assert_string_equal(shared_files_service(files, "prod", "cloudwatch_logs", "endpoint_url"),
                        "http://127.0.0.1:7001");
    assert_null(shared_files_service(files, "prod", "cloudwatch", "endpoint_url"));
    assert_null(shared_files_service(files, "default", "cloudwatch_logs", "endpoint_url"));
    shared_files_free(files);
}

static void
a_session_token_of_any_length_stays_whole(void **state)
{
    struct home *home = *state;
    char token[4001], *text;
    struct shared_files *files;

    memset(token, 'T', sizeof token - 1);
    token[sizeof token - 1] = '\0';
    text = xasprintf("[default]\naws_session_token = %s\n", token);
    write_file(home->credentials, text);
    free(text);
    files = read_files(home);
    assert_string_equal(shared_files_get(files, "default", "aws_session_token"), token);
    shared_files_free(files);
}

static void
missing_files_are_empty_and_unreadable_ones_are_told(void **state)
{
    struct home *home = *state;
    struct shared_files *files = read_files(home);
    struct err err = { 0 };

    assert_false(shared_files_has(files, "default"));
    shared_files_free(files);
    set(home, "HOME", "/nowhere");
    home->variables[1] = home->dir; /* a directory is no file */
    assert_int_equal(shared_files_read(&files, &home->env, &err), E_IO);
    assert_non_null(strstr(err.text, home->dir));
}

/* What a plan says, on one line: place, its details, then the roles in the order they are assumed.
 */
static void
tell_plan(char *out, size_t size, const struct key_plan *plan)
{
    static const char *const places[KEY_PLACES] = { "given",   "web",       "sso", "login",
                                                    "process", "container", "imds" };
    const char *details[] = { plan->given.access_key,
                              plan->given.session_token,
                              plan->web.arn,
                              plan->token_file,
                              plan->url,
                              plan->account_id,
                              plan->role_name,
                              plan->command };
    int n = snprintf(out, size, "%s", places[plan->place]);

    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        if (details[i] != NULL)
            n += snprintf(out + n, size - (size_t)n, " %s", details[i]);
    }
    for (size_t i = 0; i < plan->role_count; i++) {
        const struct key_role *role = &plan->roles[i];

        n += snprintf(out + n, size - (size_t)n, " > %s", role->arn);
        if (role->external_id != NULL)
            n += snprintf(out + n, size - (size_t)n, " id=%s", role->external_id);
        if (role->mfa_serial != NULL)
            n += snprintf(out + n, size - (size_t)n, " mfa=%s", role->mfa_serial);
        if (role->session_name != NULL)
            n += snprintf(out + n, size - (size_t)n, " as=%s", role->session_name);
        if (role->duration_s != 0)
            n += snprintf(out + n, size - (size_t)n, " for=%d", role->duration_s);
    }
}

struct plan_case {
    const char *name;
    const char *profile;
    const char *variables[9];
    enum status status;
    const char *expect; /* the plan, or a part of the sentence */
    const char *source; /* how it is told; NULL: not looked at */
};

static const struct plan_case plan_cases[] = {
    { "environment first",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      OK,
      "given AKIDENV",
      "environment" },
    { "with its token",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_SESSION_TOKEN", "t",
        NULL },
      OK,
      "given AKIDENV t",
      NULL },
    { "AWS_PROFILE does not skip it",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_PROFILE", "prod", NULL },
      OK,
      "given AKIDENV",
      NULL },
    { "a named profile does",
      "prod",
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      OK,
      "given AKIDPROD token",
      "profile prod" },
    { "AWS_PROFILE", NULL, { "AWS_PROFILE", "prod", NULL }, OK, "given AKIDPROD token", NULL },
    { "AWS_DEFAULT_PROFILE",
      NULL,
      { "AWS_DEFAULT_PROFILE", "prod", NULL },
      OK,
      "given AKIDPROD token",
      NULL },
    { "default", NULL, { NULL }, OK, "given AKIDDEFAULT", "profile default" },
    { "half a pair",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", NULL },
      E_AUTH,
      "AWS_SECRET_ACCESS_KEY is not",
      NULL },
    { "an expiration that is none",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_CREDENTIAL_EXPIRATION",
        "soon", NULL },
      E_AUTH,
      "AWS_CREDENTIAL_EXPIRATION is no time",
      NULL },
    { "no such profile", "nobody", { NULL }, E_NOTFOUND, "no profile nobody", NULL },
    { "nor by AWS_PROFILE",
      NULL,
      { "AWS_PROFILE", "nobody", NULL },
      E_NOTFOUND,
      "no profile nobody",
      NULL },
    { "half a profile", "half", { NULL }, E_AUTH, "no aws_secret_access_key", NULL },
    { "keys in the config file", "inconfig", { NULL }, OK, "given AKIDCONFIG", NULL },
    { "nothing at all",
      "empty",
      { "AWS_EC2_METADATA_DISABLED", "true", NULL },
      E_AUTH,
      "no AWS credentials",
      NULL },
    { "the machine at last", "empty", { NULL }, OK, "imds http://169.254.169.254", "EC2 instance" },
    { "the machine over IPv6",
      "empty",
      { "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", NULL },
      OK,
      "imds http://[fd00:ec2::254]",
      NULL },
    { "the machine elsewhere",
      "empty",
      { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", NULL },
      OK,
      "imds http://127.0.0.1:1",
      NULL },

    /* roles */
    { "a role",
      "role",
      { NULL },
      OK,
      "given AKIDPROD token > arn:aws:iam::1:role/x id=e mfa=arn:aws:iam::1:mfa/me as=n for=900",
      "profile role, role x by way of profile prod" },
    { "a chain",
      "chain",
      { NULL },
      OK,
      "given AKIDPROD token > arn:aws:iam::1:role/x id=e mfa=arn:aws:iam::1:mfa/me as=n for=900 > "
      "arn:aws:iam::2:role/team/y",
      "profile chain, role y by way of profile prod" },
    { "keys before the role, in a source", "viakeys", { NULL }, OK, "given AKIDKEYS > z", NULL },
    { "a profile that is its own source", "self", { NULL }, OK, "given AKIDSELF > s", NULL },
    { "a loop", "loop1", { NULL }, E_AUTH, "its own source_profile, in the end", NULL },
    { "a loop without keys", "loopself", { NULL }, E_AUTH, "but has no keys", NULL },
    { "no source", "nosource", { NULL }, E_AUTH, "neither source_profile", NULL },
    { "two sources", "twosources", { NULL }, E_AUTH, "both source_profile", NULL },
    { "a source that is not there", "lost", { NULL }, E_AUTH, "no profile gone", NULL },
    { "a source without keys", "poor", { NULL }, E_AUTH, "source_profile empty has no keys", NULL },
    { "a source never asks the environment",
      "poor",
      { "AWS_WEB_IDENTITY_TOKEN_FILE", "/t", "AWS_ROLE_ARN", "r", NULL },
      E_AUTH,
      "source_profile empty has no keys",
      NULL },
    { "a role for too short", "hasty", { NULL }, E_AUTH, "duration_seconds must be", NULL },
    { "from the environment",
      "envrole",
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      OK,
      "given AKIDENV > e",
      "profile envrole, role e by way of environment" },
    { "from an environment without", "envrole", { NULL }, E_AUTH, "there are no keys", NULL },
    { "from the container",
      "ecsrole",
      { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x", NULL },
      OK,
      "container http://169.254.170.2/v2/x > e",
      NULL },
    { "from the instance", "ec2role", { NULL }, OK, "imds http://169.254.169.254 > e", NULL },
    { "from nowhere", "badrole", { NULL }, E_AUTH, "credential_source must be", NULL },

    /* web identity */
    { "web identity",
      NULL,
      { "AWS_WEB_IDENTITY_TOKEN_FILE", "/t", "AWS_ROLE_ARN", "r", NULL },
      OK,
      "web r /t",
      "web identity" },
    { "web identity without a role",
      NULL,
      { "AWS_WEB_IDENTITY_TOKEN_FILE", "/t", NULL },
      E_AUTH,
      "set AWS_ROLE_ARN",
      NULL },
    { "web identity of a profile, which is no source role",
      "web",
      { "AWS_WEB_IDENTITY_TOKEN_FILE", "/t", "AWS_ROLE_ARN", "r", NULL },
      OK,
      "web arn:w /profile/token",
      "profile web" },

    /* single sign-on */
    { "sso by session",
      "sso",
      { NULL },
      OK,
      "sso https://portal.sso.eu-central-1.amazonaws.com 123456789012 reader",
      "profile sso" },
    { "sso in China",
      "ssocn",
      { NULL },
      OK,
      "sso https://portal.sso.cn-north-1.amazonaws.com.cn 1 r",
      NULL },
    { "sso without a role", "ssohalf", { NULL }, E_AUTH, "no sso_role_name", NULL },
    { "sso without its section",
      "ssolost",
      { NULL },
      E_AUTH,
      "no section [sso-session gone]",
      NULL },
    { "sso in a region that is a host", "ssoevil", { NULL }, E_AUTH, "is no region", NULL },

    { "a process", "process", { NULL }, OK, "process '/opt/my tool' --json", "profile process" },
    { "aws login", "login", { NULL }, OK, "login", NULL },

    /* containers */
    { "a container after the profile",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x", NULL },
      OK,
      "container http://127.0.0.1:9/x",
      "container" },
    { "a container with a token file",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[::1]:9/x",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t", NULL },
      OK,
      "container /t http://[::1]:9/x",
      NULL },
    { "EKS",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials", NULL },
      OK,
      "container http://169.254.170.23/v1/credentials",
      NULL },
    { "anybody by https",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://keys.example/x", NULL },
      OK,
      "container https://keys.example/x",
      NULL },
    { "anybody by http",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://keys.example/x", NULL },
      E_AUTH,
      "expected https, or http to this machine",
      NULL },
    { "loopback in the name alone",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example/x", NULL },
      E_AUTH,
      "expected https",
      NULL },
    { "loopback as a user",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost@keys.example/x", NULL },
      E_AUTH,
      "expected https",
      NULL },
    { "a relative URI that is none",
      "empty",
      { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@keys.example/x", NULL },
      E_AUTH,
      "must begin with a slash",
      NULL },
};

static const char plan_credentials[] =
    "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n"
    "[prod]\naws_access_key_id = AKIDPROD\naws_secret_access_key = s\n"
    "aws_session_token = token\n"
    "[half]\naws_access_key_id = AKIDHALF\n"
    "[self]\naws_access_key_id = AKIDSELF\naws_secret_access_key = s\n"
    "[keyed]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = s\n";
static const char plan_config[] =
    "[profile empty]\nregion = eu-west-1\n"
    "[profile inconfig]\naws_access_key_id = AKIDCONFIG\naws_secret_access_key = s\n"
    "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = prod\nexternal_id = e\n"
    "mfa_serial = arn:aws:iam::1:mfa/me\nrole_session_name = n\nduration_seconds = 900\n"
    "[profile chain]\nrole_arn = arn:aws:iam::2:role/team/y\nsource_profile = role\n"
    "[profile keyed]\nrole_arn = never\nsource_profile = prod\n"
    "[profile viakeys]\nrole_arn = z\nsource_profile = keyed\n"
    "[profile self]\nrole_arn = s\nsource_profile = self\n"
    "[profile loop1]\nrole_arn = a\nsource_profile = loop2\n"
    "[profile loop2]\nrole_arn = b\nsource_profile = loop1\n"
    "[profile loopself]\nrole_arn = a\nsource_profile = loopself\n"
    "[profile nosource]\nrole_arn = a\n"
    "[profile twosources]\nrole_arn = a\nsource_profile = prod\ncredential_source = Environment\n"
    "[profile lost]\nrole_arn = a\nsource_profile = gone\n"
    "[profile poor]\nrole_arn = a\nsource_profile = empty\n"
    "[profile hasty]\nrole_arn = a\nsource_profile = prod\nduration_seconds = 60\n"
    "[profile envrole]\nrole_arn = e\ncredential_source = Environment\n"
    "[profile ecsrole]\nrole_arn = e\ncredential_source = EcsContainer\n"
    "[profile ec2role]\nrole_arn = e\ncredential_source = Ec2InstanceMetadata\n"
    "[profile badrole]\nrole_arn = e\ncredential_source = Moon\n"
    "[profile web]\nrole_arn = arn:w\nweb_identity_token_file = /profile/token\n"
    "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n"
    "sso_region = eu-central-1\n"
    "[profile ssocn]\nsso_start_url = https://x\nsso_region = cn-north-1\nsso_account_id = 1\n"
    "sso_role_name = r\n"
    "[profile ssohalf]\nsso_session = corp\nsso_account_id = 1\n"
    "[profile ssolost]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n"
    "[profile ssoevil]\nsso_start_url = x\nsso_region = evil.example/\nsso_account_id = 1\n"
    "sso_role_name = r\n"
    "[profile process]\ncredential_process = '/opt/my tool' --json\n"
    "[profile login]\nlogin_session = arn:aws:iam::1:user/me\n";

static void
plans_follow_awss_order(void **state)
{
    struct home *home = *state;
    struct shared_files *files;
    size_t fixed = 4;

    write_file(home->credentials, plan_credentials);
    write_file(home->config, plan_config);
    files = read_files(home);
    for (size_t i = 0; i < sizeof plan_cases / sizeof plan_cases[0]; i++) {
        const struct plan_case *c = &plan_cases[i];
        struct key_plan plan = { .arena = NULL };
        struct err err = { 0 };
        char told[512];
        size_t n = 0;

        for (; c->variables[n] != NULL; n++)
            home->variables[fixed + n] = c->variables[n];
        home->variables[fixed + n] = NULL;
        print_message("%s\n", c->name);
        if (key_plan_make(&plan, &home->env, files, c->profile, &err) != c->status)
            fail_msg("%s", err.text);
        if (c->status == OK) {
            tell_plan(told, sizeof told, &plan);
            assert_string_equal(told, c->expect);
            if (c->source != NULL)
                assert_string_equal(plan.source, c->source);
            key_plan_fini(&plan);
        } else
            assert_non_null(strstr(err.text, c->expect));
        assert_null(strstr(err.text, "AKID")); /* no key ever stands in a sentence */
        key_plan_fini(&plan);
        assert_null(plan.given.secret_key);
    }
    shared_files_free(files);
}

/* The CLI's own names of its cache files: sha1 of the session's name (botocore, utils.py). */
static void
caches_are_where_the_cli_has_them(void **state)
{
    struct home *home = *state;
    struct shared_files *files;
    struct key_plan plan;
    struct err err;

    write_file(home->config, plan_config);
    set(home, "HOME", "/home/me");
    files = read_files(home);
    assert_int_equal(key_plan_make(&plan, &home->env, files, "sso", &err), OK);
    assert_string_equal(plan.cache_file,
                        "/home/me/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
    key_plan_fini(&plan);
    shared_files_free(files);
}

struct retry_case {
    const char *name, *attempts, *mode;
    int expect;
};

static void
attempts_are_those_of_the_sdks(void **state)
{
    static const struct retry_case cases[] = {
        { "neither", NULL, NULL, 3 },     { "standard", NULL, "standard", 3 },
        { "legacy", NULL, "legacy", 5 },  { "adaptive", NULL, "adaptive", 3 },
        { "a number", "7", "legacy", 7 }, { "one", "1", NULL, 1 },
        { "too many", "99", NULL, 10 },   { "no number", "many", NULL, 3 },
    };
    struct home *home = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct aws_target_options options = { .region = "eu-west-1" };
        struct aws_target target;
        struct err err;

        print_message("%s\n", cases[i].name);
        home->variables[4] = NULL;
        if (cases[i].attempts != NULL)
            set(home, "AWS_MAX_ATTEMPTS", cases[i].attempts);
        if (cases[i].mode != NULL)
            set(home, "AWS_RETRY_MODE", cases[i].mode);
        assert_int_equal(aws_target_resolve(&target, &options, &home->env, &err), OK);
        assert_int_equal(target.max_attempts, cases[i].expect);
        aws_target_fini(&target);
        memset(home->variables + 4, 0, 12 * sizeof home->variables[0]);
    }
}

struct target_case {
    const char *name;
    struct aws_target_options options;
    const char *variables[9];
    enum status status;
    const char *logs_url; /* or a part of the sentence */
};

static const struct target_case target_cases[] = {
    { "AWS's own host",
      { .profile = "prod" },
      { NULL },
      OK,
      "https://logs.eu-west-1.amazonaws.com" },
    { "China",
      { .profile = "prod", .region = "cn-north-1" },
      { NULL },
      OK,
      "https://logs.cn-north-1.amazonaws.com.cn" },
    { "AWS_REGION before AWS_DEFAULT_REGION",
      { .profile = "prod" },
      { "AWS_DEFAULT_REGION", "us-east-2", "AWS_REGION", "us-west-2", NULL },
      OK,
      "https://logs.us-west-2.amazonaws.com" },
    { "the option before all",
      { .profile = "prod", .endpoint_url = "http://127.0.0.1:1/" },
      { NULL },
      OK,
      "http://127.0.0.1:1" },
    { "a named profile ignores the variable",
      { .profile = "prod" },
      { "AWS_ENDPOINT_URL", "http://127.0.0.1:2", NULL },
      OK,
      "https://logs.eu-west-1.amazonaws.com" },
    { "the service's variable first",
      { 0 },
      { "AWS_PROFILE", "prod", "AWS_ENDPOINT_URL", "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:3", NULL },
      OK,
      "http://127.0.0.1:3" },
    { "the profile's services section",
      { .profile = "own" },
      { NULL },
      OK,
      "http://127.0.0.1:7001" },
    { "told to ignore",
      { .profile = "own" },
      { "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", NULL },
      OK,
      "https://logs.eu-west-1.amazonaws.com" },
    { "a host hidden in the region",
      { .profile = "prod", .region = "evil.example/" },
      { NULL },
      E_USAGE,
      "not an AWS region" },
    { "no such profile, before anything else",
      { .profile = "nobody" },
      { NULL },
      E_NOTFOUND,
      "no profile nobody" },
    { "no region, and no machine to ask",
      { 0 },
      { "AWS_EC2_METADATA_DISABLED", "true", NULL },
      E_USAGE,
      "no AWS region" },
    { "a section means the account",
      { .means_account = true, .region = "eu-west-1" },
      { "AWS_ENDPOINT_URL", "http://127.0.0.1:2", NULL },
      OK,
      "https://logs.eu-west-1.amazonaws.com" },
    { "unless its profile names an endpoint",
      { .means_account = true },
      { "AWS_ENDPOINT_URL", "http://127.0.0.1:2", "AWS_PROFILE", "own", NULL },
      OK,
      "http://127.0.0.1:7001" },
    { "GovCloud",
      { .profile = "prod", .region = "us-gov-west-1" },
      { NULL },
      OK,
      "https://logs.us-gov-west-1.amazonaws.com" },
    { "the European sovereign cloud",
      { .profile = "prod", .region = "eusc-de-east-1" },
      { NULL },
      OK,
      "https://logs.eusc-de-east-1.amazonaws.eu" },
    { "an endpoint with a user",
      { .profile = "prod", .endpoint_url = "http://u:p@host" },
      { NULL },
      E_USAGE,
      "not an endpoint" },
    { "an endpoint of another kind",
      { .profile = "prod", .endpoint_url = "file:///etc/passwd" },
      { NULL },
      E_USAGE,
      "not an endpoint" },
};

static void
targets_follow_the_override_order(void **state)
{
    struct home *home = *state;
    size_t fixed = 4;

    write_file(home->credentials, "[default]\naws_access_key_id = A\naws_secret_access_key = s\n"
                                  "[prod]\naws_access_key_id = A\naws_secret_access_key = s\n"
                                  "[own]\naws_access_key_id = A\naws_secret_access_key = s\n");
    write_file(home->config, "[profile prod]\nregion = eu-west-1\n"
                             "[profile own]\nregion = eu-west-1\nservices = beside\n"
                             "endpoint_url = http://127.0.0.1:7002\n"
                             "[services beside]\ncloudwatch_logs =\n"
                             "  endpoint_url = http://127.0.0.1:7001\n");
    for (size_t i = 0; i < sizeof target_cases / sizeof target_cases[0]; i++) {
        const struct target_case *c = &target_cases[i];
        struct aws_target target = { 0 };
        struct err err = { 0 };
        size_t n = 0;

        for (; c->variables[n] != NULL; n++)
            home->variables[fixed + n] = c->variables[n];
        home->variables[fixed + n] = NULL;
        print_message("%s\n", c->name);
        assert_int_equal(aws_target_resolve(&target, &c->options, &home->env, &err), c->status);
        if (c->status == OK) {
            char *url = aws_target_url(&target, AWS_LOGS, target.region);

            assert_string_equal(url, c->logs_url);
            free(url);
            assert_null(target.credentials.access_key);
            assert_false(target.is_emulator);
            assert_int_equal(target.max_attempts, 3);
            aws_target_fini(&target);
        } else
            assert_non_null(strstr(err.text, c->logs_url));
    }
}

static void
an_emulator_needs_nothing_from_aws(void **state)
{
    struct home *home = *state;
    struct aws_target_options options = { .emulator_url = "http://127.0.0.1:6270",
                                          .token = "sesame" };
    struct aws_target target;
    struct err err;

    set(home, "AWS_ENDPOINT_URL", "https://monitoring.eu-west-1.amazonaws.com");
    set(home, "AWS_ACCESS_KEY_ID", "AKIDREAL");
    assert_int_equal(aws_target_resolve(&target, &options, &home->env, &err), OK);
    assert_true(target.is_emulator);
    assert_string_equal(target.urls[AWS_CLOUDWATCH], "http://127.0.0.1:6270");
    assert_string_equal(target.credentials.access_key, "sesame");
    assert_string_equal(target.label, "local 127.0.0.1:6270");
    aws_target_fini(&target);
    options.emulator_url = "127.0.0.1:6270";
    assert_int_equal(aws_target_resolve(&target, &options, &home->env, &err), E_USAGE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_read_as_the_cli_reads_them, make_home, drop_home),
        cmocka_unit_test_setup_teardown(a_session_token_of_any_length_stays_whole, make_home,
                                        drop_home),
        cmocka_unit_test_setup_teardown(missing_files_are_empty_and_unreadable_ones_are_told,
                                        make_home, drop_home),
        cmocka_unit_test_setup_teardown(plans_follow_awss_order, make_home, drop_home),
        cmocka_unit_test_setup_teardown(caches_are_where_the_cli_has_them, make_home, drop_home),
        cmocka_unit_test_setup_teardown(attempts_are_those_of_the_sdks, make_home, drop_home),
        cmocka_unit_test_setup_teardown(targets_follow_the_override_order, make_home, drop_home),
        cmocka_unit_test_setup_teardown(an_emulator_needs_nothing_from_aws, make_home, drop_home),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
