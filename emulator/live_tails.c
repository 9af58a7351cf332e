/* live_tails.c - new lines of log groups, framed once a second.
 * SPDX-License-Identifier: MIT
 *
 * The store orders lines by their own time, but they do not arrive in that order: an agent sends a
 * batch after a few seconds, so reading on behind the last line would lose what comes late. Each
 * tick therefore reads again from LIVE_TAIL_LATE_MS before the newest line, and leaves out what it
 * has shown: both lists are in the store's order, so that is one walk along two lists. What was
 * there before the session is told by the time of its arrival.
 *
 * A session belongs to the connection that shows it, except while the thread reads for it: then
 * closing only marks it, and the thread gives it back. The lock is never held while reading. */
#include "config.h"

#include "emulator/live_tails.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/thread.h"
#include "domain/filter_pattern.h"
#include "emulator/aws_logs.h"
#include "wire/event_stream.h"

#define WAITING_MAX ((size_t)4 << 20) /* bytes for a client that does not read */
#define UPDATE_MAX  ((size_t)1 << 20) /* bytes of messages in one update */
#define PAGE_LINES  2000
#define PAGES_MAX   20   /* of a group in one tick */
#define SEEN_MAX    8192 /* lines of the late window that are remembered */
#define ID_TEXT     32

struct seen {
    char id[ID_TEXT];
    int64_t time_ms;
};

/* One group of a session, and how far it was read. */
struct tailed {
    char *name, *label; /* the label names it in results */
    struct seen *seen;  /* shown or passed over, within the late window; in order */
    size_t seen_count;
    char floor[ID_TEXT]; /* nothing up to here is looked at again; "": nothing was read yet */
};

struct live_session {
    struct live_tails *tail;
    struct live_session *next, *prev;
    struct tailed groups[LIVE_TAIL_GROUPS];
    size_t group_count;
    char **streams, **prefixes;
    size_t stream_count, prefix_count;
    struct filter_pattern *pattern;
    int64_t since_ms;
    uint64_t until_ns;
    bool is_sampled; /* lines were left out since the last update */

    /* under the lock */
    struct buf waiting;
    struct exchange_waiter waiter; /* no functions: not open yet */
    bool is_asleep, is_over, is_busy, is_closed;
};

struct live_tails {
    struct store *store;
    struct live_tails_options options;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct live_session *sessions;
    size_t count;
    pthread_t thread;
    bool is_running, is_ended, stop;
};

struct live_tails *
live_tails_new(struct store *store, const struct live_tails_options *options)
{
    struct live_tails *tail = xcalloc(1, sizeof *tail);

    tail->store = store;
    tail->options = *options;
    pthread_mutex_init(&tail->lock, NULL);
    mono_cond_init(&tail->wake);
    return tail;
}

/* --- frames --- */

static void
add_frame(struct buf *b, const char *type, const char *name, const cJSON *payload)
{
    const struct event_header headers[] = {
        { ":message-type", type },
        { strcmp(type, "exception") == 0 ? ":exception-type" : ":event-type", name },
        { ":content-type", "application/json" },
    };
    struct buf text;

    buf_init(&text, EVENT_FRAME_MAX);
    json_print(&text, payload);
    event_stream_add(b, headers, sizeof headers / sizeof headers[0], text.data, text.len);
    buf_fini(&text);
}

static cJSON *
list_of(const char *const *texts, size_t count)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
    return list;
}

static void
add_start(struct buf *b, const struct live_tails_ask *ask)
{
    const char *identifiers[LIVE_TAIL_GROUPS];
    cJSON *start = cJSON_CreateObject(), *empty = cJSON_CreateObject();

    for (size_t i = 0; i < ask->group_count; i++)
        identifiers[i] = ask->groups[i].identifier;
    cJSON_AddStringToObject(start, "requestId", ask->request_id);
    cJSON_AddStringToObject(start, "sessionId", ask->session_id);
    cJSON_AddItemToObject(start, "logGroupIdentifiers", list_of(identifiers, ask->group_count));
    cJSON_AddItemToObject(start, "logStreamNames", list_of(ask->streams, ask->stream_count));
    cJSON_AddItemToObject(start, "logStreamNamePrefixes",
                          list_of(ask->prefixes, ask->prefix_count));
    if (ask->pattern != NULL)
        cJSON_AddStringToObject(start, "logEventFilterPattern", ask->pattern);
    add_frame(b, "event", "initial-response", empty);
    add_frame(b, "event", "sessionStart", start);
    cJSON_Delete(empty);
    cJSON_Delete(start);
}

