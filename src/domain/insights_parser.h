/* insights_parser.h - what reading a query's commands and reading its expressions share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_PARSER_H
#define OV_DOMAIN_INSIGHTS_PARSER_H

#include "domain/insights_lexer.h"
#include "domain/insights_plan.h"

struct name {
    const char *text;
    unsigned slot;
};

struct parser {
    struct lexer lx;
    struct plan *plan;
    struct name names[INSIGHTS_SLOTS_MAX]; /* in force here; later ones first */
    unsigned name_count;
    bool is_closed; /* behind stats: no names but those it defined */
    unsigned node_count, nesting;
    /* While reading the results of a stats: where its aggregates go. */
    struct section *stats;
    bool behind_stats; /* of an earlier one */
};

/* Room for one more item behind `count` in an array of the plan's arena. */
void *parser_grow(struct parser *p, void *items, unsigned count, size_t size);

/* A node of the expression that begins at `start`, and one more operand for it (NULL: none, as in
 * count(*)). Too many or too deep ones are refused through the lexer. */
struct node *parser_node(struct parser *p, enum node_kind kind, size_t start);
void parser_add_arg(struct parser *p, struct node *n, struct node *arg);

/* Finds a name that was defined. */
bool parser_find_name(const struct parser *p, const char *text, size_t len, unsigned *slot);
/* The slot of a name, made when it is a field nobody spoke of yet; refuses one that cannot be. */
MUST_CHECK enum status parser_slot(struct parser *p, const struct token *name, unsigned *slot);
/* A new slot of this name, which hides an older one from here on. */
MUST_CHECK enum status parser_define(struct parser *p, const struct token *name, unsigned *slot);
/* The name at hand as a field's; refuses what is none. */
MUST_CHECK enum status parser_name(struct parser *p, const char *what, struct token *out);
MUST_CHECK enum status parser_regex(struct parser *p, struct insights_regex **out);

/* The call of `name`, whose parenthesis is at hand. */
MUST_CHECK enum status parser_call(struct parser *p, const struct token *name, struct node **out);
/* An expression inside another one; the outermost is read by parser_expression(). */
MUST_CHECK enum status parser_operand(struct parser *p, struct node **out);
MUST_CHECK enum status parser_expression(struct parser *p, struct node **out);

#endif
