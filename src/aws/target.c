/* target.c - region, endpoints and credentials, decided once.
 * SPDX-License-Identifier: MIT
 *
 * Region: option, AWS_REGION, AWS_DEFAULT_REGION, the profile. Endpoint of a service: option,
 * AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services section, the profile's
 * endpoint_url, AWS's own host. A named profile means that account, so the two variables do not
 * count then; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves only the option.
 *
 * Region names become part of a host name and endpoints of a request, so both are checked here and
 * nowhere else. */
#include "config.h"

#include "aws/target.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REGION_MAX       32
#define URL_MAX          512
#define ATTEMPTS_DEFAULT 3
#define ATTEMPTS_MAX     10

const struct aws_service_info aws_services[AWS_SERVICES] = {
    [AWS_CLOUDWATCH] = { "CLOUDWATCH", "monitoring", "monitoring" },
    [AWS_LOGS] = { "CLOUDWATCH_LOGS", "logs", "logs" },
    [AWS_LAMBDA] = { "LAMBDA", "lambda", "lambda" },
    [AWS_STS] = { "STS", "sts", "sts" },
};

bool
aws_region_is_valid(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= REGION_MAX && text[len] == '\0' && text[0] != '-';
}

/* http or https, a host, perhaps a port, and no more than a slash behind it. */
static bool
is_endpoint(const char *url)
{
    const char *host;
    size_t len;

    if (strncmp(url, "http://", 7) == 0)
        host = url + 7;
    else if (strncmp(url, "https://", 8) == 0)
        host = url + 8;
    else
        return false;
    len = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");
    return len > 0 && strlen(url) < URL_MAX && (host[len] == '\0' || strcmp(host + len, "/") == 0);
}

static enum status
take_endpoint(char **out, const char *url, const char *said_by, struct err *err)
{
    size_t len = strlen(url);

    if (!is_endpoint(url))
        return err_set(err, E_USAGE, "%s: \"%s\" is not an endpoint, expected http://host:port",
                       said_by, url);
    *out = xstrndup(url, url[len - 1] == '/' ? len - 1 : len);
    return OK;
}

static void
lower_case(char *to, size_t size, const char *from)
{
    size_t i;

    for (i = 0; from[i] != '\0' && i + 1 < size; i++)
        to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
    to[i] = '\0';
}

