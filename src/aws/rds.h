/* rds.h - asking RDS: Aurora's clusters, their instances, what happened to them, how many
 * connections their parameters allow.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. */
#ifndef OV_AWS_RDS_H
#define OV_AWS_RDS_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDS_ITEMS_MAX   1000 /* clusters, or instances, or events */
#define RDS_MEMBERS_MAX 16   /* of a cluster: a writer and fifteen readers (Aurora User Guide) */

struct rds_member {
    const char *instance;
    bool is_writer;
};

/* Texts are "" when not told. */
struct rds_cluster {
    const char *id;
    const char *status; /* "available" */
    const char *engine; /* "aurora-postgresql" */
    const char *version;
    const char *parameter_group;
    const struct rds_member *members;
    size_t member_count;
    double least_acu, most_acu; /* 0: no serverless one */
    int64_t backup_days;
    int64_t restorable_ms; /* the newest moment it can be restored to; 0: not told */
};

struct rds_instance {
    const char *id;
    const char *cluster; /* "": stands alone */
    const char *class_name;
    const char *status;
    const char *engine;
    const char *resource_id; /* "db-ABC...": how Performance Insights knows it */
    bool has_insights;       /* Performance Insights is on */
};

struct rds_event {
    const char *source; /* of an instance, or a cluster */
    const char *message;
    const char *category; /* the first of them */
    int64_t time_ms;
};

struct rds_job; /* under way; gone once `done` was called */

/* In the arena. `err` NULL: all is well. `partial`: there are more. */
typedef void rds_clusters_done(void *arg, const struct rds_cluster *clusters, size_t count,
                               bool partial, const struct err *err);
typedef void rds_instances_done(void *arg, const struct rds_instance *instances, size_t count,
                                bool partial, const struct err *err);
typedef void rds_events_done(void *arg, const struct rds_event *events, size_t count, bool partial,
                             const struct err *err); /* newest first */
/* The text of max_connections, NULL when the group does not have it. */
typedef void rds_parameter_done(void *arg, const char *value, const struct err *err);

struct rds_job *rds_clusters(struct aws_client *client, struct arena *arena,
                             rds_clusters_done *done, void *arg);
struct rds_job *rds_instances(struct aws_client *client, struct arena *arena,
                              rds_instances_done *done, void *arg);
/* RDS keeps events for 14 days: an earlier `from_ms` is brought there. */
struct rds_job *rds_events(struct aws_client *client, struct arena *arena, int64_t from_ms,
                           int64_t to_ms, rds_events_done *done, void *arg);
struct rds_job *rds_max_connections(struct aws_client *client, struct arena *arena,
                                    const char *parameter_group, rds_parameter_done *done,
                                    void *arg);
void rds_cancel(struct rds_job *job); /* NULL is fine */

#endif
