/* replay_signing.h - recorded requests to AWS, signed anew for an emulator.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPLAY_SIGNING_H
#define OV_CLI_REPLAY_SIGNING_H

#include "cli/replay/replay_call.h"
#include "cli/settings.h"

struct replay_signer;

/* With the keys of the emulator at `to`; both are borrowed. */
MUST_CHECK enum status replay_signer_new(struct replay_signer **out, const struct settings *s,
                                         const char *to, struct err *err);
void replay_signer_free(struct replay_signer *signer); /* NULL is fine */

/* Adds Host and a signature to the headers of a call whose head and body are complete. `scope` is
 * what the fixture says it was signed for, "monitoring" or "monitoring/eu-west-1". E_INVALID: it
 * cannot be signed. */
MUST_CHECK enum status replay_sign(const struct replay_signer *signer, struct replay_call *call,
                                   const char *scope, struct err *err);

#endif
