/* test_redact.c - what must go goes, the same value has the same pseudonym, nothing else changes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "fixture/redact.h"
#include "growth.h"

static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
static struct pii_rules *rules;
static struct redactor *redactor;

static int
set_up(void **state)
{
    (void)state;
    rules = pii_rules_default();
    redactor = redactor_new(rules, key);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    redactor_free(redactor);
    pii_rules_free(rules);
    return 0;
}

static char *
redacted(const char *text)
{
    struct buf b;
    size_t length;

    buf_init(&b, 100000);
    assert_true(redact_text(redactor, &b, text, strlen(text)));
    return buf_take(&b, &length);
}

static void
count_found(void *arg, const char *kind, size_t offset)
{
    (void)kind;
    (void)offset;
    ++*(unsigned *)arg;
}

static unsigned
left_in(const char *text)
{
    unsigned count = 0;

    assert_true(redact_search(redactor, text, strlen(text), count_found, &count));
    return count;
}

/* A buffer that nothing was put into has no bytes at all. */
static void
nothing_is_found_in_nothing(void **state)
{
    unsigned count = 0;
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    assert_true(redact_search(redactor, NULL, 0, count_found, &count));
    assert_true(redact_text(redactor, &b, NULL, 0));
    assert_int_equal(count, 0);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

/* Each text around its value, the value, and what its pseudonym must look like: a digit for 9, a
 * letter for a, itself for anything else. */
static const struct {
    const char *before, *value, *after, *shape;
} cases[] = {
    { "{\"user\":\"", "ada.b@corp.io", "\"}", "aaa.a@aaaa.example" },
    { "to ", "w0rd@aurora.cluster-x.eu-west-1.rds.amazonaws.com", ":5432/shop", NULL },
    { "to ", "ada.lovelace.of.the.analytical.engines.office@corporation.co.uk", " now", NULL },
    { "{\"m\":\"", "ada@corp.io", " wrote\"}", "aaa@aaaa.example" },
    /* a plus is one wherever it was read as such: the same person at every door */
    { "{\"m\":\"", "ada.b+shop@corp.io", " wrote\"}", "aaa.a+aaaa@aaaa.example" },
    { "/?mail=", "ada.b%2Bshop@corp.io", "&a=1", "aaa.a%2Baaaa@aaaa.example" },
    { "/?mail=", "ada.b%2Bshop%40corp.io", "&a=1", NULL },
    { "call ", "(415) 555-0132", " now", "(000) 999-9999" },
    { "call ", "+44 20 7946 0958", " now", "+00 09 9999 9999" },
    { "call ", "+441632960961", " now", "+000099999999" },
    { "from ", "81.2.69.142", ".", NULL },
    { "from ", "2a02:8388:8d00::17", ".", NULL },
    { "of ", "123456789012", ". Then", "000099999999" },
    { "to those, ", "123456789012", ", and", "000099999999" },
    { "{\"to\": 1, \"of\":\"", "123456789012", "", "000099999999" },
    { "assets-", "123456789012", "-eu-west-1", "000099999999" },
    { "ssn ", "078-05-1120", ".", "000-99-9999" },
    { "card ", "4111 1111 1111 1111", "!", NULL },
    { "arn:aws:iam::", "123456789012", ":root", "000099999999" },
    { "{\"Account\":\"", "210987654321", "\"}", "000099999999" },
    { "owner ", "123456789012", " of", "000099999999" },
    { "s3://cdk-assets-", "123456789012", "-eu-west-1/x", "000099999999" },
    { "arn:aws:iam::000012345678:user/ops/", "jane.doe", "\"", "redactedaaaaaaaa" },
    { "arn:aws:sts::000012345678:assumed-role/Admin/", "jane", " did", "redactedaaaaaaaa" },
    { "arn:aws:sts::000012345678:assumed-role/Admin/", "jane@corp.io", "\"", "aaaa@aaaa.example" },
    { "from ", "81.2.69.142", ", then", NULL },
    { "{\"ip\":\"", "81.2.69.142", "\"}", NULL },
    { "http://", "81.2.69.142", ":8080/", NULL },
    { "x-forwarded-for: ", "2a02:8388:8d00::17", " via", NULL },
    { "id=", "AKIAI44QH8DHBX4MPLEQ", "&", NULL },
    { "/cb?token=", "tok999longenough", "&a=1", NULL },
    { "{\"password\":\"", "hunter2hunter2", "\"}", NULL },
    /* what stands before a value may be an escape, and no letter */
    { "/?from%3A", "81.2.69.142", "%20via", NULL },
    { "{\"m\":\"from\\n", "81.2.69.142", "\"}", NULL },
    { "{\"m\":\"{\\\"m\\\":\\\"from\\\\n", "2a02:8388:8d00::17", "\\\"}\"}", NULL },
    { "/?ip=", "2a02%3A8388%3A8d00%3A%3A17", "&a=1", NULL },
    { "/?arn=arn%3Aaws%3Aiam%3A%3A", "123456789012", "%3Aroot", "000099999999" },
    /* a blank stays what it was in a URL */
    { "/?tel=", "%28415%29%20555-0132", "&a=1", "(000)%20999-9999" },
    { "(https://shop.example/?tel=", "%28415%29+555-0132", "&a=1)", "(000)+999-9999" },
    { "/?tel=", "%2B44+20+7946+0958", "&a=1", "%2B00+09+9999+9999" },
    { "/?token=", "ab+cd%2Fefgh+ij999", "&a=1", NULL },
    { "/?card=", "4111+1111+1111+1111", "&a=1", NULL },
    { "{\"headers\":{\"cookie\":\"", "sid=5f0e77aa51; theme=dark", "\"}}", NULL },
    { "{\"Authorization\":\"Basic ", "YWRhOmxvdmVsYWNl", "\"}", "redactedaaaaaaaa" },
    { "{\"Authorization\":\"Basic ", "YWRhOmxvdmVsYWNl", "\"}", NULL },
    { "iban ", "DE89 3704 0044 0532 0130 00", ".", "DE99 9999 9999 9999 9999 99" },
    { "iban ", "gb82west12345698765432", ".", NULL },
    { "/?iban=", "DE89%203704%200044%200532%200130%2000", "&a=1",
      "DE99%209999%209999%209999%209999%2099" },
    { "password: ", "hunter2-x", " from web", "redactedaaaaaaaa" },
};

static void
check_shape(const char *text, const char *shape)
{
    if (strlen(text) != strlen(shape))
        fail_msg("\"%s\" has not the shape \"%s\"", text, shape);
    for (size_t i = 0; shape[i] != '\0'; i++) {
        bool fits = text[i] == shape[i];

        fits |= shape[i] == '9' && text[i] >= '0' && text[i] <= '9';
        fits |= shape[i] == 'a' && text[i] >= 'a' && text[i] <= 'z';
        if (!fits)
            fail_msg("\"%s\" has not the shape \"%s\"", text, shape);
    }
}

static void
values_go_and_the_rest_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200], pseudonym[100];
        char *once, *twice;
        size_t before = strlen(cases[i].before), after = strlen(cases[i].after);

        snprintf(text, sizeof text, "%s%s%s", cases[i].before, cases[i].value, cases[i].after);
        if (left_in(text) != 1)
            fail_msg("%u found in %s", left_in(text), text);
        once = redacted(text);
        assert_null(strstr(once, cases[i].value));
        assert_memory_equal(once, cases[i].before, before);
        assert_string_equal(once + strlen(once) - after, cases[i].after);
        snprintf(pseudonym, sizeof pseudonym, "%.*s", (int)(strlen(once) - before - after),
                 once + before);
        if (cases[i].shape != NULL)
            check_shape(pseudonym, cases[i].shape);
        assert_int_equal(left_in(once), 0);
        twice = redacted(once);
        assert_string_equal(once, twice);
        free(once);
        free(twice);
    }
}

