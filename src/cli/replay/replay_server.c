/* replay_server.c - a fixture over the network, on sixteen connections.
 * SPDX-License-Identifier: MIT
 *
 * Who carries the requests is behind replay_call.h. Times in bodies and lines are moved to the
 * server's own. Requests of one recording keep their order, and so do the hits of one of Umami's
 * visitors, whose visit begins with the first that comes, and requests to AWS, which make a log
 * group before they write into it; a question waits for what was sent before it. All others may
 * overtake each other, as they may in life.
 *
 * Requests to AWS are signed anew, and sent to an obsview alone: what somebody's application once
 * wrote has no business in an account. */
#include "config.h"

#include "cli/replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "aws/endpoint.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/replay/replay_call.h"
#include "cli/replay/replay_logs.h"
#include "cli/replay/replay_signing.h"
#include "cli/sending.h"
#include "cli/start.h"
#include "fixture/aws_times.h"
#include "fixture/record.h"

#define SESSIONS_MAX 100000

struct server {
    struct settings *settings;
    struct replay_tally *tally;
    char *to;  /* without a slash at its end */
    char *emf; /* HOST:PORT; NULL: unknown */
    bool is_obsview;
    struct clock *clock; /* the server's */
    int64_t by_ms;
    struct replay_logs *logs;     /* NULL: nothing was put there yet */
    struct replay_signer *signer; /* NULL: nothing was signed yet */
    struct replay_carrier carrier;
    struct replay_call calls[REPLAY_CALLS];
    unsigned busy;
    int lines[FIXTURE_SOURCES]; /* sockets for EMF; -1: not open */
    struct table tokens;        /* of recorded sessions: the server's own, ... */
    struct arena *arena;        /* ... which live here */
};

/* --- answers ----------------------------------------------------------------------------------
 */

static const char *
header_of(const struct fixture_event *event, const char *name)
{
    return json_get_string(event->headers, name, NULL);
}

/* A start tells the token under which its batches are taken here. */
static void
keep_token(struct server *s, const struct replay_call *call)
{
    const char *recorded = header_of(&call->event, FIXTURE_RECORDING);
    cJSON *answer = NULL;
    const char *token;
    char **place;

    if (recorded == NULL || json_parse(&answer, call->answer.data, call->answer.len, NULL) != OK)
        return;
    token = json_get_string(answer, "token", NULL);
    place = table_find(&s->tokens, recorded, strlen(recorded));
    if (token != NULL && place == NULL && s->tokens.count < SESSIONS_MAX) {
        place = table_add(&s->tokens, recorded, strlen(recorded));
        *place = NULL;
    }
    if (token != NULL && place != NULL)
        *place = arena_strdup(s->arena, token);
    cJSON_Delete(answer);
}

/* Of several of one name the first. It ends where it is cut off, in the buffer. */
static const char *
answer_header(const void *arg, const char *name)
{
    const struct replay_call *call = arg;
    const size_t length = strlen(name);
    const char *at = call->headers.data, *end = at + call->headers.len;

    for (; at < end; at += strlen(at) + 1) {
        if (strncasecmp(at, name, length) == 0 && at[length] == ':')
            return at + length + 1;
    }
    return NULL;
}

static void
on_ended(void *arg, size_t i)
{
    struct server *s = arg;
    struct replay_call *call = &s->calls[i];

    if (call->status != 0) {
        keep_token(s, call);
        replay_judge(s->tally, &call->event,
                     &(struct fixture_answer){ .status = call->status,
                                               .body = call->answer.data,
                                               .length = call->answer.len,
                                               .header = answer_header,
                                               .arg = call });
    } else if (s->tally->unanswered++ == 0) {
        command_say(stderr, "obsview: %s:%zu: %s%s: %s", s->tally->path, call->event.line_number,
                    s->to, call->event.path, call->err.text);
    }
    fixture_event_fini(&call->event);
    call->is_busy = false;
    s->busy--;
}

/* Until at most `most` requests are under way. */
static void
await(struct server *s, unsigned most)
{
    while (s->busy > most)
        s->carrier.wait(s->carrier.state);
}

/* --- order ------------------------------------------------------------------------------------
 */

static uint64_t
hash_of(const char *text, uint64_t seed)
{
    return text == NULL ? seed : text_hash(text, strlen(text) + 1, seed);
}

static bool
is_hit(const char *path)
{
    static const char collect[] = "/api/send";
    const size_t length = strcspn(path, "?"), own = sizeof collect - 1;

    return length >= own && memcmp(path + length - own, collect, own) == 0;
}

