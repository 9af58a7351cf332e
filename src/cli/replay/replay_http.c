/* replay_http.c - sixteen connections to an http:// server, on one epoll.
 * SPDX-License-Identifier: MIT
 *
 * libcurl takes some 31 us of a processor for a request, which a server beside it could use; this
 * takes what the system calls cost. A connection has one request under way at a time: not every
 * server answers several in the order in which they came.
 *
 * A server may close a connection that nothing happens on, just when the next request goes out.
 * That one is sent again, once, on a new connection, when nothing of an answer came and the server
 * closed in peace or had had a second to do it. After a reset in the midst of traffic it is not:
 * then nobody knows whether the request was carried out (RFC 9112, § 9.3.1). */
#include "config.h"

#include "cli/replay/replay_call.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/sending.h"
#include "wire/http_answer.h"

#define READ_BYTES ((size_t)64 << 10)
#define WAIT_MS    1000
#define IDLE_NS    UINT64_C(1000000000)
#define PARTS      4

struct connection {
    struct replay_call *call;
    int fd; /* -1: none */
    bool is_busy, is_failed;
    bool was_used, was_idle; /* it has answered; it had been idle when this request began */
    bool is_again;           /* this request is sent for the second time */
    bool waits_to_write;
    bool has_bytes; /* of the answer */
    int send_error;
    size_t sent, to_send;
    struct buf head; /* the first line, and what the connection needs */
    struct http_answer answer;
    uint64_t since_ns; /* began, or became idle, then */
};

struct http {
    struct replay_carried carried;
    char *address;   /* tcp://HOST:PORT */
    char *authority; /* as a Host header says it */
    const char *prefix;
    int epoll;
    unsigned failed; /* connections whose failing was not told yet */
    char *room;      /* READ_BYTES */
    struct connection connections[REPLAY_CALLS];
};

static void
await_events(const struct http *h, struct connection *c, int how, unsigned events)
{
    struct epoll_event event = { .events = events, .data.u64 = (uint64_t)(c - h->connections) };

    if (epoll_ctl(h->epoll, how, c->fd, &event) != 0)
        abort(); /* no memory */
}

/* --- ends -------------------------------------------------------------------------------------
 */

static void
close_connection(struct connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->was_used = false;
}

/* Told by the next wait(). */
static void
fail(struct http *h, struct connection *c)
{
    close_connection(c);
    c->call->status = 0;
    c->is_failed = true;
    h->failed++;
}

static void
tell_failed(struct http *h)
{
    for (size_t i = 0; h->failed > 0 && i < REPLAY_CALLS; i++) {
        struct connection *c = &h->connections[i];

        if (!c->is_failed)
            continue;
        h->failed--;
        c->is_failed = c->is_busy = false;
        h->carried.ended(h->carried.arg, i);
    }
}

static void
succeed(struct http *h, struct connection *c, bool has_more)
{
    c->call->status = c->answer.status;
    c->is_busy = false;
    c->was_used = true;
    c->since_ns = mono_ns();
    if (!c->answer.keeps_connection || has_more || c->sent < c->to_send)
        close_connection(c);
    h->carried.ended(h->carried.arg, (size_t)(c - h->connections));
}

static void send_call(struct http *h, struct connection *c);

/* The connection ended: by `reason`, or 0: the server closed it. */
static void
lose(struct http *h, struct connection *c, int reason)
{
    const bool in_peace = reason == 0 || reason == EPIPE;

    if (c->was_used && !c->is_again && !c->has_bytes && (in_peace || c->was_idle)) {
        close_connection(c);
        c->is_again = true;
        send_call(h, c);
        return;
    }
    if (in_peace)
        err_set(&c->call->err, E_IO, "the connection was closed before %s",
                c->has_bytes ? "the end of the answer" : "an answer came");
    else
        err_errno(&c->call->err, reason, "no answer");
    fail(h, c);
}

/* --- requests ---------------------------------------------------------------------------------
 */

