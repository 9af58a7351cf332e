/* tag_rule.h - the document's tagging schema as a table, and what it says of a resource.
 * SPDX-License-Identifier: MIT
 *
 * Two sets of rules: that of the observability resources (Project=UserMetrics) and that of the
 * application's own which it instruments (Project=Application). Keys and values are judged, not
 * counted: five tags may be five wrong ones, and four of ten may be all that are needed. */
#ifndef OV_DOMAIN_TAG_RULE_H
#define OV_DOMAIN_TAG_RULE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resource_tag {
    const char *key;
    const char *value;
};

/* Whose a resource is. */
enum tag_group {
    TAG_OURS,        /* Project is UserMetrics, or meant to be */
    TAG_APPLICATION, /* Project is Application, or meant to be */
    TAG_STRAY,       /* without Project, though other tags say that it is ours */
    TAG_FOREIGN,     /* somebody else's: not judged */
    TAG_GROUPS
};
const char *tag_group_name(enum tag_group group); /* "UserMetrics", ..., "other" */

/* Which resources a rule is asked of; a resource may be of several kinds. */
#define TAG_OF_STORAGE    1u /* S3 buckets, Aurora clusters */
#define TAG_OF_MANAGED    2u /* services AWS runs: see tag_rule.c for which */
#define TAG_OF_FUNCTION   4u
#define TAG_OF_DB_CLUSTER 8u
#define TAG_OF_ALL        16u

/* Which of the schema's demands a rule is; findings are told by it. */
enum tag_demand {
    TAG_REQUIRED,   /* the five of every resource */
    TAG_FUNCTIONAL, /* Component and Function */
    TAG_CONDITIONAL /* of some kinds of resource only */
};

struct tag_rule {
    const char *key;
    enum tag_group set; /* TAG_OURS or TAG_APPLICATION */
    enum tag_demand demand;
    unsigned of;
    const char *of_text;            /* "all", "storage", "app functions" */
    const char *const *values;      /* the ones that are right; NULL: `accepts` decides */
    bool (*accepts)(const char *v); /* or NULL */
    const char *expected;           /* for people: "dev, staging or prod" */
};

#define TAG_RULES 14
extern const struct tag_rule tag_rules[TAG_RULES];

/* The keys that the document wants activated for cost allocation; ends with NULL. */
extern const char *const tag_cost_keys[];
#define TAG_COST_KEYS 6

/* A resource as the tagging API tells it. */
struct tagged_resource {
    const char *arn;
    const char *type; /* arn_read() */
    const char *name;
    const struct resource_tag *tags;
    size_t tag_count;
};

enum tag_state {
    TAG_NOT_ASKED, /* no rule for this resource */
    TAG_GOOD,
    TAG_MISSING,
    TAG_WRONG /* a value that is not one of those expected */
};

struct tag_verdict {
    uint8_t group;             /* enum tag_group */
    uint8_t states[TAG_RULES]; /* enum tag_state, by rule */
    uint8_t missing, wrong;    /* how many of these */
};

unsigned tag_kinds_of(const char *type); /* TAG_OF_*, always with TAG_OF_ALL */
const char *tag_find(const struct tagged_resource *resource, const char *key); /* or NULL */
void tag_judge(struct tag_verdict *out, const struct tagged_resource *resource);
static inline bool
tag_is_faulty(const struct tag_verdict *verdict)
{
    return verdict->missing > 0 || verdict->wrong > 0;
}

/* The keys of one state among the rules of one demand, as "ManagedBy, Owner"; nothing is appended
 * when there are none. Returns how many. */
size_t tag_list_keys(struct buf *out, const struct tag_verdict *verdict, enum tag_state state,
                     enum tag_demand demand);
/* What was probably meant: for a missing key the key of the resource that looks like it, for a
 * wrong value the right one that looks like it. NULL: nothing does. */
const char *tag_hint(const struct tagged_resource *resource, const struct tag_verdict *verdict,
                     size_t rule);
/* The schema's key that an unknown key looks like ("project", "Env"); NULL: it is known, or
 * nothing like any. */
const char *tag_key_meant(const char *key);
/* A sentence's end with all that is wrong: "lacks ManagedBy, Owner (has "owner"); Environment is
 * "Prod" (expected dev, staging or prod: "prod"?)". Nothing for a clean one. */
void tag_tell(struct buf *out, const struct tagged_resource *resource,
              const struct tag_verdict *verdict);

/* What counting tags would have found, as the document's own command does (length(Tags) < 5). */
#define TAG_COUNT_LEAST 5

#endif
