/* emf_listener.c - lines from sockets and from a pipe, in batches to the store.
 * SPDX-License-Identifier: MIT
 *
 * A turn: poll() says who has bytes; each of them is read once, its complete lines become one
 * write, and the write is submitted. While the store has no room for it, or too many are on their
 * way, nobody is polled but the wake-up descriptor. A line is cut at CloudWatch's limit for a log
 * event; the rest of such a line is thrown away up to its newline.
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
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/address.h"
#include "emulator/function_log.h"
#include "emulator/ingest.h"
#include "emulator/parts.h"
#include "emulator/thread.h"

#define CONNECTIONS_MAX 256
#define READ_BYTES      ((size_t)256 << 10)
#define DATAGRAM_MAX    65536
#define DATAGRAMS_TURN  64 /* of one turn */
#define WRITES_MAX      8  /* submitted and not yet committed */
#define LINES_FIRST     1024
#define RETRY_MS        5 /* the store was full of other people's writes */
#define STOP_MS         2000

enum { SLOT_WAKE, SLOT_TCP, SLOT_UDP, SLOT_IN, SLOT_OUT, SLOT_CONNECTIONS };

/* Bytes of one sender, up to its last newline. */
struct line_source {
    int fd;
    enum intake_kind kind;
    char peer[ADDRESS_TEXT];
    struct buf pending;
    bool is_skipping; /* inside a line that was too long */
    bool is_ended;
};

struct emf_listener {
    struct emulator *em;
    struct emf_doors doors;
    pthread_t thread;
    int wake_fd;
    atomic_bool stop;
    atomic_uint on_their_way;
    atomic_uint callbacks; /* not yet returned from */
    struct line_source *connections[CONNECTIONS_MAX];
    size_t connection_count;
    struct line_source udp, in;
    struct buf out; /* read from in_fd, not yet written to out_fd */
    struct function_log function;
    char in_group[512], in_stream[80];
    struct arena *arena;
    struct log_event *events;
    size_t event_count, event_cap;
    struct store_write *refused; /* E_BUSY: to be submitted again */
};

const char *
emf_socket_group(const struct emulator *em)
{
    const char *group = emulator_options(em)->emf_group;

    return group == NULL || *group == '\0' ? "emf/logs/default" : group;
}

/* --- towards the store
 * ---------------------------------------------------------------------------- */

