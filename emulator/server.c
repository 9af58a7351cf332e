/* server.c - libmicrohttpd's one poll thread, and exchanges suspended on it.
 * SPDX-License-Identifier: MIT
 *
 * One internal thread in poll mode: epoll mode of libmicrohttpd 0.9.75 hangs when exactly 128
 * events are ready, pools of threads lose on two cores, and a thread per connection collapses when
 * connections are suspended. A connection is suspended from the moment its exchange is parked until
 * the answer is there; the thread that has the answer resumes it, and libmicrohttpd then calls
 * on_request() once more on its own thread, which sends the answer.
 *
 * Calls (an exchange with its connection) are kept on a free list, so a request in the steady state
 * allocates next to nothing. */
#include "config.h"

#include "emulator/server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"
#include "emulator/peers.h"
#include "emulator/routes.h"
#include "emulator/stalls.h"
#include "emulator/umami.h"

#define CONNECTIONS_MAX 4000
#define DESCRIPTORS     8192
#define POOL_BYTES      ((size_t)32 << 10)  /* browsers send every localhost port's cookies */
#define BODIES_BYTES    ((size_t)128 << 20) /* of all requests under way together */
#define BODY_AT_ONCE    ((size_t)128 << 10) /* larger ones grow as they come */
#define IDLE_TIMEOUT_S  75U
#define DRAIN_MS        2000
#define SHAPE_MAX       2048
#define CALLS_KEPT      256
#define STREAM_BLOCK    4096

struct call {
    struct exchange x; /* first: an exchange of ours is its call */
    struct server *server;
    struct MHD_Connection *conn;
    struct peer *peer; /* NULL when unknown */
    struct call *next_free;
    struct exchange_waiter waiter;
    bool is_begun, is_dispatched, is_answered;
    bool is_starved; /* no memory left for bodies */
    bool is_stalled; /* has had its fault's wait */
};

struct server {
    struct emulator *em;
    struct MHD_Daemon *daemon;
    struct call *free_calls; /* HTTP thread only, as are the next five */
    size_t free_count;
    size_t body_bytes;
    struct MHD_Response *last_response; /* NULL: none yet */
    struct buf shape, last_shape;       /* what it was made of */
    struct peers *peers;
    struct stalls *stalls;
    atomic_uint under_way; /* requests begun and not completed */
    atomic_uint parked;
};

/* --- the carrier's side of an exchange -------------------------------------------------------- */

static struct call *
call_of(const struct exchange *x)
{
    return x->carried;
}

static const char *
carrier_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(call_of(x)->conn, MHD_HEADER_KIND, name);
}

struct visit {
    exchange_header_visitor *visit;
    void *arg;
};

static enum MHD_Result
visit_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct visit *v = cls;

    (void)kind;
    v->visit(v->arg, name, value == NULL ? "" : value);
    return MHD_YES;
}

static void
carrier_headers(const struct exchange *x, exchange_header_visitor *visit, void *arg)
{
    struct visit v = { visit, arg };

    MHD_get_connection_values(call_of(x)->conn, MHD_HEADER_KIND, visit_header, &v);
}

static void
carrier_park(struct exchange *x)
{
    struct call *call = call_of(x);

    atomic_fetch_add(&call->server->parked, 1);
    MHD_suspend_connection(call->conn);
}

static void
carrier_finish(struct exchange *x)
{
    struct call *call = call_of(x);
    struct server *server = call->server;

    MHD_resume_connection(call->conn);
    atomic_fetch_sub(&server->parked, 1);
}

static const struct exchange_carrier http_carrier = {
    .header = carrier_header,
    .headers = carrier_headers,
    .park = carrier_park,
    .finish = carrier_finish,
};

/* --- calls ------------------------------------------------------------------------------------ */

static struct call *
call_new(struct server *server)
{
    struct call *call = server->free_calls;

    if (call != NULL) {
        server->free_calls = call->next_free;
        server->free_count--;
        return call;
    }
    call = xcalloc(1, sizeof *call);
    call->server = server;
    exchange_init(&call->x, server->em, &http_carrier, call);
    return call;
}

static void
call_free(struct call *call)
{
    exchange_fini(&call->x);
    free(call);
}

