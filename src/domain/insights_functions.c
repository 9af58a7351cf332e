/* insights_functions.c - numbers, times and the choice among fields; the table of all functions.
 * SPDX-License-Identifier: MIT
 *
 * Specified in the CloudWatch Logs user guide, "Boolean, comparison, numeric, datetime, and other
 * functions". A function of something missing, or of text where a number is needed, has no value.
 */
#include "config.h"

#include "domain/insights_functions.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const struct value nothing = { .type = VALUE_NULL };

/* --- numbers ---------------------------------------------------------------------------------- */

#define NUMERIC(name, expression)                                         \
    static struct value function_##name(const struct function_call *call) \
    {                                                                     \
        double a;                                                         \
                                                                          \
        if (!value_as_number(&call->args[0], &a))                         \
            return nothing;                                               \
        return value_number(expression);                                  \
    }
#define ARITHMETIC(name, expression)                                                      \
    static struct value function_##name(const struct function_call *call)                 \
    {                                                                                     \
        double a, b;                                                                      \
                                                                                          \
        if (!value_as_number(&call->args[0], &a) || !value_as_number(&call->args[1], &b)) \
            return nothing;                                                               \
        return value_number(expression);                                                  \
    }
NUMERIC(abs, fabs(a))
NUMERIC(ceil, ceil(a))
NUMERIC(floor, floor(a))
NUMERIC(log, log(a))
NUMERIC(sqrt, sqrt(a))
NUMERIC(negate, -a)
ARITHMETIC(add, a + b)
ARITHMETIC(subtract, a - b)
ARITHMETIC(multiply, a *(b))
ARITHMETIC(divide, a / b)
ARITHMETIC(remainder, fmod(a, b))
ARITHMETIC(power, pow(a, b))

/* The largest or, for side -1, the smallest of the numbers among the arguments. */
static struct value
extreme(const struct function_call *call, int side)
{
    bool found = false;
    double best = 0, a;

    for (unsigned i = 0; i < call->count; i++) {
        if (!value_as_number(&call->args[i], &a))
            continue;
        if (!found || (side > 0 ? a > best : a < best))
            best = a;
        found = true;
    }
    return found ? value_number(best) : nothing;
}

static struct value
function_greatest(const struct function_call *call)
{
    return extreme(call, 1);
}

static struct value
function_least(const struct function_call *call)
{
    return extreme(call, -1);
}

/* --- presence --------------------------------------------------------------------------------- */

static struct value
function_ispresent(const struct function_call *call)
{
    return value_truth(!value_is_null(&call->args[0]));
}

static struct value
function_isnull(const struct function_call *call)
{
    return value_truth(value_is_null(&call->args[0]));
}

static struct value
function_coalesce(const struct function_call *call)
{
    unsigned i = 0;

    while (i < call->count && value_is_null(&call->args[i]))
        i++;
    return i < call->count ? call->args[i] : nothing;
}

/* --- times ------------------------------------------------------------------------------------ */

static struct value
function_datefloor(const struct function_call *call)
{
    int64_t time_ms;

    if (!value_as_time(&call->args[0], &time_ms))
        return nothing;
    return value_time(period_floor(&call->node->period, time_ms));
}

/* The end of the period that the time is in, but for a time that begins one. */
static struct value
function_dateceil(const struct function_call *call)
{
    const struct insights_period *period = &call->node->period;
    int64_t time_ms, floor_ms, step_ms;

    if (!value_as_time(&call->args[0], &time_ms))
        return nothing;
    floor_ms = period_floor(period, time_ms);
    if (floor_ms == time_ms)
        return value_time(time_ms);
    step_ms = period->months > 0 ? period->months * 31 * 86400000 : period->length_ms;
    return value_time(period_floor(period, floor_ms + step_ms));
}

static struct value
function_frommillis(const struct function_call *call)
{
    int64_t time_ms;

    return value_as_time(&call->args[0], &time_ms) ? value_time(time_ms) : nothing;
}

