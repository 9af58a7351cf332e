/* target.h - which AWS is asked: the real one, one behind an endpoint, or an emulator beside us.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_TARGET_H
#define OV_AWS_TARGET_H

#include "aws/credentials.h"
#include "aws/shared_files.h"
#include "base/err.h"
#include "domain/price.h"

#include <stdbool.h>
#include <stddef.h>

enum aws_service {
    AWS_CLOUDWATCH,
    AWS_LOGS,
    AWS_LAMBDA,
    AWS_STS,
    AWS_COST_EXPLORER,
    AWS_BUDGETS,
    AWS_TAGGING,
    AWS_RDS,
    AWS_PI, /* Performance Insights */
    AWS_ECS,
    AWS_ELB, /* Elastic Load Balancing, version 2 */
    AWS_S3,
    AWS_SERVICES
};

/* Where a service is at home. */
enum aws_home {
    AWS_HOME_REGION,    /* in each region */
    AWS_HOME_PARTITION, /* in one region of the partition, whatever region is watched */
    AWS_HOME_NOWHERE    /* likewise, and its host names no region: budgets.amazonaws.com */
};

struct aws_service_info {
    const char *endpoint_id;  /* in AWS_ENDPOINT_URL_<ID>; lower case in the config file */
    const char *host;         /* "logs" of logs.eu-west-1.amazonaws.com */
    const char *signing_name; /* in the credential scope; more about it in wire/service.h */
    enum aws_home home;
};
extern const struct aws_service_info aws_services[AWS_SERVICES];

/* What was said on the command line or in our config; any may be NULL. */
struct aws_target_options {
    const char *emulator_url; /* "http://127.0.0.1:6270": no AWS at all; profile and endpoint_url
                                 are not looked at */
    const char *token;        /* the emulator's --token */
    const char *profile;
    const char *region;
    const char *endpoint_url;
    const struct price_list *prices; /* NULL: the built-in list */
    bool means_account; /* a section or profile was named: AWS_ENDPOINT_URL and its companions in
                           the environment do not count */
};

struct aws_target {
    bool is_emulator;         /* nothing costs anything, and /_obsview/ answers */
    char *label;              /* for the header: "local 127.0.0.1:6270", "AWS eu-west-1" */
    char *token;              /* NULL: none */
    char *region;             /* NULL: the machine's own; see provider.h */
    char *urls[AWS_SERVICES]; /* what is configured; NULL: AWS's own, by aws_target_url() */
    /* An emulator's. Else none, and provider.h looks for them with what follows. */
    struct aws_credentials credentials;
    struct aws_environment env;
    char *profile;            /* in effect: "default" */
    bool profile_is_named;    /* by hand */
    char *ca_bundle;          /* NULL: the system's certificates */
    struct price_list prices; /* what asking costs; all zero for an emulator */
    struct price_list listed; /* what AWS would ask for it; the same where AWS is asked */
    int max_attempts;
};

/* Reads AWS's two files, but asks nobody. `env` is copied, what it points to is borrowed for the
 * life of the target. An emulator is only asked when emulator_url says so: nobody is billed, and
 * nobody's local screen turns to AWS, because of a variable in the environment. */
MUST_CHECK enum status aws_target_resolve(struct aws_target *out,
                                          const struct aws_target_options *options,
                                          const struct aws_environment *env, struct err *err);
/* Nobody: a recording stands in for AWS (hearing.h), whose `label` is the header's. Nothing costs
 * anything. `region` NULL: it does not say. */
void aws_target_of_recording(struct aws_target *out, const char *label, const char *region);
/* Where a service answers somebody who watches this region; the caller's. */
char *aws_target_url(const struct aws_target *target, enum aws_service service, const char *region);
/* The region its requests are signed for then: this one, or the service's home. */
const char *aws_service_region(enum aws_service service, const char *region);
/* What it is called from now on. */
void aws_target_rename(struct aws_target *target, const char *label);
void aws_target_fini(struct aws_target *target);

#endif
