/* real.c - what an emulator would have answered on an ordinary afternoon.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "real.h"

#include "../unit/answers.h"
#include "../unit/openreplay_captures.h"
#include "base/buf.h"
#include "base/json.h"
#include "domain/error_report.h"
#include "domain/pii_finding.h"
#include "tui/recording.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

#define TEXT_MAX (1u << 20)
#define REPORTER "/aws/lambda/obsview-dev-error-reporter"
#define RECORDED "4117009688166400008"

static_assert(REAL_NOW_MS == ANSWERS_NOW, "one clock");

static const char *const metrics[] = { "LCP", "INP", "CLS", "FCP", "TTFB" };
static const double p75s[] = { 2410, 236, 0.04, 1320, 610 };
static const double days[] = { 2230, 205, 0.04, 1340, 598 };

static const struct {
    const char *name;
    double loads, lcp, inp;
    int good, poor;
} routes[] = {
    { "/checkout", 212, 3840, 412, 52, 91 },
    { "/pricing", 288, 2610, 180, 74, 96 },
    { "/", 514, 1980, 120, 88, 99 },
    { "/products/:id", 190, 1210, 90, 97, 100 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A curve by hand: how far its points are apart, and where it has a gap. */
struct rhythm {
    unsigned count, step_ms, gap, period;
};
static const struct rhythm every_two_minutes = { 29, 120000, 11, 9 };
static const struct rhythm every_minute = { 59, 60000, 22, 17 };

/* ,"id":[[ms before now, value], ...] */
static void
add_curve(struct buf *b, const struct rhythm *rhythm, const char *id, double around, unsigned salt)
{
    buf_addf(b, ",\"%s\":[", id);
    for (unsigned i = 0; i < rhythm->count; i++) {
        unsigned phase = (i * (salt + 3) + salt) % rhythm->period;

        if (i == rhythm->gap)
            continue;
        buf_addf(b, "%s[%u,%g]", i > 0 ? "," : "", (rhythm->count - i) * rhythm->step_ms,
                 around * (0.8 + 0.4 * (double)phase / rhythm->period));
    }
    buf_adds(b, "]");
}

static void
add_trend(struct buf *b, const char *id, double around, unsigned salt)
{
    add_curve(b, &every_two_minutes, id, around, salt);
}

static void
answer_vitals(struct stage *s)
{
    struct buf names, now, day, parts;

    buf_init(&names, TEXT_MAX);
    buf_init(&now, TEXT_MAX);
    buf_init(&day, TEXT_MAX);
    buf_init(&parts, TEXT_MAX);
    for (size_t i = 0; i < COUNT(metrics); i++) {
        char trend[32];

        snprintf(trend, sizeof(trend), "trend.%s", metrics[i]);
        buf_addf(&names, "%s[\"%s\",\"environment\",\"dev\"]", i > 0 ? "," : "[", metrics[i]);
        for (size_t r = 0; r < COUNT(routes); r++)
            buf_addf(&names, ",[\"%s\",\"environment\",\"dev\",\"route\",\"%s\"]", metrics[i],
                     routes[r].name);
        buf_addf(&now, "%s\"p75.%s\":%g,\"n.%s\":1204", i > 0 ? "," : "{", metrics[i], p75s[i],
                 metrics[i]);
        add_trend(&now, trend, p75s[i], (unsigned)i);
        buf_addf(&day, "%s\"p75.%s\":%g", i > 0 ? "," : "{", metrics[i], days[i]);
    }
    for (size_t r = 0; r < COUNT(routes); r++) {
        const char *route = routes[r].name;

        buf_addf(&parts,
                 "%s\"p75.LCP.%s\":%g,\"n.LCP.%s\":%g,\"good.LCP.%s\":%d,\"poor.LCP.%s\":%d,"
                 "\"p75.INP.%s\":%g,\"n.INP.%s\":%g,\"p75.CLS.%s\":0.02,\"n.CLS.%s\":9",
                 r > 0 ? "," : "{", route, routes[r].lcp, route, routes[r].loads, route,
                 routes[r].good, route, routes[r].poor, route, routes[r].inp, route,
                 routes[r].loads, route, route);
    }
    buf_adds(&names, "]");
    buf_adds(&now, "}");
    buf_adds(&day, "}");
    buf_adds(&parts, "}");
    stage_names(s, "vitals.names", "UserMetrics/Frontend", names.data);
    stage_points(s, "vitals.now", now.data);
    stage_points(s, "vitals.day", day.data);
    stage_points(s, "vitals.spread.LCP",
                 "{\"n\":1204,\"e0\":10,\"e1\":50,\"e2\":75,\"e3\":95,\"e4\":99}");
    stage_points(s, "vitals.routes", parts.data);
    buf_fini(&names);
    buf_fini(&now);
    buf_fini(&day);
    buf_fini(&parts);
}

static void
add_event(struct buf *b, unsigned id, long ago_ms, const char *type, const char *message,
          const char *route, const char *frame)
{
    buf_addf(b,
             "%s[\"%u\",%ld,\"{\\\"level\\\":\\\"ERROR\\\",\\\"message\\\":\\\"%s\\\","
             "\\\"functionName\\\":\\\"obsview-dev-error-reporter\\\","
             "\\\"context\\\":{\\\"url\\\":\\\"http://localhost:5173%s\\\","
             "\\\"route\\\":\\\"%s\\\",\\\"sessionId\\\":\\\"7c1e%u\\\","
             "\\\"userAgent\\\":\\\"Mozilla/5.0 Chrome/130.0 Safari/537.36\\\","
             "\\\"componentStack\\\":\\\"\\\\n    at CartTotal\\\\n    at App\\\"},"
             "\\\"error\\\":{\\\"message\\\":\\\"%s\\\",\\\"type\\\":\\\"%s\\\","
             "\\\"stack\\\":\\\"%s: %s\\\\n    at %s\\\\n"
             "    at renderWithHooks (node_modules/react-dom/index.js:14985:18)\\\"}}\"]",
             id > 0 ? "," : "[", id, ago_ms, message, route, route, id % 5, message, type, type,
             message, frame);
}

