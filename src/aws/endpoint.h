/* endpoint.h - where an AWS service answers: its own host, or what somebody configured instead.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_ENDPOINT_H
#define OV_AWS_ENDPOINT_H

#include "aws/shared_files.h"
#include "base/err.h"

#include <stdbool.h>

/* "eu-west-1"; nothing that could be more than a part of a host name. */
bool endpoint_is_region(const char *text);

/* "https://logs.eu-west-1.amazonaws.com" in the domain of the region's partition; the caller's. */
char *endpoint_of_aws(const char *host, const char *region);
/* "https://budgets.amazonaws.com", of a service whose host names no region; the caller's. */
char *endpoint_of_partition(const char *host, const char *region);
/* Whether the host of a URL is one of AWS's, of whatever partition and service. */
bool endpoint_is_aws(const char *url);
/* The region in which a partition keeps the services it has one of: "us-east-1" for eu-west-1,
 * "cn-northwest-1" for cn-north-1. */
const char *endpoint_home_region(const char *region);

/* Who is asked about: a service by its id ("CLOUDWATCH_LOGS"). */
struct endpoint_query {
    const struct aws_environment *env;
    const struct shared_files *files;
    const char *profile; /* in effect */
    bool is_named; /* by hand: the profile means that account, so the variables do not count */
    const char *id;
};

/* The URL that is configured for the service, NULL when none is; *said_by is for a sentence.
 * AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url; none
 * with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true. */
const char *endpoint_configured(const struct endpoint_query *q, const char **said_by);

/* Copies without a slash at the end. E_USAGE unless it is http or https, a host and perhaps a port.
 */
MUST_CHECK enum status endpoint_take(char **out, const char *url, const char *said_by,
                                     struct err *err);

#endif
