/* client.h - one AWS operation: signed, sent, answered with JSON or a sentence.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_CLIENT_H
#define OV_AWS_CLIENT_H

#include "aws/hearing.h"
#include "aws/net.h"
#include "aws/provider.h"
#include "aws/target.h"
#include "base/err.h"

#include <cjson/cJSON.h>

struct aws_client;
struct aws_call;

/* Both are borrowed for its life. */
struct aws_client *aws_client_new(struct net *net, const struct aws_target *target);
void aws_client_free(struct aws_client *client); /* no call may be under way; NULL is fine */
/* What goes on though nobody waits for it any more: `drop` is called when the client is freed
 * before aws_client_release(). */
struct aws_orphan;
struct aws_orphan *aws_client_adopt(struct aws_client *client, void (*drop)(void *arg), void *arg);
void aws_client_release(struct aws_client *client, struct aws_orphan *orphan);
/* The same target asked in another region; it lives as long as `client`. NULL region: `client`
 * itself; NULL is returned for what is not the name of a region. */
struct aws_client *aws_client_in(struct aws_client *client, const char *region);
const struct aws_target *aws_client_target(const struct aws_client *client);
struct net *aws_client_net(const struct aws_client *client);
/* Requests sent so far of the kind of which AWS gives a million a month away: those to CloudWatch,
 * except GetMetricData. */
int64_t aws_client_free_calls(const struct aws_client *client);
struct provider *aws_client_provider(const struct aws_client *client);
/* Called whenever a search has found keys: what failed for want of them may be asked again. */
typedef void aws_keys_found(void *arg);
void aws_client_on_keys(struct aws_client *client, aws_keys_found *found, void *arg);

/* Who hears of all calls, of all regions; and who answers them, so that none is made. Borrowed;
 * before the first call; NULL: nobody. */
void aws_client_set_ear(struct aws_client *client, const struct aws_ear *ear);
void aws_client_set_stand_in(struct aws_client *client, const struct aws_stand_in *stand_in);
/* Tells the ear of an answer that was given earlier and kept; takes both values. */
void aws_client_tell(const struct aws_client *client, enum aws_service service,
                     const char *operation, cJSON *input, cJSON *answer);
bool aws_client_hears(const struct aws_client *client);
/* When what `done` is being told was known (struct aws_cue); 0: it is known now. */
int64_t aws_client_known_ms(const struct aws_client *client);

/* `answer` is an object that lives until this returns, or NULL and `err` says why. */
typedef void aws_done(void *arg, const cJSON *answer, const struct err *err);

/* In AWS JSON, or in the query protocol where the service reads only that; nobody sees which.
 * `input` is borrowed for this call only; NULL is an empty object. `done` comes from net_run(). */
struct aws_call *aws_call_start(struct aws_client *client, enum aws_service service,
                                const char *operation, const cJSON *input, aws_done *done,
                                void *arg);
/* An operation of the REST-JSON protocol that only reads: a GET of `path` with the texts of `query`
 * (an object; NULL: none) as its parameters. */
struct aws_call *aws_get_start(struct aws_client *client, enum aws_service service,
                               const char *operation, const char *path, const cJSON *query,
                               aws_done *done, void *arg);
/* An operation of S3, which answers in XML or bytes. */
struct aws_rest {
    const char *operation; /* "GetObject": for sentences */
    const char *method;
    const char *path;  /* encoded: "/mobs/7451/dom.mobs" */
    const char *query; /* encoded; "": none */
    const char *range; /* "bytes=0-99"; NULL: none */
    const char *if_match;
    const char *body; /* XML; NULL: none */
    size_t answer_max;
};
/* `answer` lives until this returns, with a status of 2xx, or 416 when the range begins where the
 * object ends; else it is NULL and `err` says why: E_NOTFOUND for no such bucket or key, E_BUSY for
 * an object that if_match does not fit any more. */
typedef void aws_rest_done(void *arg, const struct net_answer *answer, const struct err *err);
struct aws_call *aws_rest_start(struct aws_client *client, const struct aws_rest *rest,
                                aws_rest_done *done, void *arg);
/* An operation whose answer is a stream without an end: `on_bytes` takes it piece by piece, `done`
 * comes when it ends, with `err` NULL when the server closed it. AWS's own host has `prefix` in
 * front. */
typedef void aws_stream_done(void *arg, const struct err *err);
struct aws_call *aws_stream_start(struct aws_client *client, enum aws_service service,
                                  const char *operation, const char *prefix, const cJSON *input,
                                  net_on_bytes *on_bytes, aws_stream_done *done, void *arg);
/* A piece of that stream as a value, for the ear, which may take it: then it is set to NULL. */
void aws_stream_tell(struct aws_call *call, cJSON **piece);
/* An operation of the query protocol that takes no parameters; `text` is its XML, or NULL. */
typedef void aws_text_done(void *arg, const char *text, const struct err *err);
struct aws_call *aws_query_start(struct aws_client *client, enum aws_service service,
                                 const char *operation, aws_text_done *done, void *arg);
/* Adds one to `*arrived` before the call ends, unless nothing of it ever reached the service: what
 * was not asked is not paid for. */
void aws_call_count(struct aws_call *call, unsigned *arrived);
void aws_call_cancel(struct aws_call *call); /* NULL is fine */

#endif
