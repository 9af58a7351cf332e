/* test_tail_topic.c - lines as they are written, and what becomes of those that are left out.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/gather.h"
#include "wire/event_stream.h"

#define DEADLINE_NS (20 * 1000000000ULL)
#define TAIL        "Logs_20140328.StartLiveTail"
#define EVENTS      "FilterLogEvents"

static const struct rule rules[] = {
    { "DescribeLogGroups",
      "{\"logGroups\":[{\"logGroupName\":\"/a\",\"arn\":\"arn:aws:logs:eu-west-1:123456789012:"
      "log-group:/a:*\"}]}" },
    { EVENTS, "{\"events\":[]}" },
    { TAIL, "~" },
    { NULL, NULL },
};

struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather *gather;
    struct snapshot *snapshot;
    char *texts[4]; /* bodies the responder borrowed */
    size_t text_count;
};

static void
want(struct scene *s, bool tails)
{
    struct ask_list *asks = ask_list_new();

    ask_list_add(asks, &(struct ask){ .key = "x",
                                      .kind = ASK_LOG_EVENTS,
                                      .range = { .span_ms = 3600000 },
                                      .group = "/a",
                                      .limit = 50,
                                      .wants_live_tail = tails });
    gather_want(s->gather, asks);
    ask_list_free(asks);
}

static void
scene_open(struct scene *s)
{
    struct gather_options options = { .environment = "dev", .max_spend_microusd = -1 };

    *s = (struct scene){ .responder = responder_new(rules), .clock = clock_new_real() };
    s->target = (struct aws_target){ .label = xstrdup("AWS eu-west-1"),
                                     .region = xstrdup("eu-west-1"),
                                     .max_attempts = 1 };
    price_list_builtin(&s->target.prices);
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    options.target = &s->target;
    options.clock = s->clock;
    s->gather = gather_new(&options);
}

static void
scene_close(struct scene *s)
{
    snapshot_unref(s->snapshot);
    gather_free(s->gather);
    aws_target_fini(&s->target);
    clock_free(s->clock);
    responder_free(s->responder);
    for (size_t i = 0; i < s->text_count; i++)
        free(s->texts[i]);
}

static void
run_until_asked(struct scene *s, const char *needle, size_t count)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (responder_count(s->responder, needle) < count && mono_ns() < end)
        gather_run(s->gather, 20);
    assert_int_equal(responder_count(s->responder, needle), count);
}

static void
run_until_open(struct scene *s)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    run_until_asked(s, TAIL, 1);
    while (responder_streams(s->responder) == 0 && mono_ns() < end)
        gather_run(s->gather, 20);
}

static void
push(struct scene *s, const char *kind, const char *type, const char *payload)
{
    const struct event_header headers[] = {
        { ":message-type", kind },
        { strcmp(kind, "exception") == 0 ? ":exception-type" : ":event-type", type },
        { ":content-type", "application/json" },
    };
    struct buf b;

    buf_init(&b, 1 << 20);
    event_stream_add(&b, headers, 3, payload, strlen(payload));
    responder_push(s->responder, b.data, b.len);
    buf_fini(&b);
}

/* An update with one line, written so long ago. */
static void
push_line(struct scene *s, int64_t time_ms, const char *line, bool is_sampled)
{
    char *payload =
        xasprintf("{\"sessionMetadata\":{\"sampled\":%s},\"sessionResults\":[{"
                  "\"logStreamName\":\"s\",\"message\":\"%s\",\"timestamp\":%lld,"
                  "\"ingestionTime\":%lld}]}",
                  is_sampled ? "true" : "false", line, (long long)time_ms, (long long)time_ms);

    push(s, "event", "sessionUpdate", payload);
    free(payload);
}

/* From now on FilterLogEvents tells these lines. */
static void
set_events(struct scene *s, int64_t time_ms, const char *const *lines)
{
    struct buf b;

    buf_init(&b, 1 << 16);
    buf_adds(&b, "{\"events\":[");
    for (size_t i = 0; lines[i] != NULL; i++)
        buf_addf(&b, "%s{\"eventId\":\"e-%s\",\"timestamp\":%lld,\"message\":\"%s\"}",
                 i > 0 ? "," : "", lines[i], (long long)time_ms, lines[i]);
    buf_adds(&b, "]}");
    s->texts[s->text_count] = buf_take(&b, NULL);
    responder_set(s->responder, EVENTS, s->texts[s->text_count++]);
}

/* The messages shown, with commas between; gaps in angle brackets. */
static const char *
shown(struct scene *s, char *text, size_t size)
{
    const struct answer *a;
    size_t used = 0;

    snapshot_unref(s->snapshot);
    s->snapshot = gather_snapshot(s->gather);
    a = snapshot_answer(s->snapshot, "x");
    text[0] = '\0';
    for (size_t i = 0; a != NULL && i < a->event_count && used < size; i++) {
        const struct log_entry *e = &a->events[i];

        used += (size_t)snprintf(text + used, size - used, e->is_gap ? "%s<%s>" : "%s%s%s",
                                 i > 0 ? "," : "", e->message, *e->id != '\0' ? "!" : "");
    }
    return text;
}

