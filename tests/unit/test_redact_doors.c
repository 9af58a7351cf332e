/* test_redact_doors.c - what opens a door or names a person goes, whatever way it came in.
 * SPDX-License-Identifier: MIT
 *
 * Each planted value is made up, and stands in a sentence as applications write it. The sentence
 * comes in through each door in the dress of that door; what is written must not hold the value, be
 * clean by the search, be the same when it is redacted again, and have one pseudonym for all doors.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "fixture/redact.h"
#include "fixture/redact_cbor.h"
#include "wire/cbor.h"

#include "redact_texts.h"

#define TEXT ((size_t)1 << 16)

static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
static struct pii_rules *rules;
static struct redactor *redactor;

static const struct planted planted[] = {
    /* --- base64 ---
     * {"email":"ada.lovelace@corp.io"} */
    { "got state ", "eyJlbWFpbCI6ImFkYS5sb3ZlbGFjZUBjb3JwLmlvIn0=", " back",
      "FkYS5sb3ZlbGFjZUBjb3Jw" },
    { "got state=", "eyJlbWFpbCI6ImFkYS5sb3ZlbGFjZUBjb3JwLmlvIn0", " back",
      "FkYS5sb3ZlbGFjZUBjb3Jw" },
    /* ada.lovelace@corp.io */
    { "user ", "YWRhLmxvdmVsYWNlQGNvcnAuaW8=", " left", "RhLmxvdmVsYWNlQGNvcnAu" },
    { "file /inbox/", "YWRhLmxvdmVsYWNlQGNvcnAuaW8", " left", "RhLmxvdmVsYWNlQGNvcnAu" },
    /* {"q":"why?","m":"?>~ada@corp.io","password":"hunter2hunter2"} in base64url */
    { "cursor ",
      "eyJxIjoid2h5PyIsIm0iOiI_Pn5hZGFAY29ycC5pbyIsInBhc3N3b3JkIjoiaHVudGVyMmh1bnRlcjIifQ", ".",
      "aHVudGVyMmh1bnRlcjIi" },
    /* the same in base64 */
    { "cursor ",
      "eyJxIjoid2h5PyIsIm0iOiI/Pn5hZGFAY29ycC5pbyIsInBhc3N3b3JkIjoiaHVudGVyMmh1bnRlcjIifQ==", ".",
      "aHVudGVyMmh1bnRlcjIi" },
    /* base64 of base64 of ada.lovelace@corp.io */
    { "twice ", "WVdSaExteHZkbVZzWVdObFFHTnZjbkF1YVc4PQ==", " ok", "VzWVdObFFHTnZjbkF1" },
    /* {"name":"Zoë","pwd":"hunter2hunter2","n":"ü"} */
    { "form ", "eyJuYW1lIjoiWm/DqyIsInB3ZCI6Imh1bnRlcjJodW50ZXIyIiwibiI6IsO8In0=", " sent",
      "1bnRlcjJodW50ZXIy" },
    /* postgres://ada:hunter2hunter2@db.corp.io/shop */
    { "DATABASE_URL_B64=", "cG9zdGdyZXM6Ly9hZGE6aHVudGVyMmh1bnRlcjJAZGIuY29ycC5pby9zaG9w", " set",
      "aHVudGVyMmh1bnRlcjJA" },
    /* a data: URI of text: {"sources":["/home/x"],"by":"ada.lovelace@corp.io"} */
    { "data:application/json;base64,",
      "eyJzb3VyY2VzIjpbIi9ob21lL3giXSwiYnkiOiJhZGEubG92ZWxhY2VAY29ycC5pbyJ9", "",
      "JhZGEubG92ZWxhY2VAY29ycC5p" },
    /* --- IBANs --- */
    { "refund to ", "DE89370400440532013000", " done", "370400440532013" },
    { "refund to ", "DE89 3704 0044 0532 0130 00", " done", "3704" },
    { "iban=", "GB82WEST12345698765432", "&x", "WEST1234569876" },
    { "iban ", "FR1420041010050500013M02606", ".", "20041010050500" },
    { "iban ", "NO9386011117947", ".", "86011117947" },
    { "iban ", "NL91ABNA0417164300", ", BIC", "ABNA0417164300" },
    { "{\"iban\":\"", "CH9300762011623852957", "\"}", "00762011623852957" },
    /* --- passwords in prose --- */
    { "login failed, password: ", "hunter2-x", " from web", "hunter2" },
    { "login failed, password: ", "correcthorse", "", "correcthorse" },
    { "connect with pwd=", "hunter2-x", " failed", "hunter2" },
    { "her passwd is ", "hunter2-x", ", she said", "hunter2" },
    { "Password: ", "Tr0ub4dor&3", "", "Tr0ub4dor" },
    { "host=db user=ada password='", "hunter2 and more", "' port=5432", "hunter2" },
    { "aws_secret_access_key = ", "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz", " x",
      "wJalrXUtnFEMI" },
    { "<user><password>", "hunter2-x", "</password></user>", "hunter2" },
    { "say --api-key ", "kq0vW3xYb7Lq9", "", "kq0vW3xYb7L" },
    { "mysqldump --password ", "hunter2-x", " shop", "hunter2" },
    { "env DB_PASSWORD=", "hunter2-x", " set", "hunter2" },
    { "env PGPASSWORD=", "hunter2-x", " set", "hunter2" },
    { "{\"dbPassword\":\"", "hunter2-x", "\"}", "hunter2" },
    { "{\"masterUserPassword\":\"", "hunter2-x", "\"}", "hunter2" },
    { "env STRIPE_SECRET_KEY=", "9f8e7d6c5b4a39281706", " set", "9f8e7d6c5b4a" },
    { "env SENTRY_AUTH_TOKEN=", "9f8e7d6c5b4a39281706", " set", "9f8e7d6c5b4a" },
    { "sent x-api-key: ", "kq0vW3xYb7Lq9", " to it", "kq0vW3xYb7L" },
    /* --- headers in prose --- */
    { "Authorization: Digest username=\"x\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"",
      "6629fae49393a05397450978507c4ef1", "\", qop=auth", "6629fae49393a053" },
    { "Authorization: Digest username=\"", "ada.lovelace",
      "\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"redactedabcdefgh\"", "ada.love" },
    { "Authorization: Basic ", "YWRhOmh1bnRlcjItbG92ZWxhY2U=", "", "RhOmh1bnRlcjItbG92ZW" },
    { "sent Basic ", "YWRhOmxvdmVsYWNl", " to it", "RhOmxvdmVsYW" },
    { "sent Cookie: ", "sid=5f0e77aa51; theme=dark", "", "5f0e77aa51" },
    { "got Set-Cookie: ", "sid=5f0e77aa51; Path=/; HttpOnly", "", "5f0e77aa51" },
    { "Authorization: Token ", "9f8e7d6c5b4a39281706", "", "9f8e7d6c5b4a" },
    { "Authorization: ApiKey ", "dGVzdDpub3RoaW5nOTk5MTIz", "", "dGVzdDpub3Roa" },
    { "curl --user ", "ada:hunter2-x", " https://corp.io", "hunter2" },
    { "Content-Disposition: form-data; name=\"password\"\r\n\r\n", "hunter2-x", "\r\n--x",
      "hunter2" },
    { "curl -u ", "ada:hunter2-x", " https://corp.io", "hunter2" },
    /* --- URLs --- */
    { "to postgres://", "shop:hunter2-x", "@db.cluster-c1.eu-west-1.rds.amazonaws.com:5432/shop",
      "hunter2" },
    { "to postgresql://", "shop:hun@ter2-x", "@db.corp.io/shop", "ter2" },
    { "redis://", ":hunter2-x", "@cache.corp.io:6379", "hunter2" },
    { "dsn https://", "0123456789abcdef0123456789abcdef", "@o12345.ingest.sentry.io/67890",
      "0123456789abcdef" },
    { "clone https://", "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c", "@github.com/corp/shop.git",
      "9f8e7d6c5b4a" },
    { "post https://hooks.slack.com/services/", "T01ABCDEF/B01ABCDEF/aBcDeFgHiJkLmNoPqRsTuVwX",
      " ok", "aBcDeFgHiJkLm" },
    { "post https://discord.com/api/webhooks/", "123456789/aBcDeFgHiJkLmNoPqRsTuVwX9-_yZ", " ok",
      "aBcDeFgHiJkLm" },
    { "get https://d1.cloudfront.net/a.mp4?Expires=1795395600&Signature=",
      "aBcDeFgHiJkLmNoPqRsT~uVwX9-_yZ__", "&Key-Pair-Id=K2JCJMDEHXQW5F", "aBcDeFgHiJkLm" },
    { "jar CloudFront-Signature=", "aBcDeFgHiJkLmNoPqRsT~uVwX9-_yZ__", "; x=1", "aBcDeFgHiJkLm" },
    { "get https://b.s3.amazonaws.com/k?X-Amz-Expires=900&X-Amz-Signature=",
      "5f0e77aa515f0e77aa515f0e77aa515f0e77aa515f0e77aa515f0e77aa515f0e", "&x-id=GetObject",
      "5f0e77aa515f0e" },
    { "get /k?X-Amz-Security-Token=", "IQoJb3JpZ2luX2VjEJr9aBcDeFgHiJkLm0123456789", "&x",
      "b3JpZ2luX2VjEJr9" },
    { "see https://corp.io/cb#id_token=",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4", "&state=1",
      "hbGciOiJIUzI1" },
    /* --- tokens --- */
    { "env AWS_SESSION_TOKEN=", "IQoJb3JpZ2luX2VjEJr9aBcDeFgHiJkLm0123456789", " set",
      "b3JpZ2luX2VjEJr9" },
    { "bare ",
      "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDaBcDeFgHiJkLmNoPqRsTuVwXyZ0123456"
      "789aBcDeFgHiJkLmNoPqRsTuVwXyZ",
      " token", "aBcDeFgHiJkLmNoPq" },
    { "use ", "xoxb-123456789012-1234567890123-aBcDeFgHiJkLmNoP", " now", "aBcDeFgHiJkL" },
    { "use ", "xapp-1-A01ABCDEF-1234567890123-abcdef0123456789", " now", "abcdef012345" },
    { "use ", "ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", " now", "aBcDeFgHiJkL" },
    { "use ", "ghr_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", " now", "aBcDeFgHiJkL" },
    { "use ", "github_pat_11ABCDEFG0aBcDeFgHiJkLmNoPqRsTuVwXyZ", " now", "aBcDeFgHiJkL" },
    { "use ", "sk_live_aBcDeFgHiJkLmNoPqRsTu99X", " now", "aBcDeFgHiJkL" },
    { "use ", "sk-aBcDeFgHiJkLmNoPqRsTT3BlbkFJuVwXyZ0123456789aBcD", " now", "aBcDeFgHiJkL" },
    { "use ", "sk-proj-aBcDeFgHiJkLmNoPqRsTuVwX9Z", " now", "aBcDeFgHiJkL" },
    { "use ", "sk-svcacct-aBcDeFgHiJkLmNoPqRsTuVwX9Z", " now", "aBcDeFgHiJkL" },
    { "use ", "npm_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", " now", "aBcDeFgHiJkL" },
    { "use ", "SG.aBcDeFgHiJkLmNoPqRsTuV.aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFg", " now",
      "aBcDeFgHiJkL" },
    { "use ", "pypi-AgEIcHlwaS5vcmcCJGFiY2RlZmdo", " now", "cHlwaS5vcmc" },
    { "use ", "GOCSPX-aBcDeFgHiJkLmNoPqRsTuVw9", " now", "aBcDeFgHiJkL" },
    { "use ", "ya29.a0AfH6SMaBcDeFgHiJkLmNoPqRsT", " now", "aBcDeFgHiJkL" },
    { "use ", "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", " now", "aBcDeFgHiJkL" },
    { "use ", "dckr_pat_aBcDeFgHiJkLmNoPqRsTuVw9", " now", "aBcDeFgHiJkL" },
    { "use ", "shpat_0123456789abcdef0123456789abcdef", " now", "0123456789abcdef" },
    { "use ", "lin_api_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcD", " now", "aBcDeFgHiJkL" },
    { "use ", "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3J", " now",
      "QPZRY9X8GF2TVDW" },
    { "bot ", "1234567890:AAaBcDeFgHiJkLmNoPqRsTuVwXyZ0123456", " now", "aBcDeFgHiJkL" },
    /* --- keys --- */
    { "-----BEGIN RSA PRIVATE KEY-----\n", "MIIEpAIBAAKCAQEAaBcDeFgHiJkLmNoPqRsTuVwXyZ",
      "\n-----END RSA PRIVATE KEY-----\n", "aBcDeFgHiJkL" },
    { "key -----BEGIN PRIVATE KEY-----\\n", "MIIEpAIBAAKCAQEAaBcDeFgHiJkLmNoPqRsTuVwXyZ",
      "\\n-----END PRIVATE KEY-----", "aBcDeFgHiJkL" },
    { "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", "lQOYBGaBcDeFgHiJkLmNoPqRsTuVwXyZ",
      "\n-----END PGP PRIVATE KEY BLOCK-----", "aBcDeFgHiJkL" },
    /* "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIhunter2hunter2\n-----END EC PRIVATE KEY-----" */
    { "key ",
      "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1IY0NBUUVFSUlodW50ZXIyaHVudGVyMgotLS0tLUVORCBF"
      "QyBQUklWQVRFIEtFWS0tLS0t",
      " ok", "1odW50ZXIyaHVudGVyM" },
    /* --- people, as the rules know them --- */
    { "call ", "+44 20 7946 0958", " now", "7946" },
    { "call ", "(415) 555-0132", " now", "0132" },
    { "card ", "4111111111111111", " declined", "111111111111" },
    { "card ", "5500 0055 5555 5559", " declined", "5555 5559" },
    { "at ", "81.2.69.142", ", then", "81.2.69" },
    { "of ", "ada.lovelace@corp.io", " now", "ada.lovelace" },
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* --- doors -------------------------------------------------------------------------------------
 */