static void
call_retire(struct call *call)
{
    struct server *server = call->server;

    if (server->free_count >= CALLS_KEPT) {
        call_free(call);
        return;
    }
    exchange_reuse(&call->x);
    call->conn = NULL;
    call->peer = NULL;
    call->is_begun = call->is_dispatched = call->is_answered = false;
    call->is_starved = call->is_stalled = false;
    call->next_free = server->free_calls;
    server->free_calls = call;
    server->free_count++;
}

/* "http://host/path" of a proxy request is the same as "/path". */
static const char *
without_authority(const char *uri)
{
    const char *slash;

    if (strncasecmp(uri, "http://", 7) != 0)
        return uri;
    slash = strchr(uri + 7, '/');
    return slash == NULL ? "/" : slash;
}

/* The client went away, or was cut off, before an answer of ours existed. libmicrohttpd answers
 * heads that are malformed or too large by itself (400, 431). */
static void
record_abort(struct call *call)
{
    struct exchange *x = &call->x;

    /* A page that was left does not wait for the answer; what it sent is kept all the same. */
    if (call->is_dispatched && x->is_ready) {
        exchange_record(x);
        return;
    }
    x->refusal = REFUSAL_ABORTED;
    x->status = 0;
    if (x->body_seen > x->body_limit)
        exchange_note(x, true, "cut off: the body did not end within %d MiB and %d s",
                      LIMIT_BODY_DISCARD >> 20, LIMIT_BODY_DISCARD_S);
    else if (call->is_begun)
        exchange_note(x, true, "the client went away");
    else
        exchange_note(x, true, "the head was malformed, over %zu KiB, or did not end",
                      POOL_BYTES >> 10);
    if (x->method == NULL)
        x->method = "?";
    exchange_record(x);
}

/* Gives a call back, answered or not. */
static void
end_call(struct call *call)
{
    struct server *server = call->server;

    if (call->peer != NULL)
        call->peer->request = NULL;
    if (!call->is_answered)
        record_abort(call);
    server->body_bytes -= call->x.body.len;
    call_retire(call);
    atomic_fetch_sub(&server->under_way, 1);
}

/* libmicrohttpd forgets some requests that it refuses by itself, such as one with more arguments
 * than its memory holds: it does not say that they are completed. They show when the next one
 * begins on their connection, or when that ends. */
static void
end_forgotten(struct peer *peer)
{
    struct call *call = peer == NULL ? NULL : peer->request;

    if (call == NULL)
        return;
    call->conn = NULL; /* its headers are gone */
    end_call(call);
}

/* The first line is read: path and query as they were sent. */
static void *
on_first_line(void *cls, const char *uri, struct MHD_Connection *conn)
{
    struct server *server = cls;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer *peer = info == NULL ? NULL : info->socket_context;
    struct exchange *x;
    struct call *call;
    size_t path_len;

    end_forgotten(peer);
    call = call_new(server);
    x = &call->x;
    uri = without_authority(uri);
    path_len = strcspn(uri, "?");
    call->conn = conn;
    x->started_ns = mono_ns();
    x->now_ms = clock_now_ms(emulator_clock(server->em));
    x->path = umami_env_path(umami_environment(emulator_umami(server->em)),
                             arena_strndup(x->arena, uri, path_len));
    x->query = uri[path_len] == '?' ? arena_strdup(x->arena, uri + path_len + 1) : "";
    x->peer_text = "";
    if (peer != NULL) {
        call->peer = peer;
        peer->request = call;
        x->peer = peer->sock;
        x->peer_text = arena_strdup(x->arena, peer->text);
    }
    atomic_fetch_add(&server->under_way, 1);
    return call;
}

static size_t
announced_length(const struct exchange *x)
{
    const char *text = exchange_header(x, "Content-Length");
    int64_t length;

    return text != NULL && text_parse_int(&length, text) && length > 0 ? (size_t)length : 0;
}

static void
begin(struct call *call, const char *method)
{
    struct exchange *x = &call->x;
    size_t length;

    call->is_begun = true;
    x->method = arena_strdup(x->arena, method);
    x->body_limit = route_body_limit(x);
    x->body.max = x->body_limit;
    length = announced_length(x);
    if (length > 0 && length <= x->body_limit && length <= BODY_AT_ONCE)
        buf_room(&x->body, length);
}

