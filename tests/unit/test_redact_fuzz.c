/* test_redact_fuzz.c - values in escapes upon escapes, at random: all of them go, and alike.
 * SPDX-License-Identifier: MIT
 *
 * OBSVIEW_SEED repeats a run, OBSVIEW_ROUNDS makes it longer. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fixture/redact.h"

#define ROUNDS  4000
#define TEXT    ((size_t)1 << 16)
#define LAYERS  3
#define SEED    20261128
#define MARKERS 4

static uint64_t state_of_chance;
static struct pii_rules *rules;
static struct redactor *redactor;

static unsigned
chance(unsigned below)
{
    state_of_chance =
        state_of_chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state_of_chance >> 33) % below;
}

/* What stands around a value, the value, and a part of it that must not be left. */
static const struct {
    const char *before, *value, *after, *needle;
} planted[] = {
    { "of ", "ada.lovelace@corp.io", " now", "ada.lovelace" },
    { "to=", "ada-tag@corp.co.uk", "&a=1", "ada-tag" },
    { "{\"ada.lovelace@corp.io\":1,\"b\":\"", "ida@corp.io", "\"}", "ida@" },
    { "call ", "(415) 555-0132", ".", "555-0132" },
    { "call ", "+441632960961", " now", "1632960961" },
    { "tel=", "+44 20 7946 0958", "&b", "7946" },
    { "ssn ", "078-05-1120", ".", "05-1120" },
    { "card ", "4111 1111 1111 1111", "!", "1111" },
    { "card ", "5500005555555559", ".", "5555555559" },
    { "x ", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4", "",
      "hbGciOiJIUzI1" },
    { "id=", "AKIAI44QH8DHBX4MPLEQ", "&", "I44QH8DHBX4M" },
    { "key ", "ASIAI44QH8DHBX4MPLEQ", ".", "I44QH8DHBX4M" },
    { "{\"secretAccessKey\":\"", "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz", "\"}",
      "wJalrXUtnFEMI" },
    { "of ", "123456789012", ". Then", "123456789012" },
    { "arn:aws:iam::", "123456789012", ":root", "123456789012" },
    { "{\"Account\":\"", "210987654321", "\"}", "210987654321" },
    { "from ", "81.2.69.142", ", then", "81.2.69" },
    { "http://", "81.2.69.142", ":8080/", "81.2.69" },
    { "x ", "2a02:8388:8d00::17", " via", "8388:8d00" },
    { "{\"password\":\"", "hunter2hunter2", "\"}", "hunter2" },
    { "/cb?token=", "tok999longenough", "&a=1", "tok999long" },
    { "{\"headers\":{\"cookie\":\"", "sid=5f0e77aa51; theme=dark", "\"}}", "5f0e77aa51" },
    { "{\"Authorization\":\"", "Basic YWRhOmxvdmVsYWNl", "\"}", "YWRhOmxvdm" },
    { "Authorization: Bearer ", "dG9rZW4tb2YtYWRhLTEyMzQ1Njc4OTA", "", "dG9rZW4tb2Y" },
    { "see https://", "ada:s3cr-et99", "@db.corp.internal/x", "s3cr-et99" },
    { "see redis://", "ada:s3cr-et99", "@localhost:6379/0", "s3cr-et99" },
    { "{\"apiKey\":\"", "kq0-vW3x-Yb7L", "\"}", "vW3x" },
    { "refund to ", "DE89370400440532013000", ", done", "3704004405" },
    { "refund to ", "GB82 WEST 1234 5698 7654 32", ".", "5698" },
    { "password: ", "hunter2-x", " from web", "hunter2" },
    { "her passwd is ", "hunter2-x", " she said", "hunter2" },
    { "env DB_PASSWORD=", "hunter2-x", " set", "hunter2" },
    { "Digest username=\"ada\", response=\"", "6629fae49393a05397450978507c4ef1", "\"",
      "6629fae49393" },
    { "sent Basic ", "YWRhOmxvdmVsYWNl", " to it", "YWRhOmxvdm" },
    { "use ", "ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", " now", "aBcDeFgHiJkL" },
    { "x ", "eyJlbWFpbCI6ImFkYS5sb3ZlbGFjZUBjb3JwLmlvIn0=", ".", "FkYS5sb3ZlbGFjZUBj" },
};
#define PLANTED (sizeof planted / sizeof planted[0])

/* --- escapes, one character at a time ---------------------------------------------------------
 */

static bool
is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
as_json(struct buf *b, char c)
{
    if (c == '"' || c == '\\')
        buf_addc(b, '\\');
    buf_addc(b, c);
}

static void
as_unicode(struct buf *b, char c)
{
    if (is_plain(c) || (unsigned char)c > 0x7e)
        buf_addc(b, c);
    else
        buf_addf(b, "\\u%04x", (unsigned)c);
}

static void
as_percent(struct buf *b, char c)
{
    if (is_plain(c) || strchr("-._~", c) != NULL)
        buf_addc(b, c);
    else
        buf_addf(b, "%%%02X", (unsigned char)c);
}

