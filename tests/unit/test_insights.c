/* test_insights.c - Logs Insights queries: what they answer, and what they refuse and where.
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

#include "base/buf.h"
#include "base/mem.h"
#include "domain/insights.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NOON     1795435200000LL /* 2026-11-23T12:00:00Z */

static void
print_id(const struct insights_line *line, char id[INSIGHTS_ID])
{
    snprintf(id, INSIGHTS_ID, "id-%lld", (long long)line->time_ms);
}

struct sample {
    int64_t after_ms; /* noon */
    const char *message;
};

/* Newest first, as a store gives them. */
static const struct sample samples[] = {
    { 700000, "plain text, user=ann, ms=12" },
    { 600000, "{\"level\":\"ERROR\",\"ms\":1500,\"user\":{\"name\":\"ann\",\"ip\":\"10.1.2.3\"},"
              "\"tags\":[\"a\",\"b\"],\"ok\":false}" },
    { 300001, "{\"level\":\"INFO\",\"ms\":20.5,\"user\":{\"name\":\"bob\"},\"ok\":true,"
              "\"odd-name\":\"x\",\"@at\":7}" },
    { 300000, "{\"level\":\"INFO\",\"ms\":\"9\",\"user.name\":\"cy \\\"q\\\"\",\"none\":null}" },
    { 0, "{\"level\":\"WARN\",\"ms\":100,\"user\":{\"name\":\"ann\",\"ip\":\"192.0.2.77\"}}" },
};

static struct insights *
compile(const char *query)
{
    const struct insights_options options = { .now_ms = NOON };
    struct insights_error error;
    struct insights *q = NULL;

    if (insights_new(&q, query, &options, &error) != OK)
        fail_msg("%s: %s at %zu..%zu", query, error.err.text, error.start, error.end);
    return q;
}

static void
add(struct insights *q, int64_t time_ms, const char *message, bool is_lambda)
{
    const struct insights_line line = {
        .time_ms = time_ms,
        .ingested_ms = time_ms + 5,
        .message = message,
        .len = strlen(message),
        .stream = "s",
        .log = "000000000000:g",
        .is_lambda = is_lambda,
        .group = 3,
        .id = print_id,
    };

    assert_int_equal(insights_add(q, &line), OK);
}

static void
print_rows(struct insights *q, struct buf *out)
{
    assert_int_equal(insights_collect(q), OK);
    for (size_t row = 0; row < insights_row_count(q); row++) {
        bool first = true;

        if (row > 0)
            buf_adds(out, " / ");
        for (unsigned c = 0; c < insights_column_count(q); c++) {
            const struct value *v = insights_cell(q, row, c);
            char room[VALUE_ROOM];
            size_t len;
            const char *text;

            if (v->type == VALUE_NULL)
                continue;
            text = value_as_text(v, room, &len);
            buf_addf(out, "%s%s=%.*s", first ? "" : " ", insights_column_name(q, c), (int)len,
                     text);
            first = false;
        }
    }
}

/* Runs it over the samples; the text of the rows is the caller's. */
static char *
run(const char *query, bool is_lambda, const struct sample *lines, size_t count)
{
    struct insights *q = compile(query);
    struct buf out;

    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++)
        add(q, NOON + lines[i].after_ms, lines[i].message, is_lambda);
    print_rows(q, &out);
    insights_free(q);
    return buf_take(&out, NULL);
}

struct answer {
    const char *query;
    const char *rows;
};

static void
check_answers(const struct answer *answers, size_t count, bool is_lambda,
              const struct sample *lines, size_t line_count)
{
    for (size_t i = 0; i < count; i++) {
        char *rows = run(answers[i].query, is_lambda, lines, line_count);

        if (strcmp(rows, answers[i].rows) != 0)
            fail_msg("%s\n   gives  %s\n   not    %s", answers[i].query, rows, answers[i].rows);
        free(rows);
    }
}

