/* address.h - "HOST:PORT" and sockets bound to it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ADDRESS_H
#define OV_EMULATOR_ADDRESS_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdint.h>

#define ADDRESS_TEXT 80

struct address {
    struct sockaddr_storage sock;
    socklen_t len;
};

/* "127.0.0.1:6270", "[::1]:0", "localhost:6270"; names are not looked up. `option` is named in the
 * sentence. */
MUST_CHECK enum status address_parse(struct address *out, const char *text, const char *option,
                                     struct err *err);
/* "127.0.0.1:6270"; "[::1]:6270" */
void address_format(char text[ADDRESS_TEXT], const struct sockaddr_storage *sock);

/* A bound socket that does not block and is not inherited; `type` is SOCK_STREAM (listening) or
 * SOCK_DGRAM. *address gets the port that was picked. */
MUST_CHECK enum status address_bind(int *fd, struct address *address, int type, const char *option,
                                    struct err *err);

#endif
