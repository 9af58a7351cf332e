/* test_link.c - ids that belong together: added, walked, dropped, aged.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/link.h"
#include "store/store_umami.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_store.h"

#define NOW     MEMORY_STORE_NOW
#define DAY     86400000LL
#define APP     "7d9f2c1e-55aa-4c9b-9a53-0a1f5d0c3b11"
#define SESSION "b527b0ff-08b3-5948-bb5d-af49724f4a12"
#define VISIT   "d4b455b4-15ff-509c-ab65-dca3cb3d46e5"
#define WEBSITE "11111111-2222-4333-8444-555555555555"

static int
setup(void **state)
{
    return memory_store_open(state, 64 << 20);
}

static void
add(struct fixture *f, enum link_kind kind, const char *id, enum link_kind to, const char *to_id,
    int64_t seen_ms, int64_t keep_ms)
{
    struct store_write *write = store_write_new(f->store);

    assert_true(store_link_add(write, &(struct store_link){ .kind = kind,
                                                            .id = id,
                                                            .to_kind = to,
                                                            .to_id = to_id,
                                                            .owner = "",
                                                            .seen_ms = seen_ms,
                                                            .keep_ms = keep_ms }));
    submit(f, write);
}

static struct store_links
find(struct fixture *f, enum link_kind kind, const char *id, unsigned hops)
{
    struct store_links links = { 0 };
    struct err err = { 0 };

    if (store_find_links(f->reader, f->arena, kind, id, hops, &links, &err) != OK)
        fail_msg("%s", err.text);
    return links;
}

/* "1 visitor ann, 2 recording 77" */
static void
expect(struct fixture *f, enum link_kind kind, const char *id, unsigned hops, const char *wanted)
{
    struct store_links links = find(f, kind, id, hops);
    char text[1024] = "";

    for (size_t i = 0; i < links.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u %s %.40s",
                 i > 0 ? ", " : "", links.list[i].hops, store_link_name(links.list[i].kind),
                 links.list[i].id);
    assert_string_equal(text, wanted);
}

static void
retain(struct fixture *f)
{
    struct err err = { 0 };

    if (store_retain(f->store, &err) != OK)
        fail_msg("%s", err.text);
}

static void
ids_lead_to_each_other(void **state)
{
    struct fixture *f = *state;

    add(f, LINK_APP_SESSION, APP, LINK_VISITOR, "ann", NOW, DAY);
    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW + 1, DAY);
    add(f, LINK_VISITOR, "bob", LINK_RECORDING, "78", NOW, DAY);
    expect(f, LINK_APP_SESSION, APP, 1, "1 visitor ann");
    expect(f, LINK_APP_SESSION, "7D9F2C1E-55AA-4C9B-9A53-0A1F5D0C3B11", 3,
           "1 visitor ann, 2 recording 77");
    expect(f, LINK_VISITOR, "ann", 1, "1 recording 77, 1 app-session " APP);
    expect(f, LINK_VISITOR, "ann", 9, "1 recording 77, 1 app-session " APP);
    expect(f, LINK_RECORDING, "ann", 3, "");
    expect(f, LINK_VISITOR, "", 3, "");
}

static void
pairs_remember_when(void **state)
{
    struct fixture *f = *state;
    struct store_links links;

    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW, DAY);
    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW + 59999, DAY); /* not worth a write */
    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW - 5, DAY);
    links = find(f, LINK_VISITOR, "ann", 1);
    assert_int_equal(links.count, 1);
    assert_true(links.list[0].first_ms == NOW - 5 && links.list[0].last_ms == NOW);
    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW + 60000, DAY);
    links = find(f, LINK_RECORDING, "77", 1);
    assert_true(links.list[0].first_ms == NOW - 5 && links.list[0].last_ms == NOW + 60000);
}

static void
ids_that_are_none(void **state)
{
    struct fixture *f = *state;
    struct store_write *write = store_write_new(f->store);
    char longest[STORE_LINK_ID_MAX + 1], longer[STORE_LINK_ID_MAX + 2];
    const char *const bad[] = { "", "\xff", longer };

    memset(longest, 'x', sizeof longest);
    longest[STORE_LINK_ID_MAX] = '\0';
    memset(longer, 'x', sizeof longer);
    longer[STORE_LINK_ID_MAX + 1] = '\0';
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct store_link there = { LINK_VISITOR, LINK_RECORDING, bad[i], "1", "", NOW, DAY };
        const struct store_link back = { LINK_RECORDING, LINK_VISITOR, "1", bad[i], "", NOW, DAY };

        assert_false(store_link_add(write, &there));
        assert_false(store_link_add(write, &back));
        store_link_drop(write, LINK_VISITOR, bad[i]);
    }
    assert_true(store_write_is_empty(write));
    store_write_free(write);
    expect(f, LINK_RECORDING, "1", 3, "");
    expect(f, LINK_VISITOR, longer, 3, "");
    add(f, LINK_RECORDING, "1", LINK_VISITOR, longest, NOW, DAY);
    assert_int_equal(find(f, LINK_VISITOR, longest, 1).count, 1);
}

static void
an_id_may_have_too_many(void **state)
{
    struct fixture *f = *state;
    struct store_write *write = store_write_new(f->store);
    struct store_links links;
    char id[16];

    for (int i = 0; i < STORE_LINKS_MAX + 10; i++) {
        snprintf(id, sizeof id, "%d", i);
        store_link_add(write, &(struct store_link){ LINK_VISITOR, LINK_RECORDING, "ann", id, "",
                                                    NOW + i, DAY });
    }
    submit(f, write);
    links = find(f, LINK_VISITOR, "ann", 3);
    assert_int_equal(links.count, STORE_LINKS_MAX);
    assert_true(links.is_partial);
    assert_string_equal(links.list[0].id, "265"); /* the one that was seen last */
}

