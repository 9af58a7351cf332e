/* peer.c - the scripted server of the client's tests.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define REQUESTS_MAX 64
#define REQUEST_MAX  (1024 * 1024)

struct peer {
    pthread_t thread;
    pthread_mutex_t lock;
    int listener;
    int stop[2]; /* a pipe; readable when it is time to go */
    char url[64];
    const char *const *script;
    char *requests[REQUESTS_MAX];
    size_t request_count;
    size_t connections;
};

/* False: the peer is being stopped, or the wait took longer than any test should. */
static bool
wait_readable(const struct peer *peer, int fd)
{
    struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
                             { .fd = peer->stop[0], .events = POLLIN } };

    return poll(fds, 2, 20000) > 0 && fds[1].revents == 0;
}

static bool
is_whole(const struct buf *b)
{
    const char *end = strstr(b->data, "\r\n\r\n");
    const char *length = strcasestr(b->data, "\r\ncontent-length:");

    if (end == NULL)
        return false;
    if (length == NULL || length > end)
        return true;
    return b->len >= (size_t)(end + 4 - b->data) + strtoul(length + 17, NULL, 10);
}

static bool
read_request(struct peer *peer, int fd)
{
    struct buf b;
    char *text;

    buf_init(&b, REQUEST_MAX);
    while (!is_whole(&b)) {
        char *room = buf_room(&b, 4096);
        ssize_t n;

        n = room != NULL && wait_readable(peer, fd) ? read(fd, room, 4096) : 0;
        if (n <= 0) {
            buf_fini(&b);
            return false;
        }
        buf_grown(&b, (size_t)n);
    }
    text = buf_take(&b, NULL);
    pthread_mutex_lock(&peer->lock);
    if (peer->request_count < REQUESTS_MAX)
        peer->requests[peer->request_count++] = text;
    else
        free(text);
    pthread_mutex_unlock(&peer->lock);
    return true;
}

static void
serve(struct peer *peer, int fd)
{
    while (*peer->script != NULL && read_request(peer, fd)) {
        const char *text = *peer->script++;
        size_t len = strlen(text);

        while (len > 0) {
            ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

            if (n <= 0)
                return;
            text += n;
            len -= (size_t)n;
        }
        if (strcasestr(peer->script[-1], "content-length:") == NULL)
            return;
    }
}

static void *
run(void *arg)
{
    struct peer *peer = arg;

    while (wait_readable(peer, peer->listener)) {
        int fd = accept(peer->listener, NULL, NULL);

        if (fd < 0)
            break;
        pthread_mutex_lock(&peer->lock);
        peer->connections++;
        pthread_mutex_unlock(&peer->lock);
        serve(peer, fd);
        close(fd);
    }
    return NULL;
}

struct peer *
peer_new(const char *const *script)
{
    struct peer *peer = xcalloc(1, sizeof *peer);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    peer->script = script;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->listener < 0 || bind(peer->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(peer->listener, 8) != 0 ||
        getsockname(peer->listener, (struct sockaddr *)&at, &len) != 0 || pipe(peer->stop) != 0 ||
        pthread_mutex_init(&peer->lock, NULL) != 0 ||
        pthread_create(&peer->thread, NULL, run, peer) != 0)
        abort();
    snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return peer;
}

void
peer_free(struct peer *peer)
{
    close(peer->stop[1]);
    pthread_join(peer->thread, NULL);
    close(peer->stop[0]);
    close(peer->listener);
    for (size_t i = 0; i < peer->request_count; i++)
        free(peer->requests[i]);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

const char *
peer_url(const struct peer *peer)
{
    return peer->url;
}

const char *
peer_request(struct peer *peer, size_t n)
{
    const char *text;

    pthread_mutex_lock(&peer->lock);
    text = n < peer->request_count ? peer->requests[n] : NULL;
    pthread_mutex_unlock(&peer->lock);
    return text;
}

size_t
peer_connections(struct peer *peer)
{
    size_t n;

    pthread_mutex_lock(&peer->lock);
    n = peer->connections;
    pthread_mutex_unlock(&peer->lock);
    return n;
}
