/* vital.h - posts of web vitals: one row each.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_VITAL_H
#define OV_STORE_VITAL_H

#include "base/pack.h"
#include "domain/web_vitals.h"
#include "store/db.h"

struct writer;

/* A session id: the 16 bytes of a UUID in lower case, or the number of another text. */
struct session_ref {
    bool is_uuid;
    uint8_t uuid[16];
    int64_t text;
};

struct vital_row {
    int64_t id;
    int64_t environment, agent;
    struct session_ref session;
    uint32_t duration_us;
    uint8_t request[16];
    const void *samples; /* into the statement: copy before the next step */
    size_t samples_len;
};

struct vital_row_sample {
    enum vital vital;
    enum rating rating, claimed;
    double value;
    int64_t url, route;
    int64_t page_time_ms;
};

/* Reads a row of SQL_VITAL_*. */
void vital_row_read(struct vital_row *out, sqlite3_stmt *st);
/* Walks over the samples of a row; *prev is the one before, zeroed at the start. false at the end.
 */
bool vital_row_next(struct unpack *u, const struct vital_row *row, struct vital_row_sample *sample);

/* What a row counts as in its log group's stored bytes. */
static inline size_t
vital_stored_bytes(size_t samples_len)
{
    return samples_len + 40;
}

/* Writer thread: stores a RECORD_VITALS; adds a stored row to the rollups again. */
MUST_CHECK enum status vital_apply(struct writer *w, struct unpack *record, struct err *err);
MUST_CHECK enum status vital_replay(struct writer *w, struct err *err);

void session_bind(sqlite3_stmt *st, int at, const struct session_ref *session);
void session_read(struct session_ref *out, sqlite3_stmt *st, int column);
MUST_CHECK enum status session_intern(struct writer *w, struct unpack *record, int64_t day,
                                      struct session_ref *out, struct err *err);
MUST_CHECK enum status session_text(struct db *db, struct arena *arena,
                                    const struct session_ref *session, const char **text,
                                    struct err *err);

#endif
