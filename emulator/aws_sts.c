/* aws_sts.c - STS: who the credentials speak for, and temporary ones.
 * SPDX-License-Identifier: MIT
 *
 * Clients ask GetCallerIdentity to try their credentials. For a key that is not known the answer
 * repeats it and names the account that our ARNs carry. The other operations make keys (see
 * keyring.h) that --require-auth accepts until they expire. There is no IAM behind them: whoever
 * may ask may assume any role, with any web identity token, and what would narrow the new key's
 * rights (policies, tags) is refused by name rather than ignored. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_call.h"
#include "emulator/aws_operations.h"
#include "emulator/keyring.h"
#include "emulator/parts.h"

#define ROLE_ARN_MAX    2048
#define SESSION_MAX     64
#define ACCOUNT_DIGITS  12
#define DURATION_MIN    900
#define ROLE_DEFAULT    3600
#define ROLE_MAX        43200
#define CHAINED_MAX     3600 /* a role assumed with a role's own keys */
#define SESSION_DEFAULT 43200
#define SESSION_SECONDS 129600

/* The identity a call is made with, as far as it is known. */
static bool
find_caller(struct aws_call *call, struct key *key)
{
    if (keyring_find(emulator_keyring(call->em), call->access_key, call->arena, key))
        return true;
    *key = (struct key){ .access_key = call->access_key,
                         .user = call->access_key,
                         .arn = "arn:aws:iam::" AWS_ACCOUNT ":user/obsview" };
    return false;
}

/* "000000000000" of "arn:aws:iam::000000000000:role/web" */
static const char *
account_of(struct aws_call *call, const char *arn)
{
    const char *at = arn;

    for (int colons = 0; colons < 4 && at != NULL; colons++)
        at = strchr(at + (colons > 0), ':');
    return at == NULL ? AWS_ACCOUNT : arena_strndup(call->arena, at + 1, ACCOUNT_DIGITS);
}

enum status
aws_get_caller_identity(struct aws_call *call)
{
    static const char *const known[] = { NULL };
    enum status st = aws_only(&call->in, known);
    struct key caller;

    if (st != OK)
        return st;
    (void)find_caller(call, &caller);
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "UserId", caller.user);
    cJSON_AddStringToObject(call->out, "Account", account_of(call, caller.arn));
    cJSON_AddStringToObject(call->out, "Arn", caller.arn);
    return OK;
}

/* --- temporary keys --- */

static void
add_credentials(struct aws_call *call, const struct key *key)
{
    cJSON *credentials = cJSON_AddObjectToObject(call->out, "Credentials");

    cJSON_AddStringToObject(credentials, "AccessKeyId", key->access_key);
    cJSON_AddStringToObject(credentials, "SecretAccessKey", key->secret);
    cJSON_AddStringToObject(credentials, "SessionToken", key->token);
    cJSON_AddItemToObject(credentials, "Expiration", json_time(key->expires_ms));
}

/* A role and who assumes it. */
struct session {
    const char *partition, *account, *role; /* of the role's ARN; the role without its path */
    const char *name;
    int64_t seconds;
};

/* arn:aws:iam::123456789012:role/path/name */
static enum status
read_role(struct aws_call *call, struct session *out)
{
    const char *arn = NULL, *rest;
    enum status st = awsvalue_string(&call->in, "RoleArn", AWS_REQUIRED, 20, ROLE_ARN_MAX, &arn);
    size_t partition;

    if (st != OK)
        return st;
    partition = strncmp(arn, "arn:", 4) == 0 ? strcspn(arn + 4, ":") : 0;
    rest = arn + 4 + partition;
    if (partition == 0 || strncmp(rest, ":iam::", 6) != 0 ||
        strspn(rest + 6, "0123456789") != ACCOUNT_DIGITS ||
        strncmp(rest + 6 + ACCOUNT_DIGITS, ":role/", 6) != 0 || strrchr(rest, '/')[1] == '\0')
        return wire_error_set(call->error, 400, "ValidationError",
                              "%.200s is invalid: expected arn:aws:iam::123456789012:role/NAME",
                              arn);
    out->partition = arena_strndup(call->arena, arn + 4, partition);
    out->account = arena_strndup(call->arena, rest + 6, ACCOUNT_DIGITS);
    out->role = strrchr(rest, '/') + 1;
    return OK;
}

