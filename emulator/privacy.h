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
#include "domain/pii_finding.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;
struct privacy;

/* Reads the rules of --pii-rules: E_USAGE names the file and what is wrong in it. */
MUST_CHECK enum status privacy_start(struct privacy **out, struct emulator *em, struct err *err);
/* Searches the texts that wait; batches are gone on with at the next start. NULL is fine. */
void privacy_stop(struct privacy *privacy);

/* From any thread: a batch was committed. */
void privacy_wake(struct privacy *privacy);
/* Waits until nothing is left to be searched; false: not within that time. In an emulator that
 * is_stepped nothing is searched at another time. */
bool privacy_settle(struct privacy *privacy, int64_t wait_ms);
/* The database was emptied. */
void privacy_forget(struct privacy *privacy);

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
};
/* From any thread; copies what is worth a search. When too much waits already it is counted as not
 * searched. */
void privacy_take(struct privacy *privacy, const struct privacy_item *item);
/* The same with every text within a JSON value, whose fields are the ways to them below `field`.
 * Those called url and referrer are addresses. */
void privacy_take_json(struct privacy *privacy, const struct privacy_item *item, const char *field,
                       const cJSON *value);

/* ,"privacy":{...} */
void privacy_print(struct buf *b, struct privacy *privacy);

#endif
