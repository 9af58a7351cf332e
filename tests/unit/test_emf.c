/* test_emf.c - documents as libraries write them, and as people do.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "domain/emf.h"
#include "domain/limits.h"
#include "domain/web_vitals.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NOW      1795394140000
#define TIME     "1795394134547"

struct reading {
    struct arena *arena;
    struct emf_result r;
};

static struct reading
read_line(const char *line)
{
    struct reading x = { .arena = arena_new() };

    emf_read(&x.r, x.arena, line, strlen(line), NOW);
    return x;
}

static void
done(struct reading *x)
{
    arena_free(x->arena);
}

/* What aws-embedded-metrics 4.2.1 sends over TCP, recorded. */
static const char recorded[] =
    "{\"LogGroup\":\"/obs/web\",\"ServiceName\":\"web\",\"ServiceType\":\"NodeJS\",\"Page\":\"/"
    "home\","
    "\"requestId\":\"r-1\",\"_aws\":{\"Timestamp\":1795394134547,\"LogGroupName\":\"/obs/web\","
    "\"LogStreamName\":\"st\",\"CloudWatchMetrics\":[{\"Dimensions\":[[\"LogGroup\","
    "\"ServiceName\","
    "\"ServiceType\",\"Page\"]],\"Metrics\":[{\"Name\":\"LCP\",\"Unit\":\"Milliseconds\"},"
    "{\"Name\":\"CLS\",\"Unit\":\"None\",\"StorageResolution\":1}],\"Namespace\":\"Shop/Web\"}]},"
    "\"LCP\":[1234.5,900],\"CLS\":0.02}\n";

static void
a_librarys_line_is_read_without_complaint(void **state)
{
    struct reading x = read_line(recorded);
    const struct metric_datum *d = x.r.data;

    (void)state;
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.fault_count, 0);
    assert_int_equal(x.r.datum_count, 2);
    assert_true(x.r.value_count == 3);
    assert_string_equal(x.r.log_group, "/obs/web");
    assert_string_equal(x.r.log_stream, "st");
    assert_true(x.r.time_ms == 1795394134547);
    assert_string_equal(d[0].namespace_name, "Shop/Web");
    assert_string_equal(d[0].metric, "LCP");
    assert_int_equal(d[0].unit, UNIT_MILLISECONDS);
    assert_false(d[0].high_resolution);
    assert_int_equal(d[0].value_count, 2);
    assert_true(d[0].values[0] == 1234.5 && d[0].values[1] == 900);
    assert_null(d[0].counts);
    assert_int_equal(d[0].set_count, 1);
    assert_int_equal(d[0].sets[0].count, 4);
    assert_string_equal(d[0].sets[0].dims[0].name, "LogGroup");
    assert_string_equal(d[0].sets[0].dims[1].name, "Page"); /* sorted */
    assert_string_equal(d[0].sets[0].dims[1].value, "/home");
    assert_true(d[1].high_resolution);
    assert_true(d[1].time_ms == 1795394134547);
    done(&x);
}

/* OpenTelemetry's exporter: a summary, and a histogram. */
static void
statistic_sets_are_read(void **state)
{
    struct reading x = read_line(
        "{\"OTelLib\":\"x\",\"Version\":\"1\",\"_aws\":{\"CloudWatchMetrics\":[{\"Namespace\":"
        "\"app\","
        "\"Dimensions\":[[\"OTelLib\"],[]],\"Metrics\":[{\"Name\":\"wait\"},{\"Name\":\"size\"},"
        "{\"Name\":\"idle\"}]}],\"Timestamp\":" TIME "},"
        "\"wait\":{\"Max\":3,\"Min\":1,\"Count\":2,\"Sum\":4},"
        "\"size\":{\"Values\":[10,20],\"Counts\":[3,1],\"Max\":20,\"Min\":10,\"Count\":4,\"Sum\":"
        "50},"
        "\"idle\":{\"Max\":0,\"Min\":0,\"Count\":0,\"Sum\":0}}");
    const struct metric_datum *d = x.r.data;

    (void)state;
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.fault_count, 0);
    assert_int_equal(x.r.datum_count, 2);
    assert_int_equal(d[0].value_count, 0);
    assert_true(d[0].statistics.count == 2 && d[0].statistics.sum == 4);
    assert_true(d[0].statistics.min == 1 && d[0].statistics.max == 3);
    assert_int_equal(d[1].value_count, 2);
    assert_true(d[1].values[1] == 20 && d[1].counts[0] == 3 && d[1].counts[1] == 1);
    assert_true(x.r.value_count == 3);
    done(&x);
}

