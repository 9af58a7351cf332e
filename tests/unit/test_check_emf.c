/* test_check_emf.c - planted faults, each with its place and, where no decision is needed, the
 * document as it should have been. SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "domain/emf_mend.h"
#include "domain/limits.h"
#include "judged.h"

#define TIME "1795394134547"
#define CW   "/_aws/CloudWatchMetrics"
#define DIRECTIVE(DIMENSIONS, METRICS) \
    "{\"Namespace\":\"UserMetrics/Lambda\",\"Dimensions\":" DIMENSIONS ",\"Metrics\":" METRICS "}"
#define DOCUMENT(MEMBERS, TIMESTAMP, DIRECTIVES) \
    "{" MEMBERS "\"_aws\":{\"Timestamp\":" TIMESTAMP ",\"CloudWatchMetrics\":" DIRECTIVES "}}"
#define MEMBERS    "\"functionName\":\"shop\",\"Duration\":12.5,"
#define WELL       DOCUMENT(MEMBERS, TIME, "[" DIRECTIVE("[[\"functionName\"]]", DURATION) "]")
#define DURATION   "[{\"Name\":\"Duration\"}]"
#define SETS(D)    DOCUMENT(MEMBERS, TIME, "[" DIRECTIVE(D, DURATION) "]")
#define METRICS(M) DOCUMENT(MEMBERS, TIME, "[" DIRECTIVE("[[\"functionName\"]]", M) "]")
#define VALUE(V)                                                               \
    DOCUMENT("\"functionName\":\"shop\",\"More\":1,\"Duration\":" V ",", TIME, \
             "[" DIRECTIVE("[[\"functionName\"]]",                             \
                           "[{\"Name\":\"Duration\"},{\"Name\":\"More\"}]") "]")
#define AT(T) DOCUMENT(MEMBERS, T, "[" DIRECTIVE("[[\"functionName\"]]", DURATION) "]")
#define KEY(V)                                                                \
    DOCUMENT("\"functionName\":\"shop\",\"Duration\":1,\"key\":" V ",", TIME, \
             "[" DIRECTIVE("[[\"functionName\",\"key\"]]", DURATION) "]")

/* `mended` is a piece of the corrected document; NULL: there is none. */
static const struct {
    const char *rule, *pointer, *line, *mended;
} planted[] = {
    { "not-json", "", "{\"_aws\":{", NULL },
    { "document-behind-text", "", "INFO " WELL, "{\"functionName\":\"shop\"" },
    { "document-behind-text", "", "2026-11-23 10:00:00 [info] " WELL,
      "{\"functionName\":\"shop\"" },
    { "document-inside-object", "/message", "{\"level\":\"INFO\",\"message\":" WELL "}",
      "{\"functionName\":\"shop\"" },
    { "document-inside-text", "/msg",
      "{\"level\":30,\"msg\":\"{\\\"D\\\":1,\\\"_aws\\\":{\\\"Timestamp\\\":" TIME
      ",\\\"CloudWatchMetrics\\\":[{\\\"Namespace\\\":\\\"N\\\",\\\"Dimensions\\\":[[]],"
      "\\\"Metrics\\\":"
      "[{\\\"Name\\\":\\\"D\\\"}]}]}}\"}",
      "{\"D\":1,\"_aws\":{\"Timestamp\":" TIME },
    { "metadata-type", "/_aws", "{\"_aws\":\"yes\"}", NULL },
    { "directives-missing", "/_aws", "{\"_aws\":{\"Timestamp\":" TIME "}}", NULL },
    { "directives-missing", "/_aws",
      "{" MEMBERS "\"_aws\":{\"Timestamp\":" TIME
      ",\"cloudwatchmetrics\":[" DIRECTIVE("[[]]", DURATION) "]}}",
      "\"CloudWatchMetrics\":[{" },
    { "directives-type", CW, DOCUMENT(MEMBERS, TIME, DIRECTIVE("[[]]", DURATION)),
      "\"CloudWatchMetrics\":[{\"Namespace\"" },
    { "directives-type", CW, DOCUMENT(MEMBERS, TIME, "7"), NULL },
    { "directive-type", CW "/0", DOCUMENT(MEMBERS, TIME, "[7," DIRECTIVE("[[]]", DURATION) "]"),
      "\"CloudWatchMetrics\":[{\"Namespace\"" },
    { "directive-type", CW "/0", DOCUMENT(MEMBERS, TIME, "[7]"), NULL }, /* nothing is left */
    { "timestamp-missing", "/_aws",
      "{" MEMBERS "\"_aws\":{\"timestamp\":" TIME
      ",\"CloudWatchMetrics\":[" DIRECTIVE("[[]]", DURATION) "]}}",
      "\"Timestamp\":" TIME },
    { "timestamp-missing", "/_aws",
      "{" MEMBERS "\"_aws\":{\"CloudWatchMetrics\":[" DIRECTIVE("[[]]", DURATION) "]}}",
      "\"Timestamp\":1795394140000" },
    { "timestamp-type", "/_aws/Timestamp", AT("\"" TIME "\""), "\"Timestamp\":" TIME },
    { "timestamp-type", "/_aws/Timestamp", AT("\"2026-11-23T01:02:03.004Z\""),
      "\"Timestamp\":1795395723004" },
    { "timestamp-type", "/_aws/Timestamp", AT("\"soon\""), NULL },
    { "timestamp-not-whole", "/_aws/Timestamp", AT(TIME ".5"), "\"Timestamp\":" TIME "," },
    { "timestamp-too-old", "/_aws/Timestamp", AT("1795394134"), "\"Timestamp\":1795394134000," },
    { "timestamp-too-new", "/_aws/Timestamp", AT(TIME "000"), "\"Timestamp\":" TIME "," },
    { "timestamp-too-new", "/_aws/Timestamp", AT("1795480540000"), NULL },
    { "namespace-missing", CW "/0",
      DOCUMENT(MEMBERS, TIME,
               "[{\"namespace\":\"N\",\"Dimensions\":[[]],\"Metrics\":" DURATION "}]"),
      "\"Namespace\":\"N\"" },
    { "namespace-missing", CW "/0",
      DOCUMENT(MEMBERS, TIME, "[{\"Dimensions\":[[]],\"Metrics\":" DURATION "}]"), NULL },
    { "namespace-reserved", CW "/0/Namespace",
      DOCUMENT(MEMBERS, TIME,
               "[{\"Namespace\":\"AWS/X\",\"Dimensions\":[[]],\"Metrics\":" DURATION "}]"),
      NULL },
    { "dimensions-type", CW "/0/Dimensions", SETS("\"functionName\""),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimensions-type", CW "/0/Dimensions", SETS("{}"), NULL },
    { "dimension-set-type", CW "/0/Dimensions/0", SETS("[\"functionName\"]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-set-type", CW "/0/Dimensions/0", SETS("[5,[\"functionName\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-name-type", CW "/0/Dimensions/0/0", SETS("[[{\"route\":\"/a\"}]]"),
      "\"Dimensions\":[[\"route\"]]" },
    { "dimension-name-blank", CW "/0/Dimensions/0/1", SETS("[[\"functionName\",\"\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-name-colon", CW "/0/Dimensions/0/0", SETS("[[\":d\"]]"), NULL },
    { "dimension-repeated", CW "/0/Dimensions/0", SETS("[[\"functionName\",\"functionName\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-target-missing", CW "/0/Dimensions/0/0", SETS("[[\"FunctionName\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-target-missing", CW "/0/Dimensions/0/1", SETS("[[\"functionName\",\"route\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-target-missing", CW "/0/Dimensions/1/0", SETS("[[\"functionName\"],[\"route\"]]"),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-target-missing", CW "/0/Dimensions/0/0", SETS("[[\"route\"]]"), NULL },
    { "dimension-target-type", "/key", KEY("200"), "\"key\":\"200\"" },
    { "dimension-target-type", "/key", KEY("true"), "\"key\":\"true\"" },
    { "dimension-target-type", "/key", KEY("null"), "\"Dimensions\":[[\"functionName\"]]" },
    { "dimension-target-blank", "/key", KEY("\" \""), "\"key\":\"none\"" },
    { "dimension-target-characters", "/key", KEY("\"M\xc3\xbcnchen\""),
      "\"Dimensions\":[[\"functionName\"]]" },
    { "metrics-missing", CW "/0",
      DOCUMENT(MEMBERS, TIME,
               "[{\"Namespace\":\"N\",\"Dimensions\":[[]],\"metrics\":" DURATION "}]"),
      "\"Metrics\":[{\"Name\":\"Duration\"}]" },
    { "metrics-type", CW "/0/Metrics", METRICS("{\"Name\":\"Duration\"}"),
      "\"Metrics\":" DURATION },
    { "metric-type", CW "/0/Metrics/0", METRICS("[\"Duration\"]"), "\"Metrics\":" DURATION },
    { "metric-name-missing", CW "/0/Metrics/0", METRICS("[{\"name\":\"Duration\"}]"),
      "\"Metrics\":" DURATION },
    { "metric-name-type", CW "/0/Metrics/1/Name", METRICS("[{\"Name\":\"Duration\"},{\"Name\":3}]"),
      "\"Metrics\":" DURATION },
    { "metric-name-blank", CW "/0/Metrics/0/Name", METRICS("[{\"Name\":\" \"}]"), NULL },
    { "metric-repeated", CW "/0/Metrics/1/Name",
      METRICS("[{\"Name\":\"Duration\"},{\"Name\":\"Duration\",\"Unit\":\"Count\"}]"),
      "\"Metrics\":" DURATION },
    { "unit-type", CW "/0/Metrics/0/Unit", METRICS("[{\"Name\":\"Duration\",\"Unit\":null}]"),
      "\"Metrics\":" DURATION },
    { "unit-unknown", CW "/0/Metrics/0/Unit", METRICS("[{\"Name\":\"Duration\",\"Unit\":\"ms\"}]"),
      "\"Unit\":\"Milliseconds\"" },
    { "unit-unknown", CW "/0/Metrics/0/Unit",
      METRICS("[{\"Name\":\"Duration\",\"Unit\":\"parsecs per fortnight\"}]"),
      "\"Metrics\":" DURATION },
    { "resolution-invalid", CW "/0/Metrics/0/StorageResolution",
      METRICS("[{\"Name\":\"Duration\",\"StorageResolution\":10}]"), "\"Metrics\":" DURATION },
    { "metric-target-missing", CW "/0/Metrics/0/Name", METRICS("[{\"Name\":\"duration\"}]"),
      "\"Metrics\":" DURATION },
    { "metric-target-missing", CW "/0/Metrics/0/Name", METRICS("[{\"Name\":\"Gone\"}]"), NULL },
    { "metric-target-type", "/Duration", VALUE("\"12\""), "\"Duration\":12," },
    { "metric-target-type", "/Duration", VALUE("null"), "\"Metrics\":[{\"Name\":\"More\"}]" },
    { "metric-target-type", "/Duration/1", VALUE("[1,\"2\",3]"), "\"Duration\":[1,2,3]" },
    { "metric-target-type", "/Duration/1", VALUE("[1,null,3]"), "\"Duration\":[1,3]" },
    { "values-empty", "/Duration", VALUE("[]"), "\"Metrics\":[{\"Name\":\"More\"}]" },
    { "value-range", "/Duration", VALUE("1e120"), "\"Metrics\":[{\"Name\":\"More\"}]" },
};
#define PLANTED (sizeof planted / sizeof planted[0])

/* What the check says of one line. */
static void
judge_one(struct judged *j, const char *line, int64_t arrived_ms)
{
    judged_init(j, NULL);
    assert_true(judged_open(j, &check_emf));
    judged_line_at(j, line, arrived_ms);
    judged_close(j);
}

static void
each_planted_fault_is_told_with_its_place_and_fix(void **state)
{
    (void)state;
    assert_true(PLANTED >= 40);
    for (size_t i = 0; i < PLANTED; i++) {
        char *rule = xasprintf("emf.%s", planted[i].rule), *subject;
        const struct finding *f;
        struct judged j;

        judge_one(&j, planted[i].line, 0);
        subject =
            xasprintf("a.log:1%s%s", *planted[i].pointer == '\0' ? "" : " ", planted[i].pointer);
        f = judged_nth(&j, rule, 0);
        if (j.found.levels[FINDING_FAIL] != 1 || strcmp(f->subject, subject) != 0)
            fail_msg("%s: %zu, %s", planted[i].line, j.found.levels[FINDING_FAIL], f->subject);
        assert_true(*f->evidence != '\0' && *f->fix != '\0');
        judged_fini(&j);
        free(subject);
        free(rule);
    }
}

/* Judged as any other line, what is corrected has no fault. */
static void
what_is_corrected_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLANTED; i++) {
        struct judged j, again;
        const char *corrected;

        judge_one(&j, planted[i].line, 0);
        corrected = j.found.items[0].corrected;
        if ((planted[i].mended != NULL) != (*corrected != '\0'))
            fail_msg("%s\nis corrected as %s", planted[i].line, corrected);
        if (planted[i].mended != NULL) {
            if (strstr(corrected, planted[i].mended) == NULL)
                fail_msg("%s\nis corrected as\n%s\nwithout\n%s", planted[i].line, corrected,
                         planted[i].mended);
            judge_one(&again, corrected, 0);
            assert_int_equal(again.found.levels[FINDING_OK], again.found.count);
            judged_fini(&again);
        }
        judged_fini(&j);
    }
}

static void
what_is_sound_is_left_as_it_is(void **state)
{
    static const char *const lines[] = { WELL, "plain", "", "{}",
                                         "2026-11-23T01:02:03.004Z\tr\tINFO\t" WELL };
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_false(emf_mend(&b, lines[i], strlen(lines[i]), JUDGED_NOW));
        assert_int_equal(b.len, 0);
    }
    buf_fini(&b);
}

static void
several_faults_are_corrected_at_once(void **state)
{
    struct judged j;

    (void)state;
    judge_one(
        &j,
        "{\"f\":7,\"d\":\"12\",\"e\":[],\"_aws\":{\"Timestamp\":\"" TIME
        "\",\"CloudWatchMetrics\":[{"
        "\"namespace\":\"N\",\"Dimensions\":[\"f\"],\"Metrics\":[{\"Name\":\"d\",\"Unit\":\"ms\"},"
        "\"e\",{\"Name\":\"D\"}]}]}}",
        0);
    assert_string_equal(
        j.found.items[0].corrected,
        "{\"f\":\"7\",\"d\":12,\"e\":[],\"_aws\":{\"Timestamp\":" TIME ","
        "\"CloudWatchMetrics\":[{\"Dimensions\":[[\"f\"]],\"Metrics\":[{\"Name\":\"d\","
        "\"Unit\":\"Milliseconds\"}],\"Namespace\":\"N\"}]}}");
    judged_fini(&j);
}

static void
more_metrics_than_fit_are_spread(void **state)
{
    struct judged j, again;
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    buf_addc(&b, '{');
    for (int i = 0; i < 250; i++)
        buf_addf(&b, "\"m%d\":1,", i);
    buf_adds(&b, "\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":[{\"Namespace\":\"N\","
                 "\"Dimensions\":[[]],\"Metrics\":[");
    for (int i = 0; i < 250; i++)
        buf_addf(&b, "%s{\"Name\":\"m%d\"}", i == 0 ? "" : ",", i);
    buf_adds(&b, "]}]}}");
    judge_one(&j, b.data, 0);
    assert_int_equal(judged_count(&j, "emf.metrics-too-many"), 1);
    judge_one(&again, j.found.items[0].corrected, 0);
    assert_int_equal(again.found.levels[FINDING_FAIL], 0);
    assert_non_null(strstr(again.found.notes[0], "250 metrics"));
    judged_fini(&again);
    judged_fini(&j);
    buf_fini(&b);
}

/* Where it is known when a line came, the two weeks count; a file does not say. */
static void
age_is_judged_where_it_is_known(void **state)
{
    static const struct {
        int64_t arrived_ms;
        size_t faults;
    } cases[] = {
        { 0, 0 },
        { INT64_C(1795394134547) + LIMIT_PAST_MS, 0 },
        { INT64_C(1795394134547) + LIMIT_PAST_MS + 1, 1 },
        { INT64_C(1795394134547) - LIMIT_FUTURE_MS, 0 },
        { INT64_C(1795394134547) - LIMIT_FUTURE_MS - 1, 1 },
    };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        judge_one(&j, WELL, cases[i].arrived_ms);
        assert_int_equal(j.found.levels[FINDING_FAIL], cases[i].faults);
        judged_fini(&j);
    }
}

static void
no_document_is_not_enough(void **state)
{
    struct judged j;

    (void)state;
    judged_lines(&j, &check_emf, NULL, (const char *const[]){ "plain", "{\"a\":1}", "", NULL });
    assert_int_equal(j.found.count, 1);
    assert_int_equal(judged_nth(&j, "emf", 0)->level, FINDING_UNKNOWN);
    judged_fini(&j);
}

static void
what_is_alike_is_one_finding_and_corrected_once(void **state)
{
    struct judged j;

    (void)state;
    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_emf));
    for (int i = 0; i < 5000; i++)
        judged_line(&j, METRICS("[{\"Name\":\"Duration\",\"Unit\":\"ms\"}]"));
    judged_close(&j);
    assert_int_equal(j.found.levels[FINDING_FAIL], 1);
    assert_non_null(strstr(j.found.items[0].evidence, "(5000 times, first at a.log:1)"));
    assert_true(*j.found.items[0].corrected != '\0');
    judged_fini(&j);
}

/* A document of faults alone is judged in its turn, and takes no longer than one line may. */
static void
hostile_documents_have_a_verdict(void **state)
{
    char *deep = judged_nested(100000), *inside;
    struct judged j;
    struct buf b;

    (void)state;
    inside = xasprintf("{\"_aws\":%s}", deep);
    judge_one(&j, inside, 0);
    assert_int_equal(judged_count(&j, "emf.not-json"), 1);
    judged_fini(&j);
    buf_init(&b, LIMIT_LOG_EVENT_BYTES + 100);
    buf_adds(&b, "{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":[");
    while (b.len < LIMIT_LOG_EVENT_BYTES - 100)
        buf_adds(&b, "{\"Namespace\":7},");
    buf_adds(&b, "0]}}");
    judge_one(&j, b.data, 0);
    assert_true(j.found.levels[FINDING_FAIL] > 0);
    judged_fini(&j);
    buf_clear(&b);
    while (b.len <= LIMIT_LOG_EVENT_BYTES)
        buf_adds(&b, "\"_aws\"          ");
    judge_one(&j, b.data, 0);
    assert_int_equal(judged_count(&j, "emf.document-too-large"), 1);
    judged_fini(&j);
    buf_fini(&b);
    free(inside);
    free(deep);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_planted_fault_is_told_with_its_place_and_fix),
        cmocka_unit_test(what_is_corrected_is_sound),
        cmocka_unit_test(what_is_sound_is_left_as_it_is),
        cmocka_unit_test(several_faults_are_corrected_at_once),
        cmocka_unit_test(more_metrics_than_fit_are_spread),
        cmocka_unit_test(age_is_judged_where_it_is_known),
        cmocka_unit_test(no_document_is_not_enough),
        cmocka_unit_test(what_is_alike_is_one_finding_and_corrected_once),
        cmocka_unit_test(hostile_documents_have_a_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
