/* openreplay_story.h - a recording as lines a person reads: one time axis, noise folded.
 * SPDX-License-Identifier: MIT
 *
 * Messages are fed body by body in any order; the story sorts by time, arrival and offset, keeps
 * tabs apart, joins SetInputValue and InputChange of a field, and makes rage clicks (three on one
 * label less than 300 ms apart) of what trackers before 19 sent. */
#ifndef OV_DOMAIN_OPENREPLAY_STORY_H
#define OV_DOMAIN_OPENREPLAY_STORY_H

#include "base/mem.h"
#include "domain/openreplay_batch.h"
#include "domain/openreplay_nodes.h"

enum openreplay_severity { OPENREPLAY_INFO, OPENREPLAY_WARNING, OPENREPLAY_FAILURE };

struct openreplay_line {
    int64_t time_ms;
    enum openreplay_kind kind;
    enum openreplay_severity severity; /* console.error, 5xx, exceptions: failure */
    const char *text;                  /* `#pay "Pay now"`, `POST /api/order → 502 in 912 ms` */
    const char *tab;                   /* its id */
    uint64_t page_no;
    const char *page;     /* URL without its query */
    const char *element;  /* openreplay_nodes_describe(), or NULL */
    unsigned repeated;    /* how many messages it stands for */
    unsigned status;      /* of network lines */
    uint64_t duration_ms; /* likewise */
    size_t body, offset;  /* the message itself: which body that was fed, and where in it */
};

/* What a list of sessions shows of one. */
struct openreplay_summary {
    int64_t first_ms, last_ms;
    unsigned messages, pages, clicks, errors, failed_requests, issues, tabs, faults;
    bool is_cut;         /* there were more lines than `max_lines` */
    bool has_analytics;  /* false: a bucket's files, which have no errors, vitals, events, fields */
    const char *user_id; /* NULL: none was set */
    const struct openreplay_attribute *metadata;
    size_t metadata_count;
};

struct openreplay_story;

/* Everything it hands out lives in `arena`. At most `max_lines` lines are kept (0: 100,000); then
 * the summary still counts. Values that were typed or selected are shown as their shapes,
 * `"A** L*******" (12)`, and e-mails, long numbers, secrets and what queries say are starred in all
 * other texts (openreplay_shape.h), unless `reveal`: only on the explicit word of who looks. */
struct openreplay_story *openreplay_story_new(struct arena *arena, size_t max_lines, bool reveal);
void openreplay_story_free(struct openreplay_story *story); /* NULL is fine */
/* Takes a body (or an inflated file) in; it need not outlive the call, as the story copies it.
 * What was taken before, byte for byte, is told once. Returns its fault, if any; what is
 * before that is told all the same. */
struct openreplay_fault openreplay_story_take(struct openreplay_story *story, const void *body,
                                              size_t length, bool is_file);
/* Sorts and folds. No body may follow. */
const struct openreplay_line *openreplay_story_lines(struct openreplay_story *story, size_t *count);
/* Complete after openreplay_story_lines(); before it, all zeros. */
void openreplay_story_summary(const struct openreplay_story *story, struct openreplay_summary *out);

#endif
