/* db_limit.h - how much a database may do, and whether it does more.
 * SPDX-License-Identifier: MIT
 *
 * "Alert if Aurora CPU exceeds 70% or connection count exceeds 80% of max_connections": to exceed
 * is to be above, so 70.0 % and 80 of 100 are still well, and 70.1 % and 81 are not. Where the
 * maximum is not known nothing is said about connections, above all not that all is well. */
#ifndef OV_DOMAIN_DB_LIMIT_H
#define OV_DOMAIN_DB_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_CPU_LINE         70.0 /* percent */
#define DB_CONNECTIONS_LINE 80.0 /* percent of the maximum */

/* --- the class of an instance --- */

struct db_class {
    double vcpus;
    double memory_gib;
    bool has_credits; /* T: it may spend more CPU than it earns */
};
/* "db.t4g.medium"; false for one that is not known. "db.serverless" has no size of its own. */
bool db_class_find(struct db_class *out, const char *name);

/* --- how many connections it takes --- */

enum db_limit_source {
    DB_LIMIT_UNKNOWN,
    DB_LIMIT_PARAMETER, /* a number in the parameter group */
    DB_LIMIT_CLASS,     /* the formula over the memory of the class */
    DB_LIMIT_CAPACITY   /* the same over the memory of the greatest capacity (serverless) */
};

struct db_limit {
    double connections; /* NaN when unknown */
    enum db_limit_source source;
    bool is_estimate; /* what the system keeps of the memory is AWS's own, within some 4 % */
};

/* What an instance is, as RDS describes it. */
struct db_shape {
    const char *class_name;
    double least_acu, most_acu; /* of a serverless one */
    /* max_connections of its parameter group: a number, AWS's formula
     * "LEAST({DBInstanceClassMemory/9531392},5000)" with any numbers in it, or anything else, which
     * makes the limit unknown. NULL or "": not told, taken to be AWS's own. */
    const char *parameter;
    /* NULL or "": Aurora PostgreSQL. Of another only a number says how many. */
    const char *engine;
};
struct db_limit db_limit_of(const struct db_shape *shape);
/* "parameter group", "formula by class", "formula by greatest capacity", "unknown" */
const char *db_limit_source_name(enum db_limit_source source);

/* --- judgements --- */

enum db_verdict { DB_CANNOT_JUDGE, DB_WELL, DB_OVER };

enum db_verdict db_judge_cpu(double percent); /* NaN cannot be judged */
/* NaN for either, or no maximum, cannot be judged. */
enum db_verdict db_judge_connections(double connections, double max);
/* Average active sessions: more than there are virtual CPUs and some of them wait. */
enum db_verdict db_judge_load(double sessions, double vcpus);

/* --- whose it is --- */

enum db_share_method { DB_SHARE_UNKNOWN, DB_SHARE_CONNECTIONS, DB_SHARE_LOAD };

struct db_share {
    double percent; /* NaN when unknown */
    enum db_share_method method;
};
/* A user's part of the connections where both are known, else of the load. NaN: not known. */
struct db_share db_share_of(double connections, double all_connections, double load,
                            double all_load);
/* "by connections", "by load (active sessions)", "unknown" */
const char *db_share_method_name(enum db_share_method method);

/* --- before and after --- */

#define DB_SAMPLES_LEAST  5    /* on each side, else nothing is said */
#define DB_GROWTH_PERCENT 15.0 /* more is worse, when chance does not explain it */

enum db_change_verdict {
    DB_CHANGE_UNKNOWN, /* too few samples */
    DB_CHANGE_NONE,
    DB_CHANGE_WORSE, /* grew by more than that, and by more than twice its standard error */
    DB_CHANGE_OVER   /* passed the line, which it was not above before */
};

struct db_change {
    double before, after; /* means; NaN without samples */
    double percent;       /* of the first; NaN when that is nothing */
    size_t before_count, after_count;
    enum db_change_verdict verdict;
};

/* A series at ascending times, cut at `mark_ms`: samples of [mark - span, mark) against those of
 * [mark, mark + span). More is worse. NaN values do not count; `line` may be NaN: there is none. */
struct db_change db_compare(const int64_t *times_ms, const double *values, size_t count,
                            int64_t mark_ms, int64_t span_ms, double line);

/* Per day, by the first and the last sample; NaN when they are less than six hours apart. */
double db_growth_a_day(const int64_t *times_ms, const double *values, size_t count);

#endif
