/* sending.c - sockets, a POST, PutLogEvents; one at a time, each with a deadline.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/sending.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "aws/client.h"
#include "aws/libcurl.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/watching.h"

#define SEND_S      2
#define ANSWER_MS   10000
#define ANSWER_MAX  ((size_t)64 << 10)
#define HEADERS_MAX 4
#define HEALTH_MAX  ((size_t)1 << 20)

struct emission_fields
sending_fields(struct arena *arena, struct settings *s, enum setting which)
{
    const char *const *pairs = settings_list(s, which);
    struct emission_field *items;
    size_t count = 0;

    while (pairs != NULL && pairs[count] != NULL)
        count++;
    items = arena_alloc(arena, (count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(pairs[i], '=');

        items[i].name = arena_strndup(arena, pairs[i], (size_t)(equals - pairs[i]));
        items[i].value = arena_strdup(arena, equals + 1);
    }
    return (struct emission_fields){ .items = items, .count = count };
}

/* --- lines ------------------------------------------------------------------------------------ */

/* "tcp://[::1]:25888" into its parts. */
static enum status
read_address(const char *to, int *type, char host[256], char port[8], struct err *err)
{
    const char *rest = to + strlen("tcp://"), *colon = strrchr(to, ':');
    size_t length;

    *type = SOCK_STREAM;
    if (strncmp(to, "udp://", 6) == 0)
        *type = SOCK_DGRAM;
    else if (strncmp(to, "tcp://", 6) != 0)
        return err_set(err, E_USAGE,
                       "--to %s: expected tcp://HOST:PORT or udp://HOST:PORT for lines, such as "
                       "tcp://127.0.0.1:25888",
                       to);
    length = colon > rest ? (size_t)(colon - rest) : 0;
    if (length > 2 && rest[0] == '[' && rest[length - 1] == ']') {
        rest++;
        length -= 2;
    }
    if (length == 0 || length >= 256 || strlen(colon + 1) == 0 || strlen(colon + 1) > 5)
        return err_set(err, E_USAGE, "--to %s: expected HOST:PORT behind the slashes", to);
    snprintf(host, 256, "%.*s", (int)length, rest);
    snprintf(port, 8, "%s", colon + 1);
    return OK;
}

static int
connect_to(const struct addrinfo *at)
{
    const struct timeval most = { .tv_sec = SEND_S };
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    int reason;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most); /* connect(2) keeps to it, too */
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static enum status
send_all(int fd, int type, const char *to, const struct buf *line, struct err *err)
{
    struct buf text;
    size_t sent = 0;
    enum status st = OK;

    buf_init(&text, line->len + 2);
    buf_add(&text, line->data, line->len);
    if (type == SOCK_STREAM)
        buf_addc(&text, '\n');
    while (st == OK && sent < text.len) {
        ssize_t n = send(fd, text.data + sent, text.len - sent, MSG_NOSIGNAL);

        if (n < 0)
            st = err_errno(err, errno, "--to %s: not sent", to);
        sent += n < 0 ? 0 : (size_t)n;
    }
    buf_fini(&text);
    return st;
}

enum status
sending_open(int *out, const char *to, struct err *err)
{
    struct addrinfo hints = { 0 }, *found = NULL;
    char host[256], port[8];
    enum status st = read_address(to, &hints.ai_socktype, host, port, err);
    int failed, fd = -1;

    if (st != OK)
        return st;
    hints.ai_flags = AI_NUMERICSERV;
    failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0)
        return err_set(err, E_IO, "--to %s: %s", to, gai_strerror(failed));
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = connect_to(at);
    if (fd < 0)
        st = err_errno(err, errno, "--to %s: nobody takes it", to);
    else
        *out = fd;
    freeaddrinfo(found);
    return st;
}

enum status
sending_through(int fd, const char *to, const struct buf *line, struct err *err)
{
    return send_all(fd, strncmp(to, "udp://", 6) == 0 ? SOCK_DGRAM : SOCK_STREAM, to, line, err);
}