static void
as_percent_all(struct buf *b, char c)
{
    buf_addf(b, "%%%02x", (unsigned char)c);
}

static void
as_decimal(struct buf *b, char c)
{
    if (is_plain(c) || (unsigned char)c > 0x7e)
        buf_addc(b, c);
    else
        buf_addf(b, "&#%u;", (unsigned char)c);
}

static void
as_hexadecimal(struct buf *b, char c)
{
    if (is_plain(c) || (unsigned char)c > 0x7e)
        buf_addc(b, c);
    else
        buf_addf(b, "&#x%X;", (unsigned char)c);
}

static void
as_wide(struct buf *b, char c)
{
    const unsigned code = 0xf01 + (unsigned)(c - '!');

    if (c <= ' ' || c > '~')
        buf_addc(b, c);
    else
        buf_addf(b, "\xef%c%c", (int)(0x80 | code >> 6), (int)(0x80 | (code & 0x3f)));
}

static void
as_wide_unicode(struct buf *b, char c)
{
    if (c <= ' ' || c > '~')
        buf_addc(b, c);
    else
        buf_addf(b, "\\uff%02x", (unsigned)(c - '!') + 1);
}

static const struct {
    const char *name;
    void (*put)(struct buf *b, char c);
} layers[] = {
    { "json", as_json },       { "unicode", as_unicode },
    { "percent", as_percent }, { "percent-all", as_percent_all },
    { "decimal", as_decimal }, { "hexadecimal", as_hexadecimal },
    { "wide", as_wide },       { "wide-unicode", as_wide_unicode },
};
#define LAYER_KINDS (sizeof layers / sizeof layers[0])

struct wrapping {
    unsigned count, kinds[LAYERS];
    char told[100];
};

static struct wrapping
any_wrapping(void)
{
    struct wrapping w = { .count = chance(LAYERS + 1) };

    for (unsigned i = 0; i < w.count; i++) {
        w.kinds[i] = chance(LAYER_KINDS);
        strncat(w.told, " ", sizeof w.told - strlen(w.told) - 1);
        strncat(w.told, layers[w.kinds[i]].name, sizeof w.told - strlen(w.told) - 1);
    }
    return w;
}

/* The caller's. */
static char *
wrapped(const struct wrapping *w, const char *text)
{
    char *now = xstrdup(text);

    for (unsigned i = 0; i < w->count; i++) {
        struct buf b;
        size_t length;

        buf_init(&b, TEXT);
        for (const char *p = now; *p != '\0'; p++)
            layers[w->kinds[i]].put(&b, *p);
        assert_false(buf_failed(&b));
        free(now);
        now = buf_take(&b, &length);
    }
    return now;
}

/* --- what is held -----------------------------------------------------------------------------
 */

static void
tell_kind(void *arg, const char *kind, size_t offset)
{
    (void)offset;
    *(const char **)arg = kind;
}

static char *
redacted(const char *text)
{
    struct buf b;
    size_t length;

    buf_init(&b, TEXT);
    if (!redact_text(redactor, &b, text, strlen(text)))
        fail_msg("cannot be judged: %s", text);
    return buf_take(&b, &length);
}

/* Something of a text that a value may stand in, and that says nothing. */
static const char *
any_marker(void)
{
    static const char *const markers[MARKERS] = { "", "a\t", "{\"m\":\"b\\n", "x \"y\" " };

    return markers[chance(MARKERS)];
}

static void
hold_one(unsigned n)
{
    const struct wrapping w = any_wrapping();
    char *plain =
        xasprintf("%s%s%s%s", any_marker(), planted[n].before, planted[n].value, planted[n].after);
    char *text = wrapped(&w, plain), *needle = wrapped(&w, planted[n].needle);
    char *once = redacted(text), *twice = redacted(once);
    const char *left = NULL;

    if (strstr(once, needle) != NULL)
        fail_msg("%s is left by%s of %s: %s -> %s", planted[n].needle, w.told, plain, text, once);
    if (!redact_search(redactor, once, strlen(once), tell_kind, &left) || left != NULL)
        fail_msg("%s is found by%s of %s: %s -> %s", left == NULL ? "nothing" : left, w.told, plain,
                 text, once);
    if (strcmp(once, twice) != 0)
        fail_msg("another pseudonym of a pseudonym by%s of %s: %s -> %s", w.told, plain, once,
                 twice);
    free(plain);
    free(text);
    free(needle);
    free(once);
    free(twice);
}

static void
whatever_it_is_wrapped_in_a_value_goes(void **state)
{
    const char *rounds = getenv("OBSVIEW_ROUNDS");
    const unsigned long count = rounds == NULL ? ROUNDS : strtoul(rounds, NULL, 10);

    (void)state;
    for (unsigned long i = 0; i < count; i++)
        hold_one(chance(PLANTED));
}

