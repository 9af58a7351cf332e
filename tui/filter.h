/* filter.h - which rows a person wants: words typed behind '/'.
 * SPDX-License-Identifier: MIT
 *
 * Words are separated by blanks and all must hold: `text` stands in any cell, `!text` in none,
 * `col:text` in that column, `col>10` and its kin compare its number ("2.5s", "3%", "12k" are
 * understood). Letters match in either case. A word whose column does not exist is plain text. */
#ifndef OV_TUI_FILTER_H
#define OV_TUI_FILTER_H

#include "tui/model.h"
#include "tui/pen.h"

#include <stdbool.h>

/* A CloudWatch filter pattern ("{ $.level = ... }", "[ip, user]", "%regex%", "?ERROR ?WARN",
 * "\"two words\""): the source of a log obeys it, so it hides nothing here. */
bool filter_is_pattern(const char *filter);
bool filter_matches(const char *filter, const struct pen *pen, const struct grid *grid,
                    const struct row *row);
/* The column a person means by `name`: whole name or its first word, either case; -1: none. */
int filter_column(const struct grid *grid, const char *name, size_t len);

#endif
