/* exchange.h - one request and its answer, whatever brought it: a socket or a fixture.
 * SPDX-License-Identifier: MIT
 *
 * A handler runs on the HTTP thread and must not block it. It ends in exactly one of:
 *   exchange_reply()   the answer is known now;
 *   exchange_stream()  the answer is known as it comes;
 *   exchange_commit()  the answer goes out when the write is on disk (503 with Retry-After when it
 * cannot be); exchange_defer()   a reader thread goes on with the exchange and ends it there in one
 * of the three ways. Everything a handler allocates for the answer comes from the exchange's arena.
 */
#ifndef OV_EMULATOR_EXCHANGE_H
#define OV_EMULATOR_EXCHANGE_H

#include "base/buf.h"
#include "base/mem.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct emulator;
struct exchange;

/* What came in. Strings live as long as the exchange. */
struct emulator *exchange_emulator(struct exchange *x);
struct arena *exchange_arena(struct exchange *x);
const char *exchange_method(const struct exchange *x);
const char *
exchange_path(const struct exchange *x); /* decoded by nobody: as sent, without the query */
const char *exchange_query_text(const struct exchange *x); /* as sent, without '?'; "" when none */
const char *exchange_query(const struct exchange *x, const char *name); /* decoded value, or NULL */
const char *exchange_header(const struct exchange *x,
                            const char *name); /* case-insensitive, or NULL */
typedef void exchange_header_visitor(void *arg, const char *name, const char *value);
void exchange_headers(const struct exchange *x, exchange_header_visitor *visit,
                      void *arg); /* in order of arrival */
/* As sent (still compressed); NUL-terminated behind `len`. */
const char *exchange_body(const struct exchange *x, size_t *len);
/* Microseconds since its first line was read, or what a fixture says it took (0: it does not say).
 */
uint32_t exchange_took_us(const struct exchange *x);
/* Product time of its arrival; what it adds is stamped with it. A fixture is played with its own.
 */
int64_t exchange_now_ms(const struct exchange *x);
/* An emulator that is stepped through is being looked at: this is none of what is played there. */
bool exchange_is_beside(const struct exchange *x);

/* What goes out. Headers set before the ending call are sent with it, each name once. */
void exchange_set_header(struct exchange *x, const char *name, const char *value);
void exchange_drop_headers(struct exchange *x); /* those set so far */
/* `body` is copied. content_type NULL: no body. */
void exchange_reply(struct exchange *x, unsigned status, const char *content_type, const char *body,
                    size_t len);
/* The same with a body that is not copied: it lives in the exchange's arena. NULL: the answer to a
 * HEAD, about a body of that length. */
void exchange_reply_large(struct exchange *x, unsigned status, const char *content_type,
                          const char *body, uint64_t len);
/* Takes the write; the answer waits for its commit. */
void exchange_commit(struct exchange *x, struct store_write *write, unsigned status,
                     const char *content_type, const char *body, size_t len);
typedef void exchange_work(struct exchange *x, struct store_reader *reader, void *arg);
/* `arg` should live in the exchange's arena. 503 when too much is waiting already. */
void exchange_defer(struct exchange *x, exchange_work *work, void *arg);
/* Who waits for the bytes of a stream: `sleep` is called on the thread that read and found none,
 * `wake` on any thread as soon as there are some; both under the stream's own lock. */
struct exchange_waiter {
    void (*sleep)(void *arg);
    void (*wake)(void *arg);
    void *arg;
};
/* An answer whose bytes keep coming for as long as the client stays. */
struct exchange_stream {
    /* The answer begins; reading comes next. `waiter` stays until the stream is closed. */
    void (*open)(void *state, const struct exchange_waiter *waiter);
    /* At most `max` bytes; 0 when there are none now and the waiter was put to sleep. */
    ssize_t (*read)(void *state, char *to, size_t max);
    /* The last call, also to a stream that was never opened. */
    void (*close)(void *state);
};
#define EXCHANGE_STREAM_END    (-1)
#define EXCHANGE_STREAM_BROKEN (-2) /* the client is to see that something is missing */
/* Like exchange_reply(), with a stream for a body; `state` is the exchange's from now on. */
void exchange_stream(struct exchange *x, unsigned status, const char *content_type,
                     const struct exchange_stream *stream, void *state);
/* Words the 503 when a commit or a deferral comes to nothing, and ends the exchange with
 * exchange_reply(); on any thread. Without one the answer has the tracking endpoints' shape. */
typedef void exchange_excuse(struct exchange *x, const char *reason, void *arg);
void exchange_set_excuse(struct exchange *x, exchange_excuse *excuse, void *arg);

/* Lines ("Name: value\n") that the Intake view shows below the request's headers, and one word for
 * what production would do otherwise (NULL: nothing). */
void exchange_add_details(struct exchange *x, const char *rule, const char *lines);
/* The body carries a secret: the Intake view shows none of it. */
void exchange_hide_body(struct exchange *x);
/* The verdict the Intake view shows beside the request, e.g. "accepted", "2 vitals", "CORS: origin
 * not allowed". Without a call it is made from the status. `fault` marks something production would
 * refuse or drop. */
void exchange_note(struct exchange *x, bool fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