static void
finds_fields_and_filters(void **state)
{
    static const struct answer answers[] = {
        { "fields ms", " / ms=1500 / ms=20.5 / ms=9 / ms=100" },
        { "fields @timestamp | limit 1", "@timestamp=2026-11-23 12:11:40.000" },
        { "filter level = 'ERROR' | display user.name, user.ip, tags.1, tags[0]",
          "user.name=ann user.ip=10.1.2.3 tags.1=b tags.0=a" },
        { "fields user.name | filter ispresent(user.name)",
          "user.name=ann / user.name=bob / user.name=cy \"q\" / user.name=ann" },
        { "filter ms > 10 and not (level like /^I/) | display ms", "ms=1500 / ms=100" },
        { "filter ok = 1 | display ms, ok", "ms=20.5 ok=1" },
        { "filter ok = false | display ms", "ms=1500" },
        { "filter ms in [9, 100] | display ms", "ms=9 / ms=100" },
        { "filter ms not in [9, 100] | display ms", "ms=1500 / ms=20.5" },
        { "filter level != 'INFO' | display level", "level=ERROR / level=WARN" },
        { "filter not level = 'INFO' | display level", " / level=ERROR / level=WARN" },
        { "filter @message like 'plain' | display ms", "" },
        { "filter level =~ /(?i)error/ | display level", "level=ERROR" },
        { "filter level not like 'O' | display level", "level=WARN" },
        { "filter isIpv4InSubnet(user.ip, '10.0.0.0/8') | display level", "level=ERROR" },
        { "filter isIpInSubnet(user.ip, '192.0.2.64/26') | display level", "level=WARN" },
        { "filter isValidIp(user.ip) | stats count(*) as n", "n=2" },
        { "display `odd-name`, @@at | filter ispresent(`odd-name`)", "odd-name=x @@at=7" },
        { "filter none is null and level is not null | stats count() as n", "n=4" },
        { "fields toupper(concat(level, '-', ms)) as x | limit 2 | display x",
          "x=- / x=ERROR-1500" },
        { "# a comment\nfilter ms = 9 # another | nothing\n| display ms", "ms=9" },
        { "filter level = 'WARN' or ms < 10 | display level", "level=INFO / level=WARN" },
        { "fields @log, @logStream, @ingestionTime | limit 1",
          "@log=000000000000:g @logStream=s @ingestionTime=2026-11-23 12:11:40.005" },
    };

    (void)state;
    check_answers(answers, COUNT(answers), false, samples, COUNT(samples));
}

static void
calculates(void **state)
{
    static const struct answer answers[] = {
        { "limit 1 | display 1 + 2 * 3 as a, (1 + 2) * 3 as b, 2 ^ 3 ^ 0 as c, -2 ^ 2 as d, 7 % 3 "
          "as e",
          "a=7 b=9 c=2 d=-4 e=1" },
        { "limit 1 | display 1 / 3 as a, 1 / 0 as b, 10 / 4 as c, 1e6 as d",
          "a=0.3333 c=2.5 d=1000000" },
        { "limit 1 | display abs(-3) as a, ceil(1.2) as b, floor(-1.2) as c, sqrt(9) as d, log(1) "
          "as e",
          "a=3 b=2 c=-2 d=3 e=0" },
        { "limit 1 | display greatest(1, 5, 3) as a, least(4, 2) as b, coalesce(nix, 'x') as c",
          "a=5 b=2 c=x" },
        { "limit 1 | display strlen('h\xc3\xa9llo') as a, substr('xyZfooxyZ', 3, 3) as b, "
          "substr('abc', 1) as c, replace('foo', 'o', '0') as d",
          "a=5 b=foo c=bc d=f00" },
        { "limit 1 | display ltrim('xyZxyfooxyZ', 'xyZ') as a, rtrim('xyZfooxyxyZ', 'xyZ') as b, "
          "trim('  a ') as c, strcontains('abc', 'bc') as d",
          "a=fooxyZ b=xyZfoo c=a d=1" },
        { "limit 1 | display isempty('') as a, isblank('  ') as b, isempty(nix) as c, "
          "tolower('AbC') as d",
          "a=1 b=1 c=1 d=abc" },
        { "limit 1 | display toMillis(@timestamp) as a, fromMillis(0) as b, now() as c",
          "a=1795435900000 b=1970-01-01 00:00:00.000 c=1795435200" },
        { "limit 1 | display datefloor(@timestamp, 1h) as a, dateceil(@timestamp, 1h) as b",
          "a=2026-11-23 12:00:00.000 b=2026-11-23 13:00:00.000" },
        { "limit 1 | display bin(300s) as a, bin(1mo) as b, bin(1q) as c, bin(2hrs) as d, bin(1y) "
          "as e",
          "a=2026-11-23 12:11:00.000 b=2026-11-01 00:00:00.000 c=2026-10-01 00:00:00.000 "
          "d=2026-11-23 12:00:00.000 e=2026-01-01 00:00:00.000" },
        { "limit 1 | display 5 > 4 as a, 'b' < 'a' as b, '10' = 10 as c, '10' = '10.0' as d",
          "a=1 b=0 c=1 d=0" },
    };

    (void)state;
    check_answers(answers, COUNT(answers), false, samples, COUNT(samples));
}

