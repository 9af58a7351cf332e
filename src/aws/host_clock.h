/* host_clock.h - clocks of hosts that differ from ours, as far as somebody found out.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_HOST_CLOCK_H
#define OV_AWS_HOST_CLOCK_H

#include <stdint.h>

#define HOST_TEXT 128

/* "127.0.0.1:6270" of "http://127.0.0.1:6270/path", cut where it does not fit. */
void host_of_url(const char *url, char host[HOST_TEXT]);

/* A list; NULL is an empty one. */
struct host_clock;

void host_clocks_free(struct host_clock *clocks);
/* What the clock of the host of `url` shows less what ours does; 0 while unknown. */
int64_t host_clock_off_ms(const struct host_clock *clocks, const char *url);
void host_clock_learn(struct host_clock **clocks, const char *url, int64_t off_ms);

#endif
