/* test_store_recording.c - session recordings: kept whole, once, and gone together.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/limits.h"
#include "store/reader.h"
#include "store/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1795500000000
#define DAY 86400000LL
#define MIB ((size_t)1 << 20)

struct fixture {
    char path[64];
    int64_t max_bytes;
    struct clock *clock;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
};

static void
open_store(struct fixture *f)
{
    struct store_options options = { .path = f->path,
                                     .max_bytes = f->max_bytes,
                                     .clock = f->clock };
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

    snprintf(f->path, sizeof f->path, "/tmp/obsview-recording-%d.db", (int)getpid());
    unlink(f->path);
    f->max_bytes = 16 << 20;
    f->clock = clock_new_virtual(NOW);
    f->arena = arena_new();
    open_store(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    struct fixture *f = *state;
    char path[80];

    close_store(f);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        unlink(path);
    }
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void
submit(struct fixture *f, struct store_write *write)
{
    struct err err = { 0 };

    if (store_submit_wait(f->store, write, &err) != OK)
        fail_msg("%s", err.text);
}

static void
start(struct fixture *f, uint64_t session, int64_t time_ms)
{
    struct store_write *write = store_write_new(f->store);

    store_write_recording(write, &(struct recording_start){ .session = session,
                                                            .time_ms = time_ms,
                                                            .user_uuid = "visitor",
                                                            .project_key = "app",
                                                            .tracker_version = "19.0.1",
                                                            .user_agent = "Chrome",
                                                            .user_id = "u1",
                                                            .timezone = "UTC+00:00",
                                                            .referrer = "",
                                                            .width = 1280,
                                                            .height = 800 });
    submit(f, write);
}

static struct recording_body
body_of(uint64_t session, const char *tab, uint64_t first, const void *bytes, size_t length)
{
    return (struct recording_body){ .session = session,
                                    .received_ms = NOW + 1000,
                                    .stream = OPENREPLAY_PLAYER,
                                    .tab = tab,
                                    .page_no = 1,
                                    .first_index = first,
                                    .first_ms = NOW,
                                    .last_ms = NOW + 900,
                                    .bytes = bytes,
                                    .length = length };
}

static void
add(struct fixture *f, struct recording_body body)
{
    struct store_write *write = store_write_new(f->store);

    store_write_recording_body(write, &body);
    submit(f, write);
}

static bool
find(struct fixture *f, uint64_t session, struct recording *out)
{
    struct err err = { 0 };
    enum status st = store_find_recording(f->reader, f->arena, session, out, &err);

    if (st != OK && st != E_NOTFOUND)
        fail_msg("%s", err.text);
    return st == OK;
}

static struct recording_part *
read_all(struct fixture *f, uint64_t session, size_t *count)
{
    struct recording_part *parts = NULL;
    struct err err = { 0 };
    uint64_t next;

    if (store_read_recording(f->reader, f->arena, session, 0, SIZE_MAX, &parts, count, &next,
                             &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(next, 0);
    return parts;
}

/* No body without its session, no session that claims bodies it has not. */
static void
assert_whole(struct fixture *f)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM recording_body WHERE session NOT IN (SELECT session FROM "
        "recording)) + (SELECT count(*) FROM recording r WHERE bodies<>(SELECT count(*) FROM "
        "recording_body b WHERE b.session=r.session) OR stored_bytes<>(SELECT "
        "coalesce(sum(length(body)), 0) FROM recording_body b WHERE b.session=r.session))";
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_prepare_v2(f->reader->db.handle, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(st, 0), 0);
    sqlite3_finalize(st);
}

/* --- what is kept ----------------------------------------------------------------------------- */

