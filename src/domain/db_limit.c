/* db_limit.c - classes, the formula of max_connections, lines and comparisons.
 * SPDX-License-Identifier: MIT
 *
 * Aurora PostgreSQL's default is LEAST({DBInstanceClassMemory/9531392},5000) (Amazon Aurora User
 * Guide, "Managing performance and scaling for Aurora PostgreSQL"). DBInstanceClassMemory is what
 * the system leaves of the memory, which AWS does not print by class. It prints the maximum by
 * capacity of Aurora Serverless v2, whose unit is 2 GiB: 1 ACU 189, 4 ACU 823, 8 ACU 1669, 16 ACU
 * 3360, from 32 ACU on 5000. A straight line goes through all of these, and is taken between and
 * for classes too. */
#include "config.h"

#include "domain/db_limit.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(A) (sizeof(A) / sizeof((A)[0]))

#define FORMULA_DIVISOR 9531392.0
#define FORMULA_MOST    5000.0
#define USABLE_SHARE    0.9385
#define USABLE_LESS_GIB 0.20
#define GIB             1073741824.0
#define ACU_GIB         2.0
/* Serverless that may go down to nothing, or to half a unit, takes no more than this. */
#define SMALL_LEAST_ACU 0.5
#define SMALL_MOST      2000.0

#define DAY_MS       86400000.0
#define GROWTH_LEAST 0.25 /* days */
#define ERRORS_LEAST 2.0  /* standard errors that chance seldom makes */

/* Aurora's families (Amazon Aurora User Guide, "Aurora DB instance classes"). */
static const struct {
    const char *name;
    double gib_per_vcpu;
    bool has_credits;
} families[] = {
    { "t3", 4, true },    { "t4g", 4, true },     { "m5", 4, false },   { "m6g", 4, false },
    { "m7g", 4, false },  { "r4", 7.625, false }, { "r5", 8, false },   { "r6g", 8, false },
    { "r6gd", 8, false }, { "r6i", 8, false },    { "r6id", 8, false }, { "r7g", 8, false },
    { "r7i", 8, false },  { "r8g", 8, false },    { "r8gd", 8, false }, { "x2g", 16, false },
};

/* Sizes that are not so many times xlarge; memory of the first three is the family's own. */
static const struct {
    const char *name;
    double vcpus;
    double gib; /* 0: by the family */
} sizes[] = {
    { "micro", 2, 1 }, { "small", 2, 2 }, { "medium", 2, 4 }, { "large", 2, 0 }, { "xlarge", 4, 0 },
};

static bool
find_size(const char *size, double *vcpus, double *gib)
{
    char *end;
    unsigned long times;

    *gib = 0;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        if (strcmp(sizes[i].name, size) == 0) {
            *vcpus = sizes[i].vcpus;
            *gib = sizes[i].gib;
            return true;
        }
    }
    if (*size < '1' || *size > '9')
        return false;
    times = strtoul(size, &end, 10);
    *vcpus = 4.0 * (double)times;
    return strcmp(end, "xlarge") == 0 && times <= 64;
}

bool
db_class_find(struct db_class *out, const char *name)
{
    const char *family, *dot;
    double vcpus, gib;

    if (name == NULL || strncmp(name, "db.", 3) != 0)
        return false;
    family = name + 3;
    dot = strchr(family, '.');
    if (dot == NULL || !find_size(dot + 1, &vcpus, &gib))
        return false;
    for (size_t i = 0; i < COUNT(families); i++) {
        size_t len = strlen(families[i].name);

        if (len != (size_t)(dot - family) || strncmp(families[i].name, family, len) != 0)
            continue;
        if (gib > 0 && !families[i].has_credits)
            return false;
        *out = (struct db_class){ .vcpus = vcpus,
                                  .memory_gib = gib > 0 ? gib : vcpus * families[i].gib_per_vcpu,
                                  .has_credits = families[i].has_credits };
        return true;
    }
    return false;
}

/* --- how many connections it takes --- */

struct formula {
    double divisor, most;
};

/* "LEAST({DBInstanceClassMemory/9531392},5000)" */
static bool
read_formula(struct formula *out, const char *text)
{
    static const char head[] = "LEAST({DBInstanceClassMemory/";
    char *end;

    if (strncmp(text, head, sizeof head - 1) != 0)
        return false;
    text += sizeof head - 1;
    out->divisor = strtod(text, &end);
    if (end == text || strncmp(end, "},", 2) != 0)
        return false;
    text = end + 2;
    out->most = strtod(text, &end);
    return end != text && strcmp(end, ")") == 0 && out->divisor >= 1 && out->most >= 1;
}

static double
connections_of(double memory_gib, const struct formula *formula)
{
    double usable = (USABLE_SHARE * memory_gib - USABLE_LESS_GIB) * GIB;
    double connections = floor(usable / formula->divisor + 0.1);

    return connections > formula->most ? formula->most : connections; /* NaN stays */
}

static double
memory_of(const struct db_shape *shape, enum db_limit_source *source)
{
    struct db_class class;

    if (shape->class_name != NULL && strcmp(shape->class_name, "db.serverless") == 0) {
        *source = DB_LIMIT_CAPACITY;
        return shape->most_acu > 0 ? shape->most_acu * ACU_GIB : (double)NAN;
    }
    *source = DB_LIMIT_CLASS;
    return db_class_find(&class, shape->class_name) ? class.memory_gib : (double)NAN;
}

/* That of Aurora MySQL has logarithms in it, and its own memory. */
static bool
has_other_formula(const char *engine)
{
    return engine != NULL && *engine != '\0' && strstr(engine, "postgres") == NULL;
}

