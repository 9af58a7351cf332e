/* metric_math_check.c - operators and functions as tables, and the types of an expression.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/metric_math_functions.h"
#include "domain/metric_math_own.h"
#include "domain/series_search.h"
#include "domain/statistic.h"

#include <math.h>
#include <string.h>

/* --- operators --- */

static double
op_add(double a, double b)
{
    return a + b;
}

static double
op_subtract(double a, double b)
{
    return a - b;
}

static double
op_multiply(double a, double b)
{
    return a * b;
}

static double
op_divide(double a, double b)
{
    return b == 0 ? (double)NAN : a / b;
}

static double
op_equal(double a, double b)
{
    return a == b;
}

static double
op_differ(double a, double b)
{
    return a != b;
}

static double
op_less(double a, double b)
{
    return a < b;
}

static double
op_less_or_equal(double a, double b)
{
    return a <= b;
}

static double
op_more(double a, double b)
{
    return a > b;
}

static double
op_more_or_equal(double a, double b)
{
    return a >= b;
}

static double
op_and(double a, double b)
{
    return a != 0 && b != 0;
}

static double
op_or(double a, double b)
{
    return a != 0 || b != 0;
}

/* clang-format off */
const struct math_operator math_operators[] = {
    /* sign  strength logic from right */
    { "OR",  1, true,  false, op_or },
    { "||",  1, true,  false, op_or },
    { "AND", 2, true,  false, op_and },
    { "&&",  2, true,  false, op_and },
    { "==",  3, true,  false, op_equal },
    { "!=",  3, true,  false, op_differ },
    { "<=",  3, true,  false, op_less_or_equal },
    { ">=",  3, true,  false, op_more_or_equal },
    { "<",   3, true,  false, op_less },
    { ">",   3, true,  false, op_more },
    { "+",   4, false, false, op_add },
    { "-",   4, false, false, op_subtract },
    { "*",   5, false, false, op_multiply },
    { "/",   5, false, false, op_divide },
    { "^",   7, false, true,  pow }, /* 6 is a minus in front */
    { NULL,  0, false, false, NULL },
};

#define S MATH_SCALAR
#define T MATH_SERIES
#define A MATH_ARRAY
#define X MATH_TEXT
#define W MATH_WORD
#define FOLDS " AVG MIN MAX SUM "

