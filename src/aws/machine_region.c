/* machine_region.c - EC2's metadata, asked for a region where nothing names one.
 * SPDX-License-Identifier: MIT
 *
 * The second version of the protocol (IMDSv2): a token first, then the question with it. Elsewhere
 * nobody answers at that address, so it is tried for a second and once. */
#include "config.h"

#include "aws/machine_region.h"

#include "aws/endpoint.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 1000
#define ANSWER_MAX 4096

struct machine_region {
    struct net *net;
    struct net_call *call;
    char *url;
    char *token; /* NULL until it is known */
    machine_region_done *done;
    void *arg;
};

static void
prepare(void *arg, struct net_call *call)
{
    const struct machine_region *m = arg;

    if (m->token == NULL)
        net_call_header(call, "x-aws-ec2-metadata-token-ttl-seconds", "60");
    else
        net_call_header(call, "x-aws-ec2-metadata-token", m->token);
}

static void
ask(struct machine_region *m, const char *method, const char *path, net_done *done)
{
    char *url = xasprintf("%s%s", m->url, path);

    m->call = net_start(m->net, &(struct net_request){ .method = method,
                                                       .url = url,
                                                       .answer_max = ANSWER_MAX,
                                                       .timeout_ms = TIMEOUT_MS,
                                                       .max_attempts = 1,
                                                       .is_direct = true,
                                                       .prepare = prepare,
                                                       .done = done,
                                                       .arg = m });
    free(url);
}

static void
finish(struct machine_region *m, const char *region)
{
    m->call = NULL;
    m->done(m->arg, region);
    machine_region_cancel(m);
}

static void
on_region(void *arg, const struct net_answer *answer)
{
    const char *text = answer->body->data;

    finish(arg, answer->status == 200 && endpoint_is_region(text) ? text : NULL);
}

static void
on_token(void *arg, const struct net_answer *answer)
{
    struct machine_region *m = arg;
    const char *token = answer->body->data;

    if (answer->status != 200 || *token == '\0' || strpbrk(token, "\r\n") != NULL) {
        finish(m, NULL);
        return;
    }
    m->token = xstrdup(token);
    ask(m, "GET", "/latest/meta-data/placement/region", on_region);
}

struct machine_region *
machine_region_ask(struct net *net, const char *imds_url, machine_region_done *done, void *arg)
{
    struct machine_region *m = xcalloc(1, sizeof *m);

    m->net = net;
    m->url = xstrdup(imds_url);
    m->done = done;
    m->arg = arg;
    ask(m, "PUT", "/latest/api/token", on_token);
    return m;
}

void
machine_region_cancel(struct machine_region *m)
{
    if (m == NULL)
        return;
    net_cancel(m->call);
    free(m->url);
    free(m->token);
    free(m);
}