static struct value
function_tomillis(const struct function_call *call)
{
    int64_t time_ms;

    return value_as_time(&call->args[0], &time_ms) ? value_number((double)time_ms) : nothing;
}

static struct value
function_now(const struct function_call *call)
{
    return value_number((double)(call->now_ms / 1000));
}

/* --- the table -------------------------------------------------------------------------------- */

/* clang-format off */
const struct insights_function insights_functions[] = {
    /* name           arguments              period body */
    { "abs",            1, 1,                 false, function_abs },
    { "bin",            1, 1,                 true,  function_datefloor },
    { "ceil",           1, 1,                 false, function_ceil },
    { "coalesce",       1, FUNCTION_ARGS_MAX, false, function_coalesce },
    { "concat",         1, FUNCTION_ARGS_MAX, false, function_concat },
    { "dateceil",       2, 2,                 true,  function_dateceil },
    { "datefloor",      2, 2,                 true,  function_datefloor },
    { "floor",          1, 1,                 false, function_floor },
    { "fromMillis",     1, 1,                 false, function_frommillis },
    { "greatest",       1, FUNCTION_ARGS_MAX, false, function_greatest },
    { "isblank",        1, 1,                 false, function_isblank },
    { "isempty",        1, 1,                 false, function_isempty },
    { "isIpInSubnet",   2, 2,                 false, function_ip_in_subnet },
    { "isIpv4InSubnet", 2, 2,                 false, function_ipv4_in_subnet },
    { "isIpv6InSubnet", 2, 2,                 false, function_ipv6_in_subnet },
    { "isnull",         1, 1,                 false, function_isnull },
    { "ispresent",      1, 1,                 false, function_ispresent },
    { "isValidIp",      1, 1,                 false, function_is_ip },
    { "isValidIpV4",    1, 1,                 false, function_is_ipv4 },
    { "isValidIpV6",    1, 1,                 false, function_is_ipv6 },
    { "least",          1, FUNCTION_ARGS_MAX, false, function_least },
    { "log",            1, 1,                 false, function_log },
    { "ltrim",          1, 2,                 false, function_ltrim },
    { "now",            0, 0,                 false, function_now },
    { "replace",        3, 3,                 false, function_replace },
    { "rtrim",          1, 2,                 false, function_rtrim },
    { "sqrt",           1, 1,                 false, function_sqrt },
    { "strcontains",    2, 2,                 false, function_strcontains },
    { "strlen",         1, 1,                 false, function_strlen },
    { "substr",         2, 3,                 false, function_substr },
    { "tolower",        1, 1,                 false, function_tolower },
    { "toMillis",       1, 1,                 false, function_tomillis },
    { "toupper",        1, 1,                 false, function_toupper },
    { "trim",           1, 2,                 false, function_trim },
    { NULL, 0, 0, false, NULL },
};
static const struct insights_function operators[] = {
    { "+",      2, 2, false, function_add },
    { "-",      2, 2, false, function_subtract },
    { "*",      2, 2, false, function_multiply },
    { "/",      2, 2, false, function_divide },
    { "%",      2, 2, false, function_remainder },
    { "^",      2, 2, false, function_power },
    { "negate", 1, 1, false, function_negate },
    { NULL, 0, 0, false, NULL },
};
/* clang-format on */

const char *const insights_functions_refused[] = {
    "jsonParse", "jsonStringify", "rate", "count_over_time", "sum_over_time", "histogram", NULL
};

const struct insights_function *
function_find(const char *name)
{
    for (const struct insights_function *f = insights_functions; f->name != NULL; f++) {
        if (strcasecmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

const struct insights_function *
function_of_operator(const char *sign)
{
    for (const struct insights_function *f = operators; f->name != NULL; f++) {
        if (strcmp(f->name, sign) == 0)
            return f;
    }
    return NULL;
}