/* Until that is shown; what has an id ends with "!". */
static void
run_until_shown(struct scene *s, const char *want_text)
{
    uint64_t end = mono_ns() + DEADLINE_NS;
    char text[1024];

    while (strcmp(shown(s, text, sizeof text), want_text) != 0) {
        if (mono_ns() > end)
            fail_msg("\"%s\" is shown, not \"%s\"", text, want_text);
        gather_run(s->gather, 20);
    }
}

static void
lines_come_by_themselves_and_get_their_ids_later(void **state)
{
    static const char *const first[] = { "old", NULL };
    static const char *const later[] = { "old", "new", "late", NULL };
    struct scene s;
    int64_t now;

    (void)state;
    scene_open(&s);
    now = clock_now_ms(s.clock) - 1000;
    set_events(&s, now, first);
    want(&s, true);
    run_until_open(&s);
    assert_int_equal(responder_count(s.responder,
                                     "{\"logGroupIdentifiers\":[\"arn:aws:logs:eu-west-1:"
                                     "123456789012:log-group:/a\"]}"),
                     1);
    push(&s, "event", "initial-response", "{}");
    push(&s, "event", "sessionStart", "{}");
    push_line(&s, now, "old", false); /* known already */
    push_line(&s, now, "new", false);
    run_until_shown(&s, "old!,new");
    assert_int_equal(s.snapshot->cost_microusd, 10000); /* the first minute has begun */
    assert_true(s.snapshot->cost_month_microusd > 10000000);
    assert_int_equal(responder_count(s.responder, EVENTS), 1);
    set_events(&s, now, later);
    want(&s, false); /* looked up, and the session is over */
    run_until_shown(&s, "late!,new!,old!");
    push_line(&s, now, "unheard", false);
    gather_run(s.gather, 50);
    run_until_shown(&s, "late!,new!,old!");
    assert_int_equal(s.snapshot->cost_microusd, 10000);
    scene_close(&s);
}

static void
what_was_left_out_is_marked_and_looked_for(void **state)
{
    static const char *const all[] = { "a", "b", NULL };
    struct scene s;
    int64_t now;

    (void)state;
    scene_open(&s);
    now = clock_now_ms(s.clock) - 1000;
    want(&s, true);
    run_until_open(&s);
    push_line(&s, now, "b", true);
    run_until_shown(&s, "b,<Live Tail left out lines here, there were too many; looking for them>");
    set_events(&s, now, all);
    run_until_shown(&s, "a!,b!");
    assert_int_equal(responder_count(s.responder, TAIL), 1); /* the session went on */
    scene_close(&s);
}

struct end_case {
    const char *name;
    const char *refusal; /* NULL: a session */
    const char *exception, *payload;
    const char *bytes; /* sent as they are */
    const char *want;
};

static const struct end_case end_cases[] = {
    { "its time is over", NULL, "SessionTimeoutException", "{\"message\":\"three hours\"}", NULL,
      "<Live Tail has ended: SessionTimeoutException: three hours>" },
    { "no reason", NULL, "SessionStreamingException", "not json", NULL,
      "<Live Tail has ended: SessionStreamingException: no reason given>" },
    { "closed", NULL, NULL, NULL, NULL, "<Live Tail: the service closed the session>" },
    { "lost its step", NULL, NULL, NULL, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c",
      "<event stream: the checksum of a frame's head is wrong>" },
    { "refused", "!403{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}", NULL, NULL, NULL,
      "<access denied: CloudWatch Logs StartLiveTail (no)>" },
    { "something else", "<html>hello</html>", NULL, NULL, NULL, "is no event stream>" },
};

/* Lines are still asked for, as if there were no Live Tail. */
static void
a_session_that_ends_says_why_and_polling_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof end_cases / sizeof end_cases[0]; i++) {
        const struct end_case *c = &end_cases[i];
        uint64_t end = mono_ns() + DEADLINE_NS;
        char text[1024] = "";
        struct scene s;

        print_message("%s\n", c->name);
        scene_open(&s);
        if (c->refusal != NULL)
            responder_set(s.responder, TAIL, c->refusal);
        want(&s, true);
        if (c->refusal == NULL)
            run_until_open(&s);
        if (c->exception != NULL)
            push(&s, "exception", c->exception, c->payload);
        else if (c->bytes != NULL)
            responder_push(s.responder, c->bytes, strlen(c->bytes));
        else if (c->refusal == NULL)
            responder_end_streams(s.responder);
        run_until_asked(&s, EVENTS, 2); /* at once, for what was missed */
        while (strstr(shown(&s, text, sizeof text), c->want) == NULL && mono_ns() < end)
            gather_run(s.gather, 20);
        if (strstr(text, c->want) == NULL)
            fail_msg("%s: \"%s\" is shown", c->name, text);
        assert_int_equal(responder_count(s.responder, TAIL), 1); /* not again at once */
        scene_close(&s);
    }
}

static void
nobody_pays_who_did_not_ask(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, false);
    run_until_asked(&s, EVENTS, 1);
    gather_run(s.gather, 100);
    assert_int_equal(responder_count(s.responder, TAIL), 0);
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_by_themselves_and_get_their_ids_later),
        cmocka_unit_test(what_was_left_out_is_marked_and_looked_for),
        cmocka_unit_test(a_session_that_ends_says_why_and_polling_goes_on),
        cmocka_unit_test(nobody_pays_who_did_not_ask),
    };

    return cmocka_run_group_tests_name("tail_topic", tests, NULL, NULL);
}
