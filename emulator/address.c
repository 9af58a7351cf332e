/* address.c - addresses are numeric: an emulator that asks a name server to start is a surprise.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG 1024

static struct sockaddr_in *
as_v4(struct sockaddr_storage *sock)
{
    return (struct sockaddr_in *)(void *)sock;
}

static struct sockaddr_in6 *
as_v6(struct sockaddr_storage *sock)
{
    return (struct sockaddr_in6 *)(void *)sock;
}

static void
set_port(struct address *address, uint16_t port)
{
    if (address->sock.ss_family == AF_INET6)
        as_v6(&address->sock)->sin6_port = htons(port);
    else
        as_v4(&address->sock)->sin_port = htons(port);
}

static bool
set_host(struct address *out, const char *host)
{
    if (strcasecmp(host, "localhost") == 0)
        host = "127.0.0.1";
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &as_v4(&out->sock)->sin_addr) == 1) {
        out->sock.ss_family = AF_INET;
        out->len = sizeof(struct sockaddr_in);
        return true;
    }
    if (inet_pton(AF_INET6, host, &as_v6(&out->sock)->sin6_addr) == 1) {
        out->sock.ss_family = AF_INET6;
        out->len = sizeof(struct sockaddr_in6);
        return true;
    }
    return false;
}

enum status
address_parse(struct address *out, const char *text, const char *option, struct err *err)
{
    const char *colon = strrchr(text, ':');
    struct address address;
    char host[64];
    size_t len;
    int64_t port;

    if (colon == NULL || !text_parse_int(&port, colon + 1) || port < 0 || port > 65535)
        return err_set(err, E_USAGE, "%s %s: expected HOST:PORT, for instance 127.0.0.1:6270",
                       option, text);
    len = (size_t)(colon - text);
    if (len >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        len -= 2;
    }
    if (len >= sizeof host)
        return err_set(err, E_USAGE, "%s: the host is too long", option);
    memcpy(host, text, len);
    host[len] = '\0';
    if (!set_host(&address, host))
        return err_set(err, E_USAGE, "%s: %s is not a numeric address or localhost", option, host);
    set_port(&address, (uint16_t)port);
    *out = address;
    return OK;
}

void
address_format(char text[ADDRESS_TEXT], const struct sockaddr_storage *sock)
{
    struct sockaddr_storage copy = *sock;
    char host[INET6_ADDRSTRLEN] = "";

    if (copy.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &as_v6(&copy)->sin6_addr, host, sizeof host);
        snprintf(text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(as_v6(&copy)->sin6_port));
        return;
    }
    inet_ntop(AF_INET, &as_v4(&copy)->sin_addr, host, sizeof host);
    snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(as_v4(&copy)->sin_port));
}

static enum status
open_bound(int fd, const struct address *address, int type, const char *option, struct err *err)
{
    char text[ADDRESS_TEXT];
    int on = 1;

    address_format(text, &address->sock);
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->sock.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address->sock, address->len) != 0) {
        if (errno == EADDRINUSE)
            return err_set(
                err, E_EXISTS,
                "cannot listen on %s: address in use (another obsview? try %s HOST:PORT)", text,
                option);
        return err_errno(err, errno, "cannot listen on %s", text);
    }
    if (type == SOCK_STREAM && listen(fd, BACKLOG) != 0)
        return err_errno(err, errno, "cannot listen on %s", text);
    return OK;
}

enum status
address_bind(int *out, struct address *address, int type, const char *option, struct err *err)
{
    int fd = socket(address->sock.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct address bound = *address;
    enum status st;

    if (fd < 0)
        return err_errno(err, errno, "cannot make a socket for %s", option);
    st = open_bound(fd, address, type, option, err);
    if (st != OK) {
        close(fd);
        return st;
    }
    bound.len = sizeof bound.sock;
    if (getsockname(fd, (struct sockaddr *)&bound.sock, &bound.len) == 0)
        *address = bound;
    *out = fd;
    return OK;
}
