/* fixture.h - the lines of a fixture file, read one by one.
 * SPDX-License-Identifier: MIT
 *
 * The format is that of obsview-fixture(5), version 1. */
#ifndef OV_EMULATOR_FIXTURE_H
#define OV_EMULATOR_FIXTURE_H

#include "base/buf.h"
#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fixture;

enum fixture_source { FIXTURE_HTTP, FIXTURE_EMF_TCP, FIXTURE_EMF_UDP, FIXTURE_EMF_STDIN };

struct fixture_event {
    int64_t t_ms; /* after the start */
    enum fixture_source source;
    cJSON *json; /* the whole event; free with fixture_event_fini() */
    /* http */
    const char *method, *path;
    cJSON *headers; /* an object of strings, or NULL */
    cJSON *body;    /* NULL: none */
    /* the others */
    const char *line;
    const char *group; /* NULL: not named */
};

MUST_CHECK enum status fixture_open(struct fixture **out, const char *path, struct err *err);
void fixture_close(struct fixture *fixture); /* NULL is fine */
int64_t fixture_start_ms(const struct fixture *fixture);
int64_t fixture_length_ms(const struct fixture *fixture); /* at least a second */

/* The next event; OK. E_NOTFOUND: there is none, the next call begins again. E_INVALID: that line
 * is broken, the sentence names file, line and column; the next call goes on behind it. */
MUST_CHECK enum status fixture_next(struct fixture *fixture, struct fixture_event *out,
                                    struct err *err);
void fixture_event_fini(struct fixture_event *event);

/* Moves the times inside an HTTP body or a line (obsview-fixture(5), "Time") by `by_ms`, and prints
 * the result. */
void fixture_print_body(struct buf *b, cJSON *body, int64_t by_ms);
void fixture_print_line(struct buf *b, const char *line, int64_t by_ms);

/* On each further turn of a loop other people come: moves the IPv4 address in x-forwarded-for. */
void fixture_move_visitor(cJSON *headers, unsigned turn);

#endif
