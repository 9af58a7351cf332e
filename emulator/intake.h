/* intake.h - what arrived lately, as it arrived: a bounded ring in memory.
 * SPDX-License-Identifier: MIT
 *
 * Requests and EMF documents with verdict, time, headers and body. Credentials never enter it. One
 * short lock guards it; writers copy bytes and build nothing. */
#ifndef OV_EMULATOR_INTAKE_H
#define OV_EMULATOR_INTAKE_H

#include "base/buf.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_ITEMS       4096
#define INTAKE_BYTES       ((size_t)6 << 20)
#define INTAKE_BODY_MAX    ((size_t)128 << 10) /* of one body; the rest is cut and said so */
#define INTAKE_HEADERS_MAX ((size_t)8 << 10)
#define INTAKE_VERDICT_MAX 200

enum intake_kind {
    INTAKE_HTTP,      /* a request to one of our own routes, or to none */
    INTAKE_AWS,       /* a signed request */
    INTAKE_EMF_TCP,   /* a line on the EMF socket */
    INTAKE_EMF_UDP,   /* a datagram */
    INTAKE_EMF_STDIN, /* a line of a function's output */
    INTAKE_EMF_LOGS,  /* an EMF document within PutLogEvents */
    INTAKE_FIXTURE,   /* a line of a fixture that could not be played */
    INTAKE_REPLAY,    /* a request of OpenReplay's tracker; bodies are never kept here */
    INTAKE_KINDS
};
const char *intake_kind_name(enum intake_kind kind); /* "http", "emf-tcp", ... */
bool intake_kind_parse(enum intake_kind *out, const char *name);

struct intake;

struct intake_item {
    uint64_t id; /* 1, 2, 3, ...; given by intake_add() */
    enum intake_kind kind;
    bool has_fault;  /* production would refuse or drop it */
    unsigned status; /* HTTP status; 0 for lines */
    int64_t time_ms;
    uint32_t duration_us;
    size_t size; /* bytes of the body as they arrived */
    const char *peer;
    const char *method;
    const char *path; /* with its query; credentials masked */
    const char *verdict;
    const char *reason;  /* one word for a refusal ("rate"), or the EMF rule; "" */
    const char *headers; /* "Name: value\n" lines */
    size_t headers_len;
    const char *body;
    size_t body_len; /* less than size: cut */
};

struct intake *intake_new(void);
void intake_free(struct intake *intake); /* NULL is fine */

/* Copies everything; overlong parts are cut. */
void intake_add(struct intake *intake, const struct intake_item *item);
void intake_clear(struct intake *intake); /* ids go on */

/* Which items are looked for. */
struct intake_filter {
    unsigned kinds;   /* a bit per kind */
    const char *path; /* how their path begins; NULL: any */
};
enum intake_detail {
    INTAKE_LINE,
    INTAKE_HEADERS,
    INTAKE_ALL
}; /* without, with headers; body too */

/* The oldest of these items with an id of at least *id, copied into the arena; *id becomes its id.
 * false: there is none. */
bool intake_next(struct intake *intake, struct arena *arena, uint64_t *id,
                 const struct intake_filter *filter, enum intake_detail detail,
                 struct intake_item *out);
/* The id from which on exactly `count` of these items are there, or the oldest. */
uint64_t intake_newest(struct intake *intake, const struct intake_filter *filter, size_t count);

struct intake_stats {
    uint64_t next_id; /* the id the next item will get */
    uint64_t oldest_id;
    size_t items;
    size_t bytes;
    uint64_t forgotten[INTAKE_KINDS]; /* for want of room, since it was cleared last */
};
void intake_stats(struct intake *intake, struct intake_stats *out);

/* Appends "Name: value\n", with the value masked when the name says credential. */
void intake_print_header(struct buf *b, const char *name, const char *value);
/* As that, without the query of a Referer: what stands there is a page's own. */
void intake_print_private(struct buf *b, const char *name, const char *value);
/* Appends path and query with the values of token= and of presigned credentials masked. */
void intake_print_path(struct buf *b, const char *path, const char *query);

#endif
