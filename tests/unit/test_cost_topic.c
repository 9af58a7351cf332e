/* test_cost_topic.c - what is paid for is asked once a day, by everybody together.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/day.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/cost_cache.h"
#include "tui/gather.h"

#define DEADLINE_NS (20 * 1000000000ULL)
#define NOW_MS      INT64_C(1795490423000) /* 2026-11-24T03:20:23Z */
#define HOUR_MS     INT64_C(3600000)
#define CENT        10000

#define USAGE                                                                                 \
    "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-11-01\"},\"Groups\":[{\"Keys\":["  \
    "\"Component$Umami\",\"Function$Analytics\"],\"Metrics\":{\"UnblendedCost\":{\"Amount\":" \
    "\"0.62\",\"Unit\":\"USD\"}}}]}]}"
#define TAGS   "{\"CostAllocationTags\":[{\"TagKey\":\"Project\",\"Status\":\"Active\"}]}"
#define BUSY   "!400{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}"
#define DENIED "!403{\"__type\":\"AccessDeniedException\",\"message\":\"not authorized\"}"
#define BUDGETS                                                                             \
    "{\"Budgets\":[{\"BudgetName\":\"b\",\"BudgetType\":\"COST\",\"TimeUnit\":\"MONTHLY\"," \
    "\"BudgetLimit\":{\"Amount\":\"150\",\"Unit\":\"USD\"}}]}"

static const struct rule rules[] = {
    { "GetCostAndUsage", USAGE },
    { "ListCostAllocationTags", TAGS },
    { "DescribeBudgets", BUDGETS },
    { "DescribeNotificationsForBudget", "{\"Notifications\":[]}" },
    { "GetCallerIdentity", "<Account>123456789012</Account>" },
    { NULL, NULL },
};

static const struct ask usage = { .key = "x",
                                  .kind = ASK_COSTS,
                                  .range = { .span_ms = DAY_MS },
                                  .cost_tags = { "Component", "Function" },
                                  .project = "UserMetrics" };
static const struct ask tags = { .key = "x",
                                 .kind = ASK_COST_TAGS,
                                 .range = { .span_ms = DAY_MS } };
static const struct ask budgets = { .key = "x",
                                    .kind = ASK_BUDGETS,
                                    .range = { .span_ms = DAY_MS } };

/* The time that paces count in, moved by hand. */
static uint64_t moved_ns;

static uint64_t
moved_mono_ns(void)
{
    return mono_ns() + moved_ns;
}

/* A screen, and the account it looks at; the cache directory outlives the screen. */
struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather *gather;
    struct snapshot *snapshot;
    char dir[64];
    char cache[80];
};

static void
open_screen(struct scene *s, int64_t now_ms, bool is_emulator, int64_t limit_microusd)
{
    struct gather_options options = { .environment = "dev",
                                      .max_spend_microusd = limit_microusd,
                                      .cache_dir = s->cache,
                                      .mono_ns = moved_mono_ns };

    moved_ns = 0;
    s->clock = clock_new_virtual(now_ms);
    s->target = (struct aws_target){ .label = xstrdup("AWS eu-west-1"),
                                     .region = xstrdup("eu-west-1"),
                                     .is_emulator = is_emulator,
                                     .max_attempts = 1 };
    if (!is_emulator)
        price_list_builtin(&s->target.prices);
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    options.target = &s->target;
    options.clock = s->clock;
    s->gather = gather_new(&options);
}

static void
close_screen(struct scene *s)
{
    snapshot_unref(s->snapshot);
    s->snapshot = NULL;
    gather_free(s->gather);
    aws_target_fini(&s->target);
    clock_free(s->clock);
}

static void
scene_open(struct scene *s)
{
    *s = (struct scene){ .responder = responder_new(rules) };
    snprintf(s->dir, sizeof s->dir, "/tmp/obsview-costs-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->cache, sizeof s->cache, "%s/obsview", s->dir);
}

/* Calls `each` for all files of the cache; how many there are. */
static size_t
each_kept(const struct scene *s, void (*each)(const char *path))
{
    DIR *dir = opendir(s->cache);
    struct dirent *entry;
    size_t count = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *path = xasprintf("%s/%s", s->cache, entry->d_name);

        if (entry->d_name[0] != '.') {
            count++;
            each(path);
        }
        free(path);
    }
    if (dir != NULL)
        closedir(dir);
    return count;
}