/* Values without blanks, whose pseudonyms nothing escapes. */
static void
whatever_it_is_wrapped_in_it_is_the_same(void **state)
{
    static const char *const values[] = { "ada.lovelace@corp.io", "078-05-1120", "81.2.69.142",
                                          "123456789012", "AKIAI44QH8DHBX4MPLEQ" };

    (void)state;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        const char *value = values[chance(sizeof values / sizeof values[0])];
        const struct wrapping w = any_wrapping();
        char *plain = redacted(value), *text = xasprintf("of %s now", value);
        char *around = wrapped(&w, text), *once = redacted(around);

        if (strstr(once, plain) == NULL)
            fail_msg("%s is not %s by%s: %s -> %s", value, plain, w.told, around, once);
        free(plain);
        free(text);
        free(around);
        free(once);
    }
}

/* --- base64 -----------------------------------------------------------------------------------
 */

static char *
encoded(const char *text, bool is_url)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const size_t length = strlen(text);
    struct buf b;

    buf_init(&b, TEXT);
    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = 0;

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < length ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4 && (i + k <= length || !is_url); k++) {
            const uint32_t digit = bits >> (18 - 6 * k) & 0x3f;

            buf_addc(&b, i + k > length ? '='
                         : digit < 62   ? digits[digit]
                                        : (is_url ? "-_" : "+/")[digit - 62]);
        }
    }
    return buf_take(&b, &(size_t){ 0 });
}

/* What stands at the place of `text`'s first twelve characters, decoded as far as it goes. */
static char *
decoded(const char *text)
{
    struct buf b;
    uint32_t bits = 0;
    unsigned held = 0;

    buf_init(&b, TEXT);
    for (; *text != '\0' && strchr(" .,&\"", *text) == NULL && *text != '='; text++) {
        const char c = *text;

        bits = bits << 6 | (uint32_t)(c >= 'a'               ? c - 'a' + 26
                                      : c == '_' || c == '/' ? 63
                                      : c == '-' || c == '+' ? 62
                                      : c >= '0' && c <= '9' ? c - '0' + 52
                                                             : c - 'A');
        held += 6;
        if (held >= 8) {
            held -= 8;
            buf_addc(&b, (char)(bits >> held));
        }
    }
    return buf_take(&b, &(size_t){ 0 });
}

/* It still decodes, to what the text becomes when it is not encoded. */
static void
what_is_encoded_goes_and_decodes(void **state)
{
    static const char *const fronts[] = { "cursor ", "got state=", "see /inbox/", "{\"next\":\"",
                                          "v1." };

    (void)state;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        const unsigned n = chance(PLANTED);
        const char *front = fronts[chance(sizeof fronts / sizeof fronts[0])];
        char *plain = xasprintf("%s%s%s", planted[n].before, planted[n].value, planted[n].after);
        char *code = encoded(plain, chance(2) == 1), *text = xasprintf("%s%s rest", front, code);
        char *once = redacted(text), *twice = redacted(once), *expected = redacted(plain);
        char *read = decoded(once + strlen(front));
        const char *left = NULL;

        if (memcmp(once, front, strlen(front)) != 0 || strcmp(read, expected) != 0)
            fail_msg("%s became %s, which reads %s and not %s", text, once, read, expected);
        if (!redact_search(redactor, once, strlen(once), tell_kind, &left) || left != NULL)
            fail_msg("%s is found in %s", left == NULL ? "nothing" : left, once);
        if (strcmp(once, twice) != 0)
            fail_msg("another the second time: %s -> %s", once, twice);
        free(plain);
        free(code);
        free(text);
        free(once);
        free(twice);
        free(expected);
        free(read);
    }
}

/* Bytes of chance, as hashes, keys of caches and images are. */
static void
what_is_encoded_and_no_text_stays(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        char bytes[120], *code, *text, *same;
        const unsigned length = 9 + chance(sizeof bytes - 10);

        for (unsigned k = 0; k < length; k++)
            bytes[k] = (char)(1 + chance(255));
        bytes[length] = '\0';
        code = encoded(bytes, chance(2) == 1);
        text = xasprintf("{\"etag\":\"%s\"}", code);
        same = redacted(text);
        assert_string_equal(same, text);
        free(code);
        free(text);
        free(same);
    }
}

static int
set_up(void **state)
{
    static const uint8_t key[PII_KEY_BYTES] = "a key of a test";
    const char *seed = getenv("OBSVIEW_SEED");

    (void)state;
    state_of_chance = seed == NULL ? SEED : strtoull(seed, NULL, 10);
    printf("OBSVIEW_SEED=%llu\n", (unsigned long long)state_of_chance);
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
        cmocka_unit_test(whatever_it_is_wrapped_in_a_value_goes),
        cmocka_unit_test(whatever_it_is_wrapped_in_it_is_the_same),
        cmocka_unit_test(what_is_encoded_goes_and_decodes),
        cmocka_unit_test(what_is_encoded_and_no_text_stays),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
