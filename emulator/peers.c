/* peers.c - a list under a lock, and a look at our own descriptors.
 * SPDX-License-Identifier: MIT
 *
 * The screen in this process connects like everybody else. Which connections are its own is found
 * out only when somebody asks: the other end of such a connection is the local end of one of our
 * own descriptors. */
#include "config.h"

#include "emulator/peers.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/text.h"

struct peers {
    pthread_mutex_t lock;
    struct peer *first;
    atomic_uint count;
};

struct peers *
peers_new(void)
{
    struct peers *p = xcalloc(1, sizeof *p);

    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void
peers_free(struct peers *p)
{
    if (p == NULL)
        return;
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct peer *
peers_join(struct peers *p, const struct sockaddr *sock)
{
    struct peer *peer = xcalloc(1, sizeof *peer);

    if (sock != NULL) {
        size_t len =
            sock->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

        memcpy(&peer->sock, sock, len);
        address_format(peer->text, &peer->sock);
    }
    pthread_mutex_lock(&p->lock);
    peer->next = p->first;
    if (peer->next != NULL)
        peer->next->prev = peer;
    p->first = peer;
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_add(&p->count, 1);
    return peer;
}

void
peers_leave(struct peers *p, struct peer *peer)
{
    pthread_mutex_lock(&p->lock);
    if (peer->prev != NULL)
        peer->prev->next = peer->next;
    else
        p->first = peer->next;
    if (peer->next != NULL)
        peer->next->prev = peer->prev;
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_sub(&p->count, 1);
    free(peer);
}

unsigned
peers_count(const struct peers *p)
{
    return atomic_load(&p->count);
}

/* Addresses of a process as texts that sort and compare: with a thousand connections, looking every
 * one up among all descriptors would take a second. */
struct own {
    char (*texts)[ADDRESS_TEXT];
    size_t count;
};

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct own
find_own(void)
{
    DIR *descriptors = opendir("/proc/self/fd");
    const struct dirent *entry;
    struct own own = { 0 };
    size_t cap = 0;

    while (descriptors != NULL && (entry = readdir(descriptors)) != NULL) {
        struct sockaddr_storage local;
        socklen_t len = sizeof local;
        int64_t fd;

        if (!text_parse_int(&fd, entry->d_name) ||
            getsockname((int)fd, (struct sockaddr *)&local, &len) != 0 ||
            (local.ss_family != AF_INET && local.ss_family != AF_INET6))
            continue;
        if (own.count == cap) {
            cap = cap == 0 ? 64 : cap * 2;
            own.texts = xreallocarray(own.texts, cap, sizeof *own.texts);
        }
        address_format(own.texts[own.count++], &local);
    }
    if (descriptors != NULL)
        closedir(descriptors);
    if (own.count > 0)
        qsort(own.texts, own.count, sizeof *own.texts, compare);
    return own;
}

unsigned
peers_count_foreign(struct peers *p)
{
    struct own own = find_own();
    unsigned count = 0;

    pthread_mutex_lock(&p->lock);
    for (const struct peer *peer = p->first; peer != NULL; peer = peer->next)
        count += own.count == 0 ||
                 bsearch(peer->text, own.texts, own.count, sizeof *own.texts, compare) == NULL;
    pthread_mutex_unlock(&p->lock);
    free(own.texts);
    return count;
}
