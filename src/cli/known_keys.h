/* known_keys.h - the access keys an emulator with --require-auth lets in.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_KNOWN_KEYS_H
#define OV_CLI_KNOWN_KEYS_H

#include "aws/shared_files.h"
#include "base/err.h"
#include "emulator/emulator.h"

#include <stddef.h>

struct known_keys {
    struct emulator_key *list;
    size_t count;
    struct shared_files *files; /* the list points into them */
};

/* AWS_ACCESS_KEY_ID with its companions, and every profile of the credentials file that has keys.
 * E_USAGE when there is none at all: nobody could get in. */
MUST_CHECK enum status known_keys_read(struct known_keys *out, const struct aws_environment *env,
                                       struct err *err);
/* One more key, borrowed. */
void known_keys_add(struct known_keys *keys, const char *access_key, const char *secret);
void known_keys_fini(struct known_keys *keys);

#endif