struct db_limit
db_limit_of(const struct db_shape *shape)
{
    static const struct db_limit unknown = { .connections = NAN };
    struct formula formula = { FORMULA_DIVISOR, FORMULA_MOST };
    const char *parameter = shape->parameter;
    struct db_limit limit = { .is_estimate = true };
    double number;

    if (parameter != NULL && text_parse_double(&number, parameter))
        return number >= 1
                   ? (struct db_limit){ .connections = number, .source = DB_LIMIT_PARAMETER }
                   : unknown;
    if (parameter != NULL && *parameter != '\0' && !read_formula(&formula, parameter))
        return unknown;
    if (has_other_formula(shape->engine))
        return unknown;
    limit.connections = connections_of(memory_of(shape, &limit.source), &formula);
    if (!(limit.connections >= 1))
        return unknown;
    if (limit.source == DB_LIMIT_CAPACITY && shape->least_acu <= SMALL_LEAST_ACU &&
        limit.connections > SMALL_MOST)
        limit.connections = SMALL_MOST;
    return limit;
}

const char *
db_limit_source_name(enum db_limit_source source)
{
    static const char *const names[] = {
        [DB_LIMIT_UNKNOWN] = "unknown",
        [DB_LIMIT_PARAMETER] = "parameter group",
        [DB_LIMIT_CLASS] = "formula by class",
        [DB_LIMIT_CAPACITY] = "formula by greatest capacity",
    };

    return names[source];
}

/* --- judgements --- */

static enum db_verdict
judge(double value, double line)
{
    if (isnan(value) || isnan(line))
        return DB_CANNOT_JUDGE;
    return value > line ? DB_OVER : DB_WELL;
}

enum db_verdict
db_judge_cpu(double percent)
{
    return judge(percent, DB_CPU_LINE);
}

/* Multiplied, not divided: 80 of 100 is 80 % to the last bit. */
enum db_verdict
db_judge_connections(double connections, double max)
{
    if (!(max > 0))
        return DB_CANNOT_JUDGE;
    return judge(connections * 100, max * DB_CONNECTIONS_LINE);
}

enum db_verdict
db_judge_load(double sessions, double vcpus)
{
    return judge(sessions, vcpus > 0 ? vcpus : (double)NAN);
}

/* --- whose it is --- */

static double
percent_of(double part, double whole)
{
    return whole > 0 && part >= 0 && part <= whole ? 100 * part / whole : (double)NAN;
}

struct db_share
db_share_of(double connections, double all_connections, double load, double all_load)
{
    double percent = percent_of(connections, all_connections);

    if (!isnan(percent))
        return (struct db_share){ percent, DB_SHARE_CONNECTIONS };
    percent = percent_of(load, all_load);
    return (struct db_share){ percent, isnan(percent) ? DB_SHARE_UNKNOWN : DB_SHARE_LOAD };
}

const char *
db_share_method_name(enum db_share_method method)
{
    static const char *const names[] = {
        [DB_SHARE_UNKNOWN] = "unknown",
        [DB_SHARE_CONNECTIONS] = "by connections",
        [DB_SHARE_LOAD] = "by load (active sessions)",
    };

    return names[method];
}

/* --- before and after --- */

struct side {
    double sum, square_sum;
    size_t count;
};

static void
add_sample(struct side *side, double value)
{
    side->sum += value;
    side->square_sum += value * value;
    side->count++;
}

static double
mean_of(const struct side *side)
{
    return side->count == 0 ? (double)NAN : side->sum / (double)side->count;
}

/* The square of the standard error of the mean. */
static double
square_error(const struct side *side)
{
    double n = (double)side->count, mean = mean_of(side);
    double variance = side->count < 2 ? 0 : (side->square_sum - n * mean * mean) / (n - 1);

    return variance > 0 ? variance / n : 0;
}

static enum db_change_verdict
verdict_of(const struct db_change *change, const struct side *before, const struct side *after,
           double line)
{
    double error = sqrt(square_error(before) + square_error(after));
    double growth = change->after - change->before;

    if (before->count < DB_SAMPLES_LEAST || after->count < DB_SAMPLES_LEAST)
        return DB_CHANGE_UNKNOWN;
    if (!isnan(line) && change->after > line && change->before <= line)
        return DB_CHANGE_OVER;
    if (growth > ERRORS_LEAST * error && growth * 100 > change->before * DB_GROWTH_PERCENT)
        return DB_CHANGE_WORSE;
    return DB_CHANGE_NONE;
}

struct db_change
db_compare(const int64_t *times_ms, const double *values, size_t count, int64_t mark_ms,
           int64_t span_ms, double line)
{
    struct side before = { 0 }, after = { 0 };
    struct db_change change;

    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]) || times_ms[i] < mark_ms - span_ms || times_ms[i] >= mark_ms + span_ms)
            continue;
        add_sample(times_ms[i] < mark_ms ? &before : &after, values[i]);
    }
    change = (struct db_change){ .before = mean_of(&before),
                                 .after = mean_of(&after),
                                 .before_count = before.count,
                                 .after_count = after.count };
    change.percent =
        change.before > 0 ? 100 * (change.after - change.before) / change.before : (double)NAN;
    change.verdict = verdict_of(&change, &before, &after, line);
    return change;
}

double
db_growth_a_day(const int64_t *times_ms, const double *values, size_t count)
{
    double days;

    if (count < 2)
        return (double)NAN;
    days = (double)(times_ms[count - 1] - times_ms[0]) / DAY_MS;
    return days >= GROWTH_LEAST ? (values[count - 1] - values[0]) / days : (double)NAN;
}