static void
add_exception(struct buf *b, const char *name, const char *message)
{
    cJSON *payload = cJSON_CreateObject();

    cJSON_AddStringToObject(payload, "message", message);
    add_frame(b, "exception", name, payload);
    cJSON_Delete(payload);
}

/* --- reading, on the thread --- */

static bool
wants_stream(const struct live_session *s, const char *name)
{
    if (s->stream_count + s->prefix_count == 0)
        return true;
    for (size_t i = 0; i < s->stream_count; i++) {
        if (strcmp(s->streams[i], name) == 0)
            return true;
    }
    for (size_t i = 0; i < s->prefix_count; i++) {
        if (strncmp(s->prefixes[i], name, strlen(s->prefixes[i])) == 0)
            return true;
    }
    return false;
}

static bool
wants_line(const struct live_session *s, const struct log_line *line)
{
    return line->ingested_ms >= s->since_ms && wants_stream(s, line->stream) &&
           (s->pattern == NULL ||
            filter_pattern_match(s->pattern, line->message, line->message_len));
}

/* At most what the text will take in JSON. */
static size_t
printed_length(const char *text, size_t len)
{
    size_t printed = len;

    for (size_t i = 0; i < len; i++)
        printed += (unsigned char)text[i] < ' ' || strchr("\"\\\x7f", text[i]) != NULL ? 5 : 0;
    return printed;
}

/* What one tick collects. */
struct update {
    cJSON *results;
    size_t count, bytes;
    bool is_sampled;
};

static void
add_line(struct update *u, const struct tailed *group, const struct log_line *line)
{
    size_t len = printed_length(line->message, line->message_len);
    cJSON *event;

    if (u->count == LIVE_TAIL_LINES || u->bytes + len > UPDATE_MAX) {
        u->is_sampled = true;
        return;
    }
    event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "logStreamName", line->stream);
    cJSON_AddStringToObject(event, "logGroupIdentifier", group->label);
    aws_logs_add_message(event, line);
    cJSON_AddNumberToObject(event, "timestamp", (double)line->time_ms);
    cJSON_AddNumberToObject(event, "ingestionTime", (double)line->ingested_ms);
    cJSON_AddItemToArray(u->results, event);
    u->count++;
    u->bytes += len;
}

/* The walk along what was seen and what is there now. */
struct walk {
    struct tailed *group;
    size_t at;        /* in what the group has seen */
    struct seen *now; /* what it will have seen */
    size_t now_count;
    bool is_cut; /* there is more than one tick reads */
};

static bool
was_seen(struct walk *w, const char *id)
{
    const struct tailed *group = w->group;

    while (w->at < group->seen_count && strcmp(group->seen[w->at].id, id) < 0)
        w->at++;
    return w->at < group->seen_count && strcmp(group->seen[w->at].id, id) == 0;
}

static void
forget_half(struct walk *w)
{
    const size_t half = SEEN_MAX / 2;

    memcpy(w->group->floor, w->now[half - 1].id, ID_TEXT);
    memmove(w->now, w->now + half, (w->now_count - half) * sizeof *w->now);
    w->now_count -= half;
}

static void
visit_line(struct live_session *s, struct walk *w, const struct log_line *line, struct update *u)
{
    struct seen *seen;

    if (!was_seen(w, line->id) && wants_line(s, line))
        add_line(u, w->group, line);
    if (w->now_count == SEEN_MAX)
        forget_half(w);
    seen = &w->now[w->now_count++];
    memcpy(seen->id, line->id, ID_TEXT);
    seen->time_ms = line->time_ms;
}