/* "to: ada@corp.io" in whole groups, and what stands for it in none: some readers refuse that. */
static void
base64_is_padded_as_its_readers_want_it(void **state)
{
    static const char open[] = "state dG86IGFkYUBjb3JwLmlv ok";
    static const char token[] = "state abc.dG86IGFkYUBjb3JwLmlv.def ok";
    char *text = redacted(open);

    (void)state;
    assert_int_equal(strcspn(text + 6, " ") % 4, 0);
    assert_int_equal(strcspn(text + 6, "="), strlen("to: aaa@aaaa.example") * 4 / 3 + 1);
    free(text);
    text = redacted(token);
    assert_null(strchr(text, '='));
    assert_null(strstr(text, "FkYUBjb3Jw"));
    free(text);
}

static void
the_same_value_has_the_same_pseudonym(void **state)
{
    static const uint8_t other_key[PII_KEY_BYTES] = "another key";
    struct redactor *other = redactor_new(rules, other_key);
    char *plain = redacted("ada@corp.io"), *url = redacted("/x?mail=ada%40corp.io&b=1");
    char *nested = redacted("{\"body\":\"{\\\"mail\\\":\\\"ada@corp.io\\\"}\"}");
    char *different = redacted("ida@corp.io");
    struct buf b;

    (void)state;
    assert_non_null(strstr(url, plain));
    assert_non_null(strstr(nested, plain));
    assert_string_not_equal(plain, different);
    buf_init(&b, 1000);
    assert_true(redact_text(other, &b, "ada@corp.io", 11));
    assert_string_not_equal(b.data, plain);
    assert_string_not_equal(redactor_key_id(other), redactor_key_id(redactor));
    assert_int_equal(strlen(redactor_key_id(other)), 8);
    buf_fini(&b);
    redactor_free(other);
    free(plain);
    free(url);
    free(nested);
    free(different);
}

