/* exchange_own.h - an exchange from the side of those who carry it: the server and the player.
 * SPDX-License-Identifier: MIT
 *
 * Life of an exchange: the carrier fills in what arrived and calls route_dispatch(); when
 * exchange_is_ready() holds afterwards, the answer is there. Otherwise the exchange is parked, and
 * the carrier's `finish` is called, on any thread, as soon as it is. */
#ifndef OV_EMULATOR_EXCHANGE_OWN_H
#define OV_EMULATOR_EXCHANGE_OWN_H

#include "base/buf.h"
#include "base/mem.h"
#include "emulator/exchange.h"
#include "emulator/faults.h"
#include "emulator/intake.h"
#include "emulator/refusal.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct route;

struct exchange_header {
    struct exchange_header *next;
    const char *name;
    const char *value;
};

struct exchange_carrier {
    const char *(*header)(const struct exchange *x, const char *name);
    void (*headers)(const struct exchange *x, exchange_header_visitor *visit, void *arg);
    void (*park)(struct exchange *x); /* the exchange is about to leave this thread */
    /* In the place of readers_submit(); NULL: that */
    bool (*defer)(struct exchange *x, exchange_work *work, void *arg);
    void (*finish)(struct exchange *x); /* a parked exchange is answered */
};

struct exchange {
    struct emulator *em;
    const struct exchange_carrier *carrier;
    void *carried; /* the carrier's own */
    struct arena *arena;

    /* what arrived */
    const char *method;
    const char *path;
    const char *query;
    struct buf body;
    size_t body_limit;
    size_t body_seen; /* all bytes that came, kept or not */
    uint64_t started_ns;
    uint64_t handled_ns;          /* when the guards let it through; 0: they did not */
    int64_t now_ms;               /* product time of arrival */
    struct sockaddr_storage peer; /* ss_family AF_UNSPEC: none */
    const char *peer_text;
    bool is_trusted;  /* in-process: the guards against strangers do not apply */
    bool is_replayed; /* it takes as long as ... */
    int64_t took_us;  /* ... was recorded; -1: nobody knows */

    /* what goes out */
    const struct route *route; /* NULL: AWS, or no route */
    bool is_aws;
    const char *signed_for; /* of an AWS request that writes: FIXTURE_SIGNED; NULL: of all others */
    enum intake_kind kind;  /* of the record, when it is not AWS's */
    bool is_parked;
    bool is_ready;
    unsigned status;
    const char *content_type;
    const char *reply;
    size_t reply_len;
    uint64_t unsent_len; /* of the body that a HEAD is told about, and does not get; 0: none */
    const struct exchange_stream *stream; /* in place of `reply`; NULL: none */
    void *stream_state;
    struct exchange_header *reply_headers;
    exchange_excuse *excuse; /* NULL: the usual one */
    void *excuse_arg;

    struct buf headers_text, path_text; /* of the record; kept, so that they are allocated once */
    enum refusal_reason refusal;
    enum fault_kind fault;       /* what the carrier is to do to the answer, if it can */
    unsigned fault_ms;           /* how late it is to be */
    size_t log_lines, log_bytes; /* of the function's own, when it is answered well */
    bool has_fault;
    bool hides_body;
    const char *details; /* lines below the headers; NULL: none */
    const char *rule;    /* the record's reason when it was not refused; NULL: none */
    bool is_unseen;      /* not worth a line in the intake: our own screen's questions */
    char note[INTAKE_VERDICT_MAX];
};

/* A zeroed exchange with an arena of its own and an empty body. */
void exchange_init(struct exchange *x, struct emulator *em, const struct exchange_carrier *carrier,
                   void *carried);
/* Gives back everything and leaves it fit for exchange_init(). */
void exchange_fini(struct exchange *x);
/* Ready to be used again by the same carrier, keeping its memory. */
void exchange_reuse(struct exchange *x);

/* Between two moments of its life, in microseconds: as measured, or as it was recorded. -1: it is
 * replayed, and nobody knows. */
int64_t exchange_duration_us(const struct exchange *x, uint64_t from_ns, uint64_t to_ns);
/* No answer: a fault does away with the request before anything is done with it. */
void exchange_break(struct exchange *x);

/* Counts the finished exchange and writes it into the intake. */
void exchange_record(struct exchange *x);

/* {"success":false,"error":"...","hint":"..."}: the sentence goes into the note too. */
void exchange_refuse(struct exchange *x, enum refusal_reason why, unsigned status, const char *hint,
                     const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
