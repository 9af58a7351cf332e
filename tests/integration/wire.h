/* wire.h - an emulator in this process, and a client that speaks to it byte by byte.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_WIRE_H
#define OV_TESTS_WIRE_H

#include "base/buf.h"
#include "emulator/emulator.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define WIRE_DEADLINE_MS 20000

/* A fresh emulator on ports of the system's choice, with a database in memory, unless `options`
 * say otherwise; `options` may be NULL. Fails the test when it does not start. */
struct emulator *wire_start(const struct emulator_options *options);
void wire_stop(struct emulator *em);

/* A connected socket to "host:port" or "http://host:port". */
int wire_connect(const char *address);
void wire_send(int fd, const char *bytes, size_t len);

struct wire_answer {
    unsigned status;
    struct buf head; /* status line and headers */
    struct buf body; /* with chunks put together */
};
/* One answer with its body; `without_body` for HEAD. */
void wire_read(int fd, struct wire_answer *out, bool without_body);
void wire_answer_fini(struct wire_answer *answer);
/* The value of a header in any case; NULL when absent. Lives until the next call. */
const char *wire_header(const struct wire_answer *answer, const char *name);

/* One request on a connection of its own; `headers` are whole lines with CRLF, or "". Host and
 * Content-Length are added unless `headers` holds them. */
void wire_ask(struct emulator *em, struct wire_answer *out, const char *method, const char *path,
              const char *headers, const char *body, size_t len);
/* POST of JSON text; checks the status and that the body is exactly `answer` (unless NULL). */
void wire_expect(struct emulator *em, const char *path, const char *json, unsigned status,
                 const char *answer);
/* GET of a JSON document; the caller deletes it. */
cJSON *wire_get_json(struct emulator *em, const char *path);

/* Asks again until `is_true`, within the deadline. */
bool wire_wait(bool (*is_true)(void *arg), void *arg);

#endif
