/* assets.c - serves what embed.sh put into the program.
 * SPDX-License-Identifier: MIT
 *
 * Pages fetch the script on every load, so it may be kept for an hour and is asked for again by its
 * ETag; the landing page is asked for each time. Umami's may be kept as long as Umami says, but for
 * a file of the user's own, which may be worked on. */
#include "config.h"

#include "emulator/assets.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "emulator/parts.h"
#include "emulator/umami.h"

static const struct asset *
find(const char *name)
{
    const struct asset *a = assets;

    while (a->name != NULL && strcmp(a->name, name) != 0)
        a++;
    assert(a->name != NULL);
    return a;
}

static void
serve(struct exchange *x, const void *bytes, size_t len, const char *type, const char *keep)
{
    const char *known = exchange_header(x, "If-None-Match");
    char etag[24];

    snprintf(etag, sizeof etag, "\"%016llx\"",
             (unsigned long long)text_hash(bytes, len, TEXT_HASH_SEED));
    exchange_set_header(x, "ETag", etag);
    exchange_set_header(x, "Cache-Control", keep);
    exchange_set_header(x, "X-Content-Type-Options", "nosniff");
    if (known != NULL && strstr(known, etag) != NULL)
        exchange_reply(x, 304, NULL, NULL, 0);
    else
        exchange_reply(x, 200, type, bytes, len);
}

static void
serve_asset(struct exchange *x, const char *name, const char *type, const char *keep)
{
    const struct asset *a = find(name);

    serve(x, a->bytes, a->len, type, keep);
}

void
assets_index(struct exchange *x)
{
    exchange_set_header(x, "Content-Security-Policy",
                        "default-src 'none'; script-src 'unsafe-inline'; style-src "
                        "'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; "
                        "form-action 'none'; frame-ancestors 'none'");
    serve_asset(x, "index.html", "text/html; charset=utf-8", "no-cache");
}

void
assets_script(struct exchange *x)
{
    /* The same answer serves <script> and <script crossorigin>. */
    if (exchange_header(x, "Origin") == NULL)
        exchange_set_header(x, "Vary", "Origin");
    serve_asset(x, "obsview.js", "text/javascript; charset=utf-8", "max-age=3600");
}

/* The headers are Umami's: any page may read it. */
/* Our own tracker, which sends where COLLECT_API_ENDPOINT says. */
static void
serve_tracker(struct exchange *x, const char *type, const struct umami_env *env)
{
    static const char usual[] = "/api/send'";
    const struct asset *a = find("script.js");
    const char *text = (const char *)a->bytes, *at;
    const char *keep = "public, max-age=86400, must-revalidate";

    if (env->collect_endpoint == NULL) {
        serve(x, a->bytes, a->len, type, keep);
        return;
    }
    text = arena_strndup(exchange_arena(x), text, a->len);
    at = strstr(text, usual);
    if (at != NULL)
        text = arena_printf(exchange_arena(x), "%.*s%s%s", (int)(at - text), text,
                            env->collect_endpoint, at + sizeof usual - 2);
    serve(x, text, strlen(text), type, keep);
}

void
assets_umami(struct exchange *x)
{
    static const char type[] = "application/javascript; charset=UTF-8";
    const struct buf *own = umami_script(emulator_umami(exchange_emulator(x)));

    exchange_drop_headers(x);
    exchange_set_header(x, "Access-Control-Allow-Origin", "*");
    if (own != NULL)
        serve(x, own->data, own->len, type, "no-cache");
    else
        serve_tracker(x, type, umami_environment(emulator_umami(exchange_emulator(x))));
}