static const struct math_function functions[] = {
    /* name           arguments                          min max result         compute          which */
    { "ABS",          { T | A },                         1, 1, RESULT_SAME,   math_map,         MAP_ABS,       { 0 } },
    { "AVG",          { T | A },                         1, 1, RESULT_FOLD,   math_fold,        FOLD_AVG,      { 0 } },
    { "CEIL",         { T | A },                         1, 1, RESULT_SAME,   math_map,         MAP_CEIL,      { 0 } },
    { "DATAPOINT_COUNT", { T | A },                      1, 1, RESULT_FOLD,   math_fold,        FOLD_COUNT,    { 0 } },
    { "DATE",         { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_DATE, { 0 } },
    { "DAY",          { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_DAY,  { 0 } },
    { "DIFF",         { T | A },                         1, 1, RESULT_SAME,   math_step,        STEP_DIFF,     { 0 } },
    { "DIFF_TIME",    { T | A },                         1, 1, RESULT_SAME,   math_step,        STEP_TIME,     { 0 } },
    { "EPOCH",        { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_EPOCH, { 0 } },
    { "FILL",         { T | A, S | T | W },              2, 2, RESULT_SAME,   math_fill,        0,             { NULL, " REPEAT LINEAR " } },
    { "FIRST",        { A },                             1, 1, RESULT_SERIES, math_pick,        0,             { 0 } },
    { "FLOOR",        { T | A },                         1, 1, RESULT_SAME,   math_map,         MAP_FLOOR,     { 0 } },
    { "HOUR",         { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_HOUR, { 0 } },
    { "IF",           { S | T, S | T, S | T },           2, 3, RESULT_IF,     math_if,          0,             { 0 } },
    { "LAST",         { A },                             1, 1, RESULT_SERIES, math_pick,        1,             { 0 } },
    { "LOG",          { T | A },                         1, 1, RESULT_SAME,   math_map,         MAP_LOG,       { 0 } },
    { "LOG10",        { T | A },                         1, 1, RESULT_SAME,   math_map,         MAP_LOG10,     { 0 } },
    { "MAX",          { T | A },                         1, 1, RESULT_FOLD,   math_fold,        FOLD_MAX,      { 0 } },
    { "METRICS",      { X },                             0, 1, RESULT_ARRAY,  math_metrics,     0,             { 0 } },
    { "METRIC_COUNT", { A },                             1, 1, RESULT_SCALAR, math_metric_count, 0,            { 0 } },
    { "MIN",          { T | A },                         1, 1, RESULT_FOLD,   math_fold,        FOLD_MIN,      { 0 } },
    { "MINUTE",       { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_MINUTE, { 0 } },
    { "MONTH",        { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_MONTH, { 0 } },
    { "PERIOD",       { T },                             1, 1, RESULT_SCALAR, math_period,      0,             { 0 } },
    { "RATE",         { T | A },                         1, 1, RESULT_SAME,   math_step,        STEP_RATE,     { 0 } },
    { "REMOVE_EMPTY", { A },                             1, 1, RESULT_ARRAY,  math_remove_empty, 0,            { 0 } },
    { "RUNNING_SUM",  { T | A },                         1, 1, RESULT_SAME,   math_running_sum, 0,             { 0 } },
    { "SEARCH",       { X, X, S },                       2, 3, RESULT_ARRAY,  math_search,      0,             { 0 } },
    { "SLICE",        { A, S, S },                       2, 3, RESULT_ARRAY,  math_slice,       0,             { 0 } },
    { "SORT",         { A, W, W, S },                    3, 4, RESULT_ARRAY,  math_sort,        0,             { NULL, FOLDS, " ASC DESC " } },
    { "STDDEV",       { T | A },                         1, 1, RESULT_FOLD,   math_fold,        FOLD_STDDEV,   { 0 } },
    { "SUM",          { T | A },                         1, 1, RESULT_FOLD,   math_fold,        FOLD_SUM,      { 0 } },
    { "TIME_SERIES",  { S },                             1, 1, RESULT_SERIES, math_time_series, 0,             { 0 } },
    { "YEAR",         { T },                             1, 1, RESULT_SERIES, math_calendar,    CALENDAR_YEAR, { 0 } },
    /* known, and refused by name */
    { "ANOMALY_DETECTION_BAND", { 0 },                   0, 4, RESULT_ARRAY,  NULL, 0, { 0 } },
    { "DB_PERF_INSIGHTS",       { 0 },                   0, 4, RESULT_SERIES, NULL, 0, { 0 } },
    { "INSIGHT_RULE_METRIC",    { 0 },                   0, 4, RESULT_SERIES, NULL, 0, { 0 } },
    { "LAMBDA",                 { 0 },                   0, 4, RESULT_ARRAY,  NULL, 0, { 0 } },
    { "SERVICE_QUOTA",          { 0 },                   0, 4, RESULT_SERIES, NULL, 0, { 0 } },
    { NULL,                     { 0 },                   0, 0, RESULT_SAME,   NULL, 0, { 0 } },
};
/* clang-format on */

const struct math_operator *
math_operator_find(const char *text, size_t len)
{
    for (const struct math_operator *op = math_operators; op->sign != NULL; op++) {
        if (strlen(op->sign) == len && strncmp(op->sign, text, len) == 0)
            return op;
    }
    return NULL;
}

const struct math_function *
math_function_find(const char *name)
{
    for (const struct math_function *f = functions; f->name != NULL; f++) {
        if (strcmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

/* --- types --- */

struct checker {
    struct arena *arena;
    metric_math_lookup *lookup;
    void *arg;
    struct err *err;
};

static const char *
type_name(unsigned type)
{
    switch (type) {
    case MATH_SCALAR:
        return "a number";
    case MATH_SERIES:
        return "a time series";
    case MATH_ARRAY:
        return "an array of time series";
    case MATH_TEXT:
        return "a text";
    case MATH_SCALAR | MATH_SERIES:
        return "a number or a time series";
    case MATH_SERIES | MATH_ARRAY:
        return "a time series or an array of them";
    default:
        return "a word";
    }
}

static enum status __attribute__((format(printf, 3, 4)))
fault(const struct checker *ck, const struct math_node *node, const char *fmt, ...)
{
    struct err why;
    va_list ap;

    va_start(ap, fmt);
    err_setv(&why, E_INVALID, fmt, ap);
    va_end(ap);
    return err_set(ck->err, E_INVALID, "at character %zu: %s", node->at, why.text);
}

static enum status check_node(struct checker *ck, struct math_node *node);

static enum status
check_id(struct checker *ck, struct math_node *node)
{
    bool is_metric;

    if (!ck->lookup(ck->arg, node->text, &node->type, &is_metric))
        return fault(ck, node, "there is no query with the id %.80s", node->text);
    return OK;
}

static enum status
check_list(struct checker *ck, struct math_node *node)
{
    node->type = MATH_ARRAY;
    if (node->count == 0)
        return fault(ck, node, "an array needs at least one time series");
    for (size_t i = 0; i < node->count; i++) {
        if ((node->args[i]->type & (MATH_SERIES | MATH_ARRAY)) == 0)
            return fault(ck, node->args[i], "an array holds time series, not %s",
                         type_name(node->args[i]->type));
    }
    return OK;
}

static enum status
check_minus(struct checker *ck, struct math_node *node)
{
    node->type = node->args[0]->type;
    if (node->type > MATH_ARRAY)
        return fault(ck, node, "there is no negative of %s", type_name(node->type));
    return OK;
}

static enum status
check_binary(struct checker *ck, struct math_node *node)
{
    const enum math_type a = node->args[0]->type, b = node->args[1]->type;

    node->type = a > b ? a : b; /* scalar < series < array */
    if (node->type > MATH_ARRAY)
        return fault(ck, node, "%s takes numbers and time series, not %s", node->op->sign,
                     type_name(node->type));
    if (node->op->is_logic && node->type == MATH_ARRAY)
        return fault(ck, node, "%s takes numbers and time series, not an array of time series",
                     node->op->sign);
    return OK;
}

static bool
is_word_of(const char *words, const char *word)
{
    char spaced[32];
    size_t len = strlen(word);

    if (words == NULL || len + 3 > sizeof spaced)
        return false;
    spaced[0] = ' ';
    memcpy(spaced + 1, word, len);
    spaced[len + 1] = ' ';
    spaced[len + 2] = '\0';
    return strstr(words, spaced) != NULL;
}

static enum status
check_argument(struct checker *ck, const struct math_function *f, size_t i,
               const struct math_node *arg)
{
    if ((f->args[i] & MATH_WORD) != 0 && (arg->kind == NODE_WORD || f->args[i] == MATH_WORD)) {
        if (arg->kind == NODE_WORD && is_word_of(f->words[i], arg->text))
            return OK;
        return fault(ck, arg, "argument %zu of %s is one of%.*s", i + 1, f->name,
                     (int)strlen(f->words[i]) - 1, f->words[i]);
    }
    if ((f->args[i] & arg->type) == 0)
        return fault(ck, arg, "argument %zu of %s must be %s, not %s", i + 1, f->name,
                     type_name(f->args[i] & ~(unsigned)MATH_WORD), type_name(arg->type));
    return OK;
}

/* PERIOD() wants a metric itself, not what is made of one (the guide says so). */
static enum status
check_period(struct checker *ck, const struct math_node *arg)
{
    enum math_type type;
    bool is_metric = false;

    if (arg->kind == NODE_ID && ck->lookup(ck->arg, arg->text, &type, &is_metric) && is_metric)
        return OK;
    return fault(ck, arg, "PERIOD takes the id of a metric, not an expression");
}

static enum status
check_search(struct checker *ck, struct math_node *node)
{
    struct statistic stat;
    struct err why = { 0 };
    double period = node->count > 2 ? node->args[2]->number : 60;

    if (series_search_parse(&node->search, ck->arena, node->args[0]->text, &why) != OK)
        return fault(ck, node->args[0], "%s", why.text);
    if (statistic_parse(&stat, node->args[1]->text, &why) != OK)
        return fault(ck, node->args[1], "%s", why.text);
    if (node->count > 2 && node->args[2]->kind != NODE_NUMBER)
        return fault(ck, node->args[2], "the period of SEARCH is a number of seconds");
    if (!(period >= 1 && period <= INT32_MAX) || !metric_is_period((int64_t)period) ||
        (double)(int64_t)period != period)
        return fault(ck, node->args[2], "a period is 1, 5, 10, 20, 30 or a multiple of 60 seconds");
    return OK;
}

static enum status
check_call(struct checker *ck, struct math_node *node)
{
    const struct math_function *f = node->function;
    bool any_series = false;

    for (size_t i = 0; i < node->count; i++) {
        enum status st = check_argument(ck, f, i, node->args[i]);

        if (st != OK)
            return st;
        any_series |= node->args[i]->type == MATH_SERIES;
    }
    switch (f->result) {
    case RESULT_SAME:
        node->type = node->args[0]->type;
        break;
    case RESULT_FOLD:
        node->type = node->args[0]->type == MATH_ARRAY ? MATH_SERIES : MATH_SCALAR;
        break;
    case RESULT_SCALAR:
        node->type = MATH_SCALAR;
        break;
    case RESULT_SERIES:
        node->type = MATH_SERIES;
        break;
    case RESULT_ARRAY:
        node->type = MATH_ARRAY;
        break;
    case RESULT_IF:
        node->type = any_series ? MATH_SERIES : MATH_SCALAR;
        break;
    }
    if (f->compute == math_search)
        return check_search(ck, node);
    return f->compute == math_period ? check_period(ck, node->args[0]) : OK;
}

static enum status
check_node(struct checker *ck, struct math_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        enum status st = check_node(ck, node->args[i]);

        if (st != OK)
            return st;
    }
    switch (node->kind) {
    case NODE_NUMBER:
        node->type = MATH_SCALAR;
        return OK;
    case NODE_TEXT:
        node->type = MATH_TEXT;
        return OK;
    case NODE_WORD:
        node->type = MATH_WORD;
        return OK;
    case NODE_ID:
        return check_id(ck, node);
    case NODE_LIST:
        return check_list(ck, node);
    case NODE_MINUS:
        return check_minus(ck, node);
    case NODE_BINARY:
        return check_binary(ck, node);
    case NODE_CALL:
        return check_call(ck, node);
    }
    return OK;
}

enum status
metric_math_check(struct metric_math *math, metric_math_lookup *lookup, void *arg,
                  enum math_type *out, struct err *err)
{
    struct checker ck = { math->arena, lookup, arg, err };
    enum status st = check_node(&ck, math->root);

    if (st != OK)
        return st;
    if (math->root->type == MATH_WORD)
        return fault(&ck, math->root, "%.40s is not an id: ids begin with a small letter",
                     math->root->text);
    if (math->root->type > MATH_ARRAY)
        return fault(&ck, math->root, "a text is not an expression");
    *out = math->root->type;
    return OK;
}

static enum status
visit_node(const struct math_node *node, metric_math_visit *visit, void *arg, struct err *err)
{
    enum status st = OK;

    if (node->kind == NODE_ID)
        return visit(arg, node->text, err);
    for (size_t i = 0; st == OK && i < node->count; i++)
        st = visit_node(node->args[i], visit, arg, err);
    return st;
}

enum status
metric_math_ids(const struct metric_math *math, metric_math_visit *visit, void *arg,
                struct err *err)
{
    return visit_node(math->root, visit, arg, err);
}

bool
metric_math_is_search(const struct metric_math *math)
{
    return math->root->kind == NODE_CALL && math->root->function->compute == math_search;
}

static bool
wants_period(const struct math_node *node)
{
    if (node->kind == NODE_CALL && node->function->compute == math_search && node->count < 3)
        return true;
    for (size_t i = 0; i < node->count; i++) {
        if (wants_period(node->args[i]))
            return true;
    }
    return false;
}

bool
metric_math_wants_period(const struct metric_math *math)
{
    return wants_period(math->root);
}
