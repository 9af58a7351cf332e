/* replay_server.c - a fixture over the network, on sixteen connections.
 * SPDX-License-Identifier: MIT
 *
 * Each connection is a libcurl handle that is used again and again; net.h, which makes one for each
 * call and asks no host for more than eight things at a time, is too careful for this. Times in
 * bodies and lines are moved to the server's own. Requests of one recording keep their order, the
 * others may overtake each other, as they may in life. */
#include "config.h"

#include "cli/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "aws/libcurl.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "cli/command.h"
#include "cli/sending.h"
#include "cli/start.h"

#define CONNECTIONS  16
#define ANSWER_MAX   ((size_t)8 << 20)
#define HEALTH_MAX   ((size_t)1 << 20)
#define TIMEOUT_MS   30000L
#define POLL_MS      1000
#define RECORDING    "x-obsview-recording" /* obsview-fixture(5) */
#define SESSIONS_MAX 100000

struct slot {
    struct server *server;
    CURL *easy;
    struct curl_slist *headers;
    struct fixture_event event;
    struct buf body, answer;
    char *url;
    bool is_busy;
};

struct server {
    struct settings *settings;
    struct replay_tally *tally;
    char *to;  /* without a slash at its end */
    char *emf; /* HOST:PORT; NULL: unknown */
    int64_t by_ms;
    CURLM *multi;
    struct slot slots[CONNECTIONS];
    unsigned busy;
    int lines[FIXTURE_SOURCES]; /* sockets for EMF; -1: not open */
    struct table tokens;        /* of recorded sessions: the server's own, ... */
    struct arena *arena;        /* ... which live here */
};

/* --- answers ----------------------------------------------------------------------------------
 */

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct slot *slot = arg;

    buf_add(&slot->answer, bytes, size * count);
    return buf_failed(&slot->answer) ? 0 : size * count;
}

static const char *
header_of(const struct fixture_event *event, const char *name)
{
    return json_get_string(event->headers, name, NULL);
}

/* A start tells the token under which its batches are taken here. */
static void
keep_token(struct server *s, const struct slot *slot)
{
    const char *recorded = header_of(&slot->event, RECORDING);
    cJSON *answer = NULL;
    const char *token;
    char **place;

    if (recorded == NULL || json_parse(&answer, slot->answer.data, slot->answer.len, NULL) != OK)
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

static void
free_slot(struct slot *slot)
{
    libcurl.slist_free_all(slot->headers);
    slot->headers = NULL;
    free(slot->url);
    slot->url = NULL;
    fixture_event_fini(&slot->event);
    slot->is_busy = false;
}

static void
finish(struct server *s, struct slot *slot, CURLcode code)
{
    long status = 0;

    libcurl.multi_remove_handle(s->multi, slot->easy);
    if (code == CURLE_OK)
        libcurl.easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 0) {
        if (s->tally->unanswered++ == 0)
            command_say(stderr, "obsview: %s:%zu: %s: %s", s->tally->path, slot->event.line_number,
                        slot->url, libcurl.easy_strerror(code));
    } else {
        keep_token(s, slot);
        replay_judge(s->tally, &slot->event, (unsigned)status, slot->answer.data, slot->answer.len);
    }
    free_slot(slot);
    s->busy--;
}

/* Until at most `most` requests are under way. */
static void
await(struct server *s, unsigned most)
{
    while (s->busy > most) {
        CURLMsg *message;
        int running, left;

        libcurl.multi_perform(s->multi, &running);
        while ((message = libcurl.multi_info_read(s->multi, &left)) != NULL) {
            void *slot = NULL;

            if (message->msg != CURLMSG_DONE)
                continue;
            libcurl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
            finish(s, slot, message->data.result);
        }
        if (s->busy > most)
            libcurl.multi_poll(s->multi, NULL, 0, POLL_MS, NULL);
    }
}

/* --- requests ---------------------------------------------------------------------------------
 */

static void
add_header(struct slot *slot, const char *name, const char *value)
{
    char *line = *value == '\0' ? xasprintf("%s;", name) : xasprintf("%s: %s", name, value);
    struct curl_slist *list = libcurl.slist_append(slot->headers, line);

    if (list == NULL)
        abort();
    slot->headers = list;
    free(line);
}