/* JSON knows no number that begins with zeros. */
static void
a_number_that_is_named_an_account_stays_a_number(void **state)
{
    char *text = redacted("123456789012"), *number = redacted("{\"accountId\": 123456789012}");
    char *nested = redacted("{\"m\":\"{\\\"account\\\":123456789012}\"}");
    char expected[64];

    (void)state;
    snprintf(expected, sizeof expected, "{\"accountId\": %s}", text + strspn(text, "0"));
    assert_string_equal(number, expected);
    assert_null(strstr(nested, "123456789012"));
    assert_non_null(strstr(nested, text + strspn(text, "0")));
    assert_int_equal(left_in(number), 0);
    free(number);
    number = redacted("{\"say\":\"to 1, 123456789012, 5\",\"list\":[1,123456789012]}");
    assert_null(strstr(number, "1, 123456789012"));
    assert_non_null(strstr(number, "[1,123456789012]"));
    free(text);
    free(number);
    free(nested);
}

/* Of the same country, as long, with check digits that are right, and in groups or not the same. */
static void
an_account_of_a_bank_stays_one(void **state)
{
    static const char *const ibans[] = { "DE89370400440532013000", "GB82WEST12345698765432",
                                         "FR1420041010050500013M02606", "NO9386011117947",
                                         "MT84MALT011000012345MTLCAST001S" };
    char *compact = redacted("DE89370400440532013000"), *groups;

    (void)state;
    for (size_t i = 0; i < sizeof ibans / sizeof ibans[0]; i++) {
        char *other = redacted(ibans[i]);

        assert_int_equal(strlen(other), strlen(ibans[i]));
        assert_memory_equal(other, ibans[i], 2);
        assert_string_not_equal(other, ibans[i]);
        assert_int_equal(pii_iban_rest(other, strlen(other)), 1);
        for (size_t k = 0; other[k] != '\0'; k++)
            assert_int_equal(other[k] >= 'A', ibans[i][k] >= 'A');
        free(other);
    }
    groups = redacted("DE89 3704 0044 0532 0130 00");
    for (size_t i = 0, k = 0; groups[k] != '\0'; k++) {
        if (groups[k] != ' ')
            assert_int_equal(groups[k], compact[i++]);
    }
    free(groups);
    free(compact);
}

/* Behind a scheme, beside a name and alone. */
static void
a_token_is_the_same_wherever_it_stands(void **state)
{
    static const char *const texts[] = { "Authorization: Bearer ghp_aBcDeFgHiJkLmNoPqRsTuVw9",
                                         "/x?token=ghp_aBcDeFgHiJkLmNoPqRsTuVw9",
                                         "{\"apiKey\":\"ghp_aBcDeFgHiJkLmNoPqRsTuVw9\"}" };
    char *alone = redacted("ghp_aBcDeFgHiJkLmNoPqRsTuVw9");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = redacted(texts[i]);

        assert_non_null(strstr(text, alone));
        free(text);
    }
    free(alone);
}

