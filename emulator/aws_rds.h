/* aws_rds.h - what RDS's operations have in common: filters, pages, times of a database.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_RDS_H
#define OV_EMULATOR_AWS_RDS_H

#include "emulator/inventory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDS_FILTERS_MAX 20 /* of a request, and of the values of each */

struct rds_filter {
    const char *name;
    const char *const *values;
    size_t count;
};

struct rds_filters {
    struct rds_filter items[RDS_FILTERS_MAX];
    size_t count;
};

/* Filters; `known` are the names that the operation takes, and ends with NULL. */
MUST_CHECK enum status rds_filters_read(struct aws_call *call, const char *const *known,
                                        struct rds_filters *out);
/* Whether one of the values is this text; true when there is no filter of that name. Names of
 * resources know no case. */
bool rds_filters_pass(const struct rds_filters *filters, const char *name, const char *text);
/* The same for the name and the ARN of a resource. */
bool rds_filters_pass_resource(const struct rds_filters *filters, const char *name,
                               const struct stack_resource *resource);

/* MaxRecords and Marker. */
MUST_CHECK enum status rds_page_read(struct aws_call *call, uint64_t scope,
                                     struct inventory_page *page);
void rds_page_end(struct aws_call *call, const struct inventory_page *page, const char *more);

#define RDS_ENGINE     "aurora-postgresql"
#define RDS_RESTART_MS INT64_C(60000) /* an instance is back after so long */

/* When, in milliseconds of the day, the daily backup of a cluster begins. */
int64_t rds_backup_ms(const struct stack_resource *cluster);
/* The cluster's instances in order; the first is the writer. */
const struct stack_resource *rds_member(const struct aws_call *call,
                                        const struct stack_resource *cluster,
                                        const struct stack_resource *after);
/* "default.aurora-postgresql15", or the cluster's own when the file sets a number of connections.
 */
const char *rds_parameter_group(struct aws_call *call, const struct stack_resource *cluster);
/* That number, 0: the default group's formula holds. */
int64_t rds_own_connections(const struct aws_call *call, const struct stack_resource *cluster);

#endif