/* What the emulator says of the two groups. */
static void
add_group(struct buf *b, struct arena *arena, const char *type, const char *message,
          const char *frame, long ago_ms)
{
    struct fingerprint print;

    fingerprint_make(&print, arena, type, message, arena_printf(arena, "    at %s", frame));
    buf_addf(b, "%s{\"id\":\"%s\",\"firstMs\":%lld}", b->len > 0 ? "," : "{\"groups\":[",
             print.text, (long long)(ANSWERS_NOW - ago_ms));
}

static void
answer_first(struct stage *s)
{
    struct arena *arena = arena_new();
    struct buf groups;

    buf_init(&groups, TEXT_MAX);
    add_group(&groups, arena, "TypeError", "undefined is not an object (evaluating 'cart.total')",
              "CartTotal (src/cart/CartTotal.tsx:41:22)", 1800000);
    add_group(&groups, arena, "ChunkLoadError", "loading chunk 7 failed",
              "loadChunk (src/lazy.ts:7:3)", 1682000);
    buf_adds(&groups, "]}");
    stage_json(s, "errors.first", groups.data);
    buf_fini(&groups);
    arena_free(arena);
}

static void
answer_errors(struct stage *s)
{
    struct buf events;

    buf_init(&events, TEXT_MAX);
    for (unsigned i = 0; i < 30; i++) {
        long ago = 1800000 - (long)i * 59000;

        if (i % 3 < 2)
            add_event(&events, i, ago, "TypeError",
                      "undefined is not an object (evaluating 'cart.total')", "/checkout",
                      "CartTotal (src/cart/CartTotal.tsx:41:22)");
        else
            add_event(&events, i, ago, "ChunkLoadError", "loading chunk 7 failed", "/pricing",
                      "loadChunk (src/lazy.ts:7:3)");
    }
    buf_adds(&events, "]");
    stage_groups(s, "errors.groups", "[\"" REPORTER "\",\"/aws/lambda/checkout\"]");
    stage_events(s, "errors.events", REPORTER, events.data);
    answer_first(s);
    buf_fini(&events);
}

static void
answer_lambda(struct stage *s)
{
    struct buf now;

    buf_init(&now, TEXT_MAX);
    buf_adds(&now, "{\"Invocations.checkout\":2100,\"Errors.checkout\":40,\"p50.checkout\":188,"
                   "\"p95.checkout\":912,\"p99.checkout\":10000,"
                   "\"Invocations.vitals-ingest\":12400,\"Errors.vitals-ingest\":0,"
                   "\"p50.vitals-ingest\":11,\"p95.vitals-ingest\":38,\"p99.vitals-ingest\":61,"
                   "\"InitDuration.checkout\":42,\"InitDuration.vitals-ingest\":50,"
                   "\"Throttles.checkout\":3,\"ConcurrentExecutions.checkout\":9");
    add_trend(&now, "trend.checkout", 900, 1);
    add_trend(&now, "trend.vitals-ingest", 40, 4);
    buf_adds(&now, "}");
    stage_names(s, "lambda.names", "AWS/Lambda",
                "[[\"Invocations\",\"FunctionName\",\"checkout\"],"
                "[\"Errors\",\"FunctionName\",\"checkout\"],"
                "[\"Duration\",\"FunctionName\",\"checkout\"],"
                "[\"InitDuration\",\"FunctionName\",\"checkout\"],"
                "[\"Throttles\",\"FunctionName\",\"checkout\"],"
                "[\"ConcurrentExecutions\",\"FunctionName\",\"checkout\"],"
                "[\"InitDuration\",\"FunctionName\",\"vitals-ingest\"],"
                "[\"Invocations\",\"FunctionName\",\"vitals-ingest\"],"
                "[\"Errors\",\"FunctionName\",\"vitals-ingest\"],"
                "[\"Duration\",\"FunctionName\",\"vitals-ingest\"]]");
    stage_points(s, "lambda.now", now.data);
    buf_clear(&now);
    buf_adds(&now, "{\"Invocations\":[]");
    add_trend(&now, "Errors", 2, 2);
    buf_adds(&now, "}");
    stage_points(s, "lambda.focus.checkout", now.data);
    stage_functions(s, "functions",
                    "[[\"checkout\",\"nodejs22.x\",512,10,1500000],"
                    "[\"vitals-ingest\",\"nodejs22.x\",256,3,864000000]]");
    buf_fini(&now);
}