static void
the_plus_of_a_form_is_no_part_of_an_address(void **state)
{
    char *plain = redacted("ada@corp.io"), *form = redacted("/?to=write+ada%40corp.io+now");
    char *tagged = redacted("to write+ada@corp.io now");

    (void)state;
    assert_non_null(strstr(form, plain));
    assert_null(strstr(form, "write")); /* it might have been a part of one */
    assert_non_null(strstr(form, "+now"));
    free(form);
    form = redacted("to=+ada%40corp.io"); /* nothing but the blank is before it */
    assert_non_null(strstr(form, plain));
    assert_true(strncmp(form, "to=+", 4) == 0);
    assert_null(strstr(tagged, plain)); /* an address of its own */
    assert_null(strstr(tagged, "ada@"));
    free(plain);
    free(form);
    free(tagged);
}

static void
code_keeps_its_digits(void **state)
{
    static const char text[] = "a { width: 4111111111111111px } /* ada@corp.io 123456789012 */";
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_true(redact_code(redactor, &b, text, strlen(text)));
    assert_non_null(strstr(b.data, "4111111111111111px"));
    assert_non_null(strstr(b.data, "123456789012"));
    assert_null(strstr(b.data, "ada@corp.io"));
    buf_fini(&b);
}

static void
headers_are_told_by_their_names(void **state)
{
    static const struct fixture_header headers[] = {
        { "x-api-key", "kq0-vW3x-Yb7L" },     { "X-CSRF-Token", "tok9-99lo-ngen" },
        { "accept-language", "en-US" },       { "x-umami-cache", "" },
        { "x-auth-token", "tok9-99lo-ngen" },
    };
    struct fixture_record record = { .source = FIXTURE_HTTP,
                                     .method = "POST",
                                     .path = "/a",
                                     .headers = headers,
                                     .header_count = sizeof headers / sizeof headers[0] };
    struct fixture_record out, again;
    struct arena *arena = arena_new();
    char *member = redacted("{\"apiKey\":\"kq0-vW3x-Yb7L\"}");

    (void)state;
    assert_true(redact_record(redactor, arena, &record, &out));
    assert_non_null(strstr(member, out.headers[0].value)); /* the same in a body */
    assert_string_equal(out.headers[1].value, out.headers[4].value);
    assert_string_not_equal(out.headers[1].value, "tok9-99lo-ngen");
    assert_string_equal(out.headers[2].value, "en-US");
    assert_string_equal(out.headers[3].value, "");
    assert_true(redact_record(redactor, arena, &out, &again));
    assert_string_equal(again.headers[0].value, out.headers[0].value);
    free(member);
    arena_free(arena);
}

static void
what_names_nobody_stays(void **state)
{
    static const char *const texts[] = {
        "{\"time\":1795395600000,\"bytes\":123456789012,\"list\":[ 123456789012, 5 ]}",
        "127.0.0.1:6270 and [::1]:80 at 12:30:45, ::, 0.0.0.0",
        "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.60.1 Safari/537.36",
        "\"Chromium\";v=\"156.0.0.0\"",
        "0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11 and 0d2c6c2e-8a52-4d1c-9a53-123456789012",
        "10.1.2.3.4 and 81.2.69.142.in-addr.arpa",
        "arn:aws:iam::000012345678:role/Admin and /user/jane and x:user/jane",
        "{\"pin\":true,\"token\":0,\"phone\":null,\"mobile\":1,\"phones\":4155550132}",
        "a &amp; b &lt;c&gt; 100%25 \\\\server\\share http://a.b/c?d=e:f@g mailto:none ghp_short",
        "version 1.2.3, 192.0.2.7, 2001:db8::1, order 1234567890123",
        "{\"cookie\":\"accepted\",\"authorization\":\"none\"}",
        /* what looks like an IBAN, a password, or base64 of something */
        "DE89370400440532013001 XX89370400440532013000 ADE89370400440532013000",
        "password: none of your business, password is wrong, password: required",
        "password is 8 characters at least, the passwd was changed, token: 5 of 10",
        "PWD=/var/task, function f(password){return{password:e.value,token:t.token}}",
        "const url=\"/x?token=\"+e.token+\"&password=\"+encodeURIComponent(p)+\"\"",
        "ENV_SECRET = \"AWS_SECRET_ACCESS_KEY\"; {\"forgotPassword\":\"Forgot it?\"}",
        "aws-sdk-client-mock/dist/esm-browser/index.js:10:5 SomeVeryLongClassNameFactoryBean",
        "1-67891233-abcdef012345678912345678 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        /* {"v":2,"c":"orders","id":"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11"} */
        ("nextToken eyJ2IjoyLCJjIjoib3JkZXJzIiwiaWQiOiIwZDJjNmMyZS04YTUyLTRkMWMtOWE1My0wYTFmNWQw"
         "YzNiMTEifQ=="),
        "Digest mode is on, a digest of username=x; https://ada@corp/ and user -u 1000:1000",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *same = redacted(texts[i]);

        assert_string_equal(same, texts[i]);
        free(same);
    }
}

