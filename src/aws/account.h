/* account.h - whose AWS account the credentials belong to.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_ACCOUNT_H
#define OV_AWS_ACCOUNT_H

#include "aws/client.h"

#define ACCOUNT_TEXT 13 /* twelve digits and the NUL */

struct account_job; /* under way; gone once `done` was called */

/* Asks STS once. The id is "" when it could not be learnt, and then `why` says it; a header goes
 * without it. GetCallerIdentity has no price and needs no permission. */
typedef void account_done(void *arg, const char id[ACCOUNT_TEXT], const struct err *why);
struct account_job *account_ask(struct aws_client *client, account_done *done, void *arg);
void account_cancel(struct account_job *job); /* NULL is fine */

#endif
