/* peer.h - a server in a thread that says exactly what a test wrote down.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_PEER_H
#define OV_TESTS_PEER_H

#include <stddef.h>

struct peer;

/* Listens on a free port of 127.0.0.1. Connection n is answered, request by request, with the
 * script's next entry; an entry is written as it is and the connection closed behind it, unless it
 * has a Content-Length. Without entries left, connections are closed at once. The script ends with
 * NULL. */
struct peer *peer_new(const char *const *script);
void peer_free(struct peer *peer);
const char *peer_url(const struct peer *peer); /* "http://127.0.0.1:43210" */
/* What was received as request n, headers and body; NULL when there was none. Valid until
 * peer_free(). */
const char *peer_request(struct peer *peer, size_t n);
size_t peer_connections(struct peer *peer);

#endif