static void
search(void *arg, const char *text, size_t length)
{
    unsigned count = 0;

    (void)!redact_search(arg, text, length, count_found, &count);
}

/* What begins something that may go on: if each of many were followed to the end of the text, that
 * would take minutes. */
static void
work_grows_with_the_length_of_a_text(void **state)
{
    static const char *const beginnings[] = {
        "auth=YWRhOnN3",
        "AROAI44QH8DHB4EXAMPLE:",
        "/callback?code=a1b2c3d4e5f6a7b8&",
        "\"code\":\"a1b2c3d4e5f6a7b8\",",
        "ALTER USER a IDENTIFIED BY '",
        "SET PASSWORD FOR x = '",
        "document.cookie=\"",
        "\"clave\":\"",
        "token:\"}",
        "passwd a1!",
        "://a:%2F@",
        "4111.1111.1111.1112.",
        "?code=",
        "password=",
        "cookie:",
        ".cookie=",
        "signature=",
        "eA/",
        "eJ+",
        "-----BEGIN PRIVATE KEY-----",
    };

    (void)state;
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (growth_is_of_the_square(search, redactor, "", beginnings[i]))
            fail_msg("\"%s\" again and again costs the square of its length", beginnings[i]);
    }
}

static void
a_record_is_redacted_everywhere(void **state)
{
    static const char line[] =
        "{\"t\":1,\"source\":\"http\",\"took\":7,\"request\":{\"method\":\"POST\","
        "\"path\":\"/a?mail=ada@corp.io\",\"headers\":{\"x-forwarded-for\":\"81.2.69.142\"},"
        "\"body\":{\"who\":\"ada@corp.io\",\"n\":1.5}},"
        "\"expect\":{\"status\":200,\"body\":{\"to\":\"ada@corp.io\"}}}";
    char file[] = "/tmp/obsview-redact-XXXXXX";
    struct arena *arena = arena_new();
    struct fixture_record record, plain;
    struct fixture_event event;
    struct fixture *f;
    char *mail = redacted("ada@corp.io");
    FILE *out = fdopen(mkstemp(file), "w");
    struct buf b;
    size_t seen = 0;

    (void)state;
    assert_non_null(out);
    fprintf(out, "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\"}\n%s\n", line);
    fclose(out);
    assert_int_equal(fixture_open(&f, file, NULL), OK);
    assert_int_equal(fixture_next(f, &event, NULL), OK);
    fixture_record_of(&plain, arena, &event);
    assert_true(redact_record(redactor, arena, &plain, &record));
    buf_init(&b, 10000);
    fixture_print(&b, &record);
    assert_null(strstr(b.data, "ada@"));
    assert_null(strstr(b.data, "81.2."));
    for (const char *p = b.data; (p = strstr(p, mail)) != NULL; p++)
        seen++;
    assert_int_equal(seen, 3);
    assert_non_null(strstr(b.data, "\"body\":{\"who\":"));
    assert_int_equal(left_in(b.data), 0);
    buf_fini(&b);
    fixture_event_fini(&event);
    fixture_close(f);
    remove(file);
    free(mail);
    arena_free(arena);
}

/* A number of JSON's own is none any more once its text is in a string: what is written must hold
 * nothing that is looked for. */
