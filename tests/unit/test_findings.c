/* test_findings.c - one list of findings in six formats, with foreign text in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "cli/findings.h"

static void
fill(struct findings *f)
{
    findings_init(f);
    findings_add(f, FINDING_OK, "clock", NULL, "%d s from the server's", 0);
    findings_put(f, &(struct finding){ .level = FINDING_FAIL,
                                       .rule = "tags.required",
                                       .subject = "arn:aws:s3:::a,b",
                                       .evidence = "lacks <Owner> & \"x\"\n::error::100%",
                                       .expected = "Owner=a: b",
                                       .fix = "add it" });
    findings_add(f, FINDING_WARN, "age", "wait", "young");
    findings_add(f, FINDING_UNKNOWN, "bill", NULL, "cannot judge: \x1b[31mno\xff");
    findings_note(f, "%d notes", 1);
}

static char *
printed(enum findings_format format, bool shows_well)
{
    struct findings_print how = {
        .format = format, .title = "obsview x", .shows_well = shows_well, .cost_microusd = 10000
    };
    struct findings f;
    struct buf out;

    fill(&f);
    buf_init(&out, 1 << 16);
    findings_print(&out, &f, &how);
    assert_false(buf_failed(&out));
    findings_fini(&f);
    return buf_take(&out, NULL);
}

static void
assert_printed(enum findings_format format, bool shows_well, const char *expected)
{
    char *text = printed(format, shows_well);

    assert_string_equal(text, expected);
    free(text);
}

static void
texts_become_fit_to_be_printed(void **state)
{
    struct findings f;

    (void)state;
    findings_init(&f);
    findings_add(&f, FINDING_OK, "a", NULL, "all is %s", "well");
    findings_add(&f, FINDING_WARN, "b", "next\033[0m", "\033[31mred");
    assert_int_equal(f.count, 2);
    assert_string_equal(f.items[0].evidence, "all is well");
    assert_string_equal(f.items[0].fix, "");
    assert_null(strchr(f.items[1].evidence, '\033'));
    assert_null(strchr(f.items[1].fix, '\033'));
    assert_int_equal(f.levels[FINDING_WARN], 1);
    assert_int_equal(f.levels[FINDING_FAIL], 0);
    findings_fini(&f);
}

static void
people_read_lines(void **state)
{
    (void)state;
    assert_printed(FINDINGS_TEXT, false,
                   "fail    tags.required  arn:aws:s3:::a,b\n"
                   "        lacks <Owner> & \"x\" ::error::100%\n"
                   "        expected: Owner=a: b\n"
                   "        next: add it\n"
                   "warn    age            young\n"
                   "        next: wait\n"
                   "unknown bill           cannot judge: \xef\xbf\xbd[31mno\xef\xbf\xbd\n"
                   "1 notes\n"
                   "obsview x: 4 looked at, 1 ok, 1 warn, 1 fail, 1 unknown\n"
                   "asking cost about 0.010000 USD\n");
}

static void
what_is_well_is_shown_when_asked_for(void **state)
{
    char *text = printed(FINDINGS_TEXT, true);

    (void)state;
    assert_non_null(strstr(text, "ok      clock          0 s from the server's\n"));
    assert_null(strstr(text, "looked at"));
    free(text);
}

static void
scripts_read_json(void **state)
{
    char *text = printed(FINDINGS_JSON, false);

    (void)state;
    assert_non_null(strstr(text, "{\"level\":\"ok\",\"rule\":\"clock\",\"subject\":\"\","
                                 "\"evidence\":\"0 s from the server's\",\"expected\":\"\","
                                 "\"fix\":\"\"}"));
    assert_non_null(strstr(text, "\"subject\":\"arn:aws:s3:::a,b\",\"evidence\":"
                                 "\"lacks <Owner> & \\\"x\\\" ::error::100%\""));
    assert_non_null(strstr(text, "\"notes\":[\"1 notes\"],\"costUsd\":0.01}\n"));
    free(text);
}

static void
ci_reads_junit(void **state)
{
    (void)state;
    assert_printed(
        FINDINGS_JUNIT, false,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"obsview x\" tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"0\" "
        "time=\"0\">\n"
        "  <testsuite name=\"obsview x\" tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"0\" "
        "time=\"0\">\n"
        "    <testcase classname=\"clock\" name=\"clock\" time=\"0\"/>\n"
        "    <testcase classname=\"tags.required\" name=\"arn:aws:s3:::a,b\" time=\"0\">\n"
        "      <failure type=\"fail\" message=\"lacks &lt;Owner&gt; &amp; &quot;x&quot; "
        "::error::100%\">lacks &lt;Owner&gt; &amp; &quot;x&quot; ::error::100%\n"
        "expected: Owner=a: b\nnext: add it</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"age\" name=\"age\" time=\"0\">\n"
        "      <failure type=\"warn\" message=\"young\">young\nnext: wait</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"bill\" name=\"bill\" time=\"0\">\n"
        "      <error type=\"unknown\" message=\"cannot judge: \xef\xbf\xbd[31mno\xef\xbf\xbd\">"
        "cannot judge: \xef\xbf\xbd[31mno\xef\xbf\xbd</error>\n"
        "    </testcase>\n"
        "    <system-out>1 notes\n</system-out>\n"
        "  </testsuite>\n</testsuites>\n");
}

/* Whole in JSON, and elsewhere where it is short enough to be read. */
static void
a_correction_is_told_in_each_format(void **state)
{
    static const char *const wanted[] = {
        [FINDINGS_TEXT] = "        corrected: {\"a\":\"<%\"}\n",
        [FINDINGS_JSON] = "\"corrected\":{\"a\":\"<%\"}",
        [FINDINGS_JUNIT] = "\ncorrected: {&quot;a&quot;:&quot;&lt;%&quot;}</failure>",
        [FINDINGS_GITHUB] = "%0Acorrected: {\"a\":\"<%25\"}\n",
        [FINDINGS_MARKDOWN] = "| e<br>corrected: {\"a\":\"&#60;%\"} |\n",
        [FINDINGS_SARIF] = "\"properties\":{\"corrected\":{\"a\":\"<%\"}}",
    };
    char long_one[4000] = "{\"a\":\"";

    (void)state;
    memset(long_one + 6, 'x', sizeof long_one - 9);
    memcpy(long_one + sizeof long_one - 3, "\"}", 3);
    for (int format = FINDINGS_TEXT; format <= FINDINGS_SARIF; format++) {
        const struct findings_print how = { .format = (enum findings_format)format, .title = "x" };
        struct findings f;
        struct buf out;

        buf_init(&out, 1 << 16);
        findings_init(&f);
        findings_put(&f, &(struct finding){ .level = FINDING_FAIL,
                                            .rule = "r",
                                            .subject = "s",
                                            .evidence = "e",
                                            .corrected = "{\"a\":\"<%\"}" });
        findings_put(
            &f, &(struct finding){ .level = FINDING_FAIL, .rule = "r", .corrected = long_one });
        findings_print(&out, &f, &how);
        if (strstr(out.data, wanted[format]) == NULL)
            fail_msg("%s", out.data);
        assert_true((strstr(out.data, "xxxx") != NULL) ==
                    (format == FINDINGS_JSON || format == FINDINGS_SARIF));
        findings_fini(&f);
        buf_fini(&out);
    }
}