static void
wake(struct emf_listener *l)
{
    const uint64_t one = 1;

    if (write(l->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: it is awake anyway */
}

static void
show_loss(struct emf_listener *l, const struct err *err)
{
    char verdict[INTAKE_VERDICT_MAX];

    snprintf(verdict, sizeof verdict, "not kept: %.180s", err->text);
    intake_add(emulator_intake(l->em),
               &(struct intake_item){ .kind = INTAKE_EMF_TCP,
                                      .has_fault = true,
                                      .time_ms = clock_now_ms(emulator_clock(l->em)),
                                      .method = "EMF",
                                      .path = "",
                                      .verdict = verdict,
                                      .reason = "storage" });
}

/* On the writer thread. */
static void
committed(void *arg, enum status status, const struct err *err)
{
    struct emf_listener *l = arg;

    if (status != OK)
        show_loss(l, err);
    atomic_fetch_sub(&l->on_their_way, 1);
    wake(l);
    atomic_fetch_sub(&l->callbacks, 1); /* from here on the listener may be gone */
}

static void
submit(struct emf_listener *l, struct store_write *write)
{
    atomic_fetch_add(&l->on_their_way, 1);
    atomic_fetch_add(&l->callbacks, 1);
    if (store_submit(emulator_store(l->em), write, committed, l, NULL) == OK)
        return;
    atomic_fetch_sub(&l->on_their_way, 1);
    atomic_fetch_sub(&l->callbacks, 1);
    l->refused = write;
}

static bool
has_room(struct emf_listener *l)
{
    if (l->refused != NULL) {
        struct store_write *write = l->refused;

        l->refused = NULL;
        submit(l, write);
    }
    return l->refused == NULL && atomic_load(&l->on_their_way) < WRITES_MAX;
}

/* --- lines
 * ------------------------------------------------------------------------------------------- */

static void
add_event(struct emf_listener *l, const char *line, size_t len, int64_t now_ms)
{
    if (l->event_count == l->event_cap) {
        l->event_cap = l->event_cap == 0 ? LINES_FIRST : l->event_cap * 2;
        l->events = xreallocarray(l->events, l->event_cap, sizeof *l->events);
    }
    l->events[l->event_count++] = (struct log_event){ now_ms, line, len };
}

/* Drops the carriage return; blank lines are nothing. */
static void
take_line(struct emf_listener *l, const char *line, size_t len, int64_t now_ms)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (strspn(line, " \t") < len)
        add_event(l, line, len, now_ms);
}

static struct ingest
describe(struct emf_listener *l, const struct line_source *s, int64_t now_ms)
{
    bool piped = s->kind == INTAKE_EMF_STDIN;

    return (struct ingest){
        .em = l->em,
        .kind = s->kind,
        .peer = s->peer,
        .group = piped ? l->in_group : emf_socket_group(l->em),
        .stream = piped ? l->in_stream : "default",
        .by_document = !piped,
        .emf_only = !piped,
        .now_ms = now_ms,
    };
}

/* Splits what is pending into events that point into it; returns how many bytes they cover. */
static size_t
split(struct emf_listener *l, struct line_source *s, struct store_write *write, int64_t now_ms)
{
    const struct ingest in = describe(l, s, now_ms);
    const char *data = s->pending.data;
    size_t at = 0, len = s->pending.len;

    while (at < len) {
        const char *newline = memchr(data + at, '\n', len - at);
        size_t line = newline == NULL ? len - at : (size_t)(newline - data) - at;
        bool is_whole = newline != NULL || s->is_ended;

        if (line > LIMIT_LOG_EVENT_BYTES && !s->is_skipping) {
            s->is_skipping = true;
            ingest_overlong(write, &in, data + at, INTAKE_BODY_MAX, LIMIT_LOG_EVENT_BYTES);
        }
        if (!is_whole && !s->is_skipping)
            break;
        if (!s->is_skipping)
            take_line(l, data + at, line, now_ms);
        else if (newline != NULL)
            s->is_skipping = false;
        at += line + (newline != NULL);
    }
    return at;
}

static void
deliver(struct emf_listener *l, struct line_source *s)
{
    struct store_write *write = store_write_new(emulator_store(l->em));
    int64_t now_ms = clock_now_ms(emulator_clock(l->em));
    size_t done = split(l, s, write, now_ms);
    struct ingest in = describe(l, s, now_ms);
    struct ingest_result result;

    if (s->kind == INTAKE_EMF_STDIN) {
        for (size_t i = 0; i < l->event_count; i++)
            function_log_line(&l->function, write, l->events[i].message, l->events[i].message_len,
                              now_ms);
    }
    if (done > 0) {
        ingest_log_lines(write, l->arena, &in, l->events, l->event_count, &result);
        submit(l, write);
    } else
        store_write_free(write);
    arena_clear(l->arena);
    l->event_count = 0;
    buf_consume(&s->pending, done);
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
serve_connection(struct emf_listener *l, size_t i)
{
    struct line_source *s = l->connections[i];

    if (!read_some(s))
        return false;
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
    if (count > 0)
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
prepare(struct emf_listener *l, struct pollfd *p, bool room)
{
    bool accepting = l->connection_count < CONNECTIONS_MAX;

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
        if (p[i].revents != 0 && has_room(l))
            serve_connection(l, i - SLOT_CONNECTIONS);
    }
    if (p[SLOT_UDP].revents != 0 && has_room(l))
        serve_datagrams(l);
    if (p[SLOT_IN].revents != 0 && has_room(l))
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

    while (!has_room(l) && !is_over(start_ns))
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
    while (l->udp.fd >= 0 && !is_over(start)) {
        wait_for_room(l, start);
        if (!serve_datagrams(l))
            break;
    }
    if (l->in.fd >= 0 && l->in.pending.len > 0) {
        l->in.is_ended = true;
        deliver(l, &l->in);
    }
    while (l->out.len > 0 && !is_over(start)) {
        struct pollfd p = { .fd = l->doors.out_fd, .events = POLLOUT };

        if (poll(&p, 1, 50) > 0)
            pass_through(l);
    }
    wait_for_room(l, start);
}

static void *
listener_main(void *arg)
{
    struct pollfd p[SLOT_CONNECTIONS + CONNECTIONS_MAX];
    struct emf_listener *l = arg;

    while (!atomic_load(&l->stop)) {
        size_t count = prepare(l, p, has_room(l));

        if (poll(p, count, l->refused != NULL ? RETRY_MS : -1) < 0 && errno != EINTR)
            break;
        serve(l, p, count);
    }
    drain(l);
    return NULL;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------- */

/* "2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef", as Lambda names its streams. */
static void
name_input(struct emf_listener *l)
{
    const char *group = emulator_options(l->em)->emf_group;
    const char *function = getenv("AWS_LAMBDA_FUNCTION_NAME");
    time_t now = (time_t)(clock_now_ms(emulator_clock(l->em)) / 1000);
    uint8_t id[16];
    struct tm tm;
    size_t len;

    if (group != NULL && *group != '\0')
        snprintf(l->in_group, sizeof l->in_group, "%s", group);
    else
        snprintf(l->in_group, sizeof l->in_group, "/aws/lambda/%.140s",
                 function == NULL || *function == '\0' ? "function" : function);
    function_log_init(&l->function, l->in_group);
    gmtime_r(&now, &tm);
    len = strftime(l->in_stream, sizeof l->in_stream, "%Y/%m/%d/[$LATEST]", &tm);
    clock_uuid(emulator_clock(l->em), id);
    for (size_t i = 0; i < sizeof id; i++)
        len += (size_t)snprintf(l->in_stream + len, sizeof l->in_stream - len, "%02x", id[i]);
}

enum status
emf_listener_start(struct emf_listener **out, struct emulator *em, const struct emf_doors *doors,
                   struct err *err)
{
    struct emf_listener *l = xcalloc(1, sizeof *l);
    enum status st;

    l->em = em;
    l->doors = *doors;
    l->arena = arena_new();
    source_init(&l->udp, doors->udp_fd, INTAKE_EMF_UDP);
    source_init(&l->in, doors->in_fd, INTAKE_EMF_STDIN);
    snprintf(l->in.peer, sizeof l->in.peer, "stdin");
    buf_init(&l->out, 2 * READ_BYTES);
    name_input(l);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake_fd < 0)
        st = err_errno(err, errno, "cannot make an event descriptor");
    else
        st = thread_start(&l->thread, "obsview-emf", listener_main, l, err);
    if (st != OK) {
        if (l->wake_fd >= 0)
            close(l->wake_fd);
        arena_free(l->arena);
        free(l);
        return st;
    }
    *out = l;
    return OK;
}

void
emf_listener_stop(struct emf_listener *l)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    if (l == NULL)
        return;
    atomic_store(&l->stop, true);
    wake(l);
    pthread_join(l->thread, NULL);
    while (atomic_load(&l->callbacks) > 0)
        nanosleep(&pause, NULL);
    while (l->connection_count > 0)
        close_connection(l, l->connection_count - 1);
    if (l->refused != NULL)
        store_write_free(l->refused);
    if (l->doors.tcp_fd >= 0)
        close(l->doors.tcp_fd);
    if (l->doors.udp_fd >= 0)
        close(l->doors.udp_fd);
    close(l->wake_fd);
    buf_fini(&l->udp.pending);
    buf_fini(&l->in.pending);
    buf_fini(&l->out);
    free(l->events);
    arena_free(l->arena);
    free(l);
}
