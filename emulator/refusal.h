/* refusal.h - why a request was not accepted: one word each, counted and shown.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_REFUSAL_H
#define OV_EMULATOR_REFUSAL_H

/* clang-format off */
#define REFUSALS_LIST(X) \
    X(REFUSAL_NONE,     "accepted") /* not refused */ \
    X(REFUSAL_HOST,     "host")     /* the Host header is not one of our names */ \
    X(REFUSAL_TOKEN,    "token")    /* --token is set and was not shown */ \
    X(REFUSAL_ORIGIN,   "origin")   /* a page of this origin may not send */ \
    X(REFUSAL_RATE,     "rate")     /* too many from this address within a minute */ \
    X(REFUSAL_SIZE,     "size")     /* the body is over its limit */ \
    X(REFUSAL_TYPE,     "type")     /* a content type or encoding we do not read */ \
    X(REFUSAL_BODY,     "body")     /* not JSON, or fields that break a rule */ \
    X(REFUSAL_PATH,     "path")     /* no such route */ \
    X(REFUSAL_METHOD,   "method")   /* the route is there, the method is not */ \
    X(REFUSAL_BUSY,     "busy")     /* a queue is full, or we are stopping */ \
    X(REFUSAL_STORAGE,  "storage")  /* the store could not keep it */ \
    X(REFUSAL_FAULT,    "fault")    /* asked for: POST /_obsview/faults */ \
    X(REFUSAL_ANSWERED, "answered") /* a handler's own answer of 400 or above */ \
    X(REFUSAL_ABORTED,  "aborted")  /* the client went away, or was cut off */
/* clang-format on */

enum refusal_reason {
#define X(name, word) name,
    REFUSALS_LIST(X)
#undef X
        REFUSALS
};

const char *refusal_word(enum refusal_reason refusal);

#endif
