/* client_own.h - what the files of the client share: calls on their way, and who hears of them.
 * SPDX-License-Identifier: MIT
 *
 * client.c knows the way of a call; client_hearing.c what of it is told, and how a stand-in answers
 * it. */
#ifndef OV_AWS_CLIENT_OWN_H
#define OV_AWS_CLIENT_OWN_H

#include "aws/client.h"
#include "aws/refusal.h"
#include "wire/awsjson.h"

#define CALL_OPERATION   64
#define CALL_REFUSAL_MAX ((size_t)64 * 1024)

struct aws_orphan {
    struct aws_orphan *next;
    void (*drop)(void *arg);
    void *arg;
};

/* How a service is spoken to, as far as that is known. */
enum spoken { SPOKEN_UNKNOWN, SPOKEN_JSON, SPOKEN_QUERY };

/* What clients of one target share, whatever region they ask. */
struct shared {
    struct provider *provider;
    enum spoken spoken[AWS_SERVICES];
    struct aws_call *waiting; /* for keys, the newest first */
    struct aws_call *served;  /* of these, whose wait is over but who are not told yet */
    aws_keys_found *keys_found;
    void *keys_arg;
    int64_t free_calls;
    const struct aws_ear *ear;           /* NULL: nobody hears */
    const struct aws_stand_in *stand_in; /* NULL: AWS itself is asked */
    int64_t known_ms;                    /* of what is being told */
};

struct aws_client {
    struct net *net;
    const struct aws_target *target;
    struct shared *shared;
    char *region;               /* NULL: the target's, and `shared` is ours */
    struct aws_client *regions; /* of ours: clients like this one elsewhere */
    struct aws_client *next;
    struct aws_orphan *orphans;
};

struct aws_call {
    struct aws_client *client;
    struct net_call *net_call;
    struct aws_call *next; /* of those that wait */
    enum aws_service service;
    char operation[CALL_OPERATION];
    struct awsjson_request rq;
    const char *method;
    char *url; /* of the endpoint, without path and query */
    char *path;
    char *query;
    struct aws_credentials keys; /* it was signed with */
    char *range, *if_match;      /* headers of aws_rest_start(); NULL: none */
    size_t answer_max;
    aws_done *done; /* one of these four is not NULL */
    aws_rest_done *rest_done;
    aws_text_done *text_done; /* the answer as it came */
    aws_stream_done *stream_done;
    net_on_bytes *on_bytes; /* of a stream */
    const char *prefix;     /* likewise; of AWS's own host */
    struct buf not_stream;  /* what came instead of one: a refusal's body */
    void *arg;
    unsigned *arrived; /* counts the calls that reached the service; NULL: nobody asks */
    bool is_streaming; /* its first byte has come */
    bool is_query;     /* asked in the query protocol */
    bool clock_was_set;
    bool was_refused;     /* its keys were, and others are looked for */
    struct err refused;   /* what the service said then */
    struct err in_json;   /* what it said to AWS JSON, before it was asked in the query protocol */
    cJSON *input;         /* for who hears or stands in; NULL: nobody does */
    struct net_wait *cue; /* until the stand-in is asked */
    unsigned status;      /* of the answer that it fails with; 0: there was none */
    cJSON *refusal;       /* likewise: what it says */
};

/* client.c */
const char *client_region(const struct aws_client *client);
const struct wire_service *call_wire_service(const struct aws_call *call);
void call_free(struct aws_call *call);
/* Both tell whoever asked, and end the call. `answer` may be taken. */
void call_fail(struct aws_call *call, const struct err *err);
void call_give(struct aws_call *call, cJSON **answer);
enum status call_explain(const struct aws_call *call, const struct net_answer *answer,
                         const struct refusal *refusal, struct err *err);
void call_explain_rest(const struct aws_call *call, const struct net_answer *answer,
                       struct err *err);

/* client_hearing.c: the parameters, where somebody hears of them or stands in */
void hearing_keep_input(struct aws_call *call, const cJSON *input);
void hearing_keep_rest_input(struct aws_call *call, const struct aws_rest *rest);
/* What it was refused with, should it fail with that. */
void hearing_keep_refusal(struct aws_call *call, const struct net_answer *answer,
                          const struct refusal *refusal);
/* The end of a call; the ear may take `answer`. */
void hearing_tell(const struct aws_call *call, unsigned status, cJSON **answer,
                  const struct err *err);
void hearing_tell_account(const struct aws_call *call, const struct buf *text);
void hearing_tell_rest(struct aws_call *call, const struct net_answer *answer);
/* A net_waited: asks the stand-in. */
void hearing_on_cue(void *arg, bool is_ready);

#endif
