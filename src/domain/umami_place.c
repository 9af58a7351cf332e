/* umami_place.c - the headers of proxies, in the order in which each Umami believes them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/umami_place.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/umami_page.h"
#include "domain/url.h"

#define FORWARDED_FOR "x-forwarded-for"
#define FORWARDED     "forwarded"

/* Those behind x-forwarded-for never count: the web framework fills that in when it is absent. */
static const char *const address_headers[][9] = {
    [UMAMI_V2] = { "cf-connecting-ip", "x-client-ip", FORWARDED_FOR, NULL },
    [UMAMI_V3] = { "true-client-ip", "cf-connecting-ip", "fastly-client-ip",
                   "x-nf-client-connection-ip", "do-connecting-ip", "x-real-ip",
                   "x-appengine-user-ip", FORWARDED_FOR, NULL },
};

static const struct place_headers {
    const char *country, *region, *city;
    bool newer;
} place_headers[] = {
    { "cf-ipcountry", "cf-region-code", "cf-ipcity", false },
    { "x-vercel-ip-country", "x-vercel-ip-country-region", "x-vercel-ip-city", false },
    { "cloudfront-viewer-country", "cloudfront-viewer-country-region", "cloudfront-viewer-city",
      true },
    { "eo-ipcountry", "eo-region-code", "eo-ipcity", true },
};

/* --- the address ------------------------------------------------------------------------------ */

static const char *
first_of_list(struct arena *arena, const char *list)
{
    size_t len = strcspn(list, ",");

    while (len > 0 && (*list == ' ' || *list == '\t')) {
        list++;
        len--;
    }
    while (len > 0 && (list[len - 1] == ' ' || list[len - 1] == '\t'))
        len--;
    return arena_strndup(arena, list, len);
}

/* "::ffff:1.2.3.4" and "1.2.3.4:80" are 1.2.3.4, "[::1]:80" is ::1. */
static const char *
without_port(struct arena *arena, const char *ip)
{
    const char *colon, *end;

    if (strncasecmp(ip, "::ffff:", 7) == 0 && strchr(ip + 7, '.') != NULL)
        ip += 7;
    if (*ip == '[' && (end = strchr(ip, ']')) != NULL)
        return arena_strndup(arena, ip + 1, (size_t)(end - ip - 1));
    colon = strchr(ip, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL && memchr(ip, '.', (size_t)(colon - ip)))
        return arena_strndup(arena, ip, (size_t)(colon - ip));
    return ip;
}

static const char *
find_address(struct arena *arena, enum umami_dialect dialect, umami_header *header, void *arg,
             const char *socket)
{
    for (const char *const *name = address_headers[dialect]; *name != NULL; name++) {
        const char *value = header(arg, *name);

        if (value == NULL || *value == '\0')
            continue;
        return strcmp(*name, FORWARDED_FOR) == 0 ? first_of_list(arena, value) : value;
    }
    return socket;
}

static bool
is_private_v4(uint32_t ip)
{
    return ip >> 24 == 10 || ip >> 24 == 127 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 ||
           ip >> 16 == 0xa9fe;
}

static bool
is_private(const char *ip)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, ip, &v4) == 1)
        return is_private_v4(ntohl(v4.s_addr));
    if (inet_pton(AF_INET6, ip, &v6) != 1)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(&v4, v6.s6_addr + 12, 4);
        return is_private_v4(ntohl(v4.s_addr));
    }
    return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) ||
           (v6.s6_addr[0] & 0xfe) == 0xfc;
}

/* --- the place -------------------------------------------------------------------------------- */

static const char *
decode(struct arena *arena, const char *value)
{
    const char *decoded;

    if (value == NULL || *value == '\0' || text_utf8_end(value, strlen(value)) < strlen(value))
        return NULL;
    decoded = url_decode_component(arena, value);
    return decoded == NULL ? value : decoded;
}

static void
take_place(struct umami_place *out, struct arena *arena, const struct place_headers *names,
           umami_header *header, void *arg)
{
    const char *region = decode(arena, header(arg, names->region));

    out->country = umami_cut(arena, decode(arena, header(arg, names->country)), 2);
    out->city = umami_cut(arena, decode(arena, header(arg, names->city)), 50);
    if (region == NULL || out->country == NULL)
        return;
    if (strchr(region, '-') == NULL)
        region = arena_printf(arena, "%s-%s", out->country, region);
    out->region = umami_cut(arena, region, 20);
}

void
umami_place_find(struct umami_place *out, struct arena *arena, enum umami_dialect dialect,
                 umami_header *header, void *arg, const char *given, const char *socket)
{
    *out = (struct umami_place){ .ip = given };
    if (given == NULL || *given == '\0')
        out->ip = find_address(arena, dialect, header, arg, socket);
    if (out->ip == NULL)
        return;
    if (dialect == UMAMI_V3)
        out->ip = without_port(arena, out->ip);
    out->is_private = is_private(out->ip);
    for (size_t i = 0; i < sizeof place_headers / sizeof place_headers[0]; i++) {
        const struct place_headers *names = &place_headers[i];
        const char *country = header(arg, names->country);

        if (country == NULL || *country == '\0' || (names->newer && dialect == UMAMI_V2))
            continue;
        out->is_told = true;
        if (!out->is_private && (given == NULL || *given == '\0'))
            take_place(out, arena, names, header, arg);
        return;
    }
}