static void
answer_edge(struct stage *s)
{
    stage_names(s, "api.names", "AWS/ApiGateway",
                "[[\"Count\",\"ApiId\",\"a1b2c3\"],"
                "[\"Count\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\"],"
                "[\"4xx\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\"],"
                "[\"5xx\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\"],"
                "[\"Latency\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\"],"
                "[\"Count\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\",\"Method\",\"POST\","
                "\"Resource\",\"/api/order\"],"
                "[\"5xx\",\"ApiId\",\"a1b2c3\",\"Stage\",\"prod\",\"Method\",\"POST\","
                "\"Resource\",\"/api/order\"],"
                "[\"Count\",\"ApiName\",\"legacy\"],[\"5XXError\",\"ApiName\",\"legacy\"]]");
    stage_points(s, "api.now",
                 "{\"Count.a1b2c3/prod/\":17000,\"4XXError.a1b2c3/prod/\":170,"
                 "\"5XXError.a1b2c3/prod/\":36,\"Latency.a1b2c3/prod/\":240,"
                 "\"Count.a1b2c3/prod/POST /api/order\":2100,"
                 "\"5XXError.a1b2c3/prod/POST /api/order\":36,"
                 "\"Count.legacy//\":900,\"5XXError.legacy//\":0}");
    stage_names(s, "cdn.names", "AWS/CloudFront",
                "[[\"Requests\",\"DistributionId\",\"E2EXAMPLE\",\"Region\",\"Global\"],"
                "[\"BytesDownloaded\",\"DistributionId\",\"E2EXAMPLE\",\"Region\",\"Global\"],"
                "[\"4xxErrorRate\",\"DistributionId\",\"E2EXAMPLE\",\"Region\",\"Global\"],"
                "[\"5xxErrorRate\",\"DistributionId\",\"E2EXAMPLE\",\"Region\",\"Global\"],"
                "[\"CacheHitRate\",\"DistributionId\",\"E2EXAMPLE\",\"Region\",\"Global\"]]");
    stage_points(s, "cdn.now",
                 "{\"Requests.E2EXAMPLE\":88000,\"BytesDownloaded.E2EXAMPLE\":3.1e9,"
                 "\"4xxErrorRate.E2EXAMPLE\":0.8,\"5xxErrorRate.E2EXAMPLE\":0.02,"
                 "\"CacheHitRate.E2EXAMPLE\":94}");
}

static void
answer_alarms(struct stage *s)
{
    struct buf chart;

    buf_init(&chart, TEXT_MAX);
    stage_alarms(
        s, "alarms",
        "[{\"name\":\"checkout-errors\",\"state\":\"ALARM\",\"ago\":64000,"
        "\"description\":\"calls of checkout that fail\","
        "\"reason\":\"Threshold Crossed: 3 out of the last 3 datapoints were greater than the "
        "threshold (1.0).\",\"metric\":[\"AWS/Lambda\",\"Errors\",\"FunctionName\",\"checkout\"],"
        "\"threshold\":1,\"n\":3},"
        "{\"name\":\"aurora-cpu\",\"state\":\"OK\",\"ago\":900000,\"stat\":\"Average\","
        "\"metric\":[\"AWS/RDS\",\"CPUUtilization\"],\"threshold\":70,\"n\":5},"
        "{\"name\":\"umami-heartbeat\",\"state\":\"INSUFFICIENT_DATA\",\"ago\":10800000,"
        "\"metric\":[\"Own\",\"Heartbeat\"],\"op\":\"<\",\"missing\":\"breaching\"},"
        "{\"name\":\"shop-is-down\",\"state\":\"OK\",\"ago\":172800000,"
        "\"rule\":\"ALARM(checkout-errors) AND ALARM(umami-heartbeat)\"}]");
    stage_points(s, "alarms.now.60",
                 "{\"checkout-errors\":[[83000,4]],\"aurora-cpu\":[[83000,41]]}");
    buf_adds(&chart, "{\"none\":[]");
    add_trend(&chart, "value", 2, 2);
    buf_adds(&chart, "}");
    stage_points(s, "alarms.chart.checkout-errors", chart.data);
    buf_fini(&chart);
    stage_alarm_events(
        s, "alarms.events",
        "[[\"checkout-errors\",\"StateUpdate\",64000,\"Alarm updated from OK to ALARM\",\"OK\","
        "\"ALARM\"],[\"aurora-cpu\",\"StateUpdate\",900000,\"Alarm updated from ALARM to OK\","
        "\"ALARM\",\"OK\"]]");
    stage_alarm_events(
        s, "alarms.history.checkout-errors",
        "[[\"checkout-errors\",\"Action\",63000,\"Successfully executed action "
        "arn:aws:sns:eu-west-1:123456789012:oncall\"],"
        "[\"checkout-errors\",\"StateUpdate\",64000,\"Alarm updated from OK to ALARM\",\"OK\","
        "\"ALARM\"],[\"checkout-errors\",\"StateUpdate\",2400000,\"Alarm updated from "
        "INSUFFICIENT_DATA to OK\",\"INSUFFICIENT_DATA\",\"OK\"]]");
}

static void
answer_health(struct stage *s)
{
    struct buf functions;

    buf_init(&functions, TEXT_MAX);
    buf_adds(&functions, "{\"none\":[]");
    add_trend(&functions, "Invocations.vitals-ingest", 420, 3);
    add_trend(&functions, "Invocations.checkout", 70, 5);
    buf_adds(&functions, ",\"Errors.checkout\":[[120000,9],[240000,8],[360000,11]]}");
    stage_points(s, "health.functions", functions.data);
    buf_fini(&functions);
    stage_names(s, "logs.names", "AWS/Logs", "[[\"IncomingLogEvents\"]]");
    stage_points(s, "health.logs", "{\"0\":[[180000,240],[120000,260],[60000,250]]}");
    stage_json(s, "health.obsview",
               "{\"store\":{\"bytes\":912261120,\"maxBytes\":1073741824,\"queue\":3,"
               "\"diskFull\":false}}");
}