static void
aggregates(void **state)
{
    static const struct answer answers[] = {
        { "stats count(*), sum(ms), avg(ms), min(ms), max(ms)",
          "count(*)=5 sum(ms)=1629.5 avg(ms)=407.375 min(ms)=9 max(ms)=1500" },
        { "stats count(level) as n by level",
          "n=0 / level=ERROR n=1 / level=INFO n=2 / level=WARN n=1" },
        { "stats count(*) by bin(5m)",
          "bin(5m)=2026-11-23 12:10:00.000 count(*)=2 / bin(5m)=2026-11-23 12:05:00.000 count(*)=2 "
          "/ bin(5m)=2026-11-23 12:00:00.000 count(*)=1" },
        { "stats count(*) by bin(5m) | sort bin(5m) | limit 1",
          "bin(5m)=2026-11-23 12:00:00.000 count(*)=1" },
        { "stats count(*) as n by user.name as who | sort n desc, who | limit 2",
          "who=ann n=2 / who=bob n=1" },
        { "stats sum(ms) / count(*) as mean, max(ms) - min(ms) as spread",
          "mean=325.9 spread=1491" },
        { "stats pct(ms, 50) as p50, percentile(ms, 100) as top", "p50=60.25 top=1500" },
        { "stats stddev(ms) as s, count_distinct(user.name) as n", "s=729.5395 n=3" },
        { "stats earliest(level) as a, latest(level) as b, sortsFirst(level) as c, "
          "sortsLast(level) as d",
          "a=WARN b=ERROR c=ERROR d=WARN" },
        { "stats count(*) as n by level | filter n = 1 | stats count(*) as kinds, sum(n) as s",
          "kinds=3 s=3" },
        { "stats count(*) by level | stats max(count(*)) as most, count(*)", "most=2 count(*)=4" },
        { "stats max(ms) as top by bin(5m) as t | stats max(top) as peak by dateceil(t, 1h)",
          "dateceil(t, 1h)=2026-11-23 13:00:00.000 peak=1500 / "
          "dateceil(t, 1h)=2026-11-23 12:00:00.000 peak=100" },
        { "filter level = 'none' | stats count(*)", "" },
        { "stats count(*) by strlen(level) > 4 as long", "long=0 count(*)=4 / long=1 count(*)=1" },
        { "STATS Count(*) AS n BY level | SORT n DESC | LIMIT 1", "level=INFO n=2" },
        { "stats max(@timestamp) as t", "t=2026-11-23 12:11:40.000" },
    };

    (void)state;
    check_answers(answers, COUNT(answers), false, samples, COUNT(samples));
}

