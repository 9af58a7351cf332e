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

#include "aws/credentials.h"
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

struct find_case {
    const char *name;
    const char *profile;
    const char *variables[9];
    enum status status;
    const char *expect; /* the access key, or a part of the sentence */
};

static const struct find_case find_cases[] = {
    { "environment first",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      OK,
      "AKIDENV" },
    { "AWS_PROFILE does not skip it",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", "AWS_PROFILE", "prod", NULL },
      OK,
      "AKIDENV" },
    { "a named profile does",
      "prod",
      { "AWS_ACCESS_KEY_ID", "AKIDENV", "AWS_SECRET_ACCESS_KEY", "s", NULL },
      OK,
      "AKIDPROD" },
    { "AWS_PROFILE", NULL, { "AWS_PROFILE", "prod", NULL }, OK, "AKIDPROD" },
    { "default", NULL, { NULL }, OK, "AKIDDEFAULT" },
    { "half a pair",
      NULL,
      { "AWS_ACCESS_KEY_ID", "AKIDENV", NULL },
      E_AUTH,
      "AWS_SECRET_ACCESS_KEY is not" },
    { "no such profile", "nobody", { NULL }, E_NOTFOUND, "no profile nobody" },
    { "half a profile", "half", { NULL }, E_AUTH, "no aws_secret_access_key" },
    { "a role", "role", { NULL }, E_UNSUPPORTED, "by role_arn" },
    { "single sign-on", "sso", { NULL }, E_UNSUPPORTED, "export-credentials --profile sso" },
    { "nothing at all", NULL, { "AWS_PROFILE", "empty", NULL }, E_AUTH, "no AWS credentials" },
    { "keys in the config file", "inconfig", { NULL }, OK, "AKIDCONFIG" },
};

static void
keys_are_found_in_order(void **state)
{
    struct home *home = *state;
    struct shared_files *files;
    size_t fixed = 4;

    write_file(home->credentials,
               "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n"
               "[prod]\naws_access_key_id = AKIDPROD\naws_secret_access_key = s\n"
               "aws_session_token = token\n"
               "[half]\naws_access_key_id = AKIDHALF\n");
    write_file(home->config, "[profile role]\nrole_arn = arn:aws:iam::1:role/x\n"
                             "[profile sso]\nsso_session = corp\n"
                             "[profile empty]\nregion = eu-west-1\n"
                             "[profile inconfig]\naws_access_key_id = AKIDCONFIG\n"
                             "aws_secret_access_key = s\n");
    files = read_files(home);
    for (size_t i = 0; i < sizeof find_cases / sizeof find_cases[0]; i++) {
        const struct find_case *c = &find_cases[i];
        struct aws_credentials found = { 0 };
        struct err err = { 0 };
        size_t n = 0;

        for (; c->variables[n] != NULL; n++)
            home->variables[fixed + n] = c->variables[n];
        home->variables[fixed + n] = NULL;
        print_message("%s\n", c->name);
        assert_int_equal(aws_credentials_find(&found, &home->env, files, c->profile, &err),
                         c->status);
        if (c->status == OK)
            assert_string_equal(found.access_key, c->expect);
        else
            assert_non_null(strstr(err.text, c->expect));
        assert_null(strstr(err.text, "AKID")); /* no key ever stands in a sentence */
        aws_credentials_fini(&found);
        assert_null(found.secret_key);
    }
    shared_files_free(files);
}

static void
a_profile_brings_its_token(void **state)
{
    struct home *home = *state;
    struct shared_files *files;
    struct aws_credentials found = { 0 };
    struct err err;

    write_file(home->credentials, "[default]\naws_access_key_id = A\naws_secret_access_key = B\n"
                                  "aws_session_token = C\n");
    files = read_files(home);
    assert_int_equal(aws_credentials_find(&found, &home->env, files, NULL, &err), OK);
    assert_string_equal(found.secret_key, "B");
    assert_string_equal(found.session_token, "C");
    assert_string_equal(found.source, "profile default");
    aws_credentials_fini(&found);
    shared_files_free(files);
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
    { "no region", { 0 }, { NULL }, E_USAGE, "no AWS region" },
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
            assert_string_equal(target.urls[AWS_LOGS], c->logs_url);
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
        cmocka_unit_test_setup_teardown(keys_are_found_in_order, make_home, drop_home),
        cmocka_unit_test_setup_teardown(a_profile_brings_its_token, make_home, drop_home),
        cmocka_unit_test_setup_teardown(targets_follow_the_override_order, make_home, drop_home),
        cmocka_unit_test_setup_teardown(an_emulator_needs_nothing_from_aws, make_home, drop_home),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
