/* parts.h - what the builders of models share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_PARTS_H
#define OV_TUI_VIEWS_PARTS_H

#include "tui/view.h"

#include <stddef.h>
#include <stdint.h>

/* Where a panel's numbers come from: adds the age, pace and failure of an answer; the oldest and
 * the first failure stay. NULL is an answer that is not there yet. */
void panel_source(struct panel *panel, const char *source, const struct view_query *q,
                  const struct answer *answer);
/* Sets now and range of a model. */
void model_begin(struct model *out, const struct view_query *q);

/* The one value of a query over the whole range; NaN when there is none. */
double answer_value(const struct answer *answer, const char *id);
/* The values of a query at equal steps over the range, NaN where there is none; NULL without an
 * answer. */
const struct series *answer_series(struct arena *arena, const struct view_query *q,
                                   const struct answer *answer, const char *id, const char *name,
                                   int32_t step_s, enum quantity quantity);
/* How often times fall into each of the range's steps. */
const struct series *count_series(struct arena *arena, const struct view_query *q, const char *name,
                                  const int64_t *times_ms, size_t count);
/* What so much is listed at: the person's own prices, or the built-in ones. */
double view_price_usd(const struct view_query *q, enum price price, double units);
int32_t view_step_s(const struct view_query *q);

/* "1,204", "12,345" */
const char *count_text(struct arena *arena, double count);
/* "1 group", "5 groups"; the plural is made with an s. */
const char *counted(struct arena *arena, double count, const char *noun);

/* The dimension `name`, camelCase or PascalCase (the document uses both), or NULL. */
const char *dimension_value(const struct dimension_set *set, const char *name);

/* For orders that begin with the greatest: cells without a number come last. */
int cell_compare_down(const struct cell *a, const struct cell *b);
/* Takes a column without a wire out of the headings and the rows, which are `rows`. */
void grid_drop_column(struct grid *grid, struct arena *arena, struct row *rows, size_t at);

/* Whether the text holds the word, which is in small letters, in whatever case. */
bool has_word(const char *text, const char *word);
/* Whether the settings want it looked at: it is in the list, or begins as an entry that ends in '*'
 * does; no list wants everything. */
bool name_is_wanted(const char *const *list, const char *name);
/* The log groups to look at: those named whole, whether the answer knows them or not, then those of
 * the answer that are wanted. */
const char **wanted_groups(struct arena *arena, const struct view_query *q,
                           const struct answer *groups, size_t *count);
bool function_is_wanted(const struct view_query *q, const char *name);

/* A list of metric queries that grows in an arena. */
struct query_list {
    struct arena *arena;
    struct metric_ask *items;
    size_t count;
    size_t cap;
};
void query_add(struct query_list *list, const char *id, const struct series_key *series,
               const char *stat, int32_t period_s);

#endif
