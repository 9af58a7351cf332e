/* checks.h - what `obsview check` can judge: one row a check.
 * SPDX-License-Identifier: MIT
 *
 * A check asks as a view does, through the same collector, and judges what came. What did not come
 * is a finding of its own (FINDING_UNKNOWN), so that nothing unseen passes for clean. */
#ifndef OV_CLI_CHECKS_H
#define OV_CLI_CHECKS_H

#include "cli/check/check_stream.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "tui/view.h"

struct check {
    const char *name; /* "tags" */
    const char *help; /* one line, lower case, no full stop */
    int64_t span_ms;  /* over which it looks */
    /* What it is about arrives item by item, from whatever source; then ask, judge and look are
     * NULL. */
    const struct check_stream *stream;
    void (*ask)(struct ask_list *asks, const struct view_query *q);
    /* Pure: all it knows is in the query, whose key is --period ("" without it). */
    void (*judge)(struct findings *found, const struct view_query *q);
    bool takes_period;
    bool takes_mark; /* then the query has a moment to compare before and after, in its middle */
    bool takes_severity; /* then the query's key is --severity */
    /* What is named behind the check, or with --db, is looked at instead, and nobody is asked;
     * NULL: nothing may be. */
    enum status (*look)(struct findings *found, const struct invocation *inv, struct err *err);
    /* Waits until it makes sense to ask; may add notes and findings. NULL: it always does. */
    enum status (*await)(struct findings *found, struct settings *s, struct err *err);
};

/* Ends with a row without a name. */
extern const struct check checks[];
const struct check *check_find(const char *name); /* NULL: no such check */

/* The answer under the key, or NULL with a finding of the rule that says why there is none. An
 * answer that is older than its failure is no answer: a check is about now. */
const struct answer *check_answer(struct findings *found, const struct view_query *q,
                                  const char *key, const char *rule);

/* "2025-11-01..2025-11-30" as day numbers (base/day.h), the second one exclusive and behind the
 * first. */
bool check_period_parse(int64_t *from, int64_t *to, const char *text);

void check_aurora_ask(struct ask_list *asks, const struct view_query *q);
void check_aurora_judge(struct findings *found, const struct view_query *q);
void check_budget_ask(struct ask_list *asks, const struct view_query *q);
void check_budget_judge(struct findings *found, const struct view_query *q);
void check_pii_ask(struct ask_list *asks, const struct view_query *q);
void check_pii_judge(struct findings *found, const struct view_query *q);
enum status check_pii_await(struct findings *found, struct settings *s, struct err *err);
enum status check_pii_look(struct findings *found, const struct invocation *inv, struct err *err);
void check_tags_ask(struct ask_list *asks, const struct view_query *q);
void check_tags_judge(struct findings *found, const struct view_query *q);

#endif
