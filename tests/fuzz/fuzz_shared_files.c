/* fuzz_shared_files.c - AWS's files of any content: a plan or a sentence, and never a secret in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aws/key_plan.h"
#include "aws/shared_files.h"
#include "aws/target.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
get(void *arg, const char *name)
{
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return arg;
    if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return "/dev/null";
    return strcmp(name, "HOME") == 0 ? "/home/me" : NULL;
}

static void
check_plan(const struct aws_environment *env, const struct shared_files *files, const char *profile)
{
    struct key_plan plan = { .arena = NULL };
    struct err err = { 0 };

    if (key_plan_make(&plan, env, files, profile, &err) != OK) {
        assert(err.text[0] != '\0');
        return;
    }
    assert(plan.role_count <= KEY_ROLES_MAX && plan.source != NULL);
    assert(plan.place != KEYS_GIVEN ||
           (plan.given.access_key != NULL && plan.given.secret_key != NULL));
    for (size_t i = 0; i < plan.role_count; i++)
        assert(plan.roles[i].arn != NULL);
    key_plan_fini(&plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("config", MFD_CLOEXEC);
    char *path = xasprintf("/proc/self/fd/%d", fd);
    struct aws_environment env = { .get = get, .arg = path };
    struct aws_target_options options = { .profile = "a" };
    struct shared_files *files = NULL;
    struct aws_target target;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (shared_files_read(&files, &env, NULL) == OK) {
        check_plan(&env, files, NULL);
        check_plan(&env, files, "a");
        if (aws_target_resolve(&target, &options, &env, NULL) == OK)
            aws_target_fini(&target);
    }
    shared_files_free(files);
    free(path);
    close(fd);
    return 0;
}
