/* key_source.c - what all places have in common: jobs, and reading keys out of JSON.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/key_source.h"

#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536

const struct key_shape key_shape_aws = { "AccessKeyId", "SecretAccessKey", "SessionToken",
                                         "Expiration" };
const struct key_shape key_shape_metadata = { "AccessKeyId", "SecretAccessKey", "Token",
                                              "Expiration" };
const struct key_shape key_shape_camel = { "accessKeyId", "secretAccessKey", "sessionToken",
                                           "expiration" };
const struct key_shape key_shape_login = { "accessKeyId", "secretAccessKey", "sessionToken",
                                           "expiresAt" };

static void
wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

/* --- jobs --- */

struct key_job *
key_job_new(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = xcalloc(1, sizeof *job);

    job->order = *order;
    job->done = done;
    job->arg = arg;
    return job;
}

void
key_job_cancel(struct key_job *job)
{
    if (job == NULL)
        return;
    net_cancel(job->call);
    net_wait_cancel(job->failing);
    if (job->cancel != NULL)
        job->cancel(job);
    wipe(job->token);
    free(job);
}

void
key_job_done(struct key_job *job, struct aws_credentials *keys)
{
    job->done(job->arg, keys, NULL);
    aws_credentials_fini(keys);
    key_job_cancel(job);
}

void
key_job_fail(struct key_job *job, const struct err *err)
{
    job->done(job->arg, NULL, err);
    key_job_cancel(job);
}

static void
on_failing(void *arg, bool is_ready)
{
    struct key_job *job = arg;

    (void)is_ready;
    job->failing = NULL;
    key_job_fail(job, &job->err);
}

void
key_job_fail_soon(struct key_job *job, const struct err *err)
{
    job->err = *err;
    job->failing = net_wait(job->order.net, -1, 0, on_failing, job);
}

/* --- reading --- */

static enum status
read_expiry(int64_t *out, const cJSON *value, const char *who, struct err *err)
{
    *out = 0;
    if (value == NULL || cJSON_IsNull(value))
        return OK;
    if (cJSON_IsNumber(value) && value->valuedouble > 0 && value->valuedouble < 1e15) {
        *out = (int64_t)value->valuedouble;
        return OK;
    }
    if (cJSON_IsString(value) && iso8601_parse(out, value->valuestring))
        return OK;
    return err_set(err, E_INVALID, "%s: the time when the keys expire is no time", who);
}

enum status
key_shape_read(struct aws_credentials *out, const cJSON *object, const struct key_shape *shape,
               const char *who, struct err *err)
{
    const char *access_key = json_get_string(object, shape->access_key, "");
    const char *secret_key = json_get_string(object, shape->secret_key, "");
    const char *token = json_get_string(object, shape->token, "");
    int64_t expires_ms;
    enum status st;

    if (*access_key == '\0' || *secret_key == '\0')
        return err_set(err, E_INVALID, "%s: there is no %s in the answer", who,
                       *access_key == '\0' ? shape->access_key : shape->secret_key);
    st = read_expiry(&expires_ms, json_get(object, shape->expires), who, err);
    if (st != OK)
        return st;
    aws_credentials_set(out, access_key, secret_key, *token == '\0' ? NULL : token, NULL);
    out->expires_ms = expires_ms;
    return OK;
}

enum status
key_shape_parse(struct aws_credentials *out, const char *text, size_t len,
                const struct key_shape *shape, const char *who, struct err *err)
{
    cJSON *tree = NULL;
    enum status st = json_parse(&tree, text, len, NULL); /* its sentence could quote the text */

    if (st != OK || !cJSON_IsObject(tree))
        st = err_set(err, E_INVALID, "%s: the answer is not a JSON object", who);
    else
        st = key_shape_read(out, tree, shape, who, err);
    key_tree_free(tree);
    return st;
}

static void
wipe_texts(cJSON *tree)
{
    for (cJSON *at = tree; at != NULL; at = at->next) {
        if (cJSON_IsString(at) && at->valuestring != NULL)
            explicit_bzero(at->valuestring, strlen(at->valuestring));
        wipe_texts(at->child);
    }
}

void
key_tree_free(cJSON *tree)
{
    wipe_texts(tree);
    cJSON_Delete(tree);
}

enum status
key_file_read(char **out, const char *path, struct err *err)
{
    struct buf text;
    enum status st;
    size_t from, len;

    buf_init(&text, FILE_MAX);
    st = buf_read_file(&text, path, err);
    if (st == OK) {
        from = strspn(text.data, " \t\r\n");
        len = strlen(text.data + from);
        while (len > 0 && strchr(" \t\r\n", text.data[from + len - 1]) != NULL)
            len--;
        *out = xstrndup(text.data + from, len);
    }
    if (text.len > 0)
        explicit_bzero(text.data, text.len);
    buf_fini(&text);
    return st;
}
