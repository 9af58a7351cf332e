/* aws_call.c - refusals and lists as all AWS operations here have them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_call.h"

#include <string.h>

static bool
is_known(const char *name, const char *const *known)
{
    for (; *known != NULL; known++) {
        if (strcmp(name, *known) == 0)
            return true;
    }
    return false;
}

enum status
aws_only(const struct awsvalue *in, const char *const *known)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, in->object)
    {
        if (!cJSON_IsNull(member) && !is_known(member->string, known))
            return awsvalue_invalid(in, member->string,
                                    "is not supported by obsview (see: obsview help aws)");
    }
    return OK;
}

enum status
aws_list(const struct awsvalue *in, const char *key, enum awsvalue_need need, size_t max,
         struct awslist *out)
{
    struct awslist list = { .in = in, .key = key };
    enum status st = awsvalue_list(in, key, need, 0, SIZE_MAX, &list);

    if (st != OK)
        return st;
    if (list.count == 0 && need == AWS_REQUIRED)
        return awsvalue_missing(in, key);
    if (list.count > max)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "The collection %s%s must not have a size greater than %zu.",
                              in->path, key, max);
    *out = list;
    return OK;
}

enum status
aws_store_failed(struct aws_call *call, const struct err *err)
{
    struct store_stats stats;

    store_stats(call->store, &stats);
    if (err->code == E_BUSY || stats.disk_full)
        return wire_error_set(call->error, 503, "ServiceUnavailableException", "%s", err->text);
    return wire_error_set(call->error, 500, "InternalServiceFault", "%s", err->text);
}
