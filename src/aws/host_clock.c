/* host_clock.c - remembers by how much hosts' clocks are off.
 * SPDX-License-Identifier: MIT
 *
 * A signature holds the time, and AWS takes none that is more than five minutes off. One machine
 * talks to a handful of hosts: a list will do. */
#include "config.h"

#include "aws/host_clock.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct host_clock {
    struct host_clock *next;
    int64_t off_ms; /* the host's less ours */
    char host[HOST_TEXT];
};

void
host_of_url(const char *url, char host[HOST_TEXT])
{
    const char *from = strstr(url, "://");
    size_t len;

    from = from == NULL ? url : from + 3;
    len = strcspn(from, "/?#");
    if (len >= HOST_TEXT)
        len = HOST_TEXT - 1;
    memcpy(host, from, len);
    host[len] = '\0';
}

void
host_clocks_free(struct host_clock *clocks)
{
    while (clocks != NULL) {
        struct host_clock *clock = clocks;

        clocks = clock->next;
        free(clock);
    }
}

int64_t
host_clock_off_ms(const struct host_clock *clocks, const char *url)
{
    char host[HOST_TEXT];

    host_of_url(url, host);
    for (const struct host_clock *c = clocks; c != NULL; c = c->next) {
        if (strcmp(c->host, host) == 0)
            return c->off_ms;
    }
    return 0;
}

void
host_clock_learn(struct host_clock **clocks, const char *url, int64_t off_ms)
{
    char host[HOST_TEXT];
    struct host_clock *clock = *clocks;

    host_of_url(url, host);
    while (clock != NULL && strcmp(clock->host, host) != 0)
        clock = clock->next;
    if (clock == NULL) {
        clock = xcalloc(1, sizeof *clock);
        memcpy(clock->host, host, sizeof host);
        clock->next = *clocks;
        *clocks = clock;
    }
    clock->off_ms = off_ms;
}
