/* insights_plan.h - a Logs Insights query as it is carried out: expressions, steps, sections.
 * SPDX-License-Identifier: MIT
 *
 * Every name a query can speak of is a slot. A command that defines a name that exists already
 * makes a new slot, so a slot is written once for a record and may be read at any later time.
 *
 * A query is cut into sections. A section's steps look at one record at a time; its end collects
 * records: into groups (stats), or into an ordered few (limit, dedup, and the end of the query).
 * Sorting is a property of the next such collection. Everything here lives in the plan's arena. */
#ifndef OV_DOMAIN_INSIGHTS_PLAN_H
#define OV_DOMAIN_INSIGHTS_PLAN_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/insights_json.h"
#include "domain/insights_regex.h"
#include "domain/insights_value.h"

#include <stdbool.h>
#include <stddef.h>

#define INSIGHTS_QUERY_MAX   10000 /* characters */
#define INSIGHTS_ROWS        10000 /* when nothing is said */
#define INSIGHTS_ROWS_MAX    100000
#define INSIGHTS_STATS_MAX   2 /* user guide, "stats" */
#define INSIGHTS_SLOTS_MAX   512
#define INSIGHTS_NODES_MAX   4000
#define INSIGHTS_STEPS_MAX   100
#define INSIGHTS_REGEX_MAX   64
#define INSIGHTS_NESTING_MAX 100
#define INSIGHTS_DEPTH_MAX   400 /* of a chain such as a + b + c ... */

struct insights_function;
struct insights_aggregate;

enum slot_source {
    SLOT_DEFINED, /* by a step, or by stats */
    SLOT_MISSING, /* nothing discovers it */
    SLOT_TIMESTAMP,
    SLOT_INGESTION,
    SLOT_MESSAGE,
    SLOT_STREAM,
    SLOT_LOG,
    SLOT_POINTER,
    SLOT_LAMBDA, /* detail: enum lambda_field */
    SLOT_JSON    /* detail: index of the path */
};
enum lambda_field {
    LAMBDA_TYPE,
    LAMBDA_REQUEST,
    LAMBDA_DURATION,
    LAMBDA_BILLED,
    LAMBDA_USED,
    LAMBDA_SIZE,
    LAMBDA_INIT
};
struct insights_slot {
    const char *name;
    enum slot_source source;
    unsigned detail;
};

enum node_kind {
    NODE_LITERAL,
    NODE_SLOT,
    NODE_CALL,      /* a function or an arithmetic operator */
    NODE_AGGREGATE, /* the state of one, numbered within its stats */
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_COMPARE,
    NODE_LIKE, /* a part of the text */
    NODE_MATCH,
    NODE_IN
};
enum compare_op { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

struct insights_period {
    int64_t length_ms; /* 0: calendar months */
    int64_t months;
};

struct insights_node {
    enum node_kind kind;
    size_t start, end; /* bytes of the query */
    bool is_negated;   /* not like, not in */
    enum compare_op op;
    unsigned slot;      /* or number of the aggregate */
    struct value value; /* literal, or what like looks for */
    struct insights_period period;
    struct insights_regex *regex;
    const struct insights_function *function;
    struct insights_node **args;
    unsigned arg_count;
    unsigned depth; /* of the tree below */
};

/* --- steps ------------------------------------------------------------------------------------ */

enum step_kind { STEP_DEFINE, STEP_FILTER, STEP_GLOB, STEP_REGEX };
struct insights_step {
    enum step_kind kind;
    struct insights_node *node; /* what is computed, judged, or taken apart */
    unsigned slot;              /* STEP_DEFINE */
    /* parse: */
    struct insights_regex *regex;
    const char **literals; /* of a glob: one more than captures */
    size_t *literal_lens;
    unsigned *slots; /* of the captures; for a regular expression by group, from 1 */
    unsigned count;
};

struct insights_sort_key {
    struct insights_node *node;
    bool descending;
};
struct insights_call { /* of an aggregate function */
    const struct insights_aggregate *aggregate;
    struct insights_node *node; /* NULL: count(*) */
    double percent;
};
struct insights_column {
    const char *name;
    unsigned slot;
    struct insights_node *node; /* stats: over aggregates, or a key */
};

struct insights_section {
    struct insights_step *steps;
    unsigned step_count;
    bool is_stats;
    /* stats: */
    struct insights_column *keys;
    unsigned key_count;
    struct insights_column *results;
    unsigned result_count;
    struct insights_call *calls;
    unsigned call_count;
    /* else: */
    struct insights_sort_key *order;
    unsigned order_count;
    unsigned *dedup;
    unsigned dedup_count;
    size_t limit;
    unsigned *kept; /* slots that later sections or the answer need */
    unsigned kept_count;
};

struct insights_plan {
    struct arena *arena;
    const char *query;
    struct insights_slot slots[INSIGHTS_SLOTS_MAX];
    unsigned slot_count;
    struct insights_json json;
    struct insights_section *sections; /* the last one is no stats */
    unsigned section_count;
    struct insights_column *columns; /* of the answer */
    unsigned column_count;
    bool has_stats;
    struct insights_regex *regexes[INSIGHTS_REGEX_MAX];
    unsigned regex_count;
    int64_t now_ms;
};

struct insights_error {
    size_t start, end; /* characters of the query */
    struct err err;
};

/* `limit` is how many rows are wanted at most. */
MUST_CHECK enum status plan_read(struct insights_plan **out, const char *query, size_t limit,
                                 int64_t now_ms, struct insights_error *error);
void plan_free(struct insights_plan *plan); /* NULL is fine */

#endif