/* The same number for what may not overtake each other; 0: it may. */
static uint64_t
order_of(const struct fixture_event *event)
{
    const char *recorded = header_of(event, FIXTURE_RECORDING);

    if (recorded != NULL)
        return hash_of(recorded, TEXT_HASH_SEED);
    if (header_of(event, FIXTURE_SIGNED) != NULL)
        return hash_of(FIXTURE_SIGNED, TEXT_HASH_SEED);
    if (!is_hit(event->path))
        return 0;
    return hash_of(header_of(event, "user-agent"),
                   hash_of(header_of(event, "x-forwarded-for"), TEXT_HASH_SEED));
}

/* A question wants to see what was said before it, and what is done to an obsview (a reset, a
 * moved clock) holds for everything that comes behind it. */
static bool
is_alone(const struct fixture_event *event)
{
    return strcmp(event->method, "POST") != 0 || strncmp(event->path, "/_obsview/", 10) == 0;
}

static bool
is_under_way(const struct server *s, uint64_t order)
{
    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        if (s->calls[i].is_busy && s->calls[i].order == order)
            return true;
    }
    return false;
}

/* --- requests ---------------------------------------------------------------------------------
 */

static void
add_header(struct replay_call *call, const char *name, const char *value)
{
    buf_adds(&call->head, name);
    buf_adds(&call->head, ": ");
    buf_adds(&call->head, value);
    buf_adds(&call->head, "\r\n");
}

static void
add_authorization(struct server *s, struct replay_call *call)
{
    const char *recorded = header_of(&call->event, FIXTURE_RECORDING);
    const char *token = settings_text(s->settings, SET_TOKEN);
    char *const *own = recorded == NULL ? NULL : table_find(&s->tokens, recorded, strlen(recorded));

    if (own != NULL)
        token = *own;
    if (token == NULL)
        return;
    buf_adds(&call->head, "Authorization: Bearer ");
    buf_adds(&call->head, token);
    buf_adds(&call->head, "\r\n");
}

/* What the connection says itself, how long the body is, and whose recording it is; and an answer
 * that is to be compared must not come packed. */
static bool
is_left_out(const char *name)
{
    static const char *const names[] = {
        FIXTURE_RECORDING, "accept-encoding",   "connection",       "content-length",
        "expect",          "keep-alive",        "proxy-connection", "te",
        "trailer",         "transfer-encoding", "upgrade",          NULL
    };

    for (const char *const *n = names; *n != NULL; n++) {
        if (strcasecmp(*n, name) == 0)
            return true;
    }
    return false;
}

/* What its new signature brings. */
static bool
is_of_signature(const char *name)
{
    return strcasecmp(name, FIXTURE_SIGNED) == 0 || strcasecmp(name, "host") == 0 ||
           fixture_is_signature(name);
}

/* Whether a server could read it as anything but one header (RFC 9110, § 5). */
static bool
is_one_line(const char *name, const char *value)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    return *name != '\0' && name[strspn(name, token)] == '\0' && strpbrk(value, "\r\n") == NULL;
}

static void
add_headers(struct server *s, struct replay_call *call, bool is_signed)
{
    const cJSON *header;

    call->has_host = call->has_type = call->has_agent = false;
    cJSON_ArrayForEach(header, call->event.headers)
    {
        if (!cJSON_IsString(header) || is_left_out(header->string) ||
            !is_one_line(header->string, header->valuestring) ||
            (is_signed && is_of_signature(header->string)))
            continue;
        call->has_host |= strcasecmp(header->string, "host") == 0;
        call->has_type |= strcasecmp(header->string, "content-type") == 0;
        call->has_agent |= strcasecmp(header->string, "user-agent") == 0;
        add_header(call, header->string, header->valuestring);
    }
    add_header(call, "X-Obsview-Replay", "1");
    if (!is_signed)
        add_authorization(s, call);
}

static size_t
idle_call(struct server *s)
{
    await(s, REPLAY_CALLS - 1);
    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        if (!s->calls[i].is_busy)
            return i;
    }
    abort(); /* await() has just made room */
}

static void
fill_body(struct server *s, struct replay_call *call, bool is_signed)
{
    const struct fixture_event *event = &call->event;

    call->has_body = event->body != NULL || strcmp(event->method, "POST") == 0;
    if (event->body == NULL)
        return;
    if (is_signed)
        aws_times_print(&call->body, event, s->by_ms);
    else
        fixture_print_body(&call->body, event->body, s->by_ms);
}