static void
sorts_parses_and_dedups(void **state)
{
    static const struct answer answers[] = {
        { "fields ms | filter ispresent(ms) | sort ms", "ms=9 / ms=20.5 / ms=100 / ms=1500" },
        { "fields level | sort level desc, ms | limit 3", "level=WARN / level=INFO / level=INFO" },
        { "fields ms | sort ms | limit 2 | sort ms desc", "ms=20.5 / ms=9" },
        { "parse @message 'user=*, ms=*' as who, took | filter ispresent(who) | display who, took",
          "who=ann took=12" },
        { "parse /user=(?<who>[a-z]+)/ | filter ispresent(who) | display who", "who=ann" },
        { "parse user.ip '*.*.*' as a, b, c | filter a = 10 | display a, b, c", "a=10 b=1 c=2.3" },
        { "parse @message /ms=(\\d+)/ as took | filter took > 3 | fields took", "took=12" },
        { "fields level, ms | filter ispresent(level) | dedup level",
          "level=ERROR ms=1500 / level=INFO ms=20.5 / level=WARN ms=100" },
        { "fields level, ms | sort ms desc | dedup level | limit 2",
          "level=ERROR ms=1500 / level=WARN ms=100" },
        { "fields level | dedup level | limit 2", " / level=ERROR" },
        { "fields level, ms | fields level as l | filter l = 'WARN'", "level=WARN ms=100 l=WARN" },
        { "fields level, ms | display ms | filter level = 'WARN'", "ms=100" },
        { "fields toupper(user.name) as user.name | filter user.name = 'BOB' | display user.name",
          "user.name=BOB" },
        { "parse level '*O*' as a, b | filter a = 'ERR' | fields b", "a=ERR b=R" },
    };

    (void)state;
    check_answers(answers, COUNT(answers), false, samples, COUNT(samples));
}

static void
knows_lambda_lines(void **state)
{
    static const struct sample lines[] = {
        { 3,
          "REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
          "Max Memory Used: 64 MB\tInit Duration: 200.5 ms\t" },
        { 2, "END RequestId: r-1" },
        { 1, "2026-11-23T12:00:00.001Z\tr-1\tINFO\tgot {\"order\":{\"id\":7}} and {\"x\":1}" },
        { 0, "START RequestId: r-1 Version: $LATEST" },
    };
    static const struct answer answers[] = {
        { "filter @type = 'REPORT' | display @duration, @billedDuration, @memorySize, "
          "@maxMemoryUsed, "
          "@initDuration, @requestId",
          "@duration=12.34 @billedDuration=13 @memorySize=128000000 @maxMemoryUsed=64000000 "
          "@initDuration=200.5 @requestId=r-1" },
        { "stats count(*) by @type",
          "@type=REPORT count(*)=1 / @type=END count(*)=1 / count(*)=1 / @type=START count(*)=1" },
        { "filter order.id = 7 | display order.id, x, @requestId", "order.id=7 @requestId=r-1" },
        { "stats max(@memorySize / 1000 / 1000) as mb", "mb=128" },
    };

    (void)state;
    check_answers(answers, COUNT(answers), true, lines, COUNT(lines));
}

