/* openreplay_story_own.h - a story while it is being made, for the files that make it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_STORY_OWN_H
#define OV_DOMAIN_OPENREPLAY_STORY_OWN_H

#include "base/table.h"
#include "domain/openreplay_fold.h"
#include "domain/openreplay_inputs.h"
#include "domain/openreplay_story.h"

#define STORY_TABS_MAX     4096 /* further ones are one tab without an id */
#define STORY_TREES_MAX    64   /* further tabs have no nodes */
#define STORY_METADATA_MAX 32

struct story_body {
    uint8_t *bytes;
    size_t length;
    enum openreplay_layout_kind layout;
};

struct story_segment {
    size_t body, begin, end; /* body: in story->bodies */
    int64_t time_ms;
    uint64_t first_index, hash;
};

/* A tab as far as the walk has come. */
struct story_tab {
    const char *id;
    struct openreplay_nodes *nodes; /* NULL: too many */
    bool has_page;
    uint64_t number, page_no, focused;
    unsigned generation;              /* documents so far */
    struct openreplay_text shown_url; /* that page_shown was made of */
    const char *page_shown;
    struct openreplay_text last_url; /* of the last line of a page */
};

struct openreplay_story {
    struct arena *arena, *scratch;
    bool reveal, is_told;
    bool tells_rage; /* the tracker does so itself: 19 and newer */
    size_t max_lines;

    struct story_body *bodies;
    size_t body_count, body_room;
    struct story_segment *segments;
    size_t segment_count, segment_room;

    struct table tabs; /* struct story_tab by id */
    struct openreplay_nodes *trees[STORY_TREES_MAX];
    size_t tree_count;
    struct story_tab *tab; /* the current one */
    unsigned version;      /* of the current segment */
    uint64_t first_index;  /* likewise */
    struct openreplay_inputs *inputs;
    struct buf text;

    struct openreplay_draft_line *drafts;
    size_t draft_count, draft_room;
    struct openreplay_line *lines;
    size_t line_count;

    struct openreplay_summary summary;
    struct openreplay_attribute *metadata; /* STORY_METADATA_MAX of them */
    unsigned faults;
};

/* NULL: there are enough. The text is what story->text holds, unless the line has one. */
struct openreplay_draft_line *story_add_line(struct openreplay_story *story,
                                             const struct openreplay_line *line);
/* Takes the messages of a segment in, whose body lives on until story_add_edits() is through. */
void story_walk(struct openreplay_story *story, const struct story_segment *segment);
/* The lines of all inputs that were seen. */
void story_add_edits(struct openreplay_story *story);

#endif