static size_t
fill_parts(const struct connection *c, struct iovec parts[PARTS])
{
    static char end[] = "\r\n";
    const struct iovec all[PARTS] = { { c->head.data, c->head.len },
                                      { c->call->head.data, c->call->head.len },
                                      { end, 2 },
                                      { c->call->body.data, c->call->body.len } };
    size_t skip = c->sent, count = 0;

    for (size_t i = 0; i < PARTS; i++) {
        size_t gone = skip < all[i].iov_len ? skip : all[i].iov_len;

        skip -= gone;
        if (gone < all[i].iov_len)
            parts[count++] =
                (struct iovec){ (char *)all[i].iov_base + gone, all[i].iov_len - gone };
    }
    return count;
}

static void
wait_to_write(struct http *h, struct connection *c, bool waits)
{
    if (waits != c->waits_to_write)
        await_events(h, c, EPOLL_CTL_MOD, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    c->waits_to_write = waits;
}

/* As much as the system takes. */
static void
send_more(struct http *h, struct connection *c)
{
    while (c->sent < c->to_send && c->send_error == 0) {
        struct iovec parts[PARTS];
        const struct msghdr message = { .msg_iov = parts, .msg_iovlen = fill_parts(c, parts) };
        ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);

        if (n >= 0)
            c->sent += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            c->send_error = errno; /* what the server said before it closed is there to be read */
    }
    wait_to_write(h, c, c->sent < c->to_send && c->send_error == 0);
}

static bool
open_connection(struct http *h, struct connection *c)
{
    const int yes = 1;

    if (sending_open(&c->fd, h->address, &c->call->err) != OK)
        return false;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    await_events(h, c, EPOLL_CTL_ADD, EPOLLIN);
    c->waits_to_write = false;
    return true;
}

static void
print_head(const struct http *h, struct connection *c)
{
    const struct replay_call *call = c->call;
    struct buf *b = &c->head;

    buf_clear(b);
    buf_adds(b, call->event.method);
    buf_addc(b, ' ');
    buf_adds(b, h->prefix);
    buf_adds(b, call->event.path);
    buf_adds(b, " HTTP/1.1\r\n");
    if (!call->has_host) {
        buf_adds(b, "Host: ");
        buf_adds(b, h->authority);
        buf_adds(b, "\r\n");
    }
    if (call->has_body)
        buf_addf(b, "Content-Length: %zu\r\n", call->body.len);
}

static void
send_call(struct http *h, struct connection *c)
{
    c->sent = 0;
    c->to_send = c->head.len + c->call->head.len + 2 + c->call->body.len;
    c->send_error = 0;
    c->has_bytes = false;
    buf_clear(&c->call->answer);
    http_answer_begin(&c->answer, strcmp(c->call->event.method, "HEAD") == 0, &c->call->answer);
    c->answer.headers = c->call->wants_headers ? &c->call->headers : NULL;
    if (c->fd < 0 && !open_connection(h, c))
        fail(h, c);
    else
        send_more(h, c);
}

