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
/* The keys of the answers they come from; ends with NULL. */
const char *const *known_tags_keys(const struct view_query *q);

/* --- whether Cost Explorer can group by a key --- */

#define KNOWN_COST_TAGS_SOURCE "Cost Explorer ListCostAllocationTags"

enum cost_tag_state {
    COST_TAG_UNKNOWN,  /* not answered */
    COST_TAG_UNLISTED, /* the bill has never seen it */
    COST_TAG_INACTIVE,
    COST_TAG_SETTLING, /* active, for less than the day it takes to be seen */
    COST_TAG_ACTIVE
};

struct known_cost_tag {
    enum cost_tag_state state;
    int64_t changed_ms; /* 0: not told */
    int hours_left;     /* COST_TAG_SETTLING: until the day is over, rounded up */
};

/* A cent at AWS, once a day. */
void known_cost_tags_ask(struct ask_list *asks);
const char *known_cost_tags_key(void);
struct known_cost_tag known_cost_tag(const struct view_query *q, const char *key);

#endif
