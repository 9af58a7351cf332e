/* database.h - Aurora as RDS tells it: clusters, their instances, and what happened to them.
 * SPDX-License-Identifier: MIT
 *
 * Texts are "" when not told. */
#ifndef OV_DOMAIN_DATABASE_H
#define OV_DOMAIN_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_MEMBERS_MAX 16 /* of a cluster: a writer and fifteen readers (Aurora User Guide) */

struct db_member {
    const char *instance;
    bool is_writer;
};

struct db_cluster {
    const char *id;
    const char *status; /* "available" */
    const char *engine; /* "aurora-postgresql" */
    const char *version;
    const char *parameter_group;
    const struct db_member *members;
    size_t member_count;
    double least_acu, most_acu; /* 0: no serverless one */
    int64_t backup_days;
    int64_t restorable_ms; /* the newest moment it can be restored to; 0: not told */
};

struct db_instance {
    const char *id;
    const char *cluster; /* "": stands alone */
    const char *class_name;
    const char *status;
    const char *engine;
    const char *resource_id; /* "db-ABC...": how Performance Insights knows it */
    bool has_insights;       /* Performance Insights is on */
};

struct db_event {
    const char *source; /* of an instance, or a cluster */
    const char *message;
    const char *category; /* the first of them */
    int64_t time_ms;
};

#endif
