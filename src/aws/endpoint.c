/* endpoint.c - hosts by partition, and overrides by their order.
 * SPDX-License-Identifier: MIT
 *
 * Region names become part of a host name and endpoints of a request, so both are checked here and
 * nowhere else. The domains of the partitions are those of botocore's partitions.json. */
#include "config.h"

#include "aws/endpoint.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define REGION_MAX 32
#define URL_MAX    512

static const struct {
    const char *prefix;
    const char *domain;
    const char *home; /* botocore calls it the implicit global region */
} partitions[] = {
    { "cn-", "amazonaws.com.cn", "cn-northwest-1" },
    { "us-gov-", "amazonaws.com", "us-gov-west-1" },
    { "us-iso-", "c2s.ic.gov", "us-iso-east-1" },
    { "us-isob-", "sc2s.sgov.gov", "us-isob-east-1" },
    { "eu-isoe-", "cloud.adc-e.uk", "eu-isoe-west-1" },
    { "us-isof-", "csp.hci.ic.gov", "us-isof-south-1" },
    { "eusc-", "amazonaws.eu", "eusc-de-east-1" },
    { "", "amazonaws.com", "us-east-1" },
};

bool
endpoint_is_region(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= REGION_MAX && text[len] == '\0' && text[0] != '-';
}

static size_t
partition_of(const char *region)
{
    size_t i = 0;

    while (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) != 0)
        i++;
    return i;
}

char *
endpoint_of_aws(const char *host, const char *region)
{
    return xasprintf("https://%s.%s.%s", host, region, partitions[partition_of(region)].domain);
}

char *
endpoint_of_partition(const char *host, const char *region)
{
    return xasprintf("https://%s.%s", host, partitions[partition_of(region)].domain);
}

/* A name at its end is as good as one without. */
static bool
is_below(const char *host, size_t length, const char *domain)
{
    const size_t own = strlen(domain);

    length -= length > 0 && host[length - 1] == '.';
    return length >= own && strncasecmp(host + length - own, domain, own) == 0 &&
           (length == own || host[length - own - 1] == '.');
}

bool
endpoint_is_aws(const char *url)
{
    static const char *const dual_stack[] = { "api.aws", "api.amazonwebservices.com.cn", NULL };
    const char *slashes = strstr(url, "://"), *host = slashes == NULL ? url : slashes + 3, *at;
    size_t length = strcspn(host, "/?#");

    for (; (at = memchr(host, '@', length)) != NULL; host = at + 1)
        length -= (size_t)(at + 1 - host);
    if (memchr(host, ':', length) != NULL)
        length = strcspn(host, ":");
    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++) {
        if (is_below(host, length, partitions[i].domain))
            return true;
    }
    for (const char *const *domain = dual_stack; *domain != NULL; domain++) {
        if (is_below(host, length, *domain))
            return true;
    }
    return false;
}

const char *
endpoint_home_region(const char *region)
{
    return partitions[partition_of(region)].home;
}

static void
lower_case(char *to, size_t size, const char *from)
{
    size_t i;

    for (i = 0; from[i] != '\0' && i + 1 < size; i++)
        to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
    to[i] = '\0';
}

const char *
endpoint_configured(const struct endpoint_query *q, const char **said_by)
{
    const char *ignore = aws_getenv(q->env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    const char *url = NULL;
    char name[64], block[32];

    if (ignore != NULL && strcasecmp(ignore, "true") == 0)
        return NULL;
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", q->id);
    lower_case(block, sizeof block, q->id);
    *said_by = "AWS_ENDPOINT_URL";
    if (!q->is_named)
        url = aws_getenv(q->env, name);
    if (url == NULL && !q->is_named)
        url = aws_getenv(q->env, "AWS_ENDPOINT_URL");
    if (url != NULL)
        return url;
    *said_by = "endpoint_url";
    url = shared_files_service(q->files, q->profile, block, "endpoint_url");
    return url != NULL ? url : shared_files_get(q->files, q->profile, "endpoint_url");
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

enum status
endpoint_take(char **out, const char *url, const char *said_by, struct err *err)
{
    size_t len = strlen(url);

    if (!is_endpoint(url))
        return err_set(err, E_USAGE, "%s: \"%s\" is not an endpoint, expected http://host:port",
                       said_by, url);
    *out = xstrndup(url, url[len - 1] == '/' ? len - 1 : len);
    return OK;
}
