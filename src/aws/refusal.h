/* refusal.h - what an AWS service means when it says no, and how to tell it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_REFUSAL_H
#define OV_AWS_REFUSAL_H

#include "aws/net.h"
#include "wire/codec.h"

enum refusal_kind {
    REFUSED_OTHERWISE,
    REFUSED_TOO_OFTEN, /* throttled: again later */
    REFUSED_FOR_CLOCK, /* perhaps: a signature that does not fit in time */
    REFUSED_NOT_ALLOWED,
    REFUSED_EXPIRED,    /* the keys' time is over */
    REFUSED_KEYS,       /* unknown or malformed keys */
    REFUSED_NO_SUCH,    /* what was asked about does not exist */
    REFUSED_NO_PROTOCOL /* nobody there understands the request as it was written */
};

struct refusal {
    enum refusal_kind kind;
    struct wire_error error; /* code and sentence */
};

/* Reads an answer that is not 2xx, in AWS JSON, the query protocol's XML or neither. */
void refusal_read(struct refusal *out, const struct net_answer *answer);

/* HTML or XML where JSON should be: nobody who speaks AWS JSON said this. */
bool refusal_is_page(const struct buf *body);

/* The call that was refused, in the words of its sentence. */
struct refused_call {
    const char *service; /* its title: "CloudWatch" */
    const char *operation;
    const char *host;
    const char *keys; /* where they are from */
    bool is_query;    /* asked in the query protocol, in which every answer begins as a page does */
};

/* The sentence for a person; returns its status. */
enum status refusal_explain(const struct refusal *refusal, const struct net_answer *answer,
                            const struct refused_call *call, struct err *err);

/* When the reason is the clock: remembers the host's time, told by its answer. True: signing again
 * is worth a try. */
bool refusal_learn_clock(struct net *net, const char *url, const struct net_answer *answer);

/* The system's time in epoch milliseconds: what signatures are made with, never product time. */
int64_t refusal_wall_ms(void);

#endif
