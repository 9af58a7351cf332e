/* emf_listener.c - bytes from sockets and from a pipe, cut behind whole lines.
 * SPDX-License-Identifier: MIT
 *
 * A turn: poll() says who has bytes; each of them is read once, and what it has of whole lines goes
 * to the workers as one batch. While they have no room, nobody is polled but the wake-up
 * descriptor. A line is cut at CloudWatch's limit for a log event; the rest of such a line is
 * thrown away up to its newline.
 *
 * Any page in a browser can post text to a local port. What begins like an HTTP request is not from
 * a metrics library, and its body is not read.
 *
 * The pipe's bytes go to standard output before anything looks at them, so that a line nobody
 * understands passes too. Output is written in pieces that a pipe takes without blocking. */
#include "config.h"

#include "emulator/emf_listener.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "domain/limits.h"
#include "emulator/address.h"
#include "emulator/changes.h"
#include "emulator/emf_workers.h"
#include "emulator/parts.h"

#define CONNECTIONS_MAX 256
#define READ_BYTES      ((size_t)256 << 10)
#define DATAGRAM_MAX    65536
#define DATAGRAMS_TURN  64 /* of one turn */
#define DATAGRAM_BUFFER (4 << 20)
#define STOP_MS         2000

enum { SLOT_WAKE, SLOT_TCP, SLOT_UDP, SLOT_IN, SLOT_OUT, SLOT_CONNECTIONS };

/* Bytes of one sender, up to its last newline. */
struct line_source {
    int fd;
    enum intake_kind kind;
    char peer[ADDRESS_TEXT];
    struct buf pending;
    bool is_known;    /* its first line is not that of an HTTP request */
    bool is_skipping; /* inside a line that was too long */
    bool is_ended;
};

struct emf_listener {
    struct emulator *em;
    struct emf_doors doors;
    struct emf_workers *workers;
    pthread_t thread;
    int wake_fd;
    atomic_bool stop;
    struct line_source *connections[CONNECTIONS_MAX];
    size_t connection_count;
    struct line_source udp, in;
    struct buf out; /* read from in_fd, not yet written to out_fd */
};

