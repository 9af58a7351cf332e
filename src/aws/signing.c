/* signing.c - SigV4 on its way to libcurl.
 * SPDX-License-Identifier: MIT
 *
 * libcurl has a signer of its own, but it cannot shift the clock and its rules differ between
 * versions; wire/sigv4.h is ours on both ends. */
#include "config.h"

#include "aws/signing.h"

#include "aws/refusal.h"
#include "base/mem.h"
#include "wire/sigv4.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The Host header of an endpoint; default ports are not part of it. */
static char *
host_of(const char *url)
{
    bool is_tls = strncmp(url, "https", 5) == 0;
    const char *host = strstr(url, "://") + 3;
    const char *port = is_tls ? ":443" : ":80";
    size_t len = strlen(host), port_len = strlen(port);

    if (len > port_len && strcmp(host + len - port_len, port) == 0)
        len -= port_len;
    return xstrndup(host, len);
}

void
signing_add(struct net *net, struct net_call *call, const struct signing *s)
{
    char *host = host_of(s->url);
    struct http_header headers[SIGNING_HEADERS_MAX + 1] = { { "Host", host } };
    struct http_request rq = {
        .method = s->method,
        .path = s->path,
        .query = s->query,
        .headers = headers,
        .header_count = s->header_count + 1,
        .body = s->body,
        .body_len = s->body_len,
    };
    struct sigv4_key key = {
        .access_key = s->keys->access_key,
        .secret = s->keys->secret_key,
        .token = s->keys->session_token,
        .region = s->region,
        .service = s->service,
    };
    struct sigv4_signed made;
    int64_t now_ms = refusal_wall_ms() + net_clock_off_ms(net, s->url);

    assert(s->header_count <= SIGNING_HEADERS_MAX);
    for (size_t i = 0; i < s->header_count; i++)
        headers[i + 1] = s->headers[i];
    for (size_t i = 0; i < rq.header_count; i++)
        net_call_header(call, headers[i].name, headers[i].value);
    if (sigv4_sign(&made, &rq, &key, now_ms, NULL) == OK) { /* else the service will say so */
        net_call_header(call, "X-Amz-Date", made.date);
        net_call_header(call, "Authorization", made.authorization);
        if (strcmp(s->service, "s3") == 0)
            net_call_header(call, "X-Amz-Content-Sha256", made.content_sha256);
        if (s->keys->session_token != NULL)
            net_call_header(call, "X-Amz-Security-Token", s->keys->session_token);
    }
    free(host);
}