/* Reads on behind the group's floor, as many pages as there are. */
static enum status
read_pages(struct live_session *s, struct walk *w, struct store_reader *reader, struct update *u,
           struct err *err)
{
    struct log_query query = { .group = w->group->name,
                               .start_ms = s->since_ms - LIVE_TAIL_LATE_MS,
                               .end_ms = INT64_MAX,
                               .limit = PAGE_LINES,
                               .limit_bytes = UPDATE_MAX };
    char after[ID_TEXT];
    enum status st = OK;
    bool more = true;

    memcpy(after, w->group->floor, ID_TEXT);
    for (int pages = 0; more && pages < PAGES_MAX; pages++) {
        struct arena *arena = arena_new();
        struct log_page page = { 0 };

        query.after = after[0] == '\0' ? NULL : after;
        st = store_read_logs(reader, arena, &query, &page, err);
        for (size_t i = 0; st == OK && i < page.count; i++)
            visit_line(s, w, &page.lines[i], u);
        more = st == OK && page.next != NULL;
        if (more)
            snprintf(after, sizeof after, "%s", page.next);
        arena_free(arena);
    }
    w->is_cut = more;
    return st == E_NOTFOUND ? OK : st; /* deleted meanwhile: it may come back */
}

/* What is older than the late window need not be remembered: reading goes on behind it. A line
 * stamped in the future does not move the window. When the window holds more than a tick reads, the
 * next one goes on behind all this, or it would never come to the end: what is late is lost then.
 */
static void
keep_seen(struct walk *w, int64_t now_ms)
{
    struct tailed *group = w->group;
    int64_t newest_ms = w->now_count == 0 ? 0 : w->now[w->now_count - 1].time_ms;
    int64_t edge_ms = (newest_ms < now_ms ? newest_ms : now_ms) - LIVE_TAIL_LATE_MS;
    size_t old = 0;

    while (old < w->now_count && (w->is_cut || w->now[old].time_ms < edge_ms))
        old++;
    if (old > 0)
        memcpy(group->floor, w->now[old - 1].id, ID_TEXT);
    group->seen_count = w->now_count - old;
    group->seen = xreallocarray(group->seen, group->seen_count + 1, sizeof *group->seen);
    memcpy(group->seen, w->now + old, group->seen_count * sizeof *group->seen);
}

static enum status
read_session(struct live_session *s, struct store_reader *reader, struct update *u, struct err *err)
{
    const int64_t now_ms = clock_now_ms(s->tail->options.clock);
    struct seen *now = xcalloc(SEEN_MAX, sizeof *now);
    enum status st = OK;

    for (size_t i = 0; i < s->group_count && st == OK; i++) {
        struct walk walk = { .group = &s->groups[i], .now = now };

        st = read_pages(s, &walk, reader, u, err);
        if (st == OK)
            keep_seen(&walk, now_ms);
    }
    free(now);
    return st;
}

static void
add_update(struct buf *b, struct update *u)
{
    cJSON *payload = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(payload, "sessionMetadata");

    cJSON_AddBoolToObject(metadata, "sampled", u->is_sampled);
    cJSON_AddItemToObject(payload, "sessionResults", u->results);
    u->results = NULL;
    add_frame(b, "event", "sessionUpdate", payload);
    cJSON_Delete(payload);
}

/* One tick of one session; true when it was the last. */
static bool
make_frames(struct live_session *s, struct store_reader *reader, struct buf *frames)
{
    struct update u = { .results = cJSON_CreateArray(), .is_sampled = s->is_sampled };
    struct err err = { 0 };
    bool is_last = true;

    if (mono_ns() >= s->until_ns)
        add_exception(frames, "SessionTimeoutException",
                      "The session timed out: a live tail lasts three hours at most.");
    else if (reader == NULL || read_session(s, reader, &u, &err) != OK)
        add_exception(frames, "SessionStreamingException",
                      reader == NULL ? "the store cannot be read" : err.text);
    else {
        add_update(frames, &u);
        is_last = false;
    }
    cJSON_Delete(u.results);
    return is_last;
}

