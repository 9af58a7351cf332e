/* question.h - what can be asked of Umami's read API, and what its answers say.
 * SPDX-License-Identifier: MIT
 *
 * The two generations that are in use answer some questions differently; what comes out here is the
 * same for both. Pure: no input, output or clock. Answers are foreign. Texts in them may be long
 * and raw, lists are cut at the limits below. */
#ifndef OV_UMAMI_QUESTION_H
#define OV_UMAMI_QUESTION_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "domain/umami_dialect.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UMAMI_LISTED_MAX 200 /* websites */
#define UMAMI_ROWS_MAX   500
#define UMAMI_TEXT_MAX   1024

/* The words of the wire differ: version 2 says "url" where version 3 says "path". */
const char *umami_dialect_name(enum umami_dialect dialect); /* "v2"; "" when unknown */

enum umami_topic {
    UMAMI_NOTHING,
    UMAMI_WEBSITES,  /* which there are */
    UMAMI_ACTIVE,    /* how many people were there in the last five minutes */
    UMAMI_STATS,     /* visitors, visits, views, bounces, time; and the same before */
    UMAMI_PAGEVIEWS, /* views and sessions in steps of time */
    UMAMI_METRICS,   /* the values of a type, and how often each */
    UMAMI_REALTIME,  /* the newest hits of the last half hour */
    UMAMI_TOPICS
};

struct umami_question {
    enum umami_topic topic;
    const char *website; /* its id; not for UMAMI_WEBSITES */
    const char *type;    /* UMAMI_METRICS, in the words of version 3: "path", "referrer" */
    int64_t from_ms, to_ms;
};

/* Appends path and query. */
void umami_question_print(struct buf *b, const struct umami_question *question,
                          enum umami_dialect dialect, bool is_cloud);
/* Both generations ask this in the same words. */
bool umami_question_is_common(const struct umami_question *question);

struct umami_website {
    const char *id;
    const char *name;
    const char *domain; /* "" when not told */
};

enum umami_figure {
    UMAMI_VIEWS,
    UMAMI_VISITORS,
    UMAMI_VISITS,
    UMAMI_BOUNCES,
    UMAMI_SECONDS, /* of all visits together */
    UMAMI_FIGURES
};

struct umami_bucket {
    int64_t at_ms;
    double views;
    double sessions;
};

struct umami_value {
    const char *name; /* NULL: those without one */
    double count;
};

struct umami_live_hit {
    const char *kind;    /* "pageview", "event" */
    const char *session; /* "" when not told, like the texts below */
    const char *name;    /* of an event */
    const char *path;
    const char *referrer;
    const char *country;
    const char *device;
    int64_t time_ms;
};

/* By topic; everything in the arena it was read into. */
struct umami_answer {
    enum umami_topic topic;
    enum umami_dialect dialect; /* as far as the server has shown it */
    const struct umami_website *websites;
    size_t website_count;
    double active;
    double now[UMAMI_FIGURES], before[UMAMI_FIGURES]; /* NaN: not told */
    const struct umami_bucket *buckets; /* ascending; steps without views are absent */
    size_t bucket_count;
    int64_t step_ms;
    const struct umami_value *rows; /* the most frequent first */
    size_t row_count;
    const struct umami_live_hit *hits; /* newest first */
    size_t hit_count;
    bool is_partial; /* there are more than are listed */
};

/* How wide the steps of UMAMI_PAGEVIEWS are for this question. */
int64_t umami_step_ms(const struct umami_question *question, enum umami_dialect dialect);

/* E_INVALID names what is missing or of the wrong kind. */
MUST_CHECK enum status umami_answer_read(struct umami_answer *out, struct arena *arena,
                                         const struct umami_question *question,
                                         enum umami_dialect dialect, const cJSON *json,
                                         struct err *err);

#endif