static void
github_reads_commands(void **state)
{
    (void)state;
    assert_printed(FINDINGS_GITHUB, false,
                   "::error title=tags.required::arn:aws:s3:::a,b lacks <Owner> & \"x\" "
                   "::error::100%25%0Aexpected: Owner=a: b%0Anext: add it\n"
                   "::warning title=age::young%0Anext: wait\n"
                   "::error title=bill::cannot judge: \xef\xbf\xbd[31mno\xef\xbf\xbd\n"
                   "1 notes\n"
                   "obsview x: 4 looked at, 1 ok, 1 warn, 1 fail, 1 unknown\n"
                   "asking cost about 0.010000 USD\n");
}

/* Names that an app sent stand at the beginning of notes. */
static void
notes_are_no_commands(void **state)
{
    const struct findings_print how = { .format = FINDINGS_GITHUB,
                                        .title = "x",
                                        .shows_well = true };
    struct findings f;
    struct buf out;

    (void)state;
    findings_init(&f);
    findings_note(&f, "%s: 4 series", "::stop-commands::x");
    findings_note(&f, "%s: 4 series", "  ::add-mask::e");
    findings_note(&f, "%s: 4 series", "Shop ##[add-mask]e##[group]");
    buf_init(&out, 4096);
    findings_print(&out, &f, &how);
    assert_string_equal(out.data, "- ::stop-commands::x: 4 series\n-   ::add-mask::e: 4 series\n"
                                  "Shop ## [add-mask]e## [group]: 4 series\n");
    buf_fini(&out);
    findings_fini(&f);
}

