/* test_view_privacy.c - what the Privacy view makes of findings and of reviews.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "base/buf.h"
#include "base/json.h"
#include "domain/pii_finding.h"
#include "tui/reviews.h"
#include "tui/views/models.h"

#define MINUTE INT64_C(60000)
#define DAY    (1440 * MINUTE)

static const struct pii_finding ssn = { .source = "openreplay",
                                        .time_ms = ANSWERS_NOW - 9 * MINUTE,
                                        .session = "4125418940681682945",
                                        .message = "InputChange",
                                        .message_id = 112,
                                        .field = "value",
                                        .kind = "ssn",
                                        .severity = PII_HIGH,
                                        .way = PII_WAY_INPUT,
                                        .element = "input#ssn",
                                        .page = "http://localhost/form",
                                        .shape = "***-**-****",
                                        .count = 2,
                                        .advice = "data-openreplay-obscured on input#ssn" };

struct told {
    struct stage stage;
    struct buf events;
    struct reviews *reviews;
    char path[64];
};

static void
begin(struct told *t)
{
    stage_open(&t->stage);
    buf_init(&t->events, 1 << 20);
    buf_addc(&t->events, '[');
    snprintf(t->path, sizeof t->path, "/tmp/obsview-privacy-%ld", (long)getpid());
    unlink(t->path);
    t->reviews = NULL;
}

static void
end(struct told *t)
{
    char *lock = xasprintf("%s.lock", t->path);

    unlink(t->path);
    unlink(lock);
    free(lock);
    reviews_free(t->reviews);
    stage_close(&t->stage);
}

static void
tell_line(struct told *t, int64_t ago_ms, const char *line)
{
    buf_addf(&t->events, "%s[\"%zu\",%lld,", t->events.len > 1 ? "," : "", t->events.len,
             (long long)ago_ms);
    json_print_string(&t->events, line, strlen(line));
    buf_addc(&t->events, ']');
}

static void
tell(struct told *t, int64_t ago_ms, const struct pii_finding *finding)
{
    struct buf line;

    buf_init(&line, 65536);
    pii_finding_print(&line, finding);
    tell_line(t, ago_ms, line.data);
    buf_fini(&line);
}

static void
show(struct told *t)
{
    struct err err;

    buf_addc(&t->events, ']');
    stage_events(&t->stage, "privacy.lines", PII_LOG_GROUP, t->events.data);
    buf_fini(&t->events);
    assert_int_equal(reviews_load(&t->reviews, t->path, &err), OK);
    t->stage.q.reviews = t->reviews;
    stage_show(&t->stage, privacy_ask, privacy_build);
}

static const struct panel *
panel_of(struct told *t, const char *name)
{
    return stage_panel(&t->stage, name);
}

static const char *
cell_of(const struct panel *panel, size_t row, const char *column)
{
    for (size_t i = 0; i < panel->grid->column_count; i++) {
        if (strcmp(panel->grid->columns[i].name, column) == 0)
            return panel->grid->rows[row].cells[i].text;
    }
    fail_msg("no column %s", column);
    return NULL;
}

static double
number_of(const struct panel *panel, size_t row, const char *column)
{
    for (size_t i = 0; i < panel->grid->column_count; i++) {
        if (strcmp(panel->grid->columns[i].name, column) == 0)
            return panel->grid->rows[row].cells[i].number;
    }
    fail_msg("no column %s", column);
    return 0;
}

static void
one_kind_field_and_element_is_one_leak(void **state)
{
    struct pii_finding other = ssn, mail = ssn;
    struct told t;

    (void)state;
    begin(&t);
    other.session = "4125418940362915840";
    mail.kind = "email";
    mail.severity = PII_MEDIUM;
    tell(&t, 9 * MINUTE, &ssn);
    tell(&t, 5 * MINUTE, &other);
    tell(&t, MINUTE, &mail);
    show(&t);
    assert_int_equal(panel_of(&t, "leaks")->grid->row_count, 2);
    assert_string_equal(panel_of(&t, "leaks")->note, "2 leaks, 2 new");    /* nobody looked yet */
    assert_string_equal(cell_of(panel_of(&t, "leaks"), 0, "kind"), "ssn"); /* the worst first */
    assert_string_equal(cell_of(panel_of(&t, "leaks"), 0, "field"), "InputChange.value");
    assert_int_equal((int)number_of(panel_of(&t, "leaks"), 0, "n"), 4);
    assert_int_equal((int)number_of(panel_of(&t, "leaks"), 0, "sessions"), 2);
    assert_int_equal(t.stage.model.attention, 2);
    assert_int_equal(t.stage.model.attention_level, LEVEL_BAD);
    end(&t);
}

static void
a_place_leads_to_its_session(void **state)
{
    struct pii_finding line = { .source = "log",
                                .time_ms = ANSWERS_NOW,
                                .message = "/app/jobs",
                                .field = "context.mail",
                                .kind = "email",
                                .shape = "*@*.**",
                                .count = 1,
                                .way = PII_WAY_PAYLOAD };
    const struct panel *places;
    struct told t;

    (void)state;
    begin(&t);
    tell(&t, MINUTE, &ssn);
    tell(&t, MINUTE, &line);
    t.stage.q.key = "";
    show(&t);
    places = panel_of(&t, "places"); /* of the worst, as nothing is under the cursor */
    assert_int_equal(places->grid->row_count, 1);
    assert_string_equal(places->grid->rows[0].open_view, "sessions");
    assert_string_equal(places->grid->rows[0].open_key, ssn.session);
    t.stage.q.key = panel_of(&t, "leaks")->grid->rows[1].key;
    stage_show(&t.stage, privacy_ask, privacy_build);
    places = panel_of(&t, "places");
    assert_string_equal(places->grid->rows[0].open_view, "logs");
    assert_string_equal(places->grid->rows[0].open_key, "/app/jobs");
    end(&t);
}

