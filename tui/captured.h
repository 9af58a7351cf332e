/* captured.h - something of the intake, told so that it can be sent again.
 * SPDX-License-Identifier: MIT
 *
 * The intake keeps no credentials: where one stood are three stars, and they stay. Commands for AWS
 * are signed anew with what keys the shell has. */
#ifndef OV_TUI_CAPTURED_H
#define OV_TUI_CAPTURED_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "fixture/fixture.h"
#include "wire/http.h"

#include <stdbool.h>
#include <stddef.h>

#define CAPTURED_TEXT_MAX ((size_t)1 << 20)

/* Texts live in the arena and in the event. */
struct captured {
    enum fixture_source source; /* FIXTURE_HTTP, or an EMF door, whose line is the body */
    int64_t took_us;
    const char *method, *path; /* FIXTURE_HTTP; the path with its query */
    const char *host;          /* as its Host header had it */
    struct http_header *headers;
    size_t header_count; /* without what belongs to one connection or one signature */
    const char *body;
    size_t body_len;
    const char *plain; /* the body before it was compressed, if it was */
    size_t plain_len;
    const char *service; /* of AWS, as requests are signed for it: "logs"; NULL: not AWS's */
    const char *operation;
    bool is_masked;    /* there were credentials, and they are not here */
    bool is_scrubbed;  /* nor is the personal data that was in it */
    const char *lacks; /* why its body is not known as it came; NULL: it is */
};

/* `event` is what GET /_obsview/events/ID answers, which is foreign. E_UNSUPPORTED: not enough of
 * it was kept, and why. */
MUST_CHECK enum status captured_read(struct captured *out, struct arena *arena, const cJSON *event,
                                     struct err *err);

/* E_UNSUPPORTED: it cannot be told like that, and why. */
typedef enum status captured_print(struct buf *b, const struct captured *c, struct err *err);
struct captured_form {
    const char *name; /* "curl" */
    char key;
    captured_print *print;
};
extern const struct captured_form captured_forms[]; /* ends with a row without a name */

#endif