/* Vitals are counted and become no metric; Umami is short of a task. */
static void
answer_edges(struct stage *s)
{
    stage_services(s, "health.services",
                   "[{\"cluster\":\"observability\",\"name\":\"umami\",\"desired\":2,"
                   "\"running\":1,\"pending\":1,\"failed\":3,\"rollout\":\"IN_PROGRESS\","
                   "\"stopped\":\"Essential container in task exited (umami exited with 137: "
                   "OutOfMemoryError)\",\"ago\":300000},"
                   "{\"cluster\":\"observability\",\"name\":\"openreplay\",\"desired\":2,"
                   "\"running\":2}]");
    stage_targets(s, "health.targets",
                  "[{\"name\":\"umami\",\"check\":\"/api/heartbeat\",\"targets\":2,\"healthy\":1,"
                  "\"state\":\"unhealthy\",\"description\":\"Health checks failed with these "
                  "codes: [503]\"},"
                  "{\"name\":\"openreplay\",\"targets\":2,\"healthy\":2}]");
    stage_names(s, "edges.custom", "UserMetrics/Lambda", "[]");
    stage_names(s, "edges.database", "UserMetrics/Database",
                "[[\"Connections\",\"user\",\"umami_user\"]]");
    stage_names(s, "edges.balancers", "AWS/ApplicationELB",
                "[[\"RequestCount\",\"LoadBalancer\",\"app/umami/50dc6c495c0c9188\"]]");
    stage_names(s, "edges.buckets", "AWS/S3", "[]");
    stage_points(
        s, "edges.now",
        "{\"0 AWS/Lambda Invocations FunctionName=vitals-ingest\":[[120000,210],[60000,200]],"
        "\"2 UserMetrics/Frontend LCP environment=dev\":[[2400000,80],[1500000,90]],"
        "\"2 UserMetrics/Frontend INP environment=dev\":[[1500000,40]],"
        "\"2 UserMetrics/Frontend CLS environment=dev\":[],"
        "\"2 UserMetrics/Frontend FCP environment=dev\":[],"
        "\"2 UserMetrics/Frontend TTFB environment=dev\":[],"
        "\"2 UserMetrics/Frontend FID environment=dev\":[],"
        "\"6 AWS/ApplicationELB RequestCount LoadBalancer=app/umami/50dc6c495c0c9188\":"
        "[[120000,31],[60000,28]],"
        "\"8 UserMetrics/Database Connections user=umami_user\":[[60000,12]]}");
}

static void
answer_logs(struct stage *s)
{
    struct buf lines;

    buf_init(&lines, TEXT_MAX);
    for (unsigned i = 0; i < 40; i++) {
        const char *line = i % 9 == 8   ? "{\\\"level\\\":\\\"ERROR\\\",\\\"message\\\":"
                                          "\\\"cart.total undefined\\\"}"
                           : i % 7 == 6 ? "{\\\"level\\\":\\\"WARN\\\",\\\"message\\\":"
                                          "\\\"retry 2 of 3 on the aurora proxy\\\"}"
                                        : "order placed";

        buf_addf(&lines, "%s[\"%u\",%u,\"%s\"]", i > 0 ? "," : "[", i, (40 - i) * 7000, line);
    }
    buf_adds(&lines, "]");
    stage_groups(s, "logs.groups", "[\"/aws/lambda/checkout\",\"/aws/lambda/vitals-ingest\"]");
    stage_events(s, "logs./aws/lambda/checkout", "/aws/lambda/checkout", lines.data);
    stage_events(s, "logs./aws/lambda/vitals-ingest", "/aws/lambda/vitals-ingest",
                 "[[\"a\",5000,\"INIT_START Runtime Version: nodejs:22.v2\"],"
                 "[\"b\",4000,\"START RequestId: 1-66 Version: $LATEST\"]]");
    buf_fini(&lines);
}

static void
answer_insights(struct stage *s)
{
    stage_points(s, "insights.bytes",
                 "{\"/aws/lambda/checkout\":24000000,\"/aws/lambda/vitals-ingest\":9000000}");
    stage_insights(s, "insights",
                   "{\"state\":\"running\",\"columns\":[\"route\",\"count()\",\"avg(duration)\"],"
                   "\"rows\":[[\"/checkout\",\"212\",\"118.4\"],[\"/pricing\",\"96\",\"31\"],"
                   "[null,\"4\",null]],\"matched\":312,\"scanned\":30000,\"bytes\":12000000}");
}

static const struct {
    const char *component, *function;
    double usd; /* a day */
} bill[] = {
    { "Infrastructure", "Networking", 1.31 },
    { "OpenReplay", "SessionReplay", 1.62 },
    { "Umami", "Analytics", 0.68 },
    { "CloudWatch", "Metrics", 0.31 },
    { "CloudWatch", "Logging", 0.19 },
    { "Grafana", "Visualization", 0.3 },
    { "", "", 0.08 },
};

/* The last 54 days and the night of today: less at weekends, a little more each day. */
static void
add_bill(struct buf *b, const char *first, const char *second, double usd)
{
    for (int ago = 54; ago >= 0; ago--) {
        double share = (ago % 7 == 1 || ago % 7 == 2 ? 0.8 : 1.0) * (ago == 0 ? 0.14 : 1.0) *
                       (1 + 0.05 * (ago * 5 % 11 - 5));

        buf_addf(b, "%s[%d,\"%s\",\"%s\",\"%.10f\"]", b->len > 0 ? "," : "[", ago, first, second,
                 usd * share);
    }
}

