/* server.h - HTTP: sockets in, exchanges out.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_SERVER_H
#define OV_EMULATOR_SERVER_H

#include "base/err.h"
#include "emulator/address.h"

struct emulator;
struct server;

/* Takes the listening socket. */
MUST_CHECK enum status server_start(struct server **out, struct emulator *em, int listen_fd,
                                    struct err *err);
/* No new connections; what is under way is answered and sent, for some seconds at most. The
 * emulator must be marked as stopping before, and its changes ended. */
void server_drain(struct server *server);
void server_stop(struct server *server); /* after server_drain(); NULL is fine */

unsigned server_connections(const struct server *server);
/* Connections whose other end is not a socket of this process. */
unsigned server_foreign_connections(struct server *server);

#endif
