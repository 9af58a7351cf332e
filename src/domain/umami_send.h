/* umami_send.h - the body of POST /api/send, as two generations of Umami read it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_UMAMI_SEND_H
#define OV_DOMAIN_UMAMI_SEND_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/umami_dialect.h"
#include "domain/umami_hit.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum umami_type { UMAMI_EVENT, UMAMI_IDENTIFY, UMAMI_PERFORMANCE };
enum umami_target_kind { UMAMI_WEBSITE, UMAMI_LINK, UMAMI_PIXEL };

/* What a message says, nothing worked out. Absent texts are NULL; all point into the body. */
struct umami_send {
    enum umami_type type;
    enum umami_target_kind target;
    const char *target_id; /* as written */
    const char *hostname, *language, *referrer, *screen, *title, *url, *name, *tag;
    const char *ip, *user_agent, *id;
    const char *browser, *os, *device; /* of the newer dialect */
    const cJSON *data;                 /* an object, or NULL */
    double timestamp;                  /* whole seconds; 0: none */
    double vitals[UMAMI_VITALS];       /* NaN: absent */
};

/* What is wrong with a body, in the validator's own words. */
#define UMAMI_FAULTS_MAX 32
struct umami_fault {
    const char *parent; /* "" for the body itself, "payload" for a member of it, or "items" */
    const char *field;  /* "" for the parent itself */
    size_t index;       /* of "items": which member of the batch */
    char text[96];
};
struct umami_faults {
    struct umami_fault list[UMAMI_FAULTS_MAX];
    size_t count;
};

/* `body` NULL: there was none, or it was not JSON. false: `faults` says why, *out is undefined. */
bool umami_send_read(struct umami_send *out, struct arena *arena, enum umami_dialect dialect,
                     const cJSON *body, struct umami_faults *faults);
/* The members of a batch: false with faults when it is no array of objects. */
bool umami_batch_read(const cJSON *body, enum umami_dialect dialect, struct umami_faults *faults);

/* The body of POST /api/record, of the newer dialect. */
struct umami_record {
    const char *website; /* as written */
    size_t events;
};
bool umami_record_read(struct umami_record *out, struct arena *arena, const cJSON *body,
                       struct umami_faults *faults);

/* {"error":...} of a 400, as the dialect words it. */
void umami_faults_print(struct buf *b, enum umami_dialect dialect,
                        const struct umami_faults *faults);
/* The same for an answer with one sentence: 400, 401, 403, 404, 500. */
void umami_error_print(struct buf *b, enum umami_dialect dialect, unsigned status,
                       const char *message);
/* The first fault for a person: "payload.name: Too big ..." */
void umami_faults_describe(char *text, size_t size, const struct umami_faults *faults);

#endif
