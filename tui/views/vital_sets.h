/* vital_sets.h - under which dimension sets web vitals are published here.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_VITAL_SETS_H
#define OV_TUI_VIEWS_VITAL_SETS_H

#include "domain/web_vitals.h"
#include "tui/view.h"

#include <stdbool.h>
#include <stddef.h>

/* One dimension set that some vitals are published under. */
struct part {
    const char *label; /* "/checkout", or "device mobile, route /checkout" */
    struct dimension_set dims;
    const char *names[VITALS]; /* as published, a long name perhaps; NULL: not */
};

struct parts {
    struct part whole; /* the set that is everything; its label is NULL when there is none */
    struct part *list; /* the finer ones, by label */
    size_t count;
    size_t left_out;
    bool has_any;
};

void vital_sets_ask(struct ask_list *asks);
/* The answer to it, or NULL. */
const struct answer *vital_sets_answer(const struct view_query *q);
void vital_sets_find(struct parts *parts, struct arena *arena, const struct view_query *q);

#endif
