/* replay_signing.c - recorded requests to AWS, signed anew for an emulator.
 * SPDX-License-Identifier: MIT
 *
 * A fixture holds no signatures, and they would be too old. An emulator takes any keys unless it
 * was told to look, so a recording of an application that spoke to AWS can be sent to one. To AWS
 * itself nothing recorded is ever sent. */
#include "config.h"

#include "cli/replay/replay_signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/refusal.h"
#include "base/mem.h"
#include "cli/watching.h"
#include "wire/http.h"
#include "wire/sigv4.h"

#define HEADERS_MAX 32

struct replay_signer {
    struct aws_target target;
    const char *to;
};

enum status
replay_signer_new(struct replay_signer **out, const struct settings *s, const char *to,
                  struct err *err)
{
    struct replay_signer *signer = xcalloc(1, sizeof *signer);
    enum status st = watching_target(&signer->target, s, to, err);

    signer->to = to;
    if (st == OK)
        *out = signer;
    else
        free(signer);
    return st;
}

void
replay_signer_free(struct replay_signer *signer)
{
    if (signer == NULL)
        return;
    aws_target_fini(&signer->target);
    free(signer);
}

/* The path below the server's address. */
static const char *
prefix_of(const char *to)
{
    const char *host = strstr(to, "://") + 3;

    return host + strcspn(host, "/");
}

/* As it will be sent: without a default port, a name, or a password. */
static const char *
host_of(struct arena *arena, const char *to)
{
    const char *host = strstr(to, "://") + 3, *port = to[4] == 's' ? ":443" : ":80", *at;
    size_t len = strcspn(host, "/"), port_len = strlen(port);

    at = memchr(host, '@', len);
    if (at != NULL) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    if (len > port_len && strncmp(host + len - port_len, port, port_len) == 0)
        len -= port_len;
    return arena_strndup(arena, host, len);
}

/* Those that say what is asked; others somebody on the way may change. */
static bool
is_signed(const char *name)
{
    return strcasecmp(name, "content-type") == 0 || strncasecmp(name, "x-amz-", 6) == 0;
}

static size_t
headers_of(struct http_header headers[HEADERS_MAX], struct arena *arena,
           const struct replay_call *call, const char *host)
{
    char *rest = arena_strndup(arena, call->head.len == 0 ? "" : call->head.data, call->head.len);
    size_t count = 0;

    headers[count++] = (struct http_header){ "Host", host };
    while (count < HEADERS_MAX && http_header_next(&headers[count], &rest))
        count += is_signed(headers[count].name);
    return count;
}

static void
add_header(struct buf *head, const char *name, const char *value)
{
    buf_addf(head, "%s: %s\r\n", name, value);
}

enum status
replay_sign(const struct replay_signer *signer, struct replay_call *call, const char *scope,
            struct err *err)
{
    const struct aws_target *target = &signer->target;
    struct arena *arena = call->event.arena;
    const size_t length = strcspn(scope, "/"), path = strcspn(call->event.path, "?");
    const char *query = call->event.path + path, *host = host_of(arena, signer->to);
    const struct sigv4_key key = {
        .access_key = target->credentials.access_key,
        .secret = target->credentials.secret_key,
        .region = scope[length] == '/' ? scope + length + 1 : target->region,
        .service = arena_strndup(arena, scope, length),
    };
    struct http_header headers[HEADERS_MAX];
    const struct http_request rq = {
        .method = call->event.method,
        .path = arena_printf(arena, "%s%.*s", prefix_of(signer->to), (int)path, call->event.path),
        .query = *query == '?' ? query + 1 : "",
        .headers = headers,
        .header_count = headers_of(headers, arena, call, host),
        .body = call->body.data,
        .body_len = call->body.len,
    };
    struct sigv4_signed made;
    enum status st = sigv4_sign(&made, &rq, &key, refusal_wall_ms(), err);

    if (st != OK)
        return st;
    call->has_host = true;
    add_header(&call->head, "Host", host);
    add_header(&call->head, "X-Amz-Date", made.date);
    add_header(&call->head, "Authorization", made.authorization);
    if (strcmp(key.service, "s3") == 0)
        add_header(&call->head, "X-Amz-Content-Sha256", made.content_sha256);
    return OK;
}