static void
drop(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void
scene_close(struct scene *s)
{
    each_kept(s, drop);
    (void)rmdir(s->cache);
    assert_int_equal(rmdir(s->dir), 0);
    responder_free(s->responder);
}

static void
want(struct scene *s, const struct ask *ask)
{
    struct ask_list *asks = ask_list_new();

    ask_list_add(asks, ask);
    gather_want(s->gather, asks);
    ask_list_free(asks);
}

/* Runs until `is` holds of the answer "x"; that answer, which lives until the next call. */
static const struct answer *
run_until(struct scene *s, bool (*is)(const struct answer *answer))
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (mono_ns() < end) {
        const struct answer *answer;

        snapshot_unref(s->snapshot);
        s->snapshot = gather_snapshot(s->gather);
        answer = snapshot_answer(s->snapshot, "x");
        if (answer != NULL && is(answer))
            return answer;
        gather_run(s->gather, 100);
    }
    fail_msg("it did not come to that in time");
    abort(); /* not reached */
}

static bool
is_good(const struct answer *a)
{
    return a->got_ms != 0 && a->failure == NULL;
}

static bool
is_of_the_next_day(const struct answer *a)
{
    return a->got_ms >= NOW_MS + 24 * HOUR_MS;
}

static bool
has_failed(const struct answer *a)
{
    return a->failure != NULL;
}

/* Lets the screen work while nothing is due, so that what should not be asked could be. */
static void
idle(struct scene *s)
{
    for (int i = 0; i < 20; i++)
        gather_run(s->gather, 2);
}

static size_t
asked(struct scene *s)
{
    return responder_count(s->responder, "X-Amz-Target: AWSInsightsIndexService");
}

static void
is_for_its_user_alone(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* --- a day --- */

static void
a_second_start_within_the_day_asks_nothing(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, is_good);
    assert_int_equal(a->cost_count, 1);
    assert_int_equal(a->costs[0].microusd, 620000);
    assert_int_equal(a->cost_microusd, CENT);
    assert_int_equal(a->pace_ms, DAY_MS);
    assert_int_equal(s.snapshot->cost_microusd, CENT);
    assert_int_equal(
        responder_count(s.responder, "\"Start\":\"2026-10-01\",\"End\":\"2026-11-25\""), 1);
    assert_int_equal(each_kept(&s, is_for_its_user_alone), 1);
    close_screen(&s);

    open_screen(&s, NOW_MS + 20 * HOUR_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, is_good);
    assert_int_equal(a->got_ms, NOW_MS); /* its true age */
    assert_int_equal(a->costs[0].microusd, 620000);
    assert_string_equal(a->costs[0].keys[0], "Umami");
    assert_int_equal(a->cost_to_day - a->cost_from_day, 55);
    assert_int_equal(a->cost_microusd, 0);
    assert_true(s.snapshot->cost_month_microusd > 0); /* what it will cost, if it goes on */
    idle(&s);
    assert_int_equal(asked(&s), 1);
    close_screen(&s);

    open_screen(&s, NOW_MS + 25 * HOUR_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, is_of_the_next_day); /* yesterday's is shown until it comes */
    assert_int_equal(a->got_ms, NOW_MS + 25 * HOUR_MS);
    assert_int_equal(asked(&s), 2);
    close_screen(&s);
    scene_close(&s);
}

static void
no_key_and_no_idleness_asks_it_sooner(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    assert_true(gather_hurry(s.gather) > 23 * HOUR_MS);
    gather_set_idle(s.gather, true);
    gather_set_idle(s.gather, false);
    idle(&s);
    moved_ns = (uint64_t)(23 * HOUR_MS) * 1000000;
    (void)gather_hurry(s.gather);
    idle(&s);
    assert_int_equal(asked(&s), 1);
    close_screen(&s);
    scene_close(&s);
}

