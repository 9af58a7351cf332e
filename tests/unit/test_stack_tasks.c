/* test_stack_tasks.c - the tasks of a service through an incident, minute by minute.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "domain/stack_tasks.h"

#define MINUTE INT64_C(60000)
#define T0     INT64_C(1795392000000) /* 2026-11-23T00:00:00Z */

struct stage {
    struct stack *stack;
    const struct stack_resource *service;
    struct arena *arena;
    const struct stack_task *tasks;
    size_t count;
};

/* Two tasks of three down from 00:10 to 00:15, all from 00:12 to 00:13. */
static const char text[] =
    "{\"obsview-stack\": 1, \"since\": \"2026-11-22T00:00:00Z\", \"resources\": ["
    "{\"name\": \"c\", \"type\": \"ecs:cluster\"},"
    "{\"name\": \"s\", \"type\": \"ecs:service\", \"parent\": \"c\", \"tasks\": 3},"
    "{\"name\": \"calm\", \"type\": \"ecs:service\", \"parent\": \"c\", \"tasks\": 1},"
    "{\"name\": \"none\", \"type\": \"ecs:service\", \"parent\": \"c\", \"tasks\": 0}],"
    "\"incidents\": ["
    "{\"name\": \"two\", \"at\": \"2026-11-23T00:10:00Z\", \"minutes\": 5, \"effects\": "
    "[{\"resource\": \"s\", \"stopTasks\": 2}]},"
    "{\"name\": \"all\", \"at\": \"2026-11-23T00:12:00Z\", \"minutes\": 1, \"effects\": "
    "[{\"resource\": \"s\", \"stopTasks\": 9}]}]}";

static void
set_up(struct stage *s, const char *service)
{
    const struct stack_world world = { "000000000000", "eu-west-1", "dev", T0, NULL };
    struct stack_faults *faults = xcalloc(1, sizeof *faults);

    if (stack_read(&s->stack, text, sizeof text - 1, &world, faults) != OK)
        fail_msg("%s: %s", faults->items[0].pointer, faults->items[0].text);
    free(faults);
    s->service = stack_find(s->stack, service);
    s->arena = arena_new();
}

static void
tear_down(struct stage *s)
{
    arena_free(s->arena);
    stack_free(s->stack);
}

static void
look(struct stage *s, int64_t time_ms)
{
    arena_clear(s->arena);
    s->tasks =
        stack_tasks_at(s->stack, s->service, time_ms, STACK_TASK_KEPT_MS, s->arena, &s->count);
}

static size_t
count_running(const struct stage *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->tasks[i].started_ms != 0 && s->tasks[i].stopped_ms == 0;
    return n;
}

static size_t
count_stopped(const struct stage *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->tasks[i].stopped_ms != 0;
    return n;
}

/* What must hold at any time: a task per slot is there, and counts agree. */
static void
assert_consistent(struct stage *s, int64_t time_ms)
{
    size_t there = 0;

    look(s, time_ms);
    for (size_t i = 0; i < s->count; i++) {
        const struct stack_task *task = &s->tasks[i];

        there += task->stopped_ms == 0;
        assert_true(task->created_ms <= time_ms && task->started_ms <= time_ms);
        assert_true(task->stopped_ms <= time_ms);
        if (task->stopped_ms != 0)
            assert_true(task->stopped_ms > time_ms - STACK_TASK_KEPT_MS);
        assert_true(task->stopped_ms == 0 || task->stopped_ms > task->created_ms);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(s->tasks[k].id, task->id);
    }
    assert_int_equal(there, stack_tasks_desired(s->service));
    assert_int_equal(count_running(s), stack_tasks_running(s->stack, s->service, time_ms));
}

static void
tasks_agree_with_counts_at_every_moment(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s, "s");
    for (int64_t t = T0; t < T0 + 100 * MINUTE; t += MINUTE / 4)
        assert_consistent(&s, t);
    for (int64_t t = T0 + 9 * MINUTE; t < T0 + 16 * MINUTE; t += MINUTE) {
        assert_consistent(&s, t - 1);
        assert_consistent(&s, t + 1);
    }
    tear_down(&s);
}

