/* privacy.h - a thread that searches what comes in for personal data.
 * SPDX-License-Identifier: MIT
 *
 * It looks at texts as they came, and at recorded batches as they are kept, and writes what it
 * finds as lines of level WARN into log group PII_LOG_GROUP: once for each value, field and
 * element of a session. It gives way to everything else. What it could not search it says there,
 * too; how far it is stands in the answer of GET /_obsview/health. */
#ifndef OV_EMULATOR_PRIVACY_H
#define OV_EMULATOR_PRIVACY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "domain/pii_finding.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;
struct log_event;
struct privacy;

/* Reads the rules of --pii-rules: E_USAGE names the file and what is wrong in it. The log group is
 * there afterwards, so that one without lines says that nothing was found. */
MUST_CHECK enum status privacy_start(struct privacy **out, struct emulator *em, struct err *err);
/* Searches the texts that wait; batches are gone on with at the next start. NULL is fine. */
void privacy_stop(struct privacy *privacy);

/* From any thread: a batch was committed. */
void privacy_wake(struct privacy *privacy);
/* The database was emptied; waits until the log group is there again. */
MUST_CHECK enum status privacy_forget(struct privacy *privacy, struct err *err);

struct privacy_text {
    const char *field; /* "context.url" */
    const char *text;
    enum pii_reading reading;
    enum pii_way way;
};
struct privacy_item {
    const char *source;         /* of a finding: "error" */
    const char *message;        /* "error report" */
    const char *session, *page; /* NULL: none; a page without its query is told */
    int64_t time_ms;
    const struct privacy_text *texts;
    size_t count;
    bool is_scrubbed; /* what is kept of the texts went through privacy_scrub() */
};
/* From any thread; copies what is worth a search. When too much waits already it is counted as not
 * searched. false: nothing was, so nothing is to be scrubbed either. */
bool privacy_take(struct privacy *privacy, const struct privacy_item *item);
/* The same with every text within a JSON value, whose fields are the ways to them below `field`.
 * Those called url and referrer are addresses. */
void privacy_take_json(struct privacy *privacy, const struct privacy_item *item, const char *field,
                       const cJSON *value);

/* Lines as they are written to a log group, likewise. They are kept as they are. */
void privacy_take_lines(struct privacy *privacy, const char *group, const struct log_event *events,
                        size_t count);

/* From any thread: a text as it may be logged and stored. What privacy_take() would find in it is
 * replaced by its shape, and what cannot be searched is cut. Mostly that is the text itself, which
 * costs a look at it. */
const char *privacy_scrub(struct privacy *privacy, struct arena *arena,
                          const struct privacy_text *text);
/* The same of bytes, which may be anything; *out_len is how many they are then. */
const char *privacy_scrub_bytes(struct privacy *privacy, struct arena *arena,
                                enum pii_reading reading, const char *bytes, size_t len,
                                size_t *out_len);
/* A route stays one: without blanks. */
const char *privacy_scrub_route(struct privacy *privacy, struct arena *arena, const char *route);

/* ,"privacy":{...} */
void privacy_print(struct buf *b, struct privacy *privacy);

#endif
