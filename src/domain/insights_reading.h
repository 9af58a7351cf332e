/* insights_reading.h - reading the commands of a query: what the commands share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_READING_H
#define OV_DOMAIN_INSIGHTS_READING_H

#include "domain/insights_parser.h"

enum output { OUTPUT_DEFAULT, OUTPUT_FIELDS, OUTPUT_DISPLAY };

struct insights_reading {
    struct insights_parser p;
    struct insights_section *section; /* the one that is being read */
    enum output output;
    unsigned stats_count;
    struct insights_token dedup, sort, limit; /* the last ones; kind TOKEN_END: none */
    bool is_limited;                          /* the section has its limit */
};

/* `name` is the command's own; what stands behind it is at hand. */
typedef enum status command_reader(struct insights_reading *r, const struct insights_token *name);
command_reader reading_parse, reading_stats;

void reading_open_section(struct insights_reading *r);
/* Behind a limit a new section begins, unless there is nothing behind it. */
void reading_begin_work(struct insights_reading *r);
struct insights_step *reading_add_step(struct insights_reading *r, enum step_kind kind);

/* A column of the answer. One of the same name gives way; @ptr is in every answer anyway. */
void reading_show(struct insights_reading *r, const char *name, unsigned slot);
MUST_CHECK enum status reading_show_defaults(struct insights_reading *r);
/* EXPRESSION [as NAME]; *name is what the result is called. */
MUST_CHECK enum status reading_named(struct insights_reading *r, struct insights_node **node,
                                     struct insights_token *name, bool *has_alias);

#endif