static void
add_authorization(struct server *s, struct slot *slot)
{
    const char *recorded = header_of(&slot->event, RECORDING);
    const char *token = settings_text(s->settings, SET_TOKEN);
    char *const *own = recorded == NULL ? NULL : table_find(&s->tokens, recorded, strlen(recorded));
    char *bearer;

    if (own != NULL)
        token = *own;
    if (token == NULL)
        return;
    bearer = xasprintf("Bearer %s", token);
    add_header(slot, "Authorization", bearer);
    free(bearer);
}

static void
add_headers(struct server *s, struct slot *slot)
{
    bool has_type = false, has_agent = false;
    const cJSON *header;

    cJSON_ArrayForEach(header, slot->event.headers)
    {
        if (!cJSON_IsString(header) || strcasecmp(header->string, RECORDING) == 0 ||
            strpbrk(header->valuestring, "\r\n") != NULL ||
            strpbrk(header->string, "\r\n:; ") != NULL)
            continue;
        has_type |= strcasecmp(header->string, "content-type") == 0;
        has_agent |= strcasecmp(header->string, "user-agent") == 0;
        add_header(slot, header->string, header->valuestring);
    }
    /* what libcurl would say on its own */
    if (!has_type)
        slot->headers = libcurl.slist_append(slot->headers, "Content-Type:");
    if (!has_agent)
        slot->headers = libcurl.slist_append(slot->headers, "User-Agent:");
    slot->headers = libcurl.slist_append(slot->headers, "Accept:");
    slot->headers = libcurl.slist_append(slot->headers, "Expect:");
    add_header(slot, "X-Obsview-Replay", "1");
    add_authorization(s, slot);
}

static void
set_method(struct slot *slot)
{
    const struct fixture_event *event = &slot->event;
    const bool has_body = event->body != NULL || strcmp(event->method, "POST") == 0;

    libcurl.easy_setopt(slot->easy, CURLOPT_NOBODY, 0L);
    libcurl.easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L);
    if (strcmp(event->method, "HEAD") == 0)
        libcurl.easy_setopt(slot->easy, CURLOPT_NOBODY, 1L);
    else if (has_body)
        libcurl.easy_setopt(slot->easy, CURLOPT_POST, 1L);
    libcurl.easy_setopt(slot->easy, CURLOPT_POSTFIELDS, slot->body.data);
    libcurl.easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)slot->body.len);
    if (!has_body && strcmp(event->method, "HEAD") != 0) /* POSTFIELDS made it one */
        libcurl.easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L);
    libcurl.easy_setopt(slot->easy, CURLOPT_CUSTOMREQUEST, event->method);
}

static struct slot *
idle_slot(struct server *s)
{
    await(s, CONNECTIONS - 1);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (!s->slots[i].is_busy)
            return &s->slots[i];
    }
    abort(); /* await() has just made room */
}

/* Takes the event. */
static void
send_request(struct server *s, struct fixture_event *event)
{
    struct slot *slot;

    if (header_of(event, RECORDING) != NULL)
        await(s, 0);
    slot = idle_slot(s);
    slot->event = *event;
    slot->is_busy = true;
    slot->url = xasprintf("%s%s", s->to, event->path);
    buf_clear(&slot->body);
    buf_clear(&slot->answer);
    if (event->body != NULL)
        fixture_print_body(&slot->body, event->body, s->by_ms);
    add_headers(s, slot);
    set_method(slot);
    libcurl.easy_setopt(slot->easy, CURLOPT_URL, slot->url);
    libcurl.easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
    if (libcurl.multi_add_handle(s->multi, slot->easy) != CURLM_OK)
        abort(); /* no memory */
    s->busy++;
}

/* --- lines ------------------------------------------------------------------------------------
 */