/* Of a megabyte GitHub shows nothing. */
static void
a_summary_has_an_end(void **state)
{
    const struct findings_print how = { .format = FINDINGS_GITHUB, .title = "x" };
    char path[] = "/tmp/obsview-summary-XXXXXX";
    int fd = mkstemp(path);
    struct err err = { 0 };
    struct findings f;
    static char text[200000];

    (void)state;
    assert_true(fd >= 0);
    setenv("GITHUB_STEP_SUMMARY", path, 1);
    findings_init(&f);
    for (int i = 0; i < 2000; i++)
        findings_add(&f, FINDING_FAIL, "r", NULL, "this and that is wrong with number %d", i);
    assert_int_equal(findings_show(&f, &how, &err), OK);
    assert_in_range(pread(fd, text, sizeof text - 1, 0), 90000, 110000);
    assert_non_null(strstr(text, " more are in the log of this step."));
    assert_non_null(strstr(text, "2000 looked at, 0 ok, 0 warn, 2000 fail"));
    unsetenv("GITHUB_STEP_SUMMARY");
    findings_fini(&f);
    close(fd);
    unlink(path);
}

static void
properties_of_a_command_escape_more(void **state)
{
    struct findings_print how = { .format = FINDINGS_GITHUB, .title = "x", .shows_well = true };
    struct findings f;
    struct buf out;

    (void)state;
    findings_init(&f);
    findings_add(&f, FINDING_FAIL, "logs:Filter,100%", NULL, "x");
    buf_init(&out, 4096);
    findings_print(&out, &f, &how);
    assert_string_equal(out.data, "::error title=logs%3AFilter%2C100%25::x\n");
    buf_fini(&out);
    findings_fini(&f);
}

/* What the findings of a list with `where` look like to GitHub. */
static char *
placed(const char *where)
{
    struct findings_print how = { .format = FINDINGS_GITHUB, .title = "x", .shows_well = true };
    struct findings f;
    struct buf out;

    findings_init(&f);
    findings_put(&f, &(struct finding){
                         .level = FINDING_FAIL, .rule = "r", .evidence = "e", .where = where });
    buf_init(&out, 4096);
    findings_print(&out, &f, &how);
    findings_fini(&f);
    return buf_take(&out, NULL);
}

