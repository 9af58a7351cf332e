/* key_role.c - keys from STS: AssumeRole, and AssumeRoleWithWebIdentity.
 * SPDX-License-Identifier: MIT
 *
 * STS speaks only the query protocol. The request that carries a web identity is not signed: the
 * token in it is all there is to prove. */
#include "config.h"

#include "aws/key_source.h"
#include "aws/refusal.h"
#include "aws/signing.h"
#include "base/json.h"
#include "wire/query_client.h"
#include "wire/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM_MAX     131072
#define TIMEOUT_MS   10000
#define ATTEMPTS_MAX 3

struct sts_state {
    struct buf form;
    const struct key_role *role;
};

static void
drop_state(struct key_job *job)
{
    struct sts_state *state = job->state;

    if (state->form.len > 0)
        explicit_bzero(state->form.data, state->form.len);
    buf_fini(&state->form);
    free(state);
}

static void
prepare(void *arg, struct net_call *call)
{
    static const struct http_header type = { "Content-Type", QUERY_CLIENT_TYPE };
    struct key_job *job = arg;
    const struct sts_state *state = job->state;

    if (job->order.keys == NULL) {
        net_call_header(call, type.name, type.value);
        return;
    }
    signing_add(job->order.net, call,
                &(struct signing){ .method = "POST",
                                   .url = job->order.sts_url,
                                   .path = "/",
                                   .query = "",
                                   .headers = &type,
                                   .header_count = 1,
                                   .body = state->form.data,
                                   .body_len = state->form.len,
                                   .region = job->order.region,
                                   .service = "sts",
                                   .keys = job->order.keys });
}

static enum net_verdict
judge(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    struct refusal refusal;

    refusal_read(&refusal, answer);
    if (refusal.kind == REFUSED_TOO_OFTEN)
        return NET_AGAIN;
    if (refusal.kind == REFUSED_FOR_CLOCK && !job->clock_was_set) {
        job->clock_was_set = true;
        if (refusal_learn_clock(job->order.net, job->order.sts_url, answer))
            return NET_AGAIN;
    }
    /* the identity provider of a new cluster may not be known everywhere yet */
    return strcmp(refusal.error.code, "IDPCommunicationError") == 0 ? NET_AGAIN : NET_AS_USUAL;
}

static enum status
read_answer(struct aws_credentials *keys, const char *who, const struct net_answer *answer,
            struct err *err)
{
    struct refusal refusal;
    cJSON *result = NULL;
    enum status st;

    if (answer->status == 0) {
        *err = answer->err;
        return err_context(err, "%s", who);
    }
    if (answer->status != 200) {
        refusal_read(&refusal, answer);
        return err_set(err, E_AUTH, "%s: %s: %s", who, refusal.error.code, refusal.error.message);
    }
    st = query_client_read(&result, service_by_name("sts"), answer->body->data, answer->body->len,
                           err);
    if (st != OK)
        return err_context(err, "%s", who);
    st = key_shape_read(keys, json_get(result, "Credentials"), &key_shape_aws, who, err);
    key_tree_free(result);
    return st;
}

static void
on_answer(void *arg, const struct net_answer *answer)
{
    struct key_job *job = arg;
    const struct sts_state *state = job->state;
    struct aws_credentials keys = { 0 };
    struct err err = { 0 };
    char who[160];

    job->call = NULL;
    snprintf(who, sizeof who, "cannot assume %s", state->role->arn);
    if (read_answer(&keys, who, answer, &err) == OK)
        key_job_done(job, &keys);
    else
        key_job_fail(job, &err);
}

static void
add_text(cJSON *input, const char *name, const char *text)
{
    if (text != NULL)
        cJSON_AddStringToObject(input, name, text);
}

static cJSON *
role_input(const struct key_role *role)
{
    cJSON *input = cJSON_CreateObject();
    char name[40];

    snprintf(name, sizeof name, "obsview-%lld", (long long)(refusal_wall_ms() / 1000));
    add_text(input, "RoleArn", role->arn);
    add_text(input, "RoleSessionName", role->session_name != NULL ? role->session_name : name);
    if (role->duration_s > 0)
        cJSON_AddNumberToObject(input, "DurationSeconds", role->duration_s);
    return input;
}

static void
send_form(struct key_job *job, const struct key_role *role, const char *operation, cJSON *input)
{
    struct sts_state *state = xcalloc(1, sizeof *state);

    state->role = role;
    buf_init(&state->form, FORM_MAX);
    query_client_form(&state->form, service_by_name("sts"), operation, input);
    key_tree_free(input);
    job->state = state;
    job->cancel = drop_state;
    job->call = net_start(job->order.net, &(struct net_request){
                                              .method = "POST",
                                              .url = job->order.sts_url,
                                              .body = state->form.data,
                                              .body_len = state->form.len,
                                              .answer_max = KEY_ANSWER_MAX,
                                              .timeout_ms = TIMEOUT_MS,
                                              .max_attempts = ATTEMPTS_MAX,
                                              .is_secret = true,
                                              .prepare = prepare,
                                              .judge = judge,
                                              .done = on_answer,
                                              .arg = job,
                                          });
}

struct key_job *
key_role_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);
    const struct key_role *role = order->role;
    cJSON *input = role_input(role);

    add_text(input, "ExternalId", role->external_id);
    add_text(input, "SerialNumber", role->mfa_serial);
    if (role->mfa_serial != NULL)
        add_text(input, "TokenCode", order->code);
    send_form(job, role, "AssumeRole", input);
    return job;
}

struct key_job *
key_web_identity_start(const struct key_order *order, key_done *done, void *arg)
{
    struct key_job *job = key_job_new(order, done, arg);
    struct err err = { 0 };
    cJSON *input;

    job->order.keys = NULL;
    if (key_file_read(&job->token, order->plan->token_file, &err) != OK) {
        err_context(&err, "web identity");
        key_job_fail_soon(job, &err);
        return job;
    }
    input = role_input(&order->plan->web);
    add_text(input, "WebIdentityToken", job->token);
    send_form(job, &order->plan->web, "AssumeRoleWithWebIdentity", input);
    return job;
}
