/* recording.h - session recordings: metadata and bodies, in one transaction, read back whole.
 * SPDX-License-Identifier: MIT
 *
 * A body is kept as it was received (inflated, then zstd), also one that cannot be decoded. Bodies
 * are told apart by (session, tab, page, stream, first index, length), and those with a fault by
 * their bytes as well: a repeat adds nothing, and neither does a body of a session that is not
 * there. Metadata, bodies and links (link.h) of a session go together, LIMIT_RECORDING_KEEP_MS
 * after its start, or when the store is too large and the session has become the oldest of all that
 * is kept. */
#ifndef OV_STORE_RECORDING_H
#define OV_STORE_RECORDING_H

#include "domain/openreplay_batch.h"
#include "domain/openreplay_token.h"
#include "store/store.h"

/* POST /v1/web/start, as far as it is kept. */
struct recording_start {
    uint64_t session; /* openreplay_token.h */
    int64_t time_ms;  /* product time */
    const char *user_uuid, *project_key, *tracker_version, *user_agent, *user_id, *timezone,
        *referrer;
    unsigned width, height;
    bool again; /* a reload or second tab of a session that is there: only `user_id` is taken */
};
/* A body of /v1/web/i. */
struct recording_body {
    uint64_t session;
    int64_t received_ms;
    enum openreplay_stream stream; /* of the DataType header; OPENREPLAY_HEADER: none was sent;
                                      OPENREPLAY_PLAYER: also "visual", which begins with it */
    const char *tab;               /* "" when it could not be decoded */
    uint64_t page_no, first_index;
    int64_t first_ms, last_ms; /* of its messages; 0: none */
    struct openreplay_fault fault;
    const void *bytes; /* inflated */
    size_t length;
};
/* Both copy what they are given; a body is compressed here, on the caller's thread. */
void store_write_recording(struct store_write *write, const struct recording_start *start);
void store_write_recording_body(struct store_write *write, const struct recording_body *body);

struct recording {
    struct recording_start start;
    int64_t last_received_ms; /* 0: no body yet */
    uint64_t bodies, raw_bytes, stored_bytes, faults;
};
/* Newest first, `after` (0: from the start) is the last session of the page before. */
MUST_CHECK enum status store_list_recordings(struct store_reader *reader, struct arena *arena,
                                             uint64_t after, size_t max, struct recording **out,
                                             size_t *count, struct err *err);
/* E_NOTFOUND. */
MUST_CHECK enum status store_find_recording(struct store_reader *reader, struct arena *arena,
                                            uint64_t session, struct recording *out,
                                            struct err *err);
/* The bodies of a session in the order they arrived, from number `from` (0: the first) on, until
 * `max_bytes` of inflated bodies are reached (at least one). *next is what to go on with; 0: that
 * was all. Numbers grow and are never used twice: what comes later has one above the last. A
 * session that is not there has none. */
struct recording_part {
    uint64_t number;
    struct recording_body body;
};
MUST_CHECK enum status store_read_recording(struct store_reader *reader, struct arena *arena,
                                            uint64_t session, uint64_t from, size_t max_bytes,
                                            struct recording_part **out, size_t *count,
                                            uint64_t *next, struct err *err);
/* The first body, of any session, with a number above `number`. */
MUST_CHECK enum status store_next_recording(struct store_reader *reader, struct arena *arena,
                                            uint64_t number, struct recording_part *out,
                                            bool *found, struct err *err);
/* How far bodies have been searched for personal data, and the key of what was found in this
 * database. */
struct recording_search {
    uint64_t number; /* of the last body; 0: none */
    uint8_t key[32];
};
MUST_CHECK enum status store_read_recording_search(struct store_reader *reader,
                                                   struct recording_search *out, struct err *err);
/* In the write that holds what was found in it. */
void store_write_recording_searched(struct store_write *write, uint64_t number);
/* With all its bodies, and waits. E_NOTFOUND. */
MUST_CHECK enum status store_delete_recording(struct store *store, uint64_t session,
                                              struct err *err);

#endif