static const char *
json_of(struct arena *arena, const char *format, const char *text)
{
    struct buf quoted;
    const char *made;

    buf_init(&quoted, TEXT);
    json_print_string(&quoted, text, strlen(text));
    made = arena_printf(arena, format, quoted.data);
    buf_fini(&quoted);
    return made;
}

static const char *
percent_of(struct arena *arena, const char *before, const char *text, bool is_form)
{
    struct buf b;
    const char *made;

    buf_init(&b, TEXT);
    buf_adds(&b, before);
    for (; *text != '\0'; text++) {
        const char c = *text;

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            strchr("-._~", c) != NULL)
            buf_addc(&b, c);
        else if (is_form && c == ' ')
            buf_addc(&b, '+');
        else
            buf_addf(&b, "%%%02X", (unsigned char)c);
    }
    made = arena_strdup(arena, b.data);
    buf_fini(&b);
    return made;
}

static void
take_line(struct fixture_record *r, const char *line)
{
    r->source = FIXTURE_EMF_TCP;
    r->line = line;
    r->line_length = strlen(line);
}

static void
take_body(struct fixture_record *r, const char *body)
{
    r->body = body;
    r->has_body = true;
    r->body_length = strlen(body);
}

static void
through_text_line(struct fixture_record *r, struct arena *arena, const char *text)
{
    (void)arena;
    take_line(r, text);
}