static void
numbers_without_a_name_go_with_their_text(void **state)
{
    static const struct {
        const char *text;
        bool stays; /* in a body that is written as JSON */
    } texts[] = {
        { "[\"a\",123456789012]", true },
        { "[\"a\", 123456789012]", false },
        { "{\"a\":[[1,123456789012],[2,3]]}", true },
        { "{\"a\":{,123456789012,\"b\"", false },
        { "{:123456789012}", false },
        { "[INFO] to [a, 123456789012], ok", false },
        { "[123456789012]", true },
        { "%5B\"a\",123456789012]", false },
    };
    struct arena *arena = arena_new();
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i].text;
        const struct fixture_record records[] = {
            { .source = FIXTURE_EMF_TCP, .line = text, .line_length = strlen(text), .took_us = -1 },
            { .source = FIXTURE_HTTP,
              .method = "POST",
              .path = "/",
              .body = text,
              .has_body = true,
              .body_length = strlen(text),
              .took_us = -1 },
        };

        for (size_t k = 0; k < 2; k++) {
            struct fixture_record out;

            assert_true(redact_record(redactor, arena, &records[k], &out));
            buf_clear(&b);
            fixture_print(&b, &out);
            assert_int_equal(left_in(b.data), 0);
            assert_int_equal(strstr(b.data, "123456789012") != NULL, k == 1 && texts[i].stays);
        }
    }
    buf_fini(&b);
    arena_free(arena);
}

/* A key that was cut goes to the end of its text, and stands in a longer one when it is written. */
static void
a_private_key_without_an_end_is_replaced_once(void **state)
{
    static const char line[] = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ";
    char *text = redacted(line), *again, *wrapped = xasprintf("{\"line\":\"%s\"}", text);
    char *longer = xasprintf("%sMIIEvQIBADANBgkqhkiG9w0BAQ", text);

    (void)state;
    again = redacted(text);
    assert_null(strstr(text, "MIIE"));
    assert_string_equal(text, again);
    assert_int_equal(left_in(wrapped), 0);
    assert_int_equal(left_in(longer), 1);
    free(text);
    free(again);
    free(wrapped);
    free(longer);
}

/* Lines of a log on their way to a subscription; gzip and zlib, in both alphabets, and a body. */
static char *
packed_in(const char *before, const char *text, int window, unsigned how, const char *after)
{
    unsigned char bytes[4096];
    z_stream z = { 0 };
    struct buf b;
    size_t length;

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = bytes;
    z.avail_out = sizeof bytes;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    buf_init(&b, 100000);
    buf_adds(&b, before);
    base64_print(&b, bytes, z.total_out, how);
    buf_adds(&b, after);
    return buf_take(&b, &length);
}

static void
check_unpacked(const char *base64, int window, const char *expected)
{
    unsigned char bytes[4096], text[4096];
    size_t length = 0;
    unsigned bits = 0, held = 0;
    z_stream z = { 0 };

    for (; base64_digit(*base64) >= 0; base64++) {
        bits = bits << 6 | (unsigned)base64_digit(*base64);
        held += 6;
        if (held >= 8)
            bytes[length++] = (unsigned char)(bits >> (held -= 8));
    }
    assert_int_equal(inflateInit2(&z, window), Z_OK);
    z.next_in = bytes;
    z.avail_in = (uInt)length;
    z.next_out = text;
    z.avail_out = sizeof text;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    assert_int_equal(z.total_out, strlen(expected));
    assert_memory_equal(text, expected, z.total_out);
}

/* A body that came in as bytes is written in base64, where the search finds what is in it. */
static void
a_body_of_bytes_is_unpacked(void **state)
{
    char *text = packed_in(
        "", "{\"to\":\"ada.lovelace@corp.io\",\"again\":\"ada.lovelace@corp.io\"}", 15 + 16, 0, "");
    struct arena *arena = arena_new();
    struct fixture_record record = {
        .source = FIXTURE_HTTP, .method = "POST", .path = "/", .has_body = true, .took_us = -1
    };
    struct fixture_record out;
    struct buf bytes, line;

    (void)state;
    buf_init(&bytes, 10000);
    buf_init(&line, 10000);
    assert_true(base64_read(&bytes, text, strlen(text)));
    record.body = bytes.data;
    record.body_length = bytes.len;
    fixture_print(&line, &record);
    assert_int_equal(left_in(line.data), 1);
    assert_true(redact_record(redactor, arena, &record, &out));
    buf_clear(&line);
    fixture_print(&line, &out);
    assert_int_equal(left_in(line.data), 0);
    assert_int_equal(out.replaced_count, 1);
    assert_non_null(strstr(line.data, "H4sI"));
    buf_fini(&line);
    buf_fini(&bytes);
    arena_free(arena);
    free(text);
}