static void
answer_costs(struct stage *s)
{
    struct buf rows;

    buf_init(&rows, TEXT_MAX);
    for (size_t i = 0; i < COUNT(bill); i++)
        add_bill(&rows, bill[i].component, bill[i].function, bill[i].usd);
    buf_adds(&rows, "]");
    stage_costs(s, "costs.components", rows.data);
    buf_clear(&rows);
    add_bill(&rows, "prod", "NATGateway", 1.2);
    add_bill(&rows, "prod", "ECSService", 1.7);
    add_bill(&rows, "staging", "ALB", 0.7);
    add_bill(&rows, "prod", "S3Bucket", 0.4);
    add_bill(&rows, "", "", 0.49);
    buf_adds(&rows, "]");
    stage_costs(s, "costs.environments", rows.data);
    buf_fini(&rows);
    stage_budgets(s, "costs.budgets",
                  "[{\"name\":\"observability\",\"limit\":\"150\",\"project\":\"UserMetrics\","
                  "\"marks\":[\"120\",\"150\"]}]");
    stage_points(s, "costs.account", "{\"total\":[[43200000,280.1],[21600000,284.7]]}");
    stage_names(s, "costs.metrics", "UserMetrics/Frontend",
                "[[\"LCP\",\"environment\",\"dev\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/checkout\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/pricing\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/\"],"
                "[\"INP\",\"environment\",\"dev\"]]");
    stage_points(s, "costs.bytes", "{\"0\":24000000}");
    stage_json(s, "costs.stack", "{\"name\":\"document\",\"simulated\":[\"ce\"]}");
}

/* A value in a recording twice, one in an error that was masked, one in a log line. */
static void
answer_privacy(struct stage *s)
{
    const struct pii_finding findings[] = {
        { .source = "openreplay",
          .time_ms = REAL_NOW_MS - 1300000,
          .session = "4125418940362915840",
          .message = "InputChange",
          .message_id = 112,
          .field = "value",
          .kind = "ssn",
          .severity = PII_HIGH,
          .way = PII_WAY_INPUT,
          .element = "input#ssn.ssn-field[name=ssn]",
          .page = "http://localhost:5173/checkout",
          .shape = "***-**-****",
          .count = 3,
          .advice = "data-openreplay-obscured on input#ssn" },
        { .source = "error",
          .time_ms = REAL_NOW_MS - 240000,
          .session = "5b66e557-7ee1-454f-9ded-65086368abb0",
          .message = "error report",
          .field = "error.message",
          .kind = "email",
          .severity = PII_MEDIUM,
          .way = PII_WAY_PAYLOAD,
          .page = "http://localhost:5173/checkout",
          .shape = "****@*******.***",
          .count = 1,
          .is_scrubbed = true,
          .advice = "leave it out where the application puts this together" },
        { .source = "log",
          .time_ms = REAL_NOW_MS - 120000,
          .message = "/app/jobs",
          .field = "context.user.mail",
          .kind = "email",
          .severity = PII_MEDIUM,
          .way = PII_WAY_PAYLOAD,
          .shape = "***@*******.***",
          .count = 1,
          .advice = "do not log it" },
        { .source = "openreplay",
          .time_ms = REAL_NOW_MS - 60000,
          .session = "4125418940681682945",
          .message = "InputChange",
          .message_id = 112,
          .field = "value",
          .kind = "ssn",
          .severity = PII_HIGH,
          .way = PII_WAY_INPUT,
          .element = "input#ssn.ssn-field[name=ssn]",
          .page = "http://localhost:5173/checkout",
          .shape = "***-**-****",
          .count = 1,
          .advice = "data-openreplay-obscured on input#ssn" },
    };
    struct buf events, line;

    buf_init(&events, 65536);
    for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
        buf_init(&line, 65536);
        pii_finding_print(&line, &findings[i]);
        buf_addf(&events, "%s[\"p%zu\",%lld,", i == 0 ? "[" : ",", i,
                 (long long)(REAL_NOW_MS - findings[i].time_ms));
        json_print_string(&events, line.data, line.len);
        buf_addc(&events, ']');
        buf_fini(&line);
    }
    buf_addc(&events, ']');
    stage_events(s, "privacy.lines", PII_LOG_GROUP, events.data);
    buf_fini(&events);
}

static void
answer_intake(struct stage *s)
{
    struct buf events;

    buf_init(&events, TEXT_MAX);
    buf_adds(&events, "{\"events\":[");
    for (unsigned i = 0; i < 30; i++) {
        bool fault = i % 10 == 9;

        buf_addf(&events,
                 "%s{\"id\":%u,\"timeMs\":%lld,\"kind\":\"http\",\"method\":\"POST\","
                 "\"path\":\"%s\",\"verdict\":\"%s\",\"reason\":\"%s\",\"status\":%d,"
                 "\"fault\":%s,\"size\":%u,\"durationUs\":%u}",
                 i > 0 ? "," : "", i, (long long)(ANSWERS_NOW - (30 - (long long)i) * 1000),
                 i % 4 == 3 ? "/errors/report" : "/metrics/web-vitals",
                 fault ? "metrics[1].value: must be a number" : "2 vitals", fault ? "invalid" : "",
                 fault ? 400 : 200, fault ? "true" : "false", 300 + i * 17, 400 + i * 31);
    }
    buf_adds(&events, "],\"next\":30}");
    stage_json(s, "intake", events.data);
    stage_json(
        s, "intake.29",
        "{\"id\":29,\"timeMs\":1795490422000,\"kind\":\"http\",\"method\":\"POST\","
        "\"path\":\"/metrics/web-vitals\",\"verdict\":\"metrics[1].value: must be a number\","
        "\"status\":400,\"fault\":true,\"size\":793,\"durationUs\":1299,"
        "\"headers\":[[\"Host\",\"127.0.0.1:6270\"],[\"Authorization\",\"(masked)\"],"
        "[\"Content-Type\",\"application/json\"]],"
        "\"body\":\"{\\\"metrics\\\":[{\\\"name\\\":\\\"LCP\\\",\\\"value\\\":\\\"slow\\\"}],"
        "\\\"sessionId\\\":\\\"7c1e\\\"}\"}");
    buf_fini(&events);
}