static void
running_tasks_follow_the_incidents(void **state)
{
    static const struct {
        int minute;
        size_t running;
    } cases[] = { { 9, 3 }, { 10, 1 }, { 11, 1 }, { 12, 0 }, { 13, 1 }, { 14, 1 }, { 15, 3 } };
    struct stage s;

    (void)state;
    set_up(&s, "s");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        look(&s, T0 + cases[i].minute * MINUTE);
        assert_int_equal(count_running(&s), cases[i].running);
    }
    tear_down(&s);
}

static void
attempts_follow_one_another_and_the_last_is_the_replacement(void **state)
{
    struct stage s;
    size_t n = 0;
    int64_t failed_ms = 0;

    (void)state;
    set_up(&s, "s");
    look(&s, T0 + 20 * MINUTE);
    for (size_t i = 0; i < s.count; i++) { /* of the last slot: down from 10 to 15 */
        const struct stack_task *task = &s.tasks[i];

        if (task->slot != 2)
            continue;
        if (n++ > 0)
            assert_int_equal(task->created_ms, failed_ms);
        failed_ms = task->stopped_ms;
    }
    assert_int_equal(n, 4); /* the one that ran, two attempts, the replacement */
    assert_int_equal(s.tasks[s.count - 1].created_ms, T0 + 14 * MINUTE);
    assert_int_equal(s.tasks[s.count - 1].started_ms, T0 + 15 * MINUTE);
    assert_int_equal(failed_ms, 0);
    tear_down(&s);
}

static void
a_stopped_task_is_shown_for_an_hour(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s, "s");
    look(&s, T0 + 20 * MINUTE);
    assert_int_equal(count_stopped(&s), 7); /* three that ran, two attempts in two slots each */
    look(&s, T0 + 70 * MINUTE - 1);
    assert_int_equal(count_stopped(&s), 7);
    look(&s, T0 + 70 * MINUTE);
    assert_int_equal(count_stopped(&s), 5);
    look(&s, T0 + 74 * MINUTE);
    assert_int_equal(count_stopped(&s), 0);
    tear_down(&s);
}

static void
ids_stay_the_same(void **state)
{
    char first[STACK_TASK_ID];
    struct stage s;

    (void)state;
    set_up(&s, "s");
    look(&s, T0);
    memcpy(first, s.tasks[1].id, sizeof first);
    assert_int_equal(strlen(first), 32);
    look(&s, T0 + 9 * MINUTE);
    assert_string_equal(s.tasks[1].id, first);
    look(&s, T0 + 11 * MINUTE);
    assert_string_equal(s.tasks[1].id, first); /* now stopped, in the same place */
    assert_int_equal(s.tasks[1].stopped_ms, T0 + 10 * MINUTE);
    tear_down(&s);
}

static void
before_it_was_made_a_service_has_no_tasks(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s, "s");
    look(&s, T0 - 24 * 60 * MINUTE - 1);
    assert_int_equal(s.count, 0);
    assert_int_equal(stack_tasks_running(s.stack, s.service, T0 - 24 * 60 * MINUTE - 1), 0);
    look(&s, T0 - 24 * 60 * MINUTE);
    assert_int_equal(s.count, 3);
    tear_down(&s);
    set_up(&s, "none");
    look(&s, T0);
    assert_int_equal(s.count, 0);
    tear_down(&s);
    set_up(&s, "calm");
    look(&s, T0 + 12 * MINUTE);
    assert_int_equal(s.count, 1);
    tear_down(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_agree_with_counts_at_every_moment),
        cmocka_unit_test(running_tasks_follow_the_incidents),
        cmocka_unit_test(attempts_follow_one_another_and_the_last_is_the_replacement),
        cmocka_unit_test(a_stopped_task_is_shown_for_an_hour),
        cmocka_unit_test(ids_stay_the_same),
        cmocka_unit_test(before_it_was_made_a_service_has_no_tasks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
