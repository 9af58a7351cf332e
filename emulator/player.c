/* player.c - a fixture's events through the handlers that sockets use.
 * SPDX-License-Identifier: MIT
 *
 * A request becomes an exchange whose carrier is this file: nothing is sent anywhere, and the
 * answer is only recorded. Lines go the way of the EMF doors. The player waits for the commit of a
 * line and bounds the requests under way, so filling the past does not crowd out live traffic. */
#include "config.h"

#include "emulator/player.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/emf_workers.h"
#include "emulator/exchange_own.h"
#include "emulator/function_log.h"
#include "emulator/ingest.h"
#include "emulator/parts.h"
#include "emulator/routes.h"
#include "emulator/thread.h"
#include "fixture/fixture.h"

#define UNDER_WAY_MAX 32
#define FUNCTIONS_MAX 32
#define RETRY_MS      5
#define FILL_WAIT_MS  5000  /* how long a start waits for the past at most */
#define SLICE_MS      10000 /* a clock that was set is noticed within this, ... */
#define VIRTUAL_MS    50    /* ... and a virtual one within that */

struct function {
    char group[512];
    struct function_log log;
};

struct player {
    struct emulator *em;
    struct fixture *fixture;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bool is_filled; /* the past has been played */
    unsigned under_way;
    struct function functions[FUNCTIONS_MAX];
    size_t function_count;
    struct arena *arena;
};

/* One request; freed when both the player and whoever finishes it have let go. */
struct play {
    struct exchange x;
    struct player *player;
    const cJSON *headers;
    struct fixture_event event;
    atomic_int holders;
};

/* --- waiting
 * -------------------------------------------------------------------------------------- */