static void
through_log_line(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_line(r, json_of(arena, "{\"level\":\"INFO\",\"message\":%s,\"n\":1}", text));
}

static void
through_emf_line(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_line(r, json_of(arena,
                         "{\"_aws\":{\"Timestamp\":1795395600000,\"CloudWatchMetrics\":[{"
                         "\"Namespace\":\"Shop\",\"Dimensions\":[[\"Service\"]],\"Metrics\":[{"
                         "\"Name\":\"Latency\"}]}]},\"Service\":\"cart\",\"Latency\":12,"
                         "\"detail\":%s}",
                         text));
}

static void
through_json_body(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_body(r, json_of(arena, "{\"error\":{\"message\":%s},\"context\":{}}", text));
}

static void
through_text_body(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_body(r, arena_printf(arena, "note: %s", text));
}

/* Long enough that it is read at all. */
static void
through_base64_body(struct fixture_record *r, struct arena *arena, const char *text)
{
    struct buf b;

    text = arena_printf(arena, "note: %s", text);
    buf_init(&b, TEXT);
    base64_print(&b, text, strlen(text), 0);
    take_body(r, arena_printf(arena, "{\"isBase64Encoded\":true,\"body\":\"%s\"}", b.data));
    buf_fini(&b);
}

static void
through_form_body(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_body(r, percent_of(arena, "a=1&note=", text, true));
}