/* What would end the request's first line before its end. */
static bool
has_blank(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

/* Whether the server has closed it meanwhile, or said something that nobody asked. */
static bool
is_stale(const struct connection *c)
{
    char byte;

    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

static void
start(void *state, size_t i)
{
    struct http *h = state;
    struct connection *c = &h->connections[i];
    const struct fixture_event *event = &c->call->event;
    const uint64_t now_ns = mono_ns();

    c->was_idle = now_ns - c->since_ns > IDLE_NS;
    c->since_ns = now_ns;
    c->is_busy = true;
    c->is_again = false;
    if (event->method[0] == '\0' || has_blank(event->method) || has_blank(event->path)) {
        err_set(&c->call->err, E_INVALID, "method or path hold a blank or a control character");
        fail(h, c);
        return;
    }
    if (c->fd >= 0 && c->was_idle && is_stale(c))
        close_connection(c);
    print_head(h, c);
    send_call(h, c);
}

/* --- answers ----------------------------------------------------------------------------------
 */

static void
take_bytes(struct http *h, struct connection *c, size_t length)
{
    enum status st;
    size_t used;

    c->has_bytes = true;
    st = http_answer_take(&c->answer, h->room, length, &used, &c->call->err);
    if (st != OK)
        fail(h, c);
    else if (c->answer.is_done)
        succeed(h, c, used < length);
}

static void
take_end(struct http *h, struct connection *c, int reason)
{
    if (reason == 0)
        reason = c->send_error;
    if (reason == 0 && c->has_bytes && http_answer_end(&c->answer, &c->call->err) == OK)
        succeed(h, c, false);
    else
        lose(h, c, reason);
}

static void
read_more(struct http *h, struct connection *c)
{
    ssize_t n = recv(c->fd, h->room, READ_BYTES, 0);

    if (n > 0)
        take_bytes(h, c, (size_t)n);
    else if (n == 0)
        take_end(h, c, 0);
    else if (errno != EAGAIN && errno != EINTR)
        take_end(h, c, errno);
}

static void
handle(struct http *h, const struct epoll_event *event)
{
    struct connection *c = &h->connections[event->data.u64];

    if (c->fd < 0)
        return;
    if (!c->is_busy) {
        close_connection(c);
        return;
    }
    if ((event->events & EPOLLOUT) != 0)
        send_more(h, c);
    if ((event->events & ~(unsigned)EPOLLOUT) != 0)
        read_more(h, c);
}

static void
expire(struct http *h)
{
    const uint64_t now_ns = mono_ns();

    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct connection *c = &h->connections[i];

        if (!c->is_busy || c->is_failed ||
            now_ns - c->since_ns < REPLAY_TIMEOUT_MS * UINT64_C(1000000))
            continue;
        err_set(&c->call->err, E_IO, "no answer within %d s", REPLAY_TIMEOUT_MS / 1000);
        fail(h, c);
    }
}

static void
wait_for_some(void *state)
{
    struct http *h = state;
    struct epoll_event events[REPLAY_CALLS];
    int count = h->failed > 0 ? 0 : epoll_wait(h->epoll, events, REPLAY_CALLS, WAIT_MS);

    for (int i = 0; i < count; i++)
        handle(h, &events[i]);
    expire(h);
    tell_failed(h);
}

/* --- life -------------------------------------------------------------------------------------
 */

static void
close_http(void *state)
{
    struct http *h = state;

    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct connection *c = &h->connections[i];

        close_connection(c);
        http_answer_fini(&c->answer);
        buf_fini(&c->head);
    }
    if (h->epoll >= 0)
        close(h->epoll);
    free(h->address);
    free(h->authority);
    free(h->room);
    free(h);
}

/* Between the slashes: HOST[:PORT]. */
static size_t
authority_length(const char *to)
{
    return strcspn(to + strlen("http://"), "/?#");
}

static bool
has_port(const char *authority)
{
    const char *colon = strrchr(authority, ':'), *bracket = strrchr(authority, ']');

    return colon != NULL && (bracket == NULL || colon > bracket);
}

/* As libcurl reads its environment; it is told to leave loopback out. */
static bool
is_proxied(const char *to)
{
    static const char *const near[] = { "localhost", "127.0.0.1", "[::1]" };
    static const char *const names[] = { "http_proxy", "all_proxy", "ALL_PROXY" };
    const char *authority = to + strlen("http://");
    bool has_proxy = false;

    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        const size_t length = strlen(near[i]);

        if (strncmp(authority, near[i], length) == 0 &&
            (authority[length] == ':' || authority[length] == '/' || authority[length] == '\0'))
            return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        has_proxy |= value != NULL && *value != '\0';
    }
    return has_proxy;
}

bool
replay_can_do_http(const char *to)
{
    return strncmp(to, "http://", 7) == 0 && !is_proxied(to) &&
           memchr(to + 7, '@', authority_length(to)) == NULL;
}

enum status
replay_open_http(struct replay_carrier *out, const struct replay_carried *carried, struct err *err)
{
    struct http *h = xcalloc(1, sizeof *h);
    const char *authority = carried->to + strlen("http://");

    h->carried = *carried;
    h->authority = xstrndup(authority, authority_length(carried->to));
    h->prefix = authority + authority_length(carried->to);
    h->address = xasprintf("tcp://%s%s", h->authority, has_port(h->authority) ? "" : ":80");
    h->room = xmalloc(READ_BYTES);
    h->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct connection *c = &h->connections[i];

        c->call = &carried->calls[i];
        c->fd = -1;
        buf_init(&c->head, FIXTURE_LINE_MAX);
        http_answer_init(&c->answer);
    }
    if (h->epoll < 0) {
        enum status st = err_errno(err, errno, "no connections can be waited for");

        close_http(h);
        return st;
    }
    *out = (struct replay_carrier){ h, start, wait_for_some, close_http };
    return OK;
}