static void
what_is_older_than_the_last_look_is_not_new(void **state)
{
    struct pii_finding mail = ssn;
    struct told t;
    struct err err;

    (void)state;
    begin(&t);
    mail.kind = "email";
    tell(&t, 20 * DAY, &ssn); /* however short the range */
    tell(&t, MINUTE, &mail);
    assert_int_equal(reviews_look(t.path, "dev", ANSWERS_NOW - 2 * MINUTE, &err), OK);
    show(&t);
    assert_string_equal(panel_of(&t, "leaks")->note, "2 leaks, 1 new since the last look");
    assert_true(panel_of(&t, "leaks")->grid->rows[0].is_new);
    assert_string_equal(cell_of(panel_of(&t, "leaks"), 0, "kind"), "email");
    assert_false(panel_of(&t, "leaks")->grid->rows[1].is_new);
    assert_int_equal(t.stage.model.attention, 1);
    end(&t);
}

static void
review(struct told *t, const char *session, int64_t ago_ms, const char *note)
{
    const struct review review = { .environment = "dev",
                                   .session = session,
                                   .time_ms = ANSWERS_NOW - ago_ms,
                                   .by = "ada",
                                   .note = note };
    struct err err;

    assert_int_equal(reviews_add(t->path, &review, &err), OK);
}

static void
sessions_wait_until_they_are_reviewed(void **state)
{
    struct pii_finding other = ssn, foreign = ssn;
    const struct panel *panel;
    char id[24];
    struct told t;

    (void)state;
    begin(&t);
    other.session = "77";
    foreign.source = "error"; /* no recording */
    foreign.session = "5b66e557-7ee1-454f-9ded-65086368abb0";
    tell(&t, MINUTE, &ssn);
    tell(&t, MINUTE, &other);
    tell(&t, MINUTE, &foreign);
    review(&t, "77", 5 * MINUTE, "the form must be masked");
    review(&t, "78", 40 * DAY, "its recording is gone"); /* does not count any more */
    show(&t);
    panel = panel_of(&t, "review");
    assert_string_equal(panel->note, "1 of 10 sessions reviewed");
    assert_string_equal(panel->facts[0].value.text, "1/10");
    assert_int_equal(panel->facts[0].value.level, LEVEL_WARN);
    assert_int_equal(panel->grid->row_count, 2);
    assert_string_equal(panel->grid->rows[0].key, ssn.session); /* what waits first */
    assert_string_equal(cell_of(panel, 1, "note"), "the form must be masked");
    assert_string_equal(cell_of(panel, 1, "by"), "ada");
    for (int i = 0; i < 9; i++) {
        snprintf(id, sizeof id, "%d", 1000 + i);
        review(&t, id, MINUTE, "");
    }
    reviews_free(t.reviews);
    assert_int_equal(reviews_load(&t.reviews, t.path, &(struct err){ 0 }), OK);
    t.stage.q.reviews = t.reviews;
    stage_show(&t.stage, privacy_ask, privacy_build);
    assert_string_equal(panel_of(&t, "review")->facts[0].value.text, "10/10");
    assert_int_equal(panel_of(&t, "review")->facts[0].value.level, LEVEL_OK);
    end(&t);
}

static void
what_was_not_searched_is_told(void **state)
{
    struct told t;

    (void)state;
    begin(&t);
    tell_line(&t, MINUTE,
              "{\"level\":\"WARN\",\"functionName\":\"" PII_FUNCTION "\",\"unsearched\":3}");
    tell_line(&t, MINUTE, "{\"kind\":\"email\",\"source\":\"forged\"}");
    tell_line(&t, MINUTE, "not JSON");
    show(&t);
    assert_string_equal(panel_of(&t, "leaks")->note, "0 leaks, 3 texts not searched");
    assert_string_equal(panel_of(&t, "leaks")->grid->empty,
                        "nothing was found in what was searched");
    end(&t);
}

static void
an_account_is_asked_for_the_group_first(void **state)
{
    struct told t;

    (void)state;
    begin(&t);
    buf_fini(&t.events);
    t.stage.is_account = true;
    stage_groups(&t.stage, "privacy.groups", "[\"/obsview/privacy-else\"]");
    stage_show(&t.stage, privacy_ask, privacy_build);
    assert_non_null(stage_ask(&t.stage, "privacy.groups"));
    assert_null(stage_ask(&t.stage, "privacy.lines"));
    assert_non_null(strstr(panel_of(&t, "leaks")->grid->empty, "there is no log group"));
    t.stage.q.is_behind = true; /* and not at all for a tab alone */
    stage_show(&t.stage, privacy_ask, privacy_build);
    assert_null(stage_ask(&t.stage, "privacy.groups"));
    end(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_kind_field_and_element_is_one_leak),
        cmocka_unit_test(a_place_leads_to_its_session),
        cmocka_unit_test(what_is_older_than_the_last_look_is_not_new),
        cmocka_unit_test(sessions_wait_until_they_are_reviewed),
        cmocka_unit_test(what_was_not_searched_is_told),
        cmocka_unit_test(an_account_is_asked_for_the_group_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
