/* log_write.h - log groups, streams and lines on their way in.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_LOG_WRITE_H
#define OV_STORE_LOG_WRITE_H

#include "base/pack.h"
#include "store/log_chunk.h"
#include "store/table.h"

struct writer;

struct log_group {
    int64_t id;
    int64_t grew;       /* bytes since the row was written */
    int64_t posts_grew; /* the same of typed rows: written by a flush */
    struct log_group *next_dirty;
    bool dirty;
};

struct log_stream {
    int64_t id;
    struct log_group *group;
    int64_t first_ms, last_ms, ingested_ms;
    struct log_stream *next_dirty;
    bool dirty;
};

/* A line of the group that is being applied; its text is still in the submit. */
struct pending_line {
    struct log_stream *stream;
    struct chunk_line line;
};

/* The stream that a function's own lines seem to be in today. */
struct post_stream {
    const char *function;
    int64_t day;
    struct log_stream *stream;
    bool dirty;
};
#define POST_FUNCTIONS 2

struct logs {
    struct table groups;  /* by name */
    struct table streams; /* by group id and name */
    struct log_group *dirty_groups;
    struct log_stream *dirty_streams;
    struct pending_line *pending;
    size_t pending_count, pending_room;
    struct chunk_line *run; /* scratch: the lines of one chunk */
    size_t run_room;
    struct log_packer *packer;
    struct post_stream posts[POST_FUNCTIONS];
    int64_t next_chunk;
};

void logs_init(struct logs *l);
void logs_fini(struct logs *l);
/* Only when nothing waits for a flush. */
void logs_forget(struct logs *l);
bool logs_are_many(const struct logs *l);

MUST_CHECK enum status logs_apply(struct writer *w, struct unpack *record, struct err *err);
/* A typed row was stored whose lines are rendered when read: group and stream are there at once,
 * what they tell of sizes and times follows with logs_save_posts(). */
MUST_CHECK enum status logs_saw_post(struct writer *w, const char *function, int64_t time_ms,
                                     size_t bytes, struct err *err);
void logs_grew(struct logs *l, struct log_group *group, int64_t bytes);
/* Part of a flush. */
MUST_CHECK enum status logs_save_posts(struct writer *w, struct err *err);
/* Writes pending lines, and the rows of their groups and streams; before each commit. */
MUST_CHECK enum status logs_finish(struct writer *w, struct err *err);

/* E_EXISTS when `must_be_new` and it is there already. */
MUST_CHECK enum status logs_group(struct writer *w, const char *name, size_t len, bool must_be_new,
                                  struct log_group **out, struct err *err);
/* E_NOTFOUND: no such group. */
MUST_CHECK enum status logs_find_group(struct writer *w, const char *name, size_t len,
                                       struct log_group **out, struct err *err);
MUST_CHECK enum status logs_stream(struct writer *w, struct log_group *group, const char *name,
                                   size_t len, bool must_be_new, struct log_stream **out,
                                   struct err *err);

#define POST_STREAM_TEXT 64
/* "2026/11/24/[$LATEST]<32 hex digits>": one a day, the same whoever asks. */
void logs_post_stream_name(char name[POST_STREAM_TEXT], const char *function, int64_t day);
/* Whether it is such a name, and of which day. */
bool logs_post_stream_day(const char *name, const char *function, int64_t *day);
#define POST_GROUP_PREFIX "/aws/lambda/"

#endif
