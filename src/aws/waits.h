/* waits.h - what net_run() waits for besides transfers: files to read, and time.
 * SPDX-License-Identifier: MIT
 *
 * net.c's own; others see net_wait(). */
#ifndef OV_AWS_WAITS_H
#define OV_AWS_WAITS_H

#include "aws/libcurl.h"
#include "aws/net.h"

#include <stdbool.h>

/* All zeroes is none. */
struct waits {
    struct net_wait *first;
};

void waits_fini(struct waits *waits); /* tells nobody */
struct net_wait *waits_add(struct waits *waits, int fd, int wait_ms, net_waited *done, void *arg);
/* Until the next is due, at most `most_ms`. */
int waits_left_ms(const struct waits *waits, int most_ms);
/* Sleeps until a transfer, a wait or net_wake() has something to do. */
void waits_poll(struct waits *waits, CURLM *multi, int wait_ms);
/* Ends those whose time has come; true when there was one. A wait that is ended may begin others.
 */
bool waits_finish(struct waits *waits);

#endif
