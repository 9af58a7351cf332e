/* waits.c - descriptors and due times beside libcurl's transfers.
 * SPDX-License-Identifier: MIT
 *
 * Keys come from child processes and files as well as from hosts; one poll serves all of them. */
#include "config.h"

#include "aws/waits.h"

#include "base/clock.h"
#include "base/mem.h"

#include <poll.h>
#include <stdlib.h>

#define WAITS_POLLED 16

struct net_wait {
    struct net_wait *next;
    uint64_t due_ns;
    int fd;
    bool is_over;
    bool is_ready;
    net_waited *done;
    void *arg;
};

void
waits_fini(struct waits *waits)
{
    while (waits->first != NULL) {
        struct net_wait *wait = waits->first;

        waits->first = wait->next;
        free(wait);
    }
}

struct net_wait *
waits_add(struct waits *waits, int fd, int wait_ms, net_waited *done, void *arg)
{
    struct net_wait *wait = xcalloc(1, sizeof *wait);

    *wait = (struct net_wait){ .next = waits->first,
                               .due_ns = mono_ns() + (uint64_t)wait_ms * 1000000,
                               .fd = fd,
                               .done = done,
                               .arg = arg };
    waits->first = wait;
    return wait;
}

void
net_wait_cancel(struct net_wait *wait)
{
    if (wait != NULL)
        wait->is_over = true;
}

bool
waits_finish(struct waits *waits)
{
    struct net_wait **at = &waits->first;
    uint64_t now = mono_ns();
    bool any = false;

    while (*at != NULL) {
        struct net_wait *wait = *at;

        if (!wait->is_over && !wait->is_ready && wait->due_ns > now) {
            at = &wait->next;
            continue;
        }
        *at = wait->next;
        if (!wait->is_over) {
            any = true;
            wait->done(wait->arg, wait->is_ready);
            at = &waits->first; /* the list may be another one now */
        }
        free(wait);
    }
    return any;
}

/* libcurl does not tell that the other end of a pipe was closed, so the system is asked once more.
 */
void
waits_poll(struct waits *waits, CURLM *multi, int wait_ms)
{
    struct curl_waitfd fds[WAITS_POLLED];
    struct pollfd again[WAITS_POLLED];
    struct net_wait *polled[WAITS_POLLED];
    unsigned count = 0;

    for (struct net_wait *w = waits->first; w != NULL && count < WAITS_POLLED; w = w->next) {
        if (w->is_over || w->fd < 0)
            continue;
        fds[count] = (struct curl_waitfd){ .fd = w->fd, .events = CURL_WAIT_POLLIN };
        again[count] = (struct pollfd){ .fd = w->fd, .events = POLLIN };
        polled[count++] = w;
    }
    libcurl.multi_poll(multi, fds, count, wait_ms, NULL);
    if (count == 0 || poll(again, count, 0) <= 0)
        return;
    for (unsigned i = 0; i < count; i++)
        polled[i]->is_ready = again[i].revents != 0;
}

int
waits_left_ms(const struct waits *waits, int most_ms)
{
    uint64_t now = mono_ns();

    for (const struct net_wait *w = waits->first; w != NULL; w = w->next) {
        uint64_t left = w->is_over || w->due_ns <= now ? 0 : (w->due_ns - now) / 1000000 + 1;

        if (left < (uint64_t)most_ms)
            most_ms = (int)left;
    }
    return most_ms;
}
