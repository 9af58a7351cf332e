/* deploys.h - when functions were deployed, for every graph that has a time axis.
 * SPDX-License-Identifier: MIT
 *
 * Lambda's ListFunctions tells of each function when its code or configuration was last changed;
 * that is as near to "deployed" as an account says without a trail of its own. Earlier deployments
 * of the same function are not told. */
#ifndef OV_TUI_VIEWS_DEPLOYS_H
#define OV_TUI_VIEWS_DEPLOYS_H

#include "tui/view.h"

#include <stddef.h>

void deploys_ask(struct ask_list *asks);
/* The answer, or NULL. An emulator that has no functions to tell of is no failure worth a word, so
 * its refusal is NULL too. */
const struct answer *deploys_answer(const struct view_query *q);
const struct lambda_function *deploys_function(const struct view_query *q, const char *name);
/* Those inside the range: of one function, or of all when it is NULL. */
const struct chart_mark *deploys_marks(struct arena *arena, const struct view_query *q,
                                       const char *function, size_t *count);

#endif
