/* test_playback.c - a recording played on, back and no further, over scenes that only count.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/replay/playback.h"

#define START       INT64_C(1795435200000) /* 12:00 */
#define DEADLINE_MS 10000
#define MINUTE_MS   60000
#define TURN_MS     (START + 2 * MINUTE_MS) /* when an alarm turns in every scene */

static char path[] = "/tmp/obsview-playback-XXXXXX";

/* --- scenes ------------------------------------------------------------------------------------
 */

struct stage {
    struct clock *clock;
    uint64_t played;
    bool has_told;
};

static atomic_int opened, closed;
static atomic_bool refuses; /* to open another one */
static atomic_bool hangs;   /* at the next event, until it does no longer */

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;
    bool is_bad = strcmp(event->path, "/bad") == 0;

    while (atomic_load(&hangs))
        usleep(1000);
    assert_true(at_ms >= clock_now_ms(stage->clock));
    clock_set(stage->clock, at_ms);
    stage->played++;
    fixture_event_fini(event);
    return is_bad ? err_set(err, E_IO, "the disk is full") : OK;
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;

    (void)err;
    assert_true(at_ms >= clock_now_ms(stage->clock));
    clock_set(stage->clock, at_ms);
    return OK;
}

static enum status
rest(void *state, struct err *err)
{
    (void)state;
    (void)err;
    return OK;
}

static void
close_stage(void *state)
{
    struct stage *stage = state;

    atomic_fetch_add(&closed, 1);
    clock_free(stage->clock);
    free(stage);
}

static enum status
turns(void *state, scene_turned *turned, void *arg, struct err *err)
{
    struct stage *stage = state;

    (void)err;
    if (!stage->has_told && clock_now_ms(stage->clock) >= TURN_MS) {
        stage->has_told = true;
        turned(arg, TURN_MS, "alarm cart turned ALARM");
    }
    return OK;
}

static enum status
open_stage(void *ctx, struct scene *out, int64_t start_ms, struct err *err)
{
    struct stage *stage;

    (void)ctx;
    if (atomic_load(&refuses))
        return err_set(err, E_IO, "no room for another");
    stage = xcalloc(1, sizeof *stage);
    atomic_fetch_add(&opened, 1);
    stage->clock = clock_new_virtual(start_ms);
    *out = (struct scene){ .door = { stage, play, NULL, settle, rest, close_stage },
                           .clock = stage->clock,
                           .turns = turns,
                           .url = "http://127.0.0.1:1" };
    return OK;
}

/* --- orders ------------------------------------------------------------------------------------
 */

#define EVENT(t, path) \
    "{\"t\":" #t ",\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"" path "\"}}\n"
#define ERROR(t, message)                                                                \
    "{\"t\":" #t                                                                         \
    ",\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/errors/report\"," \
    "\"body\":{\"error\":{\"message\":\"" message "\"},\"context\":{\"sessionId\":"      \
    "\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\",\"url\":\"/\"}}}}\n"

static const char six[] = EVENT(1000, "/a") EVENT(2000, "/b") ERROR(50000, "boom")
    EVENT(90000, "/c") EVENT(150000, "/d") ERROR(250000, "bang");

static struct playback *
begin(const char *header, const char *lines, bool is_paused, int64_t at_ms)
{
    FILE *file = fopen(path, "w");
    struct playback *p;
    struct err err = { 0 };

    assert_non_null(file);
    fprintf(file, "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\"%s}\n%s", header,
            lines);
    fclose(file);
    opened = closed = 0;
    assert_int_equal(playback_start(&p,
                                    &(struct playback_options){ .path = path,
                                                                .open = open_stage,
                                                                .speed = 1,
                                                                .is_paused = is_paused,
                                                                .at_ms = at_ms,
                                                                .page_start = "/v1/web/start" },
                                    &err),
                     OK);
    return p;
}

static struct playback *
begin_paused(void)
{
    return begin(",\"length\":300000", six, true, INT64_MIN);
}