/* The document's examples, some of them. */
static void
answer_tags(struct stage *s)
{
    stage_tagged(
        s, "tags",
        "[[\"arn:aws:ec2:us-east-1:000000000000:natgateway/nat-0a1b2c3d\",\"Project=UserMetrics\","
        "\"Environment=dev\",\"Component=Infrastructure\",\"Function=Networking\","
        "\"Resource=NATGateway\",\"CostCenter=Observability\"],"
        "[\"arn:aws:ec2:us-east-1:000000000000:vpc/vpc-0a1b2c3d\",\"Project=UserMetrics\","
        "\"Environment=dev\",\"ManagedBy=SST\",\"CostCenter=Observability\","
        "\"Owner=engineering@example.com\",\"Component=Infrastructure\","
        "\"Function=Networking\"],"
        "[\"arn:aws:ecs:us-east-1:000000000000:service/observability/umami\","
        "\"Project=UserMetrics\",\"Environment=Prod\",\"Component=Umami\","
        "\"Function=Analytics\",\"CostCenter=Observability\",\"Resource=ECSService\","
        "\"Tier=Standard\"],"
        "[\"arn:aws:iam::000000000000:role/grafana\",\"Project=UserMetrics\","
        "\"Component=Grafana\",\"Function=Visualization\",\"Resource=IAMRole\"],"
        "[\"arn:aws:lambda:us-east-1:000000000000:function:checkout\",\"Project=Application\","
        "\"ObservabilityEnabled=true\",\"InstrumentedBy=UserMetrics\"],"
        "[\"arn:aws:rds:us-east-1:000000000000:cluster:shop\",\"Project=Application\","
        "\"ObservabilityEnabled=true\"],"
        "[\"arn:aws:s3:::logs-export\",\"Project=UserMetrics\",\"Component=CloudWatch\","
        "\"Function=Logging\",\"DataType=Logs\",\"Resource=S3Bucket\"],"
        "[\"arn:aws:sqs:us-east-1:000000000000:orders\",\"Project=Shop\"]]");
    stage_cost_tags(s, "costs.tags",
                    "[[\"Project\",true,864000000],[\"Component\",true,864000000],"
                    "[\"Function\",true,40000000],[\"Environment\",true,40000000],"
                    "[\"CostCenter\",false,0],[\"Resource\",false,0]]");
}

static void
add_minutes(struct buf *b, const char *id, double around, unsigned salt)
{
    add_curve(b, &every_minute, id, around, salt);
}

static void
answer_aurora(struct stage *s)
{
    static const struct {
        const char *id;
        double around;
    } more[] = { { "write", 310 },     { "read_s", 0.0006 }, { "write_s", 0.0019 },
                 { "commit_ms", 2.2 }, { "load", 0.7 },      { "lag.shop-2", 14 } };
    struct buf b;

    buf_init(&b, TEXT_MAX);
    stage_db_clusters(s, "aurora.clusters",
                      "[{\"id\":\"shop\",\"group\":\"shop-pg\",\"days\":7,"
                      "\"members\":[[\"shop-1\",true],[\"shop-2\",false]]}]");
    stage_db_instances(s, "aurora.instances",
                       "[{\"id\":\"shop-1\",\"resource\":\"db-A\",\"insights\":true},"
                       "{\"id\":\"shop-2\",\"resource\":\"db-B\",\"insights\":true}]");
    stage_db_parameter(s, "aurora.parameter.shop", "90");
    buf_adds(&b, "{\"none\":[]");
    add_minutes(&b, "cpu.shop-1", 41, 1);
    add_minutes(&b, "conn.shop-1", 58, 2);
    add_minutes(&b, "cpu.shop-2", 66, 3);
    add_minutes(&b, "conn.shop-2", 9, 4);
    buf_adds(&b, "}");
    stage_points(s, "aurora.main", b.data);
    buf_clear(&b);
    buf_adds(&b, "{\"deadlocks\":[[600000,0.025],[480000,0]],\"credits\":[[120000,480]]");
    add_minutes(&b, "read", 510, 5);
    for (size_t i = 0; i < COUNT(more); i++)
        add_minutes(&b, more[i].id, more[i].around, (unsigned)i);
    buf_adds(&b, "}");
    stage_points(s, "aurora.more.shop", b.data);
    stage_points(s, "aurora.storage.shop",
                 "{\"bytes\":[[86400000,33000000000],[3600000,33400000000]],\"backup\":44e9,"
                 "\"schema\":[[86400000,310000000],[3600000,314000000]]}");
    stage_names(s, "aurora.own", "UserMetrics/Database",
                "[[\"DatabaseConnections\",\"user\",\"app_rw\"],"
                "[\"DatabaseConnections\",\"user\",\"umami_user\"],"
                "[\"SchemaBytes\",\"schema\",\"umami\"]]");
    stage_points(s, "aurora.users.shop",
                 "{\"app_rw\":[[240000,40],[120000,40]],\"umami_user\":[[240000,9],[120000,10]]}");
    stage_points(s, "aurora.load.shop",
                 "{\"\":[[120000,0.7]],\"app_rw\":[[120000,0.5]],\"umami_user\":[[120000,0.15]],"
                 "\"rdsadmin\":[[120000,0.05]]}");
    stage_db_events(
        s, "aurora.events",
        "[[\"shop-1\",900000,\"failover\",\"Completed failover to DB instance: shop-1\"],"
        "[\"shop-2\",930000,\"failover\",\"Started cross AZ failover to DB instance: "
        "shop-1\"],[\"other-1\",960000,\"backup\",\"Finished DB instance backup\"]]");
    stage_json(s, "aurora.stack", "{\"simulated\":[\"AWS/RDS\"],\"measured\":[]}");
    buf_fini(&b);
}

