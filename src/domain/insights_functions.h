/* insights_functions.h - the functions and operators of Logs Insights, one row each.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_FUNCTIONS_H
#define OV_DOMAIN_INSIGHTS_FUNCTIONS_H

#include "base/mem.h"
#include "domain/insights_plan.h"

#define FUNCTION_ARGS_MAX 64

/* What a function is given: its arguments' values, and memory that lives as long as the record. */
struct function_call {
    const struct value *args;
    unsigned count;
    const struct insights_node *node;
    struct arena *arena;
    int64_t now_ms; /* when the query began */
};
typedef struct value function_body(const struct function_call *call);

struct insights_function {
    const char *name;
    unsigned least, most; /* arguments; a period counts as the last one */
    bool wants_period;
    function_body *body;
};

extern const struct insights_function insights_functions[]; /* ends with a row without a name */
const struct insights_function *function_find(const char *name); /* case does not count; or NULL */
/* "+", "-", "*", "/", "%", "^", and "negate" */
const struct insights_function *function_of_operator(const char *sign);
/* Functions of AWS that are not done here; NULL at the end. */
extern const char *const insights_functions_refused[];

/* In insights_text.c and insights_address.c. */
function_body function_strlen, function_toupper, function_tolower, function_trim, function_ltrim,
    function_rtrim, function_concat, function_strcontains, function_substr, function_replace,
    function_isempty, function_isblank;
function_body function_is_ip, function_is_ipv4, function_is_ipv6, function_ip_in_subnet,
    function_ipv4_in_subnet, function_ipv6_in_subnet;

/* The beginning of the period that a time is in. */
int64_t period_floor(const struct insights_period *period, int64_t time_ms);
/* "5m", "2 hours" without the blank. E_INVALID names the unit that is not one. */
MUST_CHECK enum status period_read(struct insights_period *out, const char *text, struct err *err);

#endif
