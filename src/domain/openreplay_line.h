/* openreplay_line.h - one message as the text of one line of a storyboard.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_LINE_H
#define OV_DOMAIN_OPENREPLAY_LINE_H

#include "base/buf.h"
#include "domain/openreplay_story.h"

struct openreplay_draft {
    struct buf *text;
    struct arena *scratch; /* for JSON in messages; the caller clears it */
    bool reveal;
    struct openreplay_text page; /* URL of the page: its origin is left out of others */
    /* --- what is made of it --- */
    enum openreplay_severity severity;
    unsigned status;
    uint64_t duration_ms;
};

/* false: there is nothing to show (a resource that came, a selection that is empty). Messages that
 * need more than themselves (inputs, pages) are the story's. */
bool openreplay_line_write(struct openreplay_draft *draft,
                           const struct openreplay_message *message);

#endif