static void
a_line_of_a_file_is_annotated(void **state)
{
    static const struct {
        const char *where, *printed;
    } rows[] = {
        { "a/app.log:12", "::error file=a/app.log,line=12,title=r::e\n" },
        { "a:b,c%.log:3", "::error file=a%3Ab%2Cc%25.log,line=3,title=r::e\n" },
        { NULL, "::error title=r::e\n" },
        { "event 7", "::error title=r::e\n" },
        { "-:7", "::error title=r::e\n" },
        { ":7", "::error title=r::e\n" },
        { "app.log:", "::error title=r::e\n" },
        { "app.log:7x", "::error title=r::e\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = placed(rows[i].where);

        assert_string_equal(text, rows[i].printed);
        free(text);
    }
}

static void
markdown_is_a_table(void **state)
{
    (void)state;
    assert_printed(FINDINGS_MARKDOWN, false,
                   "### obsview x: not ok\n\n"
                   "| | rule | what | evidence |\n| --- | --- | --- | --- |\n"
                   "| **fail** | tags.required | arn:aws:s3:::a,b | lacks &#60;Owner&#62; &#38; "
                   "\"x\" ::error::100%<br>expected: Owner=a: b<br>next: add it |\n"
                   "| **warn** | age |   | young<br>next: wait |\n"
                   "| **unknown** | bill |   | cannot judge: \xef\xbf\xbd&#91;31mno\xef\xbf\xbd |\n"
                   "\n1 notes<br>obsview x: 4 looked at, 1 ok, 1 warn, 1 fail, 1 unknown\n"
                   "asking cost about 0.010000 USD\n\n");
}

/* A message of an error is anybody's, and a table may become a comment. */
static void
markdown_links_and_mentions_nobody(void **state)
{
    const struct findings_print how = { .format = FINDINGS_MARKDOWN, .title = "x" };
    struct findings f;
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    findings_init(&f);
    findings_put(&f, &(struct finding){ .level = FINDING_FAIL,
                                        .rule = "r",
                                        .subject = "@team to a@b.example",
                                        .evidence = "https://e.example WWW.e.example" });
    findings_print(&out, &f, &how);
    assert_non_null(strstr(out.data, "| &#64;<!-- -->team to a&#64;<!-- -->b.example |"));
    assert_non_null(strstr(out.data, "| https:<!-- -->//e.example WWW.<!-- -->e.example |"));
    findings_fini(&f);
    buf_fini(&out);
}

static const char *
explain(const char *rule)
{
    return strcmp(rule, "age") == 0 ? "how old it is" : NULL;
}

/* Of a list that somebody fills; the caller deletes it. */
static cJSON *
sarif_of(void (*fill_list)(struct findings *f))
{
    const struct findings_print how = { .format = FINDINGS_SARIF,
                                        .title = "obsview check x",
                                        .explain = explain };
    struct findings f;
    struct buf out;
    cJSON *log;

    fill_list(&f);
    buf_init(&out, (size_t)64 << 20);
    findings_print(&out, &f, &how);
    assert_false(buf_failed(&out));
    log = cJSON_Parse(out.data);
    assert_non_null(log);
    findings_fini(&f);
    buf_fini(&out);
    return log;
}

static const cJSON *
sarif_run(const cJSON *log)
{
    return cJSON_GetArrayItem(json_get(log, "runs"), 0);
}

static const cJSON *
sarif_result(const cJSON *log, int at)
{
    return cJSON_GetArrayItem(json_get(sarif_run(log), "results"), at);
}

static const char *
sarif_message(const cJSON *of)
{
    return json_get_string(json_get(of, "message"), "text", "");
}

static const char *
sarif_print(const cJSON *result)
{
    return json_get_string(json_get(result, "partialFingerprints"), "primaryLocationLineHash", "");
}

static void
code_scanning_reads_sarif(void **state)
{
    static const struct {
        const char *rule, *kind, *level, *message;
    } rows[] = {
        { "tags.required", "fail", "error",
          "arn:aws:s3:::a,b: lacks <Owner> & \"x\" ::error::100%\nexpected: Owner=a: b\nnext: add "
          "it" },
        { "bill", "open", "", "cannot judge: \xef\xbf\xbd[31mno\xef\xbf\xbd" },
        { "age", "fail", "warning", "young\nnext: wait" },
    };
    cJSON *log = sarif_of(fill);
    const cJSON *rules = json_get(json_get(json_get(sarif_run(log), "tool"), "driver"), "rules");

    (void)state;
    assert_int_equal(cJSON_GetArraySize(json_get(sarif_run(log), "results")), 3);
    for (int i = 0; i < 3; i++) {
        const cJSON *result = sarif_result(log, i);

        assert_string_equal(json_get_string(result, "ruleId", ""), rows[i].rule);
        assert_int_equal(json_get_int(result, "ruleIndex", -1), i);
        assert_string_equal(json_get_string(cJSON_GetArrayItem(rules, i), "id", ""), rows[i].rule);
        assert_string_equal(json_get_string(result, "kind", ""), rows[i].kind);
        assert_string_equal(json_get_string(result, "level", ""), rows[i].level);
        assert_string_equal(sarif_message(result), rows[i].message);
    }
    assert_string_equal(json_get_string(json_get(cJSON_GetArrayItem(rules, 2), "help"), "text", ""),
                        "how old it is. See obsview-check(1) and \"obsview help checks\".");
    assert_string_equal(json_get_string(json_get(cJSON_GetArrayItem(rules, 1), "help"), "text", ""),
                        "See obsview-check(1).");
    cJSON_Delete(log);
}

static void
what_could_not_be_judged_is_no_success(void **state)
{
    cJSON *log = sarif_of(fill);
    const cJSON *invocation = cJSON_GetArrayItem(json_get(sarif_run(log), "invocations"), 0);
    const cJSON *told = cJSON_GetArrayItem(json_get(invocation, "toolExecutionNotifications"), 0);

    (void)state;
    assert_true(cJSON_IsFalse(json_get(invocation, "executionSuccessful")));
    assert_string_equal(json_get_string(told, "level", ""), "error");
    assert_string_equal(json_get_string(json_get(told, "associatedRule"), "id", ""), "bill");
    assert_memory_equal(sarif_message(told), "cannot judge", 12);
    cJSON_Delete(log);
}

static void
put_place(struct findings *f, const char *where)
{
    findings_put(f, &(struct finding){
                        .level = FINDING_FAIL, .rule = "r", .evidence = "e", .where = where });
}

static void
fill_places(struct findings *f)
{
    findings_init(f);
    put_place(f, "./a/app.log:12");
    put_place(f, "/var/log/a b.log:3");
    put_place(f, "a:b%.log:0");
    put_place(f, "event 7");
    put_place(f, "-:7");
}

/* A result without a file would have all of them refused. */
static void
each_result_has_a_place(void **state)
{
    static const struct {
        const char *uri;
        int line;
    } rows[] = { { "a/app.log", 12 },
                 { "file:///var/log/a%20b.log", 3 },
                 { "a%3Ab%25.log", 1 },
                 { "obsview-check-x", 1 },
                 { "obsview-check-x", 1 } };
    cJSON *log = sarif_of(fill_places);

    (void)state;
    for (int i = 0; i < 5; i++) {
        const cJSON *place = json_get(
            cJSON_GetArrayItem(json_get(sarif_result(log, i), "locations"), 0), "physicalLocation");
        const cJSON *region = json_get(place, "region");

        assert_string_equal(json_get_string(json_get(place, "artifactLocation"), "uri", ""),
                            rows[i].uri);
        assert_int_equal(json_get_int(region, "startLine", 0), rows[i].line);
        assert_int_equal(json_get_int(region, "endLine", 0), rows[i].line);
        assert_int_equal(json_get_int(region, "startColumn", 0), 1);
        assert_int_equal(json_get_int(region, "endColumn", 0), 2);
    }
    cJSON_Delete(log);
}

static void
put_same(struct findings *f, const char *evidence, const char *same)
{
    findings_put(f, &(struct finding){
                        .level = FINDING_FAIL, .rule = "r", .evidence = evidence, .same = same });
}

static void
fill_alike(struct findings *f)
{
    findings_init(f);
    findings_add(f, FINDING_FAIL, "r", NULL, "the p75 is 2600 ms");
    findings_add(f, FINDING_FAIL, "r", NULL, "the p75 is 31 ms");
    findings_add(f, FINDING_FAIL, "s", NULL, "the p75 is 31 ms");
    put_same(f, "no unit (4 times)", "no unit");
    put_same(f, "no unit", "no unit");
}

/* By these two uploads are compared. */
static void
a_fingerprint_is_of_what_was_found(void **state)
{
    static const int alike[] = { 0, 0, 2, 3, 3 }; /* the one whose digest a result has */
    static const char number[] = { '1', '2', '1', '1', '2' };
    cJSON *log = sarif_of(fill_alike);

    (void)state;
    for (int i = 0; i < 5; i++) {
        const char *print = sarif_print(sarif_result(log, i));

        assert_int_equal(strlen(print), 18);
        assert_int_equal(print[17], number[i]);
        for (int other = 0; other < i; other++)
            assert_true((memcmp(print, sarif_print(sarif_result(log, other)), 17) == 0) ==
                        (alike[other] == alike[i]));
    }
    cJSON_Delete(log);
}

static void
fill_signs(struct findings *f)
{
    findings_init(f);
    findings_add(f, FINDING_FAIL, "r", NULL, "{0} [x](https://example.com) [y] (z)");
    findings_put(f, &(struct finding){ .level = FINDING_FAIL, .rule = "nothing said" });
}

static void
a_message_is_no_link_and_never_empty(void **state)
{
    cJSON *log = sarif_of(fill_signs);

    (void)state;
    assert_string_equal(sarif_message(sarif_result(log, 0)),
                        "{{0}} [x] (https://example.com) [y] (z)");
    assert_string_equal(sarif_message(sarif_result(log, 1)), "nothing said");
    cJSON_Delete(log);
}

static void
fill_many(struct findings *f)
{
    findings_init(f);
    for (int i = 0; i < 6000; i++)
        findings_add(f, FINDING_WARN, "r", NULL, "w");
    findings_add(f, FINDING_UNKNOWN, "r", NULL, "u");
    findings_add(f, FINDING_FAIL, "r", NULL, "f");
}

static void
of_many_the_worst_are_told(void **state)
{
    cJSON *log = sarif_of(fill_many);
    const cJSON *invocation = cJSON_GetArrayItem(json_get(sarif_run(log), "invocations"), 0);
    const cJSON *told = json_get(invocation, "toolExecutionNotifications");

    (void)state;
    assert_int_equal(cJSON_GetArraySize(json_get(sarif_run(log), "results")), 5000);
    assert_string_equal(sarif_message(sarif_result(log, 0)), "f");
    assert_string_equal(sarif_message(sarif_result(log, 1)), "u");
    assert_string_equal(sarif_message(cJSON_GetArrayItem(told, 1)),
                        "1002 further findings are left out");
    cJSON_Delete(log);
}

static void
a_run_of_github_actions_has_a_summary(void **state)
{
    const struct findings_print how = { .format = FINDINGS_GITHUB, .title = "x" };
    char path[] = "/tmp/obsview-summary-XXXXXX", text[256] = "";
    int fd = mkstemp(path);
    struct err err = { 0 };
    struct findings f;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "before\n", 7), 7);
    setenv("GITHUB_STEP_SUMMARY", path, 1);
    findings_init(&f);
    findings_add(&f, FINDING_OK, "r", NULL, "well");
    assert_int_equal(findings_show(&f, &how, &err), OK);
    assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
    assert_string_equal(text,
                        "before\n### x: ok\n\nx: 1 looked at, 1 ok, 0 warn, 0 fail, 0 unknown\n\n");
    setenv("GITHUB_STEP_SUMMARY", "/nonexistent/summary", 1);
    assert_int_equal(findings_show(&f, &how, &err), E_IO);
    assert_non_null(strstr(err.text, "/nonexistent/summary"));
    unsetenv("GITHUB_STEP_SUMMARY");
    findings_fini(&f);
    close(fd);
    unlink(path);
}