static void
test_it_comes_back_as_it_went_in(void **state)
{
    struct fixture *f = *state;
    char *bytes = xcalloc(1, MIB);
    struct recording_part *parts;
    struct recording found;
    size_t count;

    for (size_t i = 0; i < MIB; i++)
        bytes[i] = (char)(i * i >> 7);
    start(f, UINT64_MAX - 5, NOW);
    add(f, body_of(UINT64_MAX - 5, "t1", 0, bytes, MIB));
    add(f, body_of(UINT64_MAX - 5, "t2", UINT64_MAX, "", 0));
    assert_true(find(f, UINT64_MAX - 5, &found));
    assert_int_equal(found.start.session, UINT64_MAX - 5);
    assert_int_equal(found.start.time_ms, NOW);
    assert_string_equal(found.start.user_uuid, "visitor");
    assert_string_equal(found.start.project_key, "app");
    assert_string_equal(found.start.tracker_version, "19.0.1");
    assert_string_equal(found.start.user_agent, "Chrome");
    assert_string_equal(found.start.user_id, "u1");
    assert_string_equal(found.start.timezone, "UTC+00:00");
    assert_int_equal(found.start.width, 1280);
    assert_int_equal(found.start.height, 800);
    assert_int_equal(found.last_received_ms, NOW + 1000);
    assert_int_equal(found.bodies, 2);
    assert_int_equal(found.raw_bytes, MIB);
    assert_true(found.stored_bytes > 0);
    parts = read_all(f, UINT64_MAX - 5, &count);
    assert_int_equal(count, 2);
    assert_int_equal(parts[0].body.length, MIB);
    assert_memory_equal(parts[0].body.bytes, bytes, MIB);
    assert_string_equal(parts[0].body.tab, "t1");
    assert_int_equal(parts[0].body.page_no, 1);
    assert_int_equal(parts[0].body.stream, OPENREPLAY_PLAYER);
    assert_int_equal(parts[0].body.last_ms, NOW + 900);
    assert_int_equal(parts[1].body.length, 0);
    assert_int_equal(parts[1].body.first_index, UINT64_MAX);
    assert_true(parts[1].number > parts[0].number);
    assert_whole(f);
    free(bytes);
}

static void
test_a_repeat_adds_nothing(void **state)
{
    struct fixture *f = *state;
    struct recording_body body = body_of(7, "t1", 3, "abc", 3);
    struct recording found;

    start(f, 7, NOW);
    start(f, 7, NOW + 5); /* nor does a second start */
    add(f, body);
    body.received_ms += 60000;
    add(f, body);
    assert_true(find(f, 7, &found));
    assert_int_equal(found.bodies, 1);
    assert_int_equal(found.start.time_ms, NOW);
    assert_int_equal(found.last_received_ms, NOW + 1000);
    /* Each of these alone makes it another body. */
    add(f, body_of(7, "t2", 3, "abc", 3));
    add(f, body_of(7, "t1", 4, "abc", 3));
    add(f, body_of(7, "t1", 3, "abcd", 4));
    body.page_no = 2;
    add(f, body);
    body.page_no = 1;
    body.stream = OPENREPLAY_DEVTOOLS;
    add(f, body);
    assert_true(find(f, 7, &found));
    assert_int_equal(found.bodies, 6);
    assert_whole(f);
}

/* Bodies that could not be decoded are told apart by what they hold. */
static void
test_faulty_bodies_are_kept(void **state)
{
    struct fixture *f = *state;
    struct recording_body body = body_of(7, "", 0, "aaaa", 4);
    struct recording_part *parts;
    struct recording found;
    size_t count;

    start(f, 7, NOW);
    body.fault = (struct openreplay_fault){ OPENREPLAY_TRUNCATED, 2 };
    add(f, body);
    add(f, body);
    body.bytes = "bbbb";
    add(f, body);
    assert_true(find(f, 7, &found));
    assert_int_equal(found.bodies, 2);
    assert_int_equal(found.faults, 2);
    parts = read_all(f, 7, &count);
    assert_int_equal(count, 2);
    assert_int_equal(parts[1].body.fault.kind, OPENREPLAY_TRUNCATED);
    assert_int_equal(parts[1].body.fault.offset, 2);
    assert_memory_equal(parts[1].body.bytes, "bbbb", 4);
}

static void
test_a_body_without_a_session_is_not_kept(void **state)
{
    struct fixture *f = *state;
    struct recording found;
    size_t count;

    add(f, body_of(8, "t1", 0, "abc", 3));
    read_all(f, 8, &count);
    assert_int_equal(count, 0);
    assert_false(find(f, 8, &found));
    assert_whole(f);
}

static void
test_a_reload_names_the_user(void **state)
{
    struct fixture *f = *state;
    struct recording_start again = { .session = 7, .time_ms = NOW + 9, .again = true };
    struct store_write *write = store_write_new(f->store);
    struct recording found;

    start(f, 7, NOW);
    store_write_recording(write, &again); /* no name: the old one stays */
    submit(f, write);
    assert_true(find(f, 7, &found));
    assert_string_equal(found.start.user_id, "u1");
    again.user_id = "u2";
    write = store_write_new(f->store);
    store_write_recording(write, &again);
    again.session = 9;
    store_write_recording(write, &again);
    submit(f, write);
    assert_true(find(f, 7, &found));
    assert_string_equal(found.start.user_id, "u2");
    assert_int_equal(found.start.time_ms, NOW);
    assert_false(find(f, 9, &found));
}