typedef bool condition(const struct transport_status *status, const void *arg);

static struct transport_status
await(struct playback *p, condition *is_so, const void *arg)
{
    struct pollfd ready = { .fd = desk_fd(playback_desk(p)), .events = POLLIN };
    struct transport_status status;

    for (;;) {
        desk_read(playback_desk(p), &status);
        if (is_so(&status, arg))
            return status;
        if (poll(&ready, 1, DEADLINE_MS) == 0)
            fail_msg("state %d at %lld, %llu events", (int)status.state,
                     (long long)(status.time.now_ms - START), (unsigned long long)status.events);
    }
}

static bool
is_at(const struct transport_status *status, const void *arg)
{
    return status->state != TRANSPORT_SEEKING &&
           status->time.now_ms - START == *(const int64_t *)arg;
}

static struct transport_status
await_at(struct playback *p, int64_t at_ms)
{
    return await(p, is_at, &at_ms);
}

static bool
is_in(const struct transport_status *status, const void *arg)
{
    return status->state == *(const enum transport_state *)arg;
}

static struct transport_status
await_state(struct playback *p, enum transport_state state)
{
    return await(p, is_in, &state);
}

static bool
is_surveyed(const struct transport_status *status, const void *arg)
{
    (void)arg;
    return status->all_events > 0;
}

static void
order(struct playback *p, enum transport_verb verb, int64_t at_ms)
{
    desk_order(
        playback_desk(p),
        &(struct transport_order){ .verb = verb, .at_ms = START + at_ms, .direction = (int)at_ms });
}

/* --- tests -------------------------------------------------------------------------------------
 */

static void
steps_go_from_event_to_event(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    assert_int_equal(await_at(p, 0).events, 0);
    order(p, TRANSPORT_STEP, 1);
    assert_int_equal(await_at(p, 1000).events, 1);
    order(p, TRANSPORT_STEP, 1);
    order(p, TRANSPORT_STEP, 1);
    assert_int_equal(await_at(p, 50000).events, 3);
    order(p, TRANSPORT_STEP, -1);
    assert_int_equal(await_at(p, 2000).events, 2);
    order(p, TRANSPORT_STEP, -5); /* there are no more */
    assert_int_equal(await_at(p, 0).events, 0);
    playback_stop(p);
    assert_int_equal(opened, closed);
}

static void
a_step_to_the_last_event_is_at_the_end(void **state)
{
    struct playback *p = begin("", six, true, INT64_MIN);

    (void)state;
    order(p, TRANSPORT_STEP, 5);
    assert_int_equal(await_at(p, 150000).state, TRANSPORT_PAUSED);
    order(p, TRANSPORT_STEP, 1);
    assert_int_equal(await_at(p, 250000).events, 6);
    await_state(p, TRANSPORT_ENDED);
    playback_stop(p);
}

/* Between two events the one before is a step back. */
static void
a_step_back_from_between_undoes_no_event(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    order(p, TRANSPORT_SEEK, 60000);
    assert_int_equal(await_at(p, 60000).events, 3);
    order(p, TRANSPORT_STEP, -1);
    assert_int_equal(await_at(p, 50000).events, 3);
    order(p, TRANSPORT_STEP, -1);
    assert_int_equal(await_at(p, 2000).events, 2);
    playback_stop(p);
}

static void
a_seek_plays_what_happened_by_then_and_no_more(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    order(p, TRANSPORT_SEEK, 90000);
    assert_int_equal(await_at(p, 90000).events, 4); /* that of the very moment, too */
    order(p, TRANSPORT_SEEK, 89999);
    assert_int_equal(await_at(p, 89999).events, 3);
    order(p, TRANSPORT_SEEK, 300000);
    assert_int_equal(await_at(p, 300000).state, TRANSPORT_ENDED);
    playback_stop(p);
}

