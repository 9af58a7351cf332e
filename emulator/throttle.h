/* throttle.h - AWS's request rates, as small as a test wants them.
 * SPDX-License-Identifier: MIT
 *
 * A rule is SERVICE=RATE or SERVICE:Operation=RATE in requests a second: a bucket that holds a
 * second's worth of tokens. A request must find a token in every rule that is about it; when one
 * has none, none is spent. Time is monotonic, whatever the product's clock says. */
#ifndef OV_EMULATOR_THROTTLE_H
#define OV_EMULATOR_THROTTLE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct aws_operation;
struct throttle;

/* `rules` ends with NULL; NULL: none. E_USAGE names a rule that is malformed, or about a service or
 * operation that the emulator does not have. */
MUST_CHECK enum status throttle_new(struct throttle **out, const char *const *rules,
                                    struct err *err);
void throttle_free(struct throttle *throttle); /* NULL is fine */

/* From any thread. `now_ns` never goes back. */
bool throttle_pass(struct throttle *throttle, const struct aws_operation *op, uint64_t now_ns);

#endif