static void
a_format_is_one_of_six(void **state)
{
    static const char *const names[] = { "text", "json", "junit", "github", "md", "sarif" };
    enum findings_format format = FINDINGS_TEXT;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(findings_format_parse(&format, names[i], "check", &err), OK);
        assert_int_equal(format, i);
    }
    assert_int_equal(findings_format_parse(&format, "csv", "check", &err), E_USAGE);
    assert_string_equal(err.text, "check prints text, json, junit, github, md or sarif, not csv");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_fit_to_be_printed),
        cmocka_unit_test(people_read_lines),
        cmocka_unit_test(what_is_well_is_shown_when_asked_for),
        cmocka_unit_test(scripts_read_json),
        cmocka_unit_test(ci_reads_junit),
        cmocka_unit_test(a_correction_is_told_in_each_format),
        cmocka_unit_test(github_reads_commands),
        cmocka_unit_test(notes_are_no_commands),
        cmocka_unit_test(a_summary_has_an_end),
        cmocka_unit_test(properties_of_a_command_escape_more),
        cmocka_unit_test(a_line_of_a_file_is_annotated),
        cmocka_unit_test(markdown_is_a_table),
        cmocka_unit_test(markdown_links_and_mentions_nobody),
        cmocka_unit_test(code_scanning_reads_sarif),
        cmocka_unit_test(what_could_not_be_judged_is_no_success),
        cmocka_unit_test(each_result_has_a_place),
        cmocka_unit_test(a_fingerprint_is_of_what_was_found),
        cmocka_unit_test(a_message_is_no_link_and_never_empty),
        cmocka_unit_test(of_many_the_worst_are_told),
        cmocka_unit_test(a_run_of_github_actions_has_a_summary),
        cmocka_unit_test(a_format_is_one_of_six),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