/* Keeps what fits; the rest is counted and dropped. false: enough is enough. */
static bool
take_body(struct call *call, const char *data, size_t len)
{
    struct exchange *x = &call->x;
    struct server *server = call->server;
    size_t room = x->body_limit - x->body.len;

    x->body_seen += len;
    if (server->body_bytes + len > BODIES_BYTES)
        call->is_starved = true;
    if (!call->is_starved && room > 0) {
        size_t part = len < room ? len : room;

        buf_add(&x->body, data, part);
        server->body_bytes += part;
    }
    if (x->body_seen <= x->body_limit)
        return true;
    return x->body_seen <= LIMIT_BODY_DISCARD &&
           mono_ns() - x->started_ns <= LIMIT_BODY_DISCARD_S * 1000000000ULL;
}

static void
dispatch(struct call *call)
{
    struct exchange *x = &call->x;

    call->is_dispatched = true;
    if (!call->is_starved) {
        route_dispatch(x);
        return;
    }
    exchange_set_header(x, "Retry-After", "1");
    exchange_refuse(x, REFUSAL_BUSY, 503, "send less at a time",
                    "too many large bodies are under way");
}

/* --- answers -----------------------------------------------------------------------------------
 */

static void
fall_asleep(void *arg)
{
    struct call *call = arg;

    atomic_fetch_add(&call->server->parked, 1);
    MHD_suspend_connection(call->conn);
}

static void
wake_up(void *arg)
{
    struct call *call = arg;
    struct server *server = call->server;

    MHD_resume_connection(call->conn);
    atomic_fetch_sub(&server->parked, 1);
}

static ssize_t
read_stream(void *cls, uint64_t at, char *to, size_t max)
{
    struct call *call = cls;
    ssize_t n = call->x.stream->read(call->x.stream_state, to, max);

    (void)at;
    if (n == EXCHANGE_STREAM_BROKEN)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    return n == EXCHANGE_STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void
add_headers(struct MHD_Response *response, const struct exchange *x)
{
    if (x->content_type != NULL)
        MHD_add_response_header(response, "Content-Type", x->content_type);
    for (const struct exchange_header *h = x->reply_headers; h != NULL; h = h->next)
        MHD_add_response_header(response, h->name, h->value);
}

/* libmicrohttpd writes the end of a body that has no length behind the head that a HEAD asked for,
 * too, which would be the next answer's first line. */
static struct MHD_Response *
make_stream(struct call *call, MHD_ContentReaderCallback read)
{
    struct exchange *x = &call->x;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read, call, NULL);

    if (response == NULL)
        return NULL;
    add_headers(response, x);
    if (strcmp(x->method, "HEAD") == 0)
        MHD_add_response_header(response, "Connection", "close");
    call->waiter = (struct exchange_waiter){ fall_asleep, wake_up, call };
    x->stream->open(x->stream_state, &call->waiter);
    return response;
}

/* Never called: the answer to a HEAD has no body. */
static ssize_t
read_nothing(void *cls, uint64_t at, char *to, size_t max)
{
    (void)cls;
    (void)at;
    (void)to;
    (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* For a HEAD: only its length is known. */
static struct MHD_Response *
make_head(const struct exchange *x)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(x->unsent_len, 1024, read_nothing, NULL, NULL);

    if (response != NULL)
        add_headers(response, x);
    return response;
}

static struct MHD_Response *
make_response(const struct exchange *x, enum MHD_ResponseMemoryMode mode)
{
    union {
        const char *in;
        void *out;
    } bytes = { .in = x->reply };
    struct MHD_Response *response = MHD_create_response_from_buffer(x->reply_len, bytes.out, mode);

    if (response != NULL)
        add_headers(response, x);
    return response;
}

/* Everything of an answer but its status, as bytes that compare. */
static void
print_shape(struct buf *b, const struct exchange *x)
{
    buf_clear(b);
    buf_adds(b, x->content_type == NULL ? "" : x->content_type);
    for (const struct exchange_header *h = x->reply_headers; h != NULL; h = h->next) {
        buf_addc(b, '\n');
        buf_adds(b, h->name);
        buf_addc(b, ':');
        buf_adds(b, h->value);
    }
    buf_adds(b, "\n\n");
    buf_add(b, x->reply, x->reply_len);
}

/* Most answers are the same as the last one, and making one costs a dozen allocations. */
static struct MHD_Response *
find_response(struct server *server, const struct exchange *x)
{
    struct buf *shape = &server->shape, *last = &server->last_shape, swap;

    if (x->unsent_len > 0)
        return make_head(x);
    if (x->reply_len > SHAPE_MAX / 2)
        return make_response(x, MHD_RESPMEM_PERSISTENT);
    print_shape(shape, x);
    if (buf_failed(shape))
        return make_response(x, MHD_RESPMEM_PERSISTENT);
    if (server->last_response == NULL || shape->len != last->len ||
        memcmp(shape->data, last->data, last->len) != 0) {
        if (server->last_response != NULL)
            MHD_destroy_response(server->last_response);
        server->last_response = make_response(x, MHD_RESPMEM_MUST_COPY);
        swap = *shape;
        *shape = *last;
        *last = swap;
    }
    return server->last_response;
}

/* --- answers that are wrong on purpose ----------------------------------------------------------
 */

static int
socket_of(const struct call *call)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info == NULL ? -1 : info->connect_fd;
}

