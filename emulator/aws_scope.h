/* aws_scope.h - who signed a request and for which service: the outside of SigV4.
 * SPDX-License-Identifier: MIT
 *
 * The emulator knows no secret keys, so any signature is believed; but what AWS itself would refuse
 * to read is refused here too, so that a client that works here does not fail there. */
#ifndef OV_EMULATOR_AWS_SCOPE_H
#define OV_EMULATOR_AWS_SCOPE_H

#include "base/err.h"
#include "base/mem.h"
#include "wire/codec.h"

struct exchange;

/* Strings live in the arena. */
struct aws_scope {
    const char *access_key;
    const char *date; /* "20261124" */
    const char *region;
    const char *service;
};

/* From the Authorization header or, in a presigned URL, from the query. */
MUST_CHECK enum status aws_scope_read(struct aws_scope *out, struct exchange *x,
                                      struct wire_error *error);

#endif
