/* guards.c - Host, Origin and token.
 * SPDX-License-Identifier: MIT
 *
 * The emulator listens where every page in the developer's browser can send requests to. What keeps
 * a foreign page out: the Host header against rebinding, the origin allow-list against reading and
 * against posts, and a token as soon as the socket is reachable from elsewhere. */
#include "config.h"

#include "emulator/guards.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 256

static bool
is_port(const char *text)
{
    size_t len = strspn(text, "0123456789");

    return len >= 1 && len <= 5 && text[len] == '\0';
}

/* Splits "name", "name:port", "[v6]" and "[v6]:port"; the name comes without brackets and final
 * dot. */
static bool
split_host(const char *text, char name[static HOST_MAX])
{
    const char *end, *rest;
    size_t len;

    if (*text == '[') {
        text++;
        end = strchr(text, ']');
        if (end == NULL)
            return false;
        rest = end + 1;
    } else {
        end = text + strcspn(text, ":");
        rest = end;
    }
    if (*rest != '\0' && (*rest != ':' || !is_port(rest + 1)))
        return false;
    len = (size_t)(end - text);
    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len >= HOST_MAX)
        return false;
    memcpy(name, text, len);
    name[len] = '\0';
    return true;
}

static bool
is_loopback_name(const char *name)
{
    size_t len = strlen(name);
    struct in6_addr v6;
    struct in_addr v4;

    if (strcasecmp(name, "localhost") == 0)
        return true;
    if (len > 10 && strcasecmp(name + len - 10, ".localhost") == 0) /* RFC 6761, section 6.3 */
        return true;
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool
guard_host(const struct names *names, const char *host_header)
{
    char name[HOST_MAX];

    if (host_header == NULL)
        return true;
    if (!split_host(host_header, name))
        return false;
    if (is_loopback_name(name))
        return true;
    if (names->host != NULL && strcasecmp(names->host, name) == 0)
        return true;
    for (const char *const *h = names->allow_hosts; h != NULL && *h != NULL; h++) {
        if (strcasecmp(*h, name) == 0 || strcmp(*h, "*") == 0)
            return true;
    }
    return false;
}

static bool
is_loopback_origin(const char *origin)
{
    char name[HOST_MAX];
    size_t scheme;

    if (strncasecmp(origin, "http://", 7) == 0)
        scheme = 7;
    else if (strncasecmp(origin, "https://", 8) == 0)
        scheme = 8;
    else
        return false;
    return split_host(origin + scheme, name) && is_loopback_name(name);
}

/* An origin ends before the slash that a copied address has. */
static bool
is_origin(const char *allowed, const char *origin)
{
    size_t len = strlen(allowed);

    if (len > 0 && allowed[len - 1] == '/')
        len--;
    return strlen(origin) == len && strncasecmp(allowed, origin, len) == 0;
}

bool
guard_origin(const char *const *allowed, const char *origin)
{
    if (allowed == NULL)
        return is_loopback_origin(origin);
    for (; *allowed != NULL; allowed++) {
        if (strcmp(*allowed, "*") == 0 || is_origin(*allowed, origin))
            return true;
    }
    return false;
}

bool
guard_token(const char *expected, const char *shown)
{
    size_t len = strlen(expected);

    return shown != NULL && strlen(shown) == len && CRYPTO_memcmp(expected, shown, len) == 0;
}

bool
guard_is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

    if (address->ss_family == AF_INET)
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    if (address->ss_family != AF_INET6)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return v6->sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}