static enum status
read_session_name(struct aws_call *call, struct session *out)
{
    enum status st =
        awsvalue_string(&call->in, "RoleSessionName", AWS_REQUIRED, 2, SESSION_MAX, &out->name);

    if (st == OK && out->name[strspn(out->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
                                                "xyz0123456789_+=,.@-")] != '\0')
        return awsvalue_invalid(&call->in, "RoleSessionName",
                                "must consist of letters, digits and the characters _+=,.@-");
    return st;
}

static enum status
read_session(struct aws_call *call, struct session *out)
{
    enum status st = read_role(call, out);

    if (st == OK)
        st = read_session_name(call, out);
    out->seconds = ROLE_DEFAULT;
    if (st == OK)
        st = awsvalue_int(&call->in, "DurationSeconds", AWS_OPTIONAL, DURATION_MIN, ROLE_MAX,
                          &out->seconds);
    return st;
}

/* A role's id is random on AWS; here the same role has the same one always. */
static const char *
role_id(struct aws_call *call, const struct session *s)
{
    uint64_t hash = text_hash(s->role, strlen(s->role),
                              text_hash(s->account, strlen(s->account), TEXT_HASH_SEED));

    return arena_printf(call->arena, "AROA%016llX", (unsigned long long)hash);
}

static void
hand_out(struct aws_call *call, const struct session *s)
{
    const char *user = arena_printf(call->arena, "%s:%s", role_id(call, s), s->name);
    const char *arn = arena_printf(call->arena, "arn:%s:sts::%s:assumed-role/%s/%s", s->partition,
                                   s->account, s->role, s->name);
    cJSON *assumed;
    struct key key;

    keyring_issue(emulator_keyring(call->em), user, arn, s->seconds, call->arena, &key);
    call->out = cJSON_CreateObject();
    add_credentials(call, &key);
    assumed = cJSON_AddObjectToObject(call->out, "AssumedRoleUser");
    cJSON_AddStringToObject(assumed, "AssumedRoleId", user);
    cJSON_AddStringToObject(assumed, "Arn", arn);
    snprintf(call->note, sizeof call->note, "%.64s", s->role);
}

enum status
aws_assume_role(struct aws_call *call)
{
    static const char *const known[] = { "RoleArn",    "RoleSessionName", "DurationSeconds",
                                         "ExternalId", "SerialNumber",    "TokenCode",
                                         NULL };
    struct session session = { 0 };
    struct key caller;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_session(call, &session);
    if (st != OK)
        return st;
    if (find_caller(call, &caller) && caller.expires_ms != 0 && session.seconds > CHAINED_MAX)
        return wire_error_set(call->error, 400, "ValidationError",
                              "The requested DurationSeconds exceeds the 1 hour session limit for "
                              "roles assumed by role chaining");
    hand_out(call, &session);
    return OK;
}

enum status
aws_assume_role_with_web_identity(struct aws_call *call)
{
    static const char *const known[] = { "RoleArn", "RoleSessionName", "DurationSeconds",
                                         "WebIdentityToken", NULL };
    struct session session = { 0 };
    const char *token = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_session(call, &session);
    if (st == OK)
        st = awsvalue_string(&call->in, "WebIdentityToken", AWS_REQUIRED, 4, 20000, &token);
    if (st == OK)
        hand_out(call, &session);
    return st;
}

enum status
aws_get_session_token(struct aws_call *call)
{
    static const char *const known[] = { "DurationSeconds", "SerialNumber", "TokenCode", NULL };
    int64_t seconds = SESSION_DEFAULT;
    struct key caller, key;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_int(&call->in, "DurationSeconds", AWS_OPTIONAL, DURATION_MIN, SESSION_SECONDS,
                          &seconds);
    if (st != OK)
        return st;
    if (find_caller(call, &caller) && caller.expires_ms != 0)
        return wire_error_set(call->error, 403, "AccessDeniedException",
                              "Cannot call GetSessionToken with session credentials");
    keyring_issue(emulator_keyring(call->em), caller.user, caller.arn, seconds, call->arena, &key);
    call->out = cJSON_CreateObject();
    add_credentials(call, &key);
    return OK;
}