/* Closing without lingering sends a reset. libmicrohttpd would say goodbye first (a FIN), so the
 * socket is closed under it, by putting another one in its place. */
static void
reset(int fd)
{
    const struct linger none = { .l_onoff = 1 };
    int other = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    if (other < 0)
        return;
    dup2(other, fd);
    close(other);
}

/* What it cannot take at once it does not get. */
static void
send_garbage(int fd)
{
    static const char garbage[] = "\x16\x03\x01\xff\xfe{]\x80<\xc3(\x7f\x1b[not http, not json\r\n"
                                  "\xde\xad\xbe\xef\r\n\r\n}\x01\x02\x03";

    if (send(fd, garbage, sizeof garbage - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* the client went away; nobody is there to be confused */
}

/* Ends the connection without an answer. */
static enum MHD_Result
break_off(struct call *call)
{
    struct exchange *x = &call->x;
    int fd = socket_of(call);

    if (!call->is_answered)
        exchange_record(x);
    call->is_answered = true;
    if (fd >= 0 && x->fault == FAULT_RESET)
        reset(fd);
    else if (fd >= 0 && x->fault == FAULT_GARBAGE)
        send_garbage(fd);
    return MHD_NO;
}

/* The body is announced whole and ends in its middle. */
static ssize_t
read_half(void *cls, uint64_t at, char *to, size_t max)
{
    const struct exchange *x = cls;
    size_t half = x->reply_len / 2, len;

    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    len = half - (size_t)at < max ? half - (size_t)at : max;
    memcpy(to, x->reply + at, len);
    return (ssize_t)len;
}

static ssize_t
read_stream_once(void *cls, uint64_t at, char *to, size_t max)
{
    return at > 0 ? MHD_CONTENT_READER_END_WITH_ERROR : read_stream(cls, at, to, max);
}

/* NULL also when there is no body to halve: the connection ends instead of an answer. */
static struct MHD_Response *
make_half(struct call *call)
{
    struct exchange *x = &call->x;
    struct MHD_Response *response;

    if (x->stream != NULL)
        return make_stream(call, read_stream_once);
    if (x->reply_len == 0)
        return NULL;
    response = MHD_create_response_from_callback(x->reply_len, STREAM_BLOCK, read_half, x, NULL);
    if (response != NULL)
        add_headers(response, x);
    return response;
}

static void
stall_over(void *arg)
{
    wake_up(arg);
}

/* true: the answer has to wait, and libmicrohttpd will ask again. */
static bool
stall(struct call *call)
{
    struct exchange *x = &call->x;

    if (x->fault_ms == 0 || call->is_stalled)
        return false;
    call->is_stalled = true;
    if (x->fault == FAULT_HANG) { /* whoever looks sees it while it hangs */
        exchange_record(x);
        call->is_answered = true;
    }
    fall_asleep(call);
    if (stalls_add(call->server->stalls, x->fault_ms, stall_over, call))
        return true;
    wake_up(call);
    return true;
}

static struct MHD_Response *
make_answer(struct call *call)
{
    if (call->x.fault == FAULT_HALF)
        return make_half(call);
    if (call->x.stream != NULL)
        return make_stream(call, read_stream);
    return find_response(call->server, &call->x);
}

static enum MHD_Result
answer(struct call *call)
{
    struct exchange *x = &call->x;
    struct server *server = call->server;
    struct MHD_Response *response;
    enum MHD_Result queued;

    if (stall(call))
        return MHD_YES;
    if (x->fault >= FAULT_HANG)
        return break_off(call);
    response = make_answer(call);
    if (response == NULL && x->fault == FAULT_HALF)
        return break_off(call);
    if (response == NULL)
        return MHD_NO;
    call->is_answered = true;
    exchange_record(x);
    queued = MHD_queue_response(call->conn, x->status, response);
    if (response != server->last_response)
        MHD_destroy_response(response);
    return queued;
}

/* --- libmicrohttpd's callbacks -------------------------------------------------------------------
 */

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
           const char *version, const char *data, size_t *data_len, void **context)
{
    struct call *call = *context;

    (void)cls;
    (void)conn;
    (void)url;
    (void)version;
    if (!call->is_begun) {
        begin(call, method);
        return MHD_YES;
    }
    if (*data_len > 0) {
        bool go_on = take_body(call, data, *data_len);

        *data_len = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (!call->is_dispatched) {
        dispatch(call);
        /* Once parked the exchange may belong to another thread: it is not ours to look at until we
         * are called again. */
        if (call->x.is_parked)
            return MHD_YES;
    }
    return answer(call);
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **context,
             enum MHD_RequestTerminationCode how)
{
    struct call *call = *context;

    (void)cls;
    (void)conn;
    (void)how;
    *context = NULL;
    if (call != NULL)
        end_call(call);
}

static void
on_connection(void *cls, struct MHD_Connection *conn, void **context,
              enum MHD_ConnectionNotificationCode what)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct server *server = cls;

    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = peers_join(server->peers, info == NULL ? NULL : info->client_addr);
    else if (*context != NULL) {
        end_forgotten(*context);
        peers_leave(server->peers, *context);
        *context = NULL;
    }
}

/* --- start and stop
 * ------------------------------------------------------------------------------- */

static void
allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return; /* fewer connections, then */
}