static void
refuses_with_the_place(void **state)
{
    static const struct {
        const char *query;
        size_t start, end;
        const char *sentence;
    } cases[] = {
        { "", 0, 0, "expected a command, got the end of the query" },
        { "fields @message | fliter x", 18, 24, "unknown command fliter, perhaps filter" },
        { "pattern @message", 0, 7, "obsview does not support the command pattern" },
        { "fields a | tail 5", 11, 15,
          "obsview does not support the command tail; write sort and limit" },
        { "fields \xc3\xa9tat, nope(x)", 13, 17, "unknown function nope(), perhaps now()" },
        { "fields strlenn(x)", 7, 14, "unknown function strlenn(), perhaps strlen()" },
        { "fields jsonParse(@message) as j", 7, 16,
          "obsview does not support the function jsonParse()" },
        { "filter ms >", 11, 11,
          "expected a field, a value or a function, got the end of the query" },
        { "filter ms > 5 5", 14, 15, "expected | and a command, or the end, got 5" },
        { "filter x like 5", 14, 15,
          "expected \"text\" or /a regular expression/ behind like, got 5" },
        { "filter x like /a(/", 17, 18, "in the regular expression: missing closing parenthesis" },
        { "filter x like /abc", 14, 18, "the regular expression that begins here has no end" },
        { "filter x = 'abc", 11, 15, "the string that begins here has no end" },
        { "limit 0", 6, 7, "limit is between 1 and 100000" },
        { "limit many", 6, 10, "expected a whole number behind limit, got many" },
        { "stats count(*) by bin(5)", 22, 23, "expected a period such as 5m, 1h or 1d, got 5" },
        { "stats count(*) by bin(5x)", 22, 24,
          "expected a period such as 5m, 1h or 1d (units: ms s m h d w mo q y), got 5x" },
        { "stats level", 6, 11, "in stats a field stands within an aggregate or behind by" },
        { "stats avg(sum(x))", 10, 13,
          "sum() is an aggregate: it stands in stats alone, and not within another" },
        { "filter count(*) > 3", 7, 12,
          "count() is an aggregate: it stands in stats alone, and not within another" },
        { "stats count(*) as n | filter m > 3", 29, 30,
          "m is not known behind stats, which leaves only the fields that it defines" },
        { "stats count(*) | stats count(*) | stats count(*)", 34, 39,
          "more than 2 stats in a query" },
        { "sort a | stats count(*) as n by b | sort n | stats max(n)", 36, 40,
          "sort must stand behind the last stats" },
        { "dedup a | fields b", 10, 16, "only limit may stand behind dedup" },
        { "parse @message 'a=*' as x, y", 15, 20,
          "the pattern catches 1 part, behind as stand 2 names" },
        { "parse @message 'abc' as x", 15, 20, "the pattern has no * that would catch something" },
        { "parse @message /abc/", 15, 20,
          "the regular expression has no group (?<name>...) that would catch something" },
        { "fields substr(x)", 7, 16, "substr() takes at least 2 arguments" },
        { "fields abs(x, y)", 7, 16, "abs() takes 1 argument" },
        { "stats pct(x, 101)", 13, 16, "a percentage is between 0 and 100" },
        { "fields a ? b", 9, 10, "no query has this character here" },
        { "stats count(*) by a | stats latest(a)", 28, 34,
          "latest() needs @timestamp, which the first stats did away with" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct insights_options options = { .now_ms = NOON };
        struct insights_error error;
        struct insights *q = NULL;

        if (insights_new(&q, cases[i].query, &options, &error) == OK)
            fail_msg("%s: was taken", cases[i].query);
        if (strcmp(error.err.text, cases[i].sentence) != 0 || error.start != cases[i].start ||
            error.end != cases[i].end)
            fail_msg("%s\n   says   %s at %zu..%zu\n   not    %s at %zu..%zu", cases[i].query,
                     error.err.text, error.start, error.end, cases[i].sentence, cases[i].start,
                     cases[i].end);
    }
}

static void
bounds_what_a_query_may_be(void **state)
{
    static const struct {
        const char *head, *part, *tail;
        unsigned count;
        const char *sentence;
    } cases[] = {
        { "fields ", "(", "1", 200, "nested deeper than 100 levels" },
        { "fields 1", "+1", "", 500, "more than 400 operators in a row" },
        { "fields ", "- ", "1", 200, "nested deeper than 100 levels" },
        { "fields x", "|limit 1|filter x", "", 200, NULL },
        { "filter x like /a/", " or x like /a/", "", 80, "more than 64 regular expressions" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct insights_options options = { .now_ms = NOON };
        struct insights_error error;
        struct insights *q = NULL;
        struct buf query;

        buf_init(&query, 1 << 16);
        buf_adds(&query, cases[i].head);
        for (unsigned k = 0; k < cases[i].count; k++)
            buf_adds(&query, cases[i].part);
        buf_adds(&query, cases[i].tail);
        if (insights_new(&q, query.data, &options, &error) != OK)
            assert_string_equal(error.err.text, cases[i].sentence);
        else
            assert_null(cases[i].sentence);
        insights_free(q);
        buf_fini(&query);
    }
}

static void
counts_what_a_regular_expression_cannot_judge(void **state)
{
    struct insights *q = compile("filter @message like /(a+)+(a+)+$/ | stats count(*) as n");
    struct insights_counts counts;
    char hard[64];

    (void)state;
    memset(hard, 'a', sizeof hard - 2);
    memcpy(hard + sizeof hard - 2, "b", 2);
    add(q, NOON, hard, false);
    add(q, NOON, "aaa", false);
    add(q, NOON, "b", false);
    insights_counts(q, &counts);
    assert_int_equal(counts.scanned, 3);
    assert_int_equal(counts.matched, 1);
    assert_int_equal(counts.undecided, 1);
    insights_free(q);
}

static void
fails_when_groups_or_rows_are_too_many(void **state)
{
    struct insights *q = compile("stats count(*) by n");
    struct insights_line line = { .stream = "s", .log = "l", .id = print_id };
    char text[32];
    size_t i = 0;

    (void)state;
    for (; i < INSIGHTS_GROUPS_MAX + 10; i++) {
        line.message = text;
        line.len = (size_t)snprintf(text, sizeof text, "{\"n\":%zu}", i);
        if (insights_add(q, &line) != OK)
            break;
    }
    assert_int_equal(i, INSIGHTS_GROUPS_MAX);
    assert_string_equal(insights_failure(q), "stats came to more than 100000 groups");
    assert_int_equal(insights_settle(q), E_LIMIT);
    assert_int_equal(insights_row_count(q), 0);
    insights_free(q);
}

static void
keeps_the_line_through_sections(void **state)
{
    struct insights *q = compile("fields ms | sort ms | limit 2 | filter ms > 10");
    const char *id;
    unsigned group;

    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++)
        add(q, NOON + samples[i].after_ms, samples[i].message, false);
    assert_int_equal(insights_settle(q), OK);
    assert_int_equal(insights_row_count(q), 1);
    assert_true(insights_row_line(q, 0, &group, &id));
    assert_int_equal(group, 3);
    assert_string_equal(id, "id-1795435500001");
    insights_free(q);
}

static void
answers_in_part_while_lines_come(void **state)
{
    struct insights *q = compile("stats count(*) as n by level | sort n desc | limit 1");
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < 3; i++)
        add(q, NOON + samples[i].after_ms, samples[i].message, false);
    print_rows(q, &out);
    assert_string_equal(out.data, "n=1");
    for (size_t i = 3; i < COUNT(samples); i++)
        add(q, NOON + samples[i].after_ms, samples[i].message, false);
    buf_clear(&out);
    print_rows(q, &out);
    assert_string_equal(out.data, "level=INFO n=2");
    buf_fini(&out);
    insights_free(q);
}

