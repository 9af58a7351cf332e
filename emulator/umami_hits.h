/* umami_hits.h - one message of a tracker, judged and turned into rows.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_UMAMI_HITS_H
#define OV_EMULATOR_UMAMI_HITS_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/umami_page.h"
#include "domain/umami_place.h"
#include "emulator/umami.h"

#include <cjson/cJSON.h>

/* What the request brings besides its body. */
struct umami_request {
    struct umami *umami;
    struct arena *arena;
    umami_header *header;
    void *arg;
    const char *socket; /* the connection's address, or NULL */
    int64_t now_ms;
};

#define UMAMI_ANSWER_MAX ((size_t)64 << 10)

/* What becomes of a message. */
struct umami_outcome {
    unsigned status;   /* 200, 400, 403 or 500 */
    bool is_dropped;   /* as a bot: 200 {"beep":"boop"} */
    const char *error; /* the answer's body when the status is not 200 */
    const char *token; /* of the answer, likewise ids */
    char session_id[UUID_TEXT];
    char visit_id[UUID_TEXT];
    /* for the screen */
    const char *type, *path, *name; /* "event", "/cart", "purchase"; NULL: unknown */
    const char *why;                /* session and visit are new or the same; NULL: not so far */
    const char *place;              /* likewise, and who says so */
    struct umami_doubt doubt;
};

/* Adds the rows to `write`, when it is accepted. Texts of *out are in the request's arena. */
void umami_take(struct umami_outcome *out, const struct umami_request *request, const cJSON *body,
                struct store_write *write);

#endif