/* --- the thread --- */

static void
free_session(struct live_session *s)
{
    for (size_t i = 0; i < s->group_count; i++) {
        free(s->groups[i].name);
        free(s->groups[i].label);
        free(s->groups[i].seen);
    }
    for (size_t i = 0; i < s->stream_count; i++)
        free(s->streams[i]);
    for (size_t i = 0; i < s->prefix_count; i++)
        free(s->prefixes[i]);
    free(s->streams);
    free(s->prefixes);
    filter_pattern_free(s->pattern);
    buf_fini(&s->waiting);
    free(s);
}

/* Under the lock. */
static void
unlink_session(struct live_session *s)
{
    struct live_tails *tail = s->tail;

    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        tail->sessions = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    tail->count--;
}

/* Under the lock. */
static void
rouse(struct live_session *s)
{
    if (!s->is_asleep)
        return;
    s->is_asleep = false;
    s->waiter.wake(s->waiter.arg);
}

/* Under the lock: takes the frames over. A client too slow for them is told that lines are missing.
 */
static void
deliver(struct live_session *s, const struct buf *frames, bool is_last)
{
    s->is_sampled = false;
    if (s->waiting.len + frames->len > s->waiting.max)
        s->is_sampled = true;
    else
        buf_add(&s->waiting, frames->data, frames->len);
    s->is_over = s->is_over || is_last;
    rouse(s);
}

/* Under the lock, which is let go while reading. Gives the next session. */
static struct live_session *
serve(struct live_tails *tail, struct live_session *s, struct store_reader *reader)
{
    struct live_session *next;
    struct buf frames;
    bool is_last;

    if (s->is_over)
        return s->next;
    s->is_busy = true;
    pthread_mutex_unlock(&tail->lock);
    buf_init(&frames, 2 * EVENT_FRAME_MAX);
    is_last = make_frames(s, reader, &frames);
    pthread_mutex_lock(&tail->lock);
    s->is_busy = false;
    next = s->next;
    if (s->is_closed) {
        unlink_session(s);
        free_session(s);
    } else
        deliver(s, &frames, is_last);
    buf_fini(&frames);
    return next;
}

/* Under the lock: until the tick is over, or for ever while there is no session. */
static void
rest(struct live_tails *tail, const struct timespec *tick)
{
    while (!tail->stop && tail->sessions == NULL)
        pthread_cond_wait(&tail->wake, &tail->lock);
    while (!tail->stop && pthread_cond_timedwait(&tail->wake, &tail->lock, tick) != ETIMEDOUT)
        continue;
}

static void *
tail_main(void *arg)
{
    struct live_tails *tail = arg;
    struct store_reader *reader = NULL;

    pthread_mutex_lock(&tail->lock);
    while (!tail->stop) {
        const struct timespec tick = mono_deadline(tail->options.tick_ms);

        rest(tail, &tick);
        if (reader == NULL && !tail->stop && store_reader_open(&reader, tail->store, NULL) != OK)
            reader = NULL;
        for (struct live_session *s = tail->sessions; s != NULL && !tail->stop;)
            s = serve(tail, s, reader);
    }
    pthread_mutex_unlock(&tail->lock);
    store_reader_close(reader);
    return NULL;
}

void
live_tails_end(struct live_tails *tail)
{
    pthread_mutex_lock(&tail->lock);
    tail->is_ended = true;
    for (struct live_session *s = tail->sessions; s != NULL; s = s->next) {
        s->is_over = true;
        rouse(s);
    }
    pthread_mutex_unlock(&tail->lock);
}

void
live_tails_free(struct live_tails *tail)
{
    if (tail == NULL)
        return;
    pthread_mutex_lock(&tail->lock);
    tail->stop = true;
    pthread_cond_broadcast(&tail->wake);
    pthread_mutex_unlock(&tail->lock);
    if (tail->is_running)
        pthread_join(tail->thread, NULL);
    pthread_cond_destroy(&tail->wake);
    pthread_mutex_destroy(&tail->lock);
    free(tail);
}