/* Takes the event. */
static void
send_request(struct server *s, struct fixture_event *event)
{
    const uint64_t order = order_of(event);
    const char *scope = header_of(event, FIXTURE_SIGNED);
    const bool alone = is_alone(event);
    struct replay_call *call;
    enum status st = OK;
    size_t i;

    if (alone)
        await(s, 0);
    while (order != 0 && is_under_way(s, order))
        s->carrier.wait(s->carrier.state);
    i = idle_call(s);
    call = &s->calls[i];
    call->event = *event;
    call->order = order;
    call->is_busy = true;
    call->wants_headers = event->keep != NULL || json_get(event->expect, "headers") != NULL;
    buf_clear(&call->head);
    buf_clear(&call->body);
    buf_clear(&call->headers);
    fill_body(s, call, scope != NULL);
    add_headers(s, call, scope != NULL);
    if (scope != NULL)
        st = replay_sign(s->signer, call, scope, &call->err);
    call->status = 0;
    s->busy++;
    if (st == OK)
        s->carrier.start(s->carrier.state, i);
    else
        on_ended(s, i);
    if (alone)
        await(s, 0);
}

/* --- lines ------------------------------------------------------------------------------------
 */

static void
pass_over(struct server *s, const char *why)
{
    s->tally->lines--;
    s->tally->lines_left++;
    snprintf(s->tally->lines_why, sizeof s->tally->lines_why, "%s", why);
}

/* What came out of a function. */
static enum status
send_output(struct server *s, const struct fixture_event *event, const struct buf *line,
            struct err *err)
{
    enum status st = OK;

    if (!s->is_obsview) {
        pass_over(s, "the output of functions, for which only an obsview has log groups");
        return OK;
    }
    if (s->logs == NULL)
        st = replay_logs_open(&s->logs, s->settings, s->to, err);
    if (st == OK)
        st = replay_logs_add(s->logs, event->group, line, clock_now_ms(s->clock), err);
    if (st != E_LIMIT)
        return st;
    pass_over(s, "longer than a log event may be");
    return OK;
}

/* What an application sent to an agent. */
static enum status
send_emf(struct server *s, const struct fixture_event *event, const struct buf *line,
         struct err *err)
{
    const char *scheme = event->source == FIXTURE_EMF_TCP ? "tcp" : "udp";
    int *fd = &s->lines[event->source];
    enum status st = OK;
    char *to;

    if (s->emf == NULL) {
        pass_over(s, s->is_obsview
                         ? "the server takes no EMF (--emf-listen off)"
                         : "the server is no obsview, which would say where it takes EMF");
        return OK;
    }
    to = xasprintf("%s://%s", scheme, s->emf);
    if (*fd < 0)
        st = sending_open(fd, to, err);
    if (st == OK)
        st = sending_through(*fd, to, line, err);
    free(to);
    return st;
}

static enum status
send_line(struct server *s, const struct fixture_event *event, struct err *err)
{
    struct buf line;
    enum status st;

    buf_init(&line, FIXTURE_LINE_MAX);
    fixture_print_line(&line, event->line, event->line_length, s->by_ms);
    st = (event->source == FIXTURE_EMF_STDIN ? send_output : send_emf)(s, event, &line, err);
    buf_fini(&line);
    return st;
}

/* Passed over, and so freed, or ready to be signed. */
static enum status
take_signed(struct server *s, struct fixture_event *event, struct err *err)
{
    enum status st = OK;

    if (!s->is_obsview) {
        s->tally->requests--;
        s->tally->signed_left++;
    } else if (s->signer == NULL) {
        st = replay_signer_new(&s->signer, s->settings, s->to, err);
    }
    if (!s->is_obsview || st != OK)
        fixture_event_fini(event);
    return st;
}

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct server *s = state;
    enum status st = OK;

    (void)at_ms;
    if (event->source == FIXTURE_HTTP && header_of(event, FIXTURE_SIGNED) != NULL) {
        st = take_signed(s, event, err);
        if (st != OK || event->arena == NULL)
            return st;
    }
    if (event->source == FIXTURE_HTTP) {
        send_request(s, event);
        return OK;
    }
    if (event->source != FIXTURE_AWS) /* that one is for a screen */
        st = send_line(s, event, err);
    fixture_event_fini(event);
    return st;
}

