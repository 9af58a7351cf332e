/* test_umami_columns.c - columns in memory: late rows, slices, and readers beside the writer.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/store_inside.h"
#include "store/store_umami.h"
#include "store/umami_columns.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_store.h"

#define NOW      MEMORY_STORE_NOW
#define IN_TURN  "11111111-2222-4333-8444-555555555555"
#define SHUFFLED "22222222-2222-4333-8444-555555555555"
#define ROWS     3000
#define WRITES   60
#define STEP     (7 * 11 * 13) /* has no divisor in common with ROWS */

static int
setup(void **state)
{
    return memory_store_open(state, 0);
}

/* Hit number `i` of a website: everything about it follows from the number; some share a time. */
static void
add_hit(struct store_write *write, const char *website, int i)
{
    char path[16];
    struct umami_hit hit = {
        .website_id = website,
        .row = i % 10 == 0 ? UMAMI_ROW_EVENT : UMAMI_ROW_VIEW,
        .makes_website = true,
        .makes_session = true,
        .created_ms = NOW - (int64_t)(ROWS - i / 2) * 1000,
        .received_ms = NOW,
        .visitor = { .browser = i / 8 % 2 == 0 ? "firefox" : "chrome" },
        .page = { .url_path = path,
                  .url_query = "",
                  .hostname = i / 40 % 2 == 0 ? "www.shop.example" : "shop.example",
                  .event_name = i % 10 == 0 ? "click" : NULL },
        .revenue = (double)NAN,
    };

    for (int k = 0; k < UMAMI_VITALS; k++)
        hit.vitals[k] = (double)NAN;
    snprintf(path, sizeof path, "/p/%d", i % 20);
    snprintf(hit.session_id, sizeof hit.session_id, "%.8s-%04d-5000-8000-000000000000", website,
             i / 8);
    snprintf(hit.visit_id, sizeof hit.visit_id, "%.8s-%04d-5111-8000-000000000000", website, i / 4);
    store_write_umami(write, &hit);
}

static void
send(struct fixture *f, const char *website, int from, int to, int step)
{
    struct store_write *write = store_write_new(f->store);
    struct err err = { 0 };

    for (int i = from; i < to; i++)
        add_hit(write, website, i * step % ROWS);
    if (store_submit_wait(f->store, write, &err) != OK)
        fail_msg("%s", err.text);
}

static struct umami_scope
scope_of(const char *website)
{
    struct umami_scope scope = { .start_ms = NOW - 86400000,
                                 .end_ms = NOW,
                                 .types = UMAMI_ALL_TYPES };

    assert_true(uuid_parse(scope.website, website));
    return scope;
}

static struct umami_totals
count(struct store_reader *reader, struct arena *arena, const char *website)
{
    const struct umami_scope scope = scope_of(website);
    struct umami_totals t = { 0 };
    struct err err = { 0 };

    if (store_umami_totals(reader, arena, &scope, &t, &err) != OK)
        fail_msg("%s", err.text);
    return t;
}

/* --- late rows -------------------------------------------------------------------------------- */

static void
expect_same_totals(const struct umami_totals *a, const struct umami_totals *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->visitors, b->visitors);
    assert_int_equal(a->visits, b->visits);
    assert_int_equal(a->bounces, b->bounces);
    assert_int_equal(a->totaltime_s, b->totaltime_s);
    assert_int_equal(a->names, b->names);
}

static void
expect_same_metric(struct fixture *f, const struct umami_metric_query *query)
{
    const struct umami_scope in_turn = scope_of(IN_TURN), shuffled = scope_of(SHUFFLED);
    struct umami_metric_list a = { 0 }, b = { 0 };
    struct err err = { 0 };

    assert_int_equal(store_umami_metric(f->reader, f->arena, &in_turn, query, &a, &err), OK);
    assert_int_equal(store_umami_metric(f->reader, f->arena, &shuffled, query, &b, &err), OK);
    assert_true(a.count > 1);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_string_equal(a.rows[i].name, b.rows[i].name);
        expect_same_totals(&a.rows[i].totals, &b.rows[i].totals);
    }
}