/* What the environment and the profile say about a service's endpoint, and who says it. */
static const char *
configured_endpoint(const struct aws_environment *env, const struct shared_files *files,
                    const struct aws_target_options *options, enum aws_service service,
                    const char **said_by)
{
    const char *profile = aws_profile_name(env, options->profile);
    const char *ignore = aws_getenv(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    const char *url = NULL;
    char name[64], block[32];

    if (ignore != NULL && strcasecmp(ignore, "true") == 0)
        return NULL;
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", aws_services[service].endpoint_id);
    lower_case(block, sizeof block, aws_services[service].endpoint_id);
    *said_by = "AWS_ENDPOINT_URL";
    if (options->profile == NULL)
        url = aws_getenv(env, name);
    if (url == NULL && options->profile == NULL)
        url = aws_getenv(env, "AWS_ENDPOINT_URL");
    if (url != NULL)
        return url;
    *said_by = "endpoint_url";
    url = shared_files_service(files, profile, block, "endpoint_url");
    return url != NULL ? url : shared_files_get(files, profile, "endpoint_url");
}

/* AWS's own host, the caller's. */
static char *
own_url(enum aws_service service, const char *region)
{
    bool is_china = strncmp(region, "cn-", 3) == 0;

    return xasprintf("https://%s.%s.amazonaws.com%s", aws_services[service].host, region,
                     is_china ? ".cn" : "");
}

char *
aws_target_url(const struct aws_target *target, enum aws_service service, const char *region)
{
    char *own = own_url(service, target->region);
    bool is_own = strcmp(own, target->urls[service]) == 0;

    free(own);
    return is_own ? own_url(service, region) : xstrdup(target->urls[service]);
}

static enum status
resolve_urls(struct aws_target *target, const struct aws_target_options *options,
             const struct aws_environment *env, const struct shared_files *files, struct err *err)
{
    for (int i = 0; i < AWS_SERVICES; i++) {
        const char *said_by = "--endpoint-url";
        const char *url = options->endpoint_url;

        if (url == NULL)
            url = configured_endpoint(env, files, options, (enum aws_service)i, &said_by);
        if (url == NULL)
            target->urls[i] = own_url((enum aws_service)i, target->region);
        else if (take_endpoint(&target->urls[i], url, said_by, err) != OK)
            return E_USAGE;
    }
    return OK;
}

static enum status
resolve_region(struct aws_target *target, const struct aws_target_options *options,
               const struct aws_environment *env, const struct shared_files *files, struct err *err)
{
    const char *profile = aws_profile_name(env, options->profile);
    const char *region = options->region;

    if (region == NULL)
        region = aws_getenv(env, "AWS_REGION");
    if (region == NULL)
        region = aws_getenv(env, "AWS_DEFAULT_REGION");
    if (region == NULL)
        region = shared_files_get(files, profile, "region");
    /* behind an endpoint that was named the region is only a word in the signature */
    if (region == NULL && options->endpoint_url != NULL)
        region = "us-east-1";
    if (region == NULL)
        return err_set(err, E_USAGE, "no AWS region: set AWS_REGION, or region in profile %s",
                       profile);
    if (!aws_region_is_valid(region))
        return err_set(err, E_USAGE, "\"%s\" is not an AWS region, expected one like eu-west-1",
                       region);
    target->region = xstrdup(region);
    return OK;
}

static int
resolve_attempts(const struct aws_environment *env)
{
    const char *text = aws_getenv(env, "AWS_MAX_ATTEMPTS");
    int64_t attempts;

    if (text == NULL || !text_parse_int(&attempts, text) || attempts < 1)
        return ATTEMPTS_DEFAULT;
    return attempts > ATTEMPTS_MAX ? ATTEMPTS_MAX : (int)attempts;
}

/* Any keys will do for an emulator. Its token travels as the access key, the one thing of an AWS
 * request that can carry it. */
static enum status
resolve_emulator(struct aws_target *target, const struct aws_target_options *options,
                 struct err *err)
{
    const char *token = options->token;

    for (int i = 0; i < AWS_SERVICES; i++) {
        if (take_endpoint(&target->urls[i], options->emulator_url, "emulator", err) != OK)
            return E_USAGE;
    }
    target->is_emulator = true;
    target->token = token == NULL ? NULL : xstrdup(token);
    target->region = xstrdup(options->region != NULL ? options->region : "us-east-1");
    if (!aws_region_is_valid(target->region))
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

    if (st == OK && options->profile != NULL && !shared_files_has(files, options->profile))
        st = err_set(err, E_NOTFOUND, "no profile %s in the AWS config and credentials files",
                     options->profile);
    if (st == OK)
        st = resolve_region(target, options, env, files, err);
    if (st == OK)
        st = resolve_urls(target, options, env, files, err);
    if (st == OK)
        st = aws_credentials_find(&target->credentials, env, files, options->profile, err);
    if (st == OK) {
        target->label = xasprintf("AWS %s", target->region);
        target->max_attempts = resolve_attempts(env);
    }
    shared_files_free(files);
    return st;
}

enum status
aws_target_resolve(struct aws_target *out, const struct aws_target_options *options,
                   const struct aws_environment *env, struct err *err)
{
    struct aws_target target = { 0 };
    enum status st = options->emulator_url != NULL ? resolve_emulator(&target, options, err)
                                                   : resolve_aws(&target, options, env, err);

    if (st == OK && options->emulator_url == NULL && options->prices != NULL)
        target.prices = *options->prices;
    else if (st == OK && options->emulator_url == NULL)
        price_list_builtin(&target.prices);
    if (st == OK)
        *out = target;
    else
        aws_target_fini(&target);
    return st;
}

void
aws_target_fini(struct aws_target *target)
{
    for (int i = 0; i < AWS_SERVICES; i++)
        free(target->urls[i]);
    free(target->label);
    free(target->token);
    free(target->region);
    aws_credentials_fini(&target->credentials);
    *target = (struct aws_target){ 0 };
}