static void
pairs_go_with_their_source(void **state)
{
    struct fixture *f = *state;
    struct store_write *write;

    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW, 30 * DAY);
    add(f, LINK_APP_SESSION, APP, LINK_VISITOR, "ann", NOW, 365 * DAY);
    clock_set(f->clock, NOW + 30 * DAY);
    retain(f);
    expect(f, LINK_VISITOR, "ann", 1, "1 app-session " APP ", 1 recording 77");
    clock_set(f->clock, NOW + 30 * DAY + 1);
    retain(f);
    expect(f, LINK_VISITOR, "ann", 1, "1 app-session " APP);
    expect(f, LINK_RECORDING, "77", 1, "");
    write = store_write_new(f->store);
    store_link_drop(write, LINK_VISITOR, "ann");
    submit(f, write);
    expect(f, LINK_APP_SESSION, APP, 3, "");
    add(f, LINK_APP_SESSION, APP, LINK_VISITOR, "ann", NOW, 365 * DAY); /* written again at once */
    expect(f, LINK_APP_SESSION, APP, 3, "1 visitor ann");
}

/* A recording, an error report and a visit of one visitor. */
static void
an_error_leads_to_a_visit_and_a_recording(void **state)
{
    struct fixture *f = *state;
    struct store_write *write = store_write_new(f->store);
    struct error_report report = { .received_ms = NOW,
                                   .message = "boom",
                                   .stack = "",
                                   .type = "TypeError",
                                   .url = "/",
                                   .route = "/",
                                   .component_stack = "",
                                   .user_agent = "",
                                   .environment = "dev",
                                   .session_id = APP,
                                   .error_id = { 1, 2, 3 } };
    struct umami_hit hit = { .website_id = WEBSITE,
                             .session_id = SESSION,
                             .visit_id = VISIT,
                             .created_ms = NOW,
                             .received_ms = NOW,
                             .row = UMAMI_ROW_VIEW,
                             .page = { .url_path = "/" },
                             .visitor = { .distinct_id = "ann" },
                             .app_session = "7D9F2C1E-55aa-4c9b-9a53-0a1f5d0c3b11",
                             .revenue = (double)NAN };

    for (int i = 0; i < UMAMI_VITALS; i++)
        hit.vitals[i] = (double)NAN;
    store_write_error(write, &report);
    store_write_umami(write, &hit);
    submit(f, write);
    add(f, LINK_RECORDING, "77", LINK_VISITOR, "ann", NOW - 1, DAY);
    expect(f, LINK_ERROR, "01020300-0000-0000-0000-000000000000", 1, "1 app-session " APP);
    expect(f, LINK_ERROR, "01020300-0000-0000-0000-000000000000", 3,
           "1 app-session " APP ", 2 umami-session " SESSION ", 2 umami-visit " VISIT
           ", 2 visitor ann, 3 recording 77");
    expect(f, LINK_UMAMI_VISIT, VISIT, 2,
           "1 app-session " APP ", 1 visitor ann, 1 umami-session " SESSION
           ", 2 error 01020300-0000-0000-0000-000000000000, 2 recording 77");
    expect(f, LINK_UMAMI_SESSION, SESSION, 1,
           "1 app-session " APP ", 1 visitor ann, 1 umami-visit " VISIT);
}

/* Of somebody whom nothing else knows. */
static void
a_visit_and_its_session_lead_to_each_other(void **state)
{
    struct fixture *f = *state;
    struct store_write *write = store_write_new(f->store);
    struct umami_hit hit = { .website_id = WEBSITE,
                             .session_id = SESSION,
                             .visit_id = VISIT,
                             .created_ms = NOW,
                             .received_ms = NOW,
                             .row = UMAMI_ROW_VIEW,
                             .page = { .url_path = "/" },
                             .revenue = (double)NAN };

    for (int i = 0; i < UMAMI_VITALS; i++)
        hit.vitals[i] = (double)NAN;
    store_write_umami(write, &hit);
    submit(f, write);
    expect(f, LINK_UMAMI_SESSION, SESSION, 1, "1 umami-visit " VISIT);
    expect(f, LINK_UMAMI_VISIT, VISIT, 1, "1 umami-session " SESSION);
    expect(f, LINK_UMAMI_SESSION, VISIT, 1, "");
}

static void
kinds_have_names(void **state)
{
    enum link_kind kind;

    (void)state;
    for (int i = 0; i < LINK_KINDS; i++) {
        assert_true(store_link_kind(&kind, store_link_name((enum link_kind)i)));
        assert_int_equal(kind, i);
    }
    assert_false(store_link_kind(&kind, "nothing"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ids_lead_to_each_other, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(pairs_remember_when, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(ids_that_are_none, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(an_id_may_have_too_many, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(pairs_go_with_their_source, setup, memory_store_close),
        cmocka_unit_test_setup_teardown(an_error_leads_to_a_visit_and_a_recording, setup,
                                        memory_store_close),
        cmocka_unit_test_setup_teardown(a_visit_and_its_session_lead_to_each_other, setup,
                                        memory_store_close),
        cmocka_unit_test(kinds_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