static void
wake(void *arg)
{
    const struct emf_listener *l = arg;
    const uint64_t one = 1;

    if (write(l->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: it is awake anyway */
}

/* --- batches
 * ----------------------------------------------------------------------------------------- */

static void
give(struct emf_listener *l, const struct line_source *s, size_t len, bool is_overlong)
{
    struct emf_batch *batch = emf_batch_new(s->kind, s->peer, clock_now_ms(emulator_clock(l->em)));

    batch->is_overlong = is_overlong;
    buf_add(&batch->bytes, s->pending.data, len);
    emf_workers_give(l->workers, batch);
}

/* Drops up to the newline that ends a line which was too long; true when it was there. */
static bool
skip_to_newline(struct line_source *s)
{
    const char *newline = memchr(s->pending.data, '\n', s->pending.len);

    if (newline == NULL) {
        buf_clear(&s->pending);
        return false;
    }
    buf_consume(&s->pending, (size_t)(newline - s->pending.data) + 1);
    s->is_skipping = false;
    return true;
}

static void
deliver(struct emf_listener *l, struct line_source *s)
{
    const char *newline;
    size_t len;

    if (s->is_skipping && !skip_to_newline(s))
        return;
    newline = memrchr(s->pending.data, '\n', s->pending.len);
    len = s->is_ended       ? s->pending.len
          : newline == NULL ? 0
                            : (size_t)(newline - s->pending.data) + 1;
    if (len > 0)
        give(l, s, len, false);
    buf_consume(&s->pending, len);
    if (s->pending.len > LIMIT_LOG_EVENT_BYTES) {
        give(l, s, INTAKE_BODY_MAX, true);
        buf_clear(&s->pending);
        s->is_skipping = true;
    }
}

/* --- reading
 * ----------------------------------------------------------------------------------------- */

static void
source_init(struct line_source *s, int fd, enum intake_kind kind)
{
    *s = (struct line_source){ .fd = fd, .kind = kind };
    buf_init(&s->pending, LIMIT_LOG_EVENT_BYTES + 2 * READ_BYTES);
}

/* false: nothing there now. The end and errors mark the source as ended. */
static bool
read_some(struct line_source *s)
{
    char *room = buf_room(&s->pending, READ_BYTES);
    ssize_t n = read(s->fd, room, READ_BYTES);

    if (n > 0) {
        buf_grown(&s->pending, (size_t)n);
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    s->is_ended = true;
    return true;
}

static void
close_connection(struct emf_listener *l, size_t i)
{
    struct line_source *s = l->connections[i];

    close(s->fd);
    buf_fini(&s->pending);
    free(s);
    l->connections[i] = l->connections[--l->connection_count];
}

static bool
is_http(const struct line_source *s, size_t line)
{
    static const char version[] = " HTTP/1.";
    size_t method = strspn(s->pending.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return method > 0 && method < line && s->pending.data[method] == ' ' &&
           memmem(s->pending.data, line, version, sizeof version - 1) != NULL;
}

/* Judges the first line of a connection once it is there. false: the connection must be closed. */
static bool
pass_first_line(struct emf_listener *l, struct line_source *s)
{
    const char *newline = memchr(s->pending.data, '\n', s->pending.len);
    size_t line = newline == NULL ? s->pending.len : (size_t)(newline - s->pending.data);

    s->is_known = newline != NULL;
    if (!is_http(s, line))
        return true;
    intake_add(emulator_intake(l->em),
               &(struct intake_item){ .kind = s->kind,
                                      .has_fault = true,
                                      .time_ms = clock_now_ms(emulator_clock(l->em)),
                                      .size = s->pending.len,
                                      .peer = s->peer,
                                      .method = "EMF",
                                      .path = emf_socket_group(l->em),
                                      .verdict = "an HTTP request at the door for EMF: closed, "
                                                 "and its body not read",
                                      .reason = "http",
                                      .body = s->pending.data,
                                      .body_len = line });
    changes_poke(emulator_changes(l->em));
    return false;
}

static bool
serve_connection(struct emf_listener *l, size_t i)
{
    struct line_source *s = l->connections[i];

    if (!read_some(s))
        return false;
    if (!s->is_known && !pass_first_line(l, s)) {
        close_connection(l, i);
        return true;
    }
    deliver(l, s);
    if (s->is_ended)
        close_connection(l, i);
    return true;
}

static void
accept_connections(struct emf_listener *l)
{
    while (l->connection_count < CONNECTIONS_MAX) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd =
            accept4(l->doors.tcp_fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct line_source *s;

        if (fd < 0)
            return;
        s = xmalloc(sizeof *s);
        source_init(s, fd, INTAKE_EMF_TCP);
        address_format(s->peer, &peer);
        l->connections[l->connection_count++] = s;
    }
}

/* Appends one datagram with a newline behind it, as its end is the end of its last line. */
static bool
read_datagram(struct line_source *s)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof peer;
    char *room = buf_room(&s->pending, DATAGRAM_MAX + 1);
    ssize_t n = recvfrom(s->fd, room, DATAGRAM_MAX, 0, (struct sockaddr *)&peer, &len);

    if (n < 0)
        return false;
    room[n] = '\n';
    buf_grown(&s->pending, (size_t)n + 1);
    address_format(s->peer, &peer);
    return true;
}

static bool
serve_datagrams(struct emf_listener *l)
{
    struct line_source *s = &l->udp;
    unsigned count = 0;

    while (count < DATAGRAMS_TURN && s->pending.len < READ_BYTES && read_datagram(s))
        count++;
    deliver(l, s);
    return count > 0;
}

static void
serve_input(struct emf_listener *l)
{
    struct line_source *s = &l->in;
    size_t before = s->pending.len;

    if (!read_some(s))
        return;
    buf_add(&l->out, s->pending.data + before, s->pending.len - before);
    deliver(l, s);
}

/* A pipe that poll() calls writable takes PIPE_BUF bytes without blocking. */
static void
pass_through(struct emf_listener *l)
{
    size_t part = l->out.len < PIPE_BUF ? l->out.len : PIPE_BUF;
    ssize_t n = write(l->doors.out_fd, l->out.data, part);

    if (n > 0)
        buf_consume(&l->out, (size_t)n);
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        buf_clear(&l->out); /* nobody listens any more; the lines still count */
}

/* --- the loop
 * ------------------------------------------------------------------------------------------ */

static void
want(struct pollfd *p, int fd, short events, bool wanted)
{
    *p = (struct pollfd){ .fd = wanted ? fd : -1, .events = events };
}

static size_t
prepare(struct emf_listener *l, struct pollfd *p)
{
    bool accepting = l->connection_count < CONNECTIONS_MAX;
    bool room = emf_workers_have_room(l->workers);

    want(&p[SLOT_WAKE], l->wake_fd, POLLIN, true);
    want(&p[SLOT_TCP], l->doors.tcp_fd, POLLIN, accepting);
    want(&p[SLOT_UDP], l->udp.fd, POLLIN, room);
    want(&p[SLOT_IN], l->in.fd, POLLIN, room && !l->in.is_ended && l->out.len == 0);
    want(&p[SLOT_OUT], l->doors.out_fd, POLLOUT, l->out.len > 0);
    for (size_t i = 0; i < l->connection_count; i++)
        want(&p[SLOT_CONNECTIONS + i], l->connections[i]->fd, POLLIN, room);
    return SLOT_CONNECTIONS + l->connection_count;
}

static void
serve(struct emf_listener *l, const struct pollfd *p, size_t count)
{
    uint64_t counter;

    if (p[SLOT_WAKE].revents != 0 && read(l->wake_fd, &counter, sizeof counter) < 0)
        return;
    /* From the last, because a closed connection is replaced by the last one. */
    for (size_t i = count; i-- > SLOT_CONNECTIONS;) {
        if (p[i].revents != 0 && emf_workers_have_room(l->workers))
            serve_connection(l, i - SLOT_CONNECTIONS);
    }
    if (p[SLOT_UDP].revents != 0 && emf_workers_have_room(l->workers))
        serve_datagrams(l);
    if (p[SLOT_IN].revents != 0 && emf_workers_have_room(l->workers))
        serve_input(l);
    if (p[SLOT_OUT].revents != 0)
        pass_through(l);
    if (p[SLOT_TCP].revents != 0)
        accept_connections(l);
}

static bool
is_over(uint64_t start_ns)
{
    return mono_ns() - start_ns > STOP_MS * 1000000ULL;
}

static void
wait_for_room(struct emf_listener *l, uint64_t start_ns)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    while (!emf_workers_have_room(l->workers) && !is_over(start_ns))
        nanosleep(&pause, NULL);
}

/* What the kernel already holds for us is accepted too. */
static void
drain(struct emf_listener *l)
{
    uint64_t start = mono_ns();

    if (l->doors.tcp_fd >= 0)
        accept_connections(l);
    for (size_t i = l->connection_count; i-- > 0;) {
        do
            wait_for_room(l, start);
        while (!is_over(start) && i < l->connection_count && serve_connection(l, i));
    }
    while (l->udp.fd >= 0 && !is_over(start) && serve_datagrams(l))
        wait_for_room(l, start);
    if (l->in.fd >= 0 && l->in.pending.len > 0) {
        l->in.is_ended = true;
        deliver(l, &l->in);
    }
    while (l->out.len > 0 && !is_over(start)) {
        struct pollfd p = { .fd = l->doors.out_fd, .events = POLLOUT };

        if (poll(&p, 1, 50) > 0)
            pass_through(l);
    }
}

static void *
listener_main(void *arg)
{
    struct pollfd p[SLOT_CONNECTIONS + CONNECTIONS_MAX];
    struct emf_listener *l = arg;

    while (!atomic_load(&l->stop)) {
        size_t count = prepare(l, p);

        if (poll(p, count, -1) < 0 && errno != EINTR)
            break;
        serve(l, p, count);
    }
    drain(l);
    return NULL;
}

bool
emf_listener_take(struct emf_listener *l, enum intake_kind kind, const char *peer, const char *line,
                  size_t length)
{
    struct emf_batch *batch;

    if (!emf_workers_have_room(l->workers))
        return false;
    batch = emf_batch_new(kind, peer, clock_now_ms(emulator_clock(l->em)));
    buf_add(&batch->bytes, line, length);
    emf_workers_give(l->workers, batch);
    return true;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------- */

static void
free_listener(struct emf_listener *l)
{
    while (l->connection_count > 0)
        close_connection(l, l->connection_count - 1);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    buf_fini(&l->udp.pending);
    buf_fini(&l->in.pending);
    buf_fini(&l->out);
    free(l);
}

enum status
emf_listener_start(struct emf_listener **out, struct emulator *em, const struct emf_doors *doors,
                   struct err *err)
{
    struct emf_listener *l = xcalloc(1, sizeof *l);
    const int wanted = DATAGRAM_BUFFER;
    enum status st = OK;

    l->em = em;
    l->doors = *doors;
    source_init(&l->udp, doors->udp_fd, INTAKE_EMF_UDP);
    source_init(&l->in, doors->in_fd, INTAKE_EMF_STDIN);
    snprintf(l->in.peer, sizeof l->in.peer, "stdin");
    buf_init(&l->out, 2 * READ_BYTES);
    if (doors->udp_fd >= 0) /* as much as the system allows */
        (void)setsockopt(doors->udp_fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake_fd < 0)
        st = err_errno(err, errno, "cannot make an event descriptor");
    if (st == OK)
        st = emf_workers_start(&l->workers, em, wake, l, err);
    if (st == OK)
        st = thread_start(&l->thread, "obsview-emf", listener_main, l, err);
    if (st != OK) {
        emf_workers_stop(l->workers);
        free_listener(l);
        return st;
    }
    *out = l;
    return OK;
}

void
emf_listener_stop(struct emf_listener *l)
{
    if (l == NULL)
        return;
    atomic_store(&l->stop, true);
    wake(l);
    pthread_join(l->thread, NULL);
    emf_workers_stop(l->workers);
    if (l->doors.tcp_fd >= 0)
        close(l->doors.tcp_fd);
    if (l->doors.udp_fd >= 0)
        close(l->doors.udp_fd);
    free_listener(l);
}