/* --- sessions --- */

static char **
copy_texts(const char *const *texts, size_t count)
{
    char **copies = xcalloc(count + 1, sizeof *copies);

    for (size_t i = 0; i < count; i++)
        copies[i] = xstrdup(texts[i]);
    return copies;
}

static struct live_session *
make_session(struct live_tails *tail, const struct live_tails_ask *ask)
{
    struct live_session *s = xcalloc(1, sizeof *s);

    s->tail = tail;
    s->group_count = ask->group_count;
    for (size_t i = 0; i < ask->group_count; i++) {
        s->groups[i].name = xstrdup(ask->groups[i].name);
        s->groups[i].label = xasprintf(AWS_ACCOUNT ":%s", ask->groups[i].name);
    }
    s->streams = copy_texts(ask->streams, ask->stream_count);
    s->stream_count = ask->stream_count;
    s->prefixes = copy_texts(ask->prefixes, ask->prefix_count);
    s->prefix_count = ask->prefix_count;
    s->since_ms = ask->now_ms;
    s->until_ns = mono_ns() + (uint64_t)tail->options.life_ms * 1000000;
    buf_init(&s->waiting, WAITING_MAX);
    add_start(&s->waiting, ask);
    return s;
}

/* Under the lock. */
static enum status
join(struct live_tails *tail, struct live_session *s, struct err *err)
{
    enum status st = OK;

    if (tail->count == tail->options.sessions)
        return err_set(err, E_LIMIT, "%zu live tails run already", tail->count);
    if (!tail->is_running)
        st = thread_start(&tail->thread, "obsview-tail", tail_main, tail, err);
    if (st != OK)
        return st;
    tail->is_running = true;
    s->is_over = tail->is_ended;
    s->next = tail->sessions;
    if (s->next != NULL)
        s->next->prev = s;
    tail->sessions = s;
    tail->count++;
    pthread_cond_broadcast(&tail->wake);
    return OK;
}

enum status
live_tails_open(struct live_tails *tail, const struct live_tails_ask *ask,
                struct live_session **out, struct err *err)
{
    struct live_session *s = make_session(tail, ask);
    enum status st;

    pthread_mutex_lock(&tail->lock);
    s->pattern = ask->filter;
    st = join(tail, s, err);
    if (st != OK)
        s->pattern = NULL;
    pthread_mutex_unlock(&tail->lock);
    if (st != OK) {
        free_session(s);
        return st;
    }
    *out = s;
    return OK;
}

/* --- its stream, on the HTTP thread --- */

static void
open_stream(void *state, const struct exchange_waiter *waiter)
{
    struct live_session *s = state;

    pthread_mutex_lock(&s->tail->lock);
    s->waiter = *waiter;
    pthread_mutex_unlock(&s->tail->lock);
}

static ssize_t
read_stream(void *state, char *to, size_t max)
{
    struct live_session *s = state;
    ssize_t n = 0;

    pthread_mutex_lock(&s->tail->lock);
    if (s->waiting.len > 0) {
        n = (ssize_t)(s->waiting.len < max ? s->waiting.len : max);
        memcpy(to, s->waiting.data, (size_t)n);
        buf_consume(&s->waiting, (size_t)n);
    } else if (s->is_over)
        n = EXCHANGE_STREAM_END;
    else {
        s->is_asleep = true;
        s->waiter.sleep(s->waiter.arg);
    }
    pthread_mutex_unlock(&s->tail->lock);
    return n;
}

static void
close_stream(void *state)
{
    struct live_session *s = state;
    struct live_tails *tail = s->tail;

    pthread_mutex_lock(&tail->lock);
    s->is_asleep = false;
    s->is_closed = true;
    if (!s->is_busy) {
        unlink_session(s);
        free_session(s);
    }
    pthread_mutex_unlock(&tail->lock);
}

const struct exchange_stream live_session_stream = {
    .open = open_stream,
    .read = read_stream,
    .close = close_stream,
};