/* --- pages ------------------------------------------------------------------------------------ */

static void
test_lists_come_in_pages(void **state)
{
    struct fixture *f = *state;
    struct recording *page;
    struct err err = { 0 };
    uint64_t after = 0;
    size_t count, seen = 0;

    for (uint64_t i = 1; i <= 7; i++)
        start(f, i, NOW + (int64_t)(i / 2)); /* some begin in the same millisecond */
    do {
        assert_int_equal(store_list_recordings(f->reader, f->arena, after, 2, &page, &count, &err),
                         OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(page[i].start.session, 7 - seen++);
            after = page[i].start.session;
        }
    } while (count > 0);
    assert_int_equal(seen, 7);
}

static void
test_a_page_goes_on_behind_one_that_has_gone(void **state)
{
    struct fixture *f = *state;
    uint64_t sessions[3];
    struct recording *page;
    struct err err = { 0 };
    size_t count;

    for (int i = 0; i < 3; i++) {
        sessions[i] = openreplay_session_first(NOW + i) + 1;
        start(f, sessions[i], NOW + i);
    }
    assert_int_equal(store_delete_recording(f->store, sessions[1], &err), OK);
    assert_int_equal(
        store_list_recordings(f->reader, f->arena, sessions[1], 9, &page, &count, &err), OK);
    assert_int_equal(count, 1);
    assert_int_equal(page[0].start.session, sessions[0]);
}

static void
test_bodies_come_in_parts(void **state)
{
    struct fixture *f = *state;
    struct recording_part *parts;
    struct err err = { 0 };
    uint64_t from = 0;
    size_t count, seen = 0;

    start(f, 7, NOW);
    start(f, 8, NOW);
    for (uint64_t i = 0; i < 10; i++)
        add(f, body_of(7 + i % 2, "t1", i, "0123456789", 10));
    do {
        assert_int_equal(
            store_read_recording(f->reader, f->arena, 8, from, 20, &parts, &count, &from, &err),
            OK);
        assert_int_equal(count, seen < 4 ? 2 : 1);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(parts[i].body.first_index, 1 + 2 * seen++);
    } while (from != 0);
    assert_int_equal(seen, 5);
    /* What comes later is found behind the last. */
    from = parts[count - 1].number + 1;
    add(f, body_of(8, "t1", 99, "later", 5));
    assert_int_equal(
        store_read_recording(f->reader, f->arena, 8, from, 1, &parts, &count, &from, &err), OK);
    assert_int_equal(count, 1);
    assert_int_equal(parts[0].body.first_index, 99);
    assert_int_equal(from, 0);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static void
test_a_session_is_deleted_with_its_bodies(void **state)
{
    struct fixture *f = *state;
    struct recording found;
    struct err err = { 0 };
    size_t count;

    start(f, 7, NOW);
    start(f, 8, NOW);
    add(f, body_of(7, "t1", 0, "abc", 3));
    add(f, body_of(8, "t1", 0, "abc", 3));
    assert_int_equal(store_delete_recording(f->store, 7, &err), OK);
    assert_false(find(f, 7, &found));
    assert_true(find(f, 8, &found));
    read_all(f, 8, &count);
    assert_int_equal(count, 1);
    assert_whole(f);
    assert_int_equal(store_delete_recording(f->store, 7, &err), E_NOTFOUND);
    assert_non_null(strstr(err.text, "session 7"));
}

static void
test_thirty_days_from_the_start(void **state)
{
    struct fixture *f = *state;
    struct recording found;
    struct err err = { 0 };
    size_t count;

    start(f, 7, NOW);
    start(f, 8, NOW + 1);
    add(f, body_of(7, "t1", 0, "abc", 3)); /* its last body is younger: the start counts */
    clock_set(f->clock, NOW + LIMIT_RECORDING_KEEP_MS);
    assert_int_equal(store_retain(f->store, &err), OK);
    assert_true(find(f, 7, &found));
    clock_set(f->clock, NOW + LIMIT_RECORDING_KEEP_MS + 1);
    assert_int_equal(store_retain(f->store, &err), OK);
    assert_false(find(f, 7, &found));
    assert_true(find(f, 8, &found));
    read_all(f, 7, &count);
    assert_int_equal(count, 0);
    assert_whole(f);
}

/* Noise, which does not compress. */
static void
add_noise(struct fixture *f, uint64_t session, uint64_t first)
{
    static char bytes[MIB / 2];
    uint64_t x = session * 1000 + first + 1;

    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (char)(x >> 56);
    }
    add(f, body_of(session, "t1", first, bytes, sizeof bytes));
}

