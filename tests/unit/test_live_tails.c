/* test_live_tails.c - sessions without a socket: what they say, to whom, and how they end.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <time.h>

#include "aws_ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/filter_pattern.h"
#include "emulator/live_tails.h"
#include "store/store.h"
#include "wire/event_stream.h"

#define GROUP       "/app/web"
#define DEADLINE_S  20
#define UPDATES_MAX 4000 /* of 5 ms */

/* A store with a group, and sessions that tick fast. */
struct rig {
    struct ask a;
    struct live_tails *tail;
    struct store *store;
};

static void
rig_start(struct rig *r, int64_t life_ms, size_t sessions)
{
    struct live_tails_options options = { .tick_ms = 5, .life_ms = life_ms, .sessions = sessions };

    ask_start(&r->a);
    r->store = emulator_store(r->a.em);
    options.clock = r->a.clock;
    r->tail = live_tails_new(r->store, &options);
    assert_int_equal(store_create_log_group(r->store, GROUP, NULL), OK);
    clock_set(r->a.clock, ASK_NOW + 60000);
}

static void
rig_stop(struct rig *r)
{
    live_tails_free(r->tail);
    ask_stop(&r->a);
}

static void
put(struct rig *r, const char *stream, int64_t time_ms, const char *message)
{
    const struct log_event event = { time_ms, message, strlen(message) };
    struct store_write *write = store_write_new(r->store);

    store_write_logs(write, GROUP, stream, &event, 1, clock_now_ms(r->a.clock));
    assert_int_equal(store_submit_wait(r->store, write, NULL), OK);
}

/* Who reads a session here. */
struct listener {
    struct live_session *session;
    struct event_decoder decoder;
    pthread_mutex_t lock;
    pthread_cond_t awake;
    bool is_asleep, has_ended;
    struct buf messages; /* "stream/message " of all lines so far */
    unsigned starts, updates, sampled;
    char exception[64];
};

static void
fall_asleep(void *arg)
{
    struct listener *l = arg;

    pthread_mutex_lock(&l->lock);
    l->is_asleep = true;
    pthread_mutex_unlock(&l->lock);
}

static void
wake_up(void *arg)
{
    struct listener *l = arg;

    pthread_mutex_lock(&l->lock);
    l->is_asleep = false;
    pthread_cond_signal(&l->awake);
    pthread_mutex_unlock(&l->lock);
}

static struct live_tails_ask
plain_ask(struct rig *r)
{
    return (struct live_tails_ask){ .request_id = "request",
                                    .session_id = "session",
                                    .groups = { { GROUP, "the group" } },
                                    .group_count = 1,
                                    .now_ms = clock_now_ms(r->a.clock) };
}

static void
listen_to(struct listener *l, struct rig *r, const struct live_tails_ask *ask)
{
    struct err err = { 0 };

    *l = (struct listener){ .session = NULL };
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->awake, NULL);
    buf_init(&l->messages, 1 << 20);
    event_decoder_init(&l->decoder);
    if (live_tails_open(r->tail, ask, &l->session, &err) != OK)
        fail_msg("%s", err.text);
    live_session_stream.open(l->session, &(struct exchange_waiter){ fall_asleep, wake_up, l });
}

static void
leave(struct listener *l)
{
    live_session_stream.close(l->session);
    event_decoder_fini(&l->decoder);
    buf_fini(&l->messages);
    pthread_cond_destroy(&l->awake);
    pthread_mutex_destroy(&l->lock);
}

static void
take_frame(struct listener *l, const struct event_frame *frame)
{
    const char *type = event_frame_get(frame, ":event-type");
    const cJSON *line;
    cJSON *payload = NULL;

    assert_int_equal(json_parse(&payload, frame->payload, frame->payload_len, NULL), OK);
    if (strcmp(event_frame_get(frame, ":message-type"), "exception") == 0)
        snprintf(l->exception, sizeof l->exception, "%s",
                 event_frame_get(frame, ":exception-type"));
    else if (strcmp(type, "sessionStart") == 0)
        l->starts++;
    else if (strcmp(type, "sessionUpdate") == 0)
        l->updates++;
    l->sampled += json_get_bool(json_get(payload, "sessionMetadata"), "sampled", false);
    cJSON_ArrayForEach(line, json_get(payload, "sessionResults"))
    {
        assert_string_equal(json_get_string(line, "logGroupIdentifier", ""), "000000000000:" GROUP);
        buf_addf(&l->messages, "%s/%s ", json_get_string(line, "logStreamName", ""),
                 json_get_string(line, "message", ""));
    }
    cJSON_Delete(payload);
}

