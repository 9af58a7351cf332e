/* responder.c - the answering server of the collector's tests.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "responder.h"

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

#define CONNECTIONS_MAX 64
#define REQUEST_MAX     (1024 * 1024)

struct connection {
    struct responder *r;
    pthread_t thread;
    int fd;
    bool is_stream;
};

struct responder {
    pthread_mutex_t lock;
    pthread_t thread;
    int listener;
    int stop[2];
    char url[64];
    struct rule rules[RULES_MAX];
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
    char **requests;
    size_t request_count;
    size_t stream_count;
};

static bool
wait_readable(const struct responder *r, int fd)
{
    struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
                             { .fd = r->stop[0], .events = POLLIN } };

    return poll(fds, 2, 30000) > 0 && fds[1].revents == 0;
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

/* The next request, the caller's; NULL at the end. */
static char *
read_request(const struct responder *r, int fd)
{
    struct buf b;

    buf_init(&b, REQUEST_MAX);
    while (!is_whole(&b)) {
        char *room = buf_room(&b, 4096);
        ssize_t n = room != NULL && wait_readable(r, fd) ? read(fd, room, 4096) : 0;

        if (n <= 0) {
            buf_fini(&b);
            return NULL;
        }
        buf_grown(&b, (size_t)n);
    }
    return buf_take(&b, NULL);
}

static bool
send_bytes(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
send_text(int fd, const char *text)
{
    return send_bytes(fd, text, strlen(text));
}

/* Keeps the request and finds its answer. */
static const char *
take_request(struct responder *r, char *request)
{
    const char *body = "!";

    pthread_mutex_lock(&r->lock);
    r->requests = xreallocarray(r->requests, r->request_count + 1, sizeof(char *));
    r->requests[r->request_count++] = request;
    for (size_t i = 0; i < RULES_MAX && r->rules[i].needle != NULL; i++) {
        if (strstr(request, r->rules[i].needle) != NULL) {
            body = r->rules[i].body;
            break;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return body;
}

static void
begin_stream(struct connection *c, const char *hello)
{
    send_text(c->fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    send_text(c->fd, hello);
    pthread_mutex_lock(&c->r->lock);
    c->is_stream = true;
    c->r->stream_count++;
    pthread_mutex_unlock(&c->r->lock);
}

static bool
answer(struct connection *c, char *request)
{
    const char *body = take_request(c->r, request);
    int status = 200;
    char *text;
    bool sent;

    if (strcmp(body, "!") == 0)
        return false;
    if (strcmp(body, "~") == 0) {
        begin_stream(c, "");
        return true;
    }
    if (*body == '!') {
        status = atoi(body + 1);
        body += 4;
    }
    text = xasprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     status, strlen(body), body);
    sent = send_text(c->fd, text);
    free(text);
    return sent;
}

static void *
serve(void *arg)
{
    struct connection *c = arg;
    char *request;

    while ((request = read_request(c->r, c->fd)) != NULL) {
        if (strstr(request, "GET /_obsview/changes") != NULL) {
            free(request);
            begin_stream(c, "retry: 1000\n\n");
        } else if (!answer(c, request))
            break;
    }
    pthread_mutex_lock(&c->r->lock);
    c->is_stream = false;
    pthread_mutex_unlock(&c->r->lock);
    shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

static void *
run(void *arg)
{
    struct responder *r = arg;

    while (wait_readable(r, r->listener) && r->connection_count < CONNECTIONS_MAX) {
        struct connection *c = &r->connections[r->connection_count];

        c->r = r;
        c->fd = accept(r->listener, NULL, NULL);
        pthread_mutex_lock(&r->lock); /* counted before it can begin a stream, which may be ended */
        r->connection_count++;
        pthread_mutex_unlock(&r->lock);
        if (c->fd < 0 || pthread_create(&c->thread, NULL, serve, c) != 0)
            abort();
    }
    return NULL;
}

struct responder *
responder_new(const struct rule *rules)
{
    struct responder *r = xcalloc(1, sizeof *r);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    for (size_t i = 0; rules[i].needle != NULL; i++)
        r->rules[i] = rules[i];
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->listener < 0 || bind(r->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(r->listener, 16) != 0 ||
        getsockname(r->listener, (struct sockaddr *)&at, &len) != 0 || pipe(r->stop) != 0 ||
        pthread_mutex_init(&r->lock, NULL) != 0 || pthread_create(&r->thread, NULL, run, r) != 0)
        abort();
    snprintf(r->url, sizeof r->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return r;
}

void
responder_free(struct responder *r)
{
    close(r->stop[1]);
    pthread_join(r->thread, NULL);
    for (size_t i = 0; i < r->connection_count; i++) {
        pthread_join(r->connections[i].thread, NULL);
        close(r->connections[i].fd);
    }
    for (size_t i = 0; i < r->request_count; i++)
        free(r->requests[i]);
    free(r->requests);
    close(r->stop[0]);
    close(r->listener);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

const char *
responder_url(const struct responder *r)
{
    return r->url;
}

void
responder_set(struct responder *r, const char *needle, const char *body)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < RULES_MAX && r->rules[i].needle != NULL; i++) {
        if (strcmp(r->rules[i].needle, needle) == 0)
            r->rules[i].body = body;
    }
    pthread_mutex_unlock(&r->lock);
}

void
responder_change(struct responder *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->connection_count; i++) {
        if (r->connections[i].is_stream)
            send_text(r->connections[i].fd, "event: changed\ndata: 1\n\n");
    }
    pthread_mutex_unlock(&r->lock);
}

void
responder_push(struct responder *r, const void *bytes, size_t len)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->connection_count; i++) {
        if (r->connections[i].is_stream)
            send_bytes(r->connections[i].fd, bytes, len);
    }
    pthread_mutex_unlock(&r->lock);
}

void
responder_end_streams(struct responder *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->connection_count; i++) {
        if (r->connections[i].is_stream)
            shutdown(r->connections[i].fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&r->lock);
}

size_t
responder_count(struct responder *r, const char *needle)
{
    size_t n = 0;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->request_count; i++)
        n += strstr(r->requests[i], needle) != NULL;
    pthread_mutex_unlock(&r->lock);
    return n;
}

size_t
responder_streams(struct responder *r)
{
    size_t n;

    pthread_mutex_lock(&r->lock);
    n = r->stream_count;
    pthread_mutex_unlock(&r->lock);
    return n;
}