#define DIRECTIVE(dims, metrics) \
    "{\"Namespace\":\"N\",\"Dimensions\":" dims ",\"Metrics\":" metrics "}"
#define DOC(directives, members) \
    "{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":[" directives "]}" members "}"
#define ONE "[{\"Name\":\"m\"}]"

static void
every_set_is_a_series_and_twins_are_one(void **state)
{
    struct reading x = read_line(DOC(DIRECTIVE("[[\"a\",\"b\"],[\"a\"],[],[\"b\",\"a\"],[]]", ONE),
                                     ",\"a\":\"1\",\"b\":\"2\",\"m\":3"));

    (void)state;
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.fault_count, 0);
    assert_int_equal(x.r.datum_count, 1);
    assert_int_equal(x.r.data[0].set_count, 3);
    assert_int_equal(x.r.data[0].sets[0].count, 2);
    assert_int_equal(x.r.data[0].sets[2].count, 0);
    assert_int_equal(x.r.data[0].unit, UNIT_NONE);
    assert_true(x.r.value_count == 1); /* not multiplied by sets */
    done(&x);
}

/* aws-embedded-metrics after resetDimensions(false). */
static void
no_set_is_one_without_dimensions(void **state)
{
    struct reading x = read_line(DOC(DIRECTIVE("[]", ONE), ",\"m\":3"));

    (void)state;
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.fault_count, 0);
    assert_int_equal(x.r.datum_count, 1);
    assert_int_equal(x.r.data[0].set_count, 1);
    assert_int_equal(x.r.data[0].sets[0].count, 0);
    done(&x);
}

static void
several_directives_are_several_namespaces(void **state)
{
    struct reading x =
        read_line("{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":["
                  "{\"Namespace\":\"A\",\"Dimensions\":[[]],\"Metrics\":[{\"Name\":\"m\"}]},"
                  "{\"Namespace\":\"B\",\"Dimensions\":[[\"a\"]],\"Metrics\":[{\"Name\":\"m\"},"
                  "{\"Name\":\"n\",\"StorageResolution\":60}]}]},\"a\":\"x\",\"m\":1,\"n\":[2,3]}");

    (void)state;
    assert_int_equal(x.r.fault_count, 0);
    assert_int_equal(x.r.datum_count, 3);
    assert_string_equal(x.r.data[0].namespace_name, "A");
    assert_string_equal(x.r.data[2].namespace_name, "B");
    assert_string_equal(x.r.data[2].metric, "n");
    assert_true(x.r.value_count == 4);
    done(&x);
}

static void
all_units_are_read(void **state)
{
    (void)state;
    for (int u = 0; u < UNITS; u++) {
        char line[512];
        struct reading x;

        snprintf(line, sizeof line,
                 DOC(DIRECTIVE("[[]]", "[{\"Name\":\"m\",\"Unit\":\"%s\"}]"), ",\"m\":1"),
                 unit_name((enum unit)u));
        x = read_line(line);
        assert_int_equal(x.r.datum_count, 1);
        assert_int_equal(x.r.data[0].unit, u);
        done(&x);
    }
}

/* --- what is no document, and no fault either */

static void
ordinary_lines_are_plain(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "   ",
        "hello",
        "START RequestId: 8f3c Version: $LATEST",
        "REPORT RequestId: 8f3c\tDuration: 12.34 ms\tBilled Duration: 13 ms\t",
        "{\"level\":\"INFO\",\"message\":\"cart loaded\"}",
        "{\"level\":\"INFO\",\"message\":\"the \\\"_aws\\\" member\"}",
        "the \"_aws\" member of a document",
        "see {\"_aws\":1} there",
        "[\"_aws\"]",
        "{\"message\":\"\\\"_aws\\\" and not closed",
        "{\"a\":{\"b\":{\"_aws\":1}}}",
        "2026-11-23T01:02:03.004Z\t8f3c\tINFO\tplain \"_aws\" text",
        "{\"message\":\"set \\\"_aws\\\" and \\\"CloudWatchMetrics\\\" in it\"}",
        "we send _aws: with CloudWatchMetrics: in it",
        "{\"a\":{\"_aws\":{\"region\":\"eu-west-1\"}}}",
        "my_aws={region=eu-west-1}",
        "_aws",
        "{_aws:map[",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct reading x = read_line(lines[i]);

        if (x.r.kind != EMF_PLAIN || x.r.fault_count != 0)
            fail_msg("%s: kind %d, %zu faults", lines[i], (int)x.r.kind, x.r.fault_count);
        done(&x);
    }
}

