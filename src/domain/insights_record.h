/* insights_record.h - the record that a query looks at now: a log line, or a row of an earlier
 * section.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_RECORD_H
#define OV_DOMAIN_INSIGHTS_RECORD_H

#include "domain/insights.h"
#include "domain/lambda_line.h"

struct insights_record {
    const struct insights_plan *plan;
    const struct insights_line *line; /* NULL: a row */
    bool is_line;                     /* or a row that was one: */
    unsigned group;
    const char *row_id;
    int64_t time_ms;
    /* A value is there when its stamp is that of this record. */
    struct value slots[INSIGHTS_SLOTS_MAX];
    uint64_t stamps[INSIGHTS_SLOTS_MAX];
    uint64_t stamp, json_stamp, lambda_stamp;
    struct value json[INSIGHTS_JSON_MAX];
    struct lambda_line lambda;
    char id[INSIGHTS_ID];
    struct arena *arena; /* of texts that were made for it */
    bool gave_up;        /* a regular expression did */
};

void record_init(struct insights_record *r, const struct insights_plan *plan);
void record_fini(struct insights_record *r);
/* Begins the next one; line NULL: a row, whose values are then set. */
void record_begin(struct insights_record *r, const struct insights_line *line);
void record_set(struct insights_record *r, unsigned slot, struct value v);
const struct value *record_get(struct insights_record *r, unsigned slot);
struct value record_eval(struct insights_record *r, const struct insights_node *node);

/* What the aggregates of a stats came to, for the expressions over them. */
struct value record_eval_over(struct insights_record *r, const struct insights_node *node,
                              const struct value *aggregates);

/* Carries out the steps of a section; false: the record is filtered out. */
bool record_pass(struct insights_record *r, const struct insights_section *section);

/* Where the JSON document of a line begins, or NULL when there is none. */
const char *record_find_json(const struct insights_line *line);
/* A field of the lines the Lambda runtime writes. */
struct value record_lambda_field(const struct lambda_line *lambda, enum lambda_field field);

#endif
