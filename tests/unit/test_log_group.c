/* test_log_group.c - what log groups carry, how long they keep lines, and how they go.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_store.h"
#include "store/store.h"

#define NOW MEMORY_STORE_NOW
#define DAY 86400000LL

#define VITALS_GROUP "/aws/lambda/" WEB_VITALS_FUNCTION
#define ERRORS_GROUP "/aws/lambda/" ERROR_REPORT_FUNCTION

static int
setup(void **state)
{
    return memory_store_open(state, 0);
}

static void
put_line(struct fixture *f, const char *group, const char *stream, int64_t time_ms)
{
    struct store_write *write = store_write_new(f->store);
    const struct log_event event = { time_ms, "line", 4 };

    store_write_logs(write, group, stream, &event, 1, time_ms);
    submit(f, write);
}

static void
put_posts(struct fixture *f, int64_t time_ms)
{
    const struct vital_sample sample = { .value = 1, .url = "/", .route = "/" };
    const struct vitals_post post = { .received_ms = time_ms,
                                      .environment = "dev",
                                      .session_id = "s",
                                      .user_agent = "u",
                                      .samples = &sample,
                                      .sample_count = 1 };
    const struct error_report report = { .received_ms = time_ms,
                                         .environment = "dev",
                                         .message = "m",
                                         .stack = "",
                                         .type = "T",
                                         .url = "/",
                                         .route = "/",
                                         .user_agent = "u",
                                         .session_id = "s",
                                         .component_stack = "" };
    struct store_write *write = store_write_new(f->store);

    store_write_vitals(write, &post);
    store_write_error(write, &report);
    submit(f, write);
}

/* How many lines a group has; -1: there is no such group. */
static int
lines_of(struct fixture *f, const char *group)
{
    const struct log_query query = {
        .group = group, .end_ms = NOW + 100 * DAY, .limit = 1000, .limit_bytes = 1 << 20
    };
    struct log_page page = { 0 };
    struct err err = { 0 };
    enum status st = store_read_logs(f->reader, f->arena, &query, &page, &err);

    if (st == E_NOTFOUND)
        return -1;
    if (st != OK)
        fail_msg("%s", err.text);
    return (int)page.count;
}

static int
streams_of(struct fixture *f, const char *group)
{
    struct log_stream_page page = { 0 };
    struct err err = { 0 };

    if (store_list_log_streams(f->reader, f->arena, group, NULL, false, false, NULL, 50, &page,
                               &err) != OK)
        return -1;
    return (int)page.count;
}

static void
retain(struct fixture *f)
{
    struct err err = { 0 };

    if (store_retain(f->store, &err) != OK)
        fail_msg("%s", err.text);
}

/* "a=1 b=2" */
static void
assert_extras(struct fixture *f, const char *group, enum log_extra_kind kind, const char *want)
{
    struct log_extra_list list = { 0 };
    struct err err = { 0 };
    char got[256] = "";

    assert_int_equal(store_list_log_extras(f->reader, f->arena, group, kind, &list, &err), OK);
    for (size_t i = 0; i < list.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s=%s", i > 0 ? " " : "",
                 list.extras[i].name, list.extras[i].value);
    assert_string_equal(got, want);
}

static void
a_group_carries_tags_and_filters(void **state)
{
    static const struct log_extra born = { .name = "team", .value = "web" };
    static const struct log_extra more[] = { { .name = "b", .value = "2" },
                                             { .name = "a", .value = "1" } };
    static const char *const gone[] = { "a", "never there" };
    struct fixture *f = *state;
    const struct log_group_spec spec = {
        .name = "/g", .kms_key = "key", .tags = &born, .tag_count = 1
    };
    struct log_group_page groups;
    struct err err = { 0 };

    assert_int_equal(store_make_log_group(f->store, &spec, &err), OK);
    assert_int_equal(store_make_log_group(f->store, &spec, &err), E_EXISTS);
    assert_extras(f, "/g", LOG_EXTRA_TAG, "team=web");
    assert_int_equal(
        store_put_log_extras(f->store, "/g", LOG_EXTRA_METRIC_FILTER, more, 2, 2, &err), OK);
    assert_extras(f, "/g", LOG_EXTRA_METRIC_FILTER, "a=1 b=2");
    assert_extras(f, NULL, LOG_EXTRA_METRIC_FILTER, "a=1 b=2");
    assert_extras(f, NULL, LOG_EXTRA_SUBSCRIPTION, "");

    assert_int_equal(store_list_log_groups(f->reader, f->arena, NULL, NULL, NULL, 5, &groups, &err),
                     OK);
    assert_int_equal(groups.groups[0].metric_filters, 2);
    assert_string_equal(groups.groups[0].kms_key, "key");
    assert_int_equal(groups.groups[0].retention_days, 0);

    /* a value is replaced; one too many changes nothing */
    assert_int_equal(store_put_log_extras(f->store, "/g", LOG_EXTRA_METRIC_FILTER,
                                          &(struct log_extra){ .name = "a", .value = "9" }, 1, 2,
                                          &err),
                     OK);
    assert_int_equal(store_put_log_extras(f->store, "/g", LOG_EXTRA_METRIC_FILTER,
                                          &(struct log_extra){ .name = "c", .value = "3" }, 1, 2,
                                          &err),
                     E_LIMIT);
    assert_extras(f, "/g", LOG_EXTRA_METRIC_FILTER, "a=9 b=2");
    assert_int_equal(store_drop_log_extras(f->store, "/g", LOG_EXTRA_METRIC_FILTER, gone, 2, &err),
                     OK);
    assert_extras(f, "/g", LOG_EXTRA_METRIC_FILTER, "b=2");

    assert_int_equal(store_put_log_extras(f->store, "/no", LOG_EXTRA_TAG, more, 1, 5, &err),
                     E_NOTFOUND);
    assert_int_equal(store_drop_log_extras(f->store, "/no", LOG_EXTRA_TAG, gone, 1, &err),
                     E_NOTFOUND);
    assert_int_equal(store_delete_log_group(f->store, "/g", &err), OK);
    assert_extras(f, NULL, LOG_EXTRA_METRIC_FILTER, "");
    assert_int_equal(store_create_log_group(f->store, "/g", &err), OK);
    assert_extras(f, "/g", LOG_EXTRA_TAG, "");
}

