/* target.c - region, endpoints and whose keys, decided once.
 * SPDX-License-Identifier: MIT
 *
 * Region: option, AWS_REGION, AWS_DEFAULT_REGION, the profile, and where none of them says anything
 * the machine's, which is left to the thread that may ask the network. Endpoint of a service: the
 * option, else what endpoint.h finds, else AWS's own host. */
#include "config.h"

#include "aws/target.h"

#include "aws/endpoint.h"
#include "aws/key_plan.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ATTEMPTS_DEFAULT 3
#define ATTEMPTS_LEGACY  5 /* AWS_RETRY_MODE=legacy */
#define ATTEMPTS_MAX     10

const struct aws_service_info aws_services[AWS_SERVICES] = {
    [AWS_CLOUDWATCH] = { "CLOUDWATCH", "monitoring", "monitoring", AWS_HOME_REGION },
    [AWS_LOGS] = { "CLOUDWATCH_LOGS", "logs", "logs", AWS_HOME_REGION },
    [AWS_LAMBDA] = { "LAMBDA", "lambda", "lambda", AWS_HOME_REGION },
    [AWS_STS] = { "STS", "sts", "sts", AWS_HOME_REGION },
    [AWS_COST_EXPLORER] = { "COST_EXPLORER", "ce", "ce", AWS_HOME_PARTITION },
    [AWS_BUDGETS] = { "BUDGETS", "budgets", "budgets", AWS_HOME_NOWHERE },
    [AWS_TAGGING] = { "RESOURCE_GROUPS_TAGGING_API", "tagging", "tagging", AWS_HOME_REGION },
    [AWS_RDS] = { "RDS", "rds", "rds", AWS_HOME_REGION },
    [AWS_PI] = { "PI", "pi", "pi", AWS_HOME_REGION },
    [AWS_ECS] = { "ECS", "ecs", "ecs", AWS_HOME_REGION },
    [AWS_ELB] = { "ELASTIC_LOAD_BALANCING_V2", "elasticloadbalancing", "elasticloadbalancing",
                  AWS_HOME_REGION },
    [AWS_S3] = { "S3", "s3", "s3", AWS_HOME_REGION },
};

static enum status
resolve_urls(struct aws_target *target, const struct aws_target_options *options,
             const struct shared_files *files, struct err *err)
{
    for (int i = 0; i < AWS_SERVICES; i++) {
        struct endpoint_query q = { .env = &target->env,
                                    .files = files,
                                    .profile = target->profile,
                                    .is_named = target->profile_is_named || options->means_account,
                                    .id = aws_services[i].endpoint_id };
        const char *said_by = "--endpoint-url";
        const char *url = options->endpoint_url;

        if (url == NULL)
            url = endpoint_configured(&q, &said_by);
        if (url != NULL && endpoint_take(&target->urls[i], url, said_by, err) != OK)
            return E_USAGE;
    }
    return OK;
}

static enum status
resolve_region(struct aws_target *target, const struct aws_target_options *options,
               const struct shared_files *files, struct err *err)
{
    const char *disabled = aws_getenv(&target->env, "AWS_EC2_METADATA_DISABLED");
    const char *region = options->region;

    if (region == NULL)
        region = aws_getenv(&target->env, "AWS_REGION");
    if (region == NULL)
        region = aws_getenv(&target->env, "AWS_DEFAULT_REGION");
    if (region == NULL)
        region = shared_files_get(files, target->profile, "region");
    /* behind an endpoint that was named the region is only a word in the signature */
    if (region == NULL && options->endpoint_url != NULL)
        region = "us-east-1";
    if (region == NULL && disabled != NULL && strcasecmp(disabled, "true") == 0)
        return err_set(err, E_USAGE, "no AWS region: set AWS_REGION, or region in profile %s",
                       target->profile);
    if (region != NULL && !endpoint_is_region(region))
        return err_set(err, E_USAGE, "\"%s\" is not an AWS region, expected one like eu-west-1",
                       region);
    target->region = region == NULL ? NULL : xstrdup(region);
    return OK;
}

static int
resolve_attempts(const struct aws_target *target, const struct shared_files *files)
{
    const char *text = aws_getenv(&target->env, "AWS_MAX_ATTEMPTS");
    const char *mode = aws_getenv(&target->env, "AWS_RETRY_MODE");
    int64_t attempts;

    if (text == NULL)
        text = shared_files_get(files, target->profile, "max_attempts");
    if (mode == NULL)
        mode = shared_files_get(files, target->profile, "retry_mode");
    if (text == NULL || !text_parse_int(&attempts, text) || attempts < 1)
        return mode != NULL && strcasecmp(mode, "legacy") == 0 ? ATTEMPTS_LEGACY : ATTEMPTS_DEFAULT;
    return attempts > ATTEMPTS_MAX ? ATTEMPTS_MAX : (int)attempts;
}