/* What the screen looks at is neither changed into another past nor closed under it. */
static void
a_past_that_is_looked_at_stays_open(void **state)
{
    struct playback *p = begin_paused();
    struct past *first, *second;
    unsigned turns;

    (void)state;
    first = desk_borrow(playback_desk(p), &turns);
    assert_non_null(first);
    assert_null(desk_borrow(playback_desk(p), &turns)); /* the same still */
    order(p, TRANSPORT_SEEK, 60000);
    await_at(p, 60000);
    order(p, TRANSPORT_SEEK, 2000);
    assert_int_equal(await_at(p, 2000).events, 2);
    assert_int_equal(clock_now_ms(past_clock(first)), START + 60000);
    assert_int_equal(opened, 2);
    assert_int_equal(closed, 0);
    second = desk_borrow(playback_desk(p), &turns);
    assert_non_null(second);
    assert_ptr_not_equal(second, first);
    assert_int_equal(turns, 3);
    assert_int_equal(clock_now_ms(past_clock(second)), START + 2000);
    desk_let_go(playback_desk(p), first);
    /* Nor is it played on: another one goes where it could go on to. */
    order(p, TRANSPORT_SEEK, 1500);
    await_at(p, 1500);
    order(p, TRANSPORT_SEEK, 2001);
    assert_int_equal(await_at(p, 2001).events, 2);
    assert_int_equal(clock_now_ms(past_clock(second)), START + 2000);
    playback_stop(p);
    assert_int_equal(opened, closed);
}

/* What was left is gone on with, and no more than a few are. */
static void
a_way_begins_at_what_was_left_nearest_before(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    order(p, TRANSPORT_SEEK, 150000);
    await_at(p, 150000);
    order(p, TRANSPORT_SEEK, 2000);
    await_at(p, 2000);
    assert_int_equal(opened, 2);
    order(p, TRANSPORT_SEEK, 200000);
    assert_int_equal(await_at(p, 200000).events, 5);
    order(p, TRANSPORT_SEEK, 50000); /* behind what is on screen, and before it what was left */
    assert_int_equal(await_at(p, 50000).events, 3);
    assert_int_equal(opened, 2);
    playback_stop(p);
    assert_int_equal(opened, closed);
}

/* Each place is what it is for who goes there at once, and pasts do not become more. */
static void
a_walk_back_and_forth_never_shows_anything_else(void **state)
{
    static const int64_t times[] = { 1000, 2000, 50000, 90000, 150000, 250000 };
    struct playback *p = begin_paused();
    unsigned random = 20261129, turns;
    struct past *held = NULL;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        int64_t at_ms;
        uint64_t events = 0;
        struct past *past;

        random = random * 1664525 + 1013904223;
        at_ms = (random >> 8) % 300000;
        if (i % 3 == 0)
            at_ms = times[(random >> 8) % 6];
        for (size_t k = 0; k < 6; k++)
            events += times[k] <= at_ms;
        order(p, TRANSPORT_SEEK, at_ms);
        assert_int_equal(await_at(p, at_ms).events, events);
        past = desk_borrow(playback_desk(p), &turns);
        if (past != NULL) {
            if (held != NULL)
                desk_let_go(playback_desk(p), held);
            held = past;
        }
        assert_int_equal(past_events(held), events);
        assert_int_equal(clock_now_ms(past_clock(held)), START + at_ms);
        assert_true(atomic_load(&opened) - atomic_load(&closed) <= 8);
    }
    playback_stop(p);
    assert_int_equal(opened, closed);
}

