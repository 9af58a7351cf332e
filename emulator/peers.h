/* peers.h - who is connected: the other ends of our connections.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_PEERS_H
#define OV_EMULATOR_PEERS_H

#include "emulator/address.h"

struct peers;

struct peer {
    struct sockaddr_storage sock;
    char text[ADDRESS_TEXT];
    void *request;            /* the server's: what is under way on this connection, or NULL */
    struct peer *next, *prev; /* the list's own */
};

struct peers *peers_new(void);
void peers_free(struct peers *peers); /* when all have left; NULL is fine */

/* `sock` may be NULL: unknown. */
struct peer *peers_join(struct peers *peers, const struct sockaddr *sock);
void peers_leave(struct peers *peers, struct peer *peer);

unsigned peers_count(const struct peers *peers);
/* Those whose end is not a socket of this process. */
unsigned peers_count_foreign(struct peers *peers);

#endif
