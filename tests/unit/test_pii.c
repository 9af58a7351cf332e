/* test_pii.c - SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "domain/pii.h"
#include "domain/pii_finding.h"
#include "domain/pii_seed.h"
#include "domain/pii_selector.h"
#include "domain/pii_texts.h"
#include "growth.h"

static const uint8_t key[PII_KEY_BYTES] = "a key of thirty-two bytes, yes.";

struct seen {
    char kinds[512];
    struct pii_hit last;
    unsigned count;
};

static void
see(void *arg, const struct pii_hit *hit)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->kinds);

    snprintf(seen->kinds + used, sizeof seen->kinds - used, "%s%s", used == 0 ? "" : " ",
             hit->kind);
    seen->last = *hit;
    seen->count++;
}

static void
scan_by(struct pii_scanner *scanner, struct seen *seen, enum pii_reading reading, const char *text)
{
    *seen = (struct seen){ .count = 0 };
    assert_true(pii_scan(scanner, reading, text, strlen(text), see, seen));
}

static void
scan(struct seen *seen, enum pii_reading reading, const char *text)
{
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);

    scan_by(scanner, seen, reading, text);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

/* All values are made up; those of cards are the networks' own numbers for tests. */
static const struct {
    const char *text;
    const char *kinds; /* what is found, in order */
    enum pii_reading reading;
} corpus[] = {
    { "leak.user@example.com", "email", PII_PLAIN },
    { "write to a@b.co, or c_d+e@sub.example.co.uk!", "email email", PII_PLAIN },
    { "\"mail\":\"x@y.example\"", "email", PII_PLAIN },
    { "j@ex\xc3\xa4mple.de", "email", PII_PLAIN },
    { "/settings?email=url.leak%40example.com&x=1", "email", PII_URL },
    { "*********@*******.***", "", PII_PLAIN },
    { "***@***.com", "", PII_PLAIN },
    { "************", "", PII_PLAIN },
    { "/img/logo@2x.png and sprite@3x.webp", "", PII_PLAIN },
    { "node_modules/.pnpm/react-dom@18.2.0/index.js", "", PII_PLAIN },
    { "@media @font-face a@b", "", PII_PLAIN },

    { "(415) 555-0132", "phone", PII_PLAIN },
    { "415-555-0132", "phone", PII_PLAIN },
    { "415.555.0132", "phone", PII_PLAIN },
    { "1-415-555-0132", "phone", PII_PLAIN },
    { "+1 (415) 555-0132", "phone", PII_PLAIN },
    { "+14155550132", "phone", PII_PLAIN },
    { "+44 20 7946 0958", "phone", PII_PLAIN },
    { "+49 30 901820", "phone", PII_PLAIN },
    { "+49 (0)30 901820", "phone", PII_PLAIN },
    { "+33 1 23 45 67 89", "phone", PII_PLAIN },
    { "+81-3-1234-5678", "phone", PII_PLAIN },
    { "tel=%2B442079460958", "phone", PII_URL },
    { "phone=415+555+0132", "phone", PII_URL },
    { "020 7946 0958", "phone-national", PII_PLAIN },
    { "030/901820 17", "phone-national", PII_PLAIN },
    { "01 23 45 67 89", "phone-national", PII_PLAIN },
    { "4155550132", "", PII_PLAIN },
    { "1795392821553", "", PII_PLAIN },
    { "t=1795392821.553", "", PII_URL },
    { "01-02-2023 10:15", "", PII_PLAIN },
    { "2026-11-28T18:04:14+0000", "", PII_PLAIN },
    { "(000) 000-0000 000-00-0000", "", PII_PLAIN },
    { "10.0.17.254:41555 192.168.100.200", "", PII_PLAIN },

    { "078-05-1120", "ssn", PII_PLAIN },
    { "ssn: 219-09-9999.", "ssn", PII_PLAIN },
    { "000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000", "", PII_PLAIN },
    { "5178-05-1120 178-05-11201 178-05-1120-9", "", PII_PLAIN },

    { "4111 1111 1111 1111", "card", PII_PLAIN },
    { "4111-1111-1111-1111", "card", PII_PLAIN },
    { "4111111111111111", "card", PII_PLAIN },
    { "card=5500000000000004&x", "card", PII_URL },
    { "card=4111+1111+1111+1111", "card", PII_URL },
    { "card=4111%201111%201111%201111", "card", PII_URL },
    { "3782 822463 10005", "card", PII_PLAIN },
    { "4222222222222", "card", PII_PLAIN },
    { "2223 0031 2200 3222", "card", PII_PLAIN },
    { "6011000990139424", "card", PII_PLAIN },
    { "order 12 4111 1111 1111 1111", "card", PII_PLAIN },
    { "4111 1111 1111 1111 12/27 123", "card", PII_PLAIN },
    { "57557842-4965-4729-bca5-ad20d06a4fe3 order_31549704-0422-4877-a8e2-df8be0b31cb9-x", "",
      PII_PLAIN },
    { "{\"id\":\"00209c6f-ad65-4075-8f31-2789473ea2f4\"}", "", PII_JSON },
    { "57557842-4965-4729-bca5-ad20d06a4fe", "card", PII_PLAIN }, /* no UUID */
    { "4111 1111 1111 1112", "", PII_PLAIN },
    { "44111111111111111", "", PII_PLAIN },
    { "4111  1111  1111  1111", "", PII_PLAIN },
    { "a4111111111111111f", "", PII_PLAIN },
    { "0.4111111111111111", "", PII_PLAIN },
    { "5555555555555555 0000000000000000", "", PII_PLAIN },
    { "DE89 3704 0044 0532 0130 00", "iban", PII_PLAIN },
    { "GB82WEST12345698765432", "iban", PII_PLAIN },
    { "M12.5 30.25L415.5 555.25 132.75 410.5C4111.1 1111.1 1111.1 1111.1Z", "", PII_PLAIN },
    { "550e8400-e29b-41d4-a716-446655440000", "", PII_PLAIN },
    { "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "", PII_PLAIN },
    { "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", PII_PLAIN },
    { "da39a3ee5e6b4b0d3255bfef95601890afd80709", "", PII_PLAIN },

    { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "jwt", PII_PLAIN },
    { "token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl&x=1", "jwt", PII_URL },
    { "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "jwt", PII_PLAIN },
    { "//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJuYW1lcyI6W119", "",
      PII_PLAIN },
    { "AKIAIOSFODNN7EXAMPLE", "aws-key", PII_PLAIN },
    { "key ASIAIOSFODNN7EXAMPLE.", "aws-key", PII_PLAIN },
    { "AKIAIOSFODNN7EXAMPLES", "", PII_PLAIN },
    { "{\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"}", "aws-key", PII_JSON },
    { "Authorization: Bearer abc123def456", "bearer", PII_PLAIN },
    { "the bearer of bad news, a bearer responsibility", "", PII_PLAIN },

    { "/x?token=abc123", "secret", PII_URL },
    { "/x?a=1&access_token=abc123#top", "secret", PII_URL },
    { "/reset?reset-password=tok999", "secret", PII_URL },
    { "password=hunter2", "secret", PII_PLAIN },
    { "/x?token=******&password=", "", PII_URL },
    { "/x?token={token}&jwt=undefined", "", PII_URL },
    { "/x?mytoken=abc123&tokens=5", "", PII_URL },
    { "{\"password\":\"hunter2\"}", "secret", PII_JSON },
    { "{\"body\":\"{\\\"password\\\": \\\"hunter2\\\"}\"}", "secret", PII_JSON },
    { "{\"b\":\"{\\\"c\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"hunter2\\\\\\\"}\\\"}\"}",
      "secret", PII_JSON },
    { "{\"password\":\"*******\",\"token\":\"\",\"secret\":null}", "", PII_JSON },
    { "{\"mail\":\"api.user\\u0040example.com\"}", "email", PII_JSON },
    { "{\"url\":\"https:\\/\\/h\\/?q=net%40example.com\"}", "email", PII_JSON },
    { "{\"password\":\"pw@example.com\"}", "email", PII_JSON },
    { "password: none of your business", "", PII_PLAIN },
    { "login failed, password: hunter2-x from web", "secret", PII_PLAIN },
    { "her passwd is hunter2-x", "secret", PII_PLAIN },
    { "password: required", "", PII_PLAIN },
    { "the password is wrong, 8 characters at least", "", PII_PLAIN },
    { "DB_PASSWORD=hunter2 MYSQL_PWD=hunter2 PWD=/var/task", "secret secret", PII_PLAIN },
    { "<password>hunter2</password>", "secret", PII_PLAIN },
    { "Cookie: sid=5f0e77aa51; theme=dark", "secret", PII_PLAIN },
    { "Authorization: Basic YWRhOmxvdmVsYWNl", "secret", PII_PLAIN },
    { "Basic English, basic knowledge", "", PII_PLAIN },
    { "use ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789.", "secret", PII_PLAIN },
    { "to postgres://shop:hunter2@db.example.com:5432/shop", "secret", PII_PLAIN },
    { "see https://ada@example.com/x", "email", PII_PLAIN },

    /* What is said of secrets, and what only looks like one. */
    { "password: Password must be at least 8 characters", "", PII_PLAIN },
    { "{\"password\":\"Password is required\",\"token\":\"expired\"}", "", PII_JSON },
    { "{\"password\":\"correct horse battery staple\"}", "secret", PII_JSON },
    { "{\"password\":\"Password1\"}", "secret", PII_JSON },
    { "password: TOO_SHORT, password: tooShort, token: ERR_JWT_EXPIRED_401", "", PII_PLAIN },
    { "password: validation.password.min8 password: process.env.DB_PASSWORD2", "", PII_PLAIN },
    { "Password: 8-64 characters", "", PII_PLAIN },
    { "Failed to refresh access token: AADSTS70043 at token: 1795392821", "", PII_PLAIN },
    { "PUT /users/1/password: status=422", "", PII_PLAIN },
    { "UPDATE users SET password=$1, token=? WHERE token=:token", "", PII_PLAIN },
    { "column password_reset_tokens.token does not exist", "", PII_PLAIN },
    { "Cookie: SameSite=Lax attribute missing", "", PII_PLAIN },
    { "Minified React error #418 digest: 1234567 digest: \"2867931834\"", "", PII_PLAIN },
    { ".hf_container_primary_button_12345 npm_package_dependencies_react_dom_18", "", PII_PLAIN },
    { "SG.Components.Navigation.Header2.Item sk-proj-list-item-container-col-2", "", PII_PLAIN },
    { "dapi-documentation-page-2-overview pul-left-right-container-col-12", "", PII_PLAIN },

    { "{\"m\":\"password: swordfish\\n    at login\"}", "secret", PII_JSON },
    { "{\"m\":\"password:\\nRequired\\npassword: required\\n\"}", "", PII_JSON },
    { "use ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZabcdefghij", "secret", PII_PLAIN },
    { "sk_live_aBcDeFgHiJkLmNoPqRsTuVwX", "secret", PII_PLAIN },
    { "AIzaSyAbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfG", "secret", PII_PLAIN },
    { "AKIAABCDEFGHIJKLMNOP", "aws-key", PII_PLAIN },
    { "@media https://cdn.example.com/a@2x.png http://x:1/@vite", "", PII_PLAIN },
    { "redis://:hunter2@cache.internal:6379 postgres://a:b@c@db/x", "secret secret", PII_PLAIN },

    { "post https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/aBcDeFgHiJkL", "secret",
      PII_PLAIN },
};

/* The corpus is named by its number: a failure must not show a value. */
static void
corpus_is_told_apart(void **state)
{
    unsigned failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
        struct seen seen;

        scan(&seen, corpus[i].reading, corpus[i].text);
        if (strcmp(seen.kinds, corpus[i].kinds) != 0) {
            print_error("case %zu: \"%s\" instead of \"%s\"\n", i, seen.kinds, corpus[i].kinds);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void
place_and_shape_are_of_the_text_as_it_stands(void **state)
{
    static const char url[] = "/a%20b?email=url.leak%40example.com&x=1";
    struct seen seen;

    (void)state;
    scan(&seen, PII_URL, url);
    assert_int_equal(seen.last.offset, strstr(url, "url.leak") - url);
    assert_int_equal(seen.last.length, strlen("url.leak%40example.com"));
    assert_string_equal(seen.last.shape, "***.****@*******.***");
    assert_int_equal(seen.last.severity, PII_MEDIUM);
    scan(&seen, PII_URL, "?password=a.b-c");
    assert_string_equal(seen.last.shape, "*****");
}

static void
hash_is_of_the_value_and_the_key(void **state)
{
    static const uint8_t other_key[PII_KEY_BYTES] = { 1 };
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *other = pii_scanner_new(rules, other_key);
    struct seen plain, encoded, keyed, another;

    (void)state;
    scan(&plain, PII_PLAIN, "mail a@example.com");
    scan(&encoded, PII_URL, "?m=a%40example.com");
    scan(&another, PII_PLAIN, "mail b@example.com");
    scan_by(other, &keyed, PII_PLAIN, "mail a@example.com");
    assert_memory_equal(plain.last.hash, encoded.last.hash, 16);
    assert_memory_not_equal(plain.last.hash, keyed.last.hash, 16);
    assert_memory_not_equal(plain.last.hash, another.last.hash, 16);
    pii_scanner_free(other);
    pii_rules_free(rules);
}

/* --- rules ------------------------------------------------------------------------------------ */

static struct pii_scanner *
scanner_of(struct pii_rules **rules, const char *json)
{
    struct err err = { .code = OK };

    if (pii_rules_parse(rules, json, strlen(json), &err) != OK)
        fail_msg("%s", err.text);
    return pii_scanner_new(*rules, key);
}

static void
default_is_the_file(void **state)
{
    struct pii_rules *builtin = pii_rules_default(), *file = NULL;
    const char *srcdir = getenv("srcdir");
    char *path =
        xasprintf("%s/fixtures/openreplay-sanitization-rules.json", srcdir != NULL ? srcdir : ".");
    struct err err = { .code = OK };
    struct buf text;
    size_t count;

    (void)state;
    buf_init(&text, PII_RULES_MAX);
    assert_int_equal(buf_read_file(&text, path, &err), OK);
    assert_int_equal(pii_rules_parse(&file, text.data, text.len, &err), OK);
    assert_string_equal(pii_rules_hash(builtin), pii_rules_hash(file));
    pii_rules_selectors(file, &count);
    assert_int_equal(count, 3);
    buf_fini(&text);
    free(path);
    pii_rules_free(builtin);
    pii_rules_free(file);
}

static void
rules_change_what_is_found(void **state)
{
    static const char json[] =
        "{\"version\":1,\"patterns\":["
        "{\"name\":\"customer\",\"regex\":\"\\\\bC-\\\\d{8}\\\\b\",\"severity\":\"low\"},"
        "{\"name\":\"plate\",\"regex\":\"xy-\\\\d+\",\"ignoreCase\":true,\"contains\":\"-\"}],"
        "\"kinds\":{\"card\":\"off\",\"secret\":\"low\"},"
        "\"allow\":[\"C-0000*\",\"hunter*\"]}";
    struct pii_rules *rules = NULL;
    struct pii_scanner *scanner = scanner_of(&rules, json);
    struct seen seen;

    (void)state;
    scan_by(scanner, &seen, PII_PLAIN, "C-12345678 XY-99 4111 1111 1111 1111 a@example.com");
    assert_string_equal(seen.kinds, "customer plate");
    scan_by(scanner, &seen, PII_PLAIN, "C-00001234 password=HUNTER2");
    assert_string_equal(seen.kinds, "");
    scan_by(scanner, &seen, PII_PLAIN, "password=tok999");
    assert_int_equal(seen.last.severity, PII_LOW);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

static const struct {
    const char *json, *sentence;
} refused[] = {
    { "[]", "expected an object" },
    { "{}", "version: missing" },
    { "{\"version\":2}", "version: expected 1" },
    { "{\"version\":1,\"selector\":[]}", "selector: no such member" },
    { "{\"version\":1,\"selectors\":{}}", "selectors: expected an array" },
    { "{\"version\":1,\"selectors\":[\".a\",\"a:hover\"]}", "selectors[1]: at byte 1" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\"}]}", "patterns[0]: regex: expected" },
    { "{\"version\":1,\"patterns\":[{\"regex\":\"x\"}]}", "patterns[0]: name: expected" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"card\",\"regex\":\"x\"}]}", "is built in" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"(\"}]}", "regex: at byte 1" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"a*\"}]}", "the empty text" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"a\",\"severity\":\"bad\"}]}",
      "severity: expected low, medium or high" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"a\",\"digits\":0}]}",
      "digits: expected" },
    { "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"a\"},{\"name\":\"x\",\"regex\":"
      "\"b\"}]}",
      "patterns[1]: name: an earlier" },
    { "{\"version\":1,\"kinds\":{\"card\":\"none\"}}", "kinds.card: expected" },
    { "{\"version\":1,\"kinds\":{\"email\":\"off\"}}", "kinds.email: expected card" },
    { "{\"version\":1,\"allow\":[\"**\"]}", "allow[0]: expected" },
};

static void
wrong_rules_are_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct pii_rules *rules = NULL;
        struct err err = { .code = OK };

        assert_int_equal(pii_rules_parse(&rules, refused[i].json, strlen(refused[i].json), &err),
                         E_INVALID);
        if (strstr(err.text, refused[i].sentence) == NULL)
            fail_msg("case %zu: %s", i, err.text);
    }
}

/* --- limits ----------------------------------------------------------------------------------- */

static void
a_pattern_that_runs_away_is_no_clean_text(void **state)
{
    static const char json[] =
        "{\"version\":1,\"patterns\":[{\"name\":\"x\",\"regex\":\"(?:a+)+(?:a+)+b\"}]}";
    struct pii_rules *rules = NULL;
    struct pii_scanner *scanner = scanner_of(&rules, json);
    char text[4000];
    struct seen seen = { .count = 0 };

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + sizeof text - 2, "cb", 2);
    assert_false(pii_scan(scanner, PII_PLAIN, text, sizeof text, see, &seen));
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

static void
count_hit(void *arg, const struct pii_hit *hit)
{
    (void)hit;
    ++*(unsigned *)arg;
}

static void
too_many_finds_are_not_judged(void **state)
{
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    unsigned count = 0;
    struct buf text;

    (void)state;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 5000; i++)
        buf_addf(&text, "u%d@example.com ", i);
    assert_false(pii_scan(scanner, PII_PLAIN, text.data, text.len, count_hit, &count));
    assert_int_equal(count, 4096);
    buf_fini(&text);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

static void
scan_whole(void *arg, const char *text, size_t length)
{
    unsigned count = 0;

    (void)!pii_scan(arg, PII_JSON, text, length, count_hit, &count);
}

/* Texts made to cost much. */
static void
work_grows_with_the_length_of_a_text(void **state)
{
    static const char *const pieces[] = {
        "@",      "a@",        "a.",         "1",       "1 ",       "4111 ",
        "eyJ",    "eyJ.",      "\\",         "%",       "%4",       "token=",
        "\":\"",  "IA",        "bearer ",    "\\u",     "a-a.",     "(0) ",
        "?code=", "password=", "=password=", "cookie:", ".cookie=", "authorization:",
        "\"}\"",  "\\\""
    };
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (growth_is_of_the_square(scan_whole, scanner, "\"token\":[", pieces[i]))
            fail_msg("\"%s\" again and again costs the square of its length", pieces[i]);
    }
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

/* --- findings --------------------------------------------------------------------------------- */

/* A browser's clock may say any year; a finding is read back all the same. */
static void
a_finding_of_any_time_reads_back(void **state)
{
    const struct pii_finding finding = { .source = "openreplay",
                                         .kind = "email",
                                         .count = 1,
                                         .severity = PII_MEDIUM,
                                         .way = PII_WAY_TEXT,
                                         .time_ms = INT64_C(1) << 53,
                                         .shape = "***@***.***" };
    struct arena *arena = arena_new();
    struct pii_finding back = { .count = 0 };
    struct buf line;

    (void)state;
    buf_init(&line, 4096);
    pii_finding_print(&line, &finding);
    assert_true(pii_finding_read(&back, arena, line.data, line.len));
    assert_int_equal(back.time_ms, INT64_C(253402300799999));
    buf_fini(&line);
    arena_free(arena);
}

static void
a_finding_reads_back(void **state)
{
    const struct pii_finding finding = { .source = "openreplay",
                                         .time_ms = 1795392821553,
                                         .session = "4117008369376559360",
                                         .message = "SelectionChange",
                                         .message_id = 113,
                                         .field = "selection",
                                         .kind = "email",
                                         .severity = PII_MEDIUM,
                                         .way = PII_WAY_NONE,
                                         .element = "p#p3 \"quoted\"",
                                         .page = "http://localhost/",
                                         .shape = "***@***.***",
                                         .hash = { 1, 2, 3 },
                                         .count = 2,
                                         .advice = "nothing masks it" };
    struct arena *arena = arena_new();
    struct pii_finding back = { .count = 0 };
    struct buf line;

    (void)state;
    buf_init(&line, 4096);
    pii_finding_print(&line, &finding);
    assert_true(pii_finding_read(&back, arena, line.data, line.len));
    assert_int_equal(back.time_ms, finding.time_ms);
    assert_string_equal(back.session, finding.session);
    assert_string_equal(back.message, finding.message);
    assert_int_equal(back.message_id, 113);
    assert_string_equal(back.field, finding.field);
    assert_string_equal(back.kind, finding.kind);
    assert_null(back.rule);
    assert_int_equal(back.severity, PII_MEDIUM);
    assert_int_equal(back.way, PII_WAY_NONE);
    assert_string_equal(back.element, finding.element);
    assert_string_equal(back.page, finding.page);
    assert_string_equal(back.shape, finding.shape);
    assert_memory_equal(back.hash, finding.hash, 16);
    assert_int_equal(back.count, 2);
    assert_string_equal(back.advice, finding.advice);
    assert_false(pii_finding_read(&back, arena, "{\"level\":\"WARN\"}", 16));
    assert_false(pii_finding_read(&back, arena, "no JSON", 7));
    buf_fini(&line);
    arena_free(arena);
}

/* --- selectors -------------------------------------------------------------------------------- */

struct element {
    const char *tag;
    const char *attributes[8]; /* name, value, ... */
    int parent;                /* -1: none */
};

/* <form id=f><div class="row wide"><label><input type=password class="a email-field"> */
static const struct element elements[] = {
    { "FORM", { "id", "f", NULL }, -1 },
    { "div", { "class", "row wide", "lang", "en-GB", NULL }, 0 },
    { "label", { NULL }, 1 },
    { "input", { "type", "password", "class", "a email-field", "data-x", "", NULL }, 2 },
};

static const char *
element_tag(void *arg, uint64_t element)
{
    (void)arg;
    return elements[element].tag;
}

static const char *
element_attribute(void *arg, uint64_t element, const char *name)
{
    const char *const *at = elements[element].attributes;

    (void)arg;
    while (*at != NULL && strcmp(*at, name) != 0)
        at += 2;
    return *at == NULL ? NULL : at[1];
}

static bool
element_parent(void *arg, uint64_t element, uint64_t *out)
{
    (void)arg;
    if (elements[element].parent < 0)
        return false;
    *out = (uint64_t)elements[element].parent;
    return true;
}

static const struct {
    const char *selector;
    const char *matches; /* which elements, by number */
} selected[] = {
    { "input[type=\"password\"]", "3" },
    { "INPUT[type='pass' i], [type=PASSWORD i]", "3" },
    { "[type=PASSWORD]", "" },
    { ".email-field", "3" },
    { ".email", "" },
    { "*", "0123" },
    { "form", "0" },
    { "#f", "0" },
    { "#f *", "123" },
    { "#f > *", "1" },
    { "form .row input.a", "3" },
    { "form > input", "" },
    { "div > label > input", "3" },
    { "form > div input", "3" },
    { "[class~=wide]", "1" },
    { "[class^=row]", "1" },
    { "[class$=wide]", "1" },
    { "[class*=\"w w\"]", "1" },
    { "[lang|=en]", "1" },
    { "[lang|=e]", "" },
    { "[data-x]", "3" },
    { "[data-x^=\"\"]", "" },
    { "label, #f", "02" },
    { "  div  ,  label  ", "12" },
};

static void
selectors_match(void **state)
{
    const struct pii_element_reader reader = { NULL, element_tag, element_attribute,
                                               element_parent };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof selected / sizeof selected[0]; i++) {
        struct err err = { .code = OK };
        struct pii_selector *selector;
        char matches[8] = "";

        if (pii_selector_parse(&selector, arena, selected[i].selector, &err) != OK)
            fail_msg("%s: %s", selected[i].selector, err.text);
        for (uint64_t e = 0; e < 4; e++) {
            if (pii_selector_matches(selector, &reader, e))
                snprintf(matches + strlen(matches), 2, "%u", (unsigned)e);
        }
        if (strcmp(matches, selected[i].matches) != 0)
            fail_msg("%s matches \"%s\"", selected[i].selector, matches);
    }
    arena_free(arena);
}

static void
what_is_no_selector_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",  " ", ",", "a,", "a >", "> a",    "a:hover", "a + b", "a ~ b",
        ".", "#", "[", "[a", "[a=", "[a='b]", "[a!=b]",  "a[b]c", "\\31 x"
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = { .code = OK };
        struct pii_selector *selector;

        if (pii_selector_parse(&selector, arena, wrong[i], &err) != E_INVALID)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_non_null(strstr(err.text, "at byte "));
    }
    arena_free(arena);
}