static void
who_stays_keeps_what_is_on_screen(void **state)
{
    struct playback *p = begin_paused();
    struct transport_status status;
    unsigned turns;

    (void)state;
    order(p, TRANSPORT_SEEK, 90000);
    await_at(p, 90000);
    assert_non_null(desk_borrow(playback_desk(p), &turns));
    atomic_store(&hangs, true);
    order(p, TRANSPORT_SEEK, 2000);
    status = await_state(p, TRANSPORT_SEEKING);
    assert_true(status.is_rebuilding);
    assert_int_equal(status.time.now_ms, START + 90000);
    assert_int_equal(status.target_ms, START + 2000);
    order(p, TRANSPORT_STAY, 0);
    atomic_store(&hangs, false);
    status = await_state(p, TRANSPORT_PAUSED);
    assert_int_equal(status.time.now_ms, START + 90000);
    assert_int_equal(status.events, 4);
    assert_null(desk_borrow(playback_desk(p), &turns));
    playback_stop(p);
    assert_int_equal(opened, closed);
}

static void
a_new_goal_takes_the_place_of_the_old_one(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    order(p, TRANSPORT_SEEK, 150000);
    await_at(p, 150000);
    atomic_store(&hangs, true);
    order(p, TRANSPORT_SEEK, 90000);
    await_state(p, TRANSPORT_SEEKING);
    order(p, TRANSPORT_SEEK, 2000);
    order(p, TRANSPORT_SEEK, 1000);
    atomic_store(&hangs, false);
    assert_int_equal(await_at(p, 1000).events, 1);
    playback_stop(p);
    assert_int_equal(opened, closed);
}

/* Who waited for a step back need not wait for the next one. */
static void
the_next_step_back_is_gone_ahead(void **state)
{
    struct playback *p = begin_paused();

    (void)state;
    order(p, TRANSPORT_SEEK, 150000);
    await_at(p, 150000);
    atomic_store(&hangs, true);
    order(p, TRANSPORT_STEP, -1);
    await_state(p, TRANSPORT_SEEKING);
    usleep(400000); /* that is slow */
    atomic_store(&hangs, false);
    assert_int_equal(await_at(p, 90000).events, 4);
    for (int i = 0; i < DEADLINE_MS && atomic_load(&opened) < 3; i++)
        usleep(1000);
    assert_int_equal(opened, 3);
    atomic_store(&refuses, true);
    order(p, TRANSPORT_STEP, -1);
    assert_int_equal(await_at(p, 50000).failures, 0);
    atomic_store(&refuses, false);
    order(p, TRANSPORT_STEP, 1); /* another way than was thought */
    assert_int_equal(await_at(p, 90000).events, 4);
    playback_stop(p);
    assert_int_equal(opened, closed);
}

/* --- markers -----------------------------------------------------------------------------------
 */

static void
an_alarm_on_the_way_is_the_next_marker(void **state)
{
    struct playback *p = begin_paused();
    struct marker_list *markers;
    struct transport_status status;

    (void)state;
    await(p, is_surveyed, NULL);
    order(p, TRANSPORT_MARK, 1);
    assert_int_equal(await_at(p, 50000).events, 3);
    order(p, TRANSPORT_MARK, 1); /* it is not known of before it was played */
    status = await_at(p, TURN_MS - START);
    assert_int_equal(status.events, 4);
    assert_int_equal(status.state, TRANSPORT_PAUSED);
    markers = desk_markers(playback_desk(p));
    assert_int_equal(markers->count, 3);
    assert_string_equal(markers->items[1].text, "alarm cart turned ALARM");
    marker_list_unref(markers);
    order(p, TRANSPORT_MARK, 1);
    assert_int_equal(await_at(p, 250000).events, 6);
    order(p, TRANSPORT_MARK, 1); /* none is left */
    await_at(p, 300000);
    order(p, TRANSPORT_MARK, -2);
    assert_int_equal(await_at(p, TURN_MS - START).events, 4);
    markers = desk_markers(playback_desk(p));
    assert_int_equal(markers->count, 3); /* it turned anew, and is the same */
    marker_list_unref(markers);
    order(p, TRANSPORT_MARK, -2);
    assert_int_equal(await_at(p, 0).events, 0);
    playback_stop(p);
}

static void
order_grave(struct playback *p, int direction)
{
    desk_order(playback_desk(p), &(struct transport_order){ .verb = TRANSPORT_MARK,
                                                            .direction = direction,
                                                            .least = MARKER_GRAVE });
}

