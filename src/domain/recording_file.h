/* recording_file.h - the files of a session in the recordings bucket, and what is in obsview.full.
 * SPDX-License-Identifier: MIT
 *
 * Three are OpenReplay's. obsview.full is ours: all that was received, as it was received
 * (obsview-recording(5)). It is one line of JSON about the session, blanks up to
 * RECORDING_HEAD_BYTES, and for each body a line of RECORDING_LINE_BYTES with its length, and the
 * body. So its size follows from what was received, and it only grows at its end. */
#ifndef OV_DOMAIN_RECORDING_FILE_H
#define OV_DOMAIN_RECORDING_FILE_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/openreplay_mob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_BUCKET     "mobs" /* OpenReplay's own name for it */
#define RECORDING_HEAD_BYTES 4096
#define RECORDING_LINE_BYTES 128
#define RECORDING_BODY_MAX   ((size_t)16 * 1024 * 1024)
#define RECORDING_KEY_TEXT   40

/* In the order of their names. */
enum recording_file {
    RECORDING_DEVTOOLS,
    RECORDING_REST,  /* dom.mobe: what came after the first 15 s */
    RECORDING_BEGIN, /* dom.mobs */
    RECORDING_FULL,
    RECORDING_FILES
};
enum openreplay_file recording_openreplay_file(enum recording_file file);
/* "dom.mobs" */
const char *recording_file_name(enum recording_file file);
/* "7451234567890/dom.mobs" */
void recording_key(char key[RECORDING_KEY_TEXT], uint64_t session, enum recording_file file);
/* false: it is not the key of a file of a session. */
bool recording_key_read(uint64_t *session, enum recording_file *file, const char *key);
/* A number without anything before or behind it: what names a session in a key. */
bool recording_session_read(uint64_t *session, const char *text, size_t length);

/* --- obsview.full --- */

/* Texts may be NULL or "". */
struct recording_head {
    uint64_t session;
    int64_t start_ms;
    const char *user_uuid, *project_key, *tracker_version, *user_agent, *user_id, *timezone,
        *referrer;
    unsigned width, height;
};
struct recording_line {
    uint64_t number;     /* of the body in its store: grows, not by one */
    int64_t received_ms; /* when it came */
    unsigned stream;     /* enum openreplay_stream */
    size_t length;       /* of the body that follows */
    unsigned fault;      /* enum openreplay_fault_kind */
    uint64_t fault_at;   /* its byte */
};

/* Texts that are too long for it are cut. */
void recording_head_write(char out[RECORDING_HEAD_BYTES], const struct recording_head *head);
void recording_line_write(char out[RECORDING_LINE_BYTES], const struct recording_line *line);
uint64_t recording_full_size(uint64_t bodies, uint64_t raw_bytes);

/* E_INVALID: it is not such a line. Texts are in `arena`. */
MUST_CHECK enum status recording_head_read(struct recording_head *out, struct arena *arena,
                                           const char bytes[RECORDING_HEAD_BYTES], struct err *err);
/* E_INVALID likewise, or a body beyond RECORDING_BODY_MAX. */
MUST_CHECK enum status recording_line_read(struct recording_line *out,
                                           const char bytes[RECORDING_LINE_BYTES], struct err *err);

#endif