static void
through_query(struct fixture_record *r, struct arena *arena, const char *text)
{
    r->path = percent_of(arena, "/api/send?note=", text, false);
}

static void
through_header(struct fixture_record *r, struct arena *arena, const char *text)
{
    struct fixture_header *header = arena_alloc(arena, sizeof *header);

    *header = (struct fixture_header){ "x-note", text };
    r->headers = header;
    r->header_count = 1;
}

static void
through_cbor(struct fixture_record *r, struct arena *arena, const char *text)
{
    struct fixture_header *header = arena_alloc(arena, sizeof *header);
    cJSON *value = cJSON_CreateObject();
    struct buf b;
    char *copy;

    cJSON_AddStringToObject(value, "note", text);
    buf_init(&b, TEXT);
    cbor_print(&b, value);
    copy = arena_alloc(arena, b.len);
    memcpy(copy, b.data, b.len);
    *header = (struct fixture_header){ "content-type", "application/cbor" };
    r->headers = header;
    r->header_count = 1;
    r->body = copy;
    r->has_body = true;
    r->body_length = b.len;
    buf_fini(&b);
    cJSON_Delete(value);
}

static void
take_answer(struct fixture_record *r, struct arena *arena, const char *json)
{
    r->source = FIXTURE_AWS;
    r->service = "logs";
    r->operation = "FilterLogEvents";
    r->status = 200;
    assert_int_equal(json_parse_in(&r->answer, arena, json, strlen(json), NULL), OK);
    assert_int_equal(json_parse_in(&r->parameters, arena, "{}", 2, NULL), OK);
}