static void
errors_that_were_seen_before_are_not_grave(void **state)
{
    struct playback *p = begin(",\"length\":300000",
                               ERROR(1000, "boom") ERROR(2000, "boom") ERROR(3000, "boom")
                                   ERROR(4000, "bang") ERROR(5000, "boom") ERROR(150000, "bang"),
                               true, INT64_MIN);

    (void)state;
    await(p, is_surveyed, NULL);
    order_grave(p, 1);
    assert_int_equal(await_at(p, 1000).events, 1);
    order_grave(p, 1);
    assert_int_equal(await_at(p, 4000).events, 4);
    order_grave(p, 1);
    assert_int_equal(await_at(p, TURN_MS - START).events, 5); /* the alarm, found on the way */
    order_grave(p, 1);                                        /* none is left */
    await_at(p, 300000);
    order_grave(p, -2);
    assert_int_equal(await_at(p, 4000).events, 4);
    order_grave(p, -1);
    assert_int_equal(await_at(p, 1000).events, 1);
    playback_stop(p);
}

static void
broken_lines_are_counted_and_named(void **state)
{
    struct playback *p =
        begin("", EVENT(1, "/a") "{\"t\":2}\n" EVENT(3, "/b") "no JSON\n" EVENT(2, "/c"), true,
              INT64_MIN);
    struct transport_status status = await(p, is_surveyed, NULL);
    char *told;

    (void)state;
    assert_int_equal(status.broken, 3);
    assert_int_equal(status.all_events, 2);
    told = desk_broken(playback_desk(p));
    assert_non_null(strstr(told, "line 3, column 1: source is not"));
    assert_non_null(strstr(told, "line 5, column 1"));
    assert_non_null(strstr(told, "line 6, column 6: t is less than on a line before"));
    free(told);
    order(p, TRANSPORT_STEP, 2);
    assert_int_equal(await_at(p, 3).events, 2);
    playback_stop(p);
}

/* A status says whether it was so before the last order, or is because of it. */
static void
what_is_told_is_what_was_ordered_or_behind(void **state)
{
    struct playback *p = begin_paused();
    struct transport_status status;

    (void)state;
    for (int i = 1; i <= 300; i++) {
        desk_order(playback_desk(p),
                   &(struct transport_order){ .verb = TRANSPORT_SPEED, .speed = i });
        do
            desk_read(playback_desk(p), &status);
        while (status.is_behind);
        assert_true(status.speed == i);
    }
    playback_stop(p);
}

/* --- playing -----------------------------------------------------------------------------------
 */

static void
plays_to_the_end_and_stops_there(void **state)
{
    struct playback *p = begin(",\"length\":300000", six, false, INT64_MIN);
    struct transport_status status;

    (void)state;
    desk_order(playback_desk(p),
               &(struct transport_order){ .verb = TRANSPORT_SPEED, .speed = 1000 });
    await_state(p, TRANSPORT_PLAYING);
    status = await_state(p, TRANSPORT_ENDED);
    assert_int_equal(status.events, 6);
    assert_int_equal(status.time.now_ms, START + 300000);
    desk_order(playback_desk(p), &(struct transport_order){ .verb = TRANSPORT_PLAY });
    await_at(p, 300000);
    order(p, TRANSPORT_STEP, -1);
    assert_int_equal(await_at(p, 250000).state, TRANSPORT_PAUSED);
    desk_order(playback_desk(p),
               &(struct transport_order){ .verb = TRANSPORT_SPEED, .speed = SPEED_WHOLE });
    desk_order(playback_desk(p), &(struct transport_order){ .verb = TRANSPORT_PLAY });
    await_at(p, 300000);
    playback_stop(p);
}