static void
expect_same_sessions(struct fixture *f, bool by_host)
{
    const struct umami_scope in_turn = scope_of(IN_TURN), shuffled = scope_of(SHUFFLED);
    const struct umami_list_query query = { .limit = ROWS };
    struct umami_session_list a = { 0 }, b = { 0 };
    struct err err = { 0 };

    assert_int_equal(store_umami_sessions(f->reader, f->arena, &in_turn, UMAMI_BIT(UMAMI_ROW_VIEW),
                                          by_host, &query, &a, &err),
                     OK);
    assert_int_equal(store_umami_sessions(f->reader, f->arena, &shuffled, UMAMI_BIT(UMAMI_ROW_VIEW),
                                          by_host, &query, &b, &err),
                     OK);
    assert_int_equal(a.total, ROWS / 8);
    assert_int_equal(b.total, a.total);
    for (size_t i = 0; i < a.count; i++) {
        assert_memory_equal(a.sessions[i].id + 4, b.sessions[i].id + 4, 12);
        assert_int_equal(a.sessions[i].first_ms, b.sessions[i].first_ms);
        assert_int_equal(a.sessions[i].last_ms, b.sessions[i].last_ms);
        assert_int_equal(a.sessions[i].visits, b.sessions[i].visits);
        assert_int_equal(a.sessions[i].views, b.sessions[i].views);
        assert_int_equal(a.sessions[i].totaltime_s, b.sessions[i].totaltime_s);
    }
}

/* Asked in between, so that rows are merged into what stands in order already. */
static void
late_rows_count_as_if_they_had_come_in_time(void **state)
{
    struct fixture *f = *state;
    struct umami_totals in_turn, shuffled;

    send(f, IN_TURN, 0, ROWS, 1);
    for (int i = 0; i < WRITES; i++) {
        send(f, SHUFFLED, i * (ROWS / WRITES), (i + 1) * (ROWS / WRITES), STEP);
        shuffled = count(f->reader, f->arena, SHUFFLED);
        assert_int_equal(shuffled.rows, (i + 1) * (ROWS / WRITES));
    }
    in_turn = count(f->reader, f->arena, IN_TURN);
    assert_int_equal(in_turn.visits, ROWS / 4);
    assert_int_equal(in_turn.visitors, ROWS / 8);
    expect_same_totals(&in_turn, &shuffled);
    expect_same_metric(f, &(struct umami_metric_query){ .column = UMAMI_BY_PATH, .limit = 100 });
    expect_same_metric(f, &(struct umami_metric_query){ .column = UMAMI_BY_PATH, .limit = 3 });
    expect_same_metric(f, &(struct umami_metric_query){ .column = UMAMI_BY_BROWSER, .limit = 10 });
    expect_same_sessions(f, false);
    expect_same_sessions(f, true);
}

/* --- slices ----------------------------------------------------------------------------------- */

static void
catching_up_ends_with_everything(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };
    bool more = true;

    send(f, IN_TURN, 0, ROWS, 1);
    for (int i = 0; more && i < ROWS; i++)
        assert_int_equal(store_umami_catch_up(f->reader, &more, &err), OK);
    assert_false(more);
    assert_int_equal(count(f->reader, f->arena, IN_TURN).rows, ROWS);
}

static void
few_rows_are_not_loaded_before_somebody_asks(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };
    bool more = true;

    send(f, IN_TURN, 0, ROWS, 1);
    assert_int_equal(store_umami_preload(f->reader, &more, &err), OK);
    assert_false(more);
    assert_int_equal(count(f->reader, f->arena, IN_TURN).rows, ROWS);
}

/* --- what went ------------------------------------------------------------------------------ */

#define OLD  70000 /* more than are passed over */
#define KEPT 20000
#define YEAR INT64_C(31536000000)

