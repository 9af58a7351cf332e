/* rds.h - asking RDS: Aurora's clusters, their instances, what happened to them, how many
 * connections their parameters allow.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. */
#ifndef OV_AWS_RDS_H
#define OV_AWS_RDS_H

#include "aws/listing.h"
#include "base/mem.h"
#include "domain/database.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDS_ITEMS_MAX 1000 /* clusters, or instances, or events */

/* In the arena. `err` NULL: all is well. `partial`: there are more. */
typedef void rds_clusters_done(void *arg, const struct db_cluster *clusters, size_t count,
                               bool partial, const struct err *err);
typedef void rds_instances_done(void *arg, const struct db_instance *instances, size_t count,
                                bool partial, const struct err *err);
typedef void rds_events_done(void *arg, const struct db_event *events, size_t count, bool partial,
                             const struct err *err); /* newest first */
/* The text of max_connections, NULL when the group does not have it. */
typedef void rds_parameter_done(void *arg, const char *value, const struct err *err);

struct listing *rds_clusters(struct aws_client *client, struct arena *arena,
                             rds_clusters_done *done, void *arg);
struct listing *rds_instances(struct aws_client *client, struct arena *arena,
                              rds_instances_done *done, void *arg);
/* RDS keeps events for 14 days: an earlier `from_ms` is brought there. */
struct listing *rds_events(struct aws_client *client, struct arena *arena, int64_t from_ms,
                           int64_t to_ms, rds_events_done *done, void *arg);
struct listing *rds_max_connections(struct aws_client *client, struct arena *arena,
                                    const char *parameter_group, rds_parameter_done *done,
                                    void *arg);

#endif
