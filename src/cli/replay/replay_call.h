/* replay_call.h - requests to the server of a replay, and who carries them.
 * SPDX-License-Identifier: MIT
 *
 * There are REPLAY_CALLS calls, each on a connection of its own that is used again and again.
 * Whoever replays fills one in and has it started; its end comes back through `ended`. */
#ifndef OV_CLI_REPLAY_CALL_H
#define OV_CLI_REPLAY_CALL_H

#include "base/buf.h"
#include "base/err.h"
#include "fixture/fixture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_CALLS       16
#define REPLAY_TIMEOUT_MS  30000
#define REPLAY_ANSWER_MAX  ((size_t)8 << 20)
#define REPLAY_HEADERS_MAX ((size_t)128 << 10)

struct replay_call {
    /* the request: of the event, its method and path */
    struct fixture_event event;
    struct buf head; /* its headers, each "Name: value\r\n"; nothing about connection and length */
    struct buf body;
    bool has_body, has_host, has_type, has_agent; /* the last three: among its headers */
    /* the replay's own */
    uint64_t order; /* calls of one number go out one after the other; 0: of none */
    bool is_busy;
    /* the answer */
    unsigned status; /* 0: none, and `err` says why */
    struct buf answer;
    bool wants_headers;
    struct buf headers; /* of the answer, when they are wanted: "Name:value", each with its NUL */
    struct err err;
};

/* calls[i] has ended. Not called by start(). */
typedef void replay_ended(void *arg, size_t i);

struct replay_carrier {
    void *state;
    /* Sends calls[i], which the carrier may look at until it has ended. */
    void (*start)(void *state, size_t i);
    /* Waits until something moves, a second at most; only while something is under way. */
    void (*wait)(void *state);
    /* Ends what is under way without a word. */
    void (*close)(void *state);
};

/* What a carrier is made with; borrowed. */
struct replay_carried {
    const char *to; /* http(s)://HOST[:PORT][/PREFIX], without a slash at its end */
    struct replay_call *calls;
    replay_ended *ended;
    void *arg;
};

/* Our own client, for http:// without a password in it and without a proxy. */
bool replay_can_do_http(const char *to);
MUST_CHECK enum status replay_open_http(struct replay_carrier *out,
                                        const struct replay_carried *carried, struct err *err);
/* libcurl, for everything else. */
MUST_CHECK enum status replay_open_libcurl(struct replay_carrier *out,
                                           const struct replay_carried *carried, struct err *err);

#endif
