/* test_metric_math.c - expressions: what they compute, and what is wrong with those that do not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"
#include "domain/metric_math.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0     1795392000000LL /* 2026-11-23T00:00:00Z, a Monday */
#define MINUTE 60000LL
#define SLOTS  5 /* minutes that are asked for */

/* --- a world of few series; "-" is a minute without a point --- */

struct sample {
    const char *id;
    double values[SLOTS];
    int64_t period_ms;
};

#define NO NAN
static const struct sample samples[] = {
    { "m1", { 30, 20, 0, 0, NO }, MINUTE },        { "m2", { 20, NO, 20, NO, NO }, MINUTE },
    { "c", { 1, 1, 0, 0, NO }, MINUTE },           { "yes", { 30, NO, 0, 0, 30 }, MINUTE },
    { "no", { 0, 0, 20, NO, 20 }, MINUTE },        { "gap", { NO, 10, NO, NO, 40 }, MINUTE },
    { "empty", { NO, NO, NO, NO, NO }, MINUTE },   { "neg", { -1.5, 2.5, -3, 4, NO }, MINUTE },
    { "wide", { 6, NO, NO, NO, NO }, 5 * MINUTE },
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static struct math_series series[SAMPLES];
static int64_t times[SAMPLES][SLOTS];
static double values[SAMPLES][SLOTS];

static void
make_series(void)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t n = 0;

        for (size_t k = 0; k < SLOTS; k++) {
            if (isnan(samples[i].values[k]))
                continue;
            times[i][n] = T0 + (int64_t)k * MINUTE;
            values[i][n++] = samples[i].values[k];
        }
        series[i] = (struct math_series){ .label = samples[i].id,
                                          .times_ms = times[i],
                                          .values = values[i],
                                          .count = n,
                                          .period_ms = samples[i].period_ms };
    }
}

static bool
lookup(void *arg, const char *id, enum math_type *type, bool *is_metric)
{
    (void)arg;
    for (size_t i = 0; i < SAMPLES; i++) {
        if (strcmp(samples[i].id, id) == 0) {
            *type = MATH_SERIES;
            *is_metric = true;
            return true;
        }
    }
    *type = strcmp(id, "all") == 0 ? MATH_ARRAY : MATH_SCALAR;
    *is_metric = false;
    return strcmp(id, "all") == 0 || strcmp(id, "seven") == 0;
}

static enum status
world_metrics(void *arg, const char *part, struct math_value *out, struct err *err)
{
    struct math_series *found = arena_alloc(arg, SAMPLES * sizeof *found);

    (void)err;
    *out = (struct math_value){ .type = MATH_ARRAY, .series = found };
    for (size_t i = 0; i < SAMPLES; i++) {
        if (part != NULL ? strstr(samples[i].id, part) != NULL : i < 2)
            found[out->count++] = series[i];
    }
    return OK;
}

static enum status
world_id(void *arg, const char *id, struct math_value *out, struct err *err)
{
    if (strcmp(id, "all") == 0)
        return world_metrics(arg, NULL, out, err);
    *out = (struct math_value){ .type = MATH_SCALAR, .scalar = 7 };
    for (size_t i = 0; i < SAMPLES; i++) {
        if (strcmp(samples[i].id, id) == 0)
            *out = (struct math_value){ .type = MATH_SERIES, .series = &series[i], .count = 1 };
    }
    return OK;
}

static enum status
world_search(void *arg, const struct series_search *search, const char *stat, int64_t period_ms,
             struct math_value *out, struct err *err)
{
    (void)search;
    (void)stat;
    assert_int_equal(period_ms, 60000);
    return world_metrics(arg, "m", out, err);
}

static void
world_range(void *arg, int64_t period_ms, int64_t *start_ms, int64_t *end_ms)
{
    (void)arg;
    *start_ms = T0 - T0 % period_ms;
    *end_ms = T0 + SLOTS * MINUTE;
}

static enum status
evaluate(struct arena *arena, const char *text, size_t budget, struct math_value *out,
         struct err *err)
{
    const struct math_world world = { .arg = arena,
                                      .id = world_id,
                                      .metrics = world_metrics,
                                      .search = world_search,
                                      .range = world_range,
                                      .period_ms = MINUTE,
                                      .points_left = &budget };
    struct metric_math *math;
    enum math_type type;
    enum status st = metric_math_parse(&math, arena, text, err);