static void
tag_keys_are_kept_beside_the_costs(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &tags);
    a = run_until(&s, is_good);
    assert_int_equal(a->cost_tag_count, 1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    close_screen(&s);
    assert_int_equal(each_kept(&s, is_for_its_user_alone), 2);
    open_screen(&s, NOW_MS + HOUR_MS, false, -1);
    want(&s, &tags);
    a = run_until(&s, is_good);
    assert_string_equal(a->cost_tags[0].key, "Project");
    assert_true(a->cost_tags[0].is_active);
    assert_int_equal(asked(&s), 2);
    close_screen(&s);
    scene_close(&s);
}

static void
another_account_has_another_bill(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    close_screen(&s);
    responder_set(s.responder, "GetCallerIdentity", "<Account>999999999999</Account>");
    open_screen(&s, NOW_MS + HOUR_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    assert_int_equal(asked(&s), 2);
    close_screen(&s);
    scene_close(&s);
}

static void
nothing_is_kept_for_nobody(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s);
    responder_set(s.responder, "GetCallerIdentity", "<html>who?</html>");
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    assert_int_equal(each_kept(&s, is_for_its_user_alone), 0);
    close_screen(&s);
    scene_close(&s);
}

/* --- garbage --- */

static const char *garbage;

static void
spoil(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(garbage, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
garbage_is_asked_anew_with_a_note(void **state)
{
#define HEAD                                                                                 \
    "{\"obsview\":1,\"account\":\"123456789012\",\"question\":\"Component Function by day, " \
    "Project=UserMetrics\","
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "", "asked anew: /tmp/" },
        { "{", "asked anew: /tmp/" },
        { "[]", "obsview: expected 1" },
        { "{\"obsview\":2}", "obsview: expected 1" },
        { "{\"obsview\":1,\"account\":\"1\",\"question\":\"q\"}", "it answers another question" },
        { HEAD "\"got\":1999999999999}", "got: expected a time that is past" },
        { HEAD "\"got\":1795490000000,\"cost\":-1}", "cost: expected microusd" },
        { HEAD "\"got\":1795490000000,\"cost\":0,\"from\":1,\"to\":9999,\"rows\":[]}",
          "from, to: expected day numbers" },
        { HEAD "\"got\":1795490000000,\"cost\":0,\"from\":20728,\"to\":20782,\"rows\":[[1,\"\","
               "\"\",1]]}",
          "rows[0]: expected [day, text, text, microusd]" },
        { HEAD "\"got\":1795490000000,\"cost\":0,\"from\":20728,\"to\":20782,\"rows\":"
               "[[20730,\"\",\"\",1e300]]}",
          "rows[0]: expected" },
    };
    struct scene s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct answer *a;

        scene_open(&s);
        open_screen(&s, NOW_MS, false, -1);
        want(&s, &usage);
        (void)run_until(&s, is_good);
        close_screen(&s);
        garbage = cases[i].text;
        assert_int_equal(each_kept(&s, spoil), 1);
        open_screen(&s, NOW_MS + HOUR_MS, false, -1);
        want(&s, &usage);
        a = run_until(&s, is_good);
        assert_int_equal(a->got_ms, NOW_MS + HOUR_MS);
        assert_non_null(a->caveat);
        if (strstr(a->caveat, cases[i].says) == NULL)
            fail_msg("\"%s\" says \"%s\"", cases[i].text, a->caveat);
        close_screen(&s);
        scene_close(&s);
    }
}

static void
a_cache_that_cannot_be_written_is_told(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    snprintf(s.cache, sizeof s.cache, "/proc/nowhere");
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, is_good);
    assert_non_null(strstr(a->caveat, "not kept, the next start pays again: cannot write"));
    close_screen(&s);
    scene_close(&s);
}

/* --- money --- */

static void
what_is_refused_costs_nothing_and_may_be_asked_again(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    responder_set(s.responder, "GetCostAndUsage", DENIED);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, has_failed);
    assert_non_null(strstr(a->failure, "access denied: Cost Explorer GetCostAndUsage"));
    assert_int_equal(a->cost_microusd, 0);
    assert_int_equal(each_kept(&s, is_for_its_user_alone), 0);
    responder_set(s.responder, "GetCostAndUsage", USAGE);
    moved_ns = (uint64_t)HOUR_MS * 1000000;
    (void)run_until(&s, is_good);
    close_screen(&s);
    scene_close(&s);
}

