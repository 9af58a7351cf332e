/* sessions_own.h - what the verbs of `obsview sessions` share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_SESSIONS_OWN_H
#define OV_CLI_SESSIONS_OWN_H

#include "aws/recordings.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/command.h"
#include "domain/openreplay_story.h"
#include "tui/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- one question at a time: sessions_ask.c */

struct sessions {
    struct settings *settings;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    const char *bucket;
    struct arena *arena;
    struct s3_use use;
    bool is_done;
    struct err err;
};

MUST_CHECK enum status sessions_init(struct sessions *a, struct settings *s, struct err *err);
/* Tells what asking has cost, where it costs. */
void sessions_fini(struct sessions *a);
/* Waits until sessions_note_end(). */
MUST_CHECK enum status sessions_finish(struct sessions *a, struct err *err);
void sessions_note_end(struct sessions *a, const struct err *err);
bool sessions_want_json(const struct settings *s);
void sessions_print_json(const cJSON *value);
MUST_CHECK enum status sessions_read_id(uint64_t *session, const char *id, struct err *err);

/* --- a session, told: session_story.c */

struct session_told {
    struct sessions *asker;
    struct openreplay_story *story;
    struct recording_head head;
    bool has_head;
    int64_t last_received_ms;
};

/* The story lives in the asker's arena; openreplay_story_free() it. */
MUST_CHECK enum status session_tell(struct session_told *t, struct sessions *a, uint64_t session,
                                    bool reveal, struct err *err);

/* --- a row of the list: sessions_ls.c */

struct session_row {
    uint64_t session;
    int64_t start_ms, last_ms;
    uint64_t size;
    bool is_read; /* the rest is known */
    struct openreplay_summary summary;
    char device[RECORDING_DEVICE_TEXT];
    const char *user_id;
};

cJSON *session_row_json(const struct session_row *row);

/* --- its files: sessions_export.c */

struct session_files {
    struct sessions *asker;
    const struct s3_key *keys;
    size_t count;
};

MUST_CHECK enum status session_find_files(struct sessions *a, uint64_t session,
                                          struct session_files *found, struct err *err);

/* --- the verbs; `id` is NULL for those that take none */

enum status sessions_ls(struct sessions *a, const char *id, struct err *err);
enum status sessions_show(struct sessions *a, const char *id, struct err *err);
enum status sessions_export(struct sessions *a, const char *id, struct err *err);
enum status sessions_rm(struct sessions *a, const char *id, struct err *err);

#endif
