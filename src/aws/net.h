/* net.h - every HTTP request the client half makes, on one libcurl multi handle.
 * SPDX-License-Identifier: MIT
 *
 * One thread owns a struct net and calls everything here but net_wake(). Nothing blocks but
 * net_run(), and that only as long as it is told. Connections are reused; an answer is bounded; a
 * failure is a sentence. */
#ifndef OV_AWS_NET_H
#define OV_AWS_NET_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;
struct net_call;

struct net_answer {
    int status;                                       /* 0: there was no answer, `err` says why */
    const struct buf *body;                           /* empty when on_bytes took it */
    int64_t date_ms;                                  /* the server's Date header; 0: none */
    const char *error_type;                           /* x-amzn-errortype, or NULL */
    const char *type;                                 /* Content-Type, or NULL */
    const char *etag, *content_range, *bucket_region; /* likewise: headers of S3 */
    const char *location; /* where a redirect points, which is not followed; or NULL */
    int attempts;
    bool has_arrived; /* some of the request was sent, in one of the attempts */
    struct err err;
};

/* The call is over and gone; the answer lives until this returns. Not called after net_cancel().
 */
typedef void net_done(void *arg, const struct net_answer *answer);
/* Before each attempt: adds the headers that must be fresh, with net_call_header(). */
typedef void net_prepare(void *arg, struct net_call *call);
/* Is a refused answer (status 400 and up) worth another attempt? As usual: 429, 500, 502 to 504. */
enum net_verdict { NET_AS_USUAL, NET_AGAIN, NET_FINAL };
typedef enum net_verdict net_judge(void *arg, const struct net_answer *answer);
/* Takes body bytes as they come. False ends the call. */
typedef bool net_on_bytes(void *arg, const char *bytes, size_t len);

struct net_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const char *body;           /* copied; NULL: none */
    size_t body_len;
    size_t answer_max; /* bytes of the body, unpacked */
    int timeout_ms;    /* for each attempt as a whole; 0: an endless answer */
    int max_attempts;  /* 1: no second try */
    bool is_once;   /* never again when it may have been done: only when nothing of it was sent, or
                       `judge` says so */
    bool is_direct; /* never through a proxy: addresses that only this machine has */
    bool is_secret; /* body and answer are wiped behind us */
    net_prepare *prepare; /* these four may be NULL */
    net_judge *judge;
    net_on_bytes *on_bytes;
    net_done *done;
    void *arg; /* handed to all of them */
};

struct net *net_new(void);      /* libcurl_load() must work */
void net_free(struct net *net); /* drops what is under way, silently; NULL is fine */

/* NULL is never returned: a request that cannot be made fails through `done`, from net_run(). */
struct net_call *net_start(struct net *net, const struct net_request *request);
void net_cancel(struct net_call *call); /* NULL is fine */
/* An empty value: the header is left out, also when libcurl would add it by itself. */
void net_call_header(struct net_call *call, const char *name, const char *value);
void net_call_header_without_value(struct net_call *call, const char *name); /* but with a name */

/* The CA certificates to trust instead of the system's; NULL: those. */
void net_set_ca_bundle(struct net *net, const char *path);

/* What a host's clock shows less what ours does, as far as somebody found out; of the host of
 * `url`.
 */
int64_t net_clock_off_ms(const struct net *net, const char *url);
void net_learn_clock(struct net *net, const char *url, int64_t off_ms);

/* Calls `done` once, from net_run(): when `fd` can be read (is_ready), or after `wait_ms`. `fd` -1:
 * only time passes. */
struct net_wait;
typedef void net_waited(void *arg, bool is_ready);
struct net_wait *net_wait(struct net *net, int fd, int wait_ms, net_waited *done, void *arg);
void net_wait_cancel(struct net_wait *wait); /* NULL is fine; the fd may be closed then */

/* Runs until nothing is under way, for at most so long. */
void net_finish(struct net *net, int most_ms);
/* Moves transfers along and makes calls to `done`; sleeps up to `wait_ms` when nothing happens. */
void net_run(struct net *net, int wait_ms);
/* Ends the sleep of net_run(); from any thread. */
void net_wake(struct net *net);

uint64_t net_requests_sent(const struct net *net); /* attempts, so far */

#endif