static void
idle_documents_are_accepted_silently(void **state)
{
    static const char *const lines[] = {
        DOC(DIRECTIVE("[[]]", "[]"), ""),
        DOC(DIRECTIVE("[[\"gone\"]]", "[]"), ""),
        DOC("", ",\"m\":1"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct reading x = read_line(lines[i]);

        assert_int_equal(x.r.kind, EMF_DOCUMENT);
        assert_int_equal(x.r.fault_count, 0);
        assert_int_equal(x.r.datum_count, 0);
        done(&x);
    }
}

static void
lambdas_own_prefix_is_stepped_over(void **state)
{
    static const char *const prefixes[] = {
        "2026-11-23T01:02:03.004Z\t8f3c6d2e-0000-4000-8000-000000000000\tINFO\t",
        "2026-11-23T01:02:03.004Z\tundefined\tERROR\t",
        " \t\n",
    };
    char line[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        struct reading x;

        snprintf(line, sizeof line, "%s%s", prefixes[i], recorded);
        x = read_line(line);
        assert_int_equal(x.r.kind, EMF_DOCUMENT);
        assert_int_equal(x.r.datum_count, 2);
        assert_int_equal(x.r.fault_count, 0);
        done(&x);
    }
}

static void
a_document_over_several_lines_is_one_event(void **state)
{
    struct reading x =
        read_line("{\r  \"_aws\": {\r\"Timestamp\": " TIME
                  ",\r\"CloudWatchMetrics\": [" DIRECTIVE("[[]]", ONE) "]},\r \"m\": 1\r}\r");

    (void)state;
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.datum_count, 1);
    done(&x);
}

/* --- planted defects: what each costs, and how it is told */

#define LONG_16 "xxxxxxxxxxxxxxxx"
#define LONG_256                                                                            \
    LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 \
        LONG_16 LONG_16 LONG_16 LONG_16 LONG_16
#define LONG_1025 LONG_256 LONG_256 LONG_256 LONG_256 "x"
#define DIRECTIVE_IN(namespace) \
    "{\"Namespace\":" namespace ",\"Dimensions\":[[]],\"Metrics\":[{\"Name\":\"m\"}]}"
#define NAMED(name)                 DOC(DIRECTIVE("[[\"" name "\"]]", ONE), ",\"" name "\":\"v\",\"m\":1")
#define VALUED(value)               DOC(DIRECTIVE("[[\"d\"]]", ONE), ",\"d\":" value ",\"m\":1")
#define MEASURED(definition, value) DOC(DIRECTIVE("[[]]", "[" definition "]"), ",\"m\":" value)
#define TIMED(time)                                                                                \
    "{\"_aws\":{\"Timestamp\":" time ",\"CloudWatchMetrics\":[" DIRECTIVE("[[]]", ONE) "]},\"m\":" \
                                                                                       "1}"

struct planted {
    const char *rule;
    const char *pointer;
    enum emf_kind kind;
    size_t survivors; /* data that are extracted nevertheless */
    const char *line;
};

#define CW "/_aws/CloudWatchMetrics"

