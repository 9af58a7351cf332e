/* test_store_alarms.c - alarms and their history, kept, listed, bounded and forgotten.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW   1795500000000 /* a whole minute */
#define DAY   86400000LL
#define COUNT 7

struct fixture {
    char path[64];
    struct clock *clock;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
};

static void
open_store(struct fixture *f)
{
    struct store_options options = { .path = f->path, .clock = f->clock };
    struct err err = { 0 };

    if (store_open(&f->store, &options, &err) != OK ||
        store_reader_open(&f->reader, f->store, &err) != OK)
        fail_msg("%s", err.text);
}

static void
close_store(struct fixture *f)
{
    store_reader_close(f->reader);
    store_close(f->store);
}

static int
setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    int fd;

    snprintf(f->path, sizeof f->path, "/tmp/obsview-alarms-XXXXXX");
    fd = mkstemp(f->path);
    assert_true(fd >= 0);
    close(fd);
    f->clock = clock_new_virtual(NOW);
    f->arena = arena_new();
    open_store(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    static const char *const behind[] = { "", "-wal", "-shm", "-lock" };
    struct fixture *f = *state;

    close_store(f);
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++)
        unlink(arena_printf(f->arena, "%s%s", f->path, behind[i]));
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void
change(struct fixture *f, enum alarm_change_kind kind, struct alarm_row row, int64_t event_ms)
{
    const struct alarm_event event = {
        row.name, row.is_composite, (enum alarm_event_kind)(kind == ALARM_SET_STATE), event_ms, "s",
        "d"
    };
    const struct alarm_change one = { kind, row, &event, 1 };
    struct err err = { 0 };

    if (store_change_alarms(f->store, &one, 1, &err) != OK)
        fail_msg("%s", err.text);
}

static void
put(struct fixture *f, const char *name, bool is_composite)
{
    change(f, ALARM_PUT,
           (struct alarm_row){ .name = name,
                               .is_composite = is_composite,
                               .actions_enabled = true,
                               .definition = "{}",
                               .tags = "[]",
                               .state = ALARM_STATE_NO_DATA,
                               .reason = "new",
                               .configured_ms = NOW },
           NOW);
}

static struct alarm_row
find(struct fixture *f, const char *name)
{
    struct alarm_row row = { 0 };
    struct err err = { 0 };

    if (store_find_alarm(f->reader, f->arena, name, &row, &err) != OK)
        fail_msg("%s", err.text);
    return row;
}

static struct alarm_event_page
events(struct fixture *f, struct alarm_event_query q)
{
    struct alarm_event_page page = { 0 };
    struct err err = { 0 };

    q.kinds = q.kinds == 0 ? ~0u : q.kinds;
    q.end_ms = q.end_ms == 0 ? INT64_MAX : q.end_ms;
    q.limit = q.limit == 0 ? 1000 : q.limit;
    if (store_read_alarm_events(f->reader, f->arena, &q, &page, &err) != OK)
        fail_msg("%s", err.text);
    return page;
}

static void
alarms_are_listed_by_name_in_pages(void **state)
{
    struct fixture *f = *state;
    struct alarm_page page = { 0 };
    char name[8];

    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "b%d", (i * 3) % COUNT);
        put(f, name, false);
    }
    put(f, "a", false);
    put(f, "c", false);
    assert_int_equal(store_list_alarms(f->reader, f->arena, "b", NULL, 4, &page, NULL), OK);
    assert_int_equal(page.count, 4);
    assert_string_equal(page.alarms[0].name, "b0");
    assert_string_equal(page.next, "b3");
    assert_int_equal(store_list_alarms(f->reader, f->arena, "b", page.next, 4, &page, NULL), OK);
    assert_int_equal(page.count, 3);
    assert_string_equal(page.alarms[0].name, "b4");
    assert_null(page.next);
}

static void
putting_again_keeps_the_state(void **state)
{
    struct fixture *f = *state;
    uint64_t before = store_alarm_generation(f->store);

    put(f, "a", false);
    change(f, ALARM_SET_STATE,
           (struct alarm_row){ .name = "a",
                               .state = ALARM_STATE_ALARM,
                               .reason = "r",
                               .reason_data = "{}",
                               .updated_ms = NOW + 1,
                               .changed_ms = NOW + 1 },
           NOW + 1);
    change(f, ALARM_SET_TAGS, (struct alarm_row){ .name = "a", .tags = "[1]" }, NOW + 2);
    put(f, "a", false);
    assert_int_equal(find(f, "a").state, ALARM_STATE_ALARM);
    assert_string_equal(find(f, "a").reason, "r");
    assert_string_equal(find(f, "a").tags, "[1]");
    assert_true(store_alarm_generation(f->store) > before);
}