enum status
server_start(struct server **out, struct emulator *em, int listen_fd, struct err *err)
{
    struct server *server = xcalloc(1, sizeof *server);
    sigset_t before;

    *out = server; /* before the first request can ask for it */
    server->em = em;
    server->peers = peers_new();
    server->stalls = stalls_new();
    buf_init(&server->shape, SHAPE_MAX);
    buf_init(&server->last_shape, SHAPE_MAX);
    allow_descriptors();
    thread_block_signals(&before);
    server->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        IDLE_TIMEOUT_S, MHD_OPTION_URI_LOG_CALLBACK, on_first_line, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    thread_restore_signals(&before);
    if (server->daemon == NULL) {
        close(listen_fd);
        peers_free(server->peers);
        stalls_free(server->stalls);
        free(server);
        *out = NULL;
        return err_set(err, E_IO, "cannot start the HTTP server");
    }
    return OK;
}

static void
wait_for_none(atomic_uint *count, int64_t deadline_ms)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    uint64_t start = mono_ns();

    while (atomic_load(count) > 0 &&
           (deadline_ms < 0 || mono_ns() - start < (uint64_t)deadline_ms * 1000000))
        nanosleep(&pause, NULL);
}

void
server_drain(struct server *server)
{
    int fd = MHD_quiesce_daemon(server->daemon);

    if (fd >= 0)
        close(fd);
    stalls_end(server->stalls);
    wait_for_none(&server->under_way, DRAIN_MS);
    /* libmicrohttpd refuses to stop with suspended connections; whoever holds one ends soon. */
    wait_for_none(&server->parked, -1);
}

void
server_stop(struct server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    while (server->free_calls != NULL) {
        struct call *call = server->free_calls;

        server->free_calls = call->next_free;
        call_free(call);
    }
    if (server->last_response != NULL)
        MHD_destroy_response(server->last_response);
    buf_fini(&server->shape);
    buf_fini(&server->last_shape);
    peers_free(server->peers);
    stalls_free(server->stalls);
    free(server);
}

unsigned
server_connections(const struct server *server)
{
    return peers_count(server->peers);
}

unsigned
server_foreign_connections(struct server *server)
{
    return peers_count_foreign(server->peers);
}