static void
begins_where_it_is_told(void **state)
{
    struct playback *p = begin("", six, true, START + 90000);
    struct transport_status status = await_at(p, 90000);

    (void)state;
    assert_int_equal(status.events, 4);
    assert_int_equal(status.turns, 2);
    status = await(p, is_surveyed, NULL);
    assert_true(status.time.is_end_known); /* which the header did not say */
    assert_int_equal(status.time.end_ms, START + 250000);
    playback_stop(p);
}

/* --- failures ----------------------------------------------------------------------------------
 */

static void
a_past_that_cannot_be_opened_changes_nothing(void **state)
{
    struct playback *p = begin_paused();
    struct transport_status status;

    (void)state;
    order(p, TRANSPORT_SEEK, 90000);
    await_at(p, 90000);
    atomic_store(&refuses, true);
    order(p, TRANSPORT_SEEK, 2000);
    do
        desk_read(playback_desk(p), &status);
    while (status.failures == 0);
    atomic_store(&refuses, false);
    assert_string_equal(status.failure, "no room for another");
    status = await_at(p, 90000);
    assert_int_equal(status.events, 4);
    order(p, TRANSPORT_STEP, 1);
    assert_int_equal(await_at(p, 150000).events, 5);
    playback_stop(p);
}

static void
what_breaks_off_can_be_gone_back_in(void **state)
{
    struct playback *p =
        begin("", EVENT(1, "/a") EVENT(2, "/b") EVENT(3, "/bad") EVENT(4, "/c"), true, INT64_MIN);
    struct transport_status status;

    (void)state;
    order(p, TRANSPORT_SEEK, 4);
    status = await_state(p, TRANSPORT_BROKEN);
    assert_string_equal(status.failure, "the disk is full");
    order(p, TRANSPORT_SEEK, 2);
    assert_int_equal(await_at(p, 2).events, 2);
    playback_stop(p);
}

static void
what_is_no_fixture_is_said_at_once(void **state)
{
    struct playback *p;
    struct err err = { 0 };
    struct playback_options options = {
        .path = "/nowhere/a.jsonl", .open = open_stage, .at_ms = INT64_MIN, .page_start = "/"
    };

    (void)state;
    assert_int_equal(playback_start(&p, &options, &err), E_IO);
    assert_non_null(strstr(err.text, "/nowhere/a.jsonl"));
    options.path = path;
    atomic_store(&refuses, true);
    assert_int_equal(playback_start(&p, &options, &err), E_IO);
    atomic_store(&refuses, false);
    assert_string_equal(err.text, "no room for another");
}

static int
make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    close(fd);
    return fd < 0;
}

static int
remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_go_from_event_to_event),
        cmocka_unit_test(a_step_to_the_last_event_is_at_the_end),
        cmocka_unit_test(a_step_back_from_between_undoes_no_event),
        cmocka_unit_test(a_seek_plays_what_happened_by_then_and_no_more),
        cmocka_unit_test(a_past_that_is_looked_at_stays_open),
        cmocka_unit_test(a_way_begins_at_what_was_left_nearest_before),
        cmocka_unit_test(a_walk_back_and_forth_never_shows_anything_else),
        cmocka_unit_test(who_stays_keeps_what_is_on_screen),
        cmocka_unit_test(a_new_goal_takes_the_place_of_the_old_one),
        cmocka_unit_test(the_next_step_back_is_gone_ahead),
        cmocka_unit_test(an_alarm_on_the_way_is_the_next_marker),
        cmocka_unit_test(errors_that_were_seen_before_are_not_grave),
        cmocka_unit_test(broken_lines_are_counted_and_named),
        cmocka_unit_test(what_is_told_is_what_was_ordered_or_behind),
        cmocka_unit_test(plays_to_the_end_and_stops_there),
        cmocka_unit_test(begins_where_it_is_told),
        cmocka_unit_test(a_past_that_cannot_be_opened_changes_nothing),
        cmocka_unit_test(what_breaks_off_can_be_gone_back_in),
        cmocka_unit_test(what_is_no_fixture_is_said_at_once),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