static void
alarms_survive_a_restart(void **state)
{
    struct fixture *f = *state;

    put(f, "a", true);
    close_store(f);
    open_store(f);
    assert_true(find(f, "a").is_composite);
    assert_true(find(f, "a").actions_enabled);
    assert_int_equal(events(f, (struct alarm_event_query){ .composite = true }).count, 1);
}

static void
an_alarm_that_is_gone_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct alarm_row row;

    put(f, "a", false);
    change(f, ALARM_DELETE, (struct alarm_row){ .name = "a" }, NOW);
    change(f, ALARM_SET_STATE, (struct alarm_row){ .name = "a" }, NOW);
    change(f, ALARM_SET_ACTIONS, (struct alarm_row){ .name = "a" }, NOW);
    assert_int_equal(store_find_alarm(f->reader, f->arena, "a", &row, NULL), E_NOTFOUND);
    assert_int_equal(events(f, (struct alarm_event_query){ .metric = true }).count, 2);
}

static void
events_come_in_pages_both_ways(void **state)
{
    struct fixture *f = *state;
    struct alarm_event_query q = { .name = "a", .metric = true, .limit = 2 };
    struct alarm_event_page page;

    put(f, "a", false);
    put(f, "b", false);
    put(f, "c", true);
    for (int i = 0; i < 3; i++)
        change(f, ALARM_SET_STATE, (struct alarm_row){ .name = "a" }, NOW + i / 2);
    page = events(f, q);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.events[0].time_ms, NOW + 1);
    q.after = page.next;
    page = events(f, q);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.events[1].kind, ALARM_EVENT_CONFIGURATION);
    assert_null(page.next);
    q = (struct alarm_event_query){ .metric = true, .composite = true, .ascending = true };
    page = events(f, q);
    assert_int_equal(page.count, 6);
    assert_string_equal(page.events[2].name, "c");
    q.kinds = 1u << ALARM_EVENT_STATE;
    assert_int_equal(events(f, q).count, 3);
    q.start_ms = q.end_ms = NOW + 1;
    assert_int_equal(events(f, q).count, 1);
    q.after = "x";
    assert_int_equal(store_read_alarm_events(f->reader, f->arena, &q, &page, NULL), E_INVALID);
}

static void
events_are_kept_for_thirty_days(void **state)
{
    struct fixture *f = *state;

    put(f, "a", false);
    for (int i = 0; i < 500; i++)
        change(f, ALARM_SET_STATE, (struct alarm_row){ .name = "a" }, NOW);
    change(f, ALARM_SET_STATE, (struct alarm_row){ .name = "a" }, NOW + DAY);
    clock_set(f->clock, NOW + 30 * DAY + 1);
    assert_int_equal(store_retain(f->store, NULL), OK);
    assert_int_equal(events(f, (struct alarm_event_query){ .metric = true }).count, 1);
    assert_string_equal(find(f, "a").name, "a");
}

static void
alarms_are_given_once_by_each_stack(void **state)
{
    struct fixture *f = *state;
    bool first = false;

    assert_int_equal(store_claim_alarms(f->store, "document", &first, NULL), OK);
    assert_true(first);
    assert_int_equal(store_claim_alarms(f->store, "document", &first, NULL), OK);
    assert_false(first);
    assert_int_equal(store_claim_alarms(f->store, "another", &first, NULL), OK);
    assert_true(first);
    put(f, "a", false);
    assert_int_equal(store_reset(f->store, NULL), OK);
    assert_int_equal(events(f, (struct alarm_event_query){ .metric = true }).count, 0);
    assert_int_equal(store_claim_alarms(f->store, "document", &first, NULL), OK);
    assert_true(first);
}

static void
alarms_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct alarm_change *changes = xcalloc(STORE_ALARMS_MAX + 1, sizeof *changes);

    for (int i = 0; i <= STORE_ALARMS_MAX; i++)
        changes[i].row.name = arena_printf(f->arena, "a%d", i);
    assert_int_equal(store_change_alarms(f->store, changes, STORE_ALARMS_MAX + 1, NULL), E_LIMIT);
    assert_int_equal(store_change_alarms(f->store, changes, STORE_ALARMS_MAX, NULL), OK);
    assert_int_equal(store_change_alarms(f->store, changes, 1, NULL), OK); /* there already */
    assert_int_equal(store_change_alarms(f->store, changes + STORE_ALARMS_MAX, 1, NULL), E_LIMIT);
    free(changes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alarms_are_listed_by_name_in_pages),
        TEST(putting_again_keeps_the_state),
        TEST(alarms_survive_a_restart),
        TEST(an_alarm_that_is_gone_changes_nothing),
        TEST(events_come_in_pages_both_ways),
        TEST(events_are_kept_for_thirty_days),
        TEST(alarms_are_given_once_by_each_stack),
        TEST(alarms_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