/* A function's output has no door that is reached from afar. */
static enum status
send_line(struct server *s, const struct fixture_event *event, struct err *err)
{
    const char *scheme = event->source == FIXTURE_EMF_TCP   ? "tcp"
                         : event->source == FIXTURE_EMF_UDP ? "udp"
                                                            : NULL;
    int *fd = &s->lines[event->source];
    struct buf line;
    enum status st = OK;
    char *to;

    if (scheme == NULL || s->emf == NULL) {
        s->tally->lines--;
        s->tally->passed_over++;
        return OK;
    }
    to = xasprintf("%s://%s", scheme, s->emf);
    buf_init(&line, FIXTURE_LINE_MAX);
    fixture_print_line(&line, event->line, event->line_length, s->by_ms);
    if (*fd < 0)
        st = sending_open(fd, to, err);
    if (st == OK)
        st = sending_through(*fd, to, &line, err);
    buf_fini(&line);
    free(to);
    return st;
}

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct server *s = state;
    enum status st = OK;

    (void)at_ms;
    if (event->source == FIXTURE_HTTP) {
        send_request(s, event);
        return OK;
    }
    if (event->source != FIXTURE_AWS) /* that one is for a screen */
        st = send_line(s, event, err);
    fixture_event_fini(event);
    return st;
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    (void)at_ms;
    (void)err;
    await(state, 0);
    return OK;
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

    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct slot *slot = &s->slots[i];

        if (slot->is_busy) {
            libcurl.multi_remove_handle(s->multi, slot->easy);
            free_slot(slot);
        }
        libcurl.easy_cleanup(slot->easy);
        buf_fini(&slot->body);
        buf_fini(&slot->answer);
    }
    libcurl.multi_cleanup(s->multi);
    for (size_t i = 0; i < FIXTURE_SOURCES; i++) {
        if (s->lines[i] >= 0)
            close(s->lines[i]);
    }
    arena_free(s->arena);
    table_fini(&s->tokens);
    free(s->to);
    free(s->emf);
    free(s);
}

static void
open_slot(struct server *s, struct slot *slot)
{
    CURL *easy = libcurl.easy_init();

    if (easy == NULL)
        abort(); /* no memory */
    slot->server = s;
    slot->easy = easy;
    buf_init(&slot->body, FIXTURE_LINE_MAX);
    buf_init(&slot->answer, ANSWER_MAX);
    libcurl.easy_setopt(easy, CURLOPT_PRIVATE, slot);
    libcurl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    libcurl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    libcurl.easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    libcurl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    libcurl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    libcurl.easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    libcurl.easy_setopt(easy, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
}

/* An obsview says where it takes EMF; whoever answers otherwise takes requests at least. */
static enum status
ask_health(struct server *s, struct err *err)
{
    struct buf health;
    cJSON *answer = NULL;
    enum status st;
    const char *emf;

    buf_init(&health, HEALTH_MAX);
    st = sending_get(s->to, "/_obsview/health", s->settings, &health, err);
    if (st == OK && json_parse(&answer, health.data, health.len, NULL) == OK) {
        emf = json_get_string(answer, "emfAddress", NULL);
        s->emf = emf == NULL ? NULL : xstrdup(emf);
        cJSON_Delete(answer);
    }
    buf_fini(&health);
    return st == E_INVALID ? OK : st;
}

enum status
replay_open_server(struct replay_door *out, struct settings *s, struct replay_tally *tally,
                   int64_t start_ms, struct err *err)
{
    const char *to = settings_text(s, SET_TO);
    size_t length = strlen(to);
    struct server *server;
    struct clock *clock;
    enum status st;

    if (strncmp(to, "http://", 7) != 0 && strncmp(to, "https://", 8) != 0)
        return err_set(err, E_USAGE, "--to %s: expected http://HOST:PORT", to);
    st = libcurl_load(err);
    if (st != OK)
        return st;
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
    server->multi = libcurl.multi_init();
    if (server->multi == NULL)
        abort(); /* no memory */
    libcurl.multi_setopt(server->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
    for (size_t i = 0; i < CONNECTIONS; i++)
        open_slot(server, &server->slots[i]);
    st = ask_health(server, err);
    if (st != OK) {
        close_server(server);
        return st;
    }
    clock = start_clock_of(server->to, settings_text(s, SET_TOKEN));
    server->by_ms = clock_now_ms(clock) - start_ms;
    clock_free(clock);
    *out = (struct replay_door){ server, play, settle, rest, close_server };
    return OK;
}