enum status
sending_line(const char *to, const struct buf *line, struct err *err)
{
    int fd = -1;
    enum status st = sending_open(&fd, to, err);

    if (st != OK)
        return st;
    st = sending_through(fd, to, line, err);
    close(fd);
    return st;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

bool
sending_is_url(const char *to)
{
    return strncmp(to, "http://", 7) == 0 || strncmp(to, "https://", 8) == 0;
}

struct waiting {
    bool is_done;
    enum status st;
    struct err *err;
    struct buf *answer; /* NULL: nobody wants to know, or a file takes it: */
    int fd;
    int64_t room; /* in it */
};

/* Also of an answer that is an error, which is read from there again. */
static bool
on_bytes(void *arg, const char *bytes, size_t len)
{
    struct waiting *w = arg;

    if ((uint64_t)len > (uint64_t)w->room)
        w->st = err_set(w->err, E_LIMIT, "the answer is too large");
    for (size_t done = 0; w->st == OK && done < len;) {
        ssize_t n = write(w->fd, bytes + done, len - done);

        if (n < 0 && errno != EINTR)
            w->st = err_errno(w->err, errno, "cannot keep the answer");
        done += n < 0 ? 0 : (size_t)n;
    }
    w->room -= w->st == OK ? (int64_t)len : 0;
    return w->st == OK;
}

static void
tell_refusal(struct waiting *w, const struct net_answer *answer)
{
    char start[200];
    const char *text = answer->body->data;
    size_t len = answer->body->len < sizeof start ? answer->body->len : sizeof start;
    struct buf said;

    if (w->fd >= 0) {
        ssize_t n = pread(w->fd, start, sizeof start, 0);

        text = start;
        len = n < 0 ? 0 : (size_t)n;
    }
    buf_init(&said, ANSWER_MAX * 4);
    text_clean(&said, text, len);
    w->st = err_set(w->err, E_INVALID, "answered %d: %s", answer->status, said.data);
    buf_fini(&said);
}

static void
on_answer(void *arg, const struct net_answer *answer)
{
    struct waiting *w = arg;

    w->is_done = true;
    if (w->st != OK)
        return;
    if (answer->status == 0)
        w->st = err_set(w->err, E_IO, "%s", answer->err.text);
    else if (answer->status >= 300)
        tell_refusal(w, answer);
    else if (w->answer != NULL)
        buf_add(w->answer, answer->body->data, answer->body->len);
}

static void
await(struct net *net, struct waiting *w, int most_ms)
{
    net_finish(net, most_ms);
    if (!w->is_done)
        w->st = err_set(w->err, E_IO, "no answer within %d s", most_ms / 1000);
}

/* `request` lacks what all of ours have in common. */
static enum status
ask(const char *to, const char *path, struct net_request *request, const struct settings *s,
    struct waiting *w)
{
    const char *token = settings_text(s, SET_TOKEN);
    char *bearer = token == NULL ? NULL : xasprintf("Authorization: Bearer %s", token);
    const char *headers[HEADERS_MAX] = { NULL };
    size_t length = strlen(to), count = 0;
    struct net *net;
    char *url;

    while (length > 0 && to[length - 1] == '/')
        length--;
    url = xasprintf("%.*s%s", (int)length, to, path);
    for (; request->headers != NULL && request->headers[count] != NULL; count++)
        headers[count] = request->headers[count];
    headers[count] = bearer;
    request->url = url;
    request->headers = headers;
    request->timeout_ms = request->timeout_ms == 0 ? ANSWER_MS : request->timeout_ms;
    request->max_attempts = 1;
    request->on_bytes = w->fd >= 0 ? on_bytes : NULL;
    request->done = on_answer;
    request->arg = w;
    w->st = libcurl_load(w->err);
    if (w->st == OK) {
        net = net_new();
        net_start(net, request);
        await(net, w, request->timeout_ms < ANSWER_MS ? ANSWER_MS : request->timeout_ms);
        net_free(net);
        if (w->st != OK)
            err_context(w->err, "%s", url);
    }
    free(url);
    free(bearer);
    return w->st;
}

enum status
sending_post(const char *to, const char *path, const struct buf *body, const char *user_agent,
             const struct settings *s, struct buf *answer, struct err *err)
{
    char *agent = xasprintf("User-Agent: %s", user_agent);
    const char *headers[] = { "Content-Type: application/json", agent, NULL };
    struct waiting w = { .err = err, .answer = answer, .fd = -1 };
    struct net_request request = { .method = "POST",
                                   .headers = headers,
                                   .body = body->data,
                                   .body_len = body->len,
                                   .answer_max = answer->max };
    enum status st = ask(to, path, &request, s, &w);

    free(agent);
    return st;
}

enum status
sending_get(const char *to, const char *path, const struct settings *s, struct buf *answer,
            struct err *err)
{
    return sending_get_within(ANSWER_MS, to, path, s, answer, err);
}

enum status
sending_get_within(int ms, const char *to, const char *path, const struct settings *s,
                   struct buf *answer, struct err *err)
{
    struct waiting w = { .err = err, .answer = answer, .fd = -1 };
    struct net_request request = { .method = "GET", .answer_max = answer->max, .timeout_ms = ms };

    return ask(to, path, &request, s, &w);
}

enum status
sending_get_health(cJSON **out, const char *to, const struct settings *s, struct err *err)
{
    cJSON *answer = NULL;
    struct buf health;
    enum status st;

    buf_init(&health, HEALTH_MAX);
    st = sending_get(to, "/_obsview/health", s, &health, err);
    if (st == OK && json_parse(&answer, health.data, health.len, NULL) != OK)
        answer = NULL;
    buf_fini(&health);
    if (st != OK)
        return st;
    if (strcmp(json_get_string(answer, "name", ""), "obsview") != 0) {
        cJSON_Delete(answer);
        answer = NULL;
    }
    *out = answer;
    return OK;
}

enum status
sending_fetch_within(int ms, const char *to, const char *path, const struct settings *s, int fd,
                     int64_t most, struct err *err)
{
    struct waiting w = { .err = err, .fd = fd, .room = most };
    struct net_request request = { .method = "GET", .answer_max = ANSWER_MAX, .timeout_ms = ms };

    return ask(to, path, &request, s, &w);
}

/* --- PutLogEvents ------------------------------------------------------------------------------
 */

static void
on_call(void *arg, const cJSON *answer, const struct err *err)
{
    struct waiting *w = arg;

    w->is_done = true;
    if (answer == NULL)
        w->st = err_set(w->err, err->code, "%s", err->text);
}

enum status
sending_call(struct aws_client *client, const char *operation, cJSON *input, struct err *err)
{
    struct waiting w = { .err = err, .fd = -1 };
    struct aws_call *under_way = aws_call_start(client, AWS_LOGS, operation, input, on_call, &w);

    await(aws_client_net(client), &w, ANSWER_MS);
    if (!w.is_done)
        aws_call_cancel(under_way);
    cJSON_Delete(input);
    return w.st;
}

static cJSON *
in_stream(const char *group, const char *stream)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "logGroupName", group);
    cJSON_AddStringToObject(input, "logStreamName", stream);
    return input;
}