#define SHOP "11111111-2222-4333-8444-555555555555"

static void
answer_visitors(struct stage *s)
{
    struct buf b;

    buf_init(&b, TEXT_MAX);
    stage_umami(s, "umami.websites", UMAMI_WEBSITES, NULL,
                "{\"data\":[{\"id\":\"" SHOP
                "\",\"name\":\"Demo shop\",\"domain\":\"shop.example\"},"
                "{\"id\":\"22222222-2222-4333-8444-555555555555\",\"name\":\"Documents\","
                "\"domain\":\"docs.example\"}],\"count\":2}");
    stage_umami(s, "umami.stats." SHOP, UMAMI_STATS, NULL,
                "{\"pageviews\":4882,\"visitors\":1024,\"visits\":1311,\"bounces\":537,"
                "\"totaltime\":175674,\"comparison\":{\"pageviews\":4604,\"visitors\":966,"
                "\"visits\":1290,\"bounces\":501,\"totaltime\":181000}}");
    stage_umami(s, "umami.active." SHOP, UMAMI_ACTIVE, NULL, "{\"visitors\":4}");
    buf_adds(&b, "{\"sessions\":[],\"pageviews\":[");
    for (unsigned i = 0; i < 60; i++) {
        if (i % 13 != 7)
            buf_addf(&b, "%s{\"x\":\"$now-%u\",\"y\":%u}", i > 0 ? "," : "", (59 - i) * 60000,
                     40 + i * 17 % 60 + i);
    }
    buf_adds(&b, "]}");
    stage_umami(s, "umami.views." SHOP, UMAMI_PAGEVIEWS, NULL, b.data);
    stage_umami(s, "edges.hits", UMAMI_PAGEVIEWS, NULL, b.data);
    stage_umami(
        s, "umami.metrics.path." SHOP, UMAMI_METRICS, "path",
        "[{\"x\":\"/\",\"y\":612},{\"x\":\"/pricing\",\"y\":288},{\"x\":\"/checkout\","
        "\"y\":212},{\"x\":\"/docs/quickstart\",\"y\":190},{\"x\":\"/blog/launch\",\"y\":17}]");
    stage_umami(s, "umami.metrics.referrer." SHOP, UMAMI_METRICS, "referrer",
                "[{\"x\":\"google.com\",\"y\":288},{\"x\":\"news.ycombinator.com\",\"y\":190},"
                "{\"x\":\"t.co\",\"y\":12}]");
    stage_umami(s, "umami.metrics.event." SHOP, UMAMI_METRICS, "event",
                "[{\"x\":\"add_to_cart\",\"y\":610},{\"x\":\"purchase\",\"y\":118}]");
    stage_umami(s, "umami.metrics.country." SHOP, UMAMI_METRICS, "country",
                "[{\"x\":\"DE\",\"y\":510},{\"x\":\"SE\",\"y\":230},{\"x\":null,\"y\":96}]");
    stage_umami(
        s, "umami.metrics.device." SHOP, UMAMI_METRICS, "device",
        "[{\"x\":\"mobile\",\"y\":590},{\"x\":\"laptop\",\"y\":402},{\"x\":\"tablet\",\"y\":9}]");
    stage_umami(s, "umami.realtime." SHOP, UMAMI_REALTIME, NULL,
                "{\"events\":[{\"__type\":\"event\",\"sessionId\":\"a\",\"eventName\":\"purchase\","
                "\"urlPath\":\"/checkout\",\"createdAt\":\"$now-2000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"a\",\"urlPath\":\"/checkout\","
                "\"createdAt\":\"$now-9000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"b\",\"urlPath\":\"/\","
                "\"createdAt\":\"$now-30000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"c\",\"urlPath\":\"/\","
                "\"createdAt\":\"$now-60000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"d\",\"urlPath\":\"/pricing\","
                "\"createdAt\":\"$now-200000\"},"
                "{\"__type\":\"pageview\",\"sessionId\":\"e\",\"urlPath\":\"/gone\","
                "\"createdAt\":\"$now-400000\"}]}");
    buf_fini(&b);
}

