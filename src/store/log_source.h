/* log_source.h - where the lines of a group come from: chunks of text, and typed rows.
 * SPDX-License-Identifier: MIT
 *
 * A source yields lines one by one in the order of their places, or in reverse. A line's text lives
 * until the next call on the same source. */
#ifndef OV_STORE_LOG_SOURCE_H
#define OV_STORE_LOG_SOURCE_H

#include "store/log_chunk.h"
#include "store/log_place.h"
#include "store/reader.h"

/* What is asked for, resolved. */
struct log_range {
    int64_t group;
    int64_t start_ms, end_ms; /* both inclusive */
    bool reverse;
    struct log_place after;    /* lines strictly behind it, in reading direction */
    const int64_t *stream_ids; /* the wanted ones; NULL: all */
    size_t stream_count;
};

struct read_line {
    struct log_place place;
    int64_t ingested_ms;
    int64_t stream;          /* id, or 0: stream_name says it */
    const char *stream_name; /* lives as long as the source */
    const char *text;
    size_t len;
};

bool log_range_has(const struct log_range *range, const struct log_place *place);

struct chunk_source;
struct chunk_source *chunk_source_new(struct store_reader *r, const struct log_range *range);
void chunk_source_free(struct chunk_source *s);
MUST_CHECK enum status chunk_source_next(struct chunk_source *s, struct read_line *line, bool *more,
                                         struct err *err);

/* NULL when the group is none of our own functions'. `wants` judges stream names. */
struct post_source;
typedef bool post_wants(void *arg, const char *stream);
struct post_source *post_source_new(struct store_reader *r, const struct log_range *range,
                                    const char *group, post_wants *wants, void *arg);
void post_source_free(struct post_source *s);
MUST_CHECK enum status post_source_next(struct post_source *s, struct read_line *line, bool *more,
                                        struct err *err);

#endif
