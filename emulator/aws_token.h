/* aws_token.h - continuation tokens: opaque to clients, checked when they come back.
 * SPDX-License-Identifier: MIT
 *
 * A token carries its own state, so nothing is kept between pages and a token never expires. It
 * also carries a hash of the question it belongs to, and is refused with any other. */
#ifndef OV_EMULATOR_AWS_TOKEN_H
#define OV_EMULATOR_AWS_TOKEN_H

#include "base/mem.h"
#include "wire/awsvalue.h"

#include <stdint.h>

/* Hashes the operation's name and the members called `keys` (which ends with NULL). */
uint64_t aws_token_scope(const char *operation, const struct awsvalue *in, const char *const *keys);

const char *aws_token_make(struct arena *arena, uint64_t scope, const char *state);
/* The state, or NULL when this token was not made by us for that scope. */
const char *aws_token_read(struct arena *arena, uint64_t scope, const char *token);

#endif