static void
through_answer(struct fixture_record *r, struct arena *arena, const char *text)
{
    take_answer(r, arena, json_of(arena, "{\"events\":[{\"message\":%s}]}", text));
}

static void
through_nested_answer(struct fixture_record *r, struct arena *arena, const char *text)
{
    const char *line = json_of(arena, "{\"level\":\"ERROR\",\"msg\":%s}", text);

    take_answer(r, arena, json_of(arena, "{\"events\":[{\"message\":%s}]}", line));
}

static const struct {
    const char *name;
    void (*take)(struct fixture_record *r, struct arena *arena, const char *text);
} doors[] = {
    { "line of text", through_text_line },
    { "structured line", through_log_line },
    { "EMF line", through_emf_line },
    { "JSON body", through_json_body },
    { "text body", through_text_body },
    { "base64 body", through_base64_body },
    { "form body", through_form_body },
    { "query string", through_query },
    { "header", through_header },
    { "CBOR", through_cbor },
    { "answer of AWS", through_answer },
    { "structured line of an answer", through_nested_answer },
};
#define DOORS COUNT(doors)

/* --- what is held ------------------------------------------------------------------------------
 */

static void
tell_kind(void *arg, const char *kind, size_t offset)
{
    (void)offset;
    *(const char **)arg = kind;
}

static struct buf
line_of(const struct fixture_record *r)
{
    struct buf b;

    buf_init(&b, TEXT);
    fixture_print(&b, r);
    return b;
}

/* The line, and behind it the body as its bytes are. */
static const char *
printed(struct arena *arena, const struct fixture_record *r)
{
    struct buf b = line_of(r);
    char *copy;

    for (size_t i = 0; redact_cbor_is_one(r) && i < r->body_length; i++)
        buf_addc(&b, r->body[i] == '\0' ? ' ' : r->body[i]);
    assert_false(buf_failed(&b));
    copy = arena_strdup(arena, b.data);
    buf_fini(&b);
    return copy;
}

/* As `obsview fixture verify` does. */
static const char *
found_in(const struct fixture_record *r)
{
    const char *kind = NULL;
    struct buf b = line_of(r);

    assert_true(redact_search(redactor, b.data, b.len, tell_kind, &kind));
    if (redact_cbor_is_one(r))
        assert_true(redact_cbor_search(redactor, r->body, r->body_length, tell_kind, &kind));
    buf_fini(&b);
    return kind;
}

/* Of the value in a line of text; NULL: its characters may be escaped elsewhere. */
static const char *
pseudonym_of(struct arena *arena, const struct planted *p, const char *line, size_t length)
{
    const size_t before = strlen(p->before), around = before + strlen(p->after);
    char *value;

    if (length < around || memcmp(line, p->before, before) != 0)
        return NULL;
    value = arena_strndup(arena, line + before, length - around);
    for (const char *c = value; *c != '\0'; c++) {
        if (strchr(" +/=:;~\"\\", *c) != NULL)
            return NULL;
    }
    return value;
}

