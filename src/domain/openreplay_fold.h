/* openreplay_fold.h - lines of a storyboard put in order, and what says nothing new taken out.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_FOLD_H
#define OV_DOMAIN_OPENREPLAY_FOLD_H

#include "domain/openreplay_story.h"

struct openreplay_draft_line {
    struct openreplay_line line;
    const char *label; /* of clicks; else NULL */
    /* Among lines of the same time, before body and offset, so that it does not matter in which
     * order bodies came. */
    int rank;
    uint64_t first_index; /* of the segment */
};

/* By time, rank, first index, body and offset. */
void openreplay_fold_sort(struct openreplay_draft_line *drafts, size_t count);
/* Calls back for each burst of clicks on one thing, with the last of them. Drafts are sorted. */
typedef void openreplay_rage_found(void *arg, const struct openreplay_draft_line *last,
                                   unsigned clicks);
void openreplay_fold_rage(const struct openreplay_draft_line *drafts, size_t count,
                          openreplay_rage_found *found, void *arg);
/* Writes at most `count` lines; returns how many. Drafts are sorted. */
size_t openreplay_fold(struct openreplay_line *out, const struct openreplay_draft_line *drafts,
                       size_t count);

#endif
