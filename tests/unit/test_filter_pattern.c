/* test_filter_pattern.c - which messages a filter pattern wants.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "domain/filter_pattern.h"

struct match_case {
    const char *pattern;
    const char *message;
    bool matches;
};

static struct filter_pattern *
compiled(const char *pattern)
{
    struct filter_pattern *fp = NULL;
    struct err err = { 0 };

    if (filter_pattern_compile(&fp, pattern, &err) != OK)
        fail_msg("%s: %s", pattern, err.text);
    return fp;
}

static void
check(const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct filter_pattern *fp = compiled(cases[i].pattern);
        size_t len = strlen(cases[i].message);
        char *exact = xstrndup(cases[i].message, len); /* so that a step too far is seen */
        bool matches = filter_pattern_match(fp, exact, len);

        if (matches != cases[i].matches)
            fail_msg("%s %s: %s", cases[i].pattern, matches ? "matches" : "does not match",
                     cases[i].message);
        assert_int_equal(filter_pattern_undecided(fp), 0);
        free(exact);
        filter_pattern_free(fp);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void
terms_are_looked_for_as_they_are_written(void **state)
{
    static const struct match_case cases[] = {
        { "", "anything", true },
        { "", "", true },
        { "  ", "anything", true },
        { "\" \"", "all-in-one-word", true },
        { "\"\"", "anything", true },
        { "ERROR", "[ERROR 400] BAD REQUEST", true },
        { "ERROR", "[error 400] BAD REQUEST", false },
        { "ERROR", "Exiting with ERRORCODE: -1", true },
        { "ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true },
        { "ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", false },
        { "ARGUMENTS\tERROR", "[ERROR 419] MISSING ARGUMENTS", true },
        { "?ERROR ?ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", true },
        { "?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", true },
        { "?ERROR ?ARGUMENTS", "[INFO] REQUEST", false },
        { "?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", true }, /* ? is ignored */
        { "?ERROR REQUEST", "[ERROR]", false },
        { "?ERROR -INFO", "[WARN]", true },
        { "?ERROR -INFO", "[INFO] ERROR", false },
        { "\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true },
        { "\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL  SERVER ERROR", false },
        { "ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true },
        { "ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false },
        { "-ARGUMENTS", "anything else", true },
        { "-\"two words\"", "two words", false },
        { "\"ERROR\" - \"Exiting\"", "ERROR Exiting", false },
        { "?\"a b\" ?c", "x a b", true },
        { "\"say \\\"hi\\\"\"", "she did say \"hi\"", true },
        { "\"back\\\\slash\"", "a back\\slash", true },
        { "\"\xc3\xa9t\xc3\xa9\"", "un \xc3\xa9t\xc3\xa9", true },
        { "snake_case_2", "a snake_case_2 b", true },
        { "longer", "long", false },
        { "a", "", false },
    };

    (void)state;
    CHECK(cases);
}

static void
regular_expressions_match_anywhere(void **state)
{
    static const struct match_case cases[] = {
        { "%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true },
        { "%authorized%", "[ERROR 401] UNAUTHORIZED REQUEST", false },
        { "%^[hc]at%", "hat", true },
        { "%^[hc]at%", "that", false },
        { "%[hc]at$%", "that", true },
        { "%[hc]at$%", "that\n", true }, /* as a Lambda's lines end */
        { "%[hc]at$%", "that\nmore", false },
        { "%colou?r%", "color", true },
        { "%colou?r%", "colour", true },
        { "%[abcx-z]%", "y", true },
        { "%^a{3,5}$%", "aaaa", true },
        { "%^a{3,5}$%", "aa", false },
        { "%^a{3, 5}$%", "aaaaa", true },
        { "%^a{,2}$%", "aa", true },
        { "%^a{,2}$%", "aaa", false },
        { "%^a{2,}$%", "aaa", true },
        { "%^a{2}$%", "aaa", false },
        { "%gra|ey%", "gra", true },
        { "%gra|ey%", "they", true },
        { "%^starting|^initializing|^shutting down%", "shutting down now", true },
        { "%^starting|^initializing|^shutting down%", "skipping initializing", false },
        { "%\\[.\\]%", "[]]", true },
        { "%\\[.\\]%", "[]", false },
        { "%10\\.10\\.0\\.1%", "at 10.10.0.1", true },
        { "%10\\.10\\.0\\.1%", "10010,051", false },
        { "%10.10.0.1%", "10010,051", true },
        { "%ab[0-9]*%", "ab129", true },
        { "%ab+c%", "ac", false },
        { "%\\d{3} \\D%", "404 x", true },
        { "%^\\S+\\s\\w\\W$%", "a\tb!", true },
        { "%\\x28\\x3A\\x25%", "(:%", true },
        { "%a.c%", "a\nc", true },
        { "%[^abc]%", "abc", false },
        { "%[]]%", "]", true },
        { "%[[]%", "[", true },
        { "%[^]]%", "]", false },
        { "%a{2}% -%b%", "aa b", false },
        { "?%^a% ?%b$%", "xb", true },
    };

    (void)state;
    CHECK(cases);
}

static const char trail[] =
    "{\"eventType\":\"UpdateTrail\",\"sourceIPAddress\":\"111.111.111.111\","
    "\"arrayKey\":[\"value\",\"another value\"],"
    "\"objectList\":[{\"name\":\"a\",\"id\":1},{\"name\":\"b\",\"id\":2}],"
    "\"SomeObject\":null,\"ThisFlag\":true,\"OffFlag\":false,\"cluster.name\":\"c\","
    "\"n\":503,\"big\":1.5e3,\"text\":\"404\",\"path\":\"a\\/b\",\"esc\":\"\\u0065vil\","
    "\"user\":{\"id\":1,\"email\":\"John.Stiles@example.com\"},"
    "\"coordinates\":[[0,1,2],[4,5,6]],\"a-b_c\":1,\"neg\":-4.5}";

static void
json_fields_are_compared(void **state)
{
    static const struct match_case cases[] = {
        { "{ $.eventType = \"UpdateTrail\" }", trail, true },
        { "{$.eventType=UpdateTrail}", trail, true },
        { "{ $.eventType = \"updateTrail\" }", trail, false },
        { "{ $.eventType != \"UpdateTrail\" }", trail, false },
        { "{ $.eventType != \"Other\" }", trail, true },
        { "{ $.sourceIPAddress != 123.123.* }", trail, true },
        { "{ $.sourceIPAddress != 111.111.* }", trail, false },
        { "{ $.eventType = Update* }", trail, true },
        { "{ $.eventType = \"*Trail\" }", trail, true },
        { "{ $.eventType = *dateT* }", trail, true },
        { "{ $.eventType = *date }", trail, false },
        { "{ $.eventType = Up*Trail }", trail, false }, /* in the middle it means itself */
        { "{ $.eventType = * }", trail, true },
        { "{ $.absent = * }", trail, false },
        { "{ $.arrayKey[0] = \"value\" }", trail, true },
        { "{ $.arrayKey[1] = \"value\" }", trail, false },
        { "{ $.arrayKey[2] = \"value\" }", trail, false },
        { "{ $.arrayKey = \"value\" }", trail, false },
        { "{ $.arrayKey != \"value\" }", trail, false }, /* a list is no value */
        { "{ $.user != 1 }", trail, false },
        { "{ $.absent != 1 }", trail, false },
        { "{ $.SomeObject != 1 }", trail, false },
        { "{ $.eventType[0] = U }", trail, false },
        { "{ $.arrayKey.value = 1 }", trail, false },
        { "{ $.objectList[1].id = 2 }", trail, true },
        { "{ $.objectList[*].id = 2 }", trail, true },
        { "{ $.objectList[*].id = 3 }", trail, false },
        { "{ $.objectList[*].id != 1 }", trail, true },
        { "{ $.coordinates[1][2] = 6 }", trail, true },
        { "{ $.user.* = 1 }", trail, true },
        { "{ $.* = \"c\" }", trail, true },
        { "{ $.arrayKey[*] = %val.{2}% }", trail, true },
        { "{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", trail, true },
        { "{ $.eventType = %Trail% }", trail, true },
        { "{ $.eventType != %Trail% }", trail, false },
        { "{ $.n = %^5% }", trail, true },
        { "{ $.['cluster.name'] = \"c\" }", trail, true },
        { "{ $.[\"cluster.name\"] = \"c\" }", trail, true },
        { "{ $['user'].id = 1 }", trail, true },
        { "{ $[\"user\"][\"id\"] = 1 }", trail, true },
        { "{ $.a-b_c = 1 }", trail, true },
        { "{ $.path = \"a/b\" }", trail, true },
        { "{ $.esc = \"evil\" }", trail, true },
        { "{ $.user.email = \"John.Stiles@example.com\" }", trail, true },
        { "{ $.user.email = John.Stiles@example.com }", trail, true },
    };

    (void)state;
    CHECK(cases);
}

static void
json_numbers_are_compared_as_numbers(void **state)
{
    static const struct match_case cases[] = {
        { "{ $.n = 503 }", trail, true },         { "{ $.n = 503.0 }", trail, true },
        { "{ $.n = 5.03e+2 }", trail, true },     { "{ $.n != 500 }", trail, true },
        { "{ $.n > 500 }", trail, true },         { "{ $.n >= 503 }", trail, true },
        { "{ $.n < 503 }", trail, false },        { "{ $.n <= +503 }", trail, true },
        { "{ $.n = 5* }", trail, true },          { "{ $.n = 4* }", trail, false },
        { "{ $.n = \"503\" }", trail, true },     { "{ $.neg < -4 }", trail, true },
        { "{ $.neg = -4.5 }", trail, true },      { "{ $.big = 1500 }", trail, true },
        { "{ $.big = \"1500*\" }", trail, true }, { "{ $.text = 404 }", trail, true },
        { "{ $.text > 400 }", trail, true },      { "{ $.eventType > 1 }", trail, false },
        { "{ $.eventType != 1 }", trail, true },
    };

    (void)state;
    CHECK(cases);
}

static void
json_states_and_compounds(void **state)
{
    static const struct match_case cases[] = {
        { "{ $.SomeObject IS NULL }", trail, true },
        { "{ $.absent IS NULL }", trail, false },
        { "{ $.n IS NULL }", trail, false },
        { "{ $.ThisFlag IS TRUE }", trail, true },
        { "{ $.ThisFlag IS FALSE }", trail, false },
        { "{ $.OffFlag IS FALSE }", trail, true },
        { "{ $.n IS TRUE }", trail, false },
        { "{ $.absent NOT EXISTS }", trail, true },
        { "{ $.user.absent.deeper NOT EXISTS }", trail, true },
        { "{ $.SomeObject NOT EXISTS }", trail, false },
        { "{ $.objectList[*].size NOT EXISTS }", trail, true },
        { "{ $.objectList[*].id NOT EXISTS }", trail, false },
        { "{ ($.user.id = 1) && ($.objectList[0].name = \"a\") }", trail, true },
        { "{ ($.user.id = 2 && $.n = 503) || $.big = 1 }", trail, false },
        { "{ $.user.id = 1 || $.n = 1 && $.big = 1 }", trail, true },
        { "{ ($.user.id = 1 || $.n = 1) && $.big = 1 }", trail, false },
        { "{ $.eventType = \"A\" || $.eventType = \"UpdateTrail\" }", trail, true },
        { "{ ((($.n > 1 && (($.n < 1000))))) }", trail, true },
        { "{ $.absent NOT EXISTS && $.n > 500 }", trail, true },
    };

    (void)state;
    CHECK(cases);
}

static void
what_is_not_json_never_matches_a_json_pattern(void **state)
{
    static const struct match_case cases[] = {
        { "{ $.level = \"ERROR\" }", "level ERROR", false },
        { "{ $.a NOT EXISTS }", "no json", false },
        { "{ $.a NOT EXISTS }", "", false },
        { "{ $.a NOT EXISTS }", "{}", true },
        { "{ $.a NOT EXISTS }", "{\"a\":", false },
        { "{ $.a NOT EXISTS }", "{} trailing", false },
        { "{ $.level = \"ERROR\" }", "INFO {\"level\":\"ERROR\"}", false },
        { "{ $.level = \"ERROR\" }", " {\"level\":\"ERROR\"}\n", true },
        { "{ $.level = \"ERROR\" }", "{\"\\u006cevel\":\"ERR\\u004fR\"}", true },
        { "{ $[0].level = \"ERROR\" }", "[{\"level\":\"ERROR\"}]", true },
    };

    (void)state;
    CHECK(cases);
}

static const char apache[] = "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "
                             "\"GET /index.html HTTP/1.0\" 404 1534";

static void
fields_are_matched_in_their_order(void **state)
{
    static const struct match_case cases[] = {
        { "[ip, user, username, timestamp, request, status_code, bytes]", apache, true },
        { "[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = "
          "4*, bytes]",
          apache, true },
        { "[ip, user, username, timestamp, request, status_code = 5*, bytes]", apache, false },
        { "[ip, user, username, timestamp, request, status_code = 404, bytes > 1000]", apache,
          true },
        { "[ip, user, username, timestamp, request, status_code = 404, bytes > 2000]", apache,
          false },
        { "[..., request =*.html*, status_code = 4*, bytes]", apache, true },
        { "[..., request=*.html*, status_code=4*,]", apache, true },
        { "[..., status_code=4*, x, y]", apache, false },
        { "[ip, ..., bytes>1000]", apache, true },
        { "[..., s = frank, last]", apache, false }, /* an ellipsis is there: nothing is open */
        { "[..., s = 404, last]", apache, true },
        { "[ip=127*, ...]", apache, true },
        { "[ip=128*, ...]", apache, false },
        { "[..., s = 404, ...]", apache, true },
        { "[..., s = 405, ...]", apache, false },
        { "[..., a = Prod, ..., b = 404, ...]", apache, true },
        { "[..., b = 404, ..., a = Prod, ...]", apache, false },
        { "[...]", "", true },
        { "[..., a]", "", false },
        { "[...]", apache, true },
        { "[ip, user, username, timestamp = \"10/Oct*\", ...]", apache, true },
        { "[..., s = 404 || s = 410, bytes]", apache, true },
        { "[..., s = 403 || s = 410, bytes]", apache, false },
        { "[..., s != 403 && s = 4*, bytes]", apache, true },
        { "[..., s = 1 && s = 2 || s = 404 && s < 500, bytes]", apache, true },
        { "[..., s = 404 || s = 1 && s = 2, bytes]", apache, true },
        { "[w1=ERROR, w2]", "ERROR 09/25/2014 12:00:02 Failed to process request", true },
        { "[w1=ERROR, w2]", "WARNING 09/25/2014 12:00:02 Invalid user request", false },
        { "[w1=ERROR, w2]", "ERROR", false },
        { "[w1=ERROR]", "ERROR again", false },
        { "[w1=ERROR]", "ERROR", true },
        { "[w1=ERROR || w1=WARNING, w2]", "WARNING 09/25/2014 Invalid", true },
        { "[w1!=ERROR && w1!=WARNING, w2]", "INFO 09/25/2014", true },
        { "[w1!=ERROR && w1!=WARNING, w2]", "ERROR 09/25/2014", false },
        { "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
          "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200", true },
        { "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
          "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310", false },
        { "[a, b]", "one [open", true },
        { "[a, b = \"[open\"]", "one [open", true },
        { "[a = \"\", b]", "\"\" x", true },
        { "[a = 1e3]", "1000", true },
        { "[a > 10]", "9", false },
        { "[a > 10]", "ten", false },
        { "[]", "one", true },
    };

    (void)state;
    CHECK(cases);
}

/* "$.a=1 $.b=x" */
static void
assert_found(const char *pattern, const char *message, const char *want)
{
    struct filter_pattern *fp = compiled(pattern);
    struct arena *arena = arena_new();
    struct filter_found *found;
    size_t len = strlen(message), count;
    char *exact = xstrndup(message, len);
    struct buf got;

    buf_init(&got, 4096);
    count = filter_pattern_list(fp, arena, exact, len, &found);
    for (size_t i = 0; i < count; i++)
        buf_addf(&got, "%s%s=%s", i == 0 ? "" : " ", found[i].name, found[i].text);
    if (strcmp(got.data, want) != 0)
        fail_msg("%s finds %s, not %s", pattern, got.data, want);
    buf_fini(&got);
    free(exact);
    arena_free(arena);
    filter_pattern_free(fp);
}

static void
what_a_pattern_names_is_listed(void **state)
{
    (void)state;
    assert_found("ERROR", "ERROR", "");
    assert_found("{ $.eventType = * && $.sourceIPAddress != 123.123.* }", trail,
                 "$.eventType=UpdateTrail $.sourceIPAddress=111.111.111.111");
    assert_found("{ $.n > 1 || $.n < 0 || $.absent NOT EXISTS || $.user = 1 }", trail, "$.n=503");
    assert_found("{ $.objectList[*].name = b && $.['cluster.name'] = c }", trail,
                 "$.objectList[*].name=a $.['cluster.name']=c");
    assert_found("{ $.ThisFlag IS TRUE && $.big = 1500 }", trail, "$.ThisFlag=true $.big=1500");
    /* the two examples of the API reference, TestMetricFilter */
    assert_found("[ip, user, username, timestamp, request, status_code, bytes]", apache,
                 "$ip=127.0.0.1 $user=Prod $username=frank $timestamp=10/Oct/2000:13:25:15 -0700 "
                 "$request=GET /index.html HTTP/1.0 $status_code=404 $bytes=1534");
    assert_found("[..., size]", apache,
                 "$1=127.0.0.1 $2=Prod $3=frank $4=10/Oct/2000:13:25:15 -0700 "
                 "$5=GET /index.html HTTP/1.0 $6=404 $size=1534");
    assert_found("[a, ..., b = 4*, ...]", "x y 40 41", "$a=x $2=y $b=40 $4=41");
    assert_found("[w1, w2]", "one two three", "$w1=one $w2=two $3=three");
}

static void
a_name_is_looked_up_in_the_message(void **state)
{
    static const struct {
        const char *pattern, *name, *message, *want;
    } cases[] = {
        { "{ $.n = * }", "$.n", trail, "503" },
        { "{ $.n = * }", "$.neg", trail, "-4.5" }, /* the pattern need not name it */
        { "{ $.n = * }", "$.objectList[1].name", trail, "b" },
        { "{ $.n = * }", "$['cluster.name']", trail, "c" },
        { "{ $.n = * }", "$.OffFlag", trail, "false" },
        { "{ $.n = * }", "$.absent", trail, NULL },
        { "{ $.n = * }", "$.SomeObject", trail, NULL },
        { "{ $.n = * }", "$.user", trail, NULL },
        { "{ $.n = * }", "$.n", "no json", NULL },
        { "[..., status = 4*, bytes]", "$bytes", apache, "1534" },
        { "[..., status = 4*, bytes]", "$status", apache, "404" },
        { "[..., status = 5*, bytes]", "$status", apache, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter_pattern *fp = compiled(cases[i].pattern);
        const struct filter_name *name = NULL;
        struct arena *arena = arena_new();
        struct err err = { 0 };
        const char *text = "?";

        if (filter_pattern_name(fp, cases[i].name, &name, &err) != OK)
            fail_msg("%s: %s", cases[i].name, err.text);
        filter_pattern_find(fp, arena, &name, 1, cases[i].message, strlen(cases[i].message), &text);
        if (cases[i].want == NULL)
            assert_null(text);
        else
            assert_string_equal(text, cases[i].want);
        arena_free(arena);
        filter_pattern_free(fp);
    }
}

static void
names_that_cannot_be_looked_up_are_refused(void **state)
{
    static const struct {
        const char *pattern, *name, *says;
    } cases[] = {
        { "ERROR", "$.n", "only filter patterns over JSON" },
        { "{ $.n = * }", "$.a[*]", "a wildcard in $.a[*]" },
        { "{ $.n = * }", "$n", "field behind $" },
        { "{ $.n = * }", "$.n x", "nothing behind the selector" },
        { "[a, b]", "$c", "no field of the name $c" },
        { "[a, b]", "$", "no field of the name $" },
        { "[a, b]", "$.a", "no field of the name $.a" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter_pattern *fp = compiled(cases[i].pattern);
        const struct filter_name *name = NULL;
        struct err err = { 0 };

        assert_int_equal(filter_pattern_name(fp, cases[i].name, &name, &err), E_INVALID);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s in %s: %s", cases[i].name, cases[i].pattern, err.text);
        filter_pattern_free(fp);
    }
}

static const struct {
    const char *pattern;
    const char *says;
} crooked[] = {
    { "foo-bar", "position 4" },
    { "foo:bar", "put a term with others into quotes" },
    { "a &&", "position 3" },
    { "?", "where it ends" },
    { "- ", "where it ends" },
    { "\"open", "quote at position 1" },
    { "\"open\\\"", "quote at position 1" },
    { "a \"b\\", "quote at position 3" },
    { "%open", "% at position 1" },
    { "%%", "empty regular expression at position 2" },
    { "%something!%", "position 11" },
    { "%a(b)%", "parentheses are not supported" },
    { "a %b\xc3\xa9%", "position 5" },
    { "%a\\1%", "backslash" },
    { "%a\\%", "backslash" },
    { "%\\xZZ%", "hexadecimal" },
    { "%\\x4%", "hexadecimal" },
    { "%a{x}%", "{m,n}" },
    { "%a{,}%", "{m,n}" },
    { "%a{1%", "{m,n}" },
    { "%a{1001}%", "more than 1000" },
    { "%a{99999999999999}%", "more than 1000" },
    { "%a{3,2}%", "in the regular expression at position 2" },
    { "%[a%", "in the regular expression at position 2" },
    { "%*a%", "in the regular expression at position 2" },
    { "%a{1000}{1000}{1000}{1000}%", "in the regular expression" },
    { "%a% %b% %c%", "third regular expression at position 9" },
    { "{", "where it ends" },
    { "{}", "a selector" },
    { "{ $ }", "field behind $" },
    { "{ $. = 1 }", "position 5" },
    { "{ $.a }", "one of =" },
    { "{ $.a = }", "expected a value" },
    { "{ $.a == 1 }", "expected a value" },
    { "{ $.a ! 1 }", "one of =" },
    { "{ $.a > \"1\" }", "expected a number at position 9" },
    { "{ $.a > %1% }", "expected a number" },
    { "{ $.a = 1", "&&, || or }" },
    { "{ $.a = 1 } x", "nothing behind }" },
    { "{ $.a = 1 & $.b = 2 }", "&&, || or }" },
    { "{ $.a = 1 && }", "a selector" },
    { "{ ($.a = 1 }", "&&, || or )" },
    { "{ $.a IS }", "NULL, TRUE or FALSE" },
    { "{ $.a IS NOT NULL }", "IS NOT at position 10" },
    { "{ $.a EXISTS }", "EXISTS at position 7: CloudWatch Logs has only NOT EXISTS; write "
                        "$.a = \"*\"" },
    { "{ $.a IN [1] }", "one of =" },
    { "{ !($.a = 1) }", "a selector" },
    { "{ $.a > 0 AND $.b < 2 }", "&&, || or }" },
    { "{ $..a = 1 }", "the name of a field" },
    { "{ $.a[0:2] = 1 }", "an index" },
    { "{ $.a IS NULLABLE }", "NULL, TRUE or FALSE" },
    { "{ $.a NOT }", "expected EXISTS" },
    { "{ $.a[x] = 1 }", "an index" },
    { "{ $.a[-1] = 1 }", "an index" },
    { "{ $.a[9999999] = 1 }", "an index" },
    { "{ $.a['b = 1 }", "a name in quotes" },
    { "{ $.[''] = 1 }", "a name in quotes" },
    { "{ $.a@b = 1 }", "one of =" },
    { "{ a = 1 }", "a selector" },
    { "{ $.*.b[*] = 1 }", "no second wildcard" },
    { "{ $.a[*] = 1 && $.b[*] = 1 && $.* = 1 && $.c[*] = 1 }", "three wildcards" },
    { "{ $.a = \"x }", "quote at position 9" },
    { "[a", "where it ends" },
    { "[a b]", "one of =" },
    { "[a = 1] x", "nothing behind ]" },
    { "[a = 1 && b = 2]", "the name of this field again" },
    { "[a =]", "expected a value" },
    { "[a = 1 b]", "a comma, a condition or ]" },
    { "[=1]", "a comma, a condition or ]" },
    { "{ $.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1 }",
      "more than 32 steps" },
    { "{ (((((((((((((((((((((((((((((((((1", "deeper than 32" },
};

static void
crooked_patterns_say_where_and_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof crooked / sizeof crooked[0]; i++) {
        struct filter_pattern *fp = NULL;
        struct err err = { 0 };

        if (filter_pattern_compile(&fp, crooked[i].pattern, &err) == OK)
            fail_msg("accepted: %s", crooked[i].pattern);
        assert_null(fp);
        if (strstr(err.text, crooked[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", crooked[i].pattern, err.text,
                     crooked[i].says);
    }
}

static void
long_patterns_and_rows_are_bounded(void **state)
{
    char text[3 * FILTER_PATTERN_MAX];
    struct filter_pattern *fp = NULL;
    struct err err;

    (void)state;
    memset(text, 'a', sizeof text);
    text[FILTER_PATTERN_MAX] = '\0';
    assert_int_equal(filter_pattern_compile(&fp, text, &err), OK);
    filter_pattern_free(fp);
    fp = NULL;
    text[FILTER_PATTERN_MAX] = 'a';
    text[FILTER_PATTERN_MAX + 1] = '\0';
    assert_int_equal(filter_pattern_compile(&fp, text, &err), E_LIMIT);

    memset(text, ',', sizeof text);
    text[0] = '[';
    strncpy(text + 200, "]", 2);
    assert_int_equal(filter_pattern_compile(&fp, text, &err), E_LIMIT);
    assert_null(fp);
}

static void
a_message_of_very_many_words_is_still_judged(void **state)
{
    size_t len = 40000;
    char *message = xmalloc(len);
    struct filter_pattern *fp = compiled("[..., a = x, ..., b = y, ..., c = z]");

    (void)state;
    for (size_t i = 0; i < len; i++)
        message[i] = i % 2 == 0 ? 'x' : ' ';
    assert_false(filter_pattern_match(fp, message, len));
    filter_pattern_free(fp);
    free(message);
}

static void
a_costly_expression_gives_up_and_says_so(void **state)
{
    struct filter_pattern *fp = compiled("%[xy]*[xy]*[xy]*[xy]*[xy]*[xy]*[xy]*[wz]%");
    char message[400];

    (void)state;
    memset(message, 'x', sizeof message);
    assert_false(filter_pattern_match(fp, message, sizeof message));
    assert_int_equal(filter_pattern_undecided(fp), 1);
    message[9] = 'z';
    assert_true(filter_pattern_match(fp, message, sizeof message));
    assert_int_equal(filter_pattern_undecided(fp), 1);
    filter_pattern_free(fp);
}

/* The linker sends this program's allocations here (see --wrap in Makefile.am). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

static size_t allocations;

void *
__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
    allocations++;
    return __real_reallocarray(old, count, size);
}

static void
terms_and_fields_match_without_allocating(void **state)
{
    static const char *const patterns[] = { "ERROR -DEBUG \"two words\"", "?GET ?b", "%[0-9]{3}%",
                                            "[..., request =*.html*, status_code = 4*, bytes]",
                                            "{ $.level = \"ERROR\" }" };

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t before = allocations;
        struct filter_pattern *fp = compiled(patterns[i]);

        assert_true(allocations > before); /* the counter is wired up */
        before = allocations;
        for (int n = 0; n < 100; n++)
            filter_pattern_match(fp, apache, sizeof apache - 1);
        assert_int_equal(allocations, before);
        filter_pattern_free(fp);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_looked_for_as_they_are_written),
        cmocka_unit_test(regular_expressions_match_anywhere),
        cmocka_unit_test(json_fields_are_compared),
        cmocka_unit_test(json_numbers_are_compared_as_numbers),
        cmocka_unit_test(json_states_and_compounds),
        cmocka_unit_test(what_is_not_json_never_matches_a_json_pattern),
        cmocka_unit_test(fields_are_matched_in_their_order),
        cmocka_unit_test(what_a_pattern_names_is_listed),
        cmocka_unit_test(a_name_is_looked_up_in_the_message),
        cmocka_unit_test(names_that_cannot_be_looked_up_are_refused),
        cmocka_unit_test(crooked_patterns_say_where_and_what_was_expected),
        cmocka_unit_test(long_patterns_and_rows_are_bounded),
        cmocka_unit_test(a_message_of_very_many_words_is_still_judged),
        cmocka_unit_test(a_costly_expression_gives_up_and_says_so),
        cmocka_unit_test(terms_and_fields_match_without_allocating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
