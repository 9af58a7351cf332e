/* known_keys.c - who may sign, from the places where AWS clients on this machine have their keys.
 * SPDX-License-Identifier: MIT
 *
 * A client that works against AWS from here then works against the emulator unchanged, and no
 * second list of secrets has to be kept. */
#include "config.h"

#include "cli/known_keys.h"

#include "base/mem.h"

#include <stdlib.h>

static void
add(struct known_keys *keys, const char *access_key, const char *secret, const char *token)
{
    if (access_key == NULL || secret == NULL)
        return;
    keys->list = xreallocarray(keys->list, keys->count + 1, sizeof *keys->list);
    keys->list[keys->count++] =
        (struct emulator_key){ .access_key = access_key, .secret = secret, .token = token };
}

enum status
known_keys_read(struct known_keys *out, const struct aws_environment *env, struct err *err)
{
    struct known_keys keys = { 0 };
    enum status st = shared_files_read(&keys.files, env, err);
    const char *profile;

    if (st != OK)
        return st;
    add(&keys, aws_getenv(env, "AWS_ACCESS_KEY_ID"), aws_getenv(env, "AWS_SECRET_ACCESS_KEY"),
        aws_getenv(env, "AWS_SESSION_TOKEN"));
    for (size_t i = 0; (profile = shared_files_profile(keys.files, i)) != NULL; i++)
        add(&keys, shared_files_get(keys.files, profile, "aws_access_key_id"),
            shared_files_get(keys.files, profile, "aws_secret_access_key"),
            shared_files_get(keys.files, profile, "aws_session_token"));
    if (keys.count == 0) {
        known_keys_fini(&keys);
        return err_set(err, E_USAGE,
                       "--require-auth: no access key is known; set AWS_ACCESS_KEY_ID and "
                       "AWS_SECRET_ACCESS_KEY, or write a profile into ~/.aws/credentials");
    }
    *out = keys;
    return OK;
}

void
known_keys_add(struct known_keys *keys, const char *access_key, const char *secret)
{
    add(keys, access_key, secret, NULL);
}

void
known_keys_fini(struct known_keys *keys)
{
    free(keys->list);
    shared_files_free(keys->files);
    *keys = (struct known_keys){ 0 };
}
