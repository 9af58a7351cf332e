/* key_source.h - the places keys come from, each asked without blocking.
 * SPDX-License-Identifier: MIT
 *
 * For provider.c and the sources themselves. A job belongs to whoever started it until it is done;
 * it ends once, from net_run() and never from its start. No sentence ever holds a secret. */
#ifndef OV_AWS_KEY_SOURCE_H
#define OV_AWS_KEY_SOURCE_H

#include "aws/key_plan.h"
#include "aws/net.h"

#include <cjson/cJSON.h>

#define KEY_ANSWER_MAX 65536

/* Borrowed until the job is over. */
struct key_order {
    struct net *net;
    const struct aws_environment *env;
    const struct key_plan *plan;
    const char *region; /* of STS */
    const char *sts_url;
    const struct key_role *role;        /* key_role_start(): which */
    const struct aws_credentials *keys; /* key_role_start(): with whose */
    const char *code;                   /* key_role_start(): of the MFA device, or NULL */
};

/* `keys` to be taken from (leave it empty), or NULL and why. */
typedef void key_done(void *arg, struct aws_credentials *keys, const struct err *err);

struct key_job {
    struct key_order order;
    key_done *done;
    void *arg;
    struct net_call *call;    /* under way, or NULL */
    struct net_wait *failing; /* a failure that was known at the start */
    struct err err;
    void (*cancel)(struct key_job *job); /* of what else is under way; NULL: nothing */
    void *state;
    char *token; /* wiped at the end; NULL: none */
    bool clock_was_set;
};

struct key_job *key_web_identity_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_sso_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_login_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_process_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_container_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_imds_start(const struct key_order *order, key_done *done, void *arg);
struct key_job *key_role_start(const struct key_order *order, key_done *done, void *arg);
void key_job_cancel(struct key_job *job); /* NULL is fine */

/* --- for the sources --- */

struct key_job *key_job_new(const struct key_order *order, key_done *done, void *arg);
/* End the job; it is gone then. */
void key_job_done(struct key_job *job, struct aws_credentials *keys);
void key_job_fail(struct key_job *job, const struct err *err);
/* The same, but soon, for what is found out at the start. */
void key_job_fail_soon(struct key_job *job, const struct err *err);

/* What keys are called in an answer. */
struct key_shape {
    const char *access_key, *secret_key, *token, *expires;
};
extern const struct key_shape key_shape_aws;      /* AccessKeyId ... SessionToken */
extern const struct key_shape key_shape_metadata; /* AccessKeyId ... Token */
extern const struct key_shape key_shape_camel;    /* accessKeyId ... */
extern const struct key_shape key_shape_login;    /* the same, with expiresAt */

/* `who` begins the sentence. Times may be ISO 8601 or epoch milliseconds. */
MUST_CHECK enum status key_shape_read(struct aws_credentials *out, const cJSON *object,
                                      const struct key_shape *shape, const char *who,
                                      struct err *err);
/* As above, of a JSON text that is an object. */
MUST_CHECK enum status key_shape_parse(struct aws_credentials *out, const char *text, size_t len,
                                       const struct key_shape *shape, const char *who,
                                       struct err *err);
void key_tree_free(cJSON *tree); /* wipes its texts; NULL is fine */
/* A small file of one secret, without the blanks around it; the caller wipes it. */
MUST_CHECK enum status key_file_read(char **out, const char *path, struct err *err);

#endif
