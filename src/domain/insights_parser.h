/* insights_parser.h - what reading a query's commands and reading its expressions share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_PARSER_H
#define OV_DOMAIN_INSIGHTS_PARSER_H

#include "domain/insights_lexer.h"
#include "domain/insights_plan.h"

struct insights_name {
    const char *text;
    unsigned slot;
};

struct insights_parser {
    struct insights_lexer lx;
    struct insights_plan *plan;
    struct insights_name names[INSIGHTS_SLOTS_MAX]; /* in force here; later ones first */
    unsigned name_count;
    bool is_closed; /* behind stats: no names but those it defined */
    unsigned node_count, nesting;
    /* While reading the results of a stats: where its aggregates go. */
    struct insights_section *stats;
    bool behind_stats; /* of an earlier one */
};

/* Room for one more item behind `count` in an array of the plan's arena. */
void *parser_grow(struct insights_parser *p, void *items, unsigned count, size_t size);

/* A node of the expression that begins at `start`, and one more operand for it (NULL: none, as in
 * count(*)). Too many or too deep ones are refused through the lexer. */
struct insights_node *parser_node(struct insights_parser *p, enum node_kind kind, size_t start);
void parser_add_arg(struct insights_parser *p, struct insights_node *n, struct insights_node *arg);

/* Finds a name that was defined. */
bool parser_find_name(const struct insights_parser *p, const char *text, size_t len,
                      unsigned *slot);
/* The slot of a name, made when it is a field nobody spoke of yet; refuses one that cannot be. */
MUST_CHECK enum status parser_slot(struct insights_parser *p, const struct insights_token *name,
                                   unsigned *slot);
/* A new slot of this name, which hides an older one from here on. */
MUST_CHECK enum status parser_define(struct insights_parser *p, const struct insights_token *name,
                                     unsigned *slot);
/* The name at hand as a field's; refuses what is none. */
MUST_CHECK enum status parser_name(struct insights_parser *p, const char *what,
                                   struct insights_token *out);
MUST_CHECK enum status parser_regex(struct insights_parser *p, struct insights_regex **out);

/* The call of `name`, whose parenthesis is at hand. */
MUST_CHECK enum status parser_call(struct insights_parser *p, const struct insights_token *name,
                                   struct insights_node **out);
/* An expression inside another one; the outermost is read by parser_expression(). */
MUST_CHECK enum status parser_operand(struct insights_parser *p, struct insights_node **out);
MUST_CHECK enum status parser_expression(struct insights_parser *p, struct insights_node **out);

#endif
