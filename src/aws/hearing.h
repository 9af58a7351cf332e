/* hearing.h - who is told of calls to AWS, and who answers them in its place.
 * SPDX-License-Identifier: MIT
 *
 * Both see a call by its meaning: parameters and answer as JSON in the names of the service's
 * model, whatever protocol carries it (S3, which has no such names for parameters: those of its
 * query, and Bucket and Key). Calls that bring keys are neither told nor answered so, and of
 * GetCallerIdentity it is the account alone. */
#ifndef OV_AWS_HEARING_H
#define OV_AWS_HEARING_H

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdint.h>

/* A call that is over, or a piece of an answer that has no end. */
struct aws_heard {
    const char *service; /* as in a signature: "monitoring" */
    const char *operation;
    const char *region;    /* that is watched; NULL: not known yet */
    const cJSON *input;    /* an object */
    unsigned status;       /* of HTTP; 0: there was no answer, `err` says why */
    cJSON *answer;         /* may be taken: then set it to NULL. NULL: it is not to be kept */
    const struct err *err; /* what became of it for whoever asked; NULL: it is good */
};
struct aws_ear {
    void (*hear)(void *arg, struct aws_heard *heard); /* from net_run() */
    void *arg;
};

/* What is answered in AWS's place; of the call that is asked about, what comes before its status is
 * known. */
struct aws_cue {
    unsigned status;  /* of HTTP; 0: no answer, `err` says why */
    cJSON *answer;    /* the caller's; an error is {"__type":...,"message":...} */
    int64_t known_ms; /* product time when AWS gave that answer; 0: now */
    struct err err;
};
struct aws_stand_in {
    void (*answer)(void *arg, const struct aws_heard *call, struct aws_cue *out);
    void *arg;
};

#endif
