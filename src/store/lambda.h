/* lambda.h - what AWS/Lambda would publish about the functions behind our own endpoints.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_LAMBDA_H
#define OV_STORE_LAMBDA_H

#include "store/rollup.h"

/* One invocation that worked: Invocations 1, Errors 0 and its Duration, for the function and for
 * all functions together. */
MUST_CHECK enum status lambda_feed(struct writer *w, const char *function,
                                   const struct origin *from, uint32_t duration_us,
                                   struct err *err);

#endif