/* Reads what there is, in small pieces; waits once when there is nothing. */
static void
read_some(struct listener *l)
{
    struct timespec deadline;
    struct event_frame frame;
    char bytes[100];
    bool has = true;
    ssize_t n = live_session_stream.read(l->session, bytes, sizeof bytes);

    if (n == EXCHANGE_STREAM_END) {
        l->has_ended = true;
        return;
    }
    assert_int_equal(event_decoder_add(&l->decoder, bytes, (size_t)n, NULL), OK);
    while (event_decoder_next(&l->decoder, &frame, &has, NULL) == OK && has)
        take_frame(l, &frame);
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&l->lock);
    while (l->is_asleep) {
        if (pthread_cond_timedwait(&l->awake, &l->lock, &deadline) != 0)
            fail_msg("nobody woke the reader within %d s", DEADLINE_S);
    }
    pthread_mutex_unlock(&l->lock);
}

static void
read_updates(struct listener *l, unsigned more)
{
    unsigned until = l->updates + more;

    while (l->updates < until && !l->has_ended)
        read_some(l);
}

/* However many updates that takes; what must not come is looked for in a few more. */
static void
read_until(struct listener *l, const char *text)
{
    unsigned start = l->updates;

    while (strstr(l->messages.data, text) == NULL) {
        if (l->updates - start > UPDATES_MAX || l->has_ended)
            fail_msg("\"%s\" did not come, only \"%.200s\"", text, l->messages.data);
        read_some(l);
    }
    read_updates(l, 3);
}

static void
read_to_the_end(struct listener *l)
{
    while (!l->has_ended)
        read_some(l);
}

static void
new_lines_come_once_and_late_ones_too(void **state)
{
    struct live_tails_ask ask;
    struct listener l;
    struct rig r;
    int64_t now;

    (void)state;
    rig_start(&r, 60000, 15);
    put(&r, "s", ASK_NOW + 59000, "old");
    clock_set(r.a.clock, ASK_NOW + 61000);
    now = ASK_NOW + 61000;
    ask = plain_ask(&r);
    listen_to(&l, &r, &ask);
    put(&r, "s", now, "a");
    read_until(&l, "a ");
    put(&r, "s", now - 5000, "late");
    read_until(&l, "late ");
    put(&r, "t", now + 3600000, "future");
    read_until(&l, "future ");
    put(&r, "t", now, "b");
    read_until(&l, "b ");
    put(&r, "s", now - 9000, "later");
    read_until(&l, "later ");
    assert_string_equal(l.messages.data, "s/a s/late t/future t/b s/later ");
    assert_int_equal(l.starts, 1);
    assert_int_equal(l.sampled, 0);
    leave(&l);
    rig_stop(&r);
}

