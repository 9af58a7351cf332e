/* check_rules.h - the names under which checks tell what they find.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_CHECK_RULES_H
#define OV_CLI_CHECK_RULES_H

#include <stdio.h>

/* `levels` are those that the finding may have: "warn, fail". Where kinds of personal data are
 * named, one row with KIND stands for all. */
struct check_rule {
    const char *rule, *levels, *help;
};
/* In the order of checks; ends with a row without a name. */
extern const struct check_rule check_rules[];

/* What a rule says, or what a check is about when the name is a check's; NULL: there is none. */
const char *check_rules_explain(const char *rule);

/* Each check, and below it its rules. */
void check_rules_print(FILE *to);

#endif