/* Asked too often is asked less often, though it was not charged. */
static void
a_busy_cost_explorer_is_left_alone_for_a_minute(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    responder_set(s.responder, "GetCostAndUsage", BUSY);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, has_failed);
    assert_int_equal(a->cost_microusd, 0);
    assert_true(a->retry_ms > NOW_MS + 50000);
    close_screen(&s);
    scene_close(&s);
}

/* It is old, and says so. */
static void
yesterdays_bill_stays_when_todays_is_refused(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    close_screen(&s);
    responder_set(s.responder, "GetCostAndUsage", DENIED);
    open_screen(&s, NOW_MS + 30 * HOUR_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, has_failed);
    assert_int_equal(a->got_ms, NOW_MS);
    assert_int_equal(a->cost_count, 1);
    assert_string_equal(a->costs[0].keys[0], "Umami");
    assert_int_equal(asked(&s), 2);
    close_screen(&s);
    scene_close(&s);
}

/* An answer nobody can read was paid for all the same. */
static void
a_bad_answer_is_paid_for_and_not_asked_again_that_day(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    responder_set(s.responder, "GetCostAndUsage", "{\"ResultsByTime\":7}");
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    a = run_until(&s, has_failed);
    assert_int_equal(a->cost_microusd, CENT);
    assert_true(a->retry_ms > NOW_MS + 23 * HOUR_MS);
    moved_ns = (uint64_t)(23 * HOUR_MS) * 1000000;
    (void)gather_hurry(s.gather);
    idle(&s);
    assert_int_equal(asked(&s), 1);
    close_screen(&s);
    scene_close(&s);
}

/* --max-spend 0: what is kept is shown, what costs is not asked. */
static void
a_spent_limit_still_shows_what_is_kept(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, 0);
    want(&s, &usage);
    a = run_until(&s, has_failed);
    assert_non_null(strstr(a->failure, "--max-spend 0"));
    assert_int_equal(asked(&s), 0);
    close_screen(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    close_screen(&s);
    open_screen(&s, NOW_MS + HOUR_MS, false, 0);
    want(&s, &usage);
    (void)run_until(&s, is_good);
    assert_int_equal(asked(&s), 1);
    close_screen(&s);
    scene_close(&s);
}

static void
an_emulators_bill_is_free_and_asked_by_the_minute(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, true, 0);
    want(&s, &usage);
    a = run_until(&s, is_good);
    assert_int_equal(a->pace_ms, 60000);
    assert_int_equal(a->cost_microusd, 0);
    assert_int_equal(each_kept(&s, is_for_its_user_alone), 0);
    assert_int_equal(responder_count(s.responder, "GetCallerIdentity"), 0);
    close_screen(&s);
    scene_close(&s);
}

static void
budgets_are_asked_every_six_hours(void **state)
{
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    open_screen(&s, NOW_MS, false, -1);
    want(&s, &budgets);
    a = run_until(&s, is_good);
    assert_int_equal(a->budget_count, 1);
    assert_int_equal(a->budgets[0].limit_microusd, 150000000);
    assert_int_equal(a->pace_ms, 6 * HOUR_MS);
    assert_int_equal(a->cost_microusd, 0);
    close_screen(&s);
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_start_within_the_day_asks_nothing),
        cmocka_unit_test(no_key_and_no_idleness_asks_it_sooner),
        cmocka_unit_test(tag_keys_are_kept_beside_the_costs),
        cmocka_unit_test(another_account_has_another_bill),
        cmocka_unit_test(nothing_is_kept_for_nobody),
        cmocka_unit_test(garbage_is_asked_anew_with_a_note),
        cmocka_unit_test(a_cache_that_cannot_be_written_is_told),
        cmocka_unit_test(what_is_refused_costs_nothing_and_may_be_asked_again),
        cmocka_unit_test(a_busy_cost_explorer_is_left_alone_for_a_minute),
        cmocka_unit_test(yesterdays_bill_stays_when_todays_is_refused),
        cmocka_unit_test(a_bad_answer_is_paid_for_and_not_asked_again_that_day),
        cmocka_unit_test(a_spent_limit_still_shows_what_is_kept),
        cmocka_unit_test(an_emulators_bill_is_free_and_asked_by_the_minute),
        cmocka_unit_test(budgets_are_asked_every_six_hours),
    };

    return cmocka_run_group_tests_name("cost topics", tests, NULL, NULL);
}