static void
streams_prefixes_and_patterns_choose(void **state)
{
    static const char *const names[] = { "web-1", NULL };
    static const char *const prefixes[] = { "web", NULL };
    static const struct {
        const char *const *streams, *const *prefixes;
        const char *pattern;
        const char *shown;
    } cases[] = {
        { NULL, NULL, NULL, "web-1/red web-1/blue web-2/red batch/red " },
        { names, NULL, NULL, "web-1/red web-1/blue " },
        { NULL, prefixes, NULL, "web-1/red web-1/blue web-2/red " },
        { NULL, prefixes, "red", "web-1/red web-2/red " },
        { NULL, NULL, "green", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct live_tails_ask ask;
        struct listener l;
        struct rig r;

        rig_start(&r, 60000, 15);
        ask = plain_ask(&r);
        ask.streams = cases[i].streams;
        ask.stream_count = cases[i].streams != NULL;
        ask.prefixes = cases[i].prefixes;
        ask.prefix_count = cases[i].prefixes != NULL;
        ask.pattern = cases[i].pattern;
        if (ask.pattern != NULL)
            assert_int_equal(filter_pattern_compile(&ask.filter, ask.pattern, NULL), OK);
        listen_to(&l, &r, &ask);
        put(&r, "web-1", ask.now_ms, "red");
        put(&r, "web-1", ask.now_ms + 1, "blue");
        put(&r, "web-2", ask.now_ms + 2, "red");
        put(&r, "batch", ask.now_ms + 3, "red");
        read_until(&l, cases[i].shown);
        if (strcmp(l.messages.data, cases[i].shown) != 0)
            fail_msg("case %zu: expected \"%s\", got \"%s\"", i, cases[i].shown, l.messages.data);
        leave(&l);
        rig_stop(&r);
    }
}

/* 20,000 lines at once: far more than are remembered, and none comes twice. */
static void
a_flood_is_sampled_and_reading_goes_on(void **state)
{
    enum { COUNT = 20000 };
    struct log_event *events = xcalloc(COUNT, sizeof *events);
    struct store_write *write;
    struct live_tails_ask ask;
    struct listener l;
    struct rig r;

    (void)state;
    rig_start(&r, 60000, 15);
    ask = plain_ask(&r);
    for (size_t i = 0; i < COUNT; i++)
        events[i] = (struct log_event){ ask.now_ms + (int64_t)i / 100, "x", 1 };
    listen_to(&l, &r, &ask);
    write = store_write_new(r.store);
    store_write_logs(write, GROUP, "s", events, COUNT, ask.now_ms);
    assert_int_equal(store_submit_wait(r.store, write, NULL), OK);
    while (l.sampled == 0 && l.updates < UPDATES_MAX)
        read_some(&l);
    assert_true(l.sampled > 0);
    assert_true(l.messages.len <= COUNT / 2 * strlen("s/x "));
    for (unsigned sampled = 0; sampled != l.sampled;) {
        sampled = l.sampled;
        read_updates(&l, 3); /* until nothing more is left out */
    }
    buf_clear(&l.messages);
    put(&r, "s", ask.now_ms + 302, "again");
    read_until(&l, "s/again ");
    assert_string_equal(l.messages.data, "s/again ");
    leave(&l);
    rig_stop(&r);
    free(events);
}

/* 30 MB of few long lines within the late window: more than one tick reads, and what comes behind
 * them is still found. */
static void
what_stands_behind_long_lines_is_found(void **state)
{
    enum { COUNT = 120, LENGTH = 250000 };
    char *text = xmalloc(LENGTH + 1);
    struct live_tails_ask ask;
    struct listener l;
    struct rig r;

    (void)state;
    memset(text, 'x', LENGTH);
    text[LENGTH] = '\0';
    rig_start(&r, 60000, 15);
    ask = plain_ask(&r);
    ask.pattern = "needle";
    assert_int_equal(filter_pattern_compile(&ask.filter, ask.pattern, NULL), OK);
    listen_to(&l, &r, &ask);
    for (int64_t i = 0; i < COUNT; i++)
        put(&r, "s", ask.now_ms + i, text);
    put(&r, "s", ask.now_ms + COUNT, "needle");
    for (unsigned i = 0; i < 100 && l.messages.len == 0; i++)
        read_updates(&l, 1);
    assert_string_equal(l.messages.len == 0 ? "nothing" : l.messages.data, "s/needle ");
    leave(&l);
    rig_stop(&r);
    free(text);
}

static void
a_session_times_out(void **state)
{
    struct live_tails_ask ask;
    struct listener l;
    struct rig r;

    (void)state;
    rig_start(&r, 30, 15);
    ask = plain_ask(&r);
    listen_to(&l, &r, &ask);
    read_to_the_end(&l);
    assert_string_equal(l.exception, "SessionTimeoutException");
    assert_int_equal(l.starts, 1);
    leave(&l);
    rig_stop(&r);
}

static void
there_are_as_many_as_there_may_be(void **state)
{
    struct live_session *extra = NULL;
    struct live_tails_ask ask;
    struct listener first, second;
    struct err err = { 0 };
    struct rig r;

    (void)state;
    rig_start(&r, 60000, 2);
    ask = plain_ask(&r);
    listen_to(&first, &r, &ask);
    listen_to(&second, &r, &ask);
    assert_int_equal(live_tails_open(r.tail, &ask, &extra, &err), E_LIMIT);
    assert_null(extra);
    leave(&second);
    /* given back at once, or by the thread that reads for it just now */
    for (int i = 0; i < 1000 && live_tails_open(r.tail, &ask, &extra, &err) != OK; i++)
        read_updates(&first, 1);
    assert_non_null(extra);
    live_session_stream.close(extra); /* a client that went before its answer began */
    leave(&first);
    rig_stop(&r);
}

static void
the_end_ends_all(void **state)
{
    struct live_tails_ask ask;
    struct listener before, after;
    struct rig r;

    (void)state;
    rig_start(&r, 60000, 15);
    ask = plain_ask(&r);
    listen_to(&before, &r, &ask);
    read_updates(&before, 1);
    live_tails_end(r.tail);
    read_to_the_end(&before);
    listen_to(&after, &r, &ask);
    read_to_the_end(&after);
    assert_string_equal(before.exception, "");
    leave(&before);
    leave(&after);
    rig_stop(&r);
}

/* --- the operation --- */

static void
the_operation_answers_with_a_stream_or_a_reason(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
        const char *says;
    } cases[] = {
        { "{\"logGroupIdentifiers\":[\"" GROUP "\"]}", 200, "" },
        { "{\"logGroupIdentifiers\":[\"arn:aws:logs:eu-west-1:000000000000:log-group:" GROUP "\"]}",
          200, "" },
        { "{}", 400, "logGroupIdentifiers" },
        { "{\"logGroupIdentifiers\":[]}", 400, "greater than or equal to 1" },
        { "{\"logGroupIdentifiers\":[\"/none\"]}", 400, "ResourceNotFoundException" },
        { "{\"logGroupIdentifiers\":[\"arn:aws:logs:eu-west-1:000000000000:log-group:" GROUP
          ":*\"]}",
          400, "at the end" },
        { "{\"logGroupIdentifiers\":[\"" GROUP "\"],\"logEventFilterPattern\":\"[a,\"}", 400,
          "is not a filter pattern" },
        { "{\"logGroupIdentifiers\":[\"" GROUP "\"],\"startTime\":1}", 400,
          "startTime is not supported" },
    };
    struct ask a;

    (void)state;
    ask_start(&a);
    cJSON_Delete(ask_json(&a, "logs", "CreateLogGroup", 200, "{'logGroupName':'" GROUP "'}"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;

        ask_send(&a,
                 &(struct ask_request){
                     .service = "logs", .operation = "StartLiveTail", .body = cases[i].body },
                 &answer);
        if (answer.status != cases[i].status ||
            strstr(answer.body == NULL ? "" : answer.body, cases[i].says) == NULL)
            fail_msg("%s: expected %u with \"%s\", got %u: %s", cases[i].body, cases[i].status,
                     cases[i].says, answer.status, answer.body);
        if (answer.status == 200)
            assert_string_equal(answer.type, EVENT_STREAM_TYPE);
        answer_fini(&answer);
    }
    ask_stop(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_lines_come_once_and_late_ones_too),
        cmocka_unit_test(streams_prefixes_and_patterns_choose),
        cmocka_unit_test(a_flood_is_sampled_and_reading_goes_on),
        cmocka_unit_test(what_stands_behind_long_lines_is_found),
        cmocka_unit_test(a_session_times_out),
        cmocka_unit_test(there_are_as_many_as_there_may_be),
        cmocka_unit_test(the_end_ends_all),
        cmocka_unit_test(the_operation_answers_with_a_stream_or_a_reason),
    };

    return cmocka_run_group_tests_name("live tail", tests, NULL, NULL);
}