/* A view, an event, one that production would drop, one that was refused, an identify. */
static void
answer_hits(struct stage *s)
{
    static const struct {
        const char *type, *path, *event, *doubt, *verdict;
        int status;
    } hits[] = {
        { "event", "/pricing", "", "", "page view /pricing", 200 },
        { "event", "/checkout", "purchase", "", "event purchase /checkout", 200 },
        { "event", "/", "", "bot: HeadlessChrome: Umami answers a beep and drops it",
          "page view /; bot", 200 },
        { "", "", "", "", "payload.website: expected a UUID", 400 },
        { "identify", "", "", "", "identify", 200 },
    };
    struct buf b;

    buf_init(&b, TEXT_MAX);
    buf_adds(&b, "{\"events\":[{\"id\":1,\"method\":\"GET\",\"path\":\"/api/websites\"}");
    for (unsigned i = 0; i < COUNT(hits); i++)
        buf_addf(&b,
                 ",{\"id\":%u,\"timeMs\":%lld,\"kind\":\"http\",\"method\":\"POST\","
                 "\"path\":\"/api/send\",\"verdict\":\"%s\",\"status\":%d,\"fault\":%s,"
                 "\"headers\":[[\"Umami-Website\",\"" SHOP "\"],[\"Umami-Type\",\"%s\"],"
                 "[\"Umami-Path\",\"%s\"],"
                 "[\"Umami-Event\",\"%s\"],[\"Umami-Session\",\"%s\"],[\"Umami-Verdict\",\"%s\"],["
                 "\"Umami-Rule\",\"%s\"]],"
                 "\"body\":\"\"}",
                 31 + i, (long long)(ANSWERS_NOW - (5 - (long long)i) * 900), hits[i].verdict,
                 hits[i].status, hits[i].status != 200 || *hits[i].doubt != '\0' ? "true" : "false",
                 hits[i].type, hits[i].path, hits[i].event,
                 hits[i].status == 200 ? "b527b0ff-08b3-5948-bb5d-af49724f4a12" : "", hits[i].doubt,
                 *hits[i].doubt == '\0' ? "" : "bot");
    buf_adds(&b, "],\"next\":36}");
    stage_json(s, "umami.hits", b.data);
    buf_fini(&b);
}

static void
add_leak(struct buf *b, unsigned id, int64_t time_ms, const char *kind, const char *element,
         const char *shape)
{
    struct buf line;

    buf_init(&line, TEXT_MAX);
    pii_finding_print(&line, &(struct pii_finding){ .source = "openreplay",
                                                    .time_ms = time_ms,
                                                    .session = RECORDED,
                                                    .message = "InputChange",
                                                    .message_id = 112,
                                                    .field = "value",
                                                    .kind = kind,
                                                    .severity = PII_HIGH,
                                                    .way = PII_WAY_INPUT,
                                                    .element = element,
                                                    .page = "http://127.0.0.1:18109/",
                                                    .shape = shape,
                                                    .count = 1,
                                                    .advice = "the input mode masks it" });
    buf_addf(b, "%s[\"leak%u\",%lld,", id > 1 ? "," : "[", id, (long long)(ANSWERS_NOW - time_ms));
    json_print_string(b, line.data, line.len);
    buf_addc(b, ']');
    buf_fini(&line);
}

/* What a tracker of version 19 sent, one that was only counted, and one that was not read. */
static void
answer_sessions(struct stage *s)
{
    struct recording_bytes bodies[32];
    struct captures captures = { .count = 0 };
    const struct capture *capture;
    size_t count = 0;
    struct buf b;

    captures_load(&captures);
    capture = captures_find(&captures, "v19-default-p2");
    for (; count < capture->body_count && count < COUNT(bodies); count++)
        bodies[count] = (struct recording_bytes){ .at = (const char *)capture->bodies[count].bytes,
                                                  .length = capture->bodies[count].length };
    stage_recording(
        s, "sessions." RECORDED,
        &(struct recording_read){
            .session = UINT64_C(4117009688166400008),
            .head = &(struct recording_head){ .start_ms = INT64_C(1795392809633),
                                              .user_agent =
                                                  "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 "
                                                  "Safari/537.36",
                                              .user_id = "",
                                              .tracker_version = "19.0.1",
                                              .timezone = "UTC+01:00" },
            .bodies = bodies,
            .body_count = count,
            .last_ms = INT64_C(1795392817000),
            .bytes = 25837,
            .has_full = true });
    captures_free(&captures);
    stage_sessions(s, "sessions",
                   "[[\"" RECORDED "\",97613367,97606000,3,3,\"Chrome, Linux\"],"
                   "[\"4117009688166400007\",97700000,97650000,5,0,\"Safari, macOS\"],"
                   "[\"4117009688166400006\",97900000,97850000]]");
    buf_init(&b, TEXT_MAX);
    add_leak(&b, 1, INT64_C(1795392813000), "email", "input#email", "*****.****@*******.***");
    add_leak(&b, 2, INT64_C(1795392814200), "ssn", "input#ssn", "***-**-****");
    buf_addc(&b, ']');
    stage_events(s, "sessions.leaks", "/obsview/privacy", b.data);
    buf_fini(&b);
}

struct snapshot *
real_snapshot(void)
{
    struct snapshot *snapshot;
    struct stage s;

    stage_open(&s);
    answer_vitals(&s);
    answer_errors(&s);
    answer_lambda(&s);
    answer_edge(&s);
    answer_aurora(&s);
    answer_alarms(&s);
    answer_health(&s);
    answer_edges(&s);
    answer_tags(&s);
    answer_logs(&s);
    answer_insights(&s);
    answer_costs(&s);
    answer_intake(&s);
    answer_privacy(&s);
    answer_visitors(&s);
    answer_hits(&s);
    answer_sessions(&s);
    snapshot = snapshot_new("local 127.0.0.1:6270", "dev", s.list, s.count);
    snapshot->state = SOURCE_LIVE;
    snapshot->is_emulator = true;
    snapshot->umami_is_local = true;
    snapshot->pace_ms = 1000;
    stage_close(&s);
    return snapshot;
}
