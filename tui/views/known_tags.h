/* known_tags.h - the resources with their tags that are known, from all regions that were asked.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_KNOWN_TAGS_H
#define OV_TUI_VIEWS_KNOWN_TAGS_H

#include "domain/tag_rule.h"
#include "tui/views/parts.h"

#define KNOWN_TAGS_SOURCE "Resource Groups Tagging GetResources"

struct known_tag {
    const struct tagged_resource *resource;
    const struct tag_verdict *verdict;
};

struct known_tags {
    struct known_tag *items; /* by ARN */
    size_t count;
    size_t groups[TAG_GROUPS]; /* how many of each */
    size_t judged, faulty;     /* of all groups but the foreign one */
    /* Of those, what the document's command finds: Project=UserMetrics and fewer than five tags. */
    size_t counted;
    bool is_partial;
};

/* The region's own; in an account also those of us-east-1, where global services keep theirs. */
void known_tags_ask(struct ask_list *asks, const struct view_query *q);
void known_tags_read(struct known_tags *out, struct arena *arena, const struct view_query *q);
/* Adds their ages and failures. */
void known_tags_source(struct panel *panel, const struct view_query *q);
/* The answer of the region itself; NULL before it came. */
const struct answer *known_tags_answer(const struct view_query *q);

#endif
