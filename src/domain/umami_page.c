/* umami_page.c - address, referrer and campaign parameters.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/url.h"

#define NAME_TEXT(name) #name,
static const char *const parameter_names[UMAMI_PARAMETER_COUNT] = { UMAMI_PARAMETERS(NAME_TEXT) };
#undef NAME_TEXT

void
umami_doubt(struct umami_doubt *doubt, const char *rule, const char *fmt, ...)
{
    va_list ap;

    if (doubt->rule != NULL)
        return;
    doubt->rule = rule;
    va_start(ap, fmt);
    vsnprintf(doubt->text, sizeof doubt->text, fmt, ap);
    va_end(ap);
}

const char *
umami_cut(struct arena *arena, const char *text, size_t units)
{
    size_t len;

    if (text == NULL || strnlen(text, units + 1) <= units)
        return text;
    len = text_utf16_fit(text, units);
    return text[len] == '\0' ? text : arena_strndup(arena, text, len);
}

static const char *
decode_or_keep(const char *decoded, const char *text)
{
    return decoded == NULL ? text : decoded;
}

/* "www." in front: with the original's pattern for the page, "www" and any character. */
static const char *
without_www(const char *host, bool any)
{
    if (strncmp(host, "www", 3) == 0 && host[3] != '\0' && (any || host[3] == '.'))
        return host + 4;
    return host;
}

static const char *
without_last_slash(struct arena *arena, const char *text)
{
    size_t len = strlen(text);

    return len > 0 && text[len - 1] == '/' ? arena_strndup(arena, text, len - 1) : text;
}

/* Without an address, JavaScript makes one of the word "undefined". The slash that goes is that of
 * the path, else, as the original has it, that of the fragment. */
static const char *
path_of(struct arena *arena, const struct umami_send *send, const struct url *url, bool drops_slash)
{
    const char *path = url->path, *hash = send->type == UMAMI_PERFORMANCE ? "" : url->hash;

    if (send->url == NULL || strcmp(path, "/undefined") == 0)
        return "";
    if (drops_slash && send->type != UMAMI_PERFORMANCE) {
        path = without_last_slash(arena, url->path);
        if (path == url->path)
            hash = without_last_slash(arena, hash);
    }
    if (*hash != '\0')
        path = arena_printf(arena, "%s#%s", path, hash);
    return umami_cut(arena, decode_or_keep(url_decode_uri(arena, path), path), UMAMI_WIDTH_URL);
}

static void
read_parameters(struct umami_page *out, struct arena *arena, const char *query,
                struct umami_doubt *doubt)
{
    if (*query == '\0')
        return;
    for (int i = 0; i < UMAMI_PARAMETER_COUNT; i++) {
        const char *value = url_parameter(arena, query, parameter_names[i]);

        out->parameters[i] = umami_cut(arena, value, UMAMI_WIDTH_PARAMETER);
        if (out->parameters[i] != value)
            umami_doubt(doubt, "too-long",
                        "%s is longer than %d characters: Umami answers 500 and stores nothing",
                        parameter_names[i], UMAMI_WIDTH_PARAMETER);
    }
}

static void
read_referrer(struct umami_page *out, struct arena *arena, enum umami_dialect dialect,
              const char *referrer, const struct url *base)
{
    struct url url;

    if (referrer == NULL || *referrer == '\0' || !url_parse(&url, arena, referrer, base))
        return;
    out->referrer_path = umami_cut(arena, decode_or_keep(url_decode_uri(arena, url.path), url.path),
                                   UMAMI_WIDTH_URL);
    out->referrer_query = umami_cut(arena, url.query, UMAMI_WIDTH_URL);
    if (dialect == UMAMI_V3 || strcmp(url.host, "localhost") != 0)
        out->referrer_domain = umami_cut(arena, without_www(url.host, false), UMAMI_WIDTH_URL);
}

static const char *
null_if_empty(const char *text)
{
    return text == NULL || *text == '\0' ? NULL : text;
}

bool
umami_page_make(struct umami_page *out, struct arena *arena, enum umami_dialect dialect,
                bool drops_slash, const struct umami_send *send, struct umami_doubt *doubt)
{
    const char *host = null_if_empty(send->hostname);
    struct url base, url;

    *out = (struct umami_page){ .url_path = "" };
    if (!url_parse(&base, arena,
                   arena_printf(arena, "https://%s", host == NULL ? "localhost" : host), NULL))
        return false;
    url = base;
    if (send->url != NULL && !url_parse(&url, arena, send->url, &base))
        return false;
    out->url_path = path_of(arena, send, &url, drops_slash);
    out->hostname = host != NULL ? host : umami_cut(arena, without_www(url.host, true), 100);
    if (send->title != NULL)
        out->page_title =
            umami_cut(arena, decode_or_keep(url_decode_component(arena, send->title), send->title),
                      UMAMI_WIDTH_URL);
    if (send->type == UMAMI_PERFORMANCE) {
        out->hostname = NULL;
        return true;
    }
    out->url_query = umami_cut(arena, url.query, UMAMI_WIDTH_URL);
    read_parameters(out, arena, url.query, doubt);
    read_referrer(out, arena, dialect, send->referrer, &base);
    out->event_name = null_if_empty(send->name);
    out->tag = send->tag;
    return true;
}