    if (st == OK)
        st = metric_math_check(math, lookup, NULL, &type, err);
    if (st == OK)
        st = metric_math_eval(math, &world, arena, out, err);
    if (st == OK)
        assert_int_equal(out->type, type);
    return st;
}

/* "=5" a number, "1 - 3 - -" the minutes of a series, " | " between series */
static void
print_value(struct buf *b, const struct math_value *value)
{
    if (value->type == MATH_SCALAR) {
        buf_addf(b, "=%.10g", value->scalar);
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        const struct math_series *s = &value->series[i];
        size_t at = 0;

        buf_adds(b, i == 0 ? "" : " | ");
        for (int k = 0; k < SLOTS; k++) {
            buf_adds(b, k == 0 ? "" : " ");
            if (at < s->count && s->times_ms[at] == T0 + k * MINUTE)
                buf_addf(b, "%.10g", s->values[at++]);
            else
                buf_addc(b, '-');
        }
        assert_int_equal(at, s->count);
    }
}

static const struct {
    const char *text, *want;
} sums[] = {
    /* numbers and precedence */
    { "1+2*3", "=7" },
    { "(1+2)*3", "=9" },
    { "2^3^2", "=512" },
    { "-2^2", "=-4" },
    { "2^-1", "=0.5" },
    { "8/4/2", "=1" },
    { "1-2-3", "=-4" },
    { "--1", "=1" },
    { "1.5e2 - .5", "=149.5" },
    { "1/0", "=nan" },
    { "1 < 2 == 1", "=1" },
    { "1 OR 0 AND 0", "=1" },
    { "1 || 0 && 0", "=1" },
    { "2 > 1 AND 3 != 4", "=1" },
    { "seven*2", "=14" },
    /* series and numbers */
    { "m1*2", "60 40 0 0 -" },
    { "5-m1", "-25 -15 5 5 -" },
    { "-m1", "-30 -20 0 0 -" },
    { "60/m1", "2 3 - - -" },
    { "m1*(1/0)", "- - - - -" },
    /* two series: arithmetic needs both */
    { "m1+m2", "50 - 20 - -" },
    { "m1/m2", "1.5 - 0 - -" },
    { "m2/m1", "0.6666666667 - - - -" },
    { "m1*empty", "- - - - -" },
    /* the guide's own tables: a missing point is 0 to comparisons */
    { "m1 < m2", "0 0 1 0 -" },
    { "m1 >= 30", "1 0 0 0 -" },
    { "m1 > 15 AND m2 > 15", "1 0 0 0 -" },
    { "m1 > 15 || m2 > 15", "1 1 1 0 -" },
    { "IF(c, yes, no)", "30 0 20 - -" },
    { "IF(c, 5, no)", "5 5 20 - -" },
    { "IF(c, yes, 5)", "30 0 5 5 -" },
    { "IF(c, yes)", "30 0 - - -" },
    { "IF(c, 5, 6)", "5 5 6 6 -" },
    { "IF(1, yes, no)", "30 - 0 0 30" },
    { "IF(0, yes, no)", "0 0 20 - 20" },
    { "IF(0, yes)", "- - - - -" },
    { "IF(0, yes, 3)", "3 3 3 3 3" },
    { "IF(2 > 1, 4, 5)", "=4" },
    { "IF(m1 < 25, m1)", "- 20 0 0 -" },
    /* FILL */
    { "FILL(gap, 0)", "0 10 0 0 40" },
    { "FILL(gap, REPEAT)", "- 10 10 10 40" },
    { "FILL(gap, LINEAR)", "- 10 20 30 40" },
    { "FILL(gap, m1)", "30 10 0 0 40" },
    { "FILL(gap, MIN(m1)+1)", "1 10 1 1 40" },
    { "FILL(empty, 1)", "1 1 1 1 1" },
    { "FILL(empty, LINEAR)", "- - - - -" },
    { "FILL([m1, m2], 9)", "30 20 0 0 9 | 20 9 20 9 9" },
    { "m1+FILL(m2,0)", "50 20 20 0 -" },
    /* folds: one series gives a number, an array a series */
    { "SUM(m1)", "=50" },
    { "AVG(m1)", "=12.5" },
    { "MIN(neg)", "=-3" },
    { "MAX(neg)", "=4" },
    { "STDDEV(m1)", "=12.99038106" },
    { "DATAPOINT_COUNT(gap)", "=2" },
    { "DATAPOINT_COUNT(empty)", "=0" },
    { "AVG(empty)", "=nan" },
    { "SUM([m1, m2])", "50 20 20 0 -" },
    { "AVG([m1, m2])", "25 10 10 0 -" },
    { "MIN([m1, m2])", "20 20 0 0 -" },
    { "MAX([m1, m2])", "30 20 20 0 -" },
    { "STDDEV([m1, m2])", "5 0 10 0 -" },
    { "DATAPOINT_COUNT([m1, gap])", "1 2 1 1 1" },
    { "SUM(METRICS())", "50 20 20 0 -" },
    { "SUM([METRICS(\"m1\"), METRICS('m2')])", "50 20 20 0 -" },
    /* arrays */
    { "[m1, m2]*2", "60 40 0 0 - | 40 - 40 - -" },
    { "100/[m1, m2]", "3.333333333 5 - - - | 5 - 5 - -" },
    { "[m1, m2]/m1", "1 1 - - - | 0.6666666667 - - - -" },
    { "[m1, m2]-[m2, m1]", "10 - -20 - - | -10 - 20 - -" },
    { "-[m1, m2]", "-30 -20 0 0 - | -20 - -20 - -" },
    { "FIRST([m1, m2])", "30 20 0 0 -" },
    { "LAST([m1, m2])", "20 - 20 - -" },
    { "METRIC_COUNT([m1, m2, c])", "=3" },
    { "SLICE([m1, m2, c], 1)", "20 - 20 - - | 1 1 0 0 -" },
    { "SLICE([m1, m2, c], 1, 2)", "20 - 20 - -" },
    { "SLICE([m1, m2], 5)", "" },
    { "SORT([m1, m2, c, empty], AVG, DESC)", "20 - 20 - - | 30 20 0 0 - | 1 1 0 0 - | - - - - -" },
    { "SORT([m1, m2, c, empty], AVG, ASC, 2)", "1 1 0 0 - | 30 20 0 0 -" },
    { "SORT([m1, m2], SUM, ASC)", "20 - 20 - - | 30 20 0 0 -" },
    { "REMOVE_EMPTY([empty, m2])", "20 - 20 - -" },
    { "all/2", "15 10 0 0 - | 10 - 10 - -" },
    { "SEARCH('{N} LCP', 'p75', 60)", "30 20 0 0 - | 20 - 20 - - | - - - - -" },
    /* along a series */
    { "ABS(neg)", "1.5 2.5 3 4 -" },
    { "CEIL(neg)", "-1 3 -3 4 -" },
    { "FLOOR(neg)", "-2 2 -3 4 -" },
    { "LOG(m1)", "3.401197382 2.995732274 - - -" },
    { "LOG10(m1*10/3)", "2 1.823908741 - - -" },
    { "DIFF(m1)", "- -10 -20 0 -" },
    { "DIFF(m2)", "- - 0 - -" },
    { "DIFF_TIME(gap)", "- - - - 180" },
    { "RATE(gap)", "- - - - 0.1666666667" },
    { "RUNNING_SUM(m1)", "30 50 50 50 -" },
    { "PERIOD(m1)", "=60" },
    { "PERIOD(wide)", "=300" },
    { "m1/PERIOD(m1)", "0.5 0.3333333333 0 0 -" },
    { "TIME_SERIES(3)", "3 3 3 3 3" },
    { "EPOCH(gap) - 1795392000", "0 60 120 180 240" },
    { "MINUTE(gap)", "0 1 2 3 4" },
    { "HOUR(m1)", "0 0 0 0 0" },
    { "DAY(m1)", "1 1 1 1 1" },
    { "DATE(m1)", "23 23 23 23 23" },
    { "MONTH(m1)", "11 11 11 11 11" },
    { "YEAR(m1)", "2026 2026 2026 2026 2026" },
    /* mixed periods meet where their times agree */
    { "m1/wide", "5 - - - -" },
    { "SUM([m1, wide])", "36 20 0 0 -" },
};