/* So many at once, as their table has them: hits would take a while. */
static enum status
fill(struct writer *w, void *arg, struct err *err)
{
    char *sql = xasprintf(
        "INSERT INTO umami_website(website_id, name) VALUES('" IN_TURN "', 'w');"
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<%d)"
        " INSERT INTO umami_website_event(event_id, website_id, session_id, visit_id, created_at,"
        " url_path, url_query) SELECT printf('%%08d-0000-7000-8000-000000000000', i), '" IN_TURN
        "', printf('%%08d-0000-5000-8000-000000000000', i/8),"
        " printf('%%08d-1111-5000-8000-000000000000', i/4),"
        " iif(i<=%d, %lld, %lld)+i, '/p/'||(i%%20), '' FROM n",
        OLD + KEPT, OLD, (long long)(NOW - YEAR + 3600000), (long long)(NOW - 3600000));
    enum status st = db_exec(&w->db, sql, err);

    (void)arg;
    free(sql);
    return st;
}

/* Most of what was in memory is gone, though no session of the website has a row: it is read
 * again, and the memory given back. */
static void
memory_shrinks_when_most_rows_went(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };
    struct umami_scope ever = scope_of(IN_TURN);
    struct umami_totals all = { 0 }, left;
    size_t before;

    assert_int_equal(store_ask_writer(f->store, fill, NULL, NULL, &err), OK);
    ever.start_ms = 0;
    assert_int_equal(store_umami_totals(f->reader, f->arena, &ever, &all, &err), OK);
    assert_int_equal(all.rows, OLD + KEPT);
    before = umami_columns_bytes(f->store->umami);
    clock_set(f->clock, NOW + 7200000);
    assert_int_equal(store_retain(f->store, &err), OK);
    assert_int_equal(store_umami_totals(f->reader, f->arena, &ever, &all, &err), OK);
    left = count(f->reader, f->arena, IN_TURN);
    expect_same_totals(&all, &left);
    assert_int_equal(left.rows, KEPT);
    assert_int_equal(left.visits, KEPT / 4 + 1); /* one began among those that went */
    assert_true(umami_columns_bytes(f->store->umami) < before / 2);
}

/* Rows of the newest numbers went, and those that come have them again. */
static void
numbers_that_were_used_are_read_again(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };

    assert_int_equal(store_ask_writer(f->store, fill, NULL, NULL, &err), OK);
    assert_int_equal(count(f->reader, f->arena, IN_TURN).rows, KEPT);
    clock_set(f->clock, NOW + YEAR - 3100000);
    assert_int_equal(store_retain(f->store, &err), OK);
    send(f, SHUFFLED, 0, 10, 1);
    assert_int_equal(count(f->reader, f->arena, IN_TURN).rows, 0);
    assert_int_equal(count(f->reader, f->arena, SHUFFLED).rows, 10);
}

/* --- beside the writer ------------------------------------------------------------------------ */

struct asker {
    struct fixture *fixture;
    const char *complaint;
};

/* Asks until all rows are there; they never become fewer. */
static void *
ask_until_all(void *arg)
{
    struct asker *asker = arg;
    struct store_reader *reader;
    struct err err = { 0 };
    int64_t rows = 0;

    if (store_reader_open(&reader, asker->fixture->store, &err) != OK) {
        asker->complaint = "cannot open a reader";
        return NULL;
    }
    while (rows < ROWS && asker->complaint == NULL) {
        struct arena *arena = arena_new();
        const int64_t now = count(reader, arena, SHUFFLED).rows;
        bool more;

        arena_free(arena);
        if (now < rows || store_umami_catch_up(reader, &more, &err) != OK)
            asker->complaint = "rows became fewer";
        rows = now;
    }
    store_reader_close(reader);
    return NULL;
}

static void
readers_ask_while_hits_come(void **state)
{
    struct fixture *f = *state;
    struct asker askers[2] = { { f, NULL }, { f, NULL } };
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_until_all, &askers[i]), 0);
    for (int i = 0; i < WRITES; i++)
        send(f, SHUFFLED, i * (ROWS / WRITES), (i + 1) * (ROWS / WRITES), STEP);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (askers[i].complaint != NULL)
            fail_msg("%s", askers[i].complaint);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(late_rows_count_as_if_they_had_come_in_time, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(catching_up_ends_with_everything, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(few_rows_are_not_loaded_before_somebody_asks, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(memory_shrinks_when_most_rows_went, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(numbers_that_were_used_are_read_again, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(readers_ask_while_hits_come, setup, memory_store_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
