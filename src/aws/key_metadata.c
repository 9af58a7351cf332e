/* key_metadata.c - keys that the machine itself hands out: a container's URI, EC2's metadata.
 * SPDX-License-Identifier: MIT
 *
 * Neither is ever asked through a proxy. EC2 is only asked in its second version, whose session
 * token a server-side request forgery cannot get: a PUT for the token, a GET for the role's name, a
 * GET for its keys. A machine that is not EC2 has nobody at that address, so the wait is short. */
#include "config.h"

#include "aws/key_source.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINER_MS       2000
#define CONTAINER_ATTEMPTS 3
#define IMDS_MS            1000
#define TOKEN_SECONDS      "21600"
#define IMDS_PATH          "/latest/meta-data/iam/security-credentials/"

static bool
is_header_text(const char *text)
{
    return *text != '\0' && strpbrk(text, "\r\n") == NULL;
}

/* --- container --- */

static void
prepare_container(void *arg, struct net_call *call)
{
    struct key_job *job = arg;

    net_call_header(call, "Accept", "application/json");
    if (job->token != NULL)
        net_call_header(call, "Authorization", job->token);
}

static void
on_container(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };

    job->call = NULL;
    if (answer->status == 0) {
        err = answer->err;
        err_context(&err, "container credentials");
    } else if (answer->status != 200)
        err_set(&err, E_AUTH, "container credentials: refused with status %d", answer->status);
    else if (key_shape_parse(&keys, answer->body->data, answer->body->len, &key_shape_metadata,
                             "container credentials", &err) == OK) {
        key_job_done(job, &keys);
        return;
    }
    key_job_fail(job, &err);
}

static enum status
container_token(char **out, const struct key_order *order, struct err *err)
{
    const struct key_plan *plan = order->plan;
    const char *given =
        plan->token_variable == NULL ? NULL : aws_getenv(order->env, plan->token_variable);
    enum status st = OK;

    if (plan->token_file != NULL)
        st = key_file_read(out, plan->token_file, err);
    else if (given != NULL)
        *out = xstrdup(given);
    if (st == OK && *out != NULL && !is_header_text(*out))
        st = err_set(err, E_AUTH, "the token is empty or has more than one line");
    return st == OK ? OK : err_context(err, "container credentials");
}

struct key_job *
key_container_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);
    struct err err = { 0 };

    if (container_token(&job->token, order, &err) != OK) {
        key_job_fail_soon(job, &err);
        return job;
    }
    job->call = net_start(order->net, &(struct net_request){
                                          .method = "GET",
                                          .url = order->plan->url,
                                          .answer_max = KEY_ANSWER_MAX,
                                          .timeout_ms = CONTAINER_MS,
                                          .max_attempts = CONTAINER_ATTEMPTS,
                                          .is_direct = true,
                                          .is_secret = true,
                                          .prepare = prepare_container,
                                          .done = on_container,
                                          .arg = job,
                                      });
    return job;
}

/* --- EC2 --- */

static void
prepare_imds(void *arg, struct net_call *call)
{
    struct key_job *job = arg;

    if (job->token == NULL)
        net_call_header(call, "x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS);
    else
        net_call_header(call, "x-aws-ec2-metadata-token", job->token);
}

static struct net_call *
ask_imds(struct key_job *job, const char *method, const char *path, net_done *done)
{
    char *url = xasprintf("%s%s", job->order.plan->url, path);
    struct net_call *call = net_start(job->order.net, &(struct net_request){
                                                          .method = method,
                                                          .url = url,
                                                          .answer_max = KEY_ANSWER_MAX,
                                                          .timeout_ms = IMDS_MS,
                                                          .max_attempts = 1,
                                                          .is_direct = true,
                                                          .is_secret = true,
                                                          .prepare = prepare_imds,
                                                          .done = done,
                                                          .arg = job,
                                                      });

    free(url);
    return call;
}

/* Nobody there is the usual case: this was the last place to look. */
static void
fail_imds(struct key_job *job, const struct net_answer *answer, const char *what)
{
    struct err err;

    if (job->token == NULL) {
        char said[40] = "does not answer";

        if (answer->status != 0)
            snprintf(said, sizeof said, "%s (status %d)", what, answer->status);
        err_set(&err, E_AUTH,
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put keys "
                "into a profile and name it with --profile (EC2's metadata was asked last, and "
                "%s)",
                said);
    } else if (answer->status == 0) {
        err = answer->err;
        err_context(&err, "EC2 metadata");
    } else
        err_set(&err, E_AUTH, "EC2 metadata: %s (status %d)", what, answer->status);
    key_job_fail(job, &err);
}

static void
on_imds_keys(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };

    job->call = NULL;
    if (answer->status != 200)
        fail_imds(job, answer, "the role's keys are refused");
    else if (key_shape_parse(&keys, answer->body->data, answer->body->len, &key_shape_metadata,
                             "EC2 metadata", &err) == OK)
        key_job_done(job, &keys);
    else
        key_job_fail(job, &err);
}

static void
on_imds_role(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    char path[sizeof IMDS_PATH + 128];
    size_t len = strspn(answer->body->data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789+=,.@_-");

    job->call = NULL;
    if (answer->status != 200 || len == 0 || len > 128) {
        fail_imds(job, answer, "this instance has no role");
        return;
    }
    snprintf(path, sizeof path, IMDS_PATH "%.*s", (int)len, answer->body->data);
    job->call = ask_imds(job, "GET", path, on_imds_keys);
}

static void
on_imds_token(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;

    job->call = NULL;
    if (answer->status != 200 || !is_header_text(answer->body->data)) {
        fail_imds(job, answer, "gives no token");
        return;
    }
    job->token = xstrdup(answer->body->data);
    job->call = ask_imds(job, "GET", IMDS_PATH, on_imds_role);
}

struct key_job *
key_imds_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);

    job->call = ask_imds(job, "PUT", "/latest/api/token", on_imds_token);
    return job;
}
