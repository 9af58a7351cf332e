/* aurora_parts.h - what the files of the Aurora view share: measures, users, panels.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_AURORA_PARTS_H
#define OV_TUI_VIEWS_AURORA_PARTS_H

#include "tui/views/databases.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AURORA_METRICS_SOURCE  "CloudWatch GetMetricData"
#define AURORA_RDS_SOURCE      "RDS"
#define AURORA_INSIGHTS_SOURCE "Performance Insights, " USER_NAMESPACE

/* --- measures --- */

#define MEASURES_MAX 48

struct measure {
    const char *key, *name;
    const struct series *series;
    double now, most;
    double line; /* above it is too much; NaN: there is none */
    double full; /* of the gauge; NaN: none */
    enum level level;
    const char *note;
};

struct measures {
    struct arena *arena;
    struct measure list[MEASURES_MAX];
    size_t count;
    unsigned over; /* instances beyond a line */
};

void aurora_measure_add_cpu(struct measures *all, const struct view_query *q,
                            const struct database *db, const struct db_instance *instance);
void aurora_measure_add_connections(struct measures *all, const struct view_query *q,
                                    const struct database *db, const struct db_instance *instance);
/* All of a cluster: those two of each instance, then what else is published of the writer. */
void aurora_measures_gather(struct measures *all, const struct view_query *q,
                            const struct database *db);
/* `db` NULL: there is no cluster. */
void aurora_measures_build(struct panel *panel, struct measures *all, const struct view_query *q,
                           const struct database *db);
enum level aurora_measures_worst(const struct measures *all);
double aurora_measure_last(const struct series *series); /* the last value there is; NaN: none */
const char *aurora_measures_no_cluster(const struct view_query *q); /* the sentence */

/* "bytes", "backup", "schema" of the cluster, over a week; NULL: not published. */
const struct metric_points *aurora_storage_points(struct arena *arena, const struct view_query *q,
                                                  const struct database *db, const char *id);
double aurora_storage_last(const struct metric_points *points);
double aurora_storage_growth(const struct metric_points *points); /* bytes a day; NaN: not known */
const char *aurora_storage_growth_text(struct arena *arena, double bytes_a_day);

/* --- users --- */

struct user {
    const char *name;
    double connections, load;
    const struct series *trend;
};

struct users {
    struct user list[DATABASE_USERS_MAX + 16];
    size_t count;
    double connections, load; /* of all */
    bool has_connections, has_load;
};

void aurora_users_gather(struct users *users, struct arena *arena, const struct view_query *q,
                         const struct database *db);
void aurora_users_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                        const struct database *db, const struct users *users);
struct db_share aurora_users_umami_share(const struct users *users);

/* --- the cluster itself --- */

void aurora_cluster_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                          const struct database *db, const struct users *users);
enum level aurora_cluster_status_level(const char *status);

/* --- before and after --- */

struct moment {
    int64_t time_ms; /* 0: there is none */
    const char *label;
};

/* The marked time, else the newest deployment of the range. */
struct moment aurora_moment_find(struct arena *arena, const struct view_query *q);
/* Of one measure, around q->mark_ms inside the range; false: more of it is no decline. */
bool aurora_change_of(struct db_change *out, struct arena *arena, const struct view_query *q,
                      const struct measure *m);
void aurora_change_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                         const struct measures *all, const struct moment *moment);

#endif
