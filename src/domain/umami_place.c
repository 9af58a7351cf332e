/* umami_place.c - the headers of proxies, in the order in which each Umami believes them, and then
 * a database.
 * SPDX-License-Identifier: MIT
 *
 * Nobody is asked about a private address. About others the first proxy that names a country is
 * believed, unless the message gave the address itself or the server was told not to; what it
 * leaves out is not asked for elsewhere. Else the database, when there is one: a real Umami without
 * it answers 500 there, which helps nobody. */
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

/* An address of version 6 in its shortest form; what is none stays as it is. */
static const char *
plain_address(struct arena *arena, const char *ip)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr v6;

    if (inet_pton(AF_INET6, ip, &v6) != 1 || inet_ntop(AF_INET6, &v6, text, sizeof text) == NULL)
        return ip;
    return strcmp(ip, text) == 0 ? ip : arena_strdup(arena, text);
}

/* *named: a header said it, not the connection. */
static const char *
find_address(struct arena *arena, const struct umami_place_rules *rules, umami_header *header,
             void *arg, const char *socket, bool *named)
{
    const char *value =
        rules->client_ip_header == NULL ? NULL : header(arg, rules->client_ip_header);

    *named = true;
    if (value != NULL && *value != '\0')
        return value;
    for (const char *const *name = address_headers[rules->dialect]; *name != NULL; name++) {
        value = header(arg, *name);
        if (value == NULL || *value == '\0')
            continue;
        return strcmp(*name, FORWARDED_FOR) == 0 ? first_of_list(arena, value) : value;
    }
    *named = false;
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

/* A database of places is a file like others: what is no text in it is left out. */
static const char *
only_utf8(const char *text)
{
    return text == NULL || text_utf8_end(text, strlen(text)) < strlen(text) ? NULL : text;
}

/* Cut to its columns; a region stands behind its country. */
static void
take_spot(struct umami_place *out, struct arena *arena, const struct umami_spot *spot)
{
    const char *region = only_utf8(spot->region);

    out->country = umami_cut(arena, only_utf8(spot->country), 2);
    out->city = umami_cut(arena, only_utf8(spot->city), 50);
    if (region == NULL || out->country == NULL)
        return;
    if (strchr(region, '-') == NULL)
        region = arena_printf(arena, "%s-%s", out->country, region);
    out->region = umami_cut(arena, region, 20);
}

/* The first proxy that names a country; NULL: none does. */
static const struct place_headers *
find_proxy(const struct umami_place_rules *rules, umami_header *header, void *arg)
{
    for (size_t i = 0; i < sizeof place_headers / sizeof place_headers[0]; i++) {
        const char *country = header(arg, place_headers[i].country);

        if (country != NULL && *country != '\0' &&
            (!place_headers[i].newer || rules->dialect == UMAMI_V3))
            return &place_headers[i];
    }
    return NULL;
}

static void
ask_database(struct umami_place *out, struct arena *arena, const struct umami_place_rules *rules)
{
    struct umami_spot spot = { NULL, NULL, NULL };
    const char *ip =
        rules->dialect == UMAMI_V3 ? without_port(arena, out->ip) : out->ip; /* a given one, too */

    if (rules->locate == NULL)
        return;
    out->source = UMAMI_PLACE_UNKNOWN;
    if (!rules->locate(rules->locate_arg, arena, ip, &spot))
        return;
    out->source = UMAMI_PLACE_DATABASE;
    take_spot(out, arena, &spot);
}

void
umami_place_find(struct umami_place *out, struct arena *arena,
                 const struct umami_place_rules *rules, umami_header *header, void *arg,
                 const char *given, const char *socket)
{
    bool is_given = given != NULL && *given != '\0', named = true;
    const struct place_headers *proxy;

    *out = (struct umami_place){ .ip = given };
    if (!is_given)
        out->ip = find_address(arena, rules, header, arg, socket, &named);
    if (out->ip == NULL)
        return;
    if (rules->dialect == UMAMI_V3 && !is_given)
        out->ip = plain_address(arena, without_port(arena, out->ip));
    proxy = rules->skips_headers ? NULL : find_proxy(rules, header, arg);
    if (is_private(out->ip)) {
        out->source = UMAMI_PLACE_PRIVATE;
        out->is_told = proxy != NULL || (named && rules->locate != NULL);
    } else if (proxy != NULL && !is_given) {
        out->source = UMAMI_PLACE_HEADERS;
        take_spot(out, arena,
                  &(struct umami_spot){ .country = decode(arena, header(arg, proxy->country)),
                                        .region = decode(arena, header(arg, proxy->region)),
                                        .city = decode(arena, header(arg, proxy->city)) });
    } else {
        ask_database(out, arena, rules);
    }
}

const char *
umami_place_describe(struct arena *arena, const struct umami_place *place)
{
    static const char *const sources[] = {
        [UMAMI_PLACE_NOWHERE] = "no proxy's header tells it, and there is no --geo-db",
        [UMAMI_PLACE_PRIVATE] = "private address: nobody is asked about it",
        [UMAMI_PLACE_HEADERS] = "from the proxy's headers",
        [UMAMI_PLACE_DATABASE] = "from the database of places",
        [UMAMI_PLACE_UNKNOWN] = "the database of places does not know the address",
    };
    const char *const parts[] = { place->country, place->region, place->city };
    struct buf b;
    char *text;

    buf_init(&b, 512);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i] != NULL && *parts[i] != '\0')
            buf_addf(&b, "%s, ", parts[i]);
    }
    buf_addf(&b, "%s", sources[place->source]);
    text = arena_strndup(arena, b.data, b.len);
    buf_fini(&b);
    return text;
}