static bool
complain(const struct planted *p, size_t door, const char *what, const char *text)
{
    print_message("%s: \"%s%s\" by %s: %s\n", what, p->before, p->value, doors[door].name, text);
    return false;
}

static bool
is_json(struct arena *arena, const char *text, size_t length)
{
    const cJSON *value = NULL;

    return text != NULL && json_parse_in(&value, arena, text, length, NULL) == OK;
}

/* A line or a body of JSON is one afterwards. */
static bool
keeps_form(struct arena *arena, const struct fixture_record *before,
           const struct fixture_record *after)
{
    return (!is_json(arena, before->line, before->line_length) ||
            is_json(arena, after->line, after->line_length)) &&
           (!is_json(arena, before->body, before->body_length) ||
            is_json(arena, after->body, after->body_length));
}

static bool
holds_one(struct arena *arena, const struct planted *p, size_t door, const char **pseudonym)
{
    struct fixture_record record = {
        .source = FIXTURE_HTTP, .method = "POST", .path = "/", .took_us = -1
    };
    struct fixture_record once, twice;
    const char *text;

    doors[door].take(&record, arena, arena_printf(arena, "%s%s%s", p->before, p->value, p->after));
    if (found_in(&record) == NULL)
        return complain(p, door, "not seen", "");
    if (!redact_record(redactor, arena, &record, &once))
        return complain(p, door, "not judged", "");
    text = printed(arena, &once);
    if (strstr(text, p->needle) != NULL)
        return complain(p, door, "left", text);
    if (found_in(&once) != NULL)
        return complain(p, door, found_in(&once), text);
    if (!keeps_form(arena, &record, &once))
        return complain(p, door, "no JSON any more", text);
    if (!redact_record(redactor, arena, &once, &twice) || strcmp(text, printed(arena, &twice)) != 0)
        return complain(p, door, "another the second time", text);
    if (door == 0)
        *pseudonym = pseudonym_of(arena, p, once.line, once.line_length);
    if (*pseudonym != NULL && doors[door].take != through_base64_body &&
        strstr(text, *pseudonym) == NULL)
        return complain(p, door, *pseudonym, text);
    return true;
}

static unsigned
count_leaks(const struct planted *list, size_t count)
{
    struct arena *arena = arena_new();
    unsigned bad = 0;

    for (size_t i = 0; i < count; i++) {
        const char *pseudonym = NULL;

        for (size_t door = 0; door < DOORS; door++)
            bad += !holds_one(arena, &list[i], door, &pseudonym);
    }
    print_message("%zu values, %zu doors: %u leaks\n", count, DOORS, bad);
    arena_free(arena);
    return bad;
}

static void
whatever_door_it_comes_through_a_value_goes(void **state)
{
    (void)state;
    assert_int_equal(count_leaks(planted, COUNT(planted)), 0);
}

static void
what_logs_hold_of_people_and_doors_goes(void **state)
{
    (void)state;
    assert_int_equal(count_leaks(planted_in_logs, COUNT(planted_in_logs)), 0);
}

static bool
stays(struct arena *arena, const char *text, size_t door)
{
    struct fixture_record record = {
        .source = FIXTURE_HTTP, .method = "POST", .path = "/", .took_us = -1
    };
    struct fixture_record out;

    doors[door].take(&record, arena, text);
    if (redact_record(redactor, arena, &record, &out) && found_in(&record) == NULL &&
        strcmp(printed(arena, &record), printed(arena, &out)) == 0)
        return true;
    print_message("%s by %s: %s\n", text, doors[door].name, printed(arena, &out));
    return false;
}

static void
what_is_harmless_stays_by_every_door(void **state)
{
    struct arena *arena = arena_new();
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(harmless); i++) {
        for (size_t door = 0; door < DOORS; door++)
            bad += !stays(arena, harmless[i], door);
    }
    print_message("%zu texts, %zu doors: %u false alarms\n", COUNT(harmless), DOORS, bad);
    arena_free(arena);
    assert_int_equal(bad, 0);
}

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_door_it_comes_through_a_value_goes),
        cmocka_unit_test(what_logs_hold_of_people_and_doors_goes),
        cmocka_unit_test(what_is_harmless_stays_by_every_door),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
