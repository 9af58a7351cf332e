/* guards.h - who may talk to us: pure judgements over what a request says of itself.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_GUARDS_H
#define OV_EMULATOR_GUARDS_H

#include <netinet/in.h>
#include <stdbool.h>

/* The names under which we may be addressed. */
struct names {
    const char *host;               /* as given to --listen, without brackets; NULL: none */
    const char *const *allow_hosts; /* NULL-terminated, or NULL */
    const char *token;              /* NULL: none */
    const char *const *allow_origins;
};

/* A page elsewhere can make its own name resolve to 127.0.0.1 and then read us as its own origin;
 * the Host header is where that shows. Loopback names, numeric addresses of this machine's
 * loopback, our own address and --allow-host pass; a missing header (HTTP/1.0) passes too, as no
 * browser sends one. */
bool guard_host(const struct names *names, const char *host_header);

/* `allowed` NULL: http and https origins on loopback, any port. Otherwise exactly one of the list;
 * "*" allows any. "null" (a sandbox, a file) is only allowed by name. */
bool guard_origin(const char *const *allowed, const char *origin);

/* In time that does not depend on where they differ. */
bool guard_token(const char *expected, const char *shown);

bool guard_is_loopback(const struct sockaddr_storage *address);

#endif