/* --- named texts ------------------------------------------------------------------------------ */

struct told {
    char text[512];
};

static void
tell_finding(void *arg, const struct pii_finding *f)
{
    struct told *told = arg;
    size_t used = strlen(told->text);

    snprintf(told->text + used, sizeof told->text - used, "%s%s:%s:%s:%u", used == 0 ? "" : " ",
             f->field, f->kind, f->shape, f->count);
    assert_true(f->page == NULL || strchr(f->page, '?') == NULL);
}

static void
texts_are_told_by_their_names(void **state)
{
    static const char line[] = "{\"user\":{\"mail\":\"a@example.com\",\"password\":\"hunter2\"},"
                               "\"list\":[\"x\",\"/p?token=abc\"],\"again\":\"ok\"}";
    const struct pii_origin origin = { .source = "umami",
                                       .message = "/api/send",
                                       .page = "/u/b@example.com?x=1" };
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    struct told told = { "" };

    (void)state;
    assert_int_equal(pii_texts_scan_line(scanner, &origin, line, strlen(line), tell_finding, &told),
                     0);
    assert_string_equal(told.text, "user.mail:email:*@*******.***:1 user.password:secret:*******:1 "
                                   "list[1]:secret:***:1");
    told = (struct told){ "" };
    assert_int_equal(
        pii_texts_scan(scanner, &origin,
                       (const struct pii_text[]){ { "a", PII_PLAIN, "c@d.example c@d.example", 23 },
                                                  { "b", PII_PLAIN, NULL, 0 } },
                       2, tell_finding, &told),
        0);
    assert_string_equal(told.text, "a:email:*@*.*******:2");
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

static void
scrubbing_leaves_the_rest(void **state)
{
    static const char text[] = "/users/a%40example.com/edit";
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    assert_true(pii_scrub(scanner, PII_URL, text, strlen(text), &out));
    assert_string_equal(out.data, "/users/*@*******.***/edit");
    buf_fini(&out);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

struct kinds {
    const char *names[8];
    size_t count;
};

static void
note_kind(void *arg, const struct pii_hit *hit)
{
    struct kinds *kinds = arg;

    if (kinds->count < 8)
        kinds->names[kinds->count++] = hit->kind;
}

/* In each value of the people that are made up its kind is found, and nothing else. */
static void
seeds_are_found_by_their_kinds(void **state)
{
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    struct pii_seed_field fields[PII_SEED_FIELDS], again[PII_SEED_FIELDS];

    (void)state;
    for (uint64_t n = 0; n < 2000; n++) {
        pii_seed_make(fields, n % 7, n);
        for (size_t i = 0; i < PII_SEED_FIELDS; i++) {
            struct kinds kinds = { .count = 0 };
            const char *wanted = fields[i].kind;
            char text[2 * PII_SEED_VALUE];
            int len = snprintf(text, sizeof text, "%s=%s", fields[i].name, fields[i].value);

            assert_true(pii_scan(scanner, PII_PLAIN, text, (size_t)len, note_kind, &kinds));
            if (kinds.count != (*wanted == '\0' ? 0 : 1) ||
                (kinds.count == 1 && strcmp(kinds.names[0], wanted) != 0))
                fail_msg("%s: %zu found, %s", text, kinds.count,
                         kinds.count > 0 ? kinds.names[0] : "nothing");
        }
    }
    pii_seed_make(fields, 3, 5);
    pii_seed_make(again, 3, 5);
    assert_memory_equal(fields, again, sizeof fields);
    pii_seed_make(again, 3, 6);
    assert_string_not_equal(fields[1].value, again[1].value);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

/* Twice is as once, also through escapes. */
static void
scrubbing_ends(void **state)
{
    static const char text[] = "{\"mail\":\"a\\u0040example.com\",\"ssn\":\"078-05-1120\"}";
    struct pii_rules *rules = pii_rules_default();
    struct pii_scanner *scanner = pii_scanner_new(rules, key);
    struct buf once, twice;

    (void)state;
    buf_init(&once, 1024);
    buf_init(&twice, 1024);
    assert_true(pii_scrub(scanner, PII_JSON, text, strlen(text), &once));
    assert_string_equal(once.data, "{\"mail\":\"*@*******.***\",\"ssn\":\"***-**-****\"}");
    assert_true(pii_scrub(scanner, PII_JSON, once.data, once.len, &twice));
    assert_string_equal(twice.data, once.data);
    buf_fini(&once);
    buf_fini(&twice);
    pii_scanner_free(scanner);
    pii_rules_free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus_is_told_apart),
        cmocka_unit_test(place_and_shape_are_of_the_text_as_it_stands),
        cmocka_unit_test(hash_is_of_the_value_and_the_key),
        cmocka_unit_test(default_is_the_file),
        cmocka_unit_test(rules_change_what_is_found),
        cmocka_unit_test(wrong_rules_are_refused_by_name),
        cmocka_unit_test(a_pattern_that_runs_away_is_no_clean_text),
        cmocka_unit_test(too_many_finds_are_not_judged),
        cmocka_unit_test(work_grows_with_the_length_of_a_text),
        cmocka_unit_test(a_finding_reads_back),
        cmocka_unit_test(a_finding_of_any_time_reads_back),
        cmocka_unit_test(selectors_match),
        cmocka_unit_test(what_is_no_selector_is_refused),
        cmocka_unit_test(texts_are_told_by_their_names),
        cmocka_unit_test(scrubbing_leaves_the_rest),
        cmocka_unit_test(scrubbing_ends),
        cmocka_unit_test(seeds_are_found_by_their_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