static void
expressions_compute_what_the_guide_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        struct arena *arena = arena_new();
        struct math_value value;
        struct err err;
        struct buf b;

        buf_init(&b, 65536);
        if (evaluate(arena, sums[i].text, 100000, &value, &err) != OK)
            fail_msg("%s: %s", sums[i].text, err.text);
        print_value(&b, &value);
        if (strcmp(b.data, sums[i].want) != 0)
            fail_msg("%s: %s, not %s", sums[i].text, b.data, sums[i].want);
        buf_fini(&b);
        arena_free(arena);
    }
}

static const struct {
    const char *text;
    enum status status;
    const char *want;
} faults[] = {
    { "", E_INVALID,
      "at character 1: expected a number, an id or a function, but the expression ends" },
    { "m1 +", E_INVALID,
      "at character 5: expected a number, an id or a function, but the expression ends" },
    { "m1 m2", E_INVALID, "at character 4: expected an operator, not m2" },
    { "m1 ? 2", E_INVALID, "at character 4: expected an operator, not ?" },
    { "(m1", E_INVALID, "at character 4: expected ')', but the expression ends" },
    { "[m1, ", E_INVALID,
      "at character 6: expected a number, an id or a function, but the expression ends" },
    { "[m1; m2]", E_INVALID, "at character 4: expected ',' or ']', not ;" },
    { "[]", E_INVALID, "at character 1: an array needs at least one time series" },
    { "[m1, 2]", E_INVALID, "at character 6: an array holds time series, not a number" },
    { "1.2.3", E_INVALID, "at character 1: 1.2.3 is not a number" },
    { "5x", E_INVALID, "at character 1: 5x is not a number" },
    { "METRICS('a", E_INVALID, "at character 9: the text that begins here has no closing '" },
    { "avg(m1)", E_INVALID,
      "at character 1: there is no function avg (functions are written in capitals)" },
    { "MEDIAN(m1)", E_INVALID,
      "at character 1: there is no function MEDIAN (functions are written in capitals)" },
    { "AVG()", E_INVALID, "at character 1: AVG takes 1 arguments, not 0" },
    { "IF(m1)", E_INVALID, "at character 1: IF takes 2 to 3 arguments, not 1" },
    { "m9", E_INVALID, "at character 1: there is no query with the id m9" },
    { "M1*2", E_INVALID, "at character 3: * takes numbers and time series, not a word" },
    { "REPEAT", E_INVALID, "at character 1: REPEAT is not an id: ids begin with a small letter" },
    { "'text'", E_INVALID, "at character 1: a text is not an expression" },
    { "FILL(m1, NEVER)", E_INVALID, "at character 10: argument 2 of FILL is one of REPEAT LINEAR" },
    { "FILL(m1, [m1])", E_INVALID,
      "at character 10: argument 2 of FILL must be a number or a time series, not an array of time "
      "series" },
    { "SORT(all, P99, ASC)", E_INVALID,
      "at character 11: argument 2 of SORT is one of AVG MIN MAX SUM" },
    { "SORT(all, AVG, 1)", E_INVALID, "at character 16: argument 3 of SORT is one of ASC DESC" },
    { "SORT(m1, AVG, ASC)", E_INVALID,
      "at character 6: argument 1 of SORT must be an array of time series, not a time series" },
    { "ABS(3)", E_INVALID,
      "at character 5: argument 1 of ABS must be a time series or an array of them, not a number" },
    { "HOUR(all)", E_INVALID,
      "at character 6: argument 1 of HOUR must be a time series, not an array of time series" },
    { "all > 3", E_INVALID,
      "at character 5: > takes numbers and time series, not an array of time series" },
    { "m1 AND 'x'", E_INVALID, "at character 4: AND takes numbers and time series, not a text" },
    { "PERIOD(m1*2)", E_INVALID,
      "at character 10: PERIOD takes the id of a metric, not an expression" },
    { "SEARCH('{N', 'Sum', 60)", E_INVALID,
      "at character 8: SEARCH, character 3: expected ',' or '}'" },
    { "SEARCH('', 'Sum', 60)", E_INVALID,
      "at character 8: SEARCH, character 1: something is missing at the end" },
    { "SEARCH('x', 'p101', 60)", E_INVALID, "at character 13: p101 is not a statistic: expected " },
    { "SEARCH('x', 'Sum', 61)", E_INVALID,
      "at character 20: a period is 1, 5, 10, 20, 30 or a multiple of 60 seconds" },
    { "SEARCH('x', 'Sum', SUM(m1))", E_INVALID,
      "at character 20: the period of SEARCH is a number of seconds" },
    { "[m1,m2] + [m1]", E_INVALID,
      "at character 9: + of an array of 2 and an array of 1 time series" },
    { "SLICE(all, 0-1)", E_INVALID,
      "at character 1: SLICE counts time series with whole numbers from 0" },
    { "SORT(all, AVG, ASC, 1.5)", E_INVALID,
      "at character 1: SORT counts time series with whole numbers from 0" },
    { "ANOMALY_DETECTION_BAND(m1, 2)", E_UNSUPPORTED,
      "at character 1: obsview does not compute ANOMALY_DETECTION_BAND (see: obsview help aws)" },
    { "1 + SERVICE_QUOTA(m1)", E_UNSUPPORTED,
      "at character 5: obsview does not compute SERVICE_QUOTA (see: obsview help aws)" },
    { "DB_PERF_INSIGHTS('RDS','db-1','db.load.avg')", E_UNSUPPORTED,
      "at character 1: obsview does not compute DB_PERF_INSIGHTS (see: obsview help aws)" },
    { "INSIGHT_RULE_METRIC(m1)", E_UNSUPPORTED,
      "at character 1: obsview does not compute INSIGHT_RULE_METRIC (see: obsview help aws)" },
    { "LAMBDA('x')", E_UNSUPPORTED,
      "at character 1: obsview does not compute LAMBDA (see: obsview help aws)" },
    { " select AVG(x) FROM y", E_UNSUPPORTED,
      "Metrics Insights queries (SELECT ...) are not computed by obsview: name the metrics, or "
      "find "
      "them with SEARCH()" },
};

