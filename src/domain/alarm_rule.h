/* alarm_rule.h - the rule of a composite alarm: ALARM("a") AND NOT OK(b).
 * SPDX-License-Identifier: MIT
 *
 * Functions ALARM, OK and INSUFFICIENT_DATA over an alarm's name or ARN, quoted or not; TRUE,
 * FALSE; NOT, AND, OR, binding in that order, and parentheses. */
#ifndef OV_DOMAIN_ALARM_RULE_H
#define OV_DOMAIN_ALARM_RULE_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/alarm.h"

#include <stdbool.h>
#include <stddef.h>

/* PutCompositeAlarm: characters, children, elements (alarms, TRUE, FALSE, parentheses). */
#define ALARM_RULE_CHARS    10240
#define ALARM_RULE_CHILDREN 100
#define ALARM_RULE_ELEMENTS 500
#define ALARM_RULE_DEPTH    64 /* ours: parentheses and NOTs within each other */

struct alarm_expr;

/* E_INVALID and E_LIMIT name the position; E_UNSUPPORTED the function. Lives in the arena. */
MUST_CHECK enum status alarm_rule_parse(const struct alarm_expr **out, struct arena *arena,
                                        const char *text, struct err *err);

/* The alarms it looks at, each once, in order of appearance; `names` lives in the arena. */
void alarm_rule_children(const struct alarm_expr *expr, struct arena *arena,
                         const char *const **names, size_t *count);

/* The same for one name. */
bool alarm_rule_looks_at(const struct alarm_expr *expr, const char *name);

/* Called for each child; false: there is no such alarm, and no function of it is true. */
typedef bool alarm_rule_look(void *arg, const char *name, enum alarm_state *state);
bool alarm_rule_holds(const struct alarm_expr *expr, alarm_rule_look *look, void *arg);

#endif