static void
note(void *arg, const char *name, const char *text, size_t len)
{
    buf_addf(arg, "%s=%.*s ", name, (int)len, text);
}

static void
tells_all_fields_of_a_line(void **state)
{
    const char *message = "{\"a\":{\"b\":[1,\"x\"]},\"t\":true,\"n\":null}";
    const struct insights_line line = { .time_ms = 1,
                                        .ingested_ms = 2,
                                        .message = message,
                                        .len = strlen(message),
                                        .stream = "s",
                                        .log = "0:g" };
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    insights_discover(&line, note, &out);
    assert_string_equal(out.data,
                        "@timestamp=1 @ingestionTime=2 @message={\"a\":{\"b\":[1,\"x\"]},"
                        "\"t\":true,\"n\":null} @logStream=s @log=0:g a.b.0=1 a.b.1=x t=1 ");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_fields_and_filters),
        cmocka_unit_test(calculates),
        cmocka_unit_test(aggregates),
        cmocka_unit_test(sorts_parses_and_dedups),
        cmocka_unit_test(knows_lambda_lines),
        cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(bounds_what_a_query_may_be),
        cmocka_unit_test(counts_what_a_regular_expression_cannot_judge),
        cmocka_unit_test(fails_when_groups_or_rows_are_too_many),
        cmocka_unit_test(keeps_the_line_through_sections),
        cmocka_unit_test(answers_in_part_while_lines_come),
        cmocka_unit_test(tells_all_fields_of_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