static const struct planted planted[] = {
    /* the line */
    { "not-json", "", EMF_MALFORMED, 0, "{\"_aws\":{\"Timestamp\":" },
    { "not-json", "", EMF_MALFORMED, 0, DOC(DIRECTIVE("[[]]", ONE), ",\"m\":1") "}" },
    { "not-json", "", EMF_MALFORMED, 0, DOC(DIRECTIVE("[[]]", ONE), ",\"m\":NaN") },
    { "not-json", "", EMF_MALFORMED, 0, "{'_aws':1,\"_aws\":{}}" },
    { "document-behind-text", "", EMF_PLAIN, 0, "INFO " DOC(DIRECTIVE("[[]]", ONE), ",\"m\":1") },
    { "document-behind-text", "", EMF_PLAIN, 0,
      "[INFO]\t2026-11-23T01:02:03.004Z\tr-1\t" DOC(DIRECTIVE("[[]]", ONE), ",\"m\":1") },
    { "document-behind-text", "", EMF_PLAIN, 0,
      "2026-11-23T01:02:03.004Z\tr-1\tINFO\tmetrics: " DOC(DIRECTIVE("[[]]", ONE), ",\"m\":1") },
    { "document-inside-text", "/message", EMF_PLAIN, 0,
      "{\"timestamp\":\"t\",\"level\":\"INFO\",\"requestId\":\"r\",\"message\":\"{\\\"_aws\\\":"
      "{\\\"Timestamp\\\":1,\\\"CloudWatchMetrics\\\":[]}}\"}" },
    { "document-inside-object", "/message", EMF_PLAIN, 0,
      "{\"level\":\"INFO\",\"message\":{\"_aws\":{\"CloudWatchMetrics\":[]}}}" },
    { "document-inside-object", "/a/1/b~1c", EMF_PLAIN, 0,
      "{\"a\":[0,{\"b/c\":{\"_aws\":{\"CloudWatchMetrics\":[]}}}]}" },
    { "document-inside-object", "/0", EMF_PLAIN, 0, "[{\"_aws\":{\"CloudWatchMetrics\":[]}}]" },
    { "document-inside-text", "/a/message", EMF_PLAIN, 0,
      "{\"a\":{\"message\":\"{\\\"_aws\\\": {\\\"CloudWatchMetrics\\\":[]}}\"}}" },
    { "document-inside-text", "", EMF_PLAIN, 0,
      "\"{\\\"_aws\\\":{\\\"CloudWatchMetrics\\\":[]}}\"" },
    { "document-inside-text", "", EMF_PLAIN, 0, "{\\\"_aws\\\":{\\\"CloudWatchMetrics\\\":[]}}" },
    { "document-inside-text", "/message", EMF_PLAIN, 0,
      "{\"message\":\"{ _aws: { Timestamp: 1, CloudWatchMetrics: [ [Object] ] } }\"}" },
    { "not-json", "", EMF_PLAIN, 0, "INFO " DOC(DIRECTIVE("[[]]", ONE), ",\"m\":1") " took 3 ms" },
    { "not-json", "", EMF_PLAIN, 0, "{'_aws': {'Timestamp': 1, 'CloudWatchMetrics': []}, 'm': 1}" },
    { "not-json", "", EMF_PLAIN, 0,
      "{ _aws: { Timestamp: 17, CloudWatchMetrics: [ [Object] ] }, page: 'x' }" },
    { "not-json", "", EMF_PLAIN, 0,
      "2026-11-23T01:02:03.004Z\tr-1\tINFO\t{ _aws: { CloudWatchMetrics: [] } }" },
    { "not-json", "", EMF_PLAIN, 0, "{_aws={Timestamp=1, CloudWatchMetrics=[{Namespace=x}]}}" },
    { "not-json", "", EMF_PLAIN, 0, "map[_aws:map[CloudWatchMetrics:[map[Namespace:x]]] m:1]" },
    /* the metadata */
    { "metadata-type", "/_aws", EMF_MALFORMED, 0, "{\"_aws\":\"yes\",\"m\":1}" },
    { "metadata-type", "/_aws", EMF_MALFORMED, 0, "{\"_aws\":[],\"m\":1}" },
    { "directives-missing", "/_aws", EMF_MALFORMED, 0, "{\"_aws\":{\"Timestamp\":" TIME "}}" },
    { "directives-missing", "/_aws", EMF_MALFORMED, 0,
      "{\"_aws\":{\"Timestamp\":" TIME ",\"cloudWatchMetrics\":[]}}" },
    { "directives-type", CW, EMF_MALFORMED, 0,
      "{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":{}}}" },
    { "timestamp-missing", "/_aws", EMF_INVALID, 0,
      "{\"_aws\":{\"CloudWatchMetrics\":[" DIRECTIVE("[[]]", ONE) "]},\"m\":1}" },
    { "timestamp-type", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("\"" TIME "\"") },
    { "timestamp-type", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("null") },
    { "timestamp-not-whole", "/_aws/Timestamp", EMF_INVALID, 0, TIMED(TIME ".5") },
    { "timestamp-not-whole", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("1e999") },
    { "timestamp-too-old", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("1795394134") },
    { "timestamp-too-old", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("1794184539999") },
    { "timestamp-too-new", "/_aws/Timestamp", EMF_INVALID, 0, TIMED("1795401340001") },
    { "timestamp-too-new", "/_aws/Timestamp", EMF_INVALID, 0, TIMED(TIME "000") },
    /* the directive */
    { "directive-type", CW "/0", EMF_INVALID, 0, DOC("7", ",\"m\":1") },
    { "directive-type", CW "/0", EMF_DOCUMENT, 1, DOC("null," DIRECTIVE("[[]]", ONE), ",\"m\":1") },
    { "namespace-missing", CW "/0", EMF_INVALID, 0,
      DOC("{\"Dimensions\":[[]],\"Metrics\":" ONE "}", ",\"m\":1") },
    { "namespace-type", CW "/0/Namespace", EMF_INVALID, 0, DOC(DIRECTIVE_IN("5"), ",\"m\":1") },
    { "namespace-blank", CW "/0/Namespace", EMF_INVALID, 0,
      DOC(DIRECTIVE_IN("\" \""), ",\"m\":1") },
    { "namespace-too-long", CW "/0/Namespace", EMF_INVALID, 0,
      DOC(DIRECTIVE_IN("\"" LONG_256 "\""), ",\"m\":1") },
    { "namespace-colon", CW "/0/Namespace", EMF_INVALID, 0,
      DOC(DIRECTIVE_IN("\":N\""), ",\"m\":1") },
    { "namespace-reserved", CW "/0/Namespace", EMF_INVALID, 0,
      DOC(DIRECTIVE_IN("\"AWS/Lambda\""), ",\"m\":1") },
    { "namespace-characters", CW "/0/Namespace", EMF_INVALID, 0,
      DOC(DIRECTIVE_IN("\"N\xc3\xa9\""), ",\"m\":1") },
    { "namespace-characters", CW "/1/Namespace", EMF_DOCUMENT, 1,
      DOC(DIRECTIVE_IN("\"N\"") "," DIRECTIVE_IN("\"N&M\""), ",\"m\":1") },
    { "dimensions-missing", CW "/0", EMF_INVALID, 0,
      DOC("{\"Namespace\":\"N\",\"Metrics\":" ONE "}", ",\"m\":1") },
    { "dimensions-type", CW "/0/Dimensions", EMF_INVALID, 0,
      DOC(DIRECTIVE("\"d\"", ONE), ",\"d\":\"v\",\"m\":1") },
    { "metrics-missing", CW "/0", EMF_INVALID, 0,
      DOC("{\"Namespace\":\"N\",\"Dimensions\":[[]]}", ",\"m\":1") },
    { "metrics-type", CW "/0/Metrics", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[]]", "{\"Name\":\"m\"}"), ",\"m\":1") },
    /* a dimension set */
    { "dimension-set-type", CW "/0/Dimensions/0", EMF_INVALID, 0,
      DOC(DIRECTIVE("[\"d\"]", ONE), ",\"d\":\"v\",\"m\":1") },
    { "dimension-set-type", CW "/0/Dimensions/1", EMF_DOCUMENT, 1,
      DOC(DIRECTIVE("[[\"d\"],\"d\"]", ONE), ",\"d\":\"v\",\"m\":1") },
    { "dimension-set-too-many", CW "/0/Dimensions/0", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"
                    "29,30,31]]",
                    ONE),
          ",\"m\":1") },
    { "dimension-name-type", CW "/0/Dimensions/0/0", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[{\"d\":\"v\"}]]", ONE), ",\"m\":1") },
    { "dimension-name-blank", CW "/0/Dimensions/0/0", EMF_INVALID, 0, NAMED("") },
    { "dimension-name-too-long", CW "/0/Dimensions/0/0", EMF_INVALID, 0, NAMED(LONG_256) },
    { "dimension-name-colon", CW "/0/Dimensions/0/0", EMF_INVALID, 0, NAMED(":d") },
    { "dimension-name-characters", CW "/0/Dimensions/0/0", EMF_INVALID, 0, NAMED("d\xc3\xa9") },
    { "dimension-repeated", CW "/0/Dimensions/0", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[\"d\",\"d\"]]", ONE), ",\"d\":\"v\",\"m\":1") },
    { "dimension-target-missing", CW "/0/Dimensions/0/1", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[\"d\",\"e\"]]", ONE), ",\"d\":\"v\",\"m\":1") },
    { "dimension-target-missing", CW "/0/Dimensions/1/0", EMF_DOCUMENT, 1,
      DOC(DIRECTIVE("[[\"d\"],[\"E\"]]", ONE), ",\"d\":\"v\",\"e\":\"v\",\"m\":1") },
    { "dimension-target-type", "/d", EMF_INVALID, 0, VALUED("12") },
    { "dimension-target-type", "/d", EMF_INVALID, 0, VALUED("null") },
    { "dimension-target-blank", "/d", EMF_INVALID, 0, VALUED("\" \"") },
    { "dimension-target-too-long", "/d", EMF_INVALID, 0, VALUED("\"" LONG_1025 "\"") },
    { "dimension-target-characters", "/d", EMF_INVALID, 0, VALUED("\"M\xc3\xbcnchen\"") },
    { "dimension-target-characters", "/d", EMF_INVALID, 0, VALUED("\"a\\nb\"") },
    /* a metric */
    { "metric-type", CW "/0/Metrics/0", EMF_INVALID, 0, MEASURED("\"m\"", "1") },
    { "metric-name-missing", CW "/0/Metrics/0", EMF_INVALID, 0, MEASURED("{\"name\":\"m\"}", "1") },
    { "metric-name-type", CW "/0/Metrics/0/Name", EMF_INVALID, 0, MEASURED("{\"Name\":3}", "1") },
    { "metric-name-blank", CW "/0/Metrics/0/Name", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"\"}", "1") },
    { "metric-name-too-long", CW "/0/Metrics/0/Name", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"" LONG_256 "\"}", "1") },
    { "metric-repeated", CW "/0/Metrics/1/Name", EMF_DOCUMENT, 1,
      MEASURED("{\"Name\":\"m\"},{\"Name\":\"m\",\"StorageResolution\":1}", "1") },
    { "unit-type", CW "/0/Metrics/0/Unit", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\",\"Unit\":null}", "1") },
    { "unit-unknown", CW "/0/Metrics/0/Unit", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\",\"Unit\":\"milliseconds\"}", "1") },
    { "unit-unknown", CW "/0/Metrics/0/Unit", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\",\"Unit\":\"Requests\"}", "1") },
    { "resolution-invalid", CW "/0/Metrics/0/StorageResolution", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\",\"StorageResolution\":10}", "1") },
    { "resolution-invalid", CW "/0/Metrics/0/StorageResolution", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\",\"StorageResolution\":\"1\"}", "1") },
    { "metric-target-missing", CW "/0/Metrics/0/Name", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"n\"}", "1") },
    { "metric-target-missing", CW "/0/Metrics/1/Name", EMF_DOCUMENT, 1,
      MEASURED("{\"Name\":\"m\"},{\"Name\":\"M\"}", "1") },
    { "metric-target-type", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "\"12\"") },
    { "metric-target-type", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "null") },
    { "metric-target-type", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "{\"v\":1}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Count\":\"2\",\"Sum\":1}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Count\":-2,\"Sum\":1}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Count\":2,\"Sum\":1e300,\"Max\":1}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Count\":2,\"Sum\":1,\"Min\":3,\"Max\":1}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Values\":[1,2],\"Counts\":[1]}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Values\":[],\"Counts\":[]}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Values\":{\"a\":1},\"Counts\":{\"a\":1}}") },
    { "statistics-invalid", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}", "{\"Values\":[1],\"Counts\":[0]}") },
    { "metric-target-type", "/m/1", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "[1,\"2\"]") },
    { "metric-target-type", "/a~1b~0c", EMF_INVALID, 0,
      DOC(DIRECTIVE("[[]]", "[{\"Name\":\"a/b~c\"}]"), ",\"a/b~c\":true") },
    { "values-empty", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "[]") },
    { "values-too-many", "/m", EMF_INVALID, 0,
      MEASURED("{\"Name\":\"m\"}",
               "[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,"
               "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,"
               "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0]") },
    { "value-range", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "1e120") },
    { "value-range", "/m", EMF_INVALID, 0, MEASURED("{\"Name\":\"m\"}", "-1e999") },
};

