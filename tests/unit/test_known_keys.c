/* test_known_keys.c - the keys of this machine's AWS clients, as --require-auth collects them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "cli/known_keys.h"

/* name, value, ..., NULL */
static const char *
get(void *arg, const char *name)
{
    for (const char *const *pair = arg; *pair != NULL; pair += 2) {
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    }
    return NULL;
}

struct file {
    char path[64];
};

static int
write_file(void **state)
{
    static const char text[] = "[default]\n"
                               "aws_access_key_id = AKIDONE\n"
                               "aws_secret_access_key = one\n"
                               "# a comment\n"
                               "[role]\n"
                               "role_arn = arn:aws:iam::1:role/x\n"
                               "source_profile = default\n"
                               "[half]\n"
                               "aws_access_key_id = AKIDHALF\n"
                               "[temporary]\n"
                               "aws_access_key_id = ASIATWO\n"
                               "aws_secret_access_key = two\n"
                               "aws_session_token = token==\n";
    struct file *file = calloc(1, sizeof *file);
    int fd;

    snprintf(file->path, sizeof file->path, "/tmp/obsview-keys-XXXXXX");
    fd = mkstemp(file->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    *state = file;
    return 0;
}

static int
remove_file(void **state)
{
    struct file *file = *state;

    unlink(file->path);
    free(file);
    return 0;
}

static void
assert_key(const struct emulator_key *key, const char *access_key, const char *secret,
           const char *token)
{
    assert_string_equal(key->access_key, access_key);
    assert_string_equal(key->secret, secret);
    assert_string_equal(key->token == NULL ? "" : key->token, token);
}

static void
environment_and_profiles_are_known(void **state)
{
    const struct file *file = *state;
    const char *pairs[] = { "AWS_SHARED_CREDENTIALS_FILE",
                            file->path,
                            "AWS_CONFIG_FILE",
                            "/nowhere",
                            "AWS_ACCESS_KEY_ID",
                            "AKIDENV",
                            "AWS_SECRET_ACCESS_KEY",
                            "zero",
                            NULL };
    const struct aws_environment env = { get, pairs };
    struct known_keys keys;
    struct err err = { 0 };

    if (known_keys_read(&keys, &env, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(keys.count, 3);
    assert_key(&keys.list[0], "AKIDENV", "zero", "");
    assert_key(&keys.list[1], "AKIDONE", "one", "");
    assert_key(&keys.list[2], "ASIATWO", "two", "token==");
    known_keys_add(&keys, "AKIDSCREEN", "mine");
    assert_int_equal(keys.count, 4);
    known_keys_fini(&keys);
}

static void
no_key_at_all_is_a_slip(void **state)
{
    const char *pairs[] = { "AWS_SHARED_CREDENTIALS_FILE",
                            "/nowhere",
                            "AWS_CONFIG_FILE",
                            "/nowhere",
                            "HOME",
                            "/nowhere",
                            "AWS_ACCESS_KEY_ID",
                            "AKIDENV",
                            NULL };
    const struct aws_environment env = { get, pairs };
    struct known_keys keys;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(known_keys_read(&keys, &env, &err), E_USAGE);
    assert_non_null(strstr(err.text, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(environment_and_profiles_are_known, write_file,
                                        remove_file),
        cmocka_unit_test(no_key_at_all_is_a_slip),
    };

    return cmocka_run_group_tests_name("known keys", tests, NULL, NULL);
}