static void
resolve_ca_bundle(struct aws_target *target, const struct shared_files *files)
{
    const char *path = aws_getenv(&target->env, "AWS_CA_BUNDLE");

    if (path == NULL)
        path = shared_files_get(files, target->profile, "ca_bundle");
    target->ca_bundle = path == NULL ? NULL : xstrdup(path);
}

/* Any keys will do for an emulator. Its token travels as the access key, the one thing of an AWS
 * request that can carry it. */
static enum status
resolve_emulator(struct aws_target *target, const struct aws_target_options *options,
                 struct err *err)
{
    const char *token = options->token;

    for (int i = 0; i < AWS_SERVICES; i++) {
        if (endpoint_take(&target->urls[i], options->emulator_url, "emulator", err) != OK)
            return E_USAGE;
    }
    target->is_emulator = true;
    target->token = token == NULL ? NULL : xstrdup(token);
    target->region = xstrdup(options->region != NULL ? options->region : "us-east-1");
    if (!endpoint_is_region(target->region))
        return err_set(err, E_USAGE, "\"%s\" is not an AWS region, expected one like eu-west-1",
                       target->region);
    target->label = xasprintf("local %s", strstr(target->urls[0], "://") + 3);
    target->max_attempts = 1; /* it is beside us: the next refresh is soon enough */
    aws_credentials_set(&target->credentials, token != NULL ? token : "obsview", "obsview", NULL,
                        "emulator");
    return OK;
}

static enum status
resolve_aws(struct aws_target *target, const struct aws_target_options *options,
            const struct aws_environment *env, struct err *err)
{
    struct shared_files *files = NULL;
    enum status st = shared_files_read(&files, env, err);

    target->env = *env;
    target->profile_is_named = options->profile != NULL && *options->profile != '\0';
    target->profile = xstrdup(aws_profile_name(env, options->profile));
    if (st == OK && target->profile_is_named && !shared_files_has(files, target->profile))
        st = err_set(err, E_NOTFOUND, "no profile %s in the AWS config and credentials files",
                     target->profile);
    if (st == OK)
        st = resolve_region(target, options, files, err);
    if (st == OK)
        st = resolve_urls(target, options, files, err);
    if (st == OK) {
        target->label =
            target->region == NULL ? xstrdup("AWS") : xasprintf("AWS %s", target->region);
        target->max_attempts = resolve_attempts(target, files);
        resolve_ca_bundle(target, files);
    }
    shared_files_free(files);
    return st;
}

char *
aws_target_url(const struct aws_target *target, enum aws_service service, const char *region)
{
    const struct aws_service_info *info = &aws_services[service];

    if (target->urls[service] != NULL)
        return xstrdup(target->urls[service]);
    if (info->home == AWS_HOME_NOWHERE)
        return endpoint_of_partition(info->host, region);
    return endpoint_of_aws(info->host, aws_service_region(service, region));
}

const char *
aws_service_region(enum aws_service service, const char *region)
{
    return aws_services[service].home == AWS_HOME_REGION ? region : endpoint_home_region(region);
}

enum status
aws_target_resolve(struct aws_target *out, const struct aws_target_options *options,
                   const struct aws_environment *env, struct err *err)
{
    struct aws_target target = { 0 };
    enum status st = options->emulator_url != NULL ? resolve_emulator(&target, options, err)
                                                   : resolve_aws(&target, options, env, err);

    if (options->prices != NULL)
        target.listed = *options->prices;
    else
        price_list_builtin(&target.listed);
    if (!target.is_emulator)
        target.prices = target.listed;
    if (st == OK)
        *out = target;
    else
        aws_target_fini(&target);
    return st;
}

void
aws_target_of_recording(struct aws_target *out, const char *label, const char *region)
{
    *out = (struct aws_target){ .label = xstrdup(label),
                                .region = xstrdup(region == NULL ? "us-east-1" : region),
                                .max_attempts = 1 };
    price_list_builtin(&out->listed);
}

void
aws_target_rename(struct aws_target *target, const char *label)
{
    free(target->label);
    target->label = xstrdup(label);
}

void
aws_target_fini(struct aws_target *target)
{
    for (int i = 0; i < AWS_SERVICES; i++)
        free(target->urls[i]);
    free(target->label);
    free(target->token);
    free(target->region);
    free(target->profile);
    free(target->ca_bundle);
    aws_credentials_fini(&target->credentials);
    *target = (struct aws_target){ 0 };
}