static void
await_all(void *state)
{
    await(state, 0);
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    struct server *s = state;

    (void)at_ms;
    await(s, 0);
    return s->logs == NULL ? OK : replay_logs_flush(s->logs, err);
}

/* --- life -------------------------------------------------------------------------------------
 */

static enum status
rest(void *state, struct err *err)
{
    (void)state;
    (void)err;
    return OK;
}

static void
close_server(void *state)
{
    struct server *s = state;

    if (s->carrier.close != NULL)
        s->carrier.close(s->carrier.state);
    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct replay_call *call = &s->calls[i];

        if (call->is_busy)
            fixture_event_fini(&call->event);
        buf_fini(&call->head);
        buf_fini(&call->body);
        buf_fini(&call->answer);
        buf_fini(&call->headers);
    }
    for (size_t i = 0; i < FIXTURE_SOURCES; i++) {
        if (s->lines[i] >= 0)
            close(s->lines[i]);
    }
    replay_logs_close(s->logs);
    replay_signer_free(s->signer);
    clock_free(s->clock);
    arena_free(s->arena);
    table_fini(&s->tokens);
    free(s->to);
    free(s->emf);
    free(s);
}

static enum status
open_carrier(struct server *s, struct err *err)
{
    const struct replay_carried carried = { s->to, s->calls, on_ended, s };

    for (size_t i = 0; i < REPLAY_CALLS; i++) {
        struct replay_call *call = &s->calls[i];

        buf_init(&call->head, FIXTURE_LINE_MAX);
        buf_init(&call->body, FIXTURE_LINE_MAX);
        buf_init(&call->answer, REPLAY_ANSWER_MAX);
        buf_init(&call->headers, REPLAY_HEADERS_MAX);
    }
    return replay_can_do_http(s->to) ? replay_open_http(&s->carrier, &carried, err)
                                     : replay_open_libcurl(&s->carrier, &carried, err);
}

/* The address where an obsview takes EMF; when that is all of its machine's, it is asked for by the
 * name under which the requests reach it. */
static char *
emf_address(const char *to, const char *said)
{
    static const char *const everywhere[] = { "0.0.0.0:", "[::]:" };
    const char *host = strstr(to, "://") + 3, *port = NULL;
    char *name, *colon, *address;

    if (said == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++) {
        if (strncmp(said, everywhere[i], strlen(everywhere[i])) == 0)
            port = said + strlen(everywhere[i]);
    }
    if (port == NULL)
        return xstrdup(said);
    name = xstrndup(host, strcspn(host, "/"));
    colon = strrchr(name, ':');
    if (colon != NULL && strchr(colon, ']') == NULL)
        *colon = '\0';
    address = xasprintf("%s:%s", name, port);
    free(name);
    return address;
}

/* An obsview says where it takes EMF; whoever answers otherwise takes requests at least. Behind a
 * name of AWS's there is none, whatever a proxy on the way says. */
static enum status
ask_health(struct server *s, struct err *err)
{
    cJSON *health = NULL;
    enum status st = sending_get_health(&health, s->to, s->settings, err);

    s->is_obsview = health != NULL && !endpoint_is_aws(s->to);
    if (s->is_obsview)
        s->emf = emf_address(s->to, json_get_string(health, "emfAddress", NULL));
    cJSON_Delete(health);
    return st == E_INVALID ? OK : st;
}

enum status
replay_open_server(struct replay_door *out, struct settings *s, struct replay_tally *tally,
                   int64_t start_ms, struct err *err)
{
    const char *to = settings_text(s, SET_TO);
    size_t length = strlen(to);
    struct server *server;
    enum status st;

    if (!sending_is_url(to))
        return err_set(err, E_USAGE, "--to %s: expected http://HOST:PORT", to);
    server = xcalloc(1, sizeof *server);
    server->settings = s;
    server->tally = tally;
    server->to = xstrdup(to);
    if (to[length - 1] == '/')
        server->to[length - 1] = '\0';
    server->arena = arena_new();
    table_init(&server->tokens, sizeof(char *));
    for (size_t i = 0; i < FIXTURE_SOURCES; i++)
        server->lines[i] = -1;
    st = open_carrier(server, err);
    if (st == OK)
        st = ask_health(server, err);
    if (st != OK) {
        close_server(server);
        return st;
    }
    server->clock = start_clock_of(server->to, settings_text(s, SET_TOKEN));
    server->by_ms = clock_now_ms(server->clock) - start_ms;
    *out = (struct replay_door){ server, play, await_all, settle, rest, close_server };
    return OK;
}