static void
faults_say_where_and_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct arena *arena = arena_new();
        struct math_value value;
        struct err err = { 0 };
        enum status st = evaluate(arena, faults[i].text, 100000, &value, &err);

        if (st != faults[i].status || err.code != st)
            fail_msg("%s: status %d, %s", faults[i].text, (int)st, err.text);
        if (strncmp(err.text, faults[i].want, strlen(faults[i].want)) != 0)
            fail_msg("%s: %s, not %s", faults[i].text, err.text, faults[i].want);
        arena_free(arena);
    }
}

/* A text of `count` times `part`, and `end` behind. */
static enum status
repeated(const char *part, int count, const char *end, struct err *err)
{
    struct arena *arena = arena_new();
    struct math_value value;
    struct buf b;
    enum status st;

    buf_init(&b, 65536);
    for (int i = 0; i < count; i++)
        buf_adds(&b, part);
    buf_adds(&b, end);
    st = evaluate(arena, b.data, 1000000, &value, err);
    buf_fini(&b);
    arena_free(arena);
    return st;
}

static void
everything_has_a_bound(void **state)
{
    struct arena *arena = arena_new();
    struct math_value value;
    struct err err;

    (void)state;
    assert_int_equal(repeated("1+", 1000, "m1", &err), OK);
    assert_int_equal(repeated("1+", 1100, "m1", &err), E_LIMIT);
    assert_string_equal(err.text, "an expression has at most 2048 characters");
    assert_int_equal(repeated("(", 200, "m1", &err), E_LIMIT);
    assert_string_equal(err.text, "at character 65: nested deeper than 64 levels");
    assert_int_equal(repeated("-", 200, "m1", &err), E_LIMIT);
    assert_int_equal(repeated("2^", 200, "2", &err), E_LIMIT);
    assert_int_equal(evaluate(arena, "TIME_SERIES(1)", 4, &value, &err), E_LIMIT);
    assert_int_equal(evaluate(arena, "TIME_SERIES(1)", 5, &value, &err), OK);
    arena_free(arena);
}

/* A series without points is small, but a list can hold any number of them. */
static void
series_are_bounded_like_points(void **state)
{
    static const char *const texts[] = {
        "[empty, empty, empty, empty]",
        "ABS([empty, empty, empty])",
        "-[empty, empty, empty]",
        "[empty, empty, empty] + 1",
        "SORT([empty, empty, empty], AVG, DESC)",
        "REMOVE_EMPTY([empty, empty, empty])",
    };
    struct arena *arena = arena_new();
    struct math_value value;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const size_t least = i == 0 ? 4 * MATH_SERIES_POINTS : 6 * MATH_SERIES_POINTS;

        if (evaluate(arena, texts[i], least, &value, &err) != OK)
            fail_msg("%s: %s", texts[i], err.text);
        if (evaluate(arena, texts[i], least - 1, &value, &err) != E_LIMIT)
            fail_msg("%s is computed with a budget of %zu", texts[i], least - 1);
    }
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_compute_what_the_guide_says),
        cmocka_unit_test(faults_say_where_and_what),
        cmocka_unit_test(everything_has_a_bound),
        cmocka_unit_test(series_are_bounded_like_points),
    };

    make_series();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
