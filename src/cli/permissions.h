/* permissions.h - what obsview asks of an AWS account, one row an operation.
 * SPDX-License-Identifier: MIT
 *
 * The policy that allows it, and the check whether it is allowed, are both made from this table. */
#ifndef OV_CLI_PERMISSIONS_H
#define OV_CLI_PERMISSIONS_H

#include "aws/target.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* What a probe may need to know. */
struct probe {
    const char *log_group; /* one that exists, or a name that need not */
    int64_t now_ms;
};

/* What an action can be limited to. */
enum permission_scope { SCOPE_ALL, SCOPE_GROUPS, SCOPE_BUCKET /* of recordings */ };

struct permission {
    const char *action; /* "logs:FilterLogEvents" */
    const char *views;  /* that need it, with blanks between */
    enum permission_scope scope;
    const char *why_all; /* why it cannot be limited; NULL when it can */
    enum aws_service service;
    /* The cheapest request that is answered or refused, and changes nothing; NULL: there is none.
     */
    cJSON *(*probe)(const struct probe *with);
    int64_t cost_microusd;   /* of that */
    const char *path;        /* a GET of it, with the probe as parameters; NULL: a call */
    const char *why_unasked; /* without a probe */
};

/* In the order of their actions; ends with a row without one. */
#define PERMISSIONS_MAX 64
extern const struct permission permissions[];

/* The operation of an action: behind its colon. */
const char *permission_operation(const struct permission *p);
bool permission_is_for(const struct permission *p, const char *view);

#endif