static void
lines_are_kept_for_as_many_days_as_the_group_says(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };

    assert_int_equal(store_set_log_retention(f->store, "/short", 1, &err), E_NOTFOUND);
    put_line(f, "/short", "old", NOW);
    put_line(f, "/short", "both", NOW);
    put_line(f, "/short", "both", NOW + 60000);
    put_line(f, "/ever", "s", NOW);
    put_posts(f, NOW);
    put_posts(f, NOW + 60000);
    assert_int_equal(store_set_log_retention(f->store, "/short", 1, &err), OK);
    assert_int_equal(store_set_log_retention(f->store, VITALS_GROUP, 1, &err), OK);
    retain(f);
    assert_int_equal(lines_of(f, "/short"), 3);

    clock_set(f->clock, NOW + DAY); /* the first is exactly a day old */
    retain(f);
    assert_int_equal(lines_of(f, "/short"), 3);
    clock_set(f->clock, NOW + DAY + 1);
    retain(f);
    assert_int_equal(lines_of(f, "/short"), 1);
    assert_int_equal(streams_of(f, "/short"), 1);
    assert_int_equal(lines_of(f, "/ever"), 1);
    assert_int_equal(lines_of(f, VITALS_GROUP), 4); /* of one post */
    assert_int_equal(lines_of(f, ERRORS_GROUP), 8);

    assert_int_equal(store_set_log_retention(f->store, "/short", 0, &err), OK);
    clock_set(f->clock, NOW + 10 * DAY);
    retain(f);
    assert_int_equal(lines_of(f, "/short"), 1);
    assert_int_equal(lines_of(f, VITALS_GROUP), 0);
}

static void
a_group_goes_with_its_lines(void **state)
{
    struct fixture *f = *state;
    struct store_stats stats;
    struct err err = { 0 };

    put_line(f, "/a", "s", NOW);
    put_line(f, "/b", "s", NOW);
    put_posts(f, NOW);
    assert_int_equal(store_delete_log_group(f->store, "/none", &err), E_NOTFOUND);
    assert_int_equal(store_delete_log_group(f->store, "/a", &err), OK);
    assert_int_equal(lines_of(f, "/a"), -1);
    assert_int_equal(lines_of(f, "/b"), 1);
    assert_int_equal(store_delete_log_group(f->store, VITALS_GROUP, &err), OK);
    assert_int_equal(lines_of(f, VITALS_GROUP), -1);
    store_stats(f->store, &stats);
    assert_int_equal(stats.log_lines, 1);
    assert_int_equal(stats.vitals, 0);
    assert_int_equal(stats.errors, 1);

    /* and comes back as a new one */
    put_line(f, "/a", "t", NOW + 1);
    put_posts(f, NOW + 1);
    assert_int_equal(lines_of(f, "/a"), 1);
    assert_int_equal(streams_of(f, "/a"), 1);
    assert_int_equal(lines_of(f, VITALS_GROUP), 4);
}

static void
a_stream_goes_with_its_lines(void **state)
{
    struct log_stream_page page;
    struct fixture *f = *state;
    struct err err = { 0 };

    put_line(f, "/a", "s", NOW);
    put_line(f, "/a", "t", NOW);
    put_posts(f, NOW);
    put_posts(f, NOW + DAY);
    assert_int_equal(store_delete_log_stream(f->store, "/a", "none", &err), E_NOTFOUND);
    assert_int_equal(store_delete_log_stream(f->store, "/none", "s", &err), E_NOTFOUND);
    assert_int_equal(store_delete_log_stream(f->store, "/a", "s", &err), OK);
    assert_int_equal(lines_of(f, "/a"), 1);
    assert_int_equal(streams_of(f, "/a"), 1);
    put_line(f, "/a", "s", NOW);
    assert_int_equal(lines_of(f, "/a"), 2);

    /* of our own functions a stream is a day */
    assert_int_equal(store_list_log_streams(f->reader, f->arena, ERRORS_GROUP, NULL, false, false,
                                            NULL, 50, &page, &err),
                     OK);
    assert_int_equal(page.count, 2);
    assert_int_equal(store_delete_log_stream(f->store, ERRORS_GROUP, page.streams[0].name, &err),
                     OK);
    assert_int_equal(lines_of(f, ERRORS_GROUP), 4);
    assert_int_equal(streams_of(f, ERRORS_GROUP), 1);
    assert_int_equal(lines_of(f, VITALS_GROUP), 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_group_carries_tags_and_filters, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(lines_are_kept_for_as_many_days_as_the_group_says, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(a_group_goes_with_its_lines, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(a_stream_goes_with_its_lines, setup, memory_store_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
