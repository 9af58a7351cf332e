/* aws_sts.c - STS GetCallerIdentity: who the credentials speak for.
 * SPDX-License-Identifier: MIT
 *
 * Clients ask this to try their credentials. Any are accepted, so the answer repeats the access key
 * and names the account that our ARNs carry. */
#include "config.h"

#include "emulator/aws_call.h"
#include "emulator/aws_operations.h"

enum status
aws_get_caller_identity(struct aws_call *call)
{
    static const char *const known[] = { NULL };
    enum status st = aws_only(&call->in, known);

    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "UserId", call->access_key);
    cJSON_AddStringToObject(call->out, "Account", AWS_ACCOUNT);
    cJSON_AddStringToObject(call->out, "Arn", "arn:aws:iam::" AWS_ACCOUNT ":user/obsview");
    return OK;
}