static void
each_planted_defect_is_found_and_costs_the_least(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(planted); i++) {
        const struct planted *p = &planted[i];
        struct reading x = read_line(p->line);

        if (x.r.fault_count != 1 || strcmp(x.r.faults[0].rule, p->rule) != 0 ||
            strcmp(x.r.faults[0].pointer, p->pointer) != 0 || x.r.kind != p->kind ||
            x.r.datum_count != p->survivors)
            fail_msg("%.120s: kind %d, %zu data, %zu faults: %s at %s", p->line, (int)x.r.kind,
                     x.r.datum_count, x.r.fault_count,
                     x.r.fault_count > 0 ? x.r.faults[0].rule : "none",
                     x.r.fault_count > 0 ? x.r.faults[0].pointer : "-");
        assert_true(strlen(x.r.faults[0].text) > 10);
        assert_true(strlen(x.r.faults[0].fix) > 5);
        done(&x);
    }
}

static void
the_edges_themselves_are_sound(void **state)
{
    static const char *const lines[] = {
        TIMED("1794184540000"), /* 14 days back to the millisecond */
        TIMED("1795401340000"), /* 2 hours ahead */
        MEASURED("{\"Name\":\"m\",\"StorageResolution\":60,\"Unit\":\"None\"}", "-1e100"),
        MEASURED("{\"Name\":\"m\",\"Unknown\":1}", "[1]"),
        VALUED("\"x\""),
        NAMED("_"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct reading x = read_line(lines[i]);

        if (x.r.kind != EMF_DOCUMENT || x.r.fault_count != 0 || x.r.datum_count != 1)
            fail_msg("%s: %s", lines[i], x.r.fault_count > 0 ? x.r.faults[0].text : "no datum");
        done(&x);
    }
}

static void
faults_tell_the_way_out(void **state)
{
    static const struct {
        const char *line;
        const char *text;
        const char *fix;
    } told[] = {
        { MEASURED("{\"Name\":\"m\",\"Unit\":\"milliseconds\"}", "1"),
          "\"milliseconds\" is not a unit of CloudWatch", "did you mean Milliseconds?" },
        { MEASURED("{\"Name\":\"m\",\"Unit\":\"ms\"}", "1"), "\"ms\" is not a unit of CloudWatch",
          "did you mean Milliseconds?" },
        { MEASURED("{\"name\":\"m\"}", "1"), "Name is missing",
          "names are case-sensitive: write \"Name\" instead of \"name\"" },
        { DOC(DIRECTIVE("[[\"E\"]]", ONE), ",\"e\":\"v\",\"m\":1"),
          "the document has no member \"E\" to take the dimension from",
          "names are case-sensitive: write \"E\" instead of \"e\"" },
        { TIMED("1795394134"), "1795394134 is more than 14 days ago",
          "these look like seconds: multiply by 1000" },
        { VALUED("\"\\u001b[2Jn\xc3\xb6\""),
          "the value of a dimension, \"\xef\xbf\xbd[2Jn\xc3\xb6\", is not printable ASCII",
          "use printable ASCII" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(told); i++) {
        struct reading x = read_line(told[i].line);

        assert_int_equal(x.r.fault_count, 1);
        assert_string_equal(x.r.faults[0].text, told[i].text);
        assert_string_equal(x.r.faults[0].fix, told[i].fix);
        done(&x);
    }
}

/* --- bounds */

static void
a_hundred_metrics_and_no_more(void **state)
{
    struct buf b;

    (void)state;
    for (int n = 100; n <= 101; n++) {
        struct reading x = { .arena = arena_new() };

        buf_init(&b, 1 << 20);
        buf_adds(&b,
                 "{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":[{\"Namespace\":\"N\","
                 "\"Dimensions\":[[]],\"Metrics\":[{\"Name\":\"m0\"}");
        for (int i = 1; i < n; i++)
            buf_addf(&b, ",{\"Name\":\"m%d\"}", i);
        buf_adds(&b, "]}]}");
        for (int i = 0; i < n; i++)
            buf_addf(&b, ",\"m%d\":%d", i, i);
        buf_addc(&b, '}');
        emf_read(&x.r, x.arena, b.data, b.len, NOW);
        assert_int_equal(x.r.datum_count, n == 100 ? 100 : 0);
        assert_int_equal(x.r.fault_count, n == 100 ? 0 : 1);
        if (n == 100)
            assert_true(x.r.data[99].values[0] == 99);
        else
            assert_string_equal(x.r.faults[0].rule, "metrics-too-many");
        done(&x);
        buf_fini(&b);
    }
}

/* 200 KB that would make a hundred million samples. */
static void
a_small_line_cannot_ask_for_the_world(void **state)
{
    struct reading x = { .arena = arena_new() };
    struct buf b;

    (void)state;
    buf_init(&b, LIMIT_LOG_EVENT_BYTES);
    buf_adds(&b, "{\"_aws\":{\"Timestamp\":" TIME ",\"CloudWatchMetrics\":[");
    for (int d = 0; d < 120; d++) {
        buf_addf(&b, "%s{\"Namespace\":\"N%d\",\"Dimensions\":[", d > 0 ? "," : "", d);
        for (int s = 0; s < 100; s++)
            buf_addf(&b, "%s[\"d%d\"]", s > 0 ? "," : "", s);
        buf_adds(&b, "],\"Metrics\":[");
        for (int m = 0; m < 100; m++)
            buf_addf(&b, "%s{\"Name\":\"m%d\"}", m > 0 ? "," : "", m);
        buf_adds(&b, "]}");
    }
    buf_adds(&b, "]}");
    for (int i = 0; i < 100; i++)
        buf_addf(&b, ",\"d%d\":\"v\",\"m%d\":[1,2,3]", i, i);
    buf_addc(&b, '}');
    assert_false(buf_failed(&b));
    emf_read(&x.r, x.arena, b.data, b.len, NOW);
    assert_int_equal(x.r.kind, EMF_DOCUMENT);
    assert_int_equal(x.r.datum_count, 100);
    assert_int_equal(x.r.fault_count, 50); /* no more are kept */
    assert_string_equal(x.r.faults[0].rule, "series-too-many");
    done(&x);
    buf_fini(&b);
}

static void
a_line_beyond_a_log_event_is_refused(void **state)
{
    size_t len = LIMIT_LOG_EVENT_BYTES + 1;
    struct reading x = { .arena = arena_new() };
    char *line = malloc(len);

    (void)state;
    assert_non_null(line);
    memset(line, ' ', len);
    memcpy(line, "{\"_aws\":{}", 10);
    line[len - 1] = '}';
    emf_read(&x.r, x.arena, line, len, NOW);
    assert_int_equal(x.r.kind, EMF_INVALID);
    assert_string_equal(x.r.faults[0].rule, "document-too-large");
    done(&x);
    free(line);
}

/* --- our own documents */

static void
the_emf_of_a_vital_reads_back_as_the_same_datum(void **state)
{
    const struct vital_sample samples[] = {
        { .vital = VITAL_LCP,
          .value = 1250.5,
          .rating = RATING_GOOD,
          .claimed = RATING_POOR,
          .url = "https://shop.example/products/42?q=\"x\"",
          .route = "/products/:id",
          .page_time_ms = 1795392530000 },
        { .vital = VITAL_CLS,
          .value = 0.1 + 0.2,
          .rating = RATING_POOR,
          .url = "",
          .route = "unknown" },
    };
    const struct vitals_post post = { .received_ms = NOW,
                                      .environment = "dev",
                                      .session_id = "s\\\"1",
                                      .user_agent = "Mozilla/5.0\t\xf0\x9f\x98\x80",
                                      .samples = samples,
                                      .sample_count = 2 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reading x = { .arena = arena_new() };
        const struct metric_datum *d;
        struct buf b;

        buf_init(&b, 4096);
        web_vitals_print_emf(&b, &post, i);
        emf_read(&x.r, x.arena, b.data, b.len, NOW);
        assert_int_equal(x.r.kind, EMF_DOCUMENT);
        assert_int_equal(x.r.fault_count, 0);
        assert_int_equal(x.r.datum_count, 1);
        d = x.r.data;
        assert_string_equal(d->namespace_name, WEB_VITALS_NAMESPACE);
        assert_string_equal(d->metric, vitals[samples[i].vital].name);
        assert_int_equal(d->unit, vitals[samples[i].vital].unit);
        assert_true(d->time_ms == NOW);
        assert_int_equal(d->value_count, 1);
        assert_true(d->values[0] == samples[i].value);
        assert_int_equal(d->set_count, 2);
        assert_int_equal(d->sets[0].count, 1);
        assert_string_equal(d->sets[1].dims[0].value, "dev");
        assert_string_equal(d->sets[1].dims[1].name, "route");
        assert_string_equal(d->sets[1].dims[1].value, samples[i].route);
        buf_fini(&b);
        done(&x);
    }
}

static void
where_a_document_begins_over_lines(void **state)
{
    static const char *const begins[] = { "  \"_aws\": {", "  _aws: {", "\t'_aws': {  \r",
                                          "\"_aws\":{" };
    static const char *const not [] = {
        "", "_aws", "\"_aws\": {}", "a _aws: {", "  \"_aws\": { \"Timestamp\": 1", "\"_aws\": ["
    };

    (void)state;
    for (size_t i = 0; i < COUNT(begins); i++)
        assert_true(emf_begins_over_lines(begins[i], strlen(begins[i])));
    for (size_t i = 0; i < COUNT(not ); i++)
        assert_false(emf_begins_over_lines(not [i], strlen(not [i])));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_a_document_begins_over_lines),
        cmocka_unit_test(a_librarys_line_is_read_without_complaint),
        cmocka_unit_test(statistic_sets_are_read),
        cmocka_unit_test(every_set_is_a_series_and_twins_are_one),
        cmocka_unit_test(no_set_is_one_without_dimensions),
        cmocka_unit_test(several_directives_are_several_namespaces),
        cmocka_unit_test(all_units_are_read),
        cmocka_unit_test(ordinary_lines_are_plain),
        cmocka_unit_test(idle_documents_are_accepted_silently),
        cmocka_unit_test(lambdas_own_prefix_is_stepped_over),
        cmocka_unit_test(a_document_over_several_lines_is_one_event),
        cmocka_unit_test(each_planted_defect_is_found_and_costs_the_least),
        cmocka_unit_test(the_edges_themselves_are_sound),
        cmocka_unit_test(faults_tell_the_way_out),
        cmocka_unit_test(a_hundred_metrics_and_no_more),
        cmocka_unit_test(a_small_line_cannot_ask_for_the_world),
        cmocka_unit_test(a_line_beyond_a_log_event_is_refused),
        cmocka_unit_test(the_emf_of_a_vital_reads_back_as_the_same_datum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
