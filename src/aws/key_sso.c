/* key_sso.c - keys by a login of the AWS CLI: single sign-on, and `aws login`.
 * SPDX-License-Identifier: MIT
 *
 * The CLI keeps what a browser gave it in files of JSON. Both kinds are only read here: signing in,
 * and renewing a login, stay the CLI's, so that two programs never write one file. */
#include "config.h"

#include "aws/key_source.h"
#include "aws/refusal.h"
#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "wire/percent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_MAX    65536
#define TIMEOUT_MS   10000
#define ATTEMPTS_MAX 3

static enum status
sign_in_again(const struct key_plan *plan, const char *why, struct err *err)
{
    return err_set(err, E_AUTH, "profile %s: %s; run: aws sso login --profile %s", plan->profile,
                   why, plan->profile);
}

/* The file as JSON; *out is the caller's. */
static bool
read_cache(cJSON **out, const char *path)
{
    struct buf text;
    bool is_read;

    buf_init(&text, CACHE_MAX);
    is_read =
        buf_read_file(&text, path, NULL) == OK && json_parse(out, text.data, text.len, NULL) == OK;
    if (text.len > 0)
        explicit_bzero(text.data, text.len);
    buf_fini(&text);
    return is_read;
}

static enum status
read_token(char **out, const struct key_plan *plan, struct err *err)
{
    cJSON *cache = NULL;
    const char *token, *expires;
    int64_t expires_ms;
    enum status st = OK;

    if (!read_cache(&cache, plan->cache_file))
        return sign_in_again(plan, "nobody has signed in", err);
    token = json_get_string(cache, "accessToken", NULL);
    expires = json_get_string(cache, "expiresAt", "");
    if (token == NULL || strpbrk(token, "\r\n") != NULL || !iso8601_parse(&expires_ms, expires))
        st = sign_in_again(plan, "the login that is kept cannot be read", err);
    else if (expires_ms <= refusal_wall_ms())
        st = sign_in_again(plan, "the login has expired", err);
    else
        *out = xstrdup(token);
    key_tree_free(cache);
    return st;
}

static void
prepare(void *arg, struct net_call *call)
{
    struct key_job *job = arg;

    net_call_header(call, "x-amz-sso_bearer_token", job->token);
    net_call_header(call, "Accept", "application/json");
}

static enum status
read_answer(struct aws_credentials *keys, const struct key_plan *plan,
            const struct net_answer *answer, struct err *err)
{
    struct refusal refusal;
    cJSON *tree = NULL;
    enum status st;

    if (answer->status == 0) {
        *err = answer->err;
        return err_context(err, "profile %s", plan->profile);
    }
    refusal_read(&refusal, answer);
    if (answer->status == 401)
        return sign_in_again(plan, "the login is not accepted any more", err);
    if (answer->status != 200)
        return err_set(err, E_AUTH, "profile %s: role %s of account %s: %s: %s", plan->profile,
                       plan->role_name, plan->account_id, refusal.error.code,
                       refusal.error.message);
    if (json_parse(&tree, answer->body->data, answer->body->len, NULL) != OK)
        return err_set(err, E_INVALID, "profile %s: the single sign-on portal answers no JSON",
                       plan->profile);
    st = key_shape_read(keys, json_get(tree, "roleCredentials"), &key_shape_camel,
                        "the single sign-on portal", err);
    key_tree_free(tree);
    return st;
}

static void
on_answer(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };

    job->call = NULL;
    if (read_answer(&keys, job->order.plan, answer, &err) == OK)
        key_job_done(job, &keys);
    else
        key_job_fail(job, &err);
}

static char *
portal_request(const struct key_plan *plan)
{
    struct buf url;

    buf_init(&url, 4096);
    buf_addf(&url, "%s/federation/credentials?role_name=", plan->url);
    percent_encode(&url, plan->role_name, strlen(plan->role_name), false);
    buf_adds(&url, "&account_id=");
    percent_encode(&url, plan->account_id, strlen(plan->account_id), false);
    return buf_take(&url, NULL);
}

struct key_job *
key_sso_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);
    struct err err = { 0 };
    char *url;

    if (read_token(&job->token, order->plan, &err) != OK) {
        key_job_fail_soon(job, &err);
        return job;
    }
    url = portal_request(order->plan);
    job->call = net_start(order->net, &(struct net_request){
                                          .method = "GET",
                                          .url = url,
                                          .answer_max = KEY_ANSWER_MAX,
                                          .timeout_ms = TIMEOUT_MS,
                                          .max_attempts = ATTEMPTS_MAX,
                                          .is_secret = true,
                                          .prepare = prepare,
                                          .done = on_answer,
                                          .arg = job,
                                      });
    free(url);
    return job;
}

/* --- aws login --- */

static void
on_login(void *arg, bool is_ready)
{
    struct key_job *job = arg;
    const struct key_plan *plan = job->order.plan;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };
    cJSON *cache = NULL;
    char who[128];

    (void)is_ready;
    job->failing = NULL;
    snprintf(who, sizeof who, "profile %s: the login that is kept", plan->profile);
    if (!read_cache(&cache, plan->cache_file))
        err_set(&err, E_AUTH, "profile %s: nobody has signed in; run: aws login --profile %s",
                plan->profile, plan->profile);
    else if (key_shape_read(&keys, json_get(cache, "accessToken"), &key_shape_login, who, &err) ==
                 OK &&
             keys.expires_ms != 0 && keys.expires_ms <= refusal_wall_ms())
        err_set(&err, E_AUTH,
                "profile %s: the keys of aws login have expired, and only the AWS CLI can renew "
                "them; run: aws sts get-caller-identity --profile %s",
                plan->profile, plan->profile);
    key_tree_free(cache);
    if (err.code == OK)
        key_job_done(job, &keys);
    else {
        aws_credentials_fini(&keys);
        key_job_fail(job, &err);
    }
}

struct key_job *
key_login_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);

    job->failing = net_wait(order->net, -1, 0, on_login, job);
    return job;
}