static void
test_the_cap_takes_whole_sessions(void **state)
{
    struct fixture *f = *state;
    struct recording *page;
    struct err err = { 0 };
    size_t count;

    for (uint64_t s = 1; s <= 12; s++) {
        start(f, s, NOW + (int64_t)s);
        for (uint64_t i = 0; i < 4; i++)
            add_noise(f, s, i);
    }
    assert_int_equal(store_retain(f->store, &err), OK);
    assert_int_equal(store_list_recordings(f->reader, f->arena, 0, 99, &page, &count, &err), OK);
    assert_in_range(count, 5, 7); /* 16 MiB less a twentieth, 2 MiB each */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(page[i].start.session, 12 - i);
        assert_int_equal(page[i].bodies, 4);
    }
    assert_whole(f);
}

static void
test_all_of_it_outlives_a_restart(void **state)
{
    struct fixture *f = *state;
    struct recording found;
    struct recording_part *parts;
    struct err err = { 0 };
    uint64_t last;
    size_t count;

    start(f, 7, NOW);
    start(f, 8, NOW);
    add(f, body_of(7, "t1", 0, "abc", 3));
    add(f, body_of(8, "t1", 0, "abc", 3));
    last = read_all(f, 8, &count)[0].number;
    assert_int_equal(store_delete_recording(f->store, 8, &err), OK);
    close_store(f);
    open_store(f);
    assert_true(find(f, 7, &found));
    add(f, body_of(7, "t1", 0, "abc", 3)); /* still a repeat */
    add(f, body_of(7, "t1", 1, "abc", 3));
    parts = read_all(f, 7, &count);
    assert_int_equal(count, 2);
    assert_true(parts[1].number > last); /* a number is never used twice */
}

static void
test_a_reset_forgets_them(void **state)
{
    struct fixture *f = *state;
    struct recording found;
    struct err err = { 0 };
    size_t count;

    start(f, 7, NOW);
    add(f, body_of(7, "t1", 0, "abc", 3));
    assert_int_equal(store_reset(f->store, &err), OK);
    assert_false(find(f, 7, &found));
    read_all(f, 7, &count);
    assert_int_equal(count, 0);
}

/* Whoever searches goes from body to body, also over the gaps that deleted sessions leave. */
static void
test_a_search_goes_on_where_it_was(void **state)
{
    struct fixture *f = *state;
    struct recording_search search, again;
    struct recording_part part;
    struct err err = { 0 };
    struct store_write *write;
    bool found;

    start(f, 7, NOW);
    start(f, 8, NOW);
    add(f, body_of(7, "t1", 0, "one", 3));
    add(f, body_of(8, "t1", 0, "gone", 4));
    add(f, body_of(7, "t1", 1, "two", 3));
    assert_int_equal(store_read_recording_search(f->reader, &search, &err), OK);
    assert_int_equal(search.number, 0);
    assert_int_equal(store_next_recording(f->reader, f->arena, 0, &part, &found, &err), OK);
    assert_true(found);
    assert_memory_equal(part.body.bytes, "one", 3);
    write = store_write_new(f->store);
    store_write_recording_searched(write, part.number);
    submit(f, write);
    assert_int_equal(store_delete_recording(f->store, 8, &err), OK);
    close_store(f);
    open_store(f);
    assert_int_equal(store_read_recording_search(f->reader, &again, &err), OK);
    assert_int_equal(again.number, part.number);
    assert_memory_equal(again.key, search.key, sizeof search.key);
    assert_int_equal(store_next_recording(f->reader, f->arena, again.number, &part, &found, &err),
                     OK);
    assert_true(found);
    assert_int_equal(part.body.session, 7);
    assert_memory_equal(part.body.bytes, "two", 3);
    assert_int_equal(store_next_recording(f->reader, f->arena, part.number, &part, &found, &err),
                     OK);
    assert_false(found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_comes_back_as_it_went_in),
        TEST(test_a_repeat_adds_nothing),
        TEST(test_faulty_bodies_are_kept),
        TEST(test_a_body_without_a_session_is_not_kept),
        TEST(test_a_reload_names_the_user),
        TEST(test_lists_come_in_pages),
        TEST(test_a_page_goes_on_behind_one_that_has_gone),
        TEST(test_bodies_come_in_parts),
        TEST(test_a_session_is_deleted_with_its_bodies),
        TEST(test_thirty_days_from_the_start),
        TEST(test_the_cap_takes_whole_sessions),
        TEST(test_all_of_it_outlives_a_restart),
        TEST(test_a_reset_forgets_them),
        TEST(test_a_search_goes_on_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