static enum status
put_event(struct aws_client *client, const char *group, const char *stream, const struct buf *line,
          int64_t now_ms, struct err *err)
{
    cJSON *input = in_stream(group, stream), *event = cJSON_CreateObject();
    /* One that is there already is just what is wanted; what else is wrong, the events tell. */
    enum status st = sending_call(client, "CreateLogStream", in_stream(group, stream), NULL);

    cJSON_AddNumberToObject(event, "timestamp", (double)now_ms);
    cJSON_AddStringToObject(event, "message", line->data);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "logEvents"), event);
    st = sending_call(client, "PutLogEvents", input, err);
    return st;
}

enum status
sending_log(const char *group, const struct buf *line, int64_t now_ms, const struct settings *s,
            struct err *err)
{
    struct aws_target target;
    char stream[ISO8601_TEXT + 16];
    char day[ISO8601_TEXT];
    enum status st = watching_target(&target, s, NULL, err);
    struct aws_client *client;
    struct net *net;

    if (st != OK)
        return st;
    iso8601_format_ms(now_ms, day);
    snprintf(stream, sizeof stream, "obsview/%.10s", day);
    net = net_new();
    client = aws_client_new(net, &target);
    st = put_event(client, group, stream, line, now_ms, err);
    if (st != OK)
        err_context(err, "log group %s", group);
    aws_client_free(client);
    net_free(net);
    aws_target_fini(&target);
    return st;
}