/* true: stop. */
static bool
pause_for(struct player *p, int64_t ms)
{
    struct timespec until = mono_deadline(ms);
    bool stop;

    pthread_mutex_lock(&p->lock);
    if (!p->stop)
        pthread_cond_timedwait(&p->wake, &p->lock, &until);
    stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

static bool
must_stop(struct player *p)
{
    bool stop;

    pthread_mutex_lock(&p->lock);
    stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

/* The first event that is not due yet: all before it are answered, and so on disk. */
static void
fill_ended(struct player *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->under_way > 0 && !p->stop)
        pthread_cond_wait(&p->wake, &p->lock);
    p->is_filled = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static bool
wait_until(struct player *p, int64_t due_ms)
{
    int64_t slice = clock_is_virtual(emulator_clock(p->em)) ? VIRTUAL_MS : SLICE_MS;

    while (!must_stop(p)) {
        int64_t wait = due_ms - clock_now_ms(emulator_clock(p->em));

        if (wait <= 0)
            return true;
        if (!p->is_filled)
            fill_ended(p);
        if (pause_for(p, wait < slice ? wait : slice))
            return false;
    }
    return false;
}

/* --- requests
 * -------------------------------------------------------------------------------------- */

static const char *
play_header(const struct exchange *x, const char *name)
{
    const struct play *play = x->carried;
    const cJSON *header;

    cJSON_ArrayForEach(header, play->headers)
    {
        if (strcasecmp(header->string, name) == 0)
            return header->valuestring;
    }
    return NULL;
}

static void
play_headers(const struct exchange *x, exchange_header_visitor *visit, void *arg)
{
    const struct play *play = x->carried;
    const cJSON *header;

    cJSON_ArrayForEach(header, play->headers)
    {
        if (cJSON_IsString(header))
            visit(arg, header->string, header->valuestring);
    }
}

static void
let_go(struct play *play)
{
    struct player *p = play->player;

    if (atomic_fetch_sub(&play->holders, 1) > 1)
        return;
    exchange_fini(&play->x);
    fixture_event_fini(&play->event);
    free(play);
    pthread_mutex_lock(&p->lock);
    p->under_way--;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void
play_finish(struct exchange *x)
{
    exchange_record(x);
    let_go(x->carried);
}

static void
play_park(struct exchange *x)
{
    (void)x;
}

static const struct exchange_carrier player_carrier = {
    .header = play_header,
    .headers = play_headers,
    .park = play_park,
    .finish = play_finish,
};

static void
wait_for_turn(struct player *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->under_way >= UNDER_WAY_MAX && !p->stop)
        pthread_cond_wait(&p->wake, &p->lock);
    p->under_way++;
    pthread_mutex_unlock(&p->lock);
}

/* Takes the event. */
static void
play_request(struct player *p, struct fixture_event *event, int64_t now_ms, int64_t by_ms)
{
    struct play *play = xcalloc(1, sizeof *play);
    struct exchange *x = &play->x;
    size_t path_len = strcspn(event->path, "?");

    wait_for_turn(p);
    play->player = p;
    play->event = *event;
    play->headers = cJSON_IsObject(event->headers) ? event->headers : NULL;
    atomic_init(&play->holders, 2);
    exchange_init(x, p->em, &player_carrier, play);
    x->is_trusted = true;
    x->started_ns = mono_ns();
    x->now_ms = now_ms;
    x->peer_text = "fixture";
    x->method = event->method;
    x->path = arena_strndup(x->arena, event->path, path_len);
    x->query = event->path[path_len] == '?' ? event->path + path_len + 1 : "";
    x->body_limit = route_body_limit(x);
    x->body.max = LIMIT_BODY_DISCARD;
    if (event->body != NULL)
        fixture_print_body(&x->body, event->body, by_ms);
    x->body_seen = x->body.len;

    route_dispatch(x);
    if (!x->is_parked)
        play_finish(x);
    let_go(play);
}

/* --- lines
 * ------------------------------------------------------------------------------------------- */

static struct function_log *
function_of(struct player *p, const char *group)
{
    struct function *f;

    for (size_t i = 0; i < p->function_count; i++) {
        if (strcmp(p->functions[i].group, group) == 0)
            return &p->functions[i].log;
    }
    /* With more functions than that the last one only loses what it remembered of a failure. */
    f = &p->functions[p->function_count < FUNCTIONS_MAX ? p->function_count++ : FUNCTIONS_MAX - 1];
    snprintf(f->group, sizeof f->group, "%s", group);
    function_log_init(&f->log, group);
    return &f->log;
}

static void
play_line(struct player *p, const struct fixture_event *event, int64_t now_ms, int64_t by_ms)
{
    static const enum intake_kind kinds[] = {
        [FIXTURE_EMF_TCP] = INTAKE_EMF_TCP,
        [FIXTURE_EMF_UDP] = INTAKE_EMF_UDP,
        [FIXTURE_EMF_STDIN] = INTAKE_EMF_STDIN,
    };
    bool piped = event->source == FIXTURE_EMF_STDIN;
    struct store_write *write = store_write_new(emulator_store(p->em));
    struct ingest in = {
        .em = p->em,
        .kind = kinds[event->source],
        .peer = "fixture",
        .group = event->group != NULL ? event->group
                 : piped              ? "/aws/lambda/function"
                                      : emf_socket_group(p->em),
        .stream = "fixture",
        .by_document = !piped,
        .emf_only = !piped,
        .now_ms = now_ms,
    };
    struct ingest_result result;
    struct log_event line = { .time_ms = now_ms };
    struct buf text;

    buf_init(&text, LIMIT_LOG_EVENT_BYTES);
    fixture_print_line(&text, event->line, event->line_length, by_ms);
    line.message = text.data;
    line.message_len = text.len;
    if (piped)
        function_log_line(function_of(p, in.group), write, text.data, text.len, now_ms);
    ingest_log_lines(write, p->arena, &in, &line, 1, &result);
    while (store_submit_wait(emulator_store(p->em), write, NULL) == E_BUSY) {
        if (pause_for(p, RETRY_MS)) {
            store_write_free(write);
            break;
        }
    }
    buf_fini(&text);
    arena_clear(p->arena);
}

/* --- the loop
 * -------------------------------------------------------------------------------------------- */

static void
show_broken_line(struct player *p, const struct err *err)
{
    intake_add(emulator_intake(p->em),
               &(struct intake_item){ .kind = INTAKE_FIXTURE,
                                      .has_fault = true,
                                      .time_ms = clock_now_ms(emulator_clock(p->em)),
                                      .peer = "fixture",
                                      .method = "PLAY",
                                      .path = emulator_options(p->em)->demo_path,
                                      .verdict = err->text,
                                      .reason = "fixture" });
}

/* One turn through the fixture, whose start is moved to `base_ms`. false: stop. */
static bool
play_turn(struct player *p, int64_t base_ms, bool is_first)
{
    int64_t by_ms = base_ms - fixture_start_ms(p->fixture);
    struct fixture_event event;
    struct err err = { 0 };
    enum status st;

    while ((st = fixture_next(p->fixture, &event, &err)) == OK || st == E_INVALID) {
        if (st != OK) {
            if (is_first)
                show_broken_line(p, &err);
            continue;
        }
        if (!wait_until(p, base_ms + event.t_ms)) {
            fixture_event_fini(&event);
            return false;
        }
        if (event.source == FIXTURE_HTTP) {
            play_request(p, &event, base_ms + event.t_ms, by_ms);
            continue;
        }
        if (event.source != FIXTURE_AWS) /* that one is for a screen */
            play_line(p, &event, base_ms + event.t_ms, by_ms);
        fixture_event_fini(&event);
    }
    return true;
}

/* Whole turns that end now, so that the past is filled and the next turn begins at once. */
static int64_t
first_base(const struct player *p)
{
    int64_t length = fixture_length_ms(p->fixture);
    int64_t turns = PLAYER_PAST_MS / length;

    return clock_now_ms(emulator_clock(p->em)) - (turns > 0 ? turns * length : PLAYER_PAST_MS);
}

static void *
player_main(void *arg)
{
    struct player *p = arg;
    int64_t length = fixture_length_ms(p->fixture);
    int64_t base = first_base(p);
    bool is_first = true;

    while (play_turn(p, base, is_first)) {
        int64_t behind = clock_now_ms(emulator_clock(p->em)) - base - length;

        /* After a machine's sleep the past is filled again, but no more than it would be at start.
         */
        if (behind > PLAYER_PAST_MS + length)
            base = first_base(p);
        else
            base += length;
        is_first = false;
    }
    return NULL;
}

/* Whoever looks now should see the past whole; but a slow disk must not keep the door shut. */
static void
await_fill(struct player *p)
{
    struct timespec until = mono_deadline(FILL_WAIT_MS);

    pthread_mutex_lock(&p->lock);
    while (!p->is_filled && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&p->lock);
}

enum status
player_start(struct player **out, struct emulator *em, const char *path, struct err *err)
{
    struct player *p = xcalloc(1, sizeof *p);
    enum status st = fixture_open(&p->fixture, path, err);

    if (st != OK) {
        free(p);
        return st;
    }
    p->em = em;
    p->arena = arena_new();
    pthread_mutex_init(&p->lock, NULL);
    mono_cond_init(&p->wake);
    st = thread_start(&p->thread, "obsview-play", player_main, p, err);
    if (st != OK) {
        fixture_close(p->fixture);
        arena_free(p->arena);
        free(p);
        return st;
    }
    await_fill(p);
    *out = p;
    return OK;
}

void
player_stop(struct player *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_mutex_lock(&p->lock);
    while (p->under_way > 0)
        pthread_cond_wait(&p->wake, &p->lock);
    pthread_mutex_unlock(&p->lock);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    fixture_close(p->fixture);
    arena_free(p->arena);
    free(p);
}