/* A kilobyte that unfolds to more than an event may have is no text that was searched. */
static void
what_unfolds_without_end_cannot_be_judged(void **state)
{
    const size_t size = FIXTURE_LINE_MAX + 1;
    char *zeros = xcalloc(size, 1), *packed = xmalloc(compressBound(size));
    uLongf length = compressBound(size);
    struct buf text, out;

    (void)state;
    assert_int_equal(compress((Bytef *)packed, &length, (const Bytef *)zeros, size), Z_OK);
    buf_init(&text, 1000000);
    buf_init(&out, 1000000);
    base64_print(&text, packed, length, 0);
    assert_false(redact_text(redactor, &out, text.data, text.len));
    buf_fini(&out);
    buf_fini(&text);
    free(packed);
    free(zeros);
}

static void
what_was_compressed_is_read(void **state)
{
    static const char line[] = "{\"owner\":\"123456789012\",\"logEvents\":[{\"message\":\"login of "
                               "ada.lovelace@corp.io, password: swordfish at login\"}]}";
    char *plain = redacted(line);
    static const struct {
        int window;
        unsigned how;
        const char *before, *after;
    } ways[] = {
        { 15 + 16, 0, "{\"awslogs\":{\"data\":\"", "\"}}" },
        { 15, 0, "got ", "" },
        { 15, BASE64_URL | BASE64_UNPADDED, "/cb?state=", "&x=1" },
    };

    (void)state;
    assert_null(strstr(plain, "swordfish"));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char *text = packed_in(ways[i].before, line, ways[i].window, ways[i].how, ways[i].after);
        char *other = packed_in(ways[i].before, "{\"of\":\"nobody at all\",\"n\":[1,2,3]}",
                                ways[i].window, ways[i].how, ways[i].after);
        char *once = redacted(text), *twice = redacted(once), *same = redacted(other);
        size_t before = strlen(ways[i].before);

        assert_int_equal(left_in(text), 1);
        assert_int_equal(left_in(once), 0);
        assert_string_equal(once, twice);
        assert_string_equal(same, other);
        assert_memory_equal(once, ways[i].before, before);
        assert_string_equal(once + strlen(once) - strlen(ways[i].after), ways[i].after);
        check_unpacked(once + before, ways[i].window, plain);
        free(text);
        free(other);
        free(once);
        free(twice);
        free(same);
    }
    free(plain);
}

/* What reads as something else after each of many passes reads as nothing. */
static void
escapes_without_an_end_cannot_be_judged(void **state)
{
    struct buf text, out;
    unsigned count = 0;

    (void)state;
    buf_init(&text, 1000);
    buf_init(&out, 1000);
    buf_adds(&text, "\\u005c");
    for (int i = 0; i < 20; i++)
        buf_adds(&text, "u005c");
    buf_adds(&text, "u0040 of 123456789012");
    assert_false(redact_text(redactor, &out, text.data, text.len));
    assert_false(redact_search(redactor, text.data, text.len, count_found, &count));
    assert_int_equal(out.len, 0);
    buf_fini(&text);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_nothing),
        cmocka_unit_test(values_go_and_the_rest_stays),
        cmocka_unit_test(base64_is_padded_as_its_readers_want_it),
        cmocka_unit_test(the_same_value_has_the_same_pseudonym),
        cmocka_unit_test(a_number_that_is_named_an_account_stays_a_number),
        cmocka_unit_test(numbers_without_a_name_go_with_their_text),
        cmocka_unit_test(a_private_key_without_an_end_is_replaced_once),
        cmocka_unit_test(an_account_of_a_bank_stays_one),
        cmocka_unit_test(a_token_is_the_same_wherever_it_stands),
        cmocka_unit_test(the_plus_of_a_form_is_no_part_of_an_address),
        cmocka_unit_test(code_keeps_its_digits),
        cmocka_unit_test(headers_are_told_by_their_names),
        cmocka_unit_test(what_was_compressed_is_read),
        cmocka_unit_test(a_body_of_bytes_is_unpacked),
        cmocka_unit_test(what_unfolds_without_end_cannot_be_judged),
        cmocka_unit_test(escapes_without_an_end_cannot_be_judged),
        cmocka_unit_test(what_names_nobody_stays),
        cmocka_unit_test(work_grows_with_the_length_of_a_text),
        cmocka_unit_test(a_record_is_redacted_everywhere),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
